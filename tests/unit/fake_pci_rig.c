/* SPDX-License-Identifier: MIT */
/* See fake_pci_rig.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_pci_rig.h"

enum { DRIVING = FAKE_ACKNOWLEDGE | FAKE_DRIVER };

static bool is_legacy(const struct prig *p)
{
	return p->f->kind == FAKE_PCI_LEGACY;
}

struct prig prig_new(enum fake_pci_kind kind)
{
	struct fake_port *port = fake_port_new();
	struct fake_dev *dev =
		fake_dev_new(port, kind == FAKE_PCI_LEGACY ? 1 : 2, 42, 2);
	struct prig p = { .port = port, .dev = dev };

	dev->config_len = PRIG_CONFIG;
	for (unsigned i = 0; i < 2; i++)
		dev->queues[i].size_max = RIG_SIZE;
	p.bus = fake_pci_new(port);
	p.f = fake_pci_plug(p.bus, NULL, dev, kind);
	fake_pci_place(p.bus);
	p.rig = rig_of(port, dev);
	return p;
}

unsigned prig_free(struct prig *p)
{
	uint32_t reg = is_legacy(p) ? PRIG_LEGACY_STATUS : PRIG_STATUS;
	unsigned count = fake_violation_print(p->port);

	if (p->dev->reset_written)
		prig_set(p, reg, 1, 0);
	p->port->ops.dma_free(p->port, p->rig.mem, p->rig.addr, RIG_MEM, 0);
	fake_port_free(p->port);
	return count;
}

uint32_t prig_get(struct prig *p, uint32_t off, unsigned width)
{
	return p->port->ops.reg_read(
		p->port,
		p->bus->ecam + ((uint64_t)fake_pci_addr(p->f) << 12) + off,
		width);
}

void prig_put(struct prig *p, uint32_t off, unsigned width, uint32_t value)
{
	p->port->ops.reg_write(
		p->port,
		p->bus->ecam + ((uint64_t)fake_pci_addr(p->f) << 12) + off,
		width, value);
}

/* --- registers --- */

static uint64_t to_cpu(const struct prig *p, uint64_t addr)
{
	const struct fake_pci_window *w = &p->bus->memory64;

	if (addr - w->addr >= w->len)
		w = &p->bus->memory;
	return addr - w->addr + w->cpu;
}

static uint64_t bar_cookie(struct prig *p, unsigned bar, uint32_t off,
			   unsigned width)
{
	uint64_t addr = fake_pci_bar_addr(p->f, bar) + off;
	bool io = p->f->bars[bar].flags & FAKE_BAR_IO;
	uint64_t reg;

	if (p->port->ops.io_map(p->port, io ? LEV_IO_PORT : LEV_IO_MEMORY,
				io ? addr : to_cpu(p, addr), width, &reg))
		abort();
	return reg;
}

uint32_t prig_rd(struct prig *p, unsigned bar, uint32_t off, unsigned width)
{
	return p->port->ops.reg_read(p->port, bar_cookie(p, bar, off, width),
				     width);
}

void prig_wr(struct prig *p, unsigned bar, uint32_t off, unsigned width,
	     uint32_t value)
{
	p->port->ops.reg_write(p->port, bar_cookie(p, bar, off, width), width,
			       value);
}

static unsigned main_bar(const struct prig *p)
{
	return is_legacy(p) ? 0 : p->f->common.bar;
}

uint32_t prig_common(struct prig *p, uint32_t off, unsigned width)
{
	return prig_rd(p, main_bar(p), p->f->common.off + off, width);
}

void prig_set(struct prig *p, uint32_t off, unsigned width, uint32_t value)
{
	prig_wr(p, main_bar(p), p->f->common.off + off, width, value);
}

/* --- the start --- */

void prig_find(struct prig *p)
{
	prig_get(p, 0, 2);
	prig_get(p, 2, 2);
	prig_get(p, PRIG_CAPS, 1);
	prig_put(p, PRIG_COMMAND, 2,
		 FAKE_PCI_IO | FAKE_PCI_MEMORY | FAKE_PCI_MASTER);
}

void prig_reset(struct prig *p)
{
	uint32_t reg = is_legacy(p) ? PRIG_LEGACY_STATUS : PRIG_STATUS;

	prig_set(p, reg, 1, 0);
	prig_common(p, reg, 1);
	prig_set(p, reg, 1, FAKE_ACKNOWLEDGE);
	prig_set(p, reg, 1, DRIVING);
}

static void legacy_features(struct prig *p, uint64_t wanted)
{
	prig_common(p, PRIG_LEGACY_FEATURES, 4);
	prig_set(p, PRIG_LEGACY_ACCEPTED, 4, (uint32_t)wanted);
}

void prig_features(struct prig *p, uint64_t wanted)
{
	if (is_legacy(p)) {
		legacy_features(p, wanted);
		return;
	}
	wanted |= (uint64_t)1 << FAKE_F_VERSION_1;
	for (unsigned word = 0; word < 2; word++) {
		prig_set(p, PRIG_DEVICE_SEL, 4, word);
		prig_common(p, PRIG_DEVICE_FEATURE, 4);
		prig_set(p, PRIG_DRIVER_SEL, 4, word);
		prig_set(p, PRIG_DRIVER_FEATURE, 4,
			 (uint32_t)(wanted >> 32 * word));
	}
	prig_set(p, PRIG_STATUS, 1, DRIVING | FAKE_FEATURES_OK);
	prig_common(p, PRIG_STATUS, 1);
}

void prig_look(struct prig *p, unsigned queue)
{
	bool legacy = is_legacy(p);

	prig_set(p, legacy ? PRIG_LEGACY_SEL : PRIG_QUEUE_SEL, 2, queue);
	if (legacy)
		prig_common(p, PRIG_LEGACY_PFN, 4);
	else
		prig_common(p, PRIG_QUEUE_ENABLE, 2);
	prig_common(p, legacy ? PRIG_LEGACY_SIZE : PRIG_QUEUE_SIZE, 2);
}

void prig_place(struct prig *p, unsigned queue)
{
	uint64_t desc = p->rig.addr + (uint64_t)queue * RIG_QUEUE;
	uint64_t parts[3] = { desc, desc + RIG_AVAIL, desc + RIG_USED };

	for (uint32_t i = 0; i < 3 && !is_legacy(p); i++) {
		prig_set(p, PRIG_DESC + 8 * i, 4, (uint32_t)parts[i]);
		prig_set(p, PRIG_DESC + 8 * i + 4, 4,
			 (uint32_t)(parts[i] >> 32));
	}
}

void prig_enable(struct prig *p, unsigned queue)
{
	uint64_t desc = p->rig.addr + (uint64_t)queue * RIG_QUEUE;

	if (is_legacy(p))
		prig_set(p, PRIG_LEGACY_PFN, 4, (uint32_t)(desc >> 12));
	else
		prig_set(p, PRIG_QUEUE_ENABLE, 2, 1);
}

void prig_ok(struct prig *p)
{
	if (is_legacy(p))
		prig_set(p, PRIG_LEGACY_STATUS, 1, DRIVING | FAKE_DRIVER_OK);
	else
		prig_set(p, PRIG_STATUS, 1,
			 DRIVING | FAKE_FEATURES_OK | FAKE_DRIVER_OK);
}

void prig_start(struct prig *p, uint64_t wanted)
{
	prig_find(p);
	prig_reset(p);
	prig_features(p, wanted);
	prig_look(p, 0);
	prig_place(p, 0);
	prig_enable(p, 0);
	prig_ok(p);
}

void prig_msix(struct prig *p, unsigned count)
{
	unsigned cap = fake_pci_msix_cap(p->f);

	prig_put(p, cap + 2, 2, (uint32_t)(p->f->msix_size - 1) | 0x8000);
	for (uint32_t i = 0; i < count; i++) {
		prig_wr(p, 1, 16 * i, 4, 0xfee00000 + 4 * i);
		prig_wr(p, 1, 16 * i + 4, 4, 1);
		prig_wr(p, 1, 16 * i + 8, 4, 0x40 + i);
		prig_wr(p, 1, 16 * i + 12, 4, 0);
	}
}

void prig_echo(struct prig *p)
{
	rig_desc(&p->rig, 0, 0, rig_buffer(&p->rig, 0), 4, NEXT, 1);
	rig_desc(&p->rig, 0, 1, rig_buffer(&p->rig, 64), 4, WRITE, 0);
	rig_avail(&p->rig, 0, 0);
	if (is_legacy(p))
		prig_set(p, PRIG_LEGACY_KICK, 2, 0);
	else
		prig_wr(p, p->f->notify.bar, p->f->notify.off, 2, 0);
}

/* --- drivers that break a rule --- */

static void rule_fires(void **state)
{
	const struct prig_bad *bad = *state;
	struct prig p = prig_new(bad->kind);

	bad->act(&p);
	if (!fake_violation_has(p.port, bad->id)) {
		fake_violation_print(p.port);
		fail_msg("%s did not fire", bad->id);
	}
	fake_port_free(p.port);
}

int prig_run_bads(const struct prig_bad *bads, size_t count)
{
	struct CMUnitTest *tests = calloc(count, sizeof(*tests));
	int failed;

	if (!tests)
		abort();
	for (size_t i = 0; i < count; i++) {
		tests[i].name = bads[i].id;
		tests[i].test_func = rule_fires;
		tests[i].initial_state = (void *)(uintptr_t)&bads[i];
	}
	failed = _cmocka_run_group_tests("bads", tests, count, NULL, NULL);
	free(tests);
	return failed;
}
