/* SPDX-License-Identifier: MIT */
/*
 * The scenarios on the device model, which checks every rule of the driver's
 * side meanwhile. Devices answer a little after the kick; what is lent is not
 * the driver's (poison_lent).
 */
#include "fake/fake.h"
#include "scenario.h"

enum { DELAY = 300, BATCH = 3, RELAXES = 100000 };

struct own {
	struct fake_port *port;
	struct fake_dev *dev;
	struct fake_rng *rng; /* or NULL */
	void (*handle)(struct fake_dev *dev, struct fake_chain *chain);
};

static void device_make(struct env *env, struct own *own, uint32_t version)
{
	const uint32_t id = env->peer->driver->device_id;

	if (env->peer->flag == CELL_RNG) {
		own->rng = fake_rng_new(own->port, version);
		own->dev = &own->rng->dev;
	} else if (env->peer->flag == CELL_GPU) {
		own->dev = &fake_gpu_new(own->port, version)->dev;
	} else {
		own->dev = fake_dev_new(own->port, version, id, QUEUES);
	}
}

static void model_open(struct env *env)
{
	struct own *own = calloc(1, sizeof(*own));

	assert_non_null(own);
	env->own = own;
	own->port = fake_port_new();
	own->port->map_piece = env->map_piece;
	own->port->poison_lent = true;
	device_make(env, own, cell_has(env->cell, CELL_MODERN) ? 2 : 1);
	own->dev->features[0] &= ~(((uint64_t)1 << FAKE_F_INDIRECT) |
				   ((uint64_t)1 << FAKE_F_EVENT_IDX));
	own->dev->features[0] |= cell_features(env->cell);
	own->dev->mode = FAKE_DELAYED;
	own->dev->delay_ns = DELAY;
	own->handle = own->dev->handle;
	for (unsigned i = 0; i < own->dev->nqueues; i++) {
		own->dev->queues[i].size_max = 1024;
		own->dev->queues[i].batch = BATCH;
	}
	env->hal = &own->port->hal;
	env->cookie = own->dev->cookie;
}

static void model_close(struct env *env)
{
	struct own *own = env->own;

	ENV_EQ(env, own->port->live_allocs, 0);
	ENV_EQ(env, own->port->live_maps, 0);
	ENV_EQ(env, fake_violation_print(own->port), 0);
	ENV_EQ(env, fake_port_free(own->port), 0);
	free(own);
}

static bool model_sleep(struct env *env)
{
	struct own *own = env->own;

	for (unsigned i = 0; i < RELAXES && !own->dev->isr; i++)
		env->hal->ops->relax(env->hal->ctx, UINT64_MAX);
	return own->dev->isr != 0;
}

static unsigned model_irqs(struct env *env)
{
	return ((struct own *)env->own)->dev->irqs;
}

/* Taken by the device, and there it stays. */
static void keep(struct fake_dev *dev, struct fake_chain *chain)
{
	(void)dev;
	(void)chain;
}

static void model_silence(struct env *env, bool silent)
{
	struct own *own = env->own;

	own->dev->handle = silent ? keep : own->handle;
}

static void model_took(struct env *env, const uint8_t *bytes, uint32_t len)
{
	ENV_CHECK(env,
		  fake_rng_took(((struct own *)env->own)->rng, bytes, len));
}

static void model_forget(struct env *env)
{
	struct own *own = env->own;

	if (own->rng)
		own->rng->taken = own->rng->given;
}

static void model_begin(const struct cell *cells, unsigned count,
			uint32_t map_piece)
{
	(void)cells;
	(void)map_piece;
	assert_int_not_equal(count, 0);
}

static void model_end(void)
{
}

static unsigned model_flags(void)
{
	return 0;
}

const struct place place_here = {
	.name = "scenarios on the device model",
	.flags = model_flags,
	.ring_reset_works = true,
	.open = model_open,
	.close = model_close,
	.begin = model_begin,
	.end = model_end,
	.failed = model_end,
	.sleep = model_sleep,
	.irqs = model_irqs,
	.silence = model_silence,
	.took = model_took,
	.forget = model_forget,
};

int main(void)
{
	return scenario_run_all();
}
