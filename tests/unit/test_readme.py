# SPDX-License-Identifier: MIT
"""What README.md shows is what is there."""
import contextlib
import io
import os
import re
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tools'))
import readme  # noqa: E402


def read(*path):
    with open(os.path.join(ROOT, *path), encoding='utf-8') as file:
        return file.read()


class Readme(unittest.TestCase):
    def test_the_example_is_the_one_that_is_tested(self):
        code = re.search(r'<!-- begin examples/picture.c -->\n```c\n(.*?)```',
                         read('README.md'), re.DOTALL)
        self.assertIsNotNone(code)
        self.assertEqual(code.group(1), read('examples', 'picture.c'))

    def test_what_is_linked_and_listed_exists(self):
        text = read('README.md')
        paths = re.findall(r'\]\(([^):#]+)\)', text)
        paths += re.findall(r'^\| `([\w./]+)` \|', text, re.MULTILINE)
        self.assertGreater(len(paths), 5)
        for path in paths:
            self.assertTrue(os.path.exists(os.path.join(ROOT, path)), path)


GATE = ('passed\tgcc, {}, {}, (1, 3, 16) descriptors\t109.0 / 167.0 / 375.0 '
        'of 115 / 175 / 395; with the loop 163.0 / 221.0 / 429.0\n')
THREADS = """# 2026-01-02: a CPU
bare\t1\t16\t100.0\t120.0\t1.00
bare\t3\t16\t110.0\t130.0\t1.00
ours\t1\t16\t50.0\t60.0\t0.50
"""


class Generated(unittest.TestCase):
    """The tables of the rings, from results made up here."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name, value in (
                ('RESULTS', self.folder),
                ('TWO_THREADS', os.path.join(self.folder, 'times.tsv'))):
            self.addCleanup(setattr, readme, name, getattr(readme, name))
            setattr(readme, name, value)

    def put(self, name, text):
        with open(os.path.join(self.folder, name), 'w',
                  encoding='utf-8') as file:
            file.write(text)

    def test_hotpath(self):
        self.put('hotpath.tsv', GATE.format('split', 'reap') +
                 GATE.format('packed', 'poll').replace('109.0', '99.9'))
        lines = readme.hotpath()
        self.assertIn('| split | Levitate, reap | **163.0** (109.0) | '
                      '**221.0** (167.0) | **429.0** (375.0) |', lines)
        self.assertIn('| packed | Levitate, poll | **163.0** (99.9) | '
                      '**221.0** (167.0) | **429.0** (375.0) |', lines)
        self.assertIn('| split | Levitate, poll | ' + ' | '.join(
            ['**missing** (missing)'] * 3) + ' |', lines)
        self.assertIn('| packed | Linux 6.1 | 346 | 466 | 1156 |', lines)

    def test_two_threads(self):
        self.put('times.tsv', THREADS)
        lines = readme.two_threads()
        self.assertIn('| bare | 100.0 (1.00) | 110.0 (1.00) |', lines)
        self.assertIn('| ours | 50.0 (0.50) | - |', lines)
        self.assertEqual(lines[-1], '2026-01-02: a CPU: `./test.sh bench`.')

    def test_what_was_not_timed_stays(self):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertIsNone(readme.two_threads())
        self.assertIn('./test.sh bench', said.getvalue())

    def test_rings(self):
        self.put('scenario.tsv', ''.join(
            f'{result}\tasan/test_scenario_{where}: a story ({cell})\t\n'
            for result, where, cell in (
                ('passed', 'fake', 'entropy'),
                ('failed', 'fake', 'entropy modern packed in_order'),
                ('passed', 'fake', 'echo modern packed in_order indirect'),
                ('passed', 'qemu', 'GPU QEMU modern packed'),
                ('failed', 'qemu', 'entropy QEMU PCI event_idx'),
                ('passed', 'qemu', 'entropy QEMU PCI MSI-X modern packed'),
                ('passed', 'fake', 'entropy PCI transitional modern packed'),
                ('passed', 'qemu, QEMU 10.0', 'GPU QEMU modern in_order')))
            + 'passed\tcells of test_scenario_fake\t3 cells\n')
        rows = readme.rings()[-10:]
        self.assertEqual([row.split(' | ', 2)[2] for row in rows],
                         ['1 of 1 | - | - |',
                          '- | - | - |',
                          '- | 0 of 1 | - |',
                          '- | - | - |',
                          '- | - | 1 of 1 |',
                          '- | - | - |',
                          '- | 1 of 1 | - |',
                          '1 of 1 | 1 of 1 | - |',
                          '1 of 2 | - | - |',
                          '- | - | - |'])
        self.assertTrue(rows[0].startswith('| split | MMIO version 1 | '))
        self.assertTrue(rows[8].startswith('| packed, in order | MMIO '))

    def test_unit_tests_of_a_preset(self):
        unit = {'s390x/test_a: b': ('passed', ''),
                's390x/test_a: c': ('failed', ''),
                'asan/test_a: b': ('passed', ''),
                'libraries for armhf': ('skipped', '')}
        self.assertEqual(readme.unit_cell(unit, 's390x'), '1 of 2')
        self.assertEqual(readme.unit_cell(unit, 'armhf'), 'not tried')

    def test_sizes(self):
        size = {'gpu, x86_64': ('passed', '4520 of 4700'),
                'core, aarch64': ('failed', 'size.core.aarch64: 8352, the '
                                  'budget is 7400')}
        cell = readme.size_cell
        self.assertEqual(cell(size, 'gpu', 'x86_64'), '4520')
        self.assertEqual(cell(size, 'core', 'aarch64'), '8352')
        self.assertEqual(cell(size, 'rng', 'x86_64'), 'missing')

    def test_conformance(self):
        lines = readme.conformance()
        self.assertIn('| scope | MUST | MUST NOT |', '\n'.join(lines))
        self.assertIn(f'\n{lines[-1]}\n', read('docs/conformance.md'))

    def test_each_part_is_there(self):
        for name in ('matrix', 'conformance', 'figures', 'hotpath',
                     'two-threads'):
            text = readme.replace(read('README.md'), name, ['new'])
            self.assertIn(f'<!-- begin {name} -->\nnew\n<!-- end', text)


if __name__ == '__main__':
    unittest.main()
