/* SPDX-License-Identifier: MIT */
/*
 * The model of an input device (standard 5.8); part of fake.h, which includes
 * it.
 */
#ifndef FAKE_INPUT_H
#define FAKE_INPUT_H

#include "fake.h"

enum {
	FAKE_INPUT_NAME = 0x01,
	FAKE_INPUT_SERIAL = 0x02,
	FAKE_INPUT_DEVIDS = 0x03,
	FAKE_INPUT_PROP_BITS = 0x10,
	FAKE_INPUT_EV_BITS = 0x11,
	FAKE_INPUT_ABS_INFO = 0x12,
	FAKE_INPUT_ANSWERS = 32,
	FAKE_INPUT_QUEUE = 64,
};

struct fake_input_event {
	uint16_t type, code;
	uint32_t value;
};

struct fake_input {
	struct fake_dev dev; /* id 18, queues event and status */

	/* Knobs: faults of the next events. */
	uint32_t used_len; /* reported instead of 8, while used_len_set */
	bool used_len_set;
	uint8_t size_field; /* in every answer, while size_field_set */
	bool size_field_set;

	/* Read. */
	unsigned sent;		/* events given to the driver */
	unsigned dropped;	/* whole sequences, for want of buffers */
	unsigned status_events; /* received on statusq */
	struct fake_input_event last_status;

	/* The model's own. */
	struct {
		uint8_t select, subsel, len;
		uint8_t bytes[128];
	} answers[FAKE_INPUT_ANSWERS];
	unsigned nanswers;
	struct fake_input_event queue[FAKE_INPUT_QUEUE];
	unsigned nqueue;
	bool overflow, select_written, subsel_written, size_read;
};

/*
 * A keyboard: name "fake keyboard", serial "1", ids 6/0x1af4/2/3, EV_KEY with
 * codes 1 to 127, EV_REP, EV_LED. Use fake_input_answer() to make it another.
 */
struct fake_input *fake_input_new(struct fake_port *port, uint32_t version);

/* What a query answers; len 0 takes the answer away. At most 128 bytes. */
void fake_input_answer(struct fake_input *input, uint8_t select, uint8_t subsel,
		       const void *bytes, uint8_t len);

/*
 * One event. Events wait until EV_SYN (type 0, code 0) ends the sequence; then
 * all go out at once, or none when there are too few buffers.
 */
void fake_input_event(struct fake_input *input, uint16_t type, uint16_t code,
		      uint32_t value);

/* Press or release a key: EV_KEY and EV_SYN. */
void fake_input_key(struct fake_input *input, uint16_t code, bool down);

#endif
