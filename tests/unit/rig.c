/* SPDX-License-Identifier: MIT */
/* See rig.h. */
#include "rig.h"

static const struct lev_feature rig_features[] = {
	{ RIG_FEATURE, false, LEV_NAME("RIG") },
};

const struct lev_driver rig_driver = {
	.device_id = RIG_DEVICE_ID,
	.name = "rig",
	.features = rig_features,
	.feature_count = 1,
};

static uint64_t bit(bool offered, unsigned feature)
{
	return (uint64_t)offered << feature;
}

uint32_t rig_version(unsigned i)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 2 : 1 + i % 2;
}

/* Programs may be built once more, for PCI. */
#ifdef RIG_ON_PCI
enum { ON_PCI = true };
#else
enum { ON_PCI = false };
#endif

static struct lev_pci_window window(const struct fake_pci_window *w)
{
	return (struct lev_pci_window){
		.addr = w->addr,
		.len = w->len,
		.cpu = w->cpu,
	};
}

struct lev_pci_host rig_host(const struct fake_pci *bus)
{
	return (struct lev_pci_host){
		.hal = &bus->port->hal,
		.access = LEV_PCI_ECAM,
		.config = bus->ecam,
		.bus_first = bus->bus_first,
		.bus_last = bus->bus_last,
		.io = window(&bus->io),
		.io_ports = bus->io_ports,
		.memory = window(&bus->memory),
		.memory64 = window(&bus->memory64),
	};
}

static void rig_plug(struct rig *r)
{
	struct fake_pci *bus = fake_pci_new(r->port);
	const enum fake_pci_kind kind = r->shape.version == 1 ? FAKE_PCI_LEGACY
					: r->shape.transitional
						? FAKE_PCI_TRANSITIONAL
						: FAKE_PCI_MODERN;

	r->bus = bus;
	r->f = fake_pci_plug(bus, NULL, r->fake, kind);
	r->host = rig_host(bus);
}

static void rig_device(struct rig *r)
{
	const struct rig_shape *shape = &r->shape;

	r->fake = fake_dev_new(r->port, shape->version, RIG_DEVICE_ID,
			       RIG_QUEUES);
	r->fake->features[0] = bit(shape->event_idx, FAKE_F_EVENT_IDX) |
			       bit(shape->indirect, FAKE_F_INDIRECT) |
			       bit(shape->version == 2, FAKE_F_VERSION_1) |
			       bit(shape->version == 1, FAKE_F_ANY_LAYOUT) |
			       bit(shape->packed, FAKE_F_RING_PACKED) |
			       bit(shape->in_order, FAKE_F_IN_ORDER) |
			       bit(shape->data, FAKE_F_NOTIFICATION_DATA) |
			       bit(true, RIG_FEATURE);
	r->fake->config_len = shape->config;
	r->fq = &r->fake->queues[RIG_QUEUE];
	r->fq->size_max = 32768;
	if (shape->pci)
		rig_plug(r);
	/* A legacy function decides. */
	if (shape->pci && shape->version == 1)
		r->fq->size_max = shape->size;
}

struct rig *rig_build(const struct rig_shape *shape)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->shape = *shape;
	r->shape.pci |= ON_PCI;
	snprintf(r->name, sizeof(r->name),
		 "%sversion %u, %s%s, EVENT_IDX %d, INDIRECT %d, DATA %d, "
		 "size %u",
		 r->shape.pci ? "PCI, " : "", shape->version,
		 shape->packed ? "packed" : "split",
		 shape->in_order ? " in order" : "", shape->event_idx,
		 shape->indirect, shape->data, shape->size);
	r->port = fake_port_new();
	fake_port_set_map(r->port, FAKE_MAP_NONE);
	rig_device(r);
	r->arena = calloc(1, RIG_ARENA);
	r->slots = calloc(shape->size, sizeof(*r->slots));
	assert_non_null(r->arena);
	assert_non_null(r->slots);
	/* Nobody promised zeroed slots. */
	memset(r->slots, 0xa5, shape->size * sizeof(*r->slots));
	fake_lend(r->port, r->arena, RIG_ARENA);
	r->cfg.idx = RIG_QUEUE;
	r->cfg.size = shape->size;
	r->cfg.indirect_len = RIG_SEGS;
	r->cfg.slots = r->slots;
	return r;
}

int rig_probe(struct rig *r)
{
	int err;

	if (!r->shape.pci) {
		r->transport = &r->mmio.transport;
		return lev_mmio_probe(&r->mmio, &r->port->hal, r->fake->cookie);
	}
	r->transport = &r->pci.transport;
	err = lev_pci_probe(&r->pci, &r->host, fake_pci_addr(r->f));
	if (err)
		fake_pci_refused(r->f);
	return err;
}

struct rig *rig_new(const struct rig_shape *shape)
{
	struct rig *r = rig_build(shape);

	if (r->bus)
		fake_pci_place(r->bus);
	RIG_EQ(r, rig_probe(r), 0);
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
	return r;
}

int rig_start(struct rig *r)
{
	int err = lev_device_begin(&r->dev,
				   lev_device_deadline(&r->dev, RIG_SECOND));

	if (!err)
		err = lev_queue_init(&r->queue, &r->dev, &r->cfg);
	if (!err)
		err = lev_device_ready(&r->dev);
	return err;
}

int rig_start_built(struct rig *r)
{
	int err;

	fake_pci_place(r->bus);
	err = rig_probe(r);
	if (err)
		return err;
	RIG_EQ(r, lev_device_claim(&r->dev, r->transport, &rig_driver), 0);
	return rig_start(r);
}

struct rig *rig_up(const struct rig_shape *shape)
{
	struct rig *r = rig_new(shape);

	RIG_EQ(r, rig_start(r), 0);
	RIG_EQ(r, lev_queue_size(&r->queue), shape->size);
	rig_accesses(r);
	return r;
}

void rig_down(struct rig *r)
{
	int err = lev_device_reset(&r->dev);

	RIG_CHECK(r, err == 0 || err == LEV_ERR_NODEV);
	lev_queue_fini(&r->queue);
	lev_device_release(&r->dev);
}

void rig_free(struct rig *r)
{
	if (r->dev.state != LEV_DEVICE_FREE)
		rig_down(r);
	RIG_EQ(r, r->port->live_allocs, 0);
	RIG_EQ(r, r->port->live_bytes, 0);
	RIG_CLEAN(r);
	fake_unlend(r->port, r->arena);
	RIG_EQ(r, fake_port_free(r->port), 0);
	free(r->slots);
	free(r->arena);
	free(r);
}

struct rig_shape rig_shape(unsigned i, uint16_t size)
{
	const unsigned ring = 1u << i / 4;

	return (struct rig_shape){
		.version = ring == RIG_LEGACY ? rig_version(0) : 2,
		.event_idx = i & 1,
		.indirect = i & 2,
		.size = size,
		.packed = ring & RIG_ANY_PACKED,
		.in_order = ring & RIG_IN_ORDER,
		.data = ring != RIG_LEGACY && i % 4 % 3 == 0,
	};
}

void rig_each_of(unsigned rings, uint16_t size, void (*test)(struct rig *r))
{
	for (unsigned i = 0; i < RIG_SHAPES; i++) {
		const struct rig_shape shape = rig_shape(i, size);
		struct rig *r;

		if (!(rings & 1u << i / 4))
			continue;
		r = rig_up(&shape);
		test(r);
		rig_free(r);
	}
}

void rig_each(uint16_t size, void (*test)(struct rig *r))
{
	rig_each_of(RIG_ANY, size, test);
}

void rig_each_ring(uint16_t size, void (*test)(struct rig *r))
{
	for (unsigned i = 3; i < RIG_SHAPES; i += 4) {
		const struct rig_shape shape = rig_shape(i, size);
		struct rig *r = rig_new(&shape);

		test(r);
		rig_free(r);
	}
}

bool rig_exists(const struct rig_shape *shape)
{
	return shape->version >= rig_version(0);
}

void rig_each_built(const struct rig_shape *shapes, unsigned count,
		    void (*test)(struct rig *r))
{
	for (unsigned i = 0; i < count; i++) {
		struct rig *r;

		if (!rig_exists(&shapes[i]))
			continue;
		r = rig_build(&shapes[i]);
		test(r);
		rig_free(r);
	}
}

void rig_each_version(void (*test)(struct rig *r))
{
	for (uint32_t version = rig_version(0); version <= 2; version++) {
		const struct rig_shape shape = {
			.version = version,
			.event_idx = true,
			.indirect = true,
			.size = 16,
		};
		struct rig *r = rig_new(&shape);

		test(r);
		rig_free(r);
	}
}

static void request_done(struct lev_request *req)
{
	struct rig_request *r = (struct rig_request *)(void *)req;

	r->came++;
	if (r->then)
		r->then(r);
}

void rig_request(struct rig *r, struct rig_request *req, unsigned readable,
		 unsigned writable, uint32_t len)
{
	RIG_CHECK(r, readable + writable <= RIG_SEGS);
	RIG_CHECK(r, (readable + writable) * (size_t)len <= RIG_ARENA);
	*req = (struct rig_request){ .rig = r };
	for (unsigned i = 0; i < readable + writable; i++) {
		req->segs[i].addr = (uintptr_t)r->arena + (uintptr_t)i * len;
		req->segs[i].len = len;
	}
	req->req.segs = req->segs;
	req->req.readable = (uint16_t)readable;
	req->req.writable = (uint16_t)writable;
	req->req.done = request_done;
}

int rig_kick(struct rig *r)
{
	const int rang = lev_queue_kick(&r->queue);

	RIG_CHECK(r, rang >= 0);
	return rang;
}

int rig_submit(struct rig *r, struct rig_request *req)
{
	RIG_EQ(r, lev_queue_add(&r->queue, &req->req), 0);
	return rig_kick(r);
}

void rig_answer(struct rig *r, uint32_t written)
{
	struct fake_chain *chain = fake_queue_pop(r->fq);

	RIG_CHECK(r, chain);
	fake_queue_push(chain, written);
}

void rig_ask(struct rig *r, bool kick)
{
	const uint16_t next = fake_queue_next_avail(r->fq);

	if (r->shape.packed && !kick)
		fake_set_event(r->fq, next, FAKE_EVENT_DISABLE);
	else if (r->shape.packed)
		fake_set_event(r->fq, next,
			       r->shape.event_idx ? FAKE_EVENT_DESC
						  : FAKE_EVENT_ENABLE);
	else if (r->shape.event_idx)
		fake_set_avail_event(r->fq, (uint16_t)(next - !kick));
	else
		fake_set_used_flags(r->fq, !kick);
}

/* What stands behind the last used entry, by the model's own count. */
static bool armed_packed(struct rig *r)
{
	const struct fake_queue *fq = r->fq;
	const uint32_t wrap = fq->put_pos < fq->size;

	if (fake_event_flags(r->fq) != FAKE_EVENT_DESC)
		return fake_event_flags(r->fq) == FAKE_EVENT_ENABLE;
	return fake_event_desc(r->fq) == (fq->put_pos % fq->size | wrap << 15);
}

bool rig_armed(struct rig *r)
{
	if (r->shape.packed)
		return armed_packed(r);
	if (r->shape.event_idx)
		return fake_used_event(r->fq) == r->fq->used_idx;
	return fake_avail_flags(r->fq) == 0;
}

void rig_turn_to(struct rig *r, uint16_t added)
{
	struct rig_request req;

	rig_request(r, &req, 1, 0, 1);
	while ((uint16_t)r->queue.added != added) {
		rig_submit(r, &req);
		rig_answer(r, 0);
		RIG_EQ(r, lev_queue_poll(&r->queue, 1), 1);
	}
	lev_device_isr(&r->dev);
}

void rig_echo(struct rig *r)
{
	struct rig_request req;

	rig_request(r, &req, 1, 0, 16);
	rig_submit(r, &req);
	RIG_EQ(r,
	       lev_queue_wait(&r->queue, &req.req,
			      lev_device_deadline(&r->dev, RIG_SECOND)),
	       0);
	RIG_EQ(r, req.came, 1);
	RIG_EQ(r, req.req.err, 0);
}

uint32_t rig_random(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

unsigned rig_accesses(struct rig *r)
{
	const unsigned before = r->accesses;

	r->accesses = r->port->reads + r->port->writes;
	return r->accesses - before;
}
