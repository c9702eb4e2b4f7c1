# shellcheck shell=bash
# The run directory: made once, held by one command at a time, its secrets readable by the owner alone.

# Opens the instance for this command. What is started later must not inherit descriptor 9, or it would hold the lock.
open_instance() {
    if [[ -d $RUN_DIR && ! -O $RUN_DIR ]]; then
        fail "$RUN_DIR belongs to $(stat -c %U "$RUN_DIR"). Run this as that user, or name another place: RUN_DIR=…"
    fi
    mkdir -p "$RUN_DIR"
    # As root the servers run under accounts of their own, which pass through this directory to their data.
    if is_root; then chmod 711 "$RUN_DIR"; else chmod 700 "$RUN_DIR"; fi
    (umask 077 && mkdir -p "$RUN_DIR"/{logs,processes,ports,secrets})
    exec 9>"$INSTANCE_MARK"
    flock -w "$LOCK_SECONDS" 9 || fail "another command has held $RUN_DIR for more than $LOCK_SECONDS s"
}

instance_exists() { [[ -f $INSTANCE_MARK ]]; }

# write_private FILE: standard input, complete or not at all, readable by the owner alone.
write_private() {
    (umask 077 && cat >"$1.new")
    mv -f "$1.new" "$1"
}

random_hex() { od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# secret NAME: made when it is first asked for, then always the same.
secret() {
    local file=$RUN_DIR/secrets/$1
    [[ -s $file ]] || random_hex 24 | write_private "$file"
    cat "$file"
}

# secret_hash NAME: SHA-256, by which a service knows a key that it is never told.
secret_hash() { secret "$1" | sha256sum | cut -d ' ' -f 1; }
