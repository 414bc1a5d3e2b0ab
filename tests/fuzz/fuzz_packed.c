/* SPDX-License-Identifier: MIT */
/* A packed ring whose descriptors, and all else, are written by the input. */
#include <levitate/wire/ring.h>

#include "ring.h"

enum { BOTH = LEV_VIRTQ_PACKED_F_AVAIL | LEV_VIRTQ_PACKED_F_USED };

/* How often the ring was gone round says what used looks like (2.8.1). */
static uint16_t turn_of(const struct ring *ring, unsigned place)
{
	return place / lev_queue_size(&ring->queue) % 2 ? 0 : BOTH;
}

static void use(struct ring *ring, uint32_t id, uint32_t len, unsigned count)
{
	const unsigned size = lev_queue_size(&ring->queue);
	struct lev_virtq_packed_desc *d =
		&ring->queue.u.packed.desc[ring->put % size];

	d->id = lev_cpu_to_le16((uint16_t)id);
	d->len = lev_cpu_to_le32(len);
	d->flags = lev_cpu_to_le16(turn_of(ring, ring->put));
	ring->put += count;
}

/* Its event structure may say anything; descriptors may not. */
static void disturb(struct ring *ring)
{
	struct fuzz_input *in = &ring->port.in;
	const struct lev_packed *p = &ring->queue.u.packed;
	struct lev_virtq_event *event = fuzz_ptr(
		&ring->port, ring->dev.queues[ring->cfg.idx].layout.device,
		sizeof(*event));

	if (!event)
		return;
	switch (fuzz_below(in, 3)) {
	case 1:
		event->place.raw = fuzz_u16(in);
		break;
	case 2:
		ring->dirty = true;
		ring->put = (unsigned)(p->used.desc - p->desc);
		p->desc[ring->put].flags.raw = fuzz_u16(in);
		break;
	default:
		event->flags.raw = fuzz_u16(in);
		break;
	}
}

static void told(const struct ring *ring, uint32_t *id, uint32_t *len)
{
	const struct lev_virtq_packed_desc *d =
		&ring->queue.u.packed
			 .desc[ring->taken % lev_queue_size(&ring->queue)];

	FUZZ_CHECK((lev_le16_to_cpu(d->flags) & BOTH) ==
		   turn_of(ring, ring->taken));
	*id = lev_le16_to_cpu(d->id);
	*len = lev_le32_to_cpu(d->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct ring_side side = {
		.packed = true,
		.use = use,
		.disturb = disturb,
		.told = told,
	};

	return ring_fuzz(data, len, &side);
}
