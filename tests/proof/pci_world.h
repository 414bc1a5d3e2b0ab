/* SPDX-License-Identifier: MIT */
/*
 * A PCI function that answers each reading of its configuration space as it
 * likes, and a port that maps its registers wherever it likes, or not. In the
 * place of the library's way to configuration space and of what it makes of a
 * BAR; pci_host.c shows these.
 */
#ifndef PROOF_PCI_WORLD_H
#define PROOF_PCI_WORLD_H

#include "../../src/transport/pci_priv.h"

static struct lev_pci pci;
static struct lev_pci_host host;

static struct {
	uint32_t cap; /* where the list begins */
	bool commanded;
	uint32_t command;	  /* as written last */
	bool controlled;	  /* MSI-X was switched */
	uint32_t control;	  /* to this */
	uint32_t bar, off, width; /* what the window shows */
	uint64_t cpu, len; /* what the CPU has where, as was asked last */
	enum lev_io_space space;
	const struct lev_pci_region *meant; /* LIVE: that is looked at */
	bool mapped;			    /* the port has done so, once */
	uint64_t reg, reg_len;
} world;

/* What stands in the window changes as it is read and written: it is a part of
 * the region that is meant. */
static void window_check(uint32_t off, unsigned width)
{
	const struct lev_pci_region *r = world.meant;
	const uint32_t at = world.off - r->off;

	if (!pci.window_cap || off != pci.window_cap + 16u)
		return;
	PROVE(r->by_window && world.bar == r->bar && world.width == width &&
		      world.off >= r->off && at < r->len &&
		      width <= r->len - at && world.off % width == 0,
	      "the window shows a part of the region");
}

static void space_check(const struct lev_pci_host *h, uint16_t function,
			uint32_t off, unsigned width)
{
	PROVE(h == &host && function == pci.addr, "this function");
	PROVE(width == 1 || width == 2 || width == 4, "a width there is");
	PROVE(off < 256 && off % width == 0, "in its space");
}

/*
 * CAPS: a list of one capability at most, anywhere, or of none. As long as what
 * holds before one holds after it, so it does after any number.
 */
static uint32_t list_end(uint32_t off, uint32_t v)
{
	if (off == 0x34)
		world.cap = v = CAPS ? v : 0;
	else if (CAPS == 1 && off == (world.cap & 0xfc))
		v &= ~0xff00u;
	return v;
}

uint32_t lev_pci_config_read(const struct lev_pci_host *h, uint16_t function,
			     uint32_t off, unsigned width)
{
	const uint32_t v = nondet_unsigned() >> (32 - 8 * width);

	space_check(h, function, off, width);
	if (LIVE)
		window_check(off, width);
	return list_end(off, v);
}

static void window_write(uint32_t off, unsigned width, uint32_t value)
{
	PROVE(pci.window_cap >= 0x40 && pci.window_cap <= 256 - 20,
	      "a window's capability");
	switch (off - pci.window_cap) {
	case 4:
		PROVE(width == 1 && value < 6, "a BAR there is");
		world.bar = value;
		break;
	case 8:
		PROVE(width == 4 && value % world.width == 0,
		      "an offset that its length divides");
		world.off = value;
		break;
	case 12:
		PROVE(width == 4 && (value == 1 || value == 2 || value == 4),
		      "a length there is");
		world.width = value;
		break;
	default:
		PROVE(off == pci.window_cap + 16u, "nothing else of it");
		window_check(off, width);
	}
}

void lev_pci_config_write(const struct lev_pci_host *h, uint16_t function,
			  uint32_t off, unsigned width, uint32_t value)
{
	space_check(h, function, off, width);
	if (off == 4) {
		PROVE(width == 2, "the command register");
		world.command = value;
		world.commanded = true;
	} else if (!LIVE && pci.msix_cap && off == pci.msix_cap + 2u) {
		PROVE(width == 2, "MSI-X's control");
		world.control = value;
		world.controlled = true;
	} else {
		PROVE(LIVE, "a probe writes nothing else");
		window_write(off, width, value);
	}
}

static void any_pci(void)
{
	struct lev_pci any;

	pci = any;
	pci.host = &host;
}

/* A BAR as it is after a probe: pci_probe shows it. */
static bool bar_placed(const struct lev_pci_bar *bar)
{
	const uint64_t len = bar->len;

	return !(len & (len - 1)) && (!len || !(bar->addr & (len - 1)));
}

static void bars_placed(void)
{
	for (unsigned i = 0; i < 6; i++)
		ASSUME(bar_placed(&pci.bars[i]));
}

static bool in_bar(const struct lev_pci_bar *bar, uint64_t addr, uint64_t len)
{
	return bar->addr && addr >= bar->addr && addr - bar->addr <= bar->len &&
	       len <= bar->len - (addr - bar->addr);
}

/* Only what lies in one of the BARs is looked for. */
uint64_t lev_pci_to_cpu(const struct lev_pci_host *h, bool io, uint64_t addr,
			uint64_t len, enum lev_io_space *space)
{
	bool lies = false;

	PROVE(h == &host && len, "something of this host");
	for (unsigned i = 0; i < 6; i++)
		lies |= pci.bars[i].io == io && in_bar(&pci.bars[i], addr, len);
	PROVE(lies, "it lies in a BAR");
	world.cpu = nondet_uint64();
	world.len = len;
	*space = world.space =
		io && nondet_bool() ? LEV_IO_PORT : LEV_IO_MEMORY;
	return world.cpu;
}

static int any_io_map(void *ctx, enum lev_io_space space, uint64_t addr,
		      uint64_t len, uint64_t *reg)
{
	PROVE(ctx == &world, "this port");
	PROVE(space == world.space && addr == world.cpu && len == world.len,
	      "where the CPU has it");
	if (nondet_bool())
		return LEV_ERR_NOTSUP;
	PROVE(!world.mapped, "what was mapped is used");
	*reg = world.reg = nondet_uint64();
	world.reg_len = len;
	world.mapped = true;
	return 0;
}

#endif
