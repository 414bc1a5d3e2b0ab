# SPDX-License-Identifier: MIT
"""What reads counts and times, on counts and times made up here."""
import importlib.util
import os
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tools'))
import callgrind  # noqa: E402

# A program whose loop() calls the library's lib_add(), which jumps to
# lib_one(), calls back into the program and once into the C library.
DUMP = '''# callgrind format
version: 1
cmd:  ./ring 1024 split-reap-1-1
part: 1

desc: Trigger: --dump-after=bench_measure

positions: line
events: Ir
summary: 1000

ob=/x/ring
fl=/x/bench/ring.c
fn=loop
10 100
11 20
cfi=/x/src/core/queue.c
cfn=lib_add
calls=4 30
12 780
cfn=device
calls=4 90
13 100

fl=/x/src/core/queue.c
fn=lib_add
30 40
fi=/x/src/core/inlined.h
7 60
fe=/x/src/core/queue.c
cfn=lib_one
calls=4 50
31 680

fn=lib_one
50 400
cfi=/x/bench/ring.c
cfn=done
calls=4 80
51 80
cfi=(unknown)
cfn=memset
calls=1 0
52 200

fl=/x/bench/ring.c
fn=done
80 80

fn=device
90 100

fl=(unknown)
fn=memset
0 200
'''
LIBRARY = {'lib_add', 'lib_one', 'lib_other'}
PROGRAM = {'loop', 'done', 'device'}


def load_group(name):
    path = os.path.join(ROOT, 'tests', name, 'group.py')
    spec = importlib.util.spec_from_file_location(f'tested_{name}', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Profiles(unittest.TestCase):
    def test_own_and_calls(self):
        profile = callgrind.Profile(DUMP)
        self.assertEqual(profile.total, 1000)
        self.assertEqual(profile.own, {
            'loop': 120, 'lib_add': 100, 'lib_one': 400, 'done': 80,
            'device': 100, 'memset': 200})
        self.assertEqual(profile.calls['loop', 'lib_add'], 780)
        self.assertEqual(profile.calls['lib_one', 'done'], 80)

    def test_the_library_pays_for_what_it_calls(self):
        bill = callgrind.bill(callgrind.Profile(DUMP), LIBRARY, PROGRAM)
        self.assertEqual(bill, {'lib_add': 100, 'lib_one': 400,
                                'memset': 200})

    def test_a_name_on_both_sides(self):
        with self.assertRaises(callgrind.ProfileError):
            callgrind.bill(callgrind.Profile(DUMP), LIBRARY | {'loop'},
                           PROGRAM)

    def test_what_is_no_profile(self):
        for old, new in (('10 100', '10 101'), ('summary: 1000\n', ''),
                         ('events: Ir', 'events: Ir Dr'),
                         ('positions: line', 'positions: instr'),
                         ('fn=loop', 'fn=(1) loop'), ('10 100', '10 x'),
                         ('10 100', '10 100 100'), ('10 100', '+3 100'),
                         ('fn=loop\n', ''), ('cfn=device\n', ''),
                         ('part: 1', 'what is this')):
            self.assertIn(old, DUMP)
            with self.assertRaises(callgrind.ProfileError, msg=(old, new)):
                callgrind.Profile(DUMP.replace(old, new, 1))


class Costs(unittest.TestCase):
    """What group hotpath makes of counts."""

    def setUp(self):
        self.group = load_group('hotpath')
        self.counts = self.group.Counts('gcc')
        self.group.need_tools = lambda compiler: None

    def put(self, library, **way):
        """A cost: 20 of it for add, 10 for the kick."""
        way = self.group.Way(**{'ring': 'split', 'form': 'reap', **way})
        self.counts.costs[way] = self.group.Cost(library, 20, 10,
                                                 library + 50, {})

    def test_a_dump_makes_a_cost(self):
        built = self.group.bench_build.Built('', LIBRARY, PROGRAM)
        self.group.REQUESTS = 10
        text = DUMP.replace('lib_add', 'lev_queue_add')
        cost = self.group.cost_of(
            callgrind.Profile(text.replace('device', 'bench_device_run')),
            built._replace(library={'lev_queue_add', 'lib_one'},
                           program={'loop', 'done', 'bench_device_run'}))
        self.assertEqual((cost.library, cost.add, cost.kick, cost.total),
                         (70, 78, 0, 90))

    def test_each_way_is_another_argument(self):
        ways = [way for ring in self.group.RINGS
                for option, _, _ in self.group.options()
                for way in self.group.ways(ring, option)]
        texts = {self.group.argument(way) for way in ways}
        self.assertEqual(len(texts), len(ways))
        self.assertLessEqual({'split-reap-3-16-indirect', 'packed-poll-1-1',
                              'packed-reap-16-1-inorder', 'split-map-1-1'},
                             texts)

    def gate(self, *costs):
        for segments, cost in zip((1, 3, 16), costs):
            self.put(cost, segments=segments)
        return self.group.check_gate(self.counts, 'split', 'reap', '')

    def test_gate(self):
        limits = [self.group.budgets.load()[f'hotpath.gcc.split.reap.{count}']
                  for count in (1, 3, 16)]
        self.assertIn('with the loop', self.gate(*limits))
        for i in range(3):
            over = [limit + 0.1 * (i == k) for k, limit in enumerate(limits)]
            with self.assertRaises(AssertionError):
                self.gate(*over)

    def batch(self, *costs):
        for segments, cost in zip((1, 3, 16), costs):
            self.put(100, segments=segments)
            self.put(cost, segments=segments, batch=16)
        return self.group.check_batch(self.counts, 'split', 'reap', '')

    def test_batch(self):
        self.batch(99.9, 99.9, 99.9)
        for costs in ((100, 1, 1), (1, 100, 1), (1, 1, 100.1)):
            with self.assertRaises(AssertionError):
                self.batch(*costs)

    def reap(self, *costs):
        for segments, cost in zip((1, 3, 16), costs):
            self.put(cost, segments=segments)
        return self.group.check_reap(self.counts, 'split')

    def test_reap_alone(self):
        self.assertEqual(self.reap(80, 81, 82), '50.0 / 51.0 / 52.0')
        for costs in ((80, 80, 83), (83, 80, 80), (80, 83, 80)):
            with self.assertRaises(AssertionError):
                self.reap(*costs)

    def test_indirect(self):
        self.put(100, segments=3)
        self.put(110, segments=3, option='indirect')
        self.group.check_indirect(self.counts, 'split')
        self.put(111, segments=3, option='indirect')
        with self.assertRaises(AssertionError):
            self.group.check_indirect(self.counts, 'split')

    def test_map(self):
        limit = self.group.budgets.load()['hotpath.gcc.map']
        self.put(limit, form='map', segments=1)
        self.group.check_map(self.counts)
        self.put(limit + 0.1, form='map', segments=1)
        with self.assertRaises(AssertionError):
            self.group.check_map(self.counts)

    def test_what_cannot_be_counted_fails(self):
        def count(ring, option):
            raise self.group.build.BuildError('no valgrind')
        self.counts.count = count
        for text in ('no valgrind', 'see above'):
            with self.assertRaisesRegex(AssertionError, text):
                self.gate()

    def test_peers(self):
        rows = self.group.load_peers()
        self.assertIn(['1', 'split', 'Linux 6.1', '313', '410', '1034'], rows)
        for row in rows:
            self.assertEqual(len(row), 6, row)


OUTPUT = """SCHED_OTHER
bare split, shown per add\t3\t16\t10000000
Levitate split\t3\t16\t6500000
"""


class TwoThreads(unittest.TestCase):
    """What group bench makes of times."""

    def setUp(self):
        self.group = load_group('bench')
        self.times = self.group.Times()

    def test_least_median_and_ratio(self):
        self.times.add(OUTPUT)
        self.times.add(OUTPUT.replace('6500000', '6000000'))
        self.times.add(OUTPUT.replace('6500000', '9000000'))
        self.assertEqual(list(self.times.rows()), [
            ('bare split, shown per add', 3, 16, 100, 100, 1),
            ('Levitate split', 3, 16, 60, 65, 0.6)])

    def test_another_tree_has_rows_of_its_own(self):
        self.times.add(OUTPUT)
        self.times.add(OUTPUT, 'other: ')
        self.assertEqual(len(list(self.times.rows())), 4)

    def test_ratio(self):
        with self.assertRaises(AssertionError):
            self.group.check_ratio(self.times, 3, 16)
        self.times.add(OUTPUT)
        self.assertEqual(self.group.check_ratio(self.times, 3, 16),
                         '65 of 65')
        slow = self.group.Times()
        slow.add(OUTPUT.replace('6500000', '6520000'))
        with self.assertRaises(AssertionError):
            self.group.check_ratio(slow, 3, 16)

    def test_what_is_no_time(self):
        for line in ('x\t1\t1\n', 'x\t1\t1\t-1\n', '\n'):
            with self.assertRaises(ValueError):
                self.times.add(OUTPUT + line)


class Sizes(unittest.TestCase):
    def setUp(self):
        self.group = load_group('size')

    def tree(self, *paths):
        """A tree with these files, all empty."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = self.group.build.ROOT
        self.addCleanup(setattr, self.group.build, 'ROOT', root)
        self.group.build.ROOT = folder.name
        for path in paths:
            path = os.path.join(folder.name, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w', encoding='utf-8'):
                pass

    def test_a_source_belongs_to_one_part(self):
        self.tree('src/core/queue.c', 'src/core/packed.c')
        self.assertEqual(self.group.sources('core'), ['src/core/queue.c'])
        self.assertEqual(self.group.sources('packed'), ['src/core/packed.c'])
        self.group.check_all_counted()

    def test_a_source_of_no_part(self):
        self.tree('src/core/queue.c', 'src/drivers/nobody.c')
        with self.assertRaisesRegex(AssertionError, 'nobody.c'):
            self.group.check_all_counted()

    def test_a_part_without_a_source(self):
        self.tree('src/core/queue.c')
        with self.assertRaises(AssertionError):
            self.group.check_part('gpu', next(iter(self.group.COMPILERS)), {})


if __name__ == '__main__':
    unittest.main()
