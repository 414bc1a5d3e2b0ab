/* SPDX-License-Identifier: MIT */
/*
 * Sequences from their first byte to their last: what is not known leaves no
 * trace, what is broken off harms nothing after it.
 */
#include "term_fixture.h"

#define check(text, rows, col, row)                                            \
	do {                                                                   \
		struct fixture fix;                                            \
                                                                               \
		fixture_init(&fix, 8, 3);                                      \
		fixture_write(&fix, text);                                     \
		expect(&fix, rows, col, row);                                  \
		fixture_fini(&fix);                                            \
	} while (0)

/* Between an "a" and a "b" there is nothing to be seen of `text`. */
#define swallows(text) check("a" text "b", "ab|||", 2, 0)

static void unknown_sequences_are_swallowed_whole(void **state)
{
	(void)state;
	swallows(CSI "5y");
	swallows(CSI "1;2;3y");
	swallows(CSI ">1C");
	swallows(CSI "=1C");
	swallows(CSI "<1C");
	swallows(CSI "?1C");
	swallows(CSI "??25C");
	swallows(CSI "1?C");
	swallows(CSI "1 C");
	swallows(CSI "1$C");
	swallows(CSI "1 1;?!C");
	swallows(CSI "!p");
	swallows(CSI "1:2C");
	swallows(CSI ":C");
	swallows(CSI "6n");
	swallows(CSI "c");
	swallows(ESC "(B");
	swallows(ESC "#9");
	swallows(ESC " F");
	swallows(ESC "%!!G");
	swallows(ESC "\\");
	swallows(ESC "=");
	swallows(ESC "Z");
	swallows(CSI "?9999h");
	swallows(CSI "?h");
}

static void strings_are_swallowed_to_their_end(void **state)
{
	(void)state;
	swallows(ESC "]0;title\a");
	swallows(ESC "]0;title" ESC "\\");
	swallows(ESC "]0;two\r\nlines\t\b" ESC "\\");
	swallows(ESC "]0;\xc3\xa9\xe2\x82\xac\xff\a");
	swallows(ESC "P1$rq" ESC "\\");
	swallows(ESC "Xsos" ESC "\\");
	swallows(ESC "^pm" ESC "\\");
	swallows(ESC "_apc" ESC "\\");
	/* BEL ends the one kind of string that has it for an end */
	swallows(ESC "Pdcs\amore" ESC "\\");
	swallows(ESC "_apc\amore" ESC "\\");
	/* any other sequence ends a string, and acts */
	check("a" ESC "]0;title" CSI "3Gb", "a b|||", 3, 0);
	check("a" ESC "Pdcs" ESC "Db", "a| b||", 2, 1);
}

static void sequences_can_be_cancelled(void **state)
{
	(void)state;
	swallows(CSI "5;\030");
	swallows(ESC "\030");
	swallows(ESC "(\030");
	swallows(ESC "]0;title\030");
	swallows(ESC "Pdcs\030");
	swallows("\030");
	swallows(CSI "5;\032");
	swallows(ESC "]0;title\032");
	swallows("\032");
	/* a new sequence cancels the one before */
	check("a" CSI "1;" CSI "5Gb", "a   b|||", 5, 0);
	check("a" ESC ESC CSI "5Gb", "a   b|||", 5, 0);
}

static void controls_act_inside_sequences(void **state)
{
	(void)state;
	check("a" CSI "2\nCb", "a|   b||", 4, 1);
	check("abc" CSI "\r2Cx", "abx|||", 3, 0);
	check("abc" ESC "\b\bDx", "abc| x||", 2, 1);
	check("ab" CSI ">\r1Cx", "xb|||", 1, 0);
	check("ab" CSI "\a\1772Cx", "ab  x|||", 5, 0);
}

static void other_characters_break_sequences_off(void **state)
{
	(void)state;
	swallows(CSI "2\xc3\xa9");
	swallows(CSI ">\xe2\x82\xac");
	swallows(ESC "\xc3\xa9");
	swallows(ESC "(\xc3\xa9");
	swallows(CSI "2\xff");
	/* save for the C1 controls, which are not there */
	check("a" CSI "2\xc2\x85"
	      "Cb",
	      "a  b|||", 4, 0);
}

static void numbers_are_bounded(void **state)
{
	(void)state;
	check(CSI "99999999999999999999999999Cx", "       x|||", 7, 0);
	check(CSI "99999999999999999999999999;2Hx", "|| x|", 2, 2);
	check("abc" CSI "4294967297Dx", "xbc|||", 1, 0);
	check("abc" CSI "00000000000000000000001Dx", "abx|||", 3, 0);
}

static void parameters_beyond_the_last_are_dropped(void **state)
{
	char text[1024];
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 8, 3);
	strcpy(text, CSI "2;3");
	for (int n = 0; n < 200; n++)
		strcat(text, n % 2 ? ":7" : ";7");
	fixture_write(&fix, text);
	fixture_write(&fix, "H");
	/* there were colons */
	expect(&fix, "|||", 0, 0);
	strcpy(text, CSI "2;3");
	for (int n = 0; n < 200; n++)
		strcat(text, ";7");
	fixture_write(&fix, text);
	fixture_write(&fix, "Hx");
	expect(&fix, "|  x||", 3, 1);
	strcpy(text, CSI "0");
	for (int n = 0; n < LEV_TERM_PARAMS - 1; n++)
		strcat(text, ";0");
	fixture_write(&fix, text);
	fixture_write(&fix, ";1;4;7mx");
	assert_int_equal(lev_term_cell(&fix.term, 3, 1)->attrs, 0);
	fixture_fini(&fix);
}

static void modes_come_several_at_once(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 8, 3);
	fixture_write(&fix, CSI "?7;1000;25labcdefghij");
	expect(&fix, "abcdefgj|||", 7, 0);
	assert_false(fix.term.cursor_visible);
	fixture_write(&fix, CSI "?25h");
	assert_true(fix.term.cursor_visible);
	/* no part of what ESC 7 saves */
	fixture_write(&fix, CSI "?25l" ESC "7" CSI "?25h" ESC "8");
	assert_true(fix.term.cursor_visible);
	/* without the mark they are other modes */
	fixture_write(&fix, CSI "25l");
	assert_true(fix.term.cursor_visible);
	fixture_fini(&fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_sequences_are_swallowed_whole),
		cmocka_unit_test(strings_are_swallowed_to_their_end),
		cmocka_unit_test(sequences_can_be_cancelled),
		cmocka_unit_test(controls_act_inside_sequences),
		cmocka_unit_test(other_characters_break_sequences_off),
		cmocka_unit_test(numbers_are_bounded),
		cmocka_unit_test(parameters_beyond_the_last_are_dropped),
		cmocka_unit_test(modes_come_several_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
