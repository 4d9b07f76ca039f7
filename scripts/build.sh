#!/usr/bin/env bash
# Configures and builds a preset.    usage: scripts/build.sh PRESET [TARGET...]
#
# Everything that builds (./run, ./test, ./bench) comes through here: a lock for each build directory
# lets them run side by side. Prints only what goes wrong, unless it takes a terminal's patience.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=$1
shift
targets=()
if (($#)); then targets=(--target "$@"); fi

mkdir -p build
exec 9>"build/.$preset.lock"
if ! flock -n 9; then
  echo "Waiting for another build of $preset..." >&2
  flock 9
fi
log=build/.$preset.configure.log
if ! cmake --preset "$preset" >"$log" 2>&1 9>&-; then
  cat "$log" >&2
  exit 1
fi
cmake --build "build/$preset" "${targets[@]}" 9>&- >&2
