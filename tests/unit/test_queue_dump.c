/* SPDX-License-Identifier: MIT */
/* lev_queue_dump: what is shown, and at moments when there is little. */
#include <stdio.h>

#include "rig.h"

enum { SIZE = 8 };

/* What an application may have left in memory that it hands over. */
static struct lev_queue_slot garbage[SIZE];

static void dumps_after_a_failed_init(struct rig *r)
{
	memset(garbage, 0xa5, sizeof(garbage));
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	r->fq->size_max = 0;
	r->cfg.slots = garbage;
	RIG_EQ(r, rig_start(r), LEV_ERR_NODEV);
	lev_queue_dump(&r->queue);
	RIG_CHECK(r, fake_log_has(r->port, "0 requests in flight"));
}

static void slots_are_not_read_while_nothing_is_lent(void **state)
{
	(void)state;
	rig_each(SIZE, dumps_after_a_failed_init);
}

static void dumps_after_fini(struct rig *r)
{
	rig_down(r);
	lev_queue_dump(&r->queue);
}

static void a_queue_without_a_device_is_not_followed(void **state)
{
	(void)state;
	rig_each(SIZE, dumps_after_fini);
}

static void dumps_without_memory(struct rig *r)
{
	r->fq->size_max = 0;
	RIG_EQ(r, rig_start(r), LEV_ERR_NODEV);
	RIG_CHECK(r, !r->queue.mem);
	lev_queue_dump(&r->queue);
	RIG_CHECK(r, fake_log_has(r->port, "violations: 0 lengths"));
	RIG_CHECK(r, !fake_log_has(r->port, "device: flags"));
}

static void a_ring_that_never_was_is_not_read(void **state)
{
	(void)state;
	rig_each_ring(SIZE, dumps_without_memory);
}

/* The line of a request of one segment, each with another length. */
static bool shown(struct rig *r, const struct rig_request *req)
{
	char line[100];

	snprintf(line, sizeof(line),
		 ": request 0x%llx, 1 descriptors, 0 + 1 segments, "
		 "%u bytes lent",
		 (unsigned long long)(uintptr_t)req, req->segs[0].len);
	return fake_log_has(r->port, line);
}

enum { MOST = 16, MORE = MOST + 3 }; /* requests: shown, and in flight */

/* Requests are sent, then dumped; the oldest has come back. */
static void dumps_with(struct rig *r, unsigned count)
{
	static struct rig_request reqs[MORE + 1];
	const unsigned left = count - 1;
	const char *all = count > MOST + 1 ? "  and 3 more" : "more";

	for (unsigned i = 0; i < count; i++) {
		rig_request(r, &reqs[i], 0, 1, i + 1);
		rig_submit(r, &reqs[i]);
	}
	rig_answer(r, 1);
	RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	memset(r->port->log, 0, sizeof(r->port->log));
	lev_queue_dump(&r->queue);
	RIG_CHECK(r, fake_log_has(r->port, "device: flags"));
	RIG_CHECK(r, !shown(r, &reqs[0]));
	RIG_EQ(r, fake_log_has(r->port, all), count > MOST + 1);
	for (unsigned i = 0; i < left; i++)
		RIG_EQ(r, shown(r, &reqs[i + 1]), i < MOST);
	while (lev_queue_in_flight(&r->queue)) {
		rig_answer(r, 1);
		RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	}
}

static void dumps_requests(struct rig *r)
{
	RIG_EQ(r, rig_start(r), 0);
	r->fake->mode = FAKE_MANUAL;
	dumps_with(r, 3);
}

static void dumps_many_requests(struct rig *r)
{
	RIG_EQ(r, rig_start(r), 0);
	r->fake->mode = FAKE_MANUAL;
	dumps_with(r, MORE + 1);
}

static void requests_in_flight_are_shown(void **state)
{
	(void)state;
	rig_each_ring(SIZE, dumps_requests);
	rig_each_ring(32, dumps_many_requests);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_not_read_while_nothing_is_lent),
		cmocka_unit_test(a_queue_without_a_device_is_not_followed),
		cmocka_unit_test(a_ring_that_never_was_is_not_read),
		cmocka_unit_test(requests_in_flight_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
