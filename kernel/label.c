/* SPDX-License-Identifier: MIT */
/* Screens that are not the console. See label.h. */
#include "label.h"

#include "console.h"
#include "print.h"

static struct label {
	struct lev_gpu gpu;
	struct lev_term term;
} labels[LABELS_MAX];

static int term_open(struct label *label, struct memory *memory)
{
	const struct lev_gpu_surface *s = &label->gpu.surface;
	const struct lev_font *font = &lev_font_console;
	struct lev_term_config cfg = {
		.surface = { s->pixels, s->width, s->height, s->stride },
		.font = font,
		.cols = (uint16_t)(s->width / font->width),
		.rows = 1,
	};

	cfg.mem_len = LEV_TERM_MEM_LEN(cfg.cols, cfg.rows);
	cfg.mem = (void *)(uintptr_t)memory_take(memory, cfg.mem_len,
						 MEMORY_PAGE);
	return cfg.mem ? lev_term_init(&label->term, &cfg) : LEV_ERR_NOMEM;
}

static int show(struct label *label, const char *text, size_t len)
{
	struct lev_term_rect drawn;
	struct lev_gpu_rect rect;
	int err;

	lev_term_write(&label->term, "\033[?25l", 6); /* no cursor */
	lev_term_write(&label->term, text, len);
	if (lev_term_draw(&label->term, &drawn, 1) != 1)
		return LEV_ERR_STATE;
	rect = (struct lev_gpu_rect){ drawn.x, drawn.y, drawn.width,
				      drawn.height };
	lev_gpu_damage(&label->gpu, &rect);
	err = lev_gpu_frame(&label->gpu);
	return err < 0 ? err : lev_gpu_wait(&label->gpu);
}

static int label_init(struct label *label, const struct device_slot *slot,
		      const struct device_slot *console, struct memory *memory)
{
	const struct lev_gpu_config cfg = { .transport = slot->transport };
	char text[80];
	size_t len;
	int err = lev_gpu_init(&label->gpu, &cfg);

	if (err)
		return err;
	len = print_text(text, sizeof(text),
			 " GPU %s, %u x %u; the console is on %s", slot->name,
			 label->gpu.surface.width, label->gpu.surface.height,
			 console->name);
	err = term_open(label, memory);
	if (!err)
		err = show(label, text, len);
	if (err && lev_gpu_fini(&label->gpu) != 0)
		kprintf("label: the GPU keeps its memory\n");
	return err;
}

void labels_init(struct device_slot *console, struct memory *memory)
{
	struct device_slot *slot = devices_find(LEV_ID_GPU, console);

	for (unsigned i = 0; slot && i < LABELS_MAX; i++) {
		struct label *label = &labels[i];
		int err;

		devices_claim(slot, &label->gpu.dev, &label->gpu.control);
		err = label_init(label, slot, console, memory);
		if (err)
			kprintf("label: %s: %s\n", slot->name,
				lev_strerror(err));
		if (label->gpu.dev.state == LEV_DEVICE_FREE)
			devices_release(slot);
		slot = devices_find(LEV_ID_GPU, slot);
	}
}
