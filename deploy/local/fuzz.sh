#!/usr/bin/env bash
# Fuzzing for as long as one likes, against servers of its own: SEED, INPUTS or SECONDS, and ONLY (such as parser:17) choose.
# Ends with a table of all inputs, by the door through which they came and by how they ended.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
export RUN_DIR=${RUN_DIR:-$ROOT/.run/fuzz} PORT_SHIFT=${PORT_SHIFT:-6000}
servers=$ROOT/deploy/local/servers.sh

trap '"$servers" down' EXIT
"$servers" up --for-tests
set -a
. "$RUN_DIR/test.env"
set +a
export FUZZ_SEED=$SEED FUZZ_INPUTS=${INPUTS:-} FUZZ_SECONDS=${SECONDS_IN_ALL:-} FUZZ_ONLY=${ONLY:-} FUZZ_COUNTS=$RUN_DIR/fuzz-counts.tsv
rm -f "$FUZZ_COUNTS"
echo "FUZZ_SEED=$FUZZ_SEED"
status=0
for project in evaluation integration; do
    dotnet test "$ROOT/tests/$project" -c Release --nologo --filter 'FullyQualifiedName~Fuzzing' --logger 'console;verbosity=normal' || status=$?
done

echo
echo "inputs of seed $FUZZ_SEED"
sort "$FUZZ_COUNTS" 2>/dev/null | awk -F '\t' '
    { printf "%-14s %-45s %10d\n", $1, $2, $3; sum += $3 }
    END { printf "%-60s %10d\n", "all", sum }'
exit "$status"
