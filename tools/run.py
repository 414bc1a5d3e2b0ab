# SPDX-License-Identifier: MIT
"""Build the Levitate kernel and boot it in QEMU.

Whatever Debian package is missing is installed first. Where there is a
display a window opens; without one a screenshot is saved once the kernel is
READY. Either way the kernel's shell answers on this terminal too: Ctrl-A X
ends QEMU, Ctrl-A H lists what else Ctrl-A does.
"""
import argparse
import os
import shlex
import subprocess
import sys
import termios
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import build  # noqa: E402
import picture as pictures  # noqa: E402
import qemu_line  # noqa: E402
from machine import Machine, MachineError, shows_ready  # noqa: E402

DEFAULT_SHOT = os.path.join(qemu_line.ROOT, 'build', 'screenshot.png')
DEFAULT_TIMEOUT = 60.0
GDB_PORT = 1234


def say(text):
    """Tell the user something; never mixed into what the kernel prints."""
    print(f'run.sh: {text}', file=sys.stderr, flush=True)


def seconds(text):
    """An argument that is a time: a positive number of seconds."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float('inf'):
        raise argparse.ArgumentTypeError(
            f'{text!r} is not a positive number of seconds')
    return value


def parse_arguments(argv):
    parser = argparse.ArgumentParser(
        prog='./run.sh', description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bus', choices=list(qemu_line.BUS),
                        default='mmio-legacy', help='where the VirtIO devices '
                        'sit; GPU and keyboard are modern on either PCI; '
                        "default %(default)s, as is QEMU's")
    parser.add_argument('--ring', choices=list(qemu_line.RING),
                        default='split', help='format of the virtqueues; '
                        'legacy devices have split ones in any case; default '
                        '%(default)s')
    parser.add_argument('--irq', choices=qemu_line.IRQ,
                        help='how the kernel learns what devices did; msix '
                        'on PCI only; default: the first of these that the '
                        'machine has')
    parser.add_argument('--gic', choices=qemu_line.GIC, default='2',
                        help='version of the interrupt controller; default '
                        "%(default)s, as is QEMU's")
    parser.add_argument('--headless', action='store_true',
                        help='open no window even if there is a display')
    parser.add_argument('--screenshot', metavar='FILE.png',
                        help='save the screen once it shows READY')
    parser.add_argument('--exit-when-ready', action='store_true',
                        help='end with status 0 once READY is on the screen, '
                        'else with 1, the reason and the serial log')
    parser.add_argument('--no-gpu', action='store_true',
                        help='plug in no GPU; READY is then looked for on '
                        'the serial line')
    parser.add_argument('--gdb', action='store_true',
                        help=f'wait for gdb on port {GDB_PORT} before the '
                        'first instruction')
    parser.add_argument('--dry-run', action='store_true',
                        help='print the QEMU command, do nothing')
    parser.add_argument('--timeout', type=seconds, metavar='S',
                        help='how many seconds READY may take; default '
                        f'{DEFAULT_TIMEOUT:g}, without end under --gdb')
    args = parser.parse_args(argv)
    if (args.bus, args.ring) not in qemu_line.PAIRS:
        parser.error(f'--ring {args.ring}: with --bus {args.bus} no device '
                     'has such a ring; add --bus mmio or --bus pci')
    if args.irq and args.irq not in qemu_line.irqs(args.bus):
        parser.error(f'--irq {args.irq}: with --bus {args.bus} no device has '
                     'such interrupts; add --bus pci')
    if args.screenshot and args.no_gpu:
        parser.error('without a GPU there is nothing to take a --screenshot '
                     'of')
    if args.screenshot:
        args.screenshot = os.path.abspath(args.screenshot)
        folder = os.path.dirname(args.screenshot)
        if os.path.isdir(args.screenshot) or not os.access(folder, os.W_OK):
            parser.error(f'cannot write to {args.screenshot}')
    if args.timeout is None:
        args.timeout = float('inf') if args.gdb else DEFAULT_TIMEOUT
    return args


def has_display():
    """Whether a window could be opened at all."""
    return bool(os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY'))


def choose_display(args):
    """What QEMU's -display gets."""
    if args.headless or args.no_gpu or not has_display():
        return 'none'
    try:
        offered = subprocess.run([qemu_line.QEMU, '-display', 'help'],
                                 capture_output=True, text=True, check=False)
        names = offered.stdout.split()
    except OSError:
        names = ['gtk']  # --dry-run, with QEMU not installed yet
    # Every pixel as it is: GTK would scale the picture to its window.
    for name, options in (('gtk', ',zoom-to-fit=off'), ('sdl', '')):
        if name in names:
            return name + options
    return 'none'


def qemu_command(args):
    """The machine these options ask for."""
    devices = [d for d in qemu_line.ALL if d != 'gpu' or not args.no_gpu]
    extra = []
    if args.exit_when_ready:
        extra.append('-no-reboot')
    if args.gdb:
        extra += ['-gdb', f'tcp:127.0.0.1:{GDB_PORT}', '-S']
    return qemu_line.machine(bus=args.bus, ring=args.ring, irq=args.irq,
                             gic=args.gic, devices=devices, extra=extra)


def install(args):
    """Install missing packages; ends the program if that fails."""
    purposes = ['run']
    if has_display() and not args.headless:
        purposes.append('window')
    script = os.path.join(qemu_line.ROOT, 'tools', 'deps.sh')
    status = subprocess.run([script] + purposes, check=False).returncode
    if status:
        raise SystemExit(status)


def build_kernel():
    """Build the kernel; ends the program if that fails."""
    try:
        build.preset('aarch64')
    except build.BuildError as error:
        say(f'no kernel to boot, the build failed: {error}')
        raise SystemExit(1) from error


def wait_ready(machine, args):
    """Wait for READY where it must appear: the screen, or serial."""
    if args.no_gpu:
        machine.wait_serial('READY', args.timeout)
    else:
        machine.wait_screen(shows_ready, args.timeout, 'READY')


def save_screen(machine, path):
    with open(path, 'wb') as file:
        file.write(pictures.png_bytes(machine.screenshot()))
    say(f'screenshot: {path}')


def run_to_ready(args, line, display):
    """--exit-when-ready: the exit status says whether READY came."""
    machine = Machine(line, display=display)
    try:
        with machine:
            wait_ready(machine, args)
            if args.screenshot:
                save_screen(machine, args.screenshot)
    except (MachineError, OSError) as error:
        say(f'failed: {error}')
        print('--- serial log ---')
        print(machine.serial_text() if machine.log else '', end='')
        print('--- end of serial log ---')
        return 1
    where = 'on serial (no GPU)' if args.no_gpu else 'on the screen'
    say(f'READY {where} after {time.monotonic() - machine.started:.1f} s')
    return 0


def run_terminal(args, line, display):
    """The usual run: this terminal is the machine's serial port."""
    shot = args.screenshot
    if display == 'none' and not args.no_gpu:
        shot = shot or DEFAULT_SHOT
    say('the serial console is here; Ctrl-A X ends QEMU')
    with Machine(line, serial='stdio', display=display) as machine:
        if args.gdb:
            say(f'waiting for gdb: target remote :{GDB_PORT}')
        if shot:
            try:
                wait_ready(machine, args)
                save_screen(machine, shot)
            except (MachineError, OSError) as error:
                say(f'no screenshot: {error}')
        return machine.process.wait()


def guarded_terminal(args, line, display):
    """run_terminal, with the terminal's settings put back afterwards."""
    try:
        settings = termios.tcgetattr(sys.stdin)
    except (termios.error, OSError, ValueError):
        settings = None
    try:
        return run_terminal(args, line, display)
    except MachineError as error:
        say(f'failed: {error}')
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if settings:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)


def main(argv=None):
    """The command line; returns the exit status."""
    args = parse_arguments(argv)
    line = qemu_command(args)
    if args.dry_run:
        print(shlex.join(line + ['-display', choose_display(args),
                                 '-serial', 'mon:stdio']))
        return 0
    install(args)
    build_kernel()
    qemu_line.make_disk(qemu_line.DISK)
    display = choose_display(args)
    if args.no_gpu:
        say('no GPU: there is no screen, READY is looked for on serial')
    elif display == 'none' and not args.headless:
        say('no display to open a window on ($DISPLAY and $WAYLAND_DISPLAY, '
            'package qemu-system-gui): the screen goes to a screenshot')
    if args.exit_when_ready:
        return run_to_ready(args, line, display)
    return guarded_terminal(args, line, display)


if __name__ == '__main__':
    sys.exit(main())
