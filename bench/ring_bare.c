/* SPDX-License-Identifier: MIT */
/*
 * Rings without a check, to compare with: free descriptors in a list, a table
 * from id to request, and nothing that a hostile device or a careless caller
 * would need. Each either shows the device every request at once, as common
 * drivers do, or all of them with the kick. Layouts are from the standard
 * (2.7, 2.8).
 */
#include <stdlib.h>
#include <string.h>

#include "ring_threads.h"

enum { MASK = BENCH_SIZE - 1, LINE = 64 };

/* Descriptor flags (2.7.5, 2.8.1) */
enum {
	F_NEXT = 1 << 0,
	F_WRITE = 1 << 1,
	F_AVAIL = 1 << 7,
	F_USED = 1 << 15,
};

static void *shared_memory(size_t len)
{
	const size_t pages_len = (len + 4095) & ~(size_t)4095;
	void *ptr = aligned_alloc(4096, pages_len);

	if (!ptr)
		abort();
	return memset(ptr, 0, pages_len);
}

/* --- split --- */

struct split_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

struct split_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[BENCH_SIZE];
	uint16_t used_event;
};

struct split_used {
	uint16_t flags;
	uint16_t idx;
	struct {
		uint32_t id;
		uint32_t len;
	} ring[BENCH_SIZE];
	uint16_t avail_event;
};

struct split {
	struct split_desc desc[BENCH_SIZE];
	_Alignas(LINE) struct split_avail avail;
	_Alignas(LINE) struct split_used used;
};

struct bare_split {
	struct split *shared;
	struct lev_request *req[BENCH_SIZE]; /* by head */
	uint16_t tail[BENCH_SIZE];	     /* by head */
	uint16_t next[BENCH_SIZE];
	uint16_t free;
	uint16_t added;
	uint16_t kicked;
	uint16_t reaped;
};

static void *split_up(uint64_t features, struct lev_queue_layout *layout)
{
	struct bare_split *r = calloc(1, sizeof(*r));
	struct split *s = shared_memory(sizeof(*s));

	(void)features;
	if (!r)
		abort();
	for (unsigned i = 0; i < BENCH_SIZE; i++)
		r->next[i] = (uint16_t)(i + 1);
	r->shared = s;
	layout->desc = (uintptr_t)s->desc;
	layout->driver = (uintptr_t)&s->avail;
	layout->device = (uintptr_t)&s->used;
	layout->size = BENCH_SIZE;
	return r;
}

static void split_down(void *ring)
{
	struct bare_split *r = ring;

	free(r->shared);
	free(r);
}

static void split_write(struct bare_split *r, struct lev_request *req)
{
	const unsigned count = (unsigned)req->readable + req->writable;
	const uint16_t head = r->free;
	uint16_t idx = head, last = head;

	for (unsigned i = 0; i < count; i++) {
		struct split_desc *d = &r->shared->desc[idx];

		d->addr = req->segs[i].addr;
		d->len = req->segs[i].len;
		d->flags = (uint16_t)((i < req->readable ? 0 : F_WRITE) |
				      (i + 1 < count ? F_NEXT : 0));
		d->next = r->next[idx];
		last = idx;
		idx = r->next[idx];
	}
	r->free = idx;
	r->req[head] = req;
	r->tail[head] = last;
	r->shared->avail.ring[r->added++ & MASK] = head;
}

static int split_add(void *ring, struct lev_request *req)
{
	split_write(ring, req);
	return 0;
}

static int split_add_shown(void *ring, struct lev_request *req)
{
	struct bare_split *r = ring;

	split_write(r, req);
	__atomic_store_n(&r->shared->avail.idx, r->added, __ATOMIC_RELEASE);
	return 0;
}

/* 2.7.10.1: would the device like to be told? */
static int split_decide(struct bare_split *r)
{
	const uint16_t old = r->kicked;
	uint16_t event;

	r->kicked = r->added;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	event = __atomic_load_n(&r->shared->used.avail_event, __ATOMIC_RELAXED);
	return (uint16_t)(r->added - event - 1) < (uint16_t)(r->added - old);
}

static int split_kick_shown(void *ring)
{
	return split_decide(ring);
}

static int split_kick(void *ring)
{
	struct bare_split *r = ring;

	__atomic_store_n(&r->shared->avail.idx, r->added, __ATOMIC_RELEASE);
	return split_decide(r);
}

static struct lev_request *split_reap(void *ring)
{
	struct bare_split *r = ring;
	uint16_t head;

	if (__atomic_load_n(&r->shared->used.idx, __ATOMIC_ACQUIRE) ==
	    r->reaped)
		return NULL;
	head = (uint16_t)r->shared->used.ring[r->reaped++ & MASK].id;
	r->req[head]->written =
		r->shared->used.ring[(r->reaped - 1) & MASK].len;
	r->next[r->tail[head]] = r->free;
	r->free = head;
	return r->req[head];
}

const struct bench_ring bench_bare_split_add = {
	.name = "bare split, shown per add",
	.features = 0,
	.up = split_up,
	.down = split_down,
	.add = split_add_shown,
	.kick = split_kick_shown,
	.reap = split_reap,
};

const struct bench_ring bench_bare_split_kick = {
	.name = "bare split, shown per kick",
	.features = 0,
	.up = split_up,
	.down = split_down,
	.add = split_add,
	.kick = split_kick,
	.reap = split_reap,
};

/* --- packed --- */

struct packed_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t id;
	uint16_t flags;
};

struct packed_event {
	uint16_t desc;
	uint16_t flags;
};

struct packed {
	struct packed_desc desc[BENCH_SIZE];
	_Alignas(LINE) struct packed_event driver;
	_Alignas(LINE) struct packed_event device;
};

struct bare_packed {
	struct packed *shared;
	struct lev_request *req[BENCH_SIZE]; /* by id */
	uint16_t count[BENCH_SIZE];	     /* by id: descriptors */
	uint16_t next[BENCH_SIZE];	     /* by id: the free list */
	uint16_t free;			     /* an id */
	uint16_t at;			     /* where the next chain goes */
	uint16_t round;			     /* its AVAIL and USED bits */
	uint16_t used_at;
	bool used_wrap;
	uint16_t *held;	     /* flags of the first head not shown yet */
	uint16_t held_flags; /* what they will be */
};

static void *packed_up(uint64_t features, struct lev_queue_layout *layout)
{
	struct bare_packed *r = calloc(1, sizeof(*r));
	struct packed *s = shared_memory(sizeof(*s));

	(void)features;
	if (!r)
		abort();
	for (unsigned i = 0; i < BENCH_SIZE; i++)
		r->next[i] = (uint16_t)(i + 1);
	r->shared = s;
	r->round = F_AVAIL;
	r->used_wrap = true;
	layout->desc = (uintptr_t)s->desc;
	layout->driver = (uintptr_t)&s->driver;
	layout->device = (uintptr_t)&s->device;
	layout->size = BENCH_SIZE;
	return r;
}

static void packed_down(void *ring)
{
	struct bare_packed *r = ring;

	free(r->shared);
	free(r);
}

/* All but the flags of the head, which are returned. */
static uint16_t packed_write(struct bare_packed *r, struct lev_request *req)
{
	const unsigned count = (unsigned)req->readable + req->writable;
	const uint16_t id = r->free;
	uint16_t head_flags = 0;

	for (unsigned i = 0; i < count; i++) {
		struct packed_desc *d = &r->shared->desc[r->at];
		const uint16_t flags =
			(uint16_t)(r->round |
				   (i < req->readable ? 0 : F_WRITE) |
				   (i + 1 < count ? F_NEXT : 0));

		d->addr = req->segs[i].addr;
		d->len = req->segs[i].len;
		d->id = id;
		if (i)
			d->flags = flags;
		else
			head_flags = flags;
		if (++r->at == BENCH_SIZE) {
			r->at = 0;
			r->round ^= F_AVAIL | F_USED;
		}
	}
	r->free = r->next[id];
	r->req[id] = req;
	r->count[id] = (uint16_t)count;
	return head_flags;
}

static int packed_add_shown(void *ring, struct lev_request *req)
{
	struct bare_packed *r = ring;
	uint16_t *flags = &r->shared->desc[r->at].flags;

	__atomic_store_n(flags, packed_write(r, req), __ATOMIC_RELEASE);
	return 0;
}

/* The device stops at the first head that is not shown. */
static int packed_add(void *ring, struct lev_request *req)
{
	struct bare_packed *r = ring;
	uint16_t *flags = &r->shared->desc[r->at].flags;
	const uint16_t value = packed_write(r, req);

	if (r->held) {
		*flags = value;
	} else {
		r->held = flags;
		r->held_flags = value;
	}
	return 0;
}

/* 2.8.10: the device of these programs says no, or always. */
static int packed_kick_shown(void *ring)
{
	struct bare_packed *r = ring;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&r->shared->device.flags, __ATOMIC_RELAXED) == 0;
}

static int packed_kick(void *ring)
{
	struct bare_packed *r = ring;

	if (r->held)
		__atomic_store_n(r->held, r->held_flags, __ATOMIC_RELEASE);
	r->held = NULL;
	return packed_kick_shown(r);
}

static struct lev_request *packed_reap(void *ring)
{
	struct bare_packed *r = ring;
	struct packed_desc *d = &r->shared->desc[r->used_at];
	const uint16_t flags = __atomic_load_n(&d->flags, __ATOMIC_ACQUIRE);
	uint16_t id;

	if (!!(flags & F_AVAIL) != r->used_wrap ||
	    !!(flags & F_USED) != r->used_wrap)
		return NULL;
	id = d->id;
	r->req[id]->written = d->len;
	r->used_at = (uint16_t)(r->used_at + r->count[id]);
	if (r->used_at >= BENCH_SIZE) {
		r->used_at = (uint16_t)(r->used_at - BENCH_SIZE);
		r->used_wrap = !r->used_wrap;
	}
	r->next[id] = r->free;
	r->free = id;
	return r->req[id];
}

const struct bench_ring bench_bare_packed_add = {
	.name = "bare packed, shown per add",
	.features = 1ull << LEV_F_RING_PACKED,
	.up = packed_up,
	.down = packed_down,
	.add = packed_add_shown,
	.kick = packed_kick_shown,
	.reap = packed_reap,
};

const struct bench_ring bench_bare_packed_kick = {
	.name = "bare packed, shown per kick",
	.features = 1ull << LEV_F_RING_PACKED,
	.up = packed_up,
	.down = packed_down,
	.add = packed_add,
	.kick = packed_kick,
	.reap = packed_reap,
};
