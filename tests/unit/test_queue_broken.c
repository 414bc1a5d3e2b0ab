/* SPDX-License-Identifier: MIT */
/* A ring that done finds broken, inside of a poll. */
#include "rig.h"

enum { MANY = 4 };

/* The used index is out of step for a moment: while this looks at it. */
static void find_it_broken(struct rig_request *req)
{
	struct rig *r = req->rig;

	fake_set_used_idx(r->fq, MANY + 1);
	RIG_CHECK(r, !lev_queue_reap(&r->queue));
	RIG_EQ(r, lev_queue_error(&r->queue), LEV_ERR_PROTO);
	fake_set_used_idx(r->fq, MANY);
}

static void breaks_in_done(struct rig *r)
{
	struct rig_request reqs[MANY];

	r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < MANY; i++) {
		rig_request(r, &reqs[i], 1, 0, 4);
		rig_submit(r, &reqs[i]);
		rig_answer(r, 0);
	}
	reqs[1].then = find_it_broken;
	RIG_EQ(r, lev_queue_poll(&r->queue, MANY), 2);
	RIG_EQ(r, lev_queue_poll(&r->queue, MANY), LEV_ERR_PROTO);
	RIG_EQ(r, lev_queue_in_flight(&r->queue), MANY - 2);
	for (unsigned i = 0; i < MANY; i++)
		RIG_EQ(r, reqs[i].came, i < 2);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	for (unsigned i = 0; i < MANY; i++)
		RIG_EQ(r, reqs[i].came, 1);
}

static void nothing_more_comes_out_of_a_broken_queue(void **state)
{
	(void)state;
	rig_each_of(RIG_LEGACY | RIG_SPLIT, MANY, breaks_in_done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_more_comes_out_of_a_broken_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
