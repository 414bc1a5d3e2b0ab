# SPDX-License-Identifier: MIT
"""The mutants: found where they are, and a test run tells their end."""
import os
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tools'))
import mutants  # noqa: E402
import mutate  # noqa: E402

SOURCE = '''\
#define NO(x) \\
\tif (x) return
/* if (in a comment) */
static const char *name(int v)
{
\tconst char *s = "if (in a string)";

\tif ((v & (1 | 2)) &&
\t    v != ')') // if (here)
\t\treturn s;
\telse if (f(v))
\t\torder_full();
\twhile (v)
\t\tv = order_acquire16(&p->idx) + iff(v);
\torder_publish16(&p->idx,
\t\t\t(uint16_t)v);
\treturn v ? s : NULL;
}
const struct ops table = { .order_full = order_full };
'''


def of(source, path='src/core/x.c'):
    return mutants.mutants_of(path, source)


class Finder(unittest.TestCase):
    def test_what_there_is(self):
        self.assertEqual(
            [(m.line, m.rule, m.text) for m in of(SOURCE)],
            [(8, 'delete', "(v & (1 | 2)) && v != ')'"),
             (8, 'negate', "(v & (1 | 2)) && v != ')'"),
             (11, 'delete', 'f(v)'), (11, 'negate', 'f(v)'),
             (12, 'fence', 'order_full()'),
             (14, 'acquire', 'order_acquire16(&p->idx)'),
             (15, 'publish', 'order_publish16(&p->idx, (uint16_t)v)')])
        self.assertEqual({m.function for m in of(SOURCE)}, {'name'})

    def test_what_becomes_of_it(self):
        lines = [mutants.apply(SOURCE, m).splitlines() for m in of(SOURCE)]
        self.assertEqual(lines[0][7:9], ["\tif (0 && ((v & (1 | 2)) &&",
                                         "\t    v != ')')) // if (here)"])
        self.assertEqual(lines[1][7:9], ["\tif (!((v & (1 | 2)) &&",
                                         "\t    v != ')')) // if (here)"])
        self.assertEqual(lines[2][10], '\telse if (0 && (f(v)))')
        self.assertEqual(lines[3][10], '\telse if (!(f(v)))')
        self.assertEqual(lines[4][11], '\t\t(void)0;')
        self.assertEqual(lines[5][13],
                         '\t\tv = order_load16(&p->idx) + iff(v);')
        self.assertEqual(lines[6][14:16], ['\torder_store16(&p->idx,',
                                           '\t\t\t(uint16_t)v);'])
        for changed in lines:
            self.assertEqual(len(changed), len(SOURCE.splitlines()))

    def test_one_change_each(self):
        for m in of(SOURCE):
            changed = mutants.apply(SOURCE, m)
            self.assertEqual(changed[:m.start], SOURCE[:m.start])
            self.assertTrue(changed.endswith(SOURCE[m.end:]))
            self.assertNotEqual(changed, SOURCE)

    def test_the_order_header(self):
        source = ('static inline void order_full(void)\n{\n'
                  '\tf(__ATOMIC_RELEASE);\n\tf(__ATOMIC_ACQUIRE);\n'
                  '\tf(__ATOMIC_SEQ_CST);\n\torder_full();\n'
                  '\tif (a)\n\t\tf();\n}\n')
        found = of(source, mutants.ORDER)
        self.assertEqual([(m.line, m.rule) for m in found],
                         [(3, 'relax'), (4, 'relax'), (7, 'delete'),
                          (7, 'negate')])
        self.assertIn('f(__ATOMIC_RELAXED);\n\tf(__ATOMIC_ACQUIRE)',
                      mutants.apply(source, found[0]))
        self.assertEqual([m.rule for m in of(source)],
                         ['fence', 'delete', 'negate'])

    def test_names_of_functions(self):
        source = ('ASIDE int first(int (*call)(void))\n{\n\tif (a) b();\n}\n'
                  'struct s t = { f(1) };\n'
                  'LEV_STATIC_ASSERT(sizeof(x) == 1, "x");\n'
                  'int second(void)\n{\n\tif (a) b();\n}\n')
        self.assertEqual([m.function for m in of(source)],
                         ['first', 'first', 'second', 'second'])

    def test_alike_ones_are_counted(self):
        source = 'int f(void)\n{\n\tif (a) b();\n\tif (a) c();\n}\n'
        self.assertEqual([m.nth for m in of(source)], [1, 1, 2, 2])

    def test_unclosed(self):
        with self.assertRaises(mutants.MutantError):
            of('int f(void)\n{\n\tif (a\n}\n')

    def test_the_library(self):
        found = mutants.find(ROOT)
        self.assertEqual({m.rule for m in found}, set(mutants.RULES))
        paths = {m.path for m in found}
        for path in ('src/core/split.c', 'src/core/packed.c', mutants.ORDER,
                     'src/core/queue.c', 'src/core/core.h',
                     'src/transport/mmio.c'):
            self.assertIn(path, paths)
        self.assertEqual(len(found), len({m[:7] for m in found}))


class Order(unittest.TestCase):
    def test_seeded(self):
        found = of(SOURCE)
        drawn = mutants.shuffle(found, 'a')
        self.assertEqual(drawn, mutants.shuffle(found[::-1], 'a'))
        self.assertEqual(sorted(drawn), sorted(found))
        self.assertNotEqual(drawn, mutants.shuffle(found, 'b'))

    def test_a_line_more_moves_none(self):
        def texts(source):
            return [(m.rule, m.text)
                    for m in mutants.shuffle(of(source), 'a')]
        self.assertEqual(texts('\n' + SOURCE), texts(SOURCE))


class Equivalent(unittest.TestCase):
    def load(self, text):
        with tempfile.NamedTemporaryFile('w', suffix='.tsv') as file:
            file.write(text)
            file.flush()
            return mutants.load_equivalent(file.name)

    def test_left_out(self):
        reasons = self.load('# comment\nsrc/core/x.c\tname\tdelete\tf(v)\tx\n')
        left = mutants.without_equivalent(of(SOURCE), reasons)
        self.assertEqual(len(left), len(of(SOURCE)) - 1)
        self.assertNotIn(('delete', 'f(v)'), {(m.rule, m.text) for m in left})

    def test_bad_lines(self):
        line = 'a.c\tf\tdelete\tx\twhy\n'
        for text in (line + line, 'a.c\tf\tdelete\tx\n',
                     'a.c\tf\tdelete\tx\t\n', 'a.c\tf\tremove\tx\twhy\n'):
            with self.assertRaises(mutants.MutantError):
                self.load(text)

    def test_stale(self):
        reasons = self.load('src/core/x.c\tname\tdelete\tgone\twhy\n')
        with self.assertRaisesRegex(mutants.MutantError, 'gone'):
            mutants.without_equivalent(of(SOURCE), reasons)

    def test_the_list(self):
        left, equivalent = mutate.candidates()
        self.assertEqual(len(left) + equivalent, len(mutants.find(ROOT)))


class Runs(unittest.TestCase):
    def run_script(self, script, cpu=20, wall=60):
        running = set()
        run = mutate.run_test(['/bin/sh', '-c', script], '/', cpu, wall, 0,
                              running)
        self.assertEqual(running, set())
        return run

    def test_ends(self):
        for script, failure in (
                ('echo 1..1; echo ok 1 - a', ''),
                ('echo not ok 1 - why; exit 1', 'why'),
                ('echo ok 1 - a; exit 3', '(ends with 3)'),
                ('kill -SEGV $$', '(SIGSEGV)')):
            self.assertEqual(self.run_script(script).failure, failure)

    def test_the_first_failure_ends_it(self):
        run = self.run_script('echo not ok 1 - why; sleep 50')
        self.assertEqual(run.failure, 'why')
        self.assertLess(run.wall, 40)

    def test_hangs(self):
        self.assertEqual(self.run_script('while :; do :; done', cpu=1).failure,
                         '(hangs)')
        self.assertEqual(self.run_script('sleep 50', wall=1).failure,
                         '(hangs)')

    def test_many_words(self):
        run = self.run_script('yes abc | head -c 3000000; exit 1')
        self.assertEqual(run.failure, '(ends with 1)')


class FakeStage:
    """A stage whose word is the length of the mutated file, or an error."""
    name = 'fake'

    def __init__(self, words):
        self.words = words

    def prepare(self, _):
        return 1

    def killer(self, copy, mutant):
        assert copy.text == mutants.apply(SOURCE, mutant)
        word = self.words.get((mutant.rule, mutant.text), '')
        if word is None:
            raise mutate.NotBuilt
        return word


class FakeCopies:
    """One copy, whose only file is in memory."""

    def __init__(self):
        self.text = SOURCE

    def read(self, _):
        return self.text

    def write(self, _, text):
        self.text = text

    def map(self, function, things):
        return [function(self, thing) for thing in things]


class Judge(unittest.TestCase):
    def judge(self, words, count):
        found = of(SOURCE)
        copies = FakeCopies()
        original = mutate.stages
        mutate.stages = lambda: [FakeStage(stage) for stage in words]
        try:
            judged = mutate.judge(copies, found[:count], found[count:],
                                  lambda _: None)
        finally:
            mutate.stages = original
        self.assertEqual(copies.text, SOURCE)
        return judged

    def test_killed_and_not(self):
        results, not_built = self.judge(
            [{('delete', 'f(v)'): 'one'}, {('negate', 'f(v)'): 'two'}], 5)
        self.assertEqual([r.by for r in results], ['', '', 'one', 'two', ''])
        self.assertEqual(not_built, 0)

    def test_not_built_is_replaced(self):
        words = {('delete', 'f(v)'): None, ('fence', 'order_full()'): None}
        results, not_built = self.judge([words], 3)
        self.assertEqual([r.mutant.rule for r in results],
                         ['delete', 'negate', 'negate'])
        self.assertEqual(not_built, 1)
        results, not_built = self.judge([words], 4)
        self.assertEqual([r.mutant.rule for r in results],
                         ['delete', 'negate', 'negate', 'acquire'])
        self.assertEqual(not_built, 2)

    def test_five_percent(self):
        for killed, survived, bad in ((19, 1, False), (18, 1, True),
                                      (20, 0, False), (0, 1, True)):
            self.assertEqual(mutate.too_many([0] * (killed + survived),
                                             [0] * survived), bad)


if __name__ == '__main__':
    unittest.main()
