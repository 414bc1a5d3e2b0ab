/* SPDX-License-Identifier: MIT */
/*
 * Ring memory as the search knows it. A word by which one side tells the other
 * something (indices, flags, events) is an atomic variable of relacy's: its
 * memory model chooses, among all the values that a load may return, each in
 * turn. A word that is read only because another one said so (descriptors,
 * ring entries, lengths) is a plain variable: any two accesses that are not in
 * order are reported as a race, before anybody could see a wrong value. So are
 * the buffers of the requests.
 *
 * The bells (doorbell, interrupt) wake who sleeps and order nothing at all.
 */
#ifndef WORLD_HPP
#define WORLD_HPP

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include <relacy/relacy.hpp>

#include <levitate/queue.h>

#include "doors.h"
#include "story.hpp"

enum {
	MEMORY = 1024, /* bytes of a ring and its tables */
	REQUESTS = 4,  /* in flight, at most */
	SYNC_WORDS = 16,
	DATA_WORDS = 96,
};

/* A field of the ring; len is 0 where none begins. */
struct field {
	unsigned len;
	bool sync;
	unsigned cell;
};

/* What lies where; the same in all interleavings of a story. */
struct ring_map {
	alignas(4096) unsigned char bytes[MEMORY];
	lev_queue_layout layout;
	field fields[MEMORY];
	unsigned sync_count, data_count;

	void add(uint64_t addr, unsigned len, bool sync)
	{
		unsigned &count = sync ? sync_count : data_count;

		if (count == unsigned(sync ? SYNC_WORDS : DATA_WORDS))
			std::abort();
		fields[addr - uintptr_t(bytes)] = field{ len, sync, count++ };
	}

	uint64_t raw(size_t off) const
	{
		uint64_t v = 0;

		std::memcpy(&v, bytes + off, fields[off].len);
		return v;
	}
};

extern ring_map ring;

/* Somebody sleeps until somebody rings. */
struct bell {
	bool rung = false;
	rl::waitset<2> sleepers;

	void ring()
	{
		rung = true;
		sleepers.unpark_all(rl::ctx(), $);
	}

	void wait()
	{
		while (!rung)
			sleepers.park_current(rl::ctx(), false, false, false,
					      $);
		rung = false;
	}
};

/* Room for as many variables as a story needs: each costs time. */
template <typename T, unsigned ROOM> class cells
{
      public:
	explicit cells(unsigned count) : count(count)
	{
		for (unsigned i = 0; i < count; i++)
			std::construct_at(&(*this)[i]);
	}

	~cells()
	{
		for (unsigned i = 0; i < count; i++)
			std::destroy_at(&(*this)[i]);
	}

	T &operator[](unsigned i)
	{
		return reinterpret_cast<T *>(bytes)[i];
	}

      private:
	const unsigned count;
	alignas(T) unsigned char bytes[ROOM * sizeof(T)];
};

/* All that two threads share in one interleaving. */
struct world {
	cells<rl::atomic<uint64_t>, SYNC_WORDS> sync{ ring.sync_count };
	cells<rl::var<uint64_t>, DATA_WORDS> data{ ring.data_count };
	cells<rl::var<unsigned>, REQUESTS> in{ playing->size };
	cells<rl::var<unsigned>, REQUESTS> out{ playing->size };
	bell doorbell, interrupt;

	/* The memory as it is after set-up. */
	void begin()
	{
		for (size_t off = 0; off < MEMORY; off++) {
			const field &f = ring.fields[off];

			if (f.len && f.sync)
				sync[f.cell].store(ring.raw(off),
						   rl::mo_relaxed, $);
			else if (f.len)
				data[f.cell]($) = ring.raw(off);
		}
		for (unsigned i = 0; i < playing->size; i++) {
			in[i]($) = 0;
			out[i]($) = 0;
		}
	}

	uint64_t load(size_t off, unsigned len, rl::memory_order order)
	{
		const field &f = at(off, len);

		return f.sync ? sync[f.cell].load(order, $)
			      : uint64_t(data[f.cell]($));
	}

	void store(size_t off, unsigned len, uint64_t v, rl::memory_order order)
	{
		const field &f = at(off, len);

		if (f.sync)
			sync[f.cell].store(v, order, $);
		else
			data[f.cell]($) = v;
	}

	void fence()
	{
		rl::ctx().sched();
		rl::atomic_thread_fence(rl::mo_seq_cst, $);
	}

      private:
	const field &at(size_t off, unsigned len)
	{
		if (off >= MEMORY || ring.fields[off].len != len) {
			std::cerr << "no field of " << len << " bytes at "
				  << off << " of the ring\n";
			std::abort();
		}
		return ring.fields[off];
	}
};

/* The one that is played now; none while the queue is set up. */
extern world *now;

#endif
