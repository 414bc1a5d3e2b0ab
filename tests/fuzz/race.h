/* SPDX-License-Identifier: MIT */
/*
 * Comes before every file of the library when the fuzzers are built: each load
 * from a ring is announced right before it happens, so that a device can act
 * between any two of them.
 */
#ifndef FUZZ_RACE_H
#define FUZZ_RACE_H

void fuzz_race(const volatile void *ptr, unsigned len);

#define order_load16	plain_load16
#define order_load32	plain_load32
#define order_acquire16 plain_acquire16
#include "src/core/order.h"
#undef order_load16
#undef order_load32
#undef order_acquire16

static inline unsigned order_load16(const lev_le16 *p)
{
	fuzz_race(p, sizeof(*p));
	return plain_load16(p);
}

static inline uint32_t order_load32(const lev_le32 *p)
{
	fuzz_race(p, sizeof(*p));
	return plain_load32(p);
}

static inline unsigned order_acquire16(const lev_le16 *p)
{
	fuzz_race(p, sizeof(*p));
	return plain_acquire16(p);
}

#endif
