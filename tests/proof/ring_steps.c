/* SPDX-License-Identifier: MIT */
/*
 * One step from any state that is possible, for each call whose promises are
 * the same for both ring formats. Functions here are the harnesses of
 * harnesses.tsv.
 */
#include "ring_proof.h"

/* --- add --- */

/* What a request asks for. */
struct asked {
	unsigned count;		  /* segments */
	unsigned need;		  /* descriptors of the ring */
	bool empty;		  /* a segment has no byte */
	uint64_t total, writable; /* bytes */
};

static struct asked ask(const struct lev_request *req)
{
	struct asked a = { .count = req->readable + req->writable };

	a.need = a.count > 1 && a.count <= queue.indirect_len ? 1 : a.count;
	for (unsigned i = 0; i < N; i++) {
		if (i >= a.count)
			continue;
		a.empty |= req->segs[i].len == 0;
		a.total += req->segs[i].len;
		if (i >= req->readable)
			a.writable += req->segs[i].len;
	}
	return a;
}

/* No room, too long, or what no device may be shown; else it is taken. */
static void refusal_check(int err, const struct asked *a)
{
	const bool fits = a->need <= (unsigned)before.q.free_count;
	const bool legal = a->count && !a->empty && a->total <= UINT32_MAX;

	PROVE((err == 0) == (fits && legal), "what fits and is legal goes in");
	if (err == LEV_ERR_AGAIN)
		PROVE(!fits && a->need <= N, "AGAIN: it fits another time");
	else if (err == LEV_ERR_RANGE)
		PROVE(a->need > N || a->total > UINT32_MAX,
		      "RANGE: it never fits");
	else
		PROVE(!err || (err == LEV_ERR_INVAL && (!a->count || a->empty)),
		      "INVAL: it has an empty segment, or none");
}

static void added_check(const struct lev_request *req, const struct asked *a)
{
	unsigned came = 0;

	for (unsigned i = 0; i < N; i++) {
		came += slots[i].req == req;
		PROVE(slots[i].req == before.req[i] ||
			      (!before.req[i] && slots[i].req == req),
		      "every other request stays where it was");
	}
	PROVE(came == 1, "the request is in flight");
	PROVE(queue.added == before.q.added + 1, "one was added");
	PROVE(queue.reaped == before.q.reaped &&
		      queue.published == before.q.published,
	      "and that is all");
	PROVE(req->count == a->need &&
		      queue.free_count == before.q.free_count - (int)a->need,
	      "it holds the descriptors that it needs");
	PROVE(req->lent == a->writable, "its bytes to write are lent");
	format_added(req, a->count);
}

void add_step(void)
{
	struct lev_request *req = any_request();
	struct asked a;
	int err;

	any_queue(WORKING);
	a = ask(req);
	err = lev_queue_add(&queue, req);
	queue_check();
	refusal_check(err, &a);
	if (err) {
		nothing_moved();
		format_refused();
		PROVE(!lev_request_pending(req), "it stays the caller's");
	} else {
		added_check(req, &a);
	}
	PROVE(!seen.rings && !seen.idx.count && !seen.hint.count,
	      "add asks the device nothing");
	PROOF_SEEN(err == 0 && a.count == N, "a request of all descriptors");
	PROOF_SEEN(err == LEV_ERR_AGAIN, "no room");
	PROOF_SEEN(err == LEV_ERR_RANGE && (N == 1 || a.count <= N), "4 GiB");
	PROOF_END();
}

static int must_not_add(struct lev_queue *q, struct lev_request *req)
{
	(void)q;
	(void)req;
	PROVE(0, "what is in flight is not added");
	return 0;
}

/* A request that is in flight already is refused before the ring sees it. */
void add_again_step(void)
{
	static const struct lev_ring_ops ring = { .add = must_not_add };
	struct lev_request *req = any_request();

	any_queue(WORKING);
	queue.ring = &ring;
	req->count = nondet_unsigned();
	ASSUME(lev_request_pending(req));
	PROVE(lev_queue_add(&queue, req) == LEV_ERR_BUSY, "BUSY");
	nothing_moved();
	PROOF_END();
}

/* --- kick --- */

void kick_step(void)
{
	int rang;

	any_queue(WORKING);
	rang = lev_queue_kick(&queue);
	queue_check();
	PROVE(queue.added == before.q.added && queue.reaped == before.q.reaped,
	      "no request comes or goes");
	PROVE(rang == (int)seen.rings && seen.rings <= 1,
	      "it says whether it rang");
	format_kicked();
	PROOF_SEEN(rang == 1, "the doorbell rings");
	PROOF_SEEN(rang == 0 && queue.added != before.q.published,
		   "it does not");
	PROOF_END();
}

/* --- reap --- */

/* The request that was in slot i is the caller's again. */
static void returned_check(const struct lev_request *req, unsigned i)
{
	for (unsigned k = 0; k < N; k++)
		PROVE(slots[k].req == (k == i ? NULL : before.req[k]),
		      "one request comes back, no other");
	PROVE(req == before.req[i], "one that was in flight");
	PROVE(!lev_request_pending(req) && req->err == 0, "and is not now");
	PROVE(queue.reaped == before.q.reaped + 1, "it is counted");
	PROVE(req->written <= before.was[i].lent,
	      "never is more written than was lent");
	PROVE(queue.free_count ==
		      before.q.free_count + (int)before.was[i].count,
	      "its descriptors are free");
}

/* Broken for what the device wrote, or not. */
static void length_judge(const struct lev_request *last)
{
	PROVE((queue.error != 0) ==
		      (queue.strict && seen.len.value > last->lent),
	      "a strict queue takes no length beyond what was lent");
	PROVE(queue.violations[LEV_VIOLATION_LEN] ==
		      before.q.violations[LEV_VIOLATION_LEN] +
			      (seen.len.value > last->lent),
	      "and each is counted");
}

static uint32_t at_most(uint32_t len, uint32_t lent)
{
	return len < lent ? len : lent;
}

void judge(const struct lev_request *req, unsigned slot, bool lent)
{
	const unsigned id = seen.id.value;

	PROVE(seen.id.count == 1 && seen.len.count == 1, "each is read once");
	PROVE(lent || queue.error, "an id that was not lent: broken");
	if (!lent)
		return;
	length_judge(&before.was[id]);
	PROVE(queue.error || (req && slot == id), "what was lent comes back");
	PROVE(!req || req->written ==
			      at_most(seen.len.value, before.was[id].lent),
	      "with what was written, at most what was lent");
}

/* A request of a batch that was judged before, or has just been: the oldest. */
static void oldest_judge(const struct lev_request *req, unsigned slot,
			 unsigned left, uint32_t written)
{
	PROVE(!queue.error && req && slot == before.q.oldest,
	      "the oldest comes back");
	PROVE(queue.batch_left == left - 1, "the rest of its batch follows");
	PROVE(req->written == (left == 1 ? written : before.was[slot].lent),
	      "all but the last of a batch are full");
	PROVE(left == 1 || queue.batch_written == written,
	      "and the last will be as the device said");
}

void judge_batch(const struct lev_request *req, unsigned slot, unsigned most)
{
	unsigned i = before.q.oldest, n = 1;

	if (before.q.batch_left) {
		PROVE(!seen.idx.count && !seen.id.count && !seen.len.count,
		      "the device is not asked again");
		oldest_judge(req, slot, before.q.batch_left,
			     before.q.batch_written);
		return;
	}
	PROVE(seen.id.count == 1 && seen.len.count == 1, "each is read once");
	for (; n < most && i != seen.id.value; n++)
		i = format_younger(i);
	PROVE(i == seen.id.value || queue.error, "not one of them: broken");
	if (i != seen.id.value)
		return;
	length_judge(&before.was[i]);
	if (!queue.error)
		oldest_judge(req, slot, n,
			     at_most(seen.len.value, before.was[i].lent));
}

/* The queue is one that was stopped; stopped_step says what that means. */
static void broken_check(void)
{
	struct lev_queue stopped;

	lev_queue_stop(&stopped, LEV_ERR_PROTO);
	PROVE(queue.error == LEV_ERR_PROTO && queue.ring == stopped.ring,
	      "a broken queue stops, for this reason");
}

void reap_step(void)
{
	struct lev_request *req;
	unsigned slot = N;

	any_queue(WORKING);
	req = lev_queue_reap(&queue);
	queue_check();
	if (queue.error)
		broken_check();
	PROVE(queue.added == before.q.added &&
		      queue.published == before.q.published,
	      "reap adds and publishes nothing");
	for (unsigned i = 0; i < N; i++)
		if (req && req == before.req[i])
			slot = i;
	if (req)
		returned_check(req, slot);
	else
		nothing_moved();
	format_reaped(req, slot);
	PROOF_SEEN(req != NULL && lev_queue_in_flight(&queue) == 0,
		   "the last one");
	PROOF_SEEN(queue.error == LEV_ERR_PROTO, "a broken queue");
	PROOF_END();
}

/* --- arm and disarm --- */

void arm_step(void)
{
	bool there;

	any_queue(WORKING);
	there = lev_queue_arm(&queue);
	queue_check();
	nothing_moved();
	format_armed(there);
	PROOF_SEEN(there, "one is there already");
	PROOF_END();
}

void disarm_step(void)
{
	any_queue(WORKING);
	lev_queue_disarm(&queue);
	queue_check();
	nothing_moved();
	format_disarmed();
	PROOF_END();
}

/* --- a queue that does not work --- */

/* Before DRIVER_OK requests may go in; no doorbell rings, nothing is back. */
void waiting_step(void)
{
	any_queue(WAITING);
	PROVE(lev_queue_kick(&queue) == LEV_ERR_STATE, "no kick");
	PROVE(lev_queue_reap(&queue) == NULL, "no answer");
	PROVE(lev_queue_poll(&queue, N) ==
		      (queue.poll_left ? LEV_ERR_STATE : 0),
	      "and none to poll");
	nothing_moved();
	PROVE(!seen.rings && !seen.idx.count && !seen.index.count,
	      "the device is left alone");
	queue_check();
	PROOF_END();
}

/* Stopped, or broken by the device: what is in flight waits for a reset. */
void stopped_step(void)
{
	int why;

	any_queue(STOPPED);
	why = queue.error;
	PROVE(lev_queue_reap(&queue) == NULL, "nothing comes out");
	PROVE(lev_queue_add(&queue, any_request()) == why, "nothing goes in");
	PROVE(lev_queue_kick(&queue) == why, "nothing rings");
	PROVE(lev_queue_poll(&queue, N) ==
		      (queue.poll_left ? LEV_ERR_STATE : why),
	      "nothing is polled");
	PROVE(!lev_queue_arm(&queue), "nothing is awaited");
	lev_queue_disarm(&queue);
	PROVE(lev_queue_error(&queue) == why, "the first reason stays");
	nothing_moved();
	queue_check();
	PROOF_END();
}

/* --- poll --- */

static unsigned calls;
static unsigned turns; /* that were looked at */
static int canceled;

/*
 * Between two turns of poll's loop, done makes any calls that it may. Each of
 * them keeps the invariant, as the other steps show, so what is there
 * afterwards is any state that fits it; and a queue that broke meanwhile says
 * so as break does. Two turns then stand for all: the first one, and, any
 * number of turns later, the last.
 */
static void other_turns(void)
{
	const unsigned left = queue.poll_left;

	turns++;
	queue_check();
	if (turns == 2) {
		ASSUME(left == 1);
		return;
	}
	any_other_state();
	queue.poll_left = nondet_uint16();
	ASSUME(0 < queue.poll_left && queue.poll_left <= left);
	calls += left - queue.poll_left;
	if (nondet_bool())
		(void)lev_queue_break(&queue, LEV_VIOLATION_ID);
}

void request_done(struct lev_request *req)
{
	calls++;
	PROVE(!lev_request_pending(req), "it is the caller's again");
	PROVE(req->err == canceled, "and knows how it went");
	PROVE(queue.poll_left, "who polls is known");
	PROVE(canceled || calls == queue.poll_budget - queue.poll_left + 1u,
	      "and how often it may go on");
	if (!canceled)
		other_turns();
}

static void poll(unsigned budget)
{
	int n;

	any_queue(WORKING);
	n = lev_queue_poll(&queue, budget);
	if (before.q.poll_left) {
		PROVE(n == LEV_ERR_STATE, "not inside done");
		nothing_moved();
	} else {
		queue_check();
		PROVE(!queue.poll_left, "it has ended");
	}
	PROVE(n <= 0 || ((unsigned)n <= budget &&
			 (unsigned)n <= before.in_flight),
	      "no more than allowed, or than were in flight");
	PROVE(n >= 0 || before.q.poll_left || n == queue.error,
	      "an error is the queue's");
	PROVE(calls == (has_done && n > 0 ? (unsigned)n : 0),
	      "done is called once for each that it counts");
#if N < 4
	PROOF_SEEN(n == N, "all of them");
	PROOF_SEEN(n == LEV_ERR_PROTO, "broken at once");
	PROOF_SEEN(n == 1 && queue.error, "broken later");
#endif
}

void poll_step(void)
{
	has_done = true;
	poll(nondet_unsigned());
	PROOF_END();
}

/* Requests without a done function. */
void poll_quiet_step(void)
{
	poll(nondet_unsigned());
	PROOF_END();
}

/* --- reset --- */

/* Once the device is quiet: every request comes back, once, and no other. */
void reclaim_step(void)
{
	has_done = true;
	any_queue(STOPPED);
	canceled = LEV_ERR_CANCELED;
	lev_queue_reclaim(&queue);
	for (unsigned i = 0; i < N; i++) {
		const struct lev_request *req = before.req[i];

		PROVE(!slots[i].req, "none is in flight");
		PROVE(!req || (!lev_request_pending(req) && !req->written &&
			       req->err == LEV_ERR_CANCELED),
		      "each knows that it was cancelled");
	}
	PROVE(calls == before.in_flight, "done is called once for each");
	PROVE(lev_queue_in_flight(&queue) == 0 && !queue.poll_left,
	      "nothing is left");
	PROVE(lev_queue_error(&queue) == before.q.error, "it stays stopped");
	PROOF_SEEN(before.in_flight == N, "all of them");
	PROOF_END();
}
