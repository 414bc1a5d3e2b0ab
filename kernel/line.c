/* SPDX-License-Identifier: MIT */
/*
 * The line editor. All changes go through two functions, insert and cut;
 * all but the commonest, a character added at the end, are shown by drawing
 * the line anew.
 */
#include "line.h"

#include "print.h"

enum { CTRL_MASK = 0x1f, DELETE = 0x7f, ESCAPE = 0x1b };

#define CTRL(letter) ((letter)&CTRL_MASK)

enum { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_CSI, ESCAPE_REST, ESCAPE_SS3 };

/* --- text --- */

static size_t text_len(const char *text)
{
	size_t len = 0;

	while (text[len] != '\0')
		len++;
	return len;
}

static void copy_text(char *to, const char *from)
{
	__builtin_memcpy(to, from, text_len(from) + 1);
}

static bool begins_with(const char *text, const char *start, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] != start[i])
			return false;
	}
	return true;
}

/* Is this byte inside a character, not at its beginning? */
static bool continues(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static size_t before(const struct line *line, size_t off)
{
	if (off > 0)
		off--;
	while (off > 0 && continues(line->text[off]))
		off--;
	return off;
}

static size_t behind(const struct line *line, size_t off)
{
	if (off < line->len)
		off++;
	while (off < line->len && continues(line->text[off]))
		off++;
	return off;
}

/* Columns that a part of the line takes. */
static unsigned columns(const struct line *line, size_t from, size_t to)
{
	unsigned count = 0;

	for (size_t i = from; i < to; i++)
		count += !continues(line->text[i]);
	return count;
}

/* --- showing --- */

static void out(const struct line *line, const char *text, size_t len)
{
	if (len > 0)
		line->config->out(line->config->ctx, text, len);
}

static void out_text(const struct line *line, const char *text)
{
	out(line, text, text_len(text));
}

/* Columns for text; the last one stays free, so that nothing wraps. */
static unsigned room(const struct line *line)
{
	unsigned prompt = (unsigned)text_len(line->config->prompt);
	unsigned cols = line->config->cols;

	return cols > prompt + 2 ? cols - prompt - 1 : 1;
}

/* Choose the part that is shown so that the cursor is in it. */
static void scroll(struct line *line)
{
	if (line->first > line->cursor)
		line->first = line->cursor;
	while (columns(line, line->first, line->cursor) > room(line))
		line->first = behind(line, line->first);
}

void line_show(struct line *line)
{
	size_t end;
	unsigned left;
	char move[16];

	scroll(line);
	end = line->cursor;
	while (end < line->len &&
	       columns(line, line->first, behind(line, end)) <= room(line))
		end = behind(line, end);
	out_text(line, "\r");
	out_text(line, line->config->prompt);
	out(line, line->text + line->first, end - line->first);
	out_text(line, "\033[K");
	left = columns(line, line->cursor, end);
	if (left > 0)
		out(line, move,
		    print_text(move, sizeof(move), "\033[%uD", left));
}

void line_hide(struct line *line)
{
	out_text(line, "\r\033[K");
}

/* --- changing --- */

static void insert(struct line *line, const char *text, size_t len)
{
	bool at_end = line->cursor == line->len;

	if (len > LINE_LEN - line->len)
		return;
	__builtin_memmove(line->text + line->cursor + len,
			  line->text + line->cursor,
			  line->len - line->cursor + 1);
	__builtin_memcpy(line->text + line->cursor, text, len);
	line->len += len;
	line->cursor += len;
	if (at_end && columns(line, line->first, line->cursor) <= room(line))
		out(line, text, len);
	else
		line_show(line);
}

/* Take out what lies between two offsets; the cursor ends up there. */
static void cut(struct line *line, size_t from, size_t to)
{
	if (from == to)
		return;
	__builtin_memmove(line->text + from, line->text + to,
			  line->len - to + 1);
	line->len -= to - from;
	line->cursor = from;
	line_show(line);
}

static void move(struct line *line, size_t to)
{
	if (to == line->cursor)
		return;
	line->cursor = to;
	line_show(line);
}

static size_t word_before(const struct line *line)
{
	size_t off = line->cursor;

	while (off > 0 && line->text[off - 1] == ' ')
		off--;
	while (off > 0 && line->text[off - 1] != ' ')
		off--;
	return off;
}

static void replace(struct line *line, const char *text)
{
	copy_text(line->text, text);
	line->len = text_len(text);
	line->cursor = line->len;
	line->first = 0;
	line_show(line);
}

/* --- history --- */

static char *remembered(struct line *line, unsigned back)
{
	return line->history[(line->history_count - back) % LINE_HISTORY];
}

static bool same_text(const char *a, const char *b)
{
	return text_len(a) == text_len(b) && begins_with(a, b, text_len(b));
}

/* Empty lines, and one that is like the last, are not worth it. */
static void remember(struct line *line)
{
	if (line->len == 0 || (line->history_count > 0 &&
			       same_text(line->text, remembered(line, 1))))
		return;
	line->history_count++;
	copy_text(remembered(line, 1), line->text);
}

static void browse(struct line *line, unsigned back)
{
	unsigned kept = line->history_count < LINE_HISTORY ? line->history_count
							   : LINE_HISTORY;

	if (back > kept)
		return;
	if (line->browsing == 0)
		copy_text(line->unfinished, line->text);
	line->browsing = back;
	replace(line, back == 0 ? line->unfinished : remembered(line, back));
}

static void older(struct line *line)
{
	browse(line, line->browsing + 1);
}

static void newer(struct line *line)
{
	if (line->browsing > 0)
		browse(line, line->browsing - 1);
}

/* --- completion --- */

/*
 * Look at the words that begin like the text before the cursor: how many there
 * are, one of them, and how many bytes all of them share.
 */
static unsigned find_words(const struct line *line, const char **one,
			   size_t *common)
{
	const char *word;
	unsigned count = 0;

	for (unsigned i = 0;
	     (word = line->config->word(line->config->ctx, i)) != NULL; i++) {
		if (!begins_with(word, line->text, line->cursor))
			continue;
		if (count++ == 0) {
			*one = word;
			*common = text_len(word);
		}
		while (!begins_with(word, *one, *common))
			(*common)--;
	}
	return count;
}

static void list_words(struct line *line)
{
	const char *word;

	out_text(line, "\n");
	for (unsigned i = 0;
	     (word = line->config->word(line->config->ctx, i)) != NULL; i++) {
		if (!begins_with(word, line->text, line->cursor))
			continue;
		out_text(line, word);
		out_text(line, "  ");
	}
	out_text(line, "\n");
	line_show(line);
}

static void complete(struct line *line)
{
	const char *one = NULL;
	size_t common = 0;
	unsigned count;

	for (size_t i = 0; i < line->cursor; i++) {
		if (line->text[i] == ' ')
			return; /* not the first word */
	}
	count = find_words(line, &one, &common);
	if (count == 0)
		return;
	if (common > line->cursor)
		insert(line, one + line->cursor, common - line->cursor);
	else if (count > 1)
		list_words(line);
	if (count == 1 && line->cursor == line->len)
		insert(line, " ", 1);
}

/* --- keys --- */

/* Move to the end first, so that what follows begins below all of it. */
static bool finish(struct line *line)
{
	move(line, line->len);
	out_text(line, "\n");
	remember(line);
	return true;
}

static void forget(struct line *line)
{
	move(line, line->len);
	if (columns(line, line->first, line->len) + 2 <= room(line))
		out_text(line, "^C");
	out_text(line, "\n");
	line_begin(line);
}

static void clear_screen(struct line *line)
{
	out_text(line, "\033[H\033[2J");
	line_show(line);
}

static void control(struct line *line, char byte)
{
	switch (byte) {
	case CTRL('A'):
		move(line, 0);
		break;
	case CTRL('B'):
		move(line, before(line, line->cursor));
		break;
	case CTRL('C'):
		forget(line);
		break;
	case CTRL('D'):
		cut(line, line->cursor, behind(line, line->cursor));
		break;
	case CTRL('E'):
		move(line, line->len);
		break;
	case CTRL('F'):
		move(line, behind(line, line->cursor));
		break;
	case CTRL('H'):
	case DELETE:
		cut(line, before(line, line->cursor), line->cursor);
		break;
	case CTRL('I'):
		complete(line);
		break;
	case CTRL('K'):
		cut(line, line->cursor, line->len);
		break;
	case CTRL('L'):
		clear_screen(line);
		break;
	case CTRL('N'):
		newer(line);
		break;
	case CTRL('P'):
		older(line);
		break;
	case CTRL('U'):
		cut(line, 0, line->cursor);
		break;
	case CTRL('W'):
		cut(line, word_before(line), line->cursor);
		break;
	default:
		break;
	}
}

/* The last byte of a sequence: what a key sent. */
static void key(struct line *line, char final)
{
	static const char keys[][2] = {
		{ 'A', CTRL('P') }, { 'B', CTRL('N') }, { 'C', CTRL('F') },
		{ 'D', CTRL('B') }, { 'H', CTRL('A') }, { 'F', CTRL('E') },
	};
	/* ESC [ n ~, by n */
	static const char numbered[] = { 0,	    CTRL('A'), 0,
					 CTRL('D'), CTRL('E'), 0,
					 0,	    CTRL('A'), CTRL('E') };

	if (final == '~' && line->param < sizeof(numbered))
		control(line, numbered[line->param]);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i][0] == final)
			control(line, keys[i][1]);
	}
}

/* A byte of an escape sequence. Only its first number is of interest. */
static void escape(struct line *line, char byte)
{
	if (line->escape == ESCAPE_BEGUN) {
		line->param = 0;
		line->escape = byte == '['   ? ESCAPE_CSI
			       : byte == 'O' ? ESCAPE_SS3
					     : ESCAPE_NONE;
		return;
	}
	if (line->escape != ESCAPE_SS3 && byte >= ' ' && byte < '@') {
		if (byte < '0' || byte > '9')
			line->escape = ESCAPE_REST;
		else if (line->escape == ESCAPE_CSI && line->param < 100)
			line->param = line->param * 10 + (unsigned)(byte - '0');
		return;
	}
	line->escape = ESCAPE_NONE;
	if (byte >= '@' && byte <= '~')
		key(line, byte);
}

/* --- characters --- */

/* Bytes of the character that begins so; 0: none does. */
static uint8_t needed(unsigned char byte)
{
	if (byte < 0x80)
		return 1;
	if (byte >= 0xc2 && byte <= 0xdf)
		return 2;
	if (byte >= 0xe0 && byte <= 0xef)
		return 3;
	return byte >= 0xf0 && byte <= 0xf4 ? 4 : 0;
}

/* The second byte shuts out what is too long, too large or a surrogate. */
static bool second_fits(unsigned char first, unsigned char second)
{
	return !(first == 0xe0 && second < 0xa0) &&
	       !(first == 0xed && second > 0x9f) &&
	       !(first == 0xf0 && second < 0x90) &&
	       !(first == 0xf4 && second > 0x8f);
}

static void character(struct line *line, char byte)
{
	if (!continues(byte)) {
		line->pending_len = 0;
		line->pending_need = needed((unsigned char)byte);
	}
	if (line->pending_len == 1 &&
	    !second_fits((unsigned char)line->pending[0], (unsigned char)byte))
		line->pending_need = 0;
	if (line->pending_len >= line->pending_need)
		return;
	line->pending[line->pending_len++] = byte;
	if (line->pending_len == line->pending_need)
		insert(line, line->pending, line->pending_len);
}

/* --- the whole --- */

void line_init(struct line *line, const struct line_config *config)
{
	__builtin_memset(line, 0, sizeof(*line));
	line->config = config;
}

void line_begin(struct line *line)
{
	line->browsing = 0;
	line->pending_need = 0;
	line->pending_len = 0;
	replace(line, "");
}

bool line_input(struct line *line, char byte)
{
	bool pair = line->after_return && byte == '\n';

	line->after_return = byte == '\r';
	if (pair)
		return false;
	if (byte == ESCAPE)
		line->escape = ESCAPE_BEGUN;
	else if (line->escape != ESCAPE_NONE)
		escape(line, byte);
	else if (byte == '\r' || byte == '\n')
		return finish(line);
	else if ((unsigned char)byte < ' ' || byte == DELETE)
		control(line, byte);
	else
		character(line, byte);
	return false;
}
