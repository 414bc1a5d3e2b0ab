/* SPDX-License-Identifier: MIT */
/*
 * drivers/input.c: what the device says about itself, events, and what becomes
 * of keys that are held when events are lost. Every test runs on both versions,
 * on each kind of ring, with and without EVENT_IDX, with queues of 2 to 256.
 */
#include "input_rig.h"

/* With two buffers each group of events looks like a loss. */
static bool four_or_more(const struct input_case *c)
{
	return c->queue_size >= 4;
}

static bool eight_or_more(const struct input_case *c)
{
	return c->queue_size >= 8;
}

/* For a test that takes its time. */
static bool eight(const struct input_case *c)
{
	return c->queue_size == 8;
}

/* --- what it says about itself --- */

static void init_reads_name_and_ids(void **state)
{
	const struct input_case *c = *state;
	const unsigned buffers = c->queue_size < 64 ? c->queue_size : 64;
	struct input_rig rig;

	irig_open(&rig, c);
	assert_string_equal(rig.input.name, "fake keyboard");
	assert_true(fake_log_has(rig.port, "fake keyboard"));
	assert_int_equal(rig.input.ids.bustype, 6);
	assert_int_equal(rig.input.ids.vendor, 0x1af4);
	assert_int_equal(rig.input.ids.product, 2);
	assert_int_equal(rig.input.ids.version, 3);
	assert_int_equal(rig.input.lost, 0);
	assert_int_equal(lev_queue_in_flight(&rig.input.events), buffers);
	assert_false(rig.fake->dev.queues[1].ready);
	assert_int_equal(lev_input_poll(&rig.input), 0);
	assert_int_equal(rig.nheard, 0);
	irig_close(&rig);
}

static void a_name_is_made_printable(void **state)
{
	struct input_rig rig;
	uint8_t name[128];

	for (unsigned half = 0; half < 2; half++) {
		irig_new(&rig, *state);
		for (unsigned i = 0; i < 128; i++)
			name[i] = (uint8_t)(127 * half + i + 1);
		fake_input_answer(rig.fake, FAKE_INPUT_NAME, 0, name, 128);
		assert_int_equal(irig_init(&rig), 0);
		assert_int_equal(strlen(rig.input.name), 128);
		for (unsigned i = 0; i < 128; i++)
			assert_int_equal(
				rig.input.name[i],
				name[i] >= 32 && name[i] < 127 ? name[i] : '?');
		irig_close(&rig);
	}
	/* None at all, and one that ends before its size says so. */
	for (uint8_t len = 0; len < 5; len++) {
		irig_new(&rig, *state);
		fake_input_answer(rig.fake, FAKE_INPUT_NAME, 0, "ab\0d", len);
		assert_int_equal(irig_init(&rig), 0);
		assert_int_equal(strlen(rig.input.name), len < 2 ? len : 2);
		irig_close(&rig);
	}
}

static void ids_may_be_missing(void **state)
{
	static const uint8_t ids[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
	struct input_rig rig;

	for (uint8_t len = 0; len <= sizeof(ids); len++) {
		const uint16_t *got = &rig.input.ids.bustype;

		irig_new(&rig, *state);
		fake_input_answer(rig.fake, FAKE_INPUT_DEVIDS, 0, ids, len);
		assert_int_equal(irig_init(&rig), 0);
		for (unsigned i = 0; i < 8; i++)
			assert_int_equal(got[i / 2] >> i % 2 * 8 & 0xff,
					 i < len ? ids[i] : 0);
		irig_close(&rig);
	}
}

static void an_answer_beyond_its_window_is_refused(void **state)
{
	static const uint8_t sizes[] = { 129, 130, 200, 255 };
	struct input_rig rig;

	for (size_t i = 0; i < sizeof(sizes); i++) {
		irig_new(&rig, *state);
		rig.fake->size_field = sizes[i];
		rig.fake->size_field_set = true;
		assert_int_equal(irig_init(&rig), LEV_ERR_PROTO);
		irig_assert_back(&rig);
		rig.fake->size_field_set = false;
		assert_int_equal(irig_init(&rig), 0);
		assert_string_equal(rig.input.name, "fake keyboard");
		irig_close(&rig);
	}
	/* All of it is not beyond it. */
	irig_new(&rig, *state);
	rig.fake->size_field = 128;
	rig.fake->size_field_set = true;
	assert_int_equal(irig_init(&rig), 0);
	irig_close(&rig);
}

static void event_bits_are_bounded(void **state)
{
	struct input_rig rig;
	uint8_t bits[200];

	irig_open(&rig, *state);
	for (size_t len = 0; len < sizeof(bits); len++) {
		memset(bits, 0xee, sizeof(bits));
		assert_int_equal(lev_input_event_bits(&rig.input, 1, bits, len),
				 16);
		for (size_t i = 0; i < sizeof(bits); i++) {
			uint8_t want = i < 16 ? 0xff : 0;

			want = i ? want : 0xfe;
			assert_int_equal(bits[i], i < len ? want : 0xee);
		}
	}
	assert_int_equal(lev_input_event_bits(&rig.input, 17, bits, 4), 1);
	assert_int_equal(bits[0], 7);
	for (unsigned type = 0; type < 256; type++) {
		if (type == 1 || type == 17 || type == 20)
			continue;
		memset(bits, 0xee, sizeof(bits));
		assert_int_equal(lev_input_event_bits(&rig.input, (uint8_t)type,
						      bits, 8),
				 0);
		assert_int_equal(bits[0] | bits[7], 0);
		assert_int_equal(bits[8], 0xee);
	}
	rig.fake->size_field = 129;
	rig.fake->size_field_set = true;
	assert_int_equal(lev_input_event_bits(&rig.input, 1, bits, 8),
			 LEV_ERR_PROTO);
	assert_int_equal(lev_input_fini(&rig.input), 0);
	assert_int_equal(lev_input_event_bits(&rig.input, 1, bits, 8),
			 LEV_ERR_STATE);
	irig_drop(&rig);
}

/* --- events --- */

static void events_come_in_order_as_they_are(void **state)
{
	static const struct fake_input_event events[] = {
		{ 2, 0, 5 },
		{ 2, 1, (uint32_t)-7 },
		{ 3, 0, 0x7fffffff },
		{ 3, 1, 0x80000000 },
		{ 4, 4, 0x70004 },
		{ 0x5555, 0xaaaa, 0x12345678 },
		{ 0xffff, 0xffff, UINT32_MAX },
		{ 17, 0, 1 },
		{ 0, 1, 2 },
		{ 1, 700, 1 },
	};
	const struct input_case *c = *state;
	struct input_rig rig;

	irig_open(&rig, c);
	irig_ready_for_loss(&rig);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		const struct fake_input_event *e = &events[i];
		struct lev_input_event *heard = rig.heard;

		rig.nheard = 0;
		fake_input_event(rig.fake, e->type, e->code, e->value);
		fake_input_event(rig.fake, 0, 0, 0);
		assert_int_equal(irig_poll(&rig), 2);
		assert_int_equal(heard[0].type, e->type);
		assert_int_equal(heard[0].code, e->code);
		assert_int_equal((uint32_t)heard[0].value, e->value);
		assert_int_equal(heard[1].type, 0);
		assert_int_equal(heard[1].code, 0);
		/* With two buffers each group looks like a loss. */
		assert_int_equal(rig.nheard, c->queue_size > 2 ? 2
					     : e->type == 1    ? 5
							       : 4);
	}
	irig_close(&rig);
}

/* As much as fits, at once and in order. */
static void a_burst_that_fits_is_not_lost(void **state)
{
	const struct input_case *c = *state;
	const unsigned buffers = c->queue_size < 64 ? c->queue_size : 64;
	/* So much may wait without a suspicion of loss. */
	const unsigned fits = buffers - buffers / 8 - 2;
	struct input_rig rig;

	irig_open(&rig, c);
	for (unsigned round = 0; round < 20; round++) {
		rig.nheard = 0;
		for (unsigned i = 0; i < fits; i++)
			fake_input_event(rig.fake, i + 1 < fits ? 2 : 0, 0,
					 i + 1 < fits ? i : 0);
		assert_int_equal(irig_poll(&rig), fits);
		assert_int_equal(rig.nheard, fits);
		for (unsigned i = 0; i + 1 < fits; i++)
			assert_int_equal(rig.heard[i].value, i);
	}
	assert_int_equal(rig.input.lost, 0);
	assert_int_equal(rig.fake->dropped, 0);
	irig_close(&rig);
}

/* Past the wrap of the ring's 16-bit index. */
static void buffers_go_back_again_and_again(void **state)
{
	const struct input_case *c = *state;
	struct input_rig rig;

	irig_open(&rig, c);
	irig_ready_for_loss(&rig);
	for (unsigned i = 0; i < 34000; i++) {
		rig.nheard = 0;
		fake_input_key(rig.fake, (uint16_t)(1 + i % 127), i % 2);
		assert_int_equal(irig_poll(&rig), 2);
	}
	assert_int_equal(rig.fake->sent, 68000);
	assert_int_equal(rig.fake->dropped, 0);
	irig_close(&rig);
}

static void a_short_event_is_none(void **state)
{
	struct input_rig rig;

	irig_open(&rig, *state);
	irig_ready_for_loss(&rig);
	rig.fake->used_len_set = true;
	for (uint32_t len = 0; len < 12; len++) {
		rig.fake->used_len = len;
		for (unsigned i = 0; i < 100; i++) {
			rig.nheard = 0;
			fake_input_event(rig.fake, 1, 30, 1);
			fake_input_event(rig.fake, 0, 0, 0);
			assert_int_equal(irig_poll(&rig), 2);
			if (len >= 8)
				assert_int_equal(rig.heard[0].code, 30);
			else
				assert_int_equal(irig_heard(&rig, 1, 30, 1), 0);
		}
	}
	rig.fake->used_len = UINT32_MAX;
	rig.nheard = 0;
	fake_input_key(rig.fake, 31, true);
	assert_int_equal(irig_poll(&rig), 2);
	assert_int_equal(irig_heard(&rig, 1, 31, 1), 1);
	irig_close(&rig);
}

/* --- keys --- */

static void held_keys_are_known(void **state)
{
	static const unsigned codes[] = { 0, 1, 31, 32, 127, 255, 767 };
	const struct input_case *c = *state;
	struct input_rig rig;

	irig_open(&rig, c);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		const uint16_t code = (uint16_t)codes[i];

		fake_input_event(rig.fake, 1, code, 1);
		fake_input_event(rig.fake, 0, 0, 0);
		assert_int_equal(irig_poll(&rig), 2);
		assert_true(lev_input_pressed(&rig.input, code));
		assert_int_equal(irig_held(&rig), 1);
		/* Repeated, it is still held; other types mean no keys. */
		fake_input_event(rig.fake, 1, code, 2);
		fake_input_event(rig.fake, 0, 0, 0);
		assert_int_equal(irig_poll(&rig), 2);
		fake_input_event(rig.fake, 3, code, 0);
		fake_input_event(rig.fake, 0, 0, 0);
		assert_int_equal(irig_poll(&rig), 2);
		assert_true(lev_input_pressed(&rig.input, code));
		fake_input_event(rig.fake, 1, code, 0);
		fake_input_event(rig.fake, 0, 0, 0);
		assert_int_equal(irig_poll(&rig), 2);
		assert_int_equal(irig_held(&rig), 0);
	}
	/* Codes that nobody has. */
	for (unsigned i = 0; i < 3; i++) {
		fake_input_event(rig.fake, 1, (uint16_t)(i ? 768 : UINT16_MAX),
				 1);
		fake_input_event(rig.fake, 0, 0, 0);
		assert_int_equal(irig_poll(&rig), 2);
		assert_int_equal(irig_held(&rig), 0);
	}
	assert_false(lev_input_pressed(&rig.input, 768));
	assert_false(lev_input_pressed(&rig.input, UINT32_MAX));
	irig_close(&rig);
}

/* Dropped, then the releases in order, then a report; nothing is held. */
static void assert_resync(const struct input_rig *rig, unsigned at,
			  const uint16_t *codes, unsigned count)
{
	const struct lev_input_event *e = &rig->heard[at];

	assert_int_equal(rig->nheard, at + count + 2);
	assert_int_equal(e[0].type, LEV_INPUT_EV_SYN);
	assert_int_equal(e[0].code, LEV_INPUT_SYN_DROPPED);
	assert_int_equal(e[0].value, 0);
	for (unsigned i = 1; i <= count; i++) {
		assert_int_equal(e[i].type, LEV_INPUT_EV_KEY);
		assert_int_equal(e[i].code, codes[i - 1]);
		assert_int_equal(e[i].value, 0);
	}
	assert_int_equal(e[count + 1].type, LEV_INPUT_EV_SYN);
	assert_int_equal(e[count + 1].code, LEV_INPUT_SYN_REPORT);
	assert_int_equal(irig_held(rig), 0);
}

static void more_events_than_buffers_release_all_keys(void **state)
{
	static const uint16_t held[] = { 3, 40 };
	const struct input_case *c = *state;
	const unsigned buffers = c->queue_size < 64 ? c->queue_size : 64;
	struct input_rig rig;

	irig_open(&rig, c);
	irig_ready_for_loss(&rig);
	fake_input_key(rig.fake, 40, true);
	assert_int_equal(irig_poll(&rig), 2);
	fake_input_key(rig.fake, 3, true);
	assert_int_equal(irig_poll(&rig), 2);
	assert_int_equal(irig_held(&rig), 2);
	rig.nheard = 0;
	for (unsigned i = 0; i < buffers; i++)
		fake_input_event(rig.fake, 0, 0, 0);
	fake_input_key(rig.fake, 40, false); /* nobody hears this */
	assert_int_equal(rig.fake->dropped, 1);
	assert_int_equal(irig_poll(&rig), buffers);
	assert_resync(&rig, buffers, held, 2);
	assert_int_equal(rig.input.lost, 1);
	/* And all is well. */
	rig.nheard = 0;
	fake_input_key(rig.fake, 3, false);
	assert_int_equal(irig_poll(&rig), 2);
	assert_int_equal(rig.nheard, 2);
	assert_int_equal(rig.input.lost, 1);
	irig_close(&rig);
}

/*
 * A group that does not fit any more is dropped whole, though a buffer is
 * left: such a key must not stay pressed either.
 */
static void a_group_that_does_not_fit_releases_all_keys(void **state)
{
	const struct input_case *c = *state;
	const unsigned buffers = c->queue_size < 64 ? c->queue_size : 64;
	const unsigned longest = 2 + buffers / 8;
	struct input_rig rig;

	for (unsigned group = 2; group <= longest; group++) {
		for (unsigned left = 0; left < group; left++) {
			irig_open(&rig, c);
			irig_ready_for_loss(&rig);
			fake_input_key(rig.fake, 40, true);
			assert_int_equal(irig_poll(&rig), 2);
			for (unsigned i = 0; i < buffers - left; i++)
				fake_input_event(rig.fake, 0, 0, 0);
			fake_input_event(rig.fake, 1, 40, 0);
			for (unsigned i = 2; i < group; i++)
				fake_input_event(rig.fake, 2, 0, 1);
			fake_input_event(rig.fake, 0, 0, 0);
			assert_int_equal(rig.fake->dropped, 1);
			assert_int_equal(irig_poll(&rig), buffers - left);
			assert_int_equal(irig_held(&rig), 0);
			assert_int_equal(rig.input.lost, 1);
			irig_close(&rig);
		}
	}
}

/* What the driver believes after each poll is what the device has. */
static void keys_are_right_or_released(void **state)
{
	const struct input_case *c = *state;
	const unsigned buffers = c->queue_size < 64 ? c->queue_size : 64;
	uint32_t random = 12345;
	unsigned losses = 0;
	struct input_rig rig;

	irig_open(&rig, c);
	irig_ready_for_loss(&rig);
	for (unsigned round = 0; round < 500; round++) {
		static bool down[128];
		const unsigned keys = irig_random(&random) % buffers + 1;
		const unsigned dropped = rig.fake->dropped;
		const uint32_t lost = rig.input.lost;

		memset(down, 0, round ? 0 : sizeof(down));
		for (unsigned i = 0; i < keys; i++) {
			const uint16_t code =
				(uint16_t)(irig_random(&random) % 127 + 1);

			down[code] = !down[code];
			fake_input_key(rig.fake, code, down[code]);
		}
		rig.nheard = 0;
		irig_drain(&rig);
		losses += rig.fake->dropped != dropped;
		if (rig.fake->dropped != dropped)
			assert_int_not_equal(rig.input.lost, lost);
		for (unsigned i = 1; i < 128; i++) {
			/* After a resync: held only as far as is known. */
			if (lev_input_pressed(&rig.input, i))
				assert_true(down[i]);
			if (rig.input.lost == 0)
				assert_int_equal(
					lev_input_pressed(&rig.input, i),
					down[i]);
		}
	}
	assert_true(losses > 50);
	irig_close(&rig);
}

/* --- sleeping --- */

static void a_sleeper_is_woken(void **state)
{
	struct input_rig rig;

	irig_open(&rig, *state);
	irig_ready_for_loss(&rig);
	rig.watch_irq = true;
	for (unsigned i = 0; i < 500; i++) {
		irig_drain(&rig); /* poll until it returns 0: then sleep */
		(void)lev_device_isr(&rig.input.dev);
		irig_drain(&rig);
		rig.irqs = 0;
		fake_input_key(rig.fake, 30, i % 2);
		assert_int_equal(rig.irqs, 1);
		assert_true(lev_device_isr(&rig.input.dev) &
			    LEV_INTERRUPT_USED);
		rig.nheard = 0;
		assert_int_equal(irig_poll(&rig), 2);
	}
	irig_close(&rig);
}

static void polling_needs_no_interrupts(void **state)
{
	struct input_rig rig;

	irig_open(&rig, *state);
	irig_ready_for_loss(&rig);
	rig.fake->dev.faults.lost_irqs = true;
	for (unsigned i = 0; i < 100; i++) {
		fake_input_key(rig.fake, 30, i % 2);
		rig.nheard = 0;
		assert_int_equal(irig_poll(&rig), 2);
		assert_int_equal(irig_poll(&rig), 0);
	}
	irig_close(&rig);
}

/* --- inside the callback --- */

static int inside[4];

static void meddle(struct lev_input *input, const struct lev_input_event *ev)
{
	if (ev->code != 99)
		return;
	inside[0] = lev_input_poll(input);
	inside[1] = lev_input_restart(input);
	inside[2] = lev_input_fini(input);
	inside[3] = lev_device_reset(&input->dev);
}

static void the_callback_cannot_pull_the_rug(void **state)
{
	struct input_rig rig;

	irig_open(&rig, *state);
	irig_ready_for_loss(&rig);
	rig.input.cfg.event = meddle;
	memset(inside, 0, sizeof(inside));
	fake_input_event(rig.fake, 2, 99, 0);
	fake_input_event(rig.fake, 0, 0, 0);
	assert_int_equal(lev_input_poll(&rig.input), 2);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(inside[i], LEV_ERR_STATE);
	rig.input.cfg.event = rig.cfg.event;
	rig.nheard = 0;
	fake_input_key(rig.fake, 30, true);
	assert_int_equal(irig_poll(&rig), 2);
	irig_close(&rig);
}

int main(void)
{
#define TEST(name)                                                             \
	{                                                                      \
#name, name, NULL                                              \
	}
#define TEST_IF(name, applies)                                                 \
	{                                                                      \
#name, name, applies                                           \
	}
	static const struct input_test tests[] = {
		TEST(init_reads_name_and_ids),
		TEST(a_name_is_made_printable),
		TEST(ids_may_be_missing),
		TEST(an_answer_beyond_its_window_is_refused),
		TEST(event_bits_are_bounded),
		TEST(events_come_in_order_as_they_are),
		TEST_IF(a_burst_that_fits_is_not_lost, eight_or_more),
		TEST_IF(buffers_go_back_again_and_again, eight),
		TEST(a_short_event_is_none),
		TEST_IF(held_keys_are_known, four_or_more),
		TEST_IF(more_events_than_buffers_release_all_keys,
			four_or_more),
		TEST_IF(a_group_that_does_not_fit_releases_all_keys,
			four_or_more),
		TEST(keys_are_right_or_released),
		TEST(a_sleeper_is_woken),
		TEST(polling_needs_no_interrupts),
		TEST(the_callback_cannot_pull_the_rug),
		{ NULL, NULL, NULL },
	};

	return irig_run_matrix(tests);
}
