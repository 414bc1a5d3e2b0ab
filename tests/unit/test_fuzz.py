# SPDX-License-Identifier: MIT
"""The runner of the fuzzers: it must see each way in which a run is bad."""
import importlib.util
import os
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tools'))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'fuzz'))
import corpus  # noqa: E402

SPEC = importlib.util.spec_from_file_location(
    'fuzz_group', os.path.join(ROOT, 'tests', 'fuzz', 'group.py'))
group = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(group)

GOOD = """\
#2\tINITED cov: 120 ft: 121 corp: 1/1b exec/s: 0 rss: 30Mb
#5000\tDONE   cov: 311 ft: 900 corp: 80/2Kb lim: 40 exec/s: 250 rss: 99Mb
Done 5000 runs in 20 second(s)
stat::number_of_executed_units: 5000
stat::peak_rss_mb:              99
"""


class Judge(unittest.TestCase):
    def complain(self, status, output):
        with self.assertRaises(AssertionError) as caught:
            group.judge('prog', status, output)
        return str(caught.exception)

    def test_good(self):
        self.assertEqual(group.judge('prog', 0, GOOD),
                         f'5000 inputs in {group.SECONDS} s, 311 edges')

    def test_finding(self):
        output = ('==1== ERROR: libFuzzer: deadly signal\nwhat went wrong\n'
                  "artifact_prefix='a/'; Test unit written to a/crash-1f\n" +
                  GOOD)
        said = self.complain(77, output)
        self.assertIn('\nprog -timeout=25 -rss_limit_mb=2048 a/crash-1f\n',
                      said)
        self.assertIn('what went wrong', said)
        # Whatever the program then says of itself.
        self.complain(0, output)

    def test_end(self):
        self.assertIn('ended with 1', self.complain(1, GOOD))
        self.assertIn('ended with 0', self.complain(0, ''))

    def test_runs(self):
        few = GOOD.replace('units: 5000', f'units: {group.FEWEST - 1}')
        self.assertIn('should be', self.complain(0, few))
        none = GOOD.replace('cov:', '')
        self.assertIn('ended with 0', self.complain(0, none))


class Corpus(unittest.TestCase):
    def test_there_and_back(self):
        inputs = {b'', b'\0', b'abc', bytes(range(256))}
        with tempfile.TemporaryDirectory() as folder:
            packed = os.path.join(folder, 'x.zip')
            first, second = (os.path.join(folder, name) for name in 'ab')
            os.makedirs(first)
            for number, data in enumerate(inputs):
                with open(os.path.join(first, str(number)), 'wb') as file:
                    file.write(data)
            self.assertEqual(corpus.pack(first, packed), len(inputs))
            self.assertEqual(corpus.unpack(packed, second), len(inputs))
            found = set()
            for name in os.listdir(second):
                with open(os.path.join(second, name), 'rb') as file:
                    found.add(file.read())
            self.assertEqual(found, inputs)
            with open(packed, 'rb') as file:
                before = file.read()
            corpus.pack(second, packed)
            with open(packed, 'rb') as file:
                self.assertEqual(file.read(), before)

    def test_each_fuzzer_has_one(self):
        self.assertEqual(len(corpus.names()), 10)
        for name in corpus.names():
            with tempfile.TemporaryDirectory() as folder:
                self.assertGreater(corpus.unpack(corpus.archive(name), folder),
                                   10)
            self.assertLessEqual(os.path.getsize(corpus.archive(name)),
                                 corpus.MOST_BYTES)


if __name__ == '__main__':
    unittest.main()
