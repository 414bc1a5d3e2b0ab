/* SPDX-License-Identifier: MIT */
/*
 * Entropy device (VirtIO 5.4): random bytes from the host.
 *
 *	struct lev_rng rng;                   zeroed, the caller's, kept
 *
 *	lev_rng_init(&rng, &mmio.transport);
 *	lev_rng_read(&rng, seed, sizeof(seed),
 *		     lev_device_deadline(&rng.dev, 100000000));
 *	lev_rng_fini(&rng);
 *
 * Or without waiting: lev_rng_submit a request of one's own, then lev_rng_poll
 * on an interrupt or now and then.
 *
 * How random the bytes are is the host's word alone: a device can give the
 * same ones twice, tell them to others, or claim to have written what it did
 * not. Mix them with what else is there; do not use them as a key.
 *
 * One owner at a time. lev_device_isr(&rng.dev) is the interrupt entry.
 */
#ifndef LEVITATE_RNG_H
#define LEVITATE_RNG_H

#include <levitate/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LEV_RNG_QUEUE_SIZE 8 /* entries wished for; any number will do */
#define LEV_RNG_SEGS	   4 /* pieces that a buffer may have for the device */

struct lev_rng;

/*
 * A buffer to be filled. Zero it before its first use; it may be used again
 * and again.
 */
struct lev_rng_request {
	/* The caller's to set. The port's dma_map lends the buffer. */
	void *buf;
	size_t len; /* bytes, not 0 */

	/*
	 * Called when it is back (NULL: nothing), inside of poll, read,
	 * restart or fini. May submit it again; must call none of these.
	 */
	void (*done)(struct lev_rng_request *request);

	/*
	 * How it went, valid once it is back. err: 0; LEV_ERR_CANCELED after a
	 * reset; LEV_ERR_PROTO if the device gave nothing at all. got: the
	 * first so many bytes of buf are the device's, 1 to len of them. It may
	 * give fewer than it was asked for (5.4.6.2); what stands behind them
	 * is not random.
	 */
	int err;
	uint32_t got;

	/* private */
	struct lev_request req;
	struct lev_seg segs[LEV_RNG_SEGS];
	struct lev_rng *rng;
};

/* Readable: dev. The rest is private. */
struct lev_rng {
	struct lev_device dev;

	/* private */
	struct lev_queue requestq;
	struct lev_queue_slot slots[LEV_RNG_QUEUE_SIZE];
	struct lev_rng_request own; /* of lev_rng_read */
};

/*
 * Claim the transport, bring the device up. rng is zeroed. Errors as
 * lev_device_claim, lev_device_begin (with LEV_RESET_TIMEOUT for the reset) and
 * lev_queue_init; after any but LEV_ERR_STUCK nothing is held.
 */
LEV_MUST_CHECK int lev_rng_init(struct lev_rng *rng,
				struct lev_transport *transport);

/*
 * Fill all of buf, with as many requests as the device makes necessary, and
 * wait for them. Deadline on the port's clock (lev_device_deadline).
 *   0                 buf holds len bytes of the device's
 *   LEV_ERR_TIMEDOUT  it did not give them in time
 *   LEV_ERR_PROTO     it gave an empty answer, or broke the ring
 *   LEV_ERR_IO        it asks for a reset
 *   LEV_ERR_NODEV     it is gone
 *   LEV_ERR_STUCK     it would not be reset: buf stays lent until restart or
 *                     fini returns something else
 *   LEV_ERR_STATE     it is not up, or this is called from inside of done
 *   others            as lev_rng_submit
 * After an error nothing in buf counts. A device that failed while it had buf
 * has been reset, and every request is back: lev_rng_restart is the way on.
 */
LEV_MUST_CHECK int lev_rng_read(struct lev_rng *rng, void *buf, size_t len,
				uint64_t deadline);

/*
 * Lend a buffer to the device. Until it is back, request and buffer belong to
 * the driver; after an error at once to the caller again:
 *   LEV_ERR_AGAIN     the queue is full: poll, then try again
 *   LEV_ERR_BUSY      this request is with the device already
 *   LEV_ERR_INVAL     no bytes, or 4 GiB and more
 *   LEV_ERR_RANGE     in more pieces than LEV_RNG_SEGS or the device's queue
 *   LEV_ERR_STATE     the device is not up
 *   others            why the queue is broken, or of the port's dma_map
 */
LEV_MUST_CHECK int lev_rng_submit(struct lev_rng *rng,
				  struct lev_rng_request *request);

/*
 * Take back what the device has filled. Returns how many requests, or why the
 * device cannot go on (as lev_device_poll and lev_queue_poll; restart it).
 * Before sleeping until the next interrupt, poll until it returns 0: only then
 * is the interrupt armed.
 */
LEV_MUST_CHECK int lev_rng_poll(struct lev_rng *rng);

/*
 * Reset the device, which gives all requests back, and bring it up again.
 * Errors as lev_rng_init; after one the device is quiet, its memory is kept,
 * and restart may be tried again.
 */
LEV_MUST_CHECK int lev_rng_restart(struct lev_rng *rng);

/* Reset, give all memory back. LEV_ERR_STUCK: nothing was freed, try again. */
LEV_MUST_CHECK int lev_rng_fini(struct lev_rng *rng);

#ifdef __cplusplus
}
#endif

#endif
