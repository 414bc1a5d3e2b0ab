/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "line_rig.h"

/* Nothing is drawn: one pixel will do for all characters. */
static const uint8_t pixel[] = { 0x80 };
static const struct lev_font font = {
	.width = 1,
	.height = 1,
	.row_len = 1,
	.glyph_count = 1,
	.bitmap = pixel,
};

/* As the console does it: a line feed also returns. */
static void show(void *ctx, const char *text, size_t len)
{
	struct line_rig *rig = ctx;

	assert_true(len > 0);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			lev_term_write(&rig->term, "\r", 1);
		lev_term_write(&rig->term, &text[i], 1);
	}
}

static const char *word_of(void *ctx, unsigned idx)
{
	struct line_rig *rig = ctx;

	for (unsigned i = 0; rig->words && rig->words[i]; i++)
		if (i == idx)
			return rig->words[i];
	return NULL;
}

void line_rig_init(struct line_rig *rig, const char *prompt, uint16_t cols,
		   uint16_t term_cols)
{
	struct lev_term_config term_cfg = {
		.surface = { rig->pixels, LINE_RIG_COLS, LINE_RIG_ROWS,
			     LINE_RIG_COLS },
		.font = &font,
		.cols = term_cols,
		.rows = LINE_RIG_ROWS,
		.mem = rig->mem,
		.mem_len = sizeof(rig->mem),
	};

	memset(rig, 0xa5, sizeof(*rig)); /* what is not set is not zero */
	rig->config = (struct line_config){ prompt, cols, show, word_of, rig };
	rig->words = NULL;
	rig->done = 0;
	assert_int_equal(lev_term_init(&rig->term, &term_cfg), 0);
	line_init(&rig->line, &rig->config);
	line_begin(&rig->line);
}

static void line_done(struct line_rig *rig)
{
	uint16_t col;
	uint16_t row;

	lev_term_cursor_get(&rig->term, &col, &row);
	assert_int_equal(col, 0);
	assert_int_equal(strlen(rig->line.text), rig->line.len);
	strcpy(rig->entered, rig->line.text);
	rig->done++;
	line_begin(&rig->line);
}

void line_rig_type(struct line_rig *rig, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (line_input(&rig->line, text[i]))
			line_done(rig);
}

void line_rig_keys(struct line_rig *rig, const char *text)
{
	line_rig_type(rig, text, strlen(text));
}

static size_t encode(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

void line_rig_row(const struct line_rig *rig, uint16_t row,
		  char text[LINE_RIG_TEXT])
{
	size_t len = 0;
	size_t end = 0;

	for (uint16_t col = 0; col < rig->term.cols; col++) {
		uint32_t code = lev_term_cell(&rig->term, col, row)->code;

		len += encode(code, text + len);
		if (code != ' ')
			end = len;
	}
	text[end] = '\0';
}
