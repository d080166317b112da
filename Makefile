# Everything a person types here. Each target sets up what it needs, once; `make` alone prints this list.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run.stamp
DEV_STAMP := $(VENV)/.dev.stamp
EMULATOR_STAMP := .emulator/.stamp
AUDIT_STAMP := .checkov/.stamp
NPM_STAMP := web/node_modules/.stamp
WEB := web/dist/.stamp
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Matinee needs Python 3.11 or newer; set PYTHON=…")'
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): requirements/run.lock pyproject.toml | $(BIN)/python
	@echo "setting up Python (once) …"
	@$(PIP) install --require-hashes -r requirements/run.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): requirements/dev.lock $(RUN_STAMP)
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

# In an environment of its own: it pins a botocore that is not ours.
$(EMULATOR_STAMP): requirements/emulator.lock
	@echo "setting up the AWS emulator (once) …"
	@$(PYTHON) -m venv .emulator
	@.emulator/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r $<
	@touch $@

$(NPM_STAMP): web/package-lock.json
	@echo "setting up the web pages (once) …"
	@npm --prefix web ci --silent --no-audit --no-fund
	@touch $@

$(WEB): $(NPM_STAMP) $(shell find web/src web/public web/*.js web/*.html -type f 2>/dev/null)
	@npm --prefix web run --silent build
	@touch $@

.PHONY: setup
setup: $(RUN_STAMP) $(WEB) ## set up what `make run` needs

.PHONY: run
run: setup ## run the whole system on this machine; prints its address and token
	@$(BIN)/matinee serve || [ $$? -eq 130 ] # Ctrl-C is how it ends, and no error

.PHONY: lock
lock: ## resolve the Python locks again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header pyproject.toml --group build -o requirements/run.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header pyproject.toml --extra aws --group build --group dev -o requirements/dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header requirements/emulator.in -o requirements/emulator.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header requirements/checkov.in -o requirements/checkov.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --no-header requirements/aws.in -c requirements/dev.lock -o requirements/aws.lock

.PHONY: docs
docs: $(DEV_STAMP) ## write the generated pages again (docs/openapi.json, http-api, configuration, cli)
	@$(BIN)/python -m docs.generate

.PHONY: check
check: $(DEV_STAMP) $(NPM_STAMP) ## formatting, lint and types of Python and the pages
	@$(BIN)/ruff format --quiet --check src tests bench docs package
	@$(BIN)/ruff check --quiet src tests bench docs package
	@$(BIN)/mypy --no-error-summary
	@npm --prefix web run --silent check

.PHONY: quick
quick: check $(WEB) ## what to run at every save: checks, unit tests, local contracts (under 2 minutes)
	@$(BIN)/pytest -q -n 2 --dist loadfile tests/unit tests/contracts --ignore-glob '*/test_aws_*'

# Four at once: most of the time one computes while the others wait for servers and browsers. The browser has a process
# of its own, whose event loop would be in the others' way. The long ones come first, so that none is left alone.
.PHONY: test
test: check $(WEB) $(EMULATOR_STAMP) ## everything: browsers, rehearsal, system, media, edge, package, contracts, unit (under 20 minutes)
	@mkdir -p .cache; \
	$(BIN)/pytest -q --durations 10 -p no:cacheprovider tests/browser >.cache/browser.log 2>&1 & \
	browser=$$!; failed=0; \
	$(BIN)/pytest -q -n 3 --dist loadfile --no-loadscope-reorder --durations 20 \
	  tests/rehearsal tests/system tests/media tests/webkit tests/package tests/fuzz tests/edge tests/contracts tests/unit || failed=1; \
	wait $$browser || failed=1; cat .cache/browser.log; exit $$failed

.PHONY: rehearse
rehearse: $(DEV_STAMP) $(WEB) $(EMULATOR_STAMP) ## deploy to an emulator of AWS with Terraform, use it, and destroy it (about 5 minutes)
	@$(BIN)/pytest -q tests/rehearsal

# TARGET=arm64 (Lambda's, the default), x86_64, or rehearsal: this machine and this Python, for an emulator.
TARGET ?= arm64
.PHONY: package
package: $(RUN_STAMP) $(WEB) ## build what AWS runs: dist/*.zip and the pages (TARGET=arm64, x86_64 or rehearsal)
	@$(BIN)/python -m package.build --target $(TARGET)

$(AUDIT_STAMP): requirements/checkov.lock
	@echo "setting up Checkov (once) …"
	@$(PYTHON) -m venv .checkov
	@.checkov/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r $<
	@touch $@

.PHONY: audit
audit: $(AUDIT_STAMP) ## what Checkov says of the Terraform; terraform/.checkov.yaml has what it is not asked, and why
	@.checkov/bin/checkov --directory terraform --config-file terraform/.checkov.yaml

.PHONY: soak
soak: $(DEV_STAMP) $(WEB) ## long campaigns; the last result is in docs/soak.md
	@$(BIN)/pytest -q --timeout 3600 tests/soak

.PHONY: bench
bench: $(DEV_STAMP) ## the performance figures of the docs (needs nginx; njs)
	@$(BIN)/python bench/edge.py --check
	@$(BIN)/python bench/gate.py --check
	@$(BIN)/python bench/tokens.py --check

.PHONY: clean
clean: ## remove everything that was built; ./data stays
	@rm -rf $(VENV) .emulator .checkov dist .cache build web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
