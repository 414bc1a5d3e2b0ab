/* SPDX-License-Identifier: MIT */
/* The private state of a split ring, and what it may do to shared memory. */
#include "ring_proof.h"

#if IN_ORDER
const struct lev_ring_ops *const ring_format = &lev_split_ring_in_order;
#else
const struct lev_ring_ops *const ring_format = &lev_split_ring;
#endif

void format_any(void)
{
	queue.u.split = (struct lev_split){
		.desc = (void *)(ring_memory + DESC_AT),
		.avail = (void *)(ring_memory + DRIVER_AT),
		.avail_ring = (void *)(ring_memory + DRIVER_AT + 4),
		.used = (void *)(ring_memory + DEVICE_AT),
		.used_ring = (void *)(ring_memory + DEVICE_AT + 4),
		.avail_event = (void *)(ring_memory + DEVICE_AT + 4 + 8 * RING),
	};
}

/* --- the invariant --- */

/* Descriptors that were met, a bit each, and the last two links. */
struct walk {
	unsigned met;
	unsigned last, next;
};

/* From w->next on, count descriptors, none of which was met before. */
static void list_check(struct walk *w, unsigned count)
{
	for (unsigned k = 0; k < N; k++) {
		if (k >= count)
			continue;
		HOLDS(!(w->met >> w->next & 1),
		      "a descriptor is in one list, and once");
		w->met |= 1u << w->next;
		w->last = w->next;
		w->next = slots[w->last].next;
	}
}

/* The request's chain begins at head and ends at its tail. */
static void chain_check(struct walk *w, const struct lev_request *req,
			unsigned head)
{
	w->next = head;
	list_check(w, req->count);
	HOLDS(req->tail == &slots[w->last], "a chain ends at its tail");
	HOLDS(req->serial < queue.added,
	      "a serial was the count of those before");
}

/*
 * A request stands in the slot of its chain's head. What the device may give
 * back are those that were added before the last kick.
 */
static void chains_check(struct walk *w)
{
	unsigned lent = 0;

	for (unsigned i = 0; i < N; i++) {
		if (!slots[i].req)
			continue;
		chain_check(w, slots[i].req, i);
		lent += slots[i].req->serial < queue.published;
	}
	HOLDS(lent == queue.published - queue.reaped,
	      "as many as were published and did not come back are lent");
}

/* Chains and the free list; together they are all descriptors. */
static void lists_check(void)
{
	struct walk w = { 0 };

	chains_check(&w);
	w.next = queue.free_head;
	list_check(&w, (unsigned)queue.free_count);
	HOLDS(w.met == (1u << N) - 1, "no descriptor is lost");
}

/*
 * In order, the links are a ring, on which the chains follow each other, the
 * oldest first, and behind the youngest come the free descriptors.
 */
static void ring_check(void)
{
	unsigned head = queue.oldest, held = 0;

	HOLDS(head < N, "the oldest is a descriptor");
	for (unsigned k = 0; k < N; k++) {
		const struct lev_request *req = slots[head].req;

		if (k >= queue.added - queue.reaped)
			continue;
		HOLDS(req, "the next one is there");
		HOLDS(req->serial == queue.reaped + k, "it is the next");
		HOLDS(req->tail == &slots[(head + req->count - 1) % N],
		      "a chain ends at its tail");
		HOLDS(queue.batch_left != k + 1 ||
			      queue.batch_written <= req->lent,
		      "the last of a batch was not written beyond its end");
		held += req->count;
		head = (head + req->count) % N;
	}
	HOLDS(head == queue.free_head, "behind the youngest are the free ones");
	HOLDS(held + (unsigned)queue.free_count == N, "no descriptor is lost");
}

void format_check(void)
{
	HOLDS(queue.reaped <= queue.published,
	      "nothing comes back unpublished");
	HOLDS(queue.batch_left <= queue.published - queue.reaped,
	      "the rest of a batch is lent");
	if (IN_ORDER)
		ring_check();
	else
		lists_check();
}

unsigned format_younger(unsigned slot)
{
	return before.was[slot].tail->next;
}

/* --- shared memory --- */

unsigned format_free(void)
{
	unsigned met = 0, i = queue.free_head;

	for (int k = 0; k < queue.free_count; k++) {
		met |= 1u << i;
		i = slots[i].next;
	}
	return met;
}

uint32_t format_load(size_t off, size_t len)
{
	uint32_t value = nondet_unsigned();

	if (len == sizeof(uint16_t))
		value &= 0xffff;
	if (off == DEVICE_AT + 2) {
		seen.hasty |= seen.unseen;
		note(&seen.idx, value);
	} else if (off == DEVICE_AT || off == DEVICE_AT + 4 + 8 * RING) {
		PROVE(!seen.unseen, "what was published is seen by then");
		note(&seen.hint, value);
	} else {
		PROVE(off == DEVICE_AT + 4 + 8 * (queue.reaped & (RING - 1)) ||
			      off == DEVICE_AT + 8 +
					      8 * (queue.reaped & (RING - 1)),
		      "of the used ring, the next element is read");
		PROVE(len == sizeof(uint32_t), "in one");
		PROVE(!queue.platform || !seen.early,
		      "ORDER_PLATFORM: what was used is read after the index");
		note(off & 4 ? &seen.id : &seen.len, value);
	}
	return value;
}

static void store_desc(size_t off, uint64_t value)
{
	struct written *d = &seen.written;

	if (off / DESC_LEN != seen.watched / DESC_LEN)
		return;
	switch (off % DESC_LEN) {
	case 0:
		d->addr = value;
		break;
	case 8:
		d->len = (uint32_t)value;
		break;
	case 12:
		d->flags = (uint16_t)value;
		break;
	default:
		d->last = (uint16_t)value;
	}
}

static void store_avail(size_t off, uint16_t value)
{
	PROVE(off != 2, "the index is stored by publishing");
	if (off == 0 || off == 4 + 2 * RING) {
		note(&seen.event, value);
		seen.event_at = off;
	} else {
		PROVE(off < 4 + 2 * RING, "not behind the available ring");
		note(&seen.entry, value);
		seen.entry_at = (off - 4) / 2;
	}
}

void format_store(size_t off, size_t len, uint64_t value)
{
	const size_t table =
		TABLES_AT + queue.free_head * queue.indirect_len * DESC_LEN;

	if (DESC_AT <= off && off < DESC_AT + RING * DESC_LEN) {
		PROVE(seen.free >> (off - DESC_AT) / DESC_LEN & 1,
		      "a descriptor that the device may read stays as it is");
		store_desc(off, value);
	} else if (TABLES_AT <= off) {
		PROVE(off >= table &&
			      (off - table) / DESC_LEN < queue.indirect_len,
		      "the indirect table is the head's own");
		store_desc(off, value);
	} else {
		PROVE(DRIVER_AT <= off && off < DEVICE_AT &&
			      len == sizeof(uint16_t),
		      "nothing in the used ring is written");
		store_avail(off - DRIVER_AT, (uint16_t)value);
	}
}

void format_publish(size_t off, uint16_t value)
{
	PROVE(off == DRIVER_AT + 2, "the available index is what publishes");
	PROVE(!queue.platform || !seen.dirty,
	      "ORDER_PLATFORM: what is published is seen before");
	note(&seen.index, value);
}
