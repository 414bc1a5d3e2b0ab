/* SPDX-License-Identifier: MIT */
/*
 * The input driver on a device whose configuration, events and use of the
 * event queue are the input's. The keys that the driver holds are those that
 * its events told of, and none after it resynchronised.
 */
#include <levitate/input.h>
#include <levitate/wire/input.h>
#include <levitate/wire/ring.h>

#include "device.h"

enum { STEPS_MAX = 400, KEYS = LEV_INPUT_KEY_MAX };

struct rig {
	struct fuzz_port port;
	struct fuzz_dev dev;
	struct lev_input input;
	struct lev_input_config cfg;
	uint16_t used;	 /* the device's place in the used ring */
	unsigned resets; /* that the device has noticed */
	bool may_report;
	unsigned events;
	uint32_t lost;
	bool pressed[KEYS];
	uint8_t select;
};

/* --- the device --- */

static const struct lev_queue_layout *layout(const struct rig *rig)
{
	return &rig->dev.queues[LEV_INPUT_QUEUE_EVENT].layout;
}

static bool enabled(const struct rig *rig)
{
	return rig->dev.queues[LEV_INPUT_QUEUE_EVENT].enabled;
}

static void put_used(struct rig *rig, uint32_t id, uint32_t len)
{
	const struct lev_queue_layout *l = layout(rig);
	struct lev_virtq_used *used =
		fuzz_ptr(&rig->port, l->device, 6 + 8 * l->size);
	struct lev_virtq_used_elem *elems = (void *)(used + 1);

	elems[rig->used % l->size].id = lev_cpu_to_le32(id);
	elems[rig->used % l->size].len = lev_cpu_to_le32(len);
	used->idx = lev_cpu_to_le16(++rig->used);
}

/* Fill the next buffer that the driver lent, as the ring says. */
static void send(struct rig *rig)
{
	const struct lev_queue_layout *l = layout(rig);
	struct fuzz_input *in = &rig->port.in;
	const struct lev_virtq_avail *avail =
		fuzz_ptr(&rig->port, l->driver, 6 + 2 * l->size);
	const lev_le16 *heads = (const void *)(avail + 1);
	const struct lev_virtq_desc *d;
	struct lev_virtio_input_event *ev;
	uint16_t head;

	if (rig->used == lev_le16_to_cpu(avail->idx))
		return;
	head = lev_le16_to_cpu(heads[rig->used % l->size]);
	if (head >= l->size)
		return; /* it was scribbled over */
	d = fuzz_ptr(&rig->port, l->desc + 16 * head, sizeof(*d));
	ev = fuzz_ptr(&rig->port, lev_le64_to_cpu(d->addr), sizeof(*ev));
	if (!ev || (uintptr_t)ev % 4)
		return;
	ev->type = lev_cpu_to_le16((uint16_t)fuzz_number(in));
	ev->code.raw = fuzz_u16(in) % (KEYS + 16);
	ev->value = lev_cpu_to_le32(fuzz_number(in));
	put_used(rig, head, fuzz_below(in, 16) == 1 ? fuzz_number(in) : 8);
}

static void act(struct rig *rig)
{
	struct fuzz_input *in = &rig->port.in;

	if (!enabled(rig))
		return;
	if (rig->resets != rig->dev.resets)
		rig->used = 0;
	rig->resets = rig->dev.resets;
	switch (fuzz_below(in, 12)) {
	case 1:
		put_used(rig, fuzz_number(in), fuzz_number(in));
		break;
	case 2:
		fuzz_scribble(&rig->port);
		break;
	case 3:
		rig->dev.status_wrong = fuzz_u8(in);
		break;
	case 4:
		rig->dev.causes = fuzz_u8(in) & 3;
		break;
	case 5:
		rig->dev.stuck = fuzz_below(in, 2);
		break;
	case 6:
		rig->dev.gone = fuzz_below(in, 4) == 1;
		break;
	case 7:
		for (unsigned n = fuzz_below(in, 65); n; n--)
			send(rig);
		break;
	default:
		send(rig);
		break;
	}
}

static void on_race(void *ctx, void *ptr, unsigned len)
{
	struct rig *rig = ctx;

	if (rig->port.in.left && fuzz_below(&rig->port.in, 16) == 1)
		fuzz_take(&rig->port.in, ptr, len);
}

static uint32_t config_read(struct fuzz_dev *dev, uint32_t off, unsigned width)
{
	struct rig *rig = LEV_CONTAINER_OF(dev, struct rig, dev);
	struct fuzz_input *in = &rig->port.in;

	FUZZ_CHECK(off + width <= sizeof(struct lev_virtio_input_config));
	if (off != offsetof(struct lev_virtio_input_config, size))
		return fuzz_u8(in);
	if (fuzz_below(in, 16) == 1)
		return fuzz_u8(in);
	return rig->select == LEV_INPUT_CFG_ID_DEVIDS ? 8 : fuzz_below(in, 129);
}

static void config_write(struct fuzz_dev *dev, uint32_t off, unsigned width,
			 uint32_t value)
{
	struct rig *rig = LEV_CONTAINER_OF(dev, struct rig, dev);

	FUZZ_CHECK(width == 1 && off <= 1);
	if (off == 0)
		rig->select = (uint8_t)value;
}

static uint32_t generation(struct fuzz_dev *dev)
{
	struct rig *rig = LEV_CONTAINER_OF(dev, struct rig, dev);

	return fuzz_below(&rig->port.in, 8) == 1;
}

/* --- the caller --- */

static void on_event(struct lev_input *input, const struct lev_input_event *ev)
{
	struct rig *rig = LEV_CONTAINER_OF(input, struct rig, input);

	FUZZ_CHECK(rig->may_report);
	FUZZ_CHECK(++rig->events <= 2 * KEYS + 4 * LEV_INPUT_BUFFERS);
	if (ev->type == LEV_INPUT_EV_KEY && ev->code < KEYS)
		rig->pressed[ev->code] = ev->value != 0;
}

static void check_keys(const struct rig *rig, bool none)
{
	for (unsigned code = 0; code < KEYS; code++) {
		FUZZ_CHECK(lev_input_pressed(&rig->input, code) ==
			   rig->pressed[code]);
		FUZZ_CHECK(!none || !rig->pressed[code]);
	}
	FUZZ_CHECK(!lev_input_pressed(&rig->input, KEYS));
	FUZZ_CHECK(!lev_input_pressed(&rig->input, UINT32_MAX));
}

static void check_up(const struct rig *rig)
{
	const char *name = rig->input.name;
	const char *nul = memchr(name, 0, sizeof(rig->input.name));

	FUZZ_CHECK(rig->input.dev.state == LEV_DEVICE_LIVE);
	FUZZ_CHECK(nul);
	for (; name < nul; name++)
		FUZZ_CHECK(*name >= ' ' && *name <= '~');
	FUZZ_CHECK(rig->input.buffer_count >= 1 &&
		   rig->input.buffer_count <= LEV_INPUT_BUFFERS);
}

static void check_error(int err)
{
	FUZZ_CHECK(err < 0 && err >= LEV_ERR_STUCK && err != LEV_ERR_CANCELED);
}

static void do_act(struct rig *rig)
{
	act(rig);
}

static void do_poll(struct rig *rig)
{
	const struct lev_queue *q = &rig->input.events;
	int n;

	rig->may_report = true;
	rig->events = 0;
	n = lev_input_poll(&rig->input);
	rig->may_report = false;
	if (n < 0) {
		check_error(n);
		return;
	}
	FUZZ_CHECK((unsigned)n <= rig->input.buffer_count);
	/* Whatever came, the device has its buffers back. */
	if (!lev_queue_error(q))
		FUZZ_CHECK(lev_queue_in_flight(q) == rig->input.buffer_count);
	/* input.h: one and an eighth of all, or fewer, were left. */
	FUZZ_CHECK(rig->input.lost - rig->lost ==
		   (n && rig->input.buffer_count - (unsigned)n <=
				 1 + rig->input.buffer_count / 8));
	if (rig->events)
		check_keys(rig, rig->input.lost != rig->lost);
	rig->lost = rig->input.lost;
}

static void do_interrupt(struct rig *rig)
{
	FUZZ_CHECK(lev_device_isr(&rig->input.dev) <= 3);
}

/* The bitmap is exactly as long as we say. */
static void do_bits(struct rig *rig)
{
	struct fuzz_input *in = &rig->port.in;
	const uint8_t type = fuzz_u8(in);
	const size_t len = fuzz_u8(in);
	uint8_t *bitmap = malloc(len);
	int n;

	if (!bitmap && len)
		abort();
	n = lev_input_event_bits(&rig->input, type, bitmap, len);
	FUZZ_CHECK(n <= LEV_INPUT_CFG_LEN_MAX);
	if (n < 0)
		check_error(n);
	for (size_t i = (size_t)n; n >= 0 && i < len; i++)
		FUZZ_CHECK(!bitmap[i]);
	free(bitmap);
}

static void do_restart(struct rig *rig)
{
	int err;

	rig->may_report = true;
	rig->events = 0;
	err = lev_input_restart(&rig->input);
	rig->may_report = false;
	if (!err)
		check_up(rig);
	else
		check_error(err);
	if (err != LEV_ERR_STUCK && err != LEV_ERR_STATE)
		check_keys(rig, true);
	rig->lost = rig->input.lost;
}

typedef void step(struct rig *rig);

static step *const steps[] = {
	do_poll, do_act,       do_act,	do_act,
	do_poll, do_interrupt, do_bits, do_restart,
};

static void end(struct rig *rig)
{
	int err;

	fuzz_call(&rig->port);
	err = lev_input_fini(&rig->input);
	if (err) {
		FUZZ_CHECK(err == LEV_ERR_STUCK);
		fuzz_dev_behave(&rig->dev);
		FUZZ_CHECK(lev_input_fini(&rig->input) == 0);
	}
	FUZZ_CHECK(rig->input.dev.state == LEV_DEVICE_FREE);
}

static void rig_run(struct rig *rig)
{
	int err;

	fuzz_call(&rig->port);
	err = lev_input_init(&rig->input, &rig->cfg);
	if (err) {
		check_error(err);
		end(rig);
		return;
	}
	check_up(rig);
	rig->port.race = on_race;
	for (unsigned i = 0; i < STEPS_MAX && rig->port.in.left; i++) {
		fuzz_call(&rig->port);
		steps[fuzz_below(&rig->port.in,
				 sizeof(steps) / sizeof(steps[0]))](rig);
	}
	end(rig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	uint8_t bits;

	if (!rig)
		abort();
	fuzz_port_init(&rig->port, data, len);
	rig->port.ctx = rig;
	fuzz_dev_init(&rig->dev, &rig->port, LEV_ID_INPUT);
	rig->dev.config_read = config_read;
	rig->dev.config_write = config_write;
	rig->dev.generation = generation;
	bits = fuzz_u8(&rig->port.in);
	if (bits & 1)
		lev_features_set(&rig->dev.offered, LEV_F_EVENT_IDX);
	if (bits & 2)
		rig->dev.size_max = fuzz_u8(&rig->port.in);
	rig->cfg.transport = &rig->dev.transport;
	rig->cfg.event = on_event;
	rig_run(rig);
	FUZZ_CHECK(!rig->dev.transport.owner);
	fuzz_port_end(&rig->port);
	free(rig);
	return 0;
}
