/* SPDX-License-Identifier: MIT */
/*
 * The port's two ends: the table of functions that drivers call, and the
 * opening and closing of a machine. See qtest_int.h for who does what.
 */
#include <stdlib.h>
#include <string.h>

#include "qtest_int.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the qtest port needs a little-endian host"
#endif

enum {
	DEFAULT_RAM = 64,	 /* MiB */
	DEFAULT_TIMEOUT = 20000, /* ms */
	PATH_LEN = 128,
};

/* --- complaints --- */

void qtest_complain(struct lev_qtest *qt, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	qtest_text_vadd(&qt->complaints, format, args);
	va_end(args);
	qtest_text_add(&qt->complaints, "\n");
	qt->complaint_count++;
}

uint64_t qtest_deadline(const struct lev_qtest *qt)
{
	return qtest_now() + qt->timeout;
}

void qtest_lost(struct lev_qtest *qt, const char *doing, int err)
{
	if (qt->dead)
		return;
	qtest_complain(qt, "QEMU %s: %.*s",
		       err == LEV_ERR_NODEV	 ? "ended"
		       : err == LEV_ERR_TIMEDOUT ? "does not answer"
						 : "makes no sense",
		       (int)strcspn(doing, "\n"), doing);
	if (err == LEV_ERR_NODEV)
		qtest_process_wait(qt); /* how it ended is worth knowing */
	else
		lev_qtest_kill(qt);
}

const char *lev_qtest_complaints(struct lev_qtest *qt)
{
	return qtest_text_get(&qt->complaints);
}

const char *lev_qtest_log(struct lev_qtest *qt)
{
	return qtest_text_get(&qt->log);
}

bool lev_qtest_ok(struct lev_qtest *qt)
{
	return !qt->dead && qt->complaint_count == 0;
}

/* --- the HAL --- */

static uint64_t now(void *ctx)
{
	(void)ctx;
	return qtest_now();
}

LEV_FORMAT(3, 0)
static void log_line(void *ctx, const char *who, const char *format,
		     va_list args)
{
	struct lev_qtest *qt = ctx;

	qtest_text_add(&qt->log, "%s: ", who);
	qtest_text_vadd(&qt->log, format, args);
	qtest_text_add(&qt->log, "\n");
}

static const struct lev_hal_ops ops = {
	.dma_alloc = qtest_dma_alloc,
	.dma_free = qtest_dma_free,
	.reg_read = qtest_reg_read,
	.reg_write = qtest_reg_write,
	.now = now,
	.dma_map = qtest_dma_map,
	.dma_unmap = qtest_dma_unmap,
	.dma_sync = qtest_dma_sync,
	.io_map = qtest_io_map,
	.relax = qtest_relax,
	.log = log_line,
};

const struct lev_hal *lev_qtest_hal(const struct lev_qtest *qt)
{
	return &qt->hal;
}

/* --- open and close --- */

static struct lev_qtest *qtest_new(const struct lev_qtest_config *config)
{
	struct lev_qtest *qt = qtest_zalloc(sizeof(*qt));

	qt->hal.ops = &ops;
	qt->hal.ctx = qt;
	qt->machine = qtest_machine(config->machine);
	qt->timeout = (config->timeout ? config->timeout : DEFAULT_TIMEOUT) *
		      UINT64_C(1000000);
	qt->map_piece = config->map_piece;
	qt->messages_come = config->pci != NULL;
	qt->ram_fd = -1;
	qt->screen_fd = -1;
	qt->stderr_fd = -1;
	qt->firmware_fd = -1;
	qt->wire.fd = -1;
	qt->qmp.fd = -1;
	return qt;
}

static void hear_lines(struct lev_qtest *qt)
{
	char gic[PATH_LEN];

	if (qtest_qmp_gic(qt, gic, sizeof(gic)) &&
	    !qtest_wire_intercept(qt, gic))
		qtest_complain(qt, "interrupts cannot be intercepted");
}

struct lev_qtest *lev_qtest_open(const struct lev_qtest_config *config)
{
	struct lev_qtest *qt = qtest_new(config);
	const size_t ram = config->ram ? config->ram : DEFAULT_RAM;

	qt->dead = true;
	if (!qtest_memory_open(qt, ram << 20))
		return qt;
	if (qtest_process_open(qt, config) && qtest_qmp_open(qt) &&
	    qt->machine->gic)
		hear_lines(qt);
	if (qt->dead)
		qtest_process_check(qt);
	return qt;
}

/* In good order: QEMU says what it has to say, and ends with status 0. */
static void quit(struct lev_qtest *qt)
{
	static const char command[] = "{\"execute\":\"quit\"}\n";
	const uint64_t deadline = qtest_deadline(qt);
	char *line;
	int err;

	if (qt->dead)
		return;
	err = qtest_stream_send(&qt->qmp, command, sizeof(command) - 1,
				deadline);
	while (!err) /* the answer, perhaps, events, and the end */
		err = qtest_stream_line(&qt->qmp, deadline, &line);
	if (err == LEV_ERR_NODEV)
		qtest_process_wait(qt);
	else
		qtest_lost(qt, "quit", err);
}

unsigned lev_qtest_close(struct lev_qtest *qt, FILE *where)
{
	unsigned count;

	quit(qt);
	qtest_process_check(qt);
	qtest_memory_check(qt);
	count = qt->complaint_count;
	if (count && where)
		fprintf(where, "%s%s", lev_qtest_log(qt),
			lev_qtest_complaints(qt));
	qtest_process_close(qt);
	qtest_memory_close(qt);
	free(qt->log.buf);
	free(qt->complaints.buf);
	free(qt->result.buf);
	free(qt);
	return count;
}
