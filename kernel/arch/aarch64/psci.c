/* SPDX-License-Identifier: MIT */
/* Power off and reboot by the firmware (Arm PSCI, DEN 0022). */
#include "aarch64.h"
#include "cpu.h"

#define PSCI_SYSTEM_OFF	  0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u

static enum { METHOD_NONE, METHOD_HVC, METHOD_SMC } method;

void psci_init(const struct fdt *fdt)
{
	struct fdt_cursor at;
	const char *text;

	if (!fdt_find_compatible(fdt, "arm,psci-1.0", &at) &&
	    !fdt_find_compatible(fdt, "arm,psci-0.2", &at))
		return;
	text = fdt_text(&at, "method");
	if (text != NULL && text[0] == 'h')
		method = METHOD_HVC;
	else if (text != NULL && text[0] == 's')
		method = METHOD_SMC;
}

/* Does not return if the firmware does what it is asked for. */
static void call(uint32_t function)
{
	register uint64_t x0 __asm__("x0") = function;

	if (method == METHOD_HVC)
		__asm__ volatile("hvc #0"
				 : "+r"(x0)::"x1", "x2", "x3", "memory");
	else if (method == METHOD_SMC)
		__asm__ volatile("smc #0"
				 : "+r"(x0)::"x1", "x2", "x3", "memory");
}

_Noreturn void arch_halt(void)
{
	__asm__ volatile("msr daifset, #0xf" ::: "memory");
	for (;;)
		cpu_wfi();
}

_Noreturn void arch_poweroff(void)
{
	call(PSCI_SYSTEM_OFF);
	arch_serial_write("no power off on this machine: halted\n", 37);
	arch_halt();
}

_Noreturn void arch_reboot(void)
{
	call(PSCI_SYSTEM_RESET);
	arch_serial_write("no reset on this machine: halted\n", 33);
	arch_halt();
}
