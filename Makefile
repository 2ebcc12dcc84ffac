# Everything a developer or a newcomer needs. The environment is .venv; Node comes from PyPI, into it.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Some machines keep no compiled modules; every command that a test starts would then compile hundreds anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo run test lint format bench screenshots clean

install: .venv/installed huikuan/web/static/dist/manifest.json huikuan/locale/compiled

.venv/installed: requirements/dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

node_modules/.package-lock.json: package.json package-lock.json | .venv/installed
	$(BIN)/npm ci --no-audit --no-fund --loglevel=error

huikuan/web/static/dist/manifest.json: node_modules/.package-lock.json vite.config.js $(shell find frontend -type f 2>/dev/null)
	$(BIN)/npm run --silent build
	touch $@

huikuan/locale/compiled: $(wildcard huikuan/locale/*/LC_MESSAGES/django.po) | .venv/installed
	$(BIN)/pybabel -q compile -d huikuan/locale -D django
	touch $@

demo: install
	$(BIN)/huikuan demo

run: install
	$(BIN)/huikuan serve

# Three for two cores: a test often waits, for its browser, a server or the disk.
test: install
	$(BIN)/python -m pytest -n 3 --dist worksteal

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

format:
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install
	$(BIN)/huikuan bench

screenshots: install
	$(BIN)/python scripts/screenshots.py $(ARGS)

clean:
	rm -rf .venv node_modules huikuan/web/static/dist huikuan/locale/compiled screenshots
