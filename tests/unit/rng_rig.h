/* SPDX-License-Identifier: MIT */
/* An entropy device of the model with the driver on it, for its tests. */
#ifndef RNG_RIG_H
#define RNG_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <levitate/mmio.h>
#include <levitate/rng.h>

#include "fake/fake.h"
#include "offers.h"

enum {
	RRIG_LEN = 64,	 /* bytes of a buffer */
	RRIG_PIECE = 16, /* of a piece, where buffers are lent in pieces */
	RRIG_REQUESTS = LEV_RNG_QUEUE_SIZE + 1,
};

/* How the port lends memory. */
enum rng_map {
	RRIG_BOUNCE,   /* through a copy elsewhere */
	RRIG_PIECES,   /* the same, in pieces */
	RRIG_IDENTITY, /* no dma_map at all */
};

struct rng_case {
	char name[64];
	uint32_t version;
	bool event_idx;
	uint32_t queue_size;
	enum rng_map map;
	enum offers offers; /* beside these; of version 2 */
};

struct rng_rig {
	struct fake_port *port;
	struct fake_rng *fake;
	struct lev_mmio mmio;
	struct lev_rng rng;

	/* The one behind each buffer must stay RRIG_GUARD. */
	uint8_t buf[RRIG_REQUESTS][RRIG_LEN + 1];
	struct lev_rng_request requests[RRIG_REQUESTS];
	unsigned came; /* requests back, through done */

	/* Called by done with what came back. */
	void (*then)(struct rng_rig *rig, struct lev_rng_request *request);
	int result; /* of what then tried */
};

#define RRIG_GUARD 0xee

/* A device, not driven yet; rrig_open drives it. */
void rrig_new(struct rng_rig *rig, const struct rng_case *c);
void rrig_open(struct rng_rig *rig, const struct rng_case *c);

/* lev_rng_init with a zeroed object, on a slot just probed. */
int rrig_init(struct rng_rig *rig);

/* Bytes that one request can ask for in this case. */
uint32_t rrig_most(const struct rng_case *c);

/* Read len bytes into buffer 0, with a second's time. */
int rrig_read(struct rng_rig *rig, size_t len);

/* It works: a read gives the next bytes, and no more than asked for. */
void rrig_assert_works(struct rng_rig *rig);

/* Submit request i for len bytes; must work. */
void rrig_submit(struct rng_rig *rig, unsigned i, size_t len);

/* Request i came back with len bytes, the device's next ones. */
void rrig_assert_got(struct rng_rig *rig, unsigned i, uint32_t len);

/* Nothing is lent, allocated, claimed or counted as a breach. */
void rrig_assert_back(struct rng_rig *rig);

/* fini, everything is back, no rule was broken; the port goes. */
void rrig_close(struct rng_rig *rig);

/* The same without fini: the driver holds nothing already. */
void rrig_drop(struct rng_rig *rig);

/* A test that runs for many cases; tests ends with one without a name. */
struct rng_test {
	const char *name;
	void (*run)(void **state); /* *state is a struct rng_case */
	/* The cases that it is for; the others are no tests. NULL: all. */
	bool (*applies)(const struct rng_case *c);
};

/* Each test with each version, ring, EVENT_IDX, queue size, kind of map. */
int rrig_run_matrix(const struct rng_test *tests);

/* Each test with version 1, 2, 2 with other rings, and each kind of map. */
int rrig_run_versions(const struct rng_test *tests);

#endif
