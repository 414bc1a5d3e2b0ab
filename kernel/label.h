/* SPDX-License-Identifier: MIT */
/* Screens that are not the console: each shows one line that names it. */
#ifndef KERNEL_LABEL_H
#define KERNEL_LABEL_H

#include "devices.h"
#include "memory.h"

enum { LABELS_MAX = 3 }; /* further GPUs stay dark */

/*
 * Draw a line on every GPU behind that of the console, once, and wait until it
 * is shown. memory: for the lines' cells. Says what it cannot do.
 */
void labels_init(struct device_slot *console, struct memory *memory);

#endif
