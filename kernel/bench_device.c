/* SPDX-License-Identifier: MIT */
/*
 * What a device's work costs from its beginning to its completion: a frame of
 * the GPU, a request to the entropy device. See bench.h.
 *
 * How fast the device is must make no difference. So while it works the CPU
 * sleeps, which is not counted, and interrupts are held back: one that comes
 * ends the sleep, but its handler runs in what is counted next. A round in
 * which the device was faster or slower than that does not count.
 */
#include <levitate.h>

#include "arch.h"
#include "bench.h"
#include "console.h"
#include "devices.h"
#include "device_irq.h"
#include "display.h"
#include "entropy.h"

enum {
	ROUNDS = 64, /* that count */
	TRIES = 4 * ROUNDS,
	PATIENCE = 1000000,   /* ns, for a device that is not looked at */
	TIMEOUT = 1000000000, /* ns, for one that must be done in the end */
};

struct job {
	const char *name;
	const struct device_slot *slot;
	int (*send)(void); /* 0, or an error */
	int (*poll)(void); /* 1: the device is not done yet; 0, or an error */
};

/* --- the jobs --- */

static int frame_send(void)
{
	static const struct lev_gpu_rect rect = { 0, 0, 64, 64 };
	struct lev_gpu *gpu = display_gpu();
	int sent;

	lev_gpu_damage(gpu, &rect);
	sent = lev_gpu_frame(gpu);
	return sent > 0 ? 0 : sent;
}

static int frame_poll(void)
{
	return lev_gpu_poll(display_gpu());
}

/* Not on the stack: a device that is never done keeps them. */
static uint8_t bytes[64];
static struct lev_rng_request request = { .buf = bytes, .len = sizeof(bytes) };

static int request_send(void)
{
	return lev_rng_submit(entropy_rng(), &request);
}

static int request_poll(void)
{
	const int n = lev_rng_poll(entropy_rng());

	return n < 0 ? n : lev_request_pending(&request.req);
}

/* --- a round --- */

/* The first half. A device that interrupts must be polled, to arm that. */
static bool begin(const struct job *job)
{
	return !job->send() &&
	       (job->slot->irq == DEVICE_POLL || job->poll() == 1);
}

/* The second half: is it done? */
static bool end(const struct job *job, uint64_t irqs)
{
	if (job->slot->irq == DEVICE_POLL)
		(void)lev_device_isr(job->slot->dev);
	else
		arch_irq_restore(irqs); /* the handler runs here */
	return job->poll() == 0;
}

/* Instructions of both halves; 0: it was not the round that counts. */
static uint32_t round_cost(const struct job *job)
{
	const uint32_t expected =
		job->slot->interrupts + (job->slot->irq != DEVICE_POLL);
	uint32_t start, sent, awake, done;
	uint64_t irqs;
	bool good;

	arch_wait(0); /* forget earlier interrupts, or it will not sleep */
	irqs = arch_irq_save();
	start = arch_count();
	good = begin(job);
	sent = arch_count();
	arch_wait(arch_now() + PATIENCE);
	awake = arch_count();
	good = end(job, irqs) && good;
	done = arch_count();
	arch_irq_restore(irqs);
	if (!good || job->slot->interrupts != expected)
		return 0;
	return sent - start + (done - awake);
}

/* Nothing is with the device any more. 0, or why it cannot be so. */
static int settle(const struct job *job)
{
	const uint64_t deadline = arch_now() + TIMEOUT;
	int err = job->poll();

	while (err > 0 && arch_now() < deadline) {
		arch_wait(arch_now() + PATIENCE);
		err = job->poll();
	}
	return err > 0 ? LEV_ERR_TIMEDOUT : err;
}

/* --- all rounds --- */

/*
 * The least of all rounds that count. They take the same way; some have a few
 * instructions more, where a ring begins again. 0: *err says why not.
 */
static uint32_t least_cost(const struct job *job, int *err)
{
	uint32_t least = UINT32_MAX;
	unsigned counted = 0;

	*err = settle(job);
	for (unsigned i = 0; i < TRIES && counted < ROUNDS && !*err; i++) {
		const uint32_t cost = round_cost(job);

		counted += cost != 0;
		if (cost && cost < least)
			least = cost;
		*err = settle(job);
	}
	if (!*err && counted < ROUNDS)
		*err = LEV_ERR_AGAIN;
	return *err ? 0 : least;
}

static void measure(const struct job *job)
{
	const uint32_t first = arch_count();
	const uint32_t look = arch_count() - first;
	const struct device_slot *slot = job->slot;
	int err;
	const uint32_t cost = least_cost(job, &err);

	if (err)
		kprintf("bench: no %s: %s\n", job->name, lev_strerror(err));
	else
		kprintf("bench %s_%s_%s %u\n", job->name, slot->transport->name,
			device_irq_name(slot->irq), cost - 2 * look);
}

void bench_device(void)
{
	const struct job frame = {
		.name = "frame",
		.slot = display_slot(),
		.send = frame_send,
		.poll = frame_poll,
	};
	const struct job entropy = {
		.name = "request",
		.slot = devices_find(LEV_ID_RNG, NULL),
		.send = request_send,
		.poll = request_poll,
	};

	if (!bench_can_count())
		return;
	if (display_sync())
		measure(&frame);
	if (entropy_rng())
		measure(&entropy);
}
