/* SPDX-License-Identifier: MIT */
/* See device.h. */
#include "device.h"

static struct fuzz_dev *to_dev(struct lev_transport *t)
{
	struct fuzz_dev *dev = LEV_CONTAINER_OF(t, struct fuzz_dev, transport);

	fuzz_count(dev->port);
	return dev;
}

static bool present(struct lev_transport *t)
{
	return !to_dev(t)->gone;
}

static uint32_t status_read(struct lev_transport *t)
{
	struct fuzz_dev *dev = to_dev(t);

	if (dev->gone)
		return UINT32_MAX;
	dev->confirmed = dev->status == dev->status_wrong;
	return dev->status ^ dev->status_wrong;
}

/* Bits are added in their order, or all of them go (2.1.1, 3.1.1). */
static void status_write(struct lev_transport *t, uint32_t status)
{
	struct fuzz_dev *dev = to_dev(t);

	if (status == 0) {
		if (dev->stuck)
			return;
		dev->resets++;
		dev->status = 0;
		dev->status_wrong = 0;
		memset(dev->queues, 0, sizeof(dev->queues));
		return;
	}
	/* One that shows 0 has said that it was reset, and may have lied. */
	FUZZ_CHECK((status & dev->status) == dev->status || dev->stuck ||
		   dev->gone || dev->refuses ||
		   dev->status == dev->status_wrong);
	FUZZ_CHECK(!(status & LEV_STATUS_DRIVER_OK) || dev->transport.legacy ||
		   (status & LEV_STATUS_FEATURES_OK));
	if (dev->refuses)
		status &= ~(uint32_t)LEV_STATUS_FEATURES_OK;
	dev->status = status;
}

static uint32_t features_read(struct lev_transport *t, unsigned word)
{
	struct fuzz_dev *dev = to_dev(t);

	FUZZ_CHECK(word < LEV_FEATURE_WORDS);
	return dev->offered.word[word];
}

static void features_write(struct lev_transport *t, unsigned word,
			   uint32_t value)
{
	struct fuzz_dev *dev = to_dev(t);

	FUZZ_CHECK(word < LEV_FEATURE_WORDS);
	FUZZ_CHECK((value & ~dev->offered.word[word]) == 0);
	FUZZ_CHECK(!(dev->status & LEV_STATUS_FEATURES_OK));
	dev->accepted.word[word] = value;
}

static int queue_max(struct lev_transport *t, uint16_t idx)
{
	struct fuzz_dev *dev = to_dev(t);

	if (idx >= FUZZ_QUEUES || dev->size_max == 0)
		return LEV_ERR_NODEV;
	if (dev->queues[idx].enabled)
		return LEV_ERR_BUSY;
	return dev->size_max < LEV_QUEUE_SIZE_MAX ? (int)dev->size_max
						  : LEV_QUEUE_SIZE_MAX;
}

/* Where a ring's parts end, they end in memory that was allocated. */
static void check_layout(struct fuzz_dev *dev, const struct lev_queue_layout *l)
{
	const size_t size = l->size;

	FUZZ_CHECK(size && size <= dev->size_max);
	FUZZ_CHECK(fuzz_ptr(dev->port, l->desc, 16 * size));
	if (lev_features_has(&dev->accepted, LEV_F_RING_PACKED)) {
		FUZZ_CHECK(fuzz_ptr(dev->port, l->driver, 4));
		FUZZ_CHECK(fuzz_ptr(dev->port, l->device, 4));
		FUZZ_CHECK(l->desc % 16 == 0 && l->driver % 4 == 0);
	} else {
		FUZZ_CHECK((size & (size - 1)) == 0);
		FUZZ_CHECK(fuzz_ptr(dev->port, l->driver, 6 + 2 * size));
		FUZZ_CHECK(fuzz_ptr(dev->port, l->device, 6 + 8 * size));
		FUZZ_CHECK(l->desc % 16 == 0 && l->driver % 2 == 0);
	}
	FUZZ_CHECK(l->device % 4 == 0);
}

static int queue_enable(struct lev_transport *t, uint16_t idx,
			const struct lev_queue_layout *layout,
			struct lev_doorbell *bell)
{
	struct fuzz_dev *dev = to_dev(t);

	FUZZ_CHECK(bell->id == idx);
	FUZZ_CHECK(idx < FUZZ_QUEUES && !dev->queues[idx].enabled);
	check_layout(dev, layout);
	dev->queues[idx] = (struct fuzz_queue){ *layout, true, 0 };
	return 0;
}

static void queue_reset(struct lev_transport *t, uint16_t idx)
{
	struct fuzz_dev *dev = to_dev(t);

	FUZZ_CHECK(idx < FUZZ_QUEUES && dev->queues[idx].enabled);
	FUZZ_CHECK(lev_features_has(&dev->accepted, LEV_F_RING_RESET));
	if (!dev->queue_stuck)
		dev->queues[idx].enabled = false;
}

static int queue_stopped(struct lev_transport *t, uint16_t idx)
{
	return !to_dev(t)->queues[idx].enabled;
}

/* Doorbells ring when the device is live, for a queue that it has (2.9). */
static void notify(struct lev_transport *t, const struct lev_doorbell *bell,
		   uint32_t data)
{
	struct fuzz_dev *dev = to_dev(t);
	const unsigned idx = bell->id;

	FUZZ_CHECK(idx < FUZZ_QUEUES && (data & 0xffff) == idx);
	FUZZ_CHECK(data == idx ||
		   lev_features_has(&dev->accepted, LEV_F_NOTIFICATION_DATA));
	FUZZ_CHECK(dev->status & LEV_STATUS_DRIVER_OK);
	FUZZ_CHECK(dev->queues[idx].enabled);
	dev->queues[idx].doorbells++;
	if (dev->notified)
		dev->notified(dev, idx);
}

static uint32_t config_read(struct lev_transport *t, uint32_t off,
			    unsigned width)
{
	struct fuzz_dev *dev = to_dev(t);

	FUZZ_CHECK(width == 1 || width == 2 || width == 4);
	FUZZ_CHECK(off % width == 0 && off < 256);
	return dev->config_read ? dev->config_read(dev, off, width) : 0;
}

static void config_write(struct lev_transport *t, uint32_t off, unsigned width,
			 uint32_t value)
{
	struct fuzz_dev *dev = to_dev(t);

	FUZZ_CHECK(off % width == 0 && off < 256);
	FUZZ_CHECK(width == 4 || value >> 8 * width == 0);
	if (dev->config_write)
		dev->config_write(dev, off, width, value);
}

static uint32_t config_generation(struct lev_transport *t)
{
	struct fuzz_dev *dev = to_dev(t);

	return dev->generation ? dev->generation(dev) : 0;
}

static unsigned interrupt_take(struct lev_transport *t, unsigned mask)
{
	struct fuzz_dev *dev = to_dev(t);
	const unsigned taken = dev->causes & mask;

	dev->causes &= ~taken;
	return taken;
}

static const struct lev_transport_ops ops = {
	.present = present,
	.status_read = status_read,
	.status_write = status_write,
	.features_read = features_read,
	.features_write = features_write,
	.queue_max = queue_max,
	.queue_enable = queue_enable,
	.queue_reset = queue_reset,
	.queue_stopped = queue_stopped,
	.notify = notify,
	.config_read = config_read,
	.config_write = config_write,
	.config_generation = config_generation,
	.interrupt_take = interrupt_take,
};

void fuzz_dev_init(struct fuzz_dev *dev, struct fuzz_port *port,
		   uint32_t device_id)
{
	*dev = (struct fuzz_dev){
		.transport = {
			.ops = &ops,
			.hal = &port->hal,
			.name = "fuzz",
			.device_id = device_id,
			.version = 2,
			.queue_max = UINT64_MAX,
		},
		.port = port,
		.size_max = LEV_QUEUE_SIZE_MAX,
	};
	lev_features_set(&dev->offered, LEV_F_VERSION_1);
}

void fuzz_dev_behave(struct fuzz_dev *dev)
{
	dev->stuck = false;
	dev->gone = false;
	dev->queue_stuck = false;
	dev->refuses = false;
	dev->status_wrong = 0;
}
