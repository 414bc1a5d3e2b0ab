/* SPDX-License-Identifier: MIT */
/* The colours of xterm's palette, and which of them a cell is drawn in. */
#include "term_priv.h"

enum {
	FOREGROUND = 0xc0c0c0, /* light grey */
	BOLD = 0xffffff,       /* the same, where bold: there is one font */
	BACKGROUND = 0x101014, /* nearly black */
};

/* 16 named colours, a cube of 6 * 6 * 6, and 24 greys. */
static uint32_t palette(uint32_t n)
{
	static const uint32_t named[16] = {
		0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
		0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
		0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
	};
	static const uint8_t level[6] = { 0, 95, 135, 175, 215, 255 };
	uint32_t red = 0;
	uint32_t green = 0;

	if (n < 16)
		return named[n];
	if (n >= 232)
		return (8 + 10 * (n - 232)) * 0x010101u;
	/* no division: a 32-bit machine may have to call a library for it */
	for (n -= 16; n >= 36; n -= 36)
		red++;
	for (; n >= 6; n -= 6)
		green++;
	return (uint32_t)level[red] << 16 | (uint32_t)level[green] << 8 |
	       level[n];
}

static uint32_t resolve(uint32_t color, uint32_t standard, bool bold)
{
	uint32_t n = color & 0xff;

	switch (color >> 24) {
	case 0:
		return color;
	case LEV_COLOR_INDEX(0) >> 24:
		return palette(n);
	case LEV_COLOR_ANSI(0) >> 24:
		return palette((n & 7) + (bold ? 8 : 0));
	default:
		return bold ? BOLD : standard;
	}
}

void lev_cell_colors(const struct lev_cell *cell, uint32_t *fg, uint32_t *bg)
{
	bool bold = cell->attrs & LEV_CELL_BOLD;
	uint32_t front = resolve(cell->fg, FOREGROUND, bold);
	uint32_t back = resolve(cell->bg, BACKGROUND, false);
	bool inverse = cell->attrs & LEV_CELL_INVERSE;

	*fg = inverse ? back : front;
	*bg = inverse ? front : back;
}
