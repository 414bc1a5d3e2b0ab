# SPDX-License-Identifier: MIT
"""Group mutate: the library broken in small ways, and a test that sees it.

A sample; `tools/mutate.py --all` tries every mutant. With -k FILE:LINE it is
the mutants of that line.
"""
import os

import build
import mutants
import mutate

SAMPLE = 20


def chosen_of(report, left):
    """The sample, and what replaces those of it that are no programs."""
    if not report.only:
        return left[:SAMPLE], left[SAMPLE:]
    return [m for m in left if report.wants(f'{m.path}:{m.line}')], []


def run(report):
    """All of the group."""
    try:
        left, equivalent = mutate.candidates()
        chosen, reserve = chosen_of(report, left)
        if not chosen:
            return
        report.say(f'    {len(chosen)} of {len(left)} mutants; {equivalent} '
                   'more are equivalent')
        results, survivors = mutate.run(chosen, reserve, os.cpu_count() or 1,
                                        report.say)
    except (mutate.MutateError, mutants.MutantError,
            build.BuildError) as error:
        report.failed('the tests without a mutation', str(error))
        return
    for result in results:
        if result.by:
            report.passed(mutate.describe(result))
    name = f'{len(results) - len(survivors)} of {len(results)} are killed'
    if mutate.too_many(results, survivors):
        report.failed(name, '\n'.join(map(mutate.describe, survivors)))
    else:
        report.passed(name, loud=True)
