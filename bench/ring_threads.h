/* SPDX-License-Identifier: MIT */
/* A ring between two threads; see ring_threads.c. */
#ifndef BENCH_RING_THREADS_H
#define BENCH_RING_THREADS_H

#include "ring.h"

/* What is compared: one way to drive a queue of BENCH_SIZE entries. */
struct bench_ring {
	const char *name;
	uint64_t features; /* the device's */

	/* Set up an empty one and tell where it lies; NULL: it cannot be. */
	void *(*up)(uint64_t features, struct lev_queue_layout *layout);
	void (*down)(void *ring);

	/* As lev_queue_add, lev_queue_kick and lev_queue_reap. */
	int (*add)(void *ring, struct lev_request *req);
	int (*kick)(void *ring);
	struct lev_request *(*reap)(void *ring);
};

/* Rings without checks: ring_bare.c */
extern const struct bench_ring bench_bare_split_add;
extern const struct bench_ring bench_bare_split_kick;
extern const struct bench_ring bench_bare_packed_add;
extern const struct bench_ring bench_bare_packed_kick;

#endif
