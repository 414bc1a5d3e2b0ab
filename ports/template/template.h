/* SPDX-License-Identifier: MIT */
/*
 * A port to copy: rename it, then fill in template.c: five functions, and for
 * PCI a sixth. What each must keep is said in levitate/hal.h.
 */
#ifndef TEMPLATE_PORT_H
#define TEMPLATE_PORT_H

#include <levitate/hal.h>

/* The port's own state; a pointer to it comes back in each call. */
struct template_port {
	struct lev_hal hal; /* give &port.hal to lev_mmio_probe */
};

void template_port_init(struct template_port *port);

#endif
