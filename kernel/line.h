/* SPDX-License-Identifier: MIT */
/*
 * A line editor: bytes of a keyboard go in, text and control sequences for a
 * terminal come out, and now and then a whole line.
 *
 *	left right, ^B ^F	by a character; with ctrl or alt by a word
 *	home end, ^A ^E		to the line's ends
 *	backspace ^H, delete ^D	the character before, under the cursor
 *	^W ^U ^K		to the word's begin, the line's begin, its end
 *	up down, ^P ^N		older and newer lines
 *	tab			completes the first word
 *	^L			clears the screen
 *	^C			abandons the line for a new one
 *	enter (CR, LF, CR LF)	the line is done
 *
 * Arrows and such may come as CSI or SS3 sequences. ^D on an empty line does
 * nothing: a kernel's shell has no end. Tab completes what all words that fit
 * have in common, and a space if it is but one; a second tab lists them.
 *
 * Text is UTF-8; each code point is taken to be one column wide. Malformed
 * bytes, control characters without a meaning and sequences that are not known
 * are ignored, the latter up to their end. A control character breaks off
 * whatever sequence it comes in, and acts: enter works after a lone escape,
 * and a string (OSC, DCS ...) whose end never comes does not go on for ever.
 *
 * What is shown. The line stays in one row, which it scrolls sideways when it
 * is too long for it; nothing of it is ever written into the last column, so
 * the picture is right on any terminal that has at least `cols` columns. The
 * bytes sent are text, CR, LF (for CR LF), and CSI C, D, H, J and K.
 *
 * History. The last LINE_HISTORY lines are kept, no line twice (entering it
 * again makes it the newest), blank ones not at all. While older lines are
 * looked at, the one being written is kept and comes back after the newest.
 * A line from the history may be edited; what is kept does not change by that.
 *
 * It knows neither the console nor the machine. One caller at a time for each
 * line; the callbacks must not call back.
 */
#ifndef KERNEL_LINE_H
#define KERNEL_LINE_H

#include <levitate/base.h>

enum {
	LINE_LEN = 255,	   /* bytes of a line at most; more are not taken */
	LINE_HISTORY = 32, /* lines that are remembered */
};

/* Kept by the caller as long as the line. Texts: UTF-8 without controls. */
struct line_config {
	const char *prompt;
	unsigned cols; /* of the terminal: the prompt's and at least 9 more */
	/* Show these bytes; len is not 0. */
	void (*out)(void *ctx, const char *text, size_t len);
	/* Word idx that can be completed; NULL behind the last. */
	const char *(*word)(void *ctx, unsigned idx);
	void *ctx;
};

struct line {
	char text[LINE_LEN + 1]; /* after line_input said true: the line */

	/* private */
	const struct line_config *config;
	size_t len;    /* bytes, without the NUL */
	size_t cursor; /* offset in text, as the next */
	size_t left;   /* what stands first in the row; never behind cursor */

	uint8_t state; /* of the sequence parser */
	bool odd;      /* the sequence is none of ours */
	uint8_t param_idx;
	uint8_t params[2];

	char utf8[4]; /* a character that is not complete */
	uint8_t utf8_len, utf8_want;
	uint8_t utf8_low, utf8_high; /* what its next byte may be */

	char last; /* the byte before, for CR LF and for tab tab */

	char draft[LINE_LEN + 1]; /* the line being written */
	size_t history_at;	  /* 0: the draft; n: history[n - 1] */
	size_t history_count;
	char history[LINE_HISTORY][LINE_LEN + 1]; /* newest first */
};

/* No history yet. Shows nothing. */
void line_init(struct line *line, const struct line_config *config);

/* An empty line: shows the prompt. The cursor must be in column 0. */
void line_begin(struct line *line);

/*
 * Take one byte. True: the line is complete, the cursor in column 0 of the
 * next row; read line->text, then line_begin.
 */
bool line_input(struct line *line, char byte);

/* Take the line off the screen, for something else to be printed... */
void line_hide(struct line *line);

/* ...and show it again, prompt and all, on whatever line the cursor is. */
void line_show(struct line *line);

#endif
