#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Make the kernel's table of function names from what nm prints.

usage: symbols.py [--check ELF NM] [NM-OUTPUT]

Reads the output of `nm` (nothing: an empty table) and writes assembler text:
addresses relative to the symbol image_start, sorted, and the names. The table
lies behind the code, so that linking it in moves no function; --check proves
that, by comparing a finished kernel's functions with the listing.
"""
import subprocess
import sys


def functions(lines):
    """Address and name of each function, sorted; the end of the code."""
    found = {}
    base = end = 0
    for line in lines:
        fields = line.split()
        if len(fields) != 3:
            continue
        address, kind, name = int(fields[0], 16), fields[1], fields[2]
        if name == "image_start":
            base = address
        if name == "text_end":
            end = address
        if kind not in "tT" or name.startswith((".", "$")):
            continue
        # A global name says more than a local label at the same place.
        if address not in found or kind == "T":
            found[address] = name
    return [(a - base, found[a]) for a in sorted(found)
            if base <= a < end], end - base


def assembler(table, end):
    """The table as assembler text."""
    out = ["/* SPDX-License-Identifier: MIT */",
           "/* Made by tools/symbols.py; see kernel/symbols.c. */",
           '\t.section .rodata.symbols, "a"', "\t.balign 4"]
    out += ["\t.global symbol_count", "symbol_count:",
            "\t.long %d" % len(table)]
    out += ["\t.global symbol_end", "symbol_end:", "\t.long %#x" % end]
    out += ["\t.global symbol_table", "symbol_table:"]
    offset = 0
    for address, name in table:
        out.append("\t.long %#x, %d" % (address, offset))
        offset += len(name) + 1
    out += ["\t.global symbol_names", "symbol_names:"]
    out += ['\t.asciz "%s"' % name for _, name in table]
    return "\n".join(out + ['\t.section .note.GNU-stack, "", %progbits', ""])


def main(args):
    if len(args) == 4 and args[0] == "--check":
        listing = subprocess.run([args[2], args[1]], check=True,
                                 stdout=subprocess.PIPE,
                                 universal_newlines=True).stdout
        with open(args[3]) as file:
            before = functions(file)
        if functions(listing.splitlines()) != before:
            sys.exit("symbols.py: the table moved the functions it names")
        return
    lines = []
    if args:
        with open(args[0]) as file:
            lines = file.readlines()
    sys.stdout.write(assembler(*functions(lines)))


if __name__ == "__main__":
    main(sys.argv[1:])
