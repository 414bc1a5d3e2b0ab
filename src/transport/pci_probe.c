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
	return lev_pci_read(pci, LEV_PCI_CFG_SUBSYSTEM, 2);
}

static bool identify(struct lev_pci *pci)
{
	if (lev_pci_read(pci, LEV_PCI_CFG_VENDOR, 2) != LEV_PCI_VENDOR_VIRTIO)
		return false;
	pci->pci_id = (uint16_t)lev_pci_read(pci, LEV_PCI_CFG_DEVICE, 2);
	if (pci->pci_id < LEV_PCI_DEVICE_TRANSITIONAL ||
	    pci->pci_id > LEV_PCI_DEVICE_LAST ||
	    (lev_pci_read(pci, LEV_PCI_CFG_HEADER, 1) & LEV_PCI_HEADER_TYPE) !=
		    LEV_PCI_HEADER_DEVICE)
		return false;
	pci->transport.device_id = device_type(pci);
	return pci->transport.device_id != 0;
}

/* --- its BARs --- */

/*
 * Their sizes are found out here, once; the device is not at work yet. Where
 * there is one that was placed, its space will be decoded.
 */
static void bars_read(struct lev_pci *pci)
{
	const unsigned spaces = LEV_PCI_COMMAND_IO | LEV_PCI_COMMAND_MEMORY;
	const uint32_t old = lev_pci_read(pci, LEV_PCI_CFG_COMMAND, 2);

	pci->command = (uint16_t)(old & ~(uint32_t)(LEV_PCI_COMMAND_MASTER |
						    LEV_PCI_COMMAND_NOINTX));
	lev_pci_write(pci, LEV_PCI_CFG_COMMAND, 2, old & ~spaces);
	for (unsigned i = 0; i < LEV_PCI_BARS; i++) {
		struct lev_pci_bar *bar = &pci->bars[i];

		lev_pci_bar_read(pci->host, pci->addr, i, LEV_PCI_BARS, bar);
		/* A BAR lies at a multiple of its length, or it lies. */
		if (!bar->len || (bar->addr & (bar->len - 1)))
			bar->addr = 0;
		if (bar->addr)
			pci->command |= bar->io ? LEV_PCI_COMMAND_IO
						: LEV_PCI_COMMAND_MEMORY;
		if (bar->wide)
			i++;
	}
	lev_pci_write(pci, LEV_PCI_CFG_COMMAND, 2, old);
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

	if (!b->addr)
		return LEV_ERR_NOTSUP;
	*reg = lev_pci_to_cpu(pci->host, b->io, b->addr + off, len, &space);
	if (hal->ops->io_map)
		return hal->ops->io_map(hal->ctx, space, *reg, len, reg);
	return space == LEV_IO_MEMORY ? 0 : LEV_ERR_NOTSUP;
}

/* --- its capabilities --- */

/*
 * A capability: two of its fields, and those of VirtIO's. Each is read once.
 * The walk along the list ends: it has room for so many, and no more.
 */
struct cap {
	unsigned left;	  /* steps that may follow */
	uint32_t at;	  /* 0: before the first */
	uint32_t word[4]; /* of the first only VirtIO's have more than two */
};

static unsigned cap_byte(const struct cap *c, unsigned off)
{
	return (c->word[off / 4] >> off % 4 * 8) & 0xff;
}

static void cap_begin(const struct lev_pci *pci, struct cap *c)
{
	const uint32_t status = lev_pci_read(pci, LEV_PCI_CFG_STATUS, 2);

	c->left = status & LEV_PCI_STATUS_CAPABILITIES ? CAPS_MAX : 0;
	c->word[0] = lev_pci_read(pci, LEV_PCI_CFG_CAPABILITIES, 1)
		     << 8 * LEV_PCI_CAP_NEXT;
}

static bool cap_next(const struct lev_pci *pci, struct cap *c)
{
	if (!c->left)
		return false;
	c->left--;
	c->at = cap_byte(c, LEV_PCI_CAP_NEXT) & 0xfc;
	if (c->at < LEV_PCI_CFG_CAPS_BEGIN)
		return false;
	c->word[0] = lev_pci_read(pci, c->at, 4);
	return true;
}

/* Is it one of VirtIO's, that ends where it may, and of a BAR there can be? */
static bool cap_virtio(const struct lev_pci *pci, struct cap *c)
{
	const unsigned len = cap_byte(c, LEV_PCI_VCAP_LEN);

	if (cap_byte(c, LEV_PCI_CAP_ID) != LEV_PCI_CAP_VENDOR ||
	    len < LEV_PCI_VCAP_SIZE || c->at + len > LEV_PCI_CFG_LEN)
		return false;
	for (unsigned i = 1; i < 4; i++)
		c->word[i] = lev_pci_read(pci, c->at + 4 * i, 4);
	return cap_byte(c, LEV_PCI_VCAP_BAR) < LEV_PCI_BARS;
}

/*
 * What a structure needs at least, and what is used of it at most (4.1.4). A
 * doorbell has up to four bytes, where 16 bits and the multiplier lead.
 */
struct structure {
	uint8_t cap_len, align, min;
	uint16_t max;
};

static const struct structure structures[] = {
	[LEV_PCI_VCAP_COMMON] = { LEV_PCI_VCAP_SIZE, 4, LEV_PCI_COMMON_MIN_LEN,
				  LEV_PCI_COMMON_RESET_LEN },
	[LEV_PCI_VCAP_NOTIFY] = { LEV_PCI_VCAP_NOTIFY_SIZE, 2, 2, 4 },
	[LEV_PCI_VCAP_ISR] = { LEV_PCI_VCAP_SIZE, 1, 1, 1 },
	[LEV_PCI_VCAP_DEVICE] = { LEV_PCI_VCAP_SIZE, 4, 1, MAP_MAX },
};

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

/* Does it make sense? */
static bool structure_valid(const struct lev_pci *pci, const struct cap *c)
{
	const struct structure *s = &structures[cap_byte(c, LEV_PCI_VCAP_TYPE)];
	const uint32_t off = c->word[LEV_PCI_VCAP_OFFSET / 4];
	const uint32_t len = c->word[LEV_PCI_VCAP_LENGTH / 4];

	return cap_byte(c, LEV_PCI_VCAP_LEN) >= s->cap_len &&
	       (off & (s->align - 1u)) == 0 && len >= s->min &&
	       lev_pci_bar_holds(pci, cap_byte(c, LEV_PCI_VCAP_BAR), off, len);
}

/* The first that can be reached is the one (4.1.4.1), as far as it is used. */
static void region_use(struct lev_pci *pci, const struct cap *c, bool by_window)
{
	const unsigned type = cap_byte(c, LEV_PCI_VCAP_TYPE);
	struct lev_pci_region *r = region_of(pci, type);
	struct lev_pci_region use = {
		.off = c->word[LEV_PCI_VCAP_OFFSET / 4],
		.len = c->word[LEV_PCI_VCAP_LENGTH / 4],
		.bar = (uint8_t)cap_byte(c, LEV_PCI_VCAP_BAR),
		.by_window = by_window,
	};
	uint64_t max;

	if (!r || r->len || !structure_valid(pci, c))
		return;
	max = structures[type].max;
	if (type == LEV_PCI_VCAP_NOTIFY) {
		pci->notify_multiplier =
			lev_pci_read(pci, c->at + LEV_PCI_VCAP_MULTIPLIER, 4);
		max += (uint64_t)pci->notify_multiplier * UINT16_MAX;
	}
	if (use.len > max)
		use.len = (uint32_t)max;
	/* The window knows offsets of 32 bits. */
	if (by_window ? use.len > UINT32_MAX - use.off
		      : lev_pci_map(pci, use.bar, use.off, use.len, &use.reg))
		return;
	*r = use;
}

static void msix_find(struct lev_pci *pci, const struct cap *c)
{
	if (cap_byte(c, LEV_PCI_CAP_ID) != LEV_PCI_CAP_MSIX || pci->msix_cap ||
	    c->at + LEV_PCI_MSIX_CAP_LEN > LEV_PCI_CFG_LEN)
		return;
	pci->msix_cap = (uint16_t)c->at;
	pci->msix_size = (c->word[0] >> 16 & LEV_PCI_MSIX_SIZE_MASK) + 1;
}

static void window_find(struct lev_pci *pci, const struct cap *c)
{
	if (cap_byte(c, LEV_PCI_VCAP_TYPE) == LEV_PCI_VCAP_PCI &&
	    cap_byte(c, LEV_PCI_VCAP_LEN) >= LEV_PCI_VCAP_PCI_SIZE &&
	    !pci->window_cap)
		pci->window_cap = (uint16_t)c->at;
}

static void regions_find(struct lev_pci *pci, bool by_window)
{
	struct cap c;

	cap_begin(pci, &c);
	while (cap_next(pci, &c)) {
		msix_find(pci, &c);
		if (!cap_virtio(pci, &c))
			continue;
		window_find(pci, &c);
		region_use(pci, &c, by_window);
	}
}

/* --- shared memory --- */

static uint64_t cap_read64(const struct lev_pci *pci, const struct cap *c,
			   unsigned low, unsigned high)
{
	return (uint64_t)lev_pci_read(pci, c->at + high, 4) << 32 |
	       c->word[low / 4];
}

/* Does it share what can be reached, wholly in a BAR? */
static bool shm_read(const struct lev_pci *pci, const struct cap *c,
		     struct lev_pci_shared *shm)
{
	const unsigned idx = cap_byte(c, LEV_PCI_VCAP_BAR);
	const struct lev_pci_bar *bar = &pci->bars[idx];
	enum lev_io_space space;
	uint64_t off, len;

	if (cap_byte(c, LEV_PCI_VCAP_TYPE) != LEV_PCI_VCAP_SHARED_MEMORY ||
	    cap_byte(c, LEV_PCI_VCAP_LEN) < LEV_PCI_VCAP64_SIZE)
		return false;
	off = cap_read64(pci, c, LEV_PCI_VCAP_OFFSET, LEV_PCI_VCAP_OFFSET_HIGH);
	len = cap_read64(pci, c, LEV_PCI_VCAP_LENGTH, LEV_PCI_VCAP_LENGTH_HIGH);
	if (!len || !lev_pci_bar_holds(pci, idx, off, len) || bar->io ||
	    !bar->addr)
		return false;
	shm->id = (uint8_t)cap_byte(c, LEV_PCI_VCAP_ID);
	shm->len = len;
	shm->addr =
		lev_pci_to_cpu(pci->host, false, bar->addr + off, len, &space);
	return true;
}

int lev_pci_shm(const struct lev_pci *pci, uint8_t id,
		struct lev_pci_shared *shm)
{
	struct cap c;

	cap_begin(pci, &c);
	while (cap_next(pci, &c))
		if (cap_virtio(pci, &c) &&
		    cap_byte(&c, LEV_PCI_VCAP_ID) == id &&
		    shm_read(pci, &c, shm))
			return 0;
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

	if (pci->pci_id >= LEV_PCI_DEVICE_MODERN || !pci->bars[0].io ||
	    r.len < LEV_PCI_LEGACY_CONFIG ||
	    lev_pci_map(pci, 0, 0, r.len, &r.reg))
		return false;
	pci->common = pci->isr = r;
	pci->isr.reg += LEV_PCI_LEGACY_ISR;
	pci->isr.len = 1;
	pci->notify = (struct lev_pci_region){ 0 };
	t->version = 1;
	t->legacy = t->queue_fixed = true;
	t->queue_max = ((lev_paddr)UINT32_MAX << LEV_PCI_LEGACY_PAGE_SHIFT) +
		       (1u << LEV_PCI_LEGACY_PAGE_SHIFT) - 1;
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
	if (!modern_find(pci) && !legacy_find(pci)) {
		lev_pci_log(host, "function 0x%x: no registers within reach",
			    function);
		return LEV_ERR_NOTSUP;
	}
	lev_pci_command(pci, LEV_PCI_COMMAND_NOINTX);
	lev_pci_quiet(pci);
	return 0;
}
