#!/usr/bin/env bash
# Installs the SDK from a build directory into a scratch prefix, and builds a project outside against it.
#
#   install_test.sh BUILD_DIR
set -euo pipefail

build=${1:?usage: install_test.sh BUILD_DIR}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/millrace-install.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build" --prefix "$scratch/prefix" --component sdk >"$scratch/install.log"
# Away from the repository, and copied, so that nothing beside it helps.
cp -r "$here/outside" "$scratch/outside"
# The manual's example is a project too, as a newcomer would copy it.
manual=$here/../../sdk/README.md
mkdir "$scratch/hello"
awk '/^```cpp/ { on = 1; next } /^```/ { on = 0 } on' "$manual" >"$scratch/hello/hello.cc"
awk '/^```cmake/ { on = 1; next } /^```/ { on = 0 } on' "$manual" >"$scratch/hello/CMakeLists.txt"
build_project() {
  cmake -S "$scratch/$1" -B "$scratch/build-$1" -G Ninja -DCMAKE_PREFIX_PATH="$scratch/prefix" \
    -DCMAKE_BUILD_TYPE=Debug >"$scratch/configure.log" || { cat "$scratch/configure.log"; exit 1; }
  cmake --build "$scratch/build-$1"
}
build_project outside
build_project hello
handler=$scratch/build-outside/outside_handler

# Nothing of what was installed may lead back to the build or the sources.
if grep -rlI -e "$build" -e "$(cd "$here/../.." && pwd)" "$scratch/prefix"; then
  echo "the files above name the build or the source directory"
  exit 1
fi
# A handler needs neither RocksDB nor anything else of the server's.
if ldd "$handler" | grep -E 'rocksdb|boost|spdlog|curl|seccomp'; then
  echo "the SDK drags in the server's libraries"
  exit 1
fi
# Without a server it says what it is.
status=0
"$handler" 2>"$scratch/said" || status=$?
[[ $status == 2 ]] && grep -q "Millrace trigger handler" "$scratch/said"
"$scratch/build-outside/outside_handler_test"
echo "the SDK installs, and an outside project builds a handler"
