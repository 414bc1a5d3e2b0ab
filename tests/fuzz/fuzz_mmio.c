/* SPDX-License-Identifier: MIT */
/*
 * The MMIO transport and what is above it up to a queue that is set up, on
 * registers that are answered by the input. Checked: which registers are
 * touched, how, and in which order; that probing reads three and writes none;
 * that every call ends; that what was allocated comes back.
 */
#include <levitate/mmio.h>
#include <levitate/queue.h>
#include <levitate/wire/mmio.h>

#include "fuzz.h"

enum { DEVICE_ID = 42, SLOTS = 16, STEPS_MAX = 400, CONFIG_LEN = 256 };
#define BASE UINT64_C(0xa000000)

enum { R = 1, W = 2, RW = R | W };

static const struct {
	uint32_t reg;
	unsigned modern, legacy; /* what a driver may do */
} known[] = {
	{ LEV_MMIO_MAGIC_VALUE, R, R },
	{ LEV_MMIO_VERSION, R, R },
	{ LEV_MMIO_DEVICE_ID, R, R },
	{ LEV_MMIO_DEVICE_FEATURES, R, R },
	{ LEV_MMIO_DEVICE_FEATURES_SEL, W, W },
	{ LEV_MMIO_DRIVER_FEATURES, W, W },
	{ LEV_MMIO_DRIVER_FEATURES_SEL, W, W },
	{ LEV_MMIO_GUEST_PAGE_SIZE, 0, W },
	{ LEV_MMIO_QUEUE_SEL, W, W },
	{ LEV_MMIO_QUEUE_SIZE_MAX, R, R },
	{ LEV_MMIO_QUEUE_SIZE, W, W },
	{ LEV_MMIO_QUEUE_ALIGN, 0, W },
	{ LEV_MMIO_QUEUE_PFN, 0, RW },
	{ LEV_MMIO_QUEUE_READY, RW, 0 },
	{ LEV_MMIO_QUEUE_NOTIFY, W, W },
	{ LEV_MMIO_INTERRUPT_STATUS, R, R },
	{ LEV_MMIO_INTERRUPT_ACK, W, W },
	{ LEV_MMIO_STATUS, RW, RW },
	{ LEV_MMIO_QUEUE_DESC_LOW, W, 0 },
	{ LEV_MMIO_QUEUE_DESC_HIGH, W, 0 },
	{ LEV_MMIO_QUEUE_DRIVER_LOW, W, 0 },
	{ LEV_MMIO_QUEUE_DRIVER_HIGH, W, 0 },
	{ LEV_MMIO_QUEUE_DEVICE_LOW, W, 0 },
	{ LEV_MMIO_QUEUE_DEVICE_HIGH, W, 0 },
	{ LEV_MMIO_QUEUE_RESET, RW, 0 },
	{ LEV_MMIO_CONFIG_GENERATION, R, 0 },
};

struct slot {
	struct fuzz_port port;
	struct lev_mmio mmio;
	struct lev_device dev;
	struct lev_queue queue;
	struct lev_queue_slot *slots;
	struct lev_request req;
	struct lev_seg seg;
	uint32_t version; /* of the registers */
	bool honest;	  /* from here on */
	bool restless;	  /* the configuration never holds still */
	bool stuck;	  /* resets are not confirmed */
	uint32_t generation;
	unsigned reads, writes;
	uint32_t regs[0x100 / 4]; /* as they were written */
	uint32_t status;	  /* as the driver has it */
	uint32_t offered[LEV_FEATURE_WORDS];
	uint32_t pending; /* causes that the last read of them named */
	uint32_t max;	  /* the last queue size that was read */
	bool agreed;	  /* FEATURES_OK was written, and read back */
	unsigned back;
};

static const struct lev_driver driver = { .device_id = DEVICE_ID,
					  .name = "fuzz" };

/* --- registers --- */

static bool legacy(const struct slot *s)
{
	return s->mmio.transport.legacy;
}

static void check_access(const struct slot *s, uint32_t reg, unsigned how)
{
	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].reg == reg) {
			FUZZ_CHECK((legacy(s) ? known[i].legacy
					      : known[i].modern) &
				   how);
			return;
		}
	fuzz_fail(__FILE__, __LINE__, "a register that there is");
}

/* What a device that behaves would say. */
static uint32_t honest_read(struct slot *s, uint32_t reg)
{
	switch (reg) {
	case LEV_MMIO_MAGIC_VALUE:
		return LEV_MMIO_MAGIC;
	case LEV_MMIO_VERSION:
		return s->version;
	case LEV_MMIO_DEVICE_ID:
		return DEVICE_ID;
	case LEV_MMIO_DEVICE_FEATURES:
		return s->regs[LEV_MMIO_DEVICE_FEATURES_SEL / 4] == 1;
	case LEV_MMIO_QUEUE_SIZE_MAX:
		return SLOTS;
	case LEV_MMIO_CONFIG_GENERATION:
		return s->restless ? ++s->generation : 0;
	case LEV_MMIO_QUEUE_RESET:
	case LEV_MMIO_INTERRUPT_STATUS:
		return 0;
	default:
		return s->regs[reg / 4];
	}
}

static uint32_t answer(struct slot *s, uint32_t reg)
{
	const uint8_t how = s->honest ? 0 : fuzz_u8(&s->port.in);

	if (how < 0x80)
		return honest_read(s, reg);
	if (how < 0xc0)
		return how & 0x3f;
	return how == 0xff ? UINT32_MAX : fuzz_u32(&s->port.in);
}

/* What later checks are about. */
static void remember(struct slot *s, uint32_t reg, uint32_t v)
{
	const uint32_t word = s->regs[LEV_MMIO_DEVICE_FEATURES_SEL / 4];

	if (reg == LEV_MMIO_INTERRUPT_STATUS)
		s->pending = v;
	if (reg == LEV_MMIO_QUEUE_SIZE_MAX)
		s->max = v;
	if (reg == LEV_MMIO_STATUS)
		s->agreed = s->regs[reg / 4] & v & LEV_STATUS_FEATURES_OK;
	if (reg != LEV_MMIO_DEVICE_FEATURES)
		return;
	FUZZ_CHECK(word < LEV_FEATURE_WORDS && !(legacy(s) && word));
	s->offered[word] = v;
}

static uint32_t reg_read(void *ctx, uint64_t reg, unsigned width)
{
	struct slot *s = ctx;
	const uint64_t off = reg - BASE;
	uint32_t v;

	fuzz_count(&s->port);
	s->reads++;
	FUZZ_CHECK(off < LEV_MMIO_CONFIG + CONFIG_LEN && off % width == 0);
	if (off >= LEV_MMIO_CONFIG) {
		FUZZ_CHECK(width == 1 || width == 2 || width == 4);
		return s->restless ? ++s->generation : fuzz_u32(&s->port.in);
	}
	FUZZ_CHECK(width == 4);
	check_access(s, (uint32_t)off, R);
	v = answer(s, (uint32_t)off);
	remember(s, (uint32_t)off, v);
	return v;
}

/* 2.1.1, 3.1.1: bits are added, or a reset takes all of them. */
static void check_status(const struct slot *s, uint32_t v)
{
	const uint32_t old = s->status;

	FUZZ_CHECK(v == 0 || ((v & old) == old && v != old));
	FUZZ_CHECK(v <= 0xff);
	if (v & LEV_STATUS_DRIVER_OK)
		FUZZ_CHECK(legacy(s) || (v & LEV_STATUS_FEATURES_OK));
	if (v & LEV_STATUS_FEATURES_OK)
		FUZZ_CHECK(!legacy(s));
}

static uint64_t wide(const struct slot *s, uint32_t low)
{
	return (uint64_t)s->regs[low / 4 + 1] << 32 | s->regs[low / 4];
}

/* All parts of the queue lie in memory that was allocated. */
static void check_queue(struct slot *s)
{
	const uint32_t size = s->regs[LEV_MMIO_QUEUE_SIZE / 4];

	FUZZ_CHECK(size && size <= s->max && size <= SLOTS);
	if (legacy(s)) {
		const uint64_t at = (uint64_t)s->regs[LEV_MMIO_QUEUE_PFN / 4]
				    << 12;

		FUZZ_CHECK(s->regs[LEV_MMIO_GUEST_PAGE_SIZE / 4] == 4096);
		FUZZ_CHECK(s->regs[LEV_MMIO_QUEUE_ALIGN / 4] == 4096);
		FUZZ_CHECK(fuzz_ptr(&s->port, at, 4096 + 6 + 8 * size));
		return;
	}
	FUZZ_CHECK(fuzz_ptr(&s->port, wide(s, LEV_MMIO_QUEUE_DESC_LOW),
			    16 * size));
	FUZZ_CHECK(fuzz_ptr(&s->port, wide(s, LEV_MMIO_QUEUE_DRIVER_LOW), 4));
	FUZZ_CHECK(fuzz_ptr(&s->port, wide(s, LEV_MMIO_QUEUE_DEVICE_LOW), 4));
}

static void check_write(struct slot *s, uint32_t reg, uint32_t v)
{
	const uint32_t word = s->regs[LEV_MMIO_DRIVER_FEATURES_SEL / 4];

	switch (reg) {
	case LEV_MMIO_STATUS:
		check_status(s, v);
		s->status = v;
		break;
	case LEV_MMIO_DRIVER_FEATURES:
		FUZZ_CHECK(word < LEV_FEATURE_WORDS &&
			   !(v & ~s->offered[word]));
		FUZZ_CHECK(!(s->status & LEV_STATUS_FEATURES_OK));
		break;
	case LEV_MMIO_INTERRUPT_ACK:
		FUZZ_CHECK(v && v <= 3 && !(v & ~s->pending));
		break;
	case LEV_MMIO_QUEUE_NOTIFY:
		FUZZ_CHECK(s->status & LEV_STATUS_DRIVER_OK);
		break;
	default:
		break;
	}
}

static void reg_write(void *ctx, uint64_t reg, unsigned width, uint32_t v)
{
	struct slot *s = ctx;
	const uint64_t off = reg - BASE;

	fuzz_count(&s->port);
	s->writes++;
	FUZZ_CHECK(off < LEV_MMIO_CONFIG + CONFIG_LEN && off % width == 0);
	if (off >= LEV_MMIO_CONFIG) {
		FUZZ_CHECK(width == 4 || v >> 8 * width == 0);
		return;
	}
	FUZZ_CHECK(width == 4);
	check_access(s, (uint32_t)off, W);
	check_write(s, (uint32_t)off, v);
	if (off == LEV_MMIO_STATUS && v == 0 && s->stuck)
		return;
	s->regs[off / 4] = v;
	if (off == LEV_MMIO_STATUS && v == 0)
		s->regs[LEV_MMIO_QUEUE_READY / 4] =
			s->regs[LEV_MMIO_QUEUE_PFN / 4] = 0;
	if ((off == LEV_MMIO_QUEUE_READY && v == 1) ||
	    (off == LEV_MMIO_QUEUE_PFN && v))
		check_queue(s);
}

/* --- steps --- */

static bool probe(struct slot *s)
{
	const unsigned writes = s->writes, reads = s->reads;
	const int err = lev_mmio_probe(&s->mmio, &s->port.hal, BASE);
	const struct lev_transport *t = &s->mmio.transport;

	FUZZ_CHECK(s->writes == writes && s->reads <= reads + 3);
	if (err) {
		FUZZ_CHECK(err == LEV_ERR_NODEV || err == LEV_ERR_NOTSUP);
		return false;
	}
	FUZZ_CHECK(t->version == 1 || t->version == 2);
	FUZZ_CHECK(t->legacy == (t->version == 1) && t->device_id && t->ops);
	return true;
}

static void request_done(struct lev_request *req)
{
	struct slot *s = LEV_CONTAINER_OF(req, struct slot, req);

	FUZZ_CHECK(!s->back++);
	FUZZ_CHECK(!lev_request_pending(req));
}

static void do_begin(struct slot *s)
{
	const enum lev_device_state state = s->dev.state;
	const int err = lev_device_begin(
		&s->dev, lev_device_deadline(&s->dev, LEV_RESET_TIMEOUT));

	if (state != LEV_DEVICE_RESET) {
		FUZZ_CHECK(err == LEV_ERR_STATE);
		return;
	}
	FUZZ_CHECK(err == 0 || err == LEV_ERR_NOTSUP || err == LEV_ERR_PROTO ||
		   err == LEV_ERR_TIMEDOUT || err == LEV_ERR_NODEV);
	FUZZ_CHECK(s->dev.state == (err ? LEV_DEVICE_RESET : LEV_DEVICE_SETUP));
	FUZZ_CHECK(err || legacy(s) || s->agreed);
	FUZZ_CHECK(err || legacy(s) ||
		   lev_device_has(&s->dev, LEV_F_VERSION_1));
}

static void do_queue(struct slot *s)
{
	const struct lev_queue_config cfg = {
		.idx = fuzz_u16(&s->port.in),
		.size = (uint16_t)(1 + fuzz_below(&s->port.in, SLOTS)),
		.size_min = (uint16_t)fuzz_below(&s->port.in, 2),
		.indirect_len = (uint16_t)fuzz_below(&s->port.in, 8),
		.slots = s->slots,
	};
	int err;

	s->port.alloc = (enum fuzz_alloc)fuzz_below(&s->port.in, FUZZ_ALLOCS);
	s->port.gave_bad = false;
	err = lev_queue_init(&s->queue, &s->dev, &cfg);
	s->port.alloc = FUZZ_ALLOC_GOOD;
	FUZZ_CHECK(!s->port.gave_bad || err == LEV_ERR_NOMEM);
	if (!err)
		FUZZ_CHECK(lev_queue_size(&s->queue) <= cfg.size &&
			   lev_queue_size(&s->queue) >= cfg.size_min);
	else
		FUZZ_CHECK(err < 0 && err >= LEV_ERR_STUCK);
}

static void do_ready(struct slot *s)
{
	const int err = lev_device_ready(&s->dev);

	FUZZ_CHECK(err == 0 || err == LEV_ERR_STATE || err == LEV_ERR_IO ||
		   err == LEV_ERR_NODEV);
}

static void do_config(struct slot *s)
{
	const unsigned width = 1u << fuzz_below(&s->port.in, 3);
	const unsigned count = fuzz_below(&s->port.in, 17);
	const uint32_t off = width * fuzz_below(&s->port.in, 17);
	uint8_t *dst = malloc(count * width);
	int err;

	if (!dst && count)
		abort();
	memset(dst, 0, count * width);
	err = lev_device_config_read(&s->dev, off, dst, count, width);
	FUZZ_CHECK(err == 0 || err == LEV_ERR_PROTO);
	free(dst);
	lev_device_config_write(&s->dev, off, width, fuzz_u8(&s->port.in));
}

static void do_interrupt(struct slot *s)
{
	const enum lev_device_state state = s->dev.state;
	const unsigned causes = lev_device_isr(&s->dev);
	int err;

	FUZZ_CHECK(causes <= 3);
	FUZZ_CHECK(causes == 0 || state == LEV_DEVICE_LIVE);
	err = lev_device_poll(&s->dev);
	FUZZ_CHECK((err == LEV_ERR_STATE) == (state != LEV_DEVICE_LIVE));
	FUZZ_CHECK(err <= 1 && (err < 0 || !s->dev.error));
}

static void do_request(struct slot *s)
{
	int err;

	if (!s->queue.dev)
		return; /* it was never set up: not to be used (queue.h, 4) */
	s->seg = (struct lev_seg){ 0x1000, 16 };
	s->req.segs = &s->seg;
	s->req.readable = 1;
	s->req.done = request_done;
	if (!lev_request_pending(&s->req)) {
		s->back = 0;
		err = lev_queue_add(&s->queue, &s->req);
		FUZZ_CHECK(err == 0 || err == LEV_ERR_STATE);
	}
	err = lev_queue_kick(&s->queue);
	FUZZ_CHECK(err == 0 || err == 1 || err == LEV_ERR_STATE);
}

static void do_wait(struct slot *s)
{
	int err;

	if (!s->queue.dev || !lev_request_pending(&s->req))
		return;
	err = lev_queue_wait(&s->queue, &s->req,
			     lev_device_deadline(&s->dev, LEV_RESET_TIMEOUT));
	/* Nobody ever answers. */
	FUZZ_CHECK(err == LEV_ERR_TIMEDOUT || err == LEV_ERR_IO ||
		   err == LEV_ERR_NODEV || err == LEV_ERR_STATE);
	FUZZ_CHECK(lev_request_pending(&s->req) && !s->back);
}

static void check_reset(const struct slot *s, int err)
{
	const bool out = s->queue.dev && lev_queue_in_flight(&s->queue);

	if (err == LEV_ERR_STUCK) {
		FUZZ_CHECK(s->dev.state == LEV_DEVICE_STUCK);
		FUZZ_CHECK(out == lev_request_pending(&s->req));
		return;
	}
	FUZZ_CHECK(err == 0 || err == LEV_ERR_NODEV);
	FUZZ_CHECK(s->dev.state == LEV_DEVICE_RESET);
	FUZZ_CHECK(!out && !lev_request_pending(&s->req));
}

static void do_reset(struct slot *s)
{
	check_reset(s, lev_device_reset(&s->dev));
}

static void do_queue_reset(struct slot *s)
{
	int err;

	if (!s->queue.dev)
		return;
	err = lev_queue_reset(&s->queue);
	if (err == 0)
		FUZZ_CHECK(!lev_queue_in_flight(&s->queue));
	else if (err != LEV_ERR_NOTSUP && err != LEV_ERR_STATE)
		check_reset(s, err == LEV_ERR_IO ? 0 : err);
}

static void do_abort(struct slot *s)
{
	const int err = lev_device_abort(&s->dev, LEV_ERR_PROTO);

	check_reset(s, err == LEV_ERR_PROTO ? 0 : err);
}

/* What no single answer can do: the same again and again. */
static void do_break(struct slot *s)
{
	const uint8_t bits = fuzz_u8(&s->port.in);

	s->restless = bits & 1;
	s->stuck = bits & 2;
}

static void do_probe(struct slot *s)
{
	const unsigned reads = s->reads;

	/* It is claimed. */
	FUZZ_CHECK(lev_mmio_probe(&s->mmio, &s->port.hal, BASE) ==
		   LEV_ERR_BUSY);
	FUZZ_CHECK(s->reads == reads);
}

typedef void step(struct slot *s);

static step *const steps[] = {
	do_begin,     do_queue, do_ready,  do_request, do_wait,
	do_interrupt, do_reset, do_config, do_begin,   do_queue_reset,
	do_abort,     do_probe, do_break,
};

static void slot_run(struct slot *s)
{
	if (!probe(s) || lev_device_claim(&s->dev, &s->mmio.transport, &driver))
		return;
	for (unsigned i = 0; i < STEPS_MAX && s->port.in.left; i++) {
		fuzz_call(&s->port);
		steps[fuzz_below(&s->port.in,
				 sizeof(steps) / sizeof(steps[0]))](s);
	}
	fuzz_call(&s->port);
	s->honest = true;
	s->restless = s->stuck = false;
	FUZZ_CHECK(lev_device_reset(&s->dev) == 0);
	check_reset(s, 0);
	lev_queue_fini(&s->queue);
	lev_device_release(&s->dev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct slot *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	fuzz_port_init(&s->port, data, len);
	s->port.ops.reg_read = reg_read;
	s->port.ops.reg_write = reg_write;
	s->port.hal.ctx = s; /* port is its first member */
	s->slots = malloc(SLOTS * sizeof(*s->slots));
	if (!s->slots)
		abort();
	s->version = fuzz_below(&s->port.in, 4) == 1 ? 1 : 2;
	slot_run(s);
	fuzz_port_end(&s->port);
	free(s->slots);
	free(s);
	return 0;
}
