# SPDX-License-Identifier: MIT
"""Group qtest: the drivers against QEMU's own devices, under sanitizers."""
import os

import cmocka

HERE = os.path.dirname(os.path.abspath(__file__))


def run(report):
    """All of the group."""
    cmocka.run_preset(report, 'asan', HERE)
