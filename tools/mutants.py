# SPDX-License-Identifier: MIT
"""Finds the mutants of C sources: small changes that a test must notice.

The rules:
    delete   a condition of an if is taken as false: its else branch runs
    negate   a condition of an if is turned round
    fence    the call of a fence is dropped
    publish  order_publish16 becomes order_store16
    acquire  order_acquire16 becomes order_load16
    relax    in order.h itself: __ATOMIC_RELEASE or ACQUIRE becomes RELAXED
"""
import collections
import glob
import hashlib
import os
import re

RULES = ('delete', 'negate', 'fence', 'publish', 'acquire', 'relax')
SOURCES = ('src/core/*.[ch]', 'src/transport/*.[ch]')
ORDER = 'src/core/order.h'
FENCES = {'order_full', 'order_platform_write', 'order_platform_read',
          'queue_before_publish', 'queue_after_used'}
WEAKER = {'order_publish16': ('publish', 'order_store16'),
          'order_acquire16': ('acquire', 'order_load16')}
RELAXED = {'__ATOMIC_RELEASE', '__ATOMIC_ACQUIRE'}

TOKEN = re.compile(
    r'(?P<skip>/\*.*?\*/|//[^\n]*|^[ \t]*\#(?:\\.|[^\\\n])*|\s+)'
    r'|(?P<text>"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\')'
    r'|(?P<word>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)|(?P<mark>.)',
    re.M | re.S)

Token = collections.namedtuple('Token', 'text start end')

# start and end are offsets in the file; nth counts those that are alike.
Mutant = collections.namedtuple(
    'Mutant', 'path line rule function text start end replacement nth')


class MutantError(Exception):
    """A source or a table that is not as it should be; the text says how."""


def tokens_of(source):
    """The tokens of C without comments and preprocessor lines."""
    return [Token(found.group(), *found.span())
            for found in TOKEN.finditer(source) if not found.group('skip')]


def closing(tokens, at):
    """Where the parenthesis that opens at closes."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += {'(': 1, ')': -1}.get(tokens[place].text, 0)
        if depth == 0:
            return place
    raise MutantError(f'a parenthesis is not closed: {tokens[at]}')


def functions_of(tokens):
    """For each token the name of the function in whose body it stands."""
    names, braces, parens = [], 0, 0
    name = called = before = ''
    for token, after in zip(tokens, [*tokens[1:], Token('', 0, 0)]):
        if not braces and not parens and after.text == '(':
            called = token.text
        if token.text == '{':
            if not braces:
                name = called if before == ')' else ''
            braces += 1
        parens += {'(': 1, ')': -1}.get(token.text, 0)
        names.append(name if braces else '')
        braces -= token.text == '}'
        before = token.text
    return names


def changes_of_if(source, tokens, at):
    """The two of the if at a place."""
    first, last = tokens[at + 1], tokens[closing(tokens, at + 1)]
    cond = source[first.end:last.start]
    for rule, replacement in (('delete', f'(0 && ({cond}))'),
                              ('negate', f'(!({cond}))')):
        yield rule, cond, first.start, last.end, replacement


def changes_at(path, source, tokens, at):
    """(rule, text, start, end, replacement) of what a token allows."""
    token = tokens[at]
    called = tokens[at + 1].text == '(' if at + 1 < len(tokens) else False
    if token.text == 'if' and called:
        yield from changes_of_if(source, tokens, at)
    elif path == ORDER:
        if token.text in RELAXED:
            yield ('relax', token.text, token.start, token.end,
                   '__ATOMIC_RELAXED')
    elif called and token.text in FENCES:
        end = tokens[closing(tokens, at + 1)].end
        yield 'fence', source[token.start:end], token.start, end, '(void)0'
    elif called and token.text in WEAKER:
        rule, weaker = WEAKER[token.text]
        end = tokens[closing(tokens, at + 1)].end
        yield rule, source[token.start:end], token.start, token.end, weaker


def mutants_of(path, source):
    """All mutants of one file, in its order."""
    tokens, seen, found = tokens_of(source), collections.Counter(), []
    functions = functions_of(tokens)
    for at, function in enumerate(functions):
        if not function:
            continue
        for rule, text, start, end, new in changes_at(path, source, tokens,
                                                      at):
            text = ' '.join(text.split())
            key = function, rule, text
            seen[key] += 1
            found.append(Mutant(path, source.count('\n', 0, start) + 1, rule,
                                function, text, start, end, new, seen[key]))
    return found


def find(root):
    """All mutants of the sources."""
    found = []
    for pattern in SOURCES:
        for path in sorted(glob.glob(os.path.join(root, pattern))):
            with open(path, encoding='utf-8') as file:
                found += mutants_of(os.path.relpath(path, root), file.read())
    return found


def apply(source, mutant):
    """The text of the mutant's file."""
    return source[:mutant.start] + mutant.replacement + source[mutant.end:]


def shuffle(mutants, seed):
    """In an order that the seed gives; each keeps its place among the others
    when some come or go."""
    def draw(mutant):
        words = (seed, mutant.path, mutant.function, mutant.rule, mutant.text,
                 mutant.nth)
        return hashlib.sha256('\t'.join(map(str, words)).encode()).digest()
    return sorted(mutants, key=draw)


def load_equivalent(path):
    """What no test can tell from the original: (file, function, rule, text)
    to reason."""
    reasons = {}
    with open(path, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            if line.startswith('#') or not line.strip():
                continue
            fields = line.rstrip('\n').split('\t')
            if len(fields) != 5 or not all(fields) or fields[2] not in RULES:
                raise MutantError(f'{path}:{number}: not file, function, rule, '
                                 'text, reason')
            if tuple(fields[:4]) in reasons:
                raise MutantError(f'{path}:{number}: again')
            reasons[tuple(fields[:4])] = fields[4]
    return reasons


def without_equivalent(mutants, reasons):
    """The mutants that are left; a line that fits none is an error."""
    keys = {(m.path, m.function, m.rule, m.text): m for m in mutants}
    stale = [key for key in reasons if key not in keys]
    if stale:
        raise MutantError('equivalent to nothing: ' + ' '.join(stale[0]))
    return [m for m in mutants
            if (m.path, m.function, m.rule, m.text) not in reasons]
