/* SPDX-License-Identifier: MIT */
/*
 * A device's life (standard 2.1, 2.2, 2.4, 3.1.1): features, status, reset,
 * interrupts, and when it does its work.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_int.h"

static const unsigned DRIVER_BITS = FAKE_ACKNOWLEDGE | FAKE_DRIVER |
				    FAKE_DRIVER_OK | FAKE_FEATURES_OK |
				    FAKE_FAILED;

enum { SUSPEND = 16, F_SUSPEND = 43 };

static bool check(struct fake_dev *dev, bool ok, const char *id,
		  const char *what, uint32_t value)
{
	return fake_dev_check(dev, ok, id, what, value);
}

static bool is_legacy(const struct fake_dev *dev)
{
	return dev->version == 1;
}

static bool id_begins(const char *id, const char *with)
{
	return strncmp(id, with, strlen(with)) == 0;
}

bool fake_dev_check(struct fake_dev *dev, bool ok, const char *id,
		    const char *what, uint32_t value)
{
	id = dev->bus->rule(dev, id);
	if (!id)
		return ok;
	/* Some rules say no more than that others hold, which are these. */
	if (id_begins(id, "CORE-INIT-01") && dev->bus == &fake_mmio_bus)
		fake_check(dev->port, ok, "MMIO-INIT-06", "%s: %s", id, what);
	if (id_begins(id, "CORE-RESET-01") && dev->pci)
		fake_check(dev->port, ok, "PCI-COMMON-05", "%s: %s", id, what);
	if (id_begins(id, "LEG-") && !id_begins(id, "LEG-CORE-01"))
		fake_check(dev->port, ok, "LEG-CORE-02", "%s: %s", id, what);
	return fake_check(dev->port, ok, id, "device %u: %s (%#x)", dev->id,
			  what, value);
}

bool fake_dev_has(const struct fake_dev *dev, unsigned feature)
{
	return dev->driver_features[feature / 64] >> feature % 64 & 1;
}

bool fake_dev_offers(const struct fake_dev *dev, unsigned feature)
{
	return dev->features[feature / 64] >> feature % 64 & 1;
}

bool fake_dev_live(const struct fake_dev *dev)
{
	unsigned bad = FAKE_NEEDS_RESET | FAKE_FAILED;
	unsigned from = FAKE_DRIVER_OK;

	if (dev->faults.works_early)
		from |= is_legacy(dev) ? FAKE_DRIVER : FAKE_FEATURES_OK;
	return (dev->status & from) && !(dev->status & bad) &&
	       !dev->resetting && !dev->faults.removed &&
	       (!dev->bus->reaches || dev->bus->reaches(dev));
}

/* --- interrupts and events --- */

void fake_irq_rise(struct fake_dev *dev)
{
	if (dev->on_irq)
		dev->on_irq(dev);
}

void fake_irq_raise(struct fake_dev *dev, uint32_t bits,
		    struct fake_queue *queue)
{
	uint32_t old;

	if (!dev->bus->irq || !dev->bus->irq(dev, bits, queue)) {
		old = __atomic_fetch_or(&dev->isr, bits, __ATOMIC_SEQ_CST);
		dev->irqs += (old & bits) != bits;
		if (!old)
			fake_irq_rise(dev);
	}
	fake_thread_irq(dev->port);
}

void fake_irq(struct fake_dev *dev, uint32_t bits)
{
	if (bits & 1)
		dev->life.spurious = true;
	fake_irq_raise(dev, bits, NULL);
}

void fake_needs_reset(struct fake_dev *dev)
{
	dev->status |= FAKE_NEEDS_RESET;
	if ((dev->status & FAKE_DRIVER_OK) && !dev->faults.needs_reset_silent)
		fake_irq_raise(dev, 2, NULL);
}

void fake_config_set(struct fake_dev *dev, uint32_t off, const void *bytes,
		     uint32_t len)
{
	if (off > sizeof(dev->config) || len > sizeof(dev->config) - off)
		abort();
	memcpy(dev->config + off, bytes, len);
	dev->generation += !dev->faults.generation_stuck;
	if (dev->status & FAKE_DRIVER_OK)
		fake_irq_raise(dev, 2, NULL);
}

/* --- reset --- */

/* A queue's reset, by whatever way it came. */
void fake_queue_stop(struct fake_queue *queue)
{
	uint16_t used_idx = queue->used_idx;
	uint32_t put_pos = queue->put_pos;

	if (queue->ready)
		fake_dev_kept(queue->dev, is_legacy(queue->dev)
						  ? "LEG-MMIO-02"
						  : "MMIO-REG-15");
	fake_queue_reset(queue);
	if (!queue->dev->faults.keeps_used_idx)
		return;
	queue->used_idx = used_idx;
	queue->put_pos = put_pos;
}

static void swap_sizes(struct fake_dev *dev)
{
	for (unsigned i = 0; i < dev->nqueues; i++) {
		struct fake_queue *queue = &dev->queues[i];
		uint32_t size = queue->size_max;

		queue->size_max = queue->other_size_max;
		queue->other_size_max = size;
	}
}

static void swap_features(struct fake_dev *dev)
{
	for (unsigned i = 0; i < 2; i++) {
		uint64_t offered = dev->features[i];

		dev->features[i] = dev->faults.other_features[i];
		dev->faults.other_features[i] = offered;
	}
}

static void dev_reset(struct fake_dev *dev)
{
	dev->resetting = false;
	dev->resets++;
	dev->status = dev->isr_shown = dev->isr_due = 0;
	if (!dev->faults.isr_survives)
		__atomic_store_n(&dev->isr, 0, __ATOMIC_SEQ_CST);
	dev->driver_features[0] = dev->driver_features[1] = 0;
	dev->dev_sel_set = dev->drv_sel_set = dev->queue_sel_set = false;
	dev->words_read = 0;
	dev->features_ok_set = false;
	dev->page_size = 0;
	dev->features_ok_read = dev->cfg_open = false;
	dev->cfg_torn = false;
	dev->cfg_reads = dev->cfg_tries = 0;
	for (unsigned i = 0; i < FAKE_QUEUES; i++)
		fake_queue_stop(&dev->queues[i]);
	if (dev->bus->reset)
		dev->bus->reset(dev);
	if (dev->faults.swap_features)
		swap_features(dev);
	if (dev->faults.swap_sizes)
		swap_sizes(dev);
	if (dev->reset)
		dev->reset(dev);
}

/* A reset that is due happens. */
static void reset_tick(struct fake_dev *dev)
{
	if (dev->resetting && !dev->faults.reset_stuck &&
	    dev->port->clock >= dev->reset_done)
		dev_reset(dev);
}

static void reset_begin(struct fake_dev *dev)
{
	fake_life_reset(dev);
	dev->reset_written = dev->reset_unread = true;
	dev->resetting = true;
	dev->reset_done = dev->port->clock + dev->faults.reset_delay;
	reset_tick(dev);
}

/* --- features --- */

static uint32_t feature_word(const uint64_t *features, uint32_t sel)
{
	if (sel > 3)
		return 0;
	return (uint32_t)(features[sel / 2] >> sel % 2 * 32);
}

/* QEMU 7.2 knows the words 0 and 1 only: the others are word 1 again. */
static uint32_t feature_sel(const struct fake_dev *dev, uint32_t sel)
{
	return dev->faults.mirror_features && sel ? 1 : sel;
}

uint32_t fake_features_read(struct fake_dev *dev)
{
	check(dev, dev->dev_sel_set, "MMIO-REG-12",
	      "DeviceFeatures read before a word was selected", 0);
	if (dev->dev_sel < 32)
		dev->words_read |= 1u << dev->dev_sel;
	return feature_word(dev->features, feature_sel(dev, dev->dev_sel));
}

void fake_features_write(struct fake_dev *dev, uint32_t value)
{
	uint32_t sel = feature_sel(dev, dev->drv_sel);
	unsigned frozen = is_legacy(dev) ? FAKE_DRIVER_OK : FAKE_FEATURES_OK;
	bool known = sel < 32 && (dev->words_read >> sel & 1);
	uint64_t mask;

	check(dev, dev->drv_sel_set, "MMIO-REG-13",
	      "DriverFeatures written before a word was selected", value);
	check(dev, dev->status & FAKE_DRIVER, "CORE-INIT-01",
	      "features written before DRIVER", value);
	check(dev, known || !value, "CORE-FEAT-03",
	      "features accepted without a look at the offer", value);
	check(dev, !(value & ~feature_word(dev->features, sel)), "CORE-FEAT-01",
	      "features accepted that were not offered", value);
	if (dev->status & frozen)
		check(dev, false, "CORE-INIT-04",
		      "features written after they were settled", value);
	if ((dev->status & frozen) || sel > 3)
		return;
	mask = (uint64_t)UINT32_MAX << sel % 2 * 32;
	dev->driver_features[sel / 2] &= ~mask;
	dev->driver_features[sel / 2] |= (uint64_t)value << sel % 2 * 32;
}

/* Features that stand on another (2.2, 5.7.3); id 0: any device. */
static const struct {
	uint8_t id, bit, needs;
} feature_deps[] = {
	{ 16, 4, 0 },
	{ 16, 5, 3 },
};

/* The driver says that it is done choosing. */
static bool features_settled(struct fake_dev *dev)
{
	bool ok = true;

	fake_life_settled(dev);
	for (unsigned bit = 0; bit < 128; bit++)
		ok &= fake_dev_offers(dev, bit) || !fake_dev_has(dev, bit);
	for (size_t i = 0; i < sizeof(feature_deps) / sizeof(*feature_deps);
	     i++) {
		if (feature_deps[i].id != dev->id ||
		    !fake_dev_offers(dev, feature_deps[i].bit))
			continue;
		check(dev,
		      !fake_dev_has(dev, feature_deps[i].bit) ||
			      fake_dev_has(dev, feature_deps[i].needs),
		      "CORE-FEAT-02", "a feature without what it needs",
		      feature_deps[i].bit);
	}
	if (fake_dev_offers(dev, 37))
		check(dev, !fake_dev_has(dev, 37), "CORE-RFEAT-10",
		      "SR_IOV accepted without its capability", 0);
	return ok;
}

static void feature_wanted(struct fake_dev *dev, unsigned bit, const char *id)
{
	if (fake_dev_offers(dev, bit))
		check(dev, fake_dev_has(dev, bit), id,
		      "a feature to be accepted was not", bit);
}

/* --- status --- */

static bool features_ok_write(struct fake_dev *dev)
{
	bool ok = features_settled(dev);

	feature_wanted(dev, FAKE_F_VERSION_1, "CORE-RFEAT-01");
	feature_wanted(dev, FAKE_F_ACCESS_PLATFORM, "CORE-RFEAT-03");
	feature_wanted(dev, FAKE_F_RING_PACKED, "CORE-RFEAT-06");
	feature_wanted(dev, FAKE_F_ORDER_PLATFORM, "CORE-RFEAT-07");
	if (dev->pci)
		feature_wanted(dev, FAKE_F_NOTIF_CONFIG_DATA, "CORE-RFEAT-13");
	dev->features_ok_read = false;
	for (unsigned i = 0; i < 2; i++)
		ok &= !(dev->faults.insists_on[i] & ~dev->driver_features[i]);
	return ok && !dev->faults.features_ok_refused;
}

static void legacy_settled(struct fake_dev *dev)
{
	features_settled(dev);
	feature_wanted(dev, FAKE_F_ANY_LAYOUT, "LEG-CORE-05");
	if (fake_dev_offers(dev, 30))
		check(dev, !fake_dev_has(dev, 30), "LEG-CORE-06",
		      "bit 30 accepted", 0);
}

/* Each step of 3.1.1 needs those before it. */
static void status_order(struct fake_dev *dev, uint32_t fresh)
{
	uint32_t old = dev->status;
	uint32_t steps = fresh & ~(uint32_t)FAKE_FAILED;
	bool modern = !is_legacy(dev);

	check(dev, !(steps & (steps - 1)) && !(fresh & ~DRIVER_BITS),
	      "CORE-STATUS-01", "several steps at once, or none known", fresh);
	check(dev,
	      !(fresh & SUSPEND) ||
		      ((old & FAKE_DRIVER_OK) && fake_dev_has(dev, F_SUSPEND)),
	      "CORE-SUSP-01", "SUSPEND out of its time", fresh);
	if (fresh & FAKE_DRIVER)
		check(dev, old & FAKE_ACKNOWLEDGE, "CORE-INIT-01b",
		      "DRIVER before ACKNOWLEDGE", fresh);
	if (fresh & (FAKE_FEATURES_OK | FAKE_DRIVER_OK))
		check(dev, old & FAKE_DRIVER, "CORE-INIT-01c",
		      "a later step before DRIVER", fresh);
	if (fresh & FAKE_FEATURES_OK)
		check(dev, dev->words_read, "CORE-INIT-01d",
		      "FEATURES_OK before the offer was read", fresh);
	if (!(fresh & FAKE_DRIVER_OK) || !modern)
		return;
	check(dev, dev->features_ok_set, "CORE-INIT-01e",
	      "DRIVER_OK before FEATURES_OK", fresh);
	check(dev, dev->features_ok_read && (old & FAKE_FEATURES_OK),
	      "CORE-INIT-01f", "DRIVER_OK without FEATURES_OK read back",
	      fresh);
}

static void driver_ok(struct fake_dev *dev)
{
	if (is_legacy(dev))
		legacy_settled(dev);
	fake_life_live(dev);
	for (unsigned i = 0; i < dev->nqueues; i++) {
		if (dev->queues[i].ready)
			fake_queue_start(&dev->queues[i]);
	}
}

void fake_status_write(struct fake_dev *dev, uint32_t value)
{
	uint32_t own = dev->status & ~(uint32_t)FAKE_NEEDS_RESET;
	uint32_t fresh = value & ~dev->status & ~(uint32_t)FAKE_NEEDS_RESET;

	if (own & FAKE_FAILED)
		check(dev, value == 0, "CORE-STATUS-03",
		      "status written after FAILED", value);
	if (value == 0) {
		reset_begin(dev);
		return;
	}
	if (own)
		check(dev, (value & own) == own, "CORE-STATUS-02",
		      "a status bit was cleared", value);
	if (fresh & FAKE_FAILED)
		fake_life_failed(dev);
	if (is_legacy(dev)) {
		bool ok = !(fresh & FAKE_FEATURES_OK);

		check(dev, ok, "LEG-MMIO-06", "FEATURES_OK on legacy", value);
		check(dev, ok, "LEG-CORE-04", "FEATURES_OK on legacy", value);
	}
	status_order(dev, fresh);
	if (fresh & FAKE_FEATURES_OK) {
		dev->features_ok_set = true;
		if (!is_legacy(dev) && !features_ok_write(dev))
			value &= ~(uint32_t)FAKE_FEATURES_OK;
	}
	dev->status |= value & 0xff;
	if (fresh & FAKE_DRIVER_OK)
		driver_ok(dev);
}

uint32_t fake_status_read(struct fake_dev *dev)
{
	uint32_t shown;

	reset_tick(dev);
	shown = dev->status;
	if (dev->resetting && !shown)
		shown = FAKE_ACKNOWLEDGE;
	shown = (shown & ~dev->faults.status_hidden) | dev->faults.status_extra;
	if (!shown)
		dev->reset_unread = false;
	if (!dev->resetting && dev->features_ok_set)
		fake_life_answered(dev, shown & FAKE_FEATURES_OK);
	dev->life.broken_shown |= (shown & FAKE_NEEDS_RESET) != 0;
	return shown;
}

/* --- work --- */

static void queues_serve(struct fake_dev *dev, bool all)
{
	if (!fake_dev_live(dev) || dev->port->in_device)
		return;
	dev->port->in_device = true;
	for (unsigned i = 0; i < dev->nqueues; i++) {
		struct fake_queue *queue = &dev->queues[i];
		bool due = queue->kicked && dev->port->clock >= queue->run_at;

		if (queue->ready && (all || due))
			fake_queue_serve(queue);
	}
	dev->port->in_device = false;
}

void fake_run(struct fake_dev *dev)
{
	queues_serve(dev, true);
}

/* Answers that were put off: those whose time has come. */
static void push_due(struct fake_queue *queue)
{
	uint64_t now = queue->dev->port->clock;
	struct fake_chain *chain = queue->pending;
	bool any = false;

	while (chain) {
		if (chain->due_set && chain->due <= now) {
			chain->due_set = false;
			any = true;
			if (chain->redo)
				queue->dev->handle(queue->dev, chain);
			else
				fake_queue_push(chain, chain->due_len);
			chain = queue->pending;
		} else {
			chain = chain->next;
		}
	}
	if (any)
		fake_queue_flush(queue);
}

void fake_dev_push_due(struct fake_dev *dev)
{
	for (unsigned i = 0; i < dev->nqueues && fake_dev_live(dev); i++) {
		if (!dev->queues[i].resetting)
			push_due(&dev->queues[i]);
	}
}

void fake_dev_due(struct fake_dev *dev)
{
	if (dev->thread)
		return; /* does it itself */
	fake_dev_push_due(dev);
	if (dev->mode == FAKE_DELAYED)
		queues_serve(dev, false);
}

uint64_t fake_dev_next(const struct fake_dev *dev)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < dev->nqueues; i++) {
		const struct fake_queue *queue = &dev->queues[i];

		if (dev->mode == FAKE_DELAYED && queue->kicked &&
		    queue->run_at < next)
			next = queue->run_at;
		for (struct fake_chain *c = queue->pending; c; c = c->next) {
			if (c->due_set && c->due < next)
				next = c->due;
		}
	}
	return next;
}

void fake_dev_check_kicks(struct fake_dev *dev)
{
	for (unsigned i = 0; i < dev->nqueues; i++)
		fake_queue_check_kick(&dev->queues[i], false);
}

const char *fake_dev_uses(struct fake_dev *dev, uint64_t addr, uint64_t len)
{
	const char *use = NULL;

	if (dev->faults.removed)
		return NULL;
	for (unsigned i = 0; i < dev->nqueues && !use; i++) {
		use = fake_queue_uses(&dev->queues[i], addr, len);
		if (use)
			fake_queue_reset_seen(&dev->queues[i], use);
	}
	if (dev->going)
		dev->going(dev, addr, len);
	return use;
}

void fake_script(struct fake_dev *dev, uint32_t reg, unsigned nth,
		 unsigned count, uint32_t value)
{
	struct fake_script **link = &dev->scripts;
	struct fake_script *script = fake_zalloc(sizeof(*script));

	script->reg = reg;
	script->nth = nth;
	script->count = count;
	script->value = value;
	while (*link)
		link = &(*link)->next;
	*link = script;
}

void fake_config_at(struct fake_dev *dev, unsigned nth, uint32_t off,
		    const void *bytes, uint32_t len)
{
	struct fake_change *change = fake_zalloc(sizeof(*change) + len);

	change->nth = nth;
	change->off = off;
	change->len = len;
	memcpy(change->bytes, bytes, len);
	change->next = dev->changes;
	dev->changes = change;
}

/* --- birth and death --- */

void fake_dev_init(struct fake_dev *dev, struct fake_port *port,
		   uint32_t version, uint32_t id, unsigned nqueues)
{
	if (nqueues > FAKE_QUEUES)
		abort();
	dev->port = port;
	dev->magic = 0x74726976;
	dev->version = version;
	dev->id = id;
	dev->vendor = 0x1af4;
	dev->features[0] = (uint64_t)1 << FAKE_F_EVENT_IDX |
			   (uint64_t)1 << FAKE_F_INDIRECT;
	if (version == 2)
		dev->features[0] |= (uint64_t)1 << FAKE_F_VERSION_1;
	dev->nqueues = nqueues;
	for (unsigned i = 0; i < FAKE_QUEUES; i++) {
		dev->queues[i].dev = dev;
		dev->queues[i].idx = i;
		dev->queues[i].size_max = i < nqueues ? 64 : 0;
	}
	dev->bus = &fake_mmio_bus;
	dev->cookie = fake_port_add(port, dev);
}

struct fake_dev *fake_dev_new(struct fake_port *port, uint32_t version,
			      uint32_t id, unsigned nqueues)
{
	struct fake_dev *dev = fake_zalloc(sizeof(*dev));

	fake_dev_init(dev, port, version, id, nqueues);
	return dev;
}

void fake_dev_free(struct fake_dev *dev)
{
	for (unsigned i = 0; i < FAKE_QUEUES; i++)
		fake_queue_free(&dev->queues[i]);
	while (dev->scripts) {
		struct fake_script *script = dev->scripts;

		dev->scripts = script->next;
		free(script);
	}
	while (dev->changes) {
		struct fake_change *change = dev->changes;

		dev->changes = change->next;
		free(change);
	}
	if (dev->destroy)
		dev->destroy(dev);
	free(dev);
}
