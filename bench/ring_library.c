/* SPDX-License-Identifier: MIT */
/*
 * The library's queue as the programs of this folder bring it up: a port with
 * identity addresses, and many requests.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ring.h"

/* --- the port --- */

static void *port_dma_alloc(void *ctx, size_t len, size_t align,
			    lev_paddr max_addr, unsigned flags, lev_paddr *addr)
{
	void *ptr;

	(void)ctx;
	(void)align; /* at most a page */
	(void)max_addr;
	(void)flags;
	if (posix_memalign(&ptr, 4096, len))
		return NULL;
	memset(ptr, 0, len);
	*addr = (uintptr_t)ptr;
	return ptr;
}

static void port_dma_free(void *ctx, void *ptr, lev_paddr addr, size_t len,
			  unsigned flags)
{
	(void)ctx;
	(void)addr;
	(void)len;
	(void)flags;
	free(ptr);
}

static uint64_t port_now(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* One to one: what the library's part of a mapping costs. */
static int port_dma_map(void *ctx, void *ptr, size_t len, unsigned flags,
			struct lev_seg *segs, unsigned max)
{
	(void)ctx;
	(void)flags;
	(void)max; /* never 0 */
	segs[0].addr = (uintptr_t)ptr;
	segs[0].len = (uint32_t)len;
	return 1;
}

static void port_dma_unmap(void *ctx, void *ptr, size_t len, unsigned flags,
			   const struct lev_seg *segs, unsigned count)
{
	(void)ctx;
	(void)ptr;
	(void)len;
	(void)flags;
	(void)segs;
	(void)count;
}

static const struct lev_hal_ops port_ops = {
	.dma_alloc = port_dma_alloc,
	.dma_free = port_dma_free,
	.now = port_now,
};

static const struct lev_hal_ops mapping_port_ops = {
	.dma_alloc = port_dma_alloc,
	.dma_free = port_dma_free,
	.now = port_now,
	.dma_map = port_dma_map,
	.dma_unmap = port_dma_unmap,
};

/* --- the queue --- */

int bench_queue_up(struct bench_queue *b, uint64_t features, bool maps)
{
	static const struct lev_hal port = { &port_ops, NULL };
	static const struct lev_hal mapping_port = { &mapping_port_ops, NULL };
	const int err =
		bench_queue_start(b, maps ? &mapping_port : &port, features);

	if (err) {
		fprintf(stderr, "no queue: %s\n", lev_strerror(err));
		return err;
	}
	for (unsigned bit = 0; bit < 64; bit++)
		if (features >> bit & 1 && !lev_device_has(&b->dev, bit)) {
			fprintf(stderr, "feature %u was not accepted\n", bit);
			return LEV_ERR_NOTSUP;
		}
	return 0;
}

void bench_queue_down(struct bench_queue *b)
{
	if (bench_queue_stop(b))
		abort();
}

/* --- requests --- */

void bench_requests_init(struct bench_requests *r, unsigned count)
{
	for (unsigned i = 0; i < BENCH_SIZE; i++)
		bench_request_init(&r->req[i], r->seg[i], count);
}
