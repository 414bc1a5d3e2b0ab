# SPDX-License-Identifier: MIT
"""What must be on the screen and on the serial line, word for word.

The tokens (<hex> and its like) are those of harness.py.
"""

TERMINAL_ROWS = 39

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


def gpu(mmio):
    """The lines of the screen."""
    return [f'gpu: {VERSION[mmio]}',
            'gpu: offered <hex>',
            'gpu: accepted <hex>',
            'gpu: queue 0: 64 entries at <hex>',
            'gpu: EDID prefers 1280 x 800',
            'gpu: scanout 0: 1280 x 800',
            'display: 1280 x 800, terminal 128 x 39']


def keyboard(mmio, name='Keyboard'):
    """The lines of an input device, whatever it turns out to be."""
    return [f'input: {VERSION[mmio]}',
            'input: offered <hex>',
            'input: accepted <hex>',
            'input: queue 0: 64 entries at <hex>',
            f'input: QEMU Virtio {name}']


KEYBOARD_FOUND = ['keyboard: QEMU Virtio Keyboard']
KEYBOARD_ABSENT = ['keyboard: none, serial line only']


def log_all(mmio):
    return start(5) + gpu(mmio) + keyboard(mmio) + KEYBOARD_FOUND


def log_gpu_only(mmio):
    return start(1) + gpu(mmio) + KEYBOARD_ABSENT


def log_no_keyboard(mmio):
    return start(4) + gpu(mmio) + keyboard(mmio, 'Tablet') + KEYBOARD_ABSENT


def log_no_gpu(mmio):
    return (start(4) + ['display: no GPU, serial line only']
            + keyboard(mmio) + KEYBOARD_FOUND
            + ['no screen, this line is the console'])


# The command `devices`; what a device offers depends on QEMU's version.
DEVICES = {
    'legacy': [
        '0a003e00 gpu (type 16), mmio version 1, driver gpu',
        '  offered  <any>',
        '  accepted EDID ANY_LAYOUT INDIRECT_DESC EVENT_IDX',
        '  queue 0: 64 entries, <num> in flight',
        '0a003c00 input (type 18), mmio version 1, driver input',
        '  offered  <any>',
        '  accepted ANY_LAYOUT INDIRECT_DESC EVENT_IDX',
        '  queue 0: 64 entries, <num> in flight',
        '0a003a00 input (type 18), mmio version 1, no driver',
        '0a003800 net (type 1), mmio version 1, no driver',
        '0a003600 block (type 2), mmio version 1, no driver',
        '32 slots, 27 without a device',
    ],
    'modern': [
        '0a003e00 gpu (type 16), mmio version 2, driver gpu',
        '  offered  <any>',
        '  accepted EDID INDIRECT_DESC EVENT_IDX VERSION_1',
        '  queue 0: 64 entries, <num> in flight',
        '0a003c00 input (type 18), mmio version 2, driver input',
        '  offered  <any>',
        '  accepted INDIRECT_DESC EVENT_IDX VERSION_1',
        '  queue 0: 64 entries, <num> in flight',
        '0a003a00 input (type 18), mmio version 2, no driver',
        '0a003800 net (type 1), mmio version 2, no driver',
        '0a003600 block (type 2), mmio version 2, no driver',
        '32 slots, 27 without a device',
    ],
}

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
