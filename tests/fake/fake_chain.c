/* SPDX-License-Identifier: MIT */
/*
 * Chains: built from descriptors that nobody vouches for, whatever the ring
 * they come from (standard 2.7.4, 2.7.5, 2.8.5 to 2.8.7), and their memory.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_int.h"

/* Room for one more, grown when a power of two is full. */
void *fake_grow(void *array, unsigned count, size_t each)
{
	if (count & (count - 1))
		return array;
	array = realloc(array, (count ? 2 * (size_t)count : 1) * each);
	if (!array)
		abort();
	return array;
}

bool fake_desc_same(const struct fake_desc *a, const struct fake_desc *b)
{
	return a->addr == b->addr && a->len == b->len && a->flags == b->flags &&
	       a->link == b->link;
}

void fake_chain_free(struct fake_chain *chain)
{
	free(chain->segs);
	free(chain->snapshot);
	free(chain->direct);
	free(chain);
}

/* --- building --- */

struct fake_chain *fake_walk_begin(struct fake_walk *walk,
				   struct fake_queue *queue)
{
	struct fake_chain *chain = fake_zalloc(sizeof(*chain));

	chain->queue = queue;
	walk->queue = queue;
	walk->chain = chain;
	walk->written = false;
	walk->ok = true;
	return chain;
}

bool fake_walk_check(struct fake_walk *walk, bool ok, const char *id,
		     const char *what)
{
	struct fake_queue *queue = walk->queue;

	if (!fake_check(queue->dev->port, ok, id, "queue %u, chain %u: %s",
			queue->idx, queue->chains, what))
		walk->ok = false;
	return ok;
}

void fake_walk_segment(struct fake_walk *walk, const struct fake_desc *desc)
{
	struct fake_chain *chain = walk->chain;
	bool write = (desc->flags & FAKE_DESC_WRITE) != 0;
	unsigned dir = write ? LEV_DMA_FROM_DEVICE : LEV_DMA_TO_DEVICE;
	struct fake_port *port = walk->queue->dev->port;

	fake_walk_check(walk, desc->len, "X-RING-05", "no bytes");
	if (walk->written)
		fake_walk_check(walk, write,
				walk->queue->packed ? "PACKED-SG-03"
						    : "SPLIT-FRAME-01",
				"readable after writable");
	fake_walk_check(walk, fake_ptr(port, desc->addr, desc->len, dir),
			"X-DMA-02", "memory that the device was not given");
	fake_check_platform(walk->queue->dev, desc->addr);
	walk->written |= write;
	chain->segs =
		fake_grow(chain->segs, chain->nsegs, sizeof(*chain->segs));
	chain->segs[chain->nsegs].addr = desc->addr;
	chain->segs[chain->nsegs].len = desc->len;
	chain->segs[chain->nsegs++].write = write;
	*(write ? &chain->writable : &chain->readable) += desc->len;
}

void fake_walk_direct(struct fake_walk *walk, const struct fake_desc *desc)
{
	struct fake_queue *queue = walk->queue;

	if (!fake_dev_has(queue->dev, FAKE_F_INDIRECT))
		fake_walk_check(walk, !(desc->flags & FAKE_DESC_INDIRECT),
				queue->packed ? "PACKED-INDIR-01"
					      : "SPLIT-INDIR-01",
				"INDIRECT was not negotiated");
}

/* An indirect table: is it one at all? */
void fake_walk_table(struct fake_walk *walk, const struct fake_desc *table)
{
	struct fake_queue *queue = walk->queue;

	fake_walk_check(walk, table->len && table->len % RING_DESC_LEN == 0,
			"X-RING-06", "length of the indirect table");
	fake_walk_check(walk,
			fake_ptr(queue->dev->port, table->addr, table->len,
				 LEV_DMA_TO_DEVICE),
			"X-DMA-02", "indirect table out of memory");
	fake_check_platform(queue->dev, table->addr);
	walk->chain->indirect = true;
	walk->chain->table = table->addr;
	walk->chain->table_len = table->len;
}

struct fake_chain *fake_walk_end(struct fake_walk *walk)
{
	struct fake_queue *queue = walk->queue;
	struct fake_chain *chain = walk->chain;
	struct fake_chain **link = &queue->pending;

	fake_walk_check(walk,
			chain->readable + chain->writable <= (uint64_t)1 << 32,
			queue->packed ? "X-PACKED-07" : "SPLIT-DESC-01",
			"more than 2^32 bytes");
	if (!walk->ok) {
		queue->broken = true;
		fake_chain_free(chain);
		return NULL;
	}
	while (*link)
		link = &(*link)->next;
	*link = chain;
	queue->chains++;
	queue->inflight++;
	return chain;
}

/* --- its memory --- */

/* Walk one part of a chain; to or from is NULL. */
static size_t chain_copy(struct fake_chain *chain, size_t off, void *to,
			 const void *from, size_t len)
{
	struct fake_port *port = chain->queue->dev->port;
	bool write = from != NULL;
	size_t done = 0;

	for (unsigned i = 0; i < chain->nsegs && done < len; i++) {
		const struct fake_seg *seg = &chain->segs[i];
		size_t part = seg->len;
		uint8_t *ptr;

		if (seg->write != write)
			continue;
		if (off >= part) {
			off -= part;
			continue;
		}
		part -= off;
		part = part < len - done ? part : len - done;
		ptr = fake_ptr(port, seg->addr + off, part,
			       write ? LEV_DMA_FROM_DEVICE : LEV_DMA_TO_DEVICE);
		if (!fake_check(port, ptr, "X-DMA-02",
				"memory of a chain in flight is gone"))
			return done;
		if (write)
			memcpy(ptr, (const uint8_t *)from + done, part);
		else
			memcpy((uint8_t *)to + done, ptr, part);
		done += part;
		off = 0;
	}
	return done;
}

size_t fake_chain_read(struct fake_chain *chain, size_t off, void *buf,
		       size_t len)
{
	return chain_copy(chain, off, buf, NULL, len);
}

size_t fake_chain_write(struct fake_chain *chain, size_t off, const void *buf,
			size_t len)
{
	return chain_copy(chain, off, NULL, buf, len);
}
