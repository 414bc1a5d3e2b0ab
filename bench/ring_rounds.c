/* SPDX-License-Identifier: MIT */
/*
 * What ring.c has counted. A file of its own: the compiler makes no copy of
 * bench_measure() for one configuration.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ring.h"

void bench_die(const char *what)
{
	fprintf(stderr, "ring: %s\n", what);
	exit(EXIT_FAILURE);
}

void bench_add_and_kick(struct bench_run *r)
{
	struct lev_queue *q = &r->bench.queue;

	for (unsigned i = 0; i < r->batch; i++) {
		if (lev_queue_add(q, &r->requests.req[r->next]))
			bench_die("a request was refused");
		r->next = (r->next + 1) % BENCH_SIZE;
	}
	if (lev_queue_kick(q))
		bench_die("the kick failed, or rang the doorbell unasked");
	if (bench_device_run(&r->device, r->batch) != r->batch)
		bench_die("the device does not see all requests");
}

static void rounds_reap(struct bench_run *r, unsigned rounds)
{
	while (rounds--) {
		bench_add_and_kick(r);
		for (unsigned i = 0; i < r->batch; i++)
			if (!lev_queue_reap(&r->bench.queue))
				bench_die("a request did not come back");
	}
}

static void rounds_poll(struct bench_run *r, unsigned rounds)
{
	while (rounds--) {
		bench_add_and_kick(r);
		if (lev_queue_poll(&r->bench.queue, r->batch) != (int)r->batch)
			bench_die("a request did not come back");
	}
}

static void map_one(struct bench_run *r, const struct lev_seg *seg)
{
	struct lev_device *dev = &r->bench.dev;
	void *ptr = (void *)(uintptr_t)seg->addr;
	struct lev_seg mapped;

	if (lev_device_map(dev, ptr, seg->len, LEV_DMA_TO_DEVICE, &mapped, 1) !=
	    1)
		bench_die("memory was not mapped");
	lev_device_unmap(dev, ptr, seg->len, LEV_DMA_TO_DEVICE, &mapped, 1);
}

static void rounds_map(struct bench_run *r, unsigned rounds)
{
	while (rounds--)
		for (unsigned i = 0; i < r->batch * r->segs; i++)
			map_one(r, &r->requests.seg[0][i % r->segs]);
}

void bench_measure(struct bench_run *r, unsigned rounds)
{
	if (r->form == BENCH_REAP)
		rounds_reap(r, rounds);
	else if (r->form == BENCH_POLL)
		rounds_poll(r, rounds);
	else
		rounds_map(r, rounds);
}
