/* SPDX-License-Identifier: MIT */
/* The names of the errors. */
#include <levitate/base.h>

#define NAME(code) [-(code)] = #code

const char *lev_strerror(int err)
{
	static const char *const names[] = {
		NAME(LEV_ERR_AGAIN), NAME(LEV_ERR_NOMEM),
		NAME(LEV_ERR_IO),    NAME(LEV_ERR_PROTO),
		NAME(LEV_ERR_NODEV), NAME(LEV_ERR_NOTSUP),
		NAME(LEV_ERR_INVAL), NAME(LEV_ERR_TIMEDOUT),
		NAME(LEV_ERR_BUSY),  NAME(LEV_ERR_RANGE),
		NAME(LEV_ERR_STATE), NAME(LEV_ERR_CANCELED),
		NAME(LEV_ERR_STUCK),
	};

	if (err >= 0)
		return "success";
	if (err < LEV_ERR_STUCK)
		return "unknown error";
	return names[-err];
}
