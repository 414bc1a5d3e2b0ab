#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Linux as a witness: which features it accepts, and which Levitate does.

Both boot on the same QEMU command line, and QEMU is asked what each of them
accepted of each device. The answers go to docs/interop.tsv and, as tables, to
docs/interop.md. There each difference is explained by hand: the exit status is
1 if one is not, or if an explanation has lost its difference.

Run by hand: Linux is fetched from Debian's archive, 60 MB (linux_guest.py).
"""
import argparse
import collections
import datetime
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import build  # noqa: E402
import linux_guest  # noqa: E402
import qemu_line  # noqa: E402
from machine import Machine, MachineError  # noqa: E402
from readme import replace  # noqa: E402

PAGE = os.path.join(build.ROOT, 'docs', 'interop.md')
RECORD = os.path.join(build.ROOT, 'docs', 'interop.tsv')
PART = 'witness'
MODULES = ('virtio_mmio', 'virtio_pci', 'virtio_gpu', 'virtio_input',
           'virtio_net', 'virtio_blk', 'virtio_rng')
BOOT_SECONDS = 240
SYSTEMS = ('Linux', 'Levitate')
# Bits that QEMU 7.2 offers and has no name for.
UNNAMED = {40: 'VIRTIO_F_RING_RESET'}
# Bit 30 has two meanings, and QEMU names the one it has on vhost-user. Its PCI
# devices offer it to catch drivers that accept whatever they see.
MISNAMED = {'VHOST_USER_F_PROTOCOL_FEATURES': 'VIRTIO_F_BAD_FEATURE'}
# Stands for all features of a device that a system does not drive: it knows
# none of the kind, or refuses this one.
DRIVER = 'a driver'

# What one system made of one device; accepted is None without a driver.
Answer = collections.namedtuple('Answer', 'offered accepted')
# One feature of one device: what each system did, by the words below.
Row = collections.namedtuple('Row', ('machine', 'device', 'feature') + SYSTEMS)
ACCEPTED, DECLINED, NO_DRIVER = 'accepted', 'declined', 'no driver'
DRIVER_OK, FAILED = 'VIRTIO_CONFIG_S_DRIVER_OK', 'VIRTIO_CONFIG_S_FAILED'
Difference = collections.namedtuple('Difference', 'device feature who')


def say(text):
    print(f'witness: {text}', file=sys.stderr, flush=True)


# --- what QEMU answers ---

def features(answer):
    """The names in one of QEMU's lists of features, without VIRTIO_."""
    texts = answer['transports'] + answer.get('dev-features', [])
    names = {text.split(':')[0] for text in texts}
    bits = answer.get('unknown-dev-features', 0)
    names |= {UNNAMED.get(bit, f'bit {bit}')
              for bit in range(bits.bit_length()) if bits >> bit & 1}
    return {MISNAMED.get(name, name).replace('VIRTIO_', '', 1)
            for name in names}


def status_bits(status):
    """The bits of a device's status that the guest has set."""
    return {text.split(':')[0] for text in status['status']['statuses']}


def to_answer(status):
    """What an x-query-virtio-status says."""
    accepted = None
    if DRIVER_OK in status_bits(status):
        accepted = features(status['guest-features'])
    return Answer(features(status['host-features']), accepted)


def ask(qmp):
    """What x-query-virtio-status says of each device, by its name."""
    found = {}
    for device in qmp.command('x-query-virtio'):
        path = device['path']
        kind = qmp.command('qom-get', path=path, property='type')
        name = re.sub('^virtio-|-device$', '', kind)
        if name in found:
            raise MachineError(f'two devices are called {name}')
        found[name] = qmp.command('x-query-virtio-status', path=path)
    return found


def to_answers(found):
    """The Answer for each device that was asked about."""
    return {name: to_answer(status) for name, status in found.items()}


# --- the two systems ---

def ask_levitate(pair):
    """Boot Levitate until it is ready; pair is one of qemu_line.PAIRS."""
    with Machine(qemu_line.machine(qemu_line.KERNEL, *pair)) as machine:
        machine.wait_serial('READY', BOOT_SECONDS)
        return to_answers(ask(machine.qmp))


def ask_linux(pair, kernel, initrd):
    """Boot Linux until it is done with every device."""
    line = qemu_line.machine(kernel, *pair, append=linux_guest.APPEND,
                             extra=['-initrd', initrd])
    with Machine(line) as machine:
        return wait_linux(machine)


def wait_linux(machine):
    """The answers once each device is driven, or its driver has failed."""
    last = machine.wait_serial(
        f'{linux_guest.INIT_LINE}|init cannot .*', BOOT_SECONDS).group()
    if last != linux_guest.INIT_LINE:
        raise MachineError(last)
    deadline = time.monotonic() + BOOT_SECONDS
    while True:
        found = ask(machine.qmp)
        left = [name for name, status in found.items()
                if not {DRIVER_OK, FAILED} & status_bits(status)]
        if not left:
            return to_answers(found)
        if time.monotonic() >= deadline:
            raise MachineError(f'no driver of Linux looked at {left}:\n'
                               + machine.serial_text())
        time.sleep(0.1)


# --- comparing ---

def word(answer, feature):
    """What became of an offered feature."""
    if answer.accepted is None:
        return NO_DRIVER
    return ACCEPTED if feature in answer.accepted else DECLINED


def compare(machine, linux, levitate):
    """The rows of one kind of machine."""
    if ({name: answer.offered for name, answer in linux.items()} !=
            {name: answer.offered for name, answer in levitate.items()}):
        raise MachineError(f'{machine}: not the same devices for both')
    return [Row(machine, device, feature, word(linux[device], feature),
                word(levitate[device], feature))
            for device in sorted(linux)
            for feature in sorted(linux[device].offered)]


def differences(rows):
    """All that the two did differently, on whatever machine."""
    found = set()
    for row in rows:
        for system, other in (SYSTEMS, SYSTEMS[::-1]):
            mine, theirs = getattr(row, system), getattr(row, other)
            if theirs == NO_DRIVER != mine:
                found.add(Difference(row.device, DRIVER, system))
            elif (mine, theirs) == (ACCEPTED, DECLINED):
                found.add(Difference(row.device, row.feature, system))
    return found


# --- the record and the page ---

def write_record(rows, path=RECORD):
    with open(path, 'w', encoding='utf-8') as file:
        file.write('# SPDX-License-Identifier: MIT\n# Made by '
                   'tools/witness.py.\n# ' + '\t'.join(Row._fields) + '\n')
        file.writelines('\t'.join(row) + '\n' for row in rows)


def read_record(path=RECORD):
    with open(path, encoding='utf-8') as file:
        return [Row(*line.rstrip('\n').split('\t'))
                for line in file if not line.startswith('#')]


def cell(names):
    return ', '.join(f'`{name}`' for name in sorted(names)) or '-'


def accepted_cell(system, rows):
    """What a system accepted of the device of these rows."""
    if NO_DRIVER in {getattr(row, system) for row in rows}:
        return NO_DRIVER
    return cell({row.feature for row in rows
                 if getattr(row, system) == ACCEPTED})


def device_line(device, rows):
    """A device's line of the table of one machine."""
    cells = [device, cell({row.feature for row in rows})]
    cells += [accepted_cell(system, rows) for system in SYSTEMS]
    cells += [cell({key.feature for key in differences(rows)
                    if key.who == system}) for system in SYSTEMS]
    return '| ' + ' | '.join(cells) + ' |'


def tables(rows):
    """The lines of the page: a table for each kind of machine."""
    lines = []
    for machine in dict.fromkeys(row.machine for row in rows):
        lines += [f'### {machine}', '',
                  '| device | offered | Linux accepted | Levitate accepted '
                  '| only Linux | only Levitate |', '|---|---|---|---|---|---|']
        here = [row for row in rows if row.machine == machine]
        lines += [device_line(device, [row for row in here
                                       if row.device == device])
                  for device in dict.fromkeys(row.device for row in here)]
        lines.append('')
    return lines[:-1]


def explained(page):
    """The differences that the page explains, with the reason of each.

    A line of its table is | devices | feature | who | reason |.
    """
    found = {}
    for line in re.findall(r'^\| .* \|$', page.partition('## Why')[2], re.M):
        devices, feature, who, why = line[2:-2].split(' | ')
        if who in SYSTEMS:
            for device in devices.split(', '):
                key = Difference(device, feature.strip('`'), who)
                if key in found:
                    raise ValueError(f'explained twice: {describe(key)}')
                found[key] = why
    return found


def describe(difference):
    device, feature, who = difference
    return f'{device}: only {who} has {feature}'


def complaints(rows, page):
    """What is different and not explained, and the other way round."""
    seen, reasons = differences(rows), explained(page)
    return ([f'not explained: {describe(key)}'
             for key in sorted(seen - reasons.keys())] +
            [f'explained, but not so: {describe(key)}'
             for key in sorted(reasons.keys() - seen)])


def write_page(rows, about):
    """Put the tables into the page; returns its whole text."""
    with open(PAGE, encoding='utf-8') as file:
        page = replace(file.read(), PART, [about, ''] + tables(rows))
    with open(PAGE, 'w', encoding='utf-8') as file:
        file.write(page)
    return page


def qemu_version():
    said = build.run([qemu_line.QEMU, '--version'])
    return re.search('version (.*)', said).group(1)


def measure():
    """Boot both on every kind of machine; the rows, and what made them."""
    kernel = linux_guest.fetch()
    initrd = linux_guest.make_initrd(kernel, MODULES)
    build.preset('aarch64')
    qemu_line.make_disk(qemu_line.DISK)
    rows = []
    for pair in qemu_line.PAIRS:
        name = ', '.join(pair)
        say(name)
        rows += compare(name, ask_linux(pair, kernel, initrd),
                        ask_levitate(pair))
    return rows, (
        f'{datetime.date.today()}: `tools/witness.py`, Linux '
        f'{linux_guest.release(kernel)} (Debian '
        f'{linux_guest.package_version()}),\nQEMU {qemu_version()}.')


def main(argv=None):
    """The command line; returns the exit status."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.
        RawDescriptionHelpFormatter).parse_args(argv)
    try:
        rows, about = measure()
        write_record(rows)
        page = write_page(rows, about)
        print('\n'.join(tables(rows)))
        wrong = complaints(rows, page)
    except (build.BuildError, MachineError, OSError, ValueError,
            subprocess.CalledProcessError) as error:
        say(str(error))
        return 1
    for text in wrong:
        say(text)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
