# SPDX-License-Identifier: MIT
"""Group boot: whole machines in QEMU, the screen read back as text.

What must be on the screen stands here as a literal. A cell that no glyph of
the font explains fails the test. One machine runs at a time and nothing is
tried twice. A boot in which the kernel had to recover a device fails, unless
the test asked for it.
"""
import contextlib
import io
import os
import re
import struct
import tempfile

import budgets
import build
import qemu_line
import run as run_kernel
from machine import Machine, MachineError, shows_ready

# Long enough for a loaded host; a deadline, not an expectation.
BOOT_SECONDS = 60
ANSWER_SECONDS = 20
HANG_SECONDS = 3
# Words of the kernel for a device that it had to bring back.
RECOVERY = re.compile(r'^.*(?:re-?initiali[sz]|recover).*$',
                      re.MULTILINE | re.IGNORECASE)

GPU_ONLY = ('gpu',)
NO_KEYBOARD = ('gpu', 'tablet', 'net', 'blk')
NO_GPU = ('keyboard', 'tablet', 'net', 'blk')
ALL = qemu_line.ALL


@contextlib.contextmanager
def temporary_disk():
    """The path of an empty disk image, so that ./run.sh may run meanwhile."""
    with tempfile.TemporaryDirectory(prefix='levitate-disk-') as folder:
        disk = os.path.join(folder, 'disk.img')
        qemu_line.make_disk(disk)
        yield disk


@contextlib.contextmanager
def machine(**options):
    """A fresh machine; every way to fail becomes one, with the serial log.

    The options are those of qemu_line.machine().
    """
    extra = ['-no-reboot', *options.pop('extra', ())]
    with temporary_disk() as disk:
        guest = Machine(qemu_line.machine(disk=disk, extra=extra, **options))
        try:
            with guest:
                yield guest
        except (MachineError, AssertionError) as error:
            log = guest.serial_text() if guest.log else ''
            raise AssertionError(f'{error}\n--- serial log ---\n{log}'
                                 '--- end of serial log ---') from error


def expect_ready(guest, gpu=True, seconds=BOOT_SECONDS):
    """Wait for the boot's end; returns the screen, if there is one.

    The serial line says READY only after the device has acknowledged the
    frame that shows it; so one look at the screen must do.
    """
    guest.wait_serial('READY', seconds)
    return expect_ready_screen(guest) if gpu else None


def expect_ready_screen(guest):
    """One look at the screen: every cell is text, the status line READY."""
    screen = guest.screen()
    expect(screen.unknown == 0, f'{screen.unknown} unknown cells', screen)
    expect(shows_ready(screen), 'no READY in the status line', screen)
    return screen


def expect(condition, what, screen):
    """Fail, showing the screen, unless the condition holds."""
    if not condition:
        raise AssertionError(f'{what}; the screen:\n{screen.text().rstrip()}')


def expect_on_screen(guest, wanted, what=None):
    """Wait for these rows, one below the other, somewhere on the screen."""
    def shown(screen):
        rows = screen.lines()
        return screen.unknown == 0 and any(
            rows[i:i + len(wanted)] == wanted for i in range(len(rows)))
    return guest.wait_screen(shown, ANSWER_SECONDS, what or repr(wanted))


def expect_no_recovery(guest):
    """A device that had to be recovered unasked is a bug somewhere."""
    found = RECOVERY.search(guest.serial_text())
    if found:
        raise AssertionError(f'an unasked recovery: {found.group()}')


@contextlib.contextmanager
def booted(**options):
    """A machine that is READY, and at the end had no recovery."""
    gpu = 'gpu' in options.get('devices', ALL)
    with machine(**options) as guest:
        guest.first_screen = expect_ready(guest, gpu)
        yield guest
        expect_no_recovery(guest)


# --- the harness sees what is wrong ---

@contextlib.contextmanager
def hung_kernel():
    """The path of an arm64 image whose one instruction jumps to itself."""
    branch_to_self, text_offset, length = 0x14000000, 0x200000, 0x1000
    header = struct.pack('<IIQQQQQQ4sI', branch_to_self, 0, text_offset,
                         length, 0xa, 0, 0, 0, b'ARM\x64', 0)
    with tempfile.NamedTemporaryFile(suffix='.img') as file:
        file.write(header)
        file.flush()
        yield file.name


def must_fail(words, function, *arguments, **named):
    """The check must reject what it is given, for the reason named."""
    try:
        function(*arguments, **named)
    except (AssertionError, MachineError) as error:
        if words not in str(error):
            raise AssertionError(f'rejected, but not for {words!r}: {error}')
        return
    raise AssertionError(f'{function.__name__} accepted it')


def check_placeholder():
    """QEMU's own picture, not black at all, is not taken for a screen."""
    with hung_kernel() as kernel, machine(kernel=kernel) as guest:
        if not any(guest.screenshot().pixels):
            raise AssertionError('QEMU shows no placeholder but black')
        must_fail('unknown cells', expect_ready_screen, guest)
        must_fail('not on the screen', guest.wait_screen, shows_ready,
                  1, 'READY')


def check_hung_boot():
    """A kernel that spins is told from one that is READY."""
    with hung_kernel() as kernel, machine(kernel=kernel) as guest:
        must_fail('no line', expect_ready, guest, seconds=HANG_SECONDS)


def check_run_sh_fails():
    """What ./run.sh --exit-when-ready makes of a hung boot."""
    with hung_kernel() as kernel, temporary_disk() as disk:
        for options, words in (([], 'READY: not on the screen'),
                               (['--no-gpu'], "no line 'READY' on serial")):
            args = run_kernel.parse_arguments(
                ['--headless', '--exit-when-ready', '--timeout', '2']
                + options)
            line = [word.replace(qemu_line.KERNEL, kernel)
                    .replace(qemu_line.DISK, disk)
                    for word in run_kernel.qemu_command(args)]
            said = io.StringIO()
            with contextlib.redirect_stdout(said), \
                    contextlib.redirect_stderr(said):
                status = run_kernel.run_to_ready(args, line, 'none')
            said = said.getvalue()
            if status != 1 or words not in said or 'serial log' not in said:
                raise AssertionError(f'status {status}: {said}')


CASES = {
    "the checks reject QEMU's placeholder picture": check_placeholder,
    'the checks reject a hung boot': check_hung_boot,
    'run.sh reports a hung boot': check_run_sh_fails,
}


def run(report):
    """All of the group."""
    for name, case in CASES.items():
        report.case(name, case)
