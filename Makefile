# `make help` lists the targets. Everything installs into .venv, which `make` creates itself.

PYTHON ?= python3
VENV ?= .venv
OUT ?= .
JUDGE ?= 1
CHAPTERS ?= $(wildcard book/*.ipynb)

BIN := $(VENV)/bin
BOOK := $(OUT)/_build/html/index.html

.DEFAULT_GOAL := help
.PHONY: help book pdf pot test lab notebooks bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

book: $(VENV)/installed ## build the book and print the address of its first page (OUT=folder to build elsewhere)
	@$(BIN)/jupyter-book build -W --keep-going --all --quiet --path-output $(OUT) book/
	@echo && echo "Open file://$(abspath $(BOOK))"

pdf: book ## print the built book into _build/convbp.pdf (needs Chromium)
	@$(BIN)/python tools/print_book.py

pot: $(VENV)/installed ## write the texts of the book for translators into _build/gettext
	@$(BIN)/jupyter-book build --quiet --builder custom --custom-builder gettext --path-output $(OUT) book/

test: $(VENV)/installed $(if $(filter 0,$(JUDGE)),,$(VENV)/judge) ## check everything (JUDGE=0 leaves PyTorch out)
	@$(if $(filter 0,$(JUDGE)),CONVBP_NO_JUDGE=1 )$(BIN)/python tools/run_tests.py

lab: $(VENV)/installed ## open the chapters in JupyterLab
	@$(BIN)/jupyter trust book/*.ipynb
	@$(BIN)/jupyter lab --notebook-dir=book

notebooks: $(VENV)/installed ## run every chapter and store its outputs (CHAPTERS=book/... for some)
	@$(BIN)/python tools/execute_notebooks.py $(CHAPTERS)

bench: $(VENV)/judge ## time the backends beside im2col, PyTorch, SciPy and JAX, about 10 minutes (ARGS=--quick for a look)
	@$(BIN)/python benchmarks/bench.py $(ARGS)

clean: ## remove what was built, but not .venv
	rm -rf _build .numba_cache .pytest_cache .mypy_cache .ruff_cache *.egg-info

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; say PYTHON=python3.x")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/judge: requirements-test.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	@touch $@
