/* SPDX-License-Identifier: MIT */
#include "rng_rig.h"

enum { NAME = 128, UNITS = 4096, MAPS = 3, SIZES = 4 };

static const uint64_t SECOND = 1000000000;
static const char *const map_names[MAPS] = { "bounced", "in pieces",
					     "identity" };

/* --- up and down --- */

void rrig_new(struct rng_rig *rig, const struct rng_case *c)
{
	memset(rig, 0, sizeof(*rig));
	memset(rig->buf, RRIG_GUARD, sizeof(rig->buf));
	rig->port = fake_port_new();
	rig->fake = fake_rng_new(rig->port, c->version);
	rig->fake->dev.queues[0].size_max = c->queue_size;
	if (!c->event_idx)
		rig->fake->dev.features[0] &=
			~((uint64_t)1 << FAKE_F_EVENT_IDX);
	rig->fake->dev.features[0] |= offers_bits(c->offers);
	if (c->map == RRIG_PIECES)
		rig->port->map_piece = RRIG_PIECE;
	if (c->map == RRIG_IDENTITY) {
		fake_port_set_map(rig->port, FAKE_MAP_NONE);
		fake_lend(rig->port, rig->buf, sizeof(rig->buf));
	}
}

int rrig_init(struct rng_rig *rig)
{
	memset(&rig->rng, 0, sizeof(rig->rng));
	assert_int_equal(lev_mmio_probe(&rig->mmio, &rig->port->hal,
					rig->fake->dev.cookie),
			 0);
	return lev_rng_init(&rig->rng, &rig->mmio.transport);
}

void rrig_open(struct rng_rig *rig, const struct rng_case *c)
{
	rrig_new(rig, c);
	assert_int_equal(rrig_init(rig), 0);
}

void rrig_assert_back(struct rng_rig *rig)
{
	assert_int_equal(rig->port->live_allocs, 0);
	assert_int_equal(rig->port->live_maps, 0);
	assert_null(rig->mmio.transport.owner);
	assert_int_equal(rig->rng.dev.state, LEV_DEVICE_FREE);
	for (unsigned i = 0; i < RRIG_REQUESTS; i++)
		assert_int_equal(rig->buf[i][RRIG_LEN], RRIG_GUARD);
	FAKE_ASSERT_CLEAN(rig->port);
}

void rrig_drop(struct rng_rig *rig)
{
	rrig_assert_back(rig);
	if (rig->port->map_mode == FAKE_MAP_NONE)
		fake_unlend(rig->port, rig->buf);
	assert_int_equal(fake_port_free(rig->port), 0);
}

void rrig_close(struct rng_rig *rig)
{
	assert_int_equal(lev_rng_fini(&rig->rng), 0);
	rrig_drop(rig);
}

/* --- bytes --- */

uint32_t rrig_most(const struct rng_case *c)
{
	if (c->map == RRIG_PIECES && c->queue_size < RRIG_LEN / RRIG_PIECE)
		return c->queue_size * RRIG_PIECE;
	return RRIG_LEN;
}

int rrig_read(struct rng_rig *rig, size_t len)
{
	return lev_rng_read(&rig->rng, rig->buf[0], len,
			    lev_device_deadline(&rig->rng.dev, SECOND));
}

void rrig_assert_works(struct rng_rig *rig)
{
	rig->fake->taken = rig->fake->given;
	memset(rig->buf[0], RRIG_GUARD, sizeof(rig->buf[0]));
	assert_int_equal(rrig_read(rig, RRIG_PIECE), 0);
	assert_true(fake_rng_took(rig->fake, rig->buf[0], RRIG_PIECE));
	assert_int_equal(rig->buf[0][RRIG_PIECE], RRIG_GUARD);
	assert_int_equal(rig->port->live_maps, 0);
}

static void request_done(struct lev_rng_request *request)
{
	struct rng_rig *rig =
		LEV_CONTAINER_OF(request->rng, struct rng_rig, rng);

	rig->came++;
	if (rig->then)
		rig->then(rig, request);
}

void rrig_submit(struct rng_rig *rig, unsigned i, size_t len)
{
	rig->requests[i].buf = rig->buf[i];
	rig->requests[i].len = len;
	rig->requests[i].done = request_done;
	assert_int_equal(lev_rng_submit(&rig->rng, &rig->requests[i]), 0);
}

void rrig_assert_got(struct rng_rig *rig, unsigned i, uint32_t len)
{
	assert_int_equal(rig->requests[i].err, 0);
	assert_int_equal(rig->requests[i].got, len);
	assert_true(fake_rng_took(rig->fake, rig->buf[i], len));
}

/* --- cases --- */

static int run(const struct rng_test *tests, struct rng_case *cases,
	       unsigned ncases)
{
	static struct CMUnitTest units[UNITS];
	static char names[UNITS][NAME];
	unsigned n = 0;

	for (; tests->name; tests++) {
		for (unsigned i = 0; i < ncases; i++) {
			if (tests->applies && !tests->applies(&cases[i]))
				continue;
			assert_true(n < UNITS);
			snprintf(names[n], NAME, "%s [%s]", tests->name,
				 cases[i].name);
			units[n].name = names[n];
			units[n].test_func = tests->run;
			units[n++].initial_state = &cases[i];
		}
	}
	return _cmocka_run_group_tests("rng", units, n, NULL, NULL);
}

static void case_name(struct rng_case *c)
{
	snprintf(c->name, sizeof(c->name), "v%u%s%s, queue of %u, %s",
		 c->version, offers_name(c->offers),
		 c->event_idx ? " EVENT_IDX" : "", c->queue_size,
		 map_names[c->map]);
}

int rrig_run_matrix(const struct rng_test *tests)
{
	static const uint32_t sizes[SIZES] = { 1, 2, 8, 256 };
	static struct rng_case cases[2 * OFFERS_KINDS * SIZES * MAPS];
	unsigned n = 0;

	for (unsigned k = 0; k < SIZES; k++) {
		for (unsigned m = 0; m < MAPS; m++) {
			for (unsigned i = 0; i < 2 * OFFERS_KINDS; i++, n++) {
				cases[n].version = offers_version(i / 2);
				cases[n].offers = offers_of(i / 2);
				cases[n].event_idx = i % 2;
				cases[n].queue_size = sizes[k];
				cases[n].map = m;
				case_name(&cases[n]);
			}
		}
	}
	return run(tests, cases, n);
}

int rrig_run_versions(const struct rng_test *tests)
{
	static struct rng_case cases[MAPS * OFFERS_KINDS];

	for (unsigned i = 0; i < MAPS * OFFERS_KINDS; i++) {
		cases[i].version = offers_version(i / MAPS);
		cases[i].offers = offers_of(i / MAPS);
		cases[i].event_idx = true;
		cases[i].queue_size = 8;
		cases[i].map = i % MAPS;
		case_name(&cases[i]);
	}
	return run(tests, cases, MAPS * OFFERS_KINDS);
}
