/* SPDX-License-Identifier: MIT */
/* What the files of the core share with each other and with nobody else. */
#ifndef LEVITATE_CORE_H
#define LEVITATE_CORE_H

#include <levitate/queue.h>

/* A ring format. The queue is set up, works, and its arguments are checked. */
struct lev_ring_ops {
	/* An empty ring in zeroed memory, mask + 1 entries. */
	void (*init)(struct lev_queue *q);

	/* See lev_queue_add; the request's result is cleared. */
	int (*add)(struct lev_queue *q, struct lev_request *req);

	/* Publish all; does the device want the doorbell? */
	bool (*publish)(struct lev_queue *q);

	/* See lev_queue_reap, lev_queue_arm, lev_queue_disarm. */
	struct lev_request *(*reap)(struct lev_queue *q);
	bool (*arm)(struct lev_queue *q);
	void (*disarm)(struct lev_queue *q);
};

extern const struct lev_ring_ops lev_split_ring;

/* The device broke the ring: nothing more is taken from it. Returns NULL. */
struct lev_request *lev_queue_break(struct lev_queue *q, const char *why);

/* Give all requests back with LEV_ERR_CANCELED; the device is quiet. */
void lev_queue_reclaim(struct lev_queue *q);

/* Read what is offered, choose, write what is accepted (features.c). */
LEV_MUST_CHECK int lev_device_negotiate(struct lev_device *dev);

/* 0, or why a device cannot go on: reads its status, remembers what it saw. */
LEV_MUST_CHECK int lev_device_check(struct lev_device *dev);

/* Let time pass while waiting for a device. */
void lev_device_relax(struct lev_device *dev, uint64_t deadline);

#endif
