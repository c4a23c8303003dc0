# The commands for people and CI. `make` alone lists them.

PYTHON ?= python3
DEV := .venv-dev/bin
# Tests that start servers. `make check` leaves them out. They run in several processes; the tests of a file share one.
SHARED_TESTS := tests/browser tests/system tests/chaos
SERVER_TESTS := $(SHARED_TESTS) tests/containers
# Files start in the order of tests/support/order.py. More processes than cores are used, as many tests wait for time-outs.
SHARED := $(DEV)/pytest -n 3 --dist loadfile --no-loadscope-reorder
# The page's own checks run only where the page has a package.json.
FRONTEND := $(wildcard frontend/package.json)

# This tool gets its own environment, because it is seldom needed and has many dependencies.
PIP_AUDIT := pip-audit==2.10.1

.PHONY: help up check test test-all test-alone audit bench contract lock clean dev browser lint unit frontend-check
.DEFAULT_GOAL := help

help: ## list these commands
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do printf '  %-11s %s\n' "$$name" "$$text"; done

# The last line must be an exec: make signals the recipe's shell, which would otherwise end and leave its child running.
up: ## run everything here: PORT, S3_PORT, REDIS_PORT, DATA_DIR, REPLICAS, PUBLIC_HOST (Ctrl-C stops it)
	@$(PYTHON) local/bootstrap.py .venv requirements/up.txt
	@exec .venv/bin/python -m local up

check: lint unit frontend-check ## run lint, types, promises and unit tests: under two minutes, no servers

test: browser check ## run check, then the tests with real servers and a browser: ten minutes
	$(SHARED) -m "not long" $(SHARED_TESTS)

test-all: browser ## run the tests that take minutes each and the tests in containers: a quarter of an hour
	$(SHARED) -m "long and not quiet" --ignore=tests/containers
	$(DEV)/pytest -m "not quiet" tests/containers

test-alone: browser ## run chaos and the other tests that measure: an hour on a quiet machine; writes docs/reliability.md
	$(DEV)/pytest -m "long and quiet" -s

bench: browser ## measure against yardsticks: twelve minutes; writes docs/performance.md
	$(DEV)/python -m bench

audit: dev ## ask public services for known weaknesses in the pinned packages (needs the internet)
	$(DEV)/uvx --from $(PIP_AUDIT) pip-audit --strict --disable-pip --require-hashes $(foreach set,images up setup,-r requirements/$(set).txt)
	@$(DEV)/python -m local frontend-audit

contract: dev ## renew each service's openapi.json and the page's contract.d.ts from the services' Structs and routes
	@PYTHONPATH=services $(DEV)/python -m local.contract

lock: dev ## update the pins of all dependencies, with hashes
	for set in images up setup dev; do \
	  UV_CUSTOM_COMPILE_COMMAND="make lock" $(DEV)/uv pip compile --quiet --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --upgrade -o requirements/$$set.txt requirements/$$set.in || exit; \
	done

clean: ## remove environments and build results; keep .data
	rm -rf .venv .venv.lock .venv-dev .venv-dev.lock .bench frontend/node_modules frontend/dist* \
	  .pytest_cache .mypy_cache .ruff_cache .hypothesis .schemathesis test-results

dev:
	@$(PYTHON) local/bootstrap.py .venv-dev requirements/dev.txt

browser: dev
	@$(DEV)/python -m tests.support.chromium

lint: dev
	$(DEV)/ruff check
	$(DEV)/ruff format --check
	$(DEV)/mypy
	$(DEV)/python -m tests.support.promises

unit: dev
	$(DEV)/pytest -m "not long" $(addprefix --ignore=,$(SERVER_TESTS))

frontend-check: dev
ifneq ($(FRONTEND),)
	@$(DEV)/python -m local frontend-check
endif

.PHONY: k8s-local k8s-secrets k8s-rotate

k8s-local: ## make images and secrets for a cluster on this machine (kind, k3d or minikube)
	@$(PYTHON) local/bootstrap.py .venv requirements/up.txt
	@exec .venv/bin/python -m local.kubernetes local

k8s-secrets: ## make the secrets of the overlay OVERLAY of k8s/
	@$(PYTHON) local/bootstrap.py .venv requirements/up.txt
	@exec .venv/bin/python -m local.kubernetes secrets $(OVERLAY)

k8s-rotate: ## replace the secret WHAT of the overlay OVERLAY (docs/operations.md)
	@$(PYTHON) local/bootstrap.py .venv requirements/up.txt
	@exec .venv/bin/python -m local.kubernetes rotate $(OVERLAY) $(WHAT)
