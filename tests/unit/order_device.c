/* SPDX-License-Identifier: MIT */
/* The device's life, whose accesses are logged, for test_order.c. */
#include "order_log.h"

#include "src/core/device.c"
