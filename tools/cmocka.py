# SPDX-License-Identifier: MIT
"""Running cmocka programs and counting their cases."""
import concurrent.futures
import glob
import os
import re
import subprocess

import build
import trixie
from report import Skip

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


def run_program(path, emulator=(), **variables):
    """Run one cmocka program: its output, its end in words, was it good?

    emulator is the command, if any, that runs programs of its architecture;
    variables go into its environment.
    """
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT='TAP', **variables)
    try:
        done = subprocess.run(
            [*emulator, path], cwd=build.ROOT, env=environment, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=PROGRAM_SECONDS)
        output, status = done.stdout, f'ended with {done.returncode}'
        clean = done.returncode == 0
    except subprocess.TimeoutExpired as late:
        output, clean = late.stdout or b'', False
        status = f'still ran after {PROGRAM_SECONDS} s'
    return output.decode('utf-8', 'replace'), status, clean


def count_cases(report, program, output, status, clean):
    """What came of a program that has run."""
    announced, reported, failures = parse_tap(report, program, output)
    if reported != announced or announced == 0:
        report.failed(program, f'{status}; {reported} of {announced} tests '
                      f'reported\n{output[-4000:]}')
    elif not clean and failures == 0:
        report.failed(program, f'{status}, though no test failed\n'
                      f'{output[-4000:]}')


def programs(sources):
    """Their names: what the source tree has, not one of a deleted test."""
    return [os.path.basename(source)[:-2] for source in
            sorted(glob.glob(os.path.join(sources, 'test_*.c')))]


def qemu_10(report, names):
    """Where programs find the QEMU of trixie; None if that is not there."""
    try:
        return {'LEV_QEMU': trixie.program(trixie.QEMU),
                'LEV_QEMU_X86': trixie.program(trixie.QEMU_X86)}
    except Skip as reason:
        for name in names:
            report.skipped(name, str(reason))
        return None


def run_preset(report, preset, sources, on_10=()):
    """Build a host preset; run the program of each test_*.c in sources.

    As many at a time as there are CPUs; those of on_10 run on the QEMU of
    trixie, too, and first, as they take longest. Returns the folder of what was
    built, None if that failed.
    """
    name = f'build {preset}'
    try:
        folder = build.preset(preset)
    except build.BuildError as error:
        report.failed(name, str(error))
        return None
    report.passed(name, loud=True)
    runs = {f'{preset}/{test}, QEMU 10.0': test for test in on_10
            if report.wants(f'{preset}/{test}, QEMU 10.0')}
    variables = qemu_10(report, runs) if runs else {}
    runs = {label: (test, variables) for label, test in runs.items()
            if variables}
    runs.update({f'{preset}/{test}': (test, {}) for test in programs(sources)
                 if report.wants(f'{preset}/{test}')})
    run_all(report, os.path.join(folder, 'tests'), runs,
            build.emulator(folder))
    return folder


def run_all(report, folder, runs, emulator):
    """Run (program, environment) by its name in the report."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        running = []
        for label, (test, variables) in runs.items():
            path = os.path.join(folder, test)
            if os.path.exists(path):
                running.append((label, pool.submit(run_program, path, emulator,
                                                   **variables)))
            else:
                report.failed(label, 'not built: is it in '
                              'tests/CMakeLists.txt?')
        for label, done in running:
            count_cases(report, label, *done.result())
