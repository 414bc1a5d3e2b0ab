/* SPDX-License-Identifier: MIT */
/*
 * The registers of a VirtIO MMIO device (standard 4.2), version 2 and the
 * legacy version 1 (4.2.4), with a look at every access: is it allowed at all?
 */
#include "fake_int.h"

enum { R = 1, W = 2, RW = 3 };

/* Which registers there are, and in which direction. */
static const struct reg {
	uint16_t off;
	uint8_t v1, v2;
} regs[] = {
	{ FAKE_REG_MAGIC, R, R },
	{ FAKE_REG_VERSION, R, R },
	{ FAKE_REG_DEVICE_ID, R, R },
	{ FAKE_REG_VENDOR_ID, R, R },
	{ FAKE_REG_DEVICE_FEATURES, R, R },
	{ FAKE_REG_DEVICE_FEATURES_SEL, W, W },
	{ FAKE_REG_DRIVER_FEATURES, W, W },
	{ FAKE_REG_DRIVER_FEATURES_SEL, W, W },
	{ FAKE_REG_GUEST_PAGE_SIZE, W, 0 },
	{ FAKE_REG_QUEUE_SEL, W, W },
	{ FAKE_REG_QUEUE_SIZE_MAX, R, R },
	{ FAKE_REG_QUEUE_SIZE, W, W },
	{ FAKE_REG_QUEUE_ALIGN, W, 0 },
	{ FAKE_REG_QUEUE_PFN, RW, 0 },
	{ FAKE_REG_QUEUE_READY, 0, RW },
	{ FAKE_REG_QUEUE_NOTIFY, W, W },
	{ FAKE_REG_INTERRUPT_STATUS, R, R },
	{ FAKE_REG_INTERRUPT_ACK, W, W },
	{ FAKE_REG_STATUS, RW, RW },
	{ FAKE_REG_DESC_LOW, 0, W },
	{ FAKE_REG_DESC_HIGH, 0, W },
	{ FAKE_REG_DRIVER_LOW, 0, W },
	{ FAKE_REG_DRIVER_HIGH, 0, W },
	{ FAKE_REG_DEVICE_LOW, 0, W },
	{ FAKE_REG_DEVICE_HIGH, 0, W },
	{ FAKE_REG_SHM_SEL, 0, W },
	{ FAKE_REG_SHM_LEN_LOW, 0, R },
	{ FAKE_REG_SHM_LEN_HIGH, 0, R },
	{ FAKE_REG_SHM_BASE_LOW, 0, R },
	{ FAKE_REG_SHM_BASE_HIGH, 0, R },
	{ FAKE_REG_QUEUE_RESET, 0, RW },
	{ FAKE_REG_CONFIG_GENERATION, 0, R },
};

static bool is_legacy(const struct fake_dev *dev)
{
	return dev->version == 1;
}

static bool check(struct fake_dev *dev, bool ok, const char *id,
		  const char *what, uint32_t value)
{
	return fake_dev_check(dev, ok, id, what, value);
}

/* --- interrupt registers --- */

static uint32_t isr_read(struct fake_dev *dev)
{
	uint32_t isr = __atomic_load_n(&dev->isr, __ATOMIC_SEQ_CST);

	if (dev->isr_due) {
		check(dev, false, "MMIO-INT-03",
		      "InterruptStatus read again, nothing acknowledged",
		      dev->isr_due);
		check(dev, false, "MMIO-REG-19",
		      "InterruptStatus read again, nothing acknowledged",
		      dev->isr_due);
	}
	dev->isr_shown = isr;
	dev->life.isr_odd |= dev->faults.isr_extra != 0;
	/* Who looks for a configuration change only leaves used buffers to
	 * others: that they are still pending is no breach. */
	dev->isr_due = isr & 2;
	if (dev->faults.isr_clears)
		__atomic_fetch_and(&dev->isr, ~isr, __ATOMIC_SEQ_CST);
	return isr | dev->faults.isr_extra;
}

static void ack_write(struct fake_dev *dev, uint32_t value)
{
	check(dev, !(value & ~3u), "MMIO-REG-20", "undefined bits acknowledged",
	      value);
	check(dev, !(value & 3 & ~dev->isr_shown), "MMIO-INT-01",
	      "acknowledged what InterruptStatus did not show", value);
	check(dev, !(value & 3 & ~dev->isr_shown), "MMIO-REG-19",
	      "acknowledged what InterruptStatus did not show", value);
	if (dev->isr_due)
		check(dev, value & dev->isr_due, "MMIO-INT-03",
		      "what was handled is not acknowledged", value);
	if (dev->life.isr_odd)
		check(dev, !(value & ~3u), "MMIO-REG-18",
		      "undefined bits of InterruptStatus acknowledged", value);
	dev->life.isr_odd = false;
	dev->isr_due = 0;
	if (dev->faults.isr_sticks)
		return;
	__atomic_fetch_and(&dev->isr, ~value, __ATOMIC_SEQ_CST);
}

/* --- the door --- */

/* May this register be read, or written? */
static bool check_direction(struct fake_dev *dev, uint32_t off, unsigned width,
			    unsigned way)
{
	const struct reg *reg = NULL;
	unsigned has;

	if (!check(dev, width == 4 && off % 4 == 0, "MMIO-REG-04",
		   "a control register by other than 32 bits", off))
		return false;
	for (size_t i = 0; i < sizeof(regs) / sizeof(*regs); i++) {
		if (regs[i].off == off)
			reg = &regs[i];
	}
	has = reg ? (is_legacy(dev) ? reg->v1 : reg->v2) : 0;
	if (is_legacy(dev) && reg && reg->v2)
		check(dev, has, "LEG-MMIO-04", "a version 2 register", off);
	else
		check(dev, has, "MMIO-REG-01", "no such register", off);
	if (way == R)
		check(dev, has != W, "MMIO-REG-03", "write-only", off);
	else
		check(dev, has != R, "MMIO-REG-02", "read-only", off);
	return (has & way) != 0;
}

/* Registers that this device has, but the driver has no business with. */
static void check_optional(struct fake_dev *dev, uint32_t off)
{
	bool shm = off >= FAKE_REG_SHM_SEL && off <= FAKE_REG_SHM_BASE_HIGH;

	check(dev, !shm, "MMIO-INIT-05", "shared memory registers", off);
	check(dev,
	      off != FAKE_REG_QUEUE_RESET ||
		      fake_dev_has(dev, FAKE_F_RING_RESET),
	      "X-MMIO-08", "QueueReset", off);
}

static bool mmio_may(struct fake_dev *dev, uint32_t off, unsigned width,
		     bool write)
{
	if (!check_direction(dev, off, width, write ? W : R))
		return false;
	check_optional(dev, off);
	return true;
}

static uint32_t mmio_read(struct fake_dev *dev, uint32_t off)
{
	switch (off) {
	case FAKE_REG_MAGIC:
		return dev->magic;
	case FAKE_REG_VERSION:
		return dev->version;
	case FAKE_REG_DEVICE_ID:
		return dev->id;
	case FAKE_REG_VENDOR_ID:
		return dev->vendor;
	case FAKE_REG_INTERRUPT_STATUS:
		return isr_read(dev);
	default:
		return UINT32_MAX; /* no shared memory */
	}
}

static void mmio_write(struct fake_dev *dev, uint32_t off, uint32_t value)
{
	if (off == FAKE_REG_INTERRUPT_ACK)
		ack_write(dev, value);
}

static const char *mmio_rule(const struct fake_dev *dev, const char *id)
{
	(void)dev;
	return id;
}

const struct fake_bus fake_mmio_bus = {
	.may = mmio_may,
	.read = mmio_read,
	.write = mmio_write,
	.rule = mmio_rule,
};
