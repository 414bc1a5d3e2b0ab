/* SPDX-License-Identifier: MIT */
/*
 * The configuration space is read while the device changes it: COUNT fields of
 * WIDTH bytes, on a device of version VERSION, through the MMIO transport.
 */
#include "../../src/transport/mmio.c"

#include "core.h"

enum { OFF = 8, LEN = COUNT * WIDTH };

/* What the device said: in the last reading of all fields, and before it. */
static struct {
	uint64_t first; /* register of the first field */
	unsigned next;	/* field */
	unsigned readings;
	uint8_t last[LEN], before[LEN];
	uint32_t generation[2]; /* read last, and before that */
	unsigned generation_at; /* readings, at the last of them */
	unsigned apart;		/* readings between the last two */
} said;

static uint32_t field_read(uint64_t reg, unsigned width)
{
	const uint32_t v = nondet_unsigned();
	const unsigned at = said.next * WIDTH;

	PROVE(reg == said.first + at && width == WIDTH, "field after field");
	for (unsigned i = 0; i < WIDTH; i++) {
		said.before[at + i] = said.last[at + i];
		said.last[at + i] = (uint8_t)(v >> 8 * i);
	}
	if (++said.next == COUNT) {
		said.next = 0;
		said.readings++;
	}
	return WIDTH == 4 ? v : v & ((1u << 8 * (WIDTH % 4)) - 1);
}

static uint32_t any_read(void *ctx, uint64_t reg, unsigned width)
{
	const uint64_t generation = *(uint64_t *)ctx + 0xfc;

	if (reg != generation)
		return field_read(reg, width);
	PROVE(VERSION == 2 && width == 4, "a register of version 2");
	PROVE(said.next == 0, "before and after, not between");
	said.generation[1] = said.generation[0];
	said.apart = said.readings - said.generation_at;
	said.generation_at = said.readings;
	return said.generation[0] = nondet_unsigned();
}

static void check_settled(const uint8_t *dst)
{
	for (unsigned i = 0; i < LEN; i++) {
		PROVE(dst[i] == said.last[i], "as the device said it last");
		if (VERSION == 1)
			PROVE(said.readings >= 2 &&
				      said.last[i] == said.before[i],
			      "two readings agree");
	}
	if (VERSION == 2)
		PROVE(said.generation[0] == said.generation[1] &&
			      said.apart == 1,
		      "one reading in one generation");
}

void config(void)
{
	uint64_t base = nondet_uint64();
	const struct lev_hal_ops ops = { .reg_read = any_read };
	const struct lev_hal hal = { &ops, &base };
	const struct lev_driver driver = { .name = "proof" };
	struct lev_mmio mmio = { 0 };
	struct lev_device dev = { 0 };
	uint8_t *dst = malloc(LEN);
	int err;

	mmio.base = base;
	mmio.transport.hal = &hal;
	mmio.transport.legacy = VERSION == 1;
	mmio.transport.ops = VERSION == 1 ? &legacy_ops : &modern_ops;
	dev.transport = &mmio.transport;
	dev.driver = &driver;
	said.first = base + 0x100 + OFF;
	err = lev_device_config_read(&dev, OFF, dst, COUNT, WIDTH);
	PROVE(err == 0 || err == LEV_ERR_PROTO, "a documented result");
	PROVE(said.next == 0, "whole readings");
	if (!err)
		check_settled(dst);
	PROOF_SEEN(err == LEV_ERR_PROTO, "a device that never holds still");
	PROOF_SEEN(err == 0 && said.readings > 2, "one that did at last");
	PROOF_END();
}
