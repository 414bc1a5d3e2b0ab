/* SPDX-License-Identifier: MIT */
/*
 * What a transport (MMIO, PCI, one of a port's own) offers to the core. Only
 * those who write a transport need this header; everybody else gets a
 * struct lev_transport from the transport's probe function and passes it on.
 */
#ifndef LEVITATE_TRANSPORT_H
#define LEVITATE_TRANSPORT_H

#include <levitate/hal.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lev_device;
struct lev_transport;

/* Causes of an interrupt; the bits of VirtIO 4.2.2 and 4.1.4.5. */
enum {
	LEV_INTERRUPT_USED = 1 << 0,   /* some queue has used buffers */
	LEV_INTERRUPT_CONFIG = 1 << 1, /* configuration or status changed */
};

/* Largest size of a virtqueue (2.7), and a legacy one's alignment (2.7.2). */
#define LEV_QUEUE_SIZE_MAX     32768
#define LEV_QUEUE_LEGACY_ALIGN 4096

/* A set of feature bits: bit n is bit n % 32 of word n / 32. */
#define LEV_FEATURE_WORDS 4
struct lev_features {
	uint32_t word[LEV_FEATURE_WORDS];
};

static inline void lev_features_set(struct lev_features *f, unsigned bit)
{
	f->word[bit / 32] |= (uint32_t)1 << bit % 32;
}

static inline void lev_features_clear(struct lev_features *f, unsigned bit)
{
	f->word[bit / 32] &= ~((uint32_t)1 << bit % 32);
}

static inline bool lev_features_has(const struct lev_features *f, unsigned bit)
{
	return bit < 32 * LEV_FEATURE_WORDS &&
	       (f->word[bit / 32] >> bit % 32) & 1;
}

/* Where a virtqueue lies, in device addresses (2.7, 2.8). */
struct lev_queue_layout {
	lev_paddr desc;	  /* descriptor area */
	lev_paddr driver; /* driver area: available ring, or event structure */
	lev_paddr device; /* device area: used ring, or event structure */
	uint16_t size;	  /* entries */
};

/*
 * The doorbell of a queue: where its available buffer notification (2.9) is
 * written, and what. Filled in when the queue is enabled, kept by the queue.
 */
struct lev_doorbell {
	uint64_t reg; /* the transport's: the cookie of the register */
	uint16_t id;  /* the queue's index, or what the device has instead */
	uint8_t width;
};

/* No function here waits: those that need to are the core's. */
struct lev_transport_ops {
	/* Is the device still there? Reads an identity register. */
	bool (*present)(struct lev_transport *t);

	/* Device status field (2.1). Writing 0 asks for a reset. */
	uint32_t (*status_read)(struct lev_transport *t);
	void (*status_write)(struct lev_transport *t, uint32_t status);

	/* Feature bits 32 * word .. 32 * word + 31 (2.2). */
	uint32_t (*features_read)(struct lev_transport *t, unsigned word);
	void (*features_write)(struct lev_transport *t, unsigned word,
			       uint32_t value);

	/*
	 * Largest size of queue idx, as the device says it, at most
	 * LEV_QUEUE_SIZE_MAX; under queue_fixed a power of two, its only size.
	 * LEV_ERR_NODEV if there is no such queue, LEV_ERR_BUSY if it is in
	 * use, LEV_ERR_PROTO if that is no size.
	 */
	int (*queue_max)(struct lev_transport *t, uint16_t idx);

	/*
	 * Give the device a queue; from here on it may use the memory. Fills in
	 * its doorbell.
	 */
	int (*queue_enable)(struct lev_transport *t, uint16_t idx,
			    const struct lev_queue_layout *layout,
			    struct lev_doorbell *bell);

	/*
	 * Ask for the reset of one queue, under RING_RESET (2.6.1). Has it come
	 * about (1), so that the device no longer uses its memory and it may be
	 * enabled again? 0: not yet. LEV_ERR_PROTO: the device says so, and
	 * still has the queue enabled. NULL: no such feature here.
	 */
	void (*queue_reset)(struct lev_transport *t, uint16_t idx);
	int (*queue_stopped)(struct lev_transport *t, uint16_t idx);

	/*
	 * Ring a doorbell. value is the bell's id, and under NOTIFICATION_DATA
	 * where the queue stands in the upper half (2.9).
	 */
	void (*notify)(struct lev_transport *t, const struct lev_doorbell *bell,
		       uint32_t value);

	/* Device configuration space (2.5), width 1, 2 or 4. */
	uint32_t (*config_read)(struct lev_transport *t, uint32_t off,
				unsigned width);
	void (*config_write)(struct lev_transport *t, uint32_t off,
			     unsigned width, uint32_t value);

	/* Changes when the configuration does; legacy: always 0. */
	uint32_t (*config_generation)(struct lev_transport *t);

	/*
	 * Those causes of the pending interrupt that are in mask; acknowledges
	 * what it returns and leaves the others pending. mask is both, for the
	 * interrupt handler, or LEV_INTERRUPT_CONFIG; where causes cannot be
	 * acknowledged one by one, the handler alone has them.
	 */
	unsigned (*interrupt_take)(struct lev_transport *t, unsigned mask);

	/*
	 * Optional (NULL). start: the features are agreed on, no queue is set
	 * up yet; what the bus is told before the device uses memory and sends
	 * interrupts. stop: the device has confirmed a reset and uses neither.
	 */
	int (*start)(struct lev_transport *t);
	void (*stop)(struct lev_transport *t);
};

struct lev_transport {
	const struct lev_transport_ops *ops;
	const struct lev_hal *hal;
	const char *name;    /* "mmio", "pci" */
	uint32_t device_id;  /* type of the device (chapter 5) */
	uint32_t version;    /* of the interface; 1 legacy, 2 modern */
	bool legacy;	     /* the rules for legacy devices hold (1.3.1) */
	bool queue_fixed;    /* queues have the size that queue_max says */
	bool notif_config;   /* doorbells have ids of the device's own */
	lev_paddr queue_max; /* highest address of a queue's last byte */

	/*
	 * The caller's, between probe and a driver's init: features that shall
	 * not be accepted, though device and driver know them. A ring format
	 * is chosen this way: refuse LEV_F_RING_PACKED, and it is split.
	 */
	struct lev_features refused;

	/* private: the device that claimed this transport, or NULL */
	struct lev_device *owner;
};

#ifdef __cplusplus
}
#endif

#endif
