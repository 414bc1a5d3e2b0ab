# SPDX-License-Identifier: MIT
"""What the compilers make of src/core/order.h, where it is not x86.

There a store that publishes is an instruction of its own, or has a fence.
"""
import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

SOURCE = '''\
#include "src/core/order.h"

void publish(lev_le16 *p) { order_publish16(p, 1); }
unsigned acquire(const lev_le16 *p) { return order_acquire16(p); }
void store(lev_le16 *p) { order_store16(p, 1); }
unsigned load(const lev_le16 *p) { return order_load16(p); }
void full(void) { order_full(); }
void platform_write(void) { order_platform_write(); }
void platform_read(void) { order_platform_read(); }
'''

# The instructions that touch memory or order it, one after the other.
AARCH64 = ['aarch64-linux-gnu-gcc', '-mno-outline-atomics'], {
    'publish': ['stlrh'], 'acquire': ['ldarh'],
    'store': ['strh'], 'load': ['ldrh'], 'full': ['dmb osh'],
    'platform_write': ['dmb oshst'], 'platform_read': ['dmb oshld'],
}
ARM = ['arm-linux-gnueabihf-gcc', '-march=armv7-a+fp'], {
    'publish': ['dmb ish', 'strh'], 'acquire': ['ldrh', 'dmb ish'],
    'store': ['strh'], 'load': ['ldrh'], 'full': ['dmb osh'],
    'platform_write': ['dmb osh'], 'platform_read': ['dmb osh'],
}
RISCV64 = ['riscv64-linux-gnu-gcc'], {
    'publish': ['fence', 'sh'], 'acquire': ['lhu', 'fence'],
    'store': ['sh'], 'load': ['lhu'], 'full': ['fence'],
    'platform_write': ['fence'], 'platform_read': ['fence'],
}
MEMORY = re.compile(r'^\s+(st\w+|ld\w+|[sl]hu?|dmb|fence)\b([^\[\n]*)', re.M)


def instructions(compiler):
    """Those of each function in what a compiler makes of SOURCE."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'order.c')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(SOURCE)
        done = subprocess.run(
            [*compiler, '-std=c11', '-O2', '-ffreestanding', '-S', '-o', '-',
             f'-I{ROOT}', f'-I{ROOT}/include', path],
            check=True, stdout=subprocess.PIPE, text=True)
    bodies = re.findall(r'^([a-z]\w*):\n(.*?)^\s+\.size\s', done.stdout,
                        re.M | re.S)
    return {name: [' '.join(word.split()) for word in found(body)]
            for name, body in bodies}


def found(body):
    """The words of an instruction; of ARM's fence with what it orders."""
    for name, rest in MEMORY.findall(body):
        yield name + ' ' + rest if name == 'dmb' else name


class Order(unittest.TestCase):
    def check(self, machine):
        compiler, expected = machine
        self.assertEqual(instructions(compiler), expected)

    def test_aarch64(self):
        self.check(AARCH64)

    def test_arm(self):
        self.check(ARM)

    def test_riscv64(self):
        self.check(RISCV64)


if __name__ == '__main__':
    unittest.main()
