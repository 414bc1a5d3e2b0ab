# SPDX-License-Identifier: MIT
"""tools/conformance.py: what counts as shown, and what does not."""
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tools'))
import conformance  # noqa: E402


def output(result, *rules):
    """One case of a program, with its rules ahead of it."""
    lines = ['1..1', *(f'# rule {rule}' for rule in rules),
             f'{result} 1 - the case']
    return '\n'.join(lines) + '\n'


def clause(name, scope='core', keyword='MUST'):
    """A clause of the standard."""
    return conformance.Clause(name, scope, keyword, '2.1', 'It is so')


def evidence(*outputs):
    """What these (program, output) say."""
    found = conformance.Evidence()
    for program, text in outputs:
        found.add(program, text)
    return found


KEPT = ('test_queue', output('ok', 'armed A-01'))
BROKEN = ('test_fake_rules', output('ok', 'fired A-01'))


class Covered(unittest.TestCase):
    def test_it_takes_both(self):
        self.assertTrue(evidence(KEPT, BROKEN).covered('A-01'))
        self.assertFalse(evidence(KEPT).covered('A-01'))
        self.assertFalse(evidence(BROKEN).covered('A-01'))

    def test_a_test_of_the_model_drives_no_library(self):
        model = ('test_fake_rules', output('ok', 'armed A-01'))
        self.assertFalse(evidence(model, BROKEN).covered('A-01'))

    def test_a_driver_that_breaks_it_shows_nothing(self):
        breaks = ('test_queue', output('ok', 'fired A-01'))
        both = ('test_queue', output('ok', 'armed A-01', 'fired A-01'))
        self.assertFalse(evidence(breaks, BROKEN).covered('A-01'))
        self.assertFalse(evidence(both, BROKEN).covered('A-01'))
        self.assertFalse(evidence(KEPT, breaks).covered('A-01'))

    def test_a_case_that_fails_or_is_skipped_shows_nothing(self):
        for result in ('not ok', 'ok 1 # SKIP'):
            text = output('ok', 'armed A-01').replace('ok 1', result)
            self.assertFalse(
                evidence(('test_queue', text), BROKEN).covered('A-01'))
        self.assertFalse(evidence(
            KEPT, ('test_fake_rules', output('not ok', 'fired A-01'))
        ).covered('A-01'))

    def test_each_case_has_its_own_rules(self):
        text = ('1..2\n# rule armed A-01\nok 1 - first\n'
                '# rule armed A-02\nok 2 - second\n')
        found = evidence(('test_queue', text))
        self.assertEqual(found.armed['A-01'], {'test_queue: first'})
        self.assertEqual(found.armed['A-02'], {'test_queue: second'})


class Judged(unittest.TestCase):
    def test_what_is_missing(self):
        clauses = [clause('A-01'), clause('A-02'), clause('A-03', 'gpu'),
                   clause('A-04', keyword='SHOULD'),
                   clause('A-05', 'mmio', 'MUST NOT')]
        missing = conformance.missing(clauses, evidence(KEPT, BROKEN),
                                      {'A-02': 'so it is'})
        self.assertEqual([found.id for found in missing], ['A-05'])

    def test_not_applicable(self):
        clauses = [clause('A-01'), clause('A-02')]
        complain = conformance.complaints_not_applicable
        found = evidence(KEPT, BROKEN)
        self.assertEqual(complain(clauses, found, {'A-02': 'why'}), [])
        for reasons in ({'A-01': 'covered'}, {'A-02': ' '}, {'A-09': 'why'}):
            self.assertEqual(len(complain(clauses, found, reasons)), 1)

    def test_not_applicable_is_rare(self):
        clauses = [clause(f'B-{n}') for n in range(11)]
        reasons = {found.id: 'why' for found in clauses}
        complain = conformance.complaints_not_applicable
        self.assertEqual(len(complain(clauses, evidence(), reasons)), 1)
        del reasons['B-3']
        self.assertEqual(complain(clauses, evidence(), reasons), [])

    def test_every_clause_is_known_once(self):
        names = [found.id for found in conformance.read_clauses()]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual(set(conformance.read_not_applicable()),
                             set(names))


class Page(unittest.TestCase):
    def test_tests_that_stand_there_stay(self):
        found = evidence(KEPT, BROKEN, ('test_device', KEPT[1]),
                         ('test_base', KEPT[1]))
        text = conformance.page([clause('A-01')], found, {}, {})
        self.assertIn('`test_base: the case`, `test_device: the case`; '
                      'broken by `test_fake_rules: the case`', text)
        text = text.replace('test_base', 'test_queue')
        again = conformance.page([clause('A-01')], found, {},
                                 conformance.named(text))
        self.assertIn('`test_device: the case`, `test_queue: the case`;',
                      again)
        self.assertEqual(again, conformance.page(
            [clause('A-01')], found, {}, conformance.named(again)))

    def test_totals(self):
        text = conformance.page(
            [clause('A-01'), clause('A-02'), clause('A-03'),
             clause('A-04', 'net')],
            evidence(KEPT, BROKEN), {'A-02': 'why'}, {})
        self.assertIn('| core | 1 / 1 / 3 | - |', text)
        self.assertIn('net 1.', text)
        self.assertIn('**missing:** a check', text)
        self.assertIn('not applicable: why', text)


if __name__ == '__main__':
    unittest.main()
