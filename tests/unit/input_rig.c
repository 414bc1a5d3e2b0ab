/* SPDX-License-Identifier: MIT */
#include "input_rig.h"

enum { CASES = 5 * 2 * OFFERS_KINDS, NAME = 128, UNITS = 1024 };

static void hear(struct lev_input *input, const struct lev_input_event *ev)
{
	struct input_rig *rig = input->cfg.ctx;

	if (rig->nheard < IRIG_HEARD)
		rig->heard[rig->nheard] = *ev;
	rig->nheard++;
}

static void on_irq(struct fake_dev *dev)
{
	struct input_rig *rig = dev->arg;

	rig->irqs += rig->watch_irq;
}

void irig_new(struct input_rig *rig, const struct input_case *c)
{
	memset(rig, 0, sizeof(*rig));
	rig->port = fake_port_new();
	rig->fake = fake_input_new(rig->port, c->version);
	rig->fake->dev.queues[0].size_max = c->queue_size;
	if (!c->event_idx)
		rig->fake->dev.features[0] &=
			~((uint64_t)1 << FAKE_F_EVENT_IDX);
	rig->fake->dev.features[0] |= offers_bits(c->offers);
	rig->fake->dev.on_irq = on_irq;
	rig->fake->dev.arg = rig;
	rig->cfg.event = hear;
	rig->cfg.ctx = rig;
}

int irig_init(struct input_rig *rig)
{
	memset(&rig->input, 0, sizeof(rig->input));
	assert_int_equal(lev_mmio_probe(&rig->mmio, &rig->port->hal,
					rig->fake->dev.cookie),
			 0);
	rig->cfg.transport = &rig->mmio.transport;
	return lev_input_init(&rig->input, &rig->cfg);
}

void irig_open(struct input_rig *rig, const struct input_case *c)
{
	irig_new(rig, c);
	assert_int_equal(irig_init(rig), 0);
}

void irig_assert_back(struct input_rig *rig)
{
	assert_int_equal(rig->port->live_allocs, 0);
	assert_int_equal(rig->port->live_maps, 0);
	assert_null(rig->mmio.transport.owner);
	assert_int_equal(rig->input.dev.state, LEV_DEVICE_FREE);
	FAKE_ASSERT_CLEAN(rig->port);
}

void irig_drop(struct input_rig *rig)
{
	irig_assert_back(rig);
	assert_int_equal(fake_port_free(rig->port), 0);
}

void irig_close(struct input_rig *rig)
{
	assert_int_equal(lev_input_fini(&rig->input), 0);
	irig_drop(rig);
}

void irig_ready_for_loss(struct input_rig *rig)
{
	fake_ignore(rig->port, "INPUT-OP-01");
}

int irig_poll(struct input_rig *rig)
{
	return lev_input_poll(&rig->input);
}

void irig_drain(struct input_rig *rig)
{
	int n;

	do {
		n = lev_input_poll(&rig->input);
		assert_true(n >= 0);
	} while (n > 0);
}

unsigned irig_heard(const struct input_rig *rig, unsigned type, unsigned code,
		    int32_t value)
{
	unsigned n = 0;

	for (unsigned i = 0; i < rig->nheard && i < IRIG_HEARD; i++) {
		const struct lev_input_event *e = &rig->heard[i];

		n += e->type == type && e->code == code && e->value == value;
	}
	return n;
}

unsigned irig_held(const struct input_rig *rig)
{
	unsigned n = 0;

	for (unsigned code = 0; code < 1024; code++)
		n += lev_input_pressed(&rig->input, code);
	return n;
}

uint32_t irig_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* --- cases --- */

static int run(const struct input_test *tests, struct input_case *cases,
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
	return _cmocka_run_group_tests("input", units, n, NULL, NULL);
}

int irig_run_matrix(const struct input_test *tests)
{
	static const uint32_t sizes[] = { 2, 4, 8, 64, 256 };
	static struct input_case cases[CASES];

	for (unsigned i = 0; i < CASES; i++) {
		struct input_case *c = &cases[i];

		c->version = offers_version(i % OFFERS_KINDS);
		c->offers = offers_of(i % OFFERS_KINDS);
		c->event_idx = i / OFFERS_KINDS % 2;
		c->queue_size = sizes[i / OFFERS_KINDS / 2];
		snprintf(c->name, sizeof(c->name), "v%u%s%s, queue of %u",
			 c->version, offers_name(c->offers),
			 c->event_idx ? " EVENT_IDX" : "", c->queue_size);
	}
	return run(tests, cases, CASES);
}

int irig_run_versions(const struct input_test *tests)
{
	static struct input_case cases[] = {
		{ "v1", 1, true, 64, OFFERS_NONE },
		{ "v2", 2, true, 64, OFFERS_NONE },
		{ "v2 all but PACKED", 2, true, 64, OFFERS_SPLIT },
		{ "v2 all", 2, true, 64, OFFERS_ALL },
	};

	/* Not version 1 where legacy devices are refused. */
	return run(tests, cases + !OFFERS_LEGACY, 3 + OFFERS_LEGACY);
}
