/* SPDX-License-Identifier: MIT */
/*
 * The model of a GPU device (standard 5.7); part of fake.h, which includes
 * it.
 */
#ifndef FAKE_GPU_H
#define FAKE_GPU_H

#include "fake.h"

enum { FAKE_GPU_SCANOUTS = 16, FAKE_GPU_TYPES = 16 };

/* Command and answer types (5.7.6.7). */
enum {
	FAKE_GPU_GET_DISPLAY_INFO = 0x100,
	FAKE_GPU_RESOURCE_CREATE_2D = 0x101,
	FAKE_GPU_RESOURCE_UNREF = 0x102,
	FAKE_GPU_SET_SCANOUT = 0x103,
	FAKE_GPU_RESOURCE_FLUSH = 0x104,
	FAKE_GPU_TRANSFER_TO_HOST_2D = 0x105,
	FAKE_GPU_ATTACH_BACKING = 0x106,
	FAKE_GPU_DETACH_BACKING = 0x107,
	FAKE_GPU_GET_EDID = 0x10a,
	FAKE_GPU_OK_NODATA = 0x1100,
	FAKE_GPU_OK_DISPLAY_INFO = 0x1101,
	FAKE_GPU_OK_EDID = 0x1104,
	FAKE_GPU_ERR_UNSPEC = 0x1200,
	FAKE_GPU_ERR_OUT_OF_MEMORY = 0x1201,
	FAKE_GPU_ERR_INVALID_SCANOUT_ID = 0x1202,
	FAKE_GPU_ERR_INVALID_RESOURCE_ID = 0x1203,
	FAKE_GPU_ERR_INVALID_CONTEXT_ID = 0x1204,
	FAKE_GPU_ERR_INVALID_PARAMETER = 0x1205,
};

enum fake_gpu_fault_kind {
	FAKE_GPU_ANSWER_TYPE, /* the answer's type is arg; nothing is done */
	FAKE_GPU_SHORT,	      /* only arg bytes are written and reported */
	FAKE_GPU_LEN,	      /* arg is reported as written, all is well */
	FAKE_GPU_FENCE_ID,    /* the answer's fence_id is arg */
	FAKE_GPU_NO_FENCE,    /* the FENCE flag is missing in the answer */
	FAKE_GPU_LATE,	      /* done and answered arg microseconds later */
	FAKE_GPU_NO_ANSWER,   /* not done, never answered */
	FAKE_GPU_DEAD,	      /* from this command on, no more answers */
};

struct fake_gpu_scanout {
	/* Knobs: what GET_DISPLAY_INFO tells. */
	uint32_t x, y, width, height, enabled, flags;
	/* Read: what the driver set. */
	uint32_t resource; /* 0: off */
	uint32_t sx, sy;   /* of the resource's rectangle */
	/* Read: what is seen; 4 bytes a pixel in the resource's format, as
	 * flushed. NULL while off. */
	uint32_t screen_width, screen_height, format;
	uint8_t *screen;
};

struct fake_gpu {
	struct fake_dev dev; /* id 16, queues control and cursor, EDID */

	/* Knobs. */
	uint32_t num_scanouts; /* 1; set by fake_gpu_set_scanouts() */
	struct fake_gpu_scanout scanouts[FAKE_GPU_SCANOUTS];
	uint8_t edid[1024];  /* a good one for 1280x800 by default */
	uint32_t edid_size;  /* what the answer says: 128 */
	uint64_t memory;     /* bytes of resources at most: 256 MiB */
	bool head0_stays_on; /* SET_SCANOUT(0) of head 0: INVALID_SCANOUT_ID */

	/* Read: statistics since creation. */
	unsigned commands;		  /* of all types */
	unsigned by_type[FAKE_GPU_TYPES]; /* by type - 0x100 */
	unsigned errors;		  /* answers 0x12xx, asked for or not */
	uint32_t last_error;
	unsigned fences;	 /* commands with FENCE */
	uint64_t transfer_bytes; /* moved by TRANSFER_TO_HOST_2D */
	uint64_t flush_pixels;	 /* in rectangles of RESOURCE_FLUSH */
	struct {
		uint32_t x, y, w, h;
	} last_transfer, last_flush;
	unsigned live_resources;
	uint32_t last_entries; /* nr_entries of the last ATTACH_BACKING */

	/* The model's own. */
	struct fake_gpu_resource *resources;
	uint64_t memory_used;
	struct fake_gpu_fault *faults;
	bool dead, info_asked, edid_asked;
};

/* Version 1 or 2; scanout 0 is enabled with 1280x800. */
struct fake_gpu *fake_gpu_new(struct fake_port *port, uint32_t version);

/* The Nth command from now of this type (0: any; 1 = the next). */
void fake_gpu_fault(struct fake_gpu *gpu, uint32_t type, unsigned nth,
		    enum fake_gpu_fault_kind what, uint64_t arg);

/* num_scanouts in config space and in the model. */
void fake_gpu_set_scanouts(struct fake_gpu *gpu, uint32_t count);

/* The user resized head: new display info, event bit and interrupt. */
void fake_gpu_resize(struct fake_gpu *gpu, unsigned head, uint32_t width,
		     uint32_t height, bool enabled);

/*
 * 0xRRGGBB at x, y of what head shows; 0x5a5a5a where nothing was flushed
 * since SET_SCANOUT, 0xdead0000 where there is no picture.
 */
uint32_t fake_gpu_pixel(const struct fake_gpu *gpu, unsigned head, uint32_t x,
			uint32_t y);

/* Fill edid with a valid 128 byte block whose native mode is this. */
void fake_gpu_make_edid(struct fake_gpu *gpu, uint32_t width, uint32_t height);

#endif
