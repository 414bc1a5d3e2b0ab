/* SPDX-License-Identifier: MIT */
/*
 * The queue against a device that runs in a thread of its own. Either side
 * sleeps when it has nothing to do, so a kick or an interrupt that gets lost
 * leaves somebody asleep: the waiting below ends, and the test fails.
 */
#include "rig.h"

enum {
	JOBS = 24,
	REQUESTS = 20000, /* of each shape */
	WAITS = 2000,
	PATIENCE = 20000, /* ms; a lost wakeup takes for ever */
};

/* A number that the device copies. */
struct job {
	struct lev_request req; /* first */
	struct lev_seg segs[2];
	volatile uint32_t *in, *out;
	uint32_t number;
	struct job *next; /* of the free ones */
};

struct load {
	struct rig *r;
	struct job jobs[JOBS], *free;
	unsigned sent, back;
};

static void load_init(struct load *l, struct rig *r)
{
	*l = (struct load){ .r = r };
	for (unsigned i = 0; i < JOBS; i++) {
		struct job *job = &l->jobs[i];
		uint32_t *at = (uint32_t *)(void *)(r->arena + 64 * i);

		job->in = at;
		job->out = at + 8;
		job->segs[0] = (struct lev_seg){ (uintptr_t)at, 4 };
		job->segs[1] = (struct lev_seg){ (uintptr_t)(at + 8), 4 };
		job->req.segs = job->segs;
		job->req.readable = 1;
		job->req.writable = 1;
		job->next = l->free;
		l->free = job;
	}
}

static void job_send(struct load *l)
{
	struct job *job = l->free;

	l->free = job->next;
	job->number = rig_random();
	*job->in = job->number;
	*job->out = ~job->number;
	RIG_EQ(l->r, lev_queue_add(&l->r->queue, &job->req), 0);
	l->sent++;
}

static void batch_send(struct load *l)
{
	unsigned count = 1 + rig_random() % 8;

	for (; count && l->free && l->sent < REQUESTS; count--)
		job_send(l);
	rig_kick(l->r);
}

/* A while, so that the two meet in ever other moments. */
static void dawdle(void)
{
	for (volatile unsigned i = rig_random() % 2048; i; i--)
		;
}

/* Whatever is back; false: nothing was. */
static bool jobs_reap(struct load *l)
{
	struct lev_request *req = lev_queue_reap(&l->r->queue);
	const bool any = req != NULL;

	for (; req; req = lev_queue_reap(&l->r->queue)) {
		struct job *job = (struct job *)(void *)req;

		RIG_EQ(l->r, req->err, 0);
		RIG_EQ(l->r, req->written, 4);
		RIG_EQ(l->r, *job->out, job->number);
		job->next = l->free;
		l->free = job;
		l->back++;
	}
	RIG_EQ(l->r, lev_queue_error(&l->r->queue), 0);
	return any;
}

/* As a driver with an interrupt does it: arm, look again, sleep. */
static void jobs_await(struct load *l)
{
	struct rig *r = l->r;

	while (!jobs_reap(l)) {
		dawdle();
		if (lev_queue_arm(&r->queue))
			continue;
		RIG_CHECK(r, fake_irq_wait(r->fake, PATIENCE));
		RIG_CHECK(r, lev_device_isr(&r->dev) & LEV_INTERRUPT_USED);
	}
	lev_queue_disarm(&r->queue);
	/* A handler would have taken it: it shall wake nobody later. */
	(void)lev_device_isr(&r->dev);
}

static void random_batches(struct rig *r)
{
	struct load l;

	load_init(&l, r);
	fake_thread_start(r->fake);
	lev_queue_disarm(&r->queue);
	while (l.back < REQUESTS) {
		if (l.sent < REQUESTS && l.free)
			batch_send(&l);
		switch (rig_random() % 4) {
		case 0: /* send more just when the device falls asleep */
			dawdle();
			break;
		case 1: /* until all is idle, both sides asleep */
			while (l.back < l.sent)
				jobs_await(&l);
			break;
		default:
			jobs_reap(&l);
			break;
		}
		if (l.back < l.sent && (!l.free || l.sent == REQUESTS))
			jobs_await(&l);
	}
	fake_thread_stop(r->fake);
	RIG_EQ(r, r->fq->pushed, REQUESTS);
	RIG_CHECK(r, r->fake->irqs);
	/* Nobody rings for each request. */
	RIG_CHECK(r, r->fq->kicks < REQUESTS);
}

static void no_wakeup_is_lost(void **state)
{
	(void)state;
	rig_each(64, random_batches);
}

/* --- waiting --- */

static void handler(struct fake_port *port, void *arg)
{
	(void)port;
	(void)lev_device_isr(arg);
}

static void waits(struct rig *r)
{
	r->port->on_relax = handler;
	r->port->on_relax_arg = &r->dev;
	fake_thread_start(r->fake);
	for (unsigned i = 0; i < WAITS; i++) {
		struct rig_request req;

		rig_request(r, &req, 1, 1, 16);
		rig_submit(r, &req);
		RIG_EQ(r,
		       lev_queue_wait(
			       &r->queue, &req.req,
			       lev_device_deadline(&r->dev, 20 * RIG_SECOND)),
		       0);
		RIG_EQ(r, req.came, 1);
	}
	fake_thread_stop(r->fake);
}

static void wait_sleeps_until_the_interrupt(void **state)
{
	(void)state;
	rig_each(8, waits);
}

/* --- the end in the middle --- */

static void reset_in_flight(struct rig *r)
{
	for (unsigned turn = 0; turn < 50; turn++) {
		struct rig_request reqs[4];

		fake_thread_start(r->fake);
		for (unsigned i = 0; i < 4; i++) {
			rig_request(r, &reqs[i], 1, 1, 16);
			rig_submit(r, &reqs[i]);
		}
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		for (unsigned i = 0; i < 4; i++)
			RIG_EQ(r, reqs[i].came, 1);
		fake_thread_stop(r->fake);
		RIG_EQ(r, rig_start(r), 0);
	}
}

static void a_reset_ends_what_is_in_flight(void **state)
{
	(void)state;
	rig_each(16, reset_in_flight);
}

/* --- a device that changes its mind --- */

/* Either all is well, or the device said something that it cannot. */
static void flicker(struct rig *r)
{
	struct rig_request req;

	rig_request(r, &req, 1, 1, 16);
	for (unsigned turn = 0; turn < 200; turn++) {
		fake_queue_fault(r->fq, FAKE_USED_FLICKER, 1, 300);
		fake_thread_start(r->fake);
		rig_submit(r, &req);
		while (!lev_queue_reap(&r->queue) &&
		       !lev_queue_error(&r->queue))
			;
		if (lev_queue_error(&r->queue))
			RIG_EQ(r, lev_queue_error(&r->queue), LEV_ERR_PROTO);
		else
			RIG_EQ(r, req.req.written, 16);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		RIG_CHECK(r, !lev_request_pending(&req.req));
		fake_thread_stop(r->fake);
		RIG_EQ(r, rig_start(r), 0);
	}
}

static void entries_that_change_are_read_once(void **state)
{
	(void)state;
	rig_each(16, flicker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_wakeup_is_lost),
		cmocka_unit_test(wait_sleeps_until_the_interrupt),
		cmocka_unit_test(a_reset_ends_what_is_in_flight),
		cmocka_unit_test(entries_that_change_are_read_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
