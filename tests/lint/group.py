# SPDX-License-Identifier: MIT
"""Group lint: the rules of the house; see lint_text.py and lint_build.py."""
import build
import lint_build
import lint_text
from report import Skip


def expect_none(complaints):
    """A check that found something fails, with all that it found."""
    if complaints:
        raise AssertionError('\n'.join(complaints))


def text_check(check, tree):
    expect_none(check(tree))


def format_check(tree):
    command, reason = lint_build.find_clang_format()
    if command is None:
        raise Skip(reason)
    expect_none(lint_build.check_format(tree.root, tree.ending('.c', '.h'),
                                        command))


def build_check(command, check, *arguments):
    reason = lint_build.missing(command)
    if reason:
        raise Skip(reason)
    expect_none(check(build.ROOT, *arguments))


def run(report):
    """All of the group."""
    tree = lint_text.Tree(build.ROOT)
    for name, check in lint_text.CHECKS.items():
        report.case(name, text_check, check, tree)
    report.case('clang-format', format_check, tree)
    for compiler in ('cc', 'gcc', 'clang'):
        report.case(f'one-line build, {compiler}', build_check, [compiler],
                    lint_build.check_one_line_build, compiler)
    for compiler, language in (('gcc', 'C11'), ('clang', 'C11'),
                               ('g++', 'C++11'), ('clang++', 'C++11')):
        report.case(f'each header alone, {compiler} {language}', build_check,
                    [compiler], lint_build.check_headers, compiler, language)
    for name, command in lint_build.compilers():
        report.case(f'library and its symbols, {name}', build_check, command,
                    lint_build.check_library, command)
