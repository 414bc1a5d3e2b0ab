/* SPDX-License-Identifier: MIT */
/*
 * Giving chains back through the used ring, by the rules (standard 2.7.7,
 * 2.7.8) or against them.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_int.h"

/* After the entry with this used index was stored. */
static void used_irq(struct fake_queue *queue, uint16_t idx)
{
	struct fake_dev *dev = queue->dev;
	bool wanted;

	fake_ring_fence(queue);
	if (fake_queue_has_event_idx(queue))
		wanted = fake_used_event(queue) == idx;
	else
		wanted = !(fake_avail_flags(queue) & 1);
	if ((wanted || dev->faults.spurious_irqs) && !dev->faults.lost_irqs)
		fake_irq(dev, 1);
}

static void used_put(struct fake_queue *queue, uint32_t id, uint32_t len,
		     uint16_t jump)
{
	uint64_t at =
		queue->used + RING_USED_RING +
		(uint64_t)RING_USED_ENTRY * (queue->used_idx % queue->size);

	fake_ring_store32(queue, at, id);
	fake_ring_store32(queue, at + 4, len);
	fake_set_used_idx(queue, (uint16_t)(queue->used_idx + 1 + jump));
}

void fake_queue_push_raw(struct fake_queue *queue, uint32_t id, uint32_t len)
{
	uint16_t idx = queue->used_idx;

	used_put(queue, id, len, 0);
	used_irq(queue, idx);
}

static void chain_check_untouched(const struct fake_chain *chain)
{
	struct fake_queue *queue = chain->queue;
	bool same = true;

	if (queue->broken) /* perhaps by us, see ring_scribble */
		return;
	for (unsigned i = 0; i < chain->ndirect; i++) {
		void *ptr = fake_ptr(queue->dev->port,
				     queue->desc + (uint64_t)RING_DESC_LEN *
							   chain->direct[i],
				     RING_DESC_LEN, 0);

		same &= ptr &&
			!memcmp(ptr,
				chain->snapshot + (size_t)i * RING_DESC_LEN,
				RING_DESC_LEN);
	}
	fake_check(queue->dev->port, same, "CORE-CLEAN-01",
		   "queue %u, head %u: descriptors changed in flight",
		   queue->idx, chain->head);
}

static void ring_scribble(struct fake_queue *queue)
{
	void *desc = fake_ptr(queue->dev->port, queue->desc,
			      RING_DESC_LEN * queue->size, 0);
	void *avail = fake_ptr(queue->dev->port, queue->avail,
			       RING_AVAIL_RING + 2 * queue->size, 0);

	if (desc)
		memset(desc, 0xff, RING_DESC_LEN * queue->size);
	if (avail)
		memset(avail, 0xff, RING_AVAIL_RING + 2 * queue->size);
	queue->broken = true; /* what comes now is not the driver's */
}

static void descs_rewrite(const struct fake_chain *chain)
{
	for (unsigned i = 0; i < chain->ndirect; i++) {
		uint64_t at = chain->queue->desc +
			      (uint64_t)RING_DESC_LEN * chain->direct[i];
		void *ptr =
			fake_ptr(chain->queue->dev->port, at, RING_DESC_LEN, 0);

		if (ptr)
			memset(ptr, 0xff, RING_DESC_LEN);
	}
}

/* What the driver gave for reading only. */
static void readable_rewrite(const struct fake_chain *chain)
{
	for (unsigned i = 0; i < chain->nsegs; i++) {
		const struct fake_seg *seg = &chain->segs[i];
		void *ptr = NULL;

		if (!seg->write)
			ptr = fake_ptr(chain->queue->dev->port, seg->addr,
				       seg->len, 0);
		if (ptr)
			memset(ptr, 0xff, seg->len);
	}
}

static void table_rewrite(const struct fake_chain *chain)
{
	void *ptr = fake_ptr(chain->queue->dev->port, chain->table,
			     chain->table_len, 0);

	if (ptr && chain->table_len)
		memset(ptr, 0xff, chain->table_len);
}

/* What the faults that are due make of a push. */
struct push {
	uint32_t id, len;
	uint16_t jump;
	bool twice, lost, no_irq;
};

static void push_spoil(struct push *push, struct fake_chain *chain,
		       const struct fake_fault *fault)
{
	switch (fault->what) {
	case FAKE_USED_ID:
		push->id = fault->arg;
		break;
	case FAKE_USED_LEN:
		push->len = fault->arg;
		break;
	case FAKE_USED_TWICE:
		push->twice = true;
		break;
	case FAKE_USED_JUMP:
		push->jump = (uint16_t)fault->arg;
		break;
	case FAKE_USED_LOST:
		push->lost = true;
		break;
	case FAKE_USED_NO_IRQ:
		push->no_irq = true;
		break;
	case FAKE_REWRITE_DESC:
		descs_rewrite(chain);
		break;
	case FAKE_REWRITE_TABLE:
		table_rewrite(chain);
		break;
	case FAKE_REWRITE_READABLE:
		readable_rewrite(chain);
		break;
	case FAKE_SCRIBBLE:
		ring_scribble(chain->queue);
		break;
	}
}

static void push_faults(struct push *push, struct fake_chain *chain)
{
	struct fake_fault **link = &chain->queue->faults;

	while (*link) {
		struct fake_fault *fault = *link;

		if (--fault->nth == 0) {
			push_spoil(push, chain, fault);
			*link = fault->next;
			free(fault);
		} else {
			link = &fault->next;
		}
	}
}

static void push_store(struct fake_queue *queue, const struct push *push)
{
	uint16_t idx = queue->used_idx;

	if (push->lost)
		return;
	if (push->twice)
		used_put(queue, push->id, push->len, 0);
	used_put(queue, push->id, push->len, push->jump);
	if (!push->no_irq)
		used_irq(queue, idx);
	if (push->twice && !push->no_irq)
		used_irq(queue, (uint16_t)(idx + 1));
}

static void chain_unlink(struct fake_chain *chain)
{
	struct fake_chain **link = &chain->queue->pending;

	while (*link != chain)
		link = &(*link)->next;
	*link = chain->next;
	for (unsigned i = 0; i < chain->ndirect; i++)
		chain->queue->owned[chain->direct[i]] = false;
	chain->queue->inflight--;
}

void fake_queue_push(struct fake_chain *chain, uint32_t written)
{
	struct fake_queue *queue = chain->queue;
	struct push push = { .id = chain->head, .len = written };

	if (!queue->ready)
		abort(); /* a test kept a chain over a reset */
	chain_check_untouched(chain);
	push_faults(&push, chain);
	queue->pushed++;
	/* Before the entry is seen: the driver may use it again at once. */
	if (!push.lost)
		chain_unlink(chain);
	push_store(queue, &push);
	if (!push.lost)
		fake_chain_free(chain);
}

void fake_queue_push_after(struct fake_chain *chain, uint32_t written,
			   uint64_t ns)
{
	chain->due = chain->queue->dev->port->clock + ns;
	chain->due_len = written;
	chain->due_set = true;
}

void fake_queue_fault(struct fake_queue *queue, enum fake_ring_fault what,
		      unsigned nth, uint32_t arg)
{
	struct fake_fault *fault = fake_zalloc(sizeof(*fault));

	fault->what = what;
	fault->nth = nth;
	fault->arg = arg;
	fault->next = queue->faults;
	queue->faults = fault;
}

/* --- chains --- */

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
