/* SPDX-License-Identifier: MIT */
/*
 * Names for addresses of code. The table is made by tools/symbols.py from a
 * first link of the kernel and linked in by a second.
 */
#ifndef KERNEL_SYMBOLS_H
#define KERNEL_SYMBOLS_H

#include <levitate/base.h>

/*
 * The function that an address lies in, and how far in; NULL if it lies in
 * none of ours.
 */
const char *symbol_find(uint64_t addr, uint32_t *off);

#endif
