/* SPDX-License-Identifier: MIT */
/* The driver's side of a round: anything that a driver may do, in any order. */
#include "soak.h"

static const uint64_t PATIENCE = UINT64_C(20000000000); /* ns */

static uint32_t pick(struct soak *s, uint32_t n)
{
	return soak_pick(&s->random, n);
}

static const struct lev_driver driver = { .device_id = 42, .name = "soak" };

/* --- requests --- */

static void part_lend(struct soak *s, struct soak_part *part, unsigned flags)
{
	int count = 0;

	if (part->len)
		count = lev_device_map(&s->dev, part->bytes, part->len, flags,
				       part->pieces, SOAK_PIECES);
	SOAK_CHECK(s, count >= (part->len != 0));
	part->count = (unsigned)count;
}

static void part_take(struct soak *s, struct soak_part *part, unsigned flags)
{
	if (part->count)
		lev_device_unmap(&s->dev, part->bytes, part->len, flags,
				 part->pieces, part->count);
	part->count = 0;
}

/* Its pieces as segments, some of them cut in two. */
static unsigned part_cut(struct soak *s, const struct soak_part *part,
			 struct lev_seg *segs)
{
	unsigned n = 0;

	for (unsigned i = 0; i < part->count; i++) {
		const struct lev_seg *whole = &part->pieces[i];
		uint32_t first = whole->len;

		if (first > 1 && pick(s, 2))
			first = 1 + pick(s, whole->len - 1);
		segs[n].addr = whole->addr;
		segs[n++].len = first;
		if (first < whole->len) {
			segs[n].addr = whole->addr + first;
			segs[n++].len = whole->len - first;
		}
	}
	return n;
}

static void order_check(struct soak_order *o)
{
	struct soak *s = o->soak;
	const uint32_t key = o->out.len ? ~o->key : soak_key(o->in.bytes);

	SOAK_CHECK(s, o->req.written <= o->in.len);
	if (s->config->hostile)
		return;
	SOAK_CHECK(s, !o->in.len || o->req.written >= 4);
	for (uint32_t i = 0; i < o->req.written; i++)
		SOAK_CHECK(s, o->in.bytes[i] == soak_byte(key, i));
}

/* Once, and with everything that was lent. */
static void order_back(struct soak_order *o)
{
	struct soak *s = o->soak;

	SOAK_CHECK(s, o->pending);
	SOAK_CHECK(s, !lev_request_pending(&o->req));
	o->pending = false;
	o->line->back++;
	part_take(s, &o->out, LEV_DMA_TO_DEVICE);
	part_take(s, &o->in, LEV_DMA_FROM_DEVICE);
	if (o->req.err) {
		SOAK_CHECK(s, o->req.err == LEV_ERR_CANCELED && s->canceling);
		s->total->canceled++;
	} else {
		order_check(o);
		s->total->requests++;
	}
}

static void order_done(struct lev_request *req)
{
	order_back((struct soak_order *)(void *)req);
}

static void order_make(struct soak *s, struct soak_order *o)
{
	const unsigned shape = pick(s, 4);

	o->soak = s;
	o->key = s->key++ * 2654435761u;
	o->out.len = shape != 1 ? 4 + pick(s, SOAK_BYTES - 3) : 0;
	o->in.len = shape != 2 ? 4 + pick(s, SOAK_BYTES - 3) : 0;
	for (uint32_t i = 0; i < o->out.len; i++)
		o->out.bytes[i] = soak_byte(o->key, i);
	part_lend(s, &o->out, LEV_DMA_TO_DEVICE);
	part_lend(s, &o->in, LEV_DMA_FROM_DEVICE);
	o->req.done = order_done;
	o->req.segs = o->segs;
	o->req.readable = (uint16_t)part_cut(s, &o->out, o->segs);
	o->req.writable =
		(uint16_t)part_cut(s, &o->in, o->segs + o->req.readable);
}

/* --- the device's life --- */

static void lines_init(struct soak *s)
{
	for (unsigned i = 0; i < SOAK_QUEUES; i++)
		SOAK_CHECK(s, lev_queue_init(&s->lines[i].queue, &s->dev,
					     &s->lines[i].cfg) == 0);
}

static void start(struct soak *s)
{
	const uint64_t deadline = lev_device_deadline(&s->dev, PATIENCE);

	SOAK_CHECK(s, lev_device_begin(&s->dev, deadline) == 0);
	lines_init(s);
	SOAK_CHECK(s, lev_device_ready(&s->dev) == 0);
}

static void check_all_back(struct soak *s)
{
	for (unsigned i = 0; i < SOAK_QUEUES; i++)
		SOAK_CHECK(s, s->lines[i].back == s->lines[i].lent);
	for (unsigned i = 0; i < SOAK_ORDERS; i++)
		SOAK_CHECK(s, !s->orders[i].pending);
}

/*
 * Everything comes back. A reset that is not confirmed gives nothing back, and
 * works when the device has come to its senses.
 */
static void reset(struct soak *s)
{
	const unsigned back = s->lines[0].back + s->lines[1].back;
	int err;

	s->canceling = true;
	err = lev_device_reset(&s->dev);
	if (err == LEV_ERR_STUCK && s->config->hostile) {
		SOAK_CHECK(s, s->lines[0].back + s->lines[1].back == back);
		soak_hostile_stop(s);
		err = lev_device_reset(&s->dev);
	}
	s->canceling = false;
	s->gone = err == LEV_ERR_NODEV;
	SOAK_CHECK(s, err == 0 || (s->gone && s->config->hostile));
	check_all_back(s);
}

/* Something went wrong, as it may where the device is hostile. */
static void recover(struct soak *s)
{
	SOAK_CHECK(s, s->config->hostile);
	reset(s);
	if (s->gone)
		return;
	soak_hostile_stop(s);
	start(s);
}

/* What a call returned: an error is a reason to start again. */
static bool worked(struct soak *s, int result)
{
	if (result < 0)
		recover(s);
	return result >= 0;
}

/* --- steps --- */

static struct soak_line *line_any(struct soak *s)
{
	return &s->lines[pick(s, SOAK_QUEUES)];
}

static bool kick_last(struct soak *s)
{
	return !s->last || worked(s, lev_queue_kick(&s->last->queue));
}

static void add_one(struct soak *s)
{
	struct soak_order *o = &s->orders[pick(s, SOAK_ORDERS)];
	struct soak_line *line = line_any(s);
	const unsigned size = lev_queue_size(&line->queue);
	unsigned segs;
	int err;

	if (o->pending) {
		err = lev_queue_add(&o->line->queue, &o->req);
		SOAK_CHECK(s, err == LEV_ERR_BUSY || s->config->hostile);
		return;
	}
	order_make(s, o);
	segs = o->req.readable + o->req.writable;
	/*
	 * A packed ring shows each request at once, and the model serves all
	 * queues at a kick: only one of them waits for its own.
	 */
	if (s->config->packed && s->last != line && !kick_last(s)) {
		part_take(s, &o->out, LEV_DMA_TO_DEVICE);
		part_take(s, &o->in, LEV_DMA_FROM_DEVICE);
		return;
	}
	s->last = line;
	if (pick(s, 32) == 0)
		o->segs[pick(s, segs)].len = 0;
	o->line = line;
	err = lev_queue_add(&line->queue, &o->req);
	if (!err) {
		o->pending = true;
		line->lent++;
		return;
	}
	part_take(s, &o->out, LEV_DMA_TO_DEVICE);
	part_take(s, &o->in, LEV_DMA_FROM_DEVICE);
	SOAK_CHECK(s, err != LEV_ERR_RANGE || segs > size);
	if (err != LEV_ERR_AGAIN && err != LEV_ERR_INVAL &&
	    err != LEV_ERR_RANGE)
		recover(s);
}

static bool kick_all(struct soak *s)
{
	for (unsigned i = 0; i < SOAK_QUEUES; i++)
		if (!worked(s, lev_queue_kick(&s->lines[i].queue)))
			return false;
	return true;
}

static void reap_some(struct soak *s)
{
	struct soak_line *line = line_any(s);

	for (unsigned n = 1 + pick(s, 4); n; n--) {
		struct lev_request *req = lev_queue_reap(&line->queue);

		if (!req)
			break;
		order_back((struct soak_order *)(void *)req);
	}
	worked(s, lev_queue_error(&line->queue));
}

/* Sleep for a request, or, if the device is hostile, try to. */
static void wait_one(struct soak *s)
{
	struct soak_order *o = &s->orders[pick(s, SOAK_ORDERS)];
	const bool hostile = s->config->hostile;
	uint64_t deadline;

	if (!kick_all(s) || !o->pending)
		return;
	deadline = lev_device_deadline(&s->dev, hostile ? 500000 : PATIENCE);
	if (worked(s, lev_queue_wait(&o->line->queue, &o->req, deadline)))
		SOAK_CHECK(s, !o->pending);
}

static void relax_some(struct soak *s)
{
	if (kick_all(s) && !s->threaded)
		s->port->hal.ops->relax(s->port->hal.ctx, UINT64_MAX);
}

static void reset_all(struct soak *s)
{
	if (!kick_all(s))
		return;
	reset(s);
	if (!s->gone)
		start(s);
}

static void reset_one(struct soak *s)
{
	struct soak_line *line = line_any(s);
	int err;

	if (!kick_all(s))
		return;
	s->canceling = true;
	err = lev_queue_reset(&line->queue);
	s->canceling = false;
	if (err == LEV_ERR_NOTSUP) {
		SOAK_CHECK(s, !lev_device_has(&s->dev, LEV_F_RING_RESET));
		return;
	}
	if (!worked(s, err))
		return;
	SOAK_CHECK(s, line->back == line->lent);
	worked(s, lev_queue_init(&line->queue, &s->dev, &line->cfg));
}

static void listen_or_not(struct soak *s)
{
	struct soak_line *line = line_any(s);

	if (pick(s, 2))
		lev_queue_disarm(&line->queue);
	else if (lev_queue_arm(&line->queue))
		worked(s, lev_queue_poll(&line->queue, 1));
	if (pick(s, 4) == 0)
		worked(s, lev_device_poll(&s->dev));
	else
		(void)lev_device_isr(&s->dev);
}

static void device_turn(struct soak *s)
{
	if (s->threaded || s->fake->mode != FAKE_MANUAL) {
		relax_some(s);
		return;
	}
	fake_lock(s->port);
	soak_device_serve(s);
	fake_unlock(s->port);
}

static void step(struct soak *s)
{
	const unsigned what = pick(s, 1000);

	if (what < 380)
		add_one(s);
	else if (what < 500)
		worked(s, lev_queue_kick(&line_any(s)->queue));
	else if (what < 680)
		worked(s, lev_queue_poll(&line_any(s)->queue, pick(s, 5)));
	else if (what < 760)
		reap_some(s);
	else if (what < 860)
		device_turn(s);
	else if (what < 940)
		listen_or_not(s);
	else if (what < 994)
		wait_one(s);
	else if (what < 997)
		reset_all(s);
	else
		reset_one(s);
}

/* --- a round --- */

static void lines_make(struct soak *s)
{
	static const uint16_t sizes[] = { 1, 2,	 3,  4,	 5,  7,
					  8, 16, 31, 32, 64, 128 };
	const unsigned count = sizeof(sizes) / sizeof(sizes[0]);

	for (unsigned i = 0; i < SOAK_QUEUES; i++) {
		struct lev_queue_config *cfg = &s->lines[i].cfg;

		cfg->idx = (uint16_t)i;
		cfg->size = sizes[pick(s, count)];
		cfg->indirect_len = (uint16_t)pick(s, 20);
		cfg->strict = !s->config->hostile || pick(s, 2);
		cfg->slots = s->lines[i].slots;
	}
}

static void orders_make(struct soak *s)
{
	for (unsigned i = 0; i < SOAK_ORDERS; i++) {
		s->orders[i].out.bytes = calloc(1, SOAK_BYTES);
		s->orders[i].in.bytes = calloc(1, SOAK_BYTES);
		assert_non_null(s->orders[i].out.bytes);
		assert_non_null(s->orders[i].in.bytes);
	}
}

static void soak_open(struct soak *s)
{
	soak_device_make(s);
	lines_make(s);
	orders_make(s);
	SOAK_CHECK(s, lev_mmio_probe(&s->mmio, &s->port->hal,
				     s->fake->cookie) == 0);
	SOAK_CHECK(s,
		   lev_device_claim(&s->dev, &s->mmio.transport, &driver) == 0);
	start(s);
}

/* The driver of a good device gets every answer. */
static void drain(struct soak *s)
{
	const uint64_t deadline = lev_device_deadline(&s->dev, PATIENCE);

	if (s->config->hostile || !kick_all(s))
		return;
	for (unsigned i = 0; i < SOAK_QUEUES; i++) {
		struct soak_line *line = &s->lines[i];

		while (line->back < line->lent) {
			if (!lev_queue_arm(&line->queue))
				s->port->hal.ops->relax(s->port->hal.ctx,
							deadline);
			SOAK_CHECK(s, lev_queue_poll(&line->queue, 100) >= 0);
			SOAK_CHECK(s, s->port->hal.ops->now(s->port->hal.ctx) <
					      deadline);
		}
	}
	check_all_back(s);
}

static void look_at_violations(struct soak *s)
{
	if (s->config->hostile)
		return;
	s->total->violations += fake_violation_count(s->port);
	if (fake_violation_count(s->port)) {
		fake_violation_print(s->port);
		fail_msg("[%s] a rule was broken", s->name);
	}
}

static void soak_close(struct soak *s)
{
	soak_hostile_stop(s);
	reset(s);
	for (unsigned i = 0; i < SOAK_QUEUES; i++)
		lev_queue_fini(&s->lines[i].queue);
	lev_device_release(&s->dev);
	fake_thread_stop(s->fake);
	SOAK_CHECK(s, s->port->live_allocs == 0);
	SOAK_CHECK(s, s->port->live_maps == 0);
	look_at_violations(s);
	(void)fake_violation_count(s->port);
	SOAK_CHECK(s, fake_port_free(s->port) == 0 || s->config->hostile);
	for (unsigned i = 0; i < SOAK_ORDERS; i++) {
		free(s->orders[i].out.bytes);
		free(s->orders[i].in.bytes);
	}
}

void soak_round(const struct soak_config *config, uint64_t round,
		struct soak_total *total)
{
	struct soak *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	snprintf(s->name, sizeof(s->name), "%s, round %llu", config->name,
		 (unsigned long long)round);
	s->config = config;
	s->total = total;
	s->random = round * 2 + 1;
	s->device_random = round * 2 + 2;
	soak_open(s);
	for (unsigned i = 0; i < SOAK_STEPS && !s->gone; i++) {
		if (config->hostile)
			soak_hostile_step(s);
		step(s);
		if (i % 64 == 0)
			look_at_violations(s);
	}
	if (!s->gone)
		drain(s);
	soak_close(s);
	total->rounds++;
	free(s);
}
