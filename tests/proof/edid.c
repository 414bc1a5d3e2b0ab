/* SPDX-License-Identifier: MIT */
/* EDID: whatever bytes a device says are its display's. */
#include <levitate/gpu.h>

enum { EDID_MAX = 1024 }; /* what the GPU's answer has room for (5.7.6.8) */

/* Exactly len arbitrary bytes: the one behind them is out of bounds. */
void edid_preferred(void)
{
	const size_t len = nondet_size();
	uint32_t width = 0, height = 0;
	uint8_t *edid;
	int err;

	ASSUME(len <= EDID_MAX);
	edid = malloc(len);
	err = lev_edid_preferred(edid, len, &width, &height);
	PROVE(err == 0 || err == LEV_ERR_PROTO || err == LEV_ERR_RANGE,
	      "a documented result");
	if (err)
		PROVE(!width && !height, "an error changes nothing");
	else
		PROVE(len >= 128 && width && width < 4096 && height &&
			      height < 4096,
		      "twelve bits each, and not 0");
	PROOF_SEEN(err == 0, "a valid block");
	PROOF_SEEN(err == LEV_ERR_RANGE, "a block without a timing");
	PROOF_SEEN(len == 0, "no byte at all");
	PROOF_END();
}
