/* SPDX-License-Identifier: MIT */
/*
 * What the node of a PCI host bridge says (PCI Bus Binding to Open Firmware,
 * and the interrupt-map and msi-map of the Devicetree Specification): which
 * addresses the bridge forwards, which buses are behind it, and where the
 * interrupts of a device go. Nothing of it is believed before it is checked.
 *
 * host is a cursor on that node. requester names a device as it names itself
 * on the bus: bus << 8 | device << 3 | function, at most FDT_PCI_REQUESTERS-1.
 */
#ifndef KERNEL_FDT_PCI_H
#define KERNEL_FDT_PCI_H

#include "fdt.h"

enum {
	FDT_PCI_REQUESTERS = 0x10000,
	FDT_PCI_PINS = 4, /* INTA is 1 */
};

/* What addresses of a range select (bits 25:24 of its first cell). */
enum {
	FDT_PCI_CONFIG = 0,
	FDT_PCI_IO = 1,
	FDT_PCI_MEMORY32 = 2,
	FDT_PCI_MEMORY64 = 3,
};
#define FDT_PCI_PREFETCHABLE (UINT32_C(1) << 30) /* in hi */

/* A window: len bytes from bus on the PCI side, from cpu on on ours. */
struct fdt_pci_range {
	uint32_t hi; /* the first cell as it is */
	uint64_t bus;
	uint64_t cpu;
	uint64_t len;
};

static inline unsigned fdt_pci_space(const struct fdt_pci_range *range)
{
	return range->hi >> 24 & 3;
}

/*
 * Entry idx of "ranges"; after an error *range means nothing. Neither side of a
 * returned window is empty or wraps, and a register is aligned on both or on
 * neither. LEV_ERR_NODEV: no such entry; LEV_ERR_NOTSUP: the node's addresses
 * are not PCI's, or a parent's have more than two cells; LEV_ERR_RANGE: this
 * entry is empty, wraps, is askew, or is not forwarded by a bus on the way up
 * (a later entry may be good).
 */
LEV_MUST_CHECK int fdt_pci_range(const struct fdt_cursor *host, unsigned idx,
				 struct fdt_pci_range *range);

/*
 * The first and the last bus behind the bridge: 0 and 255 if "bus-range" is
 * absent. LEV_ERR_INVAL: it is no range of buses.
 */
LEV_MUST_CHECK int fdt_pci_buses(const struct fdt_cursor *host, uint8_t *first,
				 uint8_t *last);

/*
 * Where pin 1 to 4 of a device on the root bus leads: fills cells with the
 * specifier and returns how many there are; *parent is then the node that
 * they are meant for. LEV_ERR_NODEV: the map does not name it (or there is
 * none); LEV_ERR_INVAL: no such requester or pin, or the map breaks off in an
 * entry or names a parent that is none; LEV_ERR_NOTSUP: it counts its cells
 * in another way than PCI does.
 */
LEV_MUST_CHECK int fdt_pci_interrupt(const struct fdt_cursor *host,
				     uint32_t requester, unsigned pin,
				     struct fdt_cursor *parent,
				     uint32_t cells[FDT_IRQ_CELLS]);

/*
 * Who takes the messages of a device ("msi-map", or "msi-parent" where that
 * is absent): *parent is the node, *device the name that it knows the device
 * by. LEV_ERR_NODEV: nobody does; LEV_ERR_INVAL: no such requester.
 */
LEV_MUST_CHECK int fdt_pci_messages(const struct fdt_cursor *host,
				    uint32_t requester,
				    struct fdt_cursor *parent,
				    uint32_t *device);

#endif
