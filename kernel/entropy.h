/* SPDX-License-Identifier: MIT */
/* Random bytes from the host, by the VirtIO entropy device. */
#ifndef KERNEL_ENTROPY_H
#define KERNEL_ENTROPY_H

#include <levitate/rng.h>

/* Bring up the first entropy device there is; says what it finds. */
void entropy_init(void);

/* Fill buf. False, and it has said why: there is no device, or it failed. */
bool entropy_read(void *buf, size_t len);

/*
 * The driver, for requests of one's own; NULL: there is none, or it failed.
 */
struct lev_rng *entropy_rng(void);

#endif
