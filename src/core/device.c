/* SPDX-License-Identifier: MIT */
/*
 * The life of a device (VirtIO 3.1): reset, features, ready, and back. See
 * levitate/device.h for what each function promises.
 */
#include "core.h"

/* Readings of the configuration before we call the device restless. */
enum { CONFIG_TRIES = 16 };

/* --- time --- */

uint64_t lev_device_deadline(const struct lev_device *dev, uint64_t timeout)
{
	const struct lev_hal *hal = dev->transport->hal;
	const uint64_t now = hal->ops->now(hal->ctx);

	return timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
}

void lev_device_relax(struct lev_device *dev, uint64_t deadline)
{
	const struct lev_hal *hal = dev->transport->hal;

	if (hal->ops->relax)
		hal->ops->relax(hal->ctx, deadline);
}

/* --- reset --- */

/* From claim to release an interrupt handler may be looking. */
static void device_enter(struct lev_device *dev, enum lev_device_state state)
{
	ORDER_SAY(&dev->state, state);
}

/* Ask for a reset and wait for the device to confirm it (2.4.2). */
static int device_quiesce(struct lev_device *dev, uint64_t deadline)
{
	struct lev_transport *t = dev->transport;
	const struct lev_hal *hal = t->hal;

	t->ops->status_write(t, 0);
	while (t->ops->status_read(t) != 0) {
		if (!t->ops->present(t))
			return LEV_ERR_NODEV;
		if (hal->ops->now(hal->ctx) >= deadline)
			return LEV_ERR_STUCK;
		lev_device_relax(dev, deadline);
	}
	dev->status = 0;
	if (t->ops->stop)
		t->ops->stop(t);
	return 0;
}

static bool device_dispatching(const struct lev_device *dev)
{
	for (const struct lev_queue *q = dev->queues; q; q = q->next)
		if (q->poll_left)
			return true;
	return false;
}

/* From here on queues refuse work; what they hold is not given back yet. */
static void queues_stop(struct lev_device *dev)
{
	for (struct lev_queue *q = dev->queues; q; q = q->next)
		lev_queue_stop(q, LEV_ERR_STATE);
}

/* The device is quiet or gone: requests come back. */
static void device_reclaim(struct lev_device *dev)
{
	device_enter(dev, LEV_DEVICE_RESET);
	for (struct lev_queue *q = dev->queues; q; q = q->next)
		lev_queue_reclaim(q);
}

void lev_device_gone(struct lev_device *dev)
{
	LEV_ASSERT(!device_dispatching(dev));
	if (dev->state == LEV_DEVICE_FREE)
		return;
	queues_stop(dev);
	device_reclaim(dev);
}

int lev_device_reset(struct lev_device *dev)
{
	int err;

	if (dev->state == LEV_DEVICE_FREE || device_dispatching(dev))
		return LEV_ERR_STATE;
	if (dev->state == LEV_DEVICE_RESET)
		return 0;
	device_enter(dev, LEV_DEVICE_STUCK); /* until the device confirms */
	queues_stop(dev);
	err = device_quiesce(dev, lev_device_deadline(dev, LEV_RESET_TIMEOUT));
	if (err == LEV_ERR_STUCK)
		lev_device_log(dev, "the device does not confirm a reset");
	else
		device_reclaim(dev);
	return err;
}

/* --- up --- */

/* Status bits are added one stage at a time, never taken back (2.1.1). */
static void status_add(struct lev_device *dev, unsigned bits)
{
	dev->status = (uint8_t)(dev->status | bits);
	dev->transport->ops->status_write(dev->transport, dev->status);
}

int lev_device_abort(struct lev_device *dev, int why)
{
	int err;

	if (why == LEV_ERR_STUCK)
		return why; /* the reset was tried already */
	if (dev->state == LEV_DEVICE_SETUP || dev->state == LEV_DEVICE_LIVE)
		status_add(dev, LEV_STATUS_FAILED);
	err = lev_device_reset(dev);
	return err ? err : why;
}

/* Step 5 and 6: does the device agree with what we accepted? */
static int confirm_features(struct lev_device *dev)
{
	struct lev_transport *t = dev->transport;

	if (t->legacy)
		return 0;
	status_add(dev, LEV_STATUS_FEATURES_OK);
	if (t->ops->status_read(t) & LEV_STATUS_FEATURES_OK)
		return 0;
	lev_device_log(dev, "the device refused our features");
	return LEV_ERR_NOTSUP;
}

int lev_device_claim(struct lev_device *dev, struct lev_transport *t,
		     const struct lev_driver *driver)
{
	if (t->owner)
		return LEV_ERR_BUSY;
	if (t->device_id != driver->device_id)
		return LEV_ERR_NODEV;
	t->owner = dev;
	dev->driver = driver;
	dev->transport = t;
	dev->state = LEV_DEVICE_RESET;
	lev_device_dma_setup(dev);
	return 0;
}

void lev_device_release(struct lev_device *dev)
{
	LEV_ASSERT(dev->state == LEV_DEVICE_RESET && !dev->queues);
	dev->transport->owner = NULL;
	device_enter(dev, LEV_DEVICE_FREE);
	dev->negotiated = false;
}

int lev_device_begin(struct lev_device *dev, uint64_t deadline)
{
	int err;

	if (dev->state != LEV_DEVICE_RESET || device_dispatching(dev))
		return LEV_ERR_STATE;
	dev->error = 0;
	err = device_quiesce(dev, deadline);
	if (err)
		return err == LEV_ERR_STUCK ? LEV_ERR_TIMEDOUT : err;
	ORDER_SAY(&dev->config_changed, false);
	lev_device_log(dev, "%s version %u%s", dev->transport->name,
		       dev->transport->version,
		       dev->transport->legacy ? " (legacy)" : "");
	status_add(dev, LEV_STATUS_ACKNOWLEDGE);
	status_add(dev, LEV_STATUS_DRIVER);
	err = lev_device_negotiate(dev);
	if (!err)
		err = confirm_features(dev);
	if (!err && dev->transport->ops->start)
		err = dev->transport->ops->start(dev->transport);
	/* All ones are an offer, and FEATURES_OK, too. */
	if (!dev->transport->ops->present(dev->transport))
		err = LEV_ERR_NODEV;
	if (err) {
		status_add(dev, LEV_STATUS_FAILED);
		return err;
	}
	device_enter(dev, LEV_DEVICE_SETUP);
	return 0;
}

int lev_device_ready(struct lev_device *dev)
{
	int err;

	if (dev->state != LEV_DEVICE_SETUP)
		return LEV_ERR_STATE;
	err = lev_device_check(dev);
	if (err)
		return err;
	status_add(dev, LEV_STATUS_DRIVER_OK);
	device_enter(dev, LEV_DEVICE_LIVE);
	for (struct lev_queue *q = dev->queues; q; q = q->next) {
		if (!q->error)
			lev_queue_run(q);
		err = lev_queue_kick(q);
		if (err < 0)
			return err;
	}
	return 0;
}

/* --- live --- */

int lev_device_check(struct lev_device *dev)
{
	struct lev_transport *t = dev->transport;
	const uint32_t status = t->ops->status_read(t);

	if (dev->error)
		return dev->error;
	/* A device that lost our bits was reset behind our back. */
	if ((status & 0xff) != dev->status) {
		dev->error = t->ops->present(t) ? LEV_ERR_IO : LEV_ERR_NODEV;
		lev_device_log(dev, "device lost, status 0x%x: %s", status,
			       lev_strerror(dev->error));
	}
	return dev->error;
}

unsigned lev_device_isr(struct lev_device *dev)
{
	struct lev_transport *t = dev->transport;
	unsigned causes;

	if (ORDER_SEE(&dev->state) == LEV_DEVICE_FREE)
		return 0;
	causes = t->ops->interrupt_take(t, LEV_INTERRUPT_USED |
						   LEV_INTERRUPT_CONFIG);
	if (causes & LEV_INTERRUPT_CONFIG)
		ORDER_SAY(&dev->config_changed, true);
	return ORDER_SEE(&dev->state) == LEV_DEVICE_LIVE ? causes : 0;
}

bool lev_device_stirred(const struct lev_device *dev)
{
	return ORDER_SEE(&dev->config_changed) | (dev->error != 0);
}

int lev_device_poll(struct lev_device *dev)
{
	struct lev_transport *t = dev->transport;
	bool changed;
	int err;

	if (dev->state != LEV_DEVICE_LIVE)
		return LEV_ERR_STATE;
	/* Before the status is read: what is acknowledged here was seen. Used
	 * buffers stay pending: their interrupt belongs to the port. */
	changed = t->ops->interrupt_take(t, LEV_INTERRUPT_CONFIG) != 0;
	/* Written only when set: an interrupt in between is not lost. One just
	 * before is not either, as its change is looked at after our store. */
	if (ORDER_SEE(&dev->config_changed)) {
		ORDER_SAY(&dev->config_changed, false);
		order_full();
		changed = true;
	}
	err = lev_device_check(dev);
	return err ? err : changed;
}

/* --- configuration space --- */

/* Read all fields into dst; is that what it held already? */
static bool config_read_once(struct lev_transport *t, uint32_t off,
			     uint8_t *dst, unsigned count, unsigned width)
{
	bool same = true;

	for (const uint32_t end = off + count * width; off < end;
	     off += width) {
		uint32_t v = t->ops->config_read(t, off, width);

		for (unsigned k = 0; k < width; k++, v >>= 8, dst++) {
			same &= *dst == (uint8_t)v;
			*dst = (uint8_t)v;
		}
	}
	return same;
}

int lev_device_config_read(struct lev_device *dev, uint32_t off, void *dst,
			   unsigned count, unsigned width)
{
	struct lev_transport *t = dev->transport;

	LEV_ASSERT(width == 1 || width == 2 || width == 4);
	LEV_ASSERT((off & (width - 1)) == 0);
	for (unsigned i = 0; i < CONFIG_TRIES; i++) {
		const uint32_t generation = t->ops->config_generation(t);
		const bool same = config_read_once(t, off, dst, count, width);

		/* Legacy devices have no generations: two readings agree. */
		if (t->legacy ? i > 0 && same
			      : t->ops->config_generation(t) == generation)
			return 0;
	}
	lev_device_log(dev, "the configuration never holds still");
	return LEV_ERR_PROTO;
}

void lev_device_config_write(struct lev_device *dev, uint32_t off,
			     unsigned width, uint32_t value)
{
	dev->transport->ops->config_write(dev->transport, off, width, value);
}

/* --- diagnosis --- */

#ifndef LEV_NO_NAMES
void lev_device_log(const struct lev_device *dev, const char *format, ...)
{
	const struct lev_hal *hal = dev->transport->hal;
	__builtin_va_list args;

	if (!hal->ops->log)
		return;
	__builtin_va_start(args, format);
	hal->ops->log(hal->ctx, dev->driver->name, format, args);
	__builtin_va_end(args);
}
#endif
