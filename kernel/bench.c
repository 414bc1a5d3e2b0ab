/* SPDX-License-Identifier: MIT */
/* What the kernel costs. See bench.h. */
#include "bench.h"

#include "arch.h"
#include "console.h"
#include "display.h"

enum { TEXT_LEN = 1 << 20, LINE_LEN = 80, LINES_AT_ONCE = 16 };

static uint64_t total;	/* up to the last look at the counter */
static uint32_t last;	/* what it showed then */
static uint64_t asleep; /* of the total */

/* The counter wraps; whoever sleeps or asks looks often enough. */
static uint64_t count(void)
{
	const uint32_t now = arch_count();

	total += now - last;
	last = now;
	return total;
}

void bench_wait(uint64_t deadline)
{
	const uint64_t before = count();

	arch_wait(deadline);
	asleep += count() - before;
}

/* Instructions since the start, sleep left out. */
static uint64_t awake(void)
{
	return count() - asleep;
}

bool bench_can_count(void)
{
	if (!arch_can_count())
		kprintf("bench: no instruction counter (QEMU: -icount)\n");
	return arch_can_count();
}

void bench_boot(void)
{
	const uint64_t instructions = awake();

	if (bench_can_count())
		kprintf("bench boot_instructions %llu\n",
			(unsigned long long)instructions);
}

/* One line of text, not the same each time, with its LF. */
static void fill_line(char *line, unsigned seed)
{
	for (unsigned i = 0; i < LINE_LEN; i++)
		line[i] = (char)('!' + (seed + i) % 94);
	line[LINE_LEN] = '\n';
}

void bench_console(void)
{
	static char lines[LINES_AT_ONCE][LINE_LEN + 1];
	uint64_t before, instructions, bytes = 0;

	if (!bench_can_count() || !display_sync())
		return;
	for (unsigned i = 0; i < LINES_AT_ONCE; i++)
		fill_line(lines[i], 7 * i);
	console_mute(true);
	before = awake();
	while (bytes < TEXT_LEN) {
		console_write(lines[0], sizeof(lines));
		bytes += sizeof(lines);
		display_service();
	}
	display_sync();
	instructions = awake() - before;
	console_mute(false);
	kprintf("bench console_instructions_per_byte %llu.%llu\n",
		(unsigned long long)(instructions / bytes),
		(unsigned long long)(instructions * 10 / bytes % 10));
}
