# SPDX-License-Identifier: MIT
"""Debian's arm64 Linux as a guest: its kernel, and an initial RAM disk.

The kernel and its modules come from Debian's archive by apt-get, into
build/linux, and touch nothing else of the system. The RAM disk holds one
program, linux_init.c, and the modules that it loads.

    kernel = linux_guest.fetch()
    initrd = linux_guest.make_initrd(kernel, ['virtio_mmio', 'virtio_net'])
    # boot with linux_guest.APPEND and -initrd, then wait for INIT_LINE
"""
import glob
import os
import re
import subprocess
import sys

import build

FOLDER = os.path.join(build.ROOT, 'build', 'linux')
ROOT = os.path.join(FOLDER, 'root')
INIT_SOURCE = os.path.join(build.ROOT, 'tools', 'linux_init.c')
INIT_LINE = 'init is here'
APPEND = 'console=ttyAMA0 quiet'


def say(text):
    print(f'linux_guest: {text}', file=sys.stderr, flush=True)


def apt_options():
    """Options that give apt-get lists and a cache of its own, for arm64."""
    lists = os.path.join(FOLDER, 'lists')
    cache = os.path.join(FOLDER, 'cache')
    os.makedirs(os.path.join(lists, 'partial'), exist_ok=True)
    os.makedirs(os.path.join(cache, 'archives', 'partial'), exist_ok=True)
    native = build.run(['dpkg', '--print-architecture']).strip()
    return ['-q', '-o', f'APT::Architectures::={native}',
            '-o', 'APT::Architectures::=arm64',
            '-o', f'Dir::State::Lists={lists}', '-o', f'Dir::Cache={cache}',
            # Root drops to a user who may not write below build/.
            '-o', 'APT::Sandbox::User=root']


def fetch():
    """The path of Debian's arm64 kernel image, downloaded if need be."""
    found = glob.glob(os.path.join(ROOT, 'boot', 'vmlinuz-*'))
    if found:
        return found[0]
    os.makedirs(FOLDER, exist_ok=True)
    options = apt_options()
    say('fetching the lists of arm64 packages')
    build.run(['apt-get', *options, 'update'])
    depends = build.run(['apt-cache', *options, 'depends',
                         'linux-image-arm64:arm64'])
    package = re.search(r'Depends: (linux-image-\S+?)(?::arm64)?$', depends,
                        re.MULTILINE)
    if not package:
        raise build.BuildError('no linux-image-arm64 in the archive')
    say(f'fetching {package.group(1)}, about 70 MB')
    subprocess.run(['apt-get', *options, 'download',
                    f'{package.group(1)}:arm64'], cwd=FOLDER, check=True,
                   stdout=sys.stderr)
    deb, = glob.glob(os.path.join(FOLDER, 'linux-image-*.deb'))
    build.run(['dpkg-deb', '-x', deb, ROOT])
    return glob.glob(os.path.join(ROOT, 'boot', 'vmlinuz-*'))[0]


def release(kernel):
    """What uname -r says in this kernel."""
    return os.path.basename(kernel).replace('vmlinuz-', '')


def package_version():
    """The version of the package that was fetched, from its file's name."""
    deb, = glob.glob(os.path.join(FOLDER, 'linux-image-*.deb'))
    return os.path.basename(deb).split('_')[1].replace('%3a', ':')


def module_name(path):
    """A module's name, by its file; modules write '-' as '_'."""
    return os.path.basename(path).split('.ko')[0].replace('-', '_')


def needs(content):
    """The modules that a module says it depends on."""
    found = re.search(rb'\0depends=([^\0]*)\0', content)
    names = found.group(1).decode() if found else ''
    return [name.replace('-', '_') for name in names.split(',') if name]


def in_order(names, read):
    """These modules and what they need, in an order for loading.

    read(name) gives a module's content. Returns [(name, content)].
    """
    loaded = {}

    def load(name):
        if name not in loaded:
            content = read(name)
            for needed in needs(content):
                load(needed)
            loaded[name] = content
    for name in names:
        load(name)
    return list(loaded.items())


def read_modules(kernel, names):
    """The named modules and all they need, in an order for loading."""
    folder = os.path.join(ROOT, 'lib', 'modules', release(kernel))
    paths = {module_name(path): path for path in glob.glob(
        os.path.join(folder, 'kernel', '**', '*.ko*'), recursive=True)}

    def read(name):
        # A compressed one would have to be unpacked first.
        if not paths.get(name, '').endswith('.ko'):
            raise build.BuildError(f'no file {name}.ko in {folder}')
        with open(paths[name], 'rb') as file:
            return file.read()
    return in_order(names, read)


def cpio_entry(name, mode, content):
    """One file of a "newc" archive."""
    fields = [1, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
    head = b'070701' + b''.join(b'%08X' % field for field in fields)
    head += name.encode() + b'\0'
    return (head + bytes(-len(head) % 4) + content + bytes(-len(content) % 4))


def make_initrd(kernel, modules=()):
    """An initial RAM disk with /init and these modules; its path."""
    program = os.path.join(FOLDER, 'init')
    build.run(['aarch64-linux-gnu-gcc', '-std=c11', '-Os', '-ffreestanding',
               '-fno-pie', '-static', '-nostdlib', '-s', INIT_SOURCE,
               '-o', program])
    with open(program, 'rb') as file:
        archive = cpio_entry('init', 0o100755, file.read())
    for number, (_, content) in enumerate(read_modules(kernel, modules)):
        archive += cpio_entry(f'{number:03}', 0o100644, content)
    path = os.path.join(FOLDER, 'modules.cpio' if modules else 'initrd.cpio')
    with open(path, 'wb') as file:
        file.write(archive + cpio_entry('TRAILER!!!', 0, b''))
    return path
