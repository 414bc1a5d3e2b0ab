/* SPDX-License-Identifier: MIT */
/* Colours as they are drawn. */
#include "term_fixture.h"

static void check(uint32_t attrs, uint32_t cell_fg, uint32_t cell_bg,
		  uint32_t drawn_fg, uint32_t drawn_bg)
{
	const struct lev_cell cell = { 'x', attrs, cell_fg, cell_bg };
	uint32_t fg;
	uint32_t bg;

	lev_cell_colors(&cell, &fg, &bg);
	assert_int_equal(fg, drawn_fg);
	assert_int_equal(bg, drawn_bg);
}

static void defaults_are_light_grey_on_nearly_black(void **state)
{
	(void)state;
	check(0, LEV_COLOR_DEFAULT, LEV_COLOR_DEFAULT, 0xc0c0c0, 0x101014);
	check(LEV_CELL_BOLD, LEV_COLOR_DEFAULT, LEV_COLOR_DEFAULT, 0xffffff,
	      0x101014);
	check(LEV_CELL_INVERSE, LEV_COLOR_DEFAULT, LEV_COLOR_DEFAULT, 0x101014,
	      0xc0c0c0);
}

static void the_first_sixteen_are_those_of_xterm(void **state)
{
	static const uint32_t colors[16] = {
		0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
		0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
		0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
	};

	(void)state;
	for (uint32_t n = 0; n < 16; n++)
		check(0, LEV_COLOR_INDEX(n), LEV_COLOR_INDEX(15 - n), colors[n],
		      colors[15 - n]);
}

static void a_cube_and_a_ramp_follow(void **state)
{
	(void)state;
	check(0, LEV_COLOR_INDEX(16), LEV_COLOR_INDEX(17), 0x000000, 0x00005f);
	check(0, LEV_COLOR_INDEX(21), LEV_COLOR_INDEX(22), 0x0000ff, 0x005f00);
	check(0, LEV_COLOR_INDEX(52), LEV_COLOR_INDEX(88), 0x5f0000, 0x870000);
	check(0, LEV_COLOR_INDEX(123), LEV_COLOR_INDEX(208), 0x87ffff,
	      0xff8700);
	check(0, LEV_COLOR_INDEX(230), LEV_COLOR_INDEX(231), 0xffffd7,
	      0xffffff);
	check(0, LEV_COLOR_INDEX(232), LEV_COLOR_INDEX(255), 0x080808,
	      0xeeeeee);
	check(0, 0x123456, 0xfedcba, 0x123456, 0xfedcba);
}

/* xterm's rule: 30..37 in bold are 90..97. */
static void bold_brightens_eight_colours(void **state)
{
	(void)state;
	check(0, LEV_COLOR_ANSI(1), LEV_COLOR_DEFAULT, 0xcd0000, 0x101014);
	check(LEV_CELL_BOLD, LEV_COLOR_ANSI(1), LEV_COLOR_INDEX(1), 0xff0000,
	      0xcd0000);
	check(LEV_CELL_BOLD, LEV_COLOR_INDEX(1), LEV_COLOR_INDEX(1), 0xcd0000,
	      0xcd0000);
	check(LEV_CELL_BOLD | LEV_CELL_INVERSE, LEV_COLOR_ANSI(4),
	      LEV_COLOR_INDEX(2), 0x00cd00, 0x5c5cff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_light_grey_on_nearly_black),
		cmocka_unit_test(the_first_sixteen_are_those_of_xterm),
		cmocka_unit_test(a_cube_and_a_ramp_follow),
		cmocka_unit_test(bold_brightens_eight_colours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
