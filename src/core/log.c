/* SPDX-License-Identifier: MIT */
/* Lines of diagnosis, without a libc to format them. */
#include "core.h"

static void line_char(struct lev_line *line, char c)
{
	if (line->len < sizeof(line->text) - 1)
		line->text[line->len++] = c;
}

static void line_string(struct lev_line *line, const char *s)
{
	for (s = s ? s : "?"; *s; s++)
		line_char(line, *s);
}

static void line_hex(struct lev_line *line, uint64_t v)
{
	int shift = 60;

	while (shift > 0 && !(v >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		line_char(line, "0123456789abcdef"[(v >> shift) & 15]);
}

static void line_decimal(struct lev_line *line, uint32_t v)
{
	char digits[10];
	unsigned n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	while (n)
		line_char(line, digits[--n]);
}

static void line_signed(struct lev_line *line, int v)
{
	if (v < 0)
		line_char(line, '-');
	line_decimal(line, v < 0 ? 0u - (unsigned)v : (unsigned)v);
}

void lev_line_add_va(struct lev_line *line, const char *f,
		     __builtin_va_list args)
{
	for (; *f; f++) {
		if (*f != '%') {
			line_char(line, *f);
			continue;
		}
		switch (*++f) {
		case 's':
			line_string(line, __builtin_va_arg(args, char *));
			break;
		case 'u':
			line_decimal(line, __builtin_va_arg(args, unsigned));
			break;
		case 'd':
			line_signed(line, __builtin_va_arg(args, int));
			break;
		case 'x':
			line_hex(line, __builtin_va_arg(args, unsigned));
			break;
		case 'l': /* llx */
			line_hex(line, __builtin_va_arg(args, uint64_t));
			f += 2;
			break;
		default:
			line_char(line, *f);
		}
	}
	line->text[line->len] = 0;
}

void lev_line_add(struct lev_line *line, const char *format, ...)
{
	__builtin_va_list args;

	__builtin_va_start(args, format);
	lev_line_add_va(line, format, args);
	__builtin_va_end(args);
}

void lev_device_log(const struct lev_device *dev, const char *format, ...)
{
	const struct lev_hal *hal = dev->transport->hal;
	struct lev_line line = { .len = 0 };
	__builtin_va_list args;

	if (!hal->ops->log)
		return;
	lev_line_add(&line, "%s: ", dev->driver->name);
	__builtin_va_start(args, format);
	lev_line_add_va(&line, format, args);
	__builtin_va_end(args);
	hal->ops->log(hal->ctx, line.text);
}
