/* SPDX-License-Identifier: MIT */
/*
 * The port itself: what it promises, and that it complains when it should.
 * Without these tests the silence of all others would mean nothing.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

enum {
	ID_ENTROPY = 4,
	MAGIC = 0x74726976,
	MAGIC_VALUE = 0x00,
	VERSION = 0x04,
	DEVICE_ID = 0x08,
	LEN = 1000,
};

static const uint64_t HIGHEST = UINT64_MAX;

static const char *const entropy[] = { "virtio-rng-device", NULL };

static struct lev_qtest *open_devices(const char *const *devices)
{
	const struct lev_qtest_config config = { .modern = true,
						 .devices = devices };

	return lev_qtest_open(&config);
}

static uint32_t read4(struct lev_qtest *qt, unsigned slot, unsigned off)
{
	const struct lev_hal *hal = lev_qtest_hal(qt);

	return hal->ops->reg_read(hal->ctx, lev_qtest_slot(slot) + off, 4);
}

/* Close it; all its complaints, as a text to be freed. */
static char *close_text(struct lev_qtest *qt, unsigned *complaints)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	assert_non_null(file);
	*complaints = lev_qtest_close(qt, file);
	fclose(file);
	return text;
}

/* It has this one complaint. */
static void close_with(struct lev_qtest *qt, const char *complaint)
{
	unsigned count;
	char *text = close_text(qt, &count);

	if (!strstr(text, complaint))
		fail_msg("no '%s' in '%s'", complaint, text);
	assert_int_equal(count, 1);
	free(text);
}

static void close_clean(struct lev_qtest *qt)
{
	unsigned count;
	char *text = close_text(qt, &count);

	assert_string_equal(text, "");
	assert_int_equal(count, 0);
	free(text);
}

/* --- QEMU comes up, or says why not --- */

static void a_machine_and_its_slots(void **state)
{
	struct lev_qtest_config config = { .devices = entropy };
	struct lev_qtest *qt;

	(void)state;
	for (unsigned modern = 0; modern < 2; modern++) {
		config.modern = modern;
		qt = lev_qtest_open(&config);
		assert_string_equal(lev_qtest_complaints(qt), "");
		assert_true(lev_qtest_ok(qt));
		for (unsigned i = 0; i < LEV_QTEST_SLOTS; i++) {
			assert_int_equal(read4(qt, i, MAGIC_VALUE), MAGIC);
			assert_int_equal(read4(qt, i, VERSION), 1 + modern);
			assert_int_equal(read4(qt, i, DEVICE_ID),
					 i ? 0 : ID_ENTROPY);
		}
		close_clean(qt);
	}
}

/* Configuration space of a function of bus 0, as each machine has it. */
static uint32_t ecam_read(const struct lev_pci_host *host, unsigned device,
			  unsigned off)
{
	const uint64_t reg = host->config + ((uint64_t)device << 15) + off;

	return host->hal->ops->reg_read(host->hal->ctx, reg, 4);
}

static uint32_t ports_read(const struct lev_pci_host *host, unsigned device,
			   unsigned off)
{
	const uint32_t address = 0x80000000 | device << 11 | off;

	host->hal->ops->reg_write(host->hal->ctx, host->config, 4, address);
	return host->hal->ops->reg_read(host->hal->ctx, host->config + 4, 4);
}

static void pci_of(enum lev_qtest_machine machine, enum lev_pci_access access,
		   uint32_t (*read)(const struct lev_pci_host *host,
				    unsigned device, unsigned off))
{
	static const char *const pci[] = {
		"virtio-rng-pci,addr=5,disable-legacy=on",
		"virtio-rng-pci,addr=6,disable-modern=on", NULL
	};
	const struct lev_qtest_config config = { .machine = machine,
						 .pci = pci };
	struct lev_qtest *qt = lev_qtest_open(&config);
	struct lev_pci_host host;

	assert_string_equal(lev_qtest_complaints(qt), "");
	lev_qtest_pci_host(qt, &host);
	assert_int_equal(host.access, access);
	assert_int_equal(read(&host, 4, 0), UINT32_MAX);
	assert_int_equal(read(&host, 5, 0), 0x10441af4);
	assert_int_equal(read(&host, 6, 0), 0x10051af4);
	close_clean(qt);
}

static void pci_by_ecam(void **state)
{
	(void)state;
	pci_of(LEV_QTEST_VIRT, LEV_PCI_ECAM, ecam_read);
}

static void pci_by_ports(void **state)
{
	(void)state;
	pci_of(LEV_QTEST_Q35, LEV_PCI_PORTS, ports_read);
}

/* Cookies of ports are no addresses, and no machine but x86 has any. */
static void ports_are_mapped(void **state)
{
	static const struct {
		enum lev_qtest_machine machine;
		uint64_t addr, len;
		int err;
	} tries[] = {
		{ LEV_QTEST_Q35, 0xc000, 0x4000, 0 },
		{ LEV_QTEST_Q35, 0xc000, 0x4001, LEV_ERR_NOTSUP },
		{ LEV_QTEST_Q35, 0x10000, 1, LEV_ERR_NOTSUP },
		{ LEV_QTEST_VIRT, 0xc000, 0x100, LEV_ERR_NOTSUP },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		const struct lev_qtest_config config = {
			.machine = tries[i].machine
		};
		struct lev_qtest *qt = lev_qtest_open(&config);
		const struct lev_hal *hal = lev_qtest_hal(qt);
		uint64_t port = 0, memory = 0;

		assert_int_equal(hal->ops->io_map(hal->ctx, LEV_IO_PORT,
						  tries[i].addr, tries[i].len,
						  &port),
				 tries[i].err);
		assert_int_equal(hal->ops->io_map(hal->ctx, LEV_IO_MEMORY,
						  tries[i].addr, tries[i].len,
						  &memory),
				 0);
		assert_int_equal(memory, tries[i].addr);
		assert_int_not_equal(port, memory);
		close_clean(qt);
	}
}

/* A word of a device's, by hand: what arrives is taken once, and only there. */
static void messages(void **state)
{
	struct lev_pci_message first, second;
	struct lev_qtest *qt = open_devices(entropy);
	const struct lev_hal *hal = lev_qtest_hal(qt);

	(void)state;
	lev_qtest_message(qt, 0, &first);
	lev_qtest_message(qt, LEV_QTEST_VECTORS - 1, &second);
	assert_int_not_equal(first.data, second.data);
	assert_false(lev_qtest_message_take(qt, 0));
	hal->ops->reg_write(hal->ctx, first.addr, 4, first.data);
	hal->ops->reg_write(hal->ctx, second.addr, 4, second.data);
	assert_true(lev_qtest_message_wait(qt, LEV_QTEST_VECTORS - 1));
	assert_false(lev_qtest_message_take(qt, LEV_QTEST_VECTORS - 1));
	assert_true(lev_qtest_message_take(qt, 0));
	assert_false(lev_qtest_message_take(qt, LEV_QTEST_VECTORS));
	hal->ops->reg_write(hal->ctx, first.addr, 4, second.data);
	assert_int_equal(lev_qtest_blocks(qt), 0);
	close_with(qt, "vector 0: message 0x4c5600ff");
}

/* One that does not come is not waited for without an end. */
static void no_message(void **state)
{
	const struct lev_qtest_config config = { .timeout = 2000 };
	struct lev_qtest *qt = lev_qtest_open(&config);

	(void)state;
	assert_false(lev_qtest_message_wait(qt, 1));
	close_clean(qt);
}

static void no_qemu(void **state)
{
	const struct lev_qtest_config config = { .program = "/no/such/qemu" };
	struct lev_qtest *qt = lev_qtest_open(&config);

	(void)state;
	assert_false(lev_qtest_ok(qt));
	assert_int_equal(read4(qt, 0, MAGIC_VALUE), UINT32_MAX);
	assert_int_equal(lev_qtest_system_reset(qt), LEV_ERR_NODEV);
	close_with(qt, "/no/such/qemu: No such file or directory (Debian");
}

static void no_such_device(void **state)
{
	static const char *const devices[] = { "virtio-tea-device", NULL };
	struct lev_qtest *qt = open_devices(devices);
	unsigned count;
	char *text;

	(void)state;
	assert_false(lev_qtest_ok(qt));
	assert_non_null(strstr(lev_qtest_complaints(qt), "virtio-tea-device"));
	text = close_text(qt, &count);
	assert_non_null(strstr(text, "QEMU ended: "));
	assert_non_null(strstr(text, "QEMU ended with status 1"));
	assert_non_null(strstr(text, "'virtio-tea-device' is not a valid"));
	assert_int_equal(count, 3);
	free(text);
}

static void a_full_machine(void **state)
{
	const char *devices[LEV_QTEST_SLOTS + 2] = { NULL };
	struct lev_qtest *qt;

	(void)state;
	for (unsigned i = 0; i < LEV_QTEST_SLOTS; i++)
		devices[i] = i % 2 ? "virtio-rng-device,packed=on"
				   : "virtio-keyboard-device,event_idx=off";
	qt = open_devices(devices);
	for (unsigned i = 0; i < LEV_QTEST_SLOTS; i++)
		assert_int_equal(read4(qt, i, DEVICE_ID),
				 i % 2 ? ID_ENTROPY : LEV_ID_INPUT);
	close_clean(qt);
	devices[LEV_QTEST_SLOTS] = "virtio-rng-device";
	qt = open_devices(devices);
	assert_false(lev_qtest_ok(qt));
	close_with(qt, "more devices");
}

static unsigned open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* Many at once, none in the way of another, nothing left behind. */
static void many_machines(void **state)
{
	enum { MACHINES = 4 };
	struct lev_qtest *qt[MACHINES];
	const unsigned files = open_files();
	pid_t pids[MACHINES];

	(void)state;
	for (unsigned i = 0; i < MACHINES; i++) {
		qt[i] = open_devices(entropy);
		assert_true(lev_qtest_ok(qt[i]));
		pids[i] = lev_qtest_pid(qt[i]);
	}
	lev_qtest_kill(qt[1]);
	assert_int_equal(read4(qt[1], 0, DEVICE_ID), UINT32_MAX);
	for (unsigned i = 0; i < MACHINES; i++) {
		if (i != 1)
			assert_int_equal(read4(qt[i], 0, DEVICE_ID),
					 ID_ENTROPY);
		close_clean(qt[i]);
		assert_int_equal(kill(pids[i], 0), -1);
		assert_int_equal(errno, ESRCH);
	}
	assert_int_equal(open_files(), files);
}

/* --- QEMU complains, stops, dies --- */

static void what_qemu_prints(void **state)
{
	static const char *const harmless[] = { "wrong size", NULL };
	struct lev_qtest_config config = { .modern = true, .devices = entropy };
	struct lev_qtest *qt;
	const struct lev_hal *hal;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		config.tolerated = i ? harmless : NULL;
		qt = lev_qtest_open(&config);
		hal = lev_qtest_hal(qt);
		/* QEMU's registers want to be read whole. */
		(void)hal->ops->reg_read(hal->ctx, lev_qtest_slot(0) + VERSION,
					 1);
		if (i)
			close_clean(qt);
		else
			close_with(qt, "QEMU: virtio_mmio_read: wrong size "
				       "access to register!");
	}
}

static void qemu_dies(void **state)
{
	struct lev_qtest *qt = open_devices(entropy);
	unsigned count;
	char *text;

	(void)state;
	assert_true(lev_qtest_ok(qt)); /* or whom would we kill? */
	assert_int_equal(kill(lev_qtest_pid(qt), SIGKILL), 0);
	assert_int_equal(read4(qt, 0, MAGIC_VALUE), UINT32_MAX);
	assert_false(lev_qtest_irq_wait(qt, 0, true));
	assert_int_equal(lev_qtest_send_key(qt, "a", 1), LEV_ERR_NODEV);
	text = close_text(qt, &count);
	assert_non_null(strstr(text, "QEMU ended: readl 0xa000000"));
	assert_non_null(strstr(text, "QEMU was ended by signal 9"));
	assert_int_equal(count, 2);
	free(text);
}

static void qemu_does_not_answer(void **state)
{
	const struct lev_qtest_config config = { .devices = entropy,
						 .timeout = 3000 };
	struct lev_qtest *qt = lev_qtest_open(&config);
	const struct lev_hal *hal = lev_qtest_hal(qt);
	uint64_t start;

	(void)state;
	assert_true(lev_qtest_ok(qt));
	start = hal->ops->now(hal->ctx);
	assert_int_equal(kill(lev_qtest_pid(qt), SIGSTOP), 0);
	assert_int_equal(read4(qt, 0, MAGIC_VALUE), UINT32_MAX);
	assert_true(hal->ops->now(hal->ctx) - start >= 3 * 1000000000ull);
	/* It is dead from now on, and known to be. */
	assert_int_equal(read4(qt, 0, MAGIC_VALUE), UINT32_MAX);
	close_with(qt, "QEMU does not answer: readl 0xa000000");
}

static void qmp_says_no(void **state)
{
	struct lev_qtest *qt = open_devices(entropy);
	struct lev_qtest_picture picture;
	const char *result;

	(void)state;
	assert_int_equal(lev_qtest_qmp(qt, "make-tea", NULL, NULL), LEV_ERR_IO);
	assert_non_null(strstr(lev_qtest_log(qt), "qmp: make-tea: The command "
						  "make-tea has not been"));
	assert_int_equal(lev_qtest_screendump(qt, NULL, 0, &picture),
			 LEV_ERR_IO);
	assert_null(picture.pixels);
	assert_int_equal(lev_qtest_qmp(qt, "query-status", NULL, &result), 0);
	assert_non_null(strstr(result, "\"status\": \"running\""));
	close_clean(qt);
}

/* The process that opened a machine is killed: the machine goes with it. */
static void no_qemu_is_left_behind(void **state)
{
	int status, pid, ends[2];
	pid_t child;

	(void)state;
	/* Orphans come to us, so that we see how they end. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct lev_qtest *qt = open_devices(entropy);

		pid = lev_qtest_ok(qt) ? lev_qtest_pid(qt) : 0;
		if (write(ends[1], &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	if (read(ends[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = 0;
	close(ends[0]);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(pid > 0);
	alarm(20); /* or this test would wait for ever */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	alarm(0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

/* --- memory --- */

static void memory_keeps_the_contract(void **state)
{
	struct lev_qtest *qt = open_devices(entropy);
	const struct lev_hal *hal = lev_qtest_hal(qt);
	const lev_paddr low = 0x40180000;
	lev_paddr addr;
	uint8_t *ptr;

	(void)state;
	for (size_t align = 1; align <= 4096; align *= 2) {
		ptr = hal->ops->dma_alloc(hal->ctx, LEN, align, low, 0, &addr);
		assert_non_null(ptr);
		assert_int_equal((uintptr_t)ptr % align, 0);
		assert_int_equal(addr % align, 0);
		assert_true(addr + LEN - 1 <= low);
		for (size_t i = 0; i < LEN; i++)
			assert_int_equal(ptr[i], 0);
		memset(ptr, 0xff, LEN);
		hal->ops->dma_free(hal->ctx, ptr, addr, LEN, 0);
	}
	assert_null(
		hal->ops->dma_alloc(hal->ctx, LEN, 1, low - 0x80000, 0, &addr));
	assert_null(
		hal->ops->dma_alloc(hal->ctx, 1 << 30, 1, HIGHEST, 0, &addr));
	assert_null(hal->ops->dma_alloc(hal->ctx, SIZE_MAX - 10, 1, HIGHEST, 0,
					&addr));
	/* What is freed can be had again, and is zero again. */
	for (unsigned i = 0; i < 10; i++) {
		ptr = hal->ops->dma_alloc(hal->ctx, 40 << 20, 1, HIGHEST, 0,
					  &addr);
		assert_non_null(ptr);
		assert_int_equal(ptr[0] | ptr[(40 << 20) - 1], 0);
		memset(ptr, 0xff, 40 << 20);
		hal->ops->dma_free(hal->ctx, ptr, addr, 40 << 20, 0);
	}
	close_clean(qt);
}

static void memory_not_freed(void **state)
{
	struct lev_qtest *qt = open_devices(entropy);
	const struct lev_hal *hal = lev_qtest_hal(qt);
	lev_paddr addr;

	(void)state;
	assert_non_null(
		hal->ops->dma_alloc(hal->ctx, LEN, 1, HIGHEST, 0, &addr));
	assert_int_equal(lev_qtest_blocks(qt), 1);
	close_with(qt, "1000 bytes: not freed");
}

static void memory_freed_wrongly(void **state)
{
	struct lev_qtest *qt = open_devices(entropy);
	const struct lev_hal *hal = lev_qtest_hal(qt);
	lev_paddr addr;
	uint8_t *ptr = hal->ops->dma_alloc(hal->ctx, LEN, 1, HIGHEST, 0, &addr);
	unsigned count;
	char *text;

	(void)state;
	hal->ops->dma_free(hal->ctx, ptr + 1, addr, LEN, 0);
	hal->ops->dma_free(hal->ctx, ptr, addr + 1, LEN, 0);
	hal->ops->dma_free(hal->ctx, ptr, addr, LEN - 1, 0);
	hal->ops->dma_free(hal->ctx, ptr, addr, LEN, LEV_DMA_PLATFORM);
	assert_int_equal(lev_qtest_blocks(qt), 1);
	hal->ops->dma_free(hal->ctx, ptr, addr, LEN, 0);
	hal->ops->dma_free(hal->ctx, ptr, addr, LEN, 0); /* twice */
	assert_null(hal->ops->dma_alloc(hal->ctx, 0, 1, HIGHEST, 0, &addr));
	assert_null(hal->ops->dma_alloc(hal->ctx, 8, 3, HIGHEST, 0, &addr));
	text = close_text(qt, &count);
	assert_int_equal(count, 7);
	free(text);
}

#ifdef __SANITIZE_ADDRESS__
int __asan_address_is_poisoned(void const volatile *addr);

/* AddressSanitizer knows what is allocated and what is not. */
static void memory_is_poisoned(void **state)
{
	struct lev_qtest *qt = open_devices(entropy);
	const struct lev_hal *hal = lev_qtest_hal(qt);
	lev_paddr addr;
	uint8_t *ptr =
		hal->ops->dma_alloc(hal->ctx, LEN, 64, HIGHEST, 0, &addr);

	(void)state;
	assert_true(__asan_address_is_poisoned(ptr - 1));
	assert_false(__asan_address_is_poisoned(ptr));
	assert_false(__asan_address_is_poisoned(ptr + LEN - 1));
	assert_true(__asan_address_is_poisoned(ptr + LEN));
	hal->ops->dma_free(hal->ctx, ptr, addr, LEN, 0);
	assert_true(__asan_address_is_poisoned(ptr));
	close_clean(qt);
}
#endif

/* --- what the device does to memory --- */

struct source {
	struct lev_qtest *qt;
	struct lev_mmio mmio;
	struct lev_device dev;
	struct lev_queue q;
	struct lev_queue_slot slots[4];
	struct lev_request req;
	struct lev_seg seg;
};

/* One request on the entropy device, not yet kicked. */
static void source_up(struct source *s, lev_paddr addr, uint32_t len)
{
	static const struct lev_driver driver = { .device_id = ID_ENTROPY,
						  .name = "entropy" };
	const struct lev_queue_config cfg = { .size = 4, .slots = s->slots };

	rig_probe(s->qt, &s->mmio, 0, ID_ENTROPY);
	assert_int_equal(lev_device_claim(&s->dev, &s->mmio.transport, &driver),
			 0);
	assert_int_equal(lev_device_begin(&s->dev, UINT64_MAX), 0);
	assert_int_equal(lev_queue_init(&s->q, &s->dev, &cfg), 0);
	assert_int_equal(lev_device_ready(&s->dev), 0);
	s->seg.addr = addr;
	s->seg.len = len;
	s->req.segs = &s->seg;
	s->req.writable = 1;
	assert_int_equal(lev_queue_add(&s->q, &s->req), 0);
}

static void source_run(struct source *s)
{
	assert_int_equal(lev_queue_kick(&s->q), 1);
	assert_int_equal(
		lev_queue_wait(&s->q, &s->req,
			       lev_device_deadline(&s->dev, 20000000000)),
		0);
	assert_int_equal(lev_device_reset(&s->dev), 0);
	lev_queue_fini(&s->q);
	lev_device_release(&s->dev);
}

static void written_after_it_was_freed(void **state)
{
	struct source s;
	const struct lev_hal *hal;
	lev_paddr addr;
	void *ptr;

	(void)state;
	memset(&s, 0, sizeof(s));
	s.qt = open_devices(entropy);
	hal = lev_qtest_hal(s.qt);
	ptr = hal->ops->dma_alloc(hal->ctx, LEN, 1, HIGHEST, 0, &addr);
	source_up(&s, addr, LEN);
	hal->ops->dma_free(hal->ctx, ptr, addr, LEN, 0);
	source_run(&s);
	close_with(s.qt, "1000 bytes: written after it was freed");
}

static void written_behind_its_end(void **state)
{
	struct source s;
	const struct lev_hal *hal;
	lev_paddr addr;
	void *ptr;

	(void)state;
	memset(&s, 0, sizeof(s));
	s.qt = open_devices(entropy);
	hal = lev_qtest_hal(s.qt);
	ptr = hal->ops->dma_alloc(hal->ctx, LEN, 1, HIGHEST, 0, &addr);
	source_up(&s, addr, LEN + 24);
	source_run(&s);
	hal->ops->dma_free(hal->ctx, ptr, addr, LEN, 0);
	close_with(s.qt, "1000 bytes: written behind its end");
}

/* --- bouncing --- */

/* The caller's memory in pieces; the device sees a copy, and we its answer. */
static void a_bounced_buffer(void **state)
{
	enum { PIECE = 300, PIECES = 4 };
	const struct lev_qtest_config config = { .modern = true,
						 .devices = entropy,
						 .map_piece = PIECE };
	const unsigned both = LEV_DMA_TO_DEVICE | LEV_DMA_FROM_DEVICE;
	struct lev_qtest *qt = lev_qtest_open(&config);
	const struct lev_hal *hal = lev_qtest_hal(qt);
	uint8_t *buffer = calloc(1, LEN);
	struct lev_seg segs[PIECES];
	unsigned total = 0;

	(void)state;
	assert_non_null(buffer);
	assert_int_equal(hal->ops->dma_map(hal->ctx, buffer, LEN, both, segs,
					   PIECES - 1),
			 LEV_ERR_RANGE);
	assert_int_equal(
		hal->ops->dma_map(hal->ctx, buffer, LEN, both, segs, PIECES),
		PIECES);
	for (unsigned i = 0; i < PIECES; i++) {
		assert_true(i == 0 ||
			    segs[i].addr != segs[i - 1].addr + segs[i - 1].len);
		total += segs[i].len;
	}
	assert_int_equal(total, LEN);
	assert_int_equal(lev_qtest_blocks(qt), PIECES);
	/* What is changed after the map is not seen without a sync. */
	memset(buffer, 7, LEN);
	hal->ops->dma_sync(hal->ctx, buffer + 250, 100, LEV_DMA_TO_DEVICE);
	hal->ops->dma_unmap(hal->ctx, buffer, LEN, both, segs, PIECES);
	for (unsigned i = 0; i < LEN; i++)
		assert_int_equal(buffer[i], i >= 250 && i < 350 ? 7 : 0);
	assert_int_equal(lev_qtest_blocks(qt), 0);
	close_clean(qt);
	free(buffer);
}

/* Memory that the device shall write shows none of the caller's bytes. */
static void the_device_fills_a_bounced_buffer(void **state)
{
	uint8_t buffer[64] = { 0 }, zero[64] = { 0 };
	struct lev_seg seg;
	struct source s;
	const struct lev_hal *hal;

	(void)state;
	memset(&s, 0, sizeof(s));
	s.qt = open_devices(entropy);
	hal = lev_qtest_hal(s.qt);
	assert_int_equal(hal->ops->dma_map(hal->ctx, buffer, sizeof(buffer),
					   LEV_DMA_FROM_DEVICE, &seg, 1),
			 1);
	source_up(&s, seg.addr, seg.len);
	source_run(&s);
	assert_memory_equal(buffer, zero, sizeof(buffer));
	hal->ops->dma_unmap(hal->ctx, buffer, sizeof(buffer),
			    LEV_DMA_FROM_DEVICE, &seg, 1);
	assert_memory_not_equal(buffer, zero, sizeof(buffer));
	close_clean(s.qt);
}

static void mapped_and_unmapped_wrongly(void **state)
{
	struct lev_qtest *qt = open_devices(entropy);
	const struct lev_hal *hal = lev_qtest_hal(qt);
	uint8_t buffer[64] = { 0 };
	struct lev_seg seg, other;
	unsigned count;
	char *text;

	(void)state;
	assert_int_equal(hal->ops->dma_map(hal->ctx, buffer, 64, 0, &seg, 1),
			 LEV_ERR_INVAL);
	assert_int_equal(hal->ops->dma_map(hal->ctx, buffer, 64,
					   LEV_DMA_TO_DEVICE, &seg, 1),
			 1);
	other = seg;
	other.len--;
	hal->ops->dma_unmap(hal->ctx, buffer, 64, LEV_DMA_TO_DEVICE, &other, 1);
	hal->ops->dma_unmap(hal->ctx, buffer, 64, LEV_DMA_FROM_DEVICE, &seg, 1);
	hal->ops->dma_unmap(hal->ctx, buffer + 1, 64, LEV_DMA_TO_DEVICE, &seg,
			    1);
	hal->ops->dma_sync(hal->ctx, buffer, 64, LEV_DMA_FROM_DEVICE);
	hal->ops->dma_sync(hal->ctx, buffer + 1, 64, LEV_DMA_TO_DEVICE);
	hal->ops->dma_free(hal->ctx, buffer, seg.addr, 64, LEV_DMA_TO_DEVICE);
	text = close_text(qt, &count);
	assert_non_null(strstr(text, "64 bytes: not unmapped"));
	assert_int_equal(count, 8);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_machine_and_its_slots),
		cmocka_unit_test(pci_by_ecam),
		cmocka_unit_test(pci_by_ports),
		cmocka_unit_test(ports_are_mapped),
		cmocka_unit_test(messages),
		cmocka_unit_test(no_message),
		cmocka_unit_test(no_qemu),
		cmocka_unit_test(no_such_device),
		cmocka_unit_test(a_full_machine),
		cmocka_unit_test(many_machines),
		cmocka_unit_test(what_qemu_prints),
		cmocka_unit_test(qemu_dies),
		cmocka_unit_test(qemu_does_not_answer),
		cmocka_unit_test(qmp_says_no),
		cmocka_unit_test(no_qemu_is_left_behind),
		cmocka_unit_test(memory_keeps_the_contract),
		cmocka_unit_test(memory_not_freed),
		cmocka_unit_test(memory_freed_wrongly),
#ifdef __SANITIZE_ADDRESS__
		cmocka_unit_test(memory_is_poisoned),
#endif
		cmocka_unit_test(written_after_it_was_freed),
		cmocka_unit_test(written_behind_its_end),
		cmocka_unit_test(a_bounced_buffer),
		cmocka_unit_test(the_device_fills_a_bounced_buffer),
		cmocka_unit_test(mapped_and_unmapped_wrongly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
