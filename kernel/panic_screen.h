/* SPDX-License-Identifier: MIT */
/*
 * A panic on the screen. It trusts no queue it finds, and no memory but its
 * own, reserved at boot and never used before: the GPU is reset, set up anew
 * with a driver object of this file's, drawn to once, by polling.
 */
#ifndef KERNEL_PANIC_SCREEN_H
#define KERNEL_PANIC_SCREEN_H

#include "devices.h"

/*
 * Bytes that a picture of this size needs: its pixels, the terminal's cells
 * and the GPU's queue.
 */
size_t panic_screen_len(uint32_t width, uint32_t height);

/* Memory, aligned to a page, that from now on belongs to a panic. */
void panic_screen_init(void *mem, size_t len);

/*
 * There is a GPU: its place, which is copied, and the size of the picture to
 * draw. May be called again when that changes.
 */
void panic_screen_use(const struct device_place *place, uint32_t width,
		      uint32_t height);

#endif
