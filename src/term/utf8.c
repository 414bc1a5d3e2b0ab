/* SPDX-License-Identifier: MIT */
/*
 * UTF-8, a byte at a time. A malformed run shows one U+FFFD for each maximal
 * subpart, as the Unicode standard recommends (chapter 3.9): the bytes that
 * could still have become a character make one, and the byte that broke it is
 * looked at afresh. So no malformed input ever swallows what follows it.
 */
#include "term_priv.h"

static void utf8_begin(struct lev_term *term, uint8_t lead, uint8_t left,
		       uint8_t bits)
{
	term->utf8_code = lead & bits;
	term->utf8_left = left;
	term->utf8_low = 0x80;
	term->utf8_high = 0xbf;
}

/*
 * The second byte's range shuts out the overlong forms, the surrogates and
 * what lies above U+10FFFF, so that what comes out needs no further check.
 */
static void utf8_lead(struct lev_term *term, uint8_t byte)
{
	if (byte < 0x80) {
		lev_term_code(term, byte);
	} else if (byte >= 0xc2 && byte <= 0xdf) {
		utf8_begin(term, byte, 1, 0x1f);
	} else if (byte >= 0xe0 && byte <= 0xef) {
		utf8_begin(term, byte, 2, 0x0f);
		if (byte == 0xe0)
			term->utf8_low = 0xa0;
		if (byte == 0xed)
			term->utf8_high = 0x9f;
	} else if (byte >= 0xf0 && byte <= 0xf4) {
		utf8_begin(term, byte, 3, 0x07);
		if (byte == 0xf0)
			term->utf8_low = 0x90;
		if (byte == 0xf4)
			term->utf8_high = 0x8f;
	} else {
		lev_term_code(term, TERM_REPLACEMENT);
	}
}

void lev_term_byte(struct lev_term *term, uint8_t byte)
{
	if (!term->utf8_left) {
		utf8_lead(term, byte);
	} else if (byte < term->utf8_low || byte > term->utf8_high) {
		term->utf8_left = 0;
		lev_term_code(term, TERM_REPLACEMENT);
		utf8_lead(term, byte);
	} else {
		term->utf8_code = term->utf8_code << 6 | (byte & 0x3fu);
		term->utf8_low = 0x80;
		term->utf8_high = 0xbf;
		if (!--term->utf8_left)
			lev_term_code(term, term->utf8_code);
	}
}
