/* SPDX-License-Identifier: MIT */
/*
 * A font, and the place that a terminal shall have on a surface, as the input
 * says. lev_term_init must refuse what is impossible and take the rest; with
 * what it took every code point finds a glyph inside of the bitmap, and what
 * is drawn lies inside of the surface. All memory is exactly as long as it
 * must be.
 */
#include <levitate/term.h>

#include "fuzz.h"

enum { MAPS_MAX = 40, BYTES_MAX = 1 << 16, SIDE_MAX = 256 };

struct want {
	struct lev_font font;
	struct lev_font_map *map;
	uint8_t *bitmap;
	struct lev_term_config cfg;
};

/* --- the input --- */

static void *exactly(size_t len)
{
	void *ptr = malloc(len);

	if (!ptr && len)
		abort();
	memset(ptr, 0, len);
	return ptr;
}

static void read_map(struct fuzz_input *in, struct want *w)
{
	const uint8_t how = fuzz_u8(in);
	uint32_t code = fuzz_number(in);

	w->font.map_count = how % MAPS_MAX;
	w->map = exactly(w->font.map_count * sizeof(*w->map));
	for (unsigned i = 0; i < w->font.map_count; i++) {
		w->map[i].code = code;
		w->map[i].glyph = fuzz_number(in);
		if (how < 0xe0)
			w->map[i].glyph %= w->font.glyph_count + 1u;
		/* Sorted, as a rule; 0 would be the same code twice. */
		code += 1 + fuzz_u8(in);
		if (code > 0x100 && code < 0xfffd && how & 64)
			code = 0xfffd;
	}
	w->font.map = w->map;
	if (how == 0xff)
		w->font.map = NULL;
}

static void read_font(struct fuzz_input *in, struct want *w)
{
	struct lev_font *font = &w->font;
	const uint8_t how = fuzz_u8(in);
	size_t len;

	font->width = how & 1 ? fuzz_u16(in) : (uint16_t)(1 + how % 64);
	font->height = how & 2 ? fuzz_u16(in) : 1 + fuzz_u8(in) % 64;
	font->row_len =
		how & 4 ? fuzz_u16(in) : (uint16_t)((font->width + 7) / 8);
	font->glyph_count = how & 8 ? fuzz_u16(in) : 1 + fuzz_u8(in) % 16;
	len = (size_t)font->height * font->row_len;
	if (len > BYTES_MAX)
		len = BYTES_MAX; /* no font has such a glyph */
	if (len && font->glyph_count > BYTES_MAX / len)
		font->glyph_count = (uint16_t)(BYTES_MAX / len);
	len *= font->glyph_count;
	w->bitmap = exactly(len);
	fuzz_take(in, w->bitmap, len < 64 ? len : 64);
	font->bitmap = w->bitmap;
	read_map(in, w);
}

/* Where it shall be; none of it need fit. */
static void read_place(struct fuzz_input *in, struct want *w)
{
	struct lev_term_config *cfg = &w->cfg;
	const uint8_t how = fuzz_u8(in);
	size_t cells;

	cfg->font = &w->font;
	cfg->cols = how & 1 ? fuzz_u16(in) : 1 + fuzz_u8(in) % 8;
	cfg->rows = how & 2 ? fuzz_u16(in) : 1 + fuzz_u8(in) % 8;
	cfg->x = how & 4 ? fuzz_number(in) : 0;
	cfg->y = how & 8 ? fuzz_number(in) : 0;
	cfg->surface.width = fuzz_u8(in);
	cfg->surface.height = fuzz_u8(in);
	cfg->surface.stride = cfg->surface.width + (how & 16 ? 1u : 0u);
	if (how & 32)
		cfg->surface.stride = fuzz_u8(in);
	cells = (size_t)cfg->cols * cfg->rows;
	cfg->mem_len =
		cells > 4096 ? 64 : LEV_TERM_MEM_LEN(cfg->cols, cfg->rows);
	if (how & 64 && cfg->mem_len)
		cfg->mem_len--;
	cfg->mem = exactly(cfg->mem_len);
	cfg->surface.pixels =
		exactly(4 * (size_t)cfg->surface.stride * cfg->surface.height);
}

/* --- what must come of it --- */

static bool font_possible(const struct lev_font *f)
{
	if (f->width < 1 || f->width > 64 || f->height < 1 || f->height > 64)
		return false;
	if (f->row_len != (f->width + 7) / 8 || !f->glyph_count)
		return false;
	if (f->map_count && !f->map)
		return false;
	for (unsigned i = 0; i < f->map_count; i++)
		if (f->map[i].glyph >= f->glyph_count ||
		    (i && f->map[i].code <= f->map[i - 1].code))
			return false;
	return true;
}

static int expected(const struct lev_term_config *cfg)
{
	const struct lev_term_surface *s = &cfg->surface;

	if (s->stride < s->width || !font_possible(cfg->font))
		return LEV_ERR_INVAL;
	if (!cfg->cols || cfg->cols > LEV_TERM_MAX || !cfg->rows ||
	    cfg->rows > LEV_TERM_MAX ||
	    cfg->mem_len < LEV_TERM_MEM_LEN(cfg->cols, cfg->rows))
		return LEV_ERR_RANGE;
	if ((uint64_t)cfg->x + (uint64_t)cfg->cols * cfg->font->width >
		    s->width ||
	    (uint64_t)cfg->y + (uint64_t)cfg->rows * cfg->font->height >
		    s->height)
		return LEV_ERR_RANGE;
	return 0;
}

/* A glyph of the map, or the replacement's, or the first. */
static void check_glyph(const struct lev_font *font, uint32_t code)
{
	const uint32_t glyph = lev_font_glyph(font, code);
	uint32_t want = 0;
	bool found = false;

	for (unsigned i = 0; i < font->map_count; i++) {
		if (font->map[i].code == 0xfffd && !found)
			want = font->map[i].glyph;
		if (font->map[i].code == code) {
			want = font->map[i].glyph;
			found = true;
		}
	}
	FUZZ_CHECK(glyph == want && glyph < font->glyph_count);
}

static void use(struct fuzz_input *in, const struct want *w,
		struct lev_term *term)
{
	struct lev_term_rect rect;
	char text[64];

	for (unsigned i = 0; i < w->font.map_count; i++) {
		check_glyph(&w->font, w->map[i].code);
		check_glyph(&w->font, w->map[i].code + 1);
	}
	check_glyph(&w->font, fuzz_u32(in));
	lev_term_write(term, text, fuzz_take(in, text, sizeof(text)));
	FUZZ_CHECK(lev_term_draw(term, &rect, 1) == 1);
	FUZZ_CHECK(rect.x >= w->cfg.x && rect.y >= w->cfg.y);
	FUZZ_CHECK(rect.width <= (uint32_t)w->cfg.cols * w->font.width);
	FUZZ_CHECK(rect.height <= (uint32_t)w->cfg.rows * w->font.height);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_input in = { data, len };
	struct want w = { .map = NULL };
	struct lev_term term;
	int err;

	read_place(&in, &w);
	read_font(&in, &w);
	err = lev_term_init(&term, &w.cfg);
	FUZZ_CHECK(err == expected(&w.cfg));
	if (!err)
		use(&in, &w, &term);
	free(w.map);
	free(w.bitmap);
	free(w.cfg.mem);
	free(w.cfg.surface.pixels);
	return 0;
}
