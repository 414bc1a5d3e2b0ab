/* SPDX-License-Identifier: MIT */
/*
 * What a request takes with driver and device on two CPUs: the driver keeps so
 * many in flight on CPU 0, a device polls on CPU 1. The library's rings and
 * rings without checks (ring_bare.c) take turns in the same process; only
 * the ratios between them mean anything.
 *
 *	ring_threads REQUESTS [RING]
 *
 * Prints a line for each ring, shape and number in flight: name, segments, in
 * flight, nanoseconds for all the requests, separated by tabs. With RING only
 * rings whose name contains it are run. The first line says how the threads
 * were scheduled. ./test.sh bench runs it several times and makes the table.
 */
#define _GNU_SOURCE

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ring_threads.h"

enum { DRIVER_CPU, DEVICE_CPU };

/* Far longer than it takes: what is stuck ends. */
enum { SECONDS_MOST = 120 };

/* --- the library's ring --- */

static void *library_up(uint64_t features, struct lev_queue_layout *layout)
{
	struct bench_queue *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	if (bench_queue_up(b, features, false)) {
		free(b);
		return NULL;
	}
	*layout = b->layout;
	return b;
}

static void library_down(void *ring)
{
	bench_queue_down(ring);
	free(ring);
}

static int library_add(void *ring, struct lev_request *req)
{
	struct bench_queue *b = ring;

	return lev_queue_add(&b->queue, req);
}

static int library_kick(void *ring)
{
	struct bench_queue *b = ring;

	return lev_queue_kick(&b->queue);
}

static struct lev_request *library_reap(void *ring)
{
	struct bench_queue *b = ring;

	return lev_queue_reap(&b->queue);
}

static const struct bench_ring library_split = {
	.name = "Levitate split",
	.features = 1ull << LEV_F_VERSION_1 | 1ull << LEV_F_EVENT_IDX,
	.up = library_up,
	.down = library_down,
	.add = library_add,
	.kick = library_kick,
	.reap = library_reap,
};

static const struct bench_ring library_packed = {
	.name = "Levitate packed",
	.features = 1ull << LEV_F_VERSION_1 | 1ull << LEV_F_EVENT_IDX |
		    1ull << LEV_F_RING_PACKED,
	.up = library_up,
	.down = library_down,
	.add = library_add,
	.kick = library_kick,
	.reap = library_reap,
};

static const struct bench_ring *const rings[] = {
	&bench_bare_split_add,	&bench_bare_split_kick,	 &library_split,
	&bench_bare_packed_add, &bench_bare_packed_kick, &library_packed,
};

/* --- the threads --- */

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "ring_threads: %s\n", what);
	exit(EXIT_FAILURE);
}

static cpu_set_t cpu(unsigned number)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(number, &set);
	return set;
}

/* Ahead of everything else, where that is allowed. */
static bool go_first(void)
{
	const struct sched_param param = { .sched_priority = 1 };

	return !pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
}

struct device_thread {
	struct bench_device device;
	bool stop;
};

static void *device_main(void *arg)
{
	struct device_thread *t = arg;

	while (!__atomic_load_n(&t->stop, __ATOMIC_RELAXED))
		bench_device_run(&t->device, BENCH_SIZE);
	return NULL;
}

/*
 * Scheduled as we are, but elsewhere from the first moment on: a thread that
 * has to move away from our CPU first may never come to it.
 */
static pthread_t device_start(struct device_thread *t)
{
	const cpu_set_t set = cpu(DEVICE_CPU);
	pthread_attr_t attr;
	pthread_t id;

	pthread_attr_init(&attr);
	if (pthread_attr_setaffinity_np(&attr, sizeof(set), &set))
		die("CPU 1 cannot be chosen");
	if (pthread_create(&id, &attr, device_main, t))
		die("no second thread: CPUs 0 and 1 are needed");
	pthread_attr_destroy(&attr);
	return id;
}

/* --- one cell of the table --- */

struct cell {
	const struct bench_ring *ring;
	unsigned segs;
	unsigned in_flight;
};

static struct bench_requests requests;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Returns the nanoseconds that total requests take. */
static uint64_t drive(const struct cell *c, void *ring, unsigned total)
{
	const struct bench_ring *ops = c->ring;
	const uint64_t begin = now();
	unsigned added = 0, back = 0;

	while (back < total) {
		const unsigned before = added;

		for (; added < total && added - back < c->in_flight; added++)
			if (ops->add(ring, &requests.req[added % BENCH_SIZE]))
				die("a request was refused");
		if (added != before && ops->kick(ring))
			die("the kick failed, or rang the doorbell unasked");
		for (;;) {
			struct lev_request *req = ops->reap(ring);

			if (!req)
				break;
			if (req != &requests.req[back++ % BENCH_SIZE])
				die("another request came back");
		}
	}
	return now() - begin;
}

/* A new ring and a new thread, a warm-up, then what counts. */
static void run_cell(const struct cell *c, unsigned total)
{
	static struct device_thread thread;
	struct lev_queue_layout layout;
	pthread_t id;
	void *ring = c->ring->up(c->ring->features, &layout);
	uint64_t ns;

	if (!ring)
		die("a ring could not be set up");
	memset(&thread, 0, sizeof(thread));
	bench_device_init(&thread.device, &layout, c->ring->features);
	bench_requests_init(&requests, c->segs);
	id = device_start(&thread);
	drive(c, ring, BENCH_SIZE * 16);
	ns = drive(c, ring, total);
	__atomic_store_n(&thread.stop, true, __ATOMIC_RELAXED);
	pthread_join(id, NULL);
	c->ring->down(ring);
	printf("%s\t%u\t%u\t%llu\n", c->ring->name, c->segs, c->in_flight,
	       (unsigned long long)ns);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static const unsigned shapes[] = { 1, 3 };
	static const unsigned windows[] = { 1, 16, 64 };
	const cpu_set_t set = cpu(DRIVER_CPU);
	const char *only = argc > 2 ? argv[2] : "";
	char *end = NULL;
	const unsigned long total = argc > 1 ? strtoul(argv[1], &end, 10) : 0;
	bool first;

	if (!total || *end || total > 1u << 30)
		die("usage: ring_threads REQUESTS [RING]");
	if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set))
		die("CPU 0 is needed");
	alarm(SECONDS_MOST);
	first = go_first();
	printf("%s\n", first ? "SCHED_FIFO" : "SCHED_OTHER");
	for (unsigned s = 0; s < 2; s++)
		for (unsigned w = 0; w < 3; w++)
			for (unsigned r = 0; r < 6; r++) {
				const struct cell c = { rings[r], shapes[s],
							windows[w] };

				if (strstr(rings[r]->name, only))
					run_cell(&c, (unsigned)total);
			}
	return EXIT_SUCCESS;
}
