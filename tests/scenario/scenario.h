/* SPDX-License-Identifier: MIT */
/*
 * Scenarios: what a driver does with a queue from one end to the other, written
 * once and run on the device model and on QEMU's devices. Where the two do not
 * agree, one of them is wrong, or the driver.
 *
 * A place has the devices. A peer is a kind of device whose answers can be
 * checked. A cell is a peer and the features that are agreed on (cells.inc). An
 * env is one device of a cell with its queue of one size, up and live.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <levitate/mmio.h>
#include <levitate/pci.h>
#include <levitate/queue.h>

struct env;
struct job;

/* --- cells --- */

enum cell_shift {
#define BIT(name, text)	  CELL_SHIFT_##name,
#define PEER(name, text)  CELL_SHIFT_##name,
#define TRAIT(name, text) CELL_SHIFT_##name,
#include "cells.inc"
};

enum {
#define BIT(name, text)	  CELL_##name = 1 << CELL_SHIFT_##name,
#define PEER(name, text)  CELL_##name = 1 << CELL_SHIFT_##name,
#define TRAIT(name, text) CELL_##name = 1 << CELL_SHIFT_##name,
#include "cells.inc"
};

enum { CELLS_MAX = 512, SIZES_MAX = 16, CELL_NAME = 128 };

struct cell {
	unsigned flags; /* CELL_ */
	unsigned sizes[SIZES_MAX];
	unsigned size_count;
	char name[CELL_NAME];
};

static inline bool cell_has(const struct cell *cell, unsigned flags)
{
	return (cell->flags & flags) == flags;
}

/* All cells of a place with these flags; returns how many. */
unsigned matrix_make(unsigned place_flags, struct cell *cells);

/* The feature bits that a device of the cell offers, beside its own. */
uint64_t cell_features(const struct cell *cell);

/* --- peers --- */

struct peer {
	unsigned flag; /* CELL_RNG ... */
	const struct lev_driver *driver;
	unsigned queues;	  /* that the scenarios use */
	uint32_t out_len, in_len; /* bytes of a request; more, if it has more
				   * segments than that */
	/* How a chain of so many segments is divided. */
	void (*divide)(unsigned segs, unsigned *readable, unsigned *writable);
	/* Write the request; look at what came back. */
	void (*fill)(struct job *job);
	void (*check)(struct job *job);
};

const struct peer *peer_of(const struct cell *cell);

/* --- places --- */

struct place {
	const char *name;
	/* CELL_QEMU, CELL_OLD. */
	unsigned (*flags)(void);
	unsigned ring_reset; /* works in cells with these flags */
	/*
	 * Set env->hal, and env->cookie; or, on PCI, env->host and
	 * env->function, and with MSI-X env->messages.
	 */
	void (*open)(struct env *env);
	/* Nothing is lent and nobody has a complaint. */
	void (*close)(struct env *env);
	/* Before the first cell of a scenario, and after the last one. */
	void (*begin)(const struct cell *cells, unsigned count,
		      uint32_t map_piece);
	void (*end)(void);
	/* A scenario failed in the middle. */
	void (*failed)(void);
	/*
	 * Sleep until the line is up, or the first queue's message there; is
	 * it?
	 */
	bool (*sleep)(struct env *env);
	/*
	 * How often the line rose, or such messages were found. What the device
	 * did before its last answer is in it.
	 */
	unsigned (*irqs)(struct env *env);
	/* From now on no request is answered, or they are again. */
	void (*silence)(struct env *env, bool silent);
	/* These bytes were taken for random ones. */
	void (*took)(struct env *env, const uint8_t *bytes, uint32_t len);
	/* What was given and not taken up to now is lost. */
	void (*forget)(struct env *env);
};

extern const struct place place_here;

/* --- env and jobs --- */

enum {
	QUEUES = 2,
	PIECES = 64, /* that a buffer is mapped to, at most */
	INDIRECT_LEN = 16,
	GUARD = 16,
	GUARD_BYTE = 0x3c,
	VECTORS = QUEUES + 1, /* the last one of a device's: configuration */
};

static const uint64_t PATIENCE = UINT64_C(20000000000); /* ns */

/* A queue and what is in it. */
struct line {
	struct lev_queue queue;
	struct lev_queue_config cfg;
	struct lev_queue_slot *slots;
	unsigned lent, back; /* requests, ever */
};

struct env {
	const struct cell *cell;
	const struct peer *peer;
	unsigned size;
	char name[CELL_NAME + 64];
	const struct lev_hal *hal;
	uint64_t cookie;
	const struct lev_pci_host *host;
	uint16_t function;
	struct lev_pci_message messages[VECTORS];
	void *own; /* the place's */
	uint32_t map_piece;

	struct lev_mmio mmio;
	struct lev_pci pci;
	struct lev_pci_vectors vectors;
	struct lev_device dev;
	struct line lines[QUEUES];
	struct job *jobs, *free;
	unsigned job_count;
	uint32_t tag;	/* of the last request */
	bool canceling; /* requests may come back canceled now ... */
	unsigned canceled;
	unsigned handled; /* messages, of all that came */
};

/* Memory of this process's that a device has. */
struct loan {
	uint8_t *room, *bytes; /* GUARD bytes, those lent, GUARD bytes */
	uint32_t len;
	struct lev_seg pieces[PIECES];
	unsigned count;
};

struct job {
	struct lev_request req; /* first */
	struct env *env;
	struct line *line;
	struct job *next; /* of the free ones */
	struct loan out, in;
	struct lev_seg *segs;
	uint32_t tag;
	bool pending;
};

/* A device of the cell with queues of this size, live. */
void env_open(struct env *env, const struct cell *cell, unsigned size,
	      uint32_t map_piece);
void env_close(struct env *env);

/* Begin, set up, ready: after env_reset. size: 0, or another one. */
void env_start(struct env *env, unsigned size);
/* Reset the device: all comes back. Returns how many. */
unsigned env_reset(struct env *env);

/*
 * A request of so many segments, filled, its memory lent. What its memory is
 * mapped to may make it longer: job->req says.
 */
struct job *job_new(struct env *env, unsigned segs);
/* Take it back: it was not added. */
void job_drop(struct job *job);
/* Add it, or drop it: what add said. */
int job_add(struct job *job, struct line *line);
/* A new one, added, which must work. */
struct job *job_send(struct env *env, struct line *line, unsigned segs);
/* It is back: checked, given back, free. For those who reap. */
void job_back(struct job *job);

/*
 * A little time passes: the device may have done something after it. Fails
 * after the deadline.
 */
void env_turn(struct env *env, uint64_t deadline);
void line_kick(struct env *env, struct line *line);
/* Poll until all is back. */
void line_await(struct env *env, struct line *line);
/* What an interrupt's handler does first: the causes, which are handled now. */
unsigned env_handle(struct env *env);
/* How many requests of so many segments fit. */
unsigned line_room(const struct env *env, unsigned segs);
/* The fewest segments that a request of this peer can have. */
unsigned env_least(const struct env *env);
uint64_t env_deadline(const struct env *env);
/* A number; the same sequence in every run. */
uint32_t env_random(void);

/* Checks that say where they failed, and what was found. */
#define ENV_CHECK(env, cond)                                                   \
	do {                                                                   \
		if (!(cond))                                                   \
			fail_msg("[%s] %s", (env)->name, #cond);               \
	} while (0)
#define ENV_EQ(env, a, b)                                                      \
	do {                                                                   \
		const long long a_ = (long long)(a), b_ = (long long)(b);      \
		if (a_ != b_)                                                  \
			fail_msg("[%s] %s is %lld, not %lld (%s)",             \
				 (env)->name, #a, a_, b_, #b);                 \
	} while (0)

/* --- scenarios --- */

struct scenario {
	const char *name;
	void (*run)(struct env *env);
	uint32_t map_piece; /* dma_map gives pieces of so many bytes; 0: one */
};

extern const struct scenario scenarios_flow[], scenarios_irq[], scenarios_end[];

/* Run all scenarios in all cells of the place; what cmocka's groups return. */
int scenario_run_all(void);

#endif
