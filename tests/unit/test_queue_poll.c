/* SPDX-License-Identifier: MIT */
/* queue.h: poll and done, kicks and registers, waiting. */
#include "rig.h"

static uint64_t deadline(struct rig *r, uint64_t ns)
{
	return lev_device_deadline(&r->dev, ns);
}

/* --- poll and done --- */

enum { MANY = 8 };

static void fill(struct rig *r, struct rig_request *reqs)
{
	for (unsigned i = 0; i < MANY; i++) {
		rig_request(r, &reqs[i], 1, 0, 4);
		RIG_EQ(r, lev_queue_add(&r->queue, &reqs[i].req), 0);
	}
	RIG_EQ(r, lev_queue_kick(&r->queue), 1);
}

static void budgets(struct rig *r)
{
	struct rig_request reqs[MANY];

	fill(r, reqs);
	RIG_EQ(r, lev_queue_poll(&r->queue, 0), 0);
	RIG_EQ(r, lev_queue_in_flight(&r->queue), MANY);
	RIG_EQ(r, lev_queue_poll(&r->queue, 3), 3);
	RIG_EQ(r, lev_queue_in_flight(&r->queue), MANY - 3);
	for (unsigned i = 0; i < MANY; i++)
		RIG_EQ(r, reqs[i].came, i < 3);
	RIG_EQ(r, lev_queue_poll(&r->queue, UINT32_MAX), MANY - 3);
	RIG_EQ(r, lev_queue_poll(&r->queue, UINT32_MAX), 0);
	for (unsigned i = 0; i < MANY; i++)
		RIG_EQ(r, reqs[i].came, 1);
}

static void poll_keeps_to_its_budget(void **state)
{
	(void)state;
	rig_each(MANY, budgets);
}

static void again(struct rig_request *req)
{
	struct rig *r = req->rig;

	RIG_CHECK(r, !lev_request_pending(&req->req));
	RIG_EQ(r, lev_queue_add(&r->queue, &req->req), 0);
	RIG_EQ(r, lev_queue_kick(&r->queue), 1);
}

/* The device answers at once, so each done makes one more come back. */
static void resubmitting(struct rig *r)
{
	struct rig_request reqs[MANY];

	fill(r, reqs);
	for (unsigned i = 0; i < MANY; i++)
		reqs[i].then = again;
	for (unsigned round = 1; round < 50; round++) {
		RIG_EQ(r, lev_queue_poll(&r->queue, UINT32_MAX), MANY);
		RIG_EQ(r, lev_queue_in_flight(&r->queue), MANY);
		for (unsigned i = 0; i < MANY; i++)
			RIG_EQ(r, reqs[i].came, round);
	}
	for (unsigned i = 0; i < MANY; i++)
		reqs[i].then = NULL;
	RIG_EQ(r, lev_queue_poll(&r->queue, UINT32_MAX), MANY);
}

static void done_may_add_and_kick_and_poll_still_ends(void **state)
{
	(void)state;
	rig_each(MANY, resubmitting);
}

static void forbidden(struct rig_request *req)
{
	struct rig *r = req->rig;
	struct lev_queue *q = &r->queue;

	rig_accesses(r);
	RIG_EQ(r, lev_queue_poll(q, 1), LEV_ERR_STATE);
	RIG_EQ(r, lev_queue_wait(q, &req->req, UINT64_MAX), LEV_ERR_STATE);
	RIG_EQ(r, lev_queue_reset(q), LEV_ERR_STATE);
	RIG_EQ(r, lev_device_reset(&r->dev), LEV_ERR_STATE);
	RIG_EQ(r, rig_accesses(r), 0);
	req->result = 1;
}

static void inside_done(struct rig *r)
{
	struct rig_request reqs[2];

	for (unsigned i = 0; i < 2; i++) {
		rig_request(r, &reqs[i], 1, 0, 4);
		reqs[i].then = forbidden;
		rig_submit(r, &reqs[i]);
	}
	RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	RIG_EQ(r, reqs[0].result, 1);
	RIG_EQ(r, reqs[1].came, 0);
	RIG_EQ(r,
	       lev_queue_wait(&r->queue, &reqs[1].req, deadline(r, RIG_SECOND)),
	       0);
	RIG_EQ(r, reqs[1].result, 1);
	/* Inside a reset it is the same. */
	r->fake->mode = FAKE_MANUAL;
	rig_submit(r, &reqs[0]);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, reqs[0].came, 2);
	RIG_EQ(r, reqs[0].req.err, LEV_ERR_CANCELED);
}

static void poll_wait_and_reset_are_refused_inside_done(void **state)
{
	(void)state;
	rig_each(4, inside_done);
}

static void reaping_in_done(struct rig_request *req)
{
	struct rig *r = req->rig;

	while (lev_queue_reap(&r->queue))
		req->result++;
}

static void reap_inside(struct rig *r)
{
	struct rig_request reqs[MANY];

	fill(r, reqs);
	reqs[0].then = reaping_in_done;
	RIG_EQ(r, lev_queue_poll(&r->queue, UINT32_MAX), 1);
	RIG_EQ(r, reqs[0].result, MANY - 1);
	RIG_EQ(r, lev_queue_in_flight(&r->queue), 0);
}

static void done_may_reap(void **state)
{
	(void)state;
	rig_each(MANY, reap_inside);
}

static void no_done(struct rig *r)
{
	struct rig_request req;

	rig_request(r, &req, 0, 1, 4);
	req.req.done = NULL;
	rig_submit(r, &req);
	RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	RIG_CHECK(r, !lev_request_pending(&req.req));
	r->fake->mode = FAKE_MANUAL;
	rig_submit(r, &req);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, req.req.err, LEV_ERR_CANCELED);
}

static void a_request_needs_no_done(void **state)
{
	(void)state;
	rig_each(4, no_done);
}

/* --- registers --- */

static void hot_path(struct rig *r)
{
	struct rig_request req;

	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &req, 1, 1, 4);
	for (unsigned i = 0; i < 5; i++) {
		rig_ask(r, true);
		RIG_EQ(r, lev_queue_add(&r->queue, &req.req), 0);
		RIG_EQ(r, lev_queue_add(&r->queue, &req.req), LEV_ERR_BUSY);
		RIG_EQ(r, rig_accesses(r), 0);
		RIG_EQ(r, lev_queue_kick(&r->queue), 1);
		RIG_EQ(r, rig_accesses(r), 1); /* the doorbell */
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), 0);
		RIG_CHECK(r, !lev_queue_arm(&r->queue));
		rig_answer(r, 4);
		RIG_CHECK(r, lev_queue_arm(&r->queue));
		lev_queue_disarm(&r->queue);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), 1);
		RIG_EQ(r, lev_queue_kick(&r->queue), 0);
		RIG_EQ(r, rig_accesses(r), 0);
	}
	/* A kick that the device did not ask for rings nothing. */
	rig_ask(r, false);
	RIG_EQ(r, lev_queue_add(&r->queue, &req.req), 0);
	RIG_EQ(r, lev_queue_kick(&r->queue), 0);
	RIG_EQ(r, rig_accesses(r), 0);
	RIG_EQ(r, r->queue.doorbells, 5);
	rig_answer(r, 4);
	RIG_CHECK(r, lev_queue_reap(&r->queue) == &req.req);
	RIG_EQ(r, rig_accesses(r), 0);
}

static void add_kick_reap_and_poll_read_no_register(void **state)
{
	(void)state;
	rig_each(4, hot_path);
}

/* --- wait --- */

static void late_answer(struct rig *r)
{
	struct rig_request req;
	uint64_t before = r->port->clock, end;

	r->fake->mode = FAKE_DELAYED;
	r->fake->delay_ns = 5000000;
	rig_request(r, &req, 1, 1, 16);
	rig_submit(r, &req);
	end = deadline(r, RIG_SECOND);
	RIG_EQ(r, lev_queue_wait(&r->queue, &req.req, end), 0);
	RIG_EQ(r, req.came, 1);
	RIG_EQ(r, req.req.err, 0);
	RIG_CHECK(r, r->port->clock - before >= 5000000);
	RIG_CHECK(r, r->port->clock - before < 5200000);
	RIG_CHECK(r, r->port->relaxes > 0);
	RIG_EQ(r, r->port->last_deadline, end);
	/* It is back: waiting for it again costs nothing. */
	rig_accesses(r);
	RIG_EQ(r, lev_queue_wait(&r->queue, &req.req, 0), 0);
	RIG_EQ(r, rig_accesses(r), 0);
}

static void wait_ends_when_the_request_is_back(void **state)
{
	(void)state;
	rig_each(4, late_answer);
}

static void no_answer(struct rig *r)
{
	struct rig_request req;
	uint64_t end;

	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &req, 1, 1, 16);
	rig_submit(r, &req);
	end = deadline(r, 20000000);
	RIG_EQ(r, lev_queue_wait(&r->queue, &req.req, end), LEV_ERR_TIMEDOUT);
	RIG_CHECK(r, r->port->clock >= end);
	RIG_CHECK(r, r->port->clock < end + 1000000);
	RIG_EQ(r, req.came, 0);
	RIG_CHECK(r, lev_request_pending(&req.req));
	RIG_EQ(r, lev_queue_error(&r->queue), 0);
	RIG_EQ(r, lev_queue_in_flight(&r->queue), 1);
	/* A deadline in the past is one look. */
	RIG_EQ(r, lev_queue_wait(&r->queue, &req.req, 0), LEV_ERR_TIMEDOUT);
	rig_answer(r, 16);
	RIG_EQ(r, lev_queue_wait(&r->queue, &req.req, 0), 0);
	RIG_EQ(r, req.came, 1);
	/* Without relax it is the same, busily. */
	r->port->ops.relax = NULL;
	rig_submit(r, &req);
	end = deadline(r, 100000);
	RIG_EQ(r, lev_queue_wait(&r->queue, &req.req, end), LEV_ERR_TIMEDOUT);
	RIG_CHECK(r, r->port->clock >= end);
	RIG_CHECK(r, lev_request_pending(&req.req));
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, req.came, 2);
}

static void wait_ends_at_the_deadline_and_the_request_stays(void **state)
{
	(void)state;
	rig_each(4, no_answer);
}

static void break_at_relax(struct fake_port *port, void *arg)
{
	if (port->relaxes == 3)
		*(bool *)arg = true;
}

static void needs_reset_at_relax(struct fake_port *port, void *arg)
{
	if (port->relaxes == 3)
		fake_needs_reset(arg);
}

static int wait_long(struct rig *r, struct rig_request *req)
{
	const uint64_t before = r->port->clock;
	int err = lev_queue_wait(&r->queue, &req->req, deadline(r, RIG_SECOND));

	RIG_CHECK(r, r->port->clock - before < RIG_SECOND / 10);
	return err;
}

static void gone_in_wait(struct rig *r)
{
	struct rig_request req;

	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &req, 1, 1, 16);
	rig_submit(r, &req);
	r->port->on_relax = break_at_relax;
	r->port->on_relax_arg = &r->fake->faults.removed;
	RIG_EQ(r, wait_long(r, &req), LEV_ERR_NODEV);
	RIG_EQ(r, req.came, 0);
	RIG_EQ(r, wait_long(r, &req), LEV_ERR_NODEV);
	RIG_EQ(r, lev_device_reset(&r->dev), LEV_ERR_NODEV);
	RIG_EQ(r, req.came, 1);
	RIG_EQ(r, req.req.err, LEV_ERR_CANCELED);
}

static void wait_notices_removal(void **state)
{
	(void)state;
	rig_each(4, gone_in_wait);
}

static void sick_in_wait(struct rig *r)
{
	struct rig_request req;

	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &req, 1, 1, 16);
	rig_submit(r, &req);
	r->port->on_relax = needs_reset_at_relax;
	r->port->on_relax_arg = r->fake;
	RIG_EQ(r, wait_long(r, &req), LEV_ERR_IO);
	RIG_CHECK(r, lev_request_pending(&req.req));
	RIG_EQ(r, r->dev.error, LEV_ERR_IO);
	RIG_EQ(r, wait_long(r, &req), LEV_ERR_IO);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, req.came, 1);
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, r->dev.error, 0);
}

static void wait_notices_needs_reset(void **state)
{
	(void)state;
	rig_each(4, sick_in_wait);
}

/* The answer comes while wait reads the status: after its poll. */
static void answer_at_status(struct fake_dev *dev, uint32_t reg, bool write,
			     uint32_t value)
{
	struct rig *r = dev->arg;

	(void)write;
	(void)value;
	if (reg == FAKE_REG_STATUS && r->fq->inflight)
		fake_queue_push(fake_queue_oldest(r->fq), 0);
}

static void just_missed(struct rig *r)
{
	struct rig_request req;

	r->fake->mode = FAKE_MANUAL;
	r->fake->arg = r;
	for (unsigned i = 0; i < 5; i++) {
		rig_request(r, &req, 1, 0, 4);
		rig_submit(r, &req);
		RIG_CHECK(r, fake_queue_pop(r->fq));
		r->fake->on_access = answer_at_status;
		RIG_EQ(r, wait_long(r, &req), 0);
		r->fake->on_access = NULL;
		RIG_EQ(r, r->port->relaxes, 0);
	}
}

static void wait_does_not_sleep_over_what_just_came(void **state)
{
	(void)state;
	rig_each(4, just_missed);
}

/* One answer is good, the next one breaks the ring. */
static void broken_behind(struct rig *r)
{
	struct rig_request first, second;

	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &first, 1, 0, 4);
	rig_request(r, &second, 1, 0, 4);
	rig_submit(r, &first);
	rig_submit(r, &second);
	rig_answer(r, 0);
	fake_queue_push_raw(r->fq, 999, 0);
	RIG_EQ(r, wait_long(r, &second), LEV_ERR_PROTO);
	RIG_EQ(r, first.came, 1);
	RIG_EQ(r, r->port->relaxes, 0);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
}

static void wait_says_at_once_that_the_ring_broke(void **state)
{
	(void)state;
	rig_each(4, broken_behind);
}

static void armed_at_relax(struct fake_port *port, void *arg)
{
	struct rig *r = arg;

	(void)port;
	RIG_CHECK(r, rig_armed(r));
	if (r->fq->inflight)
		fake_queue_push(fake_queue_oldest(r->fq), 0);
}

static void waits_armed(struct rig *r)
{
	struct rig_request req;
	unsigned irqs;

	r->fake->mode = FAKE_MANUAL;
	r->port->on_relax = armed_at_relax;
	r->port->on_relax_arg = r;
	for (unsigned i = 0; i < 5; i++) {
		lev_queue_disarm(&r->queue);
		rig_request(r, &req, 1, 0, 4);
		rig_submit(r, &req);
		RIG_CHECK(r, fake_queue_pop(r->fq));
		irqs = r->fake->irqs;
		RIG_EQ(r, wait_long(r, &req), 0);
		RIG_EQ(r, r->fake->irqs, irqs + 1);
		lev_device_isr(&r->dev);
	}
}

static void relax_is_called_with_interrupts_armed(void **state)
{
	(void)state;
	rig_each(4, waits_armed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(poll_keeps_to_its_budget),
		cmocka_unit_test(done_may_add_and_kick_and_poll_still_ends),
		cmocka_unit_test(poll_wait_and_reset_are_refused_inside_done),
		cmocka_unit_test(done_may_reap),
		cmocka_unit_test(a_request_needs_no_done),
		cmocka_unit_test(add_kick_reap_and_poll_read_no_register),
		cmocka_unit_test(wait_ends_when_the_request_is_back),
		cmocka_unit_test(
			wait_ends_at_the_deadline_and_the_request_stays),
		cmocka_unit_test(wait_notices_removal),
		cmocka_unit_test(wait_notices_needs_reset),
		cmocka_unit_test(wait_does_not_sleep_over_what_just_came),
		cmocka_unit_test(wait_says_at_once_that_the_ring_broke),
		cmocka_unit_test(relax_is_called_with_interrupts_armed),
	};

	return cmocka_run_group_tests_name("queue_poll", tests, NULL, NULL);
}
