/* SPDX-License-Identifier: MIT */
/* What is typed on QEMU's keyboard arrives, in order. */
#include "rig.h"

enum {
	EVENTS_MAX = 1024,
	TIMEOUT_S = 20,
	EVENTS_A_KEY = 4, /* down, SYN_REPORT, up, SYN_REPORT */
	MANY = 100,
};

static const char *const keyboard_only[] = { "virtio-keyboard-device", NULL };

/* QEMU's name of a key, and the code that it sends (evdev's). */
struct key {
	const char *name;
	uint16_t code;
};

static const struct key keys[] = {
	{ "a", 30 }, { "ret", 28 },  { "spc", 57 },	{ "shift", 42 },
	{ "z", 44 }, { "up", 103 },  { "f12", 88 },	{ "esc", 1 },
	{ "1", 2 },  { "ctrl", 29 }, { "delete", 111 },
};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

struct board {
	struct lev_qtest *qt;
	struct lev_mmio mmio;
	struct lev_input input;
	struct lev_input_event events[EVENTS_MAX];
	unsigned count;
};

static void on_event(struct lev_input *input, const struct lev_input_event *ev)
{
	struct board *b = input->cfg.ctx;

	if (b->count < EVENTS_MAX)
		b->events[b->count++] = *ev;
}

static void board_up(struct board *b, const struct cell *cell)
{
	struct lev_input_config cfg = {
		.event = on_event,
		.ctx = b,
		.init_timeout = TIMEOUT_S * UINT64_C(1000000000),
	};

	memset(b, 0, sizeof(*b));
	b->qt = rig_open(cell, keyboard_only);
	rig_probe(b->qt, &b->mmio, 0, LEV_ID_INPUT);
	cfg.transport = &b->mmio.transport;
	assert_int_equal(lev_input_init(&b->input, &cfg), 0);
	rig_assert_features(cell, &b->input.dev);
}

static void board_close(struct board *b)
{
	assert_int_equal(lev_input_fini(&b->input), 0);
	assert_int_equal(lev_qtest_blocks(b->qt), 0);
	rig_close(b->qt);
}

/* Sleep on the interrupt until so many events came in all. */
static void await(struct board *b, unsigned count)
{
	while (b->count < count) {
		int got = lev_input_poll(&b->input);

		assert_true(got >= 0);
		if (got > 0)
			continue;
		assert_true(lev_qtest_irq_wait(b->qt, 0, true));
		assert_int_equal(lev_device_isr(&b->input.dev),
				 LEV_INTERRUPT_USED);
	}
	assert_int_equal(b->count, count);
}

static void assert_event(const struct board *b, unsigned at, uint16_t type,
			 uint16_t code, int32_t value)
{
	assert_int_equal(b->events[at].type, type);
	assert_int_equal(b->events[at].code, code);
	assert_int_equal(b->events[at].value, value);
}

static void assert_stroke(const struct board *b, unsigned at, uint16_t code)
{
	assert_event(b, at, LEV_INPUT_EV_KEY, code, 1);
	assert_event(b, at + 1, LEV_INPUT_EV_SYN, LEV_INPUT_SYN_REPORT, 0);
	assert_event(b, at + 2, LEV_INPUT_EV_KEY, code, 0);
	assert_event(b, at + 3, LEV_INPUT_EV_SYN, LEV_INPUT_SYN_REPORT, 0);
}

static void tells_its_name_and_keys(void **state)
{
	uint8_t bits[LEV_INPUT_KEY_MAX / 8];
	struct board b;

	board_up(&b, *state);
	assert_string_equal(b.input.name, "QEMU Virtio Keyboard");
	assert_int_equal(b.input.ids.bustype, 6); /* BUS_VIRTUAL */
	assert_int_equal(b.input.ids.vendor, 0x627);
	assert_int_equal(b.input.ids.product, 1);
	assert_true(lev_input_event_bits(&b.input, LEV_INPUT_EV_KEY, bits,
					 sizeof(bits)) > 0);
	for (unsigned i = 0; i < KEYS; i++)
		assert_true(bits[keys[i].code / 8] >> keys[i].code % 8 & 1);
	assert_int_equal(lev_input_event_bits(&b.input, LEV_INPUT_EV_ABS, bits,
					      sizeof(bits)),
			 0);
	board_close(&b);
}

/* One key at a time: QEMU takes the next when the last one was let go. */
static void keys_arrive_in_order(void **state)
{
	struct board b;

	board_up(&b, *state);
	for (unsigned i = 0; i < KEYS; i++)
		assert_int_equal(lev_qtest_send_key(b.qt, keys[i].name, 1), 0);
	await(&b, KEYS * EVENTS_A_KEY);
	for (unsigned i = 0; i < KEYS; i++)
		assert_stroke(&b, i * EVENTS_A_KEY, keys[i].code);
	assert_int_equal(b.input.lost, 0);
	board_close(&b);
}

/*
 * Six times what the ring can hold. QEMU takes a millisecond for a stroke,
 * whether or not anybody reads: only so many are under way as the ring can
 * hold, or a busy machine would lose some.
 */
static void more_keys_than_the_ring(void **state)
{
	struct board b;

	board_up(&b, *state);
	for (unsigned i = 0; i < MANY; i++) {
		const struct key *key = &keys[i % KEYS];

		assert_int_equal(lev_qtest_send_key(b.qt, key->name, 1), 0);
		if (i % 10 == 9)
			await(&b, (i + 1) * EVENTS_A_KEY);
	}
	for (unsigned i = 0; i < MANY; i++)
		assert_stroke(&b, i * EVENTS_A_KEY, keys[i % KEYS].code);
	assert_int_equal(b.input.lost, 0);
	board_close(&b);
}

/*
 * Nobody reads: QEMU drops what the ring cannot hold, without a word. The
 * driver sees that the ring ran low, says so, and no key stays pressed.
 */
static void nobody_reads(void **state)
{
	unsigned dropped = 0, before;
	struct board b;

	board_up(&b, *state);
	rig_press(b.qt, "shift", true);
	for (unsigned i = 0; i < LEV_INPUT_BUFFERS; i++)
		rig_press(b.qt, "a", i % 2 == 0);
	rig_press(b.qt, "shift", false);
	assert_int_equal(lev_input_poll(&b.input), LEV_INPUT_BUFFERS);
	assert_int_equal(b.input.lost, 1);
	for (unsigned i = 0; i < b.count; i++)
		dropped += b.events[i].type == LEV_INPUT_EV_SYN &&
			   b.events[i].code == LEV_INPUT_SYN_DROPPED;
	assert_int_equal(dropped, 1);
	assert_false(lev_input_pressed(&b.input, 30));
	assert_false(lev_input_pressed(&b.input, 42));
	/* And it goes on as if nothing had been. */
	before = b.count;
	(void)lev_device_isr(&b.input.dev);
	assert_int_equal(lev_qtest_send_key(b.qt, "z", 1), 0);
	await(&b, before + EVENTS_A_KEY);
	assert_stroke(&b, before, 44);
	board_close(&b);
}

int main(void)
{
	static const struct rig_test tests[] = {
		{ "tells its name and keys", tells_its_name_and_keys, false },
		{ "keys arrive in order", keys_arrive_in_order, false },
		{ "more keys than the ring", more_keys_than_the_ring, false },
		{ "nobody reads", nobody_reads, true },
	};

	return RIG_RUN(tests);
}
