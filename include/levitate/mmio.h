/* SPDX-License-Identifier: MIT */
/*
 * MMIO transport (VirtIO 4.2): version 2, and version 1 (legacy, 4.2.4), told
 * apart at run time. QEMU's "virt" machines offer version 1 unless told
 * -global virtio-mmio.force-legacy=false.
 */
#ifndef LEVITATE_MMIO_H
#define LEVITATE_MMIO_H

#include <levitate/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One slot. Keep one object for each slot of the machine, and only one. */
struct lev_mmio {
	struct lev_transport transport; /* give this to a driver's init */

	/* private */
	uint64_t base;
};

/*
 * Look at the slot whose registers begin at the port's cookie base. Reads
 * MagicValue, Version and DeviceID (4.2.3.1) and nothing else, writes nothing.
 * mmio is zeroed before the first time and may be probed again.
 *   0                there is a device: transport.device_id is its type
 *   LEV_ERR_NODEV    no device here (no magic, or device type 0)
 *   LEV_ERR_NOTSUP   a version other than 1 and 2, or version 1 on a
 *                    big-endian CPU (transport.version says which)
 *   LEV_ERR_BUSY     a driver owns this slot; no register was touched
 */
LEV_MUST_CHECK int lev_mmio_probe(struct lev_mmio *mmio,
				  const struct lev_hal *hal, uint64_t base);

#ifdef __cplusplus
}
#endif

#endif
