/* SPDX-License-Identifier: MIT */
/*
 * The packed ring: when to ring, when to be interrupted (VirtIO 2.8.10).
 *
 * What the library computes from differences is counted out here: which
 * descriptors became available between two kicks, one by one.
 */
#include "packed_ring.h"

/* --- kicks --- */

/* The driver's ring as we count it. */
struct count {
	unsigned place;	 /* of the next descriptor */
	unsigned kicked; /* where it was at the last kick that we know of */
	bool unsure;	 /* since then the device wanted none for a while */
};

static void give_back(struct rig *r)
{
	struct lev_request *req;

	while (fake_queue_pop(r->fq))
		;
	while (r->fq->inflight)
		fake_queue_push(fake_queue_oldest(r->fq), 0);
	do
		req = lev_queue_reap(&r->queue);
	while (req);
	RIG_EQ(r, lev_queue_in_flight(&r->queue), 0);
	RIG_EQ(r, lev_queue_error(&r->queue), 0);
}

/* Is what event names among those that were made available since? */
static bool named(const struct rig *r, const struct count *c, uint16_t event)
{
	for (unsigned place = c->kicked; place != c->place; place++)
		if (packed_name(r, place) == event)
			return true;
	return false;
}

/* Add this many descriptors, as requests of random length. */
static void add(struct rig *r, struct count *c, unsigned descs,
		struct rig_request *reqs)
{
	while (descs) {
		const unsigned most = descs < RIG_SEGS ? descs : RIG_SEGS;
		const unsigned n =
			r->shape.indirect ? 1 : 1 + rig_random() % most;

		rig_request(r, reqs, n, 0, 4);
		RIG_EQ(r, lev_queue_add(&r->queue, &reqs->req), 0);
		reqs++;
		descs -= n;
		c->place += n;
	}
}

/* What the device asks for, and what the library has to do about it. */
static void expect(struct rig *r, struct count *c, uint16_t event,
		   uint16_t flags)
{
	const unsigned when = flags & 3;
	const uint32_t doorbells = r->queue.doorbells;
	const bool fresh = c->place != c->kicked;
	bool due = fresh;

	if (when == FAKE_EVENT_DISABLE)
		due = false;
	else if (when == FAKE_EVENT_DESC && r->shape.event_idx && !c->unsure)
		due = named(r, c, event);
	fake_set_event(r->fq, event, flags);
	if (lev_queue_kick(&r->queue) != due)
		fail_msg("[%s] %u up to %u, event %#x %#x: doorbell %d is "
			 "wrong",
			 r->name, c->kicked, c->place, event, flags, !due);
	RIG_EQ(r, r->queue.doorbells, doorbells + due);
	if (when == FAKE_EVENT_DISABLE) {
		c->unsure = true;
		return;
	}
	if (fresh) {
		c->kicked = c->place;
		c->unsure = false;
	}
	/* Nothing new: nothing to ring for. */
	RIG_EQ(r, lev_queue_kick(&r->queue), 0);
}

/* From this place on, so many descriptors, and every event there is. */
static void all_events(struct rig *r)
{
	const unsigned size = r->fq->size;
	struct count c = { 0 };

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 2; turn++)
		for (unsigned start = 0; start < 2 * size; start++)
			for (unsigned n = 1; n <= size; n++)
				for (unsigned at = 0; at < 2 * size; at++) {
					struct rig_request reqs[16];

					while (c.place % (2 * size) != start) {
						add(r, &c, 1, reqs);
						expect(r, &c, 0,
						       FAKE_EVENT_ENABLE);
						give_back(r);
					}
					add(r, &c, n, reqs);
					expect(r, &c, packed_name(r, at),
					       FAKE_EVENT_DESC);
					give_back(r);
				}
}

static void the_doorbell_rings_for_the_descriptor_that_was_named(void **state)
{
	static const uint16_t sizes[] = { 1, 2, 3, 4, 5, 8, 11 };

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i] < 5 || !RIG_EMULATED)
			rig_each_of(RIG_ANY_PACKED, sizes[i], all_events);
}

/* The device's wishes change all the time; some mean nothing. */
static void any_wish(struct rig *r)
{
	const unsigned size = r->fq->size;
	struct count c = { 0 };

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < (RIG_EMULATED ? 2000 : 20000); turn++) {
		struct rig_request reqs[16];
		const unsigned n = rig_random() % (size + 1);
		const unsigned near =
			c.kicked + 2 * size - 2 + rig_random() % 5;
		uint16_t flags = (uint16_t)(rig_random() % 4);

		/* Bits 2 to 15 are reserved. */
		if (rig_random() % 4 == 0)
			flags |= (uint16_t)(rig_random() & ~3u);
		add(r, &c, n, reqs);
		expect(r, &c, packed_name(r, near), flags);
		give_back(r);
	}
}

static void wishes_may_change_from_kick_to_kick(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_PACKED, 4, any_wish);
	rig_each_of(RIG_ANY_PACKED, 7, any_wish);
}

/* Not looked at since DISABLE: the first doorbell comes unasked, no second. */
static void once_too_often(struct rig *r)
{
	const uint16_t never = packed_name(r, 2);
	struct rig_request req;

	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &req, 1, 0, 4);
	for (unsigned turn = 0; turn < 9; turn++) {
		fake_set_event(r->fq, never, FAKE_EVENT_DISABLE);
		RIG_EQ(r, rig_submit(r, &req), 0);
		RIG_EQ(r, rig_kick(r), 0);
		give_back(r);
		/* For what was added meanwhile: the device might wait. */
		fake_set_event(r->fq, fake_queue_next_avail(r->fq) ^ 0x8000,
			       FAKE_EVENT_DESC);
		RIG_EQ(r, rig_kick(r), 1);
		RIG_EQ(r, rig_kick(r), 0);
		RIG_EQ(r, rig_submit(r, &req), !r->shape.event_idx);
		give_back(r);
	}
}

static void after_disable_it_rings_once(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_PACKED, 5, once_too_often);
}

/* An offset that no descriptor has: rings or not, and nothing else. */
static void far_event(struct rig *r)
{
	const unsigned size = r->fq->size;
	struct count c = { 0 };

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 2000; turn++) {
		const uint32_t doorbells = r->queue.doorbells;
		const unsigned off = size + rig_random() % (0x8000 - size);
		struct rig_request reqs[16];
		int rang;

		add(r, &c, 1 + rig_random() % size, reqs);
		fake_set_event(r->fq, (uint16_t)(off | (turn & 1) << 15),
			       FAKE_EVENT_DESC);
		rang = lev_queue_kick(&r->queue);
		RIG_CHECK(r, rang == 0 || rang == 1);
		RIG_EQ(r, r->queue.doorbells, doorbells + (uint32_t)rang);
		c.kicked = c.place;
		give_back(r);
		add(r, &c, 1, reqs);
		expect(r, &c, packed_name(r, c.place - turn % 2),
		       FAKE_EVENT_DESC);
		give_back(r);
	}
}

static void an_event_out_of_the_ring_does_no_harm(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_PACKED, 4, far_event);
	rig_each_of(RIG_ANY_PACKED, 7, far_event);
}

/* --- interrupts --- */

static void check_wish(struct rig *r, unsigned used)
{
	if (!r->shape.event_idx) {
		RIG_EQ(r, fake_event_flags(r->fq), FAKE_EVENT_ENABLE);
		return;
	}
	RIG_EQ(r, fake_event_flags(r->fq), FAKE_EVENT_DESC);
	RIG_EQ(r, fake_event_desc(r->fq), packed_name(r, used));
}

/* At each place arm names the descriptor that will be used next. */
static void arm_everywhere(struct rig *r)
{
	const unsigned size = r->fq->size;
	const unsigned most = size < RIG_SEGS ? size : RIG_SEGS;
	struct rig_request req;
	unsigned place = 0;

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 20 * size; turn++) {
		const unsigned n = 1 + rig_random() % most;

		RIG_CHECK(r, !lev_queue_arm(&r->queue));
		check_wish(r, place);
		rig_request(r, &req, n, 0, 4);
		rig_submit(r, &req);
		RIG_CHECK(r, !lev_queue_arm(&r->queue));
		check_wish(r, place);
		rig_answer(r, 0);
		RIG_CHECK(r, lev_queue_arm(&r->queue));
		check_wish(r, place);
		RIG_EQ(r, lev_device_isr(&r->dev), LEV_INTERRUPT_USED);
		lev_queue_disarm(&r->queue);
		RIG_EQ(r, fake_event_flags(r->fq), FAKE_EVENT_DISABLE);
		RIG_CHECK(r, lev_queue_reap(&r->queue) == &req.req);
		place += r->shape.indirect ? 1 : n;
	}
}

static void arming_names_the_next_descriptor(void **state)
{
	static const uint16_t sizes[] = { 1, 2, 3, 4, 5, 7, 16 };

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		rig_each_of(RIG_ANY_PACKED, sizes[i], arm_everywhere);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_doorbell_rings_for_the_descriptor_that_was_named),
		cmocka_unit_test(wishes_may_change_from_kick_to_kick),
		cmocka_unit_test(after_disable_it_rings_once),
		cmocka_unit_test(an_event_out_of_the_ring_does_no_harm),
		cmocka_unit_test(arming_names_the_next_descriptor),
	};

	return cmocka_run_group_tests_name("packed_events", tests, NULL, NULL);
}
