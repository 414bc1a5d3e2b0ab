# SPDX-License-Identifier: MIT
"""What the boot tests are made of: machines, and ways to look at them.

One machine runs at a time and nothing is tried twice. A cell that no glyph of
the font explains fails the test, wherever it is.
"""
import contextlib
import os
import re
import tempfile

import qemu_line
from machine import Machine, MachineError, shows_ready

# Long enough for a loaded host; deadlines, not expectations.
BOOT_SECONDS = 60
ANSWER_SECONDS = 20

# What the kernel says when it had to bring a device back.
RECOVERY = re.compile(r'^.*re-initialised.*$', re.MULTILINE)

# What a literal leaves open.
TOKENS = {
    '<hex>': '0x[0-9a-f]+',  # an address, a word of feature bits
    '<addr>': '[0-9a-f]+',   # the same without 0x
    '<num>': '[0-9]+',
    '<some>': '[1-9][0-9]*',
    '<any>': '.*',
}

ALL = qemu_line.ALL
GPU_ONLY = ('gpu',)
NO_KEYBOARD = tuple(name for name in ALL if name != 'keyboard')
NO_GPU = tuple(name for name in ALL if name != 'gpu')


@contextlib.contextmanager
def temporary_disk():
    """The path of an empty disk image, so that ./run.sh may run meanwhile."""
    with tempfile.TemporaryDirectory(prefix='levitate-disk-') as folder:
        disk = os.path.join(folder, 'disk.img')
        qemu_line.make_disk(disk)
        yield disk


@contextlib.contextmanager
def machine(extra=('-no-reboot',), **options):
    """A fresh machine; every way to fail becomes one, with the serial log.

    The options are those of qemu_line.machine().
    """
    with temporary_disk() as disk:
        guest = Machine(qemu_line.machine(disk=disk, extra=extra, **options))
        try:
            with guest:
                yield guest
        except (MachineError, AssertionError) as error:
            log = guest.serial_text() if guest.log else ''
            raise AssertionError(f'{error}\n--- serial log ---\n{log}\n'
                                 '--- end of serial log ---') from error


@contextlib.contextmanager
def booted(recoveries=(0,), **options):
    """A machine that is READY; in the end, how many recoveries it may have.
    """
    with machine(**options) as guest:
        guest.first_screen = expect_ready(
            guest, 'gpu' in options.get('devices', ALL))
        yield guest
        expect_recoveries(guest, *recoveries)


def expect(condition, what, screen):
    """Fail, showing the screen, unless the condition holds."""
    if not condition:
        raise AssertionError(f'{what}; the screen:\n{screen.text().rstrip()}')


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


def expect_recoveries(guest, *counts):
    """A device that had to be recovered unasked is a bug somewhere."""
    found = RECOVERY.findall(guest.serial_text())
    if len(found) not in counts:
        raise AssertionError(f'{len(found)} recoveries, not {counts}: {found}')


def fits(wanted, row):
    """Whether a row is the literal, up to what its tokens leave open."""
    parts = re.split('(' + '|'.join(TOKENS) + ')', wanted)
    return re.fullmatch(''.join(TOKENS.get(part, re.escape(part))
                                for part in parts), row) is not None


def expect_rows(wanted, rows, what):
    """The rows are these literals, no more and no fewer."""
    for number, (literal, row) in enumerate(zip(wanted, rows), 1):
        if not fits(literal, row):
            raise AssertionError(f'{what}, row {number}: expected\n'
                                 f'{literal!r}, found\n{row!r}')
    if len(wanted) != len(rows):
        raise AssertionError(f'{what}: {len(rows)} rows, not {len(wanted)}')


def find_rows(rows, wanted):
    """Where these literals stand one below the other; None if nowhere."""
    for start in range(len(rows) - len(wanted) + 1):
        if all(fits(literal, row)
               for literal, row in zip(wanted, rows[start:])):
            return start
    return None


def expect_on_screen(guest, *wanted):
    """Wait for these rows, one below the other, all else being text too."""
    return guest.wait_screen(
        lambda screen: screen.unknown == 0
        and find_rows(screen.lines(), wanted) is not None,
        ANSWER_SECONDS, '\n'.join(wanted))


def must_fail(words, function, *arguments, **named):
    """The check must reject what it is given, for the reason named."""
    try:
        function(*arguments, **named)
    except (AssertionError, MachineError) as error:
        if words not in str(error):
            raise AssertionError(
                f'rejected, but not for {words!r}: {error}') from error
        return
    raise AssertionError(f'{function.__name__} accepted it')
