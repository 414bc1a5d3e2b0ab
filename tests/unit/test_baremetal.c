/* SPDX-License-Identifier: MIT */
/* The bare-metal port: its arena, its registers, what it passes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "ports/baremetal/baremetal.h"

enum { ARENA_LEN = 64 * 1024 };

static uint64_t fake_now(void *ctx)
{
	return *(uint64_t *)ctx;
}

static void fake_relax(void *ctx, uint64_t deadline)
{
	*(uint64_t *)ctx = deadline;
}

struct rig {
	struct lev_baremetal port;
	unsigned char *arena;
	uint64_t clock;
};

static int set_up(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct lev_baremetal_config config = {
		.arena_len = ARENA_LEN,
		.now = fake_now,
		.relax = fake_relax,
		.ctx = &rig->clock,
	};

	rig->arena = aligned_alloc(4096, ARENA_LEN);
	memset(rig->arena, 0xa5, ARENA_LEN);
	config.arena = rig->arena;
	lev_baremetal_init(&rig->port, &config);
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *rig = *state;

	free(rig->arena);
	free(rig);
	return 0;
}

static void *take(struct rig *rig, size_t len, size_t align)
{
	const struct lev_hal *hal = &rig->port.hal;
	lev_paddr addr = 0;
	unsigned char *ptr =
		hal->ops->dma_alloc(hal->ctx, len, align, UINT64_MAX, 0, &addr);

	if (ptr == NULL)
		return NULL;
	assert_true((uintptr_t)ptr == addr);
	assert_true(addr % align == 0);
	assert_true(ptr >= rig->arena);
	assert_true(ptr + len <= rig->arena + ARENA_LEN);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(ptr[i], 0);
	memset(ptr, 0xa5, len);
	return ptr;
}

static void give(struct rig *rig, void *ptr, size_t len)
{
	const struct lev_hal *hal = &rig->port.hal;

	hal->ops->dma_free(hal->ctx, ptr, (uintptr_t)ptr, len, 0);
}

static void first_fit_and_alignment(void **state)
{
	struct rig *rig = *state;
	unsigned char *a = take(rig, 10, 1);
	unsigned char *b = take(rig, 100, 64);
	unsigned char *c = take(rig, 5000, 4096);

	assert_ptr_equal(a, rig->arena);
	assert_ptr_equal(b, rig->arena + 64);
	assert_ptr_equal(c, rig->arena + 4096);
	/* The gap between the first two is used for what fits there. */
	assert_ptr_equal(take(rig, 54, 2), rig->arena + 10);
	assert_ptr_equal(take(rig, 1, 1), rig->arena + 164);
	assert_int_equal(lev_baremetal_used(&rig->port), 5165);
	assert_int_equal(lev_baremetal_count(&rig->port), 5);
	give(rig, b, 100);
	assert_ptr_equal(take(rig, 100, 4), rig->arena + 64);
}

static void freed_neighbours_become_one(void **state)
{
	struct rig *rig = *state;
	void *blocks[4];

	for (unsigned i = 0; i < 4; i++)
		blocks[i] = take(rig, ARENA_LEN / 4, 4096);
	assert_null(take(rig, 1, 1));
	give(rig, blocks[0], ARENA_LEN / 4);
	give(rig, blocks[2], ARENA_LEN / 4);
	assert_null(take(rig, ARENA_LEN / 4 + 1, 1));
	give(rig, blocks[1], ARENA_LEN / 4);
	assert_ptr_equal(take(rig, 3 * (ARENA_LEN / 4), 4096), rig->arena);
	give(rig, rig->arena, 3 * (ARENA_LEN / 4));
	give(rig, blocks[3], ARENA_LEN / 4);
	assert_int_equal(lev_baremetal_used(&rig->port), 0);
	assert_int_equal(lev_baremetal_count(&rig->port), 0);
	assert_int_equal(rig->port.allocs, 5);
	assert_int_equal(rig->port.frees, 5);
	assert_ptr_equal(take(rig, ARENA_LEN, 4096), rig->arena);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct rig *rig = *state;

	assert_null(take(rig, 0, 1));
	assert_null(take(rig, ARENA_LEN + 1, 1));
	assert_null(take(rig, SIZE_MAX, 4096));
	assert_null(take(rig, SIZE_MAX - 4095, 1));
	for (unsigned i = 0; i < LEV_BAREMETAL_BLOCKS; i++)
		assert_non_null(take(rig, 1, 16));
	assert_null(take(rig, 1, 1));
	assert_int_equal(lev_baremetal_count(&rig->port), LEV_BAREMETAL_BLOCKS);
}

static void the_highest_address_holds(void **state)
{
	struct rig *rig = *state;
	const struct lev_hal *hal = &rig->port.hal;
	lev_paddr start = (uintptr_t)rig->arena;
	lev_paddr addr = 0;

	assert_null(
		hal->ops->dma_alloc(hal->ctx, 4096, 1, start + 4094, 0, &addr));
	assert_null(hal->ops->dma_alloc(hal->ctx, 1, 1, start - 1, 0, &addr));
	assert_null(hal->ops->dma_alloc(hal->ctx, 1, 1, 0, 0, &addr));
	assert_int_equal(lev_baremetal_count(&rig->port), 0);
	assert_non_null(
		hal->ops->dma_alloc(hal->ctx, 4096, 1, start + 4095, 0, &addr));
	assert_true(addr == start);
}

/* Many turns at random; no two live blocks may ever share a byte. */
static void blocks_never_overlap(void **state)
{
	struct rig *rig = *state;
	struct {
		unsigned char *ptr;
		size_t len;
	} live[40] = { { NULL, 0 } };
	uint32_t seed = 7;

	for (unsigned turn = 0; turn < 20000; turn++) {
		unsigned i = (seed >> 8) % 40;

		seed = seed * 1664525u + 1013904223u;
		if (live[i].ptr != NULL) {
			for (size_t k = 0; k < live[i].len; k++)
				assert_int_equal(live[i].ptr[k], i);
			give(rig, live[i].ptr, live[i].len);
			live[i].ptr = NULL;
			continue;
		}
		live[i].len = 1 + (seed >> 12) % 3000;
		live[i].ptr =
			take(rig, live[i].len, (size_t)1 << (seed >> 9) % 13);
		if (live[i].ptr != NULL)
			memset(live[i].ptr, (int)i, live[i].len);
	}
	for (unsigned i = 0; i < 40; i++) {
		if (live[i].ptr != NULL)
			give(rig, live[i].ptr, live[i].len);
	}
	assert_int_equal(lev_baremetal_used(&rig->port), 0);
	assert_int_equal(rig->port.allocs, rig->port.frees);
	assert_true(rig->port.allocs > 5000);
}

static void registers_have_widths_and_byte_order(void **state)
{
	struct rig *rig = *state;
	const struct lev_hal *hal = &rig->port.hal;
	unsigned char *reg = rig->arena;
	static const unsigned char want[] = { 0x11, 0xa5, 0x33, 0x22,
					      0x77, 0x66, 0x55, 0x44 };

	hal->ops->reg_write(hal->ctx, (uintptr_t)reg, 1, 0xffffff11);
	hal->ops->reg_write(hal->ctx, (uintptr_t)reg + 2, 2, 0xffff2233);
	hal->ops->reg_write(hal->ctx, (uintptr_t)reg + 4, 4, 0x44556677);
	assert_memory_equal(reg, want, sizeof(want));
	assert_int_equal(hal->ops->reg_read(hal->ctx, (uintptr_t)reg, 1), 0x11);
	assert_int_equal(hal->ops->reg_read(hal->ctx, (uintptr_t)reg + 2, 2),
			 0x2233);
	assert_int_equal(hal->ops->reg_read(hal->ctx, (uintptr_t)reg + 4, 4),
			 0x44556677);
}

/* Registers that PCI has are where they are, ports beside all addresses. */
static void pci_registers_are_where_they_are(void **state)
{
	struct rig *rig = *state;
	const struct lev_hal *hal = &rig->port.hal;
	uint64_t reg = 0;

	assert_int_equal(hal->ops->io_map(hal->ctx, LEV_IO_MEMORY, 0x10004000,
					  0x1000, &reg),
			 0);
	assert_true(reg == 0x10004000);
	assert_int_equal(
		hal->ops->io_map(hal->ctx, LEV_IO_MEMORY, UINTPTR_MAX, 2, &reg),
		LEV_ERR_NOTSUP);
	assert_int_equal(
		hal->ops->io_map(hal->ctx, LEV_IO_PORT, 0xffe1, 32, &reg),
		LEV_ERR_NOTSUP);
#ifdef LEV_BAREMETAL_PORT
	assert_int_equal(
		hal->ops->io_map(hal->ctx, LEV_IO_PORT, 0xffe0, 32, &reg), 0);
	assert_true(reg == LEV_BAREMETAL_PORT(0xffe0));
	assert_true(LEV_BAREMETAL_PORT(0xffff) < (uint64_t)1 << 63 &&
		    LEV_BAREMETAL_PORT(0) >> 57);
#else
	assert_int_equal(
		hal->ops->io_map(hal->ctx, LEV_IO_PORT, 0xffe0, 32, &reg),
		LEV_ERR_NOTSUP);
#endif
}

/* Refuses ports; memory is mapped 1 MiB higher. */
static int fake_io_map(void *ctx, enum lev_io_space space, uint64_t addr,
		       uint64_t len, uint64_t *reg)
{
	*(uint64_t *)ctx = len;
	if (space == LEV_IO_PORT)
		return LEV_ERR_NOTSUP;
	*reg = addr + 0x100000;
	return 0;
}

static void the_caller_may_map_them(void **state)
{
	struct rig *rig = *state;
	struct lev_baremetal_config config = rig->port.config;
	const struct lev_hal *hal = &rig->port.hal;
	uint64_t reg = 0;

	config.io_map = fake_io_map;
	lev_baremetal_init(&rig->port, &config);
	assert_int_equal(hal->ops->io_map(hal->ctx, LEV_IO_MEMORY, 0x10004000,
					  0x38, &reg),
			 0);
	assert_true(reg == 0x10104000 && rig->clock == 0x38);
	assert_int_equal(
		hal->ops->io_map(hal->ctx, LEV_IO_PORT, 0x1000, 32, &reg),
		LEV_ERR_NOTSUP);
}

static void say(const struct lev_hal *hal, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	hal->ops->log(hal->ctx, "test", format, args);
	va_end(args);
}

static void clock_and_sleep_are_the_callers(void **state)
{
	struct rig *rig = *state;
	const struct lev_hal *hal = &rig->port.hal;
	struct lev_baremetal_config config = rig->port.config;

	rig->clock = 12;
	assert_int_equal(hal->ops->now(hal->ctx), 12);
	hal->ops->relax(hal->ctx, 99);
	assert_int_equal(rig->clock, 99);
	config.relax = NULL;
	lev_baremetal_init(&rig->port, &config);
	hal->ops->relax(hal->ctx, 5);
	say(hal, "nobody listens");
	assert_int_equal(rig->clock, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(first_fit_and_alignment, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(freed_neighbours_become_one,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_does_not_fit_is_refused,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_highest_address_holds,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(blocks_never_overlap, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			registers_have_widths_and_byte_order, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			pci_registers_are_where_they_are, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_caller_may_map_them, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(clock_and_sleep_are_the_callers,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
