#!/usr/bin/env bash
# The two servers of an instance, by themselves: see the usage below. RUN_DIR names the instance, .run by default.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/parts/settings.sh"
for part in console account instance process ports packages disk postgres broker-permissions rabbitmq test-instance; do
    . "$PARTS/$part.sh"
done

usage() {
    fail "usage: servers.sh up [--for-tests] | down | start|stop|kill postgres|rabbitmq | fill|free disk | block|unblock rabbitmq
up starts both and makes them first; --for-tests adds what tests need and writes \$RUN_DIR/test.env.
start waits until the server answers; stop is orderly; kill is kill -9.
fill leaves the database no room on its disk (POSTGRES_DISK), free gives it back.
block makes the broker take nothing from publishers, as when its memory is full; unblock ends that."
}

need_instance() {
    instance_exists || fail "there is no instance in $RUN_DIR; make one with: servers.sh up"
    open_instance
}

case "$*" in
'up' | 'up --for-tests')
    open_instance
    need_servers
    if [[ ${2:-} == --for-tests ]]; then
        postgres_prepare CREATEDB
        rabbitmq_prepare for-tests
    else
        postgres_prepare ''
        rabbitmq_prepare
    fi
    postgres_start
    rabbitmq_start
    if [[ ${2:-} == --for-tests ]]; then write_test_environment; fi
    ;;
'down')
    instance_exists || exit 0
    open_instance
    rabbitmq_stop
    postgres_stop
    ;;
'start postgres' | 'start rabbitmq')
    need_instance
    need_servers
    "$2_start"
    ;;
'stop postgres' | 'stop rabbitmq')
    need_instance
    "$2_stop"
    ;;
'kill postgres' | 'kill rabbitmq')
    need_instance
    kill_process "$2"
    ;;
'fill disk' | 'free disk')
    need_instance
    "disk_$1"
    ;;
'block rabbitmq' | 'unblock rabbitmq')
    need_instance
    need_servers
    "rabbitmq_$1"
    ;;
*) usage ;;
esac
