/* SPDX-License-Identifier: MIT */
/*
 * device.h: the port's memory and the caller's, lent to the device: by
 * identity, through bounce buffers, by ports that lie; with every format of
 * the ring over them.
 */
#include <levitate/rng.h>

#include "rig.h"

enum {
	TO = LEV_DMA_TO_DEVICE,
	FROM = LEV_DMA_FROM_DEVICE,
	BOTH = TO | FROM,
	LEN = 96,
	PIECE = 32,
	PIECES = LEN / PIECE,
};

static uint64_t bit(unsigned n)
{
	return (uint64_t)1 << n;
}

/* A test may look at poisoned bytes, to see what its pattern is. */
__attribute__((no_sanitize_address)) static bool
filled(const volatile uint8_t *bytes, size_t len, uint8_t with)
{
	bool all = true;

	for (size_t i = 0; i < len; i++)
		all &= bytes[i] == with;
	return all;
}

/* The port's functions are found when the device is claimed. */
static void claim_again(struct rig *r)
{
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	lev_device_release(&r->dev);
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
}

static void bounce(struct rig *r)
{
	fake_port_set_map(r->port, FAKE_MAP_BOUNCE);
	claim_again(r);
}

/* --- identity --- */

static void identity(struct rig *r)
{
	struct lev_seg seg[2] = { { 1, 1 }, { 2, 2 } };
	uint8_t bytes[LEN];

	RIG_EQ(r, rig_start(r), 0);
	for (unsigned flags = TO; flags <= BOTH; flags++) {
		for (unsigned len = 1; len <= LEN; len++) {
			RIG_EQ(r,
			       lev_device_map(&r->dev, bytes, len, flags, seg,
					      1 + len % 2),
			       1);
			RIG_CHECK(r, seg[0].addr == (uintptr_t)bytes);
			RIG_EQ(r, seg[0].len, len);
			RIG_EQ(r, seg[1].addr, 2);
			lev_device_sync(&r->dev, bytes, len, flags);
			lev_device_unmap(&r->dev, bytes, len, flags, seg, 1);
		}
	}
	RIG_EQ(r, lev_device_map(&r->dev, bytes, UINT32_MAX, TO, seg, 1), 1);
	RIG_EQ(r, seg[0].len, UINT32_MAX);
	RIG_EQ(r, r->port->maps + r->port->syncs, 0);
}

static void without_functions_addresses_are_the_cpus(void **state)
{
	(void)state;
	rig_each_version(identity);
}

/* Refused before the port is asked. */
static void no_sense(struct rig *r)
{
	struct lev_seg seg = { 1, 1 };
	uint8_t byte = 0;

	for (unsigned bounced = 0; bounced < 2; bounced++) {
		RIG_EQ(r, lev_device_map(&r->dev, &byte, 0, TO, &seg, 1),
		       LEV_ERR_INVAL);
		RIG_EQ(r, lev_device_map(&r->dev, &byte, 1, TO, &seg, 0),
		       LEV_ERR_INVAL);
#if SIZE_MAX > UINT32_MAX
		RIG_EQ(r,
		       lev_device_map(&r->dev, &byte, (size_t)UINT32_MAX + 1,
				      TO, &seg, 1),
		       LEV_ERR_INVAL);
		RIG_EQ(r, lev_device_map(&r->dev, &byte, SIZE_MAX, TO, &seg, 1),
		       LEV_ERR_INVAL);
#endif
		RIG_EQ(r, seg.addr, 1);
		bounce(r);
	}
	RIG_EQ(r, r->port->maps, 0);
}

static void what_cannot_be_lent_is_refused(void **state)
{
	(void)state;
	rig_each_version(no_sense);
}

/* --- through bounce buffers --- */

/* The device sees it, changes it, and the CPU sees that after unmap. */
static void there_and_back(struct rig *r, uint8_t *bytes, unsigned flags,
			   unsigned pieces)
{
	struct lev_seg segs[PIECES];
	unsigned at = 0;

	memset(bytes, 0x11, LEN);
	RIG_EQ(r, lev_device_map(&r->dev, bytes, LEN, flags, segs, PIECES),
	       pieces);
	for (unsigned i = 0; i < pieces; i++) {
		uint8_t *theirs =
			fake_ptr(r->port, segs[i].addr, segs[i].len, flags);

		assert_non_null(theirs);
		RIG_CHECK(r, theirs != bytes + at);
		/* What was not lent for reading is none of its business. */
		RIG_CHECK(r, filled(theirs, segs[i].len,
				    flags & TO ? 0x11 : FAKE_FRESH));
		if (flags & FROM)
			memset(theirs, 0x22, segs[i].len);
		at += segs[i].len;
	}
	RIG_EQ(r, at, LEN);
	lev_device_unmap(&r->dev, bytes, LEN, flags, segs, pieces);
	RIG_CHECK(r, filled(bytes, LEN, flags & FROM ? 0x22 : 0x11));
	for (unsigned i = 0; i < pieces; i++)
		RIG_CHECK(r, !fake_ptr(r->port, segs[i].addr, 1, 0));
}

static void bounced(struct rig *r)
{
	uint8_t *bytes = malloc(LEN);

	assert_non_null(bytes);
	bounce(r);
	RIG_EQ(r, rig_start(r), 0);
	for (unsigned flags = TO; flags <= BOTH; flags++) {
		for (unsigned poison = 0; poison < 2; poison++) {
			r->port->poison_lent = poison;
			r->port->map_piece = 0;
			there_and_back(r, bytes, flags, 1);
			r->port->map_piece = PIECE;
			there_and_back(r, bytes, flags, PIECES);
		}
	}
	RIG_EQ(r, r->port->live_maps, 0);
	free(bytes);
}

static void a_bounced_buffer_is_copied_as_its_flags_say(void **state)
{
	(void)state;
	rig_each_version(bounced);
}

static void port_refuses(struct rig *r)
{
	struct lev_seg segs[PIECES];
	uint8_t bytes[LEN] = { 0 };

	bounce(r);
	r->port->map_fail_at = 1;
	RIG_EQ(r, lev_device_map(&r->dev, bytes, LEN, TO, segs, PIECES),
	       LEV_ERR_NOMEM);
	r->port->map_piece = PIECE;
	RIG_EQ(r, lev_device_map(&r->dev, bytes, LEN, TO, segs, PIECES - 1),
	       LEV_ERR_RANGE);
	RIG_EQ(r, r->port->maps, 0);
}

static void what_the_port_cannot_is_said(void **state)
{
	(void)state;
	rig_each_version(port_refuses);
}

static void part_changed(struct rig *r)
{
	struct lev_seg seg;
	uint8_t bytes[LEN] = { 0 };
	uint8_t *theirs;

	bounce(r);
	RIG_EQ(r, lev_device_map(&r->dev, bytes, LEN, BOTH, &seg, 1), 1);
	theirs = fake_ptr(r->port, seg.addr, LEN, 0);
	assert_non_null(theirs);
	memset(bytes, 0x33, LEN);
	lev_device_sync(&r->dev, bytes + 8, 16, TO);
	RIG_CHECK(r, filled(theirs, 8, 0));
	RIG_CHECK(r, filled(theirs + 8, 16, 0x33));
	RIG_CHECK(r, filled(theirs + 24, LEN - 24, 0));
	RIG_EQ(r, r->port->last_sync_flags, TO);
	memset(theirs, 0x44, LEN);
	lev_device_sync(&r->dev, bytes + 40, 8, FROM);
	RIG_CHECK(r, filled(bytes, 40, 0x33));
	RIG_CHECK(r, filled(bytes + 40, 8, 0x44));
	RIG_CHECK(r, filled(bytes + 48, LEN - 48, 0x33));
	RIG_EQ(r, r->port->sync_bytes, 24);
	lev_device_unmap(&r->dev, bytes, LEN, BOTH, &seg, 1);
}

static void a_part_is_synced(void **state)
{
	(void)state;
	rig_each_version(part_changed);
}

/* --- ports that answer, and what they are told --- */

/* What the next dma_map says; and how often the functions were called. */
static struct {
	int count;
	struct lev_seg segs[PIECES + 2];
	unsigned maps, unmaps, syncs, allocs, frees;
	unsigned flags;	   /* of the last call */
	unsigned unmapped; /* segments of the last dma_unmap */
	size_t len;	   /* and its bytes */
	void *ptr;	   /* where they were */
} answer;

static int answering_map(void *ctx, void *ptr, size_t len, unsigned flags,
			 struct lev_seg *segs, unsigned max)
{
	(void)ctx;
	(void)len;
	answer.maps++;
	answer.flags = flags;
	answer.ptr = ptr;
	for (unsigned i = 0; i < PIECES + 2 && i < max; i++)
		segs[i] = answer.segs[i];
	return answer.count;
}

static void answering_unmap(void *ctx, void *ptr, size_t len, unsigned flags,
			    const struct lev_seg *segs, unsigned count)
{
	(void)ctx;
	for (unsigned i = 0; i < count; i++)
		assert_memory_equal(&segs[i].addr, &answer.segs[i].addr,
				    sizeof(segs[i].addr));
	assert_ptr_equal(ptr, answer.ptr);
	answer.unmaps++;
	answer.flags = flags;
	answer.unmapped = count;
	answer.len = len;
}

static void answering_sync(void *ctx, void *ptr, size_t len, unsigned flags)
{
	(void)ctx;
	(void)ptr;
	(void)len;
	answer.syncs++;
	answer.flags = flags;
}

static void answer_for(struct rig *r)
{
	memset(&answer, 0, sizeof(answer));
	r->port->ops.dma_map = answering_map;
	r->port->ops.dma_unmap = answering_unmap;
	r->port->ops.dma_sync = answering_sync;
	claim_again(r);
}

static void lies(struct rig *r)
{
	static const struct {
		int count;
		uint32_t len[PIECES + 1];
		int err;
		unsigned unmapped;
	} cases[] = {
		{ 1, { LEN }, 1, 0 },
		{ 2, { LEN - 1, 1 }, 2, 0 },
		{ 3, { 1, 1, LEN - 2 }, 3, 0 },
		/* no piece, or more than there is room for */
		{ 0, { LEN }, LEV_ERR_INVAL, 0 },
		{ PIECES + 1, { LEN }, LEV_ERR_INVAL, 0 },
		{ INT32_MAX, { LEN }, LEV_ERR_INVAL, 0 },
		/* not all, or more than all */
		{ 1, { LEN - 1 }, LEV_ERR_INVAL, 1 },
		{ 1, { LEN + 1 }, LEV_ERR_INVAL, 1 },
		{ 2, { LEN, 1 }, LEV_ERR_INVAL, 2 },
		{ 3, { 1, 1, 1 }, LEV_ERR_INVAL, 3 },
		{ 2, { LEN + 1, UINT32_MAX }, LEV_ERR_INVAL, 2 },
		/* empty ones */
		{ 1, { 0 }, LEV_ERR_INVAL, 1 },
		{ 2, { LEN, 0 }, LEV_ERR_INVAL, 2 },
		{ 2, { 0, LEN }, LEV_ERR_INVAL, 2 },
		{ 3, { 1, 0, LEN - 1 }, LEV_ERR_INVAL, 3 },
		/* errors are the port's own */
		{ LEV_ERR_NOMEM, { LEN }, LEV_ERR_NOMEM, 0 },
		{ LEV_ERR_RANGE, { 0 }, LEV_ERR_RANGE, 0 },
		{ INT32_MIN, { LEN }, INT32_MIN, 0 },
	};
	struct lev_seg segs[PIECES];
	uint8_t bytes[LEN];

	answer_for(r);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&answer, 0, sizeof(answer));
		answer.count = cases[i].count;
		for (unsigned k = 0; k <= PIECES; k++) {
			answer.segs[k].addr = 0x1000 * (k + 1);
			answer.segs[k].len = cases[i].len[k];
		}
		RIG_EQ(r,
		       lev_device_map(&r->dev, bytes, LEN, FROM, segs, PIECES),
		       cases[i].err);
		RIG_EQ(r, answer.maps, 1);
		RIG_EQ(r, answer.unmaps, cases[i].unmapped != 0);
		RIG_EQ(r, answer.unmapped, cases[i].unmapped);
		RIG_EQ(r, answer.len, cases[i].unmapped ? LEN : 0);
		RIG_EQ(r, answer.flags, FROM);
	}
}

static void a_port_that_lies_gets_it_back(void **state)
{
	(void)state;
	rig_each_version(lies);
}

static void expect_flags(struct rig *r, unsigned platform)
{
	struct lev_seg seg;
	uint8_t bytes[LEN];

	RIG_EQ(r, lev_device_dma_flags(&r->dev), platform);
	answer.count = 1;
	answer.segs[0].len = LEN;
	for (unsigned flags = TO; flags <= BOTH; flags++) {
		RIG_EQ(r, lev_device_map(&r->dev, bytes, LEN, flags, &seg, 1),
		       1);
		RIG_EQ(r, answer.flags, flags | platform);
		lev_device_sync(&r->dev, bytes, LEN, flags);
		RIG_EQ(r, answer.flags, flags | platform);
		answer.flags = 0;
		lev_device_unmap(&r->dev, bytes, LEN, flags, &seg, 1);
		RIG_EQ(r, answer.flags, flags | platform);
		/* In the way back from a lie, too. */
		answer.segs[0].len = 1;
		answer.flags = 0;
		RIG_EQ(r, lev_device_map(&r->dev, bytes, LEN, flags, &seg, 1),
		       LEV_ERR_INVAL);
		RIG_EQ(r, answer.flags, flags | platform);
		answer.segs[0].len = LEN;
	}
}

static void platform(struct rig *r)
{
	const bool modern = r->shape.version == 2;
	const unsigned told = modern ? LEV_DMA_PLATFORM : 0;
	lev_paddr addr;
	void *ptr;

	answer_for(r);
	expect_flags(r, 0); /* nothing is agreed on yet */
	RIG_EQ(r, rig_start(r), 0);
	expect_flags(r, 0);
	RIG_EQ(r, r->port->platform_allocs, 0);
	rig_down(r);
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
	r->fake->features[0] |= bit(FAKE_F_ACCESS_PLATFORM);
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, r->port->platform_allocs, modern);
	expect_flags(r, told);
	/* The model looks at whether it is freed as it was allocated. */
	ptr = lev_device_dma_alloc(&r->dev, LEN, 16, UINT64_MAX, &addr);
	assert_non_null(ptr);
	RIG_EQ(r, r->port->platform_allocs, 2 * modern);
	lev_device_dma_free(&r->dev, ptr, addr, LEN);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	expect_flags(r, told);
	rig_down(r);
	/* It is offered, but refused; and the next one knows nothing of it. */
	lev_features_set(&r->transport->refused, LEV_F_ACCESS_PLATFORM);
	fake_ignore(r->port, "CORE-RFEAT-03"); /* it should be accepted */
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
	expect_flags(r, 0);
	RIG_EQ(r, rig_start(r), 0);
	expect_flags(r, 0);
	RIG_EQ(r, r->port->platform_allocs, 2 * modern);
}

static void the_port_is_told_of_access_platform_and_only_then(void **state)
{
	(void)state;
	rig_each_version(platform);
}

/* --- over the rings --- */

/* Formats, as bits of what is offered beside the rig's own. */
static uint64_t format_bits(unsigned i)
{
	return (i & 1 ? bit(FAKE_F_RING_PACKED) : 0) |
	       (i & 2 ? bit(FAKE_F_IN_ORDER) : 0) |
	       (i & 4 ? bit(FAKE_F_ACCESS_PLATFORM) : 0);
}

struct transfer {
	uint8_t out[LEN], in[LEN + 1];
	struct lev_seg segs[2 * PIECES];
	struct lev_request req;
};

static void transfer_map(struct rig *r, struct transfer *t)
{
	int n;

	for (unsigned i = 0; i < LEN; i++)
		t->out[i] = (uint8_t)rig_random();
	memset(t->in, 0x77, sizeof(t->in));
	n = lev_device_map(&r->dev, t->out, LEN, TO, t->segs, PIECES);
	RIG_CHECK(r, n > 0);
	t->req.readable = (uint16_t)n;
	n = lev_device_map(&r->dev, t->in, LEN, FROM, &t->segs[t->req.readable],
			   PIECES);
	RIG_CHECK(r, n > 0);
	t->req.writable = (uint16_t)n;
	t->req.segs = t->segs;
}

static void transfer_unmap(struct rig *r, struct transfer *t)
{
	lev_device_unmap(&r->dev, t->out, LEN, TO, t->segs, t->req.readable);
	lev_device_unmap(&r->dev, t->in, LEN, FROM, &t->segs[t->req.readable],
			 t->req.writable);
}

/* The device's own side while it has it: bytes that nobody wrote. */
static void look(struct fake_dev *dev, struct fake_chain *chain)
{
	uint8_t bytes[LEN];
	size_t len;

	for (unsigned i = 0; i < chain->nsegs; i++) {
		const struct fake_seg *seg = &chain->segs[i];
		const uint8_t *theirs =
			fake_ptr(dev->port, seg->addr, seg->len, 0);

		assert_non_null(theirs);
		if (seg->write)
			assert_true(filled(theirs, seg->len, FAKE_FRESH));
	}
	len = fake_chain_read(chain, 0, bytes, LEN);
	assert_int_equal(len, LEN);
	assert_int_equal(fake_chain_write(chain, 0, bytes, LEN), LEN);
	fake_queue_push(chain, LEN);
}

static void poisoned_transfers(struct rig *r, uint32_t piece)
{
	struct transfer *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	r->port->map_piece = piece;
	r->port->poison_lent = true;
	r->fake->handle = look;
	for (unsigned i = 0; i < 40; i++) {
		transfer_map(r, t);
		RIG_EQ(r, t->req.readable, piece ? PIECES : 1);
		RIG_CHECK(r, filled(t->in, LEN, FAKE_LENT));
#if defined(__SANITIZE_ADDRESS__)
		RIG_CHECK(r, fake_poisoned(&t->in[0]));
		RIG_CHECK(r, fake_poisoned(&t->in[LEN - 1]));
#endif
		RIG_CHECK(r, !fake_poisoned(&t->in[LEN]));
		RIG_EQ(r, lev_queue_add(&r->queue, &t->req), 0);
		rig_kick(r);
		RIG_EQ(r,
		       lev_queue_wait(&r->queue, &t->req,
				      lev_device_deadline(&r->dev, RIG_SECOND)),
		       0);
		RIG_EQ(r, t->req.written, LEN);
		/* It is not there before it is unmapped. */
		RIG_CHECK(r, filled(t->in, LEN, FAKE_LENT));
		transfer_unmap(r, t);
		assert_memory_equal(t->in, t->out, LEN);
		RIG_EQ(r, t->in[LEN], 0x77);
	}
	RIG_EQ(r, r->port->live_maps, 0);
	free(t);
}

/* Whatever the ring: what is lent is the device's, what is not is not. */
static void data_arrives_through_poisoned_bounce_buffers(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 32; i++) {
		const struct rig_shape shape = {
			.version = 2,
			.event_idx = i & 8,
			.indirect = i & 16,
			.size = 16,
		};
		struct rig *r = rig_new(&shape);

		r->fake->features[0] |= format_bits(i);
		fake_port_set_map(r->port, FAKE_MAP_BOUNCE);
		claim_again(r);
		RIG_EQ(r, rig_start(r), 0);
		poisoned_transfers(r, 0);
		poisoned_transfers(r, PIECE);
		RIG_EQ(r, r->port->platform_maps, i & 4 ? r->port->maps : 0);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		rig_free(r);
	}
}

/* The same for a driver, which maps for itself. */
static void entropy(unsigned i, uint32_t piece)
{
	struct fake_port *port = fake_port_new();
	struct fake_rng *fake = fake_rng_new(port, 2);
	struct lev_mmio mmio = { .base = 0 };
	struct lev_rng rng;
	uint8_t bytes[LEN + 1];

	fake->dev.features[0] |= format_bits(i);
	port->poison_lent = true;
	port->map_piece = piece;
	memset(&rng, 0, sizeof(rng));
	assert_int_equal(lev_mmio_probe(&mmio, &port->hal, fake->dev.cookie),
			 0);
	assert_int_equal(lev_rng_init(&rng, &mmio.transport), 0);
	for (unsigned n = 0; n < 40; n++) {
		memset(bytes, 0x77, sizeof(bytes));
		assert_int_equal(
			lev_rng_read(&rng, bytes, LEN,
				     lev_device_deadline(&rng.dev, RIG_SECOND)),
			0);
		assert_true(fake_rng_took(fake, bytes, LEN));
		assert_int_equal(bytes[LEN], 0x77);
	}
	assert_int_equal(port->platform_maps, i & 4 ? port->maps : 0);
	assert_int_equal(lev_rng_fini(&rng), 0);
	FAKE_FREE_CLEAN(port);
}

static void entropy_arrives_through_poisoned_bounce_buffers(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		entropy(i, 0);
		entropy(i, PIECE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_functions_addresses_are_the_cpus),
		cmocka_unit_test(what_cannot_be_lent_is_refused),
		cmocka_unit_test(a_bounced_buffer_is_copied_as_its_flags_say),
		cmocka_unit_test(what_the_port_cannot_is_said),
		cmocka_unit_test(a_part_is_synced),
		cmocka_unit_test(a_port_that_lies_gets_it_back),
		cmocka_unit_test(
			the_port_is_told_of_access_platform_and_only_then),
		cmocka_unit_test(data_arrives_through_poisoned_bounce_buffers),
		cmocka_unit_test(
			entropy_arrives_through_poisoned_bounce_buffers),
	};

	return cmocka_run_group_tests_name("dma", tests, NULL, NULL);
}
