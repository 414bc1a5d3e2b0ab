/* SPDX-License-Identifier: MIT */
/* See pci.h. */
#include "pci.h"

enum { CAPS = 8 };

static uint32_t load(const uint8_t *at, unsigned width)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < width; i++)
		v |= (uint32_t)at[i] << 8 * i;
	return v;
}

static void store(uint8_t *at, unsigned width, uint32_t v)
{
	for (unsigned i = 0; i < width; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t ones(unsigned width)
{
	return UINT32_MAX >> (32 - 8 * width);
}

uint32_t slot_cfg(const struct slot *s, unsigned off, unsigned width)
{
	return load(s->cfg + off, width);
}

static bool bad(struct slot *s)
{
	return !s->honest && fuzz_u8(&s->port.in) >= 0xc0;
}

/* --- registers --- */

static bool legacy(const struct slot *s)
{
	return s->pci.transport.legacy;
}

static bool has(const struct slot *s, unsigned bit)
{
	return lev_device_has(&s->dev, bit);
}

/* A register that there is, as wide as it is: 1 to be read, 2 written. */
static unsigned modern_allowed(const struct slot *s, uint32_t off,
			       unsigned width)
{
	switch (off << 4 | width) {
	case LEV_PCI_COMMON_DEVICE_FEATURE_SELECT << 4 | 4:
	case LEV_PCI_COMMON_DRIVER_FEATURE_SELECT << 4 | 4:
	case LEV_PCI_COMMON_DRIVER_FEATURE << 4 | 4:
	case LEV_PCI_COMMON_QUEUE_SELECT << 4 | 2:
	case LEV_PCI_COMMON_QUEUE_DESC << 4 | 4:
	case (LEV_PCI_COMMON_QUEUE_DESC + 4) << 4 | 4:
	case LEV_PCI_COMMON_QUEUE_DRIVER << 4 | 4:
	case (LEV_PCI_COMMON_QUEUE_DRIVER + 4) << 4 | 4:
	case LEV_PCI_COMMON_QUEUE_DEVICE << 4 | 4:
	case (LEV_PCI_COMMON_QUEUE_DEVICE + 4) << 4 | 4:
		return 2;
	case LEV_PCI_COMMON_DEVICE_FEATURE << 4 | 4:
	case LEV_PCI_COMMON_NUM_QUEUES << 4 | 2:
	case LEV_PCI_COMMON_GENERATION << 4 | 1:
	case LEV_PCI_COMMON_QUEUE_NOTIFY_OFF << 4 | 2:
		return 1;
	case LEV_PCI_COMMON_STATUS << 4 | 1:
	case LEV_PCI_COMMON_QUEUE_SIZE << 4 | 2:
	case LEV_PCI_COMMON_QUEUE_ENABLE << 4 | 2:
		return 3;
	case LEV_PCI_COMMON_CONFIG_VECTOR << 4 | 2:
	case LEV_PCI_COMMON_QUEUE_VECTOR << 4 | 2:
		return s->pci.msix ? 3 : 0;
	case LEV_PCI_COMMON_QUEUE_NOTIF_DATA << 4 | 2:
		return has(s, LEV_F_NOTIF_CONFIG_DATA) ? 1 : 0;
	case LEV_PCI_COMMON_QUEUE_RESET << 4 | 2:
		return has(s, LEV_F_RING_RESET) ? 3 : 0;
	default:
		return 0;
	}
}

static unsigned legacy_allowed(const struct slot *s, uint32_t off,
			       unsigned width)
{
	if (off >= LEV_PCI_LEGACY_CONFIG_MSIX ||
	    (!s->pci.msix && off >= LEV_PCI_LEGACY_CONFIG))
		return 3;
	switch (off << 4 | width) {
	case LEV_PCI_LEGACY_DEVICE_FEATURES << 4 | 4:
	case LEV_PCI_LEGACY_QUEUE_SIZE << 4 | 2:
	case LEV_PCI_LEGACY_ISR << 4 | 1:
		return 1;
	case LEV_PCI_LEGACY_DRIVER_FEATURES << 4 | 4:
	case LEV_PCI_LEGACY_QUEUE_SELECT << 4 | 2:
	case LEV_PCI_LEGACY_QUEUE_NOTIFY << 4 | 2:
		return 2;
	case LEV_PCI_LEGACY_QUEUE_ADDRESS << 4 | 4:
	case LEV_PCI_LEGACY_STATUS << 4 | 1:
	case LEV_PCI_LEGACY_CONFIG_VECTOR << 4 | 2:
	case LEV_PCI_LEGACY_QUEUE_VECTOR << 4 | 2:
		return 3;
	default:
		return 0;
	}
}

static uint32_t status_reg(const struct slot *s)
{
	return legacy(s) ? LEV_PCI_LEGACY_STATUS : LEV_PCI_COMMON_STATUS;
}

/* What a device that behaves would say. */
static uint32_t honest_read(struct slot *s, uint32_t off, unsigned width)
{
	if (legacy(s)) {
		if (off == LEV_PCI_LEGACY_DEVICE_FEATURES)
			return 0;
		if (off == LEV_PCI_LEGACY_QUEUE_SIZE)
			return SLOTS;
	} else {
		if (off == LEV_PCI_COMMON_DEVICE_FEATURE)
			return s->regs[0] == 1;
		if (off == LEV_PCI_COMMON_NUM_QUEUES)
			return 2;
		if (off == LEV_PCI_COMMON_QUEUE_SIZE)
			return SLOTS;
	}
	return load(s->regs + off, width);
}

static uint32_t header_read(struct slot *s, uint32_t off, unsigned width)
{
	uint32_t v = honest_read(s, off, width);

	if (bad(s))
		v = fuzz_number(&s->port.in) & ones(width);
	if (off ==
	    (legacy(s) ? LEV_PCI_LEGACY_QUEUE_SIZE : LEV_PCI_COMMON_QUEUE_SIZE))
		s->max = v;
	if (legacy(s) && off == LEV_PCI_LEGACY_DEVICE_FEATURES)
		s->features = v;
	if (!legacy(s) && off == LEV_PCI_COMMON_DEVICE_FEATURE) {
		FUZZ_CHECK(s->regs[0] < 2);
		s->features &= UINT64_C(0xffffffff) << (s->regs[0] ? 0 : 32);
		s->features |= (uint64_t)v << (s->regs[0] ? 32 : 0);
	}
	return v;
}

static uint64_t wide(const struct slot *s, unsigned off)
{
	return (uint64_t)load(s->regs + off + 4, 4) << 32 |
	       load(s->regs + off, 4);
}

/* All parts of the queue lie in memory that was allocated. */
static void check_queue(struct slot *s)
{
	const uint32_t size = load(s->regs + LEV_PCI_COMMON_QUEUE_SIZE, 2);
	const uint32_t pfn = load(s->regs + LEV_PCI_LEGACY_QUEUE_ADDRESS, 4);

	if (legacy(s)) {
		FUZZ_CHECK(s->max && !(s->max & (s->max - 1)));
		FUZZ_CHECK(fuzz_ptr(&s->port, (uint64_t)pfn << 12,
				    4096 + 6 + 8 * s->max));
		return;
	}
	FUZZ_CHECK(size && size <= s->max && size <= SLOTS);
	FUZZ_CHECK(has(s, LEV_F_RING_PACKED) || !(size & (size - 1)));
	FUZZ_CHECK(fuzz_ptr(&s->port, wide(s, LEV_PCI_COMMON_QUEUE_DESC),
			    16 * size));
	FUZZ_CHECK(fuzz_ptr(&s->port, wide(s, LEV_PCI_COMMON_QUEUE_DRIVER), 4));
	FUZZ_CHECK(fuzz_ptr(&s->port, wide(s, LEV_PCI_COMMON_QUEUE_DEVICE), 4));
}

static void status_write(struct slot *s, uint32_t v)
{
	FUZZ_CHECK(v == 0 || ((v & s->status) == s->status && v != s->status));
	if (v & LEV_STATUS_DRIVER_OK)
		FUZZ_CHECK(legacy(s) || (v & LEV_STATUS_FEATURES_OK));
	s->status = v;
	if (v || (s->stuck && !s->honest)) {
		if (v)
			s->regs[status_reg(s)] = (uint8_t)v;
		return;
	}
	memset(s->regs, 0, sizeof(s->regs));
}

static void check_features(const struct slot *s, uint32_t off, uint32_t v)
{
	const uint32_t at = legacy(s) ? LEV_PCI_LEGACY_DRIVER_FEATURES
				      : LEV_PCI_COMMON_DRIVER_FEATURE;
	const unsigned word =
		legacy(s) ? 0 : s->regs[LEV_PCI_COMMON_DRIVER_FEATURE_SELECT];

	if (off == at)
		FUZZ_CHECK(word < 2 &&
			   !(v & ~(uint32_t)(s->features >> 32 * word)));
}

static void header_write(struct slot *s, uint32_t off, unsigned width,
			 uint32_t v)
{
	FUZZ_CHECK(v <= ones(width));
	if (off == status_reg(s)) {
		status_write(s, v);
		return;
	}
	check_features(s, off, v);
	store(s->regs + off, width, v);
	if (legacy(s)) {
		if (off == LEV_PCI_LEGACY_QUEUE_ADDRESS && v)
			check_queue(s);
		if (off == LEV_PCI_LEGACY_QUEUE_NOTIFY)
			FUZZ_CHECK(s->status & LEV_STATUS_DRIVER_OK);
	} else if (off == LEV_PCI_COMMON_QUEUE_ENABLE) {
		FUZZ_CHECK(v == 1);
		check_queue(s);
	} else if (off == LEV_PCI_COMMON_QUEUE_RESET) {
		FUZZ_CHECK(v == 1);
		store(s->regs + off, 2, 0);
		store(s->regs + LEV_PCI_COMMON_QUEUE_ENABLE, 2, 0);
	}
}

/* In a structure of the device; r is NULL for the table of MSI-X. */
static uint32_t region_access(struct slot *s, const struct lev_pci_region *r,
			      uint32_t off, unsigned width, bool write,
			      uint32_t v)
{
	s->touched++;
	FUZZ_CHECK(off % width == 0);
	if (!r) {
		FUZZ_CHECK(write && width == 4);
		FUZZ_CHECK(off <
			   s->pci.msix_size * (uint32_t)LEV_PCI_MSIX_ENTRY_LEN);
		return 0;
	}
	FUZZ_CHECK((r->off + off) % width == 0);
	FUZZ_CHECK(off < r->len && width <= r->len - off);
	if (r == &s->pci.notify) {
		FUZZ_CHECK(write && (s->status & LEV_STATUS_DRIVER_OK));
		FUZZ_CHECK(width ==
			   (has(s, LEV_F_NOTIFICATION_DATA) ? 4u : 2u));
	} else if (r == &s->pci.isr) {
		FUZZ_CHECK(!write && width == 1);
	}
	if (s->gone && !s->honest)
		return ones(width);
	if (r != &s->pci.common || off >= sizeof(s->regs) ||
	    (legacy(s) && off >= LEV_PCI_LEGACY_CONFIG_MSIX))
		return s->honest ? 0 : fuzz_u32(&s->port.in) & ones(width);
	FUZZ_CHECK((legacy(s) ? legacy_allowed(s, off, width)
			      : modern_allowed(s, off, width)) &
		   (write ? 2 : 1));
	if (!write)
		return header_read(s, off, width);
	header_write(s, off, width, v);
	return 0;
}

static struct lev_pci_region *region(struct slot *s, unsigned i)
{
	struct lev_pci_region *const all[] = { &s->pci.common, &s->pci.notify,
					       &s->pci.isr, &s->pci.device };

	return all[i];
}

static uint32_t reg_access(struct slot *s, uint64_t reg, unsigned width,
			   bool write, uint32_t v)
{
	const uint64_t base = reg >> 40 << 40;
	const unsigned idx = (unsigned)(reg >> 40) - 1;
	const uint32_t off = (uint32_t)(reg - base);

	fuzz_count(&s->port);
	FUZZ_CHECK(idx < s->map_count && reg - base < s->maps[idx].len &&
		   width <= s->maps[idx].len - (reg - base));
	for (unsigned i = 0; i < 4; i++)
		if (!region(s, i)->by_window && region(s, i)->reg == base)
			return region_access(s, region(s, i), off, width, write,
					     v);
	return region_access(s, NULL, off, width, write, v);
}

static uint32_t reg_read(void *ctx, uint64_t reg, unsigned width)
{
	return reg_access(ctx, reg, width, false, 0);
}

static void reg_write(void *ctx, uint64_t reg, unsigned width, uint32_t v)
{
	reg_access(ctx, reg, width, true, v);
}

/* --- BARs --- */

static bool bar_io(const struct slot *s, unsigned i)
{
	return slot_cfg(s, LEV_PCI_CFG_BAR + 4 * i, 4) & LEV_PCI_BAR_IO;
}

static bool bar_wide(const struct slot *s, unsigned i)
{
	return i + 1 < LEV_PCI_BARS &&
	       (slot_cfg(s, LEV_PCI_CFG_BAR + 4 * i, 4) &
		(LEV_PCI_BAR_IO | LEV_PCI_BAR_TYPE)) == LEV_PCI_BAR_TYPE_64;
}

static uint64_t bar_addr(const struct slot *s, unsigned i)
{
	const uint32_t low = slot_cfg(s, LEV_PCI_CFG_BAR + 4 * i, 4);

	if (bar_io(s, i))
		return low & LEV_PCI_BAR_IO_MASK;
	return (low & LEV_PCI_BAR_MEMORY_MASK) |
	       (bar_wide(s, i)
			? (uint64_t)slot_cfg(s, LEV_PCI_CFG_BAR + 4 * i + 4, 4)
				  << 32
			: 0);
}

/* What it reads after all ones were written, which is how long it is. */
static uint64_t bar_len(const struct slot *s, unsigned i)
{
	uint64_t bits =
		s->bar_mask[i] | slot_cfg(s, LEV_PCI_CFG_BAR + 4 * i, 4);

	bits &= bar_io(s, i) ? LEV_PCI_BAR_IO_MASK : LEV_PCI_BAR_MEMORY_MASK;
	if (bar_wide(s, i))
		bits |= (uint64_t)(s->bar_mask[i + 1] |
				   slot_cfg(s, LEV_PCI_CFG_BAR + 4 * i + 4, 4))
			<< 32;
	else
		bits |= bar_io(s, i) && !(bits >> 16)
				? UINT64_C(0xffffffffffff0000)
				: UINT64_C(0xffffffff00000000);
	return bits & (0 - bits);
}

bool slot_in_bar(const struct slot *s, bool io, uint64_t addr, uint64_t len)
{
	for (unsigned i = 0; i < LEV_PCI_BARS; i += bar_wide(s, i) ? 2 : 1) {
		const uint64_t at = bar_addr(s, i), room = bar_len(s, i);

		if (bar_io(s, i) == io && at && !(at & (room - 1)) &&
		    addr >= at && addr - at <= room &&
		    len <= room - (addr - at))
			return true;
	}
	return false;
}

static int io_map(void *ctx, enum lev_io_space space, uint64_t addr,
		  uint64_t len, uint64_t *reg)
{
	struct slot *s = ctx;

	fuzz_count(&s->port);
	FUZZ_CHECK(len && addr && addr + (len - 1) >= addr);
	FUZZ_CHECK(s->shifty ||
		   slot_in_bar(s, space == LEV_IO_PORT, addr, len));
	if (s->refuse || bad(s) || s->map_count == MAPS)
		return LEV_ERR_NOTSUP;
	s->maps[s->map_count] = (struct map){ space, addr, len };
	*reg = (uint64_t)++s->map_count << 40;
	return 0;
}

/* --- configuration space --- */

/* Set up and used: a capability may lie across it, and be looked at. */
static bool in_window(struct slot *s, uint32_t off, unsigned width)
{
	const uint32_t at = s->pci.window_cap;
	const bool set_up = s->set_up;

	s->set_up = false;
	return set_up && at && off == at + LEV_PCI_VCAP_DATA &&
	       slot_cfg(s, at + LEV_PCI_VCAP_LENGTH, 4) == width;
}

/* The window shows what is in one of the structures, and nothing else. */
static uint32_t window_access(struct slot *s, unsigned width, bool write,
			      uint32_t v)
{
	const uint32_t at = s->pci.window_cap;
	const uint32_t bar = slot_cfg(s, at + LEV_PCI_VCAP_BAR, 1);
	const uint32_t off = slot_cfg(s, at + LEV_PCI_VCAP_OFFSET, 4);

	for (unsigned i = 0; i < 4; i++) {
		const struct lev_pci_region *r = region(s, i);

		if (r->by_window && r->bar == bar && off >= r->off &&
		    off - r->off < r->len)
			return region_access(s, r, off - r->off, width, write,
					     v);
	}
	fuzz_fail(__FILE__, __LINE__, "the window shows a structure");
}

bool slot_ambiguous(struct slot *s)
{
	for (unsigned i = 0; i < 4; i++) {
		const struct lev_pci_region *a = region(s, i);

		for (unsigned j = 0; j < 4; j++) {
			const struct lev_pci_region *b = region(s, j);

			if (i != j && a->by_window && b->by_window &&
			    a->bar == b->bar && a->off - b->off < b->len)
				return true;
		}
	}
	return false;
}

static uint32_t config_read(void *ctx, uint16_t function, uint32_t off,
			    unsigned width)
{
	struct slot *s = ctx;

	fuzz_count(&s->port);
	s->asked++;
	FUZZ_CHECK(function == FUNCTION);
	FUZZ_CHECK(off % width == 0 && off + width <= LEV_PCI_CFG_LEN);
	if (s->gone && !s->honest)
		return ones(width);
	if (in_window(s, off, width))
		return window_access(s, width, false, 0);
	if (s->shifty && bad(s))
		return fuzz_number(&s->port.in) & ones(width);
	return slot_cfg(s, off, width);
}

static void command_write(struct slot *s, uint32_t v)
{
	const uint32_t ours = LEV_PCI_COMMAND_IO | LEV_PCI_COMMAND_MEMORY |
			      LEV_PCI_COMMAND_MASTER | LEV_PCI_COMMAND_NOINTX;

	/* Probing leaves what it finds until it is through. */
	if (!s->shifty) {
		FUZZ_CHECK(!((v ^ s->command_was) & ~ours));
		FUZZ_CHECK(!(v & LEV_PCI_COMMAND_MASTER) ||
			   (s->status & LEV_STATUS_DRIVER) ||
			   (!s->touched &&
			    (s->command_was & LEV_PCI_COMMAND_MASTER)));
	}
	store(s->cfg + LEV_PCI_CFG_COMMAND, 2, v);
}

/* Never while it is decoded. */
static void bar_write(struct slot *s, uint32_t off, uint32_t v)
{
	const uint32_t mask = s->bar_mask[(off - LEV_PCI_CFG_BAR) / 4];

	FUZZ_CHECK(s->shifty ||
		   !(slot_cfg(s, LEV_PCI_CFG_COMMAND, 2) &
		     (LEV_PCI_COMMAND_IO | LEV_PCI_COMMAND_MEMORY)));
	store(s->cfg + off, 4, (v & mask) | (slot_cfg(s, off, 4) & ~mask));
}

/* Besides, only the window's fields and MSI-X's switch are written. */
static void cap_write(struct slot *s, uint32_t off, unsigned width, uint32_t v)
{
	const uint32_t at = s->pci.window_cap;
	const uint32_t old = slot_cfg(s, off, width);

	if (width == 2 && s->pci.msix_cap &&
	    off == s->pci.msix_cap + (uint32_t)LEV_PCI_MSIX_CONTROL) {
		FUZZ_CHECK(s->shifty ||
			   !((old ^ v) & ~(uint32_t)(LEV_PCI_MSIX_ENABLE |
						     LEV_PCI_MSIX_MASK_ALL)));
	} else {
		FUZZ_CHECK(at);
		s->set_up = true;
		if (off == at + LEV_PCI_VCAP_BAR)
			FUZZ_CHECK(width == 1 && v < LEV_PCI_BARS);
		else if (off == at + LEV_PCI_VCAP_LENGTH)
			FUZZ_CHECK(width == 4 && (v == 1 || v == 2 || v == 4));
		else
			FUZZ_CHECK(
				width == 4 && off == at + LEV_PCI_VCAP_OFFSET &&
				v % slot_cfg(s, at + LEV_PCI_VCAP_LENGTH, 4) ==
					0);
	}
	store(s->cfg + off, width, v);
}

static void config_write(void *ctx, uint16_t function, uint32_t off,
			 unsigned width, uint32_t v)
{
	struct slot *s = ctx;

	fuzz_count(&s->port);
	s->asked++;
	FUZZ_CHECK(function == FUNCTION && v <= ones(width));
	FUZZ_CHECK(off % width == 0 && off + width <= LEV_PCI_CFG_LEN);
	if (s->gone && !s->honest)
		return;
	if (in_window(s, off, width))
		window_access(s, width, true, v);
	else if (off == LEV_PCI_CFG_COMMAND && width == 2)
		command_write(s, v);
	else if (off >= LEV_PCI_CFG_BAR && width == 4 &&
		 off < LEV_PCI_CFG_BAR + 4 * LEV_PCI_BARS)
		bar_write(s, off, v);
	else
		cap_write(s, off, width, v);
}

/* --- a function --- */

/* BARs that make sense, mostly: of 16 bytes to 64 KiB, in memory, placed. */
static void make_bar(struct slot *s, unsigned i)
{
	struct fuzz_input *in = &s->port.in;
	const uint8_t how = fuzz_u8(in);
	const unsigned shift = 16 - (how & 3) * 4;
	uint8_t *reg = s->cfg + LEV_PCI_CFG_BAR + 4 * i;

	s->bar_mask[i] = UINT32_MAX << (shift < 4 ? 4 : shift);
	store(reg, 4, 0x40000000 + i * 0x100000);
	if ((how & 0x0c) == 0x0c)
		store(reg, 4, load(reg, 4) | LEV_PCI_BAR_IO);
	if (how & 0x10)
		store(reg, 4, load(reg, 4) | LEV_PCI_BAR_TYPE_64);
	if (how & 0x20)
		store(reg, 4, load(reg, 4) & 15); /* not placed */
	if (how & 0x40)
		s->bar_mask[i] = fuzz_u32(in) & (how & 4 ? ~3u : ~15u);
	if (how & 0x80)
		store(reg, 4, fuzz_u32(in));
}

uint32_t slot_mostly(struct slot *s, uint32_t v)
{
	return fuzz_u8(&s->port.in) < 0xd0 ? v : fuzz_number(&s->port.in);
}

static const struct {
	uint8_t type, len;
	uint32_t off, length;
} good_caps[] = {
	{ LEV_PCI_VCAP_COMMON, LEV_PCI_VCAP_SIZE, 0, 0x40 },
	{ LEV_PCI_VCAP_NOTIFY, LEV_PCI_VCAP_NOTIFY_SIZE, 0x40, 0x10 },
	{ LEV_PCI_VCAP_ISR, LEV_PCI_VCAP_SIZE, 0x51, 1 },
	{ LEV_PCI_VCAP_DEVICE, LEV_PCI_VCAP_SIZE, 0x54, 0x40 },
	{ LEV_PCI_VCAP_PCI, LEV_PCI_VCAP_PCI_SIZE, 0, 0 },
	{ LEV_PCI_VCAP_SHARED_MEMORY, LEV_PCI_VCAP64_SIZE, 0x80, 0x40 },
};

enum { GOOD_CAPS = sizeof(good_caps) / sizeof(good_caps[0]) };

/* One of VirtIO's, most fields as they should be; or MSI-X's. */
static void make_cap(struct slot *s, unsigned at, unsigned i)
{
	uint8_t *cap = s->cfg + at;

	cap[LEV_PCI_CAP_NEXT] = (uint8_t)slot_mostly(s, at + 24);
	if (i >= GOOD_CAPS) {
		cap[LEV_PCI_CAP_ID] = LEV_PCI_CAP_MSIX;
		store(cap + LEV_PCI_MSIX_CONTROL, 2, slot_mostly(s, 3));
		store(cap + LEV_PCI_MSIX_TABLE, 4, slot_mostly(s, 1));
		return;
	}
	cap[LEV_PCI_CAP_ID] = LEV_PCI_CAP_VENDOR;
	cap[LEV_PCI_VCAP_LEN] = (uint8_t)slot_mostly(s, good_caps[i].len);
	cap[LEV_PCI_VCAP_TYPE] = (uint8_t)slot_mostly(s, good_caps[i].type);
	cap[LEV_PCI_VCAP_BAR] = (uint8_t)slot_mostly(s, 0);
	cap[LEV_PCI_VCAP_ID] = (uint8_t)slot_mostly(s, 0);
	store(cap + LEV_PCI_VCAP_OFFSET, 4, slot_mostly(s, good_caps[i].off));
	store(cap + LEV_PCI_VCAP_LENGTH, 4,
	      slot_mostly(s, good_caps[i].length));
	store(cap + LEV_PCI_VCAP_SIZE, 4, slot_mostly(s, 0));
	store(cap + LEV_PCI_VCAP_LENGTH_HIGH, 4, slot_mostly(s, 0));
}

static void make_function(struct slot *s)
{
	static const uint16_t ids[] = { 0x1044, 0x1005, 0x1009, 0x103f };
	struct fuzz_input *in = &s->port.in;
	unsigned first;

	store(s->cfg + LEV_PCI_CFG_VENDOR, 2, LEV_PCI_VENDOR_VIRTIO);
	store(s->cfg + LEV_PCI_CFG_DEVICE, 2,
	      slot_mostly(s, ids[fuzz_below(in, 4)]));
	store(s->cfg + LEV_PCI_CFG_SUBSYSTEM, 2, slot_mostly(s, TYPE));
	store(s->cfg + LEV_PCI_CFG_COMMAND, 2, fuzz_u16(in));
	store(s->cfg + LEV_PCI_CFG_STATUS, 2,
	      slot_mostly(s, LEV_PCI_STATUS_CAPABILITIES));
	s->cfg[LEV_PCI_CFG_INTERRUPT_PIN] = (uint8_t)slot_mostly(s, 1);
	for (unsigned i = 0; i < LEV_PCI_BARS; i++)
		make_bar(s, i);
	first = 0x40 + 4 * fuzz_below(in, 4);
	s->cfg[LEV_PCI_CFG_CAPABILITIES] = (uint8_t)slot_mostly(s, first);
	for (unsigned i = 0; i < CAPS; i++)
		make_cap(s, first + 24 * i,
			 i < GOOD_CAPS + 1 ? i : fuzz_below(in, GOOD_CAPS));
	for (unsigned n = fuzz_below(in, 16); n < 8; n++)
		s->cfg[fuzz_u8(in)] = fuzz_u8(in);
	memcpy(s->bars_were, s->cfg + LEV_PCI_CFG_BAR, sizeof(s->bars_were));
	s->command_was = slot_cfg(s, LEV_PCI_CFG_COMMAND, 2);
}

void slot_init(struct slot *s, const uint8_t *data, size_t len)
{
	fuzz_port_init(&s->port, data, len);
	s->port.ops.reg_read = reg_read;
	s->port.ops.reg_write = reg_write;
	s->port.ops.io_map = io_map;
	s->port.hal.ctx = s; /* port is its first member */
	s->host = (struct lev_pci_host){ .hal = &s->port.hal,
					 .access = LEV_PCI_OWN,
					 .config_read = config_read,
					 .config_write = config_write,
					 .ctx = s,
					 .bus_last = 255 };
	s->refuse = fuzz_below(&s->port.in, 4) == 3;
	s->shifty = fuzz_below(&s->port.in, 4) == 3;
	make_function(s);
}
