# SPDX-License-Identifier: MIT
"""What must be on the screen and on the serial line, word for word.

The tokens (<hex> and its like) are those of harness.py.
"""

import collections

TERMINAL_ROWS = 39

# A machine's devices: the version of their MMIO registers, their rings.
Kind = collections.namedtuple('Kind', 'mmio ring')
LEGACY = Kind('legacy', 'split')

STATUS = {
    'legacy': ' READY  1280x800  mmio v1 (legacy)  1024 MiB',
    'modern': ' READY  1280x800  mmio v2  1024 MiB',
}
VERSION = {
    'legacy': 'mmio version 1 (legacy)',
    'modern': 'mmio version 2',
}


def start(count):
    """The first lines, with so many slots in use."""
    return ['Levitate on aarch64, started at EL1',
            'memory: 1024 MiB',
            f'devices: 32 slots, {count} with a device']


def device(kind, driver, entries):
    """What the library says of each device that it brings up."""
    return [f'{driver}: {VERSION[kind.mmio]}',
            f'{driver}: offered <hex>',
            f'{driver}: accepted <hex>',
            f'{driver}: queue 0: {entries} entries, {kind.ring}, at <hex>']


def gpu(kind):
    """The lines of the screen."""
    return device(kind, 'gpu', 64) + [
        'gpu: EDID prefers 1280 x 800',
        'gpu: scanout 0: 1280 x 800',
        'display: 1280 x 800, terminal 128 x 39']


def keyboard(kind, name='Keyboard'):
    """The lines of an input device, whatever it turns out to be."""
    return device(kind, 'input', 64) + [f'input: QEMU Virtio {name}']


def entropy(kind):
    """The lines of the entropy device."""
    return device(kind, 'rng', 8) + ['entropy: ready']


KEYBOARD_FOUND = ['keyboard: QEMU Virtio Keyboard']
KEYBOARD_ABSENT = ['keyboard: none, serial line only']


def log_all(kind):
    return (start(6) + gpu(kind) + keyboard(kind) + KEYBOARD_FOUND
            + entropy(kind))


def log_gpu_only(kind):
    return start(1) + gpu(kind) + KEYBOARD_ABSENT + ['entropy: none']


def log_no_keyboard(kind):
    return (start(5) + gpu(kind) + keyboard(kind, 'Tablet') + KEYBOARD_ABSENT
            + entropy(kind))


def log_no_gpu(kind):
    return (start(5) + ['display: no GPU, serial line only']
            + keyboard(kind) + KEYBOARD_FOUND + entropy(kind)
            + ['no screen, this line is the console'])


# The command `devices`; what a device offers, and what is accepted of it behind
# these, depends on QEMU's version (RING_RESET is younger than the others).
ACCEPTED = {
    Kind('legacy', 'split'): 'ANY_LAYOUT INDIRECT_DESC EVENT_IDX',
    Kind('modern', 'split'): 'INDIRECT_DESC EVENT_IDX VERSION_1<any>',
    Kind('modern', 'packed'):
        'INDIRECT_DESC EVENT_IDX VERSION_1 RING_PACKED<any>',
    Kind('modern', 'split, in order'):
        'INDIRECT_DESC EVENT_IDX VERSION_1 IN_ORDER<any>',
    Kind('modern', 'packed, in order'):
        'INDIRECT_DESC EVENT_IDX VERSION_1 RING_PACKED IN_ORDER<any>',
}


def driven(kind, driver, entries, features=''):
    """The rows of a device that a driver has."""
    ring = kind.ring.partition(',')[0]
    return [f'driver {driver}',
            '  offered  <any>',
            f'  accepted {features}{ACCEPTED[kind]}',
            f'  queue 0: {entries} entries, {ring}, <num> in flight']


def devices(kind):
    """The answer to `devices`."""
    rows = []
    for addr, what, answer in (
            ('0a003e00', 'gpu (type 16)', driven(kind, 'gpu', 64, 'EDID ')),
            ('0a003c00', 'input (type 18)', driven(kind, 'input', 64)),
            ('0a003a00', 'input (type 18)', ['no driver']),
            ('0a003800', 'net (type 1)', ['no driver']),
            ('0a003600', 'block (type 2)', ['no driver']),
            ('0a003400', 'entropy (type 4)', driven(kind, 'rng', 8))):
        version = {'legacy': 1, 'modern': 2}[kind.mmio]
        rows += [f'{addr} {what}, mmio version {version}, {answer[0]}',
                 *answer[1:]]
    return rows + ['32 slots, 26 without a device']


# The command `test-pattern`: three rows of colours, then text. Letters whose
# glyph is a Latin one too are read as the Latin one.
PATTERN_TEXT = [
    'bold underline inverse red',
    '\u250c\u2500\u2500\u2500\u2500\u2500\u2500\u252c'
    '\u2500\u2500\u2500\u2500\u2500\u2500\u2510',
    '\u2502 caf\u00e9 \u2502 \u03a9\u043cup \u2502',
    '\u2514\u2500\u2500\u2500\u2500\u2500\u2500\u2534'
    '\u2500\u2500\u2500\u2500\u2500\u2500\u2518',
    ' !"#$%&\'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`'
    'abcdefghijklmnopqrstuvwxyz{|}~',
]
PATTERN_RAMP = [(4 * i, 128, 255 - 4 * i) for i in range(64)]

# The command `panic` and what it may be told: the report's beginning, then
# functions that must be among the calls.
PANIC = {
    'just a test': (['*** PANIC: just a test', 'called from:'],
                    ['run_panic', 'kernel_main']),
    'fault': (['*** PANIC: fault in the kernel',
               'data access (not mapped): write 0x10',
               'syndrome <hex>, state <hex>'],
              ['run_panic', 'kernel_main']),
    'stack': (['*** PANIC: fault in the kernel',
               'data access (not mapped): write <hex>: stack overflow',
               'syndrome <hex>, state <hex>'],
              ['go_down']),
}
