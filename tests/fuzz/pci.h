/* SPDX-License-Identifier: MIT */
/*
 * A PCI function whose configuration space, BARs and registers are the input's.
 * Checked: what is written to configuration space, and when; that only what the
 * port has mapped is touched, and what the window may show; which registers,
 * how; a queue's memory when it is enabled.
 */
#ifndef FUZZ_PCI_H
#define FUZZ_PCI_H

#include <levitate/pci.h>
#include <levitate/queue.h>
#include <levitate/wire/pci.h>

#include "fuzz.h"

enum { FUNCTION = 0x108, SLOTS = 16, MAPS = 32, TYPE = 4, VECTORS = 4 };

struct map {
	enum lev_io_space space;
	uint64_t addr, len;
};

struct slot {
	struct fuzz_port port;
	struct lev_pci_host host;
	struct lev_pci pci;
	struct lev_device dev;
	struct lev_queue queue;
	struct lev_queue_slot *slots;
	struct lev_request req;
	struct lev_seg seg;
	struct lev_pci_vectors vectors;
	struct lev_pci_message messages[VECTORS];
	uint16_t queue_vectors[2];

	uint8_t cfg[LEV_PCI_CFG_LEN + 16]; /* the last capability hangs over */
	uint32_t bar_mask[LEV_PCI_BARS];   /* bits that can be set */
	uint8_t bars_were[4 * LEV_PCI_BARS];
	uint32_t command_was;
	struct map maps[MAPS];
	unsigned map_count;
	uint8_t regs[0x40]; /* common, or the legacy header */
	uint32_t status;    /* as the driver has it */
	uint64_t features;  /* as they were shown last */
	uint32_t max;	    /* the last queue size that was read */
	unsigned touched;   /* accesses of registers */
	unsigned asked;	    /* and of configuration space */
	unsigned back;
	bool shifty; /* configuration space says something else each time */
	bool honest; /* from here on */
	bool refuse; /* the port maps nothing now */
	bool stuck;  /* resets are not confirmed */
	bool gone;   /* all ones */
	bool set_up; /* the window's fields were just written */
	bool was_gone;
};

/* A field of configuration space, as it is. */
uint32_t slot_cfg(const struct slot *s, unsigned off, unsigned width);

/* Mostly v, sometimes anything. */
uint32_t slot_mostly(struct slot *s, uint32_t v);

/* Do len bytes at addr lie in a BAR, where that is? */
bool slot_in_bar(const struct slot *s, bool io, uint64_t addr, uint64_t len);

/* Do structures in the window overlap? Nobody knows then which one it shows. */
bool slot_ambiguous(struct slot *s);

/* s is zeroed. */
void slot_init(struct slot *s, const uint8_t *data, size_t len);

#endif
