#!/usr/bin/env bash
# bench.sh ARGUMENTS…: a benchmark against the servers of the tests, which run for it.
set -euo pipefail
export RUN_DIR=${RUN_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)/.run/test} PORT_SHIFT=${PORT_SHIFT:-1000}
. "$(dirname "${BASH_SOURCE[0]}")/parts/settings.sh"

trap '"$ROOT/deploy/local/servers.sh" down' EXIT
"$ROOT/deploy/local/servers.sh" up --for-tests
set -a
. "$RUN_DIR/test.env"
set +a
dotnet run -c Release --project "$ROOT/tests/benchmarks" -- "$@"
