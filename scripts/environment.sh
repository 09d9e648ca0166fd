# Sourced by the scripts, from the repository's root: paths, progress, and what a checkout needs before it builds.
# shellcheck shell=bash

PATH="$PWD/node_modules/.bin:$PATH"
EARTHSHINE_CACHE=${EARTHSHINE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/earthshine}
export PATH EARTHSHINE_CACHE
export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false

progress() { printf '\033[1m▸ %s\033[0m\n' "$*" >&2; }

# What the server and the addon that were built together call themselves.
build_id() {
  git rev-parse --short=12 HEAD 2>/dev/null || echo release
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
    echo "This needs root: run it as root, or install sudo. It would run: $*" >&2
    return 1
  fi
}

# quiet LOG COMMAND…: shows the command's output only when it fails.
quiet() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 || {
    local status=$?
    tail -n 40 "$log" >&2
    echo "failed: $* (the whole output: $log)" >&2
    return "$status"
  }
}
