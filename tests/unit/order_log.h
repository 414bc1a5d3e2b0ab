/* SPDX-License-Identifier: MIT */
/*
 * In the place of src/core/order.h: the same functions, which say in which
 * order they are called. The platform's ordering is on, as it is on ARM.
 */
#ifndef ORDER_LOG_H
#define ORDER_LOG_H

#define LEVITATE_CORE_ORDER_H

#include <levitate/base.h>

#define ORDER_PLATFORM_STRONGER 1

/* Between the interrupt handler and the driver. */
#define ORDER_SEE(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define ORDER_SAY(p, v)                                                        \
	(order_log(ORDER_STORE), __atomic_store_n((p), (v), __ATOMIC_RELAXED))

/* What was done to shared memory. */
enum {
	ORDER_LOAD = 'l',
	ORDER_STORE = 's',
	ORDER_ACQUIRE = 'a',
	ORDER_PUBLISH = 'P',
	ORDER_FULL = 'F',
	ORDER_WRITE = 'W', /* order_platform_write */
	ORDER_READ = 'R',  /* order_platform_read */
};

void order_log(char what);

static inline unsigned order_load16(const lev_le16 *p)
{
	order_log(ORDER_LOAD);
	return lev_le16_to_cpu(*p);
}

static inline uint32_t order_load32(const lev_le32 *p)
{
	order_log(ORDER_LOAD);
	return lev_le32_to_cpu(*p);
}

static inline void order_store16(lev_le16 *p, uint16_t v)
{
	order_log(ORDER_STORE);
	*p = lev_cpu_to_le16(v);
}

static inline void order_store32(lev_le32 *p, uint32_t v)
{
	order_log(ORDER_STORE);
	*p = lev_cpu_to_le32(v);
}

static inline void order_store64(lev_le64 *p, uint64_t v)
{
	order_log(ORDER_STORE);
	*p = lev_cpu_to_le64(v);
}

static inline void order_publish16(lev_le16 *p, uint16_t v)
{
	order_log(ORDER_PUBLISH);
	*p = lev_cpu_to_le16(v);
}

static inline unsigned order_acquire16(const lev_le16 *p)
{
	order_log(ORDER_ACQUIRE);
	return lev_le16_to_cpu(*p);
}

static inline void order_full(void)
{
	order_log(ORDER_FULL);
}

static inline void order_platform_write(void)
{
	order_log(ORDER_WRITE);
}

static inline void order_platform_read(void)
{
	order_log(ORDER_READ);
}

#endif
