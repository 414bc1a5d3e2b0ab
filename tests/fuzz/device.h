/* SPDX-License-Identifier: MIT */
/*
 * A transport with a device behind it that is nothing but its registers: they
 * behave unless a fuzzer says otherwise, and what a driver does with them is
 * checked. What stands in memory is each fuzzer's own affair.
 */
#ifndef FUZZ_DEVICE_H
#define FUZZ_DEVICE_H

#include <levitate/queue.h>

#include "fuzz.h"

enum { FUZZ_QUEUES = 2 };

struct fuzz_queue {
	struct lev_queue_layout layout; /* while it is enabled */
	bool enabled;
	unsigned doorbells;
};

struct fuzz_dev {
	struct lev_transport transport;
	struct fuzz_port *port;
	struct lev_features offered, accepted;
	uint32_t status;
	bool confirmed; /* status read as 0 */
	uint32_t size_max;
	struct fuzz_queue queues[FUZZ_QUEUES];
	unsigned causes; /* of an interrupt */
	unsigned resets; /* that came about */

	/* What goes wrong. */
	uint32_t status_wrong; /* bits that read inverted */
	bool stuck;	       /* resets are not confirmed */
	bool gone;	       /* all ones */
	bool queue_stuck;      /* nor is that of a queue */
	bool refuses;	       /* FEATURES_OK does not stay */

	/* The configuration space; off and width are checked. */
	uint32_t (*config_read)(struct fuzz_dev *dev, uint32_t off,
				unsigned width);
	void (*config_write)(struct fuzz_dev *dev, uint32_t off, unsigned width,
			     uint32_t value);
	uint32_t (*generation)(struct fuzz_dev *dev);
	/* A doorbell rang; may be NULL. */
	void (*notified)(struct fuzz_dev *dev, unsigned idx);
};

void fuzz_dev_init(struct fuzz_dev *dev, struct fuzz_port *port,
		   uint32_t device_id);

/* From here on it behaves: whatever happened, a reset works. */
void fuzz_dev_behave(struct fuzz_dev *dev);

#endif
