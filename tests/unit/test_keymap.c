/* SPDX-License-Identifier: MIT */
/* keymap.c: every key with every set of modifiers, and the auto-repeat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "kernel/keymap.h"

#define MS 1000000ull

/* Bytes that may contain a NUL, written as a literal. */
struct bytes {
	const char *text;
	size_t len;
};

#define B(literal)                                                             \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

/* --- what is expected, key by key; the codes are evdev's own numbers --- */

/* Keys that type characters. Alt is not in the table: it puts ESC before. */
static const struct typing {
	uint16_t code;
	bool caps; /* caps lock swaps the first two columns */
	struct bytes plain, shift, ctrl, ctrl_shift;
} typing[] = {
	{ 1, 0, B("\033"), B("\033"), B("\033"), B("\033") },
	{ 2, 0, B("1"), B("!"), B("1"), B("!") },
	{ 3, 0, B("2"), B("@"), B("\0"), B("\0") },
	{ 4, 0, B("3"), B("#"), B("\033"), B("#") },
	{ 5, 0, B("4"), B("$"), B("\034"), B("$") },
	{ 6, 0, B("5"), B("%"), B("\035"), B("%") },
	{ 7, 0, B("6"), B("^"), B("\036"), B("\036") },
	{ 8, 0, B("7"), B("&"), B("\037"), B("&") },
	{ 9, 0, B("8"), B("*"), B("\177"), B("*") },
	{ 10, 0, B("9"), B("("), B("9"), B("(") },
	{ 11, 0, B("0"), B(")"), B("0"), B(")") },
	{ 12, 0, B("-"), B("_"), B("-"), B("\037") },
	{ 13, 0, B("="), B("+"), B("="), B("+") },
	{ 14, 0, B("\177"), B("\177"), B("\010"), B("\010") },
	{ 15, 0, B("\011"), B("\033[Z"), B("\011"), B("\033[Z") },
	{ 16, 1, B("q"), B("Q"), B("\021"), B("\021") },
	{ 17, 1, B("w"), B("W"), B("\027"), B("\027") },
	{ 18, 1, B("e"), B("E"), B("\005"), B("\005") },
	{ 19, 1, B("r"), B("R"), B("\022"), B("\022") },
	{ 20, 1, B("t"), B("T"), B("\024"), B("\024") },
	{ 21, 1, B("y"), B("Y"), B("\031"), B("\031") },
	{ 22, 1, B("u"), B("U"), B("\025"), B("\025") },
	{ 23, 1, B("i"), B("I"), B("\011"), B("\011") },
	{ 24, 1, B("o"), B("O"), B("\017"), B("\017") },
	{ 25, 1, B("p"), B("P"), B("\020"), B("\020") },
	{ 26, 0, B("["), B("{"), B("\033"), B("\033") },
	{ 27, 0, B("]"), B("}"), B("\035"), B("\035") },
	{ 28, 0, B("\015"), B("\015"), B("\015"), B("\015") },
	{ 30, 1, B("a"), B("A"), B("\001"), B("\001") },
	{ 31, 1, B("s"), B("S"), B("\023"), B("\023") },
	{ 32, 1, B("d"), B("D"), B("\004"), B("\004") },
	{ 33, 1, B("f"), B("F"), B("\006"), B("\006") },
	{ 34, 1, B("g"), B("G"), B("\007"), B("\007") },
	{ 35, 1, B("h"), B("H"), B("\010"), B("\010") },
	{ 36, 1, B("j"), B("J"), B("\012"), B("\012") },
	{ 37, 1, B("k"), B("K"), B("\013"), B("\013") },
	{ 38, 1, B("l"), B("L"), B("\014"), B("\014") },
	{ 39, 0, B(";"), B(":"), B(";"), B(":") },
	{ 40, 0, B("'"), B("\""), B("'"), B("\"") },
	{ 41, 0, B("`"), B("~"), B("\0"), B("\036") },
	{ 43, 0, B("\\"), B("|"), B("\034"), B("\034") },
	{ 44, 1, B("z"), B("Z"), B("\032"), B("\032") },
	{ 45, 1, B("x"), B("X"), B("\030"), B("\030") },
	{ 46, 1, B("c"), B("C"), B("\003"), B("\003") },
	{ 47, 1, B("v"), B("V"), B("\026"), B("\026") },
	{ 48, 1, B("b"), B("B"), B("\002"), B("\002") },
	{ 49, 1, B("n"), B("N"), B("\016"), B("\016") },
	{ 50, 1, B("m"), B("M"), B("\015"), B("\015") },
	{ 51, 0, B(","), B("<"), B(","), B("<") },
	{ 52, 0, B("."), B(">"), B("."), B(">") },
	{ 53, 0, B("/"), B("?"), B("\037"), B("?") },
	{ 55, 0, B("*"), B("*"), B("*"), B("*") },
	{ 57, 0, B(" "), B(" "), B("\0"), B("\0") },
	{ 71, 0, B("7"), B("7"), B("\037"), B("\037") },
	{ 72, 0, B("8"), B("8"), B("\177"), B("\177") },
	{ 73, 0, B("9"), B("9"), B("9"), B("9") },
	{ 74, 0, B("-"), B("-"), B("-"), B("-") },
	{ 75, 0, B("4"), B("4"), B("\034"), B("\034") },
	{ 76, 0, B("5"), B("5"), B("\035"), B("\035") },
	{ 77, 0, B("6"), B("6"), B("\036"), B("\036") },
	{ 78, 0, B("+"), B("+"), B("+"), B("+") },
	{ 79, 0, B("1"), B("1"), B("1"), B("1") },
	{ 80, 0, B("2"), B("2"), B("\0"), B("\0") },
	{ 81, 0, B("3"), B("3"), B("\033"), B("\033") },
	{ 82, 0, B("0"), B("0"), B("0"), B("0") },
	{ 83, 0, B("."), B("."), B("."), B(".") },
	{ 86, 0, B("<"), B(">"), B("<"), B(">") },
	{ 96, 0, B("\015"), B("\015"), B("\015"), B("\015") },
	{ 98, 0, B("/"), B("/"), B("\037"), B("\037") },
	{ 117, 0, B("="), B("="), B("="), B("=") },
};

/* Keys that send sequences; the %c is 2 to 8, by the modifiers. */
static const struct special {
	uint16_t code;
	const char *plain, *modified;
} special[] = {
	{ 59, "\033OP", "\033[1;%cP" },	   { 60, "\033OQ", "\033[1;%cQ" },
	{ 61, "\033OR", "\033[1;%cR" },	   { 62, "\033OS", "\033[1;%cS" },
	{ 63, "\033[15~", "\033[15;%c~" }, { 64, "\033[17~", "\033[17;%c~" },
	{ 65, "\033[18~", "\033[18;%c~" }, { 66, "\033[19~", "\033[19;%c~" },
	{ 67, "\033[20~", "\033[20;%c~" }, { 68, "\033[21~", "\033[21;%c~" },
	{ 87, "\033[23~", "\033[23;%c~" }, { 88, "\033[24~", "\033[24;%c~" },
	{ 102, "\033[H", "\033[1;%cH" },   { 103, "\033[A", "\033[1;%cA" },
	{ 104, "\033[5~", "\033[5;%c~" },  { 105, "\033[D", "\033[1;%cD" },
	{ 106, "\033[C", "\033[1;%cC" },   { 107, "\033[F", "\033[1;%cF" },
	{ 108, "\033[B", "\033[1;%cB" },   { 109, "\033[6~", "\033[6;%c~" },
	{ 110, "\033[2~", "\033[2;%c~" },  { 111, "\033[3~", "\033[3;%c~" },
};

/* The modifiers, as m of CSI 1;m counts them, and both keys of each. */
enum { SHIFT = 1, ALT = 2, CTRL = 4, ALL = 8 };

static const uint16_t modifier_keys[2][3] = { { 42, 56, 29 }, { 54, 100, 97 } };

enum { CAPSLOCK = 58 };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* --- how the keys are pressed --- */

static void silent(struct keymap *keymap, uint16_t code, int32_t value)
{
	char out[KEYMAP_OUT_MAX];

	assert_int_equal(keymap_event(keymap, code, value, out), 0);
}

static void tap(struct keymap *keymap, uint16_t code)
{
	silent(keymap, code, 1);
	silent(keymap, code, 0);
}

static void hold(struct keymap *keymap, unsigned mods, unsigned side,
		 int32_t value)
{
	for (unsigned i = 0; i < 3; i++)
		if (mods >> i & 1)
			silent(keymap, modifier_keys[side][i], value);
}

static void same(const char *out, size_t len, const char *text, size_t want)
{
	if (len != want || memcmp(out, text, len)) {
		for (size_t i = 0; i < len; i++)
			print_error("%02x ", (unsigned char)out[i]);
		print_error("came, not");
		for (size_t i = 0; i < want; i++)
			print_error(" %02x", (unsigned char)text[i]);
		print_error("\n");
		fail();
	}
}

/* Press the key and let it go; the press must send this and nothing more. */
static void sends(struct keymap *keymap, uint16_t code, const char *text,
		  size_t want)
{
	char out[KEYMAP_OUT_MAX + 1];
	size_t len;

	memset(out, '#', sizeof(out));
	len = keymap_event(keymap, code, 1, out);
	same(out, len, text, want);
	assert_int_equal(out[KEYMAP_OUT_MAX], '#');
	silent(keymap, code, 0);
}

static void sends_text(struct keymap *keymap, uint16_t code, const char *text)
{
	sends(keymap, code, text, strlen(text));
}

/* --- the layout --- */

static struct bytes expected_of(const struct typing *row, unsigned mods,
				bool caps)
{
	bool shift = mods & SHIFT;

	if (mods & CTRL)
		return shift ? row->ctrl_shift : row->ctrl;
	return shift != (caps && row->caps) ? row->shift : row->plain;
}

static void type_all(unsigned mods, unsigned side, bool caps)
{
	struct keymap keymap = { 0 };

	if (caps)
		tap(&keymap, CAPSLOCK);
	hold(&keymap, mods, side, 1);
	for (size_t i = 0; i < COUNT(typing); i++) {
		struct bytes want = expected_of(&typing[i], mods, caps);
		char text[KEYMAP_OUT_MAX] = "\033";
		size_t alt = mods & ALT ? 1 : 0;

		memcpy(text + alt, want.text, want.len);
		sends(&keymap, typing[i].code, text, alt + want.len);
	}
	hold(&keymap, mods, side, 0);
	sends_text(&keymap, 30, caps ? "A" : "a");
}

static void characters_are_those_on_the_keys(void **state)
{
	(void)state;
	for (unsigned mods = 0; mods < ALL; mods++)
		for (unsigned side = 0; side < 2; side++) {
			type_all(mods, side, false);
			type_all(mods, side, true);
		}
}

static void special_all(unsigned mods, unsigned side, bool caps)
{
	struct keymap keymap = { 0 };
	char text[16];

	if (caps)
		tap(&keymap, CAPSLOCK);
	hold(&keymap, mods, side, 1);
	for (size_t i = 0; i < COUNT(special); i++) {
		const char *at = strchr(special[i].modified, '%');

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%c%s",
			 (int)(at - special[i].modified), special[i].modified,
			 (int)('1' + mods), at + 2);
		sends_text(&keymap, special[i].code,
			   mods ? text : special[i].plain);
	}
}

static void other_keys_send_sequences(void **state)
{
	(void)state;
	for (unsigned mods = 0; mods < ALL; mods++)
		for (unsigned side = 0; side < 2; side++) {
			special_all(mods, side, false);
			special_all(mods, side, true);
		}
}

static bool in_tables(unsigned code)
{
	for (size_t i = 0; i < COUNT(typing); i++)
		if (typing[i].code == code)
			return true;
	for (size_t i = 0; i < COUNT(special); i++)
		if (special[i].code == code)
			return true;
	return false;
}

/* Modifiers, caps lock, and all that the layout does not know. */
static void all_other_codes_are_silent(void **state)
{
	struct keymap keymap = { 0 };

	(void)state;
	for (unsigned code = 0; code <= UINT16_MAX; code++)
		if (!in_tables(code)) {
			silent(&keymap, (uint16_t)code, 1);
			silent(&keymap, (uint16_t)code, 2);
			silent(&keymap, (uint16_t)code, 0);
		}
	tap(&keymap, CAPSLOCK); /* it was turned on once: off again */
	sends_text(&keymap, 30, "a");
}

static void all_other_values_are_ignored(void **state)
{
	static const int32_t values[] = { -1, 3, 256, INT32_MAX, INT32_MIN };
	struct keymap keymap = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		silent(&keymap, 30, values[i]);
		silent(&keymap, 42, values[i]);
	}
	sends_text(&keymap, 30, "a");
}

static void one_of_two_shifts_is_enough(void **state)
{
	struct keymap keymap = { 0 };

	(void)state;
	silent(&keymap, 42, 1);
	silent(&keymap, 54, 1);
	silent(&keymap, 42, 0);
	sends_text(&keymap, 30, "A");
	silent(&keymap, 54, 0);
	sends_text(&keymap, 30, "a");
}

static void caps_lock_turns_with_each_press(void **state)
{
	struct keymap keymap = { 0 };

	(void)state;
	silent(&keymap, CAPSLOCK, 1);
	sends_text(&keymap, 30, "A");
	silent(&keymap, CAPSLOCK, 2); /* held: no further turn */
	silent(&keymap, CAPSLOCK, 1);
	silent(&keymap, CAPSLOCK, 0);
	sends_text(&keymap, 30, "A");
	sends_text(&keymap, 2, "1");
	tap(&keymap, CAPSLOCK);
	sends_text(&keymap, 30, "a");
}

static void a_reset_releases_all_but_caps_lock(void **state)
{
	struct keymap keymap = { 0 };

	(void)state;
	tap(&keymap, CAPSLOCK);
	hold(&keymap, ALL - 1, 0, 1);
	hold(&keymap, ALL - 1, 1, 1);
	silent(&keymap, CAPSLOCK, 1);
	keymap_reset_keys(&keymap);
	sends_text(&keymap, 30, "a");
	tap(&keymap, CAPSLOCK); /* not held any longer: it turns */
	sends_text(&keymap, 30, "A");
}

/* --- auto-repeat --- */

static void press(struct keymap *keymap, uint16_t code, const char *text)
{
	char out[KEYMAP_OUT_MAX];
	size_t len = keymap_event(keymap, code, 1, out);

	same(out, len, text, strlen(text));
}

static void repeat(struct keymap *keymap, uint64_t now, const char *text)
{
	char out[KEYMAP_OUT_MAX];
	size_t len = keymap_repeat(keymap, now, out);

	same(out, len, text, strlen(text));
}

/* Press at this time. */
static void begin(struct keymap *keymap, uint16_t code, uint64_t now,
		  const char *text)
{
	press(keymap, code, text);
	assert_true(keymap_next(keymap) == 0);
	repeat(keymap, now, "");
	assert_true(keymap_next(keymap) == now + 500 * MS);
}

static void nothing_repeats(struct keymap *keymap)
{
	assert_true(keymap_next(keymap) == UINT64_MAX);
	repeat(keymap, 1000000 * MS, "");
	assert_true(keymap_next(keymap) == UINT64_MAX);
}

static void a_held_key_repeats(void **state)
{
	struct keymap keymap = { 0 };
	uint64_t start = 7000 * MS;

	(void)state;
	nothing_repeats(&keymap);
	begin(&keymap, 30, start, "a");
	repeat(&keymap, start + 500 * MS - 1, "");
	for (unsigned i = 0; i < 100; i++) {
		uint64_t due = start + 500 * MS + i * 33 * MS;

		assert_true(keymap_next(&keymap) == due);
		repeat(&keymap, due - 1, "");
		repeat(&keymap, due, "a");
		repeat(&keymap, due, "");
	}
	silent(&keymap, 30, 0);
	nothing_repeats(&keymap);
}

static void sequences_repeat_with_their_modifiers(void **state)
{
	struct keymap keymap = { 0 };

	(void)state;
	silent(&keymap, 29, 1);
	begin(&keymap, 105, 0, "\033[1;5D");
	repeat(&keymap, 500 * MS, "\033[1;5D");
}

/* A little late: the rhythm stays. Very late: one, and a new rhythm. */
static void missed_repetitions_are_not_made_up_for(void **state)
{
	struct keymap keymap = { 0 };

	(void)state;
	begin(&keymap, 30, 0, "a");
	repeat(&keymap, 510 * MS, "a");
	assert_true(keymap_next(&keymap) == 533 * MS);
	repeat(&keymap, 2000 * MS, "a");
	assert_true(keymap_next(&keymap) == 2033 * MS);
	repeat(&keymap, 2033 * MS + 33 * MS, "a");
	assert_true(keymap_next(&keymap) == 2099 * MS);
}

static void the_key_pressed_last_repeats(void **state)
{
	struct keymap keymap = { 0 };

	(void)state;
	begin(&keymap, 30, 0, "a");
	begin(&keymap, 48, 400 * MS, "b");
	silent(&keymap, 30, 0); /* the older one: b goes on */
	repeat(&keymap, 899 * MS, "");
	repeat(&keymap, 900 * MS, "b");
	begin(&keymap, 46, 1000 * MS, "c");
	silent(&keymap, 46, 0); /* b is held, but stays quiet */
	nothing_repeats(&keymap);
	silent(&keymap, 48, 0);
	begin(&keymap, 48, 2000 * MS, "b");
	repeat(&keymap, 2500 * MS, "b");
}

static void modifiers_do_not_repeat_and_end_it(void **state)
{
	struct keymap keymap = { 0 };

	(void)state;
	for (unsigned side = 0; side < 2; side++)
		for (unsigned i = 0; i < 3; i++) {
			uint16_t code = modifier_keys[side][i];

			silent(&keymap, code, 1);
			nothing_repeats(&keymap);
			keymap_reset_keys(&keymap);
			begin(&keymap, 30, 0, "a");
			silent(&keymap, code, 1);
			nothing_repeats(&keymap);
			begin(&keymap, 103, 0,
			      (const char *[]){ "\033[1;2A", "\033[1;3A",
						"\033[1;5A" }[i]);
			silent(&keymap, code, 0);
			nothing_repeats(&keymap);
			keymap_reset_keys(&keymap);
		}
	begin(&keymap, 30, 0, "a");
	silent(&keymap, CAPSLOCK, 1);
	nothing_repeats(&keymap);
}

/* Both ways of it: value 2, and a second press of a key that is held. */
static void the_device_may_repeat(void **state)
{
	struct keymap keymap = { 0 };
	char out[KEYMAP_OUT_MAX];

	(void)state;
	for (int32_t value = 1; value <= 2; value++) {
		begin(&keymap, 30, 0, "a");
		assert_int_equal(keymap_event(&keymap, 30, value, out), 1);
		assert_int_equal(out[0], 'a');
		nothing_repeats(&keymap);
		assert_int_equal(keymap_event(&keymap, 30, value, out), 1);
		silent(&keymap, 30, 0);
		begin(&keymap, 30, 0, "a"); /* for that press alone */
		silent(&keymap, 30, 0);
	}
}

static void what_is_not_known_disturbs_nothing(void **state)
{
	struct keymap keymap = { 0 };

	(void)state;
	begin(&keymap, 30, 0, "a");
	tap(&keymap, 0);
	tap(&keymap, 125);
	tap(&keymap, 272);
	silent(&keymap, 30, 9);
	repeat(&keymap, 500 * MS, "a");
}

static void a_reset_ends_the_repetition(void **state)
{
	struct keymap keymap = { 0 };

	(void)state;
	begin(&keymap, 30, 0, "a");
	keymap_reset_keys(&keymap);
	nothing_repeats(&keymap);
	begin(&keymap, 30, 0, "a"); /* a new press, not the device's repeat */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_are_those_on_the_keys),
		cmocka_unit_test(other_keys_send_sequences),
		cmocka_unit_test(all_other_codes_are_silent),
		cmocka_unit_test(all_other_values_are_ignored),
		cmocka_unit_test(one_of_two_shifts_is_enough),
		cmocka_unit_test(caps_lock_turns_with_each_press),
		cmocka_unit_test(a_reset_releases_all_but_caps_lock),
		cmocka_unit_test(a_held_key_repeats),
		cmocka_unit_test(sequences_repeat_with_their_modifiers),
		cmocka_unit_test(missed_repetitions_are_not_made_up_for),
		cmocka_unit_test(the_key_pressed_last_repeats),
		cmocka_unit_test(modifiers_do_not_repeat_and_end_it),
		cmocka_unit_test(the_device_may_repeat),
		cmocka_unit_test(what_is_not_known_disturbs_nothing),
		cmocka_unit_test(a_reset_ends_the_repetition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
