/* SPDX-License-Identifier: MIT */
/*
 * A driver with one queue on a device of the model, for the tests of the core:
 * shapes to run a test in, requests that know how they came back, and checks
 * that name the shape in which they fail.
 */
#ifndef RIG_H
#define RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <levitate/mmio.h>
#include <levitate/pci.h>
#include <levitate/queue.h>

#include "fake/fake.h"

enum {
	RIG_DEVICE_ID = 42,
	RIG_FEATURE = 3,       /* wanted by the rig's driver */
	RIG_ARENA = 64 * 1024, /* bytes that the device may touch */
	RIG_SEGS = 8,
	RIG_QUEUES = 2, /* of the device; the rig's queue is number 1 */
	RIG_QUEUE = 1,
};

/*
 * On an emulated CPU each instruction takes ten of ours: what is long there,
 * and the same on each CPU, is cut.
 */
#ifdef LEV_EMULATED
enum { RIG_EMULATED = 1 };
#else
enum { RIG_EMULATED = 0 };
#endif

static const uint64_t RIG_SECOND = 1000000000;

struct rig_shape {
	uint32_t version;
	bool event_idx, indirect;
	uint16_t size;
	bool packed, in_order; /* version 2 alone has these */
	bool data;	       /* NOTIFICATION_DATA; version 2 as well */
	bool pci;	       /* on PCI: a legacy or a modern function */
	bool transitional;     /* ... or a transitional one; version 2 */
	uint8_t config;	       /* bytes of configuration */
};

/* Rings that there are. Split has two: the one of version 1 came first. */
enum {
	RIG_LEGACY = 1 << 0,
	RIG_SPLIT = 1 << 1,
	RIG_SPLIT_IN_ORDER = 1 << 2,
	RIG_PACKED = 1 << 3,
	RIG_PACKED_IN_ORDER = 1 << 4,
	RIG_RINGS = 5,
	RIG_ANY_SPLIT = RIG_LEGACY | RIG_SPLIT | RIG_SPLIT_IN_ORDER,
	RIG_ANY_PACKED = RIG_PACKED | RIG_PACKED_IN_ORDER,
	RIG_IN_ORDER = RIG_SPLIT_IN_ORDER | RIG_PACKED_IN_ORDER,
	RIG_ANY_ORDER = RIG_LEGACY | RIG_SPLIT | RIG_PACKED,
	RIG_ANY = (1 << RIG_RINGS) - 1,
	RIG_SHAPES = RIG_RINGS * 4,
};

struct rig {
	char name[120]; /* of the shape */
	struct rig_shape shape;
	struct fake_port *port;
	struct fake_dev *fake;
	struct fake_queue *fq;		 /* of the rig's queue */
	struct lev_transport *transport; /* of one of these two */
	struct lev_mmio mmio;
	struct lev_pci pci;
	struct lev_pci_host host; /* on PCI, and what is there */
	struct fake_pci *bus;
	struct fake_pci_function *f;
	struct lev_device dev;
	struct lev_queue queue;
	struct lev_queue_config cfg; /* may be changed before rig_up */
	struct lev_queue_slot *slots;
	uint8_t *arena; /* lent to the device */
	unsigned accesses;
};

struct rig_request {
	struct lev_request req; /* first */
	struct lev_seg segs[RIG_SEGS];
	struct rig *rig;
	unsigned came;			     /* back, through done */
	void (*then)(struct rig_request *r); /* called by done */
	int result;			     /* of what then tried */
};

extern const struct lev_driver rig_driver;

/*
 * 1 and 2 in turn, but 2 alone on big-endian machines: legacy devices are
 * refused there.
 */
uint32_t rig_version(unsigned i);

/* What the library is told about a host of the model's, by ECAM. */
struct lev_pci_host rig_host(const struct fake_pci *bus);

/* A device that nobody has looked at yet; on PCI: its BARs are not placed. */
struct rig *rig_build(const struct rig_shape *shape);

/* Look at it. On PCI the model is told if that comes to nothing. */
int rig_probe(struct rig *r);

/* Claimed, not begun; the map is the identity and the arena is lent. */
struct rig *rig_new(const struct rig_shape *shape);

/* Begin, set the queue up, ready: 0 or the first error. */
int rig_start(struct rig *r);

/* One that was built, on PCI: placed, probed, claimed, started. The same. */
int rig_start_built(struct rig *r);

/* The same, and it must succeed. */
struct rig *rig_up(const struct rig_shape *shape);

/* Give all memory back; nothing may be left and no rule broken. */
void rig_free(struct rig *r);

/* Reset, take the queue down, give the transport up. */
void rig_down(struct rig *r);

/* Is there such a device on this CPU? */
bool rig_exists(const struct rig_shape *shape);

/* Run a test in each of these shapes that there is, built. */
void rig_each_built(const struct rig_shape *shapes, unsigned count,
		    void (*test)(struct rig *r));

/* Shape i of the RIG_SHAPES: {ring} x {EVENT_IDX} x {INDIRECT}. */
struct rig_shape rig_shape(unsigned i, uint16_t size);

/* Run a test in each shape, live. */
void rig_each(uint16_t size, void (*test)(struct rig *r));

/* The same for some of the rings: bits RIG_... */
void rig_each_of(unsigned rings, uint16_t size, void (*test)(struct rig *r));

/* The same for one shape of each ring, with all features, not begun. */
void rig_each_ring(uint16_t size, void (*test)(struct rig *r));

/* The same for one split ring on each version, not begun. */
void rig_each_version(void (*test)(struct rig *r));

/*
 * readable and writable segments of len bytes each. They are the arena's, at
 * arena offset off (all of them: only their addresses and lengths matter).
 */
void rig_request(struct rig *r, struct rig_request *req, unsigned readable,
		 unsigned writable, uint32_t len);
/* Add and kick; both must work. Returns what kick said. */
int rig_submit(struct rig *r, struct rig_request *req);
/* Kick, which must work. Returns what kick said. */
int rig_kick(struct rig *r);
/* The device takes the next chain and gives it back. */
void rig_answer(struct rig *r, uint32_t written);
/*
 * The device asks for a doorbell with the next request that is added, or for
 * none, in the way it can; what was added before is with it already.
 */
void rig_ask(struct rig *r, bool kick);
/* Will the next request that the device uses raise an interrupt? */
bool rig_armed(struct rig *r);
/* Send requests, on a device in mode FAKE_MANUAL, until as many were added,
 * counted as the indices of split rings are. */
void rig_turn_to(struct rig *r, uint16_t added);
/* One request there and back. */
void rig_echo(struct rig *r);

/* A random number; the same sequence in every run. */
uint32_t rig_random(void);

/* Register accesses since the last call. */
unsigned rig_accesses(struct rig *r);

/* Checks that say in which shape they failed, and what was found. */
#define RIG_CHECK(r, cond)                                                     \
	do {                                                                   \
		if (!(cond))                                                   \
			fail_msg("[%s] %s", (r)->name, #cond);                 \
	} while (0)
#define RIG_EQ(r, a, b)                                                        \
	do {                                                                   \
		const long long a_ = (long long)(a), b_ = (long long)(b);      \
		if (a_ != b_)                                                  \
			fail_msg("[%s] %s is %lld, not %lld (%s)", (r)->name,  \
				 #a, a_, b_, #b);                              \
	} while (0)
#define RIG_CLEAN(r) RIG_EQ(r, fake_violation_print((r)->port), 0)

#endif
