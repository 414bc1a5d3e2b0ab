/* SPDX-License-Identifier: MIT */
/*
 * EDID (VESA E-EDID 1.3 and 1.4): a block of 128 bytes that a display says
 * about itself, here relayed by a device that is not trusted. All offsets are
 * constants inside the first block; nothing it says is used as an index.
 */
#include <levitate/gpu.h>

enum {
	BLOCK_LEN = 128,
	TIMING = 54,	       /* the first detailed timing descriptor */
	TIMING_CLOCK = 0,      /* 16 bits; 0: this is not a timing */
	TIMING_WIDTH = 2,      /* low 8 bits of the active pixels */
	TIMING_WIDTH_HIGH = 4, /* its upper 4 bits: high nibble */
	TIMING_HEIGHT = 5,
	TIMING_HEIGHT_HIGH = 7,
};

static bool edid_valid(const uint8_t *edid)
{
	static const uint8_t header[] = { 0,	0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0 };
	unsigned sum = 0;

	for (unsigned i = 0; i < BLOCK_LEN; i++)
		sum += edid[i];
	return (sum & 0xff) == 0 &&
	       !__builtin_memcmp(edid, header, sizeof(header));
}

int lev_edid_preferred(const uint8_t *edid, size_t len, uint32_t *width,
		       uint32_t *height)
{
	const uint8_t *t;
	uint32_t w, h;

	if (len < BLOCK_LEN || !edid_valid(edid))
		return LEV_ERR_PROTO;
	t = edid + TIMING;
	w = t[TIMING_WIDTH] | (t[TIMING_WIDTH_HIGH] & 0xf0u) << 4;
	h = t[TIMING_HEIGHT] | (t[TIMING_HEIGHT_HIGH] & 0xf0u) << 4;
	if (!(t[TIMING_CLOCK] | t[TIMING_CLOCK + 1]) || !w || !h)
		return LEV_ERR_RANGE;
	*width = w;
	*height = h;
	return 0;
}
