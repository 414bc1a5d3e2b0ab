/* SPDX-License-Identifier: MIT */
/*
 * MMIO transport (VirtIO 4.2), both versions. They share most registers; where
 * they differ (how a queue is given to the device, whether there are feature
 * words beyond the first, the configuration generation) there are two
 * functions and two tables, chosen by what the device says it is.
 */
#include <levitate/mmio.h>
#include <levitate/wire/mmio.h>

/* The legacy page: what GuestPageSize and QueueAlign are set to (4.2.4). */
#define PAGE_SHIFT 12

static struct lev_mmio *to_mmio(struct lev_transport *t)
{
	return LEV_CONTAINER_OF(t, struct lev_mmio, transport);
}

static uint32_t mmio_read(struct lev_transport *t, uint32_t reg)
{
	return t->hal->ops->reg_read(t->hal->ctx, to_mmio(t)->base + reg, 4);
}

static void mmio_write(struct lev_transport *t, uint32_t reg, uint32_t value)
{
	t->hal->ops->reg_write(t->hal->ctx, to_mmio(t)->base + reg, 4, value);
}

/* --- both versions --- */

static bool mmio_present(struct lev_transport *t)
{
	return mmio_read(t, LEV_MMIO_MAGIC_VALUE) == LEV_MMIO_MAGIC;
}

static uint32_t mmio_status_read(struct lev_transport *t)
{
	return mmio_read(t, LEV_MMIO_STATUS);
}

static void mmio_status_write(struct lev_transport *t, uint32_t status)
{
	mmio_write(t, LEV_MMIO_STATUS, status);
}

static uint32_t mmio_features_read(struct lev_transport *t, unsigned word)
{
	mmio_write(t, LEV_MMIO_DEVICE_FEATURES_SEL, word);
	return mmio_read(t, LEV_MMIO_DEVICE_FEATURES);
}

static void mmio_features_write(struct lev_transport *t, unsigned word,
				uint32_t value)
{
	mmio_write(t, LEV_MMIO_DRIVER_FEATURES_SEL, word);
	mmio_write(t, LEV_MMIO_DRIVER_FEATURES, value);
}

static void mmio_bell(struct lev_transport *t, struct lev_doorbell *bell)
{
	bell->reg = to_mmio(t)->base + LEV_MMIO_QUEUE_NOTIFY;
	bell->width = 4;
}

static void mmio_notify(struct lev_transport *t,
			const struct lev_doorbell *bell, uint32_t value)
{
	t->hal->ops->reg_write(t->hal->ctx, bell->reg, bell->width, value);
}

static uint32_t mmio_config_read(struct lev_transport *t, uint32_t off,
				 unsigned width)
{
	return t->hal->ops->reg_read(
		t->hal->ctx, to_mmio(t)->base + LEV_MMIO_CONFIG + off, width);
}

static void mmio_config_write(struct lev_transport *t, uint32_t off,
			      unsigned width, uint32_t value)
{
	t->hal->ops->reg_write(t->hal->ctx,
			       to_mmio(t)->base + LEV_MMIO_CONFIG + off, width,
			       value);
}

LEV_STATIC_ASSERT((int)LEV_INTERRUPT_USED == LEV_MMIO_INTERRUPT_USED &&
			  (int)LEV_INTERRUPT_CONFIG ==
				  LEV_MMIO_INTERRUPT_CONFIG,
		  "the causes are the register's bits");

static unsigned mmio_interrupt_take(struct lev_transport *t, unsigned mask)
{
	const uint32_t causes = mmio_read(t, LEV_MMIO_INTERRUPT_STATUS) & mask;

	if (causes)
		mmio_write(t, LEV_MMIO_INTERRUPT_ACK, causes);
	return causes;
}

/* used: the register that is not 0 while the selected queue is in use. */
static int mmio_queue_max(struct lev_transport *t, uint16_t idx, uint32_t used)
{
	uint32_t max;

	mmio_write(t, LEV_MMIO_QUEUE_SEL, idx);
	if (mmio_read(t, used) != 0)
		return LEV_ERR_BUSY;
	max = mmio_read(t, LEV_MMIO_QUEUE_SIZE_MAX);
	if (max == 0)
		return LEV_ERR_NODEV;
	return max < LEV_QUEUE_SIZE_MAX ? (int)max : LEV_QUEUE_SIZE_MAX;
}

/* --- version 2 --- */

static int modern_queue_max(struct lev_transport *t, uint16_t idx)
{
	return mmio_queue_max(t, idx, LEV_MMIO_QUEUE_READY);
}

static int modern_queue_enable(struct lev_transport *t, uint16_t idx,
			       const struct lev_queue_layout *l,
			       struct lev_doorbell *bell)
{
	mmio_bell(t, bell);
	mmio_write(t, LEV_MMIO_QUEUE_SEL, idx);
	mmio_write(t, LEV_MMIO_QUEUE_SIZE, l->size);
	mmio_write(t, LEV_MMIO_QUEUE_DESC_LOW, (uint32_t)l->desc);
	mmio_write(t, LEV_MMIO_QUEUE_DESC_HIGH, (uint32_t)(l->desc >> 32));
	mmio_write(t, LEV_MMIO_QUEUE_DRIVER_LOW, (uint32_t)l->driver);
	mmio_write(t, LEV_MMIO_QUEUE_DRIVER_HIGH, (uint32_t)(l->driver >> 32));
	mmio_write(t, LEV_MMIO_QUEUE_DEVICE_LOW, (uint32_t)l->device);
	mmio_write(t, LEV_MMIO_QUEUE_DEVICE_HIGH, (uint32_t)(l->device >> 32));
	mmio_write(t, LEV_MMIO_QUEUE_READY, 1);
	return mmio_read(t, LEV_MMIO_QUEUE_READY) == 1 ? 0 : LEV_ERR_PROTO;
}

static void modern_queue_reset(struct lev_transport *t, uint16_t idx)
{
	mmio_write(t, LEV_MMIO_QUEUE_SEL, idx);
	mmio_write(t, LEV_MMIO_QUEUE_RESET, 1);
}

/* Both registers: a device may offer the feature and lack the first. */
static int modern_queue_stopped(struct lev_transport *t, uint16_t idx)
{
	mmio_write(t, LEV_MMIO_QUEUE_SEL, idx);
	if (mmio_read(t, LEV_MMIO_QUEUE_RESET) != 0)
		return 0;
	return mmio_read(t, LEV_MMIO_QUEUE_READY) == 0 ? 1 : LEV_ERR_PROTO;
}

static uint32_t modern_config_generation(struct lev_transport *t)
{
	return mmio_read(t, LEV_MMIO_CONFIG_GENERATION);
}

static const struct lev_transport_ops modern_ops = {
	.present = mmio_present,
	.status_read = mmio_status_read,
	.status_write = mmio_status_write,
	.features_read = mmio_features_read,
	.features_write = mmio_features_write,
	.queue_max = modern_queue_max,
	.queue_enable = modern_queue_enable,
	.queue_reset = modern_queue_reset,
	.queue_stopped = modern_queue_stopped,
	.notify = mmio_notify,
	.config_read = mmio_config_read,
	.config_write = mmio_config_write,
	.config_generation = modern_config_generation,
	.interrupt_take = mmio_interrupt_take,
};

/* --- version 1 --- */

/* A queue is named by a page number. What a page is is said once for them all,
 * before any is in use (4.2.4). */
static void legacy_features_write(struct lev_transport *t, unsigned word,
				  uint32_t value)
{
	mmio_features_write(t, word, value);
	mmio_write(t, LEV_MMIO_GUEST_PAGE_SIZE, 1u << PAGE_SHIFT);
}

static int legacy_queue_max(struct lev_transport *t, uint16_t idx)
{
	return mmio_queue_max(t, idx, LEV_MMIO_QUEUE_PFN);
}

/*
 * One block that begins with the descriptors: the device finds the rings in it
 * by the size and the alignment it is told.
 */
static int legacy_queue_enable(struct lev_transport *t, uint16_t idx,
			       const struct lev_queue_layout *l,
			       struct lev_doorbell *bell)
{
	const uint32_t pfn = (uint32_t)(l->desc >> PAGE_SHIFT);

	if (pfn == 0) /* which would switch the queue off */
		return LEV_ERR_INVAL;
	mmio_bell(t, bell);
	mmio_write(t, LEV_MMIO_QUEUE_SEL, idx);
	mmio_write(t, LEV_MMIO_QUEUE_SIZE, l->size);
	mmio_write(t, LEV_MMIO_QUEUE_ALIGN, LEV_QUEUE_LEGACY_ALIGN);
	mmio_write(t, LEV_MMIO_QUEUE_PFN, pfn);
	return mmio_read(t, LEV_MMIO_QUEUE_PFN) == pfn ? 0 : LEV_ERR_PROTO;
}

static uint32_t legacy_config_generation(struct lev_transport *t)
{
	(void)t;
	return 0;
}

static const struct lev_transport_ops legacy_ops = {
	.present = mmio_present,
	.status_read = mmio_status_read,
	.status_write = mmio_status_write,
	.features_read = mmio_features_read,
	.features_write = legacy_features_write,
	.queue_max = legacy_queue_max,
	.queue_enable = legacy_queue_enable, /* RING_RESET does not exist */
	.notify = mmio_notify,
	.config_read = mmio_config_read,
	.config_write = mmio_config_write,
	.config_generation = legacy_config_generation,
	.interrupt_take = mmio_interrupt_take,
};

/* --- probe --- */

int lev_mmio_probe(struct lev_mmio *mmio, const struct lev_hal *hal,
		   uint64_t base)
{
	struct lev_transport *t = &mmio->transport;

	if (t->owner)
		return LEV_ERR_BUSY;
	*mmio = (struct lev_mmio){ .base = base };
	t->hal = hal;
	t->name = "mmio";
	if (!mmio_present(t))
		return LEV_ERR_NODEV;
	t->version = mmio_read(t, LEV_MMIO_VERSION);
	if (t->version == LEV_MMIO_VERSION_MODERN) {
		t->ops = &modern_ops;
		t->queue_max = UINT64_MAX;
	} else if (t->version == LEV_MMIO_VERSION_LEGACY) {
		t->ops = &legacy_ops;
		t->legacy = true;
		t->queue_max = ((lev_paddr)UINT32_MAX << PAGE_SHIFT) +
			       (1u << PAGE_SHIFT) - 1;
	} else {
		return LEV_ERR_NOTSUP;
	}
	t->device_id = mmio_read(t, LEV_MMIO_DEVICE_ID);
	if (t->device_id == 0)
		return LEV_ERR_NODEV;
	/* Legacy rings are in the CPU's byte order; ours never are. */
	if (t->legacy && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		return LEV_ERR_NOTSUP;
	return 0;
}
