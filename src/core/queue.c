/* SPDX-License-Identifier: MIT */
/*
 * The queue's front: what is the same for every ring format. Errors cost the
 * working queue nothing: one that is stopped or broken works another table of
 * functions. See levitate/queue.h for what each function promises.
 */
#include "core.h"

/* --- a queue that does not work --- */

static int stopped_add(struct lev_queue *q, struct lev_request *req)
{
	(void)req;
	return q->error;
}

static int stopped_kick(struct lev_queue *q)
{
	return q->error;
}

static struct lev_request *stopped_reap(struct lev_queue *q)
{
	(void)q;
	return NULL;
}

static int stopped_poll(struct lev_queue *q, unsigned budget)
{
	(void)budget;
	return q->poll_left ? LEV_ERR_STATE : q->error;
}

static bool stopped_arm(struct lev_queue *q)
{
	(void)q;
	return false;
}

static void stopped_disarm(struct lev_queue *q)
{
	(void)q;
}

static const struct lev_ring_ops stopped_ring = {
	.add = stopped_add,
	.kick = stopped_kick,
	.reap = stopped_reap,
	.poll = stopped_poll,
	.arm = stopped_arm,
	.disarm = stopped_disarm,
};

void lev_queue_stop(struct lev_queue *q, int why)
{
	q->ring = &stopped_ring;
	q->error = (int16_t)why;
}

/* --- a queue whose device is not live yet --- */

static int waiting_add(struct lev_queue *q, struct lev_request *req)
{
	return q->format->add(q, req);
}

static int waiting_kick(struct lev_queue *q)
{
	(void)q;
	return LEV_ERR_STATE;
}

static bool waiting_arm(struct lev_queue *q)
{
	return q->format->arm(q);
}

static void waiting_disarm(struct lev_queue *q)
{
	q->format->disarm(q);
}

/* Before DRIVER_OK the doorbell may not ring, and nothing comes back. */
static const struct lev_ring_ops waiting_ring = {
	.add = waiting_add,
	.kick = waiting_kick,
	.reap = stopped_reap,
	.poll = stopped_poll,
	.arm = waiting_arm,
	.disarm = waiting_disarm,
};

void lev_queue_run(struct lev_queue *q)
{
	q->error = 0;
	q->ring = q->dev->state == LEV_DEVICE_LIVE ? q->format : &waiting_ring;
}

/* --- what the formats call --- */

int lev_queue_refuse(const struct lev_queue *q, unsigned count)
{
	if (count == 0)
		return LEV_ERR_INVAL;
	return count > lev_queue_size(q) ? LEV_ERR_RANGE : LEV_ERR_AGAIN;
}

int lev_queue_notify(struct lev_queue *q, uint16_t at)
{
	struct lev_transport *t = q->dev->transport;
	uint32_t value = q->doorbell.id;

	if (lev_device_has(q->dev, LEV_F_NOTIFICATION_DATA))
		value |= (uint32_t)at << 16;
	q->doorbells++;
	t->ops->notify(t, &q->doorbell, value);
	return 1;
}

struct lev_request *lev_queue_break(struct lev_queue *q, enum lev_violation why)
{
	static const char *const texts[LEV_VIOLATIONS] = {
		[LEV_VIOLATION_LEN] =
			LEV_NAME("claimed to have written more than was lent"),
		[LEV_VIOLATION_ID] = LEV_NAME("used id was not lent"),
		[LEV_VIOLATION_INDEX] = LEV_NAME("used index out of step"),
	};

	q->violations[why]++;
	lev_queue_stop(q, LEV_ERR_PROTO);
	/* If that was done, reaping: its poll ends with what it has. */
	if (q->poll_left) {
		q->poll_budget = (uint16_t)(q->poll_budget - q->poll_left + 1);
		q->poll_left = 1;
	}
	lev_device_log(q->dev, "queue %u broken by the device: %s", q->idx,
		       texts[why]);
	return NULL;
}

struct lev_request *lev_queue_take_oldest(struct lev_queue *q)
{
	struct lev_queue_slot *slot = &q->slots[q->oldest];
	struct lev_request *req = slot->req;

	return queue_give_back(q, slot, req,
			       --q->batch_left ? req->lent : q->batch_written);
}

/* --- the verbs --- */

int lev_queue_add(struct lev_queue *q, struct lev_request *req)
{
	if (req->count)
		return q->error ? q->error : LEV_ERR_BUSY;
	return q->ring->add(q, req);
}

int lev_queue_kick(struct lev_queue *q)
{
	return q->ring->kick(q);
}

struct lev_request *lev_queue_reap(struct lev_queue *q)
{
	return q->ring->reap(q);
}

int lev_queue_poll(struct lev_queue *q, unsigned budget)
{
	return q->ring->poll(q, budget);
}

void lev_queue_reclaim(struct lev_queue *q)
{
	q->poll_left = 1;
	/* While nothing is lent nobody promises what the slots hold. */
	for (unsigned i = 0; lev_queue_in_flight(q) && i <= q->last_slot; i++) {
		struct lev_request *req = q->slots[i].req;

		if (!req)
			continue;
		q->slots[i].req = NULL;
		q->reaped++;
		req->count = 0;
		req->err = LEV_ERR_CANCELED;
		req->written = 0;
		if (req->done)
			req->done(req);
	}
	q->poll_left = 0;
}

bool lev_queue_arm(struct lev_queue *q)
{
	return q->ring->arm(q);
}

void lev_queue_disarm(struct lev_queue *q)
{
	q->ring->disarm(q);
}

int lev_queue_wait(struct lev_queue *q, struct lev_request *req,
		   uint64_t deadline)
{
	const struct lev_hal *hal = q->dev->transport->hal;
	int err;

	if (q->poll_left)
		return LEV_ERR_STATE;
	for (;;) {
		err = lev_queue_poll(q, lev_queue_size(q));
		if (!lev_request_pending(req))
			return 0;
		if (err >= 0) /* the ring may break behind what came back */
			err = q->error;
		if (!err)
			err = lev_device_check(q->dev);
		if (err)
			return err;
		if (hal->ops->now(hal->ctx) >= deadline)
			return LEV_ERR_TIMEDOUT;
		if (!lev_queue_arm(q))
			lev_device_relax(q->dev, deadline);
	}
}
