/* SPDX-License-Identifier: MIT */
/*
 * What devices of version 2 offer beside the features that legacy ones have:
 * for the tests of drivers, which must not notice.
 */
#ifndef OFFERS_H
#define OFFERS_H

#include "fake/fake.h"

enum offers {
	OFFERS_NONE,
	OFFERS_PACKED,
	OFFERS_SPLIT, /* all, but for the packed ring */
	OFFERS_ALL,
};

static inline uint64_t offers_bits(enum offers offers)
{
	const uint64_t packed = (uint64_t)1 << FAKE_F_RING_PACKED;
	const uint64_t others = (uint64_t)1 << FAKE_F_IN_ORDER |
				(uint64_t)1 << FAKE_F_ACCESS_PLATFORM |
				(uint64_t)1 << FAKE_F_ORDER_PLATFORM |
				(uint64_t)1 << FAKE_F_NOTIFICATION_DATA |
				(uint64_t)1 << FAKE_F_RING_RESET;

	return (offers & OFFERS_PACKED ? packed : 0) |
	       (offers & OFFERS_SPLIT ? others : 0);
}

/*
 * Kinds of device: version 1, then 2 with each of these. On big-endian
 * machines there is no version 1: legacy devices are refused there.
 */
enum {
	OFFERS_LEGACY = __BYTE_ORDER__ != __ORDER_BIG_ENDIAN__,
	OFFERS_KINDS = OFFERS_LEGACY + 4,
};

static inline uint32_t offers_version(unsigned kind)
{
	return OFFERS_LEGACY && kind == 0 ? 1 : 2;
}

static inline enum offers offers_of(unsigned kind)
{
	return offers_version(kind) == 1 ? OFFERS_NONE
					 : (enum offers)(kind - OFFERS_LEGACY);
}

/* For the name of a test's case. */
static inline const char *offers_name(enum offers offers)
{
	static const char *const names[] = { "", " PACKED", " all but PACKED",
					     " all" };

	return names[offers];
}

#endif
