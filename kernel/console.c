/* SPDX-License-Identifier: MIT */
/* What the kernel says, and where it goes. See console.h. */
#include "console.h"

#include "arch.h"
#include "display.h"
#include "print.h"

static struct log log;
static bool muted;
static void (*before_output)(void);

void console_write(const char *text, size_t len)
{
	if (!muted)
		arch_serial_write(text, len);
	display_write(text, len);
}

static void put(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	log_write(&log, text, len);
	console_write(text, len);
}

void console_before_output(void (*fn)(void))
{
	before_output = fn;
}

void kprintf(const char *fmt, ...)
{
	static const struct print_sink sink = { put, NULL };
	void (*make_way)(void) = before_output;
	va_list args;

	before_output = NULL;
	if (make_way)
		make_way();
	va_start(args, fmt);
	print_to(&sink, fmt, args);
	va_end(args);
}

void console_serial(const char *text)
{
	size_t len = 0;

	while (text[len])
		len++;
	arch_serial_write(text, len);
}

void console_mute(bool mute)
{
	muted = mute;
}

static void replay(void (*write)(const char *text, size_t len))
{
	uint64_t pos = 0;
	char buf[256];
	size_t len;

	while ((len = log_read(&log, &pos, buf, sizeof(buf))) > 0)
		write(buf, len);
}

void console_replay(void)
{
	replay(display_write);
}

void console_show_log(void)
{
	replay(console_write);
}
