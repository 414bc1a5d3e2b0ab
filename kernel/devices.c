/* SPDX-License-Identifier: MIT */
/* The machine's VirtIO devices. See devices.h. */
#include "devices.h"

#include "arch.h"
#include "console.h"
#include "device_irq.h"
#include "pci.h"
#include "print.h"

enum { MMIO_LEN = 0x200 }; /* of a slot's registers, at least */

static struct device_slot slots[DEVICES_MAX];
static unsigned slot_count;
static unsigned left_out; /* for which there was no room */
static enum device_irq best_irq;

/* --- what the tree names --- */

/* Keep MMIO slots sorted, the highest address first. */
static struct device_slot *slot_insert(uint64_t addr)
{
	unsigned i = slot_count++;

	for (; i > 0 && slots[i - 1].place.addr < addr; i--)
		slots[i] = slots[i - 1];
	slots[i] = (struct device_slot){ .place.addr = addr };
	return &slots[i];
}

/* Can its registers be reached, each at a multiple of its width? */
static bool mmio_usable(uint64_t addr, uint64_t len)
{
	return len >= MMIO_LEN && addr % 4 == 0 && arch_can_map(addr, len);
}

static void mmio_from_fdt(const struct fdt *fdt)
{
	struct fdt_cursor at;
	uint64_t addr, len;
	bool more;

	for (more = fdt_find_compatible(fdt, "virtio,mmio", &at); more;
	     more = fdt_next_compatible(&at, "virtio,mmio")) {
		struct device_slot *slot;

		if (fdt_reg(&at, 0, &addr, &len) || !mmio_usable(addr, len)) {
			kprintf("devices: %s: no registers within reach\n",
				at.name);
			continue;
		}
		if (slot_count == DEVICES_MAX) {
			left_out++;
			continue;
		}
		arch_map_device(addr, len);
		slot = slot_insert(addr);
		slot->at = at;
		print_text(slot->name, sizeof(slot->name), "mmio %08llx",
			   (unsigned long long)addr);
	}
}

/* They come sorted. */
static void on_function(const struct pci_bridge *bridge,
			const struct lev_pci_function *function)
{
	struct device_slot *slot;

	if (slot_count == DEVICES_MAX) {
		left_out++;
		return;
	}
	slot = &slots[slot_count++];
	slot->place.host = &bridge->host;
	slot->place.addr = function->addr;
	slot->at = bridge->at;
	slot->intx_addr = function->root_addr;
	slot->intx_pin = function->root_pin;
	print_text(slot->name, sizeof(slot->name), "pci %02x:%02x.%x",
		   function->addr >> 8, function->addr >> 3 & 31,
		   function->addr & 7);
}

/* --- looking at them --- */

static void slot_probe(struct device_slot *slot, const struct lev_hal *hal)
{
	const struct device_place *place = &slot->place;

	if (place->host) {
		slot->transport = &slot->pci.transport;
		slot->probed = lev_pci_probe(&slot->pci, place->host,
					     (uint16_t)place->addr);
	} else {
		slot->transport = &slot->mmio.transport;
		slot->probed = lev_mmio_probe(&slot->mmio, hal, place->addr);
	}
}

static unsigned slots_present(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < slot_count; i++)
		n += !slots[i].probed;
	return n;
}

void devices_probe(const struct fdt *fdt, const struct lev_hal *hal,
		   enum device_irq best)
{
	best_irq = best;
	mmio_from_fdt(fdt);
	pci_scan(fdt, hal, on_function);
	for (unsigned i = 0; i < slot_count; i++)
		slot_probe(&slots[i], hal);
	if (left_out)
		kprintf("devices: no room for %u more slots\n", left_out);
	kprintf("devices: %u slots, %u with a device\n", slot_count,
		slots_present());
}

struct device_slot *devices_find(uint32_t type, struct device_slot *after)
{
	struct device_slot *slot = after ? after + 1 : slots;

	for (; slot < slots + slot_count; slot++)
		if (!slot->probed && slot->transport->device_id == type)
			return slot;
	return NULL;
}

/* --- who drives them --- */

void devices_claim(struct device_slot *slot, struct lev_device *dev,
		   const struct lev_queue *queue)
{
	if (!slot->attached)
		device_irq_attach(slot, best_irq);
	slot->attached = true;
	slot->queue = queue;
	slot->dev = dev;
}

void devices_release(struct device_slot *slot)
{
	slot->dev = NULL;
	slot->queue = NULL;
}

static bool is_polled(const struct device_slot *slot)
{
	return slot->dev && slot->irq == DEVICE_POLL;
}

bool devices_polled(void)
{
	for (unsigned i = 0; i < slot_count; i++) {
		if (is_polled(&slots[i]))
			return true;
	}
	return false;
}

void devices_poll(void)
{
	for (unsigned i = 0; i < slot_count; i++) {
		if (is_polled(&slots[i]))
			(void)lev_device_isr(slots[i].dev);
	}
}

/* --- the list --- */

static const char *type_name(uint32_t type)
{
	static const char *const names[] = {
		[1] = "net",	 [2] = "block",	  [3] = "console",
		[4] = "entropy", [5] = "balloon", [8] = "scsi",
		[9] = "9p",	 [16] = "gpu",	  [18] = "input",
		[19] = "socket", [20] = "crypto", [26] = "file system",
	};

	if (type < sizeof(names) / sizeof(names[0]) && names[type])
		return names[type];
	return "other";
}

/* Also the features that the standard knows and no driver here does. */
static const char *feature_name(const struct lev_device *dev, unsigned bit)
{
	static const char *const names[] = {
		[24] = "NOTIFY_ON_EMPTY",
		[37] = "SR_IOV",
	};
	const char *name = lev_device_feature_name(dev, bit);

	if (!name && bit < sizeof(names) / sizeof(names[0]))
		name = names[bit];
	return name;
}

static void list_features(const struct device_slot *slot, const char *what,
			  const struct lev_features *f)
{
	kprintf("  %s", what);
	for (unsigned bit = 0; bit < 32 * LEV_FEATURE_WORDS; bit++) {
		const char *name = feature_name(slot->dev, bit);

		if (!lev_features_has(f, bit))
			continue;
		if (name)
			kprintf(" %s", name);
		else
			kprintf(" %u", bit);
	}
	kprintf("\n");
}

static void list_interrupts(const struct device_slot *slot)
{
	kprintf("  irq %s", device_irq_name(slot->irq));
	if (slot->irq == DEVICE_MSIX)
		kprintf(", %u vector%s", slot->msix.count,
			slot->msix.count == 1 ? "" : "s");
	if (slot->irq != DEVICE_POLL)
		kprintf(", %u taken", slot->interrupts);
	kprintf("\n");
}

static void list_slot(const struct device_slot *slot)
{
	const struct lev_transport *t = slot->transport;

	kprintf("%s %s (type %u), %s, ", slot->name, type_name(t->device_id),
		t->device_id, t->legacy ? "legacy" : "modern");
	if (!slot->dev) {
		kprintf("no driver\n");
		return;
	}
	kprintf("driver %s\n", slot->dev->driver->name);
	list_features(slot, "offered ", &slot->dev->offered);
	list_features(slot, "accepted", &slot->dev->accepted);
	kprintf("  queue %u: %u entries, %s, %u in flight\n", slot->queue->idx,
		lev_queue_size(slot->queue),
		lev_device_has(slot->dev, LEV_F_RING_PACKED) ? "packed"
							     : "split",
		lev_queue_in_flight(slot->queue));
	list_interrupts(slot);
}

void devices_list(void)
{
	unsigned empty = 0;

	for (unsigned i = 0; i < slot_count; i++) {
		if (slots[i].probed == LEV_ERR_NODEV)
			empty++;
		else if (slots[i].probed)
			kprintf("%s: %s\n", slots[i].name,
				lev_strerror(slots[i].probed));
		else
			list_slot(&slots[i]);
	}
	kprintf("%u slots, %u without a device\n", slot_count, empty);
}
