# SPDX-License-Identifier: MIT
"""Builds what measures the rings, and tells whose each function is.

The library's core is compiled file by file, without link-time optimisation,
so that nothing is inlined across its interface: as whoever links it has it.
"""
import collections
import glob
import os

import build
import elf

# As a kernel is compiled; what distributions add unasked is left out.
FLAGS = ['-std=c11', '-O2', '-mgeneral-regs-only', '-fno-pie',
         '-fno-stack-protector', '-fcf-protection=none', '-c']
# The sources in bench/ of each program.
PROGRAMS = {
    'ring': ('ring', 'ring_rounds', 'ring_device', 'ring_queue',
             'ring_library'),
    'ring_threads': ('ring_threads', 'ring_bare', 'ring_device',
                     'ring_queue', 'ring_library'),
}

# path: of the program; library, program: the names of either's functions.
Built = collections.namedtuple('Built', 'path library program')


def functions(obj):
    """The names of what an object file defines, but for its data."""
    return {symbol.name for symbol in obj.symbols
            if symbol.defined and not symbol.is_data
            and not symbol.name.startswith('.')}


def compile_all(compiler, root, paths, folder, flags=()):
    """Compile each alone; the object files and their functions' names."""
    objects, names = [], set()
    for path in paths:
        target = os.path.join(folder, os.path.basename(path) + '.o')
        build.run([compiler, *FLAGS, *flags, '-I',
                   os.path.join(root, 'include'), path, '-o', target])
        objects.append(target)
        names |= functions(elf.load(target))
    return objects, names


def program(name, compiler, folder, root=build.ROOT):
    """Build a program of bench/, from this tree or another one."""
    os.makedirs(folder, exist_ok=True)
    core = sorted(glob.glob(os.path.join(root, 'src', 'core', '*.c')))
    theirs, library = compile_all(compiler, root, core, folder,
                                  ['-ffreestanding'])
    ours, mine = compile_all(
        compiler, root, [os.path.join(root, 'bench', part + '.c')
                         for part in PROGRAMS[name]], folder)
    path = os.path.join(folder, name)
    build.run([compiler, '-static', *ours, *theirs, '-pthread', '-o', path])
    return Built(path, library, mine)
