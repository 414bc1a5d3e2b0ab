/* SPDX-License-Identifier: MIT */
/*
 * drivers/rng.c against a device that breaks the rules, a port that cannot, and
 * a caller at the wrong time. Whatever happens, what was lent comes back, and
 * what comes back as random is what the device gave.
 */
#include "rng_rig.h"

static const uint64_t SECOND = 1000000000;

static bool mapped(const struct rng_case *c)
{
	return c->map != RRIG_IDENTITY;
}

static bool in_pieces(const struct rng_case *c)
{
	return c->map == RRIG_PIECES;
}

/* Up again after a failure, with the memory that there was. */
static void assert_restarts(struct rng_rig *rig)
{
	const unsigned allocs = rig->port->allocs;

	assert_int_equal(lev_rng_restart(&rig->rng), 0);
	assert_int_equal(rig->port->live_maps, 0);
	rrig_assert_works(rig);
	assert_int_equal(rig->port->allocs, allocs);
}

/* Every request is back, by a reset; nothing is lent. */
static void assert_all_canceled(struct rng_rig *rig, unsigned count)
{
	assert_int_equal(rig->came, count);
	for (unsigned i = 1; i <= count; i++) {
		assert_int_equal(rig->requests[i].err, LEV_ERR_CANCELED);
		assert_int_equal(rig->requests[i].got, 0);
	}
	assert_int_equal(rig->port->live_maps, 0);
	assert_int_equal(lev_rng_poll(&rig->rng), LEV_ERR_STATE);
	assert_int_equal(rrig_read(rig, 1), LEV_ERR_STATE);
	rig->came = 0;
}

/* --- lengths --- */

static void an_empty_answer_is_an_error(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.fake->give_max_set = true;
	assert_int_equal(rrig_read(&rig, 8), LEV_ERR_PROTO);
	rrig_submit(&rig, 1, 8);
	assert_int_equal(lev_rng_poll(&rig.rng), 1);
	assert_int_equal(rig.requests[1].err, LEV_ERR_PROTO);
	assert_int_equal(rig.requests[1].got, 0);
	/* It has nothing of ours: no reason for a reset. */
	assert_int_equal(rig.fake->dev.resets, 1);
	rig.fake->give_max_set = false;
	rrig_assert_works(&rig);
	rrig_close(&rig);
}

static void an_empty_answer_may_come_late(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.fake->give_max_set = true;
	rig.fake->give_max = 5;
	fake_queue_fault(&rig.fake->dev.queues[0], FAKE_USED_LEN, 3, 0);
	assert_int_equal(rrig_read(&rig, 16), LEV_ERR_PROTO);
	assert_int_equal(rig.fake->requests, 3);
	rrig_assert_works(&rig);
	rrig_close(&rig);
}

static void a_length_beyond_the_buffer_is_clamped(void **state)
{
	static const uint32_t lengths[] = { 9, 16, 0x10008, 0x80000000,
					    UINT32_MAX };
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.fake->used_len_set = true;
	for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		rig.fake->used_len = lengths[i];
		assert_int_equal(rrig_read(&rig, 8), 0);
		assert_true(fake_rng_took(rig.fake, rig.buf[0], 8));
		rrig_submit(&rig, 1, 8);
		assert_int_equal(lev_rng_poll(&rig.rng), 1);
		rrig_assert_got(&rig, 1, 8);
	}
	rrig_close(&rig);
}

static void bytes_beyond_the_length_do_not_count(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.fake->used_len_set = true;
	rig.fake->used_len = 3; /* of 8 that it writes */
	rrig_submit(&rig, 1, 8);
	assert_int_equal(lev_rng_poll(&rig.rng), 1);
	rrig_assert_got(&rig, 1, 3);
	rig.fake->used_len_set = false;
	rrig_assert_works(&rig);
	rrig_close(&rig);
}

/* Nobody can tell what is random; the driver does not pretend to. */
static void equal_bytes_are_passed_on(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.fake->same_set = true;
	rrig_assert_works(&rig);
	rrig_assert_works(&rig);
	rrig_close(&rig);
}

/* --- silence --- */

static void silence_ends_in_a_reset(void **state)
{
	struct rng_rig rig;
	uint64_t start;

	rrig_open(&rig, *state);
	for (unsigned i = 1; i <= 3; i++) {
		rrig_submit(&rig, 1, 4);
		assert_int_equal(lev_rng_poll(&rig.rng), 1);
		rig.came = 0;
		rig.fake->dev.faults.silent = true;
		rrig_submit(&rig, 1, 4);
		start = rig.port->clock;
		assert_int_equal(lev_rng_read(&rig.rng, rig.buf[0], 8,
					      start + SECOND / 10),
				 LEV_ERR_TIMEDOUT);
		assert_true(rig.port->clock - start >= SECOND / 10);
		assert_true(rig.port->clock - start < SECOND / 10 * 11 / 10);
		assert_int_equal(rig.fake->dev.status, 0);
		assert_all_canceled(&rig, 1);
		rig.fake->dev.faults.silent = false;
		assert_restarts(&rig);
	}
	rrig_close(&rig);
}

/* Some of it came, the rest does not. */
static void fall_silent(struct fake_dev *dev, uint32_t reg, bool write,
			uint32_t value)
{
	struct rng_rig *rig = dev->arg;

	(void)value;
	if (write && reg == FAKE_REG_QUEUE_NOTIFY && rig->fake->requests == 2)
		dev->faults.silent = true;
}

static void silence_in_the_middle(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.fake->give_max = 4;
	rig.fake->give_max_set = true;
	rig.fake->dev.on_access = fall_silent;
	rig.fake->dev.arg = &rig;
	assert_int_equal(rrig_read(&rig, 16), LEV_ERR_TIMEDOUT);
	assert_all_canceled(&rig, 0);
	rig.fake->dev.on_access = NULL;
	rig.fake->dev.faults.silent = false;
	assert_restarts(&rig);
	rrig_close(&rig);
}

static void a_deadline_that_is_over_is_over(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.fake->dev.mode = FAKE_ON_RUN;
	assert_int_equal(lev_rng_read(&rig.rng, rig.buf[0], 8, 0),
			 LEV_ERR_TIMEDOUT);
	assert_all_canceled(&rig, 0);
	assert_restarts(&rig);
	rrig_close(&rig);
}

/* --- a device that cannot be reset --- */

static void assert_stuck(struct rng_rig *rig, unsigned lent)
{
	assert_int_equal(lev_rng_fini(&rig->rng), LEV_ERR_STUCK);
	assert_int_equal(lev_rng_restart(&rig->rng), LEV_ERR_STUCK);
	assert_int_equal(lev_rng_poll(&rig->rng), LEV_ERR_STATE);
	assert_int_equal(rrig_read(rig, 4), LEV_ERR_STATE);
	assert_int_equal(lev_rng_submit(&rig->rng, &rig->requests[2]),
			 LEV_ERR_STATE);
	assert_int_equal(lev_queue_in_flight(&rig->rng.requestq), lent);
	if (rig->port->map_mode != FAKE_MAP_NONE)
		assert_int_equal(rig->port->live_maps, lent);
	assert_int_equal(rig->port->live_allocs, 1);
	assert_int_equal(rig->came, 0);
	assert_ptr_equal(rig->mmio.transport.owner, &rig->rng.dev);
}

static void stuck_keeps_what_is_lent(void **state)
{
	struct rng_rig rig;

	for (unsigned way = 0; way < 2; way++) {
		rrig_open(&rig, *state);
		rig.port->relax_step = 1000000;
		rig.fake->dev.faults.silent = true;
		rig.fake->dev.faults.reset_stuck = true;
		rrig_submit(&rig, 1, 4);
		assert_int_equal(rrig_read(&rig, 8), LEV_ERR_STUCK);
		assert_stuck(&rig, 2);
		rig.fake->dev.faults.reset_stuck = false;
		rig.fake->dev.faults.silent = false;
		if (way == 0) {
			assert_restarts(&rig);
			assert_int_equal(rig.came, 1);
			rrig_close(&rig);
		} else {
			assert_int_equal(lev_rng_fini(&rig.rng), 0);
			assert_int_equal(rig.came, 1);
			rrig_drop(&rig);
		}
	}
}

/* The queue is there, DRIVER_OK is not, and no reset is confirmed. */
static void jam(struct fake_dev *dev, uint32_t reg, bool write, uint32_t value)
{
	(void)value;
	if (!write ||
	    (reg != FAKE_REG_QUEUE_READY && reg != FAKE_REG_QUEUE_PFN))
		return;
	dev->faults.reset_stuck = true;
	fake_needs_reset(dev);
}

static void stuck_in_init(void **state)
{
	struct rng_rig rig;

	rrig_new(&rig, *state);
	rig.port->relax_step = 1000000;
	rig.fake->dev.on_access = jam;
	assert_int_equal(rrig_init(&rig), LEV_ERR_STUCK);
	assert_stuck(&rig, 0);
	rig.fake->dev.on_access = NULL;
	rig.fake->dev.faults.reset_stuck = false;
	assert_int_equal(lev_rng_fini(&rig.rng), 0);
	rrig_assert_back(&rig);
	assert_int_equal(rrig_init(&rig), 0);
	rrig_assert_works(&rig);
	rrig_close(&rig);
}

static void a_first_reset_that_hangs_times_out(void **state)
{
	struct rng_rig rig;
	uint64_t start;

	rrig_new(&rig, *state);
	rig.port->relax_step = 1000000;
	rig.fake->dev.status = FAKE_ACKNOWLEDGE; /* firmware was here */
	rig.fake->dev.faults.reset_stuck = true;
	start = rig.port->clock;
	assert_int_equal(rrig_init(&rig), LEV_ERR_TIMEDOUT);
	assert_true(rig.port->clock - start >= LEV_RESET_TIMEOUT);
	assert_true(rig.port->clock - start < LEV_RESET_TIMEOUT * 11ull / 10);
	rrig_assert_back(&rig);
	rig.fake->dev.faults.reset_stuck = false;
	assert_int_equal(rrig_init(&rig), 0);
	rrig_close(&rig);
}

/* --- the ring breaks --- */

static const struct {
	enum fake_ring_fault what;
	uint32_t arg;
} ring_faults[] = {
	{ FAKE_USED_ID, 8 },
	{ FAKE_USED_ID, UINT32_MAX },
	{ FAKE_USED_ID, 0x10000 },
	{ FAKE_USED_JUMP, 0x8000 },
};

static void a_broken_ring_is_an_error(void **state)
{
	struct rng_rig rig;

	for (size_t k = 0; k < sizeof(ring_faults) / sizeof(*ring_faults);
	     k++) {
		rrig_open(&rig, *state);
		fake_queue_fault(&rig.fake->dev.queues[0], ring_faults[k].what,
				 1, ring_faults[k].arg);
		assert_int_equal(rrig_read(&rig, 8), LEV_ERR_PROTO);
		assert_int_equal(rig.fake->dev.status, 0);
		assert_all_canceled(&rig, 0);
		assert_restarts(&rig);
		rrig_close(&rig);
	}
}

static void a_broken_ring_takes_nothing_more(void **state)
{
	struct rng_rig rig;

	for (size_t k = 0; k < sizeof(ring_faults) / sizeof(*ring_faults);
	     k++) {
		rrig_open(&rig, *state);
		fake_queue_fault(&rig.fake->dev.queues[0], ring_faults[k].what,
				 1, ring_faults[k].arg);
		rrig_submit(&rig, 1, 8);
		assert_int_equal(lev_rng_poll(&rig.rng), LEV_ERR_PROTO);
		assert_int_equal(lev_rng_poll(&rig.rng), LEV_ERR_PROTO);
		assert_int_equal(rrig_read(&rig, 4), LEV_ERR_PROTO);
		rig.requests[2].buf = rig.buf[2];
		rig.requests[2].len = 4;
		assert_int_equal(lev_rng_submit(&rig.rng, &rig.requests[2]),
				 LEV_ERR_PROTO);
		/* Only the first is lent; it comes back with the reset. */
		assert_int_equal(rig.port->live_maps,
				 rig.port->map_mode != FAKE_MAP_NONE);
		assert_int_equal(rig.came, 0);
		assert_restarts(&rig);
		assert_int_equal(rig.came, 1);
		assert_int_equal(rig.requests[1].err, LEV_ERR_CANCELED);
		rrig_close(&rig);
	}
}

/* --- a device that gives up, or is pulled out --- */

static void needs_reset_is_noticed(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.fake->dev.faults.silent = true;
	rig.fake->dev.faults.needs_reset_at_kick = 1;
	assert_int_equal(rrig_read(&rig, 8), LEV_ERR_IO);
	assert_all_canceled(&rig, 0);
	rig.fake->dev.faults.silent = false;
	assert_restarts(&rig);
	fake_needs_reset(&rig.fake->dev);
	assert_int_equal(lev_rng_poll(&rig.rng), LEV_ERR_IO);
	assert_int_equal(lev_rng_poll(&rig.rng), LEV_ERR_IO);
	assert_restarts(&rig);
	rrig_close(&rig);
}

static void removed_while_it_has_buffers(void **state)
{
	struct rng_rig rig;

	for (unsigned told = 0; told < 2; told++) {
		rrig_open(&rig, *state);
		rig.fake->dev.mode = FAKE_ON_RUN;
		rrig_submit(&rig, 1, 8);
		rrig_submit(&rig, 2, 8);
		rig.fake->dev.faults.removed = true;
		if (told) {
			lev_device_gone(&rig.rng.dev);
		} else {
			assert_int_equal(lev_rng_poll(&rig.rng), LEV_ERR_NODEV);
			assert_int_equal(rrig_read(&rig, 8), LEV_ERR_NODEV);
		}
		assert_all_canceled(&rig, 2);
		assert_int_equal(lev_rng_restart(&rig.rng), LEV_ERR_NODEV);
		rig.fake->dev.faults.removed = false;
		rig.fake->dev.mode = FAKE_ON_KICK;
		assert_restarts(&rig);
		/* Gone again, noticed by nobody but the end. */
		rrig_submit(&rig, 1, 8);
		rig.fake->dev.faults.removed = true;
		rrig_close(&rig);
	}
}

static unsigned plugged;

static void unplug(struct fake_dev *dev, uint32_t reg, bool write,
		   uint32_t value)
{
	(void)reg;
	(void)write;
	(void)value;
	if (plugged && --plugged == 0)
		dev->faults.removed = true;
}

static void removed_at_any_access_of_init(void **state)
{
	struct rng_rig rig;
	unsigned n = 1;
	int err;

	do {
		rrig_new(&rig, *state);
		rig.fake->dev.on_access = unplug;
		plugged = 4 + n++; /* after the probe's four */
		err = rrig_init(&rig);
		/* Gone with the last write: that is noticed later on. */
		if (!err && !plugged) {
			assert_int_equal(rrig_read(&rig, 4), LEV_ERR_NODEV);
			err = 1;
		} else if (err) {
			assert_int_equal(err, LEV_ERR_NODEV);
			rrig_assert_back(&rig);
			rig.fake->dev.faults.removed = false;
			assert_int_equal(rrig_init(&rig), 0);
			rrig_assert_works(&rig);
		}
		plugged = 0;
		rrig_close(&rig);
	} while (err);
	assert_true(n > 15);
}

/* --- what restart finds --- */

static void restart_takes_buffers_back(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	for (unsigned i = 0; i < 3; i++) {
		rig.fake->dev.mode = FAKE_ON_RUN;
		rrig_submit(&rig, 1, 8);
		rrig_submit(&rig, 2, 8);
		rig.fake->dev.mode = FAKE_ON_KICK;
		assert_restarts(&rig);
		assert_int_equal(rig.came, 2);
		assert_int_equal(rig.requests[1].err, LEV_ERR_CANCELED);
		assert_int_equal(rig.requests[2].err, LEV_ERR_CANCELED);
		rig.came = 0;
	}
	rrig_close(&rig);
}

static void restart_may_fail_and_be_tried_again(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.fake->dev.features[0] ^= (uint64_t)1 << FAKE_F_EVENT_IDX;
	assert_int_equal(lev_rng_restart(&rig.rng), LEV_ERR_PROTO);
	assert_int_equal(rrig_read(&rig, 4), LEV_ERR_STATE);
	rig.fake->dev.features[0] ^= (uint64_t)1 << FAKE_F_EVENT_IDX;
	assert_restarts(&rig);
	rig.fake->dev.queues[0].size_max = 0;
	assert_int_equal(lev_rng_restart(&rig.rng), LEV_ERR_NODEV);
	rig.fake->dev.queues[0].size_max = 2;
	assert_restarts(&rig);
	rig.fake->dev.queues[0].size_max = 256;
	assert_restarts(&rig);
	rrig_close(&rig);
}

/* --- memory --- */

static void allocation_may_fail(void **state)
{
	struct rng_rig rig;

	rrig_new(&rig, *state);
	rig.port->alloc_fail_at = 1;
	assert_int_equal(rrig_init(&rig), LEV_ERR_NOMEM);
	rrig_assert_back(&rig);
	rig.port->alloc_misalign = true;
	assert_int_equal(rrig_init(&rig), LEV_ERR_NOMEM);
	rrig_assert_back(&rig);
	rig.port->alloc_misalign = false;
	assert_int_equal(rrig_init(&rig), 0);
	assert_int_equal(rig.port->live_allocs, 1);
	rrig_assert_works(&rig);
	rrig_close(&rig);
}

static void lending_may_fail(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.port->map_fail_at = 1;
	assert_int_equal(rrig_read(&rig, 8), LEV_ERR_NOMEM);
	rrig_assert_works(&rig);
	rig.fake->give_max = 8;
	rig.fake->give_max_set = true;
	rig.port->map_fail_at = 2; /* that of the second half */
	assert_int_equal(rrig_read(&rig, 16), LEV_ERR_NOMEM);
	rrig_assert_works(&rig);
	rig.port->map_piece = 4; /* 4 of these are all that a request holds */
	rrig_assert_works(&rig);
	assert_int_equal(rrig_read(&rig, 17), LEV_ERR_RANGE);
	rrig_assert_works(&rig);
	rrig_close(&rig);
}

static void more_pieces_than_the_queue(void **state)
{
	struct rng_case c = *(const struct rng_case *)*state;
	struct rng_rig rig;

	c.queue_size = 2;
	rrig_open(&rig, &c);
	assert_int_equal(rrig_read(&rig, 2 * RRIG_PIECE), 0);
	assert_int_equal(rrig_read(&rig, 2 * RRIG_PIECE + 1), LEV_ERR_RANGE);
	rrig_assert_works(&rig);
	rrig_close(&rig);
}

static void lengths_that_cannot_be_lent(void **state)
{
	struct rng_rig rig;

	rrig_open(&rig, *state);
	rig.requests[0].buf = rig.buf[0];
	assert_int_equal(lev_rng_submit(&rig.rng, &rig.requests[0]),
			 LEV_ERR_INVAL);
#if SIZE_MAX > UINT32_MAX
	rig.requests[0].len = (size_t)UINT32_MAX + 1;
	assert_int_equal(lev_rng_submit(&rig.rng, &rig.requests[0]),
			 LEV_ERR_INVAL);
#endif
	rrig_assert_works(&rig);
	rrig_close(&rig);
}

/* --- registers --- */

static void an_unsettled_device_is_refused(void **state)
{
	const struct rng_case *c = *state;
	struct fake_faults *faults;
	struct rng_rig rig;

	rrig_new(&rig, c);
	faults = &rig.fake->dev.faults;
	faults->ready_not_sticking = true;
	assert_int_equal(rrig_init(&rig), LEV_ERR_PROTO);
	faults->ready_not_sticking = false;
	faults->in_use_after_reset = true;
	assert_int_equal(rrig_init(&rig), LEV_ERR_BUSY);
	faults->in_use_after_reset = false;
	rig.fake->dev.queues[0].size_max = 0;
	assert_int_equal(rrig_init(&rig), LEV_ERR_NODEV);
	rig.fake->dev.queues[0].size_max = 8;
	if (c->version == 2) {
		faults->features_ok_refused = true;
		assert_int_equal(rrig_init(&rig), LEV_ERR_NOTSUP);
		faults->features_ok_refused = false;
	}
	rrig_assert_back(&rig);
	assert_int_equal(rrig_init(&rig), 0);
	rrig_assert_works(&rig);
	rrig_close(&rig);
}

static struct {
	uint32_t (*read)(void *ctx, uint64_t reg, unsigned width);
	unsigned left;
	uint32_t value;
} spoiled;

static uint32_t spoil(void *ctx, uint64_t reg, unsigned width)
{
	const uint32_t value = spoiled.read(ctx, reg, width);

	if (spoiled.left && --spoiled.left == 0)
		return spoiled.value & (UINT32_MAX >> (32 - 8 * width));
	return value;
}

static unsigned lied_to(const struct rng_case *c, uint32_t value, unsigned n)
{
	struct rng_rig rig;
	unsigned left;
	int err;

	rrig_new(&rig, c);
	rig.port->relax_step = 1000000;
	assert_int_equal(
		lev_mmio_probe(&rig.mmio, &rig.port->hal, rig.fake->dev.cookie),
		0);
	spoiled.read = rig.port->ops.reg_read;
	rig.port->ops.reg_read = spoil;
	spoiled.left = n;
	spoiled.value = value;
	err = lev_rng_init(&rig.rng, &rig.mmio.transport);
	left = spoiled.left;
	spoiled.left = 0;
	assert_int_not_equal(err, LEV_ERR_STUCK);
	assert_int_equal(lev_rng_fini(&rig.rng), 0);
	/* Misled, it may have broken rules; see to leaks. */
	fake_violation_clear(rig.port);
	assert_int_equal(rrig_init(&rig), 0);
	rrig_assert_works(&rig);
	rrig_close(&rig);
	return left;
}

static void any_register_may_lie(void **state)
{
	static const uint32_t values[] = {
		0, 1, 2, 0x40, 0x81, 0x80000000, 0xffff, UINT32_MAX
	};

	for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
		unsigned n = 1;

		while (!lied_to(*state, values[k], n))
			n++;
		assert_true(n > 6);
	}
}

/* --- who may use it --- */

static void a_claimed_slot_is_left_alone(void **state)
{
	struct lev_rng second;
	struct rng_rig rig;
	unsigned accesses;

	rrig_open(&rig, *state);
	accesses = rig.port->reads + rig.port->writes;
	memset(&second, 0, sizeof(second));
	assert_int_equal(lev_rng_init(&second, &rig.mmio.transport),
			 LEV_ERR_BUSY);
	assert_int_equal(lev_rng_init(&rig.rng, &rig.mmio.transport),
			 LEV_ERR_BUSY);
	assert_int_equal(lev_rng_fini(&second), 0);
	assert_int_equal(rig.port->reads + rig.port->writes, accesses);
	rrig_assert_works(&rig);
	rrig_close(&rig);
}

static void assert_refuses(struct rng_rig *rig)
{
	uint8_t byte;

	rig->requests[0].buf = rig->buf[0];
	rig->requests[0].len = 4;
	assert_int_equal(lev_rng_poll(&rig->rng), LEV_ERR_STATE);
	assert_int_equal(lev_rng_restart(&rig->rng), LEV_ERR_STATE);
	assert_int_equal(lev_rng_submit(&rig->rng, &rig->requests[0]),
			 LEV_ERR_STATE);
	assert_int_equal(lev_rng_read(&rig->rng, &byte, 1, UINT64_MAX),
			 LEV_ERR_STATE);
	assert_int_equal(lev_rng_fini(&rig->rng), 0);
}

static void what_is_not_up_is_not_used(void **state)
{
	struct rng_rig rig;

	rrig_new(&rig, *state);
	assert_refuses(&rig);
	rig.fake->dev.id = 18;
	assert_int_equal(rrig_init(&rig), LEV_ERR_NODEV);
	assert_refuses(&rig);
	rig.fake->dev.id = 4;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(rrig_init(&rig), 0);
		rrig_assert_works(&rig);
		assert_int_equal(lev_rng_fini(&rig.rng), 0);
		assert_refuses(&rig);
	}
	rrig_drop(&rig);
}

/* What breaks a split ring; packed ones have tests of their own. */
static bool is_split(const struct rng_case *c)
{
	return !(c->offers & OFFERS_PACKED);
}

int main(void)
{
#define TEST(name)                                                             \
	{                                                                      \
#name, name, NULL                                              \
	}
#define TEST_SPLIT(name)                                                       \
	{                                                                      \
#name, name, is_split                                          \
	}
	static const struct rng_test tests[] = {
		TEST(an_empty_answer_is_an_error),
		TEST(an_empty_answer_may_come_late),
		TEST(a_length_beyond_the_buffer_is_clamped),
		TEST(bytes_beyond_the_length_do_not_count),
		TEST(equal_bytes_are_passed_on),
		TEST(silence_ends_in_a_reset),
		TEST(silence_in_the_middle),
		TEST(a_deadline_that_is_over_is_over),
		TEST(stuck_keeps_what_is_lent),
		TEST(stuck_in_init),
		TEST(a_first_reset_that_hangs_times_out),
		TEST_SPLIT(a_broken_ring_is_an_error),
		TEST_SPLIT(a_broken_ring_takes_nothing_more),
		TEST(needs_reset_is_noticed),
		TEST(removed_while_it_has_buffers),
		TEST(removed_at_any_access_of_init),
		TEST(restart_takes_buffers_back),
		TEST(restart_may_fail_and_be_tried_again),
		TEST(allocation_may_fail),
		{ "lending_may_fail", lending_may_fail, mapped },
		{ "more_pieces_than_the_queue", more_pieces_than_the_queue,
		  in_pieces },
		TEST(lengths_that_cannot_be_lent),
		TEST(an_unsettled_device_is_refused),
		TEST(any_register_may_lie),
		TEST(a_claimed_slot_is_left_alone),
		TEST(what_is_not_up_is_not_used),
		{ NULL, NULL, NULL },
	};

	return rrig_run_versions(tests);
}
