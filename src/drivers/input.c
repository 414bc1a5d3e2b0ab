/* SPDX-License-Identifier: MIT */
/*
 * Input device (VirtIO 5.8). See levitate/input.h.
 *
 * The event queue is kept full of buffers of one event each; each goes back to
 * the device as soon as its event has been reported. The status queue (LEDs)
 * is not used.
 */
#include <levitate/input.h>
#include <levitate/wire/input.h>

static struct lev_input *to_input(struct lev_queue *q)
{
	return LEV_CONTAINER_OF(q, struct lev_input, events);
}

/* --- events --- */

static void report(struct lev_input *input, unsigned type, unsigned code,
		   int32_t value)
{
	const struct lev_input_event ev = { (uint16_t)type, (uint16_t)code,
					    value };

	if (type == LEV_INPUT_EV_KEY && code < LEV_INPUT_KEY_MAX) {
		const uint32_t bit = 1u << code % 32;

		if (value)
			input->pressed[code / 32] |= bit;
		else
			input->pressed[code / 32] &= ~bit;
	}
	input->cfg.event(input, &ev);
}

/* The device may have dropped events: whatever is held counts as released. */
static void resync(struct lev_input *input)
{
	report(input, LEV_INPUT_EV_SYN, LEV_INPUT_SYN_DROPPED, 0);
	for (unsigned code = 0; code < LEV_INPUT_KEY_MAX; code++)
		if (lev_input_pressed(input, code))
			report(input, LEV_INPUT_EV_KEY, code, 0);
	report(input, LEV_INPUT_EV_SYN, LEV_INPUT_SYN_REPORT, 0);
}
