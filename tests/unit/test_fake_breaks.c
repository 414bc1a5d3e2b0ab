/* SPDX-License-Identifier: MIT */
/*
 * What the device model breaks of a device's life: status, features, resets,
 * queues, configuration, interrupts. Each knob does what it says, and the
 * rest goes on. (Rings and the first knobs: test_fake_faults.c.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fake_rig.h"

static const uint64_t INDIR = (uint64_t)1 << FAKE_F_INDIRECT;
static const uint64_t VERSION_1 = (uint64_t)1 << FAKE_F_VERSION_1;
static const uint64_t ACCESS = (uint64_t)1 << FAKE_F_ACCESS_PLATFORM;

static void done(struct rig *rig)
{
	rig_stop(rig);
	FAKE_FREE_CLEAN(rig->port);
}

/* Reset and start again, with fresh memory. */
static void again(struct rig *rig)
{
	memset(rig->mem, 0, RIG_MEM);
	memset(rig->avail_idx, 0, sizeof(rig->avail_idx));
	rig_start(rig, 0, 1);
}

/* --- status --- */

static void status_bits_come_and_go(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->faults.status_hidden = FAKE_FEATURES_OK;
	rig_features(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 3);
	rig.dev->faults.status_hidden = FAKE_ACKNOWLEDGE;
	rig.dev->faults.status_extra = FAKE_NEEDS_RESET | 0x20;
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 0x20 | 64 | 8 | 2);
	rig.dev->faults.status_hidden = rig.dev->faults.status_extra = 0;
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 11);
	done(&rig);
}

/* A status that never reads 0 is as good as a reset that never ends. */
static void status_can_stay_after_a_reset(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->faults.status_extra = FAKE_ACKNOWLEDGE;
	rig_reset(&rig);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 1);
	assert_false(rig.dev->queues[0].ready);
	rig_wr(&rig, FAKE_REG_STATUS, FAKE_ACKNOWLEDGE);
	assert_true(fake_violation_has(rig.port, "CORE-RESET-01"));
	fake_violation_clear(rig.port);
	rig.dev->faults.status_extra = 0;
	done(&rig);
}

static void needs_reset_at_an_access(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->faults.needs_reset_at_access = 3;
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 15);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 15);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 15 | FAKE_NEEDS_RESET);
	assert_int_equal(rig.dev->isr, 2);
	done(&rig);
	rig = rig_new(2);
	rig.dev->faults.needs_reset_at_access = 1;
	rig.dev->faults.needs_reset_silent = true;
	rig_probe(&rig); /* before anything was set up */
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), FAKE_NEEDS_RESET);
	assert_int_equal(rig.dev->isr, 0);
	done(&rig);
}

static void needs_reset_at_a_chain(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->faults.needs_reset_at_pop = 2;
	rig.dev->faults.needs_reset_silent = true;
	rig_echo(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 15);
	rig_echo(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 15 | FAKE_NEEDS_RESET);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	assert_int_equal(rig.dev->queues[0].inflight, 1);
	assert_int_equal(rig.dev->isr, 1); /* of the first chain */
	again(&rig);
	rig_echo(&rig, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	done(&rig);
}

static void works_before_driver_ok(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->faults.works_early = true;
	rig.dev->mode = FAKE_ON_RUN;
	rig_features(&rig, 0);
	rig_look(&rig, 0);
	rig_place(&rig, 0);
	rig_enable(&rig, 0);
	rig_desc(&rig, 0, 0, rig_buffer(&rig, 0), 4, WRITE, 0);
	rig_avail(&rig, 0, 0);
	rig.port->ops.relax(rig.port, UINT64_MAX);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	assert_int_equal(rig.dev->isr, 1);
	done(&rig);
}

/* --- features --- */

static void features_can_be_insisted_on(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->faults.insists_on[0] = INDIR;
	rig_features(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 3);
	rig_features(&rig, INDIR);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 11);
	done(&rig);
}

static uint32_t offered_word(struct rig *rig, uint32_t word)
{
	rig_wr(rig, FAKE_REG_DEVICE_FEATURES_SEL, word);
	return rig_rd(rig, FAKE_REG_DEVICE_FEATURES);
}

static void accept_word(struct rig *rig, uint32_t word, uint32_t value)
{
	rig_wr(rig, FAKE_REG_DRIVER_FEATURES_SEL, word);
	rig_wr(rig, FAKE_REG_DRIVER_FEATURES, value);
}

/* As QEMU does it: a 0 for word 2 takes back what word 1 said. */
static void upper_words_can_mirror_word_1(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->features[0] |= ACCESS;
	rig.dev->features[1] = 5;
	rig_probe(&rig);
	rig_reset(&rig);
	rig_driver(&rig);
	assert_int_equal(offered_word(&rig, 2), 5);
	rig.dev->faults.mirror_features = true;
	for (uint32_t word = 1; word < 4; word++)
		assert_int_equal(offered_word(&rig, word), 3);
	assert_int_equal(offered_word(&rig, 0), (uint32_t)rig.dev->features[0]);
	accept_word(&rig, 1, 3);
	assert_true(rig.dev->driver_features[0] == (VERSION_1 | ACCESS));
	accept_word(&rig, 2, 0);
	assert_true(rig.dev->driver_features[0] == 0);
	accept_word(&rig, 3, 3);
	assert_true(rig.dev->driver_features[0] == (VERSION_1 | ACCESS));
	assert_true(rig.dev->driver_features[1] == 0);
	done(&rig);
}

static void all_words_of_features_count(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->features[1] = (uint64_t)1 << 63 | 1;
	rig_probe(&rig);
	rig_reset(&rig);
	rig_driver(&rig);
	rig_offer(&rig);
	assert_int_equal(offered_word(&rig, 3), 0x80000000);
	rig_accept(&rig, VERSION_1, (uint64_t)1 << 63);
	rig_settle(&rig);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 11);
	assert_true(rig.dev->driver_features[1] == (uint64_t)1 << 63);
	rig_reset(&rig);
	rig_driver(&rig);
	rig_offer(&rig);
	rig_accept(&rig, VERSION_1, 2); /* bit 65 nobody offered */
	rig_settle(&rig);
	assert_int_equal(rig_rd(&rig, FAKE_REG_STATUS), 3);
	assert_true(fake_violation_has(rig.port, "CORE-FEAT-01"));
	fake_violation_clear(rig.port);
	rig_wr(&rig, FAKE_REG_STATUS, 3 | FAKE_FAILED);
	done(&rig);
}

/* --- queues --- */

static void queues_change_over_a_reset(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->faults.swap_sizes = true;
	rig.dev->queues[0].other_size_max = 16;
	rig_probe(&rig);
	for (unsigned i = 0; i < 4; i++) {
		rig_reset(&rig);
		rig_wr(&rig, FAKE_REG_QUEUE_SEL, 0);
		assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_SIZE_MAX),
				 i % 2 ? 64 : 16);
		rig_wr(&rig, FAKE_REG_QUEUE_SEL, 1); /* it comes and goes */
		assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_SIZE_MAX),
				 i % 2 ? 64 : 0);
	}
	done(&rig);
}

static void queues_vanish_while_live(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 2);
	rig_echo(&rig, 0);
	rig.dev->queues[0].vanished = true;
	rig_echo(&rig, 0);
	rig_echo(&rig, 1);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	assert_int_equal(rig_used_idx(&rig, 1), 1);
	rig_wr(&rig, FAKE_REG_QUEUE_SEL, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_READY), 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_SIZE_MAX), 0);
	rig.dev->queues[0].vanished = false;
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_READY), 1);
	done(&rig);
}

static void used_index_can_outlive_a_reset(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->faults.keeps_used_idx = true;
	rig_echo(&rig, 0);
	rig_echo(&rig, 0);
	again(&rig);
	rig_echo(&rig, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 3);
	done(&rig);
}

static void readable_bytes_can_be_overwritten(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = &rig.dev->queues[0];
	uint32_t table = RIG_BUFFERS + 0x100;

	(void)state;
	rig.dev->features[0] |= INDIR;
	rig_start(&rig, INDIR, 1);
	fake_queue_fault(queue, FAKE_REWRITE_READABLE, 1, 0);
	rig_echo(&rig, 0);
	assert_int_equal(rig_get32(&rig, RIG_BUFFERS), UINT32_MAX);
	assert_int_equal(rig_get32(&rig, RIG_BUFFERS + 4), 0);
	fake_queue_fault(queue, FAKE_REWRITE_TABLE, 1, 0);
	rig_desc_at(&rig, table, rig_buffer(&rig, 0), 4, WRITE, 0);
	rig_desc(&rig, 0, 3, rig_buffer(&rig, 0x100), 16, INDIRECT, 0);
	rig_send(&rig, 0, 3);
	assert_int_equal(rig_get32(&rig, table + 8), UINT32_MAX);
	assert_int_equal(rig_get32(&rig, table + 16), 0);
	assert_int_equal(rig_get32(&rig, 16 * 3 + 8), 16);
	assert_int_equal(rig_used_idx(&rig, 0), 2);
	done(&rig);
}

/* --- configuration --- */

static void config_changes_under_the_read(void **state)
{
	struct rig rig = rig_new(2);
	const uint8_t news[2] = { 0x22, 0x33 };
	uint32_t generation;

	(void)state;
	rig.dev->config_len = 4;
	rig_start(&rig, 0, 1);
	fake_config_at(rig.dev, 2, 1, news, 2);
	generation = rig_rd(&rig, FAKE_REG_CONFIG_GENERATION);
	assert_int_equal(rig_config(&rig, 1, 1), 0);
	assert_int_equal(rig.dev->isr, 0);
	assert_int_equal(rig_config(&rig, 2, 1), 0x33);
	assert_int_equal(rig_rd(&rig, FAKE_REG_CONFIG_GENERATION),
			 generation + 1);
	assert_int_equal(rig.dev->isr, 2);
	assert_int_equal(rig_config(&rig, 1, 1), 0x22);
	rig.dev->faults.generation_stuck = true;
	fake_config_set(rig.dev, 1, "\x55", 1);
	assert_int_equal(rig_rd(&rig, FAKE_REG_CONFIG_GENERATION),
			 generation + 1);
	assert_int_equal(rig_config(&rig, 1, 1), 0x55);
	done(&rig);
}

static void config_can_come_late(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->config_len = 4;
	rig.dev->config[0] = 7;
	rig.dev->faults.config_late = true;
	rig_probe(&rig);
	rig_reset(&rig);
	rig_driver(&rig);
	assert_int_equal(rig_config(&rig, 0, 1), 0);
	rig_features(&rig, 0);
	assert_int_equal(rig_config(&rig, 0, 1), 7);
	done(&rig);
}

/* --- interrupts --- */

static void interrupt_status_can_clear_itself(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->faults.isr_clears = true;
	rig_echo(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_INTERRUPT_STATUS), 1);
	assert_int_equal(rig_rd(&rig, FAKE_REG_INTERRUPT_STATUS), 0);
	done(&rig);
}

static void interrupts_can_stay(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	rig_start(&rig, 0, 1);
	rig.dev->faults.isr_sticks = true;
	rig_echo(&rig, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_INTERRUPT_STATUS), 1);
	rig_wr(&rig, FAKE_REG_INTERRUPT_ACK, 1);
	assert_int_equal(rig_rd(&rig, FAKE_REG_INTERRUPT_STATUS), 1);
	rig_reset(&rig);
	assert_int_equal(rig.dev->isr, 0);
	rig.dev->faults.isr_survives = true;
	again(&rig);
	rig_echo(&rig, 0);
	rig_reset(&rig);
	assert_int_equal(rig_rd(&rig, FAKE_REG_INTERRUPT_STATUS), 1);
	done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_bits_come_and_go),
		cmocka_unit_test(status_can_stay_after_a_reset),
		cmocka_unit_test(needs_reset_at_an_access),
		cmocka_unit_test(needs_reset_at_a_chain),
		cmocka_unit_test(works_before_driver_ok),
		cmocka_unit_test(features_can_be_insisted_on),
		cmocka_unit_test(upper_words_can_mirror_word_1),
		cmocka_unit_test(all_words_of_features_count),
		cmocka_unit_test(queues_change_over_a_reset),
		cmocka_unit_test(queues_vanish_while_live),
		cmocka_unit_test(used_index_can_outlive_a_reset),
		cmocka_unit_test(readable_bytes_can_be_overwritten),
		cmocka_unit_test(config_changes_under_the_read),
		cmocka_unit_test(config_can_come_late),
		cmocka_unit_test(interrupt_status_can_clear_itself),
		cmocka_unit_test(interrupts_can_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
