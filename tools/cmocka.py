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


def run_on_qemu_10(report, preset, folder, tests):
    """Run programs of a preset, built in folder, on the QEMU of trixie."""
    wanted = [test for test in tests
              if report.wants(f'{preset}/{test}, QEMU 10.0')]
    try:
        qemu = {'LEV_QEMU': trixie.program(trixie.QEMU),
                'LEV_QEMU_X86': trixie.program(trixie.QEMU_X86)}
    except Skip as reason:
        for test in wanted:
            report.skipped(f'{preset}/{test}, QEMU 10.0', str(reason))
        return
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        running = [(test, pool.submit(run_program,
                                      os.path.join(folder, 'tests', test),
                                      **qemu)) for test in wanted]
        for test, done in running:
            count_cases(report, f'{preset}/{test}, QEMU 10.0', *done.result())


def run_preset(report, preset, sources, at_a_time=1):
    """Build a host preset; run the program of each test_*.c in sources.

    Returns the folder of what was built, None if that failed.
    """
    name = f'build {preset}'
    try:
        folder = build.preset(preset)
    except build.BuildError as error:
        report.failed(name, str(error))
        return None
    report.passed(name, loud=True)
    emulator = build.emulator(folder)
    # What the source tree has; a program of a deleted test is not run.
    with concurrent.futures.ThreadPoolExecutor(at_a_time) as pool:
        running = []
        for source in sorted(glob.glob(os.path.join(sources, 'test_*.c'))):
            test = os.path.basename(source)[:-2]
            path = os.path.join(folder, 'tests', test)
            if not report.wants(f'{preset}/{test}'):
                continue
            if os.path.exists(path):
                running.append((f'{preset}/{test}',
                                pool.submit(run_program, path, emulator)))
            else:
                report.failed(f'{preset}/{test}',
                              'not built: is it in tests/CMakeLists.txt?')
        for program, done in running:
            count_cases(report, program, *done.result())
    return folder
