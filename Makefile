# `make` alone lists the targets. Nothing but Python 3.11 is needed for setup, run and check.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
PACKAGES := workflow/httpreceiver_workflow operator/httpreceiver_operator listener/httpreceiver_listener cli/httpreceiver_cli
SOURCES := $(PACKAGES) charts tests e2e bench conftest.py
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
BIN := .venv/bin
PYTEST := $(BIN)/pytest --numprocesses auto
STAMP := .venv/made-from-requirements.lock

.PHONY: help
help: ## list the targets
	@echo "make TARGET, where TARGET is one of:"
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.* ## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) ## make .venv with the pinned dependencies and the command .venv/bin/httpreceiver

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name yours with make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(INSTALL_ENSUREPIP)
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv
	@echo "installing the pinned dependencies into .venv …"
	@awk '/^[a-z]/ { ours = /^uv==/ } ours' requirements.lock > .venv/uv.lock
	@$(PIP) install --require-hashes --requirement .venv/uv.lock
	@$(INSTALL_WITH_UV) || { echo "uv could not do it; pip takes a minute longer …"; $(INSTALL_WITH_PIP); }
	@touch $@

PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
# uv needs a tenth of pip's time, but does not read pip's configuration, which may name the only registry in reach.
INSTALL_WITH_UV := { $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock \
	&& $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .; }
INSTALL_WITH_PIP := { $(PIP) install --require-hashes --requirement requirements.lock \
	&& $(PIP) install --no-deps --editable .; }
# Debian keeps the part of Python that makes virtual environments in a package of its own.
INSTALL_ENSUREPIP := { \
	test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	|| { echo "Python's venv module is missing: install it (Debian: apt-get install python3-venv)" >&2; exit 1; }; \
	apt-get update --quiet --quiet && apt-get install --quiet --yes python3-venv; }

.PHONY: run
run: setup ## serve examples/ on localhost until Ctrl-C
	@$(BIN)/httpreceiver serve examples/

.PHONY: check
check: setup ## lint, types, import rules and the tests that need no API server and no load
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(PACKAGES) tests/support
	$(BIN)/lint-imports
	$(PYTEST) --dist worksteal -m "not kube and not helm and not load"

.PHONY: test
test: setup kube ## every test, also those on a real kube-apiserver and with Helm
	$(PYTEST) --dist loadfile  # a file's operators and releases are made once

.PHONY: kube
kube: setup ## build kube-apiserver, etcd, kubectl and Helm once into ~/.cache/httpreceiver
	@$(BIN)/python tests/support/kube_binaries.py

.PHONY: fmt
fmt: setup ## format the sources and apply the safe corrections
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

.PHONY: chart
chart: setup ## copy crds/ into the chart
	$(BIN)/python charts/copy_crds.py

.PHONY: golden
golden: setup ## rewrite the expected results under tests/cases; say why in the commit
	GOLDEN=rewrite $(BIN)/pytest tests/operator tests/cli -k golden

.PHONY: pages
pages: setup ## rewrite the pages under docs/ that are made from the code
	$(BIN)/python -m httpreceiver_workflow.reference_pages supported > docs/supported.md
	$(BIN)/python -m httpreceiver_workflow.reference_pages problems > docs/problems.md
	$(BIN)/python -m httpreceiver_operator.conditions > docs/conditions.md
	$(BIN)/python -m httpreceiver_listener.telemetry.metrics_page > docs/metrics.md
	$(BIN)/python -m httpreceiver_listener.telemetry.log_page > docs/access-log.md

.PHONY: bench
bench: bench-peers ## compare the listener with hand-written handlers and other servers
	$(BIN)/python -m bench

# Beside .venv's own packages, never among them: what peers need is not what ours is measured with.
PEERS := .venv/peers
.PHONY: bench-peers
bench-peers: $(PEERS)/made-from-requirements.lock ## install the servers that the listener is compared with

$(PEERS)/made-from-requirements.lock: bench/peers/requirements.lock $(STAMP)
	@$(BIN)/python -m venv --clear $(PEERS)
	@$(BIN)/uv pip sync --quiet --python $(PEERS)/bin/python --require-hashes $< \
		|| $(PEERS)/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes --requirement $<
	@touch $@

.PHONY: bench-engine
bench-engine: setup ## compare the engine without a socket with code and libraries that do the same
	$(BIN)/python -m bench.engine

MINUTES ?= 10
.PHONY: fuzz
fuzz: setup ## fuzz each message type and the loader for MINUTES=10; TYPE=json takes one
	@$(PIP) install --require-hashes --requirement tests/support/fuzzing/requirements.lock
	PYTHONPATH=tests/support $(BIN)/python -m fuzzing --minutes=$(MINUTES) $(TYPE)

MINUTES ?= 30
.PHONY: soak
soak: setup ## serve under load, edits and killed workers for MINUTES=30 and judge
	$(BIN)/python -m bench.soak --minutes $(MINUTES)

# Versions already in a lock stay; `make lock UPGRADE=--upgrade` takes the newest.
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --custom-compile-command "make lock"
LOCK := $(COMPILE) pyproject.toml

.PHONY: lock
lock: setup ## rewrite the five requirements.lock files
	$(LOCK) $(UPGRADE) --extra dev --output-file requirements.lock
	$(LOCK) --upgrade --constraint requirements.lock --extra listener --extra otel --output-file listener/requirements.lock
	$(LOCK) --upgrade --constraint requirements.lock --extra operator --output-file operator/requirements.lock
	$(LOCK) --upgrade --constraint requirements.lock --extra fuzz --output-file tests/support/fuzzing/requirements.lock
	$(COMPILE) bench/peers/requirements.in --upgrade --constraint requirements.lock --output-file bench/peers/requirements.lock

CONTAINER_ENGINE ?= $(firstword $(notdir $(shell command -v podman docker)))
.PHONY: images
images: ## build both images with podman or docker
	@test -n "$(CONTAINER_ENGINE)" || { echo "neither podman nor docker is installed" >&2; exit 1; }
	$(CONTAINER_ENGINE) build --file listener/Containerfile --tag httpreceiver-listener:$(VERSION) .
	$(CONTAINER_ENGINE) build --file operator/Containerfile --tag httpreceiver-operator:$(VERSION) .
