/* SPDX-License-Identifier: MIT */
/*
 * The life of a device (VirtIO 2.1, 2.2, 2.5, 3.1), for those who write a
 * driver. Whoever only uses a driver meets struct lev_device inside the
 * driver's object, and may call what stands under "for everybody".
 *
 *   lev_device_claim     the transport is ours; no register was touched
 *   lev_device_begin     reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK
 *     (queues are set up and filled, configuration is read)
 *   lev_device_ready     DRIVER_OK: the device is live, doorbells may ring
 *   lev_device_reset     quiet again; every request came back CANCELED
 *     (lev_device_begin starts over, with the memory of the queues kept)
 *   lev_device_release   the transport may be claimed by another
 *
 * One owner at a time calls these; queues may meanwhile be used elsewhere,
 * except that lev_device_reset needs all of them quiet.
 */
#ifndef LEVITATE_DEVICE_H
#define LEVITATE_DEVICE_H

#include <levitate/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lev_queue;

/* Device status bits (2.1) */
enum {
	LEV_STATUS_ACKNOWLEDGE = 1,
	LEV_STATUS_DRIVER = 2,
	LEV_STATUS_DRIVER_OK = 4,
	LEV_STATUS_FEATURES_OK = 8,
	LEV_STATUS_NEEDS_RESET = 64,
	LEV_STATUS_FAILED = 128,
};

/* Device types (chapter 5) that have a driver here */
enum {
	LEV_ID_RNG = 4,
	LEV_ID_GPU = 16,
	LEV_ID_INPUT = 18,
};

/* Feature bits that belong to no device type (chapter 6) */
enum {
	LEV_F_ANY_LAYOUT = 27, /* legacy devices only */
	LEV_F_INDIRECT_DESC = 28,
	LEV_F_EVENT_IDX = 29,
	LEV_F_VERSION_1 = 32,
	LEV_F_ACCESS_PLATFORM = 33,
	LEV_F_RING_PACKED = 34,
	LEV_F_IN_ORDER = 35,
	LEV_F_ORDER_PLATFORM = 36,
	LEV_F_NOTIFICATION_DATA = 38,
	LEV_F_NOTIF_CONFIG_DATA = 39,
	LEV_F_RING_RESET = 40,
};

/* How long a device may take to confirm a reset, in nanoseconds. */
#define LEV_RESET_TIMEOUT 1000000000u

/* One feature that a driver knows. Those it does not list are not accepted. */
struct lev_feature {
	uint8_t bit;
	bool required;	  /* without it the device cannot be driven */
	const char *name; /* as in the standard; NULL under LEV_NO_NAMES */
};

/* bit is accepted only together with one of these, at least (2.2.1). */
struct lev_feature_rule {
	uint8_t bit;
	uint8_t count;
	uint8_t any_of[4];
};

#ifdef LEV_NO_NAMES
#define LEV_NAME(text) NULL
#else
#define LEV_NAME(text) text
#endif

/* What a driver is: const data that outlives every device it drives. */
struct lev_driver {
	uint32_t device_id;
	const char *name; /* begins each line of the log */
	const struct lev_feature *features;
	unsigned feature_count;
	const struct lev_feature_rule *rules; /* NULL: none */
	unsigned rule_count;
};

/* Where a device is in its life. */
enum lev_device_state {
	LEV_DEVICE_FREE,  /* not claimed */
	LEV_DEVICE_RESET, /* claimed, quiet: it owns nothing of ours */
	LEV_DEVICE_SETUP, /* between begin and ready */
	LEV_DEVICE_LIVE,  /* DRIVER_OK */
	LEV_DEVICE_STUCK, /* a reset was not confirmed: see LEV_ERR_STUCK */
};

/* Readable by everybody, written by the library only. */
struct lev_device {
	const struct lev_driver *driver;
	struct lev_transport *transport;
	struct lev_features offered;  /* by the device */
	struct lev_features accepted; /* by us: what holds */
	enum lev_device_state state;
	int error; /* 0, or why a live device cannot go on: LEV_ERR_IO (it asks
		    * for a reset), LEV_ERR_NODEV (it is gone) */

	/* private */
	struct lev_queue *queues;
	bool config_changed; /* since the last lev_device_poll */
	bool negotiated; /* once: accepted must stay what it was over a reset */
	uint8_t status;	 /* what we wrote; bits are only ever added */

	/* The port's way to lend memory, at hand: once for each segment. */
	int (*dma_map)(void *ctx, void *ptr, size_t len, unsigned flags,
		       struct lev_seg *segs, unsigned max);
	void (*dma_unmap)(void *ctx, void *ptr, size_t len, unsigned flags,
			  const struct lev_seg *segs, unsigned count);
	void *dma_ctx;
	unsigned dma_flags; /* LEV_DMA_PLATFORM under ACCESS_PLATFORM, or 0 */
};

/* --- for everybody --- */

/* Does this feature hold? */
static inline bool lev_device_has(const struct lev_device *dev, unsigned bit)
{
	return lev_features_has(&dev->accepted, bit);
}

/*
 * The name of a feature bit of this device, from the driver's table or the
 * standard's common ones; NULL if the driver does not know it.
 */
const char *lev_device_feature_name(const struct lev_device *dev, unsigned bit);

/*
 * Interrupt entry: reads the causes, records them, acknowledges them (4.2.3.4)
 * and returns them (LEV_INTERRUPT_*; 0: not ours). Poll the queues after it,
 * never before: what is used later raises a new interrupt. Unless the device is
 * live, what is pending is acknowledged, so that the line falls, and not
 * returned; a change of the configuration during set-up is remembered for
 * lev_device_poll. Safe to call from an interrupt handler from lev_device_claim
 * to lev_device_release.
 */
unsigned lev_device_isr(struct lev_device *dev);

/*
 * For ports without interrupts, and after one with LEV_INTERRUPT_CONFIG: reads
 * the status and notices a device that asks for a reset (2.1.2) or is gone.
 * Returns 1 if the configuration changed since the last call, 0 if not, or
 * the reason why the device cannot go on: LEV_ERR_IO, LEV_ERR_NODEV,
 * LEV_ERR_STATE (it is not live).
 */
LEV_MUST_CHECK int lev_device_poll(struct lev_device *dev);

/* --- for drivers --- */

/*
 * Has lev_device_poll anything to say, by what lev_device_isr saw and by what
 * was found before? Touches no register.
 */
LEV_MUST_CHECK bool lev_device_stirred(const struct lev_device *dev);

/*
 * Make a transport ours. dev is zeroed memory of the caller's, kept until
 * lev_device_release. LEV_ERR_BUSY if it is claimed, LEV_ERR_NODEV if it is
 * not the driver's type of device. Touches no register.
 */
LEV_MUST_CHECK int lev_device_claim(struct lev_device *dev,
				    struct lev_transport *transport,
				    const struct lev_driver *driver);

/*
 * Steps 1 to 6 of 3.1.1: whatever firmware left is reset, features are agreed
 * on. On legacy devices FEATURES_OK is neither written nor read (3.1.2).
 * Deadline on the port's clock for the reset. On an error the device has been
 * given FAILED, except where the reset at the beginning did not come about:
 *   LEV_ERR_NOTSUP   a required feature is not offered, or the device refused
 *                    our set
 *   LEV_ERR_PROTO    the features changed since the last time
 *   LEV_ERR_TIMEDOUT the reset was not confirmed; the device owns nothing of
 *                    ours, so nothing is stuck
 *   LEV_ERR_NODEV    the device is gone
 *   LEV_ERR_STATE    not in LEV_DEVICE_RESET, or inside a done function
 */
LEV_MUST_CHECK int lev_device_begin(struct lev_device *dev, uint64_t deadline);

/*
 * DRIVER_OK; rings the doorbell of queues filled before.
 *   LEV_ERR_STATE   not in set-up; or a queue given to lev_queue_init is not
 * set up: then the device is live, and is to be reset LEV_ERR_IO, LEV_ERR_NODEV
 * the device gave up meanwhile
 */
LEV_MUST_CHECK int lev_device_ready(struct lev_device *dev);

/*
 * Reset, wait at most LEV_RESET_TIMEOUT for the device to confirm it, then
 * give back every request of every queue (done, with LEV_ERR_CANCELED).
 * Queue memory is kept for the next lev_device_begin.
 *   0                the device is quiet (it may have been so before)
 *   LEV_ERR_NODEV    it is gone; everything came back all the same
 *   LEV_ERR_STUCK    no confirmation: nothing came back, everything stays
 *                    lent; may be called again
 *   LEV_ERR_STATE    not claimed, or called from inside a done function
 */
LEV_MUST_CHECK int lev_device_reset(struct lev_device *dev);

/*
 * For a caller who knows that the device is gone, because its bus or its
 * hypervisor said so: every request comes back with LEV_ERR_CANCELED and what
 * was lent may be freed, without a register being touched. Not from inside a
 * done function. (A device whose registers read all ones is noticed anyway.)
 */
void lev_device_gone(struct lev_device *dev);

/* Give the transport up. The device is in LEV_DEVICE_RESET, queues are gone. */
void lev_device_release(struct lev_device *dev);

/*
 * Read count fields of width bytes (1, 2 or 4) from off on in the device's
 * configuration space into dst, as they lie there (little-endian), all from
 * one generation (2.5.1; on legacy devices: read until two readings agree).
 * LEV_ERR_PROTO if the device never holds still.
 */
LEV_MUST_CHECK int lev_device_config_read(struct lev_device *dev, uint32_t off,
					  void *dst, unsigned count,
					  unsigned width);

/* Write one field of the configuration space. */
void lev_device_config_write(struct lev_device *dev, uint32_t off,
			     unsigned width, uint32_t value);

/* timeout nanoseconds from now, as a deadline on the port's clock. */
uint64_t lev_device_deadline(const struct lev_device *dev, uint64_t timeout);

/* What the port's DMA functions are told of this device: LEV_DMA_PLATFORM. */
static inline unsigned lev_device_dma_flags(const struct lev_device *dev)
{
	return dev->dma_flags;
}

/*
 * DMA memory for a driver's commands and buffers: the port's dma_alloc, its
 * answer checked. NULL if there is none that fits. Free it when the device is
 * quiet, never before.
 */
LEV_MUST_CHECK void *lev_device_dma_alloc(struct lev_device *dev, size_t len,
					  size_t align, lev_paddr max_addr,
					  lev_paddr *addr);
void lev_device_dma_free(struct lev_device *dev, void *ptr, lev_paddr addr,
			 size_t len);

/*
 * Lend len bytes of the caller's own memory at ptr to the device, through the
 * port's dma_map; flags is LEV_DMA_TO_DEVICE, LEV_DMA_FROM_DEVICE or both.
 * Fills at most max segments for a request and returns how many. Map before
 * lev_queue_add; unmap, with the same arguments, when the request has come
 * back, whatever came of it: what the device wrote is not there before.
 * Between the two the memory is the device's. Memory from lev_device_dma_alloc
 * needs neither.
 *   LEV_ERR_INVAL   no bytes, 4 GiB or more, no room for segments, or the
 *                   port's answer does not cover the memory
 *   others          why the port cannot: LEV_ERR_RANGE (more than max
 *                   segments), LEV_ERR_NOMEM
 */
LEV_MUST_CHECK int lev_device_map(struct lev_device *dev, void *ptr, size_t len,
				  unsigned flags, struct lev_seg *segs,
				  unsigned max);
void lev_device_unmap(struct lev_device *dev, void *ptr, size_t len,
		      unsigned flags, const struct lev_seg *segs,
		      unsigned count);

/*
 * Of memory that stays mapped, this part changed hands: LEV_DMA_TO_DEVICE, the
 * CPU wrote it and the device is going to read it; LEV_DMA_FROM_DEVICE, the
 * other way round.
 */
void lev_device_sync(struct lev_device *dev, void *ptr, size_t len,
		     unsigned flags);

/*
 * Copy out of memory that the device can write, reading each byte once: what
 * was checked in dst cannot change any more. len is a multiple of 4, both are
 * aligned to 4.
 */
void lev_device_read_once(void *dst, const void *src, size_t len);

/*
 * Give up on the device: FAILED, and a reset. Returns why, or what explains it:
 * LEV_ERR_NODEV if the device is gone, LEV_ERR_STUCK if the reset was not
 * confirmed: then what the device was lent stays lent.
 */
LEV_MUST_CHECK int lev_device_abort(struct lev_device *dev, int why);

/*
 * A line of the port's log, in the driver's name. Formats as in hal.h. With
 * LEV_NO_NAMES defined for the whole build the library says nothing.
 */
void lev_device_log(const struct lev_device *dev, const char *format, ...)
	LEV_FORMAT(2, 3);
#ifdef LEV_NO_NAMES /* looked at by the compiler, never called */
#define lev_device_log(...) ((void)sizeof((lev_device_log(__VA_ARGS__), 0)))
#endif

#ifdef __cplusplus
}
#endif

#endif
