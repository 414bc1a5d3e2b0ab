/* SPDX-License-Identifier: MIT */
/*
 * Generic Interrupt Controller, version 2 (Arm IHI 0048): the distributor
 * knows all interrupts, the CPU interface hands them to us one by one.
 */
#include "../../panic.h"
#include "cpu.h"
#include "gic.h"

/* Distributor */
enum {
	GICD_CTLR = 0x000,
	GICD_ITARGETSR = 0x800,
};

/* CPU interface */
enum {
	GICC_CTLR = 0x00,
	GICC_PMR = 0x04,
	GICC_IAR = 0x0c,
	GICC_EOIR = 0x10,
};

static uint64_t distributor;
static uint64_t cpu_interface;

static unsigned init(const struct fdt_cursor *at)
{
	uint64_t len;
	unsigned lines;

	if (!gic_map(at, 0, 0x1000, &distributor, &len) ||
	    !gic_map(at, 1, 0x1000, &cpu_interface, &len))
		panic("the interrupt controller has no registers");
	reg_write(distributor + GICD_CTLR, 0);
	lines = gicd_lines(distributor);
	for (uint32_t n = 0; n < lines; n += 32)
		gicd_disable32(distributor, n);
	reg_write(distributor + GICD_CTLR, 1);
	reg_write(cpu_interface + GICC_PMR, 0xff);
	reg_write(cpu_interface + GICC_CTLR, 1);
	return lines;
}

static void enable(uint32_t n, bool edge)
{
	if (n >= GIC_FIRST_SHARED) {
		gicd_set_trigger(distributor, n, edge);
		reg_write_byte(distributor + GICD_ITARGETSR + n, 1);
	}
	gicd_enable(distributor, n);
}

static uint32_t take(void)
{
	return reg_read(cpu_interface + GICC_IAR);
}

static void done(uint32_t taken)
{
	reg_write(cpu_interface + GICC_EOIR, taken);
}

static const char *const names[] = { "arm,cortex-a15-gic", "arm,gic-400",
				     NULL };

const struct gic_controller gicv2 = {
	.names = names,
	.init = init,
	.enable = enable,
	.take = take,
	.done = done,
	.number = 0x3ff,
};
