# What one does with this repository. Each target first installs what it lacks (config/dev/need.sh).
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long check audit docs clean

CACHE := $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/chime-bridge
# Outside the clone, so that several clones share what is compiled.
CARGO_TARGET_DIR ?= $(CACHE)/target
export CARGO_TARGET_DIR
export PATH := $(if $(CARGO_HOME),$(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)
ARGS ?=
NEED := config/dev/need.sh

help: ## This list.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
	@echo
	@echo 'make demo ARGS=--once   ends by itself and exits with the answer'

setup: ## Installs what all targets need, and says what each one uses.
	@echo 'demo, test: C compiler (aws-lc, SQLite), Rust as rust-toolchain.toml names it'
	@echo 'demo:       the kill program (procps), to end the bridge as a supervisor would'
	@echo 'check:      cargo-deny (licences, sources, bans)'
	@echo 'test:       Node 20 and Python 3 with the clients of tests/foreign'
	@$(NEED) demo
	@$(NEED) check
	@$(NEED) foreign

demo: ## One meeting through the real bridge, against the emulator. Flags: ARGS='--once'.
	@$(NEED) demo
	@echo 'Building the bridge and the emulator (the first time takes some minutes)'
	@cargo build --quiet --locked --package chime-bridge --package chime-emulator
	@"$(CARGO_TARGET_DIR)/debug/chime-emulator" demo $(ARGS)

test: ## All tests, with the clients we did not write.
	@echo 'Tests of all crates; the foreign clients (Node, Python) run inside them'
	@$(NEED) build
	@clients=$$($(NEED) foreign) && env $$clients cargo test --locked --workspace

test-long: ## Also the tests marked ignored, and many more random cases.
	@echo 'All tests, ignored ones too, with 5,000 cases for each property'
	@clients=$$($(NEED) foreign) && \
	  env $$clients PROPTEST_CASES=5000 cargo test --locked --workspace -- --include-ignored

check: ## Format, lints, licences and sources of what we depend on.
	@$(NEED) check
	@echo 'cargo fmt: one layout for everyone'
	@cargo fmt --all --check
	@echo 'cargo clippy: warnings are errors'
	@cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	@echo 'cargo deny: licences, sources, bans. Advisories are NOT checked here: make audit'
	@cargo deny --locked --log-level error check bans licenses sources

audit: ## Known vulnerabilities of what we depend on; fetches the advisory database.
	@$(NEED) check
	@echo 'cargo deny check advisories: needs github.com/RustSec/advisory-db'
	@cargo deny --locked check advisories || { \
	  echo 'Advisories: NOT passed. If the database could not be fetched, nothing was checked.' >&2; exit 1; }

docs: ## Writes the generated lists in docs/ anew (metrics, inferred rules).
	@$(NEED) build
	@CHIME_WRITE_DOCS=1 cargo test --quiet --locked --test it -- _in_the_documentation

clean: ## Deletes what make made: compiled files, clients of the tests, the demo's folder.
	rm -rf -- "$(CARGO_TARGET_DIR)" "$(CACHE)"/node-* "$(CACHE)"/venv-* .demo
