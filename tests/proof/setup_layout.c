/* SPDX-License-Identifier: MIT */
/*
 * Where the parts of a ring lie, for queues of every size: what the device is
 * told fits into the memory asked for, aligned, and no part overlaps another.
 */
#include "../../src/core/queue_setup.c"

void lev_device_log(const struct lev_device *dev, const char *format, ...)
{
	(void)dev;
	(void)format;
}

static int device_max;
static int queue_max(struct lev_transport *t, uint16_t idx)
{
	(void)t;
	(void)idx;
	return device_max;
}

static const struct lev_transport_ops ops = { .queue_max = queue_max };

/* A queue of a device with arbitrary features; max is all it is asked. */
static void arbitrary_queue(struct lev_queue *q, struct lev_device *dev,
			    struct lev_transport *t)
{
	t->ops = &ops;
	t->legacy = nondet_bool();
	t->queue_fixed = t->legacy && nondet_bool();
	dev->transport = t;
	dev->accepted.word[0] = nondet_unsigned();
	dev->accepted.word[1] = nondet_unsigned();
	/* features.c knows no packed ring on a legacy device: see handshake */
	ASSUME(!(t->legacy && lev_device_has(dev, LEV_F_RING_PACKED)));
	device_max = nondet_int();
	/* As transport.h says. */
	ASSUME(device_max <= LEV_QUEUE_SIZE_MAX);
	ASSUME(!t->queue_fixed || device_max <= 0 ||
	       !(device_max & (device_max - 1)));
	q->dev = dev;
	q->mem = nondet_bool() ? q : NULL;
	q->mem_len = nondet_size();
	q->size_allocated = nondet_uint16();
	if (q->mem)
		ASSUME(q->size_allocated &&
		       q->size_allocated <= LEV_QUEUE_SIZE_MAX);
}

/* 2.8.10: two event structures of 4 bytes, each on a cache line of its own. */
static void check_packed(const struct ring_layout *l, size_t size)
{
	PROVE(l->driver % 64 == 0 && l->device % 64 == 0, "aligned");
	PROVE(16 * size <= l->driver && l->driver + 4 <= l->device &&
		      l->device + 4 <= l->indirect,
	      "one part ends before the next begins");
	PROVE(l->indirect % 16 == 0, "tables of descriptors are aligned");
}

/* 2.7: rings with flags and index before and an event index behind. */
static void check_split(const struct ring_layout *l, size_t size, bool legacy)
{
	const size_t avail_end = l->driver + 6 + 2 * size;

	PROVE(l->driver % 2 == 0 && l->device % 64 == 0, "aligned");
	PROVE(16 * size <= l->driver && avail_end <= l->device &&
		      l->device + 6 + 8 * size <= l->indirect,
	      "one part ends before the next begins");
	PROVE(l->indirect % 16 == 0, "tables of descriptors are aligned");
	/* 2.7.2: the device computes where the used ring begins. */
	if (legacy)
		PROVE(l->driver == 16 * size &&
			      l->device == ((avail_end + 4095) & ~4095ul),
		      "where a legacy device expects it");
}

static void check_layout(const struct lev_queue *q)
{
	const struct ring_layout l = ring_layout(q);
	const size_t size = q->mask + 1;
	const bool legacy = q->dev->transport->legacy;

	if (lev_device_has(q->dev, LEV_F_RING_PACKED))
		check_packed(&l, size);
	else
		check_split(&l, size, legacy);
	PROVE(l.indirect <= 1u << 21, "far from the end of memory");
	/* Two products of arbitrary factors are hard to compare: that it is
	 * size * 16 * indirect_len is shown of small queues (setup.c). */
	PROVE(l.len >= l.indirect, "no overflow");
	PROVE(queue_align(q) == (legacy ? 4096 : 64), "block aligned");
}

void setup_layout(void)
{
	struct lev_queue q = { 0 };
	struct lev_device dev = { 0 };
	struct lev_transport t = { 0 };
	struct lev_queue_config cfg = { 0 };
	struct lev_queue_slot slot;
	int err;

	arbitrary_queue(&q, &dev, &t);
	cfg.slots = &slot;
	cfg.size = nondet_uint16();
	cfg.size_min = nondet_uint16();
	cfg.indirect_len = nondet_uint16();
	ASSUME(config_valid(&cfg));
	err = queue_choose_size(&q, &cfg);
	PROVE(err == 0 || err == LEV_ERR_RANGE || err == LEV_ERR_NOMEM ||
		      (err < 0 && err == device_max),
	      "a documented result");
	PROOF_SEEN(err == LEV_ERR_RANGE, "a queue that is too small");
	PROOF_SEEN(err == LEV_ERR_NOMEM, "no room in the old memory");
	if (err)
		return;
	PROVE(lev_queue_size(&q) >= 1 && lev_queue_size(&q) <= cfg.size &&
		      lev_queue_size(&q) >= cfg.size_min &&
		      lev_queue_size(&q) <= (unsigned)device_max,
	      "as many entries as everybody allows");
	PROVE(lev_device_has(&dev, LEV_F_RING_PACKED) ||
		      !((q.mask + 1) & q.mask),
	      "a split ring's size is a power of two");
	PROVE(t.queue_fixed ? q.mask + 1 == (unsigned)device_max
			    : q.mask == q.last_slot,
	      "which is ours to choose, or the device's");
	PROVE(q.indirect_len <= lev_queue_size(&q), "chains fit the queue");
	check_layout(&q);
	if (q.mem)
		PROVE(lev_queue_size(&q) <= q.size_allocated, "slots enough");
	/* 32 bits have room for half of it. */
	PROOF_SEEN(lev_queue_size(&q) == 32768 &&
			   q.indirect_len >=
				   (sizeof(size_t) > 4 ? 32768 : 4095),
		   "the largest");
	PROOF_SEEN(t.legacy, "a legacy one");
	PROOF_SEEN(q.mask > q.last_slot, "a ring larger than was wished for");
	PROOF_END();
}
