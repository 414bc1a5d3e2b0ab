/* SPDX-License-Identifier: MIT */
/*
 * The way to configuration space, and what is made of what a BAR says of itself
 * and of a host's windows.
 */
#include "../../src/transport/pci_config.c"

static struct lev_pci_host host;
static uint16_t function;
static uint32_t off;
static unsigned width;
static unsigned opened, accesses;

/* Where a register of configuration space is, or the port before it. */
static void place_check(uint64_t reg, unsigned w)
{
	PROVE(w == width, "as wide as asked for");
	if (host.access == LEV_PCI_ECAM)
		PROVE(reg - host.config ==
			      (uint64_t)(function - host.bus_first * 256) *
					      4096 +
				      off,
		      "the function's own 4096 bytes");
	else
		PROVE(opened == 1 && off < 256 &&
			      reg - host.config == 4 + off % 4,
		      "the port, opened before");
	accesses++;
}

static uint32_t any_read(void *ctx, uint64_t reg, unsigned w)
{
	(void)ctx;
	place_check(reg, w);
	return nondet_unsigned();
}

static void any_write(void *ctx, uint64_t reg, unsigned w, uint32_t value)
{
	(void)ctx;
	if (host.access == LEV_PCI_PORTS && !opened) {
		PROVE(reg == host.config && w == 4 &&
			      value == (0x80000000u | (uint32_t)function << 8 |
					(off & 0xfc)),
		      "which function, and which four bytes");
		opened++;
		return;
	}
	place_check(reg, w);
}

static uint32_t own_read(void *ctx, uint16_t f, uint32_t o, unsigned w)
{
	PROVE(ctx == host.ctx && f == function && o == off && w == width,
	      "handed on");
	accesses++;
	return nondet_unsigned();
}

static void own_write(void *ctx, uint16_t f, uint32_t o, unsigned w,
		      uint32_t value)
{
	(void)value;
	(void)own_read(ctx, f, o, w);
}

static const struct lev_hal_ops hal_ops = { .reg_read = any_read,
					    .reg_write = any_write };
static const struct lev_hal hal = { &hal_ops, NULL };

static void any_host(void)
{
	struct lev_pci_host any;

	host = any;
	host.hal = &hal;
	host.config_read = own_read;
	host.config_write = own_write;
	ASSUME(host.access == LEV_PCI_ECAM || host.access == LEV_PCI_PORTS ||
	       host.access == LEV_PCI_OWN);
}

void pci_config(void)
{
	any_host();
	function = nondet_uint16();
	off = nondet_unsigned();
	width = nondet_bool() ? 4 : nondet_bool() ? 2 : 1;
	ASSUME(off % width == 0);
	if (nondet_bool())
		(void)lev_pci_config_read(&host, function, off, width);
	else
		lev_pci_config_write(&host, function, off, width,
				     nondet_unsigned());
	PROVE(accesses == (function >> 8 >= host.bus_first &&
			   function >> 8 <= host.bus_last &&
			   off < (host.access == LEV_PCI_PORTS ? 256u : 4096u)),
	      "one access, if that is there");
	PROOF_SEEN(accesses && host.access == LEV_PCI_ECAM, "by memory");
	PROOF_SEEN(accesses && opened, "by ports");
	PROOF_END();
}

/* --- a BAR --- */

static struct {
	uint32_t held, bits;
	bool read, probing, back;
} words[6];

static uint32_t bar_read(void *ctx, uint16_t f, uint32_t o, unsigned w)
{
	const unsigned i = (o - 0x10) / 4;
	const uint32_t v = nondet_unsigned();

	(void)ctx;
	PROVE(f == function && w == 4 && o >= 0x10 && i < 6 && o % 4 == 0,
	      "a BAR of this function");
	if (words[i].probing)
		words[i].bits = v;
	else
		words[i].held = v;
	words[i].read = true;
	return v;
}

static void bar_write(void *ctx, uint16_t f, uint32_t o, unsigned w, uint32_t v)
{
	const unsigned i = (o - 0x10) / 4;

	(void)ctx;
	PROVE(f == function && w == 4 && o >= 0x10 && i < 6 && o % 4 == 0,
	      "a BAR of this function");
	PROVE(words[i].read, "what it held is known");
	PROVE(words[i].probing ? v == words[i].held : v == UINT32_MAX,
	      "all ones, then what it held");
	words[i].probing = !words[i].probing;
}

/* Nothing that lies below its lowest bit that can be set is its own. */
static void length_check(const struct lev_pci_bar *bar, unsigned i)
{
	const uint32_t low = words[i].bits & (bar->io ? ~3u : ~15u);

	PROVE(!(bar->len & (bar->len - 1)), "a power of two");
	if (low)
		PROVE(bar->len <= (low & (~low + 1)), "as long as it says");
	else if (bar->len)
		PROVE(bar->wide && bar->len >> 32 <= (words[i + 1].bits &
						      (~words[i + 1].bits + 1)),
		      "4 GiB and more");
	PROVE(!bar->len ||
		      bar->addr ==
			      ((uint64_t)(bar->wide ? words[i + 1].held : 0)
				       << 32 |
			       (words[i].held & (bar->io ? ~3u : ~15u))),
	      "where it says");
}

void pci_bar(void)
{
	struct lev_pci_bar bar;
	const unsigned i = nondet_unsigned();

	ASSUME(i < 6);
	host.hal = &hal;
	host.access = LEV_PCI_OWN;
	host.config_read = bar_read;
	host.config_write = bar_write;
	host.bus_last = 255;
	function = nondet_uint16();
	lev_pci_bar_read(&host, function, i, 6, &bar);
	length_check(&bar, i);
	for (unsigned k = 0; k < 6; k++)
		PROVE(!words[k].probing, "what it held is put back");
	PROOF_SEEN(bar.len == 1ull << 63, "a large one");
	PROOF_SEEN(bar.io && bar.len == 4, "a small one");
	PROOF_END();
}

/* --- windows --- */

static bool in_window(const struct lev_pci_window *w, uint64_t addr,
		      uint64_t len, uint64_t cpu)
{
	const uint64_t off = addr - w->addr;

	return addr >= w->addr && off <= w->len && len <= w->len - off &&
	       cpu == w->cpu + off;
}

/* Where the CPU has it is in the window that has it, or nothing is moved. */
void pci_window(void)
{
	const bool io = nondet_bool();
	const uint64_t addr = nondet_uint64();
	const uint64_t len = nondet_uint64();
	enum lev_io_space space;
	uint64_t cpu;

	any_host();
	cpu = lev_pci_to_cpu(&host, io, addr, len, &space);
	PROVE(cpu == addr || (io ? in_window(&host.io, addr, len, cpu)
				 : in_window(&host.memory, addr, len, cpu) ||
					      in_window(&host.memory64, addr,
							len, cpu)),
	      "all of it lies in a window");
	PROVE(space == LEV_IO_MEMORY || io, "only ports are ports");
	PROOF_SEEN(io && space == LEV_IO_MEMORY && cpu != addr, "ports moved");
	PROOF_END();
}
