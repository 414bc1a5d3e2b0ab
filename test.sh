#!/bin/sh
# SPDX-License-Identifier: MIT
# Build and run the tests; ./test.sh --help says the rest.
set -eu
here=$(dirname "$0")
command -v python3 >/dev/null || "$here/tools/deps.sh" python
exec python3 "$here/tools/test.py" "$@"
