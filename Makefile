# Each target does its own set-up in .venv from locks/: exact versions, and the hash of every file that may be installed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
TOOLS := $(VENV)/tools
PIP := python -m pip --disable-pip-version-check install --quiet
INCIDENT ?= INC-3168

.PHONY: diagnose test check format bench figures wheel sbom licences locks clean help lab-up lab-status lab-fault lab-heal lab-record lab-down
help:
	@echo "make diagnose   the main job on the bundled site"
	@echo "make test       all tests (at most 10 minutes on 2 cores)"
	@echo "make check      ruff, mypy, import-linter"
	@echo "make bench      measure, beside the peers"
	@echo "make figures    how right it is: writes them into docs/evaluation.md (half an hour; PEER=a python with netlog-ai)"
	@echo "make sbom       dist/sbom.cdx.json (CycloneDX) of what runs; make licences writes docs/licences.md"
	@echo "make lab-up     a real network in namespaces (root, Debian's packages): PLAN=metro:7:m"
	@echo "                then lab-status, lab-fault NAME=link_down, lab-heal, lab-record DIR=case [NAME=…], lab-down"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUN): pyproject.toml locks/run.txt | $(BIN)/python
	@echo "setting up $(VENV) (once)" >&2
	@$(BIN)/$(PIP) --require-hashes -r locks/run.txt
	@$(BIN)/$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): $(RUN) locks/dev.txt
	@$(BIN)/$(PIP) --require-hashes -r locks/dev.txt
	@touch $@

$(TOOLS)/.done: locks/tools.txt | $(BIN)/python
	@$(BIN)/python -m venv $(TOOLS)
	@$(TOOLS)/bin/$(PIP) --require-hashes -r locks/tools.txt
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

# What runs, as a list that scanners read; the tools for it live in an environment of their own.
sbom: $(TOOLS)/.done
	@mkdir -p dist
	$(TOOLS)/bin/cyclonedx-py requirements locks/run.txt --pyproject pyproject.toml --output-reproducible -o dist/sbom.cdx.json

licences: $(RUN) $(TOOLS)/.done
	$(TOOLS)/bin/pip-licenses --python $(BIN)/python --from mixed --order license --format markdown \
	  --packages $$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/\1/p' locks/run.txt) --output-file docs/licences.md

# After a change of constraints.txt: the same versions, with the hashes of all their files for every platform.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links -c constraints.txt
locks: $(TOOLS)/.done
	$(TOOLS)/bin/$(COMPILE) pyproject.toml locks/build.in -o locks/run.txt
	$(TOOLS)/bin/$(COMPILE) pyproject.toml locks/build.in --extra dev -o locks/dev.txt
	$(TOOLS)/bin/$(COMPILE) locks/tools.in -o locks/tools.txt

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
