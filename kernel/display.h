/* SPDX-License-Identifier: MIT */
/*
 * The screen: a terminal on the VirtIO GPU, with a status line below it.
 *
 * Writing changes cells only; display_service draws, at most 60 times a second
 * and only what changed. A GPU that stops answering is said so, reset and
 * brought up again, and the picture with it.
 */
#ifndef KERNEL_DISPLAY_H
#define KERNEL_DISPLAY_H

#include <levitate.h>

#include "devices.h"
#include "memory.h"

/* Time between two frames, in nanoseconds. */
#define DISPLAY_FRAME 16666667u

/*
 * Bring up the first GPU there is (devices.h says which that is on a machine
 * with several) and put the terminal on it. memory: for the terminal's cells.
 * Says what it finds. False: there is no screen.
 */
bool display_init(const struct lev_hal *hal, struct memory *memory);

/* Is there a screen? It may be lost later. */
bool display_up(void);

/* Text and control sequences for the terminal; nothing is drawn yet. */
void display_write(const char *text, size_t len);

/* What the status line says. */
void display_status(const char *text);

/* Draw now and wait until the device has shown it. False: it has not. */
bool display_sync(void);

/*
 * Draw if it is time, see to the device. Returns when it wants to be called
 * again, on arch_now's clock; an interrupt may come earlier.
 */
uint64_t display_service(void);

/* For the shell: what the GPU is and did; lose its next doorbell. */
void display_print(void);
bool display_stall(void);

/* The GPU's slot; NULL if there is no GPU. */
struct device_slot *display_slot(void);

/*
 * The driver, for whoever leaves no frame in flight; NULL without a screen.
 */
struct lev_gpu *display_gpu(void);

/* The picture; NULL without a screen. */
const struct lev_gpu_surface *display_surface(void);

/* Columns of the terminal; 80 without a screen. */
unsigned display_cols(void);

#endif
