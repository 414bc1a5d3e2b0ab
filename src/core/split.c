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
#include "order.h"

static const lev_le16 no_next;

static void split_init(struct lev_queue *q)
{
	for (unsigned i = 0; i <= q->mask; i++) {
		q->slots[i].req = NULL;
		q->slots[i].next = lev_cpu_to_le16((uint16_t)(i + 1));
	}
	q->free_head = lev_cpu_to_le16(0);
	q->free_count = (uint16_t)lev_queue_size(q);
}

/* --- add --- */

static void desc_write(struct lev_virtq_desc *d, lev_paddr addr, uint32_t len,
		       unsigned flags, lev_le16 next)
{
	order_store64(&d->addr, lev_cpu_to_le64(addr));
	order_store32(&d->len, lev_cpu_to_le32(len));
	order_store16(&d->flags, lev_cpu_to_le16((uint16_t)flags));
	order_store16(&d->next, next);
}

/*
 * The chain from the free list's head to req->tail, of count descriptors,
 * leaves the free list and enters the available ring.
 */
static int split_commit(struct lev_queue *q, struct lev_request *req,
			unsigned count)
{
	const lev_le16 head = q->free_head;

	q->free_head = q->slots[req->tail].next;
	q->free_count = (uint16_t)(q->free_count - count);
	q->slots[lev_le16_to_cpu(head)].req = req;
	req->count = (uint16_t)count;
	req->queued = true;
	req->serial = q->added;
	order_store16(&q->avail_ring[q->added & q->mask], head);
	q->added++;
	return 0;
}

static int split_add_one(struct lev_queue *q, struct lev_request *req)
{
	const struct lev_seg *seg = req->segs;
	const uint16_t head = lev_le16_to_cpu(q->free_head);
	const uint32_t len = seg->len;
	const bool write = req->writable;

	if (!q->free_count)
		return LEV_ERR_AGAIN;
	if (!len)
		return LEV_ERR_INVAL;
	desc_write(&q->desc[head], seg->addr, len,
		   write ? LEV_VIRTQ_DESC_F_WRITE : 0, no_next);
	req->tail = head;
	req->lent = write ? len : 0;
	return split_commit(q, req, 1);
}

/*
 * Write the segments into descriptors first, and so on along links (NULL: one
 * after the other), up to req->tail; nobody sees them before they are
 * committed. None may be empty, and a chain holds less than 4 GiB (2.7.5.2).
 */
static int chain_write(struct lev_virtq_desc *table,
		       const struct lev_queue_slot *links, uint16_t first,
		       struct lev_request *req, unsigned count)
{
	unsigned flags = LEV_VIRTQ_DESC_F_NEXT;
	uint64_t total = 0, readable = 0;
	uint16_t idx = first;

	for (unsigned i = 0; i < count; i++) {
		const struct lev_seg *seg = &req->segs[i];
		lev_le16 next = links ? links[idx].next
				      : lev_cpu_to_le16((uint16_t)(idx + 1));

		if (!seg->len)
			return LEV_ERR_INVAL;
		if (i == req->readable) {
			flags |= LEV_VIRTQ_DESC_F_WRITE;
			readable = total;
		}
		if (i == count - 1) {
			flags &= ~(unsigned)LEV_VIRTQ_DESC_F_NEXT;
			next = no_next;
		}
		total += seg->len;
		desc_write(&table[idx], seg->addr, seg->len, flags, next);
		req->tail = idx;
		idx = lev_le16_to_cpu(next);
	}
	req->lent = req->writable ? (uint32_t)(total - readable) : 0;
	return total > UINT32_MAX ? LEV_ERR_RANGE : 0;
}

/* All segments in a table of the head's own; one descriptor in the ring. */
static int split_add_indirect(struct lev_queue *q, struct lev_request *req,
			      unsigned count)
{
	const uint16_t head = lev_le16_to_cpu(q->free_head);
	const size_t off = (size_t)head * q->indirect_len;
	int err;

	if (!q->free_count)
		return LEV_ERR_AGAIN;
	err = chain_write(q->indirect + off, NULL, 0, req, count);
	if (err)
		return err;
	desc_write(&q->desc[head],
		   q->indirect_addr + off * sizeof(struct lev_virtq_desc),
		   (uint32_t)(count * sizeof(struct lev_virtq_desc)),
		   LEV_VIRTQ_DESC_F_INDIRECT, no_next);
	req->tail = head;
	return split_commit(q, req, 1);
}

static int split_add(struct lev_queue *q, struct lev_request *req)
{
	const unsigned count = (unsigned)req->readable + req->writable;
	int err;

	if (count == 1)
		return split_add_one(q, req);
	if (count == 0)
		return LEV_ERR_INVAL;
	if (count <= q->indirect_len)
		return split_add_indirect(q, req, count);
	if (count > lev_queue_size(q))
		return LEV_ERR_RANGE;
	if (count > q->free_count)
		return LEV_ERR_AGAIN;
	err = chain_write(q->desc, q->slots, lev_le16_to_cpu(q->free_head), req,
			  count);
	return err ? err : split_commit(q, req, count);
}

/* --- kick --- */

/* 2.7.10: the device asks for a doorbell when the index passes its event. */
static bool split_publish(struct lev_queue *q)
{
	const uint16_t old = (uint16_t)q->published;
	const uint16_t idx = (uint16_t)q->added;
	uint16_t event;

	order_publish16(&q->avail->idx, idx);
	q->published = q->added;
	order_full();
	if (!q->event_idx)
		return !(order_load16(&q->used->flags) &
			 LEV_VIRTQ_USED_F_NO_NOTIFY);
	event = order_load16((lev_le16 *)(q->used_ring + q->mask + 1));
	return (uint16_t)(idx - event - 1) < (uint16_t)(idx - old);
}

/* --- reap --- */

static struct lev_request *split_reap(struct lev_queue *q)
{
	const uint16_t ahead = (uint16_t)(order_acquire16(&q->used->idx) -
					  (uint16_t)q->reaped);
	const struct lev_virtq_used_elem *elem =
		&q->used_ring[q->reaped & q->mask];
	struct lev_request *req;
	uint32_t id, written;

	if (!ahead)
		return NULL;
	if (ahead > q->published - q->reaped)
		return lev_queue_break(q, "used index out of step");
	id = order_load32(&elem->id);
	written = order_load32(&elem->len);
	req = id <= q->mask ? q->slots[id].req : NULL;
	/* Added and not yet published is not lent, so it cannot come back. */
	if (!req || req->serial >= q->published)
		return lev_queue_break(q, "used id was not lent");
	if (written > req->lent) {
		if (q->strict)
			return lev_queue_break(q, "written beyond what was "
						  "lent");
		written = req->lent;
		q->violations++;
	}
	q->slots[id].req = NULL;
	q->slots[req->tail].next = q->free_head;
	q->free_head = lev_cpu_to_le16((uint16_t)id);
	q->free_count = (uint16_t)(q->free_count + req->count);
	q->reaped++;
	req->queued = false;
	req->err = 0;
	req->written = written;
	return req;
}

/* --- interrupts --- */

/* used_event stands behind the available ring (2.7.6). */
static lev_le16 *split_used_event(const struct lev_queue *q)
{
	return &q->avail_ring[q->mask + 1];
}

static bool split_arm(struct lev_queue *q)
{
	const uint16_t reaped = (uint16_t)q->reaped;

	if (q->event_idx)
		order_store16(split_used_event(q), lev_cpu_to_le16(reaped));
	else
		order_store16(&q->avail->flags, lev_cpu_to_le16(0));
	/* The device may have looked before our store and used one after. */
	order_full();
	return order_load16(&q->used->idx) != reaped;
}

static void split_disarm(struct lev_queue *q)
{
	/* An event that has just passed is the farthest one away. */
	if (q->event_idx)
		order_store16(split_used_event(q),
			      lev_cpu_to_le16((uint16_t)(q->reaped - 1)));
	else
		order_store16(&q->avail->flags,
			      lev_cpu_to_le16(LEV_VIRTQ_AVAIL_F_NO_INTERRUPT));
}

const struct lev_ring_ops lev_split_ring = {
	.init = split_init,
	.add = split_add,
	.publish = split_publish,
	.reap = split_reap,
	.arm = split_arm,
	.disarm = split_disarm,
};
