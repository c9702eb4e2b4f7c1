#!/usr/bin/env bash
# Runs once, when the PostgreSQL container makes its data directory. The service owns its database and nothing else;
# who measures may read statistics and nothing else.
set -euo pipefail

psql -v ON_ERROR_STOP=1 --username postgres \
    -v service="$(cat /run/secrets/postgres)" -v exporter="$(cat /run/secrets/postgres-exporter)" <<'SQL'
create role segmentation login password :'service';
create database segmentation owner segmentation;
revoke connect on database segmentation from public;
create role exporter login password :'exporter' connection limit 5;
grant pg_monitor to exporter;
grant connect on database segmentation to exporter;
SQL
