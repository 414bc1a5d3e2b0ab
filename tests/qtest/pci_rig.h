/* SPDX-License-Identifier: MIT */
/*
 * What the tests of PCI share: a machine whose buses were scanned, and a run of
 * each test on each kind of machine.
 */
#ifndef QTEST_PCI_RIG_H
#define QTEST_PCI_RIG_H

#include <levitate/pci.h>
#include <levitate/wire/pci.h>

#include "rig.h"

enum { BOARD_MAX = 32 };

/* A function's address. */
#define PCI_AT(bus, device) ((uint16_t)((bus) << 8 | (device) << 3))

struct board {
	enum lev_qtest_machine machine;
	struct lev_qtest *qt;
	struct lev_pci_host host;
	struct lev_pci_function found[BOARD_MAX]; /* of the last scan */
	unsigned count;
};

struct pci_test {
	const char *name;
	void (*run)(void **state); /* *state: the enum lev_qtest_machine */
	unsigned not_on;	   /* bits */
};

enum {
	NOT_ON_Q35 = 1 << 0,
	/*
	 * QEMU 10.0 ends itself when the window in configuration space is used
	 * on virt: it looks for the BAR in the CPU's address space, where
	 * virt's bridge has it under another name.
	 */
	NOT_ON_VIRT_OF_10 = 1 << 1,
};

int pci_run(const struct pci_test *tests, unsigned count);

#define PCI_RUN(tests) pci_run(tests, sizeof(tests) / sizeof((tests)[0]))

/*
 * A machine of this configuration and of the kind that state says, not scanned
 * yet. It has no complaint, and is closed at the latest when the test ends.
 */
void board_start(struct board *b, void **state,
		 const struct lev_qtest_config *config);

/* One with these devices on PCI, scanned. */
void board_open(struct board *b, void **state, const char *const *devices);

/* Nothing is lent, and there is no complaint. */
void board_close(struct board *b);

/* Scan, and scan again. */
void board_scan(struct board *b);

/* What the scan found at this address, which is there. */
const struct lev_pci_function *board_at(const struct board *b, uint16_t addr);

/* Probe it: a device of this type. */
void board_probe(struct board *b, struct lev_pci *pci, uint16_t addr,
		 uint32_t device_id);

/* Bits of the function's command register. */
unsigned board_command(const struct board *b, uint16_t addr);

/* Patience, as a deadline of the machine's clock. */
uint64_t board_deadline(const struct board *b);

/*
 * The message of the machine's vector first + i for vector i, and the vectors
 * 0, 1 ... of queues.
 */
void board_messages(const struct board *b, unsigned first,
		    struct lev_pci_message *messages, unsigned count);

/* Random bytes, twice, which differ, by a driver that waits. */
void board_rng_works(struct board *b, struct lev_rng *rng);

/* The same for a device that nobody has: probed, driven, given back. */
void board_try_rng(struct board *b, uint16_t addr);

#endif
