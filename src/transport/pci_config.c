/* SPDX-License-Identifier: MIT */
/*
 * PCI configuration space, in the three ways a machine may have it, and the
 * base address registers in it. See levitate/pci.h.
 */
#include "pci_priv.h"

/* What is read where nothing answers. */
static uint32_t all_ones(unsigned width)
{
	return UINT32_MAX >> (32 - 8 * width);
}

/* --- the three ways --- */

static bool in_space(const struct lev_pci_host *host, uint16_t function,
		     uint32_t off)
{
	const unsigned bus = function >> 8;
	const uint32_t len =
		host->access == LEV_PCI_PORTS ? LEV_PCI_CFG_LEN : 4096;

	return bus >= host->bus_first && bus <= host->bus_last && off < len;
}

static uint64_t ecam_reg(const struct lev_pci_host *host, uint16_t function,
			 uint32_t off)
{
	const uint32_t first = (uint32_t)host->bus_first << 8;

	return host->config + ((uint64_t)(function - first) << 12) + off;
}

/* The first port opens four bytes; they lie in the second. */
static uint64_t port_reg(const struct lev_pci_host *host, uint16_t function,
			 uint32_t off)
{
	const struct lev_hal *hal = host->hal;

	hal->ops->reg_write(hal->ctx, host->config + LEV_PCI_PORT_ADDRESS, 4,
			    LEV_PCI_PORT_ENABLE | (uint32_t)function << 8 |
				    (off & ~3u));
	return host->config + LEV_PCI_PORT_DATA + (off & 3);
}

static uint64_t config_reg(const struct lev_pci_host *host, uint16_t function,
			   uint32_t off)
{
	return host->access == LEV_PCI_ECAM ? ecam_reg(host, function, off)
					    : port_reg(host, function, off);
}

uint32_t lev_pci_config_read(const struct lev_pci_host *host, uint16_t function,
			     uint32_t off, unsigned width)
{
	const struct lev_hal *hal = host->hal;

	if (!in_space(host, function, off))
		return all_ones(width);
	if (host->access == LEV_PCI_OWN)
		return host->config_read(host->ctx, function, off, width);
	return hal->ops->reg_read(hal->ctx, config_reg(host, function, off),
				  width);
}

void lev_pci_config_write(const struct lev_pci_host *host, uint16_t function,
			  uint32_t off, unsigned width, uint32_t value)
{
	const struct lev_hal *hal = host->hal;

	if (!in_space(host, function, off))
		return;
	if (host->access == LEV_PCI_OWN)
		host->config_write(host->ctx, function, off, width, value);
	else
		hal->ops->reg_write(hal->ctx, config_reg(host, function, off),
				    width, value);
}

/* --- base address registers --- */

/* Which of its bits can be set? What it held is put back. */
static uint32_t bar_probe(const struct lev_pci_host *host, uint16_t function,
			  uint32_t off, uint32_t held)
{
	uint32_t bits;

	lev_pci_config_write(host, function, off, 4, UINT32_MAX);
	bits = lev_pci_config_read(host, function, off, 4);
	lev_pci_config_write(host, function, off, 4, held);
	return bits;
}

/* The lowest address bit that can be set is the size; all above can be, too. */
static uint64_t bar_len(uint64_t bits)
{
	const uint64_t len = bits & (~bits + 1);

	return bits + len == 0 ? len : 0;
}

void lev_pci_bar_read(const struct lev_pci_host *host, uint16_t function,
		      unsigned idx, unsigned count, struct lev_pci_bar *bar)
{
	const uint32_t off = LEV_PCI_CFG_BAR + 4 * idx;
	const uint32_t low = lev_pci_config_read(host, function, off, 4);
	const bool io = low & LEV_PCI_BAR_IO;
	const uint32_t mask =
		io ? LEV_PCI_BAR_IO_MASK : LEV_PCI_BAR_MEMORY_MASK;
	uint64_t bits, high = 0;

	*bar = (struct lev_pci_bar){ .io = io };
	bits = bar_probe(host, function, off, low) & mask;
	if (!io) {
		bar->wide = (low & LEV_PCI_BAR_TYPE) == LEV_PCI_BAR_TYPE_64;
		bar->prefetch = low & LEV_PCI_BAR_PREFETCH;
	}
	if (bar->wide && idx + 1 >= count)
		return; /* its upper half is none */
	if (bar->wide) {
		high = lev_pci_config_read(host, function, off + 4, 4);
		bits |= (uint64_t)bar_probe(host, function, off + 4,
					    (uint32_t)high)
			<< 32;
	} else if (bits) {
		/* An I/O one may have 16 bits. */
		bits |= (uint64_t)UINT32_MAX << 32;
		if (io && !(bits >> 16 & 0xffff))
			bits |= 0xffff0000;
	}
	bar->addr = high << 32 | (low & mask);
	bar->len = bar_len(bits);
}

/* --- windows --- */

static bool window_holds(const struct lev_pci_window *w, uint64_t addr,
			 uint64_t len)
{
	return addr >= w->addr && len <= w->len &&
	       addr - w->addr <= w->len - len;
}

uint64_t lev_pci_to_cpu(const struct lev_pci_host *host, bool io, uint64_t addr,
			uint64_t len, enum lev_io_space *space)
{
	const struct lev_pci_window *w = io ? &host->io : &host->memory;

	*space = io ? LEV_IO_PORT : LEV_IO_MEMORY;
	if (!io && !window_holds(w, addr, len))
		w = &host->memory64;
	if (!window_holds(w, addr, len))
		return addr;
	if (!host->io_ports)
		*space = LEV_IO_MEMORY;
	return w->cpu + (addr - w->addr);
}

/* --- diagnosis --- */

#ifndef LEV_NO_NAMES
void lev_pci_log(const struct lev_pci_host *host, const char *format, ...)
{
	const struct lev_hal *hal = host->hal;
	__builtin_va_list args;

	if (!hal->ops->log)
		return;
	__builtin_va_start(args, format);
	hal->ops->log(hal->ctx, "pci", format, args);
	__builtin_va_end(args);
}
#endif
