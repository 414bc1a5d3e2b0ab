/* SPDX-License-Identifier: MIT */
/*
 * What the files of this port share: qtest.c (the functions of the HAL, open
 * and close) stands on
 *
 *   memory.c   the machine's memory: allocated, mapped, watched
 *   wire.c     the qtest protocol: registers and interrupt lines
 *   qmp.c      QMP: commands, keys, reset;  screen.c  what a display shows
 *   process.c  QEMU itself: its command line, its start and its end
 *   machine.c  the kinds of machines: where they have what
 *   text.c     texts that grow, and lines that come through a socket
 */
#ifndef PORTS_QTEST_INT_H
#define PORTS_QTEST_INT_H

#include <stdarg.h>
#include <sys/types.h>

#include "qtest.h"

/* Cookies of I/O ports have this bit, those of memory have not. */
#define QTEST_PORTS (UINT64_C(1) << 63)

/* --- text.c --- */

/* A text that grows; NUL-terminated, never NULL. Zeroed: empty. */
struct qtest_text {
	char *buf;
	size_t len;
};

void qtest_text_add(struct qtest_text *text, const char *format, ...)
	LEV_FORMAT(2, 3);
void qtest_text_vadd(struct qtest_text *text, const char *format, va_list args)
	LEV_FORMAT(2, 0);
const char *qtest_text_get(const struct qtest_text *text);

/* calloc that aborts. */
void *qtest_zalloc(size_t len);

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t qtest_now(void);

/* Sleep until fd can be read or the clock says deadline; false: it does. */
bool qtest_sleep(int fd, uint64_t deadline);

/* A socket that lines come through. */
struct qtest_stream {
	int fd;
	char *buf;
	size_t used; /* given out: the line before */
	size_t len;  /* received */
	size_t room;
};

/*
 * The next line, without its end, valid until the next call. Waits until
 * deadline; 0: takes what is there. LEV_ERR_TIMEDOUT; LEV_ERR_NODEV when the
 * other side is gone; LEV_ERR_PROTO for a line beyond all bounds.
 */
LEV_MUST_CHECK int qtest_stream_line(struct qtest_stream *stream,
				     uint64_t deadline, char **line);

/* Send all of it. LEV_ERR_TIMEDOUT, LEV_ERR_NODEV. */
LEV_MUST_CHECK int qtest_stream_send(struct qtest_stream *stream,
				     const char *bytes, size_t len,
				     uint64_t deadline);

/* --- the port --- */

/* Lines that are heard of: those of MMIO's slots, and then those of PCI. */
enum { QTEST_LINES = LEV_QTEST_SLOTS + LEV_QTEST_INTX };

struct qtest_block;
struct qtest_machine;

struct lev_qtest {
	struct lev_hal hal;
	const struct qtest_machine *machine;
	uint64_t timeout; /* ns */
	struct qtest_text log;
	struct qtest_text complaints;
	unsigned complaint_count;

	/* memory.c */
	uint8_t *ram;
	size_t ram_len;
	size_t next;		  /* where to look for room first */
	struct qtest_block *live; /* allocated or mapped */
	struct qtest_block *rest; /* freed and watched, youngest first */
	unsigned live_count, rest_count;
	uint32_t map_piece;

	/* process.c */
	pid_t pid;
	bool dead;     /* QEMU answers no more, or was never there */
	bool reaped;   /* and status is how it ended */
	bool expected; /* its end is no complaint */
	bool checked;  /* all about its end has been said */
	int status;
	int ram_fd, screen_fd, stderr_fd, firmware_fd;
	const char *const *tolerated;

	/* wire.c */
	bool (*hook)(void *ctx, uint64_t reg, bool write);
	void *hook_ctx;
	struct qtest_stream wire;
	struct {
		bool level;
		unsigned count;
	} irqs[QTEST_LINES];
	bool messages_come; /* interrupts that no line tells of */

	/* qmp.c */
	struct qtest_stream qmp;
	struct qtest_text result;
	const char *event; /* the one that is waited for */
	bool event_seen;
};

void qtest_complain(struct lev_qtest *qt, const char *format, ...)
	LEV_FORMAT(2, 3);

/* The moment at which an exchange with QEMU is given up. */
uint64_t qtest_deadline(const struct lev_qtest *qt);

/* QEMU failed us while doing this, for this reason: complain and kill it. */
void qtest_lost(struct lev_qtest *qt, const char *doing, int err);

/* --- memory.c --- */

LEV_MUST_CHECK bool qtest_memory_open(struct lev_qtest *qt, size_t len);
/* The machine has ended: complain about what is left and what was touched. */
void qtest_memory_check(struct lev_qtest *qt);
void qtest_memory_close(struct lev_qtest *qt);

void *qtest_dma_alloc(void *ctx, size_t len, size_t align, lev_paddr max_addr,
		      unsigned flags, lev_paddr *addr);
void qtest_dma_free(void *ctx, void *ptr, lev_paddr addr, size_t len,
		    unsigned flags);
int qtest_dma_map(void *ctx, void *ptr, size_t len, unsigned flags,
		  struct lev_seg *segs, unsigned max);
void qtest_dma_unmap(void *ctx, void *ptr, size_t len, unsigned flags,
		     const struct lev_seg *segs, unsigned count);
void qtest_dma_sync(void *ctx, void *ptr, size_t len, unsigned flags);

/* --- wire.c --- */

uint32_t qtest_reg_read(void *ctx, uint64_t reg, unsigned width);
void qtest_reg_write(void *ctx, uint64_t reg, unsigned width, uint32_t value);
void qtest_relax(void *ctx, uint64_t deadline);
LEV_MUST_CHECK bool qtest_wire_intercept(struct lev_qtest *qt,
					 const char *path);

/* --- qmp.c --- */

/* Greet. */
LEV_MUST_CHECK bool qtest_qmp_open(struct lev_qtest *qt);
/* Find the machine's GIC, and store its path. */
LEV_MUST_CHECK bool qtest_qmp_gic(struct lev_qtest *qt, char *path, size_t len);

/* --- machine.c --- */

struct qtest_machine {
	const char *program, *variable, *package; /* QEMU, who else names it,
						   * and who has it */
	const char *const *words;		  /* of its command line */
	bool firmware; /* give it one that halts the CPU */
	bool gic;      /* it has one, whose lines are heard */
	uint64_t ram_base;
	struct lev_pci_host pci; /* but for hal */
};

const struct qtest_machine *qtest_machine(enum lev_qtest_machine kind);
int qtest_io_map(void *ctx, enum lev_io_space space, uint64_t addr,
		 uint64_t len, uint64_t *reg);

/* --- process.c --- */

LEV_MUST_CHECK bool qtest_process_open(struct lev_qtest *qt,
				       const struct lev_qtest_config *config);
/* It is about to end: wait for that; kill it if that takes too long. */
void qtest_process_wait(struct lev_qtest *qt);
/* It has ended: complain about how, and about what it said. */
void qtest_process_check(struct lev_qtest *qt);
void qtest_process_close(struct lev_qtest *qt);

#endif
