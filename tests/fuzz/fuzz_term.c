/* SPDX-License-Identifier: MIT */
/*
 * The terminal on any bytes. Two of them get the same text, the one all at
 * once, the other in pieces, drawn in between, on a surface with a margin:
 * cells, cursor and pixels must be the same, and the margin untouched.
 */
#include <levitate/term.h>

#include "fuzz.h"

enum {
	TEXT_MAX = 1500,
	COLS_MAX = 12,
	ROWS_MAX = 8,
	GLYPHS = 96,
	MARGIN = 3,
	SIDE_MAX = 2 * MARGIN + COLS_MAX * 9,
	PIXELS = SIDE_MAX * SIDE_MAX,
	UNTOUCHED = 0x5a5a5a5a,
};

/* A glyph for each ASCII character, all of them different. */
struct face {
	struct lev_font font;
	struct lev_font_map map[GLYPHS];
	uint8_t bitmap[GLYPHS * 2 * 4];
};

struct screen {
	struct lev_term term;
	void *mem;
	uint32_t pixels[PIXELS];
	size_t stride, len; /* of them, in pixels */
	struct lev_term_rect area;
};

static void make_face(struct face *face, uint8_t width)
{
	struct lev_font *font = &face->font;

	font->width = 1 + width % 9;
	font->height = 4;
	font->row_len = (uint16_t)((font->width + 7) / 8);
	font->glyph_count = GLYPHS;
	font->map_count = GLYPHS;
	font->bitmap = face->bitmap;
	font->map = face->map;
	for (unsigned i = 0; i < GLYPHS; i++) {
		face->map[i].code = i < 95 ? ' ' + i : 0xfffd;
		face->map[i].glyph = i;
	}
	for (unsigned i = 0; i < sizeof(face->bitmap); i++)
		face->bitmap[i] = (uint8_t)(i * 37 + i / 8);
}

static void screen_open(struct screen *s, const struct face *face,
			uint16_t cols, uint16_t rows)
{
	const size_t len = LEV_TERM_MEM_LEN(cols, rows);
	const uint32_t width = cols * (uint32_t)face->font.width;
	const uint32_t height = rows * (uint32_t)face->font.height;
	const struct lev_term_config cfg = {
		.surface = { s->pixels, width + 2 * MARGIN, height + 2 * MARGIN,
			     SIDE_MAX },
		.x = MARGIN,
		.y = MARGIN,
		.font = &face->font,
		.cols = cols,
		.rows = rows,
		.mem = s->mem = malloc(len),
		.mem_len = len,
	};

	if (!s->mem)
		abort();
	s->stride = cfg.surface.stride;
	s->len = s->stride * cfg.surface.height;
	for (size_t i = 0; i < s->len; i++)
		s->pixels[i] = UNTOUCHED;
	s->area = (struct lev_term_rect){ MARGIN, MARGIN, width, height };
	FUZZ_CHECK(lev_term_init(&s->term, &cfg) == 0);
}

/* --- what holds after each call --- */

static void check_color(uint32_t color)
{
	FUZZ_CHECK(
		color <= 0xffffff || color == LEV_COLOR_DEFAULT ||
		(color >= LEV_COLOR_INDEX(0u) &&
		 color <= LEV_COLOR_INDEX(255u)) ||
		(color >= LEV_COLOR_ANSI(0u) && color <= LEV_COLOR_ANSI(7u)));
}

static void check_cell(const struct lev_cell *cell)
{
	uint32_t fg, bg;

	FUZZ_CHECK(cell->code >= ' ' && cell->code <= 0x10ffff);
	FUZZ_CHECK(cell->code < 0x7f || cell->code >= 0xa0);
	FUZZ_CHECK(cell->code < 0xd800 || cell->code > 0xdfff);
	FUZZ_CHECK(cell->attrs <=
		   (LEV_CELL_BOLD | LEV_CELL_UNDERLINE | LEV_CELL_INVERSE));
	check_color(cell->fg);
	check_color(cell->bg);
	lev_cell_colors(cell, &fg, &bg);
	FUZZ_CHECK(fg <= 0xffffff && bg <= 0xffffff);
}

static void check_cursor(const struct lev_term *t,
			 const struct lev_term_cursor *c)
{
	FUZZ_CHECK(c->col < t->cols && c->row < t->rows);
	FUZZ_CHECK(!c->wrap_pending || c->col == t->cols - 1);
}

static void check_state(const struct screen *s)
{
	const struct lev_term *t = &s->term;
	uint16_t col, row;

	check_cursor(t, &t->cursor);
	check_cursor(t, &t->saved);
	lev_term_cursor_get(t, &col, &row);
	FUZZ_CHECK(col == t->cursor.col && row == t->cursor.row);
	FUZZ_CHECK(t->region_top < t->region_end && t->region_end <= t->rows);
	FUZZ_CHECK(t->param_count <= LEV_TERM_PARAMS + 1);
	FUZZ_CHECK(t->utf8_left <= 3);
	for (unsigned n = 0; n < t->param_count && n < LEV_TERM_PARAMS; n++)
		FUZZ_CHECK(t->params[n] >= -1);
}

/* Each row of cells stands in one place; no two rows share one. */
static void check_cells(const struct screen *s)
{
	const struct lev_term *t = &s->term;
	const struct lev_cell *cells = t->drawn + (size_t)t->cols * t->rows;
	bool seen[ROWS_MAX] = { false };

	for (uint16_t row = 0; row < t->rows; row++) {
		const size_t off = (size_t)(t->row[row].cells - cells);

		FUZZ_CHECK(off % t->cols == 0 && off / t->cols < t->rows);
		FUZZ_CHECK(!seen[off / t->cols]);
		seen[off / t->cols] = true;
		for (uint16_t col = 0; col < t->cols; col++)
			check_cell(lev_term_cell(t, col, row));
	}
}

static bool inside(const struct lev_term_rect *a, const struct lev_term_rect *b)
{
	return a->x >= b->x && a->y >= b->y && a->width && a->height &&
	       a->x + a->width <= b->x + b->width &&
	       a->y + a->height <= b->y + b->height;
}

static void draw(struct screen *s, size_t max)
{
	struct lev_term_rect rects[16];
	const size_t count = lev_term_draw(&s->term, rects, max);

	FUZZ_CHECK(count <= max);
	for (size_t i = 0; i < count; i++)
		FUZZ_CHECK(inside(&rects[i], &s->area));
	/* What was drawn is drawn. */
	FUZZ_CHECK(lev_term_draw(&s->term, rects, max) == 0);
}

/* --- the two are one --- */

static void check_same(struct screen *a, struct screen *b)
{
	for (uint16_t row = 0; row < a->term.rows; row++)
		for (uint16_t col = 0; col < a->term.cols; col++)
			FUZZ_CHECK(!memcmp(lev_term_cell(&a->term, col, row),
					   lev_term_cell(&b->term, col, row),
					   sizeof(struct lev_cell)));
	FUZZ_CHECK(a->term.cursor.col == b->term.cursor.col);
	FUZZ_CHECK(a->term.cursor.row == b->term.cursor.row);
	FUZZ_CHECK(a->term.state == b->term.state);
	/* The one is painted at once, the other was bit by bit. */
	lev_term_repaint(&a->term);
	draw(a, 1);
	draw(b, 16);
	FUZZ_CHECK(!memcmp(a->pixels, b->pixels, a->len * sizeof(uint32_t)));
}

static void check_margin(const struct screen *s)
{
	const struct lev_term_rect *in = &s->area;

	for (size_t i = 0; i < s->len; i++)
		FUZZ_CHECK(s->pixels[i] == UNTOUCHED ||
			   (i % s->stride - in->x < in->width &&
			    i / s->stride - in->y < in->height));
}

/* In pieces; the text's own bytes say where it is cut and drawn. */
static void write_pieces(struct screen *s, const uint8_t *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t n = 1 + text[at] % 29;

		if (n > len - at)
			n = len - at;
		lev_term_write(&s->term, text + at, n);
		check_state(s);
		if (text[at] % 4 == 0)
			draw(s, 1 + text[at] / 4 % 16);
		at += n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct screen a, b;
	static struct face face;
	struct fuzz_input in = { data, len };
	const uint16_t cols = (uint16_t)(1 + fuzz_below(&in, COLS_MAX));
	const uint16_t rows = (uint16_t)(1 + fuzz_below(&in, ROWS_MAX));

	make_face(&face, fuzz_u8(&in));
	screen_open(&a, &face, cols, rows);
	screen_open(&b, &face, cols, rows);
	if (in.left > TEXT_MAX)
		in.left = TEXT_MAX;
	lev_term_write(&a.term, in.at, in.left);
	check_state(&a);
	write_pieces(&b, in.at, in.left);
	check_cells(&a);
	check_cells(&b);
	check_same(&a, &b);
	check_margin(&a);
	free(a.mem);
	free(b.mem);
	return 0;
}
