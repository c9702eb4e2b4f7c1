#!/usr/bin/env bash
# The benchmark of the whole pipeline, in an instance of its own: what is sent, received and stored goes through the
# services as they run for real. SCENARIOS, EVENTS, CONTACTS, SEGMENTS and SEED choose the work.
set -euo pipefail
export RUN_DIR=${RUN_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)/.run/bench} PORT_SHIFT=${PORT_SHIFT:-4000}
. "$(dirname "${BASH_SOURCE[0]}")/parts/settings.sh"
for part in console account instance packages build; do . "$PARTS/$part.sh"; done

benchmark=
finish() {
    if [[ -n $benchmark ]]; then kill "$benchmark" 2>/dev/null || true; fi
    "$ROOT/deploy/local/down.sh"
}
trap finish EXIT
trap 'exit 130' INT TERM

say 'building …'
(
    open_instance
    need_dotnet
    build deploy/local/services.slnf tests/benchmarks
)
export BENCH_FRESH=$ROOT/deploy/local/fresh.sh BENCH_COMMIT
BENCH_COMMIT=$(git -C "$ROOT" describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
dotnet "$ROOT/tests/benchmarks/bin/Release/net10.0/EventSegmentation.Benchmarks.dll" pipeline &
benchmark=$!
status=0
wait "$benchmark" || status=$?
benchmark=
exit "$status"
