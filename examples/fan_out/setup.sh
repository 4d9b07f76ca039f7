#!/usr/bin/env bash
# Makes the tables, the function and the mapping of this example.   usage: setup.sh HANDLER
# The server is the one that MILLRACE_ENDPOINT names.
set -euo pipefail
millrace table create messages room:S sent:N --stream NEW_IMAGE
millrace table create inboxes person:S message:S
millrace table create rooms room:S
millrace table create authors author:S
millrace function create fan_out "${1:?usage: setup.sh HANDLER}"
# A call may write 100 items. A message makes one for its room, one for its author and up to eight
# mentions, so ten messages always fit.
millrace mapping create fan_out messages --starting-position TRIM_HORIZON --batch-size 10
