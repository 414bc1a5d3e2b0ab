/* SPDX-License-Identifier: MIT */
/*
 * A port for tests on Linux: the drivers run in this process, under its
 * sanitizers and its debugger; the devices are QEMU's own. A machine of QEMU
 * (aarch64 "virt" or x86 "q35") runs beside it with its CPU switched off. Its
 * memory is shared with this process; its registers are reached through the
 * qtest protocol, and its screen and keyboard through QMP.
 *
 *	static const char *const devices[] = { "virtio-gpu-device", NULL };
 *	const struct lev_qtest_config config = { .modern = true,
 *						 .devices = devices };
 *	struct lev_qtest *qt = lev_qtest_open(&config);
 *
 *	if (lev_qtest_ok(qt)) {
 *		lev_mmio_probe(&mmio, lev_qtest_hal(qt), lev_qtest_slot(0));
 *		... drive it ...
 *	}
 *	return lev_qtest_close(qt, stderr) ? 1 : 0;
 *
 * Complaints. The port collects, a line each, whatever should not be: QEMU
 * cannot be started, ends or stops answering; anything that it prints, which
 * includes what it has against the driver ("virtio: zero sized buffers are not
 * allowed", registers accessed wrongly); DMA memory freed twice, with other
 * arguments, or not at all; memory that the device wrote after it was freed, or
 * behind its end. A test passes if lev_qtest_close returns 0.
 *
 * Memory. Device addresses differ from the CPU's, and a driver's own memory is
 * never visible to a device: dma_map copies it into the machine, dma_unmap and
 * dma_sync copy it back. With AddressSanitizer, memory that is not allocated is
 * poisoned. What is freed is not used again for a while, and watched.
 *
 * PCI. Nobody has numbered buses or placed BARs. lev_qtest_pci_host says where
 * the host bridge is, and lev_pci_scan does the rest.
 *
 * Interrupts are levels of lines, as a GIC sees them ("virt" only), or messages
 * of MSI-X, which are written into the machine's memory. relax sleeps until a
 * line changes, and not long where that cannot be waited for.
 *
 * Time. Whatever waits for QEMU gives up after the timeout and then kills it. A
 * dead machine's registers read all ones, as those of a removed device do.
 * QEMU dies with the thread that opened it, whatever ends that thread.
 *
 * Nothing outside of the two processes is used: no files, no ports, no names.
 * Many machines can be open at once, also in one process, but each is used by
 * one thread at a time. Opening one takes a few hundredths of a second.
 *
 * The host must be little-endian. It needs qemu-system-aarch64 (Debian:
 * qemu-system-arm) or qemu-system-x86_64 (qemu-system-x86), 7.0 or later.
 */
#ifndef PORTS_QTEST_H
#define PORTS_QTEST_H

#include <stdio.h>

#include <levitate/pci.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LEV_QTEST_SLOTS	  32  /* MMIO slots of "virt" */
#define LEV_QTEST_INTX	  4   /* lines of its PCI */
#define LEV_QTEST_VECTORS 256 /* that messages can be aimed at */

struct lev_qtest;

enum lev_qtest_machine {
	LEV_QTEST_VIRT, /* aarch64: MMIO and PCI, which has an ECAM */
	LEV_QTEST_Q35,	/* x86: PCI by I/O ports */
};

/* Used by lev_qtest_open only. Zero means the default. */
struct lev_qtest_config {
	enum lev_qtest_machine machine;

	/* MMIO version 2 for all slots; else version 1 (legacy). */
	bool modern;

	/*
	 * What is plugged into MMIO, as QEMU's -device takes it, without a bus:
	 * the first goes into slot 0, and so on; at most LEV_QTEST_SLOTS and a
	 * NULL behind the last. "virtio-rng-device,packed=on,event_idx=off"
	 */
	const char *const *devices;

	/*
	 * What is plugged into PCI, as QEMU's -device takes it; a NULL behind
	 * the last. "pcie-root-port,id=root1", "virtio-rng-pci,bus=root1"
	 */
	const char *const *pci;

	/* More words for QEMU's command line; a NULL behind the last. */
	const char *const *extra;

	/*
	 * Lines of QEMU's that contain one of these are no complaint; a NULL
	 * behind the last.
	 */
	const char *const *tolerated;

	/*
	 * QEMU; default: what the environment says, LEV_QEMU for "virt" and
	 * LEV_QEMU_X86 for "q35"; else qemu-system-aarch64, qemu-system-x86_64.
	 */
	const char *program;
	unsigned ram;	  /* MiB of the machine; default: 64 */
	unsigned timeout; /* ms; default: 20000 */

	/* dma_map gives segments of at most so many bytes; default: one. */
	uint32_t map_piece;
};

/*
 * Start a machine. Never NULL (short of memory it aborts): when it could not be
 * started, the complaints say why, and its registers read all ones.
 */
struct lev_qtest *lev_qtest_open(const struct lev_qtest_config *config);

/*
 * End the machine, in good order if it still runs, look at what is left, and
 * give everything back. Returns how many complaints there were; if there were
 * any, they and the log are printed to where, unless that is NULL.
 */
LEV_MUST_CHECK unsigned lev_qtest_close(struct lev_qtest *qt, FILE *where);

/* No complaint so far, and the machine runs. */
LEV_MUST_CHECK bool lev_qtest_ok(struct lev_qtest *qt);

/* The complaints so far, a line each. Valid until the next call. */
const char *lev_qtest_complaints(struct lev_qtest *qt);

/* The drivers' log so far, "who: what", a line each. As valid. */
const char *lev_qtest_log(struct lev_qtest *qt);

/* What devices are given; lives until close. */
const struct lev_hal *lev_qtest_hal(const struct lev_qtest *qt);

/* The registers of a slot, for lev_mmio_probe. */
static inline uint64_t lev_qtest_slot(unsigned slot)
{
	return 0x0a000000 + (uint64_t)slot * 0x200;
}

/*
 * Fill in the machine's host bridge for lev_pci_scan: how its configuration
 * space is reached, and the windows that QEMU forwards.
 */
void lev_qtest_pci_host(const struct lev_qtest *qt, struct lev_pci_host *host);

/* How much is allocated or mapped now, in blocks and in segments. */
unsigned lev_qtest_blocks(const struct lev_qtest *qt);

/* --- interrupts --- */

/* The line of PCI on "virt" that this pin of the first bus is wired to. */
static inline unsigned lev_qtest_intx(uint16_t root_addr, uint8_t root_pin)
{
	return LEV_QTEST_SLOTS +
	       ((root_addr >> 3 & 31) + root_pin - 1u) % LEV_QTEST_INTX;
}

/*
 * The level of a line now, and how often it rose since open. slot is a slot of
 * MMIO, or what lev_qtest_intx returned.
 */
bool lev_qtest_irq(struct lev_qtest *qt, unsigned slot);
unsigned lev_qtest_irq_count(struct lev_qtest *qt, unsigned slot);

/*
 * Sleep until the line has this level, for at most the timeout. Returns whether
 * it has.
 */
LEV_MUST_CHECK bool lev_qtest_irq_wait(struct lev_qtest *qt, unsigned slot,
				       bool level);

/*
 * The message of a vector below LEV_QTEST_VECTORS: another word of the
 * machine's memory for each, and other data, so that none is taken for another.
 * Which device gets which is the caller's business.
 */
void lev_qtest_message(const struct lev_qtest *qt, unsigned vector,
		       struct lev_pci_message *message);

/*
 * Has it arrived since it was last taken, once or more often? Other data in its
 * word than its own is a complaint. wait sleeps until it has, for at most the
 * timeout.
 */
bool lev_qtest_message_take(struct lev_qtest *qt, unsigned vector);
LEV_MUST_CHECK bool lev_qtest_message_wait(struct lev_qtest *qt,
					   unsigned vector);

/* --- the machine from outside --- */

/*
 * One QMP command, with its arguments as a JSON object or NULL. Returns 0,
 * LEV_ERR_IO if QEMU refuses (the log says why), LEV_ERR_NODEV if it is dead.
 * Where result is not NULL it gets the JSON text of what QEMU returned, valid
 * until the next command.
 */
LEV_MUST_CHECK int lev_qtest_qmp(struct lev_qtest *qt, const char *command,
				 const char *arguments, const char **result);

/*
 * Press a key of the machine's keyboard, by QEMU's name for it ("a", "ret"),
 * and let it go after hold milliseconds, at least 1. Returns at once: QEMU
 * keeps what waits for the release of an earlier key, up to some 1000 strokes.
 */
LEV_MUST_CHECK int lev_qtest_send_key(struct lev_qtest *qt, const char *key,
				      unsigned hold);

/* Reset the machine and all its devices; returns when that is done. */
LEV_MUST_CHECK int lev_qtest_system_reset(struct lev_qtest *qt);

/* What a display shows. pixels: 0x00RRGGBB, width * height; yours to free. */
struct lev_qtest_picture {
	uint32_t width;
	uint32_t height;
	uint32_t *pixels;
};

/*
 * Read a display: head of the device of this id ("virtio-gpu-device,id=...");
 * with NULL, of the machine's first. Errors as lev_qtest_qmp.
 */
LEV_MUST_CHECK int lev_qtest_screendump(struct lev_qtest *qt, const char *id,
					unsigned head,
					struct lev_qtest_picture *picture);

/*
 * Have this function called before each register access; NULL: none again. An
 * access for which it returns false does not take place, and reads 0. QEMU has
 * heard all doorbells from before when this returns.
 */
void lev_qtest_hook(struct lev_qtest *qt,
		    bool (*hook)(void *ctx, uint64_t reg, bool write),
		    void *ctx);

/*
 * Kill QEMU, as if the device had been removed: no complaint. Returns when it
 * is gone.
 */
void lev_qtest_kill(struct lev_qtest *qt);

/*
 * The process id of QEMU, for tests that stop it or look for it. Ask only while
 * lev_qtest_ok: later it is nobody's, or another process's.
 */
int lev_qtest_pid(const struct lev_qtest *qt);

#ifdef __cplusplus
}
#endif

#endif
