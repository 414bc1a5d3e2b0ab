/* SPDX-License-Identifier: MIT */
/* What the GPU's screens show, and what they say of themselves. */
#include <string.h>

#include "fake_int.h"

uint32_t fake_gpu_pixel(const struct fake_gpu *gpu, unsigned head, uint32_t x,
			uint32_t y)
{
	const struct fake_gpu_scanout *s = &gpu->scanouts[head];
	const uint8_t *p;
	unsigned r, b;

	if (!s->screen || x >= s->screen_width || y >= s->screen_height)
		return 0xdead0000;
	p = s->screen + ((size_t)y * s->screen_width + x) * 4;
	switch (s->format) {
	case 1: /* B G R A, B G R X */
	case 2:
		r = 2;
		b = 0;
		break;
	case 3: /* A R G B, X R G B */
	case 4:
		r = 1;
		b = 3;
		break;
	case 67: /* R G B A, R G B X */
	case 134:
		r = 0;
		b = 2;
		break;
	default: /* X B G R, A B G R */
		r = 3;
		b = 1;
		break;
	}
	return (uint32_t)p[r] << 16 | (uint32_t)p[(r + b) / 2] << 8 | p[b];
}

/* Two lengths as EDID splits them: low bytes, then both high nibbles. */
static void edid_pair(uint8_t *p, uint32_t active, uint32_t blank)
{
	p[0] = (uint8_t)active;
	p[1] = (uint8_t)blank;
	p[2] = (uint8_t)((active >> 8 & 15) << 4 | (blank >> 8 & 15));
}

void fake_gpu_make_edid(struct fake_gpu *gpu, uint32_t width, uint32_t height)
{
	static const uint8_t magic[8] = { 0,	0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0 };
	uint64_t clock = (uint64_t)(width + 160) * (height + 40) * 60 / 10000;
	uint8_t *edid = gpu->edid, *timing = edid + 54, sum = 0;

	memset(edid, 0, sizeof(gpu->edid));
	memcpy(edid, magic, sizeof(magic));
	edid[18] = 1; /* version 1.4, digital, preferred timing first */
	edid[19] = 4;
	edid[20] = 0x80;
	edid[24] = 0x06;
	fake_put16(timing, (uint16_t)(clock < 0xffff ? clock : 0xffff));
	edid_pair(timing + 2, width, 160);
	edid_pair(timing + 5, height, 40);
	for (unsigned i = 0; i < 127; i++)
		sum = (uint8_t)(sum + edid[i]);
	edid[127] = (uint8_t)-sum;
	gpu->edid_size = 128;
}
