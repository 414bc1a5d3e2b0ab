/* SPDX-License-Identifier: MIT */
/* From code points to glyphs. */
#include "term_priv.h"

static const struct lev_font_map *find(const struct lev_font *font,
				       uint32_t code)
{
	uint32_t low = 0;
	uint32_t high = font->map_count;

	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (font->map[mid].code == code)
			return &font->map[mid];
		if (font->map[mid].code < code)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

uint32_t lev_font_glyph(const struct lev_font *font, uint32_t code)
{
	const struct lev_font_map *found = find(font, code);

	if (!found)
		found = find(font, TERM_REPLACEMENT);
	return found ? found->glyph : 0;
}
