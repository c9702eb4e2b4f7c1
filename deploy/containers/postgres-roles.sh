#!/usr/bin/env bash
# Runs once, when the PostgreSQL container makes its data directory. One role owns the database and brings its schema
# forward, another runs the service and is given rights to rows; who measures may read statistics and nothing else.
set -euo pipefail

psql -v ON_ERROR_STOP=1 --username postgres \
    -v service="$(cat /run/secrets/postgres)" -v running="$(cat /run/secrets/postgres-running)" -v exporter="$(cat /run/secrets/postgres-exporter)" <<'SQL'
create role segmentation login password :'service';
create database segmentation owner segmentation;
revoke connect on database segmentation from public;
create role segmentation_running login password :'running';
grant connect on database segmentation to segmentation_running;
create role exporter login password :'exporter' connection limit 5;
grant pg_monitor to exporter;
grant connect on database segmentation to exporter;
SQL
