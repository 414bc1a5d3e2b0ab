/* SPDX-License-Identifier: MIT */
/*
 * Drawing: once per frame, what differs from what the surface shows.
 *
 * The terminal keeps every cell as it was last drawn, the cursor being an
 * attribute of the cell it was drawn on. Writing and scrolling only note where
 * to look; whether a cell is drawn is decided here by comparing the two. So
 * text that scrolls onto equal text costs nothing, a character that changed
 * and changed back costs nothing, and the cursor destroys nothing.
 */
#include "term_priv.h"

/* --- pixels --- */

/* Four pixels for each pattern of four bits, in one pair of colours. */
struct brush {
	uint32_t fg, bg;
	uint32_t quad[16][4];
};

static void brush_init(struct brush *brush, uint32_t fg, uint32_t bg)
{
	brush->fg = fg;
	brush->bg = bg;
	for (uint32_t bits = 0; bits < 16; bits++) {
		for (uint32_t n = 0; n < 4; n++)
			brush->quad[bits][n] = bits >> (3 - n) & 1 ? fg : bg;
	}
}

static void draw_line(const struct brush *brush, uint32_t *out,
		      const uint8_t *bits, uint32_t width)
{
	const uint32_t *quad;

	for (; width >= 8; width -= 8, out += 8, bits++) {
		__builtin_memcpy(out, brush->quad[*bits >> 4], 16);
		__builtin_memcpy(out + 4, brush->quad[*bits & 15], 16);
	}
	if (!width)
		return;
	quad = brush->quad[*bits >> 4];
	if (width >= 4) {
		__builtin_memcpy(out, quad, 16);
		quad = brush->quad[*bits & 15];
		out += 4;
	}
	if (width & 2) {
		__builtin_memcpy(out, quad, 8);
		quad += 2;
		out += 2;
	}
	if (width & 1)
		*out = *quad;
}

static void draw_underline(const struct lev_font *font, uint32_t stride,
			   uint32_t *out, uint32_t color)
{
	out += (size_t)stride * (font->height - 1u - font->height / 8u);
	for (uint32_t x = 0; x < font->width; x++)
		out[x] = color;
}

/* Inverse colours; where they are equal, one that can be told apart. */
static void cursor_colors(uint32_t *fg, uint32_t *bg)
{
	uint32_t front = *fg;

	*fg = *bg;
	*bg = front == *fg ? front ^ 0xffffff : front;
}

static void draw_cell(const struct lev_term *term, struct brush *brush,
		      uint32_t col, uint32_t row, const struct lev_cell *cell)
{
	const struct lev_font *font = term->font;
	uint32_t stride = term->surface.stride;
	uint32_t x = term->x + col * font->width;
	uint32_t y = term->y + row * font->height;
	uint32_t *out = term->surface.pixels + (size_t)y * stride + x;
	uint32_t *line = out;
	const uint8_t *bits = font->bitmap;
	uint32_t fg;
	uint32_t bg;

	lev_cell_colors(cell, &fg, &bg);
	if (cell->attrs & TERM_CELL_CURSOR)
		cursor_colors(&fg, &bg);
	if (brush->fg != fg || brush->bg != bg)
		brush_init(brush, fg, bg);
	bits += (size_t)lev_font_glyph(font, cell->code) * font->height *
		font->row_len;
	for (y = 0; y < font->height; y++) {
		draw_line(brush, line, bits, font->width);
		bits += font->row_len;
		line += stride;
	}
	if (cell->attrs & LEV_CELL_UNDERLINE)
		draw_underline(font, stride, out, fg);
}

/* --- rectangles, in cells until the end --- */

struct frame {
	struct lev_term_rect *rects;
	size_t max, count;
	struct brush brush;
};

static struct lev_term_rect join(const struct lev_term_rect *a,
				 const struct lev_term_rect *b)
{
	struct lev_term_rect both = { term_min(a->x, b->x),
				      term_min(a->y, b->y), 0, 0 };

	both.width = term_max(a->x + a->width, b->x + b->width) - both.x;
	both.height = term_max(a->y + a->height, b->y + b->height) - both.y;
	return both;
}

/*
 * Two rectangles are better joined, the cost below zero, if what only their
 * union covers is less than an eighth of what they cover themselves: a few
 * cells stay apart exactly, lines of text grow together in spite of gaps.
 */
static int32_t join_cost(const struct lev_term_rect *a,
			 const struct lev_term_rect *b)
{
	struct lev_term_rect both = join(a, b);
	uint32_t apart = a->width * a->height + b->width * b->height;

	return (int32_t)(8 * (both.width * both.height - apart) - apart);
}

/* Of the rectangles from `first` on, the cheapest to join with `rect`. */
static size_t cheapest(const struct frame *frame, size_t first,
		       const struct lev_term_rect *rect, int32_t *cost)
{
	size_t best = first;

	*cost = INT32_MAX;
	for (size_t n = first; n < frame->count; n++) {
		int32_t this_cost = join_cost(&frame->rects[n], rect);

		if (this_cost < *cost) {
			*cost = this_cost;
			best = n;
		}
	}
	return best;
}

static void add_run(struct frame *frame, uint32_t row, uint32_t first,
		    uint32_t end)
{
	const struct lev_term_rect run = { first, row, end - first, 1 };
	int32_t cost;
	size_t best;

	if (first == end)
		return;
	best = cheapest(frame, 0, &run, &cost);
	if (cost > 0 && frame->count < frame->max)
		frame->rects[frame->count++] = run;
	else
		frame->rects[best] = join(&frame->rects[best], &run);
}

/* Rectangles that have grown may have come to be worth joining. */
static void join_rects(struct frame *frame)
{
	size_t n = 0;

	while (n + 1 < frame->count) {
		struct lev_term_rect *rect = &frame->rects[n];
		int32_t cost;
		size_t best = cheapest(frame, n + 1, rect, &cost);

		if (cost > 0) {
			n++;
			continue;
		}
		*rect = join(rect, &frame->rects[best]);
		frame->rects[best] = frame->rects[--frame->count];
		n = 0; /* the larger one may attract earlier ones */
	}
}

static void to_pixels(const struct lev_term *term, struct lev_term_rect *rect)
{
	rect->x = term->x + rect->x * term->font->width;
	rect->y = term->y + rect->y * term->font->height;
	rect->width *= term->font->width;
	rect->height *= term->font->height;
}

/* --- cells --- */

static bool same(const struct lev_cell *a, const struct lev_cell *b)
{
	return a->code == b->code && a->attrs == b->attrs && a->fg == b->fg &&
	       a->bg == b->bg;
}

/* Draws what differs between columns first and end of a row. */
static void draw_row(struct lev_term *term, struct frame *frame, uint32_t row,
		     uint32_t first, uint32_t end)
{
	const struct lev_cell *cells = term->row[row].cells;
	struct lev_cell *drawn = term->drawn + (size_t)row * term->cols;
	uint32_t cursor_col = term->cols; /* none */
	uint32_t run = first;
	uint32_t run_end = first;

	if (term->cursor_visible && row == term->cursor.row)
		cursor_col = term->cursor.col;
	for (uint32_t col = first; col < end; col++) {
		struct lev_cell cell = cells[col];

		if (col == cursor_col)
			cell.attrs |= TERM_CELL_CURSOR;
		if (same(&cell, &drawn[col]))
			continue;
		if (col != run_end) {
			add_run(frame, row, run, run_end);
			run = col;
		}
		run_end = col + 1;
		draw_cell(term, &frame->brush, col, row, &cell);
		drawn[col] = cell;
	}
	add_run(frame, row, run, run_end);
}

/* The cell that the cursor left, and the one it is on now. */
static void damage_cursor(struct lev_term *term)
{
	uint32_t col = term->cursor.col;

	if (term->drawn_cursor)
		lev_term_damage(term, term->drawn_row, term->drawn_col,
				term->drawn_col + 1u);
	lev_term_damage(term, term->cursor.row, col, col + 1);
	term->drawn_cursor = term->cursor_visible;
	term->drawn_col = term->cursor.col;
	term->drawn_row = term->cursor.row;
}

size_t lev_term_draw(struct lev_term *term, struct lev_term_rect *rects,
		     size_t max)
{
	struct frame frame = { .rects = rects, .max = max };

	LEV_ASSERT(max >= 1);
	brush_init(&frame.brush, 0, 0);
	damage_cursor(term);
	for (uint32_t row = 0; row < term->rows; row++) {
		struct lev_term_row *line = &term->row[row];

		if (row >= term->moved_top && row < term->moved_end)
			draw_row(term, &frame, row, 0, term->cols);
		else
			draw_row(term, &frame, row, line->damage_first,
				 line->damage_end);
		line->damage_first = UINT16_MAX;
		line->damage_end = 0;
	}
	term->moved_top = UINT16_MAX;
	term->moved_end = 0;
	join_rects(&frame);
	for (size_t n = 0; n < frame.count; n++)
		to_pixels(term, &rects[n]);
	return frame.count;
}

/* No cell holds the code that this leaves behind, so all of them differ. */
void lev_term_repaint(struct lev_term *term)
{
	__builtin_memset(term->drawn, 0xff,
			 (size_t)term->cols * term->rows *
				 sizeof(*term->drawn));
	lev_term_damage_rows(term, 0, term->rows);
}
