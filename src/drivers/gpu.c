/* SPDX-License-Identifier: MIT */
/*
 * GPU device (VirtIO 5.7), 2D. See levitate/gpu.h.
 *
 * Commands and their answers are exchanged in one block of DMA memory:
 *
 *   a slot for each command in flight (request, then response)
 *   room for the answers that are longer, to the queries of initialisation
 *   RESOURCE_ATTACH_BACKING, with room for the list of pieces behind it
 *
 * Every command carries a fence of its own, never used twice in the life of
 * the object. An answer counts only with the right type, length and fence.
 */
#include <levitate/gpu.h>
#include <levitate/wire/gpu.h>

enum {
	RESOURCE_ID = 1, /* ours; 0 means none */
	CMD_COUNT = 2 * LEV_GPU_DAMAGE_MAX,
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

/* --- the block of memory --- */

struct slot {
	union {
		struct lev_virtio_gpu_ctrl_hdr hdr;
		struct lev_virtio_gpu_get_edid get_edid;
		struct lev_virtio_gpu_resource_create_2d create;
		struct lev_virtio_gpu_resource_unref unref;
		struct lev_virtio_gpu_resource_detach_backing detach;
		struct lev_virtio_gpu_set_scanout scanout;
		struct lev_virtio_gpu_transfer_to_host_2d transfer;
		struct lev_virtio_gpu_resource_flush flush;
	} request;
	struct lev_virtio_gpu_ctrl_hdr response;
};

struct block {
	struct slot slots[CMD_COUNT];
	union {
		struct lev_virtio_gpu_resp_display_info display;
		struct lev_virtio_gpu_resp_edid edid;
	} query;
	struct lev_virtio_gpu_resource_attach_backing attach;
	/* struct lev_virtio_gpu_mem_entry, one a piece */
};

static struct block *gpu_block(const struct lev_gpu *gpu)
{
	return gpu->mem;
}

static struct lev_seg block_seg(const struct lev_gpu *gpu, const void *part,
				size_t len)
{
	const size_t off = (size_t)((const char *)part - (char *)gpu->mem);
	const struct lev_seg seg = { gpu->mem_addr + off, (uint32_t)len };

	return seg;
}

/* --- one command --- */

/*
 * Prepare command i: its request (of len bytes, zeroed but for what the caller
 * puts behind the header) and where its answer goes, which is cleared so that
 * nothing old can pass for an answer.
 */
static struct lev_gpu_cmd *cmd_prepare(struct lev_gpu *gpu, unsigned i,
				       uint32_t command,
				       struct lev_virtio_gpu_ctrl_hdr *request,
				       size_t len)
{
	struct slot *slot = &gpu_block(gpu)->slots[i];
	struct lev_gpu_cmd *cmd = &gpu->cmds[i];

	__builtin_memset(request, 0, len);
	__builtin_memset(&slot->response, 0, sizeof(slot->response));
	cmd->gpu = gpu;
	cmd->fence = ++gpu->fence;
	cmd->command = command;
	cmd->response = &slot->response;
	cmd->response_len = sizeof(slot->response);
	cmd->expect = LEV_GPU_RESP_OK_NODATA;
	cmd->segs[0] = block_seg(gpu, request, len);
	cmd->segs[1] = block_seg(gpu, cmd->response, cmd->response_len);
	cmd->req.done = NULL;
	cmd->req.segs = cmd->segs;
	cmd->req.readable = 1;
	cmd->req.writable = 1;
	request->type = lev_cpu_to_le32(command);
	request->flags = lev_cpu_to_le32(LEV_GPU_FLAG_FENCE);
	request->fence_id = lev_cpu_to_le64(cmd->fence);
	return cmd;
}

/* The answer is a longer one, of type expect. */
static void cmd_expect(struct lev_gpu_cmd *cmd, uint32_t expect, void *response,
		       size_t len)
{
	__builtin_memset(response, 0, len);
	cmd->expect = expect;
	cmd->response = response;
	cmd->response_len = (uint32_t)len;
	cmd->segs[1] = block_seg(cmd->gpu, response, len);
}

static int cmd_judge(const struct lev_gpu_cmd *cmd,
		     const struct lev_virtio_gpu_ctrl_hdr *hdr)
{
	const uint32_t type = lev_le32_to_cpu(hdr->type);

	if (cmd->req.written < sizeof(*hdr))
		return LEV_ERR_PROTO;
	if (!(lev_le32_to_cpu(hdr->flags) & LEV_GPU_FLAG_FENCE) ||
	    lev_le64_to_cpu(hdr->fence_id) != cmd->fence)
		return LEV_ERR_PROTO;
	if (type >= LEV_GPU_RESP_ERR_UNSPEC &&
	    type <= LEV_GPU_RESP_ERR_INVALID_PARAMETER)
		return LEV_ERR_IO;
	if (type != cmd->expect || cmd->req.written < cmd->response_len)
		return LEV_ERR_PROTO;
	return 0;
}

/* The command is back: is its answer one, and a good one? */
static int cmd_result(const struct lev_gpu_cmd *cmd)
{
	struct lev_virtio_gpu_ctrl_hdr hdr;
	struct lev_gpu *gpu = cmd->gpu;
	int err;

	if (cmd->req.err)
		return cmd->req.err;
	lev_device_read_once(&hdr, cmd->response, sizeof(hdr));
	err = cmd_judge(cmd, &hdr);
	if (!err)
		return 0;
	gpu->error.command = cmd->command;
	gpu->error.response = lev_le32_to_cpu(hdr.type);
	lev_device_log(&gpu->dev, "%s: %s (0x%x, %u bytes): %s",
		       lev_gpu_command_name(cmd->command),
		       lev_gpu_response_name(gpu->error.response),
		       gpu->error.response, cmd->req.written,
		       lev_strerror(err));
	return err;
}

/* Send one command and wait for its answer. */
static int cmd_run(struct lev_gpu_cmd *cmd, uint64_t deadline)
{
	struct lev_gpu *gpu = cmd->gpu;
	int err;

	err = lev_queue_add(&gpu->control, &cmd->req);
	if (!err)
		err = lev_queue_kick(&gpu->control);
	if (err >= 0)
		err = lev_queue_wait(&gpu->control, &cmd->req, deadline);
	if (!err)
		return cmd_result(cmd);
	gpu->error.command = cmd->command;
	gpu->error.response = 0;
	lev_device_log(&gpu->dev, "%s: %s", lev_gpu_command_name(cmd->command),
		       lev_strerror(err));
	return err;
}

static void rect_to_wire(struct lev_virtio_gpu_rect *wire,
			 const struct lev_gpu_rect *rect)
{
	wire->x = lev_cpu_to_le32(rect->x);
	wire->y = lev_cpu_to_le32(rect->y);
	wire->width = lev_cpu_to_le32(rect->width);
	wire->height = lev_cpu_to_le32(rect->height);
}

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
	struct block *block = gpu_block(gpu);
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
	cmd = cmd_prepare(gpu, 0, LEV_GPU_CMD_GET_DISPLAY_INFO,
			  &block->slots[0].request.hdr,
			  sizeof(block->slots[0].request.hdr));
	cmd_expect(cmd, LEV_GPU_RESP_OK_DISPLAY_INFO, &block->query.display,
		   sizeof(block->query.display));
	err = cmd_run(cmd, deadline);
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
	struct block *block = gpu_block(gpu);
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
	cmd = cmd_prepare(gpu, 0, LEV_GPU_CMD_GET_EDID, &request->hdr,
			  sizeof(*request));
	request->scanout = lev_cpu_to_le32(gpu->scanout);
	cmd_expect(cmd, LEV_GPU_RESP_OK_EDID, &block->query.edid,
		   sizeof(block->query.edid));
	err = cmd_run(cmd, deadline);
	if (err)
		return err == LEV_ERR_IO ? 0 : err;
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

static unsigned dma_flags(const struct lev_gpu *gpu)
{
	return LEV_DMA_TO_DEVICE |
	       (lev_device_has(&gpu->dev, LEV_F_ACCESS_PLATFORM)
			? (unsigned)LEV_DMA_PLATFORM
			: 0);
}

/* Do the pieces that the port gave cover the framebuffer exactly? */
static bool pieces_cover(const struct lev_gpu *gpu)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < gpu->piece_count; i++) {
		if (!gpu->pieces[i].len)
			return false;
		sum += gpu->pieces[i].len;
	}
	return sum == gpu->fb_len;
}

/* Lend the caller's memory to the device. */
static int framebuffer_map(struct lev_gpu *gpu)
{
	const struct lev_hal *hal = gpu->dev.transport->hal;
	const unsigned max = gpu->cfg.pieces ? gpu->cfg.piece_max : 1;
	int count = 1;

	if (gpu->cfg.framebuffer_len < gpu->fb_len)
		return LEV_ERR_RANGE;
	gpu->surface.pixels = gpu->cfg.framebuffer;
	gpu->pieces[0].addr = (uintptr_t)gpu->cfg.framebuffer;
	gpu->pieces[0].len = (uint32_t)gpu->fb_len;
	if (hal->ops->dma_map)
		count = hal->ops->dma_map(hal->ctx, gpu->cfg.framebuffer,
					  gpu->fb_len, dma_flags(gpu),
					  gpu->pieces, max);
	if (count < 0)
		return count;
	if (count == 0 || (unsigned)count > max)
		return LEV_ERR_INVAL;
	gpu->piece_count = (unsigned)count;
	gpu->fb_mapped = true;
	return pieces_cover(gpu) ? 0 : LEV_ERR_INVAL;
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
	const struct lev_hal *hal = gpu->dev.transport->hal;

	if (gpu->fb_mapped && hal->ops->dma_map)
		hal->ops->dma_unmap(hal->ctx, gpu->surface.pixels, gpu->fb_len,
				    dma_flags(gpu), gpu->pieces,
				    gpu->piece_count);
	else if (!gpu->fb_mapped && gpu->surface.pixels)
		lev_device_dma_free(&gpu->dev, gpu->surface.pixels,
				    gpu->own_piece.addr, gpu->fb_len);
	gpu->fb_mapped = false;
	gpu->surface.pixels = NULL;
}

/* The CPU drew here: bring the device's view of the memory up to date. */
static void framebuffer_sync(struct lev_gpu *gpu,
			     const struct lev_gpu_rect *rect)
{
	const struct lev_hal *hal = gpu->dev.transport->hal;
	const struct lev_gpu_surface *s = &gpu->surface;

	if (!gpu->fb_mapped || !hal->ops->dma_sync)
		return;
	for (uint32_t y = rect->y; y < rect->y + rect->height; y++)
		hal->ops->dma_sync(hal->ctx,
				   s->pixels + (size_t)y * s->stride + rect->x,
				   (size_t)rect->width * 4, dma_flags(gpu));
}

/* --- frames --- */

static uint64_t area(const struct lev_gpu_rect *r)
{
	return (uint64_t)r->width * r->height;
}

static uint32_t min32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t max32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* The smallest rectangle around both. */
static struct lev_gpu_rect rect_union(const struct lev_gpu_rect *a,
				      const struct lev_gpu_rect *b)
{
	struct lev_gpu_rect u;

	u.x = min32(a->x, b->x);
	u.y = min32(a->y, b->y);
	u.width = max32(a->x + a->width, b->x + b->width) - u.x;
	u.height = max32(a->y + a->height, b->y + b->height) - u.y;
	return u;
}

/* Merge into the rectangle that grows least; one that covers it grows not. */
static void damage_merge(struct lev_gpu *gpu, const struct lev_gpu_rect *rect)
{
	uint64_t least = UINT64_MAX;
	unsigned best = 0;
	struct lev_gpu_rect merged;

	for (unsigned i = 0; i < gpu->damage_count; i++) {
		const struct lev_gpu_rect *old = &gpu->damage[i];
		const struct lev_gpu_rect u = rect_union(old, rect);

		if (area(&u) - area(old) < least) {
			least = area(&u) - area(old);
			best = i;
		}
	}
	if (least && gpu->damage_count < gpu->damage_max) {
		gpu->damage[gpu->damage_count++] = *rect;
		return;
	}
	merged = rect_union(&gpu->damage[best], rect);
	gpu->damage[best] = merged;
}

void lev_gpu_damage(struct lev_gpu *gpu, const struct lev_gpu_rect *rect)
{
	const struct lev_gpu_surface *s = &gpu->surface;
	struct lev_gpu_rect r = *rect;

	if (r.x >= s->width || r.y >= s->height || !r.width || !r.height)
		return;
	r.width = min32(r.width, s->width - r.x);
	r.height = min32(r.height, s->height - r.y);
	damage_merge(gpu, &r);
}

static void frame_done(struct lev_request *req)
{
	struct lev_gpu_cmd *cmd =
		LEV_CONTAINER_OF(req, struct lev_gpu_cmd, req);
	const int err = cmd_result(cmd);

	if (err && !cmd->gpu->frame_error)
		cmd->gpu->frame_error = err;
	cmd->gpu->pending--;
}

static int frame_add(struct lev_gpu *gpu, struct lev_gpu_cmd *cmd)
{
	int err;

	cmd->req.done = frame_done;
	err = lev_queue_add(&gpu->control, &cmd->req);
	if (!err)
		gpu->pending++;
	return err;
}

/* Transfer rectangle i to the host, then show it. */
static int frame_add_rect(struct lev_gpu *gpu, unsigned i)
{
	const struct lev_gpu_rect *rect = &gpu->damage[i];
	struct slot *slot = &gpu_block(gpu)->slots[2 * i];
	struct lev_virtio_gpu_transfer_to_host_2d *transfer =
		&slot[0].request.transfer;
	struct lev_virtio_gpu_resource_flush *flush = &slot[1].request.flush;
	const uint64_t first =
		(uint64_t)rect->y * gpu->surface.stride + rect->x;
	struct lev_gpu_cmd *cmd;
	int err;

	framebuffer_sync(gpu, rect);
	cmd = cmd_prepare(gpu, 2 * i, LEV_GPU_CMD_TRANSFER_TO_HOST_2D,
			  &transfer->hdr, sizeof(*transfer));
	rect_to_wire(&transfer->r, rect);
	transfer->offset = lev_cpu_to_le64(first * 4);
	transfer->resource_id = lev_cpu_to_le32(RESOURCE_ID);
	err = frame_add(gpu, cmd);
	if (err)
		return err;
	cmd = cmd_prepare(gpu, 2 * i + 1, LEV_GPU_CMD_RESOURCE_FLUSH,
			  &flush->hdr, sizeof(*flush));
	rect_to_wire(&flush->r, rect);
	flush->resource_id = lev_cpu_to_le32(RESOURCE_ID);
	return frame_add(gpu, cmd);
}

static uint64_t timeout_or(uint64_t timeout, uint64_t otherwise)
{
	return timeout ? timeout : otherwise;
}

static int frame_send(struct lev_gpu *gpu, uint64_t deadline)
{
	int err;

	if (gpu->pending)
		return LEV_ERR_AGAIN;
	if (!gpu->damage_count)
		return 0;
	for (unsigned i = 0; i < gpu->damage_count; i++) {
		err = frame_add_rect(gpu, i);
		if (err)
			return err;
	}
	gpu->damage_count = 0;
	gpu->frame_deadline = deadline;
	err = lev_queue_kick(&gpu->control);
	return err < 0 ? err : 1;
}

int lev_gpu_frame(struct lev_gpu *gpu)
{
	if (gpu->dev.state != LEV_DEVICE_LIVE)
		return LEV_ERR_STATE;
	return frame_send(
		gpu, lev_device_deadline(&gpu->dev,
					 timeout_or(gpu->cfg.frame_timeout,
						    LEV_GPU_FRAME_TIMEOUT)));
}

/* Out of time: reset, so that a late answer finds nothing to answer. */
static int frame_timed_out(struct lev_gpu *gpu)
{
	int err;

	lev_device_log(&gpu->dev, "no answer to %u commands", gpu->pending);
	err = lev_device_reset(&gpu->dev);
	return err == LEV_ERR_STUCK ? err : LEV_ERR_TIMEDOUT;
}

static int frame_result(struct lev_gpu *gpu)
{
	const int err = gpu->frame_error;

	gpu->frame_error = 0;
	return err;
}

int lev_gpu_poll(struct lev_gpu *gpu)
{
	int err;

	if (gpu->dev.state != LEV_DEVICE_LIVE)
		return LEV_ERR_STATE;
	if (gpu->dev.config_changed) {
		err = lev_device_poll(&gpu->dev);
		if (err < 0)
			return err;
	}
	do
		err = lev_queue_poll(&gpu->control, CMD_COUNT);
	while (err >= 0 && gpu->pending && lev_queue_arm(&gpu->control));
	if (err < 0)
		return err;
	if (!gpu->pending)
		return frame_result(gpu);
	if (lev_device_deadline(&gpu->dev, 0) >= gpu->frame_deadline)
		return frame_timed_out(gpu);
	return 1;
}

int lev_gpu_wait(struct lev_gpu *gpu)
{
	int err;

	if (gpu->dev.state != LEV_DEVICE_LIVE)
		return LEV_ERR_STATE;
	for (unsigned i = 0; i < CMD_COUNT && gpu->pending; i++) {
		struct lev_request *req = &gpu->cmds[i].req;

		if (!lev_request_pending(req))
			continue;
		err = lev_queue_wait(&gpu->control, req, gpu->frame_deadline);
		if (err == LEV_ERR_TIMEDOUT)
			return frame_timed_out(gpu);
		if (err)
			return err;
	}
	return frame_result(gpu);
}

/* --- up and down --- */

static int create_resource(struct lev_gpu *gpu, uint64_t deadline)
{
	struct lev_virtio_gpu_resource_create_2d *request =
		&gpu_block(gpu)->slots[0].request.create;
	struct lev_gpu_cmd *cmd =
		cmd_prepare(gpu, 0, LEV_GPU_CMD_RESOURCE_CREATE_2D,
			    &request->hdr, sizeof(*request));

	request->resource_id = lev_cpu_to_le32(RESOURCE_ID);
	request->format = lev_cpu_to_le32(FORMAT);
	request->width = lev_cpu_to_le32(gpu->surface.width);
	request->height = lev_cpu_to_le32(gpu->surface.height);
	return cmd_run(cmd, deadline);
}

/* Tell the device where the framebuffer's pieces are. */
static int attach_backing(struct lev_gpu *gpu, uint64_t deadline)
{
	struct lev_virtio_gpu_resource_attach_backing *request =
		&gpu_block(gpu)->attach;
	struct lev_virtio_gpu_mem_entry *entry = (void *)(request + 1);
	const size_t len = sizeof(*request) + gpu->piece_count * sizeof(*entry);
	struct lev_gpu_cmd *cmd =
		cmd_prepare(gpu, 0, LEV_GPU_CMD_RESOURCE_ATTACH_BACKING,
			    &request->hdr, len);

	request->resource_id = lev_cpu_to_le32(RESOURCE_ID);
	request->nr_entries = lev_cpu_to_le32(gpu->piece_count);
	for (unsigned i = 0; i < gpu->piece_count; i++) {
		entry[i].addr = lev_cpu_to_le64(gpu->pieces[i].addr);
		entry[i].length = lev_cpu_to_le32(gpu->pieces[i].len);
	}
	return cmd_run(cmd, deadline);
}

/* resource_id 0: show nothing. */
static int set_scanout(struct lev_gpu *gpu, uint32_t resource_id,
		       uint64_t deadline)
{
	struct lev_virtio_gpu_set_scanout *request =
		&gpu_block(gpu)->slots[0].request.scanout;
	struct lev_gpu_cmd *cmd = cmd_prepare(gpu, 0, LEV_GPU_CMD_SET_SCANOUT,
					      &request->hdr, sizeof(*request));
	const struct lev_gpu_rect all = surface_rect(gpu);

	if (resource_id)
		rect_to_wire(&request->r, &all);
	request->scanout_id = lev_cpu_to_le32(gpu->scanout);
	request->resource_id = lev_cpu_to_le32(resource_id);
	return cmd_run(cmd, deadline);
}

static int detach_backing(struct lev_gpu *gpu, uint64_t deadline)
{
	struct lev_virtio_gpu_resource_detach_backing *request =
		&gpu_block(gpu)->slots[0].request.detach;
	struct lev_gpu_cmd *cmd =
		cmd_prepare(gpu, 0, LEV_GPU_CMD_RESOURCE_DETACH_BACKING,
			    &request->hdr, sizeof(*request));

	request->resource_id = lev_cpu_to_le32(RESOURCE_ID);
	return cmd_run(cmd, deadline);
}

static int unref_resource(struct lev_gpu *gpu, uint64_t deadline)
{
	struct lev_virtio_gpu_resource_unref *request =
		&gpu_block(gpu)->slots[0].request.unref;
	struct lev_gpu_cmd *cmd =
		cmd_prepare(gpu, 0, LEV_GPU_CMD_RESOURCE_UNREF, &request->hdr,
			    sizeof(*request));

	request->resource_id = lev_cpu_to_le32(RESOURCE_ID);
	return cmd_run(cmd, deadline);
}

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
	/* A frame needs a transfer and a flush, two segments each. */
	unsigned rect_entries;
	struct lev_queue_config cfg = {
		.idx = LEV_GPU_QUEUE_CONTROL,
		.size = LEV_GPU_QUEUE_SIZE,
		.indirect_len = 2,
		.slots = gpu->control_slots,
	};
	unsigned rects;
	int err;

	gpu->pending = 0;
	gpu->frame_error = 0;
	gpu->damage_count = 0;
	err = lev_device_begin(&gpu->dev, deadline);
	if (err)
		return err;
	rect_entries = lev_device_has(&gpu->dev, LEV_F_INDIRECT_DESC) ? 2 : 4;
	cfg.size_min = (uint16_t)rect_entries;
	err = lev_queue_init(&gpu->control, &gpu->dev, &cfg);
	if (err)
		return err;
	rects = lev_queue_size(&gpu->control) / rect_entries;
	gpu->damage_max = min32(rects, LEV_GPU_DAMAGE_MAX);
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
	err = frame_send(gpu, deadline);
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
	return lev_device_deadline(&gpu->dev, timeout_or(gpu->cfg.init_timeout,
							 LEV_GPU_INIT_TIMEOUT));
}

static int gpu_alloc_block(struct lev_gpu *gpu)
{
	const unsigned pieces = gpu->cfg.pieces ? gpu->cfg.piece_max : 1;

	if (pieces < 1 || pieces > PIECES_MAX)
		return LEV_ERR_INVAL;
	gpu->mem_len = sizeof(struct block) +
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

/* Give up on the device: FAILED, then quiet. The reason, or that it is not. */
static int gpu_abort(struct lev_gpu *gpu, int why)
{
	if (gpu->dev.state == LEV_DEVICE_SETUP ||
	    gpu->dev.state == LEV_DEVICE_LIVE)
		lev_device_fail(&gpu->dev);
	return lev_device_reset(&gpu->dev) == LEV_ERR_STUCK ? LEV_ERR_STUCK
							    : why;
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
	err = gpu_open(gpu);
	if (!err)
		return 0;
	lev_device_log(&gpu->dev, "initialisation failed: %s",
		       lev_strerror(err));
	err = gpu_abort(gpu, err);
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
	return err ? gpu_abort(gpu, err) : 0;
}

/* Undo gpu_show, as far as the device still listens. */
static void gpu_hide(struct lev_gpu *gpu)
{
	const uint64_t deadline = init_deadline(gpu);

	if (gpu->dev.state != LEV_DEVICE_LIVE || lev_gpu_wait(gpu))
		return;
	/* QEMU refuses to switch off its first head: that does no harm. */
	if (set_scanout(gpu, 0, deadline) == LEV_ERR_TIMEDOUT ||
	    detach_backing(gpu, deadline) || unref_resource(gpu, deadline))
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
