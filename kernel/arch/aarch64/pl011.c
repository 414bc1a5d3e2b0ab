/* SPDX-License-Identifier: MIT */
/*
 * PL011 serial port (Arm DDI 0183). Sends by polling, so that it works in a
 * panic; receives by interrupt into a ring. While the ring is full the port's
 * interrupt is off: its FIFO holds the sender back, or drops, as it can.
 */
#include "aarch64.h"
#include "cpu.h"

enum {
	UARTDR = 0x00,
	UARTFR = 0x18,
	UARTLCR_H = 0x2c,
	UARTCR = 0x30,
	UARTIFLS = 0x34,
	UARTIMSC = 0x38,
	UARTICR = 0x44,
};

enum {
	FR_RX_EMPTY = 1 << 4,
	FR_TX_FULL = 1 << 5,
	LCR_8_BITS_FIFO = 0x70,
	CR_ON = 0x301,		 /* enable, transmit, receive */
	IFLS_EIGHTH = 0,	 /* interrupt at an eighth full */
	INT_RECEIVE = 0x50,	 /* level reached, or nothing new came */
	RING = 1024,		 /* a power of two */
	PATIENCE = 20 * 1000000, /* ns that a full port may stay full */
};

static uint64_t base = VIRT_UART;
static bool present = true; /* until the tree says otherwise */
static struct fdt_cursor node;
static struct {
	uint8_t bytes[RING];
	unsigned in;
	unsigned out;
	bool full; /* bytes may be left in the port, its interrupt is off */
} ring;

bool arch_serial_init(const struct fdt *fdt)
{
	uint64_t addr, len;

	present = fdt_find_compatible(fdt, "arm,pl011", &node) &&
		  fdt_reg(&node, 0, &addr, &len) == 0 && len >= 0x48;
	if (!present)
		return false;
	arch_map_device(addr, len);
	base = addr;
	reg_write(base + UARTCR, 0);
	reg_write(base + UARTIMSC, 0);
	reg_write(base + UARTLCR_H, LCR_8_BITS_FIFO);
	reg_write(base + UARTIFLS, IFLS_EIGHTH);
	reg_write(base + UARTICR, 0x7ff);
	reg_write(base + UARTCR, CR_ON);
	return true;
}

/*
 * Fill the ring, interrupts held back. The cause is cleared first: were it
 * last, a byte that came just before would stay in the port with nobody told.
 */
static void fill(void)
{
	reg_write(base + UARTICR, INT_RECEIVE);
	while (ring.in - ring.out < RING &&
	       (reg_read(base + UARTFR) & FR_RX_EMPTY) == 0)
		ring.bytes[ring.in++ % RING] = (uint8_t)reg_read(base + UARTDR);
	ring.full = ring.in - ring.out == RING;
	reg_write(base + UARTIMSC, ring.full ? 0 : INT_RECEIVE);
}

static void receive(void *ctx)
{
	(void)ctx;
	fill();
}

void pl011_listen(void)
{
	if (!present || arch_irq_attach(&node, 0, receive, NULL) != 0)
		return;
	reg_write(base + UARTIMSC, INT_RECEIVE);
}

int arch_serial_read(void)
{
	uint64_t saved = arch_irq_save();
	int byte = -1;

	if (ring.full && ring.out == ring.in)
		fill();
	if (ring.out != ring.in)
		byte = ring.bytes[ring.out++ % RING];
	arch_irq_restore(saved);
	return byte;
}

/* False: it stayed full for too long. */
static bool wait_for_room(void)
{
	uint64_t give_up;

	if ((reg_read(base + UARTFR) & FR_TX_FULL) == 0)
		return true;
	give_up = arch_now() + PATIENCE;
	while ((reg_read(base + UARTFR) & FR_TX_FULL) != 0) {
		if (arch_now() > give_up)
			return false;
	}
	return true;
}

void arch_serial_write(const char *text, size_t len)
{
	if (!present)
		return;
	for (; len > 0; len--, text++) {
		if (*text == '\n') {
			if (!wait_for_room())
				return;
			reg_write(base + UARTDR, '\r');
		}
		if (!wait_for_room())
			return;
		reg_write(base + UARTDR, (uint8_t)*text);
	}
}
