/* SPDX-License-Identifier: MIT */
/* What the kernel says: kept in the log, sent to the serial line. */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <levitate/base.h>

#include "log.h"

void console_write(const char *text, size_t len);
void kprintf(const char *fmt, ...) LEV_FORMAT(1, 2);

extern struct log console_log;

#endif
