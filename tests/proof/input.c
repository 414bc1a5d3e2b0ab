/* SPDX-License-Identifier: MIT */
/*
 * What an input device says of itself and what it sends. How its configuration
 * is read is shown in config.c; here it is any bytes, or an error.
 */
#include "../../src/drivers/input.c"

static struct lev_input input;
static uint8_t told; /* the size that the device told */

void lev_device_config_write(struct lev_device *dev, uint32_t off,
			     unsigned width, uint32_t value)
{
	(void)dev;
	PROVE(off < 2 && width == 1 && value <= UINT8_MAX, "a question");
}

int lev_device_config_read(struct lev_device *dev, uint32_t off, void *dst,
			   unsigned count, unsigned width)
{
	uint8_t *to = dst;

	(void)dev;
	PROVE(width == 1 && (off == 2 ? count == 1 : off == 8),
	      "the size, or what the answer holds");
	PROVE(off == 2 || (count <= told && count <= 128),
	      "not more than there is");
	for (unsigned i = 0; i < count; i++)
		to[i] = nondet_uint8();
	if (off == 2)
		told = *to;
	return nondet_bool() ? 0 : LEV_ERR_PROTO;
}

void input_name(void)
{
	const int err = query_name(&input);
	size_t len = 0;

	PROVE(err == 0 || err == LEV_ERR_PROTO, "0 or an error");
	while (input.name[len]) { /* in bounds, so a NUL ends it */
		PROVE(input.name[len] >= ' ' && input.name[len] <= '~',
		      "what a human may see");
		len++;
	}
	PROOF_SEEN(len == LEV_INPUT_NAME_MAX, "the longest name");
	PROOF_SEEN(err, "an answer that is too long");
	PROOF_END();
}

void input_ids(void)
{
	const int err = query_ids(&input);

	PROVE(err == 0 || err == LEV_ERR_PROTO, "0 or an error");
	PROOF_SEEN(err == 0, "a device with ids");
	PROOF_END();
}

void input_bits(void)
{
	const size_t len = nondet_size();
	const size_t at = nondet_size();
	uint8_t *bitmap;
	int err;

	ASSUME(len <= 16);
	bitmap = malloc(len);
	input.dev.state = LEV_DEVICE_LIVE;
	err = lev_input_event_bits(&input, nondet_uint8(), bitmap, len);
	PROVE(err == LEV_ERR_PROTO || (err == told && err <= 128),
	      "how many bytes the device has");
	if (err >= 0 && at < len && at >= (size_t)err)
		PROVE(bitmap[at] == 0, "the rest is zero");
	PROOF_SEEN(err == 128, "all there can be");
	PROOF_END();
}

/* --- events --- */

static unsigned events;

/* The buffer that comes back, one for all: CBMC takes 50 times as long if it
 * may be any. */
enum { CAME = LEV_INPUT_BUFFERS - 1 };

static void event(struct lev_input *from, const struct lev_input_event *ev)
{
	PROVE(from == &input, "this device's");
	PROVE(ev->type != LEV_INPUT_EV_KEY || ev->code >= LEV_INPUT_KEY_MAX ||
		      lev_input_pressed(&input, ev->code) == (ev->value != 0),
	      "a key is as its event says");
	events++;
}

/* In its place, as in gpu.c: the device may have written anything there. */
void lev_device_read_once(void *dst, const void *src, size_t len)
{
	PROVE(src == &input.wire[CAME] && len == sizeof(*input.wire),
	      "this buffer's event");
	__CPROVER_havoc_slice(dst, len);
}

/* The buffer goes back whatever the event was; the queue may have broken. */
static struct lev_request *added;
int lev_queue_add(struct lev_queue *q, struct lev_request *req)
{
	PROVE(q == &input.events, "its queue");
	added = req;
	return nondet_bool() ? 0 : LEV_ERR_PROTO;
}

void input_event(void)
{
	struct lev_input_buffer *const buffer = &input.buffers[CAME];

	input.wire = malloc(LEV_INPUT_BUFFERS * sizeof(*input.wire));
	input.cfg.event = event;
	__CPROVER_havoc_slice(input.pressed, sizeof(input.pressed));
	buffer->input = &input;
	buffer->req.err = nondet_bool() ? LEV_ERR_CANCELED : 0;
	buffer->req.written = nondet_unsigned();
	event_done(&buffer->req);
	if (buffer->req.err) {
		PROVE(!events && !added, "a reset is no event");
	} else {
		PROVE(added == &buffer->req, "the buffer goes back");
		PROVE(events == (buffer->req.written >= 8),
		      "an event that came whole is told");
	}
	PROOF_SEEN(events, "an event");
	PROOF_END();
}
