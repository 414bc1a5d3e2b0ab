/* SPDX-License-Identifier: MIT */
/*
 * The device model works when it should, and breaks what it is told to break
 * and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fake_rig.h"

static const uint64_t EVENT_IDX = (uint64_t)1 << FAKE_F_EVENT_IDX;

static void done(struct rig *rig)
{
	rig_stop(rig);
	FAKE_FREE_CLEAN(rig->port);
}

/* Requests 0 to count - 1 of one descriptor each, published at once. */
static void send_some(struct rig *rig, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++) {
		rig_desc(rig, 0, i, rig_buffer(rig, 64u * i), 4, WRITE, 0);
		rig_avail(rig, 0, i);
	}
	rig_kick(rig, 0);
}

/* --- when the device works --- */

static void on_run_waits_for_relax(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->mode = FAKE_ON_RUN;
	rig_echo(&rig, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 0);
	rig.port->ops.relax(rig.port, UINT64_MAX);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	rig_echo(&rig, 0);
	fake_run(rig.dev);
	assert_int_equal(rig_used_idx(&rig, 0), 2);
	done(&rig);
}

static void delayed_waits_for_time(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, EVENT_IDX, 1);
	rig.dev->mode = FAKE_DELAYED;
	rig.dev->delay_ns = 5000;
	rig_echo(&rig, 0);
	fake_advance(rig.port, 4999);
	assert_int_equal(rig_used_idx(&rig, 0), 0);
	/* A relax ends when there is something to see. */
	rig.port->ops.relax(rig.port, UINT64_MAX);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	done(&rig);
}

static void manual_takes_any_order(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = &rig.dev->queues[0];
	struct fake_chain *chains[3];

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->mode = FAKE_MANUAL;
	send_some(&rig, 3);
	for (unsigned i = 0; i < 3; i++) {
		chains[i] = fake_queue_pop(queue);
		assert_int_equal(chains[i]->head, i);
		assert_int_equal(chains[i]->writable, 4);
	}
	assert_null(fake_queue_pop(queue));
	assert_int_equal(queue->inflight, 3);
	fake_queue_push(chains[2], 1);
	fake_queue_push(chains[0], 2);
	fake_queue_push_after(chains[1], 3, 1000);
	assert_int_equal(rig_used_idx(&rig, 0), 2);
	fake_advance(rig.port, 1000);
	assert_int_equal(rig_used_idx(&rig, 0), 3);
	assert_int_equal(rig_used_id(&rig, 0, 0), 2);
	assert_int_equal(rig_used_id(&rig, 0, 1), 0);
	assert_int_equal(rig_used_id(&rig, 0, 2), 1);
	assert_int_equal(rig_used_len(&rig, 0, 2), 3);
	done(&rig);
}

static void kicks_can_be_suppressed(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->suppress_kicks = true;
	rig.dev->mode = FAKE_ON_RUN;
	rig_start(&rig, 0, 1);
	assert_int_equal(rig_get16(&rig, RIG_USED), 1);
	rig_desc(&rig, 0, 0, rig_buffer(&rig, 0), 4, WRITE, 0);
	rig_avail(&rig, 0, 0);
	rig.port->ops.relax(rig.port, UINT64_MAX);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	done(&rig);
}

static void interrupts_follow_the_rules(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	rig_put16(&rig, RIG_AVAIL, 1); /* no interrupts, please */
	rig_echo(&rig, 0);
	assert_int_equal(rig.dev->irqs, 0);
	rig.dev->faults.spurious_irqs = true;
	rig_echo(&rig, 0);
	assert_int_equal(rig.dev->irqs, 1);
	rig.dev->faults.spurious_irqs = false;
	rig_rd(&rig, FAKE_REG_INTERRUPT_STATUS);
	rig_wr(&rig, FAKE_REG_INTERRUPT_ACK, 1);
	rig_put16(&rig, RIG_AVAIL, 0);
	rig.dev->faults.lost_irqs = true;
	rig_echo(&rig, 0);
	assert_int_equal(rig.dev->isr, 0);
	done(&rig);
}

static void used_event_is_obeyed(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, EVENT_IDX, 1);
	rig_put16(&rig, RIG_AVAIL + 4 + 2 * RIG_SIZE, 2);
	rig_echo(&rig, 0);
	rig_echo(&rig, 0);
	assert_int_equal(rig.dev->isr, 0);
	rig_echo(&rig, 0);
	assert_int_equal(rig.dev->isr, 1);
	assert_int_equal(fake_used_event(&rig.dev->queues[0]), 2);
	done(&rig);
}

static void prefetched_chains_are_served(void **state)
{
	struct rig rig = rig_new(2);
	lev_paddr addr;
	void *ptr = rig_alloc(&rig, 8, 8, &addr);

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->mode = FAKE_ON_RUN;
	rig_echo(&rig, 0);
	/* The model looks whether this is in a chain that waits. */
	rig.port->ops.dma_free(rig.port, ptr, addr, 8, 0);
	fake_run(rig.dev);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	done(&rig);
}

/* --- what it breaks: the used ring --- */

static void used_entries_can_lie(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = &rig.dev->queues[0];

	(void)state;
	rig_start(&rig, 0, 1);
	fake_queue_fault(queue, FAKE_USED_ID, 1, 0x10003);
	fake_queue_fault(queue, FAKE_USED_LEN, 2, 77);
	send_some(&rig, 3);
	assert_int_equal(rig_used_id(&rig, 0, 0), 0x10003);
	assert_int_equal(rig_used_len(&rig, 0, 1), 77);
	assert_int_equal(rig_used_id(&rig, 0, 2), 2);
	assert_int_equal(rig_used_len(&rig, 0, 2), 0);
	fake_queue_push_raw(queue, 5, 6);
	assert_int_equal(rig_used_idx(&rig, 0), 4);
	assert_int_equal(rig_used_id(&rig, 0, 3), 5);
	assert_int_equal(rig_used_len(&rig, 0, 3), 6);
	done(&rig);
}

static void used_index_can_lie(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = &rig.dev->queues[0];

	(void)state;
	rig_start(&rig, 0, 1);
	fake_queue_fault(queue, FAKE_USED_TWICE, 1, 0);
	fake_queue_fault(queue, FAKE_USED_JUMP, 2, 100);
	send_some(&rig, 2);
	assert_int_equal(rig_used_id(&rig, 0, 0), 0);
	assert_int_equal(rig_used_id(&rig, 0, 1), 0);
	assert_int_equal(rig_used_idx(&rig, 0), 103);
	fake_set_used_idx(queue, 0xffff);
	assert_int_equal(rig_used_idx(&rig, 0), 0xffff);
	done(&rig);
}

static void chains_can_get_lost(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = &rig.dev->queues[0];

	(void)state;
	rig_start(&rig, 0, 1);
	fake_queue_fault(queue, FAKE_USED_LOST, 1, 0);
	fake_queue_fault(queue, FAKE_USED_NO_IRQ, 2, 0);
	send_some(&rig, 2);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	assert_int_equal(rig_used_id(&rig, 0, 0), 1);
	assert_int_equal(rig.dev->isr, 0);
	assert_int_equal(queue->inflight, 1);
	rig.dev->faults.silent = true;
	rig_desc(&rig, 0, 2, rig_buffer(&rig, 0), 4, WRITE, 0);
	rig_send(&rig, 0, 2);
	fake_run(rig.dev);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	done(&rig);
}

static void descriptors_can_be_overwritten(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = &rig.dev->queues[0];

	(void)state;
	rig_start(&rig, 0, 1);
	fake_queue_fault(queue, FAKE_REWRITE_DESC, 1, 0);
	fake_queue_fault(queue, FAKE_SCRIBBLE, 2, 0);
	send_some(&rig, 1);
	assert_int_equal(rig_get32(&rig, 8), UINT32_MAX);
	assert_int_equal(rig_get32(&rig, 16 + 8), 0);
	rig_desc(&rig, 0, 0, rig_buffer(&rig, 0), 4, WRITE, 0);
	rig_send(&rig, 0, 0);
	assert_int_equal(rig_get32(&rig, 16 + 8), UINT32_MAX);
	assert_int_equal(rig_get16(&rig, RIG_AVAIL + 2), 0xffff);
	assert_int_equal(rig_used_idx(&rig, 0), 2);
	done(&rig);
}

/* --- what it breaks: registers --- */

static void removed_reads_all_ones(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->faults.removed = true;
	assert_int_equal(rig_rd(&rig, FAKE_REG_MAGIC), UINT32_MAX);
	assert_int_equal(rig_config(&rig, 0, 1), 0xff);
	rig_wr(&rig, FAKE_REG_STATUS, 0);
	rig_echo(&rig, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 0);
	done(&rig);
}

static void features_ok_can_be_refused(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->faults.features_ok_refused = true;
	rig_features(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 3);
	rig_wr(&rig, FAKE_REG_STATUS, 3 | FAKE_FAILED);
	done(&rig);
}

static void resets_can_take_time(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->faults.reset_delay = 3000;
	rig_wr(&rig, FAKE_REG_STATUS, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 15);
	fake_advance(rig.port, 3000);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 0);
	done(&rig);
}

static void resets_can_get_stuck(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->faults.reset_stuck = true;
	rig_wr(&rig, FAKE_REG_STATUS, 0);
	fake_advance(rig.port, (uint64_t)1 << 40);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 15);
	assert_true(rig.dev->queues[0].ready);
	done(&rig);
	rig = rig_new(2);
	rig.dev->faults.reset_stuck = true;
	rig_probe(&rig);
	rig_reset(&rig);
	assert_int_not_equal(rig_rd(&rig, FAKE_REG_STATUS), 0);
	done(&rig);
}

static void needs_reset_any_time(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->faults.needs_reset_at_kick = 2;
	rig_echo(&rig, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	rig_echo(&rig, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 15 | FAKE_NEEDS_RESET);
	assert_int_equal(rig_rd(&rig, FAKE_REG_INTERRUPT_STATUS), 3);
	done(&rig);
}

static void offers_can_change(void **state)
{
	struct rig rig = rig_new(2);
	uint64_t before = rig.dev->features[0];

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->faults.swap_features = true;
	rig_reset(&rig);
	assert_true(rig.dev->features[0] == 0);
	rig_reset(&rig);
	assert_true(rig.dev->features[0] == before);
	done(&rig);
}

static void queues_can_misbehave(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_features(&rig, 0);
	rig.dev->faults.in_use_after_reset = true;
	rig_wr(&rig, FAKE_REG_QUEUE_SEL, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_READY), 1);
	rig.dev->faults.in_use_after_reset = false;
	rig.dev->faults.ready_not_sticking = true;
	rig_look(&rig, 0);
	rig_place(&rig, 0);
	rig_enable(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_READY), 0);
	rig.dev->queues[0].size_max = 0x10000;
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_SIZE_MAX), 0x10000);
	done(&rig);
}

static void reads_can_be_scripted(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->config_len = 4;
	rig.dev->config[0] = 7;
	fake_script(rig.dev, FAKE_REG_CONFIG, 2, 2, 0x55);
	fake_script(rig.dev, FAKE_REG_DEVICE_ID, 1, 1, 0);
	rig_probe(&rig);
	assert_int_equal(rig_rd(&rig, FAKE_REG_DEVICE_ID), 99);
	rig_reset(&rig);
	rig_driver(&rig);
	assert_int_equal(rig_config(&rig, 0, 1), 7);
	assert_int_equal(rig_config(&rig, 0, 1), 0x55);
	assert_int_equal(rig_config(&rig, 0, 1), 0x55);
	assert_int_equal(rig_config(&rig, 0, 1), 7);
	done(&rig);
}

static void generation_and_config_can_run(void **state)
{
	struct rig rig = rig_new(2);
	uint32_t first;
	uint8_t byte = 9;

	(void)state;
	rig.dev->config_len = 4;
	rig_start(&rig, 0, 1);
	first = rig_rd(&rig, FAKE_REG_CONFIG_GENERATION);
	assert_int_equal(rig_rd(&rig, FAKE_REG_CONFIG_GENERATION), first);
	fake_config_set(rig.dev, 3, &byte, 1);
	assert_int_equal(rig_rd(&rig, FAKE_REG_CONFIG_GENERATION), first + 1);
	assert_int_equal(rig_rd(&rig, FAKE_REG_INTERRUPT_STATUS), 2);
	rig.dev->faults.generation_runs = true;
	rig.dev->faults.isr_extra = 0x80;
	first = rig_rd(&rig, FAKE_REG_CONFIG_GENERATION);
	assert_int_equal(rig_rd(&rig, FAKE_REG_CONFIG_GENERATION), first + 1);
	rig_wr(&rig, FAKE_REG_INTERRUPT_ACK, 2);
	assert_int_equal(rig_rd(&rig, FAKE_REG_INTERRUPT_STATUS), 0x80);
	done(&rig);
}

static void remove_it(struct fake_dev *dev, uint32_t reg, bool write,
		      uint32_t value)
{
	(void)value;
	dev->faults.removed |= write && reg == FAKE_REG_QUEUE_SEL;
}

static void accesses_can_be_hooked(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->on_access = remove_it;
	rig_features(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 11);
	rig_wr(&rig, FAKE_REG_QUEUE_SEL, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), UINT32_MAX);
	assert_int_equal(rig.dev->reg_writes[FAKE_REG_QUEUE_SEL / 4], 1);
	done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_run_waits_for_relax),
		cmocka_unit_test(delayed_waits_for_time),
		cmocka_unit_test(manual_takes_any_order),
		cmocka_unit_test(kicks_can_be_suppressed),
		cmocka_unit_test(interrupts_follow_the_rules),
		cmocka_unit_test(used_event_is_obeyed),
		cmocka_unit_test(prefetched_chains_are_served),
		cmocka_unit_test(used_entries_can_lie),
		cmocka_unit_test(used_index_can_lie),
		cmocka_unit_test(chains_can_get_lost),
		cmocka_unit_test(descriptors_can_be_overwritten),
		cmocka_unit_test(removed_reads_all_ones),
		cmocka_unit_test(features_ok_can_be_refused),
		cmocka_unit_test(resets_can_take_time),
		cmocka_unit_test(resets_can_get_stuck),
		cmocka_unit_test(needs_reset_any_time),
		cmocka_unit_test(offers_can_change),
		cmocka_unit_test(queues_can_misbehave),
		cmocka_unit_test(reads_can_be_scripted),
		cmocka_unit_test(generation_and_config_can_run),
		cmocka_unit_test(accesses_can_be_hooked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
