# Sokopesa: every command that a newcomer needs. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
STAMP := $(VENV)/.installed
SPARK := $(VENV)/.spark
# Two at a time, each with a PostgreSQL and a simulator of its own; the tests of one file stay together.
# The browser's are runs of their own: Playwright keeps an event loop in its process, and there can be one.
PYTEST := $(BIN)/pytest -n 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup lock demo test check unit browser days quarter chromium bench bench-long spark kills batch-kills clean

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with everything pinned in requirements.lock

$(STAMP): requirements.lock pyproject.toml packages/auditor/pyproject.toml packages/daraja/pyproject.toml packages/mpesa_simulator/pyproject.toml packages/sokopesa/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Sokopesa needs Python 3.11 or newer; $(PYTHON) is older. Try: make setup PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip --disable-pip-version-check install --quiet uv==$(UV_VERSION)
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation \
	  -e packages/auditor -e packages/daraja -e packages/mpesa_simulator -e packages/sokopesa
	@touch $@

lock: ## resolve the newest allowed versions again and write requirements.lock
	$(BIN)/uv lock --quiet --upgrade
	$(BIN)/uv export --quiet --frozen --all-packages --all-groups --no-emit-workspace --no-header --format requirements-txt -o requirements.lock

demo: $(STAMP) ## run the market, its worker and the M-PESA simulator; Ctrl-C stops all
	@$(BIN)/sokopesa demo

check: $(STAMP) ## style, types and the floor plan
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(STAMP) ## all tests but the browser's
	$(PYTEST) -m "not browser"

browser: $(STAMP) chromium ## the browser tests
	$(PYTEST) -m browser tests
	$(BIN)/pytest -m browser packages/mpesa_simulator/tests packages/sokopesa/tests

days: $(STAMP) ## live 20 market days under faults, and find planted bugs; SEEDS=100 lives more
	SEEDS=$(or $(SEEDS),20) SHOPPERS=$(or $(SHOPPERS),30) $(BIN)/pytest --timeout=900 \
	  packages/sokopesa/tests/day packages/sokopesa/tests/day/planted_bugs.py

quarter: $(STAMP) ## live whole quarters under faults, to the last refund and the last closed day; SEEDS=3 lives more
	SEEDS=$(or $(SEEDS),3) DAYS=$(or $(DAYS),91) SHOPPERS=$(or $(SHOPPERS),4) $(BIN)/pytest -p no:logging \
	  packages/sokopesa/tests/quarter

test: check chromium ## the whole suite: checks, tests, browser
	$(PYTEST) -m "not browser"
	@$(MAKE) --no-print-directory browser

chromium: $(STAMP)
	@scripts/ensure-chromium

bench: $(STAMP) ## measure everything, each figure beside its limit; under 15 minutes on a quiet machine
	$(BIN)/python -m benchmarks.run

bench-long: $(STAMP) $(SPARK) ## more payments, ten minutes of a steady stream, ten million older payments, Spark (hours, 60 GB of disk)
	$(BIN)/python -m benchmarks.run --long

spark: $(STAMP) $(SPARK) ## install Spark (it needs Java 17) and reconcile on a local cluster of it
	$(BIN)/pytest --timeout=900 -W default packages/auditor/spark

$(SPARK): $(STAMP) packages/auditor/spark/requirements.lock
	@java -version 2>/dev/null || { echo "Spark needs Java 17. On Debian or Ubuntu: apt-get install openjdk-17-jre-headless"; exit 1; }
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r packages/auditor/spark/requirements.lock
	@touch $@

KILLS ?= 200
kills: $(STAMP) ## kill door, workers and PostgreSQL under load, KILLS times (200), and audit the books
	@$(BIN)/python -m tests.crash --kills $(KILLS)

batch-kills: $(STAMP) ## kill workers KILLS times (200) while they pay LINES lines (10,000), and count in M-PESA's books
	@$(BIN)/python -m tests.batch --lines $(or $(LINES),10000) --kills $(KILLS)

clean: ## remove what make setup and make demo made
	rm -rf $(VENV) .sokopesa
