/* SPDX-License-Identifier: MIT */
/*
 * A text terminal on any 32-bit framebuffer.
 *
 * Bytes go in (UTF-8 text with the control sequences of xterm that
 * docs/terminal.md lists), cells change, and once per frame the cells that
 * differ from what is on the screen are drawn. It knows nothing of VirtIO and
 * nothing of the machine: pixels are written with plain stores, and the
 * rectangles that changed are handed back so that the caller can pass them on
 * to whatever shows them.
 *
 *	struct lev_term_config cfg = {
 *		.surface = { pixels, 1280, 800, 1280 },
 *		.font = &lev_font_console,
 *		.cols = 128, .rows = 40,
 *		.mem = mem, .mem_len = sizeof(mem),
 *	};
 *	struct lev_term_rect rects[16];
 *	size_t count;
 *
 *	err = lev_term_init(&term, &cfg);
 *	lev_term_write(&term, "hello\r\n", 7);
 *	count = lev_term_draw(&term, rects, 16);
 *
 * Memory. Everything is the caller's: the struct lev_term, its memory block,
 * the surface and the font. All must stay where they are until the terminal is
 * no longer used; there is nothing to free. Several terminals may share one
 * surface (a status line below a scrolling part): each owns its sub-rectangle.
 *
 * Context. Nothing blocks, nothing waits, there are no globals. One caller at
 * a time for each terminal; different terminals are independent. Drawing costs
 * up to cols * rows glyphs and does not belong in an interrupt handler.
 */
#ifndef LEVITATE_TERM_H
#define LEVITATE_TERM_H

#include <levitate/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- fonts --- */

/* One row of a font's Unicode table. */
struct lev_font_map {
	uint32_t code;	/* Unicode code point */
	uint32_t glyph; /* which glyph draws it, below glyph_count */
};

/*
 * A bitmap font; tools/font2c.py makes one out of a PSF2 file. A glyph is
 * `height` rows of `row_len` bytes, the leftmost pixel in the top bit of the
 * first byte; glyph n begins at bitmap[n * height * row_len]. U+FFFD must be
 * in the map if code points without a glyph are to be seen; without it, or for
 * it, glyph 0 is drawn.
 */
struct lev_font {
	uint16_t width, height; /* of a glyph in pixels, 1..64 */
	uint16_t row_len;	/* bytes of a glyph's row: (width + 7) / 8 */
	uint16_t glyph_count;
	uint16_t map_count;
	const uint8_t *bitmap;
	const struct lev_font_map *map; /* sorted by code, no code twice */
};

/*
 * What tools/font2c.py makes. It is not part of the library: whoever uses it
 * links the file made by the tool (in CMake: lev_add_font(target)).
 */
extern const struct lev_font lev_font_console;

/* The glyph that draws `code`, or the one of U+FFFD. */
uint32_t lev_font_glyph(const struct lev_font *font, uint32_t code);

/* --- the surface and what changed on it --- */

/*
 * Pixels are 0x00RRGGBB as one uint32_t in the CPU's order (on little-endian
 * machines that is VirtIO's B8G8R8X8). Row y begins at pixels[y * stride].
 */
struct lev_term_surface {
	uint32_t *pixels;
	uint32_t width, height; /* in pixels */
	uint32_t stride;	/* in pixels, at least width */
};

/* A rectangle of a surface, in pixels. */
struct lev_term_rect {
	uint32_t x, y, width, height;
};

/* --- cells --- */

/*
 * A colour is 0x00RRGGBB, or one of these: the terminal's own, one of xterm's
 * palette of 256, or one of its first eight as the sequences 30..37 and 40..47
 * name them, which as foreground of a bold cell is drawn as n + 8.
 */
#define LEV_COLOR_DEFAULT  0x01000000u
#define LEV_COLOR_INDEX(n) (0x02000000u | (n))
#define LEV_COLOR_ANSI(n)  (0x03000000u | (n))

enum {
	LEV_CELL_BOLD = 1, /* brightens LEV_COLOR_ANSI and the default */
	LEV_CELL_UNDERLINE = 2,
	LEV_CELL_INVERSE = 4,
};

/* One character cell. An empty one holds a space. */
struct lev_cell {
	uint32_t code;	 /* Unicode code point */
	uint32_t attrs;	 /* LEV_CELL_* */
	uint32_t fg, bg; /* colours as they were asked for */
};

/*
 * The two colours, 0x00RRGGBB, in which a cell is drawn: palette, defaults,
 * bold and inverse applied.
 */
void lev_cell_colors(const struct lev_cell *cell, uint32_t *fg, uint32_t *bg);

/* --- the terminal --- */

/* The most columns, and the most rows, of a terminal. */
#define LEV_TERM_MAX 4096u

/* Private: what is kept for each row of cells. */
struct lev_term_row {
	struct lev_cell *cells;		   /* rows move by moving these */
	uint16_t damage_first, damage_end; /* columns; empty if first >= end */
};

/*
 * Bytes of memory that a terminal of this size needs, aligned as for
 * uint64_t. The cells are kept twice: as they are and as they were drawn.
 */
#define LEV_TERM_MEM_LEN(cols, rows)                                           \
	((size_t)(rows) * sizeof(struct lev_term_row) +                        \
	 2 * (size_t)(cols) * (size_t)(rows) * sizeof(struct lev_cell))

/*
 * Where and how large. The terminal occupies cols * font->width by
 * rows * font->height pixels from (x, y) of the surface on, all of which must
 * lie inside it; it never touches other pixels.
 */
struct lev_term_config {
	struct lev_term_surface surface;
	uint32_t x, y; /* of the terminal's top left pixel */
	const struct lev_font *font;
	uint16_t cols, rows; /* 1..LEV_TERM_MAX each */
	void *mem;	     /* aligned as for uint64_t */
	size_t mem_len;	     /* at least LEV_TERM_MEM_LEN(cols, rows) */
};

enum { LEV_TERM_PARAMS = 32 };

/* Private: what the cursor carries along and ESC 7 saves. */
struct lev_term_cursor {
	uint16_t col, row;
	bool wrap_pending;   /* the next character goes to the next line */
	struct lev_cell pen; /* what is written; its code is unused */
};

/* Visible so that the caller can allocate it; the fields are private. */
struct lev_term {
	struct lev_term_surface surface;
	uint32_t x, y;
	const struct lev_font *font;
	uint16_t cols, rows;
	struct lev_term_row *row;
	struct lev_cell *drawn; /* what the surface shows, row after row */

	struct lev_term_cursor cursor, saved;
	uint16_t region_top, region_end; /* scrolling rows; end is outside */
	bool autowrap, cursor_visible;

	uint16_t moved_top, moved_end; /* rows that scrolled since the draw */
	uint16_t drawn_col, drawn_row; /* where the cursor was drawn */
	bool drawn_cursor;	       /* whether it was */

	uint32_t utf8_code;	     /* the bits so far */
	uint8_t utf8_left;	     /* bytes still to come */
	uint8_t utf8_low, utf8_high; /* what the next byte may be */

	uint8_t state;	   /* of the sequence parser */
	bool private_mark; /* the sequence began with CSI ? */
	uint8_t param_count;
	uint32_t param_colon; /* bit n: parameter n followed a colon */
	int16_t params[LEV_TERM_PARAMS]; /* -1 where it was left out */
};

/*
 * Binds the memory and clears the terminal: cursor at the top left, default
 * colours. Everything counts as damaged, so the first draw paints the whole
 * rectangle. To resize, or to move to another surface, init again.
 * LEV_ERR_INVAL: a pointer is missing or misaligned, the font is impossible,
 * or the surface's stride is below its width. LEV_ERR_RANGE: no columns or
 * rows or too many, too little memory, or the rectangle leaves the surface.
 */
int lev_term_init(struct lev_term *term,
		  const struct lev_term_config *cfg) LEV_MUST_CHECK;

/*
 * Takes bytes of text and control sequences; characters and sequences may be
 * split over calls at any byte. Changes cells only, never a pixel. As on any
 * terminal a line feed goes straight down: lines end in "\r\n".
 */
void lev_term_write(struct lev_term *term, const void *text, size_t len);

/*
 * Draws what differs from the surface and says where: at most `max`
 * rectangles (max >= 1; more make them tighter, 16 is plenty) that lie inside
 * the terminal and may overlap. Returns their count; 0 if there was nothing
 * to draw. A typed character costs at most two cells: it and the cursor.
 */
size_t lev_term_draw(struct lev_term *term, struct lev_term_rect *rects,
		     size_t max);

/*
 * The surface was lost or overwritten: the next draw paints every cell. The
 * cells themselves are kept.
 */
void lev_term_repaint(struct lev_term *term);

/*
 * The cell at a place (col < cols, row < rows), valid until the next write.
 * The cursor is not part of any cell.
 */
const struct lev_cell *lev_term_cell(const struct lev_term *term, uint16_t col,
				     uint16_t row);

/*
 * Where the next character goes. After one in the last column the cursor
 * stays on it until another follows.
 */
void lev_term_cursor_get(const struct lev_term *term, uint16_t *col,
			 uint16_t *row);

#ifdef __cplusplus
}
#endif

#endif
