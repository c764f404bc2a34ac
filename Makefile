# Every target sets up what it needs. Caches: .venv here, and one folder for everything else (OTEL_OPERATOR_CACHE,
# default ~/.cache/otel-operator: Kubernetes binaries, wheels, images).
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.complete .alias/.complete
PROVIDER ?= auto

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

NATIVE := agent-image/native/Cargo.toml $(shell find agent-image/native/src -name '*.rs')

$(VENV)/.complete: requirements/dev.txt pyproject.toml $(NATIVE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3"; exit 1; }
	@echo "python: creating $(VENV) with pinned dependencies (about a minute the first time, a few where a Rust toolchain builds the native extension)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@rm -rf *.egg-info # left by a build here, it would be found before what is installed, with the components of its day
	@touch $@

.alias/.complete: Makefile
	@mkdir -p .alias && ln -sfn ../operator .alias/otel_operator && ln -sfn ../agent-image/otel_agent .alias/otel_agent && touch $@

setup: $(SETUP) ## Create the virtual environment with pinned dependencies

lint: $(SETUP) ## Format check, lint, types and import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=.alias $(BIN)/lint-imports

unit: $(SETUP) ## Unit tests: no cluster, no root
	$(BIN)/pytest tests/unit -q

integration: $(SETUP) ## Tests against a real kube-apiserver, etcd and controller manager: no root
	$(BIN)/pytest tests/integration -q

native-test: ## Format check and tests of the native extension, where there is a Rust toolchain
	@if command -v cargo >/dev/null; then cd agent-image/native && cargo fmt --check && cargo test --quiet --no-default-features; \
	 else echo "native: no cargo, its own tests are left out"; fi

fuzz: $(SETUP) ## Hostile bytes: native code against its twin, a running collector, its components, the pod webhook, h2spec; FUZZ='--seconds 60 --part network' (--help lists all)
	$(BIN)/python -m tests.fuzz $(FUZZ)

differential: $(SETUP) ## Our collector beside the Go collector on generated input; DIFFERENTIAL='--only transform --seconds 60' (--help lists all)
	$(BIN)/python -m tests.differential $(DIFFERENTIAL)

test: lint check-generated native-test ## Everything that needs no node: lint, types, unit and integration tests
	@$(BIN)/python -m tests.built
	@$(BIN)/python -m tests.side_by_side

e2e: $(SETUP) ## The scenarios on a whole node (kind, or our own node on Linux as root)
	$(BIN)/pytest e2e -v -s --timeout=1800 --provider=$(PROVIDER)

demo: $(SETUP) ## The main job on a cluster, shown: guide's agent, a gateway, a sample app, one of its traces
	$(BIN)/python -m e2e.demo up --provider $(PROVIDER)

demo-down: $(SETUP) ## Remove the demo and its cluster
	$(BIN)/python -m e2e.demo down --provider $(PROVIDER)

docs: $(SETUP) ## Build the documentation site into build/docs/site; a link to nowhere is an error
	$(BIN)/python -m docs.website build/docs

images: $(SETUP) ## Build the images of operator, collector and auto-instrumentation agents
	$(BIN)/python -m e2e.images build

bench: $(SETUP) ## Measure our collector beside the Go collector, a core each; BENCH="--quick --only 'grpc-*'" (--help lists all)
	$(BIN)/python -m tests.benchmarks.collector $(BENCH)

bench-operator: $(SETUP) ## Measure the manager on a real API server with kwok: latency, fan-out, CPU, memory, idle writes
	$(BIN)/python tests/benchmarks/bench_operator.py

bench-webhook: $(SETUP) ## Measure pod admission on a real API server: latency, cost, a burst, memory
	$(BIN)/python tests/benchmarks/bench_webhook.py

soak: $(SETUP) ## Long runs (resumable) in which nothing may be lost: kill -9 under load, destinations that fail; SOAK=--short for two minutes
	$(BIN)/python -m tests.soak $(SOAK)

GENERATED := crds/*.yaml manifests/opentelemetry-operator.yaml manifests/base/opentelemetry-operator.yaml \
  $(shell find charts/otel-operator/files -name "*.yaml") docs/components.md docs/reference/*.md

generate: $(SETUP) ## Write generated files anew: CRDs, the one-file install, the chart's objects, components, the reference
	$(BIN)/otel-operator crds --output crds
	$(BIN)/otel-operator manifests --output manifests/opentelemetry-operator.yaml
	cp manifests/opentelemetry-operator.yaml manifests/base/ # kustomize reads no file outside of its folder
	$(BIN)/otel-operator manifests --chart charts/otel-operator
	$(BIN)/otelcol components --format markdown > docs/components.md
	PYTHONPATH=.alias $(BIN)/python -m docs.website.reference docs/reference

check-generated: $(SETUP) ## Fail when a generated file differs from what `make generate` writes
	@before=$$(cat $(GENERATED) | sha256sum); $(MAKE) --no-print-directory generate >/dev/null; \
	 after=$$(cat $(GENERATED) | sha256sum); \
	 test "$$before" = "$$after" || { echo "generated files were stale; make generate has written them, commit the result"; exit 1; }

requirements: $(SETUP) ## Pin all dependencies anew, with hashes
	$(BIN)/python -m pip install --quiet uv
	for set in "operator --extra operator" "agent --extra agent" "dev --all-extras --group dev"; do set -- $$set; name=$$1; shift; \
	  $(BIN)/uv pip compile --quiet --upgrade pyproject.toml $$@ --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o requirements/$$name.txt; done
	for source in e2e/demo/app/requirements requirements/image; do \
	  $(BIN)/uv pip compile --quiet --upgrade $$source.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -o $$source.txt; done
	for folder in agent-image/autoinstrumentation/python e2e/injection/apps/storefront e2e/injection/apps/reviews e2e/guide/python-orders; do \
	  $(BIN)/uv pip compile --quiet --upgrade $$folder/requirements.in --python-version 3.10 --python-platform x86_64-manylinux2014 --generate-hashes --no-emit-index-url --no-annotate --no-header -o $$folder/requirements.txt; done

clean: ## Remove the virtual environment and build output (not the cache folder)
	rm -rf $(VENV) .alias build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.PHONY: help setup lint unit integration test e2e demo demo-down images bench bench-operator bench-webhook generate check-generated requirements clean native-test fuzz soak differential docs
