# SPDX-License-Identifier: MIT
"""Group soak: random work on the device model, ring by ring, for a while.

LEV_SOAK=SECONDS is how long each configuration takes (60). Two run at a time.
A failure names its round: LEV_SOAK_ROUND=N and LEV_SOAK=0 play that one again.
"""
import concurrent.futures
import os
import re
import subprocess

import build

SECONDS = float(os.environ.get('LEV_SOAK', '60'))
AT_A_TIME = 2
PRESET = 'asan'
ROW = re.compile(r'^soak\t([^\t]+)\t(\d+)\t(\d+)\t(\d+)\t([\d.]+)\t(\d+)$',
                 re.MULTILINE)


def configurations():
    """As test_soak.c names them."""
    for kind in ('', 'hostile '):
        for ring in ('split', 'packed'):
            for order in ('', ' in_order'):
                for event in ('', ' event_idx'):
                    for table in ('', ' indirect'):
                        yield kind + ring + order + event + table


def soak(program, name):
    """Run one configuration; its row."""
    environment = dict(os.environ, LEV_SOAK=str(SECONDS))
    done = subprocess.run(
        [program, name], env=environment, check=False, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=SECONDS + 300)
    row = ROW.search(done.stdout)
    if done.returncode or not row or row.group(1) != name:
        raise AssertionError(f'{name} ended with {done.returncode}:\n'
                             f'{done.stdout[:3000]}')
    return row.groups()


def describe(row):
    """A row in words."""
    name, requests, canceled, rounds, seconds, violations = row
    rules = ('rules not judged' if name.startswith('hostile')
             else f'{violations} violations')
    rate = int(requests) / max(float(seconds), 0.001)
    return (f'{rate:.0f} requests/s, {requests} requests, {canceled} '
            f'canceled, {rounds} rounds, {seconds} s, {rules}')


def run(report):
    """All of the group."""
    folder = build.preset(PRESET)
    program = os.path.join(folder, 'tests', 'test_soak')
    names = [name for name in configurations() if report.wants(name)]
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        results = [pool.submit(soak, program, name) for name in names]
        for name, result in zip(names, results):
            report.case(name, lambda result=result: describe(result.result()))
