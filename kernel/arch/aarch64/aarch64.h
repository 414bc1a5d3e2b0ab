/* SPDX-License-Identifier: MIT */
/* What the files of this folder offer to each other, file by file. */
#ifndef KERNEL_AARCH64_H
#define KERNEL_AARCH64_H

#include "../../arch.h"

/* Where QEMU's virt machine has its serial port and its RAM. */
#define VIRT_UART 0x09000000u
#define VIRT_RAM  0x40000000u

/* mmu.c: map the image, the tree (len bytes, or 0) and the serial port, and
 * turn the MMU and the caches on. */
void mmu_init(uint64_t tree, uint64_t tree_len);

/* gic.c */
void gic_init(const struct fdt *fdt);
void gic_dispatch(void); /* one interrupt was taken */
bool gic_handled(void);	 /* any since the last time this was asked? */

/* timer.c */
void timer_init(const struct fdt *fdt);

/* pl011.c: receive by interrupt from now on. */
void pl011_listen(void);

/* psci.c */
void psci_init(const struct fdt *fdt);

/* pmu.c */
void pmu_init(void);

#endif
