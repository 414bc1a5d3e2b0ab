# SPDX-License-Identifier: MIT
"""The programs that tools/trixie makes: where they are, if they are there.

    path = trixie.program('cbmc')  # report.Skip if there is none

The folder is LEV_TRIXIE of the environment, else build/trixie.
"""
import os

import build
from report import Skip

QEMU = 'qemu-system-aarch64'
QEMU_X86 = 'qemu-system-x86_64'


def program(name):
    """The path of one of its programs; Skip says how to get it."""
    folder = os.environ.get('LEV_TRIXIE',
                            os.path.join(build.ROOT, 'build', 'trixie'))
    path = os.path.join(os.path.abspath(folder), 'bin', name)
    if not os.access(path, os.X_OK):
        raise Skip(f'no {path}; the command tools/trixie makes it')
    return path
