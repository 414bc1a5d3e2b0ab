/* SPDX-License-Identifier: MIT */
/*
 * What the registers of a VirtIO device do, on whatever bus they are found: of
 * a modern device and of a legacy one (standard 4.1.4, 4.2.2, 4.2.4), with a
 * look at the driver's stage (3.1.1). The buses know where a register lies and
 * how wide it is; here they all go by their MMIO names.
 */
#include <stdlib.h>

#include "fake_int.h"

enum { ADDR_ALL = 0x3f };
enum { CFG_PATIENCE = 8 }; /* changes under the reads, in a row */

static bool is_legacy(const struct fake_dev *dev)
{
	return dev->version == 1;
}

static bool check(struct fake_dev *dev, bool ok, const char *id,
		  const char *what, uint32_t value)
{
	return fake_dev_check(dev, ok, id, what, value);
}

/* --- queues --- */

static struct fake_queue *queue_selected(struct fake_dev *dev, uint32_t reg)
{
	check(dev, dev->queue_sel_set, "X-MMIO-01",
	      "a queue register before QueueSel", reg);
	if (dev->queue_sel >= dev->nqueues)
		return NULL;
	return &dev->queues[dev->queue_sel];
}

/* Whatever sets up a queue comes after the features (3.1.1, step 7). */
static void setup_stage(struct fake_dev *dev, uint32_t reg)
{
	bool settled =
		dev->features_ok_read && (dev->status & FAKE_FEATURES_OK);

	check(dev, dev->status & FAKE_DRIVER, "CORE-INIT-01g",
	      "queue set-up too early", reg);
	if (!is_legacy(dev))
		check(dev, settled, "CORE-INIT-01f",
		      "queue set-up without FEATURES_OK read back", reg);
}

static struct fake_queue *setup_queue(struct fake_dev *dev, uint32_t reg,
				      uint32_t value)
{
	struct fake_queue *queue = queue_selected(dev, reg);

	setup_stage(dev, reg);
	if (!check(dev, queue && queue->size_max, "X-MMIO-02",
		   "set-up of a queue that is not there", reg) ||
	    !fake_queue_reset_seen(queue, "set up before it was reset"))
		return NULL;
	if (!queue->ready)
		return queue;
	check(dev, false, "MMIO-REG-15", "set-up register of an enabled queue",
	      value);
	return NULL;
}

static bool is_pow2(uint32_t v)
{
	return v && !(v & (v - 1));
}

static void size_write(struct fake_dev *dev, uint32_t value)
{
	struct fake_queue *queue = setup_queue(dev, FAKE_REG_QUEUE_SIZE, value);
	bool packed = fake_dev_has(dev, FAKE_F_RING_PACKED);

	if (!queue)
		return;
	check(dev, queue->size_max_read && queue->ready_read, "X-MMIO-04",
	      "QueueSize before a look at the queue", value);
	if (is_legacy(dev))
		check(dev, queue->size_max_read, "LEG-RING-01",
		      "QueueSize before QueueSizeMax was read", value);
	check(dev, value && (packed || is_pow2(value)) && value <= 32768,
	      "X-MMIO-07", "queue size", value);
	if (check(dev, value <= queue->size_max, "MMIO-REG-14",
		  "QueueSize above QueueSizeMax", value) &&
	    value <= 32768)
		queue->size = value;
}

static void addr_write(struct fake_dev *dev, uint32_t reg, uint32_t value)
{
	struct fake_queue *queue = setup_queue(dev, reg, value);
	unsigned part = (reg - FAKE_REG_DESC_LOW) >> 4;
	bool high = reg & 4;
	uint64_t *addr;

	if (!queue)
		return;
	addr = part == 0   ? &queue->desc
	       : part == 1 ? &queue->avail
			   : &queue->used;
	if (high)
		*addr = (uint32_t)*addr | (uint64_t)value << 32;
	else
		*addr = (*addr >> 32 << 32) | value;
	queue->addr_set |= 1u << (part * 2 + high);
}

/* 2.6.1.2: after its reset a queue is set up as if for the first time. */
static void restart_check(struct fake_queue *queue)
{
	bool all = queue->size && queue->addr_set == ADDR_ALL &&
		   queue->size_max_read;

	if (queue->was_reset)
		check(queue->dev, all, "CORE-VQREN-01",
		      "enabled after its reset without a full set-up",
		      queue->addr_set);
}

static void ready_write(struct fake_dev *dev, uint32_t value)
{
	struct fake_queue *queue = queue_selected(dev, FAKE_REG_QUEUE_READY);

	setup_stage(dev, FAKE_REG_QUEUE_READY);
	check(dev, value <= 1, "X-MMIO-06", "QueueReady", value);
	if (!check(dev, queue, "X-MMIO-02", "no such queue", dev->queue_sel))
		return;
	if (!fake_queue_reset_seen(queue, "QueueReady before it was reset"))
		return;
	if (!value) {
		fake_queue_stop(queue);
		queue->readback_due = true;
		return;
	}
	restart_check(queue);
	if (queue->ready)
		check(dev, false, "MMIO-REG-15", "enabled twice",
		      dev->queue_sel);
	else if (check(dev, queue->size && queue->addr_set == ADDR_ALL,
		       "X-MMIO-03", "enabled without size or addresses",
		       queue->addr_set))
		fake_queue_enable(queue);
}

static uint32_t ready_read(struct fake_dev *dev, uint32_t reg)
{
	struct fake_queue *queue = queue_selected(dev, reg);
	bool legacy = reg == FAKE_REG_QUEUE_PFN;

	if (!queue)
		return 0;
	queue->ready_read = true;
	if (dev->faults.in_use_after_reset && !queue->ready)
		return 1;
	if (dev->faults.ready_not_sticking || !queue->ready ||
	    queue->vanished || fake_queue_reset_over(queue))
		return 0;
	return legacy ? queue->pfn : 1;
}

static uint32_t size_max_read(struct fake_dev *dev)
{
	struct fake_queue *queue = queue_selected(dev, FAKE_REG_QUEUE_SIZE_MAX);

	if (!queue)
		return 0;
	if (is_legacy(dev) && queue->ready)
		check(dev, false, "LEG-MMIO-02",
		      "QueueSizeMax of a queue in use", queue->pfn);
	queue->size_max_read = true;
	return queue->vanished ? 0 : queue->size_max;
}

/* 2.7.2: one block, the used ring at the next multiple of QueueAlign. */
static void legacy_layout(struct fake_queue *queue, uint64_t base)
{
	struct fake_dev *dev = queue->dev;
	uint64_t mask = queue->align - 1;
	uint64_t first = 16u * queue->size + 6 + 2 * queue->size;
	uint64_t second = 6 + 8 * (uint64_t)queue->size;
	uint64_t total;

	first = (first + mask) & ~mask;
	total = first + ((second + mask) & ~mask);
	queue->desc = base;
	queue->avail = base + 16u * queue->size;
	queue->used = base + first;
	check(dev, fake_ptr(dev->port, base, 16u * queue->size, 0),
	      "LEG-MMIO-05", "QueuePFN names no memory of the driver's",
	      queue->pfn);
	check(dev, fake_ptr(dev->port, base, total, 0), "LEG-RING-02",
	      "the queue's block is too short", (uint32_t)total);
}

static void pfn_write(struct fake_dev *dev, uint32_t value)
{
	struct fake_queue *queue;
	bool ok;

	if (!value) {
		queue = queue_selected(dev, FAKE_REG_QUEUE_PFN);
		if (queue)
			fake_queue_stop(queue);
		return;
	}
	queue = setup_queue(dev, FAKE_REG_QUEUE_PFN, value);
	if (!queue)
		return;
	ok = check(dev, is_pow2(dev->page_size), "LEG-MMIO-01",
		   "GuestPageSize is not set", dev->page_size);
	ok &= check(dev, is_pow2(queue->align), "LEG-MMIO-03",
		    "QueueAlign is not set", queue->align);
	ok &= check(dev, queue->size, "X-MMIO-03", "no QueueSize", 0);
	queue->pfn = value;
	if (!ok)
		return;
	legacy_layout(queue, (uint64_t)value * dev->page_size);
	fake_queue_enable(queue);
}

static void align_write(struct fake_dev *dev, uint32_t value)
{
	struct fake_queue *queue =
		setup_queue(dev, FAKE_REG_QUEUE_ALIGN, value);

	if (!queue)
		return;
	check(dev, is_pow2(value), "LEG-MMIO-03", "QueueAlign", value);
	queue->align = value;
}

static void page_size_write(struct fake_dev *dev, uint32_t value)
{
	bool used = false;

	for (unsigned i = 0; i < dev->nqueues; i++)
		used |= dev->queues[i].ready;
	check(dev, is_pow2(value) && !used, "LEG-MMIO-01",
	      "GuestPageSize, or queues are in use already", value);
	dev->page_size = value;
}

/* --- configuration space --- */

static const struct fake_field *field_at(const struct fake_dev *dev,
					 uint32_t off, unsigned width)
{
	for (const struct fake_field *f = dev->fields; f->width; f++) {
		unsigned access = f->width == 8 ? 4 : f->width;
		uint32_t len = (uint32_t)f->width * f->count;

		if (off >= f->off && off - f->off < len && width == access &&
		    (off - f->off) % access == 0)
			return f;
	}
	return NULL;
}

static bool is_absent(const struct fake_dev *dev, const struct fake_field *f)
{
	return f->needs_feature && !fake_dev_offers(dev, f->needs_feature - 1u);
}

/* Are there fields that this device does not offer? */
static bool has_absent(const struct fake_dev *dev)
{
	bool any = false;

	for (const struct fake_field *f = dev->fields; f->width; f++)
		any |= is_absent(dev, f);
	return any;
}

/* NULL also when the device has no table of fields. */
static const struct fake_field *config_check(struct fake_dev *dev, uint32_t off,
					     unsigned width, bool *ok)
{
	const struct fake_field *field = NULL;

	*ok = check(dev,
		    off <= dev->config_len && width <= dev->config_len - off,
		    "MMIO-REG-01", "beyond the configuration space", off);
	check(dev, dev->status & FAKE_DRIVER, "CORE-INIT-01",
	      "configuration used before DRIVER", off);
	if (!dev->fields || !*ok)
		return NULL;
	field = field_at(dev, off, width);
	*ok = check(dev, field, "MMIO-REG-05", "width or alignment of a field",
		    off);
	if (has_absent(dev))
		check(dev, !field || !is_absent(dev, field), "CORE-CFG-03",
		      "a field whose feature is not offered", off);
	return field;
}

/* Reads of several fields stand between two looks at the generation. */
static void config_run(struct fake_dev *dev, uint32_t off,
		       const struct fake_field *field)
{
	if (is_legacy(dev))
		return;
	if (dev->cfg_reads == 0 || off != dev->cfg_last)
		dev->cfg_reads++;
	dev->cfg_last = off;
	if (dev->cfg_reads < 2)
		return;
	check(dev, dev->cfg_open, "CORE-CFG-02",
	      "several fields read, no generation before", off);
	if (field && field->width == 8)
		check(dev, dev->cfg_open, "CORE-CFG-01",
		      "a 64-bit field taken for atomic", off);
}

/*
 * The generation has changed under the last reads: they are made again, or
 * somebody takes them for atomic. A driver may give up on a device that always
 * changes.
 */
static void config_torn_check(struct fake_dev *dev, bool again)
{
	if (!dev->cfg_torn)
		return;
	dev->cfg_torn = false;
	if (!again && dev->cfg_tries >= CFG_PATIENCE)
		return;
	check(dev, again, "CORE-CFG-01", "torn fields not read again", 0);
	check(dev, again, "CORE-CFG-02", "torn fields not read again", 0);
}

static void config_run_end(struct fake_dev *dev, bool generation)
{
	config_torn_check(dev, generation);
	if (dev->cfg_reads >= 2)
		check(dev, generation, "CORE-CFG-02",
		      "several fields read, no generation after", 0);
	if (generation && dev->faults.generation_runs)
		dev->generation++;
	dev->cfg_torn = generation && dev->cfg_open && dev->cfg_reads >= 2 &&
			dev->generation != dev->cfg_shown;
	dev->cfg_tries = dev->cfg_torn ? dev->cfg_tries + 1 : 0;
	dev->cfg_shown = dev->generation;
	dev->cfg_reads = 0;
	dev->cfg_open = generation;
}

/* Changes that wait for this read happen, before it. */
static void config_change(struct fake_dev *dev)
{
	struct fake_change **link = &dev->changes;

	while (*link) {
		struct fake_change *change = *link;

		if (!fake_counts_down(&change->nth)) {
			link = &change->next;
			continue;
		}
		*link = change->next;
		fake_config_set(dev, change->off, change->bytes, change->len);
		free(change);
	}
}

static uint32_t config_read(struct fake_dev *dev, uint32_t off, unsigned width)
{
	const struct fake_field *field;
	uint32_t value = 0;
	bool ok;

	field = config_check(dev, off, width, &ok);
	config_torn_check(dev, true);
	config_run(dev, off, field);
	dev->config_reads++;
	if (dev->config_read)
		dev->config_read(dev, off, width);
	config_change(dev);
	if (dev->faults.config_late && !(dev->status & FAKE_FEATURES_OK))
		return 0;
	if (off > sizeof(dev->config) || width > sizeof(dev->config) - off)
		return UINT32_MAX;
	for (unsigned i = width; i-- > 0;)
		value = value << 8 | dev->config[off + i];
	return value;
}

static void config_write(struct fake_dev *dev, uint32_t off, unsigned width,
			 uint32_t value)
{
	unsigned settled = is_legacy(dev) ? FAKE_DRIVER : FAKE_FEATURES_OK;
	const struct fake_field *field;
	bool ok;

	field = config_check(dev, off, width, &ok);
	check(dev, dev->status & settled, "CORE-INIT-03",
	      "configuration written before the features are settled", off);
	if (field)
		ok = check(dev, field->writable,
			   field->write_id ? field->write_id : "MMIO-REG-02",
			   "a field that is not the driver's to write", off);
	config_run_end(dev, false);
	dev->config_writes++;
	if (!ok)
		return;
	for (unsigned i = 0; i < width; i++)
		dev->config[off + i] = (uint8_t)(value >> 8 * i);
	if (dev->config_written)
		dev->config_written(dev, off, width);
}

/* --- the door --- */

static uint32_t queue_reset_read(struct fake_dev *dev)
{
	struct fake_queue *queue = queue_selected(dev, FAKE_REG_QUEUE_RESET);

	return queue ? fake_queue_reset_read(queue) : 0;
}

static void queue_reset_write(struct fake_dev *dev, uint32_t value)
{
	struct fake_queue *queue = queue_selected(dev, FAKE_REG_QUEUE_RESET);

	setup_stage(dev, FAKE_REG_QUEUE_RESET);
	fake_queue_reset_write(dev, queue, value);
}

static uint32_t control_read(struct fake_dev *dev, uint32_t off)
{
	switch (off) {
	case FAKE_REG_DEVICE_FEATURES:
		return fake_features_read(dev);
	case FAKE_REG_QUEUE_SIZE_MAX:
		return size_max_read(dev);
	case FAKE_REG_QUEUE_PFN:
	case FAKE_REG_QUEUE_READY:
		return ready_read(dev, off);
	case FAKE_REG_STATUS:
		return fake_status_read(dev);
	case FAKE_REG_CONFIG_GENERATION:
		return dev->generation;
	case FAKE_REG_QUEUE_RESET:
		return queue_reset_read(dev);
	default:
		return dev->bus->read(dev, off);
	}
}

static void control_write(struct fake_dev *dev, uint32_t off, uint32_t value)
{
	switch (off) {
	case FAKE_REG_DEVICE_FEATURES_SEL:
		dev->dev_sel = value;
		dev->dev_sel_set = true;
		break;
	case FAKE_REG_DRIVER_FEATURES_SEL:
		dev->drv_sel = value;
		dev->drv_sel_set = true;
		break;
	case FAKE_REG_QUEUE_SEL:
		dev->queue_sel = value;
		dev->queue_sel_set = true;
		break;
	case FAKE_REG_DRIVER_FEATURES:
		fake_features_write(dev, value);
		break;
	case FAKE_REG_GUEST_PAGE_SIZE:
		page_size_write(dev, value);
		break;
	case FAKE_REG_QUEUE_SIZE:
		size_write(dev, value);
		break;
	case FAKE_REG_QUEUE_ALIGN:
		align_write(dev, value);
		break;
	case FAKE_REG_QUEUE_PFN:
		pfn_write(dev, value);
		break;
	case FAKE_REG_QUEUE_READY:
		ready_write(dev, value);
		break;
	case FAKE_REG_QUEUE_NOTIFY:
		fake_notify_write(dev, value);
		break;
	case FAKE_REG_STATUS:
		fake_status_write(dev, value);
		break;
	case FAKE_REG_QUEUE_RESET:
		queue_reset_write(dev, value);
		break;
	default:
		if (off >= FAKE_REG_DESC_LOW && off <= FAKE_REG_DEVICE_HIGH)
			addr_write(dev, off, value);
		else
			dev->bus->write(dev, off, value);
		break;
	}
}

/* The first script for this register that is due decides. */
static uint32_t scripted(struct fake_dev *dev, uint32_t off, uint32_t value)
{
	bool taken = false;

	for (struct fake_script *s = dev->scripts; s; s = s->next) {
		if (s->reg != off)
			continue;
		if (s->nth > 1) {
			s->nth--;
		} else if (s->count && !taken) {
			s->count--;
			value = s->value;
			taken = true;
		}
	}
	return value;
}

/* What may happen before any access. */
static void access_begins(struct fake_dev *dev, uint32_t off, bool write,
			  uint32_t value)
{
	if (fake_counts_down(&dev->faults.needs_reset_at_access))
		fake_needs_reset(dev);
	if (dev->on_access)
		dev->on_access(dev, off, write, value);
	if (off < FAKE_REG_CONFIG)
		(write ? dev->reg_writes : dev->reg_reads)[off / 4]++;
}

uint32_t fake_reg_read(struct fake_dev *dev, uint32_t off, unsigned width)
{
	uint32_t value = UINT32_MAX >> (32 - 8 * width);
	bool config = off >= FAKE_REG_CONFIG;

	access_begins(dev, off, false, 0);
	if (dev->faults.removed) {
		dev->cfg_reads = 0; /* how it ends nobody can see */
		return value;
	}
	fake_life_access(dev, off, false, 0);
	if (!config)
		config_run_end(dev, off == FAKE_REG_CONFIG_GENERATION);
	if (config)
		value &= config_read(dev, off - FAKE_REG_CONFIG, width);
	else if (dev->bus->may(dev, off, width, false))
		value = control_read(dev, off);
	return scripted(dev, off, value);
}

void fake_reg_write(struct fake_dev *dev, uint32_t off, unsigned width,
		    uint32_t value)
{
	access_begins(dev, off, true, value);
	if (dev->faults.removed)
		return;
	fake_life_access(dev, off, true, value);
	if (off >= FAKE_REG_CONFIG) {
		config_write(dev, off - FAKE_REG_CONFIG, width, value);
		return;
	}
	config_run_end(dev, false);
	if (dev->bus->may(dev, off, width, true))
		control_write(dev, off, value);
}
