/* SPDX-License-Identifier: MIT */
/*
 * The split format (standard 2.7): chains come from the available ring, all
 * of which is distrusted, and go back through the used ring.
 */
#include "fake_int.h"

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
	fake_ring_store16(queue, queue->used + RING_USED_FLAGS, flags);
}

void fake_set_avail_event(struct fake_queue *queue, uint16_t idx)
{
	queue->avail_event = idx;
	fake_ring_store16(queue,
			  queue->used + RING_USED_RING +
				  RING_USED_ENTRY * queue->size,
			  idx);
}

void fake_set_used_idx(struct fake_queue *queue, uint16_t idx)
{
	queue->used_idx = idx;
	fake_ring_store16(queue, queue->used + RING_USED_IDX, idx);
}

/* --- set-up --- */

static void split_enable(struct fake_queue *queue)
{
	static const char align[] = "SPLIT-ALIGN-01";
	struct fake_port *port = queue->dev->port;
	uint32_t size = queue->size;
	bool desc = fake_ring_part(queue, "descriptors", queue->desc,
				   RING_DESC_LEN * size, 16, align);
	bool avail = fake_ring_part(queue, "avail", queue->avail, 6 + 2 * size,
				    2, align);
	bool used = fake_ring_part(queue, "used", queue->used, 6 + 8 * size, 4,
				   align);

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
}

static void split_ask(struct fake_queue *queue)
{
	bool no = queue->dev->suppress_kicks;

	if (fake_queue_has_event_idx(queue))
		fake_set_avail_event(queue, (uint16_t)(queue->last_avail - no));
	else if (no)
		fake_set_used_flags(queue, 1);
}

/* Not with EVENT_IDX: there avail_event alone says when. */
static void split_hush(struct fake_queue *queue, bool hush)
{
	if (!fake_queue_has_event_idx(queue) && queue->used_flags != hush)
		fake_set_used_flags(queue, hush);
}

static bool split_uses(const struct fake_queue *queue, uint64_t addr,
		       uint64_t len)
{
	uint64_t size = queue->size;

	return fake_overlap(addr, len, queue->desc, RING_DESC_LEN * size) ||
	       fake_overlap(addr, len, queue->avail, 6 + 2 * size) ||
	       fake_overlap(addr, len, queue->used, 6 + 8 * size);
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

static void split_check_kick(struct fake_queue *queue, bool kicked)
{
	const char *id = fake_queue_has_event_idx(queue) ? "SPLIT-AVAILSUP-07"
							 : "SPLIT-AVAILSUP-03";
	uint16_t idx = fake_avail_idx(queue);
	uint16_t fresh = (uint16_t)(idx - queue->kick_checked);
	bool needed;

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

static void split_excuse_kick(struct fake_queue *queue)
{
	queue->kick_checked = queue->avail_seen;
}

/* --- taking a chain --- */

static void desc_read(struct fake_queue *queue, uint64_t at,
		      struct fake_desc *desc)
{
	desc->addr = fake_ring_load64(queue, at);
	desc->len = fake_ring_load32(queue, at + 8);
	desc->flags = fake_ring_load16(queue, at + 12);
	desc->link = fake_ring_load16(queue, at + 14);
}

static void flags_check(struct fake_walk *walk, const struct fake_desc *desc)
{
	fake_walk_check(walk, !(desc->flags & ~7u), "X-RING-05",
			"unknown flags");
}

static void walk_indirect(struct fake_walk *walk, const struct fake_desc *table)
{
	struct fake_queue *queue = walk->queue;
	uint32_t count = table->len / RING_DESC_LEN, next = 0;
	bool more = true;

	fake_walk_table(walk, table);
	fake_walk_check(walk, !(table->flags & FAKE_DESC_NEXT),
			"SPLIT-INDIR-04", "INDIRECT and NEXT");
	for (uint32_t steps = 0; walk->ok && more; steps++) {
		struct fake_desc desc;

		if (!fake_walk_check(walk, steps < count, "SPLIT-DESC-01",
				     "a loop in the indirect table") ||
		    !fake_walk_check(walk, next < count, "X-RING-03",
				     "next is out of the indirect table") ||
		    !fake_walk_check(walk, walk->chain->nsegs < queue->size,
				     "SPLIT-INDIR-03", "longer than the queue"))
			return;
		desc_read(queue, table->addr + (uint64_t)RING_DESC_LEN * next,
			  &desc);
		if (!fake_walk_check(walk, !(desc.flags & FAKE_DESC_INDIRECT),
				     "SPLIT-INDIR-02", "INDIRECT in a table"))
			return;
		flags_check(walk, &desc);
		fake_walk_segment(walk, &desc);
		more = desc.flags & FAKE_DESC_NEXT;
		if (more && queue->in_order)
			fake_walk_check(walk, desc.link == next + 1,
					"SPLIT-INDIR-05",
					"IN_ORDER, and the table is not");
		next = desc.link;
	}
}

/* The descriptor is the device's from now on, as it is. */
static void chain_own(struct fake_chain *chain, uint32_t at,
		      const struct fake_desc *desc)
{
	unsigned count = chain->ndirect++;

	chain->direct = fake_grow(chain->direct, count, sizeof(*chain->direct));
	chain->snapshot =
		fake_grow(chain->snapshot, count, sizeof(*chain->snapshot));
	chain->direct[count] = (uint16_t)at;
	chain->snapshot[count] = *desc;
}

static void walk_descs(struct fake_walk *walk, uint32_t next)
{
	struct fake_queue *queue = walk->queue;
	struct fake_chain *chain = walk->chain;
	bool more = true;

	while (walk->ok && more) {
		uint32_t behind = next + 1 < queue->size ? next + 1 : 0;
		struct fake_desc desc;

		if (!fake_walk_check(walk, next < queue->size, "X-RING-03",
				     "head or next is out of the table") ||
		    !fake_walk_check(walk, chain->ndirect < queue->size,
				     "SPLIT-DESC-01", "a loop") ||
		    !fake_walk_check(walk, !queue->owned[next], "X-RING-04",
				     "a descriptor that the device has"))
			return;
		desc_read(queue, queue->desc + (uint64_t)RING_DESC_LEN * next,
			  &desc);
		chain_own(chain, next, &desc);
		queue->order_next = behind;
		flags_check(walk, &desc);
		fake_walk_direct(walk, &desc);
		if (desc.flags & FAKE_DESC_INDIRECT) {
			walk_indirect(walk, &desc);
			return;
		}
		fake_walk_segment(walk, &desc);
		more = desc.flags & FAKE_DESC_NEXT;
		if (more && queue->in_order)
			fake_walk_check(walk, desc.link == behind,
					"SPLIT-DESC-02",
					"IN_ORDER, and next is not x + 1");
		next = desc.link;
	}
}

static struct fake_chain *chain_take(struct fake_queue *queue, uint16_t head)
{
	struct fake_walk walk;
	struct fake_chain *chain = fake_walk_begin(&walk, queue);

	chain->head = head;
	if (queue->in_order)
		fake_walk_check(&walk, head == queue->order_next, "X-ORDER-01",
				"IN_ORDER, and not the next descriptor");
	walk_descs(&walk, head);
	chain = fake_walk_end(&walk);
	if (!chain)
		return NULL;
	for (unsigned i = 0; i < chain->ndirect; i++)
		queue->owned[chain->direct[i]] = true;
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

/* Chains wait when the index, which is checked, has moved. */
static bool split_waits(struct fake_queue *queue)
{
	struct fake_port *port = queue->dev->port;
	uint16_t idx = fake_avail_idx(queue);
	uint16_t count = (uint16_t)(idx - queue->last_avail);
	uint16_t seen = (uint16_t)(queue->avail_seen - queue->last_avail);
	bool back = count < seen || count > 0x8000;
	uint16_t swapped = (uint16_t)(idx << 8 | idx >> 8);

	if (queue->dev->version == 1 && count)
		fake_dev_check(queue->dev,
			       count <= queue->size ||
				       (uint16_t)(swapped - queue->last_avail) >
					       queue->size,
			       "LEG-RING-04",
			       "avail.idx in the other byte order", idx);
	if (!fake_check(port, !back || count == seen, "SPLIT-AVAIL-01",
			"queue %u: avail.idx went back to %u", queue->idx,
			idx) ||
	    !fake_check(port, count <= queue->size, "X-RING-02",
			"queue %u: avail.idx jumped to %u", queue->idx, idx)) {
		queue->broken = true;
		return false;
	}
	queue->avail_seen = idx;
	return count != 0;
}

static struct fake_chain *split_fetch(struct fake_queue *queue)
{
	uint32_t slot = queue->last_avail % queue->size;
	uint16_t head;

	avail_flags_check(queue);
	head = fake_ring_load16(queue,
				queue->avail + RING_AVAIL_RING + 2 * slot);
	queue->last_avail++;
	return chain_take(queue, head);
}

/* --- giving it back --- */

static void split_check_chain(struct fake_chain *chain)
{
	struct fake_queue *queue = chain->queue;
	bool same = true;

	for (unsigned i = 0; i < chain->ndirect; i++) {
		struct fake_desc now;

		desc_read(queue,
			  queue->desc +
				  (uint64_t)RING_DESC_LEN * chain->direct[i],
			  &now);
		same &= fake_desc_same(&now, &chain->snapshot[i]);
	}
	fake_check(queue->dev->port, same, "CORE-CLEAN-01",
		   "queue %u, head %u: descriptors changed in flight",
		   queue->idx, chain->head);
	if (queue->dev->thread)
		fake_check(queue->dev->port, same, "SPLIT-IDX-01",
			   "queue %u, head %u: shown before it was whole",
			   queue->idx, chain->head);
}

static void split_release(struct fake_chain *chain)
{
	for (unsigned i = 0; i < chain->ndirect; i++)
		chain->queue->owned[chain->direct[i]] = false;
}

static void split_restate(struct fake_queue *queue, uint32_t place, uint32_t id,
			  uint32_t len)
{
	uint64_t at = queue->used + RING_USED_RING +
		      (uint64_t)RING_USED_ENTRY * (place % queue->size);

	fake_ring_store32(queue, at, id);
	fake_ring_store32(queue, at + 4, len);
}

static void split_put(struct fake_queue *queue, const struct fake_used *how,
		      unsigned chains, uint32_t descs)
{
	(void)descs;
	split_restate(queue, queue->used_idx, how->id, how->len);
	fake_set_used_idx(queue,
			  (uint16_t)(queue->used_idx + chains + how->jump));
}

static uint32_t split_place(const struct fake_queue *queue)
{
	return queue->used_idx;
}

static bool split_wants_irq(struct fake_queue *queue, uint32_t from,
			    unsigned chains, uint32_t descs)
{
	(void)descs;
	if (fake_queue_has_event_idx(queue))
		return (uint16_t)(fake_used_event(queue) - from) < chains;
	return !(fake_avail_flags(queue) & 1);
}

static void split_rewrite(struct fake_chain *chain)
{
	for (unsigned i = 0; i < chain->ndirect; i++)
		fake_ring_ruin(chain->queue,
			       chain->queue->desc + (uint64_t)RING_DESC_LEN *
							    chain->direct[i],
			       RING_DESC_LEN);
}

static void split_scribble(struct fake_queue *queue)
{
	fake_ring_ruin(queue, queue->desc,
		       (uint64_t)RING_DESC_LEN * queue->size);
	fake_ring_ruin(queue, queue->avail, RING_AVAIL_RING + 2 * queue->size);
}

const struct fake_ring fake_split_ring = {
	.enable = split_enable,
	.ask = split_ask,
	.hush = split_hush,
	.check_kick = split_check_kick,
	.excuse_kick = split_excuse_kick,
	.waits = split_waits,
	.fetch = split_fetch,
	.next_avail = fake_avail_idx,
	.uses = split_uses,
	.check_chain = split_check_chain,
	.release = split_release,
	.put = split_put,
	.place = split_place,
	.wants_irq = split_wants_irq,
	.restate = split_restate,
	.rewrite = split_rewrite,
	.scribble = split_scribble,
};
