/* SPDX-License-Identifier: MIT */
/*
 * QEMU's devices on PCI, in each form that they have: modern, transitional and
 * legacy, and with each way to their registers.
 */
#include "pci_rig.h"

enum { TIMEOUT_S = 20 };

static const uint16_t AT = PCI_AT(0, 5);

/* A form of the entropy device, and what the probe finds. */
struct form {
	const char *device;
	uint16_t pci_id;
	bool legacy;
	bool common_io, notify_io; /* registers are in an I/O BAR */
	uint32_t multiplier;
};

static void try_form(void **state, const struct form *form)
{
	const char *const devices[] = { form->device, NULL };
	struct lev_pci pci;
	struct lev_rng rng;
	struct board b;

	memset(&rng, 0, sizeof(rng));
	board_open(&b, state, devices);
	assert_int_equal(b.count, 1);
	assert_int_equal(board_at(&b, AT)->device, form->pci_id);
	board_probe(&b, &pci, AT, LEV_ID_RNG);
	assert_int_equal(pci.transport.legacy, form->legacy);
	assert_int_equal(pci.bars[pci.common.bar].io, form->common_io);
	if (!form->legacy) {
		assert_int_equal(pci.bars[pci.notify.bar].io, form->notify_io);
		assert_int_equal(pci.notify_multiplier, form->multiplier);
	}
	assert_int_equal(lev_rng_init(&rng, &pci.transport), 0);
	assert_int_equal(lev_device_has(&rng.dev, LEV_F_VERSION_1),
			 !form->legacy);
	board_rng_works(&b, &rng);
	assert_int_equal(lev_rng_restart(&rng), 0);
	board_rng_works(&b, &rng);
	assert_int_equal(lev_rng_fini(&rng), 0);
	board_close(&b);
}

static void modern(void **state)
{
	try_form(state,
		 &(struct form){ "virtio-rng-pci,addr=5,disable-legacy=on",
				 0x1044, .multiplier = 4 });
}

static void transitional_is_modern(void **state)
{
	try_form(state,
		 &(struct form){ "virtio-rng-pci,addr=5,disable-legacy=off",
				 0x1005, .multiplier = 4 });
}

static void legacy(void **state)
{
	try_form(state,
		 &(struct form){ "virtio-rng-pci,addr=5,disable-modern=on,"
				 "disable-legacy=off",
				 0x1005, .legacy = true, .common_io = true });
}

static void a_page_for_each_doorbell(void **state)
{
	try_form(state, &(struct form){ "virtio-rng-pci,addr=5,"
					"disable-legacy=on,page-per-vq=on",
					0x1044, .multiplier = 4096 });
}

/* One doorbell for all queues, and in an I/O BAR. */
static void doorbells_in_io_space(void **state)
{
	try_form(state,
		 &(struct form){ "virtio-rng-pci,addr=5,disable-legacy=on,"
				 "modern-pio-notify=on",
				 0x1044, .notify_io = true, .multiplier = 0 });
}

/* --- registers out of reach --- */

/* A port that maps one address space only, or none. */
struct picky {
	struct lev_hal_ops ops;
	struct lev_hal hal;
};

static int refuse_all(void *ctx, enum lev_io_space space, uint64_t addr,
		      uint64_t len, uint64_t *reg)
{
	(void)ctx;
	(void)space;
	(void)addr;
	(void)len;
	(void)reg;
	return LEV_ERR_NOTSUP;
}

/* The I/O window of "virt" is memory for the CPU. */
static int refuse_io(void *ctx, enum lev_io_space space, uint64_t addr,
		     uint64_t len, uint64_t *reg)
{
	if (space == LEV_IO_PORT || (addr >= 0x3eff0000 && addr < 0x3f000000))
		return LEV_ERR_NOTSUP;
	(void)ctx;
	(void)len;
	*reg = addr;
	return 0;
}

static void picky_make(struct picky *p, struct board *b,
		       int (*io_map)(void *ctx, enum lev_io_space space,
				     uint64_t addr, uint64_t len,
				     uint64_t *reg))
{
	p->ops = *b->host.hal->ops;
	p->ops.io_map = io_map;
	p->hal.ops = &p->ops;
	p->hal.ctx = b->host.hal->ctx;
	b->host.hal = &p->hal;
}

static void on_event(struct lev_input *input, const struct lev_input_event *ev)
{
	(void)input;
	(void)ev;
}

/* All of a device's registers seen through its configuration space. */
static void through_the_window(void **state)
{
	static const char *const devices[] = {
		"virtio-rng-pci,addr=5,disable-legacy=on",
		"virtio-keyboard-pci,addr=6", NULL
	};
	struct lev_input_config cfg = { .event = on_event };
	struct lev_input keyboard;
	struct picky picky;
	struct lev_pci pci;
	struct board b;

	memset(&keyboard, 0, sizeof(keyboard));
	board_open(&b, state, devices);
	picky_make(&picky, &b, refuse_all);
	board_probe(&b, &pci, AT, LEV_ID_RNG);
	assert_true(pci.common.by_window && pci.notify.by_window &&
		    pci.isr.by_window);
	board_try_rng(&b, AT);
	/* It has a configuration of its own: bytes, written and read. */
	board_probe(&b, &pci, PCI_AT(0, 6), LEV_ID_INPUT);
	assert_true(pci.device.by_window);
	cfg.transport = &pci.transport;
	assert_int_equal(lev_input_init(&keyboard, &cfg), 0);
	assert_string_equal(keyboard.name, "QEMU Virtio Keyboard");
	assert_int_equal(lev_input_fini(&keyboard), 0);
	board_close(&b);
}

/* The first capability is in I/O space; the next that is usable is taken. */
static void doorbells_of_the_other_kind(void **state)
{
	static const char *const devices[] = {
		"virtio-rng-pci,addr=5,disable-legacy=on,modern-pio-notify=on",
		NULL
	};
	struct picky picky;
	struct lev_pci pci;
	struct board b;

	board_open(&b, state, devices);
	picky_make(&picky, &b, refuse_io);
	board_probe(&b, &pci, AT, LEV_ID_RNG);
	assert_false(pci.bars[pci.notify.bar].io);
	assert_int_equal(pci.notify_multiplier, 4);
	board_try_rng(&b, AT);
	board_close(&b);
}

/* A legacy device has no other way to its registers. */
static void legacy_out_of_reach(void **state)
{
	static const char *const devices[] = {
		"virtio-rng-pci,addr=5,disable-legacy=off,disable-modern=on",
		NULL
	};
	struct picky picky;
	struct lev_pci pci;
	struct board b;

	memset(&pci, 0, sizeof(pci));
	board_open(&b, state, devices);
	picky_make(&picky, &b, refuse_io);
	assert_int_equal(lev_pci_probe(&pci, &b.host, AT), LEV_ERR_NOTSUP);
	board_close(&b);
}

/* --- the bus --- */

static unsigned master(const struct board *b)
{
	return board_command(b, AT) & LEV_PCI_COMMAND_MASTER;
}

/*
 * On while the device is at work, and at no other time. With iommu_platform
 * QEMU's device has no memory without it.
 */
static void bus_mastering(void **state)
{
	static const char *const devices[] = {
		"virtio-rng-pci,addr=5,disable-legacy=on,iommu_platform=on",
		NULL
	};
	struct lev_pci pci;
	struct lev_rng rng;
	struct board b;

	memset(&rng, 0, sizeof(rng));
	board_open(&b, state, devices);
	board_probe(&b, &pci, AT, LEV_ID_RNG);
	assert_int_equal(master(&b), 0);
	assert_int_equal(lev_rng_init(&rng, &pci.transport), 0);
	assert_true(master(&b));
	board_rng_works(&b, &rng);
	/* QEMU's device goes down with it. */
	lev_pci_config_write(&b.host, AT, LEV_PCI_CFG_COMMAND, 2,
			     board_command(&b, AT) &
				     ~(unsigned)LEV_PCI_COMMAND_MASTER);
	assert_int_equal(lev_device_poll(&rng.dev), LEV_ERR_IO);
	assert_int_equal(lev_rng_restart(&rng), 0);
	assert_true(master(&b));
	board_rng_works(&b, &rng);
	assert_int_equal(lev_rng_fini(&rng), 0);
	assert_int_equal(master(&b), 0);
	board_close(&b);
}

/* --- rings --- */

enum { RINGS = 20, ORDERS = 4, ROUNDS = 10, BYTES = 32, DEVICE_LEN = 160 };

/* The first four are legacy ones. */
static void ring_device(char *text, unsigned i)
{
	int len = snprintf(text, DEVICE_LEN,
			   "virtio-rng-pci,addr=%#x,event_idx=%s,"
			   "indirect_desc=%s,disable-legacy=%s,"
			   "disable-modern=%s",
			   i + 1, i & 1 ? "on" : "off", i & 2 ? "on" : "off",
			   i < 4 ? "off" : "on", i < 4 ? "on" : "off");

	if (i >= 4)
		len += snprintf(text + len, DEVICE_LEN - (size_t)len,
				",packed=%s,iommu_platform=%s",
				i & 4 ? "on" : "off", i & 8 ? "on" : "off");
	assert_true(len < DEVICE_LEN);
}

static void ring_features(const struct lev_device *dev, unsigned i)
{
	assert_int_equal(lev_device_has(dev, LEV_F_VERSION_1), i >= 4);
	assert_int_equal(lev_device_has(dev, LEV_F_EVENT_IDX), i & 1);
	assert_int_equal(lev_device_has(dev, LEV_F_INDIRECT_DESC), i >> 1 & 1);
	assert_int_equal(lev_device_has(dev, LEV_F_RING_PACKED),
			 i >= 4 && i & 4);
	assert_int_equal(lev_device_has(dev, LEV_F_ACCESS_PLATFORM),
			 i >= 4 && i & 8);
}

/* The ring goes round, by the messages of a vector. */
static void ring_round(struct board *b, struct lev_rng *rng, unsigned vector)
{
	struct lev_rng_request requests[ORDERS];
	uint8_t bytes[ORDERS][BYTES];
	unsigned got = 0;

	memset(requests, 0, sizeof(requests));
	memset(bytes, 0, sizeof(bytes));
	for (unsigned i = 0; i < ORDERS; i++) {
		requests[i].buf = bytes[i];
		requests[i].len = BYTES;
		assert_int_equal(lev_rng_submit(rng, &requests[i]), 0);
	}
	while (got < ORDERS) {
		const int n = lev_rng_poll(rng);

		assert_true(n >= 0);
		got += (unsigned)n;
		if (n == 0)
			assert_true(lev_qtest_message_wait(b->qt, vector));
	}
	for (unsigned i = 0; i < ORDERS; i++) {
		assert_int_equal(requests[i].err, 0);
		assert_int_equal(requests[i].got, BYTES);
		assert_memory_not_equal(bytes[i], bytes[(i + 1) % ORDERS],
					BYTES);
	}
}

static void ring_works(struct board *b, unsigned i)
{
	static const uint16_t queues[] = { 0 };
	struct lev_pci_message message;
	const struct lev_pci_vectors msix = { &message, 1, LEV_PCI_NO_VECTOR,
					      queues, 1 };
	struct lev_pci pci;
	struct lev_rng rng;

	memset(&rng, 0, sizeof(rng));
	board_messages(b, i, &message, 1);
	board_probe(b, &pci, PCI_AT(0, i + 1), LEV_ID_RNG);
	assert_int_equal(lev_pci_msix(&pci, &msix), 0);
	assert_int_equal(lev_rng_init(&rng, &pci.transport), 0);
	ring_features(&rng.dev, i);
	for (unsigned round = 0; round < ROUNDS; round++)
		ring_round(b, &rng, i);
	assert_int_equal(lev_rng_fini(&rng), 0);
}

static void every_ring(void **state)
{
	static char texts[RINGS][DEVICE_LEN];
	const char *devices[RINGS + 1] = { NULL };
	struct board b;

	for (unsigned i = 0; i < RINGS; i++) {
		ring_device(texts[i], i);
		devices[i] = texts[i];
	}
	board_open(&b, state, devices);
	assert_int_equal(b.count, RINGS);
	for (unsigned i = 0; i < RINGS; i++)
		ring_works(&b, i);
	board_close(&b);
}

/* --- other devices --- */

static void gpu(void **state)
{
	static const char *const devices[] = {
		"virtio-gpu-pci,id=gpu0,addr=5,xres=1280,yres=800", NULL
	};
	static const uint16_t queues[] = { 1, 2 };
	struct lev_gpu_config cfg = {
		.init_timeout = TIMEOUT_S * UINT64_C(1000000000),
		.frame_timeout = TIMEOUT_S * UINT64_C(1000000000),
	};
	struct lev_pci_message messages[3];
	const struct lev_pci_vectors msix = { messages, 3, 0, queues, 2 };
	struct lev_pci pci;
	struct lev_gpu gpu;
	struct board b;

	memset(&gpu, 0, sizeof(gpu));
	board_open(&b, state, devices);
	board_messages(&b, 0, messages, 3);
	board_probe(&b, &pci, AT, LEV_ID_GPU);
	assert_int_equal(pci.msix_size, 3);
	assert_int_equal(lev_pci_msix(&pci, &msix), 0);
	cfg.transport = &pci.transport;
	assert_int_equal(lev_gpu_init(&gpu, &cfg), 0);
	assert_int_equal(gpu.surface.width, 1280);
	rig_paint(&gpu.surface, 1);
	rig_show(&gpu);
	rig_assert_screen(b.qt, "gpu0", &gpu.surface);
	assert_true(lev_qtest_message_take(b.qt, 1));
	assert_false(lev_qtest_message_take(b.qt, 0));
	assert_int_equal(lev_gpu_fini(&gpu), 0);
	board_close(&b);
}

int main(void)
{
	static const struct pci_test tests[] = {
		{ "modern", modern, 0 },
		{ "transitional is modern", transitional_is_modern, 0 },
		{ "legacy", legacy, 0 },
		{ "a page for each doorbell", a_page_for_each_doorbell, 0 },
		{ "doorbells in I/O space", doorbells_in_io_space, 0 },
		{ "through the window", through_the_window, NOT_ON_VIRT_OF_10 },
		{ "doorbells of the other kind", doorbells_of_the_other_kind,
		  0 },
		{ "legacy out of reach", legacy_out_of_reach, 0 },
		{ "bus mastering", bus_mastering, 0 },
		{ "every ring", every_ring, 0 },
		{ "gpu", gpu, 0 },
	};

	return PCI_RUN(tests);
}
