/* SPDX-License-Identifier: MIT */
/*
 * Ring formats in the place of split.c and packed.c, for proofs of what is
 * around them: an empty ring that rings its doorbell or not.
 */
#include "core.h"

static void any_init(struct lev_queue *q)
{
	PROVE(q->mem && q->free_count == (int32_t)lev_queue_size(q),
	      "memory and slots are ready");
}

static int any_kick(struct lev_queue *q)
{
	return nondet_bool() ? lev_queue_notify(q, nondet_uint16()) : 0;
}

const struct lev_ring_ops lev_split_ring = {
	.init = any_init,
	.kick = any_kick,
};
const struct lev_ring_ops lev_split_ring_in_order = {
	.init = any_init,
	.kick = any_kick,
};
const struct lev_ring_ops lev_packed_ring = {
	.init = any_init,
	.kick = any_kick,
};
const struct lev_ring_ops lev_packed_ring_in_order = {
	.init = any_init,
	.kick = any_kick,
};
