/* SPDX-License-Identifier: MIT */
/* The split ring, whose accesses are logged, for test_order.c. */
#include "order_log.h"

#include "src/core/split.c"
