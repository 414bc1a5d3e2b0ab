/* SPDX-License-Identifier: MIT */
/*
 * In which order the rings store and load what they share with the device, and
 * which fences stand between: on this machine most of them change nothing that
 * a device could see, so their calls are counted. test_order.py looks at what
 * the compiler makes of them.
 */
#include "rig.h"

#include "order_log.h"

static char trail[64];
static size_t trail_len;

/* Several loads in a row are one letter, and so are stores. */
void order_log(char what)
{
	const bool again = trail_len && trail[trail_len - 1] == what;

	if (again && (what == ORDER_LOAD || what == ORDER_STORE))
		return;
	assert_true(trail_len + 1 < sizeof(trail));
	trail[trail_len++] = what;
	trail[trail_len] = '\0';
}

/* Since the last call these were done; without W and R if not negotiated. */
static void expect(struct rig *r, const char *what, const char *expected)
{
	char wanted[sizeof(trail)];
	size_t len = 0;

	for (; *expected; expected++)
		if (r->queue.platform || !strchr("WR", *expected))
			wanted[len++] = *expected;
	wanted[len] = '\0';
	if (strcmp(trail, wanted) != 0)
		fail_msg("[%s, ORDER_PLATFORM %d] %s: %s, not %s", r->name,
			 r->queue.platform, what, trail, wanted);
	trail[0] = '\0';
	trail_len = 0;
}

/* One way through: a request of as many segments. */
static void round_trip(struct rig *r, unsigned readable, unsigned writable)
{
	const bool packed = r->shape.packed;
	struct rig_request req;

	rig_ask(r, true);
	rig_request(r, &req, readable, writable, 8);
	RIG_EQ(r, lev_queue_add(&r->queue, &req.req), 0);
	expect(r, "add", packed ? "sWP" : "s");
	RIG_EQ(r, lev_queue_kick(&r->queue), 1);
	expect(r, "kick", packed ? "Fl" : "WPFl");
	RIG_CHECK(r, !lev_queue_arm(&r->queue));
	expect(r, "arm", packed ? "sFa" : "sFl");
	RIG_CHECK(r, !lev_queue_reap(&r->queue));
	expect(r, "reap nothing", "a");
	rig_answer(r, 0);
	RIG_CHECK(r, lev_queue_reap(&r->queue) == &req.req);
	expect(r, "reap", "aRl");
	lev_queue_disarm(&r->queue);
	expect(r, "disarm", "s");
}

static void orderly(struct rig *r)
{
	trail[0] = '\0';
	trail_len = 0;
	r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < 40; i++) {
		round_trip(r, 1, 0);
		round_trip(r, 2, 2);
		round_trip(r, 0, 3);
	}
}

static void each_access_has_its_place(void **state)
{
	(void)state;
	rig_each(16, orderly);
}

static void and_fences_where_the_device_asks_for_them(void **state)
{
	(void)state;
	for (unsigned i = 4; i < RIG_SHAPES; i++) {
		const struct rig_shape shape = rig_shape(i, 16);
		struct rig *r = rig_new(&shape);

		r->fake->features[0] |= (uint64_t)1 << FAKE_F_ORDER_PLATFORM;
		RIG_EQ(r, rig_start(r), 0);
		RIG_CHECK(r, r->queue.platform);
		orderly(r);
		rig_free(r);
	}
}

/* What an interrupt said is taken back, and then looked at. */
static void a_change_is_read_after_it_was_acknowledged(void **state)
{
	const struct rig_shape shape = { .version = 2,
					 .size = 16,
					 .config = 4 };
	struct rig *r = rig_up(&shape);

	(void)state;
	fake_config_set(r->fake, 0, "1234", 4);
	RIG_EQ(r, lev_device_isr(&r->dev), LEV_INTERRUPT_CONFIG);
	trail[0] = '\0';
	trail_len = 0;
	RIG_EQ(r, lev_device_poll(&r->dev), 1);
	expect(r, "poll", "sF");
	RIG_EQ(r, lev_device_poll(&r->dev), 0);
	expect(r, "poll without", "");
	rig_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_access_has_its_place),
		cmocka_unit_test(and_fences_where_the_device_asks_for_them),
		cmocka_unit_test(a_change_is_read_after_it_was_acknowledged),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
