/* SPDX-License-Identifier: MIT */
/*
 * 1 MiB of 80-column text through a terminal of 1280x800 pixels, drawn after
 * every so many bytes (the argument; 64 KiB without one). Made to be counted:
 *
 *	valgrind --tool=callgrind --toggle-collect=lev_term_write \
 *		--toggle-collect=lev_term_draw bench_term_scroll
 */
#include <stdio.h>
#include <stdlib.h>

#include <levitate/term.h>

enum { COLS = 128, ROWS = 39, LINE = 80, TEXT_LEN = 1 << 20 };

static uint32_t pixels[1280 * 800];
static uint64_t mem[LEV_TERM_MEM_LEN(COLS, ROWS) / 8 + 1];
static char text[TEXT_LEN];
static struct lev_term term;

/* Words and blanks, no two lines alike: little is equal after scrolling. */
static void make_text(void)
{
	uint32_t random = 1;

	for (size_t at = 0; at < TEXT_LEN; at++) {
		size_t col = at % (LINE + 2);

		random = random * 1664525 + 1013904223;
		if (col == LINE)
			text[at] = '\r';
		else if (col == LINE + 1)
			text[at] = '\n';
		else if (random >> 24 < 40)
			text[at] = ' ';
		else
			text[at] = (char)('a' + (random >> 16) % 26);
	}
}

int main(int argc, char **argv)
{
	const struct lev_term_config cfg = {
		.surface = { pixels, 1280, 800, 1280 },
		.font = &lev_font_console,
		.cols = COLS,
		.rows = ROWS,
		.mem = mem,
		.mem_len = sizeof(mem),
	};
	size_t every = argc > 1 ? strtoul(argv[1], NULL, 0) : 65536;
	struct lev_term_rect rects[16];
	size_t frames = 0;
	size_t count = 0;

	if (every == 0 || lev_term_init(&term, &cfg))
		return EXIT_FAILURE;
	make_text();
	for (size_t at = 0; at < TEXT_LEN; at += every) {
		size_t left = TEXT_LEN - at;

		lev_term_write(&term, text + at, left < every ? left : every);
		count += lev_term_draw(&term, rects, 16);
		frames++;
	}
	printf("%d bytes, %zu frames, %zu rectangles\n", TEXT_LEN, frames,
	       count);
	return EXIT_SUCCESS;
}
