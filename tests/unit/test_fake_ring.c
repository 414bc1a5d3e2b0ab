/* SPDX-License-Identifier: MIT */
/*
 * The device model sees what it claims to see of split rings: chains that are
 * no chains, kicks that are missing or unwanted; and finds nothing wrong with
 * a driver that does everything right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fake_rig.h"

static const uint64_t EVENT_IDX = (uint64_t)1 << FAKE_F_EVENT_IDX;
static const uint64_t INDIR = (uint64_t)1 << FAKE_F_INDIRECT;

static void started(struct rig *rig)
{
	rig_start(rig, 0, 1);
}

/* --- chains --- */

static void put(struct rig *rig, unsigned i, uint32_t len, uint16_t flags,
		uint16_t next)
{
	rig_desc(rig, 0, i, rig_buffer(rig, 64 * i), len, flags, next);
}

static void readable_last(struct rig *rig)
{
	started(rig);
	put(rig, 0, 4, WRITE | NEXT, 1);
	put(rig, 1, 4, 0, 0);
	rig_send(rig, 0, 0);
}

static void chain_loops(struct rig *rig)
{
	started(rig);
	put(rig, 0, 4, NEXT, 1);
	put(rig, 1, 4, NEXT, 0);
	rig_send(rig, 0, 0);
}

static void chain_too_long(struct rig *rig)
{
	static uint8_t here[16];

	fake_port_set_map(rig->port, FAKE_MAP_NONE);
	rig->port->any_memory = true;
	started(rig);
	for (unsigned i = 0; i < 3; i++)
		rig_desc(rig, 0, i, (uintptr_t)here, 0x80000000,
			 (uint16_t)(i < 2 ? NEXT : 0), (uint16_t)(i + 1));
	rig_send(rig, 0, 0);
}

static void next_out_of_table(struct rig *rig)
{
	started(rig);
	put(rig, 0, 4, NEXT, RIG_SIZE);
	rig_send(rig, 0, 0);
}

static void head_out_of_table(struct rig *rig)
{
	started(rig);
	rig_send(rig, 0, RIG_SIZE);
}

static void head_in_flight(struct rig *rig)
{
	started(rig);
	rig->dev->mode = FAKE_MANUAL;
	put(rig, 0, 4, 0, 0);
	rig_send(rig, 0, 0);
	rig_send(rig, 0, 0);
	assert_non_null(fake_queue_pop(&rig->dev->queues[0]));
	assert_null(fake_queue_pop(&rig->dev->queues[0]));
}

static void empty_segment(struct rig *rig)
{
	started(rig);
	put(rig, 0, 0, 0, 0);
	rig_send(rig, 0, 0);
}

static void unknown_flag(struct rig *rig)
{
	started(rig);
	put(rig, 0, 4, 8, 0);
	rig_send(rig, 0, 0);
}

static void cpu_address(struct rig *rig)
{
	started(rig);
	rig_desc(rig, 0, 0, (uintptr_t)rig->mem, 4, 0, 0);
	rig_send(rig, 0, 0);
}

static void wrong_direction(struct rig *rig)
{
	struct lev_seg piece;
	uint8_t bytes[4] = { 0 };

	started(rig);
	assert_int_equal(rig->port->ops.dma_map(rig->port, bytes, 4,
						LEV_DMA_TO_DEVICE, &piece, 1),
			 1);
	rig_desc(rig, 0, 0, piece.addr, 4, WRITE, 0);
	rig_send(rig, 0, 0);
}

static void beyond_memory(struct rig *rig)
{
	started(rig);
	rig_desc(rig, 0, 0, rig->addr + RIG_MEM - 2, 4, 0, 0);
	rig_send(rig, 0, 0);
}

static void avail_back(struct rig *rig)
{
	started(rig);
	rig_echo(rig, 0);
	rig_put16(rig, RIG_AVAIL + 2, 0);
	rig_kick(rig, 0);
}

static void avail_unexposed(struct rig *rig)
{
	started(rig);
	rig->dev->mode = FAKE_MANUAL;
	put(rig, 0, 4, 0, 0);
	put(rig, 1, 4, 0, 0);
	rig_avail(rig, 0, 0);
	rig_avail(rig, 0, 1);
	assert_non_null(fake_queue_pop(&rig->dev->queues[0]));
	rig_put16(rig, RIG_AVAIL + 2, 1);
	assert_null(fake_queue_pop(&rig->dev->queues[0]));
}

static void avail_jump(struct rig *rig)
{
	started(rig);
	rig_put16(rig, RIG_AVAIL + 2, RIG_SIZE + 1);
	rig_kick(rig, 0);
}

static void avail_flags_two(struct rig *rig)
{
	started(rig);
	rig_put16(rig, RIG_AVAIL, 2);
	rig_echo(rig, 0);
}

static void avail_flags_with_event(struct rig *rig)
{
	rig_start(rig, EVENT_IDX, 1);
	rig_put16(rig, RIG_AVAIL, 1);
	rig_echo(rig, 0);
}

/* An indirect table of two at 0x9000, referred to by descriptor 0. */
static void indirect(struct rig *rig, uint64_t features, uint32_t len,
		     uint16_t flags, uint16_t inner)
{
	rig_start(rig, features, 1);
	rig_desc_at(rig, 0x9000, rig_buffer(rig, 0), 4, NEXT, 1);
	rig_desc_at(rig, 0x9010, rig_buffer(rig, 64), 4, inner, 0);
	rig_desc(rig, 0, 0, rig->addr + 0x9000, len, flags, 1);
	rig_send(rig, 0, 0);
}

static void indirect_uninvited(struct rig *rig)
{
	indirect(rig, 0, 32, INDIRECT, WRITE);
}

static void indirect_nested(struct rig *rig)
{
	indirect(rig, INDIR, 32, INDIRECT, INDIRECT);
}

static void indirect_and_next(struct rig *rig)
{
	indirect(rig, INDIR, 32, INDIRECT | NEXT, WRITE);
}

static void indirect_odd(struct rig *rig)
{
	indirect(rig, INDIR, 24, INDIRECT, WRITE);
}

static void indirect_long(struct rig *rig)
{
	rig_start(rig, INDIR, 1);
	for (uint16_t i = 0; i < RIG_SIZE + 1; i++)
		rig_desc_at(rig, 0x9000 + 16u * i, rig_buffer(rig, 0), 4,
			    i < RIG_SIZE ? NEXT : 0, (uint16_t)(i + 1));
	rig_desc(rig, 0, 0, rig->addr + 0x9000, 16 * (RIG_SIZE + 1), INDIRECT,
		 0);
	rig_send(rig, 0, 0);
}

static void desc_changed(struct rig *rig)
{
	started(rig);
	rig->dev->mode = FAKE_MANUAL;
	put(rig, 0, 4, 0, 0);
	rig_send(rig, 0, 0);
	assert_non_null(fake_queue_pop(&rig->dev->queues[0]));
	put(rig, 0, 5, 0, 0);
	fake_queue_push(fake_queue_oldest(&rig->dev->queues[0]), 0);
}

static void freed_in_flight(struct rig *rig)
{
	lev_paddr addr;
	void *ptr = rig_alloc(rig, 16, 16, &addr);

	started(rig);
	rig->dev->mode = FAKE_ON_RUN;
	rig_desc(rig, 0, 0, addr, 16, 0, 0);
	rig_send(rig, 0, 0);
	assert_int_equal(fake_violation_count(rig->port), 0);
	rig->port->ops.dma_free(rig->port, ptr, addr, 16, 0);
}

static void freed_before_reset_done(struct rig *rig)
{
	started(rig);
	rig->dev->faults.reset_delay = 1000000;
	rig_wr(rig, FAKE_REG_STATUS, 0);
	rig->port->ops.dma_free(rig->port, rig->mem, rig->addr, RIG_MEM, 0);
}

/* --- kicks --- */

static void time_passes(struct rig *rig)
{
	rig->port->ops.relax(rig->port, UINT64_MAX);
}

static void kick_forgotten(struct rig *rig)
{
	started(rig);
	put(rig, 0, 4, 0, 0);
	rig_avail(rig, 0, 0);
	time_passes(rig);
}

static void kick_forgotten_event(struct rig *rig)
{
	rig_start(rig, EVENT_IDX, 1);
	put(rig, 0, 4, 0, 0);
	rig_avail(rig, 0, 0);
	time_passes(rig);
}

static void kick_believes_avail_event(struct rig *rig)
{
	started(rig);
	fake_set_avail_event(&rig->dev->queues[0], 0x8000);
	put(rig, 0, 4, 0, 0);
	rig_avail(rig, 0, 0);
	time_passes(rig);
}

static void kick_believes_flags(struct rig *rig)
{
	rig_start(rig, EVENT_IDX, 1);
	fake_set_used_flags(&rig->dev->queues[0], 1);
	put(rig, 0, 4, 0, 0);
	rig_avail(rig, 0, 0);
	time_passes(rig);
}

static void kick_unwanted(struct rig *rig)
{
	rig->dev->suppress_kicks = true;
	started(rig);
	put(rig, 0, 4, 0, 0);
	rig_send(rig, 0, 0);
}

static void kick_unwanted_event(struct rig *rig)
{
	rig->dev->suppress_kicks = true;
	rig_start(rig, EVENT_IDX, 1);
	put(rig, 0, 4, 0, 0);
	rig_send(rig, 0, 0);
}

static const struct rig_bad bads[] = {
	{ "CORE-CLEAN-01", 2, desc_changed },
	{ "CORE-CLEAN-02", 2, freed_in_flight },
	{ "CORE-CLEAN-02", 2, freed_before_reset_done },
	{ "SPLIT-FRAME-01", 2, readable_last },
	{ "SPLIT-DESC-01", 2, chain_loops },
	{ "SPLIT-DESC-01", 2, chain_too_long },
	{ "SPLIT-INDIR-01", 2, indirect_uninvited },
	{ "SPLIT-INDIR-02", 2, indirect_nested },
	{ "SPLIT-INDIR-03", 2, indirect_long },
	{ "SPLIT-INDIR-04", 2, indirect_and_next },
	{ "SPLIT-AVAIL-01", 2, avail_back },
	{ "SPLIT-AVAIL-01", 2, avail_unexposed },
	{ "SPLIT-USEDSUP-01", 2, avail_flags_two },
	{ "SPLIT-USEDSUP-03", 2, avail_flags_with_event },
	{ "SPLIT-AVAILSUP-02", 2, kick_believes_avail_event },
	{ "SPLIT-AVAILSUP-03", 2, kick_unwanted },
	{ "SPLIT-AVAILSUP-04", 2, kick_forgotten },
	{ "SPLIT-AVAILSUP-05", 2, kick_believes_flags },
	{ "SPLIT-AVAILSUP-06", 2, kick_forgotten_event },
	{ "SPLIT-AVAILSUP-07", 2, kick_unwanted_event },
	{ "X-DMA-02", 2, cpu_address },
	{ "X-DMA-02", 2, wrong_direction },
	{ "X-DMA-02", 2, beyond_memory },
	{ "X-RING-02", 2, avail_jump },
	{ "X-RING-03", 2, next_out_of_table },
	{ "X-RING-03", 2, head_out_of_table },
	{ "X-RING-04", 2, head_in_flight },
	{ "X-RING-05", 2, empty_segment },
	{ "X-RING-05", 2, unknown_flag },
	{ "X-RING-06", 2, indirect_odd },
};

/* --- drivers that keep the rules --- */

static void good_driver(uint32_t version, uint64_t features)
{
	struct rig rig = rig_new(version);

	rig_start(&rig, features, 2);
	for (unsigned i = 0; i < 20; i++) {
		for (unsigned q = 0; q < 2; q++) {
			rig_put32(&rig, RIG_BUFFERS, i + q);
			rig_echo(&rig, q);
			assert_int_equal(rig_used_idx(&rig, q), i + 1);
			assert_int_equal(rig_used_id(&rig, q, i), 0);
			assert_int_equal(rig_used_len(&rig, q, i), 4);
			assert_int_equal(rig_get32(&rig, RIG_BUFFERS + 64),
					 i + q);
		}
		assert_int_equal(rig_rd(&rig, FAKE_REG_INTERRUPT_STATUS) & 1,
				 !(features & EVENT_IDX) || i == 0);
		rig_wr(&rig, FAKE_REG_INTERRUPT_ACK, rig.dev->isr);
	}
	rig_stop(&rig);
	FAKE_FREE_CLEAN(rig.port);
}

static void good_drivers_are_clean(void **state)
{
	(void)state;
	good_driver(2, 0);
	good_driver(2, EVENT_IDX | INDIR);
	good_driver(1, 0);
	good_driver(1, EVENT_IDX);
}

static void good_indirect_is_clean(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	indirect(&rig, INDIR, 32, INDIRECT, WRITE);
	assert_int_equal(rig_used_len(&rig, 0, 0), 4);
	rig_stop(&rig);
	FAKE_FREE_CLEAN(rig.port);
}

int main(void)
{
	const struct CMUnitTest good[] = {
		cmocka_unit_test(good_drivers_are_clean),
		cmocka_unit_test(good_indirect_is_clean),
	};
	int failed = cmocka_run_group_tests(good, NULL, NULL);

	return failed + rig_run_bads(bads, sizeof(bads) / sizeof(*bads));
}
