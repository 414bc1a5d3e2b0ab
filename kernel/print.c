/* SPDX-License-Identifier: MIT */
/* Formatted text: the directives are read one by one and printed at once. */
#include "print.h"

enum { DIGITS = 20 }; /* of the largest 64-bit number, in decimal */

/* What stands between the '%' and the letter. */
struct directive {
	bool left;
	bool zero;
	unsigned width;
	unsigned precision; /* for %s: bytes at most */
	enum { LEN_INT, LEN_LONG, LEN_LONG_LONG, LEN_SIZE } length;
};

static void put(const struct print_sink *sink, const char *text, size_t len)
{
	if (len > 0)
		sink->put(sink->ctx, text, len);
}

static void put_repeated(const struct print_sink *sink, char c, size_t count)
{
	while (count-- > 0)
		sink->put(sink->ctx, &c, 1);
}

static void put_padded(const struct print_sink *sink,
		       const struct directive *dir, const char *text,
		       size_t len)
{
	size_t pad = dir->width > len ? dir->width - len : 0;

	if (!dir->left)
		put_repeated(sink, ' ', pad);
	put(sink, text, len);
	if (dir->left)
		put_repeated(sink, ' ', pad);
}

/* A number, its sign or 0x in front of it; zeros stand between the two. */
static void put_number(const struct print_sink *sink,
		       const struct directive *dir, const char *front,
		       uint64_t value, unsigned base, const char *digits)
{
	char text[DIGITS];
	size_t front_len = 0;
	size_t len = 0;
	size_t pad;

	do {
		text[DIGITS - ++len] = digits[value % base];
		value /= base;
	} while (value != 0);
	while (front[front_len] != '\0')
		front_len++;
	pad = dir->width > len + front_len ? dir->width - len - front_len : 0;
	if (!dir->left && !dir->zero)
		put_repeated(sink, ' ', pad);
	put(sink, front, front_len);
	if (!dir->left && dir->zero)
		put_repeated(sink, '0', pad);
	put(sink, text + DIGITS - len, len);
	if (dir->left)
		put_repeated(sink, ' ', pad);
}

/* va_list by address: it may be an array, and must move on for the caller. */
struct values {
	va_list list;
};

static uint64_t next_unsigned(const struct directive *dir,
			      struct values *values)
{
	switch (dir->length) {
	case LEN_LONG:
		return va_arg(values->list, unsigned long);
	case LEN_LONG_LONG:
		return va_arg(values->list, unsigned long long);
	case LEN_SIZE:
		return va_arg(values->list, size_t);
	case LEN_INT:
	default:
		return va_arg(values->list, unsigned);
	}
}

static int64_t next_signed(const struct directive *dir, struct values *values)
{
	switch (dir->length) {
	case LEN_LONG:
		return va_arg(values->list, long);
	case LEN_LONG_LONG:
		return va_arg(values->list, long long);
	case LEN_SIZE:
		return va_arg(values->list, ptrdiff_t);
	case LEN_INT:
	default:
		return va_arg(values->list, int);
	}
}

static void put_signed(const struct print_sink *sink,
		       const struct directive *dir, int64_t value)
{
	uint64_t size = (uint64_t)value;

	if (value < 0)
		put_number(sink, dir, "-", 0 - size, 10, "0123456789");
	else
		put_number(sink, dir, "", size, 10, "0123456789");
}

static void put_text(const struct print_sink *sink, const struct directive *dir,
		     const char *text)
{
	size_t len = 0;

	if (text == NULL)
		text = "(null)";
	while (len < dir->precision && text[len] != '\0')
		len++;
	put_padded(sink, dir, text, len);
}

static void put_pointer(const struct print_sink *sink, const void *ptr)
{
	const struct directive dir = { .zero = true, .width = 18 };

	put_number(sink, &dir, "0x", (uintptr_t)ptr, 16, "0123456789abcdef");
}

static unsigned read_count(const char **fmt, struct values *values)
{
	unsigned count = 0;

	if (**fmt == '*') {
		int value = va_arg(values->list, int);

		(*fmt)++;
		return value < 0 ? 0 : (unsigned)value;
	}
	while (**fmt >= '0' && **fmt <= '9') {
		if (count < 10000)
			count = count * 10 + (unsigned)(**fmt - '0');
		(*fmt)++;
	}
	return count;
}

/* Read up to the letter, on which *fmt is left. */
static void read_directive(const char **fmt, struct directive *dir,
			   struct values *values)
{
	*dir = (struct directive){ .precision = UINT32_MAX };
	for (;; (*fmt)++) {
		if (**fmt == '-')
			dir->left = true;
		else if (**fmt == '0')
			dir->zero = true;
		else
			break;
	}
	dir->width = read_count(fmt, values);
	if (**fmt == '.') {
		(*fmt)++;
		dir->precision = read_count(fmt, values);
	}
	if (**fmt == 'z') {
		dir->length = LEN_SIZE;
		(*fmt)++;
	}
	for (; **fmt == 'l'; (*fmt)++)
		dir->length = dir->length == LEN_INT ? LEN_LONG : LEN_LONG_LONG;
}

/* False: the letter is not one of ours. */
static bool put_directive(const struct print_sink *sink, char letter,
			  const struct directive *dir, struct values *values)
{
	char c;

	switch (letter) {
	case 'd':
	case 'i':
		put_signed(sink, dir, next_signed(dir, values));
		return true;
	case 'u':
		put_number(sink, dir, "", next_unsigned(dir, values), 10,
			   "0123456789");
		return true;
	case 'x':
		put_number(sink, dir, "", next_unsigned(dir, values), 16,
			   "0123456789abcdef");
		return true;
	case 'X':
		put_number(sink, dir, "", next_unsigned(dir, values), 16,
			   "0123456789ABCDEF");
		return true;
	case 'c':
		c = (char)va_arg(values->list, int);
		put_padded(sink, dir, &c, 1);
		return true;
	case 's':
		put_text(sink, dir, va_arg(values->list, const char *));
		return true;
	case 'p':
		put_pointer(sink, va_arg(values->list, void *));
		return true;
	case '%':
		put(sink, "%", 1);
		return true;
	default:
		return false;
	}
}

void print_to(const struct print_sink *sink, const char *fmt, va_list args)
{
	struct directive dir;
	struct values values;

	va_copy(values.list, args);
	while (*fmt != '\0') {
		const char *start = fmt;

		while (*fmt != '\0' && *fmt != '%')
			fmt++;
		put(sink, start, (size_t)(fmt - start));
		if (*fmt == '\0')
			break;
		start = fmt++;
		read_directive(&fmt, &dir, &values);
		if (*fmt != '\0' && put_directive(sink, *fmt, &dir, &values))
			fmt++;
		else
			put(sink, start, (size_t)(fmt - start));
	}
	va_end(values.list);
}

/* --- into a buffer --- */

struct buffer {
	char *text;
	size_t size;
	size_t len;
};

static void buffer_put(void *ctx, const char *text, size_t len)
{
	struct buffer *buffer = ctx;
	size_t room = buffer->size - 1 - buffer->len;

	if (len > room)
		len = room;
	__builtin_memcpy(buffer->text + buffer->len, text, len);
	buffer->len += len;
}

size_t print_vtext(char *buf, size_t size, const char *fmt, va_list args)
{
	struct buffer buffer = { buf, size, 0 };
	const struct print_sink sink = { buffer_put, &buffer };

	print_to(&sink, fmt, args);
	buf[buffer.len] = '\0';
	return buffer.len;
}

size_t print_text(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = print_vtext(buf, size, fmt, args);
	va_end(args);
	return len;
}
