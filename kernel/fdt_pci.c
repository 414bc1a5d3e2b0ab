/* SPDX-License-Identifier: MIT */
/* The node of a PCI host bridge. See fdt_pci.h. */
#include "fdt_pci.h"

/* A PCI address has three cells: what and where, then 64 bits of address. */
enum {
	PCI_CELLS = 3,
	UNIT_CELLS = PCI_CELLS + 1, /* with the pin: what the map looks up */
	MSI_MAP_CELLS = 4, /* first requester, phandle, first name, how many */
	CELL_LEN = 4,
	ALIGNED = 16, /* the least that a BAR in memory is a multiple of */
};

/* Cell idx of a property that is known to have it. */
static uint32_t cell_at(const struct fdt_prop *prop, uint32_t idx)
{
	return (uint32_t)fdt_number(prop->value + CELL_LEN * idx, 1);
}

static bool wraps(uint64_t start, uint64_t len)
{
	return len == 0 || start > UINT64_MAX - (len - 1);
}

/* --- addresses --- */

static uint32_t parent_cells(const struct fdt_cursor *host)
{
	return host->levels[host->depth - 1].address_cells;
}

int fdt_pci_range(const struct fdt_cursor *host, unsigned idx,
		  struct fdt_pci_range *range)
{
	const struct fdt_level *level = &host->levels[host->depth];
	struct fdt_prop prop;
	const uint8_t *p;
	uint32_t entry;

	if (host->depth == 0 || !fdt_prop(host, "ranges", &prop))
		return LEV_ERR_NODEV;
	if (level->address_cells != PCI_CELLS || level->size_cells == 0 ||
	    level->size_cells > 2 || parent_cells(host) == 0 ||
	    parent_cells(host) > 2)
		return LEV_ERR_NOTSUP;
	entry = CELL_LEN * (PCI_CELLS + parent_cells(host) + level->size_cells);
	if (idx >= prop.len / entry)
		return LEV_ERR_NODEV;
	p = prop.value + idx * entry;
	range->hi = (uint32_t)fdt_number(p, 1);
	range->bus = fdt_number(p + CELL_LEN, 2);
	p += CELL_LEN * PCI_CELLS;
	range->cpu = fdt_number(p, parent_cells(host));
	range->len = fdt_number(p + CELL_LEN * parent_cells(host),
				level->size_cells);
	if (wraps(range->bus, range->len))
		return LEV_ERR_RANGE;
	if (fdt_to_cpu(host, &range->cpu, range->len) != 0 ||
	    wraps(range->cpu, range->len))
		return LEV_ERR_RANGE;
	/* What is aligned on the bus must be aligned for us. */
	if ((range->cpu - range->bus) % ALIGNED != 0)
		return LEV_ERR_RANGE;
	return 0;
}

int fdt_pci_buses(const struct fdt_cursor *host, uint8_t *first, uint8_t *last)
{
	struct fdt_prop prop;
	uint32_t from = 0;
	uint32_t to = UINT8_MAX;

	if (fdt_prop(host, "bus-range", &prop)) {
		if (prop.len != 2 * CELL_LEN)
			return LEV_ERR_INVAL;
		from = cell_at(&prop, 0);
		to = cell_at(&prop, 1);
	}
	if (from > to || to > UINT8_MAX)
		return LEV_ERR_INVAL;
	*first = (uint8_t)from;
	*last = (uint8_t)to;
	return 0;
}

/* --- interrupt-map --- */

/*
 * An entry: the device's address and pin, the parent's phandle, an address on
 * the parent's bus, the specifier. The last two are as long as the parent
 * says, so that an entry cannot be skipped without finding its parent.
 */
struct map_entry {
	uint32_t phandle; /* whose lengths these are */
	uint32_t address_cells;
	uint32_t cells;
	struct fdt_cursor parent;
};

/* Learn an entry's lengths; most have the same parent as the one before. */
static int find_parent(const struct fdt *fdt, uint32_t phandle, bool first,
		       struct map_entry *entry)
{
	if (!first && phandle == entry->phandle)
		return 0;
	entry->phandle = phandle;
	entry->address_cells = 0;
	if (!fdt_find_phandle(fdt, phandle, &entry->parent) ||
	    !fdt_cell(&entry->parent, "#interrupt-cells", 0, &entry->cells) ||
	    entry->cells == 0)
		return LEV_ERR_INVAL;
	/* Absent it means none, as nowhere else. */
	(void)fdt_cell(&entry->parent, "#address-cells", 0,
		       &entry->address_cells);
	if (entry->cells > FDT_IRQ_CELLS || entry->address_cells > PCI_CELLS)
		return LEV_ERR_NOTSUP;
	return 0;
}

static bool is_unit(const struct fdt_prop *map, uint32_t at,
		    const uint32_t unit[UNIT_CELLS],
		    const uint32_t mask[UNIT_CELLS])
{
	for (uint32_t i = 0; i < UNIT_CELLS; i++) {
		if (((cell_at(map, at + i) ^ unit[i]) & mask[i]) != 0)
			return false;
	}
	return true;
}

static int search_map(const struct fdt *fdt, const struct fdt_prop *map,
		      const uint32_t unit[UNIT_CELLS],
		      const uint32_t mask[UNIT_CELLS], struct map_entry *entry,
		      uint32_t cells[FDT_IRQ_CELLS])
{
	uint32_t end = map->len / CELL_LEN;
	uint32_t at = 0;

	while (at < end) {
		uint32_t spec = at + UNIT_CELLS + 1;
		int err;

		if (end - at < UNIT_CELLS + 1)
			return LEV_ERR_INVAL;
		err = find_parent(fdt, cell_at(map, at + UNIT_CELLS), at == 0,
				  entry);
		if (err != 0)
			return err;
		if (end - spec < entry->address_cells + entry->cells)
			return LEV_ERR_INVAL;
		spec += entry->address_cells;
		if (is_unit(map, at, unit, mask)) {
			for (uint32_t i = 0; i < entry->cells; i++)
				cells[i] = cell_at(map, spec + i);
			return (int)entry->cells;
		}
		at = spec + entry->cells;
	}
	return LEV_ERR_NODEV;
}

int fdt_pci_interrupt(const struct fdt_cursor *host, uint32_t requester,
		      unsigned pin, struct fdt_cursor *parent,
		      uint32_t cells[FDT_IRQ_CELLS])
{
	uint32_t unit[UNIT_CELLS] = { requester << 8, 0, 0, pin };
	uint32_t mask[UNIT_CELLS];
	struct map_entry entry;
	struct fdt_prop map;
	uint32_t own_cells;
	int count;

	if (requester >= FDT_PCI_REQUESTERS || pin == 0 || pin > FDT_PCI_PINS)
		return LEV_ERR_INVAL;
	if (!fdt_prop(host, "interrupt-map", &map))
		return LEV_ERR_NODEV;
	if (host->levels[host->depth].address_cells != PCI_CELLS ||
	    !fdt_cell(host, "#interrupt-cells", 0, &own_cells) ||
	    own_cells != 1)
		return LEV_ERR_NOTSUP;
	for (unsigned i = 0; i < UNIT_CELLS; i++) {
		if (!fdt_cell(host, "interrupt-map-mask", i, &mask[i]))
			mask[i] = UINT32_MAX;
	}
	count = search_map(host->fdt, &map, unit, mask, &entry, cells);
	if (count > 0)
		*parent = entry.parent;
	return count;
}

/* --- msi-map --- */

/* The entry that covers the device, which may be the first of several. */
static bool search_messages(const struct fdt_prop *map, uint32_t requester,
			    uint32_t *phandle, uint32_t *device)
{
	uint32_t end = map->len / CELL_LEN;

	for (uint32_t at = 0; end - at >= MSI_MAP_CELLS; at += MSI_MAP_CELLS) {
		uint32_t first = cell_at(map, at);
		uint32_t count = cell_at(map, at + 3);

		if (requester < first || requester - first >= count)
			continue;
		*phandle = cell_at(map, at + 1);
		*device = cell_at(map, at + 2) + (requester - first);
		return true;
	}
	return false;
}

int fdt_pci_messages(const struct fdt_cursor *host, uint32_t requester,
		     struct fdt_cursor *parent, uint32_t *device)
{
	uint32_t mask = UINT32_MAX;
	struct fdt_prop map;
	uint32_t phandle;

	if (requester >= FDT_PCI_REQUESTERS)
		return LEV_ERR_INVAL;
	if (fdt_prop(host, "msi-map", &map)) {
		(void)fdt_cell(host, "msi-map-mask", 0, &mask);
		if (!search_messages(&map, requester & mask, &phandle, device))
			return LEV_ERR_NODEV;
	} else {
		if (!fdt_cell(host, "msi-parent", 0, &phandle))
			return LEV_ERR_NODEV;
		*device = requester;
	}
	if (!fdt_find_phandle(host->fdt, phandle, parent) ||
	    !fdt_is_enabled(parent))
		return LEV_ERR_NODEV;
	return 0;
}
