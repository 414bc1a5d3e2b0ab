/* SPDX-License-Identifier: MIT */
/*
 * The caller's memory is lent through a port that answers as it likes: of its
 * count of segments and of their lengths nothing is believed. Assumed: it
 * writes no more segments than it was told there is room for.
 */
#include "core.h"

enum { MAX = 3 };

static struct {
	void *ptr;
	size_t len;
	unsigned flags;
	struct lev_seg *segs;
	unsigned max;
	int count;
	unsigned maps, unmaps;
} port;

static int any_map(void *ctx, void *ptr, size_t len, unsigned flags,
		   struct lev_seg *segs, unsigned max)
{
	PROVE(ctx == &port && ptr == port.ptr && len == port.len &&
		      flags == port.flags && segs == port.segs &&
		      max == port.max,
	      "what the caller said");
	PROVE(len && len <= UINT32_MAX && max, "something to map");
	for (unsigned i = 0; i < max; i++) {
		segs[i].addr = nondet_uint64();
		segs[i].len = nondet_unsigned();
	}
	port.maps++;
	port.count = nondet_int();
	return port.count;
}

static void any_unmap(void *ctx, void *ptr, size_t len, unsigned flags,
		      const struct lev_seg *segs, unsigned count)
{
	PROVE(ctx == &port && ptr == port.ptr && len == port.len &&
		      flags == port.flags && segs == port.segs,
	      "what was mapped");
	PROVE(count == (unsigned)port.count && count && count <= port.max,
	      "as many segments as there were");
	port.unmaps++;
}

static const struct lev_driver driver = { .name = "proof" };
static struct lev_hal_ops hal_ops;
static const struct lev_hal hal = { &hal_ops, &port };
static struct lev_transport transport = { .hal = &hal };
static struct lev_device dev;

/* Room for as many segments as is said, and no more. */
static int map(unsigned flags)
{
	port.ptr = &dev; /* nobody looks there */
	port.len = nondet_size();
	port.max = nondet_unsigned();
	ASSUME(port.max <= MAX);
	port.segs = malloc(port.max * sizeof(*port.segs));
	dev.transport = &transport;
	dev.driver = &driver;
	lev_device_dma_setup(&dev);
	dev.dma_flags = nondet_bool() ? LEV_DMA_PLATFORM : 0;
	port.flags = flags | dev.dma_flags;
	return lev_device_map(&dev, port.ptr, port.len, flags, port.segs,
			      port.max);
}

static uint64_t sum(int count)
{
	uint64_t len = 0;

	for (int i = 0; i < count; i++) {
		PROVE(port.segs[i].len, "no segment is empty");
		len += port.segs[i].len;
	}
	return len;
}

void map_lying(void)
{
	const unsigned flags =
		nondet_bool() ? LEV_DMA_TO_DEVICE : LEV_DMA_FROM_DEVICE;
	int count;

	hal_ops.dma_map = any_map;
	hal_ops.dma_unmap = any_unmap;
	count = map(flags);
	PROVE(count < 0 || (count && (unsigned)count <= port.max),
	      "an error, or segments that there are");
	if (count > 0)
		PROVE(port.maps == 1 && !port.unmaps && sum(count) == port.len,
		      "they cover the memory, which stays mapped");
	else if (port.maps && port.count > 0 &&
		 (unsigned)port.count <= port.max)
		PROVE(port.unmaps == 1 && count == LEV_ERR_INVAL,
		      "what is refused is given back once");
	else
		PROVE(port.unmaps == 0, "what was not mapped is not unmapped");
	PROOF_SEEN(count == MAX, "as many segments as there is room for");
	PROOF_SEEN(port.unmaps, "a lie about lengths");
	PROOF_SEEN(port.len == UINT32_MAX && count == 1, "all there can be");
	if (count > 0)
		lev_device_unmap(&dev, port.ptr, port.len, flags, port.segs,
				 (unsigned)count);
	PROOF_END();
}

void map_identity(void)
{
	const int count = map(LEV_DMA_TO_DEVICE);

	PROVE(count == 1 || count == LEV_ERR_INVAL, "one segment, or none");
	if (count == 1)
		PROVE(port.segs->addr == (uintptr_t)port.ptr &&
			      port.segs->len == port.len,
		      "its own address");
	else
		PROVE(!port.max || !port.len || port.len > UINT32_MAX,
		      "nothing else is refused");
	PROOF_SEEN(count == 1, "a segment");
	PROOF_END();
}
