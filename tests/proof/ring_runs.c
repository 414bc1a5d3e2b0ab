/* SPDX-License-Identifier: MIT */
/*
 * From set-up on: the queue that lev_queue_init makes fits the invariant, so
 * what the steps show holds of every queue; and whole runs, short ones, where
 * a reader can follow what a caller may rely on.
 */
#include "ring_proof.h"

enum { REQUESTS = 2 };

/* Whose is a request? */
static enum { MINE, ADDED, LENT } whose[REQUESTS];
static struct lev_request *requests[REQUESTS];

/* --- what set-up asks of the device and the port --- */

static int queue_max(struct lev_transport *t, uint16_t idx)
{
	(void)t;
	(void)idx;
	return RING;
}

static int queue_enable(struct lev_transport *t, uint16_t idx,
			const struct lev_queue_layout *layout,
			struct lev_doorbell *bell)
{
	(void)t;
	PROVE(bell->id == idx, "its doorbell");
	PROVE(idx == queue.idx && layout->size == RING, "the queue it is");
	return 0;
}

void *lev_device_dma_alloc(struct lev_device *dev, size_t len, size_t align,
			   lev_paddr max_addr, lev_paddr *addr)
{
	(void)dev;
	(void)align;
	(void)max_addr;
	PROVE(len >= MEMORY_LEN, "there is room for all parts");
	*addr = nondet_uint64();
	ring_memory = malloc(len);
	return ring_memory;
}

/* --- a run --- */

static void set_features(void)
{
	any_device();
	device.accepted = (struct lev_features){ 0 };
	if (PACKED)
		lev_features_set(&device.accepted, LEV_F_RING_PACKED);
	if (IN_ORDER)
		lev_features_set(&device.accepted, LEV_F_IN_ORDER);
	if (INDIRECT)
		lev_features_set(&device.accepted, LEV_F_INDIRECT_DESC);
}

/* A queue that was set up on a device that is live by now. */
static void start(void)
{
	static struct lev_transport_ops ops;
	const struct lev_queue_config cfg = {
		.size = N,
		.indirect_len = INDIRECT,
		.strict = nondet_bool(),
		.slots = slots,
	};

	set_features();
	ops = *device.transport->ops;
	ops.queue_max = queue_max;
	ops.queue_enable = queue_enable;
	device.transport->queue_fixed = RING != N;
	device.transport->ops = &ops;
	device.state = LEV_DEVICE_SETUP;
	PROVE(lev_queue_init(&queue, &device, &cfg) == 0, "it is set up");
	queue_check();
	device.state = LEV_DEVICE_LIVE;
	lev_queue_run(&queue);
	queue.event_idx = nondet_bool();
	queue.platform = nondet_bool();
	for (unsigned i = 0; i < REQUESTS; i++)
		requests[i] = any_request();
}

static void add(void)
{
	const unsigned i = nondet_bool();
	const int err = lev_queue_add(&queue, requests[i]);

	if (whose[i] != MINE)
		PROVE(err == LEV_ERR_BUSY || err == queue.error,
		      "what the device has is not added again");
	else if (!err)
		whose[i] = PACKED ? LENT : ADDED;
}

static void kick(void)
{
	if (lev_queue_kick(&queue) < 0)
		PROVE(queue.error, "only a broken queue cannot kick");
	else
		for (unsigned i = 0; i < REQUESTS; i++)
			if (whose[i] == ADDED)
				whose[i] = LENT;
}

static void reap(void)
{
	const struct lev_request *req = lev_queue_reap(&queue);

	for (unsigned i = 0; i < REQUESTS; i++) {
		if (req != requests[i])
			continue;
		PROVE(whose[i] == LENT, "what comes back was with the device");
		whose[i] = MINE;
		return;
	}
	PROVE(!req, "nothing else comes back");
}

static void step(void)
{
	const unsigned which = nondet_unsigned();

	step_begin();
	if (which == 0)
		add();
	else if (which == 1)
		kick();
	else if (which == 2)
		reap();
	else
		(void)lev_queue_arm(&queue);
	queue_check();
	for (unsigned i = 0; i < REQUESTS; i++)
		PROVE(lev_request_pending(requests[i]) == (whose[i] != MINE),
		      "a request is the caller's, or pending");
}

/* Set-up alone. */
void set_up_run(void)
{
	start();
	PROOF_END();
}

/* Any two calls. */
void two_run(void)
{
	start();
	step();
	step();
	PROOF_SEEN(whose[0] != MINE && whose[1] != MINE, "two in flight");
	PROOF_SEEN(queue.error, "broken");
	PROOF_END();
}

/* A request there and back: nothing else than that is possible. */
void there_and_back_run(void)
{
	start();
	step_begin();
	add();
	step_begin();
	kick();
	step_begin();
	reap();
	queue_check();
	PROOF_SEEN(queue.reaped == 1, "it came back");
	PROOF_END();
}
