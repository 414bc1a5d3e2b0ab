/* SPDX-License-Identifier: MIT */
/* CSI ... m and the cell that it leads to. */
#include "term_fixture.h"

#define DEFAULT LEV_COLOR_DEFAULT
#define INDEX	LEV_COLOR_INDEX
#define ANSI	LEV_COLOR_ANSI

enum {
	BOLD = LEV_CELL_BOLD,
	UNDERLINE = LEV_CELL_UNDERLINE,
	INVERSE = LEV_CELL_INVERSE,
};

static const struct {
	const char *sgr;
	uint32_t attrs, fg, bg;
} cases[] = {
	{ "1", BOLD, DEFAULT, DEFAULT },
	{ "4", UNDERLINE, DEFAULT, DEFAULT },
	{ "21", UNDERLINE, DEFAULT, DEFAULT },
	{ "7", INVERSE, DEFAULT, DEFAULT },
	{ "1;4;7", BOLD | UNDERLINE | INVERSE, DEFAULT, DEFAULT },
	{ "1;4;7;22", UNDERLINE | INVERSE, DEFAULT, DEFAULT },
	{ "1;4;7;24", BOLD | INVERSE, DEFAULT, DEFAULT },
	{ "1;4;7;27", BOLD | UNDERLINE, DEFAULT, DEFAULT },
	{ "1;4;7;31;42;0", 0, DEFAULT, DEFAULT },
	{ "1;4;7;31;42;", 0, DEFAULT, DEFAULT },
	{ "1;4;7;31;42m" CSI, 0, DEFAULT, DEFAULT },
	{ "30;47", 0, ANSI(0), ANSI(7) },
	{ "37;40", 0, ANSI(7), ANSI(0) },
	{ "90;107", 0, INDEX(8), INDEX(15) },
	{ "97;100", 0, INDEX(15), INDEX(8) },
	{ "31;42;39", 0, DEFAULT, ANSI(2) },
	{ "31;42;49", 0, ANSI(1), DEFAULT },
	{ "38;5;0;48;5;255", 0, INDEX(0), INDEX(255) },
	{ "38;2;1;2;3;48;2;255;0;128", 0, 0x010203, 0xff0080 },
	{ "38:5:9;48:5:8", 0, INDEX(9), INDEX(8) },
	{ "38:2:1:2:3;48:2:4:5:6", 0, 0x010203, 0x040506 },
	{ "38:2::1:2:3;48:2:1:4:5:6", 0, 0x010203, 0x040506 },
	{ "38;5:9;48;2:4:5:6", 0, INDEX(9), 0x040506 },
	{ "38:2:1:2:3;4", UNDERLINE, 0x010203, DEFAULT },
	/* no colours: taken whole, and nothing changes */
	{ "31;38;5;256;1", BOLD, ANSI(1), DEFAULT },
	{ "31;38;5;;1", BOLD, ANSI(1), DEFAULT },
	{ "31;38;2;256;4;4;1", BOLD, ANSI(1), DEFAULT },
	{ "31;38;2;;4;4;1", BOLD, ANSI(1), DEFAULT },
	{ "31;38;2;1;2", 0, ANSI(1), DEFAULT },
	{ "31;38;5", 0, ANSI(1), DEFAULT },
	{ "31;38", 0, ANSI(1), DEFAULT },
	{ "31;38;9;1", BOLD, ANSI(1), DEFAULT },
	{ "31;38:5;1", BOLD, ANSI(1), DEFAULT },
	{ "31;38:2:4:7;1", BOLD, ANSI(1), DEFAULT },
	{ "31;38:5:256;1", BOLD, ANSI(1), DEFAULT },
	{ "31;38:9:4:4;1", BOLD, ANSI(1), DEFAULT },
	/* codes that take no parts are ignored with theirs */
	{ "4:3;1", BOLD, DEFAULT, DEFAULT },
	{ "0:4;1", BOLD, DEFAULT, DEFAULT },
	/* codes that are not known */
	{ "2;3;5;8;9;29;98;99;108;9999;1", BOLD, DEFAULT, DEFAULT },
};

static void every_code_does_its_part(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
		const struct lev_cell *cell;
		struct fixture fix;

		fixture_init(&fix, 4, 1);
		fixture_write(&fix, CSI);
		fixture_write(&fix, cases[n].sgr);
		fixture_write(&fix, "mx");
		cell = lev_term_cell(&fix.term, 0, 0);
		if (cell->code != 'x' || cell->attrs != cases[n].attrs ||
		    cell->fg != cases[n].fg || cell->bg != cases[n].bg)
			fail_msg("%s: %c %x %08x %08x", cases[n].sgr,
				 (char)cell->code, cell->attrs, cell->fg,
				 cell->bg);
		fixture_fini(&fix);
	}
}

static void the_pen_is_saved_with_the_cursor(void **state)
{
	const struct lev_cell *cell;
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 4, 1);
	fixture_write(&fix, CSI "1;31m" ESC "7" CSI "0;42m" ESC "8x");
	cell = lev_term_cell(&fix.term, 0, 0);
	assert_int_equal(cell->attrs, BOLD);
	assert_int_equal(cell->fg, ANSI(1));
	assert_int_equal(cell->bg, DEFAULT);
	/* what was never saved is what init made */
	fixture_write(&fix, ESC "c" CSI "1;31m" ESC "8x");
	cell = lev_term_cell(&fix.term, 0, 0);
	assert_int_equal(cell->attrs, 0);
	assert_int_equal(cell->fg, DEFAULT);
	fixture_fini(&fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_does_its_part),
		cmocka_unit_test(the_pen_is_saved_with_the_cursor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
