/* SPDX-License-Identifier: MIT */
/* The terminal from outside: what init refuses, and what no input breaks. */
#include "term_fixture.h"

/* One change to a good configuration, and what init says of it. */
#define refuses(change, code)                                                  \
	do {                                                                   \
		struct lev_term_config cfg = fix.cfg;                          \
		struct lev_term term;                                          \
                                                                               \
		change;                                                        \
		assert_int_equal(lev_term_init(&term, &cfg), code);            \
	} while (0)

static void init_refuses_what_cannot_be(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 8, 4);
	refuses((void)0, 0);
	refuses(cfg.surface.pixels = NULL, LEV_ERR_INVAL);
	refuses(cfg.font = NULL, LEV_ERR_INVAL);
	refuses(cfg.mem = NULL, LEV_ERR_INVAL);
	refuses(cfg.mem = (char *)cfg.mem + 4, LEV_ERR_INVAL);
	refuses(cfg.surface.stride = cfg.surface.width - 1, LEV_ERR_INVAL);
	refuses(cfg.cols = 0, LEV_ERR_RANGE);
	refuses(cfg.rows = 0, LEV_ERR_RANGE);
	refuses(cfg.cols = LEV_TERM_MAX + 1, LEV_ERR_RANGE);
	refuses(cfg.rows = LEV_TERM_MAX + 1, LEV_ERR_RANGE);
	refuses(cfg.mem_len--, LEV_ERR_RANGE);
	refuses(cfg.x += MARGIN, 0);
	refuses(cfg.x += MARGIN + 1, LEV_ERR_RANGE);
	refuses(cfg.y += MARGIN, 0);
	refuses(cfg.y += MARGIN + 1, LEV_ERR_RANGE);
	refuses(cfg.x = UINT32_MAX, LEV_ERR_RANGE);
	refuses(cfg.y = UINT32_MAX, LEV_ERR_RANGE);
	refuses(cfg.surface.height = 0, LEV_ERR_RANGE);
	fixture_fini(&fix);
}

/* One change to a good font. */
#define refuses_font(change)                                                   \
	do {                                                                   \
		struct lev_font_map map[] = { { 'a', 0 }, { 'b', 1 } };        \
		struct lev_font font = lev_font_console;                       \
                                                                               \
		font.map = map;                                                \
		font.map_count = 2;                                            \
		refuses(cfg.font = &font, 0);                                  \
		change;                                                        \
		refuses(cfg.font = &font, LEV_ERR_INVAL);                      \
	} while (0)

static void init_refuses_impossible_fonts(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 8, 4);
	refuses_font(font.width = 0);
	refuses_font(font.width = 65);
	refuses_font(font.height = 0);
	refuses_font(font.height = 65);
	refuses_font(font.row_len = 1);
	refuses_font(font.row_len = 3);
	refuses_font(font.glyph_count = 0);
	refuses_font(font.bitmap = NULL);
	refuses_font(font.map = NULL);
	refuses_font(map[1].glyph = font.glyph_count);
	refuses_font(map[1].code = 'a');
	refuses_font(map[0].code = 'c');
	fixture_fini(&fix);
}

static void memory_is_used_to_its_end_and_not_beyond(void **state)
{
	(void)state;
	for (uint16_t cols = 1; cols <= 9; cols++) {
		for (uint16_t rows = 1; rows <= 9; rows++) {
			struct lev_term_rect rect;
			struct fixture fix;

			/* the sanitiser stands at both ends */
			fixture_init(&fix, cols, rows);
			fixture_write(&fix, CSI "999;999Hx" CSI "S" CSI "T");
			assert_int_equal(lev_term_draw(&fix.term, &rect, 1), 1);
			fixture_fini(&fix);
		}
	}
}

/* Mostly the bytes that mean something, or nothing would ever happen. */
static uint8_t random_byte(uint64_t *random)
{
	static const char bytes[] = "\x1b\x1b\x1b\x1b[[[[[;;::??0123456789"
				    "ABCDEFGHJKLMPSTX^`dfhlmrsuc78DEM]P_\\"
				    "\r\n\t\b\v\a\x18\x1a\x7f !$>";
	uint32_t draw;

	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	draw = (uint32_t)(*random >> 32);
	if (draw % 4 == 0)
		return (uint8_t)(draw >> 8);
	return (uint8_t)bytes[(draw >> 8) % (sizeof(bytes) - 1)];
}

static void check_sanity(const struct fixture *fix)
{
	const struct lev_term *term = &fix->term;

	assert_true(term->cursor.col < fix->cfg.cols);
	assert_true(term->cursor.row < fix->cfg.rows);
	assert_true(term->region_top < term->region_end);
	assert_true(term->region_end <= fix->cfg.rows);
	for (uint16_t row = 0; row < fix->cfg.rows; row++) {
		for (uint16_t col = 0; col < fix->cfg.cols; col++) {
			const struct lev_cell *cell =
				lev_term_cell(term, col, row);

			assert_true(cell->code >= 0x20);
			assert_true(cell->code <= 0x10ffff);
			assert_true(cell->attrs < 8);
		}
	}
}

/* Whatever came before, after ESC c text comes out right. */
static void check_reset(struct fixture *fix)
{
	char rows[64];

	fixture_write(fix, ESC "c"
			       "Terminal:\r\nstill fine");
	strcpy(rows, "Terminal:|still fine|");
	for (uint16_t row = 2; row < fix->cfg.rows; row++)
		strcat(rows, "|");
	expect(fix, rows, 10, 1);
	assert_int_equal(lev_term_cell(&fix->term, 0, 0)->attrs, 0);
	assert_int_equal(lev_term_cell(&fix->term, 0, 0)->fg,
			 LEV_COLOR_DEFAULT);
	assert_true(fix->term.cursor_visible);
}

enum { ROUNDS = 2000, ROUND_LEN = 4096 };

static void random_bytes_break_nothing(void **state)
{
	const char *given = getenv("LEV_SEED");
	uint64_t random = given ? strtoull(given, NULL, 0) : 0;
	struct lev_term_rect rects[4];
	struct fixture fix;
	uint8_t bytes[ROUND_LEN];

	(void)state;
	random = random ? random : 77;
	print_message("LEV_SEED=%llu\n", (unsigned long long)random);
	fixture_init(&fix, 16, 6);
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t n = 0; n < sizeof(bytes); n++)
			bytes[n] = random_byte(&random);
		lev_term_write(&fix.term, bytes, sizeof(bytes));
		assert_true(lev_term_draw(&fix.term, rects, 4) <= 4);
		check_sanity(&fix);
		if (round % 8 == 7)
			check_reset(&fix);
	}
	fixture_fini(&fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(init_refuses_what_cannot_be),
		cmocka_unit_test(init_refuses_impossible_fonts),
		cmocka_unit_test(memory_is_used_to_its_end_and_not_beyond),
		cmocka_unit_test(random_bytes_break_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
