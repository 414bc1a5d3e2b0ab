/* SPDX-License-Identifier: MIT */
/*
 * Random bytes of QEMU's entropy device, in buffers of this process's own: all
 * of them go to the device and back through the port's dma_map.
 */
#include "rig.h"

enum { TIMEOUT_S = 20, BYTES = 64, PIECE = 100 };

static const char *const entropy_only[] = { "virtio-rng-device", NULL };

struct source {
	struct lev_qtest *qt;
	struct lev_mmio mmio;
	struct lev_rng rng;
	unsigned done;
};

static void source_up(struct source *s, const struct cell *cell)
{
	const struct lev_qtest_config config = { .map_piece = PIECE };

	memset(s, 0, sizeof(*s));
	s->qt = rig_open_with(cell, entropy_only, &config);
	rig_probe(s->qt, &s->mmio, 0, LEV_ID_RNG);
	assert_int_equal(lev_rng_init(&s->rng, &s->mmio.transport), 0);
	rig_assert_features(cell, &s->rng.dev);
}

static void source_close(struct source *s)
{
	assert_int_equal(lev_rng_fini(&s->rng), 0);
	assert_int_equal(lev_qtest_blocks(s->qt), 0);
	rig_close(s->qt);
}

static uint64_t soon(const struct source *s)
{
	return lev_device_deadline(&s->rng.dev,
				   TIMEOUT_S * UINT64_C(1000000000));
}

/*
 * Bytes that the device did not write stand out in any 16: those of the bounce
 * buffer are all the same, and so are those that were there before.
 */
static void assert_random(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + 16 <= len; i += 16) {
		unsigned same = 0;

		for (size_t j = 1; j < 16; j++)
			same += bytes[i + j] == bytes[i];
		assert_true(same < 8);
	}
}

static void two_reads_differ(void **state)
{
	uint8_t first[BYTES] = { 0 }, second[BYTES] = { 0 };
	struct source s;

	source_up(&s, *state);
	assert_int_equal(lev_rng_read(&s.rng, first, BYTES, soon(&s)), 0);
	assert_int_equal(lev_rng_read(&s.rng, second, BYTES, soon(&s)), 0);
	assert_random(first, BYTES);
	assert_random(second, BYTES);
	assert_memory_not_equal(first, second, BYTES);
	source_close(&s);
}

/* Nothing around the buffer changes, whatever its size and place. */
static void many_sizes(void **state)
{
	enum { MOST = PIECE * LEV_RNG_SEGS, MARGIN = 16 };
	uint8_t room[MARGIN + MOST + MARGIN];
	struct source s;
	unsigned blocks;

	source_up(&s, *state);
	blocks = lev_qtest_blocks(s.qt);
	for (size_t len = 1; len <= MOST; len += len < 40 ? 1 : 17) {
		const size_t from = MARGIN - len % 8;

		memset(room, 0x3c, sizeof(room));
		assert_int_equal(
			lev_rng_read(&s.rng, room + from, len, soon(&s)), 0);
		for (size_t i = 0; i < sizeof(room); i++)
			if (i < from || i >= from + len)
				assert_int_equal(room[i], 0x3c);
		assert_random(room + from, len);
		assert_int_equal(lev_qtest_blocks(s.qt), blocks);
	}
	assert_int_equal(lev_rng_read(&s.rng, room, MOST + 1, soon(&s)),
			 LEV_ERR_RANGE);
	source_close(&s);
}

struct order {
	struct lev_rng_request request; /* first */
	struct source *source;
	uint8_t bytes[BYTES];
};

static void order_done(struct lev_rng_request *request)
{
	struct order *o = LEV_CONTAINER_OF(request, struct order, request);

	o->source->done++;
}

static void order_place(struct order *o, struct source *s)
{
	memset(o, 0, sizeof(*o));
	o->source = s;
	o->request.buf = o->bytes;
	o->request.len = BYTES;
	o->request.done = order_done;
	assert_int_equal(lev_rng_submit(&s->rng, &o->request), 0);
}

/* Sleep on the interrupt until so many are back in all. */
static void await(struct source *s, unsigned count)
{
	while (s->done < count) {
		int got = lev_rng_poll(&s->rng);

		assert_true(got >= 0);
		if (got > 0)
			continue;
		assert_true(lev_qtest_irq_wait(s->qt, 0, true));
		assert_int_equal(lev_device_isr(&s->rng.dev),
				 LEV_INTERRUPT_USED);
	}
	assert_int_equal(s->done, count);
}

static void all_at_once(void **state)
{
	enum { ORDERS = 4, ROUNDS = 20 };
	struct order orders[ORDERS];
	struct source s;

	source_up(&s, *state);
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < ORDERS; i++)
			order_place(&orders[i], &s);
		await(&s, (round + 1) * ORDERS);
		for (unsigned i = 0; i < ORDERS; i++) {
			assert_int_equal(orders[i].request.err, 0);
			assert_int_equal(orders[i].request.got, BYTES);
			assert_random(orders[i].bytes, BYTES);
			assert_memory_not_equal(orders[i].bytes,
						orders[(i + 1) % ORDERS].bytes,
						BYTES);
		}
	}
	source_close(&s);
}

/* The device was never told of requests that it owns. */
static void orders_in_flight(struct source *s, struct order *orders,
			     unsigned count)
{
	lev_qtest_hook(s->qt, rig_no_doorbell, NULL);
	for (unsigned i = 0; i < count; i++)
		order_place(&orders[i], s);
	lev_qtest_hook(s->qt, NULL, NULL);
	assert_int_equal(lev_rng_poll(&s->rng), 0);
}

static void reset_in_flight(void **state)
{
	struct order orders[3];
	struct source s;

	source_up(&s, *state);
	orders_in_flight(&s, orders, 3);
	assert_int_equal(lev_qtest_system_reset(s.qt), 0);
	assert_int_equal(lev_device_poll(&s.rng.dev), LEV_ERR_IO);
	assert_int_equal(s.done, 0);
	assert_int_equal(lev_rng_restart(&s.rng), 0);
	assert_int_equal(s.done, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(orders[i].request.err, LEV_ERR_CANCELED);
	order_place(&orders[0], &s);
	await(&s, 4);
	assert_int_equal(orders[0].request.err, 0);
	assert_random(orders[0].bytes, BYTES);
	source_close(&s);
}

static void gone_in_flight(void **state)
{
	struct order orders[2];
	uint8_t bytes[BYTES];
	struct source s;

	source_up(&s, *state);
	orders_in_flight(&s, orders, 2);
	lev_qtest_kill(s.qt);
	assert_int_equal(lev_rng_read(&s.rng, bytes, BYTES, soon(&s)),
			 LEV_ERR_NODEV);
	assert_int_equal(s.done, 2);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(orders[i].request.err, LEV_ERR_CANCELED);
	assert_int_equal(lev_rng_restart(&s.rng), LEV_ERR_NODEV);
	source_close(&s);
}

int main(void)
{
	static const struct rig_test tests[] = {
		{ "two reads differ", two_reads_differ, false },
		{ "many sizes", many_sizes, false },
		{ "all at once", all_at_once, false },
		{ "reset in flight", reset_in_flight, false },
		{ "gone in flight", gone_in_flight, false },
	};

	return RIG_RUN(tests);
}
