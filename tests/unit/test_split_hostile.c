/* SPDX-License-Identifier: MIT */
/* The split ring with a device that breaks its rules. */
#include "rig.h"

enum { LENT = 4 };

/* Requests on their way: the first LENT are with the device, not served. */
struct victims {
	struct rig_request reqs[LENT + 1];
	struct fake_chain *chains[LENT];
};

/* Up again with LENT requests of two segments lent. */
static void lend(struct rig *r, struct victims *v)
{
	if (r->dev.state == LEV_DEVICE_RESET)
		RIG_EQ(r, rig_start(r), 0);
	r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < LENT; i++) {
		rig_request(r, &v->reqs[i], 1, 1, 16);
		rig_submit(r, &v->reqs[i]);
		v->chains[i] = fake_queue_pop(r->fq);
		RIG_CHECK(r, v->chains[i]);
	}
	rig_request(r, &v->reqs[LENT], 1, 0, 16);
}

/* Whatever is asked of it, a broken queue names its first reason. */
static void check_broken(struct rig *r)
{
	struct lev_queue *q = &r->queue;
	struct rig_request req;
	const unsigned in_flight = lev_queue_in_flight(q);

	rig_request(r, &req, 1, 0, 4);
	rig_accesses(r);
	RIG_EQ(r, lev_queue_error(q), LEV_ERR_PROTO);
	RIG_EQ(r, lev_queue_add(q, &req.req), LEV_ERR_PROTO);
	RIG_EQ(r, lev_queue_kick(q), LEV_ERR_PROTO);
	RIG_EQ(r, lev_queue_poll(q, 1), LEV_ERR_PROTO);
	RIG_EQ(r, lev_queue_poll(q, 0), LEV_ERR_PROTO);
	RIG_CHECK(r, !lev_queue_reap(q));
	RIG_CHECK(r, !lev_queue_arm(q));
	lev_queue_disarm(q);
	RIG_EQ(r, rig_accesses(r), 0);
	RIG_EQ(r, lev_queue_in_flight(q), in_flight);
	RIG_CHECK(r, fake_log_has(r->port, "queue 1"));
}

/* All that did not come back comes with the reset, once. */
static void recover(struct rig *r, struct victims *v)
{
	for (unsigned i = 0; i <= LENT; i++)
		if (v->reqs[i].came == 0 && v->reqs[i].req.count)
			RIG_EQ(r,
			       lev_queue_wait(&r->queue, &v->reqs[i].req,
					      UINT64_MAX),
			       LEV_ERR_PROTO);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	for (unsigned i = 0; i <= LENT; i++) {
		RIG_CHECK(r, !lev_request_pending(&v->reqs[i].req));
		RIG_CHECK(r, v->reqs[i].came <= 1);
		if (i < LENT)
			RIG_EQ(r, v->reqs[i].came, 1);
	}
	RIG_EQ(r, lev_queue_in_flight(&r->queue), 0);
}

static void break_id(struct rig *r, uint32_t id)
{
	struct victims v;

	lend(r, &v);
	fake_queue_push_raw(r->fq, id, 0);
	if (lev_queue_poll(&r->queue, 9) != LEV_ERR_PROTO)
		fail_msg("[%s] used id %#x was taken", r->name, id);
	check_broken(r);
	recover(r, &v);
}

/* --- ids --- */

static void ids_out_of_range(struct rig *r)
{
	static const uint32_t ids[] = { 0x7fff,	    0x8000,	0xffff,
					0x10000,    0x10001,	0x100000,
					0x80000000, 0xffff0000, UINT32_MAX };
	const uint32_t size = lev_queue_size(&r->queue);

	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		break_id(r, ids[i]);
	break_id(r, size);
	break_id(r, size + 1);
	break_id(r, 2 * size);
	for (unsigned i = 0; i < 100; i++)
		break_id(r, size + rig_random());
}

static void an_id_out_of_range_breaks_the_queue(void **state)
{
	(void)state;
	rig_each(16, ids_out_of_range);
}

/* Of all entries only the heads of what is lent are ids. */
static void ids_not_lent(struct rig *r)
{
	const unsigned size = lev_queue_size(&r->queue);

	for (unsigned id = 0; id < size; id++) {
		struct victims v;
		struct rig_request *head = NULL;

		lend(r, &v);
		for (unsigned i = 0; i < LENT; i++)
			if (v.chains[i]->head == id)
				head = &v.reqs[i];
		fake_queue_push_raw(r->fq, id, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9),
		       head ? 1 : LEV_ERR_PROTO);
		if (head)
			RIG_EQ(r, head->came, 1);
		else
			check_broken(r);
		if (head)
			RIG_EQ(r, lev_device_reset(&r->dev), 0);
		else
			recover(r, &v);
	}
}

static void only_heads_that_were_lent_are_ids(void **state)
{
	(void)state;
	rig_each(16, ids_not_lent);
}

static void twice(struct rig *r)
{
	struct victims v;

	for (unsigned again = 0; again < LENT; again++) {
		lend(r, &v);
		fake_queue_fault(r->fq, FAKE_USED_TWICE, again + 1, 0);
		for (unsigned i = 0; i <= again; i++)
			fake_queue_push(v.chains[i], 0);
		/*
		 * The last of them shows already in the index, which counts
		 * more than were lent.
		 */
		RIG_EQ(r, lev_queue_poll(&r->queue, 9),
		       again + 1 < LENT ? (int)again + 1 : LEV_ERR_PROTO);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_PROTO);
		for (unsigned i = 0; i < LENT; i++)
			RIG_EQ(r, v.reqs[i].came,
			       again + 1 < LENT && i <= again);
		check_broken(r);
		recover(r, &v);
	}
}

static void a_request_comes_back_once(void **state)
{
	(void)state;
	rig_each(16, twice);
}

/* Added and not kicked: the device does not have it yet. */
static void unpublished(struct rig *r)
{
	struct victims v;

	for (unsigned id = 0; id < 16; id++) {
		bool lent = false;

		lend(r, &v);
		RIG_EQ(r, lev_queue_add(&r->queue, &v.reqs[LENT].req), 0);
		for (unsigned i = 0; i < LENT; i++)
			lent |= v.chains[i]->head == id;
		if (!lent) {
			fake_queue_push_raw(r->fq, id, 0);
			RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_PROTO);
			RIG_EQ(r, v.reqs[LENT].came, 0);
			check_broken(r);
			recover(r, &v);
			RIG_EQ(r, v.reqs[LENT].came, 1);
		} else {
			RIG_EQ(r, lev_device_reset(&r->dev), 0);
		}
	}
}

static void what_was_not_published_cannot_come_back(void **state)
{
	(void)state;
	rig_each(16, unpublished);
}

/* --- the index --- */

static void jump_to(struct rig *r, uint16_t jump)
{
	struct victims v;

	lend(r, &v);
	fake_set_used_idx(r->fq, jump);
	if (lev_queue_poll(&r->queue, 9) != LEV_ERR_PROTO)
		fail_msg("[%s] used index %u was taken, %d were lent", r->name,
			 jump, LENT);
	RIG_EQ(r, lev_queue_error(&r->queue), LEV_ERR_PROTO);
	recover(r, &v);
}

/* From LENT + 1 to 65535, which is one back; each on one of the versions. */
static void all_jumps(struct rig *r)
{
	for (uint32_t jump = LENT + r->shape.version; jump < 65536; jump += 2)
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
	rig_each(8, far_jumps);
	rig_each(32768, far_jumps);
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
	check_broken(r);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, req.req.err, LEV_ERR_CANCELED);
}

static void an_index_too_far_over_the_wrap_breaks_the_queue(void **state)
{
	(void)state;
	rig_each(2, jumps_at_the_wrap);
}

/* An index of published requests only, even though more were added. */
static void index_of_unpublished(struct rig *r)
{
	struct victims v;

	lend(r, &v);
	RIG_EQ(r, lev_queue_add(&r->queue, &v.reqs[LENT].req), 0);
	for (unsigned i = 0; i < LENT; i++)
		fake_queue_push(v.chains[i], 0);
	fake_set_used_idx(r->fq, LENT + 1);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_PROTO);
	check_broken(r);
	recover(r, &v);
}

static void the_index_counts_published_requests_only(void **state)
{
	(void)state;
	rig_each(16, index_of_unpublished);
}

/* A device that puts all in order again is not believed before a reset. */
static void repented(struct rig *r)
{
	struct victims v;
	uint16_t flags, event;

	lend(r, &v);
	fake_queue_push(v.chains[0], 0);
	fake_set_used_idx(r->fq, 9);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_PROTO);
	fake_set_used_idx(r->fq, 1);
	RIG_CHECK(r, !lev_queue_reap(&r->queue));
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_PROTO);
	RIG_EQ(r, v.reqs[0].came, 0);
	/* And the ring is left as it is. */
	flags = fake_avail_flags(r->fq);
	event = fake_used_event(r->fq);
	RIG_CHECK(r, !lev_queue_arm(&r->queue));
	lev_queue_disarm(&r->queue);
	RIG_EQ(r, fake_avail_flags(r->fq), flags);
	RIG_EQ(r, fake_used_event(r->fq), event);
	recover(r, &v);
}

static void broken_is_broken(void **state)
{
	(void)state;
	rig_each(16, repented);
}

/* --- lengths --- */

static void one_length(struct rig *r, unsigned writable, uint32_t len)
{
	const unsigned violations = r->queue.violations[LEV_VIOLATION_LEN];
	const uint32_t lent = writable * 16;
	struct rig_request req;
	struct fake_chain *chain;
	const bool broken = r->cfg.strict && len > lent;

	rig_request(r, &req, 2, writable, 16);
	rig_submit(r, &req);
	chain = fake_queue_pop(r->fq);
	RIG_CHECK(r, chain);
	fake_queue_push(chain, len);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), broken ? LEV_ERR_PROTO : 1);
	if (broken) {
		RIG_EQ(r, req.came, 0);
		check_broken(r);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		RIG_EQ(r, req.came, 1);
		RIG_EQ(r, req.req.err, LEV_ERR_CANCELED);
		RIG_EQ(r, req.req.written, 0);
		RIG_EQ(r, rig_start(r), 0);
	} else {
		RIG_EQ(r, req.came, 1);
		RIG_EQ(r, req.req.err, 0);
		RIG_EQ(r, req.req.written, len < lent ? len : lent);
		RIG_EQ(r, r->queue.violations[LEV_VIOLATION_LEN],
		       violations + (len > lent));
	}
}

static void lengths(struct rig *r)
{
	r->fake->mode = FAKE_MANUAL;
	for (unsigned strict = 0; strict < 2; strict++) {
		r->cfg.strict = strict;
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		RIG_EQ(r, rig_start(r), 0);
		for (unsigned writable = 0; writable <= 3; writable++) {
			const uint32_t lent = writable * 16;

			one_length(r, writable, 0);
			one_length(r, writable, lent / 2);
			one_length(r, writable, lent);
			one_length(r, writable, lent + 1);
			one_length(r, writable, 0x80000000);
			one_length(r, writable, UINT32_MAX);
		}
	}
}

static void a_length_beyond_what_was_lent_is_clamped_or_breaks(void **state)
{
	(void)state;
	rig_each(8, lengths);
}

/* --- shared memory is not believed --- */

/* The device writes over what only the driver may write. */
static void scribbling(struct rig *r)
{
	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 200; turn++) {
		struct rig_request reqs[3];

		for (unsigned i = 0; i < 3; i++) {
			const unsigned n = 1 + rig_random() % 4;

			rig_request(r, &reqs[i], n / 2, n - n / 2, 8);
			rig_submit(r, &reqs[i]);
			fake_queue_fault(r->fq, FAKE_REWRITE_DESC, 1, 0);
			rig_answer(r, 8);
			RIG_EQ(r, lev_queue_poll(&r->queue, 9), 1);
			RIG_EQ(r, reqs[i].came, 1);
			RIG_EQ(r, reqs[i].req.written, 8);
		}
	}
	RIG_EQ(r, lev_queue_error(&r->queue), 0);
}

static void scribble_all(struct rig *r)
{
	struct victims v;

	for (unsigned turn = 0; turn < 20; turn++) {
		lend(r, &v);
		fake_queue_fault(r->fq, FAKE_SCRIBBLE, 1, 0);
		fake_queue_push(v.chains[turn % LENT], 3);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), 1);
		RIG_EQ(r, v.reqs[turn % LENT].came, 1);
		RIG_EQ(r, v.reqs[turn % LENT].req.written, 3);
		RIG_EQ(r, lev_queue_in_flight(&r->queue), LENT - 1);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		for (unsigned i = 0; i < LENT; i++)
			RIG_EQ(r, v.reqs[i].came, 1);
	}
}

static void a_scribbling_device_confuses_nobody(void **state)
{
	(void)state;
	rig_each(16, scribbling);
	rig_each(16, scribble_all);
}

/* Anything at all, for a while: nothing is lost and nothing comes twice. */
static void anything(struct rig *r)
{
	for (unsigned turn = 0; turn < 2000; turn++) {
		struct victims v;
		unsigned back = 0;

		lend(r, &v);
		if (turn & 1)
			RIG_EQ(r, lev_queue_add(&r->queue, &v.reqs[LENT].req),
			       0);
		for (unsigned i = 0; i < 6; i++) {
			int got;

			fake_queue_push_raw(r->fq, rig_random() % 18,
					    rig_random() % 40);
			if (rig_random() % 8 == 0)
				fake_set_used_idx(r->fq,
						  (uint16_t)rig_random());
			got = lev_queue_poll(&r->queue, rig_random() % 4);
			RIG_CHECK(r, got >= 0 || got == LEV_ERR_PROTO);
			RIG_EQ(r, got < 0, got < 0 && r->queue.error != 0);
			back += got > 0 ? (unsigned)got : 0;
		}
		RIG_CHECK(r, back <= LENT);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		for (unsigned i = 0; i < LENT + (turn & 1); i++) {
			RIG_EQ(r, v.reqs[i].came, 1);
			RIG_CHECK(r, v.reqs[i].req.written <= 16);
			back -= v.reqs[i].req.err == 0;
		}
		RIG_EQ(r, back, 0);
	}
}

static void whatever_it_does_each_request_comes_back_once(void **state)
{
	(void)state;
	rig_each(16, anything);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_out_of_range_breaks_the_queue),
		cmocka_unit_test(only_heads_that_were_lent_are_ids),
		cmocka_unit_test(a_request_comes_back_once),
		cmocka_unit_test(what_was_not_published_cannot_come_back),
		cmocka_unit_test(there_is_no_jump_that_goes_unnoticed),
		cmocka_unit_test(an_index_out_of_step_breaks_the_queue),
		cmocka_unit_test(
			an_index_too_far_over_the_wrap_breaks_the_queue),
		cmocka_unit_test(the_index_counts_published_requests_only),
		cmocka_unit_test(broken_is_broken),
		cmocka_unit_test(
			a_length_beyond_what_was_lent_is_clamped_or_breaks),
		cmocka_unit_test(a_scribbling_device_confuses_nobody),
		cmocka_unit_test(whatever_it_does_each_request_comes_back_once),
	};

	return cmocka_run_group_tests_name("split_hostile", tests, NULL, NULL);
}
