# The two commands: `make run` and `make test`. The others are parts of them, or for developers.
CARGO ?= cargo
.DEFAULT_GOAL := help
.PHONY: help run build web test test-setup unit lint web-test e2e fmt bench bench-peers fuzz clean
# Where scripts/test-setup puts node on machines that have none.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: web ## Build and start Bongsu: it scrapes itself and this host, and prints its address
	$(CARGO) run --release --bin bongsu

build: web ## Build the release binary, target/release/bongsu
	$(CARGO) build --release --bin bongsu

web: web/dist/index.html ## Build the web UI that the binary carries; without npm 20 it is left out, and one page says so

web/.installed: web/package-lock.json
	@if command -v npm >/dev/null; then npm --prefix web ci --no-audit --no-fund && touch $@; fi

web/dist/index.html: web/.installed web/package.json web/index.html web/vite.config.ts $(shell find web/src web/public -type f)
	@if command -v npm >/dev/null; then npm --prefix web run build; else echo "npm is missing: building without the web UI" >&2; fi

test: test-setup web lint web-test unit e2e ## Install what the tests need, check the style, run every test

test-setup: ## Install what the tests need (packages by apt-get, Python modules into .venv, cargo-deny)
	scripts/test-setup

unit: ## Run the tests only
	$(CARGO) test --workspace --lib --bins --tests
	$(CARGO) test --workspace --doc

web-test: web ## The web UI's types, layers, sizes and unit tests
	npm --prefix web run lint
	npm --prefix web run budgets
	npm --prefix web test

e2e: web ## The web UI in a real browser against the real binary
	$(CARGO) build --bin bongsu
	npm --prefix web run e2e

lint: ## rustfmt, clippy with warnings denied, licences and duplicate versions of dependencies
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) deny --log-level error check bans licenses sources

fmt: ## Format the code
	$(CARGO) fmt --all

bench: bench-peers ## Time the hot loops (criterion), then compare with Prometheus and VictoriaMetrics
	$(CARGO) bench --workspace --benches

bench-peers: build ## Side by side with Prometheus and VictoriaMetrics; prints the ratios
	scripts/bench-peers

fuzz: ## Run each fuzz target for a minute (FUZZ_SECONDS sets another time)
	scripts/fuzz

clean: ## Remove what was built
	$(CARGO) clean
