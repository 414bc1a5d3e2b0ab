/* SPDX-License-Identifier: MIT */
/* An input device of the model with the driver on it, for the tests of both. */
#ifndef INPUT_RIG_H
#define INPUT_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include <levitate/input.h>
#include <levitate/mmio.h>

#include "fake/fake.h"
#include "offers.h"

/* What the device offers. */
struct input_case {
	char name[64];
	uint32_t version;
	bool event_idx;
	uint32_t queue_size;
	enum offers offers; /* beside these; of version 2 */
};

enum { IRIG_HEARD = 1024 };

struct input_rig {
	struct fake_port *port;
	struct fake_input *fake;
	struct lev_mmio mmio;
	struct lev_input input;
	struct lev_input_config cfg;

	/* What the callback got; those beyond are counted only. */
	struct lev_input_event heard[IRIG_HEARD];
	unsigned nheard;

	bool watch_irq;
	unsigned irqs; /* the line rose, while watched */
};

/* A keyboard, not driven yet; irig_open drives it. */
void irig_new(struct input_rig *rig, const struct input_case *c);
void irig_open(struct input_rig *rig, const struct input_case *c);

/* lev_input_init with a zeroed object and rig->cfg, on a slot just probed. */
int irig_init(struct input_rig *rig);

/* Nothing is lent, allocated, claimed or counted as a breach. */
void irig_assert_back(struct input_rig *rig);

/* fini, everything is back, no rule was broken; the port goes. */
void irig_close(struct input_rig *rig);

/* The same without fini: the driver holds nothing already. */
void irig_drop(struct input_rig *rig);

/* This test takes every buffer on purpose, so the queue may run empty. */
void irig_ready_for_loss(struct input_rig *rig);

/* Poll; the events that it says came. */
int irig_poll(struct input_rig *rig);

/* Poll until there is nothing. */
void irig_drain(struct input_rig *rig);

/* How often this event was heard; how many keys are held. */
unsigned irig_heard(const struct input_rig *rig, unsigned type, unsigned code,
		    int32_t value);
unsigned irig_held(const struct input_rig *rig);

uint32_t irig_random(uint32_t *state);

/* A test that runs for many cases; tests ends with one without a name. */
struct input_test {
	const char *name;
	void (*run)(void **state); /* *state is a struct input_case */
	/* The cases that it is for; the others are no tests. NULL: all. */
	bool (*applies)(const struct input_case *c);
};

/* Each test with each version, EVENT_IDX, queue size and kind of ring. */
int irig_run_matrix(const struct input_test *tests);

/* Each test with version 1, 2, and 2 with other rings. */
int irig_run_versions(const struct input_test *tests);

#endif
