/* SPDX-License-Identifier: MIT */
/*
 * IN_ORDER, on both rings (VirtIO 2.7.9, 2.8.7): one used entry stands for a
 * batch, of which it says how much was written into the last request. The
 * others were filled.
 */
#include "rig.h"

enum { LENT = 8, LEN = 16 };

struct batch {
	struct rig_request reqs[LENT];
	struct fake_chain *chains[LENT];
	uint32_t want[LENT]; /* bytes written */
};

/* Add count requests of all kinds, and the device takes them. */
static void lend(struct rig *r, struct batch *b, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		rig_request(r, &b->reqs[i], i % 3 != 1, i % 3 != 0, LEN);
		RIG_EQ(r, lev_queue_add(&r->queue, &b->reqs[i].req), 0);
		b->want[i] = i % 3 ? LEN : 0;
	}
	rig_kick(r);
	for (unsigned i = 0; i < count; i++) {
		b->chains[i] = fake_queue_pop(r->fq);
		RIG_CHECK(r, b->chains[i]);
	}
}

/* One used entry for all of them; the last one got so many bytes. */
static void use(struct rig *r, struct batch *b, unsigned count, uint32_t len)
{
	r->fq->batch = count;
	for (unsigned i = 0; i + 1 < count; i++) {
		fake_queue_push(b->chains[i], b->want[i]);
		RIG_CHECK(r, !lev_queue_reap(&r->queue));
	}
	fake_queue_push(b->chains[count - 1], len);
	b->want[count - 1] = len;
}

/* Request i is the next one that comes. */
static void reap(struct rig *r, struct batch *b, unsigned i)
{
	RIG_CHECK(r, lev_queue_reap(&r->queue) == &b->reqs[i].req);
	RIG_EQ(r, b->reqs[i].req.err, 0);
	RIG_EQ(r, b->reqs[i].req.written, b->want[i]);
	RIG_CHECK(r, !lev_request_pending(&b->reqs[i].req));
}

/* --- batches --- */

static void all_batches(struct rig *r)
{
	struct batch b;

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 20; turn++) {
		for (unsigned count = 1; count <= LENT; count++) {
			const uint32_t full = (count - 1) % 3 ? LEN : 0;

			lend(r, &b, count);
			use(r, &b, count, turn % (full + 1));
			for (unsigned i = 0; i < count; i++)
				reap(r, &b, i);
			RIG_CHECK(r, !lev_queue_reap(&r->queue));
			RIG_EQ(r, r->queue.free_count,
			       (int)lev_queue_size(&r->queue));
		}
	}
}

static void a_batch_comes_back_one_by_one_in_order(void **state)
{
	(void)state;
	rig_each_of(RIG_IN_ORDER, 16, all_batches);
	rig_each_of(RIG_IN_ORDER, 32, all_batches);
	rig_each_of(RIG_PACKED_IN_ORDER, 17, all_batches);
	rig_each_of(RIG_PACKED_IN_ORDER, 31, all_batches);
}

/* Several batches are there, of sizes that the driver is not told. */
static void batches_behind(struct rig *r)
{
	struct batch b;

	r->fake->mode = FAKE_MANUAL;
	for (unsigned cuts = 0; cuts < 1 << LENT; cuts++) {
		lend(r, &b, LENT);
		r->fq->batch = LENT;
		/* One that is not full is the last of its batch. */
		for (unsigned i = 0; i < LENT; i++) {
			if (b.want[i] && (cuts & 1u << i))
				b.want[i]--;
			fake_queue_push(b.chains[i], b.want[i]);
		}
		fake_queue_flush(r->fq);
		for (unsigned i = 0; i < LENT; i++)
			reap(r, &b, i);
		RIG_CHECK(r, !lev_queue_reap(&r->queue));
	}
}

static void batches_follow_each_other(void **state)
{
	(void)state;
	rig_each_of(RIG_IN_ORDER, 16, batches_behind);
	rig_each_of(RIG_PACKED_IN_ORDER, 13, batches_behind);
}

/* --- part of a batch --- */

static void partly(struct rig *r)
{
	struct batch b;

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 40; turn++) {
		for (unsigned some = 1; some < LENT; some++) {
			lend(r, &b, LENT);
			RIG_CHECK(r, !lev_queue_arm(&r->queue));
			use(r, &b, LENT, 5);
			RIG_CHECK(r, lev_queue_arm(&r->queue));
			for (unsigned i = 0; i < LENT; i++) {
				/* What is left of it sends no interrupt. */
				RIG_CHECK(r, lev_queue_arm(&r->queue));
				reap(r, &b, i);
				RIG_EQ(r, lev_queue_in_flight(&r->queue),
				       LENT - 1 - i);
			}
			RIG_CHECK(r, !lev_queue_arm(&r->queue));
		}
	}
}

static void arming_tells_of_the_rest_of_a_batch(void **state)
{
	(void)state;
	rig_each_of(RIG_IN_ORDER, 16, partly);
	rig_each_of(RIG_PACKED_IN_ORDER, 19, partly);
}

static void in_pieces(struct rig *r)
{
	struct batch b;

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 40; turn++) {
		for (unsigned budget = 1; budget <= LENT; budget++) {
			unsigned left = LENT;

			lend(r, &b, LENT);
			use(r, &b, LENT, 7);
			while (left) {
				const unsigned n =
					left < budget ? left : budget;

				RIG_EQ(r, lev_queue_poll(&r->queue, budget), n);
				left -= n;
				for (unsigned i = 0; i < LENT; i++)
					RIG_EQ(r, b.reqs[i].came,
					       i < LENT - left);
			}
			RIG_EQ(r, lev_queue_poll(&r->queue, budget), 0);
			for (unsigned i = 0; i < LENT; i++)
				RIG_EQ(r, b.reqs[i].req.written, b.want[i]);
		}
	}
}

static void poll_takes_a_batch_in_pieces(void **state)
{
	(void)state;
	rig_each_of(RIG_IN_ORDER, 16, in_pieces);
}

/* As each comes back its room is there, and the next is added in it. */
static void refilled(struct rig *r)
{
	struct rig_request reqs[LENT], more;
	struct fake_chain *chains[LENT];

	r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < LENT; i++)
		rig_request(r, &reqs[i], 0, 1, 4);
	rig_request(r, &more, 1, 0, 4);
	for (unsigned i = 0; i < LENT; i++)
		rig_submit(r, &reqs[i]);
	for (unsigned turn = 0; turn < 50; turn++) {
		r->fq->batch = LENT;
		for (unsigned i = 0; i < LENT; i++) {
			chains[i] = fake_queue_pop(r->fq);
			RIG_CHECK(r, chains[i]);
		}
		RIG_CHECK(r, !fake_queue_pop(r->fq));
		for (unsigned i = 0; i < LENT; i++)
			fake_queue_push(chains[i], 4);
		for (unsigned i = 0; i < LENT; i++) {
			RIG_EQ(r, lev_queue_add(&r->queue, &more.req),
			       LEV_ERR_AGAIN);
			RIG_CHECK(r, lev_queue_reap(&r->queue) == &reqs[i].req);
			RIG_EQ(r, reqs[i].req.written, 4);
			rig_submit(r, &reqs[i]);
		}
		RIG_CHECK(r, !lev_queue_reap(&r->queue));
	}
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
}

static void the_room_of_what_came_back_is_free(void **state)
{
	(void)state;
	rig_each_of(RIG_IN_ORDER, LENT, refilled);
}

/* A reset between two of a batch: all come back, and it is forgotten. */
static void reset_within(struct rig *r)
{
	struct batch b;

	for (unsigned some = 0; some <= LENT; some++) {
		r->fake->mode = FAKE_MANUAL;
		lend(r, &b, LENT);
		use(r, &b, LENT, 9);
		if (some)
			RIG_EQ(r, lev_queue_poll(&r->queue, some), some);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		for (unsigned i = 0; i < LENT; i++) {
			RIG_EQ(r, b.reqs[i].came, 1);
			RIG_CHECK(r, !lev_request_pending(&b.reqs[i].req));
			RIG_EQ(r, b.reqs[i].req.err,
			       i < some ? 0 : LEV_ERR_CANCELED);
			RIG_EQ(r, b.reqs[i].req.written,
			       i < some ? b.want[i] : 0);
		}
		RIG_EQ(r, lev_queue_in_flight(&r->queue), 0);
		RIG_EQ(r, rig_start(r), 0);
		RIG_CHECK(r, !lev_queue_arm(&r->queue));
		RIG_CHECK(r, !lev_queue_reap(&r->queue));
		r->fq->batch = 1;
		r->fake->mode = FAKE_ON_KICK;
		rig_echo(r);
	}
}

static void a_reset_within_a_batch_gives_back_the_rest(void **state)
{
	(void)state;
	rig_each_of(RIG_IN_ORDER, 16, reset_within);
}

/* --- a device that breaks the rules --- */

/* The last of a batch is too long: it alone is cut, or all is broken. */
static void too_long(struct rig *r)
{
	const bool strict = r->cfg.strict;
	struct batch b;

	r->fake->mode = FAKE_MANUAL;
	for (unsigned count = 1; count <= LENT; count++) {
		const unsigned before = r->queue.violations[LEV_VIOLATION_LEN];

		lend(r, &b, count);
		use(r, &b, count, LEN + 1);
		b.want[count - 1] = (count - 1) % 3 ? LEN : 0;
		for (unsigned i = 0; i < count && !strict; i++)
			reap(r, &b, i);
		RIG_CHECK(r, !lev_queue_reap(&r->queue));
		RIG_EQ(r, r->queue.violations[LEV_VIOLATION_LEN], before + 1);
		RIG_EQ(r, lev_queue_error(&r->queue),
		       strict ? LEV_ERR_PROTO : 0);
		RIG_EQ(r, lev_queue_in_flight(&r->queue), strict ? count : 0);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		RIG_EQ(r, rig_start(r), 0);
	}
}

static void too_long_strictly(struct rig *r)
{
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	r->cfg.strict = true;
	RIG_EQ(r, rig_start(r), 0);
	too_long(r);
}

static void a_length_is_that_of_the_last_of_a_batch(void **state)
{
	(void)state;
	rig_each_of(RIG_IN_ORDER, 16, too_long);
	rig_each_of(RIG_IN_ORDER, 16, too_long_strictly);
}

/* How many the entry with this id gives back; the split index is at ahead. */
static unsigned good(const struct rig *r, const struct batch *b, unsigned ahead,
		     unsigned id)
{
	for (unsigned i = 0; i < LENT; i++)
		if (b->chains[i]->head == id)
			return r->shape.packed || i < ahead ? i + 1 : 0;
	return 0;
}

/*
 * Any id, with the split index moved by any number up to all. Where the entry
 * stands for fewer than the index says, the next entry is to be good as well.
 */
static void one_batch(struct rig *r, unsigned ahead, unsigned id)
{
	struct batch b;
	unsigned want;

	lend(r, &b, LENT);
	want = good(r, &b, ahead, id);
	fake_queue_push_raw(r->fq, id, 0);
	if (!r->shape.packed)
		fake_set_used_idx(r->fq, (uint16_t)ahead);
	for (unsigned i = 0; i < want; i++)
		RIG_CHECK(r, lev_queue_reap(&r->queue) == &b.reqs[i].req);
	RIG_EQ(r, lev_queue_error(&r->queue), 0);
	if (!want) {
		RIG_CHECK(r, !lev_queue_reap(&r->queue));
		RIG_EQ(r, lev_queue_error(&r->queue), LEV_ERR_PROTO);
		RIG_EQ(r, r->queue.violations[LEV_VIOLATION_ID], 1);
		r->queue.violations[LEV_VIOLATION_ID] = 0;
	}
	RIG_EQ(r, lev_queue_in_flight(&r->queue), LENT - want);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, lev_queue_in_flight(&r->queue), 0);
	RIG_EQ(r, rig_start(r), 0);
}

static void any_batch(struct rig *r)
{
	r->fake->mode = FAKE_MANUAL;
	for (unsigned ahead = 1; ahead <= LENT; ahead++)
		for (unsigned id = 0; id < 18; id++)
			one_batch(r, ahead, id);
}

static void a_batch_ends_with_one_that_is_lent(void **state)
{
	(void)state;
	rig_each_of(RIG_IN_ORDER, 16, any_batch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_comes_back_one_by_one_in_order),
		cmocka_unit_test(batches_follow_each_other),
		cmocka_unit_test(arming_tells_of_the_rest_of_a_batch),
		cmocka_unit_test(poll_takes_a_batch_in_pieces),
		cmocka_unit_test(the_room_of_what_came_back_is_free),
		cmocka_unit_test(a_reset_within_a_batch_gives_back_the_rest),
		cmocka_unit_test(a_length_is_that_of_the_last_of_a_batch),
		cmocka_unit_test(a_batch_ends_with_one_that_is_lent),
	};

	return cmocka_run_group_tests_name("in_order", tests, NULL, NULL);
}
