/* SPDX-License-Identifier: MIT */
/*
 * Devices are unplugged from a root port in the middle of their work, and
 * plugged in again. The test is the port's hot-plug driver: QEMU asks, and lets
 * go of the device when Slot Control says that the slot has no power.
 */
#include "pci_rig.h"

enum {
	EXP_CAP = 0x10,	     /* PCI Express capability */
	SLOT_CONTROL = 0x18, /* in it */
	POWER_ON = 0x100,    /* its light on, too */
	POWER_OFF = 0x300 | 0x400,
	BYTES = 16,
	ORDERS = 3,
	VECTOR = 7,
};

static const uint16_t PORT = PCI_AT(0, 2);

/* One byte an hour: what it is asked for stays with it. */
#define SLOW ",max-bytes=1,period=3600000"

/* What QMP wants to know of a device; another one wants another name. */
#define DEV(n) "{\"id\":\"dev" #n "\"}"
#define NEW(driver, n)                                                         \
	"{\"driver\":\"" driver "\",\"id\":\"dev" #n "\",\"bus\":\"root1\"}"

static const char *const slow_rng[] = {
	"pcie-root-port,id=root1,addr=2,chassis=1",
	"virtio-rng-pci,id=dev0,bus=root1" SLOW, NULL
};

static const char *const keyboard_only[] = {
	"pcie-root-port,id=root1,addr=2,chassis=1",
	"virtio-keyboard-pci,id=dev0,bus=root1", NULL
};

/* On q35 nobody answers for a device that is gone, and QEMU says so. */
static void open_for_removal(struct board *b, void **state,
			     const char *const *devices)
{
	static const char *const nobody[] = { "Invalid read at addr 0xE0",
					      "Invalid write at addr 0xE0",
					      NULL };
	const bool q35 =
		*(const enum lev_qtest_machine *)*state == LEV_QTEST_Q35;

	board_start(b, state,
		    &(struct lev_qtest_config){
			    .pci = devices, .tolerated = q35 ? nobody : NULL });
	board_scan(b);
}

/* --- the slot --- */

static void slot_write(struct board *b, uint32_t value)
{
	const struct lev_pci_host *host = &b->host;
	unsigned cap = lev_pci_config_read(host, PORT, 0x34, 1);

	while (cap && lev_pci_config_read(host, PORT, cap, 1) != EXP_CAP)
		cap = lev_pci_config_read(host, PORT, cap + 1, 1);
	assert_int_not_equal(cap, 0);
	lev_pci_config_write(host, PORT, cap + SLOT_CONTROL, 2, value);
}

/* Is there something behind the port? */
static bool slot_full(struct board *b)
{
	return lev_pci_config_read(&b->host, PCI_AT(1, 0), 0, 4) != UINT32_MAX;
}

static void unplug(struct board *b, const char *arguments)
{
	const uint64_t deadline = board_deadline(b);
	const struct lev_hal *hal = b->host.hal;
	const char *list;

	assert_int_equal(lev_qtest_qmp(b->qt, "query-pci", NULL, &list), 0);
	assert_non_null(strstr(list, "\"qdev_id\": \"dev"));
	assert_true(slot_full(b));
	assert_int_equal(lev_qtest_qmp(b->qt, "device_del", arguments, NULL),
			 0);
	assert_true(slot_full(b)); /* it is still there until we let it go */
	slot_write(b, POWER_OFF);
	while (slot_full(b))
		assert_true(hal->ops->now(hal->ctx) < deadline);
	/* And not only without power. */
	assert_int_equal(lev_qtest_qmp(b->qt, "query-pci", NULL, &list), 0);
	assert_null(strstr(list, "\"qdev_id\": \"dev"));
}

static void plug(struct board *b, const char *arguments)
{
	assert_int_equal(lev_qtest_qmp(b->qt, "device_add", arguments, NULL),
			 0);
	slot_write(b, POWER_ON);
	assert_true(slot_full(b));
	board_scan(b);
}

/* --- random bytes --- */

struct source {
	struct board board;
	struct lev_pci pci;
	struct lev_rng rng;
	struct lev_rng_request orders[ORDERS];
	uint8_t bytes[ORDERS][BYTES];
	unsigned back;
	struct lev_hal_ops ops; /* the port's, but for relax */
	struct lev_hal hal;
};

static const struct lev_hal_ops *qtest_ops;

/* Whose device is pulled while the driver waits for it. */
static struct source *waiting;

static void pull(void *ctx, uint64_t deadline)
{
	struct source *s = waiting;

	waiting = NULL;
	if (s)
		unplug(&s->board, DEV(0));
	qtest_ops->relax(ctx, deadline);
}

static void order_back(struct lev_rng_request *request)
{
	struct source *s = LEV_CONTAINER_OF(request->rng, struct source, rng);

	assert_int_equal(request->err, LEV_ERR_CANCELED);
	s->back++;
}

static void source_up(struct source *s, void **state)
{
	memset(s, 0, sizeof(*s));
	open_for_removal(&s->board, state, slow_rng);
	qtest_ops = s->board.host.hal->ops;
	s->ops = *qtest_ops;
	s->ops.relax = pull;
	s->hal.ops = &s->ops;
	s->hal.ctx = s->board.host.hal->ctx;
	s->board.host.hal = &s->hal;
	board_probe(&s->board, &s->pci, PCI_AT(1, 0), LEV_ID_RNG);
	assert_int_equal(lev_rng_init(&s->rng, &s->pci.transport), 0);
	/* The byte that it has to give. */
	assert_int_equal(lev_rng_read(&s->rng, s->bytes[0], 1,
				      board_deadline(&s->board)),
			 0);
}

static void source_order(struct source *s)
{
	for (unsigned i = 0; i < ORDERS; i++) {
		s->orders[i].buf = s->bytes[i];
		s->orders[i].len = BYTES;
		s->orders[i].done = order_back;
		assert_int_equal(lev_rng_submit(&s->rng, &s->orders[i]), 0);
	}
	assert_int_equal(lev_rng_poll(&s->rng), 0);
	assert_int_equal(s->back, 0);
}

/* The error stands, whatever is asked; nothing is lent any more. */
static void source_close(struct source *s)
{
	assert_int_equal(lev_rng_restart(&s->rng), LEV_ERR_NODEV);
	assert_int_equal(s->back, ORDERS);
	assert_int_equal(lev_rng_submit(&s->rng, &s->orders[0]), LEV_ERR_STATE);
	assert_int_equal(lev_rng_restart(&s->rng), LEV_ERR_NODEV);
	assert_int_equal(lev_device_isr(&s->rng.dev), 0);
	assert_int_equal(lev_rng_fini(&s->rng), 0);
	assert_int_equal(lev_qtest_blocks(s->board.qt), 0);
	assert_int_equal(lev_pci_probe(&s->pci, &s->board.host, PCI_AT(1, 0)),
			 LEV_ERR_NODEV);
	board_scan(&s->board);
	assert_int_equal(s->board.count, 0);
}

static void rng_is_polled(void **state)
{
	struct source s;

	source_up(&s, state);
	source_order(&s);
	unplug(&s.board, DEV(0));
	assert_int_equal(lev_rng_poll(&s.rng), LEV_ERR_NODEV);
	source_close(&s);
	board_close(&s.board);
}

static void rng_is_waited_for(void **state)
{
	uint8_t byte;
	struct source s;

	source_up(&s, state);
	source_order(&s);
	waiting = &s;
	assert_int_equal(
		lev_rng_read(&s.rng, &byte, 1, board_deadline(&s.board)),
		LEV_ERR_NODEV);
	assert_null(waiting);
	assert_int_equal(s.back, ORDERS);
	source_close(&s);
	board_close(&s.board);
}

/* Whoever pulled it says so. */
static void rng_is_said_to_be_gone(void **state)
{
	struct source s;

	source_up(&s, state);
	source_order(&s);
	unplug(&s.board, DEV(0));
	lev_device_gone(&s.rng.dev);
	assert_int_equal(s.back, ORDERS);
	source_close(&s);
	board_close(&s.board);
}

static void and_comes_back(void **state)
{
	struct source s;

	source_up(&s, state);
	source_order(&s);
	unplug(&s.board, DEV(0));
	assert_int_equal(lev_rng_poll(&s.rng), LEV_ERR_NODEV);
	source_close(&s);
	plug(&s.board, NEW("virtio-rng-pci", 1));
	assert_int_equal(s.board.count, 1);
	board_probe(&s.board, &s.pci, PCI_AT(1, 0), LEV_ID_RNG);
	assert_false(s.pci.common.by_window); /* it was placed */
	board_try_rng(&s.board, PCI_AT(1, 0));
	unplug(&s.board, DEV(1));
	/* Another one, where that was. */
	plug(&s.board, NEW("virtio-keyboard-pci", 2));
	assert_int_equal(s.board.count, 1);
	board_probe(&s.board, &s.pci, PCI_AT(1, 0), LEV_ID_INPUT);
	assert_false(s.pci.common.by_window);
	board_close(&s.board);
}

/* --- a keyboard --- */

static void on_event(struct lev_input *input, const struct lev_input_event *ev)
{
	unsigned *count = input->cfg.ctx;

	(void)ev;
	(*count)++;
}

/* All its buffers are with the device; by messages, and by polling. */
static void keyboard(void **state)
{
	static const uint16_t queues[] = { 0 };
	struct lev_pci_message message;
	const struct lev_pci_vectors msix = { &message, 1, LEV_PCI_NO_VECTOR,
					      queues, 1 };
	unsigned events = 0;
	struct lev_input_config cfg = { .event = on_event, .ctx = &events };
	struct lev_input input;
	struct lev_pci pci;
	struct board b;

	memset(&input, 0, sizeof(input));
	open_for_removal(&b, state, keyboard_only);
	board_messages(&b, VECTOR, &message, 1);
	board_probe(&b, &pci, PCI_AT(1, 0), LEV_ID_INPUT);
	assert_int_equal(lev_pci_msix(&pci, &msix), 0);
	cfg.transport = &pci.transport;
	assert_int_equal(lev_input_init(&input, &cfg), 0);
	assert_int_equal(lev_input_poll(&input), 0);
	rig_press(b.qt, "a", true);
	assert_true(lev_qtest_message_wait(b.qt, VECTOR));
	assert_int_equal(lev_input_poll(&input), 2);
	assert_int_equal(events, 2);
	unplug(&b, DEV(0));
	/* It touches no register; who looks finds that nobody is there. */
	assert_int_equal(lev_device_poll(&input.dev), LEV_ERR_NODEV);
	assert_int_equal(lev_input_poll(&input), LEV_ERR_NODEV);
	assert_int_equal(lev_input_restart(&input), LEV_ERR_NODEV);
	assert_int_equal(lev_input_poll(&input), LEV_ERR_STATE);
	assert_false(lev_qtest_message_take(b.qt, VECTOR));
	assert_int_equal(lev_input_fini(&input), 0);
	board_close(&b);
}

int main(void)
{
	static const struct pci_test tests[] = {
		{ "rng is polled", rng_is_polled, 0 },
		{ "rng is waited for", rng_is_waited_for, 0 },
		{ "rng is said to be gone", rng_is_said_to_be_gone, 0 },
		{ "and comes back", and_comes_back, 0 },
		{ "keyboard", keyboard, 0 },
	};

	return PCI_RUN(tests);
}
