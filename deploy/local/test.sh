#!/usr/bin/env bash
# All tests, against servers of their own. One project after the other, so that none disturbs another's timing.
# The last line is the sum: N passed, N failed.
set -euo pipefail
export RUN_DIR=${RUN_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)/.run/test} PORT_SHIFT=${PORT_SHIFT:-1000}
. "$(dirname "${BASH_SOURCE[0]}")/parts/settings.sh"
for part in console account instance process packages build; do . "$PARTS/$part.sh"; done

PROJECT_LIMIT=1800   # seconds that one test project may take
servers=$ROOT/deploy/local/servers.sh
results=$RUN_DIR/results   # as trx
tests=

finish() {
    # `timeout` hands the signal on to the test host.
    if [[ -n $tests ]]; then kill "$tests" 2>/dev/null || true; fi
    RUN_DIR=$RUN_DIR/chaos "$servers" down # a simulation that was broken off
    "$servers" down
}
trap finish EXIT
trap 'exit 130' INT TERM

# Nothing of an earlier run, broken off perhaps, is in the way.
"$ROOT/deploy/local/down.sh" --clean
(
    open_instance
    need_dotnet
    need_python_client
)
say 'starting the test servers …'
"$servers" up --for-tests
say 'building …'
build EventSegmentation.sln

set -a
. "$RUN_DIR/test.env"
CHAOS_RUN_DIR=$RUN_DIR/chaos
set +a
passed=0 failed=0
for project in "$ROOT"/tests/*/*.csproj; do
    name=$(basename "$project" .csproj)
    # Not a test project: the benchmarks.
    [[ $name == *Tests ]] || continue
    say "$name …"
    status=0
    timeout --kill-after=30 "$PROJECT_LIMIT" \
        dotnet test "$project" -c Release --no-build --nologo --logger trx --results-directory "$results/$name" &
    tests=$!
    wait "$tests" || status=$?
    tests=
    counters=$(grep -ho '<Counters [^>]*' "$results/$name"/*.trx 2>/dev/null || true)
    in_project_passed=$(sed -nE 's/.* passed="([0-9]+)".*/\1/p' <<<"$counters")
    in_project_failed=$(sed -nE 's/.* failed="([0-9]+)".*/\1/p' <<<"$counters")
    # A run that breaks off has no count of its own: it is one failure.
    if ((status != 0 && ${in_project_failed:-0} == 0)); then in_project_failed=1; fi
    passed=$((passed + ${in_project_passed:-0}))
    failed=$((failed + ${in_project_failed:-0}))
done

trap - EXIT
finish
say "$passed passed, $failed failed"
((failed == 0))
