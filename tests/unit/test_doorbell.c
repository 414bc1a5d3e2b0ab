/* SPDX-License-Identifier: MIT */
/* When the doorbell rings after more than a lap (2.8.10), and what it says. */
#include "rig.h"

/* --- more than a lap --- */

/* A packed ring of four entries; the test is its device. */
static struct rig *packed_new(void)
{
	const struct rig_shape shape = { .version = 2,
					 .event_idx = true,
					 .size = 4 };
	struct rig *r = rig_new(&shape);

	r->fake->features[0] |= (uint64_t)1 << FAKE_F_RING_PACKED;
	RIG_EQ(r, rig_start(r), 0);
	r->fake->mode = FAKE_MANUAL;
	return r;
}

static uint16_t place(unsigned at)
{
	return (uint16_t)(at % 4 | (at / 4 % 2 ? 0 : 1 << 15));
}

/*
 * After a kick at place start, a device that is awake takes count requests of
 * len segments as they are added; then it sleeps and wants to be woken for
 * what comes next, which fills the ring.
 */
static void wake(struct rig *r, unsigned start, unsigned count, unsigned len)
{
	struct rig_request reqs[4];
	unsigned at = start;

	for (unsigned i = 0; i < count; i++, at += len) {
		rig_request(r, &reqs[0], len, 0, 1);
		RIG_EQ(r, lev_queue_add(&r->queue, &reqs[0].req), 0);
		rig_answer(r, 0);
		RIG_CHECK(r, lev_queue_reap(&r->queue) == &reqs[0].req);
	}
	fake_set_event(r->fq, place(at), FAKE_EVENT_DESC);
	for (unsigned i = 0; i < 4; i++) {
		rig_request(r, &reqs[i], 1, 0, 1);
		RIG_EQ(r, lev_queue_add(&r->queue, &reqs[i].req), 0);
	}
	if (lev_queue_kick(&r->queue) != 1)
		fail_msg("%u of %u from %u on: no doorbell", count, len, start);
	for (unsigned i = 0; i < 4; i++) {
		rig_answer(r, 0);
		RIG_CHECK(r, lev_queue_reap(&r->queue) == &reqs[i].req);
	}
}

static void more_than_a_lap_without_a_kick_rings(void **state)
{
	(void)state;
	for (unsigned len = 1; len <= 3; len++) {
		for (unsigned count = 0; count <= 12; count++) {
			struct rig *r = packed_new();
			struct rig_request req;
			unsigned at = 0;

			for (unsigned turn = 0; turn < 8; turn++) {
				rig_request(r, &req, 1, 0, 1);
				fake_set_event(r->fq, place(at),
					       FAKE_EVENT_DESC);
				RIG_EQ(r, rig_submit(r, &req), 1);
				at++;
				rig_answer(r, 0);
				RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
				wake(r, at, count, len);
				at += count * len + 4;
			}
			rig_free(r);
		}
	}
}

/* --- its data --- */

/* The model compares each doorbell's data with the ring (2.9). */
static void doorbells(struct rig *r, bool packed)
{
	if (r->shape.version == 1)
		return;
	r->fake->features[0] |= (uint64_t)1 << FAKE_F_NOTIFICATION_DATA;
	r->fake->features[0] |= (uint64_t)packed << FAKE_F_RING_PACKED;
	RIG_EQ(r, rig_start(r), 0);
	for (unsigned i = 1; i <= 70; i++) {
		/* Split: a running index; packed: the slot, and the lap. */
		const unsigned size = lev_queue_size(&r->queue);
		const unsigned lap = i / size % 2 ? 0 : 1;
		const unsigned want = packed ? i % size | lap << 15 : i;
		struct rig_request req;

		rig_request(r, &req, 1, 0, 4);
		RIG_EQ(r, rig_submit(r, &req), 1);
		RIG_EQ(r, r->fq->kicks, i);
		RIG_EQ(r, r->fq->kick_data, want);
		RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	}
	RIG_CHECK(r, fake_check_armed(r->port, packed ? "PACKED-DESC-03"
						      : "X-NOTIFY-01"));
}

static void doorbells_split(struct rig *r)
{
	doorbells(r, false);
}

static void doorbells_packed(struct rig *r)
{
	doorbells(r, true);
}

static void doorbells_say_where_the_ring_stands(void **state)
{
	(void)state;
	rig_each_version(doorbells_split);
	rig_each_version(doorbells_packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_than_a_lap_without_a_kick_rings),
		cmocka_unit_test(doorbells_say_where_the_ring_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
