/* SPDX-License-Identifier: MIT */
/*
 * The scan of a tree of PCI functions that is the input's: numbered and placed,
 * or not, or in part, or wrongly. Checked: what is written and when, that it
 * ends, and who is found. Of a tree that makes sense besides: what was placed
 * lies in a window, overlaps nothing, and is forwarded by all bridges above.
 */
#include <levitate/pci.h>
#include <levitate/wire/pci.h>

#include "fuzz.h"

enum { NODES = 10, HEADER = 0x40, DECODE = 3 };

/* Buses, functions of each, accesses of each, and walks: more are no walk. */
#define ACCESSES_MAX (256u * 256u * 64u * 3u)

struct node {
	const struct node *parent; /* a bridge; NULL: the host's */
	uint8_t devfn;
	bool bridge;
	uint8_t cfg[HEADER];
	uint32_t mask[LEV_PCI_BARS]; /* bits of a BAR that can be set */
	uint8_t bars_were[4 * LEV_PCI_BARS];
	uint32_t command_was;
};

/* An address range; its last byte is at last. */
struct span {
	uint64_t first, last;
	bool io;
};

struct tree {
	struct fuzz_port port;
	struct lev_pci_host host;
	struct node nodes[NODES];
	unsigned count;
	bool shifty;   /* it answers something else each time */
	bool sensible; /* nobody shares a number or has a BAR that is none */
	unsigned accesses;
	unsigned complaints; /* in the log */
	int found;
	uint8_t found_at[65536 / 8];
};

static uint32_t load(const uint8_t *at, unsigned width)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < width; i++)
		v |= (uint32_t)at[i] << 8 * i;
	return v;
}

static void store(uint8_t *at, unsigned width, uint32_t v)
{
	for (unsigned i = 0; i < width; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

/* --- configuration space --- */

static bool is_at(const struct tree *t, const struct node *n, uint16_t function)
{
	unsigned bus = t->host.bus_first;

	if (n->parent)
		bus = n->parent->cfg[LEV_PCI_BRIDGE_SECONDARY];
	/* A bridge without a number forwards nothing. */
	return bus == function >> 8 && n->devfn == (function & 0xff) &&
	       (bus || !n->parent);
}

static struct node *node_at(struct tree *t, uint16_t function)
{
	for (unsigned i = 0; i < t->count; i++)
		if (is_at(t, &t->nodes[i], function))
			return &t->nodes[i];
	return NULL;
}

static void check_access(struct tree *t, uint16_t function, uint32_t off,
			 unsigned width)
{
	FUZZ_CHECK(++t->accesses < ACCESSES_MAX);
	FUZZ_CHECK(function >> 8 >= t->host.bus_first &&
		   function >> 8 <= t->host.bus_last);
	FUZZ_CHECK(off % width == 0 && off + width <= HEADER);
}

static uint32_t config_read(void *ctx, uint16_t function, uint32_t off,
			    unsigned width)
{
	struct tree *t = ctx;
	const struct node *n = node_at(t, function);
	const uint32_t ones = UINT32_MAX >> (32 - 8 * width);

	check_access(t, function, off, width);
	if (t->shifty && fuzz_u8(&t->port.in) >= 0xe0)
		return fuzz_number(&t->port.in) & ones;
	return n ? load(n->cfg + off, width) : ones;
}

static unsigned bar_count(const struct node *n)
{
	return n->bridge ? LEV_PCI_BRIDGE_BARS : LEV_PCI_BARS;
}

static bool is_bar(uint32_t off)
{
	return off >= LEV_PCI_CFG_BAR &&
	       off < LEV_PCI_CFG_BAR + 4 * LEV_PCI_BARS;
}

/* Its decoding is off meanwhile. */
static void bar_write(const struct tree *t, struct node *n, uint32_t off,
		      uint32_t v)
{
	const unsigned idx = (off - LEV_PCI_CFG_BAR) / 4;
	const uint32_t mask = idx < bar_count(n) ? n->mask[idx] : 0;

	FUZZ_CHECK(t->shifty ||
		   !(load(n->cfg + LEV_PCI_CFG_COMMAND, 2) & DECODE));
	store(n->cfg + off, 4, (v & mask) | (load(n->cfg + off, 4) & ~mask));
}

/* A bridge's register, or none; the low bits of some say how wide they are. */
static void bridge_write(const struct tree *t, struct node *n, uint32_t off,
			 unsigned width, uint32_t v)
{
	uint32_t fixed = 0;

	FUZZ_CHECK(t->shifty || n->bridge);
	switch (off << 4 | width) {
	case LEV_PCI_BRIDGE_IO_BASE << 4 | 1:
	case LEV_PCI_BRIDGE_IO_LIMIT << 4 | 1:
	case LEV_PCI_BRIDGE_MEMORY_BASE << 4 | 2:
	case LEV_PCI_BRIDGE_MEMORY_LIMIT << 4 | 2:
	case LEV_PCI_BRIDGE_PREFETCH_BASE << 4 | 2:
	case LEV_PCI_BRIDGE_PREFETCH_LIMIT << 4 | 2:
		fixed = 0xf;
		break;
	case LEV_PCI_BRIDGE_PRIMARY << 4 | 1:
	case LEV_PCI_BRIDGE_SECONDARY << 4 | 1:
	case LEV_PCI_BRIDGE_SUBORDINATE << 4 | 1:
	case LEV_PCI_BRIDGE_IO_BASE_HIGH << 4 | 2:
	case LEV_PCI_BRIDGE_IO_LIMIT_HIGH << 4 | 2:
	case LEV_PCI_BRIDGE_PREFETCH_BASE_HIGH << 4 | 4:
	case LEV_PCI_BRIDGE_PREFETCH_LIMIT_HIGH << 4 | 4:
		break;
	default: /* a bridge that said it was none has more BARs */
		FUZZ_CHECK(t->shifty && width == 4 && is_bar(off));
		return;
	}
	if (n->bridge)
		store(n->cfg + off, width,
		      (v & ~fixed) | (load(n->cfg + off, width) & fixed));
}

static void config_write(void *ctx, uint16_t function, uint32_t off,
			 unsigned width, uint32_t v)
{
	struct tree *t = ctx;
	struct node *n = node_at(t, function);

	check_access(t, function, off, width);
	FUZZ_CHECK(v <= UINT32_MAX >> (32 - 8 * width));
	FUZZ_CHECK(n || t->shifty);
	if (!n)
		return;
	if (off == LEV_PCI_CFG_COMMAND && width == 2)
		store(n->cfg + off, 2, v);
	else if (width == 4 && is_bar(off) &&
		 off < LEV_PCI_CFG_BAR + 4 * bar_count(n))
		bar_write(t, n, off, v);
	else
		bridge_write(t, n, off, width, v);
}

/* --- a tree --- */

static uint32_t mostly(struct tree *t, uint32_t v)
{
	return fuzz_u8(&t->port.in) < 0xe0 ? v : fuzz_number(&t->port.in);
}

static void make_window(struct tree *t, struct lev_pci_window *w, uint64_t addr,
			uint64_t len)
{
	const uint8_t how = fuzz_u8(&t->port.in);

	w->addr = addr;
	w->len = len;
	if (how & 1)
		w->len >>= fuzz_below(&t->port.in, 32);
	if (how & 2)
		w->addr = (uint64_t)fuzz_u32(&t->port.in) << (how >> 3);
	if (how & 4)
		w->used = fuzz_u32(&t->port.in); /* of no meaning */
}

/* Of 16 bytes to 16 MiB; placed in a window, or anywhere, or not. */
static unsigned make_bar(struct tree *t, struct node *n, unsigned i)
{
	struct fuzz_input *in = &t->port.in;
	uint8_t *reg = n->cfg + LEV_PCI_CFG_BAR + 4 * i;
	const uint8_t how = fuzz_u8(in);
	const bool io = how & 1,
		   wide = !io && (how & 2) && i + 1 < bar_count(n);
	const struct lev_pci_window *w = io ? &t->host.io
					 : wide && how & 0x20
						 ? &t->host.memory64
						 : &t->host.memory;
	uint64_t addr = 0;

	if ((how & 0x1c) == 0)
		return 1; /* none */
	n->mask[i] = UINT32_MAX << ((how >> 2 & 7) * (io ? 1 : 3) + 3);
	if (how & 0x80)
		addr = w->addr + ((uint64_t)fuzz_u8(in) << fuzz_below(in, 24));
	store(reg, 4, (uint32_t)addr & n->mask[i]);
	store(reg, 4, load(reg, 4) | io | (wide ? LEV_PCI_BAR_TYPE_64 : 0));
	if (!io && how & 0x40)
		store(reg, 4, load(reg, 4) | LEV_PCI_BAR_PREFETCH);
	if (!wide)
		return 1;
	n->mask[i + 1] = UINT32_MAX;
	store(reg + 4, 4, (uint32_t)(addr >> 32));
	return 2;
}

static void make_bridge(struct tree *t, struct node *n)
{
	const uint8_t how = fuzz_u8(&t->port.in);
	uint8_t *cfg = n->cfg;

	cfg[LEV_PCI_BRIDGE_IO_BASE] = cfg[LEV_PCI_BRIDGE_IO_LIMIT] = how & 1;
	cfg[LEV_PCI_BRIDGE_PREFETCH_BASE] = how >> 1 & 1;
	cfg[LEV_PCI_BRIDGE_PREFETCH_LIMIT] = how >> 1 & 1;
	if (how & 4) {
		cfg[LEV_PCI_BRIDGE_SECONDARY] = fuzz_u8(&t->port.in);
		cfg[LEV_PCI_BRIDGE_SUBORDINATE] = fuzz_u8(&t->port.in);
	}
	if (how & 8) {
		store(cfg + LEV_PCI_BRIDGE_MEMORY_BASE, 2,
		      fuzz_u16(&t->port.in) & 0xfff0);
		store(cfg + LEV_PCI_BRIDGE_MEMORY_LIMIT, 2,
		      fuzz_u16(&t->port.in) & 0xfff0);
	}
}

static void make_node(struct tree *t, unsigned idx)
{
	struct fuzz_input *in = &t->port.in;
	struct node *n = &t->nodes[idx];
	const uint8_t how = fuzz_u8(in);
	const struct node *above = &t->nodes[fuzz_below(in, NODES) % (idx + 1)];

	n->bridge = how & 1;
	n->parent = above != n && above->bridge ? above : NULL;
	n->devfn = (uint8_t)mostly(t, idx << 3);
	store(n->cfg + LEV_PCI_CFG_VENDOR, 2, mostly(t, 0x1af4));
	store(n->cfg + LEV_PCI_CFG_DEVICE, 2, mostly(t, 0x1044));
	n->cfg[LEV_PCI_CFG_HEADER] =
		(uint8_t)(n->bridge | (how & 2 ? LEV_PCI_HEADER_MULTI : 0));
	n->cfg[LEV_PCI_CFG_INTERRUPT_PIN] = how >> 2 & 7;
	store(n->cfg + LEV_PCI_CFG_COMMAND, 2, how >> 5);
	if (n->bridge)
		make_bridge(t, n);
	for (unsigned i = 0; i < bar_count(n);)
		i += make_bar(t, n, i);
	memcpy(n->bars_were, n->cfg + LEV_PCI_CFG_BAR, sizeof(n->bars_were));
	n->command_was = load(n->cfg + LEV_PCI_CFG_COMMAND, 2);
}

static bool is_there(const struct node *n)
{
	const uint32_t vendor = load(n->cfg + LEV_PCI_CFG_VENDOR, 2);

	return vendor != 0 && vendor != 0xffff;
}

/* Who looks at the bus sees it: no function but 0 is there alone. */
static bool can_be_seen(const struct tree *t, const struct node *n)
{
	for (unsigned i = 0; i < t->count; i++) {
		const struct node *first = &t->nodes[i];

		if (first->parent == n->parent &&
		    first->devfn == (n->devfn & 0xf8))
			return is_there(n) && is_there(first) &&
			       (first == n || (first->cfg[LEV_PCI_CFG_HEADER] &
					       LEV_PCI_HEADER_MULTI));
	}
	return false;
}

/* Each at a place of its own, behind numbers that are one bridge's. */
static bool makes_sense(const struct tree *t)
{
	uint8_t used[256 / 8] = { 0 };

	used[t->host.bus_first / 8] |= (uint8_t)(1u << t->host.bus_first % 8);
	for (unsigned i = 0; i < t->count; i++) {
		const struct node *n = &t->nodes[i];
		const unsigned bus = n->cfg[LEV_PCI_BRIDGE_SECONDARY];

		for (unsigned k = 0; k < i; k++)
			if (t->nodes[k].parent == n->parent &&
			    t->nodes[k].devfn == n->devfn)
				return false;
		if (!can_be_seen(t, n))
			return false;
		if (!n->bridge || !bus)
			continue;
		if (used[bus / 8] >> bus % 8 & 1)
			return false;
		used[bus / 8] |= (uint8_t)(1u << bus % 8);
	}
	return !t->shifty;
}

static void make_tree(struct tree *t)
{
	struct fuzz_input *in = &t->port.in;

	t->host = (struct lev_pci_host){
		.hal = &t->port.hal,
		.access = LEV_PCI_OWN,
		.config_read = config_read,
		.config_write = config_write,
		.ctx = t,
		.bus_first = (uint8_t)mostly(t, 0),
		.bus_last = (uint8_t)mostly(t, 255),
	};
	make_window(t, &t->host.io, 0, 0x10000);
	make_window(t, &t->host.memory, 0x10000000, 0x2eff0000);
	make_window(t, &t->host.memory64, (uint64_t)1 << 39, (uint64_t)1 << 39);
	t->shifty = fuzz_below(in, 4) == 3;
	t->count = 1 + fuzz_below(in, NODES);
	for (unsigned i = 0; i < t->count; i++)
		make_node(t, i);
	t->sensible = makes_sense(t);
}

/* --- what came of it --- */

/* Returns how many registers it takes; at 0 it is not placed, or not there. */
static unsigned bar_span(const struct node *n, unsigned i, struct span *span)
{
	const uint32_t low = load(n->cfg + LEV_PCI_CFG_BAR + 4 * i, 4);
	const bool io = low & LEV_PCI_BAR_IO;
	const bool wide =
		!io && (low & LEV_PCI_BAR_TYPE) == LEV_PCI_BAR_TYPE_64;

	*span = (struct span){ .io = io };
	if (!n->mask[i])
		return 1;
	span->first = low & n->mask[i];
	if (wide)
		span->first |=
			(uint64_t)load(n->cfg + LEV_PCI_CFG_BAR + 4 * i + 4, 4)
			<< 32;
	span->last = span->first + ~n->mask[i];
	return wide ? 2 : 1;
}

static bool bar_moved(const struct node *n, unsigned i, unsigned registers)
{
	return memcmp(n->bars_were + 4 * i, n->cfg + LEV_PCI_CFG_BAR + 4 * i,
		      4 * registers) != 0;
}

static bool in_window(const struct lev_pci_window *w, const struct span *span)
{
	return span->first >= w->addr && span->last - w->addr < w->len;
}

static bool in_windows(const struct tree *t, const struct span *span)
{
	return span->io ? in_window(&t->host.io, span)
			: in_window(&t->host.memory, span) ||
				  in_window(&t->host.memory64, span);
}

/* What a bridge forwards: bits of the low register, and above them. */
static bool in_range(const struct span *span, uint64_t base, uint64_t limit)
{
	return span->first >= base && span->last <= limit;
}

static bool is_forwarded(const struct node *bridge, const struct span *span)
{
	const uint8_t *cfg = bridge->cfg;
	uint64_t base, limit;

	if (span->io) {
		base = (cfg[LEV_PCI_BRIDGE_IO_BASE] & 0xf0u) << 8;
		limit = (cfg[LEV_PCI_BRIDGE_IO_LIMIT] & 0xf0u) << 8 | 0xfff;
		if (cfg[LEV_PCI_BRIDGE_IO_BASE] & 1) {
			base |= load(cfg + LEV_PCI_BRIDGE_IO_BASE_HIGH, 2)
				<< 16;
			limit |= load(cfg + LEV_PCI_BRIDGE_IO_LIMIT_HIGH, 2)
				 << 16;
		}
		return in_range(span, base, limit);
	}
	base = load(cfg + LEV_PCI_BRIDGE_MEMORY_BASE, 2) << 16;
	limit = load(cfg + LEV_PCI_BRIDGE_MEMORY_LIMIT, 2) << 16 | 0xfffff;
	if (in_range(span, base, limit))
		return true;
	base = (load(cfg + LEV_PCI_BRIDGE_PREFETCH_BASE, 2) & 0xfff0) << 16;
	limit = (load(cfg + LEV_PCI_BRIDGE_PREFETCH_LIMIT, 2) & 0xfff0) << 16 |
		0xfffff;
	base |= (uint64_t)load(cfg + LEV_PCI_BRIDGE_PREFETCH_BASE_HIGH, 4)
		<< 32;
	limit |= (uint64_t)load(cfg + LEV_PCI_BRIDGE_PREFETCH_LIMIT_HIGH, 4)
		 << 32;
	return in_range(span, base, limit);
}

/* It stood on the first bus, where it is decoded or would be. */
static bool counts(const struct tree *t, const struct node *n,
		   const struct span *span)
{
	const struct span begin = { span->first, span->first, span->io };
	const uint32_t bit =
		span->io ? LEV_PCI_COMMAND_IO : LEV_PCI_COMMAND_MEMORY;

	return !n->parent && (n->command_was & bit || in_windows(t, &begin));
}

/* Nobody else whom the scan placed is there, or who stood on the first bus. */
static void check_alone(const struct tree *t, const struct node *mine,
			unsigned idx, const struct span *span)
{
	struct span other;
	unsigned step;

	for (unsigned k = 0; k < t->count; k++) {
		const struct node *n = &t->nodes[k];

		for (unsigned i = 0; i < bar_count(n); i += step) {
			step = bar_span(n, i, &other);
			if ((n == mine && i == idx) || !other.first ||
			    other.io != span->io)
				continue;
			if (!bar_moved(n, i, step) && !counts(t, n, &other))
				continue;
			FUZZ_CHECK(other.first > span->last ||
				   other.last < span->first);
		}
	}
}

static void check_bar(const struct tree *t, const struct node *n, unsigned idx,
		      const struct span *span)
{

	FUZZ_CHECK(in_windows(t, span));
	check_alone(t, n, idx, span);
	for (const struct node *up = n->parent; up; up = up->parent)
		FUZZ_CHECK(is_forwarded(up, span));
}

static void check_node(const struct tree *t, const struct node *n)
{
	const uint32_t command = load(n->cfg + LEV_PCI_CFG_COMMAND, 2);
	struct span span;
	unsigned step;

	/* A bridge forwards what it was given. */
	FUZZ_CHECK(command == n->command_was ||
		   (n->bridge && command == (n->command_was | 7)));
	for (unsigned i = 0; i < bar_count(n); i += step) {
		step = bar_span(n, i, &span);
		if (bar_moved(n, i, step) && span.first)
			check_bar(t, n, i, &span);
	}
}

/* Each is found once, at its own address. */
static void found(void *ctx, const struct lev_pci_function *f)
{
	struct tree *t = ctx;
	uint8_t *at = &t->found_at[f->addr / 8];

	FUZZ_CHECK(!(*at >> f->addr % 8 & 1));
	*at |= (uint8_t)(1u << f->addr % 8);
	t->found++;
	FUZZ_CHECK(f->vendor == LEV_PCI_VENDOR_VIRTIO && f->pin <= 4);
	FUZZ_CHECK(!f->pin == !f->root_pin && f->root_pin <= 4);
	FUZZ_CHECK(f->root_addr >> 8 == t->host.bus_first);
}

static void complain(void *ctx, const char *who, const char *format,
		     __builtin_va_list args)
{
	struct tree *t = ctx;

	(void)who, (void)format, (void)args;
	t->complaints++;
}

/* A second look changes nothing. */
static void check_again(struct tree *t)
{
	struct node before[NODES];
	const int count = t->found;

	memcpy(before, t->nodes, sizeof(before));
	memset(t->found_at, 0, sizeof(t->found_at));
	FUZZ_CHECK(lev_pci_scan(&t->host, found, t) == count);
	FUZZ_CHECK(!memcmp(before, t->nodes, sizeof(before)));
}

static void tree_run(struct tree *t)
{
	const int count = lev_pci_scan(&t->host, found, t);

	if (count < 0) {
		FUZZ_CHECK(count == LEV_ERR_INVAL && !t->accesses);
		return;
	}
	FUZZ_CHECK(count == t->found);
	if (!t->sensible)
		return;
	for (unsigned i = 0; i < t->count; i++)
		check_node(t, &t->nodes[i]);
	if (!t->complaints)
		check_again(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tree *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	fuzz_port_init(&t->port, data, len);
	t->port.ops.log = complain;
	t->port.hal.ctx = t; /* port is its first member */
	make_tree(t);
	tree_run(t);
	fuzz_port_end(&t->port);
	free(t);
	return 0;
}
