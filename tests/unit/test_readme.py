# SPDX-License-Identifier: MIT
"""What README.md shows is what is there."""
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def read(*path):
    with open(os.path.join(ROOT, *path), encoding='utf-8') as file:
        return file.read()


class Readme(unittest.TestCase):
    def test_the_example_is_the_one_that_is_tested(self):
        code = re.search(r'<!-- begin examples/picture.c -->\n```c\n(.*?)```',
                         read('README.md'), re.DOTALL)
        self.assertIsNotNone(code)
        self.assertEqual(code.group(1), read('examples', 'picture.c'))

    def test_what_is_linked_and_listed_exists(self):
        text = read('README.md')
        paths = re.findall(r'\]\(([^):#]+)\)', text)
        paths += re.findall(r'^\| `([\w./]+)` \|', text, re.MULTILINE)
        self.assertGreater(len(paths), 5)
        for path in paths:
            self.assertTrue(os.path.exists(os.path.join(ROOT, path)), path)


if __name__ == '__main__':
    unittest.main()
