#!/usr/bin/env bash
# Installs what is missing from the given sections of packages.txt.    usage: scripts/install.sh run|test|bench...
#
# Asks apt for nothing when nothing is missing, so it costs milliseconds then. Without root and
# without a password-less sudo it prints the command that a person has to type, and fails.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if (($# == 0)); then
  echo "usage: scripts/install.sh run|test|bench..." >&2
  exit 2
fi
for section in "$@"; do
  if ! grep -qx "\[$section\]" "$root/packages.txt"; then
    echo "install.sh: packages.txt has no section [$section]" >&2
    exit 2
  fi
done

if ! command -v dpkg-query >/dev/null; then
  echo "install.sh: not a Debian system; packages.txt says what is needed: $*" >&2
  exit 0
fi

# have COMMAND: is it there, and new enough?
have() {
  case $1 in
    node) command -v node >/dev/null &&
      node -e 'process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)' 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# wanted SECTION...: the packages of these sections, without those whose command is there.
wanted() {
  local section="" package condition
  while read -r package condition; do
    case $package in
      "" | \#*) continue ;;
      \[*\]) section=${package//[\[\]]/} ; continue ;;
    esac
    [[ " $* " == *" $section "* ]] || continue
    if [[ $condition == \?* ]] && have "${condition#\?}"; then continue; fi
    echo "$package"
  done <"$root/packages.txt" | sort -u
}

# missing PACKAGE...: those that are not installed.
missing() {
  local installed
  # dpkg-query fails when any package is unknown, and still lists the others.
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p' | sort -u || true)
  comm -23 <(printf '%s\n' "$@" | sort -u) <(echo "$installed")
}

mapfile -t packages < <(wanted "$@")
mapfile -t absent < <(missing "${packages[@]}")
((${#absent[@]} == 0)) && exit 0

command="apt-get install -y --no-install-recommends ${absent[*]}"
if ((EUID == 0)); then
  as_root=(env)
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root=(sudo -n env)
else
  echo "Millrace needs packages that are not installed. As root, run:" >&2
  echo "    apt-get update && $command" >&2
  exit 1
fi

# One installation at a time from this clone; the one that waited looks again.
mkdir -p "$root/build"
exec 8>"$root/build/.install.lock"
flock 8
mapfile -t absent < <(missing "${packages[@]}")
((${#absent[@]} == 0)) && exit 0

echo "Installing: ${absent[*]}" >&2
apt=("${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600
  -o Acquire::Retries=3)
log=$root/build/.install.log
# A list that could not be refreshed (another apt at work, no network) may still be good enough.
"${apt[@]}" update >"$log" 2>&1 8>&- || true
if ! "${apt[@]}" install -y --no-install-recommends "${absent[@]}" >>"$log" 2>&1 8>&-; then
  tail -n 30 "$log" >&2
  echo "Installing failed; the whole story is in $log." >&2
  exit 1
fi
