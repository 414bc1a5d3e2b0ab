/* SPDX-License-Identifier: MIT */
/*
 * The input driver with a device that breaks its ring, asks for a reset, is
 * pulled out, cannot be reset, or lies in any register.
 */
#include "input_rig.h"

/* A key goes through, once down and once up. */
static void assert_types(struct input_rig *rig)
{
	rig->nheard = 0;
	fake_input_key(rig->fake, 30, true);
	assert_int_equal(irig_poll(rig), 2);
	assert_true(lev_input_pressed(&rig->input, 30));
	fake_input_key(rig->fake, 30, false);
	assert_int_equal(irig_poll(rig), 2);
	assert_int_equal(irig_held(rig), 0);
	assert_int_equal(rig->nheard, 4);
	assert_int_equal(rig->heard[0].code, 30);
	assert_int_equal(rig->heard[0].value, 1);
	assert_int_equal(rig->heard[2].value, 0);
	assert_int_equal(lev_input_poll(&rig->input), 0);
}

static void hold(struct input_rig *rig, uint16_t code)
{
	fake_input_key(rig->fake, code, true);
	assert_int_equal(irig_poll(rig), 2);
	assert_true(lev_input_pressed(&rig->input, code));
}

/* A restart releases what is held, then types; it takes no more memory. */
static void assert_restarts(struct input_rig *rig)
{
	const unsigned held = irig_held(rig);
	const unsigned allocs = rig->port->allocs;

	rig->nheard = 0;
	assert_int_equal(lev_input_restart(&rig->input), 0);
	assert_int_equal(rig->nheard, held + 2);
	assert_int_equal(rig->heard[0].code, LEV_INPUT_SYN_DROPPED);
	for (unsigned i = 1; i <= held; i++) {
		assert_int_equal(rig->heard[i].type, LEV_INPUT_EV_KEY);
		assert_int_equal(rig->heard[i].value, 0);
	}
	assert_int_equal(rig->heard[held + 1].code, LEV_INPUT_SYN_REPORT);
	assert_int_equal(irig_held(rig), 0);
	assert_types(rig);
	assert_int_equal(rig->port->allocs, allocs);
}

/* --- restart --- */

static void restart_releases_what_is_held(void **state)
{
	struct input_rig rig;

	irig_open(&rig, *state);
	assert_restarts(&rig);
	hold(&rig, 5);
	hold(&rig, 127);
	assert_restarts(&rig);
	/* Events that nobody polled for are gone with the reset. */
	fake_input_key(rig.fake, 9, true);
	assert_restarts(&rig);
	irig_close(&rig);
}

static void restart_with_other_features_is_refused(void **state)
{
	struct input_rig rig;

	irig_open(&rig, *state);
	hold(&rig, 5);
	rig.fake->dev.features[0] ^= (uint64_t)1 << FAKE_F_EVENT_IDX;
	assert_int_equal(lev_input_restart(&rig.input), LEV_ERR_PROTO);
	assert_int_equal(irig_held(&rig), 0);
	assert_int_equal(lev_input_poll(&rig.input), LEV_ERR_STATE);
	rig.fake->dev.features[0] ^= (uint64_t)1 << FAKE_F_EVENT_IDX;
	assert_restarts(&rig);
	irig_close(&rig);
}

static void restart_with_another_queue(void **state)
{
	static const uint32_t sizes[] = { 32, 8, 5, 64, 256 };
	struct input_rig rig;

	irig_open(&rig, *state);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		rig.fake->dev.queues[0].size_max = sizes[i];
		assert_restarts(&rig);
	}
	rig.fake->dev.queues[0].size_max = 0;
	assert_int_equal(lev_input_restart(&rig.input), LEV_ERR_NODEV);
	rig.fake->dev.queues[0].size_max = 64;
	assert_restarts(&rig);
	irig_close(&rig);
}

static void restart_with_another_name(void **state)
{
	struct input_rig rig;

	irig_open(&rig, *state);
	fake_input_answer(rig.fake, FAKE_INPUT_NAME, 0, "kbd", 3);
	fake_input_answer(rig.fake, FAKE_INPUT_DEVIDS, 0, NULL, 0);
	assert_restarts(&rig);
	assert_string_equal(rig.input.name, "kbd");
	assert_int_equal(rig.input.ids.vendor, 0);
	irig_close(&rig);
}

/* --- the ring breaks --- */

static void a_broken_ring_is_an_error(void **state)
{
	static const struct {
		enum fake_ring_fault what;
		uint32_t arg;
	} faults[] = {
		{ FAKE_USED_ID, 64 },	   { FAKE_USED_ID, UINT32_MAX },
		{ FAKE_USED_ID, 0x10000 }, { FAKE_USED_JUMP, 0x8000 },
		{ FAKE_USED_TWICE, 0 },
	};
	struct input_rig rig;

	for (size_t k = 0; k < sizeof(faults) / sizeof(faults[0]); k++) {
		for (unsigned nth = 1; nth <= 4; nth++) {
			irig_open(&rig, *state);
			hold(&rig, 7);
			fake_queue_fault(&rig.fake->dev.queues[0],
					 faults[k].what, nth, faults[k].arg);
			fake_input_key(rig.fake, 8, true);
			fake_input_key(rig.fake, 8, false);
			/* At once, though events may have come before. */
			assert_int_equal(lev_input_poll(&rig.input),
					 LEV_ERR_PROTO);
			assert_int_equal(lev_input_poll(&rig.input),
					 LEV_ERR_PROTO);
			assert_restarts(&rig);
			irig_close(&rig);
		}
	}
}

/* --- a device that asks for a reset --- */

static void needs_reset_is_noticed(void **state)
{
	struct input_rig rig;

	irig_open(&rig, *state);
	hold(&rig, 7);
	fake_needs_reset(&rig.fake->dev);
	assert_true(lev_device_isr(&rig.input.dev) & LEV_INTERRUPT_CONFIG);
	assert_int_equal(lev_input_poll(&rig.input), LEV_ERR_IO);
	assert_int_equal(lev_input_poll(&rig.input), LEV_ERR_IO);
	assert_restarts(&rig);
	irig_close(&rig);
}

static void another_configuration_is_no_reason_to_stop(void **state)
{
	const uint8_t byte = 0;
	struct input_rig rig;

	irig_open(&rig, *state);
	fake_config_set(&rig.fake->dev, 100, &byte, 1);
	assert_true(lev_device_isr(&rig.input.dev) & LEV_INTERRUPT_CONFIG);
	assert_types(&rig);
	irig_close(&rig);
}

/* --- a device that is pulled out --- */

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
	struct input_rig rig;
	unsigned n = 1;
	int err;

	do {
		irig_new(&rig, *state);
		/* The last look at the generation goes to an empty slot. */
		fake_ignore(rig.port, "CORE-CFG-02");
		rig.fake->dev.on_access = unplug;
		plugged = 3 + n++; /* after the probe's three */
		err = irig_init(&rig);
		/* Gone with the last write: that is noticed later on. */
		if (!err && !plugged) {
			(void)lev_device_isr(&rig.input.dev);
			assert_int_equal(lev_input_poll(&rig.input),
					 LEV_ERR_NODEV);
			err = 1;
		} else if (err) {
			assert_int_equal(err, LEV_ERR_NODEV);
			irig_assert_back(&rig);
			rig.fake->dev.faults.removed = false;
			assert_int_equal(irig_init(&rig), 0);
			assert_types(&rig);
		}
		plugged = 0;
		irig_close(&rig);
	} while (err);
	assert_true(n > 40);
}

static void removed_while_keys_are_held(void **state)
{
	struct input_rig rig;

	for (unsigned told = 0; told < 2; told++) {
		irig_open(&rig, *state);
		hold(&rig, 7);
		rig.fake->dev.faults.removed = true;
		if (told) {
			lev_device_gone(&rig.input.dev);
			assert_int_equal(lev_input_poll(&rig.input),
					 LEV_ERR_STATE);
		} else {
			(void)lev_device_isr(&rig.input.dev); /* all ones */
			assert_int_equal(lev_input_poll(&rig.input),
					 LEV_ERR_NODEV);
		}
		assert_int_equal(lev_input_restart(&rig.input), LEV_ERR_NODEV);
		assert_int_equal(irig_held(&rig), 0);
		assert_int_equal(irig_heard(&rig, LEV_INPUT_EV_KEY, 7, 0), 1);
		rig.fake->dev.faults.removed = false;
		assert_restarts(&rig);
		rig.fake->dev.faults.removed = true;
		irig_close(&rig);
	}
}

/* --- a device that cannot be reset --- */

static void assert_stuck(struct input_rig *rig, unsigned live)
{
	assert_true(live > 0);
	assert_int_equal(lev_input_fini(&rig->input), LEV_ERR_STUCK);
	assert_int_equal(lev_input_poll(&rig->input), LEV_ERR_STATE);
	assert_int_equal(rig->port->live_allocs, live);
	assert_ptr_equal(rig->mmio.transport.owner, &rig->input.dev);
}

static void stuck_in_fini_and_restart(void **state)
{
	struct input_rig rig;
	unsigned live;

	irig_open(&rig, *state);
	rig.port->relax_step = 1000000;
	hold(&rig, 7);
	live = rig.port->live_allocs;
	rig.fake->dev.faults.reset_stuck = true;
	assert_int_equal(lev_input_restart(&rig.input), LEV_ERR_STUCK);
	assert_stuck(&rig, live);
	assert_int_equal(lev_input_restart(&rig.input), LEV_ERR_STUCK);
	assert_stuck(&rig, live);
	rig.fake->dev.faults.reset_stuck = false;
	assert_restarts(&rig);
	rig.fake->dev.faults.reset_stuck = true;
	assert_stuck(&rig, live);
	rig.fake->dev.faults.reset_stuck = false;
	irig_close(&rig);
}

/* The queue is there, the buffers are not, and no reset is confirmed. */
static void jam(struct fake_dev *dev, uint32_t reg, bool write, uint32_t value)
{
	(void)value;
	if (write && (reg == FAKE_REG_QUEUE_READY || reg == FAKE_REG_QUEUE_PFN))
		dev->faults.reset_stuck = true;
}

static void stuck_in_init(void **state)
{
	struct input_rig rig;

	irig_new(&rig, *state);
	rig.port->relax_step = 1000000;
	rig.port->alloc_fail_at = 2;
	rig.fake->dev.on_access = jam;
	assert_int_equal(irig_init(&rig), LEV_ERR_STUCK);
	assert_stuck(&rig, 1);
	rig.fake->dev.on_access = NULL;
	rig.fake->dev.faults.reset_stuck = false;
	/* It never was up. */
	assert_int_equal(lev_input_restart(&rig.input), LEV_ERR_STATE);
	assert_int_equal(lev_input_fini(&rig.input), 0);
	irig_assert_back(&rig);
	assert_int_equal(irig_init(&rig), 0);
	assert_types(&rig);
	irig_close(&rig);
}

static void a_first_reset_that_hangs_times_out(void **state)
{
	struct input_rig rig;
	uint64_t start;

	irig_new(&rig, *state);
	rig.port->relax_step = 1000000;
	rig.fake->dev.status = FAKE_ACKNOWLEDGE; /* firmware was here */
	rig.fake->dev.faults.reset_stuck = true;
	rig.cfg.init_timeout = 30000000;
	start = rig.port->clock;
	assert_int_equal(irig_init(&rig), LEV_ERR_TIMEDOUT);
	assert_true(rig.port->clock - start < 35000000);
	rig.cfg.init_timeout = 0;
	start = rig.port->clock;
	assert_int_equal(irig_init(&rig), LEV_ERR_TIMEDOUT);
	assert_true(rig.port->clock - start >= LEV_INPUT_INIT_TIMEOUT);
	assert_true(rig.port->clock - start < LEV_INPUT_INIT_TIMEOUT + 5000000);
	irig_assert_back(&rig);
	rig.fake->dev.faults.reset_stuck = false;
	assert_int_equal(irig_init(&rig), 0);
	irig_close(&rig);
}

/* --- memory and registers --- */

static void any_allocation_may_fail(void **state)
{
	struct input_rig rig;
	unsigned allocs;

	irig_open(&rig, *state);
	allocs = rig.port->allocs;
	irig_close(&rig);
	assert_true(allocs >= 2);
	for (unsigned fail = 1; fail <= allocs; fail++) {
		irig_new(&rig, *state);
		rig.port->alloc_fail_at = fail;
		assert_int_equal(irig_init(&rig), LEV_ERR_NOMEM);
		irig_assert_back(&rig);
		assert_int_equal(irig_init(&rig), 0);
		assert_types(&rig);
		irig_close(&rig);
	}
	irig_new(&rig, *state);
	rig.port->alloc_misalign = true;
	assert_int_equal(irig_init(&rig), LEV_ERR_NOMEM);
	irig_drop(&rig);
}

static void an_unsettled_device_is_refused(void **state)
{
	const struct input_case *c = *state;
	struct fake_faults *faults;
	struct input_rig rig;

	irig_new(&rig, c);
	faults = &rig.fake->dev.faults;
	faults->ready_not_sticking = true;
	assert_int_equal(irig_init(&rig), LEV_ERR_PROTO);
	faults->ready_not_sticking = false;
	faults->in_use_after_reset = true;
	assert_int_equal(irig_init(&rig), LEV_ERR_BUSY);
	faults->in_use_after_reset = false;
	rig.fake->dev.queues[0].size_max = 0;
	assert_int_equal(irig_init(&rig), LEV_ERR_NODEV);
	rig.fake->dev.queues[0].size_max = 64;
	if (c->version == 2) {
		faults->features_ok_refused = true;
		assert_int_equal(irig_init(&rig), LEV_ERR_NOTSUP);
		faults->features_ok_refused = false;
		faults->generation_runs = true;
		assert_int_equal(irig_init(&rig), LEV_ERR_PROTO);
		faults->generation_runs = false;
	}
	irig_assert_back(&rig);
	assert_int_equal(irig_init(&rig), 0);
	assert_types(&rig);
	irig_close(&rig);
}

/* The name is fine, the ids are beyond their window. */
static void spoil_ids(struct fake_dev *dev, uint32_t reg, bool write,
		      uint32_t value)
{
	struct input_rig *rig = dev->arg;

	if (write && reg == FAKE_REG_CONFIG)
		rig->fake->size_field_set = value == FAKE_INPUT_DEVIDS;
}

static void ids_beyond_their_window_are_refused(void **state)
{
	struct input_rig rig;

	irig_new(&rig, *state);
	rig.fake->size_field = 129;
	rig.fake->dev.on_access = spoil_ids;
	assert_int_equal(irig_init(&rig), LEV_ERR_PROTO);
	irig_assert_back(&rig);
	rig.fake->size_field = 8;
	assert_int_equal(irig_init(&rig), 0);
	irig_close(&rig);
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

static unsigned lied_to(const struct input_case *c, uint32_t value, unsigned n)
{
	struct input_rig rig;
	unsigned left;
	int err;

	irig_new(&rig, c);
	rig.port->relax_step = 1000000;
	assert_int_equal(
		lev_mmio_probe(&rig.mmio, &rig.port->hal, rig.fake->dev.cookie),
		0);
	rig.cfg.transport = &rig.mmio.transport;
	spoiled.read = rig.port->ops.reg_read;
	rig.port->ops.reg_read = spoil;
	spoiled.left = n;
	spoiled.value = value;
	err = lev_input_init(&rig.input, &rig.cfg);
	left = spoiled.left;
	spoiled.left = 0;
	assert_int_not_equal(err, LEV_ERR_STUCK);
	assert_true(memchr(rig.input.name, 0, sizeof(rig.input.name)) != NULL);
	assert_int_equal(lev_input_fini(&rig.input), 0);
	/* Misled, it may have broken rules; see to leaks. */
	fake_violation_clear(rig.port);
	assert_int_equal(irig_init(&rig), 0);
	assert_types(&rig);
	irig_close(&rig);
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
		assert_true(n > 30);
	}
}

/* --- who may use it --- */

static void a_claimed_slot_is_left_alone(void **state)
{
	struct lev_input second;
	struct input_rig rig;
	unsigned accesses;

	irig_open(&rig, *state);
	accesses = rig.port->reads + rig.port->writes;
	memset(&second, 0, sizeof(second));
	assert_int_equal(lev_input_init(&second, &rig.cfg), LEV_ERR_BUSY);
	assert_int_equal(lev_input_init(&rig.input, &rig.cfg), LEV_ERR_BUSY);
	assert_int_equal(lev_input_fini(&second), 0);
	assert_int_equal(rig.port->reads + rig.port->writes, accesses);
	assert_types(&rig);
	irig_close(&rig);
}

static void what_is_not_up_is_not_used(void **state)
{
	struct input_rig rig;
	uint8_t bits[4];

	irig_new(&rig, *state);
	assert_int_equal(lev_input_poll(&rig.input), LEV_ERR_STATE);
	assert_int_equal(lev_input_restart(&rig.input), LEV_ERR_STATE);
	assert_int_equal(lev_input_event_bits(&rig.input, 1, bits, 4),
			 LEV_ERR_STATE);
	assert_int_equal(lev_input_fini(&rig.input), 0);
	rig.fake->dev.id = 16;
	assert_int_equal(irig_init(&rig), LEV_ERR_NODEV);
	rig.fake->dev.id = 18;
	assert_int_equal(irig_init(&rig), 0);
	assert_int_equal(lev_input_fini(&rig.input), 0);
	assert_int_equal(lev_input_fini(&rig.input), 0);
	assert_int_equal(lev_input_poll(&rig.input), LEV_ERR_STATE);
	assert_int_equal(lev_input_restart(&rig.input), LEV_ERR_STATE);
	irig_drop(&rig);
}

static void init_after_fini_works_again(void **state)
{
	struct input_rig rig;

	irig_open(&rig, *state);
	for (unsigned i = 0; i < 3; i++) {
		assert_types(&rig);
		hold(&rig, 9);
		assert_int_equal(lev_input_fini(&rig.input), 0);
		irig_assert_back(&rig);
		assert_int_equal(irig_init(&rig), 0);
		assert_int_equal(irig_held(&rig), 0);
	}
	irig_close(&rig);
}

/* What breaks a split ring; packed ones have tests of their own. */
static bool is_split(const struct input_case *c)
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
	static const struct input_test tests[] = {
		TEST(restart_releases_what_is_held),
		TEST(restart_with_other_features_is_refused),
		TEST(restart_with_another_queue),
		TEST(restart_with_another_name),
		TEST_SPLIT(a_broken_ring_is_an_error),
		TEST(needs_reset_is_noticed),
		TEST(another_configuration_is_no_reason_to_stop),
		TEST(removed_at_any_access_of_init),
		TEST(removed_while_keys_are_held),
		TEST(stuck_in_fini_and_restart),
		TEST(stuck_in_init),
		TEST(a_first_reset_that_hangs_times_out),
		TEST(any_allocation_may_fail),
		TEST(an_unsettled_device_is_refused),
		TEST(ids_beyond_their_window_are_refused),
		TEST(any_register_may_lie),
		TEST(a_claimed_slot_is_left_alone),
		TEST(what_is_not_up_is_not_used),
		TEST(init_after_fini_works_again),
		{ NULL, NULL, NULL },
	};

	return irig_run_versions(tests);
}
