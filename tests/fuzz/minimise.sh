#!/usr/bin/env bash
# usage: minimise.sh TARGET DIRECTORY...
# Adds to the corpus of a target what the directories' inputs reach beyond it: the smallest ones, 200 KB at most.
# Needs the preset fuzz to be built.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=$1
shift
corpus=$here/corpus/$target
fuzzer=$here/../../build/fuzz/fuzz/fuzz_$target
mkdir -p "$corpus"

merged=$(mktemp -d "${TMPDIR:-/tmp}/millrace-corpus.XXXXXX")
trap 'rm -rf "$merged"' EXIT
cp "$corpus"/* "$merged"/ 2>/dev/null || true
"$fuzzer" -merge=1 -use_counters=0 -max_len=2048 -verbosity=0 "$merged" "$@"

left=$((200 * 1024 - $(find "$corpus" -type f -printf '%s\n' | awk '{n += $1} END {print n + 0}')))
while read -r size path; do
  name=$(basename "$path")
  [[ -e $corpus/$name ]] && continue
  left=$((left - size))
  ((left >= 0)) || break
  cp "$path" "$corpus/$name"
done < <(find "$merged" -type f -printf '%s %p\n' | sort -n)
echo "$target: $(find "$corpus" -type f | wc -l) inputs, $(find "$corpus" -type f -printf "%s\n" | awk "{n += \$1} END {print n}") bytes"
