/* SPDX-License-Identifier: MIT */
/*
 * A device on MMIO is found, agreed with, given a queue, used and reset,
 * whatever it answers; registers.h holds each access to the standard's rules.
 * VERSION: the device's; 0: it says one of its own.
 */
#include "../../src/core/queue.c"
#include "../../src/transport/mmio.c"

#include "world.h"

#include "registers.h"

enum { SIZE = 2 };

/* The context of the port: the world comes first. */
static struct port {
	struct world world;
	struct registers regs;
} port;

static uint32_t port_read(void *ctx, uint64_t reg, unsigned width)
{
	return reg_read(&((struct port *)ctx)->regs, reg, width);
}

static void port_write(void *ctx, uint64_t reg, unsigned width, uint32_t value)
{
	reg_write(&((struct port *)ctx)->regs, reg, width, value);
}

static const struct lev_hal_ops hal_ops = {
	.dma_alloc = world_dma_alloc,
	.dma_free = world_dma_free,
	.reg_read = port_read,
	.reg_write = port_write,
	.now = world_now,
	.relax = world_relax,
	.log = world_log,
};
static const struct lev_hal hal = { &hal_ops, &port };

/* A feature above the words that all devices have, and one that needs it. */
static const struct lev_feature features[] = {
	{ 0, false, "ZERO" },
	{ 5, false, "FIVE" },
	{ 70, false, "SEVENTY" },
};
static const struct lev_feature_rule rules[] = { { 0, 1, { 5 } } };
static const struct lev_driver driver = {
	.device_id = 4,
	.name = "proof",
	.features = features,
	.feature_count = VERSION == 1 ? 2 : 3,
	.rules = rules,
	.rule_count = 1,
};

static struct lev_mmio mmio;
static struct lev_device dev;
static struct lev_queue queue;
static struct lev_queue_slot slots[SIZE];

static struct lev_transport *const t = &mmio.transport;

static int probe(void)
{
	port.regs.base = nondet_uint64();
	world_begin(&port.world);
	return lev_mmio_probe(&mmio, &hal, port.regs.base);
}

void handshake_probe(void)
{
	const int err = probe();

	PROVE(err == 0 || err == LEV_ERR_NODEV || err == LEV_ERR_NOTSUP,
	      "a documented result");
	if (!err) {
		PROVE(port.regs.magic && t->device_id, "a device");
		PROVE((t->version == 1 && t->ops == &legacy_ops && t->legacy) ||
			      (t->version == 2 && t->ops == &modern_ops &&
			       !t->legacy),
		      "of a version there is");
	}
	PROOF_SEEN(!err && t->legacy, "a legacy device");
	PROOF_SEEN(!err && !t->legacy, "a modern device");
	PROOF_SEEN(err == LEV_ERR_NOTSUP, "another version");
	PROOF_END();
}

#if VERSION

static void any_features(uint32_t *word)
{
	for (unsigned i = 0; i < LEV_FEATURE_WORDS; i++)
		word[i] = nondet_unsigned();
}

/* A device is there and claimed, and its caller refuses some features. What is
 * known is written once more, for CBMC not to carry along what cannot be. */
static void claimed(void)
{
	const struct lev_transport_ops *const ops =
		LEGACY ? &legacy_ops : &modern_ops;

	ASSUME(probe() == 0);
	PROVE(t->ops == ops && t->hal == &hal, "this transport");
	t->ops = ops;
	t->hal = &hal;
	any_features(t->refused.word);
	ASSUME(lev_device_claim(&dev, t, &driver) == 0);
	dev.driver = &driver;
	dev.transport = t;
	port.regs.probed = true;
}

/* Proven where lev_device_begin returns; assumed where that was before. */
static bool assuming;
#define HOLDS(cond, text)                                                      \
	do {                                                                   \
		if (assuming)                                                  \
			ASSUME(cond);                                          \
		else                                                           \
			PROVE(cond, text);                                     \
	} while (0)

/* The set that holds: offered, known, not refused, and by the rules. */
static void features_hold(void)
{
	for (unsigned i = 0; i < LEV_FEATURE_WORDS; i++) {
		HOLDS(dev.accepted.word[i] == port.regs.accepted[i],
		      "what was written holds");
		HOLDS(!(dev.accepted.word[i] & t->refused.word[i]),
		      "nothing that the caller refused");
	}
	HOLDS(!lev_device_has(&dev, 0) || lev_device_has(&dev, 5),
	      "nothing that stands on what is not there");
	HOLDS(!(dev.accepted.word[0] &
		~(1u | 1u << 5 | 1u << 27 | 1u << 28 | 1u << 29)),
	      "nothing that is not known");
	HOLDS(LEGACY ? dev.accepted.word[1] == 0
		     : (dev.accepted.word[1] & 1) &&
			       !(dev.accepted.word[1] & ~0x15fu),
	      "VERSION_1, and nothing that is not known");
}

/* 3.1.1: six steps are done. */
static void agreed_holds(void)
{
	HOLDS(dev.state == LEV_DEVICE_SETUP && dev.error == 0,
	      "between begin and ready");
	HOLDS(dev.status == AGREED && port.regs.status == AGREED,
	      "six steps are done");
	HOLDS(port.regs.confirmed, "from a reset that was confirmed");
	HOLDS(port.regs.agreed || LEGACY, "the device agreed");
	HOLDS(port.regs.page_size == LEGACY, "a page is known");
	HOLDS(dev.negotiated, "the features stay, from now on");
	HOLDS(dev.dma_flags == (lev_device_has(&dev, LEV_F_ACCESS_PLATFORM)
					? LEV_DMA_PLATFORM
					: 0),
	      "the port is told of ACCESS_PLATFORM");
	features_hold();
}

/* The first time, or after whatever there was before. */
static int begin(void)
{
	struct lev_features before;
	bool again;
	int err;

	port.regs.status = nondet_uint8();
	dev.negotiated = nondet_bool();
	if (dev.negotiated) {
		any_features(dev.accepted.word);
		if (lev_device_has(&dev, LEV_F_ACCESS_PLATFORM))
			dev.dma_flags = LEV_DMA_PLATFORM;
	}
	before = dev.accepted;
	again = dev.negotiated;
	err = lev_device_begin(&dev, nondet_uint64());
	PROVE(err == 0 || err == LEV_ERR_NOTSUP || err == LEV_ERR_TIMEDOUT ||
		      err == LEV_ERR_NODEV || err == LEV_ERR_PROTO,
	      "a documented result");
	for (unsigned i = 0; !err && again && i < LEV_FEATURE_WORDS; i++)
		PROVE(dev.accepted.word[i] == before.word[i],
		      "the same features after a reset");
	if (!err)
		agreed_holds();
	else
		PROVE(dev.state == LEV_DEVICE_RESET &&
			      (port.regs.status == 0 ||
			       port.regs.status & FAILED),
		      "FAILED, and it may begin again");
	return err;
}

void handshake_begin(void)
{
	int err;

	claimed();
	err = begin();
	PROOF_SEEN(err == 0, "a device that agreed");
	PROOF_SEEN(err == LEV_ERR_NODEV, "a device that went away");
	PROOF_SEEN(err == LEV_ERR_TIMEDOUT, "a reset that was not confirmed");
	PROOF_SEEN(err == LEV_ERR_PROTO, "features that changed");
	if (lev_device_reset(&dev) == LEV_ERR_STUCK)
		return;
	lev_device_release(&dev);
	PROVE(!t->owner, "somebody else may claim it");
	PROOF_END();
}

/* As lev_device_begin leaves it. */
static void agreed(void)
{
	claimed();
	dev.state = LEV_DEVICE_SETUP;
	dev.status = AGREED;
	dev.negotiated = true;
	dev.dma_flags = nondet_unsigned();
	dev.config_changed = nondet_bool();
	any_features(dev.accepted.word);
	any_features(port.regs.accepted);
	port.regs.status = AGREED;
	port.regs.confirmed = true;
	port.regs.agreed = nondet_bool();
	port.regs.page_size = LEGACY;
	assuming = true;
	agreed_holds();
}

static int queue_init(void)
{
	struct lev_queue_config cfg = { 0 };
	int err;

	cfg.idx = nondet_uint16();
	cfg.size = SIZE;
	cfg.slots = slots;
	err = lev_queue_init(&queue, &dev, &cfg);
	PROVE(err <= 0, "0 or an error");
	PROVE(!queue.error == !err, "one that failed refuses work");
	PROVE(err || port.regs.enabled, "the device has it");
	PROVE(queue.dev == &dev && !queue.next && dev.queues == &queue,
	      "the device knows this queue");
	queue.dev = &dev;
	queue.next = NULL;
	dev.queues = &queue;
	return err;
}

/* It has been set up: before DRIVER_OK it waits, then it works. Formats are
 * alike here (any_ring.c). */
static void queue_known(const struct lev_ring_ops *ring)
{
	PROVE(queue.ring == (ring ? ring : queue.format) && !queue.error,
	      "it works as soon as the device does");
	queue.format = &lev_split_ring;
	queue.ring = ring ? ring : queue.format;
	queue.error = 0;
}

/* DRIVER_OK, what comes of the interrupt and of the status, and the end. */
void handshake_live(void)
{
	int err;

	agreed();
	err = queue_init();
	if (!err) {
		queue_known(&waiting_ring);
		err = lev_device_ready(&dev);
		PROVE(err || port.regs.status == (AGREED | DRIVER_OK),
		      "it is live");
		PROOF_SEEN(err == 0, "a device that is live");
	}
	PROVE(dev.queues == &queue && queue.dev == &dev, "as before");
	PROVE(!(lev_device_isr(&dev) & ~3u), "causes there are");
	err = lev_device_poll(&dev);
	PROVE(err == 0 || err == 1 || err == LEV_ERR_IO ||
		      err == LEV_ERR_NODEV || err == LEV_ERR_STATE,
	      "a documented result");
	PROOF_SEEN(err == 1, "another configuration");
	PROOF_SEEN(err == LEV_ERR_IO, "a device that asks for a reset");
	err = lev_device_abort(&dev, LEV_ERR_PROTO);
	PROVE(err == LEV_ERR_PROTO || err == LEV_ERR_NODEV ||
		      err == LEV_ERR_STUCK,
	      "a documented result");
	if (err == LEV_ERR_STUCK)
		return;
	lev_queue_fini(&queue);
	PROVE(!port.world.mem, "all memory went back");
	lev_device_release(&dev);
	PROOF_END();
}

/* A queue that is reset alone, and set up again while the device is live. */
void handshake_queue_reset(void)
{
	int err;

	agreed();
	ASSUME(queue_init() == 0);
	queue_known(&waiting_ring);
	ASSUME(lev_device_ready(&dev) == 0);
	queue_known(NULL);
	dev.state = LEV_DEVICE_LIVE;
	err = lev_queue_reset(&queue);
	PROVE(!LEGACY || err == LEV_ERR_NOTSUP,
	      "no such thing on a legacy one");
	if (!err)
		err = queue_init();
	PROOF_SEEN(LEGACY || err == 0, "a queue's second life");
	PROOF_END();
}

#endif
