/* SPDX-License-Identifier: MIT */
/*
 * All functions behind a host bridge: found, and given numbers and addresses
 * where nobody did that before. See lev_pci_scan in levitate/pci.h.
 *
 * Three walks over the tree. The first looks at what firmware, or an earlier
 * scan, has numbered and placed. The second numbers and places the rest, behind
 * all that: a bridge is given the next bus number, and of each window what the
 * functions behind it came to need. A bridge behind which nothing is placed
 * keeps its number alone: a device may be new there. The third tells the
 * caller. No walk enters a bus twice, so that each ends whatever bridges
 * answer.
 */
#include "pci_priv.h"

enum { DEPTH = 8, BUSES = 256 };

/* The windows of a host, and the ranges that a bridge forwards of them. */
enum { IO, MEMORY, MEMORY64, WINDOWS };

/* Where a walk stands: a bus at each level. */
struct level {
	unsigned bus;
	unsigned next; /* device << 3 | function to look at; 256: no more */
	bool multi;    /* the device has more functions than 0 */
	bool ours;     /* what is here may be placed */
	bool kept;     /* with the numbers that its bridge had before */
	bool reach[WINDOWS]; /* can be forwarded to here */
	uint16_t bridge; /* that leads here; there is none to the first bus */
	uint64_t used[WINDOWS]; /* of the windows, when it was entered */
};

struct scan {
	struct lev_pci_host *host;
	lev_pci_found_fn found;
	void *ctx;
	int count;
	unsigned bus_max;	 /* the highest number in use */
	uint8_t seen[BUSES / 8]; /* by this walk */
	uint8_t full[BUSES / 8]; /* something is placed there or behind it */
	unsigned depth;
	struct level levels[DEPTH];
};

/* What a walk does. enter: may it go over this bridge? */
struct walk {
	void (*function)(struct scan *s, uint16_t function);
	bool (*enter)(struct scan *s, uint16_t bridge, struct level *below);
	void (*leave)(struct scan *s, const struct level *below);
};

static uint32_t read(const struct scan *s, uint16_t function, uint32_t off,
		     unsigned width)
{
	return lev_pci_config_read(s->host, function, off, width);
}

static void write(const struct scan *s, uint16_t function, uint32_t off,
		  unsigned width, uint32_t value)
{
	lev_pci_config_write(s->host, function, off, width, value);
}

/* --- walking --- */

/* The next function of the bus; false when there is none left. */
static bool bus_next(struct scan *s, uint16_t *function)
{
	struct level *l = &s->levels[s->depth];

	while (l->next < 256) {
		const uint16_t at = (uint16_t)(l->bus << 8 | l->next);
		const uint32_t vendor = read(s, at, LEV_PCI_CFG_VENDOR, 2);
		const bool there = vendor != 0xffff && vendor != 0;

		if (!(l->next & 7))
			l->multi =
				there && (read(s, at, LEV_PCI_CFG_HEADER, 1) &
					  LEV_PCI_HEADER_MULTI);
		l->next += l->multi ? 1 : 8;
		*function = at;
		if (there)
			return true;
	}
	return false;
}

static bool is_bridge(const struct scan *s, uint16_t function)
{
	return (read(s, function, LEV_PCI_CFG_HEADER, 1) &
		LEV_PCI_HEADER_TYPE) == LEV_PCI_HEADER_BRIDGE;
}

static unsigned secondary(const struct scan *s, uint16_t bridge)
{
	return read(s, bridge, LEV_PCI_BRIDGE_SECONDARY, 1);
}

static bool bus_in(const uint8_t *set, unsigned bus)
{
	return set[bus / 8] >> bus % 8 & 1;
}

/* Returns whether it was in before. */
static bool bus_add(uint8_t *set, unsigned bus)
{
	const bool was = bus_in(set, bus);

	set[bus / 8] = (uint8_t)(set[bus / 8] | 1u << bus % 8);
	return was;
}

static void bus_enter(struct scan *s, const struct walk *walk, uint16_t bridge)
{
	struct level below = { .bridge = bridge };

	if (s->depth + 1 == DEPTH) {
		lev_pci_log(s->host, "bridge 0x%x: too many above it", bridge);
		return;
	}
	if (!walk->enter(s, bridge, &below))
		return;
	below.bus = secondary(s, bridge);
	if (below.bus <= s->host->bus_first || below.bus > s->host->bus_last ||
	    bus_add(s->seen, below.bus))
		return;
	s->levels[++s->depth] = below;
}

static void walk_all(struct scan *s, const struct walk *walk)
{
	uint16_t function;

	__builtin_memset(s->seen, 0, sizeof(s->seen));
	s->depth = 0;
	s->levels[0] = (struct level){ .bus = s->host->bus_first,
				       .ours = true,
				       .reach = { true, true, true } };
	for (;;) {
		if (bus_next(s, &function)) {
			walk->function(s, function);
			if (is_bridge(s, function))
				bus_enter(s, walk, function);
		} else if (s->depth) {
			s->depth--;
			if (walk->leave)
				walk->leave(s, &s->levels[s->depth + 1]);
		} else {
			return;
		}
	}
}

/* --- windows --- */

static struct lev_pci_window *window(const struct scan *s, unsigned kind)
{
	struct lev_pci_host *host = s->host;

	return kind == IO ? &host->io
			  : (kind == MEMORY ? &host->memory : &host->memory64);
}

/* Nothing new is placed in the window below the end of what lies at addr. */
static void window_mark(struct lev_pci_window *w, uint64_t addr, uint64_t len)
{
	const uint64_t before = addr < w->addr ? w->addr - addr : 0;
	const uint64_t at = addr + before - w->addr;
	uint64_t end;

	if (before >= len || at >= w->len)
		return;
	len -= before;
	end = len > w->len - at ? w->len : at + len;
	if (w->used < end)
		w->used = end;
}

static void window_use(const struct scan *s, bool io, uint64_t addr,
		       uint64_t len)
{
	if (io) {
		window_mark(window(s, IO), addr, len);
		return;
	}
	window_mark(window(s, MEMORY), addr, len);
	window_mark(window(s, MEMORY64), addr, len);
}

/* Go on at a multiple of align, a power of two. False: there is none. */
static bool window_align(struct lev_pci_window *w, uint64_t align)
{
	const uint64_t at = w->addr + w->used;
	const uint64_t next = (at + align - 1) & ~(align - 1);

	if (next < at || next - w->addr > w->len)
		return false;
	w->used = next - w->addr;
	return true;
}

/* Take len bytes, at a multiple of len that is not 0: that would be none. */
static bool window_take(struct lev_pci_window *w, uint64_t len, uint64_t *addr)
{
	const uint64_t used = w->used;

	if (w->addr + used == 0)
		w->used = 1;
	if (window_align(w, len) && len <= w->len - w->used) {
		*addr = w->addr + w->used;
		w->used += len;
		return true;
	}
	w->used = used;
	return false;
}

/* --- BARs --- */

/* What a walk does with a BAR that there is. command: the function's. */
typedef void (*bar_fn)(struct scan *s, uint16_t function, unsigned idx,
		       const struct lev_pci_bar *bar, unsigned command);

static unsigned bar_count(const struct scan *s, uint16_t function)
{
	switch (read(s, function, LEV_PCI_CFG_HEADER, 1) &
		LEV_PCI_HEADER_TYPE) {
	case LEV_PCI_HEADER_DEVICE:
		return LEV_PCI_BARS;
	case LEV_PCI_HEADER_BRIDGE:
		return LEV_PCI_BRIDGE_BARS;
	default:
		return 0;
	}
}

static void bars_each(struct scan *s, uint16_t function, bar_fn visit)
{
	const unsigned decode = LEV_PCI_COMMAND_IO | LEV_PCI_COMMAND_MEMORY;
	const unsigned command = read(s, function, LEV_PCI_CFG_COMMAND, 2);
	const unsigned count = bar_count(s, function);
	struct lev_pci_bar bar;

	write(s, function, LEV_PCI_CFG_COMMAND, 2, command & ~decode);
	for (unsigned i = 0; i < count; i += bar.wide ? 2 : 1) {
		lev_pci_bar_read(s->host, function, i, count, &bar);
		if (bar.len)
			visit(s, function, i, &bar, command);
	}
	write(s, function, LEV_PCI_CFG_COMMAND, 2, command);
}

/* Has firmware placed it? An address that is not forwarded is none. */
static bool bar_placed(const struct scan *s, const struct lev_pci_bar *bar,
		       unsigned command)
{
	if (bar->addr == 0)
		return false;
	if (command & (bar->io ? LEV_PCI_COMMAND_IO : LEV_PCI_COMMAND_MEMORY))
		return true;
	for (unsigned kind = bar->io ? IO : MEMORY;
	     kind < (bar->io ? MEMORY : WINDOWS); kind++)
		if (bar->addr - window(s, kind)->addr < window(s, kind)->len)
			return true;
	return false;
}

/* --- what a bridge forwards --- */

/*
 * Registers of the first and the last address, for each window. The upper bits
 * of an address are in the lower register, from its fifth bit on; what lies
 * above these is in a register twice as wide, where the lowest bit of the first
 * says that there is one.
 */
static const struct range {
	uint8_t base, limit, width, base_high, limit_high;
	uint32_t piece; /* size of what can be told apart */
} ranges[WINDOWS] = {
	[IO] = { LEV_PCI_BRIDGE_IO_BASE, LEV_PCI_BRIDGE_IO_LIMIT, 1,
		 LEV_PCI_BRIDGE_IO_BASE_HIGH, LEV_PCI_BRIDGE_IO_LIMIT_HIGH,
		 0x1000 },
	[MEMORY] = { LEV_PCI_BRIDGE_MEMORY_BASE, LEV_PCI_BRIDGE_MEMORY_LIMIT, 2,
		     0, 0, 0x100000 },
	[MEMORY64] = { LEV_PCI_BRIDGE_PREFETCH_BASE,
		       LEV_PCI_BRIDGE_PREFETCH_LIMIT, 2,
		       LEV_PCI_BRIDGE_PREFETCH_BASE_HIGH,
		       LEV_PCI_BRIDGE_PREFETCH_LIMIT_HIGH, 0x100000 },
};

static uint32_t range_mask(const struct range *r)
{
	return r->width == 1 ? 0xf0 : 0xfff0;
}

/* Does this range know addresses of more bits than the low ones? */
static bool range_wide(const struct scan *s, uint16_t bridge,
		       const struct range *r)
{
	return r->base_high && (read(s, bridge, r->base, r->width) & 0xf) == 1;
}

static uint64_t range_read(const struct scan *s, uint16_t bridge,
			   const struct range *r, uint32_t low, uint32_t high)
{
	uint64_t addr =
		(uint64_t)(read(s, bridge, low, r->width) & range_mask(r))
		<< 8 * r->width;

	if (range_wide(s, bridge, r))
		addr |= (uint64_t)read(s, bridge, high, 2u * r->width)
			<< 16 * r->width;
	return addr;
}

static void range_write(const struct scan *s, uint16_t bridge,
			const struct range *r, uint32_t low, uint32_t high,
			uint64_t addr)
{
	write(s, bridge, low, r->width,
	      (uint32_t)(addr >> 8 * r->width) & range_mask(r));
	if (range_wide(s, bridge, r))
		write(s, bridge, high, 2u * r->width,
		      (uint32_t)(addr >> 16 * r->width) &
			      UINT32_MAX >> (32 - 16 * r->width));
}

/* --- the first walk: what is there --- */

static void survey_bar(struct scan *s, uint16_t function, unsigned idx,
		       const struct lev_pci_bar *bar, unsigned command)
{
	(void)function;
	(void)idx;
	if (!bar_placed(s, bar, command))
		return;
	window_use(s, bar->io, bar->addr, bar->len);
	for (unsigned i = s->depth; i; i--)
		(void)bus_add(s->full, s->levels[i].bus);
}

static void survey_function(struct scan *s, uint16_t function)
{
	bars_each(s, function, survey_bar);
}

static bool survey_enter(struct scan *s, uint16_t bridge, struct level *below)
{
	const unsigned first = secondary(s, bridge);
	const unsigned last = read(s, bridge, LEV_PCI_BRIDGE_SUBORDINATE, 1);

	(void)below;
	if (!first)
		return false;
	if (s->bus_max < first)
		s->bus_max = first;
	if (s->bus_max < last)
		s->bus_max = last;
	return true;
}

/* If something is placed there, all that is forwarded is in use. */
static void survey_leave(struct scan *s, const struct level *below)
{
	const uint16_t bridge = below->bridge;

	if (!bus_in(s->full, below->bus))
		return;
	for (unsigned kind = 0; kind < WINDOWS; kind++) {
		const struct range *r = &ranges[kind];
		const uint64_t base =
			range_read(s, bridge, r, r->base, r->base_high);
		const uint64_t limit =
			range_read(s, bridge, r, r->limit, r->limit_high);

		/* One from 0 to 0 may be none, or the first piece of I/O. */
		if (limit >= base)
			window_use(s, kind == IO, base,
				   limit - base + r->piece);
	}
}

static const struct walk survey = { survey_function, survey_enter,
				    survey_leave };

/* --- the second: numbers and places --- */

/*
 * This scan has numbered the bridge that leads here: what the functions behind
 * it say of numbers and addresses was for another place, or for none.
 */
static bool is_new(const struct scan *s)
{
	return s->depth && !s->levels[s->depth].kept;
}

/*
 * Behind a bridge that was at work before there is no room: what it forwards
 * stays as it is. Only what is prefetchable may lie in a range of 64 bits.
 */
static bool bar_take(struct scan *s, const struct lev_pci_bar *bar,
		     uint64_t *addr)
{
	const struct level *l = &s->levels[s->depth];

	if (bar->io)
		return l->reach[IO] &&
		       window_take(&s->host->io, bar->len, addr);
	if (l->reach[MEMORY] && window_take(&s->host->memory, bar->len, addr))
		return true;
	return bar->wide && l->reach[MEMORY64] &&
	       (bar->prefetch || !s->depth) &&
	       window_take(&s->host->memory64, bar->len, addr);
}

static void place_bar(struct scan *s, uint16_t function, unsigned idx,
		      const struct lev_pci_bar *bar, unsigned command)
{
	const uint32_t off = LEV_PCI_CFG_BAR + 4 * idx;
	uint64_t addr = is_new(s) ? 0 : bar->addr;

	if (addr && bar_placed(s, bar, command))
		return;
	if (!bar_take(s, bar, &addr))
		lev_pci_log(s->host,
			    "function 0x%x, BAR %u: no room for 0x%llx bytes",
			    function, idx, (unsigned long long)bar->len);
	write(s, function, off, 4, (uint32_t)addr);
	if (bar->wide)
		write(s, function, off + 4, 4, (uint32_t)(addr >> 32));
}

static void place_function(struct scan *s, uint16_t function)
{
	bars_each(s, function, place_bar);
}

/*
 * A bridge that nobody has numbered gets the next number, and all above it
 * until it is known how many there are; but not behind one whose numbers are
 * known.
 */
static bool place_number(struct scan *s, uint16_t bridge)
{
	const struct level *l = &s->levels[s->depth];

	if (!l->ours || l->kept || s->bus_max >= s->host->bus_last) {
		lev_pci_log(s->host, "bridge 0x%x: no bus number for it",
			    bridge);
		return false;
	}
	write(s, bridge, LEV_PCI_BRIDGE_PRIMARY, 1, l->bus);
	write(s, bridge, LEV_PCI_BRIDGE_SECONDARY, 1, ++s->bus_max);
	write(s, bridge, LEV_PCI_BRIDGE_SUBORDINATE, 1, s->host->bus_last);
	return true;
}

/* A narrow range may be there or not, of what is prefetchable. */
static bool range_reaches(const struct scan *s, uint16_t bridge, unsigned kind)
{
	const struct lev_pci_window *w = window(s, kind);
	const struct range *r = &ranges[kind];

	return range_wide(s, bridge, r) ||
	       (kind != MEMORY64 &&
		w->addr + w->len <= (uint64_t)1 << 16 * r->width);
}

/* What is to be forwarded begins at the next piece of each window. */
static bool place_enter(struct scan *s, uint16_t bridge, struct level *below)
{
	const struct level *l = &s->levels[s->depth];
	const unsigned number = is_new(s) ? 0 : secondary(s, bridge);

	if (!number && !place_number(s, bridge))
		return false;
	below->kept = number != 0;
	below->ours = l->ours && !(number && bus_in(s->full, number));
	for (unsigned kind = 0; below->ours && kind < WINDOWS; kind++) {
		struct lev_pci_window *w = window(s, kind);

		below->reach[kind] =
			l->reach[kind] && range_reaches(s, bridge, kind);

		if (!window_align(w, ranges[kind].piece))
			w->used = w->len;
		below->used[kind] = w->used;
	}
	return true;
}

/* What the functions behind it took; a range that ends before it begins is
 * none. */
static void place_range(struct scan *s, const struct level *below,
			unsigned kind)
{
	const struct range *r = &ranges[kind];
	struct lev_pci_window *w = window(s, kind);
	uint64_t base = UINT64_MAX, limit = 0;

	if (w->used > below->used[kind]) {
		base = w->addr + below->used[kind];
		limit = w->addr + w->used - 1;
		if (!window_align(w, r->piece))
			w->used = w->len;
	}
	range_write(s, below->bridge, r, r->base, r->base_high, base);
	range_write(s, below->bridge, r, r->limit, r->limit_high, limit);
}

static void place_leave(struct scan *s, const struct level *below)
{
	unsigned command;

	if (!below->ours)
		return;
	if (!below->kept)
		write(s, below->bridge, LEV_PCI_BRIDGE_SUBORDINATE, 1,
		      s->bus_max);
	for (unsigned kind = 0; kind < WINDOWS; kind++)
		place_range(s, below, kind);
	command = read(s, below->bridge, LEV_PCI_CFG_COMMAND, 2);
	write(s, below->bridge, LEV_PCI_CFG_COMMAND, 2,
	      command | LEV_PCI_COMMAND_IO | LEV_PCI_COMMAND_MEMORY |
		      LEV_PCI_COMMAND_MASTER);
}

static const struct walk place = { place_function, place_enter, place_leave };

/* --- the third: who is there --- */

/* INTx of a device behind a bridge arrives at the bridge's, turned by the
 * device's number (PCI-to-PCI Bridge 9.1). */
static void find_root(const struct scan *s, struct lev_pci_function *f)
{
	f->root_addr = f->addr;
	f->root_pin = f->pin;
	for (unsigned i = s->depth; i; i--) {
		const unsigned device = f->root_addr >> 3 & 31;

		if (f->pin)
			f->root_pin =
				(uint8_t)((f->root_pin - 1 + device) % 4 + 1);
		f->root_addr = s->levels[i].bridge;
	}
}

static void report_function(struct scan *s, uint16_t function)
{
	struct lev_pci_function f = {
		.addr = function,
		.vendor = (uint16_t)read(s, function, LEV_PCI_CFG_VENDOR, 2),
		.device = (uint16_t)read(s, function, LEV_PCI_CFG_DEVICE, 2),
		.pin = (uint8_t)read(s, function, LEV_PCI_CFG_INTERRUPT_PIN, 1),
	};

	if (f.vendor != LEV_PCI_VENDOR_VIRTIO ||
	    f.device < LEV_PCI_DEVICE_TRANSITIONAL ||
	    f.device > LEV_PCI_DEVICE_LAST)
		return;
	if (f.pin > 4)
		f.pin = 0;
	find_root(s, &f);
	s->count++;
	s->found(s->ctx, &f);
}

static bool report_enter(struct scan *s, uint16_t bridge, struct level *below)
{
	(void)below;
	return secondary(s, bridge) != 0;
}

static const struct walk report = { report_function, report_enter, NULL };

/* --- all of it --- */

/* Does the window end at or below end, without a wrap? */
static bool window_valid(const struct lev_pci_window *w, uint64_t end)
{
	return w->addr <= end && w->len <= end - w->addr;
}

static bool windows_apart(const struct lev_pci_window *a,
			  const struct lev_pci_window *b)
{
	return !a->len || !b->len || a->addr + (a->len - 1) < b->addr ||
	       b->addr + (b->len - 1) < a->addr;
}

static bool host_valid(const struct lev_pci_host *host)
{
	const uint64_t below_4g = (uint64_t)1 << 32;

	return host->bus_first <= host->bus_last &&
	       window_valid(&host->io, below_4g) &&
	       window_valid(&host->memory, below_4g) &&
	       window_valid(&host->memory64, UINT64_MAX) &&
	       windows_apart(&host->memory, &host->memory64) &&
	       (host->access != LEV_PCI_OWN ||
		(host->config_read && host->config_write));
}

int lev_pci_scan(struct lev_pci_host *host, lev_pci_found_fn found, void *ctx)
{
	struct scan s = {
		.host = host,
		.found = found,
		.ctx = ctx,
		.bus_max = host->bus_first,
	};

	if (!host_valid(host))
		return LEV_ERR_INVAL;
	for (unsigned kind = 0; kind < WINDOWS; kind++)
		window(&s, kind)->used = 0;
	walk_all(&s, &survey);
	walk_all(&s, &place);
	walk_all(&s, &report);
	return s.count;
}
