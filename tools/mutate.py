#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Breaks the library in small ways and looks whether a test sees it.

Each mutant (tools/mutants.py has the rules) is built in a copy of the sources
below build/mutate, never in the checkout, and goes through the stages until a
test fails. What no test could tell from the original is left out
(tests/mutate/equivalent.tsv, with the reasons). The results go to
build/mutate/mutants.tsv, too.

The exit status is 0 if at most 5 % survive.
"""
import argparse
import collections
import concurrent.futures
import contextlib
import fcntl
import os
import pty
import queue
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import time

import build
import mutants

SEED = 'levitate'
COUNT = 60
SURVIVORS_PERCENT = 5
FOLDER = os.path.join(build.ROOT, 'build', 'mutate')
EQUIVALENT = os.path.join(build.ROOT, 'tests', 'mutate', 'equivalent.tsv')
# What a program may take beyond what it takes without a mutation: in CPU
# seconds, which do not depend on what else the machine does, and in all.
CPU_SECONDS, CPU_FACTOR = 5, 8
WALL_SECONDS, WALL_FACTOR = 120, 20
MEMORY = 8 << 30
SLOW = 0.5
# Sanitizers say something of memory, and these want minutes with them.
NOT_SANITIZED = {'test_ring', 'test_ring_events', 'test_packed_events',
                 'test_queue_thread', 'test_scenario_fake'}

# by: the test that failed, or '' if none did.
Result = collections.namedtuple('Result', 'mutant by')
Run = collections.namedtuple('Run', 'failure cpu wall')


class MutateError(Exception):
    """Nothing can be said of mutants; the text says why."""


class NotBuilt(Exception):
    """A mutant that is no program."""


# --- running a test ---


def start(command, folder, cpu, memory, output):
    """A process of its own group that may use so much and no more."""
    def limit():
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # Some programs have a file of the library once more in themselves.
    environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT='TAP',
                       ASAN_OPTIONS='detect_odr_violation=0')
    return subprocess.Popen(  # pylint: disable=subprocess-popen-preexec-fn
        command, cwd=folder, env=environment, preexec_fn=limit,
        stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def read_lines(terminal, end):
    """What is printed, line by line, up to an instant."""
    rest = b''
    while select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
        try:
            got = os.read(terminal, 65536)
        except OSError:  # nobody holds the other end any more
            return
        *lines, rest = (rest + got).split(b'\n')
        rest = rest[-4096:]
        yield from (line.decode('utf-8', 'replace').strip() for line in lines)
    yield 'not ok 0 - (hangs)'


def first_failure(terminal, end):
    """The first case that fails, or ''."""
    for line in read_lines(terminal, end):
        failed = re.match(r'not ok \d+ - (.*)', line)
        if failed:
            return failed.group(1)
    return ''


def kill(process):
    """End what a test has left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def run_test(command, folder, cpu, wall, memory, running):
    """Run a test until it ends or a case fails; see Run.

    The process is in the set running as long as it runs.
    """
    # On a terminal a program prints each line as it comes.
    terminal, output = pty.openpty()
    begin = time.monotonic()
    process = start(command, folder, cpu, memory, output)
    running.add(process)
    os.close(output)
    failure = first_failure(terminal, begin + wall)
    if failure:
        kill(process)
    os.close(terminal)
    _, status, used = os.wait4(process.pid, 0)
    running.remove(process)
    process.returncode = status
    if not failure and os.WIFSIGNALED(status):
        ended = os.WTERMSIG(status)
        failure = ('(hangs)' if ended in (signal.SIGXCPU, signal.SIGKILL) else
                   f'({signal.Signals(ended).name})')
    elif not failure and status:
        failure = f'(ends with {os.WEXITSTATUS(status)})'
    return Run(failure, used.ru_utime, time.monotonic() - begin)


# --- a copy of the sources ---


def source_files(root):
    """All files of the tree but what is built."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders
                      if name not in ('.git', 'build', '__pycache__')]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), root)


def content(path):
    try:
        with open(path, 'rb') as file:
            return file.read()
    except OSError:
        return None


class Copy:
    """A copy of the sources with builds of its own, for one mutant at a time.
    """

    def __init__(self, number, running):
        self.running = running
        self.folder = os.path.join(FOLDER, str(number))
        self.tree = os.path.join(self.folder, 'tree')

    def sync(self):
        """As the checkout is; what is the same keeps its date."""
        wanted = set(source_files(build.ROOT))
        for path in set(source_files(self.tree)) - wanted:
            os.remove(os.path.join(self.tree, path))
        for path in wanted:
            ours = os.path.join(self.tree, path)
            theirs = os.path.join(build.ROOT, path)
            if content(ours) != content(theirs):
                os.makedirs(os.path.dirname(ours), exist_ok=True)
                shutil.copy(theirs, ours)

    def write(self, path, text):
        with open(os.path.join(self.tree, path), 'w',
                  encoding='utf-8') as file:
            file.write(text)

    def read(self, path):
        with open(os.path.join(self.tree, path), encoding='utf-8') as file:
            return file.read()

    def place(self, name):
        """The folder of one of the builds."""
        return os.path.join(self.folder, name)

    def configure(self, name, options):
        build.run(['cmake', '-S', self.tree, '-B', self.place(name),
                   '-G', 'Ninja', *options])

    def build(self, name, targets, jobs):
        build.run(['ninja', '-C', self.place(name), '-j', str(jobs),
                   *targets])


class Copies:
    """One for each CPU; each is lent to one thread at a time."""

    def __init__(self, count):
        self.running = set()  # the tests
        self.all = [Copy(number, self.running) for number in range(count)]
        self.free = queue.Queue()
        for copy in self.all:
            copy.sync()
            self.free.put(copy)
        self.pool = concurrent.futures.ThreadPoolExecutor(count)

    def each(self, function):
        """Call function(copy) with every copy."""
        list(self.pool.map(function, self.all))

    def map(self, function, things):
        """Yield function(copy, thing) of each thing, as they end."""
        def lend(thing):
            copy = self.free.get()
            try:
                return function(copy, thing)
            finally:
                self.free.put(copy)
        running = [self.pool.submit(lend, thing) for thing in things]
        try:
            for done in concurrent.futures.as_completed(running):
                yield done.result()
        except BaseException:
            self.stop(running)
            raise

    def stop(self, futures):
        """End what still runs."""
        for future in futures:
            future.cancel()
        while not all(future.done() for future in futures):
            for process in list(self.running):
                kill(process)
            time.sleep(0.1)


# --- the stages ---


class Programs:
    """The cmocka programs that call the library, in one kind of build.

    The library is a shared one here: a mutant costs one object and one link,
    whatever the number of programs.
    """
    OPTIONS = ('-DCMAKE_BUILD_TYPE=None', '-DBUILD_SHARED_LIBS=ON',
               '-DCMAKE_LINK_DEPENDS_NO_SHARED=ON',
               '-DCMAKE_SUPPRESS_REGENERATION=ON')

    def __init__(self, name, flags, options=(), memory=0, without=()):
        self.name = name
        self.options = [*self.OPTIONS, '-DCMAKE_C_FLAGS=-w ' + flags, *options]
        self.memory = memory
        self.without = without
        self.programs = {}  # name to Run without a mutation

    def prepare(self, copies):
        """Build without a mutation; all programs must pass."""
        sources = os.path.join(build.ROOT, 'tests', 'unit')
        names = sorted(name[:-2] for name in os.listdir(sources)
                       if re.fullmatch(r'test_.*\.c', name))
        self.programs = dict.fromkeys({*names, 'test_scenario_fake'} -
                                      set(self.without))
        copies.each(self.build_first)
        self.programs = dict.fromkeys(self.callers(copies.all[0]))
        for name, run in copies.map(self.run_first, self.programs):
            if run.failure:
                raise MutateError(f'{self.name}/{name} fails without a '
                                  f'mutation: {run.failure}')
            self.programs[name] = run
        return len(self.programs)

    def build_first(self, copy):
        copy.configure(self.name, self.options)
        copy.build(self.name, self.programs, 2)

    def callers(self, copy):
        """The programs that need something of the library."""
        def names(kind, path):
            listed = build.run(['nm', '-D', '--format=just-symbols', kind,
                                os.path.join(copy.place(self.name), path)])
            return {name.partition('@')[0] for name in listed.split()}
        library = names('--defined-only', 'liblevitate.so')
        return [name for name in self.programs
                if library & names('--undefined-only', f'tests/{name}')]

    def run(self, copy, name, cpu, wall):
        path = os.path.join(copy.place(self.name), 'tests', name)
        return run_test([path], copy.tree, cpu, wall, self.memory,
                        copy.running)

    def run_first(self, copy, name):
        return name, self.run(copy, name, 600, 1200)

    def order(self, mutant):
        """Those of the mutant's file first, slow ones last."""
        stem = os.path.splitext(os.path.basename(mutant.path))[0]
        return sorted(self.programs, key=lambda name: (
            self.programs[name].cpu > SLOW,
            not name.startswith('test_' + stem), self.programs[name].cpu))

    def killer(self, copy, mutant):
        """The test that fails with the mutant in place, or ''."""
        try:
            copy.build(self.name, self.programs, 1)
        except build.BuildError as error:
            raise NotBuilt from error
        for name in self.order(mutant):
            first = self.programs[name]
            run = self.run(copy, name, CPU_SECONDS + int(CPU_FACTOR *
                                                         first.cpu),
                           WALL_SECONDS + WALL_FACTOR * first.wall)
            if run.failure:
                return f'{self.name}/{name}: {run.failure}'
        return ''


class Script:
    """A Python test of tests/unit that reads one file of the library."""

    def __init__(self, name, path):
        self.name = name
        self.path = path

    def prepare(self, copies):
        """It must pass without a mutation."""
        failure = self.run(copies.all[0])
        if failure:
            raise MutateError(f'{self.name} without a mutation: {failure}')
        return 1

    def run(self, copy):
        return run_test([sys.executable, '-B', f'tests/unit/{self.name}'],
                        copy.tree, 600, 1200, 0, copy.running).failure

    def killer(self, copy, mutant):
        """What the programs do of the others."""
        failure = self.run(copy) if mutant.path == self.path else ''
        return f'{self.name}: {failure}' if failure else ''


def stages():
    """Cheap ones first: a mutant ends where it is killed."""
    return [
        Script('test_order.py', mutants.ORDER),
        Programs('unit', '-O1', memory=MEMORY),
        Programs('asan', '-O1', ['-DLEV_SANITIZE=ON'],
                 without=NOT_SANITIZED),
    ]


# --- mutants ---


def try_mutant(stage, copy, mutant):
    """What one stage says of one mutant; by is None if it is no program."""
    source = copy.read(mutant.path)
    copy.write(mutant.path, mutants.apply(source, mutant))
    try:
        return Result(mutant, stage.killer(copy, mutant))
    except NotBuilt:
        return Result(mutant, None)
    finally:
        copy.write(mutant.path, source)


def judge(copies, chosen, reserve, say):
    """Send the chosen through the stages; (results, how many not built).

    One that is not built is replaced by the next of the reserve.
    """
    results, left, not_built = [], list(chosen), 0
    for stage in stages():
        if not left:
            break
        say(f'stage {stage.name}: {stage.prepare(copies)} tests pass without '
            f'a mutation; mutants: {len(left)}')
        survived = []
        while left:
            left.sort()
            again = []
            for result in copies.map(
                    lambda copy, mutant, stage=stage:
                    try_mutant(stage, copy, mutant), left):
                if result.by is None:
                    not_built += 1
                    again += [reserve.pop(0)] if reserve else []
                elif result.by:
                    results.append(result)
                    say('killed    ' + describe(result))
                else:
                    survived.append(result.mutant)
            left = again
        left = survived
    results += [Result(mutant, '') for mutant in left]
    return sorted(results), not_built


def describe(result):
    """A mutant and its end, on a line."""
    m = result.mutant
    end = f'  by {result.by}' if result.by else ''
    return f'{m.path}:{m.line} {m.rule} {m.function}: {m.text}{end}'


def keep(results):
    """The table, for other tools."""
    with open(os.path.join(FOLDER, 'mutants.tsv'), 'w',
              encoding='utf-8') as file:
        file.write('# file\tline\trule\tfunction\ttext\tkilled by\n')
        for result in results:
            m = result.mutant
            file.write('\t'.join([m.path, str(m.line), m.rule, m.function,
                                  m.text, result.by or 'SURVIVED']) + '\n')


def candidates():
    """All mutants worth a test in the seeded order, and how many are not."""
    found = mutants.find(build.ROOT)
    reasons = mutants.load_equivalent(EQUIVALENT)
    left = mutants.without_equivalent(found, reasons)
    return mutants.shuffle(left, SEED), len(found) - len(left)


def run(chosen, reserve, jobs, say=print):
    """Try mutants; the results, the survivors among them."""
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, 'lock'), 'w', encoding='utf-8') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise MutateError('another run is under way here') from error
        results, not_built = judge(Copies(jobs), chosen, reserve, say)
    keep(results)
    survivors = [result for result in results if not result.by]
    for result in survivors:
        say('SURVIVED  ' + describe(result))
    say(f'{len(results)} mutants, {len(results) - len(survivors)} killed, '
        f'{len(survivors)} survived; {not_built} more were not built')
    return results, survivors


def too_many(results, survivors):
    """More than may be?"""
    return len(survivors) * 100 > len(results) * SURVIVORS_PERCENT


def choose(args, left):
    """The mutants that the command line asks for, and the reserve."""
    if args.only:
        chosen = [m for m in left if f'{m.path}:{m.line}' == args.only]
        if not chosen:
            raise MutateError(f'no mutant at {args.only}')
        return chosen, []
    count = len(left) if args.all else args.sample
    return left[:count], left[count:]


def parse_arguments(argv):
    parser = argparse.ArgumentParser(
        prog='tools/mutate.py', description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group()
    which.add_argument('--sample', type=int, default=COUNT, metavar='N',
                       help=f'the first N of the seeded order ({COUNT})')
    which.add_argument('--all', action='store_true', help='all of them')
    which.add_argument('--only', metavar='FILE:LINE', help='those of a line')
    parser.add_argument('--list', action='store_true',
                        help='list the mutants; end')
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1,
                        metavar='N', help='at a time (one for each CPU)')
    return parser.parse_args(argv)


def main(argv=None):
    """The command line; returns the exit status."""
    args = parse_arguments(argv)
    try:
        left, equivalent = candidates()
        chosen, reserve = choose(args, left)
        print(f'{len(chosen)} of {len(left)} mutants; {equivalent} more are '
              'equivalent')
        if args.list:
            print('\n'.join(describe(Result(m, '')) for m in sorted(chosen)))
            return 0
        return int(too_many(*run(chosen, reserve, args.jobs)))
    except (MutateError, mutants.MutantError, build.BuildError) as error:
        print(f'mutate: {error}', file=sys.stderr)
        return 2


if __name__ == '__main__':
    sys.exit(main())
