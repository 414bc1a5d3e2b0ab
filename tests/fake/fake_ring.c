/* SPDX-License-Identifier: MIT */
/*
 * The device's side of a split ring (standard 2.7): takes chains from the
 * available ring, distrusting all of it, and gives them back.
 *
 * Every access to ring memory is atomic and of the size that the standard
 * gives the field, so that the driver may run in another thread.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_int.h"

/* --- memory --- */

/* Version 1 rings are in the CPU's byte order, the others little-endian. */
static bool ring_swaps(const struct fake_queue *queue)
{
	const uint16_t one = 1;
	bool big = *(const uint8_t *)&one == 0;

	return big && queue->dev->version != 1;
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

static uint32_t load32(struct fake_queue *queue, uint64_t addr)
{
	uint32_t *ptr = ring_ptr(queue, addr, 4), v;

	if (!ptr)
		return 0;
	v = __atomic_load_n(ptr, __ATOMIC_RELAXED);
	return ring_swaps(queue) ? swap32(v) : v;
}

static void store16(struct fake_queue *queue, uint64_t addr, uint16_t v)
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

/* A full barrier that thread sanitizers understand, too. */
void fake_ring_fence(struct fake_queue *queue)
{
#ifndef __SANITIZE_THREAD__
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
	__atomic_fetch_add(&queue->fence, 1, __ATOMIC_SEQ_CST);
}

uint16_t fake_avail_idx(struct fake_queue *queue)
{
	return fake_ring_load16(queue, queue->avail + RING_AVAIL_IDX);
}

uint16_t fake_avail_flags(struct fake_queue *queue)
{
	return fake_ring_load16(queue, queue->avail + RING_AVAIL_FLAGS);
}

uint16_t fake_used_event(struct fake_queue *queue)
{
	return fake_ring_load16(queue, queue->avail + RING_AVAIL_RING +
					       2 * queue->size);
}

void fake_set_used_flags(struct fake_queue *queue, uint16_t flags)
{
	queue->used_flags = flags;
	store16(queue, queue->used + RING_USED_FLAGS, flags);
}

void fake_set_avail_event(struct fake_queue *queue, uint16_t idx)
{
	queue->avail_event = idx;
	store16(queue,
		queue->used + RING_USED_RING + RING_USED_ENTRY * queue->size,
		idx);
}

void fake_set_used_idx(struct fake_queue *queue, uint16_t idx)
{
	queue->used_idx = idx;
	store16(queue, queue->used + RING_USED_IDX, idx);
}

uint16_t fake_queue_next_avail(struct fake_queue *queue)
{
	return fake_avail_idx(queue);
}

/* Not with EVENT_IDX: there avail_event alone says when. */
void fake_queue_hush(struct fake_queue *queue, bool hush)
{
	if (!fake_queue_has_event_idx(queue) && queue->used_flags != hush)
		fake_set_used_flags(queue, hush);
}

bool fake_queue_has_event_idx(const struct fake_queue *queue)
{
	return fake_dev_has(queue->dev, FAKE_F_EVENT_IDX);
}

/* --- set-up --- */

static bool part_ok(struct fake_queue *queue, const char *name, uint64_t addr,
		    uint32_t len, uint32_t align)
{
	struct fake_port *port = queue->dev->port;
	void *ptr = fake_ptr(port, addr, len, 0);
	bool ok = fake_check(port, addr % align == 0, "SPLIT-ALIGN-01",
			     "queue %u: %s at %#llx", queue->idx, name,
			     (unsigned long long)addr);

	if (!fake_check(port, ptr, "X-DMA-01", "queue %u: %s at %#llx, len %u",
			queue->idx, name, (unsigned long long)addr, len))
		return false;
	fake_check_platform(queue->dev, addr);
	return ok && (uintptr_t)ptr % align == 0;
}

/* The driver says that the queue is ready: is it? */
void fake_queue_enable(struct fake_queue *queue)
{
	struct fake_port *port = queue->dev->port;
	uint32_t size = queue->size;
	bool desc = part_ok(queue, "descriptors", queue->desc,
			    RING_DESC_LEN * size, 16);
	bool avail = part_ok(queue, "avail", queue->avail, 6 + 2 * size, 2);
	bool used = part_ok(queue, "used", queue->used, 6 + 8 * size, 4);

	queue->ready = true;
	queue->broken = !desc || !avail || !used;
	queue->owned = fake_zalloc(size * sizeof(*queue->owned));
	if (queue->broken)
		return;
	fake_check(port,
		   fake_ring_load16(queue, queue->used + RING_USED_FLAGS) == 0,
		   "SPLIT-AVAILSUP-01", "queue %u: used.flags is not 0",
		   queue->idx);
	fake_check(port,
		   fake_avail_flags(queue) <= 1 &&
			   fake_ring_load16(queue,
					    queue->used + RING_USED_IDX) == 0,
		   "X-RING-01", "queue %u: memory is not fresh", queue->idx);
	if (queue->dev->status & FAKE_DRIVER_OK)
		fake_queue_start(queue);
}

/* Say whether we want to be kicked for what comes next. */
static void ask_for_kicks(struct fake_queue *queue)
{
	bool no = queue->dev->suppress_kicks;

	if (fake_queue_has_event_idx(queue))
		fake_set_avail_event(queue, (uint16_t)(queue->last_avail - no));
	else if (no)
		fake_set_used_flags(queue, 1);
}

/* DRIVER_OK is there: the device may touch the ring. */
void fake_queue_start(struct fake_queue *queue)
{
	if (!queue->broken)
		ask_for_kicks(queue);
}

void fake_chain_free(struct fake_chain *chain)
{
	free(chain->segs);
	free(chain->snapshot);
	free(chain->direct);
	free(chain);
}

void fake_queue_reset(struct fake_queue *queue)
{
	while (queue->pending) {
		struct fake_chain *chain = queue->pending;

		queue->pending = chain->next;
		fake_chain_free(chain);
	}
	free(queue->owned);
	queue->owned = NULL;
	queue->ready = queue->broken = queue->kicked = false;
	queue->size_max_read = queue->ready_read = false;
	queue->readback_due = false;
	queue->desc = queue->avail = queue->used = queue->addr_set = 0;
	queue->size = queue->pfn = queue->align = 0;
	queue->last_avail = queue->used_idx = queue->kick_checked = 0;
	queue->avail_seen = queue->used_flags = queue->avail_event = 0;
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

/* --- kicks --- */

/*
 * Does what the driver published since the last look need a kick? The device
 * did not change its wishes meanwhile: they change in pop only.
 */
static bool kick_needed(const struct fake_queue *queue, uint16_t fresh)
{
	uint16_t ahead = (uint16_t)(queue->avail_event - queue->kick_checked);

	if (fake_queue_has_event_idx(queue))
		return ahead < fresh;
	return fresh && queue->used_flags == 0;
}

static void kick_missing(struct fake_queue *queue, bool ok)
{
	struct fake_port *port = queue->dev->port;
	bool event = fake_queue_has_event_idx(queue);

	fake_check(port, ok, event ? "SPLIT-AVAILSUP-06" : "SPLIT-AVAILSUP-04",
		   "queue %u: no kick came", queue->idx);
	/* What must have no influence, but could explain it. */
	if (event && (queue->used_flags & 1))
		fake_check(port, ok, "SPLIT-AVAILSUP-05",
			   "queue %u: no kick, used.flags is 1", queue->idx);
	if (!event && queue->avail_event)
		fake_check(port, ok, "SPLIT-AVAILSUP-02",
			   "queue %u: no kick, avail_event is set", queue->idx);
}

/* At a kick, and whenever time has passed: was it due? */
void fake_queue_check_kick(struct fake_queue *queue, bool kicked)
{
	const char *id = fake_queue_has_event_idx(queue) ? "SPLIT-AVAILSUP-07"
							 : "SPLIT-AVAILSUP-03";
	uint16_t idx, fresh;
	bool needed;

	if (!fake_dev_live(queue->dev) || !queue->ready || queue->broken ||
	    queue->dev->mode == FAKE_MANUAL ||
	    !(queue->dev->status & FAKE_DRIVER_OK))
		return;
	idx = fake_avail_idx(queue);
	fresh = (uint16_t)(idx - queue->kick_checked);
	if (!fresh || fresh > queue->size)
		return;
	needed = kick_needed(queue, fresh);
	queue->kick_checked = idx;
	if (needed)
		kick_missing(queue, kicked);
	else
		fake_check(queue->dev->port, !kicked, id,
			   "queue %u: a kick that nobody wanted", queue->idx);
}

/* --- taking a chain --- */

struct walk {
	struct fake_queue *queue;
	struct fake_chain *chain;
	bool written; /* a writable element was met */
	bool ok;
};

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};

static bool walk_check(struct walk *walk, bool ok, const char *id,
		       const char *what)
{
	struct fake_queue *queue = walk->queue;

	if (!fake_check(queue->dev->port, ok, id, "queue %u, head %u: %s",
			queue->idx, walk->chain->head, what))
		walk->ok = false;
	return ok;
}

static void desc_read(struct fake_queue *queue, uint64_t at, struct desc *desc)
{
	desc->addr = load32(queue, at) | (uint64_t)load32(queue, at + 4) << 32;
	desc->len = load32(queue, at + 8);
	desc->flags = fake_ring_load16(queue, at + 12);
	desc->next = fake_ring_load16(queue, at + 14);
}

/* Room for what a walk may add, grown when a power of two is full. */
static void *grow(void *array, unsigned count, size_t each)
{
	if (count & (count - 1))
		return array;
	array = realloc(array, (count ? 2 * (size_t)count : 1) * each);
	if (!array)
		abort();
	return array;
}

static void walk_segment(struct walk *walk, const struct desc *desc)
{
	struct fake_chain *chain = walk->chain;
	bool write = (desc->flags & RING_DESC_WRITE) != 0;
	unsigned dir = write ? LEV_DMA_FROM_DEVICE : LEV_DMA_TO_DEVICE;
	struct fake_port *port = walk->queue->dev->port;

	walk_check(walk, !(desc->flags & ~7u) && desc->len, "X-RING-05",
		   "unknown flags or no bytes");
	walk_check(walk, write || !walk->written, "SPLIT-FRAME-01",
		   "readable after writable");
	walk_check(walk, fake_ptr(port, desc->addr, desc->len, dir), "X-DMA-02",
		   "memory that the device was not given");
	fake_check_platform(walk->queue->dev, desc->addr);
	walk->written |= write;
	chain->segs = grow(chain->segs, chain->nsegs, sizeof(*chain->segs));
	chain->segs[chain->nsegs].addr = desc->addr;
	chain->segs[chain->nsegs].len = desc->len;
	chain->segs[chain->nsegs++].write = write;
	*(write ? &chain->writable : &chain->readable) += desc->len;
}

static void walk_indirect(struct walk *walk, const struct desc *table)
{
	struct fake_queue *queue = walk->queue;
	uint32_t count = table->len / RING_DESC_LEN, next = 0;
	bool more = true;

	walk_check(walk, fake_dev_has(queue->dev, FAKE_F_INDIRECT),
		   "SPLIT-INDIR-01", "INDIRECT was not negotiated");
	walk_check(walk, !(table->flags & RING_DESC_NEXT), "SPLIT-INDIR-04",
		   "INDIRECT and NEXT");
	walk_check(walk, count && table->len % RING_DESC_LEN == 0, "X-RING-06",
		   "length of the indirect table");
	walk_check(walk,
		   fake_ptr(queue->dev->port, table->addr, table->len,
			    LEV_DMA_TO_DEVICE),
		   "X-DMA-02", "indirect table out of memory");
	fake_check_platform(queue->dev, table->addr);
	walk->chain->indirect = true;
	walk->chain->table = table->addr;
	walk->chain->table_len = table->len;
	for (uint32_t steps = 0; walk->ok && more; steps++) {
		struct desc desc;

		if (!walk_check(walk, steps < count, "SPLIT-DESC-01",
				"a loop in the indirect table") ||
		    !walk_check(walk, next < count, "X-RING-03",
				"next is out of the indirect table") ||
		    !walk_check(walk, walk->chain->nsegs < queue->size,
				"SPLIT-INDIR-03", "longer than the queue"))
			return;
		desc_read(queue, table->addr + (uint64_t)RING_DESC_LEN * next,
			  &desc);
		if (!walk_check(walk, !(desc.flags & RING_DESC_INDIRECT),
				"SPLIT-INDIR-02", "INDIRECT in a table"))
			return;
		walk_segment(walk, &desc);
		more = desc.flags & RING_DESC_NEXT;
		next = desc.next;
	}
}

static void walk_table(struct walk *walk)
{
	struct fake_queue *queue = walk->queue;
	struct fake_chain *chain = walk->chain;
	uint32_t next = chain->head;
	bool more = true;

	while (walk->ok && more) {
		struct desc desc;

		if (!walk_check(walk, next < queue->size, "X-RING-03",
				"head or next is out of the table") ||
		    !walk_check(walk, chain->ndirect < queue->size,
				"SPLIT-DESC-01", "a loop") ||
		    !walk_check(walk, !queue->owned[next], "X-RING-04",
				"a descriptor that the device has already"))
			return;
		desc_read(queue, queue->desc + (uint64_t)RING_DESC_LEN * next,
			  &desc);
		chain->direct = grow(chain->direct, chain->ndirect,
				     sizeof(*chain->direct));
		chain->direct[chain->ndirect++] = (uint16_t)next;
		if (desc.flags & RING_DESC_INDIRECT) {
			walk_indirect(walk, &desc);
			return;
		}
		walk_segment(walk, &desc);
		more = desc.flags & RING_DESC_NEXT;
		next = desc.next;
	}
}

/* Keep what the descriptors say: the driver must leave them alone. */
static void chain_own(struct fake_chain *chain)
{
	struct fake_queue *queue = chain->queue;
	struct fake_chain **link = &queue->pending;

	chain->snapshot = fake_zalloc((size_t)chain->ndirect * RING_DESC_LEN);
	for (unsigned i = 0; i < chain->ndirect; i++) {
		uint16_t at = chain->direct[i];
		void *ptr = fake_ptr(queue->dev->port,
				     queue->desc + (uint64_t)RING_DESC_LEN * at,
				     RING_DESC_LEN, 0);

		queue->owned[at] = true;
		if (ptr)
			memcpy(chain->snapshot + (size_t)i * RING_DESC_LEN, ptr,
			       RING_DESC_LEN);
	}
	while (*link)
		link = &(*link)->next;
	*link = chain;
	queue->chains++;
	queue->inflight++;
}

static struct fake_chain *chain_take(struct fake_queue *queue, uint16_t head)
{
	struct fake_chain *chain = fake_zalloc(sizeof(*chain));
	struct walk walk = { .queue = queue, .chain = chain, .ok = true };

	chain->queue = queue;
	chain->head = head;
	walk_table(&walk);
	walk_check(&walk,
		   chain->readable + chain->writable <= (uint64_t)1 << 32,
		   "SPLIT-DESC-01", "more than 2^32 bytes");
	if (!walk.ok) {
		queue->broken = true;
		fake_chain_free(chain);
		return NULL;
	}
	chain_own(chain);
	return chain;
}

static void avail_flags_check(struct fake_queue *queue)
{
	bool event = fake_queue_has_event_idx(queue);
	uint16_t flags = fake_avail_flags(queue);

	fake_check(queue->dev->port, flags <= !event,
		   event ? "SPLIT-USEDSUP-03" : "SPLIT-USEDSUP-01",
		   "queue %u: avail.flags is %#x", queue->idx, flags);
}

/* How many chains wait; the index is checked. */
static uint16_t avail_count(struct fake_queue *queue)
{
	struct fake_port *port = queue->dev->port;
	uint16_t idx = fake_avail_idx(queue);
	uint16_t count = (uint16_t)(idx - queue->last_avail);
	uint16_t seen = (uint16_t)(queue->avail_seen - queue->last_avail);
	bool back = count < seen || count > 0x8000;

	if (!fake_check(port, !back || count == seen, "SPLIT-AVAIL-01",
			"queue %u: avail.idx went back to %u", queue->idx,
			idx) ||
	    !fake_check(port, count <= queue->size, "X-RING-02",
			"queue %u: avail.idx jumped to %u", queue->idx, idx)) {
		queue->broken = true;
		return 0;
	}
	queue->avail_seen = idx;
	return count;
}

static bool queue_usable(const struct fake_queue *queue)
{
	return fake_dev_live(queue->dev) && queue->ready && !queue->broken &&
	       !queue->resetting && !queue->vanished;
}

/* Without a chain, say from where on a kick is wanted, then look again. */
static bool avail_wait(struct fake_queue *queue)
{
	if (avail_count(queue))
		return true;
	if (queue->broken)
		return false;
	ask_for_kicks(queue);
	fake_ring_fence(queue);
	return avail_count(queue) != 0;
}

/* From the ring into our list. */
static struct fake_chain *queue_fetch(struct fake_queue *queue)
{
	uint16_t head;
	uint32_t slot;

	avail_flags_check(queue);
	slot = queue->last_avail % queue->size;
	head = fake_ring_load16(queue,
				queue->avail + RING_AVAIL_RING + 2 * slot);
	queue->last_avail++;
	return chain_take(queue, head);
}

struct fake_chain *fake_queue_pop(struct fake_queue *queue)
{
	struct fake_chain *chain = queue->pending;

	if (!queue_usable(queue))
		return NULL;
	while (chain && !chain->fetched)
		chain = chain->next;
	if (!chain && avail_wait(queue))
		chain = queue_fetch(queue);
	if (!chain)
		return NULL;
	chain->fetched = false;
	/* Taken, and never served. */
	if (fake_counts_down(&queue->dev->faults.needs_reset_at_pop)) {
		fake_needs_reset(queue->dev);
		return NULL;
	}
	return chain;
}

void fake_queue_prefetch(struct fake_queue *queue)
{
	while (queue_usable(queue) && avail_count(queue)) {
		struct fake_chain *chain = queue_fetch(queue);

		if (chain)
			chain->fetched = true;
	}
}

struct fake_chain *fake_queue_oldest(struct fake_queue *queue)
{
	return queue->pending;
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
		if (!chain)
			return;
		/* What arrives while we serve needs no kick. */
		queue->kick_checked = queue->avail_seen;
		fake_chain_serve(chain);
	}
}

const char *fake_queue_uses(struct fake_queue *queue, uint64_t addr,
			    uint64_t len)
{
	if (!queue->ready)
		return NULL;
	if (fake_overlap(addr, len, queue->desc,
			 (uint64_t)RING_DESC_LEN * queue->size) ||
	    fake_overlap(addr, len, queue->avail, 6 + 2 * queue->size) ||
	    fake_overlap(addr, len, queue->used, 6 + 8 * queue->size))
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
