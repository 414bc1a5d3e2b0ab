# SPDX-License-Identifier: MIT
"""The machine harness against a stand-in for QEMU.

The stand-in is a script that speaks just enough of QEMU's side: it writes to
the serial line, answers on the control channel, and hands out a picture. So
each way for a machine to go wrong can be had at will.
"""
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tools'))
import run  # noqa: E402
import screen_text  # noqa: E402
from machine import Machine, MachineError, shows_ready  # noqa: E402

STAND_IN = '''
import json, os, re, shutil, socket, sys, time
HERE = os.path.dirname(os.path.abspath(__file__))
PLAN = json.load(open(os.path.join(HERE, 'plan.json')))
FDS = dict(re.findall(r'socket,id=(\\w+),fd=(\\d+)', ' '.join(sys.argv)))
if 'refuse' in PLAN:
    sys.exit(PLAN['refuse'])
serial = socket.socket(fileno=int(FDS['serial0']))
qmp = socket.socket(fileno=int(FDS['qmp0']))
qmp.sendall(b'{"QMP": {}}\\n')
for text in PLAN.get('serial', []):
    serial.sendall(text.encode())
if PLAN.get('end'):
    serial.close()
    qmp.recv(100)
    qmp.sendall(b'{"return": {}}\\n')
    sys.exit(0)
for line in qmp.makefile():
    command = json.loads(line)
    with open(os.path.join(HERE, 'commands'), 'a') as log:
        log.write(line)
    if command['execute'] == PLAN.get('mute'):
        time.sleep(60)
    if command['execute'] == 'screendump':
        shutil.copy(os.path.join(HERE, 'shot.ppm'),
                    command['arguments']['filename'])
    answer = ('{"error": {"desc": "no such key"}}'
              if command['execute'] == PLAN.get('reject')
              else '{"return": {}}')
    qmp.sendall(b'{"event": "RESUME"}\\n' + answer.encode() + b'\\n')
time.sleep(PLAN.get('linger', 0))
'''


def text_ppm(font, lines, columns):
    """A picture of these lines, painted bit by bit."""
    shapes = {char: bits for bits, char in font.glyphs.items()}
    blob = b'P6\n%d %d\n255\n' % (columns * font.width,
                                  len(lines) * font.height)
    for line in lines:
        for y in range(font.height):
            for char in line.ljust(columns):
                for x in range(font.width):
                    place = (font.height - y) * font.width - x - 1
                    on = shapes[char] >> place & 1
                    blob += b'\xff\xff\xff' if on else b'\0\0\0'
    return blob


class StandIn(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.script = os.path.join(folder.name, 'qemu.py')
        with open(self.script, 'w', encoding='utf-8') as file:
            file.write(STAND_IN)

    def line(self, screen=None, **plan):
        """The command that starts a stand-in with this plan."""
        with open(os.path.join(self.folder, 'plan.json'), 'w',
                  encoding='utf-8') as file:
            json.dump(plan, file)
        if screen:
            font = screen_text.load_font(screen_text.DEFAULT_FONT)
            with open(os.path.join(self.folder, 'shot.ppm'), 'wb') as file:
                file.write(text_ppm(font, screen, 12))
        return [sys.executable, self.script]

    def expect_error(self, words, function, *arguments):
        with self.assertRaises(MachineError) as caught:
            function(*arguments)
        self.assertIn(words, str(caught.exception))


class Serial(StandIn):
    def test_a_line_is_found_whole(self):
        with Machine(self.line(serial=['a\r\n', 'REA', 'DY\r', '\n'])) as m:
            m.wait_serial('READY', 10)
            self.assertEqual(m.serial_text(), 'a\nREADY\n')

    def test_no_part_of_a_line_will_do(self):
        for text in ('READY', 'not READY\n', 'READY soon\n'):
            with Machine(self.line(serial=[text])) as m:
                self.expect_error('within 0.3 s', m.wait_serial, 'READY', 0.3)

    def test_only_after_a_place(self):
        with Machine(self.line(serial=['ok\nok\n', 'end\n'])) as m:
            m.wait_serial('end', 10)
            self.assertEqual(m.wait_serial('ok', 1, after=3).start(), 3)
            self.expect_error('no line', m.wait_serial, 'ok', 0.2, 4)

    def test_the_end_of_qemu_ends_the_wait(self):
        with Machine(self.line(serial=['x\n'], end=True)) as m:
            start = time.monotonic()
            self.expect_error('before QEMU ended', m.wait_serial, 'y', 30)
            self.assertLess(time.monotonic() - start, 10)
            self.assertEqual(m.wait_exit(10), 0)


class Control(StandIn):
    def test_a_qemu_that_refuses(self):
        machine = Machine(self.line(refuse='bad option'))
        self.expect_error('bad option', machine.__enter__)

    def test_no_qemu(self):
        self.expect_error('cannot start', Machine(['/no/such']).__enter__)

    def test_keys(self):
        with Machine(self.line()) as m:
            m.type('a?')
        with open(os.path.join(self.folder, 'commands'),
                  encoding='utf-8') as file:
            sent = [json.loads(line) for line in file]
        keys = [[key['data'] for key in c['arguments']['keys']]
                for c in sent if c['execute'] == 'send-key']
        self.assertEqual(keys, [['a'], ['shift', 'slash']])

    def test_a_rejected_command(self):
        with Machine(self.line(reject='send-key')) as m:
            self.expect_error('no such key', m.press, 'a')

    def test_too_much_typing(self):
        with Machine(self.line()) as m, self.assertRaises(ValueError):
            m.type('x' * 101)

    def test_qemu_dies_with_the_one_who_started_it(self):
        program = textwrap.dedent(f'''
            import sys, time
            sys.path.insert(0, {os.path.join(ROOT, 'tools')!r})
            from machine import Machine
            with Machine({self.line(linger=60)!r}) as m:
                print(m.process.pid, flush=True)
                time.sleep(60)
            ''')
        with subprocess.Popen([sys.executable, '-c', program],
                              stdout=subprocess.PIPE) as parent:
            child = int(parent.stdout.readline())
            parent.send_signal(signal.SIGKILL)
        deadline = time.monotonic() + 10
        while os.path.exists(f'/proc/{child}/stat'):
            with contextlib.suppress(OSError), \
                    open(f'/proc/{child}/stat', encoding='utf-8') as file:
                if file.read().split()[2] == 'Z':
                    break
            self.assertLess(time.monotonic(), deadline, 'it still runs')
            time.sleep(0.05)


@unittest.skipUnless(os.path.exists(screen_text.DEFAULT_FONT),
                     'console-setup-linux is not installed')
class Screens(StandIn):
    def test_ready_in_the_last_row_counts(self):
        for rows, ready in ((['hello', 'READY 8x8'], True),
                            (['READY', 'starting'], False),
                            (['hello', 'NOTREADY'], False)):
            with Machine(self.line(rows)) as m:
                self.assertEqual(m.screen().lines(), rows)
                self.assertEqual(shows_ready(m.screen()), ready)

    def test_what_was_there_instead_is_told(self):
        with Machine(self.line(['hello', 'world'])) as m:
            self.expect_error('world', m.wait_screen, shows_ready, 0.2, 'R')

    def run_sh(self, options, **plan):
        """What ./run.sh --exit-when-ready makes of such a machine."""
        args = run.parse_arguments(
            ['--headless', '--exit-when-ready', '--timeout', '0.5', *options])
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = run.run_to_ready(args, self.line(**plan), 'none')
        return status, out.getvalue()

    def test_run_sh_saves_what_it_saw(self):
        shot = os.path.join(self.folder, 'out.png')
        status, out = self.run_sh(['--screenshot', shot],
                                  screen=['', 'READY'], serial=['log\n'])
        self.assertEqual(status, 0, out)
        self.assertIn(shot, out)
        font = screen_text.load_font(screen_text.DEFAULT_FONT)
        decoded = screen_text.decode(screen_text.pictures.load(shot), font)
        self.assertEqual(decoded.lines(), ['', 'READY'])

    def test_run_sh_wants_ready_on_the_screen(self):
        status, out = self.run_sh([], screen=['', 'almost'],
                                  serial=['READY\n'])
        self.assertEqual(status, 1)
        self.assertIn('READY: not on the screen', out)
        self.assertIn('--- serial log ---\nREADY\n', out)

    def test_run_sh_without_gpu(self):
        status, out = self.run_sh(['--no-gpu'], serial=['READY\n'])
        self.assertEqual(status, 0, out)
        self.assertIn('on serial', out)
        status, _ = self.run_sh(['--no-gpu'], serial=['no\n'])
        self.assertEqual(status, 1)

    def test_run_sh_without_gpu_has_no_screenshot(self):
        out = io.StringIO()
        with contextlib.redirect_stderr(out), \
                self.assertRaises(SystemExit) as end:
            run.parse_arguments(['--no-gpu', '--screenshot', 'out.png'])
        self.assertEqual(end.exception.code, 2)
        self.assertIn('--screenshot', out.getvalue())


if __name__ == '__main__':
    unittest.main()
