/* SPDX-License-Identifier: MIT */
/* Free memory as a sorted list of whole-page ranges that never touch. */
#include "memory.h"

#include "text.h"

static uint64_t page_down(uint64_t addr)
{
	return addr & ~(uint64_t)(MEMORY_PAGE - 1);
}

/* The end of a range, which stays below the top of the address space. */
static uint64_t range_end(uint64_t start, uint64_t len)
{
	return len > UINT64_MAX - start ? UINT64_MAX : start + len;
}

static void delete_range(struct memory *memory, unsigned idx)
{
	memory->count--;
	__builtin_memmove(&memory->ranges[idx], &memory->ranges[idx + 1],
			  (memory->count - idx) * sizeof(memory->ranges[0]));
}

/* When the list is full, the smallest range is lost to make room. */
static void insert_range(struct memory *memory, uint64_t start, uint64_t end)
{
	unsigned idx = 0;

	if (memory->count == MEMORY_RANGES) {
		unsigned least = 0;

		for (unsigned i = 1; i < memory->count; i++) {
			if (memory->ranges[i].end - memory->ranges[i].start <
			    memory->ranges[least].end -
				    memory->ranges[least].start)
				least = i;
		}
		if (end - start <=
		    memory->ranges[least].end - memory->ranges[least].start)
			return;
		delete_range(memory, least);
	}
	while (idx < memory->count && memory->ranges[idx].start < start)
		idx++;
	__builtin_memmove(&memory->ranges[idx + 1], &memory->ranges[idx],
			  (memory->count - idx) * sizeof(memory->ranges[0]));
	memory->ranges[idx].start = start;
	memory->ranges[idx].end = end;
	memory->count++;
}

void memory_add(struct memory *memory, uint64_t start, uint64_t len)
{
	uint64_t end = page_down(range_end(start, len));
	unsigned idx = 0;

	if (start > UINT64_MAX - (MEMORY_PAGE - 1))
		return;
	start = page_down(start + MEMORY_PAGE - 1);
	if (start >= end)
		return;
	memory->total += end - start;
	while (idx < memory->count) {
		const struct memory_range *range = &memory->ranges[idx];
		uint64_t from = range->start > start ? range->start : start;
		uint64_t to = range->end < end ? range->end : end;

		if (from > to) {
			idx++;
			continue;
		}
		/* They touch: one range, known memory not counted twice. */
		memory->total -= to - from;
		start = range->start < start ? range->start : start;
		end = range->end > end ? range->end : end;
		delete_range(memory, idx);
	}
	insert_range(memory, start, end);
}

void memory_reserve(struct memory *memory, uint64_t start, uint64_t len)
{
	uint64_t end = range_end(start, len);
	unsigned idx = 0;

	if (len == 0)
		return;
	start = page_down(start);
	if (end <= UINT64_MAX - (MEMORY_PAGE - 1))
		end = page_down(end + MEMORY_PAGE - 1);
	while (idx < memory->count) {
		struct memory_range old = memory->ranges[idx];

		if (old.end <= start || old.start >= end) {
			idx++;
			continue;
		}
		delete_range(memory, idx);
		if (old.start < start) {
			insert_range(memory, old.start, start);
			idx++;
		}
		if (old.end > end)
			insert_range(memory, end, old.end);
	}
}

static void add_nodes(struct memory *memory, const struct fdt *fdt)
{
	struct fdt_cursor at;
	uint64_t start, len;

	fdt_root(fdt, &at);
	while (fdt_next(&at)) {
		const char *type = fdt_text(&at, "device_type");

		if (type == NULL || !text_equal(type, "memory") ||
		    !fdt_is_enabled(&at))
			continue;
		for (unsigned i = 0; fdt_reg(&at, i, &start, &len) == 0; i++)
			memory_add(memory, start, len);
	}
}

static void reserve_nodes(struct memory *memory, const struct fdt *fdt)
{
	struct fdt_cursor at;
	uint64_t start, len;

	if (!fdt_find(fdt, "/reserved-memory", &at))
		return;
	while (fdt_next(&at) && at.depth > 1) {
		for (unsigned i = 0; fdt_reg(&at, i, &start, &len) == 0; i++)
			memory_reserve(memory, start, len);
	}
}

int memory_from_fdt(struct memory *memory, const struct fdt *fdt)
{
	uint64_t start, len;

	add_nodes(memory, fdt);
	if (memory->count == 0)
		return LEV_ERR_NODEV;
	for (unsigned i = 0; fdt_reservation(fdt, i, &start, &len); i++)
		memory_reserve(memory, start, len);
	reserve_nodes(memory, fdt);
	memory_reserve(memory, (uintptr_t)fdt->blob, fdt->len);
	return 0;
}

uint64_t memory_take(struct memory *memory, uint64_t len, uint64_t align)
{
	if (len == 0 || len > UINT64_MAX - (MEMORY_PAGE - 1))
		return 0;
	len = page_down(len + MEMORY_PAGE - 1);
	if (align < MEMORY_PAGE)
		align = MEMORY_PAGE;
	for (unsigned i = memory->count; i-- > 0;) {
		struct memory_range range = memory->ranges[i];
		uint64_t start;

		if (range.end - range.start < len)
			continue;
		start = (range.end - len) & ~(align - 1);
		if (start < range.start || start == 0)
			continue;
		memory_reserve(memory, start, len);
		return start;
	}
	return 0;
}

uint64_t memory_free(const struct memory *memory)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < memory->count; i++)
		sum += memory->ranges[i].end - memory->ranges[i].start;
	return sum;
}
