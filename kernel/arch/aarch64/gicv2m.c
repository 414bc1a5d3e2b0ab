/* SPDX-License-Identifier: MIT */
/*
 * GICv2m (Arm Server Base System Architecture, appendix): a frame of one
 * register. What is written there is the number of a shared interrupt, and
 * gives it an edge. The frame has some numbers in a row; which ones it says
 * itself, unless the tree knows better.
 */
#include "cpu.h"
#include "gic.h"

enum {
	MSI_TYPER = 0x008,
	MSI_SETSPI_NS = 0x040,
	FRAME_LEN = 0x1000,
};

/* The one frame that we use. Numbers of next to end - 1 are still free. */
static struct {
	uint32_t node; /* place of its node in the tree; 0: none yet */
	uint64_t addr;
	uint32_t next;
	uint32_t end;
} frame;

static int open_frame(const struct fdt_cursor *at, unsigned lines)
{
	uint64_t addr, len;
	uint32_t typer, first, count;

	if (!gic_map(at, 0, FRAME_LEN, &addr, &len))
		return LEV_ERR_INVAL;
	typer = reg_read(addr + MSI_TYPER);
	first = typer >> 16 & 0x3ff;
	count = typer & 0x3ff;
	(void)fdt_cell(at, "arm,msi-base-spi", 0, &first);
	(void)fdt_cell(at, "arm,msi-num-spis", 0, &count);
	if (first < GIC_FIRST_SHARED || first >= lines || count > lines - first)
		return LEV_ERR_INVAL;
	frame.node = at->levels[at->depth].off;
	frame.addr = addr;
	frame.next = first;
	frame.end = first + count;
	return 0;
}

int gicv2m_message(const struct fdt_cursor *at, unsigned lines, uint32_t *n,
		   struct arch_message *message)
{
	int err = 0;

	if (frame.node == 0)
		err = open_frame(at, lines);
	if (err != 0)
		return err;
	if (frame.node != at->levels[at->depth].off)
		return LEV_ERR_NODEV;
	if (frame.next == frame.end)
		return LEV_ERR_BUSY;
	*n = frame.next++;
	message->addr = frame.addr + MSI_SETSPI_NS;
	message->data = *n;
	return 0;
}
