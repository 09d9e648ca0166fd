# Sourced by the scripts: paths, progress, and the toolchain of a checkout.
# shellcheck shell=bash

PATH="$PWD/node_modules/.bin:$PATH"
export PATH
EARTHSHINE_CACHE=${EARTHSHINE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/earthshine}
export EARTHSHINE_CACHE
if command -v ccache >/dev/null; then
  export CC="ccache gcc" CXX="ccache g++" CCACHE_DIR="$EARTHSHINE_CACHE/ccache"
fi

progress() { printf '\033[1m▸ %s\033[0m\n' "$*" >&2; }

# One identity for the server and the addon that were built together.
build_id() {
  { git rev-parse --short=12 HEAD 2>/dev/null || echo release; } | head -n 1
}
