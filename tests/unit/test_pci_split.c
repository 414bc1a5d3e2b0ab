/* SPDX-License-Identifier: MIT */
/* What test_split.c asks for, of the same devices on PCI. */
#include "test_split.c"
