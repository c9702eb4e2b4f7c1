# shellcheck shell=bash
# Every listener has a default port, moves on when that one is taken, and then stays where it is.

declare -A DEFAULT_PORTS=(
    [ingestion]=5080 [segmentation]=5081
    [postgres]=5480
    [amqp]=5680 [epmd]=4380 [distribution]=25680 [prometheus]=15680 [management]=15780
)

default_port() { echo $((DEFAULT_PORTS[$1] + PORT_SHIFT)); }

# port NAME: the one chosen.
port() { cat "$RUN_DIR/ports/$1"; }

# choose_port NAME: to be called only while its listener is down.
choose_port() {
    local wanted candidate
    wanted=$(port "$1" 2>/dev/null) || wanted=$(default_port "$1")
    for ((candidate = wanted; candidate < wanted + PORT_TRIES; candidate++)); do
        if ! port_taken "$candidate" && ! port_promised "$candidate" "$1"; then
            ((candidate == wanted)) || say "port $wanted is taken: $1 takes $candidate"
            echo "$candidate" >"$RUN_DIR/ports/$1"
            return
        fi
    done
    fail "no free port for $1 between $wanted and $((candidate - 1)). Free one and run the command again."
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# port_promised PORT NAME: to another listener of this instance, by choice or by default.
port_promised() {
    local other
    for other in "${!DEFAULT_PORTS[@]}"; do
        [[ $other != "$2" ]] || continue
        if [[ $1 == "$(port "$other" 2>/dev/null || default_port "$other")" ]]; then return 0; fi
    done
    return 1
}
