/* SPDX-License-Identifier: MIT */
/* A picture on the VirtIO GPU behind an MMIO slot. */
#include <levitate.h>

/* hal: your port. base: the slot's registers, as your reg_read takes them. */
int show_picture(const struct lev_hal *hal, uint64_t base);

static struct lev_mmio slot;
static struct lev_gpu gpu;

int show_picture(const struct lev_hal *hal, uint64_t base)
{
	const struct lev_gpu_config cfg = { .transport = &slot.transport };
	const struct lev_gpu_rect box = { 100, 50, 64, 64 };
	int err;

	err = lev_mmio_probe(&slot, hal, base);
	if (err)
		return err; /* no device here, or one that is in use */
	err = lev_gpu_init(&gpu, &cfg);
	if (err)
		return err; /* lev_strerror(err); nothing is held */

	for (uint32_t y = box.y; y < box.y + box.height; y++)
		for (uint32_t x = box.x; x < box.x + box.width; x++)
			gpu.surface.pixels[y * gpu.surface.stride + x] =
				0xff8000; /* orange */
	lev_gpu_damage(&gpu, &box);
	err = lev_gpu_frame(&gpu); /* on its way */
	return err < 0 ? err : lev_gpu_wait(&gpu);
}
