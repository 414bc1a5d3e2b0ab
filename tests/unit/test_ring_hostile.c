/* SPDX-License-Identifier: MIT */
/* Every ring with a device that breaks its rules. */
#include "victims.h"

static void break_id(struct rig *r, uint32_t id)
{
	struct victims v;

	victims_lend(r, &v);
	fake_queue_push_raw(r->fq, id, 0);
	if (lev_queue_poll(&r->queue, 9) != LEV_ERR_PROTO)
		fail_msg("[%s] used id %#x was taken", r->name, id);
	victims_check_broken(r);
	victims_recover(r, &v);
}

/* --- ids --- */

static void ids_out_of_range(struct rig *r)
{
	static const uint32_t ids[] = { 0x7fff,	    0x8000,	0xffff,
					0x10000,    0x10001,	0x100000,
					0x80000000, 0xffff0000, UINT32_MAX };
	const uint32_t size = lev_queue_size(&r->queue);

	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		/* The packed ring's have 16 bits. */
		if (!r->shape.packed || ids[i] <= 0xffff)
			break_id(r, ids[i]);
	break_id(r, size);
	break_id(r, size + 1);
	break_id(r, 2 * size);
	for (unsigned i = 0; i < 100; i++)
		break_id(r, size + rig_random() % (65536 - size));
}

static void an_id_out_of_range_breaks_the_queue(void **state)
{
	(void)state;
	rig_each(16, ids_out_of_range);
}

/*
 * How many come back when the id of victim at, of all LENT, stands in the next
 * used entry? (LENT: no victim's.) In order it may stand for a batch, but on
 * the split ring only if the index moves by as many.
 */
static int taken(const struct rig *r, unsigned at)
{
	if (at == LENT)
		return LEV_ERR_PROTO;
	if (!r->shape.in_order)
		return 1;
	if (r->shape.packed)
		return (int)at + 1;
	return at ? LEV_ERR_PROTO : 1;
}

static void one_id(struct rig *r, unsigned id)
{
	struct victims v;
	unsigned at = 0;
	int want;

	victims_lend(r, &v);
	while (at < LENT && v.chains[at]->head != id)
		at++;
	want = taken(r, at);
	fake_queue_push_raw(r->fq, id, 0);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), want);
	for (unsigned i = 0; i < LENT; i++)
		RIG_EQ(r, v.reqs[i].came,
		       want > 0 && (r->shape.in_order ? i <= at : i == at));
	if (want > 0) {
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		return;
	}
	victims_check_broken(r);
	victims_recover(r, &v);
}

/* Of all entries only the heads, or ids, of what is lent are ids. */
static void ids_not_lent(struct rig *r)
{
	for (unsigned id = 0; id < lev_queue_size(&r->queue); id++)
		one_id(r, id);
}

static void only_what_was_lent_has_an_id(void **state)
{
	(void)state;
	rig_each(16, ids_not_lent);
	rig_each_of(RIG_ANY_PACKED, 11, ids_not_lent);
}

static void one_twice(struct rig *r, unsigned at)
{
	const bool last = at + 1 == LENT;
	struct victims v;

	victims_lend(r, &v);
	fake_queue_fault(r->fq, FAKE_USED_TWICE, at + 1, 0);
	for (unsigned i = 0; i <= at; i++)
		fake_queue_push(v.chains[i], 0);
	if (last && !r->shape.packed) {
		/* It shows in the index, which counts more than were lent. */
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_PROTO);
	} else {
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), (int)at + 1);
		RIG_CHECK(r, !lev_queue_reap(&r->queue));
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_PROTO);
	}
	for (unsigned i = 0; i < LENT; i++)
		RIG_EQ(r, v.reqs[i].came,
		       i <= at && (!last || r->shape.packed));
	victims_check_broken(r);
	victims_recover(r, &v);
}

static void twice(struct rig *r)
{
	for (unsigned at = 0; at < LENT; at++)
		one_twice(r, at);
}

static void a_request_comes_back_once(void **state)
{
	(void)state;
	rig_each(16, twice);
}

/* Nothing is lent, and something comes back. */
static void nothing_lent(struct rig *r)
{
	const unsigned size = lev_queue_size(&r->queue);

	for (unsigned n = 0; n < 3 * size * size; n++) {
		struct rig_request req;

		r->fake->mode = FAKE_MANUAL;
		rig_request(r, &req, 1, 0, 4);
		for (unsigned i = 0; i < n / size; i++) {
			rig_submit(r, &req);
			rig_answer(r, 0);
			RIG_CHECK(r, lev_queue_reap(&r->queue) == &req.req);
		}
		fake_queue_push_raw(r->fq, n % size, 0);
		RIG_CHECK(r, !lev_queue_reap(&r->queue));
		RIG_EQ(r, lev_queue_in_flight(&r->queue), 0);
		victims_check_broken(r);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		RIG_EQ(r, rig_start(r), 0);
	}
}

static void where_nothing_was_lent_nothing_comes_back(void **state)
{
	(void)state;
	rig_each(4, nothing_lent);
	rig_each_of(RIG_ANY_PACKED, 5, nothing_lent);
}

/* A device that puts all in order again is not believed before a reset. */
static void repented(struct rig *r)
{
	struct victims v;
	bool armed;

	victims_lend(r, &v);
	fake_queue_fault(r->fq, FAKE_USED_ID, 1, lev_queue_size(&r->queue));
	fake_queue_push(v.chains[0], 0);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_PROTO);
	fake_queue_push(v.chains[1], 0);
	RIG_CHECK(r, !lev_queue_reap(&r->queue));
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), LEV_ERR_PROTO);
	RIG_EQ(r, v.reqs[0].came + v.reqs[1].came, 0);
	/* And the ring is left as it is. */
	armed = rig_armed(r);
	RIG_CHECK(r, !lev_queue_arm(&r->queue));
	RIG_EQ(r, rig_armed(r), armed);
	lev_queue_disarm(&r->queue);
	RIG_EQ(r, rig_armed(r), armed);
	victims_recover(r, &v);
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
		victims_check_broken(r);
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
		const unsigned at = r->shape.in_order ? 0 : turn % LENT;

		victims_lend(r, &v);
		fake_queue_fault(r->fq, FAKE_SCRIBBLE, 1, 0);
		fake_queue_push(v.chains[at], 3);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), 1);
		RIG_EQ(r, v.reqs[at].came, 1);
		RIG_EQ(r, v.reqs[at].req.written, 3);
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

/* The split ring's index, or a word that shows a descriptor as used. */
static void used_anywhere(struct rig *r)
{
	const unsigned slot = rig_random() % lev_queue_size(&r->queue);

	if (r->shape.packed)
		fake_packed_write(r->fq, (uint16_t)slot,
				  (uint16_t)(rig_random() % 18),
				  rig_random() % 40, (uint16_t)rig_random());
	else
		fake_set_used_idx(r->fq, (uint16_t)rig_random());
}

/* Anything at all, for a while: nothing is lost and nothing comes twice. */
static void anything(struct rig *r)
{
	for (unsigned turn = 0; turn < 2000; turn++) {
		struct victims v;
		unsigned back = 0;

		victims_lend(r, &v);
		if (turn & 1)
			RIG_EQ(r, lev_queue_add(&r->queue, &v.reqs[LENT].req),
			       0);
		for (unsigned i = 0; i < 6; i++) {
			int got;

			fake_queue_push_raw(r->fq, rig_random() % 18,
					    rig_random() % 40);
			if (rig_random() % 8 == 0)
				used_anywhere(r);
			got = lev_queue_poll(&r->queue, rig_random() % 4);
			RIG_CHECK(r, got >= 0 || got == LEV_ERR_PROTO);
			RIG_EQ(r, got < 0, got < 0 && r->queue.error != 0);
			back += got > 0 ? (unsigned)got : 0;
		}
		/* What was added is lent on the packed ring. */
		RIG_CHECK(r, back <= LENT + (r->shape.packed ? turn & 1 : 0));
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
		cmocka_unit_test(only_what_was_lent_has_an_id),
		cmocka_unit_test(a_request_comes_back_once),
		cmocka_unit_test(where_nothing_was_lent_nothing_comes_back),
		cmocka_unit_test(broken_is_broken),
		cmocka_unit_test(
			a_length_beyond_what_was_lent_is_clamped_or_breaks),
		cmocka_unit_test(a_scribbling_device_confuses_nobody),
		cmocka_unit_test(whatever_it_does_each_request_comes_back_once),
	};

	return cmocka_run_group_tests_name("ring_hostile", tests, NULL, NULL);
}
