/* SPDX-License-Identifier: MIT */
/* What the README shows works, and the port to copy does no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fake/fake.h>
#include <levitate.h>
#include <ports/template/template.h>

int show_picture(const struct lev_hal *hal, uint64_t base);
int seed_from_pci(struct lev_pci_host *host, void *seed, size_t len);

static void the_picture_is_on_the_screen(void **state)
{
	struct fake_port *port = fake_port_new();
	struct fake_gpu *gpu = fake_gpu_new(port, 2);

	(void)state;
	assert_int_equal(show_picture(&port->hal, gpu->dev.cookie), 0);
	assert_int_equal(fake_gpu_pixel(gpu, 0, 100, 50), 0xff8000);
	assert_int_equal(fake_gpu_pixel(gpu, 0, 163, 113), 0xff8000);
	assert_int_equal(fake_gpu_pixel(gpu, 0, 99, 50), 0);
	assert_int_equal(fake_gpu_pixel(gpu, 0, 164, 113), 0);
	FAKE_ASSERT_CLEAN(port);
	/* The example keeps its picture: the port goes away under it. */
	fake_ignore(port, "HAL-LEAK");
	fake_port_free(port);
}

/* A keyboard, then the entropy device behind a bridge; no firmware ran. */
static void the_seed_is_from_pci(void **state)
{
	struct fake_port *port = fake_port_new();
	struct fake_pci *fake = fake_pci_new(port);
	struct fake_input *input = fake_input_new(port, 2);
	struct fake_rng *rng = fake_rng_new(port, 2);
	struct lev_pci_host host = {
		.hal = &port->hal,
		.access = LEV_PCI_ECAM,
		.config = fake->ecam,
		.bus_last = fake->bus_last,
		.memory = { .addr = fake->memory.addr,
			    .len = fake->memory.len,
			    .cpu = fake->memory.cpu },
	};
	uint8_t seed[32];

	(void)state;
	fake_pci_plug(fake, NULL, &input->dev, FAKE_PCI_MODERN);
	fake_pci_plug(fake, fake_pci_bridge(fake, NULL), &rng->dev,
		      FAKE_PCI_MODERN);
	assert_int_equal(seed_from_pci(&host, seed, sizeof(seed)), 0);
	assert_true(fake_rng_took(rng, seed, sizeof(seed)));
	FAKE_FREE_CLEAN(port);
}

static void the_empty_port_has_no_device(void **state)
{
	struct template_port port;
	struct lev_mmio slot = { .base = 0 };

	(void)state;
	template_port_init(&port);
	assert_int_equal(lev_mmio_probe(&slot, &port.hal, 0x1000),
			 LEV_ERR_NODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_picture_is_on_the_screen),
		cmocka_unit_test(the_seed_is_from_pci),
		cmocka_unit_test(the_empty_port_has_no_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
