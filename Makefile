# Two commands matter: `make demo` and `make test`. Everything is set up by them; a second run is quick.
.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
unexport PYTHONDONTWRITEBYTECODE # or every worker of every suite would compile all tests anew

PY := .venv/bin/python
RESULTS := test-results
WORKERS ?= 2
PORT ?= 0
PYTEST = $(PY) -m pytest -n $(WORKERS) --dist worksteal --junitxml=$(RESULTS)/$@.xml

# Measured where the wheel runs natively and quickly. The least is for lines.
COVER := --cov --cov-report=
LEAST := 97

# Suites of one lane run one after another, the lanes side by side: much of what runs in a browser waits. All is built before.
LANES := "browser-chromium web" "browser-firefox browser-ohif browser-webkit types" "lint unit oracle coverage property pyodide"

# The release check builds copies of the tree in one environment, and leaves what is installed there alone: INSTALL=true.
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-index --no-deps --force-reinstall

PACKAGE := web/package.json .ci/hatch_metadata.py python/dicom_overlay $(shell find python -name '*.py' -o -name py.typed 2>/dev/null)
WEB := $(shell find web/src web/scripts -type f 2>/dev/null) $(wildcard web/*.ts web/*.json web/*.mjs)
WORKFLOWS := $(wildcard .github/workflows/*.yml)
DEMO := $(shell find web/demo -type f 2>/dev/null)

TOOLS := .venv/.tools
MODULES := web/node_modules/.installed
WHEEL := dist/.installed
LIBRARY := web/dist/index.js
PAGE := web/site/index.html
SITE := web/site/.complete
DOCS := build/docs/html/index.html
CONSUMERS := build/consumers/.built
PAGES := $(shell find web/docs web/examples web/src -type f 2>/dev/null) web/harness/index.html web/typedoc.json \
  bench/README.md CHANGELOG.md DECISIONS.md $(wildcard web/scripts/*docs*.py)

##@ What it is for
demo: $(SITE) ## set up, build the page, serve it and print its address (PORT=8080 to choose one)
	@$(PY) web/scripts/serve.py web/site --port $(PORT)

pacs: $(LIBRARY) $(SITE) system ## an archive (Orthanc) with a sample series, and OHIF with the plug-in, until Ctrl+C
	@node web/scripts/pacs/main.mjs

test: setup $(LIBRARY) $(SITE) $(CONSUMERS) ## set up, then lint, type check and run every suite; ends with the counts
	@BUILT=1 $(PY) .ci/run_suites.py $(RESULTS) $(LANES)

##@ Set-up and builds
setup: system $(TOOLS) $(MODULES) $(WHEEL) ## everything the other targets need

wheel: $(WHEEL) ## build the wheel and install it into .venv, where the tests find it

runtime: $(TOOLS) $(MODULES) ## the self-hosted Pyodide folder, web/dist/runtime; runtime-full is it with numpy and pillow
	@$(if $(BUILT),,cd web && npm run --silent build:runtime)

library: $(LIBRARY) ## the npm package with its runtime, web/dist

site: $(SITE) ## page, harness and documentation as a static folder for any web server, web/site

docs: $(DOCS) ## the documentation site, build/docs/html

##@ Checks, one by one
lint: $(TOOLS) $(MODULES) ## style of Python, TypeScript and English, and the workflows
	@$(PY) .ci/run_checks.py $(RESULTS)/$@.xml "$(PY) -m ruff check" "$(PY) -m ruff format --check" "npm --prefix web run --silent lint" "$(PY) .ci/find_phrases.py" \
	  "$(PY) -m check_jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)" \
	  "$(PY) -m check_jsonschema --builtin-schema vendor.citation-file-format CITATION.cff" ".venv/bin/zizmor --offline --quiet .github/workflows"

types: $(TOOLS) $(MODULES) $(LIBRARY) ## types of Python and TypeScript, and the packed package as compilers and bundlers find it
	@$(PY) .ci/run_checks.py $(RESULTS)/$@.xml "$(PY) -m mypy" "npm --prefix web run --silent types" "npm --prefix web run --silent types:package"

unit: $(WHEEL) $(MODULES) $(DOCS) system ## Python unit and contract tests on the installed wheel, and the benchmark's checks
	@$(PYTEST) $(COVER) tests/unit tests/contract

property: $(WHEEL) ## Hypothesis
	@$(PYTEST) tests/property

oracle: $(WHEEL) system ## against pydicom, DCMTK, GDCM and dicom3tools (WHOLE=1: every file); the command line's masks against SimpleITK and highdicom
	@$(PYTEST) $(COVER) --cov-append --dist loadgroup tests/oracle

coverage: $(TOOLS) ## lines of the wheel that the unit and oracle tests, run before, have seen
	@$(PY) .ci/run_checks.py $(RESULTS)/$@.xml "$(PY) -m coverage report --skip-covered --fail-under=$(LEAST)"

pyodide: runtime $(WHEEL) system ## the wheel inside Pyodide, in Node and in Chromium
	@$(PYTEST) --dist loadgroup tests/pyodide

web: $(LIBRARY) ## the npm package's own tests, in Node
	@cd web && npm test --silent -- --reporter=default --reporter=junit --outputFile.junit=../$(RESULTS)/$@.xml

browser: $(LIBRARY) $(SITE) $(WHEEL) $(CONSUMERS) system ## the built package and page in Chromium and Firefox, their main paths in WebKit
	@mkdir -p $(RESULTS)
	@$(MAKE) --keep-going --jobs=2 --output-sync=target browser-chromium browser-firefox; status=$$?; \
	$(MAKE) --keep-going browser-webkit browser-ohif || status=1; exit $$status

# The first two share nothing and mostly wait, so they run side by side. OHIF runs in Chromium alone.
browser-chromium browser-firefox browser-webkit browser-ohif: browser-%:
	@TESTS=$$(find tests/browser -name '*.test.mjs' | grep $(if $(filter webkit ohif,$*),-e /$*,-v -e /webkit/ -e /ohif) | sort) \
	  BROWSER=$(subst ohif,chromium,$*) node --test --test-timeout=2280000 --test-reporter=spec --test-reporter-destination=stdout \
	  --test-reporter=junit --test-reporter-destination=$(RESULTS)/$@.xml tests/browser/all.mjs

##@ Longer runs
viewers: $(LIBRARY) $(WHEEL) ## the table of viewers and its pictures, anew: real tools on 24 kinds of plane; ten minutes, not in `make test`
	@.ci/setup-system.sh viewers
	@$(PY) tests/viewers/make_table.py $(addprefix --only ,$(ONLY)) build/viewers web/docs/viewers.md web/docs/_static/viewers

ohif: $(LIBRARY) $(SITE) $(WHEEL) system ## the plug-in in every pinned version of OHIF, with every test; `make test` tries the newest release with most
	@for version in 3.12.10 3.13.2 3.14.0-beta.6; do \
	  OHIF_VERSION=$$version BROWSER=chromium node --test --test-timeout=1800000 --test-reporter=spec tests/browser/archive/ohif.test.mjs || exit 1; done

editors: $(LIBRARY) $(WHEEL) system ## the recipes in cornerstone3D, NiiVue and two releases of ITK themselves, whose packages (450 MB) it installs once
	@BROWSER=chromium node --test --test-timeout=1800000 --test-reporter=spec tests/editors/editors.test.mjs

bench: $(LIBRARY) $(WHEEL) system ## the benchmark; QUICK=1 measures a part
	@$(PY) bench/run.py $(if $(QUICK),quick,full)

loaded: setup ## every suite beside 12 busy loops, three times: what is flaky shows (TIMES=1 LOOPS=4 for less)
	@$(PY) .ci/run_loaded.py --times $(or $(TIMES),3) --loops $(or $(LOOPS),12)

release-check: setup ## build all that a release has twice, compare, install it in empty environments, run the samples
	@$(PY) .ci/release_check.py $(if $(TAG),--tag $(TAG))

mask-trials: $(WHEEL) ## random masks on random series, judged by SimpleITK (TRIALS=2000)
	@$(PY) tests/mask_trials.py $(or $(TRIALS),2000)

mutants: $(WHEEL) ## change the core in one place at a time: does a unit test fail? (SEED=1, PARTS="planes edit/plan")
	@$(PY) tests/mutants.py --seed $(or $(SEED),1) $(PARTS)

fuzz: $(WHEEL) ## mutate real and built files, guided by coverage (MINUTES=10)
	@$(PY) tests/property/fuzz.py $$(($(or $(MINUTES),10) * 60))

clean: ## remove what was built; the set-up and the download cache stay
	rm -rf build dist web/dist web/site $(RESULTS) .pytest_cache .mypy_cache .ruff_cache .hypothesis

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

.PHONY: demo pacs viewers ohif editors test setup system wheel runtime library site lint types unit oracle coverage property pyodide web browser browser-chromium browser-firefox browser-webkit browser-ohif bench loaded mask-trials release-check docs mutants fuzz clean help

system:
	@.ci/setup-system.sh

$(TOOLS): requirements-dev.lock requirements-docs.lock
	@.ci/check-home.sh
	@test -x $(PY) || { python=$$(.ci/find-python.sh) && "$$python" -m venv .venv; }
	@.ci/download.sh "Python packages" $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	  -r requirements-dev.lock -r requirements-docs.lock
	@touch $@

# Not `npm ci`: it refuses a lock file that lacks the optional packages of other platforms, which a filtered registry omits.
# What the lock file names is installed at its version and integrity all the same, and the file is left alone.
$(MODULES): web/package-lock.json
	@.ci/check-home.sh
	@.ci/check-node.sh
	@cd web && ../.ci/download.sh "npm packages" npm install --no-save --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

$(WHEEL): $(PACKAGE) pyproject.toml README.md LICENSE | $(TOOLS)
	@mkdir -p $(@D) && rm -f dist/*.whl
	$(PY) -m hatchling build --target wheel --directory dist
	$(INSTALL) dist/*.whl
	@touch $@

# The runtime has its own check for what changed, so it is asked every time.
$(LIBRARY): $(WEB) $(PACKAGE) pyproject.toml README.md LICENSE | runtime
	cd web && npm run --silent build

$(PAGE): $(LIBRARY) $(DEMO) $(wildcard web/dist/runtime/runtime.json)
	cd web && npm run --silent build:demo

$(DOCS): $(PAGES) $(WHEEL) $(MODULES)
	@$(PY) web/scripts/build_docs.py $(@D)
	@touch $@

$(CONSUMERS): $(LIBRARY) $(wildcard web/dist/runtime/runtime.json) $(shell find tests/browser/consumers -type f -not -path '*/node_modules/*')
	@node tests/browser/consumers/build.mjs $(@D)
	@touch $@

# The page's build empties its folder, so what lies beside the page is put there after it.
$(SITE): $(PAGE) $(DOCS) web/harness/index.html
	rm -rf web/site/harness web/site/docs web/site/downloads
	cp -R web/harness web/site/harness
	cp -R build/docs/html web/site/docs
	mkdir web/site/downloads && cp dist/*.whl web/site/downloads/
	cd web && npm pack --silent --pack-destination site/downloads >/dev/null
	@touch $@
