/* SPDX-License-Identifier: MIT */
/*
 * Formatted text, as much of printf as a kernel needs.
 *
 * %d %i %u %x %X %c %s %p %%, the lengths l, ll and z, a width (a number or
 * '*'), '0' and '-' before it, and a precision for %s. A pointer is printed
 * as 0x and 16 digits. NULL as text is "(null)". What is not known is printed
 * as it stands.
 */
#ifndef KERNEL_PRINT_H
#define KERNEL_PRINT_H

#include <stdarg.h>

#include <levitate/base.h>

/* Where the text goes, piece by piece. */
struct print_sink {
	void (*put)(void *ctx, const char *text, size_t len);
	void *ctx;
};

void print_to(const struct print_sink *sink, const char *fmt, va_list args)
	LEV_FORMAT(2, 0);

/*
 * Print into buf, of size bytes, at least 1: what does not fit is cut off, a
 * NUL always ends it. Returns the length without the NUL.
 */
size_t print_text(char *buf, size_t size, const char *fmt, ...)
	LEV_FORMAT(3, 4);
size_t print_vtext(char *buf, size_t size, const char *fmt, va_list args)
	LEV_FORMAT(3, 0);

#endif
