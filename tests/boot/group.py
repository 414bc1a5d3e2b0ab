# SPDX-License-Identifier: MIT
"""Group boot: whole machines in QEMU, the screen read back as text.

What must be on the screen is a literal in expected.py or here. A boot in
which the kernel had to recover a device fails, unless the test asked for it.
"""
import contextlib
import io
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time

import budgets
import build
import expected
import picture as pictures
import qemu_line
import run as run_kernel
import screen_text
import trixie
from harness import (ALL, ANSWER_SECONDS, BOOT_SECONDS, GPU_ONLY, NO_GPU,
                     NO_KEYBOARD, booted, expect, expect_on_screen,
                     expect_ready, expect_ready_screen, expect_rows,
                     find_rows, fits, machine, must_fail, temporary_disk)
from machine import SerialLog, shows_ready

HANG_SECONDS = 3
IDLE_SECONDS = 1.0
IDLE_SHARE = 0.5  # of one CPU, at most; a busy loop takes all it can get
RUN_SH = os.path.join(build.ROOT, 'run.sh')
COUNTING = ('-no-reboot', '-icount', 'shift=0')


# --- the boot matrix ---

def check_log_and_screen(guest, kind, log):
    """The whole serial log and, if there is one, the whole screen."""
    wanted = log(kind)
    until_ready = guest.serial_text().partition('READY\n')
    if not until_ready[1]:
        raise AssertionError('no end marker')
    expect_rows(wanted, until_ready[0].splitlines(), 'serial log')
    if guest.first_screen:
        check_screen(guest.first_screen, wanted, expected.STATUS[kind.bus])


def check_boot(kind, **options):
    """All devices; then bytes go over a ring, and `devices` lists them all."""
    with booted(**kind._asdict(), **options) as guest:
        check_log_and_screen(guest, kind, expected.log_all)
        guest.type('clear\nrng\ndevices\n')
        expect_on_screen(guest, '> devices', *expected.devices(kind), '>')
        guest.wait_serial('[0-9a-f]{32}', ANSWER_SECONDS)


def check_machine(kind, devices, log):
    """With devices missing; then it can be talked to."""
    with booted(**kind._asdict(), devices=devices) as guest:
        check_log_and_screen(guest, kind, log)
        if 'keyboard' in devices:
            guest.type('echo typed\n')
        else:
            guest.serial_write('echo typed\r')
        guest.wait_serial('typed', ANSWER_SECONDS)
        if 'gpu' in devices:
            expect_on_screen(guest, '> echo typed', 'typed', '>')


def check_clang():
    """The kernel that clang builds boots as the other one does."""
    try:
        folder = build.preset('aarch64-clang')
    except build.BuildError as error:
        raise AssertionError(str(error)) from error
    check_boot(expected.Kind('pci'),
               kernel=os.path.join(folder, 'kernel', 'levitate.img'))


def check_qemu_10(kind):
    """The same boot on the QEMU of trixie."""
    check_boot(kind, qemu=trixie.program(trixie.QEMU))


def check_no_messages():
    """Nobody takes messages, so wires; EL1 has to be let at the GIC first."""
    kind = expected.Kind('pci', irq='intx')
    extra = ('-no-reboot', '-machine', 'virtualization=on,its=off')
    with booted(bus='pci', gic='3', extra=extra) as guest:
        guest.wait_serial('Levitate on aarch64, started at EL2', 0)
        for idx in (0, 1, 5):
            guest.wait_serial(f'devices: {expected.place(kind, idx)}: '
                              'no msix: LEV_ERR_NODEV', 0)
        guest.type('clear\ndevices\n')
        expect_on_screen(guest, '> devices', *expected.devices(kind), '>')


def check_two_gpus(kind):
    """QEMU's first -device is the console, the second one has its label."""
    suffix, _ = qemu_line.BUS[kind.bus]
    extra = ('-no-reboot', '-device',
             expected.SECOND_GPU.replace('{bus}', suffix))
    with booted(**kind._asdict(), extra=extra) as guest:
        second = guest.screen('second')
        expect(second.unknown == 0, 'unknown cells', second)
        expect_rows([expected.label(kind)],
                    second.text().rstrip().splitlines(), 'the second screen')
        guest.type('clear\necho typed\n')
        expect_on_screen(guest, '> echo typed', 'typed', '>')
        expect(guest.screen('second').text() == second.text(),
               'not for the console', guest.screen('second'))


def check_lying_tree():
    """A slot that no map reaches, a PCI window askew: done without them.

    PCI devices have no addresses then: they are driven through their
    configuration space, and polled.
    """
    kind = expected.Kind('pci', irq='poll')
    with tempfile.TemporaryDirectory() as folder:
        tree = os.path.join(folder, 'tree.dtb')
        subprocess.run(
            qemu_line.machine(devices=(),
                              extra=('-machine', f'dumpdtb={tree}')),
            check=True, capture_output=True, timeout=BOOT_SECONDS)
        pack_tree(tree)
        change_cells(tree, (0, 0xa003e00, 0, 0x200), 0, 0x8000)
        change_cells(tree, (0x2000000, 0, 0x10000000, 0, 0x10000000), 4,
                     0x10000001)
        with booted(bus='pci', extra=('-no-reboot', '-dtb', tree)) as guest:
            guest.wait_serial('devices: virtio_mmio@a003e00: no registers '
                              'within reach', 0)
            guest.wait_serial(f'devices: {expected.place(kind, 1)}: no intx: '
                              'LEV_ERR_NOTSUP', 0)
            guest.type('clear\ndevices\n')
            expect_on_screen(guest, '> devices',
                             *expected.devices(kind)[:9])


def pack_tree(path):
    """Cut off the room to grow; QEMU would double it, to more than is read.
    """
    with open(path, 'r+b') as file:
        header = struct.unpack('>10I', file.read(40))
        end = max(header[2] + header[9], header[3] + header[8])
        file.truncate(end)
        file.seek(4)
        file.write(struct.pack('>I', end))


def change_cells(path, cells, idx, value):
    """Make one cell of those, which stand once in the tree, another one."""
    old, new = (struct.pack(f'>{len(cells)}I', *words) for words in (
        cells, cells[:idx] + (value,) + cells[idx + 1:]))
    with open(path, 'r+b') as file:
        blob = file.read()
        if blob.count(old) != 1:
            raise AssertionError(f'{cells} in the tree: {blob.count(old)}')
        file.seek(blob.index(old))
        file.write(new)


def check_bridges():
    """Messages from conventional PCI, where an ITS looks at their sender.

    All that are behind one bridge are one sender, whose 16 messages run out:
    tablets, which are let go again, leave one for the keyboard.
    """
    devices = ['virtio-gpu-pci,bus=plain,addr=3,'
               f'xres={qemu_line.WIDTH},yres={qemu_line.HEIGHT}']
    devices += [f'virtio-tablet-pci,bus=express,addr={addr}'
                for addr in range(1, 8)]
    devices += ['virtio-tablet-pci,bus=express,addr=8,vectors=1',
                'virtio-keyboard-pci,bus=express,addr=9',
                'virtio-rng-pci,bus=express,addr=0xa']
    extra = ['-no-reboot', '-device', 'pci-bridge,id=plain,chassis_nr=1',
             '-device', 'pcie-pci-bridge,id=express']
    for device in devices:
        extra += ['-device', device]
    with booted(bus='pci', gic='3', devices=(), extra=extra) as guest:
        guest.wait_serial('devices: pci 02:0a.0: no msix: LEV_ERR_BUSY', 0)
        guest.type('clear\nrng\ndevices\n')
        expect_on_screen(
            guest, 'pci 01:03.0 gpu (type 16), modern, driver gpu',
            *['<any>'] * 3, '  irq msix, 2 vectors, <some> taken',
            *[f'pci 02:0{addr}.0 input (type 18), modern, no driver'
              for addr in range(1, 9)],
            'pci 02:09.0 input (type 18), modern, driver input',
            *['<any>'] * 3, '  irq msix, 1 vector, <some> taken',
            'pci 02:0a.0 entropy (type 4), modern, driver rng',
            *['<any>'] * 3, '  irq intx, <num> taken')


def check_screen(screen, log, status):
    """The log from the top, perhaps a prompt, nothing, the status line."""
    rows = screen.lines()
    expect_rows(log, rows[:len(log)], 'the screen')
    expect(rows[len(log)] in ('', '>'), 'more than a prompt', screen)
    expect(not any(rows[len(log) + 1:-1]), 'more than the log', screen)
    expect(len(rows) == expected.TERMINAL_ROWS + 1, 'a row too many', screen)
    expect(rows[-1] == status, f'status line not {status!r}', screen)


# --- keyboard and shell ---

def check_typing():
    """Every character of a US keyboard, echoed and handed to a command."""
    chars = ''.join(map(chr, range(ord('!'), ord('~') + 1)))
    with booted() as guest:
        guest.type('echo Hello, World! 123\n')
        expect_on_screen(guest, '> echo Hello, World! 123',
                         'Hello, World! 123', '>')
        guest.type('echo ' + chars + '\n')
        expect_on_screen(guest, '> echo ' + chars, chars, '>')


def check_editing():
    """Keys that move and delete, history, completion, caps lock."""
    with booted() as guest:
        guest.type('echo wronk\bg\n')
        expect_on_screen(guest, '> echo wrong', 'wrong', '>')
        guest.type('eho middle')
        guest.press('home')
        guest.press('right')
        guest.type('c')
        guest.press('end')
        guest.type('!\n')
        expect_on_screen(guest, '> echo middle!', 'middle!', '>')
        guest.press('up')
        guest.press('up')
        guest.type('er\n')
        expect_on_screen(guest, '> echo wronger', 'wronger', '>')
        guest.type('ec\tdone')
        guest.press('ctrl', 'a')
        guest.press('ctrl', 'e')
        guest.type('\n')
        expect_on_screen(guest, '> echo done', 'done', '>')
        guest.type('echo ')
        guest.press('caps_lock')
        guest.type('caPS 1!')
        guest.press('caps_lock')
        guest.type(' off\n')
        expect_on_screen(guest, '> echo CAps 1! off', 'CAps 1! off', '>')
        guest.type('nonsense\n')
        expect_on_screen(guest, '> nonsense',
                         'nonsense: no such command; try help', '>')


def check_repeat():
    """A key that is held repeats, and ends when it is let go."""
    with booted() as guest:
        guest.type('echo ')
        guest.press('x', hold=1500)
        guest.type('y\n')
        screen = guest.wait_screen(
            lambda screen: find_rows(screen.lines(), ['> echo x<any>y'])
            is not None, ANSWER_SECONDS, 'a row of x')
        row = next(row for row in screen.lines() if row.startswith('> echo'))
        expect(row.count('x') >= 4, 'no repetition', screen)
        expect(set(row[len('> echo '):]) == {'x', 'y'}, 'more than x', screen)


def check_serial_shell():
    """What comes by serial is on the screen too, and works."""
    with booted(devices=NO_KEYBOARD) as guest:
        guest.serial_write('echo from afar\r')
        guest.wait_serial('from afar', ANSWER_SECONDS)
        expect_on_screen(guest, '> echo from afar', 'from afar', '>')


def check_serial_paste():
    """More than any buffer holds, sent to a busy shell: nothing is lost."""
    lines = [f'line {number} of a long text' for number in range(200)]
    with booted() as guest:
        guest.serial_write('log\r' * 20
                           + ''.join(f'echo {line}\r' for line in lines))
        guest.wait_serial(lines[-1], ANSWER_SECONDS)
        said = guest.serial_text().splitlines()
        lost = [line for line in lines if line not in said]
        if lost:
            raise AssertionError(f'{len(lost)} lines lost: {lost[:3]}')


def check_rng(kind):
    """Random bytes: as many as asked for, different ones each time."""
    with booted(**kind._asdict()) as guest:
        seen = set()
        for command, count in (('rng', 16), ('rng', 16), ('rng 1', 1),
                               ('rng 64', 64), ('rng 64', 64)):
            after = len(guest.serial_text())
            guest.type(command + '\n')
            found = guest.wait_serial(f'[0-9a-f]{{{2 * count}}}',
                                      ANSWER_SECONDS, after)
            seen.add(found.group())
        if len(seen) != 5:
            raise AssertionError(f'the same bytes again: {seen}')
        for wrong in ('0', '65', '4294967297', '-1', 'x', '1 1'):
            guest.type(f'clear\nrng {wrong}\n')
            expect_on_screen(guest, f'> rng {wrong}', 'usage: rng [1 to 64]',
                             '>')


def check_no_rng():
    with booted(devices=GPU_ONLY) as guest:
        guest.serial_write('rng\r')
        expect_on_screen(guest, '> rng', 'no entropy device', '>')


def check_commands():
    """help names every command; the small ones answer."""
    with booted() as guest:
        guest.type('clear\nuptime\nmem\ngpu\n')
        expect_on_screen(
            guest, '> uptime', '<num>.<num> s', '> mem',
            '1024 MiB, <num> KiB free',
            'devices: <num> of <num> KiB in <num> pieces', '> gpu',
            'scanout 0: 1280 x 800, terminal 128 x 39',
            'EDID prefers 1280 x 800',
            '<num> frames, <num> doorbells, 0 restarts', '>')
        guest.type('clear\nhelp\n')
        screen = expect_on_screen(guest, 'poweroff <any>', '>')
        names = [row.split()[0] for row in screen.lines() if '  ' in row]
        for name in ('help devices gpu rng log echo clear uptime mem '
                     'test-pattern bench panic reboot poweroff').split():
            expect(name in names, f'help does not name {name}', screen)


def check_clear():
    with booted() as guest:
        guest.type('clear\n')
        screen = guest.wait_screen(
            lambda screen: screen.lines()[0] == '>', ANSWER_SECONDS,
            'an empty screen')
        check_screen(screen, [], expected.STATUS['mmio-legacy'])


def check_log():
    """The log can be shown again, and scrolls when the screen is full."""
    with booted() as guest:
        guest.type('log\nlog\nlog\necho end\n')
        expect_on_screen(guest, '> echo end', 'end', '>')
        guest.type('clear\nlog\n')
        expect_on_screen(guest, expected.log_all(expected.LEGACY)[-1])


def check_pattern():
    """Colours, attributes and characters beyond ASCII."""
    with booted() as guest:
        guest.type('clear\ntest-pattern\n')
        screen = expect_on_screen(guest, *expected.PATTERN_TEXT, '>')
        rows = screen.rows
        at = find_rows(screen.lines(), expected.PATTERN_TEXT)
        ramp = [cell.paper for cell in rows[at - 1][:64]]
        expect(ramp == expected.PATTERN_RAMP, 'not the 24-bit ramp', screen)
        for row, count, width in ((at - 3, 16, 2), (at - 2, 36, 1)):
            colours = [cell.paper for cell in rows[row][:count * width]]
            expect(len(set(colours)) >= count - 1, 'too few colours', screen)
        plain, inverse = rows[at][5], rows[at][len('bold underline ')]
        expect(inverse.ink == plain.paper, 'not inverse', screen)
        red = rows[at][len('bold underline inverse ')].ink
        expect(red[0] > 128 and red[0] > 2 * max(red[1:]), 'not red', screen)


# --- what goes wrong, on purpose ---

def check_stall(kind):
    """A lost doorbell: the kernel says so and brings the screen back."""
    with booted(recoveries=(2,), **kind._asdict()) as guest:
        for _ in range(2):
            guest.type('clear\ngpu stall\n')
            screen = expect_on_screen(
                guest, '> gpu stall', "the GPU's next doorbell will be lost",
                'gpu: no answer to <num> commands',
                'display: the GPU failed: LEV_ERR_TIMEDOUT',
                *expected.gpu(kind)[:4],
                'display: GPU re-initialised: success', '>')
            expect(screen.lines()[-1] == expected.STATUS[kind.bus],
                   'no status line', screen)
        guest.type('echo back again\n')
        expect_on_screen(guest, 'back again', '>')


def check_tiny_screen():
    """No room for a terminal: serial alone, and the GPU is let go."""
    tiny = ('-device', 'virtio-gpu-device,xres=40,yres=30')
    with booted(devices=NO_GPU, extra=tiny) as guest:
        guest.wait_serial(
            'display: no picture, serial line only: LEV_ERR_RANGE', 0)
        guest.serial_write('devices\rgpu\r')
        guest.wait_serial('mmio [0-9a-f]+ gpu .type 16., legacy, no driver',
                          ANSWER_SECONDS)
        guest.wait_serial('no picture', ANSWER_SECONDS)


def expect_panic(guest, how):
    """The report, on both outputs: reason, calls by name, the end."""
    report, names = expected.PANIC[how]
    guest.wait_serial(re.escape('*** stopped'), ANSWER_SECONDS)
    if find_rows(guest.serial_text().splitlines(), report) is None:
        raise AssertionError('no report on serial')
    screen = expect_on_screen(guest, *report)
    rows = screen.lines()
    calls = rows[rows.index('called from:') + 1:]
    for name in names:
        expect(any(fits(f'  <addr> {name}+<hex>', row) for row in calls),
               f'{name} is not among the calls', screen)


def check_panic(how, kind=expected.LEGACY):
    with booted(**kind._asdict()) as guest:
        guest.type(f'panic {how}\n')
        expect_panic(guest, how)


def check_panic_in_a_stall():
    """The panic's picture does not need the GPU's queue to work.

    On a slow host the kernel may notice the stall before it panics.
    """
    with booted(recoveries=(0, 1)) as guest:
        guest.serial_write('gpu stall\rpanic just a test\r')
        expect_panic(guest, 'just a test')


def check_panic_twice():
    """A fault while the panic draws: serial alone, and an end."""
    with booted() as guest:
        guest.type('panic twice\n')
        guest.wait_serial(re.escape('*** PANIC: twice'), ANSWER_SECONDS)
        guest.wait_serial(r'\*\*\* PANIC in a panic: .*', ANSWER_SECONDS)
        guest.wait_serial(re.escape('*** stopped'), ANSWER_SECONDS)


def check_poweroff():
    with booted() as guest:
        guest.type('poweroff\n')
        if guest.wait_exit(ANSWER_SECONDS):
            raise AssertionError('QEMU did not end well')


def check_reboot():
    with booted(extra=()) as guest:
        first = len(guest.serial_text())
        guest.type('reboot\n')
        guest.wait_serial('READY', BOOT_SECONDS, after=first)
        expect_ready_screen(guest)


# --- what it costs ---

def check_bench(what, *figures, **options):
    """The kernel counts its instructions, waits left out."""
    with booted(append=f'bench={what}', extra=COUNTING, **options) as guest:
        notes = []
        for figure in figures:
            found = guest.wait_serial(fr'bench {figure} ([0-9.]+)',
                                      BOOT_SECONDS)
            notes.append(budgets.expect_within(f'bench.{figure}',
                                               float(found.group(1))))
    costs, limits = zip(*(note.split(' of ') for note in notes))
    return f'{" / ".join(costs)} of {" / ".join(limits)}'


def check_bench_ring(ring):
    """What a request of 1, 3 and 16 descriptors costs, calls included."""
    return check_bench('ring', *(f'ring_{ring}_{count}'
                                 for count in (1, 3, 16)))


def check_bench_device(bus, irq):
    """What a frame and a request for entropy cost, the interrupt included."""
    return check_bench('device', f'frame_{bus}_{irq}', f'request_{bus}_{irq}',
                       bus=bus, irq=irq, devices=('gpu', 'rng'))


def check_idle():
    """With nothing to do the kernel sleeps."""
    with booted() as guest:
        time.sleep(IDLE_SECONDS)
        before = cpu_seconds(guest.process.pid)
        time.sleep(IDLE_SECONDS)
        share = (cpu_seconds(guest.process.pid) - before) / IDLE_SECONDS
        if share > IDLE_SHARE:
            raise AssertionError(f'{share:.0%} of a CPU when idle')
        return f'{share:.0%} of a CPU'


def cpu_seconds(pid):
    """CPU time that a process has used so far."""
    with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
        fields = file.read().rpartition(')')[2].split()
    ticks = os.sysconf('SC_CLK_TCK')
    return (int(fields[11]) + int(fields[12])) / ticks


# --- the command run.sh ---

def run_sh(*options, environment=None, path=RUN_SH):
    """Run ./run.sh to its end; its exit status and what it said."""
    done = subprocess.run(
        [path, *options], check=False, text=True, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=5 * BOOT_SECONDS)
    return done.returncode, done.stdout


def check_run_sh_screenshot(words, *options):
    """READY is in the PNG that it saved, and what was asked for."""
    with tempfile.TemporaryDirectory() as folder:
        shot = os.path.join(folder, 'shot.png')
        status, said = run_sh('--headless', '--exit-when-ready',
                              '--screenshot', shot, *options)
        if status or shot not in said:
            raise AssertionError(f'status {status}: {said}')
        screen = screen_text.decode(
            pictures.load(shot),
            screen_text.load_font(screen_text.DEFAULT_FONT))
        expect(shows_ready(screen), 'no READY', screen)
        expect(screen.unknown == 0, 'unknown cells', screen)
        for word in words:
            expect(word in screen.text(), f'no {word}', screen)


def check_run_sh_no_gpu():
    status, said = run_sh('--headless', '--exit-when-ready', '--no-gpu')
    if status or 'READY on serial' not in said:
        raise AssertionError(f'status {status}: {said}')


def check_run_sh_elsewhere():
    """A fresh copy builds and boots in a folder whose name has spaces."""
    with tempfile.TemporaryDirectory(prefix='a folder ') as folder:
        copy = os.path.join(folder, 'the copy')
        shutil.copytree(build.ROOT, copy, symlinks=True,
                        ignore=shutil.ignore_patterns('build', '.git'))
        status, said = run_sh('--headless', '--exit-when-ready',
                              path=os.path.join(copy, 'run.sh'))
        if status:
            raise AssertionError(f'status {status}: {said}')


def check_run_sh_terminal():
    """Without a display: a screenshot, and a shell on this terminal."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ('DISPLAY', 'WAYLAND_DISPLAY')}
    ours, theirs = socket.socketpair()
    with ours, theirs, tempfile.TemporaryDirectory() as folder:
        shot = os.path.join(folder, 'shot.png')
        said = SerialLog(ours)
        with subprocess.Popen([RUN_SH, '--screenshot', shot],
                              env=environment, stdin=subprocess.PIPE,
                              stdout=theirs, stderr=theirs) as process:
            try:
                talk_to_run_sh(process, said, shot)
            finally:
                process.kill()


def talk_to_run_sh(process, said, shot):
    for words, answer in ((f'screenshot: {shot}', b'echo over stdio\r'),
                          ('\nover stdio\n', b'poweroff\r')):
        if not said.wait(lambda text, words=words: words in text,
                         BOOT_SECONDS):
            raise AssertionError(f'no {words!r} in: {said.text()}')
        process.stdin.write(answer)
        process.stdin.flush()
    if process.wait(ANSWER_SECONDS) or 'no display' not in said.text():
        raise AssertionError(said.text())
    pictures.load(shot)


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
    "clang's kernel, pci, all devices": (check_clang,),
    "the checks reject QEMU's placeholder picture": (check_placeholder,),
    'the checks reject a hung boot': (check_hung_boot,),
    'run.sh reports a hung boot': (check_run_sh_fails,),
    'pci, GICv3 without ITS, started at EL2': (check_no_messages,),
    'pci, a device tree that lies': (check_lying_tree,),
    'pci, GICv3, behind bridges to conventional PCI': (check_bridges,),
    **{f'two GPUs, {bus}': (check_two_gpus, expected.Kind(bus))
       for bus in qemu_line.BUS},
    'typing': (check_typing,),
    'editing': (check_editing,),
    'auto-repeat': (check_repeat,),
    'the shell by serial': (check_serial_shell,),
    'a paste by serial': (check_serial_paste,),
    'no entropy device': (check_no_rng,),
    'the small commands': (check_commands,),
    'clear': (check_clear,),
    'log': (check_log,),
    'test-pattern': (check_pattern,),
    'gpu stall recovers': (check_stall, expected.LEGACY),
    'gpu stall recovers, pci': (check_stall, expected.Kind('pci')),
    'a screen too small': (check_tiny_screen,),
    'a panic is readable': (check_panic, 'just a test'),
    'a panic is readable, pci': (
        check_panic, 'just a test', expected.Kind('pci')),
    'a fault is readable': (check_panic, 'fault'),
    'a stack overflow is readable': (check_panic, 'stack'),
    'a panic in a panic': (check_panic_twice,),
    'a panic while the GPU is stalled': (check_panic_in_a_stall,),
    'poweroff': (check_poweroff,),
    'reboot': (check_reboot,),
    'instructions to READY': (check_bench, 'boot', 'boot_instructions'),
    'instructions a byte of text': (
        check_bench, 'console', 'console_instructions_per_byte'),
    'instructions a request, split': (check_bench_ring, 'split'),
    'instructions a request, packed': (check_bench_ring, 'packed'),
    'instructions a frame and its completion, PCI, MSI-X': (
        check_bench_device, 'pci', 'msix'),
    'instructions a frame and its completion, PCI, INTx': (
        check_bench_device, 'pci', 'intx'),
    'instructions a frame and its completion, PCI, polling': (
        check_bench_device, 'pci', 'poll'),
    'instructions a frame and its completion, MMIO, wire': (
        check_bench_device, 'mmio', 'intx'),
    'instructions a frame and its completion, MMIO, polling': (
        check_bench_device, 'mmio', 'poll'),
    'an idle kernel sleeps': (check_idle,),
    'run.sh saves a screenshot': (
        check_run_sh_screenshot, ['mmio v1 (legacy)', 'entries, split, at']),
    'run.sh saves a screenshot, options': (
        check_run_sh_screenshot, ['READY  1280x800  pci', 'packed, at'],
        '--bus', 'pci', '--ring', 'packed', '--irq', 'intx', '--gic', '3'),
    'run.sh without a GPU': (check_run_sh_no_gpu,),
    'run.sh in a folder with spaces': (check_run_sh_elsewhere,),
    'run.sh without a display': (check_run_sh_terminal,),
}

# The whole matrix; then machines without some devices, and QEMU 10.0.
MATRIX = [expected.Kind(bus, ring, irq, gic) for bus, ring in qemu_line.PAIRS
          for irq in qemu_line.irqs(bus) for gic in qemu_line.GIC]
MACHINES = {
    'GPU only': (GPU_ONLY, expected.log_gpu_only),
    'no keyboard': (NO_KEYBOARD, expected.log_no_keyboard),
    'no GPU': (NO_GPU, expected.log_no_gpu),
}
QEMU_10 = [expected.LEGACY, *map(expected.Kind._make, (
    ('mmio', 'packed', 'intx', '3'), ('mmio', 'split, in order', 'poll', '2'),
    ('pci', 'split', 'msix', '3'), ('pci', 'packed, in order', 'msix', '2'),
    ('pci-legacy', 'packed', 'intx', '3')))]


def label(kind):
    """A machine's name among the cases."""
    words = [f'{kind.bus} {kind.ring}', kind.irq, f'GICv{kind.gic}']
    return ', '.join(filter(None, words))


def run(report):
    """All of the group."""
    try:
        build.preset('aarch64')
    except build.BuildError as error:
        report.failed('build aarch64', str(error))
        return
    for kind in MATRIX:
        report.case(label(kind), check_boot, kind)
    for kind in QEMU_10:
        report.case(f'{label(kind)}, QEMU 10.0', check_qemu_10, kind)
    for bus in ('mmio-legacy', 'pci'):
        for name, (devices, log) in MACHINES.items():
            report.case(f'{bus}, {name}', check_machine, expected.Kind(bus),
                        devices, log)
    for bus in ('mmio-legacy', 'pci-legacy'):
        report.case(f'{bus}, rng', check_rng, expected.Kind(bus))
    for name, case in CASES.items():
        report.case(name, *case)
