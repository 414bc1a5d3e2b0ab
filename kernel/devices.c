/* SPDX-License-Identifier: MIT */
/* The machine's VirtIO slots. See devices.h. */
#include "arch.h"
#include "console.h"
#include "devices.h"

static struct device_slot slots[DEVICES_MAX];
static unsigned slot_count;

/* Keep the slots sorted, highest address first. */
static struct device_slot *slot_insert(uint64_t addr)
{
	unsigned i = slot_count++;

	for (; i > 0 && slots[i - 1].addr < addr; i--)
		slots[i] = slots[i - 1];
	slots[i] = (struct device_slot){ .addr = addr };
	return &slots[i];
}

static void slots_from_fdt(const struct fdt *fdt)
{
	struct fdt_cursor at;
	uint64_t addr, len;
	bool more;

	for (more = fdt_find_compatible(fdt, "virtio,mmio", &at); more;
	     more = fdt_next_compatible(&at, "virtio,mmio")) {
		if (fdt_reg(&at, 0, &addr, &len) || len < 0x200)
			continue;
		if (slot_count == DEVICES_MAX) {
			kprintf("devices: more than %u slots\n", slot_count);
			return;
		}
		arch_map_device(addr, len);
		slot_insert(addr)->at = at;
	}
}

static unsigned slots_present(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < slot_count; i++)
		n += !slots[i].probed;
	return n;
}

void devices_probe(const struct fdt *fdt, const struct lev_hal *hal)
{
	slots_from_fdt(fdt);
	for (unsigned i = 0; i < slot_count; i++)
		slots[i].probed =
			lev_mmio_probe(&slots[i].mmio, hal, slots[i].addr);
	kprintf("devices: %u slots, %u with a device\n", slot_count,
		slots_present());
}

struct device_slot *devices_find(uint32_t type, struct device_slot *after)
{
	struct device_slot *slot = after ? after + 1 : slots;

	for (; slot < slots + slot_count; slot++)
		if (!slot->probed && slot->mmio.transport.device_id == type)
			return slot;
	return NULL;
}

/* Interrupt context: the cause is recorded; the main loop does the rest. */
static void on_interrupt(void *ctx)
{
	const struct device_slot *slot = ctx;

	if (slot->dev)
		lev_device_isr(slot->dev);
}

void devices_claim(struct device_slot *slot, struct lev_device *dev,
		   const struct lev_queue *queue)
{
	int err;

	slot->dev = dev;
	slot->queue = queue;
	if (slot->irq)
		return;
	err = arch_irq_attach(&slot->at, 0, on_interrupt, slot);
	if (err)
		kprintf("devices: no interrupt for %08llx: %s\n",
			(unsigned long long)slot->addr, lev_strerror(err));
	slot->irq = !err;
}

void devices_release(struct device_slot *slot)
{
	slot->dev = NULL;
	slot->queue = NULL;
}

bool devices_polled(void)
{
	for (unsigned i = 0; i < slot_count; i++) {
		if (slots[i].dev && !slots[i].irq)
			return true;
	}
	return false;
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

static void list_slot(const struct device_slot *slot)
{
	const struct lev_transport *t = &slot->mmio.transport;

	kprintf("%08llx %s (type %u), mmio version %u, ",
		(unsigned long long)slot->addr, type_name(t->device_id),
		t->device_id, t->version);
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
}

void devices_list(void)
{
	unsigned empty = 0;

	for (unsigned i = 0; i < slot_count; i++) {
		if (slots[i].probed == LEV_ERR_NODEV)
			empty++;
		else if (slots[i].probed)
			kprintf("%08llx version %u: %s\n",
				(unsigned long long)slots[i].addr,
				slots[i].mmio.transport.version,
				lev_strerror(slots[i].probed));
		else
			list_slot(&slots[i]);
	}
	kprintf("%u slots, %u without a device\n", slot_count, empty);
}
