/* SPDX-License-Identifier: MIT */
/*
 * The qtest protocol: a command a line, answered by "OK" and perhaps a value,
 * or by "FAIL". Between the two, and at any other time, come lines that tell of
 * interrupts: "IRQ raise 16".
 *
 * QEMU works on one thing at a time: what a device did before it answered a
 * register access, interrupts included, arrives before the answer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "qtest_int.h"

enum {
	COMMAND_MAX = 160,
	SLOT_LINE = 16,	     /* shared interrupt of slot 0 */
	INTX_LINE = 3,	     /* that of PCI's INTA */
	RELAX_LONG = 2,	     /* ms: a line will rise when there is something */
	RELAX_SHORT = 50000, /* ns: nothing will tell */
};

static uint32_t ones(unsigned width)
{
	return width == 4 ? 0xffffffff : width == 2 ? 0xffff : 0xff;
}

/* --- interrupts --- */

/* What the GIC calls this is, for us, that; QTEST_LINES: none of ours. */
static unsigned line_of(unsigned number)
{
	if (number >= SLOT_LINE && number - SLOT_LINE < LEV_QTEST_SLOTS)
		return number - SLOT_LINE;
	if (number >= INTX_LINE && number - INTX_LINE < LEV_QTEST_INTX)
		return LEV_QTEST_SLOTS + number - INTX_LINE;
	return QTEST_LINES;
}

static void irq_line(struct lev_qtest *qt, const char *line)
{
	unsigned number;
	char what[8];

	if (sscanf(line, "IRQ %7s %u", what, &number) != 2)
		return;
	number = line_of(number);
	if (number == QTEST_LINES)
		return; /* another device of the machine */
	qt->irqs[number].level = strcmp(what, "raise") == 0;
	qt->irqs[number].count += qt->irqs[number].level;
}

/* The next line that is no interrupt. */
static int wire_line(struct lev_qtest *qt, uint64_t deadline, char **line)
{
	int err;

	for (;;) {
		err = qtest_stream_line(&qt->wire, deadline, line);
		if (err || strncmp(*line, "IRQ ", 4) != 0)
			return err;
		irq_line(qt, *line);
	}
}

/* Take note of what came in unasked. */
static void wire_drain(struct lev_qtest *qt)
{
	char *line;
	int err;

	if (qt->dead)
		return;
	err = wire_line(qt, 0, &line);
	if (!err)
		err = LEV_ERR_PROTO; /* an answer to nothing */
	if (err != LEV_ERR_TIMEDOUT)
		qtest_lost(qt, "listening for interrupts", err);
}

bool lev_qtest_irq(struct lev_qtest *qt, unsigned slot)
{
	wire_drain(qt);
	return slot < QTEST_LINES && qt->irqs[slot].level;
}

unsigned lev_qtest_irq_count(struct lev_qtest *qt, unsigned slot)
{
	wire_drain(qt);
	return slot < QTEST_LINES ? qt->irqs[slot].count : 0;
}

bool lev_qtest_irq_wait(struct lev_qtest *qt, unsigned slot, bool level)
{
	const uint64_t deadline = qtest_deadline(qt);

	while (lev_qtest_irq(qt, slot) != level) {
		if (qt->dead || qtest_now() >= deadline)
			return false;
		qtest_sleep(qt->wire.fd, deadline);
	}
	return true;
}

static bool any_irq(const struct lev_qtest *qt)
{
	for (unsigned i = 0; i < QTEST_LINES; i++)
		if (qt->irqs[i].level)
			return true;
	return false;
}

void qtest_relax(void *ctx, uint64_t deadline)
{
	struct lev_qtest *qt = ctx;
	const struct timespec pause = { .tv_nsec = RELAX_SHORT };
	uint64_t until;

	if (qt->dead) {
		nanosleep(&pause, NULL);
		return;
	}
	until = qtest_now() + (any_irq(qt) || qt->messages_come
				       ? RELAX_SHORT
				       : RELAX_LONG * UINT64_C(1000000));
	qtest_sleep(qt->wire.fd, until < deadline ? until : deadline);
	wire_drain(qt);
}

/* --- registers --- */

/* Send a line and wait for its answer; what stands behind "OK", or NULL. */
static const char *wire_command(struct lev_qtest *qt, const char *command)
{
	const uint64_t deadline = qtest_deadline(qt);
	char *line;
	int err;

	if (qt->dead)
		return NULL;
	err = qtest_stream_send(&qt->wire, command, strlen(command), deadline);
	if (!err)
		err = wire_line(qt, deadline, &line);
	if (!err && strncmp(line, "OK", 2) == 0)
		return line + 2;
	if (!err) {
		qtest_complain(qt, "qtest: %s to %s", line, command);
		err = LEV_ERR_PROTO;
	}
	qtest_lost(qt, command, err);
	return NULL;
}

bool qtest_wire_intercept(struct lev_qtest *qt, const char *path)
{
	char command[COMMAND_MAX];

	snprintf(command, sizeof(command), "irq_intercept_in %s\n", path);
	return wire_command(qt, command) != NULL;
}

/*
 * A doorbell wakes QEMU's main loop, which may handle it a turn later (QEMU
 * 10.0 does, 7.2 in the register write). That loop answers commands too: the
 * second comes in a later turn than the first.
 */
static void wire_settle(struct lev_qtest *qt)
{
	for (unsigned i = 0; i < 2; i++)
		(void)wire_command(qt, "endianness\n");
}

void lev_qtest_hook(struct lev_qtest *qt,
		    bool (*hook)(void *ctx, uint64_t reg, bool write),
		    void *ctx)
{
	wire_settle(qt);
	qt->hook = hook;
	qt->hook_ctx = ctx;
}

static char letter(unsigned width)
{
	return width == 4 ? 'l' : width == 2 ? 'w' : 'b';
}

uint32_t qtest_reg_read(void *ctx, uint64_t reg, unsigned width)
{
	struct lev_qtest *qt = ctx;
	char command[COMMAND_MAX];
	const char *answer;
	char *end;
	unsigned long long value;

	if (qt->hook && !qt->hook(qt->hook_ctx, reg, false))
		return 0;
	snprintf(command, sizeof(command), "%s%c %#llx\n",
		 reg & QTEST_PORTS ? "in" : "read", letter(width),
		 (unsigned long long)(reg & ~QTEST_PORTS));
	answer = wire_command(qt, command);
	if (!answer)
		return ones(width);
	errno = 0;
	value = strtoull(answer, &end, 16);
	if (errno || end == answer || *end || value > ones(width)) {
		qtest_complain(qt, "qtest: OK%s to %s", answer, command);
		qtest_lost(qt, command, LEV_ERR_PROTO);
		return ones(width);
	}
	return (uint32_t)value;
}

void qtest_reg_write(void *ctx, uint64_t reg, unsigned width, uint32_t value)
{
	struct lev_qtest *qt = ctx;
	char command[COMMAND_MAX];

	if (qt->hook && !qt->hook(qt->hook_ctx, reg, true))
		return;
	snprintf(command, sizeof(command), "%s%c %#llx %#x\n",
		 reg & QTEST_PORTS ? "out" : "write", letter(width),
		 (unsigned long long)(reg & ~QTEST_PORTS), value);
	(void)wire_command(qt, command);
}
