/* SPDX-License-Identifier: MIT */
/* How a PCI device interrupts: MSI-X, INTx, or not at all. See pci.h. */
#include "pci_priv.h"

/* --- MSI-X's switch --- */

static uint32_t control_reg(const struct lev_pci *pci)
{
	return pci->msix_cap + (uint32_t)LEV_PCI_MSIX_CONTROL;
}

static uint32_t control_read(const struct lev_pci *pci)
{
	return lev_pci_read(pci, control_reg(pci), 2);
}

/* MSI-X on or off, with all its vectors masked or not. */
static void control_write(const struct lev_pci *pci, uint32_t bits)
{
	const uint32_t mask = LEV_PCI_MSIX_ENABLE | LEV_PCI_MSIX_MASK_ALL;

	lev_pci_write(pci, control_reg(pci), 2,
		      (control_read(pci) & ~mask) | bits);
}

/* From now on; NULL: without MSI-X. */
static void msix_use(struct lev_pci *pci, const struct lev_pci_vectors *msix)
{
	pci->intx = false;
	pci->msix = msix;
	if (pci->transport.legacy)
		lev_pci_legacy_place(pci, msix != NULL);
}

void lev_pci_quiet(struct lev_pci *pci)
{
	if (pci->msix_cap)
		control_write(pci, 0);
	msix_use(pci, NULL);
}

/* --- no interrupts, and levels --- */

int lev_pci_poll_only(struct lev_pci *pci)
{
	if (pci->transport.owner)
		return LEV_ERR_BUSY;
	lev_pci_quiet(pci);
	return 0;
}

int lev_pci_intx(struct lev_pci *pci)
{
	if (pci->transport.owner)
		return LEV_ERR_BUSY;
	/* A handler has no business in configuration space: see pci.h. */
	if (pci->isr.by_window ||
	    lev_pci_read(pci, LEV_PCI_CFG_INTERRUPT_PIN, 1) - 1 >= 4)
		return LEV_ERR_NOTSUP;
	lev_pci_quiet(pci);
	pci->intx = true;
	return 0;
}

/* --- MSI-X --- */

static bool vector_valid(const struct lev_pci_vectors *msix, uint16_t vector)
{
	return vector < msix->count || vector == LEV_PCI_NO_VECTOR;
}

static bool msix_valid(const struct lev_pci *pci,
		       const struct lev_pci_vectors *msix)
{
	if (msix->count > pci->msix_size || !vector_valid(msix, msix->config))
		return false;
	for (unsigned i = 0; i < msix->queue_count; i++)
		if (!vector_valid(msix, msix->queues[i]))
			return false;
	return true;
}

/* Find the device's table. */
static int table_map(struct lev_pci *pci, uint64_t *table)
{
	const uint32_t where = lev_pci_read(
		pci, pci->msix_cap + (uint32_t)LEV_PCI_MSIX_TABLE, 4);
	const uint32_t len = pci->msix_size * (uint32_t)LEV_PCI_MSIX_ENTRY_LEN;
	const unsigned bar = where & LEV_PCI_MSIX_TABLE_BAR;
	const uint32_t off = where & ~(uint32_t)LEV_PCI_MSIX_TABLE_BAR;

	if (!lev_pci_bar_holds(pci, bar, off, len) || pci->bars[bar].io ||
	    lev_pci_map(pci, bar, off, len, table))
		return LEV_ERR_NOTSUP;
	return 0;
}

static void entry_write(const struct lev_pci *pci, uint64_t reg,
			const struct lev_pci_message *m)
{
	const struct lev_hal *hal = pci->transport.hal;

	hal->ops->reg_write(hal->ctx, reg + LEV_PCI_MSIX_ENTRY_ADDR, 4,
			    (uint32_t)m->addr);
	hal->ops->reg_write(hal->ctx, reg + LEV_PCI_MSIX_ENTRY_ADDR_HIGH, 4,
			    (uint32_t)(m->addr >> 32));
	hal->ops->reg_write(hal->ctx, reg + LEV_PCI_MSIX_ENTRY_DATA, 4,
			    m->data);
	hal->ops->reg_write(hal->ctx, reg + LEV_PCI_MSIX_ENTRY_CONTROL, 4, 0);
}

int lev_pci_msix(struct lev_pci *pci, const struct lev_pci_vectors *msix)
{
	uint64_t table;
	int err;

	if (pci->transport.owner)
		return LEV_ERR_BUSY;
	if (!pci->msix_cap)
		return LEV_ERR_NOTSUP;
	if (!msix_valid(pci, msix))
		return LEV_ERR_RANGE;
	if (!msix->messages) {
		if (!(control_read(pci) & LEV_PCI_MSIX_ENABLE))
			return LEV_ERR_STATE;
		msix_use(pci, msix);
		return 0;
	}
	err = table_map(pci, &table);
	if (err)
		return err;
	control_write(pci, LEV_PCI_MSIX_ENABLE | LEV_PCI_MSIX_MASK_ALL);
	for (unsigned i = 0; i < msix->count; i++)
		entry_write(pci, table + i * LEV_PCI_MSIX_ENTRY_LEN,
			    &msix->messages[i]);
	control_write(pci, LEV_PCI_MSIX_ENABLE);
	msix_use(pci, msix);
	return 0;
}
