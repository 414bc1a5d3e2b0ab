/* SPDX-License-Identifier: MIT */
/*
 * The scenarios on QEMU's devices. A legacy machine and two modern ones, the
 * second with in_order, serve all cells of a scenario: each cell has a device
 * of its own there.
 */
#define _GNU_SOURCE
#include <ports/qtest/qtest.h>

#include "scenario.h"

enum { MACHINES = 3, DEVICE_LEN = 200, NOTIFY = 0x50, SLOT_LEN = 0x200 };

static struct machine {
	struct lev_qtest *qt;
	const struct cell *cells[LEV_QTEST_SLOTS]; /* by slot */
	char devices[LEV_QTEST_SLOTS][DEVICE_LEN];
	unsigned count;
} machines[MACHINES];

static struct machine *machine_of(const struct cell *cell)
{
	return &machines[cell_has(cell, CELL_MODERN) +
			 cell_has(cell, CELL_IN_ORDER)];
}

static const char *on_off(const struct cell *cell, unsigned flag)
{
	return cell_has(cell, flag) ? "on" : "off";
}

static void machine_plug(const struct cell *cell)
{
	struct machine *m = machine_of(cell);
	char *text = m->devices[m->count];
	int len;

	assert_true(m->count < LEV_QTEST_SLOTS);
	len = snprintf(text, DEVICE_LEN, "%s,event_idx=%s,indirect_desc=%s",
		       cell_has(cell, CELL_RNG) ? "virtio-rng-device"
						: "virtio-gpu-device",
		       on_off(cell, CELL_EVENT_IDX),
		       on_off(cell, CELL_INDIRECT));
	if (cell_has(cell, CELL_MODERN))
		snprintf(text + len, DEVICE_LEN - (size_t)len,
			 ",packed=%s,iommu_platform=%s",
			 on_off(cell, CELL_PACKED),
			 on_off(cell, CELL_PLATFORM));
	if (cell_has(cell, CELL_IN_ORDER))
		strcat(text, ",in_order=on");
	m->cells[m->count++] = cell;
}

static void machine_start(struct machine *m, bool modern, uint32_t map_piece)
{
	/* A register that this QEMU offers and does not have: QueueReset. */
	static const char *const tolerated[] = { "bad register offset (0xc0)",
						 NULL };
	const char *devices[LEV_QTEST_SLOTS + 1] = { NULL };
	const struct lev_qtest_config config = {
		.modern = modern,
		.devices = devices,
		.tolerated = modern ? tolerated : NULL,
		.map_piece = map_piece,
	};

	for (unsigned i = 0; i < m->count; i++)
		devices[i] = m->devices[i];
	m->qt = lev_qtest_open(&config);
	assert_string_equal(lev_qtest_complaints(m->qt), "");
	assert_true(lev_qtest_ok(m->qt));
}

static void machines_begin(const struct cell *cells, unsigned count,
			   uint32_t map_piece)
{
	memset(machines, 0, sizeof(machines));
	for (unsigned i = 0; i < count; i++)
		machine_plug(&cells[i]);
	for (unsigned i = 0; i < MACHINES; i++)
		if (machines[i].count)
			machine_start(&machines[i], i, map_piece);
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

static unsigned slot_of(const struct env *env)
{
	const struct machine *m = machine_of(env->cell);
	unsigned slot = 0;

	while (m->cells[slot] != env->cell)
		slot++;
	return slot;
}

static void qemu_open(struct env *env)
{
	env->hal = lev_qtest_hal(qtest_of(env));
	env->cookie = lev_qtest_slot(slot_of(env));
}

static void qemu_close(struct env *env)
{
	ENV_EQ(env, lev_qtest_blocks(qtest_of(env)), 0);
	assert_string_equal(lev_qtest_complaints(qtest_of(env)), "");
}

static bool qemu_sleep(struct env *env)
{
	return lev_qtest_irq_wait(qtest_of(env), slot_of(env), true);
}

static unsigned qemu_irqs(struct env *env)
{
	return lev_qtest_irq_count(qtest_of(env), slot_of(env));
}

static bool no_doorbell(void *ctx, uint64_t reg, bool write)
{
	(void)ctx;
	return !write || reg % SLOT_LEN != NOTIFY;
}

/* It is never told of a request. */
static void qemu_silence(struct env *env, bool silent)
{
	lev_qtest_hook(qtest_of(env), silent ? no_doorbell : NULL, NULL);
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
