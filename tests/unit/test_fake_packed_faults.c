/* SPDX-License-Identifier: MIT */
/*
 * The device model's packed rings work when they should, and break what they
 * are told to break and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fake_rig_packed.h"

static const uint64_t EVENT_IDX = (uint64_t)1 << FAKE_F_EVENT_IDX;
static const uint16_t LAP = FAKE_DESC_AVAIL | FAKE_DESC_USED;

static void done(struct rig *rig)
{
	rig_stop(rig);
	FAKE_FREE_CLEAN(rig->port);
}

/* Requests of one writable descriptor each, ids from 0 on. */
static void send_some(struct packed *p, uint16_t count)
{
	for (uint16_t i = 0; i < count; i++)
		packed_one(p, i, WRITE);
	packed_kick(p);
}

/* Served when the test says so, every chain with 4 bytes written. */
static void fill(struct fake_dev *dev, struct fake_chain *chain)
{
	(void)dev;
	fake_queue_push(chain, 4);
}

static struct packed started(struct rig *rig, uint64_t features, uint32_t size)
{
	rig->dev->handle = fill;
	return packed_start(rig, features, size);
}

/* --- events --- */

static uint32_t device_event(struct rig *rig)
{
	return rig_get32(rig, PACKED_DEVICE);
}

static void kicks_are_asked_for(void **state)
{
	struct rig rig = rig_new(2);
	struct packed p = started(&rig, 0, 3);

	(void)state;
	assert_int_equal(device_event(&rig), FAKE_EVENT_ENABLE << 16);
	send_some(&p, 2);
	assert_int_equal(device_event(&rig), FAKE_EVENT_ENABLE << 16);
	assert_int_equal(fake_queue_next_avail(&rig.dev->queues[0]), 0x8002);
	done(&rig);
	rig = rig_new(2);
	p = started(&rig, EVENT_IDX, 3);
	assert_int_equal(device_event(&rig), FAKE_EVENT_DESC << 16 | 0x8000);
	send_some(&p, 2);
	assert_int_equal(device_event(&rig), FAKE_EVENT_DESC << 16 | 0x8002);
	p.lent = 0;
	send_some(&p, 2);
	assert_int_equal(device_event(&rig), FAKE_EVENT_DESC << 16 | 1);
	assert_int_equal(fake_queue_next_avail(&rig.dev->queues[0]), 1);
	done(&rig);
}

static void kicks_can_be_suppressed(void **state)
{
	struct rig rig = rig_new(2);
	struct packed p;

	(void)state;
	rig.dev->suppress_kicks = true;
	rig.dev->mode = FAKE_ON_RUN;
	p = started(&rig, EVENT_IDX, 4);
	assert_int_equal(device_event(&rig), FAKE_EVENT_DISABLE << 16);
	packed_one(&p, 0, WRITE);
	rig.port->ops.relax(rig.port, UINT64_MAX);
	assert_int_equal(packed_slot_flags(&p, 0), LAP | WRITE);
	done(&rig);
}

/* One kick is enough for those around the slot that was asked for. */
static void one_kick_for_many(void **state)
{
	struct rig rig = rig_new(2);
	struct packed p;

	(void)state;
	rig.dev->mode = FAKE_ON_RUN;
	p = started(&rig, EVENT_IDX, 4);
	fake_set_event(&rig.dev->queues[0], 0x8001, FAKE_EVENT_DESC);
	send_some(&p, 3);
	rig.port->ops.relax(rig.port, UINT64_MAX);
	assert_int_equal(packed_slot_flags(&p, 2), LAP | WRITE);
	done(&rig);
}

static unsigned irqs_of(uint64_t features, uint16_t desc, uint16_t flags)
{
	struct rig rig = rig_new(2);
	struct packed p = started(&rig, features, 4);
	unsigned irqs;

	packed_event(&p, desc, flags);
	assert_int_equal(fake_event_desc(&rig.dev->queues[0]), desc);
	assert_int_equal(fake_event_flags(&rig.dev->queues[0]), flags);
	send_some(&p, 2);
	irqs = rig.dev->irqs;
	done(&rig);
	return irqs;
}

static void interrupts_follow_the_rules(void **state)
{
	(void)state;
	assert_int_equal(irqs_of(0, 0, FAKE_EVENT_ENABLE), 1);
	assert_int_equal(irqs_of(0, 0, FAKE_EVENT_DISABLE), 0);
	assert_int_equal(irqs_of(EVENT_IDX, 7, FAKE_EVENT_ENABLE), 1);
	assert_int_equal(irqs_of(EVENT_IDX, 0x8000, FAKE_EVENT_DISABLE), 0);
	assert_int_equal(irqs_of(EVENT_IDX, 0x8000, FAKE_EVENT_DESC), 1);
	assert_int_equal(irqs_of(EVENT_IDX, 0x8001, FAKE_EVENT_DESC), 1);
	assert_int_equal(irqs_of(EVENT_IDX, 0x8002, FAKE_EVENT_DESC), 0);
	assert_int_equal(irqs_of(EVENT_IDX, 0x0001, FAKE_EVENT_DESC), 0);
}

/* An event in the middle of a list counts: the place is passed. */
static void events_inside_a_list(void **state)
{
	struct rig rig = rig_new(2);
	struct packed p = started(&rig, EVENT_IDX, 4);

	(void)state;
	packed_event(&p, 0x8001, FAKE_EVENT_DESC);
	packed_list(&p, 0, 0, 3);
	packed_kick(&p);
	assert_int_equal(rig.dev->irqs, 1);
	done(&rig);
}

/* A used descriptor stands where the next is due, whoever comes first. */
static void completion_order_is_ring_order(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = &rig.dev->queues[0];
	struct fake_chain *first, *second;
	struct packed p;
	uint32_t len;

	(void)state;
	rig.dev->mode = FAKE_MANUAL;
	p = started(&rig, 0, 5);
	packed_list(&p, 8, 0, 3);
	packed_list(&p, 9, 1, 0);
	first = fake_queue_pop(queue);
	second = fake_queue_pop(queue);
	assert_int_equal(first->head, 8);
	assert_int_equal(first->writable, 12);
	assert_int_equal(second->head, 9);
	fake_queue_push(second, 0);
	assert_int_equal(packed_slot_flags(&p, 0), LAP);
	assert_int_equal(packed_reap(&p, &len), 9);
	/* Slot 0 is free, and only it beside slot 4. */
	packed_list(&p, 7, 2, 0);
	fake_queue_push(first, 12);
	assert_int_equal(packed_slot_len(&p, 1), 12);
	assert_int_equal(packed_reap(&p, &len), 8);
	fake_queue_push(fake_queue_pop(queue), 0);
	assert_int_equal(packed_slot_id(&p, 4), 7);
	assert_int_equal(packed_reap(&p, &len), 7);
	done(&rig);
}

static void prefetched_chains_are_served(void **state)
{
	struct rig rig = rig_new(2);
	struct packed p = started(&rig, 0, 4);
	lev_paddr addr;
	void *ptr = rig_alloc(&rig, 8, 8, &addr);
	uint32_t len;

	(void)state;
	rig.dev->mode = FAKE_ON_RUN;
	send_some(&p, 2);
	/* The model looks whether this is in a chain that waits. */
	rig.port->ops.dma_free(rig.port, ptr, addr, 8, 0);
	assert_int_equal(packed_reap(&p, &len), -1);
	fake_run(rig.dev);
	assert_int_equal(packed_reap(&p, &len), 0);
	assert_int_equal(packed_reap(&p, &len), 1);
	done(&rig);
}

/* --- what it breaks --- */

static void used_descriptors_can_lie(void **state)
{
	struct rig rig = rig_new(2);
	struct packed p = started(&rig, 0, 8);
	struct fake_queue *queue = &rig.dev->queues[0];

	(void)state;
	fake_queue_fault(queue, FAKE_USED_ID, 1, 0x1234);
	fake_queue_fault(queue, FAKE_USED_LEN, 2, 77);
	fake_queue_fault(queue, FAKE_USED_FLAGS, 3, WRITE);
	fake_queue_fault(queue, FAKE_USED_FLAGS, 4, LAP);
	fake_queue_fault(queue, FAKE_USED_FLAGS, 5, FAKE_DESC_USED);
	send_some(&p, 6);
	assert_int_equal(packed_slot_id(&p, 0), 0x1234);
	assert_int_equal(packed_slot_id(&p, 1), 1);
	assert_int_equal(packed_slot_len(&p, 1), 77);
	assert_int_equal(packed_slot_flags(&p, 2), LAP);
	assert_int_equal(packed_slot_len(&p, 2), 4);
	assert_int_equal(packed_slot_flags(&p, 3), WRITE);
	assert_int_equal(packed_slot_flags(&p, 4), FAKE_DESC_AVAIL | WRITE);
	assert_int_equal(packed_slot_flags(&p, 5), LAP | WRITE);
	assert_int_equal(packed_slot_id(&p, 5), 5);
	done(&rig);
}

static void used_places_can_lie(void **state)
{
	struct rig rig = rig_new(2);
	struct fake_queue *queue = &rig.dev->queues[0];
	struct fake_chain *first, *second;
	struct packed p;

	(void)state;
	rig.dev->mode = FAKE_MANUAL;
	p = started(&rig, 0, 8);
	fake_queue_fault(queue, FAKE_USED_TWICE, 1, 0);
	fake_queue_fault(queue, FAKE_USED_JUMP, 2, 3);
	send_some(&p, 2);
	first = fake_queue_pop(queue);
	second = fake_queue_pop(queue);
	fake_queue_push(first, 4);
	fake_queue_push(second, 4);
	assert_int_equal(packed_slot_id(&p, 0), 0);
	assert_int_equal(packed_slot_id(&p, 1), 0);
	assert_int_equal(packed_slot_flags(&p, 1), LAP | WRITE);
	assert_int_equal(packed_slot_flags(&p, 2), 0);
	assert_int_equal(packed_slot_id(&p, 5), 1);
	assert_int_equal(packed_slot_flags(&p, 5), LAP | WRITE);
	fake_packed_goto(queue, 7, true);
	fake_queue_push_raw(queue, 0xabcd, 0);
	assert_int_equal(packed_slot_id(&p, 7), 0xabcd);
	assert_int_equal(packed_slot_flags(&p, 7), LAP);
	/* The other lap begins. */
	fake_queue_push_raw(queue, 2, 6);
	assert_int_equal(packed_slot_flags(&p, 0), WRITE);
	assert_int_equal(packed_slot_len(&p, 0), 6);
	fake_packed_goto(queue, 3, false);
	fake_queue_push_raw(queue, 4, 0);
	assert_int_equal(packed_slot_id(&p, 3), 4);
	assert_int_equal(packed_slot_flags(&p, 3), 0);
	fake_packed_write(queue, 6, 1, 2, 3);
	assert_int_equal(packed_slot_id(&p, 6), 1);
	assert_int_equal(packed_slot_len(&p, 6), 2);
	assert_int_equal(packed_slot_flags(&p, 6), 3);
	done(&rig);
}

static void chains_can_get_lost(void **state)
{
	struct rig rig = rig_new(2);
	struct packed p = started(&rig, 0, 8);
	struct fake_queue *queue = &rig.dev->queues[0];

	(void)state;
	fake_queue_fault(queue, FAKE_USED_LOST, 1, 0);
	fake_queue_fault(queue, FAKE_USED_NO_IRQ, 2, 0);
	send_some(&p, 2);
	assert_int_equal(packed_slot_id(&p, 0), 1);
	assert_int_equal(packed_slot_flags(&p, 1), FAKE_DESC_AVAIL | WRITE);
	assert_int_equal(rig.dev->isr, 0);
	assert_int_equal(queue->inflight, 1);
	done(&rig);
}

static void descriptors_can_be_overwritten(void **state)
{
	struct rig rig = rig_new(2);
	struct packed p = started(&rig, 0, 8);
	struct fake_queue *queue = &rig.dev->queues[0];
	uint32_t len;

	(void)state;
	fake_queue_fault(queue, FAKE_REWRITE_DESC, 1, 0);
	fake_queue_fault(queue, FAKE_SCRIBBLE, 3, 0);
	packed_list(&p, 0, 0, 3);
	packed_list(&p, 1, 0, 1);
	packed_kick(&p);
	assert_int_equal(packed_slot_id(&p, 1), 0xffff);
	assert_int_equal(packed_slot_id(&p, 2), 0xffff);
	assert_int_equal(packed_slot_id(&p, 4), 0);
	assert_int_equal(packed_reap(&p, &len), 0);
	assert_int_equal(packed_reap(&p, &len), 1);
	packed_list(&p, 2, 0, 1);
	packed_kick(&p);
	assert_int_equal(packed_slot_id(&p, 4), 2);
	assert_int_equal(packed_slot_flags(&p, 5), 0xffff);
	assert_int_equal(rig_get32(&rig, PACKED_DRIVER), UINT32_MAX);
	done(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kicks_are_asked_for),
		cmocka_unit_test(kicks_can_be_suppressed),
		cmocka_unit_test(one_kick_for_many),
		cmocka_unit_test(interrupts_follow_the_rules),
		cmocka_unit_test(events_inside_a_list),
		cmocka_unit_test(completion_order_is_ring_order),
		cmocka_unit_test(prefetched_chains_are_served),
		cmocka_unit_test(used_descriptors_can_lie),
		cmocka_unit_test(used_places_can_lie),
		cmocka_unit_test(chains_can_get_lost),
		cmocka_unit_test(descriptors_can_be_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
