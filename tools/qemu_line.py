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

# Where the devices sit, as QEMU's device names end, and what else that takes.
# QEMU's virt machine offers virtio-mmio version 1 (legacy) unless told. On PCI
# whatever has an old form is transitional, or, in pci-legacy, legacy; GPU and
# input devices have none and are modern in any case. The network card's boot
# program is in a package of its own, and nothing here boots by it.
NO_ROM = ['-global', 'virtio-net-pci.romfile=']
LEGACY_PCI = [
    word for name in ('net', 'blk', 'rng')
    for word in ('-global', f'virtio-{name}-pci.disable-modern=on',
                 '-global', f'virtio-{name}-pci.disable-legacy=off')]
BUS = {
    'mmio-legacy': ('device', []),
    'mmio': ('device', ['-global', 'virtio-mmio.force-legacy=false']),
    'pci': ('pci', NO_ROM),
    'pci-legacy': ('pci', NO_ROM + LEGACY_PCI),
}

# The format of the virtqueues, of all devices; legacy ones have split ones
# only, whatever is asked for.
RING = {
    'split': [],
    'packed': ['-global', 'virtio-device.packed=on'],
}
# The same with buffers used in order, which QEMU 10.0 has.
IN_ORDER = {
    f'{ring}, in order': words + ['-global', 'virtio-device.in_order=on']
    for ring, words in RING.items()}
# Every pair of the two that makes a difference.
PAIRS = [(bus, ring) for bus in BUS for ring in RING
         if (bus, ring) != ('mmio-legacy', 'packed')]

# How our kernel learns of what devices did, at best: its boot argument irq=.
# Without it the kernel takes the first that there is.
IRQ = ('msix', 'intx', 'poll')

# The interrupt controller; version 2 has GICv2m for messages, 3 an ITS.
GIC = ('2', '3')


def irqs(bus):
    """Those of IRQ that exist on a bus: one without PCI has no messages."""
    return IRQ if BUS[bus][0] == 'pci' else IRQ[1:]


# The network is QEMU's own user-mode one: no host set-up, no port.
DEVICES = {
    'gpu': ['-device', f'virtio-gpu-{{bus}},xres={WIDTH},yres={HEIGHT}'],
    'keyboard': ['-device', 'virtio-keyboard-{bus}'],
    'tablet': ['-device', 'virtio-tablet-{bus}'],
    'net': ['-netdev', 'user,id=net0',
            '-device', 'virtio-net-{bus},netdev=net0'],
    'blk': ['-drive', 'if=none,id=disk0,format=raw,file={disk}',
            '-device', 'virtio-blk-{bus},drive=disk0'],
    'rng': ['-device', 'virtio-rng-{bus}'],
}
ALL = ('gpu', 'keyboard', 'tablet', 'net', 'blk', 'rng')


def machine(kernel=KERNEL, bus='mmio-legacy', ring='split', irq=None, gic='2',
            devices=ALL, disk=DISK, append='', extra=(), qemu=QEMU):
    """The machine and what is plugged in; no display, no console yet.

    bus is one of BUS, ring of RING or IN_ORDER, gic of GIC; irq is one of IRQ
    or None; devices is any of ALL; append is the kernel's command line; extra
    is passed to QEMU as it is.
    """
    suffix, words = BUS[bus]
    line = [qemu, '-M', f'virt,gic-version={gic}', '-cpu', 'cortex-a72',
            '-m', '1G', '-accel', 'tcg,thread=single', '-nodefaults']
    line += words + {**RING, **IN_ORDER}[ring]
    for name in devices:
        line += [word.replace('{bus}', suffix)
                 .replace('{disk}', disk.replace(',', ',,'))
                 for word in DEVICES[name]]
    line += ['-kernel', kernel]
    arguments = ([append] if append else []) + ([f'irq={irq}'] if irq else [])
    if arguments:
        line += ['-append', ' '.join(arguments)]
    return line + list(extra)


def make_disk(path):
    """Create the (sparse) disk image unless it is there."""
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as file:
            file.truncate(DISK_BYTES)
