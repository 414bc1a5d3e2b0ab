# SPDX-License-Identifier: MIT
"""The fuzzers' starting inputs: one zip file for each of them.

    tests/fuzz/corpus.py [NAME...]

adds to corpus/NAME.zip what runs have found (build/fuzz-corpus/NAME): few
inputs that reach code which those in it do not. Some of these were made by
hand, for what takes luck to find; to begin anew, delete the file.
"""
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FOUND = os.path.join(ROOT, 'build', 'fuzz-corpus')
MOST_FILES = 400
MOST_BYTES = 64 * 1024
WHEN = (1980, 1, 1, 0, 0, 0)


def names():
    """The fuzzers that there are."""
    return sorted(name[len('fuzz_'):-len('.c')] for name in os.listdir(HERE)
                  if name.startswith('fuzz_') and name.endswith('.c'))


def archive(name):
    return os.path.join(HERE, 'corpus', name + '.zip')


def unpack(path, folder):
    """Put the inputs into a new folder; returns how many there are."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    if not os.path.exists(path):
        return 0
    with zipfile.ZipFile(path) as packed:
        for entry in packed.namelist():
            with open(os.path.join(folder, os.path.basename(entry)),
                      'wb') as file:
                file.write(packed.read(entry))
        return len(packed.namelist())


def pack(folder, path):
    """The other way round: the same inputs make the same bytes."""
    inputs = set()
    for entry in os.listdir(folder):
        with open(os.path.join(folder, entry), 'rb') as file:
            inputs.add(file.read())
    # Small ones first, as many as there is room for.
    inputs = sorted(inputs, key=lambda data: (len(data), data))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with zipfile.ZipFile(path, 'w') as packed:
        for data in inputs[:MOST_FILES]:
            entry = zipfile.ZipInfo(hashlib.sha1(data).hexdigest()[:16], WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, data)
    return len(inputs)


def main():
    """The command line."""
    for name in sys.argv[1:] or names():
        program = os.path.join(ROOT, 'build', 'fuzz', 'tests', 'fuzz',
                               f'fuzz_{name}')
        kept = os.path.join(ROOT, 'build', 'fuzz-merged', name)
        unpack(archive(name), kept)
        os.makedirs(os.path.join(FOUND, name), exist_ok=True)
        subprocess.run([program, '-set_cover_merge=1', '-timeout=25', kept,
                        os.path.join(FOUND, name)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        count = pack(kept, archive(name))
        length = os.path.getsize(archive(name))
        print(f'{name}: {count} inputs, {length} bytes')
        if count > MOST_FILES or length > MOST_BYTES:
            print(f'{name}: more than {MOST_FILES} inputs or '
                  f'{MOST_BYTES} bytes')


if __name__ == '__main__':
    main()
