/* SPDX-License-Identifier: MIT */
/*
 * Interrupt Translation Service (Arm IHI 0069, chapter 5): a device writes
 * the number of an event to the doorbell; the bus adds who wrote. The ITS
 * looks that device up in the device table, there the event in the device's
 * own translation table, and finds the LPI and the collection, which says
 * which CPU gets it. We have one CPU, so one collection.
 *
 * All tables are the ITS's to write; we hand it the memory (zeros) and then
 * give commands by a ring. As with LPIs (lpi.c), the ITS goes past the caches
 * and what we write is cleaned out of ours.
 */
#include "cpu.h"
#include "gic.h"

enum {
	GITS_CTLR = 0x0000,
	GITS_TYPER = 0x0008,
	GITS_CBASER = 0x0080,
	GITS_CWRITER = 0x0088,
	GITS_CREADR = 0x0090,
	GITS_BASER = 0x0100,
	GITS_BASERS = 8,
	GITS_LEN = 0x10000, /* of the frame with the registers */
	GITS_TRANSLATER = 0x10040,

	CTLR_ON = 1 << 0,
	READ_STALLED = 1 << 0, /* stopped at a command it refuses */
	READ_OFFSET = 0xfffe0,
};
#define CTLR_QUIESCENT (UINT32_C(1) << 31)

/* Fields of CBASER and of the BASERs, each of which is one kind of table. */
#define BASE_VALID    (UINT64_C(1) << 63)
#define BASE_UNCACHED (UINT64_C(1) << 59)
enum { TABLE_DEVICES = 1, TABLE_COLLECTIONS = 4 };

enum {
	CMD_SYNC = 0x05,
	CMD_MAPD = 0x08,
	CMD_MAPC = 0x09,
	CMD_MAPTI = 0x0a,
	CMD_INV = 0x0c,
	CMD_LEN = 32,
};
#define CMD_VALID (UINT64_C(1) << 63)

/*
 * Sizes. A table has 64 KiB, which every page size divides: with entries of
 * eight bytes, enough for the functions on 32 buses. A device's translation
 * table has one place for each of its events.
 */
enum {
	TABLE_LEN = 0x10000,
	QUEUE_LEN = 4096,
	DEVICES = 64, /* that send messages */
	EVENT_BITS = 4,
	EVENTS = 1 << EVENT_BITS,
	EVENT_LEN_MAX = 16, /* GITS_TYPER has four bits for it */
	COLLECTION = 0,
};

static struct {
	uint8_t devices[TABLE_LEN];
	uint8_t collections[TABLE_LEN];
	uint64_t queue[QUEUE_LEN / 8];
	uint8_t translations[DEVICES][EVENTS * EVENT_LEN_MAX];
} tables __attribute__((aligned(65536)));

LEV_STATIC_ASSERT(sizeof(tables.translations[0]) % 256 == 0, "MAPD's unit");

/* The one ITS that we use. */
static struct {
	uint32_t node; /* place of its node in the tree; 0: none yet */
	int err;       /* why it cannot be used (any more) */
	uint64_t base;
	uint64_t collection; /* the redistributor, as commands name it */
	uint32_t written;    /* offset in the queue */
	uint64_t device_ids; /* the first that the table has no place for */
} its;

static struct {
	uint32_t id;
	uint32_t events; /* that are in use */
} devices[DEVICES];
static unsigned device_count;

/* --- commands --- */

static void command(uint64_t first, uint64_t second, uint64_t third)
{
	uint64_t *words = &tables.queue[its.written / 8];

	words[0] = first;
	words[1] = second;
	words[2] = third;
	words[3] = 0;
	cpu_clean(words, CMD_LEN);
	its.written = (its.written + CMD_LEN) % QUEUE_LEN;
}

/* Have what was written carried out, all of it and by everybody. */
static int run_commands(void)
{
	command(CMD_SYNC, 0, its.collection);
	reg_write64(its.base + GITS_CWRITER, its.written);
	if (!gic_wait(its.base + GITS_CREADR, READ_OFFSET, its.written))
		its.err = LEV_ERR_TIMEDOUT;
	if ((reg_read(its.base + GITS_CREADR) & READ_STALLED) != 0)
		its.err = LEV_ERR_IO;
	return its.err;
}

static uint64_t of_device(uint64_t cmd, uint32_t id)
{
	return cmd | (uint64_t)id << 32;
}

/* --- taking it over --- */

/* Which page sizes there are, an ITS may choose: ask until it agrees. */
static bool set_table(uint64_t reg, const uint8_t *table)
{
	for (unsigned size = 0; size < 3; size++) {
		uint32_t pages = TABLE_LEN >> (12 + 2 * size);
		uint64_t got;

		reg_write64(reg, BASE_VALID | BASE_UNCACHED | (uint64_t)table |
					 size << 8 | (pages - 1));
		got = reg_read64(reg);
		if ((got & BASE_VALID) != 0 && (got >> 8 & 3) == size)
			return true;
	}
	return false;
}

/* Tables that it holds in itself it has no register for. */
static bool set_tables(void)
{
	for (unsigned i = 0; i < GITS_BASERS; i++) {
		uint64_t reg = its.base + GITS_BASER + 8 * i;
		uint64_t value = reg_read64(reg);
		uint64_t places = TABLE_LEN / ((value >> 48 & 0x1f) + 1);
		unsigned kind = value >> 56 & 7;

		if (kind == TABLE_DEVICES) {
			if (!set_table(reg, tables.devices))
				return false;
			if (its.device_ids > places)
				its.device_ids = places;
		} else if (kind == TABLE_COLLECTIONS) {
			if (!set_table(reg, tables.collections))
				return false;
		}
	}
	return true;
}

static int start(const struct gicv3_target *target)
{
	uint64_t typer = reg_read64(its.base + GITS_TYPER);
	bool by_address = (typer >> 19 & 1) != 0;

	if ((typer >> 8 & 0x1f) + 1 < EVENT_BITS)
		return LEV_ERR_NOTSUP;
	its.device_ids = UINT64_C(2) << (typer >> 13 & 0x1f);
	reg_write(its.base + GITS_CTLR, 0);
	if (!gic_wait(its.base + GITS_CTLR, CTLR_QUIESCENT, CTLR_QUIESCENT))
		return LEV_ERR_TIMEDOUT;
	cpu_clean(&tables, sizeof(tables));
	if (!set_tables())
		return LEV_ERR_NOTSUP;
	reg_write64(its.base + GITS_CBASER, BASE_VALID | BASE_UNCACHED |
						    (uint64_t)tables.queue |
						    (QUEUE_LEN / 4096 - 1));
	reg_write64(its.base + GITS_CWRITER, 0);
	reg_write(its.base + GITS_CTLR, CTLR_ON);
	its.collection = by_address ? target->redistributor
				    : (uint64_t)target->processor << 16;
	command(CMD_MAPC, 0, CMD_VALID | its.collection | COLLECTION);
	return run_commands();
}

static int open_its(const struct fdt_cursor *at)
{
	const struct gicv3_target *target = gicv3_target();
	uint64_t len;
	int err;

	if (target->redistributor == 0)
		return LEV_ERR_NODEV;
	if (!gic_map(at, 0, GITS_LEN, &its.base, &len) ||
	    len < GITS_TRANSLATER + 4)
		return LEV_ERR_INVAL;
	err = lpi_init(target);
	if (err == 0)
		err = start(target);
	return err;
}

/* --- messages --- */

/* Its place in devices, given to it now if it has none. */
static int find_device(uint32_t id)
{
	unsigned i = 0;

	while (i < device_count && devices[i].id != id)
		i++;
	if (i < device_count)
		return (int)i;
	if (id >= its.device_ids)
		return LEV_ERR_NODEV;
	if (device_count == DEVICES)
		return LEV_ERR_BUSY;
	devices[device_count++].id = id;
	command(of_device(CMD_MAPD, id), EVENT_BITS - 1,
		CMD_VALID | (uint64_t)tables.translations[i]);
	return (int)i;
}

int its_message(const struct fdt_cursor *at, uint32_t device, uint32_t *n,
		struct arch_message *message)
{
	uint32_t event;
	int idx, err;

	if (its.node == 0) {
		its.node = at->levels[at->depth].off;
		its.err = open_its(at);
	}
	if (its.node != at->levels[at->depth].off)
		return LEV_ERR_NODEV;
	if (its.err != 0)
		return its.err;
	idx = find_device(device);
	if (idx < 0)
		return idx;
	event = devices[idx].events;
	if (event == EVENTS)
		return LEV_ERR_BUSY;
	err = lpi_take(n);
	if (err != 0)
		return err;
	devices[idx].events++;
	command(of_device(CMD_MAPTI, device), event | (uint64_t)*n << 32,
		COLLECTION);
	command(of_device(CMD_INV, device), event, 0);
	message->addr = its.base + GITS_TRANSLATER;
	message->data = event;
	return run_commands();
}
