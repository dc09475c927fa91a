# Each target does its own set-up in .venv from the locked versions of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
INCIDENT ?= INC-3168

.PHONY: diagnose test check format bench figures wheel clean help lab-up lab-status lab-fault lab-heal lab-record lab-down
help:
	@echo "make diagnose   the main job on the bundled site"
	@echo "make test       all tests (at most 10 minutes on 2 cores)"
	@echo "make check      ruff, mypy, import-linter"
	@echo "make bench      measure, beside the peers"
	@echo "make figures    how right it is: writes them into docs/evaluation.md (half an hour; PEER=a python with netlog-ai)"
	@echo "make lab-up     a real network in namespaces (root, Debian's packages): PLAN=metro:7:m"
	@echo "                then lab-status, lab-fault NAME=link_down, lab-heal, lab-record DIR=case [NAME=…], lab-down"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUN): pyproject.toml constraints.txt | $(BIN)/python
	@echo "setting up $(VENV) (once)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(DEV): $(RUN)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# The bundled site stands for the main job. Exit 0 says that a verdict was reached.
diagnose: $(RUN)
	@$(BIN)/noc-agent diagnose $(INCIDENT)

test: $(DEV) check
	$(BIN)/python -m pytest -m 'not long' -n 3

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy tools/*.py benchmarks/*.py
	$(BIN)/mypy -p benchmarks.evaluation
	$(BIN)/lint-imports

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV)
	$(BIN)/python benchmarks/diagnose.py
	$(BIN)/python benchmarks/snmp_walk.py
	$(BIN)/python benchmarks/snmp_sweep.py
	$(BIN)/python -m benchmarks.snapshot
	$(BIN)/python benchmarks/journal.py
	$(BIN)/python -m benchmarks.loop

figures: $(DEV)
	$(BIN)/python -m benchmarks.evaluation --into docs/evaluation.md $(addprefix --peer ,$(PEER))

# One network in namespaces: tests/lab/README.md. PLAN is KIND:SEED:SIZE, NAME a fault (`python -m tests.lab kinds`).
LAB := $(BIN)/python -m tests.lab
PLAN ?= metro:7:m

lab-up: $(DEV)
	@$(LAB) up $(PLAN)

lab-status lab-heal lab-down: $(DEV)
	@$(LAB) $(@:lab-%=%)

lab-fault: $(DEV)
	@$(LAB) fault $(or $(NAME),$(error name a fault: make lab-fault NAME=link_down))

lab-record: $(DEV)
	@$(LAB) record $(or $(DIR),$(error name a folder: make lab-record DIR=case NAME=link_down)) $(addprefix --fault ,$(NAME))

wheel: $(DEV)
	$(BIN)/python -m build --no-isolation --wheel

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
