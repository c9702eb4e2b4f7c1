#!/usr/bin/env bash
# The sample in an instance of its own, with a bound, as it checks its own outcome. Leaves its logs when it fails.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
export RUN_DIR=$ROOT/.run/sample-check PORT_SHIFT=2000
down=$ROOT/deploy/local/down.sh

"$down" --clean
trap '"$down"' EXIT
"$ROOT/deploy/local/run.sh" --bounded
trap - EXIT
"$down" --clean
