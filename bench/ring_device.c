/* SPDX-License-Identifier: MIT */
/*
 * The other side of the ring. It is written to the standard (2.7, 2.8) with
 * layouts of its own, and its functions are never inlined, so that what it
 * costs can be told from what the driver costs.
 */
#include "ring_device.h"

/* Descriptor flags (2.7.5, 2.8.1); a bit for each round of a packed ring */
enum {
	F_NEXT = 1 << 0,
	F_WRITE = 1 << 1,
	F_INDIRECT = 1 << 2,
	F_AVAIL = 1 << 7,
	F_USED = 1 << 15,
};

/* 2.8.10: the device's event suppression structure: no doorbells, please. */
enum { EVENT_DISABLE = 1 };

/*
 * A split ring's avail_event stands farther back than any driver is ahead, and
 * is moved on before the index comes round to it.
 */
enum { EVENT_BACK = BENCH_SIZE + 1, EVENT_AGE = 0x4000 };

struct bench_split_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct bench_packed_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t id;
	uint16_t flags;
};

struct bench_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[BENCH_SIZE];
};

struct bench_used {
	uint16_t flags;
	uint16_t idx;
	struct {
		uint32_t id;
		uint32_t len;
	} ring[BENCH_SIZE];
	uint16_t avail_event;
};

/* Device addresses are CPU addresses here. */
static void *at(lev_paddr addr)
{
	return (void *)(uintptr_t)addr;
}

void bench_device_init(struct bench_device *d,
		       const struct lev_queue_layout *layout, uint64_t features)
{
	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
		       "fields are read as they lie");
	*d = (struct bench_device){
		.packed = features >> LEV_F_RING_PACKED & 1,
		.in_order = features >> LEV_F_IN_ORDER & 1,
		.mask = (uint16_t)(layout->size - 1),
		.wrap = true,
		.split_desc = at(layout->desc),
		.packed_desc = at(layout->desc),
		.avail = at(layout->driver),
		.used = at(layout->device),
	};
	if (d->packed)
		((uint16_t *)at(layout->device))[1] = EVENT_DISABLE;
	else
		d->used->avail_event = (uint16_t)-EVENT_BACK;
}

/* --- split --- */

static uint32_t split_table_walk(const struct bench_split_desc *table,
				 unsigned count)
{
	uint32_t written = 0;

	for (unsigned i = 0; i < count; i++)
		if (table[i].flags & F_WRITE)
			written += table[i].len;
	return written;
}

static uint32_t split_walk(const struct bench_device *d, uint16_t head)
{
	const struct bench_split_desc *desc = &d->split_desc[head];
	uint32_t written = 0;

	if (desc->flags & F_INDIRECT)
		return split_table_walk(at(desc->addr), desc->len / 16);
	for (;;) {
		if (desc->flags & F_WRITE)
			written += desc->len;
		if (!(desc->flags & F_NEXT))
			return written;
		desc = &d->split_desc[desc->next];
	}
}

static __attribute__((noinline)) unsigned split_run(struct bench_device *d,
						    unsigned max)
{
	const uint16_t idx = __atomic_load_n(&d->avail->idx, __ATOMIC_ACQUIRE);
	unsigned count = (uint16_t)(idx - d->seen);

	if (count > max)
		count = max;
	if (!count)
		return 0;
	for (unsigned i = 0; i < count; i++) {
		const uint16_t from = (uint16_t)(d->seen + i);
		/* 2.7.9: the batch's last, at the place of its first. */
		const uint16_t to = d->in_order ? d->seen : from;
		const uint16_t head = d->avail->ring[from & d->mask];

		d->used->ring[to & d->mask].len = split_walk(d, head);
		d->used->ring[to & d->mask].id = head;
	}
	d->seen = (uint16_t)(d->seen + count);
	__atomic_store_n(&d->used->idx, d->seen, __ATOMIC_RELEASE);
	if ((uint16_t)(d->seen - d->used->avail_event) > EVENT_AGE)
		__atomic_store_n(&d->used->avail_event,
				 (uint16_t)(d->seen - EVENT_BACK),
				 __ATOMIC_RELAXED);
	return count;
}

/* --- packed --- */

/* A chain's length in the ring, its id and what can be written. */
struct packed_chain {
	unsigned count;
	uint16_t id;
	uint32_t written;
};

/* 2.8.7: an indirect table has the ring's own layout. */
static uint32_t packed_table_walk(const struct bench_packed_desc *table,
				  unsigned count)
{
	uint32_t written = 0;

	for (unsigned i = 0; i < count; i++)
		if (table[i].flags & F_WRITE)
			written += table[i].len;
	return written;
}

static struct packed_chain packed_walk(const struct bench_device *d)
{
	struct packed_chain chain = { 0 };
	uint16_t flags = F_NEXT;

	while (flags & F_NEXT) {
		const unsigned idx = (d->seen + chain.count++) & d->mask;
		const struct bench_packed_desc *desc = &d->packed_desc[idx];

		flags = desc->flags;
		chain.id = desc->id;
		if (flags & F_INDIRECT)
			chain.written += packed_table_walk(at(desc->addr),
							   desc->len / 16);
		else if (flags & F_WRITE)
			chain.written += desc->len;
	}
	return chain;
}

static bool packed_available(const struct bench_device *d)
{
	const uint16_t flags = __atomic_load_n(&d->packed_desc[d->seen].flags,
					       __ATOMIC_ACQUIRE);

	return !!(flags & F_AVAIL) == d->wrap && !!(flags & F_USED) != d->wrap;
}

static void packed_return(struct bench_packed_desc *desc, bool wrap,
			  struct packed_chain chain)
{
	desc->id = chain.id;
	desc->len = chain.written;
	__atomic_store_n(&desc->flags,
			 (uint16_t)((wrap ? F_AVAIL | F_USED : 0) |
				    (chain.written ? F_WRITE : 0)),
			 __ATOMIC_RELEASE);
}

static __attribute__((noinline)) unsigned packed_run(struct bench_device *d,
						     unsigned max)
{
	struct bench_packed_desc *first = &d->packed_desc[d->seen];
	const bool wrap = d->wrap;
	struct packed_chain chain = { 0 };
	unsigned count = 0;

	while (count < max && packed_available(d)) {
		struct bench_packed_desc *desc = &d->packed_desc[d->seen];
		const bool now = d->wrap;

		chain = packed_walk(d);
		if (d->seen + chain.count > d->mask)
			d->wrap = !d->wrap;
		d->seen = (uint16_t)((d->seen + chain.count) & d->mask);
		count++;
		if (!d->in_order)
			packed_return(desc, now, chain);
	}
	/* 2.8.8: the batch's last, at the place of its first. */
	if (count && d->in_order)
		packed_return(first, wrap, chain);
	return count;
}

__attribute__((noinline)) unsigned bench_device_run(struct bench_device *d,
						    unsigned max)
{
	return d->packed ? packed_run(d, max) : split_run(d, max);
}
