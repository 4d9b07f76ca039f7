#!/usr/bin/env bash
# Installs the npm packages that DIR/package-lock.json pins into DIR/node_modules, once for each
# content of that file.    usage: scripts/npm_ci.sh DIR
set -euo pipefail
directory=$(cd "$1" && pwd)
exec 9>"$directory/.node_modules.lock"
flock 9
# Node's version is part of the stamp: packages may choose binaries by it.
wanted=$(node --version; sha256sum <"$directory/package-lock.json")
stamp=$directory/.node_modules.stamp
if [[ -f $stamp && $(<"$stamp") == "$wanted" ]]; then exit 0; fi
(cd "$directory" && npm ci --no-audit --no-fund --loglevel=error >&2) 9>&-
echo "$wanted" >"$stamp"
