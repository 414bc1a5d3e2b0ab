/* SPDX-License-Identifier: MIT */
/* A split ring whose used ring, and all else, is written by the input. */
#include <levitate/wire/ring.h>

#include "ring.h"

static unsigned mask(const struct ring *ring)
{
	return lev_queue_size(&ring->queue) - 1;
}

static struct lev_virtq_used *used_ring(struct ring *ring)
{
	return ring->queue.u.split.used;
}

static void use(struct ring *ring, uint32_t id, uint32_t len, unsigned count)
{
	struct lev_virtq_used *used = used_ring(ring);
	struct lev_virtq_used_elem *elem =
		(void *)((uint8_t *)used + sizeof(*used) +
			 (ring->put & mask(ring)) * sizeof(*elem));

	elem->id = lev_cpu_to_le32(id);
	elem->len = lev_cpu_to_le32(len);
	ring->put += count;
	used->idx = lev_cpu_to_le16((uint16_t)ring->put);
}

/* Hints may say anything; the index may not. */
static void disturb(struct ring *ring)
{
	struct fuzz_input *in = &ring->port.in;
	struct lev_virtq_used *used = used_ring(ring);
	lev_le16 *event =
		(void *)((uint8_t *)used + sizeof(*used) +
			 (mask(ring) + 1) * sizeof(struct lev_virtq_used_elem));

	switch (fuzz_below(in, 3)) {
	case 1:
		event->raw = fuzz_u16(in);
		break;
	case 2:
		ring->dirty = true;
		ring->put = (unsigned)ring->queue.reaped + fuzz_u16(in);
		used->idx = lev_cpu_to_le16((uint16_t)ring->put);
		break;
	default:
		used->flags.raw = fuzz_u16(in);
		break;
	}
}

static void told(const struct ring *ring, uint32_t *id, uint32_t *len)
{
	const struct lev_virtq_used *used = ring->queue.u.split.used;
	const struct lev_virtq_used_elem *elem =
		(const void *)((const uint8_t *)used + sizeof(*used) +
			       (ring->taken & mask(ring)) * sizeof(*elem));
	const uint16_t ahead =
		(uint16_t)(lev_le16_to_cpu(used->idx) - ring->taken);

	FUZZ_CHECK(ahead >= 1 && ahead <= ring->shown - ring->taken);
	*id = lev_le32_to_cpu(elem->id);
	*len = lev_le32_to_cpu(elem->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct ring_side side = {
		.use = use,
		.disturb = disturb,
		.told = told,
	};

	return ring_fuzz(data, len, &side);
}
