/* SPDX-License-Identifier: MIT */
/* Our terminal beside libvterm's: set up together, compared cell by cell. */
#ifndef LEVITATE_TESTS_TERM_PAIR_H
#define LEVITATE_TESTS_TERM_PAIR_H

#include "term_fixture.h"

#include <vterm.h>

struct pair {
	struct fixture ours;
	VTerm *vterm;
	VTermScreen *screen;
	bool visible; /* libvterm's cursor */
};

static int on_property(VTermProp prop, VTermValue *value, void *user)
{
	struct pair *pair = user;

	if (prop == VTERM_PROP_CURSORVISIBLE)
		pair->visible = value->boolean;
	return 1;
}

static const VTermScreenCallbacks callbacks = { .settermprop = on_property };

/* libvterm restores a cursor that was never saved to nowhere: save one. */
static void pair_init(struct pair *pair, uint16_t cols, uint16_t rows)
{
	fixture_init(&pair->ours, cols, rows);
	pair->vterm = vterm_new(rows, cols);
	assert_non_null(pair->vterm);
	vterm_set_utf8(pair->vterm, 1);
	pair->screen = vterm_obtain_screen(pair->vterm);
	vterm_screen_set_callbacks(pair->screen, &callbacks, pair);
	vterm_screen_reset(pair->screen, 1);
	vterm_input_write(pair->vterm, ESC "7", 2);
}

static void pair_fini(struct pair *pair)
{
	vterm_free(pair->vterm);
	fixture_fini(&pair->ours);
}

static uint32_t their_color(const VTermColor *color)
{
	if (VTERM_COLOR_IS_DEFAULT_FG(color) ||
	    VTERM_COLOR_IS_DEFAULT_BG(color))
		return LEV_COLOR_DEFAULT;
	if (VTERM_COLOR_IS_INDEXED(color))
		return LEV_COLOR_INDEX((uint32_t)color->indexed.idx);
	return (uint32_t)color->rgb.red << 16 |
	       (uint32_t)color->rgb.green << 8 | color->rgb.blue;
}

/* libvterm does not note whether a colour was 31 or 38;5;1. */
static uint32_t our_color(uint32_t color)
{
	if (color >> 24 == LEV_COLOR_ANSI(0) >> 24)
		return LEV_COLOR_INDEX(color & 0xff);
	return color;
}

/*
 * libvterm's cell as ours. An erased one holds no character there, and keeps
 * the pen's attributes; xterm keeps its colours alone.
 */
static struct lev_cell their_cell(const struct pair *pair, int col, int row)
{
	const VTermPos pos = { .row = row, .col = col };
	struct lev_cell cell = { ' ', 0, 0, 0 };
	VTermScreenCell theirs;

	assert_true(vterm_screen_get_cell(pair->screen, pos, &theirs));
	cell.fg = their_color(&theirs.fg);
	cell.bg = their_color(&theirs.bg);
	if (!theirs.chars[0])
		return cell;
	cell.code = theirs.chars[0];
	cell.attrs = (theirs.attrs.bold ? LEV_CELL_BOLD : 0u) |
		     (theirs.attrs.underline ? LEV_CELL_UNDERLINE : 0u) |
		     (theirs.attrs.reverse ? LEV_CELL_INVERSE : 0u);
	return cell;
}

static bool cells_agree(const struct pair *pair, uint16_t col, uint16_t row)
{
	const struct lev_cell *ours = lev_term_cell(&pair->ours.term, col, row);
	const struct lev_cell theirs = their_cell(pair, col, row);

	if (ours->code == theirs.code && ours->attrs == theirs.attrs &&
	    our_color(ours->fg) == theirs.fg &&
	    our_color(ours->bg) == theirs.bg)
		return true;
	print_error("cell %u,%u: ours U+%04x attrs %x %08x on %08x, theirs "
		    "U+%04x attrs %x %08x on %08x\n",
		    col, row, ours->code, ours->attrs, ours->fg, ours->bg,
		    theirs.code, theirs.attrs, theirs.fg, theirs.bg);
	return false;
}

static bool cursors_agree(const struct pair *pair)
{
	const struct lev_term *term = &pair->ours.term;
	VTermPos pos;
	uint16_t col;
	uint16_t row;

	vterm_state_get_cursorpos(vterm_obtain_state(pair->vterm), &pos);
	lev_term_cursor_get(term, &col, &row);
	if (pos.col == col && pos.row == row &&
	    pair->visible == term->cursor_visible)
		return true;
	print_error("cursor: ours %u,%u visible %d, theirs %d,%d visible %d\n",
		    col, row, term->cursor_visible, pos.col, pos.row,
		    pair->visible);
	return false;
}

static bool pair_agrees(const struct pair *pair)
{
	bool agree = cursors_agree(pair);

	for (uint16_t row = 0; row < pair->ours.cfg.rows; row++) {
		for (uint16_t col = 0; col < pair->ours.cfg.cols; col++)
			agree = agree && cells_agree(pair, col, row);
	}
	return agree;
}

#endif
