/* SPDX-License-Identifier: MIT */
/*
 * Which memory there is, and which of it is still free: a short sorted list
 * of ranges. The kernel takes a few large pieces from it while it boots and
 * gives nothing back; what changes later lives inside of those pieces.
 */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include <levitate/base.h>

#include "fdt.h"

enum {
	MEMORY_RANGES = 32, /* free ranges we keep; the smallest are dropped */
	MEMORY_PAGE = 4096,
};

struct memory_range {
	uint64_t start;
	uint64_t end; /* the first byte behind it */
};

/* Zero-initialised there is none. */
struct memory {
	uint64_t total; /* bytes that were added, free or not */
	unsigned count;
	struct memory_range ranges[MEMORY_RANGES];
};

/* Free memory; overlaps with what is there already count once. */
void memory_add(struct memory *memory, uint64_t start, uint64_t len);

/* Something lies here: take it out of what is free. */
void memory_reserve(struct memory *memory, uint64_t start, uint64_t len);

/*
 * All memory nodes, less the tree's two kinds of reservations (the list in
 * its header and /reserved-memory) and the tree itself. LEV_ERR_NODEV: the
 * tree names no memory.
 */
LEV_MUST_CHECK int memory_from_fdt(struct memory *memory,
				   const struct fdt *fdt);

/*
 * Take len bytes, whole pages, aligned to align (a power of two). The highest
 * fitting place is taken. Returns the address, or 0.
 */
uint64_t memory_take(struct memory *memory, uint64_t len, uint64_t align);

/* Bytes that are free. */
uint64_t memory_free(const struct memory *memory);

#endif
