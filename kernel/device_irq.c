/* SPDX-License-Identifier: MIT */
/*
 * How a device's interrupts reach the kernel. See device_irq.h.
 *
 * No handler does more than to remember the cause: to be woken is what counts,
 * as the main loop looks at all devices each time around.
 */
#include "device_irq.h"

#include "arch.h"
#include "console.h"
#include "pci_sender.h"

/* --- handlers, in interrupt context --- */

static void on_wire(void *ctx)
{
	struct device_slot *slot = ctx;

	if (slot->dev && lev_device_isr(slot->dev))
		slot->interrupts++;
}

static void on_config_message(void *ctx)
{
	struct device_slot *slot = ctx;

	slot->interrupts++;
	if (slot->dev)
		(void)lev_device_isr(slot->dev);
}

static void on_queue_message(void *ctx)
{
	struct device_slot *slot = ctx;

	slot->interrupts++;
}

/* --- attaching --- */

/* So many messages as there are, up to max; they are never given back. */
static int take_messages(struct device_slot *slot, uint16_t max)
{
	const uint16_t sender = pci_sender(slot->place.host, slot->pci.addr);
	uint16_t count = 0;
	int err = 0;

	while (count < max && !err) {
		struct arch_message message;

		err = arch_msi_attach(&slot->at, sender,
				      count ? on_queue_message
					    : on_config_message,
				      slot, &message);
		if (err)
			continue;
		slot->messages[count].addr = message.addr;
		slot->messages[count].data = message.data;
		count++;
	}
	slot->msix.count = count;
	return count ? 0 : err;
}

/* Vector 0 is the configuration's, the last one that of all queues. */
static int attach_messages(struct device_slot *slot)
{
	uint16_t max = DEVICES_VECTORS;
	int err;

	if (!slot->place.host || !slot->pci.msix_size)
		return LEV_ERR_NODEV;
	if (slot->pci.msix_size < max)
		max = slot->pci.msix_size;
	err = take_messages(slot, max);
	if (err)
		return err;
	slot->queue_vector = (uint16_t)(slot->msix.count - 1);
	slot->msix.messages = slot->messages;
	slot->msix.config = 0;
	slot->msix.queues = &slot->queue_vector;
	slot->msix.queue_count = 1;
	return lev_pci_msix(&slot->pci, &slot->msix);
}

static int attach_wire(struct device_slot *slot)
{
	int err;

	if (!slot->place.host)
		return arch_irq_attach(&slot->at, 0, on_wire, slot);
	if (!slot->intx_pin)
		return LEV_ERR_NODEV;
	err = lev_pci_intx(&slot->pci);
	if (!err)
		err = arch_pci_irq_attach(&slot->at, slot->intx_addr,
					  slot->intx_pin, on_wire, slot);
	return err;
}

static int attach(struct device_slot *slot, enum device_irq irq)
{
	switch (irq) {
	case DEVICE_MSIX:
		return attach_messages(slot);
	case DEVICE_INTX:
		return attach_wire(slot);
	case DEVICE_POLL:
		break;
	}
	return slot->place.host ? lev_pci_poll_only(&slot->pci) : 0;
}

/* That an MMIO slot has no messages is no news. */
static bool is_news(const struct device_slot *slot, enum device_irq irq)
{
	return slot->place.host || irq != DEVICE_MSIX;
}

void device_irq_attach(struct device_slot *slot, enum device_irq best)
{
	slot->irq = best;
	for (;;) {
		const int err = attach(slot, slot->irq);

		if (!err || slot->irq == DEVICE_POLL)
			return;
		if (is_news(slot, slot->irq))
			kprintf("devices: %s: no %s: %s\n", slot->name,
				device_irq_name(slot->irq), lev_strerror(err));
		slot->irq++;
	}
}

const char *device_irq_name(enum device_irq irq)
{
	static const char *const names[] = { "msix", "intx", "poll" };

	return names[irq];
}
