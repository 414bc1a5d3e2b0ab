/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of real devices are levels: a line rises when there is something
 * to see, and falls when that is acknowledged. A bare queue on the entropy
 * device shows it without a driver in between.
 */
#include "rig.h"

enum {
	ID_ENTROPY = 4,
	QUEUE_SIZE = 8,
	BYTES = 16,
	DEVICE_FEATURES = 0x10, /* a register of both versions */
	RNG_SLOT = 0,
	KEYBOARD_SLOT = 1,
	REQUESTS = 3,
};

static const char *const devices[] = { "virtio-rng-device",
				       "virtio-keyboard-device", NULL };

static const struct lev_driver driver = { .device_id = ID_ENTROPY,
					  .name = "entropy" };

struct line {
	struct lev_qtest *qt;
	struct lev_mmio mmio;
	struct lev_device dev;
	struct lev_queue q;
	struct lev_queue_slot slots[QUEUE_SIZE];
	struct lev_request reqs[REQUESTS];
	struct lev_seg segs[REQUESTS];
	void *mem;
};

static void line_up(struct line *l, const struct cell *cell)
{
	const struct lev_queue_config cfg = { .size = QUEUE_SIZE,
					      .slots = l->slots,
					      .strict = true };
	lev_paddr addr;

	memset(l, 0, sizeof(*l));
	l->qt = rig_open(cell, devices);
	rig_probe(l->qt, &l->mmio, RNG_SLOT, ID_ENTROPY);
	assert_int_equal(lev_device_claim(&l->dev, &l->mmio.transport, &driver),
			 0);
	assert_int_equal(
		lev_device_begin(&l->dev,
				 lev_device_deadline(&l->dev, UINT64_MAX)),
		0);
	assert_int_equal(lev_queue_init(&l->q, &l->dev, &cfg), 0);
	assert_int_equal(lev_device_ready(&l->dev), 0);
	rig_assert_features(cell, &l->dev);
	l->mem = lev_device_dma_alloc(&l->dev, (size_t)REQUESTS * BYTES, BYTES,
				      UINT64_MAX, &addr);
	assert_non_null(l->mem);
	for (unsigned i = 0; i < REQUESTS; i++) {
		l->segs[i].addr = addr + i * BYTES;
		l->segs[i].len = BYTES;
		l->reqs[i].segs = &l->segs[i];
		l->reqs[i].writable = 1;
	}
}

static void line_close(struct line *l)
{
	assert_int_equal(lev_device_reset(&l->dev), 0);
	lev_queue_fini(&l->q);
	lev_device_dma_free(&l->dev, l->mem, l->segs[0].addr,
			    (size_t)REQUESTS * BYTES);
	lev_device_release(&l->dev);
	assert_false(lev_qtest_irq(l->qt, RNG_SLOT));
	rig_close(l->qt);
}

static void give(struct line *l, unsigned request)
{
	assert_int_equal(lev_queue_add(&l->q, &l->reqs[request]), 0);
	assert_int_equal(lev_queue_kick(&l->q), 1);
}

/*
 * Wait for a request without the help of interrupts. What QEMU did for it,
 * interrupts included, is done when it has answered a register access.
 */
static void take(struct line *l, unsigned request)
{
	const uint64_t timeout = 20 * UINT64_C(1000000000);
	const uint64_t deadline = lev_device_deadline(&l->dev, timeout);
	const struct lev_hal *hal = lev_qtest_hal(l->qt);
	struct lev_request *req;

	do {
		req = lev_queue_reap(&l->q);
		(void)hal->ops->reg_read(
			hal->ctx, lev_qtest_slot(RNG_SLOT) + DEVICE_FEATURES,
			4);
	} while (!req && hal->ops->now(hal->ctx) < deadline);
	assert_ptr_equal(req, &l->reqs[request]);
	assert_int_equal(req->err, 0);
	assert_in_range(req->written, 1, BYTES);
}

static void rises_when_used_falls_when_seen(void **state)
{
	struct line l;

	line_up(&l, *state);
	for (unsigned i = 0; i < 20; i++) {
		const unsigned before = lev_qtest_irq_count(l.qt, RNG_SLOT);

		assert_false(lev_queue_arm(&l.q));
		assert_false(lev_qtest_irq(l.qt, RNG_SLOT));
		give(&l, 0);
		assert_true(lev_qtest_irq_wait(l.qt, RNG_SLOT, true));
		assert_int_equal(lev_device_isr(&l.dev), LEV_INTERRUPT_USED);
		assert_false(lev_qtest_irq(l.qt, RNG_SLOT));
		assert_int_equal(lev_qtest_irq_count(l.qt, RNG_SLOT),
				 before + 1);
		/* What was used before the line rose is there. */
		assert_ptr_equal(lev_queue_reap(&l.q), &l.reqs[0]);
		/* Nothing is pending any more: the line stays down. */
		assert_int_equal(lev_device_isr(&l.dev), 0);
		assert_int_equal(lev_device_poll(&l.dev), 0);
		assert_false(lev_qtest_irq(l.qt, RNG_SLOT));
		assert_int_equal(lev_qtest_irq_count(l.qt, RNG_SLOT),
				 before + 1);
	}
	line_close(&l);
}

static void stays_up_until_acknowledged(void **state)
{
	struct line l;

	line_up(&l, *state);
	for (unsigned i = 0; i < REQUESTS; i++) {
		assert_false(lev_queue_arm(&l.q));
		give(&l, i);
		assert_true(lev_qtest_irq_wait(l.qt, RNG_SLOT, true));
		take(&l, i);
	}
	assert_int_equal(lev_qtest_irq_count(l.qt, RNG_SLOT), 1);
	assert_true(lev_qtest_irq(l.qt, RNG_SLOT));
	/* One acknowledgement is for all. */
	assert_int_equal(lev_device_isr(&l.dev), LEV_INTERRUPT_USED);
	assert_false(lev_qtest_irq(l.qt, RNG_SLOT));
	assert_int_equal(lev_device_isr(&l.dev), 0);
	line_close(&l);
}

/* QEMU tells of the first request of all, whatever EVENT_IDX says. */
static void one_interrupt(struct line *l)
{
	const unsigned before = lev_qtest_irq_count(l->qt, RNG_SLOT);

	assert_false(lev_queue_arm(&l->q));
	give(l, 0);
	take(l, 0);
	assert_int_equal(lev_qtest_irq_count(l->qt, RNG_SLOT), before + 1);
	assert_int_equal(lev_device_isr(&l->dev), LEV_INTERRUPT_USED);
}

static void disarmed_is_silent(void **state)
{
	struct line l;

	line_up(&l, *state);
	one_interrupt(&l);
	lev_queue_disarm(&l.q);
	for (unsigned i = 0; i < 50; i++) {
		give(&l, i % REQUESTS);
		take(&l, i % REQUESTS);
		assert_int_equal(lev_qtest_irq_count(l.qt, RNG_SLOT), 1);
	}
	/* Armed again, it is heard again, for one that comes after. */
	one_interrupt(&l);
	lev_queue_disarm(&l.q);
	give(&l, 1);
	take(&l, 1);
	assert_int_equal(lev_qtest_irq_count(l.qt, RNG_SLOT), 2);
	assert_int_equal(lev_device_isr(&l.dev), 0);
	line_close(&l);
}

/* lev_queue_arm tells of what was used while the queue was not armed. */
static void arming_late_loses_nothing(void **state)
{
	struct line l;

	line_up(&l, *state);
	lev_queue_disarm(&l.q);
	for (unsigned i = 0; i < 20; i++) {
		const uint64_t wait = UINT64_C(20000000000);
		const uint64_t deadline = lev_device_deadline(&l.dev, wait);
		const struct lev_hal *hal = lev_qtest_hal(l.qt);

		give(&l, 0);
		if (!lev_queue_arm(&l.q))
			assert_true(lev_qtest_irq_wait(l.qt, RNG_SLOT, true));
		assert_ptr_equal(lev_queue_reap(&l.q), &l.reqs[0]);
		lev_queue_disarm(&l.q);
		(void)lev_device_isr(&l.dev);
		/* The same through the library's own waiting. */
		give(&l, 1);
		assert_int_equal(lev_queue_wait(&l.q, &l.reqs[1], deadline), 0);
		assert_true(hal->ops->now(hal->ctx) < deadline);
		(void)lev_device_isr(&l.dev);
		lev_queue_disarm(&l.q);
	}
	line_close(&l);
}

static void key_event(struct lev_input *input, const struct lev_input_event *ev)
{
	unsigned *count = input->cfg.ctx;

	(void)ev;
	(*count)++;
}

/* Each device has its own line. */
static void two_lines(void **state)
{
	struct lev_input_config cfg = { .event = key_event };
	struct lev_input keyboard;
	struct lev_mmio slot;
	unsigned events = 0;
	struct line l;

	line_up(&l, *state);
	memset(&keyboard, 0, sizeof(keyboard));
	rig_probe(l.qt, &slot, KEYBOARD_SLOT, LEV_ID_INPUT);
	cfg.transport = &slot.transport;
	cfg.ctx = &events;
	assert_int_equal(lev_input_init(&keyboard, &cfg), 0);
	assert_int_equal(lev_input_poll(&keyboard), 0);
	assert_int_equal(lev_qtest_send_key(l.qt, "a", 1), 0);
	assert_true(lev_qtest_irq_wait(l.qt, KEYBOARD_SLOT, true));
	assert_false(lev_qtest_irq(l.qt, RNG_SLOT));
	assert_false(lev_queue_arm(&l.q));
	give(&l, 0);
	assert_true(lev_qtest_irq_wait(l.qt, RNG_SLOT, true));
	assert_int_equal(lev_device_isr(&l.dev), LEV_INTERRUPT_USED);
	assert_false(lev_qtest_irq(l.qt, RNG_SLOT));
	assert_true(lev_qtest_irq(l.qt, KEYBOARD_SLOT));
	assert_int_equal(lev_device_isr(&keyboard.dev), LEV_INTERRUPT_USED);
	assert_true(lev_input_poll(&keyboard) > 0);
	assert_true(events >= 2);
	assert_int_equal(lev_input_fini(&keyboard), 0);
	assert_ptr_equal(lev_queue_reap(&l.q), &l.reqs[0]);
	line_close(&l);
}

int main(void)
{
	static const struct rig_test tests[] = {
		{ "rises when used, falls when seen",
		  rises_when_used_falls_when_seen, false },
		{ "stays up until acknowledged", stays_up_until_acknowledged,
		  false },
		{ "disarmed is silent", disarmed_is_silent, false },
		{ "arming late loses nothing", arming_late_loses_nothing,
		  false },
		{ "two lines", two_lines, false },
	};

	return RIG_RUN(tests);
}
