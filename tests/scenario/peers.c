/* SPDX-License-Identifier: MIT */
/*
 * The kinds of devices, and what a right answer of each is. Offsets and numbers
 * are the standard's, written out here once more.
 */
#include "scenario.h"

enum { ID_ECHO = 42 };

/* --- entropy device (5.4): bytes that are not what was there before --- */

static const struct lev_driver rng_driver = { .device_id = 4, .name = "rng" };

static void rng_divide(unsigned segs, unsigned *readable, unsigned *writable)
{
	*readable = 0;
	*writable = segs;
}

static void rng_fill(struct job *job)
{
	(void)job;
}

/* Bytes that nobody wrote are all the same: they stand out in any 16. */
static void rng_check(struct job *job)
{
	const uint8_t *bytes = job->in.bytes;
	const uint32_t len = job->req.written;

	ENV_CHECK(job->env, len >= 1 && len <= job->in.len);
	for (uint32_t i = 0; i + 16 <= len; i += 16) {
		unsigned same = 0;

		for (uint32_t j = 1; j < 16; j++)
			same += bytes[i + j] == bytes[i];
		ENV_CHECK(job->env, same < 8);
	}
	place_here.took(job->env, bytes, len);
}

static const struct peer rng = { CELL_RNG, &rng_driver, 1,	  0,
				 32,	   rng_divide,	rng_fill, rng_check };

/* --- GPU (5.7): GET_DISPLAY_INFO, whose fence comes back --- */

enum {
	GPU_HEADER = 24,
	GPU_INFO = GPU_HEADER + 16 * 24,
	GET_DISPLAY_INFO = 0x100,
	OK_DISPLAY_INFO = 0x1101,
	FENCE = 1,
	WIDTH = 1280, /* of either place's GPU, unless told otherwise */
	HEIGHT = 800,
};

static const struct lev_driver gpu_driver = { .device_id = 16, .name = "gpu" };

static void put32(uint8_t *at, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t get32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

static void gpu_divide(unsigned segs, unsigned *readable, unsigned *writable)
{
	*readable = segs / 2 < GPU_HEADER ? segs / 2 : GPU_HEADER;
	*writable = segs - *readable;
}

static void gpu_fill(struct job *job)
{
	put32(job->out.bytes, GET_DISPLAY_INFO);
	put32(job->out.bytes + 4, FENCE);
	put32(job->out.bytes + 8, job->tag);
	put32(job->out.bytes + 12, ~job->tag);
}

static void gpu_check(struct job *job)
{
	const uint8_t *in = job->in.bytes;

	ENV_EQ(job->env, job->req.written, GPU_INFO);
	ENV_EQ(job->env, get32(in), OK_DISPLAY_INFO);
	ENV_EQ(job->env, get32(in + 4), FENCE);
	ENV_EQ(job->env, get32(in + 8), job->tag);
	ENV_EQ(job->env, get32(in + 12), ~job->tag);
	ENV_EQ(job->env, get32(in + GPU_HEADER + 8), WIDTH);
	ENV_EQ(job->env, get32(in + GPU_HEADER + 12), HEIGHT);
	ENV_EQ(job->env, get32(in + GPU_HEADER + 16), 1);
	for (unsigned i = 2 * GPU_HEADER; i < GPU_INFO; i++)
		ENV_EQ(job->env, in[i], 0);
}

static const struct peer gpu = { CELL_GPU, &gpu_driver, 1,	  GPU_HEADER,
				 GPU_INFO, gpu_divide,	gpu_fill, gpu_check };

/* --- what it reads is what it writes, in each of two queues --- */

static const struct lev_driver echo_driver = { .device_id = ID_ECHO,
					       .name = "echo" };

static void echo_divide(unsigned segs, unsigned *readable, unsigned *writable)
{
	*readable = (segs + 1) / 2;
	*writable = segs / 2;
}

static uint8_t echo_byte(const struct job *job, uint32_t off)
{
	return (uint8_t)((job->tag + off) * 2654435761u >> 23);
}

static void echo_fill(struct job *job)
{
	for (uint32_t i = 0; i < job->out.len; i++)
		job->out.bytes[i] = echo_byte(job, i);
}

static void echo_check(struct job *job)
{
	const uint32_t both =
		job->in.len < job->out.len ? job->in.len : job->out.len;

	ENV_EQ(job->env, job->req.written, both);
	for (uint32_t i = 0; i < both; i++)
		ENV_EQ(job->env, job->in.bytes[i], echo_byte(job, i));
}

static const struct peer echo = {
	CELL_ECHO, &echo_driver, 2, 40, 40, echo_divide, echo_fill, echo_check
};

const struct peer *peer_of(const struct cell *cell)
{
	if (cell_has(cell, CELL_RNG))
		return &rng;
	return cell_has(cell, CELL_GPU) ? &gpu : &echo;
}
