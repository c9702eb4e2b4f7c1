# The work lies in deploy/local; RUN_DIR names another instance than .run.

.DEFAULT_GOAL := help
.PHONY: help up down clean run sample-check test prove fuzz chaos alerts-check history-bench import-bench build-bench bench build format

CASES ?= 50000
EVENTS ?= 1000000
CONTACTS ?= 100000
SEGMENTS ?= 100
SCENARIOS ?=
SECONDS ?= 1800
KINDS ?=
SEED ?= $(shell od -An -N4 -tu4 /dev/urandom | tr -d " ")

help: ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

run: ## everything up, then the sample application: watch contacts enter and leave segments
	@deploy/local/run.sh

up: ## PostgreSQL, RabbitMQ and both services, private to this clone, on loopback
	@deploy/local/up.sh

down: ## stop what `make up` started; the data stays
	@deploy/local/down.sh

clean: ## stop it and remove its data, keys and logs (.run)
	@deploy/local/down.sh --clean

test: ## all tests, against PostgreSQL and RabbitMQ instances of their own
	@deploy/local/test.sh

prove: ## the laws of the evaluator on many new cases; CASES=50000 and SEED=7 choose them
	@PROVE_CASES=$(CASES) PROVE_SEED=$(SEED) dotnet test tests/evaluation -c Release --nologo --logger "console;verbosity=detailed"

fuzz: ## hostile inputs at every door; INPUTS=1000000 or SECONDS=600, SEED=7, ONLY=parser:17 choose
	@SEED=$(SEED) INPUTS=$(if $(filter-out file,$(origin SECONDS))$(ONLY),,$(or $(INPUTS),100000)) SECONDS_IN_ALL=$(if $(filter-out file,$(origin SECONDS)),$(SECONDS)) ONLY=$(ONLY) deploy/local/fuzz.sh

chaos: ## the whole system under load while everything breaks; SECONDS=1800, SEED=7 and KINDS="poisoned,killed" choose how long and what
	@CHAOS_SECONDS=$(SECONDS) CHAOS_SEED=$(SEED) CHAOS_KINDS="$(KINDS)" deploy/local/chaos.sh

alerts-check: ## Prometheus' own tool over its settings and the alerts; PROMTOOL=/path names it
	@deploy/monitoring/check.sh

sample-check: ## the sample with a bound, in an instance of its own, checking its own outcome
	@deploy/local/sample-check.sh

history-bench: ## pages of an event history of EVENTS=1000000, and what its indexes cost; on the test servers
	@deploy/local/bench.sh history $(EVENTS)
	@deploy/local/bench.sh copy

import-bench: ## live events beside EVENTS=1000000 imports; on the test servers
	@deploy/local/bench.sh imports $(EVENTS)

build-bench: ## a new segment over EVENTS=1000000 of CONTACTS=100000, beside live events; on the test servers
	@deploy/local/bench.sh builds $(EVENTS) $(CONTACTS)

bench: ## the whole pipeline under load, in an instance of its own; SCENARIOS, EVENTS, CONTACTS, SEGMENTS choose
	@SCENARIOS="$(SCENARIOS)" EVENTS=$(EVENTS) CONTACTS=$(CONTACTS) SEGMENTS=$(SEGMENTS) SEED=$(SEED) deploy/local/pipeline-bench.sh

build: ## the whole solution, Release
	dotnet build EventSegmentation.sln -c Release --nologo -v q

format: ## put the code into the house's form
	dotnet format EventSegmentation.sln
