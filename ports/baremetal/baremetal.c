/* SPDX-License-Identifier: MIT */
/*
 * The bare-metal port: an arena, identity addresses, plain loads and stores
 * for registers. Free memory is nothing but the gaps between the blocks in
 * use, which are kept sorted: giving a block back is forgetting it, and
 * neighbouring gaps are one gap without any work.
 */
#include "baremetal.h"

/* --- DMA memory --- */

/* The first multiple of align at or behind start; 0 when there is none. */
static uintptr_t align_up(uintptr_t start, size_t align)
{
	uintptr_t mask = (uintptr_t)align - 1;

	return start > UINTPTR_MAX - mask ? 0 : (start + mask) & ~mask;
}

/* Where the gap before block idx begins and ends. */
static uintptr_t gap_start(const struct lev_baremetal *port, unsigned idx)
{
	const struct lev_baremetal_block *before;

	if (idx == 0)
		return (uintptr_t)port->config.arena;
	before = &port->blocks[idx - 1];
	return before->start + before->len;
}

static uintptr_t gap_end(const struct lev_baremetal *port, unsigned idx)
{
	if (idx < port->count)
		return port->blocks[idx].start;
	return (uintptr_t)port->config.arena + port->config.arena_len;
}

static void enter_block(struct lev_baremetal *port, unsigned idx,
			uintptr_t start, size_t len)
{
	__builtin_memmove(&port->blocks[idx + 1], &port->blocks[idx],
			  (port->count - idx) * sizeof(port->blocks[0]));
	port->blocks[idx].start = start;
	port->blocks[idx].len = len;
	port->count++;
	port->used += len;
	port->allocs++;
}

static void *baremetal_alloc(void *ctx, size_t len, size_t align,
			     lev_paddr max_addr, unsigned flags,
			     lev_paddr *addr)
{
	struct lev_baremetal *port = ctx;
	uintptr_t start;
	unsigned idx;

	(void)flags; /* addresses are physical with or without a platform */
	if (len == 0 || port->count == LEV_BAREMETAL_BLOCKS)
		return NULL;
	for (idx = 0; idx <= port->count; idx++) {
		start = align_up(gap_start(port, idx), align);
		if (start == 0)
			return NULL;
		if (start <= gap_end(port, idx) &&
		    len <= gap_end(port, idx) - start)
			break;
	}
	if (idx > port->count || start > max_addr || len - 1 > max_addr - start)
		return NULL;
	enter_block(port, idx, start, len);
	__builtin_memset((void *)start, 0, len);
	*addr = start;
	return (void *)start;
}

static void baremetal_free(void *ctx, void *ptr, lev_paddr addr, size_t len,
			   unsigned flags)
{
	struct lev_baremetal *port = ctx;
	unsigned idx = 0;

	(void)flags;
	while (idx < port->count && port->blocks[idx].start != (uintptr_t)ptr)
		idx++;
	LEV_ASSERT(idx < port->count && port->blocks[idx].len == len &&
		   addr == (uintptr_t)ptr);
	if (idx == port->count)
		return;
	port->used -= port->blocks[idx].len;
	port->count--;
	port->frees++;
	__builtin_memmove(&port->blocks[idx], &port->blocks[idx + 1],
			  (port->count - idx) * sizeof(port->blocks[0]));
}

/* --- registers --- */

/*
 * Before a register is written, all stores before it must be where a device
 * sees them; after one is read, no later load may have been done already.
 * Mapping registers as device memory orders them only among themselves.
 */
#if defined(__aarch64__)
static void before_write(void)
{
	__asm__ volatile("dmb oshst" ::: "memory");
}

static void after_read(void)
{
	__asm__ volatile("dmb oshld" ::: "memory");
}
#elif defined(__riscv)
static void before_write(void)
{
	__asm__ volatile("fence w, o" ::: "memory");
}

static void after_read(void)
{
	__asm__ volatile("fence i, r" ::: "memory");
}
#elif defined(__x86_64__) || defined(__i386__)
/* Uncached accesses are ordered by themselves: hold the compiler back. */
static void before_write(void)
{
	__asm__ volatile("" ::: "memory");
}

static void after_read(void)
{
	__asm__ volatile("" ::: "memory");
}
#else
static void before_write(void)
{
	__sync_synchronize();
}

static void after_read(void)
{
	__sync_synchronize();
}
#endif

#ifdef LEV_BAREMETAL_PORT
static bool is_port(uint64_t reg)
{
	return reg >= LEV_BAREMETAL_PORT(0) &&
	       reg <= LEV_BAREMETAL_PORT(UINT16_MAX);
}

static uint32_t port_read(uint16_t port, unsigned width)
{
	uint32_t value = 0;

	if (width == 1)
		__asm__ volatile("inb %w1, %b0" : "+a"(value) : "Nd"(port));
	else if (width == 2)
		__asm__ volatile("inw %w1, %w0" : "+a"(value) : "Nd"(port));
	else
		__asm__ volatile("inl %w1, %k0" : "+a"(value) : "Nd"(port));
	return value;
}

static void port_write(uint16_t port, unsigned width, uint32_t value)
{
	if (width == 1)
		__asm__ volatile("outb %b0, %w1" ::"a"(value), "Nd"(port));
	else if (width == 2)
		__asm__ volatile("outw %w0, %w1" ::"a"(value), "Nd"(port));
	else
		__asm__ volatile("outl %k0, %w1" ::"a"(value), "Nd"(port));
}
#else
static bool is_port(uint64_t reg)
{
	(void)reg;
	return false;
}

static uint32_t port_read(uint16_t port, unsigned width)
{
	(void)port, (void)width;
	return UINT32_MAX;
}

static void port_write(uint16_t port, unsigned width, uint32_t value)
{
	(void)port, (void)width, (void)value;
}
#endif

static uint32_t baremetal_read(void *ctx, uint64_t reg, unsigned width)
{
	uintptr_t at = (uintptr_t)reg;
	uint32_t value;

	(void)ctx;
	if (is_port(reg)) {
		value = port_read((uint16_t)reg, width);
	} else if (width == 1) {
		value = *(volatile uint8_t *)at;
	} else if (width == 2) {
		lev_le16 le = { *(volatile uint16_t *)at };

		value = lev_le16_to_cpu(le);
	} else {
		lev_le32 le = { *(volatile uint32_t *)at };

		value = lev_le32_to_cpu(le);
	}
	after_read();
	return value;
}

static void baremetal_write(void *ctx, uint64_t reg, unsigned width,
			    uint32_t value)
{
	uintptr_t at = (uintptr_t)reg;

	(void)ctx;
	before_write();
	if (is_port(reg))
		port_write((uint16_t)reg, width, value);
	else if (width == 1)
		*(volatile uint8_t *)at = (uint8_t)value;
	else if (width == 2)
		*(volatile uint16_t *)at = lev_cpu_to_le16((uint16_t)value).raw;
	else
		*(volatile uint32_t *)at = lev_cpu_to_le32(value).raw;
}

static int io_identity(enum lev_io_space space, uint64_t addr, uint64_t len,
		       uint64_t *reg)
{
	const uint64_t limit = space == LEV_IO_PORT ? UINT16_MAX : UINTPTR_MAX;

	if (addr > limit || len - 1 > limit - addr)
		return LEV_ERR_NOTSUP;
	*reg = addr;
	if (space == LEV_IO_MEMORY)
		return 0;
#ifdef LEV_BAREMETAL_PORT
	*reg = LEV_BAREMETAL_PORT(addr);
	return 0;
#else
	return LEV_ERR_NOTSUP;
#endif
}

/* --- what the caller of the port does for us --- */

static int baremetal_io_map(void *ctx, enum lev_io_space space, uint64_t addr,
			    uint64_t len, uint64_t *reg)
{
	struct lev_baremetal *port = ctx;

	if (port->config.io_map != NULL)
		return port->config.io_map(port->config.ctx, space, addr, len,
					   reg);
	return io_identity(space, addr, len, reg);
}

static uint64_t baremetal_now(void *ctx)
{
	struct lev_baremetal *port = ctx;

	return port->config.now(port->config.ctx);
}

static void baremetal_relax(void *ctx, uint64_t deadline)
{
	struct lev_baremetal *port = ctx;

	if (port->config.relax != NULL)
		port->config.relax(port->config.ctx, deadline);
}

LEV_FORMAT(3, 0)
static void baremetal_log(void *ctx, const char *who, const char *format,
			  __builtin_va_list args)
{
	struct lev_baremetal *port = ctx;

	if (port->config.log != NULL)
		port->config.log(port->config.ctx, who, format, args);
}

static const struct lev_hal_ops baremetal_ops = {
	.dma_alloc = baremetal_alloc,
	.dma_free = baremetal_free,
	.reg_read = baremetal_read,
	.reg_write = baremetal_write,
	.now = baremetal_now,
	.io_map = baremetal_io_map,
	.relax = baremetal_relax,
	.log = baremetal_log,
};

void lev_baremetal_init(struct lev_baremetal *port,
			const struct lev_baremetal_config *config)
{
	LEV_ASSERT(config->now != NULL);
	port->hal.ops = &baremetal_ops;
	port->hal.ctx = port;
	port->config = *config;
	port->count = 0;
	port->used = 0;
	port->allocs = 0;
	port->frees = 0;
}

size_t lev_baremetal_used(const struct lev_baremetal *port)
{
	return port->used;
}

unsigned lev_baremetal_count(const struct lev_baremetal *port)
{
	return port->count;
}
