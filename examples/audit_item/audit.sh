#!/usr/bin/env bash
# An audit of one item: when it came to be, how often it changed, by whom, and its last versions.
#   usage: audit.sh TABLE KEY [SORT-KEY]      (the server is the one that MILLRACE_ENDPOINT names)
set -euo pipefail
if (($# < 2)); then
  sed -n '2,3s/^# *//p' "$0" >&2
  exit 2
fi

# A line of `millrace history` that begins with a time is a change:
#   2026-11-21 03:30:00.123456  MODIFY  by ada, caused by ...
# and the line below it, indented, is the item as it was then.
history=$(millrace history "$@")
changes=$(grep -E '^[0-9]{4}-' <<<"$history" || true)
if [[ -z $changes ]]; then
  echo "The log has no change of this item."
  exit 1
fi

echo "$(wc -l <<<"$changes") changes, the first at $(head -1 <<<"$changes" | cut -c1-26), the last at $(tail -1 <<<"$changes" | cut -c1-26)"
echo
echo "by whom:"
sed -E 's/.*  by ([^,]*).*/\1/' <<<"$changes" | sort | uniq -c | sort -rn
echo
echo "the last three:"
awk -v all="$(wc -l <<<"$changes")" '/^[0-9][0-9][0-9][0-9]-/ { ++change } change > all - 3' <<<"$history"
