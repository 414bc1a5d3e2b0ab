/* SPDX-License-Identifier: MIT */
/*
 * A PCI host: who answers to an address. Cookies become CPU addresses, those
 * become bus addresses, and bridges forward these, or do not, to BARs.
 */
#include <stdlib.h>

#include "fake_pci_int.h"

/* Cookies: what kind they are is in the uppermost byte. */
enum { KIND_SHIFT = 56, KIND_MEMORY = 0xba, KIND_IO = 0xb1 };
static const uint64_t COOKIE_ECAM = (uint64_t)0xec << KIND_SHIFT;
static const uint64_t COOKIE_PORTS = ((uint64_t)0xcf << KIND_SHIFT) + 0xcf8;
static const uint64_t COOKIE_MASK = ((uint64_t)1 << KIND_SHIFT) - 1;

struct hit {
	struct fake_pci_function *f;
	unsigned bar;
	uint64_t off;
	unsigned count;
};

/* --- who answers --- */

uint16_t fake_pci_command(const struct fake_pci_function *f)
{
	return fake_get16(f->cfg + CFG_COMMAND);
}

bool fake_pci_alive(const struct fake_pci_function *f)
{
	return !f->absent && !(f->dev && f->dev->faults.removed);
}

static bool within(uint64_t addr, uint64_t len, uint64_t first, uint64_t last)
{
	return first <= last && addr >= first && addr <= last &&
	       len - 1 <= last - addr;
}

static bool io_forwarded(const uint8_t *cfg, uint64_t addr, uint64_t len)
{
	uint64_t base = (uint64_t)(cfg[CFG_IO_BASE] & 0xf0) << 8 |
			(uint64_t)fake_get16(cfg + CFG_IO_BASE_HIGH) << 16;
	uint64_t limit = (uint64_t)(cfg[CFG_IO_LIMIT] & 0xf0) << 8 |
			 (uint64_t)fake_get16(cfg + CFG_IO_LIMIT_HIGH) << 16 |
			 0xfff;

	return within(addr, len, base, limit);
}

static uint64_t window_edge(const uint8_t *cfg, unsigned low, unsigned high)
{
	uint64_t edge = (uint64_t)(fake_get16(cfg + low) & 0xfff0) << 16;

	return high ? edge | (uint64_t)fake_get32(cfg + high) << 32 : edge;
}

static bool memory_forwarded(const uint8_t *cfg, uint64_t addr, uint64_t len)
{
	return within(addr, len, window_edge(cfg, CFG_MEMORY_BASE, 0),
		      window_edge(cfg, CFG_MEMORY_LIMIT, 0) | 0xfffff) ||
	       within(addr, len,
		      window_edge(cfg, CFG_PREFETCH_BASE,
				  CFG_PREFETCH_BASE_HIGH),
		      window_edge(cfg, CFG_PREFETCH_LIMIT,
				  CFG_PREFETCH_LIMIT_HIGH) |
			      0xfffff);
}

bool fake_pci_forwards(const struct fake_pci_function *bridge, bool io,
		       uint64_t addr, uint64_t len)
{
	unsigned need = io ? FAKE_PCI_IO : FAKE_PCI_MEMORY;

	if (bridge->absent || !(fake_pci_command(bridge) & need))
		return false;
	return io ? io_forwarded(bridge->cfg, addr, len)
		  : memory_forwarded(bridge->cfg, addr, len);
}

uint64_t fake_pci_bar_addr(const struct fake_pci_function *f, unsigned bar)
{
	const uint8_t *reg = f->cfg + CFG_BARS + 4 * bar;
	uint64_t addr = fake_get32(reg);

	if (f->bars[bar].flags & FAKE_BAR_IO)
		return addr & ~(uint64_t)3;
	addr &= ~(uint64_t)15;
	if (f->bars[bar].flags & FAKE_BAR_WIDE)
		addr |= (uint64_t)fake_get32(reg + 4) << 32;
	return addr;
}

static bool bar_is_io(const struct fake_pci_function *f, unsigned bar)
{
	return f->bars[bar].flags & FAKE_BAR_IO;
}

static bool decodes(const struct fake_pci_function *f, bool io)
{
	return fake_pci_command(f) & (io ? FAKE_PCI_IO : FAKE_PCI_MEMORY);
}

static void bars_hit(struct fake_pci_function *f, bool io, uint64_t addr,
		     struct hit *hit)
{
	for (unsigned bar = 0; bar < 6; bar++) {
		uint64_t off = addr - fake_pci_bar_addr(f, bar);

		if (off >= f->bars[bar].len || bar_is_io(f, bar) != io)
			continue;
		hit->f = f;
		hit->bar = bar;
		hit->off = off;
		hit->count++;
	}
}

/* On this bus and those behind it; all: whether it is decoded or not. */
static void route(const struct fake_pci *host,
		  const struct fake_pci_function *bridge, bool io,
		  uint64_t addr, bool all, struct hit *hit)
{
	for (unsigned i = 0; i < host->count; i++) {
		struct fake_pci_function *f = host->functions[i];

		if (f->bridge != bridge || f->absent)
			continue;
		if (f->is_bridge) {
			if (all || fake_pci_forwards(f, io, addr, 1))
				route(host, f, io, addr, all, hit);
		} else if (all || decodes(f, io)) {
			bars_hit(f, io, addr, hit);
		}
	}
}

/* --- the CPU's side --- */

static bool from_cpu(const struct fake_pci_window *window, uint64_t cpu,
		     uint64_t len, uint64_t *addr)
{
	uint64_t off = cpu - window->cpu;

	if (off >= window->len || len > window->len - off)
		return false;
	*addr = window->addr + off;
	return true;
}

/* What the host forwards: is it I/O, and where? */
static bool host_forwards(const struct fake_pci *host, bool ports, uint64_t cpu,
			  uint64_t len, bool *io, uint64_t *addr)
{
	*io = from_cpu(&host->io, cpu, len, addr) && host->io_ports == ports;
	return *io || (!ports && (from_cpu(&host->memory, cpu, len, addr) ||
				  from_cpu(&host->memory64, cpu, len, addr)));
}

/* Of a long structure only what may be used is mapped. */
static void check_mapped(struct fake_pci_function *f, const struct hit *hit,
			 unsigned type, uint64_t len)
{
	unsigned cap = fake_pci_cap(f, type);
	uint64_t most = 0x10000;

	if (type == FAKE_CAP_NOTIFY)
		most += (uint64_t)f->multiplier * UINT16_MAX;
	if (cap && f->cfg[cap + 4] == hit->bar &&
	    fake_get32(f->cfg + cap + 8) == hit->off &&
	    fake_get32(f->cfg + cap + 12) > most)
		fake_pci_check(f, len <= most, "PCI-CAP-05",
			       "more is mapped than is needed", (uint32_t)len);
}

static int map_answer(struct fake_pci *host, const struct hit *hit,
		      uint64_t len)
{
	if (!hit->f)
		return 0;
	if (hit->f->unmappable[hit->bar])
		return LEV_ERR_NOTSUP;
	for (unsigned type = FAKE_CAP_COMMON; type <= FAKE_CAP_DEVICE; type++)
		check_mapped(hit->f, hit, type, len);
	host->maps++;
	return 0;
}

static int host_map(void *ctx, enum lev_io_space space, uint64_t addr,
		    uint64_t len, uint64_t *reg)
{
	struct fake_port *port = ctx;
	struct fake_pci *host = port->pci;
	bool ports = space == LEV_IO_PORT, io;
	struct hit hit = { 0 };
	uint64_t bus;
	int err = LEV_ERR_NOTSUP;

	fake_lock(port);
	fake_check(port, len && addr + (len - 1) >= addr, "X-PCI-14",
		   "%#llx len %llu", (unsigned long long)addr,
		   (unsigned long long)len);
	if (!(ports && host->no_ports) && len &&
	    host_forwards(host, ports, addr, len, &io, &bus)) {
		route(host, NULL, io, bus, true, &hit);
		err = map_answer(host, &hit, len);
	}
	if (!err)
		*reg = (uint64_t)(ports ? KIND_IO : KIND_MEMORY) << KIND_SHIFT |
		       addr;
	fake_unlock(port);
	return err;
}

static uint32_t ones(unsigned width)
{
	return UINT32_MAX >> (32 - 8 * width);
}

static void bus_access(struct fake_pci *host, bool io, uint64_t addr,
		       unsigned width, bool write, uint32_t *value)
{
	struct hit hit = { 0 };

	route(host, NULL, io, addr, false, &hit);
	if (!write)
		*value &= ones(width);
	if (!fake_check(host->port, hit.f, "X-PCI-07",
			"nobody answers to %#llx (%s)",
			(unsigned long long)addr, io ? "I/O" : "memory"))
		return;
	fake_check(host->port, hit.count == 1, "X-PCI-13",
		   "%u BARs answer to %#llx", hit.count,
		   (unsigned long long)addr);
	if (write)
		fake_pci_bar_write(hit.f, hit.bar, (uint32_t)hit.off, width,
				   *value);
	else
		*value = fake_pci_bar_read(hit.f, hit.bar, (uint32_t)hit.off,
					   width);
}

/* --- configuration space, by memory and by ports --- */

static void config_access(struct fake_pci *host, uint16_t addr, uint32_t off,
			  unsigned width, bool write, uint32_t *value)
{
	if (write)
		fake_pci_config_write(host, addr, off, width, *value);
	else
		*value = fake_pci_config_read(host, addr, off, width);
}

static bool ecam_access(struct fake_pci *host, uint64_t off, unsigned width,
			bool write, uint32_t *value)
{
	unsigned buses = host->bus_last - host->bus_first + 1u;

	if (off >= (uint64_t)buses << 20)
		return false;
	config_access(
		host,
		(uint16_t)((off >> 12) + ((unsigned)host->bus_first << 8)),
		off & 0xfff, width, write, value);
	return true;
}

/* The address in the first port opens four bytes in the second. */
static void ports_access(struct fake_pci *host, uint32_t off, unsigned width,
			 bool write, uint32_t *value)
{
	uint32_t address = host->address;

	if (off < 4) {
		fake_check(host->port, off == 0 && width == 4, "X-PCI-12",
			   "port 0xCF8 by other than 32 bits");
		if (!write) {
			*value = address;
			return;
		}
		fake_check(host->port, !(*value & 0x7f000003), "X-PCI-12",
			   "reserved bits of 0xCF8: %#x", *value);
		host->address = *value;
		return;
	}
	if (!fake_check(host->port, address >> 31, "X-PCI-12",
			"port 0xCFC, and 0xCF8 is %#x", address)) {
		*value = ones(width);
		return;
	}
	config_access(host, (uint16_t)(address >> 8),
		      (address & 0xfc) + off - 4, width, write, value);
}

bool fake_pci_access(struct fake_port *port, uint64_t reg, unsigned width,
		     bool write, uint32_t *value)
{
	struct fake_pci *host = port->pci;
	unsigned kind = (unsigned)(reg >> KIND_SHIFT);
	bool io, raw = !port->ops.io_map && !kind;
	uint64_t addr;

	if (!host || (width != 1 && width != 2 && width != 4))
		return false;
	if (reg - COOKIE_ECAM < (uint64_t)1 << 28)
		return ecam_access(host, reg - COOKIE_ECAM, width, write,
				   value);
	if (reg - COOKIE_PORTS < 8) {
		ports_access(host, (uint32_t)(reg - COOKIE_PORTS), width, write,
			     value);
		return true;
	}
	if ((!raw && kind != KIND_MEMORY && kind != KIND_IO) ||
	    !host_forwards(host, kind == KIND_IO, reg & COOKIE_MASK, width, &io,
			   &addr))
		return false;
	bus_access(host, io, addr, width, write, value);
	return true;
}

/* --- placed well? --- */

static bool in_window(const struct fake_pci_window *window, uint64_t addr,
		      uint64_t len)
{
	return window->len &&
	       within(addr, len, window->addr, window->addr + window->len - 1);
}

/* A bridge beside it, or beside one above it, that takes what is its. */
static bool taken_beside(const struct fake_pci_function *f, bool io,
			 uint64_t addr, uint64_t len)
{
	const struct fake_pci *host = f->host;

	for (; f; f = f->bridge) {
		for (unsigned i = 0; i < host->count; i++) {
			const struct fake_pci_function *b = host->functions[i];

			if (b->is_bridge && b != f && b->bridge == f->bridge &&
			    (fake_pci_forwards(b, io, addr, 1) ||
			     fake_pci_forwards(b, io, addr + len - 1, 1)))
				return true;
		}
	}
	return false;
}

static void check_bar(struct fake_pci_function *f, unsigned bar)
{
	const struct fake_pci *host = f->host;
	uint64_t addr = fake_pci_bar_addr(f, bar), len = f->bars[bar].len;
	bool io = bar_is_io(f, bar);
	bool ok = io ? in_window(&host->io, addr, len)
		     : in_window(&host->memory, addr, len) ||
				  in_window(&host->memory64, addr, len);

	fake_pci_check(f, ok, "X-PCI-13", "a BAR outside the host's windows",
		       bar);
	for (struct fake_pci_function *b = f->bridge; b; b = b->bridge)
		fake_pci_check(f, fake_pci_forwards(b, io, addr, len),
			       "X-PCI-13", "a BAR outside its bridge's windows",
			       bar);
	fake_pci_check(f, !taken_beside(f, io, addr, len), "X-PCI-13",
		       "a BAR in another bridge's windows", bar);
}

static void check_pair(struct fake_pci_function *a, unsigned i,
		       const struct fake_pci_function *b, unsigned k)
{
	if ((a == b && i >= k) || !b->bars[k].len ||
	    bar_is_io(a, i) != bar_is_io(b, k) || !fake_pci_bar_addr(b, k))
		return;
	fake_pci_check(a,
		       !fake_overlap(fake_pci_bar_addr(a, i), a->bars[i].len,
				     fake_pci_bar_addr(b, k), b->bars[k].len),
		       "X-PCI-13", "BARs overlap", (uint32_t)i);
}

static void check_others(const struct fake_pci *host, unsigned n, unsigned bar)
{
	for (unsigned i = n; i < host->count; i++) {
		for (unsigned k = 0; k < 6; k++)
			check_pair(host->functions[n], bar, host->functions[i],
				   k);
	}
}

unsigned fake_pci_check_placed(struct fake_pci *host)
{
	unsigned unplaced = 0;

	for (unsigned n = 0; n < host->count; n++) {
		for (unsigned bar = 0; bar < 6; bar++) {
			struct fake_pci_function *f = host->functions[n];

			if (!f->bars[bar].len)
				continue;
			if (!fake_pci_bar_addr(f, bar)) {
				unplaced++;
				continue;
			}
			check_bar(f, bar);
			check_others(host, n, bar);
		}
	}
	return unplaced;
}

/* --- the host --- */

struct fake_pci *fake_pci_new(struct fake_port *port)
{
	struct fake_pci *host = fake_zalloc(sizeof(*host));

	if (port->pci)
		abort();
	host->port = port;
	host->bus_last = 255;
	host->io = (struct fake_pci_window){ 0, 0x10000, 0 };
	host->io_ports = true;
	host->memory =
		(struct fake_pci_window){ 0x40000000, 0x10000000, 0x900000000 };
	host->memory64 = (struct fake_pci_window){ 0x8000000000, 0x100000000,
						   0xc000000000 };
	host->ecam = COOKIE_ECAM;
	host->ports = COOKIE_PORTS;
	port->pci = host;
	port->ops.io_map = host_map;
	return host;
}

void fake_pci_free(struct fake_pci *host)
{
	for (unsigned i = 0; host && i < host->count; i++)
		free(host->functions[i]);
	free(host);
}
