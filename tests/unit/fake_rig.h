/* SPDX-License-Identifier: MIT */
/*
 * A driver by hand, register by register and byte by byte, to test the device
 * model with: it can do everything right, and anything wrong. Nothing of the
 * library is in it.
 */
#ifndef FAKE_RIG_H
#define FAKE_RIG_H

#include "fake/fake.h"

enum {
	RIG_SIZE = 8,	      /* entries of each queue */
	RIG_QUEUE = 0x4000,   /* bytes of memory for each */
	RIG_AVAIL = 0x80,     /* offsets in it: 16 * RIG_SIZE ... */
	RIG_USED = 0x1000,    /* ... as version 1 wants them */
	RIG_BUFFERS = 0x8000, /* behind two queues */
	RIG_MEM = 0x10000,
};

enum { NEXT = 1, WRITE = 2, INDIRECT = 4 };

struct rig {
	struct fake_port *port;
	struct fake_dev *dev;
	uint8_t *mem;
	lev_paddr addr;
	unsigned flags; /* of mem */
	uint16_t avail_idx[2];
};

/* A port with an echo device, or with this device; memory, no register yet. */
struct rig rig_new(uint32_t version);
struct rig rig_of(struct fake_port *port, struct fake_dev *dev);

/* Take other memory instead of the first; before the start. */
void rig_realloc(struct rig *rig, unsigned flags);

void *rig_alloc(struct rig *rig, size_t len, size_t align, lev_paddr *addr);

/* A driver that breaks one rule of a device of this version. */
struct rig_bad {
	const char *id;
	uint32_t version;
	void (*act)(struct rig *rig);
};

/* One test for each, named after its rule; returns how many failed. */
int rig_run_bads(const struct rig_bad *bads, size_t count);

/* Reset the device, give everything back. */
void rig_stop(struct rig *rig);
void rig_free(struct rig *rig);

uint32_t rig_rd(struct rig *rig, uint32_t reg);
void rig_wr(struct rig *rig, uint32_t reg, uint32_t value);

/* The steps of a start; each takes those before it for done. */
void rig_probe(struct rig *rig);
void rig_reset(struct rig *rig);
void rig_driver(struct rig *rig); /* ACKNOWLEDGE, DRIVER */
void rig_offer(struct rig *rig);  /* read what is offered */
void rig_accept(struct rig *rig, uint64_t low, uint64_t high);
void rig_settle(struct rig *rig); /* FEATURES_OK and back, on version 2 */
void rig_look(struct rig *rig, unsigned queue);
void rig_place(struct rig *rig, unsigned queue); /* size, addresses */
void rig_enable(struct rig *rig, unsigned queue);
void rig_ok(struct rig *rig); /* DRIVER_OK */

/* All of these, nqueues queues; VERSION_1 is accepted anyway on version 2. */
void rig_features(struct rig *rig, uint64_t low);
void rig_start(struct rig *rig, uint64_t low, unsigned nqueues);

/* Rings. off is from the start of our memory. */
uint16_t rig_get16(struct rig *rig, uint32_t off);
uint32_t rig_get32(struct rig *rig, uint32_t off);
void rig_put16(struct rig *rig, uint32_t off, uint16_t v);
void rig_put32(struct rig *rig, uint32_t off, uint32_t v);
void rig_put64(struct rig *rig, uint32_t off, uint64_t v);

/* A descriptor in our memory, or in a queue's table; buffer at device addr. */
void rig_desc_at(struct rig *rig, uint32_t off, uint64_t addr, uint32_t len,
		 uint16_t flags, uint16_t next);
void rig_desc(struct rig *rig, unsigned queue, unsigned i, uint64_t addr,
	      uint32_t len, uint16_t flags, uint16_t next);
uint64_t rig_buffer(struct rig *rig, uint32_t off);
void rig_avail(struct rig *rig, unsigned queue, uint16_t head);
void rig_kick(struct rig *rig, unsigned queue);
void rig_send(struct rig *rig, unsigned queue, uint16_t head);
uint16_t rig_used_idx(struct rig *rig, unsigned queue);
uint32_t rig_used_id(struct rig *rig, unsigned queue, unsigned i);
uint32_t rig_used_len(struct rig *rig, unsigned queue, unsigned i);

/* Descriptor 0: 4 bytes to read, descriptor 1: 4 bytes to write. Sent. */
void rig_echo(struct rig *rig, unsigned queue);

/* Configuration space. */
uint32_t rig_config(struct rig *rig, uint32_t off, unsigned width);
void rig_config_set(struct rig *rig, uint32_t off, unsigned width,
		    uint32_t value);

#endif
