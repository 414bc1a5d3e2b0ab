/* SPDX-License-Identifier: MIT */
/*
 * A PCI function is pulled out in the middle of a driver's work: its registers
 * and its configuration space read all ones. The driver says so, and all memory
 * is back. When it is plugged in again it works.
 */
#include <levitate/input.h>
#include <levitate/rng.h>

#include "rig.h"

struct slot {
	struct fake_port *port;
	struct fake_pci *bus;
	struct fake_pci_function *f;
	struct lev_pci_host host;
	struct lev_pci pci;
};

static struct slot slot_of(struct fake_port *port, struct fake_dev *dev,
			   enum fake_pci_kind kind)
{
	struct slot s = { .port = port, .bus = fake_pci_new(port) };

	s.f = fake_pci_plug(s.bus, fake_pci_bridge(s.bus, NULL), dev, kind);
	fake_pci_place(s.bus);
	s.host = rig_host(s.bus);
	return s;
}

static void probe(struct slot *s)
{
	assert_int_equal(lev_pci_probe(&s->pci, &s->host, fake_pci_addr(s->f)),
			 0);
}

static void all_is_back(struct slot *s)
{
	assert_null(s->pci.transport.owner);
	assert_int_equal(s->port->live_allocs, 0);
	assert_int_equal(s->port->live_maps, 0);
	FAKE_ASSERT_CLEAN(s->port);
}

static void pull(struct fake_dev *dev)
{
	dev->faults.removed = true;
}

static void plug_in(struct fake_dev *dev)
{
	dev->faults.removed = false;
	dev->pci->cfg[4] &= (uint8_t)~7; /* nothing decoded, no mastering */
}

static void rng_gone(enum fake_pci_kind kind)
{
	struct fake_port *port = fake_port_new();
	struct fake_rng *fake =
		fake_rng_new(port, kind == FAKE_PCI_LEGACY ? 1 : 2);
	struct slot s = slot_of(port, &fake->dev, kind);
	struct lev_rng rng = { 0 };
	uint8_t bytes[2][32];
	struct lev_rng_request request = { .buf = bytes[0], .len = 32 };

	probe(&s);
	assert_int_equal(lev_rng_init(&rng, &s.pci.transport), 0);
	fake->dev.mode = FAKE_MANUAL;
	assert_int_equal(lev_rng_submit(&rng, &request), 0);
	pull(&fake->dev);
	assert_int_equal(lev_rng_poll(&rng), LEV_ERR_NODEV);
	assert_int_equal(
		lev_rng_read(&rng, bytes[1], 32,
			     lev_device_deadline(&rng.dev, RIG_SECOND)),
		LEV_ERR_NODEV);
	assert_int_equal(request.err, LEV_ERR_CANCELED);
	assert_int_equal(lev_rng_restart(&rng), LEV_ERR_NODEV);
	assert_int_equal(lev_rng_fini(&rng), 0);
	all_is_back(&s);
	assert_int_equal(lev_pci_probe(&s.pci, &s.host, fake_pci_addr(s.f)),
			 LEV_ERR_NODEV);

	plug_in(&fake->dev);
	fake->dev.mode = FAKE_ON_KICK;
	probe(&s);
	assert_int_equal(lev_rng_init(&rng, &s.pci.transport), 0);
	assert_int_equal(
		lev_rng_read(&rng, bytes[1], 32,
			     lev_device_deadline(&rng.dev, RIG_SECOND)),
		0);
	assert_true(fake_rng_took(fake, bytes[1], 32));
	assert_int_equal(lev_rng_fini(&rng), 0);
	all_is_back(&s);
	FAKE_FREE_CLEAN(port);
}

static void an_entropy_device_goes_and_comes_back(void **state)
{
	(void)state;
	rng_gone(FAKE_PCI_MODERN);
	rng_gone(FAKE_PCI_TRANSITIONAL);
	if (rig_version(0) == 1)
		rng_gone(FAKE_PCI_LEGACY);
}

static void note_key(struct lev_input *input, const struct lev_input_event *ev)
{
	int *last = input->cfg.ctx;

	if (ev->type == LEV_INPUT_EV_KEY)
		*last = ev->value;
}

/* By whom it is noticed: an interrupt's handler, or who polls. */
static void keyboard_gone(bool intx)
{
	struct fake_port *port = fake_port_new();
	struct fake_input *fake = fake_input_new(port, 2);
	struct slot s = slot_of(port, &fake->dev, FAKE_PCI_MODERN);
	struct lev_input input = { 0 };
	int last = -1;
	const struct lev_input_config cfg = {
		.transport = &s.pci.transport,
		.event = note_key,
		.ctx = &last,
	};

	probe(&s);
	if (intx)
		assert_int_equal(lev_pci_intx(&s.pci), 0);
	assert_int_equal(lev_input_init(&input, &cfg), 0);
	fake_input_key(fake, 30, true);
	assert_true(lev_input_poll(&input) > 0);
	assert_int_equal(last, 1);
	pull(&fake->dev);
	if (intx)
		(void)lev_device_isr(&input.dev);
	else
		assert_int_equal(lev_device_poll(&input.dev), LEV_ERR_NODEV);
	assert_int_equal(lev_input_poll(&input), LEV_ERR_NODEV);
	assert_int_equal(lev_input_restart(&input), LEV_ERR_NODEV);
	assert_int_equal(last, 0);
	assert_int_equal(lev_input_fini(&input), 0);
	all_is_back(&s);

	plug_in(&fake->dev);
	probe(&s);
	assert_int_equal(lev_input_init(&input, &cfg), 0);
	fake_input_key(fake, 31, true);
	assert_true(lev_input_poll(&input) > 0);
	assert_int_equal(last, 1);
	assert_int_equal(lev_input_fini(&input), 0);
	all_is_back(&s);
	FAKE_FREE_CLEAN(port);
}

static void a_keyboard_goes_and_its_keys_are_released(void **state)
{
	(void)state;
	keyboard_gone(false);
	keyboard_gone(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entropy_device_goes_and_comes_back),
		cmocka_unit_test(a_keyboard_goes_and_its_keys_are_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
