/* SPDX-License-Identifier: MIT */
/* The entropy model: its bytes, its lies, and drivers that do it wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fake_rig.h"

static struct fake_rng *rng_of(struct rig *rig)
{
	return LEV_CONTAINER_OF(rig->dev, struct fake_rng, dev);
}

static struct rig rng_rig(void)
{
	struct fake_port *port = fake_port_new();
	struct rig rig = rig_of(port, &fake_rng_new(port, 2)->dev);

	rig_start(&rig, 0, 1);
	return rig;
}

static void done(struct rig *rig)
{
	rig_stop(rig);
	FAKE_FREE_CLEAN(rig->port);
}

/* A buffer there and back; its bytes. */
static const uint8_t *ask(struct rig *rig, uint16_t slot, uint32_t len)
{
	rig_desc(rig, 0, slot, rig_buffer(rig, 64u * slot), len, WRITE, 0);
	rig_send(rig, 0, slot);
	return rig->mem + RIG_BUFFERS + 64u * slot;
}

/* --- what works --- */

static void bytes_are_given_and_taken(void **state)
{
	struct rig rig = rng_rig();
	const uint8_t *first, *second;

	(void)state;
	first = ask(&rig, 0, 16);
	second = ask(&rig, 1, 32);
	assert_int_equal(rig_used_len(&rig, 0, 0), 16);
	assert_int_equal(rig_used_len(&rig, 0, 1), 32);
	assert_int_equal(rng_of(&rig)->requests, 2);
	assert_int_equal(rng_of(&rig)->given, 48);
	assert_memory_not_equal(first, second, 16);
	assert_true(fake_rng_took(rng_of(&rig), first, 16));
	assert_true(fake_rng_took(rng_of(&rig), second, 32));
	done(&rig);
}

static void answers_can_be_short(void **state)
{
	struct rig rig = rng_rig();
	const uint8_t *bytes;

	(void)state;
	rng_of(&rig)->give_max_set = true;
	for (uint16_t i = 0; i < 4; i++) {
		rng_of(&rig)->give_max = i;
		bytes = ask(&rig, i, 16);
		assert_int_equal(rig_used_len(&rig, 0, i), i);
		assert_true(fake_rng_took(rng_of(&rig), bytes, i));
	}
	assert_int_equal(rng_of(&rig)->given, 6);
	done(&rig);
}

static void lengths_can_lie(void **state)
{
	struct rig rig = rng_rig();

	(void)state;
	rng_of(&rig)->used_len_set = true;
	rng_of(&rig)->used_len = 99;
	ask(&rig, 0, 16);
	assert_int_equal(rig_used_len(&rig, 0, 0), 99);
	assert_int_equal(rng_of(&rig)->given, 16);
	done(&rig);
}

static void bytes_can_be_all_the_same(void **state)
{
	static const uint8_t same[16] = { 7, 7, 7, 7, 7, 7, 7, 7,
					  7, 7, 7, 7, 7, 7, 7, 7 };
	struct rig rig = rng_rig();

	(void)state;
	rng_of(&rig)->same_set = true;
	rng_of(&rig)->same = 7;
	assert_memory_equal(ask(&rig, 0, 16), same, 16);
	assert_true(fake_rng_took(rng_of(&rig), same, 16));
	done(&rig);
}

/* --- drivers that do it wrong --- */

static void readable_buffer(struct rig *rig)
{
	rig_desc(rig, 0, 0, rig_buffer(rig, 0), 8, 0, 0);
	rig_send(rig, 0, 0);
}

static void partly_readable(struct rig *rig)
{
	rig_desc(rig, 0, 0, rig_buffer(rig, 0), 8, NEXT, 1);
	rig_desc(rig, 0, 1, rig_buffer(rig, 8), 8, WRITE, 0);
	rig_send(rig, 0, 0);
}

static void took_more_than_given(struct rig *rig)
{
	const uint8_t *bytes;

	rng_of(rig)->give_max_set = true;
	rng_of(rig)->give_max = 15;
	bytes = ask(rig, 0, 16);
	assert_false(fake_rng_took(rng_of(rig), bytes, 16));
}

static void took_what_was_not_given(struct rig *rig)
{
	uint8_t bytes[16];

	memcpy(bytes, ask(rig, 0, 16), 16);
	bytes[15] ^= 1;
	assert_false(fake_rng_took(rng_of(rig), bytes, 16));
}

static void took_the_same_again(struct rig *rig)
{
	const uint8_t *bytes = ask(rig, 0, 16);

	ask(rig, 1, 16);
	assert_true(fake_rng_took(rng_of(rig), bytes, 16));
	assert_false(fake_rng_took(rng_of(rig), bytes, 16));
}

static const struct {
	const char *id;
	void (*act)(struct rig *rig);
} bads[] = {
	{ "ENT-OP-01", readable_buffer },
	{ "ENT-OP-01", partly_readable },
	{ "ENT-OP-02", took_more_than_given },
	{ "SPLIT-USED-01", took_more_than_given },
	{ "SPLIT-USED-02", took_more_than_given },
	{ "ENT-OP-02", took_what_was_not_given },
	{ "ENT-OP-02", took_the_same_again },
};

static void rules_fire(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(*bads); i++) {
		struct rig rig = rng_rig();

		bads[i].act(&rig);
		if (!fake_violation_has(rig.port, bads[i].id)) {
			fake_violation_print(rig.port);
			fail_msg("%s, row %zu", bads[i].id, i);
		}
		rig_free(&rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_given_and_taken),
		cmocka_unit_test(answers_can_be_short),
		cmocka_unit_test(lengths_can_lie),
		cmocka_unit_test(bytes_can_be_all_the_same),
		cmocka_unit_test(rules_fire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
