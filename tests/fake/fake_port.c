/* SPDX-License-Identifier: MIT */
/*
 * The port under the driver: memory whose device addresses differ from the
 * CPU's, a clock that moves only when asked, doors to the registers.
 */
#include <stdarg.h>
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
static const uint64_t COOKIE = 0xfee0000000000;
static const uint64_t WINDOW = 0x1000;

void *fake_zalloc(size_t len)
{
	void *ptr = calloc(1, len ? len : 1);

	if (!ptr)
		abort();
	return ptr;
}

/* --- regions --- */

static struct fake_region *region_new(struct fake_port *port, uint64_t addr,
				      uint64_t len, unsigned flags)
{
	struct fake_region *region = fake_zalloc(sizeof(*region));

	region->live = true;
	region->addr = addr;
	region->len = len;
	region->flags = flags;
	region->next = port->regions;
	port->regions = region;
	return region;
}

static struct fake_region *region_find(struct fake_port *port, uint64_t addr)
{
	struct fake_region *region = port->regions;

	while (region && (!region->live || addr < region->addr ||
			  addr - region->addr >= region->len))
		region = region->next;
	return region;
}

/*
 * Memory at an exact alignment, poisoned behind its end. What is freed stays
 * with us, poisoned, until the port goes: late accesses are caught.
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

static void region_retire(struct fake_region *region)
{
	region->live = false;
	if (!region->raw)
		return;
	memset(region->bytes, 0xdd, (size_t)region->len);
	ASAN_POISON_MEMORY_REGION(region->raw, region->raw_len);
}

static void region_free(struct fake_region *region)
{
	if (region->raw)
		ASAN_UNPOISON_MEMORY_REGION(region->raw, region->raw_len);
	free(region->raw);
	free(region);
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

		fake_check(port, !use, "CORE-CLEAN-02", "%s: memory taken away",
			   use ? use : "");
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

static bool counts_down(unsigned *counter)
{
	if (*counter == 0)
		return false;
	return --*counter == 0;
}

static void *port_alloc(void *ctx, size_t len, size_t align, lev_paddr max_addr,
			unsigned flags, lev_paddr *addr)
{
	struct fake_port *port = ctx;
	bool ok = len && align && align <= 4096 && !(align & (align - 1)) &&
		  !(flags & ~(unsigned)LEV_DMA_PLATFORM) && addr;
	struct fake_region *region;
	uint64_t bus;

	if (!fake_check(port, ok, "HAL-ALLOC", "len %zu align %zu flags %u",
			len, align, flags))
		return NULL;
	if (counts_down(&port->alloc_fail_at))
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

static void port_dma_free(void *ctx, void *ptr, lev_paddr addr, size_t len,
			  unsigned flags)
{
	struct fake_port *port = ctx;
	struct fake_region *region = region_find(port, addr);
	bool ok = region && region->kind == REGION_ALLOC &&
		  region->addr == addr && region->bytes == ptr &&
		  region->len == len && region->flags == flags;

	if (!fake_check(port, ok, "HAL-FREE", "addr %#llx len %zu flags %u",
			(unsigned long long)addr, len, flags))
		return;
	port_check_unused(port, region);
	region_retire(region);
	port->live_allocs--;
	port->live_bytes -= len;
}

/* --- dma_map, dma_unmap, dma_sync --- */

/* Bytes [off, off + len) of a piece: one side's view becomes the other's. */
static void piece_sync(struct fake_region *piece, size_t off, size_t len,
		       unsigned flags)
{
	if (flags & LEV_DMA_TO_DEVICE)
		memcpy(piece->bytes + off, piece->origin + off, len);
	else
		memcpy(piece->origin + off, piece->bytes + off, len);
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
		memset(piece->bytes, 0xa5, len);
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

static int port_map(void *ctx, void *ptr, size_t len, unsigned flags,
		    struct lev_seg *pieces, unsigned max)
{
	struct fake_port *port = ctx;
	bool ok = ptr && len && pieces && max && (flags & DIRECTIONS) &&
		  !(flags & ~(DIRECTIONS | LEV_DMA_PLATFORM));
	uint64_t count;
	uint32_t each;

	if (!fake_check(port, ok, "HAL-MAP", "map len %zu flags %u", len,
			flags))
		return LEV_ERR_INVAL;
	if (counts_down(&port->map_fail_at))
		return LEV_ERR_NOMEM;
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

static void port_unmap(void *ctx, void *ptr, size_t len, unsigned flags,
		       const struct lev_seg *pieces, unsigned count)
{
	struct fake_port *port = ctx;
	size_t off = 0;

	for (unsigned i = 0; i < count; i++) {
		uint8_t *origin = (uint8_t *)ptr + off;
		struct fake_region *piece =
			piece_find(port, origin, &pieces[i], flags);

		if (!fake_check(port, piece, "HAL-MAP",
				"unmap of a piece not mapped so"))
			return;
		port_check_unused(port, piece);
		if (flags & LEV_DMA_FROM_DEVICE)
			piece_sync(piece, 0, pieces[i].len,
				   LEV_DMA_FROM_DEVICE);
		region_retire(piece);
		off += pieces[i].len;
	}
	fake_check(port, off == len && count, "HAL-MAP", "unmap of a part");
	port->live_maps--;
}

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

static void port_sync(void *ctx, void *ptr, size_t len, unsigned flags)
{
	struct fake_port *port = ctx;
	unsigned dir = flags & DIRECTIONS;
	bool ok = dir && dir != DIRECTIONS && len;
	size_t covered = 0;

	port->syncs++;
	port->sync_bytes += len;
	port->last_sync_flags = flags;
	for (struct fake_region *r = port->regions; r && ok; r = r->next) {
		size_t off, part;

		if (!r->live || r->kind != REGION_PIECE)
			continue;
		part = piece_part(r, ptr, len, &off);
		if (!part)
			continue;
		ok = (r->flags & dir) != 0;
		piece_sync(r, off, part, dir);
		covered += part;
	}
	fake_check(port, ok && covered >= len, "HAL-SYNC",
		   "%zu of %zu bytes are mapped, flags %u", covered, len,
		   flags);
}

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
	region_retire(region);
}

/* --- registers --- */

static struct fake_dev *port_dev(struct fake_port *port, uint64_t reg,
				 unsigned width)
{
	struct fake_dev *dev = NULL;
	bool ok = width == 1 || width == 2 || width == 4;

	for (unsigned i = 0; i < port->ndevs; i++) {
		if (reg - port->devs[i]->cookie < WINDOW)
			dev = port->devs[i];
	}
	ok = fake_check(port, dev && ok, "HAL-REG", "%#llx width %u",
			(unsigned long long)reg, width);
	return ok ? dev : NULL;
}

static uint32_t port_read(void *ctx, uint64_t reg, unsigned width)
{
	struct fake_port *port = ctx;
	struct fake_dev *dev = port_dev(port, reg, width);

	port->reads++;
	if (!dev)
		return UINT32_MAX;
	return fake_mmio_read(dev, (uint32_t)(reg - dev->cookie), width);
}

static void port_write(void *ctx, uint64_t reg, unsigned width, uint32_t value)
{
	struct fake_port *port = ctx;
	struct fake_dev *dev = port_dev(port, reg, width);

	port->writes++;
	if (dev)
		fake_mmio_write(dev, (uint32_t)(reg - dev->cookie), width,
				value);
}

/* --- time --- */

static void port_due(struct fake_port *port)
{
	if (port->in_device)
		return;
	for (unsigned i = 0; i < port->ndevs; i++)
		fake_dev_due(port->devs[i]);
}

static uint64_t port_now(void *ctx)
{
	struct fake_port *port = ctx;

	port->nows++;
	fake_advance(port, port->now_step);
	return port->clock;
}

void fake_advance(struct fake_port *port, uint64_t ns)
{
	port->clock += ns;
	port_due(port);
}

static void port_relax(void *ctx, uint64_t deadline)
{
	struct fake_port *port = ctx;
	uint64_t to = port->clock + port->relax_step;

	port->relaxes++;
	port->last_deadline = deadline;
	if (port->on_relax)
		port->on_relax(port, port->on_relax_arg);
	for (unsigned i = 0; i < port->ndevs; i++) {
		uint64_t next = fake_dev_next(port->devs[i]);

		fake_dev_check_kicks(port->devs[i]);
		if (port->devs[i]->mode == FAKE_ON_RUN)
			fake_run(port->devs[i]);
		if (next > port->clock && next < to)
			to = next;
	}
	if (to > port->clock)
		port->clock = to;
	port_due(port);
}

/* --- log --- */

LEV_FORMAT(3, 0)
static void port_log(void *ctx, const char *who, const char *format,
		     va_list args)
{
	struct fake_port *port = ctx;
	char *line = port->log[port->log_next++ % FAKE_LOG_LINES];
	int len = snprintf(line, FAKE_LOG_WIDTH, "%s: ", who);

	if (len > 0 && len < FAKE_LOG_WIDTH)
		vsnprintf(line + len, (size_t)(FAKE_LOG_WIDTH - len), format,
			  args);
}

bool fake_log_has(const struct fake_port *port, const char *text)
{
	for (unsigned i = 0; i < FAKE_LOG_LINES; i++) {
		if (strstr(port->log[i], text))
			return true;
	}
	return false;
}

void fake_log_print(const struct fake_port *port, FILE *out)
{
	for (unsigned i = 0; i < FAKE_LOG_LINES; i++) {
		unsigned at = (port->log_next + i) % FAKE_LOG_LINES;

		if (port->log[at][0])
			fprintf(out, "log: %s\n", port->log[at]);
	}
}

/* --- the port --- */

static const struct lev_hal_ops port_ops = {
	.dma_alloc = port_alloc,
	.dma_free = port_dma_free,
	.reg_read = port_read,
	.reg_write = port_write,
	.now = port_now,
	.dma_map = port_map,
	.dma_unmap = port_unmap,
	.dma_sync = port_sync,
	.relax = port_relax,
	.log = port_log,
};

struct fake_port *fake_port_new(void)
{
	struct fake_port *port = fake_zalloc(sizeof(*port));

	port->ops = port_ops;
	port->hal.ops = &port->ops;
	port->hal.ctx = port;
	port->bus_base = 0x140000000;
	port->now_step = 100;
	port->relax_step = 10000;
	port->clock = 1000000;
	return port;
}

void fake_port_set_map(struct fake_port *port, enum fake_map_mode mode)
{
	bool bounce = mode == FAKE_MAP_BOUNCE;

	port->map_mode = mode;
	port->ops.dma_map = bounce ? port_map : NULL;
	port->ops.dma_unmap = bounce ? port_unmap : NULL;
	port->ops.dma_sync = bounce ? port_sync : NULL;
}

uint64_t fake_port_add(struct fake_port *port, struct fake_dev *dev)
{
	if (port->ndevs == FAKE_DEVICES)
		abort();
	port->devs[port->ndevs] = dev;
	return COOKIE + WINDOW * 2 * port->ndevs++;
}

unsigned fake_port_free(struct fake_port *port)
{
	unsigned violations;

	fake_check(port, !port->live_allocs && !port->live_maps, "HAL-LEAK",
		   "%u allocations, %u mappings left", port->live_allocs,
		   port->live_maps);
	violations = port->violations;
	if (!port->looked_at)
		fake_violation_print(port);
	for (unsigned i = 0; i < port->ndevs; i++)
		fake_dev_free(port->devs[i]);
	while (port->regions) {
		struct fake_region *region = port->regions;

		port->regions = region->next;
		region_free(region);
	}
	fake_rules_free(port);
	free(port);
	return violations;
}
