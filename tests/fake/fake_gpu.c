/* SPDX-License-Identifier: MIT */
/*
 * A 2D GPU (standard 5.7): resources with their own pixels, backing in the
 * driver's memory, and screens that show only what was flushed to them.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_int.h"

enum {
	CONTROLQ = 0,
	CURSORQ = 1,
	HDR_LEN = 24,
	MEM_ENTRY_LEN = 16,
	MAX_ENTRIES = 16384,
	MAX_SIZE = 16384, /* width and height of a resource */
	FLAG_FENCE = 1,
	FLAG_RING_IDX = 2,
	F_CONTEXT_INIT = 4,
	UPDATE_CURSOR = 0x300,
	MOVE_CURSOR = 0x301,
	EVENT_DISPLAY = 1,
	ANSWER_MAX = 1056,
	REQUEST_MAX = 56,
};

struct rect {
	uint32_t x, y, w, h;
};

struct entry {
	uint64_t addr;
	uint32_t len;
};

struct fake_gpu_resource {
	struct fake_gpu_resource *next;
	uint32_t id, format, width, height;
	uint8_t *pixels;
	bool backed;
	uint32_t nentries;
	struct entry *entries;
};

struct fake_gpu_fault {
	struct fake_gpu_fault *next;
	enum fake_gpu_fault_kind what;
	uint32_t type;
	unsigned nth;
	uint64_t arg;
};

/* One command on its way. */
struct cmd {
	struct fake_gpu *gpu;
	struct fake_chain *chain;
	uint8_t req[REQUEST_MAX];
	uint32_t type, flags;
	uint8_t answer[ANSWER_MAX];
	size_t answer_len;
};

static bool check(struct fake_gpu *gpu, bool ok, const char *id,
		  const char *what, uint32_t value)
{
	return fake_dev_check(&gpu->dev, ok, id, what, value);
}

static struct fake_gpu *gpu_of(struct fake_dev *dev)
{
	return LEV_CONTAINER_OF(dev, struct fake_gpu, dev);
}

/* --- resources --- */

static struct fake_gpu_resource *resource_find(struct fake_gpu *gpu,
					       uint32_t id)
{
	struct fake_gpu_resource *res = gpu->resources;

	while (res && res->id != id)
		res = res->next;
	return res;
}

static uint64_t resource_bytes(const struct fake_gpu_resource *res)
{
	return (uint64_t)res->width * res->height * 4;
}

static void scanout_off(struct fake_gpu_scanout *scanout)
{
	free(scanout->screen);
	scanout->screen = NULL;
	scanout->resource = 0;
	scanout->screen_width = scanout->screen_height = 0;
}

static void resource_detach(struct fake_gpu_resource *res)
{
	free(res->entries);
	res->entries = NULL;
	res->nentries = 0;
	res->backed = false;
}

static void resource_free(struct fake_gpu *gpu, struct fake_gpu_resource *res)
{
	struct fake_gpu_resource **link = &gpu->resources;

	while (*link != res)
		link = &(*link)->next;
	*link = res->next;
	for (unsigned i = 0; i < FAKE_GPU_SCANOUTS; i++) {
		if (gpu->scanouts[i].resource == res->id)
			scanout_off(&gpu->scanouts[i]);
	}
	gpu->memory_used -= resource_bytes(res);
	gpu->live_resources--;
	resource_detach(res);
	free(res->pixels);
	free(res);
}

static bool format_known(uint32_t format)
{
	static const uint8_t formats[] = { 1, 2, 3, 4, 67, 68, 121, 134 };

	return format < 256 && memchr(formats, (int)format, sizeof(formats));
}

static bool rect_inside(const struct rect *r, uint32_t width, uint32_t height)
{
	return r->w && r->h && r->x < width && r->w <= width - r->x &&
	       r->y < height && r->h <= height - r->y;
}

static struct rect rect_get(const uint8_t *p)
{
	struct rect r = { fake_get32(p), fake_get32(p + 4), fake_get32(p + 8),
			  fake_get32(p + 12) };

	return r;
}

/* The resource that a command names at off, or NULL and a violation. */
static struct fake_gpu_resource *resource_of(struct cmd *cmd, size_t off)
{
	uint32_t id = fake_get32(cmd->req + off);
	struct fake_gpu_resource *res = resource_find(cmd->gpu, id);

	check(cmd->gpu, res, "X-GPU-02", "unknown resource", id);
	return res;
}

/* --- commands: each returns the answer's type --- */

static uint32_t do_display_info(struct cmd *cmd)
{
	for (unsigned i = 0; i < FAKE_GPU_SCANOUTS; i++) {
		const struct fake_gpu_scanout *s = &cmd->gpu->scanouts[i];
		uint8_t *mode = cmd->answer + HDR_LEN + (size_t)24 * i;

		fake_put32(mode, s->x);
		fake_put32(mode + 4, s->y);
		fake_put32(mode + 8, s->width);
		fake_put32(mode + 12, s->height);
		fake_put32(mode + 16, s->enabled);
		fake_put32(mode + 20, s->flags);
	}
	return FAKE_GPU_OK_DISPLAY_INFO;
}

static uint32_t do_edid(struct cmd *cmd)
{
	uint32_t head = fake_get32(cmd->req + HDR_LEN);

	if (!check(cmd->gpu, head < cmd->gpu->num_scanouts, "X-GPU-03",
		   "EDID of a scanout that is not there", head))
		return FAKE_GPU_ERR_INVALID_PARAMETER;
	fake_put32(cmd->answer + HDR_LEN, cmd->gpu->edid_size);
	memcpy(cmd->answer + HDR_LEN + 8, cmd->gpu->edid,
	       sizeof(cmd->gpu->edid));
	return FAKE_GPU_OK_EDID;
}

static uint32_t do_create(struct cmd *cmd)
{
	struct fake_gpu *gpu = cmd->gpu;
	uint32_t id = fake_get32(cmd->req + 24);
	uint32_t format = fake_get32(cmd->req + 28);
	uint32_t width = fake_get32(cmd->req + 32);
	uint32_t height = fake_get32(cmd->req + 36);
	struct fake_gpu_resource *res;

	if (!check(gpu, id && !resource_find(gpu, id), "X-GPU-02",
		   "resource id is 0 or taken", id))
		return FAKE_GPU_ERR_INVALID_RESOURCE_ID;
	if (!check(gpu, format_known(format), "X-GPU-03", "format", format) ||
	    !check(gpu, width && height, "X-GPU-03", "no pixels", width))
		return FAKE_GPU_ERR_INVALID_PARAMETER;
	if (width > MAX_SIZE || height > MAX_SIZE ||
	    gpu->memory_used + (uint64_t)width * height * 4 > gpu->memory)
		return FAKE_GPU_ERR_OUT_OF_MEMORY;
	res = fake_zalloc(sizeof(*res));
	res->id = id;
	res->format = format;
	res->width = width;
	res->height = height;
	res->pixels = fake_zalloc((size_t)width * height * 4);
	res->next = gpu->resources;
	gpu->resources = res;
	gpu->memory_used += resource_bytes(res);
	gpu->live_resources++;
	return FAKE_GPU_OK_NODATA;
}

static uint32_t do_unref(struct cmd *cmd)
{
	struct fake_gpu_resource *res = resource_of(cmd, 24);

	if (!res)
		return FAKE_GPU_ERR_INVALID_RESOURCE_ID;
	resource_free(cmd->gpu, res);
	return FAKE_GPU_OK_NODATA;
}

static void scanout_show(struct fake_gpu_scanout *scanout, const struct rect *r,
			 const struct fake_gpu_resource *res)
{
	size_t len = (size_t)r->w * r->h * 4;

	scanout_off(scanout);
	scanout->resource = res->id;
	scanout->format = res->format;
	scanout->sx = r->x;
	scanout->sy = r->y;
	scanout->screen_width = r->w;
	scanout->screen_height = r->h;
	scanout->screen = fake_zalloc(len);
	memset(scanout->screen, 0x5a, len);
}

/* For the first picture, the displays are looked at (5.7.5); once will do. */
static void check_asked(struct fake_gpu *gpu, uint32_t head)
{
	check(gpu, gpu->info_asked, "GPU-X-01",
	      "SET_SCANOUT before GET_DISPLAY_INFO", head);
	if (fake_dev_has(&gpu->dev, FAKE_GPU_F_EDID))
		check(gpu, gpu->edid_asked, "GPU-X-02",
		      "SET_SCANOUT before GET_EDID", head);
}

static uint32_t do_scanout(struct cmd *cmd)
{
	struct fake_gpu *gpu = cmd->gpu;
	struct rect r = rect_get(cmd->req + 24);
	uint32_t head = fake_get32(cmd->req + 40);
	struct fake_gpu_resource *res;

	if (!check(gpu, head < gpu->num_scanouts, "X-GPU-03", "no such scanout",
		   head))
		return FAKE_GPU_ERR_INVALID_SCANOUT_ID;
	if (fake_get32(cmd->req + 44) == 0) {
		if (head == 0 && gpu->head0_stays_on)
			return FAKE_GPU_ERR_INVALID_SCANOUT_ID;
		scanout_off(&gpu->scanouts[head]);
		return FAKE_GPU_OK_NODATA;
	}
	check_asked(gpu, head);
	res = resource_of(cmd, 44);
	if (!res)
		return FAKE_GPU_ERR_INVALID_RESOURCE_ID;
	if (!check(gpu, rect_inside(&r, res->width, res->height), "X-GPU-03",
		   "scanout rectangle outside the resource", r.w) ||
	    r.w < 16 || r.h < 16)
		return FAKE_GPU_ERR_INVALID_PARAMETER;
	scanout_show(&gpu->scanouts[head], &r, res);
	return FAKE_GPU_OK_NODATA;
}

/* The resource's pixels of r to one screen, as far as it shows them. */
static void screen_update(struct fake_gpu_scanout *scanout,
			  const struct fake_gpu_resource *res,
			  const struct rect *r)
{
	for (uint32_t y = 0; y < scanout->screen_height; y++) {
		uint32_t ry = y + scanout->sy;

		if (ry < r->y || ry - r->y >= r->h)
			continue;
		for (uint32_t x = 0; x < scanout->screen_width; x++) {
			uint32_t rx = x + scanout->sx;
			size_t to = (size_t)y * scanout->screen_width + x;
			size_t from = (size_t)ry * res->width + rx;

			if (rx >= r->x && rx - r->x < r->w)
				memcpy(scanout->screen + to * 4,
				       res->pixels + from * 4, 4);
		}
	}
}

static uint32_t do_flush(struct cmd *cmd)
{
	struct fake_gpu *gpu = cmd->gpu;
	struct rect r = rect_get(cmd->req + 24);
	struct fake_gpu_resource *res = resource_of(cmd, 40);

	if (!res)
		return FAKE_GPU_ERR_INVALID_RESOURCE_ID;
	if (!check(gpu, rect_inside(&r, res->width, res->height), "X-GPU-03",
		   "flush outside the resource", r.w))
		return FAKE_GPU_ERR_INVALID_PARAMETER;
	for (unsigned i = 0; i < FAKE_GPU_SCANOUTS; i++) {
		if (gpu->scanouts[i].resource == res->id)
			screen_update(&gpu->scanouts[i], res, &r);
	}
	gpu->flush_pixels += (uint64_t)r.w * r.h;
	memcpy(&gpu->last_flush, &r, sizeof(r));
	return FAKE_GPU_OK_NODATA;
}

/* Copy len bytes from off of the backing; false where it ends earlier. */
static bool backing_read(struct fake_gpu *gpu,
			 const struct fake_gpu_resource *res, uint64_t off,
			 uint8_t *to, size_t len)
{
	for (uint32_t i = 0; i < res->nentries && len; i++) {
		const struct entry *e = &res->entries[i];
		size_t part;
		const void *from;

		if (off >= e->len) {
			off -= e->len;
			continue;
		}
		part = e->len - (size_t)off;
		part = part < len ? part : len;
		from = fake_ptr(gpu->dev.port, e->addr + off, part,
				LEV_DMA_TO_DEVICE);
		if (!check(gpu, from, "X-GPU-06", "the backing is gone", i))
			return true;
		memcpy(to, from, part);
		to += part;
		len -= part;
		off = 0;
	}
	return len == 0;
}

static uint32_t do_transfer(struct cmd *cmd)
{
	struct fake_gpu *gpu = cmd->gpu;
	struct rect r = rect_get(cmd->req + 24);
	uint64_t off = fake_get64(cmd->req + 40);
	struct fake_gpu_resource *res = resource_of(cmd, 48);
	bool whole = true;

	if (!res)
		return FAKE_GPU_ERR_INVALID_RESOURCE_ID;
	if (!check(gpu, res->backed, "X-GPU-04", "no backing", res->id))
		return FAKE_GPU_ERR_UNSPEC;
	if (!check(gpu, rect_inside(&r, res->width, res->height), "X-GPU-03",
		   "transfer outside the resource", r.w))
		return FAKE_GPU_ERR_INVALID_PARAMETER;
	for (uint32_t y = 0; y < r.h; y++) {
		size_t to = (size_t)(r.y + y) * res->width + r.x;

		whole &= backing_read(gpu, res,
				      off + (uint64_t)y * res->width * 4,
				      res->pixels + to * 4, (size_t)r.w * 4);
	}
	check(gpu, whole, "X-GPU-04", "transfer from beyond the backing", r.h);
	gpu->transfer_bytes += (uint64_t)r.w * r.h * 4;
	memcpy(&gpu->last_transfer, &r, sizeof(r));
	return FAKE_GPU_OK_NODATA;
}

static bool entries_read(struct cmd *cmd, struct fake_gpu_resource *res,
			 uint32_t count)
{
	struct fake_gpu *gpu = cmd->gpu;

	for (uint32_t i = 0; i < count; i++) {
		uint8_t raw[MEM_ENTRY_LEN];
		size_t off = 32 + (size_t)MEM_ENTRY_LEN * i;
		struct entry *e = &res->entries[i];

		if (!check(gpu,
			   fake_chain_read(cmd->chain, off, raw, sizeof(raw)) ==
				   sizeof(raw),
			   "X-GPU-05", "fewer entries than promised", count))
			return false;
		e->addr = fake_get64(raw);
		e->len = fake_get32(raw + 8);
		if (!check(gpu, e->len, "X-GPU-05", "an empty entry", i) ||
		    !check(gpu,
			   fake_ptr(gpu->dev.port, e->addr, e->len,
				    LEV_DMA_TO_DEVICE),
			   "X-DMA-02", "backing outside the driver's memory",
			   i))
			return false;
		fake_check_platform(&gpu->dev, e->addr);
	}
	return true;
}

static uint32_t do_attach(struct cmd *cmd)
{
	struct fake_gpu *gpu = cmd->gpu;
	struct fake_gpu_resource *res = resource_of(cmd, 24);
	uint32_t count = fake_get32(cmd->req + 28);

	gpu->last_entries = count;
	if (!res)
		return FAKE_GPU_ERR_INVALID_RESOURCE_ID;
	if (!check(gpu, !res->backed, "X-GPU-05", "backing attached twice",
		   res->id) ||
	    !check(gpu, count && count <= MAX_ENTRIES, "X-GPU-05",
		   "number of entries", count))
		return FAKE_GPU_ERR_UNSPEC;
	res->entries = fake_zalloc(count * sizeof(*res->entries));
	if (!entries_read(cmd, res, count)) {
		resource_detach(res);
		return FAKE_GPU_ERR_UNSPEC;
	}
	res->nentries = count;
	res->backed = true;
	return FAKE_GPU_OK_NODATA;
}

static uint32_t do_detach(struct cmd *cmd)
{
	struct fake_gpu_resource *res = resource_of(cmd, 24);

	if (!res)
		return FAKE_GPU_ERR_INVALID_RESOURCE_ID;
	if (!check(cmd->gpu, res->backed, "X-GPU-05", "nothing to detach",
		   res->id))
		return FAKE_GPU_ERR_UNSPEC;
	resource_detach(res);
	return FAKE_GPU_OK_NODATA;
}

static uint32_t do_cursor(struct cmd *cmd)
{
	uint32_t id = fake_get32(cmd->req + 40);
	const struct fake_gpu_resource *res = resource_find(cmd->gpu, id);
	bool good = res && res->width == 64 && res->height == 64;

	if (cmd->type == UPDATE_CURSOR && id)
		check(cmd->gpu, good, "GPU-X-08", "not a 64x64 resource", id);
	return FAKE_GPU_OK_NODATA;
}

/* --- the way of a command --- */

static const struct kind {
	uint16_t type;
	uint16_t req_len, answer_len;
	uint8_t queue, needs_feature; /* bit + 1 */
	uint32_t (*run)(struct cmd *cmd);
} kinds[] = {
	{ FAKE_GPU_GET_DISPLAY_INFO, 24, 408, CONTROLQ, 0, do_display_info },
	{ FAKE_GPU_RESOURCE_CREATE_2D, 40, 24, CONTROLQ, 0, do_create },
	{ FAKE_GPU_RESOURCE_UNREF, 32, 24, CONTROLQ, 0, do_unref },
	{ FAKE_GPU_SET_SCANOUT, 48, 24, CONTROLQ, 0, do_scanout },
	{ FAKE_GPU_RESOURCE_FLUSH, 48, 24, CONTROLQ, 0, do_flush },
	{ FAKE_GPU_TRANSFER_TO_HOST_2D, 56, 24, CONTROLQ, 0, do_transfer },
	{ FAKE_GPU_ATTACH_BACKING, 32, 24, CONTROLQ, 0, do_attach },
	{ FAKE_GPU_DETACH_BACKING, 32, 24, CONTROLQ, 0, do_detach },
	{ FAKE_GPU_GET_EDID, 32, 1056, CONTROLQ, FAKE_GPU_F_EDID + 1, do_edid },
	{ UPDATE_CURSOR, 56, 24, CURSORQ, 0, do_cursor },
	{ MOVE_CURSOR, 56, 24, CURSORQ, 0, do_cursor },
};

static const struct kind *kind_of(uint32_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (kinds[i].type == type)
			return &kinds[i];
	}
	return NULL;
}

/* Check the frame of the command, then do it. */
static uint32_t cmd_run(struct cmd *cmd)
{
	struct fake_gpu *gpu = cmd->gpu;
	const struct kind *kind = kind_of(cmd->type);

	check(gpu,
	      !(cmd->flags & ~(uint32_t)FLAG_FENCE) ||
		      ((cmd->flags & FLAG_RING_IDX) &&
		       fake_dev_has(&gpu->dev, F_CONTEXT_INIT)),
	      "X-GPU-07", "flags", cmd->flags);
	if (!check(gpu, kind, "X-GPU-07", "unknown command", cmd->type))
		return FAKE_GPU_ERR_UNSPEC;
	if (kind->needs_feature &&
	    !check(gpu, fake_dev_has(&gpu->dev, kind->needs_feature - 1u),
		   "X-GPU-07", "a command without its feature", cmd->type))
		return FAKE_GPU_ERR_UNSPEC;
	if (!check(gpu, cmd->chain->queue->idx == kind->queue, "X-GPU-08",
		   "on the wrong queue", cmd->type))
		return FAKE_GPU_ERR_UNSPEC;
	check(gpu, cmd->chain->writable >= kind->answer_len, "X-GPU-01",
	      "no room for the answer", (uint32_t)cmd->chain->writable);
	if (!check(gpu, cmd->chain->readable >= kind->req_len, "X-GPU-01",
		   "the request is too short", (uint32_t)cmd->chain->readable))
		return FAKE_GPU_ERR_UNSPEC;
	return kind->run(cmd);
}

static size_t answer_len(uint32_t type)
{
	if (type == FAKE_GPU_OK_DISPLAY_INFO)
		return 408;
	return type == FAKE_GPU_OK_EDID ? 1056 : HDR_LEN;
}

static struct fake_gpu_fault *fault_take(struct fake_gpu *gpu, uint32_t type)
{
	struct fake_gpu_fault **link = &gpu->faults, *taken = NULL;

	while (*link) {
		struct fake_gpu_fault *fault = *link;
		bool match = !fault->type || fault->type == type;

		if (match && --fault->nth == 0 && !taken) {
			taken = fault;
			*link = fault->next;
		} else {
			fault->nth += match && fault->nth == 0;
			link = &fault->next;
		}
	}
	return taken;
}

/* Faults before the work: is the command put off, or lost? */
static bool cmd_spoiled(struct cmd *cmd, const struct fake_gpu_fault *fault)
{
	struct fake_gpu *gpu = cmd->gpu;
	struct fake_chain *chain = cmd->chain;

	if (!fault)
		return gpu->dead;
	if (fault->what == FAKE_GPU_DEAD)
		gpu->dead = true;
	if (fault->what == FAKE_GPU_LATE) {
		chain->redo = chain->due_set = true;
		chain->due = gpu->dev.port->clock + fault->arg * 1000;
		return true;
	}
	return gpu->dead || fault->what == FAKE_GPU_NO_ANSWER;
}

/* Write the answer as it should be, or as the fault wants it. */
static void cmd_answer(struct cmd *cmd, uint32_t type,
		       const struct fake_gpu_fault *fault)
{
	uint32_t flags = cmd->flags & (FLAG_FENCE | FLAG_RING_IDX);
	size_t len = answer_len(type), done;

	fake_put32(cmd->answer, type);
	fake_put32(cmd->answer + 4, flags);
	if (flags & FLAG_FENCE)
		memcpy(cmd->answer + 8, cmd->req + 8, 8);
	memcpy(cmd->answer + 16, cmd->req + 16, 8);
	if (fault && fault->what == FAKE_GPU_NO_FENCE)
		fake_put32(cmd->answer + 4, 0);
	if (fault && fault->what == FAKE_GPU_FENCE_ID)
		fake_put64(cmd->answer + 8, fault->arg);
	if (fault && fault->what == FAKE_GPU_SHORT && fault->arg < len)
		len = (size_t)fault->arg;
	done = fake_chain_write(cmd->chain, 0, cmd->answer, len);
	if (fault && fault->what == FAKE_GPU_LEN)
		done = (size_t)fault->arg;
	fake_queue_push(cmd->chain, (uint32_t)done);
}

static void cmd_count(struct fake_gpu *gpu, const struct cmd *cmd)
{
	gpu->commands++;
	/* A question counts, whatever comes of the answer. */
	gpu->info_asked |= cmd->type == FAKE_GPU_GET_DISPLAY_INFO;
	gpu->edid_asked |= cmd->type == FAKE_GPU_GET_EDID;
	gpu->fences += cmd->flags & FLAG_FENCE;
	if (cmd->type >= 0x100 && cmd->type - 0x100 < FAKE_GPU_TYPES)
		gpu->by_type[cmd->type - 0x100]++;
}

static void gpu_handle(struct fake_dev *dev, struct fake_chain *chain)
{
	struct cmd cmd = { .gpu = gpu_of(dev), .chain = chain };
	struct fake_gpu_fault *fault = NULL;
	uint32_t type;

	fake_chain_read(chain, 0, cmd.req, sizeof(cmd.req));
	cmd.type = fake_get32(cmd.req);
	cmd.flags = fake_get32(cmd.req + 4);
	if (!chain->redo) {
		cmd_count(cmd.gpu, &cmd);
		fault = fault_take(cmd.gpu, cmd.type);
	}
	if (cmd_spoiled(&cmd, fault)) {
		free(fault);
		return;
	}
	if (fault && fault->what == FAKE_GPU_ANSWER_TYPE)
		type = (uint32_t)fault->arg;
	else
		type = cmd_run(&cmd);
	if (type >= FAKE_GPU_ERR_UNSPEC &&
	    type <= FAKE_GPU_ERR_INVALID_PARAMETER) {
		cmd.gpu->errors++;
		cmd.gpu->last_error = type;
	}
	cmd_answer(&cmd, type, fault);
	free(fault);
}

/* --- configuration space --- */

static const struct fake_field gpu_fields[] = {
	{ .off = 0, .width = 4, .count = 1, .write_id = "GPU-X-05" },
	{ .off = 4,
	  .width = 4,
	  .count = 1,
	  .writable = true,
	  .write_id = "GPU-X-05" },
	{ .off = 8, .width = 4, .count = 1 },
	{ .off = 12, .width = 4, .count = 1 },
	{ .off = 16, .width = 4, .count = 1, .needs_feature = 6 },
	{ .width = 0 },
};

static void gpu_config_written(struct fake_dev *dev, uint32_t off, uint32_t len)
{
	uint32_t events = fake_get32(dev->config);

	(void)len;
	if (off == 4) {
		events &= ~fake_get32(dev->config + 4);
		fake_put32(dev->config, events);
		fake_put32(dev->config + 4, 0);
	}
}

void fake_gpu_set_scanouts(struct fake_gpu *gpu, uint32_t count)
{
	gpu->num_scanouts = count;
	fake_put32(gpu->dev.config + 8, count);
}

void fake_gpu_resize(struct fake_gpu *gpu, unsigned head, uint32_t width,
		     uint32_t height, bool enabled)
{
	uint8_t event[4] = { EVENT_DISPLAY };

	gpu->scanouts[head].width = width;
	gpu->scanouts[head].height = height;
	gpu->scanouts[head].enabled = enabled;
	fake_config_set(&gpu->dev, 0, event, sizeof(event));
}

void fake_gpu_fault(struct fake_gpu *gpu, uint32_t type, unsigned nth,
		    enum fake_gpu_fault_kind what, uint64_t arg)
{
	struct fake_gpu_fault **link = &gpu->faults;
	struct fake_gpu_fault *fault = fake_zalloc(sizeof(*fault));

	fault->what = what;
	fault->type = type;
	fault->nth = nth;
	fault->arg = arg;
	while (*link)
		link = &(*link)->next;
	*link = fault;
}

/* --- birth and death --- */

static void gpu_reset(struct fake_dev *dev)
{
	struct fake_gpu *gpu = gpu_of(dev);

	while (gpu->resources)
		resource_free(gpu, gpu->resources);
	gpu->dead = false;
}

static void gpu_going(struct fake_dev *dev, uint64_t addr, uint64_t len)
{
	struct fake_gpu *gpu = gpu_of(dev);
	bool used = false;

	for (struct fake_gpu_resource *res = gpu->resources; res;
	     res = res->next) {
		for (uint32_t i = 0; i < res->nentries; i++)
			used |= fake_overlap(addr, len, res->entries[i].addr,
					     res->entries[i].len);
	}
	check(gpu, !used, "X-GPU-06", "memory taken from under a resource", 0);
}

static void gpu_destroy(struct fake_dev *dev)
{
	struct fake_gpu *gpu = gpu_of(dev);

	gpu_reset(dev);
	while (gpu->faults) {
		struct fake_gpu_fault *fault = gpu->faults;

		gpu->faults = fault->next;
		free(fault);
	}
}

struct fake_gpu *fake_gpu_new(struct fake_port *port, uint32_t version)
{
	struct fake_gpu *gpu = fake_zalloc(sizeof(*gpu));
	struct fake_dev *dev = &gpu->dev; /* the first member: freed as one */

	fake_dev_init(dev, port, version, 16, 2);
	dev->features[0] |= (uint64_t)1 << FAKE_GPU_F_EDID;
	dev->queues[CURSORQ].size_max = 16;
	dev->config_len = 20;
	dev->fields = gpu_fields;
	dev->handle = gpu_handle;
	dev->config_written = gpu_config_written;
	dev->reset = gpu_reset;
	dev->going = gpu_going;
	dev->destroy = gpu_destroy;
	gpu->memory = (uint64_t)256 << 20;
	fake_gpu_set_scanouts(gpu, 1);
	fake_put32(dev->config + 16, 1);
	gpu->scanouts[0].width = 1280;
	gpu->scanouts[0].height = 800;
	gpu->scanouts[0].enabled = 1;
	fake_gpu_make_edid(gpu, 1280, 800);
	return gpu;
}
