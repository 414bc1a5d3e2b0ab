# SPDX-License-Identifier: MIT
"""Building by CMake preset, for run.sh and test.sh."""
import os
import re
import shlex
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class BuildError(Exception):
    """A build step failed; the text is the command and what it printed."""


def run(command):
    """Run one command at the root; BuildError with its output if it fails."""
    try:
        done = subprocess.run(command, cwd=ROOT, check=False, text=True,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, errors='replace')
    except OSError as error:
        raise BuildError(f'{command[0]}: {error}') from error
    if done.returncode:
        # ninja's lines of progress say nothing about the failure.
        said = re.sub(r'^\[\d+/\d+\] .*\n', '', done.stdout, flags=re.M)
        raise BuildError(f'{shlex.join(command)}\n{said}')
    return done.stdout


def preset(name):
    """Configure and build a preset of CMakePresets.json; its folder."""
    run(['cmake', '--preset', name])
    run(['cmake', '--build', '--preset', name,
         '--parallel', str(os.cpu_count() or 1)])
    return os.path.join(ROOT, 'build', name)


def emulator(folder):
    """The command that runs the programs of this build; [] if none has to."""
    with open(os.path.join(folder, 'CMakeCache.txt'), encoding='utf-8') as file:
        found = re.search('^CMAKE_CROSSCOMPILING_EMULATOR:[A-Z]+=(.+)$',
                          file.read(), re.M)
    return found.group(1).split(';') if found else []
