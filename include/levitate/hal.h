/* SPDX-License-Identifier: MIT */
/*
 * The port's side of the contract: what Levitate needs from the system that
 * it runs in. A port fills one table of functions and hands it over with a
 * context pointer of its own; each device carries a pointer to such a pair,
 * so many ports can live in one program.
 *
 * Five functions are required (DMA memory, registers, a clock). The others
 * may be NULL, with the meaning given at each.
 *
 * Every function may be called from whatever context the port calls Levitate
 * in, and from no other: the library has no threads and no interrupts of its
 * own. dma_alloc and dma_free are called by init and fini functions only.
 */
#ifndef LEVITATE_HAL_H
#define LEVITATE_HAL_H

#include <levitate/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Flags of the DMA functions. */
enum {
	/* The device reads this memory (dma_map, dma_unmap, dma_sync). */
	LEV_DMA_TO_DEVICE = 1 << 0,
	/* The device writes this memory (dma_map, dma_unmap, dma_sync). */
	LEV_DMA_FROM_DEVICE = 1 << 1,
	/*
	 * VIRTIO_F_ACCESS_PLATFORM holds (standard 6.1): the device sees
	 * memory through the platform's IOMMU or its encryption, so addresses
	 * are those the platform gives out. Without it they must be physical.
	 */
	LEV_DMA_PLATFORM = 1 << 2,
};

/* What an address of registers means (io_map). */
enum lev_io_space {
	LEV_IO_MEMORY, /* the CPU's physical address */
	LEV_IO_PORT,   /* a number of the CPU's I/O ports */
};

/* A segment: a piece of memory that is contiguous for the device. */
struct lev_seg {
	lev_paddr addr; /* as the device sees it */
	uint32_t len;	/* bytes, never 0 */
};

struct lev_hal_ops {
	/* --- required --- */

	/*
	 * Allocate len bytes that CPU and device see coherently, contiguous
	 * for both, zeroed. The device address, stored through addr, is a
	 * multiple of align (a power of two, at most 4096) and its last byte
	 * is at or below max_addr; so is the CPU address aligned, and not in
	 * the last MiB of all addresses. flags is 0 or LEV_DMA_PLATFORM.
	 * Returns the CPU address, or NULL.
	 *
	 * A driver checks the answer and refuses one that breaks this.
	 */
	void *(*dma_alloc)(void *ctx, size_t len, size_t align,
			   lev_paddr max_addr, unsigned flags, lev_paddr *addr);

	/* Take back what dma_alloc gave, with the same len and flags. */
	void (*dma_free)(void *ctx, void *ptr, lev_paddr addr, size_t len,
			 unsigned flags);

	/*
	 * Read or write one device register of width 1, 2 or 4 bytes. reg is
	 * the cookie of a register window plus the register's offset; what a
	 * cookie is (an address, a number of the port's own) only the port
	 * knows. Registers are little-endian; values are in CPU order.
	 *
	 * A write must not be reordered before stores to memory made by the
	 * caller, nor a read after loads that follow it, as far as the device
	 * can tell. (On most CPUs a volatile access to memory that is mapped
	 * as a device does; some need a barrier instruction.)
	 */
	uint32_t (*reg_read)(void *ctx, uint64_t reg, unsigned width);
	void (*reg_write)(void *ctx, uint64_t reg, unsigned width,
			  uint32_t value);

	/*
	 * Nanoseconds since some moment in the past; never goes back, and goes
	 * on by itself: all deadlines are on this clock.
	 */
	uint64_t (*now)(void *ctx);

	/* --- optional --- */

	/*
	 * Lend the caller's own memory to the device: translate, copy to a
	 * bounce buffer, clean caches, as the platform needs. flags says the
	 * direction. Fills at most max segments, in order, that together cover
	 * exactly len bytes, and returns their number; LEV_ERR_RANGE when max
	 * is too few, LEV_ERR_NOMEM without memory to bounce.
	 *
	 * NULL: device addresses equal CPU addresses and caches are coherent.
	 */
	int (*dma_map)(void *ctx, void *ptr, size_t len, unsigned flags,
		       struct lev_seg *segs, unsigned max);

	/* Take back what dma_map lent. Required when dma_map is there. */
	void (*dma_unmap)(void *ctx, void *ptr, size_t len, unsigned flags,
			  const struct lev_seg *segs, unsigned count);

	/*
	 * Part of a buffer that stays mapped changed (LEV_DMA_TO_DEVICE: the
	 * CPU wrote it; LEV_DMA_FROM_DEVICE: it will read it): bring the other
	 * side up to date. NULL: nothing to do.
	 */
	void (*dma_sync)(void *ctx, void *ptr, size_t len, unsigned flags);

	/*
	 * The cookie of len bytes of a device's registers that begin at addr:
	 * a physical address as the CPU has them, or a number of an I/O port
	 * (space). Returns 0 and stores the cookie through reg, or says that
	 * this region is not to be touched, or cannot be: LEV_ERR_NOTSUP. Where
	 * it lies is the device's word: refuse what is no device's, memory
	 * above all. It is called by lev_pci_probe and, for a table of vectors,
	 * lev_pci_msix. The same region may be asked for again; none is ever
	 * given back.
	 *
	 * NULL: a cookie is a physical address, and I/O ports are out of reach.
	 * Only for devices that are trusted not to name memory.
	 */
	int (*io_map)(void *ctx, enum lev_io_space space, uint64_t addr,
		      uint64_t len, uint64_t *reg);

	/*
	 * Called over and over while the library waits for a device, with the
	 * time (on now()'s clock) at which it will give up. May sleep until
	 * an interrupt or that time, must return. NULL: busy waiting.
	 */
	void (*relax)(void *ctx, uint64_t deadline);

	/*
	 * A line of diagnosis for humans, without a newline: who says it (a
	 * driver's name), and what, for the port's own vprintf. The format
	 * holds %s, %u, %d, %x and %llx without widths, nothing else. A port
	 * without formatting may show the format alone. NULL: silence.
	 */
	void (*log)(void *ctx, const char *who, const char *format,
		    __builtin_va_list args);
};

/* A port: its functions and its own context. Outlives what uses it. */
struct lev_hal {
	const struct lev_hal_ops *ops;
	void *ctx;
};

#ifdef __cplusplus
}
#endif

#endif
