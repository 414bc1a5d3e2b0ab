/* SPDX-License-Identifier: MIT */
/*
 * Locality-specific peripheral interrupts (Arm IHI 0069, chapter 5): numbers
 * from 8192 on, whose state is not in registers but in memory that we give to
 * the redistributor: a byte each for priority and enable (ours to write), and
 * a bit each for pending (never ours to touch).
 */
#include "cpu.h"
#include "gic.h"

enum {
	GICR_CTLR = 0x0000,
	GICR_PROPBASER = 0x0070,
	GICR_PENDBASER = 0x0078,
	CTLR_ENABLE_LPIS = 1 << 0,
	CTLR_PENDING = 1 << 3,
};

/*
 * 14 bits of number are the fewest that reach beyond 8192. The tables are for
 * all of these, though we hand out the first few only.
 */
enum {
	ID_BITS = 14,
	IDS = 1 << ID_BITS,
	CONFIG_ON = 1 << 0,
	CONFIG_RESERVED = 1 << 1, /* reads as one */
};

/*
 * The controller is told to go past the caches (Normal, non-cacheable), and
 * what we write is cleaned out of ours: right on every machine, whether or
 * not its controller looks into the caches.
 */
#define UNCACHED     (UINT64_C(1) << 7)
#define PENDING_ZERO (UINT64_C(1) << 62) /* the table holds zeros only */

static uint8_t pending[IDS / 8] __attribute__((aligned(65536)));
static uint8_t config[IDS - GIC_FIRST_LPI] __attribute__((aligned(4096)));
static uint32_t taken; /* how many were handed out */
static uint64_t limit; /* and can be */

int lpi_init(const struct gicv3_target *target)
{
	uint64_t base = target->redistributor;
	uint32_t ctlr = reg_read(base + GICR_CTLR);

	if (target->ids <= GIC_FIRST_LPI)
		return LEV_ERR_NOTSUP;
	/* What firmware left on may refuse to go off: then its tables stay. */
	reg_write(base + GICR_CTLR, ctlr & ~(uint32_t)CTLR_ENABLE_LPIS);
	if (!gic_wait(base + GICR_CTLR, CTLR_ENABLE_LPIS | CTLR_PENDING, 0))
		return LEV_ERR_NOTSUP;
	cpu_clean(config, sizeof(config));
	cpu_clean(pending, sizeof(pending));
	reg_write64(base + GICR_PROPBASER,
		    (uint64_t)config | UNCACHED | (ID_BITS - 1));
	reg_write64(base + GICR_PENDBASER,
		    (uint64_t)pending | UNCACHED | PENDING_ZERO);
	reg_write(base + GICR_CTLR, ctlr | CTLR_ENABLE_LPIS);
	cpu_dsb();
	limit = target->ids - GIC_FIRST_LPI;
	if (limit > GIC_LPIS)
		limit = GIC_LPIS;
	return 0;
}

int lpi_take(uint32_t *n)
{
	if (taken == limit)
		return LEV_ERR_BUSY;
	config[taken] = GIC_PRIORITY | CONFIG_RESERVED | CONFIG_ON;
	cpu_clean(&config[taken], 1);
	*n = GIC_FIRST_LPI + taken++;
	return 0;
}
