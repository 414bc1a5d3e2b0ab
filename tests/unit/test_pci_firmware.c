/* SPDX-License-Identifier: MIT */
/*
 * Enumeration of what firmware has placed, and left half done or placed where
 * the host's windows do not say so.
 */
#include <levitate/rng.h>

#include "rig.h"

struct world {
	struct fake_port *port;
	struct fake_pci *bus;
	struct lev_pci_host host;
};

static struct world world_new(void)
{
	struct world w = { .port = fake_port_new() };

	w.bus = fake_pci_new(w.port);
	return w;
}

static struct fake_pci_function *plug(struct world *w,
				      struct fake_pci_function *bridge)
{
	return fake_pci_plug(w->bus, bridge, &fake_rng_new(w->port, 2)->dev,
			     FAKE_PCI_MODERN);
}

/* By firmware; from here on host may be changed. */
static void place(struct world *w)
{
	fake_pci_place(w->bus);
	w->host = rig_host(w->bus);
}

static void nothing(void *ctx, const struct lev_pci_function *f)
{
	(void)ctx;
	(void)f;
}

static int scan(struct world *w)
{
	return lev_pci_scan(&w->host, nothing, NULL);
}

static void drive(struct world *w, struct fake_pci_function *f)
{
	struct lev_pci pci = { 0 };
	struct lev_rng rng = { 0 };
	uint8_t bytes[32];

	assert_int_equal(lev_pci_probe(&pci, &w->host, fake_pci_addr(f)), 0);
	assert_int_equal(lev_rng_init(&rng, &pci.transport), 0);
	assert_int_equal(
		lev_rng_read(&rng, bytes, sizeof(bytes),
			     lev_device_deadline(&rng.dev, RIG_SECOND)),
		0);
	assert_int_equal(lev_rng_fini(&rng), 0);
}

/* --- what is left to do --- */

/* Registers are forwarded, memory and messages are not: PC firmware's way. */
static void bridges_forward_what_devices_write(void **state)
{
	struct world w = world_new();
	struct fake_pci_function *outer = fake_pci_bridge(w.bus, NULL);
	struct fake_pci_function *inner = fake_pci_bridge(w.bus, outer);
	struct fake_pci_function *f = plug(&w, inner);

	(void)state;
	place(&w);
	outer->cfg[4] = inner->cfg[4] = FAKE_PCI_MEMORY;
	assert_int_equal(scan(&w), 1);
	/* What it does not forward to there may be no window. */
	assert_int_equal(outer->cfg[4], FAKE_PCI_MEMORY | FAKE_PCI_MASTER);
	assert_int_equal(inner->cfg[4], FAKE_PCI_MEMORY | FAKE_PCI_MASTER);
	drive(&w, f);
	FAKE_FREE_CLEAN(w.port);
}

/* --- windows that are only a part --- */

enum { PIECE = 0x100000, BAR_LEN = 2 * PIECE };

/* The host is said to begin behind the first bytes of what firmware used. */
static void begin_later(struct lev_pci_window *w, uint64_t len)
{
	w->addr += len;
	w->cpu += len;
	w->len -= len;
}

static struct fake_pci_function *at_the_first_piece(struct world *w, bool wide)
{
	struct fake_pci_function *f = plug(w, NULL);

	fake_pci_bar(f, 2, BAR_LEN,
		     wide ? FAKE_BAR_WIDE | FAKE_BAR_PREFETCH
			  : FAKE_BAR_MEMORY);
	fake_pci_bar_put(f, 2,
			 wide ? w->bus->memory64.addr : w->bus->memory.addr);
	f->cfg[4] = FAKE_PCI_MEMORY;
	w->host = rig_host(w->bus);
	return f;
}

static void a_bar_may_reach_into_a_window(void **state)
{
	(void)state;
	for (unsigned wide = 0; wide < 2; wide++) {
		struct world w = world_new();
		struct fake_pci_function *f = at_the_first_piece(&w, wide);

		begin_later(wide ? &w.host.memory64 : &w.host.memory, PIECE);
		/* BAR 1 has room below 4 GiB, BAR 4 has not. */
		if (wide)
			w.host.memory.len = f->bars[1].len;
		assert_int_equal(scan(&w), 1);
		assert_int_equal(fake_pci_check_placed(w.bus), 0);
		FAKE_FREE_CLEAN(w.port);
	}
}

static void a_bridge_may_forward_what_is_no_window(void **state)
{
	struct world w = world_new();
	struct fake_pci_function *f;

	(void)state;
	plug(&w, fake_pci_bridge(w.bus, NULL));
	place(&w);
	begin_later(&w.host.memory, PIECE / 2);
	f = plug(&w, NULL);
	assert_int_equal(scan(&w), 2);
	assert_int_equal(fake_pci_check_placed(w.bus), 0);
	assert_true(fake_pci_bar_addr(f, 1) >= w.bus->memory.addr + PIECE);
	FAKE_FREE_CLEAN(w.port);
}

/* --- what is said meanwhile --- */

/* A function that decodes memory, and how often it did not do so. */
static struct {
	const struct fake_pci_function *f;
	unsigned lines, deaf;
} watch;

static void watch_log(void *ctx, const char *who, const char *format,
		      va_list args)
{
	(void)ctx;
	(void)who;
	(void)format;
	(void)args;
	watch.lines++;
	watch.deaf += !(watch.f->cfg[4] & FAKE_PCI_MEMORY);
}

/* Who shows the line may be the very function that it is about. */
static void lines_are_logged_while_all_is_decoded(void **state)
{
	struct world w = world_new();

	(void)state;
	watch.f = at_the_first_piece(&w, false);
	w.port->ops.log = watch_log;
	w.host.memory.len = BAR_LEN;
	w.host.memory64.len = 0;
	assert_int_equal(scan(&w), 1);
	assert_int_equal(fake_pci_check_placed(w.bus), 2);
	assert_true(watch.lines > 0);
	assert_int_equal(watch.deaf, 0);
	FAKE_FREE_CLEAN(w.port);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bridges_forward_what_devices_write),
		cmocka_unit_test(a_bar_may_reach_into_a_window),
		cmocka_unit_test(a_bridge_may_forward_what_is_no_window),
		cmocka_unit_test(lines_are_logged_while_all_is_decoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
