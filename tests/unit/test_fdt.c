/* SPDX-License-Identifier: MIT */
/*
 * The kernel's device tree parser. QEMU writes the tree of its machine; each
 * node and property of it is compared with what libfdt reads. Then the tree
 * is damaged in thousands of ways: whatever is still accepted is walked from
 * end to end in memory of exactly its length, so that AddressSanitizer sees
 * the first byte read outside of it.
 */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <libfdt.h>

#include "kernel/fdt.h"
#include "kernel/fdt_pci.h"

#define QEMU "qemu-system-aarch64"

static unsigned char *tree; /* packed: no slack behind its blocks */
static size_t tree_len;

/* --- the tree of QEMU's machine --- */

static int read_file(const char *path, unsigned char **bytes, size_t *len)
{
	FILE *file = fopen(path, "rb");
	long end;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		return -1;
	end = ftell(file);
	rewind(file);
	if (end <= 0)
		return -1;
	*len = (size_t)end;
	*bytes = malloc(*len);
	if (*bytes == NULL || fread(*bytes, 1, *len, file) != *len)
		return -1;
	return fclose(file);
}

static int dump_tree(void **state)
{
	char path[] = "/tmp/levitate-dtb-XXXXXX";
	char command[512];
	unsigned char *raw;
	const void *packed;
	size_t raw_len;
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0)
		return -1;
	close(fd);
	snprintf(command, sizeof(command),
		 "timeout 30 " QEMU " -accel tcg -nodefaults -display none "
		 "-cpu cortex-a72 -m 1G -append 'bench=boot x' -kernel "
		 "/dev/null "
		 "-M virt,dumpdtb=%s >&2",
		 path);
	if (system(command) != 0 || read_file(path, &raw, &raw_len) != 0)
		return -1;
	unlink(path);
	if (fdt_add_mem_rsv(raw, 0x41000000, 0x3000) != 0)
		return -1;
	if (fdt_pack(raw) != 0)
		return -1;
	packed = raw;
	tree_len = fdt_totalsize(packed);
	tree = malloc(tree_len);
	memcpy(tree, raw, tree_len);
	free(raw);
	return 0;
}

static int drop_tree(void **state)
{
	(void)state;
	free(tree);
	return 0;
}

/* --- the same as libfdt --- */

static unsigned compare_props(const struct fdt_cursor *at, int node)
{
	struct fdt_prop prop;
	bool more = fdt_first_prop(at, &prop);
	unsigned count = 0;
	int off;

	fdt_for_each_property_offset(off, tree, node)
	{
		const char *name;
		int len;
		const void *value =
			fdt_getprop_by_offset(tree, off, &name, &len);

		assert_true(more);
		assert_string_equal(prop.name, name);
		assert_int_equal(prop.len, len);
		assert_memory_equal(prop.value, value, (size_t)len);
		count++;
		more = fdt_next_prop(at, &prop);
	}
	assert_false(more);
	return count;
}

static void every_node_and_property_is_libfdts(void **state)
{
	struct fdt fdt;
	struct fdt_cursor at;
	unsigned props = 0;
	unsigned nodes = 0;
	int depth = 0;
	int node = 0;

	(void)state;
	assert_int_equal(fdt_open(&fdt, tree, tree_len), 0);
	fdt_root(&fdt, &at);
	do {
		assert_string_equal(at.name, fdt_get_name(tree, node, NULL));
		assert_int_equal(at.depth, depth);
		props += compare_props(&at, node);
		nodes++;
		node = fdt_next_node(tree, node, &depth);
	} while (fdt_next(&at));
	assert_true(node < 0 || depth < 0);
	/* QEMU's machine has 32 slots and a dozen devices beside them. */
	assert_in_range(nodes, 45, 200);
	assert_in_range(props, 150, 2000);
}

static void the_machine_is_found(void **state)
{
	struct fdt fdt;
	struct fdt_cursor at;
	uint64_t addr, len;
	uint32_t cells[FDT_IRQ_CELLS];
	unsigned slots = 0;

	(void)state;
	assert_int_equal(fdt_open(&fdt, tree, tree_len), 0);
	assert_true(fdt_find(&fdt, "/memory", &at));
	assert_string_equal(fdt_text(&at, "device_type"), "memory");
	assert_int_equal(fdt_reg(&at, 0, &addr, &len), 0);
	assert_true(addr == 0x40000000 && len == 0x40000000);
	assert_int_equal(fdt_reg(&at, 1, &addr, &len), LEV_ERR_NODEV);

	assert_true(fdt_find(&fdt, "/chosen", &at));
	assert_string_equal(fdt_text(&at, "bootargs"), "bench=boot x");
	assert_false(fdt_find(&fdt, "/chosen/none", &at));
	assert_false(fdt_find(&fdt, "/chose", &at));

	assert_true(fdt_find_compatible(&fdt, "arm,cortex-a15-gic", &at));
	assert_int_equal(fdt_reg(&at, 1, &addr, &len), 0);
	assert_true(addr == 0x8010000 && len == 0x10000);

	fdt_root(&fdt, &at);
	while (fdt_next_compatible(&at, "virtio,mmio")) {
		assert_int_equal(fdt_reg(&at, 0, &addr, &len), 0);
		assert_int_equal(len, 0x200);
		assert_int_equal(fdt_interrupt(&at, 0, cells), 3);
		assert_int_equal(cells[0], 0);
		assert_int_equal(cells[1], 16 + (addr - 0xa000000) / 0x200);
		assert_int_equal(cells[2], 1);
		slots++;
	}
	assert_int_equal(slots, 32);
	assert_true(fdt_reservation(&fdt, 0, &addr, &len));
	assert_true(addr == 0x41000000 && len == 0x3000);
	assert_false(fdt_reservation(&fdt, 1, &addr, &len));
}

/* The lines of a slot's pins are the next slot's, turned by one. */
static void check_pins(const struct fdt_cursor *host)
{
	struct fdt_cursor parent;
	uint32_t cells[FDT_IRQ_CELLS];

	for (unsigned slot = 0; slot < 32; slot++) {
		for (unsigned pin = 1; pin <= FDT_PCI_PINS; pin++) {
			assert_int_equal(fdt_pci_interrupt(host, slot << 3 | 7,
							   pin, &parent, cells),
					 3);
			assert_true(fdt_is_compatible(&parent,
						      "arm,cortex-a15-gic"));
			assert_int_equal(cells[0], 0);
			assert_int_equal(cells[1], 3 + (slot + pin - 1) % 4);
			assert_int_equal(cells[2], 4);
		}
	}
}

static void the_host_bridge_is_found(void **state)
{
	static const struct fdt_pci_range windows[] = {
		{ 0x01000000, 0, 0x3eff0000, 0x10000 },
		{ 0x02000000, 0x10000000, 0x10000000, 0x2eff0000 },
		{ 0x03000000, 0x8000000000, 0x8000000000, 0x8000000000 },
	};
	struct fdt fdt;
	struct fdt_cursor host, parent;
	struct fdt_pci_range range;
	uint8_t first, last;
	uint32_t device;

	(void)state;
	assert_int_equal(fdt_open(&fdt, tree, tree_len), 0);
	assert_true(fdt_find_compatible(&fdt, "pci-host-ecam-generic", &host));
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(fdt_pci_range(&host, i, &range), 0);
		assert_int_equal(range.hi, windows[i].hi);
		assert_true(range.bus == windows[i].bus);
		assert_true(range.cpu == windows[i].cpu);
		assert_true(range.len == windows[i].len);
	}
	assert_int_equal(fdt_pci_range(&host, 3, &range), LEV_ERR_NODEV);
	assert_int_equal(fdt_pci_buses(&host, &first, &last), 0);
	assert_true(first == 0 && last == 255);
	check_pins(&host);
	assert_int_equal(fdt_pci_messages(&host, 0xfff8, &parent, &device), 0);
	assert_true(fdt_is_compatible(&parent, "arm,gic-v2m-frame"));
	assert_int_equal(device, 0xfff8);
}

/* --- buses that translate --- */

static void add_cells(void *fdt, const char *name, unsigned count, ...)
{
	va_list args;
	uint32_t cells[16];

	va_start(args, count);
	for (unsigned i = 0; i < count; i++)
		cells[i] = cpu_to_fdt32(va_arg(args, uint32_t));
	va_end(args);
	assert_int_equal(fdt_property(fdt, name, cells, (int)(4 * count)), 0);
}

static void begin_bus(void *fdt, const char *name, uint32_t address_cells)
{
	assert_int_equal(fdt_begin_node(fdt, name), 0);
	add_cells(fdt, "#address-cells", 1, address_cells);
	add_cells(fdt, "#size-cells", 1, 1u);
}

static void add_device(void *fdt, const char *name, uint32_t addr)
{
	assert_int_equal(fdt_begin_node(fdt, name), 0);
	add_cells(fdt, "reg", 2, addr, 0x100u);
	assert_int_equal(fdt_end_node(fdt), 0);
}

static void buses_translate_addresses(void **state)
{
	unsigned char blob[2048];
	struct fdt fdt;
	struct fdt_cursor at;
	uint64_t addr, len;

	(void)state;
	assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
	assert_int_equal(fdt_finish_reservemap(blob), 0);
	begin_bus(blob, "", 2);
	begin_bus(blob, "soc@1", 1);
	add_cells(blob, "ranges", 8, 0x1000u, 0x9u, 0x80000000u, 0x1000u,
		  0x4000u, 0x0u, 0x50000000u, 0x200u);
	begin_bus(blob, "inner@2", 1);
	assert_int_equal(fdt_property(blob, "ranges", NULL, 0), 0);
	add_device(blob, "a@1100", 0x1100);
	add_device(blob, "b@4100", 0x4100);
	add_device(blob, "c@4180", 0x4180); /* ends behind its window */
	add_device(blob, "d@1", 1);
	assert_int_equal(fdt_end_node(blob), 0);
	begin_bus(blob, "closed@3", 1);
	add_device(blob, "e@1100", 0x1100);
	assert_int_equal(fdt_end_node(blob), 0);
	begin_bus(blob, "wide@4", 3);
	add_device(blob, "f@0", 0);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_finish(blob), 0);

	assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)), 0);
	assert_true(fdt_find(&fdt, "/soc/inner/a", &at));
	assert_int_equal(fdt_reg(&at, 0, &addr, &len), 0);
	assert_true(addr == 0x980000100 && len == 0x100);
	assert_true(fdt_find(&fdt, "/soc@1/inner@2/b@4100", &at));
	assert_int_equal(fdt_reg(&at, 0, &addr, &len), 0);
	assert_true(addr == 0x50000100 && len == 0x100);
	assert_true(fdt_find(&fdt, "/soc/inner/c", &at));
	assert_int_equal(fdt_reg(&at, 0, &addr, &len), LEV_ERR_RANGE);
	assert_true(fdt_find(&fdt, "/soc/inner/d", &at));
	assert_int_equal(fdt_reg(&at, 0, &addr, &len), LEV_ERR_RANGE);
	assert_true(fdt_find(&fdt, "/soc/closed/e", &at));
	assert_int_equal(fdt_reg(&at, 0, &addr, &len), LEV_ERR_RANGE);
	assert_true(fdt_find(&fdt, "/soc/wide/f", &at));
	assert_int_equal(fdt_reg(&at, 0, &addr, &len), LEV_ERR_NOTSUP);
}

static void deep_trees_are_refused(void **state)
{
	for (int depth = FDT_DEPTH; depth <= FDT_DEPTH + 1; depth++) {
		unsigned char blob[2048];
		struct fdt fdt;

		(void)state;
		assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
		assert_int_equal(fdt_finish_reservemap(blob), 0);
		for (int i = 0; i < depth; i++)
			assert_int_equal(fdt_begin_node(blob, i ? "n" : ""), 0);
		for (int i = 0; i < depth; i++)
			assert_int_equal(fdt_end_node(blob), 0);
		assert_int_equal(fdt_finish(blob), 0);
		assert_int_equal(fdt_open(&fdt, blob, sizeof(blob)),
				 depth > FDT_DEPTH ? LEV_ERR_RANGE : 0);
	}
}

/* --- damage --- */

/* The same of a node, as if it were a host bridge. */
static unsigned use_host(const struct fdt_cursor *at)
{
	uint32_t cells[FDT_IRQ_CELLS];
	struct fdt_pci_range range;
	struct fdt_cursor parent;
	uint8_t first = 0, last = 0;
	uint32_t device;
	unsigned sum = 0;

	for (unsigned i = 0; fdt_pci_range(at, i, &range) == 0; i++)
		sum += (unsigned)(range.bus + range.cpu + range.len);
	if (fdt_pci_buses(at, &first, &last) == 0)
		sum += (unsigned)first + last;
	for (unsigned i = 0; i < 4; i++) {
		if (fdt_pci_interrupt(at, i << 3, 1 + i, &parent, cells) > 0)
			sum += cells[0] + (unsigned)strlen(parent.name);
		if (fdt_pci_messages(at, i << 14, &parent, &device) == 0)
			sum += device + (unsigned)strlen(parent.name);
	}
	return sum;
}

/* Ask all there is to ask; returns something that depends on each byte. */
static unsigned use_everything(const struct fdt *fdt)
{
	uint32_t cells[FDT_IRQ_CELLS];
	struct fdt_cursor at;
	struct fdt_prop prop;
	uint64_t addr, len;
	unsigned sum = 0;

	fdt_root(fdt, &at);
	do {
		bool more = fdt_first_prop(&at, &prop);

		for (; more; more = fdt_next_prop(&at, &prop)) {
			const char *text = fdt_text(&at, prop.name);

			sum += (unsigned)strlen(prop.name);
			for (uint32_t i = 0; i < prop.len; i++)
				sum += prop.value[i];
			sum += text ? (unsigned)strlen(text) : 0;
		}
		sum += (unsigned)strlen(at.name) + fdt_is_enabled(&at);
		for (unsigned i = 0; fdt_reg(&at, i, &addr, &len) == 0; i++)
			sum += (unsigned)(addr + len);
		for (unsigned i = 0; fdt_interrupt(&at, i, cells) > 0; i++)
			sum += cells[0];
		sum += use_host(&at);
	} while (fdt_next(&at));
	sum += fdt_find(fdt, "/intc@8000000/v2m", &at);
	sum += fdt_find_compatible(fdt, "virtio,mmio", &at);
	for (unsigned i = 0; fdt_reservation(fdt, i, &addr, &len); i++)
		sum += (unsigned)addr;
	return sum;
}

/* Open a tree in memory that ends where it ends, and use it if it opens. */
static int try_tree(const unsigned char *bytes, size_t len)
{
	unsigned char *copy = malloc(len ? len : 1);
	struct fdt fdt;
	volatile unsigned sum;
	int err;

	memcpy(copy, bytes, len);
	err = fdt_open(&fdt, copy, len);
	if (err == 0)
		sum = use_everything(&fdt);
	(void)sum;
	free(copy);
	return err;
}

static void cut_trees_are_refused(void **state)
{
	unsigned char *copy = malloc(tree_len);

	(void)state;
	memcpy(copy, tree, tree_len);
	assert_int_equal(try_tree(copy, tree_len), 0);
	for (size_t len = 0; len < tree_len; len++) {
		/* As it lies in memory that is too short for it... */
		assert_true(try_tree(tree, len) < 0);
		/* ...and as one that claims to be as short as that. */
		fdt_set_totalsize(copy, (uint32_t)len);
		assert_true(try_tree(copy, len) < 0);
	}
	free(copy);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void damage(unsigned char *bytes, size_t len, uint32_t *seed)
{
	static const unsigned char nasty[] = { 0x00, 0xff, 0x80, 0x7f, 0x01 };
	unsigned count = 1 + next_random(seed) % 4;

	while (count-- > 0) {
		/* One time in four the header, where much hangs on a byte. */
		size_t span = next_random(seed) % 4 == 0 ? 40 : len;
		size_t off = next_random(seed) % span;

		if (next_random(seed) % 2)
			bytes[off] = nasty[next_random(seed) % sizeof(nasty)];
		else
			bytes[off] = (unsigned char)next_random(seed);
	}
}

static void damaged_trees_are_harmless(void **state)
{
	unsigned char *copy = malloc(tree_len);
	uint32_t seed = 20240229;
	unsigned refused = 0;
	unsigned accepted = 0;

	(void)state;
	for (unsigned i = 0; i < 8000; i++) {
		memcpy(copy, tree, tree_len);
		damage(copy, tree_len, &seed);
		if (try_tree(copy, tree_len) == 0)
			accepted++;
		else
			refused++;
	}
	free(copy);
	/* Both ways were really gone. */
	assert_in_range(refused, 1000, 7000);
	assert_in_range(accepted, 1000, 7000);
}

static void a_wrong_header_is_named(void **state)
{
	unsigned char *copy = malloc(tree_len);
	struct fdt fdt;

	(void)state;
	memcpy(copy, tree, tree_len);
	assert_int_equal(fdt_claimed_len(copy), tree_len);
	fdt_set_totalsize(copy, 0x7fffffff);
	assert_int_equal(fdt_claimed_len(copy), FDT_MAX_LEN);
	assert_int_equal(fdt_open(&fdt, copy, tree_len), LEV_ERR_RANGE);
	fdt_set_totalsize(copy, (uint32_t)tree_len);
	fdt_set_last_comp_version(copy, 18);
	assert_int_equal(fdt_open(&fdt, copy, tree_len), LEV_ERR_NOTSUP);
	fdt_set_last_comp_version(copy, 16);
	fdt_set_magic(copy, 0x12345678);
	assert_int_equal(fdt_open(&fdt, copy, tree_len), LEV_ERR_INVAL);
	assert_int_equal(fdt_claimed_len(copy), 0);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_node_and_property_is_libfdts),
		cmocka_unit_test(the_machine_is_found),
		cmocka_unit_test(the_host_bridge_is_found),
		cmocka_unit_test(buses_translate_addresses),
		cmocka_unit_test(deep_trees_are_refused),
		cmocka_unit_test(cut_trees_are_refused),
		cmocka_unit_test(damaged_trees_are_harmless),
		cmocka_unit_test(a_wrong_header_is_named),
	};

	return cmocka_run_group_tests(tests, dump_tree, drop_tree);
}
