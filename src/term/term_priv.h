/* SPDX-License-Identifier: MIT */
/*
 * What the files of the terminal share. From outside in: utf8.c makes code
 * points of bytes, parser.c makes sequences of code points and sgr.c reads
 * those that set the pen, screen.c is what they act on, draw.c shows it.
 */
#ifndef LEVITATE_TERM_PRIV_H
#define LEVITATE_TERM_PRIV_H

#include <levitate/term.h>

/* Shown for what is not UTF-8, and for what the font does not have. */
#define TERM_REPLACEMENT 0xfffdu

/* The one attribute that only drawn cells have: the cursor is on it. */
#define TERM_CELL_CURSOR 0x80u

static inline uint32_t term_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static inline uint32_t term_max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* utf8.c: takes one byte; none, one or two code points reach the parser. */
void lev_term_byte(struct lev_term *term, uint8_t byte);

/* parser.c */
enum { TERM_STATE_GROUND = 0 };

void lev_term_code(struct lev_term *term, uint32_t code);

/* sgr.c: the parameters of CSI ... m, applied to the pen. */
void lev_term_sgr(struct lev_term *term);

/*
 * screen.c. Rows and columns count from 0; an end is the first one outside.
 * Counts may be larger than what there is.
 */
void lev_term_reset(struct lev_term *term);
void lev_term_put(struct lev_term *term, uint32_t code);
const uint8_t *lev_term_put_ascii(struct lev_term *term, const uint8_t *text,
				  const uint8_t *end);
void lev_term_index(struct lev_term *term);
void lev_term_reverse_index(struct lev_term *term);
void lev_term_goto(struct lev_term *term, uint32_t col, uint32_t row);
void lev_term_up(struct lev_term *term, uint32_t count);
void lev_term_down(struct lev_term *term, uint32_t count);
void lev_term_scroll_up(struct lev_term *term, uint32_t top, uint32_t end,
			uint32_t count);
void lev_term_scroll_down(struct lev_term *term, uint32_t top, uint32_t end,
			  uint32_t count);
void lev_term_erase(struct lev_term *term, uint32_t row, uint32_t first,
		    uint32_t end);
void lev_term_insert_cells(struct lev_term *term, uint32_t count);
void lev_term_delete_cells(struct lev_term *term, uint32_t count);
void lev_term_damage(struct lev_term *term, uint32_t row, uint32_t first,
		     uint32_t end);
void lev_term_damage_rows(struct lev_term *term, uint32_t top, uint32_t end);

#endif
