/* SPDX-License-Identifier: MIT */
/* The split ring with a device that breaks its rules: the used index. */
#include "victims.h"

/* Added and not kicked: the device does not have it yet. */
static void unpublished(struct rig *r)
{
	struct victims v;

	for (unsigned id = 0; id < 16; id++) {
		bool lent = false;

		victims_lend(r, &v);
		RIG_EQ(r, lev_queue_add(&r->queue, &v.reqs[LENT].req), 0);
		for (unsigned i = 0; i < LENT; i++)
			lent |= v.chains[i]->head == id;
		if (!lent) {
			fake_queue_push_raw(r->fq, id, 0);
			RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_PROTO);
			RIG_EQ(r, v.reqs[LENT].came, 0);
			victims_check_broken(r);
			victims_recover(r, &v);
			RIG_EQ(r, v.reqs[LENT].came, 1);
		} else {
			RIG_EQ(r, lev_device_reset(&r->dev), 0);
		}
	}
}

static void what_was_not_published_cannot_come_back(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_SPLIT, 16, unpublished);
}

static void jump_to(struct rig *r, uint16_t jump)
{
	struct victims v;

	victims_lend(r, &v);
	fake_set_used_idx(r->fq, jump);
	if (lev_queue_poll(&r->queue, 9) != LEV_ERR_PROTO)
		fail_msg("[%s] used index %u was taken, %d were lent", r->name,
			 jump, LENT);
	RIG_EQ(r, lev_queue_error(&r->queue), LEV_ERR_PROTO);
	victims_recover(r, &v);
}

/* From LENT + 1 to 65535, which is one back; each on one of the versions. */
static void all_jumps(struct rig *r)
{
	const uint32_t step = RIG_EMULATED ? 34 : 2;

	for (uint32_t jump = LENT + r->shape.version; jump < 65536;
	     jump += step)
		jump_to(r, (uint16_t)jump);
}

static void there_is_no_jump_that_goes_unnoticed(void **state)
{
	(void)state;
	rig_each_version(all_jumps);
}

static void far_jumps(struct rig *r)
{
	for (uint32_t bit = 8; bit < 65536; bit *= 2) {
		jump_to(r, (uint16_t)(bit - 1));
		jump_to(r, (uint16_t)bit);
		jump_to(r, (uint16_t)(bit + 1));
		jump_to(r, (uint16_t)(65536 - bit));
	}
	jump_to(r, 65535);
	jump_to(r, LENT + 1);
}

static void an_index_out_of_step_breaks_the_queue(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_SPLIT, 8, far_jumps);
	rig_each_of(RIG_ANY_SPLIT, 32768, far_jumps);
}

/* The same when the indices are about to wrap, and with entries in between. */
static void jumps_at_the_wrap(struct rig *r)
{
	struct rig_request req;

	if (r->shape.indirect) /* single segments: it is the same */
		return;
	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &req, 1, 0, 1);
	for (unsigned i = 0; i < 65534; i++) {
		rig_submit(r, &req);
		rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	}
	rig_submit(r, &req);
	fake_set_used_idx(r->fq, 0);
	RIG_EQ(r, lev_queue_poll(&r->queue, 1), LEV_ERR_PROTO);
	victims_check_broken(r);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, req.req.err, LEV_ERR_CANCELED);
}

static void an_index_too_far_over_the_wrap_breaks_the_queue(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_SPLIT, 2, jumps_at_the_wrap);
}

/* An index of published requests only, even though more were added. */
static void index_of_unpublished(struct rig *r)
{
	struct victims v;

	victims_lend(r, &v);
	RIG_EQ(r, lev_queue_add(&r->queue, &v.reqs[LENT].req), 0);
	for (unsigned i = 0; i < LENT; i++)
		fake_queue_push(v.chains[i], 0);
	fake_set_used_idx(r->fq, LENT + 1);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_PROTO);
	victims_check_broken(r);
	victims_recover(r, &v);
}

static void the_index_counts_published_requests_only(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_SPLIT, 16, index_of_unpublished);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_published_cannot_come_back),
		cmocka_unit_test(there_is_no_jump_that_goes_unnoticed),
		cmocka_unit_test(an_index_out_of_step_breaks_the_queue),
		cmocka_unit_test(
			an_index_too_far_over_the_wrap_breaks_the_queue),
		cmocka_unit_test(the_index_counts_published_requests_only),
	};

	return cmocka_run_group_tests_name("split_hostile", tests, NULL, NULL);
}
