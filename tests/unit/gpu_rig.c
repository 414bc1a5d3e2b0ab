/* SPDX-License-Identifier: MIT */
#include "gpu_rig.h"

enum {
	WIDTH = 64,
	HEIGHT = 48,
	CASES = 5 * 4 * OFFERS_KINDS,
	NAME = 128,
	UNITS = 2048
};

static uint32_t word(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

static void record(struct fake_dev *dev, struct fake_chain *chain)
{
	struct gpu_rig *rig = dev->arg;
	uint8_t raw[40] = { 0 };

	fake_chain_read(chain, 0, raw, sizeof(raw));
	if (!chain->redo && rig->nseen < RIG_SEEN) {
		struct lev_gpu_rect *r = &rig->seen[rig->nseen].rect;

		r->x = word(raw + 24);
		r->y = word(raw + 28);
		r->width = word(raw + 32);
		r->height = word(raw + 36);
		rig->seen[rig->nseen++].type = word(raw);
	}
	rig->handle(dev, chain);
}

static void offer(struct fake_dev *dev, unsigned bit, bool yes)
{
	dev->features[0] &= ~((uint64_t)1 << bit);
	dev->features[0] |= (uint64_t)yes << bit;
}

void rig_new(struct gpu_rig *rig, const struct gpu_case *c)
{
	memset(rig, 0, sizeof(*rig));
	rig->port = fake_port_new();
	rig->fake = fake_gpu_new(rig->port, c->version);
	rig->fake->dev.queues[0].size_max = c->queue_size;
	offer(&rig->fake->dev, FAKE_F_EVENT_IDX, c->event_idx);
	offer(&rig->fake->dev, FAKE_F_INDIRECT, c->indirect);
	rig->fake->dev.features[0] |= offers_bits(c->offers);
	rig->handle = rig->fake->dev.handle;
	rig->fake->dev.handle = record;
	rig->fake->dev.arg = rig;
	rig_resize(rig, WIDTH, HEIGHT);
}

int rig_init(struct gpu_rig *rig)
{
	memset(&rig->gpu, 0, sizeof(rig->gpu));
	assert_int_equal(lev_mmio_probe(&rig->mmio, &rig->port->hal,
					rig->fake->dev.cookie),
			 0);
	rig->cfg.transport = &rig->mmio.transport;
	return lev_gpu_init(&rig->gpu, &rig->cfg);
}

void rig_open(struct gpu_rig *rig, const struct gpu_case *c)
{
	rig_new(rig, c);
	assert_int_equal(rig_init(rig), 0);
}

void rig_assert_back(struct gpu_rig *rig)
{
	assert_int_equal(rig->port->live_allocs, 0);
	assert_int_equal(rig->port->live_maps, 0);
	assert_null(rig->mmio.transport.owner);
	assert_int_equal(rig->gpu.dev.state, LEV_DEVICE_FREE);
	FAKE_ASSERT_CLEAN(rig->port);
}

void rig_drop(struct gpu_rig *rig)
{
	rig_assert_back(rig);
	assert_int_equal(fake_port_free(rig->port), 0);
	free(rig->framebuffer);
	free(rig->pieces);
}

void rig_close(struct gpu_rig *rig)
{
	assert_int_equal(lev_gpu_fini(&rig->gpu), 0);
	rig_drop(rig);
}

void rig_resize(struct gpu_rig *rig, uint32_t width, uint32_t height)
{
	rig->fake->scanouts[0].width = width;
	rig->fake->scanouts[0].height = height;
	fake_gpu_make_edid(rig->fake, width, height);
}

void rig_lend(struct gpu_rig *rig, size_t len, unsigned max)
{
	rig->framebuffer = calloc(1, len);
	rig->pieces = calloc(max + 1, sizeof(*rig->pieces));
	rig->cfg.framebuffer = rig->framebuffer;
	rig->cfg.framebuffer_len = len;
	rig->cfg.pieces = max ? rig->pieces : NULL;
	rig->cfg.piece_max = max;
}

uint32_t rig_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

void rig_paint_rect(struct gpu_rig *rig, const struct lev_gpu_rect *rect,
		    uint32_t seed)
{
	const struct lev_gpu_surface *s = &rig->gpu.surface;
	uint32_t random = seed * 2654435761u | 1;

	for (uint32_t y = rect->y; y < s->height; y++) {
		for (uint32_t x = rect->x; x < s->width; x++) {
			if (x - rect->x < rect->width &&
			    y - rect->y < rect->height)
				s->pixels[(size_t)y * s->stride + x] =
					rig_random(&random) & 0xffffff;
		}
	}
}

void rig_paint(struct gpu_rig *rig, uint32_t seed)
{
	const struct lev_gpu_rect all = { 0, 0, UINT32_MAX, UINT32_MAX };

	rig_paint_rect(rig, &all, seed);
}

void rig_show(struct gpu_rig *rig)
{
	const struct lev_gpu_rect all = { 0, 0, UINT32_MAX, UINT32_MAX };

	lev_gpu_damage(&rig->gpu, &all);
	assert_int_equal(lev_gpu_frame(&rig->gpu), 1);
	assert_int_equal(lev_gpu_wait(&rig->gpu), 0);
}

/* The colour, or with NULL the surface, is all over the screen. */
static void assert_screen(const struct gpu_rig *rig, const uint32_t *colour)
{
	const struct lev_gpu_surface *s = &rig->gpu.surface;
	const unsigned head = rig->gpu.scanout;
	unsigned wrong = 0;

	assert_non_null(rig->fake->scanouts[head].screen);
	assert_int_equal(rig->fake->scanouts[head].screen_width, s->width);
	assert_int_equal(rig->fake->scanouts[head].screen_height, s->height);
	for (uint32_t y = 0; y < s->height; y++) {
		for (uint32_t x = 0; x < s->width; x++) {
			const uint32_t *want =
				&s->pixels[(size_t)y * s->stride + x];

			wrong += fake_gpu_pixel(rig->fake, head, x, y) !=
				 ((colour ? *colour : *want) & 0xffffff);
		}
	}
	assert_int_equal(wrong, 0);
}

void rig_assert_screen(const struct gpu_rig *rig)
{
	assert_screen(rig, NULL);
}

void rig_assert_colour(const struct gpu_rig *rig, uint32_t colour)
{
	assert_screen(rig, &colour);
}

const struct lev_gpu_rect rig_spot = { 3, 4, 5, 6 };

void rig_open_patient(struct gpu_rig *rig, const struct gpu_case *c)
{
	rig_open(rig, c);
	rig->port->relax_step = 1000000;
	rig_paint(rig, 1);
	rig_show(rig);
}

void rig_send_spot(struct gpu_rig *rig)
{
	rig_paint_rect(rig, &rig_spot, rig->port->reads);
	lev_gpu_damage(&rig->gpu, &rig_spot);
	assert_int_equal(lev_gpu_frame(&rig->gpu), 1);
}

void rig_assert_restarts(struct gpu_rig *rig)
{
	const unsigned allocs = rig->port->allocs;

	rig_paint(rig, rig->port->reads);
	assert_int_equal(lev_gpu_restart(&rig->gpu), 0);
	rig_assert_screen(rig);
	rig_paint(rig, rig->port->reads);
	rig_show(rig);
	rig_assert_screen(rig);
	assert_int_equal(rig->port->allocs, allocs);
}

/* --- cases --- */

/* A queue that cannot hold a rectangle's commands is a test of its own. */
static bool case_works(const struct gpu_case *c)
{
	return c->indirect || c->queue_size >= 4;
}

static unsigned cases_make(struct gpu_case *cases)
{
	static const uint32_t sizes[] = { 2, 4, 8, 64, 256 };
	unsigned n = 0;

	for (unsigned i = 0; i < CASES; i++) {
		struct gpu_case *c = &cases[n];

		c->version = offers_version(i % OFFERS_KINDS);
		c->offers = offers_of(i % OFFERS_KINDS);
		c->event_idx = i / OFFERS_KINDS % 2;
		c->indirect = i / OFFERS_KINDS / 2 % 2;
		c->queue_size = sizes[i / OFFERS_KINDS / 4];
		snprintf(c->name, sizeof(c->name), "v%u%s%s%s, queue of %u",
			 c->version, offers_name(c->offers),
			 c->event_idx ? " EVENT_IDX" : "",
			 c->indirect ? " INDIRECT" : "", c->queue_size);
		n += case_works(c);
	}
	return n;
}

/* All tests with all cases, as cmocka knows them. */
static int run(const struct gpu_test *tests, struct gpu_case *cases,
	       unsigned ncases)
{
	static struct CMUnitTest units[UNITS];
	static char names[UNITS][NAME];
	unsigned n = 0;

	for (; tests->name; tests++) {
		for (unsigned i = 0; i < ncases; i++) {
			if (tests->applies && !tests->applies(&cases[i]))
				continue;
			assert_true(n < UNITS);
			snprintf(names[n], NAME, "%s [%s]", tests->name,
				 cases[i].name);
			units[n].name = names[n];
			units[n].test_func = tests->run;
			units[n++].initial_state = &cases[i];
		}
	}
	return _cmocka_run_group_tests("gpu", units, n, NULL, NULL);
}

int rig_run_matrix(const struct gpu_test *tests)
{
	static struct gpu_case cases[CASES];

	return run(tests, cases, cases_make(cases));
}

int rig_run_versions(const struct gpu_test *tests)
{
	static struct gpu_case cases[] = {
		{ "v1", 1, true, true, 64, OFFERS_NONE },
		{ "v2", 2, true, true, 64, OFFERS_NONE },
		{ "v2 all but PACKED", 2, true, true, 64, OFFERS_SPLIT },
		{ "v2 all", 2, true, true, 64, OFFERS_ALL },
	};

	/* Not version 1 where legacy devices are refused. */
	return run(tests, cases + !OFFERS_LEGACY, 3 + OFFERS_LEGACY);
}
