/* SPDX-License-Identifier: MIT */
/* What a step does on a packed ring, by the standard's rules (2.8). */
#include "ring_proof.h"

enum {
	AVAIL = LEV_VIRTQ_PACKED_F_AVAIL,
	USED = LEV_VIRTQ_PACKED_F_USED,
	TURN = AVAIL | USED,
};

static unsigned place_of(const struct lev_virtq_packed_desc *desc)
{
	return (__CPROVER_POINTER_OFFSET(desc) - DESC_AT) / DESC_LEN;
}

/* --- add --- */

/* What an available descriptor shows, i behind where the request begins. */
static unsigned turn_at(unsigned i)
{
	const struct lev_packed_place *at = &before.q.u.packed.avail;

	return at->turn ^ (place_of(at->desc) + i >= N ? TURN : 0);
}

/* Where the descriptor is that stands i behind where the request begins. */
static size_t desc_at(unsigned i)
{
	const unsigned at = place_of(before.q.u.packed.avail.desc) + i;

	return DESC_AT + (at >= N ? at - N : at) * DESC_LEN;
}

/* The device finds segment i in the watched descriptor. */
static void segment_check(const struct lev_request *req, unsigned i)
{
	PROVE(seen.written.addr == req->segs[i].addr &&
		      seen.written.len == req->segs[i].len,
	      "the device finds the segment");
}

static void chain_written(const struct lev_request *req, unsigned id,
			  unsigned count)
{
	for (unsigned i = 0; i < N; i++) {
		unsigned flags = turn_at(i);

		if (i >= count || seen.watched != desc_at(i))
			continue;
		if (i + 1 < count)
			flags |= LEV_VIRTQ_DESC_F_NEXT;
		if (i >= req->readable)
			flags |= LEV_VIRTQ_DESC_F_WRITE;
		segment_check(req, i);
		PROVE(seen.written.flags == flags,
		      "and what it may do with it");
		PROVE((0 < i && i + 1 < count) || seen.written.last == id,
		      "the id is in the last, and in the first");
	}
}

static void table_written(const struct lev_request *req, unsigned id,
			  unsigned count)
{
	const unsigned table = id * queue.indirect_len * DESC_LEN;
	const struct written *d = &seen.written;

	if (seen.watched == desc_at(0))
		PROVE(d->addr == queue.indirect_addr + table &&
			      d->len == count * DESC_LEN && d->last == id &&
			      d->flags ==
				      (turn_at(0) | LEV_VIRTQ_DESC_F_INDIRECT),
		      "the descriptor describes the table");
	for (unsigned i = 0; i < N; i++) {
		if (i >= count || seen.watched != TABLES_AT + table + i * 16)
			continue;
		segment_check(req, i);
		PROVE(d->flags ==
			      (i < req->readable ? 0 : LEV_VIRTQ_DESC_F_WRITE),
		      "and what it may do with it");
	}
}

void format_added(const struct lev_request *req, unsigned count)
{
	const unsigned id = before.q.free_head;

	PROVE(slots[id].req == req, "it has the first free id");
	PROVE(seen.shown, "it is published");
	if (req->count == count)
		chain_written(req, id, count);
	else
		table_written(req, id, count);
}

/* 2.8.21.1: the device goes along the ring until a descriptor is not available.
 */
void format_refused(void)
{
	PROVE(!seen.shown, "nothing is published");
	for (unsigned i = 0; i < N; i++)
		PROVE(seen.watched != desc_at(i) || !seen.written.shown ||
			      (seen.written.flags & TURN) != turn_at(i),
		      "and nothing of it looks available");
}

/* --- kick --- */

/* Descriptors that were added since the last kick; more than a lap: N + 1. */
static unsigned added_since(void)
{
	const struct lev_packed *p = &before.q.u.packed;
	const unsigned end = place_of(p->avail.desc);
	const unsigned start = place_of(p->kicked);
	const bool odd = !(p->avail.turn & AVAIL);
	const uint64_t laps =
		p->used_laps + (odd != (p->used_laps & 1)) - p->kicked_laps;

	if (laps == 0)
		return end - start;
	return laps == 1 && end <= start ? end + N - start : N + 1;
}

/* 2.8.10: is the descriptor that the device named one of the last count? */
static bool event_passed(unsigned count)
{
	const struct lev_packed *p = &before.q.u.packed;
	const unsigned event = seen.hint_place.value;
	unsigned at = place_of(p->avail.desc);
	bool wrap = p->avail.turn & AVAIL, passed = false;

	for (unsigned i = 0; i < count; i++) {
		if (at-- == 0) {
			at = N - 1;
			wrap = !wrap;
		}
		passed |= event == (at | (wrap ? LEV_VIRTQ_EVENT_WRAP : 0));
	}
	return passed;
}

static void wish_kept(void)
{
	const unsigned when = seen.hint.value & LEV_VIRTQ_EVENT_WHEN;

	if (when != LEV_VIRTQ_EVENT_DESC || !queue.event_idx)
		PROVE(seen.rings == 1, "always wanted");
	else if (!before.q.u.packed.kicked || added_since() > N)
		PROVE(seen.rings == 1, "not known: rung");
	else if ((seen.hint_place.value & ~LEV_VIRTQ_EVENT_WRAP) < N)
		PROVE(seen.rings == event_passed(added_since()),
		      "rung when it is wanted");
}

void format_kicked(void)
{
	const unsigned when = seen.hint.value & LEV_VIRTQ_EVENT_WHEN;
	const struct lev_packed_place *at = &queue.u.packed.avail;

	PROVE(seen.hint.count == 1 && seen.hint_place.count <= 1,
	      "what the device wants is read once");
	PROVE(!seen.rings ||
		      seen.rung ==
			      bell_data((uint16_t)(place_of(at->desc) |
						   (at->turn & AVAIL ? 1u << 15
								     : 0))),
	      "with what belongs to it");
	if (when == LEV_VIRTQ_EVENT_DISABLE) {
		PROVE(!seen.rings, "not wanted");
		PROVE(!queue.u.packed.kicked, "the next one wanted is rung");
	} else if (queue.added == before.q.published) {
		PROVE(!seen.rings, "there was nothing");
	} else {
		PROVE(queue.published == queue.added, "everything was told");
		wish_kept();
	}
}

/* --- reap --- */

void format_reaped(const struct lev_request *req, unsigned slot)
{
	const unsigned id = seen.id.value;
	const unsigned in_flight = before.in_flight;

	if (before.q.batch_left) {
		judge_batch(req, slot, 0);
		return;
	}
	PROVE(seen.idx.count == 1, "the flags are read once");
	if ((seen.idx.value & TURN) != before.q.u.packed.used.turn)
		PROVE(!req && !queue.error && !seen.id.count, "not used");
	else if (!in_flight)
		PROVE(queue.error, "used, and nothing was lent: broken");
	else if (IN_ORDER)
		judge_batch(req, slot, in_flight);
	else
		judge(req, slot, id < N && before.req[id]);
}

/* --- arm and disarm --- */

void format_armed(bool there)
{
	const struct lev_packed_place *at = &queue.u.packed.used;

	PROVE(seen.event.count == 1 &&
		      seen.event.value == (queue.event_idx
						   ? LEV_VIRTQ_EVENT_DESC
						   : LEV_VIRTQ_EVENT_ENABLE),
	      "the wish is stored, once");
	PROVE(seen.event_place.count == queue.event_idx, "and its place");
	PROVE(!queue.event_idx ||
		      seen.event_place.value ==
			      (place_of(at->desc) |
			       (at->turn ? LEV_VIRTQ_EVENT_WRAP : 0)),
	      "where the next one comes back");
	PROVE(queue.batch_left || (seen.idx.count == 1 && !seen.hasty),
	      "then it looks again, when the device has seen it");
	PROVE(there ==
		      (queue.batch_left || (seen.idx.value & TURN) == at->turn),
	      "is one there?");
}

void format_disarmed(void)
{
	PROVE(seen.event.count == 1 &&
		      seen.event.value == LEV_VIRTQ_EVENT_DISABLE,
	      "the wish is stored, once");
	PROVE(!seen.event_place.count, "without a place");
}
