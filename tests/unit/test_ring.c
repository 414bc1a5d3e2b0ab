/* SPDX-License-Identifier: MIT */
/* Every ring with a device that keeps the rules (VirtIO 2.7, 2.8). */
#include <stdio.h>

#include "rig.h"

/* --- there and back, beyond the index's end --- */

enum {
	BATCH_MAX = 64,
	PIECE = 24,
	TURNS_SPLIT = 70000, /* beyond the end of the indices */
	TURNS_PACKED = 5000,
};

struct batch {
	struct rig_request reqs[BATCH_MAX];
	uint8_t buf[BATCH_MAX][RIG_SEGS * PIECE];
	unsigned count;
};

/* A request of random shape; what it should bring back is known. */
static void batch_prepare(struct rig *r, struct batch *b, unsigned i)
{
	struct rig_request *req = &b->reqs[i];
	const unsigned size = lev_queue_size(&r->queue);
	unsigned max = size < RIG_SEGS ? size : RIG_SEGS;
	unsigned readable = rig_random() % (max + 1);
	unsigned writable = rig_random() % (max - readable + 1);
	uint32_t word;

	if (readable + writable == 0)
		readable = 1;
	rig_request(r, req, readable, writable, PIECE);
	for (unsigned k = 0; k < readable + writable; k++)
		req->segs[k].addr = (uintptr_t)b->buf[i] + k * PIECE;
	for (unsigned k = 0; k < sizeof(b->buf[i]); k += sizeof(word)) {
		word = rig_random();
		memcpy(b->buf[i] + k, &word, sizeof(word));
	}
}

/* The echo copied the readable part into the writable one. */
static void batch_verify(struct rig *r, struct batch *b, unsigned i)
{
	struct rig_request *req = &b->reqs[i];
	const size_t in = req->req.readable * (size_t)PIECE;
	const size_t out = req->req.writable * (size_t)PIECE;
	const size_t same = in < out ? in : out;

	RIG_EQ(r, req->came, 1);
	RIG_EQ(r, req->req.err, 0);
	RIG_EQ(r, req->req.written, same);
	if (memcmp(b->buf[i], b->buf[i] + in, same))
		fail_msg("[%s] a request came back with wrong bytes", r->name);
}

/* As many as fit, one kick, all of them back. Returns how many. */
static unsigned batch_run(struct rig *r, struct batch *b)
{
	const unsigned count = 1 + rig_random() % BATCH_MAX;
	const unsigned kicks = r->fq->kicks;
	unsigned n;
	int err = 0;

	for (n = 0; n < count; n++) {
		batch_prepare(r, b, n);
		err = lev_queue_add(&r->queue, &b->reqs[n].req);
		if (err)
			break;
	}
	RIG_CHECK(r, !err || (err == LEV_ERR_AGAIN && n));
	RIG_EQ(r, lev_queue_kick(&r->queue), 1);
	RIG_EQ(r, r->fq->kicks, kicks + 1);
	RIG_EQ(r, lev_queue_in_flight(&r->queue), n);
	RIG_EQ(r, lev_queue_poll(&r->queue, UINT32_MAX), n);
	RIG_EQ(r, lev_queue_in_flight(&r->queue), 0);
	for (unsigned i = 0; i < n; i++)
		batch_verify(r, b, i);
	return n;
}

static void wrap(struct rig *r)
{
	const unsigned turns = r->shape.packed ? TURNS_PACKED : TURNS_SPLIT;
	struct batch *b = calloc(1, sizeof(*b));
	unsigned done = 0;

	assert_non_null(b);
	fake_lend(r->port, b->buf, sizeof(b->buf));
	while (done < turns)
		done += batch_run(r, b);
	RIG_EQ(r, r->fq->pushed, done);
	RIG_EQ(r, r->queue.violations[LEV_VIOLATION_LEN], 0);
	fake_unlend(r->port, b->buf);
	free(b);
}

static void the_indices_wrap(void **state)
{
	(void)state;
	rig_each(4, wrap);
	if (RIG_EMULATED)
		return;
	rig_each(1, wrap);
	rig_each(256, wrap);
	/* Chains across the end of the ring. */
	rig_each_of(RIG_ANY_PACKED, 3, wrap);
	rig_each_of(RIG_ANY_PACKED, 7, wrap);
	rig_each_of(RIG_ANY_PACKED, 100, wrap);
}

/* The largest queue, full to the brim, three times around. */
static void brim(struct rig *r)
{
	const unsigned size = lev_queue_size(&r->queue);
	struct rig_request *reqs = calloc(size, sizeof(*reqs));
	struct rig_request more;

	assert_non_null(reqs);
	rig_request(r, &more, 1, 0, 1);
	for (unsigned turn = 0; turn < 3; turn++) {
		for (unsigned i = 0; i < size; i++) {
			rig_request(r, &reqs[i], i & 1, ~i & 1, 1);
			RIG_EQ(r, lev_queue_add(&r->queue, &reqs[i].req), 0);
		}
		RIG_EQ(r, lev_queue_add(&r->queue, &more.req), LEV_ERR_AGAIN);
		RIG_EQ(r, lev_queue_kick(&r->queue), 1);
		RIG_EQ(r, lev_queue_poll(&r->queue, UINT32_MAX), size);
		for (unsigned i = 0; i < size; i++)
			RIG_EQ(r, reqs[i].came, 1);
	}
	free(reqs);
}

static void every_size_can_be_filled_to_the_brim(void **state)
{
	static const uint16_t odd[] = { 3, 5, 7, 100 };

	(void)state;
	for (unsigned size = 1; size <= 1024; size *= 2)
		rig_each((uint16_t)size, brim);
	for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		rig_each_of(RIG_ANY_PACKED, odd[i], brim);
	rig_each_of(RIG_EMULATED ? RIG_ANY_ORDER : RIG_ANY, 32768, brim);
	if (!RIG_EMULATED)
		rig_each_of(RIG_ANY_PACKED, 32767, brim);
}

/* --- what fits --- */

static void chain_of(struct rig *r, struct rig_request *req, unsigned readable,
		     unsigned writable)
{
	const bool fits = readable + writable <= lev_queue_size(&r->queue);

	if (readable > 65535 || writable > 65535 || readable + writable == 0)
		return;
	req->req.readable = (uint16_t)readable;
	req->req.writable = (uint16_t)writable;
	if (!fits) {
		RIG_EQ(r, lev_queue_add(&r->queue, &req->req), LEV_ERR_RANGE);
		RIG_CHECK(r, !lev_request_pending(&req->req));
		return;
	}
	RIG_EQ(r, rig_submit(r, req), 1);
	RIG_EQ(r, lev_queue_poll(&r->queue, 2), 1);
}

static void long_chains(struct rig *r)
{
	const unsigned size = lev_queue_size(&r->queue);
	const unsigned counts[] = { 1,	      2,	size - 1, size,
				    size + 1, 2 * size, 65535,	  131070 };
	struct lev_seg *segs = calloc(131070, sizeof(*segs));
	struct rig_request req;

	assert_non_null(segs);
	for (unsigned i = 0; i < 131070; i++) {
		segs[i].addr = (uintptr_t)r->arena + i % RIG_ARENA;
		segs[i].len = 1;
	}
	rig_request(r, &req, 1, 0, 1);
	req.req.segs = segs;
	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		chain_of(r, &req, counts[i], 0);
		chain_of(r, &req, 0, counts[i]);
		chain_of(r, &req, counts[i] / 2, counts[i] - counts[i] / 2);
		chain_of(r, &req, 1, counts[i]);
	}
	free(segs);
}

static void a_chain_longer_than_the_queue_is_refused(void **state)
{
	static const uint16_t sizes[] = { 1, 2, 4, 16, 32768 };

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		rig_each(sizes[i], long_chains);
	rig_each_of(RIG_ANY_PACKED, 5, long_chains);
	rig_each_of(RIG_ANY_PACKED, 100, long_chains);
}

/* Entries that a request of count segments takes, by the rule in queue.h. */
static unsigned entries(struct rig *r, unsigned count)
{
	const bool table =
		r->shape.indirect && count >= 2 && count <= r->cfg.indirect_len;

	return table ? 1 : count;
}

/* Fill with requests of one shape: AGAIN comes when it must, and goes. */
static void until_again(struct rig *r)
{
	enum { SIZE = 16 };
	struct rig_request reqs[SIZE + 1];

	r->fake->mode = FAKE_MANUAL;
	for (unsigned count = 1; count <= RIG_SEGS; count++) {
		const unsigned fit = SIZE / entries(r, count);
		unsigned n = 0;

		for (; n <= fit; n++) {
			rig_request(r, &reqs[n], count / 2, count - count / 2,
				    4);
			RIG_EQ(r, lev_queue_add(&r->queue, &reqs[n].req),
			       n < fit ? 0 : LEV_ERR_AGAIN);
		}
		RIG_CHECK(r, !lev_request_pending(&reqs[fit].req));
		RIG_EQ(r, lev_queue_in_flight(&r->queue), fit);
		rig_kick(r);
		rig_answer(r, 0);
		RIG_EQ(r, lev_queue_add(&r->queue, &reqs[fit].req),
		       LEV_ERR_AGAIN);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), 1);
		rig_submit(r, &reqs[fit]);
		for (n = 0; n < fit; n++)
			rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 99), fit);
		for (n = 0; n <= fit; n++)
			RIG_EQ(r, reqs[n].came, 1);
	}
}

static void a_full_queue_says_again(void **state)
{
	(void)state;
	rig_each(16, until_again);
}

static void check_chain(struct rig *r, const struct fake_chain *chain,
			const struct rig_request *req)
{
	const unsigned readable = req->req.readable;

	RIG_EQ(r, chain->nsegs, readable + req->req.writable);
	RIG_EQ(r, chain->ndirect, entries(r, chain->nsegs));
	RIG_EQ(r, chain->indirect,
	       chain->nsegs > 1 && entries(r, chain->nsegs) == 1);
	for (unsigned i = 0; i < chain->nsegs; i++) {
		RIG_EQ(r, chain->segs[i].addr, req->segs[i].addr);
		RIG_EQ(r, chain->segs[i].len, req->segs[i].len);
		RIG_EQ(r, chain->segs[i].write, i >= readable);
	}
}

/* All mixes of readable and writable, as the device sees them. */
static void all_mixes(struct rig *r)
{
	struct rig_request req;

	r->fake->mode = FAKE_MANUAL;
	for (unsigned readable = 0; readable <= RIG_SEGS; readable++) {
		for (unsigned writable = !readable;
		     readable + writable <= RIG_SEGS; writable++) {
			struct fake_chain *chain;

			rig_request(r, &req, readable, writable, 7);
			for (unsigned i = 0; i < readable + writable; i++)
				req.segs[i].len -= i % 3;
			rig_submit(r, &req);
			chain = fake_queue_pop(r->fq);
			RIG_CHECK(r, chain);
			check_chain(r, chain, &req);
			fake_queue_push(chain, 0);
			RIG_EQ(r, lev_queue_poll(&r->queue, 9), 1);
		}
	}
}

static void the_device_sees_what_was_lent(void **state)
{
	(void)state;
	rig_each(8, all_mixes);
}

static void tables_by_the_rule(void **state)
{
	(void)state;
	for (unsigned n = 0; n < RIG_RINGS * (RIG_SEGS + 2); n++) {
		const struct rig_shape shape =
			rig_shape(n % RIG_RINGS * 4 + 3, 8);
		struct rig *r = rig_new(&shape);

		r->cfg.indirect_len = (uint16_t)(n / RIG_RINGS);
		RIG_EQ(r, rig_start(r), 0);
		all_mixes(r);
		rig_free(r);
	}
}

/* --- order --- */

enum { STORM = 32 };

/* Random adds, kicks and completions in any order, for a while. */
static void storm(struct rig *r)
{
	struct rig_request reqs[STORM];
	struct fake_chain *chains[STORM];
	unsigned nchains = 0, sent = 0, back = 0;

	r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < STORM; i++)
		rig_request(r, &reqs[i], 1, 0, 4);
	for (unsigned turn = 0; turn < 5000; turn++) {
		struct rig_request *req = &reqs[rig_random() % STORM];
		struct fake_chain *chain;
		unsigned n = 1 + rig_random() % RIG_SEGS;

		if (!lev_request_pending(&req->req)) {
			req->req.readable = (uint16_t)(rig_random() % (n + 1));
			req->req.writable = (uint16_t)(n - req->req.readable);
			for (unsigned k = 0; k < n; k++) {
				req->segs[k].addr = (uintptr_t)r->arena;
				req->segs[k].len = 1 + rig_random() % 99;
			}
			sent += lev_queue_add(&r->queue, &req->req) == 0;
		}
		if (rig_random() % 4 == 0)
			rig_kick(r);
		chain = nchains < STORM ? fake_queue_pop(r->fq) : NULL;
		if (chain)
			chains[nchains++] = chain;
		if (nchains && rig_random() % 3 == 0) {
			unsigned at = rig_random() % nchains;

			fake_queue_push(chains[at], 0);
			chains[at] = chains[--nchains];
		}
		if (rig_random() % 5 == 0) {
			int got = lev_queue_poll(&r->queue, 3);

			RIG_CHECK(r, got >= 0 && got <= 3);
			back += (unsigned)got;
		}
		RIG_EQ(r, lev_queue_in_flight(&r->queue), sent - back);
	}
	RIG_CHECK(r, back > 250);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	for (unsigned i = 0; i < STORM; i++) {
		RIG_CHECK(r, !lev_request_pending(&reqs[i].req));
		back += reqs[i].req.err == LEV_ERR_CANCELED;
	}
	RIG_EQ(r, back, sent);
}

static void requests_come_back_in_any_order(void **state)
{
	(void)state;
	rig_each(1, storm);
	rig_each(8, storm);
	rig_each(64, storm);
	rig_each_of(RIG_ANY_PACKED, 3, storm);
	rig_each_of(RIG_ANY_PACKED, 13, storm);
}

static void reversed(struct rig *r)
{
	struct rig_request reqs[8];
	struct fake_chain *chains[8];

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 20; turn++) {
		for (unsigned i = 0; i < 8; i++) {
			rig_request(r, &reqs[i], 1, 1, 64);
			rig_submit(r, &reqs[i]);
			chains[i] = fake_queue_pop(r->fq);
			RIG_CHECK(r, chains[i]);
		}
		for (unsigned i = 8; i-- > 0;)
			fake_queue_push(chains[i], i);
		for (unsigned i = 8; i-- > 0;) {
			RIG_CHECK(r, lev_queue_reap(&r->queue) == &reqs[i].req);
			RIG_EQ(r, reqs[i].req.written, i);
		}
		RIG_CHECK(r, !lev_queue_reap(&r->queue));
	}
}

static void what_comes_back_last_first_is_told_apart(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_ORDER, 16, reversed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_indices_wrap),
		cmocka_unit_test(every_size_can_be_filled_to_the_brim),
		cmocka_unit_test(a_chain_longer_than_the_queue_is_refused),
		cmocka_unit_test(a_full_queue_says_again),
		cmocka_unit_test(the_device_sees_what_was_lent),
		cmocka_unit_test(tables_by_the_rule),
		cmocka_unit_test(requests_come_back_in_any_order),
		cmocka_unit_test(what_comes_back_last_first_is_told_apart),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
