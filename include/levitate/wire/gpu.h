/* SPDX-License-Identifier: MIT */
/* GPU device (VirtIO 5.7), 2D part: commands, responses, configuration. */
#ifndef LEVITATE_WIRE_GPU_H
#define LEVITATE_WIRE_GPU_H

#include <levitate/base.h>

#define LEV_GPU_QUEUE_CONTROL 0
#define LEV_GPU_QUEUE_CURSOR  1

#define LEV_GPU_F_EDID 1 /* feature bit (5.7.3) */

/* Requests (5.7.6.7) */
#define LEV_GPU_CMD_GET_DISPLAY_INFO	    0x0100
#define LEV_GPU_CMD_RESOURCE_CREATE_2D	    0x0101
#define LEV_GPU_CMD_RESOURCE_UNREF	    0x0102
#define LEV_GPU_CMD_SET_SCANOUT		    0x0103
#define LEV_GPU_CMD_RESOURCE_FLUSH	    0x0104
#define LEV_GPU_CMD_TRANSFER_TO_HOST_2D	    0x0105
#define LEV_GPU_CMD_RESOURCE_ATTACH_BACKING 0x0106
#define LEV_GPU_CMD_RESOURCE_DETACH_BACKING 0x0107
#define LEV_GPU_CMD_GET_EDID		    0x010a

/* Responses */
#define LEV_GPU_RESP_OK_NODATA		     0x1100
#define LEV_GPU_RESP_OK_DISPLAY_INFO	     0x1101
#define LEV_GPU_RESP_OK_EDID		     0x1104
#define LEV_GPU_RESP_ERR_UNSPEC		     0x1200
#define LEV_GPU_RESP_ERR_OUT_OF_MEMORY	     0x1201
#define LEV_GPU_RESP_ERR_INVALID_SCANOUT_ID  0x1202
#define LEV_GPU_RESP_ERR_INVALID_RESOURCE_ID 0x1203
#define LEV_GPU_RESP_ERR_INVALID_CONTEXT_ID  0x1204
#define LEV_GPU_RESP_ERR_INVALID_PARAMETER   0x1205

#define LEV_GPU_FLAG_FENCE 1 /* struct lev_virtio_gpu_ctrl_hdr.flags */

/* Pixel formats (5.7.6.8), named by their bytes in memory order */
#define LEV_GPU_FORMAT_B8G8R8X8 2
#define LEV_GPU_FORMAT_X8R8G8B8 4

#define LEV_GPU_MAX_SCANOUTS 16
#define LEV_GPU_EDID_LEN_MAX 1024

#define LEV_GPU_EVENT_DISPLAY 1 /* struct lev_virtio_gpu_config.events_read */

/* Begins every request and every response (5.7.6.7). */
struct lev_virtio_gpu_ctrl_hdr {
	lev_le32 type;
	lev_le32 flags;
	lev_le64 fence_id;
	lev_le32 ctx_id;
	uint8_t ring_idx;
	uint8_t padding[3];
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_ctrl_hdr, 24);
LEV_WIRE_AT(struct lev_virtio_gpu_ctrl_hdr, type, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_ctrl_hdr, flags, 4);
LEV_WIRE_AT(struct lev_virtio_gpu_ctrl_hdr, fence_id, 8);
LEV_WIRE_AT(struct lev_virtio_gpu_ctrl_hdr, ctx_id, 16);
LEV_WIRE_AT(struct lev_virtio_gpu_ctrl_hdr, ring_idx, 20);

struct lev_virtio_gpu_rect {
	lev_le32 x;
	lev_le32 y;
	lev_le32 width;
	lev_le32 height;
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_rect, 16);
LEV_WIRE_AT(struct lev_virtio_gpu_rect, x, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_rect, y, 4);
LEV_WIRE_AT(struct lev_virtio_gpu_rect, width, 8);
LEV_WIRE_AT(struct lev_virtio_gpu_rect, height, 12);

struct lev_virtio_gpu_display_one {
	struct lev_virtio_gpu_rect r;
	lev_le32 enabled;
	lev_le32 flags;
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_display_one, 24);
LEV_WIRE_AT(struct lev_virtio_gpu_display_one, r, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_display_one, enabled, 16);
LEV_WIRE_AT(struct lev_virtio_gpu_display_one, flags, 20);

struct lev_virtio_gpu_resp_display_info {
	struct lev_virtio_gpu_ctrl_hdr hdr;
	struct lev_virtio_gpu_display_one pmodes[LEV_GPU_MAX_SCANOUTS];
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_resp_display_info, 408);
LEV_WIRE_AT(struct lev_virtio_gpu_resp_display_info, hdr, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_resp_display_info, pmodes, 24);

struct lev_virtio_gpu_get_edid {
	struct lev_virtio_gpu_ctrl_hdr hdr;
	lev_le32 scanout;
	lev_le32 padding;
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_get_edid, 32);
LEV_WIRE_AT(struct lev_virtio_gpu_get_edid, hdr, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_get_edid, scanout, 24);

struct lev_virtio_gpu_resp_edid {
	struct lev_virtio_gpu_ctrl_hdr hdr;
	lev_le32 size;
	lev_le32 padding;
	uint8_t edid[LEV_GPU_EDID_LEN_MAX];
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_resp_edid, 1056);
LEV_WIRE_AT(struct lev_virtio_gpu_resp_edid, hdr, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_resp_edid, size, 24);
LEV_WIRE_AT(struct lev_virtio_gpu_resp_edid, edid, 32);

struct lev_virtio_gpu_resource_create_2d {
	struct lev_virtio_gpu_ctrl_hdr hdr;
	lev_le32 resource_id;
	lev_le32 format;
	lev_le32 width;
	lev_le32 height;
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_resource_create_2d, 40);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_create_2d, hdr, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_create_2d, resource_id, 24);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_create_2d, format, 28);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_create_2d, width, 32);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_create_2d, height, 36);

struct lev_virtio_gpu_resource_unref {
	struct lev_virtio_gpu_ctrl_hdr hdr;
	lev_le32 resource_id;
	lev_le32 padding;
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_resource_unref, 32);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_unref, hdr, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_unref, resource_id, 24);

struct lev_virtio_gpu_set_scanout {
	struct lev_virtio_gpu_ctrl_hdr hdr;
	struct lev_virtio_gpu_rect r;
	lev_le32 scanout_id;
	lev_le32 resource_id;
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_set_scanout, 48);
LEV_WIRE_AT(struct lev_virtio_gpu_set_scanout, hdr, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_set_scanout, r, 24);
LEV_WIRE_AT(struct lev_virtio_gpu_set_scanout, scanout_id, 40);
LEV_WIRE_AT(struct lev_virtio_gpu_set_scanout, resource_id, 44);

struct lev_virtio_gpu_resource_flush {
	struct lev_virtio_gpu_ctrl_hdr hdr;
	struct lev_virtio_gpu_rect r;
	lev_le32 resource_id;
	lev_le32 padding;
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_resource_flush, 48);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_flush, hdr, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_flush, r, 24);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_flush, resource_id, 40);

struct lev_virtio_gpu_transfer_to_host_2d {
	struct lev_virtio_gpu_ctrl_hdr hdr;
	struct lev_virtio_gpu_rect r;
	lev_le64 offset;
	lev_le32 resource_id;
	lev_le32 padding;
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_transfer_to_host_2d, 56);
LEV_WIRE_AT(struct lev_virtio_gpu_transfer_to_host_2d, hdr, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_transfer_to_host_2d, r, 24);
LEV_WIRE_AT(struct lev_virtio_gpu_transfer_to_host_2d, offset, 40);
LEV_WIRE_AT(struct lev_virtio_gpu_transfer_to_host_2d, resource_id, 48);

/* One contiguous piece of a resource's backing. */
struct lev_virtio_gpu_mem_entry {
	lev_le64 addr;
	lev_le32 length;
	lev_le32 padding;
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_mem_entry, 16);
LEV_WIRE_AT(struct lev_virtio_gpu_mem_entry, addr, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_mem_entry, length, 8);

/* nr_entries of struct lev_virtio_gpu_mem_entry follow. */
struct lev_virtio_gpu_resource_attach_backing {
	struct lev_virtio_gpu_ctrl_hdr hdr;
	lev_le32 resource_id;
	lev_le32 nr_entries;
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_resource_attach_backing, 32);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_attach_backing, hdr, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_attach_backing, resource_id, 24);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_attach_backing, nr_entries, 28);

struct lev_virtio_gpu_resource_detach_backing {
	struct lev_virtio_gpu_ctrl_hdr hdr;
	lev_le32 resource_id;
	lev_le32 padding;
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_resource_detach_backing, 32);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_detach_backing, hdr, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_resource_detach_backing, resource_id, 24);

/* Configuration space (5.7.4). */
struct lev_virtio_gpu_config {
	lev_le32 events_read;
	lev_le32 events_clear;
	lev_le32 num_scanouts;
	lev_le32 num_capsets;
	lev_le32 blob_alignment;
};
LEV_WIRE_SIZE(struct lev_virtio_gpu_config, 20);
LEV_WIRE_AT(struct lev_virtio_gpu_config, events_read, 0);
LEV_WIRE_AT(struct lev_virtio_gpu_config, events_clear, 4);
LEV_WIRE_AT(struct lev_virtio_gpu_config, num_scanouts, 8);
LEV_WIRE_AT(struct lev_virtio_gpu_config, num_capsets, 12);
LEV_WIRE_AT(struct lev_virtio_gpu_config, blob_alignment, 16);

#endif
