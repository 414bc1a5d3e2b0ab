/* SPDX-License-Identifier: MIT */
/*
 * The library's queue as the programs of this folder bring it up: a port with
 * identity addresses and a transport that offers what it is told to.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ring.h"

enum { BENCH_DEVICE_ID = 42, HEADER_LEN = 16, DATA_LEN = 4096, STATUS_LEN = 1 };

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

/* --- the transport --- */

static struct bench_queue *queue_of(struct lev_transport *t)
{
	return (void *)((char *)t - offsetof(struct bench_queue, transport));
}

static bool transport_present(struct lev_transport *t)
{
	(void)t;
	return true;
}

static uint32_t transport_status_read(struct lev_transport *t)
{
	return queue_of(t)->status;
}

static void transport_status_write(struct lev_transport *t, uint32_t status)
{
	queue_of(t)->status = status;
}

static uint32_t transport_features_read(struct lev_transport *t, unsigned word)
{
	return word < 2 ? (uint32_t)(queue_of(t)->offered >> 32 * word) : 0;
}

static void transport_features_write(struct lev_transport *t, unsigned word,
				     uint32_t value)
{
	(void)t;
	(void)word;
	(void)value;
}

static int transport_queue_max(struct lev_transport *t, uint16_t idx)
{
	(void)t;
	(void)idx;
	return BENCH_SIZE;
}

static int transport_queue_enable(struct lev_transport *t, uint16_t idx,
				  const struct lev_queue_layout *layout)
{
	(void)idx;
	queue_of(t)->layout = *layout;
	return 0;
}

static void transport_notify(struct lev_transport *t, uint16_t idx,
			     uint32_t data)
{
	(void)idx;
	(void)data;
	queue_of(t)->doorbells++;
}

static const struct lev_transport_ops transport_ops = {
	.present = transport_present,
	.status_read = transport_status_read,
	.status_write = transport_status_write,
	.features_read = transport_features_read,
	.features_write = transport_features_write,
	.queue_max = transport_queue_max,
	.queue_enable = transport_queue_enable,
	.notify = transport_notify,
};

/* --- the queue --- */

static const struct lev_driver bench_driver = {
	.device_id = BENCH_DEVICE_ID,
	.name = "bench",
};

static int queue_start(struct bench_queue *b)
{
	const struct lev_queue_config cfg = {
		.size = BENCH_SIZE,
		.size_min = BENCH_SIZE,
		.indirect_len = BENCH_SEGS,
		.slots = b->slots,
	};
	const uint64_t deadline = UINT64_MAX;
	int err;

	err = lev_device_claim(&b->dev, &b->transport, &bench_driver);
	if (!err)
		err = lev_device_begin(&b->dev, deadline);
	if (!err)
		err = lev_queue_init(&b->queue, &b->dev, &cfg);
	return err ? err : lev_device_ready(&b->dev);
}

int bench_queue_up(struct bench_queue *b, uint64_t features, bool maps)
{
	int err;

	b->offered = features;
	b->hal.ops = maps ? &mapping_port_ops : &port_ops;
	b->transport = (struct lev_transport){
		.ops = &transport_ops,
		.hal = &b->hal,
		.name = "bench",
		.device_id = BENCH_DEVICE_ID,
		.version = 2,
		.queue_max = UINT64_MAX,
	};
	err = queue_start(b);
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
	if (lev_device_reset(&b->dev))
		abort(); /* our own transport confirms each reset */
	lev_queue_fini(&b->queue);
	lev_device_release(&b->dev);
}

/* --- requests --- */

/* Nobody looks into the buffers: only their addresses go through the ring. */
static unsigned char buffer[DATA_LEN];

void bench_requests_init(struct bench_requests *r, unsigned count)
{
	memset(r, 0, sizeof(*r));
	for (unsigned i = 0; i < BENCH_SIZE; i++) {
		struct lev_seg *seg = r->seg[i];

		for (unsigned k = 0; k < count; k++) {
			seg[k].addr = (uintptr_t)buffer;
			seg[k].len = DATA_LEN;
		}
		seg[0].len = HEADER_LEN;
		if (count > 1)
			seg[count - 1].len = STATUS_LEN;
		r->req[i].segs = seg;
		r->req[i].readable = 1;
		r->req[i].writable = (uint16_t)(count - 1);
	}
}
