/* SPDX-License-Identifier: MIT */
/*
 * How a driver begins with a device, goes on and gives up (standard 2.2.1,
 * 3.1.1, 4.2.2.2, 4.2.3.1.1). Most rules here say what must not follow when
 * something was seen: they are kept when the driver went on as it should, or
 * when the end came and nothing else had happened.
 */
#include "fake_int.h"

enum { SEEN_MAGIC = 1, SEEN_VERSION = 2, SEEN_ID = 4 };
static const uint32_t MAGIC = 0x74726976;

static bool check(struct fake_dev *dev, bool ok, const char *id,
		  const char *what, uint32_t value)
{
	return fake_dev_check(dev, ok, id, what, value);
}

void fake_dev_kept(struct fake_dev *dev, const char *id)
{
	fake_dev_check(dev, true, id, "kept", 0);
}

static bool is_legacy(const struct fake_dev *dev)
{
	return dev->version == 1;
}

/* --- the first looks --- */

static bool version_known(const struct fake_dev *dev)
{
	return dev->version == 1 || dev->version == 2;
}

/* What holds of each kind of stranger; used: it was. */
static void stranger_check(struct fake_dev *dev, bool used, uint32_t reg)
{
	static const char *const rules[][3] = {
		[STRANGER_MAGIC] = { "MMIO-REG-06" },
		[STRANGER_VERSION] = { "MMIO-REG-08" },
		[STRANGER_EMPTY] = { "MMIO-REG-10", "MMIO-INIT-03",
				     "MMIO-INIT-04" },
	};
	const char *const *rule = rules[dev->life.stranger];

	for (unsigned i = 0; i < 3 && rule[i]; i++)
		check(dev, !used, rule[i], "used, though it is no device", reg);
	if (dev->life.stranger == STRANGER_EMPTY && !used)
		fake_dev_kept(dev, "MMIO-REG-11");
}

/* Magic, version, id, in this order, and nothing else of a stranger. */
static void check_probe(struct fake_dev *dev, uint32_t reg, bool write)
{
	bool magic = reg == FAKE_REG_MAGIC && !write;
	bool version = reg == FAKE_REG_VERSION && !write;
	bool id = reg == FAKE_REG_DEVICE_ID && !write;

	if (magic) {
		/* Another probe; the last one went well. */
		stranger_check(dev, false, reg);
		dev->life.stranger =
			dev->magic == MAGIC ? STRANGER_NONE : STRANGER_MAGIC;
		dev->seen |= SEEN_MAGIC;
		return;
	}
	check(dev, dev->seen & SEEN_MAGIC, "MMIO-INIT-01",
	      "used before MagicValue was read", reg);
	/* Both may be read before either is looked at. */
	if (!version || dev->life.stranger != STRANGER_MAGIC)
		stranger_check(dev, true, reg);
	if (version) {
		if (!version_known(dev))
			dev->life.stranger = STRANGER_VERSION;
		dev->seen |= SEEN_VERSION;
		return;
	}
	check(dev, dev->seen & SEEN_VERSION, "MMIO-INIT-01",
	      "used before Version was read", reg);
	if (id) {
		if (!dev->id)
			dev->life.stranger = STRANGER_EMPTY;
		dev->seen |= SEEN_ID;
		return;
	}
	check(dev, dev->seen & SEEN_ID, "MMIO-INIT-02",
	      "used before DeviceID was read", reg);
}

void fake_life_log(struct fake_dev *dev)
{
	if (dev->life.stranger == STRANGER_EMPTY)
		check(dev, false, "MMIO-REG-11", "said of a placeholder", 0);
}

/* --- the steps --- */

static void check_readback(struct fake_dev *dev, uint32_t reg, bool write)
{
	struct fake_queue *queue = &dev->queues[dev->queue_sel];

	if (!dev->queue_sel_set || dev->queue_sel >= dev->nqueues ||
	    !queue->readback_due)
		return;
	check(dev, reg == FAKE_REG_QUEUE_READY && !write, "MMIO-REG-17",
	      "QueueReady = 0 was not read back", reg);
	queue->readback_due = false;
}

/* FEATURES_OK did not stick: what comes next? */
static void check_refused(struct fake_dev *dev, bool reset, bool failed)
{
	if (!dev->life.refused)
		return;
	/* After a reset it may come to terms with less. */
	dev->life.unsaid = reset;
	dev->life.refused = false;
	if (reset)
		return;
	check(dev, failed, "CORE-FEAT-07", "no FAILED after a refusal", 0);
	check(dev, failed, "CORE-INIT-05", "no FAILED after a refusal", 0);
}

static void check_write(struct fake_dev *dev, uint32_t reg, uint32_t value)
{
	bool status = reg == FAKE_REG_STATUS;
	bool reset = status && value == 0;

	if (dev->status & FAKE_FAILED)
		check(dev, reset, "CORE-INIT-06", "written after FAILED", reg);
	check_refused(dev, reset, status && (value & FAKE_FAILED));
	if (reset)
		return;
	check(dev, dev->reset_written, "CORE-INIT-01a",
	      "written before the device was reset", reg);
	check(dev, !dev->reset_unread, "CORE-RESET-01",
	      "written before status read 0 after a reset", reg);
}

void fake_life_access(struct fake_dev *dev, uint32_t reg, bool write,
		      uint32_t value)
{
	bool reset = write && reg == FAKE_REG_STATUS && value == 0;

	if (!dev->pci)
		check_probe(dev, reg, write);
	if (write)
		check_write(dev, reg, value);
	if (!reset)
		check_readback(dev, reg, write);
}

/* --- what must be put up with --- */

/* Reserved for what no function here has, or for the future (2.2, 4.2.5,
 * chapter 6). */
static bool bit_reserved(unsigned bit)
{
	return bit == 37 || bit == 41 || bit == 42 || (bit >= 44 && bit <= 49);
}

/* Bits of the device's type of which the standard knows nothing (5.x.3). */
static bool bit_unknown(const struct fake_dev *dev, unsigned bit)
{
	bool typed = bit < 24 || bit >= 50;

	if (bit >= 44 && bit <= 49)
		return true;
	if (dev->id == 16)
		return typed && bit > 5;
	return typed && (dev->id == 4 || dev->id == 18);
}

static bool bit_ignorable(const struct fake_dev *dev, unsigned bit)
{
	return bit_reserved(bit) || bit_unknown(dev, bit);
}

static bool offers_any(const struct fake_dev *dev,
		       bool (*which)(const struct fake_dev *, unsigned))
{
	bool any = false;

	for (unsigned bit = 0; bit < 128; bit++)
		any |= fake_dev_offers(dev, bit) && which(dev, bit);
	return any;
}

/* Is there more of it than the standard says? */
static bool config_is_longer(const struct fake_dev *dev)
{
	uint32_t end = 0;

	for (const struct fake_field *f = dev->fields; f && f->width; f++) {
		uint32_t behind = f->off + (uint32_t)f->width * f->count;

		end = behind > end ? behind : end;
	}
	return end && dev->config_len > end;
}

/* Is there nothing else by which a driver could be put off? */
static bool is_sound(const struct fake_dev *dev)
{
	const struct fake_faults *faults = &dev->faults;

	return !(dev->status & FAKE_NEEDS_RESET) && !dev->scripts &&
	       (is_legacy(dev) || fake_dev_offers(dev, FAKE_F_VERSION_1)) &&
	       !faults->features_ok_refused && !faults->swap_features &&
	       !faults->insists_on[0] && !faults->insists_on[1] &&
	       !faults->status_extra && !faults->status_hidden;
}

static void failed_at_offer(struct fake_dev *dev)
{
	if (offers_any(dev, bit_ignorable))
		check(dev, false, "CORE-FEAT-04",
		      "failed, offered a feature to be ignored", 0);
	if (offers_any(dev, bit_unknown))
		check(dev, false, "CORE-FEAT-08",
		      "failed, offered a feature nobody knows", 0);
}

void fake_life_failed(struct fake_dev *dev)
{
	bool early = dev->words_read && !dev->features_ok_set;

	if (!is_legacy(dev) && early && !fake_dev_offers(dev, FAKE_F_VERSION_1))
		fake_dev_kept(dev, "LEG-CORE-01");
	if (!is_sound(dev))
		return;
	if (early)
		failed_at_offer(dev);
	if (config_is_longer(dev) && !(dev->status & FAKE_DRIVER_OK)) {
		check(dev, false, "CORE-CFG-04", "failed, a long config", 0);
		check(dev, false, "CORE-CFG-05", "failed, a long config", 0);
	}
	if (dev->life.spurious)
		check(dev, false, "SPLIT-USEDSUP-05",
		      "failed after an interrupt without a cause", 0);
	if (dev->life.isr_odd)
		check(dev, false, "MMIO-REG-18",
		      "failed after undefined bits of InterruptStatus", 0);
}

/* --- stages reached --- */

void fake_life_settled(struct fake_dev *dev)
{
	bool accepted = false;

	for (unsigned bit = 0; bit < 128; bit++) {
		bool has = fake_dev_has(dev, bit);

		if (!bit_ignorable(dev, bit))
			continue;
		accepted |= has;
		if (has || fake_dev_offers(dev, bit))
			check(dev, !has, "CORE-FEAT-05",
			      "a reserved feature was accepted", bit);
	}
	if (offers_any(dev, bit_ignorable))
		check(dev, !accepted, "CORE-FEAT-04",
		      "a feature to be ignored was accepted", 0);
	if (offers_any(dev, bit_unknown))
		fake_dev_kept(dev, "CORE-FEAT-08");
	if (!is_legacy(dev) && !fake_dev_offers(dev, FAKE_F_VERSION_1))
		check(dev, false, "LEG-CORE-01",
		      "a device without VERSION_1 taken for a modern one", 0);
}

void fake_life_answered(struct fake_dev *dev, bool yes)
{
	if (!dev->features_ok_read)
		dev->life.refused = !yes && !is_legacy(dev);
	if (yes)
		dev->life.refused = dev->life.unsaid = false;
	dev->features_ok_read = true;
}

void fake_life_live(struct fake_dev *dev)
{
	dev->life.was_live = true;
	fake_dev_kept(dev, "CORE-INIT-04");
	if (!config_is_longer(dev))
		return;
	fake_dev_kept(dev, "CORE-CFG-04");
	fake_dev_kept(dev, "CORE-CFG-05");
}

/* It goes on with its work. */
void fake_life_kick(struct fake_dev *dev)
{
	bool split = !fake_dev_has(dev, FAKE_F_RING_PACKED);

	check(dev, dev->status & FAKE_DRIVER_OK, "CORE-INIT-01h",
	      "used, but never told DRIVER_OK", 0);
	if (dev->life.spurious && split)
		fake_dev_kept(dev, "SPLIT-USEDSUP-05");
	if (dev->life.isr_odd)
		fake_dev_kept(dev, "MMIO-REG-18");
	if (dev->life.broken_shown)
		check(dev, false, "CORE-STATUS-04",
		      "more work after DEVICE_NEEDS_RESET was seen", 0);
	dev->life.spurious = dev->life.isr_odd = false;
}

void fake_life_reset(struct fake_dev *dev)
{
	if (dev->life.broken_shown)
		fake_dev_kept(dev, "CORE-STATUS-04");
	dev->life.broken_shown = false;
	dev->life.spurious = dev->life.isr_odd = false;
}

void fake_life_end(struct fake_dev *dev)
{
	stranger_check(dev, false, 0);
	if (dev->status & FAKE_FAILED)
		fake_dev_kept(dev, "CORE-INIT-06");
	if (!dev->life.refused && !dev->life.unsaid)
		return;
	check(dev, false, "CORE-FEAT-07", "no FAILED after a refusal", 0);
	check(dev, false, "CORE-INIT-05", "no FAILED after a refusal", 0);
}
