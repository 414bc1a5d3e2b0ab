/* SPDX-License-Identifier: MIT */
/*
 * A PCI function is probed, and its shared memory is looked for, whatever its
 * configuration space says, each time anew.
 */
#define LIVE 0
#include "../../src/transport/pci_probe.c"

#include "pci_world.h"

static const struct lev_hal_ops hal_ops = { .io_map = any_io_map };
static const struct lev_hal hal = { &hal_ops, &world };

void lev_pci_bar_read(const struct lev_pci_host *h, uint16_t function,
		      unsigned idx, unsigned count, struct lev_pci_bar *bar)
{
	struct lev_pci_bar any;

	PROVE(h == &host && function == pci.addr && idx < 6 && count == 6,
	      "one of its BARs");
	PROVE(world.commanded && !(world.command & 3),
	      "it decodes nothing meanwhile");
	/* pci_host.c shows this of what the device says. */
	ASSUME(!(any.len & (any.len - 1)));
	*bar = any;
}

/* It lies in what the port mapped, or in a BAR that the window shows. */
static bool reachable(const struct lev_pci_region *r)
{
	if (r->by_window)
		return r->bar < 6 && r->off <= pci.bars[r->bar].len &&
		       r->len <= pci.bars[r->bar].len - r->off &&
		       r->len <= UINT32_MAX - r->off && pci.window_cap;
	return world.mapped && r->reg - world.reg <= world.reg_len &&
	       r->len <= world.reg_len - (r->reg - world.reg);
}

static bool common_fits(void)
{
	return reachable(&pci.common) && pci.common.len >= 0x38 &&
	       pci.common.off % 4 == 0;
}

static bool notify_fits(void)
{
	return reachable(&pci.notify) && pci.notify.len >= 2 &&
	       pci.notify.off % 2 == 0;
}

static bool isr_fits(void)
{
	return reachable(&pci.isr) && pci.isr.len == 1;
}

static bool device_fits(void)
{
	return reachable(&pci.device) && pci.device.off % 4 == 0;
}

static bool window_fits(void)
{
	return pci.window_cap >= 0x40 && pci.window_cap <= 256 - 20 &&
	       pci.window_cap % 4 == 0;
}

static bool msix_fits(void)
{
	return pci.msix_cap >= 0x40 && pci.msix_cap <= 256 - 12 &&
	       pci.msix_cap % 4 == 0 && pci.msix_size && pci.msix_size <= 2048;
}

static bool same(const struct lev_pci_region *a, const struct lev_pci_region *b)
{
	return a->reg == b->reg && a->len == b->len && a->off == b->off &&
	       a->bar == b->bar && a->by_window == b->by_window;
}

static bool legacy_fits(void)
{
	return reachable(&pci.common) && pci.common.len >= 0x14 &&
	       !pci.common.by_window && isr_fits() && !pci.notify.len &&
	       (!pci.device.len || reachable(&pci.device));
}

/* All of it, for functions without capabilities: legacy ones, or none. */
void pci_probe(void)
{
	int err;

	host.hal = &hal;
	err = lev_pci_probe(&pci, &host, nondet_uint16());
	PROVE(err == 0 || err == LEV_ERR_NODEV || err == LEV_ERR_NOTSUP,
	      "a documented result");
	if (err)
		return;
	PROVE(pci.transport.device_id && pci.transport.hal == &hal, "a device");
	PROVE(pci.transport.version == 1 && pci.transport.legacy &&
		      pci.transport.queue_fixed &&
		      pci.transport.ops == &lev_pci_legacy_ops,
	      "a legacy device");
	PROVE(legacy_fits(), "registers within reach");
	for (unsigned i = 0; i < 6; i++)
		PROVE(bar_placed(&pci.bars[i]), "BARs");
	PROVE(world.command & 0x400 && !(world.command & 4) &&
		      world.command & 3,
	      "no interrupt and no use of memory, but registers");
	PROOF_SEEN(pci.device.len, "with a configuration");
	PROOF_END();
}

/* And for those whose capabilities were found: see pci_capability. */
void pci_modern(void)
{
	any_pci();
	pci.transport.hal = &hal;
	ASSUME(!pci.msix_cap || msix_fits());
	if (!modern_find(&pci))
		return;
	lev_pci_quiet(&pci);
	PROVE(pci.common.len && pci.notify.len && pci.isr.len,
	      "what a device needs");
	PROVE(pci.transport.version == 2 &&
		      pci.transport.ops == (pci.common.len >= 0x3c
						    ? &lev_pci_modern_ops
						    : &lev_pci_short_ops),
	      "a modern one, with newer registers or without");
	PROVE(!pci.msix_cap || (world.controlled && !(world.control >> 15)),
	      "no message");
	PROOF_END();
}

/* One capability more: a structure is found, or not; the others stay. */
void pci_capability(void)
{
	struct lev_pci was;
	const struct lev_transport transport = { .hal = &hal };

	any_pci();
	bars_placed();
	pci.transport = transport;
	ASSUME(!pci.window_cap || window_fits());
	ASSUME(!pci.msix_cap || msix_fits());
	was = pci;
	regions_find(&pci, pci.window_cap && nondet_bool());
	PROVE(!pci.window_cap || window_fits(), "the window's capability");
	PROVE(!pci.msix_cap || msix_fits(), "MSI-X's capability");
	PROVE(was.common.len ? same(&pci.common, &was.common)
			     : !pci.common.len || common_fits(),
	      "common registers");
	PROVE(was.notify.len
		      ? same(&pci.notify, &was.notify) &&
				pci.notify_multiplier == was.notify_multiplier
		      : !pci.notify.len || notify_fits(),
	      "doorbells");
	PROVE(was.isr.len ? same(&pci.isr, &was.isr)
			  : !pci.isr.len || isr_fits(),
	      "the cause of an interrupt");
	PROVE(was.device.len ? same(&pci.device, &was.device)
			     : !pci.device.len || device_fits(),
	      "configuration");
	PROOF_SEEN(!was.notify.len && pci.notify.len == UINT32_MAX,
		   "many doorbells");
	PROOF_SEEN(!was.common.len && pci.common.by_window, "a window");
	PROOF_END();
}

/* The list ends, wherever it leads. */
void pci_list(void)
{
	struct cap c;
	unsigned n = 0;

	any_pci();
	cap_begin(&pci, &c);
	while (cap_next(&pci, &c))
		n++;
	PROOF_SEEN(n == 48, "as many as there is room for");
	PROOF_END();
}

void pci_shm(void)
{
	struct lev_pci_shared shm;
	const uint8_t id = nondet_uint8();
	int err;

	any_pci();
	bars_placed();
	err = lev_pci_shm(&pci, id, &shm);
	PROVE(err == 0 || err == LEV_ERR_NODEV, "a documented result");
	if (!err)
		PROVE(shm.id == id && shm.len && shm.len == world.len &&
			      shm.addr == world.cpu,
		      "what lies in a BAR, where the CPU has it");
	PROOF_SEEN(!err && shm.len > UINT32_MAX, "one of more than 4 GiB");
	PROOF_SEEN(err, "none");
	PROOF_END();
}
