/* SPDX-License-Identifier: MIT */
/* The ring of what was said. */
#include "log.h"

LEV_STATIC_ASSERT((LOG_LEN & (LOG_LEN - 1)) == 0, "positions are masked");

/* Bytes from pos to the end of the ring's memory. */
static size_t straight(uint64_t pos)
{
	return LOG_LEN - (size_t)(pos & (LOG_LEN - 1));
}

void log_write(struct log *log, const char *text, size_t len)
{
	while (len > 0) {
		size_t part = straight(log->written);

		if (part > len)
			part = len;
		__builtin_memcpy(log->ring + LOG_LEN - straight(log->written),
				 text, part);
		log->written += part;
		text += part;
		len -= part;
	}
}

size_t log_read(const struct log *log, uint64_t *pos, char *buf, size_t max)
{
	size_t done = 0;

	if (log->written > LOG_LEN && *pos < log->written - LOG_LEN)
		*pos = log->written - LOG_LEN;
	while (done < max && *pos < log->written) {
		size_t part = straight(*pos);

		if (part > max - done)
			part = max - done;
		if (part > log->written - *pos)
			part = (size_t)(log->written - *pos);
		__builtin_memcpy(buf + done,
				 log->ring + LOG_LEN - straight(*pos), part);
		*pos += part;
		done += part;
	}
	return done;
}
