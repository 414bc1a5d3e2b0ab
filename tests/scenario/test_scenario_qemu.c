/* SPDX-License-Identifier: MIT */
/*
 * The scenarios on QEMU's devices. Five machines serve all cells of a scenario:
 * each cell has a device of its own there.
 */
#define _GNU_SOURCE
#include <ports/qtest/qtest.h>

#include "scenario.h"

enum {
	DEVICES = 64, /* of a machine */
	DEVICE_LEN = 200,
	NOTIFY = 0x50, /* the doorbell, on MMIO */
	SLOT_LEN = 0x200,
	LEGACY_NOTIFY = 0x10, /* and behind legacy registers on PCI */
};

enum machine_kind {
	MMIO_LEGACY,
	MMIO_MODERN,
	MMIO_IN_ORDER, /* there are only so many slots */
	PCI_VIRT,
	PCI_Q35,
	MACHINES,
};

static struct machine {
	struct lev_qtest *qt;
	const struct cell *cells[DEVICES]; /* by slot, or address */
	char devices[DEVICES][DEVICE_LEN];
	unsigned count;
	struct lev_pci_host host;
	unsigned lines[DEVICES]; /* on PCI */
	unsigned messages;	 /* found, of the device of now */
} machines[MACHINES];

static enum machine_kind kind_of(const struct cell *cell)
{
	if (cell_has(cell, CELL_PCI))
		return cell_has(cell, CELL_PORTS) ? PCI_Q35 : PCI_VIRT;
	if (cell_has(cell, CELL_IN_ORDER))
		return MMIO_IN_ORDER;
	return cell_has(cell, CELL_MODERN) ? MMIO_MODERN : MMIO_LEGACY;
}

static struct machine *machine_of(const struct cell *cell)
{
	return &machines[kind_of(cell)];
}

/* --- devices --- */

static const char *on_off(const struct cell *cell, unsigned flag)
{
	return cell_has(cell, flag) ? "on" : "off";
}

/* The address of a machine's PCI devices: eight functions each. */
static uint16_t address_of(unsigned number)
{
	return (uint16_t)(8 + number);
}

LEV_FORMAT(2, 3) static void add(char *text, const char *format, ...)
{
	const size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, DEVICE_LEN - len, format, args);
	va_end(args);
}

/* Where it is, and which registers it has. A GPU has never legacy ones. */
static void add_pci(char *text, const struct cell *cell, uint16_t addr)
{
	add(text, ",addr=%x.%u,multifunction=on", addr >> 3, addr & 7u);
	if (cell_has(cell, CELL_RNG))
		add(text, ",disable-modern=%s,disable-legacy=%s",
		    cell_has(cell, CELL_MODERN) ? "off" : "on",
		    cell_has(cell, CELL_MODERN) &&
				    !cell_has(cell, CELL_TRANSITIONAL)
			    ? "on"
			    : "off");
}

static void machine_plug(const struct cell *cell)
{
	struct machine *m = machine_of(cell);
	const bool pci = cell_has(cell, CELL_PCI);
	char *text = m->devices[m->count];

	assert_true(m->count < (pci ? DEVICES : LEV_QTEST_SLOTS));
	add(text, "virtio-%s-%s,event_idx=%s,indirect_desc=%s",
	    cell_has(cell, CELL_RNG) ? "rng" : "gpu", pci ? "pci" : "device",
	    on_off(cell, CELL_EVENT_IDX), on_off(cell, CELL_INDIRECT));
	if (pci)
		add_pci(text, cell, address_of(m->count));
	if (cell_has(cell, CELL_MODERN))
		add(text, ",packed=%s,iommu_platform=%s",
		    on_off(cell, CELL_PACKED), on_off(cell, CELL_PLATFORM));
	if (cell_has(cell, CELL_IN_ORDER))
		add(text, ",in_order=on");
	m->cells[m->count++] = cell;
}

/* --- machines --- */

static void on_function(void *ctx, const struct lev_pci_function *function)
{
	struct machine *m = ctx;
	const unsigned number = function->addr - address_of(0);

	assert_true(number < m->count);
	m->lines[number] =
		lev_qtest_intx(function->root_addr, function->root_pin);
}

static void machine_scan(struct machine *m)
{
	lev_qtest_pci_host(m->qt, &m->host);
	assert_int_equal(lev_pci_scan(&m->host, on_function, m), m->count);
}

static void machine_start(struct machine *m, uint32_t map_piece)
{
	const enum machine_kind kind = (enum machine_kind)(m - machines);
	const bool pci = kind == PCI_VIRT || kind == PCI_Q35;
	const bool modern = kind == MMIO_MODERN || kind == MMIO_IN_ORDER;
	/* A register that this QEMU offers and does not have: QueueReset. */
	static const char *const tolerated[] = { "bad register offset (0xc0)",
						 NULL };
	const char *devices[DEVICES + 1] = { NULL };
	const struct lev_qtest_config config = {
		.machine = kind == PCI_Q35 ? LEV_QTEST_Q35 : LEV_QTEST_VIRT,
		.modern = modern,
		.devices = pci ? NULL : devices,
		.pci = pci ? devices : NULL,
		.tolerated = modern ? tolerated : NULL,
		.map_piece = map_piece,
	};

	for (unsigned i = 0; i < m->count; i++)
		devices[i] = m->devices[i];
	m->qt = lev_qtest_open(&config);
	assert_string_equal(lev_qtest_complaints(m->qt), "");
	assert_true(lev_qtest_ok(m->qt));
	if (pci)
		machine_scan(m);
}

static void machines_begin(const struct cell *cells, unsigned count,
			   uint32_t map_piece)
{
	memset(machines, 0, sizeof(machines));
	for (unsigned i = 0; i < count; i++)
		machine_plug(&cells[i]);
	for (unsigned i = 0; i < MACHINES; i++)
		if (machines[i].count)
			machine_start(&machines[i], map_piece);
}

static void machine_end(struct machine *m)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	unsigned complaints;

	assert_non_null(file);
	assert_non_null(m->qt);
	complaints = lev_qtest_close(m->qt, file);
	m->qt = NULL;
	fclose(file);
	if (complaints)
		fail_msg("%s", text);
	free(text);
}

static void machines_end(void)
{
	for (unsigned i = 0; i < MACHINES; i++)
		if (machines[i].count)
			machine_end(&machines[i]);
}

/* What is left of the scenario fails as well, and says so. */
static void machines_failed(void)
{
	for (unsigned i = 0; i < MACHINES; i++)
		if (machines[i].qt)
			lev_qtest_kill(machines[i].qt);
}

/* --- a device --- */

static struct lev_qtest *qtest_of(const struct env *env)
{
	return machine_of(env->cell)->qt;
}

static unsigned number_of(const struct env *env)
{
	const struct machine *m = machine_of(env->cell);
	unsigned number = 0;

	while (m->cells[number] != env->cell)
		number++;
	return number;
}

static unsigned line_of(const struct env *env)
{
	const unsigned number = number_of(env);

	return cell_has(env->cell, CELL_PCI)
		       ? machine_of(env->cell)->lines[number]
		       : number;
}

static void qemu_open(struct env *env)
{
	const unsigned number = number_of(env);
	struct machine *m = machine_of(env->cell);

	env->hal = lev_qtest_hal(m->qt);
	env->cookie = lev_qtest_slot(number);
	env->host = &m->host;
	env->function = address_of(number);
	m->messages = 0;
	for (unsigned i = 0; i < VECTORS; i++)
		lev_qtest_message(m->qt, i, &env->messages[i]);
}

static void qemu_close(struct env *env)
{
	/* Nothing happened to the configuration. */
	for (unsigned i = 0; i < VECTORS; i++)
		ENV_CHECK(env, !lev_qtest_message_take(qtest_of(env), i) ||
				       i < env->peer->queues);
	ENV_EQ(env, lev_qtest_blocks(qtest_of(env)), 0);
	assert_string_equal(lev_qtest_complaints(qtest_of(env)), "");
}

/* A register is read: a message of before is in memory then. */
static unsigned qemu_irqs(struct env *env)
{
	struct machine *m = machine_of(env->cell);

	if (!cell_has(env->cell, CELL_MSIX))
		return lev_qtest_irq_count(m->qt, line_of(env));
	(void)lev_pci_config_read(env->host, env->function, 0, 2);
	m->messages += lev_qtest_message_take(m->qt, 0);
	return m->messages;
}

static bool qemu_sleep(struct env *env)
{
	struct machine *m = machine_of(env->cell);

	if (!cell_has(env->cell, CELL_MSIX))
		return lev_qtest_irq_wait(m->qt, line_of(env), true);
	if (m->messages == env->handled)
		m->messages += lev_qtest_message_wait(m->qt, 0);
	return m->messages != env->handled;
}

static bool is_doorbell(const struct env *env, uint64_t reg)
{
	const struct lev_pci *pci = &env->pci;

	if (!cell_has(env->cell, CELL_PCI))
		return reg % SLOT_LEN == NOTIFY;
	if (!cell_has(env->cell, CELL_MODERN))
		return reg == pci->common.reg + LEGACY_NOTIFY;
	return reg - pci->notify.reg < pci->notify.len;
}

static bool no_doorbell(void *ctx, uint64_t reg, bool write)
{
	return !write || !is_doorbell(ctx, reg);
}

/* It is never told of a request. */
static void qemu_silence(struct env *env, bool silent)
{
	lev_qtest_hook(qtest_of(env), silent ? no_doorbell : NULL, env);
}

static void qemu_took(struct env *env, const uint8_t *bytes, uint32_t len)
{
	(void)env;
	(void)bytes;
	(void)len;
}

static void qemu_forget(struct env *env)
{
	(void)env;
}

/* It starts with a device that has the property in_order, or does not. */
static unsigned qemu_flags(void)
{
	static const char *const devices[] = { "virtio-rng-device,in_order=on",
					       NULL };
	const struct lev_qtest_config config = { .devices = devices };
	struct lev_qtest *qt = lev_qtest_open(&config);

	return CELL_QEMU | (lev_qtest_close(qt, NULL) ? CELL_OLD : 0);
}

const struct place place_here = {
	.name = "scenarios on QEMU's devices",
	.flags = qemu_flags,
	.ring_reset = CELL_PCI, /* MMIO devices only offer it */
	.open = qemu_open,
	.close = qemu_close,
	.begin = machines_begin,
	.end = machines_end,
	.failed = machines_failed,
	.sleep = qemu_sleep,
	.irqs = qemu_irqs,
	.silence = qemu_silence,
	.took = qemu_took,
	.forget = qemu_forget,
};

int main(void)
{
	return scenario_run_all();
}
