/* SPDX-License-Identifier: MIT */
/*
 * A flattened device tree, read where it lies, and believed in nothing: any
 * bytes may be handed to fdt_open(), which walks the whole tree once and
 * refuses what is not well formed. After that the tree must not change, and
 * no function here reads outside of it.
 *
 * A cursor stands on a node and knows the way down to it, so that addresses
 * can be translated and interrupt parents found without a second search.
 * Cursors are plain values: copy them to remember a place.
 *
 * Nothing here allocates, prints or knows the machine.
 */
#ifndef KERNEL_FDT_H
#define KERNEL_FDT_H

#include <levitate/base.h>

enum {
	FDT_DEPTH = 16,	   /* levels of nodes, the root being the first */
	FDT_IRQ_CELLS = 4, /* cells of an interrupt specifier we can return */
	FDT_MAX_LEN = 2 << 20, /* the boot protocol's limit, bytes */
};

struct fdt {
	const uint8_t *blob;
	uint32_t len; /* of the blob, as its header says */
	uint32_t structs;
	uint32_t structs_len;
	uint32_t strings;
	uint32_t strings_len;
	uint32_t reserved; /* the memory reservation block */
};

struct fdt_level {
	uint32_t off;		/* of the node's first property or child */
	uint32_t address_cells; /* for the node's children */
	uint32_t size_cells;
};

struct fdt_cursor {
	const struct fdt *fdt;
	const char *name; /* of the node; "" is the root's */
	unsigned depth;	  /* index into levels; 0 is the root */
	struct fdt_level levels[FDT_DEPTH];
};

struct fdt_prop {
	const char *name;
	const uint8_t *value;
	uint32_t len;  /* of the value, bytes */
	uint32_t next; /* where the search goes on; private */
};

/*
 * Check the tree at blob, of which at most max bytes may be read (only its
 * header when max is not larger). LEV_ERR_INVAL: not a tree, or a broken one;
 * LEV_ERR_NOTSUP: a version we cannot read; LEV_ERR_RANGE: nodes too deep, or
 * a tree that is larger than max.
 */
LEV_MUST_CHECK int fdt_open(struct fdt *fdt, const void *blob, size_t max);

/* The length that a tree's header claims, at most FDT_MAX_LEN; 0: no tree. */
uint32_t fdt_claimed_len(const void *header);

/* Memory reservation number idx, or false when there are no more. */
bool fdt_reservation(const struct fdt *fdt, unsigned idx, uint64_t *addr,
		     uint64_t *len);

/* --- nodes --- */

/* Stand on the root. */
void fdt_root(const struct fdt *fdt, struct fdt_cursor *at);

/* Go on to the next node in the order of the blob; false after the last. */
bool fdt_next(struct fdt_cursor *at);

/*
 * Find the node of a path such as "/chosen". Each part must be the node's
 * whole name, or its name up to the '@'.
 */
bool fdt_find(const struct fdt *fdt, const char *path, struct fdt_cursor *at);

/*
 * The next node, after the one stood on, whose "compatible" lists the name
 * and whose status does not say that it is out of use.
 */
bool fdt_next_compatible(struct fdt_cursor *at, const char *name);

/* The first such node of the tree. */
bool fdt_find_compatible(const struct fdt *fdt, const char *name,
			 struct fdt_cursor *at);

bool fdt_is_enabled(const struct fdt_cursor *at);
bool fdt_is_compatible(const struct fdt_cursor *at, const char *name);

/* The node whose "phandle" has this value, if there is one. */
bool fdt_find_phandle(const struct fdt *fdt, uint32_t phandle,
		      struct fdt_cursor *at);

/* --- properties --- */

/* The first property, or the one after *prop; false after the last. */
bool fdt_first_prop(const struct fdt_cursor *at, struct fdt_prop *prop);
bool fdt_next_prop(const struct fdt_cursor *at, struct fdt_prop *prop);

bool fdt_prop(const struct fdt_cursor *at, const char *name,
	      struct fdt_prop *prop);

/* A property's text, or NULL when it is absent or not ended by a NUL. */
const char *fdt_text(const struct fdt_cursor *at, const char *name);

/* Cell idx of a property; false when it has no such cell. */
bool fdt_cell(const struct fdt_cursor *at, const char *name, unsigned idx,
	      uint32_t *value);

/* A number of one or two cells (or none, which is 0), wherever it lies. */
uint64_t fdt_number(const uint8_t *p, uint32_t cells);

/*
 * Entry idx of "reg", translated to a CPU address. LEV_ERR_NODEV: there is no
 * such entry; LEV_ERR_NOTSUP: it has more than two cells; LEV_ERR_RANGE: a
 * bus on the way up does not forward it.
 */
LEV_MUST_CHECK int fdt_reg(const struct fdt_cursor *at, unsigned idx,
			   uint64_t *addr, uint64_t *len);

/*
 * Turn an address on the bus that the node sits on into a CPU address, as
 * fdt_reg does; the same errors but LEV_ERR_NODEV.
 */
LEV_MUST_CHECK int fdt_to_cpu(const struct fdt_cursor *at, uint64_t *addr,
			      uint64_t len);

/*
 * The specifier of interrupt idx: fills cells and returns how many there are.
 * LEV_ERR_NODEV: no such interrupt, or no parent for it.
 */
LEV_MUST_CHECK int fdt_interrupt(const struct fdt_cursor *at, unsigned idx,
				 uint32_t cells[FDT_IRQ_CELLS]);

#endif
