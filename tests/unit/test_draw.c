/* SPDX-License-Identifier: MIT */
/*
 * Pixels. What a glyph must look like is read from the font here too, bit by
 * bit and with no table; what a whole screen must look like is a second
 * terminal's, told to paint everything.
 */
#include "term_fixture.h"

enum { FG = 0xc0c0c0, BG = 0x101014, MAX_RECTS = 16 };

static struct lev_term_rect rects[MAX_RECTS];

static size_t draw(struct fixture *fix)
{
	return lev_term_draw(&fix->term, rects, MAX_RECTS);
}

static uint32_t random_below(uint64_t *random, uint32_t limit)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return (uint32_t)(*random >> 33) % limit;
}

static uint32_t pixel(const struct fixture *fix, uint32_t x, uint32_t y)
{
	return fix->pixels[y * fix->cfg.surface.stride + x];
}

/* The pixel (x, y) of a cell's glyph, straight from the bitmap. */
static bool glyph_bit(const struct lev_font *font, uint32_t code, uint32_t x,
		      uint32_t y)
{
	size_t byte = (lev_font_glyph(font, code) * font->height + y) *
			      font->row_len +
		      x / 8;

	return font->bitmap[byte] & 0x80 >> x % 8;
}

static void check_cell(const struct fixture *fix, uint32_t col, uint32_t row,
		       uint32_t code, uint32_t fg, uint32_t bg)
{
	const struct lev_font *font = fix->cfg.font;

	for (uint32_t y = 0; y < font->height; y++) {
		for (uint32_t x = 0; x < font->width; x++)
			assert_int_equal(pixel(fix,
					       MARGIN + col * font->width + x,
					       MARGIN + row * font->height + y),
					 glyph_bit(font, code, x, y) ? fg : bg);
	}
}

static bool in_terminal(const struct fixture *fix, uint32_t x, uint32_t y)
{
	const struct lev_term_config *cfg = &fix->cfg;

	return x >= MARGIN && x < MARGIN + cfg->cols * cfg->font->width &&
	       y >= MARGIN && y < MARGIN + cfg->rows * cfg->font->height;
}

static void check_margin(const struct fixture *fix)
{
	for (uint32_t y = 0; y < fix->cfg.surface.height; y++) {
		for (uint32_t x = 0; x < fix->cfg.surface.stride; x++) {
			if (!in_terminal(fix, x, y))
				assert_int_equal(pixel(fix, x, y),
						 MARGIN_COLOR);
		}
	}
}

static void glyphs_are_those_of_the_font(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 16, 8);
	for (uint32_t code = 0x20; code < 0x7f; code++) {
		char text[2] = { (char)code, '\0' };

		fixture_write(&fix, text);
	}
	fixture_write(&fix, CSI "?25l");
	assert_int_equal(draw(&fix), 1);
	for (uint32_t code = 0x20; code < 0x7f; code++)
		check_cell(&fix, (code - 0x20) % 16, (code - 0x20) / 16, code,
			   FG, BG);
	check_margin(&fix);
	fixture_fini(&fix);
}

/* Widths with every remainder; a pattern that is different everywhere. */
static void glyphs_of_every_width_are_drawn(void **state)
{
	static uint8_t bitmap[2 * 64 * 8];
	static const struct lev_font_map map[] = { { 'x', 1 } };
	uint32_t random = 1;

	(void)state;
	for (size_t n = 0; n < sizeof(bitmap); n++) {
		random = random * 1664525 + 1013904223;
		bitmap[n] = (uint8_t)(random >> 24);
	}
	for (uint16_t width = 1; width <= 64; width++) {
		struct lev_font font = { width,
					 (uint16_t)(65 - width),
					 (uint16_t)((width + 7) / 8),
					 2,
					 1,
					 bitmap,
					 map };
		struct fixture fix;

		fixture_init(&fix, 10, 2);
		fix.cfg.font = &font;
		fix.cfg.cols = 2;
		fix.cfg.rows = 1;
		fix.cfg.surface.width = 2u * width + 2 * MARGIN;
		fix.cfg.surface.height = font.height + 2 * MARGIN;
		fix.cfg.surface.stride = fix.cfg.surface.width + 1;
		free(fix.pixels);
		fix.pixels = malloc(fixture_pixels(&fix) * sizeof(uint32_t));
		assert_non_null(fix.pixels);
		for (size_t n = 0; n < fixture_pixels(&fix); n++)
			fix.pixels[n] = MARGIN_COLOR;
		fix.cfg.surface.pixels = fix.pixels;
		assert_int_equal(lev_term_init(&fix.term, &fix.cfg), 0);
		fixture_write(&fix, CSI "?25lx");
		assert_int_equal(draw(&fix), 1);
		check_cell(&fix, 0, 0, 'x', FG, BG);
		check_cell(&fix, 1, 0, ' ', FG, BG);
		check_margin(&fix);
		fixture_fini(&fix);
	}
}

static void colours_are_drawn(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 8, 1);
	fixture_write(&fix, CSI "?25l" CSI "31;44ma" CSI "1mb" CSI "7mc" CSI
				"0;38;2;1;2;3;48;5;231md" CSI "0;7me");
	assert_int_equal(draw(&fix), 1);
	check_cell(&fix, 0, 0, 'a', 0xcd0000, 0x0000ee);
	check_cell(&fix, 1, 0, 'b', 0xff0000, 0x0000ee);
	check_cell(&fix, 2, 0, 'c', 0x0000ee, 0xff0000);
	check_cell(&fix, 3, 0, 'd', 0x010203, 0xffffff);
	check_cell(&fix, 4, 0, 'e', BG, FG);
	fixture_fini(&fix);
}

static void an_underline_is_a_line_below_the_letters(void **state)
{
	const struct lev_font *font = &lev_font_console;
	uint32_t lines = 0;
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 2, 1);
	fixture_write(&fix, CSI "?25l" CSI "4;31m ");
	draw(&fix);
	for (uint32_t y = 0; y < font->height; y++) {
		uint32_t set = 0;

		for (uint32_t x = 0; x < font->width; x++)
			set += pixel(&fix, MARGIN + x, MARGIN + y) == 0xcd0000;
		assert_true(set == 0 || set == font->width);
		if (!set)
			continue;
		lines++;
		assert_true(y > font->height * 3u / 4);
	}
	assert_int_equal(lines, 1);
	check_cell(&fix, 1, 0, ' ', FG, BG);
	fixture_fini(&fix);
}

static void the_replacement_stands_for_what_the_font_lacks(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 4, 1);
	fixture_write(&fix, CSI "?25l"
				"\xe4\xb8\x80\xff\xc3\xa9");
	draw(&fix);
	check_cell(&fix, 0, 0, 0xfffd, FG, BG);
	check_cell(&fix, 1, 0, 0xfffd, FG, BG);
	check_cell(&fix, 2, 0, 0xe9, FG, BG);
	fixture_fini(&fix);
}

static void the_cursor_inverts_and_destroys_nothing(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 8, 2);
	fixture_write(&fix, "abc" CSI "31mX\b");
	draw(&fix);
	check_cell(&fix, 3, 0, 'X', BG, 0xcd0000);
	fixture_write(&fix, CSI "?25l");
	assert_int_equal(draw(&fix), 1);
	check_cell(&fix, 3, 0, 'X', 0xcd0000, BG);
	fixture_write(&fix, CSI "?25h");
	assert_int_equal(draw(&fix), 1);
	check_cell(&fix, 3, 0, 'X', BG, 0xcd0000);
	fixture_write(&fix, CSI "H");
	assert_int_equal(draw(&fix), 2);
	check_cell(&fix, 0, 0, 'a', BG, FG);
	check_cell(&fix, 3, 0, 'X', 0xcd0000, BG);
	/* where both colours are one, it is seen all the same */
	fixture_write(&fix, CSI "38;2;9;9;9;48;2;9;9;9m  \b");
	draw(&fix);
	check_cell(&fix, 1, 0, ' ', 0x090909, 0xf6f6f6);
	fixture_fini(&fix);
}

/* --- rectangles --- */

static uint32_t area(size_t count)
{
	uint32_t sum = 0;

	for (size_t n = 0; n < count; n++)
		sum += rects[n].width * rects[n].height;
	return sum / (lev_font_console.width * lev_font_console.height);
}

/* Draws after `text` was written; how many cells the rectangles cover. */
static uint32_t cells_for(struct fixture *fix, const char *text)
{
	fixture_write(fix, text);
	return area(draw(fix));
}

static void damage_is_tight(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 40, 12);
	assert_int_equal(cells_for(&fix, ""), 40 * 12);
	assert_int_equal(cells_for(&fix, ""), 0);
	/* under the blank nothing changes, but the cursor moves on */
	assert_int_equal(cells_for(&fix, "$ "), 2);
	for (char c = 'a'; c <= 'z'; c++) {
		char text[2] = { c, '\0' };

		assert_int_equal(cells_for(&fix, text), 2);
	}
	assert_int_equal(cells_for(&fix, "\b \b"), 2);
	assert_int_equal(cells_for(&fix, CSI "D"), 2);
	assert_int_equal(cells_for(&fix, "\r\n"), 2);
	assert_int_equal(cells_for(&fix, CSI "9;30H"), 2);
	/* the last column: the cursor stays on the character */
	cells_for(&fix, CSI "39G");
	assert_int_equal(cells_for(&fix, "x"), 2);
	assert_int_equal(cells_for(&fix, "y"), 1);
	/* far from the cursor: the character and nothing between */
	assert_int_equal(cells_for(&fix, ESC "7" CSI "2;2Hz" ESC "8"), 1);
	/* nothing changed in the end */
	assert_int_equal(cells_for(&fix, ESC "7" CSI "2;2H*\bz" ESC "8"), 0);
	assert_int_equal(cells_for(&fix, CSI "1m" CSI "?7l" CSI "0m"), 0);
	/* rows that scroll onto equal rows are left alone */
	cells_for(&fix, CSI "2J" CSI "5;1H");
	assert_int_equal(cells_for(&fix, CSI "S" CSI "T" CSI "L" CSI "M"), 0);
	fixture_fini(&fix);
}

static void few_rectangles_are_enough(void **state)
{
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 40, 12);
	draw(&fix);
	/* every other cell of every other row, into 16, 3, and 1 */
	for (size_t max = 16; max > 0; max = max == 16 ? 3 : max == 3 ? 1 : 0) {
		uint32_t cells;
		size_t count;

		fixture_write(&fix, ESC "c");
		lev_term_draw(&fix.term, rects, max);
		for (int row = 1; row <= 12; row += 2) {
			char text[32];

			snprintf(text, sizeof(text), CSI "%dH", row);
			fixture_write(&fix, text);
			fixture_write(&fix, "x x x x x x x x x x x x x x x");
		}
		count = lev_term_draw(&fix.term, rects, max);
		cells = area(count);
		assert_true(count >= 1 && count <= max);
		assert_true(cells >= 15 * 6);
		assert_true(cells <= 40 * 12 * max);
	}
	fixture_fini(&fix);
}

/* Text that replaces other text is one rectangle, in spite of equal letters. */
static void scrolling_text_is_one_rectangle(void **state)
{
	uint64_t random = 5;
	struct fixture fix;

	(void)state;
	fixture_init(&fix, 40, 12);
	for (int line = 0; line < 40; line++) {
		fixture_write(&fix, "\r\n");
		for (int n = 0; n < 39; n++) {
			char text[2] = { (char)('a' + random_below(&random, 6)),
					 '\0' };

			fixture_write(&fix, text);
		}
		if (line == 20)
			draw(&fix);
	}
	assert_int_equal(draw(&fix), 1);
	fixture_fini(&fix);
}

/* --- incremental drawing is drawing --- */

static bool in_rects(size_t count, uint32_t x, uint32_t y)
{
	for (size_t n = 0; n < count; n++) {
		if (x - rects[n].x < rects[n].width &&
		    y - rects[n].y < rects[n].height)
			return true;
	}
	return false;
}

/* What changed lies in the rectangles, and they in the terminal. */
static void check_rects(const struct fixture *fix, const uint32_t *before,
			size_t count)
{
	const struct lev_term_config *cfg = &fix->cfg;

	for (size_t n = 0; n < count; n++) {
		assert_true(in_terminal(fix, rects[n].x, rects[n].y));
		assert_true(in_terminal(fix, rects[n].x + rects[n].width - 1,
					rects[n].y + rects[n].height - 1));
	}
	for (uint32_t y = 0; y < cfg->surface.height; y++) {
		for (uint32_t x = 0; x < cfg->surface.stride; x++) {
			uint32_t was = before[y * cfg->surface.stride + x];

			if (pixel(fix, x, y) != was)
				assert_true(in_rects(count, x, y));
		}
	}
}

static void random_text(uint64_t *random, char *out, size_t len)
{
	static const char *const parts[] = {
		"word",		"x",	     " ",	 "\r\n",     "\n",
		"\t",		"\b",	     "\xc3\xa9", CSI "H",    CSI "2;4H",
		CSI "K",	CSI "J",     CSI "1m",	 CSI "4m",   CSI "7m",
		CSI "31m",	CSI "44m",   CSI "m",	 CSI "S",    CSI "T",
		CSI "L",	CSI "M",     CSI "@",	 CSI "P",    ESC "M",
		CSI "2;4r",	CSI "r",     CSI "?25l", CSI "?25h", ESC "7",
		ESC "8",	CSI "5;11H", "\xff",	 CSI "2X",   ESC "c",
		CSI "38;5;99m",
	};
	uint32_t count = 1 + random_below(random, 6);

	*out = '\0';
	while (count--) {
		const char *part = parts[random_below(
			random, sizeof(parts) / sizeof(*parts))];

		assert_true(strlen(out) + strlen(part) < len);
		strcat(out, part);
	}
}

static void drawing_bit_by_bit_is_drawing_all(void **state)
{
	uint64_t random = 4711;
	struct fixture step;
	struct fixture whole;
	uint32_t *before;
	size_t bytes;

	(void)state;
	fixture_init(&step, 12, 5);
	fixture_init(&whole, 12, 5);
	bytes = fixture_pixels(&step) * sizeof(*before);
	before = malloc(bytes);
	assert_non_null(before);
	for (int n = 0; n < 4000; n++) {
		char text[128];
		size_t count;

		random_text(&random, text, sizeof(text));
		memcpy(before, step.pixels, bytes);
		fixture_write(&step, text);
		count = lev_term_draw(&step.term, rects,
				      1 + random_below(&random, MAX_RECTS));
		check_rects(&step, before, count);
		assert_int_equal(draw(&step), 0);

		fixture_write(&whole, text);
		lev_term_repaint(&whole.term);
		draw(&whole);
		assert_memory_equal(step.pixels, whole.pixels, bytes);
	}
	check_margin(&step);
	free(before);
	fixture_fini(&whole);
	fixture_fini(&step);
}

static void a_lost_surface_is_repainted(void **state)
{
	struct fixture fix;
	uint32_t *before;
	size_t bytes;

	(void)state;
	fixture_init(&fix, 12, 5);
	bytes = fixture_pixels(&fix) * sizeof(*before);
	before = malloc(bytes);
	assert_non_null(before);
	fixture_write(&fix, "some\r\n" CSI "32mtext");
	draw(&fix);
	memcpy(before, fix.pixels, bytes);
	for (size_t n = 0; n < fixture_pixels(&fix); n++)
		fix.pixels[n] = MARGIN_COLOR;
	assert_int_equal(draw(&fix), 0);
	lev_term_repaint(&fix.term);
	assert_int_equal(area(draw(&fix)), 12 * 5);
	assert_memory_equal(fix.pixels, before, bytes);
	free(before);
	fixture_fini(&fix);
}

/* A status line: a second terminal below the first, on the same surface. */
static void terminals_share_a_surface(void **state)
{
	struct lev_term_config cfg;
	struct lev_term status;
	struct fixture fix;
	void *mem;

	(void)state;
	fixture_init(&fix, 12, 5);
	draw(&fix);
	cfg = fix.cfg;
	cfg.rows = 1;
	cfg.y += 4u * cfg.font->height;
	mem = malloc(cfg.mem_len);
	assert_non_null(mem);
	cfg.mem = mem;
	fix.cfg.rows = 4;
	assert_int_equal(lev_term_init(&fix.term, &fix.cfg), 0);
	assert_int_equal(lev_term_init(&status, &cfg), 0);
	lev_term_write(&status, CSI "?25l" CSI "7mREADY" CSI "K", 17);
	for (int n = 0; n < 20; n++)
		fixture_write(&fix, "line\r\n");
	draw(&fix);
	lev_term_draw(&status, rects, 1);
	check_cell(&fix, 0, 4, 'R', BG, FG);
	check_cell(&fix, 0, 2, 'l', FG, BG);
	check_cell(&fix, 0, 3, ' ', BG, FG); /* the cursor */
	fix.cfg.rows = 5;
	check_margin(&fix);
	free(mem);
	fixture_fini(&fix);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(glyphs_are_those_of_the_font),
		cmocka_unit_test(glyphs_of_every_width_are_drawn),
		cmocka_unit_test(colours_are_drawn),
		cmocka_unit_test(an_underline_is_a_line_below_the_letters),
		cmocka_unit_test(
			the_replacement_stands_for_what_the_font_lacks),
		cmocka_unit_test(the_cursor_inverts_and_destroys_nothing),
		cmocka_unit_test(damage_is_tight),
		cmocka_unit_test(few_rectangles_are_enough),
		cmocka_unit_test(scrolling_text_is_one_rectangle),
		cmocka_unit_test(drawing_bit_by_bit_is_drawing_all),
		cmocka_unit_test(a_lost_surface_is_repainted),
		cmocka_unit_test(terminals_share_a_surface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
