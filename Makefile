# Needs Python 3.11 or newer, git and make; everything else goes into .venv.
# `make install PYTHON=/path/to/python3` chooses the interpreter.

BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

usable = 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for python in python3.11 python3; do \
	"$$python" -c $(usable) >/dev/null 2>&1 && command -v "$$python" && break; done)

.PHONY: help install demo workshop notebooks test bench bench-nation clean
.DEFAULT_GOAL := help

help:  ## show the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 16

install: .venv/installed  ## make .venv and install Berdaya in it

demo: .venv/installed  ## compare four programmes with no programme, into results/demo
	$(BIN)/berdaya compare training-only training-mentoring sedaya-package cash-transfer --out results/demo

workshop: .venv/installed-workshop  ## open the page for a room, on this machine only
	$(BIN)/berdaya workshop

notebooks: .venv/installed-dev  ## run the notebooks anew
	$(BIN)/python -m notebooks

test: .venv/installed-dev  ## lint, check types, run the tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2

bench: .venv/installed  ## time a household-month against its budgets
	$(BIN)/python -m benchmarks

bench-nation: .venv/installed  ## time every household of Indonesia
	$(BIN)/python -m benchmarks nation

clean:  ## remove .venv, caches, builds and results/demo; other results stay
	rm -rf .venv build dist *.egg-info results/demo .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# pip is the last thing that venv puts in place: where it is missing, the environment is not whole.
$(BIN)/pip:
	@"$(PYTHON)" -c $(usable) >/dev/null 2>&1 || { \
		echo "Berdaya needs Python 3.11 or newer with venv, as python3.11 or python3" \
			"(on Debian and Ubuntu: apt install python3 python3-venv)." \
			"Another interpreter: make install PYTHON=/path/to/python3" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear .venv

.venv/installed: pyproject.toml constraints.txt | $(BIN)/pip
	$(BIN)/pip install --quiet -c constraints.txt -e .
	@touch $@

.venv/installed-workshop: pyproject.toml constraints.txt | $(BIN)/pip
	$(BIN)/pip install --quiet -c constraints.txt -e '.[workshop]'
	@touch $@ .venv/installed

.venv/installed-dev: pyproject.toml constraints.txt | $(BIN)/pip
	$(BIN)/pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@ .venv/installed
