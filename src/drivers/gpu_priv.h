/* SPDX-License-Identifier: MIT */
/*
 * What the files of the GPU driver share. Commands and their answers are
 * exchanged in one block of DMA memory:
 *
 *   a slot for each command in flight (request, then response)
 *   room for the answers that are longer, to the queries of initialisation
 *   RESOURCE_ATTACH_BACKING, with room for the list of pieces behind it
 */
#ifndef LEVITATE_GPU_PRIV_H
#define LEVITATE_GPU_PRIV_H

#include <levitate/gpu.h>
#include <levitate/wire/gpu.h>

enum {
	RESOURCE_ID = 1, /* ours; 0 means none */
	CMD_COUNT = 2 * LEV_GPU_DAMAGE_MAX,
};

struct lev_gpu_slot {
	union {
		struct lev_virtio_gpu_ctrl_hdr hdr;
		struct lev_virtio_gpu_get_edid get_edid;
		struct lev_virtio_gpu_resource_create_2d create;
		struct lev_virtio_gpu_resource_unref unref;
		struct lev_virtio_gpu_set_scanout scanout;
		struct lev_virtio_gpu_transfer_to_host_2d transfer;
		struct lev_virtio_gpu_resource_flush flush;
	} request;
	struct lev_virtio_gpu_ctrl_hdr response;
};

struct lev_gpu_block {
	struct lev_gpu_slot slots[CMD_COUNT];
	union {
		struct lev_virtio_gpu_resp_display_info display;
		struct lev_virtio_gpu_resp_edid edid;
	} query;
	struct lev_virtio_gpu_resource_attach_backing attach;
	/* struct lev_virtio_gpu_mem_entry, one a piece */
};

static inline struct lev_gpu_block *gpu_block(const struct lev_gpu *gpu)
{
	return gpu->mem;
}

static inline void rect_to_wire(struct lev_virtio_gpu_rect *wire,
				const struct lev_gpu_rect *rect)
{
	wire->x = lev_cpu_to_le32(rect->x);
	wire->y = lev_cpu_to_le32(rect->y);
	wire->width = lev_cpu_to_le32(rect->width);
	wire->height = lev_cpu_to_le32(rect->height);
}

/*
 * Prepare command i: its request (of len bytes, zeroed but for what the caller
 * puts behind the header) and where its answer goes, which is cleared so that
 * nothing old can pass for an answer.
 */
struct lev_gpu_cmd *lev_gpu_cmd_prepare(struct lev_gpu *gpu, unsigned i,
					uint32_t command,
					struct lev_virtio_gpu_ctrl_hdr *request,
					size_t len);

/* The answer is a longer one, of type expect. */
void lev_gpu_cmd_expect(struct lev_gpu_cmd *cmd, uint32_t expect,
			void *response, size_t len);

/* The command is back: is its answer one, and a good one? */
LEV_MUST_CHECK int lev_gpu_cmd_result(const struct lev_gpu_cmd *cmd);

/* Send one command and wait for its answer. */
LEV_MUST_CHECK int lev_gpu_cmd_run(struct lev_gpu_cmd *cmd, uint64_t deadline);

/* lev_gpu_frame, with a deadline of the caller's. */
LEV_MUST_CHECK int lev_gpu_frame_send(struct lev_gpu *gpu, uint64_t deadline);

#endif
