/* SPDX-License-Identifier: MIT */
/*
 * The device model stops one queue when it is told to (2.6.1), and knows what
 * a kick has to say (2.9): drivers that break these rules, drivers that keep
 * them, and devices that do not do as they say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fake_rig.h"

static const uint64_t EVENT_IDX = (uint64_t)1 << FAKE_F_EVENT_IDX;
static const uint64_t PACKED = (uint64_t)1 << FAKE_F_RING_PACKED;
static const uint64_t DATA = (uint64_t)1 << FAKE_F_NOTIFICATION_DATA;
static const uint64_t RESET = (uint64_t)1 << FAKE_F_RING_RESET;

static void start(struct rig *rig, uint64_t features, unsigned nqueues)
{
	rig->dev->features[0] |= features;
	rig_start(rig, features, nqueues);
}

static void done(struct rig *rig)
{
	rig_stop(rig);
	FAKE_FREE_CLEAN(rig->port);
}

static void select_queue(struct rig *rig, unsigned queue)
{
	rig_wr(rig, FAKE_REG_QUEUE_SEL, queue);
}

static void ask_for_reset(struct rig *rig, unsigned queue)
{
	select_queue(rig, queue);
	rig_wr(rig, FAKE_REG_QUEUE_RESET, 1);
}

/* As new: the memory, too. */
static void restart(struct rig *rig, unsigned queue)
{
	memset(rig->mem + RIG_QUEUE * queue, 0, RIG_QUEUE);
	rig->avail_idx[queue] = 0;
	rig_look(rig, queue);
	rig_place(rig, queue);
	rig_enable(rig, queue);
}

/* --- drivers that break a rule --- */

static void reset_not_asked_back(struct rig *rig)
{
	start(rig, RESET, 1);
	ask_for_reset(rig, 0);
	restart(rig, 0);
}

static void reset_not_awaited(struct rig *rig)
{
	start(rig, RESET, 1);
	rig->dev->faults.queue_reset_delay = 1000000;
	ask_for_reset(rig, 0);
	assert_int_equal(rig_rd(rig, FAKE_REG_QUEUE_RESET), 1);
	rig_place(rig, 0);
}

static void freed_before_reset(struct rig *rig)
{
	lev_paddr addr;
	void *ptr = rig_alloc(rig, 64, 64, &addr);

	start(rig, RESET, 1);
	rig->dev->mode = FAKE_ON_RUN;
	rig_desc(rig, 0, 0, addr, 64, WRITE, 0);
	rig_send(rig, 0, 0);
	ask_for_reset(rig, 0);
	rig->port->ops.dma_free(rig->port, ptr, addr, 64, 0);
}

static void freed_unasked(struct rig *rig)
{
	freed_before_reset(rig);
	assert_true(fake_violation_has(rig->port, "CORE-CLEAN-02"));
}

static void restarted_half(struct rig *rig)
{
	start(rig, RESET, 1);
	ask_for_reset(rig, 0);
	rig_rd(rig, FAKE_REG_QUEUE_RESET);
	rig_look(rig, 0);
	rig_wr(rig, FAKE_REG_QUEUE_SIZE, RIG_SIZE);
	rig_enable(rig, 0);
}

static void restarted_unseen(struct rig *rig)
{
	start(rig, RESET, 1);
	ask_for_reset(rig, 0);
	rig_rd(rig, FAKE_REG_QUEUE_RESET);
	rig_place(rig, 0);
	rig_enable(rig, 0);
}

static void kicked_in_reset(struct rig *rig)
{
	start(rig, RESET, 1);
	ask_for_reset(rig, 0);
	rig_kick(rig, 0);
}

static void kicked_after_reset(struct rig *rig)
{
	start(rig, RESET, 1);
	ask_for_reset(rig, 0);
	rig_rd(rig, FAKE_REG_QUEUE_RESET);
	rig_kick(rig, 0);
}

static void reset_by_zero(struct rig *rig)
{
	start(rig, RESET, 1);
	select_queue(rig, 0);
	rig_wr(rig, FAKE_REG_QUEUE_RESET, 0);
}

static void reset_of_nothing(struct rig *rig)
{
	start(rig, RESET, 1);
	ask_for_reset(rig, 7);
}

static void reset_not_negotiated(struct rig *rig)
{
	rig->dev->features[0] |= RESET;
	rig_start(rig, 0, 1);
	ask_for_reset(rig, 0);
}

static void trusts_the_register(struct rig *rig)
{
	start(rig, RESET, 1);
	rig->dev->faults.queue_reset_absent = true;
	ask_for_reset(rig, 0);
	assert_int_equal(rig_rd(rig, FAKE_REG_QUEUE_RESET), 0);
	rig_place(rig, 0);
}

static void data_says_nothing(struct rig *rig)
{
	start(rig, DATA, 1);
	rig_echo(rig, 0); /* next_off 0, and one was published */
}

static void data_of_a_packed_ring(struct rig *rig)
{
	start(rig, DATA | PACKED, 1);
	rig_wr(rig, FAKE_REG_QUEUE_NOTIFY, 0x1234u << 16);
}

static void data_not_negotiated(struct rig *rig)
{
	rig_start(rig, 0, 1);
	rig_wr(rig, FAKE_REG_QUEUE_NOTIFY, 1u << 16);
}

static void data_on_legacy(struct rig *rig)
{
	rig_start(rig, 0, 1);
	rig_wr(rig, FAKE_REG_QUEUE_NOTIFY, 1u << 16);
}

static const struct rig_bad bads[] = {
	{ "CORE-VQRST-01", 2, reset_not_asked_back },
	{ "MMIO-REG-21", 2, reset_not_asked_back },
	{ "MMIO-REG-21", 2, reset_not_awaited },
	{ "CORE-VQRST-01", 2, freed_before_reset },
	{ "MMIO-REG-21", 2, freed_unasked },
	{ "CORE-VQREN-01", 2, restarted_half },
	{ "CORE-VQREN-01", 2, restarted_unseen },
	{ "X-MMIO-02", 2, reset_of_nothing },
	{ "X-MMIO-05", 2, kicked_after_reset },
	{ "X-MMIO-08", 2, reset_not_negotiated },
	{ "X-MMIO-09", 2, kicked_in_reset },
	{ "X-MMIO-10", 2, reset_by_zero },
	{ "MMIO-REG-15", 2, trusts_the_register },
	{ "X-NOTIFY-01", 2, data_says_nothing },
	{ "PACKED-DESC-03", 2, data_of_a_packed_ring },
	{ "X-NOTIFY-02", 2, data_not_negotiated },
	{ "X-NOTIFY-02", 1, data_on_legacy },
};

/* --- drivers that keep the rules --- */

static void one_queue_starts_again(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	start(&rig, RESET | EVENT_IDX, 2);
	rig_echo(&rig, 0);
	rig_echo(&rig, 1);
	ask_for_reset(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_RESET), 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_READY), 0);
	restart(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_RESET), 0);
	rig_echo(&rig, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	rig_echo(&rig, 1); /* did not notice anything */
	assert_int_equal(rig_used_idx(&rig, 1), 2);
	assert_true(fake_check_armed(rig.port, "CORE-VQRST-01"));
	assert_true(fake_check_armed(rig.port, "CORE-VQREN-01"));
	done(&rig);
}

static void its_chains_are_forgotten(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = &rig.dev->queues[0];
	lev_paddr addr;
	void *ptr = rig_alloc(&rig, 64, 64, &addr);

	(void)state;
	start(&rig, RESET, 1);
	rig.dev->mode = FAKE_MANUAL;
	rig_desc(&rig, 0, 0, addr, 64, WRITE, 0);
	rig_desc(&rig, 0, 1, addr, 64, WRITE, 0);
	rig_avail(&rig, 0, 0);
	rig_send(&rig, 0, 1);
	assert_non_null(fake_queue_pop(queue));
	ask_for_reset(&rig, 0);
	assert_null(fake_queue_pop(queue));
	/* Until the driver has seen it, a late answer is still allowed. */
	fake_queue_push(fake_queue_oldest(queue), 64);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_RESET), 0);
	assert_null(fake_queue_oldest(queue));
	assert_int_equal(queue->inflight, 0);
	assert_false(queue->ready);
	rig.port->ops.dma_free(rig.port, ptr, addr, 64, 0);
	done(&rig);
}

static void it_can_take_time(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	start(&rig, RESET, 1);
	rig.dev->faults.queue_reset_delay = 5000;
	rig.dev->mode = FAKE_DELAYED;
	rig.dev->delay_ns = 1000;
	rig_echo(&rig, 0);
	ask_for_reset(&rig, 0);
	fake_advance(rig.port, 4999);
	assert_int_equal(rig_used_idx(&rig, 0), 0); /* not served any more */
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_RESET), 1);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_READY), 1);
	fake_advance(rig.port, 1);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_READY), 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_RESET), 0);
	done(&rig);
}

static void a_device_reset_ends_it(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	start(&rig, RESET, 1);
	rig.dev->faults.queue_reset_stuck = true;
	ask_for_reset(&rig, 0);
	fake_advance(rig.port, (uint64_t)1 << 40);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_RESET), 1);
	memset(rig.mem, 0, RIG_QUEUE);
	start(&rig, RESET, 1);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_RESET), 0);
	rig.avail_idx[0] = 0;
	rig_echo(&rig, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	done(&rig);
}

static void it_can_be_missing(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	start(&rig, RESET, 1);
	rig.dev->faults.queue_reset_absent = true;
	rig_echo(&rig, 0);
	ask_for_reset(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_RESET), 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_READY), 1);
	rig_echo(&rig, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 2);
	done(&rig);
}

static void its_used_index_can_stay(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	start(&rig, RESET, 1);
	rig.dev->faults.keeps_used_idx = true;
	rig_echo(&rig, 0);
	rig_echo(&rig, 0);
	ask_for_reset(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_RESET), 0);
	restart(&rig, 0);
	rig_echo(&rig, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 3);
	done(&rig);
}

/* --- kicks with data --- */

static void kick_with(struct rig *rig, uint16_t data)
{
	rig_wr(rig, FAKE_REG_QUEUE_NOTIFY, (uint32_t)data << 16);
}

static void data_tells_the_available_index(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	start(&rig, DATA, 1);
	for (uint32_t i = 1; i <= 0x10000; i++) {
		rig_desc(&rig, 0, 0, rig_buffer(&rig, 0), 4, WRITE, 0);
		rig_avail(&rig, 0, 0);
		kick_with(&rig, (uint16_t)i);
	}
	assert_int_equal(rig.dev->queues[0].kick_data, 0);
	assert_int_equal(rig.dev->queues[0].kicks, 0x10000);
	assert_int_equal(rig_used_idx(&rig, 0), 0);
	/* Once more and nothing new is no breach (2.9). */
	kick_with(&rig, 0);
	done(&rig);
}

int main(void)
{
	const struct CMUnitTest good[] = {
		cmocka_unit_test(one_queue_starts_again),
		cmocka_unit_test(its_chains_are_forgotten),
		cmocka_unit_test(it_can_take_time),
		cmocka_unit_test(a_device_reset_ends_it),
		cmocka_unit_test(it_can_be_missing),
		cmocka_unit_test(its_used_index_can_stay),
		cmocka_unit_test(data_tells_the_available_index),
	};
	int failed = cmocka_run_group_tests(good, NULL, NULL);

	return failed + rig_run_bads(bads, sizeof(bads) / sizeof(*bads));
}
