/* SPDX-License-Identifier: MIT */
/*
 * The first instructions. The boot protocol of arm64 Linux: an Image header,
 * the device tree's address in x0, MMU and caches off, EL2 or EL1. Started as
 * an ELF file by QEMU, x0 is 0 and the tree lies at the start of RAM.
 *
 * The kernel runs on SP_EL0; exceptions switch to SP_EL1 by themselves, so
 * that a stack that ran over still leaves one to report it on.
 */
	.section .text.boot, "ax"
	.global _start
_start:
	b	start			/* executable code */
	.long	0
	.quad	0x200000		/* offset from the start of RAM */
	.quad	image_end - _start	/* size, with what is not in the file */
	.quad	0x2			/* little-endian, 4 KiB pages */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

start:
	mov	x19, x0			/* the device tree, or 0 */
	mrs	x0, CurrentEL
	cmp	x0, #(2 << 2)
	cset	x20, eq			/* started at EL2? */
	b.eq	from_el2
	b.lo	at_el1
halt:	wfe				/* EL3: no firmware does this */
	b	halt

/* Leave EL2 for good; nothing there shall ever trap us. */
from_el2:
	mov	x0, #(1 << 31)		/* EL1 is AArch64 */
	msr	hcr_el2, x0
	mov	x0, #3			/* EL1 may use the physical timer */
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mov	x0, #0x33ff		/* no traps */
	msr	cptr_el2, x0
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x0, pmcr_el0
	ubfx	x0, x0, #11, #5		/* all event counters are EL1's */
	msr	mdcr_el2, x0
	mrs	x0, midr_el1
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	mrs	x0, id_aa64pfr0_el1
	ubfx	x0, x0, #24, #4
	cbz	x0, 1f			/* no GICv3 at this CPU */
	mrs	x0, icc_sre_el2
	orr	x0, x0, #1		/* by system registers, */
	orr	x0, x0, #8		/* and EL1 may say so, too */
	msr	icc_sre_el2, x0
	isb
	msr	ich_hcr_el2, xzr	/* nothing virtual */
1:
	ldr	x0, =0x30d00800		/* SCTLR_EL1: all off */
	msr	sctlr_el1, x0
	mov	x0, #0x3c5		/* EL1h, interrupts masked */
	msr	spsr_el2, x0
	adr	x0, at_el1
	msr	elr_el2, x0
	eret

at_el1:
	msr	daifset, #0xf
	adrp	x0, irq_stack_top
	add	x0, x0, :lo12:irq_stack_top
	mov	sp, x0			/* SP_EL1: for exceptions */
	msr	spsel, #0
	adrp	x0, stack_top
	add	x0, x0, :lo12:stack_top
	mov	sp, x0			/* SP_EL0: ours */
	adrp	x0, vectors
	add	x0, x0, :lo12:vectors
	msr	vbar_el1, x0
	isb

	adrp	x0, bss_start
	add	x0, x0, :lo12:bss_start
	adrp	x1, bss_end
	add	x1, x1, :lo12:bss_end
1:	stp	xzr, xzr, [x0], #16	/* whole pages: always a multiple */
	cmp	x0, x1
	b.lo	1b

	/* A frame record of zeros ends every backtrace. */
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x19
	mov	x1, x20
	bl	aarch64_start
	b	halt
