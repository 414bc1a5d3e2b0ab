# SPDX-License-Identifier: MIT
"""Group hotpath: what a request costs, counted, against tests/budgets.tsv.

bench/ring.c runs under callgrind. Counted is what the library's own functions
execute (all of src/core, as objects without link-time optimisation), so
neither the loop around them nor the device; DESIGN.md says more. Beside it
stands what the others pay (peers.tsv), there with the loop.
"""
import collections
import os
import platform
import shutil

import bench_build
import budgets
import build
import callgrind
from report import Skip

COMPILERS = ('gcc', 'clang')
RINGS = ('split', 'packed')
FORMS = ('reap', 'poll')
SEGMENTS = (1, 3, 16)
BATCHES = (1, 16)
REQUESTS = 1024
FOLDER = os.path.join(build.ROOT, 'build', 'hotpath')
PEERS = os.path.join(build.ROOT, 'tests', 'hotpath', 'peers.tsv')
EVENTS = ['--compress-strings=no', '--compress-pos=no',
          '--toggle-collect=bench_measure', '--dump-after=bench_measure']

# One way to use a ring; its words are the program's argument.
Way = collections.namedtuple('Way', 'ring form segments batch option',
                             defaults=(1, ''))
# Instructions a request. library: in the library alone, of that add and kick;
# total: all but the device, the loop included; functions: library, split up.
Cost = collections.namedtuple('Cost', 'library add kick total functions')


def options():
    """What may be negotiated, with the forms and shapes looked at."""
    return (('', FORMS, SEGMENTS), ('indirect', ('reap',), SEGMENTS[1:]),
            ('inorder', ('reap',), SEGMENTS))


def ways(ring, option):
    """All that is measured of a ring with an option."""
    found = [Way(ring, form, segments, batch, name)
             for name, forms, shapes in options() if name == option
             for form in forms for segments in shapes for batch in BATCHES]
    return found if option else [*found, Way(ring, 'map', 1)]


def argument(way):
    """The way as the program takes it."""
    return '-'.join(str(word) for word in way if word)


def cost_of(profile, built):
    """What a dump says, a request."""
    functions = callgrind.bill(profile, built.library, built.program)

    def calls(name):
        return sum(cost for (caller, callee), cost in profile.calls.items()
                   if caller in built.program and callee == name)
    total = profile.total - calls('bench_device_run')
    return Cost(sum(functions.values()) / REQUESTS,
                calls('lev_queue_add') / REQUESTS,
                calls('lev_queue_kick') / REQUESTS, total / REQUESTS,
                {name: cost / REQUESTS for name, cost in functions.items()})


class Counts:
    """What one compiler makes of the library: built, run and counted once."""

    def __init__(self, compiler):
        self.compiler = compiler
        self.folder = os.path.join(FOLDER, compiler)
        self.built = None
        self.costs = {}
        self.errors = {}

    def count(self, ring, option):
        """Run all that a ring can with an option."""
        if not self.built:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.built = bench_build.program('ring', self.compiler,
                                             self.folder)
        wanted = ways(ring, option)
        out = os.path.join(self.folder, f'{ring}{option}.out')
        build.run(['valgrind', '-q', '--tool=callgrind', *EVENTS,
                   f'--callgrind-out-file={out}', self.built.path,
                   str(REQUESTS), *map(argument, wanted)])
        for number, way in enumerate(wanted, 1):
            self.costs[way] = cost_of(callgrind.load(f'{out}.{number}'),
                                      self.built)

    def cost(self, way):
        """The cost of a way, counted now if need be."""
        key = way.ring, way.option
        if way not in self.costs and key not in self.errors:
            try:
                self.count(*key)
            except (build.BuildError, callgrind.ProfileError,
                    OSError) as error:
                self.errors[key] = 'not counted, see above'
                raise AssertionError(str(error)) from error
        if key in self.errors:
            raise AssertionError(self.errors[key])
        return self.costs[way]


def need_tools(compiler):
    """Counts compare where the instructions are the same."""
    if platform.machine() != 'x86_64':
        raise Skip('the budgets are instructions of x86_64')
    for tool in (compiler, 'valgrind'):
        if not shutil.which(tool):
            raise Skip(f'no {tool} here')


def row(numbers):
    return ' / '.join(f'{number:.1f}' for number in numbers)


def check_gate(counts, ring, form, option):
    """One request at a time: within the budget for each shape."""
    need_tools(counts.compiler)
    costs = [counts.cost(Way(ring, form, segments, 1, option))
             for segments in SEGMENTS]
    limits = budgets.load()
    name = f'hotpath.{counts.compiler}.{ring}.{option or form}'
    limit = [limits[f'{name}.{segments}'] for segments in SEGMENTS]
    note = (f'{row(cost.library for cost in costs)} of '
            f'{" / ".join(map(str, limit))}; with the loop '
            f'{row(cost.total for cost in costs)}')
    if any(cost.library > most for cost, most in zip(costs, limit)):
        raise AssertionError(note)
    return note


def check_batch(counts, ring, form, option):
    """Sixteen at once cost less each than one."""
    need_tools(counts.compiler)
    one, many = ([counts.cost(Way(ring, form, segments, batch, option))
                  for segments in SEGMENTS] for batch in BATCHES)
    note = (f'{row(cost.library for cost in many)}; with the loop '
            f'{row(cost.total for cost in many)}')
    if any(b.library >= a.library for a, b in zip(one, many)):
        raise AssertionError(f'{note}; one alone '
                             f'{row(cost.library for cost in one)}')
    return note


def back(cost):
    """What getting a request back costs: the rest of the library's."""
    return cost.library - cost.add - cost.kick


def check_reap(counts, ring):
    """Getting it back costs the same for any length of chain."""
    need_tools(counts.compiler)
    found = [back(counts.cost(Way(ring, 'reap', segments)))
             for segments in SEGMENTS]
    budgets.expect_within('hotpath.reap_spread', max(found) - min(found))
    return row(found)


def check_indirect(counts, ring):
    """Through an indirect table it costs little more."""
    need_tools(counts.compiler)
    direct, indirect = (counts.cost(Way(ring, 'reap', 3, 1, option)).library
                        for option in ('', 'indirect'))
    return budgets.expect_within('hotpath.indirect_percent',
                                 round(100 * indirect / direct, 1))


def check_map(counts):
    """Lending a segment and taking it back, the port's part left out."""
    need_tools(counts.compiler)
    cost = counts.cost(Way('split', 'map', 1))
    parts = ', '.join(f'{name} {count:.1f}'
                      for name, count in sorted(cost.functions.items()))
    limit = budgets.load()[f'hotpath.{counts.compiler}.map']
    if cost.library > limit:
        raise AssertionError(f'{cost.library:.1f} of {limit}: {parts}')
    return f'{cost.library:.1f} of {limit}: {parts}'


def load_peers():
    """Lines of batch, ring, who and three costs."""
    with open(PEERS, encoding='utf-8') as file:
        return [line.rstrip('\n').split('\t') for line in file
                if not line.startswith('#')]


def cells(counts, way, pick):
    """A column a shape; one that was not counted is a dash."""
    text = ''
    for segments in SEGMENTS:
        cost = counts.costs.get(way._replace(segments=segments))
        text += f'{pick(cost):9.1f}' if cost else f'{"-":>9}'
    return text


def print_comparison(report, counts, ring, batch):
    """Ours beside the others', as one harness sees them: with the loop."""
    report.say(f'{ring} ring, batch of {batch}, {counts.compiler}: '
               'instructions a request')
    report.say(f'    {"":24}{"the library alone":>27}'
               f'{"with loop and calls":>27}')
    report.say(f'    {"descriptors":24}' +
               ''.join(f'{segments:9}' for segments in SEGMENTS) * 2)
    for option, forms, _ in options():
        for form in forms:
            way = Way(ring, form, 0, batch, option)
            label = ', '.join(filter(None, ('Levitate', form, option)))
            report.say(f'    {label:24}' +
                       cells(counts, way, lambda cost: cost.library) +
                       cells(counts, way, lambda cost: cost.total))
        name = f'{ring}-{option}' if option else ring
        for size, theirs, who, *costs in load_peers():
            if (int(size), theirs) == (batch, name):
                label = f'{who}, {option}' if option else who
                report.say(f'      {label:49}' +
                           ''.join(f'{cost:>9}' for cost in costs))


def print_parts(report, counts, ring, form):
    """Where the instructions go: by call, then by function."""
    way = Way(ring, form, 0)
    report.say(f'{ring} ring, {form}, {counts.compiler}: where they go')
    for part, pick in (('add', lambda cost: cost.add),
                       ('kick', lambda cost: cost.kick), (form, back)):
        report.say(f'    {part:24}' + cells(counts, way, pick))
    names = {name for key, cost in counts.costs.items()
             if key._replace(segments=0) == way for name in cost.functions}
    for name in sorted(names):
        report.say(f'      {name:22}' + cells(
            counts, way, lambda cost, name=name: cost.functions.get(name, 0)))


def run_compiler(report, counts):
    """The cases of one compiler."""
    name = counts.compiler
    for ring in RINGS:
        for form, option in (('reap', ''), ('poll', ''), ('reap', 'inorder')):
            label = f'{name}, {ring}, {option or form}'
            report.case(f'{label}, {SEGMENTS} descriptors', check_gate,
                        counts, ring, form, option)
            report.case(f'{label}, batch of {BATCHES[-1]}', check_batch,
                        counts, ring, form, option)
        report.case(f'{name}, {ring}, reap alone', check_reap, counts, ring)
        report.case(f'{name}, {ring}, indirect in percent of direct',
                    check_indirect, counts, ring)
    report.case(f'{name}, map and unmap', check_map, counts)


def run(report):
    """All of the group."""
    for compiler in COMPILERS:
        counts = Counts(compiler)
        run_compiler(report, counts)
        for ring in RINGS:
            if not any(way.ring == ring for way in counts.costs):
                continue
            for batch in BATCHES:
                print_comparison(report, counts, ring, batch)
            for form in FORMS:
                print_parts(report, counts, ring, form)
