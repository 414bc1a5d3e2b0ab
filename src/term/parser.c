/* SPDX-License-Identifier: MIT */
/*
 * Control characters and sequences (ECMA-48 as xterm reads it). What is not
 * known is swallowed up to its end, never shown: CSI sequences to their final
 * byte, strings (OSC, DCS, APC, PM, SOS) to the escape that ends them.
 *
 * Below, one short function for each sequence, then the table that names
 * them, then the machine that gets there.
 */
#include "term_priv.h"

enum {
	GROUND = TERM_STATE_GROUND,
	ESCAPE,	     /* after ESC */
	ESCAPE_MORE, /* after ESC and an intermediate byte */
	CSI,
	CSI_IGNORE, /* one that we do not know: wait for its final byte */
	STRING,
	STRING_OSC, /* the one kind that BEL ends too */
};

enum { PARAM_MAX = INT16_MAX }; /* larger ones become this: past any edge */

/* --- parameters --- */

/* Parameter n, or `missing` where it was left out or is 0. */
static uint32_t arg(const struct lev_term *term, uint32_t n, uint32_t missing)
{
	if (n >= term->param_count || term->params[n] <= 0)
		return missing;
	return (uint32_t)term->params[n];
}

static void param_begin(struct lev_term *term)
{
	term->private_mark = false;
	term->param_count = 0;
	term->param_colon = 0;
}

static void param_digit(struct lev_term *term, uint32_t digit)
{
	int32_t value;
	int16_t *param;

	if (term->param_count == 0)
		term->params[term->param_count++] = -1;
	if (term->param_count > LEV_TERM_PARAMS)
		return; /* too many: the rest is dropped */
	param = &term->params[term->param_count - 1];
	value = *param < 0 ? 0 : *param;
	value = value * 10 + (int32_t)digit;
	*param = (int16_t)(value > PARAM_MAX ? PARAM_MAX : value);
}

static void param_next(struct lev_term *term, bool colon)
{
	if (term->param_count == 0)
		term->params[term->param_count++] = -1;
	if (term->param_count < LEV_TERM_PARAMS) {
		term->params[term->param_count] = colon ? 0 : -1;
		if (colon)
			term->param_colon |= 1u << term->param_count;
	}
	if (term->param_count <= LEV_TERM_PARAMS)
		term->param_count++;
}

/* --- CSI sequences --- */

static void csi_ich(struct lev_term *term)
{
	lev_term_insert_cells(term, arg(term, 0, 1));
}

static void csi_dch(struct lev_term *term)
{
	lev_term_delete_cells(term, arg(term, 0, 1));
}

static void csi_ech(struct lev_term *term)
{
	uint32_t col = term->cursor.col;

	lev_term_erase(term, term->cursor.row, col, col + arg(term, 0, 1));
	term->cursor.wrap_pending = false;
}

static void csi_cuu(struct lev_term *term)
{
	lev_term_up(term, arg(term, 0, 1));
}

static void csi_cud(struct lev_term *term)
{
	lev_term_down(term, arg(term, 0, 1));
}

static void csi_cuf(struct lev_term *term)
{
	lev_term_goto(term, term->cursor.col + arg(term, 0, 1),
		      term->cursor.row);
}

static void csi_cub(struct lev_term *term)
{
	uint32_t col = term->cursor.col;

	lev_term_goto(term, col - term_min(col, arg(term, 0, 1)),
		      term->cursor.row);
}

static void csi_cnl(struct lev_term *term)
{
	csi_cud(term);
	lev_term_goto(term, 0, term->cursor.row);
}

static void csi_cpl(struct lev_term *term)
{
	csi_cuu(term);
	lev_term_goto(term, 0, term->cursor.row);
}

static void csi_cha(struct lev_term *term)
{
	lev_term_goto(term, arg(term, 0, 1) - 1, term->cursor.row);
}

static void csi_vpa(struct lev_term *term)
{
	lev_term_goto(term, term->cursor.col, arg(term, 0, 1) - 1);
}

static void csi_cup(struct lev_term *term)
{
	lev_term_goto(term, arg(term, 1, 1) - 1, arg(term, 0, 1) - 1);
}

/* EL; ED calls it for the cursor's own line. */
static void csi_el(struct lev_term *term)
{
	uint32_t row = term->cursor.row;
	uint32_t what = arg(term, 0, 0);

	if (what > 2)
		return;
	lev_term_erase(term, row, what == 0 ? term->cursor.col : 0,
		       what == 1 ? term->cursor.col + 1u : term->cols);
	term->cursor.wrap_pending = false;
}

/* ED 3, which clears what scrolled off the screen, finds nothing to clear. */
static void csi_ed(struct lev_term *term)
{
	uint32_t what = arg(term, 0, 0);
	uint32_t top = what == 0 ? term->cursor.row + 1u : 0;
	uint32_t end = what == 1 ? term->cursor.row : term->rows;

	if (what > 2)
		return;
	for (uint32_t row = top; row < end; row++)
		lev_term_erase(term, row, 0, term->cols);
	csi_el(term);
}

/* IL and DL move what is below the cursor, and the cursor to the left. */
static bool lines_begin(struct lev_term *term)
{
	uint32_t row = term->cursor.row;
	bool in_region = row >= term->region_top && row < term->region_end;

	if (in_region)
		lev_term_goto(term, 0, row);
	return in_region;
}

static void csi_il(struct lev_term *term)
{
	if (lines_begin(term))
		lev_term_scroll_down(term, term->cursor.row, term->region_end,
				     arg(term, 0, 1));
}

static void csi_dl(struct lev_term *term)
{
	if (lines_begin(term))
		lev_term_scroll_up(term, term->cursor.row, term->region_end,
				   arg(term, 0, 1));
}

static void csi_su(struct lev_term *term)
{
	lev_term_scroll_up(term, term->region_top, term->region_end,
			   arg(term, 0, 1));
}

static void csi_sd(struct lev_term *term)
{
	lev_term_scroll_down(term, term->region_top, term->region_end,
			     arg(term, 0, 1));
}

/* With a 0, or with more parameters, CSI T is about the mouse. */
static void csi_sd_or_mouse(struct lev_term *term)
{
	if (term->param_count == 0 ||
	    (term->param_count == 1 && term->params[0] > 0))
		csi_sd(term);
}

static void csi_decstbm(struct lev_term *term)
{
	uint32_t top = arg(term, 0, 1);
	uint32_t bottom = term_min(arg(term, 1, term->rows), term->rows);

	if (top >= bottom)
		return;
	term->region_top = (uint16_t)(top - 1);
	term->region_end = (uint16_t)bottom;
	lev_term_goto(term, 0, 0);
}

static void csi_save(struct lev_term *term)
{
	if (term->param_count == 0)
		term->saved = term->cursor;
}

static void csi_restore(struct lev_term *term)
{
	if (term->param_count == 0)
		term->cursor = term->saved;
}

static void set_modes(struct lev_term *term, bool on)
{
	for (uint32_t n = 0; n < term->param_count; n++) {
		if (arg(term, n, 0) == 7)
			term->autowrap = on;
		if (arg(term, n, 0) == 25)
			term->cursor_visible = on;
	}
}

enum { CSI_FIRST = '@', CSI_LAST = '~' };

typedef void csi_function(struct lev_term *term);

static csi_function *const csi_table[CSI_LAST - CSI_FIRST + 1] = {
	['@' - CSI_FIRST] = csi_ich,	 ['A' - CSI_FIRST] = csi_cuu,
	['B' - CSI_FIRST] = csi_cud,	 ['C' - CSI_FIRST] = csi_cuf,
	['D' - CSI_FIRST] = csi_cub,	 ['E' - CSI_FIRST] = csi_cnl,
	['F' - CSI_FIRST] = csi_cpl,	 ['G' - CSI_FIRST] = csi_cha,
	['H' - CSI_FIRST] = csi_cup,	 ['J' - CSI_FIRST] = csi_ed,
	['K' - CSI_FIRST] = csi_el,	 ['L' - CSI_FIRST] = csi_il,
	['M' - CSI_FIRST] = csi_dl,	 ['P' - CSI_FIRST] = csi_dch,
	['S' - CSI_FIRST] = csi_su,	 ['T' - CSI_FIRST] = csi_sd_or_mouse,
	['X' - CSI_FIRST] = csi_ech,	 ['^' - CSI_FIRST] = csi_sd,
	['`' - CSI_FIRST] = csi_cha,	 ['d' - CSI_FIRST] = csi_vpa,
	['f' - CSI_FIRST] = csi_cup,	 ['m' - CSI_FIRST] = lev_term_sgr,
	['r' - CSI_FIRST] = csi_decstbm, ['s' - CSI_FIRST] = csi_save,
	['u' - CSI_FIRST] = csi_restore,
};

static void csi_final(struct lev_term *term, uint32_t code)
{
	csi_function *run = csi_table[code - CSI_FIRST];

	term->state = GROUND;
	if (term->param_count > LEV_TERM_PARAMS)
		term->param_count = LEV_TERM_PARAMS;
	if (term->param_colon && code != 'm')
		return; /* colours alone have parts joined by colons */
	if (term->private_mark) {
		if (code == 'h' || code == 'l')
			set_modes(term, code == 'h');
	} else if (run) {
		run(term);
	}
}

static void csi_code(struct lev_term *term, uint32_t code)
{
	if (code >= '0' && code <= '9')
		param_digit(term, code - '0');
	else if (code == ';' || code == ':')
		param_next(term, code == ':');
	else if (code == '?' && !term->private_mark && !term->param_count)
		term->private_mark = true;
	else if (code >= CSI_FIRST)
		csi_final(term, code);
	else
		term->state = CSI_IGNORE; /* intermediate and private bytes */
}

/* --- what a character or a control character does in each state --- */

static void escape_final(struct lev_term *term, uint32_t code)
{
	term->state = GROUND;
	switch (code) {
	case '7':
		term->saved = term->cursor;
		break;
	case '8':
		term->cursor = term->saved;
		break;
	case 'D':
		lev_term_index(term);
		break;
	case 'E':
		lev_term_index(term);
		lev_term_goto(term, 0, term->cursor.row);
		break;
	case 'M':
		lev_term_reverse_index(term);
		break;
	case 'P': /* DCS */
	case 'X': /* SOS */
	case '^': /* PM */
	case '_': /* APC */
		term->state = STRING;
		break;
	case '[':
		term->state = CSI;
		param_begin(term);
		break;
	case ']':
		term->state = STRING_OSC;
		break;
	case 'c':
		lev_term_reset(term);
		break;
	default: /* among them ESC \, which ends strings */
		break;
	}
}

/* Tab stops stand at every eighth column; a pending wrap stays pending. */
static void tab(struct lev_term *term)
{
	uint32_t next = (term->cursor.col | 7u) + 1;

	term->cursor.col = (uint16_t)term_min(next, term->cols - 1u);
}

static void act_on_control(struct lev_term *term, uint32_t code)
{
	uint32_t col = term->cursor.col;

	switch (code) {
	case '\b':
		lev_term_goto(term, col - term_min(col, 1), term->cursor.row);
		break;
	case '\t':
		tab(term);
		break;
	case '\n':
	case '\v':
	case '\f':
		lev_term_index(term);
		break;
	case '\r':
		lev_term_goto(term, 0, term->cursor.row);
		break;
	default:
		break;
	}
}

/* They act in the middle of a sequence too, but not in a string. */
static void control(struct lev_term *term, uint32_t code)
{
	bool in_string = term->state == STRING || term->state == STRING_OSC;

	switch (code) {
	case 0x18: /* CAN */
	case 0x1a: /* SUB */
		term->state = GROUND;
		break;
	case 0x1b: /* ESC: breaks off whatever there was */
		term->state = ESCAPE;
		break;
	case '\a':
		if (term->state == STRING_OSC)
			term->state = GROUND;
		break;
	default:
		if (!in_string)
			act_on_control(term, code);
		break;
	}
}

/* Printable ASCII, in the middle of a sequence. */
static void sequence_code(struct lev_term *term, uint32_t code)
{
	if (term->state == CSI) {
		csi_code(term, code);
	} else if (term->state == CSI_IGNORE) {
		if (code >= CSI_FIRST)
			term->state = GROUND;
	} else if (code < '0') {
		term->state = ESCAPE_MORE;
	} else if (term->state == ESCAPE) {
		escape_final(term, code);
	} else {
		term->state = GROUND;
	}
}

void lev_term_code(struct lev_term *term, uint32_t code)
{
	if (code < 0x20)
		control(term, code);
	else if (code >= 0x7f && code < 0xa0)
		return; /* DEL and the C1 controls: nothing, anywhere */
	else if (term->state == GROUND)
		lev_term_put(term, code);
	else if (term->state == STRING || term->state == STRING_OSC)
		return;
	else if (code < 0x7f)
		sequence_code(term, code);
	else
		term->state = GROUND; /* no sequence holds such a character */
}
