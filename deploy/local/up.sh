#!/usr/bin/env bash
# Everything, running and ready, on loopback. Harmless and quick when it already is.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/parts/settings.sh"
for part in console account instance process ports packages disk postgres broker-permissions rabbitmq build services; do
    . "$PARTS/$part.sh"
done

open_instance
need_dotnet
need_servers
postgres_prepare ''
rabbitmq_prepare
postgres_start
rabbitmq_start
say 'building the services …'
build deploy/local/services.slnf
services_start
write_endpoints

cat <<SUMMARY
Running:
  ingestion     $(service_url ingestion)
  segmentation  $(service_url segmentation)
  PostgreSQL    127.0.0.1:$(port postgres)
  RabbitMQ      127.0.0.1:$(port amqp), metrics on $(port prometheus)
Addresses and keys: $RUN_DIR/endpoints.env and keys.env    Logs: $RUN_DIR/logs    Stop: make down
SUMMARY
