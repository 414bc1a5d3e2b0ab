/* SPDX-License-Identifier: MIT */
/* The split ring: when to ring, when to be interrupted (2.7.7 to 2.7.10). */
#include "rig.h"

/* --- publishing and the doorbell --- */

static void batch(struct rig *r)
{
	struct rig_request reqs[8];

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 5; turn++) {
		const uint16_t before = fake_avail_idx(r->fq);
		const unsigned kicks = r->fq->kicks;

		if (r->shape.event_idx)
			fake_set_avail_event(r->fq, before);
		for (unsigned i = 0; i < 8; i++) {
			rig_request(r, &reqs[i], 1, 1, 4);
			if (lev_queue_add(&r->queue, &reqs[i].req))
				fail_msg("[%s] 8 do not fit", r->name);
			RIG_EQ(r, fake_avail_idx(r->fq), before);
			RIG_CHECK(r, !fake_queue_pop(r->fq));
		}
		if (r->shape.event_idx)
			fake_set_avail_event(r->fq, before);
		RIG_EQ(r, lev_queue_kick(&r->queue), 1);
		RIG_EQ(r, fake_avail_idx(r->fq), (uint16_t)(before + 8));
		RIG_EQ(r, lev_queue_kick(&r->queue), 0);
		RIG_EQ(r, r->fq->kicks, kicks + 1);
		for (unsigned i = 0; i < 8; i++)
			rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), 8);
	}
	RIG_EQ(r, r->queue.doorbells, 5);
}

static void a_batch_is_one_publish_and_one_doorbell(void **state)
{
	(void)state;
	rig_each(16, batch);
}

/* Bring the indices to idx, so that what follows wraps. */
static void turn_to(struct rig *r, uint16_t idx)
{
	struct rig_request req;

	rig_request(r, &req, 1, 0, 1);
	while (fake_avail_idx(r->fq) != idx) {
		rig_submit(r, &req);
		rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	}
	lev_device_isr(&r->dev);
}

/*
 * count requests are published from index old on while the device asks for a
 * doorbell at event: it rings exactly if event is among their indices.
 */
static void decide(struct rig *r, unsigned count, uint16_t event)
{
	struct rig_request reqs[8];
	const uint16_t old = fake_avail_idx(r->fq);
	bool due = false;

	for (unsigned i = 0; i < count; i++) {
		rig_request(r, &reqs[i], 1, 0, 1);
		RIG_EQ(r, lev_queue_add(&r->queue, &reqs[i].req), 0);
		due |= (uint16_t)(old + i) == event;
	}
	fake_set_avail_event(r->fq, event);
	if (lev_queue_kick(&r->queue) != due)
		fail_msg("[%s] %u from %u on, event %u: doorbell %d is wrong",
			 r->name, count, old, event, !due);
	for (unsigned i = 0; i < count; i++)
		rig_answer(r, 0);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), count);
}

static void decide_around(struct rig *r, uint16_t start)
{
	turn_to(r, start);
	for (unsigned turn = 0; turn < 8; turn++) {
		for (unsigned count = 1; count <= 8; count++) {
			const uint16_t old = fake_avail_idx(r->fq);
			const unsigned delta = rig_random() % 4
						       ? rig_random() % 12
						       : rig_random();

			decide(r, count, (uint16_t)(old - 2 + delta));
		}
	}
}

static void event_decides(struct rig *r)
{
	if (!r->shape.event_idx || r->shape.indirect)
		return;
	r->fake->mode = FAKE_MANUAL;
	/* used.flags mean nothing then (2.7.10). */
	fake_set_used_flags(r->fq, 1);
	decide_around(r, 0);
	decide_around(r, 0x7ff0);
	decide_around(r, 0xfff0);
	decide_around(r, 0xfffe);
	RIG_CHECK(r, r->queue.added > 65536);
}

static void with_event_idx_the_event_decides(void **state)
{
	(void)state;
	rig_each(8, event_decides);
}

static void flag_decides(struct rig *r)
{
	static const uint16_t flags[] = { 0, 1, 0, 2, 3, 0xfffe, 0xffff };
	struct rig_request req;

	if (r->shape.event_idx)
		return;
	r->fake->mode = FAKE_MANUAL;
	rig_request(r, &req, 1, 0, 1);
	for (unsigned i = 0; i < 7; i++) {
		/* Where EVENT_IDX would look there may be anything. */
		fake_set_avail_event(r->fq, (uint16_t)rig_random());
		fake_set_used_flags(r->fq, flags[i]);
		RIG_EQ(r, rig_submit(r, &req), !(flags[i] & 1));
		rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	}
}

static void without_event_idx_the_flag_decides(void **state)
{
	(void)state;
	rig_each(4, flag_decides);
}

/* A device that wants no kicks and looks for itself: the model checks. */
static void suppressed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const struct rig_shape shape = { rig_version(i), i & 2, true,
						 8 };
		struct rig *r = rig_new(&shape);
		unsigned kicks;

		r->fake->mode = FAKE_ON_RUN;
		r->fake->suppress_kicks = true;
		RIG_EQ(r, rig_start(r), 0);
		kicks = r->fake->kicks;
		for (unsigned n = 0; n < 70000; n++)
			rig_echo(r);
		RIG_EQ(r, r->fake->kicks, kicks);
		rig_free(r);
	}
}

/* --- interrupts --- */

static struct fake_chain *lend(struct rig *r, struct rig_request *req)
{
	struct fake_chain *chain;

	rig_request(r, req, 1, 0, 1);
	rig_submit(r, req);
	chain = fake_queue_pop(r->fq);
	RIG_CHECK(r, chain);
	return chain;
}

/* Does a completion now raise an interrupt? */
static bool interrupts(struct rig *r)
{
	const unsigned irqs = r->fake->irqs;
	struct rig_request req;

	fake_queue_push(lend(r, &req), 0);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), 1);
	lev_device_isr(&r->dev);
	return r->fake->irqs != irqs;
}

static void arm_and_disarm(struct rig *r)
{
	r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < 1400; i++) {
		if (i == 300)
			turn_to(r, 0xfe00);
		RIG_CHECK(r, !lev_queue_arm(&r->queue));
		RIG_CHECK(r, interrupts(r));
		if (i % 3)
			lev_queue_disarm(&r->queue);
		if (i % 3 || r->shape.event_idx) {
			RIG_CHECK(r, !interrupts(r));
			RIG_CHECK(r, !interrupts(r));
		} else {
			RIG_CHECK(r, interrupts(r));
		}
	}
}

static void armed_it_interrupts_disarmed_it_does_not(void **state)
{
	(void)state;
	rig_each(4, arm_and_disarm);
	rig_each(1, arm_and_disarm);
}

/*
 * Between the last poll and the wish the device used a buffer and raised
 * nothing: arm has to say so, or the driver sleeps for ever.
 */
static void arm_race(struct rig *r)
{
	struct rig_request reqs[2];
	struct fake_chain *chains[2];

	r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < 100; i++) {
		unsigned irqs;

		if (i == 50)
			turn_to(r, 0xfffe);
		chains[0] = lend(r, &reqs[0]);
		chains[1] = lend(r, &reqs[1]);
		lev_queue_disarm(&r->queue);
		irqs = r->fake->irqs;
		fake_queue_push(chains[0], 0);
		RIG_EQ(r, r->fake->irqs, irqs);
		RIG_CHECK(r, lev_queue_arm(&r->queue));
		RIG_CHECK(r, lev_queue_arm(&r->queue));
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), 1);
		RIG_CHECK(r, !lev_queue_arm(&r->queue));
		fake_queue_push(chains[1], 0);
		RIG_EQ(r, r->fake->irqs, irqs + 1);
		RIG_EQ(r, lev_device_isr(&r->dev), LEV_INTERRUPT_USED);
		RIG_CHECK(r, lev_queue_arm(&r->queue));
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), 1);
		lev_device_isr(&r->dev);
	}
}

static void arming_tells_of_what_came_before(void **state)
{
	(void)state;
	rig_each(4, arm_race);
}

/* Interrupts that nobody wanted, and none where one was due: both survived. */
static void wrong_interrupts(struct rig *r)
{
	r->fake->faults.spurious_irqs = true;
	lev_queue_disarm(&r->queue);
	for (unsigned i = 0; i < 20; i++) {
		rig_echo(r);
		lev_device_isr(&r->dev);
		lev_device_isr(&r->dev);
	}
	r->fake->faults.spurious_irqs = false;
	r->fake->faults.lost_irqs = true;
	for (unsigned i = 0; i < 20; i++)
		rig_echo(r);
}

static void spurious_and_lost_interrupts_do_no_harm(void **state)
{
	(void)state;
	rig_each(4, wrong_interrupts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_is_one_publish_and_one_doorbell),
		cmocka_unit_test(with_event_idx_the_event_decides),
		cmocka_unit_test(without_event_idx_the_flag_decides),
		cmocka_unit_test(suppressed),
		cmocka_unit_test(armed_it_interrupts_disarmed_it_does_not),
		cmocka_unit_test(arming_tells_of_what_came_before),
		cmocka_unit_test(spurious_and_lost_interrupts_do_no_harm),
	};

	return cmocka_run_group_tests_name("split_events", tests, NULL, NULL);
}
