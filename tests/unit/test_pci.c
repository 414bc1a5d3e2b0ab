/* SPDX-License-Identifier: MIT */
/*
 * The PCI transport at work: modern, transitional and legacy functions, each
 * way into configuration space and to the registers, doorbells, shared memory,
 * features of PCI's own.
 */
#include "rig.h"

static const struct rig_shape modern = { .version = 2,
					 .size = 16,
					 .pci = true };

static const struct rig_shape kinds[] = {
	{ .version = 2, .size = 16, .pci = true, .config = 16 },
	{ .version = 2,
	  .size = 16,
	  .pci = true,
	  .config = 16,
	  .transitional = true },
	{ .version = 1, .size = 16, .pci = true, .config = 16 },
};

static void each_kind(void (*test)(struct rig *r))
{
	rig_each_built(kinds, sizeof(kinds) / sizeof(kinds[0]), test);
}

static void works(struct rig *r)
{
	RIG_EQ(r, rig_start_built(r), 0);
	RIG_CHECK(r, !r->pci.common.by_window);
	rig_echo(r);
	rig_echo(r);
	rig_down(r);
}

static void must_work(struct rig *r)
{
	works(r);
	rig_free(r);
}

/* --- who it is --- */

static void is_known(struct rig *r)
{
	fake_pci_place(r->bus);
	RIG_EQ(r, rig_probe(r), 0);
	RIG_EQ(r, r->fake->resets, 0);
	RIG_EQ(r, r->transport->device_id, RIG_DEVICE_ID);
	RIG_EQ(r, r->transport->legacy, r->shape.version == 1);
	RIG_EQ(r, r->transport->version, r->shape.version);
	RIG_EQ(r, r->pci.msix_size, 8);
	RIG_EQ(r, r->pci.addr, fake_pci_addr(r->f));
	assert_string_equal(r->transport->name, "pci");
}

static void each_kind_is_known(void **state)
{
	(void)state;
	each_kind(is_known);
}

/* Devices with a transitional ID (4.1.2), and one known by its subsystem. */
static void transitional_ids_tell_the_type(void **state)
{
	static const uint16_t types[][2] = {
		{ 1, 0x1000 },	{ 2, 0x1001 },	{ 5, 0x1002 },	{ 3, 0x1003 },
		{ 8, 0x1004 },	{ 4, 0x1005 },	{ 9, 0x1009 },	{ 42, 0x1010 },
		{ 42, 0x1006 }, { 42, 0x1008 }, { 42, 0x103f },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct rig *r = rig_build(&kinds[1]);

		r->f->cfg[2] = (uint8_t)types[i][1];
		r->f->cfg[3] = (uint8_t)(types[i][1] >> 8);
		r->f->cfg[0x2e] = (uint8_t)types[i][0];
		fake_pci_place(r->bus);
		RIG_EQ(r, rig_probe(r), 0);
		RIG_EQ(r, r->transport->device_id, types[i][0]);
		RIG_EQ(r, r->pci.pci_id, types[i][1]);
		rig_free(r);
	}
}

/* What the ID says is not asked of the subsystem. */
static void a_subsystem_is_no_ones_type(void **state)
{
	struct rig *r = rig_build(&kinds[1]);

	(void)state;
	r->f->cfg[2] = 0x05;
	r->f->cfg[0x2f] = 0x11;
	fake_pci_place(r->bus);
	RIG_EQ(r, rig_probe(r), 0);
	RIG_EQ(r, r->transport->device_id, 4);
	rig_free(r);
}

static void strangers_are_none(void **state)
{
	static const struct {
		uint8_t off;
		uint16_t value;
	} strange[] = { { 0, 0x8086 }, { 2, 0x0fff },  { 2, 0x1080 },
			{ 2, 0x1040 }, { 14, 0x0001 }, { 0, 0xffff } };

	(void)state;
	for (unsigned i = 0; i < sizeof(strange) / sizeof(*strange); i++) {
		struct rig *r = rig_build(&modern);

		r->f->cfg[strange[i].off] = (uint8_t)strange[i].value;
		r->f->cfg[strange[i].off + 1] =
			(uint8_t)(strange[i].value >> 8);
		fake_pci_place(r->bus);
		RIG_EQ(r, lev_pci_probe(&r->pci, &r->host, 0), LEV_ERR_NODEV);
		RIG_EQ(r, lev_pci_probe(&r->pci, &r->host, 8), LEV_ERR_NODEV);
		RIG_EQ(r, r->bus->config_writes, 0);
		rig_free(r);
	}
}

static void a_revision_is_no_reason(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct rig *r = rig_build(&kinds[i]);

		r->f->cfg[8] = 9;
		must_work(r);
	}
}

static void an_owned_device_is_not_probed(void **state)
{
	struct rig *r = rig_new(&modern);
	const unsigned reads = r->bus->config_reads;

	(void)state;
	RIG_EQ(r, lev_pci_probe(&r->pci, &r->host, 0), LEV_ERR_BUSY);
	RIG_EQ(r, r->bus->config_reads, reads);
	RIG_EQ(r, lev_pci_poll_only(&r->pci), LEV_ERR_BUSY);
	RIG_EQ(r, lev_pci_intx(&r->pci), LEV_ERR_BUSY);
	RIG_EQ(r, lev_pci_msix(&r->pci, &(struct lev_pci_vectors){ 0 }),
	       LEV_ERR_BUSY);
	rig_free(r);
}

/* --- ways in --- */

static uint32_t own_read(void *ctx, uint16_t function, uint32_t off,
			 unsigned width)
{
	return fake_pci_config_read(ctx, function, off, width);
}

static void own_write(void *ctx, uint16_t function, uint32_t off,
		      unsigned width, uint32_t value)
{
	fake_pci_config_write(ctx, function, off, width, value);
}

static void by_ports(struct rig *r)
{
	r->host.access = LEV_PCI_PORTS;
	r->host.config = r->bus->ports;
	works(r);
	/* Ports reach no further than 256 bytes. */
	RIG_EQ(r, lev_pci_config_read(&r->host, 0, 0x100, 4), UINT32_MAX);
	lev_pci_config_write(&r->host, 0, 0x100, 4, 0);
}

static void by_own(struct rig *r)
{
	r->host.access = LEV_PCI_OWN;
	r->host.config_read = own_read;
	r->host.config_write = own_write;
	r->host.ctx = r->bus;
	works(r);
}

static void each_way_to_configuration_works(void **state)
{
	(void)state;
	each_kind(works);
	each_kind(by_ports);
	each_kind(by_own);
}

static void configuration_outside_is_all_ones(void **state)
{
	struct rig *r = rig_build(&modern);

	(void)state;
	r->host.bus_first = r->bus->bus_first = 2;
	r->host.bus_last = r->bus->bus_last = 3;
	RIG_EQ(r, lev_pci_config_read(&r->host, 0x200, 0, 2), 0x1af4);
	RIG_EQ(r, lev_pci_config_read(&r->host, 0x300, 0, 4), UINT32_MAX);
	RIG_EQ(r, lev_pci_config_read(&r->host, 0x100, 0, 4), UINT32_MAX);
	RIG_EQ(r, lev_pci_config_read(&r->host, 0x400, 0, 1), 0xff);
	RIG_EQ(r, lev_pci_config_read(&r->host, 0x200, 4096, 4), UINT32_MAX);
	lev_pci_config_write(&r->host, 0x400, 4, 2, 7);
	RIG_EQ(r, r->bus->config_writes, 0);
	rig_free(r);
}

/* --- ways to registers --- */

static void in_io_bar(struct rig *r)
{
	fake_pci_bar(r->f, 2, 0x100, FAKE_BAR_IO);
	fake_pci_move(r->f, FAKE_CAP_COMMON, 2, 0, 0x40);
	fake_pci_move(r->f, FAKE_CAP_ISR, 2, 0x41, 1);
	fake_pci_move(r->f, FAKE_CAP_NOTIFY, 2, 0x80, 8);
}

static void structures_may_lie_in_an_io_bar(void **state)
{
	(void)state;
	for (unsigned ports = 0; ports < 2; ports++) {
		struct rig *r = rig_build(&modern);

		in_io_bar(r);
		if (!ports) { /* no ports: memory that stands for them */
			r->bus->io.cpu = r->host.io.cpu = 0x3eff0000;
			r->bus->io_ports = r->host.io_ports = false;
		}
		must_work(r);
	}
}

/* Each BAR by the window, and then one structure of many. */
static void what_is_not_mapped_is_reached_by_the_window(void **state)
{
	struct rig *r = rig_build(&modern);

	(void)state;
	r->f->unmappable[4] = true;
	RIG_EQ(r, rig_start_built(r), 0);
	RIG_CHECK(r, r->pci.common.by_window && r->pci.notify.by_window);
	rig_echo(r);
	rig_free(r);

	r = rig_build(&modern);
	fake_pci_bar(r->f, 2, 0x100, FAKE_BAR_IO);
	fake_pci_move(r->f, FAKE_CAP_NOTIFY, 2, 0, 0x40);
	r->bus->no_ports = true;
	RIG_EQ(r, rig_start_built(r), 0);
	RIG_CHECK(r, !r->pci.common.by_window && r->pci.notify.by_window);
	rig_echo(r);
	rig_free(r);
}

/* Whatever its type: a capability with a reserved BAR is none (4.1.4.1). */
static void a_window_into_a_reserved_bar_is_none(void **state)
{
	for (uint8_t bar = 5; bar <= 6; bar++) {
		struct rig *r = rig_build(&modern);
		const unsigned cap = fake_pci_cap(r->f, FAKE_CAP_WINDOW);

		(void)state;
		r->f->unmappable[4] = true;
		r->f->cfg[cap + 4] = bar;
		RIG_EQ(r, rig_start_built(r), bar == 5 ? 0 : LEV_ERR_NOTSUP);
		rig_free(r);
	}
}

static void without_a_way_it_is_refused(void **state)
{
	struct rig *r;

	(void)state;
	r = rig_build(&modern); /* not placed, and no window */
	fake_pci_cap_drop(r->f, fake_pci_cap(r->f, FAKE_CAP_WINDOW));
	RIG_EQ(r, rig_probe(r), LEV_ERR_NOTSUP);
	rig_free(r);

	r = rig_build(&modern); /* refused by the port, and no window */
	fake_pci_cap_drop(r->f, fake_pci_cap(r->f, FAKE_CAP_WINDOW));
	r->f->unmappable[4] = true;
	RIG_EQ(r, rig_start_built(r), LEV_ERR_NOTSUP);
	RIG_CHECK(r, fake_log_has(r->port, "pci: "));
	rig_free(r);

	r = rig_build(&kinds[2]); /* legacy, and no ports */
	r->bus->no_ports = true;
	RIG_EQ(r, rig_start_built(r), LEV_ERR_NOTSUP);
	rig_free(r);
}

static void without_io_map_addresses_are_cookies(void **state)
{
	struct rig *r = rig_build(&modern);

	(void)state;
	r->port->ops.io_map = NULL;
	must_work(r);

	r = rig_build(&kinds[2]);
	r->port->ops.io_map = NULL;
	fake_pci_place(r->bus);
	RIG_EQ(r, lev_pci_probe(&r->pci, &r->host, 0), LEV_ERR_NOTSUP);
	rig_free(r);
}

/* The host says nothing of windows: addresses are the same on both sides. */
static void without_windows_addresses_are_the_buss(void **state)
{
	struct rig *r = rig_build(&modern);

	(void)state;
	r->bus->memory64.cpu = r->bus->memory64.addr;
	r->host.memory64.len = r->host.memory.len = r->host.io.len = 0;
	must_work(r);
}

static void a_large_structure_is_mapped_as_needed(void **state)
{
	struct rig *r = rig_build(&modern);

	(void)state;
	fake_pci_bar(r->f, 2, 0x100000, FAKE_BAR_MEMORY);
	fake_pci_move(r->f, FAKE_CAP_COMMON, 2, 0, 0x80000);
	fake_pci_move(r->f, FAKE_CAP_ISR, 2, 0x80000, 0x80000);
	must_work(r);
}

/* --- decoding, mastering --- */

static void command_follows_the_device(void **state)
{
	struct rig *r = rig_build(&modern);
	const uint8_t *command = r->f->cfg + 4;

	(void)state;
	fake_pci_place(r->bus);
	RIG_EQ(r, rig_probe(r), 0);
	RIG_EQ(r, command[0] & 7, FAKE_PCI_MEMORY);
	RIG_EQ(r, command[1] & 4, 4);
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
	RIG_EQ(r, command[0] & FAKE_PCI_MASTER, 0);
	for (unsigned i = 0; i < 2; i++) {
		RIG_EQ(r, rig_start(r), 0);
		RIG_EQ(r, command[0] & FAKE_PCI_MASTER, FAKE_PCI_MASTER);
		rig_echo(r);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
		RIG_EQ(r, command[0] & FAKE_PCI_MASTER, 0);
	}
	rig_free(r);
}

/* --- doorbells --- */

static void each_data(struct rig *r, uint64_t features)
{
	r->fake->features[0] |= features;
	must_work(r);
}

static void doorbells_say_what_was_agreed_on(void **state)
{
	const uint64_t data = (uint64_t)1 << FAKE_F_NOTIFICATION_DATA;
	const uint64_t id = (uint64_t)1 << FAKE_F_NOTIF_CONFIG_DATA;

	(void)state;
	for (unsigned packed = 0; packed < 2; packed++) {
		struct rig_shape shape = modern;

		shape.packed = packed;
		each_data(rig_build(&shape), 0);
		each_data(rig_build(&shape), data);
		each_data(rig_build(&shape), id);
		each_data(rig_build(&shape), data | id);
	}
}

/* {multiplier, notify_off of the queue, what is to be said} */
static void doorbells_lie_where_they_are_said_to(void **state)
{
	static const struct {
		uint32_t multiplier, off;
		int err;
	} bells[] = {
		{ 0, 0, 0 },
		{ 0, 0xffff, 0 },
		{ 2, 5, 0 },
		{ 4, 0x3ff, 0 },
		{ 1, 6, 0 },
		{ 3, 2, 0 },
		{ 3, 1, LEV_ERR_PROTO }, /* at an odd address */
		{ 4, 0x400, LEV_ERR_PROTO },
		{ 2, 0x800, LEV_ERR_PROTO },
		{ 0x80000000, 2, LEV_ERR_PROTO },
		{ UINT32_MAX, 0xffff, LEV_ERR_PROTO },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(bells) / sizeof(*bells); i++) {
		struct rig *r = rig_build(&modern);

		r->f->multiplier = bells[i].multiplier;
		for (unsigned k = 0; k < 4; k++)
			r->f->cfg[fake_pci_cap(r->f, FAKE_CAP_NOTIFY) + 16 +
				  k] = (uint8_t)(bells[i].multiplier >> 8 * k);
		r->f->notify_off[RIG_QUEUE] = (uint16_t)bells[i].off;
		RIG_EQ(r, rig_start_built(r), bells[i].err);
		if (!bells[i].err)
			rig_echo(r);
		rig_free(r);
	}
}

/* --- fields that are not there --- */

/* Of before 1.2: there is no queue_reset, nor what came with it. */
static void a_short_common_structure_will_do(void **state)
{
	struct rig *r = rig_build(&modern);

	(void)state;
	fake_pci_move(r->f, FAKE_CAP_COMMON, 4, 0, 0x38);
	r->fake->features[0] |= (uint64_t)1 << FAKE_F_RING_RESET;
	RIG_EQ(r, rig_start_built(r), 0);
	rig_echo(r);
	RIG_CHECK(r, !lev_device_has(&r->dev, LEV_F_RING_RESET));
	rig_free(r);
}

static void a_queue_is_reset_alone(void **state)
{
	struct rig *r = rig_build(&modern);

	(void)state;
	r->fake->features[0] |= (uint64_t)1 << FAKE_F_RING_RESET;
	r->fake->faults.queue_reset_delay = 1000000;
	RIG_EQ(r, rig_start_built(r), 0);
	rig_echo(r);
	RIG_EQ(r, lev_queue_reset(&r->queue), 0);
	RIG_EQ(r, lev_queue_init(&r->queue, &r->dev, &r->cfg), 0);
	rig_echo(r);
	rig_free(r);
}

/* --- queues that are none --- */

static void queues_that_are_odd(void **state)
{
	static const struct {
		uint32_t reg, value;
		int err;
	} odd[] = {
		{ FAKE_REG_NUM_QUEUES, RIG_QUEUE, LEV_ERR_NODEV },
		{ FAKE_REG_QUEUE_SIZE_MAX, 0, LEV_ERR_NODEV },
		{ FAKE_REG_QUEUE_READY, 1, LEV_ERR_BUSY },
		{ FAKE_REG_QUEUE_SIZE_MAX, 0xffff, 0 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		struct rig *r = rig_build(&modern);

		fake_script(r->fake, odd[i].reg, 1, 1, odd[i].value);
		RIG_EQ(r, rig_start_built(r), odd[i].err);
		rig_free(r);
	}
}

static void a_queue_that_does_not_stick(struct rig *r)
{
	r->fake->faults.ready_not_sticking = true;
	RIG_EQ(r, rig_start_built(r), LEV_ERR_PROTO);
}

static void a_queue_must_be_seen_to_be_enabled(void **state)
{
	(void)state;
	each_kind(a_queue_that_does_not_stick);
}

/* --- configuration --- */

static void config_is_read(struct rig *r)
{
	uint8_t bytes[16];

	for (unsigned i = 0; i < 16; i++)
		r->fake->config[i] = (uint8_t)(0x30 + i);
	RIG_EQ(r, rig_start_built(r), 0);
	for (unsigned width = 1; width <= 4; width *= 2) {
		memset(bytes, 0, sizeof(bytes));
		RIG_EQ(r,
		       lev_device_config_read(&r->dev, 0, bytes, 16 / width,
					      width),
		       0);
		assert_memory_equal(bytes, r->fake->config, 16);
	}
	lev_device_config_write(&r->dev, 8, 4, 0x11223344);
	RIG_EQ(r, r->fake->config[11], 0x11);
}

static void configuration_is_read_and_written(void **state)
{
	(void)state;
	each_kind(config_is_read);
}

/* No structure, or a short one: all ones, and no access. */
static void configuration_beyond_is_all_ones(void **state)
{
	struct rig *r = rig_build(&modern);
	uint8_t byte = 0;

	(void)state;
	RIG_EQ(r, rig_start_built(r), 0); /* this device has none */
	RIG_EQ(r, lev_device_config_read(&r->dev, 0, &byte, 1, 1), 0);
	RIG_EQ(r, byte, 0xff);
	lev_device_config_write(&r->dev, 0, 4, 1);
	RIG_EQ(r, r->fake->config_writes, 0);
	rig_free(r);
}

/* --- shared memory --- */

/* Behind one that makes no sense, of the same id or another. */
static void shared_memory_is_found(void **state)
{
	const uint64_t big = (uint64_t)1 << 31;
	const struct {
		uint8_t id, bar;
		uint64_t off, len;
	} bad[] = {
		{ 1, 2, 0x1000, 0 },	 { 1, 2, 0x1000, big },
		{ 1, 2, UINT64_MAX, 2 }, { 1, 6, 0, 1 },
		{ 1, 3, 0, 1 },		 { 1, 0, 0, 1 },
		{ 2, 2, 0, big },
	};
	struct lev_pci_shared shm;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct rig *r = rig_build(&modern);
		unsigned cap;

		fake_pci_bar(r->f, 0, 0x100, FAKE_BAR_IO);
		fake_pci_bar(r->f, 2, big, FAKE_BAR_WIDE | FAKE_BAR_PREFETCH);
		fake_pci_shm(r->f, bad[i].id, bad[i].bar, bad[i].off,
			     bad[i].len);
		fake_pci_shm(r->f, 1, 2, big / 2, big / 2);
		/* Too short, or of another type. */
		cap = fake_pci_cap_add(r->f, false, i & 1 ? 16 : 24,
				       i & 1 ? FAKE_CAP_SHM : 0x77, 2, 0, 1);
		r->f->cfg[cap + 5] = 3;
		fake_pci_place(r->bus);
		RIG_EQ(r, rig_probe(r), 0);
		RIG_EQ(r, lev_pci_shm(&r->pci, 1, &shm), 0);
		RIG_EQ(r, shm.id, 1);
		RIG_EQ(r, shm.addr,
		       fake_pci_bar_addr(r->f, 2) - r->bus->memory64.addr +
			       r->bus->memory64.cpu + big / 2);
		RIG_EQ(r, shm.len, big / 2);
		RIG_EQ(r, lev_pci_shm(&r->pci, 3, &shm), LEV_ERR_NODEV);
		rig_free(r);
	}
}

/* --- it goes --- */

/* At each access to a register in turn. */
static void goes_at(struct fake_dev *dev, uint32_t reg, bool write,
		    uint32_t value)
{
	unsigned *left = dev->arg;

	(void)reg;
	(void)write;
	(void)value;
	if (*left && !--*left)
		dev->faults.removed = true;
}

static bool life_ends_well(const struct rig_shape *shape, unsigned nth)
{
	struct rig *r = rig_new(shape);
	struct rig_request req;
	unsigned left = nth;
	int err;

	r->fake->arg = &left;
	r->fake->on_access = goes_at;
	err = rig_start(r);
	if (!err) {
		rig_request(r, &req, 1, 1, 16);
		rig_submit(r, &req);
		err = lev_queue_wait(&r->queue, &req.req,
				     lev_device_deadline(&r->dev, RIG_SECOND));
		RIG_CHECK(r, !err || err == LEV_ERR_NODEV);
		RIG_EQ(r, lev_device_reset(&r->dev), left ? 0 : LEV_ERR_NODEV);
		RIG_EQ(r, req.came, 1);
	}
	RIG_CHECK(r, !err || !left);
	left = 0;
	rig_free(r);
	return nth && !err;
}

static void removal_at_any_moment_gives_everything_back(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		unsigned nth = 1;

		if (!rig_exists(&kinds[i]))
			continue;
		while (!life_ends_well(&kinds[i], nth))
			assert_true(++nth < 200);
		assert_true(nth > 15);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_is_known),
		cmocka_unit_test(transitional_ids_tell_the_type),
		cmocka_unit_test(a_subsystem_is_no_ones_type),
		cmocka_unit_test(strangers_are_none),
		cmocka_unit_test(a_revision_is_no_reason),
		cmocka_unit_test(an_owned_device_is_not_probed),
		cmocka_unit_test(each_way_to_configuration_works),
		cmocka_unit_test(configuration_outside_is_all_ones),
		cmocka_unit_test(structures_may_lie_in_an_io_bar),
		cmocka_unit_test(what_is_not_mapped_is_reached_by_the_window),
		cmocka_unit_test(a_window_into_a_reserved_bar_is_none),
		cmocka_unit_test(without_a_way_it_is_refused),
		cmocka_unit_test(without_io_map_addresses_are_cookies),
		cmocka_unit_test(without_windows_addresses_are_the_buss),
		cmocka_unit_test(a_large_structure_is_mapped_as_needed),
		cmocka_unit_test(command_follows_the_device),
		cmocka_unit_test(doorbells_say_what_was_agreed_on),
		cmocka_unit_test(doorbells_lie_where_they_are_said_to),
		cmocka_unit_test(a_short_common_structure_will_do),
		cmocka_unit_test(a_queue_is_reset_alone),
		cmocka_unit_test(queues_that_are_odd),
		cmocka_unit_test(a_queue_must_be_seen_to_be_enabled),
		cmocka_unit_test(configuration_is_read_and_written),
		cmocka_unit_test(configuration_beyond_is_all_ones),
		cmocka_unit_test(shared_memory_is_found),
		cmocka_unit_test(removal_at_any_moment_gives_everything_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
