/* SPDX-License-Identifier: MIT */
/*
 * The line editor, watched on a small screen of the test's own: what is shown
 * must always be what the line holds, the cursor where it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/line.h"

enum { COLS = 40, ROWS = 8 };

#define UP     "\033[A"
#define DOWN   "\033[B"
#define RIGHT  "\033[C"
#define LEFT   "\033[D"
#define HOME   "\033[H"
#define END    "\033[F"
#define DELETE "\033[3~"

/* --- a screen of one byte a cell; continuation bytes take none --- */

struct rig {
	struct line line;
	struct line_config config;
	char cells[ROWS][COLS + 1];
	unsigned row, col;
	char sequence[16];
	size_t sequence_len;
	char done[LINE_LEN + 1]; /* the last complete line */
	unsigned lines;
};

static void screen_clear(struct rig *rig)
{
	for (unsigned row = 0; row < ROWS; row++) {
		memset(rig->cells[row], ' ', COLS);
		rig->cells[row][COLS] = '\0';
	}
}

static void screen_sequence(struct rig *rig)
{
	const char *text = rig->sequence;

	if (strcmp(text, "\033[K") == 0) {
		memset(rig->cells[rig->row] + rig->col, ' ', COLS - rig->col);
	} else if (strcmp(text, "\033[H") == 0) {
		rig->row = rig->col = 0;
	} else if (strcmp(text, "\033[2J") == 0) {
		screen_clear(rig);
	} else {
		unsigned count = (unsigned)strtoul(text + 2, NULL, 10);

		assert_int_equal(text[strlen(text) - 1], 'D');
		assert_in_range(count, 1, rig->col);
		rig->col -= count;
	}
}

static void screen_put(struct rig *rig, char byte)
{
	if (rig->sequence_len > 0 || byte == '\033') {
		rig->sequence[rig->sequence_len++] = byte;
		assert_true(rig->sequence_len < sizeof(rig->sequence));
		if (byte >= '@' && byte <= '~' && byte != '[') {
			rig->sequence[rig->sequence_len] = '\0';
			screen_sequence(rig);
			rig->sequence_len = 0;
		}
	} else if (byte == '\r') {
		rig->col = 0;
	} else if (byte == '\n') {
		rig->col = 0;
		if (rig->row + 1 < ROWS) {
			rig->row++;
			return;
		}
		memmove(rig->cells[0], rig->cells[1],
			sizeof(rig->cells[0]) * (ROWS - 1));
		memset(rig->cells[ROWS - 1], ' ', COLS);
	} else if (((unsigned char)byte & 0xc0) != 0x80) {
		/* Never the last column: nothing may be about to wrap. */
		assert_true(rig->col < COLS - 1);
		assert_true((unsigned char)byte >= ' ');
		rig->cells[rig->row][rig->col++] = byte;
	}
}

static void screen_out(void *ctx, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		screen_put(ctx, text[i]);
}

static const char *word(void *ctx, unsigned idx)
{
	static const char *const words[] = { "help", "log",	"memory",
					     "mem",  "devices", NULL };

	(void)ctx;
	return words[idx];
}

static int set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig->config = (struct line_config){ "> ", COLS, screen_out, word, rig };
	screen_clear(rig);
	line_init(&rig->line, &rig->config);
	line_begin(&rig->line);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void type_len(struct rig *rig, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!line_input(&rig->line, bytes[i]))
			continue;
		strcpy(rig->done, rig->line.text);
		rig->lines++;
		line_begin(&rig->line);
	}
}

static void type(struct rig *rig, const char *bytes)
{
	type_len(rig, bytes, strlen(bytes));
}

/* The row that the cursor is on, and the column it is in. */
static void expect(struct rig *rig, const char *shown, unsigned col)
{
	char row[COLS + 1];

	snprintf(row, sizeof(row), "%-*s", COLS, shown);
	assert_string_equal(rig->cells[rig->row], row);
	assert_int_equal(rig->col, col);
}

/* --- the keys --- */

static void text_is_typed_and_entered(void **state)
{
	struct rig *rig = *state;

	expect(rig, "> ", 2);
	type(rig, "hello");
	expect(rig, "> hello", 7);
	type(rig, "\r");
	assert_string_equal(rig->done, "hello");
	expect(rig, "> ", 2);
	type(rig, "a\nb\r\nc\r");
	assert_int_equal(rig->lines, 4);
	assert_string_equal(rig->done, "c");
}

static void the_cursor_moves(void **state)
{
	struct rig *rig = *state;

	type(rig, "abc" LEFT LEFT "x");
	expect(rig, "> axbc", 4);
	type(rig, HOME "1" END "2" LEFT RIGHT RIGHT "3");
	expect(rig, "> 1axbc23", 9);
	type(rig, "\1<\5>\2\2-\6+");
	expect(rig, "> <1axbc2-3+>", 12);
	type(rig, "\033[1~a\033[4~b\033OHc\033OFd\033[7~e\033[8~f");
	expect(rig, "> eca<1axbc2-3+>bdf", 19);
	type(rig, HOME LEFT LEFT "!\r");
	assert_string_equal(rig->done, "!eca<1axbc2-3+>bdf");
}

static void text_is_deleted(void **state)
{
	struct rig *rig = *state;

	type(rig, "abcd\b\177");
	expect(rig, "> ab", 4);
	type(rig, HOME "\b" DELETE);
	expect(rig, "> b", 2);
	type(rig, "\4\4" DELETE);
	expect(rig, "> ", 2);
	type(rig, "one two  three  \27");
	expect(rig, "> one two  ", 11);
	type(rig, "\27\27");
	expect(rig, "> ", 2);
	type(rig, "one two" LEFT LEFT LEFT "\13");
	expect(rig, "> one ", 6);
	type(rig, "x" LEFT "\25");
	expect(rig, "> x", 2);
}

static void unknown_keys_do_nothing(void **state)
{
	struct rig *rig = *state;

	type(rig, "ab" LEFT);
	type(rig, "\033[5~\033[1;5P\033[15~\033[99999999999~\033x\033[Z");
	type_len(rig, "\0\7\16\21\30\032", 6); /* ^N: there is nothing newer */
	expect(rig, "> ab", 3);
	type(rig, "\033[3;5~"); /* Delete, with Ctrl held */
	expect(rig, "> a", 3);
}

static void the_line_is_forgotten_or_shown_again(void **state)
{
	struct rig *rig = *state;

	type(rig, "secret" LEFT "\3");
	assert_string_equal(rig->cells[rig->row - 1],
			    "> secret^C                              ");
	expect(rig, "> ", 2);
	type(rig, "ab" LEFT "\14");
	assert_int_equal(rig->row, 0);
	expect(rig, "> ab", 3);
	line_hide(&rig->line);
	expect(rig, "", 0);
	line_show(&rig->line);
	expect(rig, "> ab", 3);
	type(rig, "\r");
	assert_int_equal(rig->lines, 1);
	assert_string_equal(rig->done, "ab");
}

static void older_lines_come_back(void **state)
{
	struct rig *rig = *state;

	type(rig, UP);
	expect(rig, "> ", 2);
	type(rig, "first\rsecond\rsecond\r\r");
	type(rig, "unfin" LEFT UP);
	expect(rig, "> second", 8);
	type(rig, UP UP UP);
	expect(rig, "> first", 7);
	type(rig, "!" DOWN);
	expect(rig, "> second", 8);
	type(rig, DOWN DOWN);
	expect(rig, "> unfin", 7);
	type(rig, UP UP "?\r"); /* what was changed while browsing is lost */
	assert_string_equal(rig->done, "first?");
	type(rig, "\20\20\20\r");
	assert_string_equal(rig->done, "first");
}

static void the_history_has_an_end(void **state)
{
	struct rig *rig = *state;
	char text[32];

	for (int i = 0; i < 3 * LINE_HISTORY; i++) {
		snprintf(text, sizeof(text), "line %d\r", i);
		type(rig, text);
	}
	for (int i = 0; i < 2 * LINE_HISTORY; i++)
		type(rig, UP);
	snprintf(text, sizeof(text), "> line %d", 2 * LINE_HISTORY);
	expect(rig, text, (unsigned)strlen(text));
	for (int i = 0; i < 2 * LINE_HISTORY; i++)
		type(rig, DOWN);
	expect(rig, "> ", 2);
}

static void words_are_completed(void **state)
{
	struct rig *rig = *state;

	type(rig, "h\t");
	expect(rig, "> help ", 7);
	type(rig, "\t"); /* only the first word */
	expect(rig, "> help ", 7);
	type(rig, "\25me\t");
	expect(rig, "> mem", 5);
	type(rig, "\t");
	assert_string_equal(rig->cells[rig->row - 1],
			    "memory  mem                             ");
	expect(rig, "> mem", 5);
	type(rig, "o\t");
	expect(rig, "> memory ", 9);
	type(rig, "\25x\t\t");
	expect(rig, "> x", 3);
	type(rig, "\25log" LEFT LEFT "\t\r");
	assert_string_equal(rig->done, "logog");
	type(rig, "\t");
	assert_string_equal(rig->cells[rig->row - 1],
			    "help  log  memory  mem  devices         ");
}

static void wide_lines_show_the_part_around_the_cursor(void **state)
{
	struct rig *rig = *state;

	type(rig, "abcdefghijklmnopqrstuvwxyz0123456789A");
	expect(rig, "> abcdefghijklmnopqrstuvwxyz0123456789A", 39);
	type(rig, "B");
	expect(rig, "> bcdefghijklmnopqrstuvwxyz0123456789AB", 39);
	type(rig, HOME);
	expect(rig, "> abcdefghijklmnopqrstuvwxyz0123456789A", 2);
	type(rig, END "\b\b\b" HOME "x\r");
	assert_string_equal(rig->done, "xabcdefghijklmnopqrstuvwxyz012345678");
}

static void a_full_line_takes_no_more(void **state)
{
	struct rig *rig = *state;

	for (int i = 0; i < LINE_LEN + 10; i++)
		type(rig, "a");
	type(rig, HOME "b\303\244" DELETE "\303\244"
		       "b\r");
	assert_int_equal(strlen(rig->done), LINE_LEN);
	assert_int_equal(rig->done[0], 'b'); /* no room for two bytes */
	assert_int_equal(rig->done[1], 'a');
}

static void characters_are_utf8(void **state)
{
	struct rig *rig = *state;

	type(rig, "a\303\244\342\202\254z");
	assert_int_equal(rig->col, 6);
	type(rig, LEFT LEFT LEFT "\177" DELETE "\r");
	assert_string_equal(rig->done, "\342\202\254z");
	/* Broken ones: cut short, alone, too long, a surrogate, too large. */
	type(rig, "1\303"
		  "2\244"
		  "3\300\200"
		  "4\340\200\200"
		  "5\355\240\200"
		  "6\364\220\200\200"
		  "7\377\r");
	assert_string_equal(rig->done, "1234567");
}

/* --- anything at all --- */

/* The simplest editor there is, to compare with. */
struct model {
	char text[LINE_LEN + 1];
	size_t len, cursor;
};

static void model_cut(struct model *model, size_t from, size_t to)
{
	memmove(model->text + from, model->text + to, model->len - to + 1);
	model->len -= to - from;
	model->cursor = from;
}

static void model_add(struct model *model, char byte)
{
	if (model->len == LINE_LEN)
		return;
	memmove(model->text + model->cursor + 1, model->text + model->cursor,
		model->len - model->cursor + 1);
	model->text[model->cursor++] = byte;
	model->len++;
}

static void step(struct rig *rig, struct model *model, uint32_t dice)
{
	char byte[2] = { (char)('a' + dice / 16 % 26), '\0' };

	switch (dice % 12) {
	case 0:
		type(rig, LEFT);
		model->cursor -= model->cursor > 0;
		break;
	case 1:
		type(rig, RIGHT);
		model->cursor += model->cursor < model->len;
		break;
	case 2:
		type(rig, dice % 64 ? "\b" : "\13");
		if (dice % 64 == 0)
			model_cut(model, model->cursor, model->len);
		else if (model->cursor > 0)
			model_cut(model, model->cursor - 1, model->cursor);
		break;
	case 3:
		type(rig, DELETE);
		if (model->cursor < model->len)
			model_cut(model, model->cursor, model->cursor + 1);
		break;
	case 4:
		type(rig, dice % 5 ? "\2" : "\1");
		model->cursor = dice % 5	    ? model->cursor
				: model->cursor > 0 ? 1
						    : 0;
		model->cursor -= model->cursor > 0;
		break;
	default:
		type(rig, byte);
		model_add(model, byte[0]);
	}
}

static void random_keys_do_what_the_model_does(void **state)
{
	struct rig *rig = *state;
	struct model model = { .len = 0 };
	uint32_t seed = 11;

	for (unsigned i = 0; i < 60000; i++) {
		const char *shown;
		size_t count;

		seed = seed * 1664525u + 1013904223u;
		step(rig, &model, seed >> 8);
		assert_string_equal(rig->line.text, model.text);
		/* The text left of the screen's cursor ends at the line's. */
		assert_memory_equal(rig->cells[rig->row], "> ", 2);
		count = rig->col - 2;
		assert_true(count <= model.cursor);
		shown = rig->cells[rig->row] + 2;
		assert_memory_equal(shown, model.text + model.cursor - count,
				    count);
		/* And so on to the right. */
		for (size_t k = rig->col; k < COLS - 1; k++) {
			size_t off = model.cursor + k - rig->col;

			assert_int_equal(rig->cells[rig->row][k],
					 off < model.len ? model.text[off]
							 : ' ');
		}
	}
}

static void random_bytes_are_harmless(void **state)
{
	struct rig *rig = *state;
	uint32_t seed = 5;

	for (unsigned i = 0; i < 200000; i++) {
		char byte;

		seed = seed * 1664525u + 1013904223u;
		byte = (char)(seed >> 16);
		type_len(rig, &byte, 1);
	}
	type(rig, "\030\030\3fine\r");
	assert_string_equal(rig->done, "fine");
	assert_true(rig->lines > 500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(text_is_typed_and_entered),
		TEST(the_cursor_moves),
		TEST(text_is_deleted),
		TEST(unknown_keys_do_nothing),
		TEST(the_line_is_forgotten_or_shown_again),
		TEST(older_lines_come_back),
		TEST(the_history_has_an_end),
		TEST(words_are_completed),
		TEST(wide_lines_show_the_part_around_the_cursor),
		TEST(a_full_line_takes_no_more),
		TEST(characters_are_utf8),
		TEST(random_keys_do_what_the_model_does),
		TEST(random_bytes_are_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
