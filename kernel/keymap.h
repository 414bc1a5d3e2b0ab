/* SPDX-License-Identifier: MIT */
/*
 * A keyboard of the US layout, as a terminal: from key events of the Linux
 * input layer (evdev), which VirtIO keyboards send, to the bytes that xterm
 * would send for them.
 *
 *	struct keymap keymap = { 0 };         nothing held, caps lock off
 *	char out[KEYMAP_OUT_MAX];
 *
 *	len = keymap_event(&keymap, ev->code, ev->value, out);
 *	len = keymap_repeat(&keymap, now, out);    after the events, and when
 *	wake_at = keymap_next(&keymap);            this time has come
 *
 * What is sent. Characters as they are printed on the keys. Caps lock turns
 * with each press, concerns letters alone, and shift inverts it. Ctrl makes
 * the control character: of @ to ~ and space the lower five bits; 2 NUL, 3 to
 * 7 ESC to US, 8 DEL, / US; others are as without. Alt, the right one too, puts
 * ESC in front. Enter is CR, backspace DEL (with ctrl BS), shift-tab CSI Z.
 * Arrows, home and end are CSI letter, the keys around them CSI number ~, F1
 * to F4 SS3 letter; with modifiers CSI 1;m letter and CSI number;m ~, where m
 * is 1 + shift + 2 alt + 4 ctrl. The keypad always types digits: num lock is
 * ignored. The meta keys, too, and all keys not named below, are ignored.
 *
 * Auto-repeat. The key pressed last is repeated, first after
 * KEYMAP_REPEAT_DELAY, until it is released, another one is pressed, or a
 * modifier changes. Modifiers and caps lock are not repeated. If the device
 * repeats by itself (value 2, or value 1 for a key that is held, as QEMU's
 * windows make it), its events count, and ours end for that press.
 *
 * Context: pure functions of the caller's object; one caller at a time.
 */
#ifndef KERNEL_KEYMAP_H
#define KERNEL_KEYMAP_H

#include <levitate/base.h>

/* The most bytes that one event makes. */
#define KEYMAP_OUT_MAX 8

/* Nanoseconds. */
#define KEYMAP_REPEAT_DELAY  500000000u
#define KEYMAP_REPEAT_PERIOD 33000000u
#define KEYMAP_NEVER	     UINT64_MAX

/* Key codes; the numbers are evdev's. */
enum {
	KEY_ESC = 1,
	KEY_1,
	KEY_2,
	KEY_3,
	KEY_4,
	KEY_5,
	KEY_6,
	KEY_7,
	KEY_8,
	KEY_9,
	KEY_0,
	KEY_MINUS,
	KEY_EQUAL,
	KEY_BACKSPACE,
	KEY_TAB,
	KEY_Q,
	KEY_W,
	KEY_E,
	KEY_R,
	KEY_T,
	KEY_Y,
	KEY_U,
	KEY_I,
	KEY_O,
	KEY_P,
	KEY_LEFTBRACE,
	KEY_RIGHTBRACE,
	KEY_ENTER,
	KEY_LEFTCTRL,
	KEY_A,
	KEY_S,
	KEY_D,
	KEY_F,
	KEY_G,
	KEY_H,
	KEY_J,
	KEY_K,
	KEY_L,
	KEY_SEMICOLON,
	KEY_APOSTROPHE,
	KEY_GRAVE,
	KEY_LEFTSHIFT,
	KEY_BACKSLASH,
	KEY_Z,
	KEY_X,
	KEY_C,
	KEY_V,
	KEY_B,
	KEY_N,
	KEY_M,
	KEY_COMMA,
	KEY_DOT,
	KEY_SLASH,
	KEY_RIGHTSHIFT,
	KEY_KPASTERISK,
	KEY_LEFTALT,
	KEY_SPACE,
	KEY_CAPSLOCK,
	KEY_F1,
	KEY_F2,
	KEY_F3,
	KEY_F4,
	KEY_F5,
	KEY_F6,
	KEY_F7,
	KEY_F8,
	KEY_F9,
	KEY_F10,
	KEY_KP7 = 71,
	KEY_KP8,
	KEY_KP9,
	KEY_KPMINUS,
	KEY_KP4,
	KEY_KP5,
	KEY_KP6,
	KEY_KPPLUS,
	KEY_KP1,
	KEY_KP2,
	KEY_KP3,
	KEY_KP0,
	KEY_KPDOT,
	KEY_102ND = 86, /* of keyboards with one key more: < and > */
	KEY_F11,
	KEY_F12,
	KEY_KPENTER = 96,
	KEY_RIGHTCTRL,
	KEY_KPSLASH,
	KEY_RIGHTALT = 100,
	KEY_HOME = 102,
	KEY_UP,
	KEY_PAGEUP,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_END,
	KEY_DOWN,
	KEY_PAGEDOWN,
	KEY_INSERT,
	KEY_DELETE,
	KEY_KPEQUAL = 117,
	KEYMAP_CODES = 128, /* the layout knows none from here on */
};

/* Private; all zero is the state to begin with. */
struct keymap {
	uint32_t held[KEYMAP_CODES / 32];
	bool caps;
	bool repeat_timed;    /* repeat_at was set */
	uint16_t repeat_code; /* 0: none */
	uint64_t repeat_at;   /* ns */
};

/*
 * A key was released (value 0), pressed (1) or repeated by the device (2).
 * Returns how many bytes it makes, often 0; they may contain a NUL and are
 * not ended by one. Codes and values that are not known are ignored.
 */
size_t keymap_event(struct keymap *keymap, uint16_t code, int32_t value,
		    char out[KEYMAP_OUT_MAX]);

/*
 * The bytes of a repetition that is due at `now` (ns), one for each call; 0
 * if none is. Those that were missed are not made up for. The delay of a key
 * counts from the first call after its press: so call this after the events
 * have been handed over, and then again at keymap_next().
 */
size_t keymap_repeat(struct keymap *keymap, uint64_t now,
		     char out[KEYMAP_OUT_MAX]);

/*
 * When keymap_repeat wants to be called next, in ns: KEYMAP_NEVER if no key is
 * repeating; 0, so at once, after one was pressed.
 */
uint64_t keymap_next(const struct keymap *keymap);

/*
 * Events were lost (EV_SYN / SYN_DROPPED): every key counts as released.
 * Caps lock stays.
 */
void keymap_reset_keys(struct keymap *keymap);

#endif
