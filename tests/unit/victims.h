/* SPDX-License-Identifier: MIT */
/* Requests lent to a device that is going to break the rules of its ring. */
#ifndef VICTIMS_H
#define VICTIMS_H

#include "rig.h"

enum { LENT = 4 };

/* Requests on their way: the first LENT are with the device, not served. */
struct victims {
	struct rig_request reqs[LENT + 1];
	struct fake_chain *chains[LENT];
};

/*
 * LENT requests of two segments are with the device; the last one is prepared
 * only. Starts the device again after a reset.
 */
void victims_lend(struct rig *r, struct victims *v);

/* Whatever is asked of it, a broken queue names its first reason. */
void victims_check_broken(struct rig *r);

/* Reset: all that did not come back comes now, once. */
void victims_recover(struct rig *r, struct victims *v);

#endif
