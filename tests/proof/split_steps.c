/* SPDX-License-Identifier: MIT */
/* What a step does on a split ring, by the standard's rules (2.7). */
#include "ring_proof.h"

/* --- add --- */

/*
 * The watched descriptor is the one of segment i, of count, and the next one
 * has the number next: the device finds it as it was asked for.
 */
static void desc_check(const struct lev_request *req, unsigned i,
		       unsigned count, unsigned next)
{
	const struct written *d = &seen.written;
	unsigned flags = 0;

	if (i + 1 < count)
		flags |= LEV_VIRTQ_DESC_F_NEXT;
	if (i >= req->readable)
		flags |= LEV_VIRTQ_DESC_F_WRITE;
	PROVE(d->addr == req->segs[i].addr && d->len == req->segs[i].len,
	      "the device finds the segment");
	PROVE(d->flags == flags, "and what it may do with it");
	PROVE(i + 1 == count || d->last == next, "and the next one");
}

static void chain_written(const struct lev_request *req, unsigned head,
			  unsigned count)
{
	unsigned idx = head;

	for (unsigned i = 0; i < N; i++) {
		if (i >= count)
			continue;
		if (seen.watched == DESC_AT + idx * DESC_LEN)
			desc_check(req, i, count, slots[idx].next);
		idx = slots[idx].next;
	}
}

static void table_written(const struct lev_request *req, unsigned head,
			  unsigned count)
{
	const unsigned table = head * queue.indirect_len * DESC_LEN;
	const struct written *d = &seen.written;

	if (seen.watched == DESC_AT + head * DESC_LEN)
		PROVE(d->addr == queue.indirect_addr + table &&
			      d->len == count * DESC_LEN &&
			      d->flags == LEV_VIRTQ_DESC_F_INDIRECT,
		      "the descriptor describes the table");
	for (unsigned i = 0; i < N; i++)
		if (i < count &&
		    seen.watched == TABLES_AT + table + i * DESC_LEN)
			desc_check(req, i, count, i + 1);
}

void format_added(const struct lev_request *req, unsigned count)
{
	const unsigned head = before.q.free_head;

	PROVE(slots[head].req == req, "it begins where the free ones did");
	PROVE(req->serial == before.q.added, "it knows how many came before");
	PROVE(seen.entry.value == head &&
		      seen.entry_at == (before.q.added & (RING - 1)),
	      "it is the next in the available ring");
	PROVE(!seen.index.count, "which does not show it yet");
	if (req->count == count)
		chain_written(req, head, count);
	else
		table_written(req, head, count);
}

void format_refused(void)
{
	PROVE(!seen.index.count, "nothing is published");
}

/* --- kick --- */

/* 2.7.7.2, 2.7.10.2: does the device want to hear of these? */
static bool wanted(void)
{
	bool passed = false;

	if (!queue.event_idx)
		return !(seen.hint.value & LEV_VIRTQ_USED_F_NO_NOTIFY);
	for (uint64_t i = before.q.published; i < queue.added; i++)
		passed |= (uint16_t)i == seen.hint.value;
	return passed;
}

void format_kicked(void)
{
	PROVE(queue.published == queue.added, "everything is published");
	if (queue.added == before.q.published) {
		PROVE(!seen.index.count && !seen.rings, "there was nothing");
		return;
	}
	PROVE(seen.index.count == 1 &&
		      seen.index.value == (uint16_t)queue.added,
	      "the index is stored, once");
	PROVE(seen.hint.count == 1, "what the device wants is read once");
	PROVE(seen.rings == wanted(), "it is rung when it is wanted");
	PROVE(!seen.rings || seen.rung == bell_data((uint16_t)queue.added),
	      "with what belongs to it");
}

/* --- reap --- */

/* By the index: how many the device says that it used and we do not know. */
static unsigned ahead(void)
{
	return (uint16_t)(seen.idx.value - (uint16_t)before.q.reaped);
}

static bool was_lent(unsigned id)
{
	return id < N && before.req[id] &&
	       before.was[id].serial < before.q.published;
}

static void judge_ahead(const struct lev_request *req, unsigned slot)
{
	if (IN_ORDER)
		judge_batch(req, slot, ahead());
	else
		judge(req, slot, was_lent(seen.id.value));
}

void format_reaped(const struct lev_request *req, unsigned slot)
{
	const uint64_t lent = before.q.published - before.q.reaped;

	if (before.q.batch_left) {
		judge_batch(req, slot, 0);
		return;
	}
	PROVE(seen.idx.count == 1, "the index is read once");
	if (ahead() > lent)
		PROVE(queue.error, "an index that jumps: broken");
	if (ahead() == 0 || ahead() > lent)
		PROVE(!req && !seen.id.count, "nothing is believed then");
	else
		judge_ahead(req, slot);
}

/* --- arm and disarm --- */

/* Where the wish stands: the event's index, or a flag (2.7.7, 2.7.10). */
static void wish_check(uint16_t event, uint16_t flags)
{
	PROVE(seen.event.count == 1, "the wish is stored, once");
	PROVE(seen.event_at == (queue.event_idx ? 4 + 2 * RING : 0),
	      "at its place");
	PROVE(seen.event.value == (queue.event_idx ? event : flags),
	      "it says from when on");
}

void format_armed(bool there)
{
	wish_check((uint16_t)queue.reaped, 0);
	PROVE(seen.idx.count == 1 && !seen.hasty,
	      "then it looks again, when the device has seen it");
	PROVE(there == (seen.idx.value != (uint16_t)queue.reaped),
	      "is one there?");
}

void format_disarmed(void)
{
	wish_check((uint16_t)(queue.reaped - 1),
		   LEV_VIRTQ_AVAIL_F_NO_INTERRUPT);
}
