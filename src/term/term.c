/* SPDX-License-Identifier: MIT */
/* The terminal as its user sees it: set up, written to, looked at. */
#include "term_priv.h"

static bool font_is_sound(const struct lev_font *font)
{
	if (font->width < 1 || font->width > 64 || font->height < 1 ||
	    font->height > 64 || font->row_len != (font->width + 7) / 8 ||
	    font->glyph_count < 1 || !font->bitmap)
		return false;
	if (font->map_count && !font->map)
		return false;
	for (uint32_t n = 0; n < font->map_count; n++) {
		if (font->map[n].glyph >= font->glyph_count)
			return false;
		if (n > 0 && font->map[n].code <= font->map[n - 1].code)
			return false;
	}
	return true;
}

static bool fits(uint32_t offset, uint32_t count, uint32_t unit, uint32_t room)
{
	return offset <= room && count * unit <= room - offset;
}

static int check(const struct lev_term_config *cfg)
{
	const struct lev_term_surface *surface = &cfg->surface;

	if (!surface->pixels || !cfg->font || !cfg->mem ||
	    (uintptr_t)cfg->mem % sizeof(uint64_t) ||
	    surface->stride < surface->width || !font_is_sound(cfg->font))
		return LEV_ERR_INVAL;
	if (cfg->cols < 1 || cfg->cols > LEV_TERM_MAX || cfg->rows < 1 ||
	    cfg->rows > LEV_TERM_MAX ||
	    cfg->mem_len < LEV_TERM_MEM_LEN(cfg->cols, cfg->rows))
		return LEV_ERR_RANGE;
	if (!fits(cfg->x, cfg->cols, cfg->font->width, surface->width) ||
	    !fits(cfg->y, cfg->rows, cfg->font->height, surface->height))
		return LEV_ERR_RANGE;
	return 0;
}

int lev_term_init(struct lev_term *term, const struct lev_term_config *cfg)
{
	size_t cells = (size_t)cfg->cols * cfg->rows;
	int err = check(cfg);

	if (err)
		return err;
	__builtin_memset(term, 0, sizeof(*term));
	term->surface = cfg->surface;
	term->x = cfg->x;
	term->y = cfg->y;
	term->font = cfg->font;
	term->cols = cfg->cols;
	term->rows = cfg->rows;
	term->row = cfg->mem;
	term->drawn = (struct lev_cell *)(void *)(term->row + cfg->rows);
	for (uint32_t row = 0; row < cfg->rows; row++) {
		term->row[row].cells = term->drawn + cells + row * cfg->cols;
		term->row[row].damage_first = UINT16_MAX;
		term->row[row].damage_end = 0;
	}
	lev_term_reset(term);
	lev_term_repaint(term);
	return 0;
}

/* Runs of plain text go to the grid at once, all else byte by byte. */
void lev_term_write(struct lev_term *term, const void *text, size_t len)
{
	const uint8_t *at = text;
	const uint8_t *end = at + len;

	while (at < end) {
		if (term->state == TERM_STATE_GROUND && !term->utf8_left)
			at = lev_term_put_ascii(term, at, end);
		if (at < end)
			lev_term_byte(term, *at++);
	}
}

const struct lev_cell *lev_term_cell(const struct lev_term *term, uint16_t col,
				     uint16_t row)
{
	LEV_ASSERT(col < term->cols && row < term->rows);
	return &term->row[row].cells[col];
}

void lev_term_cursor_get(const struct lev_term *term, uint16_t *col,
			 uint16_t *row)
{
	*col = term->cursor.col;
	*row = term->cursor.row;
}
