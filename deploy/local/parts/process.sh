# shellcheck shell=bash
# Processes in the background. A process is known by its id, its start time and the machine's boot, so a record
# that outlived its process (a crash, a reboot, an id given to somebody else) never points at the wrong one.

# identity PID: one line that no other process has had or will have; fails if there is no such live process.
identity() {
    local stat fields
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    # The command's name, in parentheses, may itself hold spaces and parentheses: read behind the last one.
    read -ra fields <<<"${stat##*) }"
    [[ ${fields[0]} != Z ]] || return 1
    echo "$1 ${fields[19]} $(</proc/sys/kernel/random/boot_id)"
}

# running NAME: prints the process id.
running() {
    local record=$RUN_DIR/processes/$1 pid rest
    [[ -s $record ]] || return 1
    read -r pid rest <"$record"
    [[ $(identity "$pid") == "$pid $rest" ]] || return 1
    echo "$pid"
}

# start_process NAME COMMAND…: in a session of its own, so that Ctrl-C in the terminal does not reach it.
start_process() {
    local name=$1 log=$RUN_DIR/logs/$1.log
    shift
    [[ ! -s $log ]] || mv -f "$log" "$log.previous"
    setsid -- "$@" >"$log" 2>&1 </dev/null 9>&- &
    # Of a process that is already gone there is no record; its starter sees that it has stopped, and shows the log.
    identity "$!" | write_private "$RUN_DIR/processes/$name" || true
}

# stop_process NAME SIGNAL SECONDS: asks, waits, and after the limit kills.
stop_process() {
    local pid
    if pid=$(running "$1"); then
        kill -s "$2" "$pid" 2>/dev/null || true
        if ! wait_until "$3" stopped "$1"; then
            say "$1 did not stop within $3 s; killing it"
            kill_process "$1"
        fi
    fi
    rm -f "$RUN_DIR/processes/$1"
}

# kill_process NAME: as a crash would end it.
kill_process() {
    local pid
    pid=$(running "$1") || return 0
    kill -s KILL "$pid" 2>/dev/null || true
    wait_until "$KILL_SECONDS" stopped "$1" || fail "$1, process $pid, survives kill -9; the machine itself is in trouble"
}

stopped() { ! running "$1" >/dev/null; }

# wait_until SECONDS CONDITION…: polls the condition; fails when the limit has passed.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}
