/* SPDX-License-Identifier: MIT */
/*
 * How QEMU's devices on PCI interrupt. The network device shows it without a
 * driver in between: two of its queues answer at once (it sends a frame to
 * nobody; it refuses a command), and its configuration changes when its cable
 * is pulled.
 */
#include "pci_rig.h"

enum {
	ID_NET = 1,
	TX = 1,
	CONTROL = 2,
	QUEUES = 3,
	QUEUE_SIZE = 256, /* QEMU's, which a legacy queue must have */
	NET_STATUS = 6,	  /* in its configuration, behind the MAC address */
	FRAME = 72,	  /* with its header */
	ROUNDS = 5,
	MEM = 4096,
	VECTORS = 4, /* of its table */
};

static const uint16_t AT = PCI_AT(0, 5);

/* A frame of zeros comes to nothing there. */
static const char *const user[] = { "-netdev", "user,id=user,restrict=on",
				    NULL };

#define NET                                                                    \
	"virtio-net-pci,id=net,netdev=user,mac=52:54:00:12:34:56,addr=5,"      \
	"romfile="

static const char *const modern[] = { NET ",disable-legacy=on", NULL };
static const char *const legacy[] = { NET
				      ",disable-legacy=off,disable-modern=on",
				      NULL };

static const struct lev_driver driver = { .device_id = ID_NET, .name = "net" };

struct net {
	struct board board;
	struct lev_pci pci;
	struct lev_device dev;
	struct lev_queue queues[QUEUES];
	struct lev_queue_slot slots[QUEUES][QUEUE_SIZE];
	struct lev_request reqs[QUEUES];
	struct lev_seg segs[QUEUES][2];
	lev_paddr addr;
	uint8_t *mem;
};

static void net_open(struct net *n, void **state, const char *const *devices)
{
	memset(n, 0, sizeof(*n));
	board_start(
		&n->board, state,
		&(struct lev_qtest_config){ .pci = devices, .extra = user });
	board_scan(&n->board);
	board_probe(&n->board, &n->pci, AT, ID_NET);
	assert_int_equal(n->pci.transport.legacy, devices == legacy);
}

/* What each queue is given, over and over. */
static void net_requests(struct net *n)
{
	n->segs[TX][0] = (struct lev_seg){ n->addr, FRAME };
	n->reqs[TX].segs = n->segs[TX];
	n->reqs[TX].readable = 1;
	memset(n->mem + FRAME, 0xff, 2); /* a command that there is not */
	n->segs[CONTROL][0] = (struct lev_seg){ n->addr + FRAME, 2 };
	n->segs[CONTROL][1] = (struct lev_seg){ n->addr + FRAME + 2, 1 };
	n->reqs[CONTROL].segs = n->segs[CONTROL];
	n->reqs[CONTROL].readable = 1;
	n->reqs[CONTROL].writable = 1;
}

static int net_begin(struct net *n)
{
	int err;

	assert_int_equal(lev_device_claim(&n->dev, &n->pci.transport, &driver),
			 0);
	err = lev_device_begin(&n->dev,
			       lev_device_deadline(&n->dev, UINT64_MAX));
	for (unsigned i = 0; !err && i < QUEUES; i++)
		err = lev_queue_init(
			&n->queues[i], &n->dev,
			&(struct lev_queue_config){ .idx = (uint16_t)i,
						    .size = QUEUE_SIZE,
						    .slots = n->slots[i],
						    .strict = true });
	return err;
}

static void net_up(struct net *n)
{
	assert_int_equal(net_begin(n), 0);
	assert_int_equal(lev_device_ready(&n->dev), 0);
	n->mem = lev_device_dma_alloc(&n->dev, MEM, 64, UINT64_MAX, &n->addr);
	assert_non_null(n->mem);
	net_requests(n);
}

static void net_down(struct net *n)
{
	assert_int_equal(lev_device_reset(&n->dev), 0);
	for (unsigned i = 0; i < QUEUES; i++)
		lev_queue_fini(&n->queues[i]);
	if (n->mem)
		lev_device_dma_free(&n->dev, n->mem, n->addr, MEM);
	n->mem = NULL;
	lev_device_release(&n->dev);
}

static void net_give(struct net *n, unsigned queue)
{
	assert_int_equal(lev_queue_add(&n->queues[queue], &n->reqs[queue]), 0);
	assert_int_equal(lev_queue_kick(&n->queues[queue]), 1);
}

/* Reap what has been given, without a look at interrupts. */
static void net_take(struct net *n, unsigned queue)
{
	const uint64_t deadline = board_deadline(&n->board);
	const struct lev_hal *hal = n->board.host.hal;
	struct lev_request *req;

	do
		req = lev_queue_reap(&n->queues[queue]);
	while (!req && hal->ops->now(hal->ctx) < deadline);
	assert_ptr_equal(req, &n->reqs[queue]);
	assert_int_equal(req->err, 0);
}

static void cable(struct net *n, bool plugged)
{
	assert_int_equal(
		lev_qtest_qmp(n->board.qt, "set_link",
			      plugged ? "{\"name\":\"net\",\"up\":true}"
				      : "{\"name\":\"net\",\"up\":false}",
			      NULL),
		0);
}

/* The configuration is where it should be, and says this. */
static void assert_config(struct net *n, bool plugged)
{
	static const uint8_t mac[] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
	uint8_t bytes[NET_STATUS + 2];

	assert_int_equal(
		lev_device_config_read(&n->dev, 0, bytes, sizeof(bytes), 1), 0);
	assert_memory_equal(bytes, mac, sizeof(mac));
	assert_int_equal(bytes[NET_STATUS], plugged);
}

static bool came(struct net *n, unsigned vector)
{
	return lev_qtest_message_take(n->board.qt, vector);
}

static void assert_silent(struct net *n)
{
	for (unsigned i = 0; i < LEV_QTEST_VECTORS; i++)
		assert_false(came(n, i));
}

/* --- MSI-X --- */

/* first: where in the machine's memory. */
struct vectors {
	struct lev_pci_message messages[VECTORS];
	struct lev_pci_vectors msix;
};

static void vectors_use(struct net *n, struct vectors *v, unsigned first,
			uint16_t config, const uint16_t *queues, uint16_t count)
{
	board_messages(&n->board, first, v->messages, VECTORS);
	v->msix = (struct lev_pci_vectors){ v->messages, VECTORS, config,
					    queues, count };
	assert_int_equal(lev_pci_msix(&n->pci, &v->msix), 0);
}

/* The answer of a queue arrives as this vector's message, and as no other. */
static void one_message(struct net *n, unsigned queue, unsigned vector)
{
	assert_false(lev_queue_arm(&n->queues[queue]));
	net_give(n, queue);
	assert_true(lev_qtest_message_wait(n->board.qt, vector));
	/* What was used before it is there. */
	assert_ptr_equal(lev_queue_reap(&n->queues[queue]), &n->reqs[queue]);
	assert_silent(n);
}

static void config_message(struct net *n, bool plugged, unsigned vector)
{
	cable(n, plugged);
	assert_true(lev_qtest_message_wait(n->board.qt, vector));
	assert_true(lev_device_isr(&n->dev) & LEV_INTERRUPT_CONFIG);
	assert_int_equal(lev_device_poll(&n->dev), 1);
	assert_config(n, plugged);
	assert_int_equal(lev_device_poll(&n->dev), 0);
	assert_silent(n);
}

static void vector_for_each(void **state, const char *const *devices)
{
	static const uint16_t queues[] = { 0, 1, 2 };
	struct vectors v;
	struct net n;

	net_open(&n, state, devices);
	assert_int_equal(n.pci.msix_size, VECTORS);
	vectors_use(&n, &v, 10, 3, queues, 3);
	net_up(&n);
	assert_config(&n, true);
	for (unsigned i = 0; i < ROUNDS; i++) {
		one_message(&n, TX, 11);
		one_message(&n, CONTROL, 12);
		config_message(&n, false, 13);
		config_message(&n, true, 13);
	}
	net_down(&n);
	/* It was told where to; a device that was reset sends nothing. */
	cable(&n, false);
	assert_silent(&n);
	cable(&n, true);
	net_up(&n);
	one_message(&n, TX, 11);
	net_down(&n);
	board_close(&n.board);
}

static void vector_for_each_modern(void **state)
{
	vector_for_each(state, modern);
}

static void vector_for_each_legacy(void **state)
{
	vector_for_each(state, legacy);
}

/* All in one; and then two queues in one, and others in none. */
static void shared_vectors(void **state)
{
	static const uint16_t all[] = { 2 };
	static const uint16_t some[] = { LEV_PCI_NO_VECTOR, 1 };
	struct vectors v;
	struct net n;

	net_open(&n, state, modern);
	vectors_use(&n, &v, 20, 2, all, 1);
	net_up(&n);
	one_message(&n, TX, 22);
	one_message(&n, CONTROL, 22);
	config_message(&n, false, 22);
	net_down(&n);
	vectors_use(&n, &v, 30, LEV_PCI_NO_VECTOR, some, 2);
	net_up(&n);
	one_message(&n, TX, 31);
	one_message(&n, CONTROL, 31);
	cable(&n, true);
	assert_silent(&n);
	/* Without a vector it is asked. */
	assert_int_equal(lev_device_poll(&n.dev), 1);
	assert_config(&n, true);
	net_down(&n);
	vectors_use(&n, &v, 40, 0, NULL, 0);
	net_up(&n);
	net_give(&n, TX);
	net_take(&n, TX);
	assert_silent(&n);
	config_message(&n, false, 40);
	net_down(&n);
	board_close(&n.board);
}

/* More than there are; and of a device that has none. */
static void vectors_that_are_not_there(void **state)
{
	static const char *const devices[] = { NET ",vectors=0", NULL };
	static const uint16_t queues[] = { VECTORS };
	struct vectors v;
	struct net n;

	net_open(&n, state, modern);
	board_messages(&n.board, 0, v.messages, VECTORS);
	v.msix = (struct lev_pci_vectors){ v.messages, VECTORS, 0, queues, 1 };
	assert_int_equal(lev_pci_msix(&n.pci, &v.msix), LEV_ERR_RANGE);
	v.msix.count = VECTORS + 1;
	assert_int_equal(lev_pci_msix(&n.pci, &v.msix), LEV_ERR_RANGE);
	board_close(&n.board);
	net_open(&n, state, devices);
	assert_int_equal(n.pci.msix_size, 0);
	v.msix = (struct lev_pci_vectors){ v.messages, 1, 0, NULL, 0 };
	assert_int_equal(lev_pci_msix(&n.pci, &v.msix), LEV_ERR_NOTSUP);
	net_up(&n);
	net_give(&n, TX);
	net_take(&n, TX);
	net_down(&n);
	board_close(&n.board);
}

/* --- INTx --- */

/* The line of the device, which must be known. */
static unsigned line_of(struct net *n)
{
	const struct lev_pci_function *f = board_at(&n->board, n->pci.addr);

	assert_in_range(f->root_pin, 1, 4);
	return lev_qtest_intx(f->root_addr, f->root_pin);
}

static void levels(void **state, const char *const *devices)
{
	struct lev_qtest *qt;
	struct net n;
	unsigned line;

	net_open(&n, state, devices);
	qt = n.board.qt;
	line = line_of(&n);
	assert_int_equal(lev_pci_intx(&n.pci), 0);
	net_up(&n);
	for (unsigned i = 0; i < ROUNDS; i++) {
		const unsigned queue = i % 2 ? TX : CONTROL;

		assert_false(lev_queue_arm(&n.queues[queue]));
		net_give(&n, queue);
		assert_true(lev_qtest_irq_wait(qt, line, true));
		assert_int_equal(lev_device_isr(&n.dev), LEV_INTERRUPT_USED);
		assert_false(lev_qtest_irq(qt, line));
		assert_ptr_equal(lev_queue_reap(&n.queues[queue]),
				 &n.reqs[queue]);
		cable(&n, i % 2);
		assert_true(lev_qtest_irq_wait(qt, line, true));
		/* Looking for it does not take the level from the handler. */
		assert_int_equal(lev_device_poll(&n.dev), 0);
		assert_true(lev_qtest_irq(qt, line));
		/* QEMU says with it that there may be used buffers. */
		assert_true(lev_device_isr(&n.dev) & LEV_INTERRUPT_CONFIG);
		assert_false(lev_qtest_irq(qt, line));
		assert_int_equal(lev_device_poll(&n.dev), 1);
		assert_config(&n, i % 2);
		assert_int_equal(lev_device_isr(&n.dev), 0);
	}
	assert_int_equal(lev_qtest_irq_count(qt, line), 2 * ROUNDS);
	net_down(&n);
	assert_false(lev_qtest_irq(qt, line));
	assert_silent(&n);
	board_close(&n.board);
}

static void levels_modern(void **state)
{
	levels(state, modern);
}

static void levels_legacy(void **state)
{
	levels(state, legacy);
}

/* The pin is turned on its way: at each of the four lines once. */
static void levels_behind_a_bridge(void **state)
{
	static const char *const devices[] = {
		"pcie-root-port,id=root1,addr=2,chassis=1",
		"pcie-pci-bridge,id=bridge,bus=root1",
		"virtio-rng-pci,bus=bridge,addr=1",
		"virtio-rng-pci,bus=bridge,addr=2",
		"virtio-rng-pci,bus=bridge,addr=3",
		"virtio-rng-pci,bus=bridge,addr=4",
		NULL
	};
	struct lev_rng rng;
	struct lev_pci pci;
	struct board b;
	uint8_t byte;
	unsigned seen = 0;

	board_open(&b, state, devices);
	assert_int_equal(b.count, 4);
	for (unsigned i = 0; i < b.count; i++) {
		struct lev_rng_request request = { .buf = &byte, .len = 1 };
		const unsigned line = lev_qtest_intx(b.found[i].root_addr,
						     b.found[i].root_pin);

		memset(&rng, 0, sizeof(rng));
		board_probe(&b, &pci, b.found[i].addr, LEV_ID_RNG);
		assert_int_equal(lev_pci_intx(&pci), 0);
		assert_int_equal(lev_rng_init(&rng, &pci.transport), 0);
		assert_int_equal(lev_rng_poll(&rng), 0);
		assert_int_equal(lev_rng_submit(&rng, &request), 0);
		assert_true(lev_qtest_irq_wait(b.qt, line, true));
		assert_int_equal(lev_device_isr(&rng.dev), LEV_INTERRUPT_USED);
		assert_false(lev_qtest_irq(b.qt, line));
		assert_int_equal(lev_rng_poll(&rng), 1);
		assert_int_equal(lev_rng_fini(&rng), 0);
		seen |= 1u << (line - LEV_QTEST_SLOTS);
	}
	assert_int_equal(seen, 0xf);
	board_close(&b);
}

/* --- neither --- */

/* Also where it was otherwise before. */
static void polled(void **state)
{
	static const uint16_t queues[] = { 0 };
	struct vectors v;
	struct net n;

	for (unsigned kind = 0; kind < 2; kind++) {
		net_open(&n, state, kind ? legacy : modern);
		vectors_use(&n, &v, 0, 0, queues, 1);
		assert_int_equal(lev_pci_poll_only(&n.pci), 0);
		net_up(&n);
		for (unsigned i = 0; i < ROUNDS; i++) {
			assert_false(lev_queue_arm(&n.queues[TX]));
			net_give(&n, TX);
			net_take(&n, TX);
			cable(&n, i % 2);
			assert_int_equal(lev_device_poll(&n.dev), 1);
			assert_config(&n, i % 2);
			assert_int_equal(lev_device_poll(&n.dev), 0);
		}
		assert_silent(&n);
		for (unsigned i = 0; i < LEV_QTEST_INTX; i++)
			assert_int_equal(
				lev_qtest_irq_count(n.board.qt,
						    LEV_QTEST_SLOTS + i),
				0);
		net_down(&n);
		board_close(&n.board);
	}
}

/* Not while a driver has the device. */
static void not_under_way(void **state)
{
	static const uint16_t queues[] = { 0 };
	struct vectors v;
	struct net n;

	net_open(&n, state, modern);
	vectors_use(&n, &v, 0, 0, queues, 1);
	net_up(&n);
	assert_int_equal(lev_pci_msix(&n.pci, &v.msix), LEV_ERR_BUSY);
	assert_int_equal(lev_pci_intx(&n.pci), LEV_ERR_BUSY);
	assert_int_equal(lev_pci_poll_only(&n.pci), LEV_ERR_BUSY);
	assert_int_equal(lev_pci_probe(&n.pci, &n.board.host, AT),
			 LEV_ERR_BUSY);
	one_message(&n, TX, 0);
	net_down(&n);
	board_close(&n.board);
}

int main(void)
{
	static const struct pci_test tests[] = {
		{ "a vector for each, modern", vector_for_each_modern, 0 },
		{ "a vector for each, legacy", vector_for_each_legacy, 0 },
		{ "shared vectors", shared_vectors, 0 },
		{ "vectors that are not there", vectors_that_are_not_there, 0 },
		{ "levels, modern", levels_modern, NOT_ON_Q35 },
		{ "levels, legacy", levels_legacy, NOT_ON_Q35 },
		{ "levels behind a bridge", levels_behind_a_bridge,
		  NOT_ON_Q35 },
		{ "polled", polled, 0 },
		{ "not under way", not_under_way, 0 },
	};

	return PCI_RUN(tests);
}
