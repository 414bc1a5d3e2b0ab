/* SPDX-License-Identifier: MIT */
/*
 * What the fuzzers share: the input as a stream of small numbers, and a port
 * whose memory, clock and failures the input decides. After the end of the
 * input everything is 0, which always means "behave".
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <levitate/hal.h>

/* What libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A property that must hold, or the input is a finding. */
#define FUZZ_CHECK(cond)                                                       \
	((cond) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #cond))
_Noreturn void fuzz_fail(const char *file, int line, const char *what);

/* --- the input --- */

struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

uint8_t fuzz_u8(struct fuzz_input *in);
uint16_t fuzz_u16(struct fuzz_input *in);
uint32_t fuzz_u32(struct fuzz_input *in);
/* Mostly small, sometimes any 32 bits, sometimes close to their end. */
uint32_t fuzz_number(struct fuzz_input *in);
/* 0 .. count - 1; count is 1 .. 256. */
unsigned fuzz_below(struct fuzz_input *in, unsigned count);
/* Take what there is, at most len bytes; the rest of dst is zeroed. */
size_t fuzz_take(struct fuzz_input *in, void *dst, size_t len);

/* --- the port --- */

enum {
	FUZZ_PIECES = 4,
	FUZZ_PIECE_MAX = 1 << 20, /* bytes that dma_alloc has at once */
	FUZZ_CALLS_MAX = 20000,	  /* of the port, in one call of the library */
};

/* Time passes with every look at the clock: 20 of them make a second. */
#define FUZZ_TICK 50000000u

/* What the next dma_alloc does. */
enum fuzz_alloc {
	FUZZ_ALLOC_GOOD,
	FUZZ_ALLOC_NONE,
	FUZZ_ALLOC_HIGH, /* beyond max_addr */
	FUZZ_ALLOC_ODD,	 /* not aligned */
	FUZZ_ALLOCS,
};

struct fuzz_piece {
	uint8_t *ptr; /* NULL: free */
	lev_paddr addr;
	size_t len;
	unsigned flags;
};

struct fuzz_port {
	struct lev_hal hal;
	struct lev_hal_ops ops;
	struct fuzz_input in;
	uint64_t now;
	unsigned calls; /* since fuzz_call */
	enum fuzz_alloc alloc;
	bool gave_bad; /* the last answer must be refused */
	lev_paddr next_addr;
	struct fuzz_piece pieces[FUZZ_PIECES];

	/* The device's turn while the driver waits; may be NULL. */
	void (*idle)(void *ctx);
	/* Right before the library loads len bytes of a ring; may be NULL. */
	void (*race)(void *ctx, void *ptr, unsigned len);
	void *ctx;
};

/* The ops for registers are the caller's to fill in, if it needs any. */
void fuzz_port_init(struct fuzz_port *port, const uint8_t *data, size_t len);
/* Everything must have come back. */
void fuzz_port_end(struct fuzz_port *port);

/* A call into the library begins: its calls of the port are counted anew. */
void fuzz_call(struct fuzz_port *port);
/* One more of them: there is a bound. */
void fuzz_count(struct fuzz_port *port);

/* CPU address of len bytes at addr, or NULL if that is not all ours. */
void *fuzz_ptr(struct fuzz_port *port, lev_paddr addr, size_t len);

/* The device writes some bytes somewhere into the memory that it shares. */
void fuzz_scribble(struct fuzz_port *port);

#endif
