/* SPDX-License-Identifier: MIT */
/*
 * drivers/gpu_cmd.c: every command of initialisation meets every wrong answer,
 * and none at all. Each time the reason is right, all memory is back, and the
 * next initialisation, with a device that behaves, brings the picture.
 */
#include "gpu_rig.h"

#include <inttypes.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Initialisation, command by command, and how long good answers are. */
static const struct step {
	uint32_t command;
	const char *name;
	uint32_t answer, answer_len;
} steps[] = {
	{ FAKE_GPU_GET_DISPLAY_INFO,
	  "GET_DISPLAY_INFO: ", FAKE_GPU_OK_DISPLAY_INFO, 408 },
	{ FAKE_GPU_GET_EDID, "GET_EDID: ", FAKE_GPU_OK_EDID, 1056 },
	{ FAKE_GPU_RESOURCE_CREATE_2D,
	  "RESOURCE_CREATE_2D: ", FAKE_GPU_OK_NODATA, 24 },
	{ FAKE_GPU_ATTACH_BACKING,
	  "RESOURCE_ATTACH_BACKING: ", FAKE_GPU_OK_NODATA, 24 },
	{ FAKE_GPU_SET_SCANOUT, "SET_SCANOUT: ", FAKE_GPU_OK_NODATA, 24 },
	{ FAKE_GPU_TRANSFER_TO_HOST_2D,
	  "TRANSFER_TO_HOST_2D: ", FAKE_GPU_OK_NODATA, 24 },
	{ FAKE_GPU_RESOURCE_FLUSH, "RESOURCE_FLUSH: ", FAKE_GPU_OK_NODATA, 24 },
};

/* A device that behaves again brings the picture; all memory goes back. */
static void assert_works(struct gpu_rig *rig)
{
	rig_assert_back(rig);
	assert_int_equal(rig_init(rig), 0);
	rig_assert_colour(rig, 0);
	rig_paint(rig, 1);
	rig_show(rig);
	rig_assert_screen(rig);
	rig_close(rig);
}

/* Command i meets a fault; the driver's verdict is err. */
static void meets(const struct gpu_case *c, unsigned i,
		  enum fake_gpu_fault_kind what, uint64_t arg, int err)
{
	struct gpu_rig rig;
	int got;

	rig_new(&rig, c);
	rig.port->relax_step = 1000000;
	fake_gpu_fault(rig.fake, 0, i + 1, what, arg);
	got = rig_init(&rig);
	if (got != err)
		print_error("%s fault %d, 0x%" PRIx64 "\n", steps[i].name, what,
			    arg);
	assert_int_equal(got, err);
	if (!err) {
		rig_assert_colour(&rig, 0);
		rig_close(&rig);
		return;
	}
	assert_int_equal(rig.nseen, i < 5 ? i + 1 : 7);
	assert_int_equal(rig.gpu.error.command, steps[i].command);
	assert_true(fake_log_has(rig.port, steps[i].name));
	assert_works(&rig);
}

/* --- wrong answers --- */

static void a_type_that_is_no_answer(void **state)
{
	static const uint32_t types[] = {
		0,	1,	0x100,	    0x10ff,	0x1102,	    0x1103,
		0x1105, 0x11ff, 0x1206,	    0x12ff,	0x1300,	    0x2200,
		0x1101, 0x1104, 0x1100,	    0x11000000, 0x80001100, 0x00011100,
		0x1,	0xff,	0x7fffffff, UINT32_MAX,
	};

	for (unsigned i = 0; i < COUNT(steps); i++)
		for (size_t k = 0; k < COUNT(types); k++)
			if (types[k] != steps[i].answer)
				meets(*state, i, FAKE_GPU_ANSWER_TYPE, types[k],
				      LEV_ERR_PROTO);
}

/* The device says no. It may do so about its EDID: that is not needed. */
static void an_error_is_named(void **state)
{
	static const struct {
		uint32_t type;
		const char *name;
	} errors[] = {
		{ 0x1200, "ERR_UNSPEC" },
		{ 0x1201, "ERR_OUT_OF_MEMORY" },
		{ 0x1202, "ERR_INVALID_SCANOUT_ID" },
		{ 0x1203, "ERR_INVALID_RESOURCE_ID" },
		{ 0x1204, "ERR_INVALID_CONTEXT_ID" },
		{ 0x1205, "ERR_INVALID_PARAMETER" },
	};

	for (unsigned i = 0; i < COUNT(steps); i++) {
		for (size_t k = 0; k < COUNT(errors); k++) {
			const bool edid = steps[i].command == FAKE_GPU_GET_EDID;
			struct gpu_rig rig;

			rig_new(&rig, *state);
			fake_gpu_fault(rig.fake, 0, i + 1, FAKE_GPU_ANSWER_TYPE,
				       errors[k].type);
			assert_int_equal(rig_init(&rig), edid ? 0 : LEV_ERR_IO);
			assert_int_equal(rig.gpu.error.command,
					 steps[i].command);
			assert_int_equal(rig.gpu.error.response,
					 errors[k].type);
			assert_true(fake_log_has(rig.port, steps[i].name));
			assert_true(fake_log_has(rig.port, errors[k].name));
			if (edid)
				assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
			assert_works(&rig);
		}
	}
}

static void an_answer_too_short(void **state)
{
	for (unsigned i = 0; i < COUNT(steps); i++) {
		const uint32_t full = steps[i].answer_len;
		const uint32_t lens[] = { 0, 1, 4, 8, 23, full / 2, full - 1 };

		for (size_t k = 0; k < COUNT(lens); k++)
			meets(*state, i, FAKE_GPU_SHORT, lens[k],
			      lens[k] < full ? LEV_ERR_PROTO : 0);
	}
}

/* All is written, and the length is a lie. */
static void a_length_too_short(void **state)
{
	for (unsigned i = 0; i < COUNT(steps); i++) {
		const uint32_t full = steps[i].answer_len;

		meets(*state, i, FAKE_GPU_LEN, 0, LEV_ERR_PROTO);
		meets(*state, i, FAKE_GPU_LEN, 23, LEV_ERR_PROTO);
		meets(*state, i, FAKE_GPU_LEN, full - 1, LEV_ERR_PROTO);
	}
}

/* Too short to be an error, too. */
static void a_short_error_is_no_error(void **state)
{
	for (unsigned i = 0; i < COUNT(steps); i++) {
		struct gpu_rig rig;

		rig_new(&rig, *state);
		fake_gpu_fault(rig.fake, 0, i + 1, FAKE_GPU_ANSWER_TYPE,
			       FAKE_GPU_ERR_UNSPEC);
		fake_queue_fault(&rig.fake->dev.queues[0], FAKE_USED_LEN, i + 1,
				 23);
		assert_int_equal(rig_init(&rig), LEV_ERR_PROTO);
		assert_works(&rig);
	}
}

/* Real devices claim too much; what was lent is what counts. */
static void a_length_too_long_is_clamped(void **state)
{
	for (unsigned i = 0; i < COUNT(steps); i++) {
		const uint32_t full = steps[i].answer_len;

		meets(*state, i, FAKE_GPU_LEN, full, 0);
		meets(*state, i, FAKE_GPU_LEN, full + 1, 0);
		meets(*state, i, FAKE_GPU_LEN, UINT32_MAX, 0);
	}
}

static void a_fence_of_another_command(void **state)
{
	for (unsigned i = 0; i < COUNT(steps); i++) {
		/* Fences count from 1: i + 1 is right. */
		const uint64_t fences[] = {
			0,
			i,
			i + 2,
			UINT64_MAX,
			(uint64_t)1 << 32 | (i + 1),
			(uint64_t)(i + 1) << 32,
		};

		meets(*state, i, FAKE_GPU_FENCE_ID, i + 1, 0);
		for (size_t k = 0; k < COUNT(fences); k++)
			meets(*state, i, FAKE_GPU_FENCE_ID, fences[k],
			      LEV_ERR_PROTO);
		meets(*state, i, FAKE_GPU_NO_FENCE, 0, LEV_ERR_PROTO);
	}
}

/* --- no answer --- */

/* Init gave up after a second, and not much later. */
static void assert_gave_up(struct gpu_rig *rig, uint64_t start)
{
	const uint64_t spent = rig->port->clock - start;

	assert_true(spent >= LEV_GPU_INIT_TIMEOUT);
	assert_true(spent < LEV_GPU_INIT_TIMEOUT + 5000000);
	assert_int_equal(rig->fake->dev.status, 0);
	assert_int_equal(rig->gpu.error.response, 0);
}

static void silence_is_not_waited_for_long(void **state)
{
	static const enum fake_gpu_fault_kind kinds[] = { FAKE_GPU_NO_ANSWER,
							  FAKE_GPU_DEAD };

	for (unsigned i = 0; i < COUNT(steps); i++) {
		for (size_t k = 0; k < COUNT(kinds); k++) {
			struct gpu_rig rig;
			uint64_t start;

			rig_new(&rig, *state);
			rig.port->relax_step = 1000000;
			fake_gpu_fault(rig.fake, 0, i + 1, kinds[k], 0);
			start = rig.port->clock;
			assert_int_equal(rig_init(&rig), LEV_ERR_TIMEDOUT);
			assert_gave_up(&rig, start);
			assert_works(&rig);
		}
	}
}

static void a_silent_device_times_out(void **state)
{
	struct gpu_rig rig;
	uint64_t start;

	rig_new(&rig, *state);
	rig.port->relax_step = 1000000;
	rig.fake->dev.faults.silent = true;
	start = rig.port->clock;
	assert_int_equal(rig_init(&rig), LEV_ERR_TIMEDOUT);
	assert_gave_up(&rig, start);
	rig.fake->dev.faults.silent = false;
	assert_works(&rig);
}

/* One deadline for all commands together, not one for each. */
static void slowness_adds_up(void **state)
{
	struct gpu_rig rig;
	uint64_t start;

	rig_new(&rig, *state);
	rig.port->relax_step = 1000000;
	rig.fake->dev.mode = FAKE_DELAYED;
	rig.fake->dev.delay_ns = 300000000; /* six turns: 1.8 s */
	start = rig.port->clock;
	assert_int_equal(rig_init(&rig), LEV_ERR_TIMEDOUT);
	assert_gave_up(&rig, start);
	rig.fake->dev.delay_ns = 100000000;
	rig_assert_back(&rig);
	assert_int_equal(rig_init(&rig), 0);
	rig_assert_colour(&rig, 0);
	rig_close(&rig);
}

static void the_caller_may_set_the_deadline(void **state)
{
	struct gpu_rig rig;
	uint64_t start;

	rig_new(&rig, *state);
	rig.port->relax_step = 1000000;
	rig.cfg.init_timeout = 50000000;
	fake_gpu_fault(rig.fake, 0, 3, FAKE_GPU_NO_ANSWER, 0);
	start = rig.port->clock;
	assert_int_equal(rig_init(&rig), LEV_ERR_TIMEDOUT);
	assert_true(rig.port->clock - start >= 50000000);
	assert_true(rig.port->clock - start < 55000000);
	rig_assert_back(&rig);
	/* Forever is as long as it takes. */
	rig.cfg.init_timeout = UINT64_MAX;
	fake_gpu_fault(rig.fake, 0, 3, FAKE_GPU_LATE, 5000000);
	assert_int_equal(rig_init(&rig), 0);
	rig_close(&rig);
}

/* Late, but in time. */
static void patience_is_rewarded(void **state)
{
	for (unsigned i = 0; i < COUNT(steps); i++)
		meets(*state, i, FAKE_GPU_LATE, 500000, 0);
}

/* The answer that comes after the end finds nobody; the next one is right. */
static void a_late_answer_answers_nothing(void **state)
{
	for (unsigned i = 0; i < COUNT(steps); i++) {
		struct gpu_rig rig;

		rig_new(&rig, *state);
		rig.port->relax_step = 1000000;
		fake_gpu_fault(rig.fake, 0, i + 1, FAKE_GPU_LATE, 1200000);
		assert_int_equal(rig_init(&rig), LEV_ERR_TIMEDOUT);
		rig_assert_back(&rig);
		/* It becomes due while this one waits for its own. */
		fake_gpu_fault(rig.fake, 0, i + 1, FAKE_GPU_LATE, 600000);
		assert_int_equal(rig_init(&rig), 0);
		fake_advance(rig.port, 3000000000);
		assert_int_equal(lev_gpu_poll(&rig.gpu), 0);
		assert_int_equal(rig.gpu.control.violations[LEV_VIOLATION_LEN],
				 0);
		rig_assert_colour(&rig, 0);
		rig_paint(&rig, 1);
		rig_show(&rig);
		rig_assert_screen(&rig);
		rig_close(&rig);
	}
}

/* --- the ring breaks under a command --- */

static void a_broken_ring_is_an_error(void **state)
{
	static const struct {
		enum fake_ring_fault what;
		uint32_t arg;
	} faults[] = {
		{ FAKE_USED_ID, 63 },	      { FAKE_USED_ID, 64 },
		{ FAKE_USED_ID, UINT32_MAX }, { FAKE_USED_ID, 0x10000 },
		{ FAKE_USED_JUMP, 1 },	      { FAKE_USED_JUMP, 0x8000 },
	};

	for (unsigned i = 0; i < COUNT(steps); i++) {
		for (size_t k = 0; k < COUNT(faults); k++) {
			struct gpu_rig rig;

			rig_new(&rig, *state);
			fake_queue_fault(&rig.fake->dev.queues[0],
					 faults[k].what, i + 1, faults[k].arg);
			assert_int_equal(rig_init(&rig), LEV_ERR_PROTO);
			assert_works(&rig);
		}
	}
}

/* What breaks a split ring; packed ones have tests of their own. */
static bool is_split(const struct gpu_case *c)
{
	return !(c->offers & OFFERS_PACKED);
}

int main(void)
{
#define TEST(name)                                                             \
	{                                                                      \
#name, name, NULL                                              \
	}
#define TEST_SPLIT(name)                                                       \
	{                                                                      \
#name, name, is_split                                          \
	}
	static const struct gpu_test tests[] = {
		TEST(a_type_that_is_no_answer),
		TEST(an_error_is_named),
		TEST(an_answer_too_short),
		TEST(a_length_too_short),
		TEST(a_short_error_is_no_error),
		TEST(a_length_too_long_is_clamped),
		TEST(a_fence_of_another_command),
		TEST(silence_is_not_waited_for_long),
		TEST(a_silent_device_times_out),
		TEST(slowness_adds_up),
		TEST(the_caller_may_set_the_deadline),
		TEST(patience_is_rewarded),
		TEST(a_late_answer_answers_nothing),
		TEST_SPLIT(a_broken_ring_is_an_error),
		{ NULL, NULL, NULL },
	};

	return rig_run_versions(tests);
}
