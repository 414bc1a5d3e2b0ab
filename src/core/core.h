/* SPDX-License-Identifier: MIT */
/* What the files of the core share with each other and with nobody else. */
#ifndef LEVITATE_CORE_H
#define LEVITATE_CORE_H

#include <levitate/queue.h>

#include "order.h"

/* Which way the straight line goes. */
#define LIKELY(cond)   __builtin_expect(!!(cond), 1)
#define UNLIKELY(cond) __builtin_expect(!!(cond), 0)

/* Beside the straight line, and not to be pulled into it. */
#define ASIDE __attribute__((noinline))

/* Part of the straight line, whatever its size; unless size is what counts. */
#ifdef __OPTIMIZE_SIZE__
#define ALWAYS_INLINE inline
#else
#define ALWAYS_INLINE inline __attribute__((always_inline))
#endif

/* A ring format. The queue is set up, works, and its arguments are checked. */
struct lev_ring_ops {
	/* The ring is empty, its memory zeroed. */
	void (*init)(struct lev_queue *q);

	/* See lev_queue_add. */
	int (*add)(struct lev_queue *q, struct lev_request *req);

	/* See lev_queue_kick, lev_queue_reap, lev_queue_arm, lev_queue_disarm.
	 */
	int (*kick)(struct lev_queue *q);
	struct lev_request *(*reap)(struct lev_queue *q);
	int (*poll)(struct lev_queue *q, unsigned budget);
	bool (*arm)(struct lev_queue *q);
	void (*disarm)(struct lev_queue *q);
};

extern const struct lev_ring_ops lev_split_ring;
extern const struct lev_ring_ops lev_split_ring_in_order;
extern const struct lev_ring_ops lev_packed_ring;
extern const struct lev_ring_ops lev_packed_ring_in_order;

/* The queue is set up: from here on it works in its format. */
void lev_queue_run(struct lev_queue *q);

/* Every call returns why from here on. */
void lev_queue_stop(struct lev_queue *q, int why);

/* Why there is no room for that many segments. */
LEV_MUST_CHECK int lev_queue_refuse(const struct lev_queue *q, unsigned count);

/* The device wants its doorbell; at is where the ring stands (2.9). */
int lev_queue_notify(struct lev_queue *q, uint16_t at);

/* The device broke the ring: nothing more is taken from it. Returns NULL. */
struct lev_request *lev_queue_break(struct lev_queue *q,
				    enum lev_violation why);

/* It claims to have written more than was lent: go on with less, or break? */
static inline bool queue_clamp(struct lev_queue *q,
			       const struct lev_request *req, uint32_t *written)
{
	if (q->strict)
		return false;
	q->violations[LEV_VIOLATION_LEN]++;
	*written = req->lent;
	return true;
}

/* Give all requests back with LEV_ERR_CANCELED; the device is quiet. */
void lev_queue_reclaim(struct lev_queue *q);

/* Read what is offered, choose, write what is accepted (features.c). */
LEV_MUST_CHECK int lev_device_negotiate(struct lev_device *dev);

/* The port's way to lend memory is found once for all (dma.c). */
void lev_device_dma_setup(struct lev_device *dev);

/* Under ORDER_PLATFORM: before a request is published. */
static inline void queue_before_publish(const struct lev_queue *q)
{
	if (ORDER_PLATFORM_STRONGER && q->platform)
		order_platform_write();
}

/* The same, between the word that says "used" and what was used. */
static inline void queue_after_used(const struct lev_queue *q)
{
	if (ORDER_PLATFORM_STRONGER && q->platform)
		order_platform_read();
}

/* What every ring does with a request that is back: it is the caller's again.
 */
static ALWAYS_INLINE struct lev_request *
queue_give_back(struct lev_queue *q, struct lev_queue_slot *slot,
		struct lev_request *req, uint32_t written)
{
	slot->req = NULL;
	q->free_count += (int32_t)req->count;
	q->reaped++;
	req->count = 0;
	req->err = 0;
	req->written = written;
	return req;
}

/*
 * IN_ORDER: gives back the oldest request, one of a batch, whose last one is
 * what the device said how much it wrote of; the others are full.
 */
struct lev_request *lev_queue_take_oldest(struct lev_queue *q);

/* Less came back than was allowed. */
static inline int queue_poll_end(struct lev_queue *q)
{
	const int n = q->poll_budget - q->poll_left;

	q->poll_left = 0;
	return n ? n : q->error;
}

/*
 * lev_queue_poll, for a ring that is reaped like this. What it must remember
 * while done runs is in the queue: that takes fewer instructions than to save
 * registers.
 */
static ALWAYS_INLINE int
queue_poll(struct lev_queue *q, unsigned budget,
	   struct lev_request *(*reap)(struct lev_queue *q))
{
	/* What done adds is not for this poll, or it might never end. */
	const unsigned in_flight = lev_queue_in_flight(q);

	if (q->poll_left)
		return LEV_ERR_STATE;
	if (budget > in_flight)
		budget = in_flight;
	if (!budget)
		return q->error;
	q->poll_budget = q->poll_left = (uint16_t)budget;
	do {
		struct lev_request *req = reap(q);

		if (!req)
			return queue_poll_end(q);
		if (LIKELY(req->done != NULL))
			req->done(req);
	} while (--q->poll_left);
	return q->poll_budget;
}

/* 0, or why a device cannot go on: reads its status, remembers what it saw. */
LEV_MUST_CHECK int lev_device_check(struct lev_device *dev);

/* Let time pass while waiting for a device. */
void lev_device_relax(struct lev_device *dev, uint64_t deadline);

#endif
