# SPDX-License-Identifier: MIT
"""Each lint complains about a small tree that breaks its rule, once."""
import os
import shutil
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, 'tools'),
                os.path.join(ROOT, 'tests', 'lint')]
import lint_build  # noqa: E402
import lint_text  # noqa: E402

LICENCE = '/* SPDX-License-Identifier: MIT */\n'
CMAKE = 'set(LEV_WARNINGS\n\t-Werror -Wall -Wmissing-prototypes)\n'


class Broken(unittest.TestCase):
    """Makes trees of a few files."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name

    def tree(self, files):
        for path, text in files.items():
            full = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, 'w', encoding='utf-8') as file:
                file.write(text)
        return lint_text.Tree(self.root)

    def complain(self, check, files, *words):
        """The check finds as many faults as words, each naming its word."""
        found = check(self.tree(files))
        self.assertEqual(len(found), len(words), found)
        for complaint, word in zip(found, words):
            self.assertIn(word, complaint)


class IncludeLaw(Broken):
    def includes(self, path, *targets):
        """The complaints of one file that includes these targets."""
        text = ''.join(f'#include {target}\n' for target in targets)
        return lint_text.check_includes(self.tree({path: text}))

    def test_what_is_allowed(self):
        for path, target in (
                ('include/levitate/base.h', '<stdint.h>'),
                ('include/levitate/wire/gpu.h', '<levitate/base.h>'),
                ('include/levitate/gpu.h', '<levitate/queue.h>'),
                ('src/core/split.c', '<levitate/wire/ring.h>'),
                ('src/core/split.c', '"core.h"'),
                ('src/transport/mmio.c', '<levitate/wire/mmio.h>'),
                ('src/drivers/gpu_edid.c', '<levitate/wire/gpu.h>'),
                ('src/term/cells.c', '<levitate/term.h>'),
                ('ports/qtest/qtest.c', '<sys/mman.h>'),
                ('kernel/main.c', '<levitate.h>'),
                ('kernel/main.c', '"generated_font.h"'),
                ('tests/unit/test_split.c', '"src/core/split.h"'),
                ('tests/fake/fake.c', '<levitate/hal.h>')):
            with self.subTest(path=path, target=target):
                self.tree({'src/core/core.h': ''})
                self.assertEqual(self.includes(path, target), [])

    def test_what_is_not(self):
        for path, target in (
                ('include/levitate/base.h', '<string.h>'),
                ('include/levitate/wire/gpu.h', '<levitate/hal.h>'),
                ('include/levitate/hal.h', '<levitate/device.h>'),
                ('include/levitate/term.h', '<levitate/hal.h>'),
                ('include/levitate/gpu.h', '<levitate/wire/input.h>'),
                ('src/core/queue.c', '<levitate/gpu.h>'),
                ('src/core/queue.c', '<levitate/mmio.h>'),
                ('src/core/queue.c', '<stdlib.h>'),
                ('src/core/queue.c', '"no_such.h"'),
                ('src/transport/mmio.c', '<levitate/gpu.h>'),
                ('src/transport/mmio.c', '"../core/core.h"'),
                ('src/drivers/gpu.c', '<levitate/mmio.h>'),
                ('src/drivers/gpu.c', '<levitate/input.h>'),
                ('src/drivers/gpu.c', '<levitate/wire/ring.h>'),
                ('src/term/term.c', '<levitate/hal.h>'),
                ('src/term/term.c', '<levitate/gpu.h>'),
                ('ports/baremetal/a.c', '"src/core/core.h"'),
                ('kernel/main.c', '"../src/core/core.h"'),
                ('kernel/main.c', '<stdio.h>'),
                ('tests/fake/fake.c', '<levitate/wire/gpu.h>'),
                ('tests/fake/fake.c', '"src/core/core.h"'),
                ('tests/boot/x.c', '"src/core/core.h"')):
            with self.subTest(path=path, target=target):
                self.tree({'src/core/core.h': '',
                           'include/levitate/wire/gpu.h': ''})
                self.assertTrue(self.includes(path, target))

    def test_a_file_of_no_room(self):
        self.complain(lint_text.check_includes, {'odd/a.c': ''}, 'no room')

    def test_two_ports(self):
        self.complain(lint_text.check_includes, {
            'ports/a/a.h': '', 'ports/b/b.h': '',
            'kernel/x.c': '#include "ports/a/a.h"\n',
            'kernel/y.c': '#include <ports/b/b.h>\n'}, 'port a', 'port b')

    def test_wire_behind_another_header(self):
        self.complain(lint_text.check_includes, {
            'include/levitate/wire/ring.h': '',
            'include/levitate/queue.h': '',
            'include/levitate/gpu.h': '#include <levitate/wire/gpu.h>\n',
            'include/levitate/wire/gpu.h': '',
            'tests/fake/fake.c': '#include <levitate/gpu.h>\n'},
            'reaches include/levitate/wire/gpu.h')


class Text(Broken):
    def test_ordering(self):
        self.complain(lint_text.check_ordering, {
            'src/core/order.h': '__atomic_thread_fence(5);\n',
            'src/core/order_arm.h': '__asm__("dmb");\n',
            'src/core/a.c': '/* asm */\n// asm\nx = "asm";\n',
            'src/core/b.c': '\n__atomic_load_n(p, 0);\n',
            'include/levitate/c.h': '/* a\n */ __asm__("dmb");\n',
            'kernel/d.c': '__asm__("wfi");\n'},
            'include/levitate/c.h:2', 'src/core/b.c:2')

    def test_unique_names(self):
        self.complain(lint_text.check_unique_names, {
            'src/core/error.c': '', 'src/term/error.c': '',
            'kernel/error.c': ''}, 'src/term/error.c')

    def test_spdx(self):
        self.complain(lint_text.check_spdx, {
            'a.c': LICENCE, 'b.sh': '#!/bin/sh\n# ' + LICENCE[3:],
            'c.md': '', 'd.py': '', 'e.h': '\n' + LICENCE,
            'f.sh': '#!/bin/sh\n',
            'g/CMakeLists.txt': 'project(x)\n'},
            'd.py:1', 'e.h:1', 'f.sh:2', 'g/CMakeLists.txt:1')

    def test_width(self):
        self.complain(lint_text.check_width, {
            'a.c': 'x' * 80 + '\n\t' + 'x' * 72, 'b.c': '\t' + 'x' * 73,
            'c.py': 'x' * 81}, 'b.c:1: 81', 'c.py:1: 81')

    def test_function_length(self):
        def function(lines):
            return 'int f(void)\n{\n' + '\tx();\n' * lines + '}\n'
        table = 'int t[] = {\n' + '\t1,\n' * 100 + '};\n'
        self.complain(lint_text.check_function_length, {
            'a.c': function(60) + table, 'b.c': function(2) + function(61)},
            'b.c:7: a function of 61 lines')

    def test_file_length(self):
        self.complain(lint_text.check_file_length, {
            'a.c': '\n' * 799, 'b.c': '\n' * 800, 'c.md': '\n' * 900},
            'b.c:1: 800')

    def test_unwanted(self):
        self.complain(lint_text.check_unwanted, {
            'a.md': 'framework/work/x, homework/ and shared/x are fine\n',
            'b.md': 'see /wor' 'k/x\n', 'c.c': '/* TO' 'DO */\n',
            'd.c': '/* iss' 'ue #12 */\n', 'e.md': '../shar' 'ed/x\n'},
            'b.md:1', 'c.c:1', 'd.c:1', 'e.md:1')

    def test_python(self):
        self.complain(lint_text.check_python, {
            'a.py': 'x = 1\n', 'b.py': 'x = (\n',
            'c.py': 'match x:\n    case 1:\n        pass\n'},
            'b.py', 'c.py:')

    def test_git_decides_what_belongs(self):
        tree = self.tree({'a.c': '', 'build/b.c': '', '.git/c.c': ''})
        self.assertEqual(tree.paths, ['a.c'])


@unittest.skipUnless(shutil.which('gcc'), 'no gcc here')
class Builds(Broken):
    def library(self, **files):
        """Complaints about a library of these sources, by name."""
        tree = {f'src/core/{name}.c': LICENCE + text
                for name, text in files.items()}
        tree['CMakeLists.txt'] = CMAKE
        tree['include/levitate/a.h'] = 'int lev_f(int x);\n'
        self.tree(tree)
        return lint_build.check_library(self.root, ['gcc'])

    def test_a_good_library(self):
        self.assertEqual(self.library(
            a='#include <levitate/a.h>\nint lev_f(int x) { return x; }\n',
            b='#include <levitate/a.h>\nint lev_g(int x);\n'
              'int lev_g(int x) { return lev_f(x); }\n'
              'void *memset(void *, int, __SIZE_TYPE__);\n'
              'void lev_h(void *p);\n'
              'void lev_h(void *p) { memset(p, 0, 9999); }\n'), [])

    def complain_of(self, word, text):
        found = self.library(a=text)
        self.assertTrue(any(word in line for line in found), found)

    def test_warnings_are_errors(self):
        self.complain_of('prototype', 'int lev_f(int x) { return x; }\n')

    def test_import(self):
        self.complain_of('imports malloc',
                         'void *malloc(__SIZE_TYPE__);\nvoid *lev_f(void);\n'
                         'void *lev_f(void) { return malloc(1); }\n')

    def test_import_of_ours_that_nobody_has(self):
        self.complain_of('imports lev_f', '#include <levitate/a.h>\n'
                         'int lev_g(void);\n'
                         'int lev_g(void) { return lev_f(1); }\n')

    def test_export(self):
        self.complain_of('exports helper', 'int helper(void);\n'
                         'int helper(void) { return 1; }\n')

    def test_constants_are_no_globals(self):
        self.assertEqual(self.library(
            a='const int lev_table[] = { 1 };\nstatic int f(void)\n'
              '{ return 1; }\nint (*const lev_ops[])(void) = { f };\n'), [])

    def test_globals(self):
        for text in ('int lev_counter;\n', 'int lev_counter = 1;\n',
                     'static int n;\nint lev_f(void);\n'
                     'int lev_f(void) { return n++; }\n'):
            self.complain_of('no globals', text)

    def test_one_line_build(self):
        self.tree({'src/core/a.c': '#include <stdio.h>\n',
                   'src/core/b.c': 'int lev_b(void) { return lev_c }\n'})
        found = lint_build.check_one_line_build(self.root, 'gcc')
        self.assertTrue(any('b.c' in line for line in found), found)

    def test_header_alone(self):
        self.tree({'CMakeLists.txt': CMAKE,
                   'include/levitate/a.h': 'uint32_t lev_f(void);\n',
                   'include/levitate/b.h': '#pragma once\nstruct lev_b {\n'
                                           '\tint class;\n};\n'})
        found = lint_build.check_headers(self.root, 'gcc', 'C11')
        self.assertTrue(any('uint32_t' in line for line in found), found)
        self.assertFalse(any('class' in line for line in found), found)

    @unittest.skipUnless(shutil.which('g++'), 'no g++ here')
    def test_header_as_cpp(self):
        self.tree({'CMakeLists.txt': CMAKE,
                   'include/levitate/b.h': '#pragma once\nstruct lev_b {\n'
                                           '\tint class;\n};\n'})
        self.assertEqual(
            lint_build.check_headers(self.root, 'gcc', 'C11'), [])
        self.assertTrue(lint_build.check_headers(self.root, 'g++', 'C++11'))

    def test_format(self):
        command, reason = lint_build.find_clang_format()
        if command is None:
            self.skipTest(reason)
        self.tree({'a.c': 'int  x ;\n', 'b.c': 'int x;\n'})
        self.assertTrue(
            lint_build.check_format(self.root, ['a.c'], command))
        self.assertEqual(
            lint_build.check_format(self.root, ['b.c'], command), [])


if __name__ == '__main__':
    unittest.main()
