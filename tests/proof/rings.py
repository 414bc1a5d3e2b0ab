# SPDX-License-Identifier: MIT
"""The proofs of the rings: what a line of rings.tsv stands for."""
import collections
import itertools
import os

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'rings.tsv')
Proof = collections.namedtuple('Proof', 'name function sources defines unwind '
                               'flags calls leaves', defaults=('', '', ()))
# Without memory behind the doors, any pointer into it would be an overflow.
GONE = '-DGONE=1'
# Of ring_runs.c; the other loops have as many turns as the ring has entries.
REQUESTS = 2


def sources(function, ring):
    """What is looked at, and with what."""
    library = ['split', 'packed', 'queue', 'queue_setup']
    harness = ['ring_memory', 'queue_state', f'{ring}_state', 'ring_runs']
    if not function.endswith('_run'):
        library = [ring, 'queue']
        harness[-1:] = ['ring_steps', f'{ring}_steps']
    return ' '.join([f'src/core/{name}.c' for name in library] +
                    [f'tests/proof/{name}.c' for name in harness])


def defines(function, ring, size, in_order, table, more):
    """What ring_proof.h expects, and order_proof.h in order.h's place."""
    slots, _, entries = size.partition('/')
    values = {'N': slots, 'RING': entries or slots, 'INDIRECT': table,
              'IN_ORDER': in_order, 'PACKED': int(ring == 'packed'),
              'LAID_OUT': int(function.endswith('_run'))}
    if GONE not in more:
        values['GONE'] = 0
    return ' '.join([f'-D{name}={value}' for name, value in values.items()] +
                    ['-DLEV_NO_NAMES', '-DLEVITATE_CORE_ORDER_H',
                     '-include tests/proof/order_proof.h', more])


def proof(what, function, more, way):
    """One of those that a line stands for."""
    ring, size, in_order, table = way
    options = (', in order' if int(in_order) else '') + (
        f', tables of {table}' if int(table) else '')
    turns = max(int(size[0]), REQUESTS) + 1
    polls = function.startswith('poll')
    return Proof(
        f'{ring} {size}{options}: {what}', function, sources(function, ring),
        defines(function, *way, more), str(turns),
        # ring_steps.c says why two turns are all.
        '--unwindset queue_poll.0:3' if polls else '',
        # CBMC would try whatever takes one argument.
        'queue_poll.function_pointer_call.2/request_done' if polls else '',
        ('--pointer-overflow-check',) if GONE in more else ())


def proofs():
    """All of them."""
    with open(PATH, encoding='utf-8') as file:
        lines = [line.rstrip('\n').split('\t') for line in file
                 if not line.startswith('#')]
    for what, function, *words in lines:
        more = ''.join(words[4:])
        ways = itertools.product(*(word.split() for word in words[:4]))
        for way in ways:
            if way[:2] != ('split', '3'):
                yield proof(what, function, more, way)
