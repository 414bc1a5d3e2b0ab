# SPDX-License-Identifier: MIT
"""Reads what valgrind's callgrind writes: instructions by function.

Run it with --compress-strings=no --compress-pos=no: names and positions are
then written out on each line, and this reader takes nothing else.
"""
import collections
import re

HEADER = re.compile(r'(\w+): *(.*)')
NAMES = ('ob', 'fl', 'fi', 'fe', 'fn', 'cob', 'cfi', 'cfl', 'cfn')
COMPRESSED = re.compile(r'\(\d+\)')


class ProfileError(Exception):
    """Not a profile that this reader understands."""


class Profile:
    """One dump.

    own: instructions of each function itself; calls: (caller, callee) to what
    the calls cost, all that they led to included; total: of everything, as
    callgrind itself added it up.
    """

    def __init__(self, text):
        self.own = collections.Counter()
        self.calls = collections.Counter()
        self.total = None
        self.function = self.callee = None
        self.in_call = False
        for number, line in enumerate(text.splitlines(), 1):
            try:
                self.read_line(line)
            except ValueError as error:
                raise ProfileError(f'line {number}: {error}') from error
        if self.total is None:
            raise ProfileError('no sum at all')
        if sum(self.own.values()) != self.total:
            raise ProfileError(f'functions cost {sum(self.own.values())} '
                               f'together, the sum says {self.total}')

    def read_line(self, line):
        """Take in one line; ValueError if it cannot be one."""
        key, found, value = line.partition('=')
        if not line or line.startswith('#'):
            return
        if line[0].isdigit():
            self.read_cost(line)
        elif found and key in NAMES:
            self.read_name(key, value)
        elif found and key == 'calls':
            if self.callee is None:
                raise ValueError('a call of nothing')
            self.in_call = True
        else:
            self.read_header(line)

    def read_header(self, line):
        header = HEADER.match(line)
        if not header:
            raise ValueError(f'what is {line!r}?')
        key, value = header.groups()
        if key == 'events' and value != 'Ir':
            raise ValueError(f'counts {value}, not instructions')
        if key == 'positions' and value != 'line':
            raise ValueError(f'positions are {value}, not lines')
        if key in ('summary', 'totals'):
            self.total = int(value)

    def read_name(self, key, value):
        if COMPRESSED.match(value):
            raise ValueError('names are compressed')
        if key == 'fn':
            self.function = value
        elif key == 'cfn':
            self.callee = value

    def read_cost(self, line):
        """A line and its cost; behind calls=, what the call cost."""
        _, cost = map(int, line.split())
        if self.function is None:
            raise ValueError('a cost of no function')
        if self.in_call:
            self.calls[self.function, self.callee] += cost
        else:
            self.own[self.function] += cost
        self.in_call, self.callee = False, None


def load(path):
    """Read the dump at path."""
    with open(path, encoding='utf-8') as file:
        return Profile(file.read())


def bill(profile, library, others):
    """What the library's functions cost, by function.

    library and others are sets of names: the library's functions, and those
    of the program around it, which are not counted. What the library calls
    besides (the C library) is on its bill, under the name of what it called.
    """
    both = library & others
    if both:
        raise ProfileError(f'functions of two owners: {sorted(both)}')
    cost = collections.Counter({name: count for name, count
                                in profile.own.items() if name in library})
    for (caller, callee), count in profile.calls.items():
        if caller in library and callee not in library | others:
            cost[callee] += count
    return cost
