/* SPDX-License-Identifier: MIT */
/*
 * An input device (standard 5.8): a window of configuration that shows what
 * select and subsel ask for, and events that come in whole sequences.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_int.h"

enum {
	EVENTQ = 0,
	STATUSQ = 1,
	CFG_SELECT = 0,
	CFG_SUBSEL = 1,
	CFG_SIZE = 2,
	CFG_UNION = 8,
	UNION_LEN = 128,
	EVENT_LEN = 8,
	EV_SYN = 0,
	EV_KEY = 1,
	EV_LED = 0x11,
	EV_REP = 0x14,
};

static struct fake_input *input_of(struct fake_dev *dev)
{
	return LEV_CONTAINER_OF(dev, struct fake_input, dev);
}

/* --- configuration --- */

static const struct fake_field input_fields[] = {
	{ .off = CFG_SELECT,
	  .width = 1,
	  .count = 2,
	  .writable = true,
	  .write_id = "INPUT-INIT-02" },
	{ .off = CFG_SIZE,
	  .width = 1,
	  .count = 1,
	  .write_id = "INPUT-INIT-02" },
	{ .off = 3, .width = 1, .count = 5, .write_id = "INPUT-INIT-02" },
	{ .off = CFG_UNION,
	  .width = 1,
	  .count = UNION_LEN,
	  .write_id = "INPUT-INIT-02" },
	/* abs: five of 32 bits; ids: four of 16. */
	{ .off = CFG_UNION,
	  .width = 4,
	  .count = 5,
	  .write_id = "INPUT-INIT-02" },
	{ .off = CFG_UNION,
	  .width = 2,
	  .count = 4,
	  .write_id = "INPUT-INIT-02" },
	{ .width = 0 },
};

static bool select_known(uint8_t select)
{
	return select <= FAKE_INPUT_DEVIDS || (select >= FAKE_INPUT_PROP_BITS &&
					       select <= FAKE_INPUT_ABS_INFO);
}

/* Show the answer to what is selected. */
static void input_show(struct fake_input *input)
{
	uint8_t *config = input->dev.config;

	memset(config + CFG_SIZE, 0, CFG_UNION - CFG_SIZE + UNION_LEN);
	for (unsigned i = 0; i < input->nanswers; i++) {
		if (input->answers[i].select != config[CFG_SELECT] ||
		    input->answers[i].subsel != config[CFG_SUBSEL])
			continue;
		config[CFG_SIZE] = input->answers[i].len;
		memcpy(config + CFG_UNION, input->answers[i].bytes, UNION_LEN);
	}
	if (input->size_field_set)
		config[CFG_SIZE] = input->size_field;
}

static void input_config_written(struct fake_dev *dev, uint32_t off,
				 uint32_t len)
{
	struct fake_input *input = input_of(dev);

	(void)len;
	/* A new query begins; the fields come in any order (5.8.5.1). */
	if (input->select_written && input->subsel_written)
		input->select_written = input->subsel_written = false;
	if (off == CFG_SELECT)
		input->select_written = true;
	else
		input->subsel_written = true;
	input->size_read = false;
	fake_dev_check(dev, select_known(dev->config[CFG_SELECT]), "X-INPUT-01",
		       "unknown select", dev->config[CFG_SELECT]);
	input_show(input);
}

static void input_config_read(struct fake_dev *dev, uint32_t off, uint32_t len)
{
	struct fake_input *input = input_of(dev);

	(void)len;
	if (off < CFG_SIZE)
		return;
	fake_dev_check(dev, input->select_written && input->subsel_written,
		       "INPUT-INIT-01", "select or subsel was not written",
		       off);
	if (off == CFG_SIZE)
		input->size_read = true;
	else
		fake_dev_check(dev, input->size_read, "INPUT-INIT-03",
			       "read before size was", off);
}

void fake_input_answer(struct fake_input *input, uint8_t select, uint8_t subsel,
		       const void *bytes, uint8_t len)
{
	unsigned i = 0;

	while (i < input->nanswers && (input->answers[i].select != select ||
				       input->answers[i].subsel != subsel))
		i++;
	if (i == FAKE_INPUT_ANSWERS || len > UNION_LEN)
		abort();
	if (i == input->nanswers)
		input->nanswers++;
	memset(&input->answers[i], 0, sizeof(input->answers[i]));
	input->answers[i].select = select;
	input->answers[i].subsel = subsel;
	input->answers[i].len = len;
	if (len)
		memcpy(input->answers[i].bytes, bytes, len);
}

/* --- events --- */

/* Buffers wait in the queue until there is something to say. */
static void input_handle(struct fake_dev *dev, struct fake_chain *chain)
{
	struct fake_input *input = input_of(dev);
	uint8_t raw[EVENT_LEN];

	if (chain->queue->idx == EVENTQ) {
		fake_dev_check(dev, !chain->readable, "INPUT-OP-02",
			       "an event buffer that is not writable", 0);
		fake_dev_check(dev, chain->writable >= EVENT_LEN, "INPUT-OP-03",
			       "an event buffer is too short",
			       (uint32_t)chain->writable);
		return;
	}
	if (fake_dev_check(dev, chain->readable >= EVENT_LEN, "INPUT-OP-04",
			   "a status buffer is too short",
			   (uint32_t)chain->readable)) {
		fake_chain_read(chain, 0, raw, sizeof(raw));
		input->status_events++;
		input->last_status.type = fake_get16(raw);
		input->last_status.code = fake_get16(raw + 2);
		input->last_status.value = fake_get32(raw + 4);
	}
	fake_queue_push(chain, 0);
}

static void event_send(struct fake_input *input,
		       const struct fake_input_event *event)
{
	struct fake_chain *chain =
		fake_queue_oldest(&input->dev.queues[EVENTQ]);
	uint8_t raw[EVENT_LEN];
	size_t done;

	fake_put16(raw, event->type);
	fake_put16(raw + 2, event->code);
	fake_put32(raw + 4, event->value);
	done = fake_chain_write(chain, 0, raw, sizeof(raw));
	fake_queue_push(chain,
			input->used_len_set ? input->used_len : (uint32_t)done);
	input->sent++;
}

/* All of a sequence or nothing of it (5.8.6.2). */
static void sequence_send(struct fake_input *input)
{
	struct fake_queue *queue = &input->dev.queues[EVENTQ];

	if (fake_dev_live(&input->dev) && !input->dev.faults.silent)
		fake_run(&input->dev);
	fake_dev_check(&input->dev, queue->inflight || !queue->ready,
		       "INPUT-OP-01", "the event queue is empty", 0);
	if (input->overflow || queue->inflight < input->nqueue) {
		input->dropped++;
	} else {
		for (unsigned i = 0; i < input->nqueue; i++)
			event_send(input, &input->queue[i]);
	}
	input->nqueue = 0;
	input->overflow = false;
}

void fake_input_event(struct fake_input *input, uint16_t type, uint16_t code,
		      uint32_t value)
{
	struct fake_input_event *event;

	if (input->nqueue == FAKE_INPUT_QUEUE) {
		input->overflow = true;
	} else {
		event = &input->queue[input->nqueue++];
		event->type = type;
		event->code = code;
		event->value = value;
	}
	if (type == EV_SYN && code == 0)
		sequence_send(input);
}

void fake_input_key(struct fake_input *input, uint16_t code, bool down)
{
	fake_input_event(input, EV_KEY, code, down);
	fake_input_event(input, EV_SYN, 0, 0);
}

/* --- birth --- */

static void input_reset(struct fake_dev *dev)
{
	struct fake_input *input = input_of(dev);

	input->nqueue = 0;
	input->overflow = false;
	input->select_written = input->subsel_written = false;
	input->size_read = false;
	memset(dev->config, 0, sizeof(dev->config));
}

struct fake_input *fake_input_new(struct fake_port *port, uint32_t version)
{
	static const uint8_t ids[] = { 6, 0, 0xf4, 0x1a, 2, 0, 3, 0 };
	struct fake_input *input = fake_zalloc(sizeof(*input));
	struct fake_dev *dev = &input->dev; /* the first member: freed as one */
	uint8_t keys[16], leds = 7, rep = 3;

	fake_dev_init(dev, port, version, 18, 2);
	dev->config_len = CFG_UNION + UNION_LEN;
	dev->fields = input_fields;
	dev->handle = input_handle;
	dev->config_written = input_config_written;
	dev->config_read = input_config_read;
	dev->reset = input_reset;
	memset(keys, 0xff, sizeof(keys));
	keys[0] = 0xfe;
	fake_input_answer(input, FAKE_INPUT_NAME, 0, "fake keyboard", 13);
	fake_input_answer(input, FAKE_INPUT_SERIAL, 0, "1", 1);
	fake_input_answer(input, FAKE_INPUT_DEVIDS, 0, ids, sizeof(ids));
	fake_input_answer(input, FAKE_INPUT_EV_BITS, EV_KEY, keys, 16);
	fake_input_answer(input, FAKE_INPUT_EV_BITS, EV_LED, &leds, 1);
	fake_input_answer(input, FAKE_INPUT_EV_BITS, EV_REP, &rep, 1);
	return input;
}
