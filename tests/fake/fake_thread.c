/* SPDX-License-Identifier: MIT */
/*
 * A device with a thread of its own: it sleeps until a doorbell rings, serves
 * its queues, sleeps again. The port's one lock is held while a chain is
 * served and while the driver is in one of the port's functions; the rings
 * are used by both at once, without it.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "fake_int.h"

static const uint64_t SECOND = 1000000000;
/* Nothing waits longer than that at a time, so that sums stay in range. */
static const uint64_t LONGEST = 3600000000000;

struct fake_sync {
	pthread_mutex_t lock; /* recursive */
	pthread_cond_t irq;   /* an interrupt was raised */
	pthread_cond_t idle;  /* a device went to sleep */
	unsigned waiting;     /* atomic: who wants the lock */
	unsigned threads;     /* of devices */
	uint64_t origin;      /* the real time of the port's time 0 */
};

struct fake_thread {
	struct fake_dev *dev;
	pthread_t id;
	pthread_cond_t bell; /* the doorbell, or the wish to stop */
	bool rung, stop, asleep;
	enum fake_mode mode; /* of the device, before */
};

/* --- the lock --- */

static void must(int err)
{
	if (err)
		abort();
}

static void cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	must(pthread_condattr_init(&attr));
	must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	must(pthread_cond_init(cond, &attr));
	must(pthread_condattr_destroy(&attr));
}

struct fake_sync *fake_sync_new(void)
{
	struct fake_sync *sync = fake_zalloc(sizeof(*sync));
	pthread_mutexattr_t attr;

	must(pthread_mutexattr_init(&attr));
	must(pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE));
	must(pthread_mutex_init(&sync->lock, &attr));
	must(pthread_mutexattr_destroy(&attr));
	cond_init(&sync->irq);
	cond_init(&sync->idle);
	return sync;
}

void fake_sync_free(struct fake_sync *sync)
{
	must(pthread_cond_destroy(&sync->irq));
	must(pthread_cond_destroy(&sync->idle));
	must(pthread_mutex_destroy(&sync->lock));
	free(sync);
}

void fake_lock(struct fake_port *port)
{
	struct fake_sync *sync = port->sync;

	__atomic_fetch_add(&sync->waiting, 1, __ATOMIC_RELAXED);
	must(pthread_mutex_lock(&sync->lock));
	__atomic_fetch_sub(&sync->waiting, 1, __ATOMIC_RELAXED);
}

void fake_unlock(struct fake_port *port)
{
	must(pthread_mutex_unlock(&port->sync->lock));
}

/* A mutex is not fair: a device with much to do would keep it. */
static void give_way(struct fake_sync *sync)
{
	must(pthread_mutex_unlock(&sync->lock));
	while (__atomic_load_n(&sync->waiting, __ATOMIC_RELAXED))
		sched_yield();
	must(pthread_mutex_lock(&sync->lock));
}

/* --- time --- */

static uint64_t real_time(void)
{
	struct timespec ts;

	must(clock_gettime(CLOCK_MONOTONIC, &ts));
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

bool fake_clock_is_real(struct fake_port *port)
{
	struct fake_sync *sync = port->sync;

	if (!sync->threads)
		return false;
	port->clock = real_time() - sync->origin;
	return true;
}

/* Wait for cond, with the lock; false when it is that real time. */
static bool wait_until(struct fake_sync *sync, pthread_cond_t *cond,
		       uint64_t real)
{
	struct timespec ts = {
		.tv_sec = (time_t)(real / SECOND),
		.tv_nsec = (long)(real % SECOND),
	};
	int err = pthread_cond_timedwait(cond, &sync->lock, &ts);

	if (err != ETIMEDOUT)
		must(err);
	return err == 0;
}

static uint64_t real_after(uint64_t ns)
{
	return real_time() + (ns < LONGEST ? ns : LONGEST);
}

/* --- kicks --- */

/*
 * Who sleeps has asked for kicks and has then found nothing: what lies there
 * now came later, and without one. (2.7.13.4.1, 2.8.21.3.1: the driver looks
 * whether a kick is wanted after the device can see the buffer.)
 */
static void queue_check(struct fake_queue *queue, bool rung)
{
	struct fake_dev *dev = queue->dev;

	if (!queue->ready || queue->broken || queue->resetting ||
	    queue->vanished || !queue->chains || !fake_dev_live(dev) ||
	    !queue->ring->waits(queue))
		return;
	fake_dev_check(dev, rung,
		       queue->packed ? "PACKED-KICK-01" : "SPLIT-KICK-01",
		       "the device sleeps, no kick came", queue->idx);
}

/* rung: the kick has come just now. */
static void kick_check(struct fake_dev *dev, bool rung)
{
	const struct fake_thread *thread = dev->thread;

	if (!thread || !thread->asleep || thread->rung || dev->faults.silent)
		return;
	for (unsigned i = 0; i < dev->nqueues; i++)
		queue_check(&dev->queues[i], rung);
}

void fake_thread_check(struct fake_dev *dev)
{
	kick_check(dev, false);
}

/* --- interrupts --- */

void fake_thread_irq(struct fake_port *port)
{
	if (port->sync->threads)
		must(pthread_cond_broadcast(&port->sync->irq));
}

static bool irq_pending(const struct fake_dev *dev)
{
	return __atomic_load_n(&dev->isr, __ATOMIC_SEQ_CST) != 0;
}

bool fake_irq_wait(struct fake_dev *dev, unsigned ms)
{
	uint64_t until = real_after((uint64_t)ms * 1000000);
	struct fake_port *port = dev->port;
	bool pending;

	fake_lock(port);
	fake_thread_check(dev);
	while (!irq_pending(dev) &&
	       wait_until(port->sync, &port->sync->irq, until))
		;
	pending = irq_pending(dev);
	fake_unlock(port);
	return pending;
}

void fake_thread_relax(struct fake_port *port, uint64_t deadline)
{
	uint64_t left = deadline > port->clock ? deadline - port->clock : 0;
	uint64_t until = real_after(left);
	bool pending = false;

	do {
		for (unsigned i = 0; i < port->ndevs; i++)
			pending |= irq_pending(port->devs[i]);
	} while (!pending && wait_until(port->sync, &port->sync->irq, until));
}

/* --- the device's thread --- */

void fake_thread_ring(struct fake_dev *dev)
{
	if (!dev->thread)
		return;
	kick_check(dev, true);
	dev->thread->rung = true;
	must(pthread_cond_signal(&dev->thread->bell));
}

/* Serve one chain. If there is none, kicks were asked for when this returns. */
static bool queue_turn(struct fake_queue *queue)
{
	struct fake_chain *chain;

	if (!queue->ready || !fake_dev_live(queue->dev) ||
	    queue->dev->faults.silent)
		return false;
	fake_queue_hush(queue, true);
	chain = fake_queue_pop(queue);
	if (!chain) {
		fake_queue_hush(queue, false);
		fake_ring_fence(queue);
		chain = fake_queue_pop(queue);
	}
	if (!chain)
		return fake_queue_flush(queue);
	fake_chain_serve(chain);
	return true;
}

static bool thread_turn(struct fake_dev *dev)
{
	bool busy = false;

	fake_clock_is_real(dev->port);
	fake_dev_push_due(dev);
	for (unsigned i = 0; i < dev->nqueues; i++)
		busy |= queue_turn(&dev->queues[i]);
	return busy;
}

static void thread_sleep(struct fake_thread *thread)
{
	struct fake_sync *sync = thread->dev->port->sync;
	uint64_t next = fake_dev_next(thread->dev);
	uint64_t clock = thread->dev->port->clock;
	uint64_t until = real_after(next > clock ? next - clock : 0);

	thread->asleep = true;
	must(pthread_cond_broadcast(&sync->idle));
	while (!thread->rung && !thread->stop &&
	       wait_until(sync, &thread->bell, until))
		;
	thread->asleep = false;
}

static void *thread_main(void *arg)
{
	struct fake_thread *thread = arg;
	struct fake_sync *sync = thread->dev->port->sync;

	must(pthread_mutex_lock(&sync->lock));
	for (;;) {
		thread->rung = false; /* this turn looks everywhere */
		if (thread_turn(thread->dev))
			give_way(sync);
		else if (thread->stop)
			break;
		else
			thread_sleep(thread);
	}
	must(pthread_mutex_unlock(&sync->lock));
	return NULL;
}

void fake_thread_idle(struct fake_dev *dev)
{
	struct fake_sync *sync = dev->port->sync;

	fake_lock(dev->port);
	while (!dev->thread->asleep || dev->thread->rung)
		must(pthread_cond_wait(&sync->idle, &sync->lock));
	fake_thread_check(dev);
	fake_unlock(dev->port);
}

void fake_thread_start(struct fake_dev *dev)
{
	struct fake_thread *thread = fake_zalloc(sizeof(*thread));
	struct fake_sync *sync = dev->port->sync;

	if (dev->thread)
		abort();
	thread->dev = dev;
	thread->mode = dev->mode;
	cond_init(&thread->bell);
	fake_lock(dev->port);
	if (sync->threads++ == 0)
		sync->origin = real_time() - dev->port->clock;
	dev->mode = FAKE_MANUAL;
	dev->thread = thread;
	must(pthread_create(&thread->id, NULL, thread_main, thread));
	fake_unlock(dev->port);
	fake_thread_idle(dev);
}

void fake_thread_stop(struct fake_dev *dev)
{
	struct fake_thread *thread = dev->thread;

	if (!thread)
		return;
	fake_lock(dev->port);
	thread->stop = true;
	must(pthread_cond_signal(&thread->bell));
	fake_unlock(dev->port);
	must(pthread_join(thread->id, NULL));
	fake_lock(dev->port); /* other devices may have threads yet */
	dev->port->sync->threads--;
	dev->thread = NULL;
	dev->mode = thread->mode;
	fake_unlock(dev->port);
	must(pthread_cond_destroy(&thread->bell));
	free(thread);
}
