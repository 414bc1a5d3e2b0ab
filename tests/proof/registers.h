/* SPDX-License-Identifier: MIT */
/*
 * The registers of an MMIO device of version VERSION (4.2.2, 4.2.4) that
 * answers each reading as it likes. What the driver reads and writes is held to
 * the standard's rules; the offsets are written anew from there.
 */
#ifndef PROOF_REGISTERS_H
#define PROOF_REGISTERS_H

#include <stdbool.h>
#include <stdint.h>

#define LEGACY	    (VERSION == 1)
#define REG(off)    ((uint64_t)1 << (off) / 4)
#define NEGOTIATING 3 /* ACKNOWLEDGE and DRIVER */
#define AGREED	    (LEGACY ? 3 : 11)
#define DRIVER_OK   4
#define FAILED	    128

struct registers {
	uint64_t base;
	bool probed;	 /* this is a device, and it may be written to */
	bool magic;	 /* as it said last */
	uint32_t status; /* as the driver wrote it */
	bool confirmed;	 /* since the last reset, 0 was read */
	bool agreed;	 /* FEATURES_OK was read back */
	uint32_t sel[2]; /* feature words: the device's, the driver's */
	uint32_t offered[4], accepted[4];
	uint32_t queue;	 /* selected */
	bool queue_free; /* not in use: the device said so since then */
	uint32_t queue_max;
	uint64_t written; /* registers of the selected queue: REG(offset) */
	bool enabled;	  /* a queue was given to the device */
	bool page_size;	  /* legacy: what a page is was said */
	uint32_t causes;  /* of an interrupt, read and not acknowledged */
};

static uint32_t status_read(struct registers *r, uint32_t v)
{
	if (v == 0 && r->status == 0)
		r->confirmed = true;
	if (v & 8)
		r->agreed = true;
	return v;
}

/* One of the two registers that say whether a queue is in use. */
static uint32_t queue_used_read(struct registers *r, uint32_t v)
{
	r->queue_free = v == 0;
	return v;
}

static uint32_t identity_read(struct registers *r, uint32_t off, uint32_t v)
{
	if (off == 0x00)
		r->magic = v == 0x74726976;
	if (off == 0x04 && VERSION)
		ASSUME(v == VERSION);
	return v;
}

static uint32_t any_read(struct registers *r, uint32_t off)
{
	const uint32_t v = nondet_unsigned();

	if (off <= 0x08)
		return identity_read(r, off, v);
	PROVE(r->probed, "probing reads identity registers only");
	switch (off) {
	case 0x010:
		return r->offered[r->sel[0]] = v;
	case 0x034:
		PROVE(r->queue_free, "QueueSizeMax while it is not in use");
		return r->queue_max = v;
	case 0x060:
		return r->causes = v;
	case 0x070:
		return status_read(r, v);
	case 0x040:
		PROVE(LEGACY, "a register of version 1");
		return queue_used_read(r, v);
	case 0x044:
		PROVE(!LEGACY, "a register of version 2");
		return queue_used_read(r, v);
	default:
		PROVE(!LEGACY && off == 0x0c0, "a register that can be read");
		return v;
	}
}

static uint32_t reg_read(void *ctx, uint64_t reg, unsigned width)
{
	struct registers *r = ctx;
	const uint64_t off = reg - r->base;

	PROVE(off < 0x100, "in the window");
	PROVE(width == 4 && off % 4 == 0, "registers have 32 bits");
	return any_read(r, (uint32_t)off);
}

/* 3.1.1: stage after stage, and nothing is taken back but by a reset. */
static void status_written(struct registers *r, uint32_t v)
{
	const uint32_t old = r->status;
	const uint32_t added = v & ~old;

	r->status = v;
	if (v == 0) {
		r->confirmed = r->agreed = r->enabled = false;
		return;
	}
	PROVE(r->confirmed, "the reset was confirmed");
	PROVE(added && (v & old) == old, "bits are added");
	PROVE(!(old & FAILED), "nothing follows FAILED but a reset");
	switch (added) {
	case 1:
		PROVE(old == 0, "ACKNOWLEDGE first");
		break;
	case 2:
		PROVE(old == 1, "then DRIVER");
		r->agreed = false;
		break;
	case 8:
		PROVE(!LEGACY && old == 3, "then FEATURES_OK, if modern");
		PROVE(r->accepted[1] & 1, "with VERSION_1");
		r->agreed = false;
		break;
	case DRIVER_OK:
		PROVE(old == AGREED, "then DRIVER_OK");
		PROVE(LEGACY || r->agreed, "the device agreed");
		break;
	default:
		PROVE(added == FAILED, "or it is given up");
	}
}

static void features_written(struct registers *r, uint32_t v)
{
	PROVE(r->status == NEGOTIATING, "features while negotiating");
	PROVE(!(v & ~r->offered[r->sel[1]]), "only what was offered");
	r->accepted[r->sel[1]] = v;
}

static void queue_checked(const struct registers *r)
{
	PROVE((r->status & ~(uint32_t)DRIVER_OK) == AGREED,
	      "queues after the features, before FAILED");
	PROVE(LEGACY || r->agreed, "the device agreed");
	PROVE(r->queue_free, "a queue that is not in use");
	PROVE(r->page_size == LEGACY, "after GuestPageSize");
}

/* What describes the selected queue. */
static void queue_written(struct registers *r, uint32_t off, uint32_t v)
{
	queue_checked(r);
	if (off == 0x038)
		PROVE(v && v <= r->queue_max && v <= 32768, "a size it has");
	if (off == 0x03c)
		PROVE(v == 4096, "QueueAlign");
	PROVE(LEGACY ? off <= 0x03c : off != 0x03c, "of this version");
	r->written |= REG(off);
}

/* The last one: the queue is the device's. */
static void queue_enabled(struct registers *r, uint32_t v)
{
	const uint64_t modern = REG(0x38) | REG(0x80) | REG(0x84) | REG(0x90) |
				REG(0x94) | REG(0xa0) | REG(0xa4);

	queue_checked(r);
	PROVE(LEGACY ? v != 0 : v == 1, "it is to be used");
	PROVE(r->written == (LEGACY ? REG(0x38) | REG(0x3c) : modern),
	      "after all that describes it");
	r->queue_free = false;
	r->enabled = true;
}

static void queue_selected(struct registers *r, uint32_t v)
{
	PROVE(v <= UINT16_MAX, "a queue's number");
	r->queue_free = r->queue_free && r->queue == v;
	r->queue = v;
	r->written = 0;
}

static void queue_reset(const struct registers *r, uint32_t v)
{
	PROVE(r->status == (AGREED | DRIVER_OK), "while the device is live");
	PROVE(!LEGACY && v == 1 && r->accepted[1] >> 8 & 1, "under RING_RESET");
}

static void any_write(struct registers *r, uint32_t off, uint32_t v)
{
	switch (off) {
	case 0x014:
	case 0x024:
		PROVE(v < (LEGACY ? 1 : 4), "a word of features");
		r->sel[off == 0x024] = v;
		break;
	case 0x020:
		features_written(r, v);
		break;
	case 0x028:
		PROVE(LEGACY && v == 4096 && !r->enabled,
		      "GuestPageSize before any queue");
		r->page_size = true;
		break;
	case 0x030:
		queue_selected(r, v);
		break;
	case 0x040:
	case 0x044:
		PROVE(LEGACY == (off == 0x040), "of this version");
		queue_enabled(r, v);
		break;
	case 0x050:
		PROVE(r->status == (AGREED | DRIVER_OK), "no doorbell before");
		break;
	case 0x064:
		PROVE(v && !(v & ~(r->causes & 3)), "what was read");
		break;
	case 0x070:
		status_written(r, v);
		break;
	case 0x0c0:
		queue_reset(r, v);
		break;
	default:
		PROVE(off == 0x038 || off == 0x03c || off == 0x080 ||
			      off == 0x084 || off == 0x090 || off == 0x094 ||
			      off == 0x0a0 || off == 0x0a4,
		      "a register that can be written");
		queue_written(r, off, v);
	}
}

static void reg_write(void *ctx, uint64_t reg, unsigned width, uint32_t value)
{
	struct registers *r = ctx;
	const uint64_t off = reg - r->base;

	PROVE(r->probed, "probing writes nothing");
	PROVE(off < 0x100, "in the window");
	PROVE(width == 4 && off % 4 == 0, "registers have 32 bits");
	any_write(r, (uint32_t)off, value);
}

#endif
