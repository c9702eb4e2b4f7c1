#!/usr/bin/env bash
# What deploy/compose.yaml needs and Git must not hold: passwords, keys, and the broker's users with their rights. Made
# once under .run/compose, then kept; a second run changes nothing.
set -euo pipefail
export RUN_DIR=${RUN_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)/.run/compose}
. "$(dirname "${BASH_SOURCE[0]}")/../local/parts/settings.sh"
for part in console account instance broker-permissions rabbitmq; do . "$PARTS/$part.sh"; done

# mounted FILE: standard input. A file that a container reads under its own account, so anybody may read it; the
# directory around it lets in nobody but the owner.
mounted() { write_private "$RUN_DIR/mounted/$1" && chmod 644 "$RUN_DIR/mounted/$1"; }

open_instance
(umask 077 && mkdir -p "$RUN_DIR/mounted")
chmod 700 "$RUN_DIR/mounted"

for name in postgres-superuser postgres postgres-running postgres-exporter grafana-admin; do
    secret "$name" >/dev/null
    mounted "$name" <"$RUN_DIR/secrets/$name"
done
# The hash of a password has a salt of its own each time, so the file is made once.
[[ -s $RUN_DIR/mounted/definitions.json ]] || rabbitmq_definitions '' | mounted definitions.json

write_private "$RUN_DIR/ingestion.env" <<ENVIRONMENT
Ingestion__Broker=amqp://ingestion:$(secret broker-ingestion)@rabbitmq:5672/$VHOST
Ingestion__WriteKeys__0=sender:sha256:$(secret_hash write-key)
ENVIRONMENT
write_private "$RUN_DIR/segmentation.env" <<ENVIRONMENT
Segmentation__Broker=amqp://segmentation:$(secret broker-segmentation)@rabbitmq:5672/$VHOST
Segmentation__Database=Host=postgres;Database=$DATABASE;Username=$RUNNING_ROLE;Password=$(secret postgres-running)
Segmentation__MigrationDatabase=Host=postgres;Database=$DATABASE;Username=$DATABASE;Password=$(secret postgres)
Segmentation__ReadKeys__0=reader:sha256:$(secret_hash read-key)
Segmentation__AdminKeys__0=admin:sha256:$(secret_hash admin-key)
ENVIRONMENT
write_private "$RUN_DIR/keys.env" <<ENVIRONMENT
INGESTION_URL=http://127.0.0.1:5080
SEGMENTATION_URL=http://127.0.0.1:5081
AMQP_URL=amqp://client:$(secret broker-client)@127.0.0.1:5672/$VHOST
WRITE_KEY=$(secret write-key)
READ_KEY=$(secret read-key)
ADMIN_KEY=$(secret admin-key)
ENVIRONMENT
say "Written: $RUN_DIR. Keys to call with: keys.env. Grafana's administrator: secrets/grafana-admin"
