/* SPDX-License-Identifier: MIT */
/*
 * The library's queue and a device in all interleavings, with all values that
 * C11's memory model lets a load return: who finds a race, a wrong answer, or
 * both sides asleep for ever?
 *
 *	search			the stories, their rings, their limits
 *	search STORY [SITE]	plays one, perhaps with the order of a call in
 *				the library made weaker
 *
 * Says how it ended, after how many interleavings, and which calls there were
 * that order anything. The exit status is 0 if each of them ended well.
 */
#include "world.hpp"

#include "device.hpp"
#include "stories.hpp"

ring_map ring;
world *now;
const story *playing;

namespace
{

enum { INTERLEAVINGS_MAX = 20000000 };

/* --- sites --- */

/* A call in the library, told apart by the addresses of its names. */
struct site {
	const char *caller, *helper;
	bool weak;
};

site sites[64];
unsigned site_count;
const char *weak = ""; /* caller:helper that is made weaker */
bool weaken;	       /* what comes next is that one's */

/* Without the heap, whose ways would be searched, too. */
bool is_weak(const char *caller, const char *helper)
{
	const size_t len = std::strlen(caller);

	return !std::strncmp(weak, caller, len) && weak[len] == ':' &&
	       !std::strcmp(weak + len + 1, helper);
}

/* --- memory --- */

rl::memory_order order_of(int order)
{
	const bool weaker = weaken;

	if (order == __ATOMIC_RELAXED)
		return rl::mo_relaxed;
	if (order != __ATOMIC_ACQUIRE && order != __ATOMIC_RELEASE)
		std::abort(); /* order.h has learned something new */
	weaken = false;
	/* Nothing but fences reaches some devices. */
	if (weaker || playing->platform)
		return rl::mo_relaxed;
	return order == __ATOMIC_ACQUIRE ? rl::mo_acquire : rl::mo_release;
}

size_t offset(const void *at)
{
	return size_t(static_cast<const unsigned char *>(at) - ring.bytes);
}

} // namespace

extern "C" uint64_t door_load(const void *at, size_t len, int order)
{
	uint64_t v = 0;

	if (now)
		return now->load(offset(at), unsigned(len), order_of(order));
	std::memcpy(&v, at, len);
	return v;
}

extern "C" void door_store(void *at, size_t len, uint64_t value, int order)
{
	if (now)
		now->store(offset(at), unsigned(len), value, order_of(order));
	else
		std::memcpy(at, &value, len);
}

extern "C" void door_fence(int order)
{
	if (order != __ATOMIC_SEQ_CST)
		std::abort();
	if (now && !weaken)
		now->fence();
	weaken = false;
}

extern "C" void door_site(const char *caller, const char *helper)
{
	unsigned i = 0;

	if (!now)
		return;
	while (i < site_count &&
	       (sites[i].caller != caller || sites[i].helper != helper))
		i++;
	if (i == sizeof(sites) / sizeof(*sites))
		std::abort();
	if (i == site_count) {
		sites[i] = { caller, helper, is_weak(caller, helper) };
		site_count++;
	}
	weaken = sites[i].weak;
}

namespace
{

/* --- a port and a transport of nothing --- */

void *port_alloc(void *, size_t len, size_t, lev_paddr, unsigned,
		 lev_paddr *addr)
{
	*addr = uintptr_t(ring.bytes);
	return len <= MEMORY ? ring.bytes : nullptr;
}

uint64_t port_now(void *)
{
	return 0;
}

uint32_t status;

bool present(lev_transport *)
{
	return true;
}

uint32_t status_read(lev_transport *)
{
	return status;
}

void status_write(lev_transport *, uint32_t value)
{
	status = value;
}

uint32_t features_read(lev_transport *, unsigned word)
{
	const uint64_t offered = 1ull << 32 /* VERSION_1 */ |
				 uint64_t(playing->indirect) << 28 |
				 uint64_t(playing->event_idx) << 29 |
				 uint64_t(playing->packed) << 34 |
				 uint64_t(playing->in_order) << 35 |
				 uint64_t(playing->platform) << 36;

	return word < 2 ? uint32_t(offered >> 32 * word) : 0;
}

void features_write(lev_transport *, unsigned, uint32_t)
{
}

int queue_max(lev_transport *, uint16_t)
{
	return int(playing->size);
}

int queue_enable(lev_transport *, uint16_t, const lev_queue_layout *layout,
		 lev_doorbell *)
{
	ring.layout = *layout;
	return 0;
}

void notify(lev_transport *, const lev_doorbell *, uint32_t)
{
	now->doorbell.ring();
}

/* --- the driver --- */

const lev_driver nobody = { 42, "search", nullptr, 0, nullptr, 0 };

struct job {
	lev_request req; /* first */
	lev_seg segs[2];
	unsigned number; /* of its buffers */
	unsigned key;	 /* what was asked */
};

/* Everything of the driver's own: private memory, and no variable of relacy's
 */
struct driver_state {
	lev_transport_ops ops;
	lev_hal_ops hal_ops;
	lev_hal hal;
	lev_transport transport;
	lev_device dev;
	lev_queue queue;
	lev_queue_slot slots[REQUESTS];
	job jobs[REQUESTS];
	bool busy[REQUESTS];
	unsigned sent, back;
};

driver_state driver, driver_begin;

void must(int err)
{
	if (err >= 0)
		return;
	std::cerr << playing->name << ": " << lev_strerror(err) << "\n";
	std::exit(2);
}

/* With one segment, what it is for changes from one request to the next. */
void job_make(job &j, unsigned key)
{
	const bool reads = playing->segs == 2 || key % 2;
	const bool writes = playing->segs == 2 || !reads;
	const lev_paddr in = BUFFERS + 2 * BUFFER_LEN * j.number;
	unsigned n = 0;

	if (reads)
		j.segs[n++] = { in, BUFFER_LEN };
	if (writes)
		j.segs[n++] = { in + BUFFER_LEN, BUFFER_LEN };
	j.req.segs = j.segs;
	j.req.readable = reads;
	j.req.writable = writes;
	j.key = key;
	if (reads)
		now->in[j.number]($) = key;
	if (writes)
		now->out[j.number]($) = 0;
}

void job_send()
{
	unsigned i = 0;

	while (driver.busy[i])
		i++;
	driver.busy[i] = true;
	job_make(driver.jobs[i], 100 + driver.sent++);
	RL_ASSERT(!lev_queue_add(&driver.queue, &driver.jobs[i].req));
}

void job_back(lev_request *req)
{
	job &j = *reinterpret_cast<job *>(req);
	const unsigned answer = j.req.readable ? j.key + 1 : 1;

	RL_ASSERT(driver.busy[j.number]);
	RL_ASSERT(!j.req.err);
	RL_ASSERT(j.req.written == unsigned(BUFFER_LEN * j.req.writable));
	if (j.req.writable)
		RL_ASSERT(now->out[j.number]($) == answer);
	driver.busy[j.number] = false;
	driver.back++;
}

bool reap_all()
{
	bool any = false;

	while (lev_request *req = lev_queue_reap(&driver.queue)) {
		job_back(req);
		any = true;
	}
	RL_ASSERT(!lev_queue_error(&driver.queue));
	return any;
}

/* As a driver with an interrupt does it: arm, look again, sleep. */
void await(unsigned back)
{
	while (driver.back < back) {
		if (reap_all() || lev_queue_arm(&driver.queue))
			continue;
		now->interrupt.wait();
		lev_queue_disarm(&driver.queue);
	}
}

void send_burst()
{
	for (unsigned i = 0; i < playing->burst; i++)
		job_send();
	RL_ASSERT(lev_queue_kick(&driver.queue) >= 0);
}

void drive()
{
	while (driver.sent < playing->requests) {
		send_burst();
		if (playing->part == WHOLE)
			await(driver.sent - playing->keep);
	}
	if (playing->part != DOORBELL)
		await(playing->requests);
}

/* --- set-up, once for all interleavings --- */

void fields_split(const lev_queue_layout &l)
{
	for (unsigned i = 0; i < l.size; i++) {
		ring.add(l.driver + 4 + 2 * i, 2, false);
		ring.add(l.device + 4 + 8 * i, 4, false);
		ring.add(l.device + 8 + 8 * i, 4, false);
	}
	for (unsigned off = 0; off < 4; off += 2) {
		ring.add(l.driver + off, 2, true);
		ring.add(l.device + off, 2, true);
	}
	ring.add(l.driver + 4 + 2 * l.size, 2, true);
	ring.add(l.device + 4 + 8 * l.size, 2, true);
}

void fields_packed(const lev_queue_layout &l)
{
	for (unsigned off = 0; off < 4; off += 2) {
		ring.add(l.driver + off, 2, true);
		ring.add(l.device + off, 2, true);
	}
}

/* Descriptors, in the ring or in a table. */
void fields_desc(lev_paddr at, unsigned count, bool sync)
{
	for (; count; count--, at += 16) {
		ring.add(at, 8, false);
		ring.add(at + 8, 4, false);
		ring.add(at + 12, 2, false);
		ring.add(at + 14, 2, sync);
	}
}

/* Both sides have been at it for a while. */
void count_from(unsigned start)
{
	const uint16_t idx = uint16_t(start);

	driver.queue.added = driver.queue.published = start;
	driver.queue.reaped = start;
	for (lev_paddr at : { ring.layout.driver, ring.layout.device })
		std::memcpy(ring.bytes + (at - uintptr_t(ring.bytes)) + 2, &idx,
			    sizeof(idx));
}

void set_up()
{
	lev_queue_config cfg = {};

	driver.hal_ops.dma_alloc = port_alloc;
	driver.hal_ops.now = port_now;
	driver.hal.ops = &driver.hal_ops;
	driver.ops.present = present;
	driver.ops.status_read = status_read;
	driver.ops.status_write = status_write;
	driver.ops.features_read = features_read;
	driver.ops.features_write = features_write;
	driver.ops.queue_max = queue_max;
	driver.ops.queue_enable = queue_enable;
	driver.ops.notify = notify;
	driver.transport.ops = &driver.ops;
	driver.transport.hal = &driver.hal;
	driver.transport.device_id = nobody.device_id;
	driver.transport.version = 2;
	driver.transport.queue_max = UINT64_MAX;
	for (unsigned i = 0; i < REQUESTS; i++)
		driver.jobs[i].number = i;
	cfg.size = uint16_t(playing->size);
	cfg.indirect_len = playing->indirect ? 2 : 0;
	cfg.slots = driver.slots;
	must(lev_device_claim(&driver.dev, &driver.transport, &nobody));
	must(lev_device_begin(&driver.dev, UINT64_MAX));
	must(lev_queue_init(&driver.queue, &driver.dev, &cfg));
	must(lev_device_ready(&driver.dev));
	if (playing->packed)
		fields_packed(ring.layout);
	else
		fields_split(ring.layout);
	if (!playing->packed)
		count_from(playing->start);
	fields_desc(ring.layout.desc, ring.layout.size, playing->packed);
	fields_desc(driver.queue.indirect_addr,
		    playing->size * cfg.indirect_len, false);
	driver_begin = driver;
}

/* --- the search --- */

struct both : rl::test_suite<both, 2> {
	world w;

	void before()
	{
		driver = driver_begin;
		now = &w;
		weaken = false;
		w.begin();
		while (playing->part == INTERRUPT &&
		       driver.sent < playing->requests)
			send_burst();
	}

	void thread(unsigned i)
	{
		if (i == 0) {
			drive();
		} else if (playing->packed) {
			packed_device(w).run();
		} else {
			split_device(w).run();
		}
	}

	void after()
	{
		if (playing->part != DOORBELL)
			RL_ASSERT(driver.back == playing->requests);
	}
};

const char *ring_name(const story &s)
{
	if (s.packed)
		return s.in_order ? "packed in_order" : "packed";
	return s.in_order ? "split in_order" : "split";
}

int play()
{
	std::ostream silence(nullptr);
	rl::test_params params;
	bool good;

	set_up();
	/* What allocates inside of an interleaving is part of it. */
	params.output_stream = &std::cerr;
	params.progress_stream = &silence;
	params.execution_depth_limit = 4000;
	params.iteration_count = INTERLEAVINGS_MAX;
	params.search_type =
		playing->switches ? rl::sched_bound : rl::sched_full;
	params.context_bound = playing->switches;
	good = rl::simulate<both>(params);
	if (good && params.stop_iteration >= INTERLEAVINGS_MAX) {
		std::cerr << "this search would never end\n";
		return 2;
	}
	std::cout << (good ? "SUCCESS"
			   : rl::test_result_str(params.test_result))
		  << "\t" << params.stop_iteration << "\n";
	for (unsigned i = 0; i < site_count; i++)
		std::cout << "site\t" << sites[i].caller << ":"
			  << sites[i].helper << "\n";
	return good ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
	const std::string name = argc > 1 ? argv[1] : "";

	for (const story &s : stories) {
		if (argc < 2)
			std::cout << s.name << "\t" << ring_name(s) << "\t"
				  << s.switches << "\n";
		else if (name == s.name)
			playing = &s;
	}
	if (argc < 2)
		return 0;
	if (!playing) {
		std::cerr << "no story " << name << "\n";
		return 2;
	}
	weak = argc > 2 ? argv[2] : "";
	return play();
}
