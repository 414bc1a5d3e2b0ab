/* SPDX-License-Identifier: MIT */
/*
 * A queue is set up, stopped and taken down. See levitate/queue.h for what each
 * function promises.
 */
#include <levitate/wire/ring.h>

#include "core.h"

/* Driver and device write apart: their parts share no cache line. */
enum { CACHE_LINE = 64 };

/*
 * The block and its device area begin at multiples of CACHE_LINE or the legacy
 * alignment, the driver area behind size * 16 bytes or at such a multiple:
 * enough for all (2.7.1, 2.8.10.1).
 */
LEV_STATIC_ASSERT(CACHE_LINE % LEV_VIRTQ_DESC_ALIGN == 0 &&
			  CACHE_LINE % LEV_VIRTQ_USED_ALIGN == 0 &&
			  CACHE_LINE % LEV_VIRTQ_PACKED_ALIGN == 0 &&
			  CACHE_LINE % LEV_VIRTQ_EVENT_ALIGN == 0 &&
			  LEV_QUEUE_LEGACY_ALIGN % CACHE_LINE == 0 &&
			  sizeof(struct lev_virtq_desc) %
					  LEV_VIRTQ_AVAIL_ALIGN ==
				  0,
		  "the parts of a ring are aligned");

/* Either format; tables of the one have room for those of the other. */
LEV_STATIC_ASSERT(sizeof(struct lev_virtq_desc) ==
			  sizeof(struct lev_virtq_packed_desc),
		  "descriptors of one size");
enum { DESC_LEN = sizeof(struct lev_virtq_desc) };

/* Offsets of a ring's parts in its block of memory. */
struct ring_layout {
	size_t driver;
	size_t device;
	size_t indirect;
	size_t len;
};

static bool queue_packed(const struct lev_queue *q)
{
	return lev_device_has(q->dev, LEV_F_RING_PACKED);
}

static size_t round_up(size_t v, size_t align)
{
	return (v + align - 1) & ~(align - 1);
}

/* Legacy devices compute the used ring's place themselves (2.7.2, 4.2.4). */
static size_t queue_align(const struct lev_queue *q)
{
	return q->dev->transport->legacy ? LEV_QUEUE_LEGACY_ALIGN : CACHE_LINE;
}

/* 2.8.10: descriptors, our event structure, the device's. */
static void packed_layout(struct ring_layout *l, size_t size)
{
	l->driver = round_up(size * DESC_LEN, CACHE_LINE);
	l->device = l->driver + CACHE_LINE;
	l->indirect = l->device + CACHE_LINE;
}

/*
 * 2.7: descriptors, available ring, used ring. A legacy block is a multiple of
 * its alignment long (2.7.2).
 */
static void split_layout(struct ring_layout *l, size_t size, size_t align)
{
	l->driver = size * DESC_LEN;
	l->device = round_up(l->driver + sizeof(struct lev_virtq_avail) +
				     (size + 1) * sizeof(lev_le16),
			     align);
	l->indirect =
		round_up(l->device + sizeof(struct lev_virtq_used) +
				 size * sizeof(struct lev_virtq_used_elem) +
				 sizeof(lev_le16),
			 align);
}

/* The ring's parts, then our indirect tables. */
static struct ring_layout ring_layout(const struct lev_queue *q)
{
	const size_t size = q->mask + 1;
	struct ring_layout l;

	if (queue_packed(q))
		packed_layout(&l, size);
	else
		split_layout(&l, size, queue_align(q));
	l.len = l.indirect +
		(size_t)lev_queue_size(q) * DESC_LEN * q->indirect_len;
	return l;
}

static bool config_valid(const struct lev_queue_config *cfg)
{
	return cfg->slots && cfg->size && cfg->size <= LEV_QUEUE_SIZE_MAX &&
	       cfg->size_min <= cfg->size;
}

/* The largest size at or below max that the format can have. */
static unsigned size_possible(const struct lev_queue *q, unsigned max)
{
	if (!queue_packed(q))
		while (max & (max - 1))
			max &= max - 1;
	return max;
}

/*
 * As wished for, unless the device, or the memory we have, holds fewer. Where
 * the device decides (a power of two), that much of its ring is used.
 */
static int queue_choose_size(struct lev_queue *q,
			     const struct lev_queue_config *cfg)
{
	struct lev_transport *t = q->dev->transport;
	const int max = t->ops->queue_max(t, cfg->idx);
	unsigned size = cfg->size;

	if (q->mem && size > q->size_allocated)
		size = q->size_allocated;
	if (max > 0 && size > (unsigned)max)
		size = (unsigned)max;
	size = size_possible(q, size);
	if (max <= 0 || size < cfg->size_min) {
		lev_device_log(q->dev, "queue %u: size %d, at least %u needed",
			       cfg->idx, max, cfg->size_min);
		return max < 0 ? max : LEV_ERR_RANGE;
	}
	q->last_slot = size - 1;
	q->mask = t->queue_fixed ? (unsigned)max - 1 : size - 1;
	/* A chain is never longer than its queue, whatever it stands in. */
	q->indirect_len = 0;
	if (lev_device_has(q->dev, LEV_F_INDIRECT_DESC))
		q->indirect_len = cfg->indirect_len < size ? cfg->indirect_len
							   : (uint16_t)size;
	/* 32-bit hosts: tables for the largest queues outgrow the memory. */
	if ((uint64_t)size * q->indirect_len > SIZE_MAX / 32)
		return LEV_ERR_NOMEM;
	return q->mem && ring_layout(q).len > q->mem_len ? LEV_ERR_NOMEM : 0;
}

static int queue_alloc(struct lev_queue *q)
{
	q->mem_len = ring_layout(q).len;

	q->mem = lev_device_dma_alloc(q->dev, q->mem_len, queue_align(q),
				      q->dev->transport->queue_max,
				      &q->mem_addr);
	q->size_allocated = (uint16_t)lev_queue_size(q);
	return q->mem ? 0 : LEV_ERR_NOMEM;
}

static void split_place(struct lev_split *r, uint8_t *mem,
			const struct ring_layout *l, unsigned size)
{
	r->desc = (void *)mem;
	r->avail = (void *)(mem + l->driver);
	r->avail_ring = (void *)(r->avail + 1);
	r->used = (void *)(mem + l->device);
	r->used_ring = (void *)(r->used + 1);
	r->avail_event = (void *)(r->used_ring + size);
}

static void packed_place(struct lev_packed *r, uint8_t *mem,
			 const struct ring_layout *l, unsigned mask)
{
	r->desc = (void *)mem;
	r->last = r->desc + mask;
	r->avail.desc = r->used.desc = r->kicked = r->desc;
	r->kicked_laps = r->used_laps = 0;
	/* Both wrap counters begin as 1 (2.8.1). */
	r->avail.turn = LEV_VIRTQ_PACKED_F_AVAIL;
	r->used.turn = LEV_VIRTQ_PACKED_F_AVAIL | LEV_VIRTQ_PACKED_F_USED;
	r->driver_event = (void *)(mem + l->driver);
	r->device_event = (void *)(mem + l->device);
}

static void queue_choose_format(struct lev_queue *q)
{
	const bool in_order = lev_device_has(q->dev, LEV_F_IN_ORDER);

	if (queue_packed(q))
		q->format =
			in_order ? &lev_packed_ring_in_order : &lev_packed_ring;
	else
		q->format =
			in_order ? &lev_split_ring_in_order : &lev_split_ring;
}

/* No request, and all slots on the free list in their order. */
static void queue_empty(struct lev_queue *q)
{
	for (unsigned i = 0; i <= q->last_slot; i++) {
		q->slots[i].req = NULL;
		q->slots[i].next = (uint16_t)(i + 1);
	}
	/* Where nothing is put back on the list (IN_ORDER), it is a ring. */
	q->slots[q->last_slot].next = 0;
	q->free_head = 0;
	q->oldest = 0;
	q->free_count = (int32_t)lev_queue_size(q);
	q->added = q->published = q->reaped = 0;
	q->batch_left = 0;
	q->doorbells = 0;
}

/* An empty ring in the memory that we have, given to the device. */
static int queue_enable(struct lev_queue *q)
{
	const struct ring_layout l = ring_layout(q);
	const struct lev_queue_layout layout = {
		.desc = q->mem_addr,
		.driver = q->mem_addr + l.driver,
		.device = q->mem_addr + l.device,
		.size = (uint16_t)(q->mask + 1),
	};
	struct lev_transport *t = q->dev->transport;

	__builtin_memset(q->mem, 0, q->mem_len);
	if (queue_packed(q))
		packed_place(&q->u.packed, q->mem, &l, q->mask);
	else
		split_place(&q->u.split, q->mem, &l, layout.size);
	q->indirect = (uint8_t *)q->mem + l.indirect;
	q->indirect_addr = q->mem_addr + l.indirect;
	queue_choose_format(q);
	queue_empty(q);
	q->format->init(q);
	lev_device_log(q->dev, "queue %u: %u entries, %s%s, at 0x%llx", q->idx,
		       layout.size, queue_packed(q) ? "packed" : "split",
		       lev_device_has(q->dev, LEV_F_IN_ORDER) ? ", in order"
							      : "",
		       (unsigned long long)layout.desc);
	q->doorbell.id = q->idx;
	return t->ops->queue_enable(t, q->idx, &layout, &q->doorbell);
}

/*
 * A queue that was reset alone may be set up while its device works. One whose
 * reset did not come about holds requests still: to forget them is not to get
 * them back.
 */
static bool queue_may_init(const struct lev_queue *q,
			   const struct lev_device *dev)
{
	if (lev_queue_in_flight(q))
		return false;
	if (dev->state == LEV_DEVICE_SETUP)
		return true;
	return dev->state == LEV_DEVICE_LIVE && q->dev == dev &&
	       lev_device_has(dev, LEV_F_RING_RESET) &&
	       q->error == LEV_ERR_STATE && !q->poll_left;
}

int lev_queue_init(struct lev_queue *q, struct lev_device *dev,
		   const struct lev_queue_config *cfg)
{
	int err;

	if (!queue_may_init(q, dev))
		return LEV_ERR_STATE;
	if (!config_valid(cfg))
		return LEV_ERR_INVAL;
	if (!q->dev) {
		q->dev = dev;
		q->next = dev->queues;
		dev->queues = q;
	}
	lev_queue_stop(q, LEV_ERR_STATE);
	q->idx = cfg->idx;
	q->slots = cfg->slots;
	q->strict = cfg->strict;
	q->event_idx = lev_device_has(dev, LEV_F_EVENT_IDX);
	q->platform = lev_device_has(dev, LEV_F_ORDER_PLATFORM);
	err = queue_choose_size(q, cfg);
	if (!err && !q->mem)
		err = queue_alloc(q);
	if (!err)
		err = queue_enable(q);
	if (!err)
		lev_queue_run(q);
	return err;
}

/* Wait until the device has let go of this queue. */
static int queue_quiesce(struct lev_queue *q, uint64_t deadline)
{
	struct lev_transport *t = q->dev->transport;
	const struct lev_hal *hal = t->hal;
	int err;

	t->ops->queue_reset(t, q->idx);
	for (;;) {
		const int stopped = t->ops->queue_stopped(t, q->idx);

		/* One that asks for a reset need not end this one (2.1.2). */
		err = lev_device_check(q->dev);
		if (err)
			return err;
		if (stopped)
			return stopped;
		if (hal->ops->now(hal->ctx) >= deadline)
			return LEV_ERR_TIMEDOUT;
		lev_device_relax(q->dev, deadline);
	}
}

int lev_queue_reset(struct lev_queue *q)
{
	struct lev_device *dev = q->dev;
	int err;

	if (!dev || dev->state != LEV_DEVICE_LIVE || q->poll_left)
		return LEV_ERR_STATE;
	if (q->error == LEV_ERR_STATE)
		return LEV_ERR_STATE; /* it is not set up */
	if (!lev_device_has(dev, LEV_F_RING_RESET))
		return LEV_ERR_NOTSUP;
	lev_queue_stop(q, LEV_ERR_STATE);
	err = queue_quiesce(q, lev_device_deadline(dev, LEV_RESET_TIMEOUT));
	if (err > 0) {
		lev_queue_reclaim(q);
		return 0;
	}
	lev_device_log(dev, "queue %u cannot be reset alone: %s", q->idx,
		       lev_strerror(err));
	err = lev_device_reset(dev);
	return err ? err : LEV_ERR_IO;
}

void lev_queue_fini(struct lev_queue *q)
{
	struct lev_queue **link;

	if (!q->dev)
		return;
	LEV_ASSERT(q->dev->state == LEV_DEVICE_RESET);
	for (link = &q->dev->queues; *link != q; link = &(*link)->next)
		;
	*link = q->next;
	if (q->mem)
		lev_device_dma_free(q->dev, q->mem, q->mem_addr, q->mem_len);
	q->mem = NULL;
	q->dev = NULL;
}
