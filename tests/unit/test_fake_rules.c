/* SPDX-License-Identifier: MIT */
/*
 * The device model sees what it claims to see of registers and of the
 * start: for each rule there is a driver that breaks it, and the model must
 * say so; and one that keeps it, of which the model must say nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fake_rig.h"

static void started(struct rig *rig)
{
	rig_start(rig, 0, 1);
}

/* --- the probe --- */

static void version_first(struct rig *rig)
{
	rig_rd(rig, FAKE_REG_VERSION);
}

static void id_skipped(struct rig *rig)
{
	rig_rd(rig, FAKE_REG_MAGIC);
	rig_rd(rig, FAKE_REG_VERSION);
	rig_wr(rig, FAKE_REG_STATUS, 0);
}

static void placeholder_used(struct rig *rig)
{
	rig->dev->id = 0;
	rig_probe(rig);
	assert_int_equal(fake_violation_count(rig->port), 0);
	rig_rd(rig, FAKE_REG_VENDOR_ID);
}

static void bad_magic_used(struct rig *rig)
{
	rig->dev->magic = 0x12345678;
	rig_rd(rig, FAKE_REG_MAGIC);
	rig_rd(rig, FAKE_REG_VERSION);
	assert_int_equal(fake_violation_count(rig->port), 0);
	rig_rd(rig, FAKE_REG_DEVICE_ID);
}

static void bad_version_used(struct rig *rig)
{
	rig->dev->version = 3;
	rig_rd(rig, FAKE_REG_MAGIC);
	rig_rd(rig, FAKE_REG_VERSION);
	assert_int_equal(fake_violation_count(rig->port), 0);
	rig_rd(rig, FAKE_REG_DEVICE_ID);
}

/* --- registers --- */

static void no_such_register(struct rig *rig)
{
	rig_probe(rig);
	rig_rd(rig, 0x018);
}

static void config_beyond(struct rig *rig)
{
	started(rig);
	rig_config(rig, 0, 1);
}

static void write_read_only(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_wr(rig, FAKE_REG_VENDOR_ID, 1);
}

static void read_write_only(struct rig *rig)
{
	rig_probe(rig);
	rig_rd(rig, FAKE_REG_QUEUE_SEL);
}

static void narrow_register(struct rig *rig)
{
	uint64_t reg = rig->dev->cookie + FAKE_REG_STATUS;

	rig_probe(rig);
	rig->port->ops.reg_read(rig->port, reg, 1);
}

static void shm_register(struct rig *rig)
{
	rig_probe(rig);
	assert_int_equal(rig_rd(rig, FAKE_REG_SHM_LEN_LOW), UINT32_MAX);
}

static void queue_reset_register(struct rig *rig)
{
	rig_probe(rig);
	rig_rd(rig, FAKE_REG_QUEUE_RESET);
}

/* --- status and features --- */

static void no_reset(struct rig *rig)
{
	rig_probe(rig);
	rig_wr(rig, FAKE_REG_STATUS, FAKE_ACKNOWLEDGE);
}

static void reset_not_awaited(struct rig *rig)
{
	rig_probe(rig);
	rig_wr(rig, FAKE_REG_STATUS, 0);
	rig_wr(rig, FAKE_REG_STATUS, FAKE_ACKNOWLEDGE);
}

static void no_acknowledge(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_wr(rig, FAKE_REG_STATUS, FAKE_DRIVER);
}

static void two_steps_at_once(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_wr(rig, FAKE_REG_STATUS, FAKE_ACKNOWLEDGE | FAKE_DRIVER);
}

static void no_driver(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_wr(rig, FAKE_REG_STATUS, FAKE_ACKNOWLEDGE);
	rig_wr(rig, FAKE_REG_STATUS, FAKE_ACKNOWLEDGE | FAKE_FEATURES_OK);
}

static void bit_cleared(struct rig *rig)
{
	rig_features(rig, 0);
	rig_wr(rig, FAKE_REG_STATUS, FAKE_ACKNOWLEDGE | FAKE_DRIVER);
}

static void on_after_failed(struct rig *rig)
{
	rig_features(rig, 0);
	rig_wr(rig, FAKE_REG_STATUS, 11 | FAKE_FAILED);
	assert_int_equal(fake_violation_count(rig->port), 0);
	rig_wr(rig, FAKE_REG_STATUS, 15 | FAKE_FAILED);
}

static void offer_not_read(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_driver(rig);
	rig_settle(rig);
}

static void accepted_blindly(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_driver(rig);
	rig_accept(rig, (uint64_t)1 << FAKE_F_VERSION_1, 0);
}

static void accepted_too_early(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_offer(rig);
	rig_accept(rig, (uint64_t)1 << FAKE_F_VERSION_1, 0);
}

static void accepted_not_offered(struct rig *rig)
{
	rig_features(rig, 1);
	assert_int_equal(rig->dev->status & FAKE_FEATURES_OK, 0);
}

static void accepted_without_base(struct rig *rig)
{
	rig->dev->id = 16;
	rig->dev->features[0] |= 1u << 5 | 1u << 3;
	rig_features(rig, 1u << 5);
}

static void accepted_reserved(struct rig *rig)
{
	rig->dev->features[0] |= (uint64_t)1 << 45;
	rig_features(rig, (uint64_t)1 << 45);
}

static void accepted_sr_iov(struct rig *rig)
{
	rig->dev->features[0] |= (uint64_t)1 << 37;
	rig_features(rig, (uint64_t)1 << 37);
}

static void accepted_late(struct rig *rig)
{
	rig_features(rig, 0);
	rig_accept(rig, (uint64_t)1 << FAKE_F_VERSION_1, 0);
}

static void no_device_sel(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_rd(rig, FAKE_REG_DEVICE_FEATURES);
}

static void no_driver_sel(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_driver(rig);
	rig_offer(rig);
	rig_wr(rig, FAKE_REG_DRIVER_FEATURES, 0);
}

static void version_1_declined(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_driver(rig);
	rig_offer(rig);
	rig_accept(rig, 0, 0);
	rig_settle(rig);
}

static void access_platform_declined(struct rig *rig)
{
	rig->dev->features[0] |= (uint64_t)1 << FAKE_F_ACCESS_PLATFORM;
	rig_features(rig, 0);
}

static void order_platform_declined(struct rig *rig)
{
	rig->dev->features[0] |= (uint64_t)1 << FAKE_F_ORDER_PLATFORM;
	rig_features(rig, 0);
}

static void no_features_ok(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_driver(rig);
	rig_offer(rig);
	rig_accept(rig, (uint64_t)1 << FAKE_F_VERSION_1, 0);
	rig_wr(rig, FAKE_REG_STATUS, 7);
}

static void features_ok_not_read(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_driver(rig);
	rig_offer(rig);
	rig_accept(rig, (uint64_t)1 << FAKE_F_VERSION_1, 0);
	rig_wr(rig, FAKE_REG_STATUS, 11);
	rig_wr(rig, FAKE_REG_STATUS, 15);
}

static void on_after_refusal(struct rig *rig)
{
	rig->dev->faults.features_ok_refused = true;
	rig_features(rig, 0);
	assert_int_equal(fake_violation_count(rig->port), 0);
	rig_look(rig, 0);
	rig_place(rig, 0);
}

/* --- queues --- */

static void queue_too_early(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_look(rig, 0);
	rig_place(rig, 0);
}

static void no_queue_sel(struct rig *rig)
{
	rig_features(rig, 0);
	rig_rd(rig, FAKE_REG_QUEUE_READY);
}

static void no_such_queue(struct rig *rig)
{
	rig_features(rig, 0);
	rig_look(rig, 5);
	rig_wr(rig, FAKE_REG_QUEUE_SIZE, 8);
}

static void enabled_half(struct rig *rig)
{
	rig_features(rig, 0);
	rig_look(rig, 0);
	rig_wr(rig, FAKE_REG_QUEUE_SIZE, 8);
	rig_wr(rig, FAKE_REG_QUEUE_READY, 1);
}

static void size_not_looked_at(struct rig *rig)
{
	rig_features(rig, 0);
	rig_wr(rig, FAKE_REG_QUEUE_SEL, 0);
	rig_wr(rig, FAKE_REG_QUEUE_SIZE, 8);
}

static void size_no_power(struct rig *rig)
{
	rig_features(rig, 0);
	rig_look(rig, 0);
	rig_wr(rig, FAKE_REG_QUEUE_SIZE, 12);
}

static void size_too_large(struct rig *rig)
{
	rig_features(rig, 0);
	rig_look(rig, 0);
	rig_wr(rig, FAKE_REG_QUEUE_SIZE, 128);
}

static void set_up_while_ready(struct rig *rig)
{
	started(rig);
	rig_wr(rig, FAKE_REG_DESC_LOW, 0);
}

static void stopped_not_read_back(struct rig *rig)
{
	started(rig);
	rig_wr(rig, FAKE_REG_QUEUE_READY, 0);
	rig_rd(rig, FAKE_REG_QUEUE_SIZE_MAX);
}

static void ready_two(struct rig *rig)
{
	rig_features(rig, 0);
	rig_look(rig, 0);
	rig_place(rig, 0);
	rig_wr(rig, FAKE_REG_QUEUE_READY, 2);
}

static void place_part(struct rig *rig, uint32_t reg, uint32_t low)
{
	rig_features(rig, 0);
	rig_look(rig, 0);
	rig_place(rig, 0);
	rig_wr(rig, reg, low);
	rig_enable(rig, 0);
}

static void desc_at_8(struct rig *rig)
{
	place_part(rig, FAKE_REG_DESC_LOW, (uint32_t)rig->addr + 8);
}

static void avail_at_1(struct rig *rig)
{
	place_part(rig, FAKE_REG_DRIVER_LOW, (uint32_t)rig->addr + 0x81);
}

static void used_at_2(struct rig *rig)
{
	place_part(rig, FAKE_REG_DEVICE_LOW, (uint32_t)rig->addr + 0x1002);
}

static void rings_elsewhere(struct rig *rig)
{
	place_part(rig, FAKE_REG_DEVICE_HIGH, 0);
}

static void used_flags_set(struct rig *rig)
{
	rig_put16(rig, RIG_USED, 1);
	started(rig);
}

static void stale_used_idx(struct rig *rig)
{
	rig_put16(rig, RIG_USED + 2, 3);
	started(rig);
}

static void kick_too_early(struct rig *rig)
{
	rig_features(rig, 0);
	rig_look(rig, 0);
	rig_place(rig, 0);
	rig_enable(rig, 0);
	rig_kick(rig, 0);
}

static void kick_nowhere(struct rig *rig)
{
	started(rig);
	rig_kick(rig, 1);
}

/* --- interrupts --- */

static void ack_undefined(struct rig *rig)
{
	started(rig);
	fake_irq(rig->dev, 1);
	rig_rd(rig, FAKE_REG_INTERRUPT_STATUS);
	rig_wr(rig, FAKE_REG_INTERRUPT_ACK, 5);
}

static void ack_unseen(struct rig *rig)
{
	started(rig);
	fake_irq(rig->dev, 3);
	rig_wr(rig, FAKE_REG_INTERRUPT_ACK, 1);
}

static void no_ack(struct rig *rig)
{
	started(rig);
	fake_irq(rig->dev, 2);
	rig_rd(rig, FAKE_REG_INTERRUPT_STATUS);
	rig_rd(rig, FAKE_REG_INTERRUPT_STATUS);
}

/* --- configuration --- */

static const struct fake_field fields[] = {
	{ .off = 0, .width = 8, .count = 1 },
	{ .off = 8, .width = 2, .count = 1, .writable = true },
	{ .off = 12, .width = 4, .count = 1, .needs_feature = 3 },
	{ .width = 0 },
};

static void with_config(struct rig *rig)
{
	rig->dev->fields = fields;
	rig->dev->config_len = 16;
}

static void config_wrong_width(struct rig *rig)
{
	with_config(rig);
	started(rig);
	rig_config(rig, 8, 1);
}

static void config_torn(struct rig *rig)
{
	with_config(rig);
	started(rig);
	rig_config(rig, 0, 4);
	rig_config(rig, 4, 4);
}

static void config_not_closed(struct rig *rig)
{
	with_config(rig);
	started(rig);
	rig_rd(rig, FAKE_REG_CONFIG_GENERATION);
	rig_config(rig, 0, 4);
	rig_config(rig, 8, 2);
	assert_int_equal(fake_violation_count(rig->port), 0);
	rig_rd(rig, FAKE_REG_STATUS);
}

static void config_not_offered(struct rig *rig)
{
	with_config(rig);
	started(rig);
	rig_config(rig, 12, 4);
}

static void config_too_early(struct rig *rig)
{
	with_config(rig);
	rig_probe(rig);
	rig_reset(rig);
	rig_driver(rig);
	rig_config_set(rig, 8, 2, 1);
}

static void config_read_only(struct rig *rig)
{
	with_config(rig);
	started(rig);
	rig_config_set(rig, 0, 4, 1);
}

/* --- version 1 --- */

/* What the original system did: it took version 1 for version 2. */
static void modern_on_legacy(struct rig *rig)
{
	uint32_t desc = (uint32_t)rig->addr;

	rig_probe(rig);
	rig_reset(rig);
	rig_wr(rig, FAKE_REG_STATUS, 1);
	rig_wr(rig, FAKE_REG_STATUS, 3);
	rig_offer(rig);
	rig_accept(rig, 0, 0);
	rig_wr(rig, FAKE_REG_STATUS, 11);
	/* That went unnoticed there: the bit does stay. */
	assert_int_equal(rig_rd(rig, FAKE_REG_STATUS), 11);
	rig_wr(rig, FAKE_REG_QUEUE_SEL, 0);
	rig_rd(rig, FAKE_REG_QUEUE_SIZE_MAX);
	rig_wr(rig, FAKE_REG_QUEUE_SIZE, 8);
	rig_wr(rig, FAKE_REG_DESC_LOW, desc);
	rig_wr(rig, FAKE_REG_DESC_HIGH, 0);
	rig_wr(rig, FAKE_REG_DRIVER_LOW, desc + RIG_AVAIL);
	rig_wr(rig, FAKE_REG_DEVICE_LOW, desc + RIG_USED);
	rig_wr(rig, FAKE_REG_QUEUE_READY, 1);
	rig_wr(rig, FAKE_REG_STATUS, 15);
	rig_echo(rig, 0);
	assert_false(rig->dev->queues[0].ready);
	assert_int_equal(rig_used_idx(rig, 0), 0);
	assert_true(fake_violation_has(rig->port, "X-MMIO-05"));
}

static void no_page_size(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_wr(rig, FAKE_REG_STATUS, 1);
	rig_wr(rig, FAKE_REG_STATUS, 3);
	rig_look(rig, 0);
	rig_place(rig, 0);
	rig_enable(rig, 0);
}

static void size_max_in_use(struct rig *rig)
{
	started(rig);
	rig_rd(rig, FAKE_REG_QUEUE_SIZE_MAX);
}

static void no_queue_align(struct rig *rig)
{
	rig_features(rig, 0);
	rig_look(rig, 0);
	rig_wr(rig, FAKE_REG_QUEUE_SIZE, 8);
	rig_enable(rig, 0);
}

static void generation_on_legacy(struct rig *rig)
{
	rig_probe(rig);
	rig_rd(rig, FAKE_REG_CONFIG_GENERATION);
}

static void pfn_elsewhere(struct rig *rig)
{
	rig_features(rig, 0);
	rig_look(rig, 0);
	rig_place(rig, 0);
	rig_wr(rig, FAKE_REG_QUEUE_PFN, 7);
}

static void block_too_short(struct rig *rig)
{
	lev_paddr addr;

	rig_alloc(rig, 4096 + 128, 4096, &addr);
	rig_features(rig, 0);
	rig_look(rig, 0);
	rig_place(rig, 0);
	rig_wr(rig, FAKE_REG_QUEUE_PFN, (uint32_t)(addr >> 12));
}

static void any_layout_declined(struct rig *rig)
{
	rig->dev->features[0] |= (uint64_t)1 << FAKE_F_ANY_LAYOUT;
	started(rig);
}

static void bit_30_accepted(struct rig *rig)
{
	rig->dev->features[0] |= (uint64_t)1 << 30;
	rig_start(rig, (uint64_t)1 << 30, 1);
}

static const struct rig_bad bads[] = {
	{ "MMIO-INIT-01", 2, version_first },
	{ "MMIO-INIT-02", 2, id_skipped },
	{ "MMIO-INIT-04", 2, placeholder_used },
	{ "MMIO-INIT-05", 2, shm_register },
	{ "MMIO-REG-01", 2, no_such_register },
	{ "MMIO-REG-01", 2, config_beyond },
	{ "MMIO-REG-02", 2, write_read_only },
	{ "MMIO-REG-02", 2, config_read_only },
	{ "MMIO-REG-03", 2, read_write_only },
	{ "MMIO-REG-04", 2, narrow_register },
	{ "MMIO-REG-05", 2, config_wrong_width },
	{ "MMIO-REG-06", 2, bad_magic_used },
	{ "MMIO-REG-08", 2, bad_version_used },
	{ "MMIO-REG-12", 2, no_device_sel },
	{ "MMIO-REG-13", 2, no_driver_sel },
	{ "MMIO-REG-14", 2, size_too_large },
	{ "MMIO-REG-15", 2, set_up_while_ready },
	{ "MMIO-REG-17", 2, stopped_not_read_back },
	{ "MMIO-REG-20", 2, ack_undefined },
	{ "MMIO-INT-01", 2, ack_unseen },
	{ "MMIO-INT-03", 2, no_ack },
	{ "X-MMIO-01", 2, no_queue_sel },
	{ "X-MMIO-02", 2, no_such_queue },
	{ "X-MMIO-03", 2, enabled_half },
	{ "X-MMIO-04", 2, size_not_looked_at },
	{ "X-MMIO-05", 2, kick_nowhere },
	{ "X-MMIO-06", 2, ready_two },
	{ "X-MMIO-07", 2, size_no_power },
	{ "X-MMIO-08", 2, queue_reset_register },
	{ "CORE-STATUS-01", 2, two_steps_at_once },
	{ "CORE-STATUS-02", 2, bit_cleared },
	{ "CORE-STATUS-03", 2, on_after_failed },
	{ "CORE-FEAT-01", 2, accepted_not_offered },
	{ "CORE-FEAT-02", 2, accepted_without_base },
	{ "CORE-FEAT-03", 2, accepted_blindly },
	{ "CORE-FEAT-05", 2, accepted_reserved },
	{ "CORE-RFEAT-01", 2, version_1_declined },
	{ "CORE-RFEAT-03", 2, access_platform_declined },
	{ "CORE-RFEAT-07", 2, order_platform_declined },
	{ "CORE-RFEAT-10", 2, accepted_sr_iov },
	{ "CORE-RESET-01", 2, reset_not_awaited },
	{ "CORE-INIT-01", 2, accepted_too_early },
	{ "CORE-INIT-01a", 2, no_reset },
	{ "CORE-INIT-01b", 2, no_acknowledge },
	{ "CORE-INIT-01c", 2, no_driver },
	{ "CORE-INIT-01d", 2, offer_not_read },
	{ "CORE-INIT-01e", 2, no_features_ok },
	{ "CORE-INIT-01f", 2, features_ok_not_read },
	{ "CORE-INIT-01f", 2, on_after_refusal },
	{ "CORE-INIT-01g", 2, queue_too_early },
	{ "CORE-INIT-03", 2, config_too_early },
	{ "CORE-INIT-04", 2, accepted_late },
	{ "CORE-INIT-07", 2, kick_too_early },
	{ "CORE-CFG-01", 2, config_torn },
	{ "CORE-CFG-02", 2, config_torn },
	{ "CORE-CFG-02", 2, config_not_closed },
	{ "CORE-CFG-03", 2, config_not_offered },
	{ "SPLIT-ALIGN-01", 2, desc_at_8 },
	{ "SPLIT-ALIGN-01", 2, avail_at_1 },
	{ "SPLIT-ALIGN-01", 2, used_at_2 },
	{ "SPLIT-AVAILSUP-01", 2, used_flags_set },
	{ "X-DMA-01", 2, rings_elsewhere },
	{ "X-RING-01", 2, stale_used_idx },
	{ "LEG-CORE-04", 1, modern_on_legacy },
	{ "LEG-CORE-05", 1, any_layout_declined },
	{ "LEG-CORE-06", 1, bit_30_accepted },
	{ "LEG-MMIO-01", 1, no_page_size },
	{ "LEG-MMIO-02", 1, size_max_in_use },
	{ "LEG-MMIO-03", 1, no_queue_align },
	{ "LEG-MMIO-04", 1, modern_on_legacy },
	{ "LEG-MMIO-04", 1, generation_on_legacy },
	{ "LEG-MMIO-05", 1, pfn_elsewhere },
	{ "LEG-MMIO-06", 1, modern_on_legacy },
	{ "LEG-RING-02", 1, block_too_short },
};

/* --- drivers that keep the rules --- */

static void good_config_is_clean(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	with_config(&rig);
	started(&rig);
	rig_rd(&rig, FAKE_REG_CONFIG_GENERATION);
	rig_config(&rig, 0, 4);
	rig_config(&rig, 4, 4);
	rig_rd(&rig, FAKE_REG_CONFIG_GENERATION);
	rig_config_set(&rig, 8, 2, 0x1234);
	assert_int_equal(rig_config(&rig, 8, 2), 0x1234);
	rig_stop(&rig);
	FAKE_FREE_CLEAN(rig.port);
}

static void good_stop_is_clean(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	started(&rig);
	rig_wr(&rig, FAKE_REG_QUEUE_READY, 0);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_READY), 0);
	rig_look(&rig, 0);
	rig_stop(&rig);
	FAKE_FREE_CLEAN(rig.port);
}

int main(void)
{
	const struct CMUnitTest good[] = {
		cmocka_unit_test(good_config_is_clean),
		cmocka_unit_test(good_stop_is_clean),
	};
	int failed = cmocka_run_group_tests(good, NULL, NULL);

	return failed + rig_run_bads(bads, sizeof(bads) / sizeof(*bads));
}
