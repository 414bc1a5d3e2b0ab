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

/* A base address register, or two that are one. */
struct lev_pci_bar {
	uint64_t addr; /* on the bus; 0: not placed */
	uint64_t len;  /* a power of two; 0: there is no such BAR */
	bool io;
	bool wide; /* 64 bits: the next one is its upper half */
	bool prefetch;
};

/*
 * Read BAR idx of count and find out its size, by writing all ones: decoding
 * must be off, or what lies there is gone for a moment.
 */
void lev_pci_bar_read(const struct lev_pci_host *host, uint16_t function,
		      unsigned idx, unsigned count, struct lev_pci_bar *bar);

/* The CPU's address (or port) of a bus address, and which of the two it is. */
uint64_t lev_pci_to_cpu(const struct lev_pci_host *host, bool io, uint64_t addr,
			uint64_t len, enum lev_io_space *space);

#endif
