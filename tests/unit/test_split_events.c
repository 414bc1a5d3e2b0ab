/* SPDX-License-Identifier: MIT */
/* The split ring: when the device wants its doorbell (2.7.10). */
#include "rig.h"

/*
 * count requests are published from index old on while the device asks for a
 * doorbell at event: it rings exactly if event is among their indices.
 */
static void decide(struct rig *r, unsigned count, uint16_t event)
{
	struct rig_request reqs[8];
	const uint16_t old = fake_avail_idx(r->fq);
	bool due = false;

	for (unsigned i = 0; i < count; i++) {
		rig_request(r, &reqs[i], 1, 0, 1);
		RIG_EQ(r, lev_queue_add(&r->queue, &reqs[i].req), 0);
		due |= (uint16_t)(old + i) == event;
	}
	fake_set_avail_event(r->fq, event);
	if (lev_queue_kick(&r->queue) != due)
		fail_msg("[%s] %u from %u on, event %u: doorbell %d is wrong",
			 r->name, count, old, event, !due);
	for (unsigned i = 0; i < count; i++)
		rig_answer(r, 0);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), count);
}

static void decide_around(struct rig *r, uint16_t start)
{
	rig_turn_to(r, start);
	for (unsigned turn = 0; turn < 8; turn++) {
		for (unsigned count = 1; count <= 8; count++) {
			const uint16_t old = fake_avail_idx(r->fq);
			const unsigned delta = rig_random() % 4
						       ? rig_random() % 12
						       : rig_random();

			decide(r, count, (uint16_t)(old - 2 + delta));
		}
	}
}

static void event_decides(struct rig *r)
{
	if (!r->shape.event_idx || r->shape.indirect)
		return;
	r->fake->mode = FAKE_MANUAL;
	/* used.flags mean nothing then (2.7.10). */
	fake_set_used_flags(r->fq, 1);
	decide_around(r, 0);
	decide_around(r, 0x7ff0);
	decide_around(r, 0xfff0);
	decide_around(r, 0xfffe);
	RIG_CHECK(r, r->queue.added > 65536);
}

static void with_event_idx_the_event_decides(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_SPLIT, 8, event_decides);
}

static void flag_decides(struct rig *r)
{
	static const uint16_t flags[] = { 0, 1, 0, 2, 3, 0xfffe, 0xffff };
	struct rig_request req;

	if (r->shape.event_idx)
		return;
	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &req, 1, 0, 1);
	for (unsigned i = 0; i < 7; i++) {
		/* Where EVENT_IDX would look there may be anything. */
		fake_set_avail_event(r->fq, (uint16_t)rig_random());
		fake_set_used_flags(r->fq, flags[i]);
		RIG_EQ(r, rig_submit(r, &req), !(flags[i] & 1));
		rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	}
}

static void without_event_idx_the_flag_decides(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_SPLIT, 4, flag_decides);
}

/* The device asks for the next doorbell in the one way that holds, and says
 * in the other that it wants none: the model knows which is right. */
static void other_way(struct rig *r)
{
	struct rig_request req;

	r->fake->mode = FAKE_ON_RUN;
	rig_request(r, &req, 1, 0, 1);
	for (unsigned i = 0; i < 20; i++) {
		if (r->shape.event_idx)
			fake_set_used_flags(r->fq, 1);
		else
			fake_set_avail_event(r->fq, (uint16_t)(i + 5000));
		RIG_EQ(r, rig_submit(r, &req), 1);
		fake_run(r->fake);
		RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	}
}

static void the_other_wish_has_no_influence(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_SPLIT, 4, other_way);
}

/* --- interrupts --- */

/* What stands in the ring once we want one, and once we do not (2.7.7). */
static void wishes(struct rig *r)
{
	struct rig_request req;

	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &req, 1, 0, 4);
	for (unsigned reaped = 0; reaped < 66000; reaped++) {
		const uint16_t event =
			r->shape.event_idx ? (uint16_t)reaped : 0;
		const uint16_t away =
			r->shape.event_idx ? (uint16_t)(reaped - 1) : 0;

		rig_submit(r, &req);
		RIG_CHECK(r, !lev_queue_arm(&r->queue));
		RIG_EQ(r, fake_used_event(r->fq), event);
		RIG_EQ(r, fake_avail_flags(r->fq), 0);
		rig_answer(r, 0);
		RIG_CHECK(r, lev_queue_arm(&r->queue));
		RIG_EQ(r, fake_used_event(r->fq), event);
		lev_queue_disarm(&r->queue);
		RIG_EQ(r, fake_used_event(r->fq), away);
		RIG_EQ(r, fake_avail_flags(r->fq), !r->shape.event_idx);
		RIG_CHECK(r, lev_queue_reap(&r->queue) == &req.req);
	}
}

static void arming_writes_what_the_device_looks_at(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_SPLIT, 2, wishes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_event_idx_the_event_decides),
		cmocka_unit_test(without_event_idx_the_flag_decides),
		cmocka_unit_test(the_other_wish_has_no_influence),
		cmocka_unit_test(arming_writes_what_the_device_looks_at),
	};

	return cmocka_run_group_tests_name("split_events", tests, NULL, NULL);
}
