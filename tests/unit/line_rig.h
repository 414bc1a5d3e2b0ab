/* SPDX-License-Identifier: MIT */
/*
 * The line editor in front of our own terminal: what it sends is shown there,
 * and tests look at cells and cursor, never at the bytes.
 */
#ifndef LINE_RIG_H
#define LINE_RIG_H

#include <levitate/term.h>

#include "kernel/line.h"

enum {
	LINE_RIG_COLS = 300, /* the most */
	LINE_RIG_ROWS = 8,
	LINE_RIG_TEXT = 4 * LINE_RIG_COLS + 1, /* a row's, with the NUL */
};

struct line_rig {
	struct line line;
	struct lev_term term;
	struct line_config config;
	const char *const *words;   /* to complete to, ended by NULL */
	unsigned done;		    /* lines entered so far */
	char entered[LINE_LEN + 1]; /* the last of them */

	uint64_t mem[LEV_TERM_MEM_LEN(LINE_RIG_COLS, LINE_RIG_ROWS) / 8 + 1];
	uint32_t pixels[LINE_RIG_COLS * LINE_RIG_ROWS];
};

/*
 * A new editor for a screen of `cols` columns, on one of `term_cols`, with
 * the prompt shown.
 */
void line_rig_init(struct line_rig *rig, const char *prompt, uint16_t cols,
		   uint16_t term_cols);

/* Bytes from the keyboard. When a line is done the next one is begun. */
void line_rig_type(struct line_rig *rig, const char *text, size_t len);
void line_rig_keys(struct line_rig *rig, const char *text);

/* A row as UTF-8, without the spaces at its end. */
void line_rig_row(const struct line_rig *rig, uint16_t row,
		  char text[LINE_RIG_TEXT]);

#endif
