# SPDX-License-Identifier: MIT
"""The matrix of the scenarios, read from the lines that C builds it from."""
import itertools
import os
import re

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'cells.inc')
LINE = re.compile(
    r'^(BIT|PEER|SIZE|TRAIT|LEFT_OUT)\((.*?)\)$', re.MULTILINE)


def flags(text):
    """The names in 'A | B'; none in '0'."""
    return {name.strip() for name in text.split('|')} - {'0'}


class Matrix:
    """bits, peers, sizes and the rules of what is left out."""

    def __init__(self, path=TABLE):
        self.texts, self.bits, self.peers = {}, [], []
        self.sizes, self.rules = [], []
        with open(path, encoding='utf-8') as file:
            text = file.read()
        for kind, rest in LINE.findall(text):
            self.take(kind, [part.strip() for part in rest.split(',', 2)])

    def take(self, kind, parts):
        """One line of the table."""
        if kind == 'SIZE':
            self.sizes.append(int(parts[0]))
        elif kind == 'LEFT_OUT':
            self.rules.append((flags(parts[0]), flags(parts[1]),
                               parts[2].strip('"')))
        else:
            self.texts[parts[0]] = parts[1].strip('"')
            if kind != 'TRAIT':
                (self.bits if kind == 'BIT' else self.peers).append(parts[0])

    def traits(self, cell, size, old):
        """What matrix.c says of a cell, a size, a QEMU without in_order."""
        aside = cell & {'TRANSITIONAL', 'GPU', 'ECHO'}
        return {name for name, has in (
            ('ONE', size == 1), ('FOUR', size == 4), ('EIGHT', size == 8),
            ('ODD', size & (size - 1)), ('LARGE', size > 64), ('OLD', old),
            ('ASIDE', 'PCI' in cell and aside)) if has}

    def everything(self):
        """All combinations: (peer and bits, size)."""
        for count in range(len(self.bits) + 1):
            for bits in itertools.combinations(self.bits, count):
                for peer, size in itertools.product(self.peers, self.sizes):
                    yield {peer, *bits}, size

    def rule_of(self, cell, size, old=True):
        """The first rule that leaves this out, or None."""
        has = cell | self.traits(cell, size, old)
        for rule in self.rules:
            if rule[0] <= has and not rule[1] & has:
                return rule
        return None

    def names(self, qemu, old=True):
        """The cells that are run in one place, as matrix.c names them."""
        found = set()
        for cell, size in self.everything():
            if ('QEMU' in cell) != qemu:
                continue
            if not self.rule_of(cell, size, old):
                words = [name for name in self.peers if name in cell]
                words += [name for name in self.bits if name in cell]
                found.add(' '.join(self.texts[word] for word in words))
        return found

    def left_out(self):
        """A line for each rule: what, how many cells, and why."""
        counts = {id(rule): 0 for rule in self.rules}
        for cell, size in self.everything():
            rule = self.rule_of(cell, size)
            if rule:
                counts[id(rule)] += 1
        for rule in self.rules:
            has, lacks, reason = rule
            order = [name for name in self.texts if name in has]
            what = ' with '.join(self.texts[name] for name in order)
            if lacks:
                what += ', not ' + ' or '.join(
                    self.texts[name] for name in sorted(lacks))
            yield f'{what}: {counts[id(rule)]} cells: {reason}'
