/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "rig.h"

enum {
	CASES_MAX = 256,
	NAME_LEN = 128,
	DEVICE_LEN = 256,
	NOTIFY = 0x50,
	SLOT_LEN = 0x200,
};

/* The one that a test left open when it failed. */
static struct lev_qtest *open_now;

/* --- the matrix --- */

static const char *on_off(bool on)
{
	return on ? "on" : "off";
}

static void name_case(char *name, const char *test, const struct cell *c)
{
	snprintf(name, NAME_LEN, "%s (%s%s%s, event_idx=%s, indirect_desc=%s)",
		 test, c->modern ? "modern" : "legacy",
		 c->packed ? " packed" : "", c->iommu ? " iommu" : "",
		 on_off(c->event_idx), on_off(c->indirect));
}

static unsigned cells_make(struct cell *cells)
{
	unsigned count = 0;

	for (unsigned i = 0; i < 32; i++) {
		const struct cell cell = { i & 16, i & 8, i & 4, i & 2, i & 1 };

		if (cell.modern || (!cell.packed && !cell.iommu))
			cells[count++] = cell;
	}
	return count;
}

static bool among_few(const struct cell *cell)
{
	return cell->event_idx && cell->indirect && !cell->iommu;
}

int rig_close_left_open(void **state)
{
	(void)state;
	if (open_now && lev_qtest_close(open_now, stderr))
		print_error("# the machine's complaints stand above\n");
	open_now = NULL;
	return 0;
}

int rig_run(const struct rig_test *tests, unsigned count)
{
	static struct CMUnitTest cases[CASES_MAX];
	static char names[CASES_MAX][NAME_LEN];
	static struct cell cells[32];
	const unsigned cell_count = cells_make(cells);
	size_t n = 0;

	for (unsigned i = 0; i < count; i++) {
		for (unsigned j = 0; j < cell_count; j++) {
			if (tests[i].few && !among_few(&cells[j]))
				continue;
			assert_true(n < CASES_MAX);
			name_case(names[n], tests[i].name, &cells[j]);
			cases[n].name = names[n];
			cases[n].test_func = tests[i].run;
			cases[n].teardown_func = rig_close_left_open;
			cases[n].initial_state = &cells[j];
			n++;
		}
	}
	return _cmocka_run_group_tests("qtest", cases, n, NULL, NULL);
}

/* --- machines --- */

static void device_name(char *text, const char *device, const struct cell *cell)
{
	int len = snprintf(text, DEVICE_LEN, "%s,event_idx=%s,indirect_desc=%s",
			   device, on_off(cell->event_idx),
			   on_off(cell->indirect));

	if (cell->modern)
		len += snprintf(text + len, DEVICE_LEN - (size_t)len,
				",packed=%s,iommu_platform=%s",
				on_off(cell->packed), on_off(cell->iommu));
	assert_true(len < DEVICE_LEN);
}

struct lev_qtest *rig_start(const struct lev_qtest_config *config)
{
	open_now = lev_qtest_open(config);
	assert_string_equal(lev_qtest_complaints(open_now), "");
	assert_true(lev_qtest_ok(open_now));
	return open_now;
}

struct lev_qtest *rig_open_with(const struct cell *cell,
				const char *const *devices,
				const struct lev_qtest_config *config)
{
	static char texts[LEV_QTEST_SLOTS][DEVICE_LEN];
	const char *names[LEV_QTEST_SLOTS + 1] = { NULL };
	struct lev_qtest_config mine = *config;

	for (unsigned i = 0; devices[i]; i++) {
		assert_true(i < LEV_QTEST_SLOTS);
		device_name(texts[i], devices[i], cell);
		names[i] = texts[i];
	}
	mine.modern = cell->modern;
	mine.devices = names;
	return rig_start(&mine);
}

struct lev_qtest *rig_open(const struct cell *cell, const char *const *devices)
{
	const struct lev_qtest_config config = { .modern = false };

	return rig_open_with(cell, devices, &config);
}

void rig_close(struct lev_qtest *qt)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	unsigned complaints;

	assert_non_null(file);
	open_now = NULL;
	complaints = lev_qtest_close(qt, file);
	fclose(file);
	if (complaints)
		fail_msg("%s", text);
	free(text);
}

void rig_probe(struct lev_qtest *qt, struct lev_mmio *mmio, unsigned slot,
	       uint32_t device_id)
{
	memset(mmio, 0, sizeof(*mmio));
	assert_int_equal(
		lev_mmio_probe(mmio, lev_qtest_hal(qt), lev_qtest_slot(slot)),
		0);
	assert_int_equal(mmio->transport.device_id, device_id);
}

void rig_assert_features(const struct cell *cell, const struct lev_device *dev)
{
	assert_int_equal(dev->transport->legacy, !cell->modern);
	assert_int_equal(lev_device_has(dev, LEV_F_VERSION_1), cell->modern);
	assert_int_equal(lev_device_has(dev, LEV_F_EVENT_IDX), cell->event_idx);
	assert_int_equal(lev_device_has(dev, LEV_F_INDIRECT_DESC),
			 cell->indirect);
	assert_int_equal(lev_device_has(dev, LEV_F_ACCESS_PLATFORM),
			 cell->iommu);
	assert_int_equal(lev_features_has(&dev->offered, LEV_F_RING_PACKED),
			 cell->packed);
}

/* --- accidents --- */

bool rig_no_doorbell(void *ctx, uint64_t reg, bool write)
{
	(void)ctx;
	return !write || reg % SLOT_LEN != NOTIFY;
}

/* --- a key --- */

void rig_press(struct lev_qtest *qt, const char *key, bool down)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "{\"events\":[{\"type\":\"key\",\"data\":{\"down\":%s,"
		 "\"key\":{\"type\":\"qcode\",\"data\":\"%s\"}}}]}",
		 down ? "true" : "false", key);
	assert_int_equal(lev_qtest_qmp(qt, "input-send-event", text, NULL), 0);
}

/* --- a picture --- */

static uint32_t next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

void rig_paint_rect(const struct lev_gpu_surface *surface,
		    const struct lev_gpu_rect *rect, uint32_t seed)
{
	uint32_t random = seed * 2654435761u | 1;

	for (uint32_t y = rect->y; y < rect->y + rect->height; y++)
		for (uint32_t x = rect->x; x < rect->x + rect->width; x++)
			surface->pixels[(size_t)y * surface->stride + x] =
				next(&random) & 0xffffff;
}

void rig_paint(const struct lev_gpu_surface *surface, uint32_t seed)
{
	const struct lev_gpu_rect all = { 0, 0, surface->width,
					  surface->height };

	rig_paint_rect(surface, &all, seed);
}

void rig_show(struct lev_gpu *gpu)
{
	const struct lev_gpu_rect all = { 0, 0, gpu->surface.width,
					  gpu->surface.height };

	lev_gpu_damage(gpu, &all);
	assert_int_equal(lev_gpu_frame(gpu), 1);
	assert_int_equal(lev_gpu_wait(gpu), 0);
}

void rig_assert_screen(struct lev_qtest *qt, const char *id,
		       const struct lev_gpu_surface *surface)
{
	struct lev_qtest_picture picture;
	size_t wrong = 0;

	assert_int_equal(lev_qtest_screendump(qt, id, 0, &picture), 0);
	assert_int_equal(picture.width, surface->width);
	assert_int_equal(picture.height, surface->height);
	for (uint32_t y = 0; y < picture.height; y++)
		for (uint32_t x = 0; x < picture.width; x++)
			wrong += picture.pixels[y * picture.width + x] !=
				 surface->pixels[y * surface->stride + x];
	free(picture.pixels);
	assert_int_equal(wrong, 0);
}
