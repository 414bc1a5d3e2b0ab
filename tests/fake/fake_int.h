/* SPDX-License-Identifier: MIT */
/* What the model's files share among themselves; tests use fake.h only. */
#ifndef FAKE_INT_H
#define FAKE_INT_H

#include "fake.h"

/* A rule that was looked at: how often, and what the first breach was. */
struct fake_rule {
	struct fake_rule *next;
	const char *id;
	unsigned armed, fired, ignored;
	unsigned seen_fired; /* before fake_violation_clear */
	char text[120];
};

/* Memory that the device may see: an allocation, a mapped piece, a loan. */
struct fake_region {
	struct fake_region *next;
	enum { REGION_ALLOC, REGION_PIECE, REGION_LENT } kind;
	void *raw;	/* what free() takes, or NULL */
	uint8_t *bytes; /* as the device sees them */
	uint64_t addr, len;
	unsigned flags;
	uint8_t *origin; /* REGION_PIECE: the caller's bytes */
	size_t raw_len;
	uint8_t *snapshot; /* of origin when it was lent; poison_lent only */
};

/* A ring fault that waits for its push. */
struct fake_fault {
	struct fake_fault *next;
	enum fake_ring_fault what;
	unsigned nth;
	uint32_t arg;
};

/* Register reads that give something else. */
struct fake_script {
	struct fake_script *next;
	uint32_t reg, value;
	unsigned nth, count;
};

/* A change of the configuration that waits for its read. */
struct fake_change {
	struct fake_change *next;
	unsigned nth;
	uint32_t off, len;
	uint8_t bytes[];
};

/* Zeroed memory or the end of the program. */
void *fake_zalloc(size_t len);

/* Has a counter "the Nth from now" (0: never) come to its end? */
bool fake_counts_down(unsigned *counter);

/* The port's memory; what hal.h says of dma_alloc and so on. */
void *fake_mem_alloc(struct fake_port *port, size_t len, size_t align,
		     lev_paddr max_addr, unsigned flags, lev_paddr *addr);
void fake_mem_free(struct fake_port *port, void *ptr, lev_paddr addr,
		   size_t len, unsigned flags);
int fake_mem_map(struct fake_port *port, void *ptr, size_t len, unsigned flags,
		 struct lev_seg *pieces, unsigned max);
void fake_mem_unmap(struct fake_port *port, void *ptr, size_t len,
		    unsigned flags, const struct lev_seg *pieces,
		    unsigned count);
void fake_mem_sync(struct fake_port *port, void *ptr, size_t len,
		   unsigned flags);
void fake_mem_free_all(struct fake_port *port);

/*
 * A device uses this address: was it made for the platform's translation
 * exactly when ACCESS_PLATFORM holds?
 */
void fake_check_platform(struct fake_dev *dev, uint64_t addr);

/* Locks and threads. */
struct fake_sync *fake_sync_new(void);
void fake_sync_free(struct fake_sync *sync);
/* Does a device have a thread? Then the port's clock is brought up to date. */
bool fake_clock_is_real(struct fake_port *port);
/* With the lock: sleep until an interrupt is pending or the deadline. */
void fake_thread_relax(struct fake_port *port, uint64_t deadline);
void fake_thread_irq(struct fake_port *port); /* one was raised */
void fake_thread_ring(struct fake_dev *dev);  /* the doorbell */
/* The driver waits. A device that sleeps meanwhile: should it? With the lock.
 */
void fake_thread_check(struct fake_dev *dev);

/* The end of the book; writes it down when asked to. */
void fake_rules_free(struct fake_port *port);

/* Attach a device; returns the cookie of its window. */
uint64_t fake_port_add(struct fake_port *port, struct fake_dev *dev);

/* The bus that a device is on: what differs between MMIO and PCI. */
struct fake_bus {
	/* May this register be read, or written, and by this width? */
	bool (*may)(struct fake_dev *dev, uint32_t off, unsigned width,
		    bool write);
	/* The registers that no other bus has. */
	uint32_t (*read)(struct fake_dev *dev, uint32_t off);
	void (*write)(struct fake_dev *dev, uint32_t off, uint32_t value);
	/* What the bus calls a rule of MMIO's; NULL: there is no such rule. */
	const char *(*rule)(const struct fake_dev *dev, const char *id);
	/* The rest: NULL, nothing. Does an interrupt of these causes go its
	 * own way? queue: whose, or NULL. */
	bool (*irq)(struct fake_dev *dev, uint32_t bits,
		    struct fake_queue *queue);
	/* May the device reach memory? */
	bool (*reaches)(const struct fake_dev *dev);
	void (*reset)(struct fake_dev *dev);
};

extern const struct fake_bus fake_mmio_bus;

/* Registers, by their MMIO names, as the device's bus has found them. */
uint32_t fake_reg_read(struct fake_dev *dev, uint32_t off, unsigned width);
void fake_reg_write(struct fake_dev *dev, uint32_t off, unsigned width,
		    uint32_t value);

/* A rule with the device's name in the text. */
bool fake_dev_check(struct fake_dev *dev, bool ok, const char *id,
		    const char *what, uint32_t value);

/* A rule that could have been broken, and was not. */
void fake_dev_kept(struct fake_dev *dev, const char *id);

/* What a driver does with what it sees: each is told as it happens. */
void fake_life_access(struct fake_dev *dev, uint32_t reg, bool write,
		      uint32_t value);
void fake_life_log(struct fake_dev *dev);     /* it says something */
void fake_life_failed(struct fake_dev *dev);  /* FAILED is written */
void fake_life_settled(struct fake_dev *dev); /* the features are chosen */
/* It reads whether FEATURES_OK has stuck. */
void fake_life_answered(struct fake_dev *dev, bool yes);
void fake_life_live(struct fake_dev *dev); /* DRIVER_OK */
void fake_life_kick(struct fake_dev *dev);
void fake_life_reset(struct fake_dev *dev); /* is written */
void fake_life_end(struct fake_dev *dev);   /* of the port */

/* An interrupt that has a cause; queue: whose buffers were used, or NULL. */
void fake_irq_raise(struct fake_dev *dev, uint32_t bits,
		    struct fake_queue *queue);
/* The line, or what there is instead of one, has something to say. */
void fake_irq_rise(struct fake_dev *dev);

/* The registers of a device's life. */
uint32_t fake_features_read(struct fake_dev *dev);
void fake_features_write(struct fake_dev *dev, uint32_t value);
uint32_t fake_status_read(struct fake_dev *dev);
void fake_status_write(struct fake_dev *dev, uint32_t value);

/* Fill in a device that the caller allocated and hand it to the port. */
void fake_dev_init(struct fake_dev *dev, struct fake_port *port,
		   uint32_t version, uint32_t id, unsigned nqueues);
void fake_dev_free(struct fake_dev *dev);

/* QueueReset; queue is the selected one, or NULL. */
void fake_queue_reset_write(struct fake_dev *dev, struct fake_queue *queue,
			    uint32_t value);
uint32_t fake_queue_reset_read(struct fake_queue *queue);
/* Is it over, whether the driver has seen that or not? */
bool fake_queue_reset_over(const struct fake_queue *queue);
/* The driver goes on with the queue: does it know that the reset is over? */
bool fake_queue_reset_seen(struct fake_queue *queue, const char *what);

/* QueueNotify. */
void fake_notify_write(struct fake_dev *dev, uint32_t value);

/* May the device touch its queues at all? */
bool fake_dev_live(const struct fake_dev *dev);
bool fake_dev_has(const struct fake_dev *dev, unsigned feature);
bool fake_dev_offers(const struct fake_dev *dev, unsigned feature);

/* What is due by the port's clock; the time of what comes next, or ~0. */
void fake_dev_due(struct fake_dev *dev);
void fake_dev_push_due(struct fake_dev *dev);
uint64_t fake_dev_next(const struct fake_dev *dev);

/* Time passes: kicks that should have come are missing now. */
void fake_dev_check_kicks(struct fake_dev *dev);

/* NULL, or what the device still does with this memory. */
const char *fake_dev_uses(struct fake_dev *dev, uint64_t addr, uint64_t len);

/* --- rings --- */

/* A descriptor of either ring; link is next (split) or the id (packed). */
struct fake_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, link;
};

/* A chain that is being read. */
struct fake_walk {
	struct fake_queue *queue;
	struct fake_chain *chain;
	bool written; /* a writable element was met */
	bool ok;
};

/* What the two formats do each in its own way. */
struct fake_ring {
	/* The queue is enabled: look at its memory. */
	void (*enable)(struct fake_queue *queue);
	/* Say from where on a kick is wanted. */
	void (*ask)(struct fake_queue *queue);
	/* Ask for none, whatever happens, or take that back. */
	void (*hush)(struct fake_queue *queue, bool hush);
	/* A kick came, or time passed: was one due? */
	void (*check_kick)(struct fake_queue *queue, bool kicked);
	/* What was taken up to now needs no kick any more. */
	void (*excuse_kick)(struct fake_queue *queue);
	/* Is there a chain to take? And take it. */
	bool (*waits)(struct fake_queue *queue);
	struct fake_chain *(*fetch)(struct fake_queue *queue);
	/* See fake_queue_next_avail. */
	uint16_t (*next_avail)(struct fake_queue *queue);
	/* Is this memory part of the ring? */
	bool (*uses)(const struct fake_queue *queue, uint64_t addr,
		     uint64_t len);
	/* The driver left the descriptors of this chain alone, did it? */
	void (*check_chain)(struct fake_chain *chain);
	/* They are the driver's from now on. */
	void (*release)(struct fake_chain *chain);
	/* Write a used entry that stands for so many chains, of so many
	 * descriptors in all. */
	void (*put)(struct fake_queue *queue, const struct fake_used *how,
		    unsigned chains, uint32_t descs);
	/* Where the next entry counts from; is an interrupt wanted for so many
	 * chains and descriptors, from there on? */
	uint32_t (*place)(const struct fake_queue *queue);
	bool (*wants_irq)(struct fake_queue *queue, uint32_t from,
			  unsigned chains, uint32_t descs);
	/* Break things. restate: other words in the entry at that place. */
	void (*restate)(struct fake_queue *queue, uint32_t place, uint32_t id,
			uint32_t len);
	void (*rewrite)(struct fake_chain *chain);
	void (*scribble)(struct fake_queue *queue);
};

extern const struct fake_ring fake_split_ring, fake_packed_ring;

void fake_queue_enable(struct fake_queue *queue);
void fake_queue_start(struct fake_queue *queue);
void fake_queue_reset(struct fake_queue *queue);
void fake_queue_stop(struct fake_queue *queue);
void fake_queue_free(struct fake_queue *queue);
void fake_queue_serve(struct fake_queue *queue);
void fake_chain_serve(struct fake_chain *chain);
/* Ask the driver for no kicks, or for them again. */
void fake_queue_hush(struct fake_queue *queue, bool hush);
/* Chains that are published but not served: they are the device's, too. */
void fake_queue_prefetch(struct fake_queue *queue);
void fake_queue_check_kick(struct fake_queue *queue, bool kicked);
const char *fake_queue_uses(struct fake_queue *queue, uint64_t addr,
			    uint64_t len);
bool fake_queue_has_event_idx(const struct fake_queue *queue);

/* Offsets and bits of 2.7.5, 2.7.6, 2.7.8, 2.8.13 and 2.8.14. */
enum {
	RING_DESC_LEN = 16,
	RING_AVAIL_FLAGS = 0,
	RING_AVAIL_IDX = 2,
	RING_AVAIL_RING = 4,
	RING_USED_FLAGS = 0,
	RING_USED_IDX = 2,
	RING_USED_RING = 4,
	RING_USED_ENTRY = 8,
	PACKED_ID = 12,
	PACKED_FLAGS = 14,
	PACKED_EVENT_LEN = 4,
	PACKED_EVENT_FLAGS = 2,
};

/* Ring memory: loads acquire, 16-bit stores release, others are relaxed. */
uint16_t fake_ring_load16(struct fake_queue *queue, uint64_t addr);
uint32_t fake_ring_load32(struct fake_queue *queue, uint64_t addr);
uint64_t fake_ring_load64(struct fake_queue *queue, uint64_t addr);
void fake_ring_store16(struct fake_queue *queue, uint64_t addr, uint16_t v);
void fake_ring_store32(struct fake_queue *queue, uint64_t addr, uint32_t v);
void fake_ring_fence(struct fake_queue *queue);
/* All ones over len bytes, an even number. */
void fake_ring_ruin(struct fake_queue *queue, uint64_t addr, uint64_t len);
/* A part of a ring that is enabled: is it aligned, is it memory? */
bool fake_ring_part(struct fake_queue *queue, const char *name, uint64_t addr,
		    uint32_t len, uint32_t align, const char *id);

/* Chains. The walk's checks stop it. */
struct fake_chain *fake_walk_begin(struct fake_walk *walk,
				   struct fake_queue *queue);
bool fake_walk_check(struct fake_walk *walk, bool ok, const char *id,
		     const char *what);
/* A descriptor of the ring itself, as opposed to one in a table. */
void fake_walk_direct(struct fake_walk *walk, const struct fake_desc *desc);
void fake_walk_segment(struct fake_walk *walk, const struct fake_desc *desc);
void fake_walk_table(struct fake_walk *walk, const struct fake_desc *table);
/* The chain is in flight, or, if it was none, gone and the queue broken. */
struct fake_chain *fake_walk_end(struct fake_walk *walk);
void *fake_grow(void *array, unsigned count, size_t each);
bool fake_desc_same(const struct fake_desc *a, const struct fake_desc *b);
void fake_chain_free(struct fake_chain *chain);

/* Little-endian numbers in bytes. */
static inline uint16_t fake_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t fake_get32(const uint8_t *p)
{
	return fake_get16(p) | (uint32_t)fake_get16(p + 2) << 16;
}

static inline uint64_t fake_get64(const uint8_t *p)
{
	return fake_get32(p) | (uint64_t)fake_get32(p + 4) << 32;
}

static inline void fake_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void fake_put32(uint8_t *p, uint32_t v)
{
	fake_put16(p, (uint16_t)v);
	fake_put16(p + 2, (uint16_t)(v >> 16));
}

static inline void fake_put64(uint8_t *p, uint64_t v)
{
	fake_put32(p, (uint32_t)v);
	fake_put32(p + 4, (uint32_t)(v >> 32));
}

/* Do [a, a + alen) and [b, b + blen) share a byte? */
static inline bool fake_overlap(uint64_t a, uint64_t alen, uint64_t b,
				uint64_t blen)
{
	return a < b ? b - a < alen : a - b < blen;
}

#endif
