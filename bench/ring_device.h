/* SPDX-License-Identifier: MIT */
/*
 * The other side of a ring, for measuring this one: a device that does as
 * little as a device can. Freestanding, for hosts and for the kernel.
 */
#ifndef BENCH_RING_DEVICE_H
#define BENCH_RING_DEVICE_H

#include <levitate/device.h>

enum { BENCH_SIZE = 256 }; /* entries of the queue, and requests */

struct bench_split_desc;
struct bench_packed_desc;
struct bench_avail;
struct bench_used;

/*
 * A device that polls and asks for no doorbell. It walks each chain, as any
 * device must, and returns it in order with all that was writable as written.
 */
struct bench_device {
	bool packed;
	bool in_order; /* one used entry stands for all of a batch */
	uint16_t mask;
	uint16_t seen; /* the next available entry */
	bool wrap;     /* packed: the counter of the round */
	const struct bench_split_desc *split_desc;
	const struct bench_avail *avail;
	struct bench_used *used;
	struct bench_packed_desc *packed_desc;
};

/* The ring's memory is zeroed; features: the bits that were accepted. */
void bench_device_init(struct bench_device *d,
		       const struct lev_queue_layout *layout,
		       uint64_t features);

/* Return what is available, at most max chains; how many that was. */
unsigned bench_device_run(struct bench_device *d, unsigned max);

#endif
