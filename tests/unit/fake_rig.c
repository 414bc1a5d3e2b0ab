/* SPDX-License-Identifier: MIT */
/* See fake_rig.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fake_rig.h"

struct rig rig_of(struct fake_port *port, struct fake_dev *dev)
{
	struct rig rig = { .port = port, .dev = dev };

	rig.mem = port->ops.dma_alloc(port, RIG_MEM, 4096, UINT64_MAX, 0,
				      &rig.addr);
	if (!rig.mem)
		abort();
	return rig;
}

void rig_realloc(struct rig *rig, unsigned flags)
{
	const struct lev_hal_ops *ops = &rig->port->ops;

	ops->dma_free(rig->port, rig->mem, rig->addr, RIG_MEM, rig->flags);
	rig->flags = flags;
	rig->mem = ops->dma_alloc(rig->port, RIG_MEM, 4096, UINT64_MAX, flags,
				  &rig->addr);
	if (!rig->mem)
		abort();
}

struct rig rig_new(uint32_t version)
{
	struct fake_port *port = fake_port_new();

	return rig_of(port, fake_dev_new(port, version, 99, 2));
}

void rig_stop(struct rig *rig)
{
	if (rig->dev->reset_written) { /* else it was never touched */
		rig->dev->faults.reset_stuck = false;
		rig_wr(rig, FAKE_REG_STATUS, 0);
		fake_advance(rig->port, rig->dev->faults.reset_delay);
		rig_rd(rig, FAKE_REG_STATUS);
	}
	rig->port->ops.dma_free(rig->port, rig->mem, rig->addr, RIG_MEM,
				rig->flags);
	rig->mem = NULL;
}

void rig_free(struct rig *rig)
{
	fake_port_free(rig->port);
}

uint32_t rig_rd(struct rig *rig, uint32_t reg)
{
	return rig->port->ops.reg_read(rig->port, rig->dev->cookie + reg, 4);
}

void rig_wr(struct rig *rig, uint32_t reg, uint32_t value)
{
	rig->port->ops.reg_write(rig->port, rig->dev->cookie + reg, 4, value);
}

void *rig_alloc(struct rig *rig, size_t len, size_t align, lev_paddr *addr)
{
	return rig->port->ops.dma_alloc(rig->port, len, align, UINT64_MAX, 0,
					addr);
}

/* --- the start --- */

void rig_probe(struct rig *rig)
{
	rig_rd(rig, FAKE_REG_MAGIC);
	rig_rd(rig, FAKE_REG_VERSION);
	rig_rd(rig, FAKE_REG_DEVICE_ID);
}

void rig_reset(struct rig *rig)
{
	rig_wr(rig, FAKE_REG_STATUS, 0);
	rig_rd(rig, FAKE_REG_STATUS);
}

void rig_driver(struct rig *rig)
{
	rig_wr(rig, FAKE_REG_STATUS, FAKE_ACKNOWLEDGE);
	rig_wr(rig, FAKE_REG_STATUS, FAKE_ACKNOWLEDGE | FAKE_DRIVER);
	if (rig->dev->version == 1)
		rig_wr(rig, FAKE_REG_GUEST_PAGE_SIZE, 4096);
}

void rig_offer(struct rig *rig)
{
	for (uint32_t word = 0; word < 4; word++) {
		rig_wr(rig, FAKE_REG_DEVICE_FEATURES_SEL, word);
		rig_rd(rig, FAKE_REG_DEVICE_FEATURES);
	}
}

void rig_accept(struct rig *rig, uint64_t low, uint64_t high)
{
	uint64_t features[2] = { low, high };

	for (uint32_t word = 0; word < 4; word++) {
		rig_wr(rig, FAKE_REG_DRIVER_FEATURES_SEL, word);
		rig_wr(rig, FAKE_REG_DRIVER_FEATURES,
		       (uint32_t)(features[word / 2] >> word % 2 * 32));
	}
}

void rig_settle(struct rig *rig)
{
	uint32_t status = FAKE_ACKNOWLEDGE | FAKE_DRIVER | FAKE_FEATURES_OK;

	if (rig->dev->version == 1)
		return;
	rig_wr(rig, FAKE_REG_STATUS, status);
	rig_rd(rig, FAKE_REG_STATUS);
}

void rig_look(struct rig *rig, unsigned queue)
{
	bool legacy = rig->dev->version == 1;

	rig_wr(rig, FAKE_REG_QUEUE_SEL, queue);
	rig_rd(rig, legacy ? FAKE_REG_QUEUE_PFN : FAKE_REG_QUEUE_READY);
	rig_rd(rig, FAKE_REG_QUEUE_SIZE_MAX);
}

void rig_place(struct rig *rig, unsigned queue)
{
	uint64_t desc = rig->addr + (uint64_t)queue * RIG_QUEUE;
	uint64_t parts[3] = { desc, desc + RIG_AVAIL, desc + RIG_USED };

	rig_wr(rig, FAKE_REG_QUEUE_SIZE, RIG_SIZE);
	if (rig->dev->version == 1) {
		rig_wr(rig, FAKE_REG_QUEUE_ALIGN, 4096);
		return;
	}
	for (uint32_t i = 0; i < 3; i++) {
		rig_wr(rig, FAKE_REG_DESC_LOW + 0x10 * i, (uint32_t)parts[i]);
		rig_wr(rig, FAKE_REG_DESC_HIGH + 0x10 * i,
		       (uint32_t)(parts[i] >> 32));
	}
}

void rig_enable(struct rig *rig, unsigned queue)
{
	uint64_t desc = rig->addr + (uint64_t)queue * RIG_QUEUE;

	if (rig->dev->version == 1)
		rig_wr(rig, FAKE_REG_QUEUE_PFN, (uint32_t)(desc >> 12));
	else
		rig_wr(rig, FAKE_REG_QUEUE_READY, 1);
}

void rig_ok(struct rig *rig)
{
	uint32_t status = FAKE_ACKNOWLEDGE | FAKE_DRIVER | FAKE_DRIVER_OK;

	if (rig->dev->version == 2)
		status |= FAKE_FEATURES_OK;
	rig_wr(rig, FAKE_REG_STATUS, status);
}

void rig_features(struct rig *rig, uint64_t low)
{
	if (rig->dev->version == 2)
		low |= (uint64_t)1 << FAKE_F_VERSION_1;
	rig_probe(rig);
	rig_reset(rig);
	rig_driver(rig);
	rig_offer(rig);
	rig_accept(rig, low, 0);
	rig_settle(rig);
}

void rig_start(struct rig *rig, uint64_t low, unsigned nqueues)
{
	rig_features(rig, low);
	for (unsigned i = 0; i < nqueues; i++) {
		rig_look(rig, i);
		rig_place(rig, i);
		rig_enable(rig, i);
	}
	rig_ok(rig);
}

/* --- rings: version 1 in the CPU's byte order, else little-endian --- */

static void rig_put(struct rig *rig, uint32_t off, uint64_t v, unsigned len)
{
	const uint16_t one = 1;
	bool native = rig->dev->version == 1 && !*(const uint8_t *)&one;

	for (unsigned i = 0; i < len; i++) {
		unsigned at = native ? len - 1 - i : i;

		rig->mem[off + at] = (uint8_t)(v >> 8 * i);
	}
}

static uint64_t rig_get(struct rig *rig, uint32_t off, unsigned len)
{
	const uint16_t one = 1;
	bool native = rig->dev->version == 1 && !*(const uint8_t *)&one;
	uint64_t v = 0;

	for (unsigned i = 0; i < len; i++) {
		unsigned at = native ? len - 1 - i : i;

		v |= (uint64_t)rig->mem[off + at] << 8 * i;
	}
	return v;
}

uint16_t rig_get16(struct rig *rig, uint32_t off)
{
	return (uint16_t)rig_get(rig, off, 2);
}

uint32_t rig_get32(struct rig *rig, uint32_t off)
{
	return (uint32_t)rig_get(rig, off, 4);
}

void rig_put16(struct rig *rig, uint32_t off, uint16_t v)
{
	rig_put(rig, off, v, 2);
}

void rig_put32(struct rig *rig, uint32_t off, uint32_t v)
{
	rig_put(rig, off, v, 4);
}

void rig_put64(struct rig *rig, uint32_t off, uint64_t v)
{
	rig_put(rig, off, v, 8);
}

void rig_desc_at(struct rig *rig, uint32_t off, uint64_t addr, uint32_t len,
		 uint16_t flags, uint16_t next)
{
	rig_put64(rig, off, addr);
	rig_put32(rig, off + 8, len);
	rig_put16(rig, off + 12, flags);
	rig_put16(rig, off + 14, next);
}

void rig_desc(struct rig *rig, unsigned queue, unsigned i, uint64_t addr,
	      uint32_t len, uint16_t flags, uint16_t next)
{
	rig_desc_at(rig, RIG_QUEUE * queue + 16 * i, addr, len, flags, next);
}

uint64_t rig_buffer(struct rig *rig, uint32_t off)
{
	return rig->addr + RIG_BUFFERS + off;
}

void rig_avail(struct rig *rig, unsigned queue, uint16_t head)
{
	uint32_t avail = RIG_QUEUE * queue + RIG_AVAIL;
	uint16_t idx = rig->avail_idx[queue]++;

	rig_put16(rig, avail + 4 + 2u * (idx % RIG_SIZE), head);
	rig_put16(rig, avail + 2, (uint16_t)(idx + 1));
}

void rig_kick(struct rig *rig, unsigned queue)
{
	rig_wr(rig, FAKE_REG_QUEUE_NOTIFY, queue);
}

void rig_send(struct rig *rig, unsigned queue, uint16_t head)
{
	rig_avail(rig, queue, head);
	rig_kick(rig, queue);
}

uint16_t rig_used_idx(struct rig *rig, unsigned queue)
{
	return rig_get16(rig, RIG_QUEUE * queue + RIG_USED + 2);
}

uint32_t rig_used_id(struct rig *rig, unsigned queue, unsigned i)
{
	uint32_t used = RIG_QUEUE * queue + RIG_USED;

	return rig_get32(rig, used + 4 + 8 * (i % RIG_SIZE));
}

uint32_t rig_used_len(struct rig *rig, unsigned queue, unsigned i)
{
	uint32_t used = RIG_QUEUE * queue + RIG_USED;

	return rig_get32(rig, used + 8 + 8 * (i % RIG_SIZE));
}

void rig_echo(struct rig *rig, unsigned queue)
{
	rig_desc(rig, queue, 0, rig_buffer(rig, 0), 4, NEXT, 1);
	rig_desc(rig, queue, 1, rig_buffer(rig, 64), 4, WRITE, 0);
	rig_send(rig, queue, 0);
}

uint32_t rig_config(struct rig *rig, uint32_t off, unsigned width)
{
	return rig->port->ops.reg_read(
		rig->port, rig->dev->cookie + FAKE_REG_CONFIG + off, width);
}

void rig_config_set(struct rig *rig, uint32_t off, unsigned width,
		    uint32_t value)
{
	rig->port->ops.reg_write(rig->port,
				 rig->dev->cookie + FAKE_REG_CONFIG + off,
				 width, value);
}

/* --- drivers that break a rule --- */

static void rule_fires(void **state)
{
	const struct rig_bad *bad = *state;
	struct rig rig = rig_new(bad->version);

	bad->act(&rig);
	if (!fake_violation_has(rig.port, bad->id)) {
		fake_violation_print(rig.port);
		fail_msg("%s did not fire", bad->id);
	}
	rig_free(&rig);
}

int rig_run_bads(const struct rig_bad *bads, size_t count)
{
	struct CMUnitTest *tests = calloc(count, sizeof(*tests));
	int failed;

	if (!tests)
		abort();
	for (size_t i = 0; i < count; i++) {
		tests[i].name = bads[i].id;
		tests[i].test_func = rule_fires;
		tests[i].initial_state = (void *)(uintptr_t)&bads[i];
	}
	failed = _cmocka_run_group_tests("bads", tests, count, NULL, NULL);
	free(tests);
	return failed;
}
