/* SPDX-License-Identifier: MIT */
/*
 * Memory that driver and device share: the port's functions, their answers
 * checked. See levitate/device.h for what each function promises.
 */
#include "core.h"

/* --- the port's memory --- */

void *lev_device_dma_alloc(struct lev_device *dev, size_t len, size_t align,
			   lev_paddr max_addr, lev_paddr *addr)
{
	const struct lev_hal *hal = dev->transport->hal;
	void *ptr = hal->ops->dma_alloc(hal->ctx, len, align, max_addr,
					lev_device_dma_flags(dev), addr);

	/* The last MiB: rings count places behind their end (packed.c). */
	if (ptr && (uintptr_t)ptr < UINTPTR_MAX - (1 << 20) - len &&
	    !((*addr | (uintptr_t)ptr) & (align - 1)) && *addr <= max_addr &&
	    len - 1 <= max_addr - *addr)
		return ptr;
	lev_device_log(dev, "no DMA memory for 0x%llx bytes that fits",
		       (unsigned long long)len);
	if (ptr)
		lev_device_dma_free(dev, ptr, *addr, len);
	return NULL;
}

void lev_device_dma_free(struct lev_device *dev, void *ptr, lev_paddr addr,
			 size_t len)
{
	const struct lev_hal *hal = dev->transport->hal;

	hal->ops->dma_free(hal->ctx, ptr, addr, len, lev_device_dma_flags(dev));
}

/* --- the caller's memory --- */

/* Without the port's functions: one segment, at its own address. */
static int identity_map(void *ctx, void *ptr, size_t len, unsigned flags,
			struct lev_seg *segs, unsigned max)
{
	(void)ctx;
	(void)flags;
	(void)max;
	segs[0].addr = (uintptr_t)ptr;
	segs[0].len = (uint32_t)len;
	return 1;
}

static void identity_unmap(void *ctx, void *ptr, size_t len, unsigned flags,
			   const struct lev_seg *segs, unsigned count)
{
	(void)ctx;
	(void)ptr;
	(void)len;
	(void)flags;
	(void)segs;
	(void)count;
}

void lev_device_dma_setup(struct lev_device *dev)
{
	const struct lev_hal *hal = dev->transport->hal;
	const bool maps = hal->ops->dma_map != NULL;

	LEV_ASSERT(!maps || hal->ops->dma_unmap);
	dev->dma_map = maps ? hal->ops->dma_map : identity_map;
	dev->dma_unmap = maps ? hal->ops->dma_unmap : identity_unmap;
	dev->dma_ctx = hal->ctx;
	dev->dma_flags = 0;
}

/* What lev_device_map was called with. */
struct mapping {
	struct lev_device *dev;
	void *ptr;
	size_t len;
	unsigned flags;
	unsigned max;
	struct lev_seg *segs;
};

/* Do the segments that the port gave cover len bytes exactly? */
static bool segs_cover(const struct lev_seg *segs, unsigned count, size_t len)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < count; i++) {
		if (!segs[i].len)
			return false;
		sum += segs[i].len;
	}
	return sum == len;
}

/* The port's answer, when it is not one segment that covers everything. */
static ASIDE int map_check(const volatile struct mapping *m, int count)
{
	const unsigned n = (unsigned)count;

	if (count < 0)
		return count;
	if (count == 0 || n > m->max)
		return LEV_ERR_INVAL;
	if (segs_cover(m->segs, n, m->len))
		return count;
	lev_device_unmap(m->dev, m->ptr, m->len, m->flags, m->segs, n);
	return LEV_ERR_INVAL;
}

/*
 * Few instructions: what is still needed after the call is put into memory
 * (which volatile says), one store each, instead of into registers, which
 * would have to be saved and restored for that.
 */
int lev_device_map(struct lev_device *dev, void *ptr, size_t len,
		   unsigned flags, struct lev_seg *segs, unsigned max)
{
	volatile struct mapping m;
	int count;

	if (UNLIKELY(len - 1 >= UINT32_MAX || !max))
		return LEV_ERR_INVAL;
	m.dev = dev;
	m.ptr = ptr;
	m.len = len;
	m.flags = flags;
	m.max = max;
	m.segs = segs;
	count = dev->dma_map(dev->dma_ctx, ptr, len, flags | dev->dma_flags,
			     segs, max);
	if (LIKELY(count == 1 && m.segs->len == m.len))
		return count;
	return map_check(&m, count);
}

void lev_device_unmap(struct lev_device *dev, void *ptr, size_t len,
		      unsigned flags, const struct lev_seg *segs,
		      unsigned count)
{
	dev->dma_unmap(dev->dma_ctx, ptr, len, flags | dev->dma_flags, segs,
		       count);
}

void lev_device_sync(struct lev_device *dev, void *ptr, size_t len,
		     unsigned flags)
{
	const struct lev_hal *hal = dev->transport->hal;

	if (hal->ops->dma_sync)
		hal->ops->dma_sync(hal->ctx, ptr, len,
				   flags | lev_device_dma_flags(dev));
}

/* --- what the device can write --- */

void lev_device_read_once(void *dst, const void *src, size_t len)
{
	/* Words of whatever type stands there. */
	typedef uint32_t word __attribute__((may_alias));
	const volatile word *from = src;
	word *to = dst;

	LEV_ASSERT(((uintptr_t)dst | (uintptr_t)src | len) % 4 == 0);
	for (size_t i = 0; i < len / 4; i++)
		to[i] = from[i];
}
