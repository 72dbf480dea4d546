# Every target makes its own environment in .venv when that is missing or stale; nothing needs to be set up first.
# Needs: Python 3.11 or newer, make, and a network to a package index the first time.

PY := .venv/bin/python
# Stamps carry the folder's checksum: a .venv copied along with its folder is stale.
HERE := $(shell pwd | cksum | cut -d' ' -f1)
DEMO := .venv/ready-for-demo-$(HERE)
TEST := .venv/ready-for-test-$(HERE)
DOCS := .venv/ready-for-docs-$(HERE)
UI := src/modelyard/web/dist/index.html
# Set when there is no environment, or its interpreter has been removed since.
GONE := $(shell test -x $(PY) || echo environment-is-gone)
DEMO_FLAGS ?=
PYTEST_FLAGS ?=
BENCH_FLAGS ?=
# Tests of properties: here with other examples each time, in `make test` with the same ones.
PROPERTIES = $(shell grep -rl --include='test_*.py' '^from hypothesis' tests | grep -v ^tests/fuzz/)
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help demo demo-stocks test conformance durability fuzz zero-loss lint format check docs bench bench-serving \
        bench-footprint bench-pipelines bench-ui reference lock ui screenshots clean $(GONE)

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "Flags: DEMO_FLAGS, PYTEST_FLAGS, BENCH_FLAGS; PYTHON=/path/to/python picks the interpreter."

demo: $(DEMO) $(UI) ## From raw taxi rides to a served prediction, in about a minute
	@.venv/bin/modelyard demo taxi $(DEMO_FLAGS)

demo-stocks: $(TEST) $(UI) ## A pipeline from daily prices to a served forecast
	@.venv/bin/modelyard demo stocks $(DEMO_FLAGS)

test: $(TEST) $(UI) ## Run all tests
	@$(PY) -m pytest $(PYTEST_FLAGS)

ui: $(TEST) ## Build the web interface
	@scripts/ui build

screenshots: $(TEST) $(UI) ## Take the pictures of the documentation anew
	@MODELYARD_SCREENSHOTS=1 $(PY) -m pytest tests/e2e/ui/test_screenshots.py -q $(PYTEST_FLAGS)

conformance: $(TEST) ## Ask MLflow's server and ours the same, thousands of times; send pipelines with old kfp SDKs
	@MODELYARD_CONFORMANCE=1 $(PY) -m pytest -q tests/conformance/differential tests/conformance/kfp/test_sdks.py $(PYTEST_FLAGS)

durability: $(TEST) ## Kill a writing process 200 times and look for what was lost
	@MODELYARD_KILL_ROUNDS=200 $(PY) -m pytest tests/durability $(PYTEST_FLAGS)

zero-loss: $(TEST) ## Swap, break and kill an endpoint under load, and look for a lost request
	@MODELYARD_SWAPS=50 $(PY) -m pytest tests/durability/test_zero_loss.py $(PYTEST_FLAGS)

fuzz: $(TEST) ## Send every parser what no client sends, twenty times as much as the tests do
	@MODELYARD_FUZZ=20 $(PY) -m pytest tests/fuzz $(PROPERTIES) $(PYTEST_FLAGS)

lint: $(TEST) ## Check style, types and layers
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-logo
	@scripts/ui lint

format: $(TEST) ## Rewrite the code in the house format
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

check: lint test ## What must pass before a change goes in

docs: $(DOCS) ## Build the documentation into site/
	@$(PY) -m mkdocs build --strict

bench: $(TEST) ## Run the benchmarks
	@$(PY) -m bench.run $(BENCH_FLAGS)

bench-serving: $(TEST) ## Compare endpoints with MLflow's, MLServer's and KServe's servers
	@$(PY) -m bench.serving.run $(BENCH_FLAGS)

bench-footprint: $(TEST) ## Compare what one more model takes with MLflow's server, and how soon it answers
	@$(PY) -m bench.serving.run --parts footprint $(BENCH_FLAGS)

bench-pipelines: $(TEST) ## Compare what a step costs with kfp.local, Metaflow and Dagster
	@$(PY) -m bench.pipelines.run $(BENCH_FLAGS)

bench-ui: $(TEST) $(UI) ## Open the same experiment in MLflow's web interface and in ours
	@$(PY) -m bench.ui.run $(BENCH_FLAGS)

reference: $(DEMO) ## Write docs/reference tables anew from the code
	@$(PY) -m scripts.reference

lock: ## Resolve requirements.lock anew from pyproject.toml
	@scripts/environment lock
	@$(PY) -m uv pip compile pyproject.toml --upgrade --all-extras --group test --group lint --group docs --group ui \
	  --universal --python-version 3.11 --strip-extras --no-annotate --no-header \
	  --override scripts/overrides.txt --no-emit-index-url --no-emit-find-links --quiet --output-file requirements.lock

clean: ## Remove the environment and everything built
	@rm -rf ui/node_modules src/modelyard/web/dist .venv site dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(UI): $(wildcard ui/*.* ui/public/* ui/scripts/*) $(shell find ui/src -type f) | $(DEMO)
	@scripts/ui build --if-possible

$(DEMO) $(TEST) $(DOCS): pyproject.toml requirements.lock scripts/environment $(GONE)
	@scripts/environment $(word 3,$(subst -, ,$(@F)))
	@touch $@
