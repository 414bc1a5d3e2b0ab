/* SPDX-License-Identifier: MIT */
/* The device's side of a round. */
#include "soak.h"

/* Every message is at least so long, for its key. */
enum { KEY_LEN = 4 };

uint32_t soak_pick(uint64_t *state, uint32_t n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % n;
}

uint8_t soak_byte(uint32_t key, uint32_t off)
{
	if (off < KEY_LEN)
		return (uint8_t)(key >> 8 * off);
	return (uint8_t)((key ^ off * 0x9e3779b9u) * 0x85ebca6bu >> 24);
}

uint32_t soak_key(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

/* What the driver lends for reading is one of its messages, whole. */
static uint32_t request_key(struct soak *s, struct fake_chain *chain)
{
	uint8_t bytes[SOAK_BYTES];
	const size_t len = fake_chain_read(chain, 0, bytes, sizeof(bytes));
	uint32_t key;
	bool right = len == chain->readable;

	if (!len || s->config->hostile)
		return s->device_key++;
	key = soak_key(bytes);
	for (uint32_t i = 0; i < len; i++)
		right = right && bytes[i] == soak_byte(key, i);
	fake_check(s->port, right, "SOAK-READ",
		   "the device read other bytes than were lent, key 0x%x", key);
	return key;
}

static uint32_t answer_write(struct soak *s, struct fake_chain *chain,
			     uint32_t key)
{
	uint32_t len = (uint32_t)chain->writable;

	if (len > KEY_LEN && soak_pick(&s->device_random, 4) == 0)
		len -= soak_pick(&s->device_random, len - KEY_LEN + 1);
	for (uint32_t i = 0; i < len; i++) {
		const uint8_t byte = soak_byte(~key, i);

		fake_chain_write(chain, i, &byte, 1);
	}
	if (s->config->hostile && soak_pick(&s->device_random, 16) == 0)
		len = soak_pick(&s->device_random, UINT32_MAX);
	return len;
}

/* Now, or later than some that come after it. */
static void serve(struct fake_dev *dev, struct fake_chain *chain)
{
	struct soak *s = dev->arg;
	const uint32_t key = request_key(s, chain);
	const uint32_t written = answer_write(s, chain, key);

	if (soak_pick(&s->device_random, 4))
		fake_queue_push(chain, written);
	else
		fake_queue_push_after(chain, written,
				      soak_pick(&s->device_random, 30000));
}

void soak_device_serve(struct soak *s)
{
	for (unsigned i = 0; i < SOAK_QUEUES; i++) {
		struct fake_queue *queue = &s->fake->queues[i];
		struct fake_chain *chain;

		if (!queue->ready || s->fake->faults.silent)
			continue;
		chain = fake_queue_pop(queue);
		if (chain)
			serve(s->fake, chain);
		if (soak_pick(&s->device_random, 8) == 0)
			fake_queue_flush(queue);
	}
}

/* The interrupt's handler; and where a device served by hand gets on. */
static void on_relax(struct fake_port *port, void *arg)
{
	struct soak *s = arg;

	if (s->dev.state == LEV_DEVICE_LIVE)
		(void)lev_device_isr(&s->dev);
	if (s->threaded || s->fake->mode != FAKE_MANUAL)
		return;
	fake_lock(port);
	soak_device_serve(s);
	for (unsigned i = 0; i < SOAK_QUEUES; i++)
		if (s->fake->queues[i].ready)
			fake_queue_flush(&s->fake->queues[i]);
	fake_unlock(port);
}

static uint64_t offer(bool offered, unsigned bit)
{
	return (uint64_t)offered << bit;
}

static void offer_features(struct soak *s, bool modern)
{
	const struct soak_config *c = s->config;
	uint64_t features = offer(c->event_idx, FAKE_F_EVENT_IDX) |
			    offer(c->indirect, FAKE_F_INDIRECT) |
			    offer(modern, FAKE_F_VERSION_1) |
			    offer(c->packed, FAKE_F_RING_PACKED) |
			    offer(c->in_order, FAKE_F_IN_ORDER);

	if (modern)
		features |=
			offer(soak_pick(&s->random, 2), FAKE_F_RING_RESET) |
			offer(soak_pick(&s->random, 2),
			      FAKE_F_NOTIFICATION_DATA) |
			offer(soak_pick(&s->random, 2),
			      FAKE_F_ACCESS_PLATFORM) |
			offer(soak_pick(&s->random, 2), FAKE_F_ORDER_PLATFORM);
	s->fake->features[0] = features;
}

void soak_device_make(struct soak *s)
{
	static const enum fake_mode modes[] = { FAKE_ON_KICK, FAKE_ON_RUN,
						FAKE_DELAYED, FAKE_MANUAL };
	const bool must = s->config->packed || s->config->in_order;
	const bool modern = must || soak_pick(&s->random, 2);

	s->port = fake_port_new();
	s->port->poison_lent = true;
	s->port->map_piece = soak_pick(&s->random, 2) ? 0 : 24;
	s->port->on_relax = on_relax;
	s->port->on_relax_arg = s;
	s->fake = fake_dev_new(s->port, modern ? 2 : 1, 42, SOAK_QUEUES);
	offer_features(s, modern);
	s->fake->arg = s;
	s->fake->handle = serve;
	s->fake->mode = modes[soak_pick(&s->random, 4)];
	s->fake->delay_ns = soak_pick(&s->random, 5000);
	s->fake->suppress_kicks =
		s->fake->mode == FAKE_ON_RUN && soak_pick(&s->random, 4) == 0;
	s->threaded = !s->fake->suppress_kicks && soak_pick(&s->random, 5) == 0;
	for (unsigned i = 0; i < SOAK_QUEUES; i++) {
		s->fake->queues[i].size_max = 1024;
		s->fake->queues[i].batch = soak_pick(&s->random, 5);
	}
	if (s->threaded)
		fake_thread_start(s->fake);
}

/* --- breaking the rules --- */

static void ring_fault(struct soak *s)
{
	static const enum fake_ring_fault faults[] = {
		FAKE_USED_ID,	   FAKE_USED_LEN,      FAKE_USED_FLAGS,
		FAKE_USED_TWICE,   FAKE_USED_JUMP,     FAKE_USED_LOST,
		FAKE_USED_EARLY,   FAKE_USED_NO_IRQ,   FAKE_USED_FLICKER,
		FAKE_REWRITE_DESC, FAKE_REWRITE_TABLE, FAKE_REWRITE_READABLE,
		FAKE_SCRIBBLE,
	};
	const unsigned count = sizeof(faults) / sizeof(faults[0]);
	const unsigned queue = soak_pick(&s->random, SOAK_QUEUES);
	const bool small = soak_pick(&s->random, 2);

	fake_queue_fault(&s->fake->queues[queue],
			 faults[soak_pick(&s->random, count)],
			 1 + soak_pick(&s->random, 8),
			 small ? soak_pick(&s->random, 64)
			       : soak_pick(&s->random, 0x20000));
}

static void device_fault(struct soak *s)
{
	struct fake_faults *f = &s->fake->faults;

	switch (soak_pick(&s->random, 10)) {
	case 0:
		f->silent = true;
		break;
	case 1:
		f->needs_reset_at_kick = 1 + soak_pick(&s->random, 4);
		break;
	case 2:
		f->needs_reset_at_pop = 1 + soak_pick(&s->random, 4);
		break;
	case 3:
		f->spurious_irqs = true;
		break;
	case 4:
		f->lost_irqs = true;
		break;
	case 5:
		f->isr_extra = 0xf0;
		break;
	case 6:
		f->keeps_used_idx = true;
		break;
	case 7:
		f->reset_stuck = true;
		break;
	case 8:
		f->queue_reset_stuck = true;
		break;
	default:
		f->removed = soak_pick(&s->random, 8) == 0;
	}
}

void soak_hostile_step(struct soak *s)
{
	fake_lock(s->port);
	if (soak_pick(&s->random, 60) == 0)
		ring_fault(s);
	if (soak_pick(&s->random, 400) == 0)
		device_fault(s);
	fake_unlock(s->port);
}

void soak_hostile_stop(struct soak *s)
{
	fake_lock(s->port);
	memset(&s->fake->faults, 0, sizeof(s->fake->faults));
	fake_unlock(s->port);
}
