# SPDX-License-Identifier: MIT
"""Group qtest: the drivers against QEMU's own devices, under sanitizers.

Those of the host's QEMU, then those of QEMU 10.0, whose devices run beside the
driver instead of in its doorbell.
"""
import os

import cmocka

HERE = os.path.dirname(os.path.abspath(__file__))


def run(report):
    """All of the group."""
    cmocka.run_preset(report, 'asan', HERE, cmocka.programs(HERE))
