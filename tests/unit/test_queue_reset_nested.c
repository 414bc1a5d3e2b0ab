/* SPDX-License-Identifier: MIT */
/* One queue is reset while another one is dispatching. */
#include "rig.h"

enum { OTHER = 0 };

struct pair {
	struct rig *r;
	struct lev_queue other;
	struct lev_queue_slot slots[16];
};

static struct pair pair_new(void)
{
	const struct rig_shape shape = { .version = 2,
					 .event_idx = true,
					 .size = 16 };
	struct pair p = { .r = rig_new(&shape) };

	p.r->fake->features[0] |= (uint64_t)1 << FAKE_F_RING_RESET;
	p.r->fake->mode = FAKE_MANUAL;
	return p;
}

static struct lev_queue *other;

static void reset_other(struct rig_request *r)
{
	r->result = lev_queue_reset(other);
}

static void pair_up(struct pair *p)
{
	struct rig *r = p->r;
	struct lev_queue_config cfg = r->cfg;

	cfg.idx = OTHER;
	cfg.slots = p->slots;
	other = &p->other;
	RIG_EQ(r, lev_device_begin(&r->dev, UINT64_MAX), 0);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	RIG_EQ(r, lev_queue_init(&p->other, &r->dev, &cfg), 0);
	RIG_EQ(r, lev_device_ready(&r->dev), 0);
}

/*
 * The device neither resets the other queue nor, from inside of done, may it be
 * reset; then it says that the queue is free.
 */
static void what_was_not_reset_is_not_forgotten(void **state)
{
	struct pair p = pair_new();
	struct rig *r = p.r;
	struct lev_queue_config cfg = r->cfg;
	struct rig_request lent, req;

	(void)state;
	pair_up(&p);
	rig_request(r, &lent, 0, 1, 16);
	RIG_EQ(r, lev_queue_add(&p.other, &lent.req), 0);
	RIG_EQ(r, lev_queue_kick(&p.other), 1);
	rig_request(r, &req, 1, 0, 16);
	req.then = reset_other;
	rig_submit(r, &req);
	rig_answer(r, 0);
	r->fake->faults.queue_reset_stuck = true;
	RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	RIG_EQ(r, req.result, LEV_ERR_STATE);
	RIG_EQ(r, lent.came, 0);
	fake_script(r->fake, FAKE_REG_QUEUE_READY, 1, 1, 0);
	cfg.idx = OTHER;
	cfg.slots = p.slots;
	RIG_EQ(r, lev_queue_init(&p.other, &r->dev, &cfg), LEV_ERR_STATE);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, lent.came, 1);
	RIG_EQ(r, lent.req.err, LEV_ERR_CANCELED);
	lev_queue_fini(&p.other);
	rig_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_not_reset_is_not_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
