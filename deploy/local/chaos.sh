#!/usr/bin/env bash
# The fault simulation, in an instance of its own: CHAOS_SECONDS and CHAOS_SEED choose how long and what. What happens is printed as it
# happens; at the end of a bad run the servers are stopped and their data stays.
set -euo pipefail
export RUN_DIR=${RUN_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)/.run/chaos} PORT_SHIFT=${PORT_SHIFT:-6000}
. "$(dirname "${BASH_SOURCE[0]}")/parts/settings.sh"
for part in console account instance packages build; do . "$PARTS/$part.sh"; done

project=tests/integration/EventSegmentation.IntegrationTests.csproj
journal=$RUN_DIR.log
run=
follower=

finish() {
    if [[ -n $run ]]; then kill "$run" 2>/dev/null || true; fi
    if [[ -n $follower ]]; then kill "$follower" 2>/dev/null || true; fi
    "$ROOT/deploy/local/servers.sh" down
}
trap finish EXIT
trap 'exit 130' INT TERM

say 'building …'
(
    open_instance
    need_dotnet
    build "$project"
)
: >"$journal"
tail -n +1 -F "$journal" 2>/dev/null &
follower=$!
status=0
CHAOS_RUN_DIR=$RUN_DIR CHAOS_PORT_SHIFT=$PORT_SHIFT dotnet test "$ROOT/$project" -c Release --no-build --nologo \
    --filter "FullyQualifiedName~Chaos" --logger "console;verbosity=minimal" >"$RUN_DIR.test.log" 2>&1 &
run=$!
wait "$run" || status=$?
run=
((status == 0)) || tail -n "$LOG_LINES" "$RUN_DIR.test.log" >&2
exit "$status"
