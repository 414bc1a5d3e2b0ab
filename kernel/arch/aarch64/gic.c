/* SPDX-License-Identifier: MIT */
/*
 * Generic Interrupt Controller, version 2 (Arm IHI 0048): the distributor
 * knows all interrupts, the CPU interface hands them to us one by one. One
 * CPU, one priority, so handlers never nest.
 */
#include "../../panic.h"
#include "aarch64.h"
#include "cpu.h"

/* Distributor */
enum {
	GICD_CTLR = 0x000,
	GICD_TYPER = 0x004,
	GICD_ISENABLER = 0x100,
	GICD_ICENABLER = 0x180,
	GICD_ICPENDR = 0x280,
	GICD_IPRIORITYR = 0x400,
	GICD_ITARGETSR = 0x800,
	GICD_ICFGR = 0xc00,
};

/* CPU interface */
enum {
	GICC_CTLR = 0x00,
	GICC_PMR = 0x04,
	GICC_IAR = 0x0c,
	GICC_EOIR = 0x10,
};

/* Numbers: 16 for software, then those of each CPU, then the shared ones. */
enum {
	FIRST_PRIVATE = 16,
	FIRST_SHARED = 32,
	NUMBERS = 1020, /* above: "nothing is pending" */
	PRIORITY = 0x80,
	EDGE = 3, /* bits of the trigger in the device tree: an edge */
	HANDLERS = 64,
};

static uint64_t distributor;
static uint64_t cpu_interface;
static unsigned lines; /* interrupt numbers that exist */

static struct {
	uint32_t number;
	arch_irq_fn fn;
	void *ctx;
} handlers[HANDLERS];
static unsigned handler_count;
static bool handled;

/* Register for interrupt number n of those that have bits bits each. */
static uint64_t bits_at(uint64_t first, uint32_t n, unsigned bits)
{
	return distributor + first + n * bits / 32 * 4;
}

static bool find_gic(const struct fdt *fdt, struct fdt_cursor *at)
{
	return fdt_find_compatible(fdt, "arm,cortex-a15-gic", at) ||
	       fdt_find_compatible(fdt, "arm,gic-400", at);
}

void gic_init(const struct fdt *fdt)
{
	struct fdt_cursor at;
	uint64_t len, cpu_len;

	if (!find_gic(fdt, &at))
		panic("the device tree has no GICv2 interrupt controller");
	if (fdt_reg(&at, 0, &distributor, &len) != 0 || len < 0x1000 ||
	    fdt_reg(&at, 1, &cpu_interface, &cpu_len) != 0 || cpu_len < 0x100)
		panic("the interrupt controller has no registers");
	arch_map_device(distributor, 0x1000);
	arch_map_device(cpu_interface, 0x1000);

	reg_write(distributor + GICD_CTLR, 0);
	lines = 32 * ((reg_read(distributor + GICD_TYPER) & 0x1f) + 1);
	if (lines > NUMBERS)
		lines = NUMBERS;
	for (uint32_t n = 0; n < lines; n += 32) {
		reg_write(bits_at(GICD_ICENABLER, n, 1), UINT32_MAX);
		reg_write(bits_at(GICD_ICPENDR, n, 1), UINT32_MAX);
	}
	reg_write(distributor + GICD_CTLR, 1);
	reg_write(cpu_interface + GICC_PMR, 0xff);
	reg_write(cpu_interface + GICC_CTLR, 1);
}

static void set_trigger(uint32_t n, bool edge)
{
	uint64_t reg = bits_at(GICD_ICFGR, n, 2);
	uint32_t bit = UINT32_C(2) << 2 * (n % 16);
	uint32_t value = reg_read(reg);

	reg_write(reg, edge ? value | bit : value & ~bit);
}

static void enable(uint32_t n)
{
	reg_write_byte(distributor + GICD_IPRIORITYR + n, PRIORITY);
	if (n >= FIRST_SHARED)
		reg_write_byte(distributor + GICD_ITARGETSR + n, 1);
	reg_write(bits_at(GICD_ISENABLER, n, 1), UINT32_C(1) << n % 32);
}

/* cells: kind (0 shared, 1 private), number, trigger. */
static int attach(const uint32_t *cells, int count, arch_irq_fn fn, void *ctx)
{
	uint64_t saved;
	uint32_t n;

	if (count != 3 || cells[0] > 1 || cells[1] >= NUMBERS)
		return LEV_ERR_RANGE;
	n = cells[1] + (cells[0] == 0 ? FIRST_SHARED : FIRST_PRIVATE);
	if (n >= lines || (cells[0] == 1 && n >= FIRST_SHARED))
		return LEV_ERR_RANGE;
	if (handler_count == HANDLERS)
		return LEV_ERR_BUSY;
	saved = arch_irq_save();
	handlers[handler_count].number = n;
	handlers[handler_count].fn = fn;
	handlers[handler_count].ctx = ctx;
	handler_count++;
	arch_irq_restore(saved);
	if (n >= FIRST_SHARED)
		set_trigger(n, (cells[2] & EDGE) != 0);
	enable(n);
	return 0;
}

int arch_irq_attach(const struct fdt_cursor *at, unsigned idx, arch_irq_fn fn,
		    void *ctx)
{
	uint32_t cells[FDT_IRQ_CELLS];
	int count = fdt_interrupt(at, idx, cells);

	if (count < 0)
		return count;
	return attach(cells, count, fn, ctx);
}

void gic_dispatch(void)
{
	uint32_t taken = reg_read(cpu_interface + GICC_IAR);
	uint32_t n = taken & 0x3ff;

	if (n >= NUMBERS)
		return; /* it went away by itself */
	for (unsigned i = 0; i < handler_count; i++) {
		if (handlers[i].number == n)
			handlers[i].fn(handlers[i].ctx);
	}
	handled = true;
	/* The device must have let go of its line before the GIC looks. */
	cpu_dsb();
	reg_write(cpu_interface + GICC_EOIR, taken);
}

bool gic_handled(void)
{
	bool was = *(volatile bool *)&handled;

	handled = false;
	return was;
}

uint64_t arch_irq_save(void)
{
	uint64_t saved = cpu_read(daif);

	__asm__ volatile("msr daifset, #2" ::: "memory");
	return saved;
}

void arch_irq_restore(uint64_t saved)
{
	cpu_write(daif, saved);
}
