#!/usr/bin/env bash
# Everything up, then the sample application in the foreground until Ctrl-C.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/parts/settings.sh"
for part in console account instance build; do . "$PARTS/$part.sh"; done

"$ROOT/deploy/local/up.sh"
say 'building the sample …'
build deploy/sample/EventSegmentation.Sample.csproj
set -a
. "$RUN_DIR/endpoints.env"
. "$RUN_DIR/keys.env"
set +a

# Ctrl-C reaches the sample, which closes with its summary; this script goes on after it.
trap : INT
status=0
dotnet "$ROOT/deploy/sample/bin/Release/net10.0/EventSegmentation.Sample.dll" "$@" || status=$?
[[ ${1:-} == --bounded ]] || say 'The services are still running. Stop them: make down. Remove their data too: make clean.'
((status == 130)) || exit "$status"
