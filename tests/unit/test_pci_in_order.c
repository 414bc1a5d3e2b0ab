/* SPDX-License-Identifier: MIT */
/* What test_in_order.c asks for, of the same devices on PCI. */
#include "test_in_order.c"
