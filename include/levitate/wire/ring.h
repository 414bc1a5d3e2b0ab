/* SPDX-License-Identifier: MIT */
/* Virtqueues, split (VirtIO 2.7) and packed (2.8): the memory that driver and
 * device share. */
#ifndef LEVITATE_WIRE_RING_H
#define LEVITATE_WIRE_RING_H

#include <levitate/base.h>

/* Alignment of the three parts (2.7) */
#define LEV_VIRTQ_DESC_ALIGN  16
#define LEV_VIRTQ_AVAIL_ALIGN 2
#define LEV_VIRTQ_USED_ALIGN  4

/* struct lev_virtq_desc.flags (2.7.5) */
#define LEV_VIRTQ_DESC_F_NEXT	  1
#define LEV_VIRTQ_DESC_F_WRITE	  2
#define LEV_VIRTQ_DESC_F_INDIRECT 4

/* Hints of 2.7.7 (driver to device) and 2.7.10 (device to driver) */
#define LEV_VIRTQ_AVAIL_F_NO_INTERRUPT 1
#define LEV_VIRTQ_USED_F_NO_NOTIFY     1

/* 2.7.5: written by the driver only. */
struct lev_virtq_desc {
	lev_le64 addr;
	lev_le32 len;
	lev_le16 flags;
	lev_le16 next;
};
LEV_WIRE_SIZE(struct lev_virtq_desc, 16);
LEV_WIRE_AT(struct lev_virtq_desc, addr, 0);
LEV_WIRE_AT(struct lev_virtq_desc, len, 8);
LEV_WIRE_AT(struct lev_virtq_desc, flags, 12);
LEV_WIRE_AT(struct lev_virtq_desc, next, 14);

/*
 * 2.7.6: written by the driver only. The ring of head indices (lev_le16, one
 * an entry) follows, then used_event (lev_le16).
 */
struct lev_virtq_avail {
	lev_le16 flags;
	lev_le16 idx;
};
LEV_WIRE_SIZE(struct lev_virtq_avail, 4);
LEV_WIRE_AT(struct lev_virtq_avail, flags, 0);
LEV_WIRE_AT(struct lev_virtq_avail, idx, 2);

/*
 * 2.7.8: written by the device only. The ring of struct lev_virtq_used_elem,
 * one an entry, follows, then avail_event (lev_le16).
 */
struct lev_virtq_used {
	lev_le16 flags;
	lev_le16 idx;
};
LEV_WIRE_SIZE(struct lev_virtq_used, 4);
LEV_WIRE_AT(struct lev_virtq_used, flags, 0);
LEV_WIRE_AT(struct lev_virtq_used, idx, 2);

struct lev_virtq_used_elem {
	lev_le32 id;  /* index of the head of the chain */
	lev_le32 len; /* bytes written into its device-writable part */
};
LEV_WIRE_SIZE(struct lev_virtq_used_elem, 8);
LEV_WIRE_AT(struct lev_virtq_used_elem, id, 0);
LEV_WIRE_AT(struct lev_virtq_used_elem, len, 4);

/* --- packed --- */

/* Alignment of the parts (2.8.10.1) */
#define LEV_VIRTQ_PACKED_ALIGN 16
#define LEV_VIRTQ_EVENT_ALIGN  4

/* struct lev_virtq_packed_desc.flags (2.8.1), beside those above */
#define LEV_VIRTQ_PACKED_F_AVAIL (1 << 7)
#define LEV_VIRTQ_PACKED_F_USED	 (1 << 15)

/* 2.8.13: written by driver and device in turn. */
struct lev_virtq_packed_desc {
	lev_le64 addr;
	lev_le32 len;
	lev_le16 id;
	lev_le16 flags;
};
LEV_WIRE_SIZE(struct lev_virtq_packed_desc, 16);
LEV_WIRE_AT(struct lev_virtq_packed_desc, addr, 0);
LEV_WIRE_AT(struct lev_virtq_packed_desc, len, 8);
LEV_WIRE_AT(struct lev_virtq_packed_desc, id, 12);
LEV_WIRE_AT(struct lev_virtq_packed_desc, flags, 14);

/*
 * 2.8.14, event suppression: one that the driver writes, one that the device
 * writes.
 */
#define LEV_VIRTQ_EVENT_WRAP	(1u << 15) /* place: the wrap counter there */
#define LEV_VIRTQ_EVENT_ENABLE	0	   /* flags: always */
#define LEV_VIRTQ_EVENT_DISABLE 1	   /* never */
#define LEV_VIRTQ_EVENT_DESC	2	   /* EVENT_IDX: at that place */
#define LEV_VIRTQ_EVENT_WHEN	3	   /* mask of these */

struct lev_virtq_event {
	lev_le16 place; /* offset of a descriptor, and the wrap counter */
	lev_le16 flags;
};
LEV_WIRE_SIZE(struct lev_virtq_event, 4);
LEV_WIRE_AT(struct lev_virtq_event, place, 0);
LEV_WIRE_AT(struct lev_virtq_event, flags, 2);

#endif
