# SPDX-License-Identifier: MIT
"""The tools that run and judge: each must see what is wrong."""
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tools'))
import budgets  # noqa: E402
import cmocka  # noqa: E402
import elf  # noqa: E402
import machine  # noqa: E402
import qemu_line  # noqa: E402
import run  # noqa: E402
import trixie  # noqa: E402
from report import Report, Skip  # noqa: E402


def quiet(function, *arguments, **named):
    """Call it; return its result and what it printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            result = function(*arguments, **named)
        except SystemExit as end:
            result = end
    return result, out.getvalue()


class Trixie(unittest.TestCase):
    """The programs of tools/trixie are there, or the reason names it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, 'bin', 'cbmc')
        os.mkdir(os.path.dirname(self.path))
        patch = unittest.mock.patch.dict(os.environ, LEV_TRIXIE=folder.name)
        patch.start()
        self.addCleanup(patch.stop)

    def test_program(self):
        with self.assertRaisesRegex(Skip, 'the command tools/trixie'):
            trixie.program('cbmc')
        with open(self.path, 'w', encoding='utf-8') as file:
            os.fchmod(file.fileno(), 0o755)
        self.assertEqual(trixie.program('cbmc'), self.path)

    def test_a_folder_of_something_else_is_left_alone(self):
        done = subprocess.run(
            [os.path.join(ROOT, 'tools', 'trixie'), os.environ['LEV_TRIXIE']],
            check=False, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn('something else', done.stderr)
        self.assertEqual(os.listdir(os.environ['LEV_TRIXIE']), ['bin'])


class Reports(unittest.TestCase):
    def run_case(self, function, **options):
        report = Report(**options)
        report.group = 'g'
        _, out = quiet(report.case, 'c', function)
        return report, out

    def test_pass(self):
        report, _ = self.run_case(lambda: None)
        self.assertEqual(report.totals(), '1 passed, 0 failed, 0 skipped')

    def test_failures(self):
        def assertion():
            raise AssertionError('because')

        def crash():
            return 1 // 0
        for function, word in ((assertion, 'because'),
                               (crash, 'ZeroDivisionError')):
            report, out = self.run_case(function)
            self.assertEqual(report.totals(), '0 passed, 1 failed, 0 skipped')
            self.assertIn(word, out)

    def test_skip_names_its_reason(self):
        def skip():
            raise Skip('no such tool')
        report, out = self.run_case(skip)
        self.assertEqual(report.totals(), '0 passed, 0 failed, 1 skipped')
        self.assertIn('no such tool', out)
        report, out = self.run_case(skip, skip_is_failure=True)
        self.assertEqual(report.totals(), '0 passed, 1 failed, 0 skipped')
        self.assertIn('no such tool', out)

    def test_only(self):
        report, _ = self.run_case(lambda: 1 // 0, only='other')
        self.assertEqual(report.totals(), '0 passed, 0 failed, 0 skipped')


class CmockaPrograms(unittest.TestCase):
    def judge(self, script):
        """What a program is worth that prints and ends like this script."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'test_x')
            with open(path, 'w', encoding='utf-8') as file:
                file.write('#!/bin/sh\n' + script)
            os.chmod(path, 0o755)
            report = Report()
            _, out = quiet(cmocka.count_cases, report, 'p/test_x',
                           *cmocka.run_program(path))
        return report.totals(), out

    def test_all_pass(self):
        totals, _ = self.judge('echo 1..2; echo ok 1 - a; echo ok 2 - b')
        self.assertEqual(totals, '2 passed, 0 failed, 0 skipped')

    def test_one_fails(self):
        totals, out = self.judge(
            'echo 1..2; echo "not ok 1 - a"; echo "# a.c:9: why"\n'
            'echo ok 2 - b; exit 1')
        self.assertEqual(totals, '1 passed, 1 failed, 0 skipped')
        self.assertIn('a.c:9: why', out)

    def test_one_skips(self):
        totals, _ = self.judge('echo 1..1; echo "not ok 1 # SKIP a"')
        self.assertEqual(totals, '0 passed, 0 failed, 1 skipped')

    def test_end_before_the_plan_is_done(self):
        totals, out = self.judge('echo 1..2; echo ok 1 - a; exit 0')
        self.assertEqual(totals, '1 passed, 1 failed, 0 skipped')
        self.assertIn('1 of 2', out)

    def test_no_plan_at_all(self):
        self.assertEqual(self.judge('exit 0')[0],
                         '0 passed, 1 failed, 0 skipped')

    def test_bad_end_after_good_tests(self):
        totals, out = self.judge(
            'echo 1..1; echo ok 1 - a; echo LeakSanitizer >&2; exit 1')
        self.assertEqual(totals, '1 passed, 1 failed, 0 skipped')
        self.assertIn('LeakSanitizer', out)


class Budgets(unittest.TestCase):
    def load(self, text):
        with tempfile.NamedTemporaryFile('w', suffix='.tsv') as file:
            file.write(text)
            file.flush()
            return budgets.load(file.name)

    def test_good(self):
        self.assertEqual(self.load('# c\n\na.b\t12\tbytes\n'), {'a.b': 12})

    def test_bad(self):
        for text in ('a\t12\n', 'a\tx\tbytes\n', 'a\t-1\tb\n',
                     'a\t1\tb\na\t2\tb\n'):
            with self.assertRaises(ValueError):
                self.load(text)

    def test_limit(self):
        limits = {'a': 10}
        self.assertEqual(budgets.expect_within('a', 10, limits), '10 of 10')
        with self.assertRaises(AssertionError):
            budgets.expect_within('a', 11, limits)
        with self.assertRaisesRegex(AssertionError, 'b: 1, and no budget'):
            budgets.expect_within('b', 1, limits)


class Keys(unittest.TestCase):
    def test_each_character_a_keyboard_types(self):
        for char in map(chr, range(32, 127)):
            keys = machine.keys_for(char)
            self.assertEqual(len(keys), 2 if char in machine.SHIFTED else 1)
        self.assertEqual(machine.keys_for('!'), ['shift', '1'])
        self.assertEqual(machine.keys_for('"'), ['shift', 'apostrophe'])
        self.assertEqual(machine.keys_for('?'), ['shift', 'slash'])
        self.assertEqual(machine.keys_for('|'), ['shift', 'backslash'])
        self.assertEqual(machine.keys_for('Q'), ['shift', 'q'])
        self.assertEqual(machine.keys_for('~'), ['shift', 'grave_accent'])

    def test_no_key(self):
        with self.assertRaises(ValueError):
            machine.keys_for('\u00e4')


class Rows(unittest.TestCase):
    """How the boot tests compare what they see with what must be."""

    def setUp(self):
        sys.path.insert(0, os.path.join(ROOT, 'tests', 'boot'))
        import harness  # pylint: disable=import-outside-toplevel
        self.harness = harness

    def test_tokens(self):
        fits = self.harness.fits
        self.assertTrue(fits('a (b) <hex>.', 'a (b) 0x7f.'))
        self.assertTrue(fits('<num> of <num> <any>', '12 of 3 '))
        for literal, row in (('a.c', 'abc'), ('<hex>', '7f'), ('<num>', '1a'),
                             ('<num>', ''), ('a', 'a '), ('a', 'ba'),
                             ('<hex>', '0x12\n')):
            self.assertFalse(fits(literal, row), (literal, row))

    def test_all_rows_and_no_others(self):
        check = self.harness.expect_rows
        check(['a', '<num>'], ['a', '7'], 'x')
        for wanted, rows in ((['a'], ['a', 'b']), (['a', 'b'], ['a']),
                             (['a'], ['b']), (['a'], [])):
            with self.assertRaises(AssertionError):
                check(wanted, rows, 'x')

    def test_find(self):
        find = self.harness.find_rows
        self.assertEqual(find(['x', 'a', '1', 'y'], ['a', '<num>']), 1)
        self.assertIsNone(find(['a', 'x', '1'], ['a', '<num>']))
        self.assertIsNone(find(['a'], ['a', 'b']))

    def test_recoveries(self):
        class Guest:
            def serial_text(self):
                return 'a\ndisplay: GPU re-initialised: success\n'
        self.harness.expect_recoveries(Guest(), 1)
        for count in (0, 2):
            with self.assertRaises(AssertionError):
                self.harness.expect_recoveries(Guest(), count)

    def test_a_check_that_must_fail(self):
        def check(error):
            if error:
                raise AssertionError(error)
        must_fail = self.harness.must_fail
        must_fail('why', check, 'this is why')
        for error in ('another reason', ''):
            with self.assertRaises(AssertionError):
                must_fail('why', check, error)


class QemuLine(unittest.TestCase):
    def test_buses(self):
        for bus, there, absent in (
                ('mmio-legacy', 'virtio-gpu-device', '-global'),
                ('mmio', 'virtio-mmio.force-legacy=false', '-pci'),
                ('pci', 'virtio-gpu-pci', 'disable-modern'),
                ('pci-legacy', 'virtio-rng-pci.disable-modern=on', 'mmio')):
            line = ' '.join(qemu_line.machine(bus=bus))
            self.assertIn(there, line)
            self.assertNotIn(absent, line)

    def test_packed(self):
        self.assertNotIn('packed', ' '.join(qemu_line.machine(bus='mmio')))
        self.assertIn('virtio-device.packed=on',
                      qemu_line.machine(bus='mmio', ring='packed'))
        self.assertEqual(len(qemu_line.PAIRS), 7)

    def test_interrupts(self):
        self.assertIn('virt,gic-version=3', qemu_line.machine(gic='3'))
        self.assertNotIn('-append', qemu_line.machine())
        line = qemu_line.machine(irq='poll', append='bench=boot')
        self.assertEqual(line[line.index('-append') + 1],
                         'bench=boot irq=poll')
        self.assertNotIn('msix', qemu_line.irqs('mmio'))
        self.assertIn('msix', qemu_line.irqs('pci-legacy'))

    def test_devices(self):
        line = ' '.join(qemu_line.machine(devices=('keyboard',)))
        self.assertIn('virtio-keyboard-device', line)
        for absent in ('gpu', 'tablet', 'net', 'blk', 'rng'):
            self.assertNotIn(f'virtio-{absent}', line)

    def test_a_comma_in_the_path_of_the_disk(self):
        self.assertIn('if=none,id=disk0,format=raw,file=/a,,b',
                      qemu_line.machine(disk='/a,b'))


class RunOptions(unittest.TestCase):
    def test_bad_options_are_named(self):
        for argv, word in ((['--bad'], '--bad'), (['x'], 'x'),
                           (['--bus', 'old'], 'old'),
                           (['--ring', 'round'], 'round'),
                           (['--ring', 'packed'], 'add --bus mmio'),
                           (['--ring', 'packed', '--bus', 'mmio-legacy'],
                            'no device has such a ring'),
                           (['--irq', 'msix'], 'add --bus pci'),
                           (['--irq', 'msix', '--bus', 'mmio'],
                            'no device has such interrupts'),
                           (['--irq', 'often'], 'often'),
                           (['--gic', '4'], "'4'"),
                           (['--timeout', '0'], "'0'"),
                           (['--timeout', 'nan'], "'nan'"),
                           (['--timeout', 'inf'], "'inf'"),
                           (['--head'], '--head'),
                           (['--screenshot', '/no/such/x.png'], '/no/such')):
            end, out = quiet(run.main, argv)
            self.assertEqual(end.code, 2, argv)
            self.assertIn(word, out)

    def test_dry_run(self):
        status, out = quiet(run.main, [
            '--dry-run', '--headless', '--no-gpu', '--bus', 'pci', '--ring',
            'packed', '--irq', 'intx', '--gic', '3'])
        self.assertEqual(status, 0)
        self.assertTrue(out.startswith('qemu-system-aarch64 -M virt,gic-'))
        for words in ('gic-version=3', 'virtio-rng-pci', 'packed=on',
                      '-append irq=intx'):
            self.assertIn(words, out)
        self.assertNotIn('gpu', out)
        self.assertIn('-display none', out)


class Elf(unittest.TestCase):
    def test_not_an_object(self):
        for blob in (b'', b'\x7fELF', b'x' * 100,
                     b'\x7fELF\x02\x01' + b'\xff' * 100):
            with self.assertRaises(elf.ElfError):
                elf.Object(blob)


class TestScript(unittest.TestCase):
    def run_script(self, *arguments):
        done = subprocess.run(
            [os.path.join(ROOT, 'test.sh'), *arguments], check=False,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def test_unknown_group(self):
        status, out = self.run_script('nonsense')
        self.assertEqual(status, 2)
        for name in ('lint', 'unit', 'boot', 'hotpath', 'size', 'bench'):
            self.assertIn(name, out)

    def test_list(self):
        status, out = self.run_script('--list')
        self.assertEqual(status, 0)
        groups, left_out = out.split('\n\n')
        self.assertEqual([line.split()[0] for line in groups.splitlines()],
                         ['lint', 'unit', 'qtest', 'scenario', 'conformance',
                          'boot', 'fuzz', 'stress', 'proof', 'mutate',
                          'hotpath', 'size', 'bench', 'soak'])
        self.assertRegex(left_out, 'QEMU with in_order with .*from 10.0 on')

    def test_nothing_run_is_no_success(self):
        status, out = self.run_script('-k', 'no such case', 'lint')
        self.assertEqual(status, 1)
        self.assertTrue(out.endswith('0 passed, 0 failed, 0 skipped\n'))


if __name__ == '__main__':
    unittest.main()
