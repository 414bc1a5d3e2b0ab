/* SPDX-License-Identifier: MIT */
/* device.h: interrupts, polling, configuration, DMA memory, the log. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

/* --- interrupts --- */

static void early_and_late(struct rig *r)
{
	uint64_t second = lev_device_deadline(&r->dev, RIG_SECOND);

	RIG_EQ(r, lev_device_begin(&r->dev, second), 0);
	/* Before it is live: the line falls, a change is kept for poll. */
	fake_irq(r->fake, 3);
	RIG_EQ(r, lev_device_isr(&r->dev), 0);
	RIG_EQ(r, r->fake->isr, 0);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	RIG_EQ(r, lev_device_ready(&r->dev), 0);
	RIG_EQ(r, lev_device_poll(&r->dev), 1);
	RIG_EQ(r, lev_device_poll(&r->dev), 0);
	RIG_EQ(r, lev_device_isr(&r->dev), 0);
	fake_irq(r->fake, 1);
	RIG_EQ(r, lev_device_isr(&r->dev), LEV_INTERRUPT_USED);
	RIG_EQ(r, lev_device_isr(&r->dev), 0);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	r->fake->isr = 3;
	RIG_EQ(r, lev_device_isr(&r->dev), 0);
	rig_down(r);
	rig_accesses(r);
	r->fake->isr = 3;
	RIG_EQ(r, lev_device_isr(&r->dev), 0);
	RIG_EQ(r, rig_accesses(r), 0);
}

static void interrupts_before_and_after_life_are_harmless(void **state)
{
	(void)state;
	rig_each_version(early_and_late);
}

static void changes(struct rig *r)
{
	const uint8_t byte = 7;

	r->fake->config_len = 8;
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, lev_device_poll(&r->dev), 0);
	/* Noticed by poll itself ... */
	fake_config_set(r->fake, 0, &byte, 1);
	RIG_EQ(r, lev_device_poll(&r->dev), 1);
	RIG_EQ(r, lev_device_poll(&r->dev), 0);
	/* ... by the interrupt ... */
	fake_config_set(r->fake, 1, &byte, 1);
	RIG_EQ(r, lev_device_isr(&r->dev), LEV_INTERRUPT_CONFIG);
	RIG_EQ(r, lev_device_poll(&r->dev), 1);
	RIG_EQ(r, lev_device_poll(&r->dev), 0);
	/* ... by both. */
	fake_config_set(r->fake, 2, &byte, 1);
	RIG_EQ(r, lev_device_isr(&r->dev), LEV_INTERRUPT_CONFIG);
	fake_config_set(r->fake, 3, &byte, 1);
	RIG_EQ(r, lev_device_poll(&r->dev), 1);
	RIG_EQ(r, lev_device_poll(&r->dev), 0);
	/* A change noted before a reset is of no interest after it. */
	fake_config_set(r->fake, 4, &byte, 1);
	RIG_EQ(r, lev_device_isr(&r->dev), LEV_INTERRUPT_CONFIG);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, lev_device_poll(&r->dev), LEV_ERR_STATE);
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, lev_device_poll(&r->dev), 0);
}

static void poll_tells_of_each_change_once(void **state)
{
	(void)state;
	rig_each_version(changes);
}

static void used_stays(struct rig *r)
{
	RIG_EQ(r, rig_start(r), 0);
	fake_irq(r->fake, 1);
	for (unsigned i = 0; i < 3; i++) {
		RIG_EQ(r, lev_device_poll(&r->dev), 0);
		RIG_EQ(r, r->fake->isr, 1);
	}
	fake_irq(r->fake, 2);
	RIG_EQ(r, lev_device_poll(&r->dev), 1);
	RIG_EQ(r, r->fake->isr, 1);
	RIG_EQ(r, lev_device_isr(&r->dev), LEV_INTERRUPT_USED);
}

static void poll_leaves_the_interrupt_of_used_buffers(void **state)
{
	(void)state;
	rig_each_version(used_stays);
}

static void sick(struct rig *r)
{
	RIG_EQ(r, rig_start(r), 0);
	fake_needs_reset(r->fake);
	RIG_EQ(r, lev_device_isr(&r->dev), LEV_INTERRUPT_CONFIG);
	RIG_EQ(r, lev_device_poll(&r->dev), LEV_ERR_IO);
	RIG_EQ(r, r->dev.error, LEV_ERR_IO);
	/* The first reason stays, whatever comes after it. */
	r->fake->status &= ~(uint32_t)FAKE_NEEDS_RESET;
	RIG_EQ(r, lev_device_poll(&r->dev), LEV_ERR_IO);
	r->fake->faults.removed = true;
	RIG_EQ(r, lev_device_poll(&r->dev), LEV_ERR_IO);
	r->fake->faults.removed = false;
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, r->dev.error, 0);
	RIG_EQ(r, lev_device_poll(&r->dev), 0);
	r->fake->faults.removed = true;
	RIG_EQ(r, lev_device_poll(&r->dev), LEV_ERR_NODEV);
	RIG_EQ(r, r->dev.error, LEV_ERR_NODEV);
	lev_device_isr(&r->dev);
	RIG_EQ(r, lev_device_reset(&r->dev), LEV_ERR_NODEV);
}

static void poll_notices_needs_reset_and_removal(void **state)
{
	(void)state;
	rig_each_version(sick);
}

/* The device asks for a reset just before its interrupt is acknowledged. */
static void sicken(struct fake_dev *dev, uint32_t reg, bool write,
		   uint32_t value)
{
	(void)value;
	if (reg == FAKE_REG_INTERRUPT_STATUS && !write)
		fake_needs_reset(dev);
}

static void sick_in_poll(struct rig *r)
{
	RIG_EQ(r, rig_start(r), 0);
	r->fake->on_access = sicken;
	RIG_EQ(r, lev_device_poll(&r->dev), LEV_ERR_IO);
}

static void poll_acknowledges_nothing_unseen(void **state)
{
	(void)state;
	rig_each_version(sick_in_poll);
}

/* Each bit of the status that is not as we wrote it. */
static void lost_status(struct rig *r)
{
	for (unsigned bit = 0; bit < 8; bit++) {
		RIG_EQ(r, rig_start(r), 0);
		fake_script(r->fake, FAKE_REG_STATUS, 1, 1,
			    r->fake->status ^ 1u << bit);
		RIG_EQ(r, lev_device_poll(&r->dev), LEV_ERR_IO);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
	}
	RIG_EQ(r, rig_start(r), 0);
	fake_script(r->fake, FAKE_REG_STATUS, 1, 1, 0);
	RIG_EQ(r, lev_device_poll(&r->dev), LEV_ERR_IO);
}

static void a_device_that_loses_its_status_cannot_go_on(void **state)
{
	(void)state;
	rig_each_version(lost_status);
}

static void sick_at_ready(struct rig *r)
{
	const uint64_t second = lev_device_deadline(&r->dev, RIG_SECOND);

	RIG_EQ(r, lev_device_begin(&r->dev, second), 0);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	r->fake->status |= FAKE_NEEDS_RESET;
	RIG_EQ(r, lev_device_ready(&r->dev), LEV_ERR_IO);
	RIG_CHECK(r, !(r->fake->status & FAKE_DRIVER_OK));
	RIG_EQ(r, lev_device_abort(&r->dev, LEV_ERR_IO), LEV_ERR_IO);
	RIG_EQ(r, rig_start(r), 0);
	rig_echo(r);
}

static void ready_notices_needs_reset(void **state)
{
	(void)state;
	rig_each_version(sick_at_ready);
}

static uint32_t failed_at;

static void see_failed(struct fake_dev *dev, uint32_t reg, bool write,
		       uint32_t value)
{
	(void)dev;
	if (reg == FAKE_REG_STATUS && write && value & FAKE_FAILED)
		failed_at = value;
}

static void aborting(struct rig *r)
{
	const uint64_t second = lev_device_deadline(&r->dev, RIG_SECOND);

	r->fake->on_access = see_failed;
	failed_at = 0;
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, lev_device_abort(&r->dev, LEV_ERR_PROTO), LEV_ERR_PROTO);
	RIG_EQ(r, failed_at, r->shape.version == 1 ? 0x87 : 0x8f);
	RIG_EQ(r, r->fake->status, 0);
	failed_at = 0;
	RIG_EQ(r, lev_device_begin(&r->dev, second), 0);
	RIG_EQ(r, lev_device_abort(&r->dev, LEV_ERR_NOMEM), LEV_ERR_NOMEM);
	RIG_EQ(r, failed_at, r->shape.version == 1 ? 0x83 : 0x8b);
	failed_at = 0;
	RIG_EQ(r, lev_device_abort(&r->dev, LEV_ERR_IO), LEV_ERR_IO);
	RIG_EQ(r, failed_at, 0);
	r->fake->on_access = NULL;
}

/* The reset that was not confirmed is not waited for a second time. */
static void aborting_stuck(struct rig *r)
{
	RIG_EQ(r, rig_start(r), 0);
	r->port->relax_step = 1000000;
	r->fake->faults.reset_stuck = true;
	RIG_EQ(r, lev_device_abort(&r->dev, LEV_ERR_IO), LEV_ERR_STUCK);
	rig_accesses(r);
	RIG_EQ(r, lev_device_abort(&r->dev, LEV_ERR_STUCK), LEV_ERR_STUCK);
	RIG_EQ(r, rig_accesses(r), 0);
	r->fake->faults.reset_stuck = false;
	RIG_EQ(r, lev_device_abort(&r->dev, LEV_ERR_IO), LEV_ERR_IO);
	RIG_EQ(r, rig_start(r), 0);
	r->fake->faults.removed = true;
	RIG_EQ(r, lev_device_abort(&r->dev, LEV_ERR_IO), LEV_ERR_NODEV);
}

static void giving_up_tells_of_a_stuck_or_missing_device(void **state)
{
	(void)state;
	rig_each_version(aborting_stuck);
}

static void giving_up_writes_failed_and_resets(void **state)
{
	(void)state;
	rig_each_version(aborting);
}

/* --- configuration --- */

struct restless {
	unsigned reads, stop; /* changes with each of the first reads */
};

static void change(struct fake_dev *dev, uint32_t reg, bool write,
		   uint32_t value)
{
	struct restless *restless = dev->arg;

	(void)value;
	if (reg < FAKE_REG_CONFIG || write || restless->reads >= restless->stop)
		return;
	restless->reads++;
	for (unsigned i = 0; i < 8; i++)
		dev->config[i]++;
	dev->generation++;
}

/* After a while it holds still: what is read then is of one moment. */
static void settles(struct rig *r)
{
	struct restless restless;
	uint8_t got[8];

	r->fake->config_len = 8;
	RIG_EQ(r, rig_start(r), 0);
	r->fake->arg = &restless;
	r->fake->on_access = change;
	for (unsigned stop = 0; stop < 16; stop++) {
		for (unsigned width = 1; width <= 4; width *= 2) {
			restless = (struct restless){ .stop = stop };
			memset(r->fake->config, 0, 8);
			memset(got, 0, sizeof(got));
			RIG_EQ(r,
			       lev_device_config_read(&r->dev, 0, got,
						      8 / width, width),
			       0);
			assert_memory_equal(got, r->fake->config, 8);
			RIG_EQ(r, restless.reads, stop);
		}
	}
	r->fake->on_access = NULL;
}

static void configuration_is_read_of_one_moment(void **state)
{
	(void)state;
	rig_each_version(settles);
}

static void never_still(struct rig *r)
{
	struct restless restless = { .stop = UINT32_MAX };
	uint8_t got[8];

	r->fake->config_len = 8;
	RIG_EQ(r, rig_start(r), 0);
	r->fake->arg = &restless;
	r->fake->on_access = change;
	rig_accesses(r);
	RIG_EQ(r, lev_device_config_read(&r->dev, 0, got, 2, 4), LEV_ERR_PROTO);
	RIG_CHECK(r, rig_accesses(r) < 1000);
	RIG_CHECK(r, fake_log_has(r->port, "configuration"));
	r->fake->on_access = NULL;
	r->fake->faults.generation_runs = true;
	RIG_EQ(r, lev_device_config_read(&r->dev, 0, got, 2, 4),
	       r->shape.version == 1 ? 0 : LEV_ERR_PROTO);
	r->fake->faults.generation_runs = false;
	RIG_EQ(r, lev_device_config_read(&r->dev, 0, got, 2, 4), 0);
	assert_memory_equal(got, r->fake->config, 8);
}

static void configuration_that_never_holds_still_is_an_error(void **state)
{
	(void)state;
	rig_each_version(never_still);
}

/* --- DMA memory --- */

static void *alloc(struct rig *r, size_t len, size_t align, lev_paddr max,
		   lev_paddr *addr)
{
	return lev_device_dma_alloc(&r->dev, len, align, max, addr);
}

static void dma(struct rig *r)
{
	static const size_t aligns[] = { 1, 16, 64, 4096 };
	lev_paddr addr;
	uint8_t *ptr;

	RIG_EQ(r, rig_start(r), 0);
	for (unsigned i = 0; i < 4; i++) {
		ptr = alloc(r, 100, aligns[i], UINT64_MAX, &addr);
		assert_non_null(ptr);
		RIG_EQ(r, addr % aligns[i], 0);
		RIG_EQ(r, (uintptr_t)ptr % aligns[i], 0);
		RIG_CHECK(r, fake_ptr(r->port, addr, 100, 0) == ptr);
		for (unsigned k = 0; k < 100; k++)
			RIG_EQ(r, ptr[k], 0);
		lev_device_dma_free(&r->dev, ptr, addr, 100);
	}
	ptr = alloc(r, 4096, 4096, UINT32_MAX, &addr);
	assert_non_null(ptr);
	RIG_CHECK(r, addr + 4095 <= UINT32_MAX);
	lev_device_dma_free(&r->dev, ptr, addr, 4096);
	RIG_EQ(r, r->port->live_allocs, 1);
}

static void dma_memory_is_as_asked_for(void **state)
{
	(void)state;
	rig_each_version(dma);
}

/* A port that breaks its promise does not get away with it. */
static void dma_wrong(struct rig *r)
{
	lev_paddr addr;

	RIG_EQ(r, rig_start(r), 0);
	r->port->alloc_fail_at = 1;
	assert_null(alloc(r, 64, 16, UINT64_MAX, &addr));
	RIG_CHECK(r, fake_log_has(r->port, "DMA memory"));
	r->port->alloc_misalign = true;
	assert_null(alloc(r, 64, 16, UINT64_MAX, &addr));
	r->port->alloc_misalign = false;
	r->port->alloc_above_max = true;
	for (unsigned i = 0; i < 3; i++) {
		static const lev_paddr max[] = { 0xffff, UINT32_MAX,
						 0xfffffffffff };

		assert_null(alloc(r, 4096, 16, max[i], &addr));
	}
	r->port->alloc_above_max = false;
	r->port->alloc_ignores_max = true;
	assert_null(alloc(r, 64, 16, UINT32_MAX, &addr));
	assert_null(alloc(r, 64, 16, 0, &addr));
	r->port->alloc_ignores_max = false;
	RIG_EQ(r, r->port->live_allocs, 1);
}

static void wrong_dma_memory_is_refused_and_given_back(void **state)
{
	(void)state;
	rig_each_version(dma_wrong);
}

static uintptr_t end_at; /* of the memory that is lent next */
static unsigned end_freed;

static void *end_alloc(void *ctx, size_t len, size_t align, lev_paddr max_addr,
		       unsigned flags, lev_paddr *addr)
{
	(void)ctx;
	(void)align;
	(void)max_addr;
	(void)flags;
	*addr = 0x1000;
	return (void *)(end_at - len);
}

static void end_free(void *ctx, void *ptr, lev_paddr addr, size_t len,
		     unsigned flags)
{
	(void)ctx;
	(void)addr;
	(void)flags;
	assert_true((uintptr_t)ptr == end_at - len);
	end_freed++;
}

/* Rings count places behind their end, which may not begin at 0 again. */
static void dma_end(struct rig *r)
{
	const struct lev_hal_ops ops = { .dma_alloc = end_alloc,
					 .dma_free = end_free };
	const struct lev_hal end = { .ops = &ops };
	const struct lev_hal *const hal = r->dev.transport->hal;
	lev_paddr addr;

	r->dev.transport->hal = &end;
	end_freed = 0;
	for (uintptr_t gap = 0; gap <= 1 << 20; gap += 1 << 12) {
		end_at = 0 - gap;
		assert_null(alloc(r, 4096, 4096, UINT64_MAX, &addr));
	}
	RIG_EQ(r, end_freed, 257);
	end_at = UINTPTR_MAX - (1 << 21) + 1;
	assert_non_null(alloc(r, 4096, 4096, UINT64_MAX, &addr));
	RIG_EQ(r, end_freed, 257);
	r->dev.transport->hal = hal;
}

static void dma_memory_is_not_at_the_end_of_all(void **state)
{
	(void)state;
	rig_each_version(dma_end);
}

static void read_once(void **state)
{
	uint32_t from[9], to[9];

	(void)state;
	for (unsigned len = 0; len <= 8; len++) {
		for (unsigned i = 0; i < 9; i++) {
			from[i] = rig_random();
			to[i] = 0;
		}
		lev_device_read_once(to, from, 4 * len);
		assert_memory_equal(to, from, 4 * len);
		assert_int_equal(to[len], 0);
	}
}

static void deadlines(struct rig *r)
{
	uint64_t at;

	r->port->now_step = 0;
	at = r->port->clock;
	RIG_CHECK(r, lev_device_deadline(&r->dev, 0) == at);
	RIG_CHECK(r, lev_device_deadline(&r->dev, 5) == at + 5);
	RIG_CHECK(r,
		  lev_device_deadline(&r->dev, UINT64_MAX - at) == UINT64_MAX);
	RIG_CHECK(r, lev_device_deadline(&r->dev, UINT64_MAX - at + 1) ==
			     UINT64_MAX);
	RIG_CHECK(r, lev_device_deadline(&r->dev, UINT64_MAX) == UINT64_MAX);
}

static void a_deadline_never_wraps(void **state)
{
	(void)state;
	rig_each_version(deadlines);
}

static void silent(struct rig *r)
{
	r->port->ops.log = NULL;
	r->fq->size_max = 0;
	RIG_EQ(r, rig_start(r), LEV_ERR_NODEV);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	r->fq->size_max = 64;
	RIG_EQ(r, rig_start(r), 0);
	rig_echo(r);
	RIG_EQ(r, r->port->log_next, 0);
}

static void a_port_needs_no_log(void **state)
{
	(void)state;
	rig_each_version(silent);
}

/* A boot log is a diagnosis. */
static void talkative(struct rig *r)
{
	char line[64];

	RIG_EQ(r, rig_start(r), 0);
	RIG_CHECK(r, fake_log_has(r->port, "rig: mmio version"));
	snprintf(line, sizeof(line), "offered 0x%llx",
		 (unsigned long long)r->fake->features[0]);
	RIG_CHECK(r, fake_log_has(r->port, line));
	snprintf(line, sizeof(line), "accepted 0x%llx",
		 (unsigned long long)r->fake->driver_features[0]);
	RIG_CHECK(r, fake_log_has(r->port, line));
	snprintf(line, sizeof(line), "0x%llx", (unsigned long long)r->fq->desc);
	RIG_CHECK(r, fake_log_has(r->port, line));
	RIG_EQ(r, fake_log_has(r->port, "legacy"), r->shape.version == 1);
}

static void the_log_tells_what_was_agreed_on(void **state)
{
	(void)state;
	rig_each_version(talkative);
}

/* --- misuse --- */

static void release_live(struct rig *r)
{
	lev_device_release(&r->dev);
}

static void fini_live(struct rig *r)
{
	lev_queue_fini(&r->queue);
}

static void release_with_queues(struct rig *r)
{
	if (lev_device_reset(&r->dev) == 0)
		lev_device_release(&r->dev);
}

static void tell_gone(struct rig_request *req)
{
	lev_device_gone(&req->rig->dev);
}

static void gone_inside_done(struct rig *r)
{
	struct rig_request req;

	rig_request(r, &req, 1, 0, 4);
	req.then = tell_gone;
	rig_submit(r, &req);
	if (lev_queue_poll(&r->queue, 1))
		return;
}

static void odd_width(struct rig *r)
{
	uint8_t dst[16];

	if (lev_device_config_read(&r->dev, 0, dst, 1, 3))
		return;
}

static void odd_offset(struct rig *r)
{
	uint8_t dst[16];

	if (lev_device_config_read(&r->dev, 6, dst, 1, 4))
		return;
}

static void odd_copy(struct rig *r)
{
	uint32_t words[2] = { 0 };

	(void)r;
	lev_device_read_once(words, words, 3);
}

/* A caller's mistake stops the program there and then (base.h). */
static void misuse(void **state)
{
	static void (*const mistakes[])(struct rig *) = {
		release_live,	  fini_live, release_with_queues,
		gone_inside_done, odd_width, odd_offset,
		odd_copy,
	};
	static const struct rlimit no_core = { 0, 0 };
	static const struct rig_shape shape = {
		.version = 2, .event_idx = true, .indirect = true, .size = 4
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		int status = 0;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			struct rig *r = rig_up(&shape);

			setrlimit(RLIMIT_CORE, &no_core);
			signal(SIGILL, SIG_DFL); /* cmocka catches them */
			signal(SIGTRAP, SIG_DFL);
			signal(SIGFPE, SIG_DFL); /* the trap of s390x */
			r->fake->config_len = 16;
			mistakes[i](r);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			fail_msg("mistake %u went through", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupts_before_and_after_life_are_harmless),
		cmocka_unit_test(poll_tells_of_each_change_once),
		cmocka_unit_test(poll_leaves_the_interrupt_of_used_buffers),
		cmocka_unit_test(poll_notices_needs_reset_and_removal),
		cmocka_unit_test(poll_acknowledges_nothing_unseen),
		cmocka_unit_test(a_device_that_loses_its_status_cannot_go_on),
		cmocka_unit_test(ready_notices_needs_reset),
		cmocka_unit_test(giving_up_writes_failed_and_resets),
		cmocka_unit_test(giving_up_tells_of_a_stuck_or_missing_device),
		cmocka_unit_test(configuration_is_read_of_one_moment),
		cmocka_unit_test(
			configuration_that_never_holds_still_is_an_error),
		cmocka_unit_test(dma_memory_is_as_asked_for),
		cmocka_unit_test(wrong_dma_memory_is_refused_and_given_back),
		cmocka_unit_test(dma_memory_is_not_at_the_end_of_all),
		cmocka_unit_test(read_once),
		cmocka_unit_test(a_deadline_never_wraps),
		cmocka_unit_test(a_port_needs_no_log),
		cmocka_unit_test(the_log_tells_what_was_agreed_on),
		cmocka_unit_test(misuse),
	};

	return cmocka_run_group_tests_name("device_io", tests, NULL, NULL);
}
