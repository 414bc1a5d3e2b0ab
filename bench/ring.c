/* SPDX-License-Identifier: MIT */
/*
 * What a request costs the driver, to be counted by callgrind: add, kick
 * decision, completion by a device that asks for no doorbell, and back. One
 * program for every ring and shape; the arguments say which. ./test.sh hotpath
 * builds it, runs it and reads the counts: of what happens inside
 * bench_measure(), what the library's functions execute.
 *
 *	ring REQUESTS CONFIGURATION...
 *
 * REQUESTS is a multiple of 256, so that each entry of the ring has its turn
 * equally often. A configuration is RING-FORM-SEGMENTS-BATCH with any of
 * -indirect and -inorder behind it: split-reap-3-16-indirect. Forms: reap, poll
 * (with a done function), and map: each request's memory is lent to the device
 * and taken back, and goes through no ring.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ring.h"

static struct bench_run run;

static void request_done(struct lev_request *req)
{
	(void)req;
	run.back++;
}

/* Once round the ring, looking at everything that comes back. */
static void check(struct bench_run *r)
{
	const uint32_t len = r->segs == 1 ? 0 : 4096 * (r->segs - 2) + 1;
	/* In order, the device says the length of a batch's last alone. */
	const bool told = !(r->features >> LEV_F_IN_ORDER & 1) || r->batch == 1;

	for (unsigned i = 0; i < BENCH_SIZE; i += r->batch) {
		bench_add_and_kick(r);
		for (unsigned k = i; k < i + r->batch; k++) {
			struct lev_request *req = &r->requests.req[k];

			if (lev_queue_reap(&r->bench.queue) != req)
				bench_die("another request came back");
			if (req->err || (told && req->written != len))
				bench_die("what is written is not what came "
					  "back");
		}
		if (lev_queue_reap(&r->bench.queue))
			bench_die("a request came back twice");
	}
}

static void run_one(struct bench_run *r, unsigned requests)
{
	memset(&r->bench, 0, sizeof(r->bench));
	if (bench_queue_up(&r->bench, r->features, r->form == BENCH_MAP))
		exit(EXIT_FAILURE);
	bench_device_init(&r->device, &r->bench.layout, r->features);
	bench_requests_init(&r->requests, r->segs);
	r->next = r->back = 0;
	check(r);
	for (unsigned i = 0; i < BENCH_SIZE; i++)
		if (r->form == BENCH_POLL)
			r->requests.req[i].done = request_done;
	bench_measure(r, requests / r->batch);
	if (r->back != (r->form == BENCH_POLL ? requests : 0))
		bench_die("done was not called for each request");
	if (r->bench.doorbells)
		bench_die("a doorbell was rung");
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

static bool parse_option(struct bench_run *r, const char *word)
{
	if (!strcmp(word, "indirect"))
		r->features |= 1ull << LEV_F_INDIRECT_DESC;
	else if (!strcmp(word, "inorder"))
		r->features |= 1ull << LEV_F_IN_ORDER;
	else
		return false;
	return true;
}

static bool parse_form(struct bench_run *r, const char *word)
{
	static const char *const names[] = { "reap", "poll", "map" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(word, names[i])) {
			r->form = (enum bench_form)i;
			return true;
		}
	return false;
}

static bool parse(struct bench_run *r, char *text)
{
	const char *ring = strtok(text, "-");
	const char *form = strtok(NULL, "-");
	const char *word;

	r->segs = number(strtok(NULL, "-"), BENCH_SEGS);
	r->batch = number(strtok(NULL, "-"), BENCH_SEGS);
	if (!ring || !form || !r->segs || !r->batch || BENCH_SIZE % r->batch)
		return false;
	r->features = 1ull << LEV_F_VERSION_1 | 1ull << LEV_F_EVENT_IDX;
	if (!strcmp(ring, "packed"))
		r->features |= 1ull << LEV_F_RING_PACKED;
	else if (strcmp(ring, "split"))
		return false;
	if (!parse_form(r, form))
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
		bench_die("usage: ring REQUESTS RING-FORM-SEGMENTS-BATCH...");
	for (int i = 2; i < argc; i++) {
		if (!parse(&run, argv[i]))
			bench_die("not a configuration");
		run_one(&run, requests);
	}
	return EXIT_SUCCESS;
}
