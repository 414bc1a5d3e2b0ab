/* SPDX-License-Identifier: MIT */
/*
 * Exceptions. All registers go into a struct aarch64_frame (exceptions.c) on
 * the exception stack, then C decides.
 *
 * From the kernel ("SP0") an interrupt returns and a fault panics. From an
 * exception handler ("SPx") there is nothing but a fault, and it may be that
 * very stack which is broken: it is reported on the last stack we have.
 */
	.equ	FRAME_LEN, 304

	.macro	save_frame
	sub	sp, sp, #FRAME_LEN
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x30, x0, [sp, #240]
	stp	x1, xzr, [sp, #256]
	.endm

	.macro	slot target, kind
	.balign	128
	msr	tpidr_el1, x0
	mov	x0, #\kind
	b	\target
	.endm

	.section .text
	.balign	2048
	.global	vectors
vectors:
	slot	from_kernel, 0		/* synchronous */
	slot	from_kernel, 1		/* IRQ */
	slot	from_kernel, 2		/* FIQ */
	slot	from_kernel, 3		/* SError */
	slot	from_handler, 4
	slot	from_handler, 5
	slot	from_handler, 6
	slot	from_handler, 7
	slot	from_handler, 8		/* lower levels: we have none */
	slot	from_handler, 9
	slot	from_handler, 10
	slot	from_handler, 11
	slot	from_handler, 12
	slot	from_handler, 13
	slot	from_handler, 14
	slot	from_handler, 15

from_kernel:
	msr	tpidrro_el0, x0		/* which vector */
	mrs	x0, tpidr_el1
	save_frame
	mrs	x1, sp_el0
	b	report

from_handler:
	msr	tpidrro_el0, x0
	mov	x0, sp			/* where the handler's stack stood */
	msr	tpidr_el0, x0
	adrp	x0, last_stack_top
	add	x0, x0, :lo12:last_stack_top
	mov	sp, x0
	mrs	x0, tpidr_el1
	save_frame
	mrs	x1, tpidr_el0

report:
	str	x1, [sp, #264]		/* the stack pointer at the time */
	mrs	x1, esr_el1
	mrs	x2, far_el1
	stp	x1, x2, [sp, #272]
	mov	x0, sp
	mrs	x1, tpidrro_el0
	/* A frame record, by which a backtrace of the handler goes on. */
	ldr	x2, [sp, #232]
	ldr	x3, [sp, #248]
	stp	x2, x3, [sp, #288]
	add	x29, sp, #288
	bl	aarch64_exception

	/* It returned: this was an interrupt of the kernel. */
	ldp	x30, x0, [sp, #240]
	ldr	x1, [sp, #256]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	ldp	x0, x1, [sp, #0]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	add	sp, sp, #FRAME_LEN
	eret
