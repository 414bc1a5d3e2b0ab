/* SPDX-License-Identifier: MIT */
/* pci.h: a configuration space of bytes, whose capabilities lead astray. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <levitate/pci.h>
#include <levitate/wire/pci.h>

static uint8_t space[LEV_PCI_CFG_LEN];

static uint32_t space_read(void *ctx, uint16_t function, uint32_t off,
			   unsigned width)
{
	uint32_t v = 0;

	(void)ctx, (void)function;
	assert_true(off < sizeof(space) && off % width == 0);
	for (unsigned i = 0; i < width; i++)
		v |= (uint32_t)space[off + i] << 8 * i;
	return v;
}

/* Nothing in it can be set. */
static void space_write(void *ctx, uint16_t function, uint32_t off,
			unsigned width, uint32_t value)
{
	(void)ctx, (void)function, (void)value;
	assert_true(off < sizeof(space) && off % width == 0);
}

/* A doorbell's capability that ends where its multiplier would stand. */
static void no_multiplier_at_the_end(void **state)
{
	static const struct lev_hal_ops ops;
	const struct lev_hal hal = { .ops = &ops };
	const struct lev_pci_host host = { .hal = &hal,
					   .access = LEV_PCI_OWN,
					   .config_read = space_read,
					   .config_write = space_write };
	const uint8_t end = LEV_PCI_CFG_LEN - LEV_PCI_VCAP_SIZE;
	struct lev_pci pci = { 0 };

	(void)state;
	space[LEV_PCI_CFG_VENDOR] = LEV_PCI_VENDOR_VIRTIO & 0xff;
	space[LEV_PCI_CFG_VENDOR + 1] = LEV_PCI_VENDOR_VIRTIO >> 8;
	space[LEV_PCI_CFG_DEVICE] = (LEV_PCI_DEVICE_MODERN & 0xff) + 1;
	space[LEV_PCI_CFG_DEVICE + 1] = LEV_PCI_DEVICE_MODERN >> 8;
	space[LEV_PCI_CFG_STATUS] = LEV_PCI_STATUS_CAPABILITIES;
	space[LEV_PCI_CFG_CAPABILITIES] = end;
	space[end + LEV_PCI_CAP_ID] = LEV_PCI_CAP_VENDOR;
	space[end + LEV_PCI_VCAP_LEN] = LEV_PCI_VCAP_SIZE;
	space[end + LEV_PCI_VCAP_TYPE] = LEV_PCI_VCAP_NOTIFY;
	space[end + LEV_PCI_VCAP_LENGTH] = 4;
	assert_int_equal(lev_pci_probe(&pci, &host, 0), LEV_ERR_NOTSUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_multiplier_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
