/* SPDX-License-Identifier: MIT */
/* Finding glyphs. */
#include "term_fixture.h"

static const uint8_t bitmap[4];

static void every_entry_is_found(void **state)
{
	const struct lev_font *font = &lev_font_console;

	(void)state;
	assert_true(font->map_count > 95);
	for (uint32_t n = 0; n < font->map_count; n++)
		assert_int_equal(lev_font_glyph(font, font->map[n].code),
				 font->map[n].glyph);
}

static void others_get_the_replacement(void **state)
{
	const struct lev_font *font = &lev_font_console;
	uint32_t replacement = lev_font_glyph(font, 0xfffd);

	(void)state;
	assert_int_not_equal(replacement, lev_font_glyph(font, ' '));
	assert_int_equal(lev_font_glyph(font, 0), replacement);
	assert_int_equal(lev_font_glyph(font, 0x4e00), replacement);
	assert_int_equal(lev_font_glyph(font, 0x10ffff), replacement);
	assert_int_equal(lev_font_glyph(font, UINT32_MAX), replacement);
}

/* Every size of map, every code around its entries. */
static void maps_of_every_size_are_searched(void **state)
{
	struct lev_font_map map[20];
	struct lev_font font = { 1, 1, 1, 100, 0, bitmap, map };

	(void)state;
	for (uint32_t n = 0; n < 20; n++)
		map[n] = (struct lev_font_map){ 10 + 2 * n, 50 + n };
	for (uint16_t count = 0; count <= 20; count++) {
		font.map_count = count;
		for (uint32_t code = 0; code < 60; code++) {
			uint32_t n = (code - 10) / 2;
			bool in_map = code >= 10 && code % 2 == 0 && n < count;

			assert_int_equal(lev_font_glyph(&font, code),
					 in_map ? 50 + n : 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_is_found),
		cmocka_unit_test(others_get_the_replacement),
		cmocka_unit_test(maps_of_every_size_are_searched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
