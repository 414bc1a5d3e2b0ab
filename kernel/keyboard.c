/* SPDX-License-Identifier: MIT */
/* The VirtIO keyboard. See keyboard.h. */
#include <levitate.h>

#include "arch.h"
#include "console.h"
#include "devices.h"
#include "keyboard.h"
#include "keymap.h"
#include "shell.h"

enum { BURSTS = 16 }; /* polls that bring events, before others have a turn */

static struct lev_input input;
static struct keymap keymap;
static bool up;

/* What one poll can bring, and a repetition. */
static char typed[(LEV_INPUT_BUFFERS + 1) * KEYMAP_OUT_MAX];
static size_t typed_len;

static void on_event(struct lev_input *in, const struct lev_input_event *ev)
{
	(void)in;
	if (ev->type == LEV_INPUT_EV_SYN && ev->code == LEV_INPUT_SYN_DROPPED)
		keymap_reset_keys(&keymap);
	else if (ev->type == LEV_INPUT_EV_KEY &&
		 sizeof(typed) - typed_len >= KEYMAP_OUT_MAX)
		typed_len += keymap_event(&keymap, ev->code, ev->value,
					  typed + typed_len);
}

/* Commands run here, when the driver is done with its events. */
static void hand_over(void)
{
	const size_t len = typed_len;

	typed_len = 0;
	for (size_t i = 0; i < len; i++)
		shell_input(typed[i]);
}

/* Letters make a keyboard; tablets and mice have buttons only. */
static bool has_letters(void)
{
	uint8_t bits[KEY_A / 8 + 1];

	return lev_input_event_bits(&input, LEV_INPUT_EV_KEY, bits,
				    sizeof(bits)) > 0 &&
	       bits[KEY_A / 8] >> KEY_A % 8 & 1;
}

/* Is it a keyboard, and does it work? Else the slot is free again. */
static bool try_slot(struct device_slot *slot)
{
	const struct lev_input_config cfg = {
		.transport = slot->transport,
		.event = on_event,
	};
	int err;

	devices_claim(slot, &input.dev, &input.events);
	err = lev_input_init(&input, &cfg);
	if (!err && has_letters())
		return true;
	if (err)
		kprintf("keyboard: %s\n", lev_strerror(err));
	else
		err = lev_input_fini(&input);
	if (err != LEV_ERR_STUCK)
		devices_release(slot);
	return false;
}

void keyboard_init(void)
{
	struct device_slot *slot = NULL;

	while (!up && (slot = devices_find(LEV_ID_INPUT, slot)) != NULL)
		up = try_slot(slot);
	if (up)
		kprintf("keyboard: %s\n", input.name);
	else
		kprintf("keyboard: none, serial line only\n");
}

uint64_t keyboard_service(void)
{
	int n = 1;

	if (!up)
		return UINT64_MAX;
	for (unsigned i = 0; i < BURSTS && n > 0; i++) {
		n = lev_input_poll(&input);
		hand_over();
	}
	if (n < 0) {
		kprintf("keyboard: %s\n", lev_strerror(n));
		up = !lev_input_restart(&input);
		kprintf("keyboard: %s\n", up ? "re-initialised" : "given up");
	}
	typed_len = keymap_repeat(&keymap, arch_now(), typed);
	hand_over();
	return n > 0 ? 0 : keymap_next(&keymap);
}
