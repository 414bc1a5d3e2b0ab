/* SPDX-License-Identifier: MIT */
/*
 * The four functions that compilers call on their own. 64 bytes a turn, then
 * 8, then 1; unaligned addresses are fine once the MMU is on, and nothing of
 * ours calls these before.
 */
	.section .text

	.global	memcpy
	.type	memcpy, %function
memcpy:
	mov	x3, x0
forward:
	subs	x2, x2, #64
	b.lo	2f
1:	ldp	x4, x5, [x1]
	ldp	x6, x7, [x1, #16]
	ldp	x8, x9, [x1, #32]
	ldp	x10, x11, [x1, #48]
	stp	x4, x5, [x3]
	stp	x6, x7, [x3, #16]
	stp	x8, x9, [x3, #32]
	stp	x10, x11, [x3, #48]
	add	x1, x1, #64
	add	x3, x3, #64
	subs	x2, x2, #64
	b.hs	1b
2:	adds	x2, x2, #56
	b.mi	4f
3:	ldr	x4, [x1], #8
	str	x4, [x3], #8
	subs	x2, x2, #8
	b.pl	3b
4:	adds	x2, x2, #8
	b.eq	6f
5:	ldrb	w4, [x1], #1
	strb	w4, [x3], #1
	subs	x2, x2, #1
	b.ne	5b
6:	ret

/*
 * Forward when the destination does not begin inside the source. (Within one
 * turn of 64 bytes all is read before any is written, and the single steps
 * only ever write behind what they still have to read.)
 */
	.global	memmove
	.type	memmove, %function
memmove:
	mov	x3, x0
	sub	x4, x0, x1
	cmp	x4, x2
	b.hs	forward
	add	x1, x1, x2
	add	x3, x3, x2
	subs	x2, x2, #64
	b.lo	2f
1:	ldp	x4, x5, [x1, #-16]
	ldp	x6, x7, [x1, #-32]
	ldp	x8, x9, [x1, #-48]
	ldp	x10, x11, [x1, #-64]
	stp	x4, x5, [x3, #-16]
	stp	x6, x7, [x3, #-32]
	stp	x8, x9, [x3, #-48]
	stp	x10, x11, [x3, #-64]
	sub	x1, x1, #64
	sub	x3, x3, #64
	subs	x2, x2, #64
	b.hs	1b
2:	adds	x2, x2, #56
	b.mi	4f
3:	ldr	x4, [x1, #-8]!
	str	x4, [x3, #-8]!
	subs	x2, x2, #8
	b.pl	3b
4:	adds	x2, x2, #8
	b.eq	6f
5:	ldrb	w4, [x1, #-1]!
	strb	w4, [x3, #-1]!
	subs	x2, x2, #1
	b.ne	5b
6:	ret

	.global	memset
	.type	memset, %function
memset:
	mov	x3, x0
	and	x1, x1, #0xff
	mov	x4, #0x0101010101010101
	mul	x1, x1, x4
	subs	x2, x2, #64
	b.lo	2f
1:	stp	x1, x1, [x3]
	stp	x1, x1, [x3, #16]
	stp	x1, x1, [x3, #32]
	stp	x1, x1, [x3, #48]
	add	x3, x3, #64
	subs	x2, x2, #64
	b.hs	1b
2:	adds	x2, x2, #56
	b.mi	4f
3:	str	x1, [x3], #8
	subs	x2, x2, #8
	b.pl	3b
4:	adds	x2, x2, #8
	b.eq	6f
5:	strb	w1, [x3], #1
	subs	x2, x2, #1
	b.ne	5b
6:	ret

	.global	memcmp
	.type	memcmp, %function
memcmp:
	cbz	x2, 2f
1:	ldrb	w3, [x0], #1
	ldrb	w4, [x1], #1
	subs	w3, w3, w4
	b.ne	3f
	subs	x2, x2, #1
	b.ne	1b
2:	mov	w3, wzr
3:	mov	w0, w3
	ret
