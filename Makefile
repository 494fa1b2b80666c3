# The doors for people who have just cloned: Python 3.11+ and make are all it takes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Three processes on two cores, for many tests wait for others: a browser, a worker that dies.
# The tests' databases wait for no disk where memory can hold them (2 GB of it free).
ROOMY := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 2097152 {print "/dev/shm"}')
STAMPS := $(VENV)/.stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset install install-dev browser test lint bench screenshots translations torture

help:  ## what can be made
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: install  ## a practice brand with a year of history; Ctrl-C stops it
	@exec $(BIN)/fanlight demo

demo-reset: install  ## throw the practice brand away and begin anew
	@exec $(BIN)/fanlight demo --reset

install: $(STAMPS)/product

install-dev: $(STAMPS)/tools

browser: install-dev  ## a Chromium for the tests, when this machine has none
	@$(BIN)/python -m tools.browser

test: install-dev browser lint  ## everything, the browser tests too
	$(if $(ROOMY),TMPDIR=$(ROOMY)) $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: install-dev  ## layers, style, types
	$(BIN)/lint-imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: install-dev  ## measure; the tables are also written to bench-results/
	$(BIN)/python -m tests.bench

torture: install-dev  ## kills, restarts, full disks, races, restores, nights; every line must be zeros
	$(BIN)/python -m tests.torture --kills 100
	$(BIN)/python -m tests.torture --kills 50 --database postgres

screenshots: install-dev browser  ## every screen, 1440 and 390 px, light and dark, to screenshots/
	$(BIN)/python -m tests.journeys.screenshots

translations: install-dev  ## read the strings of the program and bring the catalogues up to date
	$(BIN)/python -m babel.messages.frontend -q extract -F babel.cfg --ignore-dirs '.*' --sort-output --add-location=file -k say -k say_n:1,2 -o $(VENV)/messages.pot .
	$(BIN)/python -m babel.messages.frontend -q update -i $(VENV)/messages.pot -d webapp/translations --no-fuzzy-matching --ignore-obsolete --update-header-comment

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Fanlight needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(STAMPS)/product: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the locked dependencies (once) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps -e .
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/tools: requirements-dev.lock $(STAMPS)/product
	@echo "Installing what the tests need (once) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
