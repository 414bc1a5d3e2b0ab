/* SPDX-License-Identifier: MIT */
/* lev_queue_dump at moments when there is little to be shown. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_not_read_while_nothing_is_lent),
		cmocka_unit_test(a_queue_without_a_device_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
