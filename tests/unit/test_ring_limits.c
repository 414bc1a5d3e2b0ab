/* SPDX-License-Identifier: MIT */
/* Every ring: what add refuses leaves no trace, and room is counted exactly. */
#include "rig.h"

/* Entries that a request of count segments takes, by the rule in queue.h. */
static unsigned entries(const struct rig *r, unsigned count)
{
	const unsigned size = lev_queue_size(&r->queue);
	const unsigned most = size < RIG_SEGS ? size : RIG_SEGS;
	const bool table = r->shape.indirect && count >= 2 && count <= most;

	return table ? 1 : count;
}

/* --- a failed add --- */

/* What a failed add must leave as it was. */
struct trace {
	uint64_t added, published, reaped;
	int32_t free_count;
	uint32_t doorbells;
	uint16_t next;
	unsigned accesses;
};

static struct trace trace_of(struct rig *r)
{
	const struct lev_queue *q = &r->queue;

	return (struct trace){
		.added = q->added,
		.published = q->published,
		.reaped = q->reaped,
		.free_count = q->free_count,
		.doorbells = q->doorbells,
		.next = fake_queue_next_avail(r->fq),
		.accesses = r->port->reads + r->port->writes,
	};
}

static void fail_add(struct rig *r, struct rig_request *req, int err)
{
	const struct trace before = trace_of(r);
	struct trace after;

	RIG_EQ(r, lev_queue_add(&r->queue, &req->req), err);
	RIG_CHECK(r, !lev_request_pending(&req->req));
	RIG_EQ(r, lev_queue_kick(&r->queue), 0);
	RIG_CHECK(r, !fake_queue_pop(r->fq));
	after = trace_of(r);
	RIG_EQ(r, after.added, before.added);
	RIG_EQ(r, after.published, before.published);
	RIG_EQ(r, after.reaped, before.reaped);
	RIG_EQ(r, after.free_count, before.free_count);
	RIG_EQ(r, after.doorbells, before.doorbells);
	RIG_EQ(r, after.next, before.next);
	RIG_EQ(r, after.accesses, before.accesses);
}

/* The device sees these segments, and nothing behind them. */
static void there_and_back(struct rig *r, struct rig_request *req)
{
	const unsigned count = req->req.readable + (unsigned)req->req.writable;
	const unsigned came = req->came;
	struct fake_chain *chain;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < count; i++)
		bytes += req->segs[i].len;
	rig_submit(r, req);
	chain = fake_queue_pop(r->fq);
	RIG_CHECK(r, chain);
	RIG_EQ(r, chain->nsegs, count);
	RIG_EQ(r, chain->readable + chain->writable, bytes);
	RIG_CHECK(r, !fake_queue_pop(r->fq));
	fake_queue_push(chain, (uint32_t)chain->writable);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), 1);
	RIG_EQ(r, req->came, came + 1);
	RIG_EQ(r, req->req.written, req->req.writable * 4u);
}

/* count segments, of which number bad is empty, or four GiB with the others. */
static void fail_then_mend(struct rig *r, unsigned count, unsigned bad,
			   bool empty)
{
	const unsigned readable = rig_random() % (count + 1);
	struct rig_request req, less;

	rig_request(r, &req, readable, count - readable, 4);
	req.segs[bad].len = empty ? 0 : UINT32_MAX - 4 * (count - 1) + 1;
	fail_add(r, &req, empty ? LEV_ERR_INVAL : LEV_ERR_RANGE);
	fail_add(r, &req, empty ? LEV_ERR_INVAL : LEV_ERR_RANGE);
	if (rig_random() % 2) {
		rig_request(r, &less, 1, count - 2, 4);
		there_and_back(r, &less);
		fail_add(r, &req, empty ? LEV_ERR_INVAL : LEV_ERR_RANGE);
	}
	req.segs[bad].len = 4;
	there_and_back(r, &req);
	RIG_EQ(r, r->queue.free_count, (int)lev_queue_size(&r->queue));
}

/* Each place of the ring meets each failure, chains over its end as well. */
static void failures(struct rig *r)
{
	const unsigned size = lev_queue_size(&r->queue);
	const unsigned most = size < RIG_SEGS ? size : RIG_SEGS;
	struct rig_request one;

	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &one, 1, 0, 4);
	for (unsigned turn = 0; turn < 4 * size; turn++) {
		for (unsigned count = 2; count <= most; count++)
			for (unsigned bad = 0; bad < count; bad++)
				for (unsigned empty = 0; empty < 2; empty++)
					fail_then_mend(r, count, bad, empty);
		there_and_back(r, &one);
	}
}

static void a_failed_add_leaves_no_trace(void **state)
{
	(void)state;
	rig_each(2, failures);
	rig_each(8, failures);
	rig_each_of(RIG_ANY_PACKED, 3, failures);
	rig_each_of(RIG_ANY_PACKED, 7, failures);
}

/* With all but count entries lent: the failure harms none of those. */
static void failure_among(struct rig *r, unsigned count)
{
	const unsigned size = lev_queue_size(&r->queue);
	struct fake_chain *chains[8];
	struct rig_request lent[8], req;

	for (unsigned i = 0; i < size - count; i++) {
		rig_request(r, &lent[i], 1, 0, 4);
		rig_submit(r, &lent[i]);
		chains[i] = fake_queue_pop(r->fq);
		RIG_CHECK(r, chains[i]);
	}
	rig_request(r, &req, 1, count - 1, 4);
	req.segs[count - 1].len = 0;
	fail_add(r, &req, LEV_ERR_INVAL);
	req.segs[count - 1].len = 4;
	rig_submit(r, &req);
	for (unsigned i = 0; i < size - count; i++)
		fake_queue_push(chains[i], 0); /* the model looks at them */
	rig_answer(r, 0);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), size - count + 1);
	RIG_EQ(r, req.came, 1);
	RIG_CLEAN(r);
}

static void failures_among_others(struct rig *r)
{
	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 40; turn++)
		for (unsigned count = 2; count <= 8; count++)
			failure_among(r, count);
}

static void a_failed_add_harms_nothing_that_is_lent(void **state)
{
	(void)state;
	rig_each(8, failures_among_others);
}

/*
 * What was refused is nobody's: a reset gives it back to no one. Some requests
 * went before, so that it stood before the one that is lent, or behind it.
 */
static void refuse_then_reset(struct rig *r, unsigned before, unsigned count)
{
	struct rig_request good[2], bad;

	rig_request(r, &good[0], 1, 0, 4);
	rig_request(r, &good[1], 1, 0, 4);
	rig_submit(r, &good[0]);
	for (unsigned i = 1; i <= before; i++) {
		rig_submit(r, &good[i % 2]);
		rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	}
	rig_request(r, &bad, 1, count - 1, 4);
	bad.segs[count - 1].len = 0;
	RIG_EQ(r, lev_queue_add(&r->queue, &bad.req), LEV_ERR_INVAL);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, good[0].came + good[1].came, before + 1);
	RIG_EQ(r, bad.came, 0);
	RIG_EQ(r, bad.req.err, 0);
	RIG_EQ(r, rig_start(r), 0);
}

static void refusals_then_resets(struct rig *r)
{
	r->fake->mode = FAKE_MANUAL;
	for (unsigned before = 0; before < 20; before++)
		for (unsigned count = 1; count <= 4; count++)
			refuse_then_reset(r, before, count);
}

static void a_reset_gives_back_nothing_that_was_refused(void **state)
{
	(void)state;
	rig_each(8, refusals_then_resets);
}

/* --- room --- */

enum { MANY = 48, STEPS = RIG_EMULATED ? 1600 : 8000 };

/* Random requests, and how many entries they hold by our own account. */
struct account {
	struct rig_request reqs[MANY];
	struct fake_chain *chains[MANY];
	unsigned held[MANY]; /* entries */
	unsigned total, nchains, oldest;
};

/* What add must say of a request without mistakes. */
static int verdict(const struct rig *r, const struct account *a, unsigned count)
{
	const unsigned need = entries(r, count);

	if (need > lev_queue_size(&r->queue))
		return LEV_ERR_RANGE;
	return need > lev_queue_size(&r->queue) - a->total ? LEV_ERR_AGAIN : 0;
}

static void account_add(struct rig *r, struct account *a, unsigned i)
{
	const unsigned count = 1 + rig_random() % RIG_SEGS;
	const unsigned readable = rig_random() % (count + 1);
	struct rig_request *req = &a->reqs[i];
	int err;

	if (lev_request_pending(&req->req)) {
		RIG_EQ(r, lev_queue_add(&r->queue, &req->req), LEV_ERR_BUSY);
		return;
	}
	err = verdict(r, a, count);
	rig_request(r, req, readable, count - readable, 4);
	if (!err && rig_random() % 8 == 0) {
		req->segs[rig_random() % count].len = 0;
		err = LEV_ERR_INVAL;
	}
	RIG_EQ(r, lev_queue_add(&r->queue, &req->req), err);
	if (!err)
		a->total += a->held[i] = entries(r, count);
}

/* The device takes what there is, and gives one or two back. */
static void account_serve(struct rig *r, struct account *a)
{
	struct fake_chain *chain = fake_queue_pop(r->fq);

	for (; chain; chain = fake_queue_pop(r->fq))
		a->chains[a->nchains++] = chain;
	for (unsigned n = rig_random() % 3; n && a->nchains; n--) {
		const unsigned at =
			r->shape.in_order ? 0 : rig_random() % a->nchains;

		fake_queue_push(a->chains[at], 0);
		a->nchains--;
		memmove(&a->chains[at], &a->chains[at + 1],
			(a->nchains - at) * sizeof(a->chains[0]));
	}
}

static void account_reap(struct rig *r, struct account *a)
{
	struct lev_request *req = lev_queue_reap(&r->queue);

	for (; req; req = lev_queue_reap(&r->queue)) {
		const size_t i =
			(size_t)((struct rig_request *)(void *)req - a->reqs);

		RIG_CHECK(r, i < MANY);
		a->total -= a->held[i];
	}
	RIG_EQ(r, lev_queue_error(&r->queue), 0);
}

static void accounting(struct rig *r)
{
	struct account *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	r->fake->mode = FAKE_MANUAL;
	for (unsigned step = 0; step < STEPS; step++) {
		account_add(r, a, rig_random() % MANY);
		if (rig_random() % 2)
			rig_kick(r);
		if (rig_random() % 2)
			account_serve(r, a);
		if (rig_random() % 3 == 0)
			account_reap(r, a);
		RIG_EQ(r, r->queue.free_count,
		       (int)(lev_queue_size(&r->queue) - a->total));
	}
	RIG_CHECK(r, r->queue.reaped > STEPS / 20);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	free(a);
}

static void room_is_counted_exactly(void **state)
{
	static const uint16_t odd[] = { 3, 5, 7, 13, 33 };

	(void)state;
	for (uint16_t size = 1; size <= 32; size *= 2)
		rig_each(size, accounting);
	for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		rig_each_of(RIG_ANY_PACKED, odd[i], accounting);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_add_leaves_no_trace),
		cmocka_unit_test(a_failed_add_harms_nothing_that_is_lent),
		cmocka_unit_test(a_reset_gives_back_nothing_that_was_refused),
		cmocka_unit_test(room_is_counted_exactly),
	};

	return cmocka_run_group_tests_name("ring_limits", tests, NULL, NULL);
}
