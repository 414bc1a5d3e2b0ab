/* SPDX-License-Identifier: MIT */
/*
 * drivers/gpu.c: what size the picture gets, where its memory comes from, and
 * whether all of it goes back when any step fails.
 */
#include "gpu_rig.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* --- sizes --- */

struct head {
	uint32_t width, height, enabled;
};

/* Heads 0 and 1, the EDID (0: garbage), and what comes of it. */
static const struct size_case {
	struct head heads[2];
	uint32_t edid_width, edid_height;
	uint32_t scanout, width, height;
} size_cases[] = {
	{ { { 100, 50, 1 }, { 0 } }, 640, 480, 0, 100, 50 },
	{ { { 100, 50, 7 }, { 0 } }, 640, 480, 0, 100, 50 },
	{ { { 100, 50, 0x80000000 }, { 0 } }, 640, 480, 0, 100, 50 },
	{ { { 100, 50, 1 }, { 200, 60, 1 } }, 640, 480, 0, 100, 50 },
	/* The first head is off. */
	{ { { 100, 50, 0 }, { 200, 60, 1 } }, 640, 480, 1, 200, 60 },
	{ { { 0, 0, 0 }, { 200, 60, 1 } }, 640, 480, 1, 200, 60 },
	{ { { 0, 0, 1 }, { 200, 60, 1 } }, 640, 480, 1, 200, 60 },
	/* It makes no sense. */
	{ { { 0, 50, 1 }, { 200, 60, 1 } }, 640, 480, 1, 200, 60 },
	{ { { 100, 0, 1 }, { 200, 60, 1 } }, 640, 480, 1, 200, 60 },
	{ { { 16385, 16, 1 }, { 200, 60, 1 } }, 640, 480, 1, 200, 60 },
	{ { { 16, 16385, 1 }, { 200, 60, 1 } }, 640, 480, 1, 200, 60 },
	{ { { UINT32_MAX, 1, 1 }, { 200, 60, 1 } }, 640, 480, 1, 200, 60 },
	{ { { 1, UINT32_MAX, 1 }, { 200, 60, 1 } }, 640, 480, 1, 200, 60 },
	{ { { 65536, 65536, 1 }, { 200, 60, 1 } }, 640, 480, 1, 200, 60 },
	{ { { 0x80000001, 2, 1 }, { 200, 60, 1 } }, 640, 480, 1, 200, 60 },
	/* The largest there is. */
	{ { { 16384, 16, 1 }, { 0 } }, 640, 480, 0, 16384, 16 },
	{ { { 16, 16384, 1 }, { 0 } }, 640, 480, 0, 16, 16384 },
	/* None is on: the EDID's, on the first. */
	{ { { 100, 50, 0 }, { 200, 60, 0 } }, 320, 200, 0, 320, 200 },
	{ { { UINT32_MAX, UINT32_MAX, 1 }, { 0 } }, 320, 200, 0, 320, 200 },
	/* There is no EDID either. */
	{ { { 100, 50, 0 }, { 200, 60, 0 } }, 0, 0, 0, 1024, 768 },
	{ { { 0, 0, 1 }, { 16385, 1, 1 } }, 0, 0, 0, 1024, 768 },
};

static void size_of(const struct gpu_case *c, const struct size_case *s)
{
	struct gpu_rig rig;

	rig_new(&rig, c);
	fake_gpu_set_scanouts(rig.fake, 2);
	for (unsigned i = 0; i < 2; i++) {
		rig.fake->scanouts[i].width = s->heads[i].width;
		rig.fake->scanouts[i].height = s->heads[i].height;
		rig.fake->scanouts[i].enabled = s->heads[i].enabled;
	}
	if (s->edid_width)
		fake_gpu_make_edid(rig.fake, s->edid_width, s->edid_height);
	else
		memset(rig.fake->edid, 0x5c, sizeof(rig.fake->edid));
	assert_int_equal(rig_init(&rig), 0);
	assert_int_equal(rig.gpu.scanout, s->scanout);
	assert_int_equal(rig.gpu.surface.width, s->width);
	assert_int_equal(rig.gpu.surface.height, s->height);
	assert_int_equal(rig.gpu.edid_width, s->edid_width);
	rig_paint(&rig, 1);
	rig_show(&rig);
	rig_assert_screen(&rig);
	rig_close(&rig);
}

static void the_size_is_found(void **state)
{
	for (size_t i = 0; i < COUNT(size_cases); i++)
		size_of(*state, &size_cases[i]);
}

static void no_edid_feature_no_edid_command(void **state)
{
	struct gpu_rig rig;

	rig_new(&rig, *state);
	rig.fake->dev.features[0] &= ~((uint64_t)1 << FAKE_GPU_F_EDID);
	rig.fake->scanouts[0].enabled = 0;
	assert_int_equal(rig_init(&rig), 0);
	assert_int_equal(rig.fake->by_type[FAKE_GPU_GET_EDID - 0x100], 0);
	assert_int_equal(rig.gpu.surface.width, 1024);
	assert_int_equal(rig.gpu.surface.height, 768);
	rig_assert_colour(&rig, 0);
	rig_close(&rig);
}

/* There may be fields behind those that we know (2.5.1). */
static void a_longer_configuration_does_no_harm(void **state)
{
	struct gpu_rig rig;

	rig_new(&rig, *state);
	rig.fake->dev.config_len = sizeof(rig.fake->dev.config);
	assert_int_equal(rig_init(&rig), 0);
	rig_paint(&rig, 1);
	rig_show(&rig);
	rig_assert_screen(&rig);
	rig_close(&rig);
}

static void a_strange_edid_size_does_no_harm(void **state)
{
	static const struct {
		uint32_t size;
		bool good;
	} table[] = {
		{ 0, false },  { 1, false },   { 127, false },
		{ 128, true }, { 1024, true }, { UINT32_MAX, true },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct gpu_rig rig;

		rig_new(&rig, *state);
		rig.fake->edid_size = table[i].size;
		assert_int_equal(rig_init(&rig), 0);
		assert_int_equal(rig.gpu.edid_width, table[i].good ? 64 : 0);
		assert_int_equal(fake_log_has(rig.port, "EDID without"),
				 !table[i].good);
		rig_assert_colour(&rig, 0);
		rig_close(&rig);
	}
}

static void the_caller_may_choose_the_size(void **state)
{
	struct gpu_rig rig;

	rig_new(&rig, *state);
	rig.cfg.width = 33;
	rig.cfg.height = 17;
	assert_int_equal(rig_init(&rig), 0);
	assert_int_equal(rig.gpu.surface.width, 33);
	assert_int_equal(rig.gpu.surface.height, 17);
	rig_paint(&rig, 1);
	rig_show(&rig);
	rig_assert_screen(&rig);
	rig_close(&rig);
}

static void no_such_picture(void **state)
{
	static const uint32_t sizes[][2] = {
		{ 16385, 16 },	  { 16, 16385 },     { UINT32_MAX, UINT32_MAX },
		{ 65536, 65536 }, { 0x40000001, 4 }, { 64, 0 },
		{ 0, 64 },
	};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct gpu_rig rig;

		rig_new(&rig, *state);
		rig.cfg.width = sizes[i][0];
		rig.cfg.height = sizes[i][1];
		assert_int_equal(rig_init(&rig), LEV_ERR_RANGE);
		rig_drop(&rig);
	}
}

static void scanouts_are_one_to_sixteen(void **state)
{
	static const uint32_t bad[] = { 0, 17, 0x100, UINT32_MAX };
	struct gpu_rig rig;

	for (size_t i = 0; i < COUNT(bad); i++) {
		rig_new(&rig, *state);
		fake_gpu_set_scanouts(rig.fake, bad[i]);
		assert_int_equal(rig_init(&rig), LEV_ERR_PROTO);
		assert_true(fake_log_has(rig.port, "scanouts"));
		fake_gpu_set_scanouts(rig.fake, 1);
		assert_int_equal(rig_init(&rig), 0);
		rig_close(&rig);
	}
	/* The last of sixteen is as good as any. */
	rig_new(&rig, *state);
	fake_gpu_set_scanouts(rig.fake, 16);
	rig.fake->scanouts[0].enabled = 0;
	rig.fake->scanouts[15] = rig.fake->scanouts[0];
	rig.fake->scanouts[15].enabled = 1;
	assert_int_equal(rig_init(&rig), 0);
	assert_int_equal(rig.gpu.scanout, 15);
	rig_assert_colour(&rig, 0);
	rig_close(&rig);
	/* One that the device does not have is not looked at. */
	rig_new(&rig, *state);
	fake_gpu_set_scanouts(rig.fake, 15);
	rig.fake->scanouts[0].enabled = 0;
	rig.fake->scanouts[15] = rig.fake->scanouts[0];
	rig.fake->scanouts[15].enabled = 1;
	assert_int_equal(rig_init(&rig), 0);
	assert_int_equal(rig.gpu.scanout, 0);
	rig_close(&rig);
}

/* --- queues --- */

/* The largest power of two that is there, if it can hold a rectangle. */
static void queue_sizes(const struct gpu_case *c, bool indirect)
{
	static const uint32_t sizes[] = {
		1, 2, 3, 4, 5, 7, 63, 65, 1000, 32768, 65536, 1u << 31
	};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct gpu_case odd = *c;
		uint32_t want = 64;
		struct gpu_rig rig;

		while (want > sizes[i])
			want >>= 1;
		if (c->offers & OFFERS_PACKED && sizes[i] < 64)
			want = sizes[i]; /* no power of two is needed */
		odd.queue_size = sizes[i];
		odd.indirect = indirect;
		rig_new(&rig, &odd);
		if (want < (indirect ? 2 : 4)) {
			assert_int_equal(rig_init(&rig), LEV_ERR_RANGE);
			assert_true(fake_log_has(
				rig.port, indirect ? "at least 2 needed"
						   : "at least 4 needed"));
			rig_drop(&rig);
			continue;
		}
		assert_int_equal(rig_init(&rig), 0);
		assert_int_equal(rig.fake->dev.queues[0].size, want);
		rig_assert_colour(&rig, 0);
		rig_close(&rig);
	}
}

static void a_queue_too_small_is_said(void **state)
{
	queue_sizes(*state, true);
	queue_sizes(*state, false);
}

static void no_control_queue_no_device(void **state)
{
	struct gpu_rig rig;

	rig_new(&rig, *state);
	rig.fake->dev.queues[0].size_max = 0;
	assert_int_equal(rig_init(&rig), LEV_ERR_NODEV);
	rig_drop(&rig);
}

/* --- the framebuffer --- */

enum { FB_LEN = 64 * 48 * 4 };

static void a_lent_framebuffer_is_shown_in_pieces(void **state)
{
	static const uint32_t each[] = { 0, FB_LEN, 4096, 1000, 256, 64, 7 };

	for (size_t i = 0; i < COUNT(each); i++) {
		const uint32_t len = each[i] ? each[i] : FB_LEN;
		const unsigned count = (FB_LEN + len - 1) / len;
		struct gpu_rig rig;

		rig_new(&rig, *state);
		rig.port->map_piece = each[i];
		rig_lend(&rig, FB_LEN, count);
		memset(rig.framebuffer, 0x2b, FB_LEN);
		assert_int_equal(rig_init(&rig), 0);
		assert_ptr_equal(rig.gpu.surface.pixels, rig.framebuffer);
		assert_int_equal(rig.fake->last_entries, count);
		assert_int_equal(rig.port->live_maps, 1);
		rig_assert_colour(&rig, 0x2b2b2b);
		rig_paint(&rig, 9);
		rig_show(&rig);
		rig_assert_screen(&rig);
		assert_int_equal(lev_gpu_restart(&rig.gpu), 0);
		rig_assert_screen(&rig);
		assert_int_equal(rig.port->maps, 1);
		rig_close(&rig);
	}
}

static void only_what_is_damaged_is_synced(void **state)
{
	const struct lev_gpu_rect rect = { 5, 6, 7, 8 };
	struct gpu_rig rig;
	unsigned syncs;
	uint64_t bytes;

	rig_new(&rig, *state);
	rig_lend(&rig, FB_LEN + 100, 0);
	assert_int_equal(rig_init(&rig), 0);
	syncs = rig.port->syncs;
	bytes = rig.port->sync_bytes;
	rig_paint(&rig, 2);
	lev_gpu_damage(&rig.gpu, &rect);
	assert_int_equal(lev_gpu_frame(&rig.gpu), 1);
	assert_int_equal(lev_gpu_wait(&rig.gpu), 0);
	assert_int_equal(rig.port->syncs - syncs, 8);
	assert_int_equal(rig.port->sync_bytes - bytes, 7 * 8 * 4);
	assert_int_equal(rig.port->last_sync_flags,
			 LEV_DMA_TO_DEVICE |
				 lev_device_dma_flags(&rig.gpu.dev));
	assert_int_equal(fake_gpu_pixel(rig.fake, 0, 5, 6),
			 rig.framebuffer[6 * 64 + 5]);
	assert_int_equal(fake_gpu_pixel(rig.fake, 0, 4, 6), 0);
	rig_close(&rig);
}

static void a_port_without_map_lends_as_it_is(void **state)
{
	struct gpu_rig rig;

	rig_new(&rig, *state);
	fake_port_set_map(rig.port, FAKE_MAP_NONE);
	rig_lend(&rig, FB_LEN, 1);
	fake_lend(rig.port, rig.framebuffer, FB_LEN);
	assert_int_equal(rig_init(&rig), 0);
	rig_paint(&rig, 2);
	rig_show(&rig);
	rig_assert_screen(&rig);
	assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
	fake_unlend(rig.port, rig.framebuffer);
	rig_drop(&rig);
}

static void a_framebuffer_too_small_is_refused(void **state)
{
	static const size_t lens[] = { 1, 4, FB_LEN / 2, FB_LEN - 1 };

	for (size_t i = 0; i < COUNT(lens); i++) {
		struct gpu_rig rig;

		rig_new(&rig, *state);
		rig_lend(&rig, FB_LEN, 1);
		rig.cfg.framebuffer_len = lens[i];
		assert_int_equal(rig_init(&rig), LEV_ERR_RANGE);
		assert_int_equal(rig.port->maps, 0);
		rig_drop(&rig);
	}
}

static void too_many_pieces_are_refused(void **state)
{
	struct gpu_rig rig;

	rig_new(&rig, *state);
	rig.port->map_piece = 4096;
	rig_lend(&rig, FB_LEN, 2);
	assert_int_equal(rig_init(&rig), LEV_ERR_RANGE);
	rig_drop(&rig);
	/* And without room for more than one. */
	rig_new(&rig, *state);
	rig.port->map_piece = 4096;
	rig_lend(&rig, FB_LEN, 0);
	assert_int_equal(rig_init(&rig), LEV_ERR_RANGE);
	rig_drop(&rig);
}

static void no_memory_to_lend(void **state)
{
	struct gpu_rig rig;

	rig_new(&rig, *state);
	rig_lend(&rig, FB_LEN, 4);
	rig.port->map_fail_at = 1;
	assert_int_equal(rig_init(&rig), LEV_ERR_NOMEM);
	rig_assert_back(&rig);
	assert_int_equal(rig_init(&rig), 0);
	rig_assert_colour(&rig, 0);
	rig_close(&rig);
}

static void room_for_no_or_for_endless_pieces_is_refused(void **state)
{
	static const unsigned max[] = { 0, (1u << 20) + 1, UINT32_MAX };

	for (size_t i = 0; i < COUNT(max); i++) {
		struct gpu_rig rig;

		rig_new(&rig, *state);
		rig_lend(&rig, FB_LEN, 1);
		rig.cfg.piece_max = max[i];
		assert_int_equal(rig_init(&rig), LEV_ERR_INVAL);
		rig_drop(&rig);
	}
}

/* --- a port that answers nonsense --- */

static struct {
	int count;
	struct lev_seg pieces[2];
	unsigned unmaps;
} lie;

static int lying_map(void *ctx, void *ptr, size_t len, unsigned flags,
		     struct lev_seg *pieces, unsigned max)
{
	(void)ctx;
	(void)ptr;
	(void)len;
	(void)flags;
	for (unsigned i = 0; i < 2 && i < max; i++)
		pieces[i] = lie.pieces[i];
	return lie.count;
}

static void lying_unmap(void *ctx, void *ptr, size_t len, unsigned flags,
			const struct lev_seg *pieces, unsigned count)
{
	(void)ctx;
	(void)ptr;
	(void)flags;
	assert_int_equal(len, FB_LEN);
	assert_int_equal(count, lie.count);
	assert_memory_equal(pieces, lie.pieces, count * sizeof(*pieces));
	lie.unmaps++;
}

static void pieces_that_do_not_fit_are_refused(void **state)
{
	static const struct {
		int count;
		uint32_t len[2];
		unsigned unmaps;
	} table[] = {
		{ 0, { FB_LEN, 0 }, 0 },
		{ 3, { FB_LEN, FB_LEN }, 0 },
		{ INT32_MAX, { FB_LEN, FB_LEN }, 0 },
		{ 1, { FB_LEN - 1, 0 }, 1 },
		{ 1, { FB_LEN + 1, 0 }, 1 },
		{ 2, { FB_LEN, 0 }, 1 },
		{ 2, { 0, FB_LEN }, 1 },
		{ 2, { FB_LEN, 1 }, 1 },
		{ 2, { 4000, 4000 }, 1 },
		{ 2, { UINT32_MAX, FB_LEN + 1 }, 1 },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		struct gpu_rig rig;

		rig_new(&rig, *state);
		rig_lend(&rig, FB_LEN, 2);
		rig.port->ops.dma_map = lying_map;
		rig.port->ops.dma_unmap = lying_unmap;
		memset(&lie, 0, sizeof(lie));
		lie.count = table[i].count;
		for (unsigned k = 0; k < 2; k++) {
			lie.pieces[k].addr = 0x10000 + 0x10000 * k;
			lie.pieces[k].len = table[i].len[k];
		}
		assert_int_equal(rig_init(&rig), LEV_ERR_INVAL);
		assert_int_equal(lie.unmaps, table[i].unmaps);
		rig_drop(&rig);
	}
}

/* --- memory --- */

static void any_allocation_may_fail(void **state)
{
	unsigned allocs, fail;
	struct gpu_rig rig;

	rig_open(&rig, *state);
	allocs = rig.port->allocs;
	rig_close(&rig);
	assert_true(allocs >= 3);
	for (fail = 1; fail <= allocs; fail++) {
		rig_new(&rig, *state);
		rig.port->alloc_fail_at = fail;
		assert_int_equal(rig_init(&rig), LEV_ERR_NOMEM);
		rig_assert_back(&rig);
		assert_int_equal(rig_init(&rig), 0);
		rig_assert_colour(&rig, 0);
		rig_close(&rig);
	}
}

static void memory_that_does_not_fit_is_refused(void **state)
{
	struct gpu_rig rig;

	rig_new(&rig, *state);
	rig.port->alloc_misalign = true;
	assert_int_equal(rig_init(&rig), LEV_ERR_NOMEM);
	rig_assert_back(&rig);
	rig.port->alloc_misalign = false;
	assert_int_equal(rig_init(&rig), 0);
	rig_close(&rig);
}

static void nothing_is_allocated_after_init(void **state)
{
	struct gpu_rig rig;
	unsigned allocs;

	rig_open(&rig, *state);
	allocs = rig.port->allocs;
	for (unsigned i = 0; i < 5; i++) {
		rig_paint(&rig, i);
		rig_show(&rig);
		assert_int_equal(lev_gpu_restart(&rig.gpu), 0);
	}
	assert_int_equal(rig.port->allocs, allocs);
	rig_close(&rig);
}

/* Version 1 does not know the feature. */
static bool has_access_platform(const struct gpu_case *c)
{
	return c->version == 2;
}

static void access_platform_is_told_to_the_port(void **state)
{
	struct gpu_rig rig;

	rig_new(&rig, *state);
	rig.fake->dev.features[0] |= (uint64_t)1 << FAKE_F_ACCESS_PLATFORM;
	rig_lend(&rig, FB_LEN, 1);
	assert_int_equal(rig_init(&rig), 0);
	assert_int_equal(rig.port->platform_allocs, rig.port->allocs);
	assert_int_equal(rig.port->platform_maps, 1);
	assert_int_equal(rig.port->last_sync_flags,
			 LEV_DMA_TO_DEVICE | LEV_DMA_PLATFORM);
	rig_close(&rig);
}

/* --- the port and the slot --- */

static void what_is_optional_may_be_missing(void **state)
{
	struct gpu_rig rig;

	rig_new(&rig, *state);
	rig.port->ops.relax = NULL;
	rig.port->ops.log = NULL;
	rig.port->ops.dma_sync = NULL;
	rig.fake->dev.mode = FAKE_DELAYED;
	rig.fake->dev.delay_ns = 50000;
	assert_int_equal(rig_init(&rig), 0);
	rig_paint(&rig, 1);
	rig_show(&rig);
	rig_assert_screen(&rig);
	rig_close(&rig);
}

/* The original lost its screen to a second probe of a live slot. */
static void a_claimed_slot_is_left_alone(void **state)
{
	struct lev_gpu second;
	struct gpu_rig rig;
	unsigned reads, writes;

	rig_open(&rig, *state);
	rig_paint(&rig, 1);
	rig_show(&rig);
	reads = rig.port->reads;
	writes = rig.port->writes;
	memset(&second, 0, sizeof(second));
	assert_int_equal(lev_gpu_init(&second, &rig.cfg), LEV_ERR_BUSY);
	assert_int_equal(lev_gpu_init(&rig.gpu, &rig.cfg), LEV_ERR_BUSY);
	assert_int_equal(
		lev_mmio_probe(&rig.mmio, &rig.port->hal, rig.fake->dev.cookie),
		LEV_ERR_BUSY);
	assert_int_equal(lev_gpu_fini(&second), 0);
	assert_int_equal(rig.port->reads, reads);
	assert_int_equal(rig.port->writes, writes);
	rig_assert_screen(&rig);
	rig_paint(&rig, 2);
	rig_show(&rig);
	rig_assert_screen(&rig);
	rig_close(&rig);
}

static void another_kind_of_device_is_refused(void **state)
{
	struct gpu_rig rig;
	unsigned writes;

	rig_new(&rig, *state);
	rig.fake->dev.id = 18;
	writes = rig.port->writes;
	assert_int_equal(rig_init(&rig), LEV_ERR_NODEV);
	assert_int_equal(rig.port->writes, writes);
	rig_drop(&rig);
}

static void what_is_not_up_is_not_used(void **state)
{
	const struct lev_gpu_rect rect = { 0, 0, 5, 5 };
	struct gpu_rig rig;

	rig_new(&rig, *state);
	lev_gpu_damage(&rig.gpu, &rect);
	assert_int_equal(lev_gpu_frame(&rig.gpu), LEV_ERR_STATE);
	assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_STATE);
	assert_int_equal(lev_gpu_wait(&rig.gpu), LEV_ERR_STATE);
	assert_int_equal(lev_gpu_restart(&rig.gpu), LEV_ERR_STATE);
	assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
	assert_int_equal(rig_init(&rig), 0);
	assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
	lev_gpu_damage(&rig.gpu, &rect);
	assert_int_equal(lev_gpu_frame(&rig.gpu), LEV_ERR_STATE);
	assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_STATE);
	assert_int_equal(lev_gpu_wait(&rig.gpu), LEV_ERR_STATE);
	assert_int_equal(lev_gpu_restart(&rig.gpu), LEV_ERR_STATE);
	rig_drop(&rig);
}

int main(void)
{
#define TEST(name)                                                             \
	{                                                                      \
#name, name, NULL                                              \
	}
	static const struct gpu_test tests[] = {
		TEST(the_size_is_found),
		TEST(no_edid_feature_no_edid_command),
		TEST(a_longer_configuration_does_no_harm),
		TEST(a_strange_edid_size_does_no_harm),
		TEST(the_caller_may_choose_the_size),
		TEST(no_such_picture),
		TEST(scanouts_are_one_to_sixteen),
		TEST(a_queue_too_small_is_said),
		TEST(no_control_queue_no_device),
		TEST(a_lent_framebuffer_is_shown_in_pieces),
		TEST(only_what_is_damaged_is_synced),
		TEST(a_port_without_map_lends_as_it_is),
		TEST(a_framebuffer_too_small_is_refused),
		TEST(too_many_pieces_are_refused),
		TEST(no_memory_to_lend),
		TEST(room_for_no_or_for_endless_pieces_is_refused),
		TEST(pieces_that_do_not_fit_are_refused),
		TEST(any_allocation_may_fail),
		TEST(memory_that_does_not_fit_is_refused),
		TEST(nothing_is_allocated_after_init),
		{ "access_platform_is_told_to_the_port",
		  access_platform_is_told_to_the_port, has_access_platform },
		TEST(what_is_optional_may_be_missing),
		TEST(a_claimed_slot_is_left_alone),
		TEST(another_kind_of_device_is_refused),
		TEST(what_is_not_up_is_not_used),
		{ NULL, NULL, NULL },
	};

	return rig_run_versions(tests);
}
