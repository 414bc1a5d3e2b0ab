/* SPDX-License-Identifier: MIT */
/*
 * The US layout: a table of what the keys send, then what modifiers make of
 * it, then who repeats it.
 */
#include "keymap.h"

enum key_kind {
	IGNORED,
	TEXT,	  /* a byte, and the one that shift makes */
	LETTER,	  /* the same, but caps lock counts */
	TAB,	  /* a byte, but with shift a sequence */
	CURSOR,	  /* CSI and a letter */
	FUNCTION, /* SS3 and a letter, but CSI with modifiers */
	TILDE,	  /* CSI, a number, ~ */
	MODIFIER,
	CAPS,
};

/* What stands in m of CSI 1;m, less one. */
enum { SHIFT = 1, ALT = 2, CTRL = 4 };

enum { RELEASED, PRESSED, REPEATED };

enum { ESC = 0x1b, DEL = 0x7f };

struct key {
	uint8_t kind;
	char plain; /* or the sequence's letter, or its number */
	char shifted;
};

static const struct key layout[KEYMAP_CODES] = {
	[KEY_ESC] = { TEXT, ESC, ESC },
	[KEY_1] = { TEXT, '1', '!' },
	[KEY_2] = { TEXT, '2', '@' },
	[KEY_3] = { TEXT, '3', '#' },
	[KEY_4] = { TEXT, '4', '$' },
	[KEY_5] = { TEXT, '5', '%' },
	[KEY_6] = { TEXT, '6', '^' },
	[KEY_7] = { TEXT, '7', '&' },
	[KEY_8] = { TEXT, '8', '*' },
	[KEY_9] = { TEXT, '9', '(' },
	[KEY_0] = { TEXT, '0', ')' },
	[KEY_MINUS] = { TEXT, '-', '_' },
	[KEY_EQUAL] = { TEXT, '=', '+' },
	[KEY_BACKSPACE] = { TEXT, DEL, DEL },
	[KEY_TAB] = { TAB, '\t', 'Z' },
	[KEY_Q] = { LETTER, 'q', 'Q' },
	[KEY_W] = { LETTER, 'w', 'W' },
	[KEY_E] = { LETTER, 'e', 'E' },
	[KEY_R] = { LETTER, 'r', 'R' },
	[KEY_T] = { LETTER, 't', 'T' },
	[KEY_Y] = { LETTER, 'y', 'Y' },
	[KEY_U] = { LETTER, 'u', 'U' },
	[KEY_I] = { LETTER, 'i', 'I' },
	[KEY_O] = { LETTER, 'o', 'O' },
	[KEY_P] = { LETTER, 'p', 'P' },
	[KEY_LEFTBRACE] = { TEXT, '[', '{' },
	[KEY_RIGHTBRACE] = { TEXT, ']', '}' },
	[KEY_ENTER] = { TEXT, '\r', '\r' },
	[KEY_LEFTCTRL] = { MODIFIER, CTRL, 0 },
	[KEY_A] = { LETTER, 'a', 'A' },
	[KEY_S] = { LETTER, 's', 'S' },
	[KEY_D] = { LETTER, 'd', 'D' },
	[KEY_F] = { LETTER, 'f', 'F' },
	[KEY_G] = { LETTER, 'g', 'G' },
	[KEY_H] = { LETTER, 'h', 'H' },
	[KEY_J] = { LETTER, 'j', 'J' },
	[KEY_K] = { LETTER, 'k', 'K' },
	[KEY_L] = { LETTER, 'l', 'L' },
	[KEY_SEMICOLON] = { TEXT, ';', ':' },
	[KEY_APOSTROPHE] = { TEXT, '\'', '"' },
	[KEY_GRAVE] = { TEXT, '`', '~' },
	[KEY_LEFTSHIFT] = { MODIFIER, SHIFT, 0 },
	[KEY_BACKSLASH] = { TEXT, '\\', '|' },
	[KEY_Z] = { LETTER, 'z', 'Z' },
	[KEY_X] = { LETTER, 'x', 'X' },
	[KEY_C] = { LETTER, 'c', 'C' },
	[KEY_V] = { LETTER, 'v', 'V' },
	[KEY_B] = { LETTER, 'b', 'B' },
	[KEY_N] = { LETTER, 'n', 'N' },
	[KEY_M] = { LETTER, 'm', 'M' },
	[KEY_COMMA] = { TEXT, ',', '<' },
	[KEY_DOT] = { TEXT, '.', '>' },
	[KEY_SLASH] = { TEXT, '/', '?' },
	[KEY_RIGHTSHIFT] = { MODIFIER, SHIFT, 0 },
	[KEY_KPASTERISK] = { TEXT, '*', '*' },
	[KEY_LEFTALT] = { MODIFIER, ALT, 0 },
	[KEY_SPACE] = { TEXT, ' ', ' ' },
	[KEY_CAPSLOCK] = { CAPS, 0, 0 },
	[KEY_F1] = { FUNCTION, 'P', 0 },
	[KEY_F2] = { FUNCTION, 'Q', 0 },
	[KEY_F3] = { FUNCTION, 'R', 0 },
	[KEY_F4] = { FUNCTION, 'S', 0 },
	[KEY_F5] = { TILDE, 15, 0 },
	[KEY_F6] = { TILDE, 17, 0 },
	[KEY_F7] = { TILDE, 18, 0 },
	[KEY_F8] = { TILDE, 19, 0 },
	[KEY_F9] = { TILDE, 20, 0 },
	[KEY_F10] = { TILDE, 21, 0 },
	[KEY_KP7] = { TEXT, '7', '7' },
	[KEY_KP8] = { TEXT, '8', '8' },
	[KEY_KP9] = { TEXT, '9', '9' },
	[KEY_KPMINUS] = { TEXT, '-', '-' },
	[KEY_KP4] = { TEXT, '4', '4' },
	[KEY_KP5] = { TEXT, '5', '5' },
	[KEY_KP6] = { TEXT, '6', '6' },
	[KEY_KPPLUS] = { TEXT, '+', '+' },
	[KEY_KP1] = { TEXT, '1', '1' },
	[KEY_KP2] = { TEXT, '2', '2' },
	[KEY_KP3] = { TEXT, '3', '3' },
	[KEY_KP0] = { TEXT, '0', '0' },
	[KEY_KPDOT] = { TEXT, '.', '.' },
	[KEY_102ND] = { TEXT, '<', '>' },
	[KEY_F11] = { TILDE, 23, 0 },
	[KEY_F12] = { TILDE, 24, 0 },
	[KEY_KPENTER] = { TEXT, '\r', '\r' },
	[KEY_RIGHTCTRL] = { MODIFIER, CTRL, 0 },
	[KEY_KPSLASH] = { TEXT, '/', '/' },
	[KEY_RIGHTALT] = { MODIFIER, ALT, 0 },
	[KEY_HOME] = { CURSOR, 'H', 0 },
	[KEY_UP] = { CURSOR, 'A', 0 },
	[KEY_PAGEUP] = { TILDE, 5, 0 },
	[KEY_LEFT] = { CURSOR, 'D', 0 },
	[KEY_RIGHT] = { CURSOR, 'C', 0 },
	[KEY_END] = { CURSOR, 'F', 0 },
	[KEY_DOWN] = { CURSOR, 'B', 0 },
	[KEY_PAGEDOWN] = { TILDE, 6, 0 },
	[KEY_INSERT] = { TILDE, 2, 0 },
	[KEY_DELETE] = { TILDE, 3, 0 },
	[KEY_KPEQUAL] = { TEXT, '=', '=' },
};

static bool key_held(const struct keymap *keymap, unsigned code)
{
	return (keymap->held[code / 32] >> code % 32) & 1;
}

/* The modifiers that are held, on whichever side. */
static unsigned modifiers(const struct keymap *keymap)
{
	static const uint8_t keys[] = { KEY_LEFTSHIFT, KEY_RIGHTSHIFT,
					KEY_LEFTALT,   KEY_RIGHTALT,
					KEY_LEFTCTRL,  KEY_RIGHTCTRL };
	unsigned mods = 0;

	for (size_t i = 0; i < sizeof(keys); i++)
		if (key_held(keymap, keys[i]))
			mods |= (unsigned char)layout[keys[i]].plain;
	return mods;
}

/* The control character of a key, else the character as it is. */
static char control(char c)
{
	if ((c >= '@' && c <= '~') || c == ' ')
		return c & 0x1f;
	if (c >= '3' && c <= '7')
		return (char)(c - '3' + ESC);
	switch (c) {
	case '2':
		return '\0';
	case '8':
		return DEL;
	case '/':
		return 0x1f;
	case DEL:
		return '\b';
	default:
		return c;
	}
}

static size_t send_text(char c, unsigned mods, char *out)
{
	size_t len = 0;

	if (mods & ALT)
		out[len++] = ESC;
	out[len++] = mods & CTRL ? control(c) : c;
	return len;
}

static size_t send_backtab(char final, unsigned mods, char *out)
{
	size_t len = 0;

	if (mods & ALT)
		out[len++] = ESC;
	out[len++] = ESC;
	out[len++] = '[';
	out[len++] = final;
	return len;
}

/* CSI letter, SS3 letter, CSI number ~, and what modifiers make of them. */
static size_t send_sequence(const struct key *key, unsigned mods, char *out)
{
	char number = key->kind == TILDE ? key->plain : 1;
	size_t len = 0;

	out[len++] = ESC;
	out[len++] = key->kind == FUNCTION && !mods ? 'O' : '[';
	if (number >= 10)
		out[len++] = (char)('0' + number / 10);
	if (key->kind == TILDE || mods)
		out[len++] = (char)('0' + number % 10);
	if (mods) {
		out[len++] = ';';
		out[len++] = (char)('1' + mods);
	}
	out[len++] = key->kind == TILDE ? '~' : key->plain;
	return len;
}

static size_t send_key(const struct keymap *keymap, const struct key *key,
		       char *out)
{
	unsigned mods = modifiers(keymap);
	bool shift = mods & SHIFT;

	switch (key->kind) {
	case LETTER:
		shift = shift != keymap->caps;
		return send_text(shift ? key->shifted : key->plain, mods, out);
	case TEXT:
		return send_text(shift ? key->shifted : key->plain, mods, out);
	case TAB:
		if (shift)
			return send_backtab(key->shifted, mods, out);
		return send_text(key->plain, mods, out);
	default:
		return send_sequence(key, mods, out);
	}
}

/*
 * Any change of modifiers ends the repetition: what was held with ctrl is not
 * to go on as text when ctrl is let go a moment before it.
 */
static void key_released(struct keymap *keymap, uint16_t code)
{
	keymap->held[code / 32] &= ~(1u << code % 32);
	if (keymap->repeat_code == code || layout[code].kind == MODIFIER)
		keymap->repeat_code = 0;
}

static size_t key_pressed(struct keymap *keymap, uint16_t code, char *out)
{
	const struct key *key = &layout[code];

	keymap->held[code / 32] |= 1u << code % 32;
	keymap->repeat_code = 0;
	if (key->kind == MODIFIER)
		return 0;
	if (key->kind == CAPS) {
		keymap->caps = !keymap->caps;
		return 0;
	}
	keymap->repeat_code = code;
	keymap->repeat_timed = false;
	return send_key(keymap, key, out);
}

/* By the device: it takes over. */
static size_t key_repeated(struct keymap *keymap, uint16_t code, char *out)
{
	const struct key *key = &layout[code];

	if (key->kind == MODIFIER || key->kind == CAPS)
		return 0;
	if (keymap->repeat_code == code)
		keymap->repeat_code = 0;
	return send_key(keymap, key, out);
}

size_t keymap_event(struct keymap *keymap, uint16_t code, int32_t value,
		    char out[KEYMAP_OUT_MAX])
{
	if (code >= KEYMAP_CODES || layout[code].kind == IGNORED)
		return 0;
	switch (value) {
	case RELEASED:
		key_released(keymap, code);
		return 0;
	case PRESSED:
		if (key_held(keymap, code))
			return key_repeated(keymap, code, out);
		return key_pressed(keymap, code, out);
	case REPEATED:
		return key_repeated(keymap, code, out);
	default:
		return 0;
	}
}

size_t keymap_repeat(struct keymap *keymap, uint64_t now,
		     char out[KEYMAP_OUT_MAX])
{
	if (!keymap->repeat_code)
		return 0;
	if (!keymap->repeat_timed) {
		keymap->repeat_timed = true;
		keymap->repeat_at = now + KEYMAP_REPEAT_DELAY;
		return 0;
	}
	if (now < keymap->repeat_at)
		return 0;
	keymap->repeat_at += KEYMAP_REPEAT_PERIOD;
	if (keymap->repeat_at <= now)
		keymap->repeat_at = now + KEYMAP_REPEAT_PERIOD;
	return send_key(keymap, &layout[keymap->repeat_code], out);
}

uint64_t keymap_next(const struct keymap *keymap)
{
	if (!keymap->repeat_code)
		return KEYMAP_NEVER;
	return keymap->repeat_timed ? keymap->repeat_at : 0;
}

void keymap_reset_keys(struct keymap *keymap)
{
	__builtin_memset(keymap->held, 0, sizeof(keymap->held));
	keymap->repeat_code = 0;
}
