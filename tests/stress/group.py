# SPDX-License-Identifier: MIT
"""Group stress: is the order in which driver and device see memory right?

Twice, in two ways that share nothing but the library:

search.cpp plays short stories of one driver and one device in all
interleavings, with every value that C11's memory model lets a load return
(relacy does that). Then each call of the library that orders anything is made
weaker, one at a time, and some story must notice.

test_threads.c runs both sides on threads of their own under ThreadSanitizer,
hundreds of thousands of requests for each kind of ring; LEV_STRESS=SECONDS is
how long each goes on at least. Two further programs lack an order, and
ThreadSanitizer must see that. test_isr.c has the interrupt handler on a thread
beside the driver's.
"""
import concurrent.futures
import glob
import os
import re
import subprocess

import build
import cmocka

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(build.ROOT, 'build', 'stress')
SECONDS = float(os.environ.get('LEV_STRESS', '0'))
AT_A_TIME = 2
PATIENCE = 600  # seconds; a story or a thread takes a few
MIN_REQUESTS = 2 * 65536
ROW = re.compile(r'^threads\t([^\t]+)\t(\d+)\t(\d+)\t(\d+)\t([\d.]+)$',
                 re.MULTILINE)
HELPERS = {'order_publish16', 'order_acquire16', 'order_full',
           'order_platform_write', 'order_platform_read'}
RACE = 'WARNING: ThreadSanitizer: data race'


def run_program(command, **environment):
    """Its exit status, what it printed, what it complained of."""
    done = subprocess.run(
        command, env=dict(os.environ, **environment), check=False, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=PATIENCE + SECONDS, errors='replace')
    return done.returncode, done.stdout, done.stderr


# --- the search ---

def build_search(pool):
    """The library's core with doors for atomics, and the search; its path."""
    os.makedirs(FOLDER, exist_ok=True)
    objects, commands = [], []
    for source in glob.glob(os.path.join(build.ROOT, 'src', 'core', '*.c')):
        objects.append(os.path.join(
            FOLDER, os.path.basename(source)[:-1] + 'o'))
        commands.append([
            'gcc', '-std=c11', '-O2', '-Wall', '-Wextra',
            '-Wno-ignored-qualifiers', '-Werror', '-ffreestanding',
            '-include', os.path.join(HERE, 'order_doors.h'), '-Iinclude',
            '-I.', f'-I{HERE}', '-c', source, '-o', objects[-1]])
    main = os.path.join(FOLDER, 'search.o')
    commands.insert(0, ['g++', '-std=c++20', '-O2', '-Wall', '-Wextra',
                        '-Werror', '-Iinclude', f'-I{HERE}', '-c',
                        os.path.join(HERE, 'search.cpp'), '-o', main])
    list(pool.map(build.run, commands))
    program = os.path.join(FOLDER, 'search')
    build.run(['g++', main] + objects + ['-o', program])
    return program


class Search:
    """The stories, and what came of them."""

    def __init__(self, program):
        self.program = program
        self.stories = []  # (name, ring, switches)
        self.sites = {}    # (ring, site): [(interleavings, story)]
        self.total = 0
        for line in run_program([program])[1].splitlines():
            name, ring, switches = line.split('\t')
            self.stories.append((name, ring, int(switches)))

    def play(self, *arguments):
        """Was it good, how did it end, when, with which sites?"""
        status, output, errors = run_program([self.program, *arguments])
        lines = [line.split('\t') for line in output.splitlines()]
        if status not in (0, 1) or not lines:
            raise AssertionError(f'ended with {status}\n{errors[-4000:]}')
        end, count = lines[0]
        return (status == 0, end, int(count), [line[1] for line in lines[1:]],
                errors)

    def story(self, story, result):
        """A story came to its end in each interleaving."""
        name, ring, switches = story
        good, end, count, sites, errors = result.result()
        if not good:
            raise AssertionError(f'{end} in interleaving {count}\n'
                                 f'{errors[-6000:]}')
        self.total += count
        for site in sites:
            self.sites.setdefault((ring, site), []).append((count, name))
        return (f'{count} interleavings, '
                + (f'at most {switches} switches' if switches else 'all'))

    def all_met(self):
        """Each ring passed each helper of order.h that orders anything."""
        for ring in {ring for _, ring, _ in self.stories}:
            met = {site.split(':')[1] for at, site in self.sites
                   if at == ring}
            assert met == HELPERS, f'{ring}: {sorted(met)}'

    def notice(self, site, names):
        """Which story ends badly when this site is weaker?"""
        for _, name in sorted(names):
            good, end, count, _, _ = self.play(name, site)
            if not good:
                return f'{end} in story "{name}", interleaving {count}'
        raise AssertionError('no story notices')


def run_search(report, pool):
    """All stories, then all sites."""
    try:
        search = Search(build_search(pool))
    except build.BuildError as error:
        report.failed('build of the search', str(error))
        return
    # All are played: which sites there are is seen on the way.
    played = [(story, pool.submit(search.play, story[0]))
              for story in search.stories]
    for story, result in played:
        report.case(f'search: {story[0]}', search.story, story, result)
    report.say(f'        {search.total} interleavings of '
               f'{len(search.stories)} stories')
    if not report.only:
        report.case('all orders are met', search.all_met)
    weaker = [(f'weaker {ring}: {site}',
               pool.submit(search.notice, site, names))
              for (ring, site), names in sorted(search.sites.items())]
    for name, result in weaker:
        report.case(name, result.result)


# --- two threads ---

def thread_configurations():
    """As test_threads.c names them."""
    for ring in ('split', 'packed'):
        for order in ('', ' in_order'):
            for event in ('', ' event_idx'):
                for table in ('', ' indirect'):
                    yield ring + order + event + table


def threads(program, name):
    """One configuration, with no word from ThreadSanitizer; its requests."""
    status, output, errors = run_program([program, name])
    row = ROW.search(output)
    if status or not row or RACE in errors:
        raise AssertionError(f'ended with {status}\n{output[-2000:]}\n'
                             f'{errors[:6000]}')
    _, requests, doorbells, interrupts, seconds = row.groups()
    if int(requests) < MIN_REQUESTS:
        raise AssertionError(f'{requests} requests are too few')
    return int(requests), (f'{requests} requests, {doorbells} doorbells, '
                           f'{interrupts} interrupts, {seconds} s')


def seen(program, name):
    """The library lacks an order: is a race reported?"""
    status, _, errors = run_program([program, name],
                                    TSAN_OPTIONS='halt_on_error=1')
    assert status and RACE in errors, f'no race was reported:\n{errors}'
    return 'a race is reported'


def run_threads(report, pool):
    """All configurations, then the programs that lack an order."""
    programs = ('test_threads', 'test_threads-no-release',
                'test_threads-no-acquire', 'test_isr')
    try:
        build.run(['cmake', '--preset', 'tsan'])
        build.run(['cmake', '--build', '--preset', 'tsan', '--parallel',
                   str(os.cpu_count() or 1), '--target', *programs])
    except build.BuildError as error:
        report.failed('build tsan', str(error))
        return
    paths = [os.path.join(build.ROOT, 'build', 'tsan', 'tests', name)
             for name in programs]
    names = [name for name in thread_configurations()
             if report.wants(f'threads: {name}')]
    running = [(name, pool.submit(threads, paths[0], name)) for name in names]
    total = []

    def described(result):
        requests, text = result.result()
        total.append(requests)
        return text
    for name, result in running:
        report.case(f'threads: {name}', described, result)
    report.say(f'        {sum(total)} requests under ThreadSanitizer')
    for path, name in zip(paths[1:3], programs[1:3]):
        for ring in ('split', 'packed'):
            report.case(f'{name}: {ring}', seen, path, ring)
    if report.wants('test_isr'):
        cmocka.count_cases(report, 'test_isr', *cmocka.run_program(paths[3]))


def run(report):
    """All of the group."""
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        run_search(report, pool)
        run_threads(report, pool)
