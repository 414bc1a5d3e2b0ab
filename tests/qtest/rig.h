/* SPDX-License-Identifier: MIT */
/*
 * What the programs of this group share: the cells of the matrix, a machine
 * for each, and the end of a test, at which nobody may have a complaint.
 */
#ifndef QTEST_RIG_H
#define QTEST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <levitate.h>
#include <ports/qtest/qtest.h>

/* A transport, and what its devices offer. */
struct cell {
	bool modern;
	bool packed; /* modern only, and so is iommu */
	bool iommu;
	bool event_idx;
	bool indirect;
};

struct rig_test {
	const char *name;
	void (*run)(void **state); /* *state is the const struct cell */
	bool few; /* not in every cell: both versions, and both rings */
};

/* Run each test in its cells; what cmocka's groups return. */
int rig_run(const struct rig_test *tests, unsigned count);

#define RIG_RUN(tests) rig_run(tests, sizeof(tests) / sizeof((tests)[0]))

/*
 * A machine that has no complaint. It is closed at the latest when the test
 * ends, if it has this teardown, as those of rig_run have.
 */
struct lev_qtest *rig_start(const struct lev_qtest_config *config);
int rig_close_left_open(void **state);

/*
 * A machine with these devices (NULL behind the last) as the cell says.
 */
struct lev_qtest *rig_open(const struct cell *cell, const char *const *devices);

/* The same with a configuration of the test's; devices and modern are set. */
struct lev_qtest *rig_open_with(const struct cell *cell,
				const char *const *devices,
				const struct lev_qtest_config *config);

/* Nothing is lent, and there is no complaint. */
void rig_close(struct lev_qtest *qt);

/* Probe a slot, which has such a device. */
void rig_probe(struct lev_qtest *qt, struct lev_mmio *mmio, unsigned slot,
	       uint32_t device_id);

/* The device offered what the cell says, and all of it was accepted. */
void rig_assert_features(const struct cell *cell, const struct lev_device *dev);

/* For lev_qtest_hook: nothing reaches a doorbell. */
bool rig_no_doorbell(void *ctx, uint64_t reg, bool write);

/* --- a key --- */

/*
 * Press or let go of a key of the machine's keyboard. QEMU has put the event
 * into the ring, or has not, when this returns.
 */
void rig_press(struct lev_qtest *qt, const char *key, bool down);

/* --- a picture --- */

/* All of the surface gets colours, one as good as another; seed decides. */
void rig_paint(const struct lev_gpu_surface *surface, uint32_t seed);
void rig_paint_rect(const struct lev_gpu_surface *surface,
		    const struct lev_gpu_rect *rect, uint32_t seed);

/* Damage all, send, wait. */
void rig_show(struct lev_gpu *gpu);

/* Every pixel of the display is that of the surface. */
void rig_assert_screen(struct lev_qtest *qt, const char *id,
		       const struct lev_gpu_surface *surface);

#endif
