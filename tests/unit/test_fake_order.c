/* SPDX-License-Identifier: MIT */
/*
 * The device model with IN_ORDER, on both rings: it sees drivers that do not
 * keep to it, keeps to it itself, alone or in batches, and breaks it when
 * asked to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fake_rig_packed.h"

static const uint64_t EVENT_IDX = (uint64_t)1 << FAKE_F_EVENT_IDX;
static const uint64_t INDIR = (uint64_t)1 << FAKE_F_INDIRECT;
static const uint64_t IN_ORDER = (uint64_t)1 << FAKE_F_IN_ORDER;

static struct fake_queue *start(struct rig *rig, uint64_t features)
{
	rig->dev->features[0] |= IN_ORDER;
	rig->dev->mode = FAKE_MANUAL;
	rig_start(rig, features | IN_ORDER, 1);
	return &rig->dev->queues[0];
}

static void done(struct rig *rig)
{
	rig_stop(rig);
	FAKE_FREE_CLEAN(rig->port);
}

/* --- drivers that do not keep to it --- */

static void put(struct rig *rig, unsigned i, uint16_t flags, uint16_t next)
{
	rig_desc(rig, 0, i, rig_buffer(rig, 64 * i), 4, flags, next);
}

static void begins_elsewhere(struct rig *rig)
{
	start(rig, 0);
	put(rig, 0, 0, 0);
	put(rig, 2, 0, 0);
	rig_avail(rig, 0, 0);
	rig_avail(rig, 0, 2);
	assert_non_null(fake_queue_pop(&rig->dev->queues[0]));
	assert_int_equal(fake_violation_count(rig->port), 0);
	assert_null(fake_queue_pop(&rig->dev->queues[0]));
}

static void leaves_one_out(struct rig *rig)
{
	start(rig, 0);
	put(rig, 0, NEXT, 2);
	put(rig, 2, 0, 0);
	rig_avail(rig, 0, 0);
	assert_null(fake_queue_pop(&rig->dev->queues[0]));
}

/* From the last descriptor on to any but the first. */
static void wraps_badly(struct rig *rig)
{
	struct fake_queue *queue = start(rig, 0);

	for (uint16_t i = 0; i < RIG_SIZE; i++)
		put(rig, i, i == RIG_SIZE - 1 ? NEXT : 0, 1);
	for (uint16_t i = 0; i < RIG_SIZE - 1; i++) {
		rig_avail(rig, 0, i);
		fake_queue_push(fake_queue_pop(queue), 0);
	}
	assert_int_equal(fake_violation_count(rig->port), 0);
	rig_avail(rig, 0, RIG_SIZE - 1);
	assert_null(fake_queue_pop(queue));
}

static void table_out_of_order(struct rig *rig)
{
	start(rig, INDIR);
	rig_desc_at(rig, 0x9000, rig_buffer(rig, 0), 4, NEXT, 2);
	rig_desc_at(rig, 0x9020, rig_buffer(rig, 64), 4, 0, 0);
	rig_desc(rig, 0, 0, rig->addr + 0x9000, 48, INDIRECT, 0);
	rig_avail(rig, 0, 0);
	assert_null(fake_queue_pop(&rig->dev->queues[0]));
}

static const struct rig_bad bads[] = {
	{ "X-ORDER-01", 2, begins_elsewhere },
	{ "SPLIT-DESC-02", 2, leaves_one_out },
	{ "SPLIT-DESC-02", 2, wraps_badly },
	{ "SPLIT-INDIR-05", 2, table_out_of_order },
};

/* --- the split ring --- */

/* Chains of one writable descriptor each, from this one on. */
static void split_send(struct rig *rig, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++) {
		put(rig, i % RIG_SIZE, WRITE, 0);
		rig_avail(rig, 0, (uint16_t)(i % RIG_SIZE));
	}
}

static void split_pop(struct fake_queue *queue, struct fake_chain **chains,
		      unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		chains[i] = fake_queue_pop(queue);
		assert_non_null(chains[i]);
	}
}

static void split_waits_for_its_turn(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = start(&rig, 0);
	struct fake_chain *chains[3];

	(void)state;
	assert_true(queue->in_order);
	split_send(&rig, 0, 3);
	split_pop(queue, chains, 3);
	fake_queue_push(chains[2], 4);
	fake_queue_push(chains[1], 3);
	assert_int_equal(queue->inflight, 1);
	assert_ptr_equal(fake_queue_oldest(queue), chains[0]);
	assert_int_equal(rig_used_idx(&rig, 0), 0);
	fake_queue_push(chains[0], 2);
	assert_int_equal(rig_used_idx(&rig, 0), 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(rig_used_id(&rig, 0, i), i);
		assert_int_equal(rig_used_len(&rig, 0, i), 2 + i);
	}
	done(&rig);
}

static void split_batches(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = start(&rig, EVENT_IDX);
	struct fake_chain *chains[6];

	(void)state;
	queue->batch = 3;
	/* In the middle of the first batch. */
	rig_put16(&rig, RIG_AVAIL + 4 + 2 * RIG_SIZE, 1);
	split_send(&rig, 0, 6);
	split_pop(queue, chains, 6);
	fake_queue_push(chains[0], 4);
	fake_queue_push(chains[1], 4);
	assert_int_equal(rig_used_idx(&rig, 0), 0);
	fake_queue_push(chains[2], 3);
	assert_int_equal(rig_used_idx(&rig, 0), 3);
	assert_int_equal(rig_used_id(&rig, 0, 0), 2);
	assert_int_equal(rig_used_len(&rig, 0, 0), 3);
	assert_int_equal(rig_used_id(&rig, 0, 1), 0);
	assert_int_equal(rig.dev->irqs, 1);
	/* Who was not filled ends a batch. */
	fake_queue_push(chains[3], 4);
	fake_queue_push(chains[4], 1);
	assert_int_equal(rig_used_idx(&rig, 0), 5);
	assert_int_equal(rig_used_id(&rig, 0, 3), 4);
	assert_false(fake_queue_flush(queue));
	fake_queue_push(chains[5], 4);
	assert_int_equal(rig_used_idx(&rig, 0), 5);
	assert_true(fake_queue_flush(queue));
	assert_int_equal(rig_used_idx(&rig, 0), 6);
	assert_int_equal(rig_used_id(&rig, 0, 5), 5);
	done(&rig);
}

/* What a serving leaves of a batch goes out at its end. */
static void served_batches_end(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = start(&rig, 0);

	(void)state;
	rig.dev->mode = FAKE_ON_KICK;
	queue->batch = 4;
	split_send(&rig, 0, 6);
	rig_kick(&rig, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 6);
	/* Nothing is written by an echo of nothing: each ends its batch. */
	assert_int_equal(rig_used_id(&rig, 0, 1), 1);
	for (uint16_t i = 6; i < 12; i++) {
		put(&rig, i % RIG_SIZE, 0, 0);
		rig_avail(&rig, 0, i % RIG_SIZE);
	}
	rig_kick(&rig, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 12);
	assert_int_equal(rig_used_id(&rig, 0, 6), 9 % RIG_SIZE);
	assert_int_equal(rig_used_id(&rig, 0, 10), 11 % RIG_SIZE);
	done(&rig);
}

static void late_answers_keep_the_order(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = start(&rig, 0);
	struct fake_chain *chains[2];

	(void)state;
	queue->batch = 3;
	split_send(&rig, 0, 2);
	split_pop(queue, chains, 2);
	fake_queue_push_after(chains[0], 4, 2000);
	fake_queue_push_after(chains[1], 4, 1000);
	fake_advance(rig.port, 1000);
	assert_int_equal(rig_used_idx(&rig, 0), 0);
	fake_advance(rig.port, 1000);
	assert_int_equal(rig_used_idx(&rig, 0), 2);
	assert_int_equal(rig_used_id(&rig, 0, 0), 1);
	done(&rig);
}

/* Chains of two, around the end of the table. */
static void good_chains_are_clean(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = start(&rig, INDIR);

	(void)state;
	for (unsigned i = 0; i < 3 * RIG_SIZE + 1; i += 2) {
		put(&rig, i % RIG_SIZE, NEXT, (uint16_t)((i + 1) % RIG_SIZE));
		put(&rig, (i + 1) % RIG_SIZE, WRITE, 0);
		rig_avail(&rig, 0, (uint16_t)(i % RIG_SIZE));
		fake_queue_push(fake_queue_pop(queue), 4);
		/* One of three moves the chains from even to odd. */
		if (i == 10) {
			rig_desc_at(&rig, 0x9000, rig_buffer(&rig, 0), 4, NEXT,
				    1);
			rig_desc_at(&rig, 0x9010, rig_buffer(&rig, 64), 4,
				    WRITE, 0);
			i++;
			rig_desc(&rig, 0, (i + 1) % RIG_SIZE, rig.addr + 0x9000,
				 32, INDIRECT, 0);
			rig_avail(&rig, 0, (uint16_t)((i + 1) % RIG_SIZE));
			fake_queue_push(fake_queue_pop(queue), 4);
		}
	}
	assert_int_equal(rig_used_idx(&rig, 0), 13);
	done(&rig);
}

/* --- the packed ring --- */

static struct packed packed_begin(struct rig *rig, uint64_t features)
{
	rig->dev->mode = FAKE_MANUAL;
	return packed_start(rig, features | IN_ORDER, RIG_SIZE);
}

/* By one used descriptor in the place of the first, with the last one's id. */
static void packed_batches(void **state)
{
	struct rig rig = rig_new(2);
	struct packed p = packed_begin(&rig, EVENT_IDX);
	struct fake_queue *queue = &rig.dev->queues[0];
	struct fake_chain *chains[3];

	(void)state;
	queue->batch = 3;
	packed_event(&p, 0x8000 | 4, FAKE_EVENT_DESC);
	packed_list(&p, 10, 1, 1);
	packed_list(&p, 11, 0, 1);
	packed_list(&p, 12, 2, 1);
	split_pop(queue, chains, 3);
	fake_queue_push(chains[2], 4);
	fake_queue_push(chains[0], 4);
	assert_int_equal(packed_slot_flags(&p, 0), NEXT | FAKE_DESC_AVAIL);
	fake_queue_push(chains[1], 4);
	assert_int_equal(packed_slot_id(&p, 0), 12);
	assert_int_equal(packed_slot_flags(&p, 0),
			 FAKE_DESC_AVAIL | FAKE_DESC_USED | WRITE);
	assert_int_equal(packed_slot_flags(&p, 2), FAKE_DESC_AVAIL | WRITE);
	assert_int_equal(rig.dev->irqs, 1);
	/* The next one goes behind the whole batch: slot 6. */
	packed_list(&p, 13, 1, 2);
	fake_queue_push(fake_queue_pop(queue), 8);
	assert_true(fake_queue_flush(queue));
	assert_int_equal(packed_slot_id(&p, 6), 13);
	assert_int_equal(packed_slot_len(&p, 6), 8);
	assert_int_equal(rig.dev->irqs, 1);
	done(&rig);
}

static void packed_waits_for_its_turn(void **state)
{
	struct rig rig = rig_new(2);
	struct packed p = packed_begin(&rig, 0);
	struct fake_queue *queue = &rig.dev->queues[0];
	struct fake_chain *chains[2];
	uint32_t len;

	(void)state;
	packed_list(&p, 3, 0, 2);
	packed_list(&p, 2, 0, 2);
	split_pop(queue, chains, 2);
	fake_queue_push(chains[1], 7);
	assert_int_equal(packed_reap(&p, &len), -1);
	fake_queue_push(chains[0], 8);
	assert_int_equal(packed_reap(&p, &len), 3);
	assert_int_equal(len, 8);
	assert_int_equal(packed_reap(&p, &len), 2);
	assert_int_equal(len, 7);
	done(&rig);
}

/* --- what it breaks --- */

static void order_can_be_broken(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = start(&rig, 0);
	struct fake_chain *chains[4];

	(void)state;
	split_send(&rig, 0, 4);
	split_pop(queue, chains, 4);
	fake_queue_fault(queue, FAKE_USED_EARLY, 1, 0);
	fake_queue_push(chains[1], 4);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	assert_int_equal(rig_used_id(&rig, 0, 0), 1);
	fake_queue_fault(queue, FAKE_USED_LOST, 1, 0);
	fake_queue_push(chains[0], 4);
	fake_queue_push(chains[2], 4);
	fake_queue_push(chains[3], 4);
	fake_queue_flush(queue);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	done(&rig);
}

static void packed_order_can_be_broken(void **state)
{
	struct rig rig = rig_new(2);
	struct packed p = packed_begin(&rig, 0);
	struct fake_queue *queue = &rig.dev->queues[0];
	struct fake_chain *chains[2];

	(void)state;
	packed_list(&p, 5, 0, 2);
	packed_list(&p, 6, 0, 1);
	split_pop(queue, chains, 2);
	fake_queue_fault(queue, FAKE_USED_EARLY, 1, 0);
	fake_queue_push(chains[1], 4);
	assert_int_equal(packed_slot_id(&p, 0), 6);
	fake_queue_push(chains[0], 8);
	assert_int_equal(packed_slot_id(&p, 1), 5);
	done(&rig);
}

/* The spoilt one is the last of its batch. */
static void batches_can_lie(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = start(&rig, 0);
	struct fake_chain *chains[7];

	(void)state;
	queue->batch = 8;
	fake_queue_fault(queue, FAKE_USED_ID, 2, 6);
	fake_queue_fault(queue, FAKE_USED_JUMP, 4, 1);
	fake_queue_fault(queue, FAKE_USED_JUMP, 6, 0xffff);
	split_send(&rig, 0, 7);
	split_pop(queue, chains, 7);
	fake_queue_push(chains[0], 4);
	fake_queue_push(chains[1], 4);
	assert_int_equal(rig_used_idx(&rig, 0), 2);
	assert_int_equal(rig_used_id(&rig, 0, 0), 6);
	fake_queue_push(chains[2], 4);
	fake_queue_push(chains[3], 4);
	assert_int_equal(rig_used_idx(&rig, 0), 5);
	assert_int_equal(rig_used_id(&rig, 0, 2), 3);
	fake_queue_push(chains[4], 4);
	fake_queue_push(chains[5], 4);
	assert_int_equal(rig_used_idx(&rig, 0), 6);
	assert_int_equal(rig_used_id(&rig, 0, 5), 5);
	done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(split_waits_for_its_turn),
		cmocka_unit_test(split_batches),
		cmocka_unit_test(served_batches_end),
		cmocka_unit_test(late_answers_keep_the_order),
		cmocka_unit_test(good_chains_are_clean),
		cmocka_unit_test(packed_batches),
		cmocka_unit_test(packed_waits_for_its_turn),
		cmocka_unit_test(order_can_be_broken),
		cmocka_unit_test(packed_order_can_be_broken),
		cmocka_unit_test(batches_can_lie),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	return failed + rig_run_bads(bads, sizeof(bads) / sizeof(*bads));
}
