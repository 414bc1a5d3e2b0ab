/* SPDX-License-Identifier: MIT */
/*
 * Returning chains, by the rules (standard 2.7.7, 2.7.8, 2.7.9, 2.8.9 and
 * 2.8.22) or against them; in order and in batches where that was agreed.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_int.h"

static void used_irq(struct fake_queue *queue, uint32_t from, unsigned chains,
		     uint32_t descs)
{
	struct fake_dev *dev = queue->dev;
	bool wanted;

	fake_ring_fence(queue);
	wanted = queue->ring->wants_irq(queue, from, chains, descs);
	if (dev->faults.lost_irqs)
		return;
	if (wanted)
		fake_irq_raise(dev, 1, queue);
	else if (dev->faults.spurious_irqs)
		fake_irq(dev, 1);
}

static void used_put(struct fake_queue *queue, const struct fake_used *how,
		     unsigned chains, uint32_t descs)
{
	const struct fake_used once = { .id = how->id, .len = how->len };
	uint32_t from = queue->ring->place(queue);

	if (how->twice)
		queue->ring->put(queue, &once, chains, descs);
	queue->ring->put(queue, how, chains, descs);
	if (!how->no_irq)
		used_irq(queue, from, chains << how->twice,
			 descs << how->twice);
	for (uint32_t i = 0; i < how->flicker; i++) {
		queue->ring->restate(queue, from, UINT32_MAX, UINT32_MAX);
		queue->ring->restate(queue, from, how->id, how->len);
		/* It may be the driver's again, who knows. */
		queue->broken = true;
	}
}

void fake_queue_push_raw(struct fake_queue *queue, uint32_t id, uint32_t len)
{
	const struct fake_used how = { .id = id, .len = len };

	used_put(queue, &how, 1, 1);
}

/* --- faults --- */

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

static void push_spoil(struct fake_chain *chain, const struct fake_fault *fault)
{
	struct fake_used *how = &chain->how;

	switch (fault->what) {
	case FAKE_USED_ID:
		how->id = fault->arg;
		break;
	case FAKE_USED_LEN:
		how->len = fault->arg;
		break;
	case FAKE_USED_FLAGS:
		how->flags = (uint16_t)fault->arg;
		break;
	case FAKE_USED_TWICE:
		how->twice = true;
		break;
	case FAKE_USED_JUMP:
		how->jump = fault->arg;
		break;
	case FAKE_USED_LOST:
		how->lost = true;
		break;
	case FAKE_USED_EARLY:
		how->early = true;
		break;
	case FAKE_USED_FLICKER:
		how->flicker = fault->arg;
		break;
	case FAKE_USED_NO_IRQ:
		how->no_irq = true;
		break;
	case FAKE_REWRITE_DESC:
		chain->queue->ring->rewrite(chain);
		break;
	case FAKE_REWRITE_TABLE:
		table_rewrite(chain);
		break;
	case FAKE_REWRITE_READABLE:
		readable_rewrite(chain);
		break;
	case FAKE_SCRIBBLE:
		chain->queue->ring->scribble(chain->queue);
		/* What comes now is not the driver's. */
		chain->queue->broken = true;
		break;
	}
}

static void push_faults(struct fake_chain *chain)
{
	struct fake_fault **link = &chain->queue->faults;

	while (*link) {
		struct fake_fault *fault = *link;

		if (--fault->nth == 0) {
			push_spoil(chain, fault);
			chain->ends = true;
			*link = fault->next;
			free(fault);
		} else {
			link = &fault->next;
		}
	}
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

/* --- returning --- */

/* Forget a chain: the driver may use its descriptors as soon as it sees. */
static void chain_drop(struct fake_chain *chain)
{
	struct fake_chain **link = &chain->queue->pending;

	while (*link != chain)
		link = &(*link)->next;
	*link = chain->next;
	chain->queue->ring->release(chain);
	fake_chain_free(chain);
}

/* By one entry: this one, and with a batch all that stand before it. */
static void chain_return(struct fake_chain *chain, bool batch)
{
	struct fake_queue *queue = chain->queue;
	const struct fake_used how = chain->how;
	uint32_t descs = chain->ndirect;
	unsigned chains = 1;

	while (batch && queue->pending != chain) {
		descs += queue->pending->ndirect;
		chains++;
		chain_drop(queue->pending);
	}
	chain_drop(chain);
	used_put(queue, &how, chains, descs);
}

/* The last chain of the batch that may go now, or NULL. */
static struct fake_chain *batch_last(struct fake_queue *queue, bool all)
{
	struct fake_chain *chain = queue->pending, *last = NULL;

	for (unsigned count = 1; chain && chain->done; count++) {
		if (chain->ends || count >= queue->batch)
			return chain;
		last = chain;
		chain = chain->next;
	}
	return all ? last : NULL;
}

static bool batches_return(struct fake_queue *queue, bool all)
{
	struct fake_chain *last = batch_last(queue, all);
	bool any = last != NULL;

	while (last) {
		chain_return(last, true);
		last = batch_last(queue, all);
	}
	return any;
}

bool fake_queue_flush(struct fake_queue *queue)
{
	return batches_return(queue, true);
}

void fake_queue_push(struct fake_chain *chain, uint32_t written)
{
	struct fake_queue *queue = chain->queue;

	if (!queue->ready)
		abort();    /* a test kept a chain over a reset */
	if (!queue->broken) /* perhaps by FAKE_SCRIBBLE */
		queue->ring->check_chain(chain);
	chain->how = (struct fake_used){ .id = chain->head, .len = written };
	/* The driver takes it that those inside a batch were filled. */
	chain->ends = written != chain->writable;
	push_faults(chain);
	queue->pushed++;
	if (chain->how.lost)
		return;
	queue->inflight--;
	chain->done = true;
	if (!queue->in_order || chain->how.early)
		chain_return(chain, false);
	else
		batches_return(queue, false);
}

void fake_queue_push_after(struct fake_chain *chain, uint32_t written,
			   uint64_t ns)
{
	chain->due = chain->queue->dev->port->clock + ns;
	chain->due_len = written;
	chain->due_set = true;
}
