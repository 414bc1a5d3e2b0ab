/* SPDX-License-Identifier: MIT */
/* The cells; see cells.inc. */
#include "scenario.h"

/* The rules call the flags by these names. */
enum {
#define BIT(name, text)	  name = CELL_##name,
#define PEER(name, text)  name = CELL_##name,
#define TRAIT(name, text) name = CELL_##name,
#include "cells.inc"
};

struct flag {
	unsigned flag;
	const char *text;
};

static const struct flag bits[] = {
#define BIT(name, text) { name, text },
#include "cells.inc"
};

static const struct flag peers[] = {
#define PEER(name, text) { name, text },
#include "cells.inc"
};

static const unsigned sizes[] = {
#define SIZE(count) count,
#include "cells.inc"
};

static const struct {
	unsigned has, lacks;
} rules[] = {
#define LEFT_OUT(has, lacks, reason) { has, lacks },
#include "cells.inc"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool left_out(unsigned flags)
{
	for (unsigned i = 0; i < COUNT(rules); i++)
		if ((flags & rules[i].has) == rules[i].has &&
		    !(flags & rules[i].lacks))
			return true;
	return false;
}

static unsigned traits(unsigned flags, unsigned size)
{
	const bool aside = flags & PCI && flags & (TRANSITIONAL | GPU | ECHO);

	return (size == 1 ? ONE : 0) | (size == 4 ? FOUR : 0) |
	       (size == 8 ? EIGHT : 0) | (size & (size - 1) ? ODD : 0) |
	       (size > 64 ? LARGE : 0) | (aside ? ASIDE : 0);
}

static void name_cell(struct cell *cell)
{
	int len = 0;

	for (unsigned i = 0; i < COUNT(peers); i++)
		if (cell->flags & peers[i].flag)
			len = snprintf(cell->name, CELL_NAME, "%s",
				       peers[i].text);
	for (unsigned i = 0; i < COUNT(bits); i++)
		if (cell->flags & bits[i].flag)
			len += snprintf(cell->name + len,
					CELL_NAME - (size_t)len, " %s",
					bits[i].text);
}

/* The cell of these flags. Is there one? */
static bool cell_make(struct cell *cell, unsigned flags, unsigned old)
{
	memset(cell, 0, sizeof(*cell));
	cell->flags = flags;
	for (unsigned i = 0; i < COUNT(sizes); i++)
		if (!left_out(flags | old | traits(flags, sizes[i])))
			cell->sizes[cell->size_count++] = sizes[i];
	name_cell(cell);
	return cell->size_count != 0;
}

unsigned matrix_make(unsigned place_flags, struct cell *cells)
{
	unsigned count = 0;

	for (unsigned set = 0; set < 1u << COUNT(bits); set++) {
		unsigned flags = 0;

		for (unsigned i = 0; i < COUNT(bits); i++)
			if (set >> i & 1)
				flags |= bits[i].flag;
		if ((flags & QEMU) != (place_flags & QEMU))
			continue;
		for (unsigned i = 0; i < COUNT(peers); i++) {
			assert_true(count < CELLS_MAX);
			count += cell_make(&cells[count], flags | peers[i].flag,
					   place_flags & OLD);
		}
	}
	return count;
}

static uint64_t bit(const struct cell *cell, unsigned flag, unsigned feature)
{
	return (uint64_t)cell_has(cell, flag) << feature;
}

uint64_t cell_features(const struct cell *cell)
{
	return bit(cell, MODERN, LEV_F_VERSION_1) |
	       bit(cell, MODERN, LEV_F_RING_RESET) |
	       bit(cell, PACKED, LEV_F_RING_PACKED) |
	       bit(cell, IN_ORDER, LEV_F_IN_ORDER) |
	       bit(cell, PLATFORM, LEV_F_ACCESS_PLATFORM) |
	       bit(cell, EVENT_IDX, LEV_F_EVENT_IDX) |
	       bit(cell, INDIRECT, LEV_F_INDIRECT_DESC) |
	       bit(cell, NOTIFY_DATA, LEV_F_NOTIFICATION_DATA);
}
