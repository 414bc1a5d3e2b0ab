/* SPDX-License-Identifier: MIT */
/*
 * CSI ... m: colours and attributes. Colours beyond the first sixteen take
 * several parameters, either joined by colons into one (38:2::R:G:B, the
 * standard's way) or strung along with semicolons (38;2;R;G;B, everyone's).
 */
#include "term_priv.h"

static int32_t param(const struct lev_term *term, uint32_t n)
{
	return n < term->param_count ? term->params[n] : -1;
}

/* How many parameters from n on are joined to the one before by colons. */
static uint32_t joined(const struct lev_term *term, uint32_t n)
{
	uint32_t count = 0;

	while (n + count < term->param_count &&
	       term->param_colon >> (n + count) & 1)
		count++;
	return count;
}

static bool is_byte(int32_t value)
{
	return value >= 0 && value <= 255;
}

/*
 * Reads the colour that follows 38 or 48 at parameter `at`; one that is not
 * whole or out of range changes nothing. Returns how many parameters it took.
 */
static uint32_t read_color(const struct lev_term *term, uint32_t at,
			   uint32_t *color)
{
	uint32_t parts = joined(term, at);
	int32_t kind = param(term, at);
	uint32_t need = kind == 5 ? 1 : kind == 2 ? 3 : 0;
	/* with five parts the second one names a colour space */
	uint32_t first = at + 1 + (parts > 4);
	int32_t r = param(term, first);
	int32_t g = param(term, first + 1);
	int32_t b = param(term, first + 2);

	if (parts && first + need > at + parts)
		return parts;
	if (kind == 5 && is_byte(r))
		*color = LEV_COLOR_INDEX((uint32_t)r);
	if (kind == 2 && is_byte(r) && is_byte(g) && is_byte(b))
		*color = (uint32_t)(r << 16 | g << 8 | b);
	return parts ? parts : 1 + need;
}

static void set_attr(struct lev_cell *pen, uint32_t attr, bool on)
{
	uint32_t attrs = on ? pen->attrs | attr : pen->attrs & ~attr;

	pen->attrs = attrs & 0xffu;
}

/* The parameters that stand alone. */
static void set_one(struct lev_cell *pen, uint32_t code)
{
	if (code >= 30 && code <= 37)
		pen->fg = LEV_COLOR_ANSI(code - 30);
	else if (code >= 40 && code <= 47)
		pen->bg = LEV_COLOR_INDEX(code - 40);
	else if (code >= 90 && code <= 97)
		pen->fg = LEV_COLOR_INDEX(code - 90 + 8);
	else if (code >= 100 && code <= 107)
		pen->bg = LEV_COLOR_INDEX(code - 100 + 8);
	else if (code == 39)
		pen->fg = LEV_COLOR_DEFAULT;
	else if (code == 49)
		pen->bg = LEV_COLOR_DEFAULT;
	else if (code == 1 || code == 22)
		set_attr(pen, LEV_CELL_BOLD, code == 1);
	else if (code == 4 || code == 21 || code == 24)
		set_attr(pen, LEV_CELL_UNDERLINE, code != 24);
	else if (code == 7 || code == 27)
		set_attr(pen, LEV_CELL_INVERSE, code == 7);
}

static void reset_pen(struct lev_cell *pen)
{
	pen->attrs = 0;
	pen->fg = LEV_COLOR_DEFAULT;
	pen->bg = LEV_COLOR_DEFAULT;
}

void term_sgr(struct lev_term *term)
{
	struct lev_cell *pen = &term->cursor.pen;
	uint32_t n = 0;

	if (term->param_count == 0)
		reset_pen(pen);
	while (n < term->param_count) {
		int32_t code = param(term, n++);

		if (code == 38)
			n += read_color(term, n, &pen->fg);
		else if (code == 48)
			n += read_color(term, n, &pen->bg);
		else if (joined(term, n))
			n += joined(term, n); /* 4:3 and the like */
		else if (code <= 0)
			reset_pen(pen);
		else
			set_one(pen, (uint32_t)code);
	}
}
