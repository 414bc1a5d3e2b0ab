/* SPDX-License-Identifier: MIT */
/*
 * Input device (VirtIO 5.8): keyboards, mice, tablets. Events are those of the
 * Linux input layer (evdev): a type, a code, a value, and an EV_SYN /
 *SYN_REPORT (both 0) after each group that belongs together.
 *
 *	struct lev_input kbd;                 zeroed, the caller's, kept
 *	struct lev_input_config cfg = {
 *		.transport = &mmio.transport,
 *		.event = on_event,
 *	};
 *
 *	lev_input_init(&kbd, &cfg);
 *	lev_input_poll(&kbd);                 on an interrupt, or now and then
 *
 * LEV_INPUT_BUFFERS events can wait for a poll. A device with too few buffers
 * left for a group of events drops the group (5.8.6.2), and does not say so.
 * The driver therefore takes a ring that ran low between two polls (one buffer
 * and an eighth of all, or fewer, were left) as a sign of loss and
 * resynchronises: it reports EV_SYN / SYN_DROPPED, then the release (value 0)
 * of every key that it had reported as pressed, then SYN_REPORT. No key can
 * stay stuck; one that is really held is reported again when it changes. (A
 * queue of one or two entries is always low: a key is released at once.)
 *
 * One owner at a time. lev_device_isr(&kbd.dev) is the interrupt entry.
 */
#ifndef LEVITATE_INPUT_H
#define LEVITATE_INPUT_H

#include <levitate/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LEV_INPUT_BUFFERS  64  /* events that can wait for a poll */
#define LEV_INPUT_NAME_MAX 128 /* bytes of a name, without the NUL */
#define LEV_INPUT_KEY_MAX  768 /* key codes are below this (KEY_CNT) */

#define LEV_INPUT_INIT_TIMEOUT 1000000000u /* ns, if the caller gives none */

/* Event types, and the two codes of EV_SYN that the driver makes itself. */
enum {
	LEV_INPUT_EV_SYN = 0,
	LEV_INPUT_EV_KEY = 1,
	LEV_INPUT_EV_REL = 2,
	LEV_INPUT_EV_ABS = 3,
	LEV_INPUT_EV_REP = 20,
	LEV_INPUT_SYN_REPORT = 0,
	LEV_INPUT_SYN_DROPPED = 3,
};

struct lev_input;

struct lev_input_event {
	uint16_t type;
	uint16_t code;
	int32_t value; /* keys: 0 released, 1 pressed, 2 repeated */
};

/* Kept until fini. */
struct lev_input_config {
	struct lev_transport *transport;

	/* Called inside lev_input_poll (and restart, for what it releases) for
	 * each event, in order. Must not call poll, restart or fini. */
	void (*event)(struct lev_input *input,
		      const struct lev_input_event *ev);
	void *ctx; /* the caller's; in input->cfg.ctx */

	uint64_t init_timeout; /* ns; 0: LEV_INPUT_INIT_TIMEOUT */
};

struct lev_input_ids {
	uint16_t bustype;
	uint16_t vendor;
	uint16_t product;
	uint16_t version;
};

struct lev_virtio_input_event;

/* Private: room for one event. */
struct lev_input_buffer {
	struct lev_request req;
	struct lev_seg seg;
	struct lev_input *input;
};

/* Readable: dev, cfg, name, ids, lost. The rest is private. */
struct lev_input {
	struct lev_device dev;
	struct lev_input_config cfg;
	char name[LEV_INPUT_NAME_MAX + 1]; /* printable ASCII, NUL-terminated */
	struct lev_input_ids ids;	   /* zero if the device has none */
	uint32_t lost; /* how often the ring ran low and was resynchronised */

	/* private */
	struct lev_queue events;
	struct lev_queue_slot event_slots[LEV_INPUT_BUFFERS];
	struct lev_input_buffer buffers[LEV_INPUT_BUFFERS];
	unsigned buffer_count;
	struct lev_virtio_input_event *wire;
	lev_paddr wire_addr;
	uint32_t pressed[LEV_INPUT_KEY_MAX / 32];
};

/*
 * Claim the transport, read name and ids, post all buffers. Errors as
 * lev_device_claim, lev_device_begin and lev_queue_init; after any but
 * LEV_ERR_STUCK nothing is held.
 */
LEV_MUST_CHECK int lev_input_init(struct lev_input *input,
				  const struct lev_input_config *cfg);

/*
 * Reset the device and bring it up again. Keys held are reported released, also
 * if the device is gone (LEV_ERR_NODEV). Errors as lev_input_init; after one
 * the device is quiet, its memory is kept, and restart may be tried again.
 */
LEV_MUST_CHECK int lev_input_restart(struct lev_input *input);

/* Reset, give all memory back. LEV_ERR_STUCK: nothing was freed, try again. */
LEV_MUST_CHECK int lev_input_fini(struct lev_input *input);

/*
 * Report what arrived. Returns how many events, or why the device cannot go
 * on (as lev_device_poll and lev_queue_poll). Before sleeping until the next
 * interrupt, poll until it returns 0: only then is the interrupt armed.
 */
LEV_MUST_CHECK int lev_input_poll(struct lev_input *input);

/*
 * Which codes of an event type the device can send (5.8.4): fills at most len
 * bytes of bitmap (bit n is bit n % 8 of byte n / 8), zeroes the rest, and
 * returns how many bytes the device has; 0: it sends no such events.
 */
LEV_MUST_CHECK int lev_input_event_bits(struct lev_input *input, uint8_t type,
					uint8_t *bitmap, size_t len);

/* Is this key held, as far as events told? */
static inline bool lev_input_pressed(const struct lev_input *input,
				     unsigned code)
{
	return code < LEV_INPUT_KEY_MAX &&
	       (input->pressed[code / 32] >> code % 32) & 1;
}

#ifdef __cplusplus
}
#endif

#endif
