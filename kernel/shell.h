/* SPDX-License-Identifier: MIT */
/* The shell: a line editor in front of a table of commands. */
#ifndef KERNEL_SHELL_H
#define KERNEL_SHELL_H

#include "ports/baremetal/baremetal.h"

#include "memory.h"

/* Print the first prompt. Both are looked at by the command `mem`. */
void shell_init(const struct memory *memory, const struct lev_baremetal *port);

/* One byte of what was typed, on whatever keyboard. */
void shell_input(char byte);

/*
 * Show the line again that something printed has pushed aside. False: nothing
 * did.
 */
bool shell_refresh(void);

#endif
