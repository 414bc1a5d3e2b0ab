/* SPDX-License-Identifier: MIT */
/*
 * In the place of src/core/order.h: the same doors to shared memory, with
 * nothing behind them. A load returns any value, each time a new one, as if the
 * device wrote at that moment; a store leaves a note for the proof. That is all
 * that the library's files see of shared memory, and the memory itself is not
 * there (ring_memory.c), so an access beside these doors fails a proof.
 */
#ifndef ORDER_PROOF_H
#define ORDER_PROOF_H

#include <levitate/base.h>

/* All that the platform can need is looked at. */
#define ORDER_PLATFORM_STRONGER 1

unsigned order_load16(const lev_le16 *p);
uint32_t order_load32(const lev_le32 *p);
unsigned order_acquire16(const lev_le16 *p);
void order_store16(lev_le16 *p, uint16_t v);
void order_store32(lev_le32 *p, uint32_t v);
void order_store64(lev_le64 *p, uint64_t v);
void order_publish16(lev_le16 *p, uint16_t v);
void order_full(void);
void order_platform_write(void);
void order_platform_read(void);

#endif
