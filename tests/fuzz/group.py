# SPDX-License-Identifier: MIT
"""Group fuzz: libFuzzer on all that reads what it must not trust.

Each program fuzz_*.c runs LEV_FUZZ seconds (15), as many at a time as there
are CPUs, from the inputs in corpus/NAME.zip. What it finds on the way goes to
build/fuzz-corpus/NAME, from where corpus.py takes what is worth keeping; while
that is empty, the same inputs are tried each time. A crash, a property that
does not hold, an input that takes 25 s, 2 GiB, or leaks is a failure; its text
has the line that plays it again.
"""
import concurrent.futures
import os
import re
import shlex
import subprocess

import build
import corpus

SECONDS = int(os.environ.get('LEV_FUZZ', '15'))
PRESET = 'fuzz'
# Of all inputs, those that are in the repository included.
FEWEST = 1000
INPUT_SECONDS = 25
INPUT_MAX = 2048
MEMORY_MB = 2048
UNITS = re.compile(r'^stat::number_of_executed_units:\s*(\d+)$', re.M)
EDGES = re.compile(r'\bcov: (\d+)')
REPRODUCER = re.compile(r'Test unit written to (\S+)')
NOISE = re.compile(r'^(#\d+\s|INFO: |stat::|\s+NEW_FUNC|'
                   r'\s+#\d+ .*fuzzer::).*\n', re.M)


def command(program, *rest):
    return [program, f'-timeout={INPUT_SECONDS}',
            f'-rss_limit_mb={MEMORY_MB}', *rest]


def judge(program, status, output):
    """What came of a run, in words; AssertionError if it was bad."""
    reproducer = REPRODUCER.search(output)
    units = UNITS.search(output)
    edges = EDGES.findall(output)
    if reproducer:
        line = shlex.join(command(program, reproducer.group(1)))
        raise AssertionError(f'play it again with\n{line}\n\n'
                             f'{NOISE.sub("", output)[-6000:]}')
    if status or not units or not edges:
        raise AssertionError(f'{program} ended with {status}:\n'
                             f'{output[-4000:]}')
    if int(units.group(1)) < FEWEST:
        raise AssertionError(f'{units.group(1)} inputs were tried, at least '
                             f'{FEWEST} should be:\n{output[-2000:]}')
    return (f'{units.group(1)} inputs in {SECONDS} s, '
            f'{edges[-1]} edges')


def fuzz(name):
    """Run one fuzzer."""
    program = os.path.join(build.ROOT, 'build', PRESET, 'tests', 'fuzz',
                           f'fuzz_{name}')
    found = os.path.join(corpus.FOUND, name)
    seeds = os.path.join(build.ROOT, 'build', 'fuzz-seeds', name)
    finding = os.path.join(build.ROOT, 'build', 'fuzz-findings', name)
    if not corpus.unpack(corpus.archive(name), seeds):
        raise AssertionError(f'no inputs in {corpus.archive(name)}')
    os.makedirs(found, exist_ok=True)
    os.makedirs(os.path.dirname(finding), exist_ok=True)
    done = subprocess.run(
        command(program, '-seed=1', f'-max_total_time={SECONDS}',
                f'-max_len={INPUT_MAX}', f'-artifact_prefix={finding}-',
                '-print_final_stats=1', found, seeds),
        check=False, text=True, errors='replace', stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=2 * SECONDS + 300)
    return judge(program, done.returncode, done.stdout)


def run(report):
    """All of the group."""
    names = [name for name in corpus.names() if report.wants(name)]
    if not names:
        return
    build.preset(PRESET)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        results = [pool.submit(fuzz, name) for name in names]
        for name, result in zip(names, results):
            report.case(name, lambda result=result: result.result())
