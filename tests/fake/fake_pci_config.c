/* SPDX-License-Identifier: MIT */
/*
 * Configuration spaces: who has which, by the bridges' numbers; what a driver
 * may read and write in them; and the window into BARs that VirtIO has there
 * (standard 4.1.4.9).
 */
#include "fake_pci_int.h"

/* Bytes of a capability that have a meaning; it may say that it has more. */
enum { KNOWN_LEN = 24 };

/* --- whose? --- */

static bool bus_behind(const struct fake_pci_function *f, unsigned bus)
{
	return f->is_bridge && !f->absent && f->cfg[CFG_SECONDARY] &&
	       bus >= f->cfg[CFG_SECONDARY] && bus <= f->cfg[CFG_SUBORDINATE];
}

static struct fake_pci_function *find_on(struct fake_pci *host,
					 const struct fake_pci_function *bridge,
					 unsigned devfn)
{
	for (unsigned i = 0; i < host->count; i++) {
		struct fake_pci_function *f = host->functions[i];

		if (f->bridge == bridge && f->devfn == devfn)
			return f;
	}
	return NULL;
}

/* The bridge on this bus that takes what goes to another bus. */
static struct fake_pci_function *
find_bridge(struct fake_pci *host, const struct fake_pci_function *bridge,
	    unsigned bus)
{
	for (unsigned i = 0; i < host->count; i++) {
		struct fake_pci_function *f = host->functions[i];

		if (f->bridge == bridge && bus_behind(f, bus))
			return f;
	}
	return NULL;
}

static struct fake_pci_function *find(struct fake_pci *host, uint16_t addr)
{
	const struct fake_pci_function *bridge = NULL;
	unsigned bus = addr >> 8;

	if (bus == host->bus_first)
		return find_on(host, NULL, addr & 0xff);
	do {
		bridge = find_bridge(host, bridge, bus);
	} while (bridge && bridge->cfg[CFG_SECONDARY] != bus);
	return bridge ? find_on(host, bridge, addr & 0xff) : NULL;
}

/* --- the window --- */

struct cover {
	uint32_t off, len;
	uint8_t bar;
	bool found;
};

static void cover_look(const struct fake_cap *cap, void *arg)
{
	struct cover *cover = arg;

	cover->found |= cap->type != FAKE_CAP_WINDOW &&
			cap->bar == cover->bar && cover->off >= cap->off &&
			(uint64_t)cover->off + cover->len <=
				(uint64_t)cap->off + cap->length;
}

/* What the window is set to, if it may be used like that. */
static bool window_set(struct fake_pci_function *f, unsigned cap,
		       unsigned width, struct cover *cover)
{
	const uint8_t *bytes = f->cfg + cap;
	bool known;

	cover->bar = bytes[4];
	cover->off = fake_get32(bytes + 8);
	cover->len = fake_get32(bytes + 12);
	known = cover->len == 1 || cover->len == 2 || cover->len == 4;
	fake_pci_check(f, known && width == cover->len, "PCI-CFGACC-02",
		       "the window's length", cover->len);
	if (!known)
		return false;
	fake_pci_check(f, cover->off % cover->len == 0, "PCI-CFGACC-01",
		       "the window's offset", cover->off);
	fake_pci_caps(f, cover_look, cover);
	return fake_pci_check(f, cover->found, "PCI-CFGACC-03",
			      "the window looks at no structure", cover->off);
}

static bool is_data(unsigned cap, uint32_t off)
{
	return cap && off >= cap + 16 && off < cap + 20;
}

/* Reads and writes of the data go on to the BAR. */
static bool window_read(struct fake_pci_function *f, uint32_t off,
			unsigned width, uint32_t *value)
{
	unsigned cap = fake_pci_cap(f, FAKE_CAP_WINDOW);
	struct cover cover = { 0 };

	if (!is_data(cap, off))
		return false;
	*value = UINT32_MAX >> (32 - 8 * width);
	if (window_set(f, cap, width, &cover))
		*value = fake_pci_bar_read(f, cover.bar, cover.off, cover.len);
	return true;
}

static bool window_write(struct fake_pci_function *f, uint32_t off,
			 unsigned width, uint32_t value)
{
	unsigned cap = fake_pci_cap(f, FAKE_CAP_WINDOW);
	struct cover cover = { 0 };

	if (!is_data(cap, off))
		return false;
	if (window_set(f, cap, width, &cover))
		fake_pci_bar_write(f, cover.bar, cover.off, cover.len, value);
	return true;
}

/* --- reads --- */

struct touch {
	struct fake_pci_function *f;
	uint32_t off;
	unsigned width;
	bool write;
};

static bool touches(const struct touch *touch, unsigned from, unsigned to)
{
	return touch->off < to && touch->off + touch->width > from;
}

/* A vendor's own: to read it does no harm, to write it is to use it. */
static void vendor_look(const struct touch *touch, const struct fake_cap *cap)
{
	struct fake_pci_function *f = touch->f;

	if (!touches(touch, cap->at + 4, cap->at + cap->len))
		return;
	if (!touch->write) {
		f->vendor_read |= touches(touch, cap->at + 4, cap->at + 6);
		return;
	}
	fake_pci_check(f, f->vendor_read, "PCI-VNDR-02",
		       "written before vendor_id was read", touch->off);
	fake_pci_check(f, false, "PCI-VNDR-01", "used for more than reports",
		       touch->off);
}

static void read_look(const struct fake_cap *cap, void *arg)
{
	if (cap->type == FAKE_CAP_VENDOR)
		vendor_look(arg, cap);
}

static bool access_ok(struct fake_pci *host, uint16_t addr, uint32_t off,
		      unsigned width)
{
	uint32_t end = 4096;

	return fake_check(host->port,
			  (width == 1 || width == 2 || width == 4) &&
				  off % width == 0 && off < end,
			  "X-PCI-12", "function %#x: offset %#x width %u", addr,
			  off, width);
}

static uint32_t bytes_get(const uint8_t *bytes, unsigned width)
{
	uint32_t value = 0;

	for (unsigned i = width; i-- > 0;)
		value = value << 8 | bytes[i];
	return value;
}

uint32_t fake_pci_config_read(struct fake_pci *host, uint16_t addr,
			      uint32_t off, unsigned width)
{
	struct fake_pci_function *f = find(host, addr);
	uint32_t value;

	host->config_reads++;
	if (!access_ok(host, addr, off, width) || !f || !fake_pci_alive(f))
		return UINT32_MAX >> (32 - 8 * (width & 7));
	if (window_read(f, off, width, &value))
		return value;
	fake_pci_caps(f, read_look, &(struct touch){ f, off, width, false });
	f->caps_read |= off <= CFG_CAPS && off + width > CFG_CAPS;
	return bytes_get(f->cfg + off, width);
}

/* --- writes --- */

static bool is_bar(const struct fake_pci_function *f, uint32_t off)
{
	return off >= CFG_BARS && off < CFG_BARS + (f->is_bridge ? 8 : 24);
}

/* Who sizes a BAR writes to bits that are none. */
static bool may_be_lossy(const struct fake_pci_function *f, uint32_t off)
{
	return is_bar(f, off) ||
	       (f->is_bridge && off >= CFG_PRIMARY && off < CFG_CAPS);
}

static void check_bar_write(struct fake_pci_function *f, uint32_t off)
{
	unsigned bar = (off - CFG_BARS) / 4;
	unsigned need;

	if (f->is_bridge || !is_bar(f, off))
		return;
	if (bar && !f->bars[bar].len &&
	    (f->bars[bar - 1].flags & FAKE_BAR_WIDE))
		bar--;
	need = f->bars[bar].flags & FAKE_BAR_IO ? FAKE_PCI_IO : FAKE_PCI_MEMORY;
	fake_pci_check(f, !(fake_pci_command(f) & need), "X-PCI-10",
		       "a BAR written while it is decoded", bar);
}

static bool all_writable(const struct fake_pci_function *f, uint32_t off,
			 unsigned width)
{
	bool all = true;

	for (unsigned i = 0; i < width; i++)
		all &= f->mask[off + i] == 0xff;
	return all;
}

static void write_look(const struct fake_cap *cap, void *arg)
{
	const struct touch *touch = arg;
	unsigned len = cap->len < KNOWN_LEN ? cap->len : KNOWN_LEN;

	if (!touches(touch, cap->at, cap->at + len))
		return;
	fake_pci_check(
		touch->f, all_writable(touch->f, touch->off, touch->width),
		"PCI-CAP-08", "a capability's field was written", touch->off);
	if (cap->type == FAKE_CAP_VENDOR)
		vendor_look(touch, cap);
}

static void check_read_only(struct fake_pci_function *f, uint32_t off,
			    unsigned width, uint32_t value)
{
	bool kept = true;

	for (unsigned i = 0; i < width; i++) {
		uint8_t byte = (uint8_t)(value >> 8 * i);
		uint8_t fixed = (uint8_t)~f->mask[off + i];
		bool status = (off + i) >> 1 == CFG_STATUS >> 1;

		if (status) /* bits are cleared by a 1 */
			kept &= !byte;
		else if (!may_be_lossy(f, off + i))
			kept &= !((byte ^ f->cfg[off + i]) & fixed);
	}
	fake_pci_check(f, kept, "X-PCI-11", "read-only bits were written", off);
}

static void store(struct fake_pci_function *f, uint32_t off, unsigned width,
		  uint32_t value)
{
	for (unsigned i = 0; i < width; i++) {
		uint8_t mask = f->mask[off + i];
		uint8_t byte = (uint8_t)(value >> 8 * i);

		f->cfg[off + i] =
			(uint8_t)((f->cfg[off + i] & ~mask) | (byte & mask));
	}
}

void fake_pci_config_write(struct fake_pci *host, uint16_t addr, uint32_t off,
			   unsigned width, uint32_t value)
{
	struct fake_pci_function *f = find(host, addr);

	host->config_writes++;
	if (!access_ok(host, addr, off, width) || !f || !fake_pci_alive(f) ||
	    window_write(f, off, width, value))
		return;
	check_bar_write(f, off);
	fake_pci_caps(f, write_look, &(struct touch){ f, off, width, true });
	check_read_only(f, off, width, value);
	store(f, off, width, value);
	fake_pci_update(f);
}
