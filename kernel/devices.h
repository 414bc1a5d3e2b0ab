/* SPDX-License-Identifier: MIT */
/*
 * The machine's VirtIO devices: one slot for each place where there may be one,
 * MMIO slots and PCI functions alike, found through the device tree and looked
 * at once. Whoever drives a device takes the slot's transport from here; nobody
 * makes a second one for the same slot.
 */
#ifndef KERNEL_DEVICES_H
#define KERNEL_DEVICES_H

#include <levitate.h>

#include "fdt.h"

enum {
	DEVICES_MAX = 64,
	DEVICES_NAME = 16,   /* a slot's name and its NUL */
	DEVICES_VECTORS = 2, /* the configuration's and the queues', at most */
};

/* How the kernel learns what a device did. The best first. */
enum device_irq {
	DEVICE_MSIX, /* messages */
	DEVICE_INTX, /* a wire: PCI's, or that of an MMIO slot */
	DEVICE_POLL, /* not at all: it is looked at now and then */
};

/* Where a device is. */
struct device_place {
	const struct lev_pci_host *host; /* NULL: an MMIO slot */
	uint64_t addr; /* of its registers; PCI: bus << 8 | device << 3 |
			  function */
};

struct device_slot {
	char name[DEVICES_NAME]; /* "mmio 0a003e00", "pci 00:02.0" */
	struct device_place place;
	struct fdt_cursor at; /* its node, or that of its bridge */
	uint16_t intx_addr;   /* PCI: of what a wire is looked up by, and */
	uint8_t intx_pin;     /* the pin, 0: none */
	union {
		struct lev_mmio mmio;
		struct lev_pci pci;
	};
	struct lev_transport *transport; /* one of the two has it */
	int probed;			 /* what looking at it came to */
	struct lev_device *dev;		 /* NULL: nobody drives it */
	const struct lev_queue *queue;	 /* the one worth telling about */

	bool attached; /* it was decided how it interrupts */
	enum device_irq irq;
	uint32_t interrupts; /* taken so far; counted by their handlers */
	struct lev_pci_vectors msix;
	struct lev_pci_message messages[DEVICES_VECTORS];
	uint16_t queue_vector;
};

/*
 * Look at all that the tree names. hal: the port that reads their registers.
 * best: no better kind of interrupt is used, even if there is one.
 */
void devices_probe(const struct fdt *fdt, const struct lev_hal *hal,
		   enum device_irq best);

/*
 * The next slot behind `after` (NULL: the first) with a device of this type.
 * MMIO slots come first, the highest address first; then PCI's functions, the
 * lowest number first: on QEMU that is, on either bus, the order in which
 * -device options were given.
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

/* Do for those what a handler would have done. */
void devices_poll(void);

/* Print what there is, from the drivers' records: reads no register. */
void devices_list(void);

#endif
