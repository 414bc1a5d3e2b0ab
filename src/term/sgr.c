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
	uint32_t value = 0;
	bool good = need > 0;

	if (parts && first + need > at + parts)
		return parts;
	for (uint32_t n = 0; n < need; n++) {
		int32_t byte = param(term, first + n);

		good = good && byte >= 0 && byte <= 255;
		value = value << 8 | (uint32_t)(byte & 0xff);
	}
	if (good)
		*color = need == 1 ? LEV_COLOR_INDEX(value) : value;
	return parts ? parts : 1 + need;
}

/* 30..37, 39 and 90..97. */
static void set_color(uint32_t *color, uint32_t code)
{
	if (code <= 37)
		*color = LEV_COLOR_ANSI(code - 30);
	else if (code == 39)
		*color = LEV_COLOR_DEFAULT;
	else if (code >= 90)
		*color = LEV_COLOR_INDEX(code - 90 + 8);
}

static void set_attrs(struct lev_cell *pen, uint32_t code)
{
	switch (code) {
	case 1:
		pen->attrs |= LEV_CELL_BOLD;
		break;
	case 4:
	case 21: /* two lines: shown as one */
		pen->attrs |= LEV_CELL_UNDERLINE;
		break;
	case 7:
		pen->attrs |= LEV_CELL_INVERSE;
		break;
	case 22:
		pen->attrs &= ~(uint32_t)LEV_CELL_BOLD;
		break;
	case 24:
		pen->attrs &= ~(uint32_t)LEV_CELL_UNDERLINE;
		break;
	case 27:
		pen->attrs &= ~(uint32_t)LEV_CELL_INVERSE;
		break;
	default:
		break;
	}
}

/* The parameters that stand alone. */
static void set_one(struct lev_cell *pen, uint32_t code)
{
	if ((code >= 30 && code <= 39) || (code >= 90 && code <= 97))
		set_color(&pen->fg, code);
	else if ((code >= 40 && code <= 49) || (code >= 100 && code <= 107))
		set_color(&pen->bg, code - 10);
	else
		set_attrs(pen, code);
}

static void reset_pen(struct lev_cell *pen)
{
	pen->attrs = 0;
	pen->fg = LEV_COLOR_DEFAULT;
	pen->bg = LEV_COLOR_DEFAULT;
}

void lev_term_sgr(struct lev_term *term)
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
