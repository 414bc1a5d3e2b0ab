/* SPDX-License-Identifier: MIT */
/* The kernel, from its entry to READY, and what it does then. */
#include "ports/baremetal/baremetal.h"

#include "arch.h"
#include "bench.h"
#include "bootargs.h"
#include "console.h"
#include "device_irq.h"
#include "devices.h"
#include "display.h"
#include "entropy.h"
#include "keyboard.h"
#include "label.h"
#include "memory.h"
#include "panic.h"
#include "panic_screen.h"
#include "pci.h"
#include "print.h"
#include "shell.h"
#include "text.h"

enum {
	ARENA_MAX = 64 << 20,
	SYNC_TRIES = 3,
	POLL_INTERVAL = 5 * 1000000, /* ns */
	SERIAL_BURST = 256, /* bytes read before the devices have their turn */
};

static struct fdt fdt;
static struct memory memory;
static struct lev_baremetal port;
static bool slept_inside; /* a driver slept: interrupts came unseen */

/* Device tree, memory, interrupts, clock. */
static void machine_init(const void *blob, size_t blob_len)
{
	uint64_t start, end;
	int err;

	kprintf("Levitate on %s\n", arch_name());
	if (!blob)
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
	for (unsigned i = 0; i < memory.count; i++)
		arch_map_memory(memory.ranges[i].start,
				memory.ranges[i].end - memory.ranges[i].start);
	kprintf("memory: %llu MiB\n", (unsigned long long)memory.total >> 20);
	arch_init(&fdt);
}

static uint64_t port_now(void *ctx)
{
	(void)ctx;
	return arch_now();
}

/* Until the deadline or an interrupt; devices without one are polled. */
static void doze(uint64_t deadline)
{
	const uint64_t soon = arch_now() + POLL_INTERVAL;

	bench_wait(devices_polled() && soon < deadline ? soon : deadline);
}

static void port_relax(void *ctx, uint64_t deadline)
{
	(void)ctx;
	slept_inside = true;
	doze(deadline);
}

LEV_FORMAT(3, 0)
static void port_log(void *ctx, const char *who, const char *format,
		     va_list args)
{
	char line[160];

	(void)ctx;
	print_vtext(line, sizeof(line), format, args);
	kprintf("%s: %s\n", who, line);
}

/* What the drivers run on: an arena for DMA, the clock, sleep, the log. */
static void port_init(void)
{
	struct lev_baremetal_config config = {
		.arena_len = memory_free(&memory) / 4,
		.now = port_now,
		.relax = port_relax,
		.io_map = pci_io_map,
		.log = port_log,
	};

	if (config.arena_len > ARENA_MAX)
		config.arena_len = ARENA_MAX;
	config.arena = (void *)(uintptr_t)memory_take(&memory, config.arena_len,
						      MEMORY_PAGE);
	if (!config.arena)
		panic("no memory for devices");
	lev_baremetal_init(&port, &config);
}

/* Memory that nothing but a panic will use, while there is some. */
static void panic_init(void)
{
	const struct lev_gpu_surface *s = display_surface();
	size_t len;
	void *mem;

	if (!s)
		return;
	len = panic_screen_len(s->width, s->height);
	mem = (void *)(uintptr_t)memory_take(&memory, len, MEMORY_PAGE);
	if (!mem) {
		kprintf("panic: no memory for a screen of its own\n");
		return;
	}
	panic_screen_init(mem, len);
	panic_screen_use(&display_slot()->place, s->width, s->height);
}

/* Which bus the screen is on; a GPU on PCI has no versions. */
static void bus_text(const struct device_slot *slot, char *text, size_t size)
{
	const struct lev_transport *t = slot->transport;

	if (slot->place.host)
		print_text(text, size, "pci");
	else
		print_text(text, size, "mmio v%u%s", t->version,
			   t->legacy ? " (legacy)" : "");
}

/* Everything is probed: say READY, once the screen shows it. */
static void ready(void)
{
	const struct lev_gpu_surface *s = display_surface();
	char bus[24];
	char text[80];

	if (!s) {
		kprintf("no screen, this line is the console\n");
		console_serial("READY\n");
		return;
	}
	bus_text(display_slot(), bus, sizeof(bus));
	print_text(text, sizeof(text), " READY  %ux%u  %s  %llu MiB", s->width,
		   s->height, bus, (unsigned long long)memory.total >> 20);
	display_status(text);
	for (unsigned i = 0; i < SYNC_TRIES && display_up(); i++) {
		if (display_sync()) {
			console_serial("READY\n");
			return;
		}
	}
	kprintf("the screen does not show READY\n");
}

/* irq=: the best kind of interrupt to use; without it, the best there is. */
static enum device_irq irq_wanted(void)
{
	char value[BOOTARGS_VALUE];

	if (!bootargs_value(&fdt, "irq", value))
		return DEVICE_MSIX;
	for (enum device_irq irq = DEVICE_MSIX; irq <= DEVICE_POLL; irq++) {
		if (text_equal(value, device_irq_name(irq)))
			return irq;
	}
	kprintf("irq=%s: there is msix, intx and poll\n", value);
	return DEVICE_MSIX;
}

/* bench=: what to measure. */
static void bench(void)
{
	char value[BOOTARGS_VALUE];

	if (!bootargs_value(&fdt, "bench", value))
		return;
	if (text_equal(value, "boot"))
		bench_boot();
	else if (text_equal(value, "console"))
		bench_console();
	else if (text_equal(value, "ring"))
		bench_ring(&port.hal);
	else if (text_equal(value, "device"))
		bench_device();
	else
		kprintf("bench=%s: there is boot, console, ring and device\n",
			value);
}

/* False: there may be more. */
static bool read_serial(void)
{
	for (unsigned i = 0; i < SERIAL_BURST; i++) {
		const int byte = arch_serial_read();

		if (byte < 0)
			return true;
		shell_input((char)byte);
	}
	return false;
}

/*
 * Once around: what was typed, what is to be drawn, then sleep. Not when a
 * driver slept meanwhile, as an interrupt that ended its sleep ends no other.
 */
static void serve(void)
{
	uint64_t next, frame;
	bool all_read;

	slept_inside = false;
	all_read = read_serial();
	devices_poll();
	next = keyboard_service();
	frame = display_service();
	if (shell_refresh() || !all_read || slept_inside)
		frame = 0; /* there is something to do */
	doze(frame < next ? frame : next);
}

_Noreturn void kernel_main(const void *blob, size_t blob_len)
{
	machine_init(blob, blob_len);
	port_init();
	devices_probe(&fdt, &port.hal, irq_wanted());
	if (display_init(&port.hal, &memory)) {
		console_replay();
		labels_init(display_slot(), &memory);
	}
	panic_init();
	keyboard_init();
	entropy_init();
	ready();
	bench();
	shell_init(&memory, &port);
	for (;;)
		serve();
}
