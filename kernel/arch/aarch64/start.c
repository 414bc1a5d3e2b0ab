/* SPDX-License-Identifier: MIT */
/* From boot.S to kernel_main: the tree is looked for, the MMU turned on. */
#include "aarch64.h"
#include "cpu.h"

static bool was_el2;
static bool was_elf; /* nobody told us where the tree is */

const char *arch_name(void)
{
	if (was_elf)
		return "aarch64, started as ELF: tree at the start of RAM";
	return was_el2 ? "aarch64, started at EL2" : "aarch64, started at EL1";
}

void aarch64_start(uint64_t tree, uint64_t from_el2);

/* tree: x0 as it was at entry. */
void aarch64_start(uint64_t tree, uint64_t from_el2)
{
	uint64_t len;

	pmu_init(); /* counts from the first moment on */
	was_el2 = from_el2 != 0;
	was_elf = tree == 0;
	if (tree == 0)
		tree = VIRT_RAM;
	/* Aligned to 8 by the boot protocol; a wild value must not fault. */
	len = tree % 8 == 0 ? fdt_claimed_len((const void *)tree) : 0;
	mmu_init(tree, len);
	kernel_main(len != 0 ? (const void *)tree : NULL, len);
}

void arch_init(const struct fdt *fdt)
{
	psci_init(fdt);
	gic_init(fdt);
	timer_init(fdt);
	pl011_listen();
	__asm__ volatile("msr daifclr, #0x6" ::: "memory"); /* IRQ, SError */
}
