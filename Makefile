# Two commands: `make demo` shows limner at work, `make test` proves it. Both need Python >= 3.11
# and nothing else, but that `make test` tries npm's clients too, which need Node.js >= 20; with
# LIMNER_WITHOUT_NODE=1 it leaves them out and says so. What they install stays in .venv and
# tests/contract/npm/node_modules, and limner's data in .limner.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; print(sys.executable if sys.version_info >= (3, 11) else "")' 2>/dev/null)))
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL := $(PIP) install --require-hashes --requirement

.PHONY: demo test check tables experiment families fuzz lock clean

demo: .venv/.run
	$(BIN)/limner demo $(if $(PORT),--port $(PORT)) $(if $(ONCE),--once)

NPM := tests/contract/npm

test: check $(if $(LIMNER_WITHOUT_NODE),,$(NPM)/node_modules/.clients)
	$(BIN)/pytest $(ARGS)

check: .venv/.test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/limner model check

# Writes the tables of the documents that are made of the code and the catalog.
tables: .venv/.test
	$(BIN)/python -m tests.tables

# E=E01 chooses one, in full on both databases; without E they are listed.
# ARGS="--rounds 5 --database sqlite --seed 0123abcd" changes that.
experiment: .venv/.test
	$(BIN)/python -m tests.experiments $(E) $(ARGS)

# Draws with every family of models through one server, whose providers are stand-ins, and checks
# what each cost and gave. ARGS="--short --database sqlite" changes that.
families: .venv/.test
	$(BIN)/python -m tests.families $(ARGS)

# Tries whatever /openapi.json allows and forbids, with keys and without, MINUTES each; no part of
# `make test`. DATABASE=postgresql for the other one, WHO=keys or WHO=nobody for one of the two.
MINUTES ?= 10
DATABASE ?= sqlite
WHO ?= both
fuzz: .venv/.test .venv-fuzz/.done
	$(BIN)/python -m tests.fuzz.run --schemathesis .venv-fuzz/bin/st --minutes $(MINUTES) \
		--database $(DATABASE) --who $(WHO) -- $(ARGS)

.venv-fuzz/.done: .venv/.python requirements/fuzz.lock
	$(BIN)/python -m venv --clear .venv-fuzz
	.venv-fuzz/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes \
		--requirement requirements/fuzz.lock
	touch $@

.venv/.python:
	@test -n "$(PYTHON)" || { echo "limner needs Python 3.11 or newer; none was found" >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
		echo "limner needs Python's venv; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	touch $@

.venv/.run: .venv/.python requirements/run.lock requirements/build.lock pyproject.toml
	$(INSTALL) requirements/build.lock
	$(INSTALL) requirements/run.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

.venv/.test: .venv/.run requirements/test.lock
	$(INSTALL) requirements/test.lock
	touch $@

$(NPM)/node_modules/.clients: $(NPM)/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null || { \
		echo "npm's clients are tested in Node.js 20 or newer; LIMNER_WITHOUT_NODE=1 leaves them out" >&2; exit 1; }
	npm ci --prefix $(NPM) --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

# Run after a change of the dependencies in pyproject.toml; needs uv.
COMPILE := uv pip compile pyproject.toml --universal --generate-hashes --quiet --no-emit-index-url \
	--python-version 3.11 --custom-compile-command "make lock" $(UPGRADE)
lock:
	$(COMPILE) --output-file requirements/run.lock
	$(COMPILE) --group test --constraint requirements/run.lock --output-file requirements/test.lock
	uv pip compile --group build --universal --generate-hashes --quiet --no-emit-index-url \
		--python-version 3.11 --custom-compile-command "make lock" --output-file requirements/build.lock
	uv pip compile --group fuzz --universal --generate-hashes --quiet --no-emit-index-url \
		--python-version 3.11 --custom-compile-command "make lock" --output-file requirements/fuzz.lock

clean:
	rm -rf .venv .venv-fuzz .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
