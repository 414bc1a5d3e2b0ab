/* SPDX-License-Identifier: MIT */
/*
 * What is plugged into a PCI host: functions with their BARs and capabilities,
 * bridges; and a firmware that places it all.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_pci_int.h"

enum {
	CAP_LEN = 16,
	CAP_LEN_NOTIFY = 20,
	CAP_LEN_WINDOW = 20,
	CAP_LEN_64 = 24
};
enum { LEGACY_LEN = 0x80 };

/* PCI device IDs of transitional devices (4.1.2), by type. */
static const uint8_t transitional_ids[] = {
	[1] = 0x00, [2] = 0x01, [3] = 0x03, [4] = 0x05,
	[5] = 0x02, [8] = 0x04, [9] = 0x09,
};

/* --- BARs --- */

void fake_pci_bar(struct fake_pci_function *f, unsigned bar, uint64_t len,
		  unsigned flags)
{
	uint8_t *reg = f->cfg + CFG_BARS + 4 * bar;
	uint8_t *mask = f->mask + CFG_BARS + 4 * bar;
	uint64_t bits = len ? ~(len - 1) : 0;

	bits &= flags & FAKE_BAR_IO ? ~(uint64_t)3 : ~(uint64_t)15;
	f->bars[bar].len = len;
	f->bars[bar].flags = flags;
	fake_put32(reg, len ? flags : 0);
	fake_put32(mask, (uint32_t)bits);
	if (!(flags & FAKE_BAR_WIDE))
		return;
	fake_put32(reg + 4, 0);
	fake_put32(mask + 4, (uint32_t)(bits >> 32));
}

void fake_pci_bar_put(struct fake_pci_function *f, unsigned bar, uint64_t addr)
{
	uint8_t *reg = f->cfg + CFG_BARS + 4 * bar;

	fake_put32(reg, (uint32_t)addr | f->bars[bar].flags);
	if (f->bars[bar].flags & FAKE_BAR_WIDE)
		fake_put32(reg + 4, (uint32_t)(addr >> 32));
}

/* --- capabilities --- */

void fake_pci_caps(const struct fake_pci_function *f, fake_cap_fn fn, void *arg)
{
	unsigned at = f->cfg[CFG_CAPS] & 0xfc;

	for (unsigned i = 0; i < 48 && at >= CFG_CAPS_BEGIN; i++) {
		const uint8_t *bytes = f->cfg + at;
		const struct fake_cap cap = {
			.at = at,
			.len = bytes[2],
			.type = bytes[3],
			.bar = bytes[4],
			.off = fake_get32(bytes + 8),
			.length = fake_get32(bytes + 12),
		};

		if (bytes[0] == CAP_ID_VENDOR)
			fn(&cap, arg);
		at = bytes[1] & 0xfc;
	}
}

struct seek {
	unsigned type, at;
};

static void seek_type(const struct fake_cap *cap, void *arg)
{
	struct seek *seek = arg;

	if (cap->type == seek->type && !seek->at)
		seek->at = cap->at;
}

unsigned fake_pci_cap(const struct fake_pci_function *f, unsigned type)
{
	struct seek seek = { .type = type };

	fake_pci_caps(f, seek_type, &seek);
	return seek.at;
}

unsigned fake_pci_msix_cap(const struct fake_pci_function *f)
{
	unsigned at = f->cfg[CFG_CAPS] & 0xfc;

	for (unsigned i = 0; i < 48 && at >= CFG_CAPS_BEGIN; i++) {
		if (f->cfg[at] == CAP_ID_MSIX)
			return at;
		at = f->cfg[at + 1] & 0xfc;
	}
	return 0;
}

/* Room for one, on the list. */
static unsigned cap_new(struct fake_pci_function *f, bool first, uint8_t id,
			uint8_t len)
{
	unsigned at = f->caps_end;

	if (at + len > CFG_CAPS_END)
		abort();
	f->caps_end = (uint16_t)((at + len + 3) & ~3u);
	f->cfg[at] = id;
	if (first || !f->cfg[CFG_CAPS]) {
		f->cfg[at + 1] = f->cfg[CFG_CAPS];
		f->cfg[CFG_CAPS] = (uint8_t)at;
		if (f->cfg[at + 1])
			return at;
	} else {
		f->cfg[f->caps_last + 1] = (uint8_t)at;
	}
	f->caps_last = (uint16_t)at;
	f->cfg[CFG_STATUS] |= STATUS_CAPS;
	return at;
}

unsigned fake_pci_cap_add(struct fake_pci_function *f, bool first, uint8_t len,
			  uint8_t type, uint8_t bar, uint32_t off,
			  uint32_t length)
{
	unsigned at = cap_new(f, first, CAP_ID_VENDOR, len);

	f->cfg[at + 2] = len;
	f->cfg[at + 3] = type;
	f->cfg[at + 4] = bar;
	if (len < CAP_LEN)
		return at;
	fake_put32(f->cfg + at + 8, off);
	fake_put32(f->cfg + at + 12, length);
	return at;
}

void fake_pci_cap_drop(struct fake_pci_function *f, unsigned cap)
{
	unsigned at = CFG_CAPS - 1;

	while (f->cfg[at + 1] != cap && f->cfg[at + 1])
		at = f->cfg[at + 1];
	f->cfg[at + 1] = f->cfg[cap + 1];
	if (f->caps_last == cap && at >= CFG_CAPS_BEGIN)
		f->caps_last = (uint16_t)at;
}

void fake_pci_shm(struct fake_pci_function *f, uint8_t id, uint8_t bar,
		  uint64_t off, uint64_t len)
{
	unsigned at = fake_pci_cap_add(f, false, CAP_LEN_64, FAKE_CAP_SHM, bar,
				       (uint32_t)off, (uint32_t)len);

	f->cfg[at + 5] = id;
	fake_put32(f->cfg + at + 16, (uint32_t)(off >> 32));
	fake_put32(f->cfg + at + 20, (uint32_t)(len >> 32));
}

static struct fake_pci_place *place_of(struct fake_pci_function *f,
				       unsigned type)
{
	switch (type) {
	case FAKE_CAP_COMMON:
		return &f->common;
	case FAKE_CAP_NOTIFY:
		return &f->notify;
	case FAKE_CAP_ISR:
		return &f->isr;
	default:
		return &f->config;
	}
}

void fake_pci_move(struct fake_pci_function *f, unsigned type, uint8_t bar,
		   uint32_t off, uint32_t len)
{
	unsigned at = fake_pci_cap(f, type);

	*place_of(f, type) = (struct fake_pci_place){ bar, off, len };
	f->cfg[at + 4] = bar;
	fake_put32(f->cfg + at + 8, off);
	fake_put32(f->cfg + at + 12, len);
}

void fake_pci_msix_resize(struct fake_pci_function *f, unsigned size)
{
	uint8_t *cap = f->cfg + fake_pci_msix_cap(f);

	if (!size || size > FAKE_VECTORS)
		abort();
	f->msix_size = (uint16_t)size;
	f->msix.len = size * ENTRY_LEN;
	fake_put16(cap + 2, (uint16_t)(size - 1));
}

static void add_msix(struct fake_pci_function *f)
{
	unsigned at = cap_new(f, false, CAP_ID_MSIX, 12);

	fake_pci_bar(f, 1, 0x10000, FAKE_BAR_MEMORY);
	fake_put32(f->cfg + at + 4, 1);
	fake_put32(f->cfg + at + 8, 1 + 0x8000);
	f->mask[at + 3] = (MSIX_ENABLE | MSIX_MASKED) >> 8;
	f->msix.bar = 1;
	fake_pci_msix_resize(f, 8);
	for (unsigned i = 0; i < FAKE_VECTORS; i++)
		f->table[i * ENTRY_LEN + 12] = 1;
}

static void add_structure(struct fake_pci_function *f, unsigned type,
			  uint8_t cap_len, uint32_t off, uint32_t len)
{
	fake_pci_cap_add(f, false, cap_len, (uint8_t)type, 4, off, len);
	*place_of(f, type) = (struct fake_pci_place){ 4, off, len };
}

static void add_structures(struct fake_pci_function *f)
{
	unsigned at;

	fake_pci_bar(f, 4, 0x4000, FAKE_BAR_WIDE | FAKE_BAR_PREFETCH);
	add_structure(f, FAKE_CAP_COMMON, CAP_LEN, 0, 0x1000);
	add_structure(f, FAKE_CAP_ISR, CAP_LEN, 0x1000, 0x1000);
	if (f->dev->config_len)
		add_structure(f, FAKE_CAP_DEVICE, CAP_LEN, 0x2000, 0x1000);
	add_structure(f, FAKE_CAP_NOTIFY, CAP_LEN_NOTIFY, 0x3000, 0x1000);
	f->multiplier = 4;
	fake_put32(f->cfg + fake_pci_cap(f, FAKE_CAP_NOTIFY) + 16, 4);
	at = fake_pci_cap_add(f, false, CAP_LEN_WINDOW, FAKE_CAP_WINDOW, 0, 0,
			      0);
	f->mask[at + 4] = 0xff;
	memset(f->mask + at + 8, 0xff, 12);
}

/* --- functions --- */

static void identify(struct fake_pci_function *f, uint16_t device,
		     uint16_t subsystem, uint8_t revision)
{
	fake_put16(f->cfg + CFG_VENDOR, VENDOR_VIRTIO);
	fake_put16(f->cfg + CFG_DEVICE, device);
	fake_put16(f->cfg + CFG_SUBSYSTEM_VENDOR, VENDOR_VIRTIO);
	fake_put16(f->cfg + CFG_SUBSYSTEM, subsystem);
	f->cfg[CFG_REVISION] = revision;
	f->cfg[CFG_PIN] = 1;
}

static void identify_virtio(struct fake_pci_function *f, uint32_t type)
{
	uint16_t old = 0x10;

	if (type < sizeof(transitional_ids) &&
	    (transitional_ids[type] || type == 1))
		old = transitional_ids[type];
	if (f->kind == FAKE_PCI_MODERN)
		identify(f, (uint16_t)(0x1040 + type), 0x1100, 1);
	else
		identify(f, (uint16_t)(0x1000 + old), (uint16_t)type, 0);
}

static struct fake_pci_function *function_new(struct fake_pci *host,
					      struct fake_pci_function *bridge)
{
	struct fake_pci_function *f = fake_zalloc(sizeof(*f));
	unsigned *slot = bridge ? &bridge->next_slot : &host->next_slot;

	if (host->count == FAKE_PCI_FUNCTIONS || *slot == 32)
		abort();
	host->functions[host->count++] = f;
	f->host = host;
	f->bridge = bridge;
	f->devfn = (uint8_t)((*slot)++ << 3);
	f->caps_end = CFG_CAPS_BEGIN;
	f->mask[CFG_COMMAND] = 0x47;
	f->mask[CFG_COMMAND + 1] = 0x05;
	f->mask[CFG_LINE] = 0xff;
	f->vectors_max = FAKE_VECTORS;
	f->config_vector = FAKE_NO_VECTOR;
	for (unsigned i = 0; i < 8; i++) {
		f->notify_off[i] = (uint16_t)i;
		f->notif_data[i] = (uint16_t)(0x100 + i);
		f->queue_vector[i] = FAKE_NO_VECTOR;
	}
	return f;
}

struct fake_pci_function *fake_pci_plug(struct fake_pci *host,
					struct fake_pci_function *bridge,
					struct fake_dev *dev,
					enum fake_pci_kind kind)
{
	struct fake_pci_function *f = function_new(host, bridge);

	if ((kind == FAKE_PCI_LEGACY) != (dev->version == 1))
		abort();
	f->dev = dev;
	f->kind = kind;
	dev->cookie = 0;
	dev->bus = &fake_pci_bus;
	dev->pci = f;
	identify_virtio(f, dev->id);
	if (kind != FAKE_PCI_MODERN)
		fake_pci_bar(f, 0, LEGACY_LEN, FAKE_BAR_IO);
	if (kind != FAKE_PCI_LEGACY)
		add_structures(f);
	add_msix(f);
	return f;
}

struct fake_pci_function *fake_pci_other(struct fake_pci *host,
					 struct fake_pci_function *bridge)
{
	struct fake_pci_function *f = function_new(host, bridge);

	fake_put16(f->cfg + CFG_VENDOR, 0x8086);
	fake_put16(f->cfg + CFG_DEVICE, 0x1041);
	return f;
}

struct fake_pci_function *fake_pci_bridge(struct fake_pci *host,
					  struct fake_pci_function *bridge)
{
	struct fake_pci_function *f = function_new(host, bridge);

	f->is_bridge = true;
	fake_put16(f->cfg + CFG_VENDOR, 0x1b36);
	fake_put16(f->cfg + CFG_DEVICE, 0x0001);
	f->cfg[CFG_HEADER] = 1;
	memset(f->mask + CFG_PRIMARY, 0xff, 3);
	/* 32-bit I/O and 64-bit prefetchable windows, all closed. */
	for (unsigned i = 0; i < 2; i++) {
		f->cfg[CFG_IO_BASE + i] = 1;
		f->mask[CFG_IO_BASE + i] = 0xf0;
		fake_put16(f->mask + CFG_MEMORY_BASE + 2 * i, 0xfff0);
		f->cfg[CFG_PREFETCH_BASE + 2 * i] = 1;
		fake_put16(f->mask + CFG_PREFETCH_BASE + 2 * i, 0xfff0);
	}
	memset(f->mask + CFG_PREFETCH_BASE_HIGH, 0xff, 12);
	f->next_slot = 1;
	return f;
}

uint16_t fake_pci_addr(const struct fake_pci_function *f)
{
	unsigned bus =
		f->bridge ? f->bridge->cfg[CFG_SECONDARY] : f->host->bus_first;

	return (uint16_t)(bus << 8 | f->devfn);
}

/* --- firmware --- */

struct cursor {
	uint64_t io, memory, prefetch;
	unsigned bus;
};

static uint64_t up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}

static uint64_t *cursor_of(struct cursor *c, unsigned flags)
{
	if (flags & FAKE_BAR_IO)
		return &c->io;
	return flags & FAKE_BAR_WIDE ? &c->prefetch : &c->memory;
}

static void cursor_pass(const struct fake_pci_function *f, unsigned bar,
			struct cursor *c)
{
	uint64_t *at = cursor_of(c, f->bars[bar].flags);
	uint64_t end = fake_pci_bar_addr(f, bar) + f->bars[bar].len;

	if (f->bars[bar].len && fake_pci_bar_addr(f, bar) && end > *at)
		*at = end;
}

static void place_bars(struct fake_pci_function *f, struct cursor *c)
{
	for (unsigned bar = 0; bar < 6; bar++) {
		uint64_t *at = cursor_of(c, f->bars[bar].flags);
		uint64_t len = f->bars[bar].len;

		if (!len || fake_pci_bar_addr(f, bar))
			continue;
		*at = up(*at, len);
		fake_pci_bar_put(f, bar, *at);
		*at += len;
	}
}

static void cursor_align(struct cursor *c)
{
	c->io = up(c->io, 0x1000);
	c->memory = up(c->memory, 0x100000);
	c->prefetch = up(c->prefetch, 0x100000);
}

static void open_windows(uint8_t *cfg, const struct cursor *from,
			 const struct cursor *to)
{
	cfg[CFG_IO_BASE] = (uint8_t)(from->io >> 8 | 1);
	cfg[CFG_IO_LIMIT] = (uint8_t)((to->io - 1) >> 8 | 1);
	fake_put16(cfg + CFG_MEMORY_BASE, (uint16_t)(from->memory >> 16));
	fake_put16(cfg + CFG_MEMORY_LIMIT,
		   (uint16_t)((to->memory - 1) >> 16 & 0xfff0));
	fake_put16(cfg + CFG_PREFETCH_BASE,
		   (uint16_t)((from->prefetch >> 16 & 0xfff0) | 1));
	fake_put16(cfg + CFG_PREFETCH_LIMIT,
		   (uint16_t)(((to->prefetch - 1) >> 16 & 0xfff0) | 1));
	fake_put32(cfg + CFG_PREFETCH_BASE_HIGH,
		   (uint32_t)(from->prefetch >> 32));
	fake_put32(cfg + CFG_PREFETCH_LIMIT_HIGH,
		   (uint32_t)((to->prefetch - 1) >> 32));
	fake_put16(cfg + CFG_COMMAND,
		   FAKE_PCI_IO | FAKE_PCI_MEMORY | FAKE_PCI_MASTER);
}

static void place_bus(struct fake_pci *host, struct fake_pci_function *bridge,
		      unsigned bus, struct cursor *c)
{
	for (unsigned i = 0; i < host->count; i++) {
		struct fake_pci_function *f = host->functions[i];
		struct cursor from;

		if (f->bridge != bridge)
			continue;
		place_bars(f, c);
		if (!f->is_bridge)
			continue;
		cursor_align(c);
		from = *c;
		f->cfg[CFG_PRIMARY] = (uint8_t)bus;
		f->cfg[CFG_SECONDARY] = (uint8_t)++c->bus;
		place_bus(host, f, c->bus, c);
		f->cfg[CFG_SUBORDINATE] = (uint8_t)c->bus;
		cursor_align(c);
		open_windows(f->cfg, &from, c);
	}
}

void fake_pci_place(struct fake_pci *host)
{
	struct cursor c = {
		.io = host->io.addr + 0x1000,
		.memory = host->memory.addr,
		.prefetch = host->memory64.addr,
		.bus = host->bus_first,
	};

	/* Behind what is there already. */
	for (unsigned i = 0; i < host->count; i++) {
		for (unsigned bar = 0; bar < 6; bar++)
			cursor_pass(host->functions[i], bar, &c);
	}
	place_bus(host, NULL, host->bus_first, &c);
}
