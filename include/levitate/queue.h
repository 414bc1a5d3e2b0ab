/* SPDX-License-Identifier: MIT */
/*
 * Virtqueues (VirtIO 2.6 to 2.9), for those who write a driver: split rings and
 * packed ones, in order or not, behind the same functions. Which it is the
 * features say that device and driver agreed on; a caller who wants another
 * one refuses features (struct lev_transport, refused).
 *
 * 1. The caller owns every object. A queue and its slots are kept from
 *    lev_queue_init to lev_queue_fini; the ring itself is DMA memory of the
 *    port's.
 * 2. From a successful lev_queue_add until it comes back, a request, its
 *    segments and the buffers they describe belong to the device: do not
 *    touch, move or free them.
 * 3. A request comes back through lev_queue_reap (its caller goes on with it)
 *    or through its done function, inside lev_queue_poll, lev_queue_wait,
 *    lev_queue_reset, lev_device_reset or lev_device_gone and nowhere else.
 * 4. A queue may be used once lev_queue_init has succeeded. After a reset its
 *    calls return LEV_ERR_STATE until it is set up again.
 * 5. One queue has one owner at a time; there are no locks inside. Different
 *    queues may be used from different CPUs at once.
 *
 *                      driver's  inside   interrupt   while in
 *                      context   done     handler     device reset
 *   lev_queue_add      yes       yes      (owner)     no
 *   lev_queue_kick     yes       yes      (owner)     no
 *   lev_queue_reap     yes       yes      (owner)     no
 *   lev_queue_poll     yes       STATE    (owner)     no
 *   lev_queue_wait     yes       STATE    never       no
 *   lev_queue_arm      yes       yes      (owner)     no
 *   lev_queue_reset    yes       STATE    never       no
 *   lev_device_reset   yes       STATE    never       -
 *
 * (owner): whoever owns the queue at that moment may; the port sees to it
 * that nobody else does. STATE: refused with LEV_ERR_STATE.
 *
 * The device is not trusted. A device that breaks the rules of the ring (an id
 * that was not lent, an index out of step) breaks the queue: nothing more
 * comes out of it, and every later call returns the first reason, until the
 * queue or the device is reset. What a device claims to have written is clamped
 * to what the request lent it, or, if the queue is strict, breaks the queue as
 * well.
 */
#ifndef LEVITATE_QUEUE_H
#define LEVITATE_QUEUE_H

#include <levitate/device.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lev_queue;
struct lev_queue_slot;
struct lev_request;
struct lev_ring_ops;
struct lev_virtq_desc;
struct lev_virtq_avail;
struct lev_virtq_used;
struct lev_virtq_used_elem;
struct lev_virtq_packed_desc;
struct lev_virtq_event;

/*
 * A request: what is lent to the device, and how it comes back. Zero it before
 * its first use; it may be used again and again.
 */
struct lev_request {
	/* Called when it is back, by poll, wait and reset. NULL: nothing. */
	void (*done)(struct lev_request *req);

	/*
	 * The segments: first those that the device reads, then those that it
	 * writes (2.7.4.2). All their bytes together: less than 4 GiB.
	 */
	const struct lev_seg *segs;
	uint16_t readable; /* how many the device reads */
	uint16_t writable; /* how many it writes */

	/*
	 * How it went, valid once it is back. err: 0, or LEV_ERR_CANCELED.
	 * written: bytes that the device says it wrote, at most what was lent;
	 * what lies behind them is not to be believed.
	 */
	uint32_t written;
	int err;

	/* private */
	uint32_t count;	 /* descriptors that it holds in the ring; 0: none */
	uint32_t lent;	 /* bytes in writable segments */
	uint64_t serial; /* how many were added before it */
	struct lev_queue_slot *tail; /* split: the last of its chain */
};

/* State of one descriptor. As many as the queue shall have entries. */
struct lev_queue_slot {
	/* private */
	struct lev_request *req; /* whose chain has this head or id, or NULL */
	uint16_t next;		 /* of the chain, or of the free list */
};

struct lev_queue_config {
	uint16_t idx;  /* which virtqueue of the device */
	uint16_t size; /* entries wished for: 1 .. 32768 */

	/*
	 * The fewest entries that will do (0: any). A device may have a
	 * smaller queue than wished for; it is used unless it is below this. A
	 * split ring has the largest power of two that both allow. The queue of
	 * a legacy PCI device has the size that the device says, however large:
	 * of its entries as many are used as were wished for.
	 */
	uint16_t size_min;

	/*
	 * Segments an indirect table can hold (0: no indirect tables). The
	 * rule: a request of 2 .. indirect_len segments takes one entry of the
	 * ring and a table, if the device accepted INDIRECT_DESC; any other
	 * takes an entry a segment.
	 */
	uint16_t indirect_len;

	/* A device that claims to have written more than lent breaks the queue
	 * (true), or is clamped and counted (false; real devices misreport). */
	bool strict;

	struct lev_queue_slot *slots; /* size of them; the queue's until fini */
};

/* What a device did that it may not; counted for each queue. */
enum lev_violation {
	LEV_VIOLATION_LEN,   /* claimed to have written more than was lent */
	LEV_VIOLATION_ID,    /* gave back what was not lent */
	LEV_VIOLATION_INDEX, /* moved its index by more than was lent */
	LEV_VIOLATIONS,
};

/* A split ring (2.7). */
struct lev_split {
	struct lev_virtq_desc *desc;
	struct lev_virtq_avail *avail;
	struct lev_virtq_used *used;
	lev_le16 *avail_ring;
	struct lev_virtq_used_elem *used_ring;
	const lev_le16 *avail_event; /* behind the used ring (2.7.8) */
};

/* A place in a packed ring. */
struct lev_packed_place {
	struct lev_virtq_packed_desc *desc;
	uint16_t turn; /* AVAIL and USED, as descriptors have them then */
};

/* A packed ring (2.8). */
struct lev_packed {
	struct lev_virtq_packed_desc *desc;
	struct lev_virtq_packed_desc *last;
	struct lev_packed_place avail; /* where the next request goes */
	struct lev_packed_place used;  /* where the next one comes back */
	struct lev_virtq_packed_desc *kicked; /* avail at the last kick */
	uint64_t kicked_laps;		      /* and the laps behind it */
	uint64_t used_laps;
	struct lev_virtq_event *driver_event;
	const struct lev_virtq_event *device_event;
};

/* Private by rule, but for what has an accessor below. */
struct lev_queue {
	/* what the next add, kick or reap needs */
	const struct lev_ring_ops *ring; /* how it works now */
	struct lev_queue_slot *slots;
	int (*add_chain)(struct lev_queue *q, struct lev_request *req,
			 unsigned count); /* of several segments */
	union {
		struct lev_split split;
		struct lev_packed packed;
	} u;
	uint64_t added;	       /* requests put into the ring */
	uint64_t published;    /* of these, there at the last kick */
	uint64_t reaped;       /* of these, come back */
	uint32_t mask;	       /* entries of the ring - 1 */
	uint32_t last_slot;    /* slots - 1: the highest head or id */
	uint16_t free_head;    /* first free descriptor or id */
	int32_t free_count;    /* free descriptors */
	uint16_t indirect_len; /* 0: indirect tables are not used */
	int16_t error;	       /* 0, or why the queue does not work */
	bool event_idx;	       /* EVENT_IDX was negotiated */
	bool strict;
	bool platform;	    /* ORDER_PLATFORM was negotiated */
	uint16_t poll_left; /* inside done: what this poll may still reap */
	uint16_t idx;

	/* IN_ORDER: the requests of a batch come back one by one */
	uint32_t oldest;	/* head or id of the oldest request */
	uint16_t batch_left;	/* used, and not yet given back */
	uint16_t poll_budget;	/* what this poll might reap at first */
	uint32_t batch_written; /* what the device said of the last of them */

	/* what counts */
	struct lev_doorbell doorbell;
	uint32_t doorbells; /* rung since it was set up */
	uint32_t violations[LEV_VIOLATIONS];

	/* what begins and ends it */
	const struct lev_ring_ops *format; /* of the ring, once it works */
	struct lev_device *dev;
	struct lev_queue *next; /* of the device's queues */
	void *indirect;		/* tables of indirect_len, one a slot */
	lev_paddr indirect_addr;
	void *mem;
	lev_paddr mem_addr;
	size_t mem_len;
	uint16_t size_allocated;
};

/*
 * Set a queue up and give it to the device, between lev_device_begin and
 * lev_device_ready, or, after lev_queue_reset, while the device is live. q is
 * zeroed before the first time; after a reset the call is made again and uses
 * the memory it has.
 *   LEV_ERR_NODEV   the device has no such queue
 *   LEV_ERR_RANGE   its queue is smaller than size_min
 *   LEV_ERR_NOMEM   no DMA memory (that fits)
 *   LEV_ERR_BUSY    the device says that the queue is in use
 *   LEV_ERR_PROTO   the device's answers make no sense
 *   LEV_ERR_INVAL   the configuration makes no sense
 *   LEV_ERR_STATE   not now: the device is in no such state, or the queue
 *                   holds requests still
 */
LEV_MUST_CHECK int lev_queue_init(struct lev_queue *q, struct lev_device *dev,
				  const struct lev_queue_config *cfg);

/* Free its memory. The device has been reset, so it holds no request. */
void lev_queue_fini(struct lev_queue *q);

/*
 * Put a request into the ring. The device may see it at once (a packed ring
 * shows each request as it is added) or not before the next kick (a split ring
 * shows them all with it); it is told only by the kick. A call that fails
 * changes nothing.
 *   LEV_ERR_AGAIN    no room now: reap, then try again
 *   LEV_ERR_RANGE    can never fit: more segments than entries, 4 GiB or more
 *   LEV_ERR_INVAL    no segment at all, or an empty one
 *   LEV_ERR_BUSY     this request is in the ring already
 *   others           why the queue is broken; LEV_ERR_STATE: it is not set up
 */
LEV_MUST_CHECK int lev_queue_add(struct lev_queue *q, struct lev_request *req);

/*
 * Show the device everything that it does not see yet, and ring its doorbell if
 * it wants that. Once for as many adds as come together: the kick is what
 * costs. Returns 1 if it was rung, 0 if not.
 * LEV_ERR_STATE before lev_device_ready, or why the queue is broken.
 */
LEV_MUST_CHECK int lev_queue_kick(struct lev_queue *q);

/*
 * Take one request that came back; NULL if there is none (or the queue broke:
 * lev_queue_error). Its done function is not called.
 */
LEV_MUST_CHECK struct lev_request *lev_queue_reap(struct lev_queue *q);

/*
 * Reap and call done, at most budget times and not more often than requests
 * were in flight when it began. Returns how many, or why the queue is broken.
 */
LEV_MUST_CHECK int lev_queue_poll(struct lev_queue *q, unsigned budget);

/*
 * Poll until req is back. At each turn the device's status is read, and the
 * port's relax is called with interrupts armed.
 *   0                 it is back: look at req->err
 *   LEV_ERR_TIMEDOUT  the deadline passed; the request STAYS with the device,
 *                     so whoever called must reset before the memory goes
 *   LEV_ERR_IO        the device asks for a reset
 *   LEV_ERR_NODEV     the device is gone
 *   others            why the queue is broken
 */
LEV_MUST_CHECK int lev_queue_wait(struct lev_queue *q, struct lev_request *req,
				  uint64_t deadline);

/*
 * Ask for an interrupt with the next request that comes back. Returns true if
 * one is there already: the device may have used it before it saw the wish,
 * and then no interrupt follows, so poll again instead of going to sleep.
 */
LEV_MUST_CHECK bool lev_queue_arm(struct lev_queue *q);

/* Ask for no interrupts. A hint: some may come all the same. */
void lev_queue_disarm(struct lev_queue *q);

/*
 * Stop this queue alone, if the device accepted RING_RESET (2.6.1), while its
 * others go on; all its requests come back (done, with LEV_ERR_CANCELED). It
 * works again after another lev_queue_init. There is no way to take back a
 * single request: this, or the reset of the device, is how one is cancelled.
 *   0                the queue is quiet
 *   LEV_ERR_NOTSUP   the device cannot; nothing was done
 *   LEV_ERR_STATE    the queue is not set up, the device not live, or the call
 *                    came from inside its own done; nothing was done. Or from
 *                    inside another queue's, and the device did not do it: what
 *                    this queue holds stays lent until lev_device_reset
 *   LEV_ERR_IO       the device did not do it in LEV_RESET_TIMEOUT, or gave up
 *                    meanwhile, and was reset instead, as a whole, for which
 *                    nobody may be using another queue: all requests of all
 *                    its queues came back
 *   LEV_ERR_NODEV, LEV_ERR_STUCK    as lev_device_reset, which was called
 */
LEV_MUST_CHECK int lev_queue_reset(struct lev_queue *q);

/*
 * Show the port's log what the queue is doing: its state, what it counted
 * (a doorbell for each request would be as many doorbells as requests; the
 * difference was saved), where driver and device stand in the ring, and the
 * requests in flight. For humans: the text may change. Before lev_queue_init
 * and after lev_queue_fini nothing is shown. With LEV_NO_NAMES there is no such
 * function.
 */
void lev_queue_dump(const struct lev_queue *q);
#ifdef LEV_NO_NAMES
#define lev_queue_dump(q) ((void)(q))
#endif

/* Is it with the device (or waiting for a kick)? */
static inline bool lev_request_pending(const struct lev_request *req)
{
	return req->count != 0;
}

/* 0, or the first reason why the queue does not work. */
static inline int lev_queue_error(const struct lev_queue *q)
{
	return q->error;
}

/*
 * How many entries it can use: the ring's, or, where the device insists on a
 * larger one than wished for (legacy PCI), as many as there are slots.
 */
static inline unsigned lev_queue_size(const struct lev_queue *q)
{
	return q->last_slot + 1;
}

/* How many requests have been added and have not come back. */
static inline unsigned lev_queue_in_flight(const struct lev_queue *q)
{
	return (unsigned)(q->added - q->reaped);
}

#ifdef __cplusplus
}
#endif

#endif
