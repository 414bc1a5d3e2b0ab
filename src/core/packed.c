/* SPDX-License-Identifier: MIT */
/*
 * The packed ring (VirtIO 2.8).
 *
 * One ring of descriptors, which the driver makes available and the device
 * overwrites with used ones. Whose turn it is stands in two flag bits of each,
 * whose meaning turns over with every lap (the wrap counters of 2.8.1).
 *
 * As on the split ring, what the driver needs to know is in private memory,
 * found by the buffer id that comes back. A request is published as it is
 * added: its head's flags are written last, and a device that goes along the
 * ring stops before them. DESIGN.md says why not all at once with the kick.
 */
#include <levitate/wire/ring.h>

#include "core.h"

enum { TURN = LEV_VIRTQ_PACKED_F_AVAIL | LEV_VIRTQ_PACKED_F_USED };

/* --- add --- */

/* The one behind d; turn turns over at the end of a lap. */
static ALWAYS_INLINE struct lev_virtq_packed_desc *
next_desc(const struct lev_packed *p, struct lev_virtq_packed_desc *d,
	  uint16_t *turn)
{
	if (LIKELY(d != p->last))
		return d + 1;
	*turn ^= TURN;
	return p->desc;
}

/*
 * A chain whose last descriptor is last is written, but for the id, which
 * stands there (2.8.6), and the flags of its head: these publish it.
 */
static ALWAYS_INLINE int packed_publish(struct lev_queue *q,
					struct lev_request *req,
					struct lev_virtq_packed_desc *head,
					struct lev_virtq_packed_desc *last,
					unsigned flags)
{
	const size_t id = q->free_head;
	struct lev_queue_slot *slot = &q->slots[id];

	order_store16(&last->id, (uint16_t)id);
	slot->req = req;
	q->free_head = slot->next;
	q->added++;
	queue_before_publish(q);
	order_publish16(&head->flags, (uint16_t)flags);
	return 0;
}

static ALWAYS_INLINE void desc_write(struct lev_virtq_packed_desc *d,
				     lev_paddr addr, uint32_t len)
{
	order_store64(&d->addr, addr);
	order_store32(&d->len, len);
}

/* A chain that is being written. */
struct walk {
	struct lev_virtq_packed_desc *desc; /* the next one */
	struct lev_virtq_packed_desc *last; /* the one before it */
	uint16_t flags;			    /* of the next one, turn included */
	uint64_t len;			    /* of the segments before it */
};

/* One segment, but not the first. Is there anything in it? */
static ALWAYS_INLINE bool walk_step(const struct lev_packed *p, struct walk *w,
				    const struct lev_seg *seg)
{
	struct lev_virtq_packed_desc *d = w->desc;
	uint64_t len;

	/* In an order that needs few registers. */
	order_store64(&d->addr, seg->addr);
	len = seg->len;
	w->len += len;
	order_store32(&d->len, (uint32_t)len);
	order_store16(&d->flags, w->flags);
	w->last = d;
	w->desc = next_desc(p, d, &w->flags);
	return len != 0;
}

/*
 * Take back what was written behind p->avail, count descriptors at most: their
 * flags may say available.
 */
static ASIDE int chain_abort(struct lev_queue *q, struct lev_request *req,
			     int why)
{
	const struct lev_packed *p = &q->u.packed;
	struct lev_virtq_packed_desc *d = p->avail.desc;
	uint16_t turn = p->avail.turn;

	for (uint32_t i = 0; i < req->count; i++) {
		order_store16(&d->flags,
			      (uint16_t)(turn ^ LEV_VIRTQ_PACKED_F_AVAIL));
		d = next_desc(p, d, &turn);
	}
	req->count = 0;
	return why;
}

/* Segments from seg up to end. False if one is empty. */
static ALWAYS_INLINE bool walk_to(const struct lev_packed *p, struct walk *w,
				  const struct lev_seg *seg,
				  const struct lev_seg *end)
{
	for (; seg < end; seg++)
		if (!walk_step(p, w, seg))
			return false;
	return true;
}

/* The head, but for its flags. */
static ALWAYS_INLINE bool walk_head(const struct lev_packed *p, struct walk *w,
				    const struct lev_seg *seg)
{
	w->len = seg->len;
	desc_write(w->desc, seg->addr, (uint32_t)w->len);
	w->desc = next_desc(p, w->desc, &w->flags);
	return w->len != 0;
}

/*
 * The last segment, without NEXT; then everything is there. The id belongs into
 * the last descriptor, but there are devices (QEMU) that take it from the
 * first.
 */
static ALWAYS_INLINE int walk_end(struct lev_queue *q, struct walk *w,
				  struct lev_request *req,
				  const struct lev_seg *last, unsigned flags)
{
	struct lev_packed *p = &q->u.packed;
	struct lev_virtq_packed_desc *head = p->avail.desc;

	w->flags = (uint16_t)(w->flags - LEV_VIRTQ_DESC_F_NEXT);
	if (!walk_step(p, w, last))
		return chain_abort(q, req, LEV_ERR_INVAL);
	if (w->len > UINT32_MAX)
		return chain_abort(q, req, LEV_ERR_RANGE);
	req->lent = (uint32_t)w->len - req->lent;
	q->free_count -= (int32_t)req->count;
	order_store16(&head->id, q->free_head);
	flags += p->avail.turn;
	p->avail.desc = w->desc;
	p->avail.turn = w->flags & TURN;
	return packed_publish(q, req, head, w->last, flags);
}

/* Some of the segments are for the device to read, the others to write. */
static int add_both_ways(struct lev_queue *q, struct lev_request *req,
			 unsigned count)
{
	const struct lev_packed *p = &q->u.packed;
	const struct lev_seg *seg = req->segs, *last;
	const struct lev_seg *end = seg + req->readable;
	struct walk w = { p->avail.desc, NULL, p->avail.turn, 0 };

	req->count = count;
	w.flags |= LEV_VIRTQ_DESC_F_NEXT;
	if (!walk_head(p, &w, seg) || !walk_to(p, &w, seg + 1, end))
		return chain_abort(q, req, LEV_ERR_INVAL);
	req->lent = (uint32_t)w.len;
	w.flags |= LEV_VIRTQ_DESC_F_WRITE;
	last = req->segs + (req->count - 1);
	if (!walk_to(p, &w, end, last))
		return chain_abort(q, req, LEV_ERR_INVAL);
	return walk_end(q, &w, req, last, LEV_VIRTQ_DESC_F_NEXT);
}

/* All of them are for one of the two. */
static ASIDE int add_one_way(struct lev_queue *q, struct lev_request *req,
			     unsigned count)
{
	const struct lev_packed *p = &q->u.packed;
	const struct lev_seg *last = req->segs + (count - 1);
	struct walk w = { p->avail.desc, NULL, p->avail.turn, 0 };
	unsigned flags = LEV_VIRTQ_DESC_F_NEXT;
	int err;

	if (req->writable)
		flags |= LEV_VIRTQ_DESC_F_WRITE;
	req->count = count;
	req->lent = 0;
	w.flags = (uint16_t)(w.flags + flags);
	if (!walk_head(p, &w, req->segs) ||
	    !walk_to(p, &w, req->segs + 1, last))
		return chain_abort(q, req, LEV_ERR_INVAL);
	err = walk_end(q, &w, req, last, flags);
	if (!req->writable)
		req->lent = 0;
	return err;
}

/*
 * A descriptor a segment, one behind the other. None may be empty, and together
 * they hold less than 4 GiB (2.8.5).
 */
static int packed_add_direct(struct lev_queue *q, struct lev_request *req,
			     unsigned count)
{
	if (UNLIKELY(count - 1 >= (uint32_t)q->free_count))
		return lev_queue_refuse(q, count);
	if (LIKELY(req->readable && req->writable))
		return add_both_ways(q, req, count);
	return add_one_way(q, req, count);
}

/*
 * Segments from seg up to end into a table, one behind the other. Returns the
 * entry behind them, or NULL if one is empty.
 */
static ALWAYS_INLINE struct lev_virtq_packed_desc *
table_write(struct lev_virtq_packed_desc *entry, const struct lev_seg *seg,
	    const struct lev_seg *end, uint16_t flags, uint64_t *total)
{
	for (; seg < end; seg++, entry++) {
		uint64_t len;

		order_store64(&entry->addr, seg->addr);
		len = seg->len;
		*total += len;
		order_store32(&entry->len, (uint32_t)len);
		order_store16(&entry->flags, flags);
		if (!len)
			return NULL;
	}
	return entry;
}

/* All segments in a table of the id's own; one descriptor in the ring. */
static int packed_add_indirect(struct lev_queue *q, struct lev_request *req,
			       unsigned count)
{
	struct lev_packed *p = &q->u.packed;
	const size_t off = (size_t)q->free_head * q->indirect_len;
	struct lev_virtq_packed_desc *entry = q->indirect, *d;
	const struct lev_seg *seg = req->segs;
	const struct lev_seg *writable = seg + req->readable;
	unsigned flags;
	uint64_t total = 0;

	if (count - 1 >= q->indirect_len)
		return packed_add_direct(q, req, count);
	if (q->free_count <= 0)
		return LEV_ERR_AGAIN;
	entry = table_write(entry + off, seg, writable, 0, &total);
	if (!entry)
		return LEV_ERR_INVAL;
	req->lent = (uint32_t)total;
	if (!table_write(entry, writable, seg + count, LEV_VIRTQ_DESC_F_WRITE,
			 &total))
		return LEV_ERR_INVAL;
	if (total > UINT32_MAX)
		return LEV_ERR_RANGE;
	req->lent = (uint32_t)total - req->lent;
	req->count = 1;
	q->free_count--;
	d = p->avail.desc;
	flags = p->avail.turn + LEV_VIRTQ_DESC_F_INDIRECT;
	desc_write(d, q->indirect_addr + off * sizeof(*d),
		   (uint32_t)(count * sizeof(*d)));
	p->avail.desc = next_desc(p, d, &p->avail.turn);
	return packed_publish(q, req, d, d, flags);
}

/* One segment, in a straight line; the others elsewhere. */
static int packed_add(struct lev_queue *q, struct lev_request *req)
{
	struct lev_packed *p = &q->u.packed;
	const unsigned writable = req->writable;
	const unsigned count = req->readable + writable;
	struct lev_virtq_packed_desc *d;
	const struct lev_seg *seg;
	unsigned flags;
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
	d = p->avail.desc;
	flags = p->avail.turn + writable * LEV_VIRTQ_DESC_F_WRITE;
	req->lent = len * writable;
	req->count = 1;
	desc_write(d, seg->addr, len);
	p->avail.desc = next_desc(p, d, &p->avail.turn);
	return packed_publish(q, req, d, d, flags);
}

static void packed_init(struct lev_queue *q)
{
	q->add_chain =
		q->indirect_len ? packed_add_indirect : packed_add_direct;
}

/* --- kick --- */

/* Offset and wrap counter of where the next request goes (2.8.14, 2.9). */
static uint16_t avail_place(const struct lev_packed *p)
{
	const unsigned wrap = p->avail.turn & LEV_VIRTQ_PACKED_F_AVAIL
				      ? LEV_VIRTQ_EVENT_WRAP
				      : 0;

	return (uint16_t)((unsigned)(p->avail.desc - p->desc) | wrap);
}

/* Laps that p->avail has behind it: as many as p->used, or one more. */
static uint64_t avail_laps(const struct lev_packed *p)
{
	const unsigned turns = p->avail.turn ^ p->used.turn;

	return p->used_laps + (turns & LEV_VIRTQ_PACKED_F_AVAIL ? 1 : 0);
}

/*
 * 2.8.10: was the descriptor that the device named among those published since
 * the last kick? Places are counted in the lap of the next one; those of the
 * lap before are negative.
 */
static bool event_passed(const struct lev_queue *q)
{
	const struct lev_packed *p = &q->u.packed;
	const unsigned size = lev_queue_size(q);
	const unsigned place = avail_place(p);
	const unsigned event = order_load16(&p->device_event->place);
	const unsigned end = place & ~LEV_VIRTQ_EVENT_WRAP;
	unsigned off = event & ~LEV_VIRTQ_EVENT_WRAP;
	unsigned start;

	if (!p->kicked)
		return true;
	start = (unsigned)(p->kicked - p->desc);
	/* A device that was awake may have taken more than a lap meanwhile. */
	if (avail_laps(p) - p->kicked_laps > (start >= end))
		return true;
	if (start >= end)
		start -= size;
	if ((event ^ place) & LEV_VIRTQ_EVENT_WRAP)
		off -= size;
	return off - start < end - start;
}

/* The device asks for doorbells: for what was added since the last kick? */
static ASIDE int kick_wanted(struct lev_queue *q, unsigned when)
{
	struct lev_packed *p = &q->u.packed;
	const bool wanted = when != LEV_VIRTQ_EVENT_DESC || !q->event_idx ||
			    event_passed(q);

	if (q->added == q->published)
		return 0;
	q->published = q->added;
	p->kicked = p->avail.desc;
	p->kicked_laps = avail_laps(p);
	return wanted ? lev_queue_notify(q, avail_place(p)) : 0;
}

/*
 * Everything was published as it was added. In which order the two words of the
 * event structure are read does not matter: if one of them was not yet there,
 * the device looks at the ring after our fence. As long as the device wants no
 * doorbells, where the last one was is not kept: when it wants them again, it
 * gets the first.
 */
static int packed_kick(struct lev_queue *q)
{
	struct lev_packed *p = &q->u.packed;
	unsigned when;

	order_full();
	when = order_load16(&p->device_event->flags) & LEV_VIRTQ_EVENT_WHEN;
	if (when != LEV_VIRTQ_EVENT_DISABLE)
		return kick_wanted(q, when);
	p->kicked = NULL;
	return 0;
}

/* --- reap --- */

/* A word of the ring that the device may have written: is it used? */
static ALWAYS_INLINE bool packed_used(struct lev_queue *q)
{
	const struct lev_packed_place *at = &q->u.packed.used;

	return (order_acquire16(&at->desc->flags) & TURN) == at->turn;
}

/*
 * Behind count descriptors more; a request does not go round twice. Where that
 * would be without the end of the lap is a number, not a pointer: it may lie
 * behind the memory (but not behind all memory: lev_device_dma_alloc).
 */
static ALWAYS_INLINE void used_advance(struct lev_packed *p, uint32_t count)
{
	uintptr_t to = (uintptr_t)p->used.desc + count * sizeof(*p->desc);

	p->used.desc = (struct lev_virtq_packed_desc *)to;
	if (to > (uintptr_t)p->last) {
		to -= (uintptr_t)p->last + sizeof(*p->desc);
		p->used.desc = p->desc + to / sizeof(*p->desc);
		p->used.turn ^= TURN;
		p->used_laps++;
	}
}

static ALWAYS_INLINE struct lev_request *packed_reap(struct lev_queue *q)
{
	struct lev_packed *p = &q->u.packed;
	const struct lev_virtq_packed_desc *d = p->used.desc;
	struct lev_queue_slot *slot;
	struct lev_request *req;
	uint32_t id, written;

	if (!packed_used(q))
		return NULL;
	queue_after_used(q);
	id = order_load16(&d->id);
	written = order_load32(&d->len);
	if (id > q->mask)
		return lev_queue_break(q, LEV_VIOLATION_ID);
	slot = &q->slots[id];
	req = slot->req;
	if (!req)
		return lev_queue_break(q, LEV_VIOLATION_ID);
	if (written > req->lent && !queue_clamp(q, req, &written))
		return lev_queue_break(q, LEV_VIOLATION_LEN);
	slot->next = q->free_head;
	q->free_head = (uint16_t)id;
	used_advance(p, req->count);
	return queue_give_back(q, slot, req, written);
}

static int packed_poll(struct lev_queue *q, unsigned budget)
{
	return queue_poll(q, budget, packed_reap);
}

/* --- reap in order (2.8.7) --- */

/*
 * One used descriptor may stand for a batch: it has the id of the last. Which
 * ones they are is known without it, as ids go round in order as well.
 */
static bool packed_batch(struct lev_queue *q)
{
	const struct lev_virtq_packed_desc *d = q->u.packed.used.desc;
	const uint64_t in_flight = q->added - q->reaped;
	unsigned n = 1, i = q->oldest;
	uint32_t id, written;

	if (!packed_used(q))
		return false;
	queue_after_used(q);
	id = order_load16(&d->id);
	written = order_load32(&d->len);
	for (; i != id && n < in_flight; n++)
		i = q->slots[i].next;
	if (i != id || !in_flight)
		return lev_queue_break(q, LEV_VIOLATION_ID);
	if (written > q->slots[i].req->lent &&
	    !queue_clamp(q, q->slots[i].req, &written))
		return lev_queue_break(q, LEV_VIOLATION_LEN);
	q->batch_left = (uint16_t)n;
	q->batch_written = written;
	return true;
}

static struct lev_request *packed_reap_in_order(struct lev_queue *q)
{
	const struct lev_queue_slot *slot = &q->slots[q->oldest];
	struct lev_request *req;

	if (!q->batch_left && !packed_batch(q))
		return NULL;
	used_advance(&q->u.packed, slot->req->count);
	req = lev_queue_take_oldest(q);
	q->oldest = slot->next;
	return req;
}

static int packed_poll_in_order(struct lev_queue *q, unsigned budget)
{
	return queue_poll(q, budget, packed_reap_in_order);
}

/* --- interrupts --- */

static bool packed_arm(struct lev_queue *q)
{
	struct lev_packed *p = &q->u.packed;
	unsigned place = (unsigned)(p->used.desc - p->desc);
	uint16_t when = LEV_VIRTQ_EVENT_ENABLE;

	if (q->event_idx) {
		if (p->used.turn)
			place |= LEV_VIRTQ_EVENT_WRAP;
		order_store16(&p->driver_event->place, (uint16_t)place);
		when = LEV_VIRTQ_EVENT_DESC;
	}
	order_store16(&p->driver_event->flags, when);
	/* The device may have looked before our stores and used one after. */
	order_full();
	return q->batch_left || packed_used(q);
}

static void packed_disarm(struct lev_queue *q)
{
	order_store16(&q->u.packed.driver_event->flags,
		      LEV_VIRTQ_EVENT_DISABLE);
}

const struct lev_ring_ops lev_packed_ring = {
	.init = packed_init,
	.add = packed_add,
	.kick = packed_kick,
	.reap = packed_reap,
	.poll = packed_poll,
	.arm = packed_arm,
	.disarm = packed_disarm,
};

const struct lev_ring_ops lev_packed_ring_in_order = {
	.init = packed_init,
	.add = packed_add,
	.kick = packed_kick,
	.reap = packed_reap_in_order,
	.poll = packed_poll_in_order,
	.arm = packed_arm,
	.disarm = packed_disarm,
};
