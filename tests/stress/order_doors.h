/* SPDX-License-Identifier: MIT */
/*
 * Read before anything else (-include) where the library's sources are compiled
 * for the search. It is the library's own order.h, with its own orders; only
 * what that asks of the compiler goes through the doors, and each call of a
 * helper that orders anything says where it stands.
 *
 * No CPU is known, so that there is no assembly and the fences of
 * ORDER_PLATFORM are compiled.
 */
#ifndef ORDER_DOORS_H
#define ORDER_DOORS_H

#include <limits.h>

#include "doors.h"

#undef __x86_64__
#undef __i386__
#undef __aarch64__
#undef __arm__
#undef __ARM_ARCH
#undef __riscv

#define __atomic_load_n(p, order)                                              \
	((__typeof__(*(p)))door_load((p), sizeof(*(p)), (order)))
#define __atomic_store_n(p, v, order)                                          \
	door_store((p), sizeof(*(p)), (v), (order))
#define __atomic_thread_fence(order) door_fence(order)

#include "src/core/order.h"

#define order_publish16(p, v)                                                  \
	(door_site(__func__, "order_publish16"), order_publish16((p), (v)))
#define order_acquire16(p)                                                     \
	(door_site(__func__, "order_acquire16"), order_acquire16(p))
#define order_full() (door_site(__func__, "order_full"), order_full())
#define order_platform_write()                                                 \
	(door_site(__func__, "order_platform_write"), order_platform_write())
#define order_platform_read()                                                  \
	(door_site(__func__, "order_platform_read"), order_platform_read())

#endif
