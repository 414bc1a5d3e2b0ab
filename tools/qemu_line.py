# SPDX-License-Identifier: MIT
"""The QEMU command line: its one home.

./run.sh, the boot tests and the boot-time script all start the same machine,
so that what is tested is what a user sees.
"""
import os

QEMU = 'qemu-system-aarch64'
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KERNEL = os.path.join(ROOT, 'build', 'aarch64', 'kernel', 'levitate.img')
DISK = os.path.join(ROOT, 'build', 'disk.img')
DISK_BYTES = 64 << 20

WIDTH = 1280
HEIGHT = 800

# QEMU's virt machine offers virtio-mmio version 1 (legacy) unless told.
MMIO = {
    'legacy': [],
    'modern': ['-global', 'virtio-mmio.force-legacy=false'],
}

# The interrupt controller; with version 3 comes an ITS, with version 2 GICv2m.
GIC = ('2', '3')

# The format of the virtqueues, of all devices. Version 1 has split ones only.
RING = {
    'split': [],
    'packed': ['-global', 'virtio-device.packed=on'],
}
# The same with buffers used in order, which QEMU 10.0 has.
IN_ORDER = {
    f'{ring}, in order': words + ['-global', 'virtio-device.in_order=on']
    for ring, words in RING.items()}
# Every pair of the two that there is.
PAIRS = [(mmio, ring) for mmio in MMIO for ring in RING
         if (mmio, ring) != ('legacy', 'packed')]

# The network is QEMU's own user-mode one: no host set-up, no port.
DEVICES = {
    'gpu': ['-device', f'virtio-gpu-device,xres={WIDTH},yres={HEIGHT}'],
    'keyboard': ['-device', 'virtio-keyboard-device'],
    'tablet': ['-device', 'virtio-tablet-device'],
    'net': ['-netdev', 'user,id=net0',
            '-device', 'virtio-net-device,netdev=net0'],
    'blk': ['-drive', 'if=none,id=disk0,format=raw,file={disk}',
            '-device', 'virtio-blk-device,drive=disk0'],
    'rng': ['-device', 'virtio-rng-device'],
}
ALL = ('gpu', 'keyboard', 'tablet', 'net', 'blk', 'rng')


def machine(kernel=KERNEL, mmio='legacy', ring='split', devices=ALL,
            disk=DISK, append='', extra=(), qemu=QEMU, gic='2'):
    """The machine and what is plugged in; no display, no console yet.

    ring is one of RING or IN_ORDER; devices is any of ALL; append is the
    kernel's command line; extra is passed to QEMU as it is; gic is one of GIC.
    """
    line = [qemu, '-M', f'virt,gic-version={gic}', '-cpu', 'cortex-a72',
            '-m', '1G', '-accel', 'tcg,thread=single', '-nodefaults']
    line += MMIO[mmio] + {**RING, **IN_ORDER}[ring]
    for name in devices:
        line += [word.replace('{disk}', disk.replace(',', ',,'))
                 for word in DEVICES[name]]
    line += ['-kernel', kernel]
    if append:
        line += ['-append', append]
    return line + list(extra)


def make_disk(path):
    """Create the (sparse) disk image unless it is there."""
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.truncate(DISK_BYTES)
