/* SPDX-License-Identifier: MIT */
/*
 * The driver by hand of fake_rig.h, for packed rings (queue 0 only): it can do
 * everything right, and anything wrong. Nothing of the library is in it.
 */
#ifndef FAKE_RIG_PACKED_H
#define FAKE_RIG_PACKED_H

#include "fake_rig.h"

enum {
	PACKED_DRIVER = 0x2000, /* offsets of the event structures; the */
	PACKED_DEVICE = 0x2100, /* ring is at 0, of 64 slots at most */
	PACKED_TABLES = 0x3000, /* room for indirect tables */
	PACKED_IDS = 64,
};

struct packed {
	struct rig *rig;
	uint32_t size;
	uint16_t next; /* slot for the next descriptor */
	bool wrap;     /* and its lap */
	uint16_t used; /* slot of the next used one */
	bool used_wrap;
	unsigned lent;		  /* slots that the device has */
	unsigned len[PACKED_IDS]; /* of lists in flight, by id; 0: free */
};

/* The features are offered and accepted, besides RING_PACKED. */
void packed_features(struct rig *rig, uint64_t features);
/* Size and addresses, then the queue is enabled. */
void packed_place(struct rig *rig, uint32_t size);
/* All of it, to DRIVER_OK. */
struct packed packed_start(struct rig *rig, uint64_t features, uint32_t size);

/* AVAIL and USED of the next descriptor that is made available. */
uint16_t packed_bits(const struct packed *p);
/* Write a slot; flags last. */
void packed_desc(struct packed *p, uint16_t slot, uint64_t addr, uint32_t len,
		 uint16_t id, uint16_t flags);
/* On to the next slot. */
void packed_step(struct packed *p);
/* One descriptor of 4 bytes; our own bits of the lap are added. */
void packed_one(struct packed *p, uint16_t id, uint16_t flags);
/* One that refers to a table at PACKED_TABLES. */
void packed_table(struct packed *p, uint16_t id, uint32_t len, uint16_t flags);
/*
 * A list of so many of 4 bytes each, the last ones writable. The head's flags
 * are written last; only the last descriptor has the right id.
 */
void packed_list(struct packed *p, uint16_t id, unsigned readable,
		 unsigned writable);
void packed_kick(struct packed *p);

/* What the slot holds, as 2.8.13 has it. */
uint16_t packed_slot_id(struct packed *p, uint16_t slot);
uint16_t packed_slot_flags(struct packed *p, uint16_t slot);
uint32_t packed_slot_len(struct packed *p, uint16_t slot);

/* Take the next used one: its id, or -1 when there is none. */
int packed_reap(struct packed *p, uint32_t *len);

/* Say when an interrupt is wanted. */
void packed_event(struct packed *p, uint16_t desc, uint16_t flags);

#endif
