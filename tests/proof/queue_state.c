/* SPDX-License-Identifier: MIT */
/*
 * The private state of a queue: any that is possible, and what is always true
 * of it. The format's own part is in split_state.c and packed_state.c.
 */
#include "ring_proof.h"

struct lev_device device;
struct lev_queue queue;
struct lev_queue_slot slots[N];
struct before before;
bool assuming;
bool has_done;

static struct lev_transport_ops transport_ops;
static struct lev_transport transport;

/* As many segments as a request can have that is not refused for their number:
 * the library may not look at more. */
static struct lev_seg segs[N];

struct lev_request *any_request(void)
{
	struct lev_request any;
	struct lev_request *req = malloc(sizeof(*req));

	for (unsigned i = 0; i < N; i++) {
		segs[i].addr = nondet_uint64();
		segs[i].len = nondet_unsigned();
	}
	any.segs = segs;
	/* As many are there as a caller says: no pointer goes behind them. */
	ASSUME(any.readable <= N);
	any.count = 0;
	*req = any;
	/* What CBMC can tell apart without the solver. */
	req->done = has_done ? request_done : NULL;
	return req;
}

/* A request that is in flight, of which nothing is known yet. */
static struct lev_request *any_in_flight(void)
{
	struct lev_request any;
	struct lev_request *req = malloc(sizeof(*req));
	const unsigned tail = nondet_unsigned();

	ASSUME(tail < N);
	any.tail = &slots[tail];
	any.segs = segs;
	*req = any;
	/* What CBMC can tell apart without the solver. */
	req->done = has_done ? request_done : NULL;
	return req;
}

static void ring_the_bell(struct lev_transport *t,
			  const struct lev_doorbell *bell, uint32_t data)
{
	PROVE(t == &transport && bell == &queue.doorbell,
	      "this queue's doorbell");
	seen.rings++;
	seen.rung = data;
}

void any_device(void)
{
	struct lev_features any;

	transport_ops.notify = ring_the_bell;
	transport.ops = &transport_ops;
	transport.queue_max = UINT64_MAX;
	device.transport = &transport;
	device.accepted = any;
}

uint32_t bell_data(uint16_t at)
{
	const bool data = lev_device_has(&device, LEV_F_NOTIFICATION_DATA);

	return queue.doorbell.id | (data ? (uint32_t)at << 16 : 0);
}

/* What there is at all; the invariant chooses among it. */
static void any_private(void)
{
	struct lev_queue any;

	queue = any;
	queue.dev = &device;
	queue.slots = slots;
	queue.mask = RING - 1;
	queue.last_slot = N - 1;
	queue.indirect_len = INDIRECT;
	queue.format = ring_format;
	queue.indirect = ring_memory + TABLES_AT;
	for (unsigned i = 0; i < N; i++) {
		slots[i].next = IN_ORDER ? (i + 1) % N : nondet_uint16();
		slots[i].req = nondet_bool() ? any_in_flight() : NULL;
	}
	ASSUME(queue.error < 0);
	/* 2^64 requests are not made in anybody's life. */
	ASSUME(queue.added < UINT64_MAX - 2 * N);
	format_any();
	ring_format->init(&queue);
}

void any_queue(enum how how)
{
	any_device();
	ring_memory = malloc(MEMORY_LEN);
	any_private();
	queue.event_idx = nondet_bool();
	queue.strict = nondet_bool();
	queue.platform = nondet_bool();
	device.state = how == WAITING ? LEV_DEVICE_SETUP : LEV_DEVICE_LIVE;
	if (how == STOPPED)
		lev_queue_stop(&queue, queue.error);
	else
		lev_queue_run(&queue);
	assuming = true;
	queue_check();
	assuming = false;
	if (GONE)
		free(ring_memory);
	step_begin();
}

void any_other_state(void)
{
	const struct lev_queue was = queue;

	any_private();
	queue.event_idx = was.event_idx;
	queue.strict = was.strict;
	queue.platform = was.platform;
	queue.poll_left = was.poll_left;
	queue.poll_budget = was.poll_budget;
	lev_queue_run(&queue);
	assuming = true;
	queue_check();
	assuming = false;
}

/* --- the invariant --- */

unsigned in_flight(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < N; i++)
		n += slots[i].req != NULL;
	return n;
}

/*
 * added, published and reaped count since set-up; between the first and the
 * last are the requests in flight, each of which stands in one slot. A request
 * that is in flight holds descriptors; how many, it says itself, and all others
 * are free.
 */
static void counts_check(void)
{
	HOLDS(queue.reaped <= queue.added && queue.published <= queue.added,
	      "nothing comes back or is published before it is added");
	HOLDS(queue.added - queue.reaped == in_flight(),
	      "each request in flight stands in a slot, and no other");
	HOLDS(0 <= queue.free_count && queue.free_count <= N,
	      "there are as many free descriptors as that can be");
	HOLDS(queue.free_head < N, "links stay in the table");
	for (unsigned i = 0; i < N; i++) {
		const struct lev_request *req = slots[i].req;

		HOLDS(slots[i].next < N, "links stay in the table");
		HOLDS(!IN_ORDER || slots[i].next == (i + 1) % N,
		      "in order they stay as set-up made them: a ring");
		if (!req)
			continue;
		HOLDS(0 < req->count && req->count <= N,
		      "a request in flight holds descriptors");
		for (unsigned k = i + 1; k < N; k++)
			HOLDS(slots[k].req != req,
			      "a request stands in one slot");
	}
}

/* Between a batch's first and last request that comes back; inside done. */
static void rests_check(void)
{
	HOLDS(queue.batch_left <= (IN_ORDER ? in_flight() : 0),
	      "the rest of a batch is in flight");
	HOLDS(queue.poll_left <= queue.poll_budget || !queue.poll_left,
	      "a poll has no more left than it began with");
}

void queue_check(void)
{
	counts_check();
	rests_check();
	format_check();
}

/* --- before and after --- */

void step_begin(void)
{
	struct seen any;

	seen = any;
	seen.idx.count = seen.id.count = seen.len.count = 0;
	seen.hint.count = seen.hint_place.count = 0;
	seen.index.count = seen.entry.count = 0;
	seen.event.count = seen.event_place.count = seen.rings = 0;
	seen.written.shown = 0;
	seen.hasty = seen.shown = false;
	seen.free = format_free();
	before.q = queue;
	before.in_flight = in_flight();
	for (unsigned i = 0; i < N; i++) {
		before.req[i] = slots[i].req;
		before.next[i] = slots[i].next;
		if (slots[i].req)
			before.was[i] = *slots[i].req;
	}
}

void nothing_moved(void)
{
	PROVE(queue.added == before.q.added &&
		      queue.published == before.q.published &&
		      queue.reaped == before.q.reaped &&
		      queue.free_count == before.q.free_count &&
		      queue.free_head == before.q.free_head,
	      "the counters stand still");
	for (unsigned i = 0; i < N; i++)
		PROVE(slots[i].req == before.req[i],
		      "the same requests are in flight");
}
