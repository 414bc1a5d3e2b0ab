/* SPDX-License-Identifier: MIT */
/*
 * GPU device: damage, and the frames that bring it to the screen. See
 * levitate/gpu.h for the rules.
 */
#include "gpu_priv.h"

/* --- damage --- */

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

/* --- frames --- */

/* The CPU drew here: bring the device's view of the memory up to date. */
static void framebuffer_sync(struct lev_gpu *gpu,
			     const struct lev_gpu_rect *rect)
{
	const struct lev_gpu_surface *s = &gpu->surface;

	if (!gpu->fb_mapped)
		return;
	for (uint32_t y = rect->y; y < rect->y + rect->height; y++)
		lev_device_sync(&gpu->dev,
				s->pixels + (size_t)y * s->stride + rect->x,
				(size_t)rect->width * 4, LEV_DMA_TO_DEVICE);
}

static void frame_done(struct lev_request *req)
{
	struct lev_gpu_cmd *cmd =
		LEV_CONTAINER_OF(req, struct lev_gpu_cmd, req);
	const int err = lev_gpu_cmd_result(cmd);

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
	struct lev_gpu_slot *slot = &gpu_block(gpu)->slots[2 * i];
	struct lev_virtio_gpu_transfer_to_host_2d *transfer =
		&slot[0].request.transfer;
	struct lev_virtio_gpu_resource_flush *flush = &slot[1].request.flush;
	const uint64_t first =
		(uint64_t)rect->y * gpu->surface.stride + rect->x;
	struct lev_gpu_cmd *cmd;
	int err;

	framebuffer_sync(gpu, rect);
	cmd = lev_gpu_cmd_prepare(gpu, 2 * i, LEV_GPU_CMD_TRANSFER_TO_HOST_2D,
				  &transfer->hdr, sizeof(*transfer));
	rect_to_wire(&transfer->r, rect);
	transfer->offset = lev_cpu_to_le64(first * 4);
	transfer->resource_id = lev_cpu_to_le32(RESOURCE_ID);
	err = frame_add(gpu, cmd);
	if (err)
		return err;
	cmd = lev_gpu_cmd_prepare(gpu, 2 * i + 1, LEV_GPU_CMD_RESOURCE_FLUSH,
				  &flush->hdr, sizeof(*flush));
	rect_to_wire(&flush->r, rect);
	flush->resource_id = lev_cpu_to_le32(RESOURCE_ID);
	return frame_add(gpu, cmd);
}

int lev_gpu_frame_send(struct lev_gpu *gpu, uint64_t deadline)
{
	int err = lev_queue_error(&gpu->control);

	if (err)
		return err;
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
	return lev_gpu_frame_send(
		gpu, lev_device_deadline(&gpu->dev, gpu->cfg.frame_timeout));
}

/* Out of time: reset, so that a late answer finds nothing to answer. */
static int frame_timed_out(struct lev_gpu *gpu)
{
	int err;

	lev_device_log(&gpu->dev, "no answer to %u commands", gpu->pending);
	err = lev_device_reset(&gpu->dev);
	return err ? err : LEV_ERR_TIMEDOUT;
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
	if (lev_device_stirred(&gpu->dev)) {
		err = lev_device_poll(&gpu->dev);
		if (err < 0)
			return err;
	}
	/* To the deadline: a used index that jumps to and fro ends as well. */
	for (;;) {
		err = lev_queue_poll(&gpu->control, CMD_COUNT);
		if (err >= 0) /* the ring may break behind what came back */
			err = lev_queue_error(&gpu->control);
		if (err < 0)
			return err;
		if (!gpu->pending)
			return frame_result(gpu);
		if (lev_device_deadline(&gpu->dev, 0) >= gpu->frame_deadline)
			return frame_timed_out(gpu);
		if (!lev_queue_arm(&gpu->control))
			return 1;
	}
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
