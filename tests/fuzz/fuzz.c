/* SPDX-License-Identifier: MIT */
/* See fuzz.h. */
#define _POSIX_C_SOURCE 200809L
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>

#include "race.h"

_Noreturn void fuzz_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* --- the input --- */

size_t fuzz_take(struct fuzz_input *in, void *dst, size_t len)
{
	const size_t n = len < in->left ? len : in->left;

	if (n)
		memcpy(dst, in->at, n);
	memset((uint8_t *)dst + n, 0, len - n);
	in->at += n;
	in->left -= n;
	return n;
}

uint8_t fuzz_u8(struct fuzz_input *in)
{
	uint8_t v;

	fuzz_take(in, &v, sizeof(v));
	return v;
}

uint16_t fuzz_u16(struct fuzz_input *in)
{
	uint16_t v;

	fuzz_take(in, &v, sizeof(v));
	return v;
}

uint32_t fuzz_u32(struct fuzz_input *in)
{
	uint32_t v;

	fuzz_take(in, &v, sizeof(v));
	return v;
}

uint32_t fuzz_number(struct fuzz_input *in)
{
	const uint8_t first = fuzz_u8(in);

	if (first < 0xf8)
		return first;
	if (first < 0xfc)
		return fuzz_u32(in);
	return UINT32_MAX - (0xffu - first);
}

unsigned fuzz_below(struct fuzz_input *in, unsigned count)
{
	return fuzz_u8(in) % count;
}

/* --- memory --- */

static struct fuzz_piece *free_piece(struct fuzz_port *port)
{
	for (unsigned i = 0; i < FUZZ_PIECES; i++)
		if (!port->pieces[i].ptr)
			return &port->pieces[i];
	return NULL;
}

static lev_paddr give_addr(struct fuzz_port *port, size_t len, size_t align,
			   lev_paddr max_addr)
{
	const enum fuzz_alloc how = port->alloc;
	const lev_paddr addr = port->next_addr;

	port->alloc = FUZZ_ALLOC_GOOD;
	port->next_addr += (len + 8191) & ~(size_t)4095;
	port->gave_bad = how == FUZZ_ALLOC_ODD ||
			 (how == FUZZ_ALLOC_HIGH && max_addr < UINT64_MAX);
	if (how == FUZZ_ALLOC_HIGH && max_addr < UINT64_MAX)
		return (max_addr - len + 1 + align) & ~(align - 1);
	return how == FUZZ_ALLOC_ODD ? addr + 1 : addr;
}

static void *dma_alloc(void *ctx, size_t len, size_t align, lev_paddr max_addr,
		       unsigned flags, lev_paddr *addr)
{
	struct fuzz_port *port = ctx;
	struct fuzz_piece *piece = free_piece(port);

	fuzz_count(port);
	FUZZ_CHECK(len && align && !(align & (align - 1)) && align <= 4096);
	FUZZ_CHECK(!(flags & ~(unsigned)LEV_DMA_PLATFORM));
	if (port->alloc == FUZZ_ALLOC_NONE || len > FUZZ_PIECE_MAX || !piece) {
		port->alloc = FUZZ_ALLOC_GOOD;
		return NULL;
	}
	if (posix_memalign((void **)&piece->ptr, align < 8 ? 8 : align, len))
		abort();
	memset(piece->ptr, 0, len);
	piece->addr = give_addr(port, len, align, max_addr);
	piece->len = len;
	piece->flags = flags;
	*addr = piece->addr;
	return piece->ptr;
}

static void dma_free(void *ctx, void *ptr, lev_paddr addr, size_t len,
		     unsigned flags)
{
	struct fuzz_port *port = ctx;

	fuzz_count(port);
	for (unsigned i = 0; i < FUZZ_PIECES; i++) {
		struct fuzz_piece *piece = &port->pieces[i];

		if (piece->ptr != ptr)
			continue;
		FUZZ_CHECK(piece->addr == addr && piece->len == len);
		FUZZ_CHECK(piece->flags == flags);
		free(piece->ptr);
		piece->ptr = NULL;
		return;
	}
	fuzz_fail(__FILE__, __LINE__, "freed what was not allocated");
}

void *fuzz_ptr(struct fuzz_port *port, lev_paddr addr, size_t len)
{
	for (unsigned i = 0; i < FUZZ_PIECES; i++) {
		const struct fuzz_piece *piece = &port->pieces[i];
		const lev_paddr off = addr - piece->addr;

		if (piece->ptr && addr >= piece->addr && off <= piece->len &&
		    len <= piece->len - off)
			return piece->ptr + off;
	}
	return NULL;
}

void fuzz_scribble(struct fuzz_port *port)
{
	struct fuzz_piece *piece =
		&port->pieces[fuzz_below(&port->in, FUZZ_PIECES)];
	const size_t off = fuzz_u16(&port->in);
	uint8_t bytes[8];
	size_t len = 1 + fuzz_below(&port->in, sizeof(bytes));

	len = fuzz_take(&port->in, bytes, len);
	if (piece->ptr && off < piece->len)
		memcpy(piece->ptr + off, bytes,
		       len < piece->len - off ? len : piece->len - off);
}

/* --- the clock --- */

static uint64_t now(void *ctx)
{
	struct fuzz_port *port = ctx;

	fuzz_count(port);
	port->now += FUZZ_TICK;
	return port->now;
}

static void relax(void *ctx, uint64_t deadline)
{
	struct fuzz_port *port = ctx;

	(void)deadline;
	fuzz_count(port);
	if (port->idle)
		port->idle(port->ctx);
}

/* --- races --- */

static struct fuzz_port *racing;

void fuzz_race(const volatile void *ptr, unsigned len)
{
	if (racing && racing->race)
		racing->race(racing->ctx, (void *)(uintptr_t)ptr, len);
}

/* --- diagnosis --- */

static LEV_FORMAT(3, 0) void log_line(void *ctx, const char *who,
				      const char *format, va_list args)
{
	char line[512];

	fuzz_count(ctx);
	FUZZ_CHECK(who);
	FUZZ_CHECK(vsnprintf(line, sizeof(line), format, args) >= 0);
}

/* --- begin and end --- */

void fuzz_call(struct fuzz_port *port)
{
	port->calls = 0;
}

void fuzz_count(struct fuzz_port *port)
{
	FUZZ_CHECK(++port->calls < FUZZ_CALLS_MAX);
}

void fuzz_port_init(struct fuzz_port *port, const uint8_t *data, size_t len)
{
	*port = (struct fuzz_port){
		.ops = {
			.dma_alloc = dma_alloc,
			.dma_free = dma_free,
			.now = now,
			.relax = relax,
			.log = log_line,
		},
		.in = { data, len },
		.next_addr = 0x100000,
	};
	port->hal.ops = &port->ops;
	port->hal.ctx = port;
	racing = port;
}

void fuzz_port_end(struct fuzz_port *port)
{
	for (unsigned i = 0; i < FUZZ_PIECES; i++)
		FUZZ_CHECK(!port->pieces[i].ptr);
	racing = NULL;
}
