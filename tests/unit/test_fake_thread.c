/* SPDX-License-Identifier: MIT */
/*
 * A device of the model in a thread of its own: it wakes when it must, sleeps
 * when it may, and stops when it is told to. The driver here is this thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>
#include <cmocka.h>

#include "fake_rig_packed.h"

enum {
	SOON = 20000, /* ms; what must come comes much earlier */
	LONG = 50,    /* ms; what does not come has not come by then */
};

static const uint64_t EVENT_IDX = (uint64_t)1 << FAKE_F_EVENT_IDX;
static const uint64_t MS = 1000000;

static void start(struct rig *rig, uint64_t features)
{
	rig_start(rig, features, 1);
	fake_thread_start(rig->dev);
}

static void done(struct rig *rig)
{
	fake_thread_stop(rig->dev);
	rig_stop(rig);
	FAKE_FREE_CLEAN(rig->port);
}

/* The interrupt comes, and is acknowledged. */
static void expect_irq(struct rig *rig)
{
	assert_true(fake_irq_wait(rig->dev, SOON));
	rig_wr(rig, FAKE_REG_INTERRUPT_ACK,
	       rig_rd(rig, FAKE_REG_INTERRUPT_STATUS));
}

/* The next used index that shall interrupt (EVENT_IDX). */
static void want_irq(struct rig *rig, uint16_t idx)
{
	uint16_t *event =
		(uint16_t *)(void *)(rig->mem + RIG_AVAIL + 4 + 2 * RIG_SIZE);

	__atomic_store_n(event, lev_cpu_to_le16(idx).raw, __ATOMIC_SEQ_CST);
}

static void publish(struct rig *rig, uint16_t head)
{
	uint16_t *at = (uint16_t *)(void *)(rig->mem + RIG_AVAIL + 2);
	uint16_t idx = rig->avail_idx[0]++;

	rig_desc(rig, 0, head, rig_buffer(rig, 64u * head), 4, WRITE, 0);
	rig_put16(rig, RIG_AVAIL + 4 + 2u * (idx % RIG_SIZE), head);
	__atomic_store_n(at, lev_cpu_to_le16((uint16_t)(idx + 1)).raw,
			 __ATOMIC_SEQ_CST);
}

static uint16_t used_idx(struct rig *rig)
{
	const uint16_t *at =
		(const uint16_t *)(const void *)(rig->mem + RIG_USED + 2);
	const lev_le16 idx = { __atomic_load_n(at, __ATOMIC_SEQ_CST) };

	return lev_le16_to_cpu(idx);
}

static void it_sleeps_until_it_is_kicked(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		struct rig rig = rig_new(2);

		(void)state;
		start(&rig, i ? EVENT_IDX : 0);
		publish(&rig, 0);
		assert_false(fake_irq_wait(rig.dev, LONG));
		assert_int_equal(used_idx(&rig), 0);
		rig_kick(&rig, 0);
		expect_irq(&rig);
		assert_int_equal(used_idx(&rig), 1);
		done(&rig);
	}
}

/* Who sleeps asked for kicks before. */
static void asleep_it_wants_kicks(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	start(&rig, 0);
	publish(&rig, 0);
	rig_kick(&rig, 0);
	expect_irq(&rig);
	fake_thread_stop(rig.dev);
	assert_int_equal(rig_get16(&rig, RIG_USED), 0);
	done(&rig);
	rig = rig_new(2);
	start(&rig, EVENT_IDX);
	publish(&rig, 0);
	rig_kick(&rig, 0);
	expect_irq(&rig);
	fake_thread_idle(rig.dev);
	fake_lock(rig.port);
	assert_int_equal(rig.dev->queues[0].avail_event, 1);
	fake_unlock(rig.port);
	done(&rig);
}

static unsigned flags_while_serving;

static void look_at_flags(struct fake_dev *dev, struct fake_chain *chain)
{
	(void)dev;
	flags_while_serving = chain->queue->used_flags;
	fake_queue_push(chain, 4);
}

static void at_work_it_wants_none(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->handle = look_at_flags;
	start(&rig, 0);
	publish(&rig, 0);
	rig_kick(&rig, 0);
	expect_irq(&rig);
	fake_thread_stop(rig.dev);
	assert_int_equal(flags_while_serving, 1);
	done(&rig);
}

static void interrupts_are_as_asked_for(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	start(&rig, EVENT_IDX);
	want_irq(&rig, 1);
	publish(&rig, 0);
	rig_kick(&rig, 0);
	fake_thread_idle(rig.dev);
	assert_int_equal(used_idx(&rig), 1);
	assert_false(fake_irq_wait(rig.dev, 0));
	publish(&rig, 1);
	rig_kick(&rig, 0);
	expect_irq(&rig);
	done(&rig);
}

static void lost_interrupts_leave_one_asleep(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->faults.lost_irqs = true;
	start(&rig, 0);
	publish(&rig, 0);
	rig_kick(&rig, 0);
	fake_thread_idle(rig.dev);
	assert_int_equal(used_idx(&rig), 1);
	assert_false(fake_irq_wait(rig.dev, 0));
	done(&rig);
}

static void answer_late(struct fake_dev *dev, struct fake_chain *chain)
{
	(void)dev;
	fake_queue_push_after(chain, 4, 20 * MS);
}

static void late_answers_come_in_real_time(void **state)
{
	struct rig rig = rig_new(2);
	uint64_t before;

	(void)state;
	rig.dev->handle = answer_late;
	start(&rig, 0);
	before = rig.port->ops.now(rig.port);
	publish(&rig, 0);
	rig_kick(&rig, 0);
	rig.port->ops.relax(rig.port, before + SOON * MS);
	assert_int_equal(used_idx(&rig), 1);
	assert_true(rig.port->ops.now(rig.port) - before >= 20 * MS);
	done(&rig);
}

static void acknowledge(struct fake_port *port, void *arg)
{
	struct rig *rig = arg;

	(void)port;
	rig_wr(rig, FAKE_REG_INTERRUPT_ACK,
	       rig_rd(rig, FAKE_REG_INTERRUPT_STATUS));
}

static void relax_ends_at_interrupt_or_deadline(void **state)
{
	struct rig rig = rig_new(2);
	const struct lev_hal_ops *ops = &rig.port->ops;
	uint64_t before;

	(void)state;
	rig.port->on_relax = acknowledge;
	rig.port->on_relax_arg = &rig;
	start(&rig, 0);
	publish(&rig, 0);
	rig_kick(&rig, 0);
	ops->relax(rig.port, ops->now(rig.port) + SOON * MS);
	assert_int_equal(used_idx(&rig), 1);
	before = ops->now(rig.port);
	ops->relax(rig.port, before + LONG * MS);
	assert_true(ops->now(rig.port) >= before + LONG * MS);
	done(&rig);
}

static void answer_much_later(struct fake_dev *dev, struct fake_chain *chain)
{
	(void)dev;
	fake_queue_push_after(chain, 4, SOON * MS);
}

static bool has_a_chain(struct rig *rig)
{
	bool has;

	fake_lock(rig->port);
	has = fake_queue_oldest(&rig->dev->queues[0]) != NULL;
	fake_unlock(rig->port);
	return has;
}

static void a_reset_takes_its_chains(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->handle = answer_much_later;
	start(&rig, 0);
	publish(&rig, 0);
	rig_kick(&rig, 0);
	fake_thread_idle(rig.dev);
	assert_true(has_a_chain(&rig));
	rig_reset(&rig);
	assert_false(has_a_chain(&rig));
	assert_int_equal(used_idx(&rig), 0);
	done(&rig);
}

static void it_stops_and_starts(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	for (unsigned i = 0; i < 100; i++) {
		fake_thread_start(rig.dev);
		assert_int_equal(rig.dev->mode, FAKE_MANUAL);
		publish(&rig, 0);
		rig_kick(&rig, 0);
		expect_irq(&rig);
		fake_thread_stop(rig.dev);
		assert_int_equal(rig.dev->mode, FAKE_ON_KICK);
	}
	rig_echo(&rig, 0); /* inside the kick again */
	assert_int_equal(rig_used_idx(&rig, 0), 101);
	fake_thread_stop(rig.dev);
	done(&rig);
}

/* Words of our memory as they are at this moment. */
static uint32_t word_now(struct rig *rig, uint32_t off)
{
	const uint32_t *at = (const uint32_t *)(const void *)(rig->mem + off);
	const lev_le32 word = { __atomic_load_n(at, __ATOMIC_SEQ_CST) };

	return lev_le32_to_cpu(word);
}

static void entries_can_change_after_the_index(void **state)
{
	struct rig rig = rig_new(2);
	bool saw_id = false, saw_len = false, saw_truth = false;
	time_t until = time(NULL) + 20;

	(void)state;
	fake_queue_fault(&rig.dev->queues[0], FAKE_USED_FLICKER, 1, 3000000);
	start(&rig, 0);
	publish(&rig, 0);
	rig_kick(&rig, 0);
	while (!saw_id || !saw_len || !saw_truth) {
		uint16_t idx = used_idx(&rig);
		uint32_t id = word_now(&rig, RIG_USED + 4);
		uint32_t len = word_now(&rig, RIG_USED + 8);

		assert_true(time(NULL) < until);
		saw_id |= id == UINT32_MAX;
		saw_len |= len == UINT32_MAX;
		saw_truth |= idx == 1 && id == 0;
	}
	fake_thread_idle(rig.dev);
	assert_int_equal(word_now(&rig, RIG_USED + 4), 0);
	assert_int_equal(word_now(&rig, RIG_USED + 8), 0);
	publish(&rig, 1); /* nobody takes it */
	rig_kick(&rig, 0);
	fake_thread_idle(rig.dev);
	assert_int_equal(used_idx(&rig), 1);
	done(&rig);
}

/* --- drivers that do it wrong --- */

static void no_second_kick(struct rig *rig)
{
	start(rig, 0);
	publish(rig, 0);
	rig_kick(rig, 0);
	fake_thread_idle(rig->dev);
	assert_int_equal(fake_violation_print(rig->port), 0);
	publish(rig, 1);
	fake_thread_idle(rig->dev);
}

static void no_second_kick_packed(struct rig *rig)
{
	struct packed p = packed_start(rig, 0, RIG_SIZE);

	fake_thread_start(rig->dev);
	packed_one(&p, 0, 0);
	packed_kick(&p);
	fake_thread_idle(rig->dev);
	assert_int_equal(fake_violation_print(rig->port), 0);
	packed_one(&p, 1, 0);
	fake_thread_idle(rig->dev);
}

/* The length of descriptor 0 arrives when the device has it already. */
static void length_comes_late(struct fake_dev *dev, struct fake_chain *chain)
{
	rig_put32(dev->arg, 8, 2);
	fake_queue_push(chain, 2);
}

static void shown_too_early(struct rig *rig)
{
	rig->dev->handle = length_comes_late;
	rig->dev->arg = rig;
	start(rig, 0);
	publish(rig, 0);
	rig_kick(rig, 0);
	fake_thread_idle(rig->dev);
}

static void shown_too_early_packed(struct rig *rig)
{
	struct packed p = packed_start(rig, 0, RIG_SIZE);

	rig->dev->handle = length_comes_late;
	rig->dev->arg = rig;
	fake_thread_start(rig->dev);
	packed_one(&p, 0, 0);
	packed_kick(&p);
	fake_thread_idle(rig->dev);
}

static const struct rig_bad bads[] = {
	{ "SPLIT-KICK-01", 2, no_second_kick },
	{ "PACKED-KICK-01", 2, no_second_kick_packed },
	{ "SPLIT-IDX-01", 2, shown_too_early },
	{ "PACKED-FLAGS-01", 2, shown_too_early_packed },
};

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_sleeps_until_it_is_kicked),
		cmocka_unit_test(asleep_it_wants_kicks),
		cmocka_unit_test(at_work_it_wants_none),
		cmocka_unit_test(interrupts_are_as_asked_for),
		cmocka_unit_test(lost_interrupts_leave_one_asleep),
		cmocka_unit_test(late_answers_come_in_real_time),
		cmocka_unit_test(relax_ends_at_interrupt_or_deadline),
		cmocka_unit_test(a_reset_takes_its_chains),
		cmocka_unit_test(it_stops_and_starts),
		cmocka_unit_test(entries_can_change_after_the_index),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	return failed + rig_run_bads(bads, sizeof(bads) / sizeof(*bads));
}
