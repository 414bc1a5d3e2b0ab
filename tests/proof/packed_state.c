/* SPDX-License-Identifier: MIT */
/* The private state of a packed ring, and what it may do to shared memory. */
#include "ring_proof.h"

enum {
	AVAIL = LEV_VIRTQ_PACKED_F_AVAIL,
	USED = LEV_VIRTQ_PACKED_F_USED,
	TURN = AVAIL | USED,
};

#if IN_ORDER
const struct lev_ring_ops *const ring_format = &lev_packed_ring_in_order;
#else
const struct lev_ring_ops *const ring_format = &lev_packed_ring;
#endif

/* Where a pointer to a descriptor of the ring points. */
static unsigned place_of(const struct lev_virtq_packed_desc *desc)
{
	return (__CPROVER_POINTER_OFFSET(desc) - DESC_AT) / DESC_LEN;
}

static struct lev_virtq_packed_desc *any_place(void)
{
	const unsigned i = nondet_unsigned();

	ASSUME(i < N);
	return (struct lev_virtq_packed_desc *)(ring_memory + DESC_AT) + i;
}

void format_any(void)
{
	struct lev_packed any;

	any.desc = (void *)(ring_memory + DESC_AT);
	any.last = any.desc + N - 1;
	any.avail.desc = any_place();
	any.used.desc = any_place();
	any.kicked = nondet_bool() ? any_place() : NULL;
	any.driver_event = (void *)(ring_memory + DRIVER_AT);
	any.device_event = (void *)(ring_memory + DEVICE_AT);
	/* A ring does not go round 2^63 times. */
	ASSUME(any.used_laps < UINT64_MAX / 2);
	queue.u.packed = any;
}

/* --- the invariant --- */

/* Is the next available descriptor in the lap behind the next used one's? */
static bool lap_ahead(void)
{
	const struct lev_packed *p = &queue.u.packed;

	return !(p->avail.turn & AVAIL) != !(p->used.turn & AVAIL);
}

/*
 * Between the place where the next request comes back and the place where the
 * next one goes stand the descriptors in flight. Both wrap counters begin as 1
 * and turn over with each lap (2.8.1); turn is what an available, and what a
 * used descriptor shows in that lap.
 */
static void places_check(void)
{
	const struct lev_packed *p = &queue.u.packed;
	const unsigned avail = place_of(p->avail.desc);
	const unsigned used = place_of(p->used.desc);

	HOLDS(avail < N && used < N, "both are places of the ring");
	HOLDS(p->avail.turn == AVAIL || p->avail.turn == USED,
	      "an available descriptor's flags differ");
	HOLDS(p->used.turn == (p->used_laps & 1 ? 0 : TURN),
	      "a used descriptor's flags say the lap");
	HOLDS(avail + lap_ahead() * N == used + N - (unsigned)queue.free_count,
	      "what is in flight stands between the two");
}

/*
 * Where the last kick left off, if a doorbell may hang on it: not behind what
 * was added, and there exactly if nothing was added since.
 */
static void kicked_check(void)
{
	const struct lev_packed *p = &queue.u.packed;
	const uint64_t laps = p->used_laps + lap_ahead();
	const unsigned avail = place_of(p->avail.desc);
	const unsigned kicked = place_of(p->kicked);

	if (!p->kicked)
		return;
	HOLDS(kicked < N, "a place of the ring");
	HOLDS(p->kicked_laps < laps ||
		      (p->kicked_laps == laps && kicked <= avail),
	      "a kick tells of nothing that is not there");
	HOLDS((queue.added == queue.published) ==
		      (p->kicked_laps == laps && kicked == avail),
	      "and of all that is");
}

/* Ids: those of requests in flight, and the free list of all others. Returns
 * the latter, a bit each. */
static unsigned ids_check(void)
{
	unsigned met = 0, i = queue.free_head;

	for (unsigned k = 0; k < N; k++) {
		if (k >= N - (queue.added - queue.reaped))
			continue;
		HOLDS(!slots[i].req, "a free id has no request");
		HOLDS(!(met >> i & 1), "and is free once");
		met |= 1u << i;
		i = slots[i].next;
	}
	return met;
}

/* In order, ids go round: the oldest request first, free ones behind them. */
static void ids_in_order_check(unsigned met)
{
	unsigned i = queue.oldest;

	HOLDS(i < N, "the oldest is an id");
	for (unsigned k = 0; k < N; k++) {
		if (k >= queue.added - queue.reaped)
			continue;
		HOLDS(!(met >> i & 1) && slots[i].req, "the next one is there");
		met |= 1u << i;
		HOLDS(queue.batch_left != k + 1 ||
			      queue.batch_written <= slots[i].req->lent,
		      "the last of a batch was not written beyond its end");
		i = slots[i].next;
	}
	HOLDS(i == queue.free_head, "behind the youngest are the free ones");
}

void format_check(void)
{
	unsigned held = 0, ids;

	for (unsigned i = 0; i < N; i++)
		if (slots[i].req)
			held += slots[i].req->count;
	HOLDS(held + (unsigned)queue.free_count == N, "no descriptor is lost");
	places_check();
	kicked_check();
	ids = ids_check();
	if (IN_ORDER)
		ids_in_order_check(ids);
}

unsigned format_younger(unsigned slot)
{
	return before.next[slot];
}

/* --- shared memory --- */

unsigned format_free(void)
{
	unsigned met = 0, i = place_of(queue.u.packed.avail.desc);

	for (int k = 0; k < queue.free_count; k++) {
		met |= 1u << i;
		i = i + 1 < N ? i + 1 : 0;
	}
	return met;
}

static bool is_desc(size_t off)
{
	return DESC_AT <= off && off < DESC_AT + N * DESC_LEN;
}

static void load_desc(size_t off, size_t len, uint32_t value)
{
	PROVE(off / DESC_LEN == place_of(queue.u.packed.used.desc),
	      "of the descriptors, the next used one is read");
	if (off % DESC_LEN == 14) {
		seen.hasty |= seen.unseen;
		note(&seen.idx, value);
		return;
	}
	PROVE((off % DESC_LEN == 12 && len == 2) ||
		      (off % DESC_LEN == 8 && len == 4),
	      "its id or its length");
	PROVE(!queue.platform || !seen.early,
	      "ORDER_PLATFORM: what was used is read after its flags");
	note(len == 2 ? &seen.id : &seen.len, value);
}

uint32_t format_load(size_t off, size_t len)
{
	uint32_t value = nondet_unsigned();

	if (len == sizeof(uint16_t))
		value &= 0xffff;
	if (is_desc(off)) {
		load_desc(off - DESC_AT, len, value);
		return value;
	}
	PROVE(off == DEVICE_AT || off == DEVICE_AT + 2, "the device's wish");
	PROVE(!seen.unseen, "what was published is seen by then");
	note(off == DEVICE_AT ? &seen.hint_place : &seen.hint, value);
	return value;
}

/* The head of the request that is being added. */
static bool is_head(size_t off)
{
	return (off - DESC_AT) / DESC_LEN ==
	       place_of(before.q.u.packed.avail.desc);
}

/* Into a descriptor, which may be the watched one. */
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
		d->last = (uint16_t)value;
		break;
	default:
		d->flags = (uint16_t)value;
		d->shown++;
	}
}

static void desc_check(size_t off, uint64_t value)
{
	const uint16_t turn = before.q.u.packed.avail.turn;

	PROVE(!seen.shown, "what is published stays as it is");
	PROVE(seen.free >> (off - DESC_AT) / DESC_LEN & 1,
	      "a descriptor in flight stays as it is");
	PROVE(!is_head(off) || off % DESC_LEN != 14 || (value & TURN) != turn,
	      "the head is not available before everything is there");
}

void format_store(size_t off, size_t len, uint64_t value)
{
	const size_t table =
		TABLES_AT + queue.free_head * queue.indirect_len * DESC_LEN;

	if (is_desc(off)) {
		desc_check(off, value);
		store_desc(off, value);
	} else if (TABLES_AT <= off) {
		PROVE(off >= table &&
			      (off - table) / DESC_LEN < queue.indirect_len,
		      "the indirect table is the id's own");
		PROVE(!seen.shown, "what is published stays as it is");
		store_desc(off, value);
	} else {
		PROVE((off == DRIVER_AT || off == DRIVER_AT + 2) &&
			      len == sizeof(uint16_t),
		      "our wish, never the device's");
		note(off == DRIVER_AT ? &seen.event_place : &seen.event,
		     (uint32_t)value);
	}
}

void format_publish(size_t off, uint16_t value)
{
	if (!is_desc(off)) {
		format_store(off, sizeof(value), value);
		return;
	}
	PROVE(!queue.platform || !seen.dirty,
	      "ORDER_PLATFORM: what is published is seen before");
	PROVE(!seen.shown && is_head(off) && off % DESC_LEN == 14,
	      "the flags of the head publish, once");
	store_desc(off, value);
	seen.shown = true;
}
