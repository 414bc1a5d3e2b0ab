/* SPDX-License-Identifier: MIT */
/*
 * What a proof is written with; it is included before each file, the
 * library's own ones too. A harness is a function that makes a situation as
 * arbitrary as the outside can make it, calls the library once or twice, and
 * asserts what then holds. CBMC adds its checks (bounds, pointers, overflow,
 * shifts, loops) to every line that it runs through.
 */
#ifndef PROOF_H
#define PROOF_H

#include <stddef.h>

/* CBMC knows these by their names in C only. */
#define __builtin_memcmp  memcmp
#define __builtin_memcpy  memcpy
#define __builtin_memmove memmove
#define __builtin_memset  memset
int memcmp(const void *a, const void *b, size_t len);
void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);

/* Memory of exactly so many arbitrary bytes; never NULL. */
void *malloc(size_t len);
void free(void *ptr);

/* This holds in every run. The text begins what CBMC prints of it. */
#define PROVE(cond, text) __CPROVER_assert(cond, text)

/* Only runs in which this holds are looked at: an assumption, to be written
 * down in DESIGN.md if it is one about the world. */
#define ASSUME(cond) __CPROVER_assume(cond)

/*
 * Some run comes here with the condition true. group.py demands that CBMC
 * finds one: a harness whose assumptions contradict each other proves nothing.
 */
#define PROOF_SEEN(cond, text) __CPROVER_assert(!(cond), "seen: " text)

/* The last line of each harness. */
#define PROOF_END() PROOF_SEEN(1, "the end")

/* A caller's mistake is a mistake of the library or of the harness here. */
#define LEV_ASSERT(cond) __CPROVER_assert(cond, "LEV_ASSERT: " #cond)

/* Arbitrary values; CBMC knows functions without a body by this name. */
_Bool nondet_bool(void);
int nondet_int(void);
unsigned nondet_unsigned(void);
unsigned char nondet_uint8(void);
unsigned short nondet_uint16(void);
unsigned long nondet_size(void);
unsigned long long nondet_uint64(void);

#endif
