/* SPDX-License-Identifier: MIT */
/* What the versions of the GIC have in common. See gic.h. */
#include "cpu.h"
#include "gic.h"

enum {
	GICD_TYPER = 0x004,
	GICD_ISENABLER = 0x100,
	GICD_ICENABLER = 0x180,
	GICD_ICPENDR = 0x280,
	GICD_ICACTIVER = 0x380,
	GICD_IPRIORITYR = 0x400,
	GICD_ICFGR = 0xc00,
};

enum { PATIENCE_NS = 1000000000 };

bool gic_map(const struct fdt_cursor *at, unsigned idx, uint64_t need,
	     uint64_t *addr, uint64_t *len)
{
	if (fdt_reg(at, idx, addr, len) != 0 || *len < need ||
	    *addr % 4096 != 0 || !arch_can_map(*addr, *len))
		return false;
	arch_map_device(*addr, need);
	return true;
}

bool gic_wait(uint64_t reg, uint32_t mask, uint32_t value)
{
	uint64_t deadline = arch_now() + PATIENCE_NS;
	bool late;

	/* One more look after the deadline: it was perhaps we who were slow. */
	do {
		late = arch_now() > deadline;
		if ((reg_read(reg) & mask) == value)
			return true;
	} while (!late);
	return false;
}

/* Register for number n of those that have bits bits each. */
static uint64_t bits_at(uint64_t first, uint32_t n, unsigned bits)
{
	return first + n * bits / 32 * 4;
}

unsigned gicd_lines(uint64_t bank)
{
	unsigned lines = 32 * ((reg_read(bank + GICD_TYPER) & 0x1f) + 1);

	return lines < GIC_WIRED ? lines : GIC_WIRED;
}

void gicd_disable32(uint64_t bank, uint32_t first)
{
	reg_write(bits_at(bank + GICD_ICENABLER, first, 1), UINT32_MAX);
	reg_write(bits_at(bank + GICD_ICPENDR, first, 1), UINT32_MAX);
	/* One that firmware took and never finished would not come again. */
	reg_write(bits_at(bank + GICD_ICACTIVER, first, 1), UINT32_MAX);
}

void gicd_set_trigger(uint64_t bank, uint32_t n, bool edge)
{
	uint64_t reg = bits_at(bank + GICD_ICFGR, n, 2);
	uint32_t bit = UINT32_C(2) << 2 * (n % 16);
	uint32_t value = reg_read(reg);

	reg_write(reg, edge ? value | bit : value & ~bit);
}

void gicd_enable(uint64_t bank, uint32_t n)
{
	reg_write_byte(bank + GICD_IPRIORITYR + n, GIC_PRIORITY);
	reg_write(bits_at(bank + GICD_ISENABLER, n, 1), UINT32_C(1) << n % 32);
}
