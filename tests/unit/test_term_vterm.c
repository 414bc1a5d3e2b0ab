/* SPDX-License-Identifier: MIT */
/*
 * The terminal beside libvterm, a terminal by other people: the same bytes to
 * both, then every cell compared, and the cursor. First on cases written by
 * hand, then on random streams made of exactly the sequences that are
 * supported; where xterm and libvterm differ, test_screen.c has xterm's cells.
 *
 * LEV_SEED=n repeats a run; the seed is printed.
 */
#include "term_steps.h"

static void agrees_on_cases_by_hand(void **state)
{
	static const char *const cases[] = {
		"hello, world",
		"one\r\ntwo\r\nthree\r\nfour\r\nfive\r\nsix\r\nseven",
		"0123456789012345678901234567890123456789",
		"a\tb\tc\td\te\b\b\bf",
		"\xc3\xa9\xe2\x82\xac\xf0\x9d\x94\xb8 gr\xc3\xbc\xc3\x9f",
		CSI "3;4Habc" CSI "2Ade" CSI "Bfg" CSI "5Dhi" CSI "3Cjk",
		CSI "2;5r" CSI "5;1Ha\r\nb\r\nc" CSI "6;1Hd\r\ne",
		CSI "2;5r" CSI "2;1Ha" ESC "M" ESC "Mb",
		CSI "1;31;42mred" CSI "7;4minv" CSI "0mplain",
		CSI "38;5;200;48;5;17mx" CSI "38;2;1;2;3;48;2;4;5;6my",
		CSI "38:5:200;48:5:17mx" CSI "38:2:1:2:3;48:2:4:5:6my",
		CSI "91;102mx" CSI "39my" CSI "49mz" CSI "mw",
		"abcdef" CSI "3G" CSI "2@" CSI "6G" CSI "P" CSI "X",
		"a\r\nb\r\nc" CSI "2H" CSI "2S" CSI "T",
		"ab" ESC "7" CSI "1m\r\ncd" ESC "8ef",
		CSI "?25lhidden",
		CSI "?7l01234567890123456789012345",
		"a" ESC "]2;title\ab" ESC "]0;x" ESC "\\c" ESC "P1;2qabc" ESC
		"\\d",
		"a" CSI ">4;1mb" CSI "5 qc" CSI "!pd" CSI "=3he",
		"a" ESC "(Bb" ESC "=c" ESC ">d",
		CSI "2\r\nCx" CSI "3\030Cy",
		"ab" CSI "12345678901;3Hc",
		ESC "cx",
	};

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
		struct pair pair;

		pair_init(&pair, 20, 6);
		fixture_write(&pair.ours, cases[n]);
		vterm_input_write(pair.vterm, cases[n], strlen(cases[n]));
		if (!pair_agrees(&pair))
			fail_msg("case %zu", n);
		pair_fini(&pair);
	}
}

enum { STEPS = sizeof(steps) / sizeof(*steps), LEAST = 1000 };

static size_t random_step(struct random *random)
{
	uint32_t total = 0;
	uint32_t at;
	size_t n = 0;

	for (size_t i = 0; i < STEPS; i++)
		total += steps[i].weight;
	at = random_below(random, total);
	while (at >= steps[n].weight)
		at -= steps[n++].weight;
	return n;
}

/* Ours gets its bytes in pieces that end anywhere. */
static void write_in_pieces(struct stream *stream)
{
	const char *at = stream->ours;
	size_t left = strlen(at);

	while (left > 0) {
		size_t len = 1 + random_below(&stream->random, 16);

		if (len > left)
			len = left;
		lev_term_write(&stream->pair.ours.term, at, len);
		at += len;
		left -= len;
	}
}

static void print_escaped(const char *title, const char *text)
{
	print_error("%s: ", title);
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
			print_error("\\x%02x", (unsigned char)*text);
		else
			print_error("%c", *text);
	}
	print_error("\n");
}

static void run_step(struct stream *stream, size_t n, size_t at)
{
	stream->ours[0] = '\0';
	stream->theirs[0] = '\0';
	steps[n].run(stream);
	write_in_pieces(stream);
	vterm_input_write(stream->pair.vterm, stream->theirs,
			  strlen(stream->theirs));
	if (pair_agrees(&stream->pair))
		return;
	print_escaped("ours", stream->ours);
	print_escaped("theirs", stream->theirs);
	fail_msg("step %zu (%s) on %ux%u", at, steps[n].name, stream->cols,
		 stream->rows);
}

static void run_stream(uint64_t seed, uint16_t cols, uint16_t rows,
		       size_t length, size_t *counts)
{
	struct stream stream = { .random = { seed },
				 .cols = cols,
				 .rows = rows,
				 .end = rows,
				 .cursor_on = true };

	pair_init(&stream.pair, cols, rows);
	for (size_t at = 0; at < length; at++) {
		size_t n = random_step(&stream.random);

		counts[n]++;
		run_step(&stream, n, at);
	}
	pair_fini(&stream.pair);
}

static uint64_t seed_of_run(void)
{
	const char *given = getenv("LEV_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : 0;

	return seed ? seed : 20240229;
}

static void agrees_on_random_streams(void **state)
{
	uint64_t seed = seed_of_run();
	size_t counts[STEPS] = { 0 };

	(void)state;
	print_message("LEV_SEED=%llu\n", (unsigned long long)seed);
	run_stream(seed, 20, 7, 300000, counts);
	run_stream(seed + 1, 9, 3, 200000, counts);
	run_stream(seed + 2, 80, 24, 10000, counts);
	for (size_t n = 0; n < STEPS; n++) {
		print_message("%6zu %s\n", counts[n], steps[n].name);
		assert_true(counts[n] >= LEAST);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_on_cases_by_hand),
		cmocka_unit_test(agrees_on_random_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
