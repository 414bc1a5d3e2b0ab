/* SPDX-License-Identifier: MIT */
/* See fake_rig_packed.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fake_rig_packed.h"

void packed_features(struct rig *rig, uint64_t features)
{
	features |= (uint64_t)1 << FAKE_F_RING_PACKED;
	rig->dev->features[0] |= features;
	rig_features(rig, features);
}

void packed_place(struct rig *rig, uint32_t size)
{
	const uint64_t parts[3] = { rig->addr, rig->addr + PACKED_DRIVER,
				    rig->addr + PACKED_DEVICE };

	rig_look(rig, 0);
	rig_wr(rig, FAKE_REG_QUEUE_SIZE, size);
	for (uint32_t i = 0; i < 3; i++) {
		rig_wr(rig, FAKE_REG_DESC_LOW + 0x10 * i, (uint32_t)parts[i]);
		rig_wr(rig, FAKE_REG_DESC_HIGH + 0x10 * i,
		       (uint32_t)(parts[i] >> 32));
	}
	rig_enable(rig, 0);
}

struct packed packed_start(struct rig *rig, uint64_t features, uint32_t size)
{
	packed_features(rig, features);
	packed_place(rig, size);
	rig_ok(rig);
	return (struct packed){
		.rig = rig, .size = size, .wrap = true, .used_wrap = true
	};
}

/* --- adding --- */

uint16_t packed_bits(const struct packed *p)
{
	return p->wrap ? FAKE_DESC_AVAIL : FAKE_DESC_USED;
}

void packed_desc(struct packed *p, uint16_t slot, uint64_t addr, uint32_t len,
		 uint16_t id, uint16_t flags)
{
	uint32_t off = 16u * slot;

	rig_put64(p->rig, off, addr);
	rig_put32(p->rig, off + 8, len);
	rig_put16(p->rig, off + 12, id);
	rig_put16(p->rig, off + 14, flags);
}

void packed_step(struct packed *p)
{
	p->lent++;
	if (++p->next == p->size) {
		p->next = 0;
		p->wrap = !p->wrap;
	}
}

void packed_one(struct packed *p, uint16_t id, uint16_t flags)
{
	packed_desc(p, p->next, rig_buffer(p->rig, 64u * p->next), 4, id,
		    flags | packed_bits(p));
	p->len[id % PACKED_IDS] = 1;
	packed_step(p);
}

void packed_table(struct packed *p, uint16_t id, uint32_t len, uint16_t flags)
{
	packed_desc(p, p->next, p->rig->addr + PACKED_TABLES, len, id,
		    flags | packed_bits(p));
	p->len[id % PACKED_IDS] = 1;
	packed_step(p);
}

void packed_list(struct packed *p, uint16_t id, unsigned readable,
		 unsigned writable)
{
	const unsigned count = readable + writable;
	const uint32_t head = 16u * p->next + 14;
	uint16_t shown = 0;

	for (unsigned i = 0; i < count; i++) {
		uint16_t flags = packed_bits(p);

		flags |= i >= readable ? FAKE_DESC_WRITE : 0;
		flags |= i + 1 < count ? FAKE_DESC_NEXT : 0;
		packed_desc(p, p->next, rig_buffer(p->rig, 64u * p->next), 4,
			    i + 1 < count ? (uint16_t)~id : id,
			    i ? flags : rig_get16(p->rig, head));
		shown = i ? shown : flags;
		packed_step(p);
	}
	p->len[id % PACKED_IDS] = count;
	rig_put16(p->rig, head, shown);
}

void packed_kick(struct packed *p)
{
	rig_kick(p->rig, 0);
}

/* --- taking back --- */

uint16_t packed_slot_id(struct packed *p, uint16_t slot)
{
	return rig_get16(p->rig, 16u * slot + 12);
}

uint16_t packed_slot_flags(struct packed *p, uint16_t slot)
{
	return rig_get16(p->rig, 16u * slot + 14);
}

uint32_t packed_slot_len(struct packed *p, uint16_t slot)
{
	return rig_get32(p->rig, 16u * slot + 8);
}

int packed_reap(struct packed *p, uint32_t *len)
{
	const uint16_t both = FAKE_DESC_AVAIL | FAKE_DESC_USED;
	const uint16_t flags = packed_slot_flags(p, p->used);
	const uint16_t id = packed_slot_id(p, p->used);
	unsigned count;

	if ((flags & both) != (p->used_wrap ? both : 0) || !p->lent)
		return -1;
	*len = packed_slot_len(p, p->used);
	count = p->len[id % PACKED_IDS];
	assert_int_not_equal(count, 0);
	p->len[id % PACKED_IDS] = 0;
	p->lent -= count;
	p->used = (uint16_t)(p->used + count);
	if (p->used >= p->size) {
		p->used = (uint16_t)(p->used - p->size);
		p->used_wrap = !p->used_wrap;
	}
	return id;
}

void packed_event(struct packed *p, uint16_t desc, uint16_t flags)
{
	rig_put16(p->rig, PACKED_DRIVER, desc);
	rig_put16(p->rig, PACKED_DRIVER + 2, flags);
}
