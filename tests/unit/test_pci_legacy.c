/* SPDX-License-Identifier: MIT */
/*
 * Legacy functions: registers among the I/O ports, a queue's size that the
 * device decides, configuration that moves when MSI-X is switched on.
 */
#include "rig.h"

static const struct rig_shape legacy = {
	.version = 1, .size = 16, .indirect = true, .pci = true, .config = 8
};

static void queues_are_as_large_as_the_device_says(void **state)
{
	static const struct {
		uint32_t size;
		int err;
		unsigned slots;
	} sizes[] = {
		{ 1, 0, 1 },
		{ 8, 0, 8 },
		{ 16, 0, 16 },
		{ 64, 0, 16 },
		{ 256, 0, 16 },
		{ 32768, 0, 16 },
		{ 0, LEV_ERR_NODEV, 0 },
		{ 24, LEV_ERR_PROTO, 0 },
		{ 0xffff, LEV_ERR_PROTO, 0 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct rig *r = rig_build(&legacy);

		r->fq->size_max = sizes[i].size;
		snprintf(r->name, sizeof(r->name), "size %u", sizes[i].size);
		RIG_EQ(r, rig_start_built(r), sizes[i].err);
		if (!sizes[i].err) {
			RIG_EQ(r, lev_queue_size(&r->queue), sizes[i].slots);
			RIG_EQ(r, r->fq->size, sizes[i].size);
		}
		/* More than once around where that is quick. */
		for (unsigned k = 0; !sizes[i].err && k < 300; k++)
			rig_echo(r);
		rig_free(r);
	}
}

/* As many as there are slots, in a ring that has room for more. */
static void all_slots_of_a_larger_ring_are_used(void **state)
{
	struct rig *r = rig_build(&legacy);
	struct rig_request req[17];

	(void)state;
	r->fq->size_max = 128;
	r->fake->mode = FAKE_MANUAL;
	RIG_EQ(r, rig_start_built(r), 0);
	for (unsigned i = 0; i < 17; i++)
		rig_request(r, &req[i], 2, 1, 16);
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 16; i++)
			rig_submit(r, &req[i]);
		RIG_EQ(r, lev_queue_add(&r->queue, &req[16].req),
		       LEV_ERR_AGAIN);
		for (unsigned i = 0; i < 16; i++)
			rig_answer(r, 16);
		RIG_EQ(r, lev_queue_poll(&r->queue, 32), 16);
	}
	RIG_EQ(r, req[15].came, 20);
	rig_free(r);
}

static void a_queue_in_use_is_left_alone(void **state)
{
	struct rig *r = rig_build(&legacy);

	(void)state;
	r->fake->faults.in_use_after_reset = true;
	RIG_EQ(r, rig_start_built(r), LEV_ERR_BUSY);
	rig_free(r);
}

/* The page number 0 would switch the queue off and read back well. */
static void a_queue_is_not_on_the_first_page(void **state)
{
	const struct lev_queue_layout layout = { .size = 16 };
	struct rig *r = rig_build(&legacy);
	struct lev_transport *t = &r->pci.transport;
	struct lev_doorbell bell = { .id = RIG_QUEUE };

	(void)state;
	fake_pci_place(r->bus);
	RIG_EQ(r, rig_probe(r), 0);
	rig_accesses(r);
	RIG_EQ(r, t->ops->queue_enable(t, RIG_QUEUE, &layout, &bell),
	       LEV_ERR_INVAL);
	RIG_EQ(r, rig_accesses(r), 0);
	rig_free(r);
}

static void a_short_bar_holds_no_registers(void **state)
{
	struct rig *r = rig_build(&legacy);

	(void)state;
	fake_pci_bar(r->f, 0, 16, FAKE_BAR_IO);
	fake_pci_place(r->bus);
	RIG_EQ(r, lev_pci_probe(&r->pci, &r->host, 0), LEV_ERR_NOTSUP);
	rig_free(r);
}

/* What lies in memory is something else (4.1.4.10). */
static void registers_lie_among_ports(void **state)
{
	struct rig *r = rig_build(&legacy);

	(void)state;
	fake_pci_bar(r->f, 0, 0x80, FAKE_BAR_MEMORY);
	fake_pci_place(r->bus);
	RIG_EQ(r, lev_pci_probe(&r->pci, &r->host, 0), LEV_ERR_NOTSUP);
	rig_free(r);
}

/* A transitional device whose modern registers are out of reach. */
static void a_transitional_device_may_be_a_legacy_one(void **state)
{
	struct rig_shape shape = legacy;
	struct rig *r;

	(void)state;
	shape.version = 2;
	shape.transitional = true;
	r = rig_build(&shape);
	r->fake->features[0] |= (uint64_t)1 << FAKE_F_ANY_LAYOUT;
	fake_pci_cap_drop(r->f, fake_pci_cap(r->f, FAKE_CAP_WINDOW));
	r->f->unmappable[4] = true;
	r->fq->size_max = 64;
	RIG_EQ(r, rig_start_built(r), 0);
	RIG_CHECK(r, r->transport->legacy && r->transport->queue_fixed);
	rig_echo(r);
	rig_free(r);
}

static void read_config(struct rig *r)
{
	uint8_t bytes[8];

	RIG_EQ(r, lev_device_config_read(&r->dev, 0, bytes, 2, 4), 0);
	assert_memory_equal(bytes, "0123abcd", 8);
	RIG_EQ(r, lev_device_config_read(&r->dev, 6, bytes, 2, 1), 0);
	assert_memory_equal(bytes, "cd", 2);
}

static void configuration_moves_with_msix(void **state)
{
	static const struct lev_pci_message messages[] = { { 0xfee00000, 1 } };
	static const uint16_t queues[] = { 0 };
	const struct lev_pci_vectors vectors = {
		.messages = messages,
		.count = 1,
		.queues = queues,
		.queue_count = 1,
	};
	struct rig *r = rig_build(&legacy);

	(void)state;
	memcpy(r->fake->config, "0123abcd", 8);
	RIG_EQ(r, rig_start_built(r), 0);
	read_config(r);
	rig_down(r);
	RIG_EQ(r, lev_pci_msix(&r->pci, &vectors), 0);
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
	RIG_EQ(r, rig_start(r), 0);
	read_config(r);
	RIG_EQ(r, r->f->config_vector, 0);
	RIG_EQ(r, r->f->queue_vector[RIG_QUEUE], 0);
	rig_echo(r);
	RIG_EQ(r, r->f->by_vector[0], 1);
	rig_down(r);
	RIG_EQ(r, lev_pci_poll_only(&r->pci), 0);
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
	RIG_EQ(r, rig_start(r), 0);
	read_config(r);
	rig_free(r);
}

/* Its rings would be in the CPU's byte order. */
static void big_endian_machines_refuse_it(void **state)
{
	struct rig *r = rig_build(&legacy);

	(void)state;
	fake_pci_place(r->bus);
	RIG_EQ(r, lev_pci_probe(&r->pci, &r->host, 0), LEV_ERR_NOTSUP);
	rig_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queues_are_as_large_as_the_device_says),
		cmocka_unit_test(all_slots_of_a_larger_ring_are_used),
		cmocka_unit_test(a_queue_in_use_is_left_alone),
		cmocka_unit_test(a_queue_is_not_on_the_first_page),
		cmocka_unit_test(a_short_bar_holds_no_registers),
		cmocka_unit_test(registers_lie_among_ports),
		cmocka_unit_test(a_transitional_device_may_be_a_legacy_one),
		cmocka_unit_test(configuration_moves_with_msix),
	};
	const struct CMUnitTest big[] = {
		cmocka_unit_test(big_endian_machines_refuse_it),
	};

	if (rig_version(0) != 1)
		return cmocka_run_group_tests(big, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
