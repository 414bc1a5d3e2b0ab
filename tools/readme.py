#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the generated parts of README.md and its picture.

Run ./test.sh first, all groups: the matrix and the figures come from its
results in build/results. The times come from tools/boot_time.py, which this
runs, and the picture from a boot. A result that is missing or not passed is
shown as such; nothing is filled in by hand. The times of two CPUs stay as they
are unless ./test.sh bench has been run.
"""
import datetime
import itertools
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import build  # noqa: E402
import qemu_line  # noqa: E402
from machine import Machine  # noqa: E402

README = os.path.join(build.ROOT, 'README.md')
RESULTS = os.path.join(build.ROOT, 'build', 'results')
TWO_THREADS = os.path.join(RESULTS, 'two_threads.tsv')
PEERS_TABLE = os.path.join(build.ROOT, 'tests', 'hotpath', 'peers.tsv')
SECONDS = 60
SIZES = {'core': 'core, split ring, both MMIO versions',
         'packed': 'packed ring', 'pci': 'PCI: modern and legacy, MSI-X',
         'pci_scan': 'PCI: enumeration, placement',
         'gpu': 'GPU', 'input': 'input',
         'rng': 'entropy', 'term': 'terminal'}
BUSES = {'mmio-legacy': 'MMIO version 1 (legacy)', 'mmio': 'MMIO version 2',
         'pci': 'PCI', 'pci-legacy': 'PCI, legacy where there is such a form'}
UNIT_PRESETS = {
    'host': 'this machine | gcc | as it is',
    'host-clang': 'this machine | clang | as it is',
    'asan': 'this machine | gcc | under AddressSanitizer and UBSan',
    'armhf': 'armhf (32-bit) | gcc | under qemu-user',
    's390x': 's390x (big-endian; legacy devices are refused) | gcc | '
             'under qemu-user',
}
# Where the scenarios run, by the program of the results.
PLACES = {'test_scenario_fake': 'device model',
          'test_scenario_qemu': "the host's QEMU",
          'test_scenario_qemu, QEMU 10.0': 'QEMU 10.0'}
# And on what: by PCI, modern.
RING_BUSES = {(False, False): 'MMIO version 1',
              (False, True): 'MMIO version 2',
              (True, False): 'PCI, legacy',
              (True, True): 'PCI, modern or transitional'}
ARCHS = ('aarch64', 'x86_64', 'riscv64')
# Whom the README compares the rings with; tests/hotpath/peers.tsv has more.
PEERS = ('FreeBSD', 'Unikraft', 'OpenAMP', 'Rust virtio-drivers', 'Linux 6.1',
         'Linux 7.2')


def results(group):
    """The results of a group: (result, note) by the name of the case."""
    path = os.path.join(RESULTS, group + '.tsv')
    if not os.path.exists(path):
        sys.exit(f'readme.py: no {path}; run ./test.sh first')
    with open(path, encoding='utf-8') as file:
        rows = [line.rstrip('\n').split('\t') for line in file]
    return {name: (result, note) for result, name, note in rows}


def mark(found):
    """A cell of the matrix."""
    return {'passed': 'yes', 'failed': '**no**',
            'skipped': 'not tried'}[found[0]] if found else 'not tried'


def ring_row(found, has):
    """How many scenarios passed with these words and without those: on the
    model, on QEMUs' devices."""
    cells = []
    for place in PLACES:
        there = [result for program, words, result in found
                 if program == place and
                 all((word in words) == is_there
                     for word, is_there in has.items())]
        cells.append(f'{there.count("passed")} of {len(there)}'
                     if there else '-')
    return cells


def rings():
    """The rings, by the scenario group's cases."""
    found = []
    for name, (result, _) in results('scenario').items():
        cell = re.match(r'asan/(test_scenario_.*): [^(]*\((.*)\)$', name)
        if cell:
            found.append((cell.group(1), cell.group(2).split(), result))
    lines = ['Every ring goes through the same scenarios, with and without '
             'event indices,', 'indirect tables and `iommu_platform`, on PCI '
             'by ECAM and by x86\'s ports, with', 'MSI-X and with a line; so '
             'many of them passed:', '',
             '| ring | devices on | ' + ' | '.join(PLACES.values()) + ' |',
             '|---|---|' + '---|' * len(PLACES)]
    for packed, in_order in itertools.product((False, True), repeat=2):
        name = ('packed' if packed else 'split') + (
            ', in order' if in_order else '')
        for (pci, modern), bus in RING_BUSES.items():
            if modern or not (packed or in_order):
                lines.append(f'| {name} | {bus} | ' + ' | '.join(ring_row(
                    found, {'packed': packed, 'in_order': in_order,
                            'PCI': pci, 'modern': modern})) + ' |')
    return lines


def matrix():
    """What boots and shows what it should, by the boot group's cases."""
    boot = results('boot')
    unit = results('unit')
    lines = ['The kernel boots on QEMU\'s `virt` (aarch64); its screen is '
             'read back glyph by', 'glyph and shows what it should, and it '
             'answers what is typed on the keyboard.', 'With GICv2 / GICv3:',
             '', '| devices on | rings | by MSI-X | by a wire | by polling |',
             '|---|---|---|---|---|']
    for bus, ring in qemu_line.PAIRS:
        cells = ['-' if irq not in qemu_line.irqs(bus) else ' / '.join(
            mark(boot.get(f'{bus} {ring}, {irq}, GICv{gic}'))
            for gic in qemu_line.GIC) for irq in qemu_line.IRQ]
        lines.append(f'| {BUSES[bus]} | {ring} | ' + ' | '.join(cells) + ' |')
    on_10 = [result == 'passed' for name, (result, _) in boot.items()
             if name.endswith(', QEMU 10.0')]
    lines += ['', f'{on_10.count(True)} of {len(on_10)} such boots, some with '
              'buffers used in order, did the', 'same on QEMU 10.0.']
    lines += ['', *rings()]
    lines += ['', 'Each driver runs against the device model, good and '
              'hostile, on both versions;', 'so many unit tests passed:', '',
              '| built for | compiler | runs | passed |', '|---|---|---|---|']
    lines += [f'| {words} | {unit_cell(unit, preset)} |'
              for preset, words in UNIT_PRESETS.items()]
    return lines


def unit_cell(unit, preset):
    """How many of a preset's unit tests passed."""
    there = [result for name, (result, _) in unit.items()
             if name.startswith(preset + '/')]
    return f'{there.count("passed")} of {len(there)}' if there else 'not tried'


def note_of(group, name):
    """The number that a case measured."""
    result, note = results(group).get(name, ('missing', ''))
    return note.split(' of ')[0] if result == 'passed' else result


def size_cell(size, part, arch):
    """A part over its budget has its size in the complaint."""
    found = re.match(r'(?:\S+: )?(\d+)', size.get(f'{part}, {arch}',
                                                  ('', ''))[1])
    return found.group(1) if found else 'missing'


def figures():
    """Sizes, instructions, times."""
    size = results('size')
    lines = ['| bytes of code at -Os | ' + ' | '.join(ARCHS) + ' |',
             '|---|---|---|---|']
    for part, what in SIZES.items():
        lines.append(f'| {what} | ' + ' | '.join(
            size_cell(size, part, arch) for arch in ARCHS) + ' |')
    lines += ['', '| instructions of the kernel, aarch64 | |', '|---|---|',
              '| entry to READY | '
              f'{note_of("boot", "instructions to READY")} |',
              '| a byte of text on the console, drawn at 60 frames a second '
              f'| {note_of("boot", "instructions a byte of text")} |']
    for ring in qemu_line.RING:
        cost = note_of('boot', f'instructions a request, {ring}')
        lines.append(f'| a request of 1 / 3 / 16 descriptors, {ring} ring, '
                     f'calls included | {cost} |')
    done = 'instructions a frame and its completion, '
    for name in sorted(results('boot')):
        if name.startswith(done):
            lines.append('| a frame / a request for entropy, done, '
                         f'{name[len(done):]} | {note_of("boot", name)} |')
    # Its table alone: what it and apt-get say meanwhile goes by.
    timed = subprocess.run([sys.executable, 'tools/boot_time.py'], check=True,
                           cwd=build.ROOT, text=True, stdout=subprocess.PIPE)
    times = [line for line in timed.stdout.splitlines()
             if not line.startswith('boot_time: ')]
    lines += ['', '```', *times, '```', '',
              f'{datetime.date.today()}: `./test.sh && tools/readme.py`, '
              'QEMU without hardware acceleration.']
    return lines


def costs_of(found):
    """Two triples out of the note of a gate: the library, with the loop."""
    parts = found[1].split('; with the loop ') if found else []
    if len(parts) != 2:
        return ['missing'] * 3, ['missing'] * 3
    return [[text.split(' ')[0] for text in part.split(' / ')]
            for part in (parts[0].split(' of ')[0], parts[1])]


def hotpath_rows(ring, counts, peers):
    """Ours, the library alone in brackets, then the others."""
    for form in ('reap', 'poll'):
        alone, whole = costs_of(counts.get(
            f'gcc, {ring}, {form}, (1, 3, 16) descriptors'))
        cells = [f'**{all_of}** ({own})' for all_of, own in zip(whole, alone)]
        yield f'| {ring} | Levitate, {form} | ' + ' | '.join(cells) + ' |'
    for who in PEERS:
        for batch, theirs, name, *costs in peers:
            if (batch, theirs, name) == ('1', ring, who):
                yield f'| {ring} | {who} | ' + ' | '.join(costs) + ' |'


def hotpath():
    """What a request costs, beside the others."""
    counts = results('hotpath')
    with open(PEERS_TABLE, encoding='utf-8') as file:
        peers = [line.rstrip('\n').split('\t') for line in file
                 if not line.startswith('#')]
    lines = ['| ring | instructions a request | 1 descriptor | 3 | 16 |',
             '|---|---|---|---|---|']
    for ring in ('split', 'packed'):
        lines += hotpath_rows(ring, counts, peers)
    return lines + [
        '', f'{datetime.date.today()}: `./test.sh hotpath`, callgrind on '
        'x86_64, gcc -O2. Loop and calls', 'included; in brackets what the '
        'library itself executes, which is what the',
        'budgets hold.']


def two_threads():
    """Driver and device on two CPUs; None if that was not timed."""
    if not os.path.exists(TWO_THREADS):
        print('readme.py: times of two CPUs stay as they are; '
              './test.sh bench makes new ones', file=sys.stderr)
        return None
    with open(TWO_THREADS, encoding='utf-8') as file:
        about, *rows = [line.rstrip('\n') for line in file]
    cells = {}
    shapes = []
    for row in rows:
        name, segments, in_flight, least, _, ratio = row.split('\t')
        if (segments, in_flight) not in shapes:
            shapes.append((segments, in_flight))
        cells.setdefault(name, {})[segments, in_flight] = (
            f'{least} ({ratio})')
    lines = ['| ns a request, least of all runs (in proportion) | ' +
             ' | '.join(f'{segments} desc., {in_flight} in flight'
                        for segments, in_flight in shapes) + ' |',
             '|---|' + '---|' * len(shapes)]
    for name, found in cells.items():
        lines.append(f'| {name} | ' + ' | '.join(
            found.get(shape, '-') for shape in shapes) + ' |')
    return lines + ['', about.lstrip('# ') + ': `./test.sh bench`.']


def example():
    """The example as it is compiled and tested."""
    with open(os.path.join(build.ROOT, 'examples', 'picture.c'),
              encoding='utf-8') as file:
        return ['```c', *file.read().rstrip().splitlines(), '```']


def replace(text, name, lines):
    """Put lines between the two marks of a generated part."""
    begin, end = f'<!-- begin {name} -->\n', f'<!-- end {name} -->'
    head, found, rest = text.partition(begin)
    if not found or end not in rest:
        sys.exit(f'the page has no part {name!r}')
    return head + begin + '\n'.join(lines) + '\n' + end + \
        rest.partition(end)[2]


def conformance():
    """The totals of docs/conformance.md."""
    with open(os.path.join(build.ROOT, 'docs', 'conformance.md'),
              encoding='utf-8') as file:
        totals = file.read().partition('\n| scope ')[2].partition('\n\n')[0]
    return ['[docs/conformance.md](docs/conformance.md) names the tests for '
            'each clause that the', 'standard puts on a driver. Of those of '
            'what is built, covered / not', 'applicable / all:', '',
            *('| scope ' + totals).splitlines()]


def take_picture():
    """docs/terminal.png: a real screen, after two commands."""
    path = os.path.join(build.ROOT, 'docs', 'terminal.png')
    build.preset('aarch64')
    qemu_line.make_disk(qemu_line.DISK)
    with Machine(qemu_line.machine()) as guest:
        guest.wait_serial('READY', SECONDS)
        guest.type('devices\ntest-pattern\n')
        guest.wait_screen(lambda screen: 'xyz{|}~' in screen.text(), SECONDS,
                          'the end of the test pattern')
        guest.qmp.command('screendump', filename=path, format='png')


def main():
    with open(README, encoding='utf-8') as file:
        text = file.read()
    text = replace(text, 'examples/picture.c', example())
    text = replace(text, 'matrix', matrix())
    text = replace(text, 'conformance', conformance())
    text = replace(text, 'figures', figures())
    text = replace(text, 'hotpath', hotpath())
    timed = two_threads()
    if timed:
        text = replace(text, 'two-threads', timed)
    with open(README, 'w', encoding='utf-8') as file:
        file.write(text)
    take_picture()


if __name__ == '__main__':
    main()
