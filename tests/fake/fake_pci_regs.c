/* SPDX-License-Identifier: MIT */
/*
 * Registers in a function's BARs: the structures of modern devices (standard
 * 4.1.4), the legacy ones (4.1.4.10). What they do is known elsewhere by their
 * MMIO names; here is where they lie and how they may be used.
 */
#include "fake_pci_int.h"

enum { R = 1, W = 2, RW = 3 };
enum { LEGACY_CONFIG = 20, LEGACY_CONFIG_MSIX = 24, LEGACY_ALIGN = 4096 };

struct field {
	uint8_t off, width, way;
	uint16_t reg;
};

/* struct virtio_pci_common_cfg (4.1.4.3). */
static const struct field common_fields[] = {
	{ 0x00, 4, RW, FAKE_REG_DEVICE_FEATURES_SEL },
	{ 0x04, 4, R, FAKE_REG_DEVICE_FEATURES },
	{ 0x08, 4, RW, FAKE_REG_DRIVER_FEATURES_SEL },
	{ 0x0c, 4, RW, FAKE_REG_DRIVER_FEATURES },
	{ 0x10, 2, RW, FAKE_REG_CONFIG_VECTOR },
	{ 0x12, 2, R, FAKE_REG_NUM_QUEUES },
	{ 0x14, 1, RW, FAKE_REG_STATUS },
	{ 0x15, 1, R, FAKE_REG_CONFIG_GENERATION },
	{ 0x16, 2, RW, FAKE_REG_QUEUE_SEL },
	{ 0x18, 2, RW, FAKE_REG_QUEUE_SIZE },
	{ 0x1a, 2, RW, FAKE_REG_QUEUE_VECTOR },
	{ 0x1c, 2, RW, FAKE_REG_QUEUE_READY },
	{ 0x1e, 2, R, FAKE_REG_NOTIFY_OFF },
	{ 0x20, 4, RW, FAKE_REG_DESC_LOW },
	{ 0x24, 4, RW, FAKE_REG_DESC_HIGH },
	{ 0x28, 4, RW, FAKE_REG_DRIVER_LOW },
	{ 0x2c, 4, RW, FAKE_REG_DRIVER_HIGH },
	{ 0x30, 4, RW, FAKE_REG_DEVICE_LOW },
	{ 0x34, 4, RW, FAKE_REG_DEVICE_HIGH },
	{ 0x38, 2, R, FAKE_REG_NOTIF_DATA },
	{ 0x3a, 2, RW, FAKE_REG_QUEUE_RESET },
	{ 0x3c, 2, R, FAKE_REG_ADMIN },
	{ 0x3e, 2, R, FAKE_REG_ADMIN },
};

/* 4.1.4.10; the last two only with MSI-X on. */
static const struct field legacy_fields[] = {
	{ 0x00, 4, R, FAKE_REG_DEVICE_FEATURES },
	{ 0x04, 4, RW, FAKE_REG_DRIVER_FEATURES },
	{ 0x08, 4, RW, FAKE_REG_QUEUE_PFN },
	{ 0x0c, 2, R, FAKE_REG_QUEUE_SIZE_MAX },
	{ 0x0e, 2, RW, FAKE_REG_QUEUE_SEL },
	{ 0x10, 2, RW, FAKE_REG_QUEUE_NOTIFY },
	{ 0x12, 1, RW, FAKE_REG_STATUS },
	{ 0x13, 1, R, FAKE_REG_INTERRUPT_STATUS },
	{ 0x14, 2, RW, FAKE_REG_CONFIG_VECTOR },
	{ 0x16, 2, RW, FAKE_REG_QUEUE_VECTOR },
};

static uint32_t ones(unsigned width)
{
	return UINT32_MAX >> (32 - 8 * width);
}

/* The field at off, by all of its width; NULL is noted. */
static const struct field *field_get(struct fake_pci_function *f,
				     const struct field *fields, size_t count,
				     uint32_t off, unsigned width)
{
	const struct field *field = NULL;

	for (size_t i = 0; i < count; i++) {
		if (off >= fields[i].off &&
		    off - fields[i].off < fields[i].width)
			field = &fields[i];
	}
	if (!fake_pci_check(f, field, "X-PCI-08", "no such register", off) ||
	    !fake_pci_check(f, off == field->off && width == field->width,
			    "PCI-LAYOUT-01", "width or alignment of a field",
			    off))
		return NULL;
	return field;
}

static struct fake_queue *selected(struct fake_dev *dev)
{
	return dev->queue_sel < dev->nqueues ? &dev->queues[dev->queue_sel]
					     : NULL;
}

/* --- the common configuration --- */

/* Fields that are there only under a feature. */
static void check_feature(struct fake_pci_function *f, uint32_t reg)
{
	struct fake_dev *dev = f->dev;

	if (reg == FAKE_REG_QUEUE_RESET)
		fake_pci_check(f, fake_dev_has(dev, FAKE_F_RING_RESET),
			       "X-PCI-06", "queue_reset", reg);
	if (reg == FAKE_REG_NOTIF_DATA)
		fake_pci_check(f, fake_dev_has(dev, FAKE_F_NOTIF_CONFIG_DATA),
			       "X-PCI-17", "queue_notif_config_data", reg);
	if (reg == FAKE_REG_ADMIN)
		fake_pci_check(f, false, "X-PCI-17", "no admin queues", reg);
}

/* What was written before is read back. */
static uint32_t written_read(struct fake_dev *dev, uint32_t reg)
{
	const struct fake_queue *queue = selected(dev);
	unsigned part = (reg - FAKE_REG_DESC_LOW) >> 4;
	uint64_t addr = 0;

	switch (reg) {
	case FAKE_REG_DEVICE_FEATURES_SEL:
		return dev->dev_sel;
	case FAKE_REG_DRIVER_FEATURES_SEL:
		return dev->drv_sel;
	case FAKE_REG_DRIVER_FEATURES:
		if (dev->drv_sel > 3)
			return 0;
		return (uint32_t)(dev->driver_features[dev->drv_sel / 2] >>
				  dev->drv_sel % 2 * 32);
	case FAKE_REG_QUEUE_SEL:
		return dev->queue_sel;
	default:
		if (queue)
			addr = part == 0   ? queue->desc
			       : part == 1 ? queue->avail
					   : queue->used;
		return (uint32_t)(addr >> (reg & 4 ? 32 : 0));
	}
}

/* queue_size is the largest one until another was written. */
static uint32_t size_read(struct fake_dev *dev)
{
	const struct fake_queue *queue = selected(dev);
	uint32_t max = fake_reg_read(dev, FAKE_REG_QUEUE_SIZE_MAX, 2);

	return queue && queue->size && max == queue->size_max ? queue->size
							      : max;
}

static bool reads_back(const struct field *field)
{
	return field->reg == FAKE_REG_DEVICE_FEATURES_SEL ||
	       field->reg == FAKE_REG_DRIVER_FEATURES_SEL ||
	       field->reg == FAKE_REG_DRIVER_FEATURES ||
	       field->reg == FAKE_REG_QUEUE_SEL ||
	       (field->reg >= FAKE_REG_DESC_LOW &&
		field->reg <= FAKE_REG_DEVICE_HIGH);
}

static uint32_t common_read(struct fake_pci_function *f, uint32_t off,
			    unsigned width)
{
	const struct field *field = field_get(
		f, common_fields,
		sizeof(common_fields) / sizeof(*common_fields), off, width);

	if (!field)
		return ones(width);
	check_feature(f, field->reg);
	if (reads_back(field))
		return written_read(f->dev, field->reg);
	if (field->reg == FAKE_REG_QUEUE_SIZE)
		return size_read(f->dev) & ones(width);
	return fake_reg_read(f->dev, field->reg, width) & ones(width);
}

static bool is_pow2(uint32_t v)
{
	return v && !(v & (v - 1));
}

static void check_size(struct fake_pci_function *f, uint32_t value)
{
	if (fake_dev_has(f->dev, FAKE_F_RING_PACKED))
		fake_pci_check(f, value, "PCI-COMMON-02", "queue_size 0",
			       value);
	else
		fake_pci_check(f, is_pow2(value), "PCI-COMMON-03", "queue_size",
			       value);
}

/* May queue_enable be written like this? The size has a default. */
static bool check_enable(struct fake_pci_function *f, uint32_t value)
{
	struct fake_queue *queue = selected(f->dev);

	if (!fake_pci_check(f, value, "PCI-COMMON-06", "queue_enable 0", value))
		return false;
	if (!queue)
		return true;
	if (!queue->size && !queue->vanished)
		queue->size = queue->size_max;
	fake_pci_vector_check(f, (int)queue->idx);
	return true;
}

static void status_look(struct fake_pci_function *f, uint32_t value)
{
	bool live = value & ~f->dev->status & FAKE_DRIVER_OK;

	if (live)
		fake_pci_vector_check(f, -1);
}

static bool write_look(struct fake_pci_function *f, uint32_t reg,
		       uint32_t value)
{
	const struct fake_queue *queue = selected(f->dev);

	switch (reg) {
	case FAKE_REG_QUEUE_SIZE:
		check_size(f, value);
		return true;
	case FAKE_REG_QUEUE_READY:
		return check_enable(f, value);
	case FAKE_REG_QUEUE_VECTOR:
		fake_pci_check(f, !queue || !queue->ready, "PCI-COMMON-04",
			       "the vector of an enabled queue", value);
		return true;
	case FAKE_REG_STATUS:
		status_look(f, value);
		return true;
	default:
		return true;
	}
}

static void common_write(struct fake_pci_function *f, uint32_t off,
			 unsigned width, uint32_t value)
{
	const struct field *field = field_get(
		f, common_fields,
		sizeof(common_fields) / sizeof(*common_fields), off, width);

	if (!field || !fake_pci_check(f, field->way & W, "PCI-COMMON-01",
				      "a read-only field was written", off))
		return;
	check_feature(f, field->reg);
	if (write_look(f, field->reg, value))
		fake_reg_write(f->dev, field->reg, width, value);
}

/* --- doorbells --- */

static uint16_t bell_id(const struct fake_pci_function *f, unsigned queue)
{
	bool data = fake_dev_has(f->dev, FAKE_F_NOTIF_CONFIG_DATA);

	return data ? f->notif_data[queue] : (uint16_t)queue;
}

static void check_bell_width(struct fake_pci_function *f, unsigned width)
{
	if (fake_dev_has(f->dev, FAKE_F_NOTIFICATION_DATA))
		fake_pci_check(f, width == 4, "PCI-KICK-02", "a kick's width",
			       width);
	else
		fake_pci_check(f, width == 2, "PCI-KICK-01", "a kick's width",
			       width);
}

/* Which queue is it that has its bell here, and this id? */
static void bell_write(struct fake_pci_function *f, uint32_t off,
		       unsigned width, uint32_t value)
{
	static const char *const rules[] = { "PCI-KICK-03", "PCI-KICK-04",
					     "PCI-KICK-05", "PCI-KICK-06" };
	struct fake_dev *dev = f->dev;
	bool here = false, known = false;
	unsigned queue = 0;

	check_bell_width(f, width);
	fake_pci_check(f, fake_pci_bus.reaches(dev), "X-PCI-09",
		       "a kick, but no bus mastering", value);
	for (unsigned i = 0; i < dev->nqueues; i++) {
		if (f->notify_off[i] * f->multiplier != off)
			continue;
		here = true;
		if (!known && bell_id(f, i) == (value & 0xffff)) {
			known = true;
			queue = i;
		}
	}
	if (!fake_pci_check(f, here, "X-PCI-05", "no queue's doorbell", off) ||
	    !fake_pci_check(
		    f, known,
		    rules[2 * fake_dev_has(dev, FAKE_F_NOTIF_CONFIG_DATA) +
			  fake_dev_has(dev, FAKE_F_NOTIFICATION_DATA)],
		    "a kick's value", value))
		return;
	fake_reg_write(dev, FAKE_REG_QUEUE_NOTIFY, width,
		       (value & 0xffff0000) | queue);
}

/* --- legacy --- */

static uint32_t legacy_config(const struct fake_pci_function *f)
{
	return fake_pci_msix_on(f) ? LEGACY_CONFIG_MSIX : LEGACY_CONFIG;
}

/* Vectors are where configuration is without MSI-X, and the other way. */
static const struct field *legacy_field(struct fake_pci_function *f,
					uint32_t off, unsigned width)
{
	const struct field *field;

	field = field_get(f, legacy_fields,
			  sizeof(legacy_fields) / sizeof(*legacy_fields), off,
			  width);
	if (off >= LEGACY_CONFIG)
		fake_pci_check(f, field, "LEG-PCI-03",
			       "vectors taken for configuration", off);
	return field;
}

/* The one word of features that there is, the one alignment. */
static void legacy_prepare(struct fake_dev *dev, uint32_t reg)
{
	struct fake_queue *queue = selected(dev);

	if (dev->version != 1 && !dev->status)
		dev->version = 1; /* a transitional one, from now on */
	if (reg == FAKE_REG_DEVICE_FEATURES) {
		dev->dev_sel = 0;
		dev->dev_sel_set = true;
	}
	if (reg == FAKE_REG_DRIVER_FEATURES) {
		dev->drv_sel = 0;
		dev->drv_sel_set = true;
	}
	if (reg == FAKE_REG_QUEUE_PFN && queue) {
		dev->page_size = queue->align = LEGACY_ALIGN;
		queue->size = queue->vanished ? 0 : queue->size_max;
	}
}

static bool config_there(struct fake_pci_function *f, uint32_t off)
{
	return fake_pci_check(f, off - legacy_config(f) < f->dev->config_len,
			      "LEG-PCI-03", "no configuration there", off);
}

static uint32_t legacy_read(struct fake_pci_function *f, uint32_t off,
			    unsigned width)
{
	struct fake_dev *dev = f->dev;
	const struct field *field;

	if (off >= legacy_config(f))
		return config_there(f, off)
			       ? fake_reg_read(dev,
					       FAKE_REG_CONFIG + off -
						       legacy_config(f),
					       width)
			       : ones(width);
	field = legacy_field(f, off, width);
	if (!field)
		return ones(width);
	legacy_prepare(dev, field->reg);
	if (field->reg == FAKE_REG_QUEUE_SEL ||
	    field->reg == FAKE_REG_DRIVER_FEATURES)
		return written_read(dev, field->reg);
	return fake_reg_read(dev, field->reg, width) & ones(width);
}

static void check_legacy_pfn(struct fake_pci_function *f, uint32_t value)
{
	struct fake_queue *queue = selected(f->dev);

	if (!queue || !value)
		return;
	fake_pci_check(f, queue->size_max_read, "LEG-RING-01",
		       "a queue without a look at its size", value);
	fake_pci_check(f, queue->ready_read, "X-PCI-03",
		       "a queue without a look whether it is in use", value);
	if (queue->size)
		fake_pci_vector_check(f, (int)queue->idx);
}

static void legacy_write(struct fake_pci_function *f, uint32_t off,
			 unsigned width, uint32_t value)
{
	struct fake_dev *dev = f->dev;
	const struct field *field;

	if (off >= legacy_config(f)) {
		if (config_there(f, off))
			fake_reg_write(dev,
				       FAKE_REG_CONFIG + off - legacy_config(f),
				       width, value);
		return;
	}
	field = legacy_field(f, off, width);
	if (!field || !fake_pci_check(f, field->way & W, "X-PCI-08",
				      "a read-only register", off))
		return;
	legacy_prepare(dev, field->reg);
	if (field->reg == FAKE_REG_QUEUE_PFN)
		check_legacy_pfn(f, value);
	if (field->reg == FAKE_REG_STATUS)
		status_look(f, value);
	if (field->reg == FAKE_REG_QUEUE_NOTIFY)
		fake_pci_check(f, fake_pci_bus.reaches(dev), "X-PCI-09",
			       "a kick, but no bus mastering", value);
	fake_reg_write(dev, field->reg, width, value);
}

/* --- what lies where --- */

enum what { NOTHING, COMMON, NOTIFY, ISR, CONFIG, TABLE, LEGACY };

static bool lies_in(const struct fake_pci_place *place, unsigned bar,
		    uint32_t off, unsigned width)
{
	return place->len && place->bar == bar && off >= place->off &&
	       off - place->off < place->len &&
	       width <= place->len - (off - place->off);
}

/* Its beginning, too, in *base. */
static enum what what_at(const struct fake_pci_function *f, unsigned bar,
			 uint32_t off, unsigned width, uint32_t *base)
{
	const struct fake_pci_place *places[] = {
		[COMMON] = &f->common, [NOTIFY] = &f->notify, [ISR] = &f->isr,
		[CONFIG] = &f->config, [TABLE] = &f->msix,
	};

	for (enum what what = COMMON; what <= TABLE; what++) {
		if (!lies_in(places[what], bar, off, width))
			continue;
		*base = places[what]->off;
		return what;
	}
	*base = 0;
	if (bar == f->msix.bar && f->msix_size && off >= f->msix.off &&
	    off < f->msix.off + FAKE_VECTORS * 16)
		return TABLE; /* a table that is thought to be longer */
	return bar == 0 && f->kind != FAKE_PCI_MODERN ? LEGACY : NOTHING;
}

static void used_look(struct fake_pci_function *f, enum what what)
{
	if (what == LEGACY || (what >= COMMON && what <= CONFIG))
		fake_pci_used(f, what == LEGACY);
}

uint32_t fake_pci_bar_read(struct fake_pci_function *f, unsigned bar,
			   uint32_t off, unsigned width)
{
	uint32_t base;
	enum what what = what_at(f, bar, off, width, &base);

	if (!fake_pci_alive(f)) {
		/* Counters and hooks know of it all the same. */
		return f->dev ? fake_reg_read(f->dev, FAKE_REG_STATUS, width)
			      : ones(width);
	}
	if (!f->dev)
		return 0;
	used_look(f, what);
	off -= base;
	switch (what) {
	case COMMON:
		return common_read(f, off, width);
	case ISR:
		return fake_reg_read(f->dev, FAKE_REG_INTERRUPT_STATUS, width);
	case CONFIG:
		return fake_reg_read(f->dev, FAKE_REG_CONFIG + off, width);
	case TABLE:
		return fake_pci_table_read(f, off);
	case LEGACY:
		return legacy_read(f, off, width);
	case NOTIFY:
		return 0;
	case NOTHING:
	default:
		fake_pci_stray(f, bar, off);
		return ones(width);
	}
}

void fake_pci_bar_write(struct fake_pci_function *f, unsigned bar, uint32_t off,
			unsigned width, uint32_t value)
{
	uint32_t base;
	enum what what = what_at(f, bar, off, width, &base);

	if (!fake_pci_alive(f) || !f->dev)
		return;
	used_look(f, what);
	off -= base;
	switch (what) {
	case COMMON:
		common_write(f, off, width, value);
		break;
	case NOTIFY:
		bell_write(f, off, width, value);
		break;
	case CONFIG:
		fake_reg_write(f->dev, FAKE_REG_CONFIG + off, width, value);
		break;
	case TABLE:
		fake_pci_table_write(f, off, width, value);
		break;
	case LEGACY:
		legacy_write(f, off, width, value);
		break;
	case NOTHING:
	case ISR:
	default:
		fake_pci_stray(f, bar, off + base);
		break;
	}
}
