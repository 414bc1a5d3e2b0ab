/* SPDX-License-Identifier: MIT */
/*
 * queue.h: lev_queue_reset. One queue is stopped and set up again, in every
 * format, while its device and another queue go on.
 */
#include "rig.h"

enum {
	OTHER = 0, /* the queue that goes on */
	HELD = 4,  /* requests that the device has when it is told to stop */
	SIZE = 16,
};

/* A rig whose device has two queues in use. */
struct pair {
	struct rig *r;
	struct lev_queue other;
	struct lev_queue_config cfg;
	struct lev_queue_slot slots[SIZE];
	struct rig_request reqs[HELD];
};

static uint64_t bit(unsigned n)
{
	return (uint64_t)1 << n;
}

static void pair_init(struct pair *p, struct rig *r)
{
	memset(p, 0, sizeof(*p));
	p->r = r;
	p->cfg = (struct lev_queue_config){
		.idx = OTHER,
		.size = SIZE,
		.indirect_len = RIG_SEGS,
		.slots = p->slots,
	};
}

static int pair_start(struct pair *p)
{
	struct rig *r = p->r;
	int err = lev_device_begin(&r->dev,
				   lev_device_deadline(&r->dev, RIG_SECOND));

	if (!err)
		err = lev_queue_init(&p->other, &r->dev, &p->cfg);
	if (!err)
		err = lev_queue_init(&r->queue, &r->dev, &r->cfg);
	if (!err)
		err = lev_device_ready(&r->dev);
	return err;
}

static void pair_down(struct pair *p)
{
	if (p->r->dev.state != LEV_DEVICE_RESET)
		RIG_EQ(p->r, lev_device_reset(&p->r->dev), 0);
	lev_queue_fini(&p->other);
}

/* HELD requests with the device, which does not answer; the last unkicked. */
static void hold(struct pair *p, struct lev_queue *q)
{
	p->r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < HELD; i++) {
		rig_request(p->r, &p->reqs[i], 1, i % 3, 16);
		RIG_EQ(p->r, lev_queue_add(q, &p->reqs[i].req), 0);
		if (i + 2 == HELD)
			RIG_CHECK(p->r, lev_queue_kick(q) >= 0);
	}
	RIG_CHECK(p->r, fake_queue_pop(&p->r->fake->queues[q->idx]));
}

/* They are back, once each, or all still there. */
static void expect_back(struct pair *p, unsigned came)
{
	for (unsigned i = 0; i < HELD; i++) {
		RIG_EQ(p->r, p->reqs[i].came, came);
		RIG_EQ(p->r, lev_request_pending(&p->reqs[i].req), !came);
		if (came)
			RIG_EQ(p->r, p->reqs[i].req.err, LEV_ERR_CANCELED);
		if (came)
			RIG_EQ(p->r, p->reqs[i].req.written, 0);
	}
}

static void echo_on(struct pair *p, struct lev_queue *q)
{
	struct rig *r = p->r;
	struct rig_request req;

	r->fake->mode = FAKE_ON_KICK;
	for (unsigned i = 0; i < 3 * SIZE; i++) {
		rig_request(r, &req, 1, i % 3, 16);
		RIG_EQ(r, lev_queue_add(q, &req.req), 0);
		RIG_CHECK(r, lev_queue_kick(q) >= 0);
		RIG_EQ(r,
		       lev_queue_wait(q, &req.req,
				      lev_device_deadline(&r->dev, RIG_SECOND)),
		       0);
		RIG_EQ(r, req.came, 1);
		RIG_EQ(r, req.req.err, 0);
	}
}

/* A stopped queue says so, and touches nothing. */
static void expect_stopped(struct pair *p)
{
	struct lev_queue *q = &p->r->queue;
	struct rig_request req;

	rig_request(p->r, &req, 1, 0, 4);
	rig_accesses(p->r);
	RIG_EQ(p->r, lev_queue_error(q), LEV_ERR_STATE);
	RIG_EQ(p->r, lev_queue_in_flight(q), 0);
	RIG_EQ(p->r, lev_queue_add(q, &req.req), LEV_ERR_STATE);
	RIG_EQ(p->r, lev_queue_kick(q), LEV_ERR_STATE);
	RIG_EQ(p->r, lev_queue_poll(q, 1), LEV_ERR_STATE);
	RIG_CHECK(p->r, !lev_queue_reap(q));
	RIG_EQ(p->r, lev_queue_reset(q), LEV_ERR_STATE);
	RIG_EQ(p->r, rig_accesses(p->r), 0);
}

/* Each format that a queue which may be reset can have. */
static void each(void (*test)(struct pair *p))
{
	static const unsigned more[] = { FAKE_F_RING_PACKED, FAKE_F_IN_ORDER,
					 FAKE_F_EVENT_IDX, FAKE_F_INDIRECT,
					 FAKE_F_NOTIFICATION_DATA };

	for (unsigned i = 0; i < 1 << 5; i++) {
		const struct rig_shape shape = { .version = 2, .size = SIZE };
		struct rig *r = rig_new(&shape);
		struct pair p;

		r->fake->features[0] |= bit(FAKE_F_RING_RESET);
		for (unsigned k = 0; k < 5; k++)
			if (i >> k & 1)
				r->fake->features[0] |= bit(more[k]);
		snprintf(r->name, sizeof(r->name), "features 0x%llx",
			 (unsigned long long)r->fake->features[0]);
		pair_init(&p, r);
		RIG_EQ(r, pair_start(&p), 0);
		test(&p);
		pair_down(&p);
		rig_free(r);
	}
}

/* --- it works --- */

static void alone(struct pair *p)
{
	struct rig *r = p->r;
	struct rig_request others;
	struct fake_chain *chain;

	echo_on(p, &r->queue);
	echo_on(p, &p->other);
	hold(p, &r->queue);
	rig_request(r, &others, 1, 1, 16);
	RIG_EQ(r, lev_queue_add(&p->other, &others.req), 0);
	RIG_CHECK(r, lev_queue_kick(&p->other) >= 0);
	chain = fake_queue_pop(&r->fake->queues[OTHER]);
	RIG_CHECK(r, chain);
	RIG_EQ(r, lev_queue_reset(&r->queue), 0);
	expect_back(p, 1);
	expect_stopped(p);
	/* The other did not notice. */
	RIG_EQ(r, others.came, 0);
	RIG_EQ(r, lev_queue_in_flight(&p->other), 1);
	fake_queue_push(chain, 7);
	RIG_EQ(r, lev_queue_poll(&p->other, 9), 1);
	RIG_EQ(r, others.req.written, 7);
	r->fake->mode = FAKE_ON_KICK;
	fake_run(r->fake); /* from here on it asks for kicks by itself */
	echo_on(p, &p->other);
	RIG_EQ(r, r->dev.state, LEV_DEVICE_LIVE);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	echo_on(p, &r->queue);
	echo_on(p, &p->other);
	RIG_EQ(r, r->fake->resets, 1); /* that of the beginning */
}

static void one_queue_is_reset_while_another_goes_on(void **state)
{
	(void)state;
	each(alone);
}

static void again(struct pair *p)
{
	struct rig *r = p->r;

	for (unsigned i = 0; i < 20; i++) {
		if (i % 2)
			hold(p, &r->queue);
		RIG_EQ(r, lev_queue_reset(&r->queue), 0);
		if (i % 2)
			expect_back(p, 1);
		RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
		echo_on(p, &r->queue);
	}
	RIG_EQ(r, r->port->allocs, 2);
	RIG_EQ(r, r->fake->resets, 1);
}

static void a_queue_is_reset_many_times_in_the_same_memory(void **state)
{
	(void)state;
	each(again);
}

/* Its memory is that of the first time: less fits into it, but not more. */
static void other_sizes(struct pair *p)
{
	const bool indirect = lev_device_has(&p->r->dev, LEV_F_INDIRECT_DESC);
	const bool packed = lev_device_has(&p->r->dev, LEV_F_RING_PACKED);
	static const uint16_t sizes[] = { 8, 1, 11, SIZE };
	struct rig *r = p->r;

	for (unsigned i = 0; i < 4; i++) {
		RIG_EQ(r, lev_queue_reset(&r->queue), 0);
		r->cfg.size = sizes[i];
		RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
		RIG_EQ(r, lev_queue_size(&r->queue),
		       sizes[i] == 11 && !packed ? 8 : sizes[i]);
		if (sizes[i] > 2)
			echo_on(p, &r->queue);
	}
	RIG_EQ(r, lev_queue_reset(&r->queue), 0);
	r->cfg.size = 2 * SIZE;
	r->cfg.size_min = SIZE + 1;
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), LEV_ERR_RANGE);
	expect_stopped(p);
	r->cfg.size_min = 0;
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	RIG_EQ(r, lev_queue_size(&r->queue), SIZE);
	echo_on(p, &r->queue);
	RIG_EQ(r, lev_queue_reset(&r->queue), 0);
	r->cfg.indirect_len = RIG_SEGS + 1;
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg),
	       indirect ? LEV_ERR_NOMEM : 0);
	if (indirect)
		expect_stopped(p);
	r->cfg.indirect_len = 0;
	if (!indirect)
		RIG_EQ(r, lev_queue_reset(&r->queue), 0);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	echo_on(p, &r->queue);
	RIG_EQ(r, r->port->allocs, 2);
}

static void it_comes_back_in_any_size_that_its_memory_holds(void **state)
{
	(void)state;
	each(other_sizes);
}

static void broken(struct pair *p)
{
	struct rig *r = p->r;

	hold(p, &r->queue);
	fake_queue_push_raw(r->fq, 999, 1);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_PROTO);
	RIG_EQ(r, lev_queue_error(&r->queue), LEV_ERR_PROTO);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), LEV_ERR_STATE);
	RIG_EQ(r, lev_queue_reset(&r->queue), 0);
	expect_back(p, 1);
	expect_stopped(p);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	RIG_EQ(r, lev_queue_error(&r->queue), 0);
	RIG_EQ(r, r->queue.violations[LEV_VIOLATION_ID], 1);
	echo_on(p, &r->queue);
	echo_on(p, &p->other);
}

static void a_broken_queue_is_reset_and_works(void **state)
{
	(void)state;
	each(broken);
}

/* --- it takes time, or does not come --- */

static void delayed(struct pair *p)
{
	struct rig *r = p->r;
	uint64_t before;

	hold(p, &r->queue);
	r->port->relax_step = 1000000;
	r->fake->faults.queue_reset_delay = RIG_SECOND / 2;
	before = r->port->clock;
	RIG_EQ(r, lev_queue_reset(&r->queue), 0);
	RIG_CHECK(r, r->port->clock - before >= RIG_SECOND / 2);
	RIG_CHECK(r, r->port->clock - before < RIG_SECOND);
	RIG_CHECK(r, r->port->last_deadline >= before + LEV_RESET_TIMEOUT);
	expect_back(p, 1);
	/* Busily, without relax. */
	r->port->ops.relax = NULL;
	r->fake->faults.queue_reset_delay = 50000;
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	RIG_EQ(r, lev_queue_reset(&r->queue), 0);
	RIG_EQ(r, r->fake->resets, 1);
}

static void a_delayed_reset_is_waited_for(void **state)
{
	(void)state;
	each(delayed);
}

/* The reset of the queue fails, that of the device does not. */
static void expect_device_reset(struct pair *p)
{
	struct rig *r = p->r;
	struct rig_request others;

	hold(p, &r->queue);
	rig_request(r, &others, 1, 1, 16);
	RIG_EQ(r, lev_queue_add(&p->other, &others.req), 0);
	RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_IO);
	RIG_CHECK(r, fake_log_has(r->port, "queue 1 cannot be reset alone"));
	expect_back(p, 1);
	RIG_EQ(r, others.came, 1);
	RIG_EQ(r, others.req.err, LEV_ERR_CANCELED);
	RIG_EQ(r, r->fake->resets, 2);
	RIG_EQ(r, r->dev.state, LEV_DEVICE_RESET);
	RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_STATE);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), LEV_ERR_STATE);
	/* And from the beginning. */
	memset(&r->fake->faults, 0, sizeof(r->fake->faults));
	RIG_EQ(r, pair_start(p), 0);
	echo_on(p, &r->queue);
	echo_on(p, &p->other);
}

static void never(struct pair *p)
{
	struct rig *r = p->r;
	const uint64_t before = r->port->clock;

	r->port->relax_step = 1000000;
	r->fake->faults.queue_reset_stuck = true;
	expect_device_reset(p);
	RIG_CHECK(r, r->port->clock - before >= LEV_RESET_TIMEOUT);
	RIG_CHECK(r, r->port->clock - before < 2 * LEV_RESET_TIMEOUT);
}

static void one_that_never_comes_is_a_reset_of_the_device(void **state)
{
	(void)state;
	each(never);
}

/* As QEMU 7.2: the feature is there, the register is not. */
static void quirk(struct pair *p)
{
	const uint64_t before = p->r->port->clock;

	/* QueueReset reads 0 at once: whoever believes that is wrong. */
	p->r->fake->faults.queue_reset_absent = true;
	expect_device_reset(p);
	RIG_CHECK(p->r, p->r->port->clock - before < RIG_SECOND / 10);
}

static void a_device_without_the_register_is_reset(void **state)
{
	(void)state;
	each(quirk);
}

static void sicken(struct fake_port *port, void *arg)
{
	(void)port;
	fake_needs_reset(arg);
}

/* In the middle of the wait it asks for a reset itself: no use to go on. */
static void sick(struct pair *p)
{
	struct rig *r = p->r;
	const uint64_t before = r->port->clock;

	r->fake->faults.queue_reset_stuck = true;
	r->port->on_relax = sicken;
	r->port->on_relax_arg = r->fake;
	expect_device_reset(p);
	r->port->on_relax = NULL;
	RIG_CHECK(r, r->port->clock - before < RIG_SECOND / 10);
}

static void a_device_that_gives_up_meanwhile_is_reset(void **state)
{
	(void)state;
	each(sick);
}

/* --- it goes, or hangs --- */

struct removal {
	unsigned left; /* accesses until the device is gone; 0: never */
};

static void count_down(struct fake_dev *dev, uint32_t reg, bool write,
		       uint32_t value)
{
	struct removal *removal = dev->arg;

	(void)reg;
	(void)write;
	(void)value;
	if (removal->left && --removal->left == 0)
		dev->faults.removed = true;
}

/* Gone at each access of the reset in turn. */
static void gone(struct pair *p)
{
	struct rig *r = p->r;
	struct removal removal;
	struct rig_request others;
	unsigned total;

	r->fake->faults.queue_reset_delay = 15000;
	rig_accesses(r);
	RIG_EQ(r, lev_queue_reset(&r->queue), 0);
	total = rig_accesses(r);
	RIG_CHECK(r, total >= 6);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	r->fake->arg = &removal;
	for (unsigned n = 1; n <= total; n++) {
		hold(p, &r->queue);
		rig_request(r, &others, 1, 1, 16);
		RIG_EQ(r, lev_queue_add(&p->other, &others.req), 0);
		removal.left = n;
		r->fake->on_access = count_down;
		RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_NODEV);
		expect_back(p, 1);
		RIG_EQ(r, others.came, 1);
		RIG_EQ(r, r->dev.state, LEV_DEVICE_RESET);
		r->fake->on_access = NULL;
		r->fake->faults.removed = false;
		RIG_EQ(r, pair_start(p), 0);
	}
	echo_on(p, &r->queue);
}

static void all_comes_back_from_a_device_that_goes(void **state)
{
	(void)state;
	each(gone);
}

static void stuck(struct pair *p)
{
	struct rig *r = p->r;
	struct rig_request others;

	r->port->relax_step = 1000000;
	hold(p, &r->queue);
	rig_request(r, &others, 1, 1, 16);
	RIG_EQ(r, lev_queue_add(&p->other, &others.req), 0);
	r->fake->faults.queue_reset_stuck = true;
	r->fake->faults.reset_stuck = true;
	RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_STUCK);
	for (unsigned i = 0; i < 2; i++) {
		RIG_EQ(r, r->dev.state, LEV_DEVICE_STUCK);
		expect_back(p, 0);
		RIG_EQ(r, others.came, 0);
		RIG_EQ(r, lev_queue_in_flight(&r->queue), HELD);
		RIG_EQ(r, lev_queue_in_flight(&p->other), 1);
		RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_STATE);
		RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg),
		       LEV_ERR_STATE);
		RIG_EQ(r, lev_device_reset(&r->dev), LEV_ERR_STUCK);
	}
	RIG_EQ(r, r->port->live_allocs, 2);
	memset(&r->fake->faults, 0, sizeof(r->fake->faults));
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	expect_back(p, 1);
	RIG_EQ(r, others.came, 1);
	RIG_EQ(r, pair_start(p), 0);
	echo_on(p, &r->queue);
}

static void a_stuck_device_keeps_all_until_its_reset(void **state)
{
	(void)state;
	each(stuck);
}

/* --- it is refused --- */

static void cannot(struct rig *r)
{
	struct pair p;

	pair_init(&p, r);
	RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_STATE);
	RIG_EQ(r, pair_start(&p), 0);
	hold(&p, &r->queue);
	rig_accesses(r);
	RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_NOTSUP);
	RIG_EQ(r, rig_accesses(r), 0);
	expect_back(&p, 0);
	RIG_EQ(r, lev_queue_in_flight(&r->queue), HELD);
	pair_down(&p);
}

static void without_the_feature_it_is_not_supported(void **state)
{
	(void)state;
	rig_each_version(cannot);
}

static void try_itself(struct rig_request *req)
{
	struct pair *p = req->rig->fake->arg;

	rig_accesses(p->r);
	RIG_EQ(p->r, lev_queue_reset(&p->r->queue), LEV_ERR_STATE);
	RIG_EQ(p->r, lev_queue_init(&p->r->queue, &p->r->dev, &p->r->cfg),
	       LEV_ERR_STATE);
	RIG_EQ(p->r, rig_accesses(p->r), 0);
	req->result++;
}

static void inside_done(struct pair *p)
{
	struct rig *r = p->r;
	struct rig_request req;

	r->fake->arg = p;
	rig_request(r, &req, 1, 0, 4);
	req.then = try_itself;
	rig_submit(r, &req);
	RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	RIG_EQ(r, req.result, 1);
	/* In that of a request that a reset gives back, too. */
	hold(p, &r->queue);
	p->reqs[0].then = try_itself;
	RIG_EQ(r, lev_queue_reset(&r->queue), 0);
	expect_back(p, 1);
	RIG_EQ(r, p->reqs[0].result, 1);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	echo_on(p, &r->queue);
	echo_on(p, &p->other);
}

static void try_other(struct rig_request *req)
{
	struct pair *p = req->rig->fake->arg;

	RIG_EQ(p->r, lev_queue_reset(&p->other), 0);
	RIG_EQ(p->r, lev_queue_init(&p->other, &p->r->dev, &p->cfg), 0);
	req->result++;
}

/* That of another queue is allowed. */
static void inside_others_done(struct pair *p)
{
	struct rig *r = p->r;
	struct rig_request req;

	hold(p, &p->other);
	RIG_CHECK(r, lev_queue_kick(&p->other) >= 0);
	r->fake->arg = p;
	rig_request(r, &req, 1, 0, 4);
	req.then = try_other;
	rig_submit(r, &req);
	rig_answer(r, 0);
	RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	RIG_EQ(r, req.result, 1);
	expect_back(p, 1);
	r->fake->mode = FAKE_ON_KICK;
	fake_run(r->fake); /* from here on it asks for kicks by itself */
	echo_on(p, &r->queue);
	echo_on(p, &p->other);
}

static void inside_its_own_done_it_is_refused(void **state)
{
	(void)state;
	each(inside_done);
	each(inside_others_done);
}

static void too_early(struct rig *r)
{
	if (r->shape.version == 1)
		return;
	r->fake->features[0] |= bit(FAKE_F_RING_RESET);
	RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_STATE);
	RIG_EQ(r,
	       lev_device_begin(&r->dev,
				lev_device_deadline(&r->dev, RIG_SECOND)),
	       0);
	RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_STATE);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_STATE);
	RIG_EQ(r, lev_device_ready(&r->dev), 0);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), LEV_ERR_STATE);
	rig_echo(r);
	RIG_EQ(r, lev_queue_reset(&r->queue), 0);
	RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_STATE);
	/* The device as a whole goes on from there as from anywhere. */
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_STATE);
	RIG_EQ(r, rig_start(r), 0);
	rig_echo(r);
}

static void it_needs_a_live_device_and_a_queue_set_up(void **state)
{
	(void)state;
	rig_each_version(too_early);
}

/* --- registers --- */

struct log {
	uint32_t what[64]; /* reg, and 1 if written */
	unsigned count;
};

static void note(struct fake_dev *dev, uint32_t reg, bool write, uint32_t value)
{
	struct log *l = dev->arg;

	(void)value;
	if (l->count < 64)
		l->what[l->count++] = reg | write;
}

static void registers(struct pair *p)
{
	static const uint32_t want[] = {
		/* ask, then look at both registers until it is over, and at
		 * the device's status each time */
		FAKE_REG_QUEUE_SEL | 1,
		FAKE_REG_QUEUE_RESET | 1,
		FAKE_REG_QUEUE_SEL | 1,
		FAKE_REG_QUEUE_RESET,
		FAKE_REG_STATUS,
		FAKE_REG_QUEUE_SEL | 1,
		FAKE_REG_QUEUE_RESET,
		FAKE_REG_QUEUE_READY,
		FAKE_REG_STATUS,
		/* set up as for the first time */
		FAKE_REG_QUEUE_SEL | 1,
		FAKE_REG_QUEUE_READY,
		FAKE_REG_QUEUE_SIZE_MAX,
		FAKE_REG_QUEUE_SEL | 1,
		FAKE_REG_QUEUE_SIZE | 1,
		FAKE_REG_DESC_LOW | 1,
		FAKE_REG_DESC_HIGH | 1,
		FAKE_REG_DRIVER_LOW | 1,
		FAKE_REG_DRIVER_HIGH | 1,
		FAKE_REG_DEVICE_LOW | 1,
		FAKE_REG_DEVICE_HIGH | 1,
		FAKE_REG_QUEUE_READY | 1,
		FAKE_REG_QUEUE_READY,
	};
	const unsigned count = sizeof(want) / sizeof(want[0]);
	struct rig *r = p->r;
	struct log l = { .count = 0 };

	r->fake->faults.queue_reset_delay = 5000;
	r->fake->arg = &l;
	r->fake->on_access = note;
	RIG_EQ(r, lev_queue_reset(&r->queue), 0);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	r->fake->on_access = NULL;
	RIG_EQ(r, l.count, count);
	for (unsigned i = 0; i < count; i++)
		RIG_EQ(r, l.what[i], want[i]);
	RIG_CHECK(r, fake_check_armed(r->port, "MMIO-REG-21"));
	RIG_CHECK(r, fake_check_armed(r->port, "CORE-VQRST-01"));
}

static void registers_are_used_in_the_standards_order(void **state)
{
	(void)state;
	each(registers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_queue_is_reset_while_another_goes_on),
		cmocka_unit_test(
			a_queue_is_reset_many_times_in_the_same_memory),
		cmocka_unit_test(
			it_comes_back_in_any_size_that_its_memory_holds),
		cmocka_unit_test(a_broken_queue_is_reset_and_works),
		cmocka_unit_test(a_delayed_reset_is_waited_for),
		cmocka_unit_test(one_that_never_comes_is_a_reset_of_the_device),
		cmocka_unit_test(a_device_without_the_register_is_reset),
		cmocka_unit_test(a_device_that_gives_up_meanwhile_is_reset),
		cmocka_unit_test(all_comes_back_from_a_device_that_goes),
		cmocka_unit_test(a_stuck_device_keeps_all_until_its_reset),
		cmocka_unit_test(without_the_feature_it_is_not_supported),
		cmocka_unit_test(inside_its_own_done_it_is_refused),
		cmocka_unit_test(it_needs_a_live_device_and_a_queue_set_up),
		cmocka_unit_test(registers_are_used_in_the_standards_order),
	};

	return cmocka_run_group_tests_name("queue_reset", tests, NULL, NULL);
}
