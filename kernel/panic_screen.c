/* SPDX-License-Identifier: MIT */
/*
 * The panic screen. Whatever goes wrong here is not reported: the serial line
 * has the whole report already, and a fault only adds a second one to it.
 */
#include "panic_screen.h"

#include <levitate/gpu.h>
#include <levitate/term.h>

#include "ports/baremetal/baremetal.h"

#include "arch.h"
#include "panic.h"

enum {
	QUEUE_LEN = 64 * 1024,	 /* the GPU's queue and its commands */
	TIMEOUT = 500 * 1000000, /* ns, for set-up and for the frame each */
	CELL_MIN = 8,		 /* pixels; for the room that cells need */
};

static struct {
	void *mem;
	size_t len;
	struct device_place place;
	struct lev_pci_host host; /* a copy, with our port */
	uint32_t width;
	uint32_t height;
} reserved;

static struct lev_baremetal port;
static struct lev_mmio mmio;
static struct lev_pci pci;
static struct lev_gpu gpu;
static struct lev_term term;

size_t panic_screen_len(uint32_t width, uint32_t height)
{
	return (size_t)width * height * sizeof(uint32_t) +
	       LEV_TERM_MEM_LEN(width / CELL_MIN, height / CELL_MIN) +
	       QUEUE_LEN;
}

void panic_screen_init(void *mem, size_t len)
{
	reserved.mem = mem;
	reserved.len = len;
}

static uint64_t now(void *ctx)
{
	(void)ctx;
	return arch_now();
}

/* The transport of the place, or NULL. */
static struct lev_transport *find_gpu(void)
{
	const struct device_place *place = &reserved.place;

	if (!place->host)
		return lev_mmio_probe(&mmio, &port.hal, place->addr)
			       ? NULL
			       : &mmio.transport;
	reserved.host.hal = &port.hal;
	return lev_pci_probe(&pci, &reserved.host, (uint16_t)place->addr)
		       ? NULL
		       : &pci.transport;
}

static int start_gpu(void)
{
	const struct lev_baremetal_config port_config = {
		.arena = reserved.mem,
		.arena_len = reserved.len,
		.now = now,
	};
	struct lev_gpu_config gpu_config = {
		.width = reserved.width,
		.height = reserved.height,
		.init_timeout = TIMEOUT,
		.frame_timeout = TIMEOUT,
	};

	lev_baremetal_init(&port, &port_config);
	gpu_config.transport = find_gpu();
	if (gpu_config.transport == NULL)
		return LEV_ERR_NODEV;
	return lev_gpu_init(&gpu, &gpu_config);
}

static int start_term(void)
{
	const struct lev_font *font = &lev_font_console;
	struct lev_term_config config = {
		.surface = { gpu.surface.pixels, gpu.surface.width,
			     gpu.surface.height, gpu.surface.stride },
		.font = font,
		.cols = (uint16_t)(gpu.surface.width / font->width),
		.rows = (uint16_t)(gpu.surface.height / font->height),
	};
	lev_paddr addr;

	config.mem_len = LEV_TERM_MEM_LEN(config.cols, config.rows);
	config.mem = lev_device_dma_alloc(&gpu.dev, config.mem_len, 64,
					  UINT64_MAX, &addr);
	if (config.mem == NULL)
		return LEV_ERR_NOMEM;
	return lev_term_init(&term, &config);
}

/*
 * As many lines as the screen has, from the first: what happened stands at
 * the top, and must not scroll away.
 */
static void write_report(const char *text)
{
	unsigned rows = term.rows;

	lev_term_write(&term, "\033[?25l\033[0;97;44m\033[2J\033[H", 23);
	while (*text == '\n')
		text++;
	while (*text != '\0' && rows-- > 0) {
		size_t len = 0;

		while (text[len] != '\0' && text[len] != '\n')
			len++;
		lev_term_write(&term, text, len < term.cols ? len : term.cols);
		text += text[len] == '\n' ? len + 1 : len;
		if (*text != '\0' && rows > 0)
			lev_term_write(&term, "\r\n", 2);
	}
}

static void show(const char *text)
{
	struct lev_gpu_rect all = { .x = 0 };
	struct lev_term_rect drawn;

	if (start_gpu() != 0 || start_term() != 0)
		return;
	write_report(text);
	(void)lev_term_draw(&term, &drawn, 1);
	all.width = gpu.surface.width;
	all.height = gpu.surface.height;
	lev_gpu_damage(&gpu, &all);
	if (lev_gpu_frame(&gpu) == 1 && lev_gpu_wait(&gpu) == 0)
		panic_print("*** shown on the screen\n");
}

void panic_screen_use(const struct device_place *place, uint32_t width,
		      uint32_t height)
{
	reserved.place = *place;
	if (place->host)
		reserved.host = *place->host;
	reserved.width = width;
	reserved.height = height;
	panic_set_screen(show);
}
