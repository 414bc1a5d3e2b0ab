/* SPDX-License-Identifier: MIT */
/*
 * A driver by hand for a PCI function of the model: it can do everything right,
 * and anything wrong. Memory and rings are those of fake_rig.h.
 */
#ifndef FAKE_PCI_RIG_H
#define FAKE_PCI_RIG_H

#include "fake_rig.h"

enum {
	PRIG_CONFIG = 16, /* bytes of the device's configuration */
	/* Offsets in the common configuration (4.1.4.3). */
	PRIG_DEVICE_SEL = 0x00,
	PRIG_DEVICE_FEATURE = 0x04,
	PRIG_DRIVER_SEL = 0x08,
	PRIG_DRIVER_FEATURE = 0x0c,
	PRIG_CONFIG_VECTOR = 0x10,
	PRIG_NUM_QUEUES = 0x12,
	PRIG_STATUS = 0x14,
	PRIG_QUEUE_SEL = 0x16,
	PRIG_QUEUE_SIZE = 0x18,
	PRIG_QUEUE_VECTOR = 0x1a,
	PRIG_QUEUE_ENABLE = 0x1c,
	PRIG_NOTIFY_OFF = 0x1e,
	PRIG_DESC = 0x20,
	PRIG_NOTIF_DATA = 0x38,
	PRIG_QUEUE_RESET = 0x3a,
	/* Of the legacy registers (4.1.4.10). */
	PRIG_LEGACY_FEATURES = 0x00,
	PRIG_LEGACY_ACCEPTED = 0x04,
	PRIG_LEGACY_PFN = 0x08,
	PRIG_LEGACY_SIZE = 0x0c,
	PRIG_LEGACY_SEL = 0x0e,
	PRIG_LEGACY_KICK = 0x10,
	PRIG_LEGACY_STATUS = 0x12,
	PRIG_LEGACY_ISR = 0x13,
	PRIG_LEGACY_CONFIG = 0x14,
	PRIG_LEGACY_CONFIG_MSIX = 0x18,
	/* Of configuration space. */
	PRIG_COMMAND = 0x04,
	PRIG_BAR = 0x10,
	PRIG_CAPS = 0x34,
};

struct prig {
	struct rig rig; /* its memory and rings */
	struct fake_port *port;
	struct fake_pci *bus;
	struct fake_pci_function *f;
	struct fake_dev *dev;
};

/* A device with two queues, placed; nothing is decoded yet. */
struct prig prig_new(enum fake_pci_kind kind);
/* Reset it, give all back; how many violations were there? */
unsigned prig_free(struct prig *p);

/* Configuration space, by ECAM. */
uint32_t prig_get(struct prig *p, uint32_t off, unsigned width);
void prig_put(struct prig *p, uint32_t off, unsigned width, uint32_t value);

/* A BAR's registers. */
uint32_t prig_rd(struct prig *p, unsigned bar, uint32_t off, unsigned width);
void prig_wr(struct prig *p, unsigned bar, uint32_t off, unsigned width,
	     uint32_t value);
/* Those of the common configuration, and of the legacy BAR. */
uint32_t prig_common(struct prig *p, uint32_t off, unsigned width);
void prig_set(struct prig *p, uint32_t off, unsigned width, uint32_t value);

/* The steps of a start; each takes those before it for done. */
void prig_find(struct prig *p); /* IDs, capabilities, decoding, mastering */
void prig_reset(struct prig *p);
void prig_features(struct prig *p, uint64_t wanted);
void prig_look(struct prig *p, unsigned queue);
void prig_place(struct prig *p, unsigned queue);
void prig_enable(struct prig *p, unsigned queue);
void prig_ok(struct prig *p);
/* All of them, one queue. */
void prig_start(struct prig *p, uint64_t wanted);

/* Switch MSI-X on, with count entries filled in. */
void prig_msix(struct prig *p, unsigned count);

/* One chain, and a kick that is right. */
void prig_echo(struct prig *p);

/* A driver that breaks one rule of such a device. */
struct prig_bad {
	const char *id;
	enum fake_pci_kind kind;
	void (*act)(struct prig *p);
};

int prig_run_bads(const struct prig_bad *bads, size_t count);

#endif
