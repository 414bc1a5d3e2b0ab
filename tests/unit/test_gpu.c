/* SPDX-License-Identifier: MIT */
/*
 * drivers/gpu.c with a device that behaves: up, down, and up again. Every test
 * runs on both versions, with and without EVENT_IDX and INDIRECT_DESC, with
 * queues of 2 to 256.
 */
#include "gpu_rig.h"

static void assert_seen(const struct gpu_rig *rig, const uint32_t *types,
			unsigned count)
{
	assert_int_equal(rig->nseen, count);
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(rig->seen[i].type, types[i]);
}

static void init_shows_a_black_picture(void **state)
{
	static const uint32_t expected[] = {
		FAKE_GPU_GET_DISPLAY_INFO,   FAKE_GPU_GET_EDID,
		FAKE_GPU_RESOURCE_CREATE_2D, FAKE_GPU_ATTACH_BACKING,
		FAKE_GPU_SET_SCANOUT,	     FAKE_GPU_TRANSFER_TO_HOST_2D,
		FAKE_GPU_RESOURCE_FLUSH
	};
	const struct gpu_case *c = *state;
	struct gpu_rig rig;

	rig_new(&rig, c);
	rig_resize(&rig, 1280, 800);
	assert_int_equal(rig_init(&rig), 0);
	assert_int_equal(rig.gpu.surface.width, 1280);
	assert_int_equal(rig.gpu.surface.height, 800);
	assert_true(rig.gpu.surface.stride >= 1280);
	assert_int_equal(rig.gpu.scanout, 0);
	assert_int_equal(rig.gpu.edid_width, 1280);
	assert_int_equal(rig.gpu.edid_height, 800);
	assert_int_equal(rig.gpu.error.command, 0);
	assert_int_equal(rig.fake->dev.queues[0].size,
			 c->queue_size < 64 ? c->queue_size : 64);
	assert_int_equal(lev_device_has(&rig.gpu.dev, LEV_F_EVENT_IDX),
			 c->event_idx);
	assert_int_equal(lev_device_has(&rig.gpu.dev, LEV_F_INDIRECT_DESC),
			 c->indirect);
	assert_seen(&rig, expected, 7);
	assert_int_equal(rig.fake->fences, 7);
	assert_int_equal(rig.fake->errors, 0);
	rig_assert_colour(&rig, 0);
	rig_assert_screen(&rig);
	rig_close(&rig);
}

static void fini_undoes_it_in_order(void **state)
{
	static const uint32_t expected[] = { FAKE_GPU_SET_SCANOUT,
					     FAKE_GPU_DETACH_BACKING,
					     FAKE_GPU_RESOURCE_UNREF };
	struct gpu_rig rig;
	unsigned resets;

	rig_open(&rig, *state);
	rig.nseen = 0;
	resets = rig.fake->dev.resets;
	assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
	assert_seen(&rig, expected, 3);
	assert_null(rig.fake->scanouts[0].screen);
	assert_int_equal(rig.fake->live_resources, 0);
	assert_int_equal(rig.fake->errors, 0);
	assert_int_equal(rig.fake->dev.resets, resets + 1);
	assert_false(fake_log_has(rig.port, "left in a hurry"));
	assert_int_equal(rig.fake->dev.status, 0);
	assert_null(rig.gpu.surface.pixels);
	/* Again: there is nothing to do, and nothing is done. */
	resets = rig.port->writes;
	assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
	assert_int_equal(rig.port->writes, resets);
	rig_drop(&rig);
}

/* QEMU refuses to switch off its first head. */
static void fini_bears_a_head_that_stays_on(void **state)
{
	struct gpu_rig rig;

	rig_open(&rig, *state);
	rig.fake->head0_stays_on = true;
	rig.nseen = 0;
	assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
	assert_int_equal(rig.nseen, 3);
	assert_int_equal(rig.fake->errors, 1);
	assert_int_equal(rig.fake->live_resources, 0);
	rig_drop(&rig);
}

static void fini_with_a_frame_in_flight(void **state)
{
	struct lev_gpu_rect rect = { 1, 2, 3, 4 };
	struct gpu_rig rig;

	rig_open(&rig, *state);
	rig.fake->dev.mode = FAKE_DELAYED;
	rig.fake->dev.delay_ns = 5000000;
	lev_gpu_damage(&rig.gpu, &rect);
	assert_int_equal(lev_gpu_frame(&rig.gpu), 1);
	assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
	assert_int_equal(rig.fake->live_resources, 0);
	rig_drop(&rig);
}

static void init_after_fini_works_again(void **state)
{
	struct gpu_rig rig;

	rig_open(&rig, *state);
	for (unsigned i = 0; i < 3; i++) {
		rig_paint(&rig, i);
		rig_show(&rig);
		rig_assert_screen(&rig);
		assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
		rig_assert_back(&rig);
		assert_int_equal(rig_init(&rig), 0);
		rig_assert_colour(&rig, 0);
	}
	rig_close(&rig);
}

static void restart_keeps_picture_and_memory(void **state)
{
	struct gpu_rig rig;
	unsigned allocs;

	rig_open(&rig, *state);
	allocs = rig.port->allocs;
	for (unsigned i = 0; i < 3; i++) {
		rig_paint(&rig, i);
		assert_int_equal(lev_gpu_restart(&rig.gpu), 0);
		rig_assert_screen(&rig);
		rig_paint(&rig, i + 10);
		rig_show(&rig);
		rig_assert_screen(&rig);
	}
	assert_int_equal(rig.port->allocs, allocs);
	rig_close(&rig);
}

int main(void)
{
#define TEST(name)                                                             \
	{                                                                      \
#name, name, NULL                                              \
	}
	static const struct gpu_test tests[] = {
		TEST(init_shows_a_black_picture),
		TEST(fini_undoes_it_in_order),
		TEST(fini_bears_a_head_that_stays_on),
		TEST(fini_with_a_frame_in_flight),
		TEST(init_after_fini_works_again),
		TEST(restart_keeps_picture_and_memory),
		{ NULL, NULL, NULL },
	};

	return rig_run_matrix(tests);
}
