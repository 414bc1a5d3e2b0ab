/* SPDX-License-Identifier: MIT */
/*
 * The packed ring as it stands in memory (standard 2.8.13), read by bytes, and
 * places in it by a count of our own: 0 to size - 1 while the wrap counter is
 * 1, size to 2 * size - 1 while it is 0.
 */
#ifndef PACKED_RING_H
#define PACKED_RING_H

#include "rig.h"

enum { PACKED_LAP = FAKE_DESC_AVAIL | FAKE_DESC_USED };

struct packed_slot {
	uint64_t addr;
	uint32_t len;
	uint16_t id, flags;
};

static inline uint64_t packed_number(const uint8_t *at, unsigned bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | at[bytes];
	return v;
}

/* A descriptor in the ring, or in a table. */
static inline struct packed_slot packed_slot_at(struct rig *r, uint64_t addr)
{
	const uint8_t *at = fake_ptr(r->port, addr, 16, 0);

	RIG_CHECK(r, at);
	return (struct packed_slot){
		.addr = packed_number(at, 8),
		.len = (uint32_t)packed_number(at + 8, 4),
		.id = (uint16_t)packed_number(at + 12, 2),
		.flags = (uint16_t)packed_number(at + 14, 2),
	};
}

static inline struct packed_slot packed_slot(struct rig *r, unsigned place)
{
	return packed_slot_at(r, r->fq->desc + 16 * (place % r->fq->size));
}

static inline bool packed_wrap(const struct rig *r, unsigned place)
{
	return place / r->fq->size % 2 == 0;
}

/* As event structures and notifications name it. */
static inline uint16_t packed_name(const struct rig *r, unsigned place)
{
	return (uint16_t)(place % r->fq->size |
			  (packed_wrap(r, place) ? 0x8000u : 0));
}

/* The two bits that say: available, to a device that stands at this place. */
static inline uint16_t packed_avail_bits(const struct rig *r, unsigned place)
{
	return packed_wrap(r, place) ? FAKE_DESC_AVAIL : FAKE_DESC_USED;
}

/* How many of the count descriptors from this place on look available. */
static inline unsigned packed_shown(struct rig *r, unsigned place,
				    unsigned count)
{
	unsigned shown = 0;

	for (; count--; place++)
		shown += (packed_slot(r, place).flags & PACKED_LAP) ==
			 packed_avail_bits(r, place);
	return shown;
}

#endif
