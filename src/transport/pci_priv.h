/* SPDX-License-Identifier: MIT */
/* What the files of the PCI transport share among themselves. */
#ifndef LEVITATE_PCI_PRIV_H
#define LEVITATE_PCI_PRIV_H

#include <levitate/pci.h>
#include <levitate/wire/pci.h>

/* A line of the port's log that belongs to no driver. */
void lev_pci_log(const struct lev_pci_host *host, const char *format, ...)
	LEV_FORMAT(2, 3);
#ifdef LEV_NO_NAMES /* looked at by the compiler, never called */
#define lev_pci_log(...) ((void)sizeof((lev_pci_log(__VA_ARGS__), 0)))
#endif

/*
 * Read BAR idx of count and find out its size, by writing all ones: decoding
 * must be off, or what lies there is gone for a moment.
 */
void lev_pci_bar_read(const struct lev_pci_host *host, uint16_t function,
		      unsigned idx, unsigned count, struct lev_pci_bar *bar);

/* The CPU's address (or port) of a bus address, and which of the two it is. */
uint64_t lev_pci_to_cpu(const struct lev_pci_host *host, bool io, uint64_t addr,
			uint64_t len, enum lev_io_space *space);

/* --- pci.c: the operations --- */

extern const struct lev_transport_ops lev_pci_modern_ops;
/* Of a device whose registers end before RING_RESET's. */
extern const struct lev_transport_ops lev_pci_short_ops;
extern const struct lev_transport_ops lev_pci_legacy_ops;

/* The function's own configuration space. */
uint32_t lev_pci_read(const struct lev_pci *pci, uint32_t off, unsigned width);
void lev_pci_write(const struct lev_pci *pci, uint32_t off, unsigned width,
		   uint32_t value);

/* The command register: what is decoded, and bits. */
void lev_pci_command(const struct lev_pci *pci, unsigned bits);

/* --- pci_probe.c --- */

/*
 * The port's cookie of len bytes at off of a BAR, in which they lie.
 * LEV_ERR_NOTSUP, or what the port says: they are out of reach.
 */
LEV_MUST_CHECK int lev_pci_map(struct lev_pci *pci, unsigned bar, uint64_t off,
			       uint64_t len, uint64_t *reg);

/* Do len bytes at off lie in this BAR? Sums as large as 64 bits allow. */
bool lev_pci_bar_holds(const struct lev_pci *pci, unsigned bar, uint64_t off,
		       uint64_t len);

/* A legacy device's configuration moves when MSI-X is switched (4.1.4.10). */
void lev_pci_legacy_place(struct lev_pci *pci, bool msix);

/* --- pci_msix.c --- */

/* MSI-X off, INTx off. */
void lev_pci_quiet(struct lev_pci *pci);

#endif
