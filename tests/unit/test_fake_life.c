/* SPDX-License-Identifier: MIT */
/*
 * The device model sees what it claims to see of how a driver takes what it
 * is told: strangers, offers, refusals, interrupts, a device that is broken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fake_rig.h"

static const uint64_t RESERVED = (uint64_t)1 << 45;
static const uint64_t VERSION_1 = (uint64_t)1 << FAKE_F_VERSION_1;

static void clean(struct rig *rig)
{
	assert_int_equal(fake_violation_print(rig->port), 0);
}

static void started(struct rig *rig)
{
	rig_start(rig, 0, 1);
	clean(rig);
}

static void fail_device(struct rig *rig)
{
	rig_wr(rig, FAKE_REG_STATUS, rig->dev->status | FAKE_FAILED);
}

/* --- strangers --- */

static void placeholder(struct rig *rig)
{
	rig->dev->id = 0;
	rig_probe(rig);
	clean(rig);
}

static void placeholder_used(struct rig *rig)
{
	placeholder(rig);
	rig_wr(rig, FAKE_REG_STATUS, 0);
}

LEV_FORMAT(2, 3)
static void say(struct rig *rig, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	rig->port->ops.log(rig->port, "rig", format, args);
	va_end(args);
}

static void placeholder_reported(struct rig *rig)
{
	placeholder(rig);
	say(rig, "slot %u is broken", 0);
}

/* --- the offer --- */

static void look_at_offer(struct rig *rig)
{
	rig_probe(rig);
	rig_reset(rig);
	rig_driver(rig);
	rig_offer(rig);
	clean(rig);
}

static void reserved_put_off(struct rig *rig)
{
	rig->dev->features[0] |= RESERVED;
	look_at_offer(rig);
	fail_device(rig);
}

static void reserved_accepted(struct rig *rig)
{
	rig->dev->features[0] |= RESERVED;
	rig_features(rig, RESERVED);
}

/* Number 40 means nothing to a GPU, and 9 means nothing to anybody. */
static void of_no_type_accepted(struct rig *rig)
{
	rig->dev->id = 16;
	rig->dev->features[0] |= 1u << 9;
	rig_features(rig, 1u << 9);
}

static void unknown_put_off(struct rig *rig)
{
	rig->dev->id = 18;
	rig->dev->features[1] |= 1;
	look_at_offer(rig);
	fail_device(rig);
}

static void no_version_1(struct rig *rig)
{
	rig->dev->features[0] &= ~VERSION_1;
	look_at_offer(rig);
	rig_accept(rig, 0, 0);
	rig_settle(rig);
}

/* --- a refusal --- */

static void refused(struct rig *rig)
{
	rig->dev->faults.features_ok_refused = true;
	rig_features(rig, 0);
	clean(rig);
}

static void refusal_ignored(struct rig *rig)
{
	refused(rig);
	rig_wr(rig, FAKE_REG_QUEUE_SEL, 0);
}

static void on_after_failed(struct rig *rig)
{
	refused(rig);
	fail_device(rig);
	clean(rig);
	rig_wr(rig, FAKE_REG_QUEUE_SEL, 0);
}

/* Reset and forgotten: nobody was told. Seen at the end. */
static void a_refusal_must_be_answered(void **state)
{
	for (unsigned i = 0; i < 3; i++) {
		struct rig rig = rig_new(2);

		(void)state;
		refused(&rig);
		if (i == 1)
			fail_device(&rig);
		rig_reset(&rig);
		if (i == 2) {
			rig.dev->faults.features_ok_refused = false;
			rig_features(&rig, 0);
		}
		rig_stop(&rig);
		clean(&rig);
		/* CORE-FEAT-07 and CORE-INIT-05. */
		assert_int_equal(fake_port_free(rig.port), i ? 0 : 2);
	}
}

static void suspended(struct rig *rig)
{
	started(rig);
	rig_wr(rig, FAKE_REG_STATUS, 15 | 16);
}

static void never_ok(struct rig *rig)
{
	rig_features(rig, 0);
	rig_look(rig, 0);
	rig_place(rig, 0);
	rig_enable(rig, 0);
	clean(rig);
	rig_kick(rig, 0);
}

static void not_reset(struct rig *rig)
{
	rig_probe(rig);
	rig_wr(rig, FAKE_REG_STATUS, FAKE_ACKNOWLEDGE);
}

/* --- configuration --- */

static const struct fake_field fields[] = {
	{ .off = 0, .width = 4, .count = 2 },
	{ .width = 0 },
};

static void long_config(struct rig *rig)
{
	rig->dev->fields = fields;
	rig->dev->config_len = 64;
	look_at_offer(rig);
	fail_device(rig);
}

static void torn_config(struct rig *rig)
{
	const uint8_t other = 1;

	rig->dev->fields = fields;
	rig->dev->config_len = 8;
	started(rig);
	rig_rd(rig, FAKE_REG_CONFIG_GENERATION);
	rig_config(rig, 0, 4);
	fake_config_at(rig->dev, 1, 0, &other, 1);
	rig_config(rig, 4, 4);
	rig_rd(rig, FAKE_REG_CONFIG_GENERATION);
	clean(rig);
	rig_wr(rig, FAKE_REG_INTERRUPT_ACK, 0);
}

static void reads_again_after_a_change(void **state)
{
	const uint8_t other = 1;
	struct rig rig = rig_new(2);

	(void)state;
	rig.dev->fields = fields;
	rig.dev->config_len = 8;
	started(&rig);
	fake_config_at(rig.dev, 2, 0, &other, 1);
	for (unsigned i = 0; i < 2; i++) {
		rig_rd(&rig, FAKE_REG_CONFIG_GENERATION);
		rig_config(&rig, 0, 4);
		rig_config(&rig, 4, 4);
		rig_rd(&rig, FAKE_REG_CONFIG_GENERATION);
	}
	assert_int_equal(fake_check_armed(rig.port, "CORE-CFG-01"), 1);
	rig_stop(&rig);
	FAKE_FREE_CLEAN(rig.port);
}

/* --- interrupts, and worse --- */

static void put_off_by_interrupt(struct rig *rig)
{
	started(rig);
	fake_irq(rig->dev, 1);
	fail_device(rig);
}

static void odd_bits(struct rig *rig)
{
	started(rig);
	rig->dev->faults.isr_extra = 0x80;
	fake_irq(rig->dev, 2);
	rig_rd(rig, FAKE_REG_INTERRUPT_STATUS);
	clean(rig);
}

static void put_off_by_odd_bits(struct rig *rig)
{
	odd_bits(rig);
	fail_device(rig);
}

static void odd_bits_acknowledged(struct rig *rig)
{
	odd_bits(rig);
	rig_wr(rig, FAKE_REG_INTERRUPT_ACK, 0x82);
}

static void no_acknowledge(struct rig *rig)
{
	started(rig);
	fake_irq(rig->dev, 2);
	rig_rd(rig, FAKE_REG_INTERRUPT_STATUS);
	rig_rd(rig, FAKE_REG_INTERRUPT_STATUS);
}

static void other_acknowledged(struct rig *rig)
{
	started(rig);
	fake_irq(rig->dev, 3);
	rig_rd(rig, FAKE_REG_INTERRUPT_STATUS);
	rig_wr(rig, FAKE_REG_INTERRUPT_ACK, 1);
}

static void unseen_acknowledged(struct rig *rig)
{
	started(rig);
	rig_wr(rig, FAKE_REG_INTERRUPT_ACK, 2);
}

static void works_on_a_broken_device(struct rig *rig)
{
	started(rig);
	fake_needs_reset(rig->dev);
	rig_rd(rig, FAKE_REG_STATUS);
	rig_echo(rig, 0);
}

/* --- version 1 --- */

static void size_not_asked(struct rig *rig)
{
	rig_features(rig, 0);
	rig_wr(rig, FAKE_REG_QUEUE_SEL, 0);
	rig_rd(rig, FAKE_REG_QUEUE_PFN);
	rig_wr(rig, FAKE_REG_QUEUE_SIZE, 8);
}

/* The available ring stands behind the descriptors, not a page further. */
static void other_layout(struct rig *rig)
{
	started(rig);
	rig_put16(rig, RIG_USED + 2, 1);
	rig_kick(rig, 0);
}

static void big_endian(struct rig *rig)
{
	started(rig);
	rig_put16(rig, RIG_AVAIL + 2, 0x100);
	rig_kick(rig, 0);
}

static void features_ok_on_legacy(struct rig *rig)
{
	rig_features(rig, 0);
	clean(rig);
	rig_wr(rig, FAKE_REG_STATUS, 11);
}

static const struct rig_bad bads[] = {
	{ "MMIO-REG-10", 2, placeholder_used },
	{ "MMIO-INIT-03", 2, placeholder_used },
	{ "MMIO-REG-11", 2, placeholder_reported },
	{ "MMIO-INIT-06", 2, not_reset },
	{ "CORE-FEAT-04", 2, reserved_put_off },
	{ "CORE-FEAT-04", 2, reserved_accepted },
	{ "CORE-FEAT-05", 2, of_no_type_accepted },
	{ "CORE-FEAT-08", 2, reserved_put_off },
	{ "CORE-FEAT-08", 2, unknown_put_off },
	{ "CORE-FEAT-07", 2, refusal_ignored },
	{ "CORE-INIT-05", 2, refusal_ignored },
	{ "CORE-INIT-06", 2, on_after_failed },
	{ "CORE-INIT-01h", 2, never_ok },
	{ "CORE-SUSP-01", 2, suspended },
	{ "CORE-CFG-01", 2, torn_config },
	{ "CORE-CFG-02", 2, torn_config },
	{ "CORE-CFG-04", 2, long_config },
	{ "CORE-CFG-05", 2, long_config },
	{ "CORE-STATUS-04", 2, works_on_a_broken_device },
	{ "SPLIT-USEDSUP-05", 2, put_off_by_interrupt },
	{ "MMIO-REG-18", 2, put_off_by_odd_bits },
	{ "MMIO-REG-18", 2, odd_bits_acknowledged },
	{ "MMIO-REG-19", 2, no_acknowledge },
	{ "MMIO-REG-19", 2, unseen_acknowledged },
	{ "MMIO-INT-03", 2, other_acknowledged },
	{ "LEG-CORE-01", 2, no_version_1 },
	{ "LEG-CORE-02", 1, features_ok_on_legacy },
	{ "LEG-RING-01", 1, size_not_asked },
	{ "LEG-RING-03", 1, other_layout },
	{ "LEG-RING-04", 1, big_endian },
};

int main(void)
{
	const struct CMUnitTest good[] = {
		cmocka_unit_test(a_refusal_must_be_answered),
		cmocka_unit_test(reads_again_after_a_change),
	};
	int failed = cmocka_run_group_tests(good, NULL, NULL);

	return failed + rig_run_bads(bads, sizeof(bads) / sizeof(*bads));
}
