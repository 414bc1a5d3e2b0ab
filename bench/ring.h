/* SPDX-License-Identifier: MIT */
/* What the programs that measure the rings share; hosts only. */
#ifndef BENCH_RING_H
#define BENCH_RING_H

#include <levitate.h>

#include "ring_queue.h"

/* --- the queue on a port of this process: ring_library.c --- */

/*
 * Set a zeroed one up; the device offers exactly these bits and all must be
 * accepted. maps: the port has a dma_map, one segment to one. 0, or an error,
 * told on stderr.
 */
int bench_queue_up(struct bench_queue *b, uint64_t features, bool maps);
void bench_queue_down(struct bench_queue *b);

/* --- requests: ring_library.c --- */

/* BENCH_SIZE requests, the same shape each, with memory of their own. */
struct bench_requests {
	struct lev_request req[BENCH_SIZE];
	struct lev_seg seg[BENCH_SIZE][BENCH_SEGS];
};

/* count: 1 (readable), else a 16-byte header and count - 1 writable. */
void bench_requests_init(struct bench_requests *r, unsigned count);

/* --- one configuration of ring.c: ring_rounds.c --- */

enum bench_form { BENCH_REAP, BENCH_POLL, BENCH_MAP };

struct bench_run {
	enum bench_form form;
	unsigned segs;
	unsigned batch;
	uint64_t features;
	unsigned next; /* request to add */
	unsigned back; /* requests that came back through done */
	struct bench_device device;
	struct bench_queue bench;
	struct bench_requests requests;
};

/* End the program with what went wrong. */
void bench_die(const char *what);

/* A batch goes out and the device returns it. */
void bench_add_and_kick(struct bench_run *r);

/* So many batches, there and back. */
void bench_measure(struct bench_run *r, unsigned rounds);

#endif
