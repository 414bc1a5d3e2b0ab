/* SPDX-License-Identifier: MIT */
/*
 * The machine is reset, or gone, in the middle of work. The driver notices, has
 * everything back, and goes on where there is something to go on with.
 */
#include "rig.h"

enum { TIMEOUT_S = 20, GPU_SLOT = 0, KEYBOARD_SLOT = 1, KEY_A = 30 };

static const char *const devices[] = {
	"virtio-gpu-device,id=gpu0,xres=320,yres=200", "virtio-keyboard-device",
	NULL
};

struct desk {
	struct lev_qtest *qt;
	struct lev_mmio slots[2];
	struct lev_gpu gpu;
	struct lev_input keyboard;
	struct lev_gpu_config gpu_cfg;
	struct lev_input_config keyboard_cfg;
	unsigned presses, releases;
	unsigned left; /* register accesses until QEMU is killed */
};

static void on_event(struct lev_input *input, const struct lev_input_event *ev)
{
	struct desk *d = input->cfg.ctx;

	d->presses += ev->type == LEV_INPUT_EV_KEY && ev->value == 1;
	d->releases += ev->type == LEV_INPUT_EV_KEY && ev->value == 0;
}

static void desk_open(struct desk *d, const struct cell *cell)
{
	const uint64_t patience = TIMEOUT_S * UINT64_C(1000000000);

	memset(d, 0, sizeof(*d));
	d->qt = rig_open(cell, devices);
	rig_probe(d->qt, &d->slots[0], GPU_SLOT, LEV_ID_GPU);
	rig_probe(d->qt, &d->slots[1], KEYBOARD_SLOT, LEV_ID_INPUT);
	d->gpu_cfg.transport = &d->slots[0].transport;
	d->gpu_cfg.init_timeout = patience;
	d->gpu_cfg.frame_timeout = patience;
	d->keyboard_cfg.transport = &d->slots[1].transport;
	d->keyboard_cfg.init_timeout = patience;
	d->keyboard_cfg.event = on_event;
	d->keyboard_cfg.ctx = d;
}

static void desk_up(struct desk *d, const struct cell *cell)
{
	desk_open(d, cell);
	assert_int_equal(lev_gpu_init(&d->gpu, &d->gpu_cfg), 0);
	assert_int_equal(lev_input_init(&d->keyboard, &d->keyboard_cfg), 0);
	rig_paint(&d->gpu.surface, 1);
	rig_show(&d->gpu);
}

static void desk_close(struct desk *d)
{
	assert_int_equal(lev_gpu_fini(&d->gpu), 0);
	assert_int_equal(lev_input_fini(&d->keyboard), 0);
	assert_int_equal(lev_qtest_blocks(d->qt), 0);
	rig_close(d->qt);
}

/* Damage all and send it off. */
static void send_frame(struct desk *d, uint32_t seed)
{
	const struct lev_gpu_rect all = { 0, 0, d->gpu.surface.width,
					  d->gpu.surface.height };

	rig_paint(&d->gpu.surface, seed);
	lev_gpu_damage(&d->gpu, &all);
	assert_int_equal(lev_gpu_frame(&d->gpu), 1);
}

static void frame_right_after_restart(struct desk *d)
{
	const unsigned blocks = lev_qtest_blocks(d->qt);

	assert_int_equal(lev_gpu_restart(&d->gpu), 0);
	assert_int_equal(lev_qtest_blocks(d->qt), blocks);
	assert_int_equal(lev_gpu_wait(&d->gpu), 0);
	rig_assert_screen(d->qt, "gpu0", &d->gpu.surface);
}

/* --- reset --- */

/*
 * Polling reads no register, so what happened in between is noticed by
 * lev_device_poll, or by whoever waits for the next command.
 */
static void notices(struct lev_device *dev, int why)
{
	assert_int_equal(dev->error, 0);
	assert_int_equal(lev_device_poll(dev), why);
	assert_int_equal(dev->error, why);
}

static void reset_between_commands(void **state)
{
	struct desk d;

	desk_up(&d, *state);
	assert_int_equal(lev_qtest_system_reset(d.qt), 0);
	notices(&d.gpu.dev, LEV_ERR_IO);
	assert_int_equal(lev_gpu_poll(&d.gpu), LEV_ERR_IO);
	frame_right_after_restart(&d);
	rig_paint(&d.gpu.surface, 2);
	rig_show(&d.gpu);
	rig_assert_screen(d.qt, "gpu0", &d.gpu.surface);
	notices(&d.keyboard.dev, LEV_ERR_IO);
	assert_int_equal(lev_input_poll(&d.keyboard), LEV_ERR_IO);
	assert_int_equal(lev_input_restart(&d.keyboard), 0);
	desk_close(&d);
}

/* Nobody looked before the next frame. */
static void reset_before_a_frame(void **state)
{
	struct desk d;

	desk_up(&d, *state);
	assert_int_equal(lev_qtest_system_reset(d.qt), 0);
	send_frame(&d, 2);
	assert_int_equal(lev_gpu_wait(&d.gpu), LEV_ERR_IO);
	frame_right_after_restart(&d);
	desk_close(&d);
}

/* The device was never told of a frame that it owns. */
static void reset_with_a_frame_in_flight(void **state)
{
	struct desk d;

	desk_up(&d, *state);
	lev_qtest_hook(d.qt, rig_no_doorbell, NULL);
	send_frame(&d, 2);
	lev_qtest_hook(d.qt, NULL, NULL);
	assert_int_equal(lev_gpu_poll(&d.gpu), 1);
	assert_int_equal(lev_qtest_system_reset(d.qt), 0);
	assert_int_equal(lev_gpu_wait(&d.gpu), LEV_ERR_IO);
	frame_right_after_restart(&d);
	desk_close(&d);
}

/* Either QEMU was done with the frame, or it was not: both are well. */
static void reset_while_a_frame_is_drawn(void **state)
{
	struct desk d;

	desk_up(&d, *state);
	for (uint32_t i = 0; i < 10; i++) {
		int err;

		send_frame(&d, i);
		assert_int_equal(lev_qtest_system_reset(d.qt), 0);
		err = lev_gpu_wait(&d.gpu);
		assert_true(err == 0 || err == LEV_ERR_IO);
		assert_int_equal(lev_device_poll(&d.gpu.dev), LEV_ERR_IO);
		frame_right_after_restart(&d);
	}
	desk_close(&d);
}

/* Time after time, with nobody looking in between. */
static void reset_and_given_up(void **state)
{
	struct desk d;

	desk_up(&d, *state);
	lev_qtest_hook(d.qt, rig_no_doorbell, NULL);
	send_frame(&d, 2);
	lev_qtest_hook(d.qt, NULL, NULL);
	assert_int_equal(lev_qtest_system_reset(d.qt), 0);
	assert_int_equal(lev_qtest_system_reset(d.qt), 0);
	desk_close(&d);
}

static void reset_with_a_key_held(void **state)
{
	struct desk d;

	desk_up(&d, *state);
	rig_press(d.qt, "a", true);
	assert_int_equal(lev_input_poll(&d.keyboard), 2);
	assert_true(lev_input_pressed(&d.keyboard, KEY_A));
	assert_int_equal(lev_qtest_system_reset(d.qt), 0);
	notices(&d.keyboard.dev, LEV_ERR_IO);
	assert_int_equal(lev_input_restart(&d.keyboard), 0);
	assert_false(lev_input_pressed(&d.keyboard, KEY_A));
	assert_int_equal(d.releases, 1);
	rig_press(d.qt, "b", true);
	rig_press(d.qt, "b", false);
	assert_int_equal(lev_input_poll(&d.keyboard), 4);
	assert_int_equal(d.presses, 2);
	assert_int_equal(d.releases, 2);
	desk_close(&d);
}

/* --- gone --- */

static void gone_between_commands(void **state)
{
	struct desk d;

	desk_up(&d, *state);
	lev_qtest_kill(d.qt);
	notices(&d.gpu.dev, LEV_ERR_NODEV);
	notices(&d.keyboard.dev, LEV_ERR_NODEV);
	assert_int_equal(lev_gpu_poll(&d.gpu), LEV_ERR_NODEV);
	assert_int_equal(lev_input_poll(&d.keyboard), LEV_ERR_NODEV);
	assert_int_equal(lev_gpu_restart(&d.gpu), LEV_ERR_NODEV);
	assert_int_equal(lev_input_restart(&d.keyboard), LEV_ERR_NODEV);
	desk_close(&d);
}

static void gone_with_a_frame_in_flight(void **state)
{
	struct desk d;

	desk_up(&d, *state);
	rig_press(d.qt, "a", true);
	assert_int_equal(lev_input_poll(&d.keyboard), 2);
	lev_qtest_hook(d.qt, rig_no_doorbell, NULL);
	send_frame(&d, 2);
	lev_qtest_hook(d.qt, NULL, NULL);
	lev_qtest_kill(d.qt);
	assert_int_equal(lev_gpu_wait(&d.gpu), LEV_ERR_NODEV);
	notices(&d.keyboard.dev, LEV_ERR_NODEV);
	desk_close(&d);
	assert_int_equal(d.presses, 1);
}

static bool count_down(void *ctx, uint64_t reg, bool write)
{
	struct desk *d = ctx;

	(void)reg, (void)write;
	if (d->left && --d->left == 0)
		lev_qtest_kill(d->qt);
	return true;
}

/* At any register access of the way up. Returns whether it was on the way. */
static bool gone_at(const struct cell *cell, unsigned access)
{
	struct desk d;
	int err;

	desk_open(&d, cell);
	d.left = access;
	lev_qtest_hook(d.qt, count_down, &d);
	err = lev_gpu_init(&d.gpu, &d.gpu_cfg);
	lev_qtest_hook(d.qt, NULL, NULL);
	if (err) {
		assert_int_equal(err, LEV_ERR_NODEV);
		assert_int_equal(lev_qtest_blocks(d.qt), 0);
		assert_null(d.slots[0].transport.owner);
	}
	desk_close(&d);
	return err != 0;
}

static void gone_on_the_way_up(void **state)
{
	unsigned access = 1;

	while (gone_at(*state, access))
		access += 3;
	assert_true(access > 30);
}

int main(void)
{
	static const struct rig_test tests[] = {
		{ "reset between commands", reset_between_commands, false },
		{ "reset before a frame", reset_before_a_frame, false },
		{ "reset with a frame in flight", reset_with_a_frame_in_flight,
		  false },
		{ "reset while a frame is drawn", reset_while_a_frame_is_drawn,
		  true },
		{ "reset and given up", reset_and_given_up, true },
		{ "reset with a key held", reset_with_a_key_held, true },
		{ "gone between commands", gone_between_commands, false },
		{ "gone with a frame in flight", gone_with_a_frame_in_flight,
		  false },
		{ "gone on the way up", gone_on_the_way_up, true },
	};

	return RIG_RUN(tests);
}
