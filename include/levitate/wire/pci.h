/* SPDX-License-Identifier: MIT */
/*
 * PCI configuration space as far as it is used here (PCI Local Bus 3.0, PCI
 * Express, MSI-X), and what VirtIO adds (4.1): capabilities, the registers of
 * modern (4.1.4.3) and legacy devices (4.1.4.10).
 */
#ifndef LEVITATE_WIRE_PCI_H
#define LEVITATE_WIRE_PCI_H

/* --- configuration space --- */

#define LEV_PCI_CFG_VENDOR	  0x00 /* 16 bits; all ones: no function */
#define LEV_PCI_CFG_DEVICE	  0x02 /* 16 */
#define LEV_PCI_CFG_COMMAND	  0x04 /* 16 */
#define LEV_PCI_CFG_STATUS	  0x06 /* 16 */
#define LEV_PCI_CFG_HEADER	  0x0e /* 8 */
#define LEV_PCI_CFG_BAR		  0x10 /* 32 each; 6, of a bridge 2 */
#define LEV_PCI_CFG_SUBSYSTEM	  0x2e /* 16 */
#define LEV_PCI_CFG_CAPABILITIES  0x34 /* 8: offset of the first */
#define LEV_PCI_CFG_INTERRUPT_PIN 0x3d /* 8 */
#define LEV_PCI_CFG_LEN		  256  /* capabilities lie below */
#define LEV_PCI_CFG_CAPS_BEGIN	  0x40 /* and from here on */

/* Command */
#define LEV_PCI_COMMAND_IO     0x0001
#define LEV_PCI_COMMAND_MEMORY 0x0002
#define LEV_PCI_COMMAND_MASTER 0x0004
#define LEV_PCI_COMMAND_NOINTX 0x0400

#define LEV_PCI_STATUS_CAPABILITIES 0x0010

/* Header type */
#define LEV_PCI_HEADER_TYPE   0x7f
#define LEV_PCI_HEADER_DEVICE 0
#define LEV_PCI_HEADER_BRIDGE 1
#define LEV_PCI_HEADER_MULTI  0x80 /* there are functions 1 to 7 */

/* BARs */
#define LEV_PCI_BARS		6
#define LEV_PCI_BRIDGE_BARS	2
#define LEV_PCI_BAR_IO		0x1
#define LEV_PCI_BAR_TYPE	0x6
#define LEV_PCI_BAR_TYPE_64	0x4
#define LEV_PCI_BAR_PREFETCH	0x8
#define LEV_PCI_BAR_IO_MASK	0xfffffffcu
#define LEV_PCI_BAR_MEMORY_MASK 0xfffffff0u

/* A bridge's numbers and windows */
#define LEV_PCI_BRIDGE_PRIMARY		   0x18 /* 8 */
#define LEV_PCI_BRIDGE_SECONDARY	   0x19 /* 8 */
#define LEV_PCI_BRIDGE_SUBORDINATE	   0x1a /* 8 */
#define LEV_PCI_BRIDGE_IO_BASE		   0x1c /* 8: address bits 15 to 12 */
#define LEV_PCI_BRIDGE_IO_LIMIT		   0x1d /* 8 */
#define LEV_PCI_BRIDGE_MEMORY_BASE	   0x20 /* 16: address bits 31 to 20 */
#define LEV_PCI_BRIDGE_MEMORY_LIMIT	   0x22 /* 16 */
#define LEV_PCI_BRIDGE_PREFETCH_BASE	   0x24 /* 16 */
#define LEV_PCI_BRIDGE_PREFETCH_LIMIT	   0x26 /* 16 */
#define LEV_PCI_BRIDGE_PREFETCH_BASE_HIGH  0x28 /* 32 */
#define LEV_PCI_BRIDGE_PREFETCH_LIMIT_HIGH 0x2c /* 32 */
#define LEV_PCI_BRIDGE_IO_BASE_HIGH	   0x30 /* 16 */
#define LEV_PCI_BRIDGE_IO_LIMIT_HIGH	   0x32 /* 16 */

/* x86's ports: an address in the first opens four bytes in the second. */
#define LEV_PCI_PORT_ADDRESS 0
#define LEV_PCI_PORT_DATA    4
#define LEV_PCI_PORT_ENABLE  0x80000000u

/* --- capabilities --- */

#define LEV_PCI_CAP_ID	   0
#define LEV_PCI_CAP_NEXT   1 /* the low two bits are none of the offset's */
#define LEV_PCI_CAP_VENDOR 0x09
#define LEV_PCI_CAP_MSIX   0x11

/* MSI-X: the capability, and the table's entries */
#define LEV_PCI_MSIX_CONTROL	     2 /* 16 */
#define LEV_PCI_MSIX_TABLE	     4 /* 32: BAR in the low three bits */
#define LEV_PCI_MSIX_CAP_LEN	     12
#define LEV_PCI_MSIX_SIZE_MASK	     0x07ff /* of the table, less one */
#define LEV_PCI_MSIX_MASK_ALL	     0x4000
#define LEV_PCI_MSIX_ENABLE	     0x8000
#define LEV_PCI_MSIX_TABLE_BAR	     0x7
#define LEV_PCI_MSIX_ENTRY_LEN	     16
#define LEV_PCI_MSIX_ENTRY_ADDR	     0
#define LEV_PCI_MSIX_ENTRY_ADDR_HIGH 4
#define LEV_PCI_MSIX_ENTRY_DATA	     8
#define LEV_PCI_MSIX_ENTRY_CONTROL   12 /* bit 0: masked */
#define LEV_PCI_MSIX_ENTRY_MASKED    1

/* --- VirtIO's --- */

#define LEV_PCI_VENDOR_VIRTIO	    0x1af4
#define LEV_PCI_DEVICE_TRANSITIONAL 0x1000 /* to 0x103f */
#define LEV_PCI_DEVICE_MODERN	    0x1040 /* plus the type of the device */
#define LEV_PCI_DEVICE_LAST	    0x107f

/* struct virtio_pci_cap (4.1.4), and what follows it in some */
#define LEV_PCI_VCAP_LEN	 2  /* 8 */
#define LEV_PCI_VCAP_TYPE	 3  /* 8 */
#define LEV_PCI_VCAP_BAR	 4  /* 8 */
#define LEV_PCI_VCAP_ID		 5  /* 8 */
#define LEV_PCI_VCAP_OFFSET	 8  /* 32 */
#define LEV_PCI_VCAP_LENGTH	 12 /* 32 */
#define LEV_PCI_VCAP_SIZE	 16
#define LEV_PCI_VCAP_MULTIPLIER	 16 /* 32, of LEV_PCI_VCAP_NOTIFY */
#define LEV_PCI_VCAP_NOTIFY_SIZE 20
#define LEV_PCI_VCAP_OFFSET_HIGH 16 /* 32, of LEV_PCI_VCAP_SHARED_MEMORY */
#define LEV_PCI_VCAP_LENGTH_HIGH 20 /* 32 */
#define LEV_PCI_VCAP64_SIZE	 24
#define LEV_PCI_VCAP_DATA	 16 /* the window of LEV_PCI_VCAP_PCI */
#define LEV_PCI_VCAP_PCI_SIZE	 20

enum {
	LEV_PCI_VCAP_COMMON = 1,
	LEV_PCI_VCAP_NOTIFY = 2,
	LEV_PCI_VCAP_ISR = 3,
	LEV_PCI_VCAP_DEVICE = 4,
	LEV_PCI_VCAP_PCI = 5,
	LEV_PCI_VCAP_SHARED_MEMORY = 8,
};

/* struct virtio_pci_common_cfg (4.1.4.3) */
#define LEV_PCI_COMMON_DEVICE_FEATURE_SELECT 0x00 /* 32 RW */
#define LEV_PCI_COMMON_DEVICE_FEATURE	     0x04 /* 32 R */
#define LEV_PCI_COMMON_DRIVER_FEATURE_SELECT 0x08 /* 32 RW */
#define LEV_PCI_COMMON_DRIVER_FEATURE	     0x0c /* 32 RW */
#define LEV_PCI_COMMON_CONFIG_VECTOR	     0x10 /* 16 RW */
#define LEV_PCI_COMMON_NUM_QUEUES	     0x12 /* 16 R */
#define LEV_PCI_COMMON_STATUS		     0x14 /* 8 RW */
#define LEV_PCI_COMMON_GENERATION	     0x15 /* 8 R */
#define LEV_PCI_COMMON_QUEUE_SELECT	     0x16 /* 16 RW */
#define LEV_PCI_COMMON_QUEUE_SIZE	     0x18 /* 16 RW */
#define LEV_PCI_COMMON_QUEUE_VECTOR	     0x1a /* 16 RW */
#define LEV_PCI_COMMON_QUEUE_ENABLE	     0x1c /* 16 RW */
#define LEV_PCI_COMMON_QUEUE_NOTIFY_OFF	     0x1e /* 16 R */
#define LEV_PCI_COMMON_QUEUE_DESC	     0x20 /* 64 RW */
#define LEV_PCI_COMMON_QUEUE_DRIVER	     0x28 /* 64 RW */
#define LEV_PCI_COMMON_QUEUE_DEVICE	     0x30 /* 64 RW */
#define LEV_PCI_COMMON_MIN_LEN		     0x38 /* without what follows */
#define LEV_PCI_COMMON_QUEUE_NOTIF_DATA	     0x38 /* 16 R: NOTIF_CONFIG_DATA */
#define LEV_PCI_COMMON_QUEUE_RESET	     0x3a /* 16 RW: RING_RESET */
#define LEV_PCI_COMMON_RESET_LEN	     0x3c /* with these two */

/* Legacy: the first BAR, an I/O one (4.1.4.10) */
#define LEV_PCI_LEGACY_DEVICE_FEATURES 0x00 /* 32 R */
#define LEV_PCI_LEGACY_DRIVER_FEATURES 0x04 /* 32 RW */
#define LEV_PCI_LEGACY_QUEUE_ADDRESS   0x08 /* 32 RW: number of a page */
#define LEV_PCI_LEGACY_QUEUE_SIZE      0x0c /* 16 R */
#define LEV_PCI_LEGACY_QUEUE_SELECT    0x0e /* 16 RW */
#define LEV_PCI_LEGACY_QUEUE_NOTIFY    0x10 /* 16 RW */
#define LEV_PCI_LEGACY_STATUS	       0x12 /* 8 RW */
#define LEV_PCI_LEGACY_ISR	       0x13 /* 8 R */
#define LEV_PCI_LEGACY_CONFIG_VECTOR   0x14 /* 16 RW: with MSI-X on */
#define LEV_PCI_LEGACY_QUEUE_VECTOR    0x16 /* 16 RW: with MSI-X on */
#define LEV_PCI_LEGACY_CONFIG	       0x14 /* without */
#define LEV_PCI_LEGACY_CONFIG_MSIX     0x18 /* with */

/* Pages in which a legacy queue's address counts: of 1 << 12 bytes. */
#define LEV_PCI_LEGACY_PAGE_SHIFT 12

#endif
