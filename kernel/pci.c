/* SPDX-License-Identifier: MIT */
/* The machine's PCI host bridges. See pci.h. */
#include "pci.h"

#include "arch.h"
#include "console.h"
#include "fdt_pci.h"

/* Configuration space, bytes. */
enum { FUNCTION_LEN = 1 << 12, BUS_LEN = 1 << 20 };

static struct pci_bridge bridges[PCI_BRIDGES_MAX];
static unsigned bridge_count;

/* --- registers --- */

static bool in_window(const struct lev_pci_window *w, uint64_t addr,
		      uint64_t len)
{
	return addr >= w->cpu && addr - w->cpu <= w->len &&
	       len <= w->len - (addr - w->cpu);
}

/* What lies elsewhere is no device's: memory, or the machine's own. */
int pci_io_map(void *ctx, enum lev_io_space space, uint64_t addr, uint64_t len,
	       uint64_t *reg)
{
	(void)ctx;
	if (space != LEV_IO_MEMORY)
		return LEV_ERR_NOTSUP;
	for (unsigned i = 0; i < bridge_count; i++) {
		const struct lev_pci_host *host = &bridges[i].host;

		if (!in_window(&host->io, addr, len) &&
		    !in_window(&host->memory, addr, len) &&
		    !in_window(&host->memory64, addr, len))
			continue;
		arch_map_device(addr, len);
		*reg = addr;
		return 0;
	}
	return LEV_ERR_NOTSUP;
}

/* --- a bridge's node --- */

/* Where a range belongs; NULL: nowhere, or we have one of its kind. */
static struct lev_pci_window *window_for(struct lev_pci_host *host,
					 const struct fdt_pci_range *range)
{
	struct lev_pci_window *w = NULL;

	switch (fdt_pci_space(range)) {
	case FDT_PCI_IO:
		w = &host->io;
		break;
	case FDT_PCI_MEMORY32:
		w = &host->memory;
		break;
	case FDT_PCI_MEMORY64:
		w = &host->memory64;
		break;
	}
	return w && w->len == 0 ? w : NULL;
}

/* The windows that can be used; returns the last that cannot, 0: all can. */
static uint64_t windows_from_fdt(struct pci_bridge *bridge)
{
	uint64_t unused = 0;
	int err = 0;

	for (unsigned i = 0; !err || err == LEV_ERR_RANGE; i++) {
		struct lev_pci_window *w = NULL;
		struct fdt_pci_range range;

		err = fdt_pci_range(&bridge->at, i, &range);
		if (err)
			continue;
		if (arch_can_map(range.cpu, range.len))
			w = window_for(&bridge->host, &range);
		if (w)
			*w = (struct lev_pci_window){ .addr = range.bus,
						      .len = range.len,
						      .cpu = range.cpu };
		else
			unused = range.cpu;
	}
	return unused;
}

/*
 * Its configuration space, and the buses that this has room for. All of it is
 * mapped: with large pages that takes no more than a part of it would.
 */
static int space_from_fdt(struct pci_bridge *bridge)
{
	struct lev_pci_host *host = &bridge->host;
	uint64_t addr, len;
	int err;

	err = fdt_pci_buses(&bridge->at, &host->bus_first, &host->bus_last);
	if (!err)
		err = fdt_reg(&bridge->at, 0, &addr, &len);
	if (err)
		return err;
	len /= BUS_LEN;
	if (len == 0)
		return LEV_ERR_RANGE;
	if (len <= (unsigned)(host->bus_last - host->bus_first))
		host->bus_last = (uint8_t)(host->bus_first + len - 1);
	len = (uint64_t)BUS_LEN * (host->bus_last - host->bus_first + 1u);
	if (!arch_can_map(addr, len) || addr % FUNCTION_LEN)
		return LEV_ERR_RANGE;
	arch_map_device(addr, len);
	host->access = LEV_PCI_ECAM;
	host->config = addr;
	return 0;
}

/* --- all of them --- */

struct scan {
	const struct pci_bridge *bridge;
	pci_found_fn found;
};

static void on_function(void *ctx, const struct lev_pci_function *function)
{
	const struct scan *scan = ctx;

	scan->found(scan->bridge, function);
}

static void bridge_scan(struct pci_bridge *bridge, pci_found_fn found)
{
	struct scan scan = { bridge, found };
	uint64_t unused = 0;
	int n = space_from_fdt(bridge);

	if (!n) {
		unused = windows_from_fdt(bridge);
		n = lev_pci_scan(&bridge->host, on_function, &scan);
	}
	if (n < 0)
		kprintf("pci: %s: %s\n", bridge->at.name, lev_strerror(n));
	if (n > 0 && unused)
		kprintf("pci: window at 0x%llx is %s\n",
			(unsigned long long)unused,
			arch_can_map(unused, 1) ? "not used" : "out of reach");
}

void pci_scan(const struct fdt *fdt, const struct lev_hal *hal,
	      pci_found_fn found)
{
	static const char name[] = "pci-host-ecam-generic";
	struct fdt_cursor at;
	bool more;

	for (more = fdt_find_compatible(fdt, name, &at); more;
	     more = fdt_next_compatible(&at, name)) {
		struct pci_bridge *bridge;

		if (bridge_count == PCI_BRIDGES_MAX) {
			kprintf("pci: more than %u bridges\n", bridge_count);
			return;
		}
		bridge = &bridges[bridge_count++];
		bridge->at = at;
		bridge->host.hal = hal;
		bridge_scan(bridge, found);
	}
}
