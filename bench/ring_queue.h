/* SPDX-License-Identifier: MIT */
/*
 * The library's queue on a transport of nothing, for measuring what a request
 * costs. Freestanding, for hosts and for the kernel.
 */
#ifndef BENCH_RING_QUEUE_H
#define BENCH_RING_QUEUE_H

#include <levitate/queue.h>

#include "ring_device.h"

enum { BENCH_SEGS = 16 }; /* segments of the longest request */

struct bench_queue {
	struct lev_queue queue;
	struct lev_device dev;
	struct lev_transport transport;
	uint64_t offered;
	uint32_t status;
	unsigned doorbells;
	struct lev_queue_layout layout; /* where the device finds the ring */
	struct lev_queue_slot slots[BENCH_SIZE];
};

/*
 * Set up a zeroed one, or one that was stopped, on a device that offers these
 * bits. 0, or an error of the library's.
 */
LEV_MUST_CHECK int bench_queue_start(struct bench_queue *b,
				     const struct lev_hal *hal,
				     uint64_t features);

/* Its own transport confirms each reset, so this is an error of ours. */
LEV_MUST_CHECK int bench_queue_stop(struct bench_queue *b);

/*
 * A request of count segments: 1, readable, or a header to read and count - 1
 * to write. Nobody looks into them: only addresses go through the ring.
 */
void bench_request_init(struct lev_request *req, struct lev_seg *segs,
			unsigned count);

#endif
