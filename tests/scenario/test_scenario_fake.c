/* SPDX-License-Identifier: MIT */
/*
 * The scenarios on the device model, which checks every rule of the driver's
 * side meanwhile. Devices answer a little after the kick; what is lent is not
 * the driver's (poison_lent).
 */
#include "fake/fake.h"
#include "scenario.h"

enum {
	DELAY = 300,
	BATCH = 3,
	RELAXES = 100000,
	LEGACY_SIZE = 8, /* of a queue on PCI */
	MESSAGE_ADDR = 0x10000,
};

struct own {
	struct fake_port *port;
	struct lev_pci_host host;
	struct fake_pci_function *f; /* or NULL */
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

static struct lev_pci_window window(const struct fake_pci_window *w)
{
	return (struct lev_pci_window){
		.addr = w->addr,
		.len = w->len,
		.cpu = w->cpu,
	};
}

static void host_make(struct own *own, const struct fake_pci *bus, bool ports)
{
	own->host = (struct lev_pci_host){
		.hal = &own->port->hal,
		.access = ports ? LEV_PCI_PORTS : LEV_PCI_ECAM,
		.config = ports ? bus->ports : bus->ecam,
		.bus_first = bus->bus_first,
		.bus_last = bus->bus_last,
		.io = window(&bus->io),
		.io_ports = bus->io_ports,
		.memory = window(&bus->memory),
		.memory64 = window(&bus->memory64),
	};
}

static void on_function(void *ctx, const struct lev_pci_function *function)
{
	struct env *env = ctx;

	env->function = function->addr;
}

static void device_plug(struct env *env, struct own *own)
{
	struct fake_pci *bus = fake_pci_new(own->port);
	const enum fake_pci_kind kind =
		!cell_has(env->cell, CELL_MODERN)	 ? FAKE_PCI_LEGACY
		: cell_has(env->cell, CELL_TRANSITIONAL) ? FAKE_PCI_TRANSITIONAL
							 : FAKE_PCI_MODERN;

	own->f = fake_pci_plug(bus, NULL, own->dev, kind);
	host_make(own, bus, cell_has(env->cell, CELL_PORTS));
	ENV_EQ(env, lev_pci_scan(&own->host, on_function, env), 1);
	env->host = &own->host;
	for (unsigned i = 0; i < VECTORS; i++) {
		env->messages[i].addr = MESSAGE_ADDR;
		env->messages[i].data = i;
	}
	if (kind == FAKE_PCI_LEGACY)
		for (unsigned i = 0; i < own->dev->nqueues; i++)
			own->dev->queues[i].size_max = LEGACY_SIZE;
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
	if (cell_has(env->cell, CELL_PCI))
		device_plug(env, own);
	else
		env->cookie = own->dev->cookie;
}

static void model_close(struct env *env)
{
	struct own *own = env->own;

	/* Nothing happened to the configuration. */
	if (own->f)
		ENV_EQ(env, own->f->by_vector[env->peer->queues], 0);
	ENV_EQ(env, own->port->live_allocs, 0);
	ENV_EQ(env, own->port->live_maps, 0);
	ENV_EQ(env, fake_violation_print(own->port), 0);
	ENV_EQ(env, fake_port_free(own->port), 0);
	free(own);
}

static unsigned model_irqs(struct env *env)
{
	const struct own *own = env->own;

	return cell_has(env->cell, CELL_MSIX) ? own->f->by_vector[0]
					      : own->dev->irqs;
}

static bool is_up(struct env *env)
{
	const struct own *own = env->own;

	return cell_has(env->cell, CELL_MSIX) ? model_irqs(env) != env->handled
					      : own->dev->isr != 0;
}

static bool model_sleep(struct env *env)
{
	for (unsigned i = 0; i < RELAXES && !is_up(env); i++)
		env->hal->ops->relax(env->hal->ctx, UINT64_MAX);
	return is_up(env);
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
