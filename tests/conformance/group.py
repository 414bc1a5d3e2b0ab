# SPDX-License-Identifier: MIT
"""Group conformance: the clauses of the standard, and who shows them.

tools/conformance.py has the rule. driver.tsv is the table of the clauses:
those of the standard that name a driver, and of our own words those of MMIO's
legacy section. tests/not-applicable.tsv says which cannot apply, and why.
"""
import difflib

import conformance


def listed(complaints):
    """Fails with the complaints, if there are any."""
    if complaints:
        raise AssertionError('\n'.join(complaints))


def check_covered(clauses, evidence, reasons):
    """Each MUST and MUST NOT of the strict scopes is covered."""
    listed([f'{clause.id} {clause.keyword}: {clause.requirement}: '
            f'{conformance.tests_of(clause, evidence, reasons, {})}'
            for clause in conformance.missing(clauses, evidence, reasons)])
    strict = [clause for clause in clauses if conformance.is_strict(clause)]
    covered, not_applicable, total = conformance.count(
        strict, evidence, reasons)
    return (f'{covered} covered, {not_applicable} not applicable, '
            f'of {total}')


def differences(before, after):
    """The first lines that differ."""
    return '\n'.join(line[:300] for line in list(difflib.unified_diff(
        before.splitlines(), after.splitlines(), 'committed', 'this run', '',
        '', 0))[:20])


def check_page(clauses, evidence, reasons):
    """docs/conformance.md is what this run makes of it, README's totals too."""
    page = conformance.make_page(clauses, evidence, reasons)
    for path, right in ((conformance.PAGE, page),
                        (conformance.readme.README,
                         conformance.make_readme())):
        is_now = conformance.read(path)
        if is_now != right:
            raise AssertionError(
                f'{path} is not what this run shows; {conformance.REMAKE} '
                'makes it again\n' + differences(is_now, right))


def run(report):
    """All of the group."""
    evidence, wrong = conformance.gather()
    clauses = conformance.read_clauses()
    reasons = conformance.read_not_applicable()
    report.case('the tests pass', listed, wrong)
    report.case('MUST and MUST NOT', check_covered, clauses, evidence, reasons)
    report.case('not applicable', lambda: listed(
        conformance.complaints_not_applicable(clauses, evidence, reasons)))
    report.case('docs/conformance.md', check_page, clauses, evidence, reasons)
