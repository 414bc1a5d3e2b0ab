# SPDX-License-Identifier: MIT
"""Group qtest: the drivers against QEMU's own devices, under sanitizers.

Those of the host's QEMU, then those of QEMU 10.0, whose devices run beside the
driver instead of in its doorbell.
"""
import glob
import os

import cmocka

HERE = os.path.dirname(os.path.abspath(__file__))


def run(report):
    """All of the group."""
    folder = cmocka.run_preset(report, 'asan', HERE)
    if folder:
        cmocka.run_on_qemu_10(report, 'asan', folder, [
            os.path.basename(source)[:-2] for source in
            sorted(glob.glob(os.path.join(HERE, 'test_*.c')))])
