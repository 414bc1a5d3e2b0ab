/* SPDX-License-Identifier: MIT */
/*
 * drivers/rng.c with a device that keeps the rules: every byte it gives, none
 * else, whatever its queue and however the port lends memory.
 */
#include "rng_rig.h"

static const uint64_t MILLISECOND = 1000000;

static bool two_or_more(const struct rng_case *c)
{
	return c->queue_size >= 2;
}

/* --- read --- */

static void read_fills_the_buffer(void **state)
{
	const uint32_t most = rrig_most(*state);
	struct rng_rig rig;

	rrig_open(&rig, *state);
	for (uint32_t len = 1; len <= most; len++) {
		memset(rig.buf[0], RRIG_GUARD, sizeof(rig.buf[0]));
		assert_int_equal(rrig_read(&rig, len), 0);
		assert_true(fake_rng_took(rig.fake, rig.buf[0], len));
		assert_int_equal(rig.buf[0][len], RRIG_GUARD);
		assert_int_equal(rig.fake->requests, len);
	}
	assert_int_equal(rig.port->live_maps, 0);
	assert_true(fake_check_armed(rig.port, "ENT-OP-01") == most);
	rrig_close(&rig);
}

static void read_of_nothing_asks_for_nothing(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	assert_int_equal(rrig_read(&rig, 0), 0);
	assert_int_equal(rig.fake->requests, 0);
	rrig_close(&rig);
}

static void read_asks_until_it_has_all(void **state)
{
	const uint32_t most = rrig_most(*state);
	struct rng_rig rig;

	for (uint32_t give = 1; give <= most; give++) {
		rrig_open(&rig, *state);
		rig.fake->give_max = give;
		rig.fake->give_max_set = true;
		assert_int_equal(rrig_read(&rig, most), 0);
		assert_int_equal(rig.fake->requests, (most + give - 1) / give);
		assert_int_equal(rig.fake->given, most);
		assert_true(fake_rng_took(rig.fake, rig.buf[0], most));
		rrig_close(&rig);
	}
}

static void read_waits_for_a_slow_device(void **state)
{
	struct rng_rig rig;
	uint64_t start;

	rrig_open(&rig, *state);
	rig.fake->dev.mode = FAKE_DELAYED;
	rig.fake->dev.delay_ns = 20 * MILLISECOND;
	start = rig.port->clock;
	rrig_assert_works(&rig);
	assert_true(rig.port->clock - start >= 20 * MILLISECOND);
	assert_true(rig.port->clock - start < 21 * MILLISECOND);
	rrig_close(&rig);
}

static void read_lets_other_requests_come_back(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.fake->dev.mode = FAKE_ON_RUN;
	rrig_submit(&rig, 1, RRIG_PIECE);
	assert_int_equal(rrig_read(&rig, RRIG_PIECE), 0);
	assert_int_equal(rig.came, 1);
	rrig_assert_got(&rig, 1, RRIG_PIECE);
	assert_true(fake_rng_took(rig.fake, rig.buf[0], RRIG_PIECE));
	rrig_close(&rig);
}

/* --- submit and poll --- */

static void requests_come_back_in_order(void **state)
{
	const struct rng_case *c = *state;
	const unsigned most = c->queue_size < LEV_RNG_QUEUE_SIZE
				      ? c->queue_size
				      : LEV_RNG_QUEUE_SIZE;
	struct rng_rig rig;

	rrig_open(&rig, c);
	rig.fake->dev.mode = FAKE_ON_RUN;
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < most; i++)
			rrig_submit(&rig, i, 1 + i);
		assert_int_equal(lev_rng_poll(&rig.rng), 0);
		assert_int_equal(rig.came, round * most);
		fake_run(&rig.fake->dev);
		assert_int_equal(lev_rng_poll(&rig.rng), most);
		assert_int_equal(rig.came, (round + 1) * most);
		for (unsigned i = 0; i < most; i++)
			rrig_assert_got(&rig, i, 1 + i);
		assert_int_equal(lev_rng_poll(&rig.rng), 0);
	}
	assert_int_equal(rig.port->live_maps, 0);
	rrig_close(&rig);
}

static void the_queue_can_be_full(void **state)
{
	const struct rng_case *c = *state;
	const unsigned most = c->queue_size < LEV_RNG_QUEUE_SIZE
				      ? c->queue_size
				      : LEV_RNG_QUEUE_SIZE;
	struct rng_rig rig;

	rrig_open(&rig, c);
	rig.fake->dev.mode = FAKE_ON_RUN;
	for (unsigned i = 0; i < most; i++)
		rrig_submit(&rig, i, 4);
	rig.requests[most].buf = rig.buf[most];
	rig.requests[most].len = 4;
	assert_int_equal(lev_rng_submit(&rig.rng, &rig.requests[most]),
			 LEV_ERR_AGAIN);
	assert_int_equal(rrig_read(&rig, 4), LEV_ERR_AGAIN);
	/* One that is under way is left alone. */
	assert_int_equal(lev_rng_submit(&rig.rng, &rig.requests[0]),
			 LEV_ERR_BUSY);
	fake_run(&rig.fake->dev);
	assert_int_equal(lev_rng_poll(&rig.rng), most);
	for (unsigned i = 0; i < most; i++)
		rrig_assert_got(&rig, i, 4);
	rrig_submit(&rig, most, 4);
	fake_run(&rig.fake->dev);
	assert_int_equal(lev_rng_poll(&rig.rng), 1);
	rrig_assert_got(&rig, most, 4);
	rrig_close(&rig);
}

static void a_short_answer_is_told_as_such(void **state)
{
	const uint32_t most = rrig_most(*state);
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.fake->give_max_set = true;
	for (uint32_t give = 1; give <= most; give++) {
		rig.fake->give_max = give;
		rrig_submit(&rig, 0, most);
		assert_int_equal(lev_rng_poll(&rig.rng), 1);
		rrig_assert_got(&rig, 0, give);
	}
	rrig_close(&rig);
}

static void a_request_needs_no_done(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.requests[0].buf = rig.buf[0];
	rig.requests[0].len = 3;
	assert_int_equal(lev_rng_submit(&rig.rng, &rig.requests[0]), 0);
	assert_int_equal(lev_rng_poll(&rig.rng), 1);
	rrig_assert_got(&rig, 0, 3);
	rrig_close(&rig);
}

static void poll_arms_the_interrupt(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.fake->dev.mode = FAKE_ON_RUN;
	for (unsigned i = 0; i < 5; i++) {
		rrig_submit(&rig, 0, 4);
		assert_int_equal(lev_rng_poll(&rig.rng), 0);
		assert_int_equal(lev_device_isr(&rig.rng.dev), 0);
		fake_run(&rig.fake->dev);
		assert_int_equal(lev_device_isr(&rig.rng.dev),
				 LEV_INTERRUPT_USED);
		assert_int_equal(lev_rng_poll(&rig.rng), 1);
		rrig_assert_got(&rig, 0, 4);
	}
	rrig_close(&rig);
}

/* --- inside of done --- */

static void submit_again(struct rng_rig *rig, struct lev_rng_request *request)
{
	assert_true(
		fake_rng_took(rig->fake, rig->buf[0], rig->requests[0].got));
	if (rig->came < 5)
		rig->result = lev_rng_submit(&rig->rng, request);
}

static void done_may_submit_again(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.then = submit_again;
	rrig_submit(&rig, 0, 7);
	for (unsigned i = 1; i <= 5; i++) {
		assert_int_equal(lev_rng_poll(&rig.rng), 1);
		assert_int_equal(rig.came, i);
		assert_int_equal(rig.result, 0);
	}
	assert_int_equal(lev_rng_poll(&rig.rng), 0);
	rrig_close(&rig);
}

static void read_inside(struct rng_rig *rig, struct lev_rng_request *request)
{
	(void)request;
	rig->result = lev_rng_read(&rig->rng, rig->buf[1], 4, UINT64_MAX);
}

static void poll_inside(struct rng_rig *rig, struct lev_rng_request *request)
{
	(void)request;
	rig->result = lev_rng_poll(&rig->rng);
}

static void restart_inside(struct rng_rig *rig, struct lev_rng_request *request)
{
	(void)request;
	rig->result = lev_rng_restart(&rig->rng);
}

static void fini_inside(struct rng_rig *rig, struct lev_rng_request *request)
{
	(void)request;
	rig->result = lev_rng_fini(&rig->rng);
}

static void done_may_not_do_more(void **state)
{
	static void (*const tries[])(struct rng_rig *,
				     struct lev_rng_request *) = {
		read_inside, poll_inside, restart_inside, fini_inside
	};
	struct rng_rig rig;

	rrig_open(&rig, *state);
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		rig.then = tries[i];
		rrig_submit(&rig, 0, 4);
		assert_int_equal(lev_rng_poll(&rig.rng), 1);
		assert_int_equal(rig.result, LEV_ERR_STATE);
		assert_int_equal(rig.port->live_maps, 0);
		rrig_assert_works(&rig);
	}
	assert_int_equal(rig.fake->dev.resets, 1);
	rrig_close(&rig);
}

/* --- what it says --- */

static void negotiation_is_logged(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	assert_true(fake_log_has(rig.port, "rng: mmio version"));
	assert_true(fake_log_has(rig.port, "rng: accepted 0x"));
	assert_true(fake_log_has(rig.port, "rng: queue 0: "));
	rrig_close(&rig);
}

int main(void)
{
#define TEST(name)                                                             \
	{                                                                      \
#name, name, NULL                                              \
	}
	static const struct rng_test tests[] = {
		TEST(read_fills_the_buffer),
		TEST(read_of_nothing_asks_for_nothing),
		TEST(read_asks_until_it_has_all),
		TEST(read_waits_for_a_slow_device),
		{ "read_lets_other_requests_come_back",
		  read_lets_other_requests_come_back, two_or_more },
		TEST(requests_come_back_in_order),
		TEST(the_queue_can_be_full),
		TEST(a_short_answer_is_told_as_such),
		TEST(a_request_needs_no_done),
		TEST(poll_arms_the_interrupt),
		TEST(done_may_submit_again),
		TEST(done_may_not_do_more),
		TEST(negotiation_is_logged),
		{ NULL, NULL, NULL },
	};

	return rrig_run_matrix(tests);
}
