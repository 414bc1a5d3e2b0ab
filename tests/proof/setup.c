/* SPDX-License-Identifier: MIT */
/*
 * A queue is set up, reset alone or with its device, set up again and taken
 * down, whatever device, port and configuration say: queues of at most SIZE
 * entries with tables of at most TABLE segments (setup_layout.c has the large
 * ones).
 */
#include <levitate/wire/ring.h>

#include "core.h"
#include "world.h"

enum { SIZE = 4, TABLE = 2 };

static struct world world;
static struct lev_queue queue;
static struct lev_device dev;
static int enabled;   /* what the device said to the queue */
static int queue_max; /* and before that */

static uint32_t any_status(struct lev_transport *t)
{
	(void)t;
	return nondet_unsigned();
}

static void status_write(struct lev_transport *t, uint32_t status)
{
	(void)t;
	PROVE(status == 0, "nothing but a reset here");
}

static bool any_present(struct lev_transport *t)
{
	(void)t;
	return nondet_bool();
}

static int any_max(struct lev_transport *t, uint16_t idx)
{
	const int max = nondet_int();

	PROVE(idx == queue.idx, "this queue");
	/* As transport.h says; and a fixed size that is not large. */
	ASSUME(max <= LEV_QUEUE_SIZE_MAX);
	ASSUME(!t->queue_fixed ||
	       (max <= 2 * SIZE && (max <= 0 || !(max & (max - 1)))));
	queue_max = max;
	return max;
}

/* The parts are in the memory that the port gave, where the CPU sees them. */
static void check_place(lev_paddr addr, const void *ptr, size_t len,
			size_t align)
{
	const uint64_t off = addr - world.addr;

	PROVE(off <= world.len && len <= world.len - off, "in its memory");
	PROVE((const uint8_t *)ptr == (uint8_t *)world.mem + off,
	      "CPU and device see it at one place");
	PROVE((addr & (align - 1)) == 0, "aligned for the device");
}

static void check_split(const struct lev_queue_layout *l)
{
	const struct lev_split *r = &queue.u.split;
	const size_t size = l->size;
	const uint8_t *used = (const uint8_t *)r->used;

	check_place(l->desc, r->desc, 16 * size, 16);
	check_place(l->driver, r->avail, 6 + 2 * size, 2);
	check_place(l->device, r->used, 6 + 8 * size, 4);
	PROVE((uint8_t *)r->avail_ring == (uint8_t *)r->avail + 4,
	      "the available ring's entries");
	PROVE((const uint8_t *)r->used_ring == used + 4,
	      "the used ring's entries");
	PROVE((const uint8_t *)r->avail_event == used + 4 + 8 * size,
	      "the event index behind the used ring");
}

static void check_packed(const struct lev_queue_layout *l)
{
	const struct lev_packed *r = &queue.u.packed;

	check_place(l->desc, r->desc, 16 * (size_t)l->size, 16);
	check_place(l->driver, r->driver_event, 4, 4);
	check_place(l->device, r->device_event, 4, 4);
	PROVE(r->last == r->desc + (l->size - 1), "the last descriptor");
	PROVE(r->avail.desc == r->desc && r->used.desc == r->desc &&
		      r->kicked == r->desc,
	      "driver and device begin at the first");
	PROVE(r->avail.turn == LEV_VIRTQ_PACKED_F_AVAIL &&
		      r->used.turn == (LEV_VIRTQ_PACKED_F_AVAIL |
				       LEV_VIRTQ_PACKED_F_USED),
	      "both wrap counters are 1");
}

static int any_enable(struct lev_transport *t, uint16_t idx,
		      const struct lev_queue_layout *l,
		      struct lev_doorbell *bell)
{
	const size_t at = nondet_size();

	PROVE(bell->id == idx, "its doorbell");
	PROVE(idx == queue.idx, "this queue");
	PROVE(l->size == (t->queue_fixed ? (unsigned)queue_max
					 : lev_queue_size(&queue)),
	      "its size");
	PROVE(l->desc == world.addr, "the block begins with descriptors");
	if (lev_device_has(&dev, LEV_F_RING_PACKED))
		check_packed(l);
	else
		check_split(l);
	check_place(queue.indirect_addr, queue.indirect,
		    16ul * lev_queue_size(&queue) * queue.indirect_len, 16);
	if (at < world.len)
		PROVE(((uint8_t *)world.mem)[at] == 0, "an empty ring");
	enabled = -(int)nondet_uint8();
	return enabled;
}

static void any_reset(struct lev_transport *t, uint16_t idx)
{
	(void)t;
	PROVE(idx == queue.idx, "this queue");
}

static int any_stopped(struct lev_transport *t, uint16_t idx)
{
	const int stopped = nondet_int();

	(void)t;
	PROVE(idx == queue.idx, "this queue");
	ASSUME(stopped <= 1); /* as transport.h says */
	return stopped;
}

static const struct lev_transport_ops transport_ops = {
	.status_read = any_status,
	.status_write = status_write,
	.present = any_present,
	.queue_max = any_max,
	.queue_enable = any_enable,
	.queue_reset = any_reset,
	.queue_stopped = any_stopped,
};

static const struct lev_hal_ops hal_ops = {
	.dma_alloc = world_dma_alloc,
	.dma_free = world_dma_free,
	.now = world_now,
	.relax = world_relax,
	.log = world_log,
};
static const struct lev_hal hal = { &hal_ops, &world };

static const struct lev_driver driver = { .name = "proof" };
static struct lev_transport transport = { .ops = &transport_ops, .hal = &hal };

/* A device between begin and ready, with whatever features. */
static void any_device(void)
{
	world_begin(&world);
	transport.legacy = nondet_bool();
	transport.queue_fixed = transport.legacy && nondet_bool();
	transport.queue_max = nondet_uint64();
	dev.driver = &driver;
	dev.transport = &transport;
	dev.accepted.word[0] = nondet_unsigned();
	dev.accepted.word[1] = nondet_unsigned();
	ASSUME(!(transport.legacy && lev_device_has(&dev, LEV_F_RING_PACKED)));
	dev.dma_flags = nondet_bool() ? LEV_DMA_PLATFORM : 0;
	dev.status = nondet_uint8();
	dev.state = LEV_DEVICE_SETUP;
}

/* Exactly as many slots as the queue shall have entries. */
static void any_config(struct lev_queue_config *cfg)
{
	cfg->idx = nondet_uint16();
	cfg->size = nondet_uint16();
	cfg->size_min = nondet_uint16();
	cfg->indirect_len = nondet_uint16();
	cfg->strict = nondet_bool();
	ASSUME(cfg->size <= SIZE && cfg->indirect_len <= TABLE);
	cfg->slots = nondet_bool()
			     ? malloc(cfg->size * sizeof(struct lev_queue_slot))
			     : NULL;
}

static void check_empty(const struct lev_queue_config *cfg)
{
	const unsigned size = lev_queue_size(&queue);

	PROVE(size && size <= cfg->size && size >= cfg->size_min,
	      "a size that was asked for");
	PROVE(!queue.added && !queue.published && !queue.reaped &&
		      !queue.batch_left && !queue.poll_left,
	      "nothing is in flight");
	PROVE(queue.free_count == (int32_t)size && queue.free_head == 0,
	      "every descriptor is free");
	for (unsigned i = 0; i < size; i++)
		PROVE(!cfg->slots[i].req &&
			      cfg->slots[i].next == (i + 1 < size ? i + 1 : 0),
		      "the free list has them all");
	PROVE(queue.strict == cfg->strict &&
		      queue.event_idx ==
			      lev_device_has(&dev, LEV_F_EVENT_IDX) &&
		      queue.indirect_len <= cfg->indirect_len &&
		      queue.indirect_len <= size,
	      "as configured and negotiated");
	PROVE(!queue.error && queue.ring, "it works");
}

static int init(void)
{
	struct lev_queue_config cfg;
	int err;

	any_config(&cfg);
	queue.idx = cfg.idx;
	err = lev_queue_init(&queue, &dev, &cfg);
	PROVE(err <= 0, "0 or an error");
	if (err) {
		PROVE(queue.error || err == LEV_ERR_INVAL,
		      "a queue that was not set up refuses work");
		return err;
	}
	PROVE(enabled == 0, "the device agreed");
	PROVE(world.mem == queue.mem && world.mem, "it has memory");
	PROVE(world.addr + (world.len - 1) <= transport.queue_max &&
		      world.addr <= transport.queue_max,
	      "all of it where the device can see it");
	check_empty(&cfg);
	return err;
}

/* Said again, as CBMC would otherwise carry along what it knows to be over. */
static void list_known(void)
{
	PROVE(queue.dev == &dev && dev.queues == &queue && !queue.next,
	      "the device knows this queue");
	queue.dev = &dev;
	queue.next = NULL;
	dev.queues = &queue;
}

/* What a driver does at its end; while the device is stuck it may not. */
static void fini(void)
{
	const int err = lev_device_reset(&dev);

	PROVE(err == 0 || err == LEV_ERR_NODEV || err == LEV_ERR_STUCK,
	      "a documented result");
	PROVE((dev.state == LEV_DEVICE_RESET) == (err != LEV_ERR_STUCK),
	      "stuck is told");
	if (err == LEV_ERR_STUCK) {
		PROVE(world.mem == queue.mem, "memory stays lent");
		return;
	}
	lev_queue_fini(&queue);
	PROVE(!world.mem, "all memory went back");
	PROVE(!dev.queues && !queue.dev, "the device knows the queue no more");
}

void setup_once(void)
{
	int err;

	any_device();
	err = init();
	PROOF_SEEN(err == 0, "a queue that is set up");
	PROOF_SEEN(err == 0 && queue.mask > queue.last_slot,
		   "a ring larger than was wished for");
	PROOF_SEEN(err == LEV_ERR_NOMEM && world.allocations,
		   "memory that does not fit");
	fini();
	PROOF_END();
}

/* After a reset of the device, with other features and another wish. */
void setup_again(void)
{
	int err;

	any_device();
	err = init();
	ASSUME(lev_device_reset(&dev) == 0);
	dev.state = LEV_DEVICE_SETUP; /* lev_device_begin: see handshake.c */
	if (!init()) {
		PROVE(world.allocations <= 2, "memory is kept");
		PROOF_SEEN(!err && world.allocations == 1, "the same memory");
	}
	fini();
	PROOF_END();
}

/* A queue that is reset alone, with nothing in flight. */
void setup_reset(void)
{
	int err;

	any_device();
	if (init())
		return;
	list_known();
	dev.state = LEV_DEVICE_LIVE;
	err = lev_queue_reset(&queue);
	PROVE(err <= 0, "0 or an error");
	PROVE(err == LEV_ERR_NOTSUP || queue.error == LEV_ERR_STATE,
	      "a queue that was reset refuses work");
	PROVE(dev.state != LEV_DEVICE_STUCK || err == LEV_ERR_STUCK,
	      "a reset that was not confirmed is told");
	PROOF_SEEN(err == 0, "a queue reset alone");
	PROOF_SEEN(err == LEV_ERR_IO, "the device reset instead");
	PROOF_SEEN(err == LEV_ERR_STUCK, "no reset");
	fini();
	PROOF_END();
}
