#!/usr/bin/env bash
# Stops what was started for this instance and nothing else. With --clean, removes the instance and those within it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/parts/settings.sh"
for part in console account instance process services disk postgres rabbitmq; do . "$PARTS/$part.sh"; done

if [[ ${1:-} == --clean ]]; then
    for inner in "$RUN_DIR"/*/event-segmentation.lock; do
        [[ ! -e $inner ]] || RUN_DIR=$(dirname "$inner") "${BASH_SOURCE[0]}" --clean
    done
fi
if instance_exists; then
    open_instance
    services_stop
    rabbitmq_stop
    postgres_stop
    say "stopped: what ran under ${RUN_DIR#"$ROOT/"}"
else
    say "nothing to stop: there is no instance under ${RUN_DIR#"$ROOT/"}"
fi
# Whatever RUN_DIR names, only an instance is removed; .run itself also without one, for what CI left there.
if [[ ${1:-} == --clean ]] && { instance_exists || [[ $RUN_DIR == "$ROOT/.run" ]]; }; then
    disk_remove
    rm -rf "$RUN_DIR"
    say "removed: ${RUN_DIR#"$ROOT/"}"
fi
