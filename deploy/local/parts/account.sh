# shellcheck shell=bash
# Under whose name the two servers run. PostgreSQL refuses root, and the broker has no need of it: as root, each
# runs under the account that its package made. An ordinary user runs both as themselves.

is_root() { ((EUID == 0)); }

# server_account SERVER
server_account() {
    if ! is_root; then
        id -un
    elif id -u "$1" >/dev/null 2>&1; then
        echo "$1"
    else
        echo nobody
    fi
}

# as_account SERVER [NAME=VALUE…]: sets AS to the words before a command that run it under the server's account,
# from / and in an environment that holds nothing of the caller's but the path.
as_account() {
    local account clean
    account=$(server_account "$1")
    clean=(env -i -C / "PATH=$PATH" LANG=C.UTF-8 "HOME=$RUN_DIR/$1" "${@:2}")
    if is_root; then
        choose_reach "$account"
        AS=("${DROP[@]}" "${clean[@]}")
    else
        AS=("${clean[@]}")
    fi
}

# A clone below /root or a private temporary directory is closed to every other account. Where that is so, and only
# there, the server keeps the one capability that lets it pass: to search and read, or, where a container withholds
# that one, to override. The secure bit is for Erlang, which asks access(2) first: without the bit, access(2) leaves
# capabilities out of its answer. Sets DROP.
choose_reach() {
    local account=$1 capability
    for capability in '' dac_read_search dac_override; do
        DROP=(setpriv "--reuid=$account" "--regid=$(id -g "$account")" --clear-groups)
        if [[ -n $capability ]]; then
            DROP+=("--inh-caps=+$capability" "--ambient-caps=+$capability" --securebits=+no_setuid_fixup)
        fi
        DROP+=(--)
        if "${DROP[@]}" test -x "$RUN_DIR" 2>/dev/null; then return; fi
    done
    fail "the account $account cannot reach $RUN_DIR. Clone into a directory that others may pass through, such as /srv."
}

# server_directory SERVER PATH…: made if missing, the server's own.
server_directory() {
    local account=$1 path
    account=$(server_account "$1")
    for path in "${@:2}"; do
        (umask 077 && mkdir -p "$path")
        hand_over "$account" "$path"
    done
}

# hand_over ACCOUNT PATH…
hand_over() {
    if is_root; then chown -h "$1:$(id -g "$1")" "${@:2}"; fi
}
