/* SPDX-License-Identifier: MIT */
/*
 * PCI transport (VirtIO 4.1): what the core asks of it. Modern and legacy
 * registers (4.1.4.3, 4.1.4.10) differ in how features and queues are given;
 * the rest they share, each at its own offset.
 */
#include <levitate/device.h>

#include "pci_priv.h"

static struct lev_pci *to_pci(struct lev_transport *t)
{
	return LEV_CONTAINER_OF(t, struct lev_pci, transport);
}

/* --- registers --- */

uint32_t lev_pci_read(const struct lev_pci *pci, uint32_t off, unsigned width)
{
	return lev_pci_config_read(pci->host, pci->addr, off, width);
}

void lev_pci_write(const struct lev_pci *pci, uint32_t off, unsigned width,
		   uint32_t value)
{
	lev_pci_config_write(pci->host, pci->addr, off, width, value);
}

/*
 * Have the capability PCI_CFG show width bytes of a region (4.1.4.9); returns
 * where. The length goes first: no offset is ever written that is not a
 * multiple of it.
 */
static uint32_t window_open(const struct lev_pci *pci,
			    const struct lev_pci_region *r, uint32_t off,
			    unsigned width)
{
	const uint32_t cap = pci->window_cap;

	lev_pci_write(pci, cap + LEV_PCI_VCAP_BAR, 1, r->bar);
	lev_pci_write(pci, cap + LEV_PCI_VCAP_LENGTH, 4, width);
	lev_pci_write(pci, cap + LEV_PCI_VCAP_OFFSET, 4, r->off + off);
	return cap + LEV_PCI_VCAP_DATA;
}

static bool region_holds(const struct lev_pci_region *r, uint32_t off,
			 unsigned width)
{
	return off < r->len && width <= r->len - off;
}

/* Behind a region's end there are all ones, and no device to ask. */
static uint32_t region_read(const struct lev_pci *pci,
			    const struct lev_pci_region *r, uint32_t off,
			    unsigned width)
{
	const struct lev_hal *hal = pci->transport.hal;

	if (!region_holds(r, off, width))
		return UINT32_MAX >> (32 - 8 * width);
	if (r->by_window)
		return lev_pci_read(pci, window_open(pci, r, off, width),
				    width);
	return hal->ops->reg_read(hal->ctx, r->reg + off, width);
}

static void region_write(const struct lev_pci *pci,
			 const struct lev_pci_region *r, uint32_t off,
			 unsigned width, uint32_t value)
{
	const struct lev_hal *hal = pci->transport.hal;

	if (!region_holds(r, off, width))
		return;
	if (r->by_window)
		lev_pci_write(pci, window_open(pci, r, off, width), width,
			      value);
	else
		hal->ops->reg_write(hal->ctx, r->reg + off, width, value);
}

static uint32_t common_read(struct lev_transport *t, uint32_t off,
			    unsigned width)
{
	return region_read(to_pci(t), &to_pci(t)->common, off, width);
}

static void common_write(struct lev_transport *t, uint32_t off, unsigned width,
			 uint32_t value)
{
	region_write(to_pci(t), &to_pci(t)->common, off, width, value);
}

/* 64-bit registers are two of 32 bits (4.1.3.1). */
static void common_write64(struct lev_transport *t, uint32_t off,
			   uint64_t value)
{
	common_write(t, off, 4, (uint32_t)value);
	common_write(t, off + 4, 4, (uint32_t)(value >> 32));
}

void lev_pci_command(const struct lev_pci *pci, unsigned bits)
{
	lev_pci_write(pci, LEV_PCI_CFG_COMMAND, 2, pci->command | bits);
}

/* --- both kinds --- */

static bool pci_present(struct lev_transport *t)
{
	return lev_pci_read(to_pci(t), LEV_PCI_CFG_VENDOR, 2) ==
	       LEV_PCI_VENDOR_VIRTIO;
}

static uint32_t status_reg(const struct lev_transport *t)
{
	return t->legacy ? LEV_PCI_LEGACY_STATUS : LEV_PCI_COMMON_STATUS;
}

static uint32_t pci_status_read(struct lev_transport *t)
{
	return common_read(t, status_reg(t), 1);
}

static void pci_status_write(struct lev_transport *t, uint32_t status)
{
	common_write(t, status_reg(t), 1, status);
}

static void pci_notify(struct lev_transport *t, const struct lev_doorbell *bell,
		       uint32_t value)
{
	const struct lev_pci *pci = to_pci(t);

	if (pci->notify.by_window)
		region_write(pci, &pci->notify, (uint32_t)bell->reg,
			     bell->width, value);
	else
		t->hal->ops->reg_write(t->hal->ctx, bell->reg, bell->width,
				       value);
}

static uint32_t pci_config_read(struct lev_transport *t, uint32_t off,
				unsigned width)
{
	return region_read(to_pci(t), &to_pci(t)->device, off, width);
}

static void pci_config_write(struct lev_transport *t, uint32_t off,
			     unsigned width, uint32_t value)
{
	region_write(to_pci(t), &to_pci(t)->device, off, width, value);
}

/*
 * Reading the ISR status clears both causes and takes the level of INTx down.
 * An interrupt handler asks for both (lev_device_isr) and remembers what the
 * configuration's is; who asks for that alone (lev_device_poll) must not take
 * the other from under a handler: it leaves the register to it. Where all is
 * polled there is no handler, and nobody misses the cause that is dropped.
 *
 * Under MSI-X the handler is that of the configuration's vector, and that is
 * all there is to know: the register is for INTx, and not every device keeps
 * it up then.
 */
static unsigned pci_interrupt_take(struct lev_transport *t, unsigned mask)
{
	const struct lev_pci *pci = to_pci(t);
	const bool handler = mask & LEV_INTERRUPT_USED;

	if (pci->msix && (handler || pci->msix->config != LEV_PCI_NO_VECTOR))
		return handler ? mask : 0;
	if (pci->intx && !handler)
		return 0;
	return region_read(pci, &pci->isr, 0, 1) & mask;
}

/*
 * A device that has no resources for a vector says NO_VECTOR (4.1.5.1.2.2). A
 * reset makes it forget them: they are told for each start.
 */
static int vector_set(struct lev_transport *t, uint32_t reg, uint16_t vector)
{
	common_write(t, reg, 2, vector);
	return common_read(t, reg, 2) == vector ? 0 : LEV_ERR_NOMEM;
}

static int queue_vector_set(struct lev_transport *t, uint32_t reg, uint16_t idx)
{
	const struct lev_pci_vectors *m = to_pci(t)->msix;

	if (!m)
		return 0;
	if (!m->queue_count)
		return vector_set(t, reg, LEV_PCI_NO_VECTOR);
	return vector_set(
		t, reg,
		m->queues[idx < m->queue_count ? idx : m->queue_count - 1]);
}

static int pci_start(struct lev_transport *t)
{
	const struct lev_pci *pci = to_pci(t);
	int err = 0;

	if (pci->msix)
		err = vector_set(t,
				 t->legacy ? LEV_PCI_LEGACY_CONFIG_VECTOR
					   : LEV_PCI_COMMON_CONFIG_VECTOR,
				 pci->msix->config);
	if (!err)
		lev_pci_command(
			pci, LEV_PCI_COMMAND_MASTER |
				     (pci->intx ? 0u : LEV_PCI_COMMAND_NOINTX));
	return err;
}

static void pci_stop(struct lev_transport *t)
{
	lev_pci_command(to_pci(t), LEV_PCI_COMMAND_NOINTX);
}

/* --- modern --- */

static uint32_t modern_features_read(struct lev_transport *t, unsigned word)
{
	common_write(t, LEV_PCI_COMMON_DEVICE_FEATURE_SELECT, 4, word);
	return common_read(t, LEV_PCI_COMMON_DEVICE_FEATURE, 4);
}

static void modern_features_write(struct lev_transport *t, unsigned word,
				  uint32_t value)
{
	common_write(t, LEV_PCI_COMMON_DRIVER_FEATURE_SELECT, 4, word);
	common_write(t, LEV_PCI_COMMON_DRIVER_FEATURE, 4, value);
}

static void modern_queue_select(struct lev_transport *t, uint16_t idx)
{
	common_write(t, LEV_PCI_COMMON_QUEUE_SELECT, 2, idx);
}

static int modern_queue_max(struct lev_transport *t, uint16_t idx)
{
	uint32_t max;

	if (idx >= common_read(t, LEV_PCI_COMMON_NUM_QUEUES, 2))
		return LEV_ERR_NODEV;
	modern_queue_select(t, idx);
	if (common_read(t, LEV_PCI_COMMON_QUEUE_ENABLE, 2) != 0)
		return LEV_ERR_BUSY;
	max = common_read(t, LEV_PCI_COMMON_QUEUE_SIZE, 2);
	if (max == 0)
		return LEV_ERR_NODEV;
	return max < LEV_QUEUE_SIZE_MAX ? (int)max : LEV_QUEUE_SIZE_MAX;
}

/*
 * Where the selected queue's doorbell is (4.1.4.4). It lies in the region, and
 * at a multiple of its width: a bus splits no register.
 */
static int modern_bell(struct lev_transport *t, struct lev_doorbell *bell)
{
	const struct lev_pci_region *r = &to_pci(t)->notify;
	const uint64_t off = (uint64_t)to_pci(t)->notify_multiplier *
			     common_read(t, LEV_PCI_COMMON_QUEUE_NOTIFY_OFF, 2);

	bell->width = lev_device_has(t->owner, LEV_F_NOTIFICATION_DATA) ? 4 : 2;
	if (off > r->len || bell->width > r->len - off ||
	    ((r->off + off) & (bell->width - 1u)))
		return LEV_ERR_PROTO;
	bell->reg = r->by_window ? off : r->reg + off;
	if (lev_device_has(t->owner, LEV_F_NOTIF_CONFIG_DATA))
		bell->id = (uint16_t)common_read(
			t, LEV_PCI_COMMON_QUEUE_NOTIF_DATA, 2);
	return 0;
}

/* queue_enable is last, and 1 is all that is ever written to it (4.1.4.3.2). */
static int modern_queue_enable(struct lev_transport *t, uint16_t idx,
			       const struct lev_queue_layout *l,
			       struct lev_doorbell *bell)
{
	int err;

	modern_queue_select(t, idx);
	common_write(t, LEV_PCI_COMMON_QUEUE_SIZE, 2, l->size);
	common_write64(t, LEV_PCI_COMMON_QUEUE_DESC, l->desc);
	common_write64(t, LEV_PCI_COMMON_QUEUE_DRIVER, l->driver);
	common_write64(t, LEV_PCI_COMMON_QUEUE_DEVICE, l->device);
	err = modern_bell(t, bell);
	if (!err)
		err = queue_vector_set(t, LEV_PCI_COMMON_QUEUE_VECTOR, idx);
	if (err)
		return err;
	common_write(t, LEV_PCI_COMMON_QUEUE_ENABLE, 2, 1);
	return common_read(t, LEV_PCI_COMMON_QUEUE_ENABLE, 2) == 1
		       ? 0
		       : LEV_ERR_PROTO;
}

static void modern_queue_reset(struct lev_transport *t, uint16_t idx)
{
	modern_queue_select(t, idx);
	common_write(t, LEV_PCI_COMMON_QUEUE_RESET, 2, 1);
}

static int modern_queue_stopped(struct lev_transport *t, uint16_t idx)
{
	modern_queue_select(t, idx);
	if (common_read(t, LEV_PCI_COMMON_QUEUE_RESET, 2) != 0)
		return 0;
	return common_read(t, LEV_PCI_COMMON_QUEUE_ENABLE, 2) == 0
		       ? 1
		       : LEV_ERR_PROTO;
}

static uint32_t modern_config_generation(struct lev_transport *t)
{
	return common_read(t, LEV_PCI_COMMON_GENERATION, 1);
}

#define COMMON_OPS                                                             \
	.present = pci_present, .status_read = pci_status_read,                \
	.status_write = pci_status_write, .notify = pci_notify,                \
	.config_read = pci_config_read, .config_write = pci_config_write,      \
	.interrupt_take = pci_interrupt_take, .start = pci_start,              \
	.stop = pci_stop

#define MODERN_OPS                                                             \
	COMMON_OPS, .features_read = modern_features_read,                     \
		    .features_write = modern_features_write,                   \
		    .queue_max = modern_queue_max,                             \
		    .queue_enable = modern_queue_enable,                       \
		    .config_generation = modern_config_generation

const struct lev_transport_ops lev_pci_modern_ops = {
	MODERN_OPS,
	.queue_reset = modern_queue_reset,
	.queue_stopped = modern_queue_stopped,
};

const struct lev_transport_ops lev_pci_short_ops = { MODERN_OPS };

/* --- legacy --- */

/* There are 32 features, and the core asks for no others. */
static uint32_t legacy_features_read(struct lev_transport *t, unsigned word)
{
	(void)word;
	return common_read(t, LEV_PCI_LEGACY_DEVICE_FEATURES, 4);
}

static void legacy_features_write(struct lev_transport *t, unsigned word,
				  uint32_t value)
{
	(void)word;
	common_write(t, LEV_PCI_LEGACY_DRIVER_FEATURES, 4, value);
}

/* The device's size is what it is, also for where the rings lie (2.7.2). */
static int legacy_queue_max(struct lev_transport *t, uint16_t idx)
{
	uint32_t size;

	common_write(t, LEV_PCI_LEGACY_QUEUE_SELECT, 2, idx);
	if (common_read(t, LEV_PCI_LEGACY_QUEUE_ADDRESS, 4) != 0)
		return LEV_ERR_BUSY;
	size = common_read(t, LEV_PCI_LEGACY_QUEUE_SIZE, 2);
	if (size == 0)
		return LEV_ERR_NODEV;
	return size > LEV_QUEUE_SIZE_MAX || (size & (size - 1)) ? LEV_ERR_PROTO
								: (int)size;
}

static int legacy_queue_enable(struct lev_transport *t, uint16_t idx,
			       const struct lev_queue_layout *l,
			       struct lev_doorbell *bell)
{
	const uint32_t pfn = (uint32_t)(l->desc >> LEV_PCI_LEGACY_PAGE_SHIFT);
	int err;

	if (pfn == 0) /* which would switch the queue off */
		return LEV_ERR_INVAL;
	bell->reg = to_pci(t)->common.reg + LEV_PCI_LEGACY_QUEUE_NOTIFY;
	bell->width = 2;
	common_write(t, LEV_PCI_LEGACY_QUEUE_SELECT, 2, idx);
	err = queue_vector_set(t, LEV_PCI_LEGACY_QUEUE_VECTOR, idx);
	if (err)
		return err;
	common_write(t, LEV_PCI_LEGACY_QUEUE_ADDRESS, 4, pfn);
	return common_read(t, LEV_PCI_LEGACY_QUEUE_ADDRESS, 4) == pfn
		       ? 0
		       : LEV_ERR_PROTO;
}

static uint32_t legacy_config_generation(struct lev_transport *t)
{
	(void)t;
	return 0;
}

const struct lev_transport_ops lev_pci_legacy_ops = {
	COMMON_OPS,
	.features_read = legacy_features_read,
	.features_write = legacy_features_write,
	.queue_max = legacy_queue_max,
	.queue_enable = legacy_queue_enable, /* RING_RESET does not exist */
	.config_generation = legacy_config_generation,
};
