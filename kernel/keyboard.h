/* SPDX-License-Identifier: MIT */
/* The VirtIO keyboard: its keys become the bytes that the shell is fed. */
#ifndef KERNEL_KEYBOARD_H
#define KERNEL_KEYBOARD_H

#include <levitate/base.h>

/* Take the first input device that has letters; says what it finds. */
void keyboard_init(void);

/*
 * See what was typed, and what repeats. Returns when it wants to be called
 * again, on arch_now's clock; an interrupt may come earlier.
 */
uint64_t keyboard_service(void);

#endif
