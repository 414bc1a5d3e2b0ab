/* SPDX-License-Identifier: MIT */
/* What the files of the PCI host share among themselves. */
#ifndef FAKE_PCI_INT_H
#define FAKE_PCI_INT_H

#include "fake_int.h"

/* Configuration space (PCI Local Bus 3.0). */
enum {
	CFG_VENDOR = 0x00,
	CFG_DEVICE = 0x02,
	CFG_COMMAND = 0x04,
	CFG_STATUS = 0x06,
	CFG_REVISION = 0x08,
	CFG_HEADER = 0x0e,
	CFG_BARS = 0x10,
	CFG_PRIMARY = 0x18,
	CFG_SECONDARY = 0x19,
	CFG_SUBORDINATE = 0x1a,
	CFG_IO_BASE = 0x1c,
	CFG_IO_LIMIT = 0x1d,
	CFG_MEMORY_BASE = 0x20,
	CFG_MEMORY_LIMIT = 0x22,
	CFG_PREFETCH_BASE = 0x24,
	CFG_PREFETCH_LIMIT = 0x26,
	CFG_PREFETCH_BASE_HIGH = 0x28,
	CFG_PREFETCH_LIMIT_HIGH = 0x2c,
	CFG_SUBSYSTEM_VENDOR = 0x2c,
	CFG_SUBSYSTEM = 0x2e,
	CFG_IO_BASE_HIGH = 0x30,
	CFG_IO_LIMIT_HIGH = 0x32,
	CFG_CAPS = 0x34,
	CFG_LINE = 0x3c,
	CFG_PIN = 0x3d,
	CFG_CAPS_BEGIN = 0x40,
	CFG_CAPS_END = 0x100,
	STATUS_INTERRUPT = 0x08,
	STATUS_CAPS = 0x10,
	CAP_ID_VENDOR = 0x09,
	CAP_ID_MSIX = 0x11,
	MSIX_MASKED = 0x4000,
	MSIX_ENABLE = 0x8000,
	ENTRY_LEN = 16,
	VENDOR_VIRTIO = 0x1af4,
};

/* A capability of the vendor's, as its bytes have it. */
struct fake_cap {
	unsigned at;
	uint8_t len, type, bar;
	uint32_t off, length;
};

typedef void (*fake_cap_fn)(const struct fake_cap *cap, void *arg);
/* All of them, in their order; a broken list just ends. */
void fake_pci_caps(const struct fake_pci_function *f, fake_cap_fn fn,
		   void *arg);

/* A check that names the function. */
bool fake_pci_check(struct fake_pci_function *f, bool ok, const char *id,
		    const char *what, uint32_t value);

/* A register access by a cookie: is it one of ours? */
bool fake_pci_access(struct fake_port *port, uint64_t reg, unsigned width,
		     bool write, uint32_t *value);
void fake_pci_free(struct fake_pci *host);

/* Is it there, to be read and written? */
bool fake_pci_alive(const struct fake_pci_function *f);
uint16_t fake_pci_command(const struct fake_pci_function *f);
bool fake_pci_forwards(const struct fake_pci_function *bridge, bool io,
		       uint64_t addr, uint64_t len);

/* Registers in a BAR; by BAR or by the capability PCI_CFG. */
uint32_t fake_pci_bar_read(struct fake_pci_function *f, unsigned bar,
			   uint32_t off, unsigned width);
void fake_pci_bar_write(struct fake_pci_function *f, unsigned bar, uint32_t off,
			unsigned width, uint32_t value);

/* Registers were found: is this the way to find them? */
void fake_pci_used(struct fake_pci_function *f, bool legacy);
/* An access that hits none. */
void fake_pci_stray(struct fake_pci_function *f, unsigned bar, uint32_t off);

/* Interrupts. */
bool fake_pci_msix_on(const struct fake_pci_function *f);
void fake_pci_update(struct fake_pci_function *f); /* masks, line */
uint32_t fake_pci_isr_read(struct fake_dev *dev);
uint32_t fake_pci_vector_read(struct fake_dev *dev, uint32_t reg);
void fake_pci_vector_write(struct fake_dev *dev, uint32_t reg, uint32_t value);
/* The queue, or with -1 the device, goes to work: are its vectors known? */
void fake_pci_vector_check(struct fake_pci_function *f, int queue);
uint32_t fake_pci_table_read(struct fake_pci_function *f, uint32_t off);
void fake_pci_table_write(struct fake_pci_function *f, uint32_t off,
			  unsigned width, uint32_t value);

extern const struct fake_bus fake_pci_bus;

#endif
