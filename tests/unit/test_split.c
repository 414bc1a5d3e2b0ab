/* SPDX-License-Identifier: MIT */
/* What only the split ring has (VirtIO 2.7); test_ring.c has the rest. */
#include "rig.h"

/* 2.7.2: what a legacy device computes is where we put it; whole pages. */
static void legacy_block(void **state)
{
	(void)state;
	if (rig_version(0) != 1)
		return; /* no legacy devices on big-endian machines */
	for (unsigned size = 1; size <= 32768; size *= 2) {
		const struct rig_shape shape = { .version = 1,
						 .event_idx = true,
						 .size = (uint16_t)size };
		struct rig *r = rig_new(&shape);
		uint64_t used = (18 * (uint64_t)size + 6 + 4095) / 4096 * 4096;
		uint64_t len =
			used + (8 * (uint64_t)size + 6 + 4095) / 4096 * 4096;

		r->cfg.indirect_len = 0;
		RIG_EQ(r, rig_start(r), 0);
		RIG_EQ(r, r->fq->desc % 4096, 0);
		RIG_EQ(r, r->fq->avail, r->fq->desc + 16 * size);
		RIG_EQ(r, r->fq->used, r->fq->desc + used);
		RIG_EQ(r, r->port->live_bytes, len);
		RIG_CHECK(r, fake_check_armed(r->port, "LEG-RING-02"));
		rig_free(r);
	}
}

/* Nothing shows before the kick, then everything that was added. */
static void published_at_once(struct rig *r)
{
	struct rig_request reqs[8];

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 5; turn++) {
		const uint16_t before = fake_avail_idx(r->fq);

		for (unsigned i = 0; i < 8; i++) {
			rig_request(r, &reqs[i], 1, 1, 4);
			RIG_EQ(r, lev_queue_add(&r->queue, &reqs[i].req), 0);
			RIG_EQ(r, fake_avail_idx(r->fq), before);
			RIG_CHECK(r, !fake_queue_pop(r->fq));
		}
		rig_kick(r);
		RIG_EQ(r, fake_avail_idx(r->fq), (uint16_t)(before + 8));
		for (unsigned i = 0; i < 8; i++)
			rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), 8);
	}
}

static void the_kick_publishes_what_was_added(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_SPLIT, 16, published_at_once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(legacy_block),
		cmocka_unit_test(the_kick_publishes_what_was_added),
	};

	return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
