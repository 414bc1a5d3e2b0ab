/* SPDX-License-Identifier: MIT */
/*
 * The GPU driver with a device that is pulled out, cannot be reset, comes back
 * as another, or lies in any register: memory comes back, or stays lent where
 * it must, and the picture comes back with the device.
 */
#include "gpu_rig.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* --- a device that is pulled out --- */

/* How many accesses are left until it is gone; 0: it stays. */
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
	unsigned n = 1;
	int err;

	do {
		struct gpu_rig rig;

		rig_new(&rig, *state);
		rig_lend(&rig, 64 * 48 * 4, 1);
		rig.fake->dev.on_access = unplug;
		plugged = 3 + n++; /* after the probe's three */
		err = rig_init(&rig);
		if (err) {
			assert_int_equal(err, LEV_ERR_NODEV);
			rig_assert_back(&rig);
			plugged = 0;
			rig.fake->dev.faults.removed = false;
			assert_int_equal(rig_init(&rig), 0);
			rig_assert_colour(&rig, 0);
		}
		plugged = 0;
		rig_close(&rig);
	} while (err);
	assert_true(n > 25);
}

static void removed_at_any_access_of_fini(void **state)
{
	unsigned left, n = 1;

	do {
		struct gpu_rig rig;

		rig_open_patient(&rig, *state);
		rig.fake->dev.on_access = unplug;
		plugged = n++;
		assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
		left = plugged;
		plugged = 0;
		rig_drop(&rig);
	} while (!left);
	assert_true(n > 5);
}

static void removed_with_a_frame_in_flight(void **state)
{
	struct gpu_rig rig;

	for (unsigned way = 0; way < 4; way++) {
		rig_open_patient(&rig, *state);
		rig.fake->dev.mode = FAKE_ON_RUN;
		rig_send_spot(&rig);
		rig.fake->dev.faults.removed = true;
		if (way == 0) {
			assert_int_equal(lev_gpu_wait(&rig.gpu), LEV_ERR_NODEV);
		} else if (way == 1) {
			(void)lev_device_isr(&rig.gpu.dev); /* all ones */
			assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_NODEV);
		} else if (way == 2) {
			assert_int_equal(lev_gpu_poll(&rig.gpu), 1);
			fake_advance(rig.port, LEV_GPU_FRAME_TIMEOUT);
			assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_NODEV);
		} else {
			lev_device_gone(&rig.gpu.dev);
		}
		assert_int_equal(lev_gpu_restart(&rig.gpu), LEV_ERR_NODEV);
		/* Back again, and the picture with it. */
		rig.fake->dev.faults.removed = false;
		rig.fake->dev.mode = FAKE_ON_KICK;
		rig_assert_restarts(&rig);
		rig.fake->dev.faults.removed = true;
		rig_close(&rig);
	}
}

/* --- a device that cannot be reset --- */

/* Once DRIVER_OK is there no reset is confirmed any more. */
static void jam(struct fake_dev *dev, uint32_t reg, bool write, uint32_t value)
{
	if (reg == FAKE_REG_STATUS && write && (value & FAKE_DRIVER_OK))
		dev->faults.reset_stuck = true;
}

static void assert_stuck(struct gpu_rig *rig, unsigned live)
{
	assert_true(live > 0);
	assert_int_equal(rig->port->live_allocs, live);
	assert_ptr_equal(rig->mmio.transport.owner, &rig->gpu.dev);
	assert_int_equal(lev_gpu_frame(&rig->gpu), LEV_ERR_STATE);
	assert_int_equal(lev_gpu_poll(&rig->gpu), LEV_ERR_STATE);
	assert_int_equal(lev_gpu_fini(&rig->gpu), LEV_ERR_STUCK);
	assert_int_equal(lev_gpu_fini(&rig->gpu), LEV_ERR_STUCK);
	assert_int_equal(rig->port->live_allocs, live);
	assert_ptr_equal(rig->mmio.transport.owner, &rig->gpu.dev);
}

static void stuck_after_any_command_of_init(void **state)
{
	for (unsigned nth = 1; nth <= 7; nth++) {
		for (unsigned silent = 0; silent < 2; silent++) {
			struct gpu_rig rig;

			rig_new(&rig, *state);
			rig.port->relax_step = 1000000;
			rig_lend(&rig, 64 * 48 * 4, 1);
			rig.fake->dev.on_access = jam;
			fake_gpu_fault(rig.fake, 0, nth,
				       silent ? FAKE_GPU_NO_ANSWER
					      : FAKE_GPU_NO_FENCE,
				       0);
			assert_int_equal(rig_init(&rig), LEV_ERR_STUCK);
			assert_int_equal(rig.port->live_maps, nth > 2);
			assert_stuck(&rig, 2);
			rig.fake->dev.on_access = NULL;
			rig.fake->dev.faults.reset_stuck = false;
			/* There is no picture yet that could come back. */
			if (nth <= 2)
				assert_int_equal(lev_gpu_restart(&rig.gpu),
						 LEV_ERR_STATE);
			assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
			rig_assert_back(&rig);
			assert_int_equal(rig_init(&rig), 0);
			rig_assert_colour(&rig, 0);
			rig_close(&rig);
		}
	}
}

/* Half a second behind the first reset's deadline the device is well. */
static void get_well(struct fake_port *port, void *arg)
{
	const uint64_t *start = arg;

	if (port->clock - *start > 2500000000)
		port->devs[0]->faults.reset_stuck = false;
}

static void stuck_means_that_it_is_stuck(void **state)
{
	struct gpu_rig rig;
	uint64_t start;

	rig_new(&rig, *state);
	rig.port->relax_step = 1000000;
	rig.port->on_relax = get_well;
	rig.port->on_relax_arg = &start;
	rig.fake->dev.on_access = jam;
	fake_gpu_fault(rig.fake, FAKE_GPU_RESOURCE_FLUSH, 1, FAKE_GPU_NO_ANSWER,
		       0);
	start = rig.port->clock;
	assert_int_equal(rig_init(&rig), LEV_ERR_STUCK);
	assert_true(rig.port->clock - start < 2100000000);
	assert_int_equal(rig.gpu.dev.state, LEV_DEVICE_STUCK);
	rig.fake->dev.on_access = NULL;
	rig.fake->dev.faults.reset_stuck = false;
	rig_close(&rig);
}

static void stuck_in_a_frame(void **state)
{
	struct gpu_rig rig;
	unsigned live;

	for (unsigned poll = 0; poll < 2; poll++) {
		rig_open_patient(&rig, *state);
		live = rig.port->live_allocs;
		fake_gpu_fault(rig.fake, 0, 1, FAKE_GPU_NO_ANSWER, 0);
		rig.fake->dev.faults.reset_stuck = true;
		rig_send_spot(&rig);
		fake_advance(rig.port, poll ? LEV_GPU_FRAME_TIMEOUT : 0);
		assert_int_equal(poll ? lev_gpu_poll(&rig.gpu)
				      : lev_gpu_wait(&rig.gpu),
				 LEV_ERR_STUCK);
		assert_stuck(&rig, live);
		assert_int_equal(lev_gpu_restart(&rig.gpu), LEV_ERR_STUCK);
		rig.fake->dev.faults.reset_stuck = false;
		rig_assert_restarts(&rig);
		rig_close(&rig);
	}
}

static void stuck_in_fini(void **state)
{
	struct gpu_rig rig;
	unsigned live;

	rig_open_patient(&rig, *state);
	live = rig.port->live_allocs;
	rig.fake->dev.faults.reset_stuck = true;
	assert_int_equal(lev_gpu_fini(&rig.gpu), LEV_ERR_STUCK);
	assert_stuck(&rig, live);
	rig.fake->dev.faults.reset_stuck = false;
	rig_close(&rig);
}

/* Before anything was lent nothing can be stuck. */
static void a_first_reset_that_hangs_times_out(void **state)
{
	struct gpu_rig rig;
	uint64_t start;

	rig_new(&rig, *state);
	rig.port->relax_step = 1000000;
	rig.fake->dev.status = FAKE_ACKNOWLEDGE; /* firmware was here */
	rig.fake->dev.faults.reset_stuck = true;
	start = rig.port->clock;
	assert_int_equal(rig_init(&rig), LEV_ERR_TIMEDOUT);
	assert_true(rig.port->clock - start < 1005000000);
	rig_assert_back(&rig);
	rig.fake->dev.faults.reset_stuck = false;
	rig.fake->dev.faults.reset_delay = 900000000;
	assert_int_equal(rig_init(&rig), 0);
	rig.fake->dev.faults.reset_delay = 0;
	rig_assert_colour(&rig, 0);
	rig_close(&rig);
}

static void a_slow_reset_is_waited_for(void **state)
{
	struct gpu_rig rig;

	rig_open_patient(&rig, *state);
	rig.fake->dev.faults.reset_delay = 400000000;
	rig_assert_restarts(&rig);
	rig_close(&rig);
}

/* --- restart --- */

/* It fails, holds what it has, and works when the device does. */
static void restart_fails(struct gpu_rig *rig, int err)
{
	const unsigned live = rig->port->live_allocs;

	rig_paint(rig, rig->port->reads);
	assert_int_equal(lev_gpu_restart(&rig->gpu), err);
	assert_int_equal(rig->port->live_allocs, live);
	assert_ptr_equal(rig->mmio.transport.owner, &rig->gpu.dev);
	assert_non_null(rig->gpu.surface.pixels);
	assert_int_equal(rig->gpu.surface.width, 64);
	assert_int_equal(lev_gpu_frame(&rig->gpu), LEV_ERR_STATE);
}

static void restart_meets_any_fault(void **state)
{
	static const struct {
		enum fake_gpu_fault_kind what;
		uint32_t arg;
		int err;
	} faults[] = {
		{ FAKE_GPU_ANSWER_TYPE, 0x1201, LEV_ERR_IO },
		{ FAKE_GPU_ANSWER_TYPE, 0, LEV_ERR_PROTO },
		{ FAKE_GPU_NO_FENCE, 0, LEV_ERR_PROTO },
		{ FAKE_GPU_NO_ANSWER, 0, LEV_ERR_TIMEDOUT },
	};

	for (unsigned nth = 1; nth <= 5; nth++) {
		for (size_t k = 0; k < COUNT(faults); k++) {
			struct gpu_rig rig;

			rig_open_patient(&rig, *state);
			fake_gpu_fault(rig.fake, 0, nth, faults[k].what,
				       faults[k].arg);
			restart_fails(&rig, faults[k].err);
			rig_assert_restarts(&rig);
			/* Or it is given up. */
			fake_gpu_fault(rig.fake, 0, nth, faults[k].what,
				       faults[k].arg);
			restart_fails(&rig, faults[k].err);
			rig_close(&rig);
		}
	}
}

static void restart_with_other_features_is_refused(void **state)
{
	static const unsigned bits[] = { FAKE_F_INDIRECT, FAKE_F_EVENT_IDX,
					 FAKE_GPU_F_EDID };

	for (size_t i = 0; i < COUNT(bits); i++) {
		struct gpu_rig rig;

		rig_open_patient(&rig, *state);
		rig.fake->dev.features[0] ^= (uint64_t)1 << bits[i];
		restart_fails(&rig, LEV_ERR_PROTO);
		rig.fake->dev.features[0] ^= (uint64_t)1 << bits[i];
		rig_assert_restarts(&rig);
		/* One that nobody knows changes nothing. */
		rig.fake->dev.features[0] |= 1u << 5;
		rig_assert_restarts(&rig);
		rig_close(&rig);
	}
}

static void restart_with_another_queue(void **state)
{
	static const uint32_t sizes[] = { 32, 4, 2, 64, 256, 5 };
	struct gpu_rig rig;

	rig_open_patient(&rig, *state);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		rig.fake->dev.queues[0].size_max = sizes[i];
		rig_assert_restarts(&rig);
		for (uint32_t k = 0; k < 12; k++) {
			const struct lev_gpu_rect r = { 5 * k, 4 * k, 2, 2 };

			rig_paint_rect(&rig, &r, k);
			lev_gpu_damage(&rig.gpu, &r);
		}
		assert_int_equal(lev_gpu_frame(&rig.gpu), 1);
		assert_int_equal(lev_gpu_wait(&rig.gpu), 0);
		rig_assert_screen(&rig);
	}
	rig.fake->dev.queues[0].size_max = 1;
	restart_fails(&rig, LEV_ERR_RANGE);
	rig.fake->dev.queues[0].size_max = 0;
	restart_fails(&rig, LEV_ERR_NODEV);
	rig.fake->dev.queues[0].size_max = 64;
	rig_assert_restarts(&rig);
	rig_close(&rig);
}

/* --- set-up that goes wrong --- */

static void an_unsettled_device_is_refused(void **state)
{
	const struct gpu_case *c = *state;
	struct fake_faults *faults;
	struct gpu_rig rig;

	rig_new(&rig, c);
	faults = &rig.fake->dev.faults;
	faults->ready_not_sticking = true;
	assert_int_equal(rig_init(&rig), LEV_ERR_PROTO);
	faults->ready_not_sticking = false;
	faults->in_use_after_reset = true;
	assert_int_equal(rig_init(&rig), LEV_ERR_BUSY);
	faults->in_use_after_reset = false;
	if (c->version == 2) {
		faults->features_ok_refused = true;
		assert_int_equal(rig_init(&rig), LEV_ERR_NOTSUP);
		faults->features_ok_refused = false;
		faults->generation_runs = true;
		assert_int_equal(rig_init(&rig), LEV_ERR_PROTO);
		faults->generation_runs = false;
	}
	rig_assert_back(&rig);
	assert_int_equal(rig_init(&rig), 0);
	rig_assert_colour(&rig, 0);
	rig_close(&rig);
}

/* One register read in all of init gives something else. */
static struct {
	uint32_t (*read)(void *ctx, uint64_t reg, unsigned width);
	unsigned left;
	uint32_t value;
} spoiled;

static uint32_t spoil(void *ctx, uint64_t reg, unsigned width)
{
	const uint32_t value = spoiled.read(ctx, reg, width);

	if (spoiled.left && --spoiled.left == 0)
		return spoiled.value;
	return value;
}

/* Whatever it takes the device for: it ends, and all memory is back. */
static void any_register_may_lie(void **state)
{
	static const uint32_t values[] = {
		0, 1, 2, 0x40, 0x7f, 0x80000000, 0xffff, UINT32_MAX
	};
	unsigned failed = 0;

	for (size_t k = 0; k < COUNT(values); k++) {
		unsigned left = 0;

		for (unsigned n = 1; !left; n++) {
			struct gpu_rig rig;
			int err;

			rig_new(&rig, *state);
			rig.port->relax_step = 1000000;
			memset(&rig.gpu, 0, sizeof(rig.gpu));
			assert_int_equal(lev_mmio_probe(&rig.mmio,
							&rig.port->hal,
							rig.fake->dev.cookie),
					 0);
			rig.cfg.transport = &rig.mmio.transport;
			spoiled.read = rig.port->ops.reg_read;
			rig.port->ops.reg_read = spoil;
			spoiled.left = n;
			spoiled.value = values[k];
			err = lev_gpu_init(&rig.gpu, &rig.cfg);
			left = spoiled.left;
			spoiled.left = 0;
			failed += err != 0;
			assert_int_not_equal(err, LEV_ERR_STUCK);
			assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
			/* Misled, it may have broken rules; see to leaks. */
			fake_violation_clear(rig.port);
			assert_int_equal(rig_init(&rig), 0);
			rig_assert_colour(&rig, 0);
			rig_close(&rig);
		}
	}
	assert_true(failed > 20);
}

int main(void)
{
#define TEST(name)                                                             \
	{                                                                      \
#name, name, NULL                                              \
	}
	static const struct gpu_test tests[] = {
		TEST(removed_at_any_access_of_init),
		TEST(removed_at_any_access_of_fini),
		TEST(removed_with_a_frame_in_flight),
		TEST(stuck_after_any_command_of_init),
		TEST(stuck_means_that_it_is_stuck),
		TEST(stuck_in_a_frame),
		TEST(stuck_in_fini),
		TEST(a_first_reset_that_hangs_times_out),
		TEST(a_slow_reset_is_waited_for),
		TEST(restart_meets_any_fault),
		TEST(restart_with_other_features_is_refused),
		TEST(restart_with_another_queue),
		TEST(an_unsettled_device_is_refused),
		TEST(any_register_may_lie),
		{ NULL, NULL, NULL },
	};

	return rig_run_versions(tests);
}
