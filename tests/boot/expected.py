# SPDX-License-Identifier: MIT
"""What must be on the screen and on the serial line, word for word.

The tokens (<hex> and its like) are those of harness.py.
"""

import collections

TERMINAL_ROWS = 39

# A machine: where its devices sit, their rings, how they interrupt and whom.
Kind = collections.namedtuple('Kind', 'bus ring irq gic',
                              defaults=('split', None, '2'))
LEGACY = Kind('mmio-legacy')

STATUS = {
    'mmio-legacy': ' READY  1280x800  mmio v1 (legacy)  1024 MiB',
    'mmio': ' READY  1280x800  mmio v2  1024 MiB',
    'pci': ' READY  1280x800  pci  1024 MiB',
    'pci-legacy': ' READY  1280x800  pci  1024 MiB',
}
WINDOW = 'pci: window at 0x8000000000 is out of reach'


def is_pci(kind):
    return kind.bus.startswith('pci')


def is_legacy(kind, what):
    """Whether a device is; what has no legacy form on PCI is never one."""
    return kind.bus == 'mmio-legacy' or (
        kind.bus == 'pci-legacy' and what not in ('gpu', 'input'))


def ring(kind, what):
    """The format of a device's rings; legacy ones have but the one."""
    return 'split' if is_legacy(kind, what) else kind.ring


def start(kind, count):
    """The first lines, with so many devices."""
    slots = 32 + count if is_pci(kind) else 32
    return ['Levitate on aarch64, started at EL1',
            'memory: 1024 MiB',
            *([WINDOW] if is_pci(kind) else []),
            f'devices: {slots} slots, {count} with a device']


def device(kind, driver, entries):
    """What the library says of each device that it brings up."""
    version = '1 (legacy)' if is_legacy(kind, driver) else '2'
    if is_pci(kind) and is_legacy(kind, driver):
        entries = '<num>'  # the device's choice: QEMU's versions differ
    return [f'{driver}: {kind.bus.partition("-")[0]} version {version}',
            f'{driver}: offered <hex>',
            f'{driver}: accepted <hex>',
            f'{driver}: queue 0: {entries} entries, {ring(kind, driver)}, '
            'at <hex>']


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
    return (start(kind, 6) + gpu(kind) + keyboard(kind) + KEYBOARD_FOUND
            + entropy(kind))


def log_gpu_only(kind):
    return start(kind, 1) + gpu(kind) + KEYBOARD_ABSENT + ['entropy: none']


def log_no_keyboard(kind):
    return (start(kind, 5) + gpu(kind) + keyboard(kind, 'Tablet')
            + KEYBOARD_ABSENT + entropy(kind))


def log_no_gpu(kind):
    return (start(kind, 5) + ['display: no GPU, serial line only']
            + keyboard(kind) + KEYBOARD_FOUND + entropy(kind)
            + ['no screen, this line is the console'])


# The command `devices`; what a device offers, and what is accepted of it behind
# these, depends on QEMU's version (RING_RESET is younger than the others).
ACCEPTED = {
    'legacy': 'ANY_LAYOUT INDIRECT_DESC EVENT_IDX',
    'split': 'INDIRECT_DESC EVENT_IDX VERSION_1<any>',
    'packed': 'INDIRECT_DESC EVENT_IDX VERSION_1 RING_PACKED<any>',
    'split, in order': 'INDIRECT_DESC EVENT_IDX VERSION_1 IN_ORDER<any>',
    'packed, in order':
        'INDIRECT_DESC EVENT_IDX VERSION_1 RING_PACKED IN_ORDER<any>',
}
IRQ = {
    'msix': '  irq msix, 2 vectors, ',
    'intx': '  irq intx, ',
    'poll': '  irq poll',
}


def irq_row(kind, taken='<num>'):
    """How a device interrupts, and how often it did."""
    irq = kind.irq or ('msix' if is_pci(kind) else 'intx')
    return IRQ[irq] + ('' if irq == 'poll' else f'{taken} taken')


def driven(kind, driver, entries, features='', taken='<num>'):
    """The rows of a device that a driver has."""
    accepted = ACCEPTED['legacy' if is_legacy(kind, driver) else kind.ring]
    form = ring(kind, driver).partition(',')[0]
    return [f'driver {driver}',
            '  offered  <any>',
            f'  accepted {features}{accepted}',
            f'  queue 0: {entries} entries, {form}, <num> in flight',
            irq_row(kind, taken)]


def place(kind, idx):
    """The name of the slot of QEMU's -device option idx."""
    if is_pci(kind):
        return f'pci 00:{idx + 1:02x}.0'
    return f'mmio {0x0a003e00 - 0x200 * idx:08x}'


def devices(kind):
    """The answer to `devices`; somebody has typed that on the keyboard."""
    rows = []
    for idx, (what, number, answer) in enumerate((
            ('gpu', 16, driven(kind, 'gpu', 64, 'EDID ')),
            ('input', 18, driven(kind, 'input', 64, taken='<some>')),
            ('input', 18, ['no driver']),
            ('net', 1, ['no driver']),
            ('block', 2, ['no driver']),
            ('entropy', 4, driven(kind, 'rng', 8)))):
        form = 'legacy' if is_legacy(kind, what) else 'modern'
        rows += [f'{place(kind, idx)} {what} (type {number}), {form}, '
                 f'{answer[0]}', *answer[1:]]
    empty, count = (32, 38) if is_pci(kind) else (26, 32)
    return rows + [f'{count} slots, {empty} without a device']


# A second GPU, behind all other devices, and what it shows.
SECOND_GPU = 'virtio-gpu-{bus},id=second,xres=640,yres=480'


def label(kind):
    """The one line of the second GPU's screen."""
    return (f' GPU {place(kind, 6)}, 640 x 480; the console is on '
            f'{place(kind, 0)}')


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
