/* SPDX-License-Identifier: MIT */
/*
 * A model of a VirtIO machine, to test drivers against: memory, clock and
 * registers (a struct lev_hal), MMIO devices of version 1 and 2, their rings,
 * split and packed, a GPU, an input and an entropy device.
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
 * Threads: one, but for this. The ring memory is accessed by atomic
 * operations only, so that driver and device may use it at the same time:
 *   - a device may have a thread of the model's own, see section E;
 *   - or a device in mode FAKE_MANUAL may be served by a second thread of the
 *     test's (fake_queue_pop, fake_chain_*, fake_queue_push on it and nothing
 *     else) while the driver adds, kicks and polls in the first, on a port
 *     whose map is FAKE_MAP_NONE, without NOTIFICATION_DATA if it is packed.
 * That a kick is missing or not wanted is checked in neither of them: whoever
 * sleeps too long tells of a missing one.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stdio.h>

#include <levitate/base.h>
#include <levitate/hal.h>

#include "fake_ring.h"

struct fake_dev;
struct fake_region;
struct fake_bus;
struct fake_pci;
struct fake_pci_function;

/* --- A. the port ------------------------------------------------------- */

enum fake_map_mode {
	/*
	 * The default. dma_map gives the device a copy elsewhere, which
	 * dma_sync and dma_unmap bring up to date: a forgotten sync shows as
	 * wrong bytes, an address of the CPU's as a violation.
	 *
	 * Of a buffer that is mapped FROM_DEVICE only, the device gets none
	 * of the caller's bytes but FAKE_FRESH ones. dma_unmap copies all of
	 * it back: what the device did not write comes back as FAKE_FRESH,
	 * as from a real bounce buffer something comes back that was not
	 * there. Then the copy is filled with FAKE_GONE, and its addresses
	 * lead nowhere. See also poison_lent.
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
	FAKE_RETIRED = 64,
};

/* What fills memory that has no bytes of its own. */
enum {
	FAKE_FRESH = 0xa5, /* a bounce buffer that nobody wrote yet */
	FAKE_LENT = 0x96,  /* the CPU's side of a lent one; poison_lent */
	FAKE_GONE = 0xdd,  /* freed, unmapped */
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
	/*
	 * For mappings made from now on, with FAKE_MAP_BOUNCE: what is lent is
	 * not the CPU's. A buffer that the device may write is filled with
	 * FAKE_LENT while it is mapped, and AddressSanitizer, where it is
	 * there, stops whoever touches it. One that the device only reads may
	 * be read. HAL-LENT: it was written to all the same, mapped again (but
	 * for reading on both sides), or synced. Not for drivers that keep a
	 * buffer mapped and write to it, as the GPU's framebuffer.
	 */
	bool poison_lent;

	/* Knobs: time. All in nanoseconds. */
	uint64_t now_step;   /* each now() adds this: 100 */
	uint64_t relax_step; /* each relax() adds this, or less when a device
			      * has something to do earlier: 10000 */
	/* Called by each relax(), first (with a thread, see E, last); may do
	 * anything to the devices. */
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
	struct fake_region *retired[FAKE_RETIRED]; /* freed, kept poisoned */
	unsigned retired_next;
	struct fake_sync *sync; /* locks and threads */
	struct fake_pci *pci;	/* its PCI host, or NULL */
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
	struct fake_dev *last_dev; /* the last one whose register was used */
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

/* Is AddressSanitizer watching this byte? Elsewhere: false. */
bool fake_poisoned(const void *ptr);

/*
 * Add ns to the clock and let devices do what is due by then. While a device
 * has a thread the clock is the real one, and nothing is added.
 */
void fake_advance(struct fake_port *port, uint64_t ns);

/* Is there a captured log line that contains text? The last 64 are kept. */
bool fake_log_has(const struct fake_port *port, const char *text);

/* --- violations -------------------------------------------------------- */

/*
 * Each has the id of a row of the standard's driver rules ("SPLIT-ALIGN-01"),
 * or one of the model's own where the standard has no numbered row:
 *
 * HAL-ALLOC	dma_alloc with a length, alignment or flags that hal.h forbids
 * HAL-FREE	dma_free of what is not live, or with other len, addr, flags
 * HAL-MAP	dma_map, dma_unmap: bad arguments, unbalanced, other pieces
 * HAL-SYNC	dma_sync outside any mapping, or in a direction not mapped
 * HAL-LENT	a lent buffer used by the CPU, see poison_lent
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
 * X-MMIO-07	a queue size of 0, above 32768, or, but for packed rings, no
 *		power of two
 * X-MMIO-08	QueueReset used without RING_RESET
 * X-MMIO-09	QueueNotify for a queue that is being reset
 * X-MMIO-10	QueueReset written with other than 1
 * X-NOTIFY-01	NOTIFICATION_DATA: next_off and next_wrap are not the available
 *		index (of a packed ring: PACKED-DESC-03)
 * X-NOTIFY-02	QueueNotify written with more than an index, without it
 * X-RING-01	the queue is enabled with avail.idx, used.idx or a flag not 0,
 *		or a packed one with a descriptor or the device's event
 *		structure not 0
 * X-RING-02	avail.idx moved by more than the queue's size
 * X-RING-03	a head or next index out of the table
 * X-RING-04	a head made available that the device still has
 * X-RING-05	a descriptor with undefined flags or of length 0
 * X-RING-06	an indirect table whose length is no multiple of 16, or 0
 * X-ORDER-01	IN_ORDER, split: a chain begins elsewhere than behind the last
 *		one in the table
 * X-PACKED-01	a buffer id that the device still has
 * X-PACKED-02	the device's event structure was written
 * X-PACKED-03	the driver's event structure: reserved bits, or flags 3
 * X-PACKED-04	... DESC without EVENT_IDX, or for a slot out of the ring
 * X-PACKED-05	at a kick: AVAIL and USED of a slot say that it is available,
 *		but those before it are not, or it is another lap's turn
 * X-PACKED-06	a kick that the device's event structure did not ask for
 * X-PACKED-07	a list of more than 2^32 bytes
 * X-PACKED-08	a kick that the device's event structure asked for is missing
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
 * What a driver does too early another thread may see, and nobody else. So
 * these are looked at only of a device that has one (see E):
 * SPLIT-IDX-01 and PACKED-FLAGS-01, a descriptor was shown before it was whole
 * (a device cannot tell that from one that was changed later, CORE-CLEAN-01,
 * PACKED-DESC-02); SPLIT-KICK-01 and PACKED-KICK-01, the device sleeps and
 * what lies there needed a kick, looked at when the driver waits.
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
 * When the environment has FAKE_CONFORMANCE, fake_port_free() prints a line
 * "# rule armed ID" or "# rule fired ID" for every rule it met: a comment in
 * cmocka's TAP output, ahead of the case that it belongs to. So a rule is
 * looked at only where it binds: armed says that it could have fired.
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
	FAKE_F_RING_PACKED = 34,
	FAKE_F_IN_ORDER = 35,
	FAKE_F_ORDER_PLATFORM = 36,
	FAKE_F_NOTIFICATION_DATA = 38,
	FAKE_F_NOTIF_CONFIG_DATA = 39,
	FAKE_F_RING_RESET = 40,
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
	uint32_t size_max;	 /* QueueSizeMax: 64; 0 = no such queue */
	uint32_t other_size_max; /* for swap_sizes: 0 */
	uint32_t list_max; /* packed: elements of a list; 0: the queue's size */
	/*
	 * With IN_ORDER: so many chains are returned by one used entry, or
	 * fewer: a chain that was not written to its end is the last of its
	 * batch, and what waits goes out when a serving ends or at
	 * fake_queue_flush(). 0 or 1: each by its own.
	 */
	unsigned batch;
	/* It is gone from under the driver: QueueSizeMax and QueueReady read
	 * 0, kicks have no effect, nothing is served. The driver may go on. */
	bool vanished;

	/* Read. */
	bool ready;    /* QueueReady, or QueuePFN is not 0 */
	bool packed;   /* RING_PACKED was negotiated ... */
	bool in_order; /* ... and IN_ORDER, when it was enabled */
	uint32_t size;
	/* Device addresses; packed: of the descriptor ring, the driver's and
	 * the device's event suppression. */
	uint64_t desc, avail, used;
	unsigned kicks;	    /* QueueNotify writes */
	uint16_t kick_data; /* next_wrap, next_off of the last one */
	unsigned chains;    /* popped since the last reset */
	unsigned pushed;    /* pushed since the last reset */
	unsigned inflight;  /* popped and not pushed */

	/* The model's own. */
	const struct fake_ring *ring;
	uint32_t pfn, align;
	bool size_max_read, ready_read, readback_due;
	bool resetting; /* QueueReset was written, 0 not seen yet */
	bool was_reset; /* by it, and not enabled since */
	unsigned reset_reads;
	uint64_t reset_done;
	uint16_t last_avail, used_idx, kick_checked, avail_seen;
	uint16_t used_flags, avail_event;
	unsigned addr_set; /* which address registers were written */
	uint32_t fence;
	bool kicked, broken;
	uint64_t run_at;
	struct fake_chain *pending; /* popped, oldest first */
	struct fake_fault *faults;
	bool *owned;	     /* split: by descriptor */
	uint32_t order_next; /* split, IN_ORDER: where the next chain begins */
	/* Packed: places in the ring, 0 to 2 * size - 1, two laps. */
	uint32_t take_pos, put_pos, kick_pos;
	uint16_t event_desc, event_flags; /* as we wrote them */
	struct fake_desc *shadow;	  /* the ring as we know it */
};

/* The device's breakages; all knobs, all off at first. */
struct fake_faults {
	bool removed;	  /* every register reads all ones, writes are
			   * lost, no queue is served */
	bool silent;	  /* takes kicks, serves no queue */
	bool works_early; /* serves queues before DRIVER_OK, in relax
			   * and fake_run, or by fake_queue_pop */

	/* Features (2.2). */
	bool features_ok_refused; /* FEATURES_OK never sticks */
	uint64_t insists_on[2];	  /* nor without these: not a fault for some */
	bool mirror_features;	  /* as QEMU 7.2 does: words 2 and above of both
				   * feature registers are word 1 once more */
	bool swap_features;	  /* at each reset features and other_features
				   * change places */
	uint64_t other_features[2];

	/* Status (2.1) and reset (2.4). */
	uint32_t status_extra;	/* bits that status shows and does not have */
	uint32_t status_hidden; /* ... that it has and does not show */
	unsigned needs_reset_at_access; /* before the Nth register access */
	unsigned needs_reset_at_kick;	/* at the Nth kick from now */
	unsigned needs_reset_at_pop;	/* by the Nth chain taken from now,
					 * which is never served */
	bool needs_reset_silent;	/* without its interrupt */
	bool reset_stuck;		/* a reset does nothing: status stays */
	uint64_t reset_delay;	 /* ns for which status reads non-zero yet */
	bool ready_not_sticking; /* QueueReady / QueuePFN read 0 always */
	bool in_use_after_reset; /* ... read non-zero before any set-up */
	bool swap_sizes;	 /* at each reset size_max and other_size_max
				  * of each queue change places: the queue
				  * gets another size, or is gone */
	bool keeps_used_idx;	 /* a reset, of device or queue, leaves the
				  * device's used index as it is */

	/* A queue's reset (2.6.1). */
	uint64_t queue_reset_delay; /* ns for which QueueReset reads 1 yet */
	bool queue_reset_stuck;	    /* ... and for ever */
	bool queue_reset_absent;    /* as QEMU 7.2 does: RING_RESET is offered,
				     * but QueueReset reads 0 at once and
				     * nothing is reset, QueueReady stays */

	/* Configuration (2.5); see also fake_config_at(). */
	bool generation_runs;  /* each ConfigGeneration read differs */
	bool generation_stuck; /* ConfigGeneration tells of no change */
	bool config_late;      /* reads 0 before FEATURES_OK */

	/* Interrupts (4.2.2). */
	uint32_t isr_extra; /* undefined InterruptStatus bits set */
	bool isr_clears;    /* by being read, before it is acknowledged */
	bool isr_sticks;    /* InterruptACK does nothing */
	bool isr_survives;  /* a reset does not clear InterruptStatus */
	bool spurious_irqs; /* an interrupt for every push */
	bool lost_irqs;	    /* no interrupt for any push */
};

/* What the driver has seen, and should act upon. The model's own. */
struct fake_life {
	enum {
		STRANGER_NONE,
		STRANGER_MAGIC,	  /* that is wrong */
		STRANGER_VERSION, /* that is unknown */
		STRANGER_EMPTY,	  /* DeviceID 0 */
	} stranger;
	bool refused;	   /* that FEATURES_OK did not stick */
	bool unsaid;	   /* then it reset the device, without FAILED */
	bool spurious;	   /* an interrupt for used buffers without any */
	bool isr_odd;	   /* undefined bits in InterruptStatus */
	bool broken_shown; /* DEVICE_NEEDS_RESET */
	bool was_live;	   /* DRIVER_OK was reached, ever */
};

struct fake_dev {
	struct fake_port *port;
	uint64_t cookie; /* read: of its register window; on PCI: 0 */

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
	bool suppress_kicks; /* ask for no kicks: used.flags 1, an avail_event
			      * that is never reached, packed: DISABLE. Set
			      * it before the queues are set up. Use with
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
	uint32_t cfg_last, cfg_shown;
	bool cfg_torn; /* it had changed when it was read behind them */
	unsigned cfg_tries;
	struct fake_life life;
	struct fake_script *scripts;
	struct fake_change *changes;
	struct fake_thread *thread;
	const struct fake_bus *bus;
	struct fake_pci_function *pci; /* that it is, or NULL */
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

/*
 * The same with the Nth read of configuration space from now (1 = the next),
 * just before it is answered: the configuration changes under the read.
 */
void fake_config_at(struct fake_dev *dev, unsigned nth, uint32_t off,
		    const void *bytes, uint32_t len);

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

/* C, the device's side of a ring, and D, how to break it: fake_ring.h */

/* --- E. a thread of its own -------------------------------------------- */

/*
 * From now on the device runs in a thread: it sleeps until a doorbell rings,
 * serves all queues by handle until they are empty, asks for kicks, looks
 * once more and sleeps again. While it serves it asks for none. So a lost kick
 * shows as a driver that waits for ever, and a lost interrupt does when the
 * driver sleeps in fake_irq_wait or relax.
 *
 * While any device of the port has a thread
 *   - the functions of the port's struct lev_hal may be called by one other
 *     thread, the driver's, and so may fake_irq_wait, fake_check,
 *     fake_violation_*; all else, and a look at the model's structures, needs
 *     fake_lock;
 *   - handle, reset, on_irq and the like run with the lock, in either thread;
 *   - the port's clock is the real one (now_step, relax_step do nothing);
 *   - relax sleeps until an interrupt is pending at any device, something is
 *     due or the deadline; then it calls on_relax, which is the place to be
 *     the interrupt handler;
 *   - mode is FAKE_MANUAL; suppress_kicks must be off.
 */
void fake_thread_start(struct fake_dev *dev);

/*
 * Ends it when it has nothing more to do; mode is what it was before. Does
 * nothing without one.
 */
void fake_thread_stop(struct fake_dev *dev);

/* Wait until it sleeps and no doorbell has rung since. */
void fake_thread_idle(struct fake_dev *dev);

/* Sleep until the interrupt line is high, at most ms of real time: is it? */
bool fake_irq_wait(struct fake_dev *dev, unsigned ms);

/* The port's lock; it nests. */
void fake_lock(struct fake_port *port);
void fake_unlock(struct fake_port *port);

/* --- F. devices of a type of their own --------------------------------- */

#include "fake_gpu.h"
#include "fake_input.h"

/* --- the entropy device --- */

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
	bool fell_short;   /* by less than was asked for, on a split ring */

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

/* --- G. PCI ------------------------------------------------------------ */

#include "fake_pci.h"

#endif
