/* SPDX-License-Identifier: MIT */
/* The input model: queries, whole sequences, and drivers that do it wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fake_rig.h"

static struct fake_input *input_of(struct rig *rig)
{
	return LEV_CONTAINER_OF(rig->dev, struct fake_input, dev);
}

static struct rig input_rig(void)
{
	struct fake_port *port = fake_port_new();
	struct rig rig = rig_of(port, &fake_input_new(port, 2)->dev);

	rig_start(&rig, 0, 2);
	return rig;
}

static void done(struct rig *rig)
{
	rig_stop(rig);
	FAKE_FREE_CLEAN(rig->port);
}

/* Ask; returns the size of the answer. */
static uint32_t query(struct rig *rig, uint8_t select, uint8_t subsel)
{
	rig_config_set(rig, 0, 1, select);
	rig_config_set(rig, 1, 1, subsel);
	return rig_config(rig, 2, 1);
}

/* Lend count buffers of len bytes. */
static void lend(struct rig *rig, uint16_t first, uint16_t count, uint32_t len)
{
	for (uint16_t i = first; i < first + count; i++) {
		rig_desc(rig, 0, i, rig_buffer(rig, 64u * i), len, WRITE, 0);
		rig_avail(rig, 0, i);
	}
	rig_kick(rig, 0);
}

/* --- what works --- */

static void queries_are_answered(void **state)
{
	struct rig rig = input_rig();

	(void)state;
	assert_int_equal(query(&rig, FAKE_INPUT_NAME, 0), 13);
	rig_rd(&rig, FAKE_REG_CONFIG_GENERATION);
	assert_int_equal(rig_config(&rig, 8, 1), 'f');
	assert_int_equal(rig_config(&rig, 20, 1), 'd');
	rig_rd(&rig, FAKE_REG_CONFIG_GENERATION);
	assert_int_equal(query(&rig, FAKE_INPUT_DEVIDS, 0), 8);
	rig_rd(&rig, FAKE_REG_CONFIG_GENERATION);
	assert_int_equal(rig_config(&rig, 10, 2), 0x1af4);
	assert_int_equal(query(&rig, FAKE_INPUT_EV_BITS, 1), 16);
	assert_int_equal(query(&rig, FAKE_INPUT_EV_BITS, 2), 0);
	fake_input_answer(input_of(&rig), FAKE_INPUT_EV_BITS, 1, NULL, 0);
	assert_int_equal(query(&rig, FAKE_INPUT_EV_BITS, 1), 0);
	done(&rig);
}

static void events_come_in_sequences(void **state)
{
	struct rig rig = input_rig();

	(void)state;
	lend(&rig, 0, 5, 8);
	fake_input_event(input_of(&rig), 1, 30, 1);
	assert_int_equal(rig_used_idx(&rig, 0), 0);
	fake_input_event(input_of(&rig), 0, 0, 0);
	assert_int_equal(rig_used_idx(&rig, 0), 2);
	assert_int_equal(rig_used_len(&rig, 0, 0), 8);
	assert_int_equal(rig_get16(&rig, RIG_BUFFERS), 1);
	assert_int_equal(rig_get16(&rig, RIG_BUFFERS + 2), 30);
	assert_int_equal(rig_get32(&rig, RIG_BUFFERS + 4), 1);
	fake_input_key(input_of(&rig), 30, false);
	assert_int_equal(rig_used_idx(&rig, 0), 4);
	/* One buffer is left: too few for a sequence of two. */
	fake_input_key(input_of(&rig), 31, true);
	assert_int_equal(rig_used_idx(&rig, 0), 4);
	assert_int_equal(input_of(&rig)->dropped, 1);
	assert_int_equal(input_of(&rig)->sent, 4);
	done(&rig);
}

static void leds_arrive(void **state)
{
	struct rig rig = input_rig();

	(void)state;
	rig_put16(&rig, RIG_BUFFERS, 0x11);
	rig_put16(&rig, RIG_BUFFERS + 2, 1);
	rig_put32(&rig, RIG_BUFFERS + 4, 1);
	rig_desc(&rig, 1, 0, rig_buffer(&rig, 0), 8, 0, 0);
	rig_send(&rig, 1, 0);
	assert_int_equal(rig_used_idx(&rig, 1), 1);
	assert_int_equal(input_of(&rig)->status_events, 1);
	assert_int_equal(input_of(&rig)->last_status.type, 0x11);
	assert_int_equal(input_of(&rig)->last_status.value, 1);
	done(&rig);
}

static void lengths_can_lie(void **state)
{
	struct rig rig = input_rig();
	struct fake_input *input = input_of(&rig);

	(void)state;
	input->size_field_set = true;
	input->size_field = 255;
	assert_int_equal(query(&rig, FAKE_INPUT_NAME, 0), 255);
	lend(&rig, 0, 2, 8);
	input->used_len_set = true;
	input->used_len = 3;
	fake_input_key(input, 30, true);
	assert_int_equal(rig_used_len(&rig, 0, 0), 3);
	assert_int_equal(rig_used_len(&rig, 0, 1), 3);
	done(&rig);
}

/* --- drivers that do it wrong --- */

static void no_subsel(struct rig *rig)
{
	rig_config_set(rig, 0, 1, FAKE_INPUT_NAME);
	rig_config(rig, 2, 1);
}

static void subsel_of_the_last_query(struct rig *rig)
{
	query(rig, FAKE_INPUT_NAME, 0);
	assert_int_equal(fake_violation_count(rig->port), 0);
	no_subsel(rig);
}

static void size_written(struct rig *rig)
{
	rig_config_set(rig, 2, 1, 0);
}

static void size_not_read(struct rig *rig)
{
	rig_config_set(rig, 0, 1, FAKE_INPUT_NAME);
	rig_config_set(rig, 1, 1, 0);
	rig_config(rig, 8, 1);
}

static void no_buffers(struct rig *rig)
{
	fake_input_key(input_of(rig), 30, true);
}

static void readable_buffer(struct rig *rig)
{
	rig_desc(rig, 0, 0, rig_buffer(rig, 0), 8, 0, 0);
	rig_send(rig, 0, 0);
}

static void short_buffer(struct rig *rig)
{
	lend(rig, 0, 1, 7);
}

static void short_status(struct rig *rig)
{
	rig_desc(rig, 1, 0, rig_buffer(rig, 0), 4, 0, 0);
	rig_send(rig, 1, 0);
}

static void unknown_select(struct rig *rig)
{
	rig_config_set(rig, 0, 1, 0x7f);
}

static const struct {
	const char *id;
	void (*act)(struct rig *rig);
} bads[] = {
	{ "INPUT-INIT-01", no_subsel },
	{ "INPUT-INIT-01", subsel_of_the_last_query },
	{ "INPUT-INIT-02", size_written },
	{ "INPUT-INIT-03", size_not_read },
	{ "INPUT-OP-01", no_buffers },
	{ "INPUT-OP-02", readable_buffer },
	{ "INPUT-OP-03", short_buffer },
	{ "INPUT-OP-04", short_status },
	{ "X-INPUT-01", unknown_select },
};

static void rules_fire(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(*bads); i++) {
		struct rig rig = input_rig();

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
		cmocka_unit_test(queries_are_answered),
		cmocka_unit_test(events_come_in_sequences),
		cmocka_unit_test(leds_arrive),
		cmocka_unit_test(lengths_can_lie),
		cmocka_unit_test(rules_fire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
