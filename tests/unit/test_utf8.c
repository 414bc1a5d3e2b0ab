/* SPDX-License-Identifier: MIT */
/* UTF-8: every character, and what becomes of what is none. */
#include "term_fixture.h"

enum { BAD = 0xfffd };

/* Writes `len` bytes, an ASCII "!" after them; expects these code points. */
static void check(const void *text, size_t len, const uint32_t *codes,
		  size_t count)
{
	struct fixture fix;

	fixture_init(&fix, 40, 1);
	lev_term_write(&fix.term, text, len);
	fixture_write(&fix, "!");
	for (uint16_t n = 0; n < count; n++)
		assert_int_equal(lev_term_cell(&fix.term, n, 0)->code,
				 codes[n]);
	assert_int_equal(lev_term_cell(&fix.term, (uint16_t)count, 0)->code,
			 '!');
	fixture_fini(&fix);
}

#define check_codes(text, ...)                                                 \
	do {                                                                   \
		static const uint32_t codes[] = { __VA_ARGS__ };               \
                                                                               \
		check(text, sizeof(text) - 1, codes,                           \
		      sizeof(codes) / sizeof(*codes));                         \
	} while (0)

static size_t encode(uint32_t code, uint8_t *out)
{
	if (code < 0x80) {
		out[0] = (uint8_t)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (uint8_t)(0xc0 | code >> 6);
		out[1] = (uint8_t)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (uint8_t)(0xe0 | code >> 12);
		out[1] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | code >> 18);
	out[1] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (code & 0x3f));
	return 4;
}

static bool is_surrogate(uint32_t code)
{
	return code >= 0xd800 && code <= 0xdfff;
}

static void every_character_is_decoded(void **state)
{
	struct fixture fix;
	uint8_t bytes[4];

	(void)state;
	fixture_init(&fix, 2, 1);
	for (uint32_t code = 0xa0; code <= 0x10ffff; code++) {
		if (is_surrogate(code))
			continue;
		fixture_write(&fix, "\r");
		lev_term_write(&fix.term, bytes, encode(code, bytes));
		assert_int_equal(lev_term_cell(&fix.term, 0, 0)->code, code);
		assert_int_equal(fix.term.cursor.col, 1);
	}
	fixture_fini(&fix);
}

static void no_surrogate_is_a_character(void **state)
{
	(void)state;
	for (uint32_t code = 0xd800; code <= 0xdfff; code++) {
		static const uint32_t codes[] = { BAD, BAD, BAD };
		uint8_t bytes[4];

		check(bytes, encode(code, bytes), codes, 3);
	}
}

/* The examples of the Unicode standard, tables 3-8 to 3-11, and more. */
static void malformed_runs_show_one_mark_a_subpart(void **state)
{
	(void)state;
	check_codes("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41", BAD, BAD, BAD, BAD,
		    BAD, BAD, BAD, BAD, 'A');
	check_codes("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41", BAD, BAD, BAD, BAD,
		    BAD, BAD, BAD, BAD, 'A');
	check_codes("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42", BAD, BAD, BAD, BAD,
		    BAD, 'A', BAD, BAD, 'B');
	check_codes("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41", BAD, BAD, BAD, BAD,
		    'A');
	check_codes("\xc2", BAD);
	check_codes("\xc2\xc3\xa9", BAD, 0xe9);
	check_codes("\xe2\x82\xc3\xa9", BAD, 0xe9);
	check_codes("\xe0\x9f\xbf", BAD, BAD, BAD);
	check_codes("\xf0\x8f\xbf\xbf", BAD, BAD, BAD, BAD);
	check_codes("\xf5\x80\x80\x80", BAD, BAD, BAD, BAD);
	check_codes("\xf8\x88\x80\x80\x80", BAD, BAD, BAD, BAD, BAD);
	check_codes("\xfe\xff", BAD, BAD);
}

static void controls_end_a_malformed_run_and_act(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 8, 2);
	fixture_write(&fix, "\xe2\x82\r\nx\xf0\x9f" CSI "1Gy");
	expect(&fix, "#|y#|", 1, 1);
	fixture_fini(&fix);
}

static void c1_controls_do_nothing(void **state)
{
	(void)state;
	for (uint8_t low = 0x80; low < 0xa0; low++) {
		const uint8_t text[] = { 'a', 0xc2, low, 'b' };
		static const uint32_t codes[] = { 'a', 'b' };

		check(text, sizeof(text), codes, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_is_decoded),
		cmocka_unit_test(no_surrogate_is_a_character),
		cmocka_unit_test(malformed_runs_show_one_mark_a_subpart),
		cmocka_unit_test(controls_end_a_malformed_run_and_act),
		cmocka_unit_test(c1_controls_do_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
