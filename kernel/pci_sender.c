/* SPDX-License-Identifier: MIT */
/* Who sends a PCI function's messages. See pci_sender.h. */
#include "pci_sender.h"

#include <levitate/wire/pci.h>

/* PCI Express's capability: flags, with the kind of port in bits 7 to 4. */
enum {
	CAP_EXPRESS = 0x10,
	EXPRESS_FLAGS = 2, /* 16 bits */
	KIND_ROOT_PORT = 4,
	KIND_UPSTREAM = 5,
	KIND_DOWNSTREAM = 6,
	KIND_TO_PCI = 7,
	CAPS_MAX = 48, /* for which there is room */
};

static unsigned read(const struct lev_pci_host *host, uint16_t function,
		     unsigned off, unsigned width)
{
	return lev_pci_config_read(host, function, off, width);
}

/* What kind of port a bridge is; 0: it is not one of PCI Express. */
static unsigned express_kind(const struct lev_pci_host *host, uint16_t bridge)
{
	unsigned off;

	if (!(read(host, bridge, LEV_PCI_CFG_STATUS, 2) &
	      LEV_PCI_STATUS_CAPABILITIES))
		return 0;
	off = read(host, bridge, LEV_PCI_CFG_CAPABILITIES, 1) & ~3u;
	for (unsigned i = 0; i < CAPS_MAX && off >= LEV_PCI_CFG_CAPS_BEGIN;
	     i++) {
		if (read(host, bridge, off + LEV_PCI_CAP_ID, 1) == CAP_EXPRESS)
			return read(host, bridge, off + EXPRESS_FLAGS, 2) >> 4 &
			       0xf;
		off = read(host, bridge, off + LEV_PCI_CAP_NEXT, 1) & ~3u;
	}
	return 0;
}

/*
 * The bridge on a bus that leads to another one, or nearer to it. Returns which
 * bus is behind it: a higher number, or 0 if there is no such bridge.
 */
static unsigned find_bridge(const struct lev_pci_host *host, unsigned bus,
			    unsigned target, uint16_t *bridge)
{
	for (unsigned i = 0; i < 256; i++) {
		const uint16_t at = (uint16_t)(bus << 8 | i);
		unsigned next;

		if ((read(host, at, LEV_PCI_CFG_HEADER, 1) &
		     LEV_PCI_HEADER_TYPE) != LEV_PCI_HEADER_BRIDGE)
			continue;
		next = read(host, at, LEV_PCI_BRIDGE_SECONDARY, 1);
		*bridge = at;
		if (next > bus && next <= target &&
		    target <= read(host, at, LEV_PCI_BRIDGE_SUBORDINATE, 1))
			return next;
	}
	return 0;
}

/* From the root on: what the first bridge hides, no later one brings back. */
uint16_t pci_sender(const struct lev_pci_host *host, uint16_t function)
{
	const unsigned target = function >> 8;
	unsigned bus = host->bus_first;
	uint16_t bridge;

	while (bus < target) {
		bus = find_bridge(host, bus, target, &bridge);
		if (!bus)
			break; /* nothing leads there */
		switch (express_kind(host, bridge)) {
		case KIND_ROOT_PORT:
		case KIND_UPSTREAM:
		case KIND_DOWNSTREAM:
			break;
		case KIND_TO_PCI:
			return (uint16_t)(bus << 8);
		default:
			return bridge;
		}
	}
	return function;
}
