/* SPDX-License-Identifier: MIT */
/*
 * A port for whatever runs without an operating system below it: memory that
 * the CPU and the devices see at the same addresses, with coherent caches,
 * and registers that are mapped as device memory at their physical addresses.
 *
 *	static struct lev_baremetal port;
 *	const struct lev_baremetal_config config = {
 *		.arena = ..., .arena_len = ..., .now = my_clock,
 *	};
 *	lev_baremetal_init(&port, &config);
 *	... use &port.hal ...
 *
 * Register cookies are addresses; x86 has its I/O ports beside them. DMA memory
 *comes from the arena, first fit; what is freed can be allocated again,
 *neighbours having become one piece. The books are kept outside of the arena,
 *where no device can write.
 *
 * It may be called from one context at a time, like the library itself.
 */
#ifndef PORTS_BAREMETAL_H
#define PORTS_BAREMETAL_H

#include <levitate/hal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Allocations that one arena can have at a time. */
#ifndef LEV_BAREMETAL_BLOCKS
#define LEV_BAREMETAL_BLOCKS 128
#endif

/*
 * x86: the cookie of an I/O port, which is no address that a CPU could have.
 * For struct lev_pci_host, with LEV_PCI_PORTS: LEV_BAREMETAL_PORT(0xcf8).
 */
#if defined(__x86_64__) || defined(__i386__)
#define LEV_BAREMETAL_PORT(port) ((uint64_t)1 << 62 | (uint16_t)(port))
#endif

struct lev_baremetal_config {
	/* Memory for devices, the caller's for as long as the port is used. */
	void *arena;
	size_t arena_len;
	/* Nanoseconds since some moment; never goes back. */
	uint64_t (*now)(void *ctx);
	/*
	 * Called while the library waits: sleep until an interrupt or until
	 * the deadline on now's clock. NULL: busy waiting.
	 */
	void (*relax)(void *ctx, uint64_t deadline);
	/*
	 * Registers of a PCI device, as in levitate/hal.h: map them, or refuse
	 * them. NULL: they are mapped, at the addresses they have; on x86 I/O
	 * ports can be reached, too.
	 */
	int (*io_map)(void *ctx, enum lev_io_space space, uint64_t addr,
		      uint64_t len, uint64_t *reg);
	/* A line of diagnosis, as in levitate/hal.h. NULL: silence. */
	void (*log)(void *ctx, const char *who, const char *format,
		    __builtin_va_list args);
	/* Handed to the functions above. */
	void *ctx;
};

struct lev_baremetal_block {
	uintptr_t start;
	size_t len;
};

struct lev_baremetal {
	struct lev_hal hal; /* what devices are given */
	/* private: blocks in use, by address */
	struct lev_baremetal_config config;
	struct lev_baremetal_block blocks[LEV_BAREMETAL_BLOCKS];
	unsigned count;
	size_t used;
	uint64_t allocs;
	uint64_t frees;
};

/* Make a port over the arena, nothing being allocated. config is copied. */
void lev_baremetal_init(struct lev_baremetal *port,
			const struct lev_baremetal_config *config);

/* Bytes of the arena that are allocated now, and in how many pieces. */
size_t lev_baremetal_used(const struct lev_baremetal *port);
unsigned lev_baremetal_count(const struct lev_baremetal *port);

#ifdef __cplusplus
}
#endif

#endif
