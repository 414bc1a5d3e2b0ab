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
static inline unsigned order_load16(const lev_le16 *p)
{
	return LEV_SWAP_(16, __atomic_load_n(&p->raw, __ATOMIC_RELAXED));
}

static inline uint32_t order_load32(const lev_le32 *p)
{
	return LEV_SWAP_(32, __atomic_load_n(&p->raw, __ATOMIC_RELAXED));
}

/*
 * A hint that the device may read at any time, or a field that it does not look
 * at before it is published: stored once and as it stands, in any order; 64
 * bits, on a CPU that has no such store, in halves (which volatile allows and
 * an atomic store does not). The shortest is never worth a call, whatever -Os
 * thinks.
 */
static inline __attribute__((always_inline)) void order_store16(lev_le16 *p,
								uint16_t v)
{
	__atomic_store_n(&p->raw, LEV_SWAP_(16, v), __ATOMIC_RELAXED);
}

static inline void order_store32(lev_le32 *p, uint32_t v)
{
	__atomic_store_n(&p->raw, LEV_SWAP_(32, v), __ATOMIC_RELAXED);
}

static inline void order_store64(lev_le64 *p, uint64_t v)
{
#if __SIZEOF_POINTER__ >= 8
	__atomic_store_n(&p->raw, LEV_SWAP_(64, v), __ATOMIC_RELAXED);
#else
	*(volatile uint64_t *)&p->raw = LEV_SWAP_(64, v);
#endif
}

/* 2.7.13.3.1: descriptors and ring entries are seen before the index. */
static inline void order_publish16(lev_le16 *p, uint16_t v)
{
	__atomic_store_n(&p->raw, LEV_SWAP_(16, v), __ATOMIC_RELEASE);
}

/* 2.7.14: what the index covers is read after the index. */
static inline unsigned order_acquire16(const lev_le16 *p)
{
	return LEV_SWAP_(16, __atomic_load_n(&p->raw, __ATOMIC_ACQUIRE));
}

/*
 * Our store is seen before we load what the other side stores: before the kick
 * decision (2.7.13.4.1, 2.8.21.3.1) and after asking for interrupts (2.7.14).
 * Both sides do this, so at least one of them sees the other's store.
 */
static inline void order_full(void)
{
#if defined(__SANITIZE_THREAD__)
	/* ThreadSanitizer knows no fences; this is one on x86. */
	uint32_t word = 0;
	uint32_t *p = &word;

	__asm__ volatile("" : "+r"(p) : : "memory");
	(void)__atomic_fetch_add(p, 0, __ATOMIC_SEQ_CST);
#elif defined(__aarch64__) || (defined(__ARM_ARCH) && __ARM_ARCH >= 7)
	__asm__ volatile("dmb osh" : : : "memory");
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/*
 * Private memory that an interrupt handler on another CPU looks at or writes,
 * too (lev_device_isr): whole, and in no order.
 */
#define ORDER_SEE(p)	__atomic_load_n((p), __ATOMIC_RELAXED)
#define ORDER_SAY(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)

/*
 * ORDER_PLATFORM (6.3): the device may be one that sees memory otherwise than
 * another CPU does. What was stored is seen before what will be stored; what
 * was loaded comes before what will be loaded. On x86 and RISC-V the plain
 * rules above say that already. Where it is not known, it is the full fence.
 */
#if defined(__x86_64__) || defined(__i386__) || defined(__riscv)
#define ORDER_PLATFORM_STRONGER 0
#else
#define ORDER_PLATFORM_STRONGER 1
#endif

static inline void order_platform_write(void)
{
#if defined(__aarch64__)
	__asm__ volatile("dmb oshst" : : : "memory");
#else
	order_full();
#endif
}

static inline void order_platform_read(void)
{
#if defined(__aarch64__)
	__asm__ volatile("dmb oshld" : : : "memory");
#else
	order_full();
#endif
}

#endif
