/* SPDX-License-Identifier: MIT */
/*
 * What the kernel makes of the node of a PCI host bridge, in trees that are
 * made here property by property: forms that QEMU does not use, and forms
 * that nobody should (QEMU's own are in test_fdt.c). Each tree lies in memory
 * of its length, so that AddressSanitizer sees the first byte behind it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "kernel/fdt_pci.h"

enum { GIC = 1, FRAME = 2, NARROW = 3, BROKEN = 4, WIDE = 5 };

/* --- a tree around one host bridge --- */

static unsigned char bytes[4096];
static unsigned char *tree;
static struct fdt fdt;
static struct fdt_cursor host;

static void put(const char *name, const uint32_t *cells, unsigned count)
{
	uint32_t swapped[64];

	assert_in_range(count, 0, 64);
	for (unsigned i = 0; i < count; i++)
		swapped[i] = cpu_to_fdt32(cells[i]);
	assert_int_equal(fdt_property(bytes, name, swapped, (int)(4 * count)),
			 0);
}

#define CELLS(name, ...)                                                       \
	put(name, (const uint32_t[]){ __VA_ARGS__ },                           \
	    sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static void begin(const char *name, uint32_t address, uint32_t size)
{
	assert_int_equal(fdt_begin_node(bytes, name), 0);
	CELLS("#address-cells", address);
	CELLS("#size-cells", size);
}

static void end(void)
{
	assert_int_equal(fdt_end_node(bytes), 0);
}

/* A node that interrupts are for. */
static void controller(const char *name, uint32_t phandle, uint32_t cells)
{
	assert_int_equal(fdt_begin_node(bytes, name), 0);
	CELLS("phandle", phandle);
	CELLS("#interrupt-cells", cells);
}

/* What follows, until finish(), are properties of the bridge. */
static void begin_host(void)
{
	free(tree);
	tree = NULL;
	assert_int_equal(fdt_create(bytes, sizeof(bytes)), 0);
	assert_int_equal(fdt_finish_reservemap(bytes), 0);
	begin("", 2, 2);
	controller("gic", GIC, 3);
	CELLS("#address-cells", 2);
	end();
	assert_int_equal(fdt_begin_node(bytes, "frame"), 0);
	CELLS("phandle", FRAME);
	end();
	controller("narrow", NARROW, 1);
	end();
	controller("broken", BROKEN, 0);
	end();
	controller("wide", WIDE, FDT_IRQ_CELLS + 1);
	end();
	begin("soc", 1, 1);
	CELLS("ranges", 0x40000000, 0x8, 0, 0x20000000);
	begin("pcie", 3, 2);
	CELLS("#interrupt-cells", 1);
}

static void finish(void)
{
	size_t len;

	end();
	end();
	end();
	assert_int_equal(fdt_finish(bytes), 0);
	len = fdt_totalsize(bytes);
	tree = malloc(len);
	assert_non_null(tree);
	memcpy(tree, bytes, len);
	assert_int_equal(fdt_open(&fdt, tree, len), 0);
	assert_true(fdt_find(&fdt, "/soc/pcie", &host));
}

static int drop_tree(void **state)
{
	(void)state;
	free(tree);
	tree = NULL;
	return 0;
}

/* --- addresses --- */

static void windows_reach_the_cpu_through_the_buses_above(void **state)
{
	struct fdt_pci_range range;

	(void)state;
	begin_host();
	CELLS("ranges", 0x42000000, 0x1, 0x80000000, 0x40001000, 0, 0x1000,
	      0x01000000, 0, 0x10, 0x50000000, 0, 0x10000, /**/
	      0x02000000, 0, 0);
	finish();
	assert_int_equal(fdt_pci_range(&host, 0, &range), 0);
	assert_int_equal(fdt_pci_space(&range), FDT_PCI_MEMORY32);
	assert_true((range.hi & FDT_PCI_PREFETCHABLE) != 0);
	assert_true(range.bus == 0x180000000);
	assert_true(range.cpu == 0x800001000);
	assert_true(range.len == 0x1000);
	assert_int_equal(fdt_pci_range(&host, 1, &range), 0);
	assert_int_equal(fdt_pci_space(&range), FDT_PCI_IO);
	assert_true(range.bus == 0x10 && range.cpu == 0x810000000);
	/* The third breaks off. */
	assert_int_equal(fdt_pci_range(&host, 2, &range), LEV_ERR_NODEV);
	assert_int_equal(fdt_pci_range(&host, UINT32_MAX, &range),
			 LEV_ERR_NODEV);
}

static void impossible_windows_are_refused(void **state)
{
	struct fdt_pci_range range;

	(void)state;
	begin_host();
	CELLS("ranges", 0x02000000, 0, 0, 0x40000000, 0, 0, /* empty */
	      0x02000000, 0, 0, 0x30000000, 0, 0x1000,	    /* not forwarded */
	      0x02000000, 0, 0, 0x5ffff000, 0, 0x1001,	    /* not all of it */
	      0x02000000, UINT32_MAX, 0xfffff000, 0x40000000, 0, 0x1001,
	      0x02000000, UINT32_MAX, 0xfffff000, 0x40000000, 0, 0x1000,
	      0x02000000, 0, 0, 0x40000000, UINT32_MAX, UINT32_MAX, /**/
	      0x02000000, 0, 0x1000, 0x40000001, 0, 0x1000,	    /* askew */
	      0x02000000, 0, 0x1008, 0x40000000, 0, 0x1000);
	finish();
	for (unsigned i = 0; i < 8; i++) {
		if (i != 4)
			assert_int_equal(fdt_pci_range(&host, i, &range),
					 LEV_ERR_RANGE);
	}
	/* The last page there is is no crime. */
	assert_int_equal(fdt_pci_range(&host, 4, &range), 0);
	assert_true(range.bus == 0xfffffffffffff000);
	assert_int_equal(fdt_pci_range(&host, 8, &range), LEV_ERR_NODEV);
}

/* A node of a bus, where a bridge's node is expected. */
static void other_addresses_are_no_pci_addresses(void **state)
{
	struct fdt_pci_range range;
	struct fdt_cursor at;
	struct fdt_cursor parent;
	uint32_t cells[FDT_IRQ_CELLS];

	(void)state;
	begin_host();
	CELLS("interrupt-map", 0);
	begin("inner", 3, 3);
	CELLS("ranges", 0, 0, 0, 0, 0, 0, 0, 0, 0);
	end();
	begin("two", 2, 2);
	CELLS("ranges", 0, 0, 0, 0, 0, 0, 0, 0, 0);
	CELLS("interrupt-map", 0);
	CELLS("#interrupt-cells", 1);
	end();
	finish();
	assert_int_equal(fdt_pci_range(&host, 0, &range), LEV_ERR_NODEV);
	assert_true(fdt_find(&fdt, "/soc/pcie/inner", &at));
	assert_int_equal(fdt_pci_range(&at, 0, &range), LEV_ERR_NOTSUP);
	assert_true(fdt_find(&fdt, "/soc/pcie/two", &at));
	assert_int_equal(fdt_pci_range(&at, 0, &range), LEV_ERR_NOTSUP);
	assert_int_equal(fdt_pci_interrupt(&at, 0, 1, &parent, cells),
			 LEV_ERR_NOTSUP);
	fdt_root(&fdt, &at);
	assert_int_equal(fdt_pci_range(&at, 0, &range), LEV_ERR_NODEV);
}

static void buses_are_a_range_of_bytes(void **state)
{
	static const struct {
		uint32_t cells[3];
		unsigned count;
		int err;
	} cases[] = {
		{ { 3, 7 }, 2, 0 },
		{ { 255, 255 }, 2, 0 },
		{ { 7, 3 }, 2, LEV_ERR_INVAL },
		{ { 0, 256 }, 2, LEV_ERR_INVAL },
		{ { 0x100, 0x101 }, 2, LEV_ERR_INVAL },
		{ { 0 }, 1, LEV_ERR_INVAL },
		{ { 0, 1, 2 }, 3, LEV_ERR_INVAL },
	};
	uint8_t first = 1, last = 1;

	(void)state;
	begin_host();
	finish();
	assert_int_equal(fdt_pci_buses(&host, &first, &last), 0);
	assert_true(first == 0 && last == 255);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin_host();
		put("bus-range", cases[i].cells, cases[i].count);
		finish();
		assert_int_equal(fdt_pci_buses(&host, &first, &last),
				 cases[i].err);
		if (cases[i].err == 0)
			assert_true(first == cases[i].cells[0] &&
				    last == cases[i].cells[1]);
	}
}

/* --- wired interrupts --- */

static int lookup(uint32_t requester, unsigned pin, uint32_t *last)
{
	uint32_t cells[FDT_IRQ_CELLS] = { 0 };
	struct fdt_cursor parent;
	int count = fdt_pci_interrupt(&host, requester, pin, &parent, cells);

	if (count > 0) {
		*last = cells[count - 1];
		assert_string_equal(parent.name, count == 3 ? "gic" : "narrow");
	}
	return count;
}

/* Parents whose entries have different lengths stand in one map. */
static void entries_are_as_long_as_their_parents_say(void **state)
{
	uint32_t got = 0;

	(void)state;
	begin_host();
	CELLS("interrupt-map-mask", 0xf800, 0, 0, 7);
	CELLS("interrupt-map", 0, 0, 0, 1, GIC, 9, 9, 0, 5, 100, /**/
	      0x0800, 0, 0, 1, NARROW, 101,			 /**/
	      0x0800, 0, 0, 2, GIC, 9, 9, 0, 5, 102,		 /**/
	      0x0800, 0, 0, 2, NARROW, 999,	      /* the first one counts */
	      0x1005, 7, 7, 9, GIC, 9, 9, 0, 5, 103); /* masked as well */
	finish();
	assert_int_equal(lookup(0, 1, &got), 3);
	assert_int_equal(got, 100);
	assert_int_equal(lookup(1 << 3 | 7, 1, &got), 1);
	assert_int_equal(got, 101);
	assert_int_equal(lookup(1 << 3, 2, &got), 3);
	assert_int_equal(got, 102);
	assert_int_equal(lookup(2 << 3, 1, &got), 3);
	assert_int_equal(got, 103);
	/* The mask leaves the bus out; another one's device 0 is the same. */
	assert_int_equal(lookup(0x4200, 1, &got), 3);
	assert_int_equal(got, 100);
	assert_int_equal(lookup(0, 2, &got), LEV_ERR_NODEV);
	assert_int_equal(lookup(3 << 3, 1, &got), LEV_ERR_NODEV);
}

static void without_a_mask_all_bits_count(void **state)
{
	uint32_t got = 0;

	(void)state;
	begin_host();
	CELLS("interrupt-map", 0x10900, 0, 0, 4, NARROW, 7);
	finish();
	assert_int_equal(lookup(0x109, 4, &got), 1);
	assert_int_equal(got, 7);
	assert_int_equal(lookup(0x108, 4, &got), LEV_ERR_NODEV);
	assert_int_equal(lookup(0x009, 4, &got), LEV_ERR_NODEV);
	assert_int_equal(lookup(0x109, 3, &got), LEV_ERR_NODEV);
}

static void wrong_requests_are_refused(void **state)
{
	uint32_t got = 0;

	(void)state;
	begin_host();
	CELLS("interrupt-map-mask", 0, 0, 0, 0);
	CELLS("interrupt-map", 0, 0, 0, 0, NARROW, 7);
	CELLS("msi-map", 0, FRAME, 0, UINT32_MAX);
	finish();
	assert_int_equal(lookup(0xffff, 4, &got), 1);
	assert_int_equal(lookup(0xffff, 5, &got), LEV_ERR_INVAL);
	assert_int_equal(lookup(0xffff, 0, &got), LEV_ERR_INVAL);
	assert_int_equal(lookup(0x10000, 4, &got), LEV_ERR_INVAL);
	begin_host();
	finish();
	assert_int_equal(lookup(0, 1, &got), LEV_ERR_NODEV);
}

static void broken_maps_are_refused(void **state)
{
	static const struct {
		uint32_t cells[10];
		unsigned count;
		int err;
	} cases[] = {
		{ { 1, 0, 0, 1 }, 4, LEV_ERR_INVAL },
		{ { 1, 0, 0, 1, NARROW }, 5, LEV_ERR_INVAL },
		{ { 1, 0, 0, 1, NARROW, 0, 0 }, 7, LEV_ERR_INVAL },
		{ { 0, 0, 0, 1, GIC, 0, 0, 0, 0 }, 9, LEV_ERR_INVAL },
		{ { 0, 0, 0, 1, 77, 0, 0, 0, 0, 0 }, 10, LEV_ERR_INVAL },
		{ { 0, 0, 0, 1, FRAME, 0, 0, 0, 0, 0 }, 10, LEV_ERR_INVAL },
		{ { 0, 0, 0, 1, BROKEN, 0, 0, 0, 0, 0 }, 10, LEV_ERR_INVAL },
		{ { 0, 0, 0, 1, WIDE, 0, 0, 0, 0, 0 }, 10, LEV_ERR_NOTSUP },
		{ { 0 }, 0, LEV_ERR_NODEV },
	};
	uint32_t got = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin_host();
		put("interrupt-map", cases[i].cells, cases[i].count);
		finish();
		assert_int_equal(lookup(0, 1, &got), cases[i].err);
	}
}

/* --- messages --- */

static int sender(uint32_t requester, uint32_t *device)
{
	struct fdt_cursor parent;
	int err = fdt_pci_messages(&host, requester, &parent, device);

	if (err == 0)
		assert_string_equal(parent.name, "frame");
	return err;
}

static void the_map_names_the_sender(void **state)
{
	uint32_t got = 0;

	(void)state;
	begin_host();
	CELLS("msi-parent", FRAME); /* the map goes first */
	CELLS("msi-map-mask", 0xfff8);
	CELLS("msi-map", 0x100, FRAME, 0x5000, 0x10, /**/
	      0x108, FRAME, 0, 0x100, /* partly covered already */
	      0xfff8, 77, 0, UINT32_MAX, 0x8000, FRAME, UINT32_MAX, 2, /**/
	      0xf000, FRAME, 0); /* breaks off */
	finish();
	assert_int_equal(sender(0x10f, &got), 0);
	assert_int_equal(got, 0x5008);
	assert_int_equal(sender(0x110, &got), 0);
	assert_int_equal(got, 8);
	assert_int_equal(sender(0x207, &got), 0);
	assert_int_equal(got, 0xf8);
	assert_int_equal(sender(0x208, &got), LEV_ERR_NODEV);
	assert_int_equal(sender(0xff, &got), LEV_ERR_NODEV);
	assert_int_equal(sender(0xffff, &got), LEV_ERR_NODEV);
	assert_int_equal(sender(0xf000, &got), LEV_ERR_NODEV);
	assert_int_equal(sender(0x8001, &got), 0);
	assert_int_equal(got, UINT32_MAX);
	assert_int_equal(sender(0x10000, &got), LEV_ERR_INVAL);
}

static void without_a_map_there_may_be_a_parent(void **state)
{
	uint32_t got = 0;

	(void)state;
	begin_host();
	finish();
	assert_int_equal(sender(0x123, &got), LEV_ERR_NODEV);
	begin_host();
	CELLS("msi-parent", FRAME);
	finish();
	assert_int_equal(sender(0x123, &got), 0);
	assert_int_equal(got, 0x123);
	begin_host();
	CELLS("msi-parent", 77);
	finish();
	assert_int_equal(sender(0x123, &got), LEV_ERR_NODEV);
	begin_host();
	assert_int_equal(fdt_property(bytes, "msi-parent", "abc", 3), 0);
	finish();
	assert_int_equal(sender(0x123, &got), LEV_ERR_NODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_reach_the_cpu_through_the_buses_above),
		cmocka_unit_test(impossible_windows_are_refused),
		cmocka_unit_test(other_addresses_are_no_pci_addresses),
		cmocka_unit_test(buses_are_a_range_of_bytes),
		cmocka_unit_test(entries_are_as_long_as_their_parents_say),
		cmocka_unit_test(without_a_mask_all_bits_count),
		cmocka_unit_test(wrong_requests_are_refused),
		cmocka_unit_test(broken_maps_are_refused),
		cmocka_unit_test(the_map_names_the_sender),
		cmocka_unit_test(without_a_map_there_may_be_a_parent),
	};

	return cmocka_run_group_tests(tests, NULL, drop_tree);
}
