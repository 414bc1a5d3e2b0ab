/* SPDX-License-Identifier: MIT */
/* The screen. See display.h. */
#include <levitate/term.h>

#include "arch.h"
#include "console.h"
#include "display.h"

enum {
	RECTS = LEV_GPU_DAMAGE_MAX,
	FAILURES_MAX = 3, /* without a frame between them: then we give up */
};

static struct lev_gpu gpu;
static struct lev_term term;
static struct lev_term status;
static struct device_slot *gpu_slot;
static bool up;
static bool dirty;	    /* cells may differ from the screen */
static uint64_t next_frame; /* no frame before this time */
static bool sent;	    /* a frame is on its way */
static uint32_t frames, restarts, failures;

/* --- a port that can lose a doorbell, to provoke what follows --- */

static const struct lev_hal *real_hal;
static struct lev_hal_ops stall_ops;
static struct lev_hal stall_hal = { &stall_ops, NULL };
static bool stall_armed;

static void stall_reg_write(void *ctx, uint64_t reg, unsigned width,
			    uint32_t value)
{
	if (stall_armed && reg == gpu.control.doorbell.reg) {
		stall_armed = false;
		return;
	}
	real_hal->ops->reg_write(ctx, reg, width, value);
}

static void stall_init(const struct lev_hal *hal)
{
	real_hal = hal;
	stall_ops = *hal->ops;
	stall_ops.reg_write = stall_reg_write;
	stall_hal.ctx = hal->ctx;
}

bool display_stall(void)
{
	stall_armed = up;
	return up;
}

/* --- up --- */

static int term_open(struct lev_term *t, struct memory *memory, uint32_t row,
		     uint16_t rows)
{
	const struct lev_font *font = &lev_font_console;
	const uint16_t cols = (uint16_t)(gpu.surface.width / font->width);
	const size_t len = LEV_TERM_MEM_LEN(cols, rows);
	const struct lev_term_config cfg = {
		.surface = { gpu.surface.pixels, gpu.surface.width,
			     gpu.surface.height, gpu.surface.stride },
		.y = row * font->height,
		.font = font,
		.cols = cols,
		.rows = rows,
		.mem = (void *)(uintptr_t)memory_take(memory, len, MEMORY_PAGE),
		.mem_len = len,
	};

	return cfg.mem ? lev_term_init(t, &cfg) : LEV_ERR_NOMEM;
}

/* The terminal takes all rows but the last, which is the status line's. */
static int terminals_open(struct memory *memory)
{
	const uint32_t rows = gpu.surface.height / lev_font_console.height;
	int err;

	if (rows < 2)
		return LEV_ERR_RANGE;
	err = term_open(&term, memory, 0, (uint16_t)(rows - 1));
	if (!err)
		err = term_open(&status, memory, rows - 1, 1);
	return err;
}

bool display_init(const struct lev_hal *hal, struct memory *memory)
{
	struct lev_gpu_config cfg = { .transport = NULL };
	int err;

	gpu_slot = devices_find(LEV_ID_GPU, NULL);
	if (!gpu_slot) {
		kprintf("display: no GPU, serial line only\n");
		return false;
	}
	stall_init(hal);
	gpu_slot->transport->hal = &stall_hal;
	cfg.transport = gpu_slot->transport;
	devices_claim(gpu_slot, &gpu.dev, &gpu.control);
	err = lev_gpu_init(&gpu, &cfg);
	if (!err) {
		err = terminals_open(memory);
		if (err && lev_gpu_fini(&gpu) != 0)
			kprintf("display: the GPU keeps its memory\n");
	}
	if (err) {
		kprintf("display: no picture, serial line only: %s\n",
			lev_strerror(err));
		if (gpu.dev.state == LEV_DEVICE_FREE)
			devices_release(gpu_slot);
		return false;
	}
	kprintf("display: %u x %u, terminal %u x %u\n", gpu.surface.width,
		gpu.surface.height, term.cols, term.rows);
	up = true;
	return true;
}

bool display_up(void)
{
	return up;
}

struct device_slot *display_slot(void)
{
	return gpu_slot;
}

struct lev_gpu *display_gpu(void)
{
	return up ? &gpu : NULL;
}

const struct lev_gpu_surface *display_surface(void)
{
	return up ? &gpu.surface : NULL;
}

unsigned display_cols(void)
{
	return up ? term.cols : 80;
}

/* --- what is on it --- */

/* The log's lines end in LF alone, a terminal's in CR LF. */
void display_write(const char *text, size_t len)
{
	size_t from = 0;

	if (!up)
		return;
	dirty = true;
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n')
			continue;
		lev_term_write(&term, text + from, i - from);
		lev_term_write(&term, "\r\n", 2);
		from = i + 1;
	}
	lev_term_write(&term, text + from, len - from);
}

void display_status(const char *text)
{
	/* No cursor, black on grey to the end of the line. */
	static const char begin[] = "\033c\033[?25l\033[30;47m\033[K";
	static const char end[] = "\033[K";
	size_t len = 0;

	if (!up)
		return;
	while (text[len])
		len++;
	lev_term_write(&status, begin, sizeof(begin) - 1);
	lev_term_write(&status, text, len);
	lev_term_write(&status, end, sizeof(end) - 1);
	dirty = true;
}

/* --- frames --- */

static void draw(struct lev_term *t)
{
	struct lev_term_rect rects[RECTS];
	const size_t count = lev_term_draw(t, rects, RECTS);

	for (size_t i = 0; i < count; i++) {
		const struct lev_gpu_rect r = { rects[i].x, rects[i].y,
						rects[i].width,
						rects[i].height };

		lev_gpu_damage(&gpu, &r);
	}
}

/* Draw what changed and send it off. */
static int send_frame(void)
{
	int err;

	draw(&term);
	draw(&status);
	dirty = false;
	next_frame = arch_now() + DISPLAY_FRAME;
	err = lev_gpu_frame(&gpu);
	sent = err > 0;
	frames += sent;
	return err;
}

/* The device has nothing to do: what was sent was shown. */
static void arrived(void)
{
	if (sent)
		failures = 0;
	sent = false;
}

/*
 * The device failed: say so, and bring the picture back. One that can be
 * brought up but shows no frame is not tried for ever either.
 */
static void recover(int why)
{
	int err = why;

	sent = false;
	kprintf("display: the GPU failed: %s\n", lev_strerror(why));
	while (err && failures < FAILURES_MAX) {
		failures++;
		restarts++;
		err = lev_gpu_restart(&gpu);
		kprintf("display: GPU re-initialised: %s\n", lev_strerror(err));
	}
	if (err) {
		up = false;
		kprintf("display: given up, serial line only\n");
	}
}

uint64_t display_service(void)
{
	int err;

	if (!up)
		return UINT64_MAX;
	err = lev_gpu_poll(&gpu);
	if (err == 0)
		arrived();
	if (err == 0 && dirty && arch_now() >= next_frame) {
		err = send_frame();
		if (err > 0)
			err = lev_gpu_poll(&gpu); /* arms the interrupt */
		if (err == 0)
			arrived();
	}
	if (err < 0) {
		recover(err);
		return 0;
	}
	if (err > 0)
		return gpu.frame_deadline;
	return dirty ? next_frame : UINT64_MAX;
}

bool display_sync(void)
{
	int err;

	if (!up)
		return false;
	err = lev_gpu_wait(&gpu);
	if (!err)
		err = send_frame();
	if (err > 0)
		err = lev_gpu_wait(&gpu);
	if (err < 0)
		recover(err);
	else
		arrived();
	return !err;
}

void display_print(void)
{
	if (!gpu_slot) {
		kprintf("no GPU\n");
		return;
	}
	if (up)
		kprintf("scanout %u: %u x %u, terminal %u x %u\n", gpu.scanout,
			gpu.surface.width, gpu.surface.height, term.cols,
			term.rows);
	else
		kprintf("no picture\n");
	if (gpu.edid_width)
		kprintf("EDID prefers %u x %u\n", gpu.edid_width,
			gpu.edid_height);
	kprintf("%u frames, %u doorbells, %u restarts\n", frames,
		gpu.control.doorbells, restarts);
	if (gpu.error.command)
		kprintf("last error: %s: %s\n",
			lev_gpu_command_name(gpu.error.command),
			lev_gpu_response_name(gpu.error.response));
}
