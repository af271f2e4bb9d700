# `make demo` and `make test` do all of their set-up themselves, on Debian and Ubuntu. `make help` lists the rest.

SHELL := /bin/bash
VENV ?= .venv
PYTHON := $(VENV)/bin/python
# Test processes. Most CI machines have two cores; the third process uses the time in which others wait.
WORKERS ?= 3
export EDGEGEN_HOME ?= $(CURDIR)/.edgegen-home
# The tests start hundreds of processes. Without kept bytecode, each would compile PyTorch's Python for six seconds.
unexport PYTHONDONTWRITEBYTECODE
# Where the set-up installs all tools and kits, a test whose tool is missing fails (tests/conftest.py).
PYTEST = EDGEGEN_KITS="$$(scripts/setup $(VENV) rule)" PATH="$(abspath $(VENV))/bin:$$PATH" $(PYTHON) -m pytest -q --disable-warnings -n $(WORKERS) --dist worksteal
KTLINT := $(PYTHON) scripts/ktlint.py --editorconfig=templates/android/.editorconfig

.DEFAULT_GOAL := help
.PHONY: help demo check test test-all test-changed test-nightly ready kits lint lint-python lint-cpp lint-kotlin format bench clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo:  ## from a checkpoint to a built app and an annotated picture (TASK=segment, or MODEL=... IMAGE=... of your own; PHOTOS=folder: int8 too)
	@scripts/setup $(VENV) demo
	@scripts/demo $(VENV) "$(MODEL)" "$(IMAGE)" "$(TASK)" "$(PHOTOS)"

check: ready  ## linters, types and unit tests: three minutes
	@$(PYTEST) -m "not (proof or full or nightly)"

test: ready  ## check, and the proof of the product on the tiny checkpoints: a quarter of an hour
	@$(PYTEST) -m "proof or not (full or nightly)" --proofs

test-all: ready  ## every test but the nightly ones; records the areas that passed in .ci/passed.tsv
	@$(PYTHON) scripts/areas.py plan --all >/dev/null
	@$(PYTEST) -m "not nightly" --proofs --results build/results.tsv; code=$$?; $(PYTHON) scripts/areas.py record; exit $$code

test-changed: ready  ## the full tests of the areas that changed since they passed (PLAN=--repeat: and of one that did not)
	@folders=$$($(PYTHON) scripts/areas.py plan $(PLAN)) && if [ -z "$$folders" ]; then echo "nothing changed: 0 tests"; else \
	$(PYTEST) -m "full and not (proof or nightly)" $$folders --results build/results.tsv; code=$$?; \
	$(PYTHON) scripts/areas.py record; exit $$code; fi

test-nightly: ready  ## emulated processors, other compilers, large sanitizer runs, the installation of kits
	@$(PYTEST) -m nightly
	@EDGEGEN_ALL_MUTATIONS=1 $(PYTEST) -m full $$(git ls-files 'tests/*test_*mutations.py')

# Types and C++ are looked at while the kits are fetched; ktlint is in one of them.
ready:
	@scripts/setup $(VENV) test
	@$(MAKE) --no-print-directory -j 2 kits lint-python lint-cpp
	@$(MAKE) --no-print-directory lint-kotlin

kits:
	@scripts/setup $(VENV) kits

lint:
	@$(MAKE) --no-print-directory -j 2 lint-python lint-cpp lint-kotlin

lint-python:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy -p edgegen -p edgegen_kits -p tests
	$(VENV)/bin/lint-imports --no-cache

lint-cpp:
	git ls-files '*.h' '*.cpp' '*.mm' | xargs $(VENV)/bin/clang-format --dry-run --Werror

lint-kotlin:
	git ls-files '*.kt' | $(KTLINT)

format:  ## let ruff, clang-format and ktlint rewrite the sources
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .
	git ls-files '*.h' '*.cpp' '*.mm' | xargs $(VENV)/bin/clang-format -i
	git ls-files '*.kt' | $(KTLINT) --format

bench:  ## the speed table of docs/benchmarks.md, on this machine
	@scripts/setup $(VENV) test
	@scripts/setup $(VENV) kits
	@$(PYTHON) -m benchmarks

clean:  ## remove what the targets above made
	rm -rf $(VENV) .edgegen-home demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
