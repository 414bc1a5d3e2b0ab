/* SPDX-License-Identifier: MIT */
/*
 * The queue's front: setting up and taking down, and what is the same for
 * every ring format. See levitate/queue.h for what each function promises.
 */
#include <levitate/wire/ring.h>

#include "core.h"

/* Driver and device write apart: their parts share no cache line. */
enum { CACHE_LINE = 64 };

/*
 * The block and its used ring begin at multiples of CACHE_LINE or the legacy
 * alignment, the available ring behind size * 16 bytes: enough for all (2.7.1).
 */
LEV_STATIC_ASSERT(CACHE_LINE % LEV_VIRTQ_DESC_ALIGN == 0 &&
			  CACHE_LINE % LEV_VIRTQ_USED_ALIGN == 0 &&
			  LEV_QUEUE_LEGACY_ALIGN % CACHE_LINE == 0 &&
			  sizeof(struct lev_virtq_desc) %
					  LEV_VIRTQ_AVAIL_ALIGN ==
				  0,
		  "the parts of a split ring are aligned");

/* Offsets of a ring's parts in its block of memory. */
struct ring_layout {
	size_t avail;
	size_t used;
	size_t indirect;
	size_t len;
};

static size_t round_up(size_t v, size_t align)
{
	return (v + align - 1) & ~(align - 1);
}

/* Legacy devices compute the used ring's place themselves (2.7.2, 4.2.4). */
static size_t queue_align(const struct lev_queue *q)
{
	return q->dev->transport->legacy ? LEV_QUEUE_LEGACY_ALIGN : CACHE_LINE;
}

/*
 * 2.7: descriptors, available ring, used ring; then our indirect tables. A
 * legacy block is a multiple of its alignment long (2.7.2).
 */
static struct ring_layout ring_layout(const struct lev_queue *q)
{
	const size_t size = lev_queue_size(q);
	struct ring_layout l;

	l.avail = size * sizeof(struct lev_virtq_desc);
	l.used = round_up(l.avail + sizeof(struct lev_virtq_avail) +
				  (size + 1) * sizeof(lev_le16),
			  queue_align(q));
	l.indirect =
		round_up(l.used + sizeof(struct lev_virtq_used) +
				 size * sizeof(struct lev_virtq_used_elem) +
				 sizeof(lev_le16),
			 queue_align(q));
	l.len = l.indirect + l.avail * q->indirect_len;
	return l;
}

static bool config_valid(const struct lev_queue_config *cfg)
{
	/* A power of two in 16 bits is at most LEV_QUEUE_SIZE_MAX. */
	return cfg->slots && cfg->size && !(cfg->size & (cfg->size - 1)) &&
	       cfg->size_min <= cfg->size;
}

/* As wished for, unless the device, or the memory we have, holds fewer. */
static int queue_choose_size(struct lev_queue *q,
			     const struct lev_queue_config *cfg)
{
	struct lev_transport *t = q->dev->transport;
	const int max = t->ops->queue_max(t, cfg->idx);
	unsigned size = cfg->size;

	if (q->mem && size > q->size_allocated)
		size = q->size_allocated;
	while (max > 0 && size > (unsigned)max)
		size >>= 1;
	if (max <= 0 || size < cfg->size_min) {
		lev_device_log(q->dev, "queue %u: size %d, at least %u needed",
			       cfg->idx, max, cfg->size_min);
		return max < 0 ? max : LEV_ERR_RANGE;
	}
	q->mask = (uint16_t)(size - 1);
	/* A chain is never longer than its queue, whatever it stands in. */
	q->indirect_len = 0;
	if (lev_device_has(q->dev, LEV_F_INDIRECT_DESC))
		q->indirect_len = cfg->indirect_len < size ? cfg->indirect_len
							   : (uint16_t)size;
	return q->mem && ring_layout(q).len > q->mem_len ? LEV_ERR_NOMEM : 0;
}

static int queue_alloc(struct lev_queue *q)
{
	q->mem_len = ring_layout(q).len;
	/* 32-bit hosts: tables for the largest queues outgrow the memory. */
	if ((uint64_t)lev_queue_size(q) * q->indirect_len > SIZE_MAX / 32)
		return LEV_ERR_NOMEM;
	q->mem = lev_device_dma_alloc(q->dev, q->mem_len, queue_align(q),
				      q->dev->transport->queue_max,
				      &q->mem_addr);
	q->size_allocated = (uint16_t)lev_queue_size(q);
	return q->mem ? 0 : LEV_ERR_NOMEM;
}

/* An empty ring in the memory that we have, given to the device. */
static int queue_enable(struct lev_queue *q)
{
	const struct ring_layout l = ring_layout(q);
	const struct lev_queue_layout layout = {
		.desc = q->mem_addr,
		.driver = q->mem_addr + l.avail,
		.device = q->mem_addr + l.used,
		.size = (uint16_t)lev_queue_size(q),
	};
	struct lev_transport *t = q->dev->transport;
	uint8_t *mem = q->mem;

	__builtin_memset(mem, 0, q->mem_len);
	q->desc = (void *)mem;
	q->avail = (void *)(mem + l.avail);
	q->avail_ring = (void *)(q->avail + 1);
	q->used = (void *)(mem + l.used);
	q->used_ring = (void *)(q->used + 1);
	q->indirect = (void *)(mem + l.indirect);
	q->indirect_addr = q->mem_addr + l.indirect;
	q->added = q->published = q->reaped = 0;
	q->ring->init(q);
	lev_device_log(q->dev, "queue %u: %u entries at 0x%llx", q->idx,
		       layout.size, (unsigned long long)layout.desc);
	return t->ops->queue_enable(t, q->idx, &layout);
}

int lev_queue_init(struct lev_queue *q, struct lev_device *dev,
		   const struct lev_queue_config *cfg)
{
	int err;

	if (dev->state != LEV_DEVICE_SETUP)
		return LEV_ERR_STATE;
	if (!config_valid(cfg))
		return LEV_ERR_INVAL;
	if (!q->dev) {
		q->dev = dev;
		q->next = dev->queues;
		dev->queues = q;
	}
	q->ring = &lev_split_ring;
	q->idx = cfg->idx;
	q->slots = cfg->slots;
	q->strict = cfg->strict;
	q->event_idx = lev_device_has(dev, LEV_F_EVENT_IDX);
	q->error = LEV_ERR_STATE;
	err = queue_choose_size(q, cfg);
	if (!err && !q->mem)
		err = queue_alloc(q);
	if (!err)
		err = queue_enable(q);
	if (!err)
		q->error = 0;
	return err;
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

/* --- requests come back --- */

static void queue_dispatch(struct lev_queue *q, struct lev_request *req)
{
	if (!req->done)
		return;
	q->dispatching = true;
	req->done(req);
	q->dispatching = false;
}

struct lev_request *lev_queue_break(struct lev_queue *q, const char *why)
{
	q->error = LEV_ERR_PROTO;
	lev_device_log(q->dev, "queue %u broken by the device: %s", q->idx,
		       why);
	return NULL;
}

void lev_queue_reclaim(struct lev_queue *q)
{
	/* While nothing is lent nobody promises what the slots hold. */
	for (unsigned i = 0; lev_queue_in_flight(q) && i <= q->mask; i++) {
		struct lev_request *req = q->slots[i].req;

		if (!req)
			continue;
		q->slots[i].req = NULL;
		q->reaped++;
		req->queued = false;
		req->err = LEV_ERR_CANCELED;
		req->written = 0;
		queue_dispatch(q, req);
	}
}

/* --- the verbs --- */

int lev_queue_add(struct lev_queue *q, struct lev_request *req)
{
	if (q->error)
		return q->error;
	if (req->queued)
		return LEV_ERR_BUSY;
	return q->ring->add(q, req);
}

int lev_queue_kick(struct lev_queue *q)
{
	if (q->error)
		return q->error;
	if (!q->live)
		return LEV_ERR_STATE;
	if (q->added == q->published || !q->ring->publish(q))
		return 0;
	q->doorbells++;
	q->dev->transport->ops->notify(q->dev->transport, q->idx, q->idx);
	return 1;
}

struct lev_request *lev_queue_reap(struct lev_queue *q)
{
	if (q->error)
		return NULL;
	return q->ring->reap(q);
}

int lev_queue_poll(struct lev_queue *q, unsigned budget)
{
	const unsigned in_flight = lev_queue_in_flight(q);
	unsigned n;

	if (q->dispatching)
		return LEV_ERR_STATE;
	if (budget > in_flight)
		budget = in_flight;
	for (n = 0; n < budget; n++) {
		struct lev_request *req = lev_queue_reap(q);

		if (!req)
			break;
		queue_dispatch(q, req);
	}
	return n ? (int)n : q->error;
}

bool lev_queue_arm(struct lev_queue *q)
{
	return !q->error && q->ring->arm(q);
}

void lev_queue_disarm(struct lev_queue *q)
{
	if (!q->error)
		q->ring->disarm(q);
}

int lev_queue_wait(struct lev_queue *q, struct lev_request *req,
		   uint64_t deadline)
{
	const struct lev_hal *hal = q->dev->transport->hal;
	int err;

	if (q->dispatching)
		return LEV_ERR_STATE;
	for (;;) {
		err = lev_queue_poll(q, lev_queue_size(q));
		if (!req->queued)
			return 0;
		if (err >= 0) /* the ring may break behind what came back */
			err = q->error;
		if (!err)
			err = lev_device_check(q->dev);
		if (err)
			return err;
		if (hal->ops->now(hal->ctx) >= deadline)
			return LEV_ERR_TIMEDOUT;
		if (!lev_queue_arm(q))
			lev_device_relax(q->dev, deadline);
	}
}
