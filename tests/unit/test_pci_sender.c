/* SPDX-License-Identifier: MIT */
/* By what name a function's messages arrive, over bridges of all kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <levitate/wire/pci.h>

#include "kernel/pci_sender.h"

enum { BRIDGES = 8, CAP = 0x40, EXPRESS_CAP = 0x10, ANY_CAP = 0x05 };

/* Kinds of port, as PCI Express numbers them; PLAIN has no such capability. */
enum {
	PLAIN = -1,
	ROOT_PORT = 4,
	UPSTREAM = 5,
	DOWNSTREAM = 6,
	TO_PCI = 7,
	FROM_PCI = 8
};

static struct {
	uint16_t addr;
	uint8_t space[LEV_PCI_CFG_LEN];
} bridges[BRIDGES];
static unsigned bridge_count;
static unsigned reads;

static uint32_t config_read(void *ctx, uint16_t function, uint32_t off,
			    unsigned width)
{
	(void)ctx;
	reads++;
	assert_true(off + width <= LEV_PCI_CFG_LEN);
	for (unsigned i = 0; i < bridge_count; i++) {
		const uint8_t *at = bridges[i].space + off;

		if (bridges[i].addr == function)
			return width == 1 ? at[0]
					  : at[0] | (uint32_t)at[1] << 8;
	}
	return UINT32_MAX >> (32 - 8 * width);
}

static void config_write(void *ctx, uint16_t function, uint32_t off,
			 unsigned width, uint32_t value)
{
	(void)ctx, (void)function, (void)off, (void)width, (void)value;
	fail();
}

static const struct lev_pci_host host = { .access = LEV_PCI_OWN,
					  .config_read = config_read,
					  .config_write = config_write,
					  .bus_last = 255 };

/* A bridge to buses first to last; its second capability says what it is. */
static uint8_t *add(uint16_t addr, uint8_t first, uint8_t last, int kind)
{
	uint8_t *space = bridges[bridge_count].space;

	memset(space, 0, LEV_PCI_CFG_LEN);
	bridges[bridge_count++].addr = addr;
	space[LEV_PCI_CFG_HEADER] = LEV_PCI_HEADER_BRIDGE;
	space[LEV_PCI_BRIDGE_SECONDARY] = first;
	space[LEV_PCI_BRIDGE_SUBORDINATE] = last;
	space[LEV_PCI_CFG_STATUS] = LEV_PCI_STATUS_CAPABILITIES;
	space[LEV_PCI_CFG_CAPABILITIES] = CAP;
	space[CAP] = ANY_CAP;
	if (kind != PLAIN) {
		space[CAP + 1] = CAP + 8;
		space[CAP + 8] = EXPRESS_CAP;
		space[CAP + 10] = (uint8_t)(kind << 4 | 2);
	}
	return space;
}

static int none(void **state)
{
	(void)state;
	bridge_count = 0;
	reads = 0;
	return 0;
}

static void on_the_first_bus_it_is_the_function(void **state)
{
	(void)state;
	add(0x0008, 1, 255, PLAIN);
	assert_int_equal(pci_sender(&host, 0x0012), 0x0012);
	assert_int_equal(reads, 0);
}

static void express_hands_names_on(void **state)
{
	(void)state;
	add(0x0008, 1, 1, ROOT_PORT);
	add(0x0010, 2, 4, ROOT_PORT);
	add(0x0200, 3, 4, UPSTREAM);
	add(0x0318, 4, 4, DOWNSTREAM);
	assert_int_equal(pci_sender(&host, 0x0100), 0x0100);
	assert_int_equal(pci_sender(&host, 0x0407), 0x0407);
}

static void conventional_buses_hide_their_functions(void **state)
{
	(void)state;
	add(0x0008, 1, 2, PLAIN);
	add(0x0120, 2, 2, PLAIN);
	add(0x0010, 3, 6, ROOT_PORT);
	add(0x0300, 4, 5, TO_PCI);
	add(0x0408, 5, 5, PLAIN);
	add(0x0018, 7, 8, PLAIN);
	add(0x0700, 8, 8, FROM_PCI);
	assert_int_equal(pci_sender(&host, 0x0118), 0x0008);
	assert_int_equal(pci_sender(&host, 0x0218), 0x0008);
	assert_int_equal(pci_sender(&host, 0x0418), 0x0400);
	assert_int_equal(pci_sender(&host, 0x0518), 0x0400);
	assert_int_equal(pci_sender(&host, 0x0800), 0x0018);
}

/* Lists without an end, numbers that lead back, or nowhere. */
static void bridges_that_lie_do_no_harm(void **state)
{
	uint8_t *space;

	(void)state;
	space = add(0x0008, 1, 1, PLAIN);
	space[CAP + 1] = CAP;
	space = add(0x0010, 2, 2, ROOT_PORT);
	space[LEV_PCI_CFG_STATUS] = 0;
	space = add(0x0018, 3, 3, PLAIN);
	space[CAP + 1] = 0xff; /* the last there can be */
	space[0xfc] = EXPRESS_CAP;
	space[0xfe] = ROOT_PORT << 4;
	add(0x0020, 4, 255, ROOT_PORT);
	add(0x0400, 4, 255, ROOT_PORT); /* to itself */
	add(0x0408, 0, 255, ROOT_PORT);
	assert_int_equal(pci_sender(&host, 0x0118), 0x0008);
	assert_int_equal(pci_sender(&host, 0x0218), 0x0010);
	assert_int_equal(pci_sender(&host, 0x0318), 0x0318);
	assert_int_equal(pci_sender(&host, 0xff00), 0xff00);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(on_the_first_bus_it_is_the_function,
				       none),
		cmocka_unit_test_setup(express_hands_names_on, none),
		cmocka_unit_test_setup(conventional_buses_hide_their_functions,
				       none),
		cmocka_unit_test_setup(bridges_that_lie_do_no_harm, none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
