/* SPDX-License-Identifier: MIT */
/*
 * What the proofs of the rings share. One step is proven at a time: the queue
 * is in any private state that fits the written invariant, one call is made,
 * and the state fits it again; so it does after any number of calls, since
 * set-up begins with it (ring_runs.c).
 *
 * N is how many entries the queue can use, RING how many its ring has (more on
 * a device whose queues have a fixed size), INDIRECT how many segments an
 * indirect table can hold, PACKED and IN_ORDER say what was negotiated: these
 * come from rings.tsv.
 * Everything else (EVENT_IDX, strict or clamping, ORDER_PLATFORM,
 * NOTIFICATION_DATA, inside done or not) is arbitrary in each proof.
 */
#ifndef RING_PROOF_H
#define RING_PROOF_H

#include <levitate/wire/ring.h>

#include "core.h"

/* Where the parts of the ring stand in its memory; RING is 4 at most. */
enum {
	DESC_LEN = 16,
	PART_LEN = 64,
#if LAID_OUT
	/* As set-up does it; setup_layout.c shows that it does for any size. */
	DESC_AT = 0,
	DRIVER_AT = PACKED ? PART_LEN : RING * DESC_LEN,
	DEVICE_AT = PACKED || RING > 2 ? 2 * PART_LEN : PART_LEN,
	TABLES_AT = DEVICE_AT + PART_LEN,
	MEMORY_LEN = TABLES_AT + N * INDIRECT * DESC_LEN,
#else
	/* Behind the descriptors is nothing that a pointer may point to. */
	DRIVER_AT = 0,
	DEVICE_AT = PART_LEN,
	TABLES_AT = 2 * PART_LEN,
	DESC_AT = TABLES_AT + N * INDIRECT * DESC_LEN,
	MEMORY_LEN = DESC_AT + RING * DESC_LEN,
#endif
};

/* A field of which a proof wants to know how often it was used, and what
 * came or went last. */
struct field {
	unsigned count;
	uint32_t value;
};

/* A descriptor as the driver wrote it: one is watched, and it may be any. */
struct written {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t last;	/* split: next; packed: id */
	unsigned shown; /* how often its flags were stored */
};

/* What the driver did to the memory that it shares, in one step. */
struct seen {
	/* Loads: the used index (packed: flags), what is used, the device's
	 * wish (packed: its flags, and its place). */
	struct field idx, id, len, hint, hint_place;
	/* Stores: the available index and entry (split), our wish. */
	struct field index, entry, event, event_place;
	size_t entry_at, event_at; /* where in the driver's area */
	size_t watched; /* offset of a descriptor, of the ring or of a table */
	struct written written; /* as it was stored */
	unsigned free;	/* descriptors that the driver may write, a bit each */
	bool dirty;	/* stored, and no write barrier yet */
	bool unseen;	/* stored, and no full barrier yet */
	bool hasty;	/* the index was looked at while it was unseen */
	bool early;	/* acquired, and no read barrier yet */
	bool shown;	/* packed: a head was published */
	unsigned rings; /* of the doorbell */
	uint32_t rung;	/* with this */
};

/* The state before a step. */
struct before {
	struct lev_queue q;
	struct lev_request *req[N]; /* of each slot */
	struct lev_request was[N];  /* what it held */
	uint16_t next[N];
	unsigned in_flight;
};

extern struct seen seen;
extern struct before before;
extern struct lev_device device;
extern struct lev_queue queue;
extern struct lev_queue_slot slots[N];
extern char *ring_memory;

/* The invariant is assumed before the step and shown after it. */
extern bool assuming;
#define HOLDS(cond, text)                                                      \
	do {                                                                   \
		if (assuming)                                                  \
			ASSUME(cond);                                          \
		else                                                           \
			PROVE(cond, text);                                     \
	} while (0)

/* --- what each format has its own of (split_state.c, packed_state.c) --- */

extern const struct lev_ring_ops *const ring_format;

/* Any state of the ring, its places in memory given. */
void format_any(void);

/* The format's part of the invariant. */
void format_check(void);

/* Descriptors that no request holds, a bit each. */
unsigned format_free(void);

/* A load or a store of len bytes, off into the ring's memory. */
uint32_t format_load(size_t off, size_t len);
void format_store(size_t off, size_t len, uint64_t value);

/* A store that publishes what was stored before it. */
void format_publish(size_t off, uint16_t value);

/* IN_ORDER: in which slot is the next younger request? */
unsigned format_younger(unsigned slot);

/* --- what each step does, by the standard (split_steps.c, packed_steps.c) ---
 */

/* A request of count segments was added. */
void format_added(const struct lev_request *req, unsigned count);

/* Was rung what had to be? */
void format_kicked(void);

/* A request was refused. */
void format_refused(void);

/* Reap returned req, which was in slot; or NULL. */
void format_reaped(const struct lev_request *req, unsigned slot);

/* Arm returned there. */
void format_armed(bool there);
void format_disarmed(void);

/* --- the queue (queue_state.c) --- */

/* Any request that fits no queue yet. */
struct lev_request *any_request(void);

/* The device accepted any features; its transport has a doorbell. */
void any_device(void);

/* Any queue that fits the invariant: it works, waits for DRIVER_OK, or was
 * stopped, for whatever reason. */
enum how { WORKING, WAITING, STOPPED };
void any_queue(enum how how);

/* The invariant. */
void queue_check(void);

/* From here on one step is looked at. */
void step_begin(void);

/* The step left the queue as it was: no request came or went. */
void nothing_moved(void);

/* One more load or store of it. */
void note(struct field *f, uint32_t value);

/*
 * What reap returned, req of this slot or NULL, is what the device said: the id
 * and the length that it loaded, once.
 */
void judge(const struct lev_request *req, unsigned slot, bool lent);

/* The same in order: the last of a batch of at most most requests was named. */
void judge_batch(const struct lev_request *req, unsigned slot, unsigned most);

/* Requests that stand in a slot. */
unsigned in_flight(void);

/* What the doorbell is rung with when the next request goes to at. */
uint32_t bell_data(uint16_t at);

/* Any other state, of the same queue. */
void any_other_state(void);

/* Have the requests in flight a done function, and what does it do? */
extern bool has_done;
void request_done(struct lev_request *req);

#endif
