/* SPDX-License-Identifier: MIT */
/*
 * What was said to the kernel when it was started ("bootargs" in /chosen):
 * words key=value, parted by spaces. Words that nobody asks for are not ours.
 */
#ifndef KERNEL_BOOTARGS_H
#define KERNEL_BOOTARGS_H

#include "fdt.h"

enum { BOOTARGS_VALUE = 16 }; /* room for a value and its NUL */

/*
 * The value of a key in the text; the first counts if it is there twice, and a
 * value for which there is no room is cut off. False: there is no such key.
 */
bool bootargs_find(const char *text, const char *key,
		   char value[BOOTARGS_VALUE]);

/* The same in the text that came with the tree. */
bool bootargs_value(const struct fdt *fdt, const char *key,
		    char value[BOOTARGS_VALUE]);

#endif
