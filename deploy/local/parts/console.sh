# shellcheck shell=bash
# What the person at the terminal reads.

say() { printf '%s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# fail_with_log NAME WHAT: the last lines of the process's log, then the error and where to read on.
fail_with_log() {
    local log=$RUN_DIR/logs/$1.log
    {
        echo "--- last lines of $log"
        tail -n "$LOG_LINES" "$log" 2>/dev/null || true
        echo '---'
    } >&2
    fail "$2. The whole log is in $log; mend the cause and run the command again, or start afresh with \`make clean\`."
}
