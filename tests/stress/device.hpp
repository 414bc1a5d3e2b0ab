/* SPDX-License-Identifier: MIT */
/*
 * The device, from the standard's text: what it may read when, and in which
 * order it writes (2.7.8, 2.7.10, 2.8.10, 2.8.21). It shares no line with the
 * library and none with the model of tests/fake.
 */
#ifndef DEVICE_HPP
#define DEVICE_HPP

#include <algorithm>

#include "world.hpp"

/* A request that the device has taken. */
struct chain {
	unsigned id;	/* what it is given back by */
	unsigned slots; /* descriptors in the ring */
	unsigned in, out;
	unsigned written;
};

/* Of these, several: without the heap, whose ways would be searched, too. */
struct chains {
	chain at[REQUESTS];
	unsigned count;
};

/* Buffers have addresses that nobody follows: only their number counts. */
enum {
	BUFFERS = 0x10000,
	BUFFER_LEN = 16,
	NONE = REQUESTS,
	F_NEXT = 1,
	F_WRITE = 2,
	F_INDIRECT = 4,
};

class device
{
      public:
	explicit device(world &w) : w(w), size(ring.layout.size)
	{
	}
	virtual ~device() = default;

	/* Serve them all, sleep in between. */
	void run();

      protected:
	world &w;
	const unsigned size;

	virtual bool available() = 0;
	virtual chain take() = 0;
	/* 2.7.10, 2.8.10: does it want a doorbell with the next one? */
	virtual void ask(bool wanted) = 0;
	/* Give them back and show all of that; the last one names them all if
	 * they are a batch. */
	virtual void use(const chains &list, bool batch) = 0;
	/* Shall what was used since the last time interrupt? */
	virtual bool wanted() = 0;

	static size_t off(uint64_t addr)
	{
		return size_t(addr - uintptr_t(ring.bytes));
	}

	uint64_t read(size_t at, unsigned len)
	{
		return w.load(at, len, rl::mo_relaxed);
	}

	void write(size_t at, unsigned len, uint64_t v)
	{
		w.store(at, len, v, rl::mo_relaxed);
	}

	void segment(chain &c, uint64_t addr, uint64_t len, unsigned flags);
	void serve(chain &c);

      private:
	void take_all(chains &list);
	void give_back(chains &list);
	void show(const chains &list, bool batch);
};

inline void device::segment(chain &c, uint64_t addr, uint64_t len,
			    unsigned flags)
{
	const uint64_t buffer = (addr - BUFFERS) / BUFFER_LEN;

	RL_ASSERT(len == BUFFER_LEN && buffer / 2 < REQUESTS);
	RL_ASSERT(buffer % 2 == !!(flags & F_WRITE));
	(flags & F_WRITE ? c.out : c.in) = unsigned(buffer / 2);
}

/* Read what there is to read, answer it (or what nobody asked). */
inline void device::serve(chain &c)
{
	unsigned v = 0;

	if (c.in != NONE)
		v = w.in[c.in]($);
	c.written = 0;
	if (c.out != NONE) {
		w.out[c.out]($) = v + 1;
		c.written = BUFFER_LEN;
	}
}

inline void device::take_all(chains &list)
{
	list.count = 0;
	do {
		chain &c = list.at[list.count++];

		c = take();
		serve(c);
	} while (available());
}

inline void device::show(const chains &list, bool batch)
{
	use(list, batch);
	w.fence();
	if (wanted())
		w.interrupt.ring();
}

/* In any order, the last ones first, unless the order was agreed on. */
inline void device::give_back(chains &list)
{
	if (!playing->in_order)
		std::reverse(list.at, list.at + list.count);
	if (playing->lump) {
		show(list, playing->in_order);
		return;
	}
	for (unsigned i = 0; i < list.count; i++)
		show({ { list.at[i] }, 1 }, false);
}

inline void device::run()
{
	chains list;

	for (unsigned served = 0; served < playing->requests;) {
		if (available()) {
			take_all(list);
			served += list.count;
			if (playing->part != DOORBELL)
				give_back(list);
			continue;
		}
		ask(true);
		w.fence();
		if (!available())
			w.doorbell.wait();
		if (playing->hush)
			ask(false);
	}
}

/* --- split --- */

class split_device : public device
{
      public:
	explicit split_device(world &w)
	    : device(w), taken(playing->start), used(playing->start),
	      told(playing->start)
	{
	}

      private:
	uint16_t taken, used, told;

	size_t desc(unsigned i) const
	{
		return off(ring.layout.desc) + 16 * i;
	}

	size_t driver(unsigned at) const
	{
		return off(ring.layout.driver) + at;
	}

	size_t ours(unsigned at) const
	{
		return off(ring.layout.device) + at;
	}

	bool available() override
	{
		return w.load(driver(2), 2, rl::mo_acquire) != taken;
	}

	void walk(chain &c, size_t table, unsigned i, bool counts)
	{
		unsigned flags;

		do {
			const size_t d = table + 16 * i;

			flags = unsigned(read(d + 12, 2));
			if (flags & F_INDIRECT)
				walk(c, off(read(d, 8)), 0, false);
			else
				segment(c, read(d, 8), read(d + 8, 4), flags);
			c.slots += counts;
			i = unsigned(read(d + 14, 2));
		} while (flags & F_NEXT);
	}

	chain take() override
	{
		chain c = { 0, 0, NONE, NONE, 0 };

		c.id = unsigned(read(driver(4 + 2 * (taken++ % size)), 2));
		walk(c, desc(0), c.id, true);
		return c;
	}

	void ask(bool wanted) override
	{
		if (!playing->event_idx)
			write(ours(0), 2, !wanted);
		else if (wanted)
			write(ours(4 + 8 * size), 2, taken);
	}

	void use(const chains &list, bool batch) override
	{
		for (unsigned i = batch ? list.count - 1 : 0, at = used;
		     i < list.count; i++, at++) {
			const size_t elem = ours(4 + 8 * (at % size));

			write(elem, 4, list.at[i].id);
			write(elem + 4, 4, list.at[i].written);
		}
		used = uint16_t(used + list.count);
		w.store(ours(2), 2, used, rl::mo_release);
	}

	bool wanted() override
	{
		const uint16_t from = told;

		told = used;
		if (!playing->event_idx)
			return !(read(driver(0), 2) & 1);
		return uint16_t(used - read(driver(4 + 2 * size), 2) - 1) <
		       uint16_t(used - from);
	}
};

/* --- packed --- */

class packed_device : public device
{
      public:
	explicit packed_device(world &w)
	    : device(w), taken(size), used(size), told(size)
	{
	}

      private:
	enum { AVAIL = 1 << 7, USED = 1 << 15, WRAP = 1 << 15 };
	enum { ENABLE, DISABLE, DESC };

	/* Places in two laps: those of the upper half have wrap counter 1. */
	unsigned taken, used, told;

	unsigned ahead(unsigned place, unsigned n) const
	{
		return (place + n) % (2 * size);
	}

	size_t desc(unsigned place) const
	{
		return off(ring.layout.desc) + 16 * (place % size);
	}

	bool is_available(unsigned place, rl::memory_order order)
	{
		const bool wrap = place >= size;
		const uint64_t flags = w.load(desc(place) + 14, 2, order);

		return !!(flags & AVAIL) == wrap && !!(flags & USED) != wrap;
	}

	bool available() override
	{
		return is_available(taken, rl::mo_acquire);
	}

	void table(chain &c, size_t at, uint64_t len)
	{
		for (size_t d = at; d < at + len; d += 16)
			segment(c, read(d, 8), read(d + 8, 4),
				unsigned(read(d + 14, 2)));
	}

	chain take() override
	{
		chain c = { 0, 0, NONE, NONE, 0 };
		unsigned flags;

		do {
			const size_t d = desc(taken);

			RL_ASSERT(is_available(taken, rl::mo_relaxed));
			flags = unsigned(read(d + 14, 2));
			if (flags & F_INDIRECT)
				table(c, off(read(d, 8)), read(d + 8, 4));
			else
				segment(c, read(d, 8), read(d + 8, 4), flags);
			c.id = unsigned(read(d + 12, 2));
			c.slots++;
			taken = ahead(taken, 1);
		} while (flags & F_NEXT);
		return c;
	}

	void ask(bool wanted) override
	{
		const size_t at = off(ring.layout.device);

		if (!wanted) {
			write(at + 2, 2, DISABLE);
			return;
		}
		if (playing->event_idx)
			write(at, 2, taken % size | (taken >= size ? WRAP : 0));
		w.store(at + 2, 2, playing->event_idx ? DESC : ENABLE,
			rl::mo_release);
	}

	void use_one(const chain &c, unsigned slots)
	{
		const size_t d = desc(used);
		unsigned flags = used >= size ? AVAIL | USED : 0;

		if (c.written)
			flags |= F_WRITE;
		write(d + 8, 4, c.written);
		write(d + 12, 2, c.id);
		w.store(d + 14, 2, flags, rl::mo_release);
		used = ahead(used, slots);
	}

	void use(const chains &list, bool batch) override
	{
		unsigned slots = 0;

		for (unsigned i = 0; i < list.count; i++) {
			slots += list.at[i].slots;
			if (!batch)
				use_one(list.at[i], list.at[i].slots);
		}
		if (batch)
			use_one(list.at[list.count - 1], slots);
	}

	bool wanted() override
	{
		const size_t at = off(ring.layout.driver);
		const unsigned when =
			unsigned(w.load(at + 2, 2, rl::mo_acquire));
		const unsigned from = told;
		unsigned event;

		told = used;
		if (when != DESC)
			return when == ENABLE;
		event = unsigned(read(at, 2));
		event = (event & ~WRAP) + (event & WRAP ? size : 0);
		return (event + 2 * size - from) % (2 * size) <
		       (used + 2 * size - from) % (2 * size);
	}
};

#endif
