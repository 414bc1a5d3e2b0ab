/* SPDX-License-Identifier: MIT */
/*
 * What the library asks of memory that a device shares, as functions: the
 * search (search.cpp) answers them, so that its memory model and no CPU decides
 * what a load returns. order is one of the compiler's __ATOMIC_*.
 */
#ifndef DOORS_H
#define DOORS_H

#include <levitate/base.h>

#ifdef __cplusplus
extern "C" {
#endif

uint64_t door_load(const void *at, size_t len, int order);
void door_store(void *at, size_t len, uint64_t value, int order);
void door_fence(int order);

/*
 * What follows is for this helper of order.h, called in this function of the
 * library: the place to make an order weaker, to see whether anybody notices.
 */
void door_site(const char *caller, const char *helper);

#ifdef __cplusplus
}
#endif

#endif
