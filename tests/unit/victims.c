/* SPDX-License-Identifier: MIT */
/* See victims.h. */
#include "victims.h"

void victims_lend(struct rig *r, struct victims *v)
{
	if (r->dev.state == LEV_DEVICE_RESET)
		RIG_EQ(r, rig_start(r), 0);
	r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < LENT; i++) {
		rig_request(r, &v->reqs[i], 1, 1, 16);
		rig_submit(r, &v->reqs[i]);
		v->chains[i] = fake_queue_pop(r->fq);
		RIG_CHECK(r, v->chains[i]);
	}
	rig_request(r, &v->reqs[LENT], 1, 0, 16);
}

void victims_check_broken(struct rig *r)
{
	struct lev_queue *q = &r->queue;
	struct rig_request req;
	const unsigned in_flight = lev_queue_in_flight(q);

	rig_request(r, &req, 1, 0, 4);
	rig_accesses(r);
	RIG_EQ(r, lev_queue_error(q), LEV_ERR_PROTO);
	RIG_EQ(r, lev_queue_add(q, &req.req), LEV_ERR_PROTO);
	RIG_EQ(r, lev_queue_kick(q), LEV_ERR_PROTO);
	RIG_EQ(r, lev_queue_poll(q, 1), LEV_ERR_PROTO);
	RIG_EQ(r, lev_queue_poll(q, 0), LEV_ERR_PROTO);
	RIG_CHECK(r, !lev_queue_reap(q));
	RIG_CHECK(r, !lev_queue_arm(q));
	lev_queue_disarm(q);
	RIG_EQ(r, rig_accesses(r), 0);
	RIG_EQ(r, lev_queue_in_flight(q), in_flight);
	RIG_CHECK(r, fake_log_has(r->port, "queue 1"));
}

void victims_recover(struct rig *r, struct victims *v)
{
	for (unsigned i = 0; i <= LENT; i++) {
		struct lev_request *req = &v->reqs[i].req;

		if (!lev_request_pending(req))
			continue;
		RIG_EQ(r, lev_queue_add(&r->queue, req), LEV_ERR_PROTO);
		RIG_EQ(r, lev_queue_wait(&r->queue, req, UINT64_MAX),
		       LEV_ERR_PROTO);
	}
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	for (unsigned i = 0; i <= LENT; i++) {
		RIG_CHECK(r, !lev_request_pending(&v->reqs[i].req));
		RIG_CHECK(r, v->reqs[i].came <= 1);
		if (i < LENT)
			RIG_EQ(r, v->reqs[i].came, 1);
	}
	RIG_EQ(r, lev_queue_in_flight(&r->queue), 0);
}
