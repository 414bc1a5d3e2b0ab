/* SPDX-License-Identifier: MIT */
/*
 * The GPU driver on a device whose configuration, display info, EDID and every
 * reply are the input's. The device reads the commands, which are checked: no
 * rectangle leaves the picture, no fence comes twice, no address is foreign.
 */
#include <levitate/gpu.h>
#include <levitate/wire/gpu.h>
#include <levitate/wire/ring.h>

#include "device.h"

enum { STEPS_MAX = 200, HELD_MAX = 64, PIECES = 3 };

/* A command that was taken and not answered. */
struct held {
	uint16_t head;
	lev_paddr response;
	uint32_t response_len;
	struct lev_virtio_gpu_ctrl_hdr request;
};

struct rig {
	struct fuzz_port port;
	struct fuzz_dev dev;
	struct lev_gpu gpu;
	struct lev_gpu_config cfg;
	struct lev_seg pieces[PIECES];
	unsigned mapped;
	uint16_t seen, used; /* the device's place in the rings */
	uint64_t fence;	     /* the last one */
	struct held held[HELD_MAX];
	unsigned held_count;
	unsigned resets; /* that it has noticed */
	bool bad;	 /* an answer is on its way that is none */
	bool lied; /* gave back what it may not: what is in the ring is void */
	bool honest;
};

/* --- the device reads a command --- */

static const void *ring_part(struct rig *rig, lev_paddr addr, size_t len)
{
	const void *ptr = fuzz_ptr(&rig->port, addr, len);

	FUZZ_CHECK(ptr);
	return ptr;
}

static void check_rect(const struct rig *rig,
		       const struct lev_virtio_gpu_rect *r)
{
	const struct lev_gpu_surface *s = &rig->gpu.surface;
	const uint32_t x = lev_le32_to_cpu(r->x), y = lev_le32_to_cpu(r->y);
	const uint32_t w = lev_le32_to_cpu(r->width);
	const uint32_t h = lev_le32_to_cpu(r->height);

	FUZZ_CHECK(w && h && w <= s->width && h <= s->height);
	FUZZ_CHECK(x <= s->width - w && y <= s->height - h);
}

static void check_transfer(const struct rig *rig, const void *request)
{
	const struct lev_virtio_gpu_transfer_to_host_2d *t = request;
	const uint64_t first =
		(uint64_t)lev_le32_to_cpu(t->r.y) * rig->gpu.surface.stride +
		lev_le32_to_cpu(t->r.x);

	check_rect(rig, &t->r);
	FUZZ_CHECK(lev_le64_to_cpu(t->offset) == 4 * first);
}

/* The pieces are the framebuffer, all of it. */
static void check_backing(struct rig *rig, const void *request, uint32_t len)
{
	const struct lev_virtio_gpu_resource_attach_backing *b = request;
	const struct lev_virtio_gpu_mem_entry *entry = (const void *)(b + 1);
	const uint32_t count = lev_le32_to_cpu(b->nr_entries);
	uint64_t sum = 0;

	FUZZ_CHECK(count && count <= PIECES &&
		   len == sizeof(*b) + count * sizeof(*entry));
	for (uint32_t i = 0; i < count; i++)
		sum += lev_le32_to_cpu(entry[i].length);
	FUZZ_CHECK(sum == 4 * (uint64_t)rig->gpu.surface.width *
				  rig->gpu.surface.height);
}

static void check_command(struct rig *rig, const void *request, uint32_t len)
{
	const struct lev_virtio_gpu_ctrl_hdr *hdr = request;
	const struct lev_virtio_gpu_resource_create_2d *create = request;
	const struct lev_virtio_gpu_set_scanout *scanout = request;
	const struct lev_virtio_gpu_resource_flush *flush = request;

	FUZZ_CHECK(lev_le32_to_cpu(hdr->flags) == LEV_GPU_FLAG_FENCE);
	FUZZ_CHECK(lev_le64_to_cpu(hdr->fence_id) > rig->fence);
	rig->fence = lev_le64_to_cpu(hdr->fence_id);
	switch (lev_le32_to_cpu(hdr->type)) {
	case LEV_GPU_CMD_RESOURCE_CREATE_2D:
		FUZZ_CHECK(len == sizeof(*create));
		FUZZ_CHECK(lev_le32_to_cpu(create->width) ==
				   rig->gpu.surface.width &&
			   lev_le32_to_cpu(create->height) ==
				   rig->gpu.surface.height);
		break;
	case LEV_GPU_CMD_SET_SCANOUT:
		FUZZ_CHECK(len == sizeof(*scanout));
		FUZZ_CHECK(lev_le32_to_cpu(scanout->scanout_id) <
			   LEV_GPU_MAX_SCANOUTS);
		if (lev_le32_to_cpu(scanout->resource_id))
			check_rect(rig, &scanout->r);
		break;
	case LEV_GPU_CMD_TRANSFER_TO_HOST_2D:
		check_transfer(rig, request);
		break;
	case LEV_GPU_CMD_RESOURCE_FLUSH:
		check_rect(rig, &flush->r);
		break;
	case LEV_GPU_CMD_RESOURCE_ATTACH_BACKING:
		check_backing(rig, request, len);
		break;
	default:
		break;
	}
}

static void take(struct rig *rig, const struct lev_virtq_desc *table,
		 uint16_t head)
{
	const struct lev_virtq_desc *d = &table[head], *answer;
	struct held *held = &rig->held[rig->held_count];
	const void *request;

	if (lev_le16_to_cpu(d->flags) & LEV_VIRTQ_DESC_F_INDIRECT) {
		FUZZ_CHECK(lev_le32_to_cpu(d->len) == 2 * sizeof(*d));
		d = ring_part(rig, lev_le64_to_cpu(d->addr), 2 * sizeof(*d));
		table = d;
	}
	FUZZ_CHECK(lev_le16_to_cpu(d->flags) == LEV_VIRTQ_DESC_F_NEXT);
	answer = &table[lev_le16_to_cpu(d->next)];
	FUZZ_CHECK(lev_le16_to_cpu(answer->flags) == LEV_VIRTQ_DESC_F_WRITE);
	request = ring_part(rig, lev_le64_to_cpu(d->addr),
			    lev_le32_to_cpu(d->len));
	check_command(rig, request, lev_le32_to_cpu(d->len));
	held->head = head;
	held->response = lev_le64_to_cpu(answer->addr);
	held->response_len = lev_le32_to_cpu(answer->len);
	memcpy(&held->request, request, sizeof(held->request));
	FUZZ_CHECK(ring_part(rig, held->response, held->response_len));
	rig->held_count++;
}

static const struct lev_queue_layout *layout(const struct rig *rig)
{
	return &rig->dev.queues[LEV_GPU_QUEUE_CONTROL].layout;
}

/* All that was published since the last time. */
static void take_all(struct rig *rig)
{
	const struct lev_queue_layout *l = layout(rig);
	const struct lev_virtq_avail *avail;
	const lev_le16 *heads;

	if (!rig->dev.queues[LEV_GPU_QUEUE_CONTROL].enabled || rig->lied)
		return;
	avail = ring_part(rig, l->driver, sizeof(*avail) + 2 * l->size);
	heads = (const void *)(avail + 1);
	while (rig->seen != lev_le16_to_cpu(avail->idx)) {
		const uint16_t head =
			lev_le16_to_cpu(heads[rig->seen++ % l->size]);

		FUZZ_CHECK(head < l->size);
		if (rig->held_count == HELD_MAX)
			rig->held_count = 0; /* answers that nobody got */
		take(rig, ring_part(rig, l->desc, 16 * l->size), head);
	}
}

/* --- the device answers --- */

static uint32_t good_type(const struct held *held)
{
	switch (lev_le32_to_cpu(held->request.type)) {
	case LEV_GPU_CMD_GET_DISPLAY_INFO:
		return LEV_GPU_RESP_OK_DISPLAY_INFO;
	case LEV_GPU_CMD_GET_EDID:
		return LEV_GPU_RESP_OK_EDID;
	default:
		return LEV_GPU_RESP_OK_NODATA;
	}
}

static void fix_checksum(struct rig *rig, uint8_t *block)
{
	static const uint8_t header[] = { 0, 255, 255, 255, 255, 255, 255, 0 };
	uint8_t sum = 0;

	memcpy(block, header, sizeof(header));
	for (unsigned i = 0; i < 127; i++)
		sum = (uint8_t)(sum + block[i]);
	block[127] = (uint8_t)(0u - sum);
	if (fuzz_below(&rig->port.in, 8) == 1)
		block[fuzz_below(&rig->port.in, 128)] ^= 1;
}

/* Everything behind the header. */
static void fill_body(struct rig *rig, const struct held *held, uint8_t *body,
		      size_t len)
{
	const size_t n = fuzz_u8(&rig->port.in);

	fuzz_take(&rig->port.in, body, n < len ? n : len);
	if (good_type(held) == LEV_GPU_RESP_OK_EDID && len >= 8 + 128) {
		if (fuzz_below(&rig->port.in, 4) != 1)
			body[0] = 128;
		fix_checksum(rig, body + 8);
	}
}

static void fill_header(struct rig *rig, const struct held *held,
			struct lev_virtio_gpu_ctrl_hdr *hdr)
{
	struct fuzz_input *in = &rig->port.in;

	*hdr = held->request;
	hdr->type = lev_cpu_to_le32(good_type(held));
	if (rig->honest)
		return;
	switch (fuzz_below(in, 16)) {
	case 1:
		hdr->type.raw = fuzz_u16(in);
		break;
	case 2:
		hdr->type.raw = LEV_GPU_RESP_ERR_UNSPEC + fuzz_below(in, 8);
		break;
	case 3:
		hdr->fence_id.raw -= fuzz_u8(in);
		break;
	case 4:
		hdr->flags.raw = fuzz_u8(in);
		break;
	case 5:
		fuzz_take(in, hdr, sizeof(*hdr));
		break;
	default:
		break;
	}
}

static void put_used(struct rig *rig, uint32_t id, uint32_t len)
{
	const struct lev_queue_layout *l = layout(rig);
	struct lev_virtq_used *used =
		fuzz_ptr(&rig->port, l->device, 6 + 8 * l->size);
	struct lev_virtq_used_elem *elems = (void *)(used + 1);

	if (!rig->dev.queues[LEV_GPU_QUEUE_CONTROL].enabled)
		return;
	elems[rig->used % l->size].id = lev_cpu_to_le32(id);
	elems[rig->used % l->size].len = lev_cpu_to_le32(len);
	used->idx = lev_cpu_to_le16(++rig->used);
}

/* Is it an answer to this command, that the driver may take for a good one? */
static bool is_good(const struct held *held,
		    const struct lev_virtio_gpu_ctrl_hdr *hdr, uint32_t written)
{
	const uint32_t type = lev_le32_to_cpu(hdr->type);
	const bool edid =
		lev_le32_to_cpu(held->request.type) == LEV_GPU_CMD_GET_EDID;
	const bool refused = type >= LEV_GPU_RESP_ERR_UNSPEC &&
			     type <= LEV_GPU_RESP_ERR_INVALID_PARAMETER;

	if (hdr->fence_id.raw != held->request.fence_id.raw ||
	    !(lev_le32_to_cpu(hdr->flags) & LEV_GPU_FLAG_FENCE) ||
	    written < sizeof(*hdr))
		return false;
	if (edid && refused)
		return true; /* no EDID is no reason to give up */
	return type == good_type(held) && written >= held->response_len;
}

static void answer(struct rig *rig, unsigned at)
{
	struct held held;
	uint32_t written;
	uint8_t *response;

	if (!rig->held_count)
		return;
	held = rig->held[at % rig->held_count];
	rig->held[at % rig->held_count] = rig->held[--rig->held_count];
	response = fuzz_ptr(&rig->port, held.response, held.response_len);
	FUZZ_CHECK(response);
	if (!rig->honest)
		fill_body(rig, &held, response + sizeof(held.request),
			  held.response_len - sizeof(held.request));
	fill_header(rig, &held, (void *)response);
	written = held.response_len;
	if (!rig->honest && fuzz_below(&rig->port.in, 16) == 1)
		written = fuzz_number(&rig->port.in);
	if (!is_good(&held, (const void *)response, written))
		rig->bad = true;
	put_used(rig, held.head, written);
}

/* After a reset nothing is left of what was in the ring. */
static void notice_reset(struct rig *rig)
{
	if (rig->resets == rig->dev.resets)
		return;
	rig->resets = rig->dev.resets;
	rig->seen = rig->used = 0;
	rig->held_count = 0;
	rig->lied = rig->bad = false;
}

static void act(struct rig *rig)
{
	struct fuzz_input *in = &rig->port.in;

	notice_reset(rig);
	take_all(rig);
	if (rig->honest) {
		while (rig->held_count)
			answer(rig, 0);
		return;
	}
	switch (fuzz_below(in, 16)) {
	case 1:
		break; /* later */
	case 2:
		rig->lied = true;
		put_used(rig, fuzz_number(in), fuzz_number(in));
		break;
	case 3:
		rig->dev.status_wrong = fuzz_u8(in);
		break;
	case 4:
		rig->dev.gone = fuzz_below(in, 4) == 1;
		break;
	case 5:
		rig->dev.causes = fuzz_u8(in) & 3;
		break;
	case 6:
		rig->dev.stuck = fuzz_below(in, 2);
		break;
	case 7:
		answer(rig, fuzz_u8(in));
		break;
	default:
		answer(rig, 0);
		break;
	}
}

static void on_idle(void *ctx)
{
	act(ctx);
}

static void on_notify(struct fuzz_dev *dev, unsigned idx)
{
	struct rig *rig = LEV_CONTAINER_OF(dev, struct rig, dev);

	FUZZ_CHECK(idx == LEV_GPU_QUEUE_CONTROL);
	act(rig);
}

static uint32_t config_read(struct fuzz_dev *dev, uint32_t off, unsigned width)
{
	struct rig *rig = LEV_CONTAINER_OF(dev, struct rig, dev);
	const uint8_t how = fuzz_u8(&rig->port.in);

	FUZZ_CHECK(off + width <= sizeof(struct lev_virtio_gpu_config));
	return how < 0xe0 ? 1 + how % 16 : fuzz_number(&rig->port.in);
}

static uint32_t generation(struct fuzz_dev *dev)
{
	struct rig *rig = LEV_CONTAINER_OF(dev, struct rig, dev);

	return fuzz_below(&rig->port.in, 8) == 1;
}

/* --- the port lends the caller's memory --- */

static int dma_map(void *ctx, void *ptr, size_t len, unsigned flags,
		   struct lev_seg *segs, unsigned max)
{
	struct rig *rig = ctx;
	const unsigned count = 1 + fuzz_below(&rig->port.in, max + 1);

	FUZZ_CHECK(ptr == rig->cfg.framebuffer && flags == LEV_DMA_TO_DEVICE);
	FUZZ_CHECK(len <= rig->cfg.framebuffer_len && !rig->mapped);
	if (count > max || len < count)
		return LEV_ERR_RANGE;
	for (unsigned i = 0; i < count; i++) {
		segs[i].addr = 0x80000000u + 0x1000000u * i;
		segs[i].len = (uint32_t)(i ? 1 : len - (count - 1));
	}
	/* A port that is wrong must be found out, and get back what it gave. */
	if (fuzz_below(&rig->port.in, 8) == 1)
		segs[0].len += fuzz_u8(&rig->port.in);
	rig->mapped = count;
	return (int)count;
}

static void dma_unmap(void *ctx, void *ptr, size_t len, unsigned flags,
		      const struct lev_seg *segs, unsigned count)
{
	struct rig *rig = ctx;

	FUZZ_CHECK(ptr == rig->cfg.framebuffer && flags == LEV_DMA_TO_DEVICE);
	FUZZ_CHECK(len <= rig->cfg.framebuffer_len && segs);
	FUZZ_CHECK(count && rig->mapped == count);
	rig->mapped = 0;
}

static void dma_sync(void *ctx, void *ptr, size_t len, unsigned flags)
{
	struct rig *rig = ctx;
	const uint8_t *at = ptr, *fb = (const void *)rig->cfg.framebuffer;
	const size_t off = (size_t)(at - fb);

	FUZZ_CHECK(rig->mapped && flags == LEV_DMA_TO_DEVICE && len);
	FUZZ_CHECK(off <= rig->cfg.framebuffer_len &&
		   len <= rig->cfg.framebuffer_len - off);
}

/* --- the caller --- */

/* Nothing is in flight and all is well: then all answers were good ones. */
static void check_answers(const struct rig *rig)
{
	FUZZ_CHECK(!rig->bad || rig->lied);
}

static void check_up(const struct rig *rig)
{
	const struct lev_gpu *gpu = &rig->gpu;

	FUZZ_CHECK(gpu->dev.state == LEV_DEVICE_LIVE && gpu->surface.pixels);
	FUZZ_CHECK(gpu->surface.width && gpu->surface.height);
	FUZZ_CHECK(gpu->surface.width <= LEV_GPU_SIZE_MAX &&
		   gpu->surface.height <= LEV_GPU_SIZE_MAX);
	FUZZ_CHECK(gpu->surface.stride == gpu->surface.width);
	FUZZ_CHECK(gpu->scanout < LEV_GPU_MAX_SCANOUTS);
	FUZZ_CHECK(gpu->edid_width <= 4095 && gpu->edid_height <= 4095);
	FUZZ_CHECK(!gpu->edid_width == !gpu->edid_height);
	check_answers(rig);
	if (rig->cfg.width)
		FUZZ_CHECK(gpu->surface.width == rig->cfg.width &&
			   gpu->surface.height == rig->cfg.height);
}

static void check_error(struct rig *rig, int err)
{
	FUZZ_CHECK(err < 0 && err >= LEV_ERR_STUCK && err != LEV_ERR_CANCELED);
	rig->bad = false; /* if there was one, it was seen */
}

static void do_frame(struct rig *rig)
{
	const int err = lev_gpu_frame(&rig->gpu);

	FUZZ_CHECK(err <= 1);
	if (err < 0)
		check_error(rig, err);
	FUZZ_CHECK(rig->gpu.pending <= 2 * LEV_GPU_DAMAGE_MAX);
}

static void do_damage(struct rig *rig)
{
	struct fuzz_input *in = &rig->port.in;
	const struct lev_gpu_rect rect = { fuzz_number(in), fuzz_number(in),
					   fuzz_number(in), fuzz_number(in) };

	lev_gpu_damage(&rig->gpu, &rect);
	FUZZ_CHECK(rig->gpu.damage_count <= LEV_GPU_DAMAGE_MAX);
}

/* The last pixel, too, is ours. */
static void do_draw(struct rig *rig)
{
	const struct lev_gpu_surface *s = &rig->gpu.surface;

	s->pixels[0] = 0xffffff;
	s->pixels[(size_t)s->height * s->stride - 1] = 0xffffff;
}

static void check_polled(struct rig *rig, int err)
{
	if (err < 0)
		check_error(rig, err);
	else
		FUZZ_CHECK(err == (rig->gpu.pending != 0));
	if (err == 0)
		check_answers(rig);
	/* Not one with an answer still to come: it was reset. */
	if (err == LEV_ERR_TIMEDOUT)
		FUZZ_CHECK(rig->gpu.dev.state == LEV_DEVICE_RESET);
}

static void do_poll(struct rig *rig)
{
	(void)lev_device_isr(&rig->gpu.dev);
	check_polled(rig, lev_gpu_poll(&rig->gpu));
}

static void do_wait(struct rig *rig)
{
	check_polled(rig, lev_gpu_wait(&rig->gpu));
}

static void do_act(struct rig *rig)
{
	if (rig->gpu.dev.state == LEV_DEVICE_LIVE)
		act(rig);
}

static void do_restart(struct rig *rig)
{
	const struct lev_gpu_surface before = rig->gpu.surface;
	int err;

	err = lev_gpu_restart(&rig->gpu);
	FUZZ_CHECK(!memcmp(&before, &rig->gpu.surface, sizeof(before)));
	if (!err)
		check_up(rig);
	else
		check_error(rig, err);
}

typedef void step(struct rig *rig);

static step *const steps[] = {
	do_damage, do_frame, do_act,	 do_poll,
	do_wait,   do_draw,  do_restart, do_damage,
};

static void end(struct rig *rig)
{
	int err;

	fuzz_call(&rig->port);
	err = lev_gpu_fini(&rig->gpu);
	if (err) {
		FUZZ_CHECK(err == LEV_ERR_STUCK);
		fuzz_dev_behave(&rig->dev);
		rig->honest = true;
		FUZZ_CHECK(lev_gpu_fini(&rig->gpu) == 0);
	}
	FUZZ_CHECK(rig->gpu.dev.state == LEV_DEVICE_FREE);
}

static void rig_run(struct rig *rig)
{
	int err;

	fuzz_call(&rig->port);
	err = lev_gpu_init(&rig->gpu, &rig->cfg);
	if (err) {
		check_error(rig, err);
		FUZZ_CHECK((err == LEV_ERR_STUCK) ==
			   (rig->gpu.dev.state != LEV_DEVICE_FREE));
		end(rig);
		return;
	}
	check_up(rig);
	for (unsigned i = 0; i < STEPS_MAX && rig->port.in.left; i++) {
		fuzz_call(&rig->port);
		steps[fuzz_below(&rig->port.in,
				 sizeof(steps) / sizeof(steps[0]))](rig);
	}
	end(rig);
}

/* What a caller asks for, and what the device offers. */
static void choose(struct rig *rig)
{
	struct fuzz_input *in = &rig->port.in;
	const uint8_t bits = fuzz_u8(in);

	rig->cfg.transport = &rig->dev.transport;
	if (!(bits & 1)) {
		rig->cfg.width = bits & 64 ? fuzz_u16(in) : 1 + fuzz_u8(in);
		rig->cfg.height =
			1 + (bits & 64 ? fuzz_below(in, 8) : fuzz_u8(in));
	}
	if (bits & 2) {
		rig->cfg.framebuffer_len = 4u * (1 + fuzz_u16(in));
		rig->cfg.framebuffer = malloc(rig->cfg.framebuffer_len);
		if (!rig->cfg.framebuffer)
			abort();
		rig->cfg.pieces = bits & 4 ? rig->pieces : NULL;
		rig->cfg.piece_max = bits & 4 ? PIECES : 0;
	}
	if (bits & 8)
		lev_features_set(&rig->dev.offered, LEV_F_INDIRECT_DESC);
	if (bits & 16)
		lev_features_set(&rig->dev.offered, LEV_F_EVENT_IDX);
	if (!(bits & 32))
		lev_features_set(&rig->dev.offered, LEV_GPU_F_EDID);
	if (bits & 64)
		rig->dev.size_max = fuzz_u8(in);
	rig->dev.refuses = bits == 0xff;
}

/* The parser alone, on exactly as many bytes. */
static void parse_edid(const uint8_t *data, size_t len)
{
	uint8_t *edid = malloc(len);
	uint32_t width = 7, height = 9;
	int err;

	if (len && !edid)
		abort();
	if (len)
		memcpy(edid, data, len);
	err = lev_edid_preferred(edid, len, &width, &height);
	if (err) {
		FUZZ_CHECK(err == LEV_ERR_PROTO || err == LEV_ERR_RANGE);
		FUZZ_CHECK(width == 7 && height == 9);
	} else {
		FUZZ_CHECK(len >= 128 && width >= 1 && width <= 4095 &&
			   height >= 1 && height <= 4095);
	}
	free(edid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	if (!rig)
		abort();
	parse_edid(data, len);
	fuzz_port_init(&rig->port, data, len);
	rig->port.ops.dma_map = dma_map;
	rig->port.ops.dma_unmap = dma_unmap;
	rig->port.ops.dma_sync = dma_sync;
	rig->port.ctx = rig;
	rig->port.idle = on_idle;
	fuzz_dev_init(&rig->dev, &rig->port, LEV_ID_GPU);
	rig->dev.notified = on_notify;
	rig->dev.config_read = config_read;
	rig->dev.generation = generation;
	choose(rig);
	rig_run(rig);
	FUZZ_CHECK(!rig->mapped && !rig->dev.transport.owner);
	fuzz_port_end(&rig->port);
	free(rig->cfg.framebuffer);
	free(rig);
	return 0;
}
