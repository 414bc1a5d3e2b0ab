/* SPDX-License-Identifier: MIT */
#include "arch.h"
#include "console.h"
#include "memory.h"
#include "panic.h"

static struct fdt fdt;
static struct memory memory;

_Noreturn void kernel_main(const void *blob, size_t blob_len)
{
	uint64_t start, end;
	struct fdt_cursor at;
	const char *args;
	int err;

	kprintf("Levitate on %s\n", arch_name());
	if (blob == NULL)
		panic("no device tree");
	err = fdt_open(&fdt, blob, blob_len);
	if (err)
		panic("device tree: %s", lev_strerror(err));
	arch_serial_init(&fdt);
	err = memory_from_fdt(&memory, &fdt);
	if (err)
		panic("memory: %s", lev_strerror(err));
	arch_image(&start, &end);
	memory_reserve(&memory, start, end - start);
	memory_reserve(&memory, arch_memory_limit(), UINT64_MAX);
	for (unsigned i = 0; i < memory.count; i++) {
		kprintf("memory %016llx..%016llx\n",
			(unsigned long long)memory.ranges[i].start,
			(unsigned long long)memory.ranges[i].end);
		arch_map_memory(memory.ranges[i].start,
				memory.ranges[i].end - memory.ranges[i].start);
	}
	arch_init(&fdt);
	kprintf("%llu MiB, %llu free, count %d\n",
		(unsigned long long)memory.total >> 20,
		(unsigned long long)memory_free(&memory) >> 20,
		arch_can_count());
	for (int i = 0; i < 3; i++) {
		arch_wait(arch_now() + 50000000);
		kprintf("%llu ns, %u instructions\n",
			(unsigned long long)arch_now(), arch_count());
	}
	args = fdt_find(&fdt, "/chosen", &at) ? fdt_text(&at, "bootargs") : "";
	if (args != NULL && args[0] == 'f')
		*(volatile int *)(uintptr_t)blob_len = 0;
	if (args != NULL && args[0] == 'x')
		((void (*)(void))(uintptr_t)&memory)();
	if (args != NULL && args[0] == 'w')
		*(volatile char *)(uintptr_t)&kernel_main = 0;
	if (args != NULL && args[0] == 's') {
		volatile char big[100000];
		for (size_t i = 0; i < sizeof(big); i++)
			big[sizeof(big) - 1 - i] = 1;
	}
	arch_poweroff();
}
