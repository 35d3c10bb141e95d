#!/usr/bin/env bash
# Random bytes against everything that reads bytes from outside, one target after the other:
#   fuzz.sh SECONDS [target ...]        exits 2 without a nightly compiler
#   fuzz.sh --short SECONDS             in `make test`: without a nightly it says so and is content
# Plain libFuzzer through the `libfuzzer-sys` crate and the flags cargo-fuzz would pass: no tool to
# install, and one place that says how it is built. The folder keeps cargo-fuzz's layout, so those
# who have cargo-fuzz may use it. One process at a time, at low priority.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache="${XDG_CACHE_HOME:-$HOME/.cache}/chime-bridge"
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
# Its own folder: another compiler and other flags would else throw out what the tests have built.
target_dir="$cache/fuzz-target"
corpus="$cache/fuzz-corpus"

short=
if [ "${1:-}" = --short ]; then
  short=1
  shift
fi
seconds="${1:-600}"
shift || true
case "$seconds" in
  '' | *[!0-9]*)
    echo "fuzz: SECONDS must be a whole number, not '$seconds'" >&2
    exit 2
    ;;
esac

if ! rustup run nightly rustc --version >/dev/null 2>&1; then
  if [ -n "$short" ]; then
    echo 'fuzz: not run, there is no nightly compiler (rustup toolchain install nightly)'
    exit 0
  fi
  echo 'fuzz: there is no nightly compiler; install one with: rustup toolchain install nightly --profile minimal' >&2
  exit 2
fi

targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(basename -s .rs fuzz/fuzz_targets/*.rs)
for target in "${targets[@]}"; do
  if [ ! -f "fuzz/fuzz_targets/$target.rs" ]; then
    echo "fuzz: there is no target $target; there are: $(basename -s .rs fuzz/fuzz_targets/*.rs | xargs)" >&2
    exit 2
  fi
done

host=$(rustup run nightly rustc -vV | sed -n 's/^host: //p')
flags=(
  --cfg fuzzing
  -Cpasses=sancov-module
  -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
  -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares
  -Zsanitizer=address # finds a stack that overflows, and unsound code of those we depend on
)
began=$SECONDS
# With --target the flags are for the targets alone, not for build scripts.
if ! RUSTFLAGS="${flags[*]}" nice -n 10 cargo +nightly build --quiet --release --locked \
  --manifest-path fuzz/Cargo.toml --target "$host" --target-dir "$target_dir"; then
  echo "fuzz: the targets do not build with $(rustup run nightly rustc --version);" \
    'nothing was tried. Another nightly: rustup update nightly' >&2
  exit 1
fi
echo "fuzz: built in $((SECONDS - began)) s; $seconds s for each of ${targets[*]}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
found=0
for target in "${targets[@]}"; do
  mkdir -p "$corpus/$target" "fuzz/findings/$target"
  status=0
  # What a run learns is kept for the next; what it finds is saved where the tests replay it.
  ASAN_OPTIONS=detect_leaks=0 nice -n 10 "$target_dir/$host/release/$target" \
    "$corpus/$target" "fuzz/seeds/$target" \
    -artifact_prefix="fuzz/findings/$target/" -dict=fuzz/words.dict -max_len=8192 \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    >"$log" 2>&1 || status=$?
  stat() { sed -n "s/^stat::$1: *//p" "$log" | tail -1; }
  runs=$(stat number_of_executed_units)
  speed=$(stat average_exec_per_sec)
  input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
  if [ "$status" -eq 0 ]; then
    echo "fuzz: $target: ${runs:-?} runs, ${speed:-?} exec/s, no finding"
  else
    found=1
    echo "fuzz: $target: ${runs:-?} runs, ${speed:-?} exec/s, FINDING (exit $status): ${input:-no input was saved}"
    grep -m3 -A2 -E 'panicked at|ERROR: |^SUMMARY' "$log" || tail -5 "$log"
    echo "fuzz: to see it again: cargo test --locked --package chime-promises"
    [ -z "$input" ] || echo "fuzz:              or: $target_dir/$host/release/$target $input"
  fi
  rmdir --ignore-fail-on-non-empty -p "fuzz/findings/$target" 2>/dev/null || true
done
exit "$found"
