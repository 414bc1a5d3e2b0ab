/* SPDX-License-Identifier: MIT */
/*
 * Memory that a device reads or writes while we do: the only place in the
 * library with atomics and fences. Each helper names the rule it serves.
 *
 * A field is loaded once into a local; the local is what gets checked and
 * used. Two loads may see two values.
 */
#ifndef LEVITATE_CORE_ORDER_H
#define LEVITATE_CORE_ORDER_H

#include <levitate/base.h>

/* A field of which nothing else depends in order. */
static inline uint16_t order_load16(const lev_le16 *p)
{
	const lev_le16 v = { __atomic_load_n(&p->raw, __ATOMIC_RELAXED) };

	return lev_le16_to_cpu(v);
}

static inline uint32_t order_load32(const lev_le32 *p)
{
	const lev_le32 v = { __atomic_load_n(&p->raw, __ATOMIC_RELAXED) };

	return lev_le32_to_cpu(v);
}

static inline void order_store16(lev_le16 *p, lev_le16 v)
{
	__atomic_store_n(&p->raw, v.raw, __ATOMIC_RELAXED);
}

static inline void order_store32(lev_le32 *p, lev_le32 v)
{
	__atomic_store_n(&p->raw, v.raw, __ATOMIC_RELAXED);
}

/* In two halves where the CPU has no 64-bit store: the device does not look
 * before the index says so. */
static inline void order_store64(lev_le64 *p, lev_le64 v)
{
	*(volatile uint64_t *)&p->raw = v.raw;
}

/* 2.7.13.3.1: descriptors and ring entries are seen before the index. */
static inline void order_publish16(lev_le16 *p, uint16_t v)
{
	__atomic_store_n(&p->raw, lev_cpu_to_le16(v).raw, __ATOMIC_RELEASE);
}

/* 2.7.14: what the index covers is read after the index. */
static inline uint16_t order_acquire16(const lev_le16 *p)
{
	const lev_le16 v = { __atomic_load_n(&p->raw, __ATOMIC_ACQUIRE) };

	return lev_le16_to_cpu(v);
}

/*
 * Our store is seen before we load what the other side stores: before the kick
 * decision (2.7.13.4.1) and after asking for interrupts (2.7.14). Both sides
 * do this, so at least one of them sees the other's store.
 */
static inline void order_full(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
