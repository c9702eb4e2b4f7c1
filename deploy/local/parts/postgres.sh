# shellcheck shell=bash
# The private PostgreSQL: one database, the role that owns it and brings its schema forward, and the role of the running
# service, which is given rights to rows only. The superuser has no password, so nobody logs in as it.

postgres_data() { echo "$RUN_DIR/postgres/data"; }

# postgres_prepare ROLE_OPTIONS: makes the cluster unless it is there; whole or not at all.
postgres_prepare() {
    local data
    data=$(postgres_data)
    disk_mount
    server_directory postgres "$RUN_DIR/postgres"
    if [[ -d $data ]]; then
        postgres_add_running_role "$data"
        return
    fi
    say 'making a PostgreSQL instance …'
    as_account postgres
    rm -rf "$data.new"
    {
        "${AS[@]}" "$POSTGRES_BIN/initdb" -D "$data.new" --username=postgres --auth=reject \
            --encoding=UTF8 --locale=C.UTF-8 --no-instructions &&
            "${AS[@]}" "$POSTGRES_BIN/postgres" --single -D "$data.new" postgres <<SQL
CREATE ROLE $DATABASE LOGIN $1 PASSWORD '$(secret postgres)'
CREATE DATABASE $DATABASE OWNER $DATABASE
CREATE ROLE $RUNNING_ROLE LOGIN PASSWORD '$(secret postgres-running)'
SQL
    } >"$RUN_DIR/logs/initdb.log" 2>&1 9>&- || fail_with_log initdb 'PostgreSQL could not make its data directory'
    if grep -q 'ERROR:' "$RUN_DIR/logs/initdb.log"; then fail_with_log initdb 'PostgreSQL could not make its role and database'; fi
    mv "$data.new" "$data"
    touch "$RUN_DIR/postgres/running-role"
}

# A cluster that was made before there was this role gets it while it does not run.
postgres_add_running_role() {
    if [[ -e $RUN_DIR/postgres/running-role ]] || running postgres >/dev/null; then return; fi
    postgres_clear_crash "$1"
    as_account postgres
    "${AS[@]}" "$POSTGRES_BIN/postgres" --single -D "$1" postgres >"$RUN_DIR/logs/running-role.log" 2>&1 9>&- <<SQL || fail_with_log running-role 'PostgreSQL could not make the role of the running service'
CREATE ROLE $RUNNING_ROLE LOGIN PASSWORD '$(secret postgres-running)'
SQL
    touch "$RUN_DIR/postgres/running-role"
}

postgres_start() {
    local data
    data=$(postgres_data)
    if running postgres >/dev/null; then return; fi
    say 'starting PostgreSQL …'
    postgres_clear_crash "$data"
    choose_port postgres
    as_account postgres
    postgres_configuration | "${AS[@]}" tee "$data/postgresql.conf" >/dev/null
    "${AS[@]}" tee "$data/pg_hba.conf" <<<'host all all 127.0.0.1/32 scram-sha-256' >/dev/null
    start_process postgres "${AS[@]}" "$POSTGRES_BIN/postgres" -D "$data" -p "$(port postgres)"
    wait_until "$SERVER_READY_SECONDS" postgres_settled || true
    postgres_ready || fail_with_log postgres 'PostgreSQL did not start'
}

postgres_configuration() {
    cat "$ROOT/deploy/local/postgresql.conf"
    if disk_mounted; then printf '\n# On a small disk, nothing is kept that can be given back.\nshared_buffers = 128MB\nmax_wal_size = 256MB\n'; fi
}

# After a crash its children leave by themselves. Its lock file stays, and would stop the next start if the id in it
# has been given to another process of the account meanwhile.
postgres_clear_crash() {
    if ! wait_until "$SERVER_STOP_SECONDS" postgres_vacated "$1"; then
        fail "PostgreSQL processes that were not started here still work in $1. Stop them and run the command again."
    fi
    rm -f "$1/postmaster.pid"
}

# No PostgreSQL process has its working directory in the data directory.
postgres_vacated() {
    local process
    for process in /proc/[0-9]*; do
        if [[ $(readlink "$process/cwd") == "$1" && $(readlink "$process/exe") == */postgres ]]; then return 1; fi
    done 2>/dev/null
}

postgres_ready() { "$POSTGRES_BIN/pg_isready" -q -h 127.0.0.1 -p "$(port postgres)"; }
postgres_settled() { postgres_ready || stopped postgres; }

# SIGINT is its fast shutdown: sessions are ended, nothing is lost.
postgres_stop() { stop_process postgres INT "$SERVER_STOP_SECONDS"; }

database_url() { echo "postgres://$DATABASE:$(secret postgres)@127.0.0.1:$(port postgres)/$DATABASE"; }

# owner_settings: of the role that brings the schema forward. running_settings: of the service's own.
owner_settings() { database_settings "$DATABASE" postgres; }
running_settings() { database_settings "$RUNNING_ROLE" postgres-running; }

# database_settings ROLE SECRET
database_settings() {
    echo "Host=127.0.0.1;Port=$(port postgres);Database=$DATABASE;Username=$1;Password=$(secret "$2")"
}
