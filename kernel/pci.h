/* SPDX-License-Identifier: MIT */
/*
 * The machine's PCI host bridges, of the kind that a device tree calls
 * "pci-host-ecam-generic": configuration space in memory, and windows of
 * addresses for the devices, all of which the tree names.
 */
#ifndef KERNEL_PCI_H
#define KERNEL_PCI_H

#include <levitate/pci.h>

#include "fdt.h"

enum { PCI_BRIDGES_MAX = 4 };

struct pci_bridge {
	struct lev_pci_host host;
	struct fdt_cursor at; /* its node: where interrupts are told */
};

typedef void (*pci_found_fn)(const struct pci_bridge *bridge,
			     const struct lev_pci_function *function);

/*
 * Map the bridges' configuration spaces, place what nobody has placed, and call
 * found for each function that may be a VirtIO device: bridge by bridge, in the
 * order of their addresses. Windows beyond our map of memory are not used (it
 * says so).
 */
void pci_scan(const struct fdt *fdt, const struct lev_hal *hal,
	      pci_found_fn found);

/*
 * For the port (struct lev_hal_ops): map registers of a function, if they lie
 * in a window of some bridge. LEV_ERR_NOTSUP: they do not.
 */
int pci_io_map(void *ctx, enum lev_io_space space, uint64_t addr, uint64_t len,
	       uint64_t *reg);

#endif
