/* SPDX-License-Identifier: MIT */
/*
 * A model of a VirtIO machine, to test drivers against: memory, clock and
 * registers (a struct lev_hal), MMIO devices of version 1 and 2, their split
 * rings, a GPU and an input device.
 *
 * It is written from the standard alone. It shares no wire header, no source
 * and no offset with the library, so that one mistake cannot hide in both. It
 * checks every rule of the driver's side that it can see and notes each
 * breach under the id of the standard's clause; and it breaks every rule of
 * the device's side when a test asks for that.
 *
 *	struct fake_port *port = fake_port_new();
 *	struct fake_gpu *gpu = fake_gpu_new(port, 2);
 *
 *	... lev_mmio_probe(&mmio, &port->hal, gpu->dev.cookie) and so on ...
 *	assert_true(fake_gpu_pixel(gpu, 0, 3, 4) == 0xffffff);
 *	FAKE_FREE_CLEAN(port);
 *
 * Fields marked "knob" are for the test to set, at any time unless said
 * otherwise; "read" fields are for it to look at; the rest is the model's.
 * All objects live until fake_port_free(). Running out of host memory ends
 * the program.
 *
 * Threads: one, but for this: the ring memory is accessed by atomic
 * operations only, so a device in mode FAKE_MANUAL may be served by a second
 * thread (fake_queue_pop, fake_chain_*, fake_queue_push on it and nothing
 * else) while the driver adds, kicks and polls in the first, on a port
 * whose map is FAKE_MAP_NONE. Kick rules are not checked in that mode.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdio.h>

#include <levitate/base.h>
#include <levitate/hal.h>

struct fake_dev;
struct fake_queue;
struct fake_chain;
struct fake_region;

/* --- A. the port ------------------------------------------------------- */

enum fake_map_mode {
	/*
	 * The default. dma_map gives the device a copy elsewhere, which
	 * dma_sync and dma_unmap bring up to date: a forgotten sync shows as
	 * wrong bytes, an address of the CPU's as a violation.
	 */
	FAKE_MAP_BOUNCE,
	/*
	 * No dma_map (the functions are NULL): device addresses are CPU
	 * addresses. The device may use what fake_lend() named, or all
	 * memory with any_memory.
	 */
	FAKE_MAP_NONE,
};

enum {
	FAKE_LOG_LINES = 64,
	FAKE_LOG_WIDTH = 160,
	FAKE_DEVICES = 8,
	FAKE_QUEUES = 8,
	FAKE_IGNORED = 16,
	FAKE_RECENT = 256,
};

struct fake_port {
	/*
	 * What the library gets. Optional functions may be set to NULL before
	 * the driver starts: port->ops.relax = NULL.
	 */
	struct lev_hal hal;
	struct lev_hal_ops ops;

	/* Knobs: memory. */
	uint64_t bus_base;	/* first device address to give out; the
				 * default 0x140000000 lies above 4 GiB */
	unsigned alloc_fail_at; /* the Nth dma_alloc from now fails (1 = next);
				 * 0: none */
	bool alloc_misalign;	/* answers miss the alignment by 1 */
	bool alloc_above_max;	/* answers end above max_addr */
	bool alloc_ignores_max; /* bus_base decides, whatever max_addr is */
	unsigned map_fail_at;	/* the Nth dma_map from now: LEV_ERR_NOMEM */
	uint32_t map_piece;	/* bytes a piece (0: all in one); there are
				 * gaps between the pieces and the order of
				 * their addresses goes down */
	bool any_memory;	/* see FAKE_MAP_NONE */

	/* Knobs: time. All in nanoseconds. */
	uint64_t now_step;   /* each now() adds this: 100 */
	uint64_t relax_step; /* each relax() adds this, or less when a device
			      * has something to do earlier: 10000 */
	/* Called first by each relax(); may do anything to the devices. */
	void (*on_relax)(struct fake_port *port, void *arg);
	void *on_relax_arg;

	/* Read: what happened. */
	uint64_t clock;	      /* the virtual time; a test may add to it */
	unsigned allocs;      /* successful dma_alloc calls, ever */
	unsigned live_allocs; /* and not freed */
	size_t live_bytes;
	unsigned platform_allocs; /* with LEV_DMA_PLATFORM */
	unsigned maps;		  /* successful dma_map calls, ever */
	unsigned live_maps;	  /* and not unmapped */
	unsigned pieces;	  /* given out by dma_map, ever */
	unsigned platform_maps;	  /* with LEV_DMA_PLATFORM */
	unsigned syncs;
	uint64_t sync_bytes;
	unsigned last_sync_flags;
	unsigned reads;	 /* register reads, ever */
	unsigned writes; /* register writes, ever */
	unsigned nows;
	unsigned relaxes;
	uint64_t last_deadline; /* argument of the last relax() */

	/* The model's own. */
	enum fake_map_mode map_mode;
	struct fake_region *regions;
	uint64_t bus_next;
	struct fake_dev *devs[FAKE_DEVICES];
	unsigned ndevs;
	char log[FAKE_LOG_LINES][FAKE_LOG_WIDTH];
	unsigned log_next;
	struct fake_rule *rules; /* each check's times armed and fired */
	struct fake_rule *recent[FAKE_RECENT];
	const char *ignored[FAKE_IGNORED];
	unsigned nignored;
	unsigned violations;
	bool looked_at; /* by a test, so that the end need not print */
	bool in_device; /* a device is being run; guards recursion */
};

struct fake_port *fake_port_new(void);

/*
 * Frees all devices. Memory that is still allocated or mapped then is a
 * violation (HAL-LEAK), so fini the drivers first. Returns the number of
 * violations, printed to stderr unless a test has looked at them
 * (fake_violation_count, _has or _print were called).
 */
unsigned fake_port_free(struct fake_port *port);

/* Before the driver starts. */
void fake_port_set_map(struct fake_port *port, enum fake_map_mode mode);

/* With FAKE_MAP_NONE: the device may touch [ptr, ptr + len) from now on. */
void fake_lend(struct fake_port *port, void *ptr, size_t len);
void fake_unlend(struct fake_port *port, void *ptr);

/*
 * The bytes behind a device address, as the device sees them, or NULL where
 * [addr, addr + len) is not in one live allocation or mapping. flags:
 * LEV_DMA_TO_DEVICE for reading, LEV_DMA_FROM_DEVICE for writing, 0 for tests.
 */
void *fake_ptr(struct fake_port *port, uint64_t addr, uint64_t len,
	       unsigned flags);

/* Add ns to the clock and let devices do what is due by then. */
void fake_advance(struct fake_port *port, uint64_t ns);

/* Is there a captured log line that contains text? The last 64 are kept. */
bool fake_log_has(const struct fake_port *port, const char *text);
void fake_log_print(const struct fake_port *port, FILE *out);

/* --- violations -------------------------------------------------------- */

/*
 * Each has the id of a row of the standard's driver rules ("SPLIT-ALIGN-01"),
 * or one of the model's own where the standard has no numbered row:
 *
 * HAL-ALLOC	dma_alloc with a length, alignment or flags that hal.h forbids
 * HAL-FREE	dma_free of what is not live, or with other len, addr, flags
 * HAL-MAP	dma_map, dma_unmap: bad arguments, unbalanced, other pieces
 * HAL-SYNC	dma_sync outside any mapping, or in a direction not mapped
 * HAL-REG	a register access outside every window, or of a bad width
 * HAL-LEAK	memory or mappings left at fake_port_free
 * X-DMA-01	ring memory outside live allocations
 * X-DMA-02	a descriptor's memory outside live allocations and mappings, or
 *		mapped for the other direction
 * X-MMIO-01	a queue register used before QueueSel was written
 * X-MMIO-02	a set-up register written for a queue that does not exist
 * X-MMIO-03	a queue enabled without a size or addresses
 * X-MMIO-04	a queue set up without a look at whether it is in use, or
 *		QueueSize written before QueueSizeMax was read
 * X-MMIO-05	QueueNotify for a queue that is not enabled
 * X-MMIO-06	QueueReady written with other than 0 and 1
 * X-MMIO-07	a split queue whose size is no power of two
 * X-MMIO-08	QueueReset used without RING_RESET
 * X-RING-01	the queue is enabled with avail.idx, used.idx or a flag not 0
 * X-RING-02	avail.idx moved by more than the queue's size
 * X-RING-03	a head or next index out of the table
 * X-RING-04	a head made available that the device still has
 * X-RING-05	a descriptor with undefined flags or of length 0
 * X-RING-06	an indirect table whose length is no multiple of 16, or 0
 * LEG-MMIO-01	GuestPageSize not written, or no power of two, before QueuePFN
 * LEG-MMIO-02	QueueSizeMax read while QueuePFN is not 0
 * LEG-MMIO-03	QueueAlign not written, or no power of two, before QueuePFN
 * LEG-MMIO-04	a register of version 2 only used on a version 1 device
 * LEG-MMIO-05	QueuePFN: the block it names is not in live DMA memory
 * LEG-MMIO-06	FEATURES_OK written to a legacy device (with LEG-CORE-04)
 * X-GPU-01	a request shorter than its structure, or no room to answer
 * X-GPU-02	a resource id that is 0, unknown, or taken
 * X-GPU-03	a rectangle or scanout id out of bounds, an unknown format
 * X-GPU-04	a transfer from outside the backing
 * X-GPU-05	backing: entries missing, of length 0, attached twice
 * X-GPU-06	memory freed or unmapped that backs a resource
 * X-GPU-07	an unknown command, or one whose feature was not negotiated
 * X-GPU-08	a command on the wrong queue
 * X-INPUT-01	a query of a select the standard does not know
 *
 * A kick is missing when relax(), fake_run() or (for a late one) the device's
 * own time comes and what was published needed it: publish and kick belong
 * together, without one of these in between.
 *
 * SHOULD clauses count too: a test that has reason to break one says so with
 * fake_ignore().
 */
unsigned fake_violation_count(struct fake_port *port);
bool fake_violation_has(struct fake_port *port, const char *id);
/* Print all to stderr; returns the count. */
unsigned fake_violation_print(struct fake_port *port);
/* Forget what was noted so far. */
void fake_violation_clear(struct fake_port *port);
/* Breaches of this rule no longer count (id is kept, not copied). */
void fake_ignore(struct fake_port *port, const char *id);
/* How often the rule was looked at: a check that never ran proves nothing. */
unsigned fake_check_armed(const struct fake_port *port, const char *id);

/*
 * For the model's own files, and tests with checks of their own: note that
 * the rule was looked at, and a violation unless ok. Returns ok.
 *
 * When the environment names a file in FAKE_CONFORMANCE, fake_port_free()
 * appends a line "armed ID" or "fired ID" to it for every rule it met.
 */
bool fake_check(struct fake_port *port, bool ok, const char *id,
		const char *fmt, ...) LEV_FORMAT(4, 5);

/*
 * In a test that includes cmocka.h: no violation up to now; and the end of the
 * port without any, leaks included.
 */
#define FAKE_ASSERT_CLEAN(port) assert_int_equal(fake_violation_print(port), 0)
#define FAKE_FREE_CLEAN(port)                                                  \
	do {                                                                   \
		FAKE_ASSERT_CLEAN(port);                                       \
		assert_int_equal(fake_port_free(port), 0);                     \
	} while (0)

/* --- B. an MMIO device ------------------------------------------------- */

/* Registers, for tests that script them (standard 4.2.2, 4.2.4). */
enum {
	FAKE_REG_MAGIC = 0x000,
	FAKE_REG_VERSION = 0x004,
	FAKE_REG_DEVICE_ID = 0x008,
	FAKE_REG_VENDOR_ID = 0x00c,
	FAKE_REG_DEVICE_FEATURES = 0x010,
	FAKE_REG_DEVICE_FEATURES_SEL = 0x014,
	FAKE_REG_DRIVER_FEATURES = 0x020,
	FAKE_REG_DRIVER_FEATURES_SEL = 0x024,
	FAKE_REG_GUEST_PAGE_SIZE = 0x028, /* version 1 */
	FAKE_REG_QUEUE_SEL = 0x030,
	FAKE_REG_QUEUE_SIZE_MAX = 0x034,
	FAKE_REG_QUEUE_SIZE = 0x038,
	FAKE_REG_QUEUE_ALIGN = 0x03c, /* version 1 */
	FAKE_REG_QUEUE_PFN = 0x040,   /* version 1 */
	FAKE_REG_QUEUE_READY = 0x044,
	FAKE_REG_QUEUE_NOTIFY = 0x050,
	FAKE_REG_INTERRUPT_STATUS = 0x060,
	FAKE_REG_INTERRUPT_ACK = 0x064,
	FAKE_REG_STATUS = 0x070,
	FAKE_REG_DESC_LOW = 0x080,
	FAKE_REG_DESC_HIGH = 0x084,
	FAKE_REG_DRIVER_LOW = 0x090,
	FAKE_REG_DRIVER_HIGH = 0x094,
	FAKE_REG_DEVICE_LOW = 0x0a0,
	FAKE_REG_DEVICE_HIGH = 0x0a4,
	FAKE_REG_SHM_SEL = 0x0ac,
	FAKE_REG_SHM_LEN_LOW = 0x0b0,
	FAKE_REG_SHM_LEN_HIGH = 0x0b4,
	FAKE_REG_SHM_BASE_LOW = 0x0b8,
	FAKE_REG_SHM_BASE_HIGH = 0x0bc,
	FAKE_REG_QUEUE_RESET = 0x0c0,
	FAKE_REG_CONFIG_GENERATION = 0x0fc,
	FAKE_REG_CONFIG = 0x100,
};

/* Status bits (2.1). */
enum {
	FAKE_ACKNOWLEDGE = 1,
	FAKE_DRIVER = 2,
	FAKE_DRIVER_OK = 4,
	FAKE_FEATURES_OK = 8,
	FAKE_NEEDS_RESET = 64,
	FAKE_FAILED = 128,
};

/* Feature bits that the model knows by number. */
enum {
	FAKE_F_ANY_LAYOUT = 27,
	FAKE_F_INDIRECT = 28,
	FAKE_F_EVENT_IDX = 29,
	FAKE_F_VERSION_1 = 32,
	FAKE_F_ACCESS_PLATFORM = 33,
	FAKE_F_ORDER_PLATFORM = 36,
	FAKE_GPU_F_EDID = 1,
};

/* When a device serves its queues. */
enum fake_mode {
	FAKE_ON_KICK, /* inside the write to QueueNotify: the default */
	FAKE_ON_RUN,  /* in relax() and fake_run() */
	FAKE_DELAYED, /* delay_ns after the kick, in now(), relax() and
		       * fake_advance(): also for a port without relax */
	FAKE_MANUAL,  /* never: the test pops and pushes */
};

/* A field of the configuration space; a table of them ends with width 0. */
struct fake_field {
	uint16_t off;
	uint8_t width;	       /* of one access: 1, 2, 4; 8 = two of 4 */
	uint8_t count;	       /* array of so many */
	bool writable;	       /* else: write_id is violated */
	const char *write_id;  /* NULL: MMIO-REG-02 */
	uint8_t needs_feature; /* bit + 1 that must be offered; 0: none */
};

struct fake_queue {
	struct fake_dev *dev;
	unsigned idx;

	/* Knobs. */
	uint32_t size_max; /* QueueSizeMax: 64; 0 = no such queue */

	/* Read. */
	bool ready; /* QueueReady, or QueuePFN is not 0 */
	uint32_t size;
	uint64_t desc, avail, used; /* device addresses */
	unsigned kicks;		    /* QueueNotify writes */
	unsigned chains;	    /* popped since the last reset */
	unsigned pushed;	    /* returned since the last reset */
	unsigned inflight;	    /* popped and not returned */

	/* The model's own. */
	uint32_t pfn, align;
	bool size_max_read, ready_read, readback_due;
	uint16_t last_avail, used_idx, kick_checked, avail_seen;
	uint16_t used_flags, avail_event;
	unsigned addr_set; /* which address registers were written */
	uint32_t fence;
	bool kicked, broken;
	uint64_t run_at;
	struct fake_chain *pending; /* popped, oldest first */
	struct fake_fault *faults;
	bool *owned; /* by head */
};

/* The device's breakages; all knobs, all off at first. */
struct fake_faults {
	bool removed;		  /* every register reads all ones, writes are
				   * lost, no queue is served */
	bool silent;		  /* takes kicks, serves no queue */
	bool features_ok_refused; /* FEATURES_OK never sticks */
	bool reset_stuck;	  /* a reset does nothing: status stays */
	uint64_t reset_delay;	  /* ns for which status reads non-zero yet */
	bool ready_not_sticking;  /* QueueReady / QueuePFN read 0 always */
	bool in_use_after_reset;  /* ... read non-zero before any set-up */
	bool generation_runs;	  /* each ConfigGeneration read differs */
	uint32_t isr_extra;	  /* undefined InterruptStatus bits set */
	bool swap_features;	  /* at each reset features and other_features
				   * change places */
	uint64_t other_features[2];
	unsigned needs_reset_at_kick; /* at the Nth kick from now */
	bool spurious_irqs;	      /* an interrupt for every push */
	bool lost_irqs;		      /* no interrupt at all */
};

struct fake_dev {
	struct fake_port *port;
	uint64_t cookie; /* read: of its register window */

	/* Knobs: identity; change them before the driver looks. */
	uint32_t magic, version, id, vendor;
	uint64_t features[2]; /* offered; VERSION_1 is set for version 2 */

	/* Knobs: the configuration space. See also fake_config_set(). */
	uint8_t config[256];
	uint32_t config_len;
	const struct fake_field *fields; /* NULL: any access is good */
	uint32_t generation;

	/* Knobs: behaviour. */
	enum fake_mode mode;
	uint64_t delay_ns;
	bool suppress_kicks; /* ask for no kicks: used.flags 1, or an
			      * avail_event that is never reached. Set it
			      * before the queues are set up. Use with
			      * FAKE_ON_RUN */
	unsigned nqueues;
	struct fake_faults faults;

	/*
	 * Serve one chain: give it back with fake_queue_push now, or keep it
	 * and push it later. NULL: copies what is readable into what is
	 * writable and pushes (an echo).
	 */
	void (*handle)(struct fake_dev *dev, struct fake_chain *chain);
	/* After a config write was stored. NULL: it stays as stored. */
	void (*config_written)(struct fake_dev *dev, uint32_t off,
			       uint32_t len);
	/* Before a config read, checked already. NULL: nothing to do. */
	void (*config_read)(struct fake_dev *dev, uint32_t off, uint32_t len);
	/* The device was reset. NULL: nothing more to do. */
	void (*reset)(struct fake_dev *dev);
	/* This memory is about to be taken away: check that nothing is in it
	 * that the device still needs. NULL: rings and chains are all. */
	void (*going)(struct fake_dev *dev, uint64_t addr, uint64_t len);
	/* Before each register access; may do anything, e.g. break things. */
	void (*on_access)(struct fake_dev *dev, uint32_t reg, bool write,
			  uint32_t value);
	/* The interrupt line rose. NULL: only irqs counts. */
	void (*on_irq)(struct fake_dev *dev);
	void *arg; /* the test's */

	/* Read. */
	struct fake_queue queues[FAKE_QUEUES];
	uint32_t status, isr;
	uint64_t driver_features[2];
	unsigned resets, irqs, kicks;
	unsigned reg_reads[64], reg_writes[64]; /* by offset / 4 */
	unsigned config_reads, config_writes;

	/* The model's own. */
	unsigned seen;
	uint32_t dev_sel, drv_sel, queue_sel, page_size;
	bool dev_sel_set, drv_sel_set, queue_sel_set;
	unsigned words_read;
	bool reset_written, reset_unread, resetting;
	bool features_ok_set, features_ok_read;
	uint64_t reset_done;
	uint32_t isr_shown, isr_due;
	bool cfg_open;	    /* ConfigGeneration was read before */
	unsigned cfg_reads; /* of different fields since then */
	uint32_t cfg_last;
	struct fake_script *scripts;
	void (*destroy)(struct fake_dev *dev);
};

/*
 * A device with an echo for a handler, version 1 or 2, with nqueues queues
 * of size 64, EVENT_IDX and INDIRECT offered, no configuration space.
 */
struct fake_dev *fake_dev_new(struct fake_port *port, uint32_t version,
			      uint32_t id, unsigned nqueues);

/* Serve the queues now, whatever the mode but FAKE_MANUAL. */
void fake_run(struct fake_dev *dev);

/* Change configuration: bumps the generation, raises the interrupt. */
void fake_config_set(struct fake_dev *dev, uint32_t off, const void *bytes,
		     uint32_t len);

/* Set DEVICE_NEEDS_RESET and raise the configuration interrupt. */
void fake_needs_reset(struct fake_dev *dev);

/* Raise interrupt bits (1 used buffer, 2 configuration). */
void fake_irq(struct fake_dev *dev, uint32_t bits);

/*
 * The reads number nth to nth + count - 1 of this register from now (1 = the
 * next) give value instead. Also for config space (FAKE_REG_CONFIG + off).
 * Scripts add up; the first that matches wins.
 */
void fake_script(struct fake_dev *dev, uint32_t reg, unsigned nth,
		 unsigned count, uint32_t value);

/* --- C. the device's side of a split ring ------------------------------ */

struct fake_seg {
	uint64_t addr;
	uint32_t len;
	bool write; /* by the device */
};

struct fake_chain {
	struct fake_queue *queue;
	uint16_t head;
	bool indirect;
	unsigned nsegs; /* those of an indirect table counted, not its own */
	struct fake_seg *segs;
	uint64_t readable, writable; /* bytes */

	/* The model's own. */
	struct fake_chain *next;
	uint8_t *snapshot; /* the descriptors as popped */
	unsigned ndirect;
	uint16_t *direct;
	uint64_t due; /* fake_queue_push_at */
	uint32_t due_len;
	bool due_set;
	bool redo;    /* at due, call handle again instead of pushing */
	bool fetched; /* taken from the ring, not yet popped */
};

/*
 * Take the next available chain (checked) or NULL. It belongs to the model;
 * valid until pushed or the device is reset.
 */
struct fake_chain *fake_queue_pop(struct fake_queue *queue);

/*
 * Give a chain back, in any order, and raise the interrupt by the rules. The
 * queue must not have been reset since the pop.
 */
void fake_queue_push(struct fake_chain *chain, uint32_t written);

/* The same, ns from now. */
void fake_queue_push_after(struct fake_chain *chain, uint32_t written,
			   uint64_t ns);

/* The oldest chain popped and not pushed, or NULL. */
struct fake_chain *fake_queue_oldest(struct fake_queue *queue);

/*
 * Copy from the readable or to the writable part, from byte off of that part
 * on; at most len bytes. Returns the bytes copied.
 */
size_t fake_chain_read(struct fake_chain *chain, size_t off, void *buf,
		       size_t len);
size_t fake_chain_write(struct fake_chain *chain, size_t off, const void *buf,
			size_t len);

/* What stands in the rings now. */
uint16_t fake_avail_idx(struct fake_queue *queue);
uint16_t fake_avail_flags(struct fake_queue *queue);
uint16_t fake_used_event(struct fake_queue *queue);

/* Write the device's kick suppression by hand. */
void fake_set_used_flags(struct fake_queue *queue, uint16_t flags);
void fake_set_avail_event(struct fake_queue *queue, uint16_t idx);

/* --- D. breaking the ring's rules -------------------------------------- */

enum fake_ring_fault {
	FAKE_USED_ID,	   /* the entry's id is arg */
	FAKE_USED_LEN,	   /* the entry's len is arg */
	FAKE_USED_TWICE,   /* the entry is written twice, idx counts both */
	FAKE_USED_JUMP,	   /* used.idx gets arg added (mod 2^16), once more
			    * than it should */
	FAKE_USED_LOST,	   /* the chain is never returned */
	FAKE_USED_NO_IRQ,  /* returned without the interrupt */
	FAKE_REWRITE_DESC, /* its descriptors are overwritten with ones */
	FAKE_SCRIBBLE,	   /* the avail ring and all descriptors, too */
};

/* At the Nth push from now (1 = the next). Several may be pending. */
void fake_queue_fault(struct fake_queue *queue, enum fake_ring_fault what,
		      unsigned nth, uint32_t arg);

/* Write a used entry as it is and move used.idx by one; interrupt. */
void fake_queue_push_raw(struct fake_queue *queue, uint32_t id, uint32_t len);

/* Store used.idx as it is. */
void fake_set_used_idx(struct fake_queue *queue, uint16_t idx);

/* --- E. the GPU -------------------------------------------------------- */

enum { FAKE_GPU_SCANOUTS = 16, FAKE_GPU_TYPES = 16 };

/* Command and answer types (5.7.6.7). */
enum {
	FAKE_GPU_GET_DISPLAY_INFO = 0x100,
	FAKE_GPU_RESOURCE_CREATE_2D = 0x101,
	FAKE_GPU_RESOURCE_UNREF = 0x102,
	FAKE_GPU_SET_SCANOUT = 0x103,
	FAKE_GPU_RESOURCE_FLUSH = 0x104,
	FAKE_GPU_TRANSFER_TO_HOST_2D = 0x105,
	FAKE_GPU_ATTACH_BACKING = 0x106,
	FAKE_GPU_DETACH_BACKING = 0x107,
	FAKE_GPU_GET_EDID = 0x10a,
	FAKE_GPU_OK_NODATA = 0x1100,
	FAKE_GPU_OK_DISPLAY_INFO = 0x1101,
	FAKE_GPU_OK_EDID = 0x1104,
	FAKE_GPU_ERR_UNSPEC = 0x1200,
	FAKE_GPU_ERR_OUT_OF_MEMORY = 0x1201,
	FAKE_GPU_ERR_INVALID_SCANOUT_ID = 0x1202,
	FAKE_GPU_ERR_INVALID_RESOURCE_ID = 0x1203,
	FAKE_GPU_ERR_INVALID_CONTEXT_ID = 0x1204,
	FAKE_GPU_ERR_INVALID_PARAMETER = 0x1205,
};

enum fake_gpu_fault_kind {
	FAKE_GPU_ANSWER_TYPE, /* the answer's type is arg; nothing is done */
	FAKE_GPU_SHORT,	      /* only arg bytes are written and reported */
	FAKE_GPU_LEN,	      /* arg is reported as written, all is well */
	FAKE_GPU_FENCE_ID,    /* the answer's fence_id is arg */
	FAKE_GPU_NO_FENCE,    /* the FENCE flag is missing in the answer */
	FAKE_GPU_LATE,	      /* done and answered arg microseconds later */
	FAKE_GPU_NO_ANSWER,   /* not done, never answered */
	FAKE_GPU_DEAD,	      /* from this command on, no more answers */
};

struct fake_gpu_scanout {
	/* Knobs: what GET_DISPLAY_INFO tells. */
	uint32_t x, y, width, height, enabled, flags;
	/* Read: what the driver set. */
	uint32_t resource; /* 0: off */
	uint32_t sx, sy;   /* of the resource's rectangle */
	/* Read: what is seen; 4 bytes a pixel in the resource's format, as
	 * flushed. NULL while off. */
	uint32_t screen_width, screen_height, format;
	uint8_t *screen;
};

struct fake_gpu {
	struct fake_dev dev; /* id 16, queues control and cursor, EDID */

	/* Knobs. */
	uint32_t num_scanouts; /* 1; set by fake_gpu_set_scanouts() */
	struct fake_gpu_scanout scanouts[FAKE_GPU_SCANOUTS];
	uint8_t edid[1024];  /* a good one for 1280x800 by default */
	uint32_t edid_size;  /* what the answer says: 128 */
	uint64_t memory;     /* bytes of resources at most: 256 MiB */
	bool head0_stays_on; /* SET_SCANOUT(0) of head 0: INVALID_SCANOUT_ID */

	/* Read: statistics since creation. */
	unsigned commands;		  /* of all types */
	unsigned by_type[FAKE_GPU_TYPES]; /* by type - 0x100 */
	unsigned errors;		  /* answers 0x12xx, asked for or not */
	uint32_t last_error;
	unsigned fences;	 /* commands with FENCE */
	uint64_t transfer_bytes; /* moved by TRANSFER_TO_HOST_2D */
	uint64_t flush_pixels;	 /* in rectangles of RESOURCE_FLUSH */
	struct {
		uint32_t x, y, w, h;
	} last_transfer, last_flush;
	unsigned live_resources;
	uint32_t last_entries; /* nr_entries of the last ATTACH_BACKING */

	/* The model's own. */
	struct fake_gpu_resource *resources;
	uint64_t memory_used;
	struct fake_gpu_fault *faults;
	bool dead, info_asked, edid_asked;
};

/* Version 1 or 2; scanout 0 is enabled with 1280x800. */
struct fake_gpu *fake_gpu_new(struct fake_port *port, uint32_t version);

/* The Nth command from now of this type (0: any; 1 = the next). */
void fake_gpu_fault(struct fake_gpu *gpu, uint32_t type, unsigned nth,
		    enum fake_gpu_fault_kind what, uint64_t arg);

/* num_scanouts in config space and in the model. */
void fake_gpu_set_scanouts(struct fake_gpu *gpu, uint32_t count);

/* The user resized head: new display info, event bit and interrupt. */
void fake_gpu_resize(struct fake_gpu *gpu, unsigned head, uint32_t width,
		     uint32_t height, bool enabled);

/*
 * 0xRRGGBB at x, y of what head shows; 0x5a5a5a where nothing was flushed
 * since SET_SCANOUT, 0xdead0000 where there is no picture.
 */
uint32_t fake_gpu_pixel(const struct fake_gpu *gpu, unsigned head, uint32_t x,
			uint32_t y);

/* Fill edid with a valid 128 byte block whose native mode is this. */
void fake_gpu_make_edid(struct fake_gpu *gpu, uint32_t width, uint32_t height);

/* --- E2. the input device ---------------------------------------------- */

enum {
	FAKE_INPUT_NAME = 0x01,
	FAKE_INPUT_SERIAL = 0x02,
	FAKE_INPUT_DEVIDS = 0x03,
	FAKE_INPUT_PROP_BITS = 0x10,
	FAKE_INPUT_EV_BITS = 0x11,
	FAKE_INPUT_ABS_INFO = 0x12,
	FAKE_INPUT_ANSWERS = 32,
	FAKE_INPUT_QUEUE = 64,
};

struct fake_input_event {
	uint16_t type, code;
	uint32_t value;
};

struct fake_input {
	struct fake_dev dev; /* id 18, queues event and status */

	/* Knobs: faults of the next events. */
	uint32_t used_len; /* reported instead of 8, while used_len_set */
	bool used_len_set;
	uint8_t size_field; /* in every answer, while size_field_set */
	bool size_field_set;

	/* Read. */
	unsigned sent;		/* events given to the driver */
	unsigned dropped;	/* whole sequences, for want of buffers */
	unsigned status_events; /* received on statusq */
	struct fake_input_event last_status;

	/* The model's own. */
	struct {
		uint8_t select, subsel, len;
		uint8_t bytes[128];
	} answers[FAKE_INPUT_ANSWERS];
	unsigned nanswers;
	struct fake_input_event queue[FAKE_INPUT_QUEUE];
	unsigned nqueue;
	bool overflow, select_written, subsel_written, size_read;
};

/*
 * A keyboard: name "fake keyboard", serial "1", ids 6/0x1af4/2/3, EV_KEY with
 * codes 1 to 127, EV_REP, EV_LED. Use fake_input_answer() to make it another.
 */
struct fake_input *fake_input_new(struct fake_port *port, uint32_t version);

/* What a query answers; len 0 takes the answer away. At most 128 bytes. */
void fake_input_answer(struct fake_input *input, uint8_t select, uint8_t subsel,
		       const void *bytes, uint8_t len);

/*
 * One event. Events wait until EV_SYN (type 0, code 0) ends the sequence; then
 * all go out at once, or none when there are too few buffers.
 */
void fake_input_event(struct fake_input *input, uint16_t type, uint16_t code,
		      uint32_t value);

/* Press or release a key: EV_KEY and EV_SYN. */
void fake_input_key(struct fake_input *input, uint16_t code, bool down);

/* --- E3. the entropy device -------------------------------------------- */

struct fake_rng {
	struct fake_dev dev; /* id 4, one queue, no configuration */

	/* Knobs. To be silent: dev.faults.silent. */
	uint32_t give_max; /* bytes an answer at most, while give_max_set; 0 is
			    * against the rules */
	bool give_max_set;
	uint32_t used_len; /* reported instead, while used_len_set */
	bool used_len_set;
	uint8_t same; /* every byte, while same_set */
	bool same_set;

	/* Read. */
	unsigned requests; /* answered */
	uint64_t given;	   /* bytes, ever */

	/* Bytes the driver has taken; a test whose driver gives up on some
	 * sets it to given. */
	uint64_t taken;
};

/* Version 1 or 2. Each device gives the same sequence of bytes. */
struct fake_rng *fake_rng_new(struct fake_port *port, uint32_t version);

/*
 * The driver says that these bytes are the next ones that it got (ENT-OP-02):
 * they must be what the device gave, in order, and not one byte more.
 */
bool fake_rng_took(struct fake_rng *rng, const void *bytes, size_t len);

#endif
