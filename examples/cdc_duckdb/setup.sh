#!/usr/bin/env bash
# Makes a table of orders and the pipeline of its changes.   usage: setup.sh DIRECTORY
# The directory is one of the server's machine; the server is the one that MILLRACE_ENDPOINT names.
set -euo pipefail
millrace table create orders customer:S placed:N --stream NEW_IMAGE
millrace cdc create orders --table orders --to "${1:?usage: setup.sh DIRECTORY}" --snapshot --roll-seconds 1
