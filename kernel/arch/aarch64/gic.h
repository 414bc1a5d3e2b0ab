/* SPDX-License-Identifier: MIT */
/*
 * The interrupt controllers' files among themselves. gic.c knows who is to be
 * called for which number; a controller (gicv2.c, gicv3.c) turns numbers on
 * and hands them out; gicd.c is the part both controllers have in common;
 * gicv2m.c and its.c turn messages into numbers, the latter with lpi.c.
 *
 * Numbers: 16 for software, 16 of each CPU, the shared ones (SPI), and, in
 * version 3 alone, far above them those that exist only as messages (LPI).
 */
#ifndef KERNEL_AARCH64_GIC_H
#define KERNEL_AARCH64_GIC_H

#include "aarch64.h"

enum {
	GIC_FIRST_PRIVATE = 16,
	GIC_FIRST_SHARED = 32,
	GIC_WIRED = 1020,	/* no wired number reaches this */
	GIC_NOTHING_END = 1024, /* up to here: "nothing is pending" */
	GIC_FIRST_LPI = 8192,
	GIC_LPIS = 128,	     /* those that we use */
	GIC_PRIORITY = 0x80, /* of all: handlers never nest */
};

struct gic_controller {
	const char *const *names; /* in "compatible"; ends with NULL */

	/*
	 * Take the controller over, everything turned off. Panics if it cannot
	 * be used. Returns how many wired numbers there are.
	 */
	unsigned (*init)(const struct fdt_cursor *at);

	/* Turn a wired number on, for this CPU. */
	void (*enable)(uint32_t n, bool edge);

	/* Take what is pending; done gets the same value once it is served. */
	uint32_t (*take)(void);
	void (*done)(uint32_t taken);
	uint32_t number; /* the bits of that value that are the number */
};

extern const struct gic_controller gicv2;
extern const struct gic_controller gicv3;

/* --- gicd.c: registers --- */

/*
 * Map the first need bytes of entry idx of "reg". False: there is no such
 * entry, or it is too short, misaligned or out of reach.
 */
bool gic_map(const struct fdt_cursor *at, unsigned idx, uint64_t need,
	     uint64_t *addr, uint64_t *len);

/* Wait, but not for ever, until the register's bits in mask have the value. */
bool gic_wait(uint64_t reg, uint32_t mask, uint32_t value);

/*
 * A bank of registers for numbers: the distributor, or, for version 3's
 * private numbers, a frame of the redistributor with the same layout.
 */
unsigned gicd_lines(uint64_t bank);
void gicd_disable32(uint64_t bank, uint32_t first);
void gicd_set_trigger(uint64_t bank, uint32_t n, bool edge);
void gicd_enable(uint64_t bank, uint32_t n);

/* --- messages --- */

/* What gicv3.c found, for those who bring messages to it. */
struct gicv3_target {
	uint64_t redistributor; /* this CPU's; 0: version 3 is not in use */
	uint32_t processor;	/* its number, where no address is wanted */
	uint64_t ids;		/* LPIs are numbers below this; 0: has none */
};
const struct gicv3_target *gicv3_target(void);

/*
 * A new message by the frame or ITS at a node: *n is the number that it will
 * raise. device: what the ITS knows the sender by. Errors as arch_msi_attach.
 */
LEV_MUST_CHECK int gicv2m_message(const struct fdt_cursor *at, unsigned lines,
				  uint32_t *n, struct arch_message *message);
LEV_MUST_CHECK int its_message(const struct fdt_cursor *at, uint32_t device,
			       uint32_t *n, struct arch_message *message);

/* lpi.c: have the redistributor take LPIs; hand one out, turned on. */
LEV_MUST_CHECK int lpi_init(const struct gicv3_target *target);
LEV_MUST_CHECK int lpi_take(uint32_t *n);

#endif
