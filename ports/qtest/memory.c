/* SPDX-License-Identifier: MIT */
/*
 * The machine's memory, shared with this process. What is handed out has a
 * guard behind it; what is freed is filled with a pattern and rests for a while
 * before it is used again. Whoever writes to either is found out: this process
 * by AddressSanitizer, the device because the pattern has changed.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "qtest_int.h"

#if defined(__SANITIZE_ADDRESS__)
#define QTEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QTEST_ASAN 1
#endif
#endif

#ifdef QTEST_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(ptr, len)   ((void)(ptr), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(ptr, len) ((void)(ptr), (void)(len))
#endif

enum {
	VECTORS = 1 << 20, /* QEMU keeps its device tree below; x86 has holes */
	VECTOR_LEN = 64,
	VECTORS_END = VECTORS + LEV_QTEST_VECTORS * VECTOR_LEN,
	FIRST = VECTORS_END + 64,
	VECTOR_DATA = 0x4c560000,
	GUARD = 64, /* bytes behind a block, at least */
	MAP_ALIGN = 64,
	PAUSE = 20000,	  /* ns */
	REST_MAX = 256,	  /* blocks that are watched */
	FREED = 0xdd,	  /* what is in them, and in guards */
	NOT_YOURS = 0xa5, /* what the device shall not need */
};

static const unsigned DIRECTIONS = LEV_DMA_TO_DEVICE | LEV_DMA_FROM_DEVICE;

struct qtest_block {
	struct qtest_block *next;
	size_t off;	 /* in the machine's memory */
	size_t len;	 /* as asked for */
	size_t room;	 /* with the guard */
	unsigned flags;	 /* as asked for */
	uint8_t *origin; /* the memory that it stands for, if it is mapped */
};

/* --- blocks --- */

static struct qtest_block *overlapping(struct qtest_block *list, size_t off,
				       size_t room)
{
	while (list &&
	       (off >= list->off + list->room || list->off >= off + room))
		list = list->next;
	return list;
}

/* The first free place at or behind from; 0 if there is none. */
static size_t place(const struct lev_qtest *qt, size_t from, size_t room,
		    size_t align, size_t limit)
{
	size_t off = (from + align - 1) & ~(align - 1);

	while (off <= limit && room <= limit - off) {
		const struct qtest_block *other =
			overlapping(qt->live, off, room);

		if (!other)
			other = overlapping(qt->rest, off, room);
		if (!other)
			return off;
		off = (other->off + other->room + align - 1) & ~(align - 1);
	}
	return 0;
}

static bool holds(const uint8_t *ptr, size_t len, uint8_t pattern)
{
	return len == 0 ||
	       (*ptr == pattern && memcmp(ptr, ptr + 1, len - 1) == 0);
}

/* Was this part of a block, which nobody may write, written? */
static void check_pattern(struct lev_qtest *qt, const struct qtest_block *block,
			  size_t off, const char *what)
{
	uint8_t *ptr = qt->ram + block->off + off;
	const size_t len = block->room - off;

	ASAN_UNPOISON_MEMORY_REGION(ptr, len);
	if (!holds(ptr, len, FREED))
		qtest_complain(qt, "memory at %#llx, %zu bytes: written %s",
			       (unsigned long long)(qt->machine->ram_base +
						    block->off),
			       block->len, what);
	ASAN_POISON_MEMORY_REGION(ptr, len);
}

/* The blocks behind the first count are watched no longer. */
static void rest_forget(struct lev_qtest *qt, unsigned count)
{
	struct qtest_block **link = &qt->rest;

	for (unsigned i = 0; i < count && *link; i++)
		link = &(*link)->next;
	while (*link) {
		struct qtest_block *block = *link;

		check_pattern(qt, block, 0, "after it was freed");
		*link = block->next;
		qt->rest_count--;
		free(block);
	}
}

static struct qtest_block *block_new(struct lev_qtest *qt, size_t len,
				     size_t align, size_t limit, uint8_t fill)
{
	const size_t room =
		(len + GUARD + MAP_ALIGN - 1) & ~(size_t)(MAP_ALIGN - 1);
	struct qtest_block *block;
	size_t off;

	if (len > qt->ram_len) /* and room does not overflow */
		return NULL;
	off = place(qt, qt->next, room, align, limit);
	if (!off)
		off = place(qt, FIRST, room, align, limit);
	if (!off) {
		rest_forget(qt, 0);
		off = place(qt, FIRST, room, align, limit);
	}
	if (!off)
		return NULL;
	block = qtest_zalloc(sizeof(*block));
	block->off = off;
	block->len = len;
	block->room = room;
	block->next = qt->live;
	qt->live = block;
	qt->live_count++;
	qt->next = off + room;
	ASAN_UNPOISON_MEMORY_REGION(qt->ram + off, room);
	memset(qt->ram + off, fill, len);
	memset(qt->ram + off + len, FREED, room - len);
	ASAN_POISON_MEMORY_REGION(qt->ram + off + len, room - len);
	return block;
}

static struct qtest_block **block_find(struct lev_qtest *qt, lev_paddr addr)
{
	struct qtest_block **link = &qt->live;

	while (*link && qt->machine->ram_base + (*link)->off != addr)
		link = &(*link)->next;
	return link;
}

static void block_free(struct lev_qtest *qt, struct qtest_block **link)
{
	struct qtest_block *block = *link;

	check_pattern(qt, block, block->len, "behind its end");
	ASAN_UNPOISON_MEMORY_REGION(qt->ram + block->off, block->room);
	memset(qt->ram + block->off, FREED, block->room);
	ASAN_POISON_MEMORY_REGION(qt->ram + block->off, block->room);
	*link = block->next;
	block->next = qt->rest;
	qt->rest = block;
	qt->live_count--;
	if (++qt->rest_count > REST_MAX)
		rest_forget(qt, REST_MAX);
}

/* --- dma_alloc, dma_free --- */

/* Bytes of the machine's memory that lie at or below this address. */
static size_t limit_below(const struct lev_qtest *qt, lev_paddr max_addr)
{
	if (max_addr < qt->machine->ram_base)
		return 0;
	if (max_addr - qt->machine->ram_base >= qt->ram_len)
		return qt->ram_len;
	return (size_t)(max_addr - qt->machine->ram_base) + 1;
}

void *qtest_dma_alloc(void *ctx, size_t len, size_t align, lev_paddr max_addr,
		      unsigned flags, lev_paddr *addr)
{
	struct lev_qtest *qt = ctx;
	struct qtest_block *block;

	if (!len || !align || align > 4096 || (align & (align - 1)) ||
	    (flags & ~(unsigned)LEV_DMA_PLATFORM)) {
		qtest_complain(qt, "dma_alloc: len %zu align %zu flags %u", len,
			       align, flags);
		return NULL;
	}
	block = block_new(qt, len, align, limit_below(qt, max_addr), 0);
	if (!block)
		return NULL;
	block->flags = flags;
	*addr = qt->machine->ram_base + block->off;
	return qt->ram + block->off;
}

void qtest_dma_free(void *ctx, void *ptr, lev_paddr addr, size_t len,
		    unsigned flags)
{
	struct lev_qtest *qt = ctx;
	struct qtest_block **link = block_find(qt, addr);
	const struct qtest_block *block = *link;

	if (!block || block->origin || ptr != qt->ram + block->off ||
	    block->len != len || block->flags != flags) {
		qtest_complain(qt,
			       "dma_free: %#llx, %zu bytes, flags %u: "
			       "not allocated so",
			       (unsigned long long)addr, len, flags);
		return;
	}
	block_free(qt, link);
}

/* --- dma_map, dma_unmap, dma_sync --- */

/* len bytes from off on: one side's view becomes the other's. */
static void block_copy(struct lev_qtest *qt, const struct qtest_block *block,
		       size_t off, size_t len, unsigned direction)
{
	uint8_t *theirs = qt->ram + block->off + off;

	if (direction == LEV_DMA_TO_DEVICE)
		memcpy(theirs, block->origin + off, len);
	else
		memcpy(block->origin + off, theirs, len);
}

static bool piece_map(struct lev_qtest *qt, uint8_t *origin, uint32_t len,
		      unsigned flags, struct lev_seg *seg)
{
	struct qtest_block *block =
		block_new(qt, len, MAP_ALIGN, qt->ram_len, NOT_YOURS);

	if (!block)
		return false;
	block->origin = origin;
	block->flags = flags;
	if (flags & LEV_DMA_TO_DEVICE)
		block_copy(qt, block, 0, len, LEV_DMA_TO_DEVICE);
	seg->addr = qt->machine->ram_base + block->off;
	seg->len = len;
	return true;
}

int qtest_dma_map(void *ctx, void *ptr, size_t len, unsigned flags,
		  struct lev_seg *segs, unsigned max)
{
	struct lev_qtest *qt = ctx;
	uint32_t each = qt->map_piece;
	size_t off = 0;
	unsigned count = 0;

	if (!ptr || !len || !(flags & DIRECTIONS) ||
	    (flags & ~(DIRECTIONS | LEV_DMA_PLATFORM))) {
		qtest_complain(qt, "dma_map: len %zu flags %u", len, flags);
		return LEV_ERR_INVAL;
	}
	if (len > qt->ram_len)
		return LEV_ERR_NOMEM;
	if (!each)
		each = (uint32_t)len;
	if ((len - 1) / each >= max)
		return LEV_ERR_RANGE;
	while (off < len) {
		uint32_t part = len - off < each ? (uint32_t)(len - off) : each;

		if (!piece_map(qt, (uint8_t *)ptr + off, part, flags,
			       &segs[count]))
			break;
		off += part;
		count++;
	}
	if (off == len)
		return (int)count;
	while (count)
		block_free(qt, block_find(qt, segs[--count].addr));
	return LEV_ERR_NOMEM;
}

void qtest_dma_unmap(void *ctx, void *ptr, size_t len, unsigned flags,
		     const struct lev_seg *segs, unsigned count)
{
	struct lev_qtest *qt = ctx;
	size_t off = 0;

	for (unsigned i = 0; i < count; i++) {
		struct qtest_block **link = block_find(qt, segs[i].addr);
		const struct qtest_block *block = *link;

		if (!block || block->origin != (uint8_t *)ptr + off ||
		    block->len != segs[i].len || block->flags != flags) {
			qtest_complain(
				qt, "dma_unmap: segment %u not mapped so", i);
			return;
		}
		if (flags & LEV_DMA_FROM_DEVICE)
			block_copy(qt, block, 0, block->len,
				   LEV_DMA_FROM_DEVICE);
		off += block->len;
		block_free(qt, link);
	}
	if (off != len)
		qtest_complain(qt, "dma_unmap: %zu bytes of %zu", off, len);
}

void qtest_dma_sync(void *ctx, void *ptr, size_t len, unsigned flags)
{
	struct lev_qtest *qt = ctx;
	const unsigned direction = flags & DIRECTIONS;
	const uintptr_t from = (uintptr_t)ptr, to = from + len;
	size_t done = 0;

	for (struct qtest_block *b = qt->live; b; b = b->next) {
		const uintptr_t start = (uintptr_t)b->origin;
		uintptr_t a = from > start ? from : start;
		uintptr_t e = to < start + b->len ? to : start + b->len;

		if (!b->origin || a >= e || !(b->flags & direction))
			continue;
		block_copy(qt, b, a - start, e - a, direction);
		done += e - a;
	}
	if (direction == DIRECTIONS || done < len)
		qtest_complain(qt,
			       "dma_sync: %zu of %zu bytes mapped, flags %u",
			       done, len, flags);
}

/* --- messages --- */

static uint32_t *vector_word(struct lev_qtest *qt, unsigned vector)
{
	return (uint32_t *)(void *)(qt->ram + VECTORS +
				    (size_t)vector * VECTOR_LEN);
}

void lev_qtest_message(const struct lev_qtest *qt, unsigned vector,
		       struct lev_pci_message *message)
{
	message->addr =
		qt->machine->ram_base + VECTORS + (uint64_t)vector * VECTOR_LEN;
	message->data = VECTOR_DATA | vector;
}

bool lev_qtest_message_take(struct lev_qtest *qt, unsigned vector)
{
	uint32_t got;

	if (!qt->ram || vector >= LEV_QTEST_VECTORS)
		return false;
	got = __atomic_exchange_n(vector_word(qt, vector), 0, __ATOMIC_ACQ_REL);
	if (got && got != (VECTOR_DATA | vector))
		qtest_complain(qt, "vector %u: message %#x", vector, got);
	return got == (VECTOR_DATA | vector);
}

bool lev_qtest_message_wait(struct lev_qtest *qt, unsigned vector)
{
	const uint64_t deadline = qtest_deadline(qt);
	const struct timespec pause = { .tv_nsec = PAUSE };

	while (!lev_qtest_message_take(qt, vector)) {
		if (qt->dead || qtest_now() >= deadline)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}

/* --- all of it --- */

bool qtest_memory_open(struct lev_qtest *qt, size_t len)
{
	void *ram;

	qt->ram_fd = memfd_create("lev-qtest-ram", MFD_CLOEXEC);
	if (qt->ram_fd < 0 || ftruncate(qt->ram_fd, (off_t)len)) {
		qtest_complain(qt, "no memory for the machine");
		return false;
	}
	ram = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, qt->ram_fd,
		   0);
	if (ram == MAP_FAILED) {
		qtest_complain(qt, "the machine's memory cannot be mapped");
		return false;
	}
	qt->ram = ram;
	qt->ram_len = len;
	qt->next = FIRST;
	ASAN_POISON_MEMORY_REGION(qt->ram, len);
	ASAN_UNPOISON_MEMORY_REGION(qt->ram + VECTORS, VECTORS_END - VECTORS);
	return true;
}

void qtest_memory_check(struct lev_qtest *qt)
{
	for (struct qtest_block *b = qt->live; b; b = b->next) {
		check_pattern(qt, b, b->len, "behind its end");
		qtest_complain(
			qt, "memory at %#llx, %zu bytes: not %s",
			(unsigned long long)(qt->machine->ram_base + b->off),
			b->len, b->origin ? "unmapped" : "freed");
	}
	rest_forget(qt, 0);
	for (unsigned i = 0; i < LEV_QTEST_VECTORS; i++)
		(void)lev_qtest_message_take(qt, i); /* complains if it must */
}

void qtest_memory_close(struct lev_qtest *qt)
{
	while (qt->live) {
		struct qtest_block *block = qt->live;

		qt->live = block->next;
		free(block);
	}
	if (qt->ram) {
		ASAN_UNPOISON_MEMORY_REGION(qt->ram, qt->ram_len);
		munmap(qt->ram, qt->ram_len);
	}
	if (qt->ram_fd >= 0)
		close(qt->ram_fd);
}

unsigned lev_qtest_blocks(const struct lev_qtest *qt)
{
	return qt->live_count;
}
