/* SPDX-License-Identifier: MIT */
/*
 * The grid and the cursor, in cells written down by hand. Many of these are
 * xterm's rules where terminals differ; docs/terminal.md lists them.
 */
#include "term_fixture.h"

/* A screen of 8 columns and 4 rows; writes `text`; expects what follows. */
#define check(text, rows, col, row)                                            \
	do {                                                                   \
		struct fixture fix;                                            \
                                                                               \
		fixture_init(&fix, 8, 4);                                      \
		fixture_write(&fix, text);                                     \
		expect(&fix, rows, col, row);                                  \
		fixture_fini(&fix);                                            \
	} while (0)

#define LINES "aaaa\r\nbbbb\r\ncccc\r\ndddd"

static void text_and_controls(void **state)
{
	(void)state;
	check("", "||||", 0, 0);
	check("hello", "hello||||", 5, 0);
	check("ab\ncd\rx", "ab|x cd|||", 1, 1);
	check("abc\b\bX", "aXc||||", 2, 0);
	check("\b\bX", "X||||", 1, 0);
	check("a\vb\fc", "a| b|  c||", 3, 2);
	check("\tx", "       x||||", 7, 0);
	check("a\007b\001c\177d", "abcd||||", 4, 0);
}

static void tabs_stop_at_every_eighth_column(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 20, 2);
	fixture_write(&fix, "\ta\tb\tc");
	expect(&fix, "        a       b  c||", 19, 0);
	fixture_fini(&fix);
}

static void lines_wrap_late(void **state)
{
	(void)state;
	check("abcdefgh", "abcdefgh||||", 7, 0);
	check("abcdefghi", "abcdefgh|i|||", 1, 1);
	check("abcdefgh\r\nx", "abcdefgh|x|||", 1, 1);
	check("abcdefgh\bX", "abcdefXh||||", 7, 0);
	check("1\r\n2\r\n3\r\nabcdefghi", "2|3|abcdefgh|i|", 1, 3);
}

static void a_pending_wrap_is_cleared_as_in_xterm(void **state)
{
	(void)state;
	/* line feeds keep the column and forget the wrap */
	check("abcdefgh\nx", "abcdefgh|       x|||", 7, 1);
	check("\n\n\nabcdefgh\nx", "||abcdefgh|       x|", 7, 3);
	check("\nabcdefgh" ESC "Mx", "       x|abcdefgh|||", 7, 0);
	/* erasing, inserting and deleting forget it */
	check("abcdefgh" CSI "Kx", "abcdefgx||||", 7, 0);
	check("abcdefgh" CSI "1Kx", "       x||||", 7, 0);
	check("abcdefgh" CSI "2Kx", "       x||||", 7, 0);
	check("abcdefgh" CSI "Jx", "abcdefgx||||", 7, 0);
	check("abcdefgh" CSI "1Jx", "       x||||", 7, 0);
	check("abcdefgh" CSI "2Jx", "       x||||", 7, 0);
	check("abcdefgh" CSI "Xx", "abcdefgx||||", 7, 0);
	check("abcdefgh" CSI "@x", "abcdefgx||||", 7, 0);
	check("abcdefgh" CSI "Px", "abcdefgx||||", 7, 0);
	check("abcdefgh" CSI "Lx", "x|abcdefgh|||", 1, 0);
	/* cursor movement forgets it, even where it does not move */
	check("abcdefgh" CSI "Cx", "abcdefgx||||", 7, 0);
	check("abcdefgh" CSI "Ax", "abcdefgx||||", 7, 0);
	check("abcdefgh" CSI "8Gx", "abcdefgx||||", 7, 0);
}

static void a_pending_wrap_is_kept_as_in_xterm(void **state)
{
	(void)state;
	check("abcdefgh\tx", "abcdefgh|x|||", 1, 1);
	check("abcdefgh" CSI "1mx", "abcdefgh|x|||", 1, 1);
	check("\r\nabcdefgh" CSI "Sx", "abcdefgh||x||", 1, 2);
	check("abcdefgh" CSI "3Jx", "abcdefgh|x|||", 1, 1);
	check("abcdefgh" CSI "3Kx", "abcdefgh|x|||", 1, 1);
	/* outside the scrolling region lines are not inserted */
	check(CSI "2;3r" CSI "4Habcdefgh" CSI "Lx", "|||xbcdefgh|", 1, 3);
	/* saved with the cursor, restored with it */
	check("abcdefgh" ESC "7" CSI "H" ESC "8x", "abcdefgh|x|||", 1, 1);
	check("abcdefgh" ESC "7" CSI "H" CSI "ux", "abcdefgh|x|||", 1, 1);
	check(CSI "8G" ESC "7x" ESC "8y", "       y||||", 7, 0);
}

static void autowrap_can_be_switched_off(void **state)
{
	(void)state;
	check(CSI "?7labcdefghij", "abcdefgj||||", 7, 0);
	check("abcdefgh" CSI "?7li", "abcdefgi||||", 7, 0);
	check(CSI "?7labcdefghij" CSI "?7hk", "abcdefgj|k|||", 1, 1);
}

static void the_cursor_moves_and_stops_at_edges(void **state)
{
	(void)state;
	check(CSI "3;4Hx", "||   x||", 4, 2);
	check(CSI "3;4fx", "||   x||", 4, 2);
	check(CSI ";4Hx", "   x||||", 4, 0);
	check(CSI "3Hx", "||x||", 1, 2);
	check(CSI "99;99Hx", "|||       x|", 7, 3);
	check(CSI "0;0Hx", "x||||", 1, 0);
	check(CSI "B" CSI "2Cx", "|  x|||", 3, 1);
	check(CSI "0B" CSI "0Cx", "| x|||", 2, 1);
	check(CSI "99B" CSI "99C" CSI "99A" CSI "99Dx", "x||||", 1, 0);
	check("ab" CSI "2Ex" CSI "Fy", "ab|y|x||", 1, 1);
	check("ab" CSI "7Gx" CSI "2`y", "ay    x||||", 2, 0);
	check("ab" CSI "4dx", "ab|||  x|", 3, 3);
	check("ab" CSI "99dx", "ab|||  x|", 3, 3);
}

static void erasing_in_lines(void **state)
{
	(void)state;
	check("abcdef" CSI "3G" CSI "K", "ab||||", 2, 0);
	check("abcdef" CSI "3G" CSI "0K", "ab||||", 2, 0);
	check("abcdef" CSI "3G" CSI "1K", "   def||||", 2, 0);
	check("abcdef" CSI "3G" CSI "2K", "||||", 2, 0);
	check("abcdef" CSI "3G" CSI "9K", "abcdef||||", 2, 0);
	check("abcdef" CSI "3G" CSI "2X", "ab  ef||||", 2, 0);
	check("abcdef" CSI "3G" CSI "0X", "ab def||||", 2, 0);
	check("abcdef" CSI "3G" CSI "99X", "ab||||", 2, 0);
}

static void erasing_in_the_display(void **state)
{
	(void)state;
	check(LINES CSI "2;3H" CSI "J", "aaaa|bb|||", 2, 1);
	check(LINES CSI "2;3H" CSI "1J", "|   b|cccc|dddd|", 2, 1);
	check(LINES CSI "2;3H" CSI "2J", "||||", 2, 1);
	check(LINES CSI "2;3H" CSI "3J", "aaaa|bbbb|cccc|dddd|", 2, 1);
}

static void inserting_and_deleting(void **state)
{
	(void)state;
	check("abcdefgh" CSI "3G" CSI "2@", "ab  cdef||||", 2, 0);
	check("abcdefgh" CSI "3G" CSI "99@", "ab||||", 2, 0);
	check("abcdefgh" CSI "3G" CSI "2P", "abefgh||||", 2, 0);
	check("abcdefgh" CSI "3G" CSI "99P", "ab||||", 2, 0);
	check(LINES CSI "2;3H" CSI "L", "aaaa||bbbb|cccc|", 0, 1);
	check(LINES CSI "2;3H" CSI "99L", "aaaa||||", 0, 1);
	check(LINES CSI "2;3H" CSI "2M", "aaaa|dddd|||", 0, 1);
	check(LINES CSI "2;3r" CSI "2;3H" CSI "M", "aaaa|cccc||dddd|", 0, 1);
	check(LINES CSI "2;3r" CSI "4;3H" CSI "M", "aaaa|bbbb|cccc|dddd|", 2,
	      3);
	/* characters move outside the scrolling region too */
	check(LINES CSI "2;3r" CSI "4;3H" CSI "@", "aaaa|bbbb|cccc|dd dd|", 2,
	      3);
}

static void scrolling(void **state)
{
	(void)state;
	check(LINES "\n", "bbbb|cccc|dddd||", 4, 3);
	check(LINES ESC "Dx", "bbbb|cccc|dddd|    x|", 5, 3);
	check(LINES ESC "Ex", "bbbb|cccc|dddd|x|", 1, 3);
	check(LINES CSI "H" ESC "M", "|aaaa|bbbb|cccc|", 0, 0);
	check(LINES CSI "2S", "cccc|dddd|||", 4, 3);
	check(LINES CSI "T", "|aaaa|bbbb|cccc|", 4, 3);
	check(LINES CSI "^", "|aaaa|bbbb|cccc|", 4, 3);
	check(LINES CSI "99S", "||||", 4, 3);
	check(LINES CSI "99T", "||||", 4, 3);
	/* the mouse's, not ours */
	check(LINES CSI "0T", "aaaa|bbbb|cccc|dddd|", 4, 3);
	check(LINES CSI "1;2;3;4;5T", "aaaa|bbbb|cccc|dddd|", 4, 3);
}

static void scrolling_in_a_region(void **state)
{
	(void)state;
	check(LINES CSI "2;3r", "aaaa|bbbb|cccc|dddd|", 0, 0);
	check(LINES CSI "2;3r" CSI "3H\nx", "aaaa|cccc|x|dddd|", 1, 2);
	check(LINES CSI "2;3r" CSI "2H" ESC "M", "aaaa||bbbb|dddd|", 0, 1);
	check(LINES CSI "2;3r" CSI "S", "aaaa|cccc||dddd|", 0, 0);
	check(LINES CSI "2;3r" CSI "T", "aaaa||bbbb|dddd|", 0, 0);
	/* outside of it the cursor stops at the screen's edge */
	check(LINES CSI "2;3r" CSI "4H\n\nx", "aaaa|bbbb|cccc|xddd|", 1, 3);
	check(LINES CSI "2;3r" CSI "1H" ESC "Mx", "xaaa|bbbb|cccc|dddd|", 1, 0);
	/* it stops movement from inside */
	check(CSI "2;3r" CSI "2H" CSI "9Ax", "|x|||", 1, 1);
	check(CSI "2;3r" CSI "2H" CSI "9Bx", "||x||", 1, 2);
	check(CSI "2;3r" CSI "4H" CSI "9Ax", "|x|||", 1, 1);
	check(CSI "2;3r" CSI "1H" CSI "9Bx", "||x||", 1, 2);
	check(CSI "2;3r" CSI "2;4H" CSI "9Fx", "|x|||", 1, 1);
	check(CSI "2;3r" CSI "2;4H" CSI "9Ex", "||x||", 1, 2);
	/* but not addressing */
	check(CSI "2;3r" CSI "4Hx", "|||x|", 1, 3);
}

static void impossible_regions_are_ignored(void **state)
{
	(void)state;
	check("ab" CSI "3;3rx", "abx||||", 3, 0);
	check("ab" CSI "3;2rx", "abx||||", 3, 0);
	check("ab" CSI "9;12rx", "abx||||", 3, 0);
	check("ab" CSI "2;99rx", "xb||||", 1, 0);
	check("ab" CSI "2;0rx", "xb||||", 1, 0);
	check(LINES CSI "2;3r" CSI "r" CSI "4H\nx", "bbbb|cccc|dddd|x|", 1, 3);
}

static void the_cursor_is_saved_and_restored(void **state)
{
	(void)state;
	check("ab" ESC "7\r\ncd" ESC "8x", "abx|cd|||", 3, 0);
	check("ab" CSI "s\r\ncd" CSI "ux", "abx|cd|||", 3, 0);
	check("ab" ESC "8x", "xb||||", 1, 0);
	/* with parameters these two mean something else */
	check("ab" CSI "1s\r\ncd" CSI "ux", "xb|cd|||", 1, 0);
	check("ab" CSI "s\r\ncd" CSI "1ux", "ab|cdx|||", 3, 1);
}

static void a_reset_resets(void **state)
{
	(void)state;
	check(LINES CSI "2;3r" CSI "?7l" CSI "1;31;7m" ESC "7" ESC "c", "||||",
	      0, 0);
	check(CSI "2;3H" ESC "7" ESC "c" CSI "3;3H" ESC "8x", "x||||", 1, 0);
	check(CSI "2;3r" ESC "c" LINES "\n", "bbbb|cccc|dddd||", 4, 3);
	check(CSI "?7l" ESC "cabcdefghi", "abcdefgh|i|||", 1, 1);
}

/* What erasing and scrolling leave: the colours, and no attribute. */
static void erased_cells_take_the_colours_alone(void **state)
{
	static const char *const erasers[] = {
		CSI "2J", CSI "2K", CSI "9X", CSI "9P", CSI "9@",
		CSI "9L", CSI "9M", CSI "9S", CSI "9T", "\n\n\n\n",
	};

	(void)state;
	for (size_t n = 0; n < sizeof(erasers) / sizeof(*erasers); n++) {
		struct fixture fix;
		const struct lev_cell *cell;
		uint16_t row = n == 9 ? 3 : 0;

		fixture_init(&fix, 8, 4);
		fixture_write(&fix, "abcd\r" CSI "1;4;7;31;48;5;200m");
		fixture_write(&fix, erasers[n]);
		cell = lev_term_cell(&fix.term, 7, row);
		assert_int_equal(cell->code, ' ');
		assert_int_equal(cell->attrs, 0);
		assert_int_equal(cell->fg, LEV_COLOR_ANSI(1));
		assert_int_equal(cell->bg, LEV_COLOR_INDEX(200));
		fixture_fini(&fix);
	}
}

static void one_cell_is_enough_for_a_terminal(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 1, 1);
	fixture_write(&fix, "ab\tc\r\nd" CSI "5;5H" CSI "9@" CSI "9P" CSI
			    "9L" CSI "9M" CSI "S" CSI "T" CSI "1;1re");
	expect(&fix, "e|", 0, 0);
	fixture_fini(&fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_controls),
		cmocka_unit_test(tabs_stop_at_every_eighth_column),
		cmocka_unit_test(lines_wrap_late),
		cmocka_unit_test(a_pending_wrap_is_cleared_as_in_xterm),
		cmocka_unit_test(a_pending_wrap_is_kept_as_in_xterm),
		cmocka_unit_test(autowrap_can_be_switched_off),
		cmocka_unit_test(the_cursor_moves_and_stops_at_edges),
		cmocka_unit_test(erasing_in_lines),
		cmocka_unit_test(erasing_in_the_display),
		cmocka_unit_test(inserting_and_deleting),
		cmocka_unit_test(scrolling),
		cmocka_unit_test(scrolling_in_a_region),
		cmocka_unit_test(impossible_regions_are_ignored),
		cmocka_unit_test(the_cursor_is_saved_and_restored),
		cmocka_unit_test(a_reset_resets),
		cmocka_unit_test(erased_cells_take_the_colours_alone),
		cmocka_unit_test(one_cell_is_enough_for_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
