/* SPDX-License-Identifier: MIT */
/*
 * line.c under random keys, against a model that keeps characters instead of
 * bytes and every line ever entered instead of a history; and under random
 * bytes, where it must stay sound and come back to its senses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "line_rig.h"

enum {
	RUNS = 60,
	COLS = 100,   /* of the widest screen */
	KEYS = 2000,  /* of each run */
	BYTES = 4000, /* likewise */
	BYTES_MAX = LINE_LEN,
};

static struct line_rig rig;

static uint32_t random_state = 1;

/* Below count; the same numbers each time the test runs. */
static uint32_t pick(uint32_t count)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return (random_state >> 8) % count;
}

/* --- the model --- */

/* A character is its bytes; that is all the model needs to know of it. */
typedef const char *letter;

struct phrase {
	letter letters[BYTES_MAX];
	size_t count;
};

static struct model {
	struct phrase now, draft;
	size_t cursor;
	size_t browsing; /* 0: the draft */
	struct phrase entered[KEYS];
	size_t entered_count;
} model;

static size_t phrase_bytes(const struct phrase *phrase)
{
	size_t len = 0;

	for (size_t i = 0; i < phrase->count; i++)
		len += strlen(phrase->letters[i]);
	return len;
}

static bool phrase_same(const struct phrase *a, const struct phrase *b)
{
	return a->count == b->count &&
	       !memcmp(a->letters, b->letters, a->count * sizeof(letter));
}

static bool is_space(size_t idx)
{
	return *model.now.letters[idx] == ' ';
}

static bool model_blank(void)
{
	for (size_t i = 0; i < model.now.count; i++)
		if (!is_space(i))
			return false;
	return true;
}

static void model_insert(letter what)
{
	struct phrase *now = &model.now;

	if (phrase_bytes(now) + strlen(what) > BYTES_MAX)
		return;
	for (size_t i = now->count++; i > model.cursor; i--)
		now->letters[i] = now->letters[i - 1];
	now->letters[model.cursor++] = what;
}

/* The letter at this place, if there is one. */
static void model_delete(size_t idx)
{
	if (idx >= model.now.count)
		return;
	for (size_t i = idx + 1; i < model.now.count; i++)
		model.now.letters[i - 1] = model.now.letters[i];
	model.now.count--;
	if (model.cursor > idx)
		model.cursor--;
}

static void model_word_left(void)
{
	while (model.cursor && is_space(model.cursor - 1))
		model.cursor--;
	while (model.cursor && !is_space(model.cursor - 1))
		model.cursor--;
}

static void model_word_right(void)
{
	while (model.cursor < model.now.count && is_space(model.cursor))
		model.cursor++;
	while (model.cursor < model.now.count && !is_space(model.cursor))
		model.cursor++;
}

/* The nth newest of the lines entered, each counted where it came last. */
static const struct phrase *model_older(size_t n)
{
	const struct phrase *found[LINE_HISTORY];
	size_t count = 0;

	for (size_t i = model.entered_count; i-- && count < LINE_HISTORY;) {
		bool seen = false;

		for (size_t k = 0; k < count; k++)
			seen = seen || phrase_same(found[k], &model.entered[i]);
		if (seen)
			continue;
		found[count++] = &model.entered[i];
		if (count == n)
			return found[count - 1];
	}
	return NULL;
}

static void model_browse(size_t n)
{
	const struct phrase *older = n ? model_older(n) : &model.draft;

	if (!older)
		return;
	if (!model.browsing)
		model.draft = model.now;
	if (older == &model.draft && !model.browsing)
		return;
	model.browsing = n;
	model.now = *older;
	model.cursor = model.now.count;
}

static void model_begin(void)
{
	model.now.count = 0;
	model.cursor = 0;
	model.browsing = 0;
}

static void model_enter(void)
{
	if (!model_blank())
		model.entered[model.entered_count++] = model.now;
	model_begin();
}

/* --- keys --- */

static void on_left(void)
{
	model.cursor -= model.cursor ? 1 : 0;
}

static void on_right(void)
{
	model.cursor += model.cursor < model.now.count ? 1 : 0;
}

static void on_home(void)
{
	model.cursor = 0;
}

static void on_end(void)
{
	model.cursor = model.now.count;
}

static void on_backspace(void)
{
	if (model.cursor)
		model_delete(model.cursor - 1);
}

static void on_delete(void)
{
	model_delete(model.cursor);
}

static void on_kill_end(void)
{
	model.now.count = model.cursor;
}

static void on_kill_begin(void)
{
	while (model.cursor)
		model_delete(0);
}

static void on_kill_word(void)
{
	size_t end = model.cursor;

	model_word_left();
	for (size_t count = end - model.cursor; count; count--)
		model_delete(model.cursor);
}

static void on_up(void)
{
	model_browse(model.browsing + 1);
}

static void on_down(void)
{
	if (model.browsing)
		model_browse(model.browsing - 1);
}

static void on_nothing(void)
{
}

static const struct key {
	const char *bytes;
	void (*on)(void);
	unsigned weight;
} keys[] = {
	{ "\033[D", on_left, 30 },
	{ "\002", on_left, 30 },
	{ "\033[C", on_right, 15 },
	{ "\033OC", on_right, 15 },
	{ "\001", on_home, 4 },
	{ "\033[H", on_home, 4 },
	{ "\005", on_end, 20 },
	{ "\033[4~", on_end, 20 },
	{ "\033[1;5D", model_word_left, 10 },
	{ "\033[1;3C", model_word_right, 10 },
	{ "\177", on_backspace, 30 },
	{ "\010", on_backspace, 30 },
	{ "\033[3~", on_delete, 20 },
	{ "\004", on_delete, 20 },
	{ "\013", on_kill_end, 2 },
	{ "\025", on_kill_begin, 2 },
	{ "\027", on_kill_word, 5 },
	{ "\033[A", on_up, 20 },
	{ "\020", on_up, 20 },
	{ "\033OB", on_down, 15 },
	{ "\016", on_down, 15 },
	{ "\r", model_enter, 10 },
	{ "\r\n", model_enter, 10 },
	{ "\003", model_begin, 3 },
	{ "\014", on_nothing, 5 },
	{ "\t", on_nothing, 5 }, /* there are no words */
	{ "\033[5~", on_nothing, 5 },
	{ "\033]0;x\033\\", on_nothing, 5 },
	{ "\342\202", on_nothing, 5 }, /* half a character */
	{ "\300\200", on_nothing, 5 },
};

enum { KEY_COUNT = sizeof(keys) / sizeof(*keys), TYPING_WEIGHT = 900 };

static const letter alphabet[] = {
	"a",
	"b",
	"z",
	"~",
	"0",
	" ",
	" ",
	"\303\251",
	"\342\202\254",
	"\360\237\230\200",
};

/* Letters come in bursts, so that lines get long. */
static void type_some(void)
{
	for (uint32_t count = 1 + pick(8); count; count--) {
		letter what =
			alphabet[pick(sizeof(alphabet) / sizeof(*alphabet))];

		line_rig_keys(&rig, what);
		model_insert(what);
	}
}

static void press_one(void)
{
	unsigned total = 0;
	unsigned at;

	for (size_t i = 0; i < KEY_COUNT; i++)
		total += keys[i].weight;
	at = pick(total);
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (at < keys[i].weight) {
			line_rig_keys(&rig, keys[i].bytes);
			keys[i].on();
			return;
		}
		at -= keys[i].weight;
	}
}

/* --- what must be seen --- */

static struct {
	unsigned scrolled, full, browsed; /* how often it came so far */
} met;

static void check_text(void)
{
	char want[BYTES_MAX + 1] = "";
	size_t len = 0;

	for (size_t i = 0; i < model.now.count; i++) {
		size_t more = strlen(model.now.letters[i]);

		memcpy(want + len, model.now.letters[i], more + 1);
		len += more;
	}
	assert_string_equal(rig.line.text, want);
	assert_int_equal(rig.line.len, len);
	met.full += len == BYTES_MAX;
	met.browsed += model.browsing > 3;
}

/*
 * The row of the cursor shows the prompt and, from some character on, as much
 * of the line as there is room for; a line that has room is shown whole, and
 * of a longer one never only what is behind the cursor. In
 * the last column, right of it, and below there is nothing.
 */
static void check_screen(uint16_t cols)
{
	size_t room = (size_t)cols - 3;
	size_t first;
	size_t shown;
	uint16_t col;
	uint16_t row;
	char text[LINE_RIG_TEXT];
	char want[LINE_RIG_TEXT] = "> ";

	lev_term_cursor_get(&rig.term, &col, &row);
	assert_in_range(col, 2, cols - 1);
	assert_true(model.cursor >= col - 2u);
	first = model.cursor - (col - 2u);
	if (model.now.count <= room)
		assert_int_equal(first, 0);
	if (first > 0)
		assert_true(first < model.cursor);
	shown = model.now.count - first;
	if (shown > room)
		shown = room;
	for (size_t i = 0; i < shown; i++)
		strcat(want, model.now.letters[first + i]);
	for (size_t end = strlen(want); end && want[end - 1] == ' '; end--)
		want[end - 1] = '\0';
	line_rig_row(&rig, row, text);
	assert_string_equal(text, want);
	while (++row < LINE_RIG_ROWS) {
		line_rig_row(&rig, row, text);
		assert_string_equal(text, "");
	}
	met.scrolled += first > 0;
}

static void random_keys_do_as_the_model_says(void **state)
{
	(void)state;
	memset(&met, 0, sizeof(met));
	for (uint32_t run = 1; run <= RUNS; run++) {
		uint16_t cols = (uint16_t)(11 + pick(COLS - 20));

		random_state = run * 2654435761u;
		memset(&model, 0, sizeof(model));
		line_rig_init(&rig, "> ", cols, (uint16_t)(cols + pick(10)));
		for (unsigned i = 0; i < KEYS; i++) {
			if (pick(TYPING_WEIGHT + 400) < TYPING_WEIGHT)
				type_some();
			else
				press_one();
			check_text();
			check_screen(cols);
		}
	}
	assert_true(met.scrolled > 1000); /* else it was no test of that */
	assert_true(met.full > 1000);
	assert_true(met.browsed > 1000);
}

/* --- raw bytes --- */

/* UTF-8 without control characters, strictly: each form by its definition. */
static void check_utf8(const char *text, size_t len)
{
	static const uint32_t least[] = { 0x20, 0x80, 0x800, 0x10000 };

	for (size_t at = 0; at < len; at++) {
		uint8_t lead = (uint8_t)text[at];
		unsigned more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : 2;
		uint32_t code = lead;

		assert_true(lead < 0x80 || lead >= 0xc0);
		assert_true(lead < 0xf8);
		if (lead >= 0xf0)
			more = 3;
		if (more)
			code = lead & (0x3fu >> more);
		assert_true(more < len - at);
		for (unsigned i = 0; i < more; i++) {
			uint8_t byte = (uint8_t)text[++at];

			assert_int_equal(byte & 0xc0, 0x80);
			code = code << 6 | (byte & 0x3fu);
		}
		assert_true(code >= least[more] && code <= 0x10ffff);
		assert_true(code < 0x7f || code > 0x9f);
		assert_true(code < 0xd800 || code > 0xdfff);
	}
}

static void check_sound(void)
{
	const struct line *line = &rig.line;

	assert_true(line->len <= LINE_LEN);
	assert_int_equal(strlen(line->text), line->len);
	assert_true(line->left <= line->cursor && line->cursor <= line->len);
	check_utf8(line->text, line->len);
	check_utf8(line->text, line->cursor);
	check_utf8(line->text, line->left);
}

/* All bytes, but often those that begin or end something. */
static char random_byte(void)
{
	static const char often[] = "\033\033\033[O]P;15~ABCDHF\t\t\r\177";

	if (pick(2))
		return often[pick(sizeof(often) - 1)];
	return (char)pick(256);
}

static const char *const words[] = {
	"gpu",	      "gpu-test", "help", "\303\251t\303\251",
	"\303\250re", "A",	  "AB",	  NULL,
};

/* After a control character, whatever came before, all is as it should be. */
static void check_recovery(void)
{
	unsigned done = rig.done;

	line_rig_keys(&rig, "\003\033[Hecho\033[D\303\251\r");
	assert_int_equal(rig.done, done + 1);
	assert_string_equal(rig.entered, "ech\303\251o");
}

static void random_bytes_do_no_harm(void **state)
{
	(void)state;
	for (uint32_t run = 1; run <= RUNS; run++) {
		random_state = run * 2246822519u;
		line_rig_init(&rig, "> ", (uint16_t)pick(COLS),
			      (uint16_t)(1 + pick(COLS)));
		rig.words = words;
		for (unsigned i = 0; i < BYTES; i++) {
			char byte = random_byte();

			line_rig_type(&rig, &byte, 1);
			check_sound();
			if (i % 100 == 99)
				check_recovery();
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_keys_do_as_the_model_says),
		cmocka_unit_test(random_bytes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
