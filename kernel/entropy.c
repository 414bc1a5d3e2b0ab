/* SPDX-License-Identifier: MIT */
/* The VirtIO entropy device. See entropy.h. */
#include <levitate.h>

#include "arch.h"
#include "console.h"
#include "devices.h"
#include "entropy.h"

enum { TIMEOUT = 1000000000 }; /* ns, for one read */

static struct lev_rng rng;
static bool up;

void entropy_init(void)
{
	struct device_slot *slot = devices_find(LEV_ID_RNG, NULL);
	int err;

	if (!slot) {
		kprintf("entropy: none\n");
		return;
	}
	devices_claim(slot, &rng.dev, &rng.requestq);
	err = lev_rng_init(&rng, slot->transport);
	kprintf("entropy: %s\n", err ? lev_strerror(err) : "ready");
	up = !err;
	if (err && err != LEV_ERR_STUCK)
		devices_release(slot);
}

bool entropy_read(void *buf, size_t len)
{
	int err;

	if (!up) {
		kprintf("no entropy device\n");
		return false;
	}
	err = lev_rng_read(&rng, buf, len, arch_now() + TIMEOUT);
	if (!err)
		return true;
	kprintf("entropy: %s\n", lev_strerror(err));
	up = !lev_rng_restart(&rng);
	kprintf("entropy: %s\n", up ? "re-initialised" : "given up");
	return false;
}

struct lev_rng *entropy_rng(void)
{
	return up ? &rng : NULL;
}
