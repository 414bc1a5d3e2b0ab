/* SPDX-License-Identifier: MIT */
/*
 * Random work on two queues of a device of the model's, good or hostile. A
 * round is one device with everything about it drawn by lot, from the number of
 * the round and the configuration alone: a round that failed can be run again.
 */
#ifndef SOAK_H
#define SOAK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <levitate/mmio.h>
#include <levitate/queue.h>

#include "fake/fake.h"

enum {
	SOAK_QUEUES = 2,
	SOAK_ORDERS = 48,
	SOAK_BYTES = 96, /* each way, at most */
	SOAK_PIECES = 32,
	SOAK_SEGS = 2 * SOAK_PIECES,
	SOAK_SIZE_MAX = 128,
	SOAK_STEPS = 3000, /* a round */
};

struct soak_config {
	const char *name;
	bool packed, in_order, event_idx, indirect;
	bool hostile; /* the device breaks the rules of the ring */
};

struct soak_total {
	uint64_t rounds, requests, canceled;
	unsigned violations;
};

struct soak_line {
	struct lev_queue queue;
	struct lev_queue_config cfg;
	struct lev_queue_slot slots[SOAK_SIZE_MAX];
	unsigned lent, back;
};

/* A request with memory of its own. */
struct soak_order {
	struct lev_request req; /* first */
	struct soak *soak;
	struct soak_line *line;
	bool pending;
	uint32_t key;
	struct soak_part {
		uint8_t *bytes;
		uint32_t len;
		struct lev_seg pieces[SOAK_PIECES];
		unsigned count;
	} out, in;
	struct lev_seg segs[SOAK_SEGS];
};

struct soak {
	char name[160];
	const struct soak_config *config;
	struct soak_total *total;
	struct fake_port *port;
	struct fake_dev *fake;
	struct lev_mmio mmio;
	struct lev_device dev;
	struct soak_line lines[SOAK_QUEUES];
	struct soak_order orders[SOAK_ORDERS];
	uint64_t random, device_random; /* either side's */
	uint32_t key, device_key;
	struct soak_line *last; /* that something was added to */
	bool threaded;
	bool canceling; /* requests may come back canceled now */
	bool gone;	/* the device was removed */
};

/* Play one round and add to total. Fails the running test. */
void soak_round(const struct soak_config *config, uint64_t round,
		struct soak_total *total);

/* --- between its files --- */

/* A number below n, of the driver's or the device's own sequence. */
uint32_t soak_pick(uint64_t *state, uint32_t n);

/* What a message with this key has at off. */
uint8_t soak_byte(uint32_t key, uint32_t off);
uint32_t soak_key(const uint8_t *bytes);

/* The device: offers and modes by lot; serving by hand. */
void soak_device_make(struct soak *s);
void soak_device_serve(struct soak *s);

/* Hostile: now and then something is set that will go wrong. */
void soak_hostile_step(struct soak *s);
/* No more of it from here on. */
void soak_hostile_stop(struct soak *s);

#define SOAK_CHECK(s, cond)                                                    \
	do {                                                                   \
		if (!(cond))                                                   \
			fail_msg("[%s] %s", (s)->name, #cond);                 \
	} while (0)

#endif
