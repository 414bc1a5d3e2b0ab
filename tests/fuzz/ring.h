/* SPDX-License-Identifier: MIT */
/*
 * Requests on a queue whose device is made of the fuzzer's bytes. fuzz_split.c
 * and fuzz_packed.c say how a device moves in its ring, ring.c is all the
 * rest. What must hold, whatever the device writes:
 *
 * - a request comes back once, and only while it is lent; with err 0 only if
 *   it was published, and then as the ring says (id, length), in order under
 *   IN_ORDER; with LEV_ERR_CANCELED only in a reset;
 * - after a reset nothing is lent; what is neither lent nor back is counted;
 * - the first reason why a queue broke stays, and each is counted;
 * - no field is loaded twice for one request: it might have changed;
 * - every call ends, and allocates nothing;
 * - a device that keeps to the rules breaks no queue.
 */
#ifndef RING_H
#define RING_H

#include "device.h"

enum { RING_REQS = 20, RING_SEGS = 5, RING_SIZE_MAX = 64 };

struct ring;

struct ring_request {
	struct lev_request req; /* first */
	struct lev_seg segs[RING_SEGS];
	struct ring *ring;
	bool out; /* with the device, or waiting for a kick */
	bool published;
	bool served; /* the device has used it */
	uint64_t order;
	uint16_t id;
	uint32_t count;
	uint32_t lent;
};

/* What a format's device does. */
struct ring_side {
	bool packed;
	/*
	 * Use the next entry, with this id and length, behind which the ring
	 * goes on by count: of requests (split), of descriptors (packed).
	 */
	void (*use)(struct ring *ring, uint32_t id, uint32_t len,
		    unsigned count);
	/* Write something into a field that the driver looks at. */
	void (*disturb)(struct ring *ring);
	/*
	 * What the ring says of the request that came back last (of its batch,
	 * in order).
	 */
	void (*told)(const struct ring *ring, uint32_t *id, uint32_t *len);
};

struct ring {
	struct fuzz_port port;
	struct fuzz_dev dev;
	struct lev_device lev;
	struct lev_queue queue;
	struct lev_queue_config cfg;
	struct ring_request reqs[RING_REQS];
	const struct ring_side *side;
	bool in_order;
	bool again;	/* done uses the queue */
	bool reset;	/* requests may come back canceled */
	bool said_gone; /* the driver was told so */
	bool dirty;	/* the device may have broken a rule */
	bool raced;	/* in the midst of a call */
	/* What was loaded since the last request came back, while it counts. */
	bool watching;
	const void *loaded[8];
	unsigned loads;
	/* The device acts every so many loads; 0: it does not. */
	unsigned race_every, race_in;
	unsigned out;
	unsigned dones; /* in this call */
	uint64_t order; /* of the next one */
	uint64_t shown; /* of the next one at the last kick */
	uint64_t back;	/* of the last one that came back, + 1 */
	int error;	/* the first that the queue gave */
	unsigned put;	/* the device's place in the ring */
	unsigned taken; /* the driver's: entries or descriptors behind it */
};

int ring_fuzz(const uint8_t *data, size_t len, const struct ring_side *side);

#endif
