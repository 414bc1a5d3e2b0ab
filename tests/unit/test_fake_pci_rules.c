/* SPDX-License-Identifier: MIT */
/*
 * For each rule of PCI that the device model claims to see there is a driver
 * that breaks it, and the model must say so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fake_pci_rig.h"

enum { FREE = 0x800 }; /* where BAR 4 holds nothing, see with_room */

static uint64_t bit(unsigned feature)
{
	return (uint64_t)1 << feature;
}

/* --- discovery, capabilities --- */

static void good_one_refused(struct prig *p)
{
	prig_find(p);
	assert_int_equal(fake_violation_count(p->port), 0);
	fake_pci_refused(p->f);
}

static void revision_refused(struct prig *p)
{
	p->f->cfg[8] = 7;
	good_one_refused(p);
}

/* The common configuration is no longer than it must be. */
static void with_room(struct prig *p)
{
	fake_pci_move(p->f, FAKE_CAP_COMMON, 4, 0, 0x40);
	prig_find(p);
}

static void reserved_type_used(struct prig *p)
{
	fake_pci_cap_add(p->f, true, 16, 0x55, 4, FREE, 0x40);
	with_room(p);
	prig_rd(p, 4, FREE, 4);
}

static void second_one_used(struct prig *p)
{
	with_room(p);
	fake_pci_cap_add(p->f, false, 16, FAKE_CAP_COMMON, 4, FREE, 0x40);
	prig_rd(p, 4, FREE, 4);
}

static void long_cap_refused(struct prig *p)
{
	p->f->cfg[fake_pci_cap(p->f, FAKE_CAP_ISR) + 2] = 32;
	good_one_refused(p);
}

static void reserved_bar_used(struct prig *p)
{
	with_room(p);
	fake_pci_cap_add(p->f, true, 16, FAKE_CAP_COMMON, 6, FREE, 0x40);
	prig_rd(p, 4, FREE, 4);
}

static void with_large(struct prig *p)
{
	fake_pci_bar(p->f, 2, 0x100000, FAKE_BAR_MEMORY);
	fake_pci_move(p->f, FAKE_CAP_NOTIFY, 2, 0, 0x100000);
	fake_pci_place(p->bus);
}

static void large_one_mapped(struct prig *p)
{
	uint64_t reg;

	with_large(p);
	p->port->ops.io_map(p->port, LEV_IO_MEMORY,
			    fake_pci_bar_addr(p->f, 2) - p->bus->memory.addr +
				    p->bus->memory.cpu,
			    0x100000, &reg);
}

static void large_one_refused(struct prig *p)
{
	with_large(p);
	good_one_refused(p);
}

static void capability_written(struct prig *p)
{
	prig_put(p, fake_pci_cap(p->f, FAKE_CAP_COMMON) + 4, 1, 4);
}

static void vendor_written(struct prig *p)
{
	unsigned cap =
		fake_pci_cap_add(p->f, false, 24, FAKE_CAP_VENDOR, 0, 0, 0);

	prig_get(p, cap + 2, 2);
	assert_int_equal(fake_violation_count(p->port), 0);
	prig_put(p, cap + 16, 4, 1);
}

static void vendor_used(struct prig *p)
{
	unsigned cap =
		fake_pci_cap_add(p->f, false, 24, FAKE_CAP_VENDOR, 0, 0, 0);

	prig_get(p, cap + 4, 2);
	assert_int_equal(fake_violation_count(p->port), 0);
	prig_put(p, cap + 16, 4, 1);
	assert_false(fake_violation_has(p->port, "PCI-VNDR-02"));
}

/* --- fields --- */

static void wide_status(struct prig *p)
{
	prig_find(p);
	prig_common(p, PRIG_STATUS, 4);
}

static void num_queues_written(struct prig *p)
{
	prig_find(p);
	prig_reset(p);
	prig_set(p, PRIG_NUM_QUEUES, 2, 2);
}

static void looked_at(struct prig *p, uint64_t wanted)
{
	p->dev->features[0] |= wanted;
	prig_find(p);
	prig_reset(p);
	prig_features(p, wanted);
	prig_look(p, 0);
}

static void packed_size_0(struct prig *p)
{
	looked_at(p, bit(FAKE_F_RING_PACKED));
	assert_int_equal(fake_violation_count(p->port), 0);
	prig_set(p, PRIG_QUEUE_SIZE, 2, 0);
}

static void split_size_6(struct prig *p)
{
	looked_at(p, 0);
	assert_int_equal(fake_violation_count(p->port), 0);
	prig_set(p, PRIG_QUEUE_SIZE, 2, 6);
}

static void enabled_first(struct prig *p)
{
	looked_at(p, 0);
	prig_enable(p, 0);
}

static void placed_twice(struct prig *p)
{
	prig_start(p, 0);
	assert_int_equal(fake_violation_count(p->port), 0);
	prig_place(p, 0);
}

static void reset_not_awaited(struct prig *p)
{
	prig_find(p);
	prig_set(p, PRIG_STATUS, 1, 0);
	prig_set(p, PRIG_STATUS, 1, FAKE_ACKNOWLEDGE);
}

static void disabled(struct prig *p)
{
	prig_start(p, 0);
	prig_set(p, PRIG_QUEUE_ENABLE, 2, 0);
}

static void queue_reset_not_awaited(struct prig *p)
{
	p->dev->features[0] |= bit(FAKE_F_RING_RESET);
	p->dev->faults.queue_reset_stuck = true;
	prig_start(p, bit(FAKE_F_RING_RESET));
	prig_set(p, PRIG_QUEUE_RESET, 2, 1);
	assert_int_equal(prig_common(p, PRIG_QUEUE_RESET, 2), 1);
	assert_int_equal(fake_violation_count(p->port), 0);
	prig_place(p, 0);
}

/* --- the window --- */

static unsigned window(struct prig *p, uint8_t bar, uint32_t off, uint32_t len)
{
	unsigned cap = fake_pci_cap(p->f, FAKE_CAP_WINDOW);

	prig_find(p);
	prig_put(p, cap + 4, 1, bar);
	prig_put(p, cap + 8, 4, off);
	prig_put(p, cap + 12, 4, len);
	assert_int_equal(fake_violation_count(p->port), 0);
	return cap + 16;
}

static void window_unaligned(struct prig *p)
{
	prig_get(p, window(p, 4, PRIG_QUEUE_SEL, 4), 4);
}

static void window_odd(struct prig *p)
{
	prig_get(p, window(p, 4, PRIG_STATUS, 3), 4);
}

static void window_narrow(struct prig *p)
{
	prig_get(p, window(p, 4, PRIG_DEVICE_FEATURE, 4), 2);
}

static void window_nowhere(struct prig *p)
{
	prig_put(p, window(p, 1, 0, 4), 4, 1);
}

/* --- interrupts --- */

static void queue_vector(struct prig *p, uint16_t vector)
{
	prig_find(p);
	prig_msix(p, 2);
	prig_reset(p);
	prig_features(p, 0);
	prig_look(p, 0);
	prig_place(p, 0);
	assert_int_equal(fake_violation_count(p->port), 0);
	prig_set(p, PRIG_QUEUE_VECTOR, 2, vector);
}

static void isr_read_with_msix(struct prig *p)
{
	queue_vector(p, 1);
	prig_common(p, PRIG_QUEUE_VECTOR, 2);
	prig_enable(p, 0);
	prig_set(p, PRIG_CONFIG_VECTOR, 2, 0);
	prig_common(p, PRIG_CONFIG_VECTOR, 2);
	prig_ok(p);
	prig_echo(p);
	assert_int_equal(p->f->by_vector[1], 1);
	assert_int_equal(fake_violation_count(p->port), 0);
	prig_rd(p, p->f->isr.bar, p->f->isr.off, 1);
}

static void table_overrun(struct prig *p)
{
	fake_pci_msix_resize(p->f, 1);
	prig_find(p);
	prig_msix(p, 2);
}

static void vector_beyond(struct prig *p)
{
	queue_vector(p, 8);
}

static void vector_not_read_back(struct prig *p)
{
	queue_vector(p, 1);
	prig_enable(p, 0);
}

static void refusal_not_minded(struct prig *p)
{
	p->f->vectors_max = 1;
	queue_vector(p, 1);
	assert_int_equal(prig_common(p, PRIG_QUEUE_VECTOR, 2), FAKE_NO_VECTOR);
	assert_int_equal(fake_violation_count(p->port), 0);
	prig_enable(p, 0);
}

static void config_vector_not_read_back(struct prig *p)
{
	queue_vector(p, FAKE_NO_VECTOR);
	prig_enable(p, 0);
	prig_set(p, PRIG_CONFIG_VECTOR, 2, 0);
	assert_int_equal(fake_violation_count(p->port), 0);
	prig_ok(p);
}

static void one_cause_of_two(struct prig *p)
{
	prig_start(p, 0);
	prig_echo(p);
	fake_config_set(p->dev, 0, "x", 1);
	assert_true(p->f->line);
	assert_int_equal(prig_rd(p, p->f->isr.bar, p->f->isr.off, 1), 3);
	assert_false(p->f->line);
	fake_pci_handled(p->f, 1);
}

/* --- kicks --- */

static void started_with(struct prig *p, unsigned a, unsigned b)
{
	const uint64_t wanted = (a ? bit(a) : 0) | (b ? bit(b) : 0);

	p->dev->features[0] |= wanted;
	prig_start(p, wanted);
	assert_int_equal(fake_violation_count(p->port), 0);
}

static void kick(struct prig *p, unsigned width, uint32_t value)
{
	prig_wr(p, p->f->notify.bar, p->f->notify.off, width, value);
}

static void kick_wide(struct prig *p)
{
	started_with(p, 0, 0);
	kick(p, 4, 0);
}

static void kick_narrow(struct prig *p)
{
	started_with(p, FAKE_F_NOTIFICATION_DATA, 0);
	kick(p, 2, 0);
}

static void kick_other(struct prig *p)
{
	started_with(p, 0, 0);
	kick(p, 2, 1);
}

static void kick_other_with_data(struct prig *p)
{
	started_with(p, FAKE_F_NOTIFICATION_DATA, 0);
	kick(p, 4, 1);
}

static void kick_by_index(struct prig *p)
{
	started_with(p, FAKE_F_NOTIF_CONFIG_DATA, 0);
	kick(p, 2, 0);
}

static void kick_by_index_with_data(struct prig *p)
{
	started_with(p, FAKE_F_NOTIF_CONFIG_DATA, FAKE_F_NOTIFICATION_DATA);
	kick(p, 4, 0);
}

/* NOTIF_CONFIG_DATA should be taken. */
static void notif_config_data_declined(struct prig *p)
{
	p->dev->features[0] |= bit(FAKE_F_NOTIF_CONFIG_DATA);
	prig_start(p, 0);
}

/* --- legacy --- */

static void legacy_in_memory(struct prig *p)
{
	prig_find(p);
	fake_pci_bar(p->f, 2, 0x100, FAKE_BAR_MEMORY);
	fake_pci_place(p->bus);
	prig_rd(p, 2, PRIG_LEGACY_STATUS, 1);
}

static void legacy_config_not_moved(struct prig *p)
{
	prig_find(p);
	prig_reset(p);
	prig_rd(p, 0, PRIG_LEGACY_CONFIG, 4);
	assert_int_equal(fake_violation_count(p->port), 0);
	prig_msix(p, 1);
	prig_rd(p, 0, PRIG_LEGACY_CONFIG, 4);
}

static void legacy_config_moved(struct prig *p)
{
	prig_find(p);
	prig_reset(p);
	prig_rd(p, 0, PRIG_LEGACY_CONFIG_MSIX + PRIG_CONFIG - 4, 4);
}

static void transitional_as_legacy(struct prig *p)
{
	prig_find(p);
	prig_rd(p, 0, PRIG_LEGACY_STATUS, 1);
}

static void legacy_refused(struct prig *p)
{
	prig_find(p);
	assert_int_equal(fake_violation_count(p->port), 0);
	fake_pci_refused(p->f);
}

static void used_blindly(struct prig *p)
{
	prig_put(p, PRIG_COMMAND, 2, FAKE_PCI_MEMORY);
	prig_common(p, PRIG_STATUS, 1);
}

static void used_without_caps(struct prig *p)
{
	p->f->cfg[PRIG_CAPS] = 0;
	p->f->common.len = p->f->notify.len = 0;
	prig_find(p);
	prig_rd(p, 4, PRIG_STATUS, 1);
}

static void pfn_without_size(struct prig *p)
{
	prig_find(p);
	prig_reset(p);
	prig_features(p, 0);
	prig_set(p, PRIG_LEGACY_SEL, 2, 0);
	prig_common(p, PRIG_LEGACY_PFN, 4);
	prig_enable(p, 0);
}

static void pfn_blindly(struct prig *p)
{
	prig_find(p);
	prig_reset(p);
	prig_features(p, 0);
	prig_set(p, PRIG_LEGACY_SEL, 2, 0);
	prig_common(p, PRIG_LEGACY_SIZE, 2);
	prig_enable(p, 0);
}

static void pfn_nowhere(struct prig *p)
{
	prig_find(p);
	prig_reset(p);
	prig_features(p, 0);
	prig_look(p, 0);
	prig_set(p, PRIG_LEGACY_PFN, 4, 7);
}

/* --- the model's own --- */

static void feature_not_selected(struct prig *p)
{
	prig_find(p);
	prig_reset(p);
	prig_common(p, PRIG_DEVICE_FEATURE, 4);
}

static void queue_not_there(struct prig *p)
{
	looked_at(p, 0);
	prig_set(p, PRIG_QUEUE_SEL, 2, 2);
	prig_place(p, 2);
}

static void size_not_read(struct prig *p)
{
	prig_find(p);
	prig_reset(p);
	prig_features(p, 0);
	prig_set(p, PRIG_QUEUE_SEL, 2, 0);
	prig_set(p, PRIG_QUEUE_SIZE, 2, 4);
}

static void size_above(struct prig *p)
{
	looked_at(p, 0);
	prig_set(p, PRIG_QUEUE_SIZE, 2, 2 * RIG_SIZE);
}

static void kick_nowhere(struct prig *p)
{
	prig_start(p, 0);
	prig_wr(p, p->f->notify.bar, p->f->notify.off + 0x100, 2, 0);
}

static void kick_idle_queue(struct prig *p)
{
	prig_start(p, 0);
	prig_wr(p, p->f->notify.bar, p->f->notify.off + 4, 2, 1);
}

static void queue_reset_uninvited(struct prig *p)
{
	prig_start(p, 0);
	prig_common(p, PRIG_QUEUE_RESET, 2);
}

static void not_decoded(struct prig *p)
{
	prig_common(p, PRIG_STATUS, 1);
}

static void between_structures(struct prig *p)
{
	with_room(p);
	prig_rd(p, 4, FREE, 4);
}

static void kick_without_mastering(struct prig *p)
{
	prig_start(p, 0);
	prig_put(p, PRIG_COMMAND, 2, FAKE_PCI_MEMORY);
	prig_echo(p);
	assert_int_equal(rig_used_idx(&p->rig, 0), 0);
}

static void bar_sized_at_work(struct prig *p)
{
	prig_find(p);
	prig_put(p, PRIG_BAR + 4, 4, UINT32_MAX);
}

static void id_written(struct prig *p)
{
	prig_put(p, 2, 2, 0x1234);
}

static void status_cleared(struct prig *p)
{
	prig_put(p, PRIG_COMMAND, 4, 0xffff0000);
}

static void config_unaligned(struct prig *p)
{
	prig_get(p, 2, 4);
}

static void port_not_set(struct prig *p)
{
	p->port->ops.reg_read(p->port, p->bus->ports + 4, 4);
}

static void port_narrow(struct prig *p)
{
	p->port->ops.reg_write(p->port, p->bus->ports, 1, 0x80);
}

static void bars_overlap(struct prig *p)
{
	fake_pci_bar(p->f, 2, 0x1000, FAKE_BAR_MEMORY);
	fake_pci_bar_put(p->f, 2, fake_pci_bar_addr(p->f, 1) + 0x1000);
	fake_pci_check_placed(p->bus);
}

static void bar_outside(struct prig *p)
{
	fake_pci_bar_put(p->f, 1, p->bus->memory.addr - 0x10000);
	fake_pci_check_placed(p->bus);
}

static void map_nothing(struct prig *p)
{
	uint64_t reg;

	p->port->ops.io_map(p->port, LEV_IO_MEMORY, p->bus->memory.cpu, 0,
			    &reg);
}

static void empty_entry(struct prig *p)
{
	queue_vector(p, 2);
	prig_common(p, PRIG_QUEUE_VECTOR, 2);
	p->f->table[2 * 16 + 12] = 0;
	prig_enable(p, 0);
	prig_ok(p);
	assert_int_equal(fake_violation_count(p->port), 0);
	prig_echo(p);
}

static void vector_without_msix(struct prig *p)
{
	looked_at(p, 0);
	prig_set(p, PRIG_QUEUE_VECTOR, 2, 0);
}

static void narrow_entry(struct prig *p)
{
	prig_find(p);
	prig_wr(p, 1, 8, 1, 0x40);
}

static void config_beyond(struct prig *p)
{
	prig_start(p, 0);
	prig_rd(p, p->f->config.bar, p->f->config.off + PRIG_CONFIG, 1);
}

static void admin_looked_for(struct prig *p)
{
	prig_start(p, 0);
	prig_common(p, 0x3c, 2);
}

static const struct prig_bad bads[] = {
	{ "PCI-DISC-01", FAKE_PCI_MODERN, good_one_refused },
	{ "PCI-DISC-02", FAKE_PCI_TRANSITIONAL, good_one_refused },
	{ "PCI-DISC-03", FAKE_PCI_MODERN, revision_refused },
	{ "PCI-LAYOUT-01", FAKE_PCI_MODERN, wide_status },
	{ "PCI-CAP-01", FAKE_PCI_MODERN, reserved_type_used },
	{ "PCI-CAP-02", FAKE_PCI_MODERN, second_one_used },
	{ "PCI-CAP-03", FAKE_PCI_MODERN, long_cap_refused },
	{ "PCI-CAP-04", FAKE_PCI_MODERN, reserved_bar_used },
	{ "PCI-CAP-05", FAKE_PCI_MODERN, large_one_mapped },
	{ "PCI-CAP-06", FAKE_PCI_MODERN, large_one_refused },
	{ "PCI-CAP-08", FAKE_PCI_MODERN, capability_written },
	{ "PCI-COMMON-01", FAKE_PCI_MODERN, num_queues_written },
	{ "PCI-COMMON-02", FAKE_PCI_MODERN, packed_size_0 },
	{ "PCI-COMMON-03", FAKE_PCI_MODERN, split_size_6 },
	{ "PCI-COMMON-04", FAKE_PCI_MODERN, enabled_first },
	{ "PCI-COMMON-04", FAKE_PCI_MODERN, placed_twice },
	{ "PCI-COMMON-05", FAKE_PCI_MODERN, reset_not_awaited },
	{ "PCI-COMMON-06", FAKE_PCI_MODERN, disabled },
	{ "PCI-COMMON-07", FAKE_PCI_MODERN, queue_reset_not_awaited },
	{ "PCI-ISR-01", FAKE_PCI_MODERN, isr_read_with_msix },
	{ "PCI-VNDR-01", FAKE_PCI_MODERN, vendor_used },
	{ "PCI-VNDR-02", FAKE_PCI_MODERN, vendor_written },
	{ "PCI-CFGACC-01", FAKE_PCI_MODERN, window_unaligned },
	{ "PCI-CFGACC-02", FAKE_PCI_MODERN, window_odd },
	{ "PCI-CFGACC-02", FAKE_PCI_MODERN, window_narrow },
	{ "PCI-CFGACC-03", FAKE_PCI_MODERN, window_nowhere },
	{ "PCI-MSIX-01", FAKE_PCI_MODERN, table_overrun },
	{ "PCI-MSIX-04", FAKE_PCI_MODERN, vector_beyond },
	{ "PCI-MSIX-05", FAKE_PCI_MODERN, vector_not_read_back },
	{ "PCI-MSIX-05", FAKE_PCI_MODERN, refusal_not_minded },
	{ "PCI-MSIX-05", FAKE_PCI_MODERN, config_vector_not_read_back },
	{ "PCI-KICK-01", FAKE_PCI_MODERN, kick_wide },
	{ "PCI-KICK-02", FAKE_PCI_MODERN, kick_narrow },
	{ "PCI-KICK-03", FAKE_PCI_MODERN, kick_other },
	{ "PCI-KICK-04", FAKE_PCI_MODERN, kick_other_with_data },
	{ "PCI-KICK-05", FAKE_PCI_MODERN, kick_by_index },
	{ "PCI-KICK-06", FAKE_PCI_MODERN, kick_by_index_with_data },
	{ "PCI-CFGINT-01", FAKE_PCI_MODERN, one_cause_of_two },
	{ "CORE-RFEAT-13", FAKE_PCI_MODERN, notif_config_data_declined },
	{ "LEG-PCI-01", FAKE_PCI_LEGACY, legacy_in_memory },
	{ "LEG-PCI-03", FAKE_PCI_LEGACY, legacy_config_not_moved },
	{ "LEG-PCI-03", FAKE_PCI_LEGACY, legacy_config_moved },
	{ "LEG-PCI-04", FAKE_PCI_TRANSITIONAL, transitional_as_legacy },
	{ "LEG-PCI-04", FAKE_PCI_TRANSITIONAL, used_blindly },
	{ "LEG-PCI-05", FAKE_PCI_LEGACY, legacy_refused },
	{ "LEG-PCI-06", FAKE_PCI_MODERN, used_blindly },
	{ "LEG-PCI-07", FAKE_PCI_MODERN, used_without_caps },
	{ "LEG-RING-01", FAKE_PCI_LEGACY, pfn_without_size },
	{ "X-PCI-01", FAKE_PCI_MODERN, feature_not_selected },
	{ "X-PCI-02", FAKE_PCI_MODERN, queue_not_there },
	{ "X-PCI-03", FAKE_PCI_MODERN, size_not_read },
	{ "X-PCI-03", FAKE_PCI_LEGACY, pfn_blindly },
	{ "X-PCI-04", FAKE_PCI_MODERN, size_above },
	{ "X-PCI-05", FAKE_PCI_MODERN, kick_nowhere },
	{ "X-PCI-05", FAKE_PCI_MODERN, kick_idle_queue },
	{ "X-PCI-06", FAKE_PCI_MODERN, queue_reset_uninvited },
	{ "X-PCI-07", FAKE_PCI_MODERN, not_decoded },
	{ "X-PCI-08", FAKE_PCI_MODERN, between_structures },
	{ "X-PCI-09", FAKE_PCI_MODERN, kick_without_mastering },
	{ "X-PCI-10", FAKE_PCI_MODERN, bar_sized_at_work },
	{ "X-PCI-11", FAKE_PCI_MODERN, id_written },
	{ "X-PCI-11", FAKE_PCI_MODERN, status_cleared },
	{ "X-PCI-12", FAKE_PCI_MODERN, config_unaligned },
	{ "X-PCI-12", FAKE_PCI_MODERN, port_not_set },
	{ "X-PCI-12", FAKE_PCI_MODERN, port_narrow },
	{ "X-PCI-13", FAKE_PCI_MODERN, bars_overlap },
	{ "X-PCI-13", FAKE_PCI_MODERN, bar_outside },
	{ "X-PCI-14", FAKE_PCI_MODERN, map_nothing },
	{ "X-PCI-15", FAKE_PCI_MODERN, empty_entry },
	{ "X-PCI-15", FAKE_PCI_MODERN, vector_without_msix },
	{ "X-PCI-15", FAKE_PCI_MODERN, narrow_entry },
	{ "X-PCI-16", FAKE_PCI_LEGACY, pfn_nowhere },
	{ "X-PCI-17", FAKE_PCI_MODERN, config_beyond },
	{ "X-PCI-17", FAKE_PCI_MODERN, admin_looked_for },
};

/* --- and one that keeps them all --- */

static void good_driver(enum fake_pci_kind kind)
{
	struct prig p = prig_new(kind);

	prig_start(&p, 0);
	prig_echo(&p);
	assert_int_equal(rig_used_idx(&p.rig, 0), 1);
	assert_true(p.f->line);
	fake_pci_handled(p.f, 1);
	assert_int_equal(prig_free(&p), 0);
}

static void good_drivers_are_not_blamed(void **state)
{
	(void)state;
	good_driver(FAKE_PCI_MODERN);
	good_driver(FAKE_PCI_TRANSITIONAL);
	good_driver(FAKE_PCI_LEGACY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_drivers_are_not_blamed),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	return failed + prig_run_bads(bads, sizeof(bads) / sizeof(*bads));
}
