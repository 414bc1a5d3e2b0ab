/* SPDX-License-Identifier: MIT */
/*
 * QEMU's devices on PCI, in each form that they have: modern, transitional and
 * legacy, and with each way to their registers.
 */
#include "pci_rig.h"

enum { TIMEOUT_S = 20 };

static const uint16_t AT = PCI_AT(0, 5);

/* A form of the entropy device, and what the probe finds. */
struct form {
	const char *device;
	uint16_t pci_id;
	bool legacy;
	bool common_io, notify_io; /* registers are in an I/O BAR */
	uint32_t multiplier;
};

static void try_form(void **state, const struct form *form)
{
	const char *const devices[] = { form->device, NULL };
	struct lev_pci pci;
	struct lev_rng rng;
	struct board b;

	memset(&rng, 0, sizeof(rng));
	board_open(&b, state, devices, NULL);
	assert_int_equal(b.count, 1);
	assert_int_equal(board_at(&b, AT)->device, form->pci_id);
	board_probe(&b, &pci, AT, LEV_ID_RNG);
	assert_int_equal(pci.transport.legacy, form->legacy);
	assert_int_equal(pci.bars[pci.common.bar].io, form->common_io);
	if (!form->legacy) {
		assert_int_equal(pci.bars[pci.notify.bar].io, form->notify_io);
		assert_int_equal(pci.notify_multiplier, form->multiplier);
	}
	assert_int_equal(lev_rng_init(&rng, &pci.transport), 0);
	assert_int_equal(lev_device_has(&rng.dev, LEV_F_VERSION_1),
			 !form->legacy);
	board_rng_works(&b, &rng);
	assert_int_equal(lev_rng_restart(&rng), 0);
	board_rng_works(&b, &rng);
	assert_int_equal(lev_rng_fini(&rng), 0);
	board_close(&b);
}

static void modern(void **state)
{
	try_form(state,
		 &(struct form){ "virtio-rng-pci,addr=5,disable-legacy=on",
				 0x1044, .multiplier = 4 });
}

static void transitional_is_modern(void **state)
{
	try_form(state,
		 &(struct form){ "virtio-rng-pci,addr=5,disable-legacy=off",
				 0x1005, .multiplier = 4 });
}

static void legacy(void **state)
{
	try_form(state,
		 &(struct form){ "virtio-rng-pci,addr=5,disable-modern=on,"
				 "disable-legacy=off",
				 0x1005, .legacy = true, .common_io = true });
}

static void a_page_for_each_doorbell(void **state)
{
	try_form(state, &(struct form){ "virtio-rng-pci,addr=5,"
					"disable-legacy=on,page-per-vq=on",
					0x1044, .multiplier = 4096 });
}

/* One doorbell for all queues, and in an I/O BAR. */
static void doorbells_in_io_space(void **state)
{
	try_form(state,
		 &(struct form){ "virtio-rng-pci,addr=5,disable-legacy=on,"
				 "modern-pio-notify=on",
				 0x1044, .notify_io = true, .multiplier = 0 });
}

int main(void)
{
	static const struct pci_test tests[] = {
		{ "modern", modern, false },
		{ "transitional is modern", transitional_is_modern, false },
		{ "legacy", legacy, false },
		{ "a page for each doorbell", a_page_for_each_doorbell, false },
		{ "doorbells in I/O space", doorbells_in_io_space, false },
	};

	return PCI_RUN(tests);
}
