# SPDX-License-Identifier: MIT
"""What reads counts and times, on counts and times made up here."""
import importlib.util
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tools'))
import callgrind  # noqa: E402

# A program whose loop() calls the library's lib_add(), which jumps to
# lib_one(), calls back into the program and once into the C library.
DUMP = '''# callgrind format
version: 1
cmd:  ./ring 1024 split-reap-1-1
part: 1

desc: Trigger: --dump-after=bench_measure

positions: line
events: Ir
summary: 1000

ob=/x/ring
fl=/x/bench/ring.c
fn=loop
10 100
11 20
cfi=/x/src/core/queue.c
cfn=lib_add
calls=4 30
12 780
cfn=device
calls=4 90
13 100

fl=/x/src/core/queue.c
fn=lib_add
30 40
fi=/x/src/core/inlined.h
7 60
fe=/x/src/core/queue.c
cfn=lib_one
calls=4 50
31 680

fn=lib_one
50 400
cfi=/x/bench/ring.c
cfn=done
calls=4 80
51 80
cfi=(unknown)
cfn=memset
calls=1 0
52 200

fl=/x/bench/ring.c
fn=done
80 80

fn=device
90 100

fl=(unknown)
fn=memset
0 200
'''
LIBRARY = {'lib_add', 'lib_one', 'lib_other'}
PROGRAM = {'loop', 'done', 'device'}


def load_group(name):
    path = os.path.join(ROOT, 'tests', name, 'group.py')
    spec = importlib.util.spec_from_file_location(f'tested_{name}', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Profiles(unittest.TestCase):
    def test_own_and_calls(self):
        profile = callgrind.Profile(DUMP)
        self.assertEqual(profile.total, 1000)
        self.assertEqual(profile.own, {
            'loop': 120, 'lib_add': 100, 'lib_one': 400, 'done': 80,
            'device': 100, 'memset': 200})
        self.assertEqual(profile.calls['loop', 'lib_add'], 780)
        self.assertEqual(profile.calls['lib_one', 'done'], 80)

    def test_the_library_pays_for_what_it_calls(self):
        bill = callgrind.bill(callgrind.Profile(DUMP), LIBRARY, PROGRAM)
        self.assertEqual(bill, {'lib_add': 100, 'lib_one': 400,
                                'memset': 200})

    def test_a_name_on_both_sides(self):
        with self.assertRaises(callgrind.ProfileError):
            callgrind.bill(callgrind.Profile(DUMP), LIBRARY | {'loop'},
                           PROGRAM)

    def test_what_is_no_profile(self):
        for old, new in (('10 100', '10 101'), ('summary: 1000\n', ''),
                         ('events: Ir', 'events: Ir Dr'),
                         ('positions: line', 'positions: instr'),
                         ('fn=loop', 'fn=(1) loop'), ('10 100', '10 x'),
                         ('10 100', '10 100 100'), ('10 100', '+3 100'),
                         ('fn=loop\n', ''), ('cfn=device\n', ''),
                         ('part: 1', 'what is this')):
            self.assertIn(old, DUMP)
            with self.assertRaises(callgrind.ProfileError, msg=(old, new)):
                callgrind.Profile(DUMP.replace(old, new, 1))


if __name__ == '__main__':
    unittest.main()
