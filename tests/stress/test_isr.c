/* SPDX-License-Identifier: MIT */
/*
 * The interrupt handler runs on one CPU while the driver polls, resets and
 * brings up the device on another; built with ThreadSanitizer. No change of
 * the configuration may be lost between the two.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <pthread.h>
#include <sched.h>
#include <cmocka.h>

#include <levitate/device.h>

enum { CHANGES = 10000, RESETS = 500, DEVICE_ID = 42 };

/* A device that is nothing but a status and an interrupt. */
static struct machine {
	struct lev_transport transport;
	struct lev_device dev;
	uint32_t status;
	unsigned pending; /* atomic: causes */
	bool stop;	  /* atomic */
	unsigned taken;	  /* by the handler */
} machine;

static bool present(struct lev_transport *t)
{
	(void)t;
	return true;
}

static uint32_t status_read(struct lev_transport *t)
{
	(void)t;
	return machine.status;
}

static void status_write(struct lev_transport *t, uint32_t status)
{
	(void)t;
	machine.status = status;
}

static uint32_t features_read(struct lev_transport *t, unsigned word)
{
	(void)t;
	return word == 1; /* VERSION_1 */
}

static void features_write(struct lev_transport *t, unsigned word,
			   uint32_t value)
{
	(void)t;
	(void)word;
	(void)value;
}

static unsigned interrupt_take(struct lev_transport *t, unsigned mask)
{
	(void)t;
	return mask &
	       __atomic_fetch_and(&machine.pending, ~mask, __ATOMIC_RELAXED);
}

static const struct lev_transport_ops ops = {
	.present = present,
	.status_read = status_read,
	.status_write = status_write,
	.features_read = features_read,
	.features_write = features_write,
	.interrupt_take = interrupt_take,
};

static uint64_t port_now(void *ctx)
{
	(void)ctx;
	return 0;
}

static const struct lev_hal_ops port_ops = { .now = port_now };
static const struct lev_hal port = { &port_ops, NULL };
static const struct lev_driver driver = { .device_id = DEVICE_ID,
					  .name = "isr" };

static void start(void)
{
	assert_int_equal(lev_device_begin(&machine.dev, 1), 0);
	assert_int_equal(lev_device_ready(&machine.dev), 0);
}

static void *handler(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&machine.stop, __ATOMIC_RELAXED)) {
		if (lev_device_isr(&machine.dev) & LEV_INTERRUPT_CONFIG)
			machine.taken++;
		else
			sched_yield();
	}
	return NULL;
}

static pthread_t set_up(void)
{
	pthread_t thread;

	machine = (struct machine){
		.transport = {
			.ops = &ops,
			.hal = &port,
			.device_id = DEVICE_ID,
			.version = 2,
		},
	};
	assert_int_equal(
		lev_device_claim(&machine.dev, &machine.transport, &driver), 0);
	assert_int_equal(pthread_create(&thread, NULL, handler, NULL), 0);
	return thread;
}

static void tear_down(pthread_t thread)
{
	__atomic_store_n(&machine.stop, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(lev_device_reset(&machine.dev), 0);
	lev_device_release(&machine.dev);
}

/* A lost one leaves us here for ever: the runner has a deadline. */
static void no_change_is_lost(void **state)
{
	const pthread_t thread = set_up();

	(void)state;
	start();
	for (unsigned i = 0; i < CHANGES; i++) {
		__atomic_fetch_or(&machine.pending, LEV_INTERRUPT_CONFIG,
				  __ATOMIC_RELAXED);
		/* As drivers do: not before there is something. */
		while (!lev_device_stirred(&machine.dev))
			sched_yield();
		assert_int_equal(lev_device_poll(&machine.dev), 1);
	}
	tear_down(thread);
	assert_int_equal(machine.taken, CHANGES);
}

static void a_reset_does_not_meet_the_handler(void **state)
{
	const pthread_t thread = set_up();

	(void)state;
	for (unsigned i = 0; i < RESETS; i++) {
		start();
		__atomic_fetch_or(&machine.pending, LEV_INTERRUPT_CONFIG,
				  __ATOMIC_RELAXED);
		sched_yield();
		assert_int_equal(lev_device_reset(&machine.dev), 0);
	}
	tear_down(thread);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_change_is_lost),
		cmocka_unit_test(a_reset_does_not_meet_the_handler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
