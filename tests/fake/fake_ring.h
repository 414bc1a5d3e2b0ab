/* SPDX-License-Identifier: MIT */
/*
 * The device's side of virtqueues: chapters C and D of the model's manual,
 * fake.h, which includes this.
 */
#ifndef FAKE_RING_H
#define FAKE_RING_H

#include <levitate/base.h>

struct fake_queue;

/* --- C. the device's side of a ring ------------------------------------ */

/*
 * A device that offers FAKE_F_RING_PACKED or FAKE_F_IN_ORDER (a test sets the
 * bits in dev->features; version 2 only) gets packed rings, or rings used in
 * order, when the driver accepts that. What follows is for all of them, but
 * for what says otherwise.
 */

struct fake_seg {
	uint64_t addr;
	uint32_t len;
	bool write; /* by the device */
};

struct fake_chain {
	struct fake_queue *queue;
	uint16_t head; /* packed: the buffer id */
	bool indirect;
	unsigned nsegs; /* those of an indirect table counted, not its own */
	struct fake_seg *segs;
	uint64_t readable, writable; /* bytes */

	/* The model's own. */
	struct fake_chain *next;
	uint64_t table; /* indirect: where it is, how many bytes */
	uint32_t table_len;
	unsigned ndirect;	    /* descriptors in the ring or table */
	uint16_t *direct;	    /* split: which */
	struct fake_desc *snapshot; /* split: and what they said */
	uint32_t first;		    /* packed: the place of the first */
	uint64_t due;		    /* fake_queue_push_after */
	uint32_t due_len;
	bool due_set;
	bool redo;    /* at due, call handle again instead of pushing */
	bool fetched; /* taken from the ring, not yet popped */
	bool done;    /* pushed, but others must be returned before */
	bool ends;    /* nothing may follow it in a batch */
	struct fake_used {
		uint32_t id, len, jump;
		uint16_t flags;	  /* to turn over */
		uint32_t flicker; /* how often */
		bool twice, no_irq, lost, early;
	} how; /* it is returned */
};

/*
 * Take the next available chain (checked) or NULL. It belongs to the model;
 * valid until pushed, or the device or the queue is reset (with RING_RESET:
 * until the driver reads from QueueReset that it is).
 */
struct fake_chain *fake_queue_pop(struct fake_queue *queue);

/*
 * Give a chain back, in any order, and raise the interrupt by the rules. The
 * queue must not have been reset since the pop. With IN_ORDER it waits until
 * those popped before it are pushed, and for its batch.
 */
void fake_queue_push(struct fake_chain *chain, uint32_t written);

/* The same, ns from now. */
void fake_queue_push_after(struct fake_chain *chain, uint32_t written,
			   uint64_t ns);

/* Return what only waits for its batch to be full. True if there was any. */
bool fake_queue_flush(struct fake_queue *queue);

/* The oldest chain popped and not pushed, or NULL. */
struct fake_chain *fake_queue_oldest(struct fake_queue *queue);

/*
 * Copy from the readable or to the writable part, from byte off of that part
 * on; at most len bytes. Returns the bytes copied.
 */
size_t fake_chain_read(struct fake_chain *chain, size_t off, void *buf,
		       size_t len);
size_t fake_chain_write(struct fake_chain *chain, size_t off, const void *buf,
			size_t len);

/*
 * Where the driver makes the next chain available: what 2.9 calls next_off and
 * next_wrap. Split: avail.idx; packed: slot | wrap counter << 15.
 */
uint16_t fake_queue_next_avail(struct fake_queue *queue);

/* What stands in split rings now. */
uint16_t fake_avail_idx(struct fake_queue *queue);
uint16_t fake_avail_flags(struct fake_queue *queue);
uint16_t fake_used_event(struct fake_queue *queue);

/* Split: write the device's kick suppression by hand. */
void fake_set_used_flags(struct fake_queue *queue, uint16_t flags);
void fake_set_avail_event(struct fake_queue *queue, uint16_t idx);

/* Bits of packed descriptors, flags of event structures (2.8.1, 2.8.10). */
enum {
	FAKE_DESC_NEXT = 1,
	FAKE_DESC_WRITE = 2,
	FAKE_DESC_INDIRECT = 4,
	FAKE_DESC_AVAIL = 1 << 7,
	FAKE_DESC_USED = 1 << 15,
	FAKE_EVENT_ENABLE = 0,
	FAKE_EVENT_DISABLE = 1,
	FAKE_EVENT_DESC = 2,
};

/* Packed: the driver's event structure; desc is slot | wrap << 15. */
uint16_t fake_event_desc(struct fake_queue *queue);
uint16_t fake_event_flags(struct fake_queue *queue);

/* Packed: write the device's, by which it asks for kicks or for none. */
void fake_set_event(struct fake_queue *queue, uint16_t desc, uint16_t flags);

/* --- D. breaking the ring's rules -------------------------------------- */

/*
 * What a push can do wrong. In a packed ring an entry is the used descriptor,
 * and its place takes the place of used.idx.
 */
enum fake_ring_fault {
	/* The entry's id, or len, is arg. */
	FAKE_USED_ID,
	FAKE_USED_LEN,
	/*
	 * Packed: the bits arg of its flags are turned over. AVAIL and USED:
	 * it is the other lap's; one of them: "not used" for ever; WRITE: what
	 * some devices forget.
	 */
	FAKE_USED_FLAGS,
	/* The entry is written twice, idx counts both. */
	FAKE_USED_TWICE,
	/*
	 * used.idx gets arg added (mod 2^16), once more than it should.
	 * Packed: the descriptor stands arg slots farther on, and so do those
	 * that follow.
	 */
	FAKE_USED_JUMP,
	/* Never returned, and with IN_ORDER nor is what comes after it. */
	FAKE_USED_LOST,
	/* IN_ORDER: returned at once, although there are some before it. */
	FAKE_USED_EARLY,
	/* Returned without the interrupt. */
	FAKE_USED_NO_IRQ,
	/*
	 * Then arg times the entry's id and len become all ones and true
	 * again: for a device with a thread, whose driver may read them
	 * meanwhile. After that it takes no chain any more.
	 */
	FAKE_USED_FLICKER,
	/*
	 * Its descriptors are overwritten with ones. Packed: those that are
	 * still the device's; they look used then, which is harmless where
	 * chains are returned in order.
	 */
	FAKE_REWRITE_DESC,
	/* Its indirect table is, or what it had for reading. */
	FAKE_REWRITE_TABLE,
	FAKE_REWRITE_READABLE,
	/* All descriptors are, and what the driver tells the device (the avail
	 * ring, the event structure). */
	FAKE_SCRIBBLE,
};

/* At the Nth push from now (1 = the next). Several may be pending. */
void fake_queue_fault(struct fake_queue *queue, enum fake_ring_fault what,
		      unsigned nth, uint32_t arg);

/*
 * Write a used entry as it is and move used.idx by one (packed: to the next
 * slot); interrupt.
 */
void fake_queue_push_raw(struct fake_queue *queue, uint32_t id, uint32_t len);

/* Split: store used.idx as it is. */
void fake_set_used_idx(struct fake_queue *queue, uint16_t idx);

/* Packed: write id, len and flags to a slot as they are, and nothing else. */
void fake_packed_write(struct fake_queue *queue, uint16_t slot, uint16_t id,
		       uint32_t len, uint16_t flags);

/* Packed: the next used descriptor goes to this slot, of this lap. */
void fake_packed_goto(struct fake_queue *queue, uint16_t slot, bool wrap);

#endif
