/* SPDX-License-Identifier: MIT */
/* device.h: claim, begin, ready, reset, removal. */
#include "rig.h"

static uint64_t second(struct rig *r)
{
	return lev_device_deadline(&r->dev, RIG_SECOND);
}

static int begin(struct rig *r)
{
	return lev_device_begin(&r->dev, second(r));
}

/* --- claim --- */

static void claim(struct rig *r)
{
	struct lev_device other = { .driver = NULL };
	struct lev_driver wrong = rig_driver;

	wrong.device_id++;
	rig_accesses(r);
	RIG_EQ(r, lev_device_claim(&other, r->transport, &rig_driver),
	       LEV_ERR_BUSY);
	RIG_EQ(r, lev_device_claim(&other, r->transport, &wrong), LEV_ERR_BUSY);
	lev_device_release(&r->dev);
	RIG_EQ(r, lev_device_claim(&other, r->transport, &wrong),
	       LEV_ERR_NODEV);
	RIG_EQ(r, other.state, LEV_DEVICE_FREE);
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, rig_accesses(r), 0);
}

static void a_transport_has_one_owner_and_claiming_is_silent(void **state)
{
	(void)state;
	rig_each_version(claim);
}

static void free_device(void **state)
{
	struct lev_device dev = { .driver = NULL };

	(void)state;
	assert_int_equal(lev_device_begin(&dev, 0), LEV_ERR_STATE);
	assert_int_equal(lev_device_ready(&dev), LEV_ERR_STATE);
	assert_int_equal(lev_device_reset(&dev), LEV_ERR_STATE);
	assert_int_equal(lev_device_poll(&dev), LEV_ERR_STATE);
	assert_int_equal(lev_device_isr(&dev), 0);
	lev_device_gone(&dev);
	assert_int_equal(dev.state, LEV_DEVICE_FREE);
}

/* --- the order of things --- */

struct trace {
	uint32_t status[16];
	unsigned count, reads;
};

static void trace_status(struct fake_dev *dev, uint32_t reg, bool write,
			 uint32_t value)
{
	struct trace *t = dev->arg;

	if (reg != FAKE_REG_STATUS)
		return;
	if (write && t->count < 16)
		t->status[t->count++] = value;
	t->reads += !write;
}

static void check_trace(struct rig *r, const struct trace *t,
			const uint32_t *want, unsigned count)
{
	RIG_EQ(r, t->count, count);
	for (unsigned i = 0; i < count; i++)
		RIG_EQ(r, t->status[i], want[i]);
}

static void life(struct rig *r)
{
	static const uint32_t legacy[] = { 0, 1, 3, 7, 0 };
	static const uint32_t modern[] = { 0, 1, 3, 11, 15, 0 };
	struct trace t = { .count = 0 };

	/* Firmware left it running. */
	r->fake->status = 0xf;
	r->fake->isr = 3;
	r->fake->arg = &t;
	r->fake->on_access = trace_status;
	RIG_EQ(r, lev_device_ready(&r->dev), LEV_ERR_STATE);
	RIG_EQ(r, begin(r), 0);
	RIG_EQ(r, r->dev.state, LEV_DEVICE_SETUP);
	RIG_EQ(r, begin(r), LEV_ERR_STATE);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	RIG_EQ(r, lev_device_ready(&r->dev), 0);
	RIG_EQ(r, r->dev.state, LEV_DEVICE_LIVE);
	RIG_EQ(r, lev_device_ready(&r->dev), LEV_ERR_STATE);
	RIG_EQ(r, begin(r), LEV_ERR_STATE);
	rig_echo(r);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, r->dev.state, LEV_DEVICE_RESET);
	r->fake->on_access = NULL;
	if (r->shape.version == 1)
		check_trace(r, &t, legacy, 5);
	else
		check_trace(r, &t, modern, 6);
}

static void status_bits_come_in_the_standards_order(void **state)
{
	(void)state;
	rig_each_version(life);
}

static void many_lives(struct rig *r)
{
	for (unsigned i = 0; i < 50; i++) {
		RIG_EQ(r, rig_start(r), 0);
		for (unsigned k = 0; k < i; k++)
			rig_echo(r);
		if (i % 5 == 4)
			RIG_EQ(r, lev_device_abort(&r->dev, LEV_ERR_IO),
			       LEV_ERR_IO);
		else
			RIG_EQ(r, lev_device_reset(&r->dev), 0);
		RIG_EQ(r, r->fake->status, 0);
		RIG_EQ(r, r->port->live_allocs, 1);
	}
	RIG_EQ(r, r->port->allocs, 1);
}

static void a_device_lives_many_times(void **state)
{
	(void)state;
	rig_each_version(many_lives);
}

/* --- reset --- */

static void slow_reset(struct rig *r)
{
	struct rig_request req;
	uint64_t before = r->port->clock;

	r->port->relax_step = 1000000;
	r->fake->faults.reset_delay = RIG_SECOND / 2;
	r->fake->mode = FAKE_MANUAL;
	RIG_EQ(r, rig_start(r), 0);
	RIG_CHECK(r, r->port->clock - before >= RIG_SECOND / 2);
	rig_request(r, &req, 1, 0, 4);
	rig_submit(r, &req);
	before = r->port->clock;
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_CHECK(r, r->port->clock - before >= RIG_SECOND / 2);
	RIG_CHECK(r, r->port->clock - before < RIG_SECOND);
	RIG_CHECK(r, r->port->last_deadline >= before + LEV_RESET_TIMEOUT);
	RIG_EQ(r, req.came, 1);
	RIG_EQ(r, req.req.err, LEV_ERR_CANCELED);
	/* Busily, without relax. */
	r->port->ops.relax = NULL;
	r->fake->faults.reset_delay = 50000;
	RIG_EQ(r, rig_start(r), 0);
}

static void a_reset_of_half_a_second_is_waited_for(void **state)
{
	(void)state;
	rig_each_version(slow_reset);
}

static void check_stuck(struct rig *r, struct rig_request *reqs)
{
	RIG_EQ(r, r->dev.state, LEV_DEVICE_STUCK);
	for (unsigned i = 0; i < 2; i++) {
		RIG_EQ(r, reqs[i].came, 0);
		RIG_CHECK(r, lev_request_pending(&reqs[i].req));
	}
	RIG_EQ(r, lev_queue_in_flight(&r->queue), 2);
	RIG_EQ(r, r->port->live_allocs, 1);
	RIG_EQ(r, lev_queue_kick(&r->queue), LEV_ERR_STATE);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_STATE);
	RIG_EQ(r, lev_queue_wait(&r->queue, &reqs[0].req, second(r)),
	       LEV_ERR_STATE);
	RIG_CHECK(r, !lev_queue_reap(&r->queue));
	RIG_EQ(r, lev_device_poll(&r->dev), LEV_ERR_STATE);
	RIG_EQ(r, lev_device_ready(&r->dev), LEV_ERR_STATE);
	RIG_EQ(r, begin(r), LEV_ERR_STATE);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), LEV_ERR_STATE);
	RIG_EQ(r, lev_queue_in_flight(&r->queue), 2);
}

static void stuck(struct rig *r, bool removed, bool told)
{
	struct rig_request reqs[2];
	uint64_t before;

	r->port->relax_step = 1000000;
	r->fake->mode = FAKE_MANUAL;
	RIG_EQ(r, rig_start(r), 0);
	for (unsigned i = 0; i < 2; i++) {
		rig_request(r, &reqs[i], 1, 1, 4);
		RIG_EQ(r, lev_queue_add(&r->queue, &reqs[i].req), 0);
		if (i == 0)
			rig_kick(r);
	}
	r->fake->faults.reset_stuck = true;
	for (unsigned i = 0; i < 3; i++) {
		before = r->port->clock;
		if (i == 1)
			RIG_EQ(r, lev_device_abort(&r->dev, LEV_ERR_IO),
			       LEV_ERR_STUCK);
		else
			RIG_EQ(r, lev_device_reset(&r->dev), LEV_ERR_STUCK);
		RIG_CHECK(r, r->port->clock - before >= LEV_RESET_TIMEOUT);
		RIG_CHECK(r, r->port->clock - before <
				     LEV_RESET_TIMEOUT + RIG_SECOND / 10);
		check_stuck(r, reqs);
	}
	r->fake->faults.reset_stuck = false;
	r->fake->faults.removed = removed;
	if (told)
		lev_device_gone(&r->dev);
	else
		RIG_EQ(r, lev_device_reset(&r->dev),
		       removed ? LEV_ERR_NODEV : 0);
	for (unsigned i = 0; i < 2; i++) {
		RIG_EQ(r, reqs[i].came, 1);
		RIG_EQ(r, reqs[i].req.err, LEV_ERR_CANCELED);
	}
	RIG_EQ(r, r->dev.state, LEV_DEVICE_RESET);
	if (removed)
		return;
	r->fake->mode = FAKE_ON_KICK;
	RIG_EQ(r, rig_start(r), 0);
	rig_echo(r);
}

static void stuck_then_well(struct rig *r)
{
	stuck(r, false, false);
}

static void stuck_then_removed(struct rig *r)
{
	stuck(r, true, false);
}

static void stuck_then_told(struct rig *r)
{
	stuck(r, true, true);
}

static void a_stuck_reset_keeps_everything_until_it_ends(void **state)
{
	(void)state;
	rig_each_version(stuck_then_well);
	rig_each_version(stuck_then_removed);
	rig_each_version(stuck_then_told);
}

static void stuck_at_begin(struct rig *r)
{
	uint64_t deadline;

	r->fake->status = 7;
	r->fake->faults.reset_stuck = true;
	for (unsigned i = 0; i < 3; i++) {
		deadline = lev_device_deadline(&r->dev, RIG_SECOND / 4);
		RIG_EQ(r, lev_device_begin(&r->dev, deadline),
		       LEV_ERR_TIMEDOUT);
		RIG_CHECK(r, r->port->clock >= deadline);
		RIG_CHECK(r, r->port->clock < deadline + RIG_SECOND / 10);
		RIG_EQ(r, r->port->last_deadline, deadline);
		RIG_EQ(r, r->dev.state, LEV_DEVICE_RESET);
	}
	RIG_EQ(r, lev_device_begin(&r->dev, 0), LEV_ERR_TIMEDOUT);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	r->fake->faults.reset_stuck = false;
	/* It is late already, but the device answers at once. */
	RIG_EQ(r, lev_device_begin(&r->dev, 0), 0);
}

static void a_reset_stuck_at_begin_times_out(void **state)
{
	(void)state;
	rig_each_version(stuck_at_begin);
}

/* --- removal --- */

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

/* Gone at access n of begin: it says so, whatever it was about to do. */
static void gone_in_begin(struct rig *r)
{
	struct removal removal;
	unsigned total;

	rig_accesses(r);
	RIG_EQ(r, begin(r), 0);
	total = rig_accesses(r);
	for (unsigned n = 1; n <= total; n++) {
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		removal.left = n;
		r->fake->arg = &removal;
		r->fake->on_access = count_down;
		RIG_EQ(r, begin(r), LEV_ERR_NODEV);
		RIG_EQ(r, r->dev.state, LEV_DEVICE_RESET);
		RIG_EQ(r, removal.left, 0);
		RIG_CHECK(r, r->port->clock < RIG_SECOND);
		r->fake->on_access = NULL;
		r->fake->faults.removed = false;
		lev_device_release(&r->dev);
		RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver),
		       0);
		RIG_EQ(r, begin(r), 0);
	}
}

static void begin_notices_a_device_that_goes(void **state)
{
	(void)state;
	rig_each_version(gone_in_begin);
}

/* A whole life; returns the first error. */
static int whole_life(struct rig *r, struct rig_request *req)
{
	uint8_t config[8];
	int err = rig_start(r);

	if (!err)
		err = lev_device_config_read(&r->dev, 0, config, 2, 4);
	if (!err)
		err = lev_queue_add(&r->queue, &req->req);
	if (!err)
		err = lev_queue_kick(&r->queue);
	if (err >= 0)
		err = lev_queue_wait(&r->queue, &req->req, second(r));
	if (!err)
		lev_device_isr(&r->dev);
	if (!err)
		err = lev_device_poll(&r->dev);
	return err;
}

/* Gone at each access in turn: all comes back, and soon. */
static void gone_in_life(struct rig *r)
{
	struct removal removal = { .left = 0 };
	struct rig_request req;
	unsigned total = 0;

	r->fake->config_len = 8;
	rig_request(r, &req, 1, 1, 16);
	rig_accesses(r);
	RIG_EQ(r, whole_life(r, &req), 0);
	total = rig_accesses(r);
	RIG_CHECK(r, total > 20);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	lev_queue_fini(&r->queue);
	for (unsigned n = 1; n <= total; n++) {
		const uint64_t before = r->port->clock;
		int err;

		removal.left = n;
		r->fake->arg = &removal;
		r->fake->on_access = count_down;
		rig_request(r, &req, 1, 1, 16);
		err = whole_life(r, &req);
		if (err >= 0 && removal.left == 0)
			err = lev_device_poll(&r->dev);
		if (err >= 0)
			fail_msg("[%s] gone at access %u: unnoticed", r->name,
				 n);
		err = lev_device_reset(&r->dev);
		RIG_CHECK(r, err == 0 || err == LEV_ERR_NODEV);
		RIG_CHECK(r, r->port->clock - before < RIG_SECOND / 10);
		RIG_CHECK(r, !lev_request_pending(&req.req));
		RIG_CHECK(r, req.came <= 1);
		lev_queue_fini(&r->queue);
		RIG_EQ(r, r->port->live_allocs, 0);
		lev_device_release(&r->dev);
		r->fake->on_access = NULL;
		r->fake->faults.removed = false;
		RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver),
		       0);
	}
	RIG_EQ(r, rig_start(r), 0);
	rig_echo(r);
}

static void removal_at_any_moment_gives_everything_back(void **state)
{
	(void)state;
	rig_each_version(gone_in_life);
}

static void told(struct rig *r)
{
	struct rig_request req;

	r->fake->mode = FAKE_MANUAL;
	RIG_EQ(r, rig_start(r), 0);
	rig_request(r, &req, 1, 1, 16);
	rig_submit(r, &req);
	r->fake->faults.removed = true;
	rig_accesses(r);
	lev_device_gone(&r->dev);
	RIG_EQ(r, rig_accesses(r), 0);
	RIG_EQ(r, req.came, 1);
	RIG_EQ(r, req.req.err, LEV_ERR_CANCELED);
	RIG_EQ(r, r->dev.state, LEV_DEVICE_RESET);
	RIG_EQ(r, lev_queue_add(&r->queue, &req.req), LEV_ERR_STATE);
	RIG_EQ(r, begin(r), LEV_ERR_NODEV);
	r->fake->faults.removed = false;
	RIG_EQ(r, rig_start(r), 0);
	r->fake->mode = FAKE_ON_KICK;
	rig_echo(r);
}

static void a_caller_may_say_that_the_device_is_gone(void **state)
{
	(void)state;
	rig_each_version(told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_transport_has_one_owner_and_claiming_is_silent),
		cmocka_unit_test(free_device),
		cmocka_unit_test(status_bits_come_in_the_standards_order),
		cmocka_unit_test(a_device_lives_many_times),
		cmocka_unit_test(a_reset_of_half_a_second_is_waited_for),
		cmocka_unit_test(a_stuck_reset_keeps_everything_until_it_ends),
		cmocka_unit_test(a_reset_stuck_at_begin_times_out),
		cmocka_unit_test(begin_notices_a_device_that_goes),
		cmocka_unit_test(removal_at_any_moment_gives_everything_back),
		cmocka_unit_test(a_caller_may_say_that_the_device_is_gone),
	};

	return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
