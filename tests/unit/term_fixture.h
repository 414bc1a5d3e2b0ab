/* SPDX-License-Identifier: MIT */
/* What the terminal's tests share: a terminal on a surface of its own. */
#ifndef LEVITATE_TESTS_TERM_FIXTURE_H
#define LEVITATE_TESTS_TERM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <levitate/term.h>

/* Shorthands for what test strings are full of. */
#define ESC "\x1b"
#define CSI "\x1b["

struct fixture {
	struct lev_term term;
	void *mem;
	uint32_t *pixels;
	struct lev_term_config cfg;
};

/*
 * The surface is wider and higher than the terminal by MARGIN pixels on every
 * side, filled with MARGIN_COLOR: drawing outside is seen.
 */
#define MARGIN	     3u
#define MARGIN_COLOR 0x5a5a5a5au

static inline size_t fixture_pixels(const struct fixture *fix)
{
	return (size_t)fix->cfg.surface.stride * fix->cfg.surface.height;
}

static inline void fixture_init(struct fixture *fix, uint16_t cols,
				uint16_t rows)
{
	struct lev_term_config *cfg = &fix->cfg;

	memset(fix, 0, sizeof(*fix));
	cfg->font = &lev_font_console;
	cfg->cols = cols;
	cfg->rows = rows;
	cfg->x = MARGIN;
	cfg->y = MARGIN;
	cfg->surface.width = cols * cfg->font->width + 2 * MARGIN;
	cfg->surface.height = rows * cfg->font->height + 2 * MARGIN;
	cfg->surface.stride = cfg->surface.width + 5;
	cfg->mem_len = LEV_TERM_MEM_LEN(cols, rows);
	fix->mem = malloc(cfg->mem_len);
	fix->pixels = malloc(fixture_pixels(fix) * sizeof(*fix->pixels));
	assert_non_null(fix->mem);
	assert_non_null(fix->pixels);
	for (size_t n = 0; n < fixture_pixels(fix); n++)
		fix->pixels[n] = MARGIN_COLOR;
	cfg->mem = fix->mem;
	cfg->surface.pixels = fix->pixels;
	assert_int_equal(lev_term_init(&fix->term, cfg), 0);
}

static inline void fixture_fini(struct fixture *fix)
{
	free(fix->pixels);
	free(fix->mem);
}

static inline void fixture_write(struct fixture *fix, const char *text)
{
	lev_term_write(&fix->term, text, strlen(text));
}

/* Row after row, non-ASCII shown as '#', ends of rows without their blanks. */
static inline void fixture_text(const struct fixture *fix, char *out)
{
	for (uint16_t row = 0; row < fix->cfg.rows; row++) {
		char *end = out;

		for (uint16_t col = 0; col < fix->cfg.cols; col++) {
			uint32_t code =
				lev_term_cell(&fix->term, col, row)->code;

			*out++ = code < 0x7f ? (char)code : '#';
			if (code != ' ')
				end = out;
		}
		out = end;
		*out++ = '|';
	}
	*out = '\0';
}

/* The rows of the screen, each followed by a bar, and the cursor's place. */
#define expect(fix, rows, col, row)                                            \
	expect_at(fix, rows, col, row, __FILE__, __LINE__)

static inline void expect_at(const struct fixture *fix, const char *rows,
			     int col, int row, const char *file, int line)
{
	char text[4096];
	uint16_t at_col;
	uint16_t at_row;

	assert_true((size_t)(fix->cfg.cols + 1) * fix->cfg.rows < sizeof(text));
	fixture_text(fix, text);
	lev_term_cursor_get(&fix->term, &at_col, &at_row);
	if (strcmp(text, rows) || at_col != col || at_row != row)
		fail_msg("%s:%d: expected %s cursor %d,%d; got %s cursor %d,%d",
			 file, line, rows, col, row, text, at_col, at_row);
}

#endif
