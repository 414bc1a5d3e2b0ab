/* SPDX-License-Identifier: MIT */
/*
 * Instructions executed: event 8 (INST_RETIRED) on the first event counter.
 * QEMU has the event only under -icount; elsewhere it is always there.
 */
#include "aarch64.h"
#include "cpu.h"

enum { INST_RETIRED = 8 };

static bool can_count;

void pmu_init(void)
{
	uint64_t version = cpu_read(id_aa64dfr0_el1) >> 8 & 0xf;
	uint64_t control;

	if (version == 0 || version == 0xf)
		return;
	control = cpu_read(pmcr_el0);
	if ((control >> 11 & 0x1f) == 0 ||
	    (cpu_read(pmceid0_el0) >> INST_RETIRED & 1) == 0)
		return;
	cpu_write(pmselr_el0, 0);
	cpu_isb();
	cpu_write(pmxevtyper_el0, INST_RETIRED);
	cpu_write(pmcntenset_el0, 1);
	cpu_write(pmcr_el0, control | 1);
	cpu_isb();
	can_count = true;
}

bool arch_can_count(void)
{
	return can_count;
}

uint32_t arch_count(void)
{
	if (!can_count)
		return 0;
	cpu_isb();
	cpu_write(pmselr_el0, 0);
	cpu_isb();
	return (uint32_t)cpu_read(pmxevcntr_el0);
}
