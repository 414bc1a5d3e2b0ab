/* SPDX-License-Identifier: MIT */
/* The last words: serial first, then the screen. */
#include "panic.h"

#include "arch.h"
#include "print.h"
#include "symbols.h"

enum { REPORT_LEN = 8192, CALLS = 24 };

static void (*show_on_screen)(const char *text);
static char report[REPORT_LEN];
static size_t report_len;
static unsigned depth; /* panics that have begun */

void panic_set_screen(void (*show)(const char *text))
{
	show_on_screen = show;
}

static void put(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	arch_serial_write(text, len);
	if (depth > 1)
		return;
	if (len > REPORT_LEN - 1 - report_len)
		len = REPORT_LEN - 1 - report_len;
	__builtin_memcpy(report + report_len, text, len);
	report_len += len;
}

static void vprint(const char *fmt, va_list args) LEV_FORMAT(1, 0);

static void vprint(const char *fmt, va_list args)
{
	static const struct print_sink sink = { put, NULL };

	print_to(&sink, fmt, args);
}

void panic_print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprint(fmt, args);
	va_end(args);
}

void panic_begin(const char *reason)
{
	(void)arch_irq_save();
	depth++;
	if (depth > 2)
		arch_halt();
	panic_print("\n*** PANIC%s: %s\n", depth > 1 ? " in a panic" : "",
		    reason);
}

/*
 * back is 1 for return addresses: the call may have been its function's last
 * instruction.
 */
static void print_call(uint64_t addr, unsigned back)
{
	uint32_t off;
	const char *name = symbol_find(addr - back, &off);

	if (name != NULL)
		panic_print("  %016llx %s+0x%x\n", (unsigned long long)addr,
			    name, off + back);
	else
		panic_print("  %016llx ?\n", (unsigned long long)addr);
}

_Noreturn void panic_end(uint64_t pc, uint64_t link, uint64_t frame)
{
	uint64_t calls[CALLS];
	unsigned count = arch_backtrace(frame, calls, CALLS);
	uint32_t off;

	panic_print("called from:\n");
	if (pc != 0)
		print_call(pc, 0);
	if (pc != 0 && symbol_find(pc, &off) == NULL)
		print_call(link, 1);
	for (unsigned i = 0; i < count; i++)
		print_call(calls[i], 1);
	if (depth == 1 && show_on_screen != NULL)
		show_on_screen(report);
	panic_print("*** stopped\n");
	arch_halt();
}

_Noreturn void panic(const char *fmt, ...)
{
	char reason[160];
	va_list args;

	va_start(args, fmt);
	print_vtext(reason, sizeof(reason), fmt, args);
	va_end(args);
	panic_begin(reason);
	panic_end(0, 0, 0);
}
