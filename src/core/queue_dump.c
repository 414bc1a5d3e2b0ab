/* SPDX-License-Identifier: MIT */
/*
 * A queue as a human wants to see it when a device does not answer. See
 * levitate/queue.h. Nothing here changes anything, and what is read of the
 * device's memory is shown and not believed.
 */
#include <levitate/wire/ring.h>

#include "core.h"

#ifndef LEV_NO_NAMES

/* As many requests are shown one by one. */
enum { DUMP_REQUESTS = 16 };

static void dump_split(const struct lev_queue *q)
{
	const struct lev_split *s = &q->u.split;

	lev_device_log(
		q->dev, "  available index %u, used index %u (device: %u)",
		(unsigned)(uint16_t)q->published, (unsigned)(uint16_t)q->reaped,
		order_load16(&s->used->idx));
	lev_device_log(q->dev, "  device: flags 0x%x, doorbell event %u",
		       order_load16(&s->used->flags),
		       order_load16(s->avail_event));
}

static void dump_packed(const struct lev_queue *q)
{
	const struct lev_packed *p = &q->u.packed;

	lev_device_log(q->dev, "  next available %u, next used %u (flags 0x%x)",
		       (unsigned)(p->avail.desc - p->desc),
		       (unsigned)(p->used.desc - p->desc),
		       order_load16(&p->used.desc->flags));
	lev_device_log(q->dev, "  device: flags 0x%x, doorbell event 0x%x",
		       order_load16(&p->device_event->flags),
		       order_load16(&p->device_event->place));
}

/* A request is known by its address and by how many were added before it. */
static void dump_request(const struct lev_queue *q, unsigned id)
{
	const struct lev_request *req = q->slots[id].req;

	lev_device_log(
		q->dev,
		"  %u: request 0x%llx, %u descriptors, %u + %u segments, "
		"%u bytes lent",
		id, (unsigned long long)(uintptr_t)req, req->count,
		req->readable, req->writable, req->lent);
}

static void dump_requests(const struct lev_queue *q)
{
	const unsigned all = lev_queue_in_flight(q);
	const unsigned max = all < DUMP_REQUESTS ? all : DUMP_REQUESTS;
	unsigned shown = 0;

	/* While nothing is lent nobody promises what the slots hold. */
	for (unsigned i = 0; i <= q->last_slot && shown < max; i++)
		if (q->slots[i].req) {
			dump_request(q, i);
			shown++;
		}
	if (shown < all)
		lev_device_log(q->dev, "  and %u more", all - shown);
}

void lev_queue_dump(const struct lev_queue *q)
{
	bool packed;

	if (!q->dev)
		return; /* it has no device any more, and so no log */
	packed = lev_device_has(q->dev, LEV_F_RING_PACKED);
	lev_device_log(q->dev, "queue %u: %u entries, %s%s, %s", q->idx,
		       lev_queue_size(q), packed ? "packed" : "split",
		       lev_device_has(q->dev, LEV_F_IN_ORDER) ? ", in order"
							      : "",
		       q->error ? lev_strerror(q->error) : "works");
	lev_device_log(q->dev, "  %u requests in flight, %d entries free",
		       lev_queue_in_flight(q), q->free_count);
	lev_device_log(q->dev, "  0x%llx requests, %u doorbells",
		       (unsigned long long)q->added, q->doorbells);
	lev_device_log(q->dev, "  violations: %u lengths, %u ids, %u indices",
		       q->violations[LEV_VIOLATION_LEN],
		       q->violations[LEV_VIOLATION_ID],
		       q->violations[LEV_VIOLATION_INDEX]);
	if (!q->mem)
		return;
	if (packed)
		dump_packed(q);
	else
		dump_split(q);
	dump_requests(q);
}

#endif
