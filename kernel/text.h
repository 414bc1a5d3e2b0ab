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

#endif
