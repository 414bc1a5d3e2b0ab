/* SPDX-License-Identifier: MIT */
/* The shell. See shell.h. */
#include "shell.h"

#include "arch.h"
#include "bench.h"
#include "console.h"
#include "devices.h"
#include "display.h"
#include "panic.h"
#include "text.h"

struct command {
	const char *name;
	const char *help;
	void (*run)(const char *args);
};

static const struct memory *memory;
static const struct lev_baremetal *port;
static char line[256];
static unsigned line_len;

static const char prompt[] = "> ";

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
	else
		kprintf("usage: bench console\n");
}

static void run_panic(const char *args)
{
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
	{ "log", "what the kernel said so far", run_log },
	{ "echo", "say it again", run_echo },
	{ "clear", "an empty screen", run_clear },
	{ "uptime", "time since the machine started", run_uptime },
	{ "mem", "memory", run_mem },
	{ "test-pattern", "colours, attributes, characters", run_test_pattern },
	{ "bench", "bench console: instructions a byte", run_bench },
	{ "panic", "stop with a report", run_panic },
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

void shell_init(const struct memory *mem, const struct lev_baremetal *hal_port)
{
	memory = mem;
	port = hal_port;
	kprintf("%s", prompt);
}

void shell_input(char byte)
{
	if (byte == '\r') {
		line[line_len] = 0;
		line_len = 0;
		kprintf("\n");
		run_line(line);
		kprintf("%s", prompt);
	} else if (byte == 0x7f && line_len > 0) {
		line_len--;
		console_write("\b \b", 3);
	} else if (byte >= ' ' && byte < 0x7f && line_len < sizeof(line) - 1) {
		line[line_len++] = byte;
		console_write(&byte, 1);
	}
}
