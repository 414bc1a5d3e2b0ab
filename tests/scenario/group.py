# SPDX-License-Identifier: MIT
"""Group scenario: the same stories on the device model and on QEMU's devices.

All under sanitizers, with a short soak.
"""
import os
import re

import cells
import cmocka

HERE = os.path.dirname(os.path.abspath(__file__))


def check_cells(report, program, qemu):
    """What ran is what the table says, cell by cell."""
    with open(report.path(), encoding='utf-8') as file:
        ran = set(re.findall(
            rf'^\w+\tasan/{program}: [^(\n]*\((.*)\)\t', file.read(), re.M))
    expected = cells.Matrix().names(qemu)
    if ran != expected:
        raise AssertionError(f'not run: {sorted(expected - ran)}, not in the '
                             f'table: {sorted(ran - expected)}')
    return f'{len(ran)} cells'


def run(report):
    """All of the group."""
    cmocka.run_preset(report, 'asan', HERE)
    for program, qemu in (('test_scenario_fake', False),
                          ('test_scenario_qemu', True)):
        if report.wants(f'asan/{program}'):
            report.case(f'cells of {program}', check_cells, report, program,
                        qemu)
