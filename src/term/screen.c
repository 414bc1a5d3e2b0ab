/* SPDX-License-Identifier: MIT */
/*
 * The grid of cells and the cursor: what the sequences act on. Rows scroll by
 * moving their pointers, so a line feed at the bottom costs one cleared row
 * whatever the size of the screen.
 *
 * Where a wrap is pending (a character was written in the last column, the
 * next one goes to the next line) each function keeps or clears it as xterm
 * does; docs/terminal.md has the list.
 */
#include "term_priv.h"

/* Notes that cells first..end of a row may differ from the surface. */
void lev_term_damage(struct lev_term *term, uint32_t row, uint32_t first,
		     uint32_t end)
{
	struct lev_term_row *line = &term->row[row];

	line->damage_first = (uint16_t)term_min(line->damage_first, first);
	line->damage_end = (uint16_t)term_max(line->damage_end, end);
}

/* The same for whole rows, at a cost that does not grow with them. */
void lev_term_damage_rows(struct lev_term *term, uint32_t top, uint32_t end)
{
	term->moved_top = (uint16_t)term_min(term->moved_top, top);
	term->moved_end = (uint16_t)term_max(term->moved_end, end);
}

/* Erased cells take the pen's colours but none of its attributes. */
static void clear_cells(const struct lev_term *term, uint32_t row,
			uint32_t first, uint32_t end)
{
	struct lev_cell *cells = term->row[row].cells;
	struct lev_cell blank = term->cursor.pen;

	blank.code = ' ';
	blank.attrs = 0;
	for (uint32_t col = first; col < end; col++)
		cells[col] = blank;
}

void lev_term_erase(struct lev_term *term, uint32_t row, uint32_t first,
		    uint32_t end)
{
	end = term_min(end, term->cols);
	if (first >= end)
		return;
	clear_cells(term, row, first, end);
	lev_term_damage(term, row, first, end);
}

/* Row `from` moves to `to` and is cleared; those between move over by one. */
static void turn(struct lev_term *term, uint32_t from, uint32_t to)
{
	struct lev_cell *cells = term->row[from].cells;
	uint32_t step = from < to ? 1u : ~0u;

	for (uint32_t row = from; row != to; row += step)
		term->row[row].cells = term->row[row + step].cells;
	term->row[to].cells = cells;
	clear_cells(term, to, 0, term->cols);
}

/* Rows are moved one by one: a larger count is rare, and bounded. */
static void scroll(struct lev_term *term, uint32_t from, uint32_t to,
		   uint32_t count)
{
	uint32_t top = term_min(from, to);
	uint32_t end = term_max(from, to) + 1;

	lev_term_damage_rows(term, top, end);
	for (count = term_min(count, end - top); count > 0; count--)
		turn(term, from, to);
}

void lev_term_scroll_up(struct lev_term *term, uint32_t top, uint32_t end,
			uint32_t count)
{
	scroll(term, top, end - 1, count);
}

void lev_term_scroll_down(struct lev_term *term, uint32_t top, uint32_t end,
			  uint32_t count)
{
	scroll(term, end - 1, top, count);
}

void lev_term_goto(struct lev_term *term, uint32_t col, uint32_t row)
{
	term->cursor.col = (uint16_t)term_min(col, term->cols - 1u);
	term->cursor.row = (uint16_t)term_min(row, term->rows - 1u);
	term->cursor.wrap_pending = false;
}

/* The region's edge stops the cursor only if it starts on the inner side. */
void lev_term_up(struct lev_term *term, uint32_t count)
{
	uint32_t row = term->cursor.row;
	uint32_t stop = row < term->region_top ? 0u : term->region_top;

	lev_term_goto(term, term->cursor.col,
		      row - term_min(count, row - stop));
}

void lev_term_down(struct lev_term *term, uint32_t count)
{
	uint32_t row = term->cursor.row;
	uint32_t stop = row < term->region_end ? term->region_end : term->rows;

	lev_term_goto(term, term->cursor.col,
		      row + term_min(count, stop - 1 - row));
}

void lev_term_index(struct lev_term *term)
{
	if (term->cursor.row + 1u == term->region_end)
		lev_term_scroll_up(term, term->region_top, term->region_end, 1);
	lev_term_down(term, 1);
}

void lev_term_reverse_index(struct lev_term *term)
{
	if (term->cursor.row == term->region_top)
		lev_term_scroll_down(term, term->region_top, term->region_end,
				     1);
	lev_term_up(term, 1);
}

/* Does the wrap that was pending, unless wrapping is off. */
static void wrap(struct lev_term *term)
{
	if (term->cursor.wrap_pending && term->autowrap) {
		lev_term_index(term);
		term->cursor.col = 0;
	}
	term->cursor.wrap_pending = false;
}

/* After `count` cells were written at the cursor, all of them in its row. */
static void advance(struct lev_term *term, uint32_t count)
{
	uint32_t col = term->cursor.col;

	lev_term_damage(term, term->cursor.row, col, col + count);
	if (col + count < term->cols) {
		term->cursor.col = (uint16_t)(col + count);
	} else {
		term->cursor.col = (uint16_t)(term->cols - 1u);
		term->cursor.wrap_pending = true;
	}
}

void lev_term_put(struct lev_term *term, uint32_t code)
{
	struct lev_cell *cell;

	wrap(term);
	cell = &term->row[term->cursor.row].cells[term->cursor.col];
	*cell = term->cursor.pen;
	cell->code = code;
	advance(term, 1);
}

static bool is_ascii(uint8_t byte)
{
	return (uint8_t)(byte - 0x20u) < 0x5fu;
}

/*
 * Writes printable ASCII up to the first other byte or the end of the row,
 * and returns where it stopped. Nearly all bytes of nearly all output pass
 * through this loop.
 */
const uint8_t *lev_term_put_ascii(struct lev_term *term, const uint8_t *text,
				  const uint8_t *end)
{
	struct lev_cell cell = term->cursor.pen;
	const uint8_t *start = text;
	struct lev_cell *out;

	if (!is_ascii(*text))
		return text;
	wrap(term);
	if ((size_t)(end - text) > (size_t)(term->cols - term->cursor.col))
		end = text + (term->cols - term->cursor.col);
	out = &term->row[term->cursor.row].cells[term->cursor.col];
	for (; text < end && is_ascii(*text); text++) {
		cell.code = *text;
		*out++ = cell;
	}
	advance(term, (uint32_t)(text - start));
	return text;
}

/* Moves what stands right of the cursor by `count`: to the right or left. */
static void shift(struct lev_term *term, uint32_t count, bool right)
{
	uint32_t row = term->cursor.row;
	uint32_t col = term->cursor.col;
	uint32_t near = col + term_min(count, term->cols - col);
	uint32_t left = term->cols - near;
	struct lev_cell *cells = term->row[row].cells;

	__builtin_memmove(cells + (right ? near : col),
			  cells + (right ? col : near), left * sizeof(*cells));
	clear_cells(term, row, right ? col : col + left,
		    right ? near : term->cols);
	lev_term_damage(term, row, col, term->cols);
	term->cursor.wrap_pending = false;
}

void lev_term_insert_cells(struct lev_term *term, uint32_t count)
{
	shift(term, count, true);
}

void lev_term_delete_cells(struct lev_term *term, uint32_t count)
{
	shift(term, count, false);
}

/* ESC c: everything as it was after init, the damage aside. */
void lev_term_reset(struct lev_term *term)
{
	const struct lev_term_cursor home = {
		.pen = { ' ', 0, LEV_COLOR_DEFAULT, LEV_COLOR_DEFAULT },
	};

	term->cursor = home;
	term->saved = home;
	term->region_top = 0;
	term->region_end = term->rows;
	term->autowrap = true;
	term->cursor_visible = true;
	term->utf8_left = 0;
	term->state = TERM_STATE_GROUND;
	for (uint32_t row = 0; row < term->rows; row++)
		clear_cells(term, row, 0, term->cols);
	lev_term_damage_rows(term, 0, term->rows);
}
