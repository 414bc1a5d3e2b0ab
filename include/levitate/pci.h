/* SPDX-License-Identifier: MIT */
/*
 * PCI transport (VirtIO 4.1): modern, transitional and legacy devices (4.1.2),
 * told apart at run time; a transitional one is driven as a modern one.
 *
 *	struct lev_pci_host host = {
 *		.hal = hal, .access = LEV_PCI_ECAM, .config = ecam,
 *		.bus_last = 255, .memory = { .addr = ..., .len = ... },
 *	};
 *	err = lev_pci_scan(&host, on_function, ctx);
 *
 *	void on_function(void *ctx, const struct lev_pci_function *f)
 *	{
 *		err = lev_pci_probe(&pci, &host, f->addr);
 *		...
 *		lev_gpu_init(&gpu, &(struct lev_gpu_config){
 *			.transport = &pci.transport });
 *	}
 *
 * Whoever has a PCI driver of his own needs no scan: numbered buses, placed
 * BARs, and bridges that forward these and bus mastering are all that
 * lev_pci_probe asks for. It reaches configuration space through the host, and
 * everything through the port (levitate/hal.h).
 *
 * Interrupts: a device that was probed sends none. lev_pci_msix or lev_pci_intx
 * choose otherwise, before the driver's init. It may use memory (bus mastering)
 * from the driver's init to the end of its reset.
 *
 * Everything here is the business of whoever owns the device (device.h), and of
 * one caller at a time for each host. Drivers use configuration space as well:
 * in init, restart and fini, and wherever a device that does not answer is
 * found to be gone. Two of them at once need two functions' spaces to be apart,
 * as LEV_PCI_ECAM's are, or a lock around each access (LEV_PCI_OWN). A device
 * with a region that is reached through configuration space (by_window, below)
 * is used by one context at a time, its queues, too: each access there is four,
 * of the whole function.
 *
 * Where a BAR lies is the device's word, or firmware's. What keeps it from
 * being memory, or another device, is the port's io_map (levitate/hal.h).
 */
#ifndef LEVITATE_PCI_H
#define LEVITATE_PCI_H

#include <levitate/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- the host bridge --- */

/* How configuration space is reached. */
enum lev_pci_access {
	LEV_PCI_ECAM,  /* memory: 4096 bytes for each function */
	LEV_PCI_PORTS, /* x86's pair of ports, 0xCF8 and 0xCFC: 256 bytes; an
			* access is two, and one may go on at a time */
	LEV_PCI_OWN,   /* the port's functions below */
};

/*
 * Bus addresses that the bridge forwards, for BARs that nobody has placed. On
 * a device tree these are its node's "ranges". No len: there is no such window.
 * They also say where the CPU has what was placed in them; addresses in none
 * are the same on the bus and for the CPU, and I/O ones are ports.
 */
struct lev_pci_window {
	uint64_t addr; /* on the bus */
	uint64_t len;  /* bytes */
	uint64_t cpu;  /* where the CPU has it: an address, or a port (io) */

	/* private: nothing is placed from here on, counted from addr */
	uint64_t used;
};

/* Zeroed and filled in by the caller; kept as long as its devices are used. */
struct lev_pci_host {
	const struct lev_hal *hal;
	enum lev_pci_access access;

	/*
	 * LEV_PCI_ECAM: the port's cookie of the space of bus_first, device 0.
	 * LEV_PCI_PORTS: the cookie of port 0xCF8; 0xCFC is 4 behind it.
	 */
	uint64_t config;

	/*
	 * LEV_PCI_OWN: read or write width (1, 2, 4) bytes at offset off, a
	 * multiple of width, of a function's space. Values and order are those
	 * of reg_read and reg_write (hal.h); what is read is no wider than
	 * width, and all ones where there is no function.
	 */
	uint32_t (*config_read)(void *ctx, uint16_t function, uint32_t off,
				unsigned width);
	void (*config_write)(void *ctx, uint16_t function, uint32_t off,
			     unsigned width, uint32_t value);
	void *ctx;

	uint8_t bus_first, bus_last; /* of this bridge; the first is its own */

	struct lev_pci_window io;
	bool io_ports; /* io.cpu is an I/O port; else it lies in memory */
	struct lev_pci_window memory;	/* below 4 GiB */
	struct lev_pci_window memory64; /* elsewhere, prefetchable */
};

/* A function that may be a VirtIO device, as lev_pci_scan found it. */
struct lev_pci_function {
	uint16_t addr; /* bus << 8 | device << 3 | function */
	uint16_t vendor, device;
	/*
	 * INTx: the pin, 1 (INTA) to 4, 0 if it has none; and at which function
	 * of the first bus, and at which pin there, it arrives over the bridges
	 * in between. That is what an "interrupt-map" is asked for.
	 */
	uint8_t pin;
	uint8_t root_pin;
	uint16_t root_addr;
};

typedef void (*lev_pci_found_fn)(void *ctx,
				 const struct lev_pci_function *function);

/*
 * Look at all functions, over bridges, and call found for each that has
 * VirtIO's vendor and a device ID of VirtIO's (4.1.2): those of a bus in the
 * order of their addresses, and what is behind a bridge where the bridge is.
 * Where nobody did it, bridges are numbered and BARs are placed, of all
 * functions, in the host's windows, overlapping nothing; what firmware has
 * placed stays where it is. Bridges get bus mastering. BARs are sized for that,
 * for which a function's decoding is off for a moment: not while a driver is at
 * work. Call it again after a device was plugged in, when all on this bus are
 * at rest: behind a bridge it is placed if nothing else is there, and one that
 * brings bridges is numbered on the first bus only. It goes behind all that has
 * a place: gaps that others left are not filled.
 *
 * Returns how many were found. What cannot be placed is logged (as "pci") and
 * stays unplaced; the function is found all the same.
 *   LEV_ERR_INVAL   the host makes no sense
 */
LEV_MUST_CHECK int lev_pci_scan(struct lev_pci_host *host,
				lev_pci_found_fn found, void *ctx);

/* A function's configuration space, by the host's way. off below 4096. */
uint32_t lev_pci_config_read(const struct lev_pci_host *host, uint16_t function,
			     uint32_t off, unsigned width);
void lev_pci_config_write(const struct lev_pci_host *host, uint16_t function,
			  uint32_t off, unsigned width, uint32_t value);

/* --- a device --- */

/* Not a vector: no interrupt (4.1.5.1.2). */
#define LEV_PCI_NO_VECTOR 0xffff

/* A base address register, or two that are one. */
struct lev_pci_bar {
	uint64_t addr; /* on the bus; 0: not placed */
	uint64_t len;  /* a power of two; 0: there is no such BAR */
	bool io;
	bool wide; /* 64 bits: the next one is its upper half */
	bool prefetch;
};

/* One of the device's structures (4.1.4), found and reachable. */
struct lev_pci_region {
	uint64_t reg; /* the port's cookie of its first byte */
	uint32_t len; /* bytes; 0: there is none */
	uint32_t off; /* in its BAR */
	uint8_t bar;
	bool by_window; /* reached through configuration space (4.1.4.9): slow,
			 * and only because it could not be mapped */
};

struct lev_pci_vectors;

/* One function. Keep one object for each device, and only one. */
struct lev_pci {
	struct lev_transport transport; /* give this to a driver's init */
	const struct lev_pci_host *host;
	uint16_t addr;	    /* bus << 8 | device << 3 | function */
	uint16_t pci_id;    /* its PCI device ID */
	uint16_t msix_size; /* vectors of its table, 0: no MSI-X */

	/* private */
	struct lev_pci_region common, notify, isr, device;
	uint32_t notify_multiplier;
	uint16_t window_cap; /* capability PCI_CFG, 0: none */
	uint16_t msix_cap;
	uint16_t command; /* what it decodes */
	const struct lev_pci_vectors *msix;
	bool intx;
	struct lev_pci_bar bars[6]; /* as they were when it was probed */
};

/*
 * Look at a function: its IDs, its capabilities, its BARs, which must be
 * placed; for their sizes decoding is off for a moment. Decoding is switched on
 * where any is placed, in memory or among I/O ports; bus mastering and
 * interrupts are switched off; no register of the device is touched. pci is
 * zeroed before the first time and may be probed again.
 *
 * The first structure of each kind that makes sense and that the port maps is
 * used. If there is none, the first that makes sense is reached through the
 * capability for that (4.1.4.9). A device with a transitional ID that has no
 * modern registers within reach is driven as a legacy one, by the I/O ports of
 * its first BAR.
 *   0                transport.device_id is its type, transport.legacy says
 *                    which rules hold
 *   LEV_ERR_NODEV    no function there, or not one of VirtIO's
 *   LEV_ERR_NOTSUP   its registers cannot be reached: no usable capabilities,
 *                    BARs that are not placed or that the port refuses; or a
 *                    legacy device on a big-endian CPU
 *   LEV_ERR_BUSY     a driver owns this device; nothing was touched
 */
LEV_MUST_CHECK int lev_pci_probe(struct lev_pci *pci,
				 const struct lev_pci_host *host,
				 uint16_t function);

/* A region of memory that the device shares (2.10, 4.1.4.7). */
struct lev_pci_shared {
	uint8_t id;
	uint64_t addr; /* as the CPU has it; not asked of io_map */
	uint64_t len;  /* bytes */
};

/*
 * Find the region of this id, which lies wholly in one of the BARs.
 * LEV_ERR_NODEV: there is none.
 */
LEV_MUST_CHECK int lev_pci_shm(const struct lev_pci *pci, uint8_t id,
			       struct lev_pci_shared *shm);

/* --- interrupts --- */

/*
 * All three are called between lev_pci_probe and the driver's init, or while
 * the device is reset (the driver's fini was called): LEV_ERR_BUSY otherwise.
 * What was chosen holds over resets, until it is chosen anew.
 */

/*
 * None: the queues are polled, and lev_device_poll looks for changes of the
 * configuration. This is how a device is after lev_pci_probe.
 */
LEV_MUST_CHECK int lev_pci_poll_only(struct lev_pci *pci);

/*
 * INTx, a level, which may be shared with other devices: the handler calls
 * lev_device_isr, which takes the level down, and if that returns not 0 polls
 * the queues. Changes of the configuration are noticed by the handler alone.
 * LEV_ERR_NOTSUP: the device has no pin, or its ISR status is reached through
 * configuration space, which is no place for a handler.
 */
LEV_MUST_CHECK int lev_pci_intx(struct lev_pci *pci);

/* What the device writes, and where, to interrupt a CPU. */
struct lev_pci_message {
	uint64_t addr;
	uint32_t data;
};

/* The caller's, kept until another kind of interrupt is chosen. */
struct lev_pci_vectors {
	/*
	 * Of vectors 0 to count - 1, to be written into the device's table. Or
	 * NULL: the system owns the table, has filled in count entries and
	 * switched MSI-X on, after lev_pci_probe; then only vector numbers are
	 * used here.
	 */
	const struct lev_pci_message *messages;
	uint16_t count;

	/*
	 * For changes of the configuration. Or LEV_PCI_NO_VECTOR: then
	 * lev_device_poll looks for them in the ISR status, which a device
	 * need not keep up under MSI-X (4.1.5.1.2).
	 */
	uint16_t config;

	/*
	 * Of queue i: queues[i], or LEV_PCI_NO_VECTOR. A queue from
	 * queue_count on has the vector of the one before it; with a
	 * queue_count of 0 none has one.
	 */
	const uint16_t *queues;
	uint16_t queue_count;
};

/*
 * MSI-X. Vectors may be shared. The handler of a vector of queues alone just
 * polls them. The handler of the configuration's vector, be it shared or not,
 * calls lev_device_isr, which touches no register and returns both causes; the
 * next lev_device_poll then takes the configuration for changed.
 *
 * Each vector that the device is told is read back (4.1.5.1.2): if the device
 * has no resources for it, the driver's init fails with LEV_ERR_NOMEM, and the
 * caller may try with fewer vectors.
 *   LEV_ERR_NOTSUP   the device has no MSI-X, or its table is out of reach
 *   LEV_ERR_RANGE    more vectors than its table has (msix_size), or a vector
 *                    from count on
 *   LEV_ERR_STATE    there are no messages, and MSI-X is not switched on
 */
LEV_MUST_CHECK int lev_pci_msix(struct lev_pci *pci,
				const struct lev_pci_vectors *msix);

#ifdef __cplusplus
}
#endif

#endif
