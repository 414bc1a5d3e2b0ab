# SPDX-License-Identifier: MIT
"""Group size: the code of each part at -Os, against tests/budgets.tsv.

What counts is executable code, on each architecture. Tables and names
(read-only data) are printed beside it.
"""
import glob
import os
import shutil
import tempfile

import budgets
import build
import elf
from report import Skip

# Part: patterns of its sources. A source belongs to one part only: to the
# first that names it. The budget of part x on y is size.x.y.
PARTS = {
    'packed': ['src/core/packed*.c'],
    'dump': ['src/core/queue_dump.c'],
    'core': ['src/core/*.c', 'src/transport/mmio*.c'],
    'pci_scan': ['src/transport/pci_scan.c'],
    'pci': ['src/transport/pci*.c'],
    'gpu': ['src/drivers/gpu*.c'],
    'input': ['src/drivers/input*.c'],
    'rng': ['src/drivers/rng*.c'],
    'term': ['src/term/*.c'],
}
COMPILERS = {
    'aarch64': 'aarch64-linux-gnu-gcc',
    'x86_64': 'x86_64-linux-gnu-gcc',
    'riscv64': 'riscv64-linux-gnu-gcc',
}
FLAGS = ['-std=c11', '-Os', '-ffreestanding', '-fno-pie',
         '-fno-asynchronous-unwind-tables', '-Iinclude', '-c']


def sources(part):
    """The files of a part, as they are now."""
    taken = set()
    for name, patterns in PARTS.items():
        found = {os.path.relpath(path, build.ROOT) for pattern in patterns
                 for path in glob.glob(os.path.join(build.ROOT, pattern))}
        if name == part:
            return sorted(found - taken)
        taken |= found
    raise KeyError(part)


def lengths(obj):
    """Bytes of code and of read-only data in one object file."""
    code = data = 0
    for section in obj.sections:
        if not section.flags & elf.SHF_ALLOC:
            continue
        if section.flags & elf.SHF_EXECINSTR:
            code += section.length
        elif not section.name.startswith('.eh_frame'):
            data += section.length
    return code, data


def measure(compiler, path):
    """Bytes of code and of read-only data of one source."""
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, 'part.o')
        try:
            build.run([compiler, *FLAGS, path, '-o', target])
        except build.BuildError as error:
            raise AssertionError(str(error)) from error
        return lengths(elf.load(target))


def check_part(part, arch, table):
    """Measure a part and hold it to its budget."""
    if not shutil.which(COMPILERS[arch]):
        raise Skip(f'no {COMPILERS[arch]} here')
    paths = sources(part)
    if not paths:
        raise AssertionError(f'no source fits {PARTS[part]}')
    for path in paths:
        table[path, arch] = measure(COMPILERS[arch], path)
    table[part, arch] = tuple(
        map(sum, zip(*(table[path, arch] for path in paths))))
    return budgets.expect_within(f'size.{part}.{arch}', table[part, arch][0])


def check_all_counted():
    """A source that no part names would cost nothing."""
    counted = {path for part in PARTS for path in sources(part)}
    left = sorted({os.path.relpath(path, build.ROOT) for path in
                   glob.glob(os.path.join(build.ROOT, 'src/*/*.c'))} - counted)
    if left:
        raise AssertionError(f'of no part: {" ".join(left)}')


def print_table(report, table):
    """Code and read-only data of each part, a pair an architecture.

    With -v each source file has a line of its own.
    """
    report.say(f'{"bytes at -Os":24}' + ''.join(
        f'{arch + " .text":>15} {"+ data":>7}' for arch in COMPILERS))
    names = list(PARTS)
    if report.verbose:
        names += sorted({name for name, _ in table} - set(PARTS))
    for part in names:
        cells = ''
        for arch in COMPILERS:
            code, data = table.get((part, arch), ('-', '-'))
            cells += f'{code:>15} {data:>7}'
        report.say(f'{part:24}{cells}')


def run(report):
    """All of the group."""
    table = {}
    report.case('every source belongs to a part', check_all_counted)
    for part in PARTS:
        for arch in COMPILERS:
            report.case(f'{part}, {arch}', check_part, part, arch, table)
    print_table(report, table)
