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

	if (ptr && !((*addr | (uintptr_t)ptr) & (align - 1)) &&
	    *addr <= max_addr && len - 1 <= max_addr - *addr)
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

int lev_device_map(struct lev_device *dev, void *ptr, size_t len,
		   unsigned flags, struct lev_seg *segs, unsigned max)
{
	const struct lev_hal *hal = dev->transport->hal;
	int count;

	if (!len || len > UINT32_MAX || !max)
		return LEV_ERR_INVAL;
	if (!hal->ops->dma_map) {
		segs[0].addr = (uintptr_t)ptr;
		segs[0].len = (uint32_t)len;
		return 1;
	}
	count = hal->ops->dma_map(hal->ctx, ptr, len,
				  flags | lev_device_dma_flags(dev), segs, max);
	if (count < 0)
		return count;
	if (count == 0 || (unsigned)count > max)
		return LEV_ERR_INVAL;
	if (segs_cover(segs, (unsigned)count, len))
		return count;
	lev_device_unmap(dev, ptr, len, flags, segs, (unsigned)count);
	return LEV_ERR_INVAL;
}

void lev_device_unmap(struct lev_device *dev, void *ptr, size_t len,
		      unsigned flags, const struct lev_seg *segs,
		      unsigned count)
{
	const struct lev_hal *hal = dev->transport->hal;

	if (hal->ops->dma_map)
		hal->ops->dma_unmap(hal->ctx, ptr, len,
				    flags | lev_device_dma_flags(dev), segs,
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
