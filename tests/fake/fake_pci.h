/* SPDX-License-Identifier: MIT */
/*
 * Part G of the model: a PCI host, its bridges and functions (standard 4.1).
 *
 *	struct fake_pci *host = fake_pci_new(port);
 *	struct fake_rng *rng = fake_rng_new(port, 2);
 *	struct fake_pci_function *f =
 *		fake_pci_plug(host, NULL, &rng->dev, FAKE_PCI_MODERN);
 *
 *	fake_pci_place(host);
 *
 * From then on the device has no MMIO window. All else of fake.h holds: its
 * registers go by their MMIO names (fake_script, reg_reads, on_access), its
 * faults, modes and rings are the same.
 *
 * Addresses: each window of the host lies elsewhere for the CPU than on the
 * bus, and io_map gives cookies that are neither. Without one (port->ops.io_map
 * = NULL) a cookie is what the CPU has.
 *
 * A test breaks a function by its bytes: cfg is its configuration space, mask
 * says which bits of it the driver may write. The model looks for structures
 * where struct fake_pci_place says, whatever the capabilities claim.
 *
 * Rules of the model's own:
 *
 * X-PCI-01	a register used before the one that selects was written
 * X-PCI-02	a set-up register written for a queue that does not exist
 * X-PCI-03	a queue set up without a look at whether it is in use, or its
 *		size written before it was read
 * X-PCI-04	a queue size above the device's
 * X-PCI-05	a kick for a queue that is not enabled, or is being reset, or
 *		written where no queue has its doorbell
 * X-PCI-06	queue_reset without RING_RESET, or written with other than 1
 * X-PCI-07	a register access that nobody answers: not placed, not decoded,
 *		not forwarded
 * X-PCI-08	an access to a BAR outside all structures
 * X-PCI-09	memory is to be reached, and bus mastering is off, of the
 *		function or of a bridge above it
 * X-PCI-10	a BAR written while it is decoded
 * X-PCI-11	read-only bits of configuration space written
 * X-PCI-12	configuration space: width, alignment, the way through the ports
 * X-PCI-13	BARs that overlap, or lie outside the windows above them, or in
 *		those of a bridge beside them
 * X-PCI-14	io_map of what is no function's
 * X-PCI-15	MSI-X: an interrupt by an entry that nobody filled in; an entry
 *		written by other than 32 bits
 * X-PCI-16	the legacy queue address names no memory of the driver's
 * X-PCI-17	a field of the configuration beyond its end, or not the driver's
 *		to write
 */
#ifndef FAKE_PCI_H
#define FAKE_PCI_H

enum fake_pci_kind {
	FAKE_PCI_MODERN,
	FAKE_PCI_TRANSITIONAL,
	FAKE_PCI_LEGACY, /* the device is of version 1 */
};

/* Ways to configuration space. */
enum fake_pci_door {
	FAKE_PCI_ECAM,	/* host->ecam */
	FAKE_PCI_PORTS, /* host->ports */
	FAKE_PCI_CALLS, /* fake_pci_config_read, fake_pci_config_write */
};

/* Registers of PCI's alone, for scripts and counters. */
enum {
	FAKE_REG_CONFIG_VECTOR = 0x0d0,
	FAKE_REG_NUM_QUEUES = 0x0d4,
	FAKE_REG_QUEUE_VECTOR = 0x0d8,
	FAKE_REG_NOTIFY_OFF = 0x0dc,
	FAKE_REG_NOTIF_DATA = 0x0e0,
	FAKE_REG_ADMIN = 0x0e4, /* both registers of admin queues */
};

/* cfg_type of a capability (4.1.4). */
enum {
	FAKE_CAP_COMMON = 1,
	FAKE_CAP_NOTIFY = 2,
	FAKE_CAP_ISR = 3,
	FAKE_CAP_DEVICE = 4,
	FAKE_CAP_WINDOW = 5,
	FAKE_CAP_SHM = 8,
	FAKE_CAP_VENDOR = 9,
};

/* Bits of Command. */
enum {
	FAKE_PCI_IO = 1,
	FAKE_PCI_MEMORY = 2,
	FAKE_PCI_MASTER = 4,
	FAKE_PCI_NOINTX = 0x400,
};

/* Flags of a BAR. */
enum {
	FAKE_BAR_MEMORY = 0,
	FAKE_BAR_IO = 1,
	FAKE_BAR_WIDE = 4,
	FAKE_BAR_PREFETCH = 8,
};

enum {
	FAKE_NO_VECTOR = 0xffff,
	FAKE_VECTORS = 0x800,
	FAKE_MESSAGES = 32,
	FAKE_PCI_FUNCTIONS = 24,
};

/* Bus addresses, and where the CPU has them. */
struct fake_pci_window {
	uint64_t addr, len, cpu;
};

/* Where a structure lies. */
struct fake_pci_place {
	uint8_t bar;
	uint32_t off, len; /* len 0: there is none */
};

struct fake_pci_bar {
	uint64_t len; /* 0: there is none */
	unsigned flags;
};

/* An MSI-X message that arrived. */
struct fake_pci_message {
	uint16_t vector;
	uint64_t addr;
	uint32_t data;
};

struct fake_pci_function {
	struct fake_pci *host;
	struct fake_pci_function *bridge; /* that it is behind, or NULL */
	uint8_t devfn;			  /* device << 3 | function */
	struct fake_dev *dev; /* NULL: of no interest, or a bridge */
	enum fake_pci_kind kind;
	bool is_bridge;

	/* Knobs. */
	uint8_t cfg[4096], mask[4096];
	struct fake_pci_bar bars[6]; /* what is decoded, see fake_pci_bar */
	struct fake_pci_place common, notify, isr, config, msix;
	uint32_t multiplier;
	uint16_t notify_off[8]; /* of each queue: its index */
	uint16_t notif_data[8]; /* with NOTIF_CONFIG_DATA: 0x100 + index */
	uint16_t vectors_max;	/* vectors from here on are refused */
	bool unmappable[6];	/* io_map refuses this BAR */
	bool absent;		/* there is no function, for now */

	/* Read. */
	bool line; /* INTx is asserted */
	unsigned messages;
	struct fake_pci_message log[FAKE_MESSAGES]; /* the last ones */
	unsigned by_vector[FAKE_VECTORS];
	uint16_t msix_size; /* of its table */
	uint16_t config_vector, queue_vector[8];

	/* The model's own. */
	uint8_t table[FAKE_VECTORS * 16];
	bool filled[FAKE_VECTORS], pending[FAKE_VECTORS];
	uint16_t caps_end; /* where the next capability goes */
	uint16_t caps_last;
	unsigned next_slot; /* a bridge's: the device number to give out */
	bool caps_read, used, vendor_read;
	uint32_t unread; /* bit 0: config_vector, then the queues' */
	bool config_told, queue_told; /* by MSI-X, since the ISR was read */
	uint8_t shown; /* causes that the ISR showed and nobody handled */
};

struct fake_pci {
	struct fake_port *port;

	/* Knobs, before the functions are placed. */
	uint8_t bus_first, bus_last;   /* 0 to 255 */
	struct fake_pci_window io;     /* 64 KiB at 0 on the bus */
	bool io_ports;		       /* true; else the CPU has memory there */
	struct fake_pci_window memory; /* 256 MiB at 1 GiB on the bus */
	struct fake_pci_window memory64; /* 4 GiB at 512 GiB */

	/* Knobs: io_map refuses all I/O ports. */
	bool no_ports;

	/* Read. */
	uint64_t ecam, ports; /* cookies */
	struct fake_pci_function *functions[FAKE_PCI_FUNCTIONS];
	unsigned count;
	unsigned config_reads, config_writes, maps;

	/* The model's own. */
	uint32_t address; /* port 0xCF8 */
	bool address_set;
	unsigned next_slot; /* of the first bus */
};

/* One for each port. Freed with it. */
struct fake_pci *fake_pci_new(struct fake_port *port);

/*
 * Make a device a function, on the first bus or behind a bridge, at the next
 * free device number. It gets what QEMU's have: structures in the 64-bit BAR 4,
 * an MSI-X table of 8 in BAR 1, all capabilities, legacy registers in BAR 0.
 * On a legacy device the queues' size is size_max; make that a power of two.
 */
struct fake_pci_function *fake_pci_plug(struct fake_pci *host,
					struct fake_pci_function *bridge,
					struct fake_dev *dev,
					enum fake_pci_kind kind);

/* A function of another vendor, without BARs. */
struct fake_pci_function *fake_pci_other(struct fake_pci *host,
					 struct fake_pci_function *bridge);

/* A bridge that nobody has numbered yet. */
struct fake_pci_function *fake_pci_bridge(struct fake_pci *host,
					  struct fake_pci_function *bridge);

/*
 * What firmware does: number the bridges, open their windows, place all BARs
 * that are not placed. Nothing is decoded yet, but by bridges.
 */
void fake_pci_place(struct fake_pci *host);

/* bus << 8 | device << 3 | function, by the bridges' numbers of now. */
uint16_t fake_pci_addr(const struct fake_pci_function *f);

/* Define a BAR anew: not placed, its bits in cfg and mask. len 0: none. */
void fake_pci_bar(struct fake_pci_function *f, unsigned bar, uint64_t len,
		  unsigned flags);
/* Where it is placed; 0: nowhere. Place it. */
uint64_t fake_pci_bar_addr(const struct fake_pci_function *f, unsigned bar);
void fake_pci_bar_put(struct fake_pci_function *f, unsigned bar, uint64_t addr);

/* Move a structure: its place, and the capability that names it. */
void fake_pci_move(struct fake_pci_function *f, unsigned type, uint8_t bar,
		   uint32_t off, uint32_t len);

/*
 * The offset in cfg of the first capability with this cfg_type; 0: none. Its
 * fields: 1 next, 2 cap_len, 3 cfg_type, 4 bar, 5 id, 8 offset, 12 length.
 */
unsigned fake_pci_cap(const struct fake_pci_function *f, unsigned type);
/* The one of MSI-X; 0: none. */
unsigned fake_pci_msix_cap(const struct fake_pci_function *f);

/*
 * Add a capability of VirtIO's, len bytes long, at the end of the list or as
 * its first; returns its offset.
 */
unsigned fake_pci_cap_add(struct fake_pci_function *f, bool first, uint8_t len,
			  uint8_t type, uint8_t bar, uint32_t off,
			  uint32_t length);
/* Take it off the list. */
void fake_pci_cap_drop(struct fake_pci_function *f, unsigned cap);

/* A region of shared memory. */
void fake_pci_shm(struct fake_pci_function *f, uint8_t id, uint8_t bar,
		  uint64_t off, uint64_t len);

/* The MSI-X table has so many entries, 1 to 2048. */
void fake_pci_msix_resize(struct fake_pci_function *f, unsigned size);

/* Configuration space, as hal-independent functions of a port reach it. */
uint32_t fake_pci_config_read(struct fake_pci *host, uint16_t addr,
			      uint32_t off, unsigned width);
void fake_pci_config_write(struct fake_pci *host, uint16_t addr, uint32_t off,
			   unsigned width, uint32_t value);

/*
 * X-PCI-13 for everything that is placed: BARs and windows. Returns how many
 * BARs are not placed.
 */
unsigned fake_pci_check_placed(struct fake_pci *host);

/*
 * The driver says that it will not have this function; and which causes of its
 * last interrupts it took care of (1 used buffers, 2 configuration).
 */
void fake_pci_refused(struct fake_pci_function *f);
void fake_pci_handled(struct fake_pci_function *f, unsigned causes);

#endif
