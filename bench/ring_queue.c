/* SPDX-License-Identifier: MIT */
/* The library's queue on a transport of nothing. See ring_queue.h. */
#include "ring_queue.h"

enum { BENCH_DEVICE_ID = 42, HEADER_LEN = 16, DATA_LEN = 4096, STATUS_LEN = 1 };

/* --- the transport --- */

static struct bench_queue *queue_of(struct lev_transport *t)
{
	return (void *)((char *)t - offsetof(struct bench_queue, transport));
}

static bool transport_present(struct lev_transport *t)
{
	(void)t;
	return true;
}

static uint32_t transport_status_read(struct lev_transport *t)
{
	return queue_of(t)->status;
}

static void transport_status_write(struct lev_transport *t, uint32_t status)
{
	queue_of(t)->status = status;
}

static uint32_t transport_features_read(struct lev_transport *t, unsigned word)
{
	return word < 2 ? (uint32_t)(queue_of(t)->offered >> 32 * word) : 0;
}

static void transport_features_write(struct lev_transport *t, unsigned word,
				     uint32_t value)
{
	(void)t;
	(void)word;
	(void)value;
}

static int transport_queue_max(struct lev_transport *t, uint16_t idx)
{
	(void)t;
	(void)idx;
	return BENCH_SIZE;
}

static int transport_queue_enable(struct lev_transport *t, uint16_t idx,
				  const struct lev_queue_layout *layout,
				  struct lev_doorbell *bell)
{
	(void)idx;
	(void)bell;
	queue_of(t)->layout = *layout;
	return 0;
}

static void transport_notify(struct lev_transport *t,
			     const struct lev_doorbell *bell, uint32_t data)
{
	(void)bell;
	(void)data;
	queue_of(t)->doorbells++;
}

static const struct lev_transport_ops transport_ops = {
	.present = transport_present,
	.status_read = transport_status_read,
	.status_write = transport_status_write,
	.features_read = transport_features_read,
	.features_write = transport_features_write,
	.queue_max = transport_queue_max,
	.queue_enable = transport_queue_enable,
	.notify = transport_notify,
};

/* --- the queue --- */

static const struct lev_driver bench_driver = {
	.device_id = BENCH_DEVICE_ID,
	.name = "bench",
};

int bench_queue_start(struct bench_queue *b, const struct lev_hal *hal,
		      uint64_t features)
{
	const struct lev_queue_config cfg = {
		.size = BENCH_SIZE,
		.size_min = BENCH_SIZE,
		.indirect_len = BENCH_SEGS,
		.slots = b->slots,
	};
	int err;

	b->offered = features;
	b->doorbells = 0;
	b->transport = (struct lev_transport){
		.ops = &transport_ops,
		.hal = hal,
		.name = "bench",
		.device_id = BENCH_DEVICE_ID,
		.version = 2,
		.queue_max = UINT64_MAX,
	};
	err = lev_device_claim(&b->dev, &b->transport, &bench_driver);
	if (!err)
		err = lev_device_begin(&b->dev, UINT64_MAX);
	if (!err)
		err = lev_queue_init(&b->queue, &b->dev, &cfg);
	return err ? err : lev_device_ready(&b->dev);
}

int bench_queue_stop(struct bench_queue *b)
{
	const int err = lev_device_reset(&b->dev);

	if (err)
		return err;
	lev_queue_fini(&b->queue);
	lev_device_release(&b->dev);
	return 0;
}

/* --- requests --- */

static uint8_t buffer[DATA_LEN];

void bench_request_init(struct lev_request *req, struct lev_seg *segs,
			unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		segs[i].addr = (uintptr_t)buffer;
		segs[i].len = DATA_LEN;
	}
	segs[0].len = HEADER_LEN;
	if (count > 1)
		segs[count - 1].len = STATUS_LEN;
	*req = (struct lev_request){
		.segs = segs,
		.readable = 1,
		.writable = (uint16_t)(count - 1),
	};
}
