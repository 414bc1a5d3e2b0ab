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
	ROUNDS = 32, /* that count */
	TRIES = 64 * ROUNDS,
	PATIENCE = 1000000,   /* ns, for a device that is not looked at */
	TIMEOUT = 1000000000, /* ns, for one that must be done in the end */
};

/*
 * What is measured, in two halves; the device works between them. Each says if
 * it went as it should. armed: with an interrupt, which the driver arms.
 */
struct job {
	const char *name;
	const struct device_slot *slot;
	bool (*begin)(bool armed);
	bool (*end)(bool armed);
	int (*poll)(void); /* 1: something is under way; 0, or an error */
};

/* --- a frame --- */

static int frame_poll(void)
{
	return lev_gpu_poll(display_gpu());
}

static bool frame_begin(bool armed)
{
	static const struct lev_gpu_rect rect = { 0, 0, 64, 64 };
	struct lev_gpu *gpu = display_gpu();

	lev_gpu_damage(gpu, &rect);
	return lev_gpu_frame(gpu) == 1 && (!armed || lev_gpu_poll(gpu) == 1);
}

static bool frame_end(bool armed)
{
	(void)armed;
	return frame_poll() == 0;
}

/* --- a request --- */

/* Not on the stack: a device that is never done keeps them. */
static uint8_t bytes[64];
static struct lev_rng_request request = { .buf = bytes, .len = sizeof(bytes) };

static int request_poll(void)
{
	const int n = lev_rng_poll(entropy_rng());

	return n < 0 ? n : n > 0 || lev_request_pending(&request.req);
}

/* The last poll has armed the interrupt already. */
static bool request_begin(bool armed)
{
	(void)armed;
	return lev_rng_submit(entropy_rng(), &request) == 0;
}

static bool request_end(bool armed)
{
	struct lev_rng *rng = entropy_rng();

	return lev_rng_poll(rng) == 1 && (!armed || lev_rng_poll(rng) == 0);
}

/* --- a round --- */

/* What a handler does, or what the main loop does without one. */
static void notice(const struct device_slot *slot, uint64_t irqs)
{
	if (slot->irq == DEVICE_POLL)
		(void)lev_device_isr(slot->dev);
	else
		arch_irq_restore(irqs); /* the handler runs here */
}

/* Instructions of both halves; 0: it was not the round that counts. */
static uint32_t round_cost(const struct job *job)
{
	const bool armed = job->slot->irq != DEVICE_POLL;
	const uint32_t expected = job->slot->interrupts + armed;
	uint32_t start, sent, awake, done;
	uint64_t irqs;
	bool good;

	arch_wait(0); /* forget earlier interrupts, or it will not sleep */
	irqs = arch_irq_save();
	start = arch_count();
	good = job->begin(armed);
	sent = arch_count();
	arch_wait(arch_now() + PATIENCE);
	awake = arch_count();
	notice(job->slot, irqs);
	good = good && job->end(armed);
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
 * The least of all rounds that count. They take the same way; the first may
 * find a cause of interrupts that is left over, and acknowledge it. 0: *err
 * says why not.
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
		*err = LEV_ERR_TIMEDOUT;
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
		.begin = frame_begin,
		.end = frame_end,
		.poll = frame_poll,
	};
	const struct job entropy = {
		.name = "request",
		.slot = devices_find(LEV_ID_RNG, NULL),
		.begin = request_begin,
		.end = request_end,
		.poll = request_poll,
	};

	if (!bench_can_count())
		return;
	if (display_sync())
		measure(&frame);
	if (entropy_rng())
		measure(&entropy);
}
