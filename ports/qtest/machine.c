/* SPDX-License-Identifier: MIT */
/*
 * The kinds of machines, as QEMU lays them out. Nobody has configured anything
 * in them: there is no firmware, and their CPU does not run.
 */
#include "qtest_int.h"

#define GiB (UINT64_C(1) << 30)

/* --- aarch64 "virt": its CPU has no power --- */

static const char *const virt_words[] = {
	"-machine", "virt,memory-backend=ram0",
	"-cpu",	    "cortex-a57",
	"-global",  "cortex-a57-arm-cpu.start-powered-off=on",
	NULL
};

static const struct qtest_machine virt = {
	.program = "qemu-system-aarch64",
	.variable = "LEV_QEMU",
	.package = "qemu-system-arm",
	.words = virt_words,
	.ram_base = 0x40000000,
	.gic = true,
	.pci = {
		.access = LEV_PCI_ECAM,
		.config = 0x4010000000,
		.bus_last = 255,
		.io = { .addr = 0, .len = 0x10000, .cpu = 0x3eff0000 },
		.memory = { .addr = 0x10000000, .len = 0x2eff0000,
			    .cpu = 0x10000000 },
		.memory64 = { .addr = 512 * GiB, .len = 512 * GiB,
			      .cpu = 512 * GiB },
	},
};

/*
 * --- x86_64 "q35": its CPU finds instructions to halt ---
 *
 * Memory and I/O ports are free where the windows are; ports below belong to
 * the chip set, and so does memory from 0xfec00000 on.
 */

static const char *const q35_words[] = {
	"-machine", "q35,memory-backend=ram0",
	/* Slots are for who drives them: nobody is there to do it by ACPI. */
	"-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off", NULL
};

static const struct qtest_machine q35 = {
	.program = "qemu-system-x86_64",
	.variable = "LEV_QEMU_X86",
	.package = "qemu-system-x86",
	.words = q35_words,
	.firmware = true,
	.pci = {
		.access = LEV_PCI_PORTS,
		.config = QTEST_PORTS | 0xcf8,
		.bus_last = 255,
		.io = { .addr = 0xc000, .len = 0x4000, .cpu = 0xc000 },
		.io_ports = true,
		.memory = { .addr = 0xe0000000, .len = 0x1ec00000,
			    .cpu = 0xe0000000 },
		.memory64 = { .addr = 32 * GiB, .len = 32 * GiB,
			      .cpu = 32 * GiB },
	},
};

const struct qtest_machine *qtest_machine(enum lev_qtest_machine kind)
{
	return kind == LEV_QTEST_Q35 ? &q35 : &virt;
}

void lev_qtest_pci_host(const struct lev_qtest *qt, struct lev_pci_host *host)
{
	*host = qt->machine->pci;
	host->hal = &qt->hal;
}

/* --- registers --- */

/* Where an I/O port is: x86 has such an address space, others have not. */
int qtest_io_map(void *ctx, enum lev_io_space space, uint64_t addr,
		 uint64_t len, uint64_t *reg)
{
	const struct lev_qtest *qt = ctx;

	if (space == LEV_IO_PORT) {
		if (!qt->machine->pci.io_ports || addr > 0xffff ||
		    len > 0x10000 - addr)
			return LEV_ERR_NOTSUP;
		addr |= QTEST_PORTS;
	} else if (addr & QTEST_PORTS) {
		return LEV_ERR_NOTSUP;
	}
	*reg = addr;
	return 0;
}
