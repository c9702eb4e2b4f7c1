# shellcheck shell=bash
# Where things lie, what they are called, and how long anything may take. Every script here begins with it.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd -P)
PARTS=$ROOT/deploy/local/parts

# One directory holds one private instance: its data, ports, secrets, logs and process records.
RUN_DIR=${RUN_DIR:-$ROOT/.run}
[[ $RUN_DIR == /* ]] || RUN_DIR=$PWD/$RUN_DIR
INSTANCE_MARK=$RUN_DIR/event-segmentation.lock

# Added to every default port, so that several instances of one clone do not seek the same ones.
PORT_SHIFT=${PORT_SHIFT:-0}
PORT_TRIES=100

POSTGRES_OLDEST=15
DATABASE=segmentation
RUNNING_ROLE=segmentation_running
VHOST=event-segmentation

LOCK_SECONDS=300           # waiting for another `make` on the same instance
SERVER_READY_SECONDS=60    # a server's start, recovery after a kill included
SERVER_STOP_SECONDS=30     # an orderly stop, before it is killed
SERVICE_READY_SECONDS=60   # until /health/ready answers 200
SERVICE_STOP_SECONDS=30
KILL_SECONDS=10            # until the kernel has cleared away a killed process
LOG_LINES=20               # of a log, shown when a start fails

# Compilers and build servers end with the build: nothing runs on that `make down` does not know of.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_CLI_USE_MSBUILD_SERVER=0
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
