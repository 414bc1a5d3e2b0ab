/* SPDX-License-Identifier: MIT */
/*
 * The end. A report goes to the serial line as it is written, and, when it is
 * complete and a screen was offered, there too. Then the machine stops.
 *
 * A panic inside of a panic goes to the serial line alone; one inside of that
 * just stops.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include <levitate/base.h>

_Noreturn void panic(const char *fmt, ...) LEV_FORMAT(1, 2);

/*
 * Offer a screen: show is called once, with the whole report (lines end in
 * "\n"), interrupts off. It must not trust any state but its own.
 */
void panic_set_screen(void (*show)(const char *text));

/* --- for the arch, which reports exceptions in the same way --- */

/* Interrupts off, the headline out. */
void panic_begin(const char *reason);
void panic_print(const char *fmt, ...) LEV_FORMAT(1, 2);

/*
 * The backtrace from a place and a frame (0: of the caller), and the end. link
 * is the return address, of interest when pc is no place in our code.
 */
_Noreturn void panic_end(uint64_t pc, uint64_t link, uint64_t frame);

#endif
