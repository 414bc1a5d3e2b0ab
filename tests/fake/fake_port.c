/* SPDX-License-Identifier: MIT */
/*
 * The port under the driver: a clock that moves only when asked, doors to the
 * registers, a log; and its memory, which is in fake_mem.c.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fake_pci_int.h"

static const uint64_t COOKIE = 0xfee0000000000;
static const uint64_t WINDOW = 0x1000;

/* --- memory --- */

static void *port_alloc(void *ctx, size_t len, size_t align, lev_paddr max_addr,
			unsigned flags, lev_paddr *addr)
{
	void *ptr;

	fake_lock(ctx);
	ptr = fake_mem_alloc(ctx, len, align, max_addr, flags, addr);
	fake_unlock(ctx);
	return ptr;
}

static void port_dma_free(void *ctx, void *ptr, lev_paddr addr, size_t len,
			  unsigned flags)
{
	fake_lock(ctx);
	fake_mem_free(ctx, ptr, addr, len, flags);
	fake_unlock(ctx);
}

static int port_map(void *ctx, void *ptr, size_t len, unsigned flags,
		    struct lev_seg *pieces, unsigned max)
{
	int count;

	fake_lock(ctx);
	count = fake_mem_map(ctx, ptr, len, flags, pieces, max);
	fake_unlock(ctx);
	return count;
}

static void port_unmap(void *ctx, void *ptr, size_t len, unsigned flags,
		       const struct lev_seg *pieces, unsigned count)
{
	fake_lock(ctx);
	fake_mem_unmap(ctx, ptr, len, flags, pieces, count);
	fake_unlock(ctx);
}

static void port_sync(void *ctx, void *ptr, size_t len, unsigned flags)
{
	fake_lock(ctx);
	fake_mem_sync(ctx, ptr, len, flags);
	fake_unlock(ctx);
}

/* --- registers --- */

static struct fake_dev *port_dev(struct fake_port *port, uint64_t reg,
				 unsigned width)
{
	struct fake_dev *dev = NULL;
	bool ok = width == 1 || width == 2 || width == 4;

	for (unsigned i = 0; i < port->ndevs; i++) {
		if (!port->devs[i]->pci && reg - port->devs[i]->cookie < WINDOW)
			dev = port->devs[i];
	}
	ok = fake_check(port, dev && ok, "HAL-REG", "%#llx width %u",
			(unsigned long long)reg, width);
	port->last_dev = ok ? dev : NULL;
	return port->last_dev;
}

static uint32_t port_read(void *ctx, uint64_t reg, unsigned width)
{
	struct fake_port *port = ctx;
	uint32_t value = UINT32_MAX;
	struct fake_dev *dev = NULL;

	fake_lock(port);
	port->reads++;
	port->last_dev = NULL;
	if (!fake_pci_access(port, reg, width, false, &value))
		dev = port_dev(port, reg, width);
	if (dev)
		value = fake_reg_read(dev, (uint32_t)(reg - dev->cookie),
				      width);
	fake_unlock(port);
	return value;
}

static void port_write(void *ctx, uint64_t reg, unsigned width, uint32_t value)
{
	struct fake_port *port = ctx;
	struct fake_dev *dev = NULL;

	fake_lock(port);
	port->writes++;
	port->last_dev = NULL;
	if (!fake_pci_access(port, reg, width, true, &value))
		dev = port_dev(port, reg, width);
	if (dev)
		fake_reg_write(dev, (uint32_t)(reg - dev->cookie), width,
			       value);
	fake_unlock(port);
}

/* --- time --- */

static void port_due(struct fake_port *port)
{
	if (port->in_device)
		return;
	for (unsigned i = 0; i < port->ndevs; i++)
		fake_dev_due(port->devs[i]);
}

static uint64_t port_now(void *ctx)
{
	struct fake_port *port = ctx;
	uint64_t now;

	fake_lock(port);
	port->nows++;
	fake_advance(port, port->now_step);
	now = port->clock;
	fake_unlock(port);
	return now;
}

void fake_advance(struct fake_port *port, uint64_t ns)
{
	if (!fake_clock_is_real(port))
		port->clock += ns;
	port_due(port);
}

/* Devices do what they do while the driver waits; when comes something more?
 */
static uint64_t port_turn(struct fake_port *port)
{
	uint64_t first = UINT64_MAX;

	for (unsigned i = 0; i < port->ndevs; i++) {
		uint64_t next = fake_dev_next(port->devs[i]);

		if (port->devs[i]->thread) {
			fake_thread_check(port->devs[i]);
			continue; /* cares for itself */
		}
		fake_dev_check_kicks(port->devs[i]);
		if (port->devs[i]->mode == FAKE_ON_RUN)
			fake_run(port->devs[i]);
		if (next > port->clock && next < first)
			first = next;
	}
	return first;
}

static void relax_virtual(struct fake_port *port)
{
	uint64_t to = port->clock + port->relax_step;
	uint64_t next;

	if (port->on_relax)
		port->on_relax(port, port->on_relax_arg);
	next = port_turn(port);
	if (next < to)
		to = next;
	if (to > port->clock)
		port->clock = to;
}

/* The hook comes last: as an interrupt handler it has something to do then. */
static void relax_real(struct fake_port *port, uint64_t deadline)
{
	uint64_t next = port_turn(port);

	fake_thread_relax(port, next < deadline ? next : deadline);
	if (port->on_relax)
		port->on_relax(port, port->on_relax_arg);
}

static void port_relax(void *ctx, uint64_t deadline)
{
	struct fake_port *port = ctx;

	fake_lock(port);
	port->relaxes++;
	port->last_deadline = deadline;
	if (fake_clock_is_real(port))
		relax_real(port, deadline);
	else
		relax_virtual(port);
	port_due(port);
	fake_unlock(port);
}

/* --- log --- */

LEV_FORMAT(3, 0)
static void port_log(void *ctx, const char *who, const char *format,
		     va_list args)
{
	struct fake_port *port = ctx;
	char *line;
	int len;

	fake_lock(port);
	if (port->last_dev)
		fake_life_log(port->last_dev);
	line = port->log[port->log_next++ % FAKE_LOG_LINES];
	len = snprintf(line, FAKE_LOG_WIDTH, "%s: ", who);
	if (len > 0 && len < FAKE_LOG_WIDTH)
		vsnprintf(line + len, (size_t)(FAKE_LOG_WIDTH - len), format,
			  args);
	fake_unlock(port);
}

bool fake_log_has(const struct fake_port *port, const char *text)
{
	for (unsigned i = 0; i < FAKE_LOG_LINES; i++) {
		if (strstr(port->log[i], text))
			return true;
	}
	return false;
}

/* --- the port --- */

static const struct lev_hal_ops port_ops = {
	.dma_alloc = port_alloc,
	.dma_free = port_dma_free,
	.reg_read = port_read,
	.reg_write = port_write,
	.now = port_now,
	.dma_map = port_map,
	.dma_unmap = port_unmap,
	.dma_sync = port_sync,
	.relax = port_relax,
	.log = port_log,
};

struct fake_port *fake_port_new(void)
{
	struct fake_port *port = fake_zalloc(sizeof(*port));

	port->ops = port_ops;
	port->hal.ops = &port->ops;
	port->hal.ctx = port;
	port->bus_base = 0x140000000;
	port->now_step = 100;
	port->relax_step = 10000;
	port->clock = 1000000;
	port->sync = fake_sync_new();
	return port;
}

void fake_port_set_map(struct fake_port *port, enum fake_map_mode mode)
{
	bool bounce = mode == FAKE_MAP_BOUNCE;

	port->map_mode = mode;
	port->ops.dma_map = bounce ? port_map : NULL;
	port->ops.dma_unmap = bounce ? port_unmap : NULL;
	port->ops.dma_sync = bounce ? port_sync : NULL;
}

uint64_t fake_port_add(struct fake_port *port, struct fake_dev *dev)
{
	if (port->ndevs == FAKE_DEVICES)
		abort();
	port->devs[port->ndevs] = dev;
	return COOKIE + WINDOW * 2 * port->ndevs++;
}

unsigned fake_port_free(struct fake_port *port)
{
	unsigned violations;

	for (unsigned i = 0; i < port->ndevs; i++)
		fake_thread_stop(port->devs[i]);
	for (unsigned i = 0; i < port->ndevs; i++)
		fake_life_end(port->devs[i]);
	fake_check(port, !port->live_allocs && !port->live_maps, "HAL-LEAK",
		   "%u allocations, %u mappings left", port->live_allocs,
		   port->live_maps);
	violations = port->violations;
	if (!port->looked_at)
		fake_violation_print(port);
	for (unsigned i = 0; i < port->ndevs; i++)
		fake_dev_free(port->devs[i]);
	fake_pci_free(port->pci);
	fake_mem_free_all(port);
	fake_rules_free(port);
	fake_sync_free(port->sync);
	free(port);
	return violations;
}
