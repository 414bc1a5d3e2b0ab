/* SPDX-License-Identifier: MIT */
/*
 * An entropy device (standard 5.4). Its bytes are a fixed sequence, so that
 * whoever claims to have got random bytes can be checked.
 */
#include "fake_int.h"

/* Byte number off of the sequence: no short period, no constant runs. */
static uint8_t rng_byte(uint64_t off)
{
	uint64_t x = (off + 1) * 0x9e3779b97f4a7c15;

	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9;
	return (uint8_t)(x >> 56);
}

/* The next byte that the device gives. */
static uint8_t rng_next(const struct fake_rng *rng, uint64_t off)
{
	return rng->same_set ? rng->same : rng_byte(off);
}

static uint32_t rng_fill(struct fake_rng *rng, struct fake_chain *chain)
{
	uint64_t len = chain->writable;

	if (rng->give_max_set && len > rng->give_max)
		len = rng->give_max;
	if (len < chain->writable && !chain->queue->packed)
		rng->fell_short = true;
	for (uint64_t off = 0; off < len; off++) {
		const uint8_t byte = rng_next(rng, rng->given++);

		fake_chain_write(chain, (size_t)off, &byte, 1);
	}
	return (uint32_t)len;
}

static void rng_handle(struct fake_dev *dev, struct fake_chain *chain)
{
	struct fake_rng *rng = LEV_CONTAINER_OF(dev, struct fake_rng, dev);
	uint32_t given;

	fake_dev_check(dev, chain->readable == 0, "ENT-OP-01",
		       "bytes to read on the request queue",
		       (uint32_t)chain->readable);
	rng->requests++;
	given = rng_fill(rng, chain);
	fake_queue_push(chain, rng->used_len_set ? rng->used_len : given);
}

bool fake_rng_took(struct fake_rng *rng, const void *bytes, size_t len)
{
	const uint8_t *byte = bytes;
	bool ok = len <= rng->given - rng->taken;

	for (size_t i = 0; ok && i < len; i++)
		ok = byte[i] == rng_next(rng, rng->taken + i);
	rng->taken = ok ? rng->taken + len : rng->given;
	if (rng->fell_short) {
		fake_dev_check(&rng->dev, ok, "SPLIT-USED-01",
			       "bytes behind the used length", (uint32_t)len);
		fake_dev_check(&rng->dev, ok, "SPLIT-USED-02",
			       "bytes behind the used length", (uint32_t)len);
	}
	return fake_dev_check(&rng->dev, ok, "ENT-OP-02",
			      "taken for random, not given as such",
			      (uint32_t)len);
}

struct fake_rng *fake_rng_new(struct fake_port *port, uint32_t version)
{
	struct fake_rng *rng = fake_zalloc(sizeof(*rng));
	struct fake_dev *dev = &rng->dev; /* the first member: freed as one */

	fake_dev_init(dev, port, version, 4, 1);
	dev->handle = rng_handle;
	return rng;
}
