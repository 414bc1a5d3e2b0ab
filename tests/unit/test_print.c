/* SPDX-License-Identifier: MIT */
/* The kernel's printing and the log that keeps what was printed. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/log.h"
#include "kernel/print.h"

/* The same directive must give what the C library gives. */
#define SAME(...)                                                              \
	do {                                                                   \
		char ours[200], theirs[200];                                   \
		int len = snprintf(theirs, sizeof(theirs), __VA_ARGS__);       \
		assert_int_equal(print_text(ours, sizeof(ours), __VA_ARGS__),  \
				 len);                                         \
		assert_string_equal(ours, theirs);                             \
	} while (0)

static void numbers_are_printfs(void **state)
{
	(void)state;
	SAME("%d %d %d %i", 0, 7, -7, INT32_MIN);
	SAME("%u %u", 0u, UINT32_MAX);
	SAME("%x %X %x", 0xdeadbeefu, 0xdeadbeefu, 0u);
	SAME("%ld %lu %lx", LONG_MIN, ULONG_MAX, ULONG_MAX);
	SAME("%lld %llu %llx", -1ll, 18446744073709551615ull, 0x123456789ull);
	SAME("%zu %zx", SIZE_MAX, (size_t)0x1f);
	SAME("[%5d] [%-5d] [%05d] [%05d] [%2d]", 42, 42, 42, -42, 12345);
	SAME("[%08x] [%-8x] [%016lx] [%*u]", 0x1fu, 0x1fu, 0x77ul, 7, 3u);
	SAME("%d%%", 100);
}

static void text_is_printfs(void **state)
{
	(void)state;
	SAME("plain");
	SAME("%s|%10s|%-10s|%s", "a", "bc", "de", "");
	SAME("%.3s|%6.2s|%-6.2s|%.*s|%.9s", "abcdef", "abcdef", "abcdef", 4,
	     "abcdef", "ab");
	SAME("%c%c|%3c|%-3c|", 'x', 'y', 'z', 'w');
}

static void what_printf_leaves_open(void **state)
{
	char text[64];
	const char *strange = "100% %k %";   /* not known to the compiler */
	const char *volatile nothing = NULL; /* gcc would see it */

	(void)state;
	print_text(text, sizeof(text), "%p", (void *)0x40200000);
	assert_string_equal(text, "0x0000000040200000");
	print_text(text, sizeof(text), "%s", nothing);
	assert_string_equal(text, "(null)");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
	print_text(text, sizeof(text), strange);
#pragma GCC diagnostic pop
	assert_string_equal(text, strange);
}

static void long_text_is_cut(void **state)
{
	char text[8] = "*******";

	(void)state;
	assert_int_equal(print_text(text, 4, "%s", "abcdef"), 3);
	assert_memory_equal(text, "abc\0***", 8);
	assert_int_equal(print_text(text, 1, "%d", 5), 0);
	assert_int_equal(text[0], '\0');
}

static void the_log_keeps_the_newest(void **state)
{
	static struct log log;
	static char text[LOG_LEN];
	uint64_t pos = 0;
	size_t total = 0;

	(void)state;
	assert_int_equal(log_read(&log, &pos, text, sizeof(text)), 0);
	log_write(&log, "hello ", 6);
	log_write(&log, "world", 5);
	assert_int_equal(log_read(&log, &pos, text, 4), 4);
	assert_memory_equal(text, "hell", 4);
	assert_int_equal(log_read(&log, &pos, text, 100), 7);
	assert_memory_equal(text, "o world", 7);
	assert_int_equal(log_read(&log, &pos, text, 100), 0);
	for (total = 11; total < 3 * (size_t)LOG_LEN; total += 13) {
		char line[14];

		snprintf(line, sizeof(line), "line %07zu\n", total);
		log_write(&log, line, 13);
	}
	assert_int_equal(log_read(&log, &pos, text, sizeof(text)), LOG_LEN);
	assert_int_equal(pos, total);
	for (size_t i = 0; i < 20; i++) {
		char line[14];

		snprintf(line, sizeof(line), "line %07zu\n",
			 total - 13 * (i + 1));
		assert_memory_equal(text + LOG_LEN - 13 * (i + 1), line, 13);
	}
}

static void the_log_takes_more_than_it_holds(void **state)
{
	static struct log log;
	static char in[LOG_LEN + 100];
	static char out[LOG_LEN];
	uint64_t pos = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (char)(i % 251);
	log_write(&log, in, sizeof(in));
	assert_int_equal(log_read(&log, &pos, out, sizeof(out)), LOG_LEN);
	assert_memory_equal(out, in + 100, LOG_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_printfs),
		cmocka_unit_test(text_is_printfs),
		cmocka_unit_test(what_printf_leaves_open),
		cmocka_unit_test(long_text_is_cut),
		cmocka_unit_test(the_log_keeps_the_newest),
		cmocka_unit_test(the_log_takes_more_than_it_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
