#!/bin/sh
# SPDX-License-Identifier: MIT
# Build the kernel and boot it in QEMU; ./run.sh --help says the rest.
set -eu
here=$(dirname "$0")
command -v python3 >/dev/null || "$here/tools/deps.sh" python
exec python3 "$here/tools/run.py" "$@"
