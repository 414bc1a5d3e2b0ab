/* SPDX-License-Identifier: MIT */
/* drivers/gpu_edid.c: what a hostile display may say about itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <levitate/gpu.h>

enum { BLOCK = 128, TIMING = 54, SUM = 127, UNTOUCHED = 77 };

static void seal(uint8_t *edid)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < SUM; i++)
		sum += edid[i];
	edid[SUM] = (uint8_t)(0x100 - (sum & 0xff));
}

static void set_size(uint8_t *edid, unsigned width, unsigned height)
{
	uint8_t *t = edid + TIMING;

	t[2] = width & 0xff;
	t[4] = (uint8_t)((width >> 8) << 4);
	t[5] = height & 0xff;
	t[7] = (uint8_t)((height >> 8) << 4);
	seal(edid);
}

/* In memory of exactly len bytes: a sanitiser sees a read beyond it. */
static uint8_t *make(size_t len)
{
	static const uint8_t header[] = { 0, 255, 255, 255, 255, 255, 255, 0 };
	uint8_t whole[BLOCK] = { 0 };
	uint8_t *edid = malloc(len ? len : 1);

	memcpy(whole, header, sizeof(header));
	whole[TIMING] = 1;
	set_size(whole, 1280, 800);
	memset(edid, 0xee, len);
	memcpy(edid, whole, len < BLOCK ? len : BLOCK);
	return edid;
}

static void expect(const uint8_t *edid, size_t len, int err, unsigned width,
		   unsigned height)
{
	uint32_t w = UNTOUCHED, h = UNTOUCHED;

	assert_int_equal(lev_edid_preferred(edid, len, &w, &h), err);
	assert_int_equal(w, err ? UNTOUCHED : width);
	assert_int_equal(h, err ? UNTOUCHED : height);
}

static void the_preferred_mode_is_found(void **state)
{
	static const unsigned sizes[][2] = {
		{ 1, 1 },      { 255, 256 },   { 256, 255 },	 { 640, 480 },
		{ 1280, 800 }, { 1920, 1080 }, { 3840, 2160 },	 { 4095, 4095 },
		{ 4095, 1 },   { 1, 4095 },    { 0x800, 0x100 },
	};
	uint8_t *edid = make(BLOCK);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		set_size(edid, sizes[i][0], sizes[i][1]);
		expect(edid, BLOCK, 0, sizes[i][0], sizes[i][1]);
	}
	free(edid);
}

/* Blanking shares bytes with the sizes, and must not leak into them. */
static void neighbours_do_not_count(void **state)
{
	uint8_t *edid = make(BLOCK);

	(void)state;
	memset(edid + 8, 0xff, TIMING - 8);
	memset(edid + TIMING + 8, 0xff, SUM - TIMING - 8);
	edid[TIMING + 3] = 0xff;
	edid[TIMING + 6] = 0xff;
	edid[TIMING + 4] |= 0x0f;
	edid[TIMING + 7] |= 0x0f;
	seal(edid);
	expect(edid, BLOCK, 0, 1280, 800);
	free(edid);
}

static void a_short_block_is_not_one(void **state)
{
	(void)state;
	for (size_t len = 0; len < BLOCK; len++) {
		uint8_t *edid = make(len);

		expect(edid, len, LEV_ERR_PROTO, 0, 0);
		free(edid);
	}
	expect(NULL, 0, LEV_ERR_PROTO, 0, 0);
}

static void extensions_do_no_harm(void **state)
{
	uint8_t *edid = make(8 * BLOCK);

	(void)state;
	expect(edid, 8 * BLOCK, 0, 1280, 800);
	free(edid);
}

/* Also those of the header, and the sum itself. */
static void every_byte_is_in_the_checksum(void **state)
{
	uint8_t *edid = make(BLOCK);

	(void)state;
	for (unsigned i = 0; i < BLOCK; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			edid[i] ^= (uint8_t)(1 << bit);
			expect(edid, BLOCK, LEV_ERR_PROTO, 0, 0);
			edid[i] ^= (uint8_t)(1 << bit);
		}
	}
	free(edid);
}

static void the_header_counts_though_the_sum_is_right(void **state)
{
	uint8_t *edid = make(BLOCK);

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		uint8_t good = edid[i];

		edid[i] ^= 0x10;
		seal(edid);
		expect(edid, BLOCK, LEV_ERR_PROTO, 0, 0);
		edid[i] = good;
	}
	free(edid);
}

static void no_usable_size_is_said(void **state)
{
	uint8_t *edid = make(BLOCK);

	(void)state;
	set_size(edid, 0, 800);
	expect(edid, BLOCK, LEV_ERR_RANGE, 0, 0);
	set_size(edid, 1280, 0);
	expect(edid, BLOCK, LEV_ERR_RANGE, 0, 0);
	set_size(edid, 1280, 800);
	edid[TIMING] = 0; /* no clock: not a timing, but a text or so */
	seal(edid);
	expect(edid, BLOCK, LEV_ERR_RANGE, 0, 0);
	edid[TIMING + 1] = 1;
	seal(edid);
	expect(edid, BLOCK, 0, 1280, 800);
	free(edid);
}

static void noise_is_never_believed_beyond_4095(void **state)
{
	uint8_t *edid = make(BLOCK);
	unsigned found = 0;
	uint32_t random = 1;

	(void)state;
	for (unsigned n = 0; n < 20000; n++) {
		uint32_t w = 0, h = 0;

		for (unsigned i = 8; i < BLOCK; i++) {
			random = random * 1664525 + 1013904223;
			edid[i] = (uint8_t)(random >> 24);
		}
		if (n % 2)
			seal(edid);
		if (lev_edid_preferred(edid, BLOCK, &w, &h))
			continue;
		found++;
		assert_in_range(w, 1, 4095);
		assert_in_range(h, 1, 4095);
	}
	assert_true(found > 9000);
	free(edid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_preferred_mode_is_found),
		cmocka_unit_test(neighbours_do_not_count),
		cmocka_unit_test(a_short_block_is_not_one),
		cmocka_unit_test(extensions_do_no_harm),
		cmocka_unit_test(every_byte_is_in_the_checksum),
		cmocka_unit_test(the_header_counts_though_the_sum_is_right),
		cmocka_unit_test(no_usable_size_is_said),
		cmocka_unit_test(noise_is_never_believed_beyond_4095),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
