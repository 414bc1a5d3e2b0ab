# SPDX-License-Identifier: MIT
"""Group hotpath: what a request costs, counted, against tests/budgets.tsv.

bench/ring.c runs under callgrind. Counted is what the library's own functions
execute (all of src/core, as objects without link-time optimisation), so
neither the loop around them nor the device; DESIGN.md says more. Beside it
stands what the others pay (peers.tsv), there with the loop.
"""
import collections
import glob
import os
import platform
import shutil

import budgets
import build
import callgrind
import elf
from report import Skip

COMPILERS = ('gcc', 'clang')
RINGS = ('split', 'packed')
FORMS = ('reap', 'poll')
SEGMENTS = (1, 3, 16)
BATCHES = (1, 16)
REQUESTS = 1024
FOLDER = os.path.join(build.ROOT, 'build', 'hotpath')
PEERS = os.path.join(build.ROOT, 'tests', 'hotpath', 'peers.tsv')
PROGRAM = ('ring', 'ring_device', 'ring_library')
# As a kernel is compiled; what distributions add unasked is left out.
FLAGS = ['-std=c11', '-O2', '-g', '-mgeneral-regs-only', '-fno-pie',
         '-fno-stack-protector', '-fcf-protection=none', '-Iinclude', '-c']

# One way to use a ring; its name is the program's argument.
Way = collections.namedtuple('Way', 'ring form segments batch option')
# Instructions a request. library: in the library alone, of that add and kick;
# total: all but the device, the loop included; functions: library, split up.
Cost = collections.namedtuple('Cost', 'library add kick total functions')


def ways():
    """All that are measured."""
    for ring in RINGS:
        for option, forms, shapes in (('', FORMS, SEGMENTS),
                                      ('indirect', ('reap',), SEGMENTS[1:]),
                                      ('inorder', ('reap',), SEGMENTS)):
            for form in forms:
                for segments in shapes:
                    for batch in BATCHES:
                        yield Way(ring, form, segments, batch, option)


def argument(way):
    """The way as the program takes it."""
    return '-'.join(str(word) for word in way if word)


def sources(pattern):
    return sorted(os.path.relpath(path, build.ROOT)
                  for path in glob.glob(os.path.join(build.ROOT, pattern)))


def compile_all(compiler, paths, folder, flags):
    """Compile each alone; the object files and their functions' names."""
    objects, names = [], set()
    for path in paths:
        target = os.path.join(folder, os.path.basename(path) + '.o')
        build.run([compiler, *FLAGS, *flags, path, '-o', target])
        objects.append(target)
        names |= {symbol.name for symbol in elf.load(target).symbols
                  if symbol.defined and not symbol.is_data}
    return objects, names


def cost_of(profile, library, program):
    """Read one dump."""
    functions = callgrind.bill(profile, library, program)
    device = profile.called('measure', 'bench_device_run')
    return Cost(*(count / REQUESTS for count in (
        functions.total(), profile.called('measure', 'lev_queue_add'),
        profile.called('measure', 'lev_queue_kick'),
        profile.total - device)), functions)


class Counts:
    """Builds with one compiler, and counts what is asked for."""

    def __init__(self, compiler):
        self.compiler = compiler
        self.folder = os.path.join(FOLDER, compiler)
        self.built = None
        self.costs = {}

    def build(self):
        """The program, and whose each function is. Built once."""
        if self.built:
            return self.built
        os.makedirs(self.folder, exist_ok=True)
        theirs, library = compile_all(
            self.compiler, sources('src/core/*.c'), self.folder,
            ['-ffreestanding'])
        ours, program = compile_all(
            self.compiler, [f'bench/{name}.c' for name in PROGRAM],
            self.folder, [])
        path = os.path.join(self.folder, 'ring')
        build.run([self.compiler, '-static', *ours, *theirs, '-o', path])
        self.built = path, library, program
        return self.built
