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

static void event_done(struct lev_request *req)
{
	struct lev_input_buffer *buffer =
		LEV_CONTAINER_OF(req, struct lev_input_buffer, req);
	struct lev_input *input = buffer->input;
	struct lev_virtio_input_event ev;

	if (req->err)
		return; /* a reset: the buffers are posted anew after it */
	lev_device_read_once(&ev, &input->wire[buffer - input->buffers],
			     sizeof(ev));
	if (req->written >= sizeof(ev))
		report(input, lev_le16_to_cpu(ev.type),
		       lev_le16_to_cpu(ev.code),
		       (int32_t)lev_le32_to_cpu(ev.value));
	if (lev_queue_add(&input->events, req))
		return; /* the queue broke: the kick that follows says why */
}

int lev_input_poll(struct lev_input *input)
{
	int n, err;

	if (input->dev.state != LEV_DEVICE_LIVE)
		return LEV_ERR_STATE;
	if (lev_device_stirred(&input->dev)) {
		err = lev_device_poll(&input->dev);
		if (err < 0)
			return err;
	}
	n = lev_queue_poll(&input->events, input->buffer_count);
	if (n == 0 && lev_queue_arm(&input->events))
		n = lev_queue_poll(&input->events, input->buffer_count);
	if (n <= 0)
		return n;
	err = lev_queue_kick(&input->events);
	if (err < 0)
		return err;
	/* The device had few buffers left: a group of events that did not fit
	 * was dropped whole (5.8.6.2). */
	if (input->buffer_count - (unsigned)n <= 1 + input->buffer_count / 8) {
		input->lost++;
		resync(input);
	}
	return n;
}

/* --- configuration --- */

/*
 * Query the configuration (5.8.5): up to len bytes of what select and subsel
 * ask for. Returns how many bytes the device has; 0: it does not know.
 */
static int config_query(struct lev_input *input, uint8_t select, uint8_t subsel,
			void *dst, size_t len)
{
	struct lev_device *dev = &input->dev;
	uint8_t size;
	int err;

	lev_device_config_write(
		dev, offsetof(struct lev_virtio_input_config, select), 1,
		select);
	lev_device_config_write(
		dev, offsetof(struct lev_virtio_input_config, subsel), 1,
		subsel);
	err = lev_device_config_read(
		dev, offsetof(struct lev_virtio_input_config, size), &size, 1,
		1);
	if (err)
		return err;
	if (size > LEV_INPUT_CFG_LEN_MAX)
		return LEV_ERR_PROTO;
	err = lev_device_config_read(
		dev, offsetof(struct lev_virtio_input_config, u), dst,
		size < len ? size : (unsigned)len, 1);
	return err ? err : size;
}

int lev_input_event_bits(struct lev_input *input, uint8_t type, uint8_t *bitmap,
			 size_t len)
{
	if (input->dev.state != LEV_DEVICE_LIVE)
		return LEV_ERR_STATE;
	__builtin_memset(bitmap, 0, len);
	return config_query(input, LEV_INPUT_CFG_EV_BITS, type, bitmap, len);
}

/*
 * What a human may see of the name: the device's bytes are not trusted, and
 * some devices count a NUL at its end.
 */
static int query_name(struct lev_input *input)
{
	int len = config_query(input, LEV_INPUT_CFG_ID_NAME, 0, input->name,
			       LEV_INPUT_NAME_MAX);

	input->name[len > 0 ? len : 0] = 0;
	for (char *c = input->name; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return len < 0 ? len : 0;
}

static int query_ids(struct lev_input *input)
{
	struct lev_virtio_input_devids ids = { { 0 }, { 0 }, { 0 }, { 0 } };
	int len = config_query(input, LEV_INPUT_CFG_ID_DEVIDS, 0, &ids,
			       sizeof(ids));

	if (len < 0)
		return len;
	input->ids.bustype = lev_le16_to_cpu(ids.bustype);
	input->ids.vendor = lev_le16_to_cpu(ids.vendor);
	input->ids.product = lev_le16_to_cpu(ids.product);
	input->ids.version = lev_le16_to_cpu(ids.version);
	return 0;
}

/* --- up and down --- */

static const struct lev_driver input_driver = {
	.device_id = LEV_ID_INPUT,
	.name = "input",
};

/* Lend the device a buffer for each entry of its queue. */
static int post_buffers(struct lev_input *input)
{
	int err = 0;

	input->buffer_count = lev_queue_size(&input->events);
	for (unsigned i = 0; i < input->buffer_count && !err; i++) {
		struct lev_input_buffer *buffer = &input->buffers[i];

		buffer->input = input;
		buffer->seg.addr = input->wire_addr + i * sizeof(*input->wire);
		buffer->seg.len = sizeof(*input->wire);
		buffer->req.segs = &buffer->seg;
		buffer->req.writable = 1;
		buffer->req.done = event_done;
		err = lev_queue_add(&input->events, &buffer->req);
	}
	return err;
}

static int input_begin(struct lev_input *input)
{
	const uint64_t timeout = input->cfg.init_timeout;
	const struct lev_queue_config cfg = {
		.idx = LEV_INPUT_QUEUE_EVENT,
		.size = LEV_INPUT_BUFFERS,
		.slots = input->event_slots,
	};
	int err;

	err = lev_device_begin(
		&input->dev,
		lev_device_deadline(&input->dev,
				    timeout ? timeout
					    : LEV_INPUT_INIT_TIMEOUT));
	if (!err)
		err = query_name(input);
	if (!err)
		err = query_ids(input);
	if (!err)
		err = lev_queue_init(&input->events, &input->dev, &cfg);
	if (!err && !input->wire) {
		input->wire = lev_device_dma_alloc(
			&input->dev, LEV_INPUT_BUFFERS * sizeof(*input->wire),
			sizeof(*input->wire), UINT64_MAX, &input->wire_addr);
		err = input->wire ? 0 : LEV_ERR_NOMEM;
	}
	if (!err)
		err = post_buffers(input);
	return err ? err : lev_device_ready(&input->dev);
}

static void input_close(struct lev_input *input)
{
	lev_queue_fini(&input->events);
	if (input->wire)
		lev_device_dma_free(&input->dev, input->wire, input->wire_addr,
				    LEV_INPUT_BUFFERS * sizeof(*input->wire));
	input->wire = NULL;
	lev_device_release(&input->dev);
}

int lev_input_init(struct lev_input *input, const struct lev_input_config *cfg)
{
	int err;

	err = lev_device_claim(&input->dev, cfg->transport, &input_driver);
	if (err)
		return err;
	input->cfg = *cfg;
	err = input_begin(input);
	if (!err) {
		lev_device_log(&input->dev, "%s", input->name);
		return 0;
	}
	err = lev_device_abort(&input->dev, err);
	if (err != LEV_ERR_STUCK)
		input_close(input);
	return err;
}

int lev_input_restart(struct lev_input *input)
{
	int err;

	if (!input->wire)
		return LEV_ERR_STATE;
	err = lev_device_reset(&input->dev);
	if (err && err != LEV_ERR_NODEV)
		return err;
	resync(input);
	err = input_begin(input);
	return err ? lev_device_abort(&input->dev, err) : 0;
}

int lev_input_fini(struct lev_input *input)
{
	int err;

	if (input->dev.state == LEV_DEVICE_FREE)
		return 0;
	err = lev_device_reset(&input->dev);
	if (err == LEV_ERR_STUCK || err == LEV_ERR_STATE)
		return err;
	input_close(input);
	return 0;
}
