/* SPDX-License-Identifier: MIT */
/*
 * The port under the device model: memory, mappings and clock do what hal.h
 * promises, or what a test asks for instead; misuse does not go unseen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fake_rig.h"

static void free_it(struct rig *rig, void *ptr, lev_paddr addr, size_t len)
{
	rig->port->ops.dma_free(rig->port, ptr, addr, len, 0);
}

/* --- drivers that misuse it --- */

static void alloc_misaligned(struct rig *rig)
{
	lev_paddr addr;

	assert_null(rig_alloc(rig, 16, 24, &addr));
}

static void free_wrong_len(struct rig *rig)
{
	lev_paddr addr;
	void *ptr = rig_alloc(rig, 16, 8, &addr);

	rig->port->ops.dma_free(rig->port, ptr, addr, 17, 0);
}

static void free_twice(struct rig *rig)
{
	lev_paddr addr;
	void *ptr = rig_alloc(rig, 16, 8, &addr);

	rig->port->ops.dma_free(rig->port, ptr, addr, 16, 0);
	assert_int_equal(fake_violation_count(rig->port), 0);
	rig->port->ops.dma_free(rig->port, ptr, addr, 16, 0);
}

static void map_nothing(struct rig *rig)
{
	struct lev_seg piece;
	uint8_t byte = 0;

	assert_int_equal(rig->port->ops.dma_map(rig->port, &byte, 0,
						LEV_DMA_TO_DEVICE, &piece, 1),
			 LEV_ERR_INVAL);
}

static void unmap_other_flags(struct rig *rig)
{
	struct lev_seg piece;
	uint8_t bytes[4] = { 0 };

	assert_int_equal(rig->port->ops.dma_map(rig->port, bytes, 4,
						LEV_DMA_TO_DEVICE, &piece, 1),
			 1);
	rig->port->ops.dma_unmap(rig->port, bytes, 4, LEV_DMA_FROM_DEVICE,
				 &piece, 1);
}

static void sync_unmapped(struct rig *rig)
{
	uint8_t bytes[4] = { 0 };

	rig->port->ops.dma_sync(rig->port, bytes, 4, LEV_DMA_TO_DEVICE);
}

static void reg_nowhere(struct rig *rig)
{
	rig->port->ops.reg_read(rig->port, 0x1234, 4);
}

static const struct rig_bad bads[] = {
	{ "HAL-ALLOC", 2, alloc_misaligned }, { "HAL-FREE", 2, free_wrong_len },
	{ "HAL-FREE", 2, free_twice },	      { "HAL-MAP", 2, map_nothing },
	{ "HAL-MAP", 2, unmap_other_flags },  { "HAL-SYNC", 2, sync_unmapped },
	{ "HAL-REG", 2, reg_nowhere },
};

/* --- memory --- */

static void memory_is_as_promised(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	for (size_t align = 1; align <= 4096; align *= 2) {
		lev_paddr addr = 0;
		uint8_t *ptr = rig_alloc(&rig, 100, align, &addr);

		assert_non_null(ptr);
		assert_int_equal((uintptr_t)ptr % align, 0);
		assert_int_equal(addr % align, 0);
		assert_int_not_equal(addr % (2 * align), 0);
		assert_int_not_equal(addr, (uintptr_t)ptr);
		for (unsigned i = 0; i < 100; i++)
			assert_int_equal(ptr[i], 0);
		assert_ptr_equal(fake_ptr(rig.port, addr, 100, 0), ptr);
		assert_null(fake_ptr(rig.port, addr, 101, 0));
		free_it(&rig, ptr, addr, 100);
		assert_null(fake_ptr(rig.port, addr, 1, 0));
	}
	assert_int_equal(rig.port->live_allocs, 1);
	assert_int_equal(rig.port->live_bytes, RIG_MEM);
	assert_int_equal(rig.port->allocs, 14);
	rig_stop(&rig);
	rig_free(&rig);
}

static void max_addr_is_kept_or_not(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_port *port = rig.port;
	lev_paddr addr;

	(void)state;
	assert_non_null(
		port->ops.dma_alloc(port, 64, 16, UINT32_MAX, 0, &addr));
	assert_true(addr + 63 <= UINT32_MAX);
	assert_null(port->ops.dma_alloc(port, 64, 16, 4095, 0, &addr));
	port->alloc_ignores_max = true;
	assert_non_null(
		port->ops.dma_alloc(port, 64, 16, UINT32_MAX, 0, &addr));
	assert_true(addr > UINT32_MAX);
	port->bus_base = (uint64_t)1 << 44;
	assert_non_null(
		port->ops.dma_alloc(port, 64, 16, UINT32_MAX, 0, &addr));
	assert_true(addr >> 12 > UINT32_MAX);
	port->alloc_ignores_max = false;
	port->alloc_above_max = true;
	assert_non_null(
		port->ops.dma_alloc(port, 64, 16, UINT32_MAX, 0, &addr));
	assert_true(addr + 63 > UINT32_MAX);
	assert_int_equal(addr % 16, 0);
	assert_int_equal(fake_violation_count(port), 0);
	rig_free(&rig);
}

static void bad_answers_on_request(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_port *port = rig.port;
	lev_paddr addr;
	void *ptr;

	(void)state;
	port->alloc_fail_at = 2;
	assert_non_null(rig_alloc(&rig, 8, 8, &addr));
	assert_null(rig_alloc(&rig, 8, 8, &addr));
	assert_non_null(rig_alloc(&rig, 8, 8, &addr));
	port->alloc_misalign = true;
	ptr = rig_alloc(&rig, 8, 8, &addr);
	assert_int_equal(addr % 8, 1);
	free_it(&rig, ptr, addr, 8);
	assert_int_equal(fake_violation_count(port), 0);
	rig_free(&rig);
}

/* --- mappings --- */

static void maps_copy_when_told(void **state)
{
	struct rig rig = rig_new(2);
	const struct lev_hal_ops *ops = &rig.port->ops;
	struct lev_seg p[4];
	uint8_t mine[10] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, *theirs;
	unsigned both = LEV_DMA_TO_DEVICE | LEV_DMA_FROM_DEVICE;

	(void)state;
	rig.port->map_piece = 4;
	assert_int_equal(ops->dma_map(rig.port, mine, 10, both, p, 2),
			 LEV_ERR_RANGE);
	assert_int_equal(ops->dma_map(rig.port, mine, 10, both, p, 4), 3);
	assert_int_equal(p[0].len + p[1].len + p[2].len, 10);
	assert_true(p[0].addr > p[1].addr + p[1].len);
	theirs = fake_ptr(rig.port, p[1].addr, 4, both);
	assert_int_equal(theirs[0], 5);
	/* Neither side sees the other's change before a sync. */
	mine[4] = 50;
	theirs[1] = 60;
	assert_int_equal(theirs[0], 5);
	assert_int_equal(mine[5], 6);
	ops->dma_sync(rig.port, mine + 4, 1, LEV_DMA_TO_DEVICE);
	ops->dma_sync(rig.port, mine + 5, 1, LEV_DMA_FROM_DEVICE);
	assert_int_equal(theirs[0], 50);
	assert_int_equal(mine[5], 60);
	theirs[2] = 70;
	ops->dma_unmap(rig.port, mine, 10, both, p, 3);
	assert_int_equal(mine[6], 70);
	assert_null(fake_ptr(rig.port, p[0].addr, 1, 0));
	assert_int_equal(rig.port->live_maps, 0);
	assert_int_equal(rig.port->sync_bytes, 2);
	rig_stop(&rig);
	FAKE_FREE_CLEAN(rig.port);
}

static void maps_have_a_direction(void **state)
{
	struct rig rig = rig_new(2);
	struct lev_seg p;
	uint8_t mine[4] = { 1, 2, 3, 4 }, *theirs;

	(void)state;
	assert_int_equal(rig.port->ops.dma_map(rig.port, mine, 4,
					       LEV_DMA_FROM_DEVICE, &p, 1),
			 1);
	assert_null(fake_ptr(rig.port, p.addr, 4, LEV_DMA_TO_DEVICE));
	theirs = fake_ptr(rig.port, p.addr, 4, LEV_DMA_FROM_DEVICE);
	assert_int_equal(theirs[0], 0xa5);
	rig.port->ops.dma_sync(rig.port, mine, 4, LEV_DMA_TO_DEVICE);
	assert_true(fake_violation_has(rig.port, "HAL-SYNC"));
	rig_free(&rig);
}

static void lent_memory_needs_a_name(void **state)
{
	struct rig rig = rig_new(2);
	uint8_t mine[4] = { 0 };
	uint64_t addr = (uintptr_t)mine;

	(void)state;
	fake_port_set_map(rig.port, FAKE_MAP_NONE);
	assert_null(rig.port->ops.dma_map);
	assert_null(fake_ptr(rig.port, addr, 4, 0));
	fake_lend(rig.port, mine, 4);
	assert_ptr_equal(fake_ptr(rig.port, addr, 4, 0), mine);
	fake_unlend(rig.port, mine);
	assert_null(fake_ptr(rig.port, addr, 4, 0));
	rig.port->any_memory = true;
	assert_ptr_equal(fake_ptr(rig.port, addr, 4, 0), mine);
	rig_stop(&rig);
	rig_free(&rig);
}

/* --- time and log --- */

static void count_relax(struct fake_port *port, void *arg)
{
	(void)port;
	++*(unsigned *)arg;
}

static void time_moves_when_asked(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_port *port = rig.port;
	uint64_t start = port->clock;
	unsigned calls = 0;

	(void)state;
	port->on_relax = count_relax;
	port->on_relax_arg = &calls;
	assert_true(port->ops.now(port) == start + 100);
	port->ops.relax(port, start + 5000000);
	assert_true(port->clock == start + 100 + 10000);
	fake_advance(port, 7);
	assert_true(port->clock == start + 100 + 10000 + 7);
	assert_int_equal(calls, 1);
	assert_true(port->last_deadline == start + 5000000);
	rig_stop(&rig);
	rig_free(&rig);
}

static void say(struct rig *rig, const char *format, ...) LEV_FORMAT(2, 3);

static void say(struct rig *rig, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	rig->port->ops.log(rig->port, "me", format, args);
	va_end(args);
}

static void the_log_keeps_the_last_lines(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	say(&rig, "the %s of %u", "first", 3u);
	assert_true(fake_log_has(rig.port, "me: the first of 3"));
	for (unsigned i = 0; i < FAKE_LOG_LINES; i++)
		say(&rig, "another");
	assert_false(fake_log_has(rig.port, "first"));
	assert_true(fake_log_has(rig.port, "other"));
	rig_stop(&rig);
	rig_free(&rig);
}

/* --- the book of rules --- */

static void leaks_are_told(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	fake_violation_count(rig.port); /* no report on stderr */
	assert_int_equal(fake_port_free(rig.port), 1);
}

static void rules_can_be_ignored_and_forgotten(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	fake_ignore(rig.port, "MMIO-INIT-01");
	rig_rd(&rig, FAKE_REG_VERSION);
	assert_int_equal(fake_violation_count(rig.port), 0);
	assert_true(fake_check_armed(rig.port, "MMIO-INIT-01") > 0);
	assert_int_equal(fake_check_armed(rig.port, "MMIO-REG-20"), 0);
	reg_nowhere(&rig);
	assert_int_equal(fake_violation_count(rig.port), 1);
	fake_violation_clear(rig.port);
	assert_int_equal(fake_violation_count(rig.port), 0);
	assert_false(fake_violation_has(rig.port, "HAL-REG"));
	rig_free(&rig);
}

int main(void)
{
	const struct CMUnitTest good[] = {
		cmocka_unit_test(memory_is_as_promised),
		cmocka_unit_test(max_addr_is_kept_or_not),
		cmocka_unit_test(bad_answers_on_request),
		cmocka_unit_test(maps_copy_when_told),
		cmocka_unit_test(maps_have_a_direction),
		cmocka_unit_test(lent_memory_needs_a_name),
		cmocka_unit_test(time_moves_when_asked),
		cmocka_unit_test(the_log_keeps_the_last_lines),
		cmocka_unit_test(leaks_are_told),
		cmocka_unit_test(rules_can_be_ignored_and_forgotten),
	};
	int failed = cmocka_run_group_tests(good, NULL, NULL);

	return failed + rig_run_bads(bads, sizeof(bads) / sizeof(*bads));
}
