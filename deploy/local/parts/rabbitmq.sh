# shellcheck shell=bash
# The private RabbitMQ: a node, a port mapper (epmd) and a cookie of its own, so that it never meets the machine's
# own broker. Users and rights come from a definitions file that the node reads at every start.

# rabbitmq_prepare [for-tests]: with it, also an administrator and the management interface.
rabbitmq_prepare() {
    local directory=$RUN_DIR/rabbitmq plugins='[rabbitmq_prometheus].'
    local account
    account=$(server_account rabbitmq)
    server_directory rabbitmq "$directory" "$directory/data"
    if running rabbitmq >/dev/null; then return; fi
    choose_port amqp
    choose_port distribution
    choose_port prometheus
    if stopped epmd; then choose_port epmd; fi
    if [[ ${1:-} == for-tests ]]; then
        choose_port management
        plugins='[rabbitmq_prometheus,rabbitmq_management].'
    fi
    write_private "$directory/enabled_plugins" <<<"$plugins"
    rabbitmq_definitions "${1:-}" | write_private "$directory/definitions.json"
    rabbitmq_configuration "${1:-}" | write_private "$directory/rabbitmq.conf"
    secret erlang-cookie | write_private "$directory/.erlang.cookie"
    chmod 400 "$directory/.erlang.cookie"
    hand_over "$account" "$directory"/{enabled_plugins,definitions.json,rabbitmq.conf,.erlang.cookie}
}

rabbitmq_configuration() {
    cat "$ROOT/deploy/local/rabbitmq.conf"
    echo
    echo "listeners.tcp.1 = 127.0.0.1:$(port amqp)"
    echo 'prometheus.tcp.ip = 127.0.0.1'
    echo "prometheus.tcp.port = $(port prometheus)"
    if [[ $1 == for-tests ]]; then
        echo 'management.tcp.ip = 127.0.0.1'
        echo "management.tcp.port = $(port management)"
    fi
    echo "load_definitions = $RUN_DIR/rabbitmq/definitions.json"
}

# With definitions, the node makes no default user: there is no guest.
rabbitmq_definitions() {
    local users vhosts permissions
    users="$(_user ingestion),$(_user segmentation),$(_user client)"
    vhosts="{\"name\":\"$VHOST\"}"
    permissions=$(broker_permissions)
    if [[ $1 == for-tests ]]; then
        users+=",$(_user administrator administrator)"
        vhosts+=',{"name":"/"}'
        permissions+=',{"user":"administrator","vhost":"/","configure":".*","write":".*","read":".*"}'
        permissions+=",{\"user\":\"administrator\",\"vhost\":\"$VHOST\",\"configure\":\".*\",\"write\":\".*\",\"read\":\".*\"}"
    fi
    printf '{"users":[%s],"vhosts":[%s],"permissions":[%s]}\n' "$users" "$vhosts" "$permissions"
}

_user() {
    printf '{"name":"%s","tags":"%s","hashing_algorithm":"rabbit_password_hashing_sha256","password_hash":"%s"}' \
        "$1" "${2:-}" "$(_password_hash "$(secret "broker-$1")")"
}

# Base64 of four bytes of salt and the SHA-256 of salt and password.
_password_hash() {
    local salt digest
    salt=$(random_hex 4)
    digest=$({ _bytes "$salt" && printf %s "$1"; } | sha256sum | cut -d ' ' -f 1)
    _bytes "$salt$digest" | base64 -w 0
}

_bytes() {
    local at
    for ((at = 0; at < ${#1}; at += 2)); do printf '%b' "\\x${1:at:2}"; done
}

# Sets AS to the words before the node's own commands.
rabbitmq_account() {
    local directory=$RUN_DIR/rabbitmq
    as_account rabbitmq \
        ERL_EPMD_ADDRESS=127.0.0.1 "ERL_EPMD_PORT=$(port epmd)" \
        "ERL_CRASH_DUMP=$directory/erl_crash.dump" \
        'ERL_AFLAGS=-kernel inet_dist_use_interface {127,0,0,1}' \
        RABBITMQ_NODENAME=event-segmentation@localhost "RABBITMQ_DIST_PORT=$(port distribution)" \
        RABBITMQ_CONF_ENV_FILE=/dev/null "RABBITMQ_CONFIG_FILE=$directory/rabbitmq.conf" \
        "RABBITMQ_ADVANCED_CONFIG_FILE=$directory/advanced.config" \
        "RABBITMQ_ENABLED_PLUGINS_FILE=$directory/enabled_plugins" \
        "RABBITMQ_MNESIA_BASE=$directory/data" "RABBITMQ_LOG_BASE=$directory/data" RABBITMQ_LOGS=- \
        RUNNING_UNDER_SYSTEMD=true # the start script then becomes the node, instead of waiting beside it
}

rabbitmq_start() {
    if running rabbitmq >/dev/null; then return; fi
    say 'starting RabbitMQ …'
    rabbitmq_account
    if stopped epmd; then start_process epmd "${AS[@]}" epmd; fi
    start_process rabbitmq "${AS[@]}" "$RABBITMQ_SERVER"
    wait_until "$SERVER_READY_SECONDS" rabbitmq_settled || true
    rabbitmq_ready || fail_with_log rabbitmq 'RabbitMQ did not start'
}

# The listeners open last, when users, queues and plugins are there. A broker answers AMQP's greeting with a frame.
rabbitmq_ready() (
    exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$(port amqp)" || exit 1
    printf 'AMQP\0\0\11\1' >&3
    [[ $(head -c 1 <&3 | od -An -tu1 | tr -d ' ') == 1 ]]
)
rabbitmq_settled() { rabbitmq_ready || stopped rabbitmq; }

rabbitmq_stop() {
    stop_process rabbitmq TERM "$SERVER_STOP_SECONDS"
    stop_process epmd TERM 5
}

# Publishers are blocked as long as the node believes that it has no memory left; a restart ends that too.
rabbitmq_block() { rabbitmq_watermark 0; }
rabbitmq_unblock() { rabbitmq_watermark 0.4; }

rabbitmq_watermark() {
    rabbitmq_account
    "${AS[@]}" "${RABBITMQ_SERVER%/*}/rabbitmqctl" -q set_vm_memory_high_watermark "$1" >"$RUN_DIR/logs/rabbitmqctl.log" 2>&1 9>&- ||
        fail_with_log rabbitmqctl "rabbitmqctl could not set the broker's mark to $1"
}

amqp_url() { echo "amqp://$1:$(secret "broker-$1")@127.0.0.1:$(port amqp)/$VHOST"; }
