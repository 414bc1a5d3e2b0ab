/* SPDX-License-Identifier: MIT */
/* Binary search in the table of functions. */
#include "symbols.h"

#include "arch.h"

struct symbol {
	uint32_t start; /* from the beginning of the image */
	uint32_t name;	/* offset into symbol_names */
};

/* Made by tools/symbols.py. */
extern const uint32_t symbol_count;
extern const uint32_t symbol_end; /* of the code, as symbol.start */
extern const struct symbol symbol_table[];
extern const char symbol_names[];

const char *symbol_find(uint64_t addr, uint32_t *off)
{
	uint32_t low = 0;
	uint32_t high = symbol_count;
	uint64_t start, end;

	arch_image(&start, &end);
	if (addr < start || addr >= end || addr - start >= symbol_end)
		return NULL;
	/* The last one that does not begin behind addr. */
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (symbol_table[mid].start <= addr - start)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0)
		return NULL;
	*off = (uint32_t)(addr - start) - symbol_table[low - 1].start;
	return symbol_names + symbol_table[low - 1].name;
}
