#!/bin/sh
# Runs a script of this checkout: setup/with-node.sh [--built] FILE ARGUMENT… In a published package it only finds Node.js.
#
# Finds a Node.js that runs TypeScript as it is (the installed one, else the one that setup.mjs fetches into setup/node), has
# setup.mjs complete what is missing or has changed, and becomes that Node. The checks here cost a few milliseconds; `--built` asks
# for the bundles of the dashboard and the server too. Shell and not JavaScript, because it must work where there is no usable Node yet.
set -eu

# Flags of every Node that runs ChainPulse. Node 24 still calls its SQLite experimental; operators can do nothing about that.
node_flags="--disable-warning=ExperimentalWarning --max-semi-space-size=2"
# package.json, "engines"; setup/runtime.mjs has the same number.
least_major=24

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
built=
if [ "${1-}" = --built ]; then
  built=--built
  shift
fi

# Sets `node` to a Node.js that runs ChainPulse, or to nothing.
find_node() {
  node=$installed
  [ -n "$node" ] && version=$("$node" --version 2>/dev/null) || version=v0
  major=${version#v}
  [ "${major%%.*}" -ge "$least_major" ] && return
  # npm installs only the package of this platform.
  for node in "$root"/setup/node/node_modules/node-*/bin/node; do
    [ -x "$node" ] && same_lock "$root/setup/node" && return
  done
  node=
}

# Whether the dependencies in folder $1 are those of its lock file: the stamp is a copy of the lock file they were installed from.
same_lock() {
  cmp -s "$1/package-lock.json" "$1/node_modules/.chainpulse-lock"
}

# Whether no source is newer than the bundles. Folders count, so that a deleted file is seen too.
same_bundles() {
  stamp=$root/node_modules/.chainpulse-bundles
  [ -f "$stamp" ] && [ -f "$root/src/web/dist/index.html" ] && [ -f "$root/dist/server/boot.mjs" ] &&
    [ -z "$(find "$root/src" \( -name dist -o -name fixtures \) -prune -o -newer "$stamp" -print | head -n 1)" ]
}

installed=$(command -v node) || installed=
find_node
if [ ! -f "$root/setup/setup.mjs" ]; then
  # A published package: npm has installed its dependencies, and its code comes compiled.
  if [ -z "$node" ]; then
    echo "chainpulse: needs Node.js $least_major or newer, and found $([ -n "$installed" ] && "$installed" --version || echo none) in PATH." >&2
    exit 1
  fi
elif [ -z "$node" ] || ! same_lock "$root" || { [ -n "$built" ] && ! same_bundles; }; then
  if [ -z "$installed" ] && [ -z "$node" ]; then
    echo "chainpulse: found neither Node.js nor npm. Install Node.js 20 or newer with npm (https://nodejs.org, or your" >&2
    echo "chainpulse: distribution's packages nodejs and npm) and run this again; a newer Node.js is fetched where needed." >&2
    exit 1
  fi
  "${installed:-$node}" "$root/setup/setup.mjs" $built
  find_node
  if [ -z "$node" ]; then
    echo "chainpulse: the set-up ended without a Node.js $least_major or newer in $root/setup/node; remove its node_modules and run this again." >&2
    exit 1
  fi
fi

# glibc gives every thread an arena of memory of its own. With one for all, an idle node has 3 to 16 MB less private memory than with two (100
# and 111 MB → 95 and 97) and a hub that takes samples in as fast as it can has 20 MB less; neither takes more CPU time. The allocator reads it
# before the program begins.
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX:-1}"

# shellcheck disable=SC2086 # The flags are words.
exec "$node" $node_flags "$@"
