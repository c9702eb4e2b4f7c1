# shellcheck shell=bash
# The .NET builds, in Release.

# build PROJECT…: quiet unless it fails.
build() {
    local project log=$RUN_DIR/logs/build.log
    for project in "$@"; do
        dotnet build "$ROOT/$project" -c Release --nologo -v q -clp:NoSummary </dev/null >"$log" 2>&1 9>&- ||
            fail_with_log build "$project does not build"
    done
}
