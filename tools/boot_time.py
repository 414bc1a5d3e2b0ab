#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long until it is up: Levitate, and Debian's arm64 Linux beside it.

Both boot on the same QEMU command line, in turns, from the start of the QEMU
process. Levitate is up when READY has been read off the screen, pixel by
pixel; Linux is up when its init, one small program in an initial RAM disk,
has written a line to the serial port. It has shown nothing on a screen by
then, and has loaded no driver for one.

The Linux kernel comes from Debian's archive: see linux_guest.py. Wall-clock
times depend on the machine and on what else it does: compare the two, not the
numbers of two days.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import build  # noqa: E402
import linux_guest  # noqa: E402
import qemu_line  # noqa: E402
from machine import Machine, MachineError, shows_ready  # noqa: E402

BOOT_SECONDS = 120


def say(text):
    print(f'boot_time: {text}', file=sys.stderr, flush=True)


def time_levitate(bus):
    """Seconds from process start to READY, read off the screen."""
    with Machine(qemu_line.machine(bus=bus)) as machine:
        machine.wait_serial('READY', BOOT_SECONDS)
        machine.wait_screen(shows_ready, BOOT_SECONDS, 'READY')
        return time.monotonic() - machine.started


def time_linux(bus, kernel, initrd):
    """Seconds from process start to the line that init writes."""
    line = qemu_line.machine(kernel=kernel, bus=bus,
                             append=linux_guest.APPEND,
                             extra=['-initrd', initrd])
    with Machine(line) as machine:
        machine.wait_serial(linux_guest.INIT_LINE, BOOT_SECONDS)
        return time.monotonic() - machine.started


def row(name, times):
    return (f'{name:40} {statistics.median(times):6.2f} '
            f'{min(times):6.2f} {max(times):6.2f}')


def main(argv=None):
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bus', choices=list(qemu_line.BUS),
                        default='mmio-legacy')
    parser.add_argument('--runs', type=int, default=5,
                        help='boots of each, default %(default)s')
    args = parser.parse_args(argv)
    if args.runs < 1:
        parser.error('--runs must be at least 1')
    try:
        kernel = linux_guest.fetch()
        initrd = linux_guest.make_initrd(kernel)
        build.preset('aarch64')
        qemu_line.make_disk(qemu_line.DISK)
        levitate, linux = [], []
        for number in range(args.runs):
            say(f'boot {number + 1} of {args.runs}, each')
            levitate.append(time_levitate(args.bus))
            linux.append(time_linux(args.bus, kernel, initrd))
    except (build.BuildError, MachineError, OSError,
            subprocess.CalledProcessError) as error:
        say(str(error))
        return 1
    print(f'seconds from process start, {args.runs} boots each'
          f'{"":4} median    min    max')
    print(row('Levitate, READY read off the screen', levitate))
    print(row(f'Linux {linux_guest.release(kernel)}, init runs', linux))
    return 0


if __name__ == '__main__':
    sys.exit(main())
