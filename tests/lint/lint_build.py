# SPDX-License-Identifier: MIT
"""Rules of the house that take a compiler to see.

The library must build with nothing but a compiler, for any architecture, and
what comes out may lean on nothing but four functions. Each check takes the
root of a tree and returns its complaints.
"""
import glob
import os
import re
import shutil
import subprocess
import tempfile

import elf

TRIPLES = {
    'x86_64': 'x86_64-linux-gnu',
    'aarch64': 'aarch64-linux-gnu',
    'riscv64': 'riscv64-linux-gnu',
    'armhf': 'arm-linux-gnueabihf',
    's390x': 's390x-linux-gnu',
}
CLANG_FORMAT_VERSION = 14
BARE = ['-ffreestanding', '-c', '-Iinclude']
ALLOWED_IMPORT = re.compile(
    r'mem(cpy|set|move|cmp)|__aeabi_mem(cpy|set|move|clr)[48]?')


def warnings(root):
    """The set of warnings, from its home in CMakeLists.txt."""
    with open(os.path.join(root, 'CMakeLists.txt'), encoding='utf-8') as file:
        found = re.search(r'set\(LEV_WARNINGS\s([^)]*)\)', file.read())
    if not found:
        raise AssertionError('CMakeLists.txt sets no LEV_WARNINGS')
    return found.group(1).split()


def compilers():
    """Every (name, command) the library must build with."""
    for arch, triple in TRIPLES.items():
        yield f'gcc {arch}', [f'{triple}-gcc']
        clang = ['clang', f'--target={triple}']
        # Else clang keeps 64-bit constants in .sdata, which is writable.
        clang += ['-msmall-data-limit=0'] if arch == 'riscv64' else []
        yield f'clang {arch}', clang
    less = ['-DLEV_NO_NAMES', '-DLEV_NO_ASSERT']
    yield 'gcc with less', [f'{TRIPLES["x86_64"]}-gcc', *less]
    yield 'clang with less', ['clang', *less]


def missing(command):
    """The reason why this command cannot be used here, or None."""
    return None if shutil.which(command[0]) else f'no {command[0]} here'


def run(command, folder):
    """Run a compiler; what it printed, if it failed, as complaints."""
    done = subprocess.run(command, cwd=folder, check=False, text=True,
                          errors='replace', stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if not done.returncode:
        return []
    return [f'{" ".join(command[:3])} ...', *done.stdout.splitlines()]


def library(root):
    """The library's sources, as the one-line build names them."""
    return sorted(os.path.relpath(path, root)
                  for path in glob.glob(os.path.join(root, 'src/*/*.c')))


def check_one_line_build(root, compiler):
    """The command of the README: no configure step, no generated file."""
    with tempfile.TemporaryDirectory() as folder:
        sources = [os.path.join(root, path) for path in library(root)]
        include = '-I' + os.path.join(root, 'include')
        return run([compiler, *BARE[:2], include, *sources], folder)


def compile_library(root, command, folder):
    """Compile each source at -Os with all warnings; complaints, objects."""
    complaints = []
    objects = {}
    # Where gcc makes position-independent code unasked, a global offset
    # table would be an import that the library does not ask for.
    flags = ['-std=c11', '-Os', '-fno-pic', *BARE, *warnings(root)]
    for path in library(root):
        target = os.path.join(folder, os.path.basename(path) + '.o')
        failed = run([*command, *flags, path, '-o', target], root)
        complaints += failed
        if not failed:
            objects[path] = elf.load(target)
    return complaints, objects


def is_variable(symbol):
    """A named object that is writable when the program runs.

    Nameless constants may lie in a writable section: that is the compiler's
    affair (clang does so on riscv64).
    """
    if not symbol.is_data or not symbol.defined:
        return False
    return symbol.section is None or (
        bool(symbol.section.flags & elf.SHF_WRITE)
        and not symbol.section.name.startswith('.data.rel.ro'))


def check_symbols(objects):
    """What the library exports, imports and keeps in memory."""
    complaints = []
    exported = {symbol.name for obj in objects.values()
                for symbol in obj.symbols
                if symbol.defined and not symbol.local}
    for path, obj in objects.items():
        for symbol in obj.symbols:
            if is_variable(symbol):
                complaints.append(f'{path}: {symbol.name}: no globals here')
            if symbol.local:
                continue
            if symbol.defined and not symbol.name.startswith('lev_'):
                complaints.append(f'{path}: exports {symbol.name}')
            if not symbol.defined and not (
                    ALLOWED_IMPORT.fullmatch(symbol.name)
                    or symbol.name in exported):
                complaints.append(f'{path}: imports {symbol.name}')
    return complaints


def check_library(root, command):
    """Build for one architecture with one compiler, then the symbol rule."""
    with tempfile.TemporaryDirectory() as folder:
        complaints, objects = compile_library(root, command, folder)
    return complaints or check_symbols(objects)


def check_headers(root, compiler, language):
    """Each public header compiles alone, as C11 or as C++11."""
    complaints = []
    flags = ['-std=c11', '-xc'] if language == 'C11' else \
        ['-std=c++11', '-xc++']
    wanted = [flag for flag in warnings(root)
              if language == 'C11' or 'prototypes' not in flag]
    headers = glob.glob(os.path.join(root, 'include', '**', '*.h'),
                        recursive=True)
    for path in sorted(headers):
        name = os.path.relpath(path, os.path.join(root, 'include'))
        with tempfile.NamedTemporaryFile('w', suffix='.c') as probe:
            probe.write(f'#include <{name}>\n#include <{name}>\n'
                        'typedef int lev_probe;\n')
            probe.flush()
            complaints += run([compiler, *flags, '-ffreestanding', *wanted,
                               '-fsyntax-only', '-Iinclude', probe.name],
                              root)
    return complaints


def find_clang_format():
    """The command of the version that decides; else None and why."""
    for name in (f'clang-format-{CLANG_FORMAT_VERSION}', 'clang-format'):
        if shutil.which(name):
            told = subprocess.run([name, '--version'], check=False, text=True,
                                  stdout=subprocess.PIPE).stdout
            found = re.search(r'version (\d+)', told)
            if found and int(found.group(1)) == CLANG_FORMAT_VERSION:
                return name, None
            return None, f'{told.strip()}: not {CLANG_FORMAT_VERSION}'
    return None, 'no clang-format here'


def check_format(root, paths, command):
    """Every C file looks as .clang-format says."""
    return run([command, '--dry-run', '-Werror', '--ferror-limit=3', *paths],
               root) if paths else []
