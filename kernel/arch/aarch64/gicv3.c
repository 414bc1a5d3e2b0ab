/* SPDX-License-Identifier: MIT */
/*
 * Generic Interrupt Controller, version 3 (Arm IHI 0069): the distributor has
 * the shared interrupts, a redistributor beside each CPU its private ones and
 * the messages, and the CPU's own interface is made of system registers.
 *
 * Everything is put into group 1, which is ours whether or not the machine
 * has a secure world, and is routed to this CPU by its affinity.
 */
#include "../../panic.h"
#include "cpu.h"
#include "gic.h"

/* Distributor */
enum {
	GICD_CTLR = 0x0000,
	GICD_TYPER = 0x0004,
	GICD_IGROUPR = 0x0080,
	GICD_IROUTER = 0x6000,
	GICD_LEN = 0x10000,

	CTLR_GROUP1 = 1 << 1,
	CTLR_AFFINITY = 1 << 4,
	TYPER_LPIS = 1 << 17,
};
/* A write has not taken effect everywhere. */
#define CTLR_PENDING (UINT32_C(1) << 31)

/* Redistributor: two frames, the second one with the private numbers */
enum {
	GICR_CTLR = 0x0000,
	GICR_TYPER = 0x0008,
	GICR_WAKER = 0x0014,
	GICR_PIDR2 = 0xffe8,
	GICR_PRIVATE = 0x10000,
	GICR_LEN = 0x20000,
	GICR_VIRTUAL_LEN = 0x40000, /* two frames more for virtual LPIs */

	GICR_TYPER_LPIS = 1 << 0,
	GICR_TYPER_VIRTUAL = 1 << 1,
	GICR_TYPER_LAST = 1 << 4,
	GICR_CTLR_PENDING = 1 << 3,
	WAKER_SLEEP = 1 << 1,
	WAKER_ASLEEP = 1 << 2,
};

/* The CPU interface */
enum {
	SRE_ON = 1,
	EOI_IN_TWO_STEPS = 1 << 1,
};

static uint64_t distributor;
static uint64_t private_bank;
static struct gicv3_target target;

static void settle(uint64_t ctlr, uint32_t pending)
{
	if (!gic_wait(ctlr, pending, 0))
		panic("the interrupt controller does not take what is written");
}

/* --- this CPU's redistributor --- */

/* The CPU's name in four bytes, as GICR_TYPER has it. */
static uint32_t affinity(void)
{
	uint64_t id = cpu_read(mpidr_el1);

	return (uint32_t)(id >> 8 & 0xff000000) | (uint32_t)(id & 0xffffff);
}

/* Is there one at all? Version 3 or 4 of the architecture says so. */
static bool is_redistributor(uint64_t addr)
{
	uint32_t version = reg_read(addr + GICR_PIDR2) >> 4 & 0xf;

	return version == 3 || version == 4;
}

/* stride: from one to the next, or 0 for as long as each of them is. */
static uint64_t search_region(uint64_t start, uint64_t len, uint64_t stride)
{
	uint64_t left = len;

	while (left >= GICR_LEN) {
		uint64_t addr = start + (len - left);
		uint64_t step = stride;
		uint64_t typer;

		arch_map_device(addr, GICR_LEN);
		if (!is_redistributor(addr))
			break;
		typer = reg_read64(addr + GICR_TYPER);
		if (typer >> 32 == affinity())
			return addr;
		if ((typer & GICR_TYPER_LAST) != 0)
			break;
		if (step == 0)
			step = (typer & GICR_TYPER_VIRTUAL) != 0
				       ? GICR_VIRTUAL_LEN
				       : GICR_LEN;
		if (step > left)
			break;
		left -= step;
	}
	return 0;
}

/* "redistributor-stride" in one or two cells; 0 if there is none. */
static uint64_t region_stride(const struct fdt_cursor *at)
{
	struct fdt_prop prop;
	uint64_t stride;

	if (!fdt_prop(at, "redistributor-stride", &prop))
		return 0;
	if (prop.len != 4 && prop.len != 8)
		panic("the device tree's redistributor-stride is no number");
	stride = fdt_number(prop.value, prop.len / 4);
	if (stride != 0 && (stride < GICR_LEN || stride % 0x10000 != 0))
		panic("the device tree's redistributor-stride is impossible");
	return stride;
}

static uint64_t find_redistributor(const struct fdt_cursor *at)
{
	uint64_t stride = region_stride(at);
	uint64_t found = 0;
	uint32_t regions = 1;
	uint64_t start, len;

	(void)fdt_cell(at, "#redistributor-regions", 0, &regions);
	/* Region i is entry i + 1; the list ends where "reg" does. */
	for (uint32_t i = 0; i < regions && found == 0; i++) {
		if (!gic_map(at, i + 1, GICR_LEN, &start, &len))
			break;
		found = search_region(start, len, stride);
	}
	if (found == 0)
		panic("the interrupt controller has no part for this CPU");
	return found;
}

static void wake(uint64_t redistributor)
{
	uint32_t waker = reg_read(redistributor + GICR_WAKER);

	reg_write(redistributor + GICR_WAKER, waker & ~(uint32_t)WAKER_SLEEP);
	if (!gic_wait(redistributor + GICR_WAKER, WAKER_ASLEEP, 0))
		panic("the interrupt controller does not wake up");
}

static void init_redistributor(const struct fdt_cursor *at)
{
	target.redistributor = find_redistributor(at);
	private_bank = target.redistributor + GICR_PRIVATE;
	wake(target.redistributor);
	gicd_disable32(private_bank, 0);
	reg_write(private_bank + GICD_IGROUPR, UINT32_MAX);
	settle(target.redistributor + GICR_CTLR, GICR_CTLR_PENDING);
}

/* --- the rest --- */

static unsigned init_distributor(void)
{
	unsigned lines = gicd_lines(distributor);
	uint32_t ctlr = reg_read(distributor + GICD_CTLR);

	/* Routing may be changed only while no group is on. */
	reg_write(distributor + GICD_CTLR, ctlr & CTLR_AFFINITY);
	settle(distributor + GICD_CTLR, CTLR_PENDING);
	reg_write(distributor + GICD_CTLR, CTLR_AFFINITY);
	settle(distributor + GICD_CTLR, CTLR_PENDING);
	for (uint32_t n = GIC_FIRST_SHARED; n < lines; n += 32) {
		gicd_disable32(distributor, n);
		reg_write(distributor + GICD_IGROUPR + n / 8, UINT32_MAX);
	}
	settle(distributor + GICD_CTLR, CTLR_PENDING);
	reg_write(distributor + GICD_CTLR, CTLR_AFFINITY | CTLR_GROUP1);
	settle(distributor + GICD_CTLR, CTLR_PENDING);
	return lines;
}

static void init_cpu_interface(void)
{
	cpu_write(icc_sre_el1, cpu_read(icc_sre_el1) | SRE_ON);
	cpu_isb();
	if ((cpu_read(icc_sre_el1) & SRE_ON) == 0)
		panic("the interrupt controller's registers are switched off");
	cpu_write(icc_pmr_el1, 0xff);
	cpu_write(icc_bpr1_el1, 0);
	cpu_write(icc_ctlr_el1,
		  cpu_read(icc_ctlr_el1) & ~(uint64_t)EOI_IN_TWO_STEPS);
	cpu_write(icc_igrpen1_el1, 1);
	cpu_isb();
}

/* How many numbers a message can have, if it can have any. */
static void look_for_lpis(void)
{
	uint32_t typer = reg_read(distributor + GICD_TYPER);
	uint64_t ours = reg_read64(target.redistributor + GICR_TYPER);
	uint32_t count = typer >> 11 & 0x1f;

	target.processor = (uint32_t)(ours >> 8) & 0xffff;
	if ((typer & TYPER_LPIS) == 0 || (ours & GICR_TYPER_LPIS) == 0)
		return;
	target.ids = UINT64_C(2) << (typer >> 19 & 0x1f);
	if (count != 0 && GIC_FIRST_LPI + (UINT64_C(2) << count) < target.ids)
		target.ids = GIC_FIRST_LPI + (UINT64_C(2) << count);
}

static unsigned init(const struct fdt_cursor *at)
{
	uint64_t len;
	unsigned lines;

	if ((cpu_read(id_aa64pfr0_el1) >> 24 & 0xf) == 0)
		panic("the CPU has no interface to the GICv3 of the tree");
	if (!gic_map(at, 0, GICD_LEN, &distributor, &len))
		panic("the interrupt controller has no registers");
	lines = init_distributor();
	init_redistributor(at);
	init_cpu_interface();
	look_for_lpis();
	return lines;
}

static void enable(uint32_t n, bool edge)
{
	if (n < GIC_FIRST_SHARED) {
		gicd_enable(private_bank, n);
		return;
	}
	gicd_set_trigger(distributor, n, edge);
	/* Bits 39:32 and 23:0 of the name; the others choose "any CPU". */
	reg_write64(distributor + GICD_IROUTER + 8 * n,
		    cpu_read(mpidr_el1) & UINT64_C(0xff00ffffff));
	gicd_enable(distributor, n);
}

static uint32_t take(void)
{
	uint32_t taken = (uint32_t)cpu_read(icc_iar1_el1);

	cpu_dsb(); /* only now it is active for all who look */
	return taken;
}

static void done(uint32_t taken)
{
	cpu_write(icc_eoir1_el1, taken);
	cpu_isb();
}

const struct gicv3_target *gicv3_target(void)
{
	return &target;
}

static const char *const names[] = { "arm,gic-v3", NULL };

const struct gic_controller gicv3 = {
	.names = names,
	.init = init,
	.enable = enable,
	.take = take,
	.done = done,
	.number = 0xffffff,
};
