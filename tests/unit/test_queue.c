/* SPDX-License-Identifier: MIT */
/* queue.h: set-up, what add refuses, and what a reset gives back. */
#include "rig.h"

static uint64_t deadline(struct rig *r, uint64_t ns)
{
	return lev_device_deadline(&r->dev, ns);
}

/* --- set-up --- */

/* The largest power of two at or below n. */
static unsigned power_below(unsigned n)
{
	unsigned power = 1;

	while (2 * power <= n)
		power *= 2;
	return power;
}

/* What a ring of this shape has when size is wished for and max is there. */
static unsigned size_got(const struct rig *r, unsigned size, unsigned max)
{
	const unsigned least = size < max ? size : max;

	return r->shape.packed ? least : power_below(least);
}

static void one_size(struct rig *r)
{
	const unsigned size = r->shape.size;

	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, lev_queue_size(&r->queue), size_got(r, size, 32768));
	RIG_EQ(r, r->fq->size, lev_queue_size(&r->queue));
	RIG_EQ(r, r->fq->packed, r->shape.packed);
	RIG_EQ(r, r->fq->in_order, r->shape.in_order);
	RIG_EQ(r, r->fq->desc % 16, 0);
	RIG_EQ(r, r->fq->avail % (r->shape.packed ? 4 : 2), 0);
	RIG_EQ(r, r->fq->used % 4, 0);
	/* Nor does either side write in a cache line of the other's. */
	RIG_EQ(r, r->fq->used % 64, 0);
	RIG_EQ(r, r->shape.packed ? r->fq->avail % 64 : 0, 0);
	RIG_EQ(r, r->port->allocs, 1);
	for (unsigned i = 0; i < 3 * size && i < 30; i++)
		rig_echo(r);
}

static void every_size_of_every_ring(void **state)
{
	static const uint16_t sizes[] = {
		1,    2,    3,	  4,	5,     7,     8,     16,
		31,   64,   100,  128,	255,   256,   512,   1000,
		1024, 2048, 4096, 8192, 10000, 16384, 32767, 32768
	};

	(void)state;
	for (unsigned n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
		for (unsigned i = 0; i < RIG_SHAPES; i++) {
			const struct rig_shape shape = rig_shape(i, sizes[n]);
			struct rig *r = rig_new(&shape);

			one_size(r);
			rig_free(r);
		}
	}
}

static void try_config(struct rig *r, unsigned size, unsigned size_min, int err)
{
	r->cfg.size = (uint16_t)size;
	r->cfg.size_min = (uint16_t)size_min;
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), err);
}

static void bad_config(struct rig *r)
{
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), LEV_ERR_STATE);
	RIG_EQ(r, lev_device_begin(&r->dev, deadline(r, RIG_SECOND)), 0);
	rig_accesses(r);
	for (unsigned size = 0; size < 65536; size++)
		if (!size || size > 32768)
			try_config(r, size, 0, LEV_ERR_INVAL);
	try_config(r, 16, 17, LEV_ERR_INVAL);
	try_config(r, 16, 65535, LEV_ERR_INVAL);
	r->cfg.slots = NULL;
	try_config(r, 16, 0, LEV_ERR_INVAL);
	RIG_EQ(r, rig_accesses(r), 0);
	r->cfg.slots = r->slots;
	try_config(r, 16, 16, 0);
	RIG_EQ(r, lev_device_ready(&r->dev), 0);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), LEV_ERR_STATE);
	rig_echo(r);
}

static void a_configuration_without_sense_is_refused(void **state)
{
	(void)state;
	rig_each_ring(16, bad_config);
}

static void smaller_device(struct rig *r)
{
	static const uint32_t maxima[] = {
		1,  2,	3,   5,	  7,   15,    16,	  17,	      31,
		63, 64, 100, 127, 128, 65536, 0x7fffffff, 0x80000000, UINT32_MAX
	};
	static const uint16_t wishes[] = { 1, 2, 3, 16, 17, 64, 100, 128 };

	for (unsigned i = 0; i < 8 * 18; i++) {
		const uint32_t max = maxima[i / 8];
		const uint16_t wish = wishes[i % 8];
		const unsigned want = size_got(r, wish, max);

		r->fq->size_max = max;
		r->cfg.size = wish;
		RIG_EQ(r, rig_start(r), 0);
		RIG_EQ(r, lev_queue_size(&r->queue), want);
		RIG_EQ(r, r->fq->size, want);
		rig_echo(r);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		lev_queue_fini(&r->queue);
	}
}

static void a_smaller_queue_of_the_device_is_used(void **state)
{
	(void)state;
	rig_each_ring(128, smaller_device);
}

static void too_small(struct rig *r)
{
	r->cfg.size_min = 8;
	for (uint32_t max = 1; max < 8; max++) {
		r->fq->size_max = max;
		RIG_EQ(r, rig_start(r), LEV_ERR_RANGE);
		RIG_CHECK(r, fake_log_has(r->port, "rig: queue 1"));
		RIG_EQ(r, r->port->allocs, 0);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
	}
	r->fq->size_max = 8;
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, lev_queue_size(&r->queue), 8);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	lev_queue_fini(&r->queue);
	/* A split ring does not have it, though the device does. */
	r->cfg.size_min = 9;
	r->fq->size_max = 15;
	RIG_EQ(r, rig_start(r), r->shape.packed ? 0 : LEV_ERR_RANGE);
}

static void a_queue_too_small_is_an_error_that_is_logged(void **state)
{
	(void)state;
	rig_each_ring(16, too_small);
}

/* After a reset the queue comes back in the memory that it has. */
static void memory_kept(struct rig *r)
{
	static const struct {
		uint16_t wish, max, got;
	} cases[] = { { 16, 16, 16 }, { 16, 4, 4 }, { 16, 16, 16 },
		      { 8, 16, 8 },   { 2, 16, 2 }, { 1, 16, 1 },
		      { 16, 16, 16 } };

	struct lev_queue_slot *slots[7];

	for (unsigned i = 0; i < 7; i++) {
		slots[i] = calloc(cases[i].wish, sizeof(*slots[i]));
		assert_non_null(slots[i]);
		memset(slots[i], 0xa5, cases[i].wish * sizeof(*slots[i]));
		r->cfg.size = cases[i].wish;
		r->cfg.slots = slots[i];
		/* First a try that fails: nobody looks at fresh slots. */
		r->fake->faults.in_use_after_reset = true;
		RIG_EQ(r, rig_start(r), LEV_ERR_BUSY);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		r->fake->faults.in_use_after_reset = false;
		r->fq->size_max = cases[i].max;
		RIG_EQ(r, rig_start(r), 0);
		RIG_EQ(r, lev_queue_size(&r->queue), cases[i].got);
		RIG_EQ(r, r->port->allocs, 1);
		for (unsigned k = 0; k < 40; k++)
			rig_echo(r);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		RIG_EQ(r, r->port->live_allocs, 1);
	}
	rig_down(r);
	for (unsigned i = 0; i < 7; i++)
		free(slots[i]);
}

static void a_reset_keeps_the_memory_of_a_queue(void **state)
{
	(void)state;
	rig_each_ring(16, memory_kept);
}

/* More was wished for the second time: what is there has to do. */
static void memory_not_enlarged(struct rig *r)
{
	struct rig_request reqs[4];

	r->cfg.size = 4;
	r->cfg.indirect_len = 2;
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	r->cfg.indirect_len = 4;
	RIG_EQ(r, rig_start(r), LEV_ERR_NOMEM);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	r->cfg.size = 16;
	r->cfg.indirect_len = 2;
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, lev_queue_size(&r->queue), 4);
	RIG_EQ(r, r->port->allocs, 1);
	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 3; turn++) {
		for (unsigned i = 0; i < 4; i++) {
			rig_request(r, &reqs[i], 1, 1, 16);
			rig_submit(r, &reqs[i]);
		}
		for (unsigned i = 0; i < 4; i++)
			rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), 4);
	}
}

static void a_queue_never_outgrows_its_memory(void **state)
{
	(void)state;
	rig_each_ring(16, memory_not_enlarged);
}

static void alloc_failures(struct rig *r)
{
	unsigned failed = 0;

	for (unsigned n = 1;; n++) {
		int err;

		r->port->alloc_fail_at = n;
		err = rig_start(r);
		if (!err)
			break;
		failed++;
		RIG_EQ(r, err, LEV_ERR_NOMEM);
		RIG_EQ(r, lev_queue_error(&r->queue), LEV_ERR_STATE);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		lev_queue_fini(&r->queue);
		RIG_EQ(r, r->port->live_allocs, 0);
	}
	r->port->alloc_fail_at = 0;
	RIG_EQ(r, failed, 1);
	rig_echo(r);
}

static void every_failing_allocation_leaves_nothing_behind(void **state)
{
	(void)state;
	rig_each_ring(16, alloc_failures);
}

/* 16 GiB of tables: no 32-bit port is even asked for what is left of it. */
static void huge_tables(struct rig *r)
{
	struct lev_queue_slot *slots = calloc(32768, sizeof(*slots));

	assert_non_null(slots);
	r->cfg.slots = slots;
	r->cfg.size = 32768;
	r->cfg.indirect_len = 32768;
	r->port->alloc_fail_at = 1;
	RIG_EQ(r, rig_start(r), LEV_ERR_NOMEM);
	RIG_EQ(r, r->port->alloc_fail_at, SIZE_MAX == UINT32_MAX);
	r->port->alloc_fail_at = 0;
	RIG_EQ(r, r->port->allocs, 0);
	rig_down(r);
	free(slots);
}

static void tables_that_outgrow_the_memory_are_refused(void **state)
{
	(void)state;
	rig_each_ring(16, huge_tables);
}

static void wrong_memory(struct rig *r)
{
	/* The device would be live with nothing in between. */
	r->port->alloc_misalign = true;
	RIG_EQ(r, rig_start(r), LEV_ERR_NOMEM);
	RIG_EQ(r, r->port->live_allocs, 0);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	r->port->alloc_misalign = false;
	if (r->shape.version == 1) {
		r->port->alloc_above_max = true;
		RIG_EQ(r, rig_start(r), LEV_ERR_NOMEM);
		RIG_EQ(r, r->port->live_allocs, 0);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		r->port->alloc_above_max = false;
	}
	RIG_EQ(r, rig_start(r), 0);
	rig_echo(r);
}

static void memory_that_breaks_the_ports_promise_is_given_back(void **state)
{
	(void)state;
	rig_each_ring(16, wrong_memory);
}

static void two_queues(struct rig *r)
{
	struct lev_queue_slot slots[8];
	struct lev_queue other = { .next = NULL };
	struct lev_queue_config cfg = { .size = 8, .slots = slots };
	struct rig_request req;

	RIG_EQ(r, lev_device_begin(&r->dev, deadline(r, RIG_SECOND)), 0);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	RIG_EQ(r, lev_queue_init(&other, &r->dev, &cfg), 0);
	RIG_EQ(r, lev_device_ready(&r->dev), 0);
	rig_echo(r);
	rig_request(r, &req, 1, 1, 32);
	RIG_EQ(r, lev_queue_add(&other, &req.req), 0);
	RIG_EQ(r, lev_queue_kick(&other), 1);
	RIG_EQ(r, lev_queue_poll(&r->queue, 8), 0);
	RIG_EQ(r, lev_queue_poll(&other, 8), 1);
	RIG_EQ(r, req.came, 1);
	RIG_EQ(r, r->fake->queues[0].kicks, 1);
	RIG_EQ(r, r->fake->queues[1].kicks, 1);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	lev_queue_fini(&r->queue);
	lev_queue_fini(&other);
	lev_queue_fini(&other); /* harmless */
}

static void many_queues(void **state)
{
	(void)state;
	rig_each_ring(16, two_queues);
}

static void filled_before_ready(struct rig *r)
{
	struct rig_request a, b;

	RIG_EQ(r, lev_device_begin(&r->dev, deadline(r, RIG_SECOND)), 0);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	rig_request(r, &a, 1, 1, 8);
	rig_request(r, &b, 0, 1, 8);
	RIG_EQ(r, lev_queue_add(&r->queue, &a.req), 0);
	RIG_EQ(r, lev_queue_kick(&r->queue), LEV_ERR_STATE);
	RIG_EQ(r, lev_queue_add(&r->queue, &b.req), 0);
	RIG_EQ(r, r->fake->kicks, 0);
	RIG_EQ(r, lev_device_ready(&r->dev), 0);
	RIG_EQ(r, r->fake->kicks, 1);
	RIG_EQ(r, lev_queue_kick(&r->queue), 0);
	RIG_EQ(r, lev_queue_poll(&r->queue, 8), 2);
	RIG_EQ(r, a.came + b.came, 2);
}

static void a_queue_filled_before_ready_rings_then(void **state)
{
	(void)state;
	rig_each_ring(16, filled_before_ready);
}

/* A queue that could not be set up is not passed over in silence. */
static void one_queue_failed(struct rig *r)
{
	struct lev_queue_slot slots[4];
	struct lev_queue other = { .next = NULL };
	struct lev_queue_config cfg = { .size = 4, .slots = slots };

	r->fake->queues[0].size_max = 0;
	RIG_EQ(r, lev_device_begin(&r->dev, deadline(r, RIG_SECOND)), 0);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	RIG_EQ(r, lev_queue_init(&other, &r->dev, &cfg), LEV_ERR_NODEV);
	RIG_EQ(r, lev_device_ready(&r->dev), LEV_ERR_STATE);
	RIG_EQ(r, lev_device_abort(&r->dev, LEV_ERR_IO), LEV_ERR_IO);
	lev_queue_fini(&other);
	RIG_EQ(r, rig_start(r), 0);
	rig_echo(r);
}

static void ready_wants_all_queues_set_up(void **state)
{
	(void)state;
	rig_each_ring(16, one_queue_failed);
}

/* --- add --- */

static void bad_requests(struct rig *r)
{
	struct rig_request req;
	unsigned size = lev_queue_size(&r->queue);

	rig_request(r, &req, 0, 0, 4);
	RIG_EQ(r, lev_queue_add(&r->queue, &req.req), LEV_ERR_INVAL);
	for (unsigned readable = 0; readable <= 3; readable++) {
		for (unsigned empty = 0; empty < 3; empty++) {
			rig_request(r, &req, readable, 3 - readable, 4);
			req.segs[empty].len = 0;
			RIG_EQ(r, lev_queue_add(&r->queue, &req.req),
			       LEV_ERR_INVAL);
		}
	}
	for (unsigned write = 0; write < 2; write++) {
		rig_request(r, &req, !write, write, 4);
		req.segs[0].len = 0;
		RIG_EQ(r, lev_queue_add(&r->queue, &req.req), LEV_ERR_INVAL);
	}
	RIG_CHECK(r, !lev_request_pending(&req.req));
	RIG_EQ(r, lev_queue_in_flight(&r->queue), 0);
	RIG_EQ(r, lev_queue_kick(&r->queue), 0);
	RIG_EQ(r, r->fake->kicks, 0);
	/* None of them cost an entry. */
	for (unsigned i = 0; i < 2 * size; i++)
		rig_echo(r);
}

static void requests_without_bytes_are_refused(void **state)
{
	(void)state;
	rig_each(4, bad_requests);
}

static void huge_requests(struct rig *r)
{
	static const struct {
		uint32_t len[3];
		int err;
	} cases[] = {
		{ { UINT32_MAX, 1, 1 }, LEV_ERR_RANGE },
		{ { 1, 1, UINT32_MAX }, LEV_ERR_RANGE },
		{ { UINT32_MAX, UINT32_MAX, UINT32_MAX }, LEV_ERR_RANGE },
		{ { 0x80000000, 0x7fffffff, 1 }, LEV_ERR_RANGE },
		{ { 0x80000000, 0x80000000, 1 }, LEV_ERR_RANGE },
		{ { 0x55555555, 0x55555555, 0x55555555 }, 0 },
		{ { 0x80000000, 0x7ffffffe, 1 }, 0 },
		{ { UINT32_MAX - 2, 1, 1 }, 0 },
	};

	r->port->any_memory = true;
	r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned readable = 0; readable <= 3; readable++) {
			struct rig_request req;
			uint32_t lent = 0;

			rig_request(r, &req, readable, 3 - readable, 4);
			for (unsigned k = 0; k < 3; k++) {
				req.segs[k].addr = 0x10000;
				req.segs[k].len = cases[i].len[k];
				lent += k >= readable ? cases[i].len[k] : 0;
			}
			RIG_EQ(r, lev_queue_add(&r->queue, &req.req),
			       cases[i].err);
			if (cases[i].err)
				continue;
			rig_kick(r);
			rig_answer(r, lent);
			RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
			RIG_EQ(r, req.req.written, lent);
			RIG_EQ(r, r->queue.violations[LEV_VIOLATION_LEN], 0);
		}
	}
}

static void four_gib_are_too_much_for_one_request(void **state)
{
	(void)state;
	rig_each(4, huge_requests);
}

static void busy_request(struct rig *r)
{
	struct rig_request req;

	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &req, 1, 0, 4);
	RIG_EQ(r, lev_queue_add(&r->queue, &req.req), 0);
	RIG_CHECK(r, lev_request_pending(&req.req));
	RIG_EQ(r, lev_queue_add(&r->queue, &req.req), LEV_ERR_BUSY);
	rig_kick(r);
	RIG_EQ(r, lev_queue_add(&r->queue, &req.req), LEV_ERR_BUSY);
	rig_answer(r, 0);
	RIG_EQ(r, lev_queue_add(&r->queue, &req.req), LEV_ERR_BUSY);
	RIG_CHECK(r, lev_queue_reap(&r->queue) == &req.req);
	RIG_CHECK(r, !lev_request_pending(&req.req));
	RIG_EQ(r, req.came, 0);
	rig_submit(r, &req);
	rig_answer(r, 0);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), 1);
}

static void a_request_is_in_the_ring_once(void **state)
{
	(void)state;
	rig_each(4, busy_request);
}

/* --- reset --- */

enum { MANY = 8 };

static void give_back(struct rig *r)
{
	struct rig_request reqs[MANY];

	r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < MANY; i++) {
		rig_request(r, &reqs[i], 1, 1, 4);
		if (i < MANY / 2 || r->shape.indirect)
			RIG_EQ(r, lev_queue_add(&r->queue, &reqs[i].req), 0);
		if (i == 1)
			RIG_EQ(r, lev_queue_kick(&r->queue), 1);
	}
	RIG_CHECK(r, fake_queue_pop(r->fq));
	reqs[0].req.written = 99;
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, lev_queue_in_flight(&r->queue), 0);
	for (unsigned i = 0; i < MANY; i++) {
		if (i >= MANY / 2 && !r->shape.indirect)
			break;
		RIG_EQ(r, reqs[i].came, 1);
		RIG_EQ(r, reqs[i].req.err, LEV_ERR_CANCELED);
		RIG_EQ(r, reqs[i].req.written, 0);
		RIG_CHECK(r, !lev_request_pending(&reqs[i].req));
		RIG_EQ(r, lev_queue_add(&r->queue, &reqs[i].req),
		       LEV_ERR_STATE);
	}
	RIG_EQ(r, lev_queue_kick(&r->queue), LEV_ERR_STATE);
	RIG_EQ(r, lev_queue_poll(&r->queue, 1), LEV_ERR_STATE);
	RIG_CHECK(r, !lev_queue_reap(&r->queue));
	RIG_CHECK(r, !lev_queue_arm(&r->queue));
	lev_queue_disarm(&r->queue);
	RIG_EQ(r, rig_start(r), 0);
	r->fake->mode = FAKE_ON_KICK;
	rig_echo(r);
}

static void a_reset_gives_back_what_was_added(void **state)
{
	(void)state;
	rig_each(MANY, give_back);
}

static void add_in_cancel(struct rig_request *req)
{
	req->result = lev_queue_add(&req->rig->queue, &req->req);
}

static void adding_while_canceled(struct rig *r)
{
	struct rig_request req;

	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &req, 1, 0, 4);
	req.then = add_in_cancel;
	rig_submit(r, &req);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, req.came, 1);
	RIG_EQ(r, req.result, LEV_ERR_STATE);
	RIG_CHECK(r, !lev_request_pending(&req.req));
}

static void a_canceled_request_cannot_be_added_at_once(void **state)
{
	(void)state;
	rig_each(4, adding_while_canceled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_of_every_ring),
		cmocka_unit_test(a_configuration_without_sense_is_refused),
		cmocka_unit_test(a_smaller_queue_of_the_device_is_used),
		cmocka_unit_test(a_queue_too_small_is_an_error_that_is_logged),
		cmocka_unit_test(a_reset_keeps_the_memory_of_a_queue),
		cmocka_unit_test(a_queue_never_outgrows_its_memory),
		cmocka_unit_test(
			every_failing_allocation_leaves_nothing_behind),
		cmocka_unit_test(tables_that_outgrow_the_memory_are_refused),
		cmocka_unit_test(
			memory_that_breaks_the_ports_promise_is_given_back),
		cmocka_unit_test(many_queues),
		cmocka_unit_test(a_queue_filled_before_ready_rings_then),
		cmocka_unit_test(ready_wants_all_queues_set_up),
		cmocka_unit_test(requests_without_bytes_are_refused),
		cmocka_unit_test(four_gib_are_too_much_for_one_request),
		cmocka_unit_test(a_request_is_in_the_ring_once),
		cmocka_unit_test(a_reset_gives_back_what_was_added),
		cmocka_unit_test(a_canceled_request_cannot_be_added_at_once),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
