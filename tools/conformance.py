#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes docs/conformance.md: which clause of the standard which test shows;
and its totals in README.md.

A clause is covered when the device model's check for it fired in a negative
test, where a driver written by hand breaks it on purpose, and was armed in a
driver test, where the library drives the model and keeps it. Both come from
what the tests print as they run, case by case; the sources are not asked.
./test.sh conformance does the same and compares.
"""
import collections
import concurrent.futures
import glob
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import build  # noqa: E402
import cmocka  # noqa: E402
import readme  # noqa: E402

PRESET = 'host'
CLAUSES = os.path.join(build.ROOT, 'tests', 'conformance', 'driver.tsv')
NOT_APPLICABLE = os.path.join(build.ROOT, 'tests', 'not-applicable.tsv')
PAGE = os.path.join(build.ROOT, 'docs', 'conformance.md')
REMAKE = 'tools/conformance.py'

# What the library has; of the legacy rows, those of the rings and of the buses.
SCOPES = ('core', 'split', 'packed', 'mmio', 'pci', 'legacy', 'gpu', 'input',
          'entropy')
LEGACY = ('LEG-CORE-', 'LEG-RING-', 'LEG-MMIO-', 'LEG-PCI-')
# Nothing may be missing in these, and so few may not apply.
STRICT_SCOPES = SCOPES[:5]
STRICT = ('MUST', 'MUST NOT')
NOT_APPLICABLE_MAX = 10
KEYWORDS = ('MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY')
NAMES = 2
# What these meet depends on which of two threads is the faster one; they are
# not counted, so that each run shows the same.
BY_CHANCE = ('test_queue_thread: a_reset_ends_what_is_in_flight',
             'test_queue_thread: entries_that_change_are_read_once')

RULE = re.compile(r'^# rule (armed|fired) (\S+)$')
KNOWN = re.compile(r'`(test_[^`]+)`')
ROW = re.compile(r'^\| ([A-Z]+-[A-Z0-9a-z-]+) (\|.*)$', re.MULTILINE)

Clause = collections.namedtuple('Clause',
                                'id scope keyword section requirement')


def read_table(path):
    """The rows of a table with a head, comments left out."""
    with open(path, encoding='utf-8') as file:
        rows = [line.rstrip('\n').split('\t') for line in file
                if not line.startswith('#')]
    return rows[1:]


def scope_of(row):
    """Legacy rows of what is not there are a scope of their own."""
    if row[1] == 'legacy' and not row[0].startswith(LEGACY):
        return 'legacy, other'
    return row[1]


def read_clauses():
    """The driver's clauses of the standard, in its order."""
    return [Clause(row[0], scope_of(row), *row[2:])
            for row in read_table(CLAUSES)]


def read_not_applicable():
    """The reason by the clause."""
    return dict(read_table(NOT_APPLICABLE))


class Evidence:
    """Which case saw which rule armed, and which saw it fire."""

    def __init__(self):
        self.armed = collections.defaultdict(set)
        self.fired = collections.defaultdict(set)
        self.cases = 0

    def add(self, program, output):
        """The output of one program: a case's rules stand before it."""
        rules = []
        for line in output.splitlines():
            rule = RULE.match(line)
            case = cmocka.RESULT.match(line)
            if rule:
                rules.append(rule.groups())
            elif case:
                self.cases += 1
                if case.group(1) == 'ok' and not case.group(2):
                    self.add_case(program, case.group(3), rules)
                rules = []

    def add_case(self, program, case, rules):
        """A case that passed. The tests of the model are the negative ones."""
        if f'{program}: {case}' in BY_CHANCE:
            return
        negative = program.startswith('test_fake_')
        fired = {rule for what, rule in rules if what == 'fired'}
        if negative:
            for rule in fired:
                self.fired[rule].add(f'{program}: {case}')
        else:
            for rule in {rule for _, rule in rules} - fired:
                self.armed[rule].add(f'{program}: {case}')

    def covered(self, rule):
        """Was it seen to hold, and seen to be able not to?"""
        return bool(self.armed.get(rule)) and bool(self.fired.get(rule))


def programs():
    """The programs that may use the model, the longest one first."""
    yield 'test_scenario_fake'
    for source in sorted(glob.glob(os.path.join(
            build.ROOT, 'tests', 'unit', 'test_*.c'))):
        yield os.path.basename(source)[:-2]


def gather():
    """Build, run, look: the evidence, and what went wrong."""
    folder = os.path.join(build.preset(PRESET), 'tests')
    evidence, wrong = Evidence(), []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        running = [(name, pool.submit(cmocka.run_program,
                                      os.path.join(folder, name),
                                      FAKE_CONFORMANCE='1'))
                   for name in programs()]
        for name, done in running:
            output, status, clean = done.result()
            evidence.add(name, output)
            if not clean:
                wrong.append(f'{name}: {status}')
    return evidence, wrong


# --- judging ---------------------------------------------------------------

def is_strict(clause):
    """Must this clause be covered?"""
    return clause.scope in STRICT_SCOPES and clause.keyword in STRICT


def missing(clauses, evidence, reasons):
    """The clauses that must be covered and are not."""
    return [clause for clause in clauses if is_strict(clause)
            and clause.id not in reasons and not evidence.covered(clause.id)]


def complaints_not_applicable(clauses, evidence, reasons):
    """What is wrong with the list of those that do not apply."""
    strict = [clause.id for clause in clauses
              if is_strict(clause) and clause.id in reasons]
    known = {clause.id for clause in clauses if clause.scope in SCOPES}
    said = [f'{name}: not a clause of what is built'
            for name in reasons if name not in known]
    said += [f'{name}: not applicable, and yet it is covered'
             for name in reasons if evidence.covered(name)]
    said += [f'{name}: no reason' for name, why in reasons.items()
             if not why.strip()]
    if len(strict) > NOT_APPLICABLE_MAX:
        said.append(f'{len(strict)} clauses that must be covered are said not '
                    f'to apply, more than {NOT_APPLICABLE_MAX}')
    return said


# --- the page --------------------------------------------------------------

def some(tests, clause, known):
    """The names of a few tests: one named after the clause, then those that
    stand in its row already."""
    def own(name):
        return not name.endswith(clause.id), name

    first = sorted(tests, key=lambda name: (
        own(name)[0], name not in known.get(clause.id, ()), name))
    return ', '.join(f'`{name}`' for name in sorted(first[:NAMES], key=own))


def tests_of(clause, evidence, reasons, known):
    """The last cell of a clause's row."""
    armed = some(evidence.armed.get(clause.id, ()), clause, known)
    fired = some(evidence.fired.get(clause.id, ()), clause, known)
    if clause.id in reasons:
        return f'not applicable: {reasons[clause.id]}'
    if armed and fired:
        return f'{armed}; broken by {fired}'
    if fired:
        return f'**missing:** a driver test; broken by {fired}'
    if armed:
        return f'**missing:** a negative test; {armed}'
    if clause.keyword == 'MAY':
        return 'a permission: nothing to check'
    return '**missing:** a check'


def count(clauses, evidence, reasons):
    """Covered, not applicable, all."""
    return (sum(evidence.covered(clause.id) for clause in clauses),
            sum(clause.id in reasons for clause in clauses), len(clauses))


def cell(clauses, evidence, reasons):
    """A cell of the table of totals."""
    if not clauses:
        return '-'
    return ' / '.join(map(str, count(clauses, evidence, reasons)))


def totals(clauses, evidence, reasons):
    """By scope and keyword: covered / not applicable / all."""
    yield '| scope | ' + ' | '.join(KEYWORDS) + ' |'
    yield '|---|' + '---|' * len(KEYWORDS)
    for scope in SCOPES:
        cells = [cell([clause for clause in clauses
                       if (clause.scope, clause.keyword) == (scope, keyword)],
                      evidence, reasons) for keyword in KEYWORDS]
        yield f'| {scope} | ' + ' | '.join(cells) + ' |'


def not_built(clauses):
    """The scopes of which nothing is there."""
    counts = collections.Counter(clause.scope for clause in clauses
                                 if clause.scope not in SCOPES)
    return ', '.join(f'{scope} {n}' for scope, n in sorted(counts.items()))


def page(clauses, evidence, reasons, known):
    """The whole page."""
    lines = [
        '# Conformance', '',
        f'Made by `{REMAKE}`; do not edit. `./test.sh conformance` makes it '
        'again and',
        'compares.', '',
        'Each clause that VirtIO 1.4 puts on a driver, and the tests that '
        'show it. The',
        'device model in `tests/fake` checks the driver as it works. A clause '
        'is covered',
        'when its check was armed in a test of the library (the rule was '
        'binding there,',
        'the model looked, and it was kept) *and* fired in a test of the '
        'model, where a',
        'driver written by hand breaks it on purpose. Both are taken from '
        'what the tests',
        'print when they run. At most two tests of each kind are named.', '',
        'Covered / not applicable / all:', '',
        *totals(clauses, evidence, reasons), '',
        'A MAY allows something: there is no way to break it, so most have '
        'nothing to',
        'check. Not built yet, with the number of their clauses: '
        f'{not_built(clauses)}.']
    for scope in SCOPES:
        lines += ['', f'## {scope}', '',
                  '| clause | | section | what it asks | tests |',
                  '|---|---|---|---|---|']
        lines += [f'| {clause.id} | {clause.keyword} | {clause.section} | '
                  f'{clause.requirement.replace("|", chr(92) + "|")} | '
                  f'{tests_of(clause, evidence, reasons, known)} |'
                  for clause in clauses if clause.scope == scope]
    return '\n'.join(lines) + '\n'


def read(path):
    """A text as it is, or nothing."""
    if not os.path.exists(path):
        return ''
    with open(path, encoding='utf-8') as file:
        return file.read()


def write(path, text):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def named(text):
    """The tests that a page names, by clause."""
    return {row.group(1): set(KNOWN.findall(row.group(2)))
            for row in ROW.finditer(text)}


def make_page(clauses, evidence, reasons):
    """The page as it should be. A test that it names goes on being named as
    long as it shows the clause, so that new tests do not change the page."""
    return page(clauses, evidence, reasons, named(read(PAGE)))


def make_readme():
    """README.md as it should be, with the page's totals."""
    return readme.replace(read(readme.README), 'conformance',
                          readme.conformance())


def main():
    evidence, wrong = gather()
    if wrong:
        sys.exit('conformance.py: ' + '; '.join(wrong))
    clauses, reasons = read_clauses(), read_not_applicable()
    write(PAGE, make_page(clauses, evidence, reasons))
    write(readme.README, make_readme())
    for clause in missing(clauses, evidence, reasons):
        print(f'missing: {clause.id} {clause.keyword} {clause.requirement}')


if __name__ == '__main__':
    main()
