# What one does with this repository. Each target first installs what it lacks (config/dev/need.sh).
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo room console test test-room test-recorder test-salesforce test-long bench bench-recorder bench-room \
  screenshots fuzz check check-room audit docs clean

CACHE := $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/chime-bridge
# Outside the clone, so that several clones share what is compiled.
CARGO_TARGET_DIR ?= $(CACHE)/target
export CARGO_TARGET_DIR
export PATH := $(if $(CARGO_HOME),$(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)
ARGS ?=
# For fuzz: how long each target runs, and which ones (all, if none is named).
SECONDS ?= 600
TARGETS ?=
NEED := config/dev/need.sh

help: ## This list.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16
	@echo
	@echo 'make demo ARGS=--once   ends by itself and exits with the answer'

setup: ## Installs what all targets need, and says what each one uses.
	@echo 'demo, test:   C compiler (aws-lc, SQLite), Rust as rust-toolchain.toml names it'
	@echo 'demo, test:   Chromium, FFmpeg, Xvfb, PulseAudio for the recorder (0.6 GB)'
	@echo 'demo:         the kill program (procps), to end the bridge as a supervisor would'
	@echo 'room, console, demo, check, test, bench: Python 3, and Node 22 out of a Python package (0.2 GB)'
	@echo 'room, console, demo, check, test: the packages of the pages and the browser tests (npm, 0.4 GB)'
	@echo 'test:         the clients of tests/foreign (0.6 GB), of which bench uses those in Node (0.1 GB)'
	@echo 'test:         Java 17 or newer and the checks of tests/salesforce (0.5 GB)'
	@echo 'check:        cargo-deny (licences, sources, bans)'
	@$(NEED) demo
	@$(NEED) check
	@$(NEED) fuzz
	@$(NEED) foreign >/dev/null
	@$(NEED) pages >/dev/null
	@$(NEED) salesforce >/dev/null

demo: ## Everything on this machine: start a meeting in the console, talk to a bot, record it, watch it. Flags: ARGS='--once'.
	@$(NEED) demo
	@echo 'Building the bridge, the emulator and the recorder (the first time takes some minutes)'
	@cargo build --quiet --locked --workspace --bins
	@node=$$($(NEED) pages) && env $$node "$(CARGO_TARGET_DIR)/debug/chime-emulator" demo $(ARGS)

room: ## Builds the meeting room into room/dist.
	@$(NEED) page room >/dev/null
	@echo 'room/dist is what people and the recorder open: static files, and headers.json for whoever serves them'

console: ## Builds the local console into crates/emulator/console/dist.
	@$(NEED) page console >/dev/null
	@echo 'crates/emulator/console/dist is served by the emulator on port 8800'

test: ## All tests, with the clients we did not write; force-app; 5 s of fuzz for each target if there is a nightly compiler.
	@echo 'Tests of all crates; the foreign clients (Node, Python, sf) run inside them; then force-app without an org'
	@$(NEED) recorder
	@clients=$$($(NEED) foreign) && env $$clients cargo test --locked --workspace --no-fail-fast
	@$(MAKE) --no-print-directory test-salesforce
	@$(MAKE) --no-print-directory test-room
	@$(NEED) fuzz
	@config/dev/fuzz.sh --short 5

test-recorder: ## The recorder's own tests (part of `make test`): browser, display, sound, encoder, S3, kills.
	@$(NEED) recorder
	@cargo test --locked --workspace --test rec

test-salesforce: ## Judges force-app without an org (part of `make test`): see docs/salesforce-verification.md. Flags: ARGS='soql lint'.
	@echo 'force-app: format, lint, metadata, names, Apex types and rules, flows, components, package layout, templates of an org, vectors; two steps at a time'
	@echo 'Apex tests are type-checked and counted; only an org can run them'
	@checks=$$($(NEED) salesforce) && eval "export $$(echo $$checks)" && "$$CHIME_TEST_NODE" tests/salesforce/run.mjs $(ARGS)

test-room: ## The room and the console, alone and in Chromium (part of `make test`). Flags: ARGS='stories axe'.
	@$(NEED) build
	@echo 'Room and console: their own tests; then people in Chromium with the Chime SDK, the room and the console'
	@cargo build --quiet --locked --workspace --bins
	@node=$$($(NEED) room) && eval "$$node" && "$$CHIME_TEST_NODE" tests/browser/run.mjs $(ARGS)

test-long: ## Also the tests marked ignored, and many more random cases.
	@echo 'All tests, ignored ones too, with 5,000 cases for each property'
	@$(NEED) recorder
	@clients=$$($(NEED) foreign) && \
	  env $$clients PROPTEST_CASES=5000 cargo test --locked --workspace -- --include-ignored
	@node=$$($(NEED) pages) && eval "$$node" && CHIME_TEST_LONG=1 "$$CHIME_TEST_NODE" tests/browser/run.mjs

bench: ## Measures: prints, target/bench.json and docs/benchmarks.md. Flags: ARGS='latency --seconds 10'.
	@echo 'Building the release binaries (the first time takes some minutes); then minutes of load on loopback'
	@clients=$$($(NEED) bench) && eval "$$clients" && cargo build --quiet --release --locked --workspace && \
	  "$(CARGO_TARGET_DIR)/release/chime-bench" --node "$$CHIME_TEST_NODE" --node-dir "$$CHIME_TEST_NODE_DIR" $(ARGS)

bench-recorder: ## Measures the recorder: prints, target/bench-recorder.json and docs/benchmarks.md. Flags: ARGS='sync --starts 2'.
	@$(NEED) recorder
	@echo 'Building the release binaries (the first time takes some minutes); then minutes of recording for each bench'
	@cargo build --quiet --release --locked --workspace && "$(CARGO_TARGET_DIR)/release/chime-bench-recorder" $(ARGS)

bench-room: ## Measures the room: prints, target/bench-room.json and docs/benchmarks.md. Flags: ARGS='--rounds 10'.
	@$(NEED) browser
	@echo 'Building the release binaries (the first time takes some minutes); then minutes of meetings in Chromium'
	@cargo build --quiet --release --locked --workspace
	@node=$$($(NEED) pages) && eval "$$node" && CHIME_TEST_PROFILE=release "$$CHIME_TEST_NODE" tests/browser/bench.mjs $(ARGS)

screenshots: ## Takes docs/screenshots anew: each page of room and console, wide, in a record page, on a phone.
	@$(NEED) browser
	@cargo build --quiet --locked --workspace --bins
	@node=$$($(NEED) pages) && eval "$$node" && "$$CHIME_TEST_NODE" tests/browser/screenshots.mjs $(ARGS)

fuzz: ## Random bytes against all that reads outside bytes, SECONDS=600 each; needs a nightly compiler.
	@$(NEED) fuzz
	@config/dev/fuzz.sh $(SECONDS) $(TARGETS)

check: ## Format, lints, licences and sources of what we depend on.
	@$(NEED) check
	@echo 'cargo fmt: one layout for everyone'
	@cargo fmt --all --check
	@cargo fmt --manifest-path fuzz/Cargo.toml --check
	@echo 'cargo clippy: warnings are errors'
	@cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	@echo 'cargo deny: licences, sources, bans. Advisories are NOT checked here: make audit'
	@cargo deny --locked --log-level error check bans licenses sources
	@cargo deny --manifest-path fuzz/Cargo.toml --config deny.toml --locked --log-level error check bans licenses sources
	@$(MAKE) --no-print-directory check-room

check-room: ## Types, lints and format of room, console and browser tests (part of `make check`).
	@echo 'room, console, tests/browser: types by tsc, lints by ESLint, one layout by prettier'
	@node=$$($(NEED) pages) && eval "$$node" && "$$CHIME_TEST_NODE" tests/browser/check.mjs

audit: ## Known vulnerabilities of what we depend on; fetches the advisory database.
	@$(NEED) check
	@echo 'cargo deny check advisories: needs github.com/RustSec/advisory-db'
	@cargo deny --locked check advisories || { \
	  echo 'Advisories: NOT passed. If the database could not be fetched, nothing was checked.' >&2; exit 1; }

docs: ## Writes the generated lists in docs/ anew (metrics, inferred rules).
	@$(NEED) build
	@CHIME_WRITE_DOCS=1 cargo test --quiet --locked --test it -- _in_the_documentation

clean: ## Deletes what make made: compiled files, clients of the tests, what fuzz learned, the demo's folder.
	rm -rf -- "$(CARGO_TARGET_DIR)" "$(CACHE)"/node-* "$(CACHE)"/node22* "$(CACHE)"/sf-* "$(CACHE)"/salesforce-* "$(CACHE)"/venv* "$(CACHE)"/fuzz-* \
	  "$(CACHE)"/room-* "$(CACHE)"/console-* "$(CACHE)"/browser-* .demo target room/dist room/dist-gallery crates/emulator/console/dist
	@for link in node_modules room/node_modules crates/emulator/console/node_modules tests/browser/node_modules; do \
	  [ ! -L $$link ] || rm $$link; done
