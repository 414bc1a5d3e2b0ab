# SPDX-License-Identifier: MIT
"""Group unit: every cmocka program in every host build, and the Python tests.

The kernel is built here too, with both compilers, so that a change that does
not compile is seen without a boot.
"""
import glob
import os
import re
import subprocess
import unittest

import build

HERE = os.path.dirname(os.path.abspath(__file__))
HOST_PRESETS = ('host', 'host-clang', 'asan')
KERNEL_PRESETS = ('aarch64', 'aarch64-clang')
PROGRAM_SECONDS = 600

PLAN = re.compile(r'^1\.\.(\d+)$')
RESULT = re.compile(r'^(ok|not ok) \d+ (# SKIP )?(?:- )?(.*)$')


def parse_tap(report, program, output):
    """Count the cases of a cmocka program's TAP output.

    Returns how many were announced, how many reported, how many failed.
    """
    announced = reported = failures = 0
    lines = output.splitlines()
    for number, line in enumerate(lines):
        plan = PLAN.match(line)
        if plan:
            announced += int(plan.group(1))
        result = RESULT.match(line)
        if not result:
            continue
        reported += 1
        verdict, skip, case = result.groups()
        name = f'{program}: {case}'
        if skip:
            report.skipped(name, 'the test says so')
        elif verdict == 'ok':
            report.passed(name)
        else:
            failures += 1
            report.failed(name, '\n'.join(
                text for text in lines[number + 1:number + 20]
                if text.startswith('#')))
    return announced, reported, failures


def run_program(report, preset, path):
    """Run one cmocka program and count its cases."""
    program = f'{preset}/{os.path.basename(path)}'
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT='TAP')
    try:
        done = subprocess.run(
            [path], cwd=build.ROOT, env=environment, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=PROGRAM_SECONDS)
        output, status = done.stdout, f'ended with {done.returncode}'
        clean = done.returncode == 0
    except subprocess.TimeoutExpired as late:
        output, clean = late.stdout or b'', False
        status = f'still ran after {PROGRAM_SECONDS} s'
    output = output.decode('utf-8', 'replace')
    announced, reported, failures = parse_tap(report, program, output)
    if reported != announced or announced == 0:
        report.failed(program, f'{status}; {reported} of {announced} tests '
                      f'reported\n{output[-4000:]}')
    elif not clean and failures == 0:
        report.failed(program, f'{status}, though no test failed\n'
                      f'{output[-4000:]}')


def run_preset(report, preset):
    """Build a host preset and run its programs."""
    name = f'build {preset}'
    try:
        folder = build.preset(preset)
    except build.BuildError as error:
        report.failed(name, str(error))
        return
    report.passed(name, loud=True)
    # What this source tree has; a program of a deleted test is not run.
    sources = glob.glob(os.path.join(HERE, 'test_*.c'))
    for source in sorted(sources):
        test = os.path.basename(source)[:-2]
        path = os.path.join(folder, 'tests', test)
        if not report.wants(f'{preset}/{test}'):
            continue
        if os.path.exists(path):
            run_program(report, preset, path)
        else:
            report.failed(f'{preset}/{test}',
                          'not built: is it in tests/CMakeLists.txt?')


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
        run_preset(report, preset)
    for preset in KERNEL_PRESETS:
        report.case(f'build {preset}', build_kernel, preset)


def build_kernel(preset):
    try:
        build.preset(preset)
    except build.BuildError as error:
        raise AssertionError(str(error)) from error
