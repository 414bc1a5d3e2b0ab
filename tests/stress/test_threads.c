/* SPDX-License-Identifier: MIT */
/*
 * Driver and device on two threads for hundreds of thousands of requests each
 * configuration, so that every index wraps; built with ThreadSanitizer, which
 * sees each access to a ring or a buffer that nothing puts in order.
 *
 * LEV_STRESS=SECONDS goes on for at least that long each; an argument is a
 * pattern of the cases to run. A line is printed for each: threads,
 * configuration, requests, doorbells, interrupts, seconds.
 */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

#include "unit/rig.h"

enum {
	CONFIGS = 16,
	NAME_LEN = 80,
	SIZE = 64,
	JOBS = SIZE / 2, /* of two descriptors */
	BATCH = 16,
	WRAPS = 2,	  /* of a 16-bit index, at least */
	PATIENCE = 60000, /* ms; a lost wakeup takes for ever */
};

/* Numbers that the device copies. */
struct job {
	struct lev_request req; /* first */
	struct lev_seg segs[2];
	uint32_t *in, *out;
	uint32_t number;
	struct job *next; /* of the free ones */
};

struct load {
	struct rig *r;
	struct job jobs[JOBS], *free;
	uint64_t sent, back;
};

static double now(void)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double seconds(void)
{
	const char *text = getenv("LEV_STRESS");

	return text ? strtod(text, NULL) : 0;
}

static void load_init(struct load *l, struct rig *r)
{
	*l = (struct load){ .r = r };
	for (unsigned i = 0; i < JOBS; i++) {
		struct job *job = &l->jobs[i];
		uint32_t *at = (uint32_t *)(void *)(r->arena + 64 * i);

		job->in = at;
		job->out = at + 8;
		job->segs[0] = (struct lev_seg){ (uintptr_t)at, 4 };
		job->segs[1] = (struct lev_seg){ (uintptr_t)(at + 8), 4 };
		job->req.segs = job->segs;
		job->req.readable = 1;
		job->req.writable = 1;
		job->next = l->free;
		l->free = job;
	}
}

static void batch_send(struct load *l)
{
	for (unsigned n = 1 + rig_random() % BATCH; n && l->free; n--) {
		struct job *job = l->free;

		l->free = job->next;
		job->number = rig_random();
		*job->in = job->number;
		*job->out = ~job->number;
		RIG_EQ(l->r, lev_queue_add(&l->r->queue, &job->req), 0);
		l->sent++;
	}
	rig_kick(l->r);
}

/* Whatever is back; false: nothing was. */
static bool jobs_reap(struct load *l)
{
	struct lev_request *req = lev_queue_reap(&l->r->queue);
	const bool any = req != NULL;

	for (; req; req = lev_queue_reap(&l->r->queue)) {
		struct job *job = (struct job *)(void *)req;

		RIG_EQ(l->r, req->written, 4);
		RIG_EQ(l->r, *job->out, job->number);
		job->next = l->free;
		l->free = job;
		l->back++;
	}
	RIG_EQ(l->r, lev_queue_error(&l->r->queue), 0);
	return any;
}

/* As a driver with an interrupt does it: arm, look again, sleep. */
static void jobs_await(struct load *l)
{
	struct rig *r = l->r;

	while (!jobs_reap(l)) {
		if (lev_queue_arm(&r->queue))
			continue;
		RIG_CHECK(r, fake_irq_wait(r->fake, PATIENCE));
		RIG_CHECK(r, lev_device_isr(&r->dev) & LEV_INTERRUPT_USED);
	}
	lev_queue_disarm(&r->queue);
	/* A handler would have taken it: it shall wake nobody later. */
	(void)lev_device_isr(&r->dev);
}

static void work(struct load *l, uint64_t requests, double end)
{
	while (l->sent < requests || now() < end) {
		if (l->free)
			batch_send(l);
		/* Now and then until both are idle. */
		while (rig_random() % 64 == 0 && l->back < l->sent)
			jobs_await(l);
		if (!l->free)
			jobs_await(l);
		else
			jobs_reap(l);
	}
	while (l->back < l->sent)
		jobs_await(l);
}

static void threads(void **state)
{
	const struct rig_shape *shape = *state;
	const uint64_t requests = (uint64_t)WRAPS * 65536 + 1;
	const double start = now();
	struct rig *r = rig_up(shape);
	struct load l;

	load_init(&l, r);
	fake_thread_start(r->fake);
	lev_queue_disarm(&r->queue);
	work(&l, requests, start + seconds());
	fake_thread_stop(r->fake);
	RIG_EQ(r, r->fq->pushed, l.sent);
	RIG_CHECK(r, r->fake->irqs);
	printf("threads\t%s\t%llu\t%u\t%u\t%.1f\n", r->name,
	       (unsigned long long)l.back, r->fake->kicks, r->fake->irqs,
	       now() - start);
	rig_free(r);
}

static void config_make(struct rig_shape *shape, char *name, unsigned i)
{
	*shape = (struct rig_shape){
		.version = 2,
		.size = SIZE,
		.packed = i & 8,
		.in_order = i & 4,
		.event_idx = i & 2,
		.indirect = i & 1,
	};
	snprintf(name, NAME_LEN, "%s%s%s%s", shape->packed ? "packed" : "split",
		 shape->in_order ? " in_order" : "",
		 shape->event_idx ? " event_idx" : "",
		 shape->indirect ? " indirect" : "");
}

int main(int argc, char **argv)
{
	static struct rig_shape shapes[CONFIGS];
	static char names[CONFIGS][NAME_LEN];
	struct CMUnitTest cases[CONFIGS];

	for (unsigned i = 0; i < CONFIGS; i++) {
		config_make(&shapes[i], names[i], i);
		cases[i] = (struct CMUnitTest){
			.name = names[i],
			.test_func = threads,
			.initial_state = &shapes[i],
		};
	}
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("threads", cases, NULL, NULL);
}
