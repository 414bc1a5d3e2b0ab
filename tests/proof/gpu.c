/* SPDX-License-Identifier: MIT */
/*
 * What a GPU says of its display, in answers of arbitrary bytes of which an
 * arbitrary part was written; which an answer is good is asked of gpu_cmd.c.
 */
#include "../../src/drivers/gpu.c"

static struct lev_gpu gpu;
static uint32_t wanted; /* bytes of the last answer */
static uint32_t written;
static int came; /* 0: an answer came */

int lev_device_config_read(struct lev_device *dev, uint32_t off, void *dst,
			   unsigned count, unsigned width)
{
	uint32_t *to = dst;

	(void)dev;
	PROVE(off == 8 && count == 1 && width == 4, "num_scanouts");
	*to = nondet_unsigned();
	return nondet_bool() ? 0 : LEV_ERR_PROTO;
}

/* In its place, as what stands there is arbitrary anyway: see input.c. */
void lev_device_read_once(void *dst, const void *src, size_t len)
{
	PROVE(__CPROVER_r_ok(src, len) && __CPROVER_w_ok(dst, len),
	      "from and to where there is so much");
	PROVE(len % 4 == 0, "whole words");
	__CPROVER_havoc_slice(dst, len);
}

int lev_queue_add(struct lev_queue *q, struct lev_request *req)
{
	PROVE(q == &gpu.control, "its queue");
	PROVE(req->readable == 1 && req->writable == 1, "command and answer");
	for (unsigned i = 0; i < 2; i++)
		PROVE(req->segs[i].addr - gpu.mem_addr <
				      sizeof(struct lev_gpu_block) &&
			      req->segs[i].len <= sizeof(struct lev_gpu_block) -
							  (req->segs[i].addr -
							   gpu.mem_addr),
		      "in the memory that the device was lent");
	wanted = req->segs[1].len;
	return 0;
}

int lev_queue_kick(struct lev_queue *q)
{
	(void)q;
	return nondet_bool();
}

/* The device wrote what it liked: see lev_device_read_once. */
int lev_queue_wait(struct lev_queue *q, struct lev_request *req,
		   uint64_t deadline)
{
	(void)q;
	(void)deadline;
	req->err = 0;
	req->written = written = nondet_unsigned();
	ASSUME(written <= wanted); /* queue.h: at most what was lent */
	came = nondet_bool() ? 0 : LEV_ERR_TIMEDOUT;
	return came;
}

static void any_gpu(void)
{
	gpu.mem = malloc(sizeof(struct lev_gpu_block));
	gpu.mem_addr = nondet_uint64();
	ASSUME(gpu.mem_addr <= UINT64_MAX - sizeof(struct lev_gpu_block));
	gpu.fence = nondet_uint64();
}

void gpu_display(void)
{
	int err;

	any_gpu();
	err = query_display_info(&gpu, 0);
	PROVE(err == 0 || err == LEV_ERR_PROTO || err == LEV_ERR_IO ||
		      err == LEV_ERR_TIMEDOUT,
	      "a documented result");
	PROVE(err || (!came && written == wanted), "0: a whole answer");
	PROVE(gpu.scanout < 16, "a scanout there can be");
	PROVE((!gpu.surface.width && !gpu.surface.height) ||
		      size_usable(gpu.surface.width, gpu.surface.height),
	      "a size there can be, or none");
	PROOF_SEEN(gpu.scanout == 15 && gpu.surface.width, "the last scanout");
	PROOF_SEEN(!err && !gpu.surface.width, "a device without display");
	PROOF_END();
}

void gpu_edid(void)
{
	int err;

	any_gpu();
	gpu.dev.accepted.word[0] = nondet_unsigned();
	gpu.scanout = nondet_unsigned();
	err = query_edid(&gpu, 0);
	PROVE(err == 0 || err == LEV_ERR_PROTO || err == LEV_ERR_TIMEDOUT,
	      "a documented result");
	PROVE(gpu.edid_width < 4096 && gpu.edid_height < 4096 &&
		      !gpu.edid_width == !gpu.edid_height,
	      "a size, or none");
	PROVE(!gpu.edid_width || written == wanted, "of a whole answer");
	PROOF_SEEN(gpu.edid_width, "a display that says its size");
	PROOF_SEEN(!err && gpu.error.response, "a device that has none");
	PROOF_END();
}

/* Whatever came: the picture has a size that is usable, or there is none. */
void gpu_size(void)
{
	int err;

	gpu.cfg.width = nondet_unsigned();
	gpu.cfg.height = nondet_unsigned();
	gpu.surface.width = nondet_unsigned();
	gpu.surface.height = nondet_unsigned();
	gpu.edid_width = nondet_unsigned();
	gpu.edid_height = nondet_unsigned();
	err = choose_size(&gpu);
	PROVE(err == 0 || err == LEV_ERR_RANGE, "a documented result");
	if (!err)
		PROVE(size_usable(gpu.surface.width, gpu.surface.height) &&
			      gpu.surface.stride == gpu.surface.width &&
			      (uint64_t)gpu.surface.width *
					      gpu.surface.height <=
				      1u << 28,
		      "a picture that memory has room for");
	PROOF_SEEN(err == 0, "a picture");
	PROOF_END();
}
