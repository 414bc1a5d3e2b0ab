/* SPDX-License-Identifier: MIT */
#include "console.h"

#include "arch.h"
#include "print.h"

struct log console_log;

void console_write(const char *text, size_t len)
{
	log_write(&console_log, text, len);
	arch_serial_write(text, len);
}

static void put(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	console_write(text, len);
}

void kprintf(const char *fmt, ...)
{
	static const struct print_sink sink = { put, NULL };
	va_list args;

	va_start(args, fmt);
	print_to(&sink, fmt, args);
	va_end(args);
}
