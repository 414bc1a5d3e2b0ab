/* SPDX-License-Identifier: MIT */
/*
 * GPU device (VirtIO 5.7), 2D: how it is brought up and down. See
 * levitate/gpu.h. Commands are gpu_cmd.c's, frames are gpu_frame.c's.
 */
#include "gpu_priv.h"

enum {
	FALLBACK_WIDTH = 1024, /* 5.7.5 */
	FALLBACK_HEIGHT = 768,
	EDID_BLOCK = 128, /* what we read of an EDID */
	PIECES_MAX = 1 << 20,
};

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define FORMAT LEV_GPU_FORMAT_X8R8G8B8
#else
#define FORMAT LEV_GPU_FORMAT_B8G8R8X8
#endif

static struct lev_gpu_rect surface_rect(const struct lev_gpu *gpu)
{
	const struct lev_gpu_rect all = { 0, 0, gpu->surface.width,
					  gpu->surface.height };

	return all;
}

/* --- what size the picture gets --- */

static bool size_usable(uint32_t width, uint32_t height)
{
	return width && height && width <= LEV_GPU_SIZE_MAX &&
	       height <= LEV_GPU_SIZE_MAX;
}

/* Display info: the first scanout that is enabled and has a usable size. */
static int query_display_info(struct lev_gpu *gpu, uint64_t deadline)
{
	struct lev_gpu_block *block = gpu_block(gpu);
	struct lev_virtio_gpu_resp_display_info info;
	lev_le32 scanouts;
	struct lev_gpu_cmd *cmd;
	uint32_t count;
	int err;

	err = lev_device_config_read(
		&gpu->dev, offsetof(struct lev_virtio_gpu_config, num_scanouts),
		&scanouts, 1, sizeof(scanouts));
	if (err)
		return err;
	count = lev_le32_to_cpu(scanouts);
	if (count < 1 || count > LEV_GPU_MAX_SCANOUTS) {
		lev_device_log(&gpu->dev, "%u scanouts: not 1 to 16", count);
		return LEV_ERR_PROTO;
	}
	cmd = lev_gpu_cmd_prepare(gpu, 0, LEV_GPU_CMD_GET_DISPLAY_INFO,
				  &block->slots[0].request.hdr,
				  sizeof(block->slots[0].request.hdr));
	lev_gpu_cmd_expect(cmd, LEV_GPU_RESP_OK_DISPLAY_INFO,
			   &block->query.display, sizeof(block->query.display));
	err = lev_gpu_cmd_run(cmd, deadline);
	if (err)
		return err;
	lev_device_read_once(&info, &block->query.display, sizeof(info));
	for (uint32_t i = 0; i < count; i++) {
		const struct lev_virtio_gpu_display_one *one = &info.pmodes[i];
		const uint32_t width = lev_le32_to_cpu(one->r.width);
		const uint32_t height = lev_le32_to_cpu(one->r.height);

		if (!lev_le32_to_cpu(one->enabled) ||
		    !size_usable(width, height))
			continue;
		gpu->scanout = i;
		gpu->surface.width = width;
		gpu->surface.height = height;
		return 0;
	}
	return 0;
}

/* EDID of the scanout. One that makes no sense is said, and does no harm. */
static int query_edid(struct lev_gpu *gpu, uint64_t deadline)
{
	struct lev_gpu_block *block = gpu_block(gpu);
	struct lev_virtio_gpu_get_edid *request =
		&block->slots[0].request.get_edid;
	struct {
		struct lev_virtio_gpu_ctrl_hdr hdr;
		lev_le32 size;
		lev_le32 padding;
		uint8_t edid[EDID_BLOCK];
	} answer;
	struct lev_gpu_cmd *cmd;
	uint32_t len;
	int err;

	if (!lev_device_has(&gpu->dev, LEV_GPU_F_EDID))
		return 0;
	cmd = lev_gpu_cmd_prepare(gpu, 0, LEV_GPU_CMD_GET_EDID, &request->hdr,
				  sizeof(*request));
	request->scanout = lev_cpu_to_le32(gpu->scanout);
	lev_gpu_cmd_expect(cmd, LEV_GPU_RESP_OK_EDID, &block->query.edid,
			   sizeof(block->query.edid));
	err = lev_gpu_cmd_run(cmd, deadline);
	if (err) /* an answer that says no is one we can live with */
		return err == LEV_ERR_IO && gpu->error.response ? 0 : err;
	lev_device_read_once(&answer, &block->query.edid, sizeof(answer));
	len = lev_le32_to_cpu(answer.size);
	if (len > EDID_BLOCK)
		len = EDID_BLOCK;
	err = lev_edid_preferred(answer.edid, len, &gpu->edid_width,
				 &gpu->edid_height);
	if (err)
		lev_device_log(&gpu->dev, "EDID without a preferred mode: %s",
			       lev_strerror(err));
	else
		lev_device_log(&gpu->dev, "EDID prefers %u x %u",
			       gpu->edid_width, gpu->edid_height);
	return 0;
}

/* The caller's wish, else the display info, else the EDID, else a guess. */
static int choose_size(struct lev_gpu *gpu)
{
	struct lev_gpu_surface *s = &gpu->surface;

	if (gpu->cfg.width || gpu->cfg.height) {
		s->width = gpu->cfg.width;
		s->height = gpu->cfg.height;
	} else if (!s->width && gpu->edid_width) {
		s->width = gpu->edid_width;
		s->height = gpu->edid_height;
	} else if (!s->width) {
		s->width = FALLBACK_WIDTH;
		s->height = FALLBACK_HEIGHT;
	}
	if (!size_usable(s->width, s->height)) {
		lev_device_log(&gpu->dev, "%u x %u: no such picture", s->width,
			       s->height);
		return LEV_ERR_RANGE;
	}
	s->stride = s->width;
	lev_device_log(&gpu->dev, "scanout %u: %u x %u", gpu->scanout, s->width,
		       s->height);
	return 0;
}

/* --- the framebuffer --- */

/* Lend the caller's memory to the device. */
static int framebuffer_map(struct lev_gpu *gpu)
{
	int count;

	if (gpu->cfg.framebuffer_len < gpu->fb_len)
		return LEV_ERR_RANGE;
	count = lev_device_map(&gpu->dev, gpu->cfg.framebuffer, gpu->fb_len,
			       LEV_DMA_TO_DEVICE, gpu->pieces,
			       gpu->cfg.pieces ? gpu->cfg.piece_max : 1);
	if (count < 0)
		return count;
	gpu->piece_count = (unsigned)count;
	gpu->surface.pixels = gpu->cfg.framebuffer;
	gpu->fb_mapped = true;
	return 0;
}

static int framebuffer_alloc(struct lev_gpu *gpu)
{
	gpu->surface.pixels = lev_device_dma_alloc(
		&gpu->dev, gpu->fb_len, 64, UINT64_MAX, &gpu->own_piece.addr);
	if (!gpu->surface.pixels)
		return LEV_ERR_NOMEM;
	gpu->own_piece.len = (uint32_t)gpu->fb_len;
	gpu->piece_count = 1;
	return 0;
}

static int framebuffer_get(struct lev_gpu *gpu)
{
	/* At most 16384 x 16384 x 4: fits 32 bits. */
	gpu->fb_len = (size_t)gpu->surface.width * gpu->surface.height * 4;
	gpu->pieces = gpu->cfg.framebuffer && gpu->cfg.pieces ? gpu->cfg.pieces
							      : &gpu->own_piece;
	return gpu->cfg.framebuffer ? framebuffer_map(gpu)
				    : framebuffer_alloc(gpu);
}

static void framebuffer_put(struct lev_gpu *gpu)
{
	if (gpu->fb_mapped)
		lev_device_unmap(&gpu->dev, gpu->surface.pixels, gpu->fb_len,
				 LEV_DMA_TO_DEVICE, gpu->pieces,
				 gpu->piece_count);
	else if (gpu->surface.pixels)
		lev_device_dma_free(&gpu->dev, gpu->surface.pixels,
				    gpu->own_piece.addr, gpu->fb_len);
	gpu->fb_mapped = false;
	gpu->surface.pixels = NULL;
}

/* --- up and down --- */

static int create_resource(struct lev_gpu *gpu, uint64_t deadline)
{
	struct lev_virtio_gpu_resource_create_2d *request =
		&gpu_block(gpu)->slots[0].request.create;
	struct lev_gpu_cmd *cmd =
		lev_gpu_cmd_prepare(gpu, 0, LEV_GPU_CMD_RESOURCE_CREATE_2D,
				    &request->hdr, sizeof(*request));

	request->resource_id = lev_cpu_to_le32(RESOURCE_ID);
	request->format = lev_cpu_to_le32(FORMAT);
	request->width = lev_cpu_to_le32(gpu->surface.width);
	request->height = lev_cpu_to_le32(gpu->surface.height);
	return lev_gpu_cmd_run(cmd, deadline);
}

/* Tell the device where the framebuffer's pieces are. */
static int attach_backing(struct lev_gpu *gpu, uint64_t deadline)
{
	struct lev_virtio_gpu_resource_attach_backing *request =
		&gpu_block(gpu)->attach;
	struct lev_virtio_gpu_mem_entry *entry = (void *)(request + 1);
	const size_t len = sizeof(*request) + gpu->piece_count * sizeof(*entry);
	struct lev_gpu_cmd *cmd =
		lev_gpu_cmd_prepare(gpu, 0, LEV_GPU_CMD_RESOURCE_ATTACH_BACKING,
				    &request->hdr, len);

	request->resource_id = lev_cpu_to_le32(RESOURCE_ID);
	request->nr_entries = lev_cpu_to_le32(gpu->piece_count);
	for (unsigned i = 0; i < gpu->piece_count; i++) {
		entry[i].addr = lev_cpu_to_le64(gpu->pieces[i].addr);
		entry[i].length = lev_cpu_to_le32(gpu->pieces[i].len);
	}
	return lev_gpu_cmd_run(cmd, deadline);
}

/* resource_id 0: show nothing. */
static int set_scanout(struct lev_gpu *gpu, uint32_t resource_id,
		       uint64_t deadline)
{
	struct lev_virtio_gpu_set_scanout *request =
		&gpu_block(gpu)->slots[0].request.scanout;
	struct lev_gpu_cmd *cmd =
		lev_gpu_cmd_prepare(gpu, 0, LEV_GPU_CMD_SET_SCANOUT,
				    &request->hdr, sizeof(*request));
	const struct lev_gpu_rect all = surface_rect(gpu);

	if (resource_id)
		rect_to_wire(&request->r, &all);
	request->scanout_id = lev_cpu_to_le32(gpu->scanout);
	request->resource_id = lev_cpu_to_le32(resource_id);
	return lev_gpu_cmd_run(cmd, deadline);
}

/* Detach the backing, or drop the resource: two requests of one shape. */
static int let_go(struct lev_gpu *gpu, uint32_t command, uint64_t deadline)
{
	struct lev_virtio_gpu_resource_unref *request =
		&gpu_block(gpu)->slots[0].request.unref;
	struct lev_gpu_cmd *cmd = lev_gpu_cmd_prepare(
		gpu, 0, command, &request->hdr, sizeof(*request));

	request->resource_id = lev_cpu_to_le32(RESOURCE_ID);
	return lev_gpu_cmd_run(cmd, deadline);
}

LEV_STATIC_ASSERT(
	sizeof(struct lev_virtio_gpu_resource_unref) ==
			sizeof(struct lev_virtio_gpu_resource_detach_backing) &&
		offsetof(struct lev_virtio_gpu_resource_unref, resource_id) ==
			offsetof(struct lev_virtio_gpu_resource_detach_backing,
				 resource_id),
	"let_go serves both");

static const struct lev_feature gpu_features[] = {
	{ LEV_GPU_F_EDID, false, LEV_NAME("EDID") },
};

static const struct lev_driver gpu_driver = {
	.device_id = LEV_ID_GPU,
	.name = "gpu",
	.features = gpu_features,
	.feature_count = sizeof(gpu_features) / sizeof(gpu_features[0]),
};

/* Features agreed on, control queue there, DRIVER_OK. */
static int gpu_begin(struct lev_gpu *gpu, uint64_t deadline)
{
	struct lev_queue_config cfg = {
		.idx = LEV_GPU_QUEUE_CONTROL,
		.size = LEV_GPU_QUEUE_SIZE,
		.indirect_len = 2,
		.slots = gpu->control_slots,
	};
	unsigned shift;
	int err;

	gpu->pending = 0;
	gpu->frame_error = 0;
	gpu->damage_count = 0;
	err = lev_device_begin(&gpu->dev, deadline);
	if (err)
		return err;
	/* A rectangle takes two commands of two segments each: 4 entries, or
	 * 2 with indirect tables. */
	shift = lev_device_has(&gpu->dev, LEV_F_INDIRECT_DESC) ? 1 : 2;
	cfg.size_min = (uint16_t)(1 << shift);
	err = lev_queue_init(&gpu->control, &gpu->dev, &cfg);
	if (err)
		return err;
	gpu->damage_max = lev_queue_size(&gpu->control) >> shift;
	if (gpu->damage_max > LEV_GPU_DAMAGE_MAX)
		gpu->damage_max = LEV_GPU_DAMAGE_MAX;
	return lev_device_ready(&gpu->dev);
}

/* The whole picture, on the screen. */
static int gpu_show(struct lev_gpu *gpu, uint64_t deadline)
{
	const struct lev_gpu_rect all = surface_rect(gpu);
	int err;

	err = create_resource(gpu, deadline);
	if (!err)
		err = attach_backing(gpu, deadline);
	if (!err)
		err = set_scanout(gpu, RESOURCE_ID, deadline);
	if (err)
		return err;
	lev_gpu_damage(gpu, &all);
	err = lev_gpu_frame_send(gpu, deadline);
	return err < 0 ? err : lev_gpu_wait(gpu);
}

static int gpu_query(struct lev_gpu *gpu, uint64_t deadline)
{
	int err;

	err = query_display_info(gpu, deadline);
	if (!err)
		err = query_edid(gpu, deadline);
	if (!err)
		err = choose_size(gpu);
	return err;
}

static uint64_t init_deadline(const struct lev_gpu *gpu)
{
	return lev_device_deadline(&gpu->dev, gpu->cfg.init_timeout);
}

static int gpu_alloc_block(struct lev_gpu *gpu)
{
	const unsigned pieces = gpu->cfg.pieces ? gpu->cfg.piece_max : 1;

	if (pieces < 1 || pieces > PIECES_MAX)
		return LEV_ERR_INVAL;
	gpu->mem_len = sizeof(struct lev_gpu_block) +
		       pieces * sizeof(struct lev_virtio_gpu_mem_entry);
	gpu->mem = lev_device_dma_alloc(&gpu->dev, gpu->mem_len, 64, UINT64_MAX,
					&gpu->mem_addr);
	return gpu->mem ? 0 : LEV_ERR_NOMEM;
}

static int gpu_open(struct lev_gpu *gpu)
{
	const uint64_t deadline = init_deadline(gpu);
	int err;

	err = gpu_begin(gpu, deadline);
	if (!err)
		err = gpu_alloc_block(gpu);
	if (!err)
		err = gpu_query(gpu, deadline);
	if (!err)
		err = framebuffer_get(gpu);
	if (!err)
		err = gpu_show(gpu, deadline);
	return err;
}

/* The device is quiet: all that it was lent goes back. */
static void gpu_close(struct lev_gpu *gpu)
{
	framebuffer_put(gpu);
	lev_queue_fini(&gpu->control);
	if (gpu->mem)
		lev_device_dma_free(&gpu->dev, gpu->mem, gpu->mem_addr,
				    gpu->mem_len);
	gpu->mem = NULL;
	gpu->surface = (struct lev_gpu_surface){ .pixels = NULL };
	lev_device_release(&gpu->dev);
}

int lev_gpu_init(struct lev_gpu *gpu, const struct lev_gpu_config *cfg)
{
	int err;

	err = lev_device_claim(&gpu->dev, cfg->transport, &gpu_driver);
	if (err)
		return err;
	gpu->cfg = *cfg;
	if (!cfg->init_timeout)
		gpu->cfg.init_timeout = LEV_GPU_INIT_TIMEOUT;
	if (!cfg->frame_timeout)
		gpu->cfg.frame_timeout = LEV_GPU_FRAME_TIMEOUT;
	err = gpu_open(gpu);
	if (!err)
		return 0;
	lev_device_log(&gpu->dev, "initialisation failed: %s",
		       lev_strerror(err));
	err = lev_device_abort(&gpu->dev, err);
	if (err != LEV_ERR_STUCK)
		gpu_close(gpu);
	return err;
}

int lev_gpu_restart(struct lev_gpu *gpu)
{
	uint64_t deadline;
	int err;

	if (!gpu->surface.pixels)
		return LEV_ERR_STATE;
	err = lev_device_reset(&gpu->dev);
	if (err)
		return err;
	deadline = init_deadline(gpu);
	err = gpu_begin(gpu, deadline);
	if (!err)
		err = gpu_show(gpu, deadline);
	return err ? lev_device_abort(&gpu->dev, err) : 0;
}

/* Undo gpu_show, as far as the device still listens. */
static void gpu_hide(struct lev_gpu *gpu)
{
	const uint64_t deadline = init_deadline(gpu);

	if (gpu->dev.state != LEV_DEVICE_LIVE || lev_gpu_wait(gpu))
		return;
	/* QEMU refuses to switch off its first head: that does no harm. */
	if ((set_scanout(gpu, 0, deadline) && !gpu->error.response) ||
	    let_go(gpu, LEV_GPU_CMD_RESOURCE_DETACH_BACKING, deadline) ||
	    let_go(gpu, LEV_GPU_CMD_RESOURCE_UNREF, deadline))
		lev_device_log(&gpu->dev, "left in a hurry");
}

int lev_gpu_fini(struct lev_gpu *gpu)
{
	int err;

	if (gpu->dev.state == LEV_DEVICE_FREE)
		return 0;
	gpu_hide(gpu);
	err = lev_device_reset(&gpu->dev);
	if (err == LEV_ERR_STUCK || err == LEV_ERR_STATE)
		return err;
	gpu_close(gpu);
	return 0;
}
