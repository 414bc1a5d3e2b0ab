/* SPDX-License-Identifier: MIT */
/* From code points to glyphs. */
#include "term_priv.h"

/* Whether the font has `code`; if so, which glyph draws it. */
static bool find(const struct lev_font *font, uint32_t code, uint32_t *glyph)
{
	uint32_t low = 0;
	uint32_t high = font->map_count;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (font->map[mid].code < code)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == font->map_count || font->map[low].code != code)
		return false;
	*glyph = font->map[low].glyph;
	return true;
}

uint32_t lev_font_glyph(const struct lev_font *font, uint32_t code)
{
	uint32_t glyph = 0;

	if (!find(font, code, &glyph))
		(void)find(font, TERM_REPLACEMENT, &glyph);
	return glyph;
}
