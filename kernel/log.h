/* SPDX-License-Identifier: MIT */
/*
 * What the kernel has said, kept so that it can be said again: to a screen
 * that comes up late, by the command `log`, in a panic. A ring of bytes; when
 * it is full the oldest go.
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <levitate/base.h>

enum { LOG_LEN = 64 * 1024 }; /* bytes kept; a power of two */

/* Zero-initialised it is empty. Positions count bytes since the beginning. */
struct log {
	uint64_t written;
	char ring[LOG_LEN];
};

void log_write(struct log *log, const char *text, size_t len);

/*
 * Copy up to max bytes from position *pos, which moves on. When that part is
 * lost already the oldest bytes that are left are taken. Returns how many
 * bytes it were; 0 at the end.
 */
size_t log_read(const struct log *log, uint64_t *pos, char *buf, size_t max);

#endif
