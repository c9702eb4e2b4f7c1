# shellcheck shell=bash
# What the integration tests are told. They read it from the environment; by hand: set -a; . .run/test/test.env; set +a

write_test_environment() {
    local administrator
    administrator=administrator:$(secret broker-administrator)
    cat >"$RUN_DIR/servers" <<SCRIPT
#!/bin/sh
# start|stop|kill postgres|rabbitmq, for this instance
RUN_DIR='$RUN_DIR' PORT_SHIFT='$PORT_SHIFT' exec '$ROOT/deploy/local/servers.sh' "\$@"
SCRIPT
    chmod 700 "$RUN_DIR/servers"
    write_private "$RUN_DIR/test.env" <<ENVIRONMENT
TEST_DATABASE='$(owner_settings)'
TEST_RUNNING_DATABASE='$(running_settings)'
TEST_AMQP='amqp://$administrator@127.0.0.1:$(port amqp)/'
TEST_BROKER_MANAGEMENT='http://$administrator@127.0.0.1:$(port management)'
TEST_BROKER_METRICS='http://127.0.0.1:$(port prometheus)/metrics'
TEST_POSTGRES_BIN='$POSTGRES_BIN'
TEST_SERVERS='$RUN_DIR/servers'
$(if find_python_client; then echo "TEST_PYTHON='$TEST_PYTHON'"; fi)
ENVIRONMENT
}
