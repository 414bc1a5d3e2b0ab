/* SPDX-License-Identifier: MIT */
/* What the library's objects take of the caller's memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include <levitate/queue.h>

enum { QUEUE_SIZE = 256, QUEUE_LEN_MOST = 4800, REQUEST_LEN_MOST = 64 };

/* The queue and its slots; the ring itself is DMA memory. */
static void test_queue_of_256(void **state)
{
	const size_t len = sizeof(struct lev_queue) +
			   QUEUE_SIZE * sizeof(struct lev_queue_slot);

	(void)state;
	print_message("a queue of %d: %zu + %d * %zu = %zu bytes\n", QUEUE_SIZE,
		      sizeof(struct lev_queue), QUEUE_SIZE,
		      sizeof(struct lev_queue_slot), len);
	assert_in_range(len, 1, QUEUE_LEN_MOST);
}

/* Without its segments: those are the caller's. */
static void test_request(void **state)
{
	(void)state;
	print_message("a request: %zu bytes\n", sizeof(struct lev_request));
	assert_in_range(sizeof(struct lev_request), 1, REQUEST_LEN_MOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queue_of_256),
		cmocka_unit_test(test_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
