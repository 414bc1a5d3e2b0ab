/* SPDX-License-Identifier: MIT */
/*
 * What a request costs the driver: added, kicked, completed by a device that
 * asks for no doorbell, reaped. bench/ring_queue.c has the queue and
 * bench/ring_device.c the other side. See bench.h.
 */
#include <levitate.h>

#include "bench/ring_queue.h"

#include "arch.h"
#include "bench.h"
#include "console.h"

enum { ROUNDS = 4 * BENCH_SIZE }; /* each entry of the ring has its turn */

static struct {
	struct bench_queue bench;
	struct bench_device device;
	struct lev_request req;
	struct lev_seg segs[BENCH_SEGS];
} ring;

static int ring_up(const struct lev_hal *hal, bool packed)
{
	const uint64_t features = UINT64_C(1) << LEV_F_EVENT_IDX |
				  UINT64_C(1) << LEV_F_VERSION_1 |
				  (uint64_t)packed << LEV_F_RING_PACKED;
	const int err = bench_queue_start(&ring.bench, hal, features);

	if (err)
		return err;
	if (lev_device_has(&ring.bench.dev, LEV_F_RING_PACKED) != packed)
		return LEV_ERR_NOTSUP;
	bench_device_init(&ring.device, &ring.bench.layout, features);
	return 0;
}

/* --- there and back --- */

/* Instructions of the driver's half of one round; 0: it went wrong. */
static uint32_t round_cost(void)
{
	struct lev_queue *q = &ring.bench.queue;
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

	bench_request_init(&ring.req, ring.segs, count);
	total = rounds_cost();
	arch_irq_restore(saved);
	if (!total || ring.bench.doorbells) {
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
	static const unsigned counts[] = { 1, 3, BENCH_SEGS };

	if (!bench_can_count())
		return;
	for (unsigned packed = 0; packed < 2; packed++) {
		const int err = ring_up(hal, packed);

		if (err)
			kprintf("bench: no ring: %s\n", lev_strerror(err));
		for (unsigned i = 0; i < 3 && !err; i++)
			if (!measure(packed ? "packed" : "split", counts[i]))
				break;
		if (bench_queue_stop(&ring.bench))
			return;
	}
}
