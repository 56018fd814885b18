# Everything works from a fresh clone with Python 3.11+, git and make: the targets install what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
PORT ?= 8501
WORKERS ?= 3

.PHONY: help setup demo run test test-browser test-ci test-quick test-long screenshots lint format types pr encoders clean
.DEFAULT_GOAL := help

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Xfer needs Python 3.11 or newer; set PYTHON=.")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip setuptools wheel
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements-backends.txt requirements-cluster.txt requirements-test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	touch $@

setup: $(VENV)/.installed  ## make .venv with the pinned requirements

demo: $(VENV)/.installed  ## run a real small grid, print its gains, open the dashboard (SERVE=0: end there)
	$(BIN)/xfer demo $(if $(filter 0,$(SERVE)),--no-serve,--serve) --port $(PORT)

run: $(VENV)/.installed  ## open the dashboard
	$(BIN)/xfer serve --port $(PORT)

test: $(VENV)/.installed-test  ## tests that take seconds: unit, contract, pages, end to end
	$(BIN)/python -m pip check --disable-pip-version-check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not heavy and not long and not browser" -n $(WORKERS) --dist loadfile tests

test-browser: $(VENV)/.installed-test  ## a person's tasks, page by page, in Chromium
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "browser and not heavy and not long" -n 2 --dist loadfile tests/browser

test-ci: test test-browser  ## and those that take a whole machine for tens of seconds
	$(BIN)/python -m pytest -m "heavy and not long" tests

test-quick: $(VENV)/.installed-test  ## unit and contract tests alone
	$(BIN)/python -m pytest tests/unit tests/contract -m "not slow"

test-long: $(VENV)/.installed-test  ## all of it, with the long fault tests (hours)
	$(BIN)/python -m pytest

screenshots: $(VENV)/.installed-test  ## pictures of every page with your results, in build/screenshots (needs Chromium)
	mkdir -p build/screenshots
	$(BIN)/python -m tests.screenshots build/screenshots --home $${XFER_HOME:-data/store}

lint: $(VENV)/.installed-test  ## ruff and the import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

format: $(VENV)/.installed-test  ## let ruff format and mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.installed-test  ## mypy, strict on xfer_core
	$(BIN)/mypy

pr: lint types test-ci  ## what a reviewer runs

encoders: $(VENV)/.installed  ## pretrain the shipped mini encoders anew (hours on two cores, minutes on a GPU)
	$(BIN)/xfer pretrain mini-s --publish
	$(BIN)/xfer pretrain mini-s-aligned --publish

clean:  ## remove the virtual environment and caches; never the store
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
