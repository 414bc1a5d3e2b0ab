/* SPDX-License-Identifier: MIT */
/*
 * The GPU model: a picture comes to its screen on the way that the standard
 * names and on no other, and what is wrong with a command is seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fake_rig.h"

enum {
	REQ = 0x8000,	  /* in the rig's memory: the request, */
	ENTRIES = 0x8020, /* its entries, */
	ANSWER = 0x9000,  /* the answer, */
	PIXELS = 0xa000,  /* and the framebuffer */
	WIDTH = 32,
	HEIGHT = 16,
	BGRX = 2,
};

struct gpu_rig {
	struct rig rig;
	struct fake_gpu *gpu;
	unsigned sent;
};

static struct gpu_rig gpu_rig(void)
{
	struct fake_port *port = fake_port_new();
	struct gpu_rig r = { .gpu = fake_gpu_new(port, 2) };

	r.rig = rig_of(port, &r.gpu->dev);
	rig_start(&r.rig, 1u << FAKE_GPU_F_EDID, 2);
	return r;
}

static void done(struct gpu_rig *r)
{
	rig_stop(&r->rig);
	FAKE_FREE_CLEAN(r->rig.port);
}

/* Send what stands at REQ on this queue; the answer's type, 0 without one. */
static uint32_t send_on(struct gpu_rig *r, unsigned queue, uint32_t len)
{
	struct rig *rig = &r->rig;

	rig_put32(rig, ANSWER, 0);
	rig_desc(rig, queue, 0, rig->addr + REQ, len, NEXT, 1);
	rig_desc(rig, queue, 1, rig->addr + ANSWER, 1056, WRITE, 0);
	rig_send(rig, queue, 0);
	r->sent++;
	return rig_get32(rig, ANSWER);
}

/* A request of this type with these words behind the header. */
static void request(struct gpu_rig *r, uint32_t type, const uint32_t *words,
		    unsigned count)
{
	memset(r->rig.mem + REQ, 0, 56);
	rig_put32(&r->rig, REQ, type);
	for (unsigned i = 0; i < count; i++)
		rig_put32(&r->rig, REQ + 24 + 4 * i, words[i]);
}

static uint32_t send(struct gpu_rig *r, uint32_t type, const uint32_t *words,
		     unsigned count)
{
	request(r, type, words, count);
	return send_on(r, 0, 24 + 4 * count);
}

static uint32_t create(struct gpu_rig *r, uint32_t id, uint32_t format,
		       uint32_t width, uint32_t height)
{
	uint32_t words[] = { id, format, width, height };

	return send(r, FAKE_GPU_RESOURCE_CREATE_2D, words, 4);
}

/* Back resource 1 by PIXELS, in two pieces. */
static uint32_t attach(struct gpu_rig *r, uint32_t id, uint32_t count,
		       uint32_t first)
{
	uint32_t words[] = { id, count };
	uint64_t at = r->rig.addr + PIXELS;

	request(r, FAKE_GPU_ATTACH_BACKING, words, 2);
	rig_put64(&r->rig, ENTRIES, at);
	rig_put32(&r->rig, ENTRIES + 8, first);
	rig_put64(&r->rig, ENTRIES + 16, at + first);
	rig_put32(&r->rig, ENTRIES + 24, WIDTH * HEIGHT * 4 - first);
	return send_on(r, 0, 32 + 16 * 2);
}

static uint32_t scanout(struct gpu_rig *r, uint32_t head, uint32_t id,
			uint32_t width)
{
	uint32_t words[] = { 0, 0, width, HEIGHT, head, id };

	return send(r, FAKE_GPU_SET_SCANOUT, words, 6);
}

static uint32_t transfer(struct gpu_rig *r, uint32_t x, uint32_t width,
			 uint32_t off)
{
	uint32_t words[] = { x, 1, width, 2, off, 0, 1, 0 };

	return send(r, FAKE_GPU_TRANSFER_TO_HOST_2D, words, 8);
}

static uint32_t flush(struct gpu_rig *r, uint32_t x, uint32_t width,
		      uint32_t id)
{
	uint32_t words[] = { x, 1, width, 2, id, 0 };

	return send(r, FAKE_GPU_RESOURCE_FLUSH, words, 6);
}

static uint32_t edid(struct gpu_rig *r, uint32_t head)
{
	uint32_t words[] = { head, 0 };

	return send(r, FAKE_GPU_GET_EDID, words, 2);
}

static uint32_t info(struct gpu_rig *r)
{
	return send(r, FAKE_GPU_GET_DISPLAY_INFO, NULL, 0);
}

static uint32_t by_id(struct gpu_rig *r, uint32_t type, uint32_t id)
{
	uint32_t words[] = { id, 0 };

	return send(r, type, words, 2);
}

/* All that comes before the first pixel. */
static void show(struct gpu_rig *r)
{
	assert_int_equal(info(r), FAKE_GPU_OK_DISPLAY_INFO);
	assert_int_equal(edid(r, 0), FAKE_GPU_OK_EDID);
	assert_int_equal(create(r, 1, BGRX, WIDTH, HEIGHT), FAKE_GPU_OK_NODATA);
	assert_int_equal(attach(r, 1, 2, 1000), FAKE_GPU_OK_NODATA);
	assert_int_equal(scanout(r, 0, 1, WIDTH), FAKE_GPU_OK_NODATA);
}

/* --- the way of a picture --- */

static void displays_are_told(void **state)
{
	struct gpu_rig r = gpu_rig();
	struct rig *rig = &r.rig;

	(void)state;
	r.gpu->scanouts[2].x = 5;
	assert_int_equal(info(&r), FAKE_GPU_OK_DISPLAY_INFO);
	assert_int_equal(rig_used_len(rig, 0, 0), 408);
	assert_int_equal(rig_get32(rig, ANSWER + 24 + 8), 1280);
	assert_int_equal(rig_get32(rig, ANSWER + 24 + 12), 800);
	assert_int_equal(rig_get32(rig, ANSWER + 24 + 16), 1);
	assert_int_equal(rig_get32(rig, ANSWER + 48 + 16), 0);
	assert_int_equal(rig_get32(rig, ANSWER + 72), 5);
	done(&r);
}

static void edid_is_a_good_one(void **state)
{
	struct gpu_rig r = gpu_rig();
	const uint8_t *e = r.rig.mem + ANSWER + 32;
	unsigned sum = 0;

	(void)state;
	assert_int_equal(edid(&r, 0), FAKE_GPU_OK_EDID);
	assert_int_equal(rig_used_len(&r.rig, 0, 0), 1056);
	assert_int_equal(rig_get32(&r.rig, ANSWER + 24), 128);
	for (unsigned i = 0; i < 128; i++)
		sum += e[i];
	assert_int_equal(sum % 256, 0);
	assert_int_equal(e[1], 0xff);
	assert_int_equal(e[56] | (e[58] & 0xf0) << 4, 1280);
	assert_int_equal(e[59] | (e[61] & 0xf0) << 4, 800);
	done(&r);
}

static void only_what_is_flushed_is_seen(void **state)
{
	struct gpu_rig r = gpu_rig();

	(void)state;
	assert_int_equal(fake_gpu_pixel(r.gpu, 0, 0, 0), 0xdead0000);
	show(&r);
	for (uint32_t i = 0; i < WIDTH * HEIGHT; i++)
		rig_put32(&r.rig, PIXELS + 4 * i, 0x010000 + i);
	assert_int_equal(transfer(&r, 4, 8, (WIDTH + 4) * 4),
			 FAKE_GPU_OK_NODATA);
	assert_int_equal(fake_gpu_pixel(r.gpu, 0, 4, 1), 0x5a5a5a);
	assert_int_equal(flush(&r, 6, 20, 1), FAKE_GPU_OK_NODATA);
	assert_int_equal(fake_gpu_pixel(r.gpu, 0, 5, 1), 0x5a5a5a);
	assert_int_equal(fake_gpu_pixel(r.gpu, 0, 6, 1), 0x010000 + WIDTH + 6);
	assert_int_equal(fake_gpu_pixel(r.gpu, 0, 11, 2),
			 0x010000 + 2 * WIDTH + 11);
	assert_int_equal(fake_gpu_pixel(r.gpu, 0, 12, 2), 0);
	assert_int_equal(fake_gpu_pixel(r.gpu, 0, 6, 3), 0x5a5a5a);
	assert_true(r.gpu->transfer_bytes == 8 * 2 * 4);
	assert_true(r.gpu->flush_pixels == 20 * 2);
	assert_int_equal(r.gpu->last_flush.x, 6);
	assert_int_equal(r.gpu->last_transfer.w, 8);
	assert_int_equal(r.gpu->commands, r.sent);
	assert_int_equal(r.gpu->by_type[1], 1);
	done(&r);
}

static void formats_are_told_apart(void **state)
{
	static const struct {
		uint32_t format, word, rgb;
	} cases[] = {
		{ 1, 0xff112233, 0x112233 },   { 4, 0x332211ff, 0x112233 },
		{ 67, 0xff332211, 0x112233 },  { 68, 0x112233ff, 0x112233 },
		{ 121, 0x112233ff, 0x112233 }, { 134, 0xff332211, 0x112233 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct gpu_rig r = gpu_rig();

		assert_int_equal(info(&r), FAKE_GPU_OK_DISPLAY_INFO);
		assert_int_equal(edid(&r, 0), FAKE_GPU_OK_EDID);
		create(&r, 1, cases[i].format, WIDTH, HEIGHT);
		attach(&r, 1, 2, 16);
		scanout(&r, 0, 1, WIDTH);
		rig_put32(&r.rig, PIXELS + WIDTH * 4, cases[i].word);
		transfer(&r, 0, 8, WIDTH * 4);
		flush(&r, 0, 8, 1);
		assert_int_equal(fake_gpu_pixel(r.gpu, 0, 0, 1), cases[i].rgb);
		done(&r);
	}
}

static void resources_go_away(void **state)
{
	struct gpu_rig r = gpu_rig();

	(void)state;
	show(&r);
	assert_int_equal(r.gpu->live_resources, 1);
	assert_int_equal(by_id(&r, FAKE_GPU_DETACH_BACKING, 1),
			 FAKE_GPU_OK_NODATA);
	assert_int_equal(by_id(&r, FAKE_GPU_RESOURCE_UNREF, 1),
			 FAKE_GPU_OK_NODATA);
	assert_int_equal(r.gpu->live_resources, 0);
	assert_int_equal(fake_gpu_pixel(r.gpu, 0, 0, 0), 0xdead0000);
	show(&r);
	rig_reset(&r.rig);
	assert_int_equal(r.gpu->live_resources, 0);
	done(&r);
}

static void fences_come_back(void **state)
{
	struct gpu_rig r = gpu_rig();

	(void)state;
	request(&r, FAKE_GPU_GET_DISPLAY_INFO, NULL, 0);
	rig_put32(&r.rig, REQ + 4, 1);
	rig_put64(&r.rig, REQ + 8, 0x1122334455667788);
	assert_int_equal(send_on(&r, 0, 24), FAKE_GPU_OK_DISPLAY_INFO);
	assert_int_equal(rig_get32(&r.rig, ANSWER + 4), 1);
	assert_int_equal(rig_get32(&r.rig, ANSWER + 8), 0x55667788);
	assert_int_equal(rig_get32(&r.rig, ANSWER + 12), 0x11223344);
	assert_int_equal(r.gpu->fences, 1);
	done(&r);
}

static void scanouts_go_off(void **state)
{
	struct gpu_rig r = gpu_rig();

	(void)state;
	show(&r);
	r.gpu->head0_stays_on = true;
	assert_int_equal(scanout(&r, 0, 0, 0), FAKE_GPU_ERR_INVALID_SCANOUT_ID);
	assert_int_equal(r.gpu->errors, 1);
	r.gpu->head0_stays_on = false;
	assert_int_equal(scanout(&r, 0, 0, 0), FAKE_GPU_OK_NODATA);
	assert_int_equal(r.gpu->scanouts[0].resource, 0);
	done(&r);
}

static void a_resize_is_an_event(void **state)
{
	struct gpu_rig r = gpu_rig();

	(void)state;
	fake_gpu_resize(r.gpu, 0, 640, 480, true);
	assert_int_equal(rig_config(&r.rig, 0, 4), 1);
	assert_int_equal(rig_rd(&r.rig, FAKE_REG_INTERRUPT_STATUS), 2);
	rig_wr(&r.rig, FAKE_REG_INTERRUPT_ACK, 2);
	rig_config_set(&r.rig, 4, 4, 1);
	assert_int_equal(rig_config(&r.rig, 0, 4), 0);
	assert_int_equal(info(&r), FAKE_GPU_OK_DISPLAY_INFO);
	assert_int_equal(rig_get32(&r.rig, ANSWER + 24 + 8), 640);
	assert_int_equal(rig_config(&r.rig, 8, 4), 1);
	done(&r);
}

static void memory_is_finite(void **state)
{
	struct gpu_rig r = gpu_rig();

	(void)state;
	r.gpu->memory = WIDTH * HEIGHT * 4;
	assert_int_equal(create(&r, 1, BGRX, WIDTH, HEIGHT + 1),
			 FAKE_GPU_ERR_OUT_OF_MEMORY);
	assert_int_equal(create(&r, 1, BGRX, WIDTH, HEIGHT),
			 FAKE_GPU_OK_NODATA);
	assert_int_equal(create(&r, 2, BGRX, 0xffffffff, 0xffffffff),
			 FAKE_GPU_ERR_OUT_OF_MEMORY);
	done(&r);
}

/* --- faults --- */

static void answers_can_be_wrong(void **state)
{
	struct gpu_rig r = gpu_rig();
	struct rig *rig = &r.rig;

	(void)state;
	fake_gpu_fault(r.gpu, 0, 1, FAKE_GPU_ANSWER_TYPE, 0);
	fake_gpu_fault(r.gpu, FAKE_GPU_GET_EDID, 2, FAKE_GPU_ANSWER_TYPE,
		       FAKE_GPU_ERR_UNSPEC);
	rig_put32(rig, ANSWER + 24 + 8, 77);
	assert_int_equal(info(&r), 0);
	assert_int_equal(rig_get32(rig, ANSWER + 24 + 8), 77);
	assert_int_equal(edid(&r, 0), FAKE_GPU_OK_EDID);
	assert_int_equal(edid(&r, 0), FAKE_GPU_ERR_UNSPEC);
	fake_gpu_fault(r.gpu, 0, 1, FAKE_GPU_SHORT, 10);
	assert_int_equal(info(&r), FAKE_GPU_OK_DISPLAY_INFO);
	assert_int_equal(rig_used_len(rig, 0, 3), 10);
	fake_gpu_fault(r.gpu, 0, 1, FAKE_GPU_LEN, 0xffffffff);
	info(&r);
	assert_int_equal(rig_used_len(rig, 0, 4), 0xffffffff);
	done(&r);
}

static void fences_can_be_wrong(void **state)
{
	struct gpu_rig r = gpu_rig();

	(void)state;
	fake_gpu_fault(r.gpu, 0, 1, FAKE_GPU_FENCE_ID, 99);
	fake_gpu_fault(r.gpu, 0, 2, FAKE_GPU_NO_FENCE, 0);
	for (unsigned i = 0; i < 2; i++) {
		request(&r, FAKE_GPU_GET_DISPLAY_INFO, NULL, 0);
		rig_put32(&r.rig, REQ + 4, 1);
		rig_put64(&r.rig, REQ + 8, 5);
		send_on(&r, 0, 24);
		assert_int_equal(rig_get32(&r.rig, ANSWER + 8), i ? 5 : 99);
		assert_int_equal(rig_get32(&r.rig, ANSWER + 4), !i);
	}
	done(&r);
}

static void answers_can_come_late_or_never(void **state)
{
	struct gpu_rig r = gpu_rig();
	struct rig *rig = &r.rig;

	(void)state;
	fake_gpu_fault(r.gpu, 0, 1, FAKE_GPU_LATE, 50);
	assert_int_equal(info(&r), 0);
	fake_advance(rig->port, 49999);
	assert_int_equal(rig_used_idx(rig, 0), 0);
	fake_advance(rig->port, 1);
	assert_int_equal(rig_used_idx(rig, 0), 1);
	assert_int_equal(rig_get32(rig, ANSWER), FAKE_GPU_OK_DISPLAY_INFO);
	assert_int_equal(r.gpu->commands, 1);
	fake_gpu_fault(r.gpu, FAKE_GPU_GET_DISPLAY_INFO, 1, FAKE_GPU_NO_ANSWER,
		       0);
	assert_int_equal(info(&r), 0);
	rig_reset(rig);
	assert_int_equal(r.gpu->dev.queues[0].inflight, 0);
	done(&r);
}

static void it_can_die(void **state)
{
	struct gpu_rig r = gpu_rig();
	struct rig *rig = &r.rig;

	(void)state;
	fake_gpu_fault(r.gpu, 0, 2, FAKE_GPU_DEAD, 0);
	assert_int_equal(info(&r), FAKE_GPU_OK_DISPLAY_INFO);
	assert_int_equal(info(&r), 0);
	rig_desc(rig, 0, 2, rig->addr + REQ, 24, NEXT, 3);
	rig_desc(rig, 0, 3, rig->addr + ANSWER, 1056, WRITE, 0);
	rig_send(rig, 0, 2);
	assert_int_equal(rig_used_idx(rig, 0), 1);
	done(&r);
}

/* --- drivers that do it wrong --- */

static void bad_ids(struct gpu_rig *r)
{
	assert_int_equal(create(r, 0, BGRX, 16, 16),
			 FAKE_GPU_ERR_INVALID_RESOURCE_ID);
}

static void taken_id(struct gpu_rig *r)
{
	create(r, 1, BGRX, 16, 16);
	assert_int_equal(create(r, 1, BGRX, 16, 16),
			 FAKE_GPU_ERR_INVALID_RESOURCE_ID);
}

static void unknown_id(struct gpu_rig *r)
{
	assert_int_equal(flush(r, 0, 8, 7), FAKE_GPU_ERR_INVALID_RESOURCE_ID);
}

static void bad_format(struct gpu_rig *r)
{
	assert_int_equal(create(r, 1, 5, 16, 16),
			 FAKE_GPU_ERR_INVALID_PARAMETER);
}

static void bad_scanout(struct gpu_rig *r)
{
	show(r);
	assert_int_equal(scanout(r, 1, 1, WIDTH),
			 FAKE_GPU_ERR_INVALID_SCANOUT_ID);
}

static void scanout_too_wide(struct gpu_rig *r)
{
	show(r);
	assert_int_equal(scanout(r, 0, 1, WIDTH + 1),
			 FAKE_GPU_ERR_INVALID_PARAMETER);
}

static void flush_wraps(struct gpu_rig *r)
{
	show(r);
	assert_int_equal(flush(r, 8, 0xffffffff, 1),
			 FAKE_GPU_ERR_INVALID_PARAMETER);
}

static void transfer_too_wide(struct gpu_rig *r)
{
	show(r);
	assert_int_equal(transfer(r, 8, WIDTH, 0),
			 FAKE_GPU_ERR_INVALID_PARAMETER);
}

static void transfer_beyond(struct gpu_rig *r)
{
	show(r);
	transfer(r, 0, 8, WIDTH * HEIGHT * 4 - 8);
}

static void transfer_unbacked(struct gpu_rig *r)
{
	create(r, 1, BGRX, 16, 16);
	assert_int_equal(transfer(r, 0, 8, 0), FAKE_GPU_ERR_UNSPEC);
}

static void attached_twice(struct gpu_rig *r)
{
	show(r);
	assert_int_equal(attach(r, 1, 2, 16), FAKE_GPU_ERR_UNSPEC);
}

static void entries_missing(struct gpu_rig *r)
{
	create(r, 1, BGRX, WIDTH, HEIGHT);
	assert_int_equal(attach(r, 1, 3, 16), FAKE_GPU_ERR_UNSPEC);
}

static void entry_empty(struct gpu_rig *r)
{
	create(r, 1, BGRX, WIDTH, HEIGHT);
	assert_int_equal(attach(r, 1, 2, 0), FAKE_GPU_ERR_UNSPEC);
}

static void nothing_to_detach(struct gpu_rig *r)
{
	create(r, 1, BGRX, WIDTH, HEIGHT);
	assert_int_equal(by_id(r, FAKE_GPU_DETACH_BACKING, 1),
			 FAKE_GPU_ERR_UNSPEC);
}

static void backing_elsewhere(struct gpu_rig *r)
{
	create(r, 1, BGRX, WIDTH, HEIGHT);
	attach(r, 1, 1, 0x7fffffff);
}

static void backing_freed(struct gpu_rig *r)
{
	show(r);
	r->rig.port->ops.dma_free(r->rig.port, r->rig.mem, r->rig.addr, RIG_MEM,
				  0);
}

static void request_short(struct gpu_rig *r)
{
	uint32_t words[] = { 1, BGRX, 16, 16 };

	request(r, FAKE_GPU_RESOURCE_CREATE_2D, words, 4);
	assert_int_equal(send_on(r, 0, 36), FAKE_GPU_ERR_UNSPEC);
}

static void answer_short(struct gpu_rig *r)
{
	struct rig *rig = &r->rig;

	request(r, FAKE_GPU_GET_DISPLAY_INFO, NULL, 0);
	rig_desc(rig, 0, 0, rig->addr + REQ, 24, NEXT, 1);
	rig_desc(rig, 0, 1, rig->addr + ANSWER, 24, WRITE, 0);
	rig_send(rig, 0, 0);
	assert_int_equal(rig_used_len(rig, 0, 0), 24);
}

static void unknown_command(struct gpu_rig *r)
{
	assert_int_equal(send(r, 0x150, NULL, 0), FAKE_GPU_ERR_UNSPEC);
}

static void edid_uninvited(struct gpu_rig *r)
{
	r->gpu->dev.driver_features[0] &= ~(uint64_t)(1u << FAKE_GPU_F_EDID);
	assert_int_equal(edid(r, 0), FAKE_GPU_ERR_UNSPEC);
}

static void wrong_queue(struct gpu_rig *r)
{
	request(r, FAKE_GPU_GET_DISPLAY_INFO, NULL, 0);
	assert_int_equal(send_on(r, 1, 24), FAKE_GPU_ERR_UNSPEC);
}

static void info_not_asked(struct gpu_rig *r)
{
	create(r, 1, BGRX, WIDTH, HEIGHT);
	scanout(r, 0, 1, WIDTH);
}

static void edid_not_asked(struct gpu_rig *r)
{
	info(r);
	create(r, 1, BGRX, WIDTH, HEIGHT);
	scanout(r, 0, 1, WIDTH);
	assert_false(fake_violation_has(r->rig.port, "GPU-X-01"));
}

static void events_read_written(struct gpu_rig *r)
{
	rig_config_set(&r->rig, 0, 4, 0);
}

static void cursor_wrong_size(struct gpu_rig *r)
{
	uint32_t words[] = { 0, 0, 0, 0, 1, 0, 0, 0 };

	create(r, 1, BGRX, WIDTH, HEIGHT);
	request(r, 0x300, words, 8);
	send_on(r, 1, 56);
}

static const struct gpu_bad {
	const char *id;
	void (*act)(struct gpu_rig *r);
} bads[] = {
	{ "X-GPU-01", request_short },	   { "X-GPU-01", answer_short },
	{ "X-GPU-02", bad_ids },	   { "X-GPU-02", taken_id },
	{ "X-GPU-02", unknown_id },	   { "X-GPU-03", bad_format },
	{ "X-GPU-03", bad_scanout },	   { "X-GPU-03", scanout_too_wide },
	{ "X-GPU-03", flush_wraps },	   { "X-GPU-03", transfer_too_wide },
	{ "X-GPU-04", transfer_beyond },   { "X-GPU-04", transfer_unbacked },
	{ "X-GPU-05", attached_twice },	   { "X-GPU-05", entries_missing },
	{ "X-GPU-05", entry_empty },	   { "X-GPU-05", nothing_to_detach },
	{ "X-DMA-02", backing_elsewhere }, { "X-GPU-06", backing_freed },
	{ "X-GPU-07", unknown_command },   { "X-GPU-07", edid_uninvited },
	{ "X-GPU-08", wrong_queue },	   { "GPU-X-01", info_not_asked },
	{ "GPU-X-02", edid_not_asked },	   { "GPU-X-05", events_read_written },
	{ "GPU-X-08", cursor_wrong_size },
};

static void rules_fire(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(*bads); i++) {
		struct gpu_rig r = gpu_rig();

		bads[i].act(&r);
		if (!fake_violation_has(r.rig.port, bads[i].id)) {
			fake_violation_print(r.rig.port);
			fail_msg("%s, row %zu", bads[i].id, i);
		}
		rig_free(&r.rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(displays_are_told),
		cmocka_unit_test(edid_is_a_good_one),
		cmocka_unit_test(only_what_is_flushed_is_seen),
		cmocka_unit_test(formats_are_told_apart),
		cmocka_unit_test(resources_go_away),
		cmocka_unit_test(fences_come_back),
		cmocka_unit_test(scanouts_go_off),
		cmocka_unit_test(a_resize_is_an_event),
		cmocka_unit_test(memory_is_finite),
		cmocka_unit_test(answers_can_be_wrong),
		cmocka_unit_test(fences_can_be_wrong),
		cmocka_unit_test(answers_can_come_late_or_never),
		cmocka_unit_test(it_can_die),
		cmocka_unit_test(rules_fire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
