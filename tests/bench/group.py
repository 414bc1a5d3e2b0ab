# SPDX-License-Identifier: MIT
"""Group bench: driver and device on two CPUs, in nanoseconds a request.

bench/ring_threads.c runs several times; each run goes through all rings, so
that what the machine does besides hits all of them. Times move by far more
than programs differ, from one run to the next and between machines: only the
ratio of the smallest times means anything, and only that is judged.

LEV_BENCH_OTHER=DIRECTORY times the library of another checkout as well, in
turns with this one's.
"""
import collections
import datetime
import os
import platform
import re
import statistics
import subprocess

import bench_build
import budgets
import build
from report import Skip

RUNS = 9
REQUESTS = 100000
SECONDS = 180
COMPILER = 'gcc'
FOLDER = os.path.join(build.ROOT, 'build', 'bench')
TABLE = os.path.join(build.ROOT, 'build', 'results', 'two_threads.tsv')
OTHER = 'other: '
OURS, BASE = 'Levitate split', 'bare split, shown per add'
LINE = re.compile(r'([^\t]+)\t(\d+)\t(\d+)\t(\d+)')


class Times:
    """Nanoseconds a request, of all runs, by (ring, segments, in flight)."""

    def __init__(self):
        self.times = collections.defaultdict(list)
        self.scheduling = set()

    def add(self, output, prefix=''):
        """Take in what one run printed."""
        first, *lines = output.splitlines()
        self.scheduling.add(first)
        for line in lines:
            found = LINE.fullmatch(line)
            if not found:
                raise ValueError(f'ring_threads printed {line!r}')
            name, segments, in_flight, nanoseconds = found.groups()
            key = prefix + name, int(segments), int(in_flight)
            self.times[key].append(int(nanoseconds) / REQUESTS)

    def rows(self):
        """(ring, segments, in flight, least, median, times the base)."""
        for (name, segments, in_flight), times in sorted(
                self.times.items(), key=lambda item: item[0][1:]):
            base = min(self.times[BASE, segments, in_flight])
            yield (name, segments, in_flight, min(times),
                   statistics.median(times), min(times) / base)


def run_once(path):
    """One run of the program; its output."""
    done = subprocess.run([path, str(REQUESTS)], check=False, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=SECONDS)
    if done.returncode:
        raise AssertionError(f'{path} ended with {done.returncode}: '
                             f'{done.stderr.strip()}')
    return done.stdout


def cpu_model():
    """What the first CPU calls itself."""
    try:
        with open('/proc/cpuinfo', encoding='utf-8') as file:
            found = re.search(r'model name\s*: (.*)', file.read())
    except OSError:
        found = None
    return found.group(1) if found else platform.machine()


def measure(times):
    """All runs; where, when and how."""
    if not {0, 1} <= os.sched_getaffinity(0):
        raise Skip('CPUs 0 and 1 are needed')
    programs = {'': bench_build.program('ring_threads', COMPILER, FOLDER)}
    other = os.environ.get('LEV_BENCH_OTHER')
    if other:
        programs[OTHER] = bench_build.program(
            'ring_threads', COMPILER, FOLDER + '-other',
            os.path.abspath(other))
    for _ in range(RUNS):
        for prefix, built in programs.items():
            times.add(run_once(built.path), prefix)
    version = build.run([COMPILER, '-dumpfullversion']).strip()
    return (f'{datetime.date.today()}: {cpu_model()}, {COMPILER} {version}, '
            f'{" and ".join(sorted(times.scheduling))}, {RUNS} runs of '
            f'{REQUESTS} requests')


def check_ratio(times, segments, in_flight):
    """Showing requests with the kick pays."""
    if not times.times:
        raise AssertionError('not measured')
    best = {name: min(times.times[name, segments, in_flight])
            for name in (OURS, BASE)}
    return budgets.expect_within('bench.split_percent',
                                 round(100 * best[OURS] / best[BASE], 1))


def print_table(report, times):
    """A line a ring: least, median and the ratio of the least to the base."""
    cell = None
    for name, segments, in_flight, least, median, ratio in times.rows():
        if (segments, in_flight) != cell:
            cell = segments, in_flight
            report.say(f'{segments} descriptors, {in_flight} in flight: ns a '
                       'request: least, median; least in proportion')
        report.say(f'    {name:34}{least:9.1f}{median:9.1f}{ratio:9.2f}')


def write_table(times, about):
    """For tools/readme.py."""
    os.makedirs(os.path.dirname(TABLE), exist_ok=True)
    with open(TABLE, 'w', encoding='utf-8') as file:
        file.write(f'# {about}\n')
        for name, segments, in_flight, least, median, ratio in times.rows():
            if not name.startswith(OTHER):
                file.write(f'{name}\t{segments}\t{in_flight}\t{least:.1f}\t'
                           f'{median:.1f}\t{ratio:.2f}\n')


def run(report):
    """All of the group."""
    times = Times()

    def measured():
        about = measure(times)
        write_table(times, about)
        return about
    report.case('timed', measured)
    for segments in (1, 3):
        for in_flight in (16, 64):
            report.case(f'split, {segments} descriptors, {in_flight} in '
                        'flight, percent of showing each add', check_ratio,
                        times, segments, in_flight)
    print_table(report, times)
