/* SPDX-License-Identifier: MIT */
/*
 * GPU device (VirtIO 5.7), 2D: a framebuffer on one scanout.
 *
 *	struct lev_gpu gpu;                  zeroed, the caller's, kept
 *	struct lev_gpu_config cfg = { .transport = &mmio.transport };
 *
 *	lev_gpu_init(&gpu, &cfg);            the picture is on the screen
 *	gpu.surface.pixels[...] = ...;       draw
 *	lev_gpu_damage(&gpu, &rect);         say where
 *	lev_gpu_frame(&gpu);                 send it off
 *	lev_gpu_poll(&gpu);                  now and then, or on an interrupt
 *	lev_gpu_fini(&gpu);                  all memory is back
 *
 * Frames. Damage adds up between frames. lev_gpu_frame sends, for each damaged
 * rectangle, a transfer and a flush of just that rectangle, all in one publish
 * and with one doorbell. One publish carries LEV_GPU_DAMAGE_MAX rectangles
 * (fewer if the device's queue is small): when one more comes, it is merged
 * with the rectangle whose area grows least by it. One frame is in flight at a
 * time; the caller may draw meanwhile (what it draws then may show early).
 *
 * Time. Initialisation as a whole has a deadline, and so has each frame. When
 * one passes, the device is reset before the call returns, so that a late
 * answer finds nothing to answer. lev_gpu_restart then brings the same picture
 * back, with the memory that is there already.
 *
 * The device is not trusted: each reply's type, length and fence are checked,
 * sizes that it gives are bounded, and its EDID is parsed with bounds.
 *
 * One owner at a time. lev_device_isr(&gpu.dev) is the interrupt entry.
 */
#ifndef LEVITATE_GPU_H
#define LEVITATE_GPU_H

#include <levitate/queue.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rectangles of damage that one frame carries. */
#define LEV_GPU_DAMAGE_MAX 8

/* Largest width and height that is taken from a device or a caller. */
#define LEV_GPU_SIZE_MAX 16384

/* Entries of the control queue that are wished for; 4 will do. */
#define LEV_GPU_QUEUE_SIZE 64

#define LEV_GPU_INIT_TIMEOUT  1000000000u /* ns, when the caller gives none */
#define LEV_GPU_FRAME_TIMEOUT 1000000000u

/* In pixels; 0,0 is top left. */
struct lev_gpu_rect {
	uint32_t x;
	uint32_t y;
	uint32_t width;
	uint32_t height;
};

/* Pixels as the CPU sees them: 0x00RRGGBB each, in CPU byte order. */
struct lev_gpu_surface {
	uint32_t *pixels;
	uint32_t width;
	uint32_t height;
	uint32_t stride; /* pixels from one row to the next */
};

/* Zero means the default, wherever that makes sense. Kept until fini. */
struct lev_gpu_config {
	struct lev_transport *transport;

	/*
	 * Size of the picture. 0: what the display info of the first enabled
	 * scanout says, else the EDID's preferred mode, else 1024 x 768 on
	 * scanout 0 (5.7.5).
	 */
	uint32_t width;
	uint32_t height;

	/*
	 * The framebuffer. NULL: DMA memory of the port's. Else memory of the
	 * caller's, framebuffer_len bytes (at least width * height * 4),
	 * aligned to 4, lent by the port's dma_map until fini. It need not be
	 * contiguous for the device: pieces is room for piece_max pieces that
	 * dma_map may return (NULL and 0: one piece).
	 */
	uint32_t *framebuffer;
	size_t framebuffer_len;
	struct lev_seg *pieces;
	unsigned piece_max;

	uint64_t init_timeout;	/* ns */
	uint64_t frame_timeout; /* ns */
};

/* What a command that failed was, and what the device answered. */
struct lev_gpu_error {
	uint32_t command;  /* LEV_GPU_CMD_* of wire/gpu.h, 0: none failed */
	uint32_t response; /* its answer's type; 0 if it gave none */
};

struct lev_gpu;

/* Private: a command that is being prepared, in flight, or back. */
struct lev_gpu_cmd {
	struct lev_request req;
	struct lev_seg segs[2];
	struct lev_gpu *gpu;
	const void *response; /* where the device writes its answer */
	uint64_t fence;
	uint32_t command;
	uint32_t expect;       /* the type of a good answer */
	uint32_t response_len; /* and how long it is */
};

/* Readable: dev, surface, scanout, edid_*, error. The rest is private. */
struct lev_gpu {
	struct lev_device dev;
	struct lev_gpu_surface surface;
	uint32_t scanout;
	uint32_t edid_width; /* preferred by the EDID, 0 if it has none */
	uint32_t edid_height;
	struct lev_gpu_error error; /* the last one */

	/* private */
	struct lev_gpu_config cfg;
	struct lev_queue control;
	struct lev_queue_slot control_slots[LEV_GPU_QUEUE_SIZE];
	struct lev_gpu_rect damage[LEV_GPU_DAMAGE_MAX];
	unsigned damage_count;
	unsigned damage_max;
	struct lev_gpu_cmd cmds[2 * LEV_GPU_DAMAGE_MAX];
	unsigned pending; /* commands of a frame that have not come back */
	int frame_error;
	uint64_t frame_deadline;
	uint64_t fence; /* the last one given out; never used twice */
	void *mem;	/* what commands and answers are exchanged in */
	lev_paddr mem_addr;
	size_t mem_len;
	struct lev_seg own_piece;
	struct lev_seg *pieces;
	unsigned piece_count;
	size_t fb_len;
	bool fb_mapped; /* the caller's memory, lent by dma_map */
};

/*
 * Claim the transport, bring the device up and put a black picture on its
 * screen (the caller's framebuffer: what is in it). gpu is zeroed.
 *   LEV_ERR_TIMEDOUT  it did not answer in time
 *   LEV_ERR_IO        it answered a command with an error: see gpu->error
 *   LEV_ERR_PROTO     its answers break the standard
 *   LEV_ERR_RANGE     its queue is too small, or the memory given is
 *   LEV_ERR_NOMEM     no DMA memory
 *   LEV_ERR_INVAL     piece_max, or the pieces that dma_map gave, make no sense
 *   LEV_ERR_STUCK     it would not be reset: call lev_gpu_fini later on
 *   or what lev_device_claim and lev_device_begin return.
 * After any error but LEV_ERR_STUCK nothing is held.
 */
LEV_MUST_CHECK int lev_gpu_init(struct lev_gpu *gpu,
				const struct lev_gpu_config *cfg);

/*
 * Reset the device and bring it up again, with the same size and the same
 * picture, all of it damaged. Errors as lev_gpu_init; after one the device is
 * quiet, its memory is kept, and restart may be tried again. Allocates nothing.
 */
LEV_MUST_CHECK int lev_gpu_restart(struct lev_gpu *gpu);

/*
 * Take the picture off the screen, free the resource, reset, give all memory
 * back. Returns 0, also for a device that is gone; LEV_ERR_STUCK if it does
 * not confirm the reset: then nothing is freed and fini may be tried again.
 */
LEV_MUST_CHECK int lev_gpu_fini(struct lev_gpu *gpu);

/* A part of the surface was changed. What lies outside of it is ignored. */
void lev_gpu_damage(struct lev_gpu *gpu, const struct lev_gpu_rect *rect);

/*
 * Send what is damaged. Returns 1 if a frame is on its way, 0 if nothing is
 * damaged, LEV_ERR_AGAIN while another frame is in flight (the damage is kept),
 * LEV_ERR_STATE if the device is not up, or why its queue is broken.
 */
LEV_MUST_CHECK int lev_gpu_frame(struct lev_gpu *gpu);

/*
 * See what came back. Returns 1 while a frame is in flight, 0 when none is. It
 * is this call that arms the interrupt for what comes next: after lev_gpu_frame
 * poll once before going to sleep.
 * Errors: LEV_ERR_IO and LEV_ERR_PROTO for a frame that failed (gpu->error
 * says where) or a device that asks for a reset, LEV_ERR_TIMEDOUT for one that
 * does not answer (it was reset), LEV_ERR_NODEV if it is gone, LEV_ERR_STUCK if
 * that reset failed too.
 * lev_gpu_restart is the way on.
 */
LEV_MUST_CHECK int lev_gpu_poll(struct lev_gpu *gpu);

/* Poll until no frame is in flight. Errors as lev_gpu_poll. */
LEV_MUST_CHECK int lev_gpu_wait(struct lev_gpu *gpu);

/* "TRANSFER_TO_HOST_2D", "ERR_INVALID_RESOURCE_ID"; never NULL. */
const char *lev_gpu_command_name(uint32_t command);
const char *lev_gpu_response_name(uint32_t response);

/*
 * The preferred mode of an EDID: the first detailed timing of its base block.
 * len is what there is of it. LEV_ERR_PROTO if it is no EDID (header, checksum,
 * shorter than 128 bytes), LEV_ERR_RANGE if it names no usable size.
 */
LEV_MUST_CHECK int lev_edid_preferred(const uint8_t *edid, size_t len,
				      uint32_t *width, uint32_t *height);

#ifdef __cplusplus
}
#endif

#endif
