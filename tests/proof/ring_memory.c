/* SPDX-License-Identifier: MIT */
/*
 * Shared memory as the proofs have it: doors that check where a load or store
 * goes and how it stands to the barriers. In the proofs with GONE the memory
 * behind them is freed before the step begins, so that CBMC objects to whoever
 * goes round them.
 */
#include "ring_proof.h"

char *ring_memory;
struct seen seen;

void note(struct field *f, uint32_t value)
{
	f->count++;
	f->value = value;
}

/* Offset of an access of len bytes. */
static size_t place(const void *p, size_t len)
{
	const size_t off = __CPROVER_POINTER_OFFSET(p);

	PROVE(__CPROVER_POINTER_OBJECT(p) ==
		      __CPROVER_POINTER_OBJECT(ring_memory),
	      "a shared access goes to the ring's memory");
	PROVE(off % len == 0, "a shared access is aligned");
	return off;
}

unsigned order_load16(const lev_le16 *p)
{
	return format_load(place(p, sizeof(*p)), sizeof(*p)) & 0xffff;
}

uint32_t order_load32(const lev_le32 *p)
{
	return format_load(place(p, sizeof(*p)), sizeof(*p));
}

unsigned order_acquire16(const lev_le16 *p)
{
	seen.early = true;
	return order_load16(p);
}

static void store(const void *p, size_t len, uint64_t value)
{
	seen.dirty = seen.unseen = true;
	format_store(place(p, len), len, value);
}

void order_store16(lev_le16 *p, uint16_t v)
{
	store(p, sizeof(*p), v);
}

void order_store32(lev_le32 *p, uint32_t v)
{
	store(p, sizeof(*p), v);
}

void order_store64(lev_le64 *p, uint64_t v)
{
	store(p, sizeof(*p), v);
}

void order_publish16(lev_le16 *p, uint16_t v)
{
	format_publish(place(p, sizeof(*p)), v);
	seen.dirty = seen.unseen = true;
}

void order_full(void)
{
	seen.dirty = seen.unseen = seen.early = false;
}

void order_platform_write(void)
{
	seen.dirty = false;
}

void order_platform_read(void)
{
	seen.early = false;
}
