/* SPDX-License-Identifier: MIT */
/*
 * The generic timer: a counter for the clock, and the virtual timer, whose
 * interrupt ends a sleep. It is armed for one sleep and no more; nothing
 * ticks while there is nothing to do.
 */
#include "../../panic.h"
#include "aarch64.h"
#include "cpu.h"

enum {
	VIRTUAL = 2, /* place of its interrupt in the node */
	ENABLE = 1,
	NS_PER_S = 1000000000,
};

/* Ticks a second; known from the start, so that the clock always runs. */
static uint64_t frequency(void)
{
	uint64_t hz = cpu_read(cntfrq_el0) & 0xffffffff;

	return hz != 0 ? hz : NS_PER_S;
}

/* Neither product overflows: what is multiplied is below 2^32. */
uint64_t arch_now(void)
{
	uint64_t hz = frequency();
	uint64_t ticks;

	cpu_isb(); /* or the counter may be read early */
	ticks = cpu_read(cntvct_el0);
	return ticks / hz * NS_PER_S + ticks % hz * NS_PER_S / hz;
}

/* The first tick at or after a time. */
static uint64_t to_ticks(uint64_t ns)
{
	uint64_t hz = frequency();

	if (ns / NS_PER_S >= UINT64_MAX / hz / 2)
		return UINT64_MAX / 2;
	return ns / NS_PER_S * hz + (ns % NS_PER_S * hz) / NS_PER_S + 1;
}

static void timer_interrupt(void *ctx)
{
	(void)ctx;
	cpu_write(cntv_ctl_el0, 0);
}

void timer_init(const struct fdt *fdt)
{
	struct fdt_cursor at;

	cpu_write(cntv_ctl_el0, 0);
	if (!fdt_find_compatible(fdt, "arm,armv8-timer", &at) &&
	    !fdt_find_compatible(fdt, "arm,armv7-timer", &at))
		panic("the device tree has no timer");
	if (arch_irq_attach(&at, VIRTUAL, timer_interrupt, NULL) != 0)
		panic("the timer has no interrupt");
}

/*
 * With interrupts held back, one that comes between the look and the wfi is
 * still pending there, and ends it.
 */
void arch_wait(uint64_t deadline)
{
	uint64_t saved = arch_irq_save();

	if (!gic_handled() && arch_now() < deadline) {
		cpu_write(cntv_cval_el0, to_ticks(deadline));
		cpu_write(cntv_ctl_el0, ENABLE);
		cpu_isb();
		cpu_wfi();
		cpu_write(cntv_ctl_el0, 0);
		cpu_isb();
	}
	arch_irq_restore(saved);
	cpu_isb(); /* the handler runs here */
	(void)gic_handled();
}
