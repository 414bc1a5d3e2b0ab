/* SPDX-License-Identifier: MIT */
/*
 * A PCI function is looked at: is it one of VirtIO's, where are its registers
 * (VirtIO 4.1.2, 4.1.4), can they be reached? All that configuration space says
 * is the device's word: each field is read once and checked.
 */
#include "pci_priv.h"

/* Four bytes are the least that a capability has. */
enum { CAPS_MAX = (LEV_PCI_CFG_LEN - LEV_PCI_CFG_CAPS_BEGIN) / 4 };

/* No structure of today is longer (4.1.4). */
enum { MAP_MAX = 4096 };

LEV_STATIC_ASSERT(sizeof(((struct lev_pci *)0)->bars) ==
			  LEV_PCI_BARS * sizeof(struct lev_pci_bar),
		  "all of them");

static uint32_t config_read(const struct lev_pci *pci, uint32_t off,
			    unsigned width)
{
	return lev_pci_config_read(pci->host, pci->addr, off, width);
}

/* --- what it is --- */

/*
 * The type of the device (4.1.2). Where the PCI ID does not say it, the
 * subsystem's does, as in all devices of the transitional kind.
 */
static uint32_t device_type(const struct lev_pci *pci)
{
	static const uint8_t types[] = { 1, 2, 5, 3, 8, 4, 0, 0, 0, 9 };
	const unsigned idx = pci->pci_id - LEV_PCI_DEVICE_TRANSITIONAL;

	if (pci->pci_id >= LEV_PCI_DEVICE_MODERN)
		return pci->pci_id - LEV_PCI_DEVICE_MODERN;
	if (idx < sizeof(types) && types[idx])
		return types[idx];
	return config_read(pci, LEV_PCI_CFG_SUBSYSTEM, 2);
}

static bool identify(struct lev_pci *pci)
{
	if (config_read(pci, LEV_PCI_CFG_VENDOR, 2) != LEV_PCI_VENDOR_VIRTIO)
		return false;
	pci->pci_id = (uint16_t)config_read(pci, LEV_PCI_CFG_DEVICE, 2);
	if (pci->pci_id < LEV_PCI_DEVICE_TRANSITIONAL ||
	    pci->pci_id > LEV_PCI_DEVICE_LAST ||
	    (config_read(pci, LEV_PCI_CFG_HEADER, 1) & LEV_PCI_HEADER_TYPE) !=
		    LEV_PCI_HEADER_DEVICE)
		return false;
	pci->transport.device_id = device_type(pci);
	return pci->transport.device_id != 0;
}

/* --- its BARs --- */

/* Their sizes are found out here, once; the device is not at work yet. */
static void bars_read(struct lev_pci *pci)
{
	const uint32_t old = config_read(pci, LEV_PCI_CFG_COMMAND, 2);

	lev_pci_config_write(
		pci->host, pci->addr, LEV_PCI_CFG_COMMAND, 2,
		old & ~(uint32_t)(LEV_PCI_COMMAND_IO | LEV_PCI_COMMAND_MEMORY));
	for (unsigned i = 0; i < LEV_PCI_BARS; i++) {
		struct lev_pci_bar *bar = &pci->bars[i];

		lev_pci_bar_read(pci->host, pci->addr, i, LEV_PCI_BARS, bar);
		/* A BAR lies at a multiple of its length, or it lies. */
		if (bar->len && (bar->addr & (bar->len - 1)))
			bar->addr = 0;
		if (bar->wide)
			i++;
	}
	lev_pci_config_write(pci->host, pci->addr, LEV_PCI_CFG_COMMAND, 2, old);
	pci->command = (uint16_t)old;
}

bool lev_pci_bar_holds(const struct lev_pci *pci, unsigned bar, uint64_t off,
		       uint64_t len)
{
	return bar < LEV_PCI_BARS && off <= pci->bars[bar].len &&
	       len <= pci->bars[bar].len - off;
}

int lev_pci_map(struct lev_pci *pci, unsigned bar, uint64_t off, uint64_t len,
		uint64_t *reg)
{
	const struct lev_pci_bar *b = &pci->bars[bar];
	const struct lev_hal *hal = pci->transport.hal;
	enum lev_io_space space;
	int err;

	if (!b->addr)
		return LEV_ERR_NOTSUP;
	*reg = lev_pci_to_cpu(pci->host, b->io, b->addr + off, len, &space);
	if (hal->ops->io_map)
		err = hal->ops->io_map(hal->ctx, space, *reg, len, reg);
	else
		err = space == LEV_IO_MEMORY ? 0 : LEV_ERR_NOTSUP;
	if (!err)
		pci->command |=
			b->io ? LEV_PCI_COMMAND_IO : LEV_PCI_COMMAND_MEMORY;
	return err;
}

/* --- its capabilities --- */

/* A step along the list, which ends: it has room for so many, and no more. */
struct cap_walk {
	unsigned at; /* 0: before the first */
	unsigned left;
};

static struct cap_walk cap_walk(const struct lev_pci *pci)
{
	const bool any = config_read(pci, LEV_PCI_CFG_STATUS, 2) &
			 LEV_PCI_STATUS_CAPABILITIES;

	return (struct cap_walk){ .left = any ? CAPS_MAX : 0 };
}

static bool cap_next(const struct lev_pci *pci, struct cap_walk *w)
{
	if (!w->left)
		return false;
	w->left--;
	w->at = config_read(pci,
			    w->at ? w->at + LEV_PCI_CAP_NEXT
				  : LEV_PCI_CFG_CAPABILITIES,
			    1) &
		0xfc;
	return w->at >= LEV_PCI_CFG_CAPS_BEGIN;
}

/* A capability of VirtIO's, each field read once. */
struct vcap {
	unsigned at, len, type, bar, id;
	uint32_t off, length;
};

/* Is there one at this place, and does it make sense so far? */
static bool vcap_read(const struct lev_pci *pci, unsigned at, struct vcap *c)
{
	if (at + LEV_PCI_VCAP_SIZE > LEV_PCI_CFG_LEN ||
	    config_read(pci, at + LEV_PCI_CAP_ID, 1) != LEV_PCI_CAP_VENDOR)
		return false;
	c->at = at;
	c->len = config_read(pci, at + LEV_PCI_VCAP_LEN, 1);
	c->type = config_read(pci, at + LEV_PCI_VCAP_TYPE, 1);
	c->bar = config_read(pci, at + LEV_PCI_VCAP_BAR, 1);
	c->id = config_read(pci, at + LEV_PCI_VCAP_ID, 1);
	c->off = config_read(pci, at + LEV_PCI_VCAP_OFFSET, 4);
	c->length = config_read(pci, at + LEV_PCI_VCAP_LENGTH, 4);
	return c->len >= LEV_PCI_VCAP_SIZE && at + c->len <= LEV_PCI_CFG_LEN;
}

/* What a structure needs at least, and what is used of it at most (4.1.4). */
struct structure {
	uint8_t cap_len, align, min;
	uint16_t max;
};

static const struct structure structures[] = {
	[LEV_PCI_VCAP_COMMON] = { LEV_PCI_VCAP_SIZE, 4, LEV_PCI_COMMON_MIN_LEN,
				  LEV_PCI_COMMON_RESET_LEN },
	[LEV_PCI_VCAP_NOTIFY] = { LEV_PCI_VCAP_NOTIFY_SIZE, 2, 2, 0 },
	[LEV_PCI_VCAP_ISR] = { LEV_PCI_VCAP_SIZE, 1, 1, 1 },
	[LEV_PCI_VCAP_DEVICE] = { LEV_PCI_VCAP_SIZE, 4, 1, MAP_MAX },
};

static bool structure_valid(const struct lev_pci *pci, const struct vcap *c)
{
	const struct structure *s = &structures[c->type];

	return c->len >= s->cap_len && (c->off & (s->align - 1u)) == 0 &&
	       c->length >= s->min &&
	       lev_pci_bar_holds(pci, c->bar, c->off, c->length);
}

static struct lev_pci_region *region_of(struct lev_pci *pci, unsigned type)
{
	switch (type) {
	case LEV_PCI_VCAP_COMMON:
		return &pci->common;
	case LEV_PCI_VCAP_NOTIFY:
		return &pci->notify;
	case LEV_PCI_VCAP_ISR:
		return &pci->isr;
	case LEV_PCI_VCAP_DEVICE:
		return &pci->device;
	default:
		return NULL;
	}
}

/* How much of it is of use; of the doorbells, what 16 bits can name. */
static uint32_t structure_used(const struct vcap *c, uint32_t multiplier)
{
	uint64_t max = structures[c->type].max;

	if (c->type == LEV_PCI_VCAP_NOTIFY)
		max = (uint64_t)multiplier * UINT16_MAX + 4;
	return c->length < max ? c->length : (uint32_t)max;
}

/* The first that can be reached is the one (4.1.4.1). */
static void region_use(struct lev_pci *pci, const struct vcap *c,
		       bool by_window)
{
	struct lev_pci_region *r = region_of(pci, c->type);
	uint32_t multiplier = 0, len;
	uint64_t reg = 0;

	if (!r || r->len || !structure_valid(pci, c))
		return;
	if (c->type == LEV_PCI_VCAP_NOTIFY)
		multiplier =
			config_read(pci, c->at + LEV_PCI_VCAP_MULTIPLIER, 4);
	len = structure_used(c, multiplier);
	/* The window knows offsets of 32 bits. */
	if (by_window ? len > UINT32_MAX - c->off
		      : lev_pci_map(pci, c->bar, c->off, len, &reg) != 0)
		return;
	if (c->type == LEV_PCI_VCAP_NOTIFY)
		pci->notify_multiplier = multiplier;
	*r = (struct lev_pci_region){ .reg = reg,
				      .len = len,
				      .off = c->off,
				      .bar = (uint8_t)c->bar,
				      .by_window = by_window };
}

static void msix_find(struct lev_pci *pci, unsigned at)
{
	if (pci->msix_cap || at + LEV_PCI_MSIX_CAP_LEN > LEV_PCI_CFG_LEN)
		return;
	pci->msix_cap = (uint16_t)at;
	pci->msix_size =
		(uint16_t)((config_read(pci, at + LEV_PCI_MSIX_CONTROL, 2) &
			    LEV_PCI_MSIX_SIZE_MASK) +
			   1);
}

static void regions_find(struct lev_pci *pci, bool by_window)
{
	struct cap_walk w = cap_walk(pci);
	struct vcap c;

	while (cap_next(pci, &w)) {
		if (config_read(pci, w.at + LEV_PCI_CAP_ID, 1) ==
		    LEV_PCI_CAP_MSIX)
			msix_find(pci, w.at);
		if (!vcap_read(pci, w.at, &c))
			continue;
		if (c.type == LEV_PCI_VCAP_PCI &&
		    c.len >= LEV_PCI_VCAP_PCI_SIZE && !pci->window_cap)
			pci->window_cap = (uint16_t)c.at;
		region_use(pci, &c, by_window);
	}
}

int lev_pci_shm(const struct lev_pci *pci, uint8_t id, struct lev_pci_shm *shm)
{
	struct cap_walk w = cap_walk(pci);
	struct vcap c;

	while (cap_next(pci, &w)) {
		enum lev_io_space space;
		uint64_t off, len;

		if (!vcap_read(pci, w.at, &c) ||
		    c.type != LEV_PCI_VCAP_SHARED_MEMORY || c.id != id ||
		    c.len < LEV_PCI_VCAP64_SIZE)
			continue;
		off = (uint64_t)config_read(pci,
					    c.at + LEV_PCI_VCAP_OFFSET_HIGH, 4)
			      << 32 |
		      c.off;
		len = (uint64_t)config_read(pci,
					    c.at + LEV_PCI_VCAP_LENGTH_HIGH, 4)
			      << 32 |
		      c.length;
		if (!len || !lev_pci_bar_holds(pci, c.bar, off, len) ||
		    pci->bars[c.bar].io || !pci->bars[c.bar].addr)
			continue;
		shm->id = id;
		shm->len = len;
		shm->addr = lev_pci_to_cpu(pci->host, false,
					   pci->bars[c.bar].addr + off, len,
					   &space);
		return 0;
	}
	return LEV_ERR_NODEV;
}

/* --- modern or legacy --- */

static bool complete(const struct lev_pci *pci)
{
	return pci->common.len && pci->notify.len && pci->isr.len;
}

/* What cannot be mapped is seen through the window, if there is one. */
static bool modern_find(struct lev_pci *pci)
{
	struct lev_transport *t = &pci->transport;

	regions_find(pci, false);
	if (pci->window_cap && !(complete(pci) && pci->device.len))
		regions_find(pci, true);
	if (!complete(pci))
		return false;
	t->version = 2;
	t->queue_max = UINT64_MAX;
	t->notif_config = pci->common.len >= LEV_PCI_COMMON_RESET_LEN;
	t->ops = t->notif_config ? &lev_pci_modern_ops : &lev_pci_short_ops;
	return true;
}

void lev_pci_legacy_place(struct lev_pci *pci, bool msix)
{
	const uint32_t at =
		msix ? LEV_PCI_LEGACY_CONFIG_MSIX : LEV_PCI_LEGACY_CONFIG;

	pci->device = pci->common;
	pci->device.reg += at;
	pci->device.len -= at < pci->device.len ? at : pci->device.len;
}

static bool legacy_find(struct lev_pci *pci)
{
	struct lev_transport *t = &pci->transport;
	const uint64_t len = pci->bars[0].len;
	struct lev_pci_region r = { .len = len < MAP_MAX ? (uint32_t)len
							 : MAP_MAX };

	if (pci->pci_id >= LEV_PCI_DEVICE_MODERN ||
	    r.len < LEV_PCI_LEGACY_CONFIG ||
	    lev_pci_map(pci, 0, 0, r.len, &r.reg))
		return false;
	pci->common = pci->isr = r;
	pci->isr.reg += LEV_PCI_LEGACY_ISR;
	pci->isr.len = 1;
	pci->notify = (struct lev_pci_region){ 0 };
	t->version = 1;
	t->legacy = t->queue_fixed = true;
	t->queue_max = ((lev_paddr)UINT32_MAX << 12) + 4095;
	t->ops = &lev_pci_legacy_ops;
	/* Legacy rings are in the CPU's byte order; ours never are. */
	return __BYTE_ORDER__ != __ORDER_BIG_ENDIAN__;
}

int lev_pci_probe(struct lev_pci *pci, const struct lev_pci_host *host,
		  uint16_t function)
{
	struct lev_transport *t = &pci->transport;

	if (t->owner)
		return LEV_ERR_BUSY;
	*pci = (struct lev_pci){ .host = host, .addr = function };
	t->hal = host->hal;
	t->name = "pci";
	if (!identify(pci))
		return LEV_ERR_NODEV;
	bars_read(pci);
	/* It is told anew what it may do. */
	pci->command &=
		(uint16_t) ~(LEV_PCI_COMMAND_MASTER | LEV_PCI_COMMAND_NOINTX);
	if (!modern_find(pci) && !legacy_find(pci)) {
		lev_pci_log(host, "%x: no registers within reach", function);
		return LEV_ERR_NOTSUP;
	}
	lev_pci_command(pci, LEV_PCI_COMMAND_NOINTX);
	lev_pci_quiet(pci);
	return 0;
}
