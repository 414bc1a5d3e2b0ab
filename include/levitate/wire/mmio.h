/* SPDX-License-Identifier: MIT */
/*
 * Register offsets of the MMIO transport (VirtIO 4.2.2, legacy 4.2.4). All are
 * 32 bits wide; R and W say which way the driver may go.
 */
#ifndef LEVITATE_WIRE_MMIO_H
#define LEVITATE_WIRE_MMIO_H

/* Identity: all that a probe may read. */
#define LEV_MMIO_MAGIC_VALUE 0x000 /* R */
#define LEV_MMIO_VERSION     0x004 /* R */
#define LEV_MMIO_DEVICE_ID   0x008 /* R: 0 is a slot without a device */

#define LEV_MMIO_MAGIC		0x74726976 /* "virt" */
#define LEV_MMIO_VERSION_LEGACY 1
#define LEV_MMIO_VERSION_MODERN 2

/* Both versions */
#define LEV_MMIO_VENDOR_ID	     0x00c /* R */
#define LEV_MMIO_DEVICE_FEATURES     0x010 /* R */
#define LEV_MMIO_DEVICE_FEATURES_SEL 0x014 /* W */
#define LEV_MMIO_DRIVER_FEATURES     0x020 /* W */
#define LEV_MMIO_DRIVER_FEATURES_SEL 0x024 /* W */
#define LEV_MMIO_QUEUE_SEL	     0x030 /* W */
#define LEV_MMIO_QUEUE_SIZE_MAX	     0x034 /* R: 0 is no such queue */
#define LEV_MMIO_QUEUE_SIZE	     0x038 /* W */
#define LEV_MMIO_QUEUE_NOTIFY	     0x050 /* W */
#define LEV_MMIO_INTERRUPT_STATUS    0x060 /* R */
#define LEV_MMIO_INTERRUPT_ACK	     0x064 /* W */
#define LEV_MMIO_STATUS		     0x070 /* RW: writing 0 resets */
#define LEV_MMIO_CONFIG		     0x100 /* RW: device configuration */

/* Version 2 only */
#define LEV_MMIO_QUEUE_READY	   0x044 /* RW */
#define LEV_MMIO_QUEUE_DESC_LOW	   0x080 /* W */
#define LEV_MMIO_QUEUE_DESC_HIGH   0x084 /* W */
#define LEV_MMIO_QUEUE_DRIVER_LOW  0x090 /* W */
#define LEV_MMIO_QUEUE_DRIVER_HIGH 0x094 /* W */
#define LEV_MMIO_QUEUE_DEVICE_LOW  0x0a0 /* W */
#define LEV_MMIO_QUEUE_DEVICE_HIGH 0x0a4 /* W */
#define LEV_MMIO_QUEUE_RESET	   0x0c0 /* RW */
#define LEV_MMIO_CONFIG_GENERATION 0x0fc /* R */

/* Version 1 (legacy) only */
#define LEV_MMIO_GUEST_PAGE_SIZE 0x028 /* W */
#define LEV_MMIO_QUEUE_ALIGN	 0x03c /* W */
#define LEV_MMIO_QUEUE_PFN	 0x040 /* RW */

/* InterruptStatus and InterruptACK */
#define LEV_MMIO_INTERRUPT_USED	  1
#define LEV_MMIO_INTERRUPT_CONFIG 2

#endif
