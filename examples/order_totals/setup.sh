#!/usr/bin/env bash
# Makes the tables, the function and the mapping of this example.   usage: setup.sh HANDLER
# The server is the one that MILLRACE_ENDPOINT names.
set -euo pipefail
millrace table create orders customer:S placed:N --stream NEW_AND_OLD_IMAGES
millrace table create totals customer:S
millrace function create order_totals "${1:?usage: setup.sh HANDLER}"
millrace mapping create order_totals orders --starting-position TRIM_HORIZON
