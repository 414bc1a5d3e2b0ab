/* SPDX-License-Identifier: MIT */
/*
 * A port whose answers are arbitrary, for the proofs of set-up. Assumed of it:
 * its clock goes on, here past every deadline within WORLD_TURNS readings; what
 * it allocates is really there; it keeps no pointer.
 */
#ifndef PROOF_WORLD_H
#define PROOF_WORLD_H

#include <levitate/hal.h>

enum { WORLD_TURNS = 1 };

/* What the port knows; one block of memory at a time is all a queue asks for.
 */
struct world {
	uint64_t now;
	unsigned turns;
	uint8_t *block;
	void *mem; /* as it was given out: in the block */
	lev_paddr addr;
	size_t len;
	unsigned flags;
	unsigned allocations;
};

static uint64_t world_now(void *ctx)
{
	struct world *w = ctx;
	const uint64_t now = nondet_uint64();

	ASSUME(now >= w->now);
	w->now = w->turns ? now : UINT64_MAX;
	if (w->turns)
		w->turns--;
	return w->now;
}

/* None, or memory that is there, aligned or not, wherever the device sees it.
 */
static void *world_dma_alloc(void *ctx, size_t len, size_t align,
			     lev_paddr max_addr, unsigned flags,
			     lev_paddr *addr)
{
	struct world *w = ctx;

	(void)max_addr;
	PROVE(!w->mem, "what there is, is used again");
	PROVE(len, "something is asked for");
	PROVE(align && align <= 4096 && !(align & (align - 1)),
	      "an alignment as hal.h says");
	PROVE(!(flags & ~(unsigned)LEV_DMA_PLATFORM), "flags as hal.h says");
	if (nondet_bool())
		return NULL;
	w->block = malloc(len + 1);
	w->mem = w->block + (nondet_bool() ? 1 : 0);
	w->len = len;
	w->flags = flags;
	w->addr = *addr = nondet_uint64();
	w->allocations++;
	return w->mem;
}

static void world_dma_free(void *ctx, void *ptr, lev_paddr addr, size_t len,
			   unsigned flags)
{
	struct world *w = ctx;

	PROVE(w->mem && ptr == w->mem, "what is freed was allocated");
	PROVE(addr == w->addr && len == w->len && flags == w->flags,
	      "it is freed as it was allocated");
	free(w->block);
	w->mem = NULL;
}

static void world_relax(void *ctx, uint64_t deadline)
{
	(void)ctx;
	(void)deadline;
}

static void world_log(void *ctx, const char *who, const char *format,
		      __builtin_va_list args)
{
	(void)ctx;
	(void)args;
	PROVE(who && format, "something is said");
}

static void world_begin(struct world *w)
{
	w->now = nondet_uint64();
	w->turns = WORLD_TURNS;
	w->mem = NULL;
	w->allocations = 0;
}

#endif
