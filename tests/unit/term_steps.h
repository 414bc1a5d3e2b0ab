/* SPDX-License-Identifier: MIT */
/*
 * The grammar of the random streams: a function for each kind of step, and the
 * table of them. A step says what is sent to each of the two terminals. Where
 * libvterm and xterm differ we follow xterm; there libvterm is sent something
 * else that makes it do what xterm does.
 */
#ifndef LEVITATE_TESTS_TERM_STEPS_H
#define LEVITATE_TESTS_TERM_STEPS_H

#include "term_pair.h"

struct random {
	uint64_t state;
};

static uint32_t random_below(struct random *random, uint32_t limit)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return (uint32_t)(random->state >> 33) % limit;
}

/*
 * The state of a stream: what the next step sends to each of the two, and
 * what the test knows of the screen, by its own reckoning.
 */
struct stream {
	struct pair pair;
	struct random random;
	uint32_t cols, rows;
	uint32_t top, end; /* of the scrolling region */
	bool cursor_on;
	char ours[256], theirs[256];
};

static void append(char *out, const char *text)
{
	size_t used = strlen(out);

	assert_true(used + strlen(text) < sizeof(((struct stream *)0)->ours));
	memcpy(out + used, text, strlen(text) + 1);
}

/* To one of the two: stream->ours or stream->theirs. */
static void LEV_FORMAT(2, 3) send(char *out, const char *format, ...)
{
	char text[128];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	append(out, text);
}

static void LEV_FORMAT(2, 3)
	both(struct stream *stream, const char *format, ...)
{
	char text[128];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	append(stream->ours, text);
	append(stream->theirs, text);
}

/* Where the cursor is, both agreeing on it before every step. */
static VTermPos cursor(const struct stream *stream)
{
	VTermPos pos;

	vterm_state_get_cursorpos(vterm_obtain_state(stream->pair.vterm), &pos);
	return pos;
}

static bool pending(const struct stream *stream)
{
	return stream->pair.ours.term.cursor.wrap_pending;
}

/* Has libvterm forget a pending wrap, where xterm does without more ado. */
static void settle(struct stream *stream)
{
	send(stream->theirs, CSI "%dG", cursor(stream).col + 1);
}

/* A pending wrap that libvterm could not be brought to keep: avoided. */
static void leave_edge(struct stream *stream)
{
	if (pending(stream))
		both(stream, "\r");
}

static bool in_region(const struct stream *stream)
{
	uint32_t row = (uint32_t)cursor(stream).row;

	return row >= stream->top && row < stream->end;
}

/* A number as sequences have them: absent, 0, small, or too large. */
static const char *number(struct stream *stream, uint32_t *value)
{
	static char text[8][16];
	static uint32_t next;
	char *out = text[next++ % 8];
	uint32_t kind = random_below(&stream->random, 12);

	*value = 1;
	out[0] = '\0';
	if (kind == 0)
		return out;
	if (kind == 1)
		*value = 0;
	else if (kind == 2)
		*value = random_below(&stream->random, 99999);
	else
		*value = 1 + random_below(&stream->random,
					  kind < 8 ? 4 : stream->cols + 2);
	snprintf(out, sizeof(text[0]), "%u", *value);
	if (*value == 0)
		*value = 1;
	return out;
}

/* --- one function for each kind of step --- */

static void step_ascii(struct stream *stream)
{
	uint32_t count = 1 + random_below(&stream->random, 12);

	while (count--)
		both(stream, "%c",
		     (char)(0x20 + random_below(&stream->random, 0x5f)));
}

/* Letters of width 1 with two, three and four bytes. */
static void step_utf8(struct stream *stream)
{
	static const char *const letters[] = {
		"\xc3\xa9",	    "\xc3\x9f",		"\xd0\x96",
		"\xce\xbb",	    "\xe2\x82\xac",	"\xe2\x94\x80",
		"\xe1\xba\xbf",	    "\xef\xbf\xbd",	"\xe2\x96\x88",
		"\xf0\x9d\x94\xb8", "\xf0\x9d\x84\x9e", "\xf0\x90\x8c\xb0",
	};

	both(stream, "%s", letters[random_below(&stream->random, 12)]);
}

static void step_c0(struct stream *stream, const char *control)
{
	settle(stream);
	both(stream, "%s", control);
}

static void step_cr(struct stream *stream)
{
	step_c0(stream, "\r");
}

static void step_lf(struct stream *stream)
{
	step_c0(stream, "\n");
}

static void step_vt(struct stream *stream)
{
	step_c0(stream, "\v");
}

static void step_ff(struct stream *stream)
{
	step_c0(stream, "\f");
}

static void step_bs(struct stream *stream)
{
	step_c0(stream, "\b");
}

static void step_ht(struct stream *stream)
{
	both(stream, "\t");
}

static void step_bel(struct stream *stream)
{
	both(stream, "\a");
}

static void step_sub(struct stream *stream)
{
	both(stream, "\x1a");
}

static void step_ind(struct stream *stream)
{
	step_c0(stream, ESC "D");
}

static void step_nel(struct stream *stream)
{
	step_c0(stream, ESC "E");
}

static void step_ri(struct stream *stream)
{
	step_c0(stream, ESC "M");
}

/* CUU, CUD, CNL, CPL: libvterm passes the region's edges, xterm stops. */
static void step_vertical(struct stream *stream, char final)
{
	uint32_t row = (uint32_t)cursor(stream).row;
	bool up = final == 'A' || final == 'F';
	uint32_t value;
	uint32_t room;

	send(stream->ours, CSI "%s%c", number(stream, &value), final);
	if (up)
		room = row < stream->top ? row : row - stream->top;
	else
		room = (row < stream->end ? stream->end : stream->rows) - 1 -
		       row;
	settle(stream);
	if (final == 'E' || final == 'F')
		send(stream->theirs, "\r");
	if (value > room)
		value = room;
	if (value)
		send(stream->theirs, CSI "%u%c", value, final);
}

static void step_cuu(struct stream *stream)
{
	step_vertical(stream, 'A');
}

static void step_cud(struct stream *stream)
{
	step_vertical(stream, 'B');
}

static void step_cnl(struct stream *stream)
{
	step_vertical(stream, 'E');
}

static void step_cpl(struct stream *stream)
{
	step_vertical(stream, 'F');
}

static void step_one_number(struct stream *stream, char final)
{
	uint32_t value;

	both(stream, CSI "%s%c", number(stream, &value), final);
}

static void step_cuf(struct stream *stream)
{
	step_one_number(stream, 'C');
}

static void step_cub(struct stream *stream)
{
	step_one_number(stream, 'D');
}

static void step_cha(struct stream *stream)
{
	step_one_number(stream, 'G');
}

static void step_hpa(struct stream *stream)
{
	step_one_number(stream, '`');
}

static void step_vpa(struct stream *stream)
{
	step_one_number(stream, 'd');
}

static void step_place(struct stream *stream, char final)
{
	uint32_t value;
	const char *row = number(stream, &value);
	const char *col = number(stream, &value);

	if (*col)
		both(stream, CSI "%s;%s%c", row, col, final);
	else
		both(stream, CSI "%s%c", row, final);
}

static void step_cup(struct stream *stream)
{
	step_place(stream, 'H');
}

static void step_hvp(struct stream *stream)
{
	step_place(stream, 'f');
}

static void step_erase(struct stream *stream, const char *sequence)
{
	settle(stream);
	both(stream, "%s", sequence);
}

static void step_ed0(struct stream *stream)
{
	step_erase(stream,
		   random_below(&stream->random, 2) ? CSI "J" : CSI "0J");
}

static void step_ed1(struct stream *stream)
{
	step_erase(stream, CSI "1J");
}

static void step_ed2(struct stream *stream)
{
	step_erase(stream, CSI "2J");
}

static void step_el0(struct stream *stream)
{
	step_erase(stream,
		   random_below(&stream->random, 2) ? CSI "K" : CSI "0K");
}

static void step_el1(struct stream *stream)
{
	step_erase(stream, CSI "1K");
}

static void step_el2(struct stream *stream)
{
	step_erase(stream, CSI "2K");
}

static void step_ech(struct stream *stream)
{
	settle(stream);
	step_one_number(stream, 'X');
}

/* libvterm inserts and deletes within the scrolling region only. */
static void step_in_line(struct stream *stream, char final)
{
	VTermPos pos = cursor(stream);
	uint32_t value;
	const char *count = number(stream, &value);

	send(stream->ours, CSI "%s%c", count, final);
	settle(stream);
	if (in_region(stream))
		send(stream->theirs, CSI "%s%c", count, final);
	else
		send(stream->theirs,
		     CSI "r" CSI "%d;%dH" CSI "%s%c" CSI "%u;%ur" CSI "%d;%dH",
		     pos.row + 1, pos.col + 1, count, final, stream->top + 1,
		     stream->end, pos.row + 1, pos.col + 1);
}

static void step_ich(struct stream *stream)
{
	step_in_line(stream, '@');
}

static void step_dch(struct stream *stream)
{
	step_in_line(stream, 'P');
}

/* They take xterm's cursor to the left edge. */
static void step_lines(struct stream *stream, char final)
{
	if (in_region(stream))
		settle(stream);
	step_one_number(stream, final);
	if (in_region(stream))
		send(stream->theirs, "\r");
}

static void step_il(struct stream *stream)
{
	step_lines(stream, 'L');
}

static void step_dl(struct stream *stream)
{
	step_lines(stream, 'M');
}

static void step_su(struct stream *stream)
{
	step_one_number(stream, 'S');
}

/* A 0 makes it the mouse's; CSI ^ is the same without that. */
static void step_sd(struct stream *stream)
{
	uint32_t value;
	const char *count = number(stream, &value);

	send(stream->ours, CSI "%s%c", count, *count == '0' ? '^' : 'T');
	send(stream->theirs, CSI "%sT", count);
}

/* libvterm takes impossible regions for the whole screen. */
static void step_decstbm(struct stream *stream)
{
	uint32_t top = random_below(&stream->random, stream->rows + 2);
	uint32_t end = random_below(&stream->random, stream->rows + 4);

	send(stream->ours, CSI "%u;%ur", top, end);
	top = top ? top : 1;
	if (end == 0 || end > stream->rows)
		end = stream->rows;
	if (top >= end)
		return;
	send(stream->theirs, CSI "%u;%ur", top, end);
	stream->top = top - 1;
	stream->end = end;
}

static void step_full_region(struct stream *stream)
{
	both(stream, CSI "r");
	stream->top = 0;
	stream->end = stream->rows;
}

/* libvterm takes CSI s for margins, and has no CSI u. */
static void step_save(struct stream *stream, const char *sequence)
{
	leave_edge(stream);
	send(stream->ours, "%s", sequence);
	send(stream->theirs, ESC "7");
}

static void step_decsc(struct stream *stream)
{
	step_save(stream, ESC "7");
}

static void step_scosc(struct stream *stream)
{
	step_save(stream, CSI "s");
}

/* libvterm restores the cursor's visibility too. */
static void step_restore(struct stream *stream, const char *sequence)
{
	settle(stream);
	send(stream->ours, "%s", sequence);
	send(stream->theirs, ESC "8" CSI "?25%c",
	     stream->cursor_on ? 'h' : 'l');
}

static void step_decrc(struct stream *stream)
{
	step_restore(stream, ESC "8");
}

static void step_scorc(struct stream *stream)
{
	step_restore(stream, CSI "u");
}

static void step_show(struct stream *stream)
{
	both(stream, CSI "?25h");
	stream->cursor_on = true;
}

static void step_hide(struct stream *stream)
{
	both(stream, CSI "?25l");
	stream->cursor_on = false;
}

static void step_autowrap(struct stream *stream)
{
	leave_edge(stream);
	both(stream, CSI "?7h");
}

static void step_no_autowrap(struct stream *stream)
{
	settle(stream);
	both(stream, CSI "?7l");
}

static void step_sgr(struct stream *stream, uint32_t code)
{
	both(stream, CSI "%um", code);
}

static void step_sgr_reset(struct stream *stream)
{
	both(stream, "%s",
	     random_below(&stream->random, 2) ? CSI "m" : CSI "0m");
}

static void step_bold(struct stream *stream)
{
	step_sgr(stream, 1);
}

static void step_not_bold(struct stream *stream)
{
	step_sgr(stream, 22);
}

static void step_underline(struct stream *stream)
{
	step_sgr(stream, 4);
}

static void step_not_underline(struct stream *stream)
{
	step_sgr(stream, 24);
}

static void step_inverse(struct stream *stream)
{
	step_sgr(stream, 7);
}

static void step_not_inverse(struct stream *stream)
{
	step_sgr(stream, 27);
}

static void step_fg_8(struct stream *stream)
{
	step_sgr(stream, 30 + random_below(&stream->random, 8));
}

static void step_bg_8(struct stream *stream)
{
	step_sgr(stream, 40 + random_below(&stream->random, 8));
}

static void step_fg_bright(struct stream *stream)
{
	step_sgr(stream, 90 + random_below(&stream->random, 8));
}

static void step_bg_bright(struct stream *stream)
{
	step_sgr(stream, 100 + random_below(&stream->random, 8));
}

static void step_fg_default(struct stream *stream)
{
	step_sgr(stream, 39);
}

static void step_bg_default(struct stream *stream)
{
	step_sgr(stream, 49);
}

static void step_indexed(struct stream *stream, uint32_t code, char join)
{
	both(stream, CSI "%u%c5%c%um", code, join, join,
	     random_below(&stream->random, 256));
}

static void step_direct(struct stream *stream, uint32_t code, char join)
{
	uint32_t rgb = random_below(&stream->random, 1u << 24);

	both(stream, CSI "%u%c2%c%u%c%u%c%um", code, join, join, rgb >> 16,
	     join, rgb >> 8 & 255, join, rgb & 255);
}

static void step_fg_256(struct stream *stream)
{
	step_indexed(stream, 38, ';');
}

static void step_bg_256(struct stream *stream)
{
	step_indexed(stream, 48, ';');
}

static void step_fg_rgb(struct stream *stream)
{
	step_direct(stream, 38, ';');
}

static void step_bg_rgb(struct stream *stream)
{
	step_direct(stream, 48, ';');
}

static void step_256_colons(struct stream *stream)
{
	step_indexed(stream, 38 + 10 * random_below(&stream->random, 2), ':');
}

static void step_rgb_colons(struct stream *stream)
{
	step_direct(stream, 38 + 10 * random_below(&stream->random, 2), ':');
}

static void step_sgr_many(struct stream *stream)
{
	uint32_t fg = random_below(&stream->random, 8);

	both(stream, CSI "0;1;4;%u;48;5;%u;7m", 30 + fg,
	     random_below(&stream->random, 256));
}

static void step_ris(struct stream *stream)
{
	send(stream->ours, ESC "c");
	send(stream->theirs, ESC "c" ESC "7");
	stream->top = 0;
	stream->end = stream->rows;
	stream->cursor_on = true;
}

static void step_unknown_csi(struct stream *stream)
{
	static const char *const unknown[] = {
		CSI ">4;2m", CSI "?1;2$y", CSI "3 q", CSI "?2004h",
		CSI "=5u",   CSI "5;6w",   CSI "#{",  CSI "1:2:3v",
	};

	both(stream, "%s", unknown[random_below(&stream->random, 8)]);
}

static void step_unknown_escape(struct stream *stream)
{
	static const char *const unknown[] = { ESC "=",	 ESC ">", ESC "(B",
					       ESC "%G", ESC "Q", ESC "j" };

	both(stream, "%s", unknown[random_below(&stream->random, 6)]);
}

static void step_osc(struct stream *stream)
{
	both(stream, ESC "]2;a title%s",
	     random_below(&stream->random, 2) ? "\a" : ESC "\\");
}

static void step_dcs(struct stream *stream)
{
	both(stream, ESC "P+q544e" ESC "\\");
}

/* This libvterm prints what these hold. */
static void step_string(struct stream *stream)
{
	send(stream->ours, ESC "%cnot to be seen" ESC "\\",
	     "X^_"[random_below(&stream->random, 3)]);
}

static void step_cancelled(struct stream *stream)
{
	both(stream, CSI "1;3\030");
}

static void step_c0_in_csi(struct stream *stream)
{
	settle(stream);
	both(stream, CSI "2%cC", "\r\n\b"[random_below(&stream->random, 3)]);
}

/* --- the grammar --- */

static const struct step {
	const char *name;
	void (*run)(struct stream *stream);
	uint32_t weight;
} steps[] = {
	{ "ASCII text", step_ascii, 24 },
	{ "UTF-8", step_utf8, 8 },
	{ "CR", step_cr, 3 },
	{ "LF", step_lf, 4 },
	{ "VT", step_vt, 2 },
	{ "FF", step_ff, 2 },
	{ "BS", step_bs, 2 },
	{ "HT", step_ht, 2 },
	{ "BEL", step_bel, 2 },
	{ "SUB", step_sub, 2 },
	{ "IND", step_ind, 2 },
	{ "NEL", step_nel, 2 },
	{ "RI", step_ri, 2 },
	{ "CUU", step_cuu, 2 },
	{ "CUD", step_cud, 2 },
	{ "CUF", step_cuf, 2 },
	{ "CUB", step_cub, 2 },
	{ "CNL", step_cnl, 2 },
	{ "CPL", step_cpl, 2 },
	{ "CHA", step_cha, 2 },
	{ "HPA", step_hpa, 2 },
	{ "VPA", step_vpa, 2 },
	{ "CUP", step_cup, 4 },
	{ "HVP", step_hvp, 2 },
	{ "ED 0", step_ed0, 1 },
	{ "ED 1", step_ed1, 1 },
	{ "ED 2", step_ed2, 1 },
	{ "EL 0", step_el0, 1 },
	{ "EL 1", step_el1, 1 },
	{ "EL 2", step_el2, 1 },
	{ "ECH", step_ech, 2 },
	{ "ICH", step_ich, 2 },
	{ "DCH", step_dch, 2 },
	{ "IL", step_il, 2 },
	{ "DL", step_dl, 2 },
	{ "SU", step_su, 1 },
	{ "SD", step_sd, 1 },
	{ "DECSTBM", step_decstbm, 2 },
	{ "DECSTBM reset", step_full_region, 1 },
	{ "DECSC", step_decsc, 2 },
	{ "DECRC", step_decrc, 2 },
	{ "SCOSC", step_scosc, 2 },
	{ "SCORC", step_scorc, 2 },
	{ "cursor on", step_show, 1 },
	{ "cursor off", step_hide, 1 },
	{ "autowrap on", step_autowrap, 2 },
	{ "autowrap off", step_no_autowrap, 1 },
	{ "SGR reset", step_sgr_reset, 2 },
	{ "SGR bold", step_bold, 1 },
	{ "SGR not bold", step_not_bold, 1 },
	{ "SGR underline", step_underline, 1 },
	{ "SGR not underlined", step_not_underline, 1 },
	{ "SGR inverse", step_inverse, 1 },
	{ "SGR not inverse", step_not_inverse, 1 },
	{ "SGR foreground 0-7", step_fg_8, 1 },
	{ "SGR background 0-7", step_bg_8, 1 },
	{ "SGR foreground 8-15", step_fg_bright, 1 },
	{ "SGR background 8-15", step_bg_bright, 1 },
	{ "SGR default foreground", step_fg_default, 1 },
	{ "SGR default background", step_bg_default, 1 },
	{ "SGR 38;5", step_fg_256, 1 },
	{ "SGR 48;5", step_bg_256, 1 },
	{ "SGR 38;2", step_fg_rgb, 1 },
	{ "SGR 48;2", step_bg_rgb, 1 },
	{ "SGR 38:5 and 48:5", step_256_colons, 1 },
	{ "SGR 38:2 and 48:2", step_rgb_colons, 1 },
	{ "SGR of many parts", step_sgr_many, 1 },
	{ "RIS", step_ris, 1 },
	{ "unknown CSI", step_unknown_csi, 1 },
	{ "unknown ESC", step_unknown_escape, 1 },
	{ "OSC", step_osc, 1 },
	{ "DCS", step_dcs, 1 },
	{ "SOS, PM, APC", step_string, 1 },
	{ "CAN in a CSI", step_cancelled, 1 },
	{ "C0 in a CSI", step_c0_in_csi, 1 },
};

#endif
