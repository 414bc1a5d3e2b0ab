/* SPDX-License-Identifier: MIT */
/* What only the packed ring has (VirtIO 2.8); test_ring.c has the rest. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "packed_ring.h"

/* --- there and back at every place --- */

/* The device's answer: whole, in its place, with the right turn. */
static struct fake_chain *take(struct rig *r, unsigned count)
{
	struct fake_chain *chain = fake_queue_pop(r->fq);

	RIG_CHECK(r, chain);
	RIG_EQ(r, chain->nsegs, count);
	RIG_CHECK(r, chain->head < r->fq->size);
	RIG_CHECK(r, !fake_queue_pop(r->fq));
	return chain;
}

static void answer(struct rig *r, struct rig_request *req, unsigned count)
{
	fake_queue_push(take(r, count), 0);
	RIG_CHECK(r, lev_queue_reap(&r->queue) == &req->req);
}

/* One descriptor forward. Returns the place. */
static unsigned step(struct rig *r, unsigned place)
{
	struct rig_request req;

	rig_request(r, &req, 1, 0, 4);
	rig_submit(r, &req);
	answer(r, &req, 1);
	return place + 1;
}

static unsigned go_to(struct rig *r, unsigned place, unsigned slot)
{
	while (place % (2 * r->fq->size) != slot)
		place = step(r, place);
	return place;
}

/* A chain of descriptors from this place on says this request. */
static void check_chain(struct rig *r, const struct rig_request *req,
			unsigned place, unsigned count)
{
	const uint16_t id = packed_slot(r, place).id;

	for (unsigned i = 0; i < count; i++) {
		const struct packed_slot d = packed_slot(r, place + i);
		unsigned flags = packed_avail_bits(r, place + i);

		if (i + 1 < count)
			flags |= FAKE_DESC_NEXT;
		if (i >= req->req.readable)
			flags |= FAKE_DESC_WRITE;
		RIG_EQ(r, d.flags, flags);
		RIG_EQ(r, d.addr, req->segs[i].addr);
		RIG_EQ(r, d.len, req->segs[i].len);
	}
	/* Where the standard wants it; and the first has it, for QEMU. */
	RIG_EQ(r, packed_slot(r, place + count - 1).id, id);
	RIG_CHECK(r, id < r->fq->size);
}

static unsigned chain_at(struct rig *r, unsigned place, unsigned readable,
			 unsigned count)
{
	struct rig_request req;

	rig_request(r, &req, readable, count - readable, 8);
	for (unsigned i = 0; i < count; i++)
		req.segs[i].len -= i % 5;
	rig_submit(r, &req);
	check_chain(r, &req, place, count);
	RIG_EQ(r, packed_shown(r, place, r->fq->size), count);
	answer(r, &req, count);
	return place + count;
}

static void chains_everywhere(struct rig *r)
{
	const unsigned size = r->fq->size;
	const unsigned most = size < RIG_SEGS ? size : RIG_SEGS;
	unsigned place = 0;

	r->fake->mode = FAKE_MANUAL;
	for (unsigned slot = 0; slot < 2 * size; slot++)
		for (unsigned n = 1; n <= most; n++)
			for (unsigned readable = 0; readable <= n; readable++) {
				place = go_to(r, place, slot);
				place = chain_at(r, place, readable, n);
			}
	/* One behind the other: ids and slots are not in step then. */
	for (unsigned turn = 0; turn < 50 * size; turn++) {
		const unsigned n = 1 + rig_random() % most;

		place = chain_at(r, place, rig_random() % (n + 1), n);
	}
}

/* A packed ring, in order or not, without or with indirect tables. */
static void on_packed(uint16_t size, bool indirect, void (*test)(struct rig *r))
{
	for (unsigned i = 12; i < RIG_SHAPES; i++) {
		const struct rig_shape shape = rig_shape(i, size);
		struct rig *r;

		if (shape.indirect != indirect)
			continue;
		r = rig_up(&shape);
		test(r);
		rig_free(r);
	}
}

static void a_chain_may_begin_anywhere(void **state)
{
	static const uint16_t sizes[] = { 1, 2, 3, 4, 5, 7, 16 };

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		on_packed(sizes[i], false, chains_everywhere);
}

static void check_table(struct rig *r, const struct rig_request *req,
			unsigned place, unsigned count)
{
	const struct packed_slot d = packed_slot(r, place);

	RIG_EQ(r, d.flags, packed_avail_bits(r, place) | FAKE_DESC_INDIRECT);
	RIG_EQ(r, d.len, 16 * count);
	RIG_EQ(r, d.addr % 16, 0);
	RIG_CHECK(r, d.id < r->fq->size);
	for (unsigned i = 0; i < count; i++) {
		const struct packed_slot e =
			packed_slot_at(r, d.addr + 16 * (uint64_t)i);

		RIG_EQ(r, e.addr, req->segs[i].addr);
		RIG_EQ(r, e.len, req->segs[i].len);
		RIG_EQ(r, e.flags,
		       i >= req->req.readable ? FAKE_DESC_WRITE : 0);
	}
}

/* All slots hold a table at once, and no two share one. */
static void tables_everywhere(struct rig *r)
{
	const unsigned size = r->fq->size;
	struct rig_request reqs[8];
	unsigned place = 0;

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 100; turn++) {
		for (unsigned i = 0; i < size; i++) {
			const unsigned readable = rig_random() % (size + 1);

			rig_request(r, &reqs[i], readable, size - readable, 64);
			reqs[i].segs[0].len = 1 + rig_random() % 64;
			rig_submit(r, &reqs[i]);
		}
		for (unsigned i = 0; i < size; i++)
			check_table(r, &reqs[i], place + i, size);
		for (unsigned i = 0; i < size; i++)
			rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), size);
		place = step(r, place + size);
	}
}

static void a_table_says_what_was_lent(void **state)
{
	(void)state;
	for (uint16_t size = 2; size <= 8; size++)
		on_packed(size, true, tables_everywhere);
}

/* --- shown when it is added --- */

static void shown_at_once(struct rig *r)
{
	const unsigned size = r->fq->size;
	struct rig_request reqs[5];
	unsigned place = 0;

	r->fake->mode = FAKE_MANUAL;
	for (unsigned turn = 0; turn < 3 * size; turn++) {
		RIG_EQ(r, packed_shown(r, place, size), 0);
		for (unsigned i = 0; i < size; i++) {
			rig_request(r, &reqs[i], 1, 0, 4);
			RIG_EQ(r, lev_queue_add(&r->queue, &reqs[i].req), 0);
			RIG_EQ(r, packed_shown(r, place, size), i + 1);
			RIG_CHECK(r, take(r, 1));
		}
		while (r->fq->inflight)
			fake_queue_push(fake_queue_oldest(r->fq), 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 9), size);
		rig_kick(r);
		place = step(r, place + size);
	}
}

static void a_request_shows_when_it_is_added(void **state)
{
	(void)state;
	for (uint16_t size = 1; size <= 5; size++)
		rig_each_of(RIG_ANY_PACKED, size, shown_at_once);
}

/* --- the head comes last --- */

/*
 * A device may look at any moment. One such moment is when add reads a segment:
 * it stands in a page that cannot be read, until the handler has had a look at
 * the ring.
 */
static struct {
	uint8_t *pages; /* two; the second one traps */
	size_t len;	/* of a page */
	struct rig *r;
	unsigned place, count;
	unsigned traps, shown;
} trap;

static void trap_handler(int sig, siginfo_t *info, void *context)
{
	const uintptr_t at = (uintptr_t)info->si_addr;
	const uintptr_t page = (uintptr_t)trap.pages + trap.len;

	(void)context;
	if (at < page || at >= page + trap.len) {
		signal(sig, SIG_DFL); /* none of ours: the program ends */
		return;
	}
	mprotect(trap.pages + trap.len, trap.len, PROT_READ | PROT_WRITE);
	trap.traps++;
	trap.shown += packed_shown(trap.r, trap.place, 1);
}

/* The segments from number at on are behind the trap. */
static void trapped_add(struct rig *r, unsigned count, unsigned at)
{
	const unsigned readable = rig_random() % (count + 1);
	struct lev_seg *segs = (void *)(trap.pages + trap.len);
	struct rig_request req;

	rig_request(r, &req, readable, count - readable, 4);
	mprotect(segs, trap.len, PROT_READ | PROT_WRITE);
	memcpy(segs - at, req.segs, count * sizeof(*segs));
	req.req.segs = segs - at;
	mprotect(segs, trap.len, PROT_NONE);
	trap.traps = trap.shown = 0;
	RIG_EQ(r, lev_queue_add(&r->queue, &req.req), 0);
	RIG_EQ(r, trap.traps, 1);
	RIG_EQ(r, trap.shown, 0);
	RIG_EQ(r, packed_shown(r, trap.place, 1), 1);
	rig_kick(r);
	answer(r, &req, count);
	trap.place += r->shape.indirect ? 1 : count;
}

static void trapped(struct rig *r)
{
	r->fake->mode = FAKE_MANUAL;
	trap.r = r;
	trap.place = 0;
	for (unsigned turn = 0; turn < 2 * r->fq->size; turn++)
		for (unsigned count = 1; count <= 5; count++)
			for (unsigned at = 0; at < count; at++)
				trapped_add(r, count, at);
}

static void the_head_shows_when_all_is_written(void **state)
{
	struct sigaction old, ours = { .sa_flags = SA_SIGINFO };

	(void)state;
	trap.len = (size_t)sysconf(_SC_PAGESIZE);
	trap.pages = mmap(NULL, 2 * trap.len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(trap.pages != MAP_FAILED);
	ours.sa_sigaction = trap_handler;
	assert_int_equal(sigaction(SIGSEGV, &ours, &old), 0);
	rig_each_of(RIG_ANY_PACKED, 7, trapped);
	assert_int_equal(sigaction(SIGSEGV, &old, NULL), 0);
	munmap(trap.pages, 2 * trap.len);
}

/* --- a chain that is given up --- */

/*
 * Segment bad of count is empty: the device may see none of those before it.
 * Then a shorter request stands in their place, and what is behind it must
 * not look like more.
 */
static unsigned give_up(struct rig *r, unsigned place, unsigned count,
			unsigned bad, bool empty)
{
	const unsigned size = r->fq->size;
	const unsigned readable = rig_random() % (count + 1);
	const unsigned less = 1 + rig_random() % (count - 1);
	struct rig_request req;

	rig_request(r, &req, readable, count - readable, 4);
	req.segs[bad].len = empty ? 0 : UINT32_MAX;
	RIG_EQ(r, lev_queue_add(&r->queue, &req.req),
	       empty ? LEV_ERR_INVAL : LEV_ERR_RANGE);
	RIG_EQ(r, packed_shown(r, place, size), 0);
	RIG_CHECK(r, !fake_queue_pop(r->fq));
	/* Nor as used: the driver looks there later. */
	RIG_CHECK(r, !lev_queue_arm(&r->queue));
	rig_request(r, &req, less, 0, 4);
	rig_submit(r, &req);
	RIG_EQ(r, packed_shown(r, place, size), r->shape.indirect ? 1 : less);
	answer(r, &req, less);
	RIG_CHECK(r, !lev_queue_reap(&r->queue));
	return place + (r->shape.indirect ? 1 : less);
}

static void given_up(struct rig *r)
{
	const unsigned size = r->fq->size;
	const unsigned most = size < RIG_SEGS ? size : RIG_SEGS;
	unsigned place = 0;

	r->fake->mode = FAKE_MANUAL;
	for (unsigned slot = 0; slot < 2 * size; slot++)
		for (unsigned count = 2; count <= most; count++)
			for (unsigned bad = 0; bad < count; bad++)
				for (unsigned k = 0; k < 2; k++) {
					place = go_to(r, place, slot);
					place = give_up(r, place, count, bad,
							k);
				}
	RIG_EQ(r, lev_queue_error(&r->queue), 0);
}

static void nothing_shows_of_a_chain_that_is_given_up(void **state)
{
	static const uint16_t sizes[] = { 2, 3, 5, 8, 11 };

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		on_packed(sizes[i], false, given_up);
	on_packed(5, true, given_up);
}

/* --- used --- */

/* A descriptor that was used in another lap, or half: it is not used. */
static void wrong_turn(struct rig *r, unsigned place, uint16_t flip)
{
	const uint16_t right = packed_wrap(r, place) ? PACKED_LAP : 0;
	struct rig_request req;
	struct fake_chain *chain;
	uint16_t id;

	rig_request(r, &req, 0, 1, 4);
	rig_submit(r, &req);
	chain = take(r, 1);
	id = chain->head;
	fake_queue_fault(r->fq, FAKE_USED_FLAGS, 1, flip);
	fake_queue_push(chain, 4);
	RIG_CHECK(r, !lev_queue_reap(&r->queue));
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), 0);
	RIG_CHECK(r, !lev_queue_arm(&r->queue));
	RIG_EQ(r, lev_queue_error(&r->queue), 0);
	fake_packed_write(r->fq, (uint16_t)(place % r->fq->size), id, 3, right);
	RIG_CHECK(r, lev_queue_arm(&r->queue));
	RIG_CHECK(r, lev_queue_reap(&r->queue) == &req.req);
	RIG_EQ(r, req.req.written, 3);
}

static void wrong_turns(struct rig *r)
{
	unsigned place = 0;

	r->fake->mode = FAKE_MANUAL;
	while (place < 6 * r->fq->size) {
		wrong_turn(r, place++, PACKED_LAP);
		wrong_turn(r, place++, FAKE_DESC_AVAIL);
		wrong_turn(r, place++, FAKE_DESC_USED);
	}
}

static void what_was_used_in_another_lap_is_not_taken(void **state)
{
	(void)state;
	for (uint16_t size = 1; size <= 8; size++)
		rig_each_of(RIG_ANY_PACKED, size, wrong_turns);
}

/* Other flags of a used descriptor mean nothing. */
static void other_flags(struct rig *r)
{
	static const uint16_t flips[] = { FAKE_DESC_WRITE, FAKE_DESC_NEXT,
					  FAKE_DESC_INDIRECT,
					  (uint16_t)~PACKED_LAP };

	r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < 40; i++) {
		struct rig_request req;

		rig_request(r, &req, 0, 1, 4);
		rig_submit(r, &req);
		fake_queue_fault(r->fq, FAKE_USED_FLAGS, 1, flips[i % 4]);
		rig_answer(r, i % 5);
		RIG_CHECK(r, lev_queue_reap(&r->queue) == &req.req);
		RIG_EQ(r, req.req.written, i % 5);
	}
}

static void other_flags_of_a_used_descriptor_mean_nothing(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_PACKED, 3, other_flags);
}

/* Used farther on than the driver looks: it waits, and is not confused. */
static void jumped(struct rig *r)
{
	struct rig_request reqs[2];

	r->fake->mode = FAKE_MANUAL;
	for (unsigned i = 0; i < 2; i++) {
		rig_request(r, &reqs[i], 1, 0, 4);
		rig_submit(r, &reqs[i]);
	}
	fake_queue_fault(r->fq, FAKE_USED_JUMP, 1, 1);
	rig_answer(r, 0);
	RIG_EQ(r, lev_queue_poll(&r->queue, 9), 0);
	RIG_CHECK(r, !lev_queue_arm(&r->queue));
	RIG_EQ(r, reqs[0].came + reqs[1].came, 0);
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, reqs[0].came, 1);
	RIG_EQ(r, reqs[1].came, 1);
}

static void a_used_descriptor_out_of_its_place_is_not_taken(void **state)
{
	(void)state;
	rig_each_of(RIG_ANY_PACKED, 4, jumped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_may_begin_anywhere),
		cmocka_unit_test(a_table_says_what_was_lent),
		cmocka_unit_test(a_request_shows_when_it_is_added),
		cmocka_unit_test(the_head_shows_when_all_is_written),
		cmocka_unit_test(nothing_shows_of_a_chain_that_is_given_up),
		cmocka_unit_test(what_was_used_in_another_lap_is_not_taken),
		cmocka_unit_test(other_flags_of_a_used_descriptor_mean_nothing),
		cmocka_unit_test(
			a_used_descriptor_out_of_its_place_is_not_taken),
	};

	return cmocka_run_group_tests_name("packed", tests, NULL, NULL);
}
