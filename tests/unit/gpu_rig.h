/* SPDX-License-Identifier: MIT */
/* A GPU of the device model with the driver on it, for the tests of both. */
#ifndef GPU_RIG_H
#define GPU_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <levitate/gpu.h>
#include <levitate/mmio.h>

#include "fake/fake.h"
#include "offers.h"

/* What the device offers. */
struct gpu_case {
	char name[64];
	uint32_t version;
	bool event_idx;
	bool indirect;
	uint32_t queue_size;
	enum offers offers; /* beside these; of version 2 */
};

enum { RIG_SEEN = 256 };

struct gpu_rig {
	struct fake_port *port;
	struct fake_gpu *fake;
	struct lev_mmio mmio;
	struct lev_gpu gpu;
	struct lev_gpu_config cfg;

	/* Every command as the device got it. */
	struct {
		uint32_t type;
		struct lev_gpu_rect rect; /* of transfers and flushes */
	} seen[RIG_SEEN];
	unsigned nseen;
	void (*handle)(struct fake_dev *dev, struct fake_chain *chain);

	/* The caller's framebuffer, see rig_lend. */
	uint32_t *framebuffer;
	struct lev_seg *pieces;
};

/* A GPU that shows 64 x 48, not driven yet; rig_open drives it. */
void rig_new(struct gpu_rig *rig, const struct gpu_case *c);
void rig_open(struct gpu_rig *rig, const struct gpu_case *c);

/* lev_gpu_init with a zeroed object and rig->cfg, on a slot just probed. */
int rig_init(struct gpu_rig *rig);

/* Nothing is lent, allocated, claimed or counted as a breach. */
void rig_assert_back(struct gpu_rig *rig);

/* fini, everything is back, no rule was broken; the port goes. */
void rig_close(struct gpu_rig *rig);

/* The same without fini: the driver holds nothing already. */
void rig_drop(struct gpu_rig *rig);

/* The head's size, with an EDID of the same. */
void rig_resize(struct gpu_rig *rig, uint32_t width, uint32_t height);

/* A framebuffer of the caller's with len bytes and room for max pieces. */
void rig_lend(struct gpu_rig *rig, size_t len, unsigned max);

/* All of the surface gets other colours; seed decides which. */
void rig_paint(struct gpu_rig *rig, uint32_t seed);
void rig_paint_rect(struct gpu_rig *rig, const struct lev_gpu_rect *rect,
		    uint32_t seed);

/* Damage all, send, wait. */
void rig_show(struct gpu_rig *rig);

/* Every pixel of the screen is that of the surface, or this colour. */
void rig_assert_screen(const struct gpu_rig *rig);
void rig_assert_colour(const struct gpu_rig *rig, uint32_t colour);

/* Open, with a picture, on a port whose time runs in steps of 1 ms. */
void rig_open_patient(struct gpu_rig *rig, const struct gpu_case *c);

/* Draw on this part, damage it, send it. */
extern const struct lev_gpu_rect rig_spot;
void rig_send_spot(struct gpu_rig *rig);

/* A restart brings the picture and makes frames work, without more memory. */
void rig_assert_restarts(struct gpu_rig *rig);

/* Some pseudo-random number. */
uint32_t rig_random(uint32_t *state);

/* A test that runs for many cases; tests ends with one without a name. */
struct gpu_test {
	const char *name;
	void (*run)(void **state); /* *state is a struct gpu_case */
	/* The cases that it is for; the others are no tests. NULL: all. */
	bool (*applies)(const struct gpu_case *c);
};

/* Each test with each version, feature and queue size that can work. */
int rig_run_matrix(const struct gpu_test *tests);

/* Each test with version 1, 2, and 2 with other rings. */
int rig_run_versions(const struct gpu_test *tests);

#endif
