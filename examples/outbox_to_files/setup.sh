#!/usr/bin/env bash
# Makes the outbox and the pipeline that turns its changes into files.   usage: setup.sh DIRECTORY
# The directory is one of the server's machine; the server is the one that MILLRACE_ENDPOINT names.
set -euo pipefail
millrace table create outbox topic:S id:S --stream NEW_IMAGE
millrace cdc create outbox --table outbox --to "${1:?usage: setup.sh DIRECTORY}" --roll-seconds 1
