/* SPDX-License-Identifier: MIT */
/* The little that the kernel needs to compare text. */
#ifndef KERNEL_TEXT_H
#define KERNEL_TEXT_H

#include <levitate/base.h>

static inline bool text_equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* A decimal number of at most max and nothing else; text is not empty. */
static inline bool text_number(const char *text, unsigned max, unsigned *value)
{
	unsigned n = 0;

	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = 10 * n + (unsigned)(*text - '0');
		if (n > max)
			return false;
	}
	*value = n;
	return true;
}

#endif
