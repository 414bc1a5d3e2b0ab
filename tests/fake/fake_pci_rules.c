/* SPDX-License-Identifier: MIT */
/*
 * How a driver finds a device on PCI (standard 4.1.2, 4.1.4, 4.1.5.1.1): what
 * the capabilities say, which of it may be believed, and what a driver must
 * put up with. Most rules here are kept when it goes on to use the registers,
 * and broken when it says that it will not.
 */
#include "fake_pci_int.h"

enum { COMMON_LEN = 0x38, LARGE = 0x10000 };

/* What is odd about a function, and no reason to refuse it. */
struct oddness {
	const struct fake_pci_function *f;
	bool any, reserved_type, reserved_bar, long_cap, large;
	bool again;	/* a second usable one of a type */
	bool usable[5]; /* a usable one of this type was seen */
	bool unlucky;	/* the first usable one is not where it lies */
};

bool fake_pci_check(struct fake_pci_function *f, bool ok, const char *id,
		    const char *what, uint32_t value)
{
	if (f->dev)
		return fake_dev_check(f->dev, ok, id, what, value);
	return fake_check(f->host->port, ok, id, "function %#x: %s (%#x)",
			  f->devfn, what, value);
}

/* --- the list --- */

static bool is_structure(const struct fake_cap *cap)
{
	return cap->type >= FAKE_CAP_COMMON && cap->type <= FAKE_CAP_DEVICE;
}

static uint32_t needed(const struct fake_pci_function *f, uint8_t type)
{
	if (type == FAKE_CAP_COMMON)
		return COMMON_LEN;
	if (type == FAKE_CAP_NOTIFY)
		return 2;
	return type == FAKE_CAP_DEVICE ? f->dev->config_len : 1;
}

static bool is_usable(const struct fake_pci_function *f,
		      const struct fake_cap *cap)
{
	static const uint8_t aligns[] = { 0, 4, 2, 1, 4 };
	uint8_t least = cap->type == FAKE_CAP_NOTIFY ? 20 : 16;

	return is_structure(cap) && cap->bar < 6 && cap->len >= least &&
	       cap->at + cap->len <= CFG_CAPS_END && f->bars[cap->bar].len &&
	       !f->unmappable[cap->bar] && fake_pci_bar_addr(f, cap->bar) &&
	       cap->off % aligns[cap->type] == 0 &&
	       cap->length >= needed(f, cap->type) &&
	       (uint64_t)cap->off + cap->length <= f->bars[cap->bar].len;
}

static bool is_real(const struct fake_pci_function *f,
		    const struct fake_cap *cap)
{
	const struct fake_pci_place *places[] = {
		[FAKE_CAP_COMMON] = &f->common,
		[FAKE_CAP_NOTIFY] = &f->notify,
		[FAKE_CAP_ISR] = &f->isr,
		[FAKE_CAP_DEVICE] = &f->config,
	};

	return places[cap->type]->bar == cap->bar &&
	       places[cap->type]->off == cap->off;
}

static void look_at(const struct fake_cap *cap, void *arg)
{
	static const uint8_t lens[] = { 0, 16, 20, 16, 16, 20, 0, 0, 24 };
	struct oddness *odd = arg;

	odd->any = true;
	odd->reserved_type |= !cap->type || (cap->type > FAKE_CAP_WINDOW &&
					     cap->type != FAKE_CAP_SHM &&
					     cap->type != FAKE_CAP_VENDOR);
	odd->reserved_bar |= cap->bar > 5 && is_structure(cap);
	if (cap->type < sizeof(lens) && lens[cap->type])
		odd->long_cap |= cap->len > lens[cap->type];
	if (!is_usable(odd->f, cap))
		return;
	odd->large |= cap->length > LARGE;
	odd->again |= odd->usable[cap->type];
	odd->unlucky |= !odd->usable[cap->type] && !is_real(odd->f, cap);
	odd->usable[cap->type] = true;
}

static struct oddness look(const struct fake_pci_function *f)
{
	struct oddness odd = { .f = f };

	fake_pci_caps(f, look_at, &odd);
	return odd;
}

static bool is_sound(const struct fake_pci_function *f,
		     const struct oddness *odd)
{
	return !odd->unlucky && odd->usable[FAKE_CAP_COMMON] &&
	       odd->usable[FAKE_CAP_NOTIFY] && odd->usable[FAKE_CAP_ISR] &&
	       (!f->config.len || odd->usable[FAKE_CAP_DEVICE]);
}

static void check_oddness(struct fake_pci_function *f,
			  const struct oddness *odd, bool ok)
{
	if (odd->reserved_type)
		fake_pci_check(f, ok, "PCI-CAP-01", "a reserved cfg_type", 0);
	if (odd->again)
		fake_pci_check(f, ok, "PCI-CAP-02", "two of a type", 0);
	if (odd->long_cap)
		fake_pci_check(f, ok, "PCI-CAP-03", "a long cap_len", 0);
	if (odd->reserved_bar)
		fake_pci_check(f, ok, "PCI-CAP-04", "a reserved bar", 0);
	if (odd->large)
		fake_pci_check(f, ok, "PCI-CAP-06", "a large length", 0);
}

/* --- identity --- */

static bool is_modern_id(uint16_t id, uint32_t type)
{
	return id == 0x1040 + type && id <= 0x107f;
}

static bool is_virtio(const struct fake_pci_function *f)
{
	uint16_t id = fake_get16(f->cfg + CFG_DEVICE);
	bool vendor = fake_get16(f->cfg + CFG_VENDOR) == VENDOR_VIRTIO;

	if (f->kind == FAKE_PCI_MODERN)
		return vendor && is_modern_id(id, f->dev->id);
	return vendor && id >= 0x1000 && id <= 0x103f;
}

static void check_identity(struct fake_pci_function *f, bool ok)
{
	uint8_t revision = f->cfg[CFG_REVISION];

	fake_pci_check(f, ok,
		       f->kind == FAKE_PCI_MODERN ? "PCI-DISC-01"
						  : "PCI-DISC-02",
		       "vendor and device ID", fake_get16(f->cfg + CFG_DEVICE));
	if (revision != (f->kind == FAKE_PCI_MODERN))
		fake_pci_check(f, ok, "PCI-DISC-03", "revision", revision);
}

/* --- used --- */

/* By the legacy registers: only where there are no others. */
static void check_legacy(struct fake_pci_function *f, const struct oddness *odd)
{
	fake_pci_check(f, f->kind == FAKE_PCI_LEGACY || !is_sound(f, odd),
		       "LEG-PCI-04", "legacy, but there are capabilities", 0);
	if (odd->any)
		return;
	fake_pci_check(f, true, "LEG-PCI-05", "legacy", 0);
	fake_pci_check(f, true, "LEG-PCI-01", "legacy", 0);
}

void fake_pci_used(struct fake_pci_function *f, bool legacy)
{
	struct oddness odd;

	if (f->used)
		return;
	f->used = true;
	odd = look(f);
	check_identity(f, is_virtio(f));
	fake_pci_check(f, true, "PCI-CAP-08", "kept", 0);
	if (fake_pci_cap(f, FAKE_CAP_VENDOR)) {
		fake_pci_check(f, true, "PCI-VNDR-01", "kept", 0);
		fake_pci_check(f, true, "PCI-VNDR-02", "kept", 0);
	}
	if (legacy) {
		check_legacy(f, &odd);
		return;
	}
	check_oddness(f, &odd, true);
	fake_pci_check(f, f->caps_read,
		       f->kind == FAKE_PCI_MODERN ? "LEG-PCI-06" : "LEG-PCI-04",
		       "registers found without a look at capabilities", 0);
}

/* --- and not --- */

struct stray {
	const struct fake_pci_function *f;
	unsigned bar;
	uint32_t off;
	const char *rule;
};

static void stray_look(const struct fake_cap *cap, void *arg)
{
	struct stray *stray = arg;
	bool covers =
		stray->off >= cap->off && stray->off - cap->off < cap->length;

	if (!covers || cap->len < 16)
		return;
	if (cap->bar > 5)
		stray->rule = "PCI-CAP-04";
	else if (cap->bar == stray->bar && !is_structure(cap))
		stray->rule = "PCI-CAP-01";
	else if (cap->bar == stray->bar && look(stray->f).again)
		stray->rule = "PCI-CAP-02";
}

void fake_pci_stray(struct fake_pci_function *f, unsigned bar, uint32_t off)
{
	struct stray stray = { f, bar, off, "X-PCI-08" };

	if (f->kind == FAKE_PCI_LEGACY)
		stray.rule = "LEG-PCI-01";
	else if (f->kind == FAKE_PCI_MODERN && !look(f).any)
		stray.rule = "LEG-PCI-07";
	fake_pci_caps(f, stray_look, &stray);
	fake_pci_check(f, false, stray.rule, "no structure is there", off);
}

void fake_pci_refused(struct fake_pci_function *f)
{
	struct oddness odd = look(f);
	bool io = f->kind != FAKE_PCI_MODERN && fake_pci_bar_addr(f, 0) &&
		  !f->unmappable[0] &&
		  !(f->host->no_ports && f->host->io_ports);

	if (!is_virtio(f) || !fake_pci_alive(f))
		return;
	if (!odd.any && f->kind == FAKE_PCI_MODERN)
		fake_pci_check(f, true, "LEG-PCI-07", "refused", 0);
	if (!odd.any && io)
		fake_pci_check(f, false, "LEG-PCI-05", "refused", 0);
	if ((odd.any || !io) && !is_sound(f, &odd))
		return;
	check_identity(f, false);
	check_oddness(f, &odd, false);
}
