# SPDX-License-Identifier: MIT
"""A running QEMU: its serial line, its screen, its keyboard.

    with Machine(qemu_line.machine()) as machine:
        machine.wait_serial('READY', 60)
        machine.type('help\\n')
        print(machine.screen().text())

Nothing is shared with other machines: the serial line and the control
channel (QMP) are inherited socket pairs, so there are no ports and no files
to collide on. Every wait has a deadline, and nothing is tried twice. QEMU
dies with the process that started it, whatever kills that.
"""
import ctypes
import json
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time

import picture as pictures
import screen_text

PR_SET_PDEATHSIG = 1
QMP_SECONDS = 30
LONGEST_TYPING = 100  # characters; QEMU's queue holds 1024 events

# The key of a US keyboard that types each character, as QEMU names it.
PLAIN_KEYS = {
    ' ': 'spc', '\n': 'ret', '\t': 'tab', '\b': 'backspace', '\x1b': 'esc',
    '-': 'minus', '=': 'equal', '[': 'bracket_left', ']': 'bracket_right',
    ';': 'semicolon', "'": 'apostrophe', '`': 'grave_accent',
    '\\': 'backslash', ',': 'comma', '.': 'dot', '/': 'slash',
}
PLAIN_KEYS.update({c: c for c in 'abcdefghijklmnopqrstuvwxyz0123456789'})
SHIFTED = dict(zip('~!@#$%^&*()_+{}|:"<>?', '`1234567890-=[]\\;\',./'))
SHIFTED.update({c.upper(): c for c in 'abcdefghijklmnopqrstuvwxyz'})


class MachineError(Exception):
    """The machine did not do what was expected of it."""


def keys_for(char):
    """The keys, in order of pressing, that type one character."""
    if char in PLAIN_KEYS:
        return [PLAIN_KEYS[char]]
    if char in SHIFTED:
        return ['shift', PLAIN_KEYS[SHIFTED[char]]]
    raise ValueError(f'no key types {char!r}')


def shows_ready(screen):
    """Whether a decoded screen's status line, the last row, says READY."""
    return re.search(r'\bREADY\b', screen.lines()[-1]) is not None


def die_with_parent():
    """In the child, before QEMU starts: be killed when the parent ends."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Qmp:
    """QEMU's control channel: one command at a time, answers by deadline."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b''
        self.events = []

    def receive(self, deadline):
        """The next message, whatever it is."""
        while b'\n' not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                raise MachineError('QEMU does not answer on QMP')
            try:
                part = self.sock.recv(65536)
            except ConnectionError:
                part = b''
            if not part:
                raise MachineError('QEMU closed QMP: it has ended')
            self.buffer += part
        line, self.buffer = self.buffer.split(b'\n', 1)
        return json.loads(line)

    def greet(self, seconds=QMP_SECONDS):
        """Wait for QEMU to come up and enter command mode."""
        self.receive(time.monotonic() + seconds)
        self.command('qmp_capabilities')

    def command(self, name, **arguments):
        """Run one command and return its result."""
        message = {'execute': name}
        if arguments:
            message['arguments'] = arguments
        try:
            self.sock.sendall(json.dumps(message).encode() + b'\n')
        except OSError as error:
            raise MachineError(f'QMP: {error}') from error
        deadline = time.monotonic() + QMP_SECONDS
        while True:
            answer = self.receive(deadline)
            if 'event' in answer:
                self.events.append(answer['event'])
            elif 'error' in answer:
                raise MachineError(f"QMP {name}: {answer['error']['desc']}")
            else:
                return answer['return']


class SerialLog:
    """All that came over the serial line so far, collected by a thread."""

    def __init__(self, sock):
        self.sock = sock
        self.blob = bytearray()
        self.ended = False
        self.changed = threading.Condition()
        threading.Thread(target=self.collect, daemon=True).start()

    def collect(self):
        while True:
            try:
                part = self.sock.recv(65536)
            except OSError:
                part = b''
            with self.changed:
                self.blob += part
                self.ended = not part
                self.changed.notify_all()
                if not part:
                    return

    def text(self):
        """The log as text, lines ended by plain newlines."""
        with self.changed:
            blob = bytes(self.blob)
        return blob.decode('utf-8', 'replace').replace('\r\n', '\n')

    def wait(self, done, seconds):
        """Wait until done(text) is true; its result, or None in time-out."""
        deadline = time.monotonic() + seconds
        while True:
            with self.changed:
                seen = len(self.blob)
            result = done(self.text())
            if result:
                return result
            with self.changed:
                left = deadline - time.monotonic()
                if left <= 0 or (self.ended and len(self.blob) == seen):
                    return None
                if len(self.blob) == seen:
                    self.changed.wait(left)


class Machine:
    """One QEMU, from start to end; use it in a with statement.

    line is the command up to the console and display, which are added here:
    serial='capture' keeps the serial line for the log; serial='stdio' gives
    it to the user's terminal (and then there is no log). display is what
    -display takes.
    """

    def __init__(self, line, serial='capture', display='none', font=None):
        self.line = line
        self.serial_mode = serial
        self.display = display
        self.font = font or screen_text.DEFAULT_FONT
        self.process = None
        self.qmp = None
        self.log = None
        self.started = None
        self.sockets = []
        self.folder = None
        self.complaints = None
        self.loaded_font = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def socket_pair(self):
        ours, theirs = socket.socketpair()
        self.sockets += [ours, theirs]
        return ours, theirs

    def start(self):
        """Start QEMU; returns when it answers on its control channel."""
        self.folder = tempfile.TemporaryDirectory(prefix='levitate-')
        qmp, qemu_qmp = self.socket_pair()
        inherited = [qemu_qmp.fileno()]
        line = self.line + [
            '-display', self.display,
            '-chardev', f'socket,id=qmp0,fd={qemu_qmp.fileno()}',
            '-mon', 'chardev=qmp0,mode=control']
        stdin = subprocess.DEVNULL
        self.complaints = open(os.path.join(self.folder.name, 'stderr'), 'w+b')
        if self.serial_mode == 'capture':
            serial, qemu_serial = self.socket_pair()
            inherited.append(qemu_serial.fileno())
            self.log = SerialLog(serial)
            self.serial = serial
            line += ['-chardev',
                     f'socket,id=serial0,fd={qemu_serial.fileno()}',
                     '-serial', 'chardev:serial0']
        else:
            stdin = None
            self.complaints.close()
            self.complaints = None
            line += ['-serial', 'mon:stdio']
        self.started = time.monotonic()
        try:
            self.process = subprocess.Popen(
                line, stdin=stdin, stderr=self.complaints,
                pass_fds=inherited, preexec_fn=die_with_parent)
        except OSError as error:
            raise MachineError(f'cannot start {line[0]}: {error}') from error
        finally:
            for sock in self.sockets[1::2]:
                sock.close()
        self.qmp = Qmp(qmp)
        try:
            self.qmp.greet()
        except MachineError as error:
            raise MachineError(f'{error}\n{self.stderr_text()}') from error

    def stderr_text(self):
        """What QEMU itself had to say (captured machines only)."""
        if self.complaints is None:
            return ''
        self.complaints.seek(0)
        return self.complaints.read().decode('utf-8', 'replace')

    def close(self):
        """End QEMU, whatever state it is in."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait()
        for sock in self.sockets:
            sock.close()
        if self.complaints:
            self.complaints.close()
        if self.folder:
            self.folder.cleanup()

    # --- serial ---

    def serial_text(self):
        """The serial log so far."""
        return self.log.text()

    def wait_serial(self, pattern, seconds, after=0):
        """Wait for a whole line that matches; returns the match.

        The line must have ended, and lie at or after that offset of the log.
        """
        regex = re.compile(f'^(?:{pattern})$', re.MULTILINE)

        def found(text):
            complete = text[:text.rfind('\n') + 1]
            return regex.search(complete, after)
        match = self.log.wait(found, seconds)
        if match is None:
            raise MachineError(
                f'no line {pattern!r} on serial '
                + ('before QEMU ended' if self.log.ended
                   else f'within {seconds} s'))
        return match

    def wait_exit(self, seconds):
        """Wait for QEMU to end by itself; returns its exit status."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise MachineError(f'QEMU still runs after {seconds} s') from None

    def serial_write(self, text):
        """Send text to the machine's serial port."""
        self.serial.sendall(text.encode())

    # --- screen ---

    def screenshot(self, device=None):
        """What a display shows now, as a Picture.

        device is the id of a GPU on the command line; None: the first one.
        """
        path = os.path.join(self.folder.name, 'screen.ppm')
        which = {'device': device, 'head': 0} if device else {}
        self.qmp.command('screendump', filename=path, **which)
        picture = pictures.load(path)
        os.unlink(path)
        return picture

    def screen(self, device=None):
        """What a display shows now, decoded."""
        if self.loaded_font is None:
            self.loaded_font = screen_text.load_font(self.font)
        return screen_text.decode(self.screenshot(device), self.loaded_font)

    def wait_screen(self, done, seconds, what):
        """Wait until done(screen) is true of the decoded screen; return it.

        On time-out the error says what was missing and shows the screen.
        """
        deadline = time.monotonic() + seconds
        while True:
            late = time.monotonic() >= deadline
            screen = self.screen()
            if done(screen):
                return screen
            if self.process.poll() is not None:
                raise MachineError(f'QEMU ended before {what}')
            if late:
                raise MachineError(
                    f'{what}: not on the screen within {seconds} s; '
                    f'{screen.unknown} unknown cells, text:\n'
                    + screen.text().strip('\n'))
            time.sleep(0.05)

    # --- keyboard ---

    def press(self, *keys, hold=10):
        """Press these keys together (QEMU's names), let go after hold ms."""
        self.qmp.command('send-key', keys=[
            {'type': 'qcode', 'data': key} for key in keys],
            **{'hold-time': hold})

    def type(self, text):
        """Type text on the VirtIO keyboard, a US one.

        QEMU queues the strokes, and silently drops what does not fit.
        """
        if len(text) > LONGEST_TYPING:
            raise ValueError(f'{len(text)} characters at once')
        for char in text:
            self.press(*keys_for(char))
