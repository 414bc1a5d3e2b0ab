/* SPDX-License-Identifier: MIT */
/* mmio.h: probing, giving queues to both versions, interrupt causes. */
#include "rig.h"

/* What nobody should take for a value that means something. */
static const uint32_t strange[] = { 0,	    1,		3,	    0xff,
				    0x100,  0x80000001, 0x74726975, 0x76697274,
				    0xfffe, 0x7fffffff, 0xffffffff };

enum { STRANGE = sizeof(strange) / sizeof(strange[0]), RANDOM = 50 };

static uint32_t strange_value(unsigned i)
{
	return i < STRANGE ? strange[i] : rig_random() << 1;
}

/* The register accesses of a device, in order. */
struct trace {
	unsigned count;
	struct {
		uint32_t reg, value;
		bool write;
	} log[256];
};

static void trace_access(struct fake_dev *dev, uint32_t reg, bool write,
			 uint32_t value)
{
	struct trace *t = dev->arg;

	assert_true(t->count < 256);
	t->log[t->count].reg = reg;
	t->log[t->count].value = value;
	t->log[t->count++].write = write;
}

static void trace_begin(struct rig *r, struct trace *t)
{
	t->count = 0;
	r->fake->arg = t;
	r->fake->on_access = trace_access;
}

/* The value last written to a register since the trace began. */
static uint32_t trace_written(struct rig *r, const struct trace *t,
			      uint32_t reg)
{
	for (unsigned i = t->count; i-- > 0;)
		if (t->log[i].reg == reg && t->log[i].write)
			return t->log[i].value;
	fail_msg("[%s] register %#x was not written", r->name, reg);
	return 0;
}

/* --- probe --- */

static const uint32_t identity[] = { FAKE_REG_MAGIC, FAKE_REG_VERSION,
				     FAKE_REG_DEVICE_ID };

/* Nothing but the first count identity registers was read, each once. */
static void check_identity_read(struct rig *r, const struct trace *t,
				unsigned count)
{
	RIG_EQ(r, t->count, count);
	for (unsigned i = 0; i < count; i++) {
		RIG_EQ(r, t->log[i].reg, identity[i]);
		RIG_CHECK(r, !t->log[i].write);
	}
}

static int probe_again(struct rig *r, struct trace *t)
{
	trace_begin(r, t);
	return lev_mmio_probe(&r->mmio, &r->port->hal, r->fake->cookie);
}

static void probe_reads_three(struct rig *r)
{
	struct trace t;

	lev_device_release(&r->dev);
	RIG_EQ(r, probe_again(r, &t), 0);
	check_identity_read(r, &t, 3);
	RIG_EQ(r, r->mmio.transport.version, r->shape.version);
	RIG_EQ(r, r->mmio.transport.legacy, r->shape.version == 1);
	RIG_EQ(r, r->mmio.transport.device_id, RIG_DEVICE_ID);
	assert_string_equal(r->mmio.transport.name, "mmio");
	assert_ptr_equal(r->mmio.transport.hal, &r->port->hal);
}

static void probing_reads_identity_and_nothing_else(void **state)
{
	(void)state;
	rig_each_version(probe_reads_three);
}

static void probe_strange_magic(struct rig *r)
{
	const uint32_t good = r->fake->magic;
	struct trace t;

	lev_device_release(&r->dev);
	for (unsigned i = 0; i < STRANGE + RANDOM; i++) {
		r->fake->magic = strange_value(i);
		RIG_EQ(r, probe_again(r, &t), LEV_ERR_NODEV);
		check_identity_read(r, &t, 1);
	}
	r->fake->magic = good;
	RIG_EQ(r, probe_again(r, &t), 0);
}

static void a_slot_without_magic_is_no_device(void **state)
{
	(void)state;
	rig_each_version(probe_strange_magic);
}

static void probe_strange_version(struct rig *r)
{
	struct trace t;

	lev_device_release(&r->dev);
	for (unsigned i = 0; i < STRANGE + RANDOM; i++) {
		const uint32_t version = strange_value(i);

		if (version == 1)
			continue;
		r->fake->version = version;
		RIG_EQ(r, probe_again(r, &t), LEV_ERR_NOTSUP);
		check_identity_read(r, &t, 2);
		RIG_EQ(r, r->mmio.transport.version, version);
	}
	r->fake->version = r->shape.version;
	RIG_EQ(r, probe_again(r, &t), 0);
}

static void a_version_we_do_not_know_is_refused(void **state)
{
	(void)state;
	rig_each_version(probe_strange_version);
}

static void probe_strange_id(struct rig *r)
{
	struct trace t;

	lev_device_release(&r->dev);
	for (unsigned i = 0; i < STRANGE + RANDOM; i++) {
		const uint32_t id = strange_value(i);

		r->fake->id = id;
		RIG_EQ(r, probe_again(r, &t), id ? 0 : LEV_ERR_NODEV);
		check_identity_read(r, &t, 3);
		RIG_EQ(r, r->mmio.transport.device_id, id);
		if (id)
			RIG_EQ(r,
			       lev_device_claim(&r->dev, &r->mmio.transport,
						&rig_driver),
			       LEV_ERR_NODEV);
	}
}

static void an_empty_slot_is_told_from_a_strange_device(void **state)
{
	(void)state;
	rig_each_version(probe_strange_id);
}

static void probe_live(struct rig *r)
{
	struct rig_request req;
	struct lev_mmio before;
	uint32_t status;
	struct trace t;

	r->fake->mode = FAKE_MANUAL;
	RIG_EQ(r, rig_start(r), 0);
	rig_request(r, &req, 1, 1, 64);
	rig_submit(r, &req);
	status = r->fake->status;
	before = r->mmio;
	RIG_EQ(r, probe_again(r, &t), LEV_ERR_BUSY);
	RIG_EQ(r, t.count, 0);
	assert_memory_equal(&before, &r->mmio, sizeof(before));
	RIG_EQ(r, r->fake->status, status);
	RIG_EQ(r, r->fake->resets, 1);
	rig_answer(r, 64);
	RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	RIG_EQ(r, req.came, 1);
	RIG_EQ(r, req.req.written, 64);
	r->fake->on_access = NULL;
	rig_down(r);
	RIG_EQ(r, probe_again(r, &t), 0);
	r->fake->on_access = NULL;
}

static void a_second_probe_of_a_live_slot_leaves_it_alone(void **state)
{
	(void)state;
	rig_each_version(probe_live);
}

static void probe_claimed(struct rig *r)
{
	struct trace t;

	RIG_EQ(r, probe_again(r, &t), LEV_ERR_BUSY);
	RIG_EQ(r, t.count, 0);
}

static void a_claimed_slot_is_busy_before_it_is_live(void **state)
{
	(void)state;
	rig_each_version(probe_claimed);
}

/* --- queues --- */

static void queue_registers(struct rig *r)
{
	const uint64_t block = r->port->bus_base;
	struct trace t;

	trace_begin(r, &t);
	RIG_EQ(r, rig_start(r), 0);
	r->fake->on_access = NULL;
	RIG_EQ(r, r->fq->size, r->shape.size);
	RIG_CHECK(r, r->fq->desc > block);
	RIG_EQ(r, trace_written(r, &t, FAKE_REG_QUEUE_SEL), RIG_QUEUE);
	if (r->shape.version == 1) {
		RIG_EQ(r, trace_written(r, &t, FAKE_REG_GUEST_PAGE_SIZE), 4096);
		RIG_EQ(r, trace_written(r, &t, FAKE_REG_QUEUE_ALIGN), 4096);
		RIG_EQ(r, trace_written(r, &t, FAKE_REG_QUEUE_PFN),
		       r->fq->desc >> 12);
		RIG_EQ(r, r->fq->avail, r->fq->desc + 16 * r->shape.size);
	} else {
		RIG_EQ(r, trace_written(r, &t, FAKE_REG_QUEUE_READY), 1);
		RIG_EQ(r, trace_written(r, &t, FAKE_REG_DESC_HIGH),
		       r->fq->desc >> 32);
	}
	rig_echo(r);
}

static void each_version_gets_its_queue_in_its_way(void **state)
{
	(void)state;
	rig_each_version(queue_registers);
}

/* Version 1 names memory by a 32-bit page number: 16 TiB are its world. */
static void queue_above_16_tib(struct rig *r)
{
	r->port->alloc_ignores_max = true;
	r->port->bus_base = (uint64_t)1 << 44;
	RIG_EQ(r, rig_start(r), r->shape.version == 1 ? LEV_ERR_NOMEM : 0);
	if (r->shape.version == 1)
		RIG_EQ(r, r->fake->reg_writes[FAKE_REG_QUEUE_PFN / 4], 0);
	else
		rig_echo(r);
}

static void legacy_queues_lie_below_16_tib(void **state)
{
	(void)state;
	rig_each_version(queue_above_16_tib);
}

static void queue_below_16_tib(struct rig *r)
{
	r->port->bus_base = ((uint64_t)1 << 44) - 0x40000;
	RIG_EQ(r, rig_start(r), 0);
	RIG_CHECK(r, r->fq->desc >= r->port->bus_base);
	rig_echo(r);
}

static void the_last_page_below_16_tib_will_do(void **state)
{
	(void)state;
	rig_each_version(queue_below_16_tib);
}

/* The page number 0 would switch the queue off and read back well. */
static void queue_on_the_first_page(struct rig *r)
{
	const struct lev_queue_layout layout = { .size = 16 };
	struct lev_doorbell bell = { .id = RIG_QUEUE };
	struct lev_transport *t = &r->mmio.transport;

	if (r->shape.version != 1)
		return;
	rig_accesses(r);
	RIG_EQ(r, t->ops->queue_enable(t, RIG_QUEUE, &layout, &bell),
	       LEV_ERR_INVAL);
	RIG_EQ(r, rig_accesses(r), 0);
}

static void a_legacy_queue_is_not_on_the_first_page(void **state)
{
	(void)state;
	rig_each_version(queue_on_the_first_page);
}

static void queue_at_the_top(struct rig *r)
{
	if (r->shape.version == 1)
		return;
	r->port->bus_base = UINT64_MAX - 0x100000;
	RIG_EQ(r, rig_start(r), 0);
	RIG_CHECK(r, r->fq->desc >= r->port->bus_base);
	rig_echo(r);
}

static void modern_queues_use_all_64_address_bits(void **state)
{
	(void)state;
	rig_each_version(queue_at_the_top);
}

static void queue_missing(struct rig *r)
{
	r->fq->size_max = 0;
	RIG_EQ(r, rig_start(r), LEV_ERR_NODEV);
	RIG_EQ(r, r->port->allocs, 0);
	RIG_CHECK(r, fake_log_has(r->port, "queue 1"));
}

static void a_queue_that_is_not_there_is_no_device(void **state)
{
	(void)state;
	rig_each_version(queue_missing);
}

static void queue_busy(struct rig *r)
{
	r->fake->faults.in_use_after_reset = true;
	RIG_EQ(r, rig_start(r), LEV_ERR_BUSY);
	RIG_EQ(r, r->fake->reg_writes[FAKE_REG_QUEUE_SIZE / 4], 0);
	RIG_EQ(r, r->port->allocs, 0);
}

static void a_queue_in_use_is_not_taken(void **state)
{
	(void)state;
	rig_each_version(queue_busy);
}

static void queue_not_taken(struct rig *r)
{
	const uint32_t reg = r->shape.version == 1 ? FAKE_REG_QUEUE_PFN
						   : FAKE_REG_QUEUE_READY;

	for (unsigned i = 0; i < STRANGE + RANDOM; i++) {
		const uint32_t answer = strange_value(i);

		if (answer == 1 && r->shape.version == 2)
			continue;
		/* The first read asks whether the queue is in use. */
		fake_script(r->fake, reg, 2, 1, answer);
		RIG_EQ(r, rig_start(r), LEV_ERR_PROTO);
		RIG_EQ(r, lev_queue_error(&r->queue), LEV_ERR_STATE);
		RIG_EQ(r, lev_device_reset(&r->dev), 0);
	}
	r->fake->faults.ready_not_sticking = true;
	RIG_EQ(r, rig_start(r), LEV_ERR_PROTO);
	r->fake->faults.ready_not_sticking = false;
	RIG_EQ(r, lev_device_reset(&r->dev), 0);
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, r->port->allocs, 1);
	rig_echo(r);
}

static void a_queue_that_does_not_stick_breaks_the_protocol(void **state)
{
	(void)state;
	rig_each_version(queue_not_taken);
}

static void queue_size_max(struct rig *r)
{
	for (unsigned i = 0; i < STRANGE + RANDOM; i++) {
		const uint32_t max = strange_value(i);
		unsigned want = r->shape.size;

		if (!max)
			continue;
		while (want > max)
			want >>= 1;
		r->fq->size_max = max;
		RIG_EQ(r, rig_start(r), 0);
		RIG_EQ(r, lev_queue_size(&r->queue), want);
		rig_echo(r);
		rig_down(r);
		RIG_EQ(r,
		       lev_device_claim(&r->dev, &r->mmio.transport,
					&rig_driver),
		       0);
	}
}

static void every_nonzero_queue_size_max_is_lived_with(void **state)
{
	(void)state;
	rig_each_version(queue_size_max);
}

/* --- doorbell, interrupts, configuration --- */

static void doorbell(struct rig *r)
{
	struct rig_request req;
	struct trace t;

	RIG_EQ(r, rig_start(r), 0);
	rig_request(r, &req, 1, 0, 4);
	trace_begin(r, &t);
	RIG_EQ(r, rig_submit(r, &req), 1);
	r->fake->on_access = NULL;
	RIG_EQ(r, t.count, 1);
	RIG_EQ(r, t.log[0].reg, FAKE_REG_QUEUE_NOTIFY);
	RIG_EQ(r, t.log[0].value, RIG_QUEUE);
	RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
}

static void the_doorbell_names_the_queue(void **state)
{
	(void)state;
	rig_each_version(doorbell);
}

static void known_causes(struct rig *r)
{
	struct trace t;

	RIG_EQ(r, rig_start(r), 0);
	for (unsigned causes = 0; causes < 4; causes++) {
		r->fake->faults.isr_extra = 0xfffffffcu;
		fake_irq(r->fake, causes);
		trace_begin(r, &t);
		RIG_EQ(r, lev_device_isr(&r->dev), causes);
		r->fake->on_access = NULL;
		RIG_EQ(r, r->fake->isr, 0);
		RIG_EQ(r, t.count, causes ? 2 : 1);
		RIG_EQ(r, t.log[0].reg, FAKE_REG_INTERRUPT_STATUS);
		if (causes)
			RIG_EQ(r, trace_written(r, &t, FAKE_REG_INTERRUPT_ACK),
			       causes);
	}
}

static void only_known_causes_are_returned_and_acknowledged(void **state)
{
	(void)state;
	rig_each_version(known_causes);
}

static void config_widths(struct rig *r)
{
	static const struct fake_field fields[] = {
		{ .off = 0, .width = 1, .count = 4, .writable = true },
		{ .off = 4, .width = 2, .count = 2, .writable = true },
		{ .off = 8, .width = 4, .count = 2, .writable = true },
		{ .width = 0 },
	};
	static const uint8_t bytes[16] = { 1, 2,  3,  4,  5,  6,  7,  8,
					   9, 10, 11, 12, 13, 14, 15, 16 };
	uint8_t got[16] = { 0 };

	r->fake->fields = fields;
	r->fake->config_len = sizeof(bytes);
	memcpy(r->fake->config, bytes, sizeof(bytes));
	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, lev_device_config_read(&r->dev, 0, got, 4, 1), 0);
	RIG_EQ(r, lev_device_config_read(&r->dev, 4, got + 4, 2, 2), 0);
	RIG_EQ(r, lev_device_config_read(&r->dev, 8, got + 8, 2, 4), 0);
	assert_memory_equal(got, bytes, sizeof(got));
	lev_device_config_write(&r->dev, 3, 1, 0xaa);
	lev_device_config_write(&r->dev, 6, 2, 0xbbcc);
	lev_device_config_write(&r->dev, 12, 4, 0x11223344);
	assert_memory_equal(r->fake->config + 3, "\xaa", 1);
	assert_memory_equal(r->fake->config + 6, "\xcc\xbb", 2);
	assert_memory_equal(r->fake->config + 12, "\x44\x33\x22\x11", 4);
	RIG_EQ(r, r->fake->config_writes, 3);
}

static void configuration_is_accessed_by_the_fields_width(void **state)
{
	(void)state;
	rig_each_version(config_widths);
}

/* Legacy rings are in the CPU's byte order, which ours never are. */
static void legacy_on_big_endian(void **state)
{
	const bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	struct fake_port *port = fake_port_new();
	struct fake_dev *dev = fake_dev_new(port, 1, RIG_DEVICE_ID, 1);
	struct lev_mmio mmio = { .base = 0 };

	(void)state;
	assert_int_equal(lev_mmio_probe(&mmio, &port->hal, dev->cookie),
			 big ? LEV_ERR_NOTSUP : 0);
	assert_int_equal(mmio.transport.version, 1);
	assert_int_equal(fake_port_free(port), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probing_reads_identity_and_nothing_else),
		cmocka_unit_test(a_slot_without_magic_is_no_device),
		cmocka_unit_test(a_version_we_do_not_know_is_refused),
		cmocka_unit_test(an_empty_slot_is_told_from_a_strange_device),
		cmocka_unit_test(legacy_on_big_endian),
		cmocka_unit_test(a_second_probe_of_a_live_slot_leaves_it_alone),
		cmocka_unit_test(a_claimed_slot_is_busy_before_it_is_live),
		cmocka_unit_test(each_version_gets_its_queue_in_its_way),
		cmocka_unit_test(legacy_queues_lie_below_16_tib),
		cmocka_unit_test(the_last_page_below_16_tib_will_do),
		cmocka_unit_test(a_legacy_queue_is_not_on_the_first_page),
		cmocka_unit_test(modern_queues_use_all_64_address_bits),
		cmocka_unit_test(a_queue_that_is_not_there_is_no_device),
		cmocka_unit_test(a_queue_in_use_is_not_taken),
		cmocka_unit_test(
			a_queue_that_does_not_stick_breaks_the_protocol),
		cmocka_unit_test(every_nonzero_queue_size_max_is_lived_with),
		cmocka_unit_test(the_doorbell_names_the_queue),
		cmocka_unit_test(
			only_known_causes_are_returned_and_acknowledged),
		cmocka_unit_test(configuration_is_accessed_by_the_fields_width),
	};

	return cmocka_run_group_tests_name("mmio", tests, NULL, NULL);
}
