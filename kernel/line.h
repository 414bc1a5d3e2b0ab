/* SPDX-License-Identifier: MIT */
/*
 * A line editor: bytes of a keyboard go in, text and control sequences for a
 * terminal come out, and now and then a whole line.
 *
 *	Left Right, ^B ^F         one character
 *	Home End, ^A ^E           to the beginning, the end
 *	Backspace, ^H; Delete, ^D
 *	^K ^U ^W                  delete to the end, to the beginning, a word
 *	Up Down, ^P ^N            older and newer lines
 *	Tab                       complete the first word
 *	^L                        clear the screen; ^C: forget the line
 *
 * Characters are UTF-8; broken ones are left out. A line that is wider than
 * the terminal shows the part around the cursor, so that it never wraps. Lines
 * end in "\n" on the way out, "\r" or "\n" (or both) on the way in.
 *
 * It knows neither the console nor the machine.
 */
#ifndef KERNEL_LINE_H
#define KERNEL_LINE_H

#include <levitate/base.h>

enum {
	LINE_LEN = 255,	   /* bytes of a line at most */
	LINE_HISTORY = 32, /* lines that are remembered */
};

/* Kept by the caller for as long as the line. */
struct line_config {
	const char *prompt; /* ASCII */
	unsigned cols;	    /* of the terminal; more than the prompt needs */
	void (*out)(void *ctx, const char *text, size_t len);
	/* Word idx that can be completed; NULL behind the last. */
	const char *(*word)(void *ctx, unsigned idx);
	void *ctx;
};

struct line {
	char text[LINE_LEN + 1]; /* after line_input said true: the line */
	/* private */
	const struct line_config *config;
	size_t len;
	size_t cursor; /* byte offset, always between characters */
	size_t first;  /* of the part that is shown, likewise */
	bool after_return;
	uint8_t escape; /* state of the parser of sequences */
	unsigned param;
	char pending[4]; /* of a character that is not complete */
	uint8_t pending_len;
	uint8_t pending_need;
	char history[LINE_HISTORY][LINE_LEN + 1];
	unsigned history_count; /* ever; the newest is count - 1 */
	unsigned browsing;	/* how far back we are; 0: at the new line */
	char unfinished[LINE_LEN + 1]; /* the new line, while browsing */
};

void line_init(struct line *line, const struct line_config *config);

/* An empty line: shows the prompt. */
void line_begin(struct line *line);

/*
 * Take one byte. True: the line is complete, the cursor on the next one; read
 * line->text, then line_begin.
 */
bool line_input(struct line *line, char byte);

/* Take the line off the screen, for something else to be printed... */
void line_hide(struct line *line);

/* ...and show it again, prompt and all, on whatever line the cursor is. */
void line_show(struct line *line);

#endif
