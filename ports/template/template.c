/* SPDX-License-Identifier: MIT */
/*
 * A port that compiles and has nothing to offer: no memory, no devices, a
 * clock that stands still. Levitate copes (every init returns an error); your
 * system has more. Copy the folder, and give each function its body.
 */
#include "template.h"

/*
 * Yours: contiguous, zeroed memory that CPU and device see alike, at a multiple
 * of align, with its last byte at or below max_addr. Store the address that
 * the device uses through addr and return the CPU's; NULL when there is none.
 */
static void *template_dma_alloc(void *ctx, size_t len, size_t align,
				lev_paddr max_addr, unsigned flags,
				lev_paddr *addr)
{
	(void)ctx, (void)len, (void)align, (void)max_addr, (void)flags;
	*addr = 0;
	return NULL;
}

/* Yours: take back what dma_alloc gave. */
static void template_dma_free(void *ctx, void *ptr, lev_paddr addr, size_t len,
			      unsigned flags)
{
	(void)ctx, (void)ptr, (void)addr, (void)len, (void)flags;
}

/*
 * Yours: read a little-endian register of width 1, 2 or 4 bytes. reg is the
 * cookie you handed to lev_mmio_probe plus the register's offset; on most
 * systems it is the register's address, and this is a volatile load. All ones
 * is what a bus answers where no device is.
 */
static uint32_t template_reg_read(void *ctx, uint64_t reg, unsigned width)
{
	(void)ctx, (void)reg;
	return width == 4 ? 0xffffffff : width == 2 ? 0xffff : 0xff;
}

/* Yours: a volatile store, behind all earlier stores to memory. */
static void template_reg_write(void *ctx, uint64_t reg, unsigned width,
			       uint32_t value)
{
	(void)ctx, (void)reg, (void)width, (void)value;
}

/* Yours: nanoseconds, never going back. */
static uint64_t template_now(void *ctx)
{
	(void)ctx;
	return 0;
}

/*
 * Yours, for devices on PCI: give the CPU a way to these registers (map the
 * pages, strongly ordered and not cached) and return the cookie under which
 * template_reg_read finds them; or refuse them, as what is not there or what
 * is memory of yours.
 */
static int template_io_map(void *ctx, enum lev_io_space space, uint64_t addr,
			   uint64_t len, uint64_t *reg)
{
	(void)ctx, (void)len;
	if (space == LEV_IO_PORT)
		return LEV_ERR_NOTSUP;
	*reg = addr;
	return 0;
}

static const struct lev_hal_ops template_ops = {
	.dma_alloc = template_dma_alloc,
	.dma_free = template_dma_free,
	.reg_read = template_reg_read,
	.reg_write = template_reg_write,
	.now = template_now,
	.io_map = template_io_map,
	/* Optional, see hal.h: dma_map, dma_unmap, dma_sync, relax, log. */
};

void template_port_init(struct template_port *port)
{
	port->hal.ops = &template_ops;
	port->hal.ctx = port;
}
