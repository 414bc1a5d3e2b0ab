/* SPDX-License-Identifier: MIT */
/*
 * Two registers with a say in a queue's life: QueueNotify, the doorbell, with
 * or without data (standard 2.9), and QueueReset, by which one queue is
 * stopped alone (2.6.1).
 */
#include "fake_int.h"

static bool check(struct fake_dev *dev, bool ok, const char *id,
		  const char *what, uint32_t value)
{
	return fake_dev_check(dev, ok, id, what, value);
}

/* --- QueueReset --- */

bool fake_queue_reset_over(const struct fake_queue *queue)
{
	return queue->resetting && !queue->dev->faults.queue_reset_stuck &&
	       queue->dev->port->clock >= queue->reset_done;
}

void fake_queue_reset_write(struct fake_dev *dev, struct fake_queue *queue,
			    uint32_t value)
{
	if (!check(dev, queue && queue->size_max, "X-MMIO-02",
		   "reset of a queue that is not there", dev->queue_sel) ||
	    !check(dev, value == 1, "X-MMIO-10", "QueueReset", value) ||
	    dev->faults.queue_reset_absent || queue->resetting)
		return;
	/* All that was published stays lent until the driver knows. */
	fake_queue_prefetch(queue);
	queue->resetting = true;
	queue->reset_reads = 0;
	queue->reset_done = dev->port->clock + dev->faults.queue_reset_delay;
}

/* What it knows is all that counts: the chains are forgotten here. */
uint32_t fake_queue_reset_read(struct fake_queue *queue)
{
	queue->reset_reads++;
	if (fake_queue_reset_over(queue)) {
		fake_queue_stop(queue);
		queue->was_reset = true;
	}
	return queue->resetting;
}

bool fake_queue_reset_seen(struct fake_queue *queue, const char *what)
{
	struct fake_dev *dev = queue->dev;

	if (!queue->resetting && !queue->was_reset)
		return true; /* nobody asked for one */
	check(dev, !queue->resetting || queue->reset_reads, "CORE-VQRST-01",
	      what, queue->idx);
	return check(dev, !queue->resetting, "MMIO-REG-21", what, queue->idx);
}

/* --- QueueNotify --- */

/* What the driver says about the ring, against the ring. */
static void data_check(struct fake_queue *queue, uint32_t value)
{
	struct fake_dev *dev = queue->dev;
	bool packed = fake_dev_has(dev, FAKE_F_RING_PACKED);

	if (!fake_dev_has(dev, FAKE_F_NOTIFICATION_DATA) || queue->broken)
		return;
	check(dev, value >> 16 == fake_queue_next_avail(queue),
	      packed ? "PACKED-DESC-03" : "X-NOTIFY-01",
	      "the data of a kick is not what the ring says", value);
}

static struct fake_queue *notify_queue(struct fake_dev *dev, uint32_t value)
{
	struct fake_queue *queue = NULL;
	uint32_t idx = value & 0xffff;

	if (!fake_dev_has(dev, FAKE_F_NOTIFICATION_DATA) &&
	    !check(dev, idx == value, "X-NOTIFY-02",
		   "a kick with data that was not negotiated", value))
		return NULL;
	if (idx < dev->nqueues)
		queue = &dev->queues[idx];
	if (!check(dev, queue && queue->ready, "X-MMIO-05",
		   "a kick for a queue that is not enabled", value) ||
	    !check(dev, !queue->resetting, "X-MMIO-09",
		   "a kick for a queue that is being reset", value))
		return NULL;
	return queue;
}

void fake_notify_write(struct fake_dev *dev, uint32_t value)
{
	struct fake_queue *queue;

	check(dev, dev->status & FAKE_DRIVER_OK, "CORE-INIT-07",
	      "a kick before DRIVER_OK", value);
	fake_life_kick(dev);
	queue = notify_queue(dev, value);
	if (!queue)
		return;
	data_check(queue, value);
	if (dev->version == 1 && !queue->chains && !queue->broken)
		check(dev, fake_avail_idx(queue), "LEG-RING-03",
		      "a kick, but nothing where the available ring is", value);
	queue->kicks++;
	queue->kick_data = (uint16_t)(value >> 16);
	dev->kicks++;
	if (fake_counts_down(&dev->faults.needs_reset_at_kick))
		fake_needs_reset(dev);
	fake_queue_check_kick(queue, true);
	queue->kicked = true;
	queue->run_at = dev->port->clock + dev->delay_ns;
	fake_thread_ring(dev);
	if (dev->mode == FAKE_ON_KICK && !dev->port->in_device)
		fake_run(dev);
}
