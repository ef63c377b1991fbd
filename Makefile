# `make run` and `make test` do all their own set-up.
PORT ?= 5000
PYTHON ?= python3
BIN := .venv/bin
STATIC := $(shell find static -name '*.css' -o -name '*.js' -o -name '*.svg')
export FLASK_APP := quiz

.PHONY: run test cover chaos venv tools chromium lint bench screenshots messages clean

run: venv ## Serve the demonstration province at http://127.0.0.1:$(PORT)
	@exec env PORT=$(PORT) $(BIN)/python -m quiz.demo

test: tools chromium ## Lint, types, and every test on SQLite and PostgreSQL
	$(BIN)/ruff check quiz tests benchmarks
	$(BIN)/ruff format --check quiz tests benchmarks
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 -q

cover: tools ## What of the app the tests run: one database and no browser, since tracing doubles the time
	$(BIN)/python -m pytest -n 2 -q --cov -k "not postgresql" --ignore=tests/e2e --ignore=tests/security

chaos: tools chromium ## Kills, full disks, bad networks, and bugs that must be seen; COUNT=small takes minutes
	@$(BIN)/python -m tests.chaos.tools
	@$(BIN)/python -m tests.chaos $(COUNT)

bench: tools ## Ratios against a bare page, in one run
	$(BIN)/python -m benchmarks

screenshots: tools chromium ## The pictures of the README, from the running app
	$(BIN)/python -m tests.screenshots

messages: tools ## Bring the English catalogue up to date with the code
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ -o translations/messages.pot --no-location --omit-header .
	$(BIN)/pybabel -q update -i translations/messages.pot -d translations -l en --no-fuzzy-matching

venv: .venv/app.stamp .venv/static.stamp ## The app's own environment, exactly as pinned

tools: .venv/dev.stamp .venv/static.stamp ## The same, with the tools of the tests

chromium:
	@$(BIN)/python -m tests.chromium

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -m venv .venv 2>/dev/null || { rm -rf .venv; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null && $(PYTHON) -m venv .venv; \
	  else echo "Python's venv module is missing: sudo apt-get install python3-venv"; exit 1; fi; }

.venv/app.stamp: requirements.txt translations/en/LC_MESSAGES/messages.po | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pybabel -q compile -d translations
	@touch $@

.venv/static.stamp: $(STATIC) .venv/app.stamp
	$(BIN)/python -m whitenoise.compress -q static
	@touch $@

.venv/dev.stamp: requirements-dev.txt .venv/app.stamp
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

clean: ## Remove what was made here, data included
	rm -rf .venv instance .pytest_cache .mypy_cache .ruff_cache .hypothesis
