/* SPDX-License-Identifier: MIT */
/*
 * How a PCI function says that something happened: MSI-X with a vector for
 * each queue, shared ones or none, INTx, and not at all.
 */
#include "rig.h"

enum { NONE = LEV_PCI_NO_VECTOR };

static const struct rig_shape kinds[] = {
	{ .version = 2, .size = 16, .pci = true, .config = 8 },
	{ .version = 1, .size = 16, .pci = true, .config = 8 },
};

static struct lev_pci_message messages[FAKE_VECTORS + 1];

static void each_kind(void (*test)(struct rig *r))
{
	rig_each_built(kinds, sizeof(kinds) / sizeof(kinds[0]), test);
}

static void probe(struct rig *r)
{
	fake_pci_place(r->bus);
	RIG_EQ(r, rig_probe(r), 0);
}

static int start(struct rig *r)
{
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
	return rig_start(r);
}

static void submit(struct rig *r)
{
	static struct rig_request req;

	rig_request(r, &req, 1, 0, 16);
	rig_submit(r, &req);
}

/* What pci.h tells a handler of INTx, or of the configuration's vector. */
static unsigned handler(struct rig *r)
{
	const unsigned causes = lev_device_isr(&r->dev);

	fake_pci_handled(r->f, causes);
	return causes;
}

static void reaped(struct rig *r, unsigned count)
{
	RIG_EQ(r, lev_queue_poll(&r->queue, 16), count);
}

static void change(struct rig *r)
{
	static uint8_t byte;

	byte++;
	fake_config_set(r->fake, 0, &byte, 1);
}

/* --- none --- */

static void is_silent(struct rig *r)
{
	probe(r);
	for (unsigned i = 0; i < 2; i++) {
		RIG_EQ(r, start(r), 0);
		submit(r);
		reaped(r, 1);
		RIG_EQ(r, lev_device_poll(&r->dev), 0);
		change(r);
		RIG_EQ(r, lev_device_poll(&r->dev), 1);
		RIG_EQ(r, lev_device_poll(&r->dev), 0);
		RIG_EQ(r, r->fake->irqs, 0);
		rig_down(r);
	}
}

static void without_a_choice_there_are_no_interrupts(void **state)
{
	(void)state;
	each_kind(is_silent);
}

/* --- INTx --- */

static void by_line(struct rig *r)
{
	probe(r);
	RIG_EQ(r, lev_pci_intx(&r->pci), 0);
	for (unsigned i = 0; i < 2; i++) {
		RIG_EQ(r, start(r), 0);
		RIG_EQ(r, handler(r), 0); /* another device's */
		submit(r);
		RIG_CHECK(r, r->f->line);
		RIG_EQ(r, handler(r), LEV_INTERRUPT_USED);
		RIG_CHECK(r, !r->f->line);
		reaped(r, 1);
		change(r);
		RIG_CHECK(r, r->f->line);
		/* Who polls leaves the line to the handler. */
		RIG_EQ(r, lev_device_poll(&r->dev), 0);
		RIG_CHECK(r, r->f->line);
		RIG_EQ(r, handler(r), LEV_INTERRUPT_CONFIG);
		RIG_CHECK(r, !r->f->line);
		RIG_EQ(r, lev_device_poll(&r->dev), 1);
		RIG_EQ(r, lev_device_poll(&r->dev), 0);
		/* Both at once. */
		submit(r);
		change(r);
		RIG_EQ(r, handler(r),
		       LEV_INTERRUPT_USED | LEV_INTERRUPT_CONFIG);
		RIG_EQ(r, lev_device_poll(&r->dev), 1);
		reaped(r, 1);
		rig_down(r);
		RIG_CHECK(r, !r->f->line);
	}
}

static void a_line_is_taken_down_by_its_handler(void **state)
{
	(void)state;
	each_kind(by_line);
}

static void a_line_needs_a_pin_and_registers(void **state)
{
	static const uint8_t pins[] = { 0, 5, 255 };
	struct rig *r;

	(void)state;
	for (unsigned i = 0; i < sizeof(pins); i++) {
		r = rig_build(&kinds[0]);
		r->f->cfg[0x3d] = pins[i];
		probe(r);
		RIG_EQ(r, lev_pci_intx(&r->pci), LEV_ERR_NOTSUP);
		rig_free(r);
	}

	r = rig_build(&kinds[0]);
	r->f->unmappable[4] = true;
	probe(r);
	RIG_EQ(r, lev_pci_intx(&r->pci), LEV_ERR_NOTSUP);
	rig_free(r);
}

/* --- MSI-X --- */

/* Queue 1 is the rig's; the expected vectors of it and of configuration. */
static const struct vectors_case {
	struct lev_pci_vectors v;
	uint16_t queue, config;
} vectors[] = {
	{ { messages, 3, 0, (const uint16_t[]){ 1, 2 }, 2 }, 2, 0 },
	{ { messages, 2, 0, (const uint16_t[]){ 1 }, 1 }, 1, 0 },
	{ { messages, 2, 1, (const uint16_t[]){ 0 }, 1 }, 0, 1 },
	{ { messages, 1, 0, (const uint16_t[]){ 0, 0 }, 2 }, 0, 0 },
	{ { messages, 1, NONE, (const uint16_t[]){ NONE, 0 }, 2 }, 0, NONE },
	{ { messages, 1, 0, (const uint16_t[]){ NONE }, 1 }, NONE, 0 },
	{ { messages, 1, 0, NULL, 0 }, NONE, 0 },
	{ { messages, 8, 7, (const uint16_t[]){ 0, 6, 5, 4 }, 4 }, 6, 7 },
};

static unsigned came(const struct rig *r, uint16_t vector)
{
	return vector == NONE ? 0 : r->f->by_vector[vector];
}

static void check_message(struct rig *r, uint16_t vector)
{
	const struct fake_pci_message *m =
		&r->f->log[(r->f->messages - 1) % FAKE_MESSAGES];

	RIG_EQ(r, m->vector, vector);
	RIG_EQ(r, m->addr, messages[vector].addr);
	RIG_EQ(r, m->data, messages[vector].data);
}

static void queue_interrupts(struct rig *r, const struct vectors_case *c)
{
	const unsigned before = came(r, c->queue);

	submit(r);
	reaped(r, 1);
	if (c->queue == NONE)
		return;
	RIG_EQ(r, came(r, c->queue), before + 1);
	check_message(r, c->queue);
}

static void config_interrupts(struct rig *r, const struct vectors_case *c)
{
	const unsigned before = came(r, c->config);

	change(r);
	if (c->config != NONE) {
		RIG_EQ(r, came(r, c->config), before + 1);
		check_message(r, c->config);
		RIG_CHECK(r, handler(r) & LEV_INTERRUPT_CONFIG);
	}
	RIG_EQ(r, lev_device_poll(&r->dev), 1);
	RIG_EQ(r, lev_device_poll(&r->dev), 0);
}

static void by_vectors(struct rig *r)
{
	probe(r);
	for (unsigned i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		const struct vectors_case *c = &vectors[i];

		RIG_EQ(r, lev_pci_msix(&r->pci, &c->v), 0);
		for (unsigned k = 0; k < 2; k++) {
			RIG_EQ(r, start(r), 0);
			RIG_EQ(r, r->f->queue_vector[RIG_QUEUE], c->queue);
			RIG_EQ(r, r->f->config_vector, c->config);
			queue_interrupts(r, c);
			config_interrupts(r, c);
			RIG_CHECK(r, !r->f->line);
			rig_down(r);
		}
	}
}

static void each_map_of_vectors_works(void **state)
{
	(void)state;
	each_kind(by_vectors);
}

static void tables_of_any_size(void **state)
{
	static const unsigned sizes[] = { 1, 2, 3, 2047, 2048 };
	const uint16_t last[] = { 0 };

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		const struct lev_pci_vectors all = {
			.messages = messages,
			.count = (uint16_t)sizes[i],
			.config = (uint16_t)(sizes[i] - 1),
			.queues = last,
			.queue_count = 1,
		};
		struct lev_pci_vectors more = all;
		struct rig *r = rig_build(&kinds[0]);

		fake_pci_msix_resize(r->f, sizes[i]);
		probe(r);
		RIG_EQ(r, r->pci.msix_size, sizes[i]);
		more.count++;
		RIG_EQ(r, lev_pci_msix(&r->pci, &more), LEV_ERR_RANGE);
		more.count = all.count;
		more.config = all.count;
		RIG_EQ(r, lev_pci_msix(&r->pci, &more), LEV_ERR_RANGE);
		more.config = NONE;
		more.queues = &more.count;
		RIG_EQ(r, lev_pci_msix(&r->pci, &more), LEV_ERR_RANGE);
		RIG_EQ(r, lev_pci_msix(&r->pci, &all), 0);
		RIG_EQ(r, start(r), 0);
		change(r);
		RIG_EQ(r, r->f->by_vector[sizes[i] - 1], 1);
		rig_free(r);
	}
}

/* The driver's init fails, and with fewer vectors it does not. */
static void refused(struct rig *r)
{
	const struct lev_pci_vectors two = { messages, 2, 1,
					     (const uint16_t[]){ 0 }, 1 };
	const struct lev_pci_vectors one = { messages, 2, 0,
					     (const uint16_t[]){ 1 }, 1 };
	const struct lev_pci_vectors shared = { messages, 1, 0,
						(const uint16_t[]){ 0 }, 1 };

	r->f->vectors_max = 1;
	probe(r);
	RIG_EQ(r, lev_pci_msix(&r->pci, &two), 0);
	RIG_EQ(r, start(r), LEV_ERR_NOMEM); /* configuration's */
	rig_down(r);
	RIG_EQ(r, lev_pci_msix(&r->pci, &one), 0);
	RIG_EQ(r, start(r), LEV_ERR_NOMEM); /* the queue's */
	rig_down(r);
	RIG_EQ(r, lev_pci_msix(&r->pci, &shared), 0);
	RIG_EQ(r, start(r), 0);
	submit(r);
	RIG_EQ(r, r->f->by_vector[0], 1);
	RIG_CHECK(r, handler(r) & LEV_INTERRUPT_USED);
	reaped(r, 1);
	rig_down(r);
}

static void vectors_may_be_refused(void **state)
{
	(void)state;
	each_kind(refused);
}

static void put32(uint8_t *bytes, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
}

/* A table that is not where it could be reached. */
static void tables_out_of_reach(void **state)
{
	static const uint32_t places[] = { 6, 7,	   0,
					   5, 1 + 0x10000, 1 + 0xfff90,
					   2, 1 + 0xfff8 };

	(void)state;
	for (unsigned i = 0; i < sizeof(places) / sizeof(*places) + 2; i++) {
		struct rig *r = rig_build(&kinds[0]);

		fake_pci_bar(r->f, 2, 0x1000, FAKE_BAR_IO);
		if (i < sizeof(places) / sizeof(*places))
			put32(r->f->cfg + fake_pci_msix_cap(r->f) + 4,
			      places[i]);
		else if (i & 1)
			r->f->unmappable[1] = true;
		else
			fake_pci_cap_drop(r->f, fake_pci_msix_cap(r->f));
		probe(r);
		RIG_EQ(r, lev_pci_msix(&r->pci, &vectors[0].v), LEV_ERR_NOTSUP);
		RIG_EQ(r, start(r), 0);
		rig_echo(r);
		rig_free(r);
	}
}

static void the_system_may_own_the_table(void **state)
{
	struct lev_pci_vectors v = vectors[0].v;
	struct rig *r = rig_build(&kinds[0]);
	const unsigned control = fake_pci_msix_cap(r->f) + 2;

	(void)state;
	v.messages = NULL;
	probe(r);
	RIG_EQ(r, lev_pci_msix(&r->pci, &v), LEV_ERR_STATE);
	for (unsigned i = 0; i < 3; i++) {
		put32(r->f->table + 16 * i, 0x1000 + 4 * i);
		put32(r->f->table + 16 * i + 12, 0);
		r->f->filled[i] = true;
	}
	lev_pci_config_write(&r->host, r->pci.addr, control, 2, 0x8007);
	RIG_EQ(r, lev_pci_msix(&r->pci, &v), 0);
	RIG_EQ(r, start(r), 0);
	submit(r);
	RIG_EQ(r, r->f->by_vector[2], 1);
	RIG_EQ(r, r->f->log[0].addr, 0x1008);
	reaped(r, 1);
	rig_free(r);
}

/* One after the other, on one device. */
static void chosen_anew(struct rig *r)
{
	const struct vectors_case *c = &vectors[0];

	probe(r);
	for (unsigned i = 0; i < 2; i++) {
		RIG_EQ(r, lev_pci_msix(&r->pci, &c->v), 0);
		RIG_EQ(r, start(r), 0);
		queue_interrupts(r, c);
		rig_down(r);
		RIG_EQ(r, lev_pci_intx(&r->pci), 0);
		RIG_EQ(r, start(r), 0);
		submit(r);
		RIG_CHECK(r, r->f->line);
		RIG_EQ(r, handler(r), LEV_INTERRUPT_USED);
		reaped(r, 1);
		rig_down(r);
		RIG_EQ(r, lev_pci_poll_only(&r->pci), 0);
		RIG_EQ(r, start(r), 0);
		submit(r);
		RIG_CHECK(r, !r->f->line);
		reaped(r, 1);
		rig_down(r);
		RIG_EQ(r, r->f->messages, i + 1);
	}
}

static void interrupts_may_be_chosen_anew(void **state)
{
	(void)state;
	each_kind(chosen_anew);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_choice_there_are_no_interrupts),
		cmocka_unit_test(a_line_is_taken_down_by_its_handler),
		cmocka_unit_test(a_line_needs_a_pin_and_registers),
		cmocka_unit_test(each_map_of_vectors_works),
		cmocka_unit_test(tables_of_any_size),
		cmocka_unit_test(vectors_may_be_refused),
		cmocka_unit_test(tables_out_of_reach),
		cmocka_unit_test(the_system_may_own_the_table),
		cmocka_unit_test(interrupts_may_be_chosen_anew),
	};

	for (unsigned i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
		messages[i].addr = 0x1fee00000 + 4 * i;
		messages[i].data = 0x40 + i;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
