/* SPDX-License-Identifier: MIT */
/* The kernel's list of free memory, against a map of single pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libfdt.h>

#include "kernel/memory.h"

enum { PAGE = MEMORY_PAGE };

static void ranges_join_and_split(void **state)
{
	struct memory memory = { .total = 0 };

	(void)state;
	memory_add(&memory, 8 * PAGE, 8 * PAGE);
	memory_add(&memory, 16 * PAGE, 8 * PAGE); /* touches: one range */
	memory_add(&memory, 4 * PAGE, 8 * PAGE);  /* overlaps */
	assert_int_equal(memory.count, 1);
	assert_int_equal(memory.total, 20 * PAGE);
	memory_reserve(&memory, 10 * PAGE + 1, 1); /* costs a whole page */
	assert_int_equal(memory.count, 2);
	assert_int_equal(memory_free(&memory), 19 * PAGE);
	memory_reserve(&memory, 0, 5 * PAGE);
	assert_int_equal(memory_free(&memory), 18 * PAGE);
	memory_reserve(&memory, 0, UINT64_MAX);
	assert_int_equal(memory_free(&memory), 0);
	assert_int_equal(memory.total, 20 * PAGE);
}

static void only_whole_pages_count(void **state)
{
	struct memory memory = { .total = 0 };

	(void)state;
	memory_add(&memory, PAGE - 1, 2);
	memory_add(&memory, PAGE + 1, PAGE);
	memory_add(&memory, 5 * PAGE, 0);
	assert_int_equal(memory.count, 0);
	memory_add(&memory, PAGE - 1, PAGE + 1);
	assert_int_equal(memory_free(&memory), PAGE);
	assert_true(memory.ranges[0].start == PAGE);
	memory_add(&memory, UINT64_MAX - 10, 100);
	assert_int_equal(memory_free(&memory), PAGE);
}

static void pieces_come_from_the_top(void **state)
{
	struct memory memory = { .total = 0 };

	(void)state;
	memory_add(&memory, 16 * PAGE, 16 * PAGE);
	memory_add(&memory, 64 * PAGE, 3 * PAGE);
	assert_int_equal(memory_take(&memory, 1, 1), 66 * PAGE);
	assert_int_equal(memory_take(&memory, 3 * PAGE, 1), 29 * PAGE);
	assert_int_equal(memory_take(&memory, PAGE, 16 * PAGE), 64 * PAGE);
	assert_int_equal(memory_take(&memory, 14 * PAGE, 1), 0);
	assert_int_equal(memory_take(&memory, 0, 1), 0);
	assert_int_equal(memory_take(&memory, UINT64_MAX, 1), 0);
	assert_int_equal(memory_free(&memory), 14 * PAGE);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* A full list may forget memory, and must never invent any. */
static void nothing_is_ever_free_twice(void **state)
{
	static unsigned char pages[1024];
	struct memory memory = { .total = 0 };
	uint32_t seed = 3;

	(void)state;
	memory_add(&memory, PAGE, 1023ull * PAGE);
	memset(pages + 1, 1, 1023);
	for (unsigned turn = 0; turn < 3000; turn++) {
		size_t start = 1 + next_random(&seed) % 1023;
		size_t len = 1 + next_random(&seed) % 3;

		if (start + len > 1024)
			len = 1024 - start;
		if (next_random(&seed) % 3 == 0) {
			memory_add(&memory, start * PAGE, len * PAGE);
			memset(pages + start, 1, len);
		} else {
			memory_reserve(&memory, start * PAGE, len * PAGE);
			memset(pages + start, 0, len);
		}
		for (unsigned i = 0; i < memory.count; i++) {
			const struct memory_range *range = &memory.ranges[i];

			assert_true(range->start < range->end);
			assert_true(i == 0 ||
				    memory.ranges[i - 1].end < range->start);
			for (uint64_t at = range->start; at < range->end;
			     at += PAGE)
				assert_int_equal(pages[at / PAGE], 1);
		}
	}
}

static void add_reg(void *blob, uint64_t start, uint64_t len)
{
	uint64_t cells[2] = { cpu_to_fdt64(start), cpu_to_fdt64(len) };

	assert_int_equal(fdt_property(blob, "reg", cells, sizeof(cells)), 0);
}

/* No process lies there, so the tree itself does not. */
#define HIGH 0x4000000000000000ull

static void the_tree_says_what_is_free(void **state)
{
	unsigned char *blob = aligned_alloc(PAGE, PAGE);
	struct memory memory = { .total = 0 };
	struct fdt fdt;

	(void)state;
	assert_int_equal(fdt_create(blob, PAGE), 0);
	assert_int_equal(fdt_add_reservemap_entry(blob, HIGH, 0x1000), 0);
	assert_int_equal(fdt_finish_reservemap(blob), 0);
	assert_int_equal(fdt_begin_node(blob, ""), 0);
	assert_int_equal(fdt_property_u32(blob, "#address-cells", 2), 0);
	assert_int_equal(fdt_property_u32(blob, "#size-cells", 2), 0);
	assert_int_equal(fdt_begin_node(blob, "memory@4000000000000000"), 0);
	assert_int_equal(fdt_property_string(blob, "device_type", "memory"), 0);
	add_reg(blob, HIGH, 0x100000);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_begin_node(blob, "reserved-memory"), 0);
	assert_int_equal(fdt_property_u32(blob, "#address-cells", 2), 0);
	assert_int_equal(fdt_property_u32(blob, "#size-cells", 2), 0);
	assert_int_equal(fdt_property(blob, "ranges", NULL, 0), 0);
	assert_int_equal(fdt_begin_node(blob, "firmware@4000000000080000"), 0);
	add_reg(blob, HIGH + 0x80000, 0x80000);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_begin_node(blob, "behind"), 0);
	add_reg(blob, HIGH + 0x10000, 0x10000);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_end_node(blob), 0);
	assert_int_equal(fdt_finish(blob), 0);

	assert_int_equal(fdt_open(&fdt, blob, PAGE), 0);
	assert_int_equal(memory_from_fdt(&memory, &fdt), 0);
	assert_int_equal(memory.total, 0x100000);
	assert_int_equal(memory.count, 1);
	assert_int_equal(memory.ranges[0].start, HIGH + 0x1000);
	assert_int_equal(memory.ranges[0].end, HIGH + 0x80000);

	/* The tree itself is not free either. */
	memset(&memory, 0, sizeof(memory));
	memory_add(&memory, (uintptr_t)blob, PAGE);
	assert_int_equal(memory_from_fdt(&memory, &fdt), 0);
	assert_int_equal(memory_free(&memory), 0x7f000);
	free(blob);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_join_and_split),
		cmocka_unit_test(only_whole_pages_count),
		cmocka_unit_test(pieces_come_from_the_top),
		cmocka_unit_test(nothing_is_ever_free_twice),
		cmocka_unit_test(the_tree_says_what_is_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
