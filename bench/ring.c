/* SPDX-License-Identifier: MIT */
/*
 * What a request costs the driver, to be counted by callgrind: add, kick
 * decision, completion by a device that asks for no doorbell, and back. One
 * program for every ring and shape; the arguments say which. ./test.sh hotpath
 * builds it, runs it and reads the counts; only what happens inside measure()
 * counts, and of that what the library's functions execute.
 *
 *	ring REQUESTS CONFIGURATION...
 *
 * REQUESTS is a multiple of 256, so that each entry of the ring has its turn
 * equally often. A configuration is RING-FORM-SEGMENTS-BATCH with any of
 * -indirect and -inorder behind it: split-reap-3-16-indirect.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

enum form { FORM_REAP, FORM_POLL };

struct run {
	enum form form;
	unsigned segs;
	unsigned batch;
	uint64_t features;
	unsigned next; /* request to add */
	unsigned back; /* requests that came back through done */
	struct bench_device device;
	struct bench_queue bench;
	struct bench_requests requests;
};

static void die(const char *what)
{
	fprintf(stderr, "ring: %s\n", what);
	exit(EXIT_FAILURE);
}

/* --- what is measured --- */

static void add_and_kick(struct run *r)
{
	struct lev_queue *q = &r->bench.queue;

	for (unsigned i = 0; i < r->batch; i++) {
		if (lev_queue_add(q, &r->requests.req[r->next]))
			die("a request was refused");
		r->next = (r->next + 1) % BENCH_SIZE;
	}
	if (lev_queue_kick(q))
		die("the kick failed, or rang the doorbell unasked");
	if (bench_device_run(&r->device, r->batch) != r->batch)
		die("the device does not see all requests");
}

static void rounds_reap(struct run *r, unsigned rounds)
{
	while (rounds--) {
		add_and_kick(r);
		for (unsigned i = 0; i < r->batch; i++)
			if (!lev_queue_reap(&r->bench.queue))
				die("a request did not come back");
	}
}

static void rounds_poll(struct run *r, unsigned rounds)
{
	while (rounds--) {
		add_and_kick(r);
		if (lev_queue_poll(&r->bench.queue, r->batch) != (int)r->batch)
			die("a request did not come back");
	}
}

__attribute__((noinline)) void measure(struct run *r, unsigned rounds);

void measure(struct run *r, unsigned rounds)
{
	if (r->form == FORM_REAP)
		rounds_reap(r, rounds);
	else
		rounds_poll(r, rounds);
}

/* --- around it --- */

static struct run run;

static void request_done(struct lev_request *req)
{
	(void)req;
	run.back++;
}

/* Once round the ring, looking at everything that comes back. */
static void check(struct run *r)
{
	const uint32_t len = r->segs == 1 ? 0 : 4096 * (r->segs - 2) + 1;

	for (unsigned i = 0; i < BENCH_SIZE; i += r->batch) {
		add_and_kick(r);
		for (unsigned k = i; k < i + r->batch; k++) {
			struct lev_request *req = &r->requests.req[k];

			if (lev_queue_reap(&r->bench.queue) != req)
				die("another request came back");
			if (req->err || req->written != len)
				die("what is written is not what came back");
		}
		if (lev_queue_reap(&r->bench.queue))
			die("a request came back twice");
	}
}

static void run_one(struct run *r, unsigned requests)
{
	memset(&r->bench, 0, sizeof(r->bench));
	if (bench_queue_up(&r->bench, r->features))
		exit(EXIT_FAILURE);
	bench_device_init(&r->device, &r->bench.layout, r->features);
	bench_requests_init(&r->requests, r->segs);
	r->next = r->back = 0;
	check(r);
	for (unsigned i = 0; i < BENCH_SIZE; i++)
		if (r->form == FORM_POLL)
			r->requests.req[i].done = request_done;
	measure(r, requests / r->batch);
	if (r->back != (r->form == FORM_POLL ? requests : 0))
		die("done was not called for each request");
	if (r->bench.doorbells || r->bench.queue.violations)
		die("a doorbell was rung, or a length was clamped");
	bench_queue_down(&r->bench);
}

/* --- the command line --- */

/* A number from 1 to max; 0 if the text is none. */
static unsigned number(const char *text, unsigned max)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text ? text : "", &end, 10);
	return errno || *end || v > max ? 0 : (unsigned)v;
}

static bool parse_option(struct run *r, const char *word)
{
	if (!strcmp(word, "indirect"))
		r->features |= 1ull << BENCH_F_INDIRECT;
	else if (!strcmp(word, "inorder"))
		r->features |= 1ull << BENCH_F_IN_ORDER;
	else
		return false;
	return true;
}

static bool parse(struct run *r, char *text)
{
	const char *ring = strtok(text, "-");
	const char *form = strtok(NULL, "-");
	const char *word;

	r->segs = number(strtok(NULL, "-"), BENCH_SEGS);
	r->batch = number(strtok(NULL, "-"), BENCH_SEGS);
	if (!ring || !form || !r->segs || !r->batch || BENCH_SIZE % r->batch)
		return false;
	r->features = 1ull << BENCH_F_VERSION_1 | 1ull << BENCH_F_EVENT_IDX;
	if (!strcmp(ring, "packed"))
		r->features |= 1ull << BENCH_F_PACKED;
	else if (strcmp(ring, "split"))
		return false;
	r->form = !strcmp(form, "poll") ? FORM_POLL : FORM_REAP;
	if (r->form == FORM_REAP && strcmp(form, "reap"))
		return false;
	while ((word = strtok(NULL, "-")))
		if (!parse_option(r, word))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	const unsigned requests = number(argc > 1 ? argv[1] : NULL, 1u << 24);

	if (argc < 3 || !requests || requests % BENCH_SIZE)
		die("usage: ring REQUESTS RING-FORM-SEGMENTS-BATCH...");
	for (int i = 2; i < argc; i++) {
		if (!parse(&run, argv[i]))
			die("not a configuration");
		run_one(&run, requests);
	}
	return EXIT_SUCCESS;
}
