/* SPDX-License-Identifier: MIT */
/* How a device's interrupts reach the kernel. For devices.c alone. */
#ifndef KERNEL_DEVICE_IRQ_H
#define KERNEL_DEVICE_IRQ_H

#include "devices.h"

/*
 * Attach the best kind of interrupt that there is for this slot, none better
 * than best, and tell the device. It is probed and no driver has it yet.
 */
void device_irq_attach(struct device_slot *slot, enum device_irq best);

/* Its name, as the boot argument irq= has it. */
const char *device_irq_name(enum device_irq irq);

#endif
