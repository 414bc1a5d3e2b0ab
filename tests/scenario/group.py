# SPDX-License-Identifier: MIT
"""Group scenario: the same stories on the device model and on QEMU's devices.

All under sanitizers, with a short soak. The devices are those of the host's
QEMU and those of QEMU 10.0, which use buffers in order where asked to.
"""
import os
import re
import subprocess

import cells
import cmocka
import qemu_line
import trixie

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL, QEMU = 'test_scenario_fake', 'test_scenario_qemu'


def is_old(qemu):
    """Whether this QEMU's devices lack the property in_order."""
    done = subprocess.run(
        [qemu, '-M', 'virt', '-device', 'virtio-rng-device,help'],
        check=True, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, timeout=60)
    return re.search(r'^ *in_order=', done.stdout, re.M) is None


def check_cells(report, program, expected):
    """What ran is what the table says, cell by cell."""
    with open(report.path(), encoding='utf-8') as file:
        ran = set(re.findall(
            rf'^\w+\tasan/{program}: [^(\n]*\((.*)\)\t', file.read(), re.M))
    if ran != expected:
        raise AssertionError(f'not run: {sorted(expected - ran)}, not in the '
                             f'table: {sorted(ran - expected)}')
    return f'{len(ran)} cells'


def check_qemu(report, program, qemu):
    """The same, with in_order if this QEMU has that."""
    return check_cells(report, program,
                       cells.Matrix().names(True, is_old(qemu())))


def run(report):
    """All of the group."""
    if not cmocka.run_preset(report, 'asan', HERE, [QEMU]):
        return
    for program, check, *arguments in (
            (MODEL, check_cells, cells.Matrix().names(False)),
            (QEMU, check_qemu,
             lambda: os.environ.get('LEV_QEMU', qemu_line.QEMU)),
            (f'{QEMU}, QEMU 10.0', check_qemu,
             lambda: trixie.program(trixie.QEMU))):
        # Whole groups only have their results kept.
        if report.folder and report.wants(f'asan/{program}'):
            report.case(f'cells of {program}', check, report, program,
                        *arguments)
