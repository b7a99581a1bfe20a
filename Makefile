# Everything a contributor runs. Each target works alone on a machine with Python 3.11+, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_LOWEST := .venv-lowest/.ready
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
PIP_LOWEST := .venv-lowest/bin/pip install --quiet --disable-pip-version-check
LOCK := --quiet --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

.PHONY: help demo test check format lint types floors fix lock test-lowest bench sample clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(READY): pyproject.toml requirements/dev.lock
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes --no-deps -r requirements/dev.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## the whole story on this machine in seconds: simulator, plan, apply, reports
	$(BIN)/retrigger demo

test: $(READY) ## run the tests; four at a time, as many of them wait
	$(BIN)/pytest -n 4 --dist worksteal

check: format lint types floors test ## everything that must hold before a commit

format: $(READY)
	$(BIN)/ruff format --check .

lint: $(READY)
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

floors: $(READY)
	$(BIN)/lint-imports

fix: $(READY) ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(READY) ## write the locked dependencies anew from pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --universal --group dev pyproject.toml --output-file requirements/dev.lock
	$(BIN)/uv pip compile $(LOCK) --resolution lowest-direct pyproject.toml --output-file requirements/lowest.lock

test-lowest: $(READY_LOWEST) ## run the tests with the lowest allowed versions of what the program needs
	.venv-lowest/bin/pytest -n 4 --dist worksteal

$(READY_LOWEST): pyproject.toml requirements/dev.lock requirements/lowest.lock
	$(PYTHON) -m venv .venv-lowest
	$(PIP_LOWEST) --require-hashes --no-deps -r requirements/dev.lock
	$(PIP_LOWEST) --require-hashes --no-deps -r requirements/lowest.lock
	$(PIP_LOWEST) --no-deps --no-build-isolation --editable .
	@touch $@

sample: $(READY) ## write reports/sample anew from the demo
	$(BIN)/python -m tests.sample

bench: $(READY) ## measure the whole of apply against plain aiohttp on the same server
	$(BIN)/python -m tests.bench

clean:
	rm -rf $(VENV) .venv-lowest build dist *.egg-info
