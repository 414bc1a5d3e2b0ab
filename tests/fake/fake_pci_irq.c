/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of a PCI function (standard 4.1.4.5, 4.1.5): MSI-X with its table
 * and the vectors of queues and configuration; INTx with the ISR.
 */
#include "fake_pci_int.h"

enum { ENTRY_ADDR = 0, ENTRY_DATA = 8, ENTRY_CONTROL = 12 };

static uint16_t msix_control(const struct fake_pci_function *f)
{
	unsigned cap = fake_pci_msix_cap(f);

	return cap ? fake_get16(f->cfg + cap + 2) : 0;
}

bool fake_pci_msix_on(const struct fake_pci_function *f)
{
	return msix_control(f) & MSIX_ENABLE;
}

/* --- messages --- */

static const uint8_t *entry_of(const struct fake_pci_function *f,
			       unsigned vector)
{
	return f->table + (size_t)vector * ENTRY_LEN;
}

static bool is_masked(const struct fake_pci_function *f, unsigned vector)
{
	return (msix_control(f) & MSIX_MASKED) ||
	       (entry_of(f, vector)[ENTRY_CONTROL] & 1);
}

static void deliver(struct fake_pci_function *f, uint16_t vector)
{
	const uint8_t *entry = entry_of(f, vector);

	f->pending[vector] = false;
	if (!fake_pci_check(f, f->dev->bus->reaches(f->dev), "X-PCI-09",
			    "an interrupt, but no bus mastering", vector))
		return;
	fake_pci_check(f, f->filled[vector], "X-PCI-15",
		       "an interrupt by an empty entry", vector);
	f->log[f->messages++ % FAKE_MESSAGES] = (struct fake_pci_message){
		.vector = vector,
		.addr = fake_get64(entry + ENTRY_ADDR),
		.data = fake_get32(entry + ENTRY_DATA),
	};
	f->by_vector[vector]++;
	f->dev->irqs++;
	fake_irq_rise(f->dev);
}

static void message(struct fake_pci_function *f, uint16_t vector)
{
	if (vector >= f->msix_size)
		return;
	/* Who shares a vector with configuration cannot know. */
	f->config_told |= vector == f->config_vector;
	f->queue_told |= vector != f->config_vector;
	if (is_masked(f, vector))
		f->pending[vector] = true;
	else
		deliver(f, vector);
}

/* --- the line --- */

static void line_update(struct fake_pci_function *f)
{
	uint32_t isr = __atomic_load_n(&f->dev->isr, __ATOMIC_SEQ_CST);
	bool was = f->line;

	f->cfg[CFG_STATUS] &= (uint8_t)~STATUS_INTERRUPT;
	if (isr && !fake_pci_msix_on(f))
		f->cfg[CFG_STATUS] |= STATUS_INTERRUPT;
	f->line = isr && !fake_pci_msix_on(f) &&
		  !(fake_pci_command(f) & FAKE_PCI_NOINTX);
	if (f->line && !was) {
		f->dev->irqs++;
		fake_irq_rise(f->dev);
	}
}

void fake_pci_update(struct fake_pci_function *f)
{
	if (!f->dev)
		return;
	line_update(f);
	if (!fake_pci_msix_on(f))
		return;
	for (uint16_t i = 0; i < f->msix_size; i++) {
		if (f->pending[i] && !is_masked(f, i))
			deliver(f, i);
	}
}

static bool pci_irq(struct fake_dev *dev, uint32_t bits,
		    struct fake_queue *queue)
{
	struct fake_pci_function *f = dev->pci;

	if (!fake_pci_msix_on(f)) {
		__atomic_fetch_or(&dev->isr, bits, __ATOMIC_SEQ_CST);
		line_update(f);
		return true;
	}
	if (bits & 2) {
		__atomic_fetch_or(&dev->isr, 2, __ATOMIC_SEQ_CST);
		message(f, f->config_vector);
	}
	if (bits & 1)
		message(f, f->queue_vector[queue ? queue->idx : 0]);
	return true;
}

uint32_t fake_pci_isr_read(struct fake_dev *dev)
{
	struct fake_pci_function *f = dev->pci;
	uint32_t isr = dev->isr;

	/* Who has no vector for configuration finds changes this way. */
	if (f->queue_told && f->config_vector != FAKE_NO_VECTOR)
		fake_pci_check(f, f->config_told, "PCI-ISR-01",
			       "the ISR read for a queue's interrupt", isr);
	f->config_told = f->queue_told = false;
	f->shown |= isr & 3;
	if (!dev->faults.isr_sticks)
		__atomic_store_n(&dev->isr, 0, __ATOMIC_SEQ_CST);
	line_update(f);
	return isr | dev->faults.isr_extra;
}

void fake_pci_handled(struct fake_pci_function *f, unsigned causes)
{
	if (f->shown == 3)
		fake_pci_check(f, (causes & 3) == 3, "PCI-CFGINT-01",
			       "one of two causes was dropped", causes);
	f->shown = 0;
}

/* --- vectors --- */

/* The queue selected; dev->nqueues at least if there is none. */
static unsigned queue_at(const struct fake_dev *dev)
{
	return dev->queue_sel < dev->nqueues ? dev->queue_sel : UINT8_MAX;
}

uint32_t fake_pci_vector_read(struct fake_dev *dev, uint32_t reg)
{
	struct fake_pci_function *f = dev->pci;
	unsigned queue = queue_at(dev);
	bool config = reg == FAKE_REG_CONFIG_VECTOR;
	uint16_t vector = config	       ? f->config_vector
			  : queue == UINT8_MAX ? FAKE_NO_VECTOR
					       : f->queue_vector[queue];

	/* A refusal is not got over by looking at it. */
	if (vector != FAKE_NO_VECTOR)
		f->unread &= ~(config ? 1u : 2u << queue);
	return vector;
}

void fake_pci_vector_write(struct fake_dev *dev, uint32_t reg, uint32_t value)
{
	struct fake_pci_function *f = dev->pci;
	bool config = reg == FAKE_REG_CONFIG_VECTOR;
	unsigned queue = queue_at(dev);
	uint16_t vector = (uint16_t)value;
	uint32_t bit = config ? 1 : 2u << (queue & 31);
	bool none = vector == FAKE_NO_VECTOR;

	fake_pci_check(f, none || vector < f->msix_size, "PCI-MSIX-04",
		       "a vector beyond the table", value);
	if (!none)
		fake_pci_check(f, fake_pci_msix_on(f), "X-PCI-15",
			       "a vector, but MSI-X is off", value);
	if (!config && queue == UINT8_MAX)
		return;
	f->unread = none ? f->unread & ~bit : f->unread | bit;
	if (vector >= f->msix_size || vector >= f->vectors_max)
		vector = FAKE_NO_VECTOR;
	*(config ? &f->config_vector : &f->queue_vector[queue]) = vector;
}

void fake_pci_vector_check(struct fake_pci_function *f, int queue)
{
	uint32_t bit = 1u << (queue + 1);
	uint16_t vector = queue < 0 ? f->config_vector : f->queue_vector[queue];

	if (vector != FAKE_NO_VECTOR || (f->unread & bit))
		fake_pci_check(f, !(f->unread & bit), "PCI-MSIX-05",
			       "a vector was not read back, or was refused",
			       vector);
}

/* --- the table --- */

static bool entry_there(struct fake_pci_function *f, uint32_t off)
{
	return fake_pci_check(f, off / ENTRY_LEN < f->msix_size, "PCI-MSIX-01",
			      "beyond the table's size", off);
}

uint32_t fake_pci_table_read(struct fake_pci_function *f, uint32_t off)
{
	if (!entry_there(f, off))
		return UINT32_MAX;
	return fake_get32(f->table + (off & ~3u));
}

void fake_pci_table_write(struct fake_pci_function *f, uint32_t off,
			  unsigned width, uint32_t value)
{
	if (!entry_there(f, off) ||
	    !fake_pci_check(f, width == 4 && off % 4 == 0, "X-PCI-15",
			    "a table's entry by other than 32 bits", off))
		return;
	fake_put32(f->table + off, value);
	f->filled[off / ENTRY_LEN] |= off % ENTRY_LEN == ENTRY_ADDR && value;
	fake_pci_update(f);
}

/* --- the bus --- */

static void pci_reset(struct fake_dev *dev)
{
	struct fake_pci_function *f = dev->pci;

	if (f->queue_told && f->config_vector != FAKE_NO_VECTOR)
		fake_dev_kept(dev, "PCI-ISR-01");
	f->config_vector = FAKE_NO_VECTOR;
	for (unsigned i = 0; i < 8; i++)
		f->queue_vector[i] = FAKE_NO_VECTOR;
	f->unread = f->shown = 0;
	f->config_told = f->queue_told = false;
	line_update(f);
}

static bool pci_reaches(const struct fake_dev *dev)
{
	const struct fake_pci_function *f = dev->pci;
	bool on = true;

	for (; f; f = f->bridge)
		on &= (fake_pci_command(f) & FAKE_PCI_MASTER) != 0;
	return on;
}

/* What MMIO's rules are called here. */
static const struct {
	const char *mmio, *pci;
} rules[] = {
	{ "MMIO-REG-01", "X-PCI-17" },	    { "MMIO-REG-02", "X-PCI-17" },
	{ "MMIO-REG-05", "PCI-LAYOUT-01" }, { "MMIO-REG-12", "X-PCI-01" },
	{ "MMIO-REG-13", "X-PCI-01" },	    { "MMIO-REG-14", "X-PCI-04" },
	{ "MMIO-REG-15", "PCI-COMMON-04" }, { "MMIO-REG-21", "PCI-COMMON-07" },
	{ "X-MMIO-01", "X-PCI-01" },	    { "X-MMIO-02", "X-PCI-02" },
	{ "X-MMIO-03", "PCI-COMMON-04" },   { "X-MMIO-04", "X-PCI-03" },
	{ "X-MMIO-05", "X-PCI-05" },	    { "X-MMIO-06", "X-PCI-06" },
	{ "X-MMIO-08", "X-PCI-06" },	    { "X-MMIO-09", "X-PCI-05" },
	{ "X-MMIO-10", "X-PCI-06" },	    { "LEG-MMIO-05", "X-PCI-16" },
};

static bool begins(const char *id, const char *with)
{
	while (*with && *id == *with) {
		id++;
		with++;
	}
	return !*with;
}

static const char *pci_rule(const struct fake_dev *dev, const char *id)
{
	/* Of a legacy device any width reads configuration (4.1.4.10). */
	if (dev->version == 1 && begins(id, "MMIO-REG-05"))
		return NULL;
	if (!begins(id, "MMIO-") && !begins(id, "X-MMIO-") &&
	    !begins(id, "LEG-MMIO-"))
		return id;
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (begins(id, rules[i].mmio))
			return rules[i].pci;
	}
	return NULL;
}

static bool pci_may(struct fake_dev *dev, uint32_t off, unsigned width,
		    bool write)
{
	(void)dev;
	(void)off;
	(void)width;
	(void)write;
	return true; /* was looked at where it was found */
}

static uint32_t pci_read(struct fake_dev *dev, uint32_t reg)
{
	const struct fake_pci_function *f = dev->pci;
	unsigned queue = queue_at(dev);

	switch (reg) {
	case FAKE_REG_INTERRUPT_STATUS:
		return fake_pci_isr_read(dev);
	case FAKE_REG_CONFIG_VECTOR:
	case FAKE_REG_QUEUE_VECTOR:
		return fake_pci_vector_read(dev, reg);
	case FAKE_REG_NUM_QUEUES:
		return dev->nqueues;
	case FAKE_REG_NOTIFY_OFF:
		return queue == UINT8_MAX ? 0 : f->notify_off[queue];
	case FAKE_REG_NOTIF_DATA:
		return queue == UINT8_MAX ? 0 : f->notif_data[queue];
	default:
		return 0;
	}
}

static void pci_write(struct fake_dev *dev, uint32_t reg, uint32_t value)
{
	if (reg == FAKE_REG_CONFIG_VECTOR || reg == FAKE_REG_QUEUE_VECTOR)
		fake_pci_vector_write(dev, reg, value);
}

const struct fake_bus fake_pci_bus = {
	.may = pci_may,
	.read = pci_read,
	.write = pci_write,
	.rule = pci_rule,
	.irq = pci_irq,
	.reaches = pci_reaches,
	.reset = pci_reset,
};
