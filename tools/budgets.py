# SPDX-License-Identifier: MIT
"""Reads tests/budgets.tsv, what the code may cost."""
import os

import build

PATH = os.path.join(build.ROOT, 'tests', 'budgets.tsv')


def load(path=PATH):
    """The limits by name; a line that is not one is an error."""
    limits = {}
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            if line.startswith('#') or not line.strip():
                continue
            fields = line.rstrip('\n').split('\t')
            if len(fields) != 3 or not fields[1].isdigit():
                raise ValueError(f'{path}:{number}: not name, limit, unit')
            if fields[0] in limits:
                raise ValueError(f'{path}:{number}: {fields[0]} again')
            limits[fields[0]] = int(fields[1])
    return limits


def expect_within(name, cost, limits=None):
    """Fail if a cost is over its budget; a note of both if it is not."""
    limits = limits or load()
    if name not in limits:
        raise AssertionError(f'{name}: {cost:.10g}, and no budget of that '
                             'name')
    limit = limits[name]
    if cost > limit:
        raise AssertionError(f'{name}: {cost:.10g}, the budget is {limit}')
    return f'{cost:.10g} of {limit}'
