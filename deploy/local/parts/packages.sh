# shellcheck shell=bash
# What must be on the machine. Root gets what is missing from Debian's packages; anybody else is told.

# Sets POSTGRES_BIN: 15 if it is there, else the newest; an instance that exists keeps the version that made it.
find_postgres() {
    local made directory version
    made=$(cat "$RUN_DIR/postgres/data/PG_VERSION" 2>/dev/null || true)
    for directory in /usr/lib/postgresql/"${made:-$POSTGRES_OLDEST}"/bin $(ls -dr /usr/lib/postgresql/*/bin 2>/dev/null) \
        "$(dirname "$(command -v postgres || echo /nowhere/postgres)")"; do
        [[ -x $directory/postgres && -x $directory/initdb ]] || continue
        version=$("$directory/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
        if ((version >= POSTGRES_OLDEST)) && [[ $version == "${made:-$version}" ]]; then
            POSTGRES_BIN=$directory
            return
        fi
    done
    return 1
}

# Sets RABBITMQ_SERVER: the real script. Debian's wrapper in /usr/sbin insists on root and on the machine's own node.
find_rabbitmq() {
    command -v epmd >/dev/null || return 1
    for RABBITMQ_SERVER in /usr/lib/rabbitmq/bin/rabbitmq-server "$(command -v rabbitmq-server || true)"; do
        if [[ -x $RABBITMQ_SERVER ]]; then return; fi
    done
    return 1
}

# Sets TEST_PYTHON: a Python with pika, the AMQP client that is not .NET.
find_python_client() {
    for TEST_PYTHON in python3 /usr/bin/python3; do
        if "$TEST_PYTHON" -c 'import pika' 2>/dev/null; then return; fi
    done
    return 1
}

need_servers() {
    local missing=()
    find_postgres || missing+=("postgresql-$POSTGRES_OLDEST")
    find_rabbitmq || missing+=(rabbitmq-server)
    install_missing "${missing[@]}"
    find_postgres || fail "PostgreSQL $POSTGRES_OLDEST was not found under /usr/lib/postgresql or on the path"
    find_rabbitmq || fail 'rabbitmq-server and epmd were not found'
}

need_python_client() {
    find_python_client || install_missing python3-pika
    find_python_client || fail 'no python3 on the path can import pika'
}

need_dotnet() {
    command -v dotnet >/dev/null ||
        fail "the .NET SDK is missing. Install the version in global.json or a later 10.0: https://dotnet.microsoft.com/download"
    (cd "$ROOT" && dotnet --version </dev/null >/dev/null 2>&1) ||
        fail "no installed .NET SDK satisfies global.json. Install 10.0: https://dotnet.microsoft.com/download"
}

# install_missing PACKAGE…
install_missing() {
    (($#)) || return 0
    command -v apt-get >/dev/null || fail "missing: $*. Install them (PostgreSQL $POSTGRES_OLDEST or later, RabbitMQ 3.10 or later)."
    is_root || fail "missing: $*. Install with: sudo apt-get install --no-install-recommends $*"
    say "installing $* …"
    if ! install_without_starting "$@"; then fail "apt-get could not install $*; its last lines are above"; fi
}

# Packages start their services as they are installed. The private instances need only the programs, so for this
# while the machine's policy is "start nothing", no default cluster is made, and afterwards all is as it was.
# In a subshell, so that the restoring trap runs whatever happens.
install_without_starting() (
    policy=/usr/sbin/policy-rc.d
    kept=$policy.event-segmentation-kept
    no_cluster=/etc/postgresql-common/createcluster.d/event-segmentation.conf
    log=$RUN_DIR/logs/install.log
    # shellcheck disable=SC2317  # the trap calls it
    restore() {
        rm -f "$policy" "$no_cluster"
        if [[ -e $kept ]]; then mv -f "$kept" "$policy"; fi
    }
    trap restore EXIT
    # A policy of ours that is still there was left by a run that was killed: not the machine's own.
    if [[ -e $policy ]] && ! grep -q event-segmentation "$policy"; then mv -f "$policy" "$kept"; fi
    printf '#!/bin/sh\n# event-segmentation: start nothing while its packages are installed\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    if [[ " $* " == *' postgresql-'* ]]; then
        mkdir -p "${no_cluster%/*}"
        echo 'create_main_cluster = false' >"$no_cluster"
    fi

    new_units=()
    for unit in rabbitmq-server.service epmd.service epmd.socket; do
        [[ -e /lib/systemd/system/$unit ]] || new_units+=("$unit")
    done

    apt=(env DEBIAN_FRONTEND=noninteractive apt-get -y -o "DPkg::Lock::Timeout=$LOCK_SECONDS"
        -o Dpkg::Options::=--force-confold --no-install-recommends)
    # The lists may be absent or old: refresh them only when the first try says so.
    if ! "${apt[@]}" install "$@" >"$log" 2>&1 9>&-; then
        apt-get update >>"$log" 2>&1 9>&- || true
        if ! "${apt[@]}" install "$@" >>"$log" 2>&1 9>&-; then
            tail -n "$LOG_LINES" "$log" >&2
            exit 1
        fi
    fi
    # Nor at the next boot: these programs came for this clone's sake.
    if command -v systemctl >/dev/null && ((${#new_units[@]})); then
        systemctl disable "${new_units[@]}" >/dev/null 2>&1 || true
    fi
)
