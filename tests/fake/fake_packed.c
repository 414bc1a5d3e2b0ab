/* SPDX-License-Identifier: MIT */
/*
 * The packed format (standard 2.8): one ring of descriptors that both sides
 * write, and two structures by which they ask each other for events.
 *
 * A place is a slot and the lap that it is met in: 0 to size - 1 while the
 * wrap counter is 1, then size to 2 * size - 1 while it is 0. Slots from
 * put_pos, where the next used descriptor goes, up to take_pos, where the next
 * available one is expected, are the device's; the others are the driver's,
 * whatever chain they were part of. What we know of each is in the shadow.
 */
#include "fake_int.h"

static const uint16_t LAP_BITS = FAKE_DESC_AVAIL | FAKE_DESC_USED;

/* --- places --- */

static uint32_t place_add(const struct fake_queue *queue, uint32_t pos,
			  uint64_t count)
{
	return (uint32_t)((pos + count) % (2 * queue->size));
}

static uint32_t place_diff(const struct fake_queue *queue, uint32_t to,
			   uint32_t from)
{
	return (to + 2 * queue->size - from) % (2 * queue->size);
}

static uint32_t slot_of(const struct fake_queue *queue, uint32_t pos)
{
	return pos % queue->size;
}

static bool wrap_of(const struct fake_queue *queue, uint32_t pos)
{
	return pos < queue->size;
}

static uint64_t desc_addr(const struct fake_queue *queue, uint32_t pos)
{
	return queue->desc + (uint64_t)RING_DESC_LEN * slot_of(queue, pos);
}

/* As event structures say it. */
static uint16_t place_event(const struct fake_queue *queue, uint32_t pos)
{
	uint32_t wrap = wrap_of(queue, pos);

	return (uint16_t)(slot_of(queue, pos) | wrap << 15);
}

static uint32_t event_place(const struct fake_queue *queue, uint16_t event)
{
	uint32_t slot = event & 0x7fff;

	return event & 0x8000 ? slot : slot + queue->size;
}

/* How many slots are the device's. Raw writes may have spoiled the count. */
static uint32_t held(const struct fake_queue *queue)
{
	uint32_t count = place_diff(queue, queue->take_pos, queue->put_pos);

	return count < queue->size ? count : queue->size;
}

/* --- memory --- */

/* Flags first: they say whether the rest can be believed. */
static void desc_read(struct fake_queue *queue, uint64_t at,
		      struct fake_desc *desc)
{
	desc->flags = fake_ring_load16(queue, at + PACKED_FLAGS);
	desc->addr = fake_ring_load64(queue, at);
	desc->len = fake_ring_load32(queue, at + 8);
	desc->link = fake_ring_load16(queue, at + PACKED_ID);
}

static void used_write(struct fake_queue *queue, uint32_t pos, uint32_t len,
		       uint16_t id, uint16_t flags)
{
	struct fake_desc *shadow = &queue->shadow[slot_of(queue, pos)];
	uint64_t at = desc_addr(queue, pos);

	fake_ring_store32(queue, at + 8, len);
	fake_ring_store16(queue, at + PACKED_ID, id);
	fake_ring_store16(queue, at + PACKED_FLAGS, flags);
	shadow->len = len;
	shadow->link = id;
	shadow->flags = flags;
}

void fake_packed_write(struct fake_queue *queue, uint16_t slot, uint16_t id,
		       uint32_t len, uint16_t flags)
{
	used_write(queue, slot, len, id, flags);
}

void fake_packed_goto(struct fake_queue *queue, uint16_t slot, bool wrap)
{
	queue->put_pos = wrap ? slot : slot + queue->size;
}

uint16_t fake_event_desc(struct fake_queue *queue)
{
	return fake_ring_load16(queue, queue->avail);
}

uint16_t fake_event_flags(struct fake_queue *queue)
{
	return fake_ring_load16(queue, queue->avail + PACKED_EVENT_FLAGS);
}

void fake_set_event(struct fake_queue *queue, uint16_t desc, uint16_t flags)
{
	queue->event_desc = desc;
	queue->event_flags = flags;
	fake_ring_store16(queue, queue->used, desc);
	fake_ring_store16(queue, queue->used + PACKED_EVENT_FLAGS, flags);
}

/* Ours is ours: has the driver written to it? */
static bool event_untouched(struct fake_queue *queue)
{
	uint64_t at = queue->used;

	return fake_ring_load16(queue, at) == queue->event_desc &&
	       fake_ring_load16(queue, at + PACKED_EVENT_FLAGS) ==
		       queue->event_flags;
}

static void event_own_check(struct fake_queue *queue)
{
	fake_check(queue->dev->port, event_untouched(queue), "X-PACKED-02",
		   "queue %u: the device's event structure was written",
		   queue->idx);
}

/* The driver's: does it say something that means anything? */
static void event_check(struct fake_queue *queue)
{
	struct fake_port *port = queue->dev->port;
	uint16_t flags = fake_event_flags(queue);
	uint16_t slot = fake_event_desc(queue) & 0x7fff;

	fake_check(port, flags <= FAKE_EVENT_DESC, "X-PACKED-03",
		   "queue %u: event flags %#x", queue->idx, flags);
	if (flags == FAKE_EVENT_DESC)
		fake_check(port,
			   fake_queue_has_event_idx(queue) &&
				   slot < queue->size,
			   "X-PACKED-04", "queue %u: event at slot %u",
			   queue->idx, slot);
}

/* --- set-up --- */

static bool ring_fresh(struct fake_queue *queue)
{
	const struct fake_desc zero = { 0 };
	bool fresh = event_untouched(queue);

	for (uint32_t i = 0; i < queue->size; i++) {
		struct fake_desc desc;

		desc_read(queue, desc_addr(queue, i), &desc);
		fresh &= fake_desc_same(&desc, &zero);
	}
	return fresh;
}

static void packed_enable(struct fake_queue *queue)
{
	static const char align[] = "PACKED-RING-01";
	bool desc = fake_ring_part(queue, "descriptors", queue->desc,
				   RING_DESC_LEN * queue->size, 16, align);
	bool driver = fake_ring_part(queue, "driver event", queue->avail,
				     PACKED_EVENT_LEN, 4, align);
	bool device = fake_ring_part(queue, "device event", queue->used,
				     PACKED_EVENT_LEN, 4, align);

	queue->broken = !desc || !driver || !device;
	queue->shadow = fake_zalloc(queue->size * sizeof(*queue->shadow));
	if (queue->broken)
		return;
	fake_check(queue->dev->port, ring_fresh(queue), "X-RING-01",
		   "queue %u: memory is not fresh", queue->idx);
	event_check(queue);
}

static void packed_ask(struct fake_queue *queue)
{
	event_own_check(queue);
	if (queue->dev->suppress_kicks)
		fake_set_event(queue, queue->event_desc, FAKE_EVENT_DISABLE);
	else if (fake_queue_has_event_idx(queue))
		fake_set_event(queue, place_event(queue, queue->take_pos),
			       FAKE_EVENT_DESC);
	else
		fake_set_event(queue, queue->event_desc, FAKE_EVENT_ENABLE);
}

static void packed_hush(struct fake_queue *queue, bool hush)
{
	if (!hush)
		packed_ask(queue);
	else if (queue->event_flags != FAKE_EVENT_DISABLE)
		fake_set_event(queue, queue->event_desc, FAKE_EVENT_DISABLE);
}

static bool packed_uses(const struct fake_queue *queue, uint64_t addr,
			uint64_t len)
{
	uint64_t size = queue->size;

	return fake_overlap(addr, len, queue->desc, RING_DESC_LEN * size) ||
	       fake_overlap(addr, len, queue->avail, PACKED_EVENT_LEN) ||
	       fake_overlap(addr, len, queue->used, PACKED_EVENT_LEN);
}

/* --- kicks --- */

static bool flags_avail(uint16_t flags, bool wrap)
{
	return !!(flags & FAKE_DESC_AVAIL) == wrap &&
	       !!(flags & FAKE_DESC_USED) != wrap;
}

static uint16_t flags_at(struct fake_queue *queue, uint32_t pos)
{
	return fake_ring_load16(queue, desc_addr(queue, pos) + PACKED_FLAGS);
}

static bool is_avail(struct fake_queue *queue, uint32_t pos)
{
	return flags_avail(flags_at(queue, pos), wrap_of(queue, pos));
}

/* The first place that the driver has not made available. */
static uint32_t place_next(struct fake_queue *queue)
{
	uint32_t room = queue->size - held(queue), pos = queue->take_pos;

	while (room-- && is_avail(queue, pos))
		pos = place_add(queue, pos, 1);
	return pos;
}

static uint16_t packed_next_avail(struct fake_queue *queue)
{
	return place_event(queue, place_next(queue));
}

/*
 * Who kicks has said all: what the driver has written beyond the first place
 * that is not available must not look available, neither here nor elsewhere
 * in the slots that are its own.
 */
static void lap_check(struct fake_queue *queue, uint32_t next)
{
	uint32_t taken = place_diff(queue, next, queue->put_pos);
	uint32_t pos = next;
	bool ok = true;

	for (; taken < queue->size; taken++) {
		uint16_t was = queue->shadow[slot_of(queue, pos)].flags;
		uint16_t now = flags_at(queue, pos);

		ok &= now == was ||
		      !!(now & FAKE_DESC_AVAIL) == !!(now & FAKE_DESC_USED);
		pos = place_add(queue, pos, 1);
	}
	fake_check(queue->dev->port, ok, "X-PACKED-05",
		   "queue %u: slots available out of turn, from %u on",
		   queue->idx, slot_of(queue, next));
}

/* What was made available from kick_pos on: does it need a kick? */
static bool kick_needed(const struct fake_queue *queue, uint32_t fresh)
{
	uint32_t event = event_place(queue, queue->event_desc);

	if (queue->event_flags == FAKE_EVENT_DESC)
		return place_diff(queue, event, queue->kick_pos) < fresh;
	return queue->event_flags == FAKE_EVENT_ENABLE;
}

static void packed_check_kick(struct fake_queue *queue, bool kicked)
{
	struct fake_port *port = queue->dev->port;
	uint32_t next = place_next(queue);
	uint32_t fresh = place_diff(queue, next, queue->kick_pos);
	bool needed;

	if (kicked)
		lap_check(queue, next);
	/* 2.8.16: a kick with nothing new is allowed. */
	if (!fresh || fresh > queue->size)
		return;
	needed = kick_needed(queue, fresh);
	queue->kick_pos = next;
	if (needed)
		fake_check(port, kicked, "X-PACKED-08",
			   "queue %u: no kick came", queue->idx);
	else
		fake_check(port, !kicked, "X-PACKED-06",
			   "queue %u: a kick that nobody wanted", queue->idx);
}

static void packed_excuse_kick(struct fake_queue *queue)
{
	uint32_t ahead = place_diff(queue, queue->take_pos, queue->kick_pos);

	if (ahead <= queue->size)
		queue->kick_pos = queue->take_pos;
}

/* --- taking a chain --- */

static bool packed_waits(struct fake_queue *queue)
{
	return held(queue) < queue->size && is_avail(queue, queue->take_pos);
}

static uint32_t list_max(const struct fake_queue *queue)
{
	return queue->list_max ? queue->list_max : queue->size;
}

static void walk_indirect(struct fake_walk *walk, const struct fake_desc *table)
{
	struct fake_queue *queue = walk->queue;
	uint32_t count = table->len / RING_DESC_LEN;

	fake_walk_table(walk, table);
	fake_walk_check(walk, count <= list_max(queue), "PACKED-INDIR-03",
			"longer than the device allows");
	for (uint32_t i = 0; walk->ok && i < count; i++) {
		struct fake_desc desc;

		desc_read(queue, table->addr + (uint64_t)RING_DESC_LEN * i,
			  &desc);
		fake_walk_check(walk, !(desc.flags & ~FAKE_DESC_WRITE),
				"PACKED-INDIR-02", "flags in a table");
		fake_walk_segment(walk, &desc);
	}
}

/* One of the list's slots: the driver's own, whole, and its turn? */
static bool walk_slot(struct fake_walk *walk, struct fake_desc *desc)
{
	struct fake_queue *queue = walk->queue;
	struct fake_chain *chain = walk->chain;
	uint32_t pos = place_add(queue, chain->first, chain->ndirect);
	bool room = chain->ndirect + held(queue) < queue->size;

	if (!fake_walk_check(walk, chain->ndirect < queue->size, "PACKED-SG-02",
			     "a list longer than the queue"))
		return false;
	fake_walk_check(walk, room, "PACKED-SG-04",
			"the rest of a list waits for used descriptors");
	if (!fake_walk_check(walk, room, "PACKED-SG-05",
			     "a list for which there was no room"))
		return false;
	desc_read(queue, desc_addr(queue, pos), desc);
	if (!fake_walk_check(walk,
			     flags_avail(desc->flags, wrap_of(queue, pos)),
			     "PACKED-SG-06", "the head came before the rest"))
		return false;
	queue->shadow[slot_of(queue, pos)] = *desc;
	chain->ndirect++;
	return true;
}

static void walk_list(struct fake_walk *walk)
{
	struct fake_queue *queue = walk->queue;
	struct fake_chain *chain = walk->chain;
	bool more = true;

	while (walk->ok && more) {
		struct fake_desc desc;
		bool table;
		uint16_t known;

		if (!walk_slot(walk, &desc))
			return;
		table = desc.flags & FAKE_DESC_INDIRECT;
		known = table ? FAKE_DESC_INDIRECT
			      : FAKE_DESC_NEXT | FAKE_DESC_WRITE;
		more = desc.flags & FAKE_DESC_NEXT;
		chain->head = desc.link;
		fake_walk_direct(walk, &desc);
		fake_walk_check(walk, !table || (!more && chain->ndirect == 1),
				"PACKED-INDIR-04", "INDIRECT in a list");
		fake_walk_check(
			walk,
			!(desc.flags & ~(known | LAP_BITS | FAKE_DESC_NEXT)),
			"X-RING-05", "unknown flags");
		if (table) {
			walk_indirect(walk, &desc);
			return;
		}
		fake_walk_check(walk, chain->nsegs < list_max(queue),
				"PACKED-SG-01", "longer than allowed");
		fake_walk_segment(walk, &desc);
	}
}

static bool id_free(const struct fake_queue *queue, uint16_t id)
{
	const struct fake_chain *chain = queue->pending;

	while (chain && chain->head != id)
		chain = chain->next;
	return !chain;
}

static struct fake_chain *packed_fetch(struct fake_queue *queue)
{
	struct fake_walk walk;
	struct fake_chain *chain = fake_walk_begin(&walk, queue);

	event_check(queue);
	chain->first = queue->take_pos;
	walk_list(&walk);
	if (walk.ok)
		fake_walk_check(&walk, id_free(queue, chain->head),
				"X-PACKED-01",
				"a buffer id that the device has");
	chain = fake_walk_end(&walk);
	if (chain)
		queue->take_pos =
			place_add(queue, chain->first, chain->ndirect);
	return chain;
}

/* --- giving it back --- */

static bool is_held(const struct fake_queue *queue, uint32_t pos)
{
	return place_diff(queue, pos, queue->put_pos) < held(queue);
}

/* A slot of ours that the driver must not have touched. */
static void slot_check(struct fake_queue *queue, uint32_t pos)
{
	const struct fake_desc *was = &queue->shadow[slot_of(queue, pos)];
	struct fake_port *port = queue->dev->port;
	struct fake_desc now;
	bool same, lap;

	if (!is_held(queue, pos) || queue->broken)
		return;
	desc_read(queue, desc_addr(queue, pos), &now);
	same = fake_desc_same(&now, was);
	lap = !((now.flags ^ was->flags) & LAP_BITS);
	fake_check(port, lap, "PACKED-DESC-01",
		   "queue %u, slot %u: taken back before it was used",
		   queue->idx, slot_of(queue, pos));
	fake_check(port, same || !lap, "PACKED-DESC-02",
		   "queue %u, slot %u: changed after it was available",
		   queue->idx, slot_of(queue, pos));
	fake_check(port, same, "CORE-CLEAN-01",
		   "queue %u, slot %u: descriptor changed in flight",
		   queue->idx, slot_of(queue, pos));
	if (queue->dev->thread)
		fake_check(port, same, "PACKED-FLAGS-01",
			   "queue %u, slot %u: shown before it was whole",
			   queue->idx, slot_of(queue, pos));
}

static void packed_check_chain(struct fake_chain *chain)
{
	struct fake_queue *queue = chain->queue;

	for (unsigned i = 0; i < chain->ndirect; i++)
		slot_check(queue, place_add(queue, chain->first, i));
}

/* Slots belong to the ring, not to chains: put_pos says whose they are. */
static void packed_release(struct fake_chain *chain)
{
	(void)chain;
}

/*
 * Into the next slot, whoever's chain was there; then past as many as the
 * chains had. (FAKE_USED_JUMP: past arg first.)
 */
static void packed_put(struct fake_queue *queue, const struct fake_used *how,
		       unsigned chains, uint32_t descs)
{
	uint32_t pos = place_add(queue, queue->put_pos, how->jump);
	uint16_t flags = wrap_of(queue, pos) ? LAP_BITS : 0;

	(void)chains;
	for (uint32_t i = 0; i < descs; i++)
		slot_check(queue, place_add(queue, queue->put_pos, i));
	if (how->len)
		flags |= FAKE_DESC_WRITE;
	used_write(queue, pos, how->len, (uint16_t)how->id, flags ^ how->flags);
	queue->put_pos = place_add(queue, pos, descs);
}

static void packed_restate(struct fake_queue *queue, uint32_t place,
			   uint32_t id, uint32_t len)
{
	uint64_t at = desc_addr(queue, place);

	fake_ring_store32(queue, at + 8, len);
	fake_ring_store16(queue, at + PACKED_ID, (uint16_t)id);
}

static uint32_t packed_place(const struct fake_queue *queue)
{
	return queue->put_pos;
}

static bool packed_wants_irq(struct fake_queue *queue, uint32_t from,
			     unsigned chains, uint32_t descs)
{
	uint16_t flags = fake_event_flags(queue);
	uint32_t event = event_place(queue, fake_event_desc(queue));

	(void)chains;
	event_own_check(queue);
	if (!queue->broken) /* perhaps by FAKE_SCRIBBLE */
		event_check(queue);
	if (flags == FAKE_EVENT_DESC)
		return place_diff(queue, event, from) < descs;
	return flags != FAKE_EVENT_DISABLE;
}

static void slot_ruin(struct fake_queue *queue, uint32_t pos)
{
	fake_ring_ruin(queue, desc_addr(queue, pos), RING_DESC_LEN);
	desc_read(queue, desc_addr(queue, pos),
		  &queue->shadow[slot_of(queue, pos)]);
}

static void packed_rewrite(struct fake_chain *chain)
{
	struct fake_queue *queue = chain->queue;

	for (unsigned i = 0; i < chain->ndirect; i++) {
		uint32_t pos = place_add(queue, chain->first, i);

		if (is_held(queue, pos))
			slot_ruin(queue, pos);
	}
}

static void packed_scribble(struct fake_queue *queue)
{
	for (uint32_t i = 0; i < queue->size; i++)
		slot_ruin(queue, i);
	fake_ring_ruin(queue, queue->avail, PACKED_EVENT_LEN);
}

const struct fake_ring fake_packed_ring = {
	.enable = packed_enable,
	.ask = packed_ask,
	.hush = packed_hush,
	.check_kick = packed_check_kick,
	.excuse_kick = packed_excuse_kick,
	.waits = packed_waits,
	.fetch = packed_fetch,
	.next_avail = packed_next_avail,
	.uses = packed_uses,
	.check_chain = packed_check_chain,
	.release = packed_release,
	.put = packed_put,
	.place = packed_place,
	.wants_irq = packed_wants_irq,
	.restate = packed_restate,
	.rewrite = packed_rewrite,
	.scribble = packed_scribble,
};
