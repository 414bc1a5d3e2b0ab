/* SPDX-License-Identifier: MIT */
/*
 * What the kernel says: kept in the log, sent to the serial line and, once
 * there is one, to the screen. Never from an interrupt handler.
 */
#ifndef KERNEL_CONSOLE_H
#define KERNEL_CONSOLE_H

#include <levitate/base.h>

#include "log.h"

/* Text for humans: log, serial line, screen. */
void kprintf(const char *fmt, ...) LEV_FORMAT(1, 2);

/* As it is, control sequences and all, past the log. */
void console_write(const char *text, size_t len);

/*
 * Call this once, before kprintf prints the next time: whoever has something
 * on the current line takes it away. NULL: nobody has.
 */
void console_before_output(void (*fn)(void));

/* The serial line alone. */
void console_serial(const char *text);

/* Mute the serial line (for measurements), or let it speak again. */
void console_mute(bool mute);

/* The screen came up: show it what was said so far. */
void console_replay(void);

/* The log, past the log: for the shell. */
void console_show_log(void);

#endif
