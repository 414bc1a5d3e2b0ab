/* SPDX-License-Identifier: MIT */
/*
 * Entropy device (VirtIO 5.4): one queue, no features, no configuration. See
 * levitate/rng.h.
 *
 * The smallest driver here, and the one to read first: the others have more to
 * say to their devices, but come up, lend memory, get it back and fail in the
 * same way.
 */
#include <levitate/rng.h>

enum { REQUESTQ = 0 }; /* 5.4.2 */

/* --- requests --- */

static void request_unmap(struct lev_rng_request *request)
{
	lev_device_unmap(&request->rng->dev, request->buf, request->len,
			 LEV_DMA_FROM_DEVICE, request->segs,
			 request->req.writable);
}

/* The device gave it back, or a reset took it. */
static void request_done(struct lev_request *req)
{
	struct lev_rng_request *request =
		LEV_CONTAINER_OF(req, struct lev_rng_request, req);

	request_unmap(request);
	request->err = req->err;
	/* Random is what was written, and no more (5.4.6.1); the queue has
	 * clamped it to what was lent. One byte is the least (5.4.6.2). */
	request->got = req->written;
	if (!request->err && !request->got)
		request->err = LEV_ERR_PROTO;
	if (request->done)
		request->done(request); /* the caller's again */
}

int lev_rng_submit(struct lev_rng *rng, struct lev_rng_request *request)
{
	int count, err;

	if (rng->dev.state != LEV_DEVICE_LIVE)
		return LEV_ERR_STATE;
	if (lev_request_pending(&request->req))
		return LEV_ERR_BUSY;
	count = lev_device_map(&rng->dev, request->buf, request->len,
			       LEV_DMA_FROM_DEVICE, request->segs,
			       LEV_RNG_SEGS);
	if (count < 0)
		return count;
	request->rng = rng;
	request->req.done = request_done;
	request->req.segs = request->segs;
	request->req.writable = (uint16_t)count; /* and none is readable */
	err = lev_queue_add(&rng->requestq, &request->req);
	if (err) {
		request_unmap(request);
		return err;
	}
	/* A live queue that has just taken a request can be kicked. */
	err = lev_queue_kick(&rng->requestq);
	return err < 0 ? err : 0;
}

int lev_rng_poll(struct lev_rng *rng)
{
	int n;

	n = lev_device_poll(&rng->dev); /* refuses unless it is up */
	if (n >= 0)
		n = lev_queue_poll(&rng->requestq, LEV_RNG_QUEUE_SIZE);
	if (n == 0 && lev_queue_arm(&rng->requestq))
		n = lev_queue_poll(&rng->requestq, LEV_RNG_QUEUE_SIZE);
	return n;
}

/*
 * The request is the driver's own and not one on the stack: if the device
 * cannot even be reset, it outlives this call.
 */
int lev_rng_read(struct lev_rng *rng, void *buf, size_t len, uint64_t deadline)
{
	struct lev_rng_request *own = &rng->own;
	int err;

	if (rng->dev.state != LEV_DEVICE_LIVE)
		return LEV_ERR_STATE;
	/* Inside of a done function nothing may be lent. */
	err = lev_queue_poll(&rng->requestq, 0);
	for (size_t off = 0; !err && off < len; off += own->got) {
		own->buf = (uint8_t *)buf + off;
		own->len = len - off;
		err = lev_rng_submit(rng, own);
		if (err)
			break;
		err = lev_queue_wait(&rng->requestq, &own->req, deadline);
		if (err) /* it has our buffer still: take it away */
			return lev_device_abort(&rng->dev, err);
		err = own->err;
	}
	return err;
}

/* --- up and down --- */

static const struct lev_driver rng_driver = {
	.device_id = LEV_ID_RNG,
	.name = "rng",
};

int lev_rng_restart(struct lev_rng *rng)
{
	const struct lev_queue_config cfg = {
		.idx = REQUESTQ,
		.size = LEV_RNG_QUEUE_SIZE,
		.slots = rng->slots,
	};
	int err;

	err = lev_device_reset(&rng->dev);
	if (err)
		return err;
	err = lev_device_begin(
		&rng->dev, lev_device_deadline(&rng->dev, LEV_RESET_TIMEOUT));
	if (!err)
		err = lev_queue_init(&rng->requestq, &rng->dev, &cfg);
	if (!err)
		err = lev_device_ready(&rng->dev);
	return err ? lev_device_abort(&rng->dev, err) : 0;
}

static void rng_close(struct lev_rng *rng)
{
	lev_queue_fini(&rng->requestq);
	lev_device_release(&rng->dev);
}

int lev_rng_init(struct lev_rng *rng, struct lev_transport *transport)
{
	int err;

	err = lev_device_claim(&rng->dev, transport, &rng_driver);
	if (err)
		return err;
	err = lev_rng_restart(rng);
	if (err && err != LEV_ERR_STUCK)
		rng_close(rng);
	return err;
}

int lev_rng_fini(struct lev_rng *rng)
{
	int err;

	if (rng->dev.state == LEV_DEVICE_FREE)
		return 0;
	err = lev_device_reset(&rng->dev);
	if (err && err != LEV_ERR_NODEV)
		return err;
	rng_close(rng);
	return 0;
}
