# Copyright: (c) 2026, the datadog_community.cloud_auth contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything is tried, tested and built from here. The results are in .venv/ and build/, except for the copies and
# environments of ansible-test, which are in the user's cache folders.

PYTHON ?= python3
# Which of the ansible-cores in tests/cores.toml ansible-test is run with, for example CORE="2.16 2.21"; empty: all.
CORE ?=
# Arguments for pytest, which choose from the unit or system tests: T="-k replace", T=tests/system/test_demo.py. Empty: all.
T ?=
# Where make sandbox listens; empty: on 8474.
PORT ?=

NAME := datadog_community.cloud_auth
ARTIFACT := build/artifact
INSTALLED := build/installed
COLLECTION := $(INSTALLED)/ansible_collections/datadog_community/cloud_auth
SOURCE := .venv/source/ansible_collections/datadog_community/cloud_auth
ANSIBLE_TEST := .venv/demo/bin/python tests/tools/ansible_test.py $(CORE:%=--core %)
WITH_SANDBOX := .venv/demo/bin/python tests/tools/with_sandbox.py
# Some linters call others, and look for them on the path. None may leave compiled files in the installed collection, which
# release-check verifies at the same time.
LINT_PATH := PYTHONDONTWRITEBYTECODE=1 PATH="$(CURDIR)/.venv/lint/bin:$$PATH"
SITE := build/docs
# The tests of a folder, unless T names files.
chosen = $(if $(filter tests/%,$(T)),,$(1)) $(T)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

# Instead of the user's own settings.
export ANSIBLE_CONFIG := $(CURDIR)/tests/ansible.cfg
# Tests find the installed collection here.
export CLOUD_AUTH_COLLECTIONS_PATH := $(CURDIR)/$(INSTALLED)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## Show this list
	@echo "make <target>, with one of these targets:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | awk -F'|' '{ printf "  %-15s %s\n", $$1, $$2 }'

# ---- Try it

.PHONY: demo
demo: .venv/demo/done install ## Show the modules at work on a local stand-in for Datadog's API
	@ANSIBLE_CALLBACK_RESULT_FORMAT=yaml $(WITH_SANDBOX) tests/sandbox .venv/demo/bin/ansible-playbook docs/examples/demo.yml

.PHONY: sandbox
sandbox: .venv/demo/done ## Start that stand-in, to try playbooks on it; Ctrl+C ends it. On another port: PORT=8475
	@.venv/demo/bin/python tests/sandbox $(PORT:%=--port %)

# ---- Test it

# The minutes are those of two idle cores; README names them, too.
.PHONY: test
test: | python ## Lint, and run the unit and system tests
	@MAKE="$(MAKE)" $(PYTHON) tests/tools/steps.py --minutes 8 environments lint unit system

.PHONY: test-all
test-all: test examples gates docs ## Run test, examples and gates, and build the documentation (slow)

.PHONY: lint
lint: .venv/lint/done $(SOURCE) ## Check format, style, types, spelling and licenses (quick)
	.venv/lint/bin/ruff format --check
	.venv/lint/bin/ruff check
	.venv/lint/bin/mypy
	.venv/lint/bin/yamllint --strict .
	.venv/lint/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.venv/lint/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	.venv/lint/bin/shellcheck .ci/run
	.venv/lint/bin/codespell
	.venv/lint/bin/reuse lint --lines

.PHONY: format
format: .venv/lint/done ## Format the code, and fix what the linter can fix
	.venv/lint/bin/ruff check --fix
	.venv/lint/bin/ruff format

.PHONY: unit
unit: .venv/test/done ## Run the unit tests, which must cover every line, branch and option; or some: T="-k replace"
	.venv/test/bin/python -m pytest -n auto $(if $(T),,--cov --every-option) $(call chosen,tests/unit)

# The system tests that are about the network. Of their playbooks, only the modules run on the oldest Python. (botocore's
# chain is left out: its stand-in for AWS, moto, needs a newer botocore.)
OVER_THE_NETWORK := tests/system/test_playbook_network.py tests/system/test_playbook_login.py

.PHONY: oldest
oldest: .venv/oldest/done .venv/test/done install ## Run the unit and network tests with the oldest Python and libraries that README names
	.venv/oldest/bin/python -m pytest -n auto $(call chosen,tests/unit)
	$(if $(T),,CLOUD_AUTH_MODULES_PYTHON=$(CURDIR)/.venv/oldest/bin/python .venv/test/bin/python -m pytest -n auto $(OVER_THE_NETWORK))

# Tests that run playbooks. Each worker takes one after the other: how long they take differs much.
EXAMPLES := tests/system/examples
SPREAD := -n auto --maxschedchunk 1

.PHONY: system
system: .venv/test/done install ## Run playbooks with the installed collection on the sandbox; or some: T="-k replace"
	.venv/test/bin/python -m pytest $(if $(T),,--ignore $(EXAMPLES)) $(SPREAD) $(call chosen,tests/system)

.PHONY: examples
examples: .venv/test/done install ## Run all that people copy or run as it is, on the sandbox: examples, ready playbooks, jobs of AWX
	.venv/test/bin/python -m pytest $(SPREAD) $(call chosen,$(EXAMPLES))

# ---- The checks of the Ansible community

.PHONY: gates
gates: sanity content artifact integration units ## Run all of the following, up to units (slow; -j2 helps)

.PHONY: sanity
sanity: .venv/demo/done ## Run ansible-test sanity with every ansible-core
	$(ANSIBLE_TEST) sanity

.PHONY: content
content: .venv/lint/done install ## Check playbooks, documentation and changelog
	$(LINT_PATH) ansible-lint
	cd $(COLLECTION) && ANSIBLE_COLLECTIONS_PATH=$(CURDIR)/$(INSTALLED) $(LINT_PATH) ansible-lint playbooks docs/examples/awx
	$(LINT_PATH) antsibull-docs lint-collection-docs --plugin-docs --skip-rstcheck --validate-collection-refs self \
	    --disallow-unknown-collection-refs $(COLLECTION)
	$(LINT_PATH) antsibull-changelog lint

.PHONY: artifact
artifact: .venv/lint/done release-check ## Check the artifact as Galaxy and execution environments do
	cd build && $(LINT_PATH) python -m galaxy_importer.main artifact/*.tar.gz
	$(LINT_PATH) ansible-builder introspect $(INSTALLED) >build/introspect.txt
	grep '^ *- .*requests>=2.25.1.*$(NAME)' build/introspect.txt
	grep '^ *- .*botocore>=1.32.0.*$(NAME)' build/introspect.txt
	$(LINT_PATH) ansible-builder create --file docs/examples/awx/execution-environment.yml --context build/context

.PHONY: integration
integration: .venv/demo/done ## Run ansible-test integration with every ansible-core
	$(ANSIBLE_TEST) integration

.PHONY: units
units: .venv/demo/done ## Run ansible-test units with every ansible-core
	$(ANSIBLE_TEST) units

# ---- Build it

.PHONY: build
build: .venv/demo/done ## Build the artifact, into build/artifact
	@rm -rf $(ARTIFACT) && mkdir -p $(ARTIFACT)
	@.venv/demo/bin/ansible-galaxy collection build --output-path $(ARTIFACT) >build/build.log 2>&1 || { cat build/build.log; exit 1; }
	@ls $(ARTIFACT)/*.tar.gz

.PHONY: install
install: build ## Install the artifact, into build/installed
	@rm -rf $(INSTALLED)
	@.venv/demo/bin/ansible-galaxy collection install --offline --collections-path $(INSTALLED) $(ARTIFACT)/*.tar.gz \
	    >build/install.log 2>&1 || { cat build/install.log; exit 1; }

.PHONY: release-check
release-check: install ## Check what is in the artifact, and run the demo from it
	.venv/demo/bin/python tests/tools/release_check.py $(ARTIFACT)/*.tar.gz
	.venv/demo/bin/ansible-galaxy collection verify --offline $(NAME)
	$(WITH_SANDBOX) $(COLLECTION)/tests/sandbox .venv/demo/bin/ansible-playbook $(COLLECTION)/docs/examples/demo.yml

.PHONY: docs
docs: .venv/docs/done install ## Build the documentation as a website, into build/docs
	@rm -rf $(SITE) && mkdir -p $(SITE)/rst && chmod -R og-w $(SITE)
	PYTHONDONTWRITEBYTECODE=1 PATH="$(CURDIR)/.venv/docs/bin:$$PATH" antsibull-docs --config-file docs/sphinx/antsibull-docs.cfg collection \
	    --use-current --squash-hierarchy --cleanup everything --fail-on-error --dest-dir $(SITE)/rst $(NAME)
	@rm $(SITE)/rst/environment_variables.rst  # docsite/environment_variables takes its place
	@cp -R docs/sphinx/pages/. $(SITE)/rst
	@cp -R docs/images $(SITE)/images  # where the pictures of guides are, seen from these
	.venv/docs/bin/sphinx-build -W --keep-going --quiet -c docs/sphinx -b html $(SITE)/rst $(SITE)/html
	.venv/docs/bin/python tests/tools/check_site.py $(SITE)/html
	@echo "The site is $(SITE)/html/index.html"

.PHONY: browser
browser: .venv/browser/done docs ## Look at README and the website in a real browser (Chromium, or Google Chrome)
	.venv/browser/bin/python -m pytest tests/browser

.PHONY: pictures
pictures: .venv/docs/done install ## Redraw the picture of the terminal in the documentation
	$(WITH_SANDBOX) tests/sandbox .venv/docs/bin/python tests/tools/picture.py docs/images/terminal.svg

.PHONY: benchmark
benchmark: .venv/benchmark/done install ## Measure how fast the modules are
	.venv/benchmark/bin/python tests/benchmark

# ---- Maintain it

.PHONY: requirements
requirements: .venv/lock/done ## Pin the newest versions of all tools, with hashes
	PATH="$(CURDIR)/.venv/lock/bin:$$PATH" python tests/tools/lock.py

.PHONY: clean
clean: ## Remove everything that make has created
	$(PYTHON) tests/tools/stage.py
	rm -rf .venv build tests/output .ansible .hypothesis .mypy_cache .pytest_cache .ruff_cache .coverage .coverage.*

.PHONY: environments
environments: .venv/demo/done .venv/lint/done .venv/test/done ## Set up what make test needs (it does so itself)

.PHONY: python
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "This needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
	        "Name another one: make PYTHON=python3.12 <target>" >&2; exit 1; }

# A virtual environment with its pinned requirements; set up again when these change. The locks are whole, so pip has
# nothing to resolve: it would look for releases that are newer than the lock, even with hashes.
PIP_INSTALL := -m pip install --quiet --no-deps --require-hashes --no-build-isolation
.venv/%/done: requirements/%.txt requirements/build.txt | python
	@echo "Setting up .venv/$*, which takes a while the first time"
	@$(PYTHON) -m venv --clear .venv/$*
	@.venv/$*/bin/python $(PIP_INSTALL) --requirement requirements/build.txt
	@.venv/$*/bin/python $(PIP_INSTALL) --requirement $<
	@.venv/$*/bin/python -m pip check >.venv/$*/check.txt || { cat .venv/$*/check.txt; exit 1; }
	@touch $@

# The oldest Python that modules run on is found wherever it is, unless it is named.
PYTHON39 ?= $(shell $(PYTHON) tests/tools/cores.py interpreter 3.9)
.venv/oldest/done: requirements/oldest.txt | python
	@test -n "$(PYTHON39)" || { echo "This needs Python 3.9 with venv. Install it, or name it:" \
	    "make PYTHON39=/path/to/python3.9 oldest" >&2; exit 1; }
	@echo "Setting up .venv/oldest, which takes a while the first time"
	@$(PYTHON39) -m venv --clear .venv/oldest
	@.venv/oldest/bin/python $(PIP_INSTALL) --requirement $<
	@.venv/oldest/bin/python -m pip check >.venv/oldest/check.txt || { cat .venv/oldest/check.txt; exit 1; }
	@touch $@

# The checkout's place in a tree of collections, for mypy.
$(SOURCE):
	@mkdir -p $(@D)
	@ln -sfn ../../../.. $@
