/* SPDX-License-Identifier: MIT */
/*
 * The scan of QEMU's buses, where no firmware was before: all functions are
 * found, over bridges, and all BARs are placed so that the devices answer.
 */
#include "pci_rig.h"

enum { SPANS_MAX = 64, BUSES = 8, DEVICES = 32, FUNCTIONS = 8 };

/* Two root ports, one of which has a bridge to old PCI behind it. */
static const char *const forest[] = {
	"pcie-root-port,id=root1,addr=2,chassis=1",
	"pcie-root-port,id=root2,addr=3,chassis=2",
	"pcie-root-port,id=root3,addr=4,chassis=3",
	"pcie-pci-bridge,id=bridge,bus=root2",
	"virtio-rng-pci,bus=root1",
	"virtio-rng-pci,bus=bridge,addr=4,disable-modern=on,disable-legacy=off",
	"virtio-rng-pci,bus=bridge,addr=5,modern-pio-notify=on",
	"virtio-rng-pci,addr=5.0,multifunction=on",
	"virtio-keyboard-pci,addr=5.1",
	"virtio-gpu-pci,addr=6",
	"virtio-rng-pci,addr=7,disable-modern=on,disable-legacy=off",
	NULL
};

/* What is behind a bridge comes where the bridge does. */
static const struct lev_pci_function expected[] = {
	{ .addr = PCI_AT(1, 0), .device = 0x1044 },
	{ .addr = PCI_AT(3, 4), .device = 0x1005 },
	{ .addr = PCI_AT(3, 5), .device = 0x1005 },
	{ .addr = PCI_AT(0, 5), .device = 0x1005 },
	{ .addr = PCI_AT(0, 5) + 1, .device = 0x1052 },
	{ .addr = PCI_AT(0, 6), .device = 0x1050 },
	{ .addr = PCI_AT(0, 7), .device = 0x1005 },
};

enum { EXPECTED = sizeof(expected) / sizeof(expected[0]) };

/* --- BARs, as a reader of the registers sees them --- */

struct span {
	uint16_t function;
	unsigned bar;
	bool io;
	uint64_t addr, len;
};

struct spans {
	struct span span[SPANS_MAX];
	unsigned count;
};

static uint32_t get(const struct board *b, uint16_t function, unsigned off,
		    unsigned width)
{
	return lev_pci_config_read(&b->host, function, off, width);
}

static void set(const struct board *b, uint16_t function, unsigned off,
		unsigned width, uint32_t value)
{
	lev_pci_config_write(&b->host, function, off, width, value);
}

/* All ones are written and what stays of them is read; then the old value. */
static uint32_t probe_mask(const struct board *b, uint16_t function,
			   unsigned off)
{
	const uint32_t old = get(b, function, off, 4);
	uint32_t mask;

	set(b, function, off, 4, UINT32_MAX);
	mask = get(b, function, off, 4);
	set(b, function, off, 4, old);
	return mask;
}

/* Returns how many registers this BAR has. */
static unsigned span_read(const struct board *b, uint16_t function,
			  unsigned bar, struct spans *list)
{
	const unsigned off = 0x10 + 4 * bar;
	const uint32_t low = get(b, function, off, 4);
	const bool io = low & 1, wide = (low & 7) == 4;
	uint64_t mask = probe_mask(b, function, off) & (io ? ~3u : ~15u);
	struct span *s = &list->span[list->count];

	if (!mask)
		return 1;
	assert_true(list->count < SPANS_MAX);
	s->addr = low & (io ? ~3u : ~15u);
	mask |= wide ? (uint64_t)probe_mask(b, function, off + 4) << 32
		     : (uint64_t)UINT32_MAX << 32;
	if (io) /* QEMU's have 16 bits, or 32 */
		mask |= 0xffff0000;
	s->len = ~mask + 1;
	if (wide)
		s->addr |= (uint64_t)get(b, function, off + 4, 4) << 32;
	s->io = io;
	s->function = function;
	s->bar = bar;
	list->count++;
	return wide ? 2 : 1;
}

static void spans_of(const struct board *b, uint16_t function,
		     struct spans *list)
{
	const unsigned command = board_command(b, function);
	const unsigned kind = get(b, function, 0xe, 1) & 0x7f;
	const unsigned bars = kind == 0 ? 6 : kind == 1 ? 2 : 0;

	set(b, function, 4, 2, command & ~3u);
	for (unsigned i = 0; i < bars;)
		i += span_read(b, function, i, list);
	set(b, function, 4, 2, command);
}

static void spans_read(const struct board *b, struct spans *list)
{
	list->count = 0;
	for (unsigned device = 0; device < BUSES * DEVICES; device++) {
		for (unsigned f = 0; f < FUNCTIONS; f++) {
			const uint16_t at = (uint16_t)(device * FUNCTIONS + f);

			if (get(b, at, 0, 2) == 0xffff)
				break; /* there are no holes between functions
					*/
			spans_of(b, at, list);
		}
	}
}

static bool inside(const struct lev_pci_window *w, const struct span *s)
{
	return s->addr >= w->addr && s->len <= w->len &&
	       s->addr - w->addr <= w->len - s->len;
}

/* Each is in a window, at a multiple of its size; no two share an address. */
static void assert_placed(const struct board *b, const struct spans *list)
{
	for (unsigned i = 0; i < list->count; i++) {
		const struct span *s = &list->span[i];

		assert_int_not_equal(s->addr, 0);
		assert_int_equal(s->addr & (s->len - 1), 0);
		assert_true(s->io ? inside(&b->host.io, s)
				  : inside(&b->host.memory, s) ||
					    inside(&b->host.memory64, s));
		for (unsigned j = 0; j < i; j++) {
			const struct span *o = &list->span[j];

			assert_true(o->io != s->io ||
				    o->addr + o->len <= s->addr ||
				    s->addr + s->len <= o->addr);
		}
	}
}

static void assert_same(const struct spans *a, const struct spans *b)
{
	assert_int_equal(a->count, b->count);
	for (unsigned i = 0; i < a->count; i++) {
		assert_int_equal(a->span[i].function, b->span[i].function);
		assert_int_equal(a->span[i].bar, b->span[i].bar);
		assert_int_equal(a->span[i].addr, b->span[i].addr);
		assert_int_equal(a->span[i].len, b->span[i].len);
	}
}

/* --- what is found --- */

static void assert_found(const struct board *b)
{
	assert_int_equal(b->count, EXPECTED);
	for (unsigned i = 0; i < EXPECTED; i++) {
		assert_int_equal(b->found[i].addr, expected[i].addr);
		assert_int_equal(b->found[i].vendor, 0x1af4);
		assert_int_equal(b->found[i].device, expected[i].device);
		assert_int_equal(b->found[i].pin, 1); /* of all of QEMU's */
	}
}

/* Those of random bytes do what they are for; the others are themselves. */
static void assert_alive(struct board *b)
{
	struct lev_pci pci;

	for (unsigned i = 0; i < b->count; i++) {
		memset(&pci, 0, sizeof(pci));
		assert_int_equal(
			lev_pci_probe(&pci, &b->host, b->found[i].addr), 0);
		if (pci.transport.device_id == LEV_ID_RNG)
			board_try_rng(b, b->found[i].addr);
	}
}

static void all_found_and_placed(void **state)
{
	struct spans first, second;
	struct board b;

	board_open(&b, state, forest);
	assert_found(&b);
	spans_read(&b, &first);
	/* Two of each modern device at least, and one of a legacy one. */
	assert_true(first.count >= 2 * EXPECTED);
	assert_placed(&b, &first);
	assert_alive(&b);
	/* What is placed stays where it is. */
	board_scan(&b);
	assert_found(&b);
	spans_read(&b, &second);
	assert_same(&first, &second);
	assert_alive(&b);
	board_close(&b);
}

/* INTx arrives at the port's function, its pin turned on the way. */
static void where_intx_arrives(void **state)
{
	const struct lev_pci_function *f;
	struct board b;

	board_open(&b, state, forest);
	f = board_at(&b, PCI_AT(0, 5) + 1);
	assert_int_equal(f->root_addr, f->addr);
	assert_int_equal(f->root_pin, 1);
	f = board_at(&b, PCI_AT(1, 0));
	assert_int_equal(f->root_addr, PCI_AT(0, 2));
	assert_int_equal(f->root_pin, 1);
	f = board_at(&b, PCI_AT(3, 5));
	assert_int_equal(f->root_addr, PCI_AT(0, 3));
	assert_int_equal(f->root_pin, 2);
	board_close(&b);
}

/* --- what others have done --- */

/* A BAR of the GPU's is in the middle of the window, where the scan begins. */
static void firmware_was_here(void **state)
{
	const uint16_t gpu = PCI_AT(0, 6);
	struct spans list;
	struct board b;
	uint64_t addr;

	board_start(&b, state, &(struct lev_qtest_config){ .pci = forest });
	addr = b.host.memory.addr + 0x1000000;
	set(&b, gpu, 0x10 + 4 * 4, 4, (uint32_t)addr);
	set(&b, gpu, 0x10 + 4 * 5, 4, 0);
	set(&b, gpu, 4, 2, board_command(&b, gpu) | LEV_PCI_COMMAND_MEMORY);
	board_scan(&b);
	assert_found(&b);
	assert_int_equal(get(&b, gpu, 0x10 + 4 * 4, 4) & ~15u, addr);
	spans_read(&b, &list);
	assert_placed(&b, &list);
	assert_alive(&b);
	board_close(&b);
}

/*
 * What does not fit is found all the same; it is of use if it has a window in
 * its configuration space.
 */
static void no_room(void **state)
{
	static const char *const devices[] = {
		"virtio-rng-pci,addr=2,disable-legacy=on",
		"virtio-rng-pci,addr=3,disable-legacy=on",
		"virtio-rng-pci,addr=4,disable-modern=on,disable-legacy=off",
		NULL
	};
	struct lev_pci pci;
	struct board b;

	board_start(&b, state, &(struct lev_qtest_config){ .pci = devices });
	/* Room for the first one's table of vectors and for its registers. */
	b.host.memory.len = 0x8000;
	b.host.memory64.len = 0;
	b.host.io.len = 0;
	board_scan(&b);
	assert_int_equal(b.count, 3);
	assert_non_null(strstr(lev_qtest_log(b.qt), "no room for"));
	board_probe(&b, &pci, PCI_AT(0, 2), LEV_ID_RNG);
	assert_false(pci.common.by_window);
	board_try_rng(&b, PCI_AT(0, 2));
	board_probe(&b, &pci, PCI_AT(0, 3), LEV_ID_RNG);
	assert_true(pci.common.by_window);
	board_try_rng(&b, PCI_AT(0, 3));
	assert_int_equal(lev_pci_probe(&pci, &b.host, PCI_AT(0, 4)),
			 LEV_ERR_NOTSUP);
	board_close(&b);
}

int main(void)
{
	static const struct pci_test tests[] = {
		{ "all found and placed", all_found_and_placed, 0 },
		{ "where INTx arrives", where_intx_arrives, NOT_ON_Q35 },
		{ "firmware was here", firmware_was_here, 0 },
		{ "no room", no_room, 0 },
	};

	return PCI_RUN(tests);
}
