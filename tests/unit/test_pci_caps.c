/* SPDX-License-Identifier: MIT */
/*
 * Capability lists of every kind: what is odd and must be put up with, what is
 * broken and must be refused, and none of it touches anything that it should
 * not. Beside each broken structure there may be a good one.
 */
#include "rig.h"

enum { NEXT = 1, LEN = 2, TYPE = 3, BAR = 4, OFFSET = 8, LENGTH = 12 };
enum { CAPS = 0x34, STATUS = 0x06 };

static const struct rig_shape modern = {
	.version = 2, .size = 16, .pci = true, .config = 16
};

/* Capabilities end in the first 256 bytes: what is behind is no probe's. */
enum { SPACE = 256 };

static uint32_t space_read(void *ctx, uint16_t function, uint32_t off,
			   unsigned width)
{
	assert_true(off + width <= SPACE);
	return fake_pci_config_read(ctx, function, off, width);
}

static void space_write(void *ctx, uint16_t function, uint32_t off,
			unsigned width, uint32_t value)
{
	assert_true(off + width <= SPACE);
	fake_pci_config_write(ctx, function, off, width, value);
}

static struct rig *build_with_window(void)
{
	struct rig *r = rig_build(&modern);

	r->host.access = LEV_PCI_OWN;
	r->host.config_read = space_read;
	r->host.config_write = space_write;
	r->host.ctx = r->bus;
	return r;
}

static struct rig *build(void)
{
	struct rig *r = build_with_window();

	/* Without the window, what cannot be mapped is out of reach. */
	fake_pci_cap_drop(r->f, fake_pci_cap(r->f, FAKE_CAP_WINDOW));
	return r;
}

static void put32(uint8_t *bytes, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
}

/* Place it, probe it; if that works all must. Returns what the probe said. */
static int try(struct rig *r, const char *name)
{
	int err;

	snprintf(r->name, sizeof(r->name), "%s", name);
	fake_pci_place(r->bus);
	err = rig_probe(r);
	RIG_EQ(r, r->fake->resets, 0);
	RIG_CHECK(r, r->bus->config_reads < 2000);
	if (!err) {
		RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver),
		       0);
		RIG_EQ(r, rig_start(r), 0);
		rig_echo(r);
	}
	rig_free(r);
	return err;
}

/* --- a field of one structure --- */

/* What makes a structure unusable. */
static const struct bad_field {
	const char *name;
	uint8_t off, width;
	uint32_t value;
	uint8_t types; /* bits: of which types; the others do not mind */
} bad_fields[] = {
	{ "type 0", TYPE, 1, 0, 0x0e },
	{ "a reserved type", TYPE, 1, 6, 0x0e },
	{ "the last type", TYPE, 1, 255, 0x0e },
	{ "another id", 0, 1, 5, 0x0e },
	{ "bar 6", BAR, 1, 6, 0x0e },
	{ "bar 7", BAR, 1, 7, 0x0e },
	{ "bar 255", BAR, 1, 255, 0x0e },
	{ "a bar that is not there", BAR, 1, 0, 0x0e },
	{ "the upper half of a bar", BAR, 1, 5, 0x0e },
	{ "cap_len 0", LEN, 1, 0, 0x0e },
	{ "cap_len 15", LEN, 1, 15, 0x0e },
	{ "no room for a multiplier", LEN, 1, 19, 0x04 },
	{ "beyond configuration space", LEN, 1, 255, 0x0e },
	{ "offset beyond the bar", OFFSET, 4, 0x4000, 0x0e },
	{ "offset at 4 GiB", OFFSET, 4, 0xfffffffc, 0x0e },
	{ "an unaligned offset", OFFSET, 4, 2, 0x02 },
	{ "an odd offset", OFFSET, 4, 0x3001, 0x06 },
	{ "length 0", LENGTH, 4, 0, 0x0e },
	{ "length 4 GiB", LENGTH, 4, 0xffffffff, 0x0e },
	{ "a length beyond the bar", LENGTH, 4, 0x4004, 0x0e },
	{ "too short", LENGTH, 4, 0x37, 0x02 },
	{ "too short for a bell", LENGTH, 4, 1, 0x04 },
};

static void put_field(struct rig *r, unsigned cap, const struct bad_field *bad)
{
	if (bad->width == 4)
		put32(r->f->cfg + cap + bad->off, bad->value);
	else
		r->f->cfg[cap + bad->off] = (uint8_t)bad->value;
}

static unsigned type_of(unsigned i)
{
	return FAKE_CAP_COMMON + i;
}

static void a_broken_structure_is_none(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3 * sizeof(bad_fields) / sizeof(*bad_fields);
	     i++) {
		const struct bad_field *bad = &bad_fields[i / 3];
		const unsigned type = type_of(i % 3);
		struct rig *r = build();

		if (bad->types >> type & 1) {
			put_field(r, fake_pci_cap(r->f, type), bad);
			if (try(r, bad->name) != LEV_ERR_NOTSUP)
				fail_msg("%s, type %u", bad->name, type);
		} else {
			rig_free(r);
		}
	}
}

/* The same at the head of the list, and the good one further on. */
static void the_first_usable_one_is_used(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3 * sizeof(bad_fields) / sizeof(*bad_fields);
	     i++) {
		const struct bad_field *bad = &bad_fields[i / 3];
		const unsigned type = type_of(i % 3);
		struct rig *r = build();
		unsigned cap;

		if (!(bad->types >> type & 1)) {
			rig_free(r);
			continue;
		}
		cap = fake_pci_cap_add(r->f, true, 20, (uint8_t)type, 4, 0,
				       0x1000);
		put_field(r, cap, bad);
		if (try(r, bad->name))
			fail_msg("%s, type %u", bad->name, type);
	}
}

/* Two good ones: the first is it. */
static void the_first_of_two_is_used(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const unsigned type = type_of(i);
		struct rig *r = build();

		fake_pci_move(r->f, FAKE_CAP_COMMON, 4, 0, 0x40);
		fake_pci_cap_add(r->f, false, 20, (uint8_t)type, 4, 0x800,
				 0x40);
		RIG_EQ(r, try(r, "two of a type"), 0);
	}
}

static void first_in_a_bar_that_is_refused(struct rig *r, unsigned type)
{
	fake_pci_bar(r->f, 2, 0x1000, FAKE_BAR_MEMORY);
	fake_pci_cap_add(r->f, true, 20, (uint8_t)type, 2, 0, 0x100);
	r->f->unmappable[2] = true;
}

/* Even where the window would lead to the first. */
static void one_that_can_be_mapped_is_better(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct rig *r = i & 1 ? build() : build_with_window();

		first_in_a_bar_that_is_refused(r, type_of(i));
		RIG_EQ(r, try(r, "the first is refused"), 0);
	}
}

/* --- what must be put up with --- */

static void odd_ones_are_accepted(void **state)
{
	struct rig *r;

	(void)state;
	r = build();
	r->f->cfg[fake_pci_cap(r->f, FAKE_CAP_COMMON) + LEN] = 40;
	r->f->cfg[fake_pci_cap(r->f, FAKE_CAP_NOTIFY) + LEN] = 28;
	RIG_EQ(r, try(r, "long capabilities"), 0);

	r = build();
	fake_pci_bar(r->f, 2, (uint64_t)1 << 32,
		     FAKE_BAR_WIDE | FAKE_BAR_PREFETCH);
	r->bus->memory64.len = r->host.memory64.len = (uint64_t)1 << 34;
	fake_pci_move(r->f, FAKE_CAP_COMMON, 2, 0, UINT32_MAX);
	fake_pci_move(r->f, FAKE_CAP_NOTIFY, 2, 0x10000, 0x80000000);
	fake_pci_move(r->f, FAKE_CAP_ISR, 2, 0xffffffff, 1);
	r->f->common.len = 0x1000;
	RIG_EQ(r, try(r, "large structures"), 0);

	r = build();
	fake_pci_cap_add(r->f, true, 24, FAKE_CAP_VENDOR, 0x86, 0, 0);
	fake_pci_cap_add(r->f, true, 16, 0x77, 4, 0, 0x1000);
	fake_pci_cap_add(r->f, true, 4, 0, 0, 0, 0);
	RIG_EQ(r, try(r, "reserved types and a vendor's own"), 0);

	r = build();
	fake_pci_cap_drop(r->f, fake_pci_cap(r->f, FAKE_CAP_DEVICE));
	r->f->config.len = 0;
	RIG_EQ(r, try(r, "no configuration"), 0);

	/* The low two bits of a pointer are nobody's. */
	r = build();
	r->f->cfg[CAPS] |= 3;
	r->f->cfg[fake_pci_cap(r->f, FAKE_CAP_COMMON) + NEXT] |= 2;
	RIG_EQ(r, try(r, "unaligned pointers"), 0);
}

/* --- the list --- */

static void lists_that_lead_nowhere(void **state)
{
	struct rig *r;
	unsigned cap;

	(void)state;
	r = build();
	r->f->cfg[CAPS] = 0;
	RIG_EQ(r, try(r, "no list"), LEV_ERR_NOTSUP);

	r = build();
	r->f->cfg[STATUS] &= (uint8_t)~0x10;
	RIG_EQ(r, lev_pci_probe(&r->pci, &r->host, 0), LEV_ERR_NOTSUP);
	rig_free(r);

	r = build();
	r->f->cfg[CAPS] = 0x10;
	RIG_EQ(r, try(r, "into the header"), LEV_ERR_NOTSUP);

	r = build();
	cap = fake_pci_cap(r->f, FAKE_CAP_COMMON);
	r->f->cfg[cap + NEXT] = (uint8_t)cap;
	RIG_EQ(r, try(r, "a loop of one"), LEV_ERR_NOTSUP);

	r = build();
	r->f->cfg[fake_pci_cap(r->f, FAKE_CAP_ISR) + NEXT] = (uint8_t)cap;
	RIG_EQ(r, try(r, "a loop of two"), LEV_ERR_NOTSUP);

	r = build();
	r->f->cfg[fake_pci_cap(r->f, FAKE_CAP_ISR) + NEXT] = 0xfc;
	RIG_EQ(r, try(r, "to the very end"), LEV_ERR_NOTSUP);

	r = build();
	r->f->cfg[fake_pci_cap(r->f, FAKE_CAP_ISR) + NEXT] = 0x3c;
	RIG_EQ(r, try(r, "back into the header"), LEV_ERR_NOTSUP);

	/* A loop behind all that is needed does no harm. */
	r = build();
	r->f->cfg[fake_pci_msix_cap(r->f) + NEXT] = (uint8_t)cap;
	RIG_EQ(r, try(r, "a loop behind all"), 0);
}

/* Have the list lead to the capability's bytes at to instead. */
static void cap_move(struct rig *r, unsigned type, unsigned to)
{
	const unsigned cap = fake_pci_cap(r->f, type);

	memcpy(r->f->cfg + to, r->f->cfg + cap, 20);
	r->f->cfg[cap + TYPE] = 99;
	r->f->cfg[cap + NEXT] = (uint8_t)to;
}

/* A capability across the end: never used, whatever its bytes are. */
static void capabilities_end_in_configuration_space(void **state)
{
	struct rig *r;

	(void)state;
	r = build();
	cap_move(r, FAKE_CAP_ISR, 0xf4);
	RIG_EQ(r, try(r, "across the end"), LEV_ERR_NOTSUP);

	r = build();
	cap_move(r, FAKE_CAP_ISR, 0xf0);
	RIG_EQ(r, try(r, "up to the end"), 0);

	/* The multiplier stands behind the first 16 bytes. */
	for (uint8_t len = 16; len <= 20; len += 4) {
		r = build();
		cap_move(r, FAKE_CAP_NOTIFY, 0xf0);
		r->f->cfg[0xf0 + LEN] = len;
		RIG_EQ(r, try(r, "a multiplier behind the end"),
		       LEV_ERR_NOTSUP);
	}

	r = build();
	cap_move(r, FAKE_CAP_NOTIFY, 0xec);
	RIG_EQ(r, try(r, "a multiplier up to the end"), 0);
}

static void each_structure_is_needed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct rig *r = build();

		fake_pci_cap_drop(r->f, fake_pci_cap(r->f, type_of(i)));
		RIG_EQ(r, try(r, "one is missing"), LEV_ERR_NOTSUP);
	}
}

/* All bytes from the list's beginning on, one after the other, of any value:
 * no access goes where it should not, no loop has no end. */
static void any_byte_may_be_wrong(void **state)
{
	(void)state;
	for (unsigned off = CAPS; off < 0xb0; off++) {
		struct rig *r = build_with_window();

		/* Where two overlap, one is written, and then the other. */
		fake_ignore(r->port, "PCI-CAP-08");
		fake_pci_place(r->bus);
		r->f->cfg[off] ^= (uint8_t)(1 + rig_random() % 255);
		snprintf(r->name, sizeof(r->name), "byte %#x is %#x", off,
			 r->f->cfg[off]);
		if (!lev_pci_probe(&r->pci, &r->host, 0))
			RIG_EQ(r, r->fake->resets, 0);
		rig_free(r);
	}
}

/* --- BARs --- */

/* Which bits stick says how long it is; some say nothing that can be. */
static void bars_with_odd_bits(void **state)
{
	static const struct {
		uint32_t low, high;
	} masks[] = {
		{ 0x00000000, 0x00000000 }, { 0x80000000, 0x00000000 },
		{ 0x00000010, 0x00000000 }, { 0xffffc0f0, 0xffffffff },
		{ 0xfff0c000, 0xffffffff }, { 0x00000000, 0x00000001 },
		{ 0x00004000, 0x80000000 }, { 0x7fffc000, 0xffffffff },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(masks) / sizeof(*masks); i++) {
		struct rig *r = build();

		fake_pci_place(r->bus);
		put32(r->f->mask + 0x20, masks[i].low);
		put32(r->f->mask + 0x24, masks[i].high);
		snprintf(r->name, sizeof(r->name), "mask %#x %#x", masks[i].low,
			 masks[i].high);
		(void)!lev_pci_probe(&r->pci, &r->host, 0);
		RIG_EQ(r, r->fake->resets, 0);
		rig_free(r);
	}
}

/* An address that is no multiple of its length, or is the last one. */
static void bars_that_lie(void **state)
{
	static const uint64_t addrs[] = { 0, 0x8000002000, 0xffffffffffffc000,
					  0x7ffffffffff0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(addrs) / sizeof(*addrs); i++) {
		struct rig *r = build();

		fake_pci_place(r->bus);
		fake_pci_bar_put(r->f, 4, addrs[i]);
		RIG_EQ(r, lev_pci_probe(&r->pci, &r->host, 0), LEV_ERR_NOTSUP);
		rig_free(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_broken_structure_is_none),
		cmocka_unit_test(the_first_usable_one_is_used),
		cmocka_unit_test(the_first_of_two_is_used),
		cmocka_unit_test(one_that_can_be_mapped_is_better),
		cmocka_unit_test(odd_ones_are_accepted),
		cmocka_unit_test(lists_that_lead_nowhere),
		cmocka_unit_test(capabilities_end_in_configuration_space),
		cmocka_unit_test(each_structure_is_needed),
		cmocka_unit_test(any_byte_may_be_wrong),
		cmocka_unit_test(bars_with_odd_bits),
		cmocka_unit_test(bars_that_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
