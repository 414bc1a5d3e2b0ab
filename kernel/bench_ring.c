/* SPDX-License-Identifier: MIT */
/*
 * What a request costs the driver: added, kicked, completed by a device that
 * asks for no doorbell, reaped. The library's own queue on a transport of
 * nothing; bench/ring_device.c has the other side. See bench.h.
 */
#include <levitate.h>

#include "bench/ring_device.h"

#include "arch.h"
#include "bench.h"
#include "console.h"

enum {
	DEVICE_ID = 42,
	ROUNDS = 4 * BENCH_SIZE, /* each entry of the ring has its turn */
	SEGS = 16,
	HEADER_LEN = 16,
	DATA_LEN = 4096,
	STATUS_LEN = 1,
};

/* One queue of one device; its transport is a few variables. */
static struct {
	struct lev_transport transport;
	uint32_t offered[2];
	uint32_t status;
	unsigned doorbells;
	struct lev_queue_layout layout;
	struct lev_device dev;
	struct lev_queue queue;
	struct lev_queue_slot slots[BENCH_SIZE];
	struct bench_device device;
	struct lev_request req;
	struct lev_seg segs[SEGS];
} ring;

/* --- a transport of nothing --- */

static bool ring_present(struct lev_transport *t)
{
	(void)t;
	return true;
}

static uint32_t ring_status_read(struct lev_transport *t)
{
	(void)t;
	return ring.status;
}

static void ring_status_write(struct lev_transport *t, uint32_t status)
{
	(void)t;
	ring.status = status;
}

static uint32_t ring_features_read(struct lev_transport *t, unsigned word)
{
	(void)t;
	return word < 2 ? ring.offered[word] : 0;
}

static void ring_features_write(struct lev_transport *t, unsigned word,
				uint32_t value)
{
	(void)t;
	(void)word;
	(void)value;
}

static int ring_queue_max(struct lev_transport *t, uint16_t idx)
{
	(void)t;
	(void)idx;
	return BENCH_SIZE;
}

static int ring_queue_enable(struct lev_transport *t, uint16_t idx,
			     const struct lev_queue_layout *layout)
{
	(void)t;
	(void)idx;
	ring.layout = *layout;
	return 0;
}

static void ring_notify(struct lev_transport *t, uint16_t idx, uint32_t value)
{
	(void)t;
	(void)idx;
	(void)value;
	ring.doorbells++;
}

static const struct lev_transport_ops ring_ops = {
	.present = ring_present,
	.status_read = ring_status_read,
	.status_write = ring_status_write,
	.features_read = ring_features_read,
	.features_write = ring_features_write,
	.queue_max = ring_queue_max,
	.queue_enable = ring_queue_enable,
	.notify = ring_notify,
};

static const struct lev_driver ring_driver = {
	.device_id = DEVICE_ID,
	.name = "bench",
};

/* --- up and down --- */

static int ring_up(const struct lev_hal *hal, bool packed)
{
	const uint32_t features[2] = {
		1u << LEV_F_EVENT_IDX,
		1u << (LEV_F_VERSION_1 - 32) |
			(uint32_t)packed << (LEV_F_RING_PACKED - 32),
	};
	const struct lev_queue_config cfg = {
		.size = BENCH_SIZE,
		.size_min = BENCH_SIZE,
		.slots = ring.slots,
	};
	int err;

	ring.transport = (struct lev_transport){
		.ops = &ring_ops,
		.hal = hal,
		.name = "bench",
		.device_id = DEVICE_ID,
		.version = 2,
		.queue_max = UINT64_MAX,
	};
	ring.offered[0] = features[0];
	ring.offered[1] = features[1];
	ring.doorbells = 0;
	err = lev_device_claim(&ring.dev, &ring.transport, &ring_driver);
	if (!err)
		err = lev_device_begin(&ring.dev, UINT64_MAX);
	if (!err)
		err = lev_queue_init(&ring.queue, &ring.dev, &cfg);
	if (!err)
		err = lev_device_ready(&ring.dev);
	if (err)
		return err;
	if (lev_device_has(&ring.dev, LEV_F_RING_PACKED) != packed)
		return LEV_ERR_NOTSUP;
	bench_device_init(&ring.device, &ring.layout,
			  (uint64_t)features[1] << 32 | features[0]);
	return 0;
}

static void ring_down(void)
{
	/* Our own device confirms each reset. */
	if (lev_device_reset(&ring.dev))
		return;
	lev_queue_fini(&ring.queue);
	lev_device_release(&ring.dev);
}

/* --- there and back --- */

/* A header to read, then count - 1 segments to write; none is looked into. */
static void request_shape(unsigned count)
{
	static uint8_t buffer[DATA_LEN];

	for (unsigned i = 0; i < count; i++) {
		ring.segs[i].addr = (uintptr_t)buffer;
		ring.segs[i].len = DATA_LEN;
	}
	ring.segs[0].len = HEADER_LEN;
	if (count > 1)
		ring.segs[count - 1].len = STATUS_LEN;
	ring.req = (struct lev_request){
		.segs = ring.segs,
		.readable = 1,
		.writable = (uint16_t)(count - 1),
	};
}

/* Instructions of the driver's half of one round; 0: it went wrong. */
static uint32_t round_cost(void)
{
	struct lev_queue *q = &ring.queue;
	uint32_t start, added, used, end;

	start = arch_count();
	if (lev_queue_add(q, &ring.req) || lev_queue_kick(q))
		return 0;
	added = arch_count();
	if (bench_device_run(&ring.device, 1) != 1)
		return 0;
	used = arch_count();
	if (lev_queue_reap(q) != &ring.req)
		return 0;
	end = arch_count();
	return added - start + (end - used);
}

/* All rounds, less what looking at the counter costs; 0: it went wrong. */
static uint64_t rounds_cost(void)
{
	const uint32_t first = arch_count();
	const uint32_t look = arch_count() - first;
	uint64_t total = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		const uint32_t cost = round_cost();

		if (cost <= 2 * look)
			return 0;
		total += cost - 2 * look;
	}
	return total;
}

static bool measure(const char *name, unsigned count)
{
	const uint64_t saved = arch_irq_save();
	uint64_t total;

	request_shape(count);
	total = rounds_cost();
	arch_irq_restore(saved);
	if (!total || ring.doorbells) {
		kprintf("bench: the ring does not work\n");
		return false;
	}
	kprintf("bench ring_%s_%u %llu.%llu\n", name, count,
		(unsigned long long)(total / ROUNDS),
		(unsigned long long)(total * 10 / ROUNDS % 10));
	return true;
}

void bench_ring(const struct lev_hal *hal)
{
	static const unsigned counts[] = { 1, 3, SEGS };

	if (!bench_can_count())
		return;
	for (unsigned packed = 0; packed < 2; packed++) {
		const int err = ring_up(hal, packed);

		if (err)
			kprintf("bench: no ring: %s\n", lev_strerror(err));
		for (unsigned i = 0; i < 3 && !err; i++)
			if (!measure(packed ? "packed" : "split", counts[i]))
				break;
		ring_down();
	}
}
