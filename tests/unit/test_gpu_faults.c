/* SPDX-License-Identifier: MIT */
/*
 * The GPU driver with a device that falls silent in a frame, answers what was
 * not asked, breaks its ring or asks for a reset: what is reported, and that
 * the picture comes back.
 */
#include "gpu_rig.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* --- silence in a frame --- */

static void assert_quiet(struct gpu_rig *rig)
{
	assert_int_equal(rig->fake->dev.status, 0);
	assert_int_equal(lev_gpu_poll(&rig->gpu), LEV_ERR_STATE);
	assert_int_equal(lev_gpu_wait(&rig->gpu), LEV_ERR_STATE);
	assert_int_equal(lev_gpu_frame(&rig->gpu), LEV_ERR_STATE);
}

/* Command nth of a frame is not answered, or long after the deadline. */
static void silent_frame(const struct gpu_case *c, unsigned nth,
			 enum fake_gpu_fault_kind what, bool poll)
{
	struct gpu_rig rig;
	uint64_t start;

	rig_open_patient(&rig, c);
	fake_gpu_fault(rig.fake, 0, nth, what, 1500000);
	start = rig.port->clock;
	rig_send_spot(&rig);
	if (poll) {
		assert_int_equal(lev_gpu_poll(&rig.gpu), 1);
		fake_advance(rig.port, LEV_GPU_FRAME_TIMEOUT / 2);
		assert_int_equal(lev_gpu_poll(&rig.gpu), 1);
		assert_int_equal(lev_gpu_frame(&rig.gpu), LEV_ERR_AGAIN);
		fake_advance(rig.port, LEV_GPU_FRAME_TIMEOUT / 2);
		assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_TIMEDOUT);
	} else {
		assert_int_equal(lev_gpu_wait(&rig.gpu), LEV_ERR_TIMEDOUT);
	}
	assert_true(rig.port->clock - start >= LEV_GPU_FRAME_TIMEOUT);
	assert_true(rig.port->clock - start < LEV_GPU_FRAME_TIMEOUT + 5000000);
	assert_quiet(&rig);
	assert_int_equal(rig.gpu.error.command, 0); /* none was answered */
	fake_advance(rig.port, 3000000000);
	rig_assert_restarts(&rig);
	rig_close(&rig);
}

static void a_frame_without_an_answer_times_out(void **state)
{
	static const enum fake_gpu_fault_kind kinds[] = { FAKE_GPU_NO_ANSWER,
							  FAKE_GPU_DEAD,
							  FAKE_GPU_LATE };

	for (unsigned nth = 1; nth <= 2; nth++) {
		for (size_t k = 0; k < COUNT(kinds); k++) {
			silent_frame(*state, nth, kinds[k], true);
			silent_frame(*state, nth, kinds[k], false);
		}
	}
}

static void the_caller_may_set_the_frame_deadline(void **state)
{
	struct gpu_rig rig;

	rig_new(&rig, *state);
	rig.cfg.frame_timeout = 20000000;
	assert_int_equal(rig_init(&rig), 0);
	fake_gpu_fault(rig.fake, 0, 1, FAKE_GPU_NO_ANSWER, 0);
	rig_send_spot(&rig);
	fake_advance(rig.port, 19000000);
	assert_int_equal(lev_gpu_poll(&rig.gpu), 1);
	fake_advance(rig.port, 1000000);
	assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_TIMEDOUT);
	rig_assert_restarts(&rig);
	rig_close(&rig);
}

/* Damage while the device is down is part of the picture that comes back. */
static void damage_while_down_is_not_lost(void **state)
{
	struct gpu_rig rig;

	rig_open_patient(&rig, *state);
	fake_gpu_fault(rig.fake, 0, 1, FAKE_GPU_NO_ANSWER, 0);
	rig_send_spot(&rig);
	assert_int_equal(lev_gpu_wait(&rig.gpu), LEV_ERR_TIMEDOUT);
	rig_paint(&rig, 77);
	lev_gpu_damage(&rig.gpu, &rig_spot);
	assert_int_equal(lev_gpu_restart(&rig.gpu), 0);
	rig_assert_screen(&rig);
	assert_int_equal(lev_gpu_frame(&rig.gpu), 0);
	rig_close(&rig);
}

/* --- answers that are not this command's --- */

static void put32(uint8_t *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++, v >>= 8)
		p[i] = (uint8_t)v;
}

/* What an older command's answer would look like: right but for its fence. */
static void an_answer_to_an_older_command(void **state)
{
	uint8_t answer[24] = { 0 };
	struct fake_chain *chain;
	struct gpu_rig rig;

	rig_open_patient(&rig, *state);
	rig.fake->dev.mode = FAKE_MANUAL;
	rig_send_spot(&rig);
	chain = fake_queue_pop(&rig.fake->dev.queues[0]);
	assert_non_null(chain);
	put32(answer, FAKE_GPU_OK_NODATA);
	put32(answer + 4, 1);
	put32(answer + 8, (uint32_t)rig.gpu.fence - 2);
	fake_chain_write(chain, 0, answer, sizeof(answer));
	fake_queue_push(chain, sizeof(answer));
	assert_int_equal(lev_gpu_poll(&rig.gpu), 1);
	chain = fake_queue_pop(&rig.fake->dev.queues[0]);
	put32(answer + 8, (uint32_t)rig.gpu.fence);
	fake_chain_write(chain, 0, answer, sizeof(answer));
	fake_queue_push(chain, sizeof(answer));
	assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_PROTO);
	assert_int_equal(rig.gpu.error.command, FAKE_GPU_TRANSFER_TO_HOST_2D);
	rig.fake->dev.mode = FAKE_ON_KICK;
	rig_assert_restarts(&rig);
	rig_close(&rig);
}

/*
 * A device that goes on over a reset: it returns the descriptor that it had
 * before. Nobody wrote an answer to the command that has it now.
 */
static void an_answer_from_before_the_reset(void **state)
{
	struct fake_queue *queue;
	struct gpu_rig rig;
	uint16_t heads[2];

	rig_open_patient(&rig, *state);
	queue = &rig.fake->dev.queues[0];
	rig.fake->dev.mode = FAKE_MANUAL;
	rig_send_spot(&rig);
	heads[0] = fake_queue_pop(queue)->head;
	heads[1] = fake_queue_pop(queue)->head;
	assert_int_equal(lev_gpu_wait(&rig.gpu), LEV_ERR_TIMEDOUT);
	rig.fake->dev.mode = FAKE_ON_KICK;
	rig_assert_restarts(&rig);
	rig.fake->dev.mode = FAKE_MANUAL;
	rig_send_spot(&rig);
	fake_queue_push_raw(queue, heads[0], 24);
	fake_queue_push_raw(queue, heads[1], 24);
	assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_PROTO);
	rig.fake->dev.mode = FAKE_ON_KICK;
	rig_assert_restarts(&rig);
	rig_close(&rig);
}

/* --- a frame that fails --- */

static void a_failed_frame_is_reported_once(void **state)
{
	static const struct {
		enum fake_gpu_fault_kind what;
		uint32_t arg;
		int err;
		uint32_t response;
	} faults[] = {
		{ FAKE_GPU_ANSWER_TYPE, 0x1200, LEV_ERR_IO, 0x1200 },
		{ FAKE_GPU_ANSWER_TYPE, 0x1203, LEV_ERR_IO, 0x1203 },
		{ FAKE_GPU_ANSWER_TYPE, 0x1205, LEV_ERR_IO, 0x1205 },
		{ FAKE_GPU_ANSWER_TYPE, 0, LEV_ERR_PROTO, 0 },
		{ FAKE_GPU_ANSWER_TYPE, 0x1206, LEV_ERR_PROTO, 0x1206 },
		{ FAKE_GPU_SHORT, 23, LEV_ERR_PROTO, 0x1100 },
		{ FAKE_GPU_SHORT, 0, LEV_ERR_PROTO, 0 },
		{ FAKE_GPU_LEN, 3, LEV_ERR_PROTO, 0x1100 },
		{ FAKE_GPU_NO_FENCE, 0, LEV_ERR_PROTO, 0x1100 },
		{ FAKE_GPU_FENCE_ID, 1, LEV_ERR_PROTO, 0x1100 },
	};

	for (size_t k = 0; k < COUNT(faults); k++) {
		for (unsigned nth = 1; nth <= 2; nth++) {
			struct gpu_rig rig;

			rig_open_patient(&rig, *state);
			fake_gpu_fault(rig.fake, 0, nth, faults[k].what,
				       faults[k].arg);
			rig_send_spot(&rig);
			assert_int_equal(nth == 1 ? lev_gpu_poll(&rig.gpu)
						  : lev_gpu_wait(&rig.gpu),
					 faults[k].err);
			assert_int_equal(rig.gpu.error.command,
					 nth == 1 ? FAKE_GPU_TRANSFER_TO_HOST_2D
						  : FAKE_GPU_RESOURCE_FLUSH);
			assert_int_equal(rig.gpu.error.response,
					 faults[k].response);
			assert_int_equal(lev_gpu_poll(&rig.gpu), 0);
			rig_paint(&rig, 5);
			rig_show(&rig);
			rig_assert_screen(&rig);
			rig_assert_restarts(&rig);
			rig_close(&rig);
		}
	}
}

/* The first of several errors is what counts, and all commands come back. */
static void the_first_error_of_a_frame_counts(void **state)
{
	const struct lev_gpu_rect other = { 40, 30, 3, 3 };
	struct gpu_rig rig;

	rig_open_patient(&rig, *state);
	fake_gpu_fault(rig.fake, 0, 2, FAKE_GPU_ANSWER_TYPE, 0x1204);
	fake_gpu_fault(rig.fake, 0, 3, FAKE_GPU_ANSWER_TYPE, 0);
	lev_gpu_damage(&rig.gpu, &other);
	rig_send_spot(&rig);
	assert_int_equal(lev_gpu_wait(&rig.gpu), LEV_ERR_IO);
	assert_int_equal(lev_gpu_wait(&rig.gpu), 0);
	rig_show(&rig);
	rig_assert_screen(&rig);
	rig_close(&rig);
}

/* --- the ring breaks --- */

static void a_ring_that_breaks_in_a_frame(void **state)
{
	static const struct {
		enum fake_ring_fault what;
		uint32_t arg;
	} faults[] = {
		{ FAKE_USED_ID, 63 },
		{ FAKE_USED_ID, UINT32_MAX },
		{ FAKE_USED_JUMP, 1 },
		{ FAKE_USED_JUMP, 0x8000 },
	};

	for (size_t k = 0; k < COUNT(faults); k++) {
		for (unsigned nth = 1; nth <= 2; nth++) {
			struct gpu_rig rig;

			rig_open_patient(&rig, *state);
			fake_queue_fault(&rig.fake->dev.queues[0],
					 faults[k].what, nth, faults[k].arg);
			rig_send_spot(&rig);
			assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_PROTO);
			assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_PROTO);
			assert_int_equal(lev_gpu_wait(&rig.gpu), LEV_ERR_PROTO);
			assert_int_equal(lev_gpu_frame(&rig.gpu),
					 LEV_ERR_PROTO);
			rig_assert_restarts(&rig);
			rig_close(&rig);
		}
	}
}

/* What the device writes over descriptors is not read back. */
static void a_device_that_scribbles_is_reset(void **state)
{
	struct gpu_rig rig;

	rig_open_patient(&rig, *state);
	fake_queue_fault(&rig.fake->dev.queues[0], FAKE_SCRIBBLE, 1, 0);
	rig_send_spot(&rig);
	assert_int_equal(lev_gpu_wait(&rig.gpu), LEV_ERR_TIMEDOUT);
	rig_assert_restarts(&rig);
	rig_close(&rig);
}

/* --- a device that asks for a reset --- */

static void needs_reset_at_any_doorbell_of_init(void **state)
{
	for (unsigned kick = 1; kick <= 6; kick++) {
		struct gpu_rig rig;

		rig_new(&rig, *state);
		rig.fake->dev.faults.needs_reset_at_kick = kick;
		assert_int_equal(rig_init(&rig), LEV_ERR_IO);
		rig_assert_back(&rig);
		assert_int_equal(rig.fake->dev.status, 0);
		assert_int_equal(rig_init(&rig), 0);
		rig_assert_colour(&rig, 0);
		rig_close(&rig);
	}
}

static void needs_reset_in_a_frame(void **state)
{
	struct gpu_rig rig;

	rig_open_patient(&rig, *state);
	rig.fake->dev.faults.needs_reset_at_kick = 1;
	rig_send_spot(&rig);
	assert_int_equal(lev_gpu_wait(&rig.gpu), LEV_ERR_IO);
	assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_IO);
	rig_assert_restarts(&rig);
	/* By interrupt. */
	rig.fake->dev.faults.needs_reset_at_kick = 1;
	rig_send_spot(&rig);
	assert_true(lev_device_isr(&rig.gpu.dev) & LEV_INTERRUPT_CONFIG);
	assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_IO);
	assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_IO);
	rig_assert_restarts(&rig);
	/* While nothing is to do. */
	fake_needs_reset(&rig.fake->dev);
	assert_true(lev_device_isr(&rig.gpu.dev) & LEV_INTERRUPT_CONFIG);
	assert_int_equal(lev_gpu_poll(&rig.gpu), LEV_ERR_IO);
	rig_assert_restarts(&rig);
	rig_close(&rig);
}

/* What is in flight when the device gives up is not touched before a reset. */
static void at_reset(struct fake_dev *dev, uint32_t reg, bool write,
		     uint32_t value)
{
	struct gpu_rig *rig = dev->arg;
	const uint8_t *request = rig->gpu.mem;

	if (reg != FAKE_REG_STATUS || !write || value != 0 || !request)
		return;
	if (lev_request_pending(&rig->gpu.cmds[0].req))
		assert_int_equal(request[0] | request[1] << 8,
				 rig->gpu.cmds[0].command);
	if (dev->status & FAKE_NEEDS_RESET)
		assert_int_equal(rig->gpu.cmds[0].command,
				 (uintptr_t)rig->port->on_relax_arg);
}

static void needs_reset_in_fini(void **state)
{
	static const uintptr_t commands[] = { FAKE_GPU_SET_SCANOUT,
					      FAKE_GPU_DETACH_BACKING,
					      FAKE_GPU_RESOURCE_UNREF };

	for (unsigned kick = 1; kick <= 3; kick++) {
		struct gpu_rig rig;

		rig_open_patient(&rig, *state);
		rig.port->on_relax_arg = (void *)commands[kick - 1];
		rig.fake->dev.on_access = at_reset;
		rig.fake->dev.faults.needs_reset_at_kick = kick;
		assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
		assert_int_equal(rig.fake->live_resources, 0);
		rig_drop(&rig);
	}
}

static void needs_reset_in_the_last_frame(void **state)
{
	struct gpu_rig rig;

	rig_open_patient(&rig, *state);
	rig.fake->dev.faults.needs_reset_at_kick = 1;
	rig_send_spot(&rig);
	rig.port->on_relax_arg =
		(void *)(uintptr_t)FAKE_GPU_TRANSFER_TO_HOST_2D;
	rig.fake->dev.on_access = at_reset;
	assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
	rig_drop(&rig);
}

static void an_answer_missing_in_fini(void **state)
{
	static const struct {
		enum fake_gpu_fault_kind what;
		uint32_t arg;
	} faults[] = {
		{ FAKE_GPU_NO_ANSWER, 0 },   { FAKE_GPU_DEAD, 0 },
		{ FAKE_GPU_ANSWER_TYPE, 0 }, { FAKE_GPU_ANSWER_TYPE, 0x1203 },
		{ FAKE_GPU_SHORT, 4 },	     { FAKE_GPU_NO_FENCE, 0 },
	};

	for (unsigned nth = 1; nth <= 3; nth++) {
		for (size_t k = 0; k < COUNT(faults); k++) {
			struct gpu_rig rig;
			uint64_t start;

			rig_open_patient(&rig, *state);
			fake_gpu_fault(rig.fake, 0, nth, faults[k].what,
				       faults[k].arg);
			start = rig.port->clock;
			assert_int_equal(lev_gpu_fini(&rig.gpu), 0);
			assert_true(rig.port->clock - start < 1010000000);
			assert_int_equal(rig.fake->live_resources, 0);
			rig_drop(&rig);
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
		TEST(a_frame_without_an_answer_times_out),
		TEST(the_caller_may_set_the_frame_deadline),
		TEST(damage_while_down_is_not_lost),
		TEST(an_answer_to_an_older_command),
		TEST_SPLIT(an_answer_from_before_the_reset),
		TEST(a_failed_frame_is_reported_once),
		TEST(the_first_error_of_a_frame_counts),
		TEST_SPLIT(a_ring_that_breaks_in_a_frame),
		TEST_SPLIT(a_device_that_scribbles_is_reset),
		TEST(needs_reset_at_any_doorbell_of_init),
		TEST(needs_reset_in_a_frame),
		TEST(needs_reset_in_fini),
		TEST(needs_reset_in_the_last_frame),
		TEST(an_answer_missing_in_fini),
		{ NULL, NULL, NULL },
	};

	return rig_run_versions(tests);
}
