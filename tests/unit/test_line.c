/* SPDX-License-Identifier: MIT */
/* line.c: each key by what it leaves on the screen and in the line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "line_rig.h"

#define UP    "\033[A"
#define DOWN  "\033[B"
#define RIGHT "\033[C"
#define LEFT  "\033[D"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* One for all tests; each begins by initialising it. */
static struct line_rig rig;

static void start(void)
{
	line_rig_init(&rig, "> ", 40, 40);
}

static void keys(const char *text)
{
	line_rig_keys(&rig, text);
}

static void row_is(uint16_t row, const char *want)
{
	char text[LINE_RIG_TEXT];

	line_rig_row(&rig, row, text);
	assert_string_equal(text, want);
}

static void cursor_is(uint16_t row, uint16_t col)
{
	uint16_t at_col;
	uint16_t at_row;

	lev_term_cursor_get(&rig.term, &at_col, &at_row);
	assert_int_equal(at_row, row);
	assert_int_equal(at_col, col);
}

static void text_is(const char *want)
{
	assert_string_equal(rig.line.text, want);
	assert_int_equal(rig.line.len, strlen(want));
}

/* --- one row: what is typed, what is then there, where the cursor stands ---
 */

struct typed {
	const char *keys;
	const char *text;
	uint16_t col; /* behind the prompt */
};

static const struct typed editing[] = {
	/* inserting */
	{ "", "", 0 },
	{ "abc", "abc", 3 },
	{ "ac" LEFT "b", "abc", 2 },
	{ "bc\001a", "abc", 1 },
	/* moving, by each of the keys */
	{ "abc" LEFT LEFT, "abc", 1 },
	{ "abc" LEFT LEFT RIGHT, "abc", 2 },
	{ "abc\033OD\033OD\033OC", "abc", 2 },
	{ "abc\002\002\006", "abc", 2 },
	{ "abc" RIGHT, "abc", 3 },
	{ "a" LEFT LEFT LEFT, "a", 0 },
	{ "abc\001", "abc", 0 },
	{ "abc\033[H", "abc", 0 },
	{ "abc\033OH", "abc", 0 },
	{ "abc\033[1~", "abc", 0 },
	{ "abc\033[7~", "abc", 0 },
	{ "abc\033[1;2H", "abc", 0 },
	{ "abc\001\005", "abc", 3 },
	{ "abc\001\033[F", "abc", 3 },
	{ "abc\001\033OF", "abc", 3 },
	{ "abc\001\033[4~", "abc", 3 },
	{ "abc\001\033[8~", "abc", 3 },
	{ "abc\001\033[1;2C", "abc", 1 },
	/* by words */
	{ "ab  cd\033[1;5D", "ab  cd", 4 },
	{ "ab  cd\033[1;5D\033[1;3D", "ab  cd", 0 },
	{ "ab  cd\033[1;5D\033[1;5D\033[1;5D", "ab  cd", 0 },
	{ "ab  cd\001\033[1;5C", "ab  cd", 2 },
	{ "ab  cd\001\033[1;5C\033[1;7C", "ab  cd", 6 },
	{ "ab  cd\001\033[1;5C\033[1;5C\033[1;5C", "ab  cd", 6 },
	/* erasing */
	{ "abc\177", "ab", 2 },
	{ "abc\010", "ab", 2 },
	{ "abc" LEFT "\177", "ac", 1 },
	{ "abc\001\177", "abc", 0 },
	{ "abc\001\033[3~", "bc", 0 },
	{ "abc" LEFT "\004", "ab", 2 },
	{ "abc\004", "abc", 3 },
	{ "abc\033[3~", "abc", 3 },
	{ "\004\177\033[3~\013\025\027", "", 0 },
	{ "abcd" LEFT LEFT "\013", "ab", 2 },
	{ "abcd\013", "abcd", 4 },
	{ "abcd" LEFT LEFT "\025", "cd", 0 },
	{ "abcd\001\025", "abcd", 0 },
	{ "ab cd\027", "ab ", 3 },
	{ "ab cd  \027", "ab ", 3 },
	{ "ab cd\027\027", "", 0 },
	{ "ab cd" LEFT "\027", "ab d", 3 },
	{ "  \027", "", 0 },
	{ "ab\003cd", "cd", 2 },
};

/* UTF-8: a column and a step for each character. */
static const struct typed wide[] = {
	{ "\303\251", "\303\251", 1 },
	{ "a\342\202\254b\360\237\230\200", "a\342\202\254b\360\237\230\200",
	  4 },
	{ "a\342\202\254b" LEFT LEFT "x", "ax\342\202\254b", 2 },
	{ "a\342\202\254b" LEFT "\177", "ab", 1 },
	{ "a\342\202\254b\001" RIGHT "\004", "ab", 1 },
	{ "\342\202\254 \303\251\033[1;5D", "\342\202\254 \303\251", 2 },
	{ "\342\202\254 \303\251\027", "\342\202\254 ", 2 },
	{ "\302\240\337\277\340\240\200\355\237\277\356\200\200\357\277\275",
	  "\302\240\337\277\340\240\200\355\237\277\356\200\200\357\277\275",
	  6 },
	{ "\360\220\200\200\364\217\277\277",
	  "\360\220\200\200\364\217\277\277", 2 },
	/* malformed: ignored, and what follows is not */
	{ "a\200b", "ab", 2 },
	{ "a\377b\376c\300d\301e\365f", "abcdef", 6 },
	{ "a\303b", "ab", 2 },
	{ "a\342\202b", "ab", 2 },
	{ "a\342\202\303\251", "a\303\251", 2 },
	{ "a\360\237\230b", "ab", 2 },
	{ "a\300\257b", "ab", 2 },
	{ "a\340\200\257b\340\237\277c", "abc", 3 },
	{ "a\355\240\200b", "ab", 2 },
	{ "a\360\200\200\200b\360\217\277\277c", "abc", 3 },
	{ "a\364\220\200\200b", "ab", 2 },
	{ "a\302\200b\302\233c\302\237d", "abcd", 4 }, /* C1 controls */
	{ "a\303\177", "", 0 }, /* a control character ends it and acts */
	{ "a\303\001\251b", "ba", 1 },
	{ "a\303\033[D\251b", "ba", 1 },
};

/* Nothing of what is not known gets into the line. */
static const struct typed unknown[] = {
	{ "a\007\016\017\020\022"
	  "b",
	  "ab", 2 },
	{ "a\021\023\024\026\030\031\032\034\035\036\037b", "ab", 2 },
	{ "a\033[2~b\033[5~c\033[6~d", "abcd", 4 },
	{ "a\033OPb\033[15~c\033[24;5~d", "abcd", 4 },
	{ "a\033[Zb\033[200~c\033[201~d", "abcd", 4 },
	{ "a\033[?1;2cb\033[>0;276;0cc\033[12;40Rd", "abcd", 4 },
	{ "a\033[0 qb\033[!pc\033[1;2;3;4Cd", "abcd", 4 },
	{ "a\033[1:2Cb\033[<0;1;2Mc", "abc", 3 },
	{ "a\033[99999999999999999999Cb", "ab", 2 },
	{ "a\033[256~b\033[257~c\033[259~d\033[513~e", "abcde", 5 },
	{ "a\033[1;258Db", "ab", 2 },
	{ "a\033[[Ab\033[[Ec", "abc", 3 },
	{ "a\033fb\033(Bc\033#8d\033%Ge", "abcde", 5 },
	{ "a\033\033[Db", "ba", 1 },
	{ "a\033[\033[Db", "ba", 1 },
	{ "a\033]11;rgb:0/0/0\033\\b", "ab", 2 },
	{ "a\033]0;title \303\251\007b", "ab", 2 },
	{ "a\033P1$r0m\033\\b\033_x\033\\c\033^x\033\\d\033Xx\033\\e", "abcde",
	  5 },
	/* an end that never comes: the next control character is it */
	{ "a\033]xyz\001b", "ba", 1 },
	{ "a\033[12\001b", "ba", 1 },
	{ "a\033[12\177b", "b", 1 },
	{ "a\033\177b", "b", 1 },
	{ "a\033[1\303\251b", "a\303\251b", 3 },
};

static void check_rows(const struct typed *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char want[LINE_RIG_TEXT];
		size_t end;
		bool abandoned = strchr(rows[i].keys, '\003');

		start();
		keys(rows[i].keys);
		snprintf(want, sizeof(want), "> %s", rows[i].text);
		for (end = strlen(want); want[end - 1] == ' '; end--)
			want[end - 1] = '\0';
		text_is(rows[i].text);
		row_is(abandoned, want);
		cursor_is(abandoned, 2 + rows[i].col);
		row_is(7, "");
	}
}

static void keys_edit(void **state)
{
	(void)state;
	check_rows(editing, COUNT(editing));
}

static void characters_are_utf8(void **state)
{
	(void)state;
	check_rows(wide, COUNT(wide));
}

static void what_is_unknown_is_swallowed(void **state)
{
	(void)state;
	check_rows(unknown, COUNT(unknown));
}

static void a_nul_is_ignored(void **state)
{
	(void)state;
	start();
	line_rig_type(&rig, "a\0b", 3);
	text_is("ab");
}

/* --- lines --- */

static void enter_ends_the_line(void **state)
{
	(void)state;
	start();
	keys("one" LEFT LEFT "\r");
	assert_int_equal(rig.done, 1);
	assert_string_equal(rig.entered, "one");
	row_is(0, "> one");
	row_is(1, ">");
	cursor_is(1, 2);
	keys("two\n\n");
	assert_int_equal(rig.done, 3);
	assert_string_equal(rig.entered, "");
	row_is(2, ">");
	cursor_is(3, 2);
	keys("three\033\r"); /* a lone escape does not swallow it */
	assert_int_equal(rig.done, 4);
	assert_string_equal(rig.entered, "three");
}

static void cr_lf_is_one_line_end(void **state)
{
	(void)state;
	start();
	keys("one\r\ntwo\r\n\r\n\r\r\n\n");
	assert_int_equal(rig.done, 6);
}

static void an_abandoned_line_is_not_kept(void **state)
{
	(void)state;
	start();
	keys("one\rtwo" LEFT "\003");
	assert_int_equal(rig.done, 1);
	row_is(1, "> two^C");
	row_is(2, ">");
	cursor_is(2, 2);
	keys(UP);
	text_is("one");
}

static void the_screen_is_cleared_around_the_line(void **state)
{
	(void)state;
	start();
	keys("one\rtwo\rthree" LEFT LEFT "\f");
	row_is(0, "> three");
	for (uint16_t row = 1; row < LINE_RIG_ROWS; row++)
		row_is(row, "");
	cursor_is(0, 5);
	text_is("three");
}

static void a_line_is_shown_again(void **state)
{
	(void)state;
	start();
	keys("three" LEFT LEFT);
	line_hide(&rig.line);
	row_is(0, "");
	lev_term_write(&rig.term, "message\r\n", 9);
	line_show(&rig.line);
	row_is(0, "message");
	row_is(1, "> three");
	cursor_is(1, 5);
}

static void a_line_has_its_bound(void **state)
{
	char full[LINE_LEN + 1];

	(void)state;
	memset(full, 'x', LINE_LEN);
	full[LINE_LEN] = '\0';
	start();
	keys(full);
	text_is(full);
	keys("y\001y");
	text_is(full);
	keys("\004\303\251"); /* two bytes do not fit where one does */
	text_is(full + 1);
	keys("\004\303\251\r");
	full[0] = '\303';
	full[1] = '\251';
	assert_string_equal(rig.entered, full);
	keys(UP);
	text_is(full);
}

/* 40 columns, 2 for the prompt, the last one free: 37 remain. */
static void a_long_line_scrolls_in_its_row(void **state)
{
	(void)state;
	start();
	keys("0123456789abcdefghijklmnopqrstuvwxyzA");
	row_is(0, "> 0123456789abcdefghijklmnopqrstuvwxyzA");
	cursor_is(0, 39);
	keys("B"); /* the cursor comes to the middle, 18 before it */
	row_is(0, "> klmnopqrstuvwxyzAB");
	cursor_is(0, 20);
	keys("CDEFGHIJKLMNOPQRSTU");
	row_is(0, "> klmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTU");
	cursor_is(0, 39);
	keys("\001");
	row_is(0, "> 0123456789abcdefghijklmnopqrstuvwxyzA");
	cursor_is(0, 2);
	keys("\005");
	row_is(0, "> DEFGHIJKLMNOPQRSTU");
	cursor_is(0, 20);
	keys("\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b"); /* 17 of 18 */
	row_is(0, "> D");
	keys("\b"); /* never a row without what is left of it */
	row_is(0, "> lmnopqrstuvwxyzABC");
	cursor_is(0, 20);
	keys("\b\b");
	row_is(0, "> 0123456789abcdefghijklmnopqrstuvwxyzA");
	cursor_is(0, 39);
	keys("\025short");
	row_is(0, "> short");
	row_is(1, "");
}

/* Moves of one, two and three digits. */
static void a_wide_screen_shows_it_all(void **state)
{
	char full[LINE_LEN + 1];

	(void)state;
	memset(full, 'x', LINE_LEN);
	full[LINE_LEN] = '\0';
	line_rig_init(&rig, "", LINE_RIG_COLS, LINE_RIG_COLS);
	keys(full);
	cursor_is(0, 255);
	keys("\001");
	cursor_is(0, 0);
	keys("\005\b\001");
	cursor_is(0, 0);
	keys("\005");
	cursor_is(0, 254);
	keys("\001y");
	cursor_is(0, 1);
	row_is(1, "");
}

static void any_prompt_will_do(void **state)
{
	(void)state;
	line_rig_init(&rig, "", 40, 40);
	keys("a");
	row_is(0, "a");
	line_rig_init(&rig, "\316\273 ", 40, 40); /* columns, not bytes */
	keys("0123456789abcdefghijklmnopqrstuvwxyzA");
	row_is(0, "\316\273 0123456789abcdefghijklmnopqrstuvwxyzA");
	/* a screen too narrow for it may look bad, but the line is right */
	line_rig_init(&rig, "a prompt of many columns> ", 0, 10);
	keys("0123456789abcdefghijklmnopqrstuvwxyz" LEFT "\r");
	assert_string_equal(rig.entered,
			    "0123456789abcdefghijklmnopqrstuvwxyz");
}

/* --- history --- */

static void older_lines_come_back(void **state)
{
	(void)state;
	start();
	keys("one\rtwo\rthree\r" UP);
	text_is("three");
	row_is(3, "> three");
	cursor_is(3, 7);
	keys("\020\033OA");
	text_is("one");
	row_is(3, "> one");
	cursor_is(3, 5);
	keys(UP);
	text_is("one");
	keys(DOWN "\016");
	text_is("three");
	keys("\033OB");
	text_is("");
	row_is(3, ">");
	keys(DOWN);
	text_is("");
	keys(UP UP "\r");
	assert_string_equal(rig.entered, "two");
}

static void the_line_being_written_is_kept(void **state)
{
	(void)state;
	start();
	keys("one\rtwo\rdraft" LEFT UP UP);
	text_is("one");
	keys("x"); /* the history keeps what it has */
	text_is("onex");
	keys(DOWN);
	text_is("two");
	keys(DOWN);
	text_is("draft");
	cursor_is(2, 7);
	keys(UP UP);
	text_is("one");
}

static void no_line_is_kept_twice_nor_blank(void **state)
{
	(void)state;
	start();
	keys("one\rtwo\rtwo\r\r   \rone\rone two\r" UP UP UP UP UP);
	text_is("two");
	keys(DOWN);
	text_is("one");
	keys(DOWN);
	text_is("one two");
	keys(DOWN);
	text_is("");
}

static void the_oldest_lines_are_forgotten(void **state)
{
	char text[32];

	(void)state;
	start();
	for (unsigned i = 1; i <= LINE_HISTORY + 5; i++) {
		snprintf(text, sizeof(text), "line %u\r", i);
		keys(text);
	}
	for (unsigned i = LINE_HISTORY + 5; i > 5; i--) {
		snprintf(text, sizeof(text), "line %u", i);
		keys(UP);
		text_is(text);
	}
	keys(UP);
	text_is("line 6");
}

/* --- completion --- */

static const char *const words[] = { "gpu",  "help",	     "echo", "panic",
				     "mem",  "poweroff",     "log",  "clear",
				     "mega", "test-pattern", NULL };

static void begin_completion(const char *const *list)
{
	start();
	rig.words = list;
}

static void one_word_is_completed(void **state)
{
	(void)state;
	begin_completion(words);
	keys("ec\t");
	text_is("echo ");
	row_is(0, "> echo");
	cursor_is(0, 7);
	keys("\025help\t");
	text_is("help ");
	keys("\t\t"); /* the first word alone */
	text_is("help ");
	keys("\025zz\t\t");
	text_is("zz");
	row_is(1, "");
	keys("\025clearer\t");
	text_is("clearer");
	keys("\025gpuX\002\t");
	text_is("gpu X");
	cursor_is(0, 6);
}

static void a_space_that_is_there_is_used(void **state)
{
	(void)state;
	begin_completion(words);
	keys("ec x" LEFT LEFT "\t");
	text_is("echo x");
	cursor_is(0, 7);
}

static void several_words_are_completed_and_listed(void **state)
{
	(void)state;
	begin_completion(words);
	keys("m\t");
	text_is("me");
	row_is(1, "");
	keys("\t");
	row_is(0, "> me");
	row_is(1, "mem  mega");
	row_is(2, "> me");
	cursor_is(2, 4);
	keys("g\t");
	text_is("mega ");
	keys("\025p\t");
	text_is("p");
	row_is(3, "");
	keys("a\177\t"); /* not the second in a row */
	row_is(3, "");
	keys("\t");
	row_is(3, "panic  poweroff");
	row_is(4, "> p");
}

static void a_long_list_takes_several_rows(void **state)
{
	(void)state;
	begin_completion(words);
	keys("x" LEFT "\t\t");
	row_is(1, "gpu  help  echo  panic  mem  poweroff");
	row_is(2, "log  clear  mega  test-pattern");
	row_is(3, "> x");
	cursor_is(3, 2);
}

/* The last column stays free. */
static void a_list_keeps_to_the_screen(void **state)
{
	static const char *const just[] = { "xxxxxxxxxxxxxxxxxx1",
					    "xxxxxxxxxxxxxxxxx2", NULL };
	static const char *const over[] = { "xxxxxxxxxxxxxxxxxx1",
					    "xxxxxxxxxxxxxxxxxx2", NULL };

	(void)state;
	begin_completion(just);
	keys("\t\t");
	row_is(1, "xxxxxxxxxxxxxxxxxx1  xxxxxxxxxxxxxxxxx2");
	begin_completion(over);
	keys("\t\t");
	row_is(1, "xxxxxxxxxxxxxxxxxx1");
	row_is(2, "xxxxxxxxxxxxxxxxxx2");
	row_is(3, "> xxxxxxxxxxxxxxxxxx");
}

static void words_are_not_cut_within_a_character(void **state)
{
	static const char *const greek[] = { "a\316\261x", "a\316\262y", NULL };

	(void)state;
	begin_completion(greek);
	keys("\t");
	text_is("a");
	keys("\316\262\t");
	text_is("a\316\262y ");
}

static void a_word_that_does_not_fit_is_left_out(void **state)
{
	char most[LINE_LEN + 1];

	(void)state;
	begin_completion(words);
	memset(most, 'x', LINE_LEN - 11);
	most[LINE_LEN - 11] = '\0';
	keys(most);
	keys("\001te\t"); /* there are 9 bytes, and 10 to be added */
	assert_int_equal(rig.line.len, LINE_LEN - 9);
	assert_memory_equal(rig.line.text, "tex", 3);
	keys("\004\t"); /* now the word fits, its space does not */
	assert_int_equal(rig.line.len, LINE_LEN);
	assert_memory_equal(rig.line.text, "test-patternx", 13);
}

static void without_words_nothing_happens(void **state)
{
	(void)state;
	begin_completion(NULL);
	keys("a\t\t");
	text_is("a");
	row_is(1, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_edit),
		cmocka_unit_test(characters_are_utf8),
		cmocka_unit_test(what_is_unknown_is_swallowed),
		cmocka_unit_test(a_nul_is_ignored),
		cmocka_unit_test(enter_ends_the_line),
		cmocka_unit_test(cr_lf_is_one_line_end),
		cmocka_unit_test(an_abandoned_line_is_not_kept),
		cmocka_unit_test(the_screen_is_cleared_around_the_line),
		cmocka_unit_test(a_line_is_shown_again),
		cmocka_unit_test(a_line_has_its_bound),
		cmocka_unit_test(a_long_line_scrolls_in_its_row),
		cmocka_unit_test(a_wide_screen_shows_it_all),
		cmocka_unit_test(any_prompt_will_do),
		cmocka_unit_test(older_lines_come_back),
		cmocka_unit_test(the_line_being_written_is_kept),
		cmocka_unit_test(no_line_is_kept_twice_nor_blank),
		cmocka_unit_test(the_oldest_lines_are_forgotten),
		cmocka_unit_test(one_word_is_completed),
		cmocka_unit_test(a_space_that_is_there_is_used),
		cmocka_unit_test(several_words_are_completed_and_listed),
		cmocka_unit_test(a_long_list_takes_several_rows),
		cmocka_unit_test(a_list_keeps_to_the_screen),
		cmocka_unit_test(words_are_not_cut_within_a_character),
		cmocka_unit_test(a_word_that_does_not_fit_is_left_out),
		cmocka_unit_test(without_words_nothing_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
