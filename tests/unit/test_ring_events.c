/* SPDX-License-Identifier: MIT */
/* Every ring: when to ring, when to be interrupted (2.7.7 to 2.7.10, 2.8.10).
 */
#include "rig.h"

/* --- publishing and the doorbell --- */

static void batch(struct rig *r)
{
	struct rig_request reqs[8];

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 5; turn++) {
		const unsigned kicks = r->fq->kicks;

		rig_ask(r, true);
		for (unsigned i = 0; i < 8; i++) {
			rig_request(r, &reqs[i], 1, 1, 4);
			RIG_EQ(r, lev_queue_add(&r->queue, &reqs[i].req), 0);
		}
		RIG_EQ(r, lev_queue_kick(&r->queue), 1);
		RIG_EQ(r, lev_queue_kick(&r->queue), 0);
		RIG_EQ(r, r->fq->kicks, kicks + 1);
		for (unsigned i = 0; i < 8; i++)
			rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), 8);
	}
	RIG_EQ(r, r->queue.doorbells, 5);
}

static void a_batch_is_one_doorbell(void **state)
{
	(void)state;
	rig_each(16, batch);
}

/* Beyond the end of the split ring's indices; the packed ring has none. */
static unsigned turns(const struct rig *r)
{
	return r->shape.packed || RIG_EMULATED ? 2000 : 70000;
}

/* A device that wants no kicks and looks for itself: the model checks. */
static void suppressed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < RIG_SHAPES; i++) {
		const struct rig_shape shape = rig_shape(i, 8);
		struct rig *r = rig_new(&shape);
		unsigned kicks;

		r->fake->mode = FAKE_ON_RUN;
		r->fake->suppress_kicks = true;
		RIG_EQ(r, rig_start(r), 0);
		kicks = r->fake->kicks;
		for (unsigned n = 0; n < turns(r); n++)
			rig_echo(r);
		RIG_EQ(r, r->fake->kicks, kicks);
		rig_free(r);
	}
}

/* --- what the doorbell says --- */

/*
 * With NOTIFICATION_DATA each doorbell says where the next request goes (2.9):
 * counted here, over the end of the ring and of the indices.
 */
static void doorbell_data(struct rig *r)
{
	struct rig_request reqs[8];
	const unsigned size = lev_queue_size(&r->queue);
	unsigned requests = 0, descs = 0;

	r->fake->mode = FAKE_MANUAL;
	while (requests < turns(r)) {
		const unsigned count = 1 + rig_random() % 3;

		rig_ask(r, true);
		for (unsigned i = 0; i < count; i++) {
			const unsigned n = 1 + rig_random() % 2;

			rig_request(r, &reqs[i], n, 0, 4);
			RIG_EQ(r, lev_queue_add(&r->queue, &reqs[i].req), 0);
			descs += r->shape.indirect ? 1 : n;
		}
		requests += count;
		RIG_EQ(r, rig_kick(r), 1);
		if (!r->shape.data)
			RIG_EQ(r, r->fq->kick_data, 0);
		else if (!r->shape.packed)
			RIG_EQ(r, r->fq->kick_data, (uint16_t)requests);
		else
			RIG_EQ(r, r->fq->kick_data,
			       descs % size | (descs / size % 2 ? 0 : 0x8000u));
		for (unsigned i = 0; i < count; i++)
			rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), count);
	}
}

static void a_doorbell_says_where_the_ring_stands(void **state)
{
	(void)state;
	rig_each(8, doorbell_data);
	rig_each_of(RIG_ANY_PACKED, 7, doorbell_data);
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
		/* The end of the indices is one, whatever the size. */
		if (i == 300 && r->shape.size == 4 && !RIG_EMULATED)
			rig_turn_to(r, 0xfe00);
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
	rig_each_of(RIG_ANY_SPLIT, 1, arm_and_disarm);
	/* With one slot every second use is at the place that was named. */
	rig_each_of(RIG_ANY_PACKED, 2, arm_and_disarm);
	rig_each_of(RIG_ANY_PACKED, 3, arm_and_disarm);
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
			rig_turn_to(r, 0xfffe);
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
		cmocka_unit_test(a_batch_is_one_doorbell),
		cmocka_unit_test(suppressed),
		cmocka_unit_test(a_doorbell_says_where_the_ring_stands),
		cmocka_unit_test(armed_it_interrupts_disarmed_it_does_not),
		cmocka_unit_test(arming_tells_of_what_came_before),
		cmocka_unit_test(spurious_and_lost_interrupts_do_no_harm),
	};

	return cmocka_run_group_tests_name("ring_events", tests, NULL, NULL);
}
