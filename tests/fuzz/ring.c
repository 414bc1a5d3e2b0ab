/* SPDX-License-Identifier: MIT */
/* See ring.h. */
#include "ring.h"

enum { DEVICE_ID = 42, STEPS_MAX = 2000 };

static const struct lev_driver driver = { .device_id = DEVICE_ID,
					  .name = "fuzz" };

static struct fuzz_input *input(struct ring *ring)
{
	return &ring->port.in;
}

/* --- the device --- */

/* The oldest, or any, request that is published and was not used yet. */
static struct ring_request *pick_served(struct ring *ring, unsigned skip)
{
	struct ring_request *best = NULL;

	for (unsigned i = 0; i < RING_REQS; i++) {
		struct ring_request *r =
			&ring->reqs[(i + (ring->in_order ? 0 : skip)) %
				    RING_REQS];

		if (!r->published || r->served)
			continue;
		if (!ring->in_order)
			return r;
		if (!best || r->order < best->order)
			best = r;
	}
	return best;
}

/* By the rules; under IN_ORDER one entry may stand for a batch (2.7.9). */
static void device_serve(struct ring *ring)
{
	unsigned left = ring->in_order ? 1 + fuzz_below(input(ring), 4) : 1;
	struct ring_request *last = NULL, *r;
	unsigned count = 0;

	while (left-- && (r = pick_served(ring, fuzz_u8(input(ring))))) {
		r->served = true;
		count += ring->side->packed ? r->count : 1;
		last = r;
	}
	if (last)
		ring->side->use(ring, last->id,
				last->lent ? fuzz_u8(input(ring)) % last->lent
					   : 0,
				count);
}

/* Any id; or one that was lent once, and may be lent, or not published. */
static void device_lie(struct ring *ring)
{
	const unsigned known = fuzz_below(input(ring), 2 * RING_REQS);
	const uint32_t id = known < RING_REQS ? ring->reqs[known].id
					      : fuzz_number(input(ring));
	const uint32_t len = fuzz_number(input(ring));

	ring->dirty = true;
	ring->side->use(ring, id, len, 1 + fuzz_below(input(ring), 4));
}

static void device_act(struct ring *ring)
{
	switch (fuzz_below(input(ring), 8)) {
	case 1:
	case 2:
		device_serve(ring);
		break;
	case 3:
		device_lie(ring);
		break;
	case 4:
		ring->dirty = true;
		fuzz_scribble(&ring->port);
		break;
	case 5:
		ring->side->disturb(ring);
		break;
	case 6:
		ring->dev.status_wrong = fuzz_u8(input(ring));
		break;
	case 7:
		ring->dev.causes = fuzz_u8(input(ring)) & 3;
		break;
	default:
		break;
	}
}

static void device_idle(void *ctx)
{
	device_act(ctx);
}

static void check_loads(struct ring *ring, const void *ptr)
{
	if (!ring->watching)
		return;
	for (unsigned i = 0; i < ring->loads; i++)
		FUZZ_CHECK(ring->loaded[i] != ptr);
	FUZZ_CHECK(ring->loads < sizeof(ring->loaded) / sizeof(*ring->loaded));
	ring->loaded[ring->loads++] = ptr;
}

/* What was checked is what is used, if it was loaded once. */
static void watch(struct ring *ring, bool watching)
{
	ring->watching = watching;
	ring->loads = 0;
}

static void device_race(void *ctx, void *ptr, unsigned len)
{
	struct ring *ring = ctx;

	check_loads(ring, ptr);
	if (!ring->race_every || !input(ring)->left || --ring->race_in)
		return;
	ring->race_in = ring->race_every;
	ring->raced = true;
	if (fuzz_below(input(ring), 2)) {
		ring->dirty = true;
		fuzz_take(input(ring), ptr, len);
	} else {
		device_act(ring);
	}
}

/* --- requests come back --- */

/* The ring's word for it; where nothing changed meanwhile, it still stands. */
static void check_told(const struct ring *ring, const struct ring_request *r)
{
	uint32_t id, len;

	if (ring->raced)
		return;
	if (ring->in_order) {
		FUZZ_CHECK(r->order == ring->back);
		return;
	}
	ring->side->told(ring, &id, &len);
	FUZZ_CHECK(id == r->id);
	FUZZ_CHECK(!ring->cfg.strict || len <= r->lent);
	FUZZ_CHECK(r->req.written == (len < r->lent ? len : r->lent));
}

static void came_back(struct ring_request *r)
{
	struct ring *ring = r->ring;

	FUZZ_CHECK(r->out && !lev_request_pending(&r->req));
	if (r->req.err) {
		FUZZ_CHECK(r->req.err == LEV_ERR_CANCELED && ring->reset);
		/* Not before the device has let go of it. */
		FUZZ_CHECK(ring->said_gone || ring->dev.gone ||
			   ring->dev.confirmed ||
			   !ring->dev.queues[ring->cfg.idx].enabled);
		FUZZ_CHECK(r->req.written == 0);
	} else {
		FUZZ_CHECK(r->published && !ring->reset);
		FUZZ_CHECK(r->req.written <= r->lent);
		check_told(ring, r);
		ring->taken += ring->side->packed ? r->count : 1;
		ring->back = r->order + 1;
	}
	r->out = r->published = r->served = false;
	ring->out--;
	ring->dones++;
	FUZZ_CHECK(ring->dones <= 100 * RING_REQS);
}

/* --- the driver's calls --- */

static unsigned pick_segs(struct ring *ring, struct ring_request *r)
{
	struct fuzz_input *in = input(ring);
	const unsigned readable = fuzz_below(in, RING_SEGS);
	const unsigned writable = fuzz_below(in, RING_SEGS + 1 - readable);

	r->req.readable = (uint16_t)readable;
	r->req.writable = (uint16_t)writable;
	for (unsigned i = 0; i < readable + writable; i++) {
		const uint8_t len = fuzz_u8(in);

		r->segs[i].addr = 0x1000u * i;
		/* 0 shall be rare, as it is what an input ends with. */
		r->segs[i].len = len == 255   ? 0
				 : len == 254 ? UINT32_MAX
					      : len + 1u;
	}
	return readable + writable;
}

/* What lev_queue_add must say to these segments, if there is room for them. */
static int judge_segs(const struct ring_request *r, unsigned count,
		      unsigned size, uint32_t *lent)
{
	uint64_t total = 0, writable = 0;

	for (unsigned i = 0; i < count; i++) {
		if (!r->segs[i].len)
			return LEV_ERR_INVAL;
		total += r->segs[i].len;
		if (i >= r->req.readable)
			writable += r->segs[i].len;
	}
	*lent = (uint32_t)writable;
	if (count == 0)
		return LEV_ERR_INVAL;
	return count > size || total > UINT32_MAX ? LEV_ERR_RANGE : 0;
}

static void request_done(struct lev_request *req);

static void added(struct ring *ring, struct ring_request *r, uint16_t id)
{
	FUZZ_CHECK(lev_request_pending(&r->req));
	r->out = true;
	r->published = ring->side->packed;
	r->order = ring->order++;
	r->id = id;
	r->count = r->req.count;
	ring->out++;
}

static void do_add(struct ring *ring)
{
	struct ring_request *r =
		&ring->reqs[fuzz_below(input(ring), RING_REQS)];
	const uint16_t id = ring->queue.free_head;
	unsigned count;
	uint32_t lent;
	int err, want;

	if (r->out) {
		err = lev_queue_add(&ring->queue, &r->req);
		want = lev_queue_error(&ring->queue);
		FUZZ_CHECK(err == (want ? want : LEV_ERR_BUSY));
		return;
	}
	memset(&r->req, 0, sizeof(r->req));
	r->ring = ring;
	r->req.segs = r->segs;
	r->req.done = request_done;
	count = pick_segs(ring, r);
	want = judge_segs(r, count, lev_queue_size(&ring->queue), &lent);
	err = lev_queue_add(&ring->queue, &r->req);
	if (lev_queue_error(&ring->queue)) {
		FUZZ_CHECK(err == lev_queue_error(&ring->queue));
		return;
	}
	FUZZ_CHECK(err == want || err == LEV_ERR_AGAIN ||
		   (want && err == LEV_ERR_RANGE));
	r->lent = lent;
	if (!err)
		added(ring, r, id);
	else
		FUZZ_CHECK(!lev_request_pending(&r->req));
}

static void do_kick(struct ring *ring)
{
	const int rang = lev_queue_kick(&ring->queue);

	if (rang < 0) {
		FUZZ_CHECK(rang == lev_queue_error(&ring->queue));
		return;
	}
	FUZZ_CHECK(rang <= 1);
	ring->shown = ring->order;
	for (unsigned i = 0; i < RING_REQS; i++)
		ring->reqs[i].published = ring->reqs[i].out;
}

static void do_reap(struct ring *ring)
{
	struct lev_request *req;

	watch(ring, true);
	req = lev_queue_reap(&ring->queue);
	watch(ring, false);
	if (req)
		came_back((struct ring_request *)(void *)req);
}

/* A done function may use the queue, but not wait for it. */
static void use_inside(struct ring *ring)
{
	FUZZ_CHECK(lev_queue_poll(&ring->queue, 1) == LEV_ERR_STATE);
	FUZZ_CHECK(lev_queue_reset(&ring->queue) == LEV_ERR_STATE);
	FUZZ_CHECK(lev_device_reset(&ring->lev) == LEV_ERR_STATE);
	switch (fuzz_below(input(ring), 4)) {
	case 1:
		do_add(ring);
		break;
	case 2:
		do_kick(ring);
		break;
	case 3:
		do_reap(ring);
		break;
	default:
		break;
	}
}

static void request_done(struct lev_request *req)
{
	struct ring_request *r = (struct ring_request *)(void *)req;
	struct ring *ring = r->ring;
	const bool inside = ring->queue.poll_left != 0;
	const bool watching = ring->watching;

	came_back(r);
	watch(ring, false);
	FUZZ_CHECK(inside);
	if (ring->again)
		use_inside(ring);
	watch(ring, watching);
}

static void do_poll(struct ring *ring)
{
	const unsigned budget = fuzz_below(input(ring), 12);
	int n;

	watch(ring, true);
	n = lev_queue_poll(&ring->queue, budget);
	watch(ring, false);
	if (n < 0)
		FUZZ_CHECK(n == lev_queue_error(&ring->queue) &&
			   (!ring->dones || ring->again));
	else
		FUZZ_CHECK((unsigned)n <= budget &&
			   ((unsigned)n == ring->dones || ring->again));
}

static void do_wait(struct ring *ring)
{
	struct ring_request *r =
		&ring->reqs[fuzz_below(input(ring), RING_REQS)];
	const uint64_t deadline =
		lev_device_deadline(&ring->lev, LEV_RESET_TIMEOUT);
	int err;

	if (!r->out)
		return;
	err = lev_queue_wait(&ring->queue, &r->req, deadline);
	/* done may have added it again. */
	FUZZ_CHECK(err || !r->out || ring->again);
	FUZZ_CHECK(err == 0 || err == LEV_ERR_TIMEDOUT || err == LEV_ERR_IO ||
		   err == LEV_ERR_NODEV ||
		   err == lev_queue_error(&ring->queue));
}

static void do_arm(struct ring *ring)
{
	if (fuzz_below(input(ring), 2))
		lev_queue_disarm(&ring->queue);
	else if (lev_queue_arm(&ring->queue))
		FUZZ_CHECK(!lev_queue_error(&ring->queue));
}

/* --- up and down --- */

/* The device begins anew, before the driver gives it the ring. */
static void ring_begin(struct ring *ring)
{
	ring->order = ring->shown = ring->back = 0;
	ring->put = ring->taken = 0;
	ring->error = 0;
	ring->reset = ring->said_gone = ring->dirty = ring->raced = false;
}

static int start(struct ring *ring)
{
	int err = lev_device_begin(
		&ring->lev, lev_device_deadline(&ring->lev, LEV_RESET_TIMEOUT));

	if (!err)
		err = lev_queue_init(&ring->queue, &ring->lev, &ring->cfg);
	if (!err)
		err = lev_device_ready(&ring->lev);
	return err;
}

/* Reset, from whatever state, and everything is back. */
static void quiet(struct ring *ring)
{
	int err;

	ring->reset = true;
	err = lev_device_reset(&ring->lev);
	if (err == LEV_ERR_STUCK) {
		FUZZ_CHECK(ring->dev.stuck);
		FUZZ_CHECK(lev_queue_in_flight(&ring->queue) == ring->out);
		fuzz_dev_behave(&ring->dev);
		err = lev_device_reset(&ring->lev);
	}
	FUZZ_CHECK(err == 0 || (err == LEV_ERR_NODEV && ring->dev.gone));
	FUZZ_CHECK(ring->out == 0);
	fuzz_dev_behave(&ring->dev);
}

static void do_restart(struct ring *ring)
{
	const unsigned how = fuzz_below(input(ring), 4);

	ring->dev.stuck = how == 1;
	ring->dev.gone = how == 2;
	if (how == 3) {
		ring->reset = ring->said_gone = true;
		lev_device_gone(&ring->lev);
		FUZZ_CHECK(ring->out == 0);
	}
	quiet(ring);
	ring_begin(ring);
	FUZZ_CHECK(start(ring) == 0);
}

static void do_queue_reset(struct ring *ring)
{
	const bool can = lev_device_has(&ring->lev, LEV_F_RING_RESET);
	int err;

	ring->dev.queue_stuck = fuzz_below(input(ring), 4) == 1;
	ring->reset = can;
	err = lev_queue_reset(&ring->queue);
	ring->dev.queue_stuck = false;
	if (!can) {
		FUZZ_CHECK(err == LEV_ERR_NOTSUP);
		return;
	}
	FUZZ_CHECK(ring->out == 0);
	ring_begin(ring);
	if (err) {
		FUZZ_CHECK(err == LEV_ERR_IO);
		FUZZ_CHECK(start(ring) == 0);
	} else {
		FUZZ_CHECK(lev_queue_init(&ring->queue, &ring->lev,
					  &ring->cfg) == 0);
	}
}

static void do_look(struct ring *ring)
{
	const int err = lev_device_poll(&ring->lev);

	FUZZ_CHECK(err == 0 || err == 1 || err == LEV_ERR_IO);
	(void)lev_device_isr(&ring->lev);
	lev_queue_dump(&ring->queue);
}

static void set_race(struct ring *ring)
{
	ring->race_in = ring->race_every = fuzz_below(input(ring), 8);
}

static void set_again(struct ring *ring)
{
	ring->again = !ring->again;
}

/* --- what holds after each call --- */

/* The free list has what is free, once each. */
static void check_free(const struct ring *ring)
{
	const unsigned size = lev_queue_size(&ring->queue);
	bool seen[RING_SIZE_MAX] = { false };
	unsigned held = 0, at = ring->queue.free_head;

	for (unsigned i = 0; i < RING_REQS; i++) {
		const struct ring_request *r = &ring->reqs[i];

		if (!r->out)
			continue;
		held += r->req.count;
		FUZZ_CHECK(ring->queue.slots[r->id].req == &r->req);
		FUZZ_CHECK(!seen[r->id]);
		seen[r->id] = true;
	}
	FUZZ_CHECK(ring->queue.free_count >= 0);
	FUZZ_CHECK((unsigned)ring->queue.free_count + held == size);
	if (ring->in_order)
		return; /* there the list is a ring */
	for (int i = 0; i < ring->queue.free_count; i++) {
		FUZZ_CHECK(at < size && !seen[at]);
		seen[at] = true;
		at = ring->queue.slots[at].next;
	}
}

static void check(struct ring *ring)
{
	const struct lev_queue *q = &ring->queue;
	const int err = lev_queue_error(q);

	FUZZ_CHECK(lev_queue_in_flight(q) == ring->out);
	FUZZ_CHECK(!ring->error || err == ring->error);
	FUZZ_CHECK(err == 0 || (err == LEV_ERR_PROTO && ring->dirty));
	FUZZ_CHECK(q->poll_left == 0);
	FUZZ_CHECK((q->added - q->reaped) == ring->out);
	ring->error = err;
	check_free(ring);
}

/* Sums of what the device did wrong: they only grow, by one for each break. */
static void check_violations(const struct ring *ring, const uint32_t *before)
{
	const uint32_t *now = ring->queue.violations;

	for (unsigned i = 0; i < LEV_VIOLATIONS; i++)
		FUZZ_CHECK(now[i] - before[i] <= ring->dones + 1);
	if (!ring->error && lev_queue_error(&ring->queue))
		FUZZ_CHECK(memcmp(now, before, sizeof(*now) * LEV_VIOLATIONS));
}

static void device_step(struct ring *ring)
{
	device_act(ring);
}

typedef void step(struct ring *ring);

static step *const steps[] = {
	do_add,	     do_add,	 do_kick,    do_reap,
	do_poll,     do_wait,	 do_arm,     device_step,
	device_step, device_lie, do_restart, do_queue_reset,
	do_look,     set_race,	 set_again,  device_serve,
};

static void one_step(struct ring *ring)
{
	uint32_t before[LEV_VIOLATIONS];

	memcpy(before, ring->queue.violations, sizeof(before));
	fuzz_call(&ring->port);
	ring->dones = 0;
	ring->raced = false;
	ring->reset = false;
	steps[fuzz_below(input(ring), sizeof(steps) / sizeof(steps[0]))](ring);
	check_violations(ring, before);
	check(ring);
}

/* --- the shape --- */

static void choose_shape(struct ring *ring)
{
	const uint8_t bits = fuzz_u8(input(ring));
	const uint8_t size = fuzz_u8(input(ring));
	struct lev_features *f = &ring->dev.offered;

	ring->in_order = bits & 4;
	if (bits & 1)
		lev_features_set(f, LEV_F_EVENT_IDX);
	if (bits & 2)
		lev_features_set(f, LEV_F_INDIRECT_DESC);
	if (ring->in_order)
		lev_features_set(f, LEV_F_IN_ORDER);
	if (bits & 8)
		lev_features_set(f, LEV_F_NOTIFICATION_DATA);
	if (bits & 16)
		lev_features_set(f, LEV_F_RING_RESET);
	if (ring->side->packed)
		lev_features_set(f, LEV_F_RING_PACKED);
	ring->cfg.strict = bits & 32;
	ring->dev.transport.legacy = !ring->side->packed && bits & 64;
	if (ring->dev.transport.legacy) {
		ring->in_order = false;
		ring->dev.transport.version = 1;
	}
	ring->cfg.size = (uint16_t)(1 + size % RING_SIZE_MAX);
	ring->cfg.indirect_len = size >> 6;
	ring->cfg.idx = bits >> 7;
}

static void ring_run(struct ring *ring)
{
	FUZZ_CHECK(lev_device_claim(&ring->lev, &ring->dev.transport,
				    &driver) == 0);
	FUZZ_CHECK(start(ring) == 0);
	ring->port.race = device_race;
	ring->port.idle = device_idle;
	for (unsigned i = 0; i < STEPS_MAX && input(ring)->left; i++)
		one_step(ring);
	fuzz_call(&ring->port);
	quiet(ring);
	lev_queue_fini(&ring->queue);
	lev_device_release(&ring->lev);
}

int ring_fuzz(const uint8_t *data, size_t len, const struct ring_side *side)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		abort();
	fuzz_port_init(&ring->port, data, len);
	ring->port.ctx = ring;
	fuzz_dev_init(&ring->dev, &ring->port, DEVICE_ID);
	ring->side = side;
	choose_shape(ring);
	/* Exactly as many: what lies behind them is not ours. */
	ring->cfg.slots = malloc(ring->cfg.size * sizeof(*ring->cfg.slots));
	if (!ring->cfg.slots)
		abort();
	ring_run(ring);
	fuzz_port_end(&ring->port);
	free(ring->cfg.slots);
	free(ring);
	return 0;
}
