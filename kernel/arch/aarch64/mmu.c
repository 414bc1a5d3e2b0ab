/* SPDX-License-Identifier: MIT */
/*
 * The map of memory: every address is itself. 4 KiB pages, 39 bits, so three
 * levels of tables (1 GiB, 2 MiB, 4 KiB an entry), the second and third ones
 * out of a small pool.
 *
 * An entry that is valid is never changed: whoever maps first wins. So no
 * TLB entry is ever stale, and the kernel's pages keep their rights when the
 * RAM around them is mapped.
 *
 * This file runs with the MMU off first, when unaligned accesses fault: it is
 * compiled with -mstrict-align.
 */
#include "../../panic.h"
#include "aarch64.h"
#include "cpu.h"

enum {
	PAGE_BITS = 12,
	INDEX_BITS = 9,
	ENTRIES = 1 << INDEX_BITS,
	LAST_LEVEL = 3,
	ADDRESS_BITS = 39,
	POOL = 48, /* tables; each maps a part of 1 GiB or 2 MiB */
};

/* Descriptors */
#define ENTRY_VALID    (UINT64_C(1) << 0)
#define ENTRY_TABLE    (UINT64_C(1) << 1) /* at the last level: a page */
#define ENTRY_READONLY (UINT64_C(2) << 6)
#define ENTRY_INNER    (UINT64_C(3) << 8) /* shareable with all CPUs */
#define ENTRY_ACCESSED (UINT64_C(1) << 10)
#define ENTRY_NOEXEC   (UINT64_C(3) << 53)
#define ENTRY_MEMORY   (UINT64_C(1) << 2 | ENTRY_INNER) /* index in MAIR */
#define ENTRY_DEVICE   (UINT64_C(0) << 2 | ENTRY_NOEXEC)
#define ENTRY_ADDRESS  (((UINT64_C(1) << 48) - 1) & ~UINT64_C(4095))

/* MAIR: Device-nGnRE, Normal write-back (both allocate). */
#define ATTRIBUTES UINT64_C(0xff04)

/* TCR: 39 bits below, 4 KiB, cached walks, inner shareable; nothing above. */
#define TCR_BASE                                                               \
	((64 - ADDRESS_BITS) | UINT64_C(1) << 8 | UINT64_C(1) << 10 |          \
	 UINT64_C(3) << 12 | UINT64_C(1) << 23)

/* SCTLR: MMU, data cache, instruction cache, stack alignment, no write-exec. */
#define SCTLR_ON                                                               \
	(UINT64_C(1) << 0 | UINT64_C(1) << 2 | UINT64_C(1) << 3 |              \
	 UINT64_C(1) << 12 | UINT64_C(1) << 19)

/* Boundaries that the linker script draws. */
extern const char image_start[], text_end[], rodata_end[], data_end[],
	stack_bottom[], stack_top[], irq_stack_bottom[], irq_stack_top[],
	last_stack_bottom[], last_stack_top[], image_end[];

static uint64_t root[ENTRIES] __attribute__((aligned(4096)));
static uint64_t pool[POOL][ENTRIES] __attribute__((aligned(4096)));
static unsigned pool_used;

static unsigned level_shift(unsigned level)
{
	return PAGE_BITS + (LAST_LEVEL - level) * INDEX_BITS;
}

/* The table below an entry, made if there is none; NULL if it is a block. */
static uint64_t *descend(uint64_t *entry)
{
	if ((*entry & ENTRY_VALID) == 0) {
		if (pool_used == POOL)
			panic("no page tables left");
		*entry =
			(uint64_t)pool[pool_used++] | ENTRY_TABLE | ENTRY_VALID;
	}
	if ((*entry & ENTRY_TABLE) == 0)
		return NULL;
	return (uint64_t *)(*entry & ENTRY_ADDRESS);
}

/*
 * Map what one entry at this level can of [start, end), either at once or by
 * going down a level. Returns where it stopped.
 */
static uint64_t map_entry(uint64_t start, uint64_t end, uint64_t attributes)
{
	uint64_t *table = root;
	unsigned level;

	for (level = 1;; level++) {
		uint64_t span = UINT64_C(1) << level_shift(level);
		uint64_t *entry =
			&table[start >> level_shift(level) & (ENTRIES - 1)];
		uint64_t next = (start & ~(span - 1)) + span;

		if (level == LAST_LEVEL ||
		    ((start & (span - 1)) == 0 && end - start >= span &&
		     (*entry & ENTRY_VALID) == 0)) {
			if ((*entry & ENTRY_VALID) == 0)
				*entry =
					start | attributes | ENTRY_ACCESSED |
					ENTRY_VALID |
					(level == LAST_LEVEL ? ENTRY_TABLE : 0);
			return next;
		}
		table = descend(entry);
		if (table == NULL)
			return next;
	}
}

/* All of the pages that [start, end) touches. */
static void map(uint64_t start, uint64_t end, uint64_t attributes)
{
	if (end > arch_memory_limit())
		end = arch_memory_limit();
	start &= ~UINT64_C(4095);
	end = (end + 4095) & ~UINT64_C(4095);
	while (start < end)
		start = map_entry(start, end, attributes);
	/* Table walks see the entries before what follows here does. */
	cpu_dsb();
	cpu_isb();
}

static void map_symbols(const char *start, const char *end, uint64_t attributes)
{
	map((uint64_t)start, (uint64_t)end, attributes);
}

uint64_t arch_memory_limit(void)
{
	return UINT64_C(1) << ADDRESS_BITS;
}

void arch_image(uint64_t *start, uint64_t *end)
{
	*start = (uint64_t)image_start;
	*end = (uint64_t)image_end;
}

void arch_map_memory(uint64_t start, uint64_t len)
{
	map(start, start + len, ENTRY_MEMORY | ENTRY_NOEXEC);
}

void arch_map_device(uint64_t start, uint64_t len)
{
	map(start, start + len, ENTRY_DEVICE);
}

void mmu_init(uint64_t tree, uint64_t tree_len)
{
	uint64_t size = cpu_read(id_aa64mmfr0_el1) & 0xf; /* of addresses */
	uint64_t rw = ENTRY_MEMORY | ENTRY_NOEXEC;

	map_symbols(image_start, text_end, ENTRY_MEMORY | ENTRY_READONLY);
	map_symbols(text_end, rodata_end, rw | ENTRY_READONLY);
	map_symbols(rodata_end, data_end, rw);
	map_symbols(stack_bottom, stack_top, rw);
	map_symbols(irq_stack_bottom, irq_stack_top, rw);
	map_symbols(last_stack_bottom, last_stack_top, rw);
	map(tree, tree + tree_len, rw | ENTRY_READONLY);
	map(VIRT_UART, VIRT_UART + 4096, ENTRY_DEVICE);

	cpu_write(mair_el1, ATTRIBUTES);
	cpu_write(tcr_el1, TCR_BASE | (size > 5 ? 5 : size) << 32);
	cpu_write(ttbr0_el1, root);
	cpu_isb();
	__asm__ volatile("tlbi vmalle1\n\tic iallu\n\tdsb sy" ::: "memory");
	cpu_isb();
	cpu_write(sctlr_el1, cpu_read(sctlr_el1) | SCTLR_ON);
	cpu_isb();
}
