/* SPDX-License-Identifier: MIT */
/*
 * drivers/gpu_frame.c with a device that behaves: the picture, pixel by pixel,
 * what a frame costs, and when a sleeper wakes. Every test runs on both
 * versions, with and without EVENT_IDX and INDIRECT_DESC, with queues of 2 to
 * 256.
 */
#include "gpu_rig.h"

/* What one publish of this case carries. */
static unsigned rects_of(const struct gpu_case *c)
{
	const unsigned size = c->queue_size < 64 ? c->queue_size : 64;
	const unsigned rects = size / (c->indirect ? 2 : 4);

	return rects < LEV_GPU_DAMAGE_MAX ? rects : LEV_GPU_DAMAGE_MAX;
}

/* --- frames --- */

static void what_is_drawn_and_damaged_is_shown(void **state)
{
	struct gpu_rig rig;

	rig_open(&rig, *state);
	for (unsigned i = 0; i < 5; i++) {
		rig_paint(&rig, i);
		rig_show(&rig);
		rig_assert_screen(&rig);
	}
	rig_close(&rig);
}

static void what_is_not_damaged_is_not_sent(void **state)
{
	struct gpu_rig rig;
	unsigned seen;

	rig_open(&rig, *state);
	rig_paint(&rig, 1);
	seen = rig.nseen;
	assert_int_equal(lev_gpu_frame(&rig.gpu), 0);
	assert_int_equal(lev_gpu_poll(&rig.gpu), 0);
	assert_int_equal(lev_gpu_wait(&rig.gpu), 0);
	assert_int_equal(rig.nseen, seen);
	rig_assert_colour(&rig, 0);
	rig_close(&rig);
}

/* The highest byte of a pixel is nobody's. */
static void the_byte_without_a_colour_does_not_show(void **state)
{
	struct gpu_rig rig;

	rig_open(&rig, *state);
	for (size_t i = 0; i < (size_t)64 * 48; i++)
		rig.gpu.surface.pixels[i] = 0xff123456;
	rig_show(&rig);
	rig_assert_colour(&rig, 0x123456);
	rig_close(&rig);
}

/* One character of 10 x 20 in a terminal of such cells. */
static void one_character_is_one_cell_and_one_doorbell(void **state)
{
	const struct lev_gpu_rect cell = { 30, 20, 10, 20 };
	struct gpu_rig rig;
	uint64_t bytes, pixels;
	unsigned kicks, seen;
	uint32_t doorbells;

	rig_open(&rig, *state);
	bytes = rig.fake->transfer_bytes;
	pixels = rig.fake->flush_pixels;
	kicks = rig.fake->dev.queues[0].kicks;
	doorbells = rig.gpu.control.doorbells;
	seen = rig.nseen;
	rig_paint_rect(&rig, &cell, 5);
	lev_gpu_damage(&rig.gpu, &cell);
	assert_int_equal(lev_gpu_frame(&rig.gpu), 1);
	assert_int_equal(lev_gpu_wait(&rig.gpu), 0);
	rig_assert_screen(&rig);
	assert_int_equal(rig.fake->transfer_bytes - bytes, 10 * 20 * 4);
	assert_int_equal(rig.fake->flush_pixels - pixels, 10 * 20);
	assert_int_equal(rig.fake->dev.queues[0].kicks - kicks, 1);
	assert_int_equal(rig.gpu.control.doorbells - doorbells, 1);
	assert_int_equal(rig.nseen - seen, 2);
	assert_memory_equal(&rig.seen[seen].rect, &cell, sizeof(cell));
	assert_memory_equal(&rig.seen[seen + 1].rect, &cell, sizeof(cell));
	rig_close(&rig);
}

/* As many as one publish carries: each is sent as it is. */
static void rectangles_that_fit_are_sent_as_they_are(void **state)
{
	const unsigned count = rects_of(*state);
	struct gpu_rig rig;
	unsigned kicks, seen;

	rig_open(&rig, *state);
	kicks = rig.fake->dev.queues[0].kicks;
	seen = rig.nseen;
	for (unsigned i = 0; i < count; i++) {
		const struct lev_gpu_rect r = { 7 * i, 5 * i, 3, 2 };

		rig_paint_rect(&rig, &r, i);
		lev_gpu_damage(&rig.gpu, &r);
	}
	assert_int_equal(lev_gpu_frame(&rig.gpu), 1);
	assert_int_equal(lev_gpu_wait(&rig.gpu), 0);
	assert_int_equal(rig.nseen - seen, 2 * count);
	assert_int_equal(rig.fake->dev.queues[0].kicks - kicks, 1);
	for (unsigned i = seen; i < rig.nseen; i++) {
		assert_int_equal(rig.seen[i].rect.width, 3);
		assert_int_equal(rig.seen[i].rect.height, 2);
	}
	rig_assert_screen(&rig);
	rig_close(&rig);
}

/* One more is merged with the one that grows least by it. */
static void one_more_is_merged_where_it_costs_least(void **state)
{
	const unsigned count = rects_of(*state);
	struct lev_gpu_rect more, merged;
	struct gpu_rig rig;
	unsigned seen, found = 0;

	rig_open(&rig, *state);
	seen = rig.nseen;
	for (unsigned i = 0; i < count; i++) {
		const struct lev_gpu_rect r = { 7 * i, 5 * i, 3, 2 };

		lev_gpu_damage(&rig.gpu, &r);
	}
	/* Right beside the last. */
	more = (struct lev_gpu_rect){ 7 * (count - 1) + 3, 5 * (count - 1), 1,
				      2 };
	merged =
		(struct lev_gpu_rect){ 7 * (count - 1), 5 * (count - 1), 4, 2 };
	lev_gpu_damage(&rig.gpu, &more);
	assert_int_equal(lev_gpu_frame(&rig.gpu), 1);
	assert_int_equal(lev_gpu_wait(&rig.gpu), 0);
	assert_int_equal(rig.nseen - seen, 2 * count);
	for (unsigned i = seen; i < rig.nseen; i++)
		found += !memcmp(&rig.seen[i].rect, &merged, sizeof(merged));
	assert_int_equal(found, 2);
	rig_close(&rig);
}

static bool has_a_choice(const struct gpu_case *c)
{
	return rects_of(c) >= 2;
}

/* A large one that grows little, not a small one that stays small. */
static void growth_counts_and_not_size(void **state)
{
	const struct lev_gpu_rect large = { 0, 0, 30, 30 };
	const struct lev_gpu_rect small = { 40, 0, 2, 2 };
	const struct lev_gpu_rect more = { 30, 0, 1, 30 };
	const struct lev_gpu_rect grown = { 0, 0, 31, 30 };
	const unsigned count = rects_of(*state);
	struct gpu_rig rig;
	unsigned seen;

	rig_open(&rig, *state);
	seen = rig.nseen;
	lev_gpu_damage(&rig.gpu, &small);
	lev_gpu_damage(&rig.gpu, &large);
	for (unsigned i = 2; i < count; i++) {
		const struct lev_gpu_rect r = { 60, 32 + 2 * i, 2, 1 };

		lev_gpu_damage(&rig.gpu, &r);
	}
	lev_gpu_damage(&rig.gpu, &more);
	assert_int_equal(lev_gpu_frame(&rig.gpu), 1);
	assert_int_equal(lev_gpu_wait(&rig.gpu), 0);
	assert_int_equal(rig.nseen - seen, 2 * count);
	assert_memory_equal(&rig.seen[seen].rect, &small, sizeof(small));
	assert_memory_equal(&rig.seen[seen + 2].rect, &grown, sizeof(grown));
	rig_close(&rig);
}

static void what_is_covered_is_not_sent_again(void **state)
{
	const struct lev_gpu_rect outer = { 10, 10, 20, 20 };
	const struct lev_gpu_rect inner = { 12, 15, 3, 15 };
	struct gpu_rig rig;
	unsigned seen;

	rig_open(&rig, *state);
	seen = rig.nseen;
	lev_gpu_damage(&rig.gpu, &outer);
	lev_gpu_damage(&rig.gpu, &outer);
	lev_gpu_damage(&rig.gpu, &inner);
	assert_int_equal(lev_gpu_frame(&rig.gpu), 1);
	assert_int_equal(lev_gpu_wait(&rig.gpu), 0);
	assert_int_equal(rig.nseen - seen, 2);
	assert_memory_equal(&rig.seen[seen].rect, &outer, sizeof(outer));
	rig_close(&rig);
}

static void damage_beyond_the_surface_is_cut(void **state)
{
	static const struct {
		struct lev_gpu_rect given, sent;
	} table[] = {
		{ { 60, 40, 100, 100 }, { 60, 40, 4, 8 } },
		{ { 63, 47, 1, 1 }, { 63, 47, 1, 1 } },
		{ { 63, 47, UINT32_MAX, UINT32_MAX }, { 63, 47, 1, 1 } },
		{ { 0, 0, UINT32_MAX, 1 }, { 0, 0, 64, 1 } },
		{ { 1, 0, UINT32_MAX, UINT32_MAX }, { 1, 0, 63, 48 } },
	};
	static const struct lev_gpu_rect nothing[] = {
		{ 64, 0, 1, 1 },
		{ 0, 48, 1, 1 },
		{ 3, 3, 0, 5 },
		{ 3, 3, 5, 0 },
		{ UINT32_MAX, 0, 2, 2 },
		{ 0, UINT32_MAX, UINT32_MAX, UINT32_MAX },
		{ UINT32_MAX, UINT32_MAX, 1, 1 },
	};
	struct gpu_rig rig;

	rig_open(&rig, *state);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct lev_gpu_rect *sent = &table[i].sent;

		rig_paint_rect(&rig, sent, (uint32_t)i);
		lev_gpu_damage(&rig.gpu, &table[i].given);
		assert_int_equal(lev_gpu_frame(&rig.gpu), 1);
		assert_int_equal(lev_gpu_wait(&rig.gpu), 0);
		assert_memory_equal(&rig.seen[rig.nseen - 1].rect, sent,
				    sizeof(*sent));
		assert_memory_equal(&rig.seen[rig.nseen - 2].rect, sent,
				    sizeof(*sent));
		rig_assert_screen(&rig);
	}
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		lev_gpu_damage(&rig.gpu, &nothing[i]);
		assert_int_equal(lev_gpu_frame(&rig.gpu), 0);
	}
	rig_close(&rig);
}

static bool inside(const struct lev_gpu_rect *r, uint32_t x, uint32_t y)
{
	return x - r->x < r->width && y - r->y < r->height;
}

/* All that was damaged is in what was sent; all transfers were flushed. */
static void assert_covered(const struct gpu_rig *rig, unsigned seen,
			   const bool *damaged)
{
	for (unsigned i = seen; i < rig->nseen; i += 2) {
		assert_int_equal(rig->seen[i].type,
				 FAKE_GPU_TRANSFER_TO_HOST_2D);
		assert_int_equal(rig->seen[i + 1].type,
				 FAKE_GPU_RESOURCE_FLUSH);
		assert_memory_equal(&rig->seen[i].rect, &rig->seen[i + 1].rect,
				    sizeof(rig->seen[i].rect));
	}
	for (uint32_t y = 0; y < 48; y++) {
		for (uint32_t x = 0; x < 64; x++) {
			bool sent = false;

			for (unsigned i = seen; i < rig->nseen; i += 2)
				sent |= inside(&rig->seen[i].rect, x, y);
			assert_true(sent || !damaged[y * 64 + x]);
		}
	}
}

static struct lev_gpu_rect random_rect(uint32_t *random)
{
	struct lev_gpu_rect r;

	r.x = rig_random(random) % 70;
	r.y = rig_random(random) % 52;
	r.width = rig_random(random) % 20;
	r.height = rig_random(random) % 20;
	return r;
}

/* Draws and damages a rectangle; notes which pixels. */
static void scribble(struct gpu_rig *rig, bool *damaged, uint32_t *random)
{
	const struct lev_gpu_rect r = random_rect(random);

	rig_paint_rect(rig, &r, *random);
	lev_gpu_damage(&rig->gpu, &r);
	for (uint32_t y = 0; y < 48; y++)
		for (uint32_t x = 0; x < 64; x++)
			damaged[y * 64 + x] |= inside(&r, x, y);
}

static void random_damage_always_reaches_the_screen(void **state)
{
	const unsigned most = rects_of(*state);
	uint32_t random = 4711 + most;
	unsigned kicks, merged = 0;
	struct gpu_rig rig;

	rig_open(&rig, *state);
	for (unsigned frame = 0; frame < 120; frame++) {
		const unsigned count = rig_random(&random) % 20;
		bool damaged[64 * 48] = { false }, any = false;

		rig.nseen = 0;
		kicks = rig.fake->dev.queues[0].kicks;
		for (unsigned i = 0; i < count; i++)
			scribble(&rig, damaged, &random);
		for (size_t i = 0; i < sizeof(damaged); i++)
			any |= damaged[i];
		assert_int_equal(lev_gpu_frame(&rig.gpu), any);
		assert_int_equal(lev_gpu_wait(&rig.gpu), 0);
		assert_true(rig.nseen <= 2 * most);
		merged += rig.nseen == 2 * most && count > most;
		assert_int_equal(rig.fake->dev.queues[0].kicks - kicks, any);
		assert_covered(&rig, 0, damaged);
		rig_assert_screen(&rig);
	}
	assert_true(merged > 20);
	rig_close(&rig);
}

/* --- in flight --- */

static void a_second_frame_waits_its_turn(void **state)
{
	const struct lev_gpu_rect one = { 0, 0, 4, 4 }, two = { 20, 20, 4, 4 };
	struct gpu_rig rig;
	unsigned seen;

	rig_open(&rig, *state);
	rig.fake->dev.mode = FAKE_ON_RUN;
	rig_paint_rect(&rig, &one, 1);
	lev_gpu_damage(&rig.gpu, &one);
	assert_int_equal(lev_gpu_frame(&rig.gpu), 1);
	assert_int_equal(lev_gpu_poll(&rig.gpu), 1);
	rig_paint_rect(&rig, &two, 2);
	lev_gpu_damage(&rig.gpu, &two);
	assert_int_equal(lev_gpu_frame(&rig.gpu), LEV_ERR_AGAIN);
	assert_int_equal(lev_gpu_frame(&rig.gpu), LEV_ERR_AGAIN);
	assert_int_equal(lev_gpu_poll(&rig.gpu), 1);
	fake_run(&rig.fake->dev);
	assert_int_equal(lev_gpu_poll(&rig.gpu), 0);
	seen = rig.nseen;
	assert_int_equal(lev_gpu_frame(&rig.gpu), 1);
	fake_run(&rig.fake->dev);
	assert_int_equal(lev_gpu_poll(&rig.gpu), 0);
	assert_int_equal(rig.nseen - seen, 2);
	assert_memory_equal(&rig.seen[seen].rect, &two, sizeof(two));
	rig_assert_screen(&rig);
	rig_close(&rig);
}

/* A device that asks for no doorbells gets none, and works all the same. */
static void a_device_that_polls_needs_no_doorbell(void **state)
{
	struct gpu_rig rig;
	uint32_t doorbells;

	rig_new(&rig, *state);
	rig.fake->dev.mode = FAKE_ON_RUN;
	rig.fake->dev.suppress_kicks = true;
	assert_int_equal(rig_init(&rig), 0);
	doorbells = rig.gpu.control.doorbells;
	for (unsigned i = 0; i < 4; i++) {
		rig_paint(&rig, i);
		rig_show(&rig);
		rig_assert_screen(&rig);
	}
	assert_int_equal(rig.gpu.control.doorbells, doorbells);
	rig_close(&rig);
}

static void on_irq(struct fake_dev *dev)
{
	struct gpu_rig *rig = dev->arg;

	rig->port->on_relax_arg = dev; /* the line is up */
}

/* Sleep until the interrupt line rises; false: it never did. */
static bool sleep_until_irq(struct gpu_rig *rig)
{
	for (unsigned i = 0; i < 1000; i++) {
		if (rig->port->on_relax_arg)
			return true;
		fake_advance(rig->port, 100000);
	}
	return false;
}

/* What a kernel does: sleeps when poll said so, wakes by an interrupt. */
static unsigned frame_by_interrupt(struct gpu_rig *rig)
{
	unsigned sleeps = 0;
	int err;

	rig->port->on_relax_arg = NULL;
	assert_int_equal(lev_gpu_frame(&rig->gpu), 1);
	for (err = lev_gpu_poll(&rig->gpu); err == 1;
	     err = lev_gpu_poll(&rig->gpu)) {
		assert_true(sleep_until_irq(rig));
		rig->port->on_relax_arg = NULL;
		assert_true(lev_device_isr(&rig->gpu.dev) & LEV_INTERRUPT_USED);
		sleeps++;
	}
	assert_int_equal(err, 0);
	return sleeps;
}

static void a_sleeper_is_woken(void **state)
{
	unsigned sleeps = 0, commands = 0;
	uint32_t random = 99;
	struct gpu_rig rig;

	rig_open(&rig, *state);
	rig.fake->dev.mode = FAKE_DELAYED;
	rig.fake->dev.delay_ns = 300000;
	rig.fake->dev.on_irq = on_irq;
	(void)lev_device_isr(&rig.gpu.dev); /* what init left pending */
	for (unsigned frame = 0; frame < 50; frame++) {
		bool damaged[64 * 48] = { false };

		rig.nseen = 0;
		for (unsigned i = 0; i < 12; i++)
			scribble(&rig, damaged, &random);
		/* Answers that trickle in, in another order. */
		fake_gpu_fault(rig.fake, 0, 1, FAKE_GPU_LATE,
			       rig_random(&random) % 3000);
		fake_gpu_fault(rig.fake, 0, 2, FAKE_GPU_LATE,
			       rig_random(&random) % 3000);
		sleeps += frame_by_interrupt(&rig);
		commands += rig.nseen;
		rig_show(&rig); /* what the order of answers mixed up */
		(void)lev_device_isr(&rig.gpu.dev);
		rig_assert_screen(&rig);
	}
	assert_in_range(sleeps, 50, commands);
	rig_close(&rig);
}

/* The device's config interrupt (a resized window) is no reason to stop. */
static void a_resized_window_does_no_harm(void **state)
{
	struct gpu_rig rig;

	rig_open(&rig, *state);
	fake_gpu_resize(rig.fake, 0, 800, 600, true);
	assert_true(lev_device_isr(&rig.gpu.dev) & LEV_INTERRUPT_CONFIG);
	assert_int_equal(lev_gpu_poll(&rig.gpu), 0);
	assert_int_equal(rig.gpu.surface.width, 64);
	rig_paint(&rig, 3);
	rig_show(&rig);
	rig_assert_screen(&rig);
	rig_close(&rig);
}

int main(void)
{
#define TEST(name)                                                             \
	{                                                                      \
#name, name, NULL                                              \
	}
	static const struct gpu_test tests[] = {
		TEST(what_is_drawn_and_damaged_is_shown),
		TEST(what_is_not_damaged_is_not_sent),
		TEST(the_byte_without_a_colour_does_not_show),
		TEST(one_character_is_one_cell_and_one_doorbell),
		TEST(rectangles_that_fit_are_sent_as_they_are),
		TEST(one_more_is_merged_where_it_costs_least),
		{ "growth_counts_and_not_size", growth_counts_and_not_size,
		  has_a_choice },
		TEST(what_is_covered_is_not_sent_again),
		TEST(damage_beyond_the_surface_is_cut),
		TEST(random_damage_always_reaches_the_screen),
		TEST(a_second_frame_waits_its_turn),
		TEST(a_device_that_polls_needs_no_doorbell),
		TEST(a_sleeper_is_woken),
		TEST(a_resized_window_does_no_harm),
		{ NULL, NULL, NULL },
	};

	return rig_run_matrix(tests);
}
