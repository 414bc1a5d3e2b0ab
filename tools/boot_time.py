#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long until it is up: Levitate, and Debian's arm64 Linux beside it.

Both boot on the same QEMU command line, in turns, from the start of the QEMU
process. Levitate is up when READY has been read off the screen, pixel by
pixel; Linux is up when its init, a program of ten instructions in an initial
RAM disk, has written a line to the serial port. It has shown nothing on a
screen by then, and has loaded no driver for one.

The Linux kernel comes from Debian's archive by apt-get, into build/linux, and
touches nothing else of the system. Wall-clock times depend on the machine and
on what else it does: compare the two, not the numbers of two days.
"""
import argparse
import glob
import os
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import build  # noqa: E402
import qemu_line  # noqa: E402
from machine import Machine, MachineError, shows_ready  # noqa: E402

FOLDER = os.path.join(build.ROOT, 'build', 'linux')
INIT_LINE = 'init is here'
BOOT_SECONDS = 120

# write(1, text, length), then sleep without end in ppoll(0, 0, 0, 0).
INIT_SOURCE = f'''
	.globl _start
_start:	mov	x0, #1
	adr	x1, text
	mov	x2, #{len(INIT_LINE) + 1}
	mov	x8, #64
	svc	#0
1:	mov	x0, #0
	mov	x1, #0
	mov	x2, #0
	mov	x3, #0
	mov	x8, #73
	svc	#0
	b	1b
text:	.ascii	"{INIT_LINE}\\n"
'''


def say(text):
    print(f'boot_time: {text}', file=sys.stderr, flush=True)


def apt_options():
    """Options that give apt-get lists and a cache of its own, for arm64."""
    lists = os.path.join(FOLDER, 'lists')
    cache = os.path.join(FOLDER, 'cache')
    os.makedirs(os.path.join(lists, 'partial'), exist_ok=True)
    os.makedirs(os.path.join(cache, 'archives', 'partial'), exist_ok=True)
    native = build.run(['dpkg', '--print-architecture']).strip()
    return ['-q', '-o', f'APT::Architectures::={native}',
            '-o', 'APT::Architectures::=arm64',
            '-o', f'Dir::State::Lists={lists}', '-o', f'Dir::Cache={cache}',
            # Root drops to a user who may not write below build/.
            '-o', 'APT::Sandbox::User=root']


def fetch_linux():
    """The path of Debian's arm64 kernel image, downloaded if need be."""
    found = glob.glob(os.path.join(FOLDER, 'root', 'boot', 'vmlinuz-*'))
    if found:
        return found[0]
    options = apt_options()
    say('fetching the lists of arm64 packages')
    build.run(['apt-get', *options, 'update'])
    depends = build.run(['apt-cache', *options, 'depends',
                         'linux-image-arm64:arm64'])
    package = re.search(r'Depends: (linux-image-\S+?)(?::arm64)?$', depends,
                        re.MULTILINE)
    if not package:
        raise build.BuildError('no linux-image-arm64 in the archive')
    say(f'fetching {package.group(1)}, about 70 MB')
    subprocess.run(['apt-get', *options, 'download',
                    f'{package.group(1)}:arm64'], cwd=FOLDER, check=True,
                   stdout=sys.stderr)
    deb, = glob.glob(os.path.join(FOLDER, 'linux-image-*.deb'))
    build.run(['dpkg-deb', '-x', deb, os.path.join(FOLDER, 'root')])
    return glob.glob(os.path.join(FOLDER, 'root', 'boot', 'vmlinuz-*'))[0]


def cpio_entry(name, mode, content):
    """One file of a "newc" archive."""
    fields = [1, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
    head = b'070701' + b''.join(b'%08X' % field for field in fields)
    head += name.encode() + b'\0'
    return (head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4))


def make_initrd():
    """An initial RAM disk that holds nothing but /init; its path."""
    source = os.path.join(FOLDER, 'init.S')
    program = os.path.join(FOLDER, 'init')
    with open(source, 'w', encoding='utf-8') as file:
        file.write(INIT_SOURCE)
    build.run(['aarch64-linux-gnu-gcc', '-static', '-nostdlib', '-s',
               source, '-o', program])
    with open(program, 'rb') as file:
        content = file.read()
    path = os.path.join(FOLDER, 'initrd.cpio')
    with open(path, 'wb') as file:
        file.write(cpio_entry('init', 0o100755, content)
                   + cpio_entry('TRAILER!!!', 0, b''))
    return path


def time_levitate(bus):
    """Seconds from process start to READY, read off the screen."""
    with Machine(qemu_line.machine(bus=bus)) as machine:
        machine.wait_serial('READY', BOOT_SECONDS)
        machine.wait_screen(shows_ready, BOOT_SECONDS, 'READY')
        return time.monotonic() - machine.started


def time_linux(bus, kernel, initrd):
    """Seconds from process start to the line that init writes."""
    line = qemu_line.machine(kernel=kernel, bus=bus,
                             append='console=ttyAMA0 quiet',
                             extra=['-initrd', initrd])
    with Machine(line) as machine:
        machine.wait_serial(INIT_LINE, BOOT_SECONDS)
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
        os.makedirs(FOLDER, exist_ok=True)
        kernel = fetch_linux()
        initrd = make_initrd()
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
    version = os.path.basename(kernel).replace('vmlinuz-', '')
    print(row(f'Linux {version}, init runs', linux))
    return 0


if __name__ == '__main__':
    sys.exit(main())
