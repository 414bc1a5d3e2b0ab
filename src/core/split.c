/* SPDX-License-Identifier: MIT */
/*
 * The split ring (VirtIO 2.7).
 *
 * What the driver needs to know stands in private memory: which request a
 * chain belongs to, how its descriptors are linked, what was lent. Shared
 * memory is written, and of what the device writes there (used index, used
 * elements, two hints) each field is read once and checked.
 *
 * Requests become visible when they are published, all at once: one store of
 * the available index for each kick, instead of one for each request, keeps
 * its cache line from bouncing between driver and device.
 */
#include <levitate/wire/ring.h>

#include "core.h"

/* --- add --- */

/*
 * A chain that begins at head, the first free descriptor, enters the available
 * ring. As long as it is not closed, nothing is lost if the entry is written
 * again.
 */
static inline void chain_open(struct lev_queue *q, struct lev_request *req,
			      size_t head)
{
	const uint64_t serial = q->added;

	req->serial = serial;
	q->slots[head].req = req;
	order_store16(&q->u.split.avail_ring[serial & q->mask], (uint16_t)head);
}

/* It ends at tail: what is behind stays on the free list. */
static inline int chain_close(struct lev_queue *q, struct lev_request *req,
			      size_t tail)
{
	struct lev_queue_slot *last = &q->slots[tail];

	req->tail = last;
	q->free_head = last->next;
	q->added++;
	return 0;
}

/* A descriptor that no other follows. */
static inline void desc_write(struct lev_virtq_desc *d, lev_paddr addr,
			      uint32_t len, unsigned flags)
{
	order_store64(&d->addr, addr);
	order_store32(&d->len, len);
	order_store16(&d->flags, (uint16_t)flags);
	order_store16(&d->next, 0);
}

/* A chain that is being written into descriptors of a table. */
struct walk {
	struct lev_virtq_desc *table;
	const struct lev_queue_slot *links;
	size_t idx;   /* of the next descriptor */
	uint64_t len; /* of the segments before it */
};

/* One segment into the next descriptor. Is there anything in it? */
static ALWAYS_INLINE bool walk_step(struct walk *w, const struct lev_seg *seg,
				    bool linked, unsigned flags)
{
	struct lev_virtq_desc *d = linked ? &w->table[w->idx] : w->table++;
	uint64_t len;

	/* In an order that needs few registers. */
	order_store64(&d->addr, seg->addr);
	len = seg->len;
	w->len += len;
	order_store32(&d->len, (uint32_t)len);
	order_store16(&d->flags, (uint16_t)flags);
	if (!(flags & LEV_VIRTQ_DESC_F_NEXT)) {
		order_store16(&d->next, 0);
	} else {
		w->idx = linked ? w->links[w->idx].next : w->idx + 1;
		order_store16(&d->next, (uint16_t)w->idx);
	}
	return len != 0;
}

/* Segments from seg up to end. False if one is empty. */
static ALWAYS_INLINE bool walk_to(struct walk *w, const struct lev_seg *seg,
				  const struct lev_seg *end, bool linked,
				  unsigned flags)
{
	for (; seg < end; seg++)
		if (!walk_step(w, seg, linked, flags))
			return false;
	return true;
}

/* A request of which the device writes nothing. */
static ALWAYS_INLINE bool walk_readable(struct walk *w, struct lev_request *req,
					const struct lev_seg *last, bool linked)
{
	req->lent = 0;
	return walk_to(w, req->segs, last, linked, LEV_VIRTQ_DESC_F_NEXT) &&
	       walk_step(w, last, linked, 0);
}

/* What the device reads, what it writes, and the last, which has no NEXT. */
static ALWAYS_INLINE bool walk_writable(struct walk *w, struct lev_request *req,
					const struct lev_seg *last, bool linked)
{
	const struct lev_seg *end = req->segs + req->readable;
	uint32_t readable;

	if (!walk_to(w, req->segs, end, linked, LEV_VIRTQ_DESC_F_NEXT))
		return false;
	readable = (uint32_t)w->len;
	if (!walk_to(w, end, last, linked,
		     LEV_VIRTQ_DESC_F_NEXT | LEV_VIRTQ_DESC_F_WRITE) ||
	    !walk_step(w, last, linked, LEV_VIRTQ_DESC_F_WRITE))
		return false;
	req->lent = (uint32_t)w->len - readable;
	return true;
}

/*
 * All segments of a request, from w->idx on, which is the last one's
 * afterwards; nobody sees them before they are published. None may be empty,
 * and together they hold less than 4 GiB (2.7.5.2).
 */
static ALWAYS_INLINE int walk_all(struct walk *w, bool linked,
				  struct lev_request *req, unsigned count)
{
	const struct lev_seg *last = req->segs + (count - 1);

	if (UNLIKELY(!req->writable)) {
		if (!walk_readable(w, req, last, linked))
			return LEV_ERR_INVAL;
	} else if (!walk_writable(w, req, last, linked)) {
		return LEV_ERR_INVAL;
	}
	return w->len > UINT32_MAX ? LEV_ERR_RANGE : 0;
}

/* It will not be closed: the free list still begins with its head. */
static ASIDE int chain_abort(struct lev_queue *q, struct lev_request *req,
			     int why)
{
	q->slots[q->free_head].req = NULL;
	q->free_count += (int32_t)req->count;
	req->count = 0;
	return why;
}

/* A descriptor a segment, along the free list. */
static int split_add_direct(struct lev_queue *q, struct lev_request *req,
			    unsigned count)
{
	const size_t head = q->free_head;
	struct walk w = { q->u.split.desc, q->slots, head, 0 };
	int err;

	if (UNLIKELY(count - 1 >= (uint32_t)q->free_count))
		return lev_queue_refuse(q, count);
	req->count = count;
	chain_open(q, req, head);
	q->free_count -= (int32_t)count;
	err = walk_all(&w, true, req, count);
	return err ? chain_abort(q, req, err) : chain_close(q, req, w.idx);
}

/* All segments in a table of the head's own; one descriptor in the ring. */
static int split_add_indirect(struct lev_queue *q, struct lev_request *req,
			      unsigned count)
{
	const size_t head = q->free_head;
	const size_t off = head * q->indirect_len;
	struct walk w = { (struct lev_virtq_desc *)q->indirect + off, NULL, 0,
			  0 };
	int err;

	if (count - 1 >= q->indirect_len)
		return split_add_direct(q, req, count);
	if (q->free_count <= 0)
		return LEV_ERR_AGAIN;
	desc_write(&q->u.split.desc[head],
		   q->indirect_addr + off * sizeof(*w.table),
		   (uint32_t)(count * sizeof(*w.table)),
		   LEV_VIRTQ_DESC_F_INDIRECT);
	chain_open(q, req, head);
	req->count = 1;
	q->free_count--;
	err = walk_all(&w, false, req, count);
	return err ? chain_abort(q, req, err)
		   : chain_close(q, req, q->free_head);
}

/* One segment, in a straight line; the others elsewhere. */
static int split_add(struct lev_queue *q, struct lev_request *req)
{
	const unsigned writable = req->writable;
	const unsigned count = req->readable + writable;
	const struct lev_seg *seg;
	size_t head;
	uint32_t len;

	if (count != 1)
		return q->add_chain(q, req, count);
	seg = req->segs;
	len = seg->len;
	if (!len)
		return LEV_ERR_INVAL;
	if (--q->free_count < 0) {
		q->free_count = 0;
		return LEV_ERR_AGAIN;
	}
	head = q->free_head;
	req->lent = len * writable;
	desc_write(&q->u.split.desc[head], seg->addr, len,
		   writable * LEV_VIRTQ_DESC_F_WRITE);
	chain_open(q, req, head);
	req->count = 1;
	return chain_close(q, req, head);
}

/* --- kick --- */

/* 2.7.10: the device asks for a doorbell when the index passes its event. */
static int split_kick(struct lev_queue *q)
{
	const uint16_t old = (uint16_t)q->published;
	const unsigned count = (unsigned)(q->added - q->published);
	unsigned event;

	if (!count)
		return 0;
	q->published = q->added;
	queue_before_publish(q);
	order_publish16(&q->u.split.avail->idx, (uint16_t)q->added);
	order_full();
	if (!q->event_idx) {
		if (order_load16(&q->u.split.used->flags) &
		    LEV_VIRTQ_USED_F_NO_NOTIFY)
			return 0;
		return lev_queue_notify(q, (uint16_t)q->published);
	}
	event = order_load16(q->u.split.avail_event);
	if ((uint16_t)(event - old) >= (uint16_t)count)
		return 0;
	return lev_queue_notify(q, (uint16_t)q->published);
}

/* --- reap --- */

static ALWAYS_INLINE struct lev_request *split_reap(struct lev_queue *q)
{
	const unsigned reaped = (unsigned)q->reaped;
	const uint16_t ahead =
		(uint16_t)(order_acquire16(&q->u.split.used->idx) - reaped);
	const struct lev_virtq_used_elem *elem =
		&q->u.split.used_ring[reaped & q->mask];
	struct lev_queue_slot *slot;
	struct lev_request *req;
	uint32_t id, written;

	if (!ahead)
		return NULL;
	/* At most size are out, and that fits 16 bits. */
	if (ahead > (uint16_t)(q->published - reaped))
		return lev_queue_break(q, LEV_VIOLATION_INDEX);
	queue_after_used(q);
	id = order_load32(&elem->id);
	written = order_load32(&elem->len);
	if (id > q->last_slot)
		return lev_queue_break(q, LEV_VIOLATION_ID);
	slot = &q->slots[id];
	req = slot->req;
	/* Added and not yet published is not lent, so it cannot come back. */
	if (!req || req->serial >= q->published)
		return lev_queue_break(q, LEV_VIOLATION_ID);
	if (written > req->lent && !queue_clamp(q, req, &written))
		return lev_queue_break(q, LEV_VIOLATION_LEN);
	req->tail->next = q->free_head;
	q->free_head = (uint16_t)id;
	return queue_give_back(q, slot, req, written);
}

static int split_poll(struct lev_queue *q, unsigned budget)
{
	return queue_poll(q, budget, split_reap);
}

/* --- reap in order (2.7.9) --- */

/*
 * One used element may stand for a batch: it names the last, and the index
 * moves by as many. Which ones they are is known without it, as descriptors
 * are used in the order in which they were made available.
 */
static bool split_batch(struct lev_queue *q)
{
	const unsigned reaped = (unsigned)q->reaped;
	const uint16_t ahead =
		(uint16_t)(order_acquire16(&q->u.split.used->idx) - reaped);
	const struct lev_virtq_used_elem *elem =
		&q->u.split.used_ring[reaped & q->mask];
	unsigned n = 1, head = q->oldest;
	uint32_t id, written;

	if (!ahead)
		return false;
	if (ahead > (uint16_t)(q->published - reaped))
		return lev_queue_break(q, LEV_VIOLATION_INDEX);
	queue_after_used(q);
	id = order_load32(&elem->id);
	written = order_load32(&elem->len);
	for (; head != id && n < ahead; n++)
		head = q->slots[head].req->tail->next;
	if (head != id)
		return lev_queue_break(q, LEV_VIOLATION_ID);
	if (written > q->slots[id].req->lent &&
	    !queue_clamp(q, q->slots[id].req, &written))
		return lev_queue_break(q, LEV_VIOLATION_LEN);
	q->batch_left = (uint16_t)n;
	q->batch_written = written;
	return true;
}

static struct lev_request *split_reap_in_order(struct lev_queue *q)
{
	struct lev_request *req;

	if (!q->batch_left && !split_batch(q))
		return NULL;
	req = lev_queue_take_oldest(q);
	q->oldest = req->tail->next;
	return req;
}

static int split_poll_in_order(struct lev_queue *q, unsigned budget)
{
	return queue_poll(q, budget, split_reap_in_order);
}

/* --- interrupts --- */

/* used_event stands behind the available ring (2.7.6). */
static lev_le16 *split_used_event(const struct lev_queue *q)
{
	return &q->u.split.avail_ring[q->mask + 1];
}

static bool split_used(struct lev_queue *q)
{
	return order_load16(&q->u.split.used->idx) != (uint16_t)q->reaped;
}

static bool split_arm(struct lev_queue *q)
{
	if (q->event_idx)
		order_store16(split_used_event(q), (uint16_t)q->reaped);
	else
		order_store16(&q->u.split.avail->flags, 0);
	/* The device may have looked before our store and used one after. */
	order_full();
	return split_used(q);
}

static void split_disarm(struct lev_queue *q)
{
	/* An event that has just passed is the farthest one away. */
	if (q->event_idx)
		order_store16(split_used_event(q), (uint16_t)(q->reaped - 1));
	else
		order_store16(&q->u.split.avail->flags,
			      LEV_VIRTQ_AVAIL_F_NO_INTERRUPT);
}

static void split_init(struct lev_queue *q)
{
	q->add_chain = q->indirect_len ? split_add_indirect : split_add_direct;
}

const struct lev_ring_ops lev_split_ring = {
	.init = split_init,
	.add = split_add,
	.kick = split_kick,
	.reap = split_reap,
	.poll = split_poll,
	.arm = split_arm,
	.disarm = split_disarm,
};

const struct lev_ring_ops lev_split_ring_in_order = {
	.init = split_init,
	.add = split_add,
	.kick = split_kick,
	.reap = split_reap_in_order,
	.poll = split_poll_in_order,
	.arm = split_arm,
	.disarm = split_disarm,
};
