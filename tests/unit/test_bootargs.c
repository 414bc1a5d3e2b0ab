/* SPDX-License-Identifier: MIT */
/* The kernel's boot arguments: which words are found, and which are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/bootargs.h"

/* What key has in text; NULL: nothing. */
static const char *find(const char *text, const char *key)
{
	static char value[BOOTARGS_VALUE + 1];

	memset(value, 0x5a, sizeof(value));
	if (!bootargs_find(text, key, value))
		return NULL;
	assert_int_equal(value[BOOTARGS_VALUE], 0x5a);
	return value;
}

static void a_key_is_found_wherever_it_stands(void **state)
{
	(void)state;
	assert_string_equal(find("irq=poll", "irq"), "poll");
	assert_string_equal(find("  irq=poll  ", "irq"), "poll");
	assert_string_equal(find("bench=boot irq=poll", "irq"), "poll");
	assert_string_equal(find("irq=poll bench=boot", "irq"), "poll");
	assert_string_equal(find("quiet  irq=intx", "irq"), "intx");
	assert_string_equal(find("irq=msix irq=poll", "irq"), "msix");
}

static void what_only_looks_like_it_is_not(void **state)
{
	static const char *const texts[] = {
		"",	    " ",	 "irq",	      "irq poll",
		"ir=poll",  "irqs=poll", "xirq=poll", "bench=irq=poll",
		"IRQ=poll", "=poll",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(find(texts[i], "irq"));
}

static void values_end_with_their_word_or_their_room(void **state)
{
	(void)state;
	assert_string_equal(find("irq=", "irq"), "");
	assert_string_equal(find("irq= poll", "irq"), "");
	assert_string_equal(find("a=b=c d", "a"), "b=c");
	assert_string_equal(find("a=123456789012345", "a"), "123456789012345");
	assert_string_equal(find("a=1234567890123456", "a"), "123456789012345");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_found_wherever_it_stands),
		cmocka_unit_test(what_only_looks_like_it_is_not),
		cmocka_unit_test(values_end_with_their_word_or_their_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
