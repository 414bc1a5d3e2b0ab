/* SPDX-License-Identifier: MIT */
/* The terminal on the GPU: what a frame of it costs, and that it is right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <levitate/gpu.h>
#include <levitate/mmio.h>
#include <levitate/term.h>

#include "fake/fake.h"
#include "offers.h"

enum { COLS = 128, ROWS = 40, CELL_BYTES = 10 * 20 * 4 };

static struct rig {
	struct fake_port *port;
	struct fake_gpu *fake;
	struct lev_mmio mmio;
	struct lev_gpu gpu;
	struct lev_term term;
	uint64_t cells[LEV_TERM_MEM_LEN(COLS, ROWS) / 8 + 1];
} rig;

static void set_up(uint32_t version)
{
	struct lev_gpu_config gpu_cfg = { .transport = &rig.mmio.transport };
	struct lev_term_config term_cfg = {
		.font = &lev_font_console,
		.cols = COLS,
		.rows = ROWS,
		.mem = rig.cells,
		.mem_len = sizeof(rig.cells),
	};

	rig = (struct rig){ .port = fake_port_new() };
	rig.fake = fake_gpu_new(rig.port, version);
	assert_int_equal(
		lev_mmio_probe(&rig.mmio, &rig.port->hal, rig.fake->dev.cookie),
		0);
	assert_int_equal(lev_gpu_init(&rig.gpu, &gpu_cfg), 0);
	term_cfg.surface = (struct lev_term_surface){ rig.gpu.surface.pixels,
						      rig.gpu.surface.width,
						      rig.gpu.surface.height,
						      rig.gpu.surface.stride };
	assert_int_equal(lev_term_init(&rig.term, &term_cfg), 0);
}

static void tear_down(void)
{
	assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
	FAKE_ASSERT_CLEAN(rig.port);
	assert_int_equal(fake_port_free(rig.port), 0);
}

/* Draw, send, wait. */
static void frame(void)
{
	struct lev_term_rect rects[LEV_GPU_DAMAGE_MAX];
	size_t count = lev_term_draw(&rig.term, rects, LEV_GPU_DAMAGE_MAX);

	for (size_t i = 0; i < count; i++) {
		const struct lev_gpu_rect r = { rects[i].x, rects[i].y,
						rects[i].width,
						rects[i].height };

		lev_gpu_damage(&rig.gpu, &r);
	}
	assert_true(lev_gpu_frame(&rig.gpu) >= 0);
	assert_int_equal(lev_gpu_wait(&rig.gpu), 0);
}

static void expect_screen_is_surface(void)
{
	const struct lev_gpu_surface *s = &rig.gpu.surface;

	for (uint32_t y = 0; y < s->height; y++)
		for (uint32_t x = 0; x < s->width; x++)
			assert_int_equal(fake_gpu_pixel(rig.fake, 0, x, y),
					 s->pixels[y * s->stride + x]);
}

/* Two cells, the character's and the cursor's, and one doorbell. */
static void a_typed_character_is_cheap(void **state)
{
	uint64_t bytes;
	unsigned kicks;

	(void)state;
	for (uint32_t version = offers_version(0); version <= 2; version++) {
		set_up(version);
		lev_term_write(&rig.term, "$ echo", 6);
		frame();
		for (const char *c = "hello, world"; *c; c++) {
			bytes = rig.fake->transfer_bytes;
			kicks = rig.fake->dev.kicks;
			lev_term_write(&rig.term, c, 1);
			frame();
			assert_in_range(rig.fake->transfer_bytes - bytes,
					CELL_BYTES, 2 * CELL_BYTES);
			assert_int_equal(rig.fake->dev.kicks - kicks, 1);
		}
		expect_screen_is_surface();
		tear_down();
	}
}

static void an_unchanged_picture_costs_nothing(void **state)
{
	unsigned commands;

	(void)state;
	set_up(2);
	lev_term_write(&rig.term, "text", 4);
	frame();
	commands = rig.fake->commands;
	frame();
	lev_term_write(&rig.term, "\033[m", 3);
	frame();
	assert_int_equal(rig.fake->commands, commands);
	tear_down();
}

static void scrolling_text_is_on_the_screen(void **state)
{
	char line[] = "line 000 of text that scrolls away\r\n";

	(void)state;
	set_up(offers_version(0));
	for (unsigned i = 0; i < 150; i++) {
		line[5] = (char)('0' + i / 100);
		line[6] = (char)('0' + i / 10 % 10);
		line[7] = (char)('0' + i % 10);
		lev_term_write(&rig.term, line, sizeof(line) - 1);
		if (i % 7 == 0)
			frame();
	}
	frame();
	expect_screen_is_surface();
	tear_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_typed_character_is_cheap),
		cmocka_unit_test(an_unchanged_picture_costs_nothing),
		cmocka_unit_test(scrolling_text_is_on_the_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
