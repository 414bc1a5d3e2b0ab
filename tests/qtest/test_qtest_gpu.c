/* SPDX-License-Identifier: MIT */
/* QEMU's GPU shows what the driver drew, pixel for pixel. */
#include "rig.h"

enum { WIDTH = 1280, HEIGHT = 800, TIMEOUT_S = 20 };

static const char *const gpu_only[] = {
	"virtio-gpu-device,id=gpu0,xres=1280,yres=800", NULL
};

static const struct lev_gpu_config patient = {
	.init_timeout = TIMEOUT_S * UINT64_C(1000000000),
	.frame_timeout = TIMEOUT_S * UINT64_C(1000000000),
};

struct screen {
	struct lev_qtest *qt;
	struct lev_mmio mmio;
	struct lev_gpu gpu;
	struct lev_gpu_config cfg;
};

static void screen_open(struct screen *s, const struct cell *cell)
{
	memset(s, 0, sizeof(*s));
	s->qt = rig_open(cell, gpu_only);
	rig_probe(s->qt, &s->mmio, 0, LEV_ID_GPU);
	s->cfg = patient;
	s->cfg.transport = &s->mmio.transport;
}

static void screen_up(struct screen *s, const struct cell *cell)
{
	screen_open(s, cell);
	assert_int_equal(lev_gpu_init(&s->gpu, &s->cfg), 0);
	rig_assert_features(cell, &s->gpu.dev);
}

static void screen_close(struct screen *s)
{
	assert_int_equal(lev_gpu_fini(&s->gpu), 0);
	assert_int_equal(lev_qtest_blocks(s->qt), 0);
	rig_close(s->qt);
}

/* Only the rectangle is damaged: outside of it the old picture stays. */
static void show_rect(struct screen *s, const struct lev_gpu_rect *rect)
{
	const size_t len = (size_t)WIDTH * HEIGHT * 4;
	uint32_t *before = malloc(len);
	struct lev_gpu_surface expected = s->gpu.surface;

	assert_non_null(before);
	assert_int_equal(s->gpu.surface.stride, WIDTH);
	memcpy(before, s->gpu.surface.pixels, len);
	rig_paint(&s->gpu.surface, 99);
	lev_gpu_damage(&s->gpu, rect);
	assert_int_equal(lev_gpu_frame(&s->gpu), 1);
	assert_int_equal(lev_gpu_wait(&s->gpu), 0);
	for (uint32_t y = rect->y; y < rect->y + rect->height; y++)
		memcpy(before + y * WIDTH + rect->x,
		       s->gpu.surface.pixels + y * WIDTH + rect->x,
		       rect->width * sizeof(*before));
	expected.pixels = before;
	rig_assert_screen(s->qt, "gpu0", &expected);
	free(before);
}

static void every_pixel(void **state)
{
	const struct lev_gpu_rect rect = { 301, 203, 77, 45 };
	struct screen s;

	screen_up(&s, *state);
	assert_int_equal(s.gpu.surface.width, WIDTH);
	assert_int_equal(s.gpu.surface.height, HEIGHT);
	assert_int_equal(s.gpu.edid_width, WIDTH);
	assert_int_equal(s.gpu.edid_height, HEIGHT);
	rig_assert_screen(s.qt, "gpu0", &s.gpu.surface); /* black */
	rig_paint(&s.gpu.surface, 1);
	rig_show(&s.gpu);
	rig_assert_screen(s.qt, "gpu0", &s.gpu.surface);
	show_rect(&s, &rect);
	screen_close(&s);
}

/* As many rectangles as a frame carries, many times over. */
static void many_frames(void **state)
{
	struct screen s;
	uint32_t n = 0;

	screen_up(&s, *state);
	for (unsigned frame = 0; frame < 100; frame++) {
		for (unsigned i = 0; i < LEV_GPU_DAMAGE_MAX; i++, n++) {
			const struct lev_gpu_rect rect = { n * 37 % 1200,
							   n * 23 % 760, 80,
							   40 };

			rig_paint_rect(&s.gpu.surface, &rect, n);
			lev_gpu_damage(&s.gpu, &rect);
		}
		assert_int_equal(lev_gpu_frame(&s.gpu), 1);
		assert_int_equal(lev_gpu_wait(&s.gpu), 0);
	}
	rig_assert_screen(s.qt, "gpu0", &s.gpu.surface);
	screen_close(&s);
}

/* A framebuffer of the caller's, in pieces that lie anywhere. */
static void framebuffer_of_the_caller(void **state)
{
	enum { PIECE = 100000, PIECES = WIDTH * HEIGHT * 4 / PIECE + 1 };
	const struct lev_qtest_config config = { .map_piece = PIECE };
	struct lev_seg *segs = calloc(PIECES, sizeof(*segs));
	uint32_t *pixels = calloc(WIDTH * HEIGHT, sizeof(*pixels));
	const struct cell *cell = *state;
	struct screen s;

	memset(&s, 0, sizeof(s));
	assert_true(segs && pixels);
	rig_paint(&(struct lev_gpu_surface){ pixels, WIDTH, HEIGHT, WIDTH }, 5);
	s.qt = rig_open_with(cell, gpu_only, &config);
	rig_probe(s.qt, &s.mmio, 0, LEV_ID_GPU);
	s.cfg = patient;
	s.cfg.transport = &s.mmio.transport;
	s.cfg.framebuffer = pixels;
	s.cfg.framebuffer_len = WIDTH * HEIGHT * sizeof(*pixels);
	s.cfg.pieces = segs;
	s.cfg.piece_max = PIECES;
	assert_int_equal(lev_gpu_init(&s.gpu, &s.cfg), 0);
	assert_ptr_equal(s.gpu.surface.pixels, pixels);
	assert_true(lev_qtest_blocks(s.qt) > PIECES);
	rig_assert_screen(s.qt, "gpu0", &s.gpu.surface);
	rig_paint(&s.gpu.surface, 6);
	rig_show(&s.gpu);
	rig_assert_screen(s.qt, "gpu0", &s.gpu.surface);
	screen_close(&s);
	free(pixels);
	free(segs);
}

int main(void)
{
	static const struct rig_test tests[] = {
		{ "every pixel", every_pixel, false },
		{ "many frames", many_frames, true },
		{ "framebuffer of the caller's", framebuffer_of_the_caller,
		  true },
	};

	return RIG_RUN(tests);
}
