/* SPDX-License-Identifier: MIT */
/*
 * Memory of the port: allocations, mappings by bounce buffers, loans. Their
 * device addresses differ from the CPU's.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_int.h"

#if defined(__SANITIZE_ADDRESS__)
#define FAKE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FAKE_ASAN 1
#endif
#endif

#ifdef FAKE_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(ptr, len)   ((void)(ptr), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(ptr, len) ((void)(ptr), (void)(len))
#endif

enum {
	GAP = 0x3000,	       /* between two things on the bus */
	LOW_BASE = 0x10000000, /* for those who cannot reach bus_base */
	MAP_ALIGN = 64,
};

static const unsigned DIRECTIONS = LEV_DMA_TO_DEVICE | LEV_DMA_FROM_DEVICE;

void *fake_zalloc(size_t len)
{
	void *ptr = calloc(1, len ? len : 1);

	if (!ptr)
		abort();
	return ptr;
}

/* --- regions --- */

/* The oldest first: rings, and what was lent longest ago, are used most. */
static struct fake_region *region_new(struct fake_port *port, uint64_t addr,
				      uint64_t len, unsigned flags)
{
	struct fake_region *region = fake_zalloc(sizeof(*region));
	struct fake_region **link = &port->regions;

	region->addr = addr;
	region->len = len;
	region->flags = flags;
	while (*link)
		link = &(*link)->next;
	region->next = *link;
	*link = region;
	return region;
}

static struct fake_region *region_find(struct fake_port *port, uint64_t addr)
{
	struct fake_region *region = port->regions;

	while (region &&
	       (addr < region->addr || addr - region->addr >= region->len))
		region = region->next;
	return region;
}

/*
 * Memory at an exact alignment, poisoned behind its end. What is freed stays
 * with us, poisoned, for a while: late accesses are caught.
 */
static void region_alloc(struct fake_region *region, size_t align)
{
	size_t len = (size_t)region->len;
	uintptr_t start;
	size_t skip;

	region->raw_len = len + 2 * align;
	region->raw = fake_zalloc(region->raw_len);
	start = (uintptr_t)region->raw;
	skip = (align - start % align) % align;
	region->bytes = (uint8_t *)region->raw + skip;
	ASAN_POISON_MEMORY_REGION(region->bytes + len,
				  region->raw_len - skip - len);
}

static void region_free(struct fake_region *region)
{
	if (!region)
		return;
	if (region->snapshot) /* never unmapped: a leak, told elsewhere */
		ASAN_UNPOISON_MEMORY_REGION(region->origin,
					    (size_t)region->len);
	free(region->snapshot);
	if (region->raw)
		ASAN_UNPOISON_MEMORY_REGION(region->raw, region->raw_len);
	free(region->raw);
	free(region);
}

/* Out of the list; what was retired long ago goes for good. */
static void region_retire(struct fake_port *port, struct fake_region *region)
{
	struct fake_region **link = &port->regions;
	struct fake_region **slot =
		&port->retired[port->retired_next++ % FAKE_RETIRED];

	while (*link != region)
		link = &(*link)->next;
	*link = region->next;
	region_free(*slot);
	*slot = region;
	if (!region->raw)
		return;
	memset(region->bytes, FAKE_GONE, (size_t)region->len);
	ASAN_POISON_MEMORY_REGION(region->raw, region->raw_len);
}

void *fake_ptr(struct fake_port *port, uint64_t addr, uint64_t len,
	       unsigned flags)
{
	struct fake_region *region = region_find(port, addr);

	if (!region) {
		if (!port->any_memory || port->map_mode != FAKE_MAP_NONE)
			return NULL;
		return (void *)(uintptr_t)addr;
	}
	if (len > region->len - (addr - region->addr))
		return NULL;
	if (region->kind == REGION_PIECE && (flags & ~region->flags))
		return NULL;
	return region->bytes + (addr - region->addr);
}

/* Memory is about to go: does a device still work with it? */
static void port_check_unused(struct fake_port *port,
			      const struct fake_region *region)
{
	for (unsigned i = 0; i < port->ndevs; i++) {
		const char *use =
			fake_dev_uses(port->devs[i], region->addr, region->len);

		if (port->devs[i]->life.was_live)
			fake_check(port, !use, "CORE-CLEAN-02",
				   "%s: memory taken away", use ? use : "");
	}
}

/* --- dma_alloc, dma_free --- */

/* A multiple of align, but not of twice that: assumptions show. */
static uint64_t bus_place(struct fake_port *port, uint64_t len, uint64_t align,
			  uint64_t base)
{
	uint64_t addr = base + port->bus_next;

	addr = (addr + 2 * align) & ~(2 * align - 1);
	addr += align;
	port->bus_next = addr - base + len + GAP;
	return addr;
}

static uint64_t bus_alloc(struct fake_port *port, size_t len, size_t align,
			  uint64_t max_addr)
{
	uint64_t base = port->bus_base;
	uint64_t reach = port->bus_next + len + 3 * align + GAP;

	if (port->alloc_above_max) {
		uint64_t mask = ~(uint64_t)(align - 1);

		return (max_addr - len / 2 + align) & mask;
	}
	if (!port->alloc_ignores_max &&
	    (max_addr < base || max_addr - base < reach))
		base = LOW_BASE;
	if (!port->alloc_ignores_max &&
	    (max_addr < base || max_addr - base < reach))
		return 0;
	return bus_place(port, len, align, base);
}

bool fake_counts_down(unsigned *counter)
{
	if (*counter == 0)
		return false;
	return --*counter == 0;
}

void *fake_mem_alloc(struct fake_port *port, size_t len, size_t align,
		     lev_paddr max_addr, unsigned flags, lev_paddr *addr)
{
	bool ok = len && align && align <= 4096 && !(align & (align - 1)) &&
		  !(flags & ~(unsigned)LEV_DMA_PLATFORM) && addr;
	struct fake_region *region;
	uint64_t bus;

	if (!fake_check(port, ok, "HAL-ALLOC", "len %zu align %zu flags %u",
			len, align, flags))
		return NULL;
	if (fake_counts_down(&port->alloc_fail_at))
		return NULL;
	bus = bus_alloc(port, len, align, max_addr);
	if (!bus)
		return NULL;
	region = region_new(port, bus, len, flags);
	region_alloc(region, align);
	*addr = bus;
	port->allocs++;
	port->live_allocs++;
	port->live_bytes += len;
	port->platform_allocs += (flags & LEV_DMA_PLATFORM) != 0;
	if (port->alloc_misalign)
		*addr = ++region->addr;
	return region->bytes;
}

void fake_mem_free(struct fake_port *port, void *ptr, lev_paddr addr,
		   size_t len, unsigned flags)
{
	struct fake_region *region = region_find(port, addr);
	bool ok = region && region->kind == REGION_ALLOC &&
		  region->addr == addr && region->bytes == ptr &&
		  region->len == len && region->flags == flags;

	if (!fake_check(port, ok, "HAL-FREE", "addr %#llx len %zu flags %u",
			(unsigned long long)addr, len, flags))
		return;
	port_check_unused(port, region);
	region_retire(port, region);
	port->live_allocs--;
	port->live_bytes -= len;
}

/* --- dma_map, dma_unmap, dma_sync --- */

/* The part of a piece that lies in [ptr, ptr + len); returns its length. */
static size_t piece_part(const struct fake_region *piece, const uint8_t *ptr,
			 size_t len, size_t *off)
{
	uintptr_t a = (uintptr_t)piece->origin, b = (uintptr_t)ptr;
	uintptr_t a_end = a + (uintptr_t)piece->len, b_end = b + len;
	uintptr_t start = a > b ? a : b;
	uintptr_t end = a_end < b_end ? a_end : b_end;

	*off = start - a;
	return end > start ? end - start : 0;
}

/* Is some of this lent already, and not just for reading on both sides? */
static bool lent_already(const struct fake_port *port, const uint8_t *ptr,
			 size_t len, unsigned flags)
{
	size_t off;

	for (struct fake_region *r = port->regions; r; r = r->next) {
		if (r->snapshot && ((flags | r->flags) & LEV_DMA_FROM_DEVICE) &&
		    piece_part(r, ptr, len, &off))
			return true;
	}
	return false;
}

/* Bytes [off, off + len) of a piece: one side's view becomes the other's. */
static void piece_sync(struct fake_region *piece, size_t off, size_t len,
		       unsigned flags)
{
	if (flags & LEV_DMA_TO_DEVICE)
		memcpy(piece->bytes + off, piece->origin + off, len);
	else
		memcpy(piece->origin + off, piece->bytes + off, len);
}

/*
 * poison_lent: the CPU neither reads nor writes what the device will write.
 * It may read what the device reads; whether it wrote to it shows later.
 */
static void piece_lend(struct fake_region *piece)
{
	size_t len = (size_t)piece->len;

	if (piece->flags & LEV_DMA_FROM_DEVICE)
		memset(piece->origin, FAKE_LENT, len);
	piece->snapshot = fake_zalloc(len);
	memcpy(piece->snapshot, piece->origin, len);
	if (piece->flags & LEV_DMA_FROM_DEVICE)
		ASAN_POISON_MEMORY_REGION(piece->origin, len);
}

static void piece_take_back(struct fake_port *port, struct fake_region *piece)
{
	size_t len = (size_t)piece->len;

	if (!piece->snapshot)
		return;
	ASAN_UNPOISON_MEMORY_REGION(piece->origin, len);
	fake_check(port, memcmp(piece->origin, piece->snapshot, len) == 0,
		   "HAL-LENT", "a lent buffer changed");
	free(piece->snapshot);
	piece->snapshot = NULL;
}

static void piece_new(struct fake_port *port, uint8_t *origin, uint32_t len,
		      uint64_t addr, unsigned flags)
{
	struct fake_region *piece = region_new(port, addr, len, flags);

	piece->kind = REGION_PIECE;
	piece->origin = origin;
	region_alloc(piece, MAP_ALIGN);
	if (flags & LEV_DMA_TO_DEVICE)
		piece_sync(piece, 0, len, LEV_DMA_TO_DEVICE);
	else
		memset(piece->bytes, FAKE_FRESH, len);
	if (port->poison_lent)
		piece_lend(piece);
}

/* Pieces go down in address, so that nobody takes them for contiguous. */
static int map_pieces(struct fake_port *port, uint8_t *ptr, size_t len,
		      unsigned flags, struct lev_seg *pieces, unsigned count,
		      uint32_t each)
{
	/* Whole steps of the alignment, or the last piece meets what lies
	 * below. */
	uint64_t step = (((uint64_t)each + MAP_ALIGN - 1) &
			 ~(uint64_t)(MAP_ALIGN - 1)) +
			GAP;
	uint64_t span = count * step;
	uint64_t addr = bus_place(port, span, MAP_ALIGN, port->bus_base) + span;

	for (unsigned i = 0; i < count; i++) {
		size_t off = (size_t)i * each;
		uint32_t part = len - off < each ? (uint32_t)(len - off) : each;

		addr -= step;
		piece_new(port, ptr + off, part, addr, flags);
		pieces[i].addr = addr;
		pieces[i].len = part;
	}
	port->maps++;
	port->live_maps++;
	port->pieces += count;
	port->platform_maps += (flags & LEV_DMA_PLATFORM) != 0;
	return (int)count;
}

int fake_mem_map(struct fake_port *port, void *ptr, size_t len, unsigned flags,
		 struct lev_seg *pieces, unsigned max)
{
	bool ok = ptr && len && pieces && max && (flags & DIRECTIONS) &&
		  !(flags & ~(DIRECTIONS | LEV_DMA_PLATFORM));
	uint64_t count;
	uint32_t each;

	if (!fake_check(port, ok, "HAL-MAP", "map len %zu flags %u", len,
			flags))
		return LEV_ERR_INVAL;
	if (fake_counts_down(&port->map_fail_at))
		return LEV_ERR_NOMEM;
	if (!fake_check(port, !lent_already(port, ptr, len, flags), "HAL-LENT",
			"lent twice at a time"))
		return LEV_ERR_INVAL;
	if (len > UINT32_MAX - GAP)
		return LEV_ERR_RANGE;
	each = port->map_piece ? port->map_piece : (uint32_t)len;
	count = ((uint64_t)len + each - 1) / each;
	if (count > max)
		return LEV_ERR_RANGE;
	return map_pieces(port, ptr, len, flags, pieces, (unsigned)count, each);
}

static struct fake_region *piece_find(struct fake_port *port, uint8_t *origin,
				      const struct lev_seg *piece,
				      unsigned flags)
{
	struct fake_region *region = region_find(port, piece->addr);

	if (!region || region->kind != REGION_PIECE ||
	    region->addr != piece->addr || region->len != piece->len ||
	    region->origin != origin || region->flags != flags)
		return NULL;
	return region;
}

void fake_mem_unmap(struct fake_port *port, void *ptr, size_t len,
		    unsigned flags, const struct lev_seg *pieces,
		    unsigned count)
{
	size_t off = 0;

	for (unsigned i = 0; i < count; i++) {
		uint8_t *origin = (uint8_t *)ptr + off;
		struct fake_region *piece =
			piece_find(port, origin, &pieces[i], flags);

		if (!fake_check(port, piece, "HAL-MAP",
				"unmap of a piece not mapped so"))
			return;
		port_check_unused(port, piece);
		piece_take_back(port, piece);
		if (flags & LEV_DMA_FROM_DEVICE)
			piece_sync(piece, 0, pieces[i].len,
				   LEV_DMA_FROM_DEVICE);
		region_retire(port, piece);
		off += pieces[i].len;
	}
	fake_check(port, off == len && count, "HAL-MAP", "unmap of a part");
	port->live_maps--;
}

void fake_mem_sync(struct fake_port *port, void *ptr, size_t len,
		   unsigned flags)
{
	unsigned dir = flags & DIRECTIONS;
	bool ok = dir && dir != DIRECTIONS && len;
	size_t covered = 0;

	port->syncs++;
	port->sync_bytes += len;
	port->last_sync_flags = flags;
	for (struct fake_region *r = port->regions; r && ok; r = r->next) {
		size_t off, part;

		if (r->kind != REGION_PIECE)
			continue;
		part = piece_part(r, ptr, len, &off);
		if (!part)
			continue;
		ok = (r->flags & dir) != 0;
		covered += part;
		if (fake_check(port, !r->snapshot, "HAL-LENT",
			       "dma_sync where poison_lent holds"))
			piece_sync(r, off, part, dir);
	}
	fake_check(port, ok && covered >= len, "HAL-SYNC",
		   "%zu of %zu bytes are mapped, flags %u", covered, len,
		   flags);
}

bool fake_poisoned(const void *ptr)
{
#ifdef FAKE_ASAN
	return __asan_address_is_poisoned(ptr) != 0;
#else
	(void)ptr;
	return false;
#endif
}

/* --- lent as it is --- */

void fake_lend(struct fake_port *port, void *ptr, size_t len)
{
	struct fake_region *region = region_new(port, (uintptr_t)ptr, len, 0);

	region->kind = REGION_LENT;
	region->bytes = ptr;
}

void fake_unlend(struct fake_port *port, void *ptr)
{
	struct fake_region *region = region_find(port, (uintptr_t)ptr);

	if (!region || region->kind != REGION_LENT)
		abort();
	port_check_unused(port, region);
	region_retire(port, region);
}

/* --- what a device asks about memory --- */

void fake_check_platform(struct fake_dev *dev, uint64_t addr)
{
	struct fake_region *region = region_find(dev->port, addr);
	bool platform;

	/* What is lent as it is has the same address in either world. */
	if (!region || region->kind == REGION_LENT)
		return;
	platform = (region->flags & LEV_DMA_PLATFORM) != 0;
	if (fake_dev_has(dev, FAKE_F_ACCESS_PLATFORM))
		fake_dev_check(dev, platform, "CORE-RFEAT-04",
			       "memory that the platform does not translate",
			       (uint32_t)addr);
	else
		fake_dev_check(dev, !platform, "CORE-RFEAT-05",
			       "an address that is not physical",
			       (uint32_t)addr);
}

void fake_mem_free_all(struct fake_port *port)
{
	while (port->regions) {
		struct fake_region *region = port->regions;

		port->regions = region->next;
		region_free(region);
	}
	for (unsigned i = 0; i < FAKE_RETIRED; i++)
		region_free(port->retired[i]);
}
