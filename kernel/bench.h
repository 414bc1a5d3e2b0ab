/* SPDX-License-Identifier: MIT */
/*
 * What the kernel costs, in instructions (what is spent asleep is left out).
 * Counting them needs a counter that QEMU has under -icount only.
 */
#ifndef KERNEL_BENCH_H
#define KERNEL_BENCH_H

#include <levitate/hal.h>

/* Sleep as arch_wait does, off the record. */
void bench_wait(uint64_t deadline);

/* From the kernel's entry to now: prints "bench boot_instructions N". */
void bench_boot(void);

/*
 * 1 MiB of text in lines of 80 columns through the console, serial line mute,
 * drawn at 60 frames a second: prints "bench console_instructions_per_byte N".
 */
void bench_console(void);

/*
 * A request through a queue of 256 entries and back (add, kick, reap, the calls
 * included, the device not), split and packed, of 1, 3 and 16 descriptors:
 * prints "bench ring_split_1 N" and so on. hal: for the ring's memory.
 */
void bench_ring(const struct lev_hal *hal);

/*
 * What a device's work costs, from its beginning to its completion, which is
 * noticed in the way that the device was given (irq=): a frame of one rectangle
 * on the GPU, 64 random bytes from the entropy device. Counted are the drivers,
 * and the interrupt from the exception's vector to its return, or one turn of
 * polling; not the sleep meanwhile, nor turns that found nothing. Prints "bench
 * frame_BUS_IRQ N" and "bench request_BUS_IRQ N", for devices that are there.
 */
void bench_device(void);

/* Is there a counter? Says so if not. */
bool bench_can_count(void);

#endif
