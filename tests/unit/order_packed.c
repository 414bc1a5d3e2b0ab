/* SPDX-License-Identifier: MIT */
/* The packed ring, whose accesses are logged, for test_order.c. */
#include "order_log.h"

#include "src/core/packed.c"
