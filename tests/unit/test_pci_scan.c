/* SPDX-License-Identifier: MIT */
/*
 * Enumeration: what is found over bridges, and where it is placed when nobody
 * did that; what firmware placed; windows that are full; bridges that lie.
 */
#include <levitate/rng.h>

#include "rig.h"

enum { FOUND_MAX = 32 };

struct world {
	struct fake_port *port;
	struct fake_pci *bus;
	struct lev_pci_host host;
	struct lev_pci_function found[FOUND_MAX];
	int count;
};

static struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->port = fake_port_new();
	w->bus = fake_pci_new(w->port);
	return w;
}

static void world_free(struct world *w)
{
	FAKE_FREE_CLEAN(w->port);
	free(w);
}

static struct fake_pci_function *plug(struct world *w,
				      struct fake_pci_function *bridge)
{
	return fake_pci_plug(w->bus, bridge, &fake_rng_new(w->port, 2)->dev,
			     FAKE_PCI_TRANSITIONAL);
}

static struct fake_pci_function *bridge(struct world *w,
					struct fake_pci_function *above)
{
	return fake_pci_bridge(w->bus, above);
}

static void note(void *ctx, const struct lev_pci_function *f)
{
	struct world *w = ctx;

	assert_true(w->count < FOUND_MAX);
	for (int i = 0; i < w->count; i++)
		assert_int_not_equal(w->found[i].addr, f->addr);
	w->found[w->count++] = *f;
}

static int scan(struct world *w)
{
	int count;

	w->host = rig_host(w->bus);
	w->count = 0;
	count = lev_pci_scan(&w->host, note, w);
	assert_int_equal(count, w->count);
	return count;
}

/* Everything has a place, and it is one where a driver can work. */
static void drive(struct world *w, struct fake_pci_function *f)
{
	struct fake_rng *fake = LEV_CONTAINER_OF(f->dev, struct fake_rng, dev);
	struct lev_pci pci = { 0 };
	struct lev_rng rng = { 0 };
	uint8_t bytes[32];

	assert_int_equal(lev_pci_probe(&pci, &w->host, fake_pci_addr(f)), 0);
	assert_int_equal(lev_rng_init(&rng, &pci.transport), 0);
	assert_int_equal(
		lev_rng_read(&rng, bytes, sizeof(bytes),
			     lev_device_deadline(&rng.dev, RIG_SECOND)),
		0);
	assert_true(fake_rng_took(fake, bytes, sizeof(bytes)));
	assert_int_equal(lev_rng_fini(&rng), 0);
}

static void all_is_well(struct world *w, unsigned unplaced)
{
	assert_int_equal(fake_pci_check_placed(w->bus), unplaced);
	FAKE_ASSERT_CLEAN(w->port);
	for (unsigned i = 0; i < w->bus->count; i++) {
		if (w->bus->functions[i]->dev && !unplaced)
			drive(w, w->bus->functions[i]);
	}
}

/* --- placed by us --- */

static void functions_are_found_and_placed(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->bus->bus_first = 3;
	fake_pci_other(w->bus, NULL);
	plug(w, NULL);
	fake_pci_other(w->bus, NULL);
	plug(w, NULL)->cfg[0x3d] = 5; /* there is no such pin */
	assert_int_equal(scan(w), 2);
	assert_int_equal(w->found[0].addr, 0x308);
	assert_int_equal(w->found[0].vendor, 0x1af4);
	assert_int_equal(w->found[0].device, 0x1005);
	assert_int_equal(w->found[0].pin, 1);
	assert_int_equal(w->found[0].root_pin, 1);
	assert_int_equal(w->found[0].root_addr, 0x308);
	assert_int_equal(w->found[1].addr, 0x318);
	assert_int_equal(w->found[1].pin, 0);
	assert_int_equal(w->found[1].root_pin, 0);
	all_is_well(w, 0);
	world_free(w);
}

static void functions_1_to_7_are_looked_at_where_there_are_any(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *first = plug(w, NULL), *second;

	(void)state;
	second = plug(w, NULL);
	second->devfn = 5;
	assert_int_equal(scan(w), 1);
	first->cfg[14] = 0x80;
	assert_int_equal(scan(w), 2);
	assert_int_equal(w->found[1].addr, 5);
	all_is_well(w, 0);
	world_free(w);
}

/* Two bridges side by side, one below the second; the last one is empty. */
static struct world *tree(void)
{
	struct world *w = world_new();
	struct fake_pci_function *a = bridge(w, NULL), *b, *c;

	plug(w, NULL);
	plug(w, a);
	b = bridge(w, NULL);
	plug(w, b);
	c = bridge(w, b);
	plug(w, c);
	plug(w, c);
	bridge(w, c);
	return w;
}

static void bridges_are_numbered_and_forward(void **state)
{
	struct world *w = tree();

	(void)state;
	assert_int_equal(scan(w), 5);
	assert_int_equal(w->found[0].addr, 0x108); /* behind a */
	assert_int_equal(w->found[0].root_addr, 0x000);
	assert_int_equal(w->found[0].root_pin, 2);
	assert_int_equal(w->found[1].addr, 0x008);
	all_is_well(w, 0);
	/* Device 1 on c, which is device 2 on b, which is device 2. */
	for (int i = 0; i < w->count; i++) {
		if (w->found[i].addr >> 8 != 3)
			continue;
		assert_int_equal(w->found[i].root_addr, 0x010);
		assert_int_equal(w->found[i].root_pin,
				 (0 + (w->found[i].addr >> 3 & 31) + 2) % 4 +
					 1);
	}
	/* Once more: nothing changes. */
	assert_int_equal(scan(w), 5);
	all_is_well(w, 0);
	world_free(w);
}

static void ports_reach_bridges_too(void **state)
{
	struct world *w = tree();

	(void)state;
	w->host = rig_host(w->bus);
	w->host.access = LEV_PCI_PORTS;
	w->host.config = w->bus->ports;
	assert_int_equal(lev_pci_scan(&w->host, note, w), 5);
	all_is_well(w, 0);
	world_free(w);
}

/* --- placed by firmware --- */

struct picture {
	uint8_t bytes[64];
};

static void look(const struct world *w, struct picture *pictures)
{
	for (unsigned i = 0; i < w->bus->count; i++) {
		memcpy(pictures[i].bytes, w->bus->functions[i]->cfg, 64);
		/* Latencies and the line are nobody's business here. */
		pictures[i].bytes[4] = 0;
	}
}

static void what_firmware_placed_stays(void **state)
{
	struct picture before[FAKE_PCI_FUNCTIONS], after[FAKE_PCI_FUNCTIONS];
	struct world *w = tree();

	(void)state;
	fake_pci_place(w->bus);
	look(w, before);
	assert_int_equal(scan(w), 5);
	look(w, after);
	assert_memory_equal(before, after, w->bus->count * sizeof(*before));
	all_is_well(w, 0);
	world_free(w);
}

static void what_is_plugged_in_later_lies_behind(void **state)
{
	struct picture before[FAKE_PCI_FUNCTIONS], after[FAKE_PCI_FUNCTIONS];
	struct world *w = tree();
	const unsigned old = w->bus->count;

	(void)state;
	fake_pci_place(w->bus);
	look(w, before);
	plug(w, NULL);
	plug(w, bridge(w, NULL));
	assert_int_equal(scan(w), 7);
	look(w, after);
	assert_memory_equal(before, after, old * sizeof(*before));
	all_is_well(w, 0);
	world_free(w);
}

/* No window is told that leads there, but it answers; unless it does not. */
static void what_is_decoded_lies_where_it_lies(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *on = plug(w, NULL), *off = plug(w, NULL);
	const uint64_t outside = w->bus->memory.addr / 2;

	(void)state;
	fake_pci_bar_put(on, 1, outside);
	on->cfg[4] = FAKE_PCI_MEMORY;
	fake_pci_bar_put(off, 1, 2 * outside - 0x10000);
	assert_int_equal(scan(w), 2);
	assert_int_equal(fake_pci_bar_addr(on, 1), outside);
	assert_true(fake_pci_bar_addr(off, 1) >= w->bus->memory.addr);
	FAKE_ASSERT_CLEAN(w->port);
	world_free(w);
}

/* The bridge forwards more above 4 GiB than the device behind it needs, and
 * below there is no room for all of the one beside. */
static void what_a_bridge_forwards_above_4_gib_is_its(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->bus->memory.len = 0x110000;
	plug(w, bridge(w, NULL));
	fake_pci_place(w->bus);
	plug(w, NULL);
	assert_int_equal(scan(w), 2);
	all_is_well(w, 0);
	world_free(w);
}

/* Firmware's own place, at the end of the window: no room is left behind. */
static void firmware_may_place_at_the_end(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *f = plug(w, NULL);
	const uint64_t end = w->bus->memory.addr + w->bus->memory.len;

	(void)state;
	fake_pci_bar_put(f, 1, end - f->bars[1].len);
	plug(w, NULL);
	assert_int_equal(scan(w), 2);
	assert_int_equal(fake_pci_bar_addr(f, 1), end - f->bars[1].len);
	FAKE_ASSERT_CLEAN(w->port);
	world_free(w);
}

/* What lies there begins below the window. */
static void firmware_may_place_across_the_beginning(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *f = plug(w, NULL), *other = plug(w, NULL);
	const uint64_t addr = w->bus->memory.addr, len = 0x100000;

	(void)state;
	fake_pci_bar(f, 2, len, FAKE_BAR_MEMORY);
	fake_pci_bar_put(f, 2, addr);
	f->cfg[4] |= 2;
	w->bus->memory.addr += len / 2;
	w->bus->memory.len -= len / 2;
	assert_int_equal(scan(w), 2);
	assert_int_equal(fake_pci_bar_addr(f, 2), addr);
	assert_true(fake_pci_bar_addr(other, 1) >= addr + len);
	FAKE_ASSERT_CLEAN(w->port);
	world_free(w);
}

/* All it says of the other side was for another number, and other windows. */
static void firmware_may_forget_a_bridge(void **state)
{
	struct world *w = tree();

	(void)state;
	fake_pci_place(w->bus);
	for (unsigned i = 0; i < w->bus->count; i++) {
		struct fake_pci_function *f = w->bus->functions[i];

		if (f->devfn == 2 << 3 && !f->dev)
			f->cfg[0x18] = f->cfg[0x19] = f->cfg[0x1a] = 0;
	}
	assert_int_equal(scan(w), 5);
	all_is_well(w, 0);
	world_free(w);
}

/* --- plugged in after a scan --- */

/* What one of plug's needs. */
enum { PLUG_BARS = 3 };

static void behind_an_empty_bridge_it_is_placed(void **state)
{
	struct picture before[FAKE_PCI_FUNCTIONS], after[FAKE_PCI_FUNCTIONS];
	struct world *w = world_new();
	struct fake_pci_function *empty = bridge(w, NULL), *full;

	(void)state;
	full = bridge(w, NULL);
	plug(w, full);
	plug(w, NULL);
	assert_int_equal(scan(w), 2);
	look(w, before);
	plug(w, empty);
	assert_int_equal(scan(w), 3);
	assert_int_equal(w->found[0].addr, 0x108);
	look(w, after);
	assert_memory_equal(before + 1, after + 1, 3 * sizeof(*before));
	all_is_well(w, 0);
	world_free(w);
}

/* What is reserved for a bridge and not used may go elsewhere, and is not
 * forwarded any more then. */
static void firmware_may_reserve_for_an_empty_bridge(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *empty = bridge(w, NULL);
	const uint64_t addr = w->bus->memory.addr;
	const uint64_t last = addr + w->bus->memory.len - 1;

	(void)state;
	fake_pci_place(w->bus);
	empty->cfg[0x20] = (uint8_t)(addr >> 16 & 0xf0);
	empty->cfg[0x21] = (uint8_t)(addr >> 24);
	empty->cfg[0x22] = (uint8_t)(last >> 16 & 0xf0);
	empty->cfg[0x23] = (uint8_t)(last >> 24);
	plug(w, NULL);
	assert_int_equal(scan(w), 1);
	all_is_well(w, 0);
	plug(w, empty);
	assert_int_equal(scan(w), 2);
	assert_int_equal(empty->cfg[0x19], 1);
	all_is_well(w, 0);
	world_free(w);
}

static void behind_empty_bridges_in_each_other(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *outer = bridge(w, NULL), *inner;

	(void)state;
	inner = bridge(w, outer);
	plug(w, bridge(w, NULL));
	assert_int_equal(scan(w), 1);
	plug(w, inner);
	plug(w, outer);
	assert_int_equal(scan(w), 3);
	all_is_well(w, 0);
	world_free(w);
}

/* It goes, and what comes is larger: as new, at no address. */
static void another_one_where_that_was(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *f = plug(w, bridge(w, NULL));

	(void)state;
	plug(w, bridge(w, NULL));
	assert_int_equal(scan(w), 2);
	for (unsigned bar = 0; bar <= 4; bar++)
		fake_pci_bar_put(f, bar, 0);
	f->cfg[4] = 0;
	fake_pci_bar(f, 2, 0x400000, FAKE_BAR_MEMORY);
	assert_int_equal(scan(w), 2);
	all_is_well(w, 0);
	world_free(w);
}

/* Its windows are as large as they are. */
static void behind_a_bridge_in_use_it_is_not_placed(void **state)
{
	struct picture before[FAKE_PCI_FUNCTIONS], after[FAKE_PCI_FUNCTIONS];

	(void)state;
	/* The new one is beside the old one, behind it, or above it. */
	for (unsigned i = 0; i < 3; i++) {
		struct world *w = world_new();
		struct fake_pci_function *b[2] = { bridge(w, NULL) }, *old;

		b[1] = bridge(w, b[0]);
		old = plug(w, b[i == 2]);
		assert_int_equal(scan(w), 1);
		assert_false(fake_log_has(w->port, "no room"));
		look(w, before);
		plug(w, b[i == 1]);
		assert_int_equal(scan(w), 2);
		look(w, after);
		assert_memory_equal(before, after, 3 * sizeof(*before));
		assert_true(fake_log_has(w->port, "no room"));
		all_is_well(w, PLUG_BARS);
		drive(w, old);
		world_free(w);
	}
}

/* The first window begins at 0, and what is behind the bridge is there. */
static void beside_a_bridge_that_has_the_first_ports(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *f = plug(w, bridge(w, NULL));

	(void)state;
	assert_int_equal(scan(w), 1);
	assert_true(fake_pci_bar_addr(f, 0) < 0x1000);
	plug(w, NULL);
	assert_int_equal(scan(w), 2);
	all_is_well(w, 0);
	world_free(w);
}

/* --- windows --- */

static void large_bars_lie_above_4_gib(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *f = plug(w, bridge(w, NULL));

	(void)state;
	fake_pci_bar(f, 2, (uint64_t)1 << 30,
		     FAKE_BAR_WIDE | FAKE_BAR_PREFETCH);
	assert_int_equal(scan(w), 1);
	assert_true(fake_pci_bar_addr(f, 2) >= w->bus->memory64.addr);
	all_is_well(w, 0);
	world_free(w);
}

static void a_full_window_is_no_reason_to_overlap(void **state)
{
	struct world *w = world_new();
	struct lev_pci pci = { 0 };

	(void)state;
	w->bus->memory.len = 0x30000;
	w->bus->memory64.len = 0x4000;
	w->bus->io.len = 0x180;
	for (unsigned i = 0; i < 5; i++)
		plug(w, NULL);
	assert_int_equal(scan(w), 5);
	assert_true(fake_log_has(w->port, "no room"));
	assert_true(fake_pci_check_placed(w->bus) > 5);
	FAKE_ASSERT_CLEAN(w->port);
	/* There is the window in configuration space, to the last one as well,
	 * and without it there is nothing. */
	drive(w, w->bus->functions[4]);
	fake_pci_cap_drop(w->bus->functions[4],
			  fake_pci_cap(w->bus->functions[4], FAKE_CAP_WINDOW));
	assert_int_equal(lev_pci_probe(&pci, &w->host, 4 << 3), LEV_ERR_NOTSUP);
	world_free(w);
}

static void no_window_at_all(void **state)
{
	struct world *w = tree();

	(void)state;
	w->port->ops.log = NULL; /* nobody wants to know */
	w->bus->memory.len = w->bus->memory64.len = w->bus->io.len = 0;
	assert_int_equal(scan(w), 5);
	assert_int_equal(fake_pci_check_placed(w->bus), 15);
	FAKE_ASSERT_CLEAN(w->port);
	world_free(w);
}

/* What firmware placed may reach the very end of all addresses. */
static void nothing_lies_behind_the_last_address(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *first = plug(w, NULL), *f = plug(w, NULL);

	(void)state;
	w->bus->memory64.addr = (uint64_t)1 << 32;
	w->bus->memory64.len = UINT64_MAX - w->bus->memory64.addr;
	fake_pci_bar(first, 2, (uint64_t)1 << 63, FAKE_BAR_WIDE);
	fake_pci_bar_put(first, 2, (uint64_t)1 << 63);
	fake_pci_bar(f, 2, (uint64_t)1 << 30, FAKE_BAR_WIDE);
	assert_int_equal(scan(w), 2);
	assert_int_equal(fake_pci_bar_addr(f, 2), 0);
	assert_true(fake_log_has(w->port, "no room"));
	world_free(w);
}

/* A BAR for ports may have 16 bits. */
static void ports_of_16_bits(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *f = plug(w, bridge(w, NULL));

	(void)state;
	f->mask[0x12] = f->mask[0x13] = 0;
	assert_int_equal(scan(w), 1);
	all_is_well(w, 0);
	world_free(w);
}

/* A 32-bit prefetchable window only, or none. */
static void bridges_without_a_wide_window(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *b = bridge(w, NULL);
	struct fake_pci_function *f = plug(w, b);

	(void)state;
	for (unsigned i = 0x24; i < 0x30; i++)
		b->cfg[i] = b->mask[i] = 0;
	assert_int_equal(scan(w), 1);
	assert_true(fake_pci_bar_addr(f, 4) < (uint64_t)1 << 32);
	all_is_well(w, 0);
	world_free(w);
}

/* Its range has 16 bits for I/O; the window lies above. */
static void ports_that_a_bridge_cannot_forward(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *b = bridge(w, NULL), *behind = plug(w, b);
	struct fake_pci_function *beside = plug(w, NULL);

	(void)state;
	b->cfg[0x1c] = b->cfg[0x1d] = 0;
	w->bus->io.addr = 0x10000;
	assert_int_equal(scan(w), 2);
	assert_true(fake_log_has(w->port, "no room"));
	assert_int_equal(fake_pci_bar_addr(behind, 0), 0);
	assert_true(fake_pci_bar_addr(beside, 0) >= 0x10000);
	all_is_well(w, 1);
	drive(w, behind);
	world_free(w);
}

/* --- bridges that lie --- */

static void a_chain_without_an_end_is_left(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *b = NULL;

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		b = bridge(w, b);
	plug(w, b);
	plug(w, NULL);
	assert_int_equal(scan(w), 1);
	assert_true(w->bus->config_reads < 60000);
	assert_true(fake_log_has(w->port, "too many above"));
	world_free(w);
}

/* {secondary, subordinate} of two bridges beside each other, behind the first
 * of which there is a third. */
static void numbers_that_make_no_sense(void **state)
{
	static const uint8_t numbers[][6] = {
		{ 1, 255, 1, 255, 1, 255 }, { 5, 1, 4, 1, 3, 1 },
		{ 2, 2, 1, 1, 1, 1 },	    { 255, 255, 255, 0, 0, 255 },
		{ 1, 1, 2, 2, 2, 2 },	    { 9, 9, 9, 9, 0, 0 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		struct world *w = world_new();
		struct fake_pci_function *b[3] = { bridge(w, NULL),
						   bridge(w, NULL) };

		b[2] = bridge(w, b[0]);
		for (unsigned k = 0; k < 3; k++) {
			plug(w, b[k]);
			b[k]->cfg[0x19] = numbers[i][2 * k];
			b[k]->cfg[0x1a] = numbers[i][2 * k + 1];
		}
		plug(w, NULL);
		assert_true(scan(w) >= 1);
		assert_true(w->bus->config_reads < 200000);
		FAKE_ASSERT_CLEAN(w->port);
		world_free(w);
	}
}

/* Nobody numbered it: what else it says is not asked. */
static void a_last_number_without_a_first_is_none(void **state)
{
	struct world *w = world_new();
	struct fake_pci_function *b = bridge(w, NULL);

	(void)state;
	b->cfg[0x1a] = 255;
	plug(w, b);
	assert_int_equal(scan(w), 1);
	assert_int_equal(b->cfg[0x1a], 1);
	all_is_well(w, 0);
	world_free(w);
}

/* It cannot be numbered: its own bus would be seen through it again. */
static void numbers_that_do_not_stick(void **state)
{
	static const uint8_t fixed[] = { 0, 1, 7, 255 };

	(void)state;
	for (unsigned i = 0; i < sizeof(fixed); i++) {
		struct world *w = world_new();
		struct fake_pci_function *b = bridge(w, NULL);

		plug(w, b);
		plug(w, NULL);
		b->mask[0x19] = b->mask[0x1a] = 0;
		b->cfg[0x19] = b->cfg[0x1a] = fixed[i];
		assert_int_equal(scan(w), fixed[i] ? 2 : 1);
		assert_true(w->bus->config_reads < 60000);
		FAKE_ASSERT_CLEAN(w->port);
		world_free(w);
	}
}

/* {secondary, subordinate} of one bridge, what the next one gets. */
static void numbers_in_use_are_not_given_again(void **state)
{
	static const uint8_t numbers[][3] = { { 1, 3, 4 }, { 1, 0, 2 } };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct world *w = world_new();
		struct fake_pci_function *a = bridge(w, NULL), *b;

		a->cfg[0x19] = numbers[i][0];
		a->cfg[0x1a] = numbers[i][1];
		b = bridge(w, NULL);
		plug(w, b);
		assert_int_equal(scan(w), 1);
		assert_int_equal(a->cfg[0x19], numbers[i][0]);
		assert_int_equal(b->cfg[0x19], numbers[i][2]);
		all_is_well(w, 0);
		world_free(w);
	}
}

static void there_may_be_no_number_left(void **state)
{
	struct world *w = tree();

	(void)state;
	w->bus->bus_first = w->bus->bus_last = 9;
	assert_int_equal(scan(w), 1);
	assert_true(fake_log_has(w->port, "no bus number"));
	world_free(w);
}

/* --- and hosts --- */

static void hosts_that_make_no_sense(void **state)
{
	struct world *w = world_new();
	struct lev_pci_host host[6];

	(void)state;
	plug(w, NULL);
	for (unsigned i = 0; i < 6; i++)
		host[i] = rig_host(w->bus);
	host[0].bus_first = 1;
	host[0].bus_last = 0;
	host[1].memory.len = (uint64_t)1 << 32;
	host[2].io.addr = (uint64_t)1 << 32;
	host[3].memory64.addr = UINT64_MAX;
	host[4].access = LEV_PCI_OWN;
	host[5].memory64.addr = host[5].memory.addr + host[5].memory.len - 1;
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(lev_pci_scan(&host[i], note, w),
				 LEV_ERR_INVAL);
	assert_int_equal(w->count, 0);
	assert_int_equal(w->bus->config_reads, 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_are_found_and_placed),
		cmocka_unit_test(
			functions_1_to_7_are_looked_at_where_there_are_any),
		cmocka_unit_test(bridges_are_numbered_and_forward),
		cmocka_unit_test(ports_reach_bridges_too),
		cmocka_unit_test(what_firmware_placed_stays),
		cmocka_unit_test(what_is_plugged_in_later_lies_behind),
		cmocka_unit_test(what_is_decoded_lies_where_it_lies),
		cmocka_unit_test(what_a_bridge_forwards_above_4_gib_is_its),
		cmocka_unit_test(firmware_may_place_at_the_end),
		cmocka_unit_test(firmware_may_place_across_the_beginning),
		cmocka_unit_test(firmware_may_forget_a_bridge),
		cmocka_unit_test(behind_an_empty_bridge_it_is_placed),
		cmocka_unit_test(firmware_may_reserve_for_an_empty_bridge),
		cmocka_unit_test(behind_empty_bridges_in_each_other),
		cmocka_unit_test(another_one_where_that_was),
		cmocka_unit_test(behind_a_bridge_in_use_it_is_not_placed),
		cmocka_unit_test(beside_a_bridge_that_has_the_first_ports),
		cmocka_unit_test(large_bars_lie_above_4_gib),
		cmocka_unit_test(a_full_window_is_no_reason_to_overlap),
		cmocka_unit_test(no_window_at_all),
		cmocka_unit_test(nothing_lies_behind_the_last_address),
		cmocka_unit_test(ports_of_16_bits),
		cmocka_unit_test(bridges_without_a_wide_window),
		cmocka_unit_test(ports_that_a_bridge_cannot_forward),
		cmocka_unit_test(a_chain_without_an_end_is_left),
		cmocka_unit_test(numbers_that_make_no_sense),
		cmocka_unit_test(a_last_number_without_a_first_is_none),
		cmocka_unit_test(numbers_that_do_not_stick),
		cmocka_unit_test(numbers_in_use_are_not_given_again),
		cmocka_unit_test(there_may_be_no_number_left),
		cmocka_unit_test(hosts_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
