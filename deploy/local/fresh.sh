#!/usr/bin/env bash
# The instance with empty stores, and its services as they were last built. Ports, secrets and logs stay.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/parts/settings.sh"
for part in console account instance process ports packages disk postgres broker-permissions rabbitmq services; do
    . "$PARTS/$part.sh"
done

open_instance
need_servers
services_stop
rabbitmq_stop
postgres_stop
rm -rf "$RUN_DIR/postgres" "$RUN_DIR/rabbitmq"
postgres_prepare ''
rabbitmq_prepare
postgres_start
rabbitmq_start
services_start
write_endpoints
