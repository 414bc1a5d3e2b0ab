/* SPDX-License-Identifier: MIT */
/* The shell. See shell.h. */
#include "shell.h"

#include "arch.h"
#include "bench.h"
#include "console.h"
#include "devices.h"
#include "display.h"
#include "entropy.h"
#include "line.h"
#include "panic.h"
#include "panic_screen.h"
#include "text.h"

struct command {
	const char *name;
	const char *help;
	void (*run)(const char *args);
};

static const struct memory *memory;
static const struct lev_baremetal *port;
static struct line line;
static bool hidden; /* the line, behind something that was printed */

/* --- commands --- */

static void run_devices(const char *args)
{
	(void)args;
	devices_list();
}

static void run_gpu(const char *args)
{
	if (!*args)
		display_print();
	else if (!text_equal(args, "stall"))
		kprintf("usage: gpu [stall]\n");
	else if (display_stall())
		kprintf("the GPU's next doorbell will be lost\n");
	else
		kprintf("no GPU\n");
}

/* rng [COUNT]: bytes in hexadecimal, as they come. */
static void run_rng(const char *args)
{
	/* Not on the stack: a device that cannot be reset keeps it. */
	static uint8_t bytes[64];
	unsigned count = 16;

	if (*args &&
	    (!text_number(args, sizeof(bytes), &count) || count == 0)) {
		kprintf("usage: rng [1 to %zu]\n", sizeof(bytes));
		return;
	}
	if (!entropy_read(bytes, count))
		return;
	for (unsigned i = 0; i < count; i++)
		kprintf("%02x", bytes[i]);
	kprintf("\n");
}

static void run_log(const char *args)
{
	(void)args;
	console_show_log();
}

static void run_echo(const char *args)
{
	kprintf("%s\n", args);
}

static void run_clear(const char *args)
{
	static const char clear[] = "\033[H\033[2J";

	(void)args;
	console_write(clear, sizeof(clear) - 1);
}

static void run_uptime(const char *args)
{
	const uint64_t ms = arch_now() / 1000000;

	(void)args;
	kprintf("%llu.%03llu s\n", (unsigned long long)(ms / 1000),
		(unsigned long long)(ms % 1000));
}

static void run_mem(const char *args)
{
	(void)args;
	kprintf("%llu MiB, %llu KiB free\n",
		(unsigned long long)memory->total >> 20,
		(unsigned long long)memory_free(memory) >> 10);
	kprintf("devices: %llu of %llu KiB in %u pieces\n",
		(unsigned long long)lev_baremetal_used(port) >> 10,
		(unsigned long long)port->config.arena_len >> 10,
		lev_baremetal_count(port));
}

/* Swatches of colours: 16, a row of the 256, a ramp of 24-bit ones. */
static void pattern_colors(void)
{
	for (unsigned i = 0; i < 16; i++)
		kprintf("\033[%um  ", i < 8 ? 40 + i : 92 + i);
	kprintf("\033[m\n");
	for (unsigned i = 16; i < 52; i++)
		kprintf("\033[48;5;%um ", i);
	kprintf("\033[m\n");
	for (unsigned i = 0; i < 64; i++)
		kprintf("\033[48;2;%u;%u;%um ", 4 * i, 128, 255 - 4 * i);
	kprintf("\033[m\n");
}

static void run_test_pattern(const char *args)
{
	(void)args;
	pattern_colors();
	kprintf("\033[1mbold\033[m \033[4munderline\033[m "
		"\033[7minverse\033[m \033[1;31mred\033[m\n");
	kprintf("┌──────┬──────┐\n│ café │ Ωмир │\n└──────┴──────┘\n");
	for (char c = ' '; c <= '~'; c++)
		kprintf("%c", c);
	kprintf("\n");
}

static void run_bench(const char *args)
{
	if (text_equal(args, "console"))
		bench_console();
	else if (text_equal(args, "ring"))
		bench_ring(&port->hal);
	else if (text_equal(args, "device"))
		bench_device();
	else
		kprintf("usage: bench console, bench ring, bench device\n");
}

/* No page is ever mapped here; the compiler must not know. */
static volatile uint64_t nowhere = 0x10;

/* Half a KiB each time, more often than any stack has room for. */
static void go_down(unsigned times)
{
	volatile char room[512];

	room[0] = 0;
	if (times > 0)
		go_down(times - 1);
	room[1] = room[0]; /* or the call would become a jump */
}

/* The ways to stop that are faults, and one inside of the other. */
static void run_panic(const char *args)
{
	const struct device_place no_place = { .addr = nowhere };

	if (text_equal(args, "fault"))
		*(volatile uint32_t *)(uintptr_t)nowhere = 0;
	if (text_equal(args, "stack"))
		go_down(1000000);
	if (text_equal(args, "twice"))
		panic_screen_use(&no_place, 1, 1);
	panic("%s", *args ? args : "asked for in the shell");
}

static void run_reboot(const char *args)
{
	(void)args;
	arch_reboot();
}

static void run_poweroff(const char *args)
{
	(void)args;
	arch_poweroff();
}

static void run_help(const char *args);

static const struct command commands[] = {
	{ "help", "this list", run_help },
	{ "devices", "VirtIO devices and who drives them", run_devices },
	{ "gpu", "the screen; gpu stall: lose its next doorbell", run_gpu },
	{ "rng", "random bytes; rng 64: so many", run_rng },
	{ "log", "what the kernel said so far", run_log },
	{ "echo", "say it again", run_echo },
	{ "clear", "an empty screen", run_clear },
	{ "uptime", "time since the machine started", run_uptime },
	{ "mem", "memory", run_mem },
	{ "test-pattern", "colours, attributes, characters", run_test_pattern },
	{ "bench", "instructions: bench console, ring, device", run_bench },
	{ "panic", "stop with a report; panic fault, stack, twice", run_panic },
	{ "reboot", "start again", run_reboot },
	{ "poweroff", "switch off", run_poweroff },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void run_help(const char *args)
{
	(void)args;
	for (unsigned i = 0; i < COMMANDS; i++)
		kprintf("%-12s  %s\n", commands[i].name, commands[i].help);
}

/* --- lines --- */

/* Split off the first word, in place; returns what follows it. */
static char *split_word(char *text)
{
	while (*text && *text != ' ')
		text++;
	if (*text)
		*text++ = 0;
	while (*text == ' ')
		text++;
	return text;
}

static void run_line(char *text)
{
	char *args;

	while (*text == ' ')
		text++;
	if (!*text)
		return;
	args = split_word(text);
	for (unsigned i = 0; i < COMMANDS; i++) {
		if (text_equal(commands[i].name, text)) {
			commands[i].run(args);
			return;
		}
	}
	kprintf("%s: no such command; try help\n", text);
}

/* --- input --- */

static void out(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	console_write(text, len);
}

static const char *command_name(void *ctx, unsigned idx)
{
	(void)ctx;
	return idx < COMMANDS ? commands[idx].name : NULL;
}

static struct line_config config = {
	.prompt = "> ",
	.out = out,
	.word = command_name,
};

/* The kernel is about to say something while a line is being typed. */
static void make_way(void)
{
	line_hide(&line);
	hidden = true;
}

void shell_init(const struct memory *mem, const struct lev_baremetal *hal_port)
{
	memory = mem;
	port = hal_port;
	config.cols = display_cols();
	line_init(&line, &config);
	line_begin(&line);
	console_before_output(make_way);
}

/* What a command prints is no interruption. */
void shell_input(char byte)
{
	(void)shell_refresh();
	console_before_output(NULL);
	if (line_input(&line, byte)) {
		run_line(line.text);
		line_begin(&line);
	}
	console_before_output(make_way);
}

bool shell_refresh(void)
{
	if (!hidden)
		return false;
	hidden = false;
	line_show(&line);
	console_before_output(make_way);
	return true;
}
