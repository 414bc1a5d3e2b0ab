/* SPDX-License-Identifier: MIT */
/*
 * The machine's VirtIO slots: one object for each, found through the device
 * tree and looked at once. Whoever drives a device takes the slot's transport
 * from here; nobody makes a second one for the same slot.
 */
#ifndef KERNEL_DEVICES_H
#define KERNEL_DEVICES_H

#include <levitate.h>

#include "fdt.h"

enum { DEVICES_MAX = 64 };

struct device_slot {
	struct lev_mmio mmio;
	uint64_t addr;		/* of its registers */
	int probed;		/* what lev_mmio_probe returned */
	struct fdt_cursor at;	/* its node: where its interrupt is told */
	struct lev_device *dev; /* NULL: nobody drives it */
	const struct lev_queue *queue; /* the one worth telling about */
	bool irq;		       /* its interrupt is attached */
};

/* Look at all slots of the tree. hal: the port that reads their registers. */
void devices_probe(const struct fdt *fdt, const struct lev_hal *hal);

/*
 * The next slot behind `after` (NULL: the first) with a device of this type.
 * Slots come with the highest address first: on QEMU that is the order in
 * which -device options were given.
 */
struct device_slot *devices_find(uint32_t type, struct device_slot *after);

/*
 * dev is about to drive this slot: attach its interrupt, once. Without one
 * (it says so) the device is polled.
 */
void devices_claim(struct device_slot *slot, struct lev_device *dev,
		   const struct lev_queue *queue);
void devices_release(struct device_slot *slot);

/* Does a device in use have no interrupt, so that it must be polled? */
bool devices_polled(void);

/* Print what there is, from the drivers' records: reads no register. */
void devices_list(void);

#endif
