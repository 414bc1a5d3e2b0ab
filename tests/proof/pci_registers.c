/* SPDX-License-Identifier: MIT */
/*
 * The registers of a PCI device, as pci_find.c shows that they are found: each
 * access lies in one of its regions, at a multiple of its width in the BAR.
 */
#include "../../src/transport/pci.c"

#define LIVE 1
#define CAPS 0
#include "pci_world.h"

static void register_check(uint64_t reg, unsigned width)
{
	const struct lev_pci_region *r = world.meant;
	const uint64_t off = reg - r->reg;

	PROVE(width == 1 || width == 2 || width == 4, "a width there is");
	PROVE(!r->by_window && off < r->len && width <= r->len - off &&
		      (r->off + off) % width == 0,
	      "a register in the region that is meant");
}

static uint32_t any_read(void *ctx, uint64_t reg, unsigned width)
{
	PROVE(ctx == &world, "this port");
	register_check(reg, width);
	return nondet_unsigned() >> (32 - 8 * width);
}

static void any_write(void *ctx, uint64_t reg, unsigned width, uint32_t value)
{
	(void)value;
	PROVE(ctx == &world, "this port");
	register_check(reg, width);
}

static const struct lev_hal_ops hal_ops = { .reg_read = any_read,
					    .reg_write = any_write };
static const struct lev_hal hal = { &hal_ops, &world };

static struct lev_device dev;
static struct lev_pci_vectors vectors;
static struct lev_transport *const t = &pci.transport;

static void seen_by_window(const struct lev_pci_region *r)
{
	ASSUME(!r->by_window ||
	       (r->bar < 6 && r->len <= UINT32_MAX - r->off &&
		pci.window_cap >= 0x40 && pci.window_cap <= 256 - 20 &&
		pci.window_cap % 4 == 0));
}

/* What pci_find.c shows. */
static void modern(void)
{
	any_pci();
	ASSUME(pci.common.len >= 0x38 && pci.common.off % 4 == 0);
	ASSUME(pci.notify.len >= 2 && pci.notify.off % 2 == 0);
	ASSUME(pci.isr.len == 1);
	ASSUME(!pci.device.len || pci.device.off % 4 == 0);
	seen_by_window(&pci.common);
	seen_by_window(&pci.notify);
	seen_by_window(&pci.isr);
	seen_by_window(&pci.device);
	t->legacy = false;
	t->ops = pci.common.len >= 0x3c ? &lev_pci_modern_ops
					: &lev_pci_short_ops;
}

/* All in one place, of which the three others are parts. */
static void legacy(void)
{
	any_pci();
	ASSUME(pci.common.len >= 0x14 && pci.common.off == 0);
	pci.common.by_window = false;
	pci.isr = pci.common;
	pci.isr.reg += 0x13;
	pci.isr.len = 1;
	pci.notify = (struct lev_pci_region){ 0 };
	pci.device = pci.common;
	t->legacy = true;
	t->ops = &lev_pci_legacy_ops;
	lev_pci_legacy_place(&pci, pci.msix != NULL);
}

static void any_driver(void)
{
	struct lev_pci_vectors any;
	struct lev_features features;

	vectors = any;
	vectors.queues = malloc(vectors.queue_count * sizeof(*vectors.queues));
	pci.msix = nondet_bool() ? &vectors : NULL;
	dev.accepted = features;
	t->owner = &dev;
	t->hal = &hal;
	world.meant = &pci.common;
}

static int enable(struct lev_doorbell *bell)
{
	struct lev_queue_layout layout;
	const uint16_t idx = nondet_uint16();
	const int err = t->ops->queue_enable(t, idx, &layout, bell);

	PROVE(err <= 0, "0 or an error");
	return err;
}

static void ring(const struct lev_doorbell *bell)
{
	if (!t->legacy)
		world.meant = &pci.notify;
	t->ops->notify(t, bell, nondet_unsigned());
}

/* Whatever the device says of its place and of all places. */
void pci_doorbell(void)
{
	struct lev_doorbell bell;

	modern();
	any_driver();
	t->ops = &lev_pci_modern_ops;
	if (enable(&bell))
		return;
	PROVE(bell.width ==
		      (lev_device_has(&dev, LEV_F_NOTIFICATION_DATA) ? 4 : 2),
	      "as wide as what is written");
	ring(&bell);
	PROOF_SEEN(!pci.notify.by_window, "a doorbell");
	PROOF_SEEN(pci.notify.by_window, "one that the window shows");
	PROOF_SEEN(bell.reg - pci.notify.reg > UINT16_MAX, "one far away");
	PROOF_END();
}

/* Everything else that the core asks of the transport. */
static void any_call(void)
{
	const unsigned width = nondet_bool() ? 4 : nondet_bool() ? 2 : 1;
	const uint32_t off = nondet_unsigned();
	int n;

	ASSUME(off % width == 0); /* device.h */
	n = t->ops->queue_max(t, nondet_uint16());
	PROVE(n <= 32768 && (n <= 0 || !t->legacy || !(n & (n - 1))),
	      "a size that a queue can have");
	t->ops->features_write(t, 0, t->ops->features_read(t, 0));
	t->ops->status_write(t, t->ops->status_read(t));
	(void)t->ops->config_generation(t);
	(void)t->ops->present(t);
	PROVE(t->ops->start(t) <= 0, "0 or an error");
	t->ops->stop(t);
	PROVE(world.command & 0x400 && !(world.command & 4),
	      "a device that was reset neither interrupts nor uses memory");
	world.meant = &pci.device;
	t->ops->config_write(t, off, width, t->ops->config_read(t, off, width));
	world.meant = &pci.isr;
	(void)t->ops->interrupt_take(t, nondet_bool() ? 3 : 2);
	world.meant = &pci.common;
}

void pci_modern_registers(void)
{
	modern();
	any_driver();
	t->ops = &lev_pci_modern_ops;
	ASSUME(!(pci.command & 0x404)); /* lev_pci_probe */
	any_call();
	t->ops->queue_reset(t, nondet_uint16());
	PROVE(t->ops->queue_stopped(t, nondet_uint16()) <= 1, "as documented");
	PROOF_SEEN(pci.common.by_window, "a window");
	PROOF_END();
}

void pci_legacy_registers(void)
{
	struct lev_doorbell bell;

	legacy();
	any_driver();
	lev_pci_legacy_place(&pci, pci.msix != NULL);
	ASSUME(!(pci.command & 0x404));
	any_call();
	if (enable(&bell))
		return;
	PROVE(bell.reg == pci.common.reg + 0x10 && bell.width == 2,
	      "the doorbell");
	ring(&bell);
	PROOF_END();
}
