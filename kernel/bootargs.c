/* SPDX-License-Identifier: MIT */
/* The boot arguments. See bootargs.h. */
#include "bootargs.h"

/* What follows "key=" at the beginning of text, or NULL. */
static const char *behind_key(const char *text, const char *key)
{
	while (*key && *text == *key) {
		text++;
		key++;
	}
	return !*key && *text == '=' ? text + 1 : NULL;
}

static const char *next_word(const char *text)
{
	while (*text && *text != ' ')
		text++;
	while (*text == ' ')
		text++;
	return text;
}

bool bootargs_find(const char *text, const char *key,
		   char value[BOOTARGS_VALUE])
{
	const char *from = NULL;
	unsigned len = 0;

	while (*text == ' ')
		text++;
	for (; *text && !from; text = next_word(text))
		from = behind_key(text, key);
	if (!from)
		return false;
	while (from[len] && from[len] != ' ' && len < BOOTARGS_VALUE - 1) {
		value[len] = from[len];
		len++;
	}
	value[len] = 0;
	return true;
}

bool bootargs_value(const struct fdt *fdt, const char *key,
		    char value[BOOTARGS_VALUE])
{
	struct fdt_cursor at;
	const char *text = NULL;

	if (fdt_find(fdt, "/chosen", &at))
		text = fdt_text(&at, "bootargs");
	return text && bootargs_find(text, key, value);
}
