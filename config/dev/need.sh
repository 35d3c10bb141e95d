#!/usr/bin/env bash
# Sees to it that what a target needs is there, and installs what is missing:
#   need.sh build     C compiler and Rust                       (every target)
#   need.sh demo      also the `kill` program
#   need.sh check     also cargo-deny
#   need.sh foreign   also Node 20 and Python with the clients of tests/foreign
# System packages are taken from Debian (root or sudo). All else goes to the user's own folders:
# ~/.rustup, ~/.cargo and ${XDG_CACHE_HOME:-~/.cache}/chime-bridge. The clone stays clean.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache="${XDG_CACHE_HOME:-$HOME/.cache}/chime-bridge"
deny_version=0.20.2
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

say() { echo "need: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

# Debian package by package: what is there already costs nothing and asks for no password.
packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "please install: ${missing[*]} (this is not a Debian; names may differ)"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "please install as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "installing ${missing[*]} with apt-get"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

# A tool is enough, wherever it came from; only its absence asks for the package.
tool() {
  command -v "$1" >/dev/null || packages "${@:2}"
}

rust() {
  tool cc build-essential
  if ! command -v rustup >/dev/null && ! command -v cargo >/dev/null; then
    tool curl curl ca-certificates
    say "installing rustup; rust-toolchain.toml names the compiler it then fetches"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
      sh -s -- -y --quiet --profile minimal --default-toolchain none --no-modify-path
  fi
}

deny() {
  if [ "$(cargo deny --version 2>/dev/null)" != "cargo-deny $deny_version" ]; then
    say "building cargo-deny $deny_version into the cargo home (a few minutes, once)"
    # Without --target-dir it would build among ours; unoptimised, since it reads one lock file.
    cargo install cargo-deny --quiet --locked --debug --version "$deny_version" --target-dir "$cache/cargo-deny"
    rm -rf "$cache/cargo-deny"
  fi
}

# Prints the folder for a lock file's content, so that a changed lock file is another folder.
keyed() {
  local name=$1
  shift
  echo "$cache/$name-$(cat "$@" | sha256sum | cut -c1-12)"
}

node_clients() {
  local major dir
  major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
  if [ "${major:-0}" -lt 20 ]; then
    fail "Node 20 or newer is needed for the foreign clients (found: ${major:-none}; Debian 12 has 18). " \
      "Install it from https://nodejs.org/en/download, or with a version manager, and run this again"
  fi
  dir=$(keyed node tests/foreign/node/package-lock.json)
  if [ ! -f "$dir/.complete" ]; then
    say "installing the Node clients of tests/foreign/node into $dir"
    rm -rf "$dir"
    mkdir -p "$dir"
    cp tests/foreign/node/{package.json,package-lock.json,.npmrc} "$dir/"
    (cd "$dir" && npm ci --silent --no-audit --no-fund)
    touch "$dir/.complete"
  fi
  echo "CHIME_TEST_NODE_DIR=$dir"
}

python_clients() {
  local dir
  tool python3 python3
  dir=$(keyed venv tests/foreign/requirements.txt)
  if [ ! -f "$dir/.complete" ]; then
    python3 -c 'import ensurepip, venv' 2>/dev/null || packages python3-venv
    say "installing the Python clients of tests/foreign into $dir"
    rm -rf "$dir"
    python3 -m venv "$dir"
    "$dir/bin/pip" install --quiet --disable-pip-version-check --no-deps -r tests/foreign/requirements.txt
    touch "$dir/.complete"
  fi
  echo "CHIME_TEST_PYTHON=$dir/bin/python"
}

case "${1:-}" in
  build) rust ;;
  demo)
    rust
    [ -x /bin/kill ] || [ -x /usr/bin/kill ] || packages procps # the shell's own kill is not enough
    ;;
  check)
    rust
    deny
    ;;
  foreign) # prints the two variables by which the tests find the clients
    rust
    node_clients
    python_clients
    ;;
  *) fail "usage: need.sh build|demo|check|foreign" ;;
esac
