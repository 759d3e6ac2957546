# The two commands: `make run` and `make test`. The others are parts of them, or for developers.
CARGO ?= cargo
.DEFAULT_GOAL := help
.PHONY: help run build test test-setup unit lint fmt bench bench-peers fuzz clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: ## Build and start Bongsu: it scrapes itself and this host, and prints its address
	$(CARGO) run --release --bin bongsu

build: ## Build the release binary, target/release/bongsu
	$(CARGO) build --release --bin bongsu

test: test-setup lint unit ## Install what the tests need, check the style, run every test

test-setup: ## Install what the tests need (packages by apt-get, Python modules into .venv, cargo-deny)
	scripts/test-setup

unit: ## Run the tests only
	$(CARGO) test --workspace --lib --bins --tests
	$(CARGO) test --workspace --doc

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
