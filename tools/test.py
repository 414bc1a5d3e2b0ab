# SPDX-License-Identifier: MIT
"""Build and run the tests of Levitate.

Missing Debian packages are installed first. Without GROUP all groups run but
those that --list says run only when they are named.
The last line is the sum; the exit status is 0 only if something ran and
nothing failed.
LEV_SKIP_IS_FAILURE=1 in the environment makes each skip a failure.

A group is a folder of tests/ with a group.py that has run(report).
"""
import argparse
import importlib
import importlib.util
import os
import subprocess
import sys
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, 'tools'))
from report import Report  # noqa: E402

GROUPS = {
    'lint': 'the rules of the house, checked on the sources',
    'unit': 'each part alone: gcc, clang, sanitizers, armhf and s390x',
    'qtest': "the drivers in a process of this machine, QEMU's devices",
    'scenario': "the same stories on the device model and on QEMU's devices",
    'conformance': "the standard's clauses, and the tests that show them",
    'boot': 'the kernel in QEMU; the screen is read back as text',
    'fuzz': 'all that reads what it must not trust, on hostile bytes',
    'stress': 'memory ordering: all interleavings, and ThreadSanitizer',
    'proof': 'what holds for every device, shown by CBMC',
    'mutate': 'the library broken in small ways: a test must see it',
    'hotpath': 'what a request costs in instructions, counted',
    'size': 'the size of the code, against tests/budgets.tsv',
}
# These run only when they are named.
ON_DEMAND = {
    'bench': 'driver and device on two CPUs, timed: only when named',
    'soak': 'random work, LEV_SOAK seconds each ring: only when named',
}
ALL = {**GROUPS, **ON_DEMAND}


def parse_arguments(argv):
    parser = argparse.ArgumentParser(
        prog='./test.sh', description=__doc__, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('groups', nargs='*', metavar='GROUP',
                        help=', '.join(ALL))
    parser.add_argument('--list', action='store_true',
                        help='list the groups, and the cells of the '
                             'scenarios that are left out; end')
    parser.add_argument('-k', dest='only', default='', metavar='TEXT',
                        help='run only cases whose name contains TEXT')
    parser.add_argument('-v', '--verbose', action='store_true',
                        help='name the unit tests that pass, too')
    args = parser.parse_args(argv)
    for name in args.groups:
        if name not in ALL:
            parser.error(f"no group '{name}'; there are: {' '.join(ALL)}")
    return args


def load_group(name):
    """Import tests/NAME/group.py."""
    path = os.path.join(ROOT, 'tests', name, 'group.py')
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location(f'group_{name}', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def print_left_out():
    """The cells of the scenarios' matrix that there are not, and why."""
    sys.path.insert(0, os.path.join(ROOT, 'tests', 'scenario'))
    cells = importlib.import_module('cells').Matrix()
    print('\nleft out of the scenarios:')
    for line in cells.left_out():
        print(f'    {line}')


def run_group(report, name):
    """Run one group and print what came of it and how long it took."""
    report.begin(name)
    before = dict(report.counts)
    start = time.monotonic()
    report.say(f'== {name}: {ALL[name]}')
    try:
        load_group(name).run(report)
    except Exception:  # pylint: disable=broad-except
        report.failed('the group itself', traceback.format_exc())
    counts = ', '.join(f'{report.counts[key] - before[key]} {key}'
                       for key in before)
    report.say(f'== {name}: {counts} in {time.monotonic() - start:.0f} s')


def main(argv=None):
    """The command line; returns the exit status."""
    args = parse_arguments(argv)
    if args.list:
        for name, what in ALL.items():
            print(f'{name:8} {what}')
        print_left_out()
        return 0
    os.chdir(ROOT)
    deps = subprocess.run(['tools/deps.sh', 'test'], check=False)
    if deps.returncode:
        return deps.returncode
    # The results of some cases are not those of a group.
    folder = None if args.only else os.path.join(ROOT, 'build', 'results')
    report = Report(args.verbose,
                    os.environ.get('LEV_SKIP_IS_FAILURE') == '1', args.only,
                    folder)
    for name in ALL:
        if name in (args.groups or GROUPS):
            run_group(report, name)
    ran = sum(report.counts.values())
    if not ran:
        report.say(f'no case has a name that contains {args.only!r}')
    report.say(report.totals())
    return 1 if report.counts['failed'] or not ran else 0


if __name__ == '__main__':
    sys.exit(main())
