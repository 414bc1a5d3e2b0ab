/* SPDX-License-Identifier: MIT */
/*
 * The device model sees what it claims to see of packed rings: for each rule
 * there is a driver that breaks it; and it finds nothing wrong with drivers
 * that do everything right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fake_rig_packed.h"

static const uint64_t EVENT_IDX = (uint64_t)1 << FAKE_F_EVENT_IDX;
static const uint64_t INDIR = (uint64_t)1 << FAKE_F_INDIRECT;
static const uint16_t LAP = FAKE_DESC_AVAIL | FAKE_DESC_USED;

static struct packed started(struct rig *rig)
{
	return packed_start(rig, 0, RIG_SIZE);
}

/* Nothing is served before we say so. */
static struct packed by_hand(struct rig *rig, uint32_t size)
{
	rig->dev->mode = FAKE_MANUAL;
	return packed_start(rig, 0, size);
}

static struct fake_chain *pop(struct rig *rig)
{
	return fake_queue_pop(&rig->dev->queues[0]);
}

static void time_passes(struct rig *rig)
{
	rig->port->ops.relax(rig->port, UINT64_MAX);
}

/* --- set-up --- */

static void declined(struct rig *rig)
{
	rig->dev->features[0] |= (uint64_t)1 << FAKE_F_RING_PACKED;
	rig_features(rig, 0);
}

static void placed_badly(struct rig *rig, uint32_t reg, uint32_t shift)
{
	packed_features(rig, 0);
	rig_look(rig, 0);
	rig_place(rig, 0);
	rig_wr(rig, reg, (uint32_t)rig->addr + PACKED_TABLES + shift);
	rig_enable(rig, 0);
}

static void ring_misaligned(struct rig *rig)
{
	placed_badly(rig, FAKE_REG_DESC_LOW, 8);
}

static void driver_event_misaligned(struct rig *rig)
{
	placed_badly(rig, FAKE_REG_DRIVER_LOW, 2);
}

static void device_event_misaligned(struct rig *rig)
{
	placed_badly(rig, FAKE_REG_DEVICE_LOW, 2);
}

static void event_out_of_memory(struct rig *rig)
{
	placed_badly(rig, FAKE_REG_DEVICE_LOW, RIG_MEM - PACKED_TABLES);
}

static void stale_ring(struct rig *rig)
{
	packed_features(rig, 0);
	rig_put16(rig, 16 * (RIG_SIZE - 1) + 12, 1);
	packed_place(rig, RIG_SIZE);
}

static void stale_event(struct rig *rig)
{
	packed_features(rig, 0);
	rig_put16(rig, PACKED_DEVICE, 1);
	packed_place(rig, RIG_SIZE);
}

static void size_zero(struct rig *rig)
{
	packed_features(rig, 0);
	packed_place(rig, 0);
}

static void size_above_all(struct rig *rig)
{
	rig->dev->queues[0].size_max = 40000;
	packed_features(rig, 0);
	packed_place(rig, 32769);
}

static void freed_ring(struct rig *rig)
{
	struct packed p = started(rig);

	packed_one(&p, 0, 0);
	rig->port->ops.dma_free(rig->port, rig->mem, rig->addr, RIG_MEM, 0);
}

/* --- lists --- */

static void head_first(struct rig *rig)
{
	struct packed p = started(rig);

	packed_one(&p, 0, FAKE_DESC_NEXT);
	packed_kick(&p);
}

static void tail_of_other_lap(struct rig *rig)
{
	struct packed p = started(rig);

	packed_desc(&p, 1, rig_buffer(rig, 0), 4, 0, FAKE_DESC_USED);
	packed_one(&p, 0, FAKE_DESC_NEXT);
	packed_kick(&p);
}

static void longer_than_the_ring(struct rig *rig)
{
	struct packed p = started(rig);

	for (unsigned i = 0; i < RIG_SIZE; i++)
		packed_one(&p, 0, FAKE_DESC_NEXT);
	packed_kick(&p);
}

/* Four slots, two of them with the device, a list of three. */
static void no_room(struct rig *rig)
{
	struct packed p = by_hand(rig, 4);

	packed_list(&p, 0, 2, 0);
	assert_non_null(pop(rig));
	packed_one(&p, 1, FAKE_DESC_NEXT);
	packed_one(&p, 1, FAKE_DESC_NEXT);
	assert_null(pop(rig));
}

static void longer_than_allowed(struct rig *rig)
{
	struct packed p = started(rig);

	rig->dev->queues[0].list_max = 2;
	packed_list(&p, 0, 2, 0);
	packed_kick(&p);
	assert_int_equal(fake_violation_count(rig->port), 0);
	packed_list(&p, 1, 1, 2);
	packed_kick(&p);
}

static void readable_last(struct rig *rig)
{
	struct packed p = started(rig);

	packed_desc(&p, 1, rig_buffer(rig, 0), 4, 0, packed_bits(&p));
	packed_one(&p, 0, FAKE_DESC_NEXT | FAKE_DESC_WRITE);
	packed_kick(&p);
}

static void empty_segment(struct rig *rig)
{
	struct packed p = started(rig);

	packed_desc(&p, 0, rig_buffer(rig, 0), 0, 0, packed_bits(&p));
	packed_kick(&p);
}

static void unknown_flag(struct rig *rig)
{
	struct packed p = started(rig);

	packed_one(&p, 0, 8);
	packed_kick(&p);
}

static void cpu_address(struct rig *rig)
{
	struct packed p = started(rig);

	packed_desc(&p, 0, (uintptr_t)rig->mem, 4, 0, packed_bits(&p));
	packed_kick(&p);
}

static void too_many_bytes(struct rig *rig)
{
	static uint8_t here[16];
	struct packed p;

	fake_port_set_map(rig->port, FAKE_MAP_NONE);
	rig->port->any_memory = true;
	p = by_hand(rig, RIG_SIZE);
	for (uint16_t i = 0; i < 3; i++)
		packed_desc(&p, i, (uintptr_t)here, 0x80000000, 0,
			    packed_bits(&p) | (i < 2 ? FAKE_DESC_NEXT : 0));
	assert_null(pop(rig));
}

static void id_in_flight(struct rig *rig)
{
	struct packed p = by_hand(rig, RIG_SIZE);

	packed_one(&p, 5, 0);
	packed_one(&p, 5, 0);
	assert_non_null(pop(rig));
	assert_null(pop(rig));
}

/* --- indirect tables --- */

static void table_put(struct packed *p, unsigned i, uint16_t flags)
{
	rig_desc_at(p->rig, PACKED_TABLES + 16 * i, rig_buffer(p->rig, 64 * i),
		    4, 0, flags);
}

static void table_of_two(struct rig *rig, uint64_t features, uint32_t len,
			 uint16_t flags, uint16_t inner)
{
	struct packed p = packed_start(rig, features, RIG_SIZE);

	table_put(&p, 0, 0);
	table_put(&p, 1, inner);
	packed_table(&p, 0, len, flags);
	packed_kick(&p);
}

static void table_uninvited(struct rig *rig)
{
	table_of_two(rig, 0, 32, INDIRECT, WRITE);
}

static void table_with_next(struct rig *rig)
{
	table_of_two(rig, INDIR, 32, INDIRECT, NEXT);
}

static void table_with_lap(struct rig *rig)
{
	table_of_two(rig, INDIR, 32, INDIRECT, FAKE_DESC_AVAIL);
}

static void table_odd(struct rig *rig)
{
	table_of_two(rig, INDIR, 24, INDIRECT, WRITE);
}

static void table_empty(struct rig *rig)
{
	table_of_two(rig, INDIR, 0, INDIRECT, WRITE);
}

static void table_writable(struct rig *rig)
{
	table_of_two(rig, INDIR, 32, INDIRECT | WRITE, WRITE);
}

static void table_and_next(struct rig *rig)
{
	table_of_two(rig, INDIR, 32, INDIRECT | NEXT, WRITE);
}

static void table_in_list(struct rig *rig)
{
	struct packed p = packed_start(rig, INDIR, RIG_SIZE);

	table_put(&p, 0, 0);
	packed_desc(&p, 1, rig->addr + PACKED_TABLES, 16, 0,
		    packed_bits(&p) | INDIRECT);
	packed_one(&p, 0, NEXT);
	packed_kick(&p);
}

static void table_too_long(struct rig *rig)
{
	struct packed p = packed_start(rig, INDIR, RIG_SIZE);

	for (unsigned i = 0; i < RIG_SIZE + 1; i++)
		table_put(&p, i, 0);
	packed_table(&p, 0, 16 * (RIG_SIZE + 1), INDIRECT);
	packed_kick(&p);
}

static void table_longer_than_allowed(struct rig *rig)
{
	rig->dev->queues[0].list_max = 1;
	table_of_two(rig, INDIR, 32, INDIRECT, WRITE);
}

/* --- what is the device's --- */

static void lent(struct rig *rig, struct packed *p)
{
	*p = by_hand(rig, RIG_SIZE);
	packed_one(p, 0, 0);
	assert_non_null(pop(rig));
}

static void push_oldest(struct rig *rig)
{
	fake_queue_push(fake_queue_oldest(&rig->dev->queues[0]), 0);
}

static void desc_changed(struct rig *rig)
{
	struct packed p;

	lent(rig, &p);
	rig_put32(rig, 8, 5);
	push_oldest(rig);
}

static void desc_taken_back(struct rig *rig)
{
	struct packed p;

	lent(rig, &p);
	packed_desc(&p, 0, rig_buffer(rig, 0), 4, 1, FAKE_DESC_USED);
	push_oldest(rig);
}

/* Another chain's descriptor, under the next used one. */
static void other_desc_changed(struct rig *rig)
{
	struct packed p = by_hand(rig, RIG_SIZE);

	packed_one(&p, 0, 0);
	packed_one(&p, 1, 0);
	assert_non_null(pop(rig));
	rig_put32(rig, 8, 5);
	fake_queue_push(pop(rig), 0);
}

static void event_written(struct rig *rig)
{
	struct packed p = started(rig);

	rig_put16(rig, PACKED_DEVICE + 2, FAKE_EVENT_DISABLE);
	packed_one(&p, 0, 0);
	packed_kick(&p);
}

static void freed_in_flight(struct rig *rig)
{
	struct packed p = started(rig);
	lev_paddr addr;
	void *ptr = rig_alloc(rig, 16, 16, &addr);

	rig->dev->mode = FAKE_ON_RUN;
	packed_desc(&p, 0, addr, 16, 0, packed_bits(&p));
	packed_kick(&p);
	assert_int_equal(fake_violation_count(rig->port), 0);
	rig->port->ops.dma_free(rig->port, ptr, addr, 16, 0);
}

/* --- events --- */

static void event(struct rig *rig, uint64_t features, uint16_t desc,
		  uint16_t flags)
{
	struct packed p = packed_start(rig, features, RIG_SIZE);

	packed_event(&p, desc, flags);
	packed_one(&p, 0, 0);
	packed_kick(&p);
}

static void event_flags_three(struct rig *rig)
{
	event(rig, EVENT_IDX, 0, 3);
}

static void event_reserved_bits(struct rig *rig)
{
	event(rig, 0, 0, 4);
}

static void event_desc_uninvited(struct rig *rig)
{
	event(rig, 0, 0x8000, FAKE_EVENT_DESC);
}

static void event_out_of_ring(struct rig *rig)
{
	event(rig, EVENT_IDX, 0x8000 | RIG_SIZE, FAKE_EVENT_DESC);
}

/* --- kicks --- */

static void kick_forgotten(struct rig *rig)
{
	struct packed p = started(rig);

	packed_one(&p, 0, 0);
	time_passes(rig);
}

static void kick_forgotten_event(struct rig *rig)
{
	struct packed p = packed_start(rig, EVENT_IDX, RIG_SIZE);

	packed_one(&p, 0, 0);
	packed_kick(&p);
	packed_one(&p, 1, 0);
	time_passes(rig);
}

static void kick_unwanted(struct rig *rig)
{
	struct packed p;

	rig->dev->suppress_kicks = true;
	p = started(rig);
	packed_one(&p, 0, 0);
	packed_kick(&p);
}

static void kick_unwanted_event(struct rig *rig)
{
	struct packed p = packed_start(rig, EVENT_IDX, RIG_SIZE);

	rig->dev->mode = FAKE_ON_RUN;
	/* Slot 1 of the first lap: the second one is to be kicked for. */
	fake_set_event(&rig->dev->queues[0], 0x8001, FAKE_EVENT_DESC);
	packed_one(&p, 0, 0);
	packed_kick(&p);
}

static void kick_for_wrong_lap(struct rig *rig)
{
	struct packed p = started(rig);

	p.wrap = false;
	packed_one(&p, 0, 0);
	packed_kick(&p);
}

static void kick_for_wrong_slot(struct rig *rig)
{
	struct packed p = started(rig);

	packed_step(&p);
	packed_one(&p, 0, 0);
	packed_kick(&p);
}

/* The slot that was made available, not the one behind it. */
static void kick_with_wrong_data(struct rig *rig)
{
	const uint64_t data = (uint64_t)1 << FAKE_F_NOTIFICATION_DATA;
	struct packed p = packed_start(rig, data, RIG_SIZE);

	packed_one(&p, 0, 0);
	rig_wr(rig, FAKE_REG_QUEUE_NOTIFY, 0x80000000);
}

static const struct rig_bad bads[] = {
	{ "CORE-RFEAT-06", 2, declined },
	{ "CORE-CLEAN-01", 2, desc_changed },
	{ "CORE-CLEAN-02", 2, freed_in_flight },
	{ "CORE-CLEAN-02", 2, freed_ring },
	{ "PACKED-RING-01", 2, ring_misaligned },
	{ "PACKED-RING-01", 2, driver_event_misaligned },
	{ "PACKED-RING-01", 2, device_event_misaligned },
	{ "PACKED-DESC-01", 2, desc_taken_back },
	{ "PACKED-DESC-02", 2, desc_changed },
	{ "PACKED-DESC-02", 2, other_desc_changed },
	{ "PACKED-DESC-03", 2, kick_with_wrong_data },
	{ "PACKED-SG-01", 2, longer_than_allowed },
	{ "PACKED-SG-02", 2, longer_than_the_ring },
	{ "PACKED-SG-03", 2, readable_last },
	{ "PACKED-SG-04", 2, no_room },
	{ "PACKED-SG-05", 2, no_room },
	{ "PACKED-SG-06", 2, head_first },
	{ "PACKED-SG-06", 2, tail_of_other_lap },
	{ "PACKED-INDIR-01", 2, table_uninvited },
	{ "PACKED-INDIR-02", 2, table_with_next },
	{ "PACKED-INDIR-02", 2, table_with_lap },
	{ "PACKED-INDIR-03", 2, table_too_long },
	{ "PACKED-INDIR-03", 2, table_longer_than_allowed },
	{ "PACKED-INDIR-04", 2, table_and_next },
	{ "PACKED-INDIR-04", 2, table_in_list },
	{ "X-PACKED-08", 2, kick_forgotten },
	{ "X-PACKED-08", 2, kick_forgotten_event },
	{ "X-DMA-01", 2, event_out_of_memory },
	{ "X-DMA-02", 2, cpu_address },
	{ "X-MMIO-07", 2, size_zero },
	{ "X-MMIO-07", 2, size_above_all },
	{ "X-PACKED-01", 2, id_in_flight },
	{ "X-PACKED-02", 2, event_written },
	{ "X-PACKED-03", 2, event_flags_three },
	{ "X-PACKED-03", 2, event_reserved_bits },
	{ "X-PACKED-04", 2, event_desc_uninvited },
	{ "X-PACKED-04", 2, event_out_of_ring },
	{ "X-PACKED-05", 2, kick_for_wrong_lap },
	{ "X-PACKED-05", 2, kick_for_wrong_slot },
	{ "X-PACKED-06", 2, kick_unwanted },
	{ "X-PACKED-06", 2, kick_unwanted_event },
	{ "X-PACKED-07", 2, too_many_bytes },
	{ "X-RING-01", 2, stale_ring },
	{ "X-RING-01", 2, stale_event },
	{ "X-RING-05", 2, empty_segment },
	{ "X-RING-05", 2, unknown_flag },
	{ "X-RING-05", 2, table_writable },
	{ "X-RING-06", 2, table_odd },
	{ "X-RING-06", 2, table_empty },
};

/* --- drivers that keep the rules --- */

static void done(struct rig *rig)
{
	rig_stop(rig);
	FAKE_FREE_CLEAN(rig->port);
}

static void echoes(uint64_t features, uint32_t size)
{
	struct rig rig = rig_new(2);
	struct packed p = packed_start(&rig, features, size);
	const unsigned lists = size < 2 ? 1 : 2;
	uint32_t len;

	assert_true(rig.dev->queues[0].packed);
	for (uint16_t i = 0; i < 20; i++) {
		const uint32_t at = RIG_BUFFERS + 64u * p.next;
		const uint32_t to =
			RIG_BUFFERS + 64u * ((p.next + 1u) % p.size);

		packed_event(&p, p.used_wrap ? p.used | 0x8000 : p.used,
			     features & EVENT_IDX ? FAKE_EVENT_DESC
						  : FAKE_EVENT_ENABLE);
		rig_put32(&rig, at, i);
		packed_list(&p, i, 1, lists - 1);
		packed_kick(&p);
		assert_int_equal(rig.dev->isr, 1);
		rig_rd(&rig, FAKE_REG_INTERRUPT_STATUS);
		rig_wr(&rig, FAKE_REG_INTERRUPT_ACK, 1);
		assert_int_equal(packed_reap(&p, &len), i);
		assert_int_equal(len, 4 * (lists - 1));
		assert_int_equal(rig_get32(&rig, to), i);
		assert_int_equal(packed_reap(&p, &len), -1);
	}
	done(&rig);
}

static void good_drivers_are_clean(void **state)
{
	(void)state;
	for (uint32_t size = 1; size < 12; size++) {
		echoes(0, size);
		echoes(EVENT_IDX | INDIR, size);
	}
}

static void good_indirect_is_clean(void **state)
{
	struct rig rig = rig_new(2);

	(void)state;
	table_of_two(&rig, INDIR, 32, INDIRECT, WRITE);
	assert_int_equal(rig_get32(&rig, 8), 4);
	assert_int_equal(rig_get16(&rig, 14), LAP | FAKE_DESC_WRITE);
	done(&rig);
}

static void a_second_kick_is_allowed(void **state)
{
	struct rig rig = rig_new(2);
	struct packed p = started(&rig);

	(void)state;
	packed_kick(&p);
	packed_one(&p, 0, 0);
	packed_kick(&p);
	packed_kick(&p);
	done(&rig);
}

/* Where the next descriptor goes, for three laps. */
static void good_data_is_clean(void **state)
{
	const uint64_t data = (uint64_t)1 << FAKE_F_NOTIFICATION_DATA;
	struct rig rig = rig_new(2);
	struct packed p = packed_start(&rig, data, 5);
	uint32_t len;

	(void)state;
	for (uint16_t i = 0; i < 15; i++) {
		packed_list(&p, i, 1, 1);
		rig_wr(&rig, FAKE_REG_QUEUE_NOTIFY,
		       (uint32_t)p.next << 16 | (uint32_t)p.wrap << 31);
		assert_int_equal(packed_reap(&p, &len), i);
	}
	assert_int_equal(fake_check_armed(rig.port, "PACKED-DESC-03"), 15);
	done(&rig);
}

/* A ring begins anew, zeroed and in its first lap, after a queue's reset. */
static void a_reset_ring_begins_anew(void **state)
{
	const uint64_t ring_reset = (uint64_t)1 << FAKE_F_RING_RESET;
	struct rig rig = rig_new(2);
	struct packed p = packed_start(&rig, ring_reset, 3);
	uint32_t len;

	(void)state;
	packed_list(&p, 0, 1, 1);
	packed_kick(&p);
	assert_int_equal(packed_reap(&p, &len), 0);
	rig_wr(&rig, FAKE_REG_QUEUE_RESET, 1);
	assert_int_equal(rig_rd(&rig, FAKE_REG_QUEUE_RESET), 0);
	memset(rig.mem, 0, PACKED_TABLES);
	packed_place(&rig, 4);
	p = (struct packed){
		.rig = &rig, .size = 4, .wrap = true, .used_wrap = true
	};
	packed_list(&p, 9, 2, 1);
	packed_kick(&p);
	assert_int_equal(packed_reap(&p, &len), 9);
	assert_int_equal(packed_slot_id(&p, 0), 9);
	done(&rig);
}

/* Lists of any length, returned in any order, for many laps. */
static void any_order(uint32_t size, unsigned seed)
{
	struct rig rig = rig_new(2);
	struct packed p = by_hand(&rig, size);
	struct fake_chain *popped[PACKED_IDS];
	unsigned npopped = 0, reaped = 0;
	uint32_t rnd = seed, len;

	for (unsigned step = 0; step < 2000; step++) {
		const unsigned count = 1 + (rnd >> 12) % 3;
		const uint16_t id = rnd >> 16 & (PACKED_IDS - 1);
		struct fake_chain *chain;

		rnd = rnd * 1103515245 + 12345;
		if (p.lent + count <= size && !p.len[id] && rnd & 0x100000)
			packed_list(&p, id, 0, count);
		chain = rnd & 0x200000 ? pop(&rig) : NULL;
		if (chain)
			popped[npopped++] = chain;
		if (npopped && rnd & 0x400000) {
			const unsigned at = (rnd >> 8) % npopped;

			fake_queue_push(popped[at], popped[at]->head);
			popped[at] = popped[--npopped];
		}
		if (rnd & 0x800000) {
			const int got = packed_reap(&p, &len);

			assert_true(got < 0 || (uint32_t)got == len);
			reaped += got >= 0;
		}
	}
	assert_true(reaped > 4 * size);
	done(&rig);
}

static void any_order_is_clean(void **state)
{
	(void)state;
	for (uint32_t size = 1; size < 20; size++)
		any_order(size, 77 + size);
}

int main(void)
{
	const struct CMUnitTest good[] = {
		cmocka_unit_test(good_drivers_are_clean),
		cmocka_unit_test(good_indirect_is_clean),
		cmocka_unit_test(a_second_kick_is_allowed),
		cmocka_unit_test(good_data_is_clean),
		cmocka_unit_test(a_reset_ring_begins_anew),
		cmocka_unit_test(any_order_is_clean),
	};
	int failed = cmocka_run_group_tests(good, NULL, NULL);

	return failed + rig_run_bads(bads, sizeof(bads) / sizeof(*bads));
}
