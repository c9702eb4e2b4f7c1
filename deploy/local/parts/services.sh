# shellcheck shell=bash
# The two services, built in Release and run beside the servers. They run as the caller, root included, like any
# `dotnet run`: the SDK may lie in the caller's home, and the services open no files but their own build.

SERVICES=(ingestion segmentation)

service_assembly() { echo "$ROOT/services/$1/bin/Release/net10.0/EventSegmentation.${1^}.dll"; }

service_url() { echo "http://127.0.0.1:$(port "$1")"; }

write_endpoints() {
    write_private "$RUN_DIR/endpoints.env" <<ENVIRONMENT
INGESTION_URL=$(service_url ingestion)
SEGMENTATION_URL=$(service_url segmentation)
AMQP_URL=$(amqp_url client)
DATABASE_URL=$(database_url)
ENVIRONMENT
    write_private "$RUN_DIR/keys.env" <<ENVIRONMENT
WRITE_KEY=$(secret write-key)
READ_KEY=$(secret read-key)
ADMIN_KEY=$(secret admin-key)
ENVIRONMENT
}

# What a service is told. OTEL_ variables of the caller pass through. In a subshell, and exported rather than given
# as words of a command, because anybody may read a command line.
service_environment() {
    export ASPNETCORE_URLS
    ASPNETCORE_URLS=$(service_url "$1")
    case $1 in
    ingestion)
        export Ingestion__Broker Ingestion__WriteKeys__0
        Ingestion__Broker=$(amqp_url ingestion)
        Ingestion__WriteKeys__0=local:sha256:$(secret_hash write-key)
        ;;
    segmentation)
        export Segmentation__Broker Segmentation__Database Segmentation__MigrationDatabase Segmentation__ReadKeys__0 Segmentation__AdminKeys__0
        Segmentation__Broker=$(amqp_url segmentation)
        Segmentation__Database=$(running_settings)
        Segmentation__MigrationDatabase=$(owner_settings)
        Segmentation__ReadKeys__0=reader:sha256:$(secret_hash read-key)
        Segmentation__AdminKeys__0=admin:sha256:$(secret_hash admin-key)
        ;;
    esac
}

# The build and everything told to it: while this stays the same, a running service is left alone.
service_fingerprint() (
    service_environment "$1"
    {
        cd "$(dirname "$(service_assembly "$1")")" || exit
        sha256sum ./*.dll ./*.json
        env | grep -E '^(ASPNETCORE_|Ingestion__|Segmentation__|OTEL_)' | sort
    } | sha256sum
)

# services_start: both at once, then waits for both.
services_start() {
    local service fingerprint
    for service in "${SERVICES[@]}"; do
        if stopped "$service"; then choose_port "$service"; fi
    done
    for service in "${SERVICES[@]}"; do
        fingerprint=$(service_fingerprint "$service")
        if running "$service" >/dev/null; then
            [[ $fingerprint != "$(cat "$RUN_DIR/processes/$service.fingerprint" 2>/dev/null)" ]] || continue
            say "$service has changed: starting it anew …"
            service_stop "$service"
        else
            say "starting $service …"
        fi
        (service_environment "$service" && start_process "$service" dotnet "$(service_assembly "$service")")
        echo "$fingerprint" >"$RUN_DIR/processes/$service.fingerprint"
    done
    for service in "${SERVICES[@]}"; do
        wait_until "$SERVICE_READY_SECONDS" service_settled "$service" || true
        service_ready "$service" || fail_with_log "$service" "$service is not ready (GET $(service_url "$service")/health/ready)"
    done
}

service_stop() { stop_process "$1" TERM "$SERVICE_STOP_SECONDS"; }

services_stop() {
    local service
    for service in "${SERVICES[@]}"; do service_stop "$service"; done
}

service_ready() (
    exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$(port "$1")" || exit 1
    printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    read -r -t 5 _ status _ <&3 && [[ $status == 200 ]]
)
service_settled() { service_ready "$1" || stopped "$1"; }
