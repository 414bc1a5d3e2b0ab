/* SPDX-License-Identifier: MIT */
/*
 * What every other header of Levitate stands on: errors, little-endian wire
 * integers, and a handful of compiler helpers. It needs nothing but a
 * freestanding C11 (or C++11) compiler.
 *
 * Errors. Functions that can fail return int: 0 or a positive result on
 * success, else one of LEV_ERR_*. All of them are marked so that the compiler
 * warns when the result is thrown away. An error code reports the world (the
 * device, the port, a limit); a caller who breaks a documented rule meets
 * LEV_ASSERT instead, which can be compiled out.
 */
#ifndef LEVITATE_BASE_H
#define LEVITATE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define LEV_STATIC_ASSERT(cond, text) static_assert(cond, text)
#else
#define LEV_STATIC_ASSERT(cond, text) _Static_assert(cond, text)
#endif

/* A wire structure has this size; this member stands at this offset. */
#define LEV_WIRE_SIZE(type, len) LEV_STATIC_ASSERT(sizeof(type) == (len), #type)
#define LEV_WIRE_AT(type, member, off)                                         \
	LEV_STATIC_ASSERT(offsetof(type, member) == (off), #type "." #member)

/* The result must be looked at. */
#define LEV_MUST_CHECK __attribute__((warn_unused_result))

/* printf-like: argument number of the format, of the first value. */
#define LEV_FORMAT(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * A caller's mistake, never a device's. Define LEV_ASSERT before including
 * any header to route it to your own panic; the default traps. With
 * LEV_NO_ASSERT it costs nothing.
 */
#ifndef LEV_ASSERT
#ifdef LEV_NO_ASSERT
#define LEV_ASSERT(cond) ((void)sizeof(cond))
#else
#define LEV_ASSERT(cond) ((cond) ? (void)0 : __builtin_trap())
#endif
#endif

/* From a pointer to a member to the struct that holds it. */
#define LEV_CONTAINER_OF(ptr, type, member)                                    \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#ifdef __cplusplus
extern "C" {
#endif

enum {
	LEV_ERR_AGAIN = -1,    /* no room now: poll, then try again */
	LEV_ERR_NOMEM = -2,    /* the port has no (suitable) memory */
	LEV_ERR_IO = -3,       /* the device reported a failure */
	LEV_ERR_PROTO = -4,    /* the device broke the standard's rules */
	LEV_ERR_NODEV = -5,    /* no such device, or it was removed */
	LEV_ERR_NOTSUP = -6,   /* a feature that this needs is not there */
	LEV_ERR_INVAL = -7,    /* an argument or the port's answer is wrong */
	LEV_ERR_TIMEDOUT = -8, /* the deadline passed */
	LEV_ERR_BUSY = -9,     /* claimed or in use already */
	LEV_ERR_RANGE = -10, /* does not fit: too large, too many, too small */
	LEV_ERR_STATE = -11, /* not allowed in this state or context */
	LEV_ERR_CANCELED = -12, /* given back by a reset, not by the device */
	LEV_ERR_STUCK = -13,	/* the device did not confirm a reset: what it
				 * was lent stays lent; reset may be retried */
};

/* The name of an error ("LEV_ERR_IO") or "success"; never NULL. */
const char *lev_strerror(int err);

/* An address as the device sees it: physical, or what an IOMMU makes of it. */
typedef uint64_t lev_paddr;

/*
 * Little-endian integers as they lie in memory that a device reads or writes.
 * They are structs so that a forgotten conversion does not compile.
 */
typedef struct {
	uint16_t raw;
} lev_le16;
typedef struct {
	uint32_t raw;
} lev_le32;
typedef struct {
	uint64_t raw;
} lev_le64;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LEV_SWAP_(bits, v) __builtin_bswap##bits(v)
#else
#define LEV_SWAP_(bits, v) (v)
#endif

static inline uint16_t lev_le16_to_cpu(lev_le16 v)
{
	return LEV_SWAP_(16, v.raw);
}

static inline uint32_t lev_le32_to_cpu(lev_le32 v)
{
	return LEV_SWAP_(32, v.raw);
}

static inline uint64_t lev_le64_to_cpu(lev_le64 v)
{
	return LEV_SWAP_(64, v.raw);
}

static inline lev_le16 lev_cpu_to_le16(uint16_t v)
{
	lev_le16 le = { LEV_SWAP_(16, v) };

	return le;
}

static inline lev_le32 lev_cpu_to_le32(uint32_t v)
{
	lev_le32 le = { LEV_SWAP_(32, v) };

	return le;
}

static inline lev_le64 lev_cpu_to_le64(uint64_t v)
{
	lev_le64 le = { LEV_SWAP_(64, v) };

	return le;
}

#ifdef __cplusplus
}
#endif

#endif
