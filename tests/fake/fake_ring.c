/* SPDX-License-Identifier: MIT */
/*
 * The device's side of a virtqueue, whatever its format: ring memory, the
 * life of a queue, taking chains and serving them. fake_split.c and
 * fake_packed.c know the formats, fake_used.c returns what is taken here.
 *
 * Every access to ring memory is atomic and of the size that the standard
 * gives the field, so that the driver may run in another thread.
 */
#include <stdlib.h>

#include "fake_int.h"

/* --- memory --- */

static bool cpu_is_big(void)
{
	const uint16_t one = 1;

	return *(const uint8_t *)&one == 0;
}

/* Version 1 rings are in the CPU's byte order, the others little-endian. */
static bool ring_swaps(const struct fake_queue *queue)
{
	return cpu_is_big() && queue->dev->version != 1;
}

static uint16_t swap16(uint16_t v)
{
	return (uint16_t)(v << 8 | v >> 8);
}

static uint32_t swap32(uint32_t v)
{
	return (uint32_t)swap16((uint16_t)v) << 16 |
	       swap16((uint16_t)(v >> 16));
}

/* Ring memory, or NULL with a violation. */
static void *ring_ptr(struct fake_queue *queue, uint64_t addr, uint32_t len)
{
	void *ptr = fake_ptr(queue->dev->port, addr, len, 0);

	if (!fake_check(queue->dev->port, ptr, "X-DMA-01",
			"ring memory at %#llx is gone",
			(unsigned long long)addr))
		queue->broken = true;
	return ptr;
}

uint16_t fake_ring_load16(struct fake_queue *queue, uint64_t addr)
{
	uint16_t *ptr = ring_ptr(queue, addr, 2), v;

	if (!ptr)
		return 0;
	v = __atomic_load_n(ptr, __ATOMIC_ACQUIRE);
	return ring_swaps(queue) ? swap16(v) : v;
}

uint32_t fake_ring_load32(struct fake_queue *queue, uint64_t addr)
{
	uint32_t *ptr = ring_ptr(queue, addr, 4), v;

	if (!ptr)
		return 0;
	v = __atomic_load_n(ptr, __ATOMIC_RELAXED);
	return ring_swaps(queue) ? swap32(v) : v;
}

/* An address, which may be read in two halves. */
uint64_t fake_ring_load64(struct fake_queue *queue, uint64_t addr)
{
	const bool high_first = cpu_is_big() && queue->dev->version == 1;

	return fake_ring_load32(queue, addr + (high_first ? 4 : 0)) |
	       (uint64_t)fake_ring_load32(queue, addr + (high_first ? 0 : 4))
		       << 32;
}

void fake_ring_store16(struct fake_queue *queue, uint64_t addr, uint16_t v)
{
	uint16_t *ptr = ring_ptr(queue, addr, 2);

	if (ptr)
		__atomic_store_n(ptr, ring_swaps(queue) ? swap16(v) : v,
				 __ATOMIC_RELEASE);
}

void fake_ring_store32(struct fake_queue *queue, uint64_t addr, uint32_t v)
{
	uint32_t *ptr = ring_ptr(queue, addr, 4);

	if (ptr)
		__atomic_store_n(ptr, ring_swaps(queue) ? swap32(v) : v,
				 __ATOMIC_RELAXED);
}

void fake_ring_ruin(struct fake_queue *queue, uint64_t addr, uint64_t len)
{
	for (uint64_t off = 0; off < len; off += 2)
		fake_ring_store16(queue, addr + off, 0xffff);
}

/* A full barrier that thread sanitizers understand, too. */
void fake_ring_fence(struct fake_queue *queue)
{
#ifndef __SANITIZE_THREAD__
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
	__atomic_fetch_add(&queue->fence, 1, __ATOMIC_SEQ_CST);
}

/* --- set-up --- */

bool fake_ring_part(struct fake_queue *queue, const char *name, uint64_t addr,
		    uint32_t len, uint32_t align, const char *id)
{
	struct fake_port *port = queue->dev->port;
	void *ptr = fake_ptr(port, addr, len, 0);
	bool ok =
		fake_check(port, addr % align == 0, id, "queue %u: %s at %#llx",
			   queue->idx, name, (unsigned long long)addr);

	if (!fake_check(port, ptr, "X-DMA-01", "queue %u: %s at %#llx, len %u",
			queue->idx, name, (unsigned long long)addr, len))
		return false;
	fake_check_platform(queue->dev, addr);
	return ok && (uintptr_t)ptr % align == 0;
}

bool fake_queue_has_event_idx(const struct fake_queue *queue)
{
	return fake_dev_has(queue->dev, FAKE_F_EVENT_IDX);
}

/* The driver says that the queue is ready: is it? */
void fake_queue_enable(struct fake_queue *queue)
{
	struct fake_dev *dev = queue->dev;
	bool modern = dev->version != 1;

	queue->packed = modern && fake_dev_has(dev, FAKE_F_RING_PACKED);
	queue->in_order = modern && fake_dev_has(dev, FAKE_F_IN_ORDER);
	queue->ring = queue->packed ? &fake_packed_ring : &fake_split_ring;
	queue->ready = true;
	queue->broken = false;
	queue->ring->enable(queue);
	if (dev->status & FAKE_DRIVER_OK)
		fake_queue_start(queue);
}

/* DRIVER_OK is there: the device may touch the ring. */
void fake_queue_start(struct fake_queue *queue)
{
	if (!queue->broken)
		queue->ring->ask(queue);
}

void fake_queue_reset(struct fake_queue *queue)
{
	while (queue->pending) {
		struct fake_chain *chain = queue->pending;

		queue->pending = chain->next;
		fake_chain_free(chain);
	}
	free(queue->owned);
	free(queue->shadow);
	queue->owned = NULL;
	queue->shadow = NULL;
	queue->ready = queue->broken = queue->kicked = false;
	queue->packed = queue->in_order = false;
	queue->size_max_read = queue->ready_read = false;
	queue->readback_due = false;
	queue->desc = queue->avail = queue->used = queue->addr_set = 0;
	queue->size = queue->pfn = queue->align = queue->order_next = 0;
	queue->last_avail = queue->used_idx = queue->kick_checked = 0;
	queue->avail_seen = queue->used_flags = queue->avail_event = 0;
	queue->take_pos = queue->put_pos = queue->kick_pos = 0;
	queue->event_desc = queue->event_flags = 0;
	queue->chains = queue->pushed = queue->inflight = 0;
	queue->resetting = queue->was_reset = false;
}

void fake_queue_free(struct fake_queue *queue)
{
	fake_queue_reset(queue);
	while (queue->faults) {
		struct fake_fault *fault = queue->faults;

		queue->faults = fault->next;
		free(fault);
	}
}

/* --- taking chains --- */

static bool queue_usable(const struct fake_queue *queue)
{
	return fake_dev_live(queue->dev) && queue->ready && !queue->broken &&
	       !queue->resetting && !queue->vanished;
}

/* At a kick, and whenever time has passed: was it due? */
void fake_queue_check_kick(struct fake_queue *queue, bool kicked)
{
	if (queue_usable(queue) && queue->dev->mode != FAKE_MANUAL &&
	    (queue->dev->status & FAKE_DRIVER_OK))
		queue->ring->check_kick(queue, kicked);
}

/* Without a chain, say from where on a kick is wanted, then look again. */
static bool queue_waits(struct fake_queue *queue)
{
	if (queue->ring->waits(queue))
		return true;
	if (queue->broken)
		return false;
	queue->ring->ask(queue);
	fake_ring_fence(queue);
	return queue->ring->waits(queue);
}

struct fake_chain *fake_queue_pop(struct fake_queue *queue)
{
	struct fake_chain *chain = queue->pending;

	if (!queue_usable(queue))
		return NULL;
	while (chain && !chain->fetched)
		chain = chain->next;
	if (!chain && queue_waits(queue))
		chain = queue->ring->fetch(queue);
	if (!chain)
		return NULL;
	chain->fetched = false;
	/* What arrives while we serve needs no kick. */
	queue->ring->excuse_kick(queue);
	/* Taken, and never served. */
	if (fake_counts_down(&queue->dev->faults.needs_reset_at_pop)) {
		fake_needs_reset(queue->dev);
		return NULL;
	}
	return chain;
}

void fake_queue_prefetch(struct fake_queue *queue)
{
	while (queue_usable(queue) && queue->ring->waits(queue)) {
		struct fake_chain *chain = queue->ring->fetch(queue);

		if (chain)
			chain->fetched = true;
	}
}

struct fake_chain *fake_queue_oldest(struct fake_queue *queue)
{
	struct fake_chain *chain = queue->pending;

	while (chain && chain->done)
		chain = chain->next;
	return chain;
}

uint16_t fake_queue_next_avail(struct fake_queue *queue)
{
	return queue->ring->next_avail(queue);
}

void fake_queue_hush(struct fake_queue *queue, bool hush)
{
	queue->ring->hush(queue, hush);
}

/* --- serving --- */

static void chain_echo(struct fake_chain *chain)
{
	uint8_t buf[256];
	size_t off = 0, got;

	do {
		got = fake_chain_read(chain, off, buf, sizeof(buf));
		got = fake_chain_write(chain, off, buf, got);
		off += got;
	} while (got);
	fake_queue_push(chain, (uint32_t)off);
}

void fake_chain_serve(struct fake_chain *chain)
{
	struct fake_dev *dev = chain->queue->dev;

	if (dev->handle)
		dev->handle(dev, chain);
	else
		chain_echo(chain);
}

void fake_queue_serve(struct fake_queue *queue)
{
	struct fake_dev *dev = queue->dev;
	struct fake_chain *chain;

	queue->kicked = false;
	if (dev->faults.silent || dev->mode == FAKE_MANUAL)
		return;
	fake_queue_check_kick(queue, false);
	for (;;) {
		chain = fake_queue_pop(queue);
		if (!chain && !fake_queue_flush(queue))
			return;
		if (chain)
			fake_chain_serve(chain);
	}
}

const char *fake_queue_uses(struct fake_queue *queue, uint64_t addr,
			    uint64_t len)
{
	if (!queue->ready)
		return NULL;
	if (queue->ring->uses(queue, addr, len))
		return "the rings of an enabled queue";
	fake_queue_prefetch(queue);
	for (struct fake_chain *c = queue->pending; c; c = c->next) {
		for (unsigned i = 0; i < c->nsegs; i++) {
			if (fake_overlap(addr, len, c->segs[i].addr,
					 c->segs[i].len))
				return "a buffer in flight";
		}
	}
	return NULL;
}
