# SPDX-License-Identifier: MIT
"""Group unit: every cmocka program in every build, and the Python tests.

The programs also run as those of other machines, in QEMU's user mode: the
libraries that these need come from tools/foreign. Where that cannot fetch them
the presets are skipped.

The kernel is built here too, with both compilers, so that a change that does
not compile is seen without a boot.
"""
import os
import unittest

import build
import cmocka

HERE = os.path.dirname(os.path.abspath(__file__))
HOST_PRESETS = ('host', 'host-clang', 'asan')
FOREIGN_PRESETS = ('armhf', 's390x')
KERNEL_PRESETS = ('aarch64', 'aarch64-clang')


class Collector(unittest.TestResult):
    """Hands the results of Python's unittest to the report."""

    def __init__(self, report):
        super().__init__()
        self.report = report

    def addSuccess(self, test):
        self.report.passed(test.id())

    def addFailure(self, test, err):
        self.report.failed(test.id(), self._exc_info_to_string(err, test))

    addError = addFailure

    def addSkip(self, test, reason):
        self.report.skipped(test.id(), reason)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.report.failed(subtest.id(),
                               self._exc_info_to_string(err, test))


def run_python(report):
    """Run tests/unit/test_*.py."""
    suite = unittest.defaultTestLoader.discover(HERE, 'test_*.py', HERE)
    wanted = [test for test in flatten(suite) if report.wants(test.id())]
    unittest.TestSuite(wanted).run(Collector(report))


def flatten(suite):
    """The single tests of a suite."""
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from flatten(test)
        else:
            yield test


def run(report):
    """All of the group."""
    run_python(report)
    for preset in HOST_PRESETS:
        cmocka.run_preset(report, preset, HERE)
    for preset in FOREIGN_PRESETS:
        run_foreign(report, preset)
    for preset in KERNEL_PRESETS:
        report.case(f'build {preset}', build_kernel, preset)


def run_foreign(report, preset):
    """Fetch what the preset links with, then run it like the others."""
    try:
        build.run(['tools/foreign', preset])
    except build.BuildError as error:
        report.skipped(f'libraries for {preset}', str(error))
        return
    cmocka.run_preset(report, preset, HERE)


def build_kernel(preset):
    try:
        build.preset(preset)
    except build.BuildError as error:
        raise AssertionError(str(error)) from error
