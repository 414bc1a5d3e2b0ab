/* SPDX-License-Identifier: MIT */
/*
 * The line editor: text and offsets in it, what is shown of them, what keys
 * do to them, and last the parser that finds the keys in the bytes.
 *
 * An offset into the text always stands between two characters. After each
 * change the cursor's surroundings are shown again from the text; nothing is
 * remembered of the screen but which row and column the cursor is in.
 */
#include "line.h"

#include "print.h"

enum { ESC = 0x1b, DEL = 0x7f };

#define CTRL(letter) ((letter)-0x40)

/* Columns for text when the prompt leaves fewer: then rows may wrap. */
enum { ROOM_MIN = 8 };

/* --- text --- */

static size_t text_len(const char *text)
{
	size_t len = 0;

	while (text[len])
		len++;
	return len;
}

/* Is this byte within a character, not at its begin? */
static bool inside_char(char byte)
{
	return ((uint8_t)byte & 0xc0) == 0x80;
}

/* The offset `count` characters before this one, 0 at the least. */
static size_t chars_back(const char *text, size_t at, size_t count)
{
	while (count-- && at) {
		at--;
		while (at && inside_char(text[at]))
			at--;
	}
	return at;
}

/* The offset `count` characters on; the text's NUL is never passed. */
static size_t chars_on(const char *text, size_t at, size_t count)
{
	while (count-- && text[at]) {
		at++;
		while (inside_char(text[at]))
			at++;
	}
	return at;
}

/* How many columns this part of a text takes. */
static size_t columns(const char *text, size_t from, size_t to)
{
	size_t count = 0;

	for (size_t at = from; at < to; at++)
		if (!inside_char(text[at]))
			count++;
	return count;
}

static size_t word_begin(const char *text, size_t at)
{
	while (at && text[at - 1] == ' ')
		at--;
	while (at && text[at - 1] != ' ')
		at--;
	return at;
}

static size_t word_end(const char *text, size_t at)
{
	while (text[at] == ' ')
		at++;
	while (text[at] && text[at] != ' ')
		at++;
	return at;
}

/* --- what is shown --- */

static void put(struct line *line, const char *text, size_t len)
{
	if (len)
		line->config->out(line->config->ctx, text, len);
}

static void put_text(struct line *line, const char *text)
{
	put(line, text, text_len(text));
}

/* Move the cursor in its row; final is C or D. */
static void put_move(struct line *line, size_t count, char final)
{
	char text[16];

	if (count)
		put(line, text,
		    print_text(text, sizeof(text), "\033[%zu%c", count, final));
}

/* Columns for text: the last one stays free, so that nothing wraps. */
static size_t room(const struct line *line)
{
	const char *prompt = line->config->prompt;
	size_t used = columns(prompt, 0, text_len(prompt)) + 1;
	size_t cols = line->config->cols;

	return cols > used + ROOM_MIN ? cols - used : ROOM_MIN;
}

/*
 * Choose what stands at the left, so that the cursor is seen, and something of
 * what is before it. Else it comes to the middle: then keys seldom scroll.
 */
static void scroll(struct line *line)
{
	const char *text = line->text;

	if (columns(text, 0, line->len) <= room(line))
		line->left = 0;
	else if ((line->left && line->cursor <= line->left) ||
		 columns(text, line->left, line->cursor) > room(line))
		line->left = chars_back(text, line->cursor, room(line) / 2);
}

void line_show(struct line *line)
{
	size_t end;

	scroll(line);
	end = chars_on(line->text, line->left, room(line));
	put_text(line, "\r");
	put_text(line, line->config->prompt);
	put(line, line->text + line->left, end - line->left);
	put_text(line, "\033[K");
	put_move(line, columns(line->text, line->cursor, end), 'D');
}

void line_hide(struct line *line)
{
	put_text(line, "\r\033[K");
}

/* --- editing --- */

static void cursor_to(struct line *line, size_t to)
{
	size_t from = line->cursor;
	size_t left = line->left;

	line->cursor = to;
	scroll(line);
	if (line->left != left)
		line_show(line);
	else if (to < from)
		put_move(line, columns(line->text, to, from), 'D');
	else
		put_move(line, columns(line->text, from, to), 'C');
}

/* All of it or, if there is no room for it, nothing; whether there was. */
static bool insert(struct line *line, const char *text, size_t len)
{
	char *at = line->text + line->cursor;
	size_t tail = line->len - line->cursor;
	size_t left = line->left;

	if (len > LINE_LEN - line->len)
		return false;
	__builtin_memmove(at + len, at, tail + 1);
	__builtin_memcpy(at, text, len);
	line->len += len;
	line->cursor += len;
	scroll(line);
	if (tail || line->left != left)
		line_show(line);
	else
		put(line, text, len);
	return true;
}

/* Takes out a part at one end of which the cursor stands. */
static void erase(struct line *line, size_t from, size_t to)
{
	if (from == to)
		return;
	__builtin_memmove(line->text + from, line->text + to,
			  line->len - to + 1);
	line->len -= to - from;
	line->cursor = from;
	line_show(line);
}

static void replace(struct line *line, const char *text)
{
	line->len = text_len(text);
	__builtin_memcpy(line->text, text, line->len + 1);
	line->cursor = line->len;
	line->left = 0;
	line_show(line);
}

static void go_left(struct line *line, bool by_word)
{
	cursor_to(line, by_word ? word_begin(line->text, line->cursor)
				: chars_back(line->text, line->cursor, 1));
}

static void go_right(struct line *line, bool by_word)
{
	cursor_to(line, by_word ? word_end(line->text, line->cursor)
				: chars_on(line->text, line->cursor, 1));
}

static void erase_char(struct line *line)
{
	erase(line, line->cursor, chars_on(line->text, line->cursor, 1));
}

static void erase_back(struct line *line)
{
	erase(line, chars_back(line->text, line->cursor, 1), line->cursor);
}

void line_begin(struct line *line)
{
	line->history_at = 0;
	replace(line, "");
}

/* What was typed stays to be read, with a mark where there is room for it. */
static void abandon(struct line *line)
{
	cursor_to(line, line->len);
	if (columns(line->text, line->left, line->len) + 2 <= room(line))
		put_text(line, "^C");
	put_text(line, "\n");
	line_begin(line);
}

static void clear_screen(struct line *line)
{
	put_text(line, "\033[H\033[J");
	line_show(line);
}

/* --- history --- */

/* Number 0 is the line being written, from 1 on older and older ones. */
static void history_show(struct line *line, size_t number)
{
	if (number > line->history_count)
		return;
	if (line->history_at == 0)
		__builtin_memcpy(line->draft, line->text, line->len + 1);
	line->history_at = number;
	replace(line, number ? line->history[number - 1] : line->draft);
}

static void history_older(struct line *line)
{
	history_show(line, line->history_at + 1);
}

static void history_newer(struct line *line)
{
	if (line->history_at)
		history_show(line, line->history_at - 1);
}

/* Where the line stands, else the place that is to be given up for it. */
static size_t history_place(struct line *line)
{
	for (size_t idx = 0; idx < line->history_count; idx++)
		if (!__builtin_memcmp(line->history[idx], line->text,
				      line->len + 1))
			return idx;
	if (line->history_count < LINE_HISTORY)
		line->history_count++;
	return line->history_count - 1;
}

static bool blank(const char *text)
{
	while (*text == ' ')
		text++;
	return !*text;
}

static void history_add(struct line *line)
{
	size_t place;

	if (blank(line->text))
		return;
	place = history_place(line);
	__builtin_memmove(line->history + 1, line->history,
			  place * sizeof(line->history[0]));
	__builtin_memcpy(line->history[0], line->text, line->len + 1);
}

static bool enter(struct line *line)
{
	put_text(line, "\n");
	history_add(line);
	return true;
}

/* --- completion --- */

/* The words that begin as the line does up to the cursor. */
struct completion {
	size_t count;
	const char *word; /* the first of them */
	size_t common;	  /* bytes that all of them begin with */
};

static bool fits(const struct line *line, const char *word)
{
	for (size_t i = 0; i < line->cursor; i++)
		if (word[i] != line->text[i]) /* the NUL differs, too */
			return false;
	return true;
}

/* The next word that fits, from index *idx on; NULL after the last. */
static const char *next_fit(const struct line *line, unsigned *idx)
{
	const char *word;

	do {
		word = line->config->word(line->config->ctx, *idx);
		*idx += 1;
	} while (word && !fits(line, word));
	return word;
}

static size_t common_len(const char *a, const char *b)
{
	size_t len = 0;

	while (a[len] && a[len] == b[len])
		len++;
	while (len && (inside_char(a[len]) || inside_char(b[len])))
		len--; /* no half characters */
	return len;
}

static struct completion find_completion(const struct line *line)
{
	struct completion found = { .count = 0 };
	const char *word;
	unsigned idx = 0;

	while ((word = next_fit(line, &idx)) != NULL) {
		size_t common = text_len(word);

		if (!found.count++)
			found.word = word;
		else
			common = common_len(word, found.word);
		if (found.count == 1 || common < found.common)
			found.common = common;
	}
	return found;
}

/* Below the line, as many in a row as it takes; then the line again. */
static void list_words(struct line *line)
{
	size_t col = 0;
	unsigned idx = 0;
	const char *word;

	put_text(line, "\n");
	while ((word = next_fit(line, &idx)) != NULL) {
		size_t width = columns(word, 0, text_len(word));

		if (col && col + 2 + width >= line->config->cols) {
			put_text(line, "\n");
			col = 0;
		}
		put_text(line, col ? "  " : "");
		put_text(line, word);
		col += width + (col ? 2 : 0);
	}
	put_text(line, "\n");
	line_show(line);
}

static void complete(struct line *line)
{
	struct completion found = find_completion(line);
	size_t typed = line->cursor;

	if (!found.count)
		return;
	if (found.common > typed &&
	    !insert(line, found.word + typed, found.common - typed))
		return;
	if (found.count > 1) {
		if (line->last == '\t')
			list_words(line);
	} else if (line->text[line->cursor] == ' ') {
		go_right(line, false);
	} else {
		insert(line, " ", 1);
	}
}

/* --- bytes to characters and keys --- */

enum state {
	GROUND,
	ESCAPE,	  /* after ESC, and after ESC and intermediate bytes */
	SEQUENCE, /* after CSI or SS3 */
	ONE_MORE, /* of the Linux console's F1 to F5: CSI [ A */
	STRING,
};

static bool control(struct line *line, char byte)
{
	switch (byte) {
	case CTRL('A'):
		cursor_to(line, 0);
		break;
	case CTRL('B'):
		go_left(line, false);
		break;
	case CTRL('C'):
		abandon(line);
		break;
	case CTRL('D'):
		erase_char(line);
		break;
	case CTRL('E'):
		cursor_to(line, line->len);
		break;
	case CTRL('F'):
		go_right(line, false);
		break;
	case CTRL('H'):
	case DEL:
		erase_back(line);
		break;
	case '\t':
		complete(line);
		break;
	case '\n': /* the second half of CR LF is no second line */
		return line->last != '\r' && enter(line);
	case CTRL('K'):
		erase(line, line->cursor, line->len);
		break;
	case CTRL('L'):
		clear_screen(line);
		break;
	case '\r':
		return enter(line);
	case CTRL('N'):
		history_newer(line);
		break;
	case CTRL('P'):
		history_older(line);
		break;
	case CTRL('U'):
		erase(line, 0, line->cursor);
		break;
	case CTRL('W'):
		erase(line, word_begin(line->text, line->cursor), line->cursor);
		break;
	case ESC:
		line->state = ESCAPE;
		break;
	default:
		break;
	}
	return false;
}

static void key_tilde(struct line *line)
{
	switch (line->params[0]) {
	case 1:
	case 7:
		cursor_to(line, 0);
		break;
	case 3:
		erase_char(line);
		break;
	case 4:
	case 8:
		cursor_to(line, line->len);
		break;
	default:
		break;
	}
}

static void key(struct line *line, char final)
{
	/* One more than shift + 2 alt + 4 ctrl, or 0 where it was left out. */
	bool by_word = line->params[1] && (line->params[1] - 1) & 6;

	switch (final) {
	case 'A':
		history_older(line);
		break;
	case 'B':
		history_newer(line);
		break;
	case 'C':
		go_right(line, by_word);
		break;
	case 'D':
		go_left(line, by_word);
		break;
	case 'F':
		cursor_to(line, line->len);
		break;
	case 'H':
		cursor_to(line, 0);
		break;
	case '~':
		key_tilde(line);
		break;
	default:
		break;
	}
}

static void sequence_begin(struct line *line)
{
	line->state = SEQUENCE;
	line->odd = false;
	line->param_idx = 0;
	line->params[0] = line->params[1] = 0;
}

static void escape_byte(struct line *line, uint8_t byte)
{
	if (byte >= ' ' && byte <= '/')
		return;
	line->state = GROUND;
	switch (byte) {
	case '[':
	case 'O':
		sequence_begin(line);
		break;
	case ']': /* OSC */
	case 'P': /* DCS */
	case 'X': /* SOS */
	case '^': /* PM */
	case '_': /* APC */
		line->state = STRING;
		break;
	default:
		break;
	}
}

static void param_digit(struct line *line, uint8_t digit)
{
	uint8_t *param = &line->params[line->param_idx];

	if (*param >= 20)
		line->odd = true; /* none of ours is that large */
	else
		*param = (uint8_t)(*param * 10 + digit);
}

static void sequence_byte(struct line *line, uint8_t byte)
{
	if (byte >= '0' && byte <= '9') {
		param_digit(line, byte & 0xf);
	} else if (byte == ';' && line->param_idx == 0) {
		line->param_idx = 1;
	} else if (byte < '@') {
		line->odd = true;
	} else if (byte == '[' && !line->odd && !line->params[0]) {
		line->state = ONE_MORE;
	} else {
		line->state = GROUND;
		if (!line->odd)
			key(line, (char)byte);
	}
}

static void char_begin(struct line *line, uint8_t want, uint8_t low,
		       uint8_t high)
{
	line->utf8_want = want;
	line->utf8_low = low;
	line->utf8_high = high;
}

/*
 * The range of the second byte shuts out control characters, overlong forms,
 * surrogates and what lies above U+10FFFF.
 */
static void char_lead(struct line *line, uint8_t byte)
{
	line->utf8[0] = (char)byte;
	line->utf8_len = 1;
	if (byte < 0x80)
		insert(line, line->utf8, 1);
	else if (byte == 0xc2)
		char_begin(line, 1, 0xa0, 0xbf);
	else if (byte > 0xc2 && byte < 0xe0)
		char_begin(line, 1, 0x80, 0xbf);
	else if (byte >= 0xe0 && byte < 0xf0)
		char_begin(line, 2, byte == 0xe0 ? 0xa0 : 0x80,
			   byte == 0xed ? 0x9f : 0xbf);
	else if (byte >= 0xf0 && byte < 0xf5)
		char_begin(line, 3, byte == 0xf0 ? 0x90 : 0x80,
			   byte == 0xf4 ? 0x8f : 0xbf);
}

static void char_byte(struct line *line, uint8_t byte)
{
	if (!line->utf8_want || byte < line->utf8_low ||
	    byte > line->utf8_high) {
		line->utf8_want = 0;
		char_lead(line, byte);
		return;
	}
	line->utf8[line->utf8_len++] = (char)byte;
	char_begin(line, line->utf8_want - 1, 0x80, 0xbf);
	if (!line->utf8_want)
		insert(line, line->utf8, line->utf8_len);
}

static void printable(struct line *line, uint8_t byte)
{
	/* No sequence has such a byte: it is broken off, or was alt's. */
	if (byte >= 0x80 && line->state != STRING)
		line->state = GROUND;
	switch (line->state) {
	case ESCAPE:
		escape_byte(line, byte);
		break;
	case SEQUENCE:
		sequence_byte(line, byte);
		break;
	case ONE_MORE:
		line->state = GROUND;
		break;
	case STRING:
		break;
	default:
		char_byte(line, byte);
		break;
	}
}

/* Control characters break off whatever there is, so that none gets lost. */
bool line_input(struct line *line, char byte)
{
	bool done = false;

	if ((uint8_t)byte < ' ' || byte == DEL) {
		line->state = GROUND;
		line->utf8_want = 0;
		done = control(line, byte);
	} else {
		printable(line, (uint8_t)byte);
	}
	line->last = byte;
	return done;
}

void line_init(struct line *line, const struct line_config *config)
{
	__builtin_memset(line, 0, sizeof(*line));
	line->config = config;
}
