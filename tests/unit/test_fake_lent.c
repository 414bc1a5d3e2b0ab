/* SPDX-License-Identifier: MIT */
/*
 * Who may see what of the port's memory: buffers that are lent to the device
 * are not the CPU's, what is not lent is not the device's, and the platform's
 * addresses are for those who agreed on them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fake_rig.h"

enum { TO = LEV_DMA_TO_DEVICE, FROM = LEV_DMA_FROM_DEVICE, LEN = 64 };

static const uint64_t PLATFORM = (uint64_t)1 << FAKE_F_ACCESS_PLATFORM;
static const uint64_t ORDER = (uint64_t)1 << FAKE_F_ORDER_PLATFORM;
static const uint64_t INDIR = (uint64_t)1 << FAKE_F_INDIRECT;

/* A test may look at poisoned bytes, to see what its pattern is. */
#if defined(__SANITIZE_ADDRESS__)
#define BUILT_WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BUILT_WITH_ASAN 1
#endif
#endif
#ifndef BUILT_WITH_ASAN
#define BUILT_WITH_ASAN 0
#endif

__attribute__((no_sanitize_address)) static bool
filled(const volatile uint8_t *bytes, uint8_t with)
{
	bool all = true;

	for (unsigned i = 0; i < LEN; i++)
		all &= bytes[i] == with;
	return all;
}

__attribute__((no_sanitize_address)) static void poke(volatile uint8_t *byte)
{
	*byte = 1;
}

static int map(struct rig *rig, void *ptr, unsigned flags,
	       struct lev_seg *piece)
{
	return rig->port->ops.dma_map(rig->port, ptr, LEN, flags, piece, 1);
}

static void unmap(struct rig *rig, void *ptr, unsigned flags,
		  const struct lev_seg *piece)
{
	rig->port->ops.dma_unmap(rig->port, ptr, LEN, flags, piece, 1);
}

static void done(struct rig *rig)
{
	rig_stop(rig);
	FAKE_FREE_CLEAN(rig->port);
}

/* --- drivers that use what they lent --- */

static uint8_t mine[LEN] __attribute__((aligned(8)));

static void lent_then(struct rig *rig, unsigned flags,
		      void (*act)(struct rig *rig))
{
	struct lev_seg piece;

	rig->port->poison_lent = true;
	assert_int_equal(map(rig, mine, flags, &piece), 1);
	act(rig);
	unmap(rig, mine, flags, &piece);
}

static void write_it(struct rig *rig)
{
	(void)rig;
	poke(mine + LEN - 1);
}

static void map_for_writing(struct rig *rig)
{
	struct lev_seg piece;

	assert_int_equal(map(rig, mine, FROM, &piece), LEV_ERR_INVAL);
}

static void sync_it(struct rig *rig)
{
	rig->port->ops.dma_sync(rig->port, mine, LEN, TO);
}

static void writes_while_read(struct rig *rig)
{
	lent_then(rig, TO, write_it);
}

static void writes_while_written(struct rig *rig)
{
	lent_then(rig, FROM, write_it);
}

static void lends_twice(struct rig *rig)
{
	lent_then(rig, TO, map_for_writing);
}

static void syncs(struct rig *rig)
{
	lent_then(rig, TO, sync_it);
}

/* --- drivers that mistake the platform --- */

static void platform_ignored(struct rig *rig)
{
	rig->dev->features[0] |= PLATFORM;
	rig_start(rig, PLATFORM, 1);
}

static void platform_ring_uninvited(struct rig *rig)
{
	rig_realloc(rig, LEV_DMA_PLATFORM);
	rig_start(rig, 0, 1);
}

/* Rings as they should be, one buffer (or its table) that is not. */
static void send_buffer(struct rig *rig, uint64_t features, unsigned flags,
			uint16_t desc_flags)
{
	lev_paddr addr = 0;
	unsigned rings = features & PLATFORM ? LEV_DMA_PLATFORM : 0;

	assert_non_null(rig->port->ops.dma_alloc(rig->port, 64, 64, UINT64_MAX,
						 flags, &addr));
	rig->dev->features[0] |= features;
	rig_realloc(rig, rings);
	rig_start(rig, features, 1);
	assert_int_equal(fake_violation_count(rig->port), 0);
	rig_desc(rig, 0, 0, addr, 16, desc_flags, 0);
	rig_send(rig, 0, 0);
}

static void buffer_not_for_platform(struct rig *rig)
{
	send_buffer(rig, PLATFORM, 0, WRITE);
}

static void buffer_for_platform(struct rig *rig)
{
	send_buffer(rig, 0, LEV_DMA_PLATFORM, WRITE);
}

static void table_not_for_platform(struct rig *rig)
{
	send_buffer(rig, PLATFORM | INDIR, 0, INDIRECT);
}

static const struct rig_bad bads[] = {
	{ "HAL-LENT", 2, writes_while_read },
	{ "HAL-LENT", 2, writes_while_written },
	{ "HAL-LENT", 2, lends_twice },
	{ "HAL-LENT", 2, syncs },
	{ "CORE-RFEAT-04", 2, platform_ignored },
	{ "CORE-RFEAT-04", 2, buffer_not_for_platform },
	{ "CORE-RFEAT-04", 2, table_not_for_platform },
	{ "CORE-RFEAT-05", 2, platform_ring_uninvited },
	{ "CORE-RFEAT-05", 2, buffer_for_platform },
};

/* --- as it should be --- */

static void what_the_device_writes_is_out_of_reach(void **state)
{
	struct rig rig = rig_new(2);
	struct lev_seg piece;
	uint8_t *theirs;

	(void)state;
	rig.port->poison_lent = true;
	memset(mine, 7, LEN);
	assert_int_equal(map(&rig, mine, FROM, &piece), 1);
	assert_true(filled(mine, FAKE_LENT));
	assert_int_equal(fake_poisoned(mine), BUILT_WITH_ASAN);
	assert_int_equal(fake_poisoned(mine + LEN - 1), BUILT_WITH_ASAN);
	theirs = fake_ptr(rig.port, piece.addr, LEN, FROM);
	assert_true(filled(theirs, FAKE_FRESH)); /* nothing of ours */
	memset(theirs, 9, 4);
	unmap(&rig, mine, FROM, &piece);
	assert_false(fake_poisoned(mine));
	assert_int_equal(mine[3], 9);
	assert_int_equal(mine[4], FAKE_FRESH);
	/* And nothing is left where it was. */
	assert_true(filled(theirs, FAKE_GONE));
	assert_int_equal(fake_poisoned(theirs), BUILT_WITH_ASAN);
	assert_null(fake_ptr(rig.port, piece.addr, 1, 0));
	done(&rig);
}

static void both_ways_keeps_what_was_there(void **state)
{
	struct rig rig = rig_new(2);
	struct lev_seg piece;
	uint8_t *theirs;

	(void)state;
	rig.port->poison_lent = true;
	memset(mine, 7, LEN);
	assert_int_equal(map(&rig, mine, TO | FROM, &piece), 1);
	theirs = fake_ptr(rig.port, piece.addr, LEN, TO | FROM);
	assert_true(filled(theirs, 7));
	assert_true(filled(mine, FAKE_LENT));
	assert_int_equal(fake_poisoned(mine), BUILT_WITH_ASAN);
	theirs[0] = 8;
	unmap(&rig, mine, TO | FROM, &piece);
	assert_int_equal(mine[0], 8);
	assert_int_equal(mine[1], 7);
	done(&rig);
}

static void what_the_device_reads_may_be_read(void **state)
{
	struct rig rig = rig_new(2);
	struct lev_seg piece, again;

	(void)state;
	rig.port->poison_lent = true;
	memset(mine, 7, LEN);
	assert_int_equal(map(&rig, mine, TO, &piece), 1);
	assert_int_equal(map(&rig, mine, TO, &again), 1);
	assert_true(filled(mine, 7));
	assert_false(fake_poisoned(mine));
	unmap(&rig, mine, TO, &again);
	unmap(&rig, mine, TO, &piece);
	assert_true(filled(mine, 7));
	done(&rig);
}

static void without_the_knob_it_stays_usable(void **state)
{
	struct rig rig = rig_new(2);
	struct lev_seg piece;
	uint8_t *theirs;

	(void)state;
	assert_int_equal(map(&rig, mine, TO, &piece), 1);
	assert_false(fake_poisoned(mine));
	memset(mine, 3, LEN);
	rig.port->ops.dma_sync(rig.port, mine, LEN, TO);
	theirs = fake_ptr(rig.port, piece.addr, LEN, TO);
	assert_true(filled(theirs, 3));
	unmap(&rig, mine, TO, &piece);
	done(&rig);
}

static void many_mappings_take_no_memory(void **state)
{
	struct rig rig = rig_new(2);
	struct lev_seg piece;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		assert_int_equal(map(&rig, mine, FROM, &piece), 1);
		unmap(&rig, mine, FROM, &piece);
		assert_null(fake_ptr(rig.port, piece.addr, 1, 0));
	}
	assert_int_equal(rig.port->maps, 20000);
	done(&rig);
}

static void the_platform_is_kept_to(void **state)
{
	struct rig rig = rig_new(2);
	struct lev_seg piece;

	(void)state;
	rig.dev->features[0] |= PLATFORM | ORDER;
	rig_realloc(&rig, LEV_DMA_PLATFORM);
	rig_start(&rig, PLATFORM | ORDER, 1);
	assert_int_equal(map(&rig, mine, FROM | LEV_DMA_PLATFORM, &piece), 1);
	rig_desc(&rig, 0, 0, piece.addr, LEN, WRITE, 0);
	rig_send(&rig, 0, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 1);
	unmap(&rig, mine, FROM | LEV_DMA_PLATFORM, &piece);
	assert_true(fake_check_armed(rig.port, "CORE-RFEAT-04") > 3);
	assert_int_equal(fake_check_armed(rig.port, "CORE-RFEAT-05"), 0);
	done(&rig);
}

int main(void)
{
	const struct CMUnitTest good[] = {
		cmocka_unit_test(what_the_device_writes_is_out_of_reach),
		cmocka_unit_test(both_ways_keeps_what_was_there),
		cmocka_unit_test(what_the_device_reads_may_be_read),
		cmocka_unit_test(without_the_knob_it_stays_usable),
		cmocka_unit_test(many_mappings_take_no_memory),
		cmocka_unit_test(the_platform_is_kept_to),
	};
	int failed = cmocka_run_group_tests(good, NULL, NULL);

	return failed + rig_run_bads(bads, sizeof(bads) / sizeof(*bads));
}
