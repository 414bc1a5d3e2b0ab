/* SPDX-License-Identifier: MIT */
/*
 * What the kernel asks of a machine. Each folder of arch/ implements exactly
 * this; no other file of the kernel knows an instruction, a register or an
 * address.
 *
 * The machine starts, gives itself a stack and a first map of memory with
 * caches on, and calls kernel_main(). Interrupts are on from arch_init() on
 * and do nothing but what was attached; they come on a stack of their own.
 *
 * Order: arch_serial_init and arch_init once, in kernel_main, with the device
 * tree. Everything else after arch_init, except where it says "always".
 */
#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

#include <levitate/base.h>

#include "fdt.h"

/* The kernel's entry. blob: the device tree, or NULL when there is none. */
_Noreturn void kernel_main(const void *blob, size_t blob_len);

/* --- the machine --- */

/* For the log: the architecture and how it was started. Always. */
const char *arch_name(void);

/*
 * Find the interrupt controller, the timer, the firmware's power functions
 * and the serial port's interrupt in the tree. Panics, saying what is
 * missing, where the kernel cannot go on without it.
 */
void arch_init(const struct fdt *fdt);

/* Power off or start again; if the firmware does neither, stop for good. */
_Noreturn void arch_poweroff(void);
_Noreturn void arch_reboot(void);

/* Stop for good, interrupts off. Always. */
_Noreturn void arch_halt(void);

/* --- memory --- */

/* The kernel's image in memory, stacks included. Always. */
void arch_image(uint64_t *start, uint64_t *end);

/* The first address that cannot be mapped. Always. */
uint64_t arch_memory_limit(void);

/* Can len bytes at start be mapped? Numbers of a device tree are asked. */
static inline bool arch_can_map(uint64_t start, uint64_t len)
{
	return start < arch_memory_limit() &&
	       len <= arch_memory_limit() - start;
}

/* Map memory that is free: readable, writable, cached, never executed. */
void arch_map_memory(uint64_t start, uint64_t len);

/* Map a device's registers, at their own address. Always. */
void arch_map_device(uint64_t start, uint64_t len);

/* --- serial line --- */

/*
 * Before this is called, the port that this machine usually has is used.
 * False: the tree names no port we know; output goes nowhere.
 */
bool arch_serial_init(const struct fdt *fdt);

/*
 * Send; waits for a full port, but never for ever: a port that does not drain
 * for a while loses output. Always, also in a panic.
 */
void arch_serial_write(const char *text, size_t len);

/* The next byte that was received, or -1. */
int arch_serial_read(void);

/* --- interrupts --- */

/* What an interrupt calls. Must be short; must not draw, print or wait. */
typedef void (*arch_irq_fn)(void *ctx);

/*
 * Attach a function to interrupt idx of a node of the tree, and turn the
 * interrupt on. LEV_ERR_NODEV: the node has none; LEV_ERR_RANGE: it is not
 * one of the controller's; LEV_ERR_BUSY: too many are attached.
 */
LEV_MUST_CHECK int arch_irq_attach(const struct fdt_cursor *at, unsigned idx,
				   arch_irq_fn fn, void *ctx);

/*
 * The wired interrupt of a PCI device, found by the host bridge's map.
 * host: the bridge's node. requester: bus << 8 | device << 3 | function of
 * what sits on the root bus: the device, or the bridge that it is behind.
 * pin: 1 (INTA) to 4 (INTD), as it arrives there. The interrupt is a level,
 * and several devices may share it: each attached function is called, and
 * has to find out for itself whether its device was meant.
 *
 * LEV_ERR_NODEV: the map names none, or not of our controller; LEV_ERR_NOTSUP:
 * the map has a form we cannot read; LEV_ERR_INVAL: no such requester or pin;
 * LEV_ERR_RANGE and LEV_ERR_BUSY as above.
 */
LEV_MUST_CHECK int arch_pci_irq_attach(const struct fdt_cursor *host,
				       uint32_t requester, unsigned pin,
				       arch_irq_fn fn, void *ctx);

/*
 * A message-signalled interrupt: what the device writes, little-endian, and
 * where. The address is a physical one, that of a doorbell and not of memory:
 * it must not be translated as DMA is, nor be written by anybody else.
 */
struct arch_message {
	uint64_t addr;
	uint32_t data;
};

/*
 * One more message for a PCI device; when the device sends it, fn is called.
 * It may be sent from the moment on that this returns; nothing masks it here
 * (the device has its own means). Two messages of a device have the same
 * address and different data; messages are never shared and never given back,
 * so ask once for each vector and keep the answer over a reset of the device.
 *
 * host: the node of the PCI host bridge. requester: bus << 8 | device << 3 |
 * function, as the message arrives at the root bus (pci_sender.h).
 * *message is written on success only.
 *
 * LEV_ERR_NODEV: nothing takes messages of that device (use its wired
 * interrupt, or poll); LEV_ERR_BUSY: too many, of this device or of all;
 * LEV_ERR_INVAL: no such requester, or the tree contradicts itself;
 * LEV_ERR_NOTSUP: the controller lacks what we need; LEV_ERR_TIMEDOUT or
 * LEV_ERR_IO: it did not take a command. Not in interrupt context.
 */
LEV_MUST_CHECK int arch_msi_attach(const struct fdt_cursor *host,
				   uint32_t requester, arch_irq_fn fn,
				   void *ctx, struct arch_message *message);

/* Hold interrupts back for a few instructions. Always. */
uint64_t arch_irq_save(void);
void arch_irq_restore(uint64_t saved);

/* --- time --- */

/* Nanoseconds since the machine started; never goes back. Always. */
uint64_t arch_now(void);

/*
 * Sleep until an interrupt, or until the deadline on arch_now's clock. Returns
 * at once if an interrupt was handled since the last time this returned: so
 * "look, then wait" misses nothing.
 */
void arch_wait(uint64_t deadline);

/* --- counting instructions --- */

/* Can this machine count the instructions it executes? */
bool arch_can_count(void);

/* Instructions executed; wraps at 2^32, so that only differences count. */
uint32_t arch_count(void);

/* --- looking at ourselves --- */

/*
 * The return addresses of the calls that led here, innermost first. frame is
 * the frame pointer to begin with, or 0 for the caller's own. Reads nothing
 * outside of the kernel's stacks. Returns how many were stored. Always.
 */
unsigned arch_backtrace(uint64_t frame, uint64_t *calls, unsigned max);

#endif
