/* SPDX-License-Identifier: MIT */
/* Features: what is offered, wished for, refused, needed, and agreed on. */
#include "rig.h"

static int begin(struct rig *r)
{
	return lev_device_begin(&r->dev,
				lev_device_deadline(&r->dev, RIG_SECOND));
}

/* Another driver takes the device over, and has agreed on nothing yet. */
static void drive(struct rig *r, const struct lev_driver *driver)
{
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	lev_device_release(&r->dev);
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, driver), 0);
}

static uint64_t bit(unsigned n)
{
	return (uint64_t)1 << n;
}

static uint64_t accepted(const struct rig *r)
{
	return (uint64_t)r->dev.accepted.word[1] << 32 |
	       r->dev.accepted.word[0];
}

/* --- the choice --- */

/* Chapter 6, and our own driver's. */
static uint64_t known_bits(const struct rig *r)
{
	const uint64_t both =
		bit(FAKE_F_INDIRECT) | bit(FAKE_F_EVENT_IDX) | bit(RIG_FEATURE);

	if (r->shape.version == 1)
		return both | bit(FAKE_F_ANY_LAYOUT);
	return both | bit(FAKE_F_VERSION_1) | bit(FAKE_F_ACCESS_PLATFORM) |
	       bit(FAKE_F_RING_PACKED) | bit(FAKE_F_IN_ORDER) |
	       bit(FAKE_F_ORDER_PLATFORM) | bit(FAKE_F_NOTIFICATION_DATA) |
	       bit(FAKE_F_RING_RESET);
}

/* Whatever is offered: accepted is what of it is known, and nothing else. */
static void offers(struct rig *r)
{
	const bool modern = r->shape.version == 2;

	for (unsigned i = 0; i < 300; i++) {
		uint64_t offer = rig_random() | (uint64_t)rig_random() << 32;
		uint64_t want;

		if (modern)
			offer |= bit(FAKE_F_VERSION_1);
		r->fake->features[0] = offer;
		r->fake->features[1] = rig_random();
		want = offer & known_bits(r);
		RIG_EQ(r, begin(r), 0);
		RIG_EQ(r, r->fake->driver_features[0], want);
		RIG_EQ(r, r->fake->driver_features[1], 0);
		RIG_EQ(r, accepted(r), want);
		RIG_EQ(r, r->dev.offered.word[0], (uint32_t)offer);
		RIG_EQ(r, r->dev.offered.word[1],
		       modern ? (uint32_t)(offer >> 32) : 0);
		for (unsigned n = 0; n < 64; n++)
			RIG_EQ(r, lev_device_has(&r->dev, n), want >> n & 1);
		RIG_CHECK(r, !lev_device_has(&r->dev, 128));
		RIG_CHECK(r, !lev_device_has(&r->dev, UINT32_MAX));
		drive(r, &rig_driver);
	}
}

static void accepted_is_what_is_offered_and_known(void **state)
{
	(void)state;
	rig_each_version(offers);
}

/* NOTIFY_ON_EMPTY and the bit of bad memory: offered by old devices (6.4). */
static void old_bits(struct rig *r)
{
	if (r->shape.version == 2)
		return;
	r->fake->features[0] |= bit(24) | bit(30);
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, r->fake->driver_features[0] & (bit(24) | bit(30)), 0);
	rig_echo(r);
}

static void legacy_bits_that_we_do_not_know_are_left(void **state)
{
	(void)state;
	rig_each_version(old_bits);
}

static void refusals(struct rig *r)
{
	const uint64_t known = known_bits(r);
	struct lev_features *refused = &r->transport->refused;

	/* A driver should accept these; a caller knows better. */
	fake_ignore(r->port, "CORE-RFEAT-03");
	fake_ignore(r->port, "CORE-RFEAT-06");
	fake_ignore(r->port, "CORE-RFEAT-07");
	for (unsigned n = 0; n < 64; n++) {
		const bool needed =
			n == FAKE_F_VERSION_1 && r->shape.version == 2;

		r->fake->features[0] = known;
		lev_features_set(refused, n);
		if (needed) {
			RIG_EQ(r, begin(r), LEV_ERR_NOTSUP);
			RIG_CHECK(r, r->fake->status & FAKE_FAILED);
		} else {
			RIG_EQ(r, begin(r), 0);
			RIG_EQ(r, accepted(r), known & ~bit(n));
			RIG_EQ(r, r->fake->driver_features[0], known & ~bit(n));
		}
		lev_features_clear(refused, n);
		drive(r, &rig_driver);
	}
}

static void the_caller_refuses_any_feature(void **state)
{
	(void)state;
	rig_each_version(refusals);
}

/* How the caller chooses the ring. */
static void no_packed_ring(struct rig *r)
{
	if (r->shape.version == 1)
		return;
	fake_ignore(r->port, "CORE-RFEAT-06"); /* it should be accepted */
	r->fake->features[0] |= bit(FAKE_F_RING_PACKED);
	RIG_EQ(r, rig_start(r), 0);
	RIG_CHECK(r, r->fq->packed);
	rig_echo(r);
	rig_down(r);
	lev_features_set(&r->transport->refused, LEV_F_RING_PACKED);
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
	RIG_EQ(r, rig_start(r), 0);
	RIG_CHECK(r, !r->fq->packed);
	RIG_CHECK(r, fake_log_has(r->port, "entries, split"));
	rig_echo(r);
}

static void without_the_packed_ring_it_is_split(void **state)
{
	(void)state;
	rig_each_version(no_packed_ring);
}

/* A transport that cannot stop one queue does not say that it can. */
static void cannot_stop(struct rig *r)
{
	struct lev_transport_ops ops = *r->transport->ops;

	ops.queue_reset = NULL;
	ops.queue_stopped = NULL;
	r->transport->ops = &ops;
	r->fake->features[0] |= bit(FAKE_F_RING_RESET);
	RIG_EQ(r, rig_start(r), 0);
	RIG_CHECK(r, !lev_device_has(&r->dev, LEV_F_RING_RESET));
	RIG_EQ(r, lev_queue_reset(&r->queue), LEV_ERR_NOTSUP);
	rig_echo(r);
	rig_down(r);
}

static void ring_reset_needs_a_transport_that_can(void **state)
{
	(void)state;
	rig_each_version(cannot_stop);
}

/* MMIO has no register for it. */
static void no_ids_of_its_own(struct rig *r)
{
	r->fake->features[0] |= bit(FAKE_F_NOTIF_CONFIG_DATA);
	RIG_EQ(r, rig_start(r), 0);
	RIG_CHECK(r,
		  lev_features_has(&r->dev.offered, LEV_F_NOTIF_CONFIG_DATA) ==
			  (r->shape.version == 2));
	RIG_CHECK(r, !lev_device_has(&r->dev, LEV_F_NOTIF_CONFIG_DATA));
	rig_echo(r);
	rig_down(r);
}

static void doorbell_ids_need_a_transport_that_has_them(void **state)
{
	(void)state;
	rig_each_version(no_ids_of_its_own);
}

/* --- names, and what is said --- */

static void names(struct rig *r)
{
	const bool modern = r->shape.version == 2;
	static const struct {
		unsigned bit;
		const char *name;
		bool legacy, modern;
	} known[] = {
		{ RIG_FEATURE, "RIG", true, true },
		{ LEV_F_ANY_LAYOUT, "ANY_LAYOUT", true, false },
		{ LEV_F_INDIRECT_DESC, "INDIRECT_DESC", true, true },
		{ LEV_F_EVENT_IDX, "EVENT_IDX", true, true },
		{ LEV_F_VERSION_1, "VERSION_1", false, true },
		{ LEV_F_ACCESS_PLATFORM, "ACCESS_PLATFORM", false, true },
		{ LEV_F_RING_PACKED, "RING_PACKED", false, true },
		{ LEV_F_IN_ORDER, "IN_ORDER", false, true },
		{ LEV_F_ORDER_PLATFORM, "ORDER_PLATFORM", false, true },
		{ LEV_F_NOTIFICATION_DATA, "NOTIFICATION_DATA", false, true },
		{ LEV_F_NOTIF_CONFIG_DATA, "NOTIF_CONFIG_DATA", false, true },
		{ LEV_F_RING_RESET, "RING_RESET", false, true },
	};

	for (unsigned n = 0; n < 200; n++) {
		const char *want = NULL;
		const char *got = lev_device_feature_name(&r->dev, n);

		for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (known[i].bit == n &&
			    (modern ? known[i].modern : known[i].legacy))
				want = known[i].name;
		if (!want)
			assert_null(got);
		else
			assert_string_equal(got, want);
	}
}

static void features_have_names(void **state)
{
	(void)state;
	rig_each_version(names);
}

static void expect_line(struct rig *r, const char *what, uint64_t value)
{
	char line[64];

	snprintf(line, sizeof(line), "rig: %s 0x%llx", what,
		 (unsigned long long)value);
	if (!fake_log_has(r->port, line))
		fail_msg("[%s] the log has no \"%s\"", r->name, line);
}

static void lines(struct rig *r)
{
	const uint64_t offer = r->fake->features[0] | 1 << 9;

	r->fake->features[0] = offer;
	r->fake->features[1] = 5; /* nobody asks for these */
	RIG_EQ(r, begin(r), 0);
	expect_line(r, "offered", offer);
	expect_line(r, "accepted", offer & known_bits(r));
	RIG_CHECK(r, !fake_log_has(r->port, "above bit 63"));
}

static void the_log_has_what_was_offered_and_accepted(void **state)
{
	(void)state;
	rig_each_version(lines);
}

/* --- needed --- */

static const struct lev_feature seven[] = { { 7, true, "SEVEN" } };
static const struct lev_driver seven_driver = {
	.device_id = RIG_DEVICE_ID,
	.name = "rig",
	.features = seven,
	.feature_count = 1,
};

static void required(struct rig *r)
{
	drive(r, &seven_driver);
	RIG_EQ(r, begin(r), LEV_ERR_NOTSUP);
	RIG_CHECK(r, r->fake->status & FAKE_FAILED);
	RIG_EQ(r, r->dev.state, LEV_DEVICE_RESET);
	RIG_CHECK(r, fake_log_has(r->port, "SEVEN (7) is needed"));
	r->fake->features[0] |= bit(7);
	RIG_EQ(r, begin(r), 0);
	RIG_CHECK(r, lev_device_has(&r->dev, 7));
	drive(r, &seven_driver);
	lev_features_set(&r->transport->refused, 7);
	RIG_EQ(r, begin(r), LEV_ERR_NOTSUP);
}

static void a_missing_required_feature_fails_the_device(void **state)
{
	(void)state;
	rig_each_version(required);
}

static void without_version_1(struct rig *r)
{
	r->fake->features[0] &= ~bit(FAKE_F_VERSION_1);
	if (r->shape.version == 1) {
		RIG_EQ(r, begin(r), 0);
		return;
	}
	RIG_EQ(r, begin(r), LEV_ERR_NOTSUP);
	RIG_EQ(r, r->fake->driver_features[0], 0);
	RIG_CHECK(r, r->fake->status & FAKE_FAILED);
	RIG_CHECK(r, !(r->fake->status & FAKE_FEATURES_OK));
	RIG_CHECK(r, fake_log_has(r->port, "VERSION_1 (32) is needed"));
}

static void version_1_is_required_of_version_2(void **state)
{
	(void)state;
	rig_each_version(without_version_1);
}

static void not_ok(struct rig *r)
{
	r->fake->faults.features_ok_refused = true;
	if (r->shape.version == 1) {
		/* There is no such step (3.1.2). */
		RIG_EQ(r, rig_start(r), 0);
		rig_echo(r);
		return;
	}
	RIG_EQ(r, begin(r), LEV_ERR_NOTSUP);
	RIG_CHECK(r, r->fake->status & FAKE_FAILED);
	RIG_CHECK(r, !(r->fake->status & FAKE_DRIVER_OK));
	r->fake->faults.features_ok_refused = false;
	RIG_EQ(r, rig_start(r), 0);
	rig_echo(r);
}

static void features_ok_that_does_not_stick_fails_the_device(void **state)
{
	(void)state;
	rig_each_version(not_ok);
}

/* --- rules --- */

enum { BITS = 6, RULES = 6 };

static const struct lev_feature six[BITS] = {
	{ 0, false, "A" }, { 1, false, "B" }, { 2, false, "C" },
	{ 3, false, "D" }, { 4, false, "E" }, { 5, false, "F" },
};
static struct lev_feature_rule table[RULES];
static struct lev_driver ruled = {
	.device_id = RIG_DEVICE_ID,
	.name = "rig",
	.features = six,
	.feature_count = BITS,
	.rules = table,
};

static bool rules_hold(uint64_t set)
{
	for (unsigned i = 0; i < ruled.rule_count; i++) {
		bool any = !(set >> table[i].bit & 1);

		for (unsigned k = 0; k < table[i].count; k++)
			any |= set >> table[i].any_of[k] & 1;
		if (!any)
			return false;
	}
	return true;
}

/*
 * Found by trying them all: the most that may be accepted of an offer. Two
 * sets that may be accepted make one together, so there is a largest.
 */
static uint64_t most(uint64_t offer)
{
	uint64_t all = 0;

	for (uint64_t set = 0; set < 1 << BITS; set++)
		if (!(set & ~offer) && rules_hold(set))
			all |= set;
	return all;
}

static void try_rules(struct rig *r)
{
	const uint64_t others = r->fake->features[0] & ~(bit(BITS) - 1);

	for (uint64_t offer = 0; offer < 1 << BITS; offer++) {
		r->fake->features[0] = others | offer;
		drive(r, &ruled);
		RIG_EQ(r, begin(r), 0);
		RIG_EQ(r, accepted(r) & (bit(BITS) - 1), most(offer));
		RIG_EQ(r, r->fake->driver_features[0], accepted(r));
	}
}

/* F needs E needs D needs C, in every order of the table. */
static void chains(struct rig *r)
{
	ruled.rule_count = 4;
	for (unsigned order = 0; order < 24; order++) {
		unsigned left[] = { 2, 3, 4, 5 };
		unsigned rest = order;

		for (unsigned i = 0; i < 4; i++) {
			const unsigned pick = rest % (4 - i);

			rest /= 4 - i;
			table[i].bit = (uint8_t)left[pick];
			table[i].count = 1;
			table[i].any_of[0] = (uint8_t)(left[pick] - 1);
			left[pick] = left[3 - i];
		}
		try_rules(r);
	}
}

static void rules_are_followed_in_any_order_of_the_table(void **state)
{
	(void)state;
	rig_each_version(chains);
}

/* Any of several, circles, rules on one bit twice, ground that never is. */
static void any_rules(struct rig *r)
{
	for (unsigned round = 0; round < 60; round++) {
		ruled.rule_count = 1 + rig_random() % RULES;
		for (unsigned i = 0; i < ruled.rule_count; i++) {
			table[i].bit = (uint8_t)(rig_random() % BITS);
			table[i].count = (uint8_t)(rig_random() % 5);
			for (unsigned k = 0; k < 4; k++)
				table[i].any_of[k] =
					(uint8_t)(rig_random() % BITS);
		}
		try_rules(r);
	}
}

static void what_stands_on_nothing_is_not_accepted(void **state)
{
	(void)state;
	rig_each_version(any_rules);
}

static const struct lev_feature needy[] = {
	{ 0, false, "GROUND" },
	{ 1, false, "FLOOR" },
	{ 2, true, "ROOF" },
};
static const struct lev_feature_rule storeys[] = {
	{ 2, 1, { 1 } },
	{ 1, 2, { 0, LEV_F_EVENT_IDX } },
};
static const struct lev_driver needy_driver = {
	.device_id = RIG_DEVICE_ID,
	.name = "rig",
	.features = needy,
	.feature_count = 3,
	.rules = storeys,
	.rule_count = 2,
};

/* It is offered, but what it stands on is not, or is refused. */
static void needed_without_ground(struct rig *r)
{
	const uint64_t others = r->fake->features[0] & ~bit(FAKE_F_EVENT_IDX);

	r->fake->features[0] = others | 7;
	drive(r, &needy_driver);
	RIG_EQ(r, begin(r), 0);
	RIG_EQ(r, accepted(r) & 7, 7);
	r->fake->features[0] = others | 6;
	drive(r, &needy_driver);
	RIG_EQ(r, begin(r), LEV_ERR_NOTSUP);
	RIG_CHECK(r, fake_log_has(r->port, "ROOF (2) is needed"));
	RIG_CHECK(r, r->fake->status & FAKE_FAILED);
	/* A common one is as good. */
	r->fake->features[0] |= bit(FAKE_F_EVENT_IDX);
	RIG_EQ(r, begin(r), 0);
	RIG_EQ(r, accepted(r) & 7, 6);
	lev_features_set(&r->transport->refused, LEV_F_EVENT_IDX);
	drive(r, &needy_driver);
	RIG_EQ(r, begin(r), LEV_ERR_NOTSUP);
}

static void a_required_feature_may_lose_its_ground(void **state)
{
	(void)state;
	rig_each_version(needed_without_ground);
}

/* --- 128 bits --- */

static const struct lev_feature high[] = {
	{ 64, false, "H64" },
	{ 95, false, "H95" },
	{ 96, false, "H96" },
	{ 127, false, "H127" },
};
static const struct lev_driver word_3 = {
	.device_id = RIG_DEVICE_ID,
	.name = "rig",
	.features = high,
	.feature_count = 4,
};
static const struct lev_driver word_2 = {
	.device_id = RIG_DEVICE_ID,
	.name = "rig",
	.features = high,
	.feature_count = 2,
};

struct words {
	unsigned read, written; /* bit n: word n was */
	uint32_t dev_sel, drv_sel;
};

static void watch_words(struct fake_dev *dev, uint32_t reg, bool write,
			uint32_t value)
{
	struct words *w = dev->arg;

	if (reg == FAKE_REG_DEVICE_FEATURES_SEL && write)
		w->dev_sel = value;
	else if (reg == FAKE_REG_DRIVER_FEATURES_SEL && write)
		w->drv_sel = value;
	else if (reg == FAKE_REG_DEVICE_FEATURES)
		w->read |= 1u << w->dev_sel;
	else if (reg == FAKE_REG_DRIVER_FEATURES)
		w->written |= 1u << w->drv_sel;
}

static void expect_words(struct rig *r, const struct lev_driver *driver,
			 unsigned modern)
{
	const unsigned want = r->shape.version == 1 ? 1 : modern;
	struct words w = { .read = 0 };

	drive(r, driver);
	r->fake->arg = &w;
	r->fake->on_access = watch_words;
	memset(r->fake->reg_reads, 0, sizeof(r->fake->reg_reads));
	memset(r->fake->reg_writes, 0, sizeof(r->fake->reg_writes));
	RIG_EQ(r, begin(r), 0);
	r->fake->on_access = NULL;
	RIG_EQ(r, w.read, want);
	RIG_EQ(r, w.written, want);
	RIG_EQ(r, bit(r->fake->reg_reads[FAKE_REG_DEVICE_FEATURES / 4]),
	       want + 1);
	RIG_EQ(r, bit(r->fake->reg_writes[FAKE_REG_DRIVER_FEATURES / 4]),
	       want + 1);
}

static void words_touched(struct rig *r)
{
	r->fake->features[1] = UINT64_MAX;
	expect_words(r, &rig_driver, 3);
	expect_words(r, &word_2, 7);
	expect_words(r, &word_3, 15);
}

static void words_nobody_knows_are_not_touched(void **state)
{
	(void)state;
	rig_each_version(words_touched);
}

static void high_bits(struct rig *r)
{
	const bool modern = r->shape.version == 2;

	for (unsigned n = 0; n < 64; n++) {
		uint64_t want = bit(n) & (bit(0) | bit(31) | bit(32) | bit(63));

		if (!modern)
			want = 0;
		r->fake->features[1] = bit(n);
		drive(r, &word_3);
		RIG_EQ(r, begin(r), 0);
		RIG_EQ(r, r->fake->driver_features[1], want);
		RIG_EQ(r, lev_device_has(&r->dev, 64 + n), want != 0);
		RIG_EQ(r, r->dev.offered.word[2],
		       modern ? (uint32_t)bit(n) : 0);
		RIG_EQ(r, r->dev.offered.word[3], modern ? bit(n) >> 32 : 0);
	}
	r->fake->features[1] = UINT64_MAX;
	drive(r, &word_3);
	RIG_EQ(r, rig_start(r), 0);
	rig_echo(r);
	if (modern) {
		expect_line(r, "offered above bit 63:", UINT64_MAX);
		expect_line(r, "accepted above bit 63:", 0x8000000180000001);
	}
	assert_string_equal(lev_device_feature_name(&r->dev, 127), "H127");
}

static void features_have_128_bits(void **state)
{
	(void)state;
	rig_each_version(high_bits);
}

/* What another driver saw of the high words is not there for the next. */
static void forgotten(struct rig *r)
{
	r->fake->features[1] = UINT64_MAX;
	drive(r, &word_3);
	RIG_EQ(r, begin(r), 0);
	drive(r, &rig_driver);
	RIG_EQ(r, begin(r), 0);
	for (unsigned i = 2; i < LEV_FEATURE_WORDS; i++) {
		RIG_EQ(r, r->dev.offered.word[i], 0);
		RIG_EQ(r, r->dev.accepted.word[i], 0);
	}
}

static void the_next_driver_begins_anew(void **state)
{
	(void)state;
	rig_each_version(forgotten);
}

/* As QEMU 7.2: word 1 stands, and is written, in place of all above it. */
static void mirrored(struct rig *r)
{
	r->fake->faults.mirror_features = true;
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, r->fake->driver_features[0],
	       r->fake->features[0] & known_bits(r));
	rig_echo(r);
}

static void a_device_that_mirrors_word_1_is_driven(void **state)
{
	(void)state;
	rig_each_version(mirrored);
}

/* --- over a reset --- */

static void changed(struct rig *r)
{
	const uint64_t first = r->fake->features[0];

	RIG_EQ(r, rig_start(r), 0);
	for (unsigned n = 0; n < 30; n++) {
		const bool matters = known_bits(r) >> n & 1;

		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		r->fake->features[0] = first ^ bit(n);
		RIG_EQ(r, rig_start(r), matters ? LEV_ERR_PROTO : 0);
		if (matters)
			RIG_CHECK(r, r->fake->status & FAKE_FAILED);
	}
	RIG_CHECK(r, fake_log_has(r->port, "features changed over a reset"));
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	r->fake->features[0] = first;
	RIG_EQ(r, rig_start(r), 0);
	/* A new owner agrees anew. */
	rig_down(r);
	r->fake->features[0] = first & ~bit(FAKE_F_INDIRECT);
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
	RIG_EQ(r, rig_start(r), 0);
	rig_echo(r);
}

static void features_may_not_change_over_a_reset(void **state)
{
	(void)state;
	rig_each_version(changed);
}

/* Each reset turns to the other set; what we do not know may change. */
static void swapped(struct rig *r)
{
	struct fake_faults *faults = &r->fake->faults;

	faults->other_features[0] = r->fake->features[0] | bit(9) | bit(60);
	faults->swap_features = true;
	for (unsigned i = 0; i < 4; i++) {
		RIG_EQ(r, rig_start(r), 0);
		rig_echo(r);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
	}
	faults->other_features[0] ^= bit(FAKE_F_EVENT_IDX);
	RIG_EQ(r, rig_start(r), LEV_ERR_PROTO);
	RIG_EQ(r, rig_start(r), 0); /* the first set again */
	faults->swap_features = false;
	rig_echo(r);
}

static void features_that_swap_at_each_reset(void **state)
{
	(void)state;
	rig_each_version(swapped);
}

/* --- what follows from them --- */

static void platform_order(struct rig *r)
{
	if (r->shape.version == 1)
		return;
	RIG_EQ(r, rig_start(r), 0);
	RIG_CHECK(r, !r->queue.platform);
	rig_down(r);
	for (unsigned i = 0; i < 4; i++) {
		r->fake->features[0] |= bit(FAKE_F_ORDER_PLATFORM);
		r->fake->features[0] &=
			~(bit(FAKE_F_RING_PACKED) | bit(FAKE_F_IN_ORDER));
		r->fake->features[0] |= (i & 1 ? bit(FAKE_F_RING_PACKED) : 0) |
					(i & 2 ? bit(FAKE_F_IN_ORDER) : 0);
		RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver),
		       0);
		RIG_EQ(r, rig_start(r), 0);
		RIG_CHECK(r, lev_device_has(&r->dev, LEV_F_ORDER_PLATFORM));
		RIG_CHECK(r, r->queue.platform);
		for (unsigned k = 0; k < 40; k++)
			rig_echo(r);
		rig_down(r);
	}
}

static void queues_know_of_order_platform(void **state)
{
	(void)state;
	rig_each_version(platform_order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted_is_what_is_offered_and_known),
		cmocka_unit_test(legacy_bits_that_we_do_not_know_are_left),
		cmocka_unit_test(the_caller_refuses_any_feature),
		cmocka_unit_test(without_the_packed_ring_it_is_split),
		cmocka_unit_test(ring_reset_needs_a_transport_that_can),
		cmocka_unit_test(doorbell_ids_need_a_transport_that_has_them),
		cmocka_unit_test(features_have_names),
		cmocka_unit_test(the_log_has_what_was_offered_and_accepted),
		cmocka_unit_test(a_missing_required_feature_fails_the_device),
		cmocka_unit_test(version_1_is_required_of_version_2),
		cmocka_unit_test(
			features_ok_that_does_not_stick_fails_the_device),
		cmocka_unit_test(rules_are_followed_in_any_order_of_the_table),
		cmocka_unit_test(what_stands_on_nothing_is_not_accepted),
		cmocka_unit_test(a_required_feature_may_lose_its_ground),
		cmocka_unit_test(words_nobody_knows_are_not_touched),
		cmocka_unit_test(features_have_128_bits),
		cmocka_unit_test(the_next_driver_begins_anew),
		cmocka_unit_test(a_device_that_mirrors_word_1_is_driven),
		cmocka_unit_test(features_may_not_change_over_a_reset),
		cmocka_unit_test(features_that_swap_at_each_reset),
		cmocka_unit_test(queues_know_of_order_platform),
	};

	return cmocka_run_group_tests_name("features", tests, NULL, NULL);
}
